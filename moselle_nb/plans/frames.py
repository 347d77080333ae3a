"""Frames: the views of a plan, built when they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from moselle_nb.engines.judging import NO_DAY, REASONS, STATUSES
from moselle_nb.engines.projection import days_of_cover, project
from moselle_nb.exceptions import EditError, Reject
from moselle_nb.inputs.calendars import WEEKDAYS, weekday_of
from moselle_nb.plans.layout import DAILY_ROWS, groups, lay_out
from moselle_nb.plans.layout import DailyBlock as Block
from moselle_nb.plans.order_arrays import OrderLines
from moselle_nb.plans.price_breaks import order_totals, order_values, prices_paid

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray
    from pandas.api.extensions import ExtensionArray

    from moselle_nb.plans.allocating.inputs import AllocationInputs
    from moselle_nb.plans.config import ReplenishmentConfig
    from moselle_nb.plans.document import ReplenishmentPlan
    from moselle_nb.plans.resolved import ResolvedInputs

DECISIONS = ("out", "unavoidable", "at_risk", "low")
"""Statuses that need a decision."""

FEW_ROWS = 64
"""Up to so many rows are read one by one: after an edit, the page on show needs not the whole plan."""

LINE_COLUMNS = (
    "starting",
    "scheduled_receipts",
    "planned_receipts",
    "demand",
    "sales",
    "unserved",
    "ending",
    "backlog",
    "safety_stock",
    "days_on_hand",
    "suggested_quantity",
    "order_quantity",
)


FEW_WORDS = 8
"""Of a table this many times longer than what is asked for, only that is made text."""


def dates(inputs: AllocationInputs | ResolvedInputs, days: NDArray[np.int64]) -> NDArray[np.datetime64]:
    """Return days from `as_of` as dates; NaT for `NO_DAY`."""
    found = inputs.as_of + np.where(days == NO_DAY, 0, days).astype("timedelta64[D]")
    found[days == NO_DAY] = np.datetime64("NaT")
    return found.astype("datetime64[ns]")


def names(table: pd.DataFrame, column: str, codes: NDArray[np.integer[Any]]) -> ExtensionArray:
    """Return a text column of a master table for each row; null where a row has no record."""
    return words(table[column].to_numpy(object), codes)


def words(names_: Iterable[str | None], codes: NDArray[np.integer[Any]]) -> ExtensionArray:
    """Return the name of each code, null for -1, as pandas keeps text: a million rows need no million texts."""
    known = names_ if isinstance(names_, np.ndarray) else list(names_)
    if len(codes) * FEW_WORDS > len(known):
        return pd.Series(known).array.take(codes, allow_fill=True)
    kind = next((name for name in known if name is not None), None)  # pandas tells from the texts how to keep them
    return pd.Series([*(known[code] if code >= 0 else None for code in codes.tolist()), kind]).array[:-1]


def bucket_edges(inputs: ResolvedInputs, config: ReplenishmentConfig, end: int) -> NDArray[np.int64]:
    """Return the first day of each bucket from day 0 to day `end`, and the day after the last one.

    Buckets are those of the calendar, cut at `as_of`, at the first day of coverage and after its last.
    """
    days = np.arange(end + 1)
    if config.bucket == "day":
        first = days
    elif config.bucket == "month":
        months = (inputs.as_of + days.astype("timedelta64[D]")).astype("datetime64[M]")
        first = days[np.append(True, months[1:] != months[:-1])]
    else:
        weekday = (days + weekday_of(inputs.as_of)) % 7
        first = days[weekday == WEEKDAYS.index(config.week_start[:3])]
    cuts = [0, inputs.coverage_first, inputs.coverage_last + 1, end + 1]
    edges = np.unique(np.concatenate([first, cuts]))
    return edges[(edges >= 0) & (edges <= end + 1)]


def bucket_frame(inputs: ResolvedInputs, edges: NDArray[np.int64]) -> pd.DataFrame:
    """Return date, last_day and in_coverage of buckets."""
    starts, last = edges[:-1], edges[1:] - 1
    inside = (starts >= inputs.coverage_first) & (last <= inputs.coverage_last)
    return pd.DataFrame({"date": dates(inputs, starts), "last_day": dates(inputs, last), "in_coverage": inside})


def _lines_of(plan: ReplenishmentPlan, rows: NDArray[np.intp]) -> tuple[OrderLines, NDArray[np.int64]]:
    """Return the order lines of some rows, and for each its position in `rows`."""
    if len(rows) == plan.n_rows:
        lines = plan.merged.lines
        return lines, lines.row
    if len(rows) <= FEW_ROWS:
        lines = OrderLines.joined([plan.lines_of(int(row)) for row in rows])
    else:
        lines = plan.merged.lines_of(rows)
    return lines, lines.row


def order_days(
    inputs: ResolvedInputs, rows: NDArray[np.int64], order: NDArray[np.int32]
) -> tuple[NDArray[np.int64], ...]:
    """Return order days and arrival days of order lines."""
    widest = max((len(c.order_days) for c in inputs.calendars), default=1)
    table = np.zeros((2, len(inputs.calendars), widest), dtype=np.int64)
    for place, calendar in enumerate(inputs.calendars):
        table[0, place, : len(calendar.order_days)] = calendar.order_days
        table[1, place, : len(calendar.arrival_days)] = calendar.arrival_days
    calendars = inputs.calendar[rows]
    return table[0][calendars, order], table[1][calendars, order]


def lines(plan: ReplenishmentPlan, rows: NDArray[np.intp]) -> pd.DataFrame:
    """Build `ReplenishmentPlan.lines` for some rows."""
    inputs, config = plan.inputs, plan.config
    ends = np.array([c.row_end(inputs.coverage_last) for c in inputs.calendars], dtype=np.int64)
    edges_of = {int(end): bucket_edges(inputs, config, int(end)) for end in np.unique(ends[inputs.calendar[rows]])}
    counts = np.array([len(edges_of[int(end)]) - 1 for end in ends[inputs.calendar[rows]]], dtype=np.int64)
    offset = np.concatenate([[0], np.cumsum(counts)])
    columns = {name: np.empty(offset[-1]) for name in LINE_COLUMNS}
    start, inside = np.empty(offset[-1], dtype=np.int64), np.empty(offset[-1], dtype=bool)
    edited = np.zeros(offset[-1], dtype=bool)
    order_lines_ = _lines_of(plan, rows)[0]
    for place in groups(inputs, rows, DAILY_ROWS):
        block = lay_out(inputs, config, rows[place])
        edges = edges_of[block.end]
        where = offset[place][:, None] + np.arange(len(edges) - 1)
        part = _block_lines(block, edges, order_lines_, *order_lines_.of_rows(place))
        for name, values in part.items():
            target = edited if name == "edited" else columns[name]
            target[where] = values.T
        start[where] = edges[:-1]
        inside[where] = (edges[:-1] >= inputs.coverage_first) & (edges[1:] - 1 <= inputs.coverage_last)
    row = np.repeat(rows, counts)
    frame = {
        "item": names(inputs.items, "item", inputs.item[row]),
        "location": names(inputs.locations, "location", inputs.location[row]),
        "date": dates(inputs, start), "in_coverage": inside,
    }  # fmt: skip
    return pd.DataFrame({**frame, **columns, "edited": edited})


def _block_lines(
    block: Block,
    edges: NDArray[np.int64],
    source: OrderLines,
    column: NDArray[np.int64],
    entry: NDArray[np.int64],
) -> dict[str, NDArray[Any]]:
    """Return the columns of a block by bucket, shape (buckets, rows of the block)."""
    days, width = block.end + 1, len(block.rows)
    order, quantity = source.order[entry], source.quantity[entry]
    planned = np.zeros((days, width))
    arrival = block.calendar.arrival_days[order]
    np.add.at(planned, (arrival[arrival < days], column[arrival < days]), quantity[arrival < days])
    demand, starts, last = block.position.demand[:days], edges[:-1], edges[1:] - 1
    balance = project(demand, block.receipts + planned, block.position.opening, backorder=block.position.backorder)
    bucket = np.searchsorted(edges, block.calendar.order_days[order], side="right") - 1
    shape = (len(starts), width)
    suggested, ordered, edited = np.zeros(shape), np.zeros(shape), np.zeros(shape, dtype=bool)
    np.add.at(suggested, (bucket, column), source.suggested[entry])
    np.add.at(ordered, (bucket, column), quantity)
    np.logical_or.at(edited, (bucket, column), source.edited[entry])
    ending = balance.ending[last]
    opening = np.maximum(block.position.opening, 0.0)[None]
    sums = {name: np.add.reduceat(values, starts, axis=0) for name, values in (
        ("scheduled_receipts", block.receipts), ("planned_receipts", planned), ("demand", demand),
        ("sales", balance.sales), ("unserved", balance.unserved))}  # fmt: skip
    return {
        **sums, "starting": np.concatenate([opening, ending[:-1]]), "ending": ending, "backlog": balance.backlog[last],
        "safety_stock": block.position.safety_stock[last],
        "days_on_hand": days_of_cover(ending, block.cumulative_demand, edges[1:]),
        "suggested_quantity": suggested, "order_quantity": ordered, "edited": edited,
    }  # fmt: skip


def order_lines(plan: ReplenishmentPlan) -> pd.DataFrame:
    """Build `ReplenishmentPlan.order_lines`."""
    inputs, source = plan.inputs, plan.merged.lines
    kept = (source.suggested > 0) | source.edited
    row, order = source.row[kept], source.order[kept]
    ordered, arrives = order_days(inputs, row, order)
    quantity = source.quantity[kept]
    return pd.DataFrame({
        "item": names(inputs.items, "item", inputs.item[row]),
        "location": names(inputs.locations, "location", inputs.location[row]),
        "supplier": names(inputs.suppliers, "supplier", inputs.supplier[row]),
        "order_date": dates(inputs, ordered), "arrival_date": dates(inputs, arrives),
        "suggested_quantity": source.suggested[kept], "quantity": quantity, "edited": source.edited[kept],
        "unit_cost": prices_paid(inputs, row, quantity), "value": order_values(inputs, row, quantity),
    })  # fmt: skip


def order_matrix(plan: ReplenishmentPlan, rows: NDArray[np.intp]) -> tuple[NDArray[Any], ...]:
    """Return units ordered, units suggested and whether an edit stands, by row and bucket of `plan.buckets`."""
    inputs = plan.inputs
    edges = bucket_edges(inputs, plan.config, inputs.coverage_last)
    source, place = _lines_of(plan, rows)
    shape = (len(rows), len(edges) - 1)
    quantity, suggested, edited = np.zeros(shape), np.zeros(shape), np.zeros(shape, dtype=bool)
    ordered, _ = order_days(inputs, rows[place], source.order)
    bucket = np.searchsorted(edges, ordered, side="right") - 1
    np.add.at(quantity, (place, bucket), source.quantity)
    np.add.at(suggested, (place, bucket), source.suggested)
    np.logical_or.at(edited, (place, bucket), source.edited)
    return quantity, suggested, edited


def summary(plan: ReplenishmentPlan) -> pd.DataFrame:
    """Build `ReplenishmentPlan.summary`."""
    inputs, arrays = plan.inputs, plan.merged
    figures = arrays.figures
    item, price = inputs.item, np.where(np.isnan(inputs.unit_price), inputs.unit_cost, inputs.unit_price)
    totals = arrays.total_quantity()
    next_day, next_quantity = _next_orders(plan)
    frame = {
        "item": names(inputs.items, "item", item),
        "location": names(inputs.locations, "location", inputs.location),
        "name": names(inputs.items, "name", item),
        "supplier": names(inputs.suppliers, "supplier", inputs.supplier),
        "product_line": names(inputs.items, "product_line", item),
        "product_type": names(inputs.items, "product_type", item),
        "grade": names(inputs.items, "grade", item),
        "variability": names(inputs.items, "variability", item),
        "status": _labels(STATUSES, figures.status), "reason": _labels(REASONS[1:], figures.reason - 1),
        "first_stockout": dates(inputs, figures.first_stockout), "order_by": dates(inputs, figures.order_by),
        "next_order_date": dates(inputs, next_day), "next_order_quantity": next_quantity,
        "total_order_quantity": totals, "total_order_value": _order_value(plan, totals),
        "on_hand": inputs.on_hand, "on_order": _on_order(inputs),
        "lead_time_days": inputs.rules.lead_time_days.values[0], "safety_stock": figures.safety_stock,
        "demand_28d": figures.demand_28d, "unserved_without_orders": figures.unserved_without_orders,
        "unserved": figures.unserved, "unserved_value": _value(figures.unserved_without_orders, price),
        "ending": figures.ending, "days_on_hand": figures.days_on_hand, "excess_units": figures.excess_units,
        "excess_value": _value(figures.excess_units, inputs.unit_cost),
    }  # fmt: skip
    return pd.DataFrame(frame)


def _order_value(plan: ReplenishmentPlan, totals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what the orders of each row cost, at the price of their quantities."""
    if plan.inputs.price_breaks is None:
        return np.where(totals == 0, 0.0, totals * plan.inputs.unit_cost)
    return order_totals(plan.inputs, plan.merged.lines.row, plan.merged.lines.quantity)


def _labels(known: Sequence[str], codes: NDArray[np.integer[Any]]) -> ExtensionArray:
    """Return the label of each code; null for one that has none, so that the checker can report it."""
    return words(known, np.where((codes >= 0) & (codes < len(known)), codes, -1))


def _value(units: NDArray[np.float64], per_unit: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(units == 0, 0.0, units * per_unit)


def _on_order(inputs: ResolvedInputs) -> NDArray[np.float64]:
    total = np.concatenate([[0.0], np.cumsum(inputs.receipts.quantity)])
    return total[inputs.receipts.starts[1:]] - total[inputs.receipts.starts[:-1]]


def _next_orders(plan: ReplenishmentPlan) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    first, quantity = plan.merged.first_order()
    day = np.full(plan.inputs.rows, NO_DAY, dtype=np.int64)
    placed = np.flatnonzero(first >= 0)
    day[placed] = order_days(plan.inputs, placed, first[placed])[0]
    return day, quantity


def at_risk(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that need a decision: by order_by (none first), then unserved value, then key."""
    found = frame[frame["status"].isin(DECISIONS)]
    order = found.sort_values(
        ["order_by", "unserved_value", "item", "location"],
        ascending=[True, False, True, True],
        na_position="first",
        kind="stable",
    )
    return order.reset_index(drop=True)


def cell_edit(plan: ReplenishmentPlan, row: int, bucket: int, quantity: float) -> dict[str, Any]:
    """Turn a new value of a cell into an edit of its last order line."""
    item, location = plan.key_of(row)
    cell = plan.buckets.iloc[bucket]
    days = plan.order_dates(row)
    inside = np.flatnonzero((days >= np.datetime64(cell["date"], "D")) & (days <= np.datetime64(cell["last_day"], "D")))
    label = cell["date"].date()
    if not len(inside):
        after = np.flatnonzero(days > np.datetime64(cell["last_day"], "D"))
        before = np.flatnonzero(days < np.datetime64(cell["date"], "D"))
        near = [str(days[place[at]]) for place, at in ((before, -1), (after, 0)) if len(place)]
        why = f"the nearest order dates are {' and '.join(near)}" if near else plan.why_no_orders(row)
        text = f"no order can be placed between {label} and {cell['last_day'].date()}; {why}."
        raise EditError([Reject(item, location, label, quantity, text)])
    others = sum(plan.quantity_of(row, int(order)) for order in inside[:-1])
    if quantity < others:
        text = f"{len(inside) - 1} earlier order lines of this cell already hold {others:,.0f}; edit those first."
        raise EditError([Reject(item, location, label, quantity, text, (int(others),))])
    return {"item": item, "location": location, "date": days[inside[-1]], "quantity": quantity - others}
