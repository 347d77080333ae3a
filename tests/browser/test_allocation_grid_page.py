"""The grid of an allocation in a page of its own: what a planner does, asserted on the Python side."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from playwright.sync_api import expect

import moselle_nb as mo
from moselle_nb.widgets.allocation_grid import AllocationGrid
from tests.browser.test_plan_grid_page import cell, choose, paste
from tests.plans.allocations import AS_OF, allocated, allocation, config, constraints, lanes, tables

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator

    from tests.browser.stub import WidgetPage

    Show = Callable[[mo.AllocationPlan], tuple[WidgetPage, AllocationGrid]]

pytestmark = pytest.mark.browser

FIRST = 5
"""Column of the first location where items have no name: item, available, allocated, left and short stand before it."""


@pytest.fixture(scope="module")
def retail() -> mo.AllocationPlan:
    data = mo.sample_data("retail", items=60, locations=12, seed=7)
    coverage = (dt.date(2026, 11, 30), dt.date(2027, 1, 24))
    return mo.allocate(data, mo.AllocationConfig(name="Push", source="METZ", coverage=coverage, ship_every_days=14))


@pytest.fixture(scope="module")
def scarce() -> mo.AllocationPlan:
    """100 units for three shops that need 56 each: 34, 33 and 33."""
    return allocation({"N1": 2, "N2": 2, "N3": 2}, {"HUB": 100})


@pytest.fixture
def show(widget_page: Callable[[AllocationGrid], WidgetPage]) -> Show:
    """Show a plan, and give the page and the grid."""

    def shown(plan: mo.AllocationPlan) -> tuple[WidgetPage, AllocationGrid]:
        grid = AllocationGrid(plan, who="mb", clock=lambda: dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.UTC))
        page = widget_page(grid)
        page.page.locator(".slick-row.m-row").first.wait_for()
        return page, grid

    return shown


def button(page: WidgetPage, name: str) -> Locator:
    return page.page.get_by_role("button", name=name, exact=True)


def texts(page: WidgetPage, line: int, count: int, first: int = FIRST) -> list[str]:
    return [cell(page, line, first + slot).inner_text() for slot in range(count)]


def test_a_row_per_item_and_a_column_per_location(show: Show, retail: mo.AllocationPlan) -> None:
    page, grid = show(retail)
    heads = page.page.locator(".slick-header-column").all_inner_texts()
    assert [head.split("\n")[0].strip() for head in heads[:8]] == [
        "Item", "Name", "Available", "Allocated", "Left", "Short", "METZ", "BERNKASTEL",
    ]  # fmt: skip
    frozen = page.page.locator(".slick-header-column.frozen").all_inner_texts()
    assert [text.strip() for text in frozen] == ["Item", "Name", "Available", "Allocated", "Left"]
    lines = retail.lines[retail.lines["date"] == pd.Timestamp("2026-11-30")]
    here = lines[lines["item"] == "SKU-0005"].set_index("location")
    assert cell(page, 4, 2).inner_text() == str(int(here["available"].iloc[0]))
    assert cell(page, 4, 6).inner_text() == str(here["allocated"].astype(int)["METZ"])
    assert page.page.get_by_text("From METZ on").is_visible()
    totals = grid.state["totals"]
    assert page.page.get_by_text(f"60 items: available {totals['available']:,.0f}, allocated").is_visible()
    assert page.errors == []
    assert [url for url in page.requests if not url.startswith("blob:")] == []


def test_typing_a_quantity_keeps_the_others(show: Show, scarce: mo.AllocationPlan) -> None:
    page, grid = show(scarce)
    choose(page, 0, FIRST)
    page.page.keyboard.type("10\n")
    page.page.locator(".m-edited").wait_for()
    assert allocated(grid.plan) == {"N1": [10], "N2": [33], "N3": [33]}
    assert grid.plan.edits[["who", "when"]].iloc[0].tolist() == ["mb", "2026-11-23T09:30:00+00:00"]
    assert page.status.inner_text() == "1 cell set"
    assert texts(page, 0, 3) == ["10", "33", "33"]
    assert texts(page, 0, 3, first=1) == ["100", "76", "24"]
    assert cell(page, 0, FIRST).get_attribute("title") == "Edited; suggested 34 · its need is not met"


def test_what_an_edit_frees_is_shared_again_by_a_lock(show: Show, scarce: mo.AllocationPlan) -> None:
    page, grid = show(scarce)
    choose(page, 0, FIRST)
    page.page.keyboard.type("10\n")
    button(page, "Lock it and share the rest").click()
    page.page.locator(".m-locked").wait_for()
    assert allocated(grid.plan) == {"N1": [10], "N2": [45], "N3": [45]}
    assert page.status.inner_text() == "1 cell locked; 2 others changed"
    assert texts(page, 0, 3) == ["10", "45", "45"]


def test_lock_by_key_and_by_button(show: Show, scarce: mo.AllocationPlan) -> None:
    page, grid = show(scarce)
    choose(page, 0, FIRST + 1)
    page.page.keyboard.press("l")
    page.page.locator(".m-locked").wait_for()
    assert grid.plan.edits[["location", "quantity", "lock"]].values.tolist() == [["N2", 33, True]]
    choose(page, 0, FIRST)
    page.page.keyboard.press("Shift+ArrowRight")
    page.page.keyboard.press("Shift+ArrowRight")
    button(page, "Lock").click()
    page.page.get_by_text("3 cells locked; nothing else changed").wait_for()
    assert len(grid.plan.steps[-1]) == 3
    page.page.keyboard.press("Control+z")
    page.page.get_by_text("Undone").wait_for()
    assert grid.plan.edits["location"].tolist() == ["N2"]


def test_more_than_is_left_is_refused_with_the_nearest(show: Show, scarce: mo.AllocationPlan) -> None:
    page, grid = show(scarce)
    choose(page, 0, FIRST)
    page.page.keyboard.type("60\n")
    page.page.locator(".m-rejected").wait_for()
    assert "60 is more than the 34 that HUB has left for it" in page.status.inner_text()
    assert texts(page, 0, 1) == ["34"]
    assert grid.plan is scarce
    assert button(page, "Force…").count() == 0
    button(page, "Use 34").click()
    page.page.locator(".m-edited").wait_for()
    assert allocated(grid.plan) == {"N1": [34], "N2": [33], "N3": [33]}
    assert page.page.locator(".m-rejected").count() == 0


def test_others_give_way_to_a_lock(show: Show, scarce: mo.AllocationPlan) -> None:
    page, grid = show(scarce)
    choose(page, 0, FIRST)
    page.page.keyboard.type("60\n")
    button(page, "Lock 60, others give way").click()
    page.page.locator(".m-locked").wait_for()
    assert allocated(grid.plan) == {"N1": [60], "N2": [20], "N3": [20]}
    choose(page, 0, FIRST + 1)
    page.page.keyboard.type("101\n")
    button(page, "Lock 40, others give way").click()
    page.page.locator(".m-locked").nth(1).wait_for()
    assert allocated(grid.plan) == {"N1": [60], "N2": [40], "N3": [0]}
    choose(page, 0, FIRST + 2)
    page.page.keyboard.type("1\n")
    page.page.locator(".m-rejected").wait_for()
    assert page.page.get_by_role("button", name=re.compile("give way")).count() == 0


def test_a_pack_is_forced_with_a_reason_and_a_full_shop_never(show: Show) -> None:
    others = {
        "lanes": lanes(("HUB", "N1", 1, 6), ("HUB", "N2", 2)),
        "constraints": constraints(("location", "N2", "max_stock", 30)),
    }
    page, grid = show(allocation({"N1": 2, "N2": 2}, {"HUB": 200}, others))
    choose(page, 0, FIRST)
    page.page.keyboard.type("10\n")
    page.page.get_by_text("not a whole number of packs of 6").wait_for()
    assert [each.inner_text() for each in page.page.get_by_role("button", name=re.compile("^Use ")).all()] == [
        "Use 6", "Use 12",
    ]  # fmt: skip
    button(page, "Force…").click()
    page.page.get_by_label("Reason to ship it all the same").fill("display")
    page.page.keyboard.press("Enter")
    page.page.locator(".m-forced").wait_for()
    assert grid.plan.edits[["quantity", "forced", "reason"]].values.tolist() == [[10, True, "display"]]
    choose(page, 0, FIRST + 1)
    page.page.keyboard.type("31\n")
    page.page.get_by_text("fit under the maximum stock of 30").wait_for()
    assert button(page, "Force…").count() == 0
    assert button(page, "Use 30").is_visible()


def test_the_ship_date_is_switched_by_list_and_by_key(show: Show) -> None:
    page, grid = show(allocation({"N1": 2, "N2": 2}, {"HUB": 50}, ship_every_days=7))
    assert texts(page, 0, 2) == ["14", "14"]
    page.page.get_by_label("Ship date").select_option(label="Mon, Nov 30, 2026")
    page.page.wait_for_function("stub.state.state.date === 1")
    expect(cell(page, 0, FIRST)).to_have_text("11")
    assert "arrives Nov 30" in page.page.locator(".slick-header-column").nth(FIRST).inner_text()
    choose(page, 0, FIRST)
    page.page.keyboard.type("3\n")
    page.page.locator(".m-edited").wait_for()
    assert grid.plan.edits["date"].astype(str).tolist() == ["2026-11-30"]
    page.page.keyboard.press("Alt+PageUp")
    expect(cell(page, 0, FIRST)).to_have_text("14")
    assert page.page.locator(".m-edited").count() == 0
    assert grid.ship_date == dt.date(2026, 11, 23)
    assert page.page.get_by_label("Ship date").input_value() == "0"


def test_a_row_opens_into_the_fields_of_its_lines(show: Show, retail: mo.AllocationPlan) -> None:
    page, _ = show(retail)
    choose(page, 4, 0)
    page.page.keyboard.press("Space")
    page.page.locator(".m-measure").nth(7).wait_for()
    assert page.page.locator(".m-measure .m-measure-title").all_inner_texts() == [
        "On hand at arrival", "In transit", "Demand", "Need", "Suggested", "Cover before, days", "Cover after, days",
        "Why no more",
    ]  # fmt: skip
    assert cell(page, 12, 6).inner_text() == "stock used"
    choose(page, 4, 6)
    page.page.keyboard.press("l")
    page.page.locator(".m-locked").wait_for()
    expect(cell(page, 12, 6)).to_have_text("locked")
    choose(page, 8, 6)
    page.page.keyboard.press("5")
    assert page.status.inner_text() == "This number follows from the allocation; edit the item's row."
    page.page.keyboard.press("l")
    assert len(page.sent("edit")) == 1


def test_short_only_sort_and_what_cells_show(show: Show, retail: mo.AllocationPlan) -> None:
    page, grid = show(retail)
    button(page, "Short only").click()
    expect(button(page, "Short only")).to_have_attribute("aria-pressed", "true")
    page.page.get_by_text(f"{grid.state['rows']} of 60 items").wait_for()
    assert 0 < grid.state["rows"] < 60
    page.page.get_by_role("columnheader", name="Short").click()
    page.page.get_by_role("columnheader", name="Short").click()
    page.page.wait_for_function("stub.state.state.descending && stub.state.state.sort === 'short'")
    button(page, "Short only").click()
    page.page.get_by_text("60 items:").wait_for()
    page.page.get_by_role("columnheader", name="EPINAL").click()
    page.page.get_by_role("columnheader", name="EPINAL").click()
    page.page.wait_for_function("stub.state.state.descending && stub.state.state.sort === 'at:EPINAL'")
    there = retail.lines[(retail.lines["location"] == "EPINAL") & (retail.lines["date"] == pd.Timestamp("2026-11-30"))]
    most = int(there["allocated"].max())
    place = [slot["key"] for slot in grid.columns["slots"]].index("EPINAL")
    expect(cell(page, 0, 6 + place)).to_have_text(str(most))
    expect(page.page.get_by_role("columnheader", name="EPINAL")).to_have_attribute("aria-sort", "descending")
    button(page, "Days of cover").click()
    page.page.wait_for_function("stub.state.state.show === 'cover'")
    choose(page, 0, 6)
    page.page.keyboard.press("5")
    assert page.status.inner_text() == "Allocations are edited in units: press Units first."
    page.page.keyboard.press("l")
    assert page.sent("edit") == []
    button(page, "Value").click()
    page.page.get_by_text("60 items: value available").wait_for()
    assert page.errors == []


def test_a_block_is_copied_and_pasted(show: Show, scarce: mo.AllocationPlan) -> None:
    page, grid = show(scarce)
    paste(page, "10\t20\t30", 0, FIRST)
    page.page.locator(".m-edited").nth(2).wait_for()
    assert allocated(grid.plan) == {"N1": [10], "N2": [20], "N3": [30]}
    assert len(page.sent("edit")) == 1
    choose(page, 0, 0)
    page.page.keyboard.press("Space")
    page.page.locator(".m-measure").nth(7).wait_for()
    choose(page, 8, FIRST)
    page.page.keyboard.press("Control+c")
    page.page.get_by_text("1 cell copied").wait_for()
    page.page.evaluate("document.body.append(Object.assign(document.createElement('textarea'), { id: 'target' }))")
    page.page.locator("#target").focus()
    page.page.keyboard.press("Control+v")
    assert page.page.locator("#target").input_value() == cell(page, 8, FIRST).inner_text() == "edited"
    paste(page, "1\t2", 8, FIRST)
    expect(page.status).to_contain_text("Only allocations can be filled")


def test_a_number_is_explained(show: Show, scarce: mo.AllocationPlan) -> None:
    page, _ = show(scarce)
    choose(page, 0, FIRST + 1)
    page.page.keyboard.press("e")
    panel = page.page.get_by_label("Explanation", exact=True)
    panel.get_by_text("A from HUB to N2, leaving on 2026-11-23").wait_for()
    page.page.keyboard.press("ArrowRight")
    panel.get_by_text("A from HUB to N3, leaving on 2026-11-23").wait_for()
    page.page.keyboard.press("Escape")
    assert panel.is_hidden()


def test_the_row_that_was_refused_stays_selected(show: Show) -> None:
    frames = tables({"N1": 2, "N2": 2}, {"HUB": 10})
    for name in ("items", "forecast", "inventory"):
        frames[name] = pd.concat([frames[name], frames[name].assign(item="B")])
    page, grid = show(mo.allocate(mo.load(frames, as_of=AS_OF), config()))
    page.page.evaluate("stub.delay = 200")
    choose(page, 0, FIRST)
    page.page.wait_for_function("stub.state.selection?.[0] === 'A'")
    page.page.keyboard.type("99\n")
    page.page.locator(".m-rejected").wait_for()
    page.page.wait_for_timeout(900)
    assert page.page.evaluate("document.activeElement.closest('.slick-row').dataset.row") == "0"
    assert grid.selection == ("A", "HUB")


def test_a_cell_that_no_lane_reaches_takes_nothing(show: Show) -> None:
    others = {"lanes": lanes(("HUB", "N1", 1), ("HUB", "N2", 1), ("YARD", "N2", 2))}
    page, _ = show(allocation({"N1": 2, "N2": 2}, {"HUB": 40, "YARD": 30}, others, source=("HUB", "YARD")))
    assert page.page.locator(".slick-header-column").nth(1).inner_text().strip() == "Source"
    assert page.page.get_by_text("From 2 sources on").is_visible()
    choose(page, 1, FIRST + 1)
    page.page.keyboard.press("5")
    assert page.status.inner_text() == "YARD does not serve A at N1."
    assert page.sent("edit") == []


def test_a_hundred_locations_scroll_under_frozen_columns(show: Show) -> None:
    demand = {f"SHOP {place:03d} in a town with a long name": 2.0 for place in range(100)}
    page, grid = show(allocation(demand, {"HUB": 1_000}))
    assert page.page.locator(".slick-row[data-row='0'] .slick-cell").count() < 40
    choose(page, 0, FIRST)
    page.page.keyboard.press("Control+ArrowRight")
    last = cell(page, 0, FIRST + 99)
    expect(last).to_have_class(re.compile("active"))
    assert last.is_visible()
    assert cell(page, 0, 1).is_visible()
    page.page.keyboard.type("3\n")
    page.page.locator(".m-edited").wait_for()
    assert grid.plan.edits["location"].tolist() == ["SHOP 099 in a town with a long name"]
    grid.reveal("A", "SHOP 042 in a town with a long name")
    page.flush()
    expect(cell(page, 0, FIRST + 42)).to_have_class(re.compile("active"))


def test_names_are_text(show: Show) -> None:
    frames = tables({"<b>N1</b>": 2, "N2": 2}, {"HUB": 100})
    name = "<img src=x onerror=\"document.title='owned'\">" + "long " * 40
    frames["items"]["name"] = [name]
    frames["locations"]["name"] = "<i>Nancy</i>"
    page, _ = show(mo.allocate(mo.load(frames, as_of=AS_OF), config(name="<u>Push</u>")))
    assert cell(page, 0, 1).get_attribute("title") == name.strip()
    assert "<b>N1</b>" in page.page.locator(".slick-header-column").nth(FIRST + 1).inner_text()
    choose(page, 0, FIRST + 1)
    page.page.keyboard.type("99999\n")
    page.page.locator(".m-rejected").wait_for()
    assert page.page.locator(".m-allocation-grid :is(b, i, u, img):not(.m-swatch)").count() == 0
    assert page.page.title() == "widget"


def test_a_view_that_ends_leaves_nothing_behind(show: Show, scarce: mo.AllocationPlan) -> None:
    page, _ = show(scarce)
    page.page.evaluate("window.endView()")
    assert page.page.locator(".m-allocation-grid").count() == 0
    assert page.page.evaluate("[...stub.listeners.values()].flat().length") == 0
