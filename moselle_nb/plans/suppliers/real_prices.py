"""Orders whose prices change with their quantity: raised or lowered once more where a rule fails at the prices paid."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from moselle_nb.engines.supplier_ladders import Ladders
    from moselle_nb.engines.supplier_orders import PackChoice
    from moselle_nb.plans.suppliers.draft import Draft

    FloatArray = NDArray[np.float64]
    Packs = NDArray[np.int64]

__all__ = ["NOT_PROVEN", "lower_to_budget", "most_value", "proven_without", "raise_to_value"]

NOT_PROVEN = "prices change with the quantity: not proven best"

SLACK = 1e-9


def _choices(draft: Draft) -> Iterator[tuple[int, FloatArray]]:
    """Yield each line that may be raised, with the quantities it may have: what it has, and with more packs."""
    most, first = draft.most_packs(), draft.first_packs()
    for line in np.flatnonzero((most > 0) & ~np.isnan(draft.unit_cost)).tolist():
        packs = np.append(0, np.arange(first[line], most[line] + 1))
        yield line, draft.quantity[line] + packs * draft.arrays.pack[line]


def _values(draft: Draft) -> FloatArray:
    return np.nan_to_num(draft.arrays.values_of(draft.quantity))


def most_value(draft: Draft) -> float:
    """Return the highest value to which an order can be raised, each line at the price of its quantity."""
    highest = _values(draft)
    for line, units in _choices(draft):
        highest[line] = draft.arrays.value_of_line(line, units).max()
    return float(highest.sum())


def raise_to_value(draft: Draft, least: float, quantity: FloatArray, *, only_more: bool) -> FloatArray | None:
    """Return quantities whose value at the prices paid reaches a minimum; None where none were found.

    One line after the other: the cheapest that closes the gap alone, else the one that costs least per money gained,
    at its highest value. All lines there are the most that an order can be worth.

    Parameters
    ----------
    draft
        The order.
    least
        What it is to be worth.
    quantity
        What was chosen at the prices of the present quantities, and is not worth enough.
    only_more
        Whether no line may get less than that.
    """
    arrays, quantity = draft.arrays, quantity.copy()
    value = np.nan_to_num(arrays.values_of(quantity))
    rate = np.where(np.isnan(arrays.holding_cost), draft.unit_cost, arrays.holding_cost)
    lines = {}
    for line, units in _choices(draft):
        allowed = units[units >= quantity[line]] if only_more else units
        held = rate[line] * draft.unit_days(line, allowed - draft.quantity[line])
        lines[line] = allowed, arrays.value_of_line(line, allowed), held
    while (missing := least - float(value.sum())) > least * SLACK:
        moves = []
        for line, (units, worth, held) in lines.items():
            gain = worth - value[line]
            more = held - held[int(np.searchsorted(units, quantity[line]))]
            closing = gain >= missing - least * SLACK
            to = int(np.argmin(np.where(closing, more, np.inf)) if closing.any() else np.argmax(gain))
            if gain[to] > least * SLACK:
                closes = bool(closing[to])
                moves.append((not closes, float(more[to]) if closes else float(more[to] / gain[to]), line, to))
        if not moves:
            return None
        *_, line, to = min(moves)
        quantity[line], value[line] = lines[line][0][to], lines[line][1][to]
    return quantity


def proven_without(found: PackChoice, loose: PackChoice) -> PackChoice:
    """Return a choice with what is proven of it by one that leaves rules out: no better one is worth more than that."""
    optimal = found.objective >= loose.bound - SLACK * max(abs(loose.bound), 1.0)
    return replace(found, bound=loose.bound, optimal=bool(optimal))


def lower_to_budget(
    drafts: Sequence[Draft], ladders: Sequence[Ladders], packs: Sequence[Packs], left: float
) -> list[Packs]:
    """Return packs whose cost at the prices paid is within a budget.

    One line after the other: the one that loses least where it closes the gap alone, else the one that loses least per
    money saved, which is left out.

    Parameters
    ----------
    drafts
        The orders that share the budget.
    ladders
        What packs of their lines are worth.
    packs
        What was kept at the prices of the present quantities.
    left
        What lines that are not fixed may cost.
    """
    kept = [own.copy() for own in packs]
    costs = {
        (number, line): draft.arrays.value_of_line(line, np.arange(own[line] + 1) * draft.arrays.pack[line])
        for number, (draft, own) in enumerate(zip(drafts, kept, strict=True))
        for line in np.flatnonzero(own > 0).tolist()
    }
    while True:
        spent = sum(float(cost[kept[number][line]]) for (number, line), cost in costs.items())
        excess = spent - left
        if excess <= left * SLACK:
            return kept
        moves = []
        for (number, line), cost in costs.items():
            now, worth = int(kept[number][line]), ladders[number].totals[line]
            fewer = np.append(0, np.arange(ladders[number].first[line], now)) if now else np.zeros(0, dtype=np.int64)
            saved, lost = cost[now] - cost[fewer], worth[now] - worth[fewer]
            closing = saved >= excess - left * SLACK
            if closing.any():
                to = int(np.argmin(np.where(closing, lost, np.inf)))
                moves.append((False, float(lost[to]), number, line, int(fewer[to])))
            elif now and saved[0] > 0:
                moves.append((True, float(lost[0] / saved[0]), number, line, 0))
        *_, number, line, fewest = min(moves)
        kept[number][line] = fewest
