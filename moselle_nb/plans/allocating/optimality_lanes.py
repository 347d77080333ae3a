"""Optimality over lanes: several sources, and moves between locations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from moselle_nb.engines.exact_sourcing import least_costly_sources
from moselle_nb.engines.rebalancing import most_gained
from moselle_nb.plans.allocating.item_lanes import item_lanes, most_valuable, still_asks

if TYPE_CHECKING:
    from moselle_nb.engines.exact_solver import Budget, Solution
    from moselle_nb.plans.allocating.item_lanes import ItemLanes
    from moselle_nb.plans.allocating.optimality import Case

__all__ = ["judge_moves", "judge_sources", "verdict"]

CENT_OF_CENT = 1e-4
"""What a better answer gains less than this, in currency, is the rounding of values."""

UNKNOWN = {"last_value": np.nan, "price": np.nan}


def judge_sources(case: Case, clock: Budget) -> list[dict[str, Any]]:
    """Judge the items of a block with several sources: value under ``marginal_value``, else transfer cost."""
    judged = []
    for item in range(len(case.block.items)):
        one = item_lanes(case.block, item, case.available, case.quantity, case.fixed)
        if case.block.config.method == "marginal_value":
            solution, value = most_valuable(case.block, case.arrays, one, clock.left)
            judged.append({**UNKNOWN, **verdict(solution, max(solution.objective, solution.bound) - value)})
        else:
            judged.append({**UNKNOWN, **_of_cost(case, one, clock)})
    return judged


def _of_cost(case: Case, one: ItemLanes, clock: Budget) -> dict[str, Any]:
    """Judge one item's transfer cost, and say where the choice of sources decided who gets what is short."""
    found = least_costly_sources(one.sent.sum(axis=0), one.lanes, one.sent, budget=clock.left).solution
    judged = verdict(found, one.lanes.cost(one.sent) - min(found.objective, found.bound), "least cost")
    if not one.lanes.equal and still_asks(case.block, case.arrays, one):
        return {**judged, "status": "by rule", "proof": "packs differ by lane"}
    return judged


def judge_moves(case: Case, clock: Budget) -> list[dict[str, Any]]:
    """Judge the moves of a plan that rebalances."""
    block, judged = case.block, []
    for item in range(len(block.items)):
        one = item_lanes(block, item, case.available, case.quantity, case.fixed)
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
