"""Moving spare stock between locations where it earns more than the move costs, one item at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.exact_lanes import DUST, lots_of, spread
from moselle_nb.engines.exact_solver import Programme, Solution

if TYPE_CHECKING:
    from moselle_nb.engines.exact_lanes import SourceLanes
    from moselle_nb.engines.position import FloatArray

__all__ = ["most_gained", "move_gain"]

TRIFLE = 1e-6
"""Part of the margin that a unit must earn: equally good answers are told apart by it."""


def move_gain(lanes: SourceLanes, need: FloatArray, margin: FloatArray, quantity: FloatArray) -> float:
    """Return what moves earn: margin of the need that they serve, less transfer cost, in currency.

    Parameters
    ----------
    lanes
        Sources and lanes.
    need, margin
        Units short, and currency earned per unit of it that is served, shape (destinations,).
    quantity
        Units moved, shape (sources, destinations).
    """
    return float((margin * np.minimum(quantity.sum(axis=0), need)).sum()) - lanes.cost(quantity)


def most_gained(
    lanes: SourceLanes,
    need: FloatArray,
    margin: FloatArray,
    room: FloatArray,
    *,
    least_gain: float = 0.0,
    budget: float = 1.0,
) -> Solution:
    r"""Move spare stock so that most is gained; among equally good answers one that moves fewest units.

    .. math:: \max \sum_j m_j \min\Big(n_j, \sum_i q_{ij}\Big) - \sum_{ij} (c_{ij} q_{ij} + g \, [q_{ij} > 0])

    with :math:`q_{ij}` nothing, or a first pack and further packs of lane ij: a transport problem with fixed charges,
    solved by HiGHS. When the budget ends before a proof, the bound serves every need at its cheapest lane.

    Parameters
    ----------
    lanes
        What sources can spare, and lanes.
    need, margin, room
        Units short, currency earned per unit of it that is served, and units that capacity takes, shape
        (destinations,).
    least_gain
        What each move has to earn beyond its cost, in currency.
    budget
        Seconds.

    Returns
    -------
    Solution
        Quantities of shape (sources, destinations); the objective counts `least_gain` once per move.
    """
    nothing = np.zeros(lanes.unit_cost.shape)
    bound = _bound(lanes, need, margin)
    if bound <= DUST:
        return Solution(nothing, 0.0, 0.0, optimal=True)
    most = np.minimum(room, np.where(need > 0, lanes.supply.sum(), 0.0))
    programme = Programme()
    source, destination = np.nonzero(lanes.open)
    lots = lots_of(programme, _with_dust(lanes, float(margin.max())), most)
    charge = programme.variables(np.full(len(source), least_gain), 1.0, whole=True)
    move = np.arange(len(source))
    limit = np.minimum(lanes.supply[source], most[destination])
    programme.rows([*lots.terms(move), (move, charge, -limit)], np.full(len(move), -np.inf), 0.0)
    served = programme.variables(-margin, need)
    programme.rows([*lots.terms(destination), (np.arange(len(need)), served, -1.0)], np.zeros(len(need)), np.inf)
    programme.rows(lots.terms(destination), -np.inf, most)
    answer = programme.minimise(budget)
    if answer.values is None:
        return Solution(nothing, 0.0, bound, optimal=False)
    quantity = spread(lanes, lots, answer.values)
    found = move_gain(lanes, need, margin, quantity) - least_gain * float((quantity > 0).sum())
    return Solution(quantity, found, found if answer.optimal else max(found, bound), optimal=answer.optimal)


def _with_dust(lanes: SourceLanes, margin: float) -> SourceLanes:
    """Return lanes a trifle dearer each than the one before: units that serve nobody stay, and equals have an order."""
    rank = np.arange(lanes.unit_cost.size).reshape(lanes.unit_cost.shape)
    return replace(lanes, unit_cost=lanes.unit_cost + margin * TRIFLE * (1.0 + rank / lanes.unit_cost.size))


def _bound(lanes: SourceLanes, need: FloatArray, margin: FloatArray) -> float:
    """Return what is gained at most: every need served over its cheapest lane."""
    cheapest = lanes.cheapest
    net = np.where(np.isfinite(cheapest), margin - np.where(np.isfinite(cheapest), cheapest, 0.0), 0.0)
    return float((np.maximum(net, 0.0) * need).sum())
