"""The most valuable allocation of one item from several sources with transfer costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.exact_lanes import DUST, lots_of, spread
from moselle_nb.engines.exact_solver import Budget, Programme, Solution
from moselle_nb.engines.pack_value import VALUE_STEP

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.exact_lanes import SourceLanes
    from moselle_nb.engines.exact_solver import Lots
    from moselle_nb.engines.position import FloatArray

__all__ = ["most_valuable_sources"]


@dataclass(frozen=True, eq=False)
class _Worth:
    """Value of the steps of each destination, shape (destinations, steps), -inf beyond the last; total from 0 steps."""

    step: FloatArray
    gain: FloatArray
    total: FloatArray

    def of(self, arriving: FloatArray) -> float:
        steps = np.rint(arriving / self.step).astype(np.intp)
        inside = np.minimum(steps, self.total.shape[1] - 1)
        return float(np.where(steps == inside, self.total[np.arange(len(steps)), inside], -np.inf).sum())


def most_valuable_sources(
    lanes: SourceLanes,
    gains: FloatArray,
    start: FloatArray,
    *,
    least: FloatArray | None = None,
    ends: FloatArray | None = None,
    budget: float = 1.0,
) -> Solution:
    r"""Give one item's packs from several sources where they are worth most.

    .. math:: \max \sum_j V_j\Big(\sum_i q_{ij}\Big) - \sum_{ij} c_{ij} q_{ij} \quad \text{s.t.} \quad
        \sum_j q_{ij} \le A_i

    with :math:`q_{ij}` nothing, or a first pack and further packs of lane ij. :math:`V_j` is concave, so its pieces
    fill in order without whole variables of their own [1]_; HiGHS solves the rest. When the budget ends first, the
    bound is HiGHS's, or that of one pool of stock that reaches every destination on its cheapest lane.

    Parameters
    ----------
    lanes
        Sources and lanes.
    gains
        Value of each further `lanes.step` units at a destination, transfer cost not taken off, shape (destinations,
        steps): falling, NaN beyond the most that it may receive.
    start
        Units of the fast rule, shape (sources, destinations): the answer is never worth less, and is this one where it
        is best.
    least
        Units that a destination receives in any case (presentation minimum), shape (destinations,); none by default.
    ends
        Most units that a destination receives in all when a pack of the lane is the last, shape (sources,
        destinations): need exceeded by less than that pack. Needed where lanes to one destination differ in pack;
        infinity where the end of `gains` is limit enough.
    budget
        Seconds.

    Returns
    -------
    Solution
        Quantities of shape (sources, destinations), their value less transfer cost, and an upper bound of it.

    Raises
    ------
    ValueError
        When gains rise, or `start` breaks a rule.

    References
    ----------
    .. [1] Dantzig (1960), On the significance of solving linear programming problems with some integer variables,
       doi:10.2307/1905292.
    """
    clock = Budget(budget)
    worth = _worth(lanes, gains)
    floor = np.zeros(len(gains)) if least is None else least
    lanes.refuse(start)
    value = worth.of(start.sum(axis=0)) - lanes.cost(start)
    limit = np.full(lanes.unit_cost.shape, np.inf) if ends is None else np.where(lanes.open, ends, 0.0)
    over = start.sum(axis=0) > np.where(start > 0, limit, 0.0).max(axis=0, initial=0.0)
    if value == -np.inf or (start.sum(axis=0) < floor).any() or over.any():
        msg = "The answer to start from gives a destination less than its least, or more than it may receive."
        raise ValueError(msg)
    pooled = _pooled(lanes, worth, floor)
    if pooled - value <= DUST * max(1.0, abs(value)):
        return Solution(start.astype(np.float64), value, value, optimal=True)
    quantity, proven, bound = _solve_value(lanes, worth, (floor, limit), clock)
    found = value if quantity is None else worth.of(quantity.sum(axis=0)) - lanes.cost(quantity)
    best = start.astype(np.float64) if quantity is None or found <= value + DUST * max(1.0, abs(value)) else quantity
    value = value if best is not quantity else found
    return Solution(best, value, value if proven else max(value, min(bound, pooled)), optimal=proven)


def _worth(lanes: SourceLanes, gains: FloatArray) -> _Worth:
    known = ~np.isnan(gains)
    gain = np.where(known, np.rint(np.nan_to_num(gains) / VALUE_STEP) * VALUE_STEP, -np.inf)
    with np.errstate(invalid="ignore"):
        highest_rise = np.fmax.reduce(np.diff(gain, axis=1), axis=1, initial=-np.inf)
    if (highest_rise > 2 * VALUE_STEP).any():
        j = int(highest_rise.argmax())
        msg = f"The value of further units at destination {j} rises; it has to fall for the pieces to fill in order."
        raise ValueError(msg)
    total = np.concatenate([np.zeros((len(gain), 1)), gain.cumsum(axis=1)], axis=1)
    return _Worth(lanes.step, gain, total)


def _pooled(lanes: SourceLanes, worth: _Worth, floor: FloatArray) -> float:
    """Return the value when all stock lies in one place, is divisible, and takes every cheapest lane."""
    cheapest = np.where(np.isfinite(lanes.cheapest), lanes.cheapest, 0.0)
    forced = np.ceil(floor / worth.step).astype(np.intp)
    rows = np.arange(len(floor))
    total = worth.total[rows, np.minimum(forced, worth.total.shape[1] - 1)].sum() - (cheapest * floor).sum()
    net = worth.gain / worth.step[:, None] - cheapest[:, None]
    free = (net > 0) & (np.arange(net.shape[1]) >= forced[:, None]) & np.isfinite(lanes.cheapest)[:, None]
    gain, size = net[free], np.broadcast_to(worth.step[:, None], net.shape)[free]
    order = np.argsort(-gain, kind="stable")
    left = lanes.supply.sum() - (forced * worth.step).sum()
    given = np.diff(np.minimum(size[order].cumsum(), max(left, 0.0)), prepend=0.0)
    return float(total + (gain[order] * given).sum())


def _solve_value(
    lanes: SourceLanes, worth: _Worth, limits: tuple[FloatArray, FloatArray], clock: Budget
) -> tuple[FloatArray | None, bool, float]:
    """Return the best quantities within the least and the ends, whether they are proven, and the bound."""
    floor, ends = limits
    programme = Programme()
    row, piece = np.nonzero(np.isfinite(worth.gain))
    most = np.bincount(row, minlength=len(floor)) * worth.step
    i, j = np.nonzero(lanes.open)
    ends = np.minimum(ends, most)
    ended = np.bincount(j, weights=ends[i, j] < most[j], minlength=len(floor)) > 0
    lots = lots_of(programme, lanes, most, ended[j])
    pieces = programme.variables(-worth.gain[row, piece], 1.0)
    programme.rows([*lots.terms(j), (row, pieces, -worth.step[row])], np.zeros(len(floor)), 0.0)
    programme.rows(lots.terms(j), np.ceil(floor / worth.step) * worth.step, np.inf)
    _end(programme, lots, j, ends[i, j], ended)
    answer = programme.minimise(clock.left, flow=lanes.equal and not ended.any())
    quantity = None if answer.values is None else spread(lanes, lots, answer.values)
    return quantity, answer.optimal, -answer.bound


def _end(programme: Programme, lots: Lots, j: NDArray[np.intp], ends: FloatArray, ended: NDArray[np.bool_]) -> None:
    """Let one lane that is used say how much its destination receives at most."""
    (marked,) = np.nonzero(ended[j])
    says = programme.variables(np.zeros(len(marked)), 1.0, whole=True)
    count, any_of = np.arange(len(marked)), lots.any[(np.cumsum(lots.has_first) - 1)[marked]]
    programme.rows([(count, says, 1.0), (count, any_of, -1.0)], np.full(len(marked), -np.inf), 0.0)
    row, to = np.cumsum(ended) - 1, ended[j]
    destinations = np.full(int(ended.sum()), -np.inf)
    programme.rows([*lots.terms(row[j], to), (row[j][marked], says, -ends[marked])], destinations, 0.0)
    programme.rows([(row[j][marked], says, 1.0)], destinations, 1.0)
