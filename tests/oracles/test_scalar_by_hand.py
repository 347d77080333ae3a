"""The scalar implementation against numbers worked out by hand, so that it may judge the engine."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from tests.oracles.instances import PlainConfig, PlainConstraint, PlainSafetyStock
from tests.oracles.scalar_judging import bucket_lines, excess_units, judge, summary_line
from tests.oracles.scalar_replenishment import ScalarPlan
from tests.oracles.scalar_row import ScalarRow
from tests.oracles.scalar_tables import UNIT, ScalarTables, spread

if TYPE_CHECKING:
    from collections.abc import Sequence

MONDAY = dt.date(2026, 11, 23)


def day(number: int) -> dt.date:
    return MONDAY + dt.timedelta(days=number)


def make(  # noqa: PLR0913 (one keyword per table)
    demand: Sequence[float],
    *,
    on_hand: float = 0,
    committed: float = 0,
    lead: int = 3,
    inbound: dict[int, int] | None = None,
    closures: list[tuple[str, str, int, int]] | None = None,
    weekdays: str | None = None,
    rules: dict[str, Any] | None = None,
    edits: dict[int, int] | None = None,
    first: int = 0,
    coverage: tuple[int, int] = (0, 20),
    **config: Any,
) -> ScalarPlan:
    """Item A at W from supplier S: daily forecast, review every 7 days, no safety stock."""
    settings = PlainConfig(
        name="by hand",
        coverage=(day(coverage[0]), day(coverage[1])),
        safety_stock=PlainSafetyStock("none"),
        lead_time_days=lead,
    )
    constraints = tuple(PlainConstraint("plan", name, value) for name, value in (rules or {}).items())
    settings = replace(settings, **{"constraints": constraints, **config})
    frames = {
        "items": pd.DataFrame({"item": ["A"], "supplier": ["S"], "unit_cost": [2.0]}),
        "suppliers": pd.DataFrame({"supplier": ["S"], "order_weekdays": [weekdays]}),
        "forecast": pd.DataFrame(
            {
                "item": "A",
                "location": "W",
                "date": [day(first + k) for k in range(len(demand))],
                "quantity": demand,
            }
        ),
        "inventory": pd.DataFrame({"item": ["A"], "location": ["W"], "on_hand": [on_hand], "committed": [committed]}),
        "inbound": pd.DataFrame(
            [("A", "W", day(due), units) for due, units in (inbound or {}).items()],
            columns=["item", "location", "date", "quantity"],
        ),
        "closures": pd.DataFrame(
            [(scope, key, day(low), day(high)) for scope, key, low, high in closures or []],
            columns=["scope", "key", "from", "to"],
        ),
    }
    return ScalarPlan(ScalarRow(ScalarTables(frames, MONDAY), settings, "A", "W"), edits or {})


def units(plan: ScalarPlan) -> dict[int, int]:
    return {order.day: order.quantity for order in plan.orders if order.quantity}


def messages(plan: ScalarPlan) -> dict[int, tuple[str, ...]]:
    return {order.day: order.messages for order in plan.orders if order.messages}


def test_spread_gives_the_floor_of_the_running_share() -> None:
    # 10 over 7 days: running floors 0 1 2 4 5 7 8 10
    assert [spread(10, 7, k) for k in range(7)] == [1, 1, 2, 1, 2, 1, 2]


def test_average_repeats_the_last_28_days_evenly() -> None:
    # two days, 1 and 2 units: 3072 grid units over n = 2, that is 1536 a day, for ever
    plan = make([1, 2])
    assert [plan.row.demand(k) for k in range(4)] == [1024, 2048, 1536, 1536]


def test_beyond_forecast_same_last_year_needs_that_day_in_the_own_forecast() -> None:
    # forecast on days -364 and -363 only: days 0 and 1 repeat them, day 2 falls back on their average
    plan = make([4, 8], first=-364, beyond_forecast="same_last_year")
    assert [plan.row.demand(k) // UNIT for k in range(3)] == [4, 8, 6]
    assert make([4, 8], first=-364, beyond_forecast="cut").row.demand(0) == 0


def test_orders_carry_the_row_to_the_day_before_the_next_arrival() -> None:
    # 10 a day, 30 on hand, lead 3: arrivals 3, 10, 17 and next 24; each window is 7 days of 10
    plan = make([10] * 60, on_hand=30)
    assert plan.windows == [(3, 9), (10, 16), (17, 23)]
    assert units(plan) == {0: 70, 7: 70, 14: 70}
    assert plan.end == 23


def test_what_was_lost_before_the_arrival_stays_lost() -> None:
    # nothing on hand: 30 lost on days 0 to 2, the order is 70 all the same; waiting, it would be 100
    assert units(make([10] * 60))[0] == 70
    assert units(make([10] * 60, unmet="backorder"))[0] == 100


def test_grid_of_order_days_starts_at_coverage_or_as_of_whichever_is_first() -> None:
    assert make([10] * 60, coverage=(-3, 20)).order_days_in_coverage == [4, 11, 18]
    assert make([10] * 60, coverage=(3, 20)).order_days_in_coverage == [0, 7, 14]


def test_order_day_moves_to_the_next_open_order_weekday() -> None:
    # review 7 from Monday, orders on Wednesday (day 2); Wednesday of week 2 (day 9) closed: day 16, once
    plan = make([10] * 60, weekdays="wed", rules={"review_period_days": 7}, closures=[("supplier", "S", 9, 9)])
    assert plan.order_days_in_coverage == [2, 16]


def test_weekdays_without_an_own_review_period_are_all_order_days() -> None:
    assert make([10] * 60, weekdays="mon,thu").order_days_in_coverage == [0, 3, 7, 10, 14, 17]


def test_lead_time_counts_no_closures_and_ends_when_the_location_is_open() -> None:
    # day 0, lead 3, supplier closed on days 1 and 2: counts 3, 4, 5; location closed on 5 and 6: day 7
    plan = make([10] * 60, closures=[("supplier", "S", 1, 2), ("location", "W", 5, 6)])
    assert plan.row.arrival(0) == 7


def test_scheduled_receipt_waits_for_the_location_and_overdue_comes_today() -> None:
    plan = make([10] * 60, inbound={-4: 5, 6: 9}, closures=[("location", "W", 6, 7)])
    assert plan.scheduled == {0: 5 * UNIT, 8: 9 * UNIT}


def test_moq_then_multiple_then_maximum_order() -> None:
    # need 70: at least 75, up to a multiple of 20: 80
    assert units(make([10] * 60, on_hand=30, rules={"moq": 75, "order_multiple": 20}))[0] == 80
    # at most 65: down to 60, the rest waits
    capped = make([10] * 60, on_hand=30, rules={"order_multiple": 20, "max_order": 65})
    assert (units(capped)[0], messages(capped)[0]) == (60, ("capped",))
    # at least 75, at most 70: nothing is legal
    conflict = make([10] * 60, on_hand=30, rules={"moq": 75, "max_order": 70})
    assert (units(conflict), messages(conflict)[0]) == ({}, ("conflict",))


def test_max_stock_looks_at_the_opening_of_the_arrival_day() -> None:
    # 5 left at arrival, room for 50: 48 in dozens, although the window needs 65
    rules = {"max_stock": 55, "order_multiple": 12}
    plan = make([10] * 60, on_hand=35, rules=rules)
    assert (units(plan)[0], messages(plan)[0]) == (48, ("capped",))
    # MOQ 60 does not fit: the smallest legal order, because sales would be lost
    over = make([10] * 60, on_hand=35, rules={**rules, "moq": 60})
    assert (units(over)[0], messages(over)[0]) == (60, ("over_max_stock",))
    hard = make([10] * 60, on_hand=35, rules={**rules, "moq": 60, "max_stock_is_hard": True})
    assert (units(hard), messages(hard)[0]) == ({}, ("conflict",))


def test_breach_of_safety_stock_alone_never_goes_over_max_stock() -> None:
    # 100 on hand, 70 at arrival of day 3 serve the window 3..9; safety stock 50 asks for 50, MOQ 90 > room 30
    rules = {"moq": 90, "max_stock": 100, "safety_stock_units": 50}
    plan = make([10] * 60, on_hand=100, rules=rules)
    assert 0 not in units(plan)
    assert 0 not in messages(plan)


def test_less_than_half_a_unit_of_safety_stock_is_not_ordered() -> None:
    # at arrival 70 for 70: without safety stock the need is 0
    assert 0 not in units(make([10] * 60, on_hand=100, rules={"safety_stock_units": 0.4}))
    assert units(make([10] * 60, on_hand=100, rules={"safety_stock_units": 0.5}))[0] == 1


def test_days_of_cover_follow_the_demand_of_the_next_days() -> None:
    plan = make([1, 2, 3, 4], rules={"safety_stock_days": 2}, beyond_forecast="cut")
    assert [plan.safety_stock(k) // UNIT for k in range(4)] == [5, 7, 4, 0]
    assert make([1] * 9, rules={"min_stock": 12}).safety_stock(0) == 12 * UNIT


def test_cycle_service_level_covers_order_day_to_the_end_of_the_window() -> None:
    # 10 a day with cv 0.5: sd 5 a day; days 0 to 9 are 10 days: sqrt(10) x 5 = 15.811; x 1.281552 = 20.263
    rules = {"cycle_service_level": 0.9, "forecast_cv": 0.5}
    assert make([10] * 60, rules=rules).safety_stock(3) == round(20.262979 * UNIT)
    # a lead time sd of 2 days adds (10 x 2)^2 = 400 to 250: sqrt(650) = 25.495; x 1.281552 = 32.673
    assert make([10] * 60, rules={**rules, "lead_time_sd_days": 2}).safety_stock(3) == round(32.673298 * UNIT)


def test_edit_moves_later_suggestions_only() -> None:
    # 100 instead of 70 on day 7: 30 more on day 17, the last order is 40
    plan = make([10] * 60, on_hand=30, edits={7: 100})
    assert units(plan) == {0: 70, 7: 100, 14: 40}
    assert [order.suggested for order in plan.orders] == [70, 70, 40]


def test_statuses() -> None:
    demand = [10.0] * 60
    # arrivals 3 and 10; stock for 2, 5, 10 days; coverage to day 20
    assert judge(make(demand, on_hand=20)).status == "unavoidable"
    at_risk = judge(make(demand, on_hand=50))
    assert (at_risk.status, at_risk.first_stockout, at_risk.order_by) == ("at_risk", 5, 0)
    assert at_risk.reason == "no_order"
    later = judge(make(demand, on_hand=100))
    assert (later.status, later.first_stockout, later.order_by) == ("healthy", 10, 7)
    assert later.reason is None
    low = judge(make(demand, on_hand=210, rules={"safety_stock_units": 150}))
    # ending of day 6 is 140: the first below 150; the order of day 0 arrives by then
    assert (low.status, low.reason, low.order_by) == ("low", "safety_stock", 0)
    assert judge(make([0.0] * 60, on_hand=5)).status == "no_demand"
    assert judge(make(demand)).status == "out"
    assert judge(make(demand, inbound={0: 1})).status == "unavoidable"


def test_reasons() -> None:
    # without the 40 that are late it would run out on day 1, not 5
    late = make([10] * 60, on_hand=10, inbound={-2: 40})
    assert judge(late).reason == "overdue_inbound"
    # 100 on day 4 against a mean of 3: 50 on hand would have served days 0 to 4
    spike = make([0] * 4 + [100] + [0] * 55, on_hand=50)
    assert (judge(spike).status, judge(spike).reason) == ("at_risk", "demand_spike")


def test_excess_counts_inbound_within_the_lead_time() -> None:
    # 1000 + 20 (day 3, lead 3) - 90 x 10 = 120; the 30 of day 4 come too late to count
    assert excess_units(make([10] * 60, on_hand=1000, inbound={3: 20, 4: 30})) == 120 * UNIT


def test_summary_and_buckets() -> None:
    plan = make([10] * 60, on_hand=30, committed=5)
    # opening 25: 15 left at the end of day 0, 5 lost on day 2; the order of day 0 then covers its window exactly
    line = summary_line(plan)
    assert (line["on_hand"], line["unserved"], line["ending"], line["days_on_hand"]) == (30, 5, 15, 1.5)
    assert (line["unserved_without_orders"], line["demand_28d"]) == (185, 280)
    buckets = bucket_lines(plan)
    assert [bucket["date"] for bucket in buckets] == [day(0), day(7), day(14), day(21)]
    assert [bucket["in_coverage"] for bucket in buckets] == [True, True, True, False]
    assert (buckets[0]["sales"], buckets[0]["unserved"], buckets[0]["ending"]) == (65, 5, 30)


def test_most_specific_constraint_wins_and_none_unsets() -> None:
    plan = make(
        [10] * 60,
        on_hand=30,
        constraints=(
            PlainConstraint("plan", "moq", 500),
            PlainConstraint("location", "moq", 90, key="W"),
            PlainConstraint("item", "moq", 80, key="A"),
            PlainConstraint("item", "moq", None, key="A", location="W"),
        ),
    )
    assert units(plan)[0] == 70
    assert units(make([10] * 60, on_hand=30, rules={"moq": 80}))[0] == 80


def test_dated_lot_rules_hold_by_order_day() -> None:
    dated = PlainConstraint("plan", "moq", 95, valid_from=day(7), valid_to=day(13))
    plan = make([10] * 60, on_hand=30, constraints=(dated,))
    assert units(plan) == {0: 70, 7: 95, 14: 45}
