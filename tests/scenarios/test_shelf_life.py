"""Shelf life: an order is at most what demand of its shelf life can use, and what expires has a price.

The row of these tests, unless one says otherwise: 10 units a day, 30 on hand, lead time 3 days, orders on days 0, 7, 14
and 21 of a coverage of 28 days. The order of day 0 arrives on day 3, when nothing is left, and serves days 3..9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

import moselle_nb as mo

if TYPE_CHECKING:
    from pathlib import Path

    from tests.scenarios.conftest import OneRow


def test_an_order_is_at_most_what_its_shelf_life_uses(one_row: OneRow) -> None:
    # 5 days from arrival on use 50; the 70 of the week would leave 20 to expire. Days 8 and 9 lose 20, every week.
    case = one_row(item={"shelf_life_days": 5})
    assert case.units() == {0: 50, 7: 50, 14: 50, 21: 50}
    assert case.messages("shelf_life") == [0, 7, 14, 21]
    assert case.text("shelf_life") == "Shelf life leaves 50 of what is needed: more would expire before it is sold."
    assert case.messages("capped") == []


def test_a_long_shelf_life_changes_nothing(one_row: OneRow) -> None:
    # 7 days use the 70 of the week.
    case = one_row(item={"shelf_life_days": 7})
    assert case.units() == one_row().units()
    assert case.messages("shelf_life") == []


def test_what_is_there_already_is_sold_first(one_row: OneRow) -> None:
    # Safety stock 30, 50 on hand: 20 are left when day 3 opens. Need 30 + 70 - 20 = 80; 8 days use 80, and
    # what is there is 20 of them: 60 are left to order.
    case = one_row(on_hand=50, safety=("units", 30), item={"shelf_life_days": 8}, coverage=(0, 6))
    assert case.units() == {0: 60}


def test_shelf_life_goes_down_to_a_multiple(one_row: OneRow) -> None:
    assert one_row(item={"shelf_life_days": 5, "order_multiple": 12}, coverage=(0, 6)).units() == {0: 48}


def test_the_smallest_legal_order_is_placed_when_sales_are_at_stake(one_row: OneRow) -> None:
    # MOQ 100, but 8 days use 80: 20 expire, 20 x 3 = 60. Without it days 3..9 lose 70.
    case = one_row(item={"shelf_life_days": 8, "moq": 100, "unit_cost": 3}, coverage=(0, 6))
    assert case.units() == {0: 100}
    assert case.messages("waste") == [0]
    assert case.text("waste") == (
        "The smallest legal order, 100, outlasts its shelf life: about 20 of it would expire unsold, worth 60.00; "
        "without it demand goes unserved."
    )
    frame = case.plan.waste
    assert frame[["quantity", "stock_before", "demand", "expected_waste", "value"]].values.tolist() == [
        [100, 0, 80, 20, 60]
    ]


def test_safety_stock_alone_is_no_reason_to_waste(one_row: OneRow) -> None:
    # 100 on hand, safety stock 40, MOQ 100. stock[2] = 70 serves days 3..9 to the last unit; the order of 40 for safety
    # stock would be 100, of which 8 days use 80 - 70 = 10: nothing, and 90 is what would expire.
    case = one_row(on_hand=100, safety=("units", 40), item={"shelf_life_days": 8, "moq": 100}, coverage=(0, 6))
    assert case.units() == {}
    assert case.messages("waste") == [0]
    assert case.text("waste") == (
        "Nothing is ordered: "
        "the smallest legal order, 100, outlasts its shelf life: about 90 of it would expire unsold."
    )
    assert case.plan.waste.empty


def test_shelf_life_comes_after_maximum_order_and_maximum_stock(one_row: OneRow) -> None:
    # Need 70: at most 65 per order, at most 60 on stock, 5 days use 50.
    case = one_row(item={"shelf_life_days": 5, "max_order": 65, "max_stock": 60}, coverage=(0, 6))
    assert case.units() == {0: 50}
    assert case.messages("shelf_life") == [0]


def test_demand_that_waits_uses_an_order_too(one_row: OneRow) -> None:
    # 10 on hand: days 1 and 2 wait, 20 when day 3 opens. 5 days use 50, and the 20 that wait: 70 of the 90 needed.
    case = one_row(on_hand=10, unmet="backorder", item={"shelf_life_days": 5}, coverage=(0, 6))
    assert case.units() == {0: 70}


def test_uncertain_demand_leaves_something_to_expire(one_row: OneRow) -> None:
    # The demand of the 7 days is 70 on average, by the forecast's sd of 4 a day: sd 4 x sqrt(7) = 10.583. Of 70 units
    # sd x phi(0) = 10.583 x 0.398942 = 4.222 are expected to be left, if demand is normal (mean above 50, cv 0.15).
    how = {"safety": ("cycle_service_level", 0.5), "lost_sales_sizing": "protection_interval"}
    case = one_row(sd=4.0, **how, item={"shelf_life_days": 7}, coverage=(0, 6))
    assert case.units() == {0: 70}
    assert case.plan.waste["expected_waste"].tolist() == [pytest.approx(4.222, abs=2e-3)]


def test_an_order_is_explained_by_its_shelf_life(one_row: OneRow) -> None:
    text = str(one_row(item={"shelf_life_days": 5}).plan.explain("A", "W", "2026-11-23"))
    assert "Used up in its shelf life" in text
    assert "demand of the 5 days from arrival on" in text
    assert "limited by shelf life" in text
    assert "Expected waste" in text


def test_an_edit_may_exceed_the_shelf_life_and_shows_its_waste(one_row: OneRow) -> None:
    # 90 on day 3, of which 5 days use 50.
    case = one_row(item={"shelf_life_days": 5, "unit_cost": 2}, coverage=(0, 6)).edit(0, 90)
    assert case.plan.waste[["quantity", "expected_waste", "value"]].values.tolist() == [[90, 40, 80]]


def test_a_plan_file_keeps_the_shelf_life(one_row: OneRow, tmp_path: Path) -> None:
    plan = one_row(item={"shelf_life_days": 5}).plan
    back = mo.open_plan(plan.save(tmp_path / "plan.moselle"))
    assert back.fingerprint == plan.fingerprint
    pd.testing.assert_frame_equal(back.waste, plan.waste)
    assert plan.fingerprint != one_row(item={"shelf_life_days": 6}).plan.fingerprint


def test_items_that_keep_have_no_waste(one_row: OneRow) -> None:
    assert one_row().plan.waste.empty
    assert one_row(item={"shelf_life_days": [None]}).plan.fingerprint == one_row().plan.fingerprint


@pytest.mark.parametrize("days", [0, -3, 2.5])
def test_a_shelf_life_is_whole_days_from_1(one_row: OneRow, days: float) -> None:
    with pytest.raises(mo.ContractError, match=r"shelf_life_days is whole and between 1 and 3,?650: 1 row, e\.g\. A"):
        one_row(item={"shelf_life_days": days})
