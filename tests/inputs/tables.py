"""Small tables that keep their contract, to be broken one rule at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from moselle_nb.inputs.framing import FRAMES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from moselle_nb import PlanningData

Tables = dict[str, pd.DataFrame]

ARRAYS = (
    "row_item",
    "row_location",
    "on_hand",
    "committed",
    "inbound_row",
    "inbound_date",
    "inbound_quantity",
    "inbound_reference",
)


def clean() -> Tables:
    """Give two items at two locations with four weeks of forecast, and nothing to warn about."""
    weeks = ["2026-11-23", "2026-11-30", "2026-12-07", "2026-12-14"]
    keys = [(item, location) for item in ("A1", "B2") for location in ("METZ", "TRIER")]
    lines = [(*key, week) for key in keys for week in weeks]
    forecast = pd.DataFrame(lines, columns=["item", "location", "date"]).assign(quantity=10)
    inventory = pd.DataFrame(keys, columns=["item", "location"]).assign(on_hand=40, as_of="2026-11-23")
    return {
        "items": pd.DataFrame(
            {"item": ["A1", "B2"], "product_line": ["Garden", "Home"], "supplier": "MOSEL", "unit_cost": [2.5, 4.0]}
        ),
        "locations": pd.DataFrame({"location": ["METZ", "TRIER"]}),
        "suppliers": pd.DataFrame({"supplier": ["MOSEL"], "currency": ["EUR"], "lead_time_days": [14]}),
        "forecast": forecast,
        "inventory": inventory,
        "inbound": pd.DataFrame(
            {"item": ["A1"], "location": ["METZ"], "date": ["2026-12-01"], "quantity": [20], "reference": ["PO-1"]}
        ),
    }


def write_csv(tables: Mapping[str, pd.DataFrame], folder: Path) -> Path:
    """Write one CSV file per table."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        frame.to_csv(folder / f"{name}.csv", index=False)
    return folder


def write_excel(tables: Mapping[str, pd.DataFrame], path: Path) -> Path:
    """Write one workbook with a sheet per table."""
    with pd.ExcelWriter(path) as writer:
        for name, frame in tables.items():
            frame.to_excel(writer, sheet_name=name, index=False)
    return path


def assert_same(one: PlanningData, other: PlanningData, *, quality: bool = True) -> None:
    """Assert that two loads gave the same data."""
    assert one.as_of == other.as_of
    for name in FRAMES:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), obj=name)
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
        assert getattr(one, name).dtype == getattr(other, name).dtype, name
    assert list(one.forecasts) == list(other.forecasts)
    for scenario, forecast in one.forecasts.items():
        same = other.forecasts[scenario]
        assert forecast.bucket == same.bucket
        assert (forecast.sd is None) == (same.sd is None)
        for name in ("starts", "lengths", "quantity", "sd", "first", "last"):
            np.testing.assert_array_equal(getattr(forecast, name), getattr(same, name), err_msg=name)
    if quality:
        pd.testing.assert_frame_equal(one.quality, other.quality)
