"""Cumulative demand in closed form: what a row needs before a day, without any daily array.

Demand is never negative, so cumulative demand only rises: its value on a day and the day on which it passes a level
both follow from the buckets' totals. Everything is exact, and equal to the sums of `rebucketing.daily_demand`.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.inputs.calendars import NEVER
from moselle_nb.inputs.rebucketing import AVERAGE_DAYS, GRID, daily_variance, mean_variance, tail_totals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.inputs.rebucketing import Beyond, BucketedDemand

__all__ = ["CumulativeDemand", "DemandVariance"]

UNIT = 1.0 / GRID
EVERY = slice(None)

FEW_BUCKETS = 64
"""Up to so many it is faster to compare with every bucket than to search among them."""


class CumulativeDemand:
    """Demand before a day for the rows of a block, counted from day 0, in units.

    Parameters
    ----------
    demand
        The forecast by bucket.
    beyond
        Past a row's own last bucket: ``average`` or ``cut``, as for `daily_demand`.
    """

    def __init__(self, demand: BucketedDemand, beyond: Beyond) -> None:
        if beyond == "same_last_year":
            msg = "Demand of the same days last year has no closed form; lay it out by day."
            raise ValueError(msg)
        rows = demand.quantity.shape[1]
        self._columns = np.arange(rows)
        first = int(np.searchsorted(demand.starts + demand.lengths, 0, side="right"))
        starts, lengths = demand.starts[first:].tolist(), demand.lengths[first:].tolist()
        totals = demand.quantity[first:].astype(np.float64)
        if not starts or starts[0] > 0:
            until = starts[0] if starts else 1
            starts, lengths = [0, *starts], [until, *lengths]
            totals = np.concatenate([np.zeros((1, rows)), totals])
        self._edges: list[int] = [*starts, starts[-1] + lengths[-1]]
        self._lengths: list[int] = lengths
        self._totals = totals
        self._base = _bases(totals, -starts[0], lengths[0])
        self._length = np.array(lengths, dtype=np.int64)
        self._start = np.array(self._edges, dtype=np.int64)
        self._bucket_of = np.repeat(np.arange(len(lengths)), np.diff(np.maximum(self._start, 0)))
        self._known: dict[int, NDArray[np.float64]] = {}
        self._set_tail(demand, beyond)

    def _set_tail(self, demand: BucketedDemand, beyond: Beyond) -> None:
        """Settle what is repeated past each row's end: a total over a cycle of days."""
        self._ends = demand.row_ends
        self._cycle = np.maximum(np.minimum(AVERAGE_DAYS, self._ends - demand.row_starts), 1)
        has_forecast = demand.last >= 0
        is_full = len(has_forecast) > 0 and bool(has_forecast.all())
        alike = is_full and not np.ptp(self._ends) and not np.ptp(self._cycle)
        end, cycle = (int(self._ends[0]), int(self._cycle[0])) if alike else (0, 0)
        self._tail_from = NEVER
        if beyond == "cut" or not has_forecast.any():
            self._tail = np.zeros(len(self._ends))
        elif alike and end - cycle >= 0:
            self._tail = (self._at(end, EVERY) - self._at(end - cycle, EVERY)) * GRID
        else:
            self._tail = tail_totals(demand)
        self._has_tail = bool(self._tail.any())
        self._tail_from = int(self._ends[has_forecast].min(initial=NEVER)) if self._has_tail else NEVER
        self._common = (end, cycle) if self._has_tail and alike else None
        self._before = self._tail_at(0, EVERY) if self._tail_from < 0 else np.zeros(1)

    def at(self, day: int, columns: slice = EVERY) -> NDArray[np.float64]:
        """Return the demand of days 0 to `day` - 1 of all rows, or of some; not to be written to."""
        known = self._known.get(day)
        if known is not None:
            return known[columns]
        found = self._at(day, columns)
        if columns == EVERY:
            self._known[day] = found
        return found

    def _at(self, day: int, columns: slice) -> NDArray[np.float64]:
        place = bisect_right(self._edges, day) - 1
        passed = day - self._edges[place]
        value = self._base[place, columns]
        if passed and place < len(self._lengths):
            part = self._totals[place, columns] * passed
            part /= self._lengths[place]
            np.floor(part, out=part)
            part *= UNIT
            part += value
            value = part
        if day <= self._tail_from:
            return value
        tail = self._tail_at(day, columns)
        if self._tail_from < 0:
            tail = tail - self._before[columns]
        return value + tail

    def _tail_at(self, day: int, columns: slice) -> NDArray[np.float64]:
        total = self._tail[columns]
        if self._common is not None:
            cycles, rest = divmod(max(day - self._common[0], 0), self._common[1])
            tail = np.floor(total * rest / self._common[1])
            tail += total * cycles
            tail *= UNIT
            return tail
        return _repeated(total, np.maximum(day - self._ends[columns], 0), self._cycle[columns])

    def at_rows(self, days: NDArray[np.int64], columns: NDArray[np.intp] | None = None) -> NDArray[np.float64]:
        """Return the demand of days 0 to `days` - 1, one day for each row, or for each of some rows."""
        columns = self._columns if columns is None else columns
        place = self._bucket_of.take(np.minimum(days, len(self._bucket_of) - 1))
        length = self._length[place]
        passed = np.minimum(days - self._start[place], length)
        index = place * self._base.shape[1] + columns
        part = self._totals.take(index)
        part *= passed
        part /= length
        np.floor(part, out=part)
        part *= UNIT
        part += self._base.take(index)
        if not self._has_tail:
            return part
        past = days - self._ends[columns]
        if past.max(initial=0) <= 0:
            return part
        part += _repeated(self._tail[columns], np.maximum(past, 0), self._cycle[columns])
        if self._tail_from < 0:
            part -= self._before[columns]
        return part

    def lines(self) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
        """Return the straight lines that demand follows, at most two steps of the grid below them, never above.

        Returns
        -------
        tuple
            Days between which demand is spread evenly, shape (days,); demand before each of them, in units, shape
            (days, rows), not to be written to; from which day on each row has a tail besides, and how much of it a day,
            shape (rows,) each.
        """
        units = self._base if self._tail_from >= 0 else self._base - self._before
        return self._start, units, self._ends, self._tail * UNIT / self._cycle

    def first_above(self, level: NDArray[np.float64], columns: NDArray[np.intp] | None = None) -> NDArray[np.int64]:
        """Return the first day x for which the demand of days 0 to x - 1 is above a level; `NEVER` if none.

        Parameters
        ----------
        level
            In units, whole multiples of 1/1024, one per row, or per entry of `columns`.
        columns
            Rows that are asked for; all when left out.
        """
        place = self._buckets_below(level, columns)
        columns = self._columns if columns is None else columns
        inside = np.minimum(place, len(self._lengths) - 1)
        index = place * self._base.shape[1] + columns
        missing = (level - self._base.take(index)) * GRID + 1.0
        total = self._totals.take(np.minimum(index, self._totals.size - 1))
        with np.errstate(divide="ignore", invalid="ignore"):
            days = self._start[inside] + np.ceil(missing * self._length[inside] / total)
        past = np.flatnonzero(place == len(self._lengths))
        if len(past):
            days[past] = self._first_in_tail(missing[past], columns[past])
        return np.where(level < 0, 0.0, days).astype(np.int64)

    def _buckets_below(self, level: NDArray[np.float64], columns: NDArray[np.intp] | None) -> NDArray[np.int64]:
        """Return how many buckets end with their demand not above a level."""
        count = len(self._lengths)
        if count <= FEW_BUCKETS:
            ceilings = self._base[1:] if columns is None else self._base[1:].take(columns, axis=1)
            below = (ceilings <= level).view(np.uint8)
            return np.add.reduce(below, axis=0, dtype=np.uint8).astype(np.int64)
        columns = self._columns if columns is None else columns
        place, step = np.zeros(len(columns), dtype=np.int64), 1 << (count.bit_length() - 1)
        while step:
            middle = np.minimum(place + step, count)
            below = self._base.take(middle * self._base.shape[1] + columns) <= level
            place, step = np.where(below, middle, place), step >> 1
        return place

    def _first_in_tail(self, missing: NDArray[np.float64], columns: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return the first day on which the tail has added what is missing, in grid steps."""
        total, cycle = self._tail[columns], self._cycle[columns]
        if self._tail_from < 0:
            missing = missing + self._before[columns] * GRID
        with np.errstate(divide="ignore", invalid="ignore"):
            cycles = np.floor((missing - 1.0) / total)
            days = self._ends[columns] + cycles * cycle + np.ceil((missing - cycles * total) * cycle / total)
        return np.where(total > 0, np.minimum(days, NEVER), NEVER)


def _bases(totals: NDArray[np.float64], passed: int, length: int) -> NDArray[np.float64]:
    """Return the demand before each bucket and after the last, counted from day 0, in units."""
    base = np.empty((len(totals) + 1, totals.shape[1]))
    np.negative(np.floor(totals[0] * passed / length), out=base[0])
    for place, total in enumerate(totals):
        np.add(base[place], total, out=base[place + 1])
    base *= UNIT
    return base


def _repeated(total: NDArray[np.float64], days: NDArray[np.int64], cycle: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the demand of so many days of a total that is spread over a cycle and repeated, in units."""
    cycles = days // cycle
    part = np.floor(total * (days - cycles * cycle) / cycle)
    part += total * cycles
    part *= UNIT
    return part


class DemandVariance:
    """Forecast variance over some days for some rows, in units squared; days are independent. See `daily_variance`.

    Parameters
    ----------
    demand
        The forecast by bucket.
    variance
        Per bucket, in units squared, shape (buckets, rows).
    beyond
        As for `daily_variance`.
    """

    def __init__(self, demand: BucketedDemand, variance: NDArray[np.float64], beyond: Beyond) -> None:
        self._demand, self._variance, self._beyond = demand, variance, beyond
        self._per_day = variance / demand.lengths[:, None]
        self._buckets = list(zip(demand.starts.tolist(), (demand.starts + demand.lengths).tolist(), strict=True))
        repeats = (demand.last >= 0) & (beyond != "cut")
        self._tail = np.where(repeats, mean_variance(demand, self._per_day), 0.0)

    def between(self, first: int, stop: int) -> NDArray[np.float64]:
        """Return the variance of days `first` to `stop` - 1."""
        if self._beyond == "same_last_year":
            days = daily_variance(self._demand, self._variance, stop, self._beyond)
            return np.asarray(np.sum(days[first:], axis=0))
        total = np.zeros(len(self._tail))
        for (begin, end), per_day in zip(self._buckets, self._per_day, strict=True):
            overlap = min(end, stop) - max(begin, first)
            if overlap > 0:
                total += per_day * overlap
        past = stop - np.maximum(self._demand.row_ends, first)
        return np.asarray(total + self._tail * np.maximum(past, 0))

    def until(self, first: int, stops: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the variance of days `first` to one of its own for each row: the one before that of `stops`."""
        farthest = int(stops.max(initial=first))
        if self._beyond == "same_last_year":
            days = daily_variance(self._demand, self._variance, farthest, self._beyond)[first:]
            return np.asarray(np.where(np.arange(first, farthest)[:, None] < stops, days, 0.0).sum(axis=0))
        total = np.zeros(len(self._tail))
        for (begin, end), per_day in zip(self._buckets, self._per_day, strict=True):
            if begin < farthest and end > first:
                total += per_day * np.maximum(np.minimum(end, stops) - max(begin, first), 0)
        past = stops - np.maximum(self._demand.row_ends, first)
        return np.asarray(total + self._tail * np.maximum(past, 0))
