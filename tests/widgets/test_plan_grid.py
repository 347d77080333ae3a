"""The grid's Python side: requests, replies, edits, what a notebook keeps."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import moselle_nb as mo
from moselle_nb.widgets.grid_source import Flag
from moselle_nb.widgets.plan_grid import PlanGrid
from moselle_nb.widgets.plan_rows import MEASURES
from moselle_nb.widgets.plan_source import PlanSource

COVERAGE = (dt.date(2026, 11, 30), dt.date(2027, 2, 14))


@pytest.fixture(scope="module")
def plan() -> mo.ReplenishmentPlan:
    return mo.replenish(
        mo.sample_data("retail", items=30, locations=12, seed=7), mo.ReplenishmentConfig(name="Q1", coverage=COVERAGE)
    )


class Asking(PlanGrid):
    """A grid that keeps what it sends."""

    def ask(self, kind: str, **fields: Any) -> tuple[dict[str, Any], list[bytes]]:
        sent: list[tuple[dict[str, Any], list[bytes]]] = []
        self.send = lambda content, buffers=None: sent.append((content, buffers or []))
        message = {"id": "1", "kind": kind, "revision": self.revision, **fields}
        self._receive(self, message, [])
        assert len(sent) == 1
        return sent[0]


@pytest.fixture
def grid(plan: mo.ReplenishmentPlan) -> Asking:
    return Asking(plan, who="mb", clock=lambda: dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.UTC))


def unpacked(header: dict[str, Any], buffer: bytes) -> dict[str, np.ndarray[Any, Any]]:
    """Read a window as the browser does."""
    found = {}
    for name, kind, offset, length in header["columns"]:
        assert offset % 8 == 0
        found[name] = np.frombuffer(buffer, dtype=f"<{kind}", count=length, offset=offset)
    return found


def cell(grid: PlanGrid, row: int, bucket: int, quantity: object) -> dict[str, object]:
    item, location = grid.plan.key_of(row)
    return {"item": item, "location": location, "bucket": bucket, "quantity": quantity}


def test_a_window_holds_what_the_plan_says(grid: Asking, plan: mo.ReplenishmentPlan) -> None:
    reply, buffers = grid.ask("rows", windows=[1])
    header = reply["windows"][0]
    columns = unpacked(header, buffers[0])
    rows = np.arange(256, plan.n_rows)
    assert (header["start"], header["lines"]) == (256, len(rows))
    cells = columns["cells"].reshape(len(rows), -1)
    np.testing.assert_array_equal(cells, plan.order_matrix(rows).quantity)
    items = [header["values"]["item"][code] for code in columns["item"][columns["parent"]]]
    assert items == plan.summary["item"].iloc[rows].tolist()
    order_by = columns["order_by"].astype("datetime64[D]")
    expected = plan.summary["order_by"].iloc[rows].to_numpy(dtype="datetime64[D]")
    np.testing.assert_array_equal(np.where(columns["order_by"] == -(2**31), np.datetime64("NaT"), order_by), expected)


def test_an_expanded_row_shows_its_balance(grid: Asking, plan: mo.ReplenishmentPlan) -> None:
    item, location = plan.key_of(3)
    reply, buffers = grid.ask("expand", item=item, location=location, expanded=True, windows=[0])
    columns = unpacked(reply["windows"][0], buffers[0])
    cells = columns["cells"].reshape(256, -1)
    lines = plan.lines_for(rows=[3])
    width = cells.shape[1]
    for measure, name in enumerate(MEASURES, start=1):
        assert columns["measure"][3 + measure] == measure
        np.testing.assert_array_equal(cells[3 + measure], lines[name].to_numpy(dtype=float)[:width])
    flags = columns["flags"].reshape(256, -1)[3]
    np.testing.assert_array_equal(flags & Flag.UNSERVED > 0, lines["unserved"].to_numpy()[:width] > 0)
    assert grid.state["lines"] == plan.n_rows + len(MEASURES)


def test_value_is_units_at_cost(grid: Asking, plan: mo.ReplenishmentPlan) -> None:
    _, buffers = grid.ask("view", show="value", windows=[0])
    reply, buffers = grid.ask("rows", windows=[0])
    cells = unpacked(reply["windows"][0], buffers[0])["cells"].reshape(256, -1)
    rows = np.arange(256)
    cost = plan.inputs.unit_cost[rows][:, None]
    np.testing.assert_allclose(cells, plan.order_matrix(rows).quantity * cost)


def test_the_first_screen_is_small(grid: Asking) -> None:
    reply, buffers = grid.ask("rows", windows=[0])
    assert sum(map(len, buffers)) + len(str(reply)) < 150_000


def test_an_edit_makes_a_new_plan_that_observers_see(grid: Asking, plan: mo.ReplenishmentPlan) -> None:
    seen: list[mo.ReplenishmentPlan] = []
    grid.observe(lambda change: seen.append(change["new"]), "plan")
    reply, _ = grid.ask("edit", cells=[cell(grid, 0, 3, 0), cell(grid, 1, 3, 0)], reason="promotion")
    assert reply["ok"]
    assert reply["applied"] == 2
    assert [each is grid.plan for each in seen] == [True]
    assert plan.edits.empty
    assert grid.revision == reply["revision"] == grid.state["revision"] == 1
    record = grid.plan.edits.iloc[0]
    assert (record["who"], record["when"], record["reason"]) == ("mb", "2026-11-23T09:30:00+00:00", "promotion")


def test_totals_follow_an_edit_without_a_new_summary(grid: Asking) -> None:
    assert grid.ask("edit", cells=[cell(grid, 0, bucket, 0) for bucket in range(12)])[0]["ok"]
    reply, buffers = grid.ask("rows", windows=[0])
    columns = unpacked(reply["windows"][0], buffers[0])
    for name in ("next_order_quantity", "total_order_quantity", "total_order_value", "unserved"):
        np.testing.assert_allclose(columns[name], grid.plan.summary[name].to_numpy(dtype=float)[:256])
    grid.ask("undo")
    reply, buffers = grid.ask("rows", windows=[0])
    columns = unpacked(reply["windows"][0], buffers[0])
    np.testing.assert_allclose(columns["total_order_quantity"], grid.plan.summary["total_order_quantity"].iloc[:256])


def test_all_or_nothing_with_every_reject(grid: Asking, plan: mo.ReplenishmentPlan) -> None:
    cells = [
        cell(grid, 0, 3, 0),
        cell(grid, 1, 3, 1),
        cell(grid, 2, 3, "abc"),
        cell(grid, 3, 3, -5),
        cell(grid, 4, 3, 2.5),
    ]
    cells.append({"item": "nobody", "location": "METZ", "bucket": 3, "quantity": 1})
    reply, _ = grid.ask("edit", cells=cells)
    assert not reply["ok"]
    assert reply["error"]["code"] == "refused"
    assert "5 cells refused, nothing was changed." in reply["error"]["text"]
    rejects = {(each["item"], each["quantity"]): each for each in reply["rejects"]}
    assert len(rejects) == 5
    assert rejects["SKU-0001", 1]["forcible"]
    assert rejects["SKU-0001", 1]["nearest"]
    assert rejects["SKU-0001", "abc"]["reason"] == "give a whole number of units, from 0 to 1,000,000,000."
    assert rejects["SKU-0001", -5]["reason"] == rejects["SKU-0001", "abc"]["reason"]
    assert not rejects["SKU-0001", -5]["forcible"]
    assert rejects["nobody", 1]["reason"].startswith("No item 'nobody'")
    assert grid.plan is plan


def test_force_needs_a_reason(grid: Asking) -> None:
    reply, _ = grid.ask("edit", cells=[cell(grid, 0, 3, 1)], force=True, reason="  ")
    assert not reply["ok"]
    assert grid.ask("edit", cells=[cell(grid, 0, 3, 1)], force=True, reason="trade fair")[0]["ok"]
    assert grid.plan.edits["forced"].tolist() == [True]


def test_a_cell_of_two_order_lines_can_be_emptied(plan: mo.ReplenishmentPlan) -> None:
    grid = Asking(plan)
    row = next(row for row in range(plan.n_rows) if len(plan.order_dates(row)) > 20)
    step = int(grid.ask("edit", cells=[cell(grid, row, 4, 1)])[0]["rejects"][0]["nearest"][-1])
    dates = plan.order_dates(row)
    inside = dates[(dates >= np.datetime64("2026-12-21")) & (dates <= np.datetime64("2026-12-27"))]
    item, location = plan.key_of(row)
    grid.plan = plan.edit_many([(item, location, str(day), step) for day in inside])
    assert grid.plan.order_matrix([row]).quantity[0, 4] == 2 * step
    assert grid.ask("edit", cells=[cell(grid, row, 4, 0)])[0]["ok"]
    assert grid.plan.order_matrix([row]).quantity[0, 4] == 0


def test_undo_and_redo(grid: Asking) -> None:
    assert grid.ask("undo")[0]["error"] == {"code": "refused", "text": "There is nothing to undo."}
    grid.ask("edit", cells=[cell(grid, 0, 3, 0)])
    assert grid.ask("undo")[0]["ok"]
    assert (grid.state["edits"], grid.state["can_redo"]) == (0, True)
    assert grid.ask("redo")[0]["ok"]
    assert grid.state["edits"] == 1


def test_an_edit_against_an_older_plan_gets_the_current_rows(grid: Asking) -> None:
    grid.ask("edit", cells=[cell(grid, 0, 3, 0)])
    before = grid.plan
    reply, buffers = grid.ask("edit", revision=0, cells=[cell(grid, 1, 3, 0)], windows=[0])
    assert reply["error"]["code"] == "stale"
    assert (grid.plan, reply["revision"], len(buffers)) == (before, 1, 1)


def test_an_explanation_is_steps(grid: Asking, plan: mo.ReplenishmentPlan) -> None:
    item, location = plan.key_of(0)
    order, _ = grid.ask("explain", item=item, location=location, bucket=2, balance=False)
    balance, _ = grid.ask("explain", item=item, location=location, bucket=2, balance=True)
    assert "order" in order["title"].lower()
    assert order["title"] != balance["title"]
    assert all(len(step) == 4 and all(isinstance(part, str) for part in step) for step in order["steps"])


def test_a_quantity_is_explained_by_an_order_date_that_holds_some(plan: mo.ReplenishmentPlan) -> None:
    source, several = PlanSource(plan), 0
    for row in range(20):
        dates = np.asarray(plan.order_dates(row), dtype="datetime64[D]")
        held = {date for place, date in enumerate(dates) if plan.quantity_of(row, place) > 0}
        for bucket in {int(source.bucket_of(np.array([date]))[0]) for date in held}:
            inside = set(dates[source.bucket_of(dates) == bucket])
            several += len(inside) > len(inside & held)
            assert source.day_in(row, bucket, balance=False) == max(inside & held)
    assert several


def test_selection_is_a_row_of_the_plan(grid: Asking, plan: mo.ReplenishmentPlan) -> None:
    item, location = plan.key_of(5)
    assert grid.ask("select", item=item, location=location)[0]["ok"]
    assert grid.selection == (item, location)
    reply, _ = grid.ask("select", item=item, location="METS")
    assert "did you mean 'METZ'?" in reply["error"]["text"]
    assert grid.selection == (item, location)
    grid.selection = None


def test_the_browser_writes_nothing(grid: Asking) -> None:
    before = dict(grid.state)
    grid.set_state({"state": {"revision": 99}, "selection": ["x", "y"], "problem": "<b>", "_esm": "alert(1)"})
    assert (grid.state, grid.selection, grid.problem) == (before, None, "")


HOSTILE: list[dict[str, object]] = [
    {"kind": "rows", "windows": "0"},
    {"kind": "rows", "windows": [-1]},
    {"kind": "rows", "windows": [10**30]},
    {"kind": "rows", "windows": [True]},
    {"kind": "rows", "windows": list(range(100))},
    {"kind": "rows", "surprise": 1},
    {"kind": "view", "sort": "__class__"},
    {"kind": "view", "filters": {"item": ["x"]}},
    {"kind": "view", "filters": [["status", "out"]]},
    {"kind": "view", "search": "x" * 5000},
    {"kind": "edit"},
    {"kind": "edit", "cells": []},
    {"kind": "edit", "cells": [{"item": "SKU-0001", "location": "METZ", "bucket": 99, "quantity": 1}]},
    {"kind": "edit", "cells": [{"item": "SKU-0001", "location": "METZ", "bucket": 1, "quantity": float("nan")}]},
    {"kind": "edit", "cells": [{"item": "SKU-0001", "location": "METZ", "bucket": 1, "quantity": 10**400}]},
    {"kind": "edit", "cells": [{"item": "SKU-0001", "location": "METZ", "bucket": 1, "quantity": True}]},
    {"kind": "edit", "cells": [{"item": ["SKU-0001"], "location": "METZ", "bucket": 1, "quantity": 1}]},
    {"kind": "edit", "cells": [{"item": "SKU-0001", "location": "METZ", "bucket": 1, "quantity": 1}] * 2},
    {"kind": "edit", "cells": [{"item": "SKU-0001", "location": "METZ", "bucket": 1, "quantity": 1, "who": "x"}]},
    {"kind": "edit", "cells": [{}] * 20_001},
    {"kind": "expand", "item": "SKU-0001", "location": "METZ", "expanded": 1},
    {"kind": "explain", "item": "SKU-0001", "location": "METZ", "bucket": "1", "balance": False},
    {"kind": "eval", "code": "1"},
]


@pytest.mark.parametrize("message", HOSTILE, ids=lambda message: str(message)[:60])
def test_what_is_no_request_is_refused_and_changes_nothing(grid: Asking, message: dict[str, object]) -> None:
    before = (grid.plan, dict(grid.state))
    kind = str(message.pop("kind"))
    reply, _ = grid.ask(kind, **message)
    message["kind"] = kind
    assert reply["error"]["code"] == "bad_request", reply
    assert (grid.plan, grid.state) == before


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
NAMES = st.sampled_from(
    ["windows", "cells", "item", "location", "bucket", "quantity", "filters", "sort", "force", "reason"]
)


@given(st.sampled_from(sorted(PlanGrid.kinds)), st.dictionaries(NAMES, JSON, max_size=4))
def test_whatever_arrives_gets_one_reply_that_is_no_fault_of_ours(kind: str, fields: dict[str, object]) -> None:
    plan = _small_plan()
    reply, _ = Asking(plan).ask(kind, **fields)
    assert reply["id"] == "1"
    assert reply["ok"] or reply["error"]["code"] in {"bad_request", "refused"}, reply


_kept: list[mo.ReplenishmentPlan] = []


def _small_plan() -> mo.ReplenishmentPlan:
    if not _kept:
        data = mo.sample_data("retail", items=2, locations=2, seed=1)
        _kept.append(mo.replenish(data, mo.ReplenishmentConfig(name="Small", coverage=COVERAGE)))
    return _kept[0]


def test_a_notebook_keeps_a_table_and_the_widget(grid: Asking) -> None:
    data, _ = grid._repr_mimebundle_() or ({}, {})
    assert set(data) == {"text/plain", "text/html", "application/vnd.jupyter.widget-view+json"}
    page = str(data["text/html"])
    assert page.count("<tr>") == 21
    assert "first 20 of 360 rows" in page
    assert len(re.findall(r'<th scope="col"', page)) == 4 + 12
    assert "<script" not in page


def test_the_repr_is_short_and_stable(grid: Asking) -> None:
    assert repr(grid) == "PlanGrid(360 rows × 12 buckets)"


def test_names_are_text_in_the_table() -> None:
    frames = {
        "items": pd.DataFrame({"item": ["A"], "name": ["<img src=x onerror=alert(1)>"]}),
        "forecast": pd.DataFrame({"item": ["A"], "location": ["METZ"], "date": ["2026-11-23"], "quantity": [70]}),
    }
    config = mo.ReplenishmentConfig(name="<b>Q1</b>", coverage=COVERAGE, lead_time_days=7)
    plan = mo.replenish(mo.load(frames, as_of="2026-11-23"), config)
    page = PlanGrid(plan).static_html()
    assert "<img" not in page
    assert "<b>" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


def test_unknown_arguments_are_refused_with_a_hint(plan: mo.ReplenishmentPlan) -> None:
    with pytest.raises(TypeError, match=r"PlanGrid has no argument 'selektion' .did you mean 'selection'"):
        PlanGrid(plan, selektion=None)
