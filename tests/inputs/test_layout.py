"""How tables become arrays: rows, buckets, stock and open orders, on an instance small enough to check by hand."""

from __future__ import annotations

import datetime as dt
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd
import pytest

import moselle_nb as mo
from moselle_nb.inputs import layout
from moselle_nb.inputs.tables import TABLES
from tests.inputs.changes import add, cell, column, lines, without
from tests.inputs.tables import ARRAYS, Tables, assert_same, clean


def _forecast(days: list[str], **more: Any) -> mo.PlanningData:
    frame = pd.DataFrame({"item": "A1", "location": "METZ", "date": days, "quantity": 1}).assign(**more)
    return mo.load({"forecast": frame}, as_of="2026-11-23")


def test_rows_are_the_keys_of_forecast_inventory_and_inbound() -> None:
    tables = {
        "items": pd.DataFrame({"item": ["C", "A", "B", "D"]}),
        "locations": pd.DataFrame({"location": ["Z", "Y"]}),
        "forecast": pd.DataFrame({"item": ["B"], "location": ["Z"], "date": ["2026-12-07"], "quantity": [1]}),
        "inventory": pd.DataFrame({"item": ["C"], "location": ["Y"], "on_hand": [5], "as_of": ["2026-11-23"]}),
        "inbound": pd.DataFrame({"item": ["A"], "location": ["Z"], "date": ["2026-12-01"], "quantity": [7]}),
    }
    data = mo.load(tables)
    assert data.as_of == dt.date(2026, 11, 23)
    assert data.rows.to_numpy().tolist() == [["A", "Z"], ["B", "Z"], ["C", "Y"]]
    assert data.items["item"].tolist() == ["A", "B", "C", "D"]
    assert data.locations["location"].tolist() == ["Y", "Z"]
    assert data.row_item.tolist() == [0, 1, 2]
    assert data.row_location.tolist() == [1, 1, 0]
    assert data.on_hand.tolist() == [0, 0, 5]
    assert data.inbound_row.tolist() == [0]


def test_rows_without_a_dense_table_of_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = mo.load(clean())
    monkeypatch.setattr(layout, "DENSE", 0)
    assert_same(mo.load(clean()), expected)


def test_lines_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = mo.load(clean())
    monkeypatch.setattr(layout, "BLOCK", 3)
    assert_same(mo.load(clean()), expected)


@pytest.mark.parametrize(
    ("days", "bucket", "starts", "lengths"),
    [
        # All firsts of months are months, leap years and holes included.
        (
            ["2027-12-01", "2028-03-01"],
            "month",
            ["2027-12-01", "2028-01-01", "2028-02-01", "2028-03-01"],
            [31, 31, 29, 31],
        ),
        (["2026-12-01"], "month", ["2026-12-01"], [31]),
        # One weekday is weeks, whichever it is: 2026-12-02 is a Wednesday; the week of the 9th has no line.
        (["2026-12-16", "2026-12-02"], "week", ["2026-12-02", "2026-12-09", "2026-12-16"], [7, 7, 7]),
        (["2026-12-07"], "week", ["2026-12-07"], [7]),
        # Else days.
        (["2026-12-07", "2026-12-09"], "day", ["2026-12-07", "2026-12-08", "2026-12-09"], [1, 1, 1]),
        (["2026-12-01", "2026-12-15", "2027-01-01"], "day", None, [1] * 32),
    ],
)
def test_buckets_are_inferred(days: list[str], bucket: str, starts: list[str] | None, lengths: list[int]) -> None:
    forecast = _forecast(days).forecasts[""]
    assert forecast.bucket == bucket
    assert forecast.lengths.tolist() == lengths
    if starts is not None:
        assert forecast.starts.astype(str).tolist() == starts
    places = [forecast.starts.astype(str).tolist().index(day) for day in days]
    assert forecast.quantity[:, 0].sum() == 1024 * len(days)
    assert (forecast.quantity[places, 0] == 1024).all()
    assert (forecast.first[0], forecast.last[0]) == (min(places), max(places))


def test_quantities_are_rounded_half_to_even_on_the_grid() -> None:
    # 1.5/1024, 2.5/1024 and 0.1 (102.4 steps): halves go to the even neighbour.
    quantities = [1.5 / 1024, 2.5 / 1024, 0.1]
    days = ["2026-12-07", "2026-12-14", "2026-12-21"]
    assert _forecast(days, quantity=quantities).forecasts[""].quantity[:, 0].tolist() == [2, 2, 102]


def test_scenarios_share_rows_and_buckets() -> None:
    data = _forecast(["2026-12-07", "2026-12-14"], scenario=["high", None], item=["A1", "B2"], sd=[None, 2.0])
    assert list(data.forecasts) == ["", "high"]
    unnamed, high = data.forecasts.values()
    assert unnamed.quantity.tolist() == [[0, 0], [0, 1024]]
    assert high.quantity.tolist() == [[1024, 0], [0, 0]]
    assert (high.first.tolist(), high.last.tolist()) == ([0, -1], [0, -1])
    assert high.sd is None
    assert unnamed.sd is not None
    np.testing.assert_array_equal(unnamed.sd, [[np.nan, np.nan], [np.nan, 2.0]])


def test_open_orders_of_one_row_and_day_are_summed() -> None:
    tables = add(
        "inbound",
        item=["B2", "A1", "A1", "A1"],
        location=["METZ", "METZ", "METZ", "METZ"],
        date=["2026-12-01", "2026-12-03", "2026-12-01", "2026-12-03"],
        quantity=[1, 2, 3, 4],
        reference=["PO-9", "PO-3", None, "PO-2"],
    )(clean())
    data = mo.load(tables)
    assert data.inbound_row.tolist() == [0, 0, 2]
    assert data.inbound_date.astype(str).tolist() == ["2026-12-01", "2026-12-03", "2026-12-01"]
    assert data.inbound_quantity.tolist() == [3, 6, 1]
    assert data.inbound_reference.tolist() == [None, "PO-2, PO-3", "PO-9"]


@pytest.mark.parametrize("name", TABLES)
def test_frames_have_every_column_of_their_contract(name: str) -> None:
    data = mo.load(clean())
    if not hasattr(data, name):
        return
    frame = getattr(data, name)
    assert tuple(frame.columns) == TABLES[name].names
    kinds = {"day": "datetime64[ns]", "number": "float64", "flag": "float64"}
    assert [str(dtype) for dtype in frame.dtypes] == [kinds.get(each.kind, "object") for each in TABLES[name].columns]


def test_columns_of_ones_own_are_kept_as_text() -> None:
    data = mo.load(column("items", season=[2026, 2027], colour=["red", None])(clean()))
    assert data.items["season"].tolist() == ["2026", "2027"]
    assert data.items["colour"].tolist() == ["red", None]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("Thursday, Monday", "mon,thu"),
        ("1;4", "mon,thu"),
        ("fri tue", "tue,fri"),
        ("7", "sun"),
        (None, None),
        (3, "wed"),
    ],
)
def test_order_weekdays_are_read(given: object, said: str | None) -> None:
    assert mo.load(column("suppliers", order_weekdays=[given])(clean())).suppliers["order_weekdays"].tolist() == [said]


def test_items_are_active_unless_the_table_says_otherwise() -> None:
    assert mo.load(clean()).items["status"].tolist() == ["active", "active"]
    statuses = mo.load(column("items", status=["Phase-Out", None])(clean())).items["status"]
    assert statuses.tolist() == ["phase_out", "active"]


@pytest.mark.parametrize("quantity", [0, 0.0])
def test_a_forecast_of_nothing(quantity: float) -> None:
    data = mo.load(column("forecast", quantity=quantity)(clean()))
    assert not data.forecasts[""].quantity.any()
    assert data.quality.empty


def test_one_item_only() -> None:
    tables = lines("forecast", lambda frame: frame[:1])(without("inventory")(without("inbound")(clean())))
    data = mo.load(tables, as_of="2026-11-23")
    assert data.n_rows == 1
    assert repr(data) == "PlanningData(as of 2026-11-23: 2 items, 2 locations, 1 rows, 2 warnings)"
    assert repr(data.forecasts[""]) == "Forecast(1 rows × 1 weeks, 2026-11-23 to 2026-11-29)"


def test_stock_stays_as_it_arrived() -> None:
    tables = cell("inventory", 0, "on_hand", -4)(column("inventory", committed=[1, None, 3, 0])(clean()))
    data = mo.load(tables)
    assert data.on_hand.tolist() == [-4, 40, 40, 40]
    assert data.committed.tolist() == [1, 0, 3, 0]


def test_too_many_days_for_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    module = import_module("moselle_nb.inputs.load")  # the package's name is the function
    monkeypatch.setattr(module, "MOST_CELLS", 15)
    with pytest.raises(mo.ContractError, match="at most 15 rows × buckets: 4 rows × 4 weeks = 16"):
        mo.load(clean())


def test_a_flag_and_a_one_in_one_column_stay_apart() -> None:
    tables = clean()
    tables["constraints"] = pd.DataFrame(
        {
            "scope": "plan",
            "field": ["max_stock_is_hard", "moq", "min_stock"],
            "value": pd.Series([True, 1, 0], dtype=object),
        }
    )
    frame = mo.load(tables).constraints.set_index("field")["value"]
    assert frame.to_dict() == {"max_stock_is_hard": True, "moq": 1.0, "min_stock": 0.0}
    assert isinstance(frame["max_stock_is_hard"], bool)


def test_arrays_are_read_only() -> None:
    data = mo.load(clean())
    forecast = data.forecasts[""]
    arrays = [value for record in (data, forecast) for value in vars(record).values() if isinstance(value, np.ndarray)]
    assert len(arrays) == len(ARRAYS) + 5, "starts, lengths, quantity, first and last"
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[:1] = array[:1]


@pytest.mark.parametrize("tables", [clean(), without("items")(without("suppliers")(clean()))])
def test_cells_of_frames_are_read_only(tables: Tables) -> None:
    data = mo.load(tables)
    with pytest.raises(ValueError, match="read-only"):
        data.items.iloc[0, 0] = "another item"
    with pytest.raises(ValueError, match="read-only"):
        data.items.loc[0, "unit_cost"] = 99.0
    mine = data.items.copy()
    mine.loc[0, "unit_cost"] = 99.0
    mine.iloc[0, 0] = "another item"
    assert data.items["item"].tolist() == ["A1", "B2"]


@pytest.mark.parametrize(("changes", "end"), [((), "4 rows)"), ((1,), "4 rows, 1 warning)"), ((1, 2), "2 warnings)")])
def test_warnings_are_counted_in_one_line(changes: tuple[int, ...], end: str) -> None:
    tables = clean()
    for change in changes:
        table, column = ("inventory", "on_hand") if change == 1 else ("items", "unit_cost")
        tables = cell(table, 0, column, -1 if change == 1 else None)(tables)
    assert repr(mo.load(tables)).endswith(end)
