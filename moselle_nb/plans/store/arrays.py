"""Resolved inputs as named tables of columns: what a plan file holds of them."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from moselle_nb.plans.store.tables import columns_of_frame

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.inputs.calendars import OrderCalendar
    from moselle_nb.plans.document import ReplenishmentPlan
    from moselle_nb.plans.network import FedRows
    from moselle_nb.plans.resolved import Receipts, ResolvedInputs, Rules
    from moselle_nb.plans.row_breaks import RowBreaks
    from moselle_nb.plans.shapes import RowShapes

    Columns = dict[str, NDArray[Any]]

__all__ = [
    "FRAMES",
    "FRAME_NUMBERS",
    "LANE_COLUMNS",
    "OPTIONAL",
    "ROW_COLUMNS",
    "TABLES",
    "by_bucket",
    "order_line_columns",
    "receipt_columns",
    "tables_of_inputs",
]

TABLES = (
    "items",
    "locations",
    "suppliers",
    "closures",
    "rows",
    "rules",
    "eras",
    "calendars",
    "buckets",
    "forecast",
    "receipts",
)
OPTIONAL = ("variance", "lanes", "price_breaks", "shapes")

ROW_COLUMNS = {
    "item": np.int32, "location": np.int32, "supplier": np.int32, "ordering": np.int8, "opening": np.float64,
    "on_hand": np.float64, "unit_cost": np.float64, "unit_price": np.float64, "backorder": np.bool_,
    "review_period_days": np.int32, "review_origin": np.int8, "calendar": np.int32,
}  # fmt: skip
FRAMES = {
    "items": ("item", "name", "product_line", "product_type", "supplier", "grade", "variability", "status"),
    "locations": ("location", "name"),
    "suppliers": ("supplier", "name", "currency", "order_weekdays"),
}
"""The text columns that a plan reads from its master tables."""

LANE_COLUMNS = ("row", "source", "location", "lead_time_days", "transfer_minimum")

FRAME_NUMBERS = {
    "items": ("unit_cost", "unit_price", "volume", "weight"),
    "suppliers": ("min_order_value", "min_order_quantity", "container_volume", "container_weight"),
}


def tables_of_inputs(inputs: ResolvedInputs) -> dict[str, Columns]:
    """Return resolved inputs as named tables of columns."""
    demand = inputs.demand
    rows = {name: getattr(inputs, name) for name in ROW_COLUMNS}
    tables = {
        **{name: columns_of_frame(getattr(inputs, name)) for name in FRAMES},
        "closures": columns_of_frame(inputs.closures),
        "rows": {**rows, **_shelf_life(inputs), "first": demand.first, "last": demand.last},
        "rules": _rules(inputs.rules),
        "eras": {"start": inputs.era_starts},
        "calendars": _calendars(inputs.calendars),
        "buckets": {"start": demand.starts, "length": demand.lengths},
        "forecast": by_bucket(demand.quantity),
        "receipts": receipt_columns(inputs.receipts),
    }  # fmt: skip
    if inputs.variance is not None:
        tables["variance"] = by_bucket(inputs.variance)
    if inputs.shapes is not None:
        tables["shapes"] = _shapes(inputs.shapes)
    if inputs.network is not None:
        tables["lanes"] = _lanes(inputs.network)
    if inputs.price_breaks is not None:
        tables["price_breaks"] = _price_breaks(inputs.price_breaks)
    return tables


def _shelf_life(inputs: ResolvedInputs) -> Columns:
    """Return the column of shelf lives, if anything expires."""
    life = inputs.shelf_life_days
    return {} if np.isnan(life).all() else {"shelf_life_days": life}


def _price_breaks(breaks: RowBreaks) -> Columns:
    """Return price breaks as columns."""
    row = np.repeat(np.arange(len(breaks.starts) - 1), np.diff(breaks.starts))
    return {
        "row": row, "from_quantity": breaks.from_quantity, "unit_cost": breaks.unit_cost,
        "incremental": breaks.incremental[row],
    }  # fmt: skip


def _shapes(shapes: RowShapes) -> Columns:
    """Return the quantile functions of rows, one column per level; periods are those of the forecast."""
    scores = zip(shapes.levels.tolist(), shapes.scores, strict=True)
    return {"row": shapes.row, **{repr(level): score for level, score in scores}}


def _lanes(network: FedRows) -> Columns:
    """Return who feeds whom by which rules; ship dates follow from closures and review periods."""
    columns = {name: getattr(network, name) for name in LANE_COLUMNS}
    return {**columns, **{f"pack/{era}": pack for era, pack in enumerate(network.pack)}}


def _rules(rules: Rules) -> Columns:
    found: Columns = {}
    for field in fields(rules):
        value = getattr(rules, field.name)
        parts = {field.name: value} if field.name == "safety_method" else {
            field.name: value.values, f"{field.name}.origin": value.origins,
        }  # fmt: skip
        found |= {f"{name}/{era}": row for name, matrix in parts.items() for era, row in enumerate(matrix)}
    return found


def _calendars(calendars: tuple[OrderCalendar, ...]) -> Columns:
    lengths = [len(calendar.order_days) for calendar in calendars]
    empty = np.zeros(0, dtype=np.int64)
    return {
        "calendar": np.repeat(np.arange(len(calendars)), lengths),
        "order_day": np.concatenate([empty, *(calendar.order_days for calendar in calendars)]),
        "arrival_day": np.concatenate([empty, *(calendar.arrival_days for calendar in calendars)]),
        "in_coverage": np.concatenate(
            [empty.astype(bool), *(np.arange(n) < c.orders for n, c in zip(lengths, calendars, strict=True))]
        ),
    }


def receipt_columns(receipts: Receipts) -> Columns:
    """Return receipts as columns."""
    row = np.repeat(np.arange(len(receipts.starts) - 1), np.diff(receipts.starts))
    found = {"row": row, "day": receipts.day, "quantity": receipts.quantity, "due": receipts.due}
    return found if receipts.reference is None else {**found, "reference": receipts.reference}


def by_bucket(matrix: NDArray[Any]) -> Columns:
    """Return a matrix as one column for each bucket."""
    return {str(bucket): values for bucket, values in enumerate(matrix)}


def order_line_columns(plan: ReplenishmentPlan) -> Columns:
    """Return the order lines as columns of numbers, to compare with after they were derived again."""
    frame = plan.order_lines
    keys = {f"{name}_day": frame[name].to_numpy(dtype="datetime64[D]") for name in ("order_date", "arrival_date")}
    return {
        "item": np.array([*frame["item"], None], dtype=object)[:-1],
        "location": np.array([*frame["location"], None], dtype=object)[:-1],
        **{name: (date - plan.inputs.as_of).astype(np.int64) for name, date in keys.items()},
        **{name: frame[name].to_numpy() for name in ("suggested_quantity", "quantity", "edited")},
    }
