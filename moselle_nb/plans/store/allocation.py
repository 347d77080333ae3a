"""Allocation inputs as tables of a plan file, and back; every column is checked before it is used."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from moselle_nb.plans.allocating.clock import CutOff
from moselle_nb.plans.allocating.inputs import (
    AllocationInputs,
    AllocationRules,
    Pools,
    priorities,
    receipts_at,
    ships_on,
)
from moselle_nb.plans.allocating.rebalancing import DOES_NOT_PAY
from moselle_nb.plans.allocating.routes import Routes, arrivals
from moselle_nb.plans.constraints import ORIGINS, SAFETY_METHODS, Resolved
from moselle_nb.plans.resolved import MAX_DAYS_AHEAD, Receipts
from moselle_nb.plans.row_calendars import Closures
from moselle_nb.plans.store.arrays import by_bucket, receipt_columns
from moselle_nb.plans.store.reader import (
    LARGEST,
    LONGEST_DAYS,
    Reader,
    coverage_of,
    read_closures,
    read_forecast,
    read_frame,
    read_receipts,
    refuse,
    span_of,
)  # fmt: skip
from moselle_nb.plans.store.tables import columns_of_frame

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from moselle_nb.plans.allocating.clock import Decided
    from moselle_nb.plans.allocating.config import AllocationConfig
    from moselle_nb.plans.allocating.plan import AllocationPlan

    Columns = dict[str, NDArray[Any]]

__all__ = [
    "ALLOCATION_OPTIONAL",
    "ALLOCATION_TABLES",
    "allocated_columns",
    "allocation_of_tables",
    "allocation_tables",
    "cut_off_columns",
    "decided_of_tables",
]

ALLOCATION_TABLES = (
    "items", "locations", "closures", "rows", "rules", "pools", "cells", "buckets", "forecast", "receipts",
)  # fmt: skip
ALLOCATION_OPTIONAL = ("variance", "cut_off")

CUT_OFF = ("step", "date", "first_pool", "stop_pool", "turn", "item")

FRAMES = {
    "items": ("item", "name", "product_line", "product_type", "supplier", "grade", "variability", "status"),
    "locations": ("location", "name", "kind"),
}
FRAME_NUMBERS = {"items": ("unit_cost", "unit_price", "volume"), "locations": ("priority", "capacity_volume")}

SAFETY_KNOWN = SAFETY_METHODS.index("cycle_service_level")
"""The last safety-stock method that an allocation computes."""


def allocation_tables(inputs: AllocationInputs) -> dict[str, Columns]:
    """Return allocation inputs as named tables of columns; what follows from them is left out."""
    demand, pools, routes = inputs.demand, inputs.pools, inputs.routes
    receipts = {**receipt_columns(replace(inputs.receipts, reference=None)), "planned": inputs.planned}
    if inputs.reference is not None:
        receipts["reference"] = inputs.reference
    found: dict[str, Columns] = {
        **{name: columns_of_frame(getattr(inputs, name)) for name in (*FRAMES, "closures")},
        "rows": {
            "item": inputs.item, "location": inputs.location, "supplier": inputs.supplier, "opening": inputs.opening,
            "on_hand": inputs.on_hand, "unit_cost": inputs.unit_cost, "unit_price": inputs.unit_price,
            "first": demand.first, "last": demand.last,
        },
        "rules": _rule_columns(inputs.rules),
        "pools": {
            name: getattr(pools, name)
            for name in ("item", "source", "row", "on_hand", "committed", "hold_back", "hold_back_origin")
        } | {"counted_twice": np.isin(pools.source, inputs.counted_twice)},
        "cells": {
            name: getattr(routes, name)
            for name in ("pool", "row", "lead_time_days", "unit_cost", "pack", "minimum", "said")
        },
        "buckets": {"start": demand.starts, "length": demand.lengths},
        "forecast": by_bucket(demand.quantity),
        "receipts": receipts,
    }  # fmt: skip
    return found if inputs.variance is None else {**found, "variance": by_bucket(inputs.variance)}


def _rule_columns(rules: AllocationRules) -> Columns:
    found: Columns = {}
    for about in fields(rules):
        value = getattr(rules, about.name)
        if about.name == "safety_method":
            found[about.name] = value[0]
        else:
            found |= {about.name: value.values[0], f"{about.name}.origin": value.origins[0]}
    return found


def allocated_columns(plan: AllocationPlan) -> Columns:
    """Return what is allocated as columns, to compare with after it was derived again: cells that get something."""
    merged, inputs = plan.merged, plan.inputs
    date, cell = np.nonzero((merged.quantity > 0) | (merged.suggested > 0) | plan.edited)
    items, places = (
        np.array([*table, None], dtype=object) for table in (inputs.items["item"], inputs.locations["location"])
    )
    row, pool = inputs.routes.row[cell], inputs.routes.pool[cell]
    return {
        "item": items[inputs.item[row]], "source": places[inputs.pools.source[pool]],
        "location": places[inputs.location[row]], "day": inputs.ship_days[date],
        "suggested_quantity": merged.suggested[date, cell], "allocated": merged.quantity[date, cell],
        "edited": plan.edited[date, cell],
    }  # fmt: skip


def cut_off_columns(decided: Decided) -> Columns:
    """Return what the time for solvers cut off as columns: quantities that no arithmetic gives again."""
    keys = np.array([key for key, cut in decided.items() for _ in cut.cell], dtype=np.int64).reshape(-1, len(CUT_OFF))
    parts = {
        name: np.concatenate([getattr(cut, name) for cut in decided.values()])
        for name in ("cell", "quantity", "stopped")
    }
    return {**dict(zip(CUT_OFF, keys.T, strict=True)), **parts}


def decided_of_tables(tables: Mapping[str, Columns]) -> Decided:
    """Return what was cut off; empty where nothing was.

    Raises
    ------
    PlanFileError
        Naming the column that cannot be right.
    """
    if "cut_off" not in tables:
        return {}
    read = Reader(tables)
    read.table("cut_off")
    keys = np.stack([read.take("cut_off", name, -1, LARGEST) for name in CUT_OFF], axis=1)
    cell, stopped = read.take("cut_off", "cell", 0, LARGEST), read.take("cut_off", "stopped", 0, DOES_NOT_PAY)
    quantity = read.take("cut_off", "quantity", 0, LARGEST, kind=np.float64)
    if (quantity != np.floor(quantity)).any():
        refuse("arrays/cut_off, quantity: whole units.")
    found: dict[tuple[int, ...], list[int]] = {}
    for place, key in enumerate(map(tuple, keys.tolist())):
        found.setdefault(key, []).append(place)
    return {key: CutOff(cell[at], quantity[at], stopped[at].astype(np.int8)) for key, at in found.items()}


@dataclass(frozen=True)
class _Closed:
    """What closures are read from."""

    as_of: np.datetime64
    closures: pd.DataFrame
    locations: pd.DataFrame
    suppliers: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"supplier": []}))


def allocation_of_tables(
    tables: Mapping[str, Columns], config: AllocationConfig, as_of: dt.date, bucket: str
) -> AllocationInputs:
    """Return the allocation inputs that a file holds.

    Raises
    ------
    PlanFileError
        Naming the table and column that cannot be right.
    """
    read, day = Reader(tables), np.datetime64(as_of, "D")
    items, locations = (read_frame(read, name, texts, FRAME_NUMBERS[name]) for name, texts in FRAMES.items())
    for table, name in (("items", "volume"), ("locations", "capacity_volume")):
        read.take(table, name, 0, LARGEST, kind=np.float64, nan=True)
    rows = len(next(iter(read.table("rows").values()), ()))
    first, last = coverage_of(config, as_of)
    if last > MAX_DAYS_AHEAD:
        refuse(f"coverage ends {last:,} days after {as_of}; a plan looks at most {MAX_DAYS_AHEAD:,} days ahead.")
    ship_days = ships_on(config, day, first, last)
    item, location = _keys(read, "rows", "location", len(items), len(locations))
    rules = _read_rules(read, rows)
    uncertain = (rules.safety_method == SAFETY_KNOWN).any() or config.method == "marginal_value"
    demand, variance = read_forecast(read, rows, span_of(day), uncertain=bool(uncertain))
    receipts = read_receipts(read, rows, span_of(day))
    planned = read.take("receipts", "planned", 0, 1, kind=np.bool_)
    pools = _read_pools(read, (item, location), (len(items), len(locations)), receipts, planned, config)
    closures = read_closures(read)
    closed = Closures(_Closed(day, closures, locations))
    cost, price = (_money(read, "rows", name) for name in ("unit_cost", "unit_price"))
    shortage = rules.shortage_cost.values[0]
    return AllocationInputs(
        as_of=day, coverage_first=first, coverage_last=last, ship_days=ship_days, items=items, locations=locations,
        closures=closures, item=item, location=location,
        blocked=(items["status"].to_numpy(object) == "blocked")[item], priority=priorities(locations)[location],
        opening=read.take("rows", "opening", 0, LARGEST, kind=np.float64),
        on_hand=read.take("rows", "on_hand", -LARGEST, LARGEST, kind=np.float64), unit_cost=cost, unit_price=price,
        margin=np.where(np.isnan(shortage), price - cost, shortage), rules=rules, demand=demand, variance=variance,
        receipts=receipts, planned=planned, pools=pools,
        routes=_read_routes(read, (item, location), pools, ship_days, closed, config),
        bucket=bucket, supplier=_texts(read, "rows", "supplier"),
        reference=_texts(read, "receipts", "reference") if "reference" in read.table("receipts") else None,
        counted_twice=np.unique(pools.source[read.take("pools", "counted_twice", 0, 1, kind=np.bool_)]).astype(np.intp),
    )  # fmt: skip


def _texts(read: Reader, table: str, column: str) -> NDArray[np.object_]:
    values = read.table(table).get(column)
    if values is None or values.dtype != object:
        refuse(f"arrays/{table} has no text column {column!r}.")
    return values


def _money(read: Reader, table: str, name: str) -> NDArray[np.float64]:
    return read.take(table, name, 0, np.inf, kind=np.float64, nan=True)


def _keys(
    read: Reader, table: str, place: str, items: int, locations: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return positions of items and locations of a table that is sorted by both and names each pair once."""
    item = read.take(table, "item", 0, items - 1)
    location = read.take(table, place, 0, locations - 1)
    if (np.diff(item * (locations + 1) + location) <= 0).any():
        refuse(f"arrays/{table}: sorted by item and {place}, and each stands once.")
    return item.astype(np.int32), location.astype(np.int32)


def _read_rules(read: Reader, rows: int) -> AllocationRules:
    read.table("rules", rows)
    found: dict[str, Any] = {}
    for about in fields(AllocationRules):
        if about.name == "safety_method":
            continue
        values = read.take("rules", about.name, 0, LARGEST, kind=np.float64, nan=True)
        origins = read.take("rules", f"{about.name}.origin", -1, len(ORIGINS) - 1)
        found[about.name] = Resolved(values[None], origins[None].astype(np.int8))
    method = read.take("rules", "safety_method", 0, SAFETY_KNOWN).astype(np.int8)
    amount = found["safety_stock"].values[0]
    cover, level = (method == SAFETY_METHODS.index(name) for name in ("days_of_cover", "cycle_service_level"))
    if not ((amount[cover] <= LONGEST_DAYS) & (amount[cover] == np.floor(amount[cover]))).all():
        refuse(f"arrays/rules, safety_stock: days of cover are whole and at most {LONGEST_DAYS}.")
    if not ((amount[level] > 0) & (amount[level] < 1)).all():
        refuse("arrays/rules, safety_stock: a cycle service level is above 0 and below 1.")
    return AllocationRules(**found, safety_method=method[None])


def _read_pools(
    read: Reader,
    rows: tuple[NDArray[np.int32], NDArray[np.int32]],
    sizes: tuple[int, int],
    receipts: Receipts,
    planned: NDArray[np.bool_],
    config: AllocationConfig,
) -> Pools:
    """Return the pools; what lands in them follows from the receipts of their rows."""
    read.table("pools")
    item, source = _keys(read, "pools", "source", *sizes)
    row = read.take("pools", "row", -1, len(rows[0]) - 1)
    known = row >= 0
    if (rows[0][row[known]] != item[known]).any() or (rows[1][row[known]] != source[known]).any():
        refuse("arrays/pools, row: the row of the same item at the source.")
    units = {
        name: read.take("pools", name, 0, LARGEST, kind=np.float64) for name in ("on_hand", "committed", "hold_back")
    }
    landing, marked = receipts_at(receipts, planned, row if config.include_inbound else np.full_like(row, -1))
    origin = read.take("pools", "hold_back_origin", -1, len(ORIGINS) - 1).astype(np.int8)
    return Pools(item, source, row, **units, hold_back_origin=origin, receipts=landing, planned=marked)


def _read_routes(
    read: Reader,
    rows: tuple[NDArray[np.int32], NDArray[np.int32]],
    pools: Pools,
    ship_days: NDArray[np.int64],
    closures: Closures,
    config: AllocationConfig,
) -> Routes:
    """Return the cells; arrivals, own rows and rows that nothing reaches follow from them."""
    read.table("cells")
    pool, row = read.take("cells", "pool", 0, len(pools.item) - 1), read.take("cells", "row", 0, len(rows[0]) - 1)
    if (np.diff(pool * (len(rows[0]) + 1) + row) <= 0).any() or (pools.item[pool] != rows[0][row]).any():
        refuse("arrays/cells: sorted by pool and row, each stands once, and both are of one item.")
    lead = read.take("cells", "lead_time_days", 0, LONGEST_DAYS)
    pack, least = (read.take("cells", name, 1, LARGEST, kind=np.float64) for name in ("pack", "minimum"))
    if (pack != np.floor(pack)).any() or (least % pack != 0).any():
        refuse("arrays/cells: packs are whole units, transfer minimums whole packs.")
    own = pools.source[pool] == rows[1][row]
    if (lead[own] != 0).any() or (least[own] != 1).any():
        refuse("arrays/cells: a source serves itself at once, by the unit.")
    reached = np.zeros(len(rows[0]), dtype=bool)
    reached[row] = True
    is_source = np.isin(rows[1], pools.source)
    return Routes(
        pool=pool, row=row, arrival=np.stack([arrivals(day + lead, rows[1][row], own, closures) for day in ship_days]),
        lead_time_days=lead, unit_cost=read.take("cells", "unit_cost", 0, LARGEST, kind=np.float64), pack=pack,
        minimum=least, own=own,
        unreached=np.flatnonzero(~reached & ~is_source & (config.mode == "distribute")),
        said=read.take("cells", "said", 0, 7).astype(np.int8),
    )  # fmt: skip
