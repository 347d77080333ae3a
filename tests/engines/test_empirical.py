"""Empirical demand of several periods: which parts of periods, which skewness, which law."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from moselle_nb.engines.distributions import DISTRIBUTIONS, Demand
from moselle_nb.engines.empirical import EmpiricalShape, periods_before, skewness_of, standardised
from moselle_nb.engines.sampling import demand_paths
from moselle_nb.engines.skewed import Skewed
from tests.effort import SEED, count

EMPIRICAL = DISTRIBUTIONS.index("empirical")
MONTHS = np.array([-10, 18, 49])
"""28 and 31 days."""


def shape_of(
    quantiles: list[float], levels: tuple[float, ...] = (0.1, 0.5, 0.9)
) -> tuple[EmpiricalShape, float, float]:
    shape, mean, sd = standardised(np.array(levels), np.array(quantiles)[:, None])
    return shape, float(mean[0]), float(sd[0])


def test_parts_of_periods_by_hand() -> None:
    # Days 4 to 23 are 14 of the 28 days up to day 17 and 6 of the 31 from day 18 on; days 18 to 79 one month of 31 days
    # and, past the end, another as long; days 2 to 5 are 4 of 28; days -10 to 17 exactly one.
    form, _, _ = shape_of([1, 2, 9])
    form = EmpiricalShape(form.levels, np.repeat(form.scores, 4, axis=1), MONTHS)
    over = form.over(np.array([4, 18, 2, -10]), np.array([24, 80, 6, 18]))
    assert over.parts is not None
    assert np.allclose(over.parts.T, np.array([[0, 14 / 28, 6 / 31], [2, 0, 0], [0, 4 / 28, 0], [1, 0, 0]]))
    assert over.periods == pytest.approx([14 / 28 + 6 / 31, 2, 4 / 28, 1])
    assert periods_before(MONTHS, np.array([-38, -10, 49, 80])).tolist() == [-1, 0, 2, 3]


def test_skewness_by_hand() -> None:
    # Uniform between quantiles 0, 0 and 8 at 0, 50 and 100 %, less the mean of 2: E = (1/2)(-2)^3 + (1/2) times the
    # mean of x^3 from -2 to 6, (6^4 - 2^4) / (4 x 8) = 40: -4 + 20 = 16. Variance: (1/2) 4 + (1/2)(216 + 8) / 24,
    # 20 / 3.
    form = EmpiricalShape(np.array([0, 0.5, 1.0]), np.array([[-2.0], [-2.0], [6.0]]) / (20 / 3) ** 0.5)
    assert form.skewness == pytest.approx(16 / (20 / 3) ** 1.5)
    # Half a period of coefficient of variation 1 and skewness 1: 0.5 x 1.5 x 2.5 / (2 x 3) = 0.3125, and
    # 2 x 0.25 x 4.5 / 6 = 0.375: 0.6875 of a cubed deviation; over (1/2)^1.5 = 0.3535534: 1.9445436. Mean 5, sd 10 /
    # sqrt(2) of the half are 10 and 10 of the whole.
    half = np.array([[0.0], [0.5], [0.0]])
    found = skewness_of(np.array([1.0]), np.array([5.0]), np.array([50.0**0.5]), half)
    assert found == pytest.approx(0.6875 / 0.5**1.5)
    # Four whole periods have half the skewness of one, whatever their coefficient of variation.
    four = np.array([[4.0], [0.0], [0.0]])
    assert skewness_of(np.array([1.0]), np.array([0.0]), np.array([3.0]), four) == pytest.approx(0.5)


@given(
    st.lists(st.floats(0, 1000), min_size=3, max_size=3),
    st.floats(0.05, 0.95),
    st.integers(1, 40),
    st.integers(-9, 9),
)
@settings(max_examples=count("properties"))
def test_more_service_needs_no_less_stock(quantiles: list[float], share: float, days: int, first: int) -> None:
    quantiles = sorted(quantiles)
    quantiles[-1] += 1
    form, mean, sd = shape_of(quantiles)
    form = EmpiricalShape(form.levels, form.scores, np.array([0, 7, 14])).over(first, first + days)
    one = Demand(np.array([mean * days / 7]), np.array([sd**2 * days / 7]), np.array([EMPIRICAL], dtype=np.int8), form)
    low, high = one.quantile(share)[0], one.quantile(min(share + 0.04, 0.99))[0]
    assert 0 <= low <= high
    assert one.cdf(low)[0] >= share - 1e-9
    lost = [float(one.expected_shortage(x)[0]) for x in (low, (low + high) / 2, high)]
    assert lost[0] >= lost[1] >= lost[2] >= 0
    assert lost[1] <= (lost[0] + lost[2]) / 2 + 1e-6 * (mean + sd)
    assert one.expected_leftover(low)[0] >= -1e-9


@given(st.floats(-4, 4), st.floats(0.01, 0.99))
@settings(max_examples=count("properties"))
def test_skewed_demand_is_that_of_scipy(skewness: float, share: float) -> None:
    mean, sd, asked = np.array([40.0]), np.array([7.0]), np.array([share])
    one = Skewed(mean, sd, np.array([skewness]))
    law = stats.pearson3(skewness, loc=40, scale=7) if abs(skewness) >= 0.02 else stats.norm(40, 7)
    x = one.quantile(asked)
    assert x[0] == pytest.approx(law.ppf(share), rel=1e-7, abs=1e-7)
    assert one.cdf(x)[0] == pytest.approx(law.cdf(x[0]), abs=1e-6)
    mirrored = Skewed(mean, sd, np.array([-skewness]))
    assert mirrored.quantile(1 - asked)[0] == pytest.approx(80 - x[0], abs=1e-7)
    # E[(D - x)^+] - E[(x - D)^+] = mean - x, and what is left of x is what mirrored demand lacks.
    assert one.expected_shortage(x)[0] - mirrored.expected_shortage(80 - x)[0] == pytest.approx(40 - x[0], abs=1e-7)


def test_gamma_demand_is_one_case_of_skewed_demand() -> None:
    # Mean 20 and sd 10: skewness 2 x 0.5 = 1.
    gamma = Demand(np.array([20.0]), np.array([100.0]), np.array([DISTRIBUTIONS.index("gamma")], dtype=np.int8))
    one = Skewed(np.array([20.0]), np.array([10.0]), np.array([1.0]))
    for x in (3.0, 20.0, 50.0):
        assert one.cdf(np.array([x])) == pytest.approx(gamma.cdf(x))
        assert one.expected_shortage(np.array([x])) == pytest.approx(gamma.expected_shortage(x))
    assert one.quantile(np.array([0.98])) == pytest.approx(gamma.quantile(0.98))


@pytest.mark.parametrize("quantiles", [[10.0, 20.0, 90.0], [0.0, 0.0, 40.0], [10.0, 95.0, 100.0]])
def test_paths_have_the_shape_by_period_and_the_moments_by_day(quantiles: list[float]) -> None:
    # 40,000 weeks: shares within 5 standard errors of the levels, moments of days within 3 and 6 %, no correlation.
    form, mean, sd = shape_of(quantiles)
    form = EmpiricalShape(form.levels, form.scores, np.array([0, 7, 14]))
    given = np.full((14, 1), mean / 7), np.full((14, 1), sd**2 / 7)
    laws = np.full((14, 1), EMPIRICAL, dtype=np.int8)
    drawn = demand_paths(*given, laws, np.array([5]), 20_000, SEED, form)
    weeks = drawn.reshape(2, 7, -1).sum(axis=1).ravel()
    for level, units in zip((0.1, 0.5, 0.9), quantiles, strict=True):
        below, upto = (weeks < units - 2e-3).mean(), (weeks <= units + 2e-3).mean()
        assert below - 0.012 <= level <= upto + 0.012
    assert drawn.min() >= 0
    assert abs(drawn.mean() / given[0][0, 0] - 1) < 0.03
    assert abs(drawn.var() / given[1][0, 0] - 1) < 0.06
    correlations = np.asarray(np.corrcoef(drawn))
    assert np.abs(np.triu(correlations, 1)).max() < 0.04


def test_days_of_next_to_no_demand_still_add_up_to_their_period() -> None:
    # A coefficient of variation of 100 makes gamma shares of 1e-5: most of them are 0 in float64, all seven at times.
    form, _, _ = shape_of([0.0, 0.0, 1e-9], (0.1, 0.5, 0.9999))
    form = EmpiricalShape(form.levels, form.scores, np.array([0, 7]))
    given = np.full((7, 1), 1.0), np.full((7, 1), 490_000.0)
    drawn = demand_paths(*given, np.full((7, 1), EMPIRICAL, dtype=np.int8), np.array([5]), 500, SEED, form)
    assert np.isfinite(drawn).all()
    assert ((drawn > 0).sum(axis=0) <= 2).mean() > 0.9
