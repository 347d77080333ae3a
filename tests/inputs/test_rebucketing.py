"""Buckets by day, and the same in closed form."""

from __future__ import annotations

import numpy as np
import pytest

from moselle_nb.inputs.calendars import NEVER
from moselle_nb.inputs.cumulative import CumulativeDemand, DemandVariance
from moselle_nb.inputs.rebucketing import Beyond, BucketedDemand, daily_demand, daily_variance, to_grid
from tests.effort import seeds

DAYS = 260
METHODS: tuple[Beyond, ...] = ("average", "cut")


def weekly(*totals: int, start: int = 0) -> BucketedDemand:
    """One row of weeks, in 1/1024 unit."""
    count = len(totals)
    return BucketedDemand(
        start + 7 * np.arange(count), np.full(count, 7), np.array(totals, dtype=np.int64)[:, None],
        np.zeros(1, dtype=np.int32), np.array([count - 1], dtype=np.int32),
    )  # fmt: skip


def steps(demand: BucketedDemand, days: int, beyond: Beyond) -> list[float]:
    """Daily demand in 1/1024 unit."""
    return (daily_demand(demand, days, beyond)[:, 0] * 1024).tolist()


def test_numbers_are_rounded_to_the_grid_halves_to_even() -> None:
    assert (to_grid(np.array([0.5, 1.5, 2.5, 1023.7]) / 1024) * 1024).tolist() == [0, 2, 2, 1024]


def test_a_bucket_is_spread_by_floors() -> None:
    # 10 over 7 days: floors of 10 k / 7 are 1 2 4 5 7 8 10
    assert steps(weekly(10), 7, "cut") == [1, 1, 2, 1, 2, 1, 2]


def test_a_bucket_that_began_before_keeps_its_days() -> None:
    assert steps(weekly(10, start=-3), 5, "cut") == [1, 2, 1, 2, 0]


def test_past_the_end_the_total_of_the_last_days_is_repeated() -> None:
    # a week is all there is: its 10 are repeated every 7 days
    assert steps(weekly(10), 21, "average") == [1, 1, 2, 1, 2, 1, 2] * 3
    # of five weeks the last 28 days hold 4 x 28
    assert steps(weekly(999, 28, 28, 28, 28), 70, "average")[35:] == [4] * 35


def test_past_the_end_the_same_days_of_last_year() -> None:
    year = weekly(*(7 * week for week in range(53)))
    # day 371 is the first past the end; 364 days earlier is day 7, the first of the second week
    assert steps(year, 380, "same_last_year")[371:] == [1] * 7 + [2] * 2


def test_variance_is_split_evenly_and_repeated_past_the_end() -> None:
    demand, variance = weekly(10, 20), np.array([[14.0], [28.0]])
    found = daily_variance(demand, variance, 16)[:, 0]
    assert found[:14].tolist() == [2.0] * 7 + [4.0] * 7
    assert found[14] == 3.0
    assert daily_variance(demand, variance, 16, "cut")[14, 0] == 0.0


def random_demand(seed: int) -> BucketedDemand:
    """Buckets of any length, rows that begin late, end early or have nothing, small and large totals."""
    draw = np.random.default_rng(seed)
    buckets, rows = int(draw.choice([0, 1, 3, 7, 90])), int(draw.integers(1, 6))
    lengths = draw.integers(1, 4 if buckets == 90 else 32, buckets)
    starts = int(draw.integers(-90, 25)) + np.concatenate([[0], np.cumsum(lengths)])[:buckets]
    first, last = np.full((2, rows), -1, dtype=np.int32)
    quantity = np.zeros((buckets, rows), dtype=np.int64)
    alike = draw.random() < 0.4
    for row in range(rows if buckets else 0):
        if not alike and draw.random() < 0.15:
            continue
        begin, end = (0, buckets - 1) if alike else sorted(draw.integers(0, buckets, 2).tolist())
        first[row], last[row] = begin, end
        size = end - begin + 1
        quantity[begin : end + 1, row] = draw.integers(0, draw.choice([3, 3000, 10**6]), size) * (
            draw.random(size) < 0.8
        )
    return BucketedDemand(starts.astype(np.int64), lengths.astype(np.int64), quantity, first, last)


def before(demand: BucketedDemand, beyond: Beyond) -> np.ndarray:
    daily = daily_demand(demand, DAYS, beyond)
    return np.concatenate([np.zeros((1, daily.shape[1])), np.cumsum(daily, axis=0)])


@pytest.mark.parametrize("seed", seeds("properties"))
@pytest.mark.parametrize("beyond", METHODS)
def test_cumulative_demand_is_the_sum_of_days(seed: int, beyond: Beyond) -> None:
    demand = random_demand(seed)
    expected, rows = before(demand, beyond), np.arange(demand.quantity.shape[1])
    found, fresh = CumulativeDemand(demand, beyond), CumulativeDemand(demand, beyond)
    for day in range(DAYS + 1):
        assert found.at(day).tolist() == expected[day].tolist(), day
        assert fresh.at(day, slice(1, 3)).tolist() == expected[day, 1:3].tolist(), day
    draw = np.random.default_rng(seed)
    for days in draw.integers(0, DAYS + 1, (40, len(rows))):
        assert found.at_rows(days).tolist() == expected[days, rows].tolist()
        some = draw.integers(0, len(rows), len(rows))
        assert found.at_rows(days, some).tolist() == expected[days, some].tolist()


@pytest.mark.parametrize("seed", seeds("properties"))
@pytest.mark.parametrize("beyond", METHODS)
def test_the_first_day_above_a_level_is_the_first_of_all_days(seed: int, beyond: Beyond) -> None:
    demand = random_demand(seed)
    expected, rows = before(demand, beyond), np.arange(demand.quantity.shape[1])
    found, draw = CumulativeDemand(demand, beyond), np.random.default_rng(seed)
    for _ in range(40):
        level = expected[draw.integers(0, DAYS + 1, len(rows)), rows] + draw.integers(-2, 3, len(rows)) / 1024
        above = expected > level
        days = np.where(above.any(axis=0), above.argmax(axis=0), NEVER)
        given = found.first_above(level)
        late = (days == NEVER) & (given > DAYS)  # past the days that were added up
        assert (late | (given == days)).all(), (level, days, given)
        assert found.first_above(level[::-1], rows[::-1]).tolist() == given[::-1].tolist()


def test_the_same_days_last_year_have_no_closed_form() -> None:
    with pytest.raises(ValueError, match="no closed form; lay it out by day"):
        CumulativeDemand(weekly(10), "same_last_year")


@pytest.mark.parametrize("seed", list(seeds("properties"))[:20])
@pytest.mark.parametrize("beyond", [*METHODS, "same_last_year"])
def test_variance_between_two_days_is_the_sum_of_its_days(seed: int, beyond: Beyond) -> None:
    demand = random_demand(seed)
    variance = np.random.default_rng(seed).random(demand.quantity.shape) * (demand.quantity > 0)
    found, daily = DemandVariance(demand, variance, beyond), daily_variance(demand, variance, 90, beyond)
    for first, stop in ((0, 90), (3, 40), (41, 42)):
        assert found.between(first, stop) == pytest.approx(daily[first:stop].sum(axis=0), rel=1e-12, abs=1e-12)
