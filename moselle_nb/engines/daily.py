"""A position laid out by day: the general form, for any demand, safety stock and fate of unmet demand."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.position import NO_DAY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.position import Cumulative, FloatArray

__all__ = ["DailyCumulative", "DailyPosition"]

EVERY = slice(None)


@dataclass(frozen=True, eq=False)
class DailyCumulative:
    """Cumulative demand from an array of days.

    Parameters
    ----------
    before
        Demand before day t, shape (days + 1, rows), in units; no day past the last may be asked for.
    """

    before: FloatArray

    def at(self, day: int, columns: slice = EVERY) -> FloatArray:
        """Return the demand of days 0 to `day` - 1 of all rows, or of some."""
        return self.before[day, columns]

    def at_rows(self, days: NDArray[np.int64], columns: NDArray[np.intp] | None = None) -> FloatArray:
        """Return the same with a day for each row, or for each of some rows."""
        return self.before[days, np.arange(self.before.shape[1]) if columns is None else columns]

    def lines(self) -> tuple[NDArray[np.int64], FloatArray, NDArray[np.int64], FloatArray]:
        """Return all days, the demand before each, and that there is no tail besides."""
        days, rows = self.before.shape
        return np.arange(days), self.before, np.full(rows, days), np.zeros(rows)

    def first_above(self, level: FloatArray, columns: NDArray[np.intp] | None = None) -> NDArray[np.int64]:
        """Return the first day x for which the demand of days 0 to x - 1 is above a level; `NO_DAY` if none."""
        columns = np.arange(self.before.shape[1]) if columns is None else columns
        low, high = np.full(len(columns), -1), np.full(len(columns), len(self.before))
        while (low + 1 < high).any():
            middle = (low + high) // 2
            above = self.before[np.maximum(middle, 0), columns] > level
            low, high = np.where(above, low, middle), np.where(above, middle, high)
        return np.where(high < len(self.before), high, NO_DAY)


@dataclass(frozen=True, eq=False)
class DailyPosition:
    """What a block of rows has, expects and has to serve, by day; see `Position`.

    Parameters
    ----------
    opening
        Stock at the opening of day 0 less backlog, shape (rows,), in units.
    cumulative
        Cumulative demand.
    demand
        Demand per day, shape (days, rows), in units.
    flow
        Demand less scheduled receipts of days 0 to t, shape (days, rows), in units.
    safety_stock
        Per day, shape (days, rows), in units.
    backorder
        Whether unmet demand waits; else it is lost.
    overdue
        Receipts that were due before day 0, cumulated per day, shape (days, rows); None if there are none.
    """

    opening: FloatArray
    cumulative: Cumulative
    demand: FloatArray
    flow: FloatArray
    safety_stock: FloatArray
    backorder: bool
    overdue: FloatArray | None = None
    level: FloatArray = field(init=False)
    """Flow plus safety stock."""

    def __post_init__(self) -> None:
        """Add up the level once: netting and judging both need it."""
        object.__setattr__(self, "level", self.flow + self.safety_stock)

    def with_receipts(self, days: NDArray[np.int64], quantity: FloatArray) -> DailyPosition:
        """Return the position with more receipts, shape (days, rows)."""
        flow = self.flow.copy()
        for day, received in zip(days.tolist(), quantity, strict=True):
            flow[day:] -= received
        return replace(self, flow=flow)

    def outflow(self, day: int) -> FloatArray:
        """Return demand before a day less receipts up to it and on it."""
        return self.flow[day] - self.demand[day]

    def peak(self, first: int, last: int) -> FloatArray:
        """Return the highest flow of some days."""
        return np.asarray(self.flow[first : last + 1].max(axis=0))

    def peak_day(self, first: int, last: int, columns: NDArray[np.intp]) -> NDArray[np.int64]:
        """Return the last of some days with the highest flow, for some rows."""
        return np.asarray(last - self.flow[first : last + 1, columns][::-1].argmax(axis=0))

    def level_peak(self, first: int, last: int) -> FloatArray:
        """Return the highest level of the days of one order's window."""
        return np.asarray(self.level[first : last + 1].max(axis=0))

    def safety_stock_on(self, day: int) -> FloatArray:
        """Return the safety stock of a day."""
        return self.safety_stock[day]

    def asked_peak(self, first: int, last: int) -> FloatArray:
        """Return the highest flow of those of some days that have demand."""
        days = slice(first, last + 1)
        return np.asarray(self.flow[days].max(axis=0, where=self.demand[days] > 0, initial=-np.inf))

    def unserved(self, first: int, last: int, supply: FloatArray) -> FloatArray:
        """Return the demand of some days that cannot be served on its day by what was supplied before them."""
        if not self.backorder:
            return np.maximum(self.peak(first, last) - supply, 0.0)
        days = slice(first, last + 1)
        waiting = np.maximum(self.flow[days] - supply, 0.0)
        return np.asarray(np.minimum(self.demand[days], waiting).sum(axis=0))

    def first_stockout(self, last_day: int, *, with_overdue: bool = True) -> NDArray[np.int64]:
        """Return the first day up to `last_day` with unserved demand if nothing is ordered; `NO_DAY` if none."""
        flow = self.flow[: last_day + 1]
        if not with_overdue and self.overdue is not None:
            flow = flow + self.overdue[: last_day + 1]
        short = flow > self.opening
        if self.backorder:
            short &= self.demand[: last_day + 1] > 0
        return _first(short)

    def first_breach(self, last_day: int) -> NDArray[np.int64]:
        """Return the first day up to `last_day` that ends below safety stock if nothing is ordered; else `NO_DAY`."""
        days = slice(0, last_day + 1)
        return _first((self.level[days] > self.opening) & (self.safety_stock[days] > 0))

    def has_nothing_to_sell(self) -> NDArray[np.bool_]:
        """Tell whether no stock is there on day 0 and none until the first day with demand."""
        first = (self.demand[: len(self.flow)] > 0).argmax(axis=0)
        columns = np.arange(self.flow.shape[1])
        left = self.opening + self.demand[first, columns] - self.flow[first, columns]
        return (self.opening <= 0) & (self.outflow(0) >= 0) & (left <= 0)

    def serves_mean(self, days: int, until: NDArray[np.int64], rows: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Tell whether the mean demand of the first `days` days, on each of them, would be served up to a day.

        Both sides are multiplied by the number of days, so that the mean needs no rounding.
        """
        demand = self.demand[:days, rows]
        supply = self.opening[rows] + np.cumsum(demand, axis=0) - self.flow[:days, rows]
        day = np.arange(days)[:, None]
        short = (demand.sum(axis=0) * (day + 1) > days * supply) & (day <= until)
        return np.asarray(~short.any(axis=0))


def _first(flags: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the first day on which something holds, shape (rows,); `NO_DAY` if none."""
    if not len(flags):
        return np.full(flags.shape[1], NO_DAY, dtype=np.int64)
    return np.where(flags.any(axis=0), flags.argmax(axis=0), NO_DAY)
