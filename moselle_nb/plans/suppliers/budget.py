"""Keeping orders within a budget: the packs that are worth most, and what is left out with its price."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from moselle_nb.engines.supplier_ladders import ladders_of
from moselle_nb.engines.supplier_orders import keep_within
from moselle_nb.engines.supplier_solver import Minimums
from moselle_nb.exceptions import BrokenRule, ConfigError
from moselle_nb.plans.suppliers.draft import Asked, Choice
from moselle_nb.plans.suppliers.minimums import MINIMUMS, order_minimums, per_unit_of
from moselle_nb.plans.suppliers.real_prices import NOT_PROVEN, lower_to_budget, proven_without
from moselle_nb.plans.suppliers.words import counted, money

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from moselle_nb.engines.supplier_ladders import Ladders
    from moselle_nb.engines.supplier_orders import PackChoice
    from moselle_nb.plans.document import ReplenishmentPlan
    from moselle_nb.plans.suppliers.draft import Draft

    FloatArray = NDArray[np.float64]

__all__ = ["keep_budget", "one_currency"]

SLACK = 1e-9

TRIES = 4
"""How often packs are chosen again for a lower budget where those that were kept cost more at their prices."""


def one_currency(drafts: Sequence[Draft]) -> None:
    """Refuse one budget for several currencies: amounts in different currencies are never added.

    Raises
    ------
    ConfigError
        Naming the currencies.
    """
    found = sorted({str(draft.terms.currency or "none") for draft in drafts})
    if len(found) > 1:
        rule = "one budget is in one currency; give a budget for each supplier"
        raise ConfigError([BrokenRule("budget", rule, examples=(f"the orders are in {', '.join(found)}",))])


def keep_budget(plan: ReplenishmentPlan, drafts: Sequence[Draft], budget: float) -> list[dict[str, Any]]:
    """Cut orders to a budget, least valuable packs first, and return the ranking of their packs.

    Raises
    ------
    ConfigError
        When not even the smallest order fits.
    """
    date, currency = drafts[0].arrays.date, drafts[0].terms.currency
    name = f"budget {money(budget, currency)} for {counted(len(drafts), 'order')} of {date}"
    total = sum(draft.total(draft.unit_cost) for draft in drafts)
    if np.isnan(total):
        lines = sum(int((draft.placed & np.isnan(draft.unit_cost)).sum()) for draft in drafts)
        text = f"{name} cannot be judged: {counted(lines, 'line')} without a unit cost"
        for draft in drafts:
            draft.note(Choice("budget", budget, np.nan, np.nan, "unknown", text))
        return []
    spent = sum(float((d.quantity * np.nan_to_num(d.unit_cost))[d.arrays.fixed].sum()) for d in drafts)
    ladders = [draft.keep_ladders(np.zeros(len(draft.quantity))) for draft in drafts]
    asked = Asked("budget", budget, total, max(total - budget, 0.0))
    if total <= budget * (1 + SLACK):
        for draft in drafts:
            draft.note(Choice(*asked[:3], 0.0, "met", f"{name} is kept: {money(total, currency)}"))
        packs = [np.rint(draft.quantity / draft.arrays.pack).astype(np.int64) for draft in drafts]
        return _ranking(plan, drafts, ladders, packs)
    if spent > budget * (1 + SLACK):
        text = f"{name} cannot be kept: lines that were edited cost {money(spent, currency)}"
        for draft in drafts:
            draft.note(Choice(*asked, "impossible", text))
        return []
    _refuse_too_small(plan, drafts, budget, budget - spent)
    found, packs = _kept(drafts, budget - spent)
    for draft, kept in zip(drafts, packs, strict=True):
        _cut(draft, kept, asked, name, found)
    return _ranking(plan, drafts, ladders, packs)


def _kept(drafts: Sequence[Draft], left: float) -> tuple[PackChoice, list[NDArray[np.int64]]]:
    """Return the packs of each order that are worth most within what is left of the budget."""
    ladders = [draft.keep_ladders(draft.tie_bonus()) for draft in drafts]
    joined = ladders_of(
        [total for each in ladders for total in each.totals], np.concatenate([each.pack for each in ladders]),
        np.concatenate([each.first for each in ladders]),
    )  # fmt: skip
    sizes = [len(each.pack) for each in ladders]
    price = np.nan_to_num(np.concatenate([draft.unit_cost for draft in drafts]))
    per_unit = np.array([np.concatenate([per_unit_of(draft, rule) for draft in drafts]) for rule in MINIMUMS])
    least = np.array([[_left_to(draft, rule) for draft in drafts] for rule in MINIMUMS])
    minimums = Minimums(np.repeat(np.arange(len(drafts)), sizes), np.nan_to_num(per_unit), least)
    cuts = np.cumsum(sizes)[:-1]

    def solved(limit: float) -> PackChoice:
        return keep_within(joined, price[None], np.array([limit]), minimums)

    found = solved(left)
    packs = np.split(found.packs, cuts)
    if not any(draft.arrays.has_breaks for draft in drafts):
        return found, packs
    if least[0].any():
        # Fewer units are worth more each: a minimum at present prices asks too much; the bound without it holds.
        found = proven_without(found, keep_within(joined, price[None], np.array([left])))
    best, aim = _lowered(drafts, ladders, packs, left), left
    for _ in range(TRIES):
        aim -= _spent(drafts, packs) - left
        if aim <= 0 or _spent(drafts, packs) <= left * (1 + SLACK):
            break
        packs = np.split(solved(aim).packs, cuts)
        tried = _lowered(drafts, ladders, packs, left)
        best = max(best, tried, key=lambda kept: float(joined.of(np.concatenate(kept)).sum()))
    lowered = np.concatenate(best)
    if (lowered == found.packs).all():
        return found, best
    return replace(found, packs=lowered, objective=float(joined.of(lowered).sum()), optimal=False), best


def _spent(drafts: Sequence[Draft], packs: Sequence[NDArray[np.int64]]) -> float:
    """Return what packs of lines that are not fixed cost, at the prices of their quantities."""
    each = (draft.arrays.values_of(own * draft.arrays.pack) for draft, own in zip(drafts, packs, strict=True))
    return sum(float(np.nan_to_num(values).sum()) for values in each)


def _lowered(
    drafts: Sequence[Draft], ladders: Sequence[Ladders], packs: Sequence[NDArray[np.int64]], left: float
) -> list[NDArray[np.int64]]:
    """Return packs within the budget at the prices of their quantities; none of an order that misses a minimum."""
    kept = lower_to_budget(drafts, ladders, packs, left)
    return [_reaching(draft, own) for draft, own in zip(drafts, kept, strict=True)]


def _reaching(draft: Draft, packs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return no packs where an order that reached its minimums would miss one; else those that it has."""
    arrays = draft.arrays
    free = np.where(arrays.fixed, 0.0, packs * arrays.pack)
    held = {
        "min_order_value": float(np.nan_to_num(arrays.values_of(free)).sum()),
        "min_order_quantity": float(free.sum()),
    }
    return packs * all(held[rule] >= _left_to(draft, rule) * (1 - SLACK) for rule in MINIMUMS)


def _left_to(draft: Draft, rule: str) -> float:
    """Return what an order must still reach beside its fixed lines; 0 where it misses its minimum already."""
    least, per_unit = order_minimums(draft).get(rule, 0.0), np.nan_to_num(per_unit_of(draft, rule))
    if float((draft.quantity * per_unit).sum()) < least * (1 - SLACK):
        return 0.0
    return max(least - float((draft.quantity * per_unit)[draft.arrays.fixed].sum()), 0.0)


def _refuse_too_small(plan: ReplenishmentPlan, drafts: Sequence[Draft], budget: float, left: float) -> None:
    """Refuse a budget that is below the smallest order."""
    smallest: list[tuple[float, str]] = []
    for draft in drafts:
        arrays = draft.arrays
        least = _left_to(draft, "min_order_value")
        for line in np.flatnonzero(draft.placed & ~arrays.fixed).tolist():
            units, cost = _cheapest_of(draft, line)
            item, location = plan.key_of(int(arrays.row[line]))
            what = f"{units:,.0f} of {item} at {location} cost {money(cost, draft.terms.currency)}"
            if cost < least:
                cost = least
                what = f"{draft.terms.key} takes no order below {money(least, draft.terms.currency)}"
            smallest.append((cost, what))
    if smallest and min(smallest)[0] > left * (1 + SLACK):
        rule = "a budget is at least what the smallest order costs"
        received = f"received {money(budget, drafts[0].terms.currency)}; {min(smallest)[1]}"
        raise ConfigError([BrokenRule("budget", rule, examples=(received,))])


def _cheapest_of(draft: Draft, line: int) -> tuple[float, float]:
    """Return the order of a line that costs least, up to its quantity, and what it costs."""
    arrays, quantity = draft.arrays, float(draft.quantity[line])
    units = np.arange(min(float(arrays.smallest[line]), quantity), quantity + 1e-9, arrays.pack[line])
    cost = arrays.value_of_line(line, units)
    least = int(np.argmin(cost))
    return float(units[least]), float(cost[least])


def _cut(draft: Draft, packs: NDArray[np.int64], asked: Asked, name: str, found: PackChoice) -> None:
    arrays = draft.arrays
    quantity = np.where(arrays.fixed, draft.quantity, packs * arrays.pack)
    if not quantity.any():
        draft.start_again("the budget leaves this order out")
    price = draft.price(quantity)
    if not price.packs:
        draft.note(Choice(*asked, "keep", f"{name}: nothing is left out of this order"))
        return
    unknown = int((np.isnan(arrays.margin) & draft.placed).sum())
    ranked = f"; margin of {counted(unknown, 'line')} not known, taken as the unit cost in the ranking"
    proven = "" if found.optimal or not arrays.has_breaks else f"; {NOT_PROVEN}"
    text = f"{name}: {draft.left_out_text(price)}{ranked if unknown else ''}{proven}"
    gap = math.nan if unknown else None
    draft.take(quantity, Choice.priced(asked, "cut", text, price, found=found, gap=gap))


def _ranking(
    plan: ReplenishmentPlan, drafts: Sequence[Draft], ladders: Sequence[Ladders], packs: Sequence[NDArray[np.int64]]
) -> list[dict[str, Any]]:
    """Return the packs of orders, most value per money first."""
    found = [
        record
        for draft, each, kept in zip(drafts, ladders, packs, strict=True)
        for record in _records(plan, draft, each, kept)
    ]
    return sorted(found, key=lambda record: -record["value_per_money"])


def _records(
    plan: ReplenishmentPlan, draft: Draft, ladders: Ladders, kept: NDArray[np.int64]
) -> Iterator[dict[str, Any]]:
    """Yield packs of one worth each; their worth is that of expected lost sales avoided."""
    arrays = draft.arrays
    for line in np.flatnonzero(ladders.most > 0).tolist():
        item, location = plan.key_of(int(arrays.row[line]))
        begin = int(ladders.first[line]) if ladders.first[line] > 1 else 0
        counts = ladders.count[ladders.line == line].tolist()
        edges = np.cumsum([0, *([begin] if begin else []), *counts])
        pack = float(arrays.pack[line])
        worth = draft.worth(np.full(len(edges), line), edges * pack)
        costs = np.diff(arrays.value_of_line(line, edges * pack)).tolist()
        steps = zip(edges[:-1].tolist(), edges[1:].tolist(), np.diff(worth).tolist(), costs, strict=True)
        for low, high, value, cost in steps:
            day = arrays.needed_on(line, low * pack + 1, safety_stock=False)
            yield {
                "order_id": arrays.id, "supplier": draft.terms.key, "item": item, "location": location,
                "packs": high - low, "units": (high - low) * pack, "cost": cost, "value": value,
                "value_per_money": value / cost if cost > 0 else np.inf,
                "first_unserved": None if day is None else plan.inputs.date(day),
                "kept_packs": int(min(max(kept[line] - low, 0), high - low)),
            }  # fmt: skip
