"""Tables as plain records, and the grid of quantities.

A second implementation, to judge the engine by: plain Python, one row and one day at a time, nothing
of `moselle_nb`. Days are whole numbers, day 0 is ``as_of``. Quantities are whole numbers of 2**-10 units.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

UNIT = 1024
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Record = dict[str, Any]

QUANTILE = re.compile(r"q\d+(\.\d+)?")


def to_grid(value: float | Fraction) -> int:
    """Whole 2**-10 units of a quantity, halves to even."""
    return round(Fraction(value) * UNIT)


def spread(total: int, days: int, k: int) -> int:
    """Share of day k when a total is spread over so many days."""
    return total * (k + 1) // days - total * k // days


def records(frame: pd.DataFrame | None) -> list[Record]:
    """Rows of a frame as dicts, None for every kind of null."""
    if frame is None:
        return []
    return [{str(key): plain(value) for key, value in row.items()} for row in frame.to_dict("records")]


def plain(value: Any) -> Any:
    """Return a cell as plain Python: None for nulls, a date for any date, numbers as they are."""
    if value is None or value != value or str(value) in {"NaT", "<NA>"}:  # noqa: PLR0124 (nan differs from itself)
        return None
    if isinstance(value, dt.datetime):
        return value.date()
    if hasattr(value, "item"):
        return value.item()
    return value


@dataclass(frozen=True)
class Bucket:
    """One bucket of a row's forecast: its first day, its days, its total, and the sd and quantiles of that total."""

    first: int
    days: int
    total: int
    sd: float | None
    quantiles: tuple[tuple[str, float], ...] = ()


def quantiles_of(row: Record) -> tuple[tuple[str, float], ...]:
    """Return the quantiles of a line, with their levels in per cent."""
    given = [(name[1:], units) for name, units in row.items() if QUANTILE.fullmatch(name) and units is not None]
    return tuple(sorted(given, key=lambda each: float(each[0])))


class ScalarTables:
    """All tables of one planning run as plain records.

    Parameters
    ----------
    frames
        Tables by name, with clean keys and real dates, as handed to ``mo.load``.
    as_of
        Day 0.
    """

    def __init__(self, frames: Mapping[str, pd.DataFrame], as_of: dt.date) -> None:
        self.as_of = as_of
        self.table = defaultdict(list, {name: records(frame) for name, frame in frames.items()})
        dates = sorted({row["date"] for row in self.table["forecast"]})
        if dates and all(date.day == 1 for date in dates):
            self.bucket = "month"
        elif len({date.weekday() for date in dates}) == 1:
            self.bucket = "week"
        else:
            self.bucket = "day"

    def day(self, date: dt.date) -> int:
        """Day number of a date."""
        return (date - self.as_of).days

    def date(self, day: int) -> dt.date:
        """Date of a day number."""
        return self.as_of + dt.timedelta(days=day)

    def row_keys(self, config: Any) -> list[tuple[str, str]]:
        """Rows planned: the union of forecast, inventory and inbound, then the configuration's filters."""
        keys = {
            (row["item"], row["location"]) for name in ("forecast", "inventory", "inbound") for row in self.table[name]
        }
        items = {row["item"]: row for row in self.table["items"]}

        def wanted(key: tuple[str, str]) -> bool:
            if config.locations is not None and key[1] not in config.locations:
                return False
            for column, values in dict(config.scope).items():
                allowed = (values,) if isinstance(values, str) else values
                if items[key[0]].get(column) not in allowed:
                    return False
            return True

        return sorted(key for key in keys if wanted(key))

    def days_of_bucket(self, first: dt.date) -> int:
        """Calendar days of the forecast bucket that starts on a date."""
        if self.bucket == "month":
            return calendar.monthrange(first.year, first.month)[1]
        return 7 if self.bucket == "week" else 1

    def forecast(self, item: str, location: str, scenario: str | None) -> list[Bucket]:
        """Return a row's own buckets from its first to its last, missing ones as 0."""
        rows = {
            row["date"]: row
            for row in self.table["forecast"]
            if (row["item"], row["location"]) == (item, location)
            and (scenario is None or row.get("scenario") == scenario)
        }
        if not rows:
            return []
        buckets = []
        date, last = min(rows), max(rows)
        while date <= last:
            row = rows.get(date, {"quantity": 0})
            days = self.days_of_bucket(date)
            total = to_grid(row["quantity"])
            buckets.append(Bucket(self.day(date), days, total, row.get("sd"), quantiles_of(row)))
            date += dt.timedelta(days=days)
        return buckets

    def shares(self, first: int, last: int) -> list[Fraction]:
        """Return what share of each bucket of the table the days from `first` to `last` have, where it is any.

        Before the first bucket and after the last, buckets go on as long as these.
        """
        dates = [row["date"] for row in self.table["forecast"]]
        edge, edges = min(dates), [self.day(min(dates))]
        while edge <= max(dates):
            edge += dt.timedelta(days=self.days_of_bucket(edge))
            edges.append(self.day(edge))
        while edges[0] > first:
            edges.insert(0, edges[0] - self.days_of_bucket(min(dates)))
        longest = self.days_of_bucket(max(dates))
        while edges[-1] <= last:
            edges.append(edges[-1] + longest)
        inside = [Fraction(min(b, last + 1) - max(a, first), b - a) for a, b in pairwise(edges)]
        return [share for share in inside if share > 0]
