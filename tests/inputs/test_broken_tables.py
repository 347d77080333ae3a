"""Tables that break their contract: one rule each, and the text that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

import moselle_nb as mo
from moselle_nb.inputs.fields import CONSTRAINT_FIELDS
from tests.inputs.changes import (
    add,
    both,
    cell,
    column,
    everywhere,
    lines,
    renamed,
    repeated,
    without,
    without_column,
)
from tests.inputs.tables import clean

if TYPE_CHECKING:
    from tests.inputs.changes import Change

MAPS = "(columns={'their name': 'our name'} maps them)"
CONSTRAINT = {"scope": ["item"], "key": ["A1"], "field": ["moq"]}

# Each line: what is wrong, how the clean tables get so, the table that is blamed and the one rule that is named.
# Lines 0 to 3 of the forecast are (A1, METZ), 4 to 7 (A1, TRIER), 8 to 15 those of B2.
BROKEN: list[tuple[str, Change, str, str]] = [
    (
        "missing column",
        without_column("forecast", "quantity"),
        "forecast",
        f"columns item, location, date and quantity are there: quantity is missing, found item, location, date {MAPS}",
    ),
    (
        "missing column with a near name",
        lambda tables: {**tables, "forecast": tables["forecast"].rename(columns={"quantity": "quantities"})},
        "forecast",
        (
            "columns item, location, date and quantity are there: quantity is missing (did you mean 'quantities'?), "
            f"found item, location, date, quantities {MAPS}"
        ),
    ),
    (
        "missing key column",
        without_column("items", "item"),
        "items",
        f"column item is there: item is missing, found product_line, supplier, unit_cost {MAPS}",
    ),
    (
        "duplicate forecast",
        repeated("forecast", 0),
        "forecast",
        "item, location and date are unique: 2 rows, e.g. (A1, METZ, 2026-11-23)",
    ),
    (
        "duplicate in a scenario",
        both(column("forecast", scenario="high"), repeated("forecast", 0)),
        "forecast",
        "item, location, date and scenario are unique: 2 rows, e.g. (A1, METZ, 2026-11-23, high)",
    ),
    (
        "duplicate stock",
        repeated("inventory", 3),
        "inventory",
        "item and location are unique: 2 rows, e.g. (B2, TRIER)",
    ),
    ("duplicate item", repeated("items", 0), "items", "item is unique: 2 rows, e.g. A1"),
    (
        "duplicate sales",
        add("sales", item=["A1"] * 2, location="METZ", date="2026-11-16", quantity=[4, 5]),
        "sales",
        "item, location and date are unique: 2 rows, e.g. (A1, METZ, 2026-11-16)",
    ),
    (
        "duplicate column names",
        column("forecast", Item="A1"),
        "forecast",
        "column names are unique: 'item' comes from 'item' and 'Item'",
    ),
    (
        "two header rows in a frame",
        lambda tables: {**tables, "forecast": pd.concat({"plan": tables["forecast"]}, axis=1)},
        "forecast",
        "columns have one name each: one header row: one of them is ('plan', 'item')",
    ),
    (
        "negative quantity",
        cell("forecast", 5, "quantity", -3),
        "forecast",
        "quantity is finite and >= 0: 1 row, e.g. (A1, TRIER, 2026-11-30) quantity = -3",
    ),
    (
        "infinite quantity",
        cell("forecast", 5, "quantity", float("inf")),
        "forecast",
        "quantity is finite and >= 0: 1 row, e.g. (A1, TRIER, 2026-11-30) quantity = inf",
    ),
    (
        "infinite as text",
        column("forecast", quantity="-inf"),
        "forecast",
        (
            "quantity is finite and >= 0: 16 rows, e.g. (A1, METZ, 2026-11-23) quantity = '-inf', "
            "(A1, METZ, 2026-11-30) quantity = '-inf', (A1, METZ, 2026-12-07) quantity = '-inf'"
        ),
    ),
    (
        "empty quantity",
        cell("forecast", 5, "quantity", None),
        "forecast",
        "quantity is given: 1 row, e.g. (A1, TRIER, 2026-11-30)",
    ),
    (
        "absurd quantity",
        cell("forecast", 5, "quantity", 3e15),
        "forecast",
        (
            "quantity is at most 1,000,000,000 units, so that sums are exact: "
            "1 row, e.g. (A1, TRIER, 2026-11-30) quantity = 3e+15"
        ),
    ),
    (
        "absurd stock below 0",
        cell("inventory", 0, "on_hand", -2_000_000_000),
        "inventory",
        (
            "on_hand is between -1,000,000,000 and 1,000,000,000 units, so that sums are exact: "
            "1 row, e.g. (A1, METZ) on_hand = -2000000000"
        ),
    ),
    (
        "absurd cost",
        cell("items", 0, "unit_cost", 2e12),
        "items",
        "unit_cost is at most 1,000,000,000,000: 1 row, e.g. A1 unit_cost = 2000000000000",
    ),
    (
        "an absurd constraint",
        add("constraints", scope=["plan"], field=["moq"], value=["2000000000"]),
        "constraints",
        (
            "value of moq is at most 1,000,000,000 units, so that sums are exact: "
            "1 row, e.g. (plan, moq) value = '2000000000'"
        ),
    ),
    (
        "text in a number",
        cell("forecast", 5, "quantity", "ten"),
        "forecast",
        "quantity is a number: 1 row, e.g. (A1, TRIER, 2026-11-30) quantity = 'ten'",
    ),
    (
        "nan as text",
        cell("forecast", 5, "quantity", "nan"),
        "forecast",
        "quantity is a number: 1 row, e.g. (A1, TRIER, 2026-11-30) quantity = 'nan'",
    ),
    (
        "decimal comma",
        cell("forecast", 5, "quantity", "1,5"),
        "forecast",
        (
            "quantity is a number: 1 row, e.g. (A1, TRIER, 2026-11-30) quantity = '1,5' "
            "(a decimal comma needs fields separated by semicolons)"
        ),
    ),
    (
        "thousands separator",
        cell("forecast", 5, "quantity", "1,234.50"),
        "forecast",
        (
            "quantity is a number: 1 row, e.g. (A1, TRIER, 2026-11-30) quantity = '1,234.50' "
            "(take out thousands separators)"
        ),
    ),
    (
        "a list in a cell",
        cell("forecast", 5, "quantity", [1, 2]),
        "forecast",
        "quantity is a number: 1 row, e.g. (A1, TRIER, 2026-11-30) quantity = [1, 2]",
    ),
    (
        "flags as numbers",
        column("inbound", quantity=True),
        "inbound",
        "quantity is a number: 1 row, e.g. (A1, METZ, 2026-12-01) quantity = True",
    ),
    (
        "unknown location with a near name",
        cell("forecast", 5, "location", "METS"),
        "forecast",
        "location is known: 1 row, e.g. 'METS' (did you mean 'METZ'?)",
    ),
    (
        "unknown item, by case",
        cell("inventory", 0, "item", "a1"),
        "inventory",
        "item is known: 1 row, e.g. 'a1' (did you mean 'A1'?)",
    ),
    (
        "leading zeros lost",
        both(everywhere("A1", "00017"), everywhere("00017", 17, "forecast")),
        "forecast",
        "item is known: 8 rows, e.g. '17' (leading zeros lost: '00017'?)",
    ),
    (
        "unknown supplier",
        cell("items", 0, "supplier", "MOSELL"),
        "items",
        "supplier is known: 1 row, e.g. 'MOSELL' (did you mean 'MOSEL'?)",
    ),
    (
        "empty key",
        cell("forecast", 5, "item", "  "),
        "forecast",
        "item is given: 1 row, e.g. (TRIER, 2026-11-30)",
    ),
    (
        "control characters in a key",
        add("sales", item=["A\x001"], location="METZ", date="2026-11-16", quantity=4),
        "sales",
        "item has no control characters: 1 row, e.g. 'A\\x001'",
    ),
    (
        "very long key",
        add("sales", item=["A" * 300], location="METZ", date="2026-11-16", quantity=4),
        "sales",
        f"item has at most 255 characters: 1 row, e.g. '{'A' * 40}'",
    ),
    (
        "mixed date formats",
        both(cell("forecast", 1, "date", "07.12.2026"), cell("forecast", 2, "date", "12/07/2026")),
        "forecast",
        "date is a day such as 2026-12-07: 2 rows, e.g. (A1, METZ) date = '07.12.2026', (A1, METZ) date = '12/07/2026'",
    ),
    (
        "no such day",
        cell("forecast", 1, "date", "2026-02-30"),
        "forecast",
        "date is a day such as 2026-12-07: 1 row, e.g. (A1, METZ) date = '2026-02-30'",
    ),
    (
        "a spreadsheet's serial number as date",
        column("inbound", date=46_349),
        "inbound",
        "date is a day such as 2026-12-07: 1 row, e.g. (A1, METZ) date = 46349",
    ),
    ("empty date", cell("forecast", 1, "date", None), "forecast", "date is given: 1 row, e.g. (A1, METZ)"),
    (
        "year 9999",
        cell("inbound", 0, "date", "9999-12-31"),
        "inbound",
        "date lies between 1950-01-01 and 2199-12-31: 1 row, e.g. (A1, METZ) date = '9999-12-31'",
    ),
    (
        "year 1900",
        cell("forecast", 1, "date", "1900-12-07"),
        "forecast",
        "date lies between 1950-01-01 and 2199-12-31: 1 row, e.g. (A1, METZ) date = '1900-12-07'",
    ),
    (
        "digits of the year swapped",
        cell("forecast", 1, "date", "2062-12-07"),
        "forecast",
        "date is within 10 years of 2026-11-23: 1 row, e.g. (A1, METZ, 2062-12-07)",
    ),
    (
        "fractional lead time",
        column("suppliers", lead_time_days=10.5),
        "suppliers",
        "lead_time_days is whole and between 0 and 3,650: 1 row, e.g. MOSEL lead_time_days = 10.5",
    ),
    (
        "negative lead time",
        column("suppliers", lead_time_days=-1),
        "suppliers",
        "lead_time_days is whole and between 0 and 3,650: 1 row, e.g. MOSEL lead_time_days = -1",
    ),
    (
        "fractional stock",
        cell("inventory", 0, "on_hand", 12.5),
        "inventory",
        "on_hand is whole: 1 row, e.g. (A1, METZ) on_hand = 12.5",
    ),
    (
        "negative open order",
        column("inbound", quantity=-2),
        "inbound",
        "quantity is whole and >= 0: 1 row, e.g. (A1, METZ, 2026-12-01) quantity = -2",
    ),
    (
        "service level in percent",
        column("items", cycle_service_level=[95, 0.9]),
        "items",
        "cycle_service_level is above 0 and below 1: 1 row, e.g. A1 cycle_service_level = 95 (for 95 % give 0.95)",
    ),
    (
        "unknown status",
        column("items", status=["discontinued", "active"]),
        "items",
        "status is one of active, phase_out, blocked: 1 row, e.g. A1 status = 'discontinued'",
    ),
    (
        "near word",
        column("items", unmet=["backorders", "lost"]),
        "items",
        "unmet is one of lost, backorder: 1 row, e.g. A1 unmet = 'backorders' (did you mean 'backorder'?)",
    ),
    (
        "unknown flag",
        column("items", max_stock_is_hard=["maybe", "yes"]),
        "items",
        "max_stock_is_hard is true or false: 1 row, e.g. A1 max_stock_is_hard = 'maybe'",
    ),
    (
        "unknown weekdays",
        column("suppliers", order_weekdays="Mo-Fr"),
        "suppliers",
        "order_weekdays are weekdays such as mon,thu: 1 row, e.g. MOSEL order_weekdays = 'Mo-Fr'",
    ),
    (
        "safety stock in two ways",
        column("items", safety_stock_units=[5, None], safety_stock_days=[7, 7]),
        "items",
        (
            "safety stock is given in one way (safety_stock_units, safety_stock_days, cycle_service_level, fill_rate, "
            "ready_rate, critical_ratio): 1 row, e.g. A1"
        ),
    ),
    (
        "two as_of values",
        cell("inventory", 0, "as_of", "2026-11-22"),
        "inventory",
        "as_of is one day: 4 rows have 2: 2026-11-22, 2026-11-23",
    ),
    (
        "no as_of",
        without_column("inventory", "as_of"),
        "as_of",
        (
            "the day the stock was counted is given: the inventory table has no column as_of; "
            "call load(…, as_of='2026-11-23')"
        ),
    ),
    (
        "no inventory and no as_of",
        without("inventory"),
        "as_of",
        "the day the stock was counted is given: there is no inventory table; call load(…, as_of='2026-11-23')",
    ),
    (
        "unknown constraint field",
        add("constraints", scope=["item"], key=["A1"], field=["minimum_order"], value=["5"]),
        "constraints",
        (f"field is one of {', '.join(CONSTRAINT_FIELDS)}: 1 row, e.g. (item, A1) field = 'minimum_order'"),
    ),
    (
        "constraint out of range",
        add("constraints", **CONSTRAINT, value=["-5"]),
        "constraints",
        "value of moq is whole and >= 0: 1 row, e.g. (item, A1, moq) value = '-5'",
    ),
    (
        "word for a number in a constraint",
        add("constraints", **CONSTRAINT, value=["many"]),
        "constraints",
        "value of moq is whole and >= 0: 1 row, e.g. (item, A1, moq) value = 'many'",
    ),
    (
        "empty constraint",
        add("constraints", **CONSTRAINT, value=[None]),
        "constraints",
        "value is given (`none` unsets): 1 row, e.g. (item, A1, moq)",
    ),
    (
        "unknown scope",
        add("constraints", scope=["brand"], key=["A1"], field=["moq"], value=[5]),
        "constraints",
        (
            "scope is one of item, grade, variability, product_type, product_line, supplier, location, plan: 1 row, "
            "e.g. (A1, moq) scope = 'brand'"
        ),
    ),
    (
        "unknown key of a scope",
        add("constraints", scope=["product_line"], key=["Gardn"], field=["moq"], value=[5]),
        "constraints",
        "key of scope product_line is known: 1 row, e.g. 'Gardn' (did you mean 'Garden'?)",
    ),
    (
        "constraint without key",
        add("constraints", scope=["item"], key=[None], field=["moq"], value=[5]),
        "constraints",
        "key is given unless the scope is plan: 1 row, e.g. (item, moq)",
    ),
    (
        "two values of one constraint",
        add(
            "constraints",
            scope=["item"] * 2,
            key=["A1"] * 2,
            field=["safety_stock_days", "safety_stock_units"],
            value=[5, 6],
        ),
        "constraints",
        (
            "one value holds per scope, key, location, field and day: 2 rows, "
            "e.g. (item, A1, safety_stock_days), (item, A1, safety_stock_units)"
        ),
    ),
    (
        "closure that ends before it begins",
        add("closures", scope=["supplier"], key=["MOSEL"], from_=["2026-12-27"], to=["2026-12-24"]),
        "closures",
        "from is not after to: 1 row, e.g. (supplier, MOSEL, 2026-12-27)",
    ),
    (
        "closure of nobody",
        add("closures", scope=["supplier"], key=["MOSSEL"], from_=["2026-12-24"], to=["2026-12-27"]),
        "closures",
        "key of scope supplier is known: 1 row, e.g. 'MOSSEL' (did you mean 'MOSEL'?)",
    ),
    (
        "lane to itself",
        add("lanes", source=["METZ"], destination=["METZ"]),
        "lanes",
        "source and destination differ: 1 row, e.g. (METZ, METZ)",
    ),
    (
        "column names and no lines",
        lines("forecast", lambda frame: frame[:0]),
        "forecast",
        "the table has lines: frame has none",
    ),
    (
        "no forecast",
        without("forecast"),
        "forecast",
        "the table is there: found items, locations, suppliers, inventory, inbound",
    ),
    (
        "table with a near name",
        renamed("forecast", "forecats"),
        "source",
        "tables have the names of the contract: 'forecats' (did you mean 'forecast'?)",
    ),
]


@pytest.mark.parametrize(
    ("change", "table", "rule"),
    [pytest.param(*case, id=name) for name, *case in BROKEN],
)
def test_one_broken_rule(change: Change, table: str, rule: str) -> None:
    with pytest.raises(mo.ContractError) as broken:
        mo.load(change(clean()))
    assert str(broken.value) == f"{table}: 1 rule broken\n  - {rule}"


def test_the_tables_are_clean_before_they_are_broken() -> None:
    assert mo.load(clean()).quality.empty


def test_every_broken_rule_is_reported_at_once() -> None:
    broken = both(
        cell("forecast", 10, "quantity", -3),
        cell("forecast", 5, "location", "METS"),
        repeated("forecast", 0),
        column("suppliers", lead_time_days=-1),
    )
    with pytest.raises(mo.ContractError) as error:
        mo.load(broken(clean()))
    assert str(error.value) == (
        "forecast: 3 rules broken\n"
        "  - quantity is finite and >= 0: 1 row, e.g. (B2, METZ, 2026-12-07) quantity = -3\n"
        "  - location is known: 1 row, e.g. 'METS' (did you mean 'METZ'?)\n"
        "  - item, location and date are unique: 2 rows, e.g. (A1, METZ, 2026-11-23)\n"
        "suppliers: 1 rule broken\n"
        "  - lead_time_days is whole and between 0 and 3,650: 1 row, e.g. MOSEL lead_time_days = -1"
    )
