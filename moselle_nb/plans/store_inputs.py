"""Resolved inputs from the tables of a plan file; every column is checked before it is used."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from moselle_nb.exceptions import PlanFileError
from moselle_nb.inputs.calendars import NEVER, OrderCalendar
from moselle_nb.inputs.rebucketing import BucketedDemand
from moselle_nb.plans.constraints import ORIGINS, SAFETY_METHODS, Resolved
from moselle_nb.plans.network import FedRows, depths, ship_calendars
from moselle_nb.plans.resolved import Receipts, ResolvedInputs, Rules
from moselle_nb.plans.row_calendars import Closures
from moselle_nb.plans.store_arrays import FRAME_NUMBERS, FRAMES, ROW_COLUMNS
from moselle_nb.plans.store_tables import frame_of_columns

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from moselle_nb.plans.config import ReplenishmentConfig

    Columns = dict[str, NDArray[Any]]
    Tables = Mapping[str, Columns]

__all__ = ["inputs_of_tables"]

LONGEST_DAYS = 3650
LAST_DAY = 20_000
"""Days from `as_of` that a plan may order in, forward and back."""

LAST_DATE = 106_751
"""Days from 1970-01-01 that a date may lie, forward and back: what nanoseconds hold."""

DAY_SECONDS = 86_400

LARGEST = 2.0**43
"""Units beyond which sums would not be exact."""


class _Reader:
    """Columns that were promised, checked as they are taken."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def has(self, name: str) -> bool:
        """Tell whether a table is there."""
        return name in self._tables

    def table(self, name: str, rows: int | None = None) -> Columns:
        """Return a table whose columns are as long as they should be."""
        columns = self._tables[name]
        lengths = {len(values) for values in columns.values()}
        if len(lengths) > 1 or (rows is not None and columns and lengths != {rows}):
            _refuse(f"arrays/{name} has {sorted(lengths)} rows, expected {rows}.")
        return columns

    def take(
        self, table: str, column: str, low: float, high: float, *, kind: type[np.generic] = np.int64, nan: bool = False
    ) -> NDArray[Any]:
        """Return a column of numbers from `low` to `high`, or NaN where that is allowed."""
        values = self._tables[table].get(column)
        if values is None:
            _refuse(f"arrays/{table} has no column {column!r}.")
        expected = np.dtype(kind).kind
        if values.dtype.kind != expected:
            _refuse(f"arrays/{table}, {column}: expected {np.dtype(kind).name}, found {values.dtype}.")
        if values.dtype.kind != "b":
            inside = (values >= low) & (values <= high)
            if nan:
                inside |= np.isnan(values)
            if not inside.all():
                _refuse(f"arrays/{table}, {column}: values lie between {low:g} and {high:g}, found others.")
        return values.astype(kind)


def _refuse(text: str) -> NoReturn:
    raise PlanFileError(text)


def inputs_of_tables(tables: Tables, config: ReplenishmentConfig, as_of: dt.date, bucket: str) -> ResolvedInputs:
    """Return the resolved inputs that a file holds.

    Raises
    ------
    PlanFileError
        Naming the table and column that cannot be right.
    """
    read = _Reader(tables)
    frames: dict[str, Any] = {name: _frame(read, name) for name in FRAMES}
    rows = len(next(iter(read.table("rows").values()), ()))
    read.table("rows", rows)
    day = np.datetime64(as_of, "D")
    first, last = ((np.datetime64(date, "D") - day).astype(int).item() for date in config.coverage)
    if not (-LAST_DAY < first <= last < LAST_DAY and last >= 0):
        _refuse(f"the coverage {config.coverage[0]} to {config.coverage[1]} does not suit a plan as of {as_of}.")
    span = _span(day)
    eras = read.take("eras", "start", 0, span[1])
    if not len(eras) or eras[0] != 0 or (np.diff(eras) <= 0).any():
        _refuse("arrays/eras, start: eras begin with 0 and increase.")
    calendars = _read_calendars(read, last)
    rules = _read_rules(read, rows, len(eras))
    demand, variance = _read_forecast(read, rows, rules, span)
    inputs = ResolvedInputs(
        as_of=day, coverage_first=first, coverage_last=last, **frames, **_read_rows(read, frames, len(calendars)),
        calendars=calendars, era_starts=eras, rules=rules, demand=demand, variance=variance,
        receipts=_read_receipts(read, rows, span), bucket=bucket, closures=_read_closures(read),
    )  # fmt: skip
    return replace(inputs, network=_read_lanes(read, inputs)) if read.has("lanes") else inputs


def _read_lanes(read: _Reader, inputs: ResolvedInputs) -> FedRows:
    """Return who feeds whom; ship dates are derived again."""
    columns, rows = read.table("lanes"), inputs.rows
    row, source = read.take("lanes", "row", 0, rows - 1), read.take("lanes", "source", -1, rows - 1)
    location = read.take("lanes", "location", 0, len(inputs.locations) - 1)
    lead = read.take("lanes", "lead_time_days", 0, LONGEST_DAYS)
    least = read.take("lanes", "transfer_minimum", 0, LARGEST, kind=np.float64)
    eras = 1 if "pack/1" not in columns else len(inputs.era_starts)
    pack = np.array([read.take("lanes", f"pack/{era}", 1, LARGEST, kind=np.float64) for era in range(eras)])
    if (pack != np.floor(pack)).any():
        _refuse("arrays/lanes, pack: whole units.")
    if not len(row) or (np.diff(row) <= 0).any() or (depths(row, source) < 0).any():
        _refuse("arrays/lanes: fed rows are sorted, each stands once, and none feeds itself in a circle.")
    planned = source >= 0
    if (inputs.item[source[planned]] != inputs.item[row[planned]]).any() or (
        inputs.location[source[planned]] != location[planned]
    ).any():
        _refuse("arrays/lanes, source: the row of the same item at the location that feeds it.")
    review = inputs.review_period_days[row].astype(np.int64)
    calendar, calendars = ship_calendars(
        Closures(inputs), inputs.location[row].astype(np.int64), review, lead,
        (inputs.coverage_first, inputs.coverage_last),
    )  # fmt: skip
    return FedRows(row, source, location, lead, pack, least, calendar, calendars)


def _span(day: np.datetime64) -> tuple[int, int]:
    """Return the first and last day from `as_of` that is a date; a receipt may wait for the day after the last one."""
    since = day.astype(np.int64).item()
    return -LAST_DATE - since, LAST_DATE + 1 - since


def _read_closures(read: _Reader) -> pd.DataFrame:
    """Return when suppliers and locations are closed."""
    columns = read.table("closures")
    if list(columns) != ["scope", "key", "date:from", "date:to"]:
        _refuse("arrays/closures has the columns scope, key, from and to.")
    last = LAST_DATE * DAY_SECONDS
    begin, end = (read.take("closures", name, -last, last) for name in ("date:from", "date:to"))
    scopes, keys = columns["scope"], columns["key"]
    if not set(scopes) <= {"supplier", "location"} or any(not isinstance(key, str) for key in keys):
        _refuse("arrays/closures: a supplier or a location is closed, and named.")
    if ((begin > end) | (begin % DAY_SECONDS > 0) | (end % DAY_SECONDS > 0)).any():
        _refuse("arrays/closures: closed from a day to the same or a later one.")
    return frame_of_columns(columns)


def _frame(read: _Reader, name: str) -> pd.DataFrame:
    """Return a master table whose key is unique, sorted text, with the columns that a plan reads."""
    columns = read.table(name)
    for column in FRAMES[name]:
        if column not in columns or columns[column].dtype != object:
            _refuse(f"arrays/{name} has no text column {column!r}.")
    for column in FRAME_NUMBERS.get(name, ()):
        if column not in columns or columns[column].dtype.kind != "f":
            _refuse(f"arrays/{name} has no number column {column!r}.")
    keys = columns[FRAMES[name][0]]
    if any(key is None for key in keys) or any(a >= b for a, b in pairwise(keys)):
        _refuse(f"arrays/{name}: keys are given, unique and sorted.")
    return frame_of_columns(columns)


def _read_rows(read: _Reader, frames: Mapping[str, pd.DataFrame], calendars: int) -> dict[str, Any]:
    bounds = {
        "item": (0, len(frames["items"]) - 1), "location": (0, len(frames["locations"]) - 1),
        "supplier": (-1, len(frames["suppliers"]) - 1), "ordering": (0, 3), "opening": (-LARGEST, LARGEST),
        "on_hand": (-LARGEST, LARGEST), "unit_cost": (0, np.inf), "unit_price": (0, np.inf), "backorder": (0, 1),
        "review_period_days": (1, LONGEST_DAYS), "review_origin": (-1, len(ORIGINS) - 1),
        "calendar": (0, calendars - 1),
    }  # fmt: skip
    found: dict[str, Any] = {
        name: read.take("rows", name, *bounds[name], kind=_kind(kind), nan=name.startswith("unit_")).astype(kind)
        for name, kind in ROW_COLUMNS.items()
    }
    key = found["item"].astype(np.int64) * (len(frames["locations"]) + 1) + found["location"]
    if (np.diff(key) <= 0).any():
        _refuse("arrays/rows: rows are sorted by item and location, and each stands once.")
    return found


def _kind(kind: type[np.generic]) -> type[np.generic]:
    """Return how a kind comes out of the file: all whole numbers as int64."""
    return np.int64 if np.dtype(kind).kind == "i" else kind


def _read_rules(read: _Reader, rows: int, eras: int) -> Rules:
    columns = read.table("rules", rows)
    limits = {"lead_time_days": LONGEST_DAYS, "safety_stock": LARGEST, "max_stock_is_hard": 1}

    def matrix(name: str, low: float, high: float, kind: type[np.generic]) -> NDArray[Any]:
        count = 1 if f"{name}/1" not in columns else eras
        nan = kind is np.float64
        return np.array(
            [read.take("rules", f"{name}/{era}", low, high, kind=kind, nan=nan) for era in range(count)]
        ).reshape(count, rows)

    found: dict[str, Any] = {}
    for field in fields(Rules):
        if field.name == "safety_method":
            continue
        values = matrix(field.name, 0, limits.get(field.name, LARGEST), np.float64)
        origins = matrix(f"{field.name}.origin", -1, len(ORIGINS) - 1, np.int64).astype(np.int8)
        if values.shape != origins.shape:
            _refuse(f"arrays/rules, {field.name}: values and origins have as many eras.")
        found[field.name] = Resolved(values, origins)
    method = matrix("safety_method", 0, len(SAFETY_METHODS) - 1, np.int64).astype(np.int8)
    _check_rules(found, method)
    return Rules(**found, safety_method=method)


def _check_rules(found: Mapping[str, Resolved], method: NDArray[np.int8]) -> None:
    values = found["safety_stock"].values
    if values.shape != method.shape:
        _refuse("arrays/rules, safety_method: as many eras as safety_stock.")
    cover, level = (method == SAFETY_METHODS.index(name) for name in ("days_of_cover", "cycle_service_level"))
    if not ((values[cover] <= LONGEST_DAYS) & (values[cover] == np.floor(values[cover]))).all():
        _refuse(f"arrays/rules, safety_stock: days of cover are whole and at most {LONGEST_DAYS}.")
    if not ((values[level] > 0) & (values[level] < 1)).all():
        _refuse("arrays/rules, safety_stock: a cycle service level is above 0 and below 1.")
    if (method > SAFETY_METHODS.index("cycle_service_level")).any():
        _refuse("arrays/rules, safety_method: a method that is not computed.")
    multiple = found["order_multiple"].values
    if (multiple < 1).any():
        _refuse("arrays/rules, order_multiple: at least 1.")


def _read_calendars(read: _Reader, last: int) -> tuple[OrderCalendar, ...]:
    read.table("calendars")
    which = read.take("calendars", "calendar", 0, LAST_DAY**2)
    order, arrival = (read.take("calendars", name, 0, NEVER) for name in ("order_day", "arrival_day"))
    covered = read.take("calendars", "in_coverage", 0, 1, kind=np.bool_)
    starts = np.flatnonzero(np.diff(which, prepend=-1))
    if len(which) and (which[starts] != np.arange(len(starts))).any():
        _refuse("arrays/calendars, calendar: numbered from 0 without gaps.")
    found: list[OrderCalendar] = []
    if not len(which):
        return ()
    for part in zip(*(np.split(values, starts[1:]) for values in (order, arrival, covered)), strict=True):
        days, arrivals, inside = part
        orders = int(inside.sum())
        real = days[days < NEVER]
        spans = arrivals[arrivals < NEVER]
        sound = (
            len(days) == orders + 2 and not inside[orders:].any() and (np.diff(real) > 0).all()
            and (np.diff(days) >= 0).all() and (days[:orders] <= last).all() and (days[orders:] > last).all()
            and (arrivals >= days).all() and (spans < LAST_DAY).all()
        )  # fmt: skip
        if not sound:
            _refuse(f"arrays/calendars: calendar {len(found)} has order dates that cannot be.")
        found.append(OrderCalendar(days, arrivals, orders))
    return tuple(found)


def _read_forecast(
    read: _Reader, rows: int, rules: Rules, span: tuple[int, int]
) -> tuple[BucketedDemand, NDArray[np.float64] | None]:
    read.table("buckets")
    starts = read.take("buckets", "start", *span)
    lengths = read.take("buckets", "length", 1, 31)
    if (starts[1:] != starts[:-1] + lengths[:-1]).any():
        _refuse("arrays/buckets: buckets follow one another.")
    count = len(starts)
    first, last = (read.take("rows", name, -1, count - 1).astype(np.int32) for name in ("first", "last"))
    if ((first < 0) != (last < 0)).any() or (first > last).any():
        _refuse("arrays/rows: a row's first forecast bucket is not after its last.")
    quantity = _matrix(read, "forecast", count, rows, lambda name: read.take("forecast", name, 0, 2**53))
    demand = BucketedDemand(starts, lengths, quantity, first, last)
    if (rules.safety_method == SAFETY_METHODS.index("cycle_service_level")).any() and not read.has("variance"):
        _refuse("arrays/variance is missing; a cycle service level needs it.")
    if not read.has("variance"):
        return demand, None

    def variance(name: str) -> NDArray[Any]:
        return read.take("variance", name, 0, 1e300, kind=np.float64)

    return demand, _matrix(read, "variance", count, rows, variance)


def _matrix(read: _Reader, table: str, count: int, rows: int, take: Callable[[str], NDArray[Any]]) -> NDArray[Any]:
    columns = read.table(table, rows)
    if list(columns) != [str(bucket) for bucket in range(count)]:
        _refuse(f"arrays/{table} has one column per bucket, {count} in all.")
    kind = np.int64 if table == "forecast" else np.float64
    found = np.empty((count, rows), dtype=kind)
    for bucket in range(count):
        found[bucket] = take(str(bucket))
    return found


def _read_receipts(read: _Reader, rows: int, span: tuple[int, int]) -> Receipts:
    read.table("receipts")
    row = read.take("receipts", "row", 0, rows - 1)
    day = read.take("receipts", "day", 0, span[1])
    due = read.take("receipts", "due", *span)
    quantity = read.take("receipts", "quantity", 0, LARGEST, kind=np.float64)
    if (np.diff(row) < 0).any() or (day < due).any():
        _refuse("arrays/receipts: sorted by row, and none arrives before it is due.")
    starts = np.searchsorted(row, np.arange(rows + 1)).astype(np.int64)
    return Receipts(starts, day, quantity, due)
