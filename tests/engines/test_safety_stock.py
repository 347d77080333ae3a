"""Safety stock: the normal quantile, lead times that vary, and days of cover."""

from __future__ import annotations

import numpy as np
import pytest

from moselle_nb.engines.safety_stock import (
    days_of_cover_safety_stock,
    normal_cycle_service_level,
    normal_safety_stock,
    protection_variance,
)


def test_the_variance_of_the_lead_time_is_weighed_with_the_mean_squared() -> None:
    # 9 + 4² · 0.5² = 13
    found = protection_variance(np.array([9.0]), np.array([4.0]), np.array([0.5]))
    assert found.tolist() == [13.0]


@pytest.mark.parametrize(("level", "factor"), [(0.5, 0.0), (0.95, 1.6449), (0.99, 2.3263), (0.3, -0.5244)])
def test_the_normal_factor(level: float, factor: float) -> None:
    # z of the tables to four places, times a standard deviation of 100
    found = normal_safety_stock(np.array([10_000.0]), np.array([level]))
    assert found[0] == pytest.approx(100 * factor, abs=0.01)


def test_safety_stock_lies_on_the_grid() -> None:
    found = normal_safety_stock(np.array([7.0, 11.3]), np.array([0.9, 0.97])) * 1024
    assert found.tolist() == np.rint(found).tolist()


@pytest.mark.parametrize("level", [0.0, 1.0, 1.5])
def test_a_probability_outside_its_range_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match=r"A cycle service level is above 0 and below 1, received"):
        normal_safety_stock(np.array([1.0]), np.array([level]))


def test_the_level_that_a_safety_stock_gives() -> None:
    assert normal_cycle_service_level(164.49, 10_000.0) == pytest.approx(0.95, abs=1e-4)


@pytest.mark.parametrize("cover", [[2, 2], [0, 3]])
def test_days_of_cover_are_the_demand_of_the_next_days(cover: list[int]) -> None:
    demand = np.array([[1, 2, 3, 4, 5, 6], [10, 0, 0, 7, 0, 1]], dtype=np.float64).T
    before = np.concatenate([np.zeros((1, 2)), np.cumsum(demand, axis=0)])
    found = days_of_cover_safety_stock(before, np.array(cover), 3)
    by_hand = [[demand[day + 1 : day + 1 + n, row].sum() for row, n in enumerate(cover)] for day in range(3)]
    assert found.tolist() == by_hand
