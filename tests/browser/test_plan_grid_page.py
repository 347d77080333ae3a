"""The grid in a page of its own: what a planner does, asserted on the Python side."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

import moselle_nb as mo
from moselle_nb.widgets.plan_grid import PlanGrid

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator

    from tests.browser.stub import WidgetPage

pytestmark = pytest.mark.browser

FIRST_BUCKET = 6
"""Column of the first period: item, location, name, status, order by and on hand stand before it."""


@pytest.fixture(scope="session")
def plan() -> mo.ReplenishmentPlan:
    data = mo.sample_data("retail", items=60, locations=12, seed=7)
    return mo.replenish(data, mo.ReplenishmentConfig(name="Q1", coverage=(dt.date(2026, 11, 30), dt.date(2027, 2, 14))))


@pytest.fixture
def grid(plan: mo.ReplenishmentPlan) -> PlanGrid:
    return PlanGrid(plan, who="mb", clock=lambda: dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.UTC))


@pytest.fixture
def shown(widget_page: Callable[[PlanGrid], WidgetPage], grid: PlanGrid) -> WidgetPage:
    page = widget_page(grid)
    page.page.locator(".slick-row.m-row").first.wait_for()
    return page


def cell(shown: WidgetPage, line: int, column: int) -> Locator:
    return shown.page.locator(f'.slick-row[data-row="{line}"] .slick-cell.l{column}')


def choose(shown: WidgetPage, line: int, column: int) -> Locator:
    found = cell(shown, line, column)
    found.click()
    return found


def legal(shown: WidgetPage, line: int, bucket: int) -> int:
    """A quantity that the row's rules accept: the nearest to what its multiple makes of 1."""
    plan = shown.widget.plan
    item, location = plan.key_of(line)
    try:
        plan.edit(item, location, str(plan.order_dates(line)[bucket]), 1)
    except mo.EditError as error:
        return max(error.rejects[0].nearest)
    return 1


def test_typing_a_quantity_edits_the_plan(shown: WidgetPage, grid: PlanGrid) -> None:
    quantity = legal(shown, 0, 2)
    choose(shown, 0, FIRST_BUCKET + 1)
    shown.page.keyboard.type(str(quantity))
    shown.page.keyboard.press("Enter")
    shown.page.locator(".m-edited").first.wait_for()
    record = grid.plan.edits.iloc[-1]
    assert (record["quantity"], record["who"], record["when"]) == (quantity, "mb", "2026-11-23T09:30:00+00:00")
    assert shown.status.inner_text() == "1 order set"
    assert shown.errors == []


@pytest.mark.parametrize(("key", "reply"), [(30, 100), (60, 40), (60, 100)])
def test_values_typed_quickly_down_a_column_all_arrive(shown: WidgetPage, grid: PlanGrid, key: int, reply: int) -> None:
    values = [legal(shown, line, 0) * (line + 1) for line in range(6)]
    shown.page.evaluate("(delay) => { stub.delay = delay; }", reply)
    choose(shown, 0, FIRST_BUCKET)
    for value in values:
        shown.page.keyboard.type(f"{value}\n", delay=key)
    shown.page.get_by_text("720 rows · 6 orders edited").wait_for()
    assert [edit["cells"][0]["quantity"] for edit in shown.sent("edit")] == values
    assert grid.plan.edits["quantity"].tolist() == values
    assert grid.plan.order_matrix(range(6)).quantity[:, 0].tolist() == values
    assert [cell(shown, line, FIRST_BUCKET).inner_text() for line in range(6)] == [f"{value:,}" for value in values]
    assert "active" in (cell(shown, 6, FIRST_BUCKET).get_attribute("class") or "")
    assert shown.errors == []


@pytest.mark.parametrize(("search", "count"), [("", "720 rows · 1 order edited"), ("sku-0003 metz", "1 of 720 rows")])
def test_what_is_typed_stays_while_rows_change_and_goes_to_the_row_it_was_typed_in(
    shown: WidgetPage, grid: PlanGrid, search: str, count: str
) -> None:
    quantity = legal(shown, 3, 0)
    shown.page.evaluate("stub.delay = 600")
    shown.page.get_by_label("Search item, name or location").fill(search)
    # The search is asked for after a moment; its answer comes while the editor is open.
    shown.page.wait_for_timeout(400)
    choose(shown, 3, FIRST_BUCKET)
    shown.page.keyboard.type(str(quantity))
    item, location = grid.plan.key_of(0)
    grid.plan = grid.plan.edit(item, location, str(grid.plan.order_dates(0)[0]), quantity)
    shown.flush()
    shown.page.get_by_text(count).wait_for()
    assert shown.page.locator(".m-editor").input_value() == str(quantity)
    shown.page.keyboard.press("Enter")
    shown.page.get_by_text("2 orders edited").wait_for()
    assert grid.plan.edits[["item", "location"]].iloc[-1].tolist() == list(grid.plan.key_of(3))
    lines = {row.get_attribute("data-row") for row in shown.page.locator(".slick-row").all()}
    assert (lines == {"0"}) is bool(search)
    assert shown.errors == []


def test_nothing_is_fetched(shown: WidgetPage) -> None:
    assert [url for url in shown.requests if not url.startswith("blob:")] == []


def test_a_refused_edit_keeps_the_old_value_and_says_what_is_accepted(shown: WidgetPage, grid: PlanGrid) -> None:
    edited = choose(shown, 0, FIRST_BUCKET)
    before = edited.inner_text()
    shown.page.keyboard.type("7")
    shown.page.keyboard.press("Enter")
    shown.page.locator(".m-rejected").wait_for()
    assert cell(shown, 0, FIRST_BUCKET).inner_text() == before
    assert "7 for SKU-0001 at" in shown.status.inner_text()
    assert "Accepted:" in shown.status.inner_text()
    assert grid.plan.edits.empty

    shown.page.get_by_role("button", name="Use").last.click()
    shown.page.locator(".m-edited").first.wait_for()
    assert shown.page.locator(".m-rejected").count() == 0
    assert len(grid.plan.edits) == 1
    assert not grid.plan.edits["forced"].iloc[0]


def test_a_refused_edit_can_be_forced_with_a_reason(shown: WidgetPage, grid: PlanGrid) -> None:
    choose(shown, 0, FIRST_BUCKET)
    shown.page.keyboard.type("7")
    shown.page.keyboard.press("Enter")
    shown.page.get_by_role("button", name="Force").click()
    assert shown.page.get_by_role("button", name="Place").is_disabled()
    shown.page.get_by_label("Reason to place it all the same").fill("sample for the trade fair")
    shown.page.keyboard.press("Enter")
    shown.page.locator(".m-forced").wait_for()
    record = grid.plan.edits.iloc[-1]
    assert (record["quantity"], record["forced"], record["reason"]) == (7, True, "sample for the trade fair")


def test_text_in_an_order_cell_is_refused_by_the_kernel(shown: WidgetPage, grid: PlanGrid) -> None:
    choose(shown, 0, FIRST_BUCKET)
    shown.page.keyboard.press("F2")
    shown.page.keyboard.insert_text("ten<b>")
    shown.page.keyboard.press("Enter")
    shown.page.locator(".m-rejected").wait_for()
    assert "'ten<b>' for SKU-0001 at " in shown.status.inner_text()
    assert "give a whole number of units" in shown.status.inner_text()
    assert grid.plan.edits.empty


@pytest.mark.parametrize(
    ("typed", "refused"), [("-5", "-5 for"), ("=5", "'=5' for"), ("12,5", "'12,5' for"), (".5", "0.5 for")]
)
def test_what_is_typed_replaces_what_was_there(shown: WidgetPage, grid: PlanGrid, typed: str, refused: str) -> None:
    line = int(np.argmax(grid.plan.order_matrix(range(20)).quantity[:, 0]))
    edited = choose(shown, line, FIRST_BUCKET)
    before = edited.inner_text()
    assert before
    shown.page.keyboard.type(typed)
    assert shown.page.locator(".m-editor").input_value() == typed
    shown.page.keyboard.press("Enter")
    shown.page.locator(".m-rejected").wait_for()
    item, location = grid.plan.key_of(line)
    assert shown.status.inner_text().startswith(f"{refused} {item} at {location}, 2026-11-23: give a whole number")
    assert cell(shown, line, FIRST_BUCKET).inner_text() == before
    shown.page.wait_for_function(
        "(line) => document.querySelector('.slick-cell.active').parentElement.dataset.row === line", arg=str(line)
    )


def test_a_row_that_loses_sales_is_marked_and_found(shown: WidgetPage, grid: PlanGrid) -> None:
    page = shown.page
    page.get_by_role("button", name="Status").click()
    page.get_by_label("Loses sales").check()
    expected = int((grid.plan.summary["unserved"] > 0).sum())
    page.get_by_text(f"{expected} of 720 rows").wait_for()
    page.keyboard.press("Escape")
    mark = page.locator(".m-loses").first
    assert "units as planned" in (mark.get_attribute("aria-label") or "")


def test_python_brings_a_row_into_view(shown: WidgetPage, grid: PlanGrid) -> None:
    shown.page.get_by_label("Search item, name or location").fill("sku-0003 metz")
    shown.page.get_by_text("1 of 720 rows").wait_for()
    item, location = grid.plan.key_of(600)
    grid.reveal(item, location, dt.date(2026, 12, 9))
    shown.flush()
    shown.page.get_by_text("720 rows · no edits", exact=True).wait_for()
    active = shown.page.locator(f'.slick-row[data-row="600"] .slick-cell.l{FIRST_BUCKET + 2}.active')
    active.wait_for()
    assert active.is_visible()
    assert grid.selection == (item, location)
    assert shown.errors == []


def test_an_explanation_follows_the_cell_and_goes_by_escape(shown: WidgetPage, grid: PlanGrid) -> None:
    choose(shown, 0, FIRST_BUCKET)
    shown.page.get_by_role("button", name="Explain").click()
    panel = shown.page.get_by_label("Explanation", exact=True)
    panel.get_by_text(grid.plan.key_of(0)[1]).first.wait_for()
    shown.page.keyboard.press("Escape")
    assert panel.is_hidden()
    shown.page.keyboard.press("e")
    panel.wait_for()
    shown.page.keyboard.press("ArrowDown")
    panel.get_by_text(grid.plan.key_of(1)[1]).first.wait_for()


def test_escape_leaves_the_cell_as_it_was(shown: WidgetPage) -> None:
    edited = choose(shown, 0, FIRST_BUCKET)
    before = edited.inner_text()
    shown.page.keyboard.press("Enter")
    shown.page.locator(".m-editor").fill("999")
    shown.page.keyboard.press("Escape")
    assert cell(shown, 0, FIRST_BUCKET).inner_text() == before
    assert shown.sent("edit") == []


def test_undo_and_redo_by_keys(shown: WidgetPage, grid: PlanGrid) -> None:
    quantity = legal(shown, 0, 2)
    choose(shown, 0, FIRST_BUCKET + 1)
    shown.page.keyboard.type(f"{quantity}\n")
    shown.page.locator(".m-edited").wait_for()
    shown.page.keyboard.press("Control+z")
    shown.page.locator(".m-edited").wait_for(state="detached")
    assert (len(grid.plan.edits), grid.plan.can_redo, shown.status.inner_text()) == (0, True, "Undone")
    shown.page.keyboard.press("Control+y")
    shown.page.locator(".m-edited").wait_for()
    assert len(grid.plan.edits) == 1


def test_keys_stay_inside(shown: WidgetPage) -> None:
    shown.page.evaluate("window.leaked = []; document.addEventListener('keydown', (event) => leaked.push(event.key))")
    choose(shown, 1, 0)
    for key in ("b", "x", "d", "d", "a", "m", "ArrowDown", "Control+z", "Control+a", "Delete", "Escape", "Enter"):
        shown.page.keyboard.press(key)
    choose(shown, 1, FIRST_BUCKET)
    for key in ("F2", "b", "x", "Control+a", "Escape", "Tab"):
        shown.page.keyboard.press(key)
    assert set(shown.page.evaluate("leaked")) <= {"Control"}
    shown.page.locator(".m-search").first.click()
    shown.page.keyboard.type("bxdd")
    choose(shown, 1, 0)
    shown.page.keyboard.press("Control+s")
    shown.page.keyboard.press("Shift+Enter")
    assert [key for key in shown.page.evaluate("leaked") if key not in {"Control", "Shift"}] == ["s", "Enter"]


def paste(shown: WidgetPage, text: str, line: int, column: int) -> None:
    shown.page.evaluate(
        """(text) => {
          const area = Object.assign(document.createElement("textarea"), { value: text, id: "clip" });
          document.body.append(area);
          area.select();
        }""",
        text,
    )
    shown.page.keyboard.press("Control+c")
    shown.page.evaluate("document.getElementById('clip').remove()")
    choose(shown, line, column)
    shown.page.keyboard.press("Control+v")


def test_a_pasted_block_is_one_message_and_one_step_of_undo(shown: WidgetPage, grid: PlanGrid) -> None:
    block = [[str(legal(shown, line, 0))] * 4 for line in range(3)]
    paste(shown, "\n".join("\t".join(row) for row in block), 0, FIRST_BUCKET)
    shown.page.locator(".m-edited").nth(3).wait_for()
    assert len(shown.sent("edit")) == 1
    assert len(shown.sent("edit")[0]["cells"]) == 12
    matrix = grid.plan.order_matrix([0, 1, 2])
    assert matrix.quantity[:, :4].tolist() == [[float(value) for value in row] for row in block]
    shown.page.keyboard.press("Control+z")
    shown.page.locator(".m-edited").first.wait_for(state="detached")
    assert grid.plan.edits.empty


def test_a_pasted_block_is_refused_as_a_whole(shown: WidgetPage, grid: PlanGrid) -> None:
    good = str(legal(shown, 0, 0))
    paste(shown, f"{good}\t7\n{good}\tabc", 0, FIRST_BUCKET)
    shown.page.locator(".m-rejected").first.wait_for()
    reply_text = shown.status.inner_text()
    assert "2 cells refused, nothing was changed." in reply_text
    assert shown.page.locator(".m-rejected").count() == 2
    assert grid.plan.edits.empty


def test_a_block_is_copied_as_a_spreadsheet_takes_it(shown: WidgetPage, grid: PlanGrid) -> None:
    choose(shown, 0, FIRST_BUCKET)
    for key in ("Shift+ArrowRight", "Shift+ArrowDown"):
        shown.page.keyboard.press(key)
    shown.page.keyboard.press("Control+c")
    assert shown.status.inner_text() == "4 cells copied"
    shown.page.evaluate("document.body.append(Object.assign(document.createElement('textarea'), { id: 'target' }))")
    shown.page.locator("#target").focus()
    shown.page.keyboard.press("Control+v")
    expected = grid.plan.order_matrix([0, 1]).quantity[:, :2].astype(int).tolist()
    text = shown.page.locator("#target").input_value()
    assert [[int(value) for value in row.split("\t")] for row in text.split("\n")] == expected


def test_fill_down_and_clear(shown: WidgetPage, grid: PlanGrid) -> None:
    quantity = legal(shown, 0, 0)
    choose(shown, 0, FIRST_BUCKET + 2)
    shown.page.keyboard.type(f"{quantity}\n")
    shown.page.locator(".m-edited").wait_for()
    choose(shown, 0, FIRST_BUCKET + 2)
    for _ in range(3):
        shown.page.keyboard.press("Shift+ArrowDown")
    shown.page.keyboard.press("Control+d")
    shown.page.locator(".m-edited").nth(3).wait_for()
    assert grid.plan.order_matrix([0, 1, 2, 3]).quantity[:, 2].tolist() == [quantity] * 4
    choose(shown, 1, FIRST_BUCKET + 2)
    shown.page.keyboard.press("Delete")
    shown.page.wait_for_function("stub.state.state.revision === 3")
    assert grid.plan.order_matrix([1]).quantity[0, 2] == 0


def test_a_row_opens_into_its_measures_and_a_number_is_explained(shown: WidgetPage) -> None:
    choose(shown, 0, 0)
    shown.page.keyboard.press("Space")
    shown.page.locator(".m-measure").nth(8).wait_for()
    titles = shown.page.locator(".m-measure .m-measure-title").all_inner_texts()
    assert titles == [
        "Starting stock", "Scheduled receipts", "Projected sales", "Order placed", "Order received", "Ending stock",
        "Unserved demand", "Safety stock", "Days on hand",
    ]  # fmt: skip
    choose(shown, 6, FIRST_BUCKET)
    shown.page.keyboard.press("e")
    panel = shown.page.get_by_label("Explanation", exact=True)
    panel.wait_for()
    assert "SKU-0001" in panel.inner_text()
    shown.page.keyboard.press("Escape")
    assert panel.is_hidden()
    choose(shown, 6, 0)
    shown.page.keyboard.press("Space")
    shown.page.locator(".m-measure").first.wait_for(state="detached")


def test_search_filter_sort_and_value(shown: WidgetPage, grid: PlanGrid) -> None:
    page = shown.page
    page.get_by_label("Search item, name or location").fill("sku-0003 metz")
    page.get_by_text("1 of 720 rows").wait_for()
    page.get_by_role("button", name="Clear filters").click()
    page.get_by_text("720 rows · no edits", exact=True).wait_for()
    page.get_by_role("button", name="Status").click()
    page.get_by_label("Out of stock").check()
    expected = int((grid.plan.summary["status"] == "out").sum())
    page.get_by_text(f"{expected} of 720 rows").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("columnheader", name="On hand").click()
    page.get_by_role("columnheader", name="On hand").click()
    page.wait_for_function("stub.state.state.descending")
    summary = grid.plan.summary
    best = summary[summary["status"] == "out"].sort_values("on_hand", ascending=False, kind="stable").iloc[0]
    assert cell(shown, 0, 5).inner_text() == f"{best['on_hand']:,.0f}"
    page.get_by_role("button", name="Value").click()
    page.wait_for_function("stub.state.state.show === 'value'")
    choose(shown, 0, FIRST_BUCKET)
    page.keyboard.press("5")
    assert shown.status.inner_text() == "Orders are edited in units: press Units first."


def test_the_selected_row_is_known_to_python(shown: WidgetPage, grid: PlanGrid) -> None:
    choose(shown, 2, 1)
    shown.page.wait_for_function("stub.state.selection !== null")
    assert grid.selection == grid.plan.key_of(2)
    assert "m-selected" in (shown.page.locator('.slick-row[data-row="2"]').first.get_attribute("class") or "")


def test_a_row_that_is_clicked_before_it_is_here_is_selected_once_it_is(
    widget_page: Callable[[PlanGrid], WidgetPage], grid: PlanGrid
) -> None:
    shown = widget_page(grid)
    shown.page.evaluate("stub.delay = 300")
    shown.page.locator(".slick-row.m-row").first.wait_for()
    choose(shown, 0, 1)
    shown.page.keyboard.press("Control+ArrowDown")
    shown.page.wait_for_function("stub.state.selection?.[0] === 'SKU-0060'")
    assert grid.selection == grid.plan.key_of(grid.plan.n_rows - 1)


def test_roles_and_positions(shown: WidgetPage) -> None:
    host = shown.page.get_by_role("treegrid")
    assert host.get_attribute("aria-rowcount") == "721"
    row = shown.page.locator('.slick-row[data-row="3"]').first
    assert (row.get_attribute("aria-rowindex"), row.get_attribute("aria-expanded")) == ("5", "false")
    choose(shown, 3, 1)
    assert shown.page.evaluate("document.activeElement.getAttribute('role')") == "gridcell"
    assert shown.page.evaluate("document.activeElement.getAttribute('aria-colindex')") == "2"


def test_tab_enters_the_grid_once_and_leaves_it(shown: WidgetPage) -> None:
    shown.page.get_by_role("button", name="Keyboard shortcuts").focus()
    shown.page.keyboard.press("Tab")
    assert shown.page.evaluate("document.activeElement.closest('.slick-cell') !== null")
    shown.page.keyboard.press("Shift+Tab")
    assert shown.page.evaluate("document.activeElement.getAttribute('aria-label')") == "Keyboard shortcuts"


def test_a_dead_kernel_is_said_and_nothing_is_taken_for_saved(shown: WidgetPage) -> None:
    shown.page.evaluate("stub.dead = true")
    shown.page.clock.install()
    choose(shown, 0, FIRST_BUCKET)
    shown.page.keyboard.type("7\n")
    shown.page.locator(".m-pending").wait_for()
    shown.page.clock.fast_forward(25_000)
    shown.page.get_by_text("The kernel does not answer").wait_for()
    assert shown.page.locator(".m-pending").count() == 1


def test_two_views_of_one_grid_stay_together(shown: WidgetPage, grid: PlanGrid) -> None:
    shown.add_view()
    shown.page.wait_for_function("document.querySelectorAll('.m-plan-grid').length === 2")
    second = shown.page.locator(".m-plan-grid").nth(1)
    second.locator(".slick-row.m-row").first.wait_for()
    quantity = legal(shown, 0, 0)
    choose_first = shown.page.locator(".m-plan-grid").first.locator(
        f'.slick-row[data-row="0"] .slick-cell.l{FIRST_BUCKET + 1}'
    )
    choose_first.click()
    shown.page.keyboard.type(f"{quantity}\n")
    second.locator(".m-edited").wait_for()
    assert len(grid.plan.edits) == 1
    assert shown.errors == []


def test_a_plan_set_by_python_is_shown(shown: WidgetPage, grid: PlanGrid) -> None:
    item, location = grid.plan.key_of(0)
    quantity = legal(shown, 0, 0)
    grid.plan = grid.plan.edit(item, location, str(grid.plan.order_dates(0)[0]), quantity)
    shown.flush()
    shown.page.locator(".m-edited").wait_for()
    data = mo.sample_data("retail", items=2, locations=2, seed=1)
    grid.plan = mo.replenish(
        data, mo.ReplenishmentConfig(name="Small", coverage=(dt.date(2026, 11, 23), dt.date(2026, 12, 20)))
    )
    shown.flush()
    shown.page.get_by_text("4 rows · no edits", exact=True).wait_for()
    assert shown.errors == []


def test_an_edit_against_an_older_plan_changes_nothing(shown: WidgetPage, grid: PlanGrid) -> None:
    item, location = grid.plan.key_of(5)
    grid.plan = grid.plan.edit(item, location, str(grid.plan.order_dates(5)[0]), 0)
    # The browser has not heard of it yet.
    before = grid.plan
    choose(shown, 0, FIRST_BUCKET)
    shown.page.keyboard.type("7\n")
    shown.page.get_by_text("The plan has changed in the meantime").wait_for()
    assert grid.plan is before
    assert shown.page.locator(".m-pending").count() == 0


def test_a_reason_is_recorded_with_the_edits(shown: WidgetPage, grid: PlanGrid) -> None:
    shown.page.get_by_label("Reason recorded with the next edits").fill("spring promotion")
    quantity = legal(shown, 0, 2)
    choose(shown, 0, FIRST_BUCKET + 1)
    shown.page.keyboard.type(f"{quantity}\n")
    shown.page.locator(".m-edited").first.wait_for()
    assert grid.plan.edits["reason"].tolist() == ["spring promotion"]


def test_columns_are_chosen_frozen_and_resized(shown: WidgetPage) -> None:
    page = shown.page
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("checkbox", name="Supplier").check()
    page.get_by_role("columnheader", name="Supplier").wait_for()
    page.get_by_label("Freeze up to").select_option("location")
    page.keyboard.press("Escape")
    frozen = page.locator(".slick-header-column.frozen").all_inner_texts()
    assert [text.strip() for text in frozen] == ["Item", "Location"]
    choose(shown, 0, 1)
    before = page.get_by_role("columnheader", name="Location").bounding_box()
    page.keyboard.press("Alt+Shift+ArrowRight")
    after = page.get_by_role("columnheader", name="Location").bounding_box()
    assert before is not None
    assert after is not None
    assert after["width"] == before["width"] + 16
    assert page.evaluate("document.activeElement.getAttribute('aria-colindex')") == "2"


def test_far_rows_come_when_they_are_scrolled_to(shown: WidgetPage, grid: PlanGrid) -> None:
    choose(shown, 0, 1)
    shown.page.keyboard.press("Control+ArrowDown")
    last = shown.page.locator(f'.slick-row[data-row="{grid.plan.n_rows - 1}"] .slick-cell.l0')
    shown.page.wait_for_function(
        "(item) => [...document.querySelectorAll('.slick-cell.l0')].some((cell) => cell.textContent.includes(item))",
        arg=grid.plan.key_of(grid.plan.n_rows - 1)[0],
    )
    assert last.is_visible()
    assert all(len(request["windows"]) <= 2 for request in shown.sent("rows"))


def test_no_row_matches(shown: WidgetPage) -> None:
    shown.page.get_by_label("Search item, name or location").fill("no such thing")
    shown.page.get_by_text("No row matches the search and filters.").wait_for()
    shown.page.get_by_role("button", name="Clear filters").click()
    shown.page.locator(".slick-row.m-row").first.wait_for()


def test_hostile_names_are_text(widget_page: Callable[[PlanGrid], WidgetPage]) -> None:
    name = "<img src=x onerror=\"document.title='owned'\">" + "long " * 40
    frames = {
        "items": pd.DataFrame({"item": ["<b>A</b>"], "name": [name], "supplier": ["<i>S</i>"]}),
        "forecast": pd.DataFrame(
            {"item": ["<b>A</b>"], "location": ["METZ"], "date": ["2026-11-23"], "quantity": [70]}
        ),
    }
    coverage = (dt.date(2026, 11, 23), dt.date(2027, 1, 3))
    config = mo.ReplenishmentConfig(name="<u>Q1</u>", coverage=coverage, lead_time_days=7)
    shown = widget_page(PlanGrid(mo.replenish(mo.load(frames, as_of="2026-11-23"), config)))
    cell(shown, 0, 2).wait_for()
    assert cell(shown, 0, 0).inner_text().endswith("<b>A</b>")
    assert cell(shown, 0, 2).get_attribute("title") == name.strip()
    choose(shown, 0, FIRST_BUCKET)
    shown.page.keyboard.press("e")
    shown.page.get_by_label("Explanation", exact=True).wait_for()
    assert shown.page.locator(".m-plan-grid :is(b, i, u, img):not(.m-swatch)").count() == 0
    assert shown.page.title() == "widget"


def test_a_view_that_ends_leaves_nothing_behind(shown: WidgetPage) -> None:
    shown.page.evaluate("window.endView()")
    assert shown.page.locator(".m-plan-grid").count() == 0
    assert shown.page.evaluate("[...stub.listeners.values()].flat().length") == 0
