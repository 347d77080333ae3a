"""The most valuable allocation with packs that differ: against brute force, an independent programme, and by hand."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from moselle_nb.engines import exact
from moselle_nb.engines.exact import PackSteps, most_valuable
from moselle_nb.engines.pack_value import VALUE_STEP
from tests.effort import seeds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.exact_solver import Solution
    from moselle_nb.engines.position import FloatArray

TOLERANCE = 1e-5
"""Twice the solver's absolute gap, in currency, and room for sums."""


@dataclass(frozen=True)
class Drawn:
    """One item: choices as plain lists of (units, value), the first of them what is given in any case."""

    available: int
    first: list[int]
    pack: list[int]
    least: list[int]
    worth: list[dict[int, float]]

    def packs(self) -> PackSteps:
        most = max(len(worth) for worth in self.worth) - 1
        values = np.full((len(self.worth), most), np.nan)
        for j, worth in enumerate(self.worth):
            values[j, : len(worth) - 1] = np.diff(list(worth.values()))
        return PackSteps(np.array(self.first, dtype=np.float64), np.array(self.pack, dtype=np.float64), values)

    def value(self, quantity: FloatArray) -> float:
        return sum(worth[int(units)] for worth, units in zip(self.worth, quantity, strict=True))

    def greedy(self) -> FloatArray:
        """Give the step that is worth most per unit and still fits, one after the other: the fast rule."""
        given, left = list(self.least), self.available - sum(self.least)
        while True:
            best: tuple[float, int, int] | None = None
            for j, worth in enumerate(self.worth):
                units = self.pack[j] if given[j] else self.first[j]
                gain = (worth.get(given[j] + units, -1e9) - worth[given[j]]) / units
                if units <= left and gain > 0 and (best is None or gain > best[0]):
                    best = (gain, j, units)
            if best is None:
                return np.array(given, dtype=np.float64)
            given[best[1]] += best[2]
            left -= best[2]


def drawn(seed: int, locations: int, most_units: int, sizes: tuple[int, ...]) -> Drawn:
    """Draw an item whose units are worth less and less at each location, in sixteenths."""
    draw = np.random.default_rng(seed)
    pack = [int(draw.choice(sizes)) for _ in range(locations)]
    first = [size * int(draw.choice([1, 1, 2, 3])) for size in pack]
    worth, least = [], []
    for j in range(locations):
        top = int(draw.integers(0, most_units + 1))
        units = np.sort(draw.integers(-40, 160, size=top))[::-1] / 16
        reached = [0, *range(first[j], top + 1, pack[j])]
        worth.append({q: float(units[:q].sum()) for q in reached})
        least.append(reached[1] if len(reached) > 1 and draw.random() < 0.2 else 0)
    most = sum(max(line) for line in worth)
    available = sum(least) + int(draw.integers(0, max(1, most - sum(least)) + 1))
    return Drawn(available, first, pack, least, worth)


def solve(item: Drawn, *, budget: float = 60.0) -> Solution:
    least = np.array(item.least, dtype=np.float64)
    return most_valuable(item.available, item.packs(), item.greedy(), least=least, budget=budget)


def best_of_all(item: Drawn) -> float:
    """Try every combination of quantities."""
    lines = [[q for q in worth if q >= least] for worth, least in zip(item.worth, item.least, strict=True)]
    return max(item.value(np.array(q)) for q in product(*lines) if sum(q) <= item.available)


def best_by_programme(item: Drawn) -> float:
    """Solve with one whole variable per location and *quantity*, exactly one of them chosen at each location."""
    choices = [(j, q, v) for j, worth in enumerate(item.worth) for q, v in worth.items() if q >= item.least[j]]
    rows, units, value = (np.array(part, dtype=np.float64) for part in zip(*choices, strict=True))
    one_each = (rows == np.arange(len(item.worth))[:, None]).astype(np.float64)
    found = milp(
        -value,
        integrality=np.ones(len(choices), dtype=np.int64),
        bounds=Bounds(0, 1),
        constraints=[LinearConstraint(one_each, 1, 1), LinearConstraint(units[None, :], -np.inf, item.available)],
        options={"mip_rel_gap": 0},
    )
    assert found.success, found.message
    return float(value @ np.rint(found.x))


def assert_allowed(item: Drawn, quantity: FloatArray) -> None:
    assert quantity.sum() <= item.available
    for j, units in enumerate(quantity):
        assert units in item.worth[j]
        assert units >= item.least[j]


@pytest.mark.parametrize("seed", seeds("exact_instances"))
def test_different_packs_and_first_packs_equal_an_independent_programme(seed: int) -> None:
    item = drawn(seed, locations=8, most_units=60, sizes=(1, 2, 3, 4, 6, 10, 12))
    found, best = solve(item), best_by_programme(item)
    assert_allowed(item, found.quantity)
    assert found.optimal
    assert found.gap == 0
    assert found.objective == item.value(found.quantity)
    assert found.bound == found.objective == pytest.approx(best, abs=TOLERANCE)


@pytest.mark.parametrize("seed", seeds("exact_instances"))
def test_tiny_items_equal_brute_force_by_either_way(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    item = drawn(seed, locations=3, most_units=14, sizes=(1, 2, 3, 5))
    best = best_of_all(item)
    by_states = solve(item)
    monkeypatch.setattr(exact, "MOST_CELLS", 0)
    by_solver = solve(item)
    for found in (by_states, by_solver):
        assert_allowed(item, found.quantity)
        assert found.optimal
        assert found.objective == best == item.value(found.quantity)


@pytest.mark.parametrize("seed", range(40))
def test_a_budget_that_ends_states_a_gap_that_holds(seed: int) -> None:
    item = drawn(seed, locations=8, most_units=60, sizes=(4, 6, 10, 15))
    found, best = solve(item, budget=0.0), best_by_programme(item)
    assert found.objective == item.value(item.greedy())
    assert found.objective <= best + TOLERANCE
    assert found.bound >= best - TOLERANCE
    assert found.gap == (0.0 if found.optimal else found.bound - found.objective)
    assert not found.optimal or found.objective == pytest.approx(best, abs=TOLERANCE)


def test_some_of_these_budgets_do_end_before_the_proof() -> None:
    found = [solve(drawn(seed, 8, 60, (4, 6, 10, 15)), budget=0.0) for seed in range(40)]
    assert any(not one.optimal and one.gap > 0 for one in found)
    assert any(one.optimal for one in found)


def hard(locations: int = 120) -> tuple[float, PackSteps]:
    """Build packs of nearly one value per unit and awkward sizes: the bound proves little, the programme is large."""
    draw = np.random.default_rng(7)
    size = draw.integers(50_001, 99_999, size=locations).astype(np.float64)
    worth = size[:, None] * 3 + draw.integers(0, 50, size=(locations, 1)) - np.arange(4)
    return float(size.sum() * 2 + 17), PackSteps(size, size, worth)


def test_a_solver_that_is_stopped_states_a_gap_that_holds() -> None:
    available, packs = hard()
    none = np.zeros(len(packs.pack))
    found = most_valuable(available, packs, none, budget=0.3)
    assert found.quantity.sum() <= available
    assert 0 <= found.objective <= found.bound
    # no unit is worth more than (3 * 50,001 + 49) / 50,001
    assert found.bound <= available * (3 + 49 / 50_001)
    assert found.optimal or found.gap == found.bound - found.objective > 0


def by_hand(values: list[list[float]], first: list[float], pack: list[float]) -> PackSteps:
    most = max(len(line) for line in values)
    padded = np.array([line + [np.nan] * (most - len(line)) for line in values])
    return PackSteps(np.array(first), np.array(pack), padded)


def test_the_larger_pack_waits_for_two_smaller_ones() -> None:
    # 10 units. A: one pack of 6 worth 60 (10 a unit). B: packs of 5 worth 45 each (9 a unit). The fast rule takes A
    # first and B no longer fits twice: 60, with B's pack of 5 not fitting into 4. Two packs of B are worth 90.
    packs = by_hand([[60.0], [45.0, 45.0]], [6, 5], [6, 5])
    found = most_valuable(10, packs, np.array([6.0, 0.0]))
    assert found.quantity.tolist() == [0, 10]
    assert (found.objective, found.bound, found.optimal) == (90, 90, True)


def test_what_is_given_in_any_case_stays() -> None:
    # as above, but A's 6 units are its presentation minimum: nothing of B fits into the 4 that are left
    packs = by_hand([[60.0], [45.0, 45.0]], [6, 5], [6, 5])
    found = most_valuable(10, packs, np.array([6.0, 0.0]), least=np.array([6.0, 0.0]))
    assert found.quantity.tolist() == [6, 0]
    assert (found.objective, found.gap, found.optimal) == (60, 0, True)


def test_the_gap_without_time_is_that_of_divisible_packs() -> None:
    # A's 6 units stay; the 4 that are left could at most earn B's 9 a unit
    packs = by_hand([[60.0], [45.0, 45.0]], [6, 5], [6, 5])
    found = most_valuable(10, packs, np.array([6.0, 0.0]), least=np.array([6.0, 0.0]), budget=0)
    assert (found.objective, found.bound, found.gap, found.optimal) == (60, 96, 36, False)


def test_a_presentation_minimum_may_cost_more_than_it_is_worth() -> None:
    packs = by_hand([[-3.0, -4.0], [2.0]], [2, 1], [2, 1])
    found = most_valuable(5, packs, np.array([2.0, 0.0]), least=np.array([2.0, 0.0]))
    assert found.quantity.tolist() == [2, 1]
    assert (found.objective, found.optimal) == (-1, True)


def test_a_first_pack_of_little_value_opens_good_ones() -> None:
    # not concave: 8 units of A are worth 8 + 12 + 12 only together; B's single units are worth 2.5 each
    packs = by_hand([[8.0, 12.0, 12.0], [2.5] * 8], [4, 1], [2, 1])
    found = most_valuable(8, packs, np.array([0.0, 8.0]))
    assert found.quantity.tolist() == [8, 0]
    assert (found.objective, found.optimal) == (32, True)


def test_an_answer_that_is_best_already_is_kept_and_ties_go_to_the_earlier_location() -> None:
    packs = by_hand([[5.0], [5.0]], [1, 1], [1, 1])
    kept = most_valuable(1, packs, np.array([0.0, 1.0]))
    assert kept.quantity.tolist() == [0, 1]
    assert most_valuable(1, packs, np.zeros(2)).quantity.tolist() == [1, 0]


@pytest.mark.parametrize("available", [0, 5])
def test_nothing_available_or_nothing_asked_is_optimal_at_nothing(available: int) -> None:
    empty = PackSteps(np.array([4.0, 6.0]), np.array([4.0, 6.0]), np.empty((2, 0)))
    some = by_hand([[9.0], [9.0]], [6, 8], [6, 8])
    nowhere = PackSteps(np.empty(0), np.empty(0), np.empty((0, 0)))
    for packs in (empty, some, nowhere):
        found = most_valuable(available, packs, np.zeros(len(packs.pack)))
        assert found.quantity.sum() == 0
        assert (found.objective, found.bound, found.optimal) == (0, 0, True)


def test_values_below_a_grain_are_ties() -> None:
    packs = by_hand([[1.0], [1.0 + VALUE_STEP / 4]], [1, 1], [1, 1])
    assert most_valuable(1, packs, np.array([1.0, 0.0])).quantity.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("start", "least", "text"),
    [
        ([3, 0], [0, 0], r"Location 0 cannot receive 3 units: a first pack of 4, then packs of 2, at most 2 in all\."),
        ([8, 0], [0, 0], r"Location 0 cannot receive 8 units"),
        ([0, 2], [0, 0], r"Location 1 cannot receive 2 units"),
        ([6, 1], [0, 0], r"gives 7 units of 6 available"),
        ([0, 1], [4, 0], r"gives 1 units of 6 available, or less than the least"),
    ],
)
def test_an_answer_that_is_none_is_refused(start: list[float], least: list[float], text: str) -> None:
    packs = by_hand([[8.0, 2.0], [1.0]], [4, 1], [2, 1])
    with pytest.raises(ValueError, match=text):
        most_valuable(6, packs, np.array(start, dtype=np.float64), least=np.array(least, dtype=np.float64))


def test_a_budget_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match=r"A time budget is at least 0 seconds, got -1\."):
        most_valuable(1, by_hand([[1.0]], [1], [1]), np.zeros(1), budget=-1)


def test_steps_and_units_are_two_names_of_one_thing() -> None:
    packs = by_hand([[1.0] * 5, [1.0] * 5], [6, 5], [2, 5])
    steps: NDArray[np.intp] = np.array([[0, 1, 2, 5], [0, 1, 2, 5]])
    assert packs.units(steps).tolist() == [[0, 6, 8, 14], [0, 5, 10, 25]]
    for k in range(steps.shape[1]):
        assert packs.steps(packs.units(steps)[:, k]).tolist() == steps[:, k].tolist()
