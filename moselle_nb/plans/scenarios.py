"""What happens to the rows of a replenishment plan when goods are also moved between them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from moselle_nb.engines.netting import unserved_with_orders
from moselle_nb.plans.dependent import with_dependents
from moselle_nb.plans.layout import groups, lay_out_for
from moselle_nb.plans.network import HORIZON_DAYS, DependentDemand
from moselle_nb.plans.replenishment import plan_rows
from moselle_nb.plans.resolved import Receipts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.plans.allocating.plan import AllocationPlan
    from moselle_nb.plans.document import ReplenishmentPlan
    from moselle_nb.plans.order_arrays import PlanArrays
    from moselle_nb.plans.resolved import ResolvedInputs

__all__ = ["Moves", "moves_between", "orders_after", "unserved_units"]


@dataclass(frozen=True, eq=False)
class Moves:
    """Transfers between rows of a replenishment plan, shape (moves,) each.

    Parameters
    ----------
    source, destination
        Rows of the plan; -1 where the plan does not have the row.
    shipped, arrives
        Days from `as_of`.
    quantity
        Units.
    cost
        Of the transfers, in currency.
    """

    source: NDArray[np.int64]
    destination: NDArray[np.int64]
    shipped: NDArray[np.int64]
    arrives: NDArray[np.int64]
    quantity: NDArray[np.float64]
    cost: NDArray[np.float64]

    def none(self) -> Moves:
        """Return no moves at all."""
        return Moves(
            *(getattr(self, name)[:0] for name in ("source", "destination", "shipped", "arrives", "quantity", "cost"))
        )


def rows_in(plan: ReplenishmentPlan, items: pd.Series, places: pd.Series) -> NDArray[np.int64]:
    """Return the row of each pair of item and location; -1 where the plan has none."""
    inputs = plan.inputs
    count = len(inputs.locations)
    item = pd.Index(inputs.items["item"]).get_indexer(pd.Index(items)).astype(np.int64)
    place = pd.Index(inputs.locations["location"]).get_indexer(pd.Index(places)).astype(np.int64)
    keys = inputs.item.astype(np.int64) * count + inputs.location
    wanted = item * count + place
    row = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where((item >= 0) & (place >= 0) & (keys[row] == wanted), row, -1)


def moves_between(plan: ReplenishmentPlan, shares: AllocationPlan) -> Moves:
    """Return the transfers of an allocation as moves between the rows of a replenishment plan."""
    inputs, routes = shares.inputs, shares.inputs.routes
    date, cell = np.nonzero((shares.merged.quantity > 0) & ~routes.own)
    row, pool = routes.row[cell], routes.pool[cell]
    names, places = inputs.items["item"], inputs.locations["location"]
    item = names.iloc[inputs.item[row]]
    quantity = shares.merged.quantity[date, cell]
    return Moves(
        rows_in(plan, item, places.iloc[inputs.pools.source[pool]]),
        rows_in(plan, item, places.iloc[inputs.location[row]]),
        inputs.ship_days[date], routes.arrival[date, cell], quantity, quantity * routes.unit_cost[cell],
    )  # fmt: skip


def with_arrivals(inputs: ResolvedInputs, moves: Moves) -> ResolvedInputs:
    """Add what moves bring as scheduled receipts."""
    receipts, known = inputs.receipts, moves.destination >= 0
    row = np.concatenate([np.repeat(np.arange(inputs.rows), np.diff(receipts.starts)), moves.destination[known]])
    day = np.concatenate([receipts.day, moves.arrives[known]])
    quantity = np.concatenate([receipts.quantity, moves.quantity[known]])
    due = np.concatenate([receipts.due, moves.arrives[known]])
    order = np.lexsort((due, row))
    starts = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=inputs.rows))]).astype(np.int64)
    return replace(inputs, receipts=Receipts(starts, day[order], quantity[order], due[order]))


def with_departures(inputs: ResolvedInputs, moves: Moves) -> ResolvedInputs:
    """Add what moves take as demand of the rows that they leave, on the day on which they are shipped."""
    old, known = inputs.dependent, moves.source >= 0
    row, day, quantity = moves.source[known], moves.shipped[known], moves.quantity[known]
    last = inputs.coverage_last + HORIZON_DAYS
    shipped = np.zeros(0)
    if old is not None:
        row = np.concatenate([np.repeat(np.arange(inputs.rows), np.diff(old.starts)), row])
        day, quantity = np.concatenate([old.day, day]), np.concatenate([old.quantity, quantity])
        last, shipped = old.last_day, old.shipped
    key, place = np.unique(row * (last + 1) + day, return_inverse=True)
    total = np.bincount(place, weights=quantity, minlength=len(key)).astype(np.float64)
    starts = np.searchsorted(key // (last + 1), np.arange(inputs.rows + 1)).astype(np.int64)
    return replace(inputs, dependent=DependentDemand(starts, key % (last + 1), total, last, shipped))


def unserved_units(plan: ReplenishmentPlan, moves: Moves, *, ordered: bool) -> NDArray[np.float64]:
    """Return the demand of each row that goes unserved on the judged days, in units: its own and what leaves it.

    Parameters
    ----------
    plan
        Its rows, stock and scheduled receipts; requirements of fed rows count only as far as moves carry them.
    moves
        Transfers that happen.
    ordered
        Whether the plan's orders are placed.
    """
    inputs = with_departures(with_arrivals(replace(plan.inputs, dependent=None), moves), moves)
    found, lines = np.zeros(inputs.rows), plan.merged.lines
    for rows in groups(inputs, np.arange(inputs.rows)):
        block = lay_out_for(inputs, plan.config, rows)
        quantity = np.zeros((block.calendar.orders, len(rows)))
        if ordered:
            place, entry = lines.of_rows(rows)
            quantity[lines.order[entry], place] = lines.quantity[entry]
        found[rows] = unserved_with_orders(block.position, block.windows, quantity, inputs.coverage_last)
    return found


def orders_after(plan: ReplenishmentPlan, moves: Moves) -> PlanArrays:
    """Return what the plan would order if the moves were a fact: edits of the plan stand."""
    arrived = with_dependents(with_arrivals(replace(plan.inputs, dependent=None), moves), plan.config)
    inputs = with_departures(arrived, moves)
    return plan_rows(inputs, plan.config, np.arange(inputs.rows), plan.fixed)
