"""On which days a row orders and receives: calendars shared by all rows for which the same things decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

from moselle_nb.exceptions import BrokenRule, ContractError
from moselle_nb.inputs.calendars import (
    CalendarRule,
    Interval,
    OrderCalendar,
    no_orders,
    order_calendar,
    weekday_numbers,
    weekday_of,
)
from moselle_nb.plans.days import as_day

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from moselle_nb.plans.constraints import Keys, Resolved

__all__ = ["Closures", "combined", "row_calendars"]

Intervals = tuple[Interval, ...]


class ClosureTables(Protocol):
    """The tables that closures are read from."""

    @property
    def as_of(self) -> dt.date | np.datetime64:
        """Day 0."""

    @property
    def closures(self) -> pd.DataFrame:
        """When suppliers and locations are closed."""

    @property
    def locations(self) -> pd.DataFrame:
        """The locations."""

    @property
    def suppliers(self) -> pd.DataFrame:
        """The suppliers."""


class Closures:
    """Closed intervals of suppliers and locations in days from `as_of`, and which of them share theirs.

    Attributes
    ----------
    patterns
        The distinct sets of intervals; the first is empty.
    of_location, of_supplier
        Position in `patterns` of each location and supplier; one more for a row without a supplier.
    """

    def __init__(self, data: ClosureTables) -> None:
        as_of = np.array(data.as_of, dtype="datetime64[D]")
        table = data.closures
        begin, end = (
            (table[name].to_numpy(dtype="datetime64[D]") - as_of).astype(np.int64).tolist() for name in ("from", "to")
        )
        scope = (table["scope"] == "supplier").to_numpy()
        self._number: dict[Intervals, int] = {(): 0}
        self.of_location = self._patterns(data.locations["location"], table["key"], ~scope, begin, end)
        self.of_supplier = self._patterns(data.suppliers["supplier"], table["key"], scope, begin, end)
        self.patterns: tuple[Intervals, ...] = tuple(self._number)

    def _patterns(
        self, names: pd.Series, keys: pd.Series, here: NDArray[np.bool_], begin: list[int], end: list[int]
    ) -> NDArray[np.int64]:
        """Return each name's position among the distinct sets of intervals."""
        closed: dict[int, list[Interval]] = {}
        places = pd.Index(names).get_indexer(keys[here])
        for entry, place in zip(np.flatnonzero(here).tolist(), places.tolist(), strict=True):
            closed.setdefault(place, []).append((begin[entry], end[entry]))
        found = np.zeros(len(names) + 1, dtype=np.int64)
        for place, intervals in closed.items():
            found[place] = self._number.setdefault(tuple(sorted(intervals)), len(self._number))
        return found

    def moved(self, day: NDArray[np.int64], location: NDArray[np.int64]) -> NDArray[np.int64]:
        """Move each day to the first one on or after it on which its location is open."""
        moved, pattern = day.copy(), self.of_location[location]
        for number in np.unique(pattern[pattern > 0]):
            here = np.flatnonzero(pattern == number)
            days = moved[here]
            for begin, end in self.patterns[number]:
                days[(days >= begin) & (days <= end)] = end + 1
            moved[here] = days
        return moved


def row_calendars(
    data: ClosureTables,
    keys: Keys,
    review: Resolved,
    lead_time_days: NDArray[np.float64],
    ordering: tuple[NDArray[np.bool_], NDArray[np.int64]],
    coverage: tuple[int, int],
) -> tuple[NDArray[np.int32], tuple[OrderCalendar, ...]]:
    """Give each row its order calendar; rows that do not order have one without order dates.

    Parameters
    ----------
    data, keys
        The tables, and what their keys mean for each row.
    review
        Review periods, and where they come from.
    lead_time_days
        Shape (eras, rows).
    ordering
        Which rows order, and the first day of each era.
    coverage
        First and last day of coverage, from `as_of`.

    Raises
    ------
    ContractError
        When a row that orders has no lead time.
    """
    orders, era_starts = ordering
    _refuse_missing(keys, orders, lead_time_days)
    closures, supplier = Closures(data), keys.codes["supplier"]
    texts, weekday_code = _weekdays(data)
    weekdays = weekday_code[supplier]
    step = np.where((weekdays > 0) & (review.origins[0] == 0), 1.0, review.values[0]).astype(np.int64)
    lead = np.nan_to_num(lead_time_days).astype(np.int64)
    parts = [step, weekdays, closures.of_supplier[supplier], closures.of_location[keys.codes["location"]], *lead]
    code = combined([orders.astype(np.int64), *(part if orders.all() else part * orders for part in parts)])
    example = np.zeros(int(code.max(initial=-1)) + 1, dtype=np.int64)
    example[code[::-1]] = np.arange(len(code))[::-1]  # the first row of a code is written last
    starts = era_starts.tolist() if len(lead) > 1 else [0]
    found: dict[tuple[bytes, bytes, int], int] = {}
    calendars: list[OrderCalendar] = []
    place = np.zeros(len(example), dtype=np.int32)
    for number, row in enumerate(example.tolist()):
        calendar = no_orders()
        if orders[row]:
            days, weekday, of_supplier, of_location, *leads = (int(part[row]) for part in parts)
            rule = CalendarRule(
                days, tuple(zip(starts, leads, strict=True)), weekday_numbers(texts[weekday]),
                closures.patterns[of_supplier], closures.patterns[of_location],
            )  # fmt: skip
            calendar = order_calendar(
                rule, first_weekday=weekday_of(as_day(data.as_of)),
                coverage_first=coverage[0], coverage_last=coverage[1],
            )  # fmt: skip
        place[number] = found.setdefault(calendar.key, len(calendars))
        if place[number] == len(calendars):
            calendars.append(calendar)
    return place[code], tuple(calendars)


def _weekdays(data: ClosureTables) -> tuple[list[str], NDArray[np.int64]]:
    """Return the distinct order weekdays, none first, and their position for each supplier and for none."""
    number: dict[str, int] = {"": 0}
    codes = [number.setdefault(text or "", len(number)) for text in data.suppliers["order_weekdays"]]
    return list(number), np.array([*codes, 0], dtype=np.int64)


def combined(parts: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Return one code for several that are >= 0: distinct combinations in the order in which they first occur."""
    code, size = np.zeros(len(parts[0]), dtype=np.int64), 1
    for part in parts:
        width = int(part.max(initial=0)) + 1
        if size * width >= 1 << 62:
            code = pd.factorize(code)[0].astype(np.int64)
            size = int(code.max(initial=0)) + 1
        code, size = code * width + part, size * width
    return pd.factorize(code)[0].astype(np.int64)


def _refuse_missing(keys: Keys, orders: NDArray[np.bool_], lead_time_days: NDArray[np.float64]) -> None:
    missing = np.flatnonzero(orders & np.isnan(lead_time_days).any(axis=0))
    if not len(missing):
        return
    rule = (
        "lead_time_days is known for every row that is bought: give it in suppliers, sourcing, items or constraints, "
        "or as lead_time_days of the configuration"
    )
    raise ContractError([BrokenRule("lead times", rule, len(missing), keys.examples(missing))])
