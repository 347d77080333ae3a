"""The grid of an allocation in a real JupyterLab: edits, a refusal, a lock, ship dates, by mouse and by keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.test_planner_walk import shoot

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.browser.lab import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.lab]

BUILD = """\
import moselle_nb as mo
data = mo.sample_data("retail", items=60, locations=12, seed=7)
plan = mo.allocate(data, mo.AllocationConfig(
    name="Push", source="METZ", coverage=("2026-11-30", "2027-01-24"), ship_every_days=14))"""

CELLS = (
    BUILD,
    'grid = mo.AllocationGrid(plan, who="mb")\ngrid',
    "after = 1",
)

LINE = 4
"""SKU-0005: 12 units, and locations that need 22."""

FIGURES = """
frame = grid.plan.lines_for(["SKU-0005"])
frame = frame[frame["date"] == str(grid.ship_date)].set_index("location")["allocated"].astype(int)
print(frame.loc[["METZ", "EPINAL", "KOBLENZ"]].tolist(), frame.sum())
"""


def open_grid(lab: LabPage, name: str) -> Page:
    lab.open(lab.server.write(name, CELLS))
    lab.run_all()
    lab.page.locator(".m-allocation-grid .slick-row.m-row").first.wait_for(timeout=60_000)
    return lab.page


def cell(page: Page, location: str) -> Locator:
    heads = page.locator(".m-allocation-grid .slick-header-column").all_inner_texts()
    column = next(place for place, text in enumerate(heads) if text.split("\n")[0].strip() == location)
    return page.locator(f'.slick-row[data-row="{LINE}"] .slick-cell.l{column}')


def test_by_mouse(lab_page: LabPage) -> None:
    page = open_grid(lab_page, "allocation_mouse.ipynb")
    assert lab_page.run(FIGURES) == "[4, 3, 0] 12"
    cell(page, "METZ").dblclick()
    page.locator(".m-editor").fill("2")
    cell(page, "EPINAL").click()
    # Leaving an editor for another cell takes what was typed.
    page.locator(".slick-cell.m-edited").wait_for()
    assert lab_page.run(FIGURES) == "[2, 3, 0] 10"
    page.get_by_role("button", name="Lock it and share the rest").click()
    page.locator(".slick-cell.m-locked").wait_for()
    shared = lab_page.run(FIGURES)
    assert shared.startswith("[2, ")
    assert shared.endswith(" 12")
    cell(page, "KOBLENZ").dblclick()
    page.locator(".m-editor").fill("500")
    page.keyboard.press("Enter")
    page.locator(".m-rejected").wait_for()
    expect(page.locator(".m-allocation-grid").get_by_role("status")).to_contain_text("500 is more than the")
    assert lab_page.run(FIGURES) == shared
    shoot(page, "allocation_refused")
    page.get_by_role("button", name="others give way").click()
    page.locator(".slick-cell.m-locked").nth(1).wait_for()
    assert lab_page.run(FIGURES) == "[2, 0, 10] 12"
    page.locator(f'.slick-row[data-row="{LINE}"] .m-toggle').click()
    page.locator(".m-measure").first.wait_for()
    shoot(page, "allocation_locked")
    page.locator(f'.slick-row[data-row="{LINE}"] .m-toggle').click()
    page.get_by_label("Ship date").select_option("1")
    page.get_by_text("arrives Dec 14").first.wait_for()
    assert lab_page.run("print(grid.ship_date, len(grid.plan.edits))") == "2026-12-14 3"
    assert page.locator(".slick-cell.m-edited").count() == 0
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("1 cell edited").wait_for()
    assert lab_page.run("print(grid.plan.edits[['location', 'quantity', 'lock']].values.tolist())") == (
        "[['METZ', 2, False]]"
    )
    assert lab_page.sources() == list(CELLS)
    assert lab_page.foreign == []


def test_by_keyboard_alone(lab_page: LabPage) -> None:
    page = open_grid(lab_page, "allocation_keys.ipynb")
    press, type_in = page.keyboard.press, page.keyboard.type
    page.get_by_role("button", name="Keyboard shortcuts").focus()
    press("Tab")
    for key in ("ArrowDown",) * LINE + ("ArrowRight",) * 6:
        press(key)
    for key in ("b", "x", "d", "d", "a", "y", "m"):
        press(key)
    type_in("500\n")
    page.locator(".m-rejected").wait_for()
    assert lab_page.run(FIGURES) == "[4, 3, 0] 12"
    type_in("2\n")
    page.locator(".slick-cell.m-edited").wait_for()
    assert lab_page.run(FIGURES) == "[2, 3, 0] 10"
    press("ArrowUp")
    press("l")
    page.locator(".slick-cell.m-locked").wait_for()
    assert lab_page.run(FIGURES).endswith(" 12")
    assert lab_page.run("print(grid.plan.edits[['quantity', 'lock', 'who']].values.tolist())").endswith(
        "[2, True, 'mb']]"
    )
    press("Alt+PageDown")
    page.get_by_text("arrives Dec 14").first.wait_for()
    assert lab_page.run("print(grid.ship_date, grid.selection)") == "2026-12-14 ('SKU-0005', 'METZ')"
    press("Control+z")
    page.get_by_text("Undone").wait_for()
    assert lab_page.run("print(len(grid.plan.edits))") == "1"
    assert lab_page.sources() == list(CELLS)
    assert lab_page.foreign == []
