"""The checker's lot sizes: how many order dates one order covers, from the definitions, in whole 1/1024 units."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.plans.checker.days import GRID, grid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.plans.checker.days import Units
    from moselle_nb.plans.checker.rules import Block

__all__ = ["lot_needs", "window_levels"]

LATER_DAYS = 182
"""Half a year of windows after the last order's count."""


def lot_needs(block: Block) -> tuple[Units, Units]:
    """Return how far the lot of each order goes beyond its own window, and the units that it has at least.

    Both have shape (order dates, n) and are in 1/1024 units; 0 where orders cost nothing, or can wait.
    """
    shape = block.quantity.shape
    beyond, least = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    carrying = [order for order, (first, last) in enumerate(block.calendar.windows) if last >= first]
    method = block.config.lot_sizing
    if method == "lot_for_lot" or not carrying:
        return beyond, least
    ratio, rate = _ratio(block), block.cumulative[block.days] / GRID / block.days
    if method == "eoq":
        least[carrying] = np.floor(np.sqrt(2.0 * (ratio / GRID) * rate) + 0.5).astype(np.int64) * GRID
        return beyond, least
    levels, starts = window_levels(block, carrying)
    highest = np.maximum.accumulate(levels, axis=0)
    asked = np.diff(highest, axis=0, prepend=highest[:1])
    if method == "wagner_whitin":
        covered = _cheapest(asked, ratio, starts)
    elif method == "silver_meal":
        covered = _while_cheaper_per_day(asked, ratio, starts)
    else:
        covered = _nearest(ratio, rate, starts, len(levels))
    for place, order in enumerate(carrying):
        number = np.arange(place, len(levels))[:, None]
        inside = number < place + covered[place]
        beyond[order] = np.where(inside, levels[place:], levels[place]).max(axis=0) - levels[place]
    return beyond, least


def _ratio(block: Block) -> Units:
    """Order cost over holding cost per unit and day, as of today."""
    ordering, holding = (
        getattr(block.inputs.rules, name).values[0, block.rows] for name in ("order_cost", "holding_cost")
    )
    return grid(ordering / holding)


def window_levels(block: Block, carrying: list[int]) -> tuple[Units, list[int]]:
    """Return the highest level of each window and of those that repeat the last for half a year, and their days.

    Edits are left out: how far an order reaches does not change with them.
    """
    flow = block.cumulative[1 : block.days + 1] - np.cumsum(block.scheduled, axis=0)
    windows = [block.calendar.windows[order] for order in carrying]
    level = flow + block.safety
    found = [level[first : last + 1].max(axis=0) for first, last in windows]
    first, last = windows[-1]
    length = min(last - first + 1, LATER_DAYS)
    starts = [window[0] for window in windows] + [last + 1]
    day, received = _open_orders(block)
    while starts[-1] < last + 1 + LATER_DAYS:
        starts.append(starts[-1] + length)
        came = (received * (day < starts[-1])).sum(axis=0)
        found.append(block.cumulative[starts[-1]] - came + block.safety[last])
    return np.stack(found), starts


def _open_orders(block: Block) -> tuple[NDArray[np.int64], Units]:
    """Return days and units of the open orders of each row, shape (most open orders of a row, n)."""
    receipts, rows = block.inputs.receipts, block.rows
    most = int((receipts.starts[rows + 1] - receipts.starts[rows]).max(initial=0))
    place = receipts.starts[rows] + np.arange(most)[:, None]
    known = place < receipts.starts[rows + 1]
    place = np.where(known, place, 0)
    if not most:
        return place, place
    return receipts.day[place], np.where(known, grid(receipts.quantity[place]), 0)


def _cheapest(asked: Units, ratio: Units, starts: list[int]) -> Units:
    """Wagner and Whitin: from each window on, try every number of windows that one order can cover."""
    windows, rows = asked.shape
    least, covered = np.zeros((windows + 1, rows), dtype=np.int64), np.ones((windows, rows), dtype=np.int64)
    for first in range(windows - 1, -1, -1):
        held, best = np.zeros(rows, dtype=np.int64), np.full(rows, np.iinfo(np.int64).max)
        for last in range(first, windows):
            held += (starts[last] - starts[first]) * asked[last]
            cost = ratio + held + least[last + 1]
            covered[first] = np.where(cost < best, last - first + 1, covered[first])
            best = np.minimum(best, cost)
        least[first] = np.where(asked[first] == 0, np.minimum(best, least[first + 1]), best)
    return covered


def _while_cheaper_per_day(asked: Units, ratio: Units, starts: list[int]) -> Units:
    """Silver and Meal: from each window on, cover one more as long as cost per day does not rise."""
    windows, rows = asked.shape
    covered = np.ones((windows, rows), dtype=np.int64)
    for first in range(windows):
        held, more = np.zeros(rows, dtype=np.int64), np.ones(rows, dtype=bool)
        for last in range(first + 1, windows):
            then = held + (starts[last] - starts[first]) * asked[last]
            days, longer = starts[last] - starts[first], starts[last + 1] - starts[first]
            more &= (ratio + then) * days <= (ratio + held) * longer
            covered[first] += more
            held = then
    return covered


def _nearest(ratio: Units, rate: NDArray[np.float64], starts: list[int], windows: int) -> Units:
    """Period order quantity: the number of windows whose days come nearest to those that the EOQ lasts."""
    days = np.full(len(rate), np.inf)
    np.divide(2.0 * (ratio / GRID), rate, out=days, where=rate > 0)
    lasts = np.sqrt(days)
    covered = np.ones((windows, len(rate)), dtype=np.int64)
    for first in range(windows):
        for last in range(first + 1, windows):
            middle = (starts[last] + starts[last + 1]) / 2 - starts[first]
            covered[first] += middle < lasts
    return covered
