"""Sources of given quantities at least transfer cost, in whole packs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.exact_lanes import DUST, SourceLanes, lots_of, spread
from moselle_nb.engines.exact_solver import Budget, Programme, Solution

if TYPE_CHECKING:
    from moselle_nb.engines.position import FloatArray

__all__ = ["Sourcing", "least_costly_sources"]


@dataclass(frozen=True, eq=False)
class Sourcing:
    """Which source serves what.

    Parameters
    ----------
    solution
        Quantities of shape (sources, destinations), their transfer cost and a lower bound of it.
    short
        Units of each destination that no whole packs of the sources make up, or that none were found for before the
        budget ended, shape (destinations,); 0 where all is well.
    """

    solution: Solution
    short: FloatArray


def least_costly_sources(
    quantity: FloatArray, lanes: SourceLanes, start: FloatArray | None = None, *, budget: float = 1.0
) -> Sourcing:
    r"""Choose the sources of given quantities at least transfer cost.

    .. math:: \min \sum_{ij} c_{ij} q_{ij} \quad \text{s.t.} \quad \sum_i q_{ij} = q_j,\ \sum_j q_{ij} \le A_i

    A transportation problem, whose basic answers are whole where all packs are equal [1]_; with different packs HiGHS
    branches. Where no whole packs of the sources make up the quantities, as many units as possible are assembled, then
    at least cost.

    Parameters
    ----------
    quantity
        Units that each destination receives, shape (destinations,), whole.
    lanes
        Sources and lanes.
    start
        Units of the fast rule, shape (sources, destinations): the answer never costs more, and is this one where it is
        best. Needed only if the budget may end first; it has to make up `quantity`.
    budget
        Seconds.

    Raises
    ------
    ValueError
        When `start` breaks a rule or does not make up `quantity`.

    References
    ----------
    .. [1] Ahuja, Magnanti and Orlin (1993), *Network Flows*, theorem 9.10.
    """
    clock = Budget(budget)
    asked = quantity > 0
    bound = float((np.where(np.isfinite(lanes.cheapest) & asked, lanes.cheapest, 0.0) * quantity).sum())
    if start is not None:
        lanes.refuse(start)
        if (start.sum(axis=0) != quantity).any():
            j = int((start.sum(axis=0) != quantity).argmax())
            msg = f"The answer to start from gives destination {j} {start[:, j].sum():g} units, not {quantity[j]:g}."
            raise ValueError(msg)
        if lanes.cost(start) <= bound + DUST * max(1.0, abs(bound)):
            return _sourcing(start.astype(np.float64), lanes, quantity, lanes.cost(start), proven=True)
    found, proven, least = _solve_cost(quantity, lanes, None, clock)
    if found is None and proven:
        found, proven, least = _assemble(quantity, lanes, clock)
        return _sourcing(found, lanes, quantity, least, proven=proven)
    best = found
    if start is not None and (found is None or lanes.cost(found) >= lanes.cost(start) - DUST * max(1.0, abs(bound))):
        best = start.astype(np.float64)
    return _sourcing(best, lanes, quantity, max(least, bound), proven=proven)


def _sourcing(
    found: FloatArray | None, lanes: SourceLanes, quantity: FloatArray, bound: float, *, proven: bool
) -> Sourcing:
    units = np.zeros(lanes.unit_cost.shape) if found is None else found
    cost = lanes.cost(units)
    short = quantity - units.sum(axis=0)
    return Sourcing(Solution(units, cost, cost if proven else min(bound, cost), optimal=proven), short)


def _solve_cost(
    quantity: FloatArray, lanes: SourceLanes, most_short: float | None, clock: Budget
) -> tuple[FloatArray | None, bool, float]:
    """Return quantities of least cost, whether that is proven (None and True: there are none), and the bound."""
    programme = Programme()
    _, j = np.nonzero(lanes.open)
    lots = lots_of(programme, lanes, quantity)
    short = programme.variables(np.zeros(len(quantity)), 0.0 if most_short is None else quantity)
    row = np.arange(len(quantity))
    programme.rows([*lots.terms(j), (row, short, 1.0)], quantity, quantity)
    if most_short is not None:
        programme.rows([(np.zeros_like(row), short, 1.0)], np.array([-np.inf]), most_short)
    answer = programme.minimise(clock.left, flow=lanes.equal and most_short is None)
    if answer.values is None:
        return None, answer.infeasible, answer.bound
    return spread(lanes, lots, answer.values), answer.optimal, answer.bound


def _assemble(quantity: FloatArray, lanes: SourceLanes, clock: Budget) -> tuple[FloatArray | None, bool, float]:
    """Assemble as many units as possible, then at least cost."""
    programme = Programme()
    free = SourceLanes(lanes.supply, np.where(lanes.open, -1.0, np.inf), lanes.pack, lanes.first_pack)
    _, j = np.nonzero(lanes.open)
    lots = lots_of(programme, free, quantity)
    programme.rows(lots.terms(j), -np.inf, quantity)
    answer = programme.minimise(clock.left)
    if answer.values is None:
        return None, False, 0.0
    most = spread(lanes, lots, answer.values)
    short = float(quantity.sum() - most.sum())
    cheap, proven, bound = _solve_cost(quantity, lanes, short, clock)
    return (most, False, 0.0) if cheap is None else (cheap, proven and answer.optimal, bound)
