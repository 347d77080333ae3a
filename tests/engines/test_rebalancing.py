"""Moving spare stock: equal to trying every way on small cases."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from moselle_nb.engines.exact_lanes import SourceLanes
from moselle_nb.engines.rebalancing import most_gained, move_gain
from tests.effort import count


def lanes(supply: list[float], cost: list[list[float]], pack: float = 1.0, first: float = 1.0) -> SourceLanes:
    costs = np.array(cost)
    return SourceLanes(np.array(supply), costs, np.full(costs.shape, pack), np.full(costs.shape, first))


def best_by_trying(
    given: SourceLanes, need: np.ndarray, margin: np.ndarray, room: np.ndarray, least_gain: float
) -> float:
    """Try every quantity on every lane."""
    i, j = np.nonzero(np.isfinite(given.unit_cost))
    choices = []
    for a, b in zip(i, j, strict=True):
        most = min(given.supply[a], room[b])
        later = np.arange(given.first_pack[a, b], most + 1, given.pack[a, b])
        choices.append([0.0, *later.tolist()])
    best = 0.0
    for tried in product(*choices):
        quantity = np.zeros(given.unit_cost.shape)
        quantity[i, j] = tried
        if (quantity.sum(axis=1) > given.supply).any() or (quantity.sum(axis=0) > room).any():
            continue
        best = max(best, move_gain(given, need, margin, quantity) - least_gain * float((quantity > 0).sum()))
    return best


@pytest.mark.parametrize("seed", range(count("rebalancing")))
def test_nothing_gains_more(seed: int) -> None:
    rng = np.random.Generator(np.random.PCG64(seed))
    sources, destinations = int(rng.integers(1, 3)), int(rng.integers(1, 3))
    cost = rng.integers(0, 6, (sources, destinations)).astype(float)
    cost[rng.random(cost.shape) < 0.2] = np.inf
    pack = float(rng.integers(1, 3))
    given = lanes(rng.integers(0, 6, sources).astype(float).tolist(), cost.tolist(), pack, pack * rng.integers(1, 3))
    need = rng.integers(0, 6 * 1024, destinations) / 1024
    margin, room = rng.integers(0, 9, destinations).astype(float), rng.integers(0, 7, destinations).astype(float)
    least = float(rng.choice([0.0, 2.5]))
    found = most_gained(given, need, margin, room, least_gain=least)
    assert found.optimal
    assert found.objective == pytest.approx(best_by_trying(given, need, margin, room, least), abs=1e-4)
    assert (found.quantity.sum(axis=1) <= given.supply).all()
    assert (found.quantity.sum(axis=0) <= room).all()


def test_a_move_must_pay() -> None:
    """Ten units short earn 3 each; moving costs 2 a unit: 10 gained. With 10.5 asked for, nothing moves."""
    given, need, margin = lanes([20.0], [[2.0]]), np.array([10.0]), np.array([3.0])
    room = np.array([np.inf])
    assert most_gained(given, need, margin, room).quantity.tolist() == [[10.0]]
    assert most_gained(given, need, margin, room).objective == 10.0
    assert most_gained(given, need, margin, room, least_gain=10.5).quantity.tolist() == [[0.0]]
    dearer = lanes([20.0], [[3.0]])
    assert most_gained(dearer, need, margin, room).quantity.tolist() == [[0.0]]


def test_units_that_serve_nobody_stay() -> None:
    """192.4 units short need 193, though more could move at no cost; the first sources give them."""
    given = lanes([95.0, 840.0, 184.0], [[0.0], [0.0], [0.0]])
    found = most_gained(given, np.array([192.4]), np.array([1.0]), np.array([np.inf]))
    assert found.quantity.ravel().tolist() == [95.0, 98.0, 0.0]


def test_without_time_the_bound_is_stated() -> None:
    found = most_gained(lanes([5.0], [[1.0]]), np.array([5.0]), np.array([3.0]), np.array([9.0]), budget=0.0)
    assert (found.quantity.sum(), found.objective, found.bound, found.optimal) == (0.0, 0.0, 10.0, False)
