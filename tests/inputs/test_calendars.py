"""Order dates, arrivals and windows, each worked out on a calendar of a few weeks; day 0 is a Monday."""

from __future__ import annotations

import numpy as np
import pytest

from moselle_nb.inputs.calendars import (
    NEVER,
    CalendarRule,
    OrderCalendar,
    no_orders,
    order_calendar,
    weekday_numbers,
    weekday_of,
)


def calendar(rule: CalendarRule, first: int = 0, last: int = 20) -> OrderCalendar:
    return order_calendar(rule, first_weekday=0, coverage_first=first, coverage_last=last)


def in_coverage(found: OrderCalendar) -> list[tuple[int, int]]:
    return list(zip(found.order_days[: found.orders].tolist(), found.arrival_days.tolist(), strict=False))


def test_weekdays() -> None:
    assert weekday_numbers("mon,wed") == (0, 2)
    assert weekday_numbers(None) == ()
    assert weekday_of(np.datetime64("2026-11-23")) == 0


def test_every_review_period_and_the_next_two() -> None:
    found = calendar(CalendarRule(7, ((0, 3),)))
    assert found.order_days.tolist() == [0, 7, 14, 21, 28]
    assert found.arrival_days.tolist() == [3, 10, 17, 24, 31]
    assert found.orders == 3


def test_dates_count_from_a_coverage_that_began_before() -> None:
    # -5, 2, 9, 16 …: the first has passed
    assert calendar(CalendarRule(7, ((0, 0),)), first=-5).order_days.tolist() == [2, 9, 16, 23, 30]


def test_orders_are_placed_before_a_coverage_that_begins_later() -> None:
    assert calendar(CalendarRule(7, ((0, 0),)), first=10).order_days.tolist()[:2] == [0, 7]


def test_dates_move_to_an_order_weekday_and_count_once() -> None:
    # every 3 days, on Thursdays: 0 and 3 move to 3; 6 and 9 to 10; 12 and 15 to 17
    found = calendar(CalendarRule(3, ((0, 0),), order_weekdays=(3,)))
    assert found.order_days[: found.orders].tolist() == [3, 10, 17]


def test_dates_move_over_a_closure_of_the_supplier() -> None:
    # days 5 to 8 are closed: the order of day 7 goes out on day 9
    assert in_coverage(calendar(CalendarRule(7, ((0, 0),), supplier_closures=((5, 8),)))) == [(0, 0), (9, 9), (14, 14)]


def test_closed_days_of_the_supplier_do_not_count_for_the_lead_time() -> None:
    # 4 days after day 0: 1, 2, 5, 6, for days 3 and 4 are closed
    assert in_coverage(calendar(CalendarRule(14, ((0, 4),), supplier_closures=((3, 4),)), last=0)) == [(0, 6)]


def test_an_order_waits_until_the_location_opens() -> None:
    closed = ((3, 5), (6, 6))
    assert in_coverage(calendar(CalendarRule(14, ((0, 3),), location_closures=closed), last=0)) == [(0, 7)]
    assert in_coverage(calendar(CalendarRule(14, ((0, 0),), location_closures=((0, 1),)), last=0)) == [(0, 2)]


def test_the_lead_time_is_that_of_the_order_date() -> None:
    # 10 days until day 6, 2 from day 7 on
    assert in_coverage(calendar(CalendarRule(7, ((0, 10), (7, 2))))) == [(0, 10), (7, 9), (14, 16)]


def test_a_supplier_closed_for_good_takes_no_orders() -> None:
    found = calendar(CalendarRule(7, ((0, 3),), supplier_closures=((8, 10_000),)))
    # the order of day 7 still counts no open day after it
    assert in_coverage(found) == [(0, 3)]
    assert found.order_days.tolist()[1:] == [NEVER, NEVER]
    assert found.window_ends(20).tolist() == [20]


def test_windows_end_before_the_next_arrival() -> None:
    found = calendar(CalendarRule(7, ((0, 3),)))
    assert found.window_ends(20).tolist() == [9, 16, 23]
    assert found.row_end(20) == 23


def test_a_window_ends_before_the_earliest_of_the_later_arrivals() -> None:
    # 10, then 47 and 24: the first order carries to day 23, the second nothing, the third to day 30
    found = calendar(CalendarRule(7, ((0, 10), (7, 40), (14, 10))))
    assert found.arrival_days.tolist() == [10, 47, 24, 31, 38]
    assert found.window_ends(20).tolist() == [23, 23, 30]


def test_orders_that_arrive_together_leave_the_first_without_days() -> None:
    found = calendar(CalendarRule(7, ((0, 3),), location_closures=((2, 9),)))
    assert found.arrival_days.tolist()[:3] == [10, 10, 17]
    assert found.window_ends(20).tolist() == [9, 16, 23]


@pytest.mark.parametrize("last", [0, 50])
def test_rows_that_do_not_order_end_with_coverage(last: int) -> None:
    assert no_orders().row_end(last) == last
    assert no_orders().window_ends(last).tolist() == []
