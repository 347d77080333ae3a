"""Edits: what reacts, what never changes, and what is refused.

The row of these tests: 10 units a day, 30 on hand (days 0, 1 and 2), lead time 3 days; suggestions of 70 on
days 0, 7, 14 and 21, which arrive on 3, 10, 17, 24 and serve the 7 days from then on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import moselle_nb as mo

if TYPE_CHECKING:
    from tests.scenarios.conftest import Case, OneRow


def suggested(case: Case) -> dict[int | None, float]:
    lines = case.order_lines()
    days = [case.day(date) for date in lines["order_date"]]
    return dict(zip(days, lines["suggested_quantity"].astype(float), strict=True))


def test_an_edit_before_a_suggestion(one_row: OneRow) -> None:
    # 90 on day 0 (20 too many): stock[9] = 90 - 70 = 20, so day 7 needs 50; stock[16] = 0: 70 each.
    case = one_row().edit(0, 90)
    assert case.units() == {0: 90, 7: 50, 14: 70, 21: 70}
    # The suggestion of day 0 itself stays what the rules make of it.
    assert suggested(case) == {0: 70, 7: 50, 14: 70, 21: 70}
    assert case.order_lines()["edited"].tolist() == [True, False, False, False]


def test_an_edit_after_a_suggestion(one_row: OneRow) -> None:
    # 100 on day 14: the suggestions of days 0 and 7 never change; stock[23] = 30, so day 21 needs 40.
    case = one_row().edit(14, 100)
    assert case.units() == {0: 70, 7: 70, 14: 100, 21: 40}


def test_a_suggestion_between_two_edits(one_row: OneRow) -> None:
    # 90 on day 0: day 7 needs 50. 100 on day 14: stock[23] = 30, day 21 needs 40. In either order of editing.
    plain = one_row()
    for case in (plain.edit(0, 90).edit(14, 100), plain.edit(14, 100).edit(0, 90)):
        assert case.units() == {0: 90, 7: 50, 14: 100, 21: 40}
        # Given the edit of day 0 and the 50 of day 7, day 14 would have been 70.
        assert suggested(case) == {0: 70, 7: 50, 14: 70, 21: 40}


def test_an_edit_that_is_too_small_loses_sales_for_good(one_row: OneRow) -> None:
    # 40 on day 0: 40 serve days 3..6, days 7..9 lose 30. stock[9] = 0: day 7 is 70 as before.
    case = one_row().edit(0, 40)
    assert case.units() == {0: 40, 7: 70, 14: 70, 21: 70}
    assert case.summary()["unserved"] == 30


def test_an_edit_that_is_too_small_is_made_up_for_when_demand_waits(one_row: OneRow) -> None:
    # net[9] = -30: day 7 is 70 + 30.
    assert one_row(unmet="backorder").edit(0, 40).units() == {0: 40, 7: 100, 14: 70, 21: 70}


def test_an_edit_of_0_stays_as_a_line(one_row: OneRow) -> None:
    # Days 10..16 are lost: 70; stock[16] = 0, day 14 is 70 as before. The line of day 7 is kept, with its
    # suggestion.
    case = one_row().edit(7, 0)
    assert case.units() == {0: 70, 7: 0, 14: 70, 21: 70}
    assert suggested(case)[7] == 70
    assert case.summary()["unserved"] == 70
    # When demand waits, day 14 makes up for it: 140.
    assert one_row(unmet="backorder").edit(7, 0).units() == {0: 70, 7: 0, 14: 140, 21: 70}


def test_an_edit_where_nothing_was_suggested(one_row: OneRow) -> None:
    # 100 on hand serve days 0..9: day 0 needs nothing. 50 there all the same: stock[9] = 50, day 7 needs 20.
    case = one_row(on_hand=100)
    assert case.units() == {7: 70, 14: 70, 21: 70}
    assert case.edit(0, 50).units() == {0: 50, 7: 20, 14: 70, 21: 70}


def test_an_edit_inside_the_lead_time(one_row: OneRow) -> None:
    # Lead time 10: arrivals 10, 17, 24, 31; 100 on hand serve days 0..9: 70 each. The order of day 7 is
    # edited to 120 before that of day 0 has arrived: day 0 stays 70; stock[23] = 120 - 70 = 50, so day 14 (W
    # = [24, 30]) needs 20.
    case = one_row(lead=10, on_hand=100)
    assert case.units() == {0: 70, 7: 70, 14: 70, 21: 70}
    assert case.edit(7, 120).units() == {0: 70, 7: 120, 14: 20, 21: 70}


def test_an_edit_of_the_quantity_suggested_changes_nothing_else(one_row: OneRow) -> None:
    case = one_row().edit(7, 70)
    assert case.units() == {0: 70, 7: 70, 14: 70, 21: 70}
    assert case.order_lines()["edited"].tolist() == [False, True, False, False]


def test_the_plan_before_an_edit_is_unchanged_and_undo_returns_to_it(one_row: OneRow) -> None:
    before = one_row()
    after = before.edit(0, 90)
    assert before.units()[0] == 70
    undone = after.plan.undo()
    assert undone.fingerprint == before.plan.fingerprint
    assert undone.redo().fingerprint == after.plan.fingerprint
    assert after.plan.fingerprint != before.plan.fingerprint


@pytest.mark.parametrize(
    ("day", "quantity"),
    [
        (1, 70),  # no order date: they are days 0, 7, 14, 21
        (28, 70),  # a possible order date, but after coverage
        (7, 10.5),  # not whole
        (7, -1),  # negative
        (7, float("inf")),  # not finite
    ],
)
def test_physical_rules_refuse_even_a_forced_edit(one_row: OneRow, day: int, quantity: float) -> None:
    with pytest.raises(mo.EditError) as refused:
        one_row().edit(day, quantity, force=True, reason="promotion")
    assert [reject.forcible for reject in refused.value.rejects] == [False]


def test_commercial_rules_refuse_with_the_nearest_quantities(one_row: OneRow) -> None:
    # Multiples of 10 from 50 to 90: 55 lies between 50 and 60; 45 between nothing at all and 50; 200 is above
    # 90.
    case = one_row(item={"moq": 50, "order_multiple": 10, "max_order": 90})
    for quantity, nearest in ((55, (50, 60)), (45, (0, 50)), (200, (90,))):
        with pytest.raises(mo.EditError) as refused:
            case.edit(7, quantity)
        (reject,) = refused.value.rejects
        assert reject.nearest == nearest
        assert reject.forcible
    # A reason carries it through, and only a reason.
    with pytest.raises(mo.EditError):
        case.edit(7, 55, force=True)
    forced = case.edit(7, 55, force=True, reason="last pallet")
    # stock[9] = 0: 55 serve days 10..14 and half of 15: day 14 needs 70 again.
    assert forced.units() == {0: 70, 7: 55, 14: 70, 21: 70}
    assert forced.plan.edits["forced"].tolist() == [True]


def test_an_edit_above_max_stock_is_refused(one_row: OneRow) -> None:
    # At most 80 at the opening of day 10, where stock[9] = 0: 81 is too much, 80 is accepted.
    case = one_row(item={"max_stock": 80})
    with pytest.raises(mo.EditError) as refused:
        case.edit(7, 81)
    assert refused.value.rejects[0].nearest == (80,)
    assert case.edit(7, 80).units() == {0: 70, 7: 80, 14: 60, 21: 70}


def test_an_edit_above_max_stock_where_two_orders_arrive_together(one_row: OneRow) -> None:
    # W closed on days 3..9: the orders of days 0 and 7 arrive on day 10, day 0 suggests nothing. At most 80 on day 10:
    # day 7 suggests 70, so day 0 has room for 10. An edit of 400 there is refused all the same.
    case = one_row(item={"max_stock": 80}, closed=[("location", 3, 9)])
    assert case.units() == {7: 70, 14: 70, 21: 70}
    with pytest.raises(mo.EditError):
        case.edit(0, 400)


def test_many_edits_are_one_step_or_none(one_row: OneRow) -> None:
    # 90 on day 0 and 100 on day 14, as above; one undo takes both back.
    plan = one_row().plan
    both = plan.edit_many(
        [
            {"item": "A", "location": "W", "date": "2026-11-23", "quantity": 90},
            {"item": "A", "location": "W", "date": "2026-12-07", "quantity": 100},
        ]
    )
    assert both.order_lines["quantity"].tolist() == [90, 50, 100, 40]
    assert both.undo().order_lines["quantity"].tolist() == [70, 70, 70, 70]
    # One bad edit refuses all, and every bad one is listed.
    with pytest.raises(mo.EditError) as refused:
        plan.edit_many(
            [
                {"item": "A", "location": "W", "date": "2026-11-23", "quantity": 90},
                {"item": "A", "location": "W", "date": "2026-11-24", "quantity": 90},
                {"item": "A", "location": "W", "date": "2026-12-07", "quantity": -1},
            ]
        )
    assert len(refused.value.rejects) == 2
