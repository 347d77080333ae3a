"""How much, and when: rows of a few days, each in both layouts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from moselle_nb.engines.netting import MOQ_COVER, MOQ_RAISED, flag_moq_cover, net, unserved_with_orders
from tests.engines.rows import Rows, rules, windows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from moselle_nb.engines.sizing import Sizing

WEEKLY = windows([2, 5], [4, 7])
"""Two orders: the first carries days 2 to 4, the second days 5 to 7."""


def orders(rows: Rows, fixed: Sequence[float] | None = None) -> list[float]:
    """Orders of a single row, equal in both layouts."""
    edits = None if fixed is None else np.array(fixed, dtype=np.float64)[:, None]
    found = [net(position, WEEKLY, rules(), fixed=edits).suggested[:, 0].tolist() for position in rows.both(7)]
    assert found[0] == found[1]
    return found[0]


def test_an_order_carries_its_window() -> None:
    # 10 a day; 25 on hand leave 5 for day 2. Days 2-4 need 30, so 25; days 5-7 need 30
    assert orders(Rows([[10] * 8], [25])) == [25, 30]


def test_what_is_lost_before_the_arrival_stays_lost() -> None:
    # 5 on hand are gone on day 0; days 2-4 need 30, not the 15 lost before as well
    assert orders(Rows([[10] * 8], [5])) == [30, 30]


def test_a_receipt_inside_the_window_counts_from_its_day_on() -> None:
    # 20 on hand end on day 1. 100 arrive on day 4: days 2 and 3 need 20 all the same. On day 4 the row has 100 - 10
    assert orders(Rows([[10] * 8], [20], receipts=[{4: 100}])) == [20, 0]


def test_a_receipt_on_the_arrival_day_is_there_in_time() -> None:
    assert orders(Rows([[10] * 8], [20], receipts=[{2: 12}])) == [18, 30]


def test_safety_stock_of_the_last_day_is_carried_too() -> None:
    # days of cover 2: what the end of day 4 must leave is the demand of days 5 and 6
    assert orders(Rows([[10] * 12], [20], cover=[2])) == [50, 30]


def test_units_of_safety_stock_are_reached_once() -> None:
    assert orders(Rows([[10] * 8], [20], floor=[4])) == [34, 30]


def test_safety_stock_missing_on_the_day_before_a_receipt_is_ordered() -> None:
    # 26 on hand leave 6 before day 2, the last one before 40 arrive: 4 and a floor of 5 are missing. Day 4 ends with 25
    assert orders(Rows([[10] * 8], [26], receipts=[{3: 40}], floor=[5])) == [9, 10]


def test_an_edit_is_received_and_later_orders_react() -> None:
    # the first order is fixed at 40: 15 more than suggested, which the second need not order
    assert orders(Rows([[10] * 8], [25]), fixed=[40, np.nan]) == [25, 15]


def test_a_suggestion_under_an_edit_is_what_the_rules_would_say() -> None:
    assert orders(Rows([[10] * 8], [25]), fixed=[0, np.nan]) == [25, 30]


@pytest.mark.parametrize("by_day", [True, False])
def test_an_order_that_can_wait_asks_for_nothing_but_tells_its_room(by_day: bool) -> None:
    # both orders arrive on day 2: the first has no days to carry. 25 - 20 = 5 lie there on day 2, 45 fit under 50
    rows = Rows([[10] * 8], [25])
    together = windows([2, 2], [1, 7])
    trace: list[Sizing] = []
    position = rows.daily(7) if by_day else rows.compact()
    result = net(position, together, rules(max_stock=50), trace=trace)
    assert result.suggested[:, 0].tolist() == [0, 45]
    assert [float(step.room[0]) for step in trace] == [45, 45]
    assert float(trace[0].need[0]) == 0


def test_an_edit_of_an_order_that_can_wait_arrives_with_the_next() -> None:
    together = windows([2, 2], [1, 7])
    for position in Rows([[10] * 8], [25]).both(7):
        result = net(position, together, rules(), fixed=np.array([[30.0], [np.nan]]))
        assert result.suggested[:, 0].tolist() == [0, 25]


def test_backlog_is_served_by_the_order_and_lost_sales_are_not() -> None:
    # 5 on hand, 10 a day: 15 wait by day 2, so the first order brings 15 + 30
    position = Rows([[10] * 8], [5]).daily(7, backorder=True)
    assert net(position, WEEKLY, rules()).suggested[:, 0].tolist() == [45, 30]


def test_backlog_without_new_demand_does_not_exceed_the_maximum_stock() -> None:
    # 8 wait and nobody asks on days 2-4: over the maximum stock of 0 nothing is ordered; on day 5 somebody asks
    position = Rows([[0, 0, 0, 0, 0, 3, 0, 0]], [-8]).daily(7, backorder=True)
    assert net(position, WEEKLY, rules(moq=20, max_stock=5)).suggested[:, 0].tolist() == [0, 20]


def test_unserved_demand_with_orders() -> None:
    # 5 on hand: 15 are lost on days 0 and 1. The order of day 2 brings 25 of 30, that of day 5 all it needs
    for position in Rows([[10] * 8], [5]).both(7):
        quantity = np.array([[25.0], [30.0]])
        assert unserved_with_orders(position, WEEKLY, quantity, 7).tolist() == [20]
        assert unserved_with_orders(position, WEEKLY, quantity, 3).tolist() == [15]


def test_unserved_backlog_counts_on_the_day_that_asks() -> None:
    # 5 on hand: day 0 leaves 5 of its 10 waiting, day 1 all 10. The order of 25 serves these 15 and day 2; day 3 waits
    position = Rows([[10] * 8], [5]).daily(7, backorder=True)
    assert unserved_with_orders(position, WEEKLY, np.array([[25.0], [0.0]]), 3).tolist() == [25]


@pytest.mark.parametrize(("excess_days", "is_said"), [(2, True), (9, True), (10, False), (11, False)])
def test_moq_cover_is_said_of_orders_that_outlast_the_excess_days(excess_days: int, is_said: bool) -> None:
    # 100 at once and 10 a day: they last for exactly 10 days
    for position in Rows([[10] * 8], [20], goes_on=True).both(7):
        result = net(position, WEEKLY, rules(moq=100))
        flag_moq_cover(position, WEEKLY, result, excess_days)
        assert result.flags[0, 0] == MOQ_RAISED | MOQ_COVER * is_said
