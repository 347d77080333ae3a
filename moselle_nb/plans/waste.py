"""Waste: what of an order is expected to expire before it is sold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from moselle_nb.engines.expected_leftover import demand_of
from moselle_nb.engines.netting import SHELF_LIFE, WASTE
from moselle_nb.engines.projection import project
from moselle_nb.inputs.cumulative import DemandVariance
from moselle_nb.inputs.rebucketing import to_grid
from moselle_nb.plans import frames
from moselle_nb.plans.layout import groups, lay_out
from moselle_nb.plans.shapes import wanted_of
from moselle_nb.plans.uncertain import shape_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from moselle_nb.plans.document import ReplenishmentPlan
    from moselle_nb.plans.layout import DailyBlock
    from moselle_nb.plans.messages import Part

    FloatArray = NDArray[np.float64]

__all__ = ["WASTE_COLUMNS", "expected_waste", "waste", "waste_messages"]

WASTE_COLUMNS = ("item", "location", "order_date", "arrival_date", "quantity", "shelf_life_days", "stock_before",
                 "demand", "expected_waste", "value")  # fmt: skip


def waste(plan: ReplenishmentPlan) -> pd.DataFrame:
    """Build `ReplenishmentPlan.waste`, sorted by row and order date."""
    inputs, lines = plan.inputs, plan.merged.lines
    found = np.flatnonzero(~np.isnan(inputs.shelf_life_days[lines.row]) & (lines.quantity > 0))
    row, order, quantity = lines.row[found], lines.order[found], lines.quantity[found]
    before, demand, units = expected_waste(plan, row, order.astype(np.int64), quantity)
    ordered, arrives = frames.order_days(inputs, row, order)
    return pd.DataFrame({
        "item": frames.names(inputs.items, "item", inputs.item[row]),
        "location": frames.names(inputs.locations, "location", inputs.location[row]),
        "order_date": frames.dates(inputs, ordered), "arrival_date": frames.dates(inputs, arrives),
        "quantity": quantity, "shelf_life_days": inputs.shelf_life_days[row], "stock_before": before,
        "demand": demand, "expected_waste": units, "value": _value(units, inputs.unit_cost[row]),
    })  # fmt: skip


def _value(units: FloatArray, cost: FloatArray) -> FloatArray:
    return np.where(units == 0, 0.0, units * cost)


def expected_waste(
    plan: ReplenishmentPlan, rows: NDArray[np.int64], orders: NDArray[np.int64], quantity: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    r"""Return stock before some orders, the demand of their shelf life, and what of them is expected to expire.

    What is there already is sold first, so of an order of q units that meets x units of stock

    .. math:: E[(x + q - D)^+] - E[(x - D)^+]

    is left when it expires, D the demand of the shelf life from its arrival on: by the forecast's variance where the
    plan has it, else certain. Stock is the plan's projection, which writes nothing off, and as fresh as the order.

    Parameters
    ----------
    plan
        Its orders and edits as they stand.
    rows, orders
        Row and position of the order date, shape (n,).
    quantity
        Units of the order, which need not be the plan's, shape (n,).
    """
    before, demand, units = np.zeros(len(rows)), np.zeros(len(rows)), np.zeros(len(rows))
    distinct = np.unique(rows)
    column = np.full(plan.n_rows, -1)
    for place in groups(plan.inputs, distinct):
        block = lay_out(plan.inputs, plan.config, distinct[place])
        column[:] = -1
        column[block.rows] = np.arange(len(block.rows))
        mine = np.flatnonzero(column[rows] >= 0)
        at, order = column[rows[mine]], orders[mine]
        arrival = block.calendar.arrival_days[order]
        stop = arrival + plan.inputs.shelf_life_days[rows[mine]].astype(np.int64)
        before[mine] = _stock_before(plan, block, at, order)
        demand[mine] = block.cumulative_demand.at_rows(stop, at) - block.cumulative_demand.at_rows(arrival, at)
        variance = _variance(plan, block, at, arrival, stop)
        shape = shape_of(plan.inputs, rows[mine])
        shape = None if shape is None else shape.over(arrival, stop)
        of_life = demand_of(demand[mine], variance, wanted_of(plan.inputs, rows[mine]), shape)
        stock = np.maximum(before[mine], 0.0)
        left = of_life.expected_leftover(stock + quantity[mine]) - of_life.expected_leftover(stock)
        units[mine] = to_grid(np.clip(left, 0.0, quantity[mine]))
    return before, demand, units


def _stock_before(
    plan: ReplenishmentPlan, block: DailyBlock, column: NDArray[np.int64], orders: NDArray[np.int64]
) -> FloatArray:
    """Return stock less backlog at the opening of the arrival day, with all orders of the plan but this one."""
    days, lines = block.end + 1, plan.merged.lines
    place, entry = lines.of_rows(block.rows)
    arrival = block.calendar.arrival_days[lines.order[entry]]
    inside = arrival < days
    receipts = block.receipts.copy()
    np.add.at(receipts, (arrival[inside], place[inside]), lines.quantity[entry[inside]])
    position = block.position
    balance = project(position.demand[:days], receipts, position.opening, backorder=position.backorder)
    net = balance.ending - balance.backlog
    start = position.opening if position.backorder else np.maximum(position.opening, 0.0)
    opening = np.concatenate([start[None], net[:-1]]) + receipts
    own = np.zeros((block.calendar.orders, len(block.rows)))
    own[lines.order[entry], place] = lines.quantity[entry]
    day = np.minimum(block.calendar.arrival_days[orders], days - 1)
    return np.asarray(opening[day, column] - own[orders, column])


def _variance(
    plan: ReplenishmentPlan,
    block: DailyBlock,
    column: NDArray[np.int64],
    first: NDArray[np.int64],
    stop: NDArray[np.int64],
) -> FloatArray:
    """Return the variance of the demand of some days by row."""
    inputs = plan.inputs
    if inputs.variance is None:
        return np.zeros(len(column))
    variance = inputs.variance.take(block.rows, axis=1)
    known = DemandVariance(inputs.demand.take(block.rows), variance, plan.config.beyond_forecast)
    found = np.zeros(len(column))
    for begin, end in {(int(begin), int(end)) for begin, end in zip(first, stop, strict=True)}:
        here = np.flatnonzero((first == begin) & (stop == end))
        found[here] = known.between(begin, end)[column[here]]
    return np.maximum(np.nan_to_num(found), 0.0)


def waste_messages(plan: ReplenishmentPlan) -> Iterator[Part]:
    """Yield what shelf life did to orders: some are smaller, some are expected to be wasted in part."""
    inputs, lines = plan.inputs, plan.merged.lines
    days = frames.order_days(inputs, lines.row, lines.order)[0]
    found = np.flatnonzero(lines.flags & SHELF_LIFE)
    text = "Shelf life leaves {:,.0f} of what is needed: more would expire before it is sold."
    units = lines.suggested[found]
    yield "shelf_life", lines.row[found], days[found], units, [text.format(value) for value in units]
    found = np.flatnonzero(lines.flags & WASTE)
    row, order = lines.row[found], lines.order[found].astype(np.int64)
    placed = lines.suggested[found]
    rules = [plan.order_rules(int(at), int(number)) for at, number in zip(row, order, strict=True)]
    least = np.array([
        np.ceil(max(rule["moq"], 1.0) / rule["order_multiple"]) * rule["order_multiple"] for rule in rules
    ])  # fmt: skip
    wasted = expected_waste(plan, row, order, least)[2] if len(found) else np.zeros(0)
    cost = inputs.unit_cost[row]
    texts = [
        _text(*values) for values in zip(placed.tolist(), least.tolist(), wasted.tolist(), cost.tolist(), strict=True)
    ]
    yield "waste", row, days[found], wasted, texts


def _text(placed: float, least: float, wasted: float, cost: float) -> str:
    worth = "" if np.isnan(cost) else f", worth {wasted * cost:,.2f}"
    expire = f"about {wasted:,.0f} of it would expire unsold{worth}"
    outlasts = f"he smallest legal order, {least:,.0f}, outlasts its shelf life: {expire}"
    return f"T{outlasts}; without it demand goes unserved." if placed > 0 else f"Nothing is ordered: t{outlasts}."
