"""Resolved inputs from the tables of a plan file; every column is checked before it is used."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from moselle_nb.inputs.calendars import NEVER, OrderCalendar
from moselle_nb.inputs.fields import DEMAND_DISTRIBUTIONS
from moselle_nb.plans.constraints import ORIGINS, SAFETY_METHODS, UNCERTAIN_FROM, Resolved
from moselle_nb.plans.network import FedRows, depths, ship_calendars
from moselle_nb.plans.resolved import ResolvedInputs, Rules
from moselle_nb.plans.row_breaks import RowBreaks
from moselle_nb.plans.row_calendars import Closures
from moselle_nb.plans.row_keys import BOUGHT
from moselle_nb.plans.store.arrays import FRAME_NUMBERS, FRAMES, ROW_COLUMNS
from moselle_nb.plans.store.reader import (
    LARGEST,
    LAST_DAY,
    LONGEST_DAYS,
    Reader,
    coverage_of,
    kind_in_file,
    read_closures,
    read_forecast,
    read_frame,
    read_receipts,
    read_shapes,
    refuse,
    span_of,
)  # fmt: skip

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from moselle_nb.plans.config import ReplenishmentConfig

    Columns = dict[str, NDArray[Any]]
    Tables = Mapping[str, Columns]

__all__ = ["inputs_of_tables"]

BY_COST = SAFETY_METHODS.index("cost")


def inputs_of_tables(tables: Tables, config: ReplenishmentConfig, as_of: dt.date, bucket: str) -> ResolvedInputs:
    """Return the resolved inputs that a file holds.

    Raises
    ------
    PlanFileError
        Naming the table and column that cannot be right.
    """
    read = Reader(tables)
    frames: dict[str, Any] = {
        name: read_frame(read, name, texts, FRAME_NUMBERS.get(name, ())) for name, texts in FRAMES.items()
    }
    rows = len(next(iter(read.table("rows").values()), ()))
    read.table("rows", rows)
    day = np.datetime64(as_of, "D")
    first, last = coverage_of(config, as_of)
    span = span_of(day)
    eras = read.take("eras", "start", 0, span[1])
    if not len(eras) or eras[0] != 0 or (np.diff(eras) <= 0).any():
        refuse("arrays/eras, start: eras begin with 0 and increase.")
    calendars = _read_calendars(read, last)
    rules = _read_rules(read, rows, len(eras))
    uncertain = (rules.safety_method >= UNCERTAIN_FROM).any()
    demand, variance = read_forecast(read, rows, span, uncertain=bool(uncertain))
    inputs = ResolvedInputs(
        as_of=day, coverage_first=first, coverage_last=last, **frames, **_read_rows(read, frames, len(calendars)),
        calendars=calendars, era_starts=eras, rules=rules, demand=demand, variance=variance,
        receipts=read_receipts(read, rows, span), bucket=bucket, closures=read_closures(read),
        shapes=read_shapes(read, rows, demand) if read.has("shapes") else None,
    )  # fmt: skip
    found: dict[str, Any] = {"network": _read_lanes(read, inputs)} if read.has("lanes") else {}
    if read.has("price_breaks"):
        found["price_breaks"] = _read_price_breaks(read, inputs)
    return replace(inputs, **found) if found else inputs


def _read_price_breaks(read: Reader, inputs: ResolvedInputs) -> RowBreaks:
    read.table("price_breaks")
    row = read.take("price_breaks", "row", 0, inputs.rows - 1)
    quantity = read.take("price_breaks", "from_quantity", 1, LARGEST, kind=np.float64)
    cost = read.take("price_breaks", "unit_cost", 0, np.inf, kind=np.float64)
    incremental = read.take("price_breaks", "incremental", 0, 1, kind=np.bool_)
    first = np.diff(row, prepend=-1) > 0
    above = np.where(first, inputs.unit_cost[row], np.roll(cost, 1))
    rising, alike = first | (quantity > np.roll(quantity, 1)), first | (incremental == np.roll(incremental, 1))
    sound = (
        len(row) and (np.diff(row) >= 0).all() and (cost <= above).all() and rising.all() and alike.all()
        and (inputs.ordering[row] == BOUGHT).all() and (quantity == np.floor(quantity)).all()
        and not np.isnan(inputs.rules.holding_cost.values[0, row]).any()
    )  # fmt: skip
    if not sound:
        refuse("arrays/price_breaks: of rows that are bought and priced, sorted; larger quantities never cost more.")
    kind = np.zeros(inputs.rows, dtype=bool)
    kind[row] = incremental
    return RowBreaks(np.searchsorted(row, np.arange(inputs.rows + 1)).astype(np.int64), quantity, cost, kind)


def _read_lanes(read: Reader, inputs: ResolvedInputs) -> FedRows:
    """Return who feeds whom; ship dates are derived again."""
    columns, rows = read.table("lanes"), inputs.rows
    row, source = read.take("lanes", "row", 0, rows - 1), read.take("lanes", "source", -1, rows - 1)
    location = read.take("lanes", "location", 0, len(inputs.locations) - 1)
    lead = read.take("lanes", "lead_time_days", 0, LONGEST_DAYS)
    least = read.take("lanes", "transfer_minimum", 0, LARGEST, kind=np.float64)
    eras = 1 if "pack/1" not in columns else len(inputs.era_starts)
    pack = np.array([read.take("lanes", f"pack/{era}", 1, LARGEST, kind=np.float64) for era in range(eras)])
    if (pack != np.floor(pack)).any():
        refuse("arrays/lanes, pack: whole units.")
    if not len(row) or (np.diff(row) <= 0).any() or (depths(row, source) < 0).any():
        refuse("arrays/lanes: fed rows are sorted, each stands once, and none feeds itself in a circle.")
    planned = source >= 0
    if (inputs.item[source[planned]] != inputs.item[row[planned]]).any() or (
        inputs.location[source[planned]] != location[planned]
    ).any():
        refuse("arrays/lanes, source: the row of the same item at the location that feeds it.")
    review = inputs.review_period_days[row].astype(np.int64)
    calendar, calendars = ship_calendars(
        Closures(inputs), inputs.location[row].astype(np.int64), review, lead,
        (inputs.coverage_first, inputs.coverage_last),
    )  # fmt: skip
    return FedRows(row, source, location, lead, pack, least, calendar, calendars)


def _read_rows(read: Reader, frames: Mapping[str, pd.DataFrame], calendars: int) -> dict[str, Any]:
    bounds = {
        "item": (0, len(frames["items"]) - 1), "location": (0, len(frames["locations"]) - 1),
        "supplier": (-1, len(frames["suppliers"]) - 1), "ordering": (0, 3), "opening": (-LARGEST, LARGEST),
        "on_hand": (-LARGEST, LARGEST), "unit_cost": (0, np.inf), "unit_price": (0, np.inf), "backorder": (0, 1),
        "review_period_days": (1, LONGEST_DAYS), "review_origin": (-1, len(ORIGINS) - 1),
        "calendar": (0, calendars - 1),
    }  # fmt: skip
    found: dict[str, Any] = {
        name: read.take("rows", name, *bounds[name], kind=kind_in_file(kind), nan=name.startswith("unit_")).astype(kind)
        for name, kind in ROW_COLUMNS.items()
    }
    if "shelf_life_days" in read.table("rows"):
        life = read.take("rows", "shelf_life_days", 1, LONGEST_DAYS, kind=np.float64, nan=True)
        if (life != np.floor(life))[~np.isnan(life)].any():
            refuse("arrays/rows, shelf_life_days: whole days.")
        found["shelf_life_days"] = life
    key = found["item"].astype(np.int64) * (len(frames["locations"]) + 1) + found["location"]
    if (np.diff(key) <= 0).any():
        refuse("arrays/rows: rows are sorted by item and location, and each stands once.")
    return found


def _read_rules(read: Reader, rows: int, eras: int) -> Rules:
    columns = read.table("rules", rows)
    limits = {
        "lead_time_days": LONGEST_DAYS, "safety_stock": LARGEST, "max_stock_is_hard": 1,
        "demand_distribution": len(DEMAND_DISTRIBUTIONS) - 1,
    }  # fmt: skip

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
            refuse(f"arrays/rules, {field.name}: values and origins have as many eras.")
        found[field.name] = Resolved(values, origins)
    method = matrix("safety_method", 0, len(SAFETY_METHODS) - 1, np.int64).astype(np.int8)
    _check_rules(found, method)
    return Rules(**found, safety_method=method)


def _check_rules(found: Mapping[str, Resolved], method: NDArray[np.int8]) -> None:
    values = found["safety_stock"].values
    if values.shape != method.shape:
        refuse("arrays/rules, safety_method: as many eras as safety_stock.")
    cover, share = method == SAFETY_METHODS.index("days_of_cover"), (method >= UNCERTAIN_FROM) & (method < BY_COST)
    if not ((values[cover] <= LONGEST_DAYS) & (values[cover] == np.floor(values[cover]))).all():
        refuse(f"arrays/rules, safety_stock: days of cover are whole and at most {LONGEST_DAYS}.")
    if not ((values[share] > 0) & (values[share] < 1)).all():
        refuse("arrays/rules, safety_stock: a share is above 0 and below 1.")
    multiple = found["order_multiple"].values
    if (multiple < 1).any():
        refuse("arrays/rules, order_multiple: at least 1.")


def _read_calendars(read: Reader, last: int) -> tuple[OrderCalendar, ...]:
    read.table("calendars")
    which = read.take("calendars", "calendar", 0, LAST_DAY**2)
    order, arrival = (read.take("calendars", name, 0, NEVER) for name in ("order_day", "arrival_day"))
    covered = read.take("calendars", "in_coverage", 0, 1, kind=np.bool_)
    starts = np.flatnonzero(np.diff(which, prepend=-1))
    if len(which) and (which[starts] != np.arange(len(starts))).any():
        refuse("arrays/calendars, calendar: numbered from 0 without gaps.")
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
            refuse(f"arrays/calendars: calendar {len(found)} has order dates that cannot be.")
        found.append(OrderCalendar(days, arrivals, orders))
    return tuple(found)
