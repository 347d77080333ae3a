"""Supplier-level choices: packs that reach a minimum, that stay within a budget, or that fill whole containers.

Small choices are exact (HiGHS); larger ones are greedy, with a gap that holds against the bound of the relaxation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.supplier_greedy import TOLERANCE, cover, pack_within
from moselle_nb.engines.supplier_ladders import Ladders, ladders_of
from moselle_nb.engines.supplier_solver import EXACT_STEPS, Limits, Minimums, best_packs, bound_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.position import FloatArray

__all__ = ["PackChoice", "even_levels", "fill_containers", "keep_within", "reach_minimums"]


@dataclass(frozen=True, eq=False)
class PackChoice:
    """Packs that were chosen, and what is proven of them.

    Parameters
    ----------
    packs
        Packs per line, shape (lines,); none where the limits cannot be met.
    objective
        What they cost, are worth, or fill.
    bound
        No choice costs less, is worth more, or fills more.
    optimal
        Whether no choice is better.
    possible
        Whether some choice satisfies the limits.
    """

    packs: NDArray[np.int64]
    objective: float
    bound: float
    optimal: bool
    possible: bool = True

    @property
    def gap(self) -> float:
        """What a better choice could still gain at most, in the unit of the objective; 0 where it is optimal."""
        return 0.0 if self.optimal else abs(self.bound - self.objective)


def _steps(ladders: Ladders) -> int:
    return len(ladders.line) + int(ladders.has_first.sum())


def reach_minimums(
    costs: Ladders, per_unit: FloatArray, gaps: FloatArray, *, exact_steps: int = EXACT_STEPS
) -> PackChoice:
    """Choose the cheapest packs that close the gaps of an order to its supplier's minimums.

    A knapsack turned round [1]_: exact up to `exact_steps` rungs, else greedy by cost per closed gap.

    Parameters
    ----------
    costs
        What packs added to each line cost; convex after the first step.
    per_unit
        What each unit adds to each minimum, shape (minimums, lines).
    gaps
        What is missing to each, shape (minimums,).
    exact_steps
        Largest number of rungs and first steps for which HiGHS is asked.

    References
    ----------
    .. [1] Kellerer, Pferschy and Pisinger (2004), *Knapsack Problems*, section 13.3.3.
    """
    per_unit, gaps = per_unit[gaps > 0], gaps[gaps > 0]
    none = np.zeros(len(costs.pack), dtype=np.int64)
    if not len(gaps):
        return PackChoice(none, 0.0, 0.0, optimal=True)
    if ((per_unit * costs.pack * costs.most).sum(axis=1) < gaps * (1 - TOLERANCE)).any():
        return PackChoice(none, 0.0, 0.0, optimal=True, possible=False)
    limits = Limits(per_unit, gaps * (1 - TOLERANCE), np.full(len(gaps), np.inf))
    bound = -np.inf
    if _steps(costs) <= exact_steps:
        packs, bound, settled = best_packs(costs, limits)
        if packs is not None and settled:
            return _chosen(packs, costs, bound)
    packs = cover(costs, per_unit * costs.pack, gaps)
    return _bounded(packs, costs, max(bound, bound_of(costs, limits)))


def _chosen(packs: NDArray[np.int64], ladders: Ladders, bound: float) -> PackChoice:
    return PackChoice(packs, float(ladders.of(packs).sum()), bound, optimal=True)


def _bounded(packs: NDArray[np.int64], ladders: Ladders, bound: float) -> PackChoice:
    found = float(ladders.of(packs).sum())
    return PackChoice(packs, found, bound, optimal=bool(abs(found - bound) <= TOLERANCE * max(abs(found), 1.0)))


def keep_within(
    values: Ladders,
    per_unit: FloatArray,
    upper: FloatArray,
    minimums: Minimums | None = None,
    *,
    exact_steps: int = EXACT_STEPS,
) -> PackChoice:
    """Choose the packs that are worth most within upper limits: a budget, or whole containers.

    Exact up to `exact_steps` rungs, else greedy by value per share of the limits. An order that cannot reach its
    minimums is not placed.

    Parameters
    ----------
    values
        What packs kept of each line are worth; concave after the first step.
    per_unit
        What each unit takes of each limit, shape (limits, lines).
    upper
        Limits, at least 0, shape (limits,).
    minimums
        What each order must reach unless it is not placed.
    exact_steps
        Largest number of rungs and first steps for which HiGHS is asked.
    """
    limits = Limits(per_unit, np.full(len(upper), -np.inf), upper * (1 + TOLERANCE))
    bound = np.inf
    if _steps(values) <= exact_steps:
        packs, bound, settled = best_packs(values, limits, minimums, sign=-1.0)
        if settled and packs is not None:
            return _chosen(packs, values, bound)
    packs = pack_within(values, per_unit * values.pack, upper, minimums)
    return _bounded(packs, values, min(bound, bound_of(values, limits, minimums, sign=-1.0)))


def even_levels(needs: FloatArray, most: FloatArray, per_unit: FloatArray, room: FloatArray) -> FloatArray:
    """Return the units of each line that cover all lines to one moment, as late as the room allows.

    Parameters
    ----------
    needs
        Units that each line needs up to each later day, never falling, shape (days, lines).
    most
        Most units of each line, shape (lines,).
    per_unit
        What a unit takes of each limit, shape (limits, lines).
    room
        What is left of each limit, shape (limits,).

    Returns
    -------
    FloatArray
        Shape (lines,): what is needed up to a day, and an equal share of the next day's needs on top.
    """
    units = np.minimum(np.concatenate([np.zeros((1, needs.shape[1])), needs]), most)
    taken = units @ per_unit.T
    fits = (taken <= room * (1 + TOLERANCE)).all(axis=1)
    last = int(fits.sum()) - 1
    if last == len(units) - 1:
        return np.asarray(units[-1])
    more, left = taken[last + 1] - taken[last], room - taken[last]
    share = float(np.min(left[more > 0] / more[more > 0]).clip(0.0, 1.0))
    return np.asarray(units[last] + share * (units[last + 1] - units[last]))


def fill_containers(
    level: FloatArray,
    pack: FloatArray,
    first: NDArray[np.int64],
    most: NDArray[np.int64],
    per_unit: FloatArray,
    room: FloatArray,
    *,
    exact_steps: int = EXACT_STEPS,
) -> PackChoice:
    """Round the units of an even level to packs so that containers are as full as can be: each line up or down.

    A line stays within one step of its level, so that the lines' days of cover keep their ratio. Which lines go up is
    a knapsack: exact up to `exact_steps` lines, else by value of room used.

    Parameters
    ----------
    level
        Units of each line at which all are covered to one moment, shape (lines,).
    pack, first, most
        Units of a pack, packs of the first step, most packs, shape (lines,).
    per_unit
        Volume and weight of a unit, shape (limits, lines).
    room
        Volume and weight that is left, shape (limits,).
    exact_steps
        Largest number of lines for which HiGHS is asked.

    Returns
    -------
    PackChoice
        Its objective is the share of the tightest limit that is filled.
    """
    low = np.minimum(np.floor(level / pack * (1 + TOLERANCE)).astype(np.int64), most)
    low = np.where(low < first, 0, low)
    high = np.minimum(np.where(low == 0, first, low + 1), most)
    high = np.where((high < first) | (low * pack >= level * (1 - TOLERANCE)), low, high)
    tightest = int(np.argmax((per_unit * level).sum(axis=1) / np.where(room > 0, room, np.inf)))
    left = np.maximum(room - (per_unit * pack * low).sum(axis=1), 0.0)
    whole = per_unit[tightest] / room[tightest] if room[tightest] > 0 else np.zeros(len(pack))
    up = (high - low) * pack
    rise = ladders_of(
        [np.array([0.0, more]) if more > 0 else np.zeros(1) for more in whole * up], up, np.ones(len(up), np.int64)
    )
    found = keep_within(rise, per_unit, left, exact_steps=exact_steps)
    packs = np.where(found.packs > 0, high, low)
    base = float((whole * pack * low).sum())
    return PackChoice(packs, base + found.objective, base + found.bound, optimal=found.optimal)
