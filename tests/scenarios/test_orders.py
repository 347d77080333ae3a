"""Purchase orders: what must go out now, under ids that stay.

The row of these tests: 10 units a day, 30 on hand, lead time 3 days; 70 units on days 0, 7, 14 and 21.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from tests.scenarios.conftest import ManyRows, OneRow, Row


def test_orders_of_now_are_those_before_the_rows_own_second_order_date(many_rows: ManyRows, row: type[Row]) -> None:
    # A orders 70 on day 0; its second order date is day 7. B's 100 on hand last until day 9: its first line
    # is of day 7, its second order date too: nothing of B goes out now.
    case = many_rows({"A": row(), "B": row(on_hand=100)}, item={"unit_cost": 2.0})
    frame = case.plan.generate_orders().to_frame()
    assert frame["item"].tolist() == ["A"]
    line = frame.iloc[0]
    assert (line["supplier"], line["location"], line["quantity"], line["value"]) == ("S", "W", 70, 140)
    assert (case.day(line["order_date"]), case.day(line["expected_date"])) == (0, 3)


def test_orders_until_a_day_include_it(many_rows: ManyRows, row: type[Row]) -> None:
    # Until day 7: A on days 0 and 7, B on day 7; A and B of day 7 share an order, A of day 0 is another.
    case = many_rows({"A": row(), "B": row(on_hand=100)})
    frame = case.plan.generate_orders(until=case.date(7)).to_frame()
    lines = sorted(zip(frame["item"], map(case.day, frame["order_date"]), frame["quantity"], strict=True))
    assert lines == [("A", 0, 70), ("A", 7, 70), ("B", 7, 70)]
    assert frame["order_id"].nunique() == 2


def test_generating_again_gives_the_same_ids(one_row: OneRow) -> None:
    case = one_row()
    first = case.plan.generate_orders(until=case.date(14)).to_frame()
    again = one_row().plan.generate_orders(until=case.date(14)).to_frame()
    pd.testing.assert_frame_equal(first, again)
    assert first["order_id"].str.startswith("PO-").all()
    assert first["order_id"].is_unique


def test_a_later_edit_revises_an_order(one_row: OneRow) -> None:
    # 90 instead of 70 on day 0: the same id, another quantity; undone, as before.
    case = one_row()
    first = case.plan.generate_orders().to_frame()
    edited = case.edit(0, 90).plan
    revised = edited.generate_orders().to_frame()
    assert revised["order_id"].tolist() == first["order_id"].tolist()
    assert revised["quantity"].tolist() == [90]
    pd.testing.assert_frame_equal(edited.undo().generate_orders().to_frame(), first)


def test_an_order_edited_to_0_does_not_go_out(one_row: OneRow) -> None:
    case = one_row().edit(0, 0)
    assert case.plan.generate_orders().to_frame().empty


def test_items_without_a_supplier_form_an_order_of_their_own(many_rows: ManyRows, row: type[Row]) -> None:
    items = pd.DataFrame({"item": ["A", "B"], "supplier": ["S", None], "lead_time_days": 3})
    case = many_rows({"A": row(), "B": row()}, tables={"items": items})
    frame = case.plan.generate_orders().to_frame()
    assert sorted(frame["item"]) == ["A", "B"]
    assert frame["order_id"].nunique() == 2
    assert len(case.messages("no_supplier", "B")) == 1


def test_supplier_minimums_are_only_compared(one_row: OneRow) -> None:
    # At least 100 units and 500 of value per order; 70 units at 2 each = 140: 30 units and 360 of value are
    # missing. The order itself stays 70.
    case = one_row(item={"unit_cost": 2.0}, supplier={"min_order_quantity": 100, "min_order_value": 500})
    first = case.plan.by_supplier.iloc[0]
    assert (first["supplier"], case.day(first["order_date"])) == ("S", 0)
    assert (first["lines"], first["units"], first["value"]) == (1, 70, 140)
    assert (first["gap_units"], first["gap_value"]) == (30, 360)
    assert case.units() == {0: 70, 7: 70, 14: 70, 21: 70}
