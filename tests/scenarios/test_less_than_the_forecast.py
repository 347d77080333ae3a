"""Safety stock below 0: by money, less than the forecast may be worth stocking; a promise of service never says so.

The row of these tests, unless one says otherwise: 10 units a day with a standard deviation of 2, 30 on hand, lead
time 3 days, orders on days 0, 7, 14, 21 that serve the 7 days from their arrival on days 3, 10, 17, 24. Demand of the
seven days is normal with a standard deviation of sqrt(28) = 5.2915026, that of days 0 to 9 with sqrt(40) = 6.3245553.
The quantile of 0.3 lies 0.5244005 standard deviations below the mean.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

import moselle_nb as mo

if TYPE_CHECKING:
    import pandas as pd

    from tests.scenarios.conftest import OneRow, Table


@pytest.fixture
def low_ratio(one_row: OneRow) -> OneRow:
    """A unit left costs more than a unit short."""
    return partial(one_row, sd=2.0, safety=("critical_ratio", 0.3))


def test_where_demand_waits_the_quantile_of_the_protection_interval_holds(low_ratio: OneRow) -> None:
    # -0.5244005 x 6.3245553 = -3.3166; x 1024 = -3396.2. Nothing is left on day 3: 70 - 3.3164 = 66.68 -> 67.
    case = low_ratio(unmet="backorder")
    assert case.line(0)["safety_stock"] == -3396 / 1024
    assert case.units()[0] == 67


def test_where_it_is_lost_the_days_that_the_order_serves_bound_it(low_ratio: OneRow) -> None:
    # What is lost before day 3 costs no stock then: -0.5244005 x 5.2915026 = -2.77487; x 1024 = -2841.5 -> -2841.
    # need = 70 - 2.7744 = 67.23 -> 68.
    case = low_ratio()
    assert case.line(0)["safety_stock"] == -2841 / 1024
    assert case.units()[0] == 68
    assert "at least as for 2026-11-26 to 2026-12-02 alone" in str(case.plan.explain("A", "W", case.date(0)))


def test_the_expected_leftover_is_measured_against_the_same(low_ratio: OneRow) -> None:
    # On day 3, 1415 / 1024 = 1.3818 are expected to be left: 70 - 2.7744 - 1.3818 = 65.84 -> 66.
    case = low_ratio(lost_sales_sizing="expected_leftover")
    assert case.line(0)["safety_stock"] == -2841 / 1024
    assert case.units()[0] == 66


def test_a_minimum_stock_of_0_serves_the_forecast(low_ratio: OneRow) -> None:
    case = low_ratio(item={"min_stock": 0})
    assert case.line(0)["safety_stock"] == 0
    assert case.units()[0] == 70
    assert case.messages("unserved_by_cost") == []


@pytest.mark.parametrize("method", ["cycle_service_level", "fill_rate", "ready_rate"])
def test_a_promise_of_service_never_asks_for_less_than_the_forecast(one_row: OneRow, method: str) -> None:
    assert one_row(sd=2.0, safety=(method, 0.3)).line(0)["safety_stock"] == 0


def test_a_pack_that_lasts_for_years_is_not_bought_for_half_a_sale(one_row: OneRow) -> None:
    # Half a unit a week at a variance of 0.5: Poisson. A unit short costs 5; the smallest order of 50 lasts 100 weeks.
    # Ratio of the week: 5 x 0.5 / (5 x 0.5 + 0.03 x 7 x 50) = 0.1923. Probability of no demand: exp(-0.5) = 0.6065 for
    # the week, exp(-1.5) = 0.2231 for the three until its end: the quantile is 0, and nothing is worth stocking.
    prices = {"unit_cost": 10.0, "unit_price": 15.0, "holding_cost": 0.03, "moq": 50}
    rare = partial(one_row, demand=1 / 14, sd=(1 / 14) ** 0.5, on_hand=0, lead=14, safety=("cost",))
    # 28 / 14 = 2 go unserved, of which the 14 / 14 = 1 before day 14 would in any case.
    case = rare(item=prices)
    assert case.line(14)["safety_stock"] == pytest.approx(-0.5, abs=7 / 1024)
    assert sum(case.units().values()) == 0
    assert case.messages("unserved_by_cost") == [0]
    assert case.text("unserved_by_cost") == (
        "1.0 units go unserved by cost: stock for all of the forecast is dearer than what it sells "
        "(safety stock -0.5). min_stock 0 or a service target would serve them."
    )
    explained = str(case.plan.explain("A", "W", case.date(0)))
    assert "by cost, what it would sell is worth less than its stock" in explained
    # Single units are worth it: 2.5 / (2.5 + 0.03 x 7 x 1) = 0.92.
    assert sum(rare(item=prices | {"moq": 1}).units().values()) > 0


def test_it_is_cheaper_than_serving_the_forecast_whatever_demand_comes(one_row: OneRow) -> None:
    """An independent ledger: on common paths, holding and lost margin of both plans, simulated."""
    prices = {"unit_cost": 10.0, "unit_price": 15.0, "holding_cost": 0.03, "moq": 50}
    rare = partial(one_row, demand=1 / 14, sd=(1 / 14) ** 0.5, on_hand=0, lead=14, safety=("cost",), coverage=(0, 139))
    plans = {"by cost": rare(item=prices).plan, "serving": rare(item=prices | {"min_stock": 0}).plan}
    found = mo.simulate(plans, paths=200, seed=3).compare("by cost", "serving").set_index("measure")
    assert float(found["high"].loc["cost"]) < 0


def test_what_no_order_could_serve_is_not_blamed_on_cost(low_ratio: OneRow) -> None:
    # Orders of 68 for 70 units a week: 2 are missing on each of days 9, 16 and 23; the last order has to serve days 24
    # to 27 only. With nothing on hand, the 30 of days 0 to 2 come on top, which no order could serve; with a lead time
    # of 10 days the 100 of days 0 to 9, and only days 16 and 23 are for an order to serve.
    for settings, unserved in (({}, 6), ({"on_hand": 0}, 36), ({"on_hand": 0, "lead": 10}, 104)):
        case = low_ratio(**settings)
        assert case.summary()["unserved"] == unserved
        by_cost = 4 if "lead" in settings else 6
        assert case.text("unserved_by_cost") == (
            f"{by_cost}.0 units go unserved by cost: stock for all of the forecast is dearer than what it sells "
            "(safety stock -2.8). min_stock 0 or a service target would serve them."
        )
        helped = low_ratio(item={"min_stock": 0}, **settings)
        assert helped.summary()["unserved"] == unserved - by_cost


def test_stock_that_will_be_sold_is_no_excess(low_ratio: OneRow) -> None:
    # 90 days ask for 900. Safety stock is -2.77 and counts as 0: 899 on hand will be sold, of 905 there are 5 too many.
    assert low_ratio(on_hand=899).judged()[0] == "healthy"
    assert low_ratio(on_hand=899).summary()["excess_units"] == 0
    assert low_ratio(on_hand=905).summary()["excess_units"] == 5


def test_what_edits_lose_is_told_apart_from_what_cost_loses(low_ratio: OneRow) -> None:
    case = low_ratio()
    edited = case.edit(0, 0)
    assert edited.text("unserved_by_cost") == case.text("unserved_by_cost")
    assert edited.text("unserved_by_edits").startswith("The edits of this row leave ")
    # 74 leave 4 after day 9: the next order is 64, and 2 are missing on days 16 and 23 still.
    served = case.edit(0, 74)
    assert served.summary()["unserved"] == 4
    assert served.text("unserved_by_cost") == case.text("unserved_by_cost")


def test_a_minimum_stock_that_begins_late_leaves_the_loss_before_it(low_ratio: OneRow, constraints: Table) -> None:
    # A minimum of 0 from day 10 on: order 0, whose days are 3 to 9, is 68 and loses 2; later ones lose nothing.
    table = constraints(("item", "A", "min_stock", 0), valid_from=["2026-12-03"])
    case = low_ratio(tables={"constraints": table})
    assert case.summary()["unserved"] == 2
    assert case.text("unserved_by_cost").startswith("2.0 units go unserved by cost")


def test_a_minimum_stock_that_ends_leaves_the_loss_after_it(low_ratio: OneRow, constraints: Table) -> None:
    # A minimum of 0 to day 9: order 0 loses nothing, the days 16 and 23 lose 2 each.
    table = constraints(("item", "A", "min_stock", 0), valid_to=["2026-12-02"])
    case = low_ratio(tables={"constraints": table})
    assert case.summary()["unserved"] == 4
    assert case.text("unserved_by_cost") == (
        "4.0 units go unserved by cost: stock for all of the forecast is dearer than what it sells "
        "(safety stock below 0 later). min_stock 0 or a service target would serve them."
    )


def test_a_row_that_a_lane_feeds_is_not_told_what_to_buy(
    low_ratio: OneRow, lanes_to_w: dict[str, pd.DataFrame]
) -> None:
    case = low_ratio(on_hand=0, tables=lanes_to_w)
    assert case.summary()["unserved"] > 0
    assert case.messages("unserved_by_cost") == []
