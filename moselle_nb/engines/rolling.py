"""Rolling simulation: stock day by day on many paths of demand, an order decided at every review.

Columns are rows times paths: the paths of the first row, then those of the second. A decision sees what is in stock and
on its way at the opening of its day, never the demand to come.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.position import FloatArray

__all__ = ["Decide", "Review", "Reviews", "Supply", "Trial", "roll"]


@dataclass(frozen=True, eq=False)
class Reviews:
    """When orders may be placed, and when they are expected; shape (reviews,) each, in days from day 0.

    Parameters
    ----------
    days
        Increasing. Any length of time may stand for a day, as long as all of them mean the same.
    arrivals
        Day whose demand the order is expected to serve first; on or after the review's day.
    """

    days: NDArray[np.int64]
    arrivals: NDArray[np.int64]

    def cycle_starts(self) -> set[int]:
        """Return the first day of each replenishment cycle: that of an order which no later one overtakes."""
        return set(np.minimum.accumulate(self.arrivals[::-1]).tolist())


@dataclass(frozen=True, eq=False)
class Supply:
    """What is there and what arrives, besides the orders of the reviews.

    Parameters
    ----------
    opening
        Stock less backlog at the opening of day 0, shape (columns,), in units.
    scheduled
        Receipts, shape (days, rows), in units; columns are a whole multiple of rows. None where there are none.
    delay
        Days that an order of each day arrives after its expected arrival, negative before, never before its own day;
        shape (days, columns). None where all arrive as expected.
    """

    opening: FloatArray
    scheduled: FloatArray | None = None
    delay: NDArray[np.integer[Any]] | None = None


@dataclass(frozen=True, eq=False)
class Review:
    """What is known when an order is decided, in units, shape (columns,).

    Parameters
    ----------
    number
        Position among the reviews.
    day
        Its day; what arrives on it has not arrived yet.
    stock
        Stock less backlog.
    outstanding
        Orders on their way: day on which each is expected, increasing, `day` where it is late; and its units.
    """

    number: int
    day: int
    stock: FloatArray
    outstanding: tuple[tuple[int, FloatArray], ...]

    @property
    def position(self) -> FloatArray:
        """Inventory position: stock and outstanding orders less backlog; scheduled receipts are not in it."""
        position = self.stock.copy()
        for _, units in self.outstanding:
            position += units
        return position


Decide: TypeAlias = Callable[[Review], "FloatArray"]
"""Returns the order of a review in units, shape (columns,)."""


@dataclass(frozen=True, eq=False)
class Trial:
    """What came of it, shape (columns,) each, over the days that are measured.

    Parameters
    ----------
    demand, unserved
        Units; unserved is what could not be served on its day.
    stockout_days
        Days with unserved demand.
    stock_days
        Stock at the end of each day, summed.
    orders, ordered
        Orders above 0 and their units, by day of the order.
    cycles_out
        Replenishment cycles with unserved demand, of `cycles`: cycles that lie whole in the days measured.
    ending
        Stock less backlog at the end of the last day.
    in_transit
        Units on their way then.
    cycles
        Number of cycles, the same for every column.
    quantities
        Every order, shape (reviews, columns), where it was asked for.
    endings
        Stock less backlog at the end of every day, shape (days, columns), where it was asked for.
    """

    demand: FloatArray
    unserved: FloatArray
    stockout_days: FloatArray
    stock_days: FloatArray
    orders: FloatArray
    ordered: FloatArray
    cycles_out: FloatArray
    ending: FloatArray
    in_transit: FloatArray
    cycles: int
    quantities: FloatArray | None = None
    endings: FloatArray | None = None


@dataclass
class _Shipment:
    """An order on its way: expected on a day, due on the same or on each column's own."""

    expected: int
    units: FloatArray
    due: int | NDArray[np.integer[Any]]

    def arriving(self, day: int) -> FloatArray:
        """Return what arrives on a day, and let go of it."""
        if isinstance(self.due, int):
            arrived, self.units = self.units, np.zeros(0)
            return arrived
        here = self.due <= day
        arrived = np.where(here, self.units, 0.0)
        self.units = np.where(here, 0.0, self.units)
        return arrived

    def last(self) -> int:
        """Return the day after which nothing of it is on its way."""
        return self.due if isinstance(self.due, int) else int(self.due.max(initial=0))


def roll(
    demand: FloatArray,
    supply: Supply,
    reviews: Reviews,
    decide: Decide,
    *,
    backorder: bool,
    first_day: int = 0,
    record: bool = False,
) -> Trial:
    """Simulate stock day by day, and ask for an order at every review.

    On each day: the review, if there is one; what arrives; then demand, which is served, waits or is lost. The result
    for a day depends on demand up to it only.

    Parameters
    ----------
    demand
        Shape (days, columns), in units.
    supply
        Stock at the opening of day 0, and what arrives besides the orders.
    reviews
        Order days and expected arrivals; those after the last day are not asked for.
    decide
        Gives the order of a review: `replanning.Netting`, or any rule.
    backorder
        Whether unmet demand waits; else it is lost.
    first_day
        First day that is measured; earlier ones only bring stock and orders under way.
    record
        Also keep every order and every day's stock.
    """
    columns, delay, scheduled = demand.shape[1], supply.delay, supply.scheduled
    state, tally = (
        _State(supply.opening.astype(np.float64), backorder),
        _Tally(columns, first_day, reviews.cycle_starts()),
    )
    quantities = np.zeros((len(reviews.days), columns)) if record else None
    endings = np.zeros(demand.shape) if record else None
    numbers = {day: number for number, day in enumerate(reviews.days.tolist())}
    for day, asked in enumerate(demand):
        if day in numbers:
            number = numbers[day]
            order = decide(Review(number, day, state.stock.copy(), state.outstanding(day)))
            state.send(order, int(reviews.arrivals[number]), None if delay is None else delay[day], day)
            tally.order(day, order)
            if quantities is not None:
                quantities[number] = order
        state.receive(day, None if scheduled is None else scheduled[day])
        tally.serve(day, asked, *state.serve(asked))
        if endings is not None:
            endings[day] = state.stock
    return tally.result(state, quantities, endings)


class _State:
    """Stock and orders on their way."""

    def __init__(self, stock: FloatArray, backorder: bool) -> None:
        self.stock = stock if backorder else np.maximum(stock, 0.0)
        self._backorder = backorder
        self._shipments: list[_Shipment] = []

    def outstanding(self, day: int) -> tuple[tuple[int, FloatArray], ...]:
        """Return what is on its way by the day on which it is expected; what is late is expected at once."""
        found: dict[int, FloatArray] = {}
        for shipment in self._shipments:
            when = max(shipment.expected, day)
            found[when] = found[when] + shipment.units if when in found else shipment.units
        return tuple(sorted(found.items(), key=lambda entry: entry[0]))

    def send(self, units: FloatArray, expected: int, delay: NDArray[np.integer[Any]] | None, day: int) -> None:
        """Put an order on its way."""
        if units.any():
            due = expected if delay is None else np.maximum(expected + delay, day)
            self._shipments.append(_Shipment(expected, units, due))

    def receive(self, day: int, scheduled: FloatArray | None) -> None:
        """Add what arrives to stock."""
        if scheduled is not None and scheduled.any():
            self.stock += np.repeat(scheduled, len(self.stock) // len(scheduled))
        kept = []
        for shipment in self._shipments:
            if not isinstance(shipment.due, int) or shipment.due <= day:
                self.stock += shipment.arriving(day)
            if shipment.last() > day:
                kept.append(shipment)
        self._shipments = kept

    def serve(self, asked: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Serve a day's demand; return what could not be served on its day, and stock at its end."""
        self.stock -= asked
        short = np.maximum(-self.stock, 0.0)
        if self._backorder:
            return np.minimum(short, asked), self.stock + short
        self.stock += short
        return short, self.stock

    def in_transit(self) -> FloatArray:
        """Return the units on their way."""
        return np.sum([shipment.units for shipment in self._shipments] or [np.zeros_like(self.stock)], axis=0)


class _Tally:
    """Sums over the days that are measured."""

    def __init__(self, columns: int, first_day: int, cycle_starts: set[int]) -> None:
        names = ("demand", "unserved", "stockout_days", "stock_days", "orders", "ordered", "cycles_out")
        self._sums = {name: np.zeros(columns) for name in names}
        self._first, self._starts, self._cycles = first_day, cycle_starts, 0
        self._out: NDArray[np.bool_] | None = None

    def order(self, day: int, units: FloatArray) -> None:
        """Count an order."""
        if day >= self._first:
            self._sums["orders"] += units > 0
            self._sums["ordered"] += units

    def serve(self, day: int, asked: FloatArray, unserved: FloatArray, stock: FloatArray) -> None:
        """Count a day."""
        if day < self._first:
            return
        if day in self._starts:
            if self._out is not None:
                self._sums["cycles_out"] += self._out
                self._cycles += 1
            self._out = np.zeros(len(asked), dtype=bool)
        short = unserved > 0
        if self._out is not None:
            self._out |= short
        for name, more in (("demand", asked), ("unserved", unserved), ("stockout_days", short), ("stock_days", stock)):
            self._sums[name] += more

    def result(self, state: _State, quantities: FloatArray | None, endings: FloatArray | None) -> Trial:
        """Return what came of it."""
        return Trial(
            **self._sums, ending=state.stock, in_transit=state.in_transit(), cycles=self._cycles,
            quantities=quantities, endings=endings,
        )  # fmt: skip
