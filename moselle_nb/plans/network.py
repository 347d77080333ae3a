"""The network of a plan: which row a lane feeds from which, when it may ship, and what that asks of the feeding row.

A row (item, location) is *fed* when a lane leads to its location and no sourcing record names a supplier for it. It is
netted like a bought row whose supplier is the lane; what it would order on a day is demand of the row that feeds it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.inputs.calendars import CalendarRule, order_calendar
from moselle_nb.inputs.rebucketing import GRID
from moselle_nb.plans.row_calendars import combined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.inputs.calendars import OrderCalendar
    from moselle_nb.inputs.rebucketing import Beyond
    from moselle_nb.plans.row_calendars import Closures

__all__ = ["HORIZON_DAYS", "TAIL_DAYS", "DependentDemand", "FedRows", "circle_of", "depths", "ship_calendars"]

HORIZON_DAYS = 365
"""Days past coverage for which fed rows are netted; dependent demand after them follows `beyond_forecast`."""

TAIL_DAYS = 364
"""Fifty-two weeks of dependent demand stand for what follows: two shipments may lie most of a year apart."""


@dataclass(frozen=True, eq=False)
class FedRows:
    """The rows that lanes feed, shape (n,) each.

    Parameters
    ----------
    row
        Row of the plan, increasing.
    source
        Row of the plan that feeds it; -1 where the feeding location is not planned.
    location
        Position of the feeding location in the table of locations.
    lead_time_days
        Days from shipping to arrival.
    pack
        Transfers are whole multiples of it, shape (eras, n) or (1, n), in units.
    transfer_minimum
        Smallest transfer above 0, in units.
    calendar
        Position in `calendars`.
    calendars
        Ship dates and arrivals up to `HORIZON_DAYS` past coverage.
    """

    row: NDArray[np.int64]
    source: NDArray[np.int64]
    location: NDArray[np.int64]
    lead_time_days: NDArray[np.int64]
    pack: NDArray[np.float64]
    transfer_minimum: NDArray[np.float64]
    calendar: NDArray[np.int32]
    calendars: tuple[OrderCalendar, ...] = field(repr=False)

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        _freeze(self)

    def levels(self) -> list[NDArray[np.intp]]:
        """Return positions of the rows by level, so that a row comes after all that it feeds."""
        depth = depths(self.row, self.source)
        return [np.flatnonzero(depth == level) for level in range(int(depth.max(initial=-1)), -1, -1)]


@dataclass(frozen=True, eq=False)
class DependentDemand:
    """What fed rows ask of the rows that feed them, sorted by row and day.

    Parameters
    ----------
    starts
        Entries of row i are ``starts[i]`` to ``starts[i + 1]``, shape (rows + 1,).
    day
        Ship date, from `as_of`.
    quantity
        Units, whole.
    last_day
        Last day that was netted; what follows it is said by `daily`.
    shipped
        Units that each of the fed rows needs shipped from `as_of` to the end of coverage, shape (fed rows,).
    """

    starts: NDArray[np.int64]
    day: NDArray[np.int64]
    quantity: NDArray[np.float64]
    last_day: int
    shipped: NDArray[np.float64]

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        _freeze(self)

    def of(self, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Tell which rows have any."""
        return np.asarray(self.starts[rows + 1] > self.starts[rows])

    def daily(self, rows: NDArray[np.intp], days: int, beyond: Beyond) -> NDArray[np.float64]:
        """Return the dependent demand of days 0 to `days` - 1, shape (days, rows), in units.

        Past the last day that was netted, `average` repeats the total of its last 364 days, spread over as many by the
        rule of `daily_demand`; `same_last_year` takes the day 364 days earlier; `cut` is 0.
        """
        count = self.last_day + 1
        found = np.zeros((max(days, count), len(rows)))
        entries = self.starts[rows + 1] - self.starts[rows]
        column = np.repeat(np.arange(len(rows)), entries)
        entry = np.repeat(self.starts[rows] - np.cumsum(entries) + entries, entries) + np.arange(len(column))
        found[self.day[entry], column] = self.quantity[entry]
        if beyond == "average" and days > count:
            total = found[count - TAIL_DAYS : count].sum(axis=0) * GRID
            place = np.mod(np.arange(days - count), TAIL_DAYS)[:, None]
            found[count:] = (np.floor(total * (place + 1) / TAIL_DAYS) - np.floor(total * place / TAIL_DAYS)) / GRID
        elif beyond == "same_last_year":
            for first in range(count, days, TAIL_DAYS):
                last = min(first + TAIL_DAYS, days)
                found[first:last] = found[first - TAIL_DAYS : last - TAIL_DAYS]
        return found[:days]


def _freeze(part: FedRows | DependentDemand) -> None:
    for value in vars(part).values():
        if isinstance(value, np.ndarray):
            value.setflags(write=False)


def depths(row: NDArray[np.int64], source: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many fed rows stand above each one; -1 in a circle and below it.

    Parameters
    ----------
    row
        Fed rows, increasing.
    source
        The row that feeds each; -1 where it is not planned.
    """
    above = np.searchsorted(row, source)
    above[above == len(row)] = 0
    is_fed = (row[above] == source) if len(row) else np.zeros(0, dtype=bool)
    depth = np.where(is_fed, -1, 0)
    level = 0
    while True:
        (below,) = (is_fed & (depth < 0) & (depth[above] == level)).nonzero()
        if not len(below):
            return depth
        level += 1
        depth[below] = level


def circle_of(row: NDArray[np.int64], source: NDArray[np.int64], depth: NDArray[np.int64]) -> list[int]:
    """Return the rows of one circle, each followed by the row that it feeds, the first once more at the end."""
    feeds = dict(zip(row.tolist(), source.tolist(), strict=True))
    at, passed = int(row[np.flatnonzero(depth < 0)[0]]), []
    while at not in passed:
        passed.append(at)
        at = feeds[at]
    circle = passed[passed.index(at) :]
    return [at, *reversed(circle)]


def ship_calendars(
    closures: Closures,
    location: NDArray[np.int64],
    review_period_days: NDArray[np.int64],
    lead_time_days: NDArray[np.int64],
    coverage: tuple[int, int],
) -> tuple[NDArray[np.int32], tuple[OrderCalendar, ...]]:
    """Give each fed row its ship dates: by its review period alone; arrivals wait until its location is open.

    Parameters
    ----------
    closures
        When locations are closed.
    location, review_period_days, lead_time_days
        Of the fed rows, shape (n,).
    coverage
        First and last day of coverage, from `as_of`.
    """
    closed = closures.of_location[location]
    code = combined([review_period_days, lead_time_days, closed])
    _, examples = np.unique(code, return_index=True)
    found = []
    for review, lead, pattern in zip(
        *(part[examples].tolist() for part in (review_period_days, lead_time_days, closed)), strict=True
    ):
        rule = CalendarRule(review, ((0, lead),), location_closures=closures.patterns[pattern])
        found.append(
            order_calendar(rule, first_weekday=0, coverage_first=coverage[0], coverage_last=coverage[1] + HORIZON_DAYS)
        )
    return code.astype(np.int32), tuple(found)
