"""Uncertain demand beside stockpyl, and at the ends of what tables may hold."""

from __future__ import annotations

import numpy as np
import pytest

from moselle_nb.engines.distributions import CHOICES, DISTRIBUTIONS, Demand, kinds_of
from moselle_nb.engines.service_levels import fill_rate_level, ready_rate_level


def one(kind: str, mean: float, variance: float) -> Demand:
    return Demand(np.array([mean]), np.array([variance]), np.array([DISTRIBUTIONS.index(kind)], dtype=np.int8))


@pytest.mark.parametrize(("mean", "variance"), [(4.0, 9.0), (50.0, 64.0), (900.0, 3600.0)])
@pytest.mark.parametrize("share", [0.2, 0.9, 1.3, 2.0])
def test_losses_are_those_of_stockpyl(mean: float, variance: float, share: float) -> None:
    losses = pytest.importorskip("stockpyl.loss_functions")
    x, whole = share * mean, round(share * mean)
    theirs = {
        "normal": (x, losses.normal_loss(x, mean, variance**0.5)),
        "gamma": (x, losses.gamma_loss(x, mean**2 / variance, variance / mean)),
        "poisson": (whole, losses.poisson_loss(whole, mean)),
        "negative_binomial": (
            whole,
            losses.negative_binomial_loss(whole, mean**2 / (variance - mean), mean / variance),
        ),
    }
    for kind, (level, (short, left)) in theirs.items():
        ours = one(kind, mean, mean if kind == "poisson" else variance)
        # Theirs sums counts until little is left, and clips what is left of normal demand.
        assert ours.expected_shortage(level)[0] == pytest.approx(short, rel=1e-6, abs=1e-6 * mean), kind
        assert ours.expected_leftover(level)[0] == pytest.approx(left, rel=1e-6, abs=1e-6 * mean), kind


@pytest.mark.parametrize(("held", "short"), [(0.18, 0.7), (1.0, 19.0), (3.0, 2.0)])
def test_newsvendors_are_those_of_stockpyl(held: float, short: float) -> None:
    newsvendor = pytest.importorskip("stockpyl.newsvendor")
    ratio = short / (short + held)
    theirs = {
        "normal": newsvendor.newsvendor_normal(held, short, 50, 8),
        "poisson": newsvendor.newsvendor_poisson(held, short, 50),
    }
    for kind, (level, cost) in theirs.items():
        ours = one(kind, 50.0, 50.0 if kind == "poisson" else 64.0)
        found = ours.quantile(ratio)
        assert found[0] == pytest.approx(level, rel=1e-9), kind
        paid = held * ours.expected_leftover(found) + short * ours.expected_shortage(found)
        assert paid[0] == pytest.approx(cost, rel=1e-6), kind


PROBABILITIES = (1e-6, 1e-3, 0.1, 0.5, 0.9, 0.99, 1 - 1e-6, 1 - 1e-9)
MEANS, DISPERSIONS, SHARES = (
    table.ravel() for table in np.meshgrid(np.logspace(-6, 9, 16), np.logspace(-6, 6, 13), PROBABILITIES)
)


@pytest.mark.parametrize("wanted", range(len(CHOICES) - 1), ids=CHOICES[:-1])
def test_any_mean_variance_and_share_have_an_answer(wanted: int) -> None:
    # Warnings are errors in all tests: nothing overflows and nothing is divided by 0.
    variance = MEANS * DISPERSIONS
    demand = Demand(MEANS, variance, kinds_of(MEANS, variance, wanted))
    level = demand.quantile(SHARES)
    # A normal variable is below 0 at low probabilities, where the level is 0.
    assert (demand.cdf(level * (1 + 1e-9) + 1e-9) >= SHARES - 1e-6).all()
    for x in (0.0 * MEANS, MEANS / 2, MEANS, level, MEANS + 5 * np.sqrt(variance)):
        short, left = demand.expected_shortage(x), demand.expected_leftover(x)
        assert np.isfinite(short).all()
        assert (short >= 0).all()
        assert (left >= 0).all()
        np.testing.assert_allclose(left - short, x - MEANS, atol=1e-9, rtol=1e-9)
    for found in (fill_rate_level(demand, SHARES), ready_rate_level([demand], SHARES)):
        assert np.isfinite(found).all()
        assert (found * 1024 == np.rint(found * 1024)).all()
    served = demand.expected_shortage(fill_rate_level(demand, SHARES))
    assert (served <= (1 - SHARES) * MEANS * (1 + 1e-9) + 1e-12).all()
