"""Perfect information: a linear programme finds nothing cheaper where sales are lost, no policy does anywhere."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

from moselle_nb.engines.hindsight import least_cost
from moselle_nb.engines.rolling import Reviews, Supply, roll
from tests.effort import seeds


def optimum(
    demand: list[float], opening: float, scheduled: list[float], arrivals: list[int], holding: float, shortage: float
) -> float:
    """Solve for orders, sales and stock of each day: stock balances, sales are at most demand, the rest is lost."""
    days = len(demand)
    costs = np.concatenate([np.zeros(days), np.full(days, -shortage), np.full(days, holding)])
    balance = np.hstack([np.eye(days), -np.eye(days), -np.eye(days) + np.eye(days, k=-1)])
    receipts = -np.array(scheduled, dtype=float)
    receipts[0] -= opening
    bounds = [(0.0, np.inf if day in arrivals else 0.0) for day in range(days)]
    bounds += [(0.0, units) for units in demand] + [(0.0, np.inf)] * days
    found = linprog(costs, A_eq=balance, b_eq=receipts, bounds=bounds)
    assert found.fun is not None
    return float(found.fun + shortage * sum(demand))


@pytest.mark.parametrize("seed", seeds("rolling"))
def test_a_linear_programme_finds_nothing_cheaper_and_not_this_dearer(seed: int) -> None:
    rng = np.random.default_rng(seed)
    days, columns = 14, 3
    demand = rng.poisson(3.0, (days, columns)).astype(float)
    scheduled = np.where(rng.random((days, columns)) < 0.1, 8.0, 0.0)
    arrivals = np.sort(rng.choice(days, 3, replace=False))
    opening = rng.integers(0, 15, columns).astype(float)
    holding, shortage = 1.0, float(rng.integers(1, 9)) + 0.5
    reviews = Reviews(np.maximum(arrivals - 2, 0), arrivals)
    supply = Supply(opening, scheduled)
    found = least_cost(demand, supply, reviews, backorder=False, days_worth=np.full(columns, shortage / holding))
    cost = holding * found.stock_days + shortage * found.unserved
    wanted = [
        optimum(demand[:, at].tolist(), opening[at], scheduled[:, at].tolist(), arrivals.tolist(), holding, shortage)
        for at in range(columns)
    ]
    assert cost == pytest.approx(wanted)


@pytest.mark.parametrize("backorder", [False, True])
@pytest.mark.parametrize("seed", seeds("rolling")[:20])
def test_no_orders_cost_less(seed: int, backorder: bool) -> None:
    rng = np.random.default_rng(seed)
    days, columns = 30, 40
    demand, opening = rng.poisson(3.0, (days, columns)).astype(float), rng.integers(0, 15, columns).astype(float)
    placed = np.arange(0, days, 5)
    reviews = Reviews(placed, placed + 3)
    delay = rng.integers(-2, 5, (days, columns)) if seed % 2 else None
    supply = Supply(opening, np.where(rng.random((days, columns)) < 0.1, 8.0, 0.0), delay)
    holding, shortage = 1.0, 6.0
    trial = roll(
        demand, supply, reviews, lambda _: rng.integers(0, 30, columns).astype(float), backorder=backorder
    )  # fmt: skip
    bound = least_cost(demand, supply, reviews, backorder=backorder, days_worth=np.full(columns, shortage / holding))
    cost, least = (holding * each.stock_days + shortage * each.unserved for each in (trial, bound))
    assert (least <= cost).all()


def test_days_by_hand() -> None:
    # 3 on hand, 2 a day, arrivals on days 1 and 4: day 1 lacks 1, in time. Day 2 takes 2 a day early, day 3 two days
    # early: 2 + 4 unit days. At a shortage of one and a half days of holding, the 2 of day 3 are lost. Day 4 is in time
    reviews = Reviews(np.array([0, 3]), np.array([1, 4]))
    demand = np.full((5, 2), 2.0)
    found = least_cost(
        demand, Supply(np.array([3.0, 3.0])), reviews, backorder=False, days_worth=np.array([np.inf, 1.5])
    )  # fmt: skip
    assert found.stock_days.tolist() == [1 + 2 + 4, 1 + 2]
    assert found.unserved.tolist() == [0, 2]
    assert found.ordered.tolist() == [7, 5]
