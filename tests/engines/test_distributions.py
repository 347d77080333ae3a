"""Distributions against scipy.stats, numerical integrals and cases worked by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from moselle_nb.engines.distributions import CHOICES, DISTRIBUTIONS, Demand, kinds_of
from moselle_nb.engines.empirical import standardised
from tests.effort import count

if TYPE_CHECKING:
    from numpy.typing import NDArray

PROBABILITIES = (1e-6, 0.01, 0.3, 0.5, 0.9, 0.99, 1 - 1e-9)


def demand(kind: str, mean: float, variance: float) -> Demand:
    return Demand(np.array([mean]), np.array([variance]), np.array([DISTRIBUTIONS.index(kind)], dtype=np.int8))


def frozen(kind: str, mean: float, variance: float) -> Any:
    laws: dict[str, Any] = {
        "normal": lambda: stats.norm(mean, variance**0.5),
        "gamma": lambda: stats.gamma(mean**2 / variance, scale=variance / mean),
        "poisson": lambda: stats.poisson(mean),
        "negative_binomial": lambda: stats.nbinom(mean**2 / (variance - mean), mean / variance),
    }
    return laws[kind]()


MOMENTS = [
    (kind, mean, variance)
    for kind, dispersions in {"normal": (1e-3, 1, 1e3), "gamma": (1e-3, 1, 1e3), "poisson": (1,),
                              "negative_binomial": (1.01, 3, 1e4)}.items()
    for mean in (1e-6, 0.2, 3, 47.5, 1e5)
    for variance in (mean * dispersion for dispersion in dispersions)
]  # fmt: skip


@pytest.mark.parametrize(("kind", "mean", "variance"), MOMENTS)
def test_quantile_and_cdf_are_those_of_scipy(kind: str, mean: float, variance: float) -> None:
    ours, theirs = demand(kind, mean, variance), frozen(kind, mean, variance)
    for p in PROBABILITIES:
        assert ours.quantile(p)[0] == pytest.approx(max(float(theirs.ppf(p)), 0.0), rel=1e-9, abs=1e-12)
    for x in (0.0, mean / 2, mean, mean + 2 * variance**0.5):
        assert ours.cdf(x)[0] == pytest.approx(float(theirs.cdf(x)), abs=1e-9)


@pytest.mark.parametrize(("kind", "mean", "variance"), [case for case in MOMENTS if 0.1 < case[1] < 100])
def test_expected_shortage_is_the_integral_of_the_tail(kind: str, mean: float, variance: float) -> None:
    # E[(D - x)^+] is the integral of P(D > u) from x on; of a count, whose tail has steps, a sum.
    ours, theirs = demand(kind, mean, variance), frozen(kind, mean, variance)
    for x in (0.0, 0.75 * mean, np.ceil(mean) + 0.5):
        top, steps = float(theirs.isf(1e-13)) + 1, 40_000
        if kind in {"poisson", "negative_binomial"}:
            counts = np.arange(np.floor(x), top)
            tail = float(theirs.sf(counts).sum() - (x - counts[0]) * theirs.sf(counts[0]))
        else:
            middles = x + (np.arange(steps) + 0.5) * (top - x) / steps
            tail = float(theirs.sf(middles).sum()) * (top - x) / steps
        assert ours.expected_shortage(x)[0] == pytest.approx(tail, rel=2e-4, abs=1e-6 * mean)
        assert ours.expected_leftover(x)[0] == pytest.approx(x - mean + tail, rel=2e-4, abs=1e-3 * mean)


def test_a_poisson_shortage_by_hand() -> None:
    # Mean 1: P(0) = P(1) = e^-1. E[(D - 1)^+] = E[D] - 1 + P(0) = e^-1; E[(D - 2)^+] = -1 + 2 P(0) + P(1) = 3/e - 1.
    found = [demand("poisson", 1, 1).expected_shortage(x)[0] for x in (0, 1, 2, 1.5)]
    assert found == pytest.approx([1, np.exp(-1), 3 * np.exp(-1) - 1, (4 * np.exp(-1) - 1) / 2])


def test_what_is_chosen_by_mean_and_variance() -> None:
    cases = {
        (0.0, 0.0): "deterministic", (5.0, 0.0): "deterministic", (0.0, 1.0): "normal",
        (5.0, 5.0): "poisson", (5.0, 4.6): "poisson", (5.0, 4.0): "normal", (1.0, 0.5): "gamma",
        (5.0, 6.0): "negative_binomial", (50.0, 5000.0): "negative_binomial",
        (60.0, 900.0): "normal", (60.0, 901.0): "gamma",
    }  # fmt: skip
    mean, variance = np.array(list(cases)).T
    assert [DISTRIBUTIONS[kind] for kind in kinds_of(mean, variance)] == list(cases.values())


def test_what_is_asked_for_gives_way_where_it_cannot_be() -> None:
    def chosen(wanted: str, mean: float, variance: float) -> str:
        return DISTRIBUTIONS[int(kinds_of(np.array([mean]), np.array([variance]), CHOICES.index(wanted))[0])]

    assert chosen("negative_binomial", 5, 5) == "poisson"
    assert chosen("negative_binomial", 5, 9) == "negative_binomial"
    assert chosen("poisson", 2e6, 2e6) == "gamma"
    assert chosen("gamma", 0, 4) == "normal"
    assert chosen("normal", 3, 0) == "deterministic"


def test_entries_of_all_kinds_stand_in_one_array() -> None:
    mean = np.array([[4.0, 4.0, 4.0], [4.0, 4.0, 0.0]])
    variance = np.array([[0.0, 1.0, 4.0], [8.0, 9.0, 0.0]])
    kind = np.array([[0, 1, 3], [4, 2, 0]], dtype=np.int8)
    both = Demand(mean, variance, kind)
    for row, column in np.ndindex(mean.shape):
        here = (slice(row, row + 1), slice(column, column + 1))
        alone = Demand(mean[here], variance[here], kind[here])
        assert both.quantile(0.9)[row, column] == alone.quantile(0.9)[0, 0]
        assert both.expected_shortage(3.25)[row, column] == alone.expected_shortage(3.25)[0, 0]


@settings(max_examples=count("properties"))
@given(
    mean=st.floats(1e-3, 1e5), dispersion=st.floats(1e-3, 1e4), p=st.floats(1e-4, 1 - 1e-6),
    wanted=st.integers(0, 4), x=st.floats(0, 2e5),
)  # fmt: skip
def test_quantile_is_the_least_that_suffices(mean: float, dispersion: float, p: float, wanted: int, x: float) -> None:
    ones = np.ones(1)
    moments = mean * ones, mean * dispersion * ones
    one = Demand(*moments, kinds_of(*moments, wanted))
    level = one.quantile(p)
    assert one.cdf(level * (1 + 1e-9) + 1e-9)[0] >= p - 1e-9
    assert level[0] == 0 or one.cdf(level * (1 - 1e-9) - 1e-9)[0] <= p + 1e-9
    lost = [one.expected_shortage(x + more)[0] for more in (0, 1, 2)]
    assert max(mean - x, 0) <= lost[0] + 1e-9
    assert 0 <= lost[2] <= lost[1] <= lost[0] <= max(mean, lost[0])
    assert lost[1] <= (lost[0] + lost[2]) / 2 + 1e-6 * mean


def shape(quantiles: list[list[float]]) -> tuple[Any, NDArray[np.float64], NDArray[np.float64]]:
    return standardised(np.array([0.1, 0.5, 0.9]), np.array(quantiles).T)


def test_an_empirical_shape_by_hand() -> None:
    # Quantiles 1, 5, 9 at 10, 50 and 90 %: 10 units per whole share, so uniform from 0 to 10: mean 5, variance 100/12.
    form, mean, sd = shape([[1.0, 5.0, 9.0]])
    assert (mean[0], sd[0] ** 2) == pytest.approx((5, 100 / 12))
    one = Demand(mean, sd**2, np.array([5], dtype=np.int8), form)
    assert [one.quantile(p)[0] for p in (0.1, 0.25, 0.9)] == pytest.approx([1, 2.5, 9])
    # E[(D - 6)^+] = integral of (u - 6) / 10 from 6 to 10 = 16 / 20.
    assert one.expected_shortage(6.0)[0] == pytest.approx(0.8)
    assert one.cdf(6.0)[0] == pytest.approx(0.6)


def test_quantiles_that_cross_are_refused() -> None:
    with pytest.raises(ValueError, match=r"A higher level has no lower quantile; 1 rows cross, the first is row 1\."):
        shape([[1, 2, 3], [1, 5, 4]])
    with pytest.raises(ValueError, match=r"need two levels or more that rise between 0 and 1, received \[0\.5\]"):
        standardised(np.array([0.5]), np.array([[1.0]]))


def test_what_is_no_distribution_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"The variance of demand is finite and >= 0; 1 entries are not, the first is -1"
    ):
        demand("normal", 1, -1)
    with pytest.raises(ValueError, match=r"Empirical demand needs a shape"):
        demand("empirical", 1, 1)
    with pytest.raises(ValueError, match=r"A probability is above 0 and below 1, received 1 to 1\."):
        demand("normal", 1, 1).quantile(1.0)
