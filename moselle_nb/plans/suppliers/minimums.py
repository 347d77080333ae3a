"""Minimums of a supplier: reached by the packs that cost least to hold, or by waiting where that is cheaper."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.supplier_orders import reach_minimums
from moselle_nb.plans.suppliers.draft import Asked, Choice, Draft, Price
from moselle_nb.plans.suppliers.real_prices import NOT_PROVEN, most_value, raise_to_value
from moselle_nb.plans.suppliers.words import RULE_NAMES, UNITS, amount, counted, lost, money

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from moselle_nb.engines.supplier_orders import PackChoice

    FloatArray = NDArray[np.float64]

__all__ = ["MINIMUMS", "TINY", "held", "meet_minimums", "order_minimums", "per_unit_of", "rule_text", "unknown"]

MINIMUMS = ("min_order_value", "min_order_quantity")

TINY = 1e-9
"""Share of a container, or of a minimum, that rounding may take."""


def _limit_text(draft: Draft, rule: str, limit: float) -> str:
    """Name a rule with its limit: ``minimum order value 2,500``."""
    shown = f"{amount(limit)}{UNITS[rule]}" if rule in UNITS else money(limit, draft.terms.currency)
    return f"{RULE_NAMES[rule]} {shown}"


def rule_text(draft: Draft, rule: str, limit: float) -> str:
    """Name a rule with its limit and its supplier: ``minimum order value 2,500 of ACME``."""
    return f"{_limit_text(draft, rule, limit)} of {draft.terms.key}"


def per_unit_of(draft: Draft, rule: str) -> FloatArray:
    """Return what a unit of each line adds to a rule."""
    arrays = draft.arrays
    return {
        "min_order_value": draft.unit_cost, "min_order_quantity": np.ones(len(arrays.row)),
        "container_volume": arrays.volume, "container_weight": arrays.weight,
    }[rule]  # fmt: skip


def unknown(draft: Draft, rule: str, limit: float, what: str) -> Choice:
    """Return that a rule cannot be judged, for want of what."""
    lines = int(np.isnan(per_unit_of(draft, rule)[draft.placed]).sum())
    text = f"{rule_text(draft, rule, limit)} cannot be judged: {counted(lines, 'line')} without {what}"
    return Choice(rule, limit, math.nan, math.nan, "unknown", text)


def order_minimums(draft: Draft) -> dict[str, float]:
    """Return the minimums that can be judged, by rule."""
    asked = {rule: getattr(draft.terms, rule) for rule in MINIMUMS}
    return {rule: least for rule, least in asked.items() if least > 0 and not math.isnan(held(draft, rule))}


def held(draft: Draft, rule: str) -> float:
    """Return what an order holds of what a rule asks; NaN where that is not known."""
    return draft.total(per_unit_of(draft, rule))


def meet_minimums(draft: Draft, *, may_wait: bool) -> None:
    """Reach the supplier's minimums at least cost, or wait for the next order date where that is cheaper."""
    if not draft.placed.any():
        return
    least = order_minimums(draft)
    if draft.terms.min_order_value > 0 and "min_order_value" not in least:
        draft.note(unknown(draft, "min_order_value", draft.terms.min_order_value, "a unit cost"))
    gaps = {rule: limit - held(draft, rule) for rule, limit in least.items()}
    gaps = {rule: gap if gap > least[rule] * TINY else 0.0 for rule, gap in gaps.items()}
    for rule in (rule for rule, gap in gaps.items() if gap == 0):
        text = f"{rule_text(draft, rule, least[rule])} is met"
        draft.note(Choice(rule, least[rule], held(draft, rule), 0.0, "met", text))
    short = {rule: gap for rule, gap in gaps.items() if gap > 0}
    if short:
        _close(draft, least, short, may_wait=may_wait)


def _close(draft: Draft, least: Mapping[str, float], gaps: Mapping[str, float], *, may_wait: bool) -> None:
    """Choose what closes the gaps of one or both minimums."""
    solved, quantity = _cheapest(draft, gaps)
    found, quantity = _at_real_prices(draft, least, solved, quantity)
    alone = {rule: _cheapest(draft, {rule: gap})[0].objective for rule, gap in gaps.items()} if len(gaps) > 1 else {}
    leading = max(gaps, key=lambda rule: alone.get(rule, 0.0))
    price, waiting = draft.price(quantity), _waiting(draft) if may_wait else None
    add, wait = draft.added_text(price) if found.possible else "", _wait_text(draft, waiting)
    if found.possible and found is not solved:
        add = f"{add}; {NOT_PROVEN}"
    others = [rule for rule in gaps if rule != leading]
    besides = [_limit_text(draft, rule, least[rule]) for rule in others]
    name = " with ".join([rule_text(draft, leading, least[leading]), *besides])
    asked = [Asked(rule, least[rule], held(draft, rule), gaps[rule]) for rule in (leading, *others)]
    if not found.possible:
        text = f"{name} cannot be reached: {_why_not(draft, leading, least[leading])}"
        choice = Choice(*asked[0], "impossible", text, instead=wait)
        draft.note(choice)
    elif waiting is not None and waiting.lost_value < price.holding_cost:
        choice = Choice.priced(asked[0], "wait", f"{name}: {wait}", waiting, instead=add)
        draft.take(np.zeros(len(quantity)), choice)
    else:
        gap = math.nan if math.isnan(price.holding_cost) else None
        choice = Choice.priced(asked[0], "add", f"{name}: {add}", price, found=found, gap=gap, instead=wait)
        draft.take(quantity, choice)
    for other in asked[1:]:
        text = f"{rule_text(draft, other.rule, other.limit)}: together with {RULE_NAMES[leading]}"
        draft.note(Choice(*other, choice.action, text, status=choice.status))


def _at_real_prices(
    draft: Draft, least: Mapping[str, float], found: PackChoice, quantity: FloatArray
) -> tuple[PackChoice, FloatArray]:
    """Raise further what was solved at the prices of the present quantities and is worth too little at its own.

    Prices fall with the quantity: what is solved at the present ones costs no more than any choice at its own.
    """
    limit = least.get("min_order_value", 0.0)
    arrays = draft.arrays
    enough = float(np.nan_to_num(arrays.values_of(quantity)).sum()) >= limit * (1 - TINY)
    if not found.possible or not arrays.has_breaks or enough:
        return found, quantity
    raised = raise_to_value(draft, limit, quantity, only_more="min_order_quantity" in least)
    if raised is None:
        return replace(found, possible=False), draft.quantity
    packs = np.rint((raised - draft.quantity) / arrays.pack).astype(np.int64)
    return replace(found, packs=packs, objective=draft.price(raised).holding_cost, optimal=False), raised


def _cheapest(draft: Draft, gaps: Mapping[str, float]) -> tuple[PackChoice, FloatArray]:
    """Return the cheapest packs that close gaps, and the quantities with them."""
    arrays = draft.arrays
    per_unit = np.array([per_unit_of(draft, rule) for rule in gaps])
    missing, most = np.array(list(gaps.values())), draft.most_packs()
    most = np.where(np.isnan(per_unit).any(axis=0), 0, most)
    per_unit = np.nan_to_num(per_unit)
    with np.errstate(divide="ignore"):
        enough = np.ceil(missing[:, None] / (per_unit * arrays.pack)).max(axis=0)
    first = draft.first_packs()
    most = np.where(most >= first, np.minimum(most, np.maximum(enough, first)), 0).astype(np.int64)
    rate = arrays.holding_cost
    if np.isnan(rate[most > 0]).any():
        # Without a cost of holding, packs rank by the days of cover that they bring forward.
        rate = per_unit[0]
    found = reach_minimums(draft.cost_ladders(most, rate), per_unit, missing)
    return found, draft.quantity + found.packs * arrays.pack


def _waiting(draft: Draft) -> Price | None:
    """Return what it costs to order nothing until the next date; None where that cannot be."""
    arrays = draft.arrays
    if arrays.next_date is None or (arrays.fixed & draft.placed).any():
        return None
    return draft.price(np.zeros(len(arrays.row)))


def _wait_text(draft: Draft, waiting: Price | None) -> str:
    if waiting is None:
        return ""
    cost = lost(waiting.lost_value, waiting.lost_units, draft.terms.currency)
    return f"wait until {draft.arrays.next_date}, {cost}"


def _why_not(draft: Draft, rule: str, least: float) -> str:
    """Say how far the order can be raised, and what holds it."""
    arrays, most = draft.arrays, draft.most_packs()
    per_unit = np.nan_to_num(per_unit_of(draft, rule))
    reach = float((per_unit * (np.nan_to_num(draft.quantity) + most * arrays.pack)).sum())
    if rule == "min_order_value" and arrays.has_breaks:
        reach = most_value(draft)
    if reach >= least:
        return "no packs reach all minimums at once"
    room = np.floor((arrays.largest - draft.quantity) / arrays.pack)
    held = ~arrays.fixed & (room < np.ceil((arrays.needs[-1] - draft.quantity) / arrays.pack))
    expiring = held & (arrays.usable <= arrays.largest)
    what = "maximum order and maximum stock allow" if held.any() else "the needs of a year allow"
    if expiring.any():
        what = "shelf life allows" if (expiring == held).all() else "maximum order, maximum stock and shelf life allow"
    shown = f"{amount(reach)}{UNITS[rule]}" if rule in UNITS else money(reach, draft.terms.currency)
    if arrays.edited.all():
        return f"all its lines were edited and stay at {shown}"
    if arrays.edited.any():
        pinned = int(arrays.edited.sum())
        stay = "was edited and stays as it is" if pinned == 1 else "were edited and stay as they are"
        return f"{counted(pinned, 'line')} {stay}; with its lines that are not edited, {what} {shown} at most"
    return f"{what} {shown} at most"
