"""What the engines ask of a block of rows: demand, receipts and safety stock, by day or in closed form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["NO_DAY", "Cumulative", "FloatArray", "Netted", "Position"]

NO_DAY = 1 << 24
"""Stands for a day that never comes."""

FloatArray: TypeAlias = "NDArray[np.float64]"


class Cumulative(Protocol):
    """Cumulative demand of the rows of a block, in units."""

    def at(self, day: int, columns: slice = ...) -> FloatArray:
        """Return the demand of days 0 to `day` - 1 of all rows, or of some."""

    def at_rows(self, days: NDArray[np.int64], columns: NDArray[np.intp] | None = ...) -> FloatArray:
        """Return the same with a day for each row, or for each of some rows."""

    def lines(self) -> tuple[NDArray[np.int64], FloatArray, NDArray[np.int64], FloatArray]:
        """Return the straight lines that demand follows, at most 2/1024 of a unit below them, never above.

        Days, demand before each of them by row, and from which day on each row has a tail besides, and its daily rate.
        """

    def first_above(self, level: FloatArray, columns: NDArray[np.intp] | None = ...) -> NDArray[np.int64]:
        """Return the first day x for which the demand of days 0 to x - 1 is above a level; `NO_DAY` if none."""


class Netted(Protocol):
    """What netting asks of a position.

    *Flow* of day t is demand less scheduled receipts of days 0 to t; *level* is flow plus the safety stock of t.
    Shapes are (rows,), quantities in units, days are counted from `as_of`.
    """

    @property
    def opening(self) -> FloatArray:
        """Stock at the opening of day 0 less backlog; negative only where unmet demand waits."""

    @property
    def backorder(self) -> bool:
        """Whether unmet demand waits; else it is lost."""

    def with_receipts(self, days: NDArray[np.int64], quantity: FloatArray) -> Self:
        """Return the position with more receipts, shape (days, rows)."""

    def outflow(self, day: int) -> FloatArray:
        """Return demand before a day less receipts up to it and on it."""

    def peak(self, first: int, last: int) -> FloatArray:
        """Return the highest flow of some days."""

    def level_peak(self, first: int, last: int) -> FloatArray:
        """Return the highest level of the days of one order's window."""

    def asked_peak(self, first: int, last: int) -> FloatArray:
        """Return the highest flow of those of some days that have demand."""


class Position(Netted, Protocol):
    """What a block of rows has, expects and has to serve; see `Netted`."""

    @property
    def cumulative(self) -> Cumulative:
        """Cumulative demand."""

    def peak_day(self, first: int, last: int, columns: NDArray[np.intp]) -> NDArray[np.int64]:
        """Return the last of some days with the highest flow, for some rows."""

    def safety_stock_on(self, day: int) -> FloatArray:
        """Return the safety stock of a day."""

    def unserved(self, first: int, last: int, supply: FloatArray) -> FloatArray:
        """Return the demand of some days that cannot be served on its day by what was supplied before them."""

    def first_stockout(self, last_day: int, *, with_overdue: bool = ...) -> NDArray[np.int64]:
        """Return the first day up to `last_day` with unserved demand if nothing is ordered; `NO_DAY` if none."""

    def first_breach(self, last_day: int) -> NDArray[np.int64]:
        """Return the first day up to `last_day` that ends below safety stock if nothing is ordered; else `NO_DAY`."""

    def has_nothing_to_sell(self) -> NDArray[np.bool_]:
        """Tell whether no stock is there on day 0 and none until the first day with demand."""

    def serves_mean(self, days: int, until: NDArray[np.int64], rows: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Tell whether the mean demand of the first `days` days, on each of them, would be served up to a day."""
