"""Projection: what stock, sales and unserved demand follow from demand and receipts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.position import Cumulative

__all__ = ["MAX_COVER_DAYS", "Projection", "days_of_cover", "project"]

MAX_COVER_DAYS = 365
"""Cover is not followed further than a year."""

STEP = 1 / 1024
"""Quantities are whole multiples of it."""


@dataclass(frozen=True, eq=False)
class Projection:
    """Balances per day and row, shape (days, rows), in units.

    Parameters
    ----------
    ending
        Stock at the end of the day, never negative.
    backlog
        Demand that waits at the end of the day; 0 where sales are lost.
    sales
        What was shipped.
    unserved
        Demand that could not be served on its day.
    """

    ending: NDArray[np.float64]
    backlog: NDArray[np.float64]
    sales: NDArray[np.float64]
    unserved: NDArray[np.float64]


def project(
    demand: NDArray[np.float64],
    receipts: NDArray[np.float64],
    opening: NDArray[np.float64],
    *,
    backorder: bool,
) -> Projection:
    """Project stock day by day.

    Lost sales: ``available = ending[t-1] + receipts[t]``, ``sales = min(demand, available)``. Backorders: demand that
    is not served waits, the oldest is served first, and `unserved` is the part of a day's demand that waits at its end.

    Parameters
    ----------
    demand, receipts
        Per day and row, shape (days, rows), in units.
    opening
        Stock at the opening of day 0 less backlog, shape (rows,); negative stock counts as 0 where sales are lost.
    backorder
        Whether unmet demand waits.
    """
    net = opening + np.cumsum(receipts - demand, axis=0)
    start = opening if backorder else np.maximum(opening, 0.0)
    if backorder:
        ending, backlog = np.maximum(net, 0.0), np.maximum(-net, 0.0)
        unserved = np.minimum(demand, backlog)
    else:
        net += start - opening
        lost = np.maximum(np.maximum.accumulate(-net, axis=0), 0.0)
        ending, backlog = net + lost, np.zeros_like(net)
        unserved = np.diff(lost, axis=0, prepend=0.0)
    before = np.concatenate([np.maximum(start, 0.0)[None], ending[:-1]])
    return Projection(ending, backlog, before + receipts - ending, unserved)


def days_of_cover(
    stock: NDArray[np.float64], cumulative: Cumulative, first_days: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Forward cover: for how many days stock serves demand, with the served fraction of the day on which it ends.

    Parameters
    ----------
    stock
        Shape (moments, rows), in units, whole multiples of 1/1024.
    cumulative
        Cumulative demand; reaches 365 days past the last moment.
    first_days
        The first day that each moment's stock serves, shape (moments,).

    Returns
    -------
    NDArray[np.float64]
        Days, at most 365; 0 without stock; NaN with stock and no demand in the next 365 days.
    """
    cover = np.empty_like(stock)
    for moment, first in enumerate(first_days.tolist()):
        base = cumulative.at(first)
        target = base + stock[moment]
        last = np.clip(cumulative.first_above(target - STEP), first + 1, first + MAX_COVER_DAYS)
        served = cumulative.at_rows(last - 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            days = last - 1 - first + (target - served) / (cumulative.at_rows(last) - served)
        year = cumulative.at(first + MAX_COVER_DAYS)
        days = np.where(year < target, np.where(year > base, MAX_COVER_DAYS, np.nan), days)
        cover[moment] = np.where(stock[moment] <= 0, 0.0, days)
    return cover
