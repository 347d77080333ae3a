"""The checker's price breaks: what orders cost, and which of them a lower price makes larger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.plans.checker.days import GRID
from moselle_nb.plans.checker.lots import window_levels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.plans.checker.days import Units
    from moselle_nb.plans.checker.rules import Block
    from moselle_nb.plans.resolved import ResolvedInputs

    Money = NDArray[np.float64]
    Rows = NDArray[np.int64]

__all__ = ["BlockBreaks", "breaks_of_block", "has_breaks", "order_cost"]

LEAST_GAIN = 1e-6
"""A unit that costs less by less than this share is as dear."""


def has_breaks(inputs: ResolvedInputs, rows: Rows) -> NDArray[np.bool_]:
    """Tell which rows have price breaks."""
    breaks = inputs.price_breaks
    if breaks is None:
        return np.zeros(len(rows), dtype=bool)
    return np.asarray(breaks.starts[rows + 1] > breaks.starts[rows])


def _steps(inputs: ResolvedInputs, rows: Rows) -> tuple[Money, Money]:
    """Return from which units on each price holds, infinity past the last one, and the price; the first from 0 on."""
    starts, costs, breaks = [np.zeros(len(rows))], [inputs.unit_cost[rows]], inputs.price_breaks
    if breaks is not None:
        number = np.diff(breaks.starts)[rows]
        for step in range(int(number.max(initial=0))):
            there = number > step
            place = np.where(there, breaks.starts[rows] + step, 0)
            starts.append(np.where(there, breaks.from_quantity[place], np.inf))
            costs.append(breaks.unit_cost[place])
    return np.stack(starts), np.stack(costs)


def order_cost(inputs: ResolvedInputs, rows: Rows, quantity: Money) -> tuple[Money, Money]:
    """Return the price of a unit and of the whole of orders, each of so many units of a row."""
    starts, costs = _steps(inputs, rows)
    each, summed = costs[0], np.zeros(len(rows))
    for step, (start, cost) in enumerate(zip(starts, costs, strict=True)):
        end = starts[step + 1] if step + 1 < len(starts) else np.inf
        each = np.where(quantity >= start, cost, each)
        summed = summed + np.clip(np.minimum(quantity, end) - start, 0.0, None) * cost
    if inputs.price_breaks is None or len(starts) == 1:
        return each, each * quantity
    by_part = inputs.price_breaks.incremental[rows] & (quantity >= starts[1])
    return np.where(by_part, summed / quantity, each), np.where(by_part, summed, each * quantity)


@dataclass(frozen=True, eq=False)
class BlockBreaks:
    """What price breaks make of the orders of a block.

    Parameters
    ----------
    block
        The rows.
    levels, starts
        Of the windows of its orders and those that repeat the last, in 1/1024 units, and their first days.
    carrying
        Order dates that begin a window.
    """

    block: Block
    levels: Units
    starts: list[int]
    carrying: list[int]

    def raised(self, order: int, units: Units, supply: Units, limit: NDArray[np.float64], multiple: Units) -> Units:
        """Return the orders of a date as price breaks make them, in whole units.

        Parameters
        ----------
        order
            The order date.
        units
            By all other rules.
        supply
            What came before the window, and what edits of earlier dates bring later, in 1/1024 units.
        limit
            The largest order that is legal there, in units.
        multiple
            Orders are whole multiples of it.
        """
        inputs, rows, found = self.block.inputs, self.block.rows, units.copy()
        (columns,) = (has_breaks(inputs, rows) & (units > 0)).nonzero()
        if not len(columns) or order not in self.carrying or inputs.price_breaks is None:
            return found
        rows, own, step = rows[columns], units[columns], multiple[columns]
        ordering, holding = (
            np.nan_to_num(getattr(inputs.rules, name).values[0, rows]) for name in ("order_cost", "holding_cost")
        )
        asked, days = self._asked(order, columns, supply[columns])
        starts, by_part = _steps(inputs, rows)[0], inputs.price_breaks.incremental[rows]

        def each(quantity: Units) -> Money:
            price = order_cost(inputs, rows, quantity.astype(np.float64))[1]
            return np.asarray((price + ordering + holding * _unit_days(asked, days, quantity)) / quantity)

        def alone(quantity: Units) -> Money:
            """Cost of an order and of those that the windows would place for the rest."""
            rest, total = np.maximum(asked - quantity * GRID, 0), np.zeros(len(rows))
            for window in np.diff(rest, axis=0, prepend=0):
                total += order_cost(inputs, rows, window / GRID)[1] + ordering * (window > 0)
            return total + quantity * each(quantity)

        best, least = own, each(own)
        tie, apart = LEAST_GAIN * least, alone(own)
        for number in range(max(len(starts) - 1, len(asked))):
            start = starts[min(number + 1, len(starts) - 1)]
            from_break = np.where(np.isinf(start), 0, start).astype(np.int64)
            to_window = -(-asked[min(number, len(asked) - 1)] // GRID)
            larger = -(-np.where(by_part, to_window, from_break) // step) * step
            legal = (larger > own) & (larger >= starts[1]) & (larger <= limit[columns]) & (larger * GRID <= asked[-1])
            larger = np.where(legal, larger, own)
            cost = each(larger)
            better = legal & (cost < least - tie)
            if better.any():
                better &= alone(larger) < apart - tie * own
            best, least = np.where(better, larger, best), np.where(better, cost, least)
        found[columns] = best
        return found

    def _asked(self, order: int, columns: Rows, supply: Units) -> tuple[Units, NDArray[np.int64]]:
        """Return what all windows up to each ask for from this one on, and by how many days each begins later."""
        place = self.carrying.index(order)
        asked = np.maximum.accumulate(self.levels[place:, columns] - supply, axis=0)
        return np.maximum(asked, 0), np.array(self.starts[place:-1]) - self.starts[place]


def _unit_days(asked: Units, days: NDArray[np.int64], units: Units) -> Money:
    """Return for how many days units are held in all until the windows that take them begin."""
    taken = np.minimum(asked, units * GRID)
    return np.asarray((np.diff(taken, axis=0, prepend=0) * days[:, None]).sum(axis=0) / GRID)


def breaks_of_block(block: Block) -> BlockBreaks | None:
    """Return what price breaks make of the orders of a block; None where no row has any."""
    carrying = [order for order, (first, last) in enumerate(block.calendar.windows) if last >= first]
    if not carrying or not has_breaks(block.inputs, block.rows).any():
        return None
    return BlockBreaks(block, *window_levels(block, carrying), carrying)
