"""Conflicts: the smallest set of rules that clash, and the ways out by cost.

The row of these tests, unless one says otherwise: 10 units a day, 30 on hand, lead time 3 days, orders on days 0, 7, 14
and 21 of a coverage of 28 days. The order of day 0 arrives on day 3, when nothing is left, and serves days 3..9: it
needs 70. A unit costs 3, sells for 5, and holding it costs 0.01 a day; so a unit lost costs 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import moselle_nb as mo

if TYPE_CHECKING:
    from tests.scenarios.conftest import Case, OneRow

MONEY = {"unit_cost": 3, "unit_price": 5, "holding_cost": 0.01}


def of_day(case: Case, day: int = 0) -> pd.DataFrame:
    """Give the ways out of the conflict of a day."""
    frame = case.plan.conflicts
    return frame[frame["order_date"] == case.date(day)].reset_index(drop=True)


def ways(case: Case, day: int = 0) -> list[tuple[Any, ...]]:
    """Give rank, rule, from, to, quantity, units served more and total cost."""
    names = ["rank", "rule", "from", "to", "quantity", "unserved_avoided", "total_cost"]
    return [tuple(line) for line in of_day(case, day)[names].itertuples(index=False)]


def test_moq_against_max_order(one_row: OneRow) -> None:
    # Without an order days 3..9 lose 70. With 70 (MOQ given up) stock is 60, 50 .. 0 at the end of days 3..9: 210 unit-
    # days, 2.10. With the MOQ of 100 (maximum given up) it is 90, 80 .. 0 on days 3..12: 450 unit-days, 4.50.
    case = one_row(item={**MONEY, "moq": 100, "max_order": 80})
    assert ways(case) == [
        (1, "moq", 100, 70, 70, 70, pytest.approx(2.1)),
        (2, "max_order", 80, 100, 100, 70, pytest.approx(4.5)),
    ]
    assert set(of_day(case)["clashing"]) == {"moq, max_order"}
    assert set(of_day(case)["needed"]) == {70}
    assert set(case.plan.conflicts["order_date"]) == {pd.Timestamp(case.date(day)) for day in (0, 7, 14, 21)}
    assert case.text("conflict") == (
        "Nothing is ordered: moq wants at least 100, max_order allows 80; 70 are needed. "
        "Cheapest: moq 70 instead of 100: 70 ordered, 70 more served, at a cost of 2.10. "
        "Constraint(\"item\", \"moq\", 70, key='A', location='W')"
    )


def test_the_line_of_python_takes_the_way_out(one_row: OneRow) -> None:
    rules = {**MONEY, "moq": 100, "max_order": 80}
    line = one_row(item=rules).text("conflict").rsplit(". ", 1)[1]
    case = one_row(item=rules, constraints=(eval(line, {"Constraint": mo.Constraint}),))  # noqa: S307 (our own line)
    assert case.plan.conflicts.empty
    assert case.units()[0] == 70


def test_three_rules_can_clash(one_row: OneRow) -> None:
    # MOQ 100, at most 110, multiples of 30: 90 is too little, 120 too much. Without MOQ 90 are ordered: 80 + 70 +
    # .. + 10 = 360 unit-days. Without the multiple 100: 450. Without the maximum 120: 110 + 100 + .. + 10 = 660.
    case = one_row(item={**MONEY, "moq": 100, "max_order": 110, "order_multiple": 30})
    assert ways(case) == [
        (1, "moq", 100, 90, 90, 70, pytest.approx(3.6)),
        (2, "order_multiple", 30, 1, 100, 70, pytest.approx(4.5)),
        (3, "max_order", 110, 120, 120, 70, pytest.approx(6.6)),
    ]
    assert set(of_day(case)["clashing"]) == {"moq, order_multiple, max_order"}
    assert case.text("conflict").startswith(
        "Nothing is ordered: moq and order_multiple want at least 120, max_order allows 110; 70 are needed."
    )


def test_moq_against_hard_max_stock(one_row: OneRow) -> None:
    # At most 80 at the opening of day 3, where nothing is left. On no later day of the window is more room than 80.
    case = one_row(item={**MONEY, "moq": 100, "max_stock": 80, "max_stock_is_hard": True})
    assert ways(case) == [
        (1, "moq", 100, 70, 70, 70, pytest.approx(2.1)),
        (2, "max_stock", 80, 100, 100, 70, pytest.approx(4.5)),
    ]
    assert "max_stock (hard) allows 80" in case.text("conflict")


def test_a_soft_maximum_stock_clashes_with_nothing(one_row: OneRow) -> None:
    # It gives way by itself: the smallest legal order of 100 is placed (`over_max_stock`).
    assert one_row(item={**MONEY, "moq": 100, "max_stock": 80}).plan.conflicts.empty


def test_an_order_that_arrives_later_may_fit(one_row: OneRow) -> None:
    # 90 on hand, at most 50: 60 are there when day 3 opens, 10 too many already. An order that arrives on day 5, when
    # 40 are there, fits: of days 5..9 it serves the 10 missing on day 9. Held on days 5..8: 40 unit-days; with a
    # maximum of 70 on days 3..8: 60.
    case = one_row(on_hand=90, item={**MONEY, "max_stock": 50, "max_stock_is_hard": True}, coverage=(0, 6))
    assert ways(case) == [
        (1, "order_calendar", 0, 2, 10, 10, pytest.approx(0.4)),
        (2, "max_stock", 50, 70, 10, 10, pytest.approx(0.6)),
    ]
    assert set(of_day(case)["clashing"]) == {"max_stock, order_calendar"}
    assert case.text("conflict") == (
        "Nothing is ordered: need wants at least 10, max_stock (hard) allows 0; 10 are needed. "
        "Cheapest: an arrival 2 days later: 10 ordered, 10 more served, at a cost of 0.40."
    )


def test_one_rule_can_forbid_every_order(one_row: OneRow) -> None:
    case = one_row(item={**MONEY, "max_order": 0})
    assert set(of_day(case)["clashing"]) == {"max_order"}
    assert ways(case) == [(1, "max_order", 0, 70, 70, 70, pytest.approx(2.1))]


def test_two_rules_may_have_to_give_way_together(one_row: OneRow) -> None:
    # MOQ 100, at most 20 per order and 30 on stock. Without MOQ 20 are ordered, and 50 of the 70 are lost: 100, and 10
    # unit-days (day 3): 0.10. Without the MOQ's two opponents 100 are ordered: 4.50. Neither of the two is enough.
    case = one_row(item={**MONEY, "moq": 100, "max_order": 20, "max_stock": 30, "max_stock_is_hard": True})
    assert ways(case) == [
        (1, "max_order", 20, 100, 100, 70, pytest.approx(4.5)),
        (1, "max_stock", 30, 100, 100, 70, pytest.approx(4.5)),
        (2, "moq", 100, 20, 20, 20, pytest.approx(100.1)),
    ]
    text = case.text("conflict")
    assert "Cheapest: max_order 100 instead of 20 and max_stock 100 instead of 30" in text
    assert 'Constraint("item", "max_order", 100, key=\'A\', location=\'W\'); Constraint("item", "max_stock"' in text


def test_waiting_demand_counts_until_it_is_served(one_row: OneRow) -> None:
    # Demand waits: on days 3..9 70 are not served on their day without the order. With it, on their day.
    case = one_row(item={**MONEY, "moq": 100, "max_order": 80}, unmet="backorder")
    frame = of_day(case)
    assert frame["unserved_avoided"].tolist() == [70, 70]
    assert frame["unserved_value"].tolist() == [0, 0]


def test_units_rank_where_costs_are_unknown(one_row: OneRow) -> None:
    case = one_row(item={"moq": 100, "max_order": 80})
    frame = of_day(case)
    assert frame["rule"].tolist() == ["moq", "max_order"]
    assert frame["total_cost"].isna().all()
    assert "70 more served. Constraint" in case.text("conflict")


def test_a_shortage_cost_is_what_a_lost_unit_costs(one_row: OneRow) -> None:
    # As above, two rules: 50 lost at 7 each are 350.
    case = one_row(
        item={**MONEY, "shortage_cost": 7, "moq": 100, "max_order": 20, "max_stock": 30, "max_stock_is_hard": True}
    )
    assert of_day(case)["unserved_value"].tolist() == [0, 0, 350]


def test_a_conflict_is_explained_with_its_way_out(one_row: OneRow) -> None:
    text = str(one_row(item={**MONEY, "moq": 100, "max_order": 80}).plan.explain("A", "W", "2026-11-23"))
    assert "Cheapest: moq 70 instead of 100" in text


def test_without_conflicts_the_frame_is_empty(one_row: OneRow) -> None:
    frame = one_row().plan.conflicts
    assert frame.empty
    assert list(frame.columns) == [
        "item", "location", "order_date", "clashing", "needed", "rank", "rule", "from", "to", "quantity",
        "unserved_avoided", "unserved_value", "holding_cost", "total_cost",
    ]  # fmt: skip
