"""Which value of a constraint wins: level by level, and source by source within a level.

Seen in the first order: 10 units a day, 30 on hand, lead time 3 days: need 70, so an MOQ above 70 is the
order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import moselle_nb as mo

if TYPE_CHECKING:
    from tests.scenarios.conftest import OneRow, Table

LEVELS = [
    ("item", "A", "W"),
    ("item", "A", None),
    ("grade", "B", "W"),
    ("grade", "B", None),
    ("variability", "Y", "W"),
    ("variability", "Y", None),
    ("product_type", "toys", "W"),
    ("product_type", "toys", None),
    ("product_line", "garden", "W"),
    ("product_line", "garden", None),
    ("supplier", "S", "W"),
    ("supplier", "S", None),
    ("location", "W", None),
    ("plan", None, None),
]
ITEM = {"grade": "B", "variability": "Y", "product_type": "toys", "product_line": "garden"}


def sourcing(**columns: Any) -> dict[str, pd.DataFrame]:
    return {"sourcing": pd.DataFrame({"item": ["A"], "supplier": ["S"], "rank": [1]}).assign(**columns)}


@pytest.mark.parametrize("most_specific", range(len(LEVELS)))
def test_the_most_specific_level_wins(one_row: OneRow, most_specific: int) -> None:
    # MOQ 101 at the first level named, 102, 103 ... at the less specific ones after it: 101 is ordered.
    # Written from the least specific on, so that the order of the rows does not help.
    named = [
        {"scope": scope, "key": key, "location": location, "field": "moq", "value": 101 + above}
        for above, (scope, key, location) in enumerate(LEVELS[most_specific:])
    ]
    case = one_row(item=ITEM, tables={"constraints": pd.DataFrame(named[::-1])})
    assert case.units()[0] == 101


def test_none_unsets_what_less_specific_levels_say(one_row: OneRow, constraints: Table) -> None:
    # The plan and the supplier want at least 100 and 120; the item says `none`: 70.
    table = constraints(("plan", None, "moq", "100"), ("supplier", "S", "moq", "120"), ("item", "A", "moq", "none"))
    assert one_row(tables={"constraints": table}).units()[0] == 70


def test_none_in_the_table_wins_over_the_items_column(one_row: OneRow, constraints: Table) -> None:
    table = constraints(("item", "A", "moq", "none"))
    assert one_row(item={"moq": 100}, tables={"constraints": table}).units()[0] == 70


def test_a_constraint_of_the_configuration_wins_over_the_table(one_row: OneRow, constraints: Table) -> None:
    # The same level: 110 of the configuration, not 120 of the table, 130 of the sourcing record, 140 of the
    # item.
    tables = {"constraints": constraints(("item", "A", "moq", 120)), **sourcing(moq=130)}
    mine = (mo.Constraint("item", "moq", 110, key="A"),)
    assert one_row(item={"moq": 140}, tables=tables, constraints=mine).units()[0] == 110
    # Without it, the table; without the table, the sourcing record; without that, the item.
    assert one_row(item={"moq": 140}, tables=tables).units()[0] == 120
    assert one_row(item={"moq": 140}, tables=sourcing(moq=130)).units()[0] == 130
    assert one_row(item={"moq": 140}).units()[0] == 140


def test_a_table_row_of_an_item_wins_over_a_configuration_of_the_plan(one_row: OneRow, constraints: Table) -> None:
    table = {"constraints": constraints(("item", "A", "moq", 120))}
    assert one_row(tables=table, constraints=(mo.Constraint("plan", "moq", 110),)).units()[0] == 120


def test_the_location_comes_first_within_a_level(one_row: OneRow) -> None:
    # A sourcing record of W (130) is more specific than the configuration's constraint for the item anywhere
    # (110).
    mine = (mo.Constraint("item", "moq", 110, key="A"),)
    case = one_row(tables=sourcing(location="W", moq=130), constraints=mine)
    assert case.units()[0] == 130


def test_the_supplier_of_lowest_rank_delivers(one_row: OneRow) -> None:
    # Rank 1 is T with a lead time of 5 and a cost of 4; S of rank 2 and the item's own supplier S do not
    # count. Arrival on day 5: days 3 and 4 are lost; W = [5, 11]: 70.
    records = pd.DataFrame(
        {
            "item": "A",
            "supplier": ["S", "T"],
            "rank": [2, 1],
            "lead_time_days": [1, 5],
            "unit_cost": [9.0, 4.0],
        }
    )
    suppliers = pd.DataFrame({"supplier": ["S", "T"]})
    case = one_row(tables={"sourcing": records, "suppliers": suppliers}, item={"unit_cost": 8.0})
    assert case.orders()[0] == (0, 5, 70)
    first = case.order_lines().iloc[0]
    assert (first["supplier"], first["unit_cost"], first["value"]) == ("T", 4, 280)


def test_the_lead_time_of_the_configuration_comes_last(one_row: OneRow) -> None:
    # The supplier says 2 days, the configuration 9: 2. Where nothing else says so, 9.
    assert one_row(lead=None, supplier={"lead_time_days": 2}, lead_time_days=9).orders()[0][:2] == (0, 2)
    assert one_row(lead=None, lead_time_days=9).orders()[0][:2] == (0, 9)


def test_no_lead_time_anywhere_is_refused(one_row: OneRow) -> None:
    with pytest.raises(mo.ContractError, match="lead time"):
        one_row(lead=None)


def test_unmet_demand_by_item(one_row: OneRow, constraints: Table) -> None:
    # The configuration loses sales, the item's demand waits: 10 on hand, days 1 and 2 wait: need 70 + 20.
    table = {"constraints": constraints(("item", "A", "unmet", "backorder"))}
    assert one_row(on_hand=10, tables=table).units()[0] == 90
    assert one_row(on_hand=10).units()[0] == 70


def test_two_values_of_one_source_at_one_level_are_an_error(one_row: OneRow, constraints: Table) -> None:
    table = {"constraints": constraints(("item", "A", "moq", 110), ("item", "A", "moq", 120))}
    with pytest.raises(mo.ContractError, match="constraints"):
        one_row(tables=table)


def test_a_dated_lead_time_holds_by_order_date(one_row: OneRow, constraints: Table) -> None:
    # 3 days, but 5 days for orders placed on days 7..13: arrivals 3, 12, 17, 24.
    # W of day 0 = [3, 11]: 90. W of day 7 = [12, 16]: 50.
    slow = constraints(("item", "A", "lead_time_days", 5), valid_from="2026-11-30", valid_to="2026-12-06")
    case = one_row(tables={"constraints": slow})
    assert case.orders() == [(0, 3, 90), (7, 12, 50), (14, 17, 70), (21, 24, 70)]


def test_a_dated_max_stock_holds_by_arrival_date(one_row: OneRow, constraints: Table) -> None:
    # At most 50 on days 10..16: the order of day 7 arrives on day 10: room 50. Its order date has nothing to
    # do with it.
    small = constraints(("item", "A", "max_stock", 50), valid_from="2026-12-03", valid_to="2026-12-09")
    assert one_row(tables={"constraints": small}).units() == {0: 70, 7: 50, 14: 70, 21: 70}
