"""The benchmark of allocation measures what it says: its peers are right, and its answers are the engine's."""

from __future__ import annotations

import importlib.util
import math
from typing import Any

import pandas as pd
import pytest

from benchmarks import allocation, allocation_analyst, allocation_engine, allocation_solvers
from benchmarks.allocation_data import Size

SIZE = Size(12, 5)


def test_sizes_are_read_and_written() -> None:
    assert (Size.of("100kx50"), str(Size.of("1Mx10"))) == (Size(100_000, 50), "1M × 10")


def test_the_analyst_shares_in_proportion_and_rounds_down() -> None:
    # X: need 30 + 10 = 40 of 20: halves, 15 and 5, in packs of 4: 12 and 4. Y: more than its need of 6 is there.
    rows = pd.DataFrame({"item": ["X", "X", "Y"], "need": [30.0, 10.0, 6.0]})
    shares = allocation_analyst.share(rows, pd.Series({"X": 20.0, "Y": 50.0}), pd.Series({"X": 4.0, "Y": 1.0}))
    assert shares["quantity"].tolist() == [12.0, 4.0, 6.0]


def test_the_analyst_starts_from_forecast_and_stock() -> None:
    day = pd.Timestamp("2026-11-23")
    forecast = pd.DataFrame({
        "item": ["X"] * 4, "location": ["A", "A", "B", "B"], "date": [day, day + pd.Timedelta(days=7)] * 2,
        "quantity": [20.0, 20.0, 5.0, 10.0],
    })  # fmt: skip
    stock = pd.DataFrame({"item": ["X"] * 3, "location": ["DC", "A", "B"], "on_hand": [20.0, 10.0, 5.0]})
    shares = allocation_analyst.allocate(allocation_analyst.Tables(forecast, stock, pd.Series({"X": 4.0})))
    assert shares[["need", "quantity"]].to_numpy().tolist() == [[30.0, 12.0], [10.0, 4.0]]


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    """What the benchmark finds at a tiny size, without processes of their own."""
    engine = {method: allocation_engine.measure(SIZE, method, 1) for method in allocation.METHODS}
    analyst = allocation_analyst.measure(SIZE, 1, text=False)
    return {
        "sizes": {"12x5": {"engine": engine, "analyst": analyst}},
        "text": allocation_analyst.measure(SIZE, 1, text=True),
        "solvers": {name: allocation_solvers.measure(SIZE, name, 12) for name in ("highs", "relaxed")},
        "machine": "this one",
    }


def test_equal_runout_leaves_less_and_its_worst_location_lasts_longer(found: dict[str, Any]) -> None:
    size = found["sizes"]["12x5"]
    ours, analyst = size["engine"]["equal_runout"]["objective"], size["analyst"]["objective"]
    assert ours["items"] == analyst["items"] == SIZE.items
    assert ours["left"] < analyst["left"]
    assert ours["mean_minimum_cover"] > analyst["mean_minimum_cover"]
    assert 0 < size["analyst"]["elsewhere"] < size["analyst"]["units"]


def test_no_rule_leaves_more_than_the_rest_of_a_pack_of_each_item(found: dict[str, Any]) -> None:
    for one in found["sizes"]["12x5"]["engine"].values():
        assert one["objective"]["left"] < 12 * SIZE.items


def test_highs_finds_the_engine_s_value(found: dict[str, Any]) -> None:
    for one in found["solvers"].values():
        assert one["solved"] == SIZE.items
        assert math.isclose(one["objective"], one["engine_objective"], rel_tol=1e-4)
    assert math.isclose(found["solvers"]["relaxed"]["objective"], found["solvers"]["highs"]["objective"], rel_tol=1e-4)
    whole = found["sizes"]["12x5"]["engine"]["marginal_value"]["objective"]["value"]
    assert math.isclose(found["solvers"]["relaxed"]["engine_objective"], whole, rel_tol=1e-6)


@pytest.mark.skipif(importlib.util.find_spec("ortools") is None, reason="OR-tools is not installed")
def test_a_min_cost_flow_finds_the_engine_s_value(found: dict[str, Any]) -> None:
    flow = allocation.run("benchmarks.allocation_solvers", "ortools", "12x5", 12)
    assert flow["solved"] == SIZE.items
    assert flow["objective"] == pytest.approx(found["solvers"]["relaxed"]["engine_objective"], rel=1e-12)


def test_the_report_has_every_rule_and_peer(found: dict[str, Any]) -> None:
    report = allocation.report(found)
    for name in (*allocation.METHODS, "pandas", "HiGHS", "not installed", "floor", "12 × 5", "this one"):
        assert name in report


def test_promises_are_judged_at_their_sizes_only(found: dict[str, Any]) -> None:
    assert allocation.gates(found) == []
    size = found["sizes"]["12x5"]
    solvers = {"highs": {"seconds": 1.0, "items": 10}}
    engine = {"equal_runout": {"cells": 60, "allocate_seconds": 1.0, "share_seconds": 3.0},
              "marginal_value": {"share_seconds": 2.0}}  # fmt: skip
    analyst = {**size["analyst"], "cells": 30, "seconds": 0.6, "share_seconds": 1.0}
    one = {"engine": engine, "analyst": analyst}
    pandas, kernel, highs = allocation.gates({"sizes": {"10kx100": one, "100kx50": one}, "solvers": solvers})
    # Half of the cells were measured: 1.2 s and 2 s; ten items a second are 1,000 s, 500 times 2 s.
    assert (pandas.split(":")[0], kernel.split(":")[0], highs.split(":")[0]) == ("Kept", "NOT KEPT", "Kept")
    assert "1 s against 1.2 s" in pandas
    assert "3 s against 2 s" in kernel
    assert "500 times" in highs
