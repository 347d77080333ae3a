"""Uncertain demand: what each method keeps, and the expected leftover where sales are lost, worked out by hand.

The row of these tests, unless one says otherwise: 10 units a day with a standard deviation of 2, 30 on hand, lead
time 3 days, orders on days 0, 7, 14, 21 that serve the 7 days from their arrival on days 3, 10, 17, 24. Seven days have
a mean of 70 and a variance of 7 x 4 = 28, a standard deviation of 5.2915026; 70 is above 50, and 5.29 below half of it,
so that demand is normal. phi and Phi are the standard normal density and distribution.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import moselle_nb as mo

if TYPE_CHECKING:
    from tests.scenarios.conftest import OneRow


@pytest.fixture
def one_row(one_row: OneRow) -> OneRow:
    """Size on what is expected to be left, which is not the default, unless a case says otherwise."""
    return partial(one_row, lost_sales_sizing="expected_leftover")


def test_an_order_is_the_quantile_of_the_days_it_serves_less_what_is_expected_to_be_left(one_row: OneRow) -> None:
    # Safety stock: 1.6448536 x 5.2915026 = 8.7037473; x 1024 = 8912.64 -> 8913 / 1024 = 8.7041016.
    # Days 0..2 ask 30 of 30, with a standard deviation of sqrt(12) = 3.4641016: phi(0) = 0.3989423, so 3.4641016 x
    # 0.3989423 = 1.3819766 are expected to be lost and left; x 1024 = 1415.14 -> 1415 / 1024 = 1.3818359.
    # need = 78.7041016 - 1.3818359 = 77.3222656 -> 78: one less than the path of the mean, which leaves 0, would order.
    case = one_row(sd=2.0, safety=("cycle_service_level", 0.95))
    assert case.line(0)["safety_stock"] == 8913 / 1024
    assert case.units()[0] == 78
    # Day 10: 79.3818359 are there for days 3..9. z = 9.3818359 / 5.2915026 = 1.7730003, phi(z) = 0.0828542,
    # 1 - Phi(z) = 0.0381143: lost 5.2915026 x (0.0828542 - 1.7730003 x 0.0381143) = 0.0808, so that 9.4627 are left.
    # need = 78.7041 - 9.4627 = 69.2415 -> 70.
    assert case.units()[7] == 70


def test_sizing_on_the_protection_interval_is_there_for_who_asks(one_row: OneRow) -> None:
    # Days 0..9: mean 100, variance 40: 1.6448536 x 6.3245553 = 10.4029678 -> 10653 / 1024, and the mean leaves 0.
    case = one_row(sd=2.0, safety=("cycle_service_level", 0.95), lost_sales_sizing="protection_interval")
    assert case.line(0)["safety_stock"] == 10653 / 1024
    assert case.units()[0] == 81


def test_where_demand_waits_the_protection_interval_holds(one_row: OneRow) -> None:
    case = one_row(sd=2.0, safety=("cycle_service_level", 0.95), unmet="backorder")
    assert case.line(0)["safety_stock"] == 10653 / 1024
    assert case.units()[0] == 81


def test_an_uncertain_lead_time_widens_the_days_before_the_arrival_and_those_served(one_row: OneRow) -> None:
    # A standard deviation of 1 day: 28 + 10^2 x 1^2 = 128 for the seven days: 1.6448536 x 11.3137085 = 18.6093942;
    # x 1024 = 19056.02 -> 19056 / 1024 = 18.609375. Days 0..2: 12 + 100 = 112, sd 10.5830052: 0.3989423 x 10.5830052 =
    # 4.2220083 is expected to be left; x 1024 = 4323.34 -> 4323 / 1024 = 4.2216797.
    # need = 88.609375 - 4.2216797 = 84.3876953 -> 85.
    case = one_row(sd=2.0, item={"lead_time_sd_days": 1}, safety=("cycle_service_level", 0.95))
    assert case.line(0)["safety_stock"] == 19056 / 1024
    assert case.units()[0] == 85


def test_slow_sellers_are_counted_in_single_units(one_row: OneRow) -> None:
    # 1 a week with a variance of 1: between 0.9 and 1.1 times the mean, so Poisson. P(D <= 2) = 2.5 / e = 0.9196986,
    # P(D <= 3) = 2.6666667 / e = 0.9810118: the quantile of 0.95 is 3, two above the mean. The week from day 3 to day 9
    # is of two weeks of the forecast, alike. Nothing is on hand, nothing is left: 3 units.
    case = one_row(on_hand=0, safety=("cycle_service_level", 0.95), tables={"forecast": weeks(1, 1)})
    assert case.line(0)["safety_stock"] == pytest.approx(2, abs=2 / 1024)
    assert case.units()[0] == 3


def weeks(units: float, sd: float) -> pd.DataFrame:
    mondays = pd.date_range("2026-11-23", periods=20, freq="7D")
    return pd.DataFrame({"item": "A", "location": "W", "date": mondays, "quantity": units, "sd": sd})


def test_a_critical_ratio_is_a_quantile(one_row: OneRow) -> None:
    # z of 0.8 is 0.8416212: x 5.2915026 = 4.4534410; x 1024 = 4560.32 -> 4560 / 1024 = 4.453125. 74.453125 - 1.3818359
    # = 73.0712891 -> 74.
    case = one_row(sd=2.0, safety=("critical_ratio", 0.8))
    assert case.line(0)["safety_stock"] == 4560 / 1024
    assert case.units()[0] == 74


def test_by_cost_the_ratio_follows_from_a_unit_short_and_a_unit_left(one_row: OneRow) -> None:
    # Price 15, cost 10: a unit short costs 5; a unit left costs 0.1 on each of 7 days, 0.7: 5 / 5.7 = 0.8771930, whose
    # z is 1.1610976: x 5.2915026 = 6.1439516; x 1024 = 6291.41 -> 6291.
    costs = {"unit_price": 15, "unit_cost": 10, "holding_cost": 0.1}
    case = one_row(sd=2.0, item=costs, safety=("cost",))
    assert case.line(0)["safety_stock"] == 6291 / 1024
    # A shortage cost of 2.1 stands before the margin: 2.1 / 2.8 = 0.75, z 0.6744898: 3.5690642; x 1024 = 3654.72.
    case = one_row(sd=2.0, item={**costs, "shortage_cost": 2.1}, safety=("cost",))
    assert case.line(0)["safety_stock"] == 3655 / 1024


def test_by_cost_what_is_left_is_held_until_the_smallest_order_is_sold(one_row: OneRow) -> None:
    # At least 140, in fives: two weeks of 70. A unit left costs 0.1 on 14 days: 5 / 6.4 = 0.78125, whose z is
    # 0.7764218: x 5.2915026 = 4.1084378; x 1024 = 4207.04 -> 4207. Less than a week's demand changes nothing.
    costs = {"unit_price": 15, "unit_cost": 10, "holding_cost": 0.1}
    case = one_row(sd=2.0, item={**costs, "moq": 136, "order_multiple": 5}, safety=("cost",))
    assert case.line(0)["safety_stock"] == 4207 / 1024
    assert "until the smallest order of 140 is sold, 14 days" in str(case.plan.explain("A", "W", case.date(0)))
    case = one_row(sd=2.0, item={**costs, "moq": 60}, safety=("cost",))
    assert case.line(0)["safety_stock"] == 6291 / 1024


def test_by_cost_every_row_needs_its_costs(one_row: OneRow) -> None:
    with pytest.raises(mo.ContractError) as refused:
        one_row(sd=2.0, item={"unit_price": 10, "unit_cost": 10}, safety=("cost",))
    assert str(refused.value) == (
        "costs: 2 rules broken\n"
        "  - safety stock by cost needs holding_cost above 0, per unit and day; "
        "give costs as columns of items or as constraints of the plan: 1 row, e.g. (A, W)\n"
        "  - safety stock by cost needs shortage_cost, or unit_price less unit_cost, above 0; "
        "give costs as columns of items or as constraints of the plan: 1 row, e.g. (A, W)"
    )


def test_the_distribution_is_one_field_of_the_constraints(one_row: OneRow) -> None:
    # Gamma of mean 70 and variance 28: shape 175, scale 0.4. Its quantile of 0.95 by scipy.stats is 78.9686...
    gamma = one_row(sd=2.0, item={"demand_distribution": "gamma"}, safety=("cycle_service_level", 0.95))
    by_name = one_row(sd=2.0, demand_distribution="gamma", safety=("cycle_service_level", 0.95))
    normal = one_row(sd=2.0, safety=("cycle_service_level", 0.95))
    assert gamma.line(0)["safety_stock"] == by_name.line(0)["safety_stock"] > normal.line(0)["safety_stock"]


def test_what_is_expected_to_be_left_is_explained(one_row: OneRow) -> None:
    case = one_row(sd=2.0, safety=("cycle_service_level", 0.95))
    steps = {step.name: step for step in case.plan.explain("A", "W", case.date(0)).steps}
    assert steps["Distribution"].value == "Normal"
    assert steps["Mean"].value == 70
    assert steps["Standard deviation"].value == pytest.approx(5.2915026)
    assert steps["Cycle service level"].value == 0.95
    assert steps["Stock that reaches it"].value == pytest.approx(78.7037, abs=1e-4)
    assert steps["− Stock before arrival"].value == 1415 / 1024
    assert steps["− Stock before arrival"].note.startswith("expected to be left; 0.0 if demand came as its mean")
    assert steps["= Need"].value == pytest.approx(77.3222656)


def test_a_fill_rate_is_a_share_of_the_demand_of_the_days_served(one_row: OneRow) -> None:
    # 2 % of 70 may be lost, 1.4: the loss function phi(z) - z (1 - Phi(z)) is 1.4 / 5.2915026 = 0.2645751 at z =
    # 0.3057379 (phi = 0.3807256, 1 - Phi = 0.3799021): 1.6178129 above the mean; x 1024 = 1656.64, up to 1657 / 1024.
    # need = 71.6181641 - 1.3818359 = 70.2363281 -> 71.
    case = one_row(sd=2.0, safety=("fill_rate", 0.98))
    assert case.line(0)["safety_stock"] == 1657 / 1024
    assert case.units()[0] == 71


def test_where_demand_waits_a_fill_rate_counts_what_was_short_before_once(one_row: OneRow) -> None:
    # E[(D of 10 days - S)^+] - E[(D of 3 days - S)^+] = 1.4; with a mean of 30 and a deviation of 3.46 nothing of the
    # second is left at S > 100. 1.4 / 6.3245553 = 0.2213594 is the loss at z = 0.4267297 (phi = 0.3642235, 1 - Phi =
    # 0.3347881): 2.6988758 above the mean; x 1024 = 2763.65, up to 2764.
    case = one_row(sd=2.0, safety=("fill_rate", 0.98), unmet="backorder")
    assert case.line(0)["safety_stock"] == 2764 / 1024


def test_a_ready_rate_is_a_share_of_the_days_served(one_row: OneRow) -> None:
    # Weekly orders, a lead time of a week, and all demand of a week on its first day, 10 with a deviation of 2: what is
    # ready on that day is ready on all seven, so that a ready rate of 0.95 is a cycle service level of 0.95. A variance
    # of 4 is below 0.9 x 10, and 2 below half of 10: normal. 1.6448536 x 2 = 3.2897073; x 1024 = 3368.66 -> 3369.
    demand = [10.0, 0, 0, 0, 0, 0, 0] * 20
    deviation = [2.0, 0, 0, 0, 0, 0, 0] * 20
    days = pd.date_range("2026-11-23", periods=140, freq="D")
    forecast = pd.DataFrame({"item": "A", "location": "W", "date": days, "quantity": demand, "sd": deviation})
    ready, cycle = (
        one_row(lead=7, on_hand=10, safety=(method, 0.95), tables={"forecast": forecast}).line(0)["safety_stock"]
        for method in ("ready_rate", "cycle_service_level")
    )
    assert ready == cycle == 3369 / 1024


def test_a_decision_knows_nothing_of_what_came_after_it(one_row: OneRow) -> None:
    # Without sd the error comes from sales before day 0. Sales from then on, changed in any way, change nothing.
    past = pd.date_range("2026-01-05", "2026-11-22", freq="D")
    later = pd.date_range("2026-11-23", "2027-02-28", freq="D")

    def sold(days: pd.DatetimeIndex, units: list[int]) -> pd.DataFrame:
        quantity = [units[number % len(units)] for number in range(len(days))]
        return pd.DataFrame({"item": "A", "location": "W", "date": days, "quantity": quantity})

    def planned(sales: pd.DataFrame) -> tuple[list[tuple[int | None, int | None, float]], float]:
        case = one_row(safety=("fill_rate", 0.98), tables={"sales": sales})
        return case.orders(), case.line(0)["safety_stock"]

    before = planned(sold(past, [8, 12, 10, 7, 13]))
    assert planned(pd.concat([sold(past, [8, 12, 10, 7, 13]), sold(later, [0, 500, 3])])) == before
    assert planned(sold(past, [0, 30, 10, 0, 10])) != before


def test_quantiles_give_the_standard_deviation_where_there_is_none(one_row: OneRow) -> None:
    # q25 = 9 and q75 = 11 lie on a straight line from 8 to 12: uniform demand, whose deviation is 4 / sqrt(12) =
    # 1.1547005. Seven days: variance 7 x 16 / 12 = 9.3333333, deviation 3.0550505; 1.6448536 x it = 5.0251109;
    # x 1024 = 5145.71 -> 5146. A week of 70 with 3.06 is normal.
    days = pd.date_range("2026-11-23", periods=140, freq="D")
    forecast = pd.DataFrame({"item": "A", "location": "W", "date": days, "quantity": 10, "q75": 11, "q25": 9})
    case = one_row(safety=("cycle_service_level", 0.95), tables={"forecast": forecast})
    assert case.line(0)["safety_stock"] == 5146 / 1024
    # A standard deviation that is given stands: 2 a day.
    case = one_row(safety=("cycle_service_level", 0.95), tables={"forecast": forecast.assign(sd=2)})
    assert case.line(0)["safety_stock"] == 8913 / 1024


def test_no_demand_and_a_minimum_stock_are_told(one_row: OneRow) -> None:
    case = one_row(demand=0, sd=2.0, on_hand=0, item={"min_stock": 4}, safety=("fill_rate", 0.95))
    told = str(case.plan.explain("A", "W", case.date(0)))
    assert "no demand is expected on these days" in told
    assert "fill rate, the configuration; at least 4, table items" in told


def test_a_ratio_that_rounds_to_one_asks_for_one_stockout_in_a_million(one_row: OneRow) -> None:
    # 1e9 / (1e9 + 7e-9) is 1 in float64, and no quantile of 1 is finite. Seven days of normal demand: mean 70, sd
    # 5.2915026, z of 0.999999 is 4.7534243: 25.1527571; x 1024 = 25756.42 -> 25756 / 1024.
    costs = {"holding_cost": 1e-9, "shortage_cost": 1e9}
    case = one_row(sd=2.0, item=costs, safety=("cost",))
    assert case.line(0)["safety_stock"] == 25756 / 1024


@pytest.mark.parametrize(("method", "kind"), [("fill_rate", "auto"), ("cycle_service_level", "normal")])
def test_an_error_out_of_all_proportion_is_refused(one_row: OneRow, method: str, kind: str) -> None:
    with pytest.raises(mo.ContractError) as refused:
        one_row(sd=1e9, safety=(method, 0.99), demand_distribution=kind)
    assert str(refused.value) == (
        "forecast: 1 rule broken\n"
        "  - safety stock by a share or by cost is at most 1,000,000,000 units, so that sums are exact; "
        "the forecast's error asks for more: 1 row, e.g. (A, W)"
    )
