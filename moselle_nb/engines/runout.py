"""Cover: for how many days stock lasts at each location from its own day of arrival on, and the stock for some days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from moselle_nb.engines.projection import MAX_COVER_DAYS, STEP

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.compact import ReceiptEvents
    from moselle_nb.engines.position import Cumulative, FloatArray

__all__ = ["Cover", "RunoutCover"]


class Cover(Protocol):
    """What stock at arrival covers at the cells of a block, shape (items, locations)."""

    def days(self, units: FloatArray) -> FloatArray:
        """Return for how many days stock lasts, at most 365."""

    def days_at(self, cells: NDArray[np.intp], units: FloatArray) -> FloatArray:
        """Return the same for some cells, numbered row by row, with a stock for each."""

    def units(self, days: FloatArray) -> FloatArray:
        """Return the largest stock that lasts no longer than some days; below 0 where even none does."""

    def lines(self, stock: FloatArray) -> CoverLines:
        """Return how far stock reaches, close enough to look for a common level."""

    def take(self, items: NDArray[np.intp]) -> Cover:
        """Return the cover for some items of the block."""


class CoverLines(Protocol):
    """What stock lasts at the cells of a block, by straight lines."""

    def units(self, days: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the units past stock that last some days, at most 3/1024 too many, and how many a day."""

    def take(self, items: NDArray[np.intp]) -> CoverLines:
        """Return the lines of some items of the block."""


class RunoutCover:
    """Cover against demand and scheduled receipts, each from the cell's own arrival on.

    Let N(t) be demand less receipts of the first t + 1 days. Stock x covers t + (x + receipts to t - demand to t - 1) /
    demand(t) days for the first t with N(t) >= x, and 365 where there is none or more.

    Parameters
    ----------
    cumulative
        Cumulative demand of the rows of the block.
    column
        Row of each cell, shape (items, locations); any row for cells that do not exist.
    arrival
        Day of arrival of each cell, shape (items, locations).
    inflow
        Receipts from arrival on; None where there are none.
    before
        Demand before the day of arrival where it is known already, shape (items, locations), in units.
    """

    def __init__(
        self,
        cumulative: Cumulative,
        column: NDArray[np.intp],
        arrival: NDArray[np.int64],
        inflow: _Inflow | None,
        before: FloatArray | None = None,
    ) -> None:
        self._cumulative, self._column, self._arrival, self._inflow = cumulative, column, arrival, inflow
        self._before = self._demand_before(arrival, column) if before is None else before

    @classmethod
    def of(
        cls,
        cumulative: Cumulative,
        place: tuple[NDArray[np.intp], NDArray[np.intp]],
        shape: tuple[int, int],
        arrival: NDArray[np.int64],
        events: ReceiptEvents | None,
    ) -> RunoutCover:
        """Place the rows of a block into cells.

        Parameters
        ----------
        cumulative
            Cumulative demand of the rows, days counted from `as_of`.
        place
            Item and location of each row, counted within the block, shape (rows,) each.
        shape
            How many items and locations the block has.
        arrival
            Day of arrival of each row, shape (rows,).
        events
            Scheduled receipts; those before the row's arrival are in its stock and do not count.
        """
        column, days = np.zeros(shape, dtype=np.intp), np.zeros(shape, dtype=np.int64)
        column[place] = np.arange(len(arrival))
        days[place] = arrival
        return cls(cumulative, column, days, _inflow(cumulative, arrival, events))

    def take(self, items: NDArray[np.intp]) -> RunoutCover:
        """Return the cover for some items of the block."""
        before = self._before[items]
        return RunoutCover(self._cumulative, self._column[items], self._arrival[items], self._inflow, before)

    def lines(self, stock: FloatArray) -> RunoutLines:
        """Return how far stock reaches, close enough to look for a common level."""
        calendar = _Calendar.of(*self._cumulative.lines())
        arrival, held = self._arrival.astype(np.float64), self._before + stock
        return RunoutLines(calendar, self._column, arrival, held, stock, self._inflow)

    def _demand_before(self, days: NDArray[np.int64], column: NDArray[np.intp]) -> FloatArray:
        return self._cumulative.at_rows(days.ravel(), column.ravel()).reshape(days.shape)

    def days(self, units: FloatArray) -> FloatArray:
        """Return for how many days stock lasts, at most 365, shape (items, locations)."""
        return self.days_at(np.arange(units.size), units.ravel()).reshape(units.shape)

    def days_at(self, cells: NDArray[np.intp], units: FloatArray) -> FloatArray:
        """Return the same for some cells, numbered row by row, with a stock for each."""
        column, arrival = self._column.take(cells), self._arrival.take(cells)
        target = self._before.take(cells) + units
        if self._inflow is not None:
            target += self._inflow.outlasted(column, units)
        last = np.clip(self._cumulative.first_above(target - STEP, column), arrival + 1, arrival + MAX_COVER_DAYS)
        served = self._cumulative.at_rows(last - 1, column)
        with np.errstate(divide="ignore", invalid="ignore"):
            part = (target - served) / (self._cumulative.at_rows(last, column) - served)
        days = last - 1 - arrival + np.where(target > served, part, 0.0)
        return np.minimum(days, MAX_COVER_DAYS)

    def units(self, days: FloatArray) -> FloatArray:
        """Return the largest stock that lasts no longer than some days; below 0 where even none does.

        Exact when `days` is a multiple of 2^-12; infinity from 365 days on.

        Parameters
        ----------
        days
            Shape (items, 1) or (items, locations).
        """
        whole = np.minimum(np.floor(days), MAX_COVER_DAYS - 1.0)
        day = self._arrival + whole.astype(np.int64)
        served = self._demand_before(day, self._column)
        units = (self._demand_before(day + 1, self._column) - served) * (days - whole)
        units += served
        units -= self._before
        if self._inflow is not None:
            units = self._inflow.with_receipts(units, day, self._column)
        return np.where(days >= MAX_COVER_DAYS, np.inf, units)


@dataclass(frozen=True, eq=False)
class _Calendar:
    """Where each day lies between the days of the lines of demand.

    Parameters
    ----------
    offset
        Place of the last of these days in `units`, of its first row, by day.
    first
        That day, by day.
    per_day
        One by the number of days to the next of them, by day.
    units
        Demand before them, shape (days, rows).
    tail_from, tail
        From which day on each row has a tail, and its daily rate.
    tail_first
        The first of `tail_from` where there is a tail.
    """

    offset: NDArray[np.intp]
    first: FloatArray
    per_day: FloatArray
    units: FloatArray
    tail_from: NDArray[np.int64]
    tail: FloatArray
    tail_first: float

    @classmethod
    def of(
        cls, edges: NDArray[np.int64], units: FloatArray, tail_from: NDArray[np.int64], tail: FloatArray
    ) -> _Calendar:
        """Lay the lines out by day."""
        place = np.searchsorted(edges, np.arange(edges[-1] + 1), side="right") - 1
        place = np.minimum(place, len(edges) - 2)
        lengths = np.diff(edges)
        tail_first = float(tail_from[tail > 0].min(initial=edges[-1] + 10 * MAX_COVER_DAYS))
        return cls(
            place * units.shape[1], edges[place].astype(np.float64), 1.0 / lengths[place], units, tail_from, tail,
            tail_first,
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class RunoutLines:
    """How far stock reaches at the cells of a block, along straight lines; see `CoverLines`.

    Parameters
    ----------
    calendar
        The lines of demand.
    column, arrival, held, stock
        Row, day of arrival, demand before it and stock together, and stock of each cell, shape (items, locations).
    inflow
        Receipts from arrival on; None where there are none.
    """

    calendar: _Calendar
    column: NDArray[np.intp]
    arrival: FloatArray
    held: FloatArray
    stock: FloatArray
    inflow: _Inflow | None

    def take(self, items: NDArray[np.intp]) -> RunoutLines:
        """Return the lines of some items of the block."""
        stock = self.stock if self.inflow is None else self.stock[items]
        return RunoutLines(self.calendar, self.column[items], self.arrival[items], self.held[items], stock, self.inflow)

    def units(self, days: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the units past stock that last some days, at most 3/1024 too many, and how many a day.

        Parameters
        ----------
        days
            Shape (items, 1), at least 0.
        """
        calendar = self.calendar
        day = self.arrival + days
        last = float(day.max())
        inside = np.minimum(day, len(calendar.offset) - 1.0) if last > len(calendar.offset) - 1 else day
        whole = inside.astype(np.intp)
        index = calendar.offset.take(whole)
        index += self.column
        units = calendar.units.take(index)
        index += calendar.units.shape[1]
        pace = calendar.units.take(index)
        pace -= units
        pace *= calendar.per_day.take(whole)
        units += (inside - calendar.first.take(whole)) * pace
        if last > calendar.tail_first:
            tail = calendar.tail.take(self.column)
            past = day - calendar.tail_from.take(self.column)
            units += np.maximum(past, 0.0) * tail
            pace *= day < len(calendar.offset) - 1
            pace += (past > 0) * tail
        units -= self.held
        if self.inflow is not None:
            units += self.stock
            units = self.inflow.with_receipts(units, day.astype(np.int64), self.column)
            units -= self.stock
        return units, pace


@dataclass(frozen=True, eq=False)
class _Inflow:
    """Receipts from arrival on, sorted by row and day.

    Parameters
    ----------
    start
        First event of each row and, at the end, their number, shape (rows + 1,).
    most
        How many events a row has at most.
    day
        Day of each event, shape (events,).
    ceiling
        The largest stock that does not reach the event, shape (events,).
    received
        What the row received up to the event, the event included, shape (events,).
    """

    start: NDArray[np.intp]
    most: int
    day: NDArray[np.int64]
    ceiling: FloatArray
    received: FloatArray

    def outlasted(self, column: NDArray[np.intp], units: FloatArray) -> FloatArray:
        """Return what arrives before stock ends."""
        total = np.zeros_like(units)
        for event, which in self._events(column):
            reached = self.ceiling[event] < units[which]
            total[which[reached]] = self.received[event[reached]]
        return total

    def with_receipts(self, units: FloatArray, day: NDArray[np.int64], column: NDArray[np.intp]) -> FloatArray:
        """Return the stock that lasts until a day, from the demand until then."""
        units, flat, demand = units.copy(), day.ravel(), units.ravel()
        stock = units.reshape(-1)
        for event, which in self._events(column.ravel()):
            here = self.day[event] <= flat[which]
            past, lasting = event[here], which[here]
            stock[lasting] = np.maximum(demand[lasting] - self.received[past], self.ceiling[past])
        return units

    def _events(self, column: NDArray[np.intp]) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
        """Return the first event of each row and where it is asked for, then the second ones, and so on."""
        first, stop = self.start[column], self.start[column + 1]
        found = []
        for place in range(self.most):
            which = np.flatnonzero(first + place < stop)
            found.append((first[which] + place, which))
        return found


def _inflow(cumulative: Cumulative, arrival: NDArray[np.int64], events: ReceiptEvents | None) -> _Inflow | None:
    if events is None or not len(events.day):
        return None
    kept = np.flatnonzero(events.day >= arrival[events.column])
    if not len(kept):
        return None
    column, day, quantity = events.column[kept], events.day[kept], events.quantity[kept]
    start = np.searchsorted(column, np.arange(len(arrival) + 1))
    total = np.cumsum(quantity)
    received = total - (total - quantity)[start[column]]
    asked = cumulative.at_rows(day, column) - cumulative.at_rows(arrival[column], column)
    ceiling = np.where(day > arrival[column], asked - (received - quantity), -np.inf)
    most = int(np.diff(start).max())
    for place in range(1, most):
        event = start[:-1] + place
        event = event[event < start[1:]]
        ceiling[event] = np.maximum(ceiling[event], ceiling[event - 1])
    return _Inflow(start, most, day, ceiling, received)
