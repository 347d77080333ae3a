r"""Wagner and Whitin's recursion, over rows at once: where each order's cover ends at least cost.

Costs are counted in unit-days, as order cost over holding cost: where demand and this ratio are multiples of 1/1024,
every comparison is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from moselle_nb.engines.position import FloatArray

__all__ = ["LeastCostLots", "least_cost_lots", "wagner_whitin_covers"]

BLOCK_ROWS = 4096
"""Rows at a time: what one period of them needs stays in the cache."""


def wagner_whitin_covers(
    demand: FloatArray, ratio: FloatArray, starts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    r"""Return how many periods the order of each period covers at least cost, and where waiting is cheapest.

    In unit-days the cost of an order of period k that covers up to period j is, up to what does not depend on j,
    :math:`A_j + f_{j+1} - a_k B_j` with :math:`A_j = \sum_{i \le j} a_i d_i` and :math:`B_j = \sum_{i \le j} d_i`.
    Because :math:`B` rises, the best j never falls from one k to the next (the planning horizon theorem), so no j past
    the best one of k + 1 is looked at.

    Parameters
    ----------
    demand
        Units, shape (periods, rows).
    ratio
        Order cost over holding cost, shape (periods, rows) or (1, rows), in unit-days.
    starts
        First day of each period and the day after the last one, shape (periods + 1,).

    Returns
    -------
    tuple
        Periods covered, and whether a period places no order although nothing covers it: it has no demand, and a later
        order is as cheap; shape (periods, rows) each.
    """
    covers, waits = np.empty(demand.shape, dtype=np.int64), np.empty(demand.shape, dtype=bool)
    for rows, lots in least_cost_lots(demand, ratio, starts):
        covers[:, rows], waits[:, rows] = lots.covers(), lots.waits
    return covers, waits


@dataclass(frozen=True, eq=False)
class LeastCostLots:
    """What the recursion finds for some rows.

    Parameters
    ----------
    days
        First day of each period, from the first one's.
    served
        Cumulative demand B.
    to_go
        A and the least cost from the next period on, in unit-days.
    best
        The least `to_go` less day times `served` of what an order of each period can cover.
    waits
        Where no order is cheapest although nothing covers the period.
    cost
        The least cost of all, in unit-days, shape (rows,).
    """

    days: NDArray[np.float64]
    served: FloatArray
    to_go: FloatArray
    best: FloatArray
    waits: NDArray[np.bool_]
    cost: FloatArray

    def covers(self) -> NDArray[np.int64]:
        """Return how many periods the best order of each period covers, the fewest where several are as good."""
        found = np.empty(self.served.shape, dtype=np.int64)
        for period, (day, best) in enumerate(zip(self.days.tolist(), self.best, strict=True)):
            lots = self.to_go[period:] - day * self.served[period:]
            found[period] = (lots == best).argmax(axis=0) + 1
        return found

    def orders(self) -> FloatArray:
        """Follow the lots from the first period: each ends with the first period that its best covers."""
        orders, rows = np.zeros_like(self.served), len(self.cost)
        is_open, first = np.zeros(rows, dtype=bool), np.zeros(rows, dtype=np.int64)
        day, best, before = np.zeros(rows), np.zeros(rows), np.zeros(rows)
        for period, served in enumerate(self.served):
            opens = ~(is_open | self.waits[period])
            np.copyto(first, period, where=opens)
            np.copyto(day, self.days[period], where=opens)
            np.copyto(best, self.best[period], where=opens)
            is_open |= opens
            (ends,) = (is_open & (self.to_go[period] - day * served == best)).nonzero()
            orders[first[ends], ends] = served[ends] - before[ends]
            is_open[ends] = False
            before[ends] = served[ends]
        return orders


def least_cost_lots(
    demand: FloatArray, ratio: FloatArray, starts: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.intp], LeastCostLots]]:
    """Yield rows and their lots; rows whose orders last about as long stand together, so that no block looks far."""
    days = (starts[:-1] - starts[0]).astype(np.float64)
    lasts = ratio.max(axis=0) / np.maximum(demand.sum(axis=0), 1.0)
    order = np.argsort(lasts, kind="stable")
    for first in range(0, len(order), BLOCK_ROWS):
        rows = order[first : first + BLOCK_ROWS]
        yield rows, _block_lots(demand.take(rows, axis=1), ratio.take(rows, axis=1), days)


def _block_lots(demand: FloatArray, ratio: FloatArray, days: FloatArray) -> LeastCostLots:
    """Solve some rows, last period first."""
    (periods, rows), lots = demand.shape, np.empty_like(demand)
    served, to_go = demand.copy(), demand * days[:, None]
    for total in (served, to_go):
        for before, after in pairwise(total):
            np.add(before, after, out=after)
    best, waits = np.empty_like(demand), np.empty(demand.shape, dtype=bool)
    ahead, farthest = np.zeros(rows), periods - 1
    for period in range(periods - 1, -1, -1):
        to_go[period] += ahead
        reach = slice(period, farthest + 1)
        costs = np.multiply(served[reach], days[period], out=lots[: farthest + 1 - period])
        np.subtract(to_go[reach], costs, out=costs)
        np.min(costs, axis=0, out=best[period])
        while farthest > period and not _is_first_best(costs[: farthest + 1 - period], best[period]):
            farthest -= 1
        placed = best[period] + ratio[period if len(ratio) > 1 else 0]
        if period:
            placed -= to_go[period - 1] - days[period] * served[period - 1]
        np.less_equal(ahead, placed, out=waits[period])
        waits[period] &= demand[period] == 0
        ahead = np.where(waits[period], ahead, placed)
    return LeastCostLots(days, served, to_go, best, waits, ahead)


def _is_first_best(costs: FloatArray, best: FloatArray) -> bool:
    """Tell whether the last of some costs is any row's best one, and not only as good as the one before."""
    return bool(((costs[-1] <= best) & (costs[-1] < costs[-2])).any())
