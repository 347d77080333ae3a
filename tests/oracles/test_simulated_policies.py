"""Simulation against exact costs: published (s, S) policies, base stock and fixed order quantities."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from moselle_nb.engines.intervals import Sample, difference, estimate, student_quantile
from moselle_nb.engines.rolling import Review, Reviews, Supply, Trial, roll
from tests.effort import SEED, count

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

PUBLISHED = json.loads(Path(__file__).with_name("published_reorder_points.json").read_text(encoding="utf-8"))
"""(s, S) policies for Poisson demand without a lead time and their exact cost per period, each with its source."""

PATHS, WARM = 40, 200


def simulated(
    mean: float, decide: Callable[[Review], NDArray[np.float64]], *, opening: float, lead: int, backorder: bool = True
) -> tuple[Trial, NDArray[np.float64]]:
    """Simulate Poisson demand with a review every period; return the trial and the backlog of a period and path."""
    periods = WARM + count("policy_periods") // PATHS
    days = np.arange(periods)
    demand = np.random.default_rng(SEED).poisson(mean, (periods, PATHS)).astype(float)
    supply = Supply(np.full(PATHS, opening))
    trial = roll(demand, supply, Reviews(days, days + lead), decide, backorder=backorder, first_day=WARM, record=True)
    assert trial.endings is not None
    return trial, np.maximum(-trial.endings[WARM:], 0.0).mean(axis=0)


def close(values: NDArray[np.float64], expected: float) -> None:
    """Assert that a mean over paths lies within its interval of 99.99 %."""
    found = estimate(Sample(values, np.ones_like(values)), student_quantile(0.9999, PATHS))
    assert abs(float(found.value) - expected) <= float(found.half_width) + 5e-4


@pytest.mark.parametrize("case", PUBLISHED, ids=[case["id"] for case in PUBLISHED])
def test_published_reorder_points_cost_what_is_published(case: dict[str, Any]) -> None:
    given = case["inputs"]
    reorder, up_to = given["s"], given["S"]

    def decide(review: Review) -> NDArray[np.float64]:
        return np.where(review.position <= reorder, up_to - review.position, 0.0)

    trial, backlog = simulated(given["mean"], decide, opening=up_to, lead=0)
    periods = len(trial.endings) - WARM if trial.endings is not None else 0
    close(
        given["h"] * trial.stock_days / periods + given["p"] * backlog + given["K"] * trial.orders / periods,
        case["cost"],
    )


def poisson(mean: float) -> list[float]:
    return [math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(400)]


@pytest.mark.parametrize(("mean", "lead", "level"), [(4.0, 3, 20), (1.5, 6, 12), (10.0, 1, 25)])
def test_base_stock_leaves_what_demand_over_lead_time_and_period_leaves(mean: float, lead: int, level: int) -> None:
    # stock at the end of a period is the level less the demand of lead time and period, which is Poisson
    over = poisson(mean * (lead + 1))
    held = sum(chance * max(level - units, 0) for units, chance in enumerate(over))
    short = sum(chance * max(units - level, 0) for units, chance in enumerate(over))
    # unserved on its day: what is missing at its end less what was missing at its opening, after what arrived
    before = sum(chance * max(units - level, 0) for units, chance in enumerate(poisson(mean * lead)))
    trial, backlog = simulated(mean, lambda review: level - review.position, opening=level, lead=lead)
    periods = len(trial.endings) - WARM if trial.endings is not None else 0
    close(trial.stock_days / periods, held)
    close(backlog, short)
    close(trial.unserved / trial.demand * mean, short - before)


def test_lost_sales_with_one_period_between_are_the_markov_chain() -> None:
    # base stock with lost sales, lead time 1, every period: of stock x after the arrival, S - x is ordered, so that the
    # next one is (x - d)^+ + S - x. Its stationary law is that of the transition matrix
    mean, level = 3.0, 7
    chance, matrix = poisson(mean), np.zeros((level + 1, level + 1))
    for x in range(level + 1):
        for units, share in enumerate(chance):
            matrix[x, max(x - units, 0) + level - x] += share
    law = np.linalg.matrix_power(matrix, 400)[0]
    lost = sum(law[x] * share * max(units - x, 0) for x in range(level + 1) for units, share in enumerate(chance))

    def decide(review: Review) -> NDArray[np.float64]:
        return level - review.position

    trial, _ = simulated(mean, decide, opening=level, lead=1, backorder=False)
    close(trial.unserved / trial.demand * mean, lost)


def test_fixed_order_quantities_leave_a_position_that_is_uniform() -> None:
    # (r, Q) at every period, unit demand sizes by Poisson: the position after ordering is uniform on r + 1 ... r + Q
    # (Zipkin 2000, theorem 6.2.3), so that stock at the end of lead time and period is its mean over base stock levels
    mean, lead, reorder, lot = 4.0, 2, 10, 8
    over = poisson(mean * (lead + 1))
    held = np.mean([
        sum(chance * max(level - units, 0) for units, chance in enumerate(over))
        for level in range(reorder + 1, reorder + lot + 1)
    ])  # fmt: skip

    def decide(review: Review) -> NDArray[np.float64]:
        return lot * np.maximum(np.ceil((reorder + 1 - review.position) / lot), 0.0)

    trial, _ = simulated(mean, decide, opening=reorder + lot, lead=lead)
    periods = len(trial.endings) - WARM if trial.endings is not None else 0
    close(trial.stock_days / periods, float(held))
    close(trial.ordered / periods, mean)


def test_intervals_of_shares_hold_as_often_as_they_say() -> None:
    # 400 samples of 50 paths of a share with a known value, 0.8: 90 % intervals hold it in 85 to 95 % of them
    rng = np.random.default_rng(SEED)
    asked = rng.poisson(30.0, (400, 50)).astype(float)
    served = rng.binomial(asked.astype(np.int64), 0.8).astype(float)
    found = estimate(Sample(served, asked), student_quantile(0.9, 50))
    held = np.abs(found.value - 0.8) <= found.half_width
    assert 0.85 < held.mean() < 0.95
    same = difference(Sample(served, asked), Sample(served, asked), student_quantile(0.9, 50))
    assert (same.value == 0).all()
    assert (same.half_width == 0).all()
