"""Tables as plain records, and the grid of quantities.

A second implementation, to judge the engine by: plain Python, one row and one day at a time, nothing
of `moselle_nb`. Days are whole numbers, day 0 is ``as_of``. Quantities are whole numbers of 2**-10 units.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

UNIT = 1024
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Record = dict[str, Any]


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
    """One bucket of a row's forecast: its first day, its days, its total and the sd of that total."""

    first: int
    days: int
    total: int
    sd: float | None


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
            buckets.append(Bucket(self.day(date), days, to_grid(row["quantity"]), row.get("sd")))
            date += dt.timedelta(days=days)
        return buckets
