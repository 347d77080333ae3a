"""Calendars: on which days an order may be placed and on which day it arrives.

Days are whole numbers counted from `as_of`, which is day 0.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "NEVER",
    "WEEKDAYS",
    "CalendarRule",
    "OrderCalendar",
    "no_orders",
    "order_calendar",
    "weekday_numbers",
    "weekday_of",
]

NEVER = 1 << 24
"""The day on which something arrives that cannot arrive."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

LOOKAHEAD_DAYS = 3 * 366
"""Days past the last possible arrival that are searched for an open day before a supplier counts as closed for good."""

Interval = tuple[int, int]

_NEVER = np.array([NEVER], dtype=np.int64)


@dataclass(frozen=True)
class CalendarRule:
    """What decides the order dates and arrivals of a row.

    Parameters
    ----------
    review_period_days
        Days between two order dates before they move to an order weekday.
    lead_times
        Pairs (first day on which it holds, lead time in days), by order date; the first one holds from the beginning.
    order_weekdays
        Weekdays on which an order may be placed, 0 = Monday; empty: all.
    supplier_closures, location_closures
        Closed intervals of days, both ends included.
    """

    review_period_days: int
    lead_times: tuple[tuple[int, int], ...]
    order_weekdays: tuple[int, ...] = ()
    supplier_closures: tuple[Interval, ...] = ()
    location_closures: tuple[Interval, ...] = ()


@dataclass(frozen=True, eq=False)
class OrderCalendar:
    """Order dates and their arrivals, in days from `as_of`.

    Parameters
    ----------
    order_days
        Increasing; those in coverage first, then the next two, which may be `NEVER`.
    arrival_days
        Day on which an order of that date serves demand for the first time; `NEVER` if it cannot arrive.
    orders
        How many of them are in coverage.
    """

    order_days: NDArray[np.int64]
    arrival_days: NDArray[np.int64]
    orders: int
    key: tuple[bytes, bytes, int] = field(init=False)

    def __post_init__(self) -> None:
        """Make the key by which equal calendars are found."""
        object.__setattr__(self, "key", (self.order_days.tobytes(), self.arrival_days.tobytes(), self.orders))

    def window_ends(self, last_day: int) -> NDArray[np.int64]:
        """Return, per order in coverage, the last day that it has to carry: the one before a later order can arrive.

        Where no later order can arrive, an order carries until `last_day`. Where a later one arrives as early, the end
        lies before the order's own arrival: there is nothing to carry.
        """
        ends = np.minimum.accumulate(self.arrival_days[:0:-1])[::-1][: self.orders] - 1
        arrivals = self.arrival_days[: self.orders]
        return np.where(ends >= NEVER - 1, np.maximum(arrivals, last_day), ends)

    def row_end(self, last_day: int) -> int:
        """Return the last day of the arithmetic: that of the last window an order in coverage can serve."""
        return int(self.window_ends(last_day).max(initial=last_day))


def weekday_numbers(text: str | None) -> tuple[int, ...]:
    """Return the weekdays of a text such as ``mon,wed`` as numbers, 0 = Monday."""
    return tuple(WEEKDAYS.index(name) for name in text.split(",")) if text else ()


def weekday_of(day: np.datetime64) -> int:
    """Return the weekday of a date, 0 = Monday."""
    return int((day.astype("datetime64[D]").astype(np.int64) + 3) % 7)


def _open_days(first: int, last: int, closures: tuple[Interval, ...]) -> NDArray[np.bool_]:
    open_days = np.ones(last - first + 1, dtype=bool)
    for begin, end in closures:
        open_days[max(begin - first, 0) : max(end - first + 1, 0)] = False
    return open_days


def _move_forward(days: NDArray[np.int64], allowed: NDArray[np.int64]) -> NDArray[np.int64]:
    """Move each day to the first allowed day on or after it; `NEVER` where there is none."""
    padded = np.concatenate([allowed, _NEVER])
    return padded[allowed.searchsorted(days)]


def _lead_time_of(days: NDArray[np.int64], lead_times: tuple[tuple[int, int], ...]) -> NDArray[np.int64]:
    starts = np.array([start for start, _ in lead_times[1:]], dtype=np.int64)
    values = np.array([value for _, value in lead_times], dtype=np.int64)
    return values[starts.searchsorted(days, side="right")]


def arrivals(
    days: NDArray[np.int64],
    lead_time_days: NDArray[np.int64],
    supplier_open: NDArray[np.int64],
    location_open: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return when orders of these days arrive.

    On the order day itself for a lead time of 0, else on the L-th day after it on which the supplier is open; then on
    the first day on which the location is open.
    """
    index = supplier_open.searchsorted(days, side="right") + lead_time_days - 1
    padded = np.concatenate([supplier_open, _NEVER])
    shipped = np.where(lead_time_days == 0, days, padded[np.minimum(index, len(supplier_open))])
    return _move_forward(shipped, location_open)


def order_calendar(rule: CalendarRule, *, first_weekday: int, coverage_first: int, coverage_last: int) -> OrderCalendar:
    """Return the order dates of a row from `as_of` to the end of coverage, and the next two.

    Order dates are g₀ + k · review period with g₀ = min(first coverage day, `as_of`), each moved forward to the next
    order weekday on which the supplier is open; duplicates count once and those before `as_of` are dropped.

    Parameters
    ----------
    rule
        Review period, lead times, weekdays and closures.
    first_weekday
        Weekday of `as_of`, 0 = Monday.
    coverage_first, coverage_last
        First and last day of coverage in days from `as_of`; the first may be negative.
    """
    origin = min(coverage_first, 0)
    longest = max(lead for _, lead in rule.lead_times)
    horizon = coverage_last + 2 * rule.review_period_days + longest + LOOKAHEAD_DAYS
    days = np.arange(origin, horizon + 1)
    supplier_open = _open_days(origin, horizon, rule.supplier_closures)
    allowed = supplier_open
    if rule.order_weekdays:
        may_order = np.zeros(7, dtype=bool)
        may_order[list(rule.order_weekdays)] = True
        allowed = supplier_open & may_order[(days + first_weekday) % 7]
    moved = _move_forward(days[:: rule.review_period_days], days[allowed])
    order_days = moved[np.concatenate([[True], moved[1:] != moved[:-1]]) & (moved >= 0) & (moved < NEVER)]
    orders = int(order_days.searchsorted(coverage_last, side="right"))
    order_days = np.concatenate([order_days[: orders + 2], _NEVER, _NEVER])[: orders + 2]
    location_open = days[_open_days(origin, horizon, rule.location_closures)]
    arrival_days = arrivals(order_days, _lead_time_of(order_days, rule.lead_times), days[supplier_open], location_open)
    can_arrive = arrival_days < NEVER
    can_arrive[orders:] = True
    return OrderCalendar(order_days[can_arrive], arrival_days[can_arrive], int(can_arrive[:orders].sum()))


def no_orders() -> OrderCalendar:
    """Return the calendar of rows that do not order."""
    never = np.array([NEVER, NEVER], dtype=np.int64)
    return OrderCalendar(never, never, 0)
