"""A position of rows times paths: what every path of a row shares, and the orders that each has outstanding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from moselle_nb.engines.position import Cumulative, FloatArray, Position

__all__ = ["PathPosition"]


class PathPosition:
    """What rows have, expect and have to serve on each of several paths, at the opening of a day; see `Position`.

    Demand, scheduled receipts and safety stock are a row's own, stock and outstanding orders a path's. Columns are the
    paths of the first row, then those of the second; days are counted from the day of the review. It answers what
    netting asks.

    Parameters
    ----------
    rows
        The rows' position, with days from any origin; its opening stock is not used.
    day
        The day of the review, from that origin.
    stock
        Stock less backlog at the opening of that day, shape (columns,), in units.
    outstanding
        Orders on their way: days from the review until each is expected, increasing and >= 0, and units,
        shape (columns,).
    """

    def __init__(
        self, rows: Position, day: int, stock: FloatArray, outstanding: Sequence[tuple[int, FloatArray]]
    ) -> None:
        self.backorder = rows.backorder
        self._rows, self.day = rows, day
        self.paths = len(stock) // max(len(rows.opening), 1)
        self._before = rows.peak(day - 1, day - 1) if day else np.zeros(len(rows.opening))
        self.opening = stock
        self._days = [when for when, _ in outstanding]
        self._received: list[FloatArray] = []
        for _, units in outstanding:
            self._received.append(self._received[-1] + units if self._received else units)

    @property
    def cumulative(self) -> Cumulative:
        """Cumulative demand of the rows, from their own origin."""
        return self._rows.cumulative

    @property
    def outstanding(self) -> FloatArray:
        """Units on their way, shape (columns,)."""
        return self._received[-1] if self._received else np.zeros(len(self.opening))

    def with_receipts(self, days: NDArray[np.int64], quantity: FloatArray) -> PathPosition:
        """Return the position with more receipts, shape (days, columns)."""
        held = [self._received[0], *np.diff(self._received, axis=0)] if self._received else []
        more = [(day, units) for day, units in zip(days.tolist(), quantity, strict=True) if units.any()]
        both = [*zip(self._days, held, strict=True), *more]
        both.sort(key=lambda entry: entry[0])
        return PathPosition(self._rows, self.day, self.opening, both)

    def each(self, values: FloatArray) -> FloatArray:
        """Give every path its row's flow or level, counted from the review."""
        return np.repeat(values - self._before, self.paths)

    def _pieces(self, first: int, last: int) -> Iterator[tuple[int, int, FloatArray | None]]:
        """Yield the days between two receipts, from the rows' origin, and what was received by then."""
        count = sum(day <= first for day in self._days)
        while first <= last:
            following = self._days[count] if count < len(self._days) else last + 1
            stop = min(following - 1, last)
            if stop >= first:
                yield self.day + first, self.day + stop, self._received[count - 1] if count else None
                first = stop + 1
            count += 1

    def outflow(self, day: int) -> FloatArray:
        """Return demand before a day less receipts up to it and on it."""
        count = sum(when <= day for when in self._days)
        flow = self.each(self._rows.outflow(self.day + day))
        return flow - self._received[count - 1] if count else flow

    def peak(self, first: int, last: int) -> FloatArray:
        """Return the highest flow of some days."""
        return self._highest("peak", first, last)

    def level_peak(self, first: int, last: int) -> FloatArray:
        """Return the highest level of the days of one order's window."""
        return self._highest("level_peak", first, last)

    def asked_peak(self, first: int, last: int) -> FloatArray:
        """Return the highest flow of those of some days that have demand."""
        return self._highest("asked_peak", first, last)

    def peak_day(self, first: int, last: int, columns: NDArray[np.intp]) -> NDArray[np.int64]:
        """Return the last of some days with the highest flow, for some columns."""
        highest, found = np.full(len(columns), -np.inf), np.full(len(columns), last, dtype=np.int64)
        rows = columns // self.paths
        for begin, stop, received in self._pieces(max(first, 0), last):
            flow = (self._rows.peak(begin, stop) - self._before)[rows]
            if received is not None:
                flow -= received[columns]
            day = self._rows.peak_day(begin, stop, rows) - self.day
            found = np.where(flow >= highest, day, found)
            np.maximum(highest, flow, out=highest)
        return found

    def _highest(self, what: str, first: int, last: int) -> FloatArray:
        ask, highest = getattr(self._rows, what), np.full(len(self.opening), -np.inf)
        for begin, stop, received in self._pieces(max(first, 0), last):
            flow = self.each(ask(begin, stop))
            if received is not None:
                flow -= received
            np.maximum(highest, flow, out=highest)
        return highest
