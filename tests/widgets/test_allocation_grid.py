"""The grid of an allocation, its Python side: windows, ship dates, edits, locks, what a notebook keeps."""

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
from moselle_nb.widgets.allocation_grid import AllocationGrid
from moselle_nb.widgets.allocation_rows import MEASURES
from moselle_nb.widgets.allocation_source import REASON_WORDS
from moselle_nb.widgets.grid_source import Flag
from tests.plans.allocations import AS_OF, allocated, allocation, config, constraints, lanes, tables
from tests.widgets.test_plan_grid import unpacked


class Asking(AllocationGrid):
    """A grid that keeps what it sends."""

    def ask(self, kind: str, **fields: Any) -> tuple[dict[str, Any], list[bytes]]:
        sent: list[tuple[dict[str, Any], list[bytes]]] = []
        self.send = lambda content, buffers=None: sent.append((content, buffers or []))
        message = {"id": "1", "kind": kind, "revision": self.revision, **fields}
        self._receive(self, message, [])
        assert len(sent) == 1
        return sent[0]

    def window(self, kind: str = "rows", **fields: Any) -> tuple[dict[str, Any], dict[str, np.ndarray[Any, Any]]]:
        """Ask for the first window; its cells and flags come by line and slot."""
        reply, buffers = self.ask(kind, windows=[0], **fields)
        header = reply["windows"][0]
        columns = unpacked(header, buffers[0])
        shape = header["lines"], len(self.columns["slots"])
        return header, {**columns, "cells": columns["cells"].reshape(shape), "flags": columns["flags"].reshape(shape)}


def cell(
    location: str, quantity: object = 0, *, item: str = "A", bucket: int = 0, source: str = "HUB"
) -> dict[str, Any]:
    return {"item": item, "source": source, "location": location, "bucket": bucket, "quantity": quantity}


@pytest.fixture(scope="module")
def retail() -> mo.AllocationPlan:
    """60 items from a source with demand of its own to eleven locations, every two weeks."""
    data = mo.sample_data("retail", items=60, locations=12, seed=7)
    coverage = (dt.date(2026, 11, 30), dt.date(2027, 1, 24))
    return mo.allocate(
        data, mo.AllocationConfig(name="January push", source="METZ", coverage=coverage, ship_every_days=14)
    )


@pytest.fixture(scope="module")
def scarce() -> mo.AllocationPlan:
    """100 units for three shops that need 56 each: 34, 33 and 33."""
    return allocation({"N1": 2, "N2": 2, "N3": 2}, {"HUB": 100})


@pytest.fixture
def grid(scarce: mo.AllocationPlan) -> Asking:
    return Asking(scarce, who="mb", clock=lambda: dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.UTC))


def slots(grid: AllocationGrid) -> list[str]:
    return [slot["key"] for slot in grid.columns["slots"]]


def by_location(lines: pd.DataFrame, name: str, grid: AllocationGrid) -> pd.DataFrame:
    """Lay a column of lines out as the grid does: items down, locations across."""
    return lines.pivot_table(index="item", columns="location", values=name, aggfunc="sum")[slots(grid)]


# ---- windows --------------------------------------------------------------------------------------


@pytest.mark.parametrize("date", range(4))
def test_a_window_holds_what_the_plan_says(retail: mo.AllocationPlan, date: int) -> None:
    grid = Asking(retail)
    header, columns = grid.window("view", date=date)
    lines = retail.lines[retail.lines["date"] == pd.Timestamp(retail.ship_dates[date])]
    expected = by_location(lines, "allocated", grid)
    np.testing.assert_array_equal(columns["cells"], expected.to_numpy())
    by_item = lines.groupby("item")
    np.testing.assert_array_equal(columns["available"], by_item["available"].first())
    np.testing.assert_array_equal(columns["allocated"], by_item["allocated"].sum())
    np.testing.assert_array_equal(columns["left"], by_item["available"].first() - by_item["allocated"].sum())
    lacks = (lines["need"] - lines["allocated"]).clip(lower=0)
    np.testing.assert_allclose(columns["short"], lacks.groupby(lines["item"]).sum())
    is_short = by_location(lines.assign(short=lacks >= 1), "short", grid)
    np.testing.assert_array_equal(columns["flags"] & Flag.SHORT > 0, is_short.to_numpy())
    assert (header["bucket"], grid.state["date"], grid.ship_date) == (
        date,
        date,
        retail.ship_dates[date].astype(object),
    )
    totals = {"available": columns["available"].sum(), "short": columns["short"].sum()}
    assert {name: grid.state["totals"][name] for name in totals} == pytest.approx(totals)


def test_the_sources_own_column_comes_first_and_says_so(retail: mo.AllocationPlan) -> None:
    grid = Asking(retail)
    assert [slot["own"] for slot in grid.columns["slots"]] == [True, *[False] * 11]
    assert slots(grid)[0] == "METZ"
    assert grid.columns["ship_dates"] == ["2026-11-30", "2026-12-14", "2026-12-28", "2027-01-11"]
    assert grid.columns["arrivals"][1] == ["2026-12-14"] * 12


def test_an_expanded_row_shows_the_fields_of_its_lines(retail: mo.AllocationPlan) -> None:
    grid = Asking(retail)
    grid.ask("view", date=2)
    _, columns = grid.window("expand", item="SKU-0005", source="METZ", expanded=True)
    lines = retail.lines_for(["SKU-0005"])
    lines = lines[lines["date"] == pd.Timestamp(retail.ship_dates[2])].set_index("location").loc[slots(grid)]
    for measure, name in enumerate(MEASURES, start=1):
        assert columns["measure"][4 + measure] == measure
        found = columns["cells"][4 + measure]
        if name == "reason":
            assert [REASON_WORDS[int(code)] for code in found] == lines[name].tolist()
        else:
            np.testing.assert_array_equal(found, lines[name].to_numpy(dtype=float))
    assert grid.state["lines"] == 60 + len(MEASURES)


def test_cells_as_value_and_as_days_of_cover(retail: mo.AllocationPlan) -> None:
    grid = Asking(retail)
    units = grid.window()[1]
    value = grid.window("view", show="value")[1]
    cost = retail.inputs.items.set_index("item")["unit_cost"].loc[retail.summary["item"]].to_numpy(float)
    np.testing.assert_allclose(value["cells"], units["cells"] * cost[:, None])
    np.testing.assert_allclose(value["available"], units["available"] * cost)
    assert grid.state["totals"]["left"] == pytest.approx(value["left"].sum())
    cover = grid.window("view", show="cover")[1]
    lines = retail.lines[retail.lines["date"] == pd.Timestamp(retail.ship_dates[0])]
    expected = by_location(lines, "cover_after", grid)
    np.testing.assert_allclose(cover["cells"], expected.to_numpy())
    np.testing.assert_array_equal(cover["available"], units["available"])


def test_short_items_only_and_other_filters(retail: mo.AllocationPlan) -> None:
    grid = Asking(retail)
    header, columns = grid.window("view", filters={"status": ["short"]})
    lines = retail.lines[retail.lines["date"] == pd.Timestamp(retail.ship_dates[0])]
    short = sorted(set(lines["item"][lines["need"] - lines["allocated"] >= 1]))
    assert [header["values"]["item"][code] for code in columns["item"]] == short
    header, columns = grid.window("view", sort="left", descending=True)
    assert (np.diff(columns["left"][columns["parent"]]) <= 0).all()
    grid.ask("view", search="kettle", filters={"grade": ["A", "B"]}, sort="")
    frame = retail.summary
    expected = frame["name"].str.contains("Kettle") & frame["grade"].isin(["A", "B"])
    assert grid.state["rows"] == expected.sum() > 0


def test_items_are_sorted_by_what_a_location_gets(retail: mo.AllocationPlan) -> None:
    grid = Asking(retail)
    grid.ask("edit", cells=[cell("TRIER", 0, item="SKU-0010", source="METZ")])
    place = slots(grid).index("TRIER")
    for descending in (False, True):
        header, columns = grid.window("view", sort="at:TRIER", descending=descending, date=1)
        found = columns["cells"][:, place]
        assert header["lines"] == 60
        assert (np.diff(found) * (-1 if descending else 1) >= 0).all()
        assert found.max() > 0
    assert grid.ask("view", sort="at:NOWHERE")[0]["error"]["code"] == "bad_request"


def test_many_locations_make_smaller_windows(retail: mo.AllocationPlan) -> None:
    data = mo.sample_data("retail", items=60, locations=300, seed=7)
    source = str(data.locations["location"].iloc[0])
    plan = mo.allocate(data, mo.AllocationConfig(name="Wide", source=source, coverage=("2026-11-23", "2026-12-06")))
    grid = Asking(plan)
    header, columns = grid.window()
    assert header["lines"] == grid.columns["window"] < 60
    assert columns["cells"].shape == (header["lines"], 300)
    assert Asking(retail).columns["window"] == 256


# ---- edits and locks ------------------------------------------------------------------------------


def test_an_edit_keeps_the_other_cells(grid: Asking, scarce: mo.AllocationPlan) -> None:
    seen: list[mo.AllocationPlan] = []
    grid.observe(lambda change: seen.append(change["new"]), "plan")
    reply, _ = grid.ask("edit", cells=[cell("N1", 10)], reason="promotion")
    assert (reply["ok"], reply["applied"], reply["others"]) == (True, 1, 0)
    assert allocated(grid.plan) == {"N1": [10], "N2": [33], "N3": [33]}
    assert [each is grid.plan for each in seen] == [True]
    assert allocated(scarce)["N1"] == [34]
    record = grid.plan.edits.iloc[0]
    assert record[["who", "when", "reason"]].tolist() == ["mb", "2026-11-23T09:30:00+00:00", "promotion"]
    _, columns = grid.window()
    assert columns["left"].tolist() == [24]
    assert columns["cells"].tolist() == [[10, 33, 33]]
    assert (columns["flags"] & (Flag.EDITED | Flag.LOCKED)).tolist() == [[Flag.EDITED, 0, 0]]
    assert (columns["edited"].tolist(), columns["suggested"].tolist()) == ([0], [34])
    assert grid.state["edits"] == 1


def test_a_lock_shares_the_rest_again(grid: Asking) -> None:
    reply, _ = grid.ask("edit", cells=[cell("N1", 10)], lock=True)
    assert (reply["applied"], reply["locked"], reply["others"]) == (1, True, 2)
    assert allocated(grid.plan) == {"N1": [10], "N2": [45], "N3": [45]}
    flags = grid.window()[1]["flags"]
    assert flags[0, 0] & Flag.LOCKED
    assert not flags[0, 1] & Flag.EDITED
    assert grid.ask("undo")[0]["ok"]
    assert allocated(grid.plan)["N2"] == [33]
    assert grid.ask("redo")[0]["ok"]
    assert allocated(grid.plan)["N2"] == [45]


def test_what_stands_can_be_locked(grid: Asking) -> None:
    reply, _ = grid.ask("edit", cells=[cell("N2", 33)], lock=True)
    assert (reply["applied"], reply["others"], grid.plan.edits["lock"].tolist()) == (1, 0, [True])
    assert grid.ask("edit", cells=[cell("N2", 33)])[0]["applied"] == 0
    assert grid.ask("edit", cells=[cell("N1", 34)])[0]["applied"] == 1


def test_more_than_is_left_is_refused_with_what_would_be_accepted(grid: Asking, scarce: mo.AllocationPlan) -> None:
    reply, _ = grid.ask("edit", cells=[cell("N1", 60)], force=True, reason="please")
    assert reply["error"]["code"] == "refused"
    assert reply["error"]["text"].startswith("60 for A at N1, 2026-11-23: 60 is more than the 34 that HUB has left")
    assert reply["error"]["text"].endswith("Accepted: 34.")
    (reject,) = reply["rejects"]
    assert {name: reject[name] for name in ("nearest", "forcible", "source", "location")} == {
        "nearest": [34], "forcible": False, "source": "HUB", "location": "N1",
    }  # fmt: skip
    assert reply["lockable"] == [60]
    assert grid.plan is scarce
    assert grid.ask("edit", cells=[cell("N1", 101)])[0]["lockable"] == [100]
    assert grid.ask("edit", cells=[cell("N1", 60)], lock=True)[0]["ok"]
    assert allocated(grid.plan) == {"N1": [60], "N2": [20], "N3": [20]}


def test_packs_give_way_to_force_with_a_reason_and_capacity_never() -> None:
    others = {
        "lanes": lanes(("HUB", "N1", 1, 6), ("HUB", "N2", 2, 1, 12)),
        "constraints": constraints(("location", "N2", "max_stock", 30)),
    }
    grid = Asking(allocation({"N1": 2, "N2": 2}, {"HUB": 200}, others))
    reply, _ = grid.ask("edit", cells=[cell("N1", 10)])
    assert (reply["rejects"][0]["nearest"], reply["rejects"][0]["forcible"]) == ([6, 12], True)
    assert not grid.ask("edit", cells=[cell("N1", 10)], force=True, reason=" ")[0]["ok"]
    assert grid.ask("edit", cells=[cell("N1", 10)], force=True, reason="display")[0]["ok"]
    assert grid.window()[1]["flags"][0, 0] & Flag.FORCED
    reply, _ = grid.ask("edit", cells=[cell("N2", 31)], force=True, reason="display")
    assert (reply["rejects"][0]["nearest"], reply["rejects"][0]["forcible"]) == ([30], False)
    assert "maximum stock of 30" in reply["rejects"][0]["reason"]


def test_all_or_nothing_with_every_reject(grid: Asking, scarce: mo.AllocationPlan) -> None:
    cells = [cell("N1", 10), cell("N2", "ten"), cell("N3", 2.5), cell("N9", 1), cell("N1", 4, item="nobody")]
    reply, _ = grid.ask("edit", cells=cells)
    assert "4 cells refused, nothing was changed." in reply["error"]["text"]
    reasons = {(each["item"], each["location"]): each["reason"] for each in reply["rejects"]}
    assert reasons["A", "N2"] == reasons["A", "N3"] == "give a whole number of units, from 0 to 1,000,000,000."
    assert "N9" in reasons["A", "N9"]
    assert "nobody" in reasons["nobody", "N1"]
    assert grid.plan is scarce
    assert reply["lockable"] == []


def test_later_ship_dates_follow_and_are_told() -> None:
    grid = Asking(allocation({"N1": 2, "N2": 2}, {"HUB": 50}, ship_every_days=7))
    reply, _ = grid.ask("edit", cells=[cell("N1", 20)])
    assert (reply["applied"], reply["others"]) == (1, 1)
    _, columns = grid.window("view", date=1)
    assert columns["cells"].tolist() == [[5, 11]]
    assert not (columns["flags"] & Flag.EDITED).any()
    grid.ask("edit", cells=[cell("N2", 3, bucket=1)])
    assert grid.plan.edits["date"].astype(str).tolist() == ["2026-11-23", "2026-11-30"]
    assert grid.window("view", filters={"status": ["edited"]})[0]["lines"] == 1
    assert grid.window("view", date=2)[0]["lines"] == 0


def test_an_edit_against_an_older_plan_gets_the_current_rows(grid: Asking) -> None:
    grid.ask("edit", cells=[cell("N1", 10)])
    before = grid.plan
    reply, buffers = grid.ask("edit", revision=0, cells=[cell("N2", 3)], windows=[0])
    assert (reply["error"]["code"], grid.plan, len(buffers)) == ("stale", before, 1)


def test_figures_after_edits_are_those_of_a_new_grid(retail: mo.AllocationPlan) -> None:
    grid = Asking(retail)
    lines = retail.lines[retail.lines["allocated"] > 1].iloc[:40:3]
    for line in lines.itertuples():
        bucket = int(np.searchsorted(retail.ship_dates, pd.Timestamp(str(line.date)).to_datetime64()))
        asked = {"item": line.item, "source": line.source, "location": line.location, "bucket": bucket, "quantity": 1}
        grid.ask("edit", cells=[asked], lock=bool(bucket % 2))
    grid.ask("undo")
    other = Asking(grid.plan)
    for date in range(4):
        for show in ("units", "cover"):
            ours, theirs = (each.window("view", date=date, show=show)[1] for each in (grid, other))
            for name in ("cells", "flags", "available", "left", "short", "suggested"):
                np.testing.assert_array_equal(ours[name], theirs[name], err_msg=f"{name} on date {date}")


# ---- several sources ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def two_sources() -> mo.AllocationPlan:
    others = {"lanes": lanes(("HUB", "N1", 1), ("HUB", "N2", 1), ("YARD", "N2", 2))}
    return allocation({"N1": 2, "N2": 2}, {"HUB": 40, "YARD": 30}, others, source=("HUB", "YARD"))


def test_each_source_of_an_item_is_a_row(two_sources: mo.AllocationPlan) -> None:
    grid = Asking(two_sources)
    header, columns = grid.window()
    assert [header["values"]["source"][code] for code in columns["source"]] == ["HUB", "YARD"]
    assert columns["available"].tolist() == [40, 30]
    place = slots(grid).index("N1")
    assert not columns["flags"][1, place] & Flag.EDITABLE
    assert np.isnan(columns["cells"][1, place])
    assert (
        columns["cells"][:, slots(grid).index("N2")].sum()
        == two_sources.lines.query("location == 'N2'")["allocated"].sum()
    )
    # A need that two sources serve counts once.
    assert columns["short"].sum() == pytest.approx(two_sources.summary["short"].sum())
    reply, _ = grid.ask("edit", cells=[cell("N2", 2, source="YARD")])
    assert reply["ok"]
    assert grid.plan.edits["source"].tolist() == ["YARD"]
    reply, _ = grid.ask("edit", cells=[cell("N1", 2, source="YARD")])
    assert reply["error"]["code"] == "refused"


# ---- what else is asked ---------------------------------------------------------------------------


def test_an_explanation_is_steps(grid: Asking) -> None:
    reply, _ = grid.ask("explain", item="A", source="HUB", location="N2", bucket=0)
    assert reply["title"] == "A from HUB to N2, leaving on 2026-11-23"
    assert all(len(step) == 4 and all(isinstance(part, str) for part in step) for step in reply["steps"])
    assert grid.ask("explain", item="A", source="HUB", location="N9", bucket=0)[0]["error"]["code"] == "refused"


def test_selection_is_an_item_and_its_source(grid: Asking) -> None:
    assert grid.ask("select", item="A", source="HUB")[0]["ok"]
    assert grid.selection == ("A", "HUB")
    reply, _ = grid.ask("select", item="A", source="HUP")
    assert reply["error"] == {"code": "refused", "text": "No location 'HUP'"}
    reply, _ = grid.ask("select", item="A", source="N1")
    assert reply["error"]["code"] == "refused"
    grid.selection = None


def test_python_brings_an_item_a_location_and_a_ship_date_into_view(retail: mo.AllocationPlan) -> None:
    grid = Asking(retail)
    grid.ask("view", search="nothing like it")
    grid.reveal("SKU-0009", "TRIER", dt.date(2026, 12, 30))
    assert (grid.selection, grid.ship_date) == (("SKU-0009", "METZ"), dt.date(2026, 12, 28))
    assert grid.state["reveal"] == [1, 8, slots(grid).index("TRIER")]
    assert grid.state["search"] == ""
    with pytest.raises(mo.UnknownNameError, match="did you mean 'TRIER'"):
        grid.reveal("SKU-0009", "TRIR")


def test_a_plan_of_another_kind_is_refused(scarce: mo.AllocationPlan) -> None:
    with pytest.raises(TypeError, match="AllocationGrid shows an allocation plan, from allocate; received str"):
        AllocationGrid("plan")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"AllocationGrid has no argument 'selektion' .did you mean 'selection'"):
        AllocationGrid(scarce, selektion=None)


def test_another_plan_is_shown_from_its_start(grid: Asking, retail: mo.AllocationPlan) -> None:
    grid.selection = ("A", "HUB")
    grid.ask("view", search="a")
    grid.plan = retail
    assert (grid.selection, grid.state["search"], grid.state["rows"]) == (None, "", 60)
    assert len(grid.columns["slots"]) == 12


HOSTILE: list[dict[str, object]] = [
    {"kind": "view", "date": 9},
    {"kind": "view", "date": -1},
    {"kind": "view", "date": True},
    {"kind": "view", "show": "__class__"},
    {"kind": "view", "value": True},
    {"kind": "view", "filters": {"item": ["A"]}},
    {"kind": "edit", "cells": []},
    {"kind": "edit", "cells": [cell("N1", 1)], "lock": 1},
    {"kind": "edit", "cells": [cell("N1", 1), cell("N1", 2)]},
    {"kind": "edit", "cells": [cell("N1", 1, bucket=1)]},
    {"kind": "edit", "cells": [{**cell("N1", 1), "who": "x"}]},
    {"kind": "edit", "cells": [{"item": "A", "location": "N1", "bucket": 0, "quantity": 1}]},
    {"kind": "expand", "item": "A", "location": "N1", "expanded": True},
    {"kind": "explain", "item": "A", "location": "N1", "bucket": 0},
    {"kind": "eval", "code": "1"},
]


@pytest.mark.parametrize("message", HOSTILE, ids=lambda message: str(message)[:60])
def test_what_is_no_request_is_refused_and_changes_nothing(grid: Asking, message: dict[str, Any]) -> None:
    before = (grid.plan, dict(grid.state))
    reply, _ = grid.ask(**message)
    assert reply["error"]["code"] == "bad_request", reply
    assert (grid.plan, grid.state) == before


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
NAMES = st.sampled_from(
    ["windows", "cells", "item", "source", "location", "bucket", "filters", "sort", "force", "lock", "date", "show"]
)


@given(st.sampled_from(sorted(AllocationGrid.kinds)), st.dictionaries(NAMES, JSON, max_size=4))
def test_whatever_arrives_gets_one_reply_that_is_no_fault_of_ours(kind: str, fields: dict[str, object]) -> None:
    reply, _ = Asking(_kept_plan()).ask(kind, **fields)
    assert reply["id"] == "1"
    assert reply["ok"] or reply["error"]["code"] in {"bad_request", "refused"}, reply


_kept: list[mo.AllocationPlan] = []


def _kept_plan() -> mo.AllocationPlan:
    if not _kept:
        _kept.append(allocation({"N1": 2, "N2": 2}, {"HUB": 20}))
    return _kept[0]


def test_the_browser_writes_nothing(grid: Asking) -> None:
    before = dict(grid.state)
    grid.set_state({"state": {"revision": 99}, "selection": ["x", "y"], "problem": "<b>", "_esm": "alert(1)"})
    assert (grid.state, grid.selection, grid.problem) == (before, None, "")


# ---- what a notebook keeps ------------------------------------------------------------------------


def test_a_notebook_keeps_a_table_and_the_widget(retail: mo.AllocationPlan) -> None:
    grid = Asking(retail)
    data, _ = grid._repr_mimebundle_() or ({}, {})
    page = str(data["text/html"])
    assert page.count("<tr>") == 21
    assert "January push: units shipped on 2026-11-30, first 20 of 60 rows; edited cells are marked *." in page
    assert len(re.findall(r'<th scope="col"', page)) == 2 + 3 + 12
    assert "<script" not in page
    assert repr(grid) == "AllocationGrid(60 rows × 12 locations)"


def test_edits_are_marked_and_names_are_text_in_the_table() -> None:
    frames = tables({"N1": 2, "<b>N2": 2}, {"HUB": 100})
    frames["items"]["name"] = ["<img src=x onerror=alert(1)>"]
    plan = mo.allocate(mo.load(frames, as_of=AS_OF), config(name="<u>Push</u>"))
    page = AllocationGrid(plan.edit("A", "N1", "2026-11-23", 7)).static_html()
    assert ">7*<" in page
    assert not re.search(r"<(img|b|u)\b", page)
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


def test_stock_that_nobody_can_get_is_shown() -> None:
    frames = tables({"N1": 2}, {"HUB": 10})
    frames["items"] = pd.DataFrame({"item": ["A", "B"]})
    frames["inventory"] = pd.DataFrame({"item": ["B"], "location": ["HUB"], "on_hand": [7]})
    grid = Asking(mo.allocate(mo.load(frames, as_of=AS_OF), config(scope={"item": ["B"]}, source_demand="ignore")))
    reply, buffers = grid.ask("rows", windows=[0])
    columns = unpacked(reply["windows"][0], buffers[0])
    assert (columns["available"].tolist(), columns["left"].tolist(), slots(grid)) == ([7], [7], [])
    assert grid.state["totals"]["left"] == 7
    assert np.isnan(unpacked_value(grid))
    assert ">7<" in grid.static_html()


def unpacked_value(grid: Asking) -> float:
    """Give what is left of the first row as value."""
    reply, buffers = grid.ask("view", show="value", windows=[0])
    return float(unpacked(reply["windows"][0], buffers[0])["left"][0])
