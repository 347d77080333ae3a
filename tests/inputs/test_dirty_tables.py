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
    "items without a lead time",
    2,
    "A1, B2",
    "needed: give lead_time_days in the configuration",
)


def _weeks(days: dict[str, str]) -> Change:
    return lambda tables: {**tables, "forecast": tables["forecast"].replace(days)}


def _weekly_with_a_stray(tables: Tables) -> Tables:
    """Give one row twenty Mondays and a Tuesday; the other rows go, for they would be full of gaps."""
    days = [*pd.date_range("2026-11-23", periods=20, freq="7D").strftime("%Y-%m-%d"), "2026-12-08"]
    forecast = pd.DataFrame({"item": "A1", "location": "METZ", "date": days, "quantity": 5})
    return {**tables, "forecast": forecast, "inventory": tables["inventory"][:1]}


def _in_tokyo(tables: Tables) -> Tables:
    """Say midnight in Tokyo, which is the day before in most of the world."""
    inbound = tables["inbound"]
    days = pd.to_datetime(inbound["date"]).dt.tz_localize("Asia/Tokyo")
    return {**tables, "inbound": inbound.assign(date=days)}


# Each line: what is dirty, how the clean tables get so, and the warnings: table, rule, count, examples, what was done.
DIRTY: list[tuple[str, Change, list[tuple[str, str, int, str, str]]]] = [
    (
        "blanks around a key",
        cell("forecast", 0, "item", " A1\u00a0"),
        [
            (
                "forecast",
                "item with blanks around it or accents apart",
                1,
                "(METZ, 2026-11-23) item = ' A1\\xa0'",
                "blanks cut off, accents joined",
            )
        ],
    ),
    (
        "accents in two ways",
        both(everywhere("A1", "Caf\u00e9"), everywhere("Caf\u00e9", "Cafe\u0301", "inbound")),
        [
            (
                "inbound",
                "item with blanks around it or accents apart",
                1,
                "(METZ, 2026-12-01) item = 'Cafe\u0301'",
                "blanks cut off, accents joined",
            )
        ],
    ),
    (
        "blank lines",
        lines("forecast", lambda frame: pd.concat([frame, pd.DataFrame([{"item": "  "}])])),
        [("forecast", "blank lines", 1, "", "left out")],
    ),
    (
        "a time of day",
        cell("forecast", 0, "date", pd.Timestamp("2026-11-23 08:30")),
        [("forecast", "date with a time of day", 1, "(A1, METZ) date = 2026-11-23 08:30:00", "time cut off")],
    ),
    (
        "a time of day in text, with a time zone",
        cell("forecast", 0, "date", "2026-11-23T08:30:00+09:00"),
        [
            ("forecast", "date with a time of day", 1, "(A1, METZ) date = '2026-11-23T08:30:00+09:00'", "time cut off"),
            ("forecast", "date with a time zone", 1, "(A1, METZ) date = '2026-11-23T08:30:00+09:00'",
             "read as the day on its own clock"),
        ],
    ),
    ("a column of one time zone", _in_tokyo, [
        ("inbound", "date with a time zone", 1, "(A1, METZ) date = 2026-12-01 00:00:00+09:00",
         "read as the day on its own clock"),
    ]),
    ("no items", both(without("items"), column("suppliers", lead_time_days=None)), [
        ("items", "keys without their table", 2, "", "taken from forecast, inventory, inbound"),
        ("items", "items without unit_cost", 2, "A1, B2", "their orders have no value"),
        ("items", "items without a supplier", 2, "A1, B2", "they form orders of their own"),
        NO_LEAD_TIME,
    ]),
    (
        "no locations",
        without("locations"),
        [("locations", "keys without their table", 2, "", "taken from forecast, inventory, inbound")],
    ),
    (
        "no suppliers",
        without("suppliers"),
        [("suppliers", "keys without their table", 1, "", "taken from items"), NO_LEAD_TIME],
    ),
    (
        "no stock for a row",
        lines("inventory", lambda frame: frame[1:]),
        [("inventory", "rows without stock", 1, "(A1, METZ)", "counted as 0 on hand")],
    ),
    ("negative stock", cell("inventory", 0, "on_hand", -4), [
        ("inventory", "stock below 0", 1, "(A1, METZ)", "0 when sales are lost, backlog when they wait"),
    ]),
    (
        "overdue open order",
        cell("inbound", 0, "date", "2026-11-01"),
        [("inbound", "expected before as_of", 1, "(A1, METZ)", "counted as arriving on as_of")],
    ),
    (
        "two open orders of one day",
        repeated("inbound", 0),
        [("inbound", "more lines for the same row and day", 1, "", "added up")],
    ),
    (
        "a gap in the forecast",
        lines("forecast", lambda frame: frame.drop(index=1)),
        [("forecast", "rows with weeks left out", 1, "(A1, METZ)", "counted as 0")],
    ),
    ("a forecast that ends early", lines("forecast", lambda frame: frame.drop(index=[2, 3])), [
        ("forecast", "rows that end before 2026-12-20", 1, "(A1, METZ)", "later demand as beyond_forecast says"),
    ]),
    (
        "no forecast for a row",
        lines("forecast", lambda frame: frame[4:]),
        [("forecast", "rows without a forecast", 1, "(A1, METZ)", "no demand")],
    ),
    ("a weekly forecast with a line on another weekday", _weekly_with_a_stray, [
        ("forecast", "rows with days left out", 1, "(A1, METZ)", "counted as 0"),
        ("forecast", "weeks that begin on another weekday", 1, "2026-12-08",
         "read by day: a quantity falls on its one day"),
    ]),
    ("a forecast of the past", _weeks({
        "2026-11-23": "2026-10-26", "2026-11-30": "2026-11-02", "2026-12-07": "2026-11-09", "2026-12-14": "2026-11-16",
    }), [
        ("forecast", "rows that end before as_of", 4, "(A1, METZ), (A1, TRIER), (B2, METZ)",
         "later demand as beyond_forecast says"),
    ]),
    ("a forecast shorter than the lead time", column("suppliers", lead_time_days=56), [
        ("forecast", "rows that end within the lead time", 4, "(A1, METZ), (A1, TRIER), (B2, METZ)",
         "later demand as beyond_forecast says"),
    ]),
    ("no lead time anywhere", column("suppliers", lead_time_days=None), [NO_LEAD_TIME]),
    (
        "MOQ above maximum order",
        column("items", moq=[50, 1], max_order=[40, 40]),
        [("items", "moq above max_order", 1, "A1", "no legal order: planned as a conflict")],
    ),
    (
        "MOQ above maximum order, as constraints",
        add("constraints", scope=["plan"] * 2, field=["moq", "max_order"], value=[50, 40]),
        [("constraints", "moq above max_order", 1, "plan", "no legal order: planned as a conflict")],
    ),
    (
        "minimum above maximum stock",
        column("items", min_stock=[50, 1], max_stock=[40, 40]),
        [("items", "min_stock above max_stock", 1, "A1", "max_stock decides")],
    ),
    (
        "a multiple of 0",
        column("items", order_multiple=[0, 6]),
        [("items", "order_multiple of 0", 1, "A1", "counted as 1: no multiple")],
    ),
    (
        "a multiple of 0, as a constraint",
        add("constraints", scope=["plan"], field=["order_multiple"], value=["0"]),
        [("constraints", "multiples of 0", 1, "(plan, order_multiple)", "counted as 1: no multiple")],
    ),
    (
        "no cost",
        column("items", unit_cost=[None, 4.0]),
        [("items", "items without unit_cost", 1, "A1", "their orders have no value")],
    ),
    (
        "no supplier",
        both(column("items", supplier=[None, "MOSEL"], lead_time_days=14)),
        [("items", "items without a supplier", 1, "A1", "they form orders of their own")],
    ),
    (
        "a discontinued item",
        column("items", status=["blocked", "active"]),
        [("items", "items with a forecast, not active", 1, "A1", "planned without orders")],
    ),
    ("two currencies", both(
        add("suppliers", supplier=["MOSEL", "PACIFIC"], currency=["EUR", "USD"], lead_time_days=14),
        cell("items", 0, "supplier", "PACIFIC"),
    ), [
        ("suppliers", "several currencies", 2, "EUR, USD", "never added together"),
    ]),
    ("a column with a near name", column("items", lead_time_day=[3, 4]), [
        ("items", "columns with almost a name of ours", 1, "'lead_time_day' (did you mean 'lead_time_days'?)",
         "kept as your own"),
    ]),
    ("a column that has no use", column("forecast", comment="x"), [
        ("forecast", "columns that are not used", 1, "'comment'",
         "left out: own columns go to items or locations"),
    ]),
    (
        "sales of an item that is gone",
        add("sales", item=["Z9"], location=["METZ"], date=["2026-11-16"], quantity=[4]),
        [("sales", "lines of an unknown item", 1, "'Z9'", "kept, but not used in plans")],
    ),
    (
        "returns",
        add("sales", item=["A1"], location=["METZ"], date=["2026-11-16"], quantity=[-4]),
        [("sales", "quantity below 0", 1, "A1", "kept: returns lower their day's sales")],
    ),
    (
        "control characters in a name",
        column("items", name=["a\x00b", "c"]),
        [("items", "name with control characters", 1, "A1", "kept; exports neutralise them")],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("change", "warnings"), [pytest.param(*case, id=name) for name, *case in DIRTY])
def test_what_was_dirty_is_said(change: Change, warnings: list[tuple[str, str, int, str, str]]) -> None:
    quality = mo.load(change(clean())).quality
    assert list(quality.itertuples(index=False, name=None)) == warnings
    assert quality[["rule", "what_was_done"]].map(len).to_numpy().max() <= pd.get_option("display.max_colwidth")


def test_a_day_that_the_caller_gives_overrules_the_table() -> None:
    data = mo.load(cell("inventory", 0, "as_of", "2026-11-22")(clean()), as_of="2026-11-24")
    assert str(data.as_of) == "2026-11-24"
    assert list(data.quality.itertuples(index=False, name=None)) == [
        (
            "inventory",
            "as_of other than 2026-11-24, as given",
            4,
            "2026-11-22, 2026-11-23",
            "the given day holds",
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
