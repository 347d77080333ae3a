"""The choice of packs as a mixed-integer programme: exact by HiGHS, or the bound of its relaxation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.exact_solver import Programme

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.exact_solver import Answer
    from moselle_nb.engines.position import FloatArray
    from moselle_nb.engines.supplier_ladders import Ladders

__all__ = ["EXACT_STEPS", "Limits", "Minimums", "best_packs", "bound_of"]

EXACT_STEPS = 400
"""Up to so many rungs and first steps a choice is made exactly."""

SECONDS = 20.0
"""After so long HiGHS gives up; small choices take milliseconds."""


@dataclass(frozen=True, eq=False)
class Limits:
    """What all lines together must reach, or must not exceed.

    Parameters
    ----------
    per_unit
        Amount of each unit of each line, shape (limits, lines): money, units, volume or weight.
    lower, upper
        Shape (limits,); minus infinity and infinity where there is none.
    """

    per_unit: FloatArray
    lower: FloatArray
    upper: FloatArray


@dataclass(frozen=True, eq=False)
class Minimums:
    """What each order must reach, unless it is not placed at all.

    Parameters
    ----------
    order
        Order of each line, shape (lines,).
    per_unit
        Amount of each unit of each line, shape (kinds, lines).
    least
        Shape (kinds, orders); 0 where there is none.
    """

    order: NDArray[np.int64]
    per_unit: FloatArray
    least: FloatArray


def best_packs(
    ladders: Ladders, limits: Limits, minimums: Minimums | None = None, *, sign: float = 1.0
) -> tuple[NDArray[np.int64] | None, float, bool]:
    """Return the best packs, what no choice betters, and whether the packs are proven best.

    Parameters
    ----------
    ladders
        Packs and what they cost (`sign` 1: the least is best) or are worth (`sign` -1: the most is best).
    limits, minimums
        What has to hold.
    sign
        See above.

    Returns
    -------
    tuple
        Packs, shape (lines,), None where none were found; the bound; whether the question is settled: with packs, none
        are better, without, none satisfy the limits.
    """
    answer, first, rungs = _solved(ladders, limits, minimums, sign, whole=True)
    settled = answer.optimal or answer.infeasible
    if answer.values is None:
        return None, sign * answer.bound, settled
    packs = np.zeros(len(ladders.pack))
    np.add.at(packs, ladders.line, answer.values[rungs])
    packs[ladders.has_first] += answer.values[first] * ladders.first[ladders.has_first]
    return np.rint(packs).astype(np.int64), sign * answer.bound, settled


def bound_of(ladders: Ladders, limits: Limits, minimums: Minimums | None = None, *, sign: float = 1.0) -> float:
    """Return what no choice betters, from the programme without whole numbers; infinite where nothing is proven."""
    answer, _, _ = _solved(ladders, limits, minimums, sign, whole=False)
    return sign * (answer.bound if answer.optimal else -np.inf)


def _solved(
    ladders: Ladders, limits: Limits, minimums: Minimums | None, sign: float, *, whole: bool
) -> tuple[Answer, NDArray[np.intp], NDArray[np.intp]]:
    programme = Programme()
    (starts,) = ladders.has_first.nonzero()
    first = programme.variables(sign * ladders.first_worth[starts], 1.0, whole=whole)
    rungs = programme.variables(sign * ladders.worth, ladders.count.astype(np.float64), whole=whole)
    begun = np.full(len(ladders.pack), -1, dtype=np.int64)
    begun[starts] = first
    (tied,) = (begun[ladders.line] >= 0).nonzero()
    at = np.arange(len(tied))
    programme.rows(
        [(at, rungs[tied], 1.0), (at, begun[ladders.line[tied]], -ladders.count[tied].astype(np.float64))],
        np.full(len(tied), -np.inf), 0.0,
    )  # fmt: skip
    for per_unit, low, high in zip(limits.per_unit, limits.lower, limits.upper, strict=True):
        programme.rows(_amounts(ladders, per_unit, first, rungs, np.zeros(len(ladders.pack), np.int64)),
                       np.array([low]), high)  # fmt: skip
    if minimums is not None:
        _add_minimums(programme, ladders, minimums, first, rungs, whole=whole)
    return programme.minimise(SECONDS), first, rungs


def _amounts(
    ladders: Ladders, per_unit: FloatArray, first: NDArray[np.intp], rungs: NDArray[np.intp], row: NDArray[np.int64]
) -> list[tuple[NDArray[np.intp], NDArray[np.intp], FloatArray]]:
    """Return the terms of the amount of each row, a row for each line."""
    (starts,) = ladders.has_first.nonzero()
    per_pack = per_unit * ladders.pack
    return [
        (row[starts], first, per_pack[starts] * ladders.first[starts]),
        (row[ladders.line], rungs, per_pack[ladders.line]),
    ]


def _add_minimums(
    programme: Programme, ladders: Ladders, minimums: Minimums, first: NDArray[np.intp], rungs: NDArray[np.intp],
    *, whole: bool,
) -> None:  # fmt: skip
    """Let an order be placed only where it reaches its minimums."""
    orders = minimums.least.shape[1]
    placed = programme.variables(np.zeros(orders), 1.0, whole=whole)
    order = minimums.order
    (starts,) = ladders.has_first.nonzero()
    for variables, line, count in (
        (first, starts, np.ones(len(starts))),
        (rungs, ladders.line, ladders.count.astype(np.float64)),
    ):
        at = np.arange(len(variables))
        programme.rows([(at, variables, 1.0), (at, placed[order[line]], -count)], np.full(len(at), -np.inf), 0.0)
    for per_unit, least in zip(minimums.per_unit, minimums.least, strict=True):
        terms = [*_amounts(ladders, per_unit, first, rungs, order), (np.arange(orders), placed, -least)]
        programme.rows(terms, np.zeros(orders), np.inf)
