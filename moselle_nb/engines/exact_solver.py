"""HiGHS behind small classes: a mixed-integer programme put together block by block, within a time budget."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.quiet import quiet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from moselle_nb.engines.position import FloatArray

__all__ = ["Answer", "Budget", "Lots", "Programme", "Solution"]

INFEASIBLE = 2

WHOLE = 1e-6
"""A value that is whole but for the solver's tolerance."""


@dataclass(frozen=True, eq=False)
class Solution:
    """The answer for one item, and what is proven of it.

    Parameters
    ----------
    quantity
        Whole units; the function that answers says of what shape.
    objective
        What the quantities are worth, or cost, in currency.
    bound
        No answer is worth more (where value is maximised) or costs less (where cost is minimised) than this.
    optimal
        Whether no answer is better, up to the solver's tolerance of 1e-6 in currency.
    """

    quantity: FloatArray
    objective: float
    bound: float
    optimal: bool

    @property
    def gap(self) -> float:
        """What a better answer could still gain, at most, in currency; 0 where the answer is optimal."""
        return 0.0 if self.optimal else abs(self.bound - self.objective)


class Budget:
    """Seconds that may be spent on one item; they run from the moment of making."""

    def __init__(self, seconds: float) -> None:
        """Start the clock."""
        if not seconds >= 0:
            msg = f"A time budget is at least 0 seconds, got {seconds}."
            raise ValueError(msg)
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds left, at least 0."""
        return max(0.0, self._end - time.monotonic())


@dataclass(frozen=True, eq=False)
class Answer:
    """What HiGHS found.

    Parameters
    ----------
    values
        Values of the variables, whole where they have to be; None where it found none.
    bound
        No answer costs less; minus infinity where nothing is proven.
    optimal
        Whether the values are proven best.
    infeasible
        Whether no values satisfy all rows.
    """

    values: FloatArray | None
    bound: float
    optimal: bool
    infeasible: bool


@dataclass(eq=False)
class Programme:
    """Minimise a linear cost under linear rows; some variables are whole."""

    _cost: list[FloatArray] = field(default_factory=list)
    _lower: list[FloatArray] = field(default_factory=list)
    _upper: list[FloatArray] = field(default_factory=list)
    _whole: list[NDArray[np.bool_]] = field(default_factory=list)
    _entries: list[tuple[NDArray[np.intp], NDArray[np.intp], FloatArray]] = field(default_factory=list)
    _row_lower: list[FloatArray] = field(default_factory=list)
    _row_upper: list[FloatArray] = field(default_factory=list)
    _variables: int = 0
    _rows: int = 0

    def variables(
        self, cost: FloatArray, upper: FloatArray | float, *, lower: FloatArray | float = 0.0, whole: bool = False
    ) -> NDArray[np.intp]:
        """Add one variable per cost and return their numbers, in the costs' shape."""
        shape = np.shape(cost)
        for kept, given in ((self._cost, cost), (self._lower, lower), (self._upper, upper)):
            kept.append(np.broadcast_to(np.asarray(given, dtype=np.float64), shape).ravel())
        self._whole.append(np.full(self._cost[-1].size, whole))
        first, self._variables = self._variables, self._variables + self._cost[-1].size
        return np.arange(first, self._variables, dtype=np.intp).reshape(shape)

    def rows(
        self,
        terms: Sequence[tuple[NDArray[np.intp], NDArray[np.intp], FloatArray | float]],
        lower: FloatArray | float,
        upper: FloatArray | float,
    ) -> None:
        """Add rows lower <= sum of coefficient x variable <= upper.

        Parameters
        ----------
        terms
            Triples of row (counted from 0 within these rows), variable and coefficient, of one shape each.
        lower, upper
            Limits per row; at least one of them an array, which says how many rows there are.
        """
        low, high = np.broadcast_arrays(np.asarray(lower, dtype=np.float64), np.asarray(upper, dtype=np.float64))
        for row, variable, coefficient in terms:
            shape = np.broadcast_shapes(np.shape(row), np.shape(variable), np.shape(coefficient))
            row_of, column, weight = (np.broadcast_to(part, shape).ravel() for part in (row, variable, coefficient))
            self._entries.append((row_of + self._rows, column, weight.astype(np.float64)))
        self._row_lower.append(low)
        self._row_upper.append(high)
        self._rows += low.size

    def then(self, most_cost: float, terms: Sequence[tuple[NDArray[np.intp], FloatArray]]) -> None:
        """Hold the cost to what it may be at most, and minimise pairs of variable and coefficient instead."""
        cost = np.concatenate(self._cost)
        (counted,) = cost.nonzero()
        self.rows([(np.zeros_like(counted), counted, cost[counted])], np.array([-np.inf]), most_cost)
        cost[:] = 0.0
        for variable, coefficient in terms:
            cost[variable] = coefficient
        self._cost = [cost]

    def _matrix(self) -> csr_array:
        from scipy.sparse import csr_array

        rows, columns, weights = (np.concatenate(part) for part in zip(*self._entries, strict=True))
        return csr_array((weights, (rows, columns)), shape=(self._rows, self._variables))

    def minimise(self, seconds: float, *, flow: bool = False) -> Answer:
        """Solve, for at most so many seconds; a programme without variables has rows that 0 satisfies.

        Parameters
        ----------
        seconds
            The budget.
        flow
            Whether this is a flow whose basic answers are whole by themselves: branching comes only where they are not.
        """
        if self._variables == 0:
            return Answer(np.empty(0), 0.0, optimal=True, infeasible=False)
        if seconds <= 0:
            return Answer(None, -np.inf, optimal=False, infeasible=False)
        whole, clock = np.concatenate(self._whole), Budget(seconds)
        basic = self._solved(seconds, np.zeros_like(whole)) if flow else None
        if basic is not None and basic.infeasible:
            return basic
        if basic is not None and basic.values is not None and basic.optimal:
            rounded = np.where(whole, np.rint(basic.values), basic.values)
            if (np.abs(rounded - basic.values) < WHOLE).all():
                return Answer(rounded, basic.bound, optimal=True, infeasible=False)
        left = clock.left
        return self._solved(left, whole) if left > 0 else Answer(None, -np.inf, optimal=False, infeasible=False)

    def _solved(self, seconds: float, whole: NDArray[np.bool_]) -> Answer:
        from scipy.optimize import Bounds, LinearConstraint, milp

        limits = LinearConstraint(self._matrix(), np.concatenate(self._row_lower), np.concatenate(self._row_upper))
        with quiet():
            found = milp(
                np.concatenate(self._cost),
                integrality=whole.astype(np.int64),
                bounds=Bounds(np.concatenate(self._lower), np.concatenate(self._upper)),
                constraints=limits,
                options={"time_limit": seconds, "mip_rel_gap": 0.0},
            )
        values = None if found.x is None else np.where(whole, np.rint(found.x), found.x)
        bound = found.get("mip_dual_bound")
        if bound is None:
            bound = found.fun if found.success else -np.inf
        return Answer(values, float(bound), optimal=bool(found.success), infeasible=found.status == INFEASIBLE)


class Lots:
    """Quantities of a programme that are nothing, or a first pack and then packs of one size.

    Parameters
    ----------
    programme
        Where their variables and rows go.
    unit_cost, first_pack, pack, most
        Per quantity: cost per unit, units of the first step and of each further one, most units.
    marked
        Quantities that need a variable for "anything at all", even where the first pack is a pack like the others.
    """

    def __init__(
        self, programme: Programme, unit_cost: FloatArray, first_pack: FloatArray, pack: FloatArray, most: FloatArray,
        marked: NDArray[np.bool_],
    ) -> None:  # fmt: skip
        """Add the variables and what ties them together."""
        self.pack, self.first_pack = pack, first_pack
        self.has_first = marked | (first_pack > pack)
        further = np.floor((most - np.where(self.has_first, first_pack, 0.0)) / pack)
        (at,) = self.has_first.nonzero()
        self.packs = programme.variables(unit_cost * pack, np.maximum(further, 0.0), whole=True)
        self.any = programme.variables((unit_cost * first_pack)[at], (further[at] >= 0).astype(np.float64), whole=True)
        count = np.arange(len(at))
        programme.rows(
            [(count, self.packs[at], 1.0), (count, self.any, -np.maximum(further[at], 0.0))],
            np.full(len(at), -np.inf),
            0.0,
        )

    def terms(
        self, row: NDArray[np.intp], chosen: NDArray[np.bool_] | None = None, *, sign: float = 1.0
    ) -> list[tuple[NDArray[np.intp], NDArray[np.intp], FloatArray]]:
        """Return terms of rows that add up quantities: each one's row, and which of them count (all by default)."""
        kept = np.ones(len(self.pack), dtype=bool) if chosen is None else chosen
        first = self.has_first & kept
        any_of_kept = self.any[kept[self.has_first]]
        return [
            (row[kept], self.packs[kept], sign * self.pack[kept]),
            (row[first], any_of_kept, sign * self.first_pack[first]),
        ]

    def weighted(self, weight: FloatArray) -> list[tuple[NDArray[np.intp], FloatArray]]:
        """Return variables and coefficients of the sum of quantities times a weight each."""
        return [(self.packs, weight * self.pack), (self.any, (weight * self.first_pack)[self.has_first])]

    def units(self, values: FloatArray) -> FloatArray:
        """Return the quantities of an answer."""
        units = values[self.packs] * self.pack
        units[self.has_first] += values[self.any] * self.first_pack[self.has_first]
        return units
