"""When orders are placed and arrive: review periods, weekdays, closures, and days cut by `as_of`.

The row of these tests, unless one says otherwise: 10 units a day, 30 on hand (days 0, 1 and 2), lead time 3
days, a coverage of days 0..27. Day 0 is a Monday; so are days 7, 14 and 21.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pandas as pd
import pytest

if TYPE_CHECKING:
    from tests.scenarios.conftest import ManyRows, OneRow, Row, Table

THURSDAY = dt.date(2026, 11, 26)


def test_as_of_inside_a_week(one_row: OneRow) -> None:
    # Weekly forecast of 70 from Monday 2026-11-23; as_of is Thursday 26, day 0. Its week is half over: days
    # 0..3. Orders on days 0, 7, 14, 21 (Thursdays, from as_of), lead time 2: arrivals 2, 9, 16, 23 (next 30).
    # 40 on hand: stock[1] = 20, W = [2, 8] asks 70: need 50. Then stock[8] = 0: 70 each.
    mondays = pd.date_range("2026-11-23", periods=16, freq="7D")
    forecast = pd.DataFrame({"item": "A", "location": "W", "date": mondays, "quantity": 70})
    case = one_row(as_of=THURSDAY, lead=2, on_hand=40, coverage=(0, 24), tables={"forecast": forecast})
    assert case.orders() == [(0, 2, 50), (7, 9, 70), (14, 16, 70), (21, 23, 70)]
    # The first column holds Thursday to Sunday: 4 x 10, not 70; the next begins on Monday, day 4.
    first, second = case.line(0), case.line(4)
    assert (first["demand"], first["planned_receipts"], first["ending"]) == (40, 50, 50)
    assert (second["demand"], second["planned_receipts"], second["order_quantity"]) == (70, 70, 70)


def test_daily_shares_are_counted_from_the_first_day_of_the_bucket(one_row: OneRow) -> None:
    # 100 in the week from Monday 23, as_of Thursday: in 1/1024 units T = 102400, the days before Thursday had
    # floor(102400 x 3 / 7) = 43885; Thursday to Sunday have 102400 - 43885 = 58515, not four sevenths of 100.
    mondays = pd.date_range("2026-11-23", periods=16, freq="7D")
    forecast = pd.DataFrame({"item": "A", "location": "W", "date": mondays, "quantity": 100})
    case = one_row(as_of=THURSDAY, coverage=(0, 24), tables={"forecast": forecast})
    assert case.line(0)["demand"] == 58515 / 1024
    assert case.line(4)["demand"] == 100


def test_coverage_that_begins_inside_a_week_after_as_of(one_row: OneRow) -> None:
    # as_of Monday, coverage from Thursday (day 3) to day 27. g0 = the earlier of the two = day 0, so orders
    # are placed on 0, 7, 14, 21, the first of them before coverage begins: the plain row's orders.
    case = one_row(coverage=(3, 27))
    assert case.orders() == [(0, 3, 70), (7, 10, 70), (14, 17, 70), (21, 24, 70)]
    # Columns are cut at the first day of coverage: days 0..2 are judged, but not in coverage.
    lines = case.lines()
    assert list(lines.index[:3]) == [0, 3, 7]
    assert lines["in_coverage"].tolist()[:3] == [False, True, True]
    assert lines["demand"].tolist()[:3] == [30, 40, 70]


def test_coverage_that_began_before_as_of(one_row: OneRow) -> None:
    # Coverage from day -3: order dates -3, 4, 11, 18 (next 25, after the last day 24); -3 is dropped.
    # Arrivals 7, 14, 21 (28): 30 on hand serve days 0..2, days 3..6 lose 40; then 70 for each window.
    case = one_row(coverage=(-3, 24))
    assert case.orders() == [(4, 7, 70), (11, 14, 70), (18, 21, 70)]
    assert case.summary()["unserved"] == 40


def test_an_order_date_before_as_of_is_dropped_only_after_moving(one_row: OneRow) -> None:
    # The same with Mondays only and a review period of 7 of its own: -3 (Friday) moves to day 0 and stays; 4
    # -> 7, 11 -> 14, 18 -> 21; 25 -> 28 is after coverage and only next. The plain row's orders.
    case = one_row(coverage=(-3, 24), item={"review_period_days": 7}, supplier={"order_weekdays": "mon"})
    assert case.orders() == [(0, 3, 70), (7, 10, 70), (14, 17, 70), (21, 24, 70)]


def test_the_last_day_of_coverage_is_an_order_date(one_row: OneRow) -> None:
    # Coverage of days 0..14: orders on 0, 7 and 14; of days 0..13: on 0 and 7.
    assert list(one_row(coverage=(0, 14)).units()) == [0, 7, 14]
    assert list(one_row(coverage=(0, 13)).units()) == [0, 7]


def test_two_order_dates_in_one_week(one_row: OneRow) -> None:
    # Tuesdays and Fridays, no review period of its own: days 1, 4, 8, 11, 15, 18, 22, 25 (next: Tuesday, day
    # 29). Lead time 2: arrivals 3, 6, 10, 13, 17, 20, 24, 27 (31). stock[2] = 0. Tuesday's order serves days
    # 3..5 = 30, Friday's days 6..9 = 40, and so on.
    case = one_row(lead=2, supplier={"order_weekdays": "tue,fri"})
    assert case.orders() == [
        (1, 3, 30),
        (4, 6, 40),
        (8, 10, 30),
        (11, 13, 40),
        (15, 17, 30),
        (18, 20, 40),
        (22, 24, 30),
        (25, 27, 40),
    ]
    # A weekly cell is the sum of its two order lines.
    week = case.line(0)
    assert (week["order_quantity"], week["suggested_quantity"], week["planned_receipts"]) == (70, 70, 70)


def test_editing_a_cell_of_two_order_dates_changes_its_last_one(one_row: OneRow) -> None:
    # The cell of week 0 holds 30 (Tuesday) + 40 (Friday) = 70; 100 in the cell makes Friday's order 70.
    # Friday's arrives on 6: stock[9] = 70 - 40 = 30, which serves days 10..12: the next Tuesday (W = [10,
    # 12]) needs 0.
    case = one_row(lead=2, supplier={"order_weekdays": "tue,fri"})
    edit = case.plan.cell_edit(0, 0, 100)
    assert (case.day(edit["date"]), edit["quantity"]) == (4, 70)
    edited = case.edit(4, 70)
    assert edited.units() == {1: 30, 4: 70, 11: 40, 15: 30, 18: 40, 22: 30, 25: 40}


def test_order_weekdays_move_the_review_dates(one_row: OneRow) -> None:
    # Review period 7 of its own, Wednesdays: 0 -> 2, 7 -> 9, 14 -> 16, 21 -> 23 (28 -> 30 is next).
    # Arrivals 5, 12, 19, 26 (33): days 3 and 4 are lost, then 70 each.
    case = one_row(item={"review_period_days": 7}, supplier={"order_weekdays": "wed"})
    assert case.orders() == [(2, 5, 70), (9, 12, 70), (16, 19, 70), (23, 26, 70)]
    assert case.summary()["unserved"] == 20


def test_review_period_of_14_days(one_row: OneRow) -> None:
    # Orders on 0 and 14 (next 28): W = [3, 16] and [17, 30], 14 x 10 each.
    case = one_row(item={"review_period_days": 14})
    assert case.orders() == [(0, 3, 140), (14, 17, 140)]


def test_a_review_period_of_any_constraint_is_the_rows_own(one_row: OneRow, constraints: Table) -> None:
    # Tuesdays and Fridays, but the plan's constraints say every 14 days: 0 -> 1, 14 -> 15 (28 -> 29 is next).
    # Arrivals 4 and 18 (32): day 3 is lost, then 14 x 10 each.
    table = constraints(("plan", None, "review_period_days", 14))
    case = one_row(supplier={"order_weekdays": "tue,fri"}, tables={"constraints": table})
    assert case.orders() == [(1, 4, 140), (15, 18, 140)]
    # The configuration's plain setting is nobody's own: every Tuesday and Friday.
    plain = one_row(supplier={"order_weekdays": "tue,fri"}, review_period_days=14)
    assert list(plain.units()) == [1, 4, 8, 11, 15, 18, 22, 25]


def test_a_lead_time_that_drops_lets_a_later_order_arrive_first(one_row: OneRow, constraints: Table) -> None:
    # 40 days for orders placed until day 3, then 10: orders of days 0, 7, 14, 21, 28 arrive on 40, 17, 24, 31, 38.
    # The order of day 0 would serve [40, 16], which is empty: nothing. 200 on hand: stock[16] = 30, so day 7
    # (W = [17, 23]) needs 40, then 70 each.
    dropped = constraints(("item", "A", "lead_time_days", 40), valid_from=None, valid_to="2026-11-26")
    case = one_row(lead=10, on_hand=200, tables={"constraints": dropped})
    assert case.orders() == [(7, 17, 40), (14, 24, 70), (21, 31, 70)]
    # The first two possible arrivals are days 17 and 24: t = 20 lies between; order by day 7, the last that arrives
    # by day 20.
    assert case.judged() == ("at_risk", "no_order", 20, 7)


def test_weekly_columns_begin_on_the_weekday_of_the_configuration(one_row: OneRow) -> None:
    # Day 0 is a Monday: with weeks from Thursday, the first column has days 0..2, the next ones 7 days from day 3.
    lines = one_row(week_start="thursday").lines()
    assert list(lines.index[:3]) == [0, 3, 10]
    assert lines["demand"].tolist()[:3] == [30, 70, 70]


def test_a_suppliers_closure_moves_the_order_date(one_row: OneRow) -> None:
    # Closed on days 7 and 8: the order of day 7 is placed on 9 and arrives on 12.
    # W of day 0 = [3, 11]: 90. W of day 9 = [12, 16]: 50. Then 70 each.
    case = one_row(closed=[("supplier", 7, 8)])
    assert case.orders() == [(0, 3, 90), (9, 12, 50), (14, 17, 70), (21, 24, 70)]


def test_a_suppliers_closure_moves_the_arrival(one_row: OneRow) -> None:
    # Closed on days 15 and 16: the lead time of the order of day 14 counts days 17, 18, 19: it arrives on 19.
    # W of day 7 = [10, 18]: 90. W of day 14 = [19, 23]: 50.
    case = one_row(closed=[("supplier", 15, 16)])
    assert case.orders() == [(0, 3, 70), (7, 10, 90), (14, 19, 50), (21, 24, 70)]


def test_order_dates_that_a_closure_moves_together_count_once(one_row: OneRow) -> None:
    # Closed on days 0..13: 0, 7 and 14 are all placed on 14. Arrivals 17, 24 (31): 70 each; days 3..16 lose
    # 140.
    case = one_row(closed=[("supplier", 0, 13)])
    assert case.orders() == [(14, 17, 70), (21, 24, 70)]
    assert case.summary()["unserved"] == 140


def test_a_closed_order_weekday_moves_to_the_next_one(one_row: OneRow) -> None:
    # Mondays, review period 7 of its own, closed on Monday day 7: its order goes to the next Monday, day 14,
    # where one is due already. Orders 0, 14, 21: W of day 0 = [3, 16]: 140.
    case = one_row(item={"review_period_days": 7}, supplier={"order_weekdays": "mon"}, closed=[("supplier", 7, 7)])
    assert case.orders() == [(0, 3, 140), (14, 17, 70), (21, 24, 70)]


def test_a_locations_closure_moves_the_arrival_only(one_row: OneRow) -> None:
    # W is closed on days 10 and 11: the order of day 7 arrives on 12; it is still placed on 7, and so is one
    # on day 14 when W is closed that day. W of day 0 = [3, 11]: 90, of day 7 = [12, 16]: 50.
    case = one_row(closed=[("location", 10, 11), ("location", 14, 14)])
    assert case.orders() == [(0, 3, 90), (7, 12, 50), (14, 17, 70), (21, 24, 70)]


def test_a_locations_closure_moves_scheduled_receipts(one_row: OneRow) -> None:
    # 70 due on day 5, W closed on days 5 and 6: they arrive on 7. need on W = [3, 9]: b = 6: 40; b = 9: 70 -
    # 70 = 0. 40 are ordered; stock[9] = 40 + 70 - 70 = 40, so day 7 needs 30.
    case = one_row(inbound={5: 70}, closed=[("location", 5, 6)])
    assert case.units() == {0: 40, 7: 30, 14: 70, 21: 70}
    assert case.line(0)["scheduled_receipts"] == 0
    assert case.line(7)["scheduled_receipts"] == 70


def test_a_suppliers_closure_leaves_scheduled_receipts_where_they_are(one_row: OneRow) -> None:
    # 70 due on day 5, the supplier closed on days 5 and 6: expected on 5 all the same. b = 4: 20, b = 9: 0:
    # need 20. The order of day 0 arrives on 3 (days 1, 2, 3); that of day 7 on 10: the windows are the plain
    # row's.
    case = one_row(inbound={5: 70}, closed=[("supplier", 5, 6)])
    assert case.orders()[0] == (0, 3, 20)
    assert case.line(0)["scheduled_receipts"] == 70


def test_lead_time_0_waits_for_an_open_location(one_row: OneRow) -> None:
    # W is closed on day 7: the order of day 7 arrives on 8. W of day 0 = [0, 7]: 80 - 30 = 50; of day 7 = [8,
    # 13]: 60.
    case = one_row(lead=0, closed=[("location", 7, 7)])
    assert case.orders() == [(0, 0, 50), (7, 8, 60), (14, 14, 70), (21, 21, 70)]


def test_a_late_open_order(one_row: OneRow) -> None:
    # 50 were due on day -5: they count as arriving on day 0, with a message. 30 + 50 serve days 0..7.
    # stock[2] = 50: need on W = [3, 9] = 20. Then 70 each.
    case = one_row(inbound={-5: 50})
    assert case.units() == {0: 20, 7: 70, 14: 70, 21: 70}
    assert len(case.messages("late_inbound")) == 1
    assert case.line(0)["scheduled_receipts"] == 50
    # t = 8 is between the arrivals of days 3 and 10; without the late order it would be 3.
    assert case.judged() == ("at_risk", "overdue_inbound", 8, 0)
    assert case.summary()["on_order"] == 50


def test_a_late_open_order_waits_for_an_open_location(one_row: OneRow) -> None:
    # 50 were due on day -5, W is closed on day 0: they arrive on day 1.
    case = one_row(inbound={-5: 50}, closed=[("location", 0, 0)], bucket="day")
    assert case.lines()["scheduled_receipts"].tolist()[:3] == [0, 50, 0]


def test_demand_beyond_the_forecast_is_the_average_of_its_end(one_row: OneRow) -> None:
    # The forecast has days 0..6 only: 1, 2, ... 7, in all 28: past its end 28 / 7 = 4 a day. 6 on hand = days
    # 0..2. day 0: W = [3, 9] asks 4 + 5 + 6 + 7 + 3 x 4 = 34; later windows ask 7 x 4 = 28.
    case = one_row(demand=[1, 2, 3, 4, 5, 6, 7], on_hand=6)
    assert case.units() == {0: 34, 7: 28, 14: 28, 21: 28}
    assert len(case.messages("forecast_too_short")) == 1


def test_the_average_beyond_the_forecast_is_of_28_days(one_row: OneRow) -> None:
    # 7 days of 100, then 28 days whose total is 10 (all of it on day 7). Day 35 is past the end. In 1/1024
    # units T = 10240 over 28 days: floor(365.7) = 365, floor(731.4) - 365 = 366, floor(1097.1) - 731 = 366,
    # floor(1462.9) - 1097 = 365. After 28 days (day 63) the same begins again.
    case = one_row(demand=[100.0] * 7 + [10.0] + [0.0] * 27, coverage=(0, 69), bucket="day")
    demand = case.lines()["demand"]
    assert [demand[day] * 1024 for day in (35, 36, 37, 38)] == [365, 366, 366, 365]
    assert [demand[day] * 1024 for day in (63, 64, 65, 66)] == [365, 366, 366, 365]
    assert demand.loc[35:62].sum() == 10


def test_each_row_has_its_own_forecast_end(many_rows: ManyRows, row: type[Row]) -> None:
    # A's forecast has days 0..6, B's goes on for months: A takes its average of 4 from day 7 on, not 0.
    case = many_rows({"A": row(demand=[1, 2, 3, 4, 5, 6, 7], on_hand=6), "B": row()})
    assert case.units("A") == {0: 34, 7: 28, 14: 28, 21: 28}
    assert case.units("B") == {0: 70, 7: 70, 14: 70, 21: 70}


def test_a_bucket_missing_inside_a_forecast_is_0(one_row: OneRow) -> None:
    # Weeks of days 0, 14, 21 and later ask 70, that of day 7 is missing: 0.
    # W = [3, 9] asks 4 x 10 = 40; W = [10, 16] asks days 14..16: 30; then 70.
    mondays = pd.date_range("2026-11-23", periods=16, freq="7D").delete(1)
    forecast = pd.DataFrame({"item": "A", "location": "W", "date": mondays, "quantity": 70})
    assert one_row(tables={"forecast": forecast}).units() == {0: 40, 7: 30, 14: 70, 21: 70}


def test_there_is_no_demand_before_a_forecast_begins(one_row: OneRow) -> None:
    # The forecast begins on day 14: nothing is asked before, 30 on hand serve days 14..16. Day 7 arrives on 10:
    # W = [10, 16] asks 30, covered; day 14: W = [17, 23] asks 70.
    assert one_row(first_day=14).units() == {14: 70, 21: 70}


def test_demand_beyond_the_forecast_is_cut(one_row: OneRow) -> None:
    # Days 0..6 only, 1 .. 7: W = [3, 9] asks 4 + 5 + 6 + 7 = 22, later windows nothing.
    case = one_row(demand=[1, 2, 3, 4, 5, 6, 7], on_hand=6, beyond_forecast="cut")
    assert case.units() == {0: 22}


def test_demand_beyond_the_forecast_is_that_of_52_weeks_before(one_row: OneRow) -> None:
    # The forecast runs from day -357 to day 6 (364 days): 5 a day in its first week, 10 after that.
    # Day 7 is 364 days after day -357: days 7..13 ask 5 each, days 14 and later 10.
    # day 0: W = [3, 9] asks 4 x 10 + 3 x 5 = 55; day 7: W = [10, 16] asks 4 x 5 + 3 x 10 = 50; then 70.
    demand = [5.0] * 7 + [10.0] * 357
    case = one_row(demand=demand, first_day=-357, beyond_forecast="same_last_year")
    assert case.units() == {0: 55, 7: 50, 14: 70, 21: 70}


def test_without_a_year_of_forecast_the_average_is_taken(one_row: OneRow) -> None:
    # From day -350 on: days 7..13 have no day 364 days before and take the average of the last 28 days, 10.
    # Day 14 is 364 days after day -350: its first week of 5 a day is days 14..20.
    # day 7: W = [10, 16] asks 4 x 10 + 3 x 5 = 55; day 14: W = [17, 23] asks 4 x 5 + 3 x 10 = 50.
    demand = [5.0] * 7 + [10.0] * 350
    case = one_row(demand=demand, first_day=-350, beyond_forecast="same_last_year")
    assert case.units() == {0: 70, 7: 55, 14: 50, 21: 70}


def test_a_month_of_31_days_is_shared_out_exactly(one_row: OneRow) -> None:
    # December 2026 has 100; in 1/1024 units T = 102400, T / 31 = 3303.2..: floors of 1, 2, 3, 4, 5 days are
    # 3303, 6606, 9909, 13212, 16516: shares 3303, 3303, 3303, 3303, 3304. All 31 of them make 100 again.
    months = pd.DataFrame({"date": ["2026-12-01", "2027-01-01"], "quantity": [100, 0]})
    tables = {"forecast": months.assign(item="A", location="W")}
    case = one_row(as_of=dt.date(2026, 12, 1), coverage=(0, 30), lead=0, on_hand=0, tables=tables, bucket="day")
    demand = case.lines()["demand"]
    assert [demand[day] * 1024 for day in range(5)] == [3303, 3303, 3303, 3303, 3304]
    assert demand.loc[0:30].sum() == 100
    # Lead time 0, orders on 0, 7, 14, 21, 28. Sums of 7, 14, 21, 28 days: floor(23122.6), floor(46245.2),
    # floor(69367.7), floor(92490.3) = 22.58, 45.16, 67.74, 90.32 units: in whole units ordered 23, 46, 68, 91
    # by then. Day 28: W = [28, 34]: the rest of December is 100 - 90.32 = 9.68, January 0: 100 - 91 = 9.
    assert case.units() == {0: 23, 7: 23, 14: 22, 21: 23, 28: 9}


def test_no_forecast(many_rows: ManyRows, row: type[Row]) -> None:
    # A has stock, no forecast: demand 0, nothing to order. All 100 are excess.
    case = many_rows({"A": row(demand=None, on_hand=100), "B": row()})
    assert case.units() == {}
    summary = case.summary()
    assert case.judged() == ("no_demand", None, None, None)
    assert (summary["excess_units"], summary["ending"], summary["demand_28d"]) == (100, 100, 0)
    assert pd.isna(summary["days_on_hand"])


def test_no_forecast_but_a_minimum_stock(many_rows: ManyRows, row: type[Row]) -> None:
    # At least 20, 5 on hand: need 15 on day 0, nothing later.
    case = many_rows({"A": row(demand=None, on_hand=5), "B": row()}, item={"min_stock": 20})
    assert case.units() == {0: 15}
    assert case.summary()["status"] == "no_demand"


@pytest.mark.parametrize("bucket", ["day", "week", "month"])
def test_buckets_only_show(one_row: OneRow, bucket: str) -> None:
    # One clock: the same orders, and the same totals of coverage, in days, weeks and months.
    # 28 x 10 asked, 20 on hand: days 0 and 1 sold, day 2 lost, then 70 a week: 270 sold.
    case = one_row(on_hand=20, bucket=bucket)
    assert case.units() == {0: 70, 7: 70, 14: 70, 21: 70}
    lines = case.lines()
    covered = lines[lines["in_coverage"]]
    assert (covered["demand"].sum(), covered["sales"].sum(), covered["unserved"].sum()) == (280, 270, 10)
