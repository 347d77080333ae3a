"""The checker's own arithmetic per day, in whole 1/1024 units held as int64.

Nothing is shared with the engine, nor with `inputs.rebucketing`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from moselle_nb.plans.config import ReplenishmentConfig
    from moselle_nb.plans.resolved import ResolvedInputs

    Units = NDArray[np.int64]
    Rows = NDArray[np.int64]

__all__ = ["DAYS_OF_COVER", "GRID", "UNITS", "Balance", "balances", "daily_demand", "daily_variance", "grid", "scatter"]

GRID = 1024

TAIL_DAYS = 28
YEAR_DAYS = 364

NONE, UNITS, DAYS_OF_COVER = range(3)


def grid(values: NDArray[np.float64] | float) -> Units:
    """Return whole 1/1024 units, halves to even."""
    return np.rint(np.asarray(values, dtype=np.float64) * GRID).astype(np.int64)


class _Forecast:
    """The forecast of some rows by day: a bucket's total T over n days gives day k ``T(k+1)//n - Tk//n``."""

    def __init__(self, inputs: ResolvedInputs, rows: Rows) -> None:
        source = inputs.demand
        self.starts, self.lengths, self.rows = source.starts, source.lengths, rows
        self.totals = source.quantity[:, rows]
        self.has = source.last[rows] >= 0
        edges = source.starts if len(source.starts) else np.zeros(1, dtype=np.int64)
        ends = source.starts + source.lengths if len(source.starts) else edges
        self.start = np.where(self.has, edges[source.first[rows]], 0)
        self.end = np.where(self.has, ends[source.last[rows]], 0)
        self.tail = np.minimum(TAIL_DAYS, self.end - self.start)

    def buckets(self, days: Units) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return the bucket of each day, and whether it lies inside the forecast."""
        if not len(self.starts):
            return np.zeros_like(days), np.zeros(days.shape, dtype=bool)
        bucket = np.maximum(np.searchsorted(self.starts, days, side="right") - 1, 0)
        return bucket, (days >= self.starts[0]) & (days < self.starts[bucket] + self.lengths[bucket])

    def within(self, first: int, count: int) -> Units:
        """Return what the buckets give, for `count` days from `first` on; 0 outside of them."""
        days = np.arange(first, first + count)
        bucket, inside = self.buckets(days)
        found = np.zeros((count, len(self.rows)), dtype=np.int64)
        chosen = bucket[inside]
        if len(chosen):
            place, length = (days[inside] - self.starts[chosen])[:, None], self.lengths[chosen][:, None]
            total = self.totals[chosen]
            found[inside] = total * (place + 1) // length - total * place // length
        return found

    def last_days(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        """Return bucket and place in it of each row's last 28 days, and whether the row has that day."""
        back = np.arange(1, TAIL_DAYS + 1)[:, None]
        days = self.end - back
        bucket, _ = self.buckets(days)
        place = days - self.starts[bucket] if len(self.starts) else days
        return bucket, place, (back <= self.tail) & self.has

    def cycle(self) -> Units:
        """Return the days that repeat past the end, shape (28, rows): the tail's total, spread over it."""
        bucket, place, own = self.last_days()
        if not own.any():
            return np.zeros((TAIL_DAYS, len(self.rows)), dtype=np.int64)
        columns = np.arange(len(self.rows))
        quantity, length = self.totals[bucket, columns], self.lengths[bucket]
        each = quantity * (place + 1) // length - quantity * place // length
        total = np.where(own, each, 0).sum(axis=0)
        number, window = np.arange(TAIL_DAYS)[:, None], np.maximum(self.tail, 1)
        return np.asarray(total * (number + 1) // window - total * number // window)

    def beyond(self, days: Units) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """Return which days lie past each row's forecast, and their place in its cycle."""
        past = days[:, None] - self.end
        return (past >= 0) & self.has, np.mod(past, np.maximum(self.tail, 1))


def daily_demand(inputs: ResolvedInputs, config: ReplenishmentConfig, rows: Rows, count: int) -> Units:
    """Return the demand of days 0 to `count` - 1, shape (count, rows)."""
    forecast = _Forecast(inputs, rows)
    found, days = forecast.within(0, count), np.arange(count)
    past, place = forecast.beyond(days)
    if config.beyond_forecast == "cut" or not past.any():
        return found
    repeated = np.take_along_axis(forecast.cycle(), place, axis=0)
    if config.beyond_forecast == "same_last_year":
        earlier = days[:, None] - YEAR_DAYS
        known = (earlier >= forecast.start) & (earlier < forecast.end)
        repeated = np.where(known, forecast.within(-YEAR_DAYS, count), repeated)
    return np.where(past, repeated, found)


def daily_variance(inputs: ResolvedInputs, config: ReplenishmentConfig, rows: Rows, count: int) -> NDArray[np.float64]:
    """Return the forecast variance of days 0 to `count` - 1, in units squared; past the forecast as demand there."""
    assert inputs.variance is not None  # noqa: S101 (made wherever a service level is asked for)
    forecast = _Forecast(inputs, rows)
    each = inputs.variance[:, rows] / inputs.demand.lengths[:, None]

    def inside(first: int) -> NDArray[np.float64]:
        bucket, known = forecast.buckets(np.arange(first, first + count))
        return each[bucket] * known[:, None] if len(each) else np.zeros((count, len(rows)))

    found, days = inside(0), np.arange(count)
    past, _ = forecast.beyond(days)
    if not past.any():
        return found
    if config.beyond_forecast == "cut":
        return np.where(past, 0.0, found)
    bucket, _, own = forecast.last_days()
    mean = np.where(own, each[bucket, np.arange(len(rows))], 0.0).sum(axis=0) / np.maximum(forecast.tail, 1)
    tail = np.broadcast_to(mean, found.shape)
    if config.beyond_forecast == "same_last_year":
        earlier = days[:, None] - YEAR_DAYS
        tail = np.where((earlier >= forecast.start) & (earlier < forecast.end), inside(-YEAR_DAYS), tail)
    return np.where(past, tail, found)


@dataclass(frozen=True, eq=False)
class Balance:
    """Balances per day and row, shape (days, rows), in 1/1024 units."""

    ending: Units
    backlog: Units
    sales: Units
    unserved: Units

    def net_before(self, day: int, opening: Units) -> Units:
        """Return stock less backlog before a day."""
        return opening if day == 0 else np.asarray(self.ending[day - 1] - self.backlog[day - 1])


def balances(opening: Units, receipts: Units, demand: Units, backorder: NDArray[np.bool_]) -> Balance:
    """Walk from day to day.

    Parameters
    ----------
    opening
        Stock less backlog at the opening of day 0, shape (rows,).
    receipts, demand
        Per day, shape (days, rows).
    backorder
        Whether unmet demand waits, shape (rows,).
    """
    found = Balance(*(np.empty_like(receipts) for _ in range(4)))
    stock, backlog = np.maximum(opening, 0), np.where(backorder, np.maximum(-opening, 0), 0)
    for day, (received, wanted) in enumerate(zip(receipts, demand, strict=False)):
        available = stock + received
        served = np.minimum(available, backlog + wanted)
        left = backlog + wanted - served
        stock, backlog = available - served, np.where(backorder, left, 0)
        found.ending[day], found.backlog[day], found.sales[day] = stock, backlog, served
        found.unserved[day] = np.minimum(wanted, left)
    return found


def scatter(days: Sequence[int] | NDArray[np.int64], rows: Rows, quantity: Units, shape: tuple[int, int]) -> Units:
    """Add quantities up by day and row; what falls past the last day is left out."""
    days = np.asarray(days, dtype=np.int64)
    found = np.zeros(shape, dtype=np.int64)
    inside = (days >= 0) & (days < shape[0])
    np.add.at(found, (days[inside], rows[inside]), quantity[inside])
    return found
