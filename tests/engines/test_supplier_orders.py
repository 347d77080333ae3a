"""Supplier-level choices: packs that reach a minimum, stay within a budget, fill containers; brute force decides."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest

from moselle_nb.engines.supplier_ladders import Ladders, holding_costs, ladders_of
from moselle_nb.engines.supplier_orders import even_levels, fill_containers, keep_within, reach_minimums
from moselle_nb.engines.supplier_solver import Minimums
from tests import effort

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

SLACK = 1e-6

DAYS = np.array([7.0, 14.0, 21.0, 28.0])


def whole(*values: int) -> NDArray[np.int64]:
    return np.array(values, dtype=np.int64)


def costs(rates: list[float], pack: float, most: int, weekly: float = 10.0) -> Ladders:
    """Make lines that need so many units more every week, from the next one on."""
    weeks = np.full(4, weekly)
    totals = [holding_costs(weeks, DAYS, rate, pack * np.arange(most + 1.0)) for rate in rates]
    return ladders_of(totals, np.full(len(rates), pack), np.ones(len(rates), np.int64))


def test_a_pack_is_held_until_it_is_needed() -> None:
    # 10 units are needed 7 days later, 10 more 14 days later: 5 units cost 5 x 7 = 35 unit-days, 15 cost
    # 70 + 5 x 14 = 140; beyond all needs, 45 cost 70 + 140 + 210 + 280 + 5 x 28 = 840; at 0.1 a day.
    quantity = np.array([0.0, 5.0, 15.0, 45.0])
    assert holding_costs(np.full(4, 10.0), DAYS, 0.1, quantity).tolist() == pytest.approx([0.0, 3.5, 14.0, 84.0])


def test_the_cheapest_packs_reach_a_minimum() -> None:
    # Packs of 5, 2.00 a unit for both lines; 30 of value are missing: 3 packs. At 0.1 and 0.15 a day a pack of the
    # first week costs 3.5 and 5.25, of the second 7 and 10.5: two of A (7) and one of B (5.25).
    found = reach_minimums(costs([0.1, 0.15], 5.0, 8), np.full((1, 2), 2.0), np.array([30.0]))
    assert found.packs.tolist() == [2, 1]
    assert found.objective == pytest.approx(12.25)
    assert (found.optimal, found.gap, found.possible) == (True, 0.0, True)


def test_greedy_gives_back_what_is_too_much() -> None:
    # 10 units are missing. A's pack of 8 costs 8 (1.00 a unit), B's pack of 10 costs 11 (1.10): greedy takes A, then
    # needs B as well, and gives A back.
    ladders = ladders_of([np.array([0.0, 8.0]), np.array([0.0, 11.0])], np.array([8.0, 10.0]), whole(1, 1))
    found = reach_minimums(ladders, np.ones((1, 2)), np.array([10.0]), exact_steps=0)
    assert found.packs.tolist() == [0, 1]
    # The relaxation takes 8 of A and 2 of B: 8 + 2.2.
    assert found.bound == pytest.approx(10.2)
    assert found.gap == pytest.approx(0.8)


def test_what_cannot_be_reached_is_declared_impossible() -> None:
    found = reach_minimums(costs([0.1], 5.0, 3), np.ones((1, 1)), np.array([16.0]))
    assert (found.possible, found.packs.tolist()) == (False, [0])


def test_a_budget_buys_what_is_worth_most() -> None:
    # 10 for A's pack (worth 30) and 10 for B's (25, then 24): 20 buy one of each; 30 B's second.
    ladders = ladders_of([np.array([0.0, 30.0, 40.0]), np.array([0.0, 25.0, 49.0])], np.ones(2), whole(1, 1))
    price = np.full((1, 2), 10.0)
    assert [keep_within(ladders, price, np.array([cap])).packs.tolist() for cap in (9.0, 20.0, 30.0)] == [
        [0, 0], [1, 1], [1, 2],
    ]  # fmt: skip


def test_an_order_below_its_minimum_is_not_placed() -> None:
    # Two orders with a line each, 10 a pack. A is worth more, but its order must reach 30 and the budget is 20.
    ladders = ladders_of([np.array([0.0, 30.0, 60.0, 90.0]), np.array([0.0, 5.0, 9.0])], np.ones(2), whole(1, 1))
    price = np.full((1, 2), 10.0)
    minimums = Minimums(whole(0, 1), price, np.array([[30.0, 0.0]]))
    for steps in (0, 400):
        found = keep_within(ladders, price, np.array([20.0]), minimums, exact_steps=steps)
        assert found.packs.tolist() == [0, 2]


def instance(seed: int) -> tuple[np.random.Generator, NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    rng = np.random.default_rng(seed)
    lines = int(rng.integers(1, 5))
    first, most = rng.integers(1, 3, lines), rng.integers(0, 6, lines)
    return rng, rng.integers(1, 6, lines).astype(np.float64), first, np.where(most < first, 0, most)


def every_choice(ladders: Ladders) -> Iterator[NDArray[np.int64]]:
    ranges = [[0, *range(int(low), int(high) + 1)] for low, high in zip(ladders.first, ladders.most, strict=True)]
    return (whole(*packs) for packs in product(*ranges))


@pytest.mark.parametrize("seed", effort.seeds("supplier_orders"))
def test_minimums_are_reached_at_least_cost(seed: int) -> None:
    rng, pack, first, most = instance(seed)
    totals = [
        holding_costs(rng.integers(0, 8, 4).astype(float), DAYS, rng.uniform(0.01, 0.1), np.arange(top + 1) * size)
        for top, size in zip(most, pack, strict=True)
    ]
    ladders = ladders_of(totals, pack, first)
    per_unit = np.stack([rng.uniform(1, 9, len(pack)), np.ones(len(pack))])
    gaps = np.array([rng.uniform(0, 60), float(rng.integers(1, 20))]) * rng.integers(0, 2, 2).astype(np.float64)
    best = min(
        (float(ladders.of(packs).sum()) for packs in every_choice(ladders)
         if ((per_unit * pack * packs).sum(axis=1) >= gaps - SLACK).all()),
        default=None,
    )  # fmt: skip
    exact, greedy = (reach_minimums(ladders, per_unit, gaps, exact_steps=steps) for steps in (400, 0))
    assert (exact.possible, greedy.possible) == (best is not None, best is not None)
    if best is None:
        return
    assert exact.optimal
    assert exact.objective == pytest.approx(best, abs=SLACK)
    assert greedy.objective >= best - SLACK
    assert greedy.objective - greedy.gap <= best + SLACK
    for found in (exact, greedy):
        assert ((per_unit * pack * found.packs).sum(axis=1) >= gaps - SLACK).all()
        assert ((found.packs == 0) | ((found.packs >= first) & (found.packs <= most))).all()


@pytest.mark.parametrize("seed", effort.seeds("supplier_orders"))
def test_a_budget_keeps_what_is_worth_most(seed: int) -> None:
    rng, pack, first, most = instance(seed)
    totals = [np.concatenate([[0.0], np.cumsum(np.sort(rng.integers(0, 20, top))[::-1])]) for top in most]
    ladders, price = ladders_of(totals, pack, first), rng.uniform(1, 9, len(pack))
    minimums = Minimums(rng.integers(0, 2, len(pack)), price[None], rng.uniform(0, 30, (1, 2)) * rng.integers(0, 2, 2))
    budget = float(rng.uniform(0, 80))

    def allowed(packs: NDArray[np.int64]) -> bool:
        spent = np.bincount(minimums.order, price * pack * packs, 2)
        placed = np.bincount(minimums.order, packs, 2) > 0
        return bool(spent.sum() <= budget + SLACK and (spent >= minimums.least[0] - SLACK)[placed].all())

    best = max(float(ladders.of(packs).sum()) for packs in every_choice(ladders) if allowed(packs))
    exact, greedy = (
        keep_within(ladders, price[None], np.array([budget]), minimums, exact_steps=steps) for steps in (400, 0)
    )
    assert exact.objective == pytest.approx(best, abs=SLACK)
    assert greedy.objective <= best + SLACK
    assert greedy.objective + greedy.gap >= best - SLACK
    for found in (exact, greedy):
        assert allowed(found.packs)
        assert ((found.packs == 0) | ((found.packs >= first) & (found.packs <= most))).all()


def test_even_levels_stop_where_the_room_ends() -> None:
    # A needs 2 units a day, B 1; a unit takes 1. Room for 10: 3 days are 9, a third of the fourth day 1 more.
    needs = np.outer(np.arange(1, 11), [2.0, 1.0])
    level = even_levels(needs, np.full(2, np.inf), np.ones((1, 2)), np.array([10.0]))
    assert level.tolist() == pytest.approx([6 + 2 / 3, 3 + 1 / 3])


def test_a_line_at_its_most_leaves_the_room_to_others() -> None:
    needs = np.outer(np.arange(1, 11), [2.0, 1.0])
    level = even_levels(needs, np.array([4.0, np.inf]), np.ones((1, 2)), np.array([10.0]))
    assert level.tolist() == pytest.approx([4.0, 6.0])


def test_weight_may_end_the_filling_before_volume() -> None:
    needs = np.outer(np.arange(1, 11), [2.0, 1.0])
    level = even_levels(needs, np.full(2, np.inf), np.array([[1.0, 1.0], [3.0, 0.0]]), np.array([10.0, 12.0]))
    assert level.tolist() == pytest.approx([4.0, 2.0])


@pytest.mark.parametrize("seed", effort.seeds("supplier_orders"))
def test_containers_are_as_full_as_rounding_allows(seed: int) -> None:
    rng, pack, first, most = instance(seed)
    level = rng.uniform(0, 25, len(pack)).clip(0, most * pack)
    per_unit = rng.uniform(0.5, 2.0, (2, len(pack)))
    room = (per_unit * level).sum(axis=1) * rng.uniform(1.0, 1.4, 2)
    if not room.all():
        return
    low = np.floor(level / pack + SLACK)
    low = np.where(low < first, 0, low)
    high = np.where(low == 0, first, low + 1)
    high = np.where((high > most) | (low * pack >= level - SLACK), low, high)
    tightest = int(np.argmax((per_unit * level).sum(axis=1) / room))
    fills = []
    for packs in product(*zip(low, high, strict=True)):
        taken = (per_unit * pack * np.array(packs)).sum(axis=1) / room
        if (taken <= 1 + SLACK).all():
            fills.append(taken[tightest])
    exact, greedy = (fill_containers(level, pack, first, most, per_unit, room, exact_steps=n) for n in (400, 0))
    assert exact.objective == pytest.approx(max(fills), abs=SLACK)
    assert max(fills) - SLACK <= greedy.objective + greedy.gap
    for found in (exact, greedy):
        assert ((per_unit * pack * found.packs).sum(axis=1) <= room * (1 + SLACK)).all()
        assert ((found.packs == low) | (found.packs == high)).all()
