"""Open orders: which to bring forward, to put off, to cancel or to keep, and what that is worth.

The row of these tests, unless one says otherwise: 10 units a day, 30 on hand, lead time 10 days, orders on days 0, 7,
14 and 21 of a coverage of 28 days, so no order can arrive before day 10. A unit costs 3 and sells for 5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import moselle_nb as mo

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.scenarios.conftest import Case, OneRow, Table

    Advised = Callable[..., list[tuple[Any, ...]]]

MONEY = {"unit_cost": 3, "unit_price": 5}


def advice(case: Case) -> list[tuple[Any, ...]]:
    """Give advice, day, units and value of each open order of item A."""
    frame = case.plan.open_orders
    days = [case.day(date) for date in frame["advised_date"]]
    return list(zip(frame["advice"], days, frame["advised_quantity"], frame["value"], strict=True))


def test_a_receipt_after_a_stockout_is_to_come_earlier(one_row: OneRow) -> None:
    # 30 on hand serve days 0..2; days 3..7 lose 50, and no order can be there before day 10. Of the 100 of day 8, 20
    # are sold on days 8 and 9, so 80 can be spared there: 50 on day 3 serve all of days 3..7. 50 x (5 - 3) = 100.
    case = one_row(lead=10, inbound={8: 100}, item=MONEY)
    assert advice(case) == [("expedite", 3, 50, 100)]
    assert case.plan.open_orders["units_saved"].tolist() == [50]
    assert case.messages("expedite") == [8]
    assert case.text("expedite") == (
        "Bring 50 of the 100 due 2026-12-01 forward to 2026-11-26: "
        "no order can arrive before 50 go unserved; worth 100.00."
    )


def test_a_unit_saved_is_worth_its_shortage_cost(one_row: OneRow) -> None:
    # As above; a unit that is missing costs 4: 50 x 4 = 200.
    assert advice(one_row(lead=10, inbound={8: 100}, item={**MONEY, "shortage_cost": 4})) == [("expedite", 3, 50, 200)]


def test_without_costs_the_value_is_unknown(one_row: OneRow) -> None:
    case = one_row(lead=10, inbound={8: 100})
    ((kind, day, units, value),) = advice(case)
    assert (kind, day, units) == ("expedite", 3, 50)
    assert pd.isna(value)
    assert case.text("expedite").endswith("; what it is worth is unknown without costs.")


def test_what_is_brought_forward_is_not_missing_later(one_row: OneRow) -> None:
    # 60 on day 5: days 3 and 4 lose 20. 50 of the 60 are sold on days 5..9, before an order can arrive: 10 can come
    # on day 3. With all 20 there on day 3, days 5..9 would lose 10 instead: nothing gained.
    assert advice(one_row(lead=10, inbound={5: 60}, item=MONEY)) == [("expedite", 3, 10, 20)]


def test_parts_are_whole_multiples(one_row: OneRow) -> None:
    # As above with multiples of 25: 25 would take 20 from days 5..9 (5 of them are still there), 0 is the next lower.
    assert advice(one_row(lead=10, inbound={5: 60}, item={**MONEY, "order_multiple": 25})) == [("keep", None, 0, 0)]
    # 100 on day 8 with multiples of 30: 50 lost are 60 up to a multiple; 10 of them are still there on day 8.
    assert advice(one_row(lead=10, inbound={8: 100}, item={**MONEY, "order_multiple": 30})) == [
        ("expedite", 3, 60, 100)
    ]


def test_an_order_that_arrives_in_time_is_no_reason_to_expedite(one_row: OneRow) -> None:
    # Lead time 3: the order of day 0 is there on day 3, when stock ends.
    assert [kind for kind, *_ in advice(one_row(lead=3, inbound={8: 100}, item=MONEY))] == ["keep"]


def test_demand_that_waits_is_served_by_what_comes_earlier(one_row: OneRow) -> None:
    # Days 3..7 wait, the backlog grows to 50 on day 7. 50 on day 3 serve each of them on its day: 50 saved.
    case = one_row(lead=10, inbound={8: 100}, item=MONEY, unmet="backorder")
    assert advice(case) == [("expedite", 3, 50, 100)]


def test_a_row_that_cannot_order_has_no_other_help(one_row: OneRow) -> None:
    # Phased out: 60 on day 10 of a coverage of 14 days. Days 3..9 lose 70; days 10..13 sell 40, 20 are left: they are
    # brought forward.
    case = one_row(lead=3, inbound={10: 60}, item={**MONEY, "status": "phase_out"}, coverage=(0, 13))
    assert advice(case) == [("expedite", 3, 20, 40)]


def test_a_receipt_is_put_off_until_safety_stock_asks_for_it(one_row: OneRow) -> None:
    # 200 on hand, 50 on day 2, lead time 3. Ending stock of day t is 250 - 10 (t + 1); without the 50 it would be below
    # 0 first on day 20 (200 - 210): 18 days later. Holding 0.01 a day: 50 x 18 x 0.01 = 9.
    case = one_row(lead=3, on_hand=200, inbound={2: 50}, item={**MONEY, "holding_cost": 0.01})
    assert advice(case) == [("delay", 20, 50, 9)]
    assert case.plan.open_orders["holding_saved"].tolist() == [9]
    assert case.text("delay") == (
        "Put the 50 due 2026-11-25 off to 2026-12-13: "
        "until then stock stays above safety stock without them; worth 9.00."
    )


def test_planned_orders_count_when_a_receipt_is_put_off(one_row: OneRow) -> None:
    # As above with a safety stock of 30. The order of day 14 arrives on 17: 30 + 70 - (250 - 170) = 20. Ending stock
    # with it: day 17 90, day 18 80, day 19 70. Without the 50, day 19 is the first below 30.
    case = one_row(lead=3, on_hand=200, inbound={2: 50}, item={**MONEY, "holding_cost": 0.01}, safety=("units", 30))
    assert case.units()[14] == 20
    assert advice(case) == [("delay", 19, 50, 8.5)]
    # The plan with the 50 on day 19 orders the same.
    late = one_row(lead=3, on_hand=200, inbound={19: 50}, item=MONEY, safety=("units", 30))
    assert late.units() == case.units()


def test_less_than_a_review_period_early_is_not_early(one_row: OneRow) -> None:
    # 100 on hand, 50 on day 5, lead time 14: without them day 10 would be the first below 0 (150 - 110 - 50). 5 days
    # are less than the 7 between two orders; from day 3 it would be 7.
    assert advice(one_row(lead=14, on_hand=100, inbound={5: 50}, item=MONEY)) == [("keep", None, 0, 0)]
    assert [one[:3] for one in advice(one_row(lead=14, on_hand=100, inbound={3: 50}))] == [("delay", 10, 50)]


def test_a_receipt_is_put_off_to_a_day_on_which_the_location_is_open(one_row: OneRow) -> None:
    # As above, day 20, but the location is closed on days 18 to 21: day 17 is the last open one before.
    case = one_row(lead=3, on_hand=200, inbound={2: 50}, closed=[("location", 18, 21)])
    assert [one[:3] for one in advice(case)] == [("delay", 17, 50)]


def test_what_nothing_asks_for_in_the_excess_period_is_cancelled(one_row: OneRow) -> None:
    # 1 a day, 50 on hand, 100 on day 4. Before it 46 are left; 46 + 100 less the 90 of days 4..93 are 56 too many.
    # 56 x 3 = 168, and 56 x 90 days x 0.01 = 50.40 of holding.
    money = {**MONEY, "holding_cost": 0.01}
    case = one_row(demand=1, on_hand=50, lead=3, inbound={4: 100}, item=money)
    assert advice(case) == [("cancel", None, 56, pytest.approx(218.4))]
    assert case.text("cancel") == (
        "Cancel 56 of the 100 due 2026-11-27: nothing asks for them in the 90 days after they arrive; worth 218.40."
    )
    # By multiples of 10: 50. With a safety stock of 20: 36. With 200 on hand: 196 + 100 - 90 = 206, all of it.
    assert advice(one_row(demand=1, on_hand=50, lead=3, inbound={4: 100}, item={"order_multiple": 10}))[0][2] == 50
    assert advice(one_row(demand=1, on_hand=50, lead=3, inbound={4: 100}, safety=("units", 20)))[0][2] == 36
    assert advice(one_row(demand=1, on_hand=200, lead=3, inbound={4: 100}))[0][2] == 100


def test_the_excess_period_is_at_least_review_period_and_lead_time(one_row: OneRow) -> None:
    # excess_days 5: but an order placed now is there after 3 days and the next 7 later, so 10 days count: of 146, 10
    # are asked for and all of the 100 is too much; of 10 + 8 (1 a day, 14 on hand), 8 are too many.
    assert advice(one_row(demand=1, on_hand=50, lead=3, inbound={4: 100}, excess_days=5))[0][2] == 100
    assert advice(one_row(demand=1, on_hand=14, lead=3, inbound={4: 8}, excess_days=5))[0][:3] == ("cancel", None, 8)
    assert advice(one_row(demand=1, on_hand=9, lead=3, inbound={4: 8}, excess_days=5))[0][:3] == ("cancel", None, 3)


def test_advice_on_later_receipts_supposes_that_on_earlier_ones(one_row: OneRow) -> None:
    # 200 on hand, 50 on days 2 and 4. The first is judged without the second: day 20, as above. With the first on day
    # 20 the second has to be there when 250 end, and with the planned 10 of day 24 (70 - 60 left) on day 26.
    case = one_row(lead=3, on_hand=200, inbound={2: 50, 4: 50})
    assert case.orders() == [(21, 24, 10)]
    assert [one[:3] for one in advice(case)] == [("delay", 20, 50), ("delay", 26, 50)]


def test_a_stockout_is_met_once(one_row: OneRow) -> None:
    # Days 3..7 lose 50: the 30 of day 8 can spare 10 (20 are sold on days 8 and 9 if the 100 of day 9 did not come:
    # with them only the 10 of day 8 are). 20 come earlier; of the 30 still lost, the receipt of day 9 serves 30.
    case = one_row(lead=10, inbound={8: 30, 9: 100}, item=MONEY)
    assert advice(case) == [("expedite", 3, 20, 40), ("expedite", 5, 30, 60)]


def test_overdue_orders_keep_their_message(one_row: OneRow) -> None:
    case = one_row(lead=3, on_hand=200, inbound={-3: 50})
    assert case.messages("late_inbound") == [-3]
    assert case.messages("delay") == [0]
    frame = case.plan.open_orders
    assert case.day(frame["expected_date"].iloc[0]) == -3
    assert case.day(frame["arrival_date"].iloc[0]) == 0


def test_less_than_a_unit_is_not_worth_a_telephone_call(one_row: OneRow) -> None:
    # A tenth of a unit a day: 0.5 are lost before the 2 of day 5, and 0.5 are left of them after 90 days less a lot.
    case = one_row(demand=0.1, on_hand=0, lead=10, inbound={5: 2})
    assert [kind for kind, *_ in advice(case)] == ["keep"]


def test_every_open_order_has_a_line_with_its_reference(one_row: OneRow, open_orders: Table) -> None:
    # Two orders of one day are one; day 60 is after the last day planned (day 30); one has no name, one brings nothing.
    inbound = open_orders((5, 20, "P1"), (5, 15, "P2"), (60, 9, " P3 "), (6, 5, None), (7, 0, "P4"))
    frame = one_row(lead=3, tables={"inbound": inbound}).plan.open_orders
    assert [None if pd.isna(name) else name for name in frame["reference"]] == ["P1, P2", None, "P4", "P3"]
    assert frame["quantity"].tolist() == [35, 5, 0, 9]
    assert frame["advice"].tolist() == ["keep"] * 4
    assert frame["reason"].tolist() == ["needed", "needed", "needed", "after_plan"]


def test_references_are_text_whatever_they_look_like(one_row: OneRow, open_orders: Table) -> None:
    # Numbers, markup and long names are names; none of them changes the plan.
    dirty = ["<b>4711</b>", "=1+1", "é" * 300, "0042", "{0}"]
    inbound = open_orders(*((5 + place, 100, name) for place, name in enumerate(dirty)))
    case, plain = (
        one_row(lead=3, on_hand=900, tables={"inbound": frame}) for frame in (inbound, inbound.assign(reference=None))
    )
    assert case.plan.open_orders["reference"].tolist() == dirty
    assert case.plan.fingerprint == plain.plan.fingerprint
    texts = case.plan.messages["text"]
    assert all(any(f"({name})" in text for text in texts) for name in dirty)


def test_an_open_order_is_whole_and_not_negative(one_row: OneRow, open_orders: Table) -> None:
    with pytest.raises(mo.ContractError, match=r"quantity is whole and >= 0: 1 row, e\.g\. .*quantity = -5"):
        one_row(tables={"inbound": open_orders((5, -5, "P1"))})


def test_edits_change_the_advice(one_row: OneRow) -> None:
    # Day 10 gets 20 that days 10..16 need beside the 50 of day 9: without the 50 day 12 would be the first below 0, 3
    # days later. With 300 on day 3 (an edit) 400 last beyond day 30, the last day planned.
    case = one_row(lead=3, on_hand=100, inbound={9: 50})
    assert [one[0] for one in advice(case)] == ["keep"]
    assert [one[:2] for one in advice(case.edit(0, 300))] == [("delay", 30)]


def test_a_plan_without_open_orders_has_an_empty_frame(one_row: OneRow) -> None:
    frame = one_row().plan.open_orders
    assert frame.empty
    assert list(frame.columns[:4]) == ["item", "location", "reference", "expected_date"]


def test_advice_after_edits_is_that_of_all_rows_judged_anew(one_row: OneRow) -> None:
    case = one_row(lead=3, on_hand=100, inbound={9: 50})
    edited = case.edit(0, 300).edit(7, 40)
    again = mo.ReplenishmentPlan(edited.plan.inputs, edited.plan.config, edited.plan.merged)
    pd.testing.assert_frame_equal(edited.plan.open_orders, again.open_orders)
    pd.testing.assert_frame_equal(edited.plan.undo().undo().open_orders, case.plan.open_orders)
