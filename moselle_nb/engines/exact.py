"""The most valuable allocation of one item where packs differ: proven by bounds, dynamic programme or HiGHS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.exact_solver import Budget, Programme, Solution
from moselle_nb.engines.pack_value import VALUE_STEP

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.position import FloatArray

__all__ = ["PackSteps", "most_valuable"]

MOST_CELLS = 20_000_000
"""Cells (locations x states) up to which the dynamic programme runs; it keeps two bytes of each."""

MOST_WORK = 100_000_000
"""Comparisons up to which it runs, about a third of a second's worth."""


@dataclass(frozen=True, eq=False)
class PackSteps:
    """What each location may receive of one item: nothing, a first pack, then packs of one size.

    Locations stand in the order of ties: where two answers are worth the same, earlier locations receive more.

    Parameters
    ----------
    first_pack, pack
        Units of the first step (pack, or the transfer minimum up to packs) and of each further one, shape (locations,).
    values
        Value of each step as a whole in currency, transfer cost taken off, shape (locations, steps); NaN where the
        location may not receive so much (need, capacity).
    """

    first_pack: FloatArray
    pack: FloatArray
    values: FloatArray

    @property
    def counts(self) -> NDArray[np.intp]:
        """Most steps per location."""
        return np.asarray((~np.isnan(self.values)).sum(axis=1), dtype=np.intp)

    def units(self, steps: NDArray[np.intp]) -> FloatArray:
        """Return the units of so many steps, shape (locations,) or (locations, n)."""
        first, pack = (part[:, None] if steps.ndim > 1 else part for part in (self.first_pack, self.pack))
        return np.where(steps > 0, first + (steps - 1) * pack, 0.0)

    def steps(self, units: FloatArray) -> NDArray[np.intp]:
        """Return how many steps so many units are, shape (locations,).

        Raises
        ------
        ValueError
            When a quantity is not made of steps, or above the last one.
        """
        steps = np.where(units > 0, 1 + (units - self.first_pack) / self.pack, 0.0)
        wrong = (steps != np.floor(steps)) | (steps < 0) | ((units > 0) & (steps < 1)) | (steps > self.counts)
        if wrong.any():
            j = int(wrong.argmax())
            msg = (
                f"Location {j} cannot receive {units[j]:g} units: a first pack of {self.first_pack[j]:g}, then packs "
                f"of {self.pack[j]:g}, at most {self.counts[j]} in all."
            )
            raise ValueError(msg)
        return steps.astype(np.intp)


@dataclass(frozen=True, eq=False)
class _Choice:
    """Units and value of 0, 1, 2, ... steps, shape (locations, steps + 1); value -inf where that is no choice."""

    available: float
    units: FloatArray
    value: FloatArray

    def at(self, steps: NDArray[np.intp]) -> tuple[float, float]:
        rows = np.arange(len(steps))
        return float(self.units[rows, steps].sum()), float(self.value[rows, steps].sum())


def most_valuable(
    available: float, packs: PackSteps, start: FloatArray, *, least: FloatArray | None = None, budget: float = 1.0
) -> Solution:
    r"""Give one item's packs where they are worth most.

    .. math:: \max \sum_j V_j(q_j) \quad \text{s.t.} \quad \sum_j q_j \le A

    with :math:`q_j` made of steps. The Lagrangian bound :math:`\lambda A + \sum_j \max_q (V_j(q) - \lambda q)` [1]_, at
    the value per unit where stock runs out, rules out what no better answer can hold; what is left is a multiple-choice
    knapsack for a dynamic programme over units [2]_, or for HiGHS where that is too large. Values are held to
    `VALUE_STEP`.

    Parameters
    ----------
    available
        Units that may be given, those of `least` included.
    packs
        Steps and their values. A quantity held by an edit or lock is no choice: leave its location without steps and
        take it off `available`.
    start
        Units of the fast rule, shape (locations,): the answer is never worth less, and is this one where it is best.
    least
        Units that a location receives in any case (presentation minimum), shape (locations,); none by default.
    budget
        Seconds; when they end, the best answer so far and its bound.

    Returns
    -------
    Solution
        Quantities of shape (locations,), the value of all their steps, and an upper bound of it.

    Raises
    ------
    ValueError
        When `start` is not made of steps, gives less than `least`, or more than `available`.

    References
    ----------
    .. [1] Everett (1963), doi:10.1287/opre.11.3.399.
    .. [2] Kellerer, Pferschy and Pisinger (2004), *Knapsack Problems*, chapter 11.
    """
    clock = Budget(budget)
    first = packs.steps(start)
    floor = np.zeros_like(first) if least is None else packs.steps(least)
    choice = _choices(available, packs, floor)
    used, worth = choice.at(first)
    if used > available or worth == -np.inf:
        msg = f"The answer to start from gives {used:g} units of {available:g} available, or less than the least."
        raise ValueError(msg)
    loss, bound = _bound(choice, floor)
    low, high = _worth_trying(loss, bound - worth)
    if bound - worth < VALUE_STEP / 2 or (low > high).any():
        return Solution(start.astype(np.float64), worth, worth, optimal=True)
    steps, proven, bound = _search(choice, low, high, bound, clock)
    found = worth if steps is None else choice.at(steps)[1]
    best = first if steps is None or found <= worth else steps
    value = max(found, worth)
    return Solution(packs.units(best), value, value if proven else max(bound, value), optimal=proven)


def _choices(available: float, packs: PackSteps, floor: NDArray[np.intp]) -> _Choice:
    locations, most = packs.values.shape
    count = np.arange(most + 1)
    values = np.rint(np.nan_to_num(packs.values) / VALUE_STEP) * VALUE_STEP
    total = np.concatenate([np.zeros((locations, 1)), values.cumsum(axis=1)], axis=1)
    total[(count > packs.counts[:, None]) | (count < floor[:, None])] = -np.inf
    return _Choice(available, packs.units(np.broadcast_to(count, total.shape)), total)


def _bound(choice: _Choice, floor: NDArray[np.intp]) -> tuple[FloatArray, float]:
    """Return what each choice costs the Lagrangian bound, and the bound: valid at any price, tight at this one."""
    price = _price(choice, floor)
    reduced = choice.value - price * choice.units
    best = reduced.max(axis=1)
    return best[:, None] - reduced, float(price * choice.available + best.sum())


def _price(choice: _Choice, floor: NDArray[np.intp]) -> float:
    """Value per unit of the step at which stock runs out when the best steps go first; 0 when it lasts."""
    size = np.diff(choice.units, axis=1)
    with np.errstate(invalid="ignore"):
        gain = np.diff(choice.value, axis=1) / size
    step = np.isfinite(gain) & (gain > 0)
    gains, sizes = gain[step], size[step]
    order = np.argsort(-gains, kind="stable")
    given = choice.units[np.arange(len(floor)), floor].sum() + sizes[order].cumsum()
    short = np.searchsorted(given, choice.available, side="right")
    return float(gains[order[short]]) if short < len(order) else 0.0


def _worth_trying(loss: FloatArray, gap: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the fewest and most steps of each location that an answer better by a grain can hold."""
    kept = loss <= gap - VALUE_STEP / 2
    low, high = kept.argmax(axis=1), kept.shape[1] - 1 - kept[:, ::-1].argmax(axis=1)
    return low, np.where(kept.any(axis=1), high, -1)


def _search(
    choice: _Choice, low: NDArray[np.intp], high: NDArray[np.intp], bound: float, clock: Budget
) -> tuple[NDArray[np.intp] | None, bool, float]:
    """Return the best steps between `low` and `high`, whether they are proven, and the bound."""
    rows = np.arange(len(low))
    room = choice.available - choice.units[rows, low].sum()
    if room < 0:
        return None, True, bound
    count = np.arange(choice.units.shape[1])
    units = choice.units - choice.units[rows, low][:, None]
    value = choice.value - choice.value[rows, low][:, None]
    asked = (count > low[:, None]) & (count <= high[:, None]) & np.isfinite(value)
    grain = int(np.gcd.reduce(units[asked].astype(np.int64), initial=0)) or 1
    states = int(min(room, units[rows, high].sum()) // grain) + 1
    part = _Choice(room, units, np.where(asked, value, -np.inf))
    if states * len(low) <= MOST_CELLS and states * int(asked.sum()) <= MOST_WORK:
        steps = _dynamic_programme(part, low, grain, states, clock)
        return steps, steps is not None, bound
    steps, proven, gain = _by_solver(part, low, clock)
    return steps, proven, min(bound, choice.at(low)[1] + gain)


def _dynamic_programme(
    part: _Choice, low: NDArray[np.intp], grain: int, states: int, clock: Budget
) -> NDArray[np.intp] | None:
    """Return the best steps: after each location, the best value for every number of grains that may be used."""
    open_rows = np.flatnonzero(np.isfinite(part.value).any(axis=1))
    best = np.zeros(states)
    taken = np.zeros((len(open_rows), states), dtype=np.uint16 if part.units.shape[1] < 1 << 16 else np.uint32)
    for place, j in enumerate(open_rows):
        if clock.left <= 0:
            return None
        before = best.copy()
        for steps in np.isfinite(part.value[j]).nonzero()[0]:
            grains = int(part.units[j, steps]) // grain
            if grains >= states:
                break
            worth = before[: states - grains] + part.value[j, steps]
            better = worth > best[grains:]
            best[grains:][better] = worth[better]
            taken[place, grains:][better] = steps
    steps_of, state = low.copy(), states - 1
    for place in range(len(open_rows) - 1, -1, -1):
        j, steps = open_rows[place], taken[place, state]
        if steps:
            steps_of[j] = steps
            state -= int(part.units[j, steps]) // grain
    return steps_of


def _by_solver(part: _Choice, low: NDArray[np.intp], clock: Budget) -> tuple[NDArray[np.intp] | None, bool, float]:
    """Return the best steps by HiGHS, whether they are proven, and a bound of what they gain over `low`.

    A step is taken or not, and only after the one before it.
    """
    rows, steps = np.isfinite(part.value).nonzero()
    is_first = np.diff(rows, prepend=-1) > 0
    size, gain = (
        whole[rows, steps] - np.where(is_first, 0.0, whole[rows, steps - 1]) for whole in (part.units, part.value)
    )
    programme = Programme()
    taken = programme.variables(-gain, 1.0, whole=True)
    (after,) = (~is_first).nonzero()
    count = np.arange(len(after))
    programme.rows([(np.zeros_like(taken), taken, size)], np.array([-np.inf]), part.available)
    programme.rows([(count, taken[after], 1.0), (count, taken[after - 1], -1.0)], np.full(len(after), -np.inf), 0.0)
    answer = programme.minimise(clock.left)
    if answer.values is None:
        return None, False, -answer.bound
    count_of = np.bincount(rows, weights=answer.values[taken], minlength=len(low))
    return low + count_of.astype(np.intp), answer.optimal, -answer.bound
