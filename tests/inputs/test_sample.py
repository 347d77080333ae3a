"""The sample retailer and the templates."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq
import pytest

import moselle_nb as mo
from moselle_nb.inputs import sample_tables
from moselle_nb.inputs.tables import TABLES
from tests.inputs.tables import assert_same

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = "461b378e4823798b"


@pytest.fixture(scope="module")
def retail() -> mo.PlanningData:
    """Give the sample of the documentation."""
    return mo.sample_data("retail", items=500, locations=12, seed=7)


def test_the_sample_is_the_same_everywhere(retail: mo.PlanningData) -> None:
    assert_same(mo.sample_data("retail", items=500, locations=12, seed=7), retail)
    assert not np.array_equal(mo.sample_data(seed=8).on_hand, retail.on_hand)
    forecast = retail.forecasts[""]
    parts = (forecast.quantity.astype("<i8"), retail.on_hand.astype("<f8"), retail.inbound_quantity.astype("<f8"))
    digest = hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest()
    assert digest[:16] == DIGEST


def test_the_sample_has_what_a_planner_meets(retail: mo.PlanningData) -> None:
    forecast = retail.forecasts[""]
    assert (retail.n_rows, forecast.bucket) == (6_000, "week")
    assert len(forecast.starts) >= 26
    assert not (forecast.quantity % 1024).any(), "whole units"
    assert forecast.sd is not None
    assert not np.isnan(forecast.sd).any()
    assert sorted(retail.suppliers["lead_time_days"]) == [14, 56]
    assert retail.suppliers["order_weekdays"].notna().sum() == 1
    assert (retail.on_hand == 0).mean() > 0.03, "stockouts"
    late = retail.inbound_date < np.datetime64(retail.as_of)
    assert 1 <= late.sum() < len(late) / 20
    assert set(retail.closures["scope"]) == {"supplier", "location"}
    assert set(retail.items["grade"]) == {"A", "B", "C"}
    assert (retail.items["unit_price"] > retail.items["unit_cost"]).all()
    assert len(retail.lanes) == 0
    assert retail.sales["in_stock"].eq(0).any()


def test_minimum_orders_bite(retail: mo.PlanningData) -> None:
    """Some rows need a minimum order of more than ten weeks' demand."""
    weekly = retail.forecasts[""].quantity.mean(axis=0) / 1024
    moq = retail.items["moq"].to_numpy()[retail.row_item]
    assert (moq > 10 * weekly).mean() > 0.15
    assert (moq < 4 * weekly).mean() > 0.1


def test_slow_sellers_and_seasons(retail: mo.PlanningData) -> None:
    forecast = retail.forecasts[""].quantity / 1024
    assert (forecast.mean(axis=0) < 1).mean() > 0.15
    garden = (retail.items["product_line"] == "Garden").to_numpy()[retail.row_item]
    total = forecast[:, garden].sum(axis=1)
    assert total[20:25].sum() > 2 * total[2:7].sum(), "spring against midwinter"


def test_what_is_dirty_in_the_sample(retail: mo.PlanningData) -> None:
    assert retail.quality["rule"].tolist() == ["expected before as_of", "items with a forecast, not active"]


def test_sample_tables_load_from_parquet(tmp_path: Path) -> None:
    tables = sample_tables(items=20, locations=3)
    for name, table in tables.items():
        pq.write_table(table, tmp_path / f"{name}.parquet")
    assert_same(mo.load(tmp_path), mo.sample_data(items=20, locations=3))


@pytest.mark.parametrize(("items", "locations"), [(1, 1), (1, 40), (3, 13)])
def test_samples_of_other_sizes(items: int, locations: int) -> None:
    assert mo.sample_data(items=items, locations=locations).n_rows == items * locations


def test_a_sample_of_another_kind() -> None:
    with pytest.raises(mo.UnknownNameError, match=r"No sample 'retial' \(did you mean 'retail'\?\)"):
        mo.sample_data("retial")


def test_a_sample_of_nothing() -> None:
    with pytest.raises(ValueError, match=r"A sample has at least 1 item and 1 location, got 0 and 12\."):
        mo.sample_data(items=0)


def test_templates_load_together(tmp_path: Path) -> None:
    mo.write_templates(tmp_path / "new" / "templates")
    data = mo.load(tmp_path / "new" / "templates")
    assert data.n_rows == 1
    assert data.quality["rule"].tolist() == ["rows that end within the lead time"]


def test_templates_have_every_column_and_one_line(tmp_path: Path) -> None:
    mo.write_templates(tmp_path)
    assert {path.stem for path in tmp_path.iterdir()} == set(TABLES)
    for name, table in TABLES.items():
        lines = (tmp_path / f"{name}.csv").read_text(encoding="utf-8-sig").splitlines()
        assert lines[0].split(",") == list(table.names)
        assert len(lines) == (1 if name == "lanes" else 2)


def test_templates_never_overwrite(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(FileExistsError, match=r"items\.csv exist in .* give another folder"):
        mo.write_templates(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["items.csv"]
