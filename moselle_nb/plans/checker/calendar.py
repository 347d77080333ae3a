"""The checker's own calendars: order dates, arrivals and the columns of a plan, one day at a time.

Days are whole numbers counted from `as_of`. Nothing is shared with `inputs.calendars`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from moselle_nb.plans.resolved import BOUGHT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from moselle_nb.plans.config import ReplenishmentConfig
    from moselle_nb.plans.resolved import ResolvedInputs

    Intervals = tuple[tuple[int, int], ...]

__all__ = ["NO_DAY", "Calendar", "Closures", "calendars", "columns_of", "lane_calendar", "moved_receipts"]

NO_DAY = 10**7
"""The day on which nothing ever happens."""

LONGEST_CLOSURE = 3 * 366
"""A supplier closed for longer than this past coverage is closed for good."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Calendar:
    """When a row may order and when that arrives.

    Parameters
    ----------
    days, arrivals
        Order dates in coverage and their arrivals.
    next_days, next_arrivals
        The two possible order dates after them; `NO_DAY` where there is none.
    last_covered
        Last coverage day.
    """

    days: tuple[int, ...]
    arrivals: tuple[int, ...]
    next_days: tuple[int, int]
    next_arrivals: tuple[int, int]
    last_covered: int

    @property
    def windows(self) -> tuple[tuple[int, int], ...]:
        """First and last day that each order in coverage must carry; the last is before the first where none is."""
        possible = (*self.arrivals, *self.next_arrivals)
        following = [min(possible[place + 1 :]) for place in range(len(self.arrivals))]
        return tuple(
            (first, after - 1 if after < NO_DAY else max(first, self.last_covered))
            for first, after in zip(self.arrivals, following, strict=True)
        )

    @property
    def end(self) -> int:
        """Last day of the arithmetic."""
        return max([self.last_covered, *(last for _, last in self.windows)])

    @property
    def first_arrivals(self) -> tuple[int, int]:
        """The two earliest possible arrivals, which need not be those of the first two order dates."""
        first, second = sorted((*self.arrivals, *self.next_arrivals))[:2]
        return first, second


class Closures:
    """On which days suppliers and locations are closed."""

    def __init__(self, inputs: ResolvedInputs) -> None:
        self._closed: dict[tuple[str, int], list[tuple[int, int]]] = {}
        for scope, table in (("supplier", inputs.suppliers), ("location", inputs.locations)):
            frame = inputs.closures[inputs.closures["scope"] == scope]
            places = pd.Index(table[scope]).get_indexer(frame["key"]).tolist()
            dates = (frame[name].to_numpy(dtype="datetime64[D]") for name in ("from", "to"))
            days = ((date - inputs.as_of).astype(np.int64).tolist() for date in dates)
            for place, first, last in zip(places, *days, strict=True):
                if place >= 0:
                    self._closed.setdefault((scope, place), []).append((first, last))

    def of(self, scope: str, place: int) -> Intervals:
        """Return the closed intervals of one supplier or location."""
        return tuple(sorted(self._closed.get((scope, place), ())))


def open_from(day: int, closed: tuple[tuple[int, int], ...]) -> int:
    """Return the first open day on or after a day."""
    for first, last in closed:
        if first <= day <= last:
            day = last + 1
    return day


@dataclass(frozen=True)
class _Rule:
    """What one calendar is made of."""

    step: int
    leads: tuple[int, ...]
    eras: tuple[int, ...]
    weekdays: tuple[int, ...]
    supplier_closed: tuple[tuple[int, int], ...]
    location_closed: tuple[tuple[int, int], ...]

    def lead(self, day: int) -> int:
        """Lead time in days of an order of a day."""
        return next(lead for start, lead in reversed(list(zip(self.eras, self.leads, strict=False))) if start <= day)

    def order_days(self, origin: int, weekday: int, limit: int) -> Iterator[int]:
        """Possible order dates from `as_of` on."""
        previous = -1
        for ungoverned in range(origin, limit + 1, self.step):
            day = ungoverned
            while True:
                moved = open_from(day, self.supplier_closed)
                while self.weekdays and (weekday + moved) % 7 not in self.weekdays:
                    moved += 1
                if moved == day:
                    break
                day = moved
            if previous < day <= limit:
                previous = day
                yield day

    def arrival(self, day: int, limit: int) -> int:
        """Day on which an order of a day serves demand for the first time."""
        left, lead = self.lead(day), self.lead(day)
        while left and day <= limit:
            day = open_from(day + 1, self.supplier_closed)
            left -= 1
        if lead and day > limit:
            return NO_DAY
        day = open_from(day, self.location_closed)
        return day if day <= limit else NO_DAY


def calendars(inputs: ResolvedInputs, closures: Closures) -> tuple[NDArray[np.int64], list[Calendar]]:
    """Return each row's position in a list of distinct calendars, and the list."""
    keys = _row_keys(inputs)
    frame = pd.DataFrame(keys)
    code = frame.groupby(list(frame.columns), sort=False).ngroup().to_numpy()
    _, examples = np.unique(code, return_index=True)
    found: dict[Calendar, int] = {}
    place = [found.setdefault(_calendar(inputs, closures, keys[row]), len(found)) for row in examples]
    return np.array(place, dtype=np.int64)[code], list(found)


def _row_keys(inputs: ResolvedInputs) -> NDArray[np.int64]:
    """Return what decides a row's calendar: whether it is bought, location, supplier, step, lead time per era."""
    bought = inputs.ordering == BOUGHT
    supplier = np.where(bought, inputs.supplier, -1)
    named = np.array([bool(text) for text in inputs.suppliers["order_weekdays"]] + [False])
    own_review = inputs.review_origin > 0
    step = np.where(named[supplier] & ~own_review, 1, inputs.review_period_days)
    leads = np.nan_to_num(inputs.rules.lead_time_days.values, nan=-1)
    columns = [bought, inputs.location, supplier, step, *leads]
    return np.stack([np.where(bought, column, -1) for column in columns], axis=1).astype(np.int64)


def _calendar(inputs: ResolvedInputs, closures: Closures, key: NDArray[np.int64]) -> Calendar:
    never = (NO_DAY, NO_DAY)
    bought, location, supplier, step, *leads = (int(value) for value in key)
    last = inputs.coverage_last
    if bought != 1:
        return Calendar((), (), never, never, last)
    text = inputs.suppliers["order_weekdays"].iat[supplier] if supplier >= 0 else None
    weekdays = tuple(WEEKDAYS.index(name) for name in str(text).split(",")) if text else ()
    closed = closures.of("supplier", supplier) if supplier >= 0 else ()
    eras = tuple(int(day) for day in inputs.era_starts)
    return _calendar_of(
        inputs, _Rule(step, tuple(leads), eras, weekdays, closed, closures.of("location", location)), last
    )


def lane_calendar(inputs: ResolvedInputs, location_closed: Intervals, review: int, lead: int, last: int) -> Calendar:
    """Return the ship dates of a row that a lane feeds, up to a day: by its review period, on any day."""
    return _calendar_of(inputs, _Rule(review, (lead,), (0,), (), (), location_closed), last)


def _calendar_of(inputs: ResolvedInputs, rule: _Rule, last: int) -> Calendar:
    never = (NO_DAY, NO_DAY)
    limit = last + 2 * rule.step + max(rule.leads) + LONGEST_CLOSURE
    weekday = dt.date.fromisoformat(str(inputs.as_of)).weekday()
    covered: list[tuple[int, int]] = []
    later: list[tuple[int, int]] = []
    for day in rule.order_days(min(inputs.coverage_first, 0), weekday, limit):
        arrival = rule.arrival(day, limit)
        if day > last:
            later.append((day, arrival))
        elif arrival < NO_DAY:
            covered.append((day, arrival))
        if len(later) == len(never):
            break
    later += [(NO_DAY, NO_DAY)] * (len(never) - len(later))
    (first, first_arrival), (second, second_arrival) = later
    days, arrivals = (tuple(pair[part] for pair in covered) for part in (0, 1))
    return Calendar(days, arrivals, (first, second), (first_arrival, second_arrival), last)


def moved_receipts(inputs: ResolvedInputs, closures: Closures) -> NDArray[np.int64]:
    """Return the day of each scheduled receipt: overdue ones today, then the first day open at the location."""
    receipts = inputs.receipts
    row = np.repeat(np.arange(inputs.rows), np.diff(receipts.starts))
    day = np.maximum(receipts.due, 0)
    for place in np.unique(inputs.location):
        if closed := closures.of("location", int(place)):
            here = np.flatnonzero(inputs.location[row] == place)
            day[here] = [open_from(int(value), closed) for value in day[here]]
    return day


def columns_of(inputs: ResolvedInputs, config: ReplenishmentConfig, end: int) -> list[tuple[int, int]]:
    """Return first and last day of each column: calendar buckets, cut at `as_of` and at both ends of coverage."""
    start = dt.date.fromisoformat(str(inputs.as_of))
    anchor = WEEKDAYS.index(config.week_start[:3])
    firsts = []
    for day in range(end + 1):
        date = start + dt.timedelta(days=day)
        begins = {"day": True, "week": date.weekday() == anchor, "month": date.day == 1}[config.bucket]
        if begins or day in {0, inputs.coverage_first, inputs.coverage_last + 1}:
            firsts.append(day)
    return list(zip(firsts, [*(day - 1 for day in firsts[1:]), end], strict=True))
