"""Perfect information: the least that a row can cost on a path when all of its demand is known in advance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.position import FloatArray
    from moselle_nb.engines.rolling import Reviews, Supply

__all__ = ["Hindsight", "least_cost"]


@dataclass(frozen=True, eq=False)
class Hindsight:
    """What the cheapest orders leave, shape (columns,) each.

    Parameters
    ----------
    stock_days
        Stock at the end of each day, summed, in units.
    unserved
        Units that are not served, or not on their day.
    ordered
        Units that are ordered.
    """

    stock_days: FloatArray
    unserved: FloatArray
    ordered: FloatArray


def least_cost(
    demand: FloatArray,
    supply: Supply,
    reviews: Reviews,
    *,
    backorder: bool,
    days_worth: FloatArray,
) -> Hindsight:
    r"""Return the orders of least holding and shortage cost on a path that is known: a lower bound for every policy.

    Orders arrive only when the calendar lets them, on each path as late or early as they do there. Everything else that
    binds a policy is left out: MOQ, multiples, maximum order, maximum stock, order cost, whole units.

    Where sales are lost, this is the exact optimum of what is left. What is there and on its way serves the earliest
    demand that it can; any other unit asked for on day t arrives on the last possible day a <= t, and costs
    :math:`h (t - a)`, or is lost at :math:`p`, whichever is less. Saving a unit for a later day t' gains nothing:
    :math:`\min(h (t' - a'), p) \le \min(h (t - a), p) + h (t' - t)`, as a' >= a.

    Where demand waits, it is a bound only: stock as without any order, for orders only add to it, and the unserved
    demand of the days before the first possible arrival.

    Parameters
    ----------
    demand, supply, reviews, backorder
        As for `rolling.roll`.
    days_worth
        For how many days holding a unit costs as much as its shortage, :math:`p / h`, shape (columns,); infinity
        where every unit is to be served that can be.
    """
    days, columns = demand.shape
    stock = supply.opening.astype(np.float64) if backorder else np.maximum(supply.opening, 0.0)
    may_arrive = _possible_arrivals(reviews, supply.delay, days, columns)
    latest = np.full(columns, -1, dtype=np.int64)
    held, unserved, ordered = np.zeros((3, columns))
    for day, asked in enumerate(demand):
        latest = np.where(may_arrive[day], day, latest)
        if supply.scheduled is not None:
            stock = stock + np.repeat(supply.scheduled[day], columns // supply.scheduled.shape[1])
        stock = stock - asked
        short = np.minimum(np.maximum(-stock, 0.0), asked)
        held += np.maximum(stock, 0.0)
        if backorder:
            unserved += np.where(latest < 0, short, 0.0)
            continue
        stock = np.maximum(stock, 0.0)
        waited = day - latest
        served = (latest >= 0) & (waited <= days_worth)
        held += np.where(served, short * waited, 0.0)
        ordered += np.where(served, short, 0.0)
        unserved += np.where(served, 0.0, short)
    return Hindsight(held, unserved, ordered)


def _possible_arrivals(
    reviews: Reviews, delay: NDArray[np.integer] | None, days: int, columns: int
) -> NDArray[np.bool_]:
    """Tell on which days an order can arrive, shape (days, columns), or (days, 1) where it is the same for all."""
    if delay is None:
        found = np.zeros((days, 1), dtype=bool)
        found[reviews.arrivals[reviews.arrivals < days]] = True
        return found
    found = np.zeros((days, columns), dtype=bool)
    for placed, expected in zip(reviews.days.tolist(), reviews.arrivals.tolist(), strict=True):
        if placed < days:
            due = np.maximum(expected + delay[placed], placed)
            (inside,) = (due < days).nonzero()
            found[due[inside], inside] = True
    return found
