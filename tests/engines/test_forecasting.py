"""The light forecast: small cases by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from moselle_nb.engines.forecasting import History, Memory, robust_forecast
from moselle_nb.engines.group_index import Cycle, group_index, group_level, seasons
from moselle_nb.engines.plain_forecasts import last_forecast, mean_forecast

if TYPE_CHECKING:
    from numpy.typing import NDArray

FOREVER = Memory(half_life=1e15)


def history(sales: NDArray[np.float64] | list[list[float]], group: list[int] | None = None) -> History:
    """Sales with a row per column, on offer from the first bucket, sold from the first sale on."""
    array = np.array(sales, dtype=np.float64)
    rows = array.shape[1]
    first = np.where((array > 0).any(axis=0), (array > 0).argmax(axis=0), 0)
    codes = np.zeros(rows, dtype=np.int64) if group is None else np.array(group)
    return History(array, np.ones(array.shape, dtype=bool), first, np.zeros(rows, dtype=np.int64), codes)


def no_season(periods: int, ahead: int) -> list[Cycle]:
    return [Cycle(np.zeros(periods, dtype=np.int64), np.zeros(ahead, dtype=np.int64), 1, 10**6)]


def months(periods: int, ahead: int) -> Cycle:
    place = np.arange(periods + ahead) % 12
    return Cycle(place[:periods], place[periods:], 12, 12)


def test_steady_demand_goes_on_with_the_variance_of_poisson() -> None:
    # Nothing moves: the mean is 5, and a negative binomial varies by at least its mean. The share is known from 12
    # buckets: V(1) = 5 (1 + 1/12), V(2) = 10 (1 + 2/12), V(3) = 15 (1 + 3/12).
    found = robust_forecast(history([[5.0]] * 12), no_season(12, 3), FOREVER)
    np.testing.assert_allclose(found.mean, 5.0)
    np.testing.assert_allclose(found.variance.cumsum(axis=0)[:, 0], [65 / 12, 140 / 12, 225 / 12])


def test_the_past_fades_by_its_half_life() -> None:
    # Weights 1/8, 1/4, 1/2, 1 from the oldest: (8/8 + 0 + 0 + 4) / (15/8) = 8/3; the index of the group is left out
    # by a second, large row that makes it steady.
    steady = history([[8.0, 1e9], [0.0, 1e9], [0.0, 1e9], [4.0, 1e9]])
    found = robust_forecast(steady, no_season(4, 1), Memory(half_life=1.0))
    flat = group_index(steady.sales, np.ones((4, 2), dtype=bool), steady.group, 1)
    weights = np.array([1, 2, 4, 8]) / 8
    expected = (weights * [8, 0, 0, 4]).sum() / (weights * flat[:, 0]).sum()
    level = group_level(flat, 1).value[0]
    np.testing.assert_allclose(found.mean[0, 0], expected * level)


def test_buckets_out_of_stock_say_nothing() -> None:
    sales = np.array([[4.0], [6.0], [0.0], [4.0], [6.0], [0.0]])
    short = history(sales)
    short = replace(short, in_stock=sales > 0)
    found = robust_forecast(short, no_season(6, 1), FOREVER)
    other = replace(short, sales=np.where(sales > 0, sales, 77.0))
    np.testing.assert_array_equal(found.mean, robust_forecast(other, no_season(6, 1), FOREVER).mean)
    assert 4 < found.mean[0, 0] < 6
    assert robust_forecast(history(sales), no_season(6, 1), FOREVER).mean[0, 0] < 4


def test_the_first_sale_of_a_new_row_is_not_its_demand() -> None:
    # Of 8 buckets, rows 0 and 1 are there from the start; rows 2 to 4 appear with 8 units and then sell 2 each time.
    # A fourth newcomer has its first sale in the last bucket: it is taken to go on as the others did, at a quarter.
    old = np.tile([[50.0, 50.0]], (8, 1))
    new = np.array([[0, 8, 2, 2, 2, 2, 2, 2]] * 3).T
    last = np.array([[0, 0, 0, 0, 0, 0, 0, 12]]).T
    found = robust_forecast(history(np.hstack([old, new, last])), no_season(8, 1), FOREVER)
    assert found.mean[0, 2] == pytest.approx(2.0, rel=0.02)
    assert found.mean[0, 5] == pytest.approx(3.0, rel=0.02)


def test_one_sale_ever_long_ago_is_no_demand_now() -> None:
    once = np.zeros((30, 1))
    once[3] = 40
    found = robust_forecast(history(once), no_season(30, 2), Memory(half_life=26.0))
    assert found.mean[:, 0].tolist() == [0.0, 0.0]
    assert (found.variance >= 0).all()


def test_a_row_that_never_sold_is_forecast_as_nothing() -> None:
    found = robust_forecast(history(np.zeros((4, 1))), no_season(4, 2), FOREVER)
    assert found.mean[:, 0].tolist() == [0.0, 0.0]
    assert (found.variance < 1e-9).all()


def test_what_is_hardly_ever_asked_for_is_forecast_as_nothing() -> None:
    slow = np.zeros((50, 2))
    slow[::10, 0], slow[::5, 1] = 1, 1  # 0.1 and 0.2 a bucket
    found = robust_forecast(history(slow), no_season(50, 2), Memory(half_life=1e15, least=0.15))
    assert found.mean[:, 0].tolist() == [0.0, 0.0]
    assert found.variance[:, 0].tolist() == [0.0, 0.0]
    assert (found.mean[:, 1] > 0.15).all()


def test_rows_of_a_group_move_together() -> None:
    # Demand doubles in the second half; the small row has too few sales to show it alone.
    sales = np.ones((20, 40)) * 30
    sales[10:] *= 2
    sales[:, 0] = [1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 1, 0]
    index = group_index(sales, np.ones(sales.shape, dtype=bool), np.zeros(40, dtype=np.int64), 1)
    assert index[15, 0] / index[5, 0] == pytest.approx(2.0, rel=0.02)
    found = robust_forecast(history(sales), no_season(20, 1), FOREVER)
    assert found.mean[0, 1] == pytest.approx(60, rel=0.02)
    assert found.mean[0, 0] == pytest.approx(0.3 * 60 / 45, rel=0.05)  # six sales in 20 buckets, at today's level


def test_groups_know_nothing_of_each_other() -> None:
    rng = np.random.default_rng(3)
    sales = rng.poisson(9, (30, 6)).astype(np.float64)
    both = robust_forecast(history(sales, [0, 0, 0, 1, 1, 1]), no_season(30, 2), FOREVER)
    sales[:, 3:] *= 10
    other = robust_forecast(history(sales, [0, 0, 0, 1, 1, 1]), no_season(30, 2), FOREVER)
    np.testing.assert_array_equal(both.mean[:, :3], other.mean[:, :3])
    np.testing.assert_array_equal(both.variance[:, :3], other.variance[:, :3])


def test_a_season_by_hand() -> None:
    # Eleven months of 1 and a December of 2: the mean of a year is 13/12, so the factors are 24/13 and 12/13. Nothing
    # varies inside a month, so they are trusted in full after two years; after one year by half.
    index = np.where(np.arange(24) % 12 == 11, 2.0, 1.0)[:, None]
    past, ahead = seasons(index, [months(24, 12)])
    np.testing.assert_allclose(past[:12, 0], [12 / 13] * 11 + [24 / 13])
    np.testing.assert_allclose(ahead[:, 0], [12 / 13] * 11 + [24 / 13])
    once, _ = seasons(index[:12], [months(12, 12)])
    np.testing.assert_allclose(once[:, 0], [1 - 0.5 / 13] * 11 + [1 + 0.5 * 11 / 13])


def test_chance_is_no_season() -> None:
    # Factors of noise alone: their variance is what chance explains, so little of them is left.
    noise = np.exp(np.random.default_rng(5).normal(0, 0.3, (60, 200)))
    _, ahead = seasons(noise, [months(60, 12)])
    assert np.abs(ahead - 1).mean() < 0.05


def test_a_past_shorter_than_a_cycle_shows_no_season() -> None:
    past, ahead = seasons(np.linspace(0.5, 1.5, 11)[:, None], [months(11, 3)])
    assert (past == 1).all()
    assert (ahead == 1).all()


def test_the_level_takes_the_half_life_that_served_best() -> None:
    step = np.repeat([1.0, 2.0], 20)[:, None]
    assert group_level(step, 4).value[0] == pytest.approx(2.0, rel=1e-3)  # the shortest forgets the step
    swinging = np.tile([0.5, 1.5], 20)[:, None]
    assert group_level(swinging, 4).value[0] == pytest.approx(1.0, rel=0.05)  # the longest averages it out
    steady = group_level(np.ones((12, 1)), 4)
    assert steady.value[0] == pytest.approx(1.0)
    assert steady.error[0] == pytest.approx(0.0, abs=1e-20)


def test_variance_is_drawn_to_rows_of_that_size() -> None:
    # 200 rows of mean 10 and variance 60; one of them happened to sell exactly 10 in each of 13 buckets. Its own
    # variance (Poisson's 10) and the group's weigh the same in logarithms: about the square root of 10 x 60.
    rng = np.random.default_rng(11)
    sales = rng.negative_binomial(2, 1 / 6, (13, 201)).astype(np.float64)
    sales[:, 0] = 10
    found = robust_forecast(history(sales), no_season(13, 1), Memory(half_life=1e15, variance_weight=13.0))
    chance = found.variance[0, 0] / (1 + 1 / 13)
    assert 15 < chance < 40
    trusting = robust_forecast(history(sales), no_season(13, 1), Memory(half_life=1e15, variance_weight=0.0))
    assert trusting.variance[0, 0] < 20


def test_mean_and_last_by_hand() -> None:
    # The last two of 3, 5, 1: mean 3, variance (4 + 4) / 1. Steps 2 and -4: mean square 10.
    past = history([[3.0], [5.0], [1.0]])
    mean, last = mean_forecast(past, 2, 2), last_forecast(past, 2)
    assert mean.mean[:, 0].tolist() == [3.0, 3.0]
    assert mean.variance[:, 0].tolist() == [8.0, 8.0]
    assert last.mean[:, 0].tolist() == [1.0, 1.0]
    assert last.variance[:, 0].tolist() == [10.0, 10.0]


def test_a_row_that_is_alone_is_as_uncertain_as_its_own_past() -> None:
    # Its group's index is its own past: measured against that index it would look certain, and chance would look like
    # a level that wanders. The mean over many draws of the first bucket's variance is near the true one, 24; later
    # buckets add what the share is not known by, not a multiple.
    rng = np.random.default_rng(5)
    found = []
    for _ in range(40):
        sales = rng.negative_binomial(2.0, 0.25, (104, 1)).astype(np.float64)
        none = np.zeros(1, dtype=np.int64)
        history = History(sales, np.ones_like(sales, dtype=bool), none, none, none)
        places = np.arange(130) % 52 * 12 // 52
        cycle = Cycle(places[:104], places[104:], 12, 52)
        variance = robust_forecast(history, [cycle], Memory(half_life=52)).variance[:, 0]
        found.append((variance[0], variance[-1]))
    first, last = np.mean(found, axis=0)
    assert 18 < first < 36
    assert last < 3 * first
