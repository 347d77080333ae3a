"""A position in closed form: cumulative demand on single days, receipts as events, no daily array.

Between two receipts flow and level only rise, because demand is never negative. Their highest value in a window is the
one on its last day, or on the day before a receipt; the first day above a value follows from cumulative demand.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.position import NO_DAY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.position import Cumulative, FloatArray

__all__ = ["CompactPosition", "ReceiptEvents", "SafetyFloors"]

MANY_COVERS = 24
"""With more distinct days of cover than this, gathering row by row is faster than slice by slice."""


@dataclass(frozen=True, eq=False)
class ReceiptEvents:
    """Scheduled receipts of a block, sorted by column and day, one per column and day, shape (events,).

    Parameters
    ----------
    column
        Row of the block.
    day
        Day on which it serves demand for the first time.
    quantity
        Units.
    overdue
        The part of it that was due before day 0, in units.
    """

    column: NDArray[np.int64]
    day: NDArray[np.int64]
    quantity: FloatArray
    overdue: FloatArray

    @classmethod
    def of(
        cls, column: NDArray[np.int64], day: NDArray[np.int64], quantity: FloatArray, overdue: FloatArray
    ) -> ReceiptEvents:
        """Sort receipts and add up those of one column and day."""
        sort = np.lexsort((day, column))
        column, day, quantity, overdue = column[sort], day[sort], quantity[sort], overdue[sort]
        first = np.ones(len(day), dtype=bool)
        first[1:] = (column[1:] != column[:-1]) | (day[1:] != day[:-1])
        if first.all():
            return cls(column, day, quantity, overdue)
        starts = np.flatnonzero(first)
        return cls(column[starts], day[starts], *(np.add.reduceat(units, starts) for units in (quantity, overdue)))

    @cached_property
    def is_first(self) -> NDArray[np.bool_]:
        """Whether it is its column's first."""
        first = np.ones(len(self.column), dtype=bool)
        first[1:] = self.column[1:] != self.column[:-1]
        return first

    def received(self, quantity: FloatArray) -> FloatArray:
        """Return what its column received up to each event, the event included."""
        total = np.cumsum(quantity)
        before = np.where(self.is_first, total - quantity, 0.0)
        return total - np.maximum.accumulate(before)

    @cached_property
    def before(self) -> FloatArray:
        """What its column received before each event."""
        return self.received(self.quantity) - self.quantity

    @cached_property
    def next_day(self) -> NDArray[np.int64]:
        """Day of its column's next event; `NO_DAY` after the last."""
        following = np.full(len(self.day), NO_DAY, dtype=np.int64)
        following[:-1] = np.where(self.is_first[1:], NO_DAY, self.day[1:])
        return following

    @cached_property
    def by_day(self) -> tuple[NDArray[np.intp], list[int]]:
        """Positions in the order of days, and those days."""
        sort = np.argsort(self.day, kind="stable")
        return sort, self.day[sort].tolist()


@dataclass(frozen=True, eq=False)
class SafetyFloors:
    """Safety stock of a block: the demand of the next `cover` days, at least a floor; without cover, the floor.

    Parameters
    ----------
    cover
        Days of cover per row, shape (rows,); 0 where safety stock is not given in days. Equal ones stand together.
    starts
        First day on which each floor holds; the first is 0. Inside an order's window it does not change.
    floors
        Units, shape (rows,) each; below 0 only where there is no cover: what costs let run short.
    """

    cover: NDArray[np.int64]
    starts: list[int]
    floors: list[FloatArray]

    def floor(self, day: int) -> FloatArray:
        """Return the floor of a day."""
        return self.floors[bisect_right(self.starts, day) - 1]

    def kept(self, ahead: FloatArray, day: int) -> FloatArray:
        """Return the safety stock of a day, given the demand of the days of cover after it."""
        floor = self.floor(day)
        return np.where(self.cover > 0, np.maximum(ahead, floor), floor)

    @cached_property
    def slices(self) -> list[tuple[int, slice]]:
        """Rows of the same days of cover, where there are some."""
        edges = [0, *(np.flatnonzero(np.diff(self.cover)) + 1).tolist(), len(self.cover)]
        spans = [(int(self.cover[first]), slice(first, last)) for first, last in pairwise(edges) if first < last]
        return [(cover, span) for cover, span in spans if cover]


class CompactPosition:
    """What a block of rows has, expects and has to serve, where unmet demand is lost; see `Position`.

    Parameters
    ----------
    opening
        Stock at the opening of day 0, shape (rows,), in units.
    cumulative
        Cumulative demand.
    receipts
        Scheduled receipts.
    safety
        Safety stock.
    """

    backorder = False

    def __init__(
        self, opening: FloatArray, cumulative: Cumulative, receipts: ReceiptEvents, safety: SafetyFloors
    ) -> None:
        self.opening, self.cumulative = opening, cumulative
        self._receipts, self._safety = receipts, safety
        self._received: dict[int, FloatArray] = {}
        self._peaks: dict[tuple[int, int], FloatArray] = {}
        self._by_day, self._days = receipts.by_day
        self._served = cumulative.at_rows(receipts.day, receipts.column)

    def with_receipts(self, days: NDArray[np.int64], quantity: FloatArray) -> CompactPosition:
        """Return the position with more receipts, shape (days, rows)."""
        old = self._receipts
        place, column = np.nonzero(quantity)
        more = quantity[place, column]
        receipts = ReceiptEvents.of(
            np.concatenate([old.column, column]), np.concatenate([old.day, days[place]]),
            np.concatenate([old.quantity, more]), np.concatenate([old.overdue, np.zeros_like(more)]),
        )  # fmt: skip
        return CompactPosition(self.opening, self.cumulative, receipts, self._safety)

    def _received_by(self, day: int) -> FloatArray | None:
        """Return what every row received up to a day; None if nothing."""
        count = bisect_right(self._days, day)
        if count and count not in self._received:
            known = max((n for n in self._received if n < count), default=0)
            received = self._received[known].copy() if known else np.zeros_like(self.opening)
            events = self._by_day[known:count]
            np.add.at(received, self._receipts.column[events], self._receipts.quantity[events])
            self._received[count] = received
        return self._received.get(count)

    def _events(self, first: int, last: int) -> NDArray[np.intp]:
        """Return the receipts after the first of some days."""
        return self._by_day[bisect_right(self._days, first) : bisect_right(self._days, last)]

    def outflow(self, day: int) -> FloatArray:
        """Return demand before a day less receipts up to it and on it."""
        received = self._received_by(day)
        return self.cumulative.at(day) if received is None else self.cumulative.at(day) - received

    def peak(self, first: int, last: int) -> FloatArray:
        """Return the highest flow of some days."""
        if (first, last) not in self._peaks:
            received = self._received_by(last)
            peak = self.cumulative.at(last + 1)
            if received is not None:
                peak = peak - received
                events = self._events(first, last)
                flow = self._served[events] - self._receipts.before[events]
                np.maximum.at(peak, self._receipts.column[events], flow)
            self._peaks[first, last] = peak
        return self._peaks[first, last]

    def peak_day(self, first: int, last: int, columns: NDArray[np.intp]) -> NDArray[np.int64]:
        """Return the last of some days with the highest flow, for some rows: the last one, or one before a receipt."""
        day, received = np.full(len(self.opening), last, dtype=np.int64), self._received_by(last)
        if received is not None:
            events, peak = self._events(first, last), self.peak(first, last)
            column = self._receipts.column[events]
            day[self.cumulative.at(last + 1) - received < peak] = first
            highest = self._served[events] - self._receipts.before[events] == peak[column]
            np.maximum.at(day, column[highest], self._receipts.day[events[highest]] - 1)
        return day[columns]

    def safety_stock_on(self, day: int) -> FloatArray:
        """Return the safety stock of a day."""
        ahead = self.cumulative.at_rows(self._safety.cover + (day + 1)) - self.cumulative.at(day + 1)
        return self._safety.kept(ahead, day)

    def asked_peak(self, first: int, last: int) -> FloatArray:
        """Return the highest flow of some days: where demand is lost, one that has demand is as high as any."""
        return self.peak(first, last)

    def level_peak(self, first: int, last: int) -> FloatArray:
        """Return the highest level of the days of one order's window."""
        floor, slices = self._safety.floor(first), self._safety.slices
        level = self.cumulative.at(last + 1) + floor
        if len(slices) > MANY_COVERS:
            ahead = self.cumulative.at_rows(self._safety.cover + (last + 1))
            np.maximum(level, ahead, out=level, where=self._safety.cover > 0)
        else:
            for cover, span in slices:
                np.maximum(level[span], self.cumulative.at(last + 1 + cover, span), out=level[span])
        received = self._received_by(last)
        if received is not None:
            level -= received
            events = self._events(first, last)
            column = self._receipts.column[events]
            needed = np.maximum(self._served[events] + floor[column], self._served_with_cover[events])
            needed = np.where(self._safety.cover[column] > 0, needed, self._served[events] + floor[column])
            np.maximum.at(level, column, needed - self._receipts.before[events])
        return level

    @cached_property
    def _served_with_cover(self) -> FloatArray:
        """Demand before each receipt and of the days of cover that follow the day before it."""
        column = self._receipts.column
        return self.cumulative.at_rows(self._receipts.day + self._safety.cover[column], column)

    def unserved(self, first: int, last: int, supply: FloatArray) -> FloatArray:
        """Return the demand of some days that cannot be served by what was supplied before them."""
        return np.maximum(self.peak(first, last) - supply, 0.0)

    def first_stockout(self, last_day: int, *, with_overdue: bool = True) -> NDArray[np.int64]:
        """Return the first day up to `last_day` with unserved demand if nothing is ordered; `NO_DAY` if none."""
        above, events = self._above_at_events, self._receipts
        if not with_overdue:
            late = np.bincount(events.column, weights=events.overdue, minlength=len(self.opening)) > 0
            (which,) = late[events.column].nonzero()
            above = above.copy()
            above[which] = self._above(which, events.received(events.quantity - events.overdue))
        found = self._first_days(self._above_opening - 1, above - 1)
        return np.where(found <= last_day, found, NO_DAY)

    @cached_property
    def _above_opening(self) -> NDArray[np.int64]:
        """First day before which demand is above opening stock."""
        return self.cumulative.first_above(self.opening)

    @cached_property
    def _above_at_events(self) -> NDArray[np.int64]:
        return self._above(np.arange(len(self._receipts.day)), self._receipts.received(self._receipts.quantity))

    def _above(self, events: NDArray[np.intp], supply: FloatArray) -> NDArray[np.int64]:
        """Return the first day before which demand is above opening stock and what came up to each of some events."""
        column = self._receipts.column[events]
        return self.cumulative.first_above(self.opening[column] + supply[events], column)

    def _first_days(self, at_first: NDArray[np.int64], at_event: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return each row's first day: one that lies before its first event, or from an event on before its next."""
        events, found = self._receipts, at_first.copy()
        first = np.flatnonzero(events.is_first)
        column = events.column[first]
        found[column] = np.where(found[column] < events.day[first], found[column], NO_DAY)
        day = np.maximum(at_event, events.day)
        inside = np.flatnonzero(day < events.next_day)
        np.minimum.at(found, events.column[inside], day[inside])
        return found

    def first_breach(self, last_day: int) -> NDArray[np.int64]:
        """Return the first day up to `last_day` that ends below safety stock if nothing is ordered; else `NO_DAY`.

        For days before the second arrival, on which the floor does not change, of rows that serve all demand there.
        """
        cover, floor, events = self._safety.cover, self._safety.floor(0), self._receipts
        at_first = self._above_opening - 1 - cover
        at_event = self._above_at_events - 1 - cover[events.column]
        (rows,) = floor.nonzero()
        if len(rows):
            above = self.cumulative.first_above(self.opening[rows] - floor[rows], rows)
            at_first[rows] = np.minimum(at_first[rows], above - 1)
            (which,) = floor[events.column].nonzero()
            above = self._above(which, events.received(events.quantity) - floor[events.column])
            at_event[which] = np.minimum(at_event[which], above - 1)
        found = self._first_days(np.maximum(at_first, 0), at_event)
        return np.where(found <= last_day, found, NO_DAY)

    def has_nothing_to_sell(self) -> NDArray[np.bool_]:
        """Tell whether no stock is there on day 0 and none until the first day with demand."""
        empty = self.opening <= 0
        if not empty.any():
            return empty
        (rows,) = empty.nonzero()
        first = np.full(len(empty), -1, dtype=np.int64)
        first[rows] = self.cumulative.first_above(np.zeros(len(rows)), rows) - 1
        events = self._receipts
        early = events.day <= first[events.column]
        received = np.bincount(events.column[early], weights=events.quantity[early], minlength=len(empty))
        return empty & (received <= 0)

    def serves_mean(self, days: int, until: NDArray[np.int64], rows: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Tell whether the mean demand of the first `days` days, on each of them, would be served up to a day.

        Both sides are multiplied by the number of days, so that the mean needs no rounding.
        """
        events, total, width = self._receipts, self.cumulative.at(days), len(self.opening)
        last = np.full(width, -1, dtype=np.int64)
        last[rows] = until
        early = np.flatnonzero(events.day <= last[events.column])
        column = events.column[early]
        received = np.bincount(column, weights=events.quantity[early], minlength=width)
        short = total * (last + 1) > days * (self.opening + received)
        before = total[column] * events.day[early] > days * (self.opening[column] + events.before[early])
        short[column[before]] = True
        return np.asarray(~short[rows])
