"""Optimality: what is proven of each item's allocation, by what, and what a better one could still gain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from moselle_nb.engines.exact_certificate import certify_cover, certify_value
from moselle_nb.engines.exact_share import exact_share
from moselle_nb.engines.exact_solver import Budget
from moselle_nb.engines.sharing import Shares, share
from moselle_nb.engines.sharing_claims import limits_of
from moselle_nb.plans.allocating.block import AllocationBlock
from moselle_nb.plans.allocating.optimality_lanes import judge_moves, judge_sources, verdict
from moselle_nb.plans.allocation import blocks
from moselle_nb.plans.frames import dates, names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from moselle_nb.engines.exact_certificate import Certificate
    from moselle_nb.engines.exact_solver import Solution
    from moselle_nb.engines.sharing_claims import Claims
    from moselle_nb.plans.allocating.block import DateArrays
    from moselle_nb.plans.allocating.plan import AllocationPlan

__all__ = ["PROOFS", "Case", "cases", "optimality", "shares_of_case"]

PROOFS = {
    "definition": "no pack went to a longer cover than that of a location that could take one",
    "equal packs": "every pack is worth something, and none gains by being moved, added or taken back",
    "solver": "no other answer is better, by bounds, dynamic programme or HiGHS",
    "least cost": "each pack went by the rule where some choice of sources let it; no other carries them for less",
    "better answer": "a better answer was found and is proven best; the gap is what it gains",
    "time budget": "the time for solvers ended first; the gap is what a better answer could gain at most",
    "volume": "packs went back because a location is full by volume; what goes back is shared with nobody",
    "rule": "the rule decides by its definition; it makes nothing largest",
    "packs differ": "packs or minimums differ, so that a pack may pass by a shorter cover because no other fits",
    "packs differ by lane": "packs or minimums differ and stock is short: each pack went over the first lane that had "
    "one, and other sources could have served others; the gap is what they save on the same quantities",
}
"""What each proof says."""


NOT_JUDGED = {"status": "by rule", "gap": np.nan, "last_value": np.nan, "price": np.nan, "proof": "volume"}


@dataclass(frozen=True, eq=False)
class Case:
    """A ship date of a block as it was before its goods left, and what leaves.

    Parameters
    ----------
    block, arrays, available
        Who asks, what they have, and units of each pool.
    quantity, fixed
        By cell of the block: units that leave, and those of edits; NaN where there is none.
    """

    block: AllocationBlock
    arrays: DateArrays
    available: NDArray[np.float64]
    quantity: NDArray[np.float64]
    fixed: NDArray[np.float64]


def cases(plan: AllocationPlan) -> Iterator[Case]:
    """Yield the ship dates of every block, in turn."""
    inputs, quantity = plan.inputs, plan.merged.quantity
    for first, stop in blocks(inputs):
        block = AllocationBlock(inputs, plan.config, first, stop)
        for date in range(len(inputs.ship_days)):
            arrays, sent = block.on_date(date), quantity[date, block.cells]
            fixed = np.where(plan.edited[date, block.cells], sent, np.nan)
            if plan.config.source_demand == "protect":
                fixed = np.where(block.own[block.taker], sent, fixed)
            yield Case(block, arrays, block.available(date), sent, fixed)
            block.ship(arrays, sent)


def optimality(plan: AllocationPlan) -> pd.DataFrame:
    """Say of every item and ship date what is proven.

    Only `marginal_value`, rebalancing and the choice among several sources make something largest or smallest;
    ``equal_runout`` is held against its definition. Solvers take `solver_seconds` in all. The plan stays as it is.

    Returns
    -------
    pandas.DataFrame
        item, date, status (``optimal``, ``gap``, ``by rule``), gap (in currency; 0 where optimal, NaN where nothing is
        made largest), last_value (of the poorest pack that was given, per unit), price (what one more unit of stock
        would be worth), proof (a key of `PROOFS`), meaning.
    """
    clock = Budget(plan.config.solver_seconds)
    found = []
    for case in cases(plan):
        if plan.config.mode == "rebalance":
            judged = judge_moves(case, clock)
        elif len(case.available) > len(case.block.items):
            judged = judge_sources(case, clock)
        else:
            judged = _judge(case, clock)
        gave = _gave_back(plan, case)
        frame = pd.DataFrame([NOT_JUDGED if back else each for each, back in zip(judged, gave, strict=True)])
        found.append(frame.assign(item=case.block.items, date=case.arrays.date))
    columns = ["item", "date", "status", "gap", "last_value", "price", "proof"]
    frame = pd.concat(found, ignore_index=True) if found else pd.DataFrame({name: [] for name in columns})
    frame = frame.sort_values(["item", "date"], kind="stable", ignore_index=True)[columns]
    days = plan.inputs.ship_days[frame["date"].to_numpy(np.int64)]
    return frame.assign(
        item=names(plan.inputs.items, "item", frame["item"].to_numpy(np.int64)), date=dates(plan.inputs, days),
        meaning=frame["proof"].map(PROOFS),
    )  # fmt: skip


def _gave_back(plan: AllocationPlan, case: Case) -> NDArray[np.bool_]:
    """Tell which items of a block gave packs back on the ship date: nothing is made largest there."""
    found = np.zeros(len(case.block.items), dtype=bool)
    back = plan.merged.given_back
    if back is not None:
        taker = case.block.taker[back[case.arrays.date, case.block.cells] > 0]
        found[case.block.item[taker]] = True
    return found


def shares_of_case(case: Case) -> tuple[Claims, Shares]:
    """Return what takers ask for and what they get, as the engine has it; one source."""
    block = case.block
    claims = block.claims(case.arrays, case.fixed)
    ruled = share(case.available, claims, block.config.method, push=block.config.push)
    quantity = block.dense(case.quantity, 0.0)
    left = case.available - quantity.sum(axis=1)
    return claims, Shares(quantity, np.minimum(ruled.presentation, quantity), left, ruled.stopped)


def _judge(case: Case, clock: Budget) -> list[dict[str, Any]]:
    """Judge the items of a block with one source."""
    method, push = case.block.config.method, case.block.config.push
    if method not in {"marginal_value", "equal_runout"}:
        nothing = {"status": "by rule", "gap": np.nan, "last_value": np.nan, "price": np.nan, "proof": "rule"}
        return [dict(nothing) for _ in case.block.items]
    claims, shares = shares_of_case(case)
    certify = certify_value if method == "marginal_value" else certify_cover
    certificate = certify(claims, limits_of(claims, push=push), shares)
    if method == "equal_runout":
        return [_of_cover(bool(holds)) for holds in certificate.holds]
    worth = np.where(shares.quantity > 0, shares.quantity, 0.0)
    assert claims.value is not None  # noqa: S101 (the rule asked for it)
    each = claims.value.of(claims.stock, np.maximum(shares.quantity, 1.0))
    value = (each * worth).sum(axis=1)
    judged = []
    for item, holds in enumerate(certificate.holds):
        solution = None
        if not holds:
            solution = exact_share(case.available, claims, shares, item, push=push, budget=clock.left)
        judged.append(_of_value(certificate, item, float(value[item]), solution))
    return judged


def _of_cover(holds: bool) -> dict[str, Any]:
    nothing = {"gap": np.nan, "last_value": np.nan, "price": np.nan}
    if holds:
        return {**nothing, "status": "optimal", "gap": 0.0, "proof": "definition"}
    return {**nothing, "status": "by rule", "proof": "packs differ"}


def _of_value(certificate: Certificate, item: int, value: float, solution: Solution | None) -> dict[str, Any]:
    of_pack = {"last_value": certificate.last[item], "price": certificate.price[item]}
    if solution is None:
        return {**of_pack, "status": "optimal", "gap": 0.0, "proof": "equal packs"}
    return {**of_pack, **verdict(solution, max(solution.objective, solution.bound) - value)}
