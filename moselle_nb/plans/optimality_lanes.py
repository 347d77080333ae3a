"""Optimality over lanes: several sources, and moves between locations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from moselle_nb.engines.exact_lanes import SourceLanes
from moselle_nb.engines.exact_share import arriving_gains
from moselle_nb.engines.exact_sources import most_valuable_sources
from moselle_nb.engines.exact_sourcing import least_costly_sources
from moselle_nb.engines.rebalancing import most_gained
from moselle_nb.plans.allocation_values import pack_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.exact_solver import Budget, Solution
    from moselle_nb.plans.optimality import Case

__all__ = ["judge_moves", "judge_sources", "verdict"]

CENT_OF_CENT = 1e-4
"""What a better answer gains less than this, in currency, is the rounding of values."""

UNKNOWN = {"last_value": np.nan, "price": np.nan}


@dataclass(frozen=True, eq=False)
class _ItemLanes:
    """One item of a case: lanes that no edit holds, and what goes over them.

    Parameters
    ----------
    lanes
        Supply is what edits leave.
    takers
        Positions of the destinations in the block.
    sent
        Shape (sources, destinations).
    held
        Units of edits by destination.
    """

    lanes: SourceLanes
    takers: NDArray[np.intp]
    sent: NDArray[np.float64]
    held: NDArray[np.float64]


def _item_lanes(case: Case, item: int) -> _ItemLanes:
    block, routes = case.block, case.block.inputs.routes
    pools = np.flatnonzero(block.item_of_pool == item)
    mine = np.isin(block.pool, pools)
    cells = np.flatnonzero(mine & np.isnan(case.fixed))
    takers, column = np.unique(block.taker[cells], return_inverse=True)
    row, here = np.searchsorted(pools, block.pool[cells]), block.cells.start + cells
    fixed = np.nan_to_num(case.fixed)
    supply = case.available[pools] - np.bincount(block.pool, weights=fixed, minlength=len(case.available))[pools]

    def laid(values: NDArray[np.float64], fill: float) -> NDArray[np.float64]:
        found = np.full((len(pools), len(takers)), fill)
        found[row, column] = values
        return found

    lanes = SourceLanes(
        np.maximum(supply, 0.0), laid(routes.unit_cost[here], np.inf), laid(routes.pack[here], 1.0),
        laid(routes.minimum[here], 1.0),
    )  # fmt: skip
    return _ItemLanes(lanes, takers, laid(case.quantity[cells], 0.0), block.received(fixed)[takers])


def judge_sources(case: Case, clock: Budget) -> list[dict[str, Any]]:
    """Judge the items of a block with several sources: value under ``marginal_value``, else transfer cost."""
    judged = []
    for item in range(len(case.block.items)):
        one = _item_lanes(case, item)
        if case.block.config.method == "marginal_value":
            solution, value = _most_valuable(case, one, clock)
            judged.append({**UNKNOWN, **verdict(solution, max(solution.objective, solution.bound) - value)})
            continue
        found = least_costly_sources(one.sent.sum(axis=0), one.lanes, one.sent, budget=clock.left).solution
        gap = one.lanes.cost(one.sent) - min(found.objective, found.bound)
        judged.append({**UNKNOWN, **verdict(found, gap, "least cost")})
    return judged


def _most_valuable(case: Case, one: _ItemLanes, clock: Budget) -> tuple[Solution, float]:
    """Return the most valuable answer and what the plan's is worth."""
    block, arrays, takers = case.block, case.arrays, one.takers
    blocked = block.inputs.blocked[block.row[takers]]
    need = np.maximum(np.where(blocked, 0.0, arrays.need[takers]) - one.held, 0.0)
    room = np.maximum(np.minimum(arrays.room[takers] - one.held, one.lanes.supply.sum()), 0.0)
    limit = np.broadcast_to(room, one.sent.shape)
    ends = (
        limit if block.config.push else np.minimum(np.where(need > 0, np.ceil(need + one.lanes.pack) - 1, 0.0), limit)
    )
    ends = np.maximum(ends, np.where(one.sent > 0, one.sent.sum(axis=0), 0.0))
    most = np.where(one.lanes.open, ends, 0.0).max(axis=0, initial=0.0)
    least = np.minimum(
        np.maximum(block.presentation(arrays)[takers] - arrays.stock[takers] - one.held, 0.0), one.sent.sum(axis=0)
    )
    value = pack_values(block, arrays, np.zeros(len(takers)), takers)
    gains = arriving_gains(value, arrays.stock[takers] + one.held, most, one.lanes)
    solution = most_valuable_sources(one.lanes, gains, one.sent, least=least, ends=ends, budget=clock.left)
    # The fast rule's own answer comes back where time is out, and is never worth more than what is found.
    stays = most_valuable_sources(one.lanes, gains, one.sent, least=least, ends=ends, budget=0.0)
    return solution, stays.objective


def judge_moves(case: Case, clock: Budget) -> list[dict[str, Any]]:
    """Judge the moves of a plan that rebalances."""
    block, judged = case.block, []
    for item in range(len(block.items)):
        one = _item_lanes(case, item)
        takers, least_gain = one.takers, block.config.min_gain
        need = np.maximum(case.arrays.need[takers] - one.held, 0.0)
        margin = block.inputs.margin[block.row[takers]]
        room = np.floor(np.maximum(case.arrays.room[takers] - one.held, 0.0))
        found = most_gained(one.lanes, need, margin, room, least_gain=least_gain, budget=clock.left)
        served = np.minimum(need, one.sent.sum(axis=0))
        value = float(margin @ served) - one.lanes.cost(one.sent) - least_gain * float((one.sent > 0).sum())
        judged.append({**UNKNOWN, **verdict(found, max(found.objective, found.bound) - value)})
    return judged


def verdict(solution: Solution, gap: float, proof: str = "solver") -> dict[str, Any]:
    """Return status, gap and proof of an item that a solver has seen."""
    if solution.optimal and gap <= CENT_OF_CENT:
        return {"status": "optimal", "gap": 0.0, "proof": proof}
    return {"status": "gap", "gap": max(gap, 0.0), "proof": "better answer" if solution.optimal else "time budget"}
