"""Explanations: the numbers of a derivation, and the rows of the tables that they come from.

The row of these tests: 10 units a day, 30 on hand, lead time 3 days: a need of 70 on day 0 for days 3..9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.scenarios.conftest import Case, OneRow, Table


def explained(case: Case, day: int = 0) -> str:
    return str(case.plan.explain("A", "W", case.date(day)))


def test_an_order_is_derived_step_by_step(one_row: OneRow) -> None:
    # need 70, MOQ 100, up to 5 x 24 = 120.
    case = one_row(item={"moq": 100, "order_multiple": 24})
    values = [step.value for step in case.plan.explain("A", "W", case.date(0)).steps]
    assert values.index(70) < values.index(100) < values.index(24)
    assert values[-1] == 120


def test_the_winning_row_of_a_constraint_is_named(one_row: OneRow, constraints: Table) -> None:
    # MOQ 100 of product type toys wins over 200 of supplier S: toys is named, 200 is not mentioned.
    table = constraints(("product_type", "toys", "moq", 100), ("supplier", "S", "moq", 200))
    text = explained(one_row(item={"product_type": "toys"}, tables={"constraints": table}))
    assert "toys" in text
    assert "100" in text
    assert "200" not in text


def test_a_conflict_is_explained_with_both_rules(one_row: OneRow) -> None:
    text = explained(one_row(item={"moq": 100, "max_order": 80}))
    assert "100" in text
    assert "80" in text


def test_an_edit_is_explained_beside_the_suggestion(one_row: OneRow) -> None:
    text = explained(one_row().edit(0, 95, reason="spring promotion"))
    assert "70" in text
    assert "95" in text
    assert "spring promotion" in text


def test_a_bucket_is_explained_by_its_balance(one_row: OneRow) -> None:
    # Day 3 is no order date: its week has 30 to start with, 70 received, 70 asked and sold, 30 left.
    values = [step.value for step in one_row().plan.explain("A", "W", "2026-11-26").steps]
    assert values.count(30) >= 2
    assert values.count(70) >= 2
