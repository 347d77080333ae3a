"""The whole walk in a real JupyterLab: from a folder of tables to purchase orders, by mouse and by keyboard."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.browser.lab import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.lab]

SHOTS = Path(__file__).parent / "shots"
ORDER = '.slick-row[data-row="0"] .slick-cell.l6'
BUSY = '.slick-row[data-row="6"] .slick-cell.l6'
MOST_TABS = 80

WALK = (
    'import moselle_nb as mo\ndata = mo.sample_data("retail", items=60, locations=12, seed=7)',
    'planner = mo.Planner(data, who="mb")\nplanner',
    "after = 1",
)

ACCEPTED = """
item, location = planner.plan.key_of(0)
try:
    planner.plan.edit(item, location, "2026-11-23", 1)
except mo.EditError as error:
    print(max(error.rejects[0].nearest))
else:
    print(1)
"""
"""Prints a quantity above 0 that the first row's rules take."""


def open_planner(lab: LabPage, name: str, cells: tuple[str, ...] = WALK) -> Page:
    lab.open(lab.server.write(name, cells))
    lab.run_all()
    button(lab.page, "Choose replenishment plan").first.wait_for(timeout=60_000)
    return lab.page


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def heading(page: Page, text: str) -> Locator:
    return page.get_by_role("heading", name=text)


def shoot(page: Page, name: str) -> None:
    """Keep pictures of a step in both themes, to be looked at."""
    SHOTS.mkdir(exist_ok=True)
    for theme in ("Light", "Dark"):
        page.evaluate(
            "(theme) => jupyterapp.commands.execute('apputils:change-theme', { theme })", f"JupyterLab {theme}"
        )
        page.wait_for_function(
            "(light) => document.body.dataset.jpThemeLight === light", arg=str(theme == "Light").lower()
        )
        page.wait_for_timeout(300)
        page.screenshot(path=SHOTS / f"{name}_{theme.lower()}.png")
    page.evaluate("jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Light' })")


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until something has the focus."""
    for _ in range(MOST_TABS):
        if wanted.evaluate_all("(nodes) => nodes.includes(document.activeElement)"):
            return
        page.keyboard.press("Tab")
    pytest.fail(
        f"{wanted} is not reached by Tab; the focus is on {page.evaluate('document.activeElement.outerHTML')[:200]}"
    )


def test_the_walk_by_mouse(lab_page: LabPage) -> None:
    page = open_planner(lab_page, "mouse.ipynb")
    shoot(page, "chooser")
    button(page, "Choose replenishment plan").click()
    expect(heading(page, "Step 2 of 4: Set up")).to_be_focused()
    page.get_by_label("Name", exact=True).fill("Winter")
    button(page, "8 weeks").click()
    button(page, "Next").click()
    page.get_by_label("Safety stock: method").select_option("cycle_service_level")
    shoot(page, "form")
    button(page, "Create plan").click()
    expect(heading(page, "Step 3 of 4: Review and edit")).to_be_focused()
    assert lab_page.run("print(planner.plan.config.name, planner.plan.config.safety_stock.method)") == (
        "Winter cycle_service_level"
    )
    page.locator(ORDER).click()
    expect(page.get_by_role("img", name="Projected stock of")).to_be_visible(timeout=20_000)
    page.locator(BUSY).click()
    expect(page.locator(".moselle-chart.is-stale")).to_have_count(0)
    page.get_by_role("img", name="Projected stock of").scroll_into_view_if_needed()
    shoot(page, "review")
    page.locator(ORDER).click()
    page.keyboard.type(lab_page.run(ACCEPTED))
    page.keyboard.press("Enter")
    page.locator(".slick-cell.m-edited").wait_for()
    expect(page.get_by_text("1 edit.")).to_be_visible()
    assert lab_page.run("print(planner.plan.edits[['date', 'who']].astype(str).values.tolist())") == (
        "[['2026-11-23', 'mb']]"
    )
    button(page, "4. Orders").click()
    expect(page.get_by_text("must go out now").first).to_be_visible()
    button(page, "Generate purchase orders").click()
    expect(page.get_by_text("purchase orders with")).to_be_visible()
    shoot(page, "orders")
    with page.expect_download() as download:
        button(page, "Download CSV").click()
    text = Path(download.value.path()).read_text(encoding="utf-8")
    assert lab_page.run("print(len(planner.orders.lines))") == str(len(text.strip().splitlines()) - 1)
    button(page, "Generate purchase orders").click()
    expect(page.get_by_text("Nothing new: the same")).to_be_visible()
    assert lab_page.run("print(set(planner.orders.lines.order_id) <= set(planner.plan.by_supplier.order_id))") == "True"
    assert lab_page.sources() == list(WALK)
    assert lab_page.foreign == []


def test_the_walk_by_keyboard_alone(lab_page: LabPage) -> None:
    page = open_planner(lab_page, "keyboard.ipynb")
    press, type_in = page.keyboard.press, page.keyboard.type
    tab_to(page, button(page, "Choose replenishment plan"))
    press("Enter")
    expect(heading(page, "Step 2 of 4: Set up")).to_be_focused()
    tab_to(page, page.get_by_label("Name", exact=True))
    press("Control+a")
    type_in("By keyboard b x dd")
    tab_to(page, button(page, "Next"))
    press("Enter")
    expect(heading(page, "2. What to plan, and how")).to_be_focused()
    tab_to(page, page.get_by_label("Order frequency"))
    press("Control+a")
    type_in("14")
    tab_to(page, button(page, "Create plan"))
    press("Enter")
    expect(heading(page, "Step 3 of 4: Review and edit")).to_be_focused()
    config = "planner.plan.config"
    assert lab_page.run(f"print({config}.name, {config}.review_period_days)") == "By keyboard b x dd 14"
    tab_to(page, page.locator(".m-plan-grid .slick-cell"))
    for _ in range(6):
        press("ArrowRight")
    type_in("7")
    press("Enter")
    page.locator(".m-rejected").wait_for()
    tab_to(page, page.get_by_role("button", name="Force"))
    press("Enter")
    type_in("trade fair")
    press("Enter")
    page.locator(".m-forced").wait_for()
    edit = "planner.plan.edits[['quantity', 'forced', 'reason', 'who']].values.tolist()"
    assert lab_page.run(f"print({edit})") == "[[7, True, 'trade fair', 'mb']]"
    expect(page.get_by_text("1 edit.")).to_be_visible()
    for _ in range(MOST_TABS):
        press("Shift+Tab")
        if page.evaluate("document.activeElement.textContent") == "4. Orders":
            break
    press("Enter")
    expect(heading(page, "Step 4 of 4: Orders")).to_be_focused()
    tab_to(page, button(page, "Generate purchase orders"))
    press("Enter")
    expect(page.get_by_text("purchase orders with")).to_be_visible()
    expect(button(page, "Generate purchase orders")).to_be_focused()
    with page.expect_download() as download:
        tab_to(page, button(page, "Download Printable"))
        press("Enter")
    assert download.value.suggested_filename == "purchase-orders-by-keyboard-b-x-dd.html"
    assert int(lab_page.run("print(len(planner.orders))")) > 0
    assert lab_page.sources() == list(WALK)
    assert lab_page.foreign == []


SLOWLY = """
import time
from moselle_nb.widgets.build_job import BuildJob
at_once, pause = BuildJob._report, 2
def slowly(job, done, total):
    at_once(job, done, total)
    time.sleep(pause)
BuildJob._report = slowly
"""
"""However fast the machine is, the plan takes long enough for a hand to reach Cancel."""

LONG = (
    'import moselle_nb as mo\ndata = mo.sample_data("retail", items=1500, locations=40, seed=7)' + SLOWLY,
    *WALK[1:],
)


def test_cancel_of_a_long_build(lab_page: LabPage) -> None:
    page = open_planner(lab_page, "cancel.ipynb", LONG)
    button(page, "Choose replenishment plan").click()
    page.get_by_label("Name", exact=True).fill("Too long")
    button(page, "Next").click()
    button(page, "Create plan").click()
    expect(page.get_by_text("of 60,000 items at locations planned")).to_be_visible()
    page.screenshot(path=SHOTS / "building.png")
    expect(button(page, "Create")).to_have_count(0)
    expect(button(page, "1. Plan type")).to_be_disabled()
    button(page, "Cancel").click()
    expect(page.get_by_text("Cancelled; nothing was changed.")).to_be_visible()
    state = "planner.plan, planner.form.values['name'], planner.form.busy, planner.bar.step"
    assert lab_page.run(f"pause = 0; print({state})") == "None Too long False settings"
    expect(button(page, "Create plan")).to_be_enabled()
    button(page, "Create plan").click()
    expect(heading(page, "Step 3 of 4: Review and edit")).to_be_visible(timeout=60_000)
    assert lab_page.run("print(planner.plan.n_rows)") == "60000"


def test_a_planner_that_is_shown_twice_or_again_stays_one(lab_page: LabPage) -> None:
    page = open_planner(lab_page, "twice.ipynb", (*WALK[:2], "planner"))
    expect(button(page, "Choose replenishment plan")).to_have_count(2)
    button(page, "Choose replenishment plan").first.click()
    expect(heading(page, "Step 2 of 4: Set up")).to_have_count(2)
    page.get_by_label("Name", exact=True).first.fill("Seen by both")
    expect(page.get_by_label("Name", exact=True).last).to_have_value("Seen by both")
    assert lab_page.run("print(planner.form.config.name)") == "Seen by both"
