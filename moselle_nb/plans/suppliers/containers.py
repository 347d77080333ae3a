"""Whole containers: filled with the next needs, all lines covered to one day, or one fewer where that is cheaper."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.supplier_orders import even_levels, fill_containers, keep_within
from moselle_nb.engines.supplier_solver import Minimums
from moselle_nb.plans.suppliers.draft import Asked, Choice, Draft
from moselle_nb.plans.suppliers.minimums import TINY, held, order_minimums, per_unit_of, rule_text, unknown
from moselle_nb.plans.suppliers.real_prices import proven_without
from moselle_nb.plans.suppliers.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from moselle_nb.engines.supplier_orders import PackChoice

    FloatArray = NDArray[np.float64]
    Found = tuple[PackChoice, FloatArray]

__all__ = ["meet_containers"]

CONTAINERS = ("container_volume", "container_weight")


def meet_containers(draft: Draft, *, nearly_empty: float, may_wait: bool, left: float = math.inf) -> None:
    """Fill the last container with the next needs, or do without it where it is nearly empty and that is cheaper.

    Parameters
    ----------
    draft
        The order.
    nearly_empty
        Up to which share of the last container it is weighed to do without it.
    may_wait
        Whether the order may wait for the next order date.
    left
        What a budget leaves for more packs.
    """
    known = _capacities(draft)
    used = {rule: held(draft, rule) / capacity for rule, capacity in known.items()}
    if not any(used.values()):
        return
    rule = max(used, key=lambda name: used[name])
    count = max(math.ceil(used[rule] - TINY), 1)
    asked = Asked(rule, known[rule], held(draft, rule), count * known[rule] - held(draft, rule))
    name = rule_text(draft, rule, known[rule])
    if asked.gap <= TINY * known[rule]:
        draft.note(Choice(*asked[:3], 0.0, "met", f"{name}: {counted(count, 'container')}, full"))
        return
    share = used[rule] - (count - 1)
    fewer = _fewer(draft, known, count - 1, may_wait=may_wait) if share < nearly_empty else None
    name = f"{name}: last of {counted(count, 'container')} {share:.0%} full"
    filled = _filled(draft, known, count, left)
    why = "nothing that is needed within a year can be added"
    if broken := _minimum_lost(draft, filled[1]):
        filled, why = (filled[0], draft.quantity), f"filled, lower prices would take it below {broken}"
    if fewer is not None and float(np.nan_to_num(draft.added_value(fewer[1])).sum()) > left:
        fewer = None
    _choose(draft, asked, name, filled, fewer, why)


def _minimum_lost(draft: Draft, quantity: FloatArray) -> str:
    """Name the minimum value that an order reaches now but not with other quantities; blank where there is none."""
    limit = order_minimums(draft).get("min_order_value", 0.0)
    value = float(np.nan_to_num(draft.arrays.values_of(quantity)).sum())
    lost = value < limit * (1 - TINY) and held(draft, "min_order_value") >= limit * (1 - TINY)
    return rule_text(draft, "min_order_value", limit) if lost else ""


def _capacities(draft: Draft) -> dict[str, float]:
    """Return what a container holds, where that can be judged."""
    asked = {rule: float(getattr(draft.terms, rule)) for rule in CONTAINERS}
    asked = {rule: capacity for rule, capacity in asked.items() if capacity > 0 and draft.placed.any()}
    for rule in [rule for rule in asked if math.isnan(held(draft, rule))]:
        draft.note(unknown(draft, rule, asked.pop(rule), f"a {rule.removeprefix('container_')}"))
    return asked


def _choose(draft: Draft, asked: Asked, name: str, filled: Found, fewer: Found | None, why: str) -> None:
    """Take what costs less: more packs in the last container, or one container less; `why` there are no more."""
    more, less = draft.price(filled[1]), None if fewer is None else draft.price(fewer[1])
    add = f"{draft.added_text(more)}, filled to {_share(draft, filled[1], asked):.0%}" if more.packs else ""
    cut = "" if less is None else f"one container less, {draft.left_out_text(less)}"
    dearer = not more.packs or (less is not None and less.lost_value < more.holding_cost)
    if fewer is not None and less is not None and dearer and not math.isnan(less.lost_value):
        draft.take(fewer[1], Choice.priced(asked, "cut", f"{name}: {cut}", less, found=fewer[0], instead=add))
    elif not more.packs:
        draft.note(Choice(*asked, "keep", f"{name}; {why}", instead=cut))
    else:
        # What could be filled better is room, not money.
        made = Choice.priced(asked, "add", f"{name}: {add}", more, found=filled[0], gap=math.nan, instead=cut)
        draft.take(filled[1], made)


def _share(draft: Draft, quantity: FloatArray, asked: Asked) -> float:
    """Return how full the last container gets."""
    total = float((np.nan_to_num(per_unit_of(draft, asked.rule)) * quantity).sum())
    return total / asked.limit - (math.ceil(asked.amount / asked.limit - TINY) - 1)


def _filled(draft: Draft, known: Mapping[str, float], count: int, left: float) -> Found:
    """Return the quantities that fill so many containers with the next needs."""
    arrays = draft.arrays
    per_unit = np.array([per_unit_of(draft, rule) for rule in known])
    most = np.where(np.isnan(per_unit).any(axis=0), 0, draft.most_packs())
    per_unit = np.nan_to_num(per_unit)
    room = np.maximum(count * np.array(list(known.values())) - per_unit @ draft.quantity, 0.0)
    if left < math.inf:
        per_unit, room = np.vstack([per_unit, np.nan_to_num(draft.unit_cost)]), np.append(room, left)
    extra = np.maximum(_from_one_day(draft) - draft.quantity, 0.0)
    level = even_levels(extra, most * arrays.pack, per_unit, room)
    found = fill_containers(level, arrays.pack, draft.first_packs(), most, per_unit, room)
    return found, draft.quantity + found.packs * arrays.pack


def _from_one_day(draft: Draft) -> FloatArray:
    """Return needs up to the same days for all lines, whenever each arrives."""
    arrays = draft.arrays
    day = np.arange(len(arrays.needs))[:, None] - (arrays.arrival - arrays.arrival.min())
    found = np.take_along_axis(arrays.needs, np.maximum(day, 0), axis=0)
    return np.where(day >= 0, found, 0.0)


def _fewer(draft: Draft, known: Mapping[str, float], count: int, *, may_wait: bool) -> Found | None:
    """Return the quantities that lose least in one container less; None where that cannot be."""
    arrays = draft.arrays
    if (arrays.fixed & draft.placed).any() or (count == 0 and (not may_wait or arrays.next_date is None)):
        return None
    per_unit = np.nan_to_num(np.array([per_unit_of(draft, rule) for rule in known]))
    least = order_minimums(draft)
    shape = (len(least), len(arrays.row))
    minimums = Minimums(
        np.zeros(len(arrays.row), dtype=np.int64),
        np.nan_to_num(np.array([per_unit_of(draft, rule) for rule in least]).reshape(shape)),
        np.array([[limit] for limit in least.values()]).reshape(len(least), 1),
    )
    upper = count * np.array(list(known.values()))
    found = keep_within(draft.keep_ladders(draft.tie_bonus()), per_unit, upper, minimums)
    if arrays.has_breaks and "min_order_value" in least:
        found = proven_without(found, keep_within(draft.keep_ladders(draft.tie_bonus()), per_unit, upper))
    quantity = found.packs * arrays.pack
    return None if count and not quantity.any() else (found, quantity)
