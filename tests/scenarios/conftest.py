"""One row of a plan in one call: tables small enough to be worked out by hand.

Days are counted from `as_of`: day 0 is Monday 2026-11-23 unless a test says otherwise.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd
import pytest

import moselle_nb as mo

if TYPE_CHECKING:
    from moselle_nb import ReplenishmentPlan

MONDAY = dt.date(2026, 11, 23)
FORECAST_DAYS = 150

Demand = float | Sequence[float] | None
Quantities = Mapping[int, float]


@dataclass(frozen=True)
class Row:
    """What the tables say about one item at location W.

    `demand` is per day from `first_day` on: a number repeats, None is no forecast. `inbound` maps days to
    units.
    """

    demand: Demand = 10.0
    on_hand: float | None = 30
    committed: float | None = None
    inbound: Quantities | None = None
    first_day: int = 0
    sd: float | None = None


@dataclass(frozen=True)
class Case:
    """A plan, read in days since `as_of`."""

    plan: ReplenishmentPlan
    as_of: dt.date

    def __post_init__(self) -> None:
        """Have every plan checked by the independent checker too."""
        report = self.plan.check()
        assert report.ok, repr(report)

    def date(self, day: int) -> str:
        """Give the ISO date of a day."""
        return str(self.as_of + dt.timedelta(days=day))

    def day(self, date: object) -> int | None:
        """Give the day of a date of a frame, None for null."""
        stamp = pd.Timestamp(str(date)) if date is not None else pd.NaT
        return None if pd.isna(stamp) else (stamp - pd.Timestamp(self.as_of)).days

    def order_lines(self, item: str = "A") -> pd.DataFrame:
        """Give the order lines of an item."""
        lines: pd.DataFrame = self.plan.order_lines
        return lines[lines["item"] == item].reset_index(drop=True)

    def orders(self, item: str = "A") -> list[tuple[int | None, int | None, float]]:
        """Give order day, arrival day and units of each order line."""
        lines = self.order_lines(item)
        days = zip(lines["order_date"], lines["arrival_date"], lines["quantity"], strict=True)
        return [(self.day(placed), self.day(arrives), float(units)) for placed, arrives, units in days]

    def units(self, item: str = "A") -> dict[int | None, float]:
        """Give the units of each order day."""
        return {placed: units for placed, _, units in self.orders(item)}

    def lines(self, item: str = "A") -> pd.DataFrame:
        """Give the buckets of an item, with `day` for the first day of each."""
        lines: pd.DataFrame = self.plan.lines
        lines = lines[lines["item"] == item].reset_index(drop=True)
        days = pd.Index([self.day(date) for date in lines["date"]], name="day")
        return lines.set_index(days)

    def line(self, day: int, item: str = "A") -> pd.Series[Any]:
        """Give the bucket that begins on a day."""
        line: pd.Series[Any] = self.lines(item).astype(object).loc[day]  # type: ignore[assignment]
        return line

    def summary(self, item: str = "A") -> pd.Series[Any]:
        """Give the judgement of an item, its dates as days."""
        frame: pd.DataFrame = self.plan.summary
        row: pd.Series[Any] = frame[frame["item"] == item].iloc[0].astype(object)
        for name in ("first_stockout", "order_by", "next_order_date"):
            row[name] = self.day(row[name])
        return row

    def judged(self, item: str = "A") -> tuple[str, str | None, int | None, int | None]:
        """Give status, reason, day of the first stockout and last day to order."""
        row = self.summary(item)
        reason = None if pd.isna(row["reason"]) else str(row["reason"])
        return str(row["status"]), reason, row["first_stockout"], row["order_by"]

    def messages(self, kind: str, item: str = "A") -> list[int | None]:
        """Give the days of the messages of a kind."""
        found: pd.DataFrame = self.plan.messages
        found = found[(found["item"] == item) & (found["kind"] == kind)]
        return [self.day(date) for date in found["date"]]

    def text(self, kind: str, item: str = "A") -> str:
        """Give the text of the first message of a kind."""
        found: pd.DataFrame = self.plan.messages
        return str(found[(found["item"] == item) & (found["kind"] == kind)]["text"].iloc[0])

    def edit(self, day: int, quantity: Any, **how: Any) -> Case:
        """Give the case after one edit of item A."""
        return Case(self.plan.edit("A", "W", self.date(day), quantity, **how), self.as_of)


@dataclass(frozen=True)
class Settings:
    """What stands around the rows.

    `safety` are the arguments of `SafetyStock`; `coverage` and `closed` (scope, first day, last day) are in
    days; `item` and `supplier` are columns of those tables; `tables` replace whole tables.
    """

    lead: int | None = 3
    safety: tuple[Any, ...] = ("none",)
    coverage: tuple[int, int] = (0, 27)
    as_of: dt.date = MONDAY
    item: Mapping[str, Any] = field(default_factory=dict)
    supplier: Mapping[str, Any] = field(default_factory=dict)
    closed: Sequence[tuple[str, int, int]] = ()
    tables: Mapping[str, Any] = field(default_factory=dict)


class ManyRows(Protocol):
    """Plan several items at location W."""

    def __call__(self, rows: Mapping[str, Row], **settings: Any) -> Case:
        """Give the plan: the fields of `Settings`, and those of a configuration."""


class OneRow(Protocol):
    """Plan item A at location W."""

    def __call__(self, **settings: Any) -> Case:
        """Give the plan: the fields of `Row`, of `Settings` and of a configuration."""


class Table(Protocol):
    """Make a table from its rows, and further columns by name."""

    def __call__(self, *rows: tuple[Any, ...], **columns: Any) -> pd.DataFrame:
        """Give the table."""


def _dates(as_of: dt.date, days: Sequence[int]) -> pd.DatetimeIndex:
    return pd.DatetimeIndex([pd.Timestamp(as_of) + pd.Timedelta(days=day) for day in days])


def _forecast(rows: Mapping[str, Row], as_of: dt.date) -> pd.DataFrame:
    frames = []
    for name, row in rows.items():
        if row.demand is None:
            continue
        steady = isinstance(row.demand, int | float)
        daily = [row.demand] * FORECAST_DAYS if steady else list(row.demand)  # type: ignore[arg-type]
        days = range(row.first_day, row.first_day + len(daily))
        frame = pd.DataFrame({"date": _dates(as_of, days), "quantity": daily})
        frame = frame if row.sd is None else frame.assign(sd=row.sd)
        frames.append(frame.assign(item=name, location="W"))
    return pd.concat(frames, ignore_index=True)


def _stock(rows: Mapping[str, Row]) -> pd.DataFrame:
    known = {name: row for name, row in rows.items() if row.on_hand is not None}
    return pd.DataFrame(
        {
            "item": list(known),
            "location": "W",
            "on_hand": [row.on_hand for row in known.values()],
            "committed": [row.committed or 0 for row in known.values()],
        }
    )


def _inbound(rows: Mapping[str, Row], as_of: dt.date) -> pd.DataFrame:
    coming = [(name, day, units) for name, row in rows.items() for day, units in (row.inbound or {}).items()]
    frame = pd.DataFrame(coming, columns=["item", "day", "quantity"])
    return frame.assign(location="W", date=_dates(as_of, list(frame["day"]))).drop(columns="day")


def _closures(closed: Sequence[tuple[str, int, int]], as_of: dt.date) -> pd.DataFrame:
    scopes = [scope for scope, _, _ in closed]
    keys = ["S" if scope == "supplier" else "W" for scope in scopes]
    first = _dates(as_of, [day for _, day, _ in closed])
    last = _dates(as_of, [day for _, _, day in closed])
    return pd.DataFrame({"scope": scopes, "key": keys, "from": first, "to": last})


def _tables(rows: Mapping[str, Row], settings: Settings) -> dict[str, Any]:
    lead_time = {} if settings.lead is None else {"lead_time_days": settings.lead}
    tables = {
        "items": pd.DataFrame({"item": list(rows)}).assign(**{"supplier": "S", **lead_time, **settings.item}),
        "locations": pd.DataFrame({"location": ["W"]}),
        "suppliers": pd.DataFrame({"supplier": ["S"]}).assign(**settings.supplier),
        "forecast": _forecast(rows, settings.as_of),
        "inventory": _stock(rows),
    }
    if any(row.inbound for row in rows.values()):
        tables["inbound"] = _inbound(rows, settings.as_of)
    if settings.closed:
        tables["closures"] = _closures(settings.closed, settings.as_of)
    return {**tables, **settings.tables}


def _split(settings: dict[str, Any], of: type) -> tuple[dict[str, Any], dict[str, Any]]:
    names = {part.name for part in fields(of)}
    own = {name: value for name, value in settings.items() if name in names}
    return own, {name: value for name, value in settings.items() if name not in names}


def _many_rows(rows: Mapping[str, Row], **settings: Any) -> Case:
    own, further = _split(settings, Settings)
    around = Settings(**own)
    first, last = (around.as_of + dt.timedelta(days=day) for day in around.coverage)
    config = mo.ReplenishmentConfig(
        name="by hand", coverage=(first, last), safety_stock=mo.SafetyStock(*around.safety), **further
    )
    data = mo.load(_tables(rows, around), as_of=around.as_of)
    return Case(mo.replenish(data, config), around.as_of)


@pytest.fixture
def many_rows() -> ManyRows:
    """Plan several items at location W."""
    return _many_rows


@pytest.fixture
def row() -> type[Row]:
    """Give the class of a row, for `many_rows`."""
    return Row


@pytest.fixture
def one_row() -> OneRow:
    """Plan item A at location W: 10 units a day, 30 on hand, lead time 3 days, review 7, no safety stock."""

    def plan(**settings: Any) -> Case:
        own, further = _split(settings, Row)
        return _many_rows({"A": Row(**own)}, **further)

    return plan


@pytest.fixture
def constraints() -> Table:
    """Make a table of constraints from (scope, key, field, value) and named further columns."""

    def table(*rows: tuple[Any, ...], **columns: Any) -> pd.DataFrame:
        return pd.DataFrame(rows, columns=["scope", "key", "field", "value"]).assign(**columns)

    return table


@pytest.fixture
def open_orders() -> Table:
    """Make a table of open orders of item A from (day, units, reference)."""

    def table(*rows: tuple[Any, ...], **columns: Any) -> pd.DataFrame:
        frame = pd.DataFrame(rows, columns=["day", "quantity", "reference"])
        days = _dates(MONDAY, list(frame.pop("day")))
        return frame.assign(item="A", location="W", date=days, **columns)

    return table


@pytest.fixture
def lanes_to_w() -> dict[str, pd.DataFrame]:
    """Make the tables of a lane from H to W."""
    return {
        "locations": pd.DataFrame({"location": ["H", "W"]}),
        "lanes": pd.DataFrame({"source": ["H"], "destination": ["W"], "lead_time_days": [2]}),
    }
