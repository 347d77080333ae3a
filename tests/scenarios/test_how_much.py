"""How much is ordered: need over the window, then MOQ, multiple, maximum order and maximum stock.

The row of these tests, unless one says otherwise: 10 units a day, 30 on hand, lead time 3 days, orders on
days 0, 7, 14 and 21 of a coverage of 28 days. The order of day d arrives on d + 3 and serves days d+3 .. d+9.
The 30 on hand serve days 0, 1 and 2, so stock[2] = 0 and an order that nothing constrains is 7 x 10 = 70.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

if TYPE_CHECKING:
    from tests.scenarios.conftest import ManyRows, OneRow, Row, Table


def test_each_order_serves_until_the_next_arrival(one_row: OneRow) -> None:
    # day 0: arrives 3, W = [3, 9], need = 7 x 10 - stock[2] 0 = 70; stock[9] = 70 - 70 = 0, and so on each
    # week. Day 21 arrives 24, W = [24, 30] because day 28, after coverage, is the next possible order: 70
    # again.
    case = one_row()
    assert case.orders() == [(0, 3, 70), (7, 10, 70), (14, 17, 70), (21, 24, 70)]
    assert case.summary()["total_order_quantity"] == 280


def test_lead_time_longer_than_coverage(one_row: OneRow) -> None:
    # Coverage is days 0..13, lead time 21: orders on 0 and 7 (next: 14) arrive on 21 and 28 (next: 35).
    # 100 on hand serve days 0..9; what is asked on days 10..20 is lost, so stock[20] = 0.
    # W of day 0 = [21, 27]: 7 x 10 = 70. W of day 7 = [28, 34]: 70. The row's last day is 34.
    case = one_row(lead=21, coverage=(0, 13), on_hand=100)
    assert case.orders() == [(0, 21, 70), (7, 28, 70)]
    # On the judged days 0..13: days 10..13 are unserved, 4 x 10 = 40, with and without orders.
    summary = case.summary()
    assert (summary["unserved"], summary["unserved_without_orders"]) == (40, 40)
    # t = 10 is before the first possible arrival on 21: nothing can prevent it, and no order date arrives by
    # day 10.
    assert case.judged() == ("unavoidable", "lead_time_gap", 10, None)
    # The lines go on to the end of the last window, out of coverage: weeks of days 14, 21 and 28 (28..34).
    lines = case.lines()
    assert lines["in_coverage"].to_dict() == {0: True, 7: True, 14: False, 21: False, 28: False}
    assert lines["planned_receipts"].to_dict() == {0: 0, 7: 0, 14: 0, 21: 70, 28: 70}
    assert lines["order_quantity"].to_dict() == {0: 70, 7: 70, 14: 0, 21: 0, 28: 0}


def test_lead_time_of_0_arrives_on_its_own_day(one_row: OneRow) -> None:
    # The order of day 0 is there for day 0: W = [0, 6], need = 70 - 30 on hand = 40. Then W = [7, 13]: 70 -
    # 0.
    case = one_row(lead=0)
    assert case.orders() == [(0, 0, 40), (7, 7, 70), (14, 14, 70), (21, 21, 70)]


def test_need_is_the_worst_day_of_the_window(one_row: OneRow) -> None:
    # A receipt of 40 on day 9, the last day of W = [3, 9], does not help days 3..8:
    # b = 8: 6 x 10 = 60; b = 9: 70 - 40 = 30. need = 60, not the 30 of the whole window.
    # stock[9] = 0 + 60 + 40 - 70 = 30, so day 7 (W = [10, 16]) needs 70 - 30 = 40; then 70 each.
    case = one_row(inbound={9: 40})
    assert case.orders() == [(0, 3, 60), (7, 10, 40), (14, 17, 70), (21, 24, 70)]


def test_sales_lost_in_the_lead_time_are_not_ordered_again(one_row: OneRow) -> None:
    # 10 on hand serve day 0; days 1 and 2 lose 20. stock[2] = 0, not -20: need = 70.
    case = one_row(on_hand=10)
    assert case.units() == {0: 70, 7: 70, 14: 70, 21: 70}
    # Week of day 0: 10 + 70 received (day 3) - sold (day 0: 10, days 3..6: 40) = 30 left.
    week = case.line(0)
    assert (week["starting"], week["planned_receipts"], week["demand"]) == (10, 70, 70)
    assert (week["sales"], week["unserved"], week["ending"], week["backlog"]) == (50, 20, 30, 0)


def test_backorders_of_the_lead_time_are_ordered_again(one_row: OneRow) -> None:
    # 10 on hand serve day 0; days 1 and 2 wait: ending less backlog on day 2 = -20. need = 70 + 20 = 90.
    case = one_row(on_hand=10, unmet="backorder")
    assert case.units() == {0: 90, 7: 70, 14: 70, 21: 70}
    # Week of day 0: shipped = starting 10 + received 90 - ending 30 = 70; 20 of them late (asked on days 1
    # and 2). Day 3: 90 received - 20 waiting - 10 asked = 60; days 4, 5, 6 leave 30.
    week = case.line(0)
    assert (week["sales"], week["unserved"], week["ending"], week["backlog"]) == (70, 20, 30, 0)


def test_backlog_is_shown_beside_a_stock_of_0(one_row: OneRow) -> None:
    # Lead time 10: orders arrive on 10, 17, 24, 31. 30 on hand serve days 0..2, days 3..6 wait: backlog 40,
    # stock 0. Week of day 7: days 7..9 wait (backlog 70); on day 10 the order of day 0 arrives.
    # It serves days 10..16: need = 70 + 70 waiting = 140. Days 10..13: 140 - 70 - 40 = 30 left on day 13.
    case = one_row(lead=10, unmet="backorder")
    assert case.units()[0] == 140
    first, second = case.line(0), case.line(7)
    assert (first["sales"], first["unserved"], first["ending"], first["backlog"]) == (30, 40, 0, 40)
    # Shipped in the second week: 0 + 140 - 30 = 110 (70 late, 40 on their day); not served on its day: 30.
    assert (second["sales"], second["unserved"], second["ending"], second["backlog"]) == (110, 30, 30, 0)


@pytest.mark.parametrize(
    ("units", "last_demand", "ordered"),
    [
        # 100 on hand: stock[2] = 70, W = [3, 9] (coverage of 7 days: one order date).
        # A safety stock of 1/4 makes a need of 1/4 + 70 - 70, below half a unit, and without it 0: nothing.
        (0.25, 10.0, {}),
        # Half a unit of safety stock is not below half a unit: ceil(1/2) = 1.
        (0.5, 10.0, {0: 1}),
        # No safety stock but a demand of 10 1/4 on day 9: a quarter of a unit of demand is a need: ceil(1/4)
        # = 1.
        (0.0, 10.25, {0: 1}),
    ],
)
def test_a_need_below_half_a_unit(one_row: OneRow, units: float, last_demand: float, ordered: dict[int, float]) -> None:
    demand = [10.0] * 9 + [last_demand] + [10.0] * 20
    case = one_row(demand=demand, on_hand=100, coverage=(0, 6), safety=("units", units))
    assert case.units() == ordered


def test_moq_raises_a_need(one_row: OneRow) -> None:
    # need 70 -> MOQ 100; stock[9] = 30: need 40 -> 100; stock[16] = 60: need 10 -> 100; stock[23] = 90: need
    # -20 -> 0.
    case = one_row(item={"moq": 100})
    assert case.units() == {0: 100, 7: 100, 14: 100}


def test_moq_never_makes_a_need(one_row: OneRow) -> None:
    # 100 on hand: stock[2] = 70 is what W = [3, 9] asks: need 0, so no order though MOQ is 100. Day 7: need
    # 70 -> 100.
    case = one_row(on_hand=100, item={"moq": 100}, coverage=(0, 13))
    assert case.units() == {7: 100}


def test_order_multiple_rounds_up(one_row: OneRow) -> None:
    # need 70 -> 72, 2 left; 68 -> 72, 4 left; 66 -> 72, 6 left; 64 -> 72.
    case = one_row(item={"order_multiple": 24})
    assert case.units() == {0: 72, 7: 72, 14: 72, 21: 72}


def test_moq_first_then_up_to_the_multiple(one_row: OneRow) -> None:
    # need 70 -> MOQ 100 -> 5 x 24 = 120; stock[9] = 50: need 20 -> 100 -> 120; stock[16] = 100: need -30 ->
    # 0; stock[23] = 30: need 40 -> 120.
    case = one_row(item={"moq": 100, "order_multiple": 24})
    assert case.units() == {0: 120, 7: 120, 21: 120}


def test_max_order_caps_and_the_rest_waits_for_the_next_date(one_row: OneRow) -> None:
    # Safety stock 40, at most 80 per order.
    # day 0: need 40 + 70 - 0 = 110 -> 80; stock[9] = 10. day 7: 40 + 70 - 10 = 100 -> 80; stock[16] = 20.
    # day 14: 90 -> 80; stock[23] = 30. day 21: 80 -> 80, nothing is missing any more.
    case = one_row(safety=("units", 40), item={"max_order": 80})
    assert case.units() == {0: 80, 7: 80, 14: 80, 21: 80}
    assert case.messages("capped") == [0, 7, 14]


def test_backorders_carry_what_max_order_cut(one_row: OneRow) -> None:
    # At most 60, review 7, demand that waits: day 0: need 70 -> 60, net[9] = -10; day 7: need 80 -> 60,
    # net[16] = -20; day 14: need 90 -> 60, net[23] = -30; day 21: need 100 -> 60.
    case = one_row(unmet="backorder", item={"max_order": 60})
    assert case.order_lines()["quantity"].tolist() == [60, 60, 60, 60]
    # Judged days end with day 27: net[23] = -30, + 60 on day 24 - 4 x 10 = -10: nothing on stock, 10 waiting.
    last = case.line(21)
    assert (last["ending"], last["backlog"]) == (0, 10)
    assert case.messages("capped") == [0, 7, 14, 21]


PEAK = [10.0] * 17 + [20.0] * 7 + [10.0] * 100
"""10 a day, 20 on days 17 to 23: the days that the order of day 14 carries."""


def test_what_max_order_cuts_is_ordered_on_the_nearest_earlier_date_with_room(one_row: OneRow) -> None:
    # needs 70, 70, 140, 70; at most 100: day 14 lacks 40, of which day 7 takes 30 besides its 70 and day 0 the last 10
    case = one_row(demand=PEAK, item={"max_order": 100})
    assert case.units() == {0: 80, 7: 100, 14: 100, 21: 70}
    assert case.messages("capped") == []
    steps = {step.name: step.value for step in case.plan.explain("A", "W", case.date(7)).steps}
    # stock[9] = 10 of the first order: its own window needs 60, the peak another 40
    assert (steps["= Need"], steps["+ For later dates that the maximum order cuts"], steps["Order"]) == (60, 40, 100)


def test_without_ordering_ahead_the_rest_is_capped(one_row: OneRow) -> None:
    case = one_row(demand=PEAK, item={"max_order": 100}, order_ahead=False)
    assert case.units() == {0: 70, 7: 70, 14: 100, 21: 70}
    assert case.messages("capped") == [14]


def test_max_order_is_rounded_down_to_a_multiple(one_row: OneRow) -> None:
    # need 70 -> 72 by the multiple of 24, at most 50: down to 2 x 24 = 48. Lost sales: each week 70 again.
    case = one_row(item={"order_multiple": 24, "max_order": 50})
    assert case.units() == {0: 48, 7: 48, 14: 48, 21: 48}


def test_moq_above_max_order_is_a_conflict(one_row: OneRow) -> None:
    # need 70 -> MOQ 100, but at most 80: no legal quantity above 0. Nothing is ordered, on any of the four
    # dates.
    case = one_row(item={"moq": 100, "max_order": 80})
    assert case.units() == {}
    assert case.messages("conflict") == [0, 7, 14, 21]
    text = case.text("conflict")
    assert "100" in text
    assert "80" in text


def test_a_multiple_between_moq_and_max_order_must_exist(one_row: OneRow) -> None:
    # MOQ 100, at most 110, multiples of 30: 90 is too little, 120 too much. A conflict, though 100 < 110.
    case = one_row(item={"moq": 100, "max_order": 110, "order_multiple": 30})
    assert case.units() == {}
    assert case.messages("conflict") == [0, 7, 14, 21]


def test_max_stock_lowers_an_order(one_row: OneRow) -> None:
    # Safety stock 30, at most 80 at the opening of the day of arrival, 60 on hand: stock[2] = 30.
    # day 0: need 30 + 70 - 30 = 70, room 80 - 30 = 50 -> 50; stock[9] = 30 + 50 - 70 = 10.
    # day 7: need 90, room 70 -> 70; stock[16] = 10; day 14 and day 21 the same.
    case = one_row(safety=("units", 30), on_hand=60, item={"max_stock": 80})
    assert case.units() == {0: 50, 7: 70, 14: 70, 21: 70}
    assert case.messages("capped") == [0, 7, 14, 21]
    assert case.messages("over_max_stock") == []


def test_a_legal_order_under_max_stock_stands_though_the_window_runs_out(one_row: OneRow) -> None:
    # At most 50 on stock: stock[2] = 0, need 70, room 50 -> 50, and days 8 and 9 lose 20. No order over the
    # maximum.
    case = one_row(item={"max_stock": 50})
    assert case.units() == {0: 50, 7: 50, 14: 50, 21: 50}
    assert case.messages("over_max_stock") == []
    # Days 8, 9, 15, 16, 22, 23 of the judged days 0..27 are lost: 60.
    assert case.summary()["unserved"] == 60


def test_max_stock_counts_the_receipts_of_the_day_but_no_later_ones(one_row: OneRow) -> None:
    # Safety stock 30, receipts of 20 on day 3 (the arrival) and of 10 on day 5; one order date (coverage
    # 0..6). need at b = 9: 30 + 70 - 30 = 70 (b = 4: 30 + 20 - 20 = 30). Room at the opening of day 3: 80 -
    # (0 + 20) = 60.
    case = one_row(safety=("units", 30), inbound={3: 20, 5: 10}, item={"max_stock": 80}, coverage=(0, 6))
    assert case.units() == {0: 60}
    assert case.messages("capped") == [0]


def test_max_stock_goes_down_to_a_multiple(one_row: OneRow) -> None:
    # need 70 -> 72; room 60 -> 2 x 24 = 48.
    case = one_row(item={"max_stock": 60, "order_multiple": 24}, coverage=(0, 6))
    assert case.units() == {0: 48}


def test_moq_against_soft_max_stock_orders_when_sales_are_at_stake(one_row: OneRow) -> None:
    # MOQ 100, at most 80: no legal quantity fits, but without the order W loses sales: the smallest legal
    # order. day 0: 100, stock[9] = 30. day 7: room 50, 40 would be lost: 100, stock[16] = 60. day 14: room
    # 20, 10 would be lost: 100, stock[23] = 90. day 21: need -20: nothing.
    case = one_row(item={"moq": 100, "max_stock": 80})
    assert case.units() == {0: 100, 7: 100, 14: 100}
    assert case.messages("over_max_stock") == [0, 7, 14]


def test_over_max_stock_takes_the_smallest_legal_order(one_row: OneRow) -> None:
    # 20 a day, 60 on hand: stock[2] = 0, need 140, MOQ 100, multiple 10, at most 80. Not the 140: the
    # smallest, 100.
    case = one_row(demand=20, on_hand=60, item={"moq": 100, "order_multiple": 10, "max_stock": 80}, coverage=(0, 6))
    assert case.units() == {0: 100}
    assert case.messages("over_max_stock") == [0]


def test_a_breach_of_safety_stock_alone_does_not_break_max_stock(one_row: OneRow) -> None:
    # 100 on hand, safety stock 40, MOQ 100, at most 120. day 0: stock[2] = 70, need 40 + 70 - 70 = 40 -> 100,
    # room 50: none legal; without the order W = [3, 9] ends at exactly 0, nothing unserved: no order. day 7:
    # stock[9] = 0, need 110 (above MOQ), room 120: 110.
    case = one_row(on_hand=100, safety=("units", 40), item={"moq": 100, "max_stock": 120}, coverage=(0, 13))
    assert case.units() == {7: 110}
    assert case.messages("over_max_stock") == []


def test_moq_against_hard_max_stock_orders_nothing(one_row: OneRow) -> None:
    # As above with a hard maximum of 80: sales are lost rather than the maximum broken, and the conflict says
    # so.
    case = one_row(item={"moq": 100, "max_stock": 80, "max_stock_is_hard": True})
    assert case.units() == {}
    assert case.messages("conflict") == [0, 7, 14, 21]
    text = case.text("conflict")
    assert "100" in text
    assert "80" in text


def test_over_max_stock_may_be_a_single_unit(one_row: OneRow) -> None:
    # 90 on hand, at most 50: stock[2] = 60 is above the maximum already, need 10 of W = [3, 9] has no room, but day 9
    # would lose 10. The smallest legal order without MOQ and multiple is 1: it is placed, the other 9 are lost.
    case = one_row(on_hand=90, item={"max_stock": 50}, coverage=(0, 6))
    assert case.units() == {0: 1}
    assert case.messages("over_max_stock") == [0]
    # Hard: nothing, and the conflict says so.
    hard = one_row(on_hand=90, item={"max_stock": 50, "max_stock_is_hard": True}, coverage=(0, 6))
    assert hard.units() == {}
    assert hard.messages("conflict") == [0]


def test_min_stock_is_a_floor_under_safety_stock(one_row: OneRow) -> None:
    # No safety stock, but at least 25: need = 25 + 70 = 95, then 70 each week.
    assert one_row(item={"min_stock": 25}).units() == {0: 95, 7: 70, 14: 70, 21: 70}
    # 10 units of safety stock are raised to the floor; 40 are not.
    assert one_row(item={"min_stock": 25}, safety=("units", 10)).units()[0] == 95
    assert one_row(item={"min_stock": 25}, safety=("units", 40)).units()[0] == 110


def test_a_dated_moq_holds_by_order_date(one_row: OneRow, constraints: Table) -> None:
    # MOQ 100 holds from day 7 to day 13 (order dates): day 0: 70. day 7: 70 -> 100, stock[16] = 30. day 14:
    # 40. day 21: stock[23] = 0: 70.
    dated = constraints(("item", "A", "moq", 100), valid_from="2026-11-30", valid_to="2026-12-06")
    case = one_row(tables={"constraints": dated})
    assert case.units() == {0: 70, 7: 100, 14: 40, 21: 70}


def test_moq_cover(one_row: OneRow) -> None:
    # 1 a day, 3 on hand: need 7. MOQ 120 lasts 120 days, above the 90 excess days; MOQ 80 lasts 80 days.
    long = one_row(demand=1, on_hand=3, item={"moq": 120})
    assert long.units() == {0: 120}
    assert long.messages("moq_cover") == [0]
    short = one_row(demand=1, on_hand=3, item={"moq": 80})
    assert short.units() == {0: 80}
    assert short.messages("moq_cover") == []


def test_moq_cover_only_because_of_moq(one_row: OneRow) -> None:
    # 1 a day: need 7, MOQ 100, multiples of 120: the multiple alone makes it 120, MOQ has no part in it.
    case = one_row(demand=1, on_hand=3, item={"moq": 100, "order_multiple": 120})
    assert case.units() == {0: 120}
    assert case.messages("moq_cover") == []


@pytest.mark.parametrize("status", ["blocked", "phase_out"])
def test_blocked_and_phased_out_items_get_no_orders(one_row: OneRow, status: str) -> None:
    # 30 on hand serve days 0..2; no order can ever arrive, so the stockout of day 3 is unavoidable.
    case = one_row(item={"status": status})
    assert case.units() == {}
    assert case.judged() == ("unavoidable", "lead_time_gap", 3, None)


def test_committed_stock_is_not_there_to_sell(one_row: OneRow) -> None:
    # 50 on hand less 20 committed = 30 opening stock: as the plain row.
    case = one_row(on_hand=50, committed=20)
    assert case.units()[0] == 70
    assert case.line(0)["starting"] == 30
    assert case.summary()["on_hand"] == 50


@pytest.mark.parametrize("stock", [{"on_hand": -5}, {"on_hand": 15, "committed": 20}])
def test_negative_stock_is_0_when_sales_are_lost(one_row: OneRow, stock: dict[str, float]) -> None:
    # Opening stock -5 counts as 0; days 0..2 are lost, stock[2] = 0: need 70.
    case = one_row(**stock)
    assert case.units()[0] == 70
    week = case.line(0)
    assert (week["starting"], week["unserved"], week["sales"], week["ending"]) == (0, 30, 40, 30)


@pytest.mark.parametrize("stock", [{"on_hand": -5}, {"on_hand": 15, "committed": 20}])
def test_negative_stock_is_backlog_when_demand_waits(one_row: OneRow, stock: dict[str, float]) -> None:
    # Opening backlog 5 and days 0..2: net[2] = -35: need 105. Day 3 ships 35 late and 10; day 6 leaves 30.
    # Shipped = 0 + 105 - 30 = 75 (5 of them asked before day 0); unserved on their day: days 0..2 = 30.
    case = one_row(unmet="backorder", **stock)
    assert case.units()[0] == 105
    week = case.line(0)
    assert (week["starting"], week["unserved"], week["sales"], week["ending"]) == (0, 30, 75, 30)


def test_receipts_of_one_day_are_summed(one_row: OneRow, open_orders: Table) -> None:
    # Two open orders of 20 and 15 on day 5: as one of 35. W = [3, 9]: b = 4: 20; b = 9: 70 - 35 = 35. need =
    # 35.
    case = one_row(tables={"inbound": open_orders((5, 20, "P1"), (5, 15, "P2"))})
    assert case.units()[0] == 35
    assert case.line(0)["scheduled_receipts"] == 35
    assert case.summary()["on_order"] == 35


def test_two_arrivals_on_one_day_order_as_late_as_possible(one_row: OneRow) -> None:
    # The location is closed on days 3..9: the orders of days 0 and 7 both arrive on day 10.
    # W of day 0 = [10, 9] is empty: nothing is ordered. W of day 7 = [10, 16]: 70.
    case = one_row(closed=[("location", 3, 9)])
    assert case.orders() == [(7, 10, 70), (14, 17, 70), (21, 24, 70)]


def test_rows_of_different_calendars_do_not_touch_each_other(many_rows: ManyRows, row: type[Row]) -> None:
    # Each as if it were alone: A the plain row; B lead time 0, 70 - 30 = 40 first; C lead time 21, 100 on hand:
    # four windows from day 21; D reviews every 14 days: W = [3, 16] and [17, 30]; E is blocked; F has MOQ 100.
    names = list("ABCDEF")
    unset = float("nan")
    items = pd.DataFrame(
        {
            "item": names,
            "supplier": "S",
            "lead_time_days": [3, 0, 21, 3, 3, 3],
            "review_period_days": [unset, unset, unset, 14, unset, unset],
            "status": ["active", "active", "active", "active", "blocked", "active"],
            "moq": [unset, unset, unset, unset, unset, 100],
        }
    )
    rows = {name: row(on_hand=100 if name == "C" else 30) for name in names}
    case = many_rows(rows, tables={"items": items})
    assert case.orders("A") == [(0, 3, 70), (7, 10, 70), (14, 17, 70), (21, 24, 70)]
    assert case.orders("B") == [(0, 0, 40), (7, 7, 70), (14, 14, 70), (21, 21, 70)]
    assert case.orders("C") == [(0, 21, 70), (7, 28, 70), (14, 35, 70), (21, 42, 70)]
    assert case.orders("D") == [(0, 3, 140), (14, 17, 140)]
    assert case.orders("E") == []
    assert case.orders("F") == [(0, 3, 100), (7, 10, 100), (14, 17, 100)]


def test_a_fed_row_is_not_bought(one_row: OneRow, lanes_to_w: dict[str, pd.DataFrame]) -> None:
    # A lane leads to W, and no sourcing record names a supplier for it: what W gets comes by transfer.
    case = one_row(tables=lanes_to_w)
    assert set(case.order_lines()["location"]) == {"H"}
    assert len(case.messages("fed_by_lane")) == 1
