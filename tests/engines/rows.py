"""Positions of few rows, small enough to follow by hand, by day and in closed form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.compact import CompactPosition, ReceiptEvents, SafetyFloors
from moselle_nb.engines.daily import DailyCumulative, DailyPosition
from moselle_nb.engines.netting import OrderRules, Windows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

BEYOND = 500
"""Days past those given on which the last day's demand goes on, or none does."""


@dataclass
class Rows:
    """Rows of one calendar.

    Parameters
    ----------
    demand
        Per row, per day, in units.
    opening
        Per row.
    receipts
        Per row: day to units; overdue ones apart.
    cover, floor
        Safety stock in days and in units.
    """

    demand: Sequence[Sequence[float]]
    opening: Sequence[float]
    receipts: Sequence[dict[int, float]] = ()
    overdue: Sequence[dict[int, float]] = ()
    cover: Sequence[int] = ()
    floor: Sequence[float] = ()
    goes_on: bool = False
    before: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        """Add demand up."""
        given = np.array(self.demand, dtype=np.float64).T
        rest = np.repeat(given[-1:] * self.goes_on, BEYOND, axis=0)
        self.before = np.concatenate([np.zeros((1, given.shape[1])), np.cumsum(np.concatenate([given, rest]), axis=0)])

    @property
    def width(self) -> int:
        """How many rows there are."""
        return len(self.opening)

    def of(self, values: Sequence[float]) -> NDArray[np.float64]:
        """Give each row its value, 0 when none is given."""
        return np.array(values or [0] * self.width, dtype=np.float64)

    def entries(self) -> list[tuple[int, int, float, float]]:
        """Receipts as (row, day, units, units of them overdue)."""
        on_time = [(r, day, units, 0.0) for r, row in enumerate(self.receipts) for day, units in row.items()]
        return on_time + [(r, day, units, units) for r, row in enumerate(self.overdue) for day, units in row.items()]

    def daily(self, last: int, *, backorder: bool = False) -> DailyPosition:
        """Lay the rows out by day."""
        days = np.arange(last + 1)
        received, overdue = np.zeros((2, last + 1, self.width))
        for row, day, units, late in self.entries():
            if day <= last:
                received[day, row] += units
                overdue[day, row] += late
        cover = self.of(self.cover).astype(np.int64)
        ahead = self.before[days[:, None] + 1 + cover, np.arange(self.width)] - self.before[days + 1]
        return DailyPosition(
            self.of(self.opening), DailyCumulative(self.before), np.diff(self.before, axis=0)[: last + 1],
            self.before[1 : last + 2] - np.cumsum(received, axis=0), np.maximum(ahead, self.of(self.floor)), backorder,
            np.cumsum(overdue, axis=0),
        )  # fmt: skip

    def compact(self) -> CompactPosition:
        """Lay the rows out in closed form."""
        entries = np.array(self.entries(), dtype=np.float64).reshape(-1, 4)
        events = ReceiptEvents.of(entries[:, 0].astype(int), entries[:, 1].astype(int), entries[:, 2], entries[:, 3])
        safety = SafetyFloors(self.of(self.cover).astype(np.int64), [0], [self.of(self.floor)])
        return CompactPosition(self.of(self.opening), DailyCumulative(self.before), events, safety)

    def both(self, last: int) -> list[DailyPosition | CompactPosition]:
        """Lay the rows out both ways."""
        return [self.daily(last), self.compact()]


def windows(arrivals: Sequence[int], ends: Sequence[int]) -> Windows:
    """Windows of orders by arrival and last day."""
    return Windows(np.array(arrivals), np.array(ends), max(ends))


def rules(
    moq: float = 0, multiple: float = 1, max_order: float = np.inf, max_stock: float = np.inf, *, hard: bool = False
) -> OrderRules:
    """Make the rules of one row, the same on all dates."""
    least, lot, order, stock = np.array([moq, multiple, max_order, max_stock], dtype=np.float64)[:, None, None]
    return OrderRules(least, lot, order, stock, np.array([[hard]]))
