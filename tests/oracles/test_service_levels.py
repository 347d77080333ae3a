"""Levels against simulation: what a policy reaches over many periods, by a plain simulator of its own.

Each case is one column of a periodic-review policy: every R periods the inventory position is raised to S, orders
arrive L periods later at the opening of a period, and demand comes afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest

from moselle_nb.engines.distributions import DISTRIBUTIONS, Demand
from moselle_nb.engines.service_levels import fill_rate_level, ready_rate_level
from tests.effort import SEED, count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

PER_PERIOD = {"normal": (50.0, 225.0), "gamma": (20.0, 300.0), "poisson": (3.0, 3.0), "negative_binomial": (2.0, 8.0)}
"""Mean and variance of a period's demand."""

COUNTED = {"poisson", "negative_binomial"}
POISSON = np.array([DISTRIBUTIONS.index("poisson")], dtype=np.int8)

ALLOWED = 0.01
"""One percentage point."""


class Case(NamedTuple):
    kind: str
    review: int
    lead_time: int
    target: float


CASES = [
    Case(kind, review, lead_time, target)
    for kind in PER_PERIOD
    for review in (1, 4)
    for lead_time in (0, 2, 7)
    for target in (0.9, 0.98)
]


def demand_of(kind: str, periods: int) -> Demand:
    mean, variance = PER_PERIOD[kind]
    number = DISTRIBUTIONS.index(kind)
    return Demand(np.array([mean * periods]), np.array([variance * periods]), np.array([number], dtype=np.int8))


def drawn(kind: str, periods: int, rng: np.random.Generator) -> Floats:
    mean, variance = PER_PERIOD[kind]
    if kind == "normal":
        return rng.normal(mean, variance**0.5, periods)
    if kind == "gamma":
        return rng.gamma(mean**2 / variance, variance / mean, periods)
    if kind == "poisson":
        return rng.poisson(mean, periods).astype(np.float64)
    return rng.negative_binomial(mean**2 / (variance - mean), mean / variance, periods).astype(np.float64)


def simulated(case: Case, level: float, demand: Floats) -> tuple[float, float]:
    """Return the share of demand served from stock and the share of periods that end without backlog."""
    net, pipeline, unserved, ready = level, [0.0] * (case.lead_time + 1), 0.0, 0
    for period, asked in enumerate(demand.tolist()):
        if period % case.review == 0:
            pipeline[case.lead_time] += level - net - sum(pipeline)
        net += pipeline.pop(0)
        pipeline.append(0.0)
        unserved += min(max(asked - max(net, 0.0), 0.0), max(asked, 0.0))
        net -= asked
        ready += net >= 0
    return 1 - unserved / float(demand.sum()), ready / len(demand)


@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(map(str, case)))
def test_fill_rate_is_reached(case: Case) -> None:
    interval = demand_of(case.kind, case.review + case.lead_time)
    lead_time = demand_of(case.kind, case.lead_time) if case.lead_time else None
    level = float(fill_rate_level(interval, np.array([case.target]), lead_time)[0])
    demand = drawn(case.kind, count("simulated_periods"), np.random.default_rng(SEED))
    found, _ = simulated(case, level, demand)
    # Counts cannot be hit exactly with whole levels, but levels in 1/1024 of a unit can: shortage is linear between.
    assert found == pytest.approx(case.target, abs=ALLOWED)


@pytest.mark.parametrize("case", CASES[::2], ids=lambda case: "-".join(map(str, case)))
def test_ready_rate_is_reached(case: Case) -> None:
    days = [demand_of(case.kind, case.lead_time + day) for day in range(1, case.review + 1)]
    level = float(ready_rate_level(days, np.array([case.target]))[0])
    demand = drawn(case.kind, count("simulated_periods"), np.random.default_rng(SEED + 1))
    _, found = simulated(case, level, demand)
    # The least level that reaches the target: a count jumps over it by at most the likeliest value of one period.
    jump = max(float(days[0].cdf(n)[0] - days[0].cdf(n - 1)[0]) for n in range(20)) if case.kind in COUNTED else 0.0
    assert case.target - ALLOWED <= found <= case.target + ALLOWED + jump


@pytest.mark.parametrize("kind", PER_PERIOD)
@pytest.mark.parametrize("z", [-1.0, 0.0, 1.0, 2.5])
def test_losses_lie_within_the_interval_of_simulated_periods(kind: str, z: float) -> None:
    mean, variance = PER_PERIOD[kind]
    x, one = mean + z * variance**0.5, demand_of(kind, 1)
    demand = drawn(kind, count("simulated_periods"), np.random.default_rng(SEED + 3))
    found = {
        "short": (np.maximum(demand - x, 0.0), one.expected_shortage(x)),
        "left": (np.maximum(x - demand, 0.0), one.expected_leftover(x)),
        "served": ((demand <= x).astype(np.float64), one.cdf(x)),
    }
    for name, (values, expected) in found.items():
        # 4.5 standard errors: 1 of 150,000 intervals misses.
        error = values.std() / len(values) ** 0.5
        assert float(values.mean()) == pytest.approx(float(expected[0]), abs=4.5 * error + 1e-9), name


def lost_share(kind: str, lead_time: int, level: float) -> float:
    """Return the share served of demand that does not wait, reviewed every 7 periods: 100 paths, cycle by cycle.

    Every order tops up what is expected to be left at its arrival to the level; none is on its way at a review.
    """
    rng, paths, cycles = np.random.default_rng(SEED + 2), 100, count("simulated_periods") // 700
    mean, variance = (moment * lead_time for moment in PER_PERIOD[kind])
    number = np.full(paths, DISTRIBUTIONS.index(kind), dtype=np.int8)
    ahead = Demand(np.full(paths, mean), np.full(paths, variance), number) if lead_time else None
    stock, served, asked = np.full(paths, level), 0.0, 0.0
    for cycle in range(-10, cycles):
        order = np.maximum(level - (stock if ahead is None else ahead.expected_leftover(stock)), 0.0)
        days = np.maximum(drawn(kind, 7 * paths, rng).reshape(7, paths), 0.0)
        before, after = days[:lead_time].sum(axis=0), days[lead_time:].sum(axis=0)
        arrived = np.maximum(stock - before, 0.0) + order
        if cycle >= 0:
            served += float((np.minimum(stock, before) + np.minimum(arrived, after)).sum())
            asked += float(days.sum())
        stock = np.maximum(arrived - after, 0.0)
    return served / asked


@pytest.mark.parametrize("target", [0.9, 0.98])
@pytest.mark.parametrize("kind", PER_PERIOD)
def test_fill_rate_of_lost_demand_is_as_near_as_the_notes_say(kind: str, target: float) -> None:
    rate, mean = np.array([target]), PER_PERIOD[kind][0]
    window = float(fill_rate_level(demand_of(kind, 7), rate)[0])
    assert lost_share(kind, 0, window) == pytest.approx(target, abs=ALLOWED)
    noise = 0.007  # three standard errors of 20,000 periods of the most variable demand
    for lead_time, below in {2: 0.011, 7: 0.033}.items():
        assert target - below - noise <= lost_share(kind, lead_time, window) <= target + ALLOWED
        interval = float(fill_rate_level(demand_of(kind, 7 + lead_time), rate, demand_of(kind, lead_time))[0])
        kept = interval - mean * lead_time
        assert target - 0.003 - noise <= lost_share(kind, lead_time, kept) <= target + 0.03


def test_levels_by_hand() -> None:
    # Demand of 10 for sure: 98 % of it is 9.8 units, rounded up to 1/1024; every day is ready with 10.
    sure = Demand(np.array([10.0]), np.array([0.0]), np.array([0], dtype=np.int8))
    assert fill_rate_level(sure, np.array([0.98]))[0] == np.ceil(9.8 * 1024) / 1024
    assert ready_rate_level([sure], np.array([0.98]))[0] == 10
    # Poisson of mean 1, two days: P(D_1 <= 1) = 2/e = .7358, P(D_2 <= 1) = 3/e^2 = .4060, mean .5709; with 2 units
    # 2.5/e = .9197 and 5/e^2 = .6767, mean .7982. A ready rate of .6 needs 2 units.
    days = [Demand(np.array([mean]), np.array([mean]), POISSON) for mean in (1.0, 2.0)]
    assert ready_rate_level(days, np.array([0.6]))[0] == 2
    assert ready_rate_level(days, np.array([0.57]))[0] == 1


@pytest.mark.parametrize("rate", [0.0, 1.0, 98.0, -0.5])
def test_a_target_that_no_stock_reaches_is_refused(rate: float) -> None:
    sure = demand_of("normal", 1)
    with pytest.raises(ValueError, match=r"A fill rate is above 0 and below 1, received .* no finite stock serves"):
        fill_rate_level(sure, np.array([rate]))
    with pytest.raises(ValueError, match=r"A ready rate is above 0 and below 1, received .* no finite stock serves"):
        ready_rate_level([sure], np.array([rate]))
