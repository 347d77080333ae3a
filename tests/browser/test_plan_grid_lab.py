"""The grid in a real JupyterLab: what only the real thing can show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.browser.lab import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.lab]

BUILD = """\
import moselle_nb as mo
data = mo.sample_data("retail", items=60, locations=12, seed=7)
plan = mo.replenish(data, mo.ReplenishmentConfig(name="Q1", coverage=("2026-11-30", "2027-02-14")))"""

CELLS = (
    BUILD,
    'grid = mo.PlanGrid(plan, who="mb")\ngrid',
    "after = 1",
)
ORDER = '.slick-row[data-row="0"] .slick-cell.l6'


def open_grid(lab: LabPage, name: str = "grid.ipynb") -> None:
    lab.open(lab.server.write(name, CELLS))
    lab.run_all()
    lab.page.locator(".m-plan-grid .slick-row.m-row").first.wait_for(timeout=60_000)


def test_an_edit_reaches_the_kernel_and_the_notebook_stays_as_it_is(lab_page: LabPage) -> None:
    open_grid(lab_page)
    page = lab_page.page
    page.locator(ORDER).click()
    for key in ("b", "x", "d", "d", "a", "y", "m"):
        page.keyboard.press(key)
    assert lab_page.sources() == list(CELLS)
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    page.locator(".m-rejected").wait_for()
    page.get_by_role("button", name="Force").click()
    page.get_by_label("Reason to place it all the same").fill("trade fair")
    page.keyboard.press("Enter")
    page.locator(".m-forced").wait_for()
    assert lab_page.run("print(grid.plan.edits[['quantity', 'forced', 'reason', 'who']].values.tolist())") == (
        "[[7, True, 'trade fair', 'mb']]"
    )
    page.keyboard.press("Control+z")
    page.locator(".slick-cell.m-edited").wait_for(state="detached")
    assert lab_page.run("print(len(grid.plan.edits), grid.selection)").startswith("0 (")
    assert lab_page.sources() == list(CELLS)
    assert lab_page.foreign == []


def test_a_block_is_pasted_through_the_clipboard(lab_page: LabPage) -> None:
    open_grid(lab_page, "paste.ipynb")
    page = lab_page.page
    page.locator(ORDER).click()
    for key in ("Shift+ArrowRight",) * 3 + ("Shift+ArrowDown",) * 2 + ("Control+c",):
        page.keyboard.press(key)
    page.get_by_text("12 cells copied").wait_for()
    page.keyboard.press("Control+v")
    page.locator(".slick-cell.m-edited").nth(5).wait_for()
    assert lab_page.run("print(grid.revision, len(grid.plan.edits) >= 6)") == "1 True"
    assert lab_page.sources() == list(CELLS)


def test_a_restarted_kernel_is_said(lab_page: LabPage) -> None:
    open_grid(lab_page, "dead.ipynb")
    page = lab_page.page
    page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    page.wait_for_function("window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle'")
    page.locator(ORDER).click()
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    page.get_by_text("The kernel does not answer").wait_for(timeout=30_000)
    assert page.locator(".slick-cell.m-pending").count() == 1
