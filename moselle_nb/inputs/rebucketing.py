"""Rebucketing: a forecast in days, weeks or months becomes demand per day, and totals are conserved.

Quantities are whole multiples of 1/1024 unit held as float64, so every sum is exact in any order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "GRID", "Beyond", "BucketedDemand", "daily_demand", "daily_variance", "mean_variance", "tail_totals", "to_grid",
]  # fmt: skip

GRID = 1024
"""Grid steps per unit."""

AVERAGE_DAYS = 28
YEAR_DAYS = 364
"""Fifty-two weeks: the same weekday a year earlier."""

Beyond = Literal["average", "same_last_year", "cut"]


def to_grid(quantity: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round to whole multiples of 1/1024 unit, halves to even."""
    return np.rint(quantity * GRID) / GRID


@dataclass(frozen=True, eq=False)
class BucketedDemand:
    """A forecast by bucket for some rows, in days from `as_of`.

    Parameters
    ----------
    starts, lengths
        First day (may be negative) and number of days of each bucket, shape (buckets,); buckets follow one another.
    quantity
        In 1/1024 unit, shape (buckets, rows).
    first, last
        Each row's own first and last bucket, shape (rows,); -1 where it has none.
    sd
        Standard deviation per bucket in units, shape (buckets, rows); NaN where missing. None when not given at all.
    """

    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]
    quantity: NDArray[np.int64]
    first: NDArray[np.int32]
    last: NDArray[np.int32]
    sd: NDArray[np.float64] | None = None

    def take(self, rows: NDArray[np.intp]) -> BucketedDemand:
        """Return the part of some rows."""
        return BucketedDemand(
            self.starts,
            self.lengths,
            self.quantity.take(rows, axis=1),
            self.first[rows],
            self.last[rows],
            None if self.sd is None else self.sd.take(rows, axis=1),
        )

    @property
    def row_starts(self) -> NDArray[np.int64]:
        """First day of each row's own forecast; 0 where it has none."""
        return np.where(self.first >= 0, self._edge(self.starts)[self.first], 0)

    @property
    def row_ends(self) -> NDArray[np.int64]:
        """Day after the last day of each row's own forecast; the day it starts where it has none."""
        return np.where(self.last >= 0, self._edge(self.starts + self.lengths)[self.last], self.row_starts)

    @staticmethod
    def _edge(days: NDArray[np.int64]) -> NDArray[np.int64]:
        return days if len(days) else np.zeros(1, dtype=np.int64)


def _within(demand: BucketedDemand, first_day: int, days: int) -> NDArray[np.float64]:
    """Spread the buckets over their days: day k of n gets ``floor(T (k+1) / n) - floor(T k / n)``."""
    daily = np.zeros((days, demand.quantity.shape[1]))
    for start, length, total in zip(demand.starts, demand.lengths, demand.quantity, strict=True):
        low, high = max(int(start), first_day), min(int(start + length), first_day + days)
        if low >= high:
            continue
        exact = total.astype(np.float64)
        before = np.floor(exact * (low - start) / length)
        for day in range(low, high):
            after = np.floor(exact * (day + 1 - start) / length)
            np.subtract(after, before, out=daily[day - first_day])
            before = after
    daily /= GRID
    return daily


def tail_totals(demand: BucketedDemand) -> NDArray[np.float64]:
    """Return the demand of each row's own last min(28, length) days, in 1/1024 unit."""
    window = np.minimum(AVERAGE_DAYS, demand.row_ends - demand.row_starts)
    columns, left, total = np.arange(len(window)), window.copy(), np.zeros(len(window))
    bucket = demand.last.astype(np.int64)
    while (left > 0).any():
        index = np.maximum(bucket, 0)
        length = demand.lengths[index]
        quantity = demand.quantity[index, columns].astype(np.float64)
        taken = np.minimum(left, length)
        total += np.where(taken > 0, quantity - np.floor(quantity * (length - taken) / length), 0.0)
        left, bucket = left - taken, bucket - 1
    return total


def _average(demand: BucketedDemand, first_day: int, days: int) -> NDArray[np.float64]:
    """Repeat the total of each row's last 28 days, spread over as many days, past its forecast's end."""
    ends = demand.row_ends
    total = tail_totals(demand)
    cycle = np.maximum(np.minimum(AVERAGE_DAYS, ends - demand.row_starts), 1)
    day = np.mod(np.arange(first_day, first_day + days)[:, None] - ends, cycle)
    return (np.floor(total * (day + 1) / cycle) - np.floor(total * day / cycle)) / GRID


def daily_demand(demand: BucketedDemand, days: int, beyond: Beyond) -> NDArray[np.float64]:
    """Return the demand of days 0 to `days` - 1.

    Parameters
    ----------
    demand
        The forecast by bucket.
    days
        How many days, counted from `as_of`.
    beyond
        Past a row's own last bucket: ``average`` repeats the total of its last min(28, length) days, spread the same
        way; ``same_last_year`` takes the forecast 364 days earlier where there is one, else the average; ``cut`` is 0.

    Returns
    -------
    NDArray[np.float64]
        Shape (days, rows), in units, whole multiples of 1/1024.
    """
    daily = _within(demand, 0, days)
    ends = demand.row_ends
    begin = int(ends.min(initial=days))
    if beyond == "cut" or begin >= days:
        return daily
    begin = max(begin, 0)
    tail = _average(demand, begin, days - begin)
    beyond_end = np.arange(begin, days)[:, None] >= ends
    if beyond == "same_last_year":
        earlier = np.arange(begin, days)[:, None] - YEAR_DAYS
        known = (earlier >= demand.row_starts) & (earlier < ends)
        tail = np.where(known, _within(demand, begin - YEAR_DAYS, days - begin), tail)
    np.copyto(daily[begin:], tail, where=beyond_end & (demand.last >= 0))
    return daily


def daily_variance(
    demand: BucketedDemand, variance: NDArray[np.float64], days: int, beyond: Beyond = "average"
) -> NDArray[np.float64]:
    """Return the forecast variance of days 0 to `days` - 1: a bucket's variance split evenly, days independent.

    Past a row's last bucket it follows demand: the mean of its last min(28, length) days, the day 364 days earlier
    where there is one, or 0; without a forecast it is 0.

    Parameters
    ----------
    demand
        The forecast by bucket.
    variance
        Per bucket, in units squared, shape (buckets, rows).
    days
        How many days, counted from `as_of`.
    beyond
        As for `daily_demand`.
    """
    per_day = variance / demand.lengths[:, None]
    daily = _variance_within(demand, per_day, 0, days)
    ends, day = demand.row_ends, np.arange(days)[:, None]
    past = (day >= ends) & (demand.last >= 0)
    if beyond == "cut" or not past.any():
        return daily
    np.copyto(daily, mean_variance(demand, per_day), where=past)
    if beyond == "same_last_year":
        earlier = day - YEAR_DAYS
        known = past & (earlier >= demand.row_starts) & (earlier < ends)
        np.copyto(daily, _variance_within(demand, per_day, -YEAR_DAYS, days), where=known)
    return daily


def _variance_within(
    demand: BucketedDemand, per_day: NDArray[np.float64], first_day: int, days: int
) -> NDArray[np.float64]:
    daily = np.zeros((days, per_day.shape[1]))
    for start, length, value in zip(demand.starts, demand.lengths, per_day, strict=True):
        low, high = max(int(start) - first_day, 0), min(int(start + length) - first_day, days)
        if low < high:
            daily[low:high] = value
    return daily


def mean_variance(demand: BucketedDemand, per_day: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean daily variance of each row's last min(28, length) days."""
    window = np.minimum(AVERAGE_DAYS, demand.row_ends - demand.row_starts)
    columns, total = np.arange(len(window)), np.zeros(len(window))
    left, bucket = window.copy(), demand.last.astype(np.int64)
    while (left > 0).any():
        index = np.maximum(bucket, 0)
        taken = np.clip(left, 0, demand.lengths[index])
        total += taken * per_day[index, columns]
        left, bucket = left - taken, bucket - 1
    return total / np.maximum(window, 1)
