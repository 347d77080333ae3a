"""Status, reason, first stockout, order by, excess and days on hand.

The row of these tests, unless one says otherwise: 10 units a day, lead time 3 days, orders on days 0, 7, 14,
21 of a coverage of days 0..27: the first two possible arrivals are A1 = day 3 and A2 = day 10. A stock of 10
n without orders runs out on day t = n.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

if TYPE_CHECKING:
    from tests.scenarios.conftest import ManyRows, OneRow, Row


def test_no_demand(one_row: OneRow) -> None:
    case = one_row(demand=0, on_hand=50)
    assert case.judged() == ("no_demand", None, None, None)
    assert case.units() == {}
    # Stock and no demand in the next 365 days: days on hand are unknown, not 365.
    assert pd.isna(case.summary()["days_on_hand"])


def test_out(one_row: OneRow) -> None:
    # Nothing on hand, nothing received today, demand today: t = 0 < A1 = 3.
    case = one_row(on_hand=0)
    assert case.judged() == ("out", "lead_time_gap", 0, None)
    # Days 0..2 are lost whatever is ordered; without orders all 28 days.
    summary = case.summary()
    assert (summary["unserved"], summary["unserved_without_orders"], summary["days_on_hand"]) == (30, 280, 0)


def test_out_that_an_order_of_today_prevents(one_row: OneRow) -> None:
    # Lead time 0: A1 = 0, so t = 0 is no lead time gap: nothing is ordered yet, and today is the last day to
    # do it.
    assert one_row(on_hand=0, lead=0).judged() == ("out", "no_order", 0, 0)


def test_not_out_when_stock_arrives_today(one_row: OneRow) -> None:
    # 50 arrive on day 0 and serve days 0..4: t = 5, A1 = 3 <= 5 < A2 = 10.
    assert one_row(on_hand=0, inbound={0: 50}).judged() == ("at_risk", "no_order", 5, 0)


def test_out_only_if_the_first_day_with_demand_finds_nothing(one_row: OneRow) -> None:
    # Demand begins on day 2. 50 arrive on day 1 and serve days 2..6: t = 7. Without them t = 2 < A1: out.
    demand = [0.0, 0.0] + [10.0] * 60
    assert one_row(demand=demand, on_hand=0, inbound={1: 50}).judged() == ("at_risk", "no_order", 7, 0)
    assert one_row(demand=demand, on_hand=0).judged() == ("out", "lead_time_gap", 2, None)


def test_unavoidable(one_row: OneRow) -> None:
    # t = 2 < A1 = 3: no order prevents it. With orders day 2 is lost (10), without them 280 - 20 = 260, at 5
    # each.
    case = one_row(on_hand=20, item={"unit_price": 5.0, "unit_cost": 2.0})
    assert case.judged() == ("unavoidable", "lead_time_gap", 2, None)
    summary = case.summary()
    assert (summary["unserved"], summary["unserved_without_orders"]) == (10, 260)
    assert summary["unserved_value"] == 1300
    # 70 on day 0 are next; 4 x 70 x 2 = 560 in all. Stock at as_of, of the end of day 0:
    # 20 - 10.
    assert (summary["next_order_date"], summary["next_order_quantity"]) == (0, 70)
    assert (summary["total_order_quantity"], summary["total_order_value"]) == (280, 560)
    assert (summary["ending"], summary["on_hand"], summary["on_order"]) == (10, 20, 0)
    assert (summary["lead_time_days"], summary["demand_28d"]) == (3, 280)


def test_at_risk_on_the_first_possible_arrival(one_row: OneRow) -> None:
    # t = 3 = A1: the order of day 0 arrives before that day's demand, the next one would be late.
    assert one_row(on_hand=30).judged() == ("at_risk", "no_order", 3, 0)


def test_at_risk_until_the_second_possible_arrival(one_row: OneRow) -> None:
    # t = 9 < A2 = 10: at risk. t = 10 = A2: the order of day 7 is in time: healthy, to be ordered by day 7.
    assert one_row(on_hand=90).judged() == ("at_risk", "no_order", 9, 0)
    assert one_row(on_hand=100).judged() == ("healthy", None, 10, 7)


def test_low(one_row: OneRow) -> None:
    # 100 on hand, safety stock 40; 300 arrive on day 9. ending[5] = 40 is enough, ending[6] = 30 < 40: day 6
    # < A2. Stock never runs out on days 0..27 (100 + 300 > 280): only safety stock is broken. Order by:
    # arrival <= 6: day 0.
    case = one_row(on_hand=100, inbound={9: 300}, safety=("units", 40))
    assert case.judged() == ("low", "safety_stock", None, 0)


def test_low_with_a_stockout_later_on(one_row: OneRow) -> None:
    # 100 on hand, safety stock 40: ending[6] = 30 < 40 on day 6 < A2, t = 10 = A2. Not only safety stock is broken, and
    # demand is even: nothing is ordered. Order by: for low the first breach, day 6: day 0.
    assert one_row(on_hand=100, safety=("units", 40)).judged() == ("low", "no_order", 10, 0)


def test_low_before_the_first_arrival_has_no_day_to_order_by(one_row: OneRow) -> None:
    # 60 on hand, safety stock 50; 300 arrive on day 3: ending[1] = 40 < 50 on day 1, before any arrival.
    case = one_row(on_hand=60, inbound={3: 300}, safety=("units", 50))
    assert case.judged() == ("low", "safety_stock", None, None)


def test_healthy_when_safety_stock_lasts_until_the_second_arrival(one_row: OneRow) -> None:
    # 140 on hand, safety stock 40: ending[9] = 40, ending[10] = 30 < 40 on day 10 = A2: healthy. t = 14.
    # Order by: the last order date that arrives by day 14: day 7 (arrives 10; day 14 would arrive 17).
    assert one_row(on_hand=140, safety=("units", 40)).judged() == ("healthy", None, 14, 7)


def test_healthy(one_row: OneRow) -> None:
    # t = 20: order dates 0, 7, 14 arrive on 3, 10, 17: order by day 14.
    assert one_row(on_hand=200).judged() == ("healthy", None, 20, 14)


def test_excess(one_row: OneRow) -> None:
    # 1000 on hand; the next max(90, 7 + 3) = 90 days ask 900: 100 too many, at a cost of 2 each.
    case = one_row(on_hand=1000, item={"unit_cost": 2.0})
    assert case.judged() == ("excess", None, None, None)
    summary = case.summary()
    assert (summary["excess_units"], summary["excess_value"]) == (100, 200)


def test_excess_counts_inbound_until_the_lead_time_and_leaves_safety_stock(one_row: OneRow) -> None:
    # 900 + 60 due on day 3 = L (40 due on day 4 do not count) - 900 - safety stock 25 = 35.
    case = one_row(on_hand=900, inbound={3: 60, 4: 40}, safety=("units", 25))
    assert case.summary()["excess_units"] == 35


def test_excess_counts_overdue_inbound(one_row: OneRow) -> None:
    # 900 + 50 due on day -5 - 900 = 50.
    assert one_row(on_hand=900, inbound={-5: 50}).summary()["excess_units"] == 50


def test_excess_looks_at_review_and_lead_time_where_they_are_longer(one_row: OneRow) -> None:
    # excess_days 5, R + L = 10: 120 on hand - 100 = 20.
    assert one_row(on_hand=120, excess_days=5).summary()["excess_units"] == 20


def test_excess_is_reported_under_every_status(one_row: OneRow) -> None:
    # Nothing on hand, so out; but 1000 are due on day 3: 1000 - 900 = 100 too many.
    case = one_row(on_hand=0, inbound={3: 1000})
    assert case.summary()["status"] == "out"
    assert case.summary()["excess_units"] == 100


def test_demand_spike(one_row: OneRow) -> None:
    # 100 on day 5, else 10: 80 on hand serve days 0..4 (50), not day 5: t = 5.
    # At the mean of the judged days, 370 / 28 = 13.21, days 0..5 ask 79.3: 80 would do.
    demand = [10.0] * 5 + [100.0] + [10.0] * 60
    assert one_row(demand=demand, on_hand=80).judged() == ("at_risk", "demand_spike", 5, 0)
    # With 79 they would not (6 x 370 = 2220 > 79 x 28 = 2212): simply nothing is ordered.
    assert one_row(demand=demand, on_hand=79).judged() == ("at_risk", "no_order", 5, 0)


def test_a_late_open_order_that_does_not_matter_is_no_reason(one_row: OneRow) -> None:
    # 50 on hand and 1 unit due on day -5: days 0..4 take 50, day 5 sells 1 of 10: t = 5 with it and without
    # it.
    assert one_row(on_hand=50, inbound={-5: 1}).judged() == ("at_risk", "no_order", 5, 0)


def test_days_on_hand_walk_forward_from_the_next_day(one_row: OneRow) -> None:
    # Summary: 35 on hand, 25 at the end of day 0: days 1, 2 and half of day 3.
    # Week of day 0: stock[2] = 5, need 65 -> 3 x 24 = 72; ending[6] = 5 + 72 - 40 = 37: days 7, 8, 9 and 0.7 of
    # day 10.
    case = one_row(on_hand=35, item={"order_multiple": 24})
    assert case.summary()["days_on_hand"] == 2.5
    assert case.line(0)["ending"] == 37
    assert case.line(0)["days_on_hand"] == pytest.approx(3.7)


def test_days_on_hand_end_with_the_day_that_takes_the_last_unit(one_row: OneRow) -> None:
    # 20 on hand, 10 at the end of day 0, 10 asked on day 1 and nothing on days 2 and 3: one day, though the next
    # unit is asked for on day 4 only.
    demand = [10.0, 10.0, 0.0, 0.0] + [10.0] * 60
    assert one_row(demand=demand, on_hand=20).summary()["days_on_hand"] == 1


def test_days_on_hand_pass_days_without_demand(one_row: OneRow) -> None:
    # 25 on hand, 15 at the end of day 0: day 1 takes 10, days 2 and 3 nothing, day 4 takes the 5 that are left, half
    # of its 10: 3.5 days.
    demand = [10.0, 10.0, 0.0, 0.0] + [10.0] * 60
    assert one_row(demand=demand, on_hand=25).summary()["days_on_hand"] == 3.5


def test_days_on_hand_are_at_most_365(one_row: OneRow) -> None:
    # 4990 after day 0 would last 499 days at 10 a day; 2990 last 299: past the 150 days of the forecast.
    assert one_row(on_hand=5000).summary()["days_on_hand"] == 365
    assert one_row(on_hand=3000).summary()["days_on_hand"] == 299
    # With the forecast cut after 5 days of 10, the 90 that are left after day 0 never run out.
    assert one_row(demand=[10.0] * 5, on_hand=100, beyond_forecast="cut").summary()["days_on_hand"] == 365


def test_at_risk_lists_the_most_urgent_first(many_rows: ManyRows, row: type[Row]) -> None:
    # A: t = 9, order by 0, 28 x 10 - 90 = 190 unserved. B: t = 5, order by 0, 230. C: t = 2, unavoidable,
    # 260. D: out, 280. E: t = 20, healthy. F: as B. Without a day to order by first, then the larger value,
    # then the key.
    stock = {"A": 90, "B": 50, "C": 20, "D": 0, "E": 200, "F": 50}
    case = many_rows({name: row(on_hand=units) for name, units in stock.items()}, item={"unit_price": 2.0})
    at_risk = case.plan.at_risk
    assert at_risk["item"].tolist() == ["D", "C", "B", "F", "A"]
    assert at_risk["unserved_value"].tolist() == [560, 520, 460, 460, 380]
    assert at_risk["status"].tolist() == ["out", "unavoidable", "at_risk", "at_risk", "at_risk"]
