"""Allocation over time: what the rule, one ship date after the other, loses against the best of all ship dates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from moselle_nb.engines.exact_over_time import TimeNetwork, least_lost_over_time, lost_over_time
from moselle_nb.engines.exact_solver import Budget
from moselle_nb.exceptions import MoselleError
from moselle_nb.plans.allocating.optimality import cases, shares_of_case
from moselle_nb.plans.frames import dates, names

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.exact_solver import Solution
    from moselle_nb.plans.allocating.optimality import Case
    from moselle_nb.plans.allocating.plan import AllocationPlan

__all__ = ["OverTime", "over_time"]

SHORT = 1.0
"""From so many units on an item counts as short."""

DUST = 1e-6

ITEM_COLUMNS = ("item", "status", "lost_by_rule", "lost_at_best", "cost_by_rule", "cost_at_best", "gap", "measure")
QUANTITY_COLUMNS = ("item", "source", "location", "date", "allocated", "at_best")

NOTES = (
    "Safety stock is no part of what is made smallest: only lost demand and transfer costs are.",
    "What is received inside a window counts from its opening on, for the rule and for the best answer alike.",
)


@dataclass(frozen=True, eq=False)
class OverTime:
    """All ship dates solved at once for the items that run short; made by `AllocationPlan.over_time`.

    Parameters
    ----------
    items
        One row per item that is short: item, status (``optimal``: the best answer is proven best; ``gap``: time ended
        first), lost_by_rule and lost_at_best (units), cost_by_rule and cost_at_best (lost margin and transfer cost in
        currency, or units where a margin is not known: `measure` says which), gap (what could be lost less than in the
        best answer that was found).
    quantities
        Every cell of these items: item, source, location, date, allocated, at_best.
    notes
        What the comparison leaves out.
    """

    plan: AllocationPlan
    items: pd.DataFrame
    quantities: pd.DataFrame
    notes: tuple[str, ...] = NOTES

    def applied(self, *, who: str = "", when: str = "") -> AllocationPlan:
        """Return the plan with the best answer in place: locked cells, one step of undo.

        Raises
        ------
        EditError
            When the plan's own rules, such as a maximum stock on the day, refuse a quantity.
        """
        changed = self.quantities[self.quantities["allocated"] != self.quantities["at_best"]]
        better = set(changed["item"])
        rows = self.quantities[self.quantities["item"].isin(better)]
        edits = [
            {"item": row["item"], "source": row["source"], "location": row["location"],
             "date": f"{row['date']:%Y-%m-%d}", "quantity": int(row["at_best"]), "lock": True,
             "reason": "least lost over all ship dates", "who": who, "when": when}
            for row in rows.to_dict("records")
        ]  # fmt: skip
        return self.plan.edit_many(edits)


def over_time(plan: AllocationPlan) -> OverTime:
    """Solve all ship dates at once for the items that run short.

    Raises
    ------
    MoselleError
        When the configuration does not ask for it, or several sources serve the plan.
    """
    if not plan.config.over_time:
        msg = "The plan does not look at all ship dates at once; allocate with AllocationConfig(over_time=True)."
        raise MoselleError(msg)
    pools = plan.inputs.pools
    if plan.config.mode == "rebalance" or len(np.unique(pools.item)) < len(pools.item):
        msg = "All ship dates are solved at once for one source; this plan has several."
        raise MoselleError(msg)
    clock, items, cells = Budget(plan.config.solver_seconds), [], []
    if len(plan.inputs.ship_days) > 1:
        for dated in _by_block(plan):
            block = dated[0].block
            rows = [np.flatnonzero(block.item == place) for place in range(len(block.items))]
            short = np.sum([_short(case) for case in dated], axis=0)
            least = [shares_of_case(case)[1].presentation[block.item, block.column] for case in dated]
            for place, takers in enumerate(rows):
                if short[takers].sum() >= SHORT and not plan.inputs.blocked[block.row[takers]].all():
                    found = _solved(plan, dated, np.array(least), takers, clock)
                    items.append({"item": block.items[place], **found[0]})
                    cells.append(found[1])
    return _frames(plan, items, cells)


def _by_block(plan: AllocationPlan) -> list[list[Case]]:
    """Return the cases of each block, by ship date."""
    found: list[list[Case]] = []
    for case in cases(plan):
        if case.arrays.date == 0:
            found.append([])
        found[-1].append(case)
    return found


def _short(case: Case) -> NDArray[np.float64]:
    return np.maximum(case.arrays.need - case.block.received(case.quantity), 0.0)


def _solved(
    plan: AllocationPlan, dated: list[Case], least: NDArray[np.float64], takers: NDArray[np.intp], clock: Budget
) -> tuple[dict[str, object], pd.DataFrame]:
    """Return the figures of an item, and its quantities by cell and ship date."""
    block, count = dated[0].block, len(dated)
    cell = block.best_cell[takers]
    sent = np.array([case.quantity[cell] for case in dated])
    fixed = np.array([case.fixed[cell] for case in dated])
    held = np.nan_to_num(fixed)
    network, measure = _network(plan, dated, takers, fixed, least[:, takers])
    start = sent - held
    solution = least_lost_over_time(network, start, budget=clock.left)
    best = solution.quantity + held
    figures = _figures(network, start, solution)
    where = {"cell": np.tile(cell + block.cells.start, count), "date": np.repeat(np.arange(count), len(cell))}
    quantities = pd.DataFrame({**where, "allocated": sent.ravel(), "at_best": best.ravel()})
    return {**figures, "measure": measure}, quantities


def _network(
    plan: AllocationPlan,
    dated: list[Case],
    takers: NDArray[np.intp],
    fixed: NDArray[np.float64],
    least: NDArray[np.float64],
) -> tuple[TimeNetwork, str]:
    """Return the item as a network whose periods are the windows, and what its costs are measured in."""
    block, inputs = dated[0].block, plan.inputs
    free, held = np.isnan(fixed), np.nan_to_num(fixed)
    pool = block.pool[block.best_cell[takers[0]]]
    row, cell = block.row[takers], block.cells.start + block.best_cell[takers]
    before = np.cumsum([0.0, *(case.quantity[block.pool == pool].sum() for case in dated)])[:-1]
    available = np.array([case.available[pool] for case in dated]) + before - held.sum(axis=1).cumsum()
    margin, priced = inputs.margin[row], not np.isnan(inputs.margin[row]).any()
    asks = np.array([(case.arrays.stop > case.arrays.arrival)[takers] for case in dated])
    demand, inflow = (
        np.where(asks, np.array([getattr(case.arrays, name)[takers] for case in dated]), 0.0)
        for name in ("demand", "inflow")
    )
    most = np.nan_to_num(inputs.rules.max_stock.values[0][row], nan=np.inf)
    most = np.where(block.own[takers], np.inf, np.where(inputs.blocked[row], 0.0, most))
    network = TimeNetwork(
        available=np.minimum.accumulate(available[::-1])[::-1],
        landing=np.where(free, np.arange(len(dated))[:, None], len(dated)),
        stock=dated[0].arrays.stock[takers], demand=demand, inflow=inflow + held,
        lost_cost=np.maximum(margin, 0.0) if priced else np.ones(len(row)),
        transfer_cost=inputs.routes.unit_cost[cell] if priced else np.zeros(len(row)),
        pack=inputs.routes.pack[cell], first_pack=inputs.routes.minimum[cell], max_stock=most,
        least=np.where(free, least, 0.0),
    )  # fmt: skip
    return network, "currency" if priced else "units"


def _figures(network: TimeNetwork, start: NDArray[np.float64], solution: Solution) -> dict[str, object]:
    def cost(quantity: NDArray[np.float64], lost: NDArray[np.float64]) -> float:
        return float(network.lost_cost @ lost.sum(axis=0) + network.transfer_cost @ quantity.sum(axis=0))

    lost, least = (lost_over_time(network, quantity) for quantity in (start, solution.quantity))
    return {
        "status": "optimal" if solution.optimal else "gap",
        "lost_by_rule": float(lost.sum()), "lost_at_best": float(least.sum()),
        "cost_by_rule": cost(start, lost), "cost_at_best": cost(solution.quantity, least),
        "gap": 0.0 if solution.gap <= DUST else solution.gap,
    }  # fmt: skip


def _frames(plan: AllocationPlan, items: list[dict[str, object]], cells: list[pd.DataFrame]) -> OverTime:
    inputs = plan.inputs
    frame = pd.DataFrame(items, columns=list(ITEM_COLUMNS))
    frame["item"] = names(inputs.items, "item", frame["item"].to_numpy(np.int64))
    none = pd.DataFrame({name: np.zeros(0) for name in ("cell", "date", "allocated", "at_best")})
    quantities = pd.concat(cells, ignore_index=True) if cells else none
    cell, date = (quantities[name].to_numpy(np.int64) for name in ("cell", "date"))
    row, pool = inputs.routes.row[cell], inputs.routes.pool[cell]
    keyed = quantities.assign(
        item=names(inputs.items, "item", inputs.item[row]), date=dates(inputs, inputs.ship_days[date]),
        source=names(inputs.locations, "location", inputs.pools.source[pool]),
        location=names(inputs.locations, "location", inputs.location[row]),
    )  # fmt: skip
    return OverTime(plan, frame, keyed[list(QUANTITY_COLUMNS)])
