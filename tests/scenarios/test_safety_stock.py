"""Safety stock per day: units, days of cover, cycle service level; its floor and the grid of 1/1024 units.

The row of these tests, unless one says otherwise: 10 units a day, 30 on hand (days 0, 1 and 2), lead time 3
days, orders on days 0, 7, 14, 21 that serve the 7 days from their arrival on days 3, 10, 17, 24: stock[2] =
0. z of 0.95 is 1.6448536269514715. Shares are of normal demand over the protection interval here, as if unmet demand
waited; what is left where it is lost stands in `test_uncertain_demand`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

import moselle_nb as mo

if TYPE_CHECKING:
    from tests.scenarios.conftest import OneRow, Table


WAITING = {"lost_sales_sizing": "protection_interval", "demand_distribution": "normal"}


def test_units(one_row: OneRow) -> None:
    # need = 40 + 70 - 0 = 110; stock[9] = 40: then 70 each.
    case = one_row(safety=("units", 40))
    assert case.units() == {0: 110, 7: 70, 14: 70, 21: 70}
    assert case.line(0)["safety_stock"] == 40


def test_days_of_cover_follow_the_season(one_row: OneRow) -> None:
    # 10 a day on days 0..9, 20 from day 10. safety_stock[b] = demand of b+1 .. b+3: 30 until b = 6, then 40,
    # 50, 60. W = [3, 9]: b = 8: 50 + 60 = 110; b = 9: 60 + 70 = 130: need 130. stock[9] = 60. day 7: W = [10,
    # 16]: 60 + 140 - 60 = 140, and so on.
    case = one_row(demand=[10.0] * 10 + [20.0] * 60, safety=("days_of_cover", 3), bucket="day")
    assert case.units() == {0: 130, 7: 140, 14: 140, 21: 140}
    assert case.lines()["safety_stock"].tolist()[5:11] == [30, 30, 40, 50, 60, 60]


def test_days_of_cover_look_beyond_the_forecast(one_row: OneRow) -> None:
    # Days 0..6 ask 1 .. 7, then the average of 4. 6 on hand serve days 0..2.
    # W = [3, 9]: b = 6: safety 12 + 22 = 34; b = 9: safety 12 + 34 = 46: need 46; then 28 each.
    case = one_row(demand=[1, 2, 3, 4, 5, 6, 7], on_hand=6, safety=("days_of_cover", 3))
    assert case.units() == {0: 46, 7: 28, 14: 28, 21: 28}


def test_cycle_service_level(one_row: OneRow) -> None:
    # sd 2 a day, variance 4. The order of day 0 must last until the next arrival, day 10: days 0..9, R + L =
    # 10. z x sqrt(10 x 4) = 1.6448536 x 6.3245553 = 10.4029678; x 1024 = 10652.64, on the grid 10653 / 1024 =
    # 10.4033203. need = 10.40 + 70 = 80.40 -> 81; stock[9] = 11: 10.40 + 70 - 11 = 69.40 -> 70, again 11
    # left, and so on.
    case = one_row(sd=2.0, safety=("cycle_service_level", 0.95), **WAITING)
    assert case.line(0)["safety_stock"] == 10653 / 1024
    assert case.units() == {0: 81, 7: 70, 14: 70, 21: 70}


def test_cycle_service_level_with_a_varying_lead_time(one_row: OneRow) -> None:
    # As above, lead time with a standard deviation of 1 day: variance 40 + 10^2 x 1^2 = 140.
    # 1.6448536 x 11.8321596 = 19.4621706; x 1024 = 19929.26 -> 19929 / 1024.
    # need = 19.46 + 70 = 89.46 -> 90; stock[9] = 20: 69.46 -> 70.
    case = one_row(sd=2.0, item={"lead_time_sd_days": 1}, safety=("cycle_service_level", 0.95), **WAITING)
    assert case.line(0)["safety_stock"] == 19929 / 1024
    assert case.units() == {0: 90, 7: 70, 14: 70, 21: 70}


def test_the_variance_of_a_week_is_split_by_days(one_row: OneRow) -> None:
    # Weeks of 70 with sd 14: variance 196, 28 a day; 10 days: 280. 1.6448536 x 16.7332005 = 27.5236656;
    # x 1024 = 28184.23 -> 28184 / 1024. need = 27.52 + 70 -> 98; stock[9] = 28: 69.52 -> 70.
    mondays = pd.date_range("2026-11-23", periods=16, freq="7D")
    weeks = pd.DataFrame({"item": "A", "location": "W", "date": mondays, "quantity": 70, "sd": 14})
    case = one_row(tables={"forecast": weeks}, safety=("cycle_service_level", 0.95), **WAITING)
    assert case.line(0)["safety_stock"] == 28184 / 1024
    assert case.units() == {0: 98, 7: 70, 14: 70, 21: 70}


def test_the_protection_interval_ends_with_the_actual_gap(one_row: OneRow) -> None:
    # Tuesdays and Fridays, lead time 2: ordered on day 1, arriving on 3, next arrival 6: days 1..5, 5 days,
    # variance 20: 1.6448536 x 4.4721360 = 7.3560090; x 1024 = 7532.55 -> 7533. Ordered on day 4, next arrival
    # 10: days 4..9, 6 days, variance 24: 1.6448536 x 4.8989795 = 8.0581042; x 1024 = 8251.50 -> below the
    # half, 8251. Days 0..2, before the first arrival, use the first order's interval.
    case = one_row(
        lead=2,
        sd=2.0,
        safety=("cycle_service_level", 0.95),
        **WAITING,
        supplier={"order_weekdays": "tue,fri"},
        bucket="day",
    )
    short, long = 7533 / 1024, 8251 / 1024
    assert case.lines()["safety_stock"].tolist()[:13] == [short] * 6 + [long] * 4 + [short] * 3
    # day 1: 7.36 + 30 - 0 -> 38, 8 left. day 4: 8.06 + 40 - 8 -> 41, 9 left. day 8: 7.36 + 30 - 9 -> 29, 8
    # left; and so on: 41, 29, 41, 29, 41.
    assert list(case.units().values()) == [38, 41, 29, 41, 29, 41, 29, 41]


def test_a_cycle_service_level_below_a_half_keeps_no_negative_stock(one_row: OneRow) -> None:
    # z of 0.3 is negative; min_stock is 0 where nothing says otherwise, and safety stock is at least that.
    case = one_row(sd=2.0, safety=("cycle_service_level", 0.3), **WAITING)
    assert case.line(0)["safety_stock"] == 0
    assert case.units() == {0: 70, 7: 70, 14: 70, 21: 70}


def test_min_stock_is_a_floor_under_a_cycle_service_level(one_row: OneRow) -> None:
    # 10.40 by cycle service level, at least 25: need = 25 + 70.
    case = one_row(sd=2.0, item={"min_stock": 25}, safety=("cycle_service_level", 0.95), **WAITING)
    assert case.units() == {0: 95, 7: 70, 14: 70, 21: 70}


def test_a_missing_sd_is_the_forecast_times_its_coefficient_of_variation(one_row: OneRow) -> None:
    # 0.2 x 10 a day = sd 2: as with sd 2.
    case = one_row(item={"forecast_cv": 0.2}, safety=("cycle_service_level", 0.95), **WAITING)
    assert case.line(0)["safety_stock"] == 10653 / 1024


def test_a_cycle_service_level_without_any_sd_is_refused(one_row: OneRow) -> None:
    with pytest.raises(mo.ContractError, match="sd"):
        one_row(safety=("cycle_service_level", 0.95), **WAITING)


def test_safety_stock_is_one_field(one_row: OneRow, constraints: Table) -> None:
    # The configuration wants 40 units, the product type a cycle service level, the item 3 days of cover: the
    # most specific level wins, whatever its method: 30. need = 30 + 70 = 100.
    table = constraints(("product_type", "toys", "cycle_service_level", 0.95), ("item", "A", "safety_stock_days", 3))
    case = one_row(sd=2.0, item={"product_type": "toys"}, safety=("units", 40), tables={"constraints": table})
    assert case.line(0)["safety_stock"] == 30
    assert case.units()[0] == 100
