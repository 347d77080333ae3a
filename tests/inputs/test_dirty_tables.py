"""Dirty but normal tables: loaded, counted, said, and never dropped in silence."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

import moselle_nb as mo
from tests.inputs.changes import (
    add,
    both,
    cell,
    column,
    everywhere,
    lines,
    repeated,
    without,
)
from tests.inputs.tables import clean

if TYPE_CHECKING:
    from moselle_nb.inputs.rules import AsOf
    from tests.inputs.changes import Change
    from tests.inputs.tables import Tables

NO_LEAD_TIME = (
    "items",
    "lead_time_days is known",
    2,
    "A1, B2",
    "a replenishment plan needs one: give lead_time_days in its configuration",
)


def _weeks(days: dict[str, str]) -> Change:
    return lambda tables: {**tables, "forecast": tables["forecast"].replace(days)}


def _weekly_with_a_stray(tables: Tables) -> Tables:
    """Give one row twenty Mondays and a Tuesday; the other rows go, for they would be full of gaps."""
    days = [*pd.date_range("2026-11-23", periods=20, freq="7D").strftime("%Y-%m-%d"), "2026-12-08"]
    forecast = pd.DataFrame({"item": "A1", "location": "METZ", "date": days, "quantity": 5})
    return {**tables, "forecast": forecast, "inventory": tables["inventory"][:1]}


# Each line: what is dirty, how the clean tables get so, and the warnings: table, rule, count, examples, what was done.
DIRTY: list[tuple[str, Change, list[tuple[str, str, int, str, str]]]] = [
    (
        "blanks around a key",
        cell("forecast", 0, "item", " A1\u00a0"),
        [("forecast", "item has no blanks around it", 1, "", "blanks were cut off (and accents joined)")],
    ),
    (
        "accents in two ways",
        both(everywhere("A1", "Caf\u00e9"), everywhere("Caf\u00e9", "Cafe\u0301", "inbound")),
        [("inbound", "item has no blanks around it", 1, "", "blanks were cut off (and accents joined)")],
    ),
    (
        "blank lines",
        lines("forecast", lambda frame: pd.concat([frame, pd.DataFrame([{"item": "  "}])])),
        [("forecast", "lines are filled in", 1, "", "blank lines were left out")],
    ),
    (
        "a time of day",
        cell("forecast", 0, "date", pd.Timestamp("2026-11-23 08:30")),
        [("forecast", "date has no time of day", 1, "", "the time was cut off")],
    ),
    ("no items", both(without("items"), column("suppliers", lead_time_days=None)), [
        ("items", "the table is there", 2, "", "taken from the keys in forecast, inventory, inbound"),
        ("items", "unit_cost is given", 2, "A1, B2", "their orders have no value"),
        ("items", "supplier is given", 2, "A1, B2", "they form orders of their own"),
        NO_LEAD_TIME,
    ]),
    (
        "no locations",
        without("locations"),
        [("locations", "the table is there", 2, "", "taken from the keys in forecast, inventory, inbound")],
    ),
    (
        "no suppliers",
        without("suppliers"),
        [("suppliers", "the table is there", 1, "", "taken from the keys in items"), NO_LEAD_TIME],
    ),
    (
        "no stock for a row",
        lines("inventory", lambda frame: frame[1:]),
        [("inventory", "every row has stock", 1, "(A1, METZ)", "counted as 0 on hand")],
    ),
    ("negative stock", cell("inventory", 0, "on_hand", -4), [
        ("inventory", "on_hand is >= 0", 1, "(A1, METZ)", "counts as 0 when sales are lost, as backlog when they wait"),
    ]),
    (
        "overdue open order",
        cell("inbound", 0, "date", "2026-11-01"),
        [("inbound", "date is not before as_of", 1, "(A1, METZ)", "counted as arriving on as_of")],
    ),
    (
        "two open orders of one day",
        repeated("inbound", 0),
        [("inbound", "one line per row and day", 1, "", "lines of one row and day were added up")],
    ),
    (
        "a gap in the forecast",
        lines("forecast", lambda frame: frame.drop(index=1)),
        [("forecast", "rows have no gaps between their first and last week", 1, "(A1, METZ)", "gaps count as 0")],
    ),
    ("a forecast that ends early", lines("forecast", lambda frame: frame.drop(index=[2, 3])), [
        ("forecast", "rows end on 2026-12-20, as the table does", 1, "(A1, METZ)",
         "past its end a row's demand follows beyond_forecast"),
    ]),
    (
        "no forecast for a row",
        lines("forecast", lambda frame: frame[4:]),
        [("forecast", "every row has a forecast", 1, "(A1, METZ)", "no demand")],
    ),
    ("a weekly forecast with a line on another weekday", _weekly_with_a_stray, [
        ("forecast", "rows have no gaps between their first and last day", 1, "(A1, METZ)", "gaps count as 0"),
        ("forecast", "dates of a weekly forecast share a weekday", 1, "2026-12-08",
         "the forecast was read as days: each quantity falls on its one day"),
    ]),
    ("a forecast of the past", _weeks({
        "2026-11-23": "2026-10-26", "2026-11-30": "2026-11-02", "2026-12-07": "2026-11-09", "2026-12-14": "2026-11-16",
    }), [
        ("forecast", "rows reach beyond as_of", 4, "(A1, METZ), (A1, TRIER), (B2, METZ)",
         "demand follows beyond_forecast"),
    ]),
    ("a forecast shorter than the lead time", column("suppliers", lead_time_days=56), [
        ("forecast", "the forecast is longer than the lead time", 4, "(A1, METZ), (A1, TRIER), (B2, METZ)",
         "demand past its end follows beyond_forecast"),
    ]),
    ("no lead time anywhere", column("suppliers", lead_time_days=None), [NO_LEAD_TIME]),
    (
        "MOQ above maximum order",
        column("items", moq=[50, 1], max_order=[40, 40]),
        [("items", "moq is not above max_order", 1, "A1", "no legal order: planned as a conflict")],
    ),
    (
        "MOQ above maximum order, as constraints",
        add("constraints", scope=["plan"] * 2, field=["moq", "max_order"], value=[50, 40]),
        [("constraints", "moq is not above max_order", 1, "plan", "no legal order: planned as a conflict")],
    ),
    (
        "minimum above maximum stock",
        column("items", min_stock=[50, 1], max_stock=[40, 40]),
        [("items", "min_stock is not above max_stock", 1, "A1", "kept: max_stock decides")],
    ),
    (
        "a multiple of 0",
        column("items", order_multiple=[0, 6]),
        [("items", "order_multiple is at least 1", 1, "A1", "0 counts as 1: no multiple")],
    ),
    (
        "a multiple of 0, as a constraint",
        add("constraints", scope=["plan"], field=["order_multiple"], value=["0"]),
        [("constraints", "a multiple is at least 1", 1, "(plan, order_multiple)", "0 counts as 1: no multiple")],
    ),
    (
        "no cost",
        column("items", unit_cost=[None, 4.0]),
        [("items", "unit_cost is given", 1, "A1", "their orders have no value")],
    ),
    (
        "no supplier",
        both(column("items", supplier=[None, "MOSEL"], lead_time_days=14)),
        [("items", "supplier is given", 1, "A1", "they form orders of their own")],
    ),
    (
        "a discontinued item",
        column("items", status=["blocked", "active"]),
        [("items", "items with a forecast are active", 1, "A1", "planned without orders")],
    ),
    ("two currencies", both(
        add("suppliers", supplier=["MOSEL", "PACIFIC"], currency=["EUR", "USD"], lead_time_days=14),
        cell("items", 0, "supplier", "PACIFIC"),
    ), [
        ("suppliers", "there is one currency", 2, "EUR, USD", "amounts in different currencies are never added"),
    ]),
    ("a column with a near name", column("items", lead_time_day=[3, 4]), [
        ("items", "columns are those of the contract", 1, "'lead_time_day' (did you mean 'lead_time_days'?)",
         "kept as your own"),
    ]),
    ("a column that has no use", column("forecast", comment="x"), [
        ("forecast", "columns are those of the contract", 1, "'comment'",
         "not used: columns of your own belong to items or locations"),
    ]),
    (
        "sales of an item that is gone",
        add("sales", item=["Z9"], location=["METZ"], date=["2026-11-16"], quantity=[4]),
        [("sales", "item is known", 1, "'Z9'", "kept in the table, not used in plans")],
    ),
    (
        "returns",
        add("sales", item=["A1"], location=["METZ"], date=["2026-11-16"], quantity=[-4]),
        [("sales", "quantity is >= 0", 1, "A1", "kept: returns lower the sales of their day")],
    ),
    (
        "control characters in a name",
        column("items", name=["a\x00b", "c"]),
        [("items", "name has no control characters", 1, "A1", "kept; exports neutralise them")],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("change", "warnings"), [pytest.param(*case, id=name) for name, *case in DIRTY])
def test_what_was_dirty_is_said(change: Change, warnings: list[tuple[str, str, int, str, str]]) -> None:
    quality = mo.load(change(clean())).quality
    assert list(quality.itertuples(index=False, name=None)) == warnings


def test_a_day_that_the_caller_gives_overrules_the_table() -> None:
    data = mo.load(cell("inventory", 0, "as_of", "2026-11-22")(clean()), as_of="2026-11-24")
    assert str(data.as_of) == "2026-11-24"
    assert list(data.quality.itertuples(index=False, name=None)) == [
        (
            "inventory",
            "as_of is the day that was given",
            2,
            "2026-11-22, 2026-11-23",
            "as_of = 2026-11-24 was given and holds",
        )
    ]


@pytest.mark.parametrize("day", ["23.11.2026", 20_261_123, None, pd.NaT])
def test_a_day_that_cannot_be_read(day: object) -> None:
    tables = without("inventory")(clean())
    with pytest.raises(mo.ContractError, match="as_of: 1 rule broken"):
        mo.load(tables, as_of=day)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "day",
    ["2026-11-23", dt.date(2026, 11, 23), pd.Timestamp("2026-11-23 09:00"), np.datetime64("2026-11-23T09:00")],
)
def test_a_day_in_any_form(day: AsOf) -> None:
    assert mo.load(without("inventory")(clean()), as_of=day).as_of == dt.date(2026, 11, 23)


def test_formula_like_text_stays_text() -> None:
    data = mo.load(column("items", name=["=1+1", "@SUM(A1)"])(clean()))
    assert list(data.items["name"]) == ["=1+1", "@SUM(A1)"]
    assert data.quality.empty


def test_very_long_names_stay_whole() -> None:
    data = mo.load(column("items", name=["x" * 100_000, "y"])(clean()))
    assert len(data.items["name"][0]) == 100_000


def test_never_means_never() -> None:
    """9999-12-31 is how other systems write an open end."""
    tables = add(
        "constraints",
        scope=["plan"],
        field=["moq"],
        value=[5],
        valid_from=["1900-01-01"],
        valid_to=["9999-12-31"],
    )(clean())
    constraints = mo.load(tables).constraints
    assert constraints["valid_from"].isna().all()
    assert constraints["valid_to"].isna().all()


def test_a_supplier_that_closes_for_good() -> None:
    tables = add("closures", scope=["supplier"], key=["MOSEL"], from_=["2027-01-01"], to=["9999-12-31"])(clean())
    assert mo.load(tables).closures["to"].tolist() == [pd.Timestamp("2199-12-31")]
