"""The same tables give the same data, whatever order and form they come in."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import moselle_nb as mo
from tests import effort
from tests.inputs.tables import Tables, assert_same, clean, write_csv, write_excel

if TYPE_CHECKING:
    from collections.abc import Callable

DAY_COLUMNS = ("date", "as_of", "from", "to", "valid_from", "valid_to")


def _real_days(frame: pd.DataFrame) -> pd.DataFrame:
    days = {name: pd.to_datetime(frame[name]) for name in DAY_COLUMNS if name in frame}
    return frame.assign(**days)


def _arrow(frame: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(frame, preserve_index=False)


def _date32(frame: pd.DataFrame) -> pa.Table:
    table = _arrow(_real_days(frame))
    fields = [pa.field(each.name, pa.date32()) if each.name in DAY_COLUMNS else each for each in table.schema]
    return table.cast(pa.schema(fields))


FRAMES: dict[str, Callable[[pd.DataFrame], Any]] = {
    "pandas with days": _real_days,
    "pandas with objects": lambda frame: frame.astype(object),
    "pandas with categories": lambda frame: frame.astype({"item": "category"}) if "item" in frame else frame,
    "pandas with an index": lambda frame: frame.set_index(list(frame.columns[:2])) if len(frame.columns) > 2 else frame,
    "pandas on Arrow": lambda frame: frame.convert_dtypes(dtype_backend="pyarrow"),
    "polars": pl.from_pandas,
    "polars, lazy": lambda frame: pl.from_pandas(frame).lazy(),
    "polars with days and categories": lambda frame: pl.from_pandas(_real_days(frame)).with_columns(
        pl.col("item").cast(pl.Categorical) if "item" in frame else pl.lit(1).alias("own")
    ),
    "Arrow": _arrow,
    "Arrow with date32": _date32,
}


@pytest.mark.parametrize("kind", FRAMES)
def test_every_kind_of_frame_gives_the_same_data(kind: str) -> None:
    frames = {name: FRAMES[kind](frame) for name, frame in _rich().items()}
    if "own" in kind or kind.startswith("polars with days"):
        frames = {name: frame.drop("own") if "own" in frame.columns else frame for name, frame in frames.items()}
    assert_same(mo.load(frames), mo.load(_rich()))


def _rich() -> Tables:
    """Give tables in which every kind of column occurs."""
    tables = clean()
    tables["items"] = tables["items"].assign(
        name=np.array(["Hose", None], dtype=object),
        max_stock_is_hard=[True, False],
        unmet=["lost", "backorder"],
        colour=["red", "blue"],
    )
    tables["forecast"] = tables["forecast"].assign(
        quantity=np.arange(16) / 4, sd=np.where(np.arange(16) % 3, 1.5, np.nan), scenario=["base", "high"] * 8
    )
    tables["constraints"] = pd.DataFrame(
        {
            "scope": ["plan", "item", "item", "location"],
            "key": [None, "A1", "B2", "METZ"],
            "field": ["unmet", "moq", "max_stock_is_hard", "lead_time_days"],
            "value": ["lost", "12", "true", "none"],
            "valid_from": ["2026-12-01", None, None, None],
        }
    )
    tables["closures"] = pd.DataFrame(
        {"scope": ["supplier"], "key": ["MOSEL"], "from": ["2026-12-24"], "to": ["2027-01-01"]}
    )
    tables["sales"] = pd.DataFrame(
        {"item": ["B2", "A1"], "location": "METZ", "date": "2026-11-16", "quantity": [3, 0], "in_stock": [True, False]}
    )
    return tables


def test_values_of_constraints_are_typed_by_their_field() -> None:
    constraints = mo.load(_rich()).constraints
    values = dict(zip(constraints["field"], constraints["value"], strict=True))
    assert values == {"unmet": "lost", "moq": 12.0, "max_stock_is_hard": True, "lead_time_days": None}
    assert values["max_stock_is_hard"] is True


@st.composite
def _tables(draw: st.DrawFn) -> Tables:
    """Draw tables that keep their contract, dirty ones among them."""
    items = draw(
        st.lists(st.sampled_from(["A1", "B2", "00017", "Äpfel 3", "x-9"]), min_size=1, max_size=4, unique=True)
    )
    places = draw(st.lists(st.sampled_from(["METZ", "TRIER", "TOUL"]), min_size=1, max_size=3, unique=True))
    step = draw(st.sampled_from(["D", "7D", "MS"]))
    days = pd.date_range("2026-11-01", periods=draw(st.integers(1, 5)), freq=step).strftime("%Y-%m-%d")
    cells = [(item, place, day) for item in items for place in places for day in days]
    chosen = draw(st.lists(st.sampled_from(cells), min_size=1, unique=True))
    quantities = st.integers(0, 10**6).map(lambda quarter: quarter / 4)
    forecast = pd.DataFrame(chosen, columns=["item", "location", "date"])
    forecast["quantity"] = [draw(quantities) for _ in chosen]
    forecast["sd"] = [draw(st.none() | quantities) for _ in chosen]
    pairs = draw(st.lists(st.sampled_from([cell[:2] for cell in cells]), unique=True))
    inventory = pd.DataFrame(pairs, columns=["item", "location"], dtype=object)
    inventory["on_hand"] = [draw(st.integers(-20, 500)) for _ in pairs]
    inbound = pd.DataFrame(draw(st.lists(st.sampled_from(cells), max_size=6)), columns=["item", "location", "date"])
    inbound = inbound.astype(object).assign(quantity=[draw(st.integers(0, 90)) for _ in range(len(inbound))])
    inbound["reference"] = [draw(st.sampled_from(["PO-1", "PO-2", "PO-3"])) for _ in range(len(inbound))]
    known = pd.DataFrame({"item": items, "order_multiple": [draw(st.integers(0, 6)) for _ in items]})
    return {"items": known, "forecast": forecast, "inventory": inventory, "inbound": inbound}


def _as_parquet(tables: Tables, folder: Path) -> Path:
    folder.mkdir()
    for name, frame in tables.items():
        pq.write_table(_arrow(frame), folder / f"{name}.parquet", row_group_size=3)
    return folder


@given(tables=_tables(), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=effort.count("properties"))
def test_order_of_lines_does_not_matter(tables: Tables, seed: int) -> None:
    mixed = {name: frame.sample(frac=1, random_state=seed % 2**32) for name, frame in tables.items()}
    assert_same(mo.load(mixed, as_of="2026-11-10"), mo.load(tables, as_of="2026-11-10"), quality=False)


@given(tables=_tables())
@settings(max_examples=max(10, effort.count("properties") // 5))
def test_kind_of_source_does_not_matter(tables: Tables) -> None:
    expected = mo.load(tables, as_of="2026-11-10")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for source in (
            {name: pl.from_pandas(frame) for name, frame in tables.items()},
            {name: _arrow(frame) for name, frame in tables.items()},
            write_csv(tables, place / "csv"),
            _as_parquet(tables, place / "parquet"),
            write_excel(tables, place / "plan.xlsx"),
        ):
            assert_same(mo.load(source, as_of="2026-11-10"), expected)


@given(tables=_tables())
def test_nothing_is_lost(tables: Tables) -> None:
    data = mo.load(tables, as_of="2026-11-10")
    assert data.forecasts[""].quantity.sum() == tables["forecast"]["quantity"].sum() * 1024
    assert data.on_hand.sum() == tables["inventory"]["on_hand"].sum()
    assert data.inbound_quantity.sum() == tables["inbound"]["quantity"].sum()
    keys = pd.concat([frame[["item", "location"]] for name, frame in tables.items() if name != "items"])
    assert data.n_rows == len(keys.drop_duplicates())
