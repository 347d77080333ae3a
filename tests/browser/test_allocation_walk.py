"""Allocation in a real JupyterLab: by mouse and by keyboard from chooser to transfers, then both plans side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.test_planner_walk import SLOWLY, button, heading, open_planner, shoot, tab_to

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.browser.lab import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.lab]

MOST_TABS = 80

WALK = (
    'import moselle_nb as mo\ndata = mo.sample_data("retail", items=60, locations=6, seed=7)',
    'planner = mo.Planner(data, who="mb")\nplanner',
    "after = 1",
)

ACCEPTED = """
lines = planner.allocation.lines
given = lines[(lines["allocated"] >= 2) & (lines["source"] != lines["location"])]
line = given[given["date"] == lines["date"].min()].iloc[0]
places = [slot["key"] for slot in planner.children[1].columns["slots"]]
print(line["item"], line["location"], int(line["allocated"]) - 1, places.index(line["location"]))
"""
"""Prints a cell, a quantity that its rules take (one unit less than it has), and the place of its column."""

FIRST = 6
"""Column of the grid's first location."""


def choose_source(page: Page) -> None:
    source = page.get_by_role("group", name="Source", exact=True).last
    for box in source.get_by_role("checkbox").all():
        if box.is_checked():
            box.uncheck()
    source.get_by_label("METZ – Metz").check()


def cell(page: Page, column: int) -> Locator:
    return page.locator(f'.slick-row[data-row="0"] .slick-cell.l{column}')


def compare_rules(page: Page) -> None:
    """Unfold the comparison of all rules, and fold it again."""
    page.get_by_text("Fairness: the same stock under every rule").click()
    rules = page.get_by_role("region", name="What each rule does with the same stock")
    expect(rules.locator("tbody tr")).to_have_count(5, timeout=30_000)
    expect(rules).to_contain_text("Equal runout (this plan)")
    rules.scroll_into_view_if_needed()
    shoot(page, "fairness")
    page.get_by_text("Fairness: the same stock under every rule").click()


def refuse_and_lock(page: Page, lab_page: LabPage) -> None:
    """Type more than there is, then lock what the cell has; by keyboard."""
    press, type_in = page.keyboard.press, page.keyboard.type
    tab_to(page, page.locator(".m-allocation-grid .slick-cell"))
    for _ in range(FIRST + 1):
        press("ArrowRight")
    type_in("999999")
    press("Enter")
    page.locator(".m-rejected").wait_for()
    assert lab_page.run("print(planner.allocation.edits.empty)") == "True"
    press("Escape")
    tab_to(page, page.locator(".m-allocation-grid .slick-cell"))
    press("l")
    page.locator(".m-locked").wait_for()
    expect(page.get_by_text("1 edit.")).to_be_visible()
    assert lab_page.run("print(planner.allocation.edits[['lock', 'who']].values.tolist())") == "[[True, 'mb']]"


def test_the_allocation_walk_by_mouse(lab_page: LabPage) -> None:
    page = open_planner(lab_page, "allocation_mouse.ipynb", WALK)
    button(page, "Choose allocation plan").click()
    expect(heading(page, "Step 2 of 4: Set up")).to_be_focused()
    page.get_by_label("Name", exact=True).fill("Push")
    button(page, "8 weeks").click()
    choose_source(page)
    shoot(page, "allocation_form_1")
    button(page, "Next").click()
    page.get_by_label("Ship every").fill("28")
    page.get_by_label("Hold back: amount").fill("10")
    page.get_by_label("Hold back: unit").select_option("%")
    shoot(page, "allocation_form_2")
    button(page, "Create plan").click()
    expect(heading(page, "Step 3 of 4: Review and edit")).to_be_focused(timeout=30_000)
    config = "planner.allocation.config"
    assert lab_page.run(f"print({config}.name, {config}.source, {config}.hold_back, planner.plan)") == (
        "Push ('METZ',) 10% None"
    )
    expect(page.get_by_text("60 items to 5 locations")).to_be_visible()
    item, location, quantity, slot = lab_page.run(ACCEPTED).split()
    page.get_by_role("searchbox").first.fill(item)
    expect(cell(page, 0)).to_contain_text(item)
    cell(page, FIRST + int(slot)).click()
    expect(page.get_by_role("img", name=f"Cover of {item}")).to_be_visible(timeout=20_000)
    shoot(page, "allocation_review")
    compare_rules(page)
    cell(page, FIRST + int(slot)).click()
    page.keyboard.type(quantity)
    page.keyboard.press("Enter")
    page.locator(".slick-cell.m-edited").first.wait_for()
    expect(page.get_by_text("1 edit.")).to_be_visible()
    edits = "planner.allocation.edits[['item', 'location', 'quantity', 'who']].values.tolist()"
    assert lab_page.run(f"print({edits})") == f"[['{item}', '{location}', {quantity}, 'mb']]"
    button(page, "4. Transfers").click()
    expect(page.get_by_text("leave on 2026-11-23").first).to_be_visible()
    button(page, "Generate transfers").click()
    expect(page.locator(".moselle-orders-view .moselle-status")).to_contain_text("transfers with")
    shoot(page, "transfers")
    with page.expect_download() as download:
        button(page, "Download CSV").click()
    text = Path(download.value.path()).read_text(encoding="utf-8")
    assert download.value.suggested_filename == "transfers-push.csv"
    assert lab_page.run("print(len(planner.transfers.lines))") == str(len(text.strip().splitlines()) - 1)
    button(page, "Generate transfers").click()
    expect(page.get_by_text("Nothing new: the same")).to_be_visible()
    assert lab_page.sources() == list(WALK)
    assert lab_page.foreign == []


def test_the_allocation_walk_by_keyboard_alone(lab_page: LabPage) -> None:
    page = open_planner(lab_page, "allocation_keyboard.ipynb", WALK)
    press, type_in = page.keyboard.press, page.keyboard.type
    tab_to(page, button(page, "Choose allocation plan"))
    press("Enter")
    expect(heading(page, "Step 2 of 4: Set up")).to_be_focused()
    tab_to(page, page.get_by_label("Name", exact=True))
    press("Control+a")
    type_in("By keyboard b x dd")
    metz = page.get_by_role("group", name="Source", exact=True).last.get_by_label("METZ – Metz")
    tab_to(page, metz)
    if not metz.is_checked():
        press("Space")
    chosen = [name for name in lab_page.run("print(*planner.form.values['source'])").split() if name != "METZ"]
    for name in chosen:
        box = page.locator(f'input[type="checkbox"][value="{name}"]').first
        for _ in range(MOST_TABS):
            if box.evaluate("(node) => node === document.activeElement"):
                break
            press("Shift+Tab")
        press("Space")
    tab_to(page, button(page, "Next"))
    press("Enter")
    expect(heading(page, "2. What to plan, and how")).to_be_focused()
    tab_to(page, page.get_by_label("Rule", exact=True))
    type_in("By pr")
    tab_to(page, button(page, "Create plan"))
    press("Enter")
    expect(heading(page, "Step 3 of 4: Review and edit")).to_be_focused(timeout=30_000)
    config = "planner.allocation.config"
    assert lab_page.run(f"print({config}.name, {config}.source, {config}.method)") == (
        "By keyboard b x dd ('METZ',) priority"
    )
    refuse_and_lock(page, lab_page)
    for _ in range(MOST_TABS):
        press("Shift+Tab")
        if page.evaluate("document.activeElement.textContent") == "4. Transfers":
            break
    press("Enter")
    expect(heading(page, "Step 4 of 4: Transfers")).to_be_focused()
    tab_to(page, button(page, "Generate transfers"))
    press("Enter")
    expect(page.locator(".moselle-orders-view .moselle-status")).to_contain_text("transfers with")
    expect(button(page, "Generate transfers")).to_be_focused()
    with page.expect_download() as download:
        tab_to(page, button(page, "Download Printable"))
        press("Enter")
    assert download.value.suggested_filename == "transfers-by-keyboard-b-x-dd.html"
    assert int(lab_page.run("print(len(planner.transfers))")) > 0
    assert lab_page.sources() == list(WALK)
    assert lab_page.foreign == []


def test_both_plans_are_made_and_shown_side_by_side(lab_page: LabPage) -> None:
    page = open_planner(lab_page, "both.ipynb", WALK)
    page.get_by_text("Which one do I need?").click()
    for answer in ("Yes, or I need to find out", "Yes, a warehouse serves", "No, or I am not sure"):
        page.get_by_label(answer).check()
    shoot(page, "chooser_both")
    button(page, "Start both: the replenishment plan first").click()
    button(page, "Next").click()
    button(page, "Create plan").click()
    expect(page.get_by_text("Next: the allocation plan of the same forecast")).to_be_visible(timeout=30_000)
    plans = page.get_by_role("navigation", name="Plans")
    expect(plans.get_by_role("button", name="Side by side")).to_be_disabled()
    plans.get_by_role("button", name="Add an allocation plan").click()
    expect(heading(page, "Step 2 of 4: Set up")).to_be_focused()
    button(page, "Next").click()
    page.get_by_label("Ship every").fill("14")
    page.get_by_label("Count the planned receipts").check()
    button(page, "Create plan").click()
    expect(heading(page, "Step 3 of 4: Review and edit")).to_be_visible(timeout=30_000)
    made = "planner.allocation.fingerprint == mo.allocate(data, planner.forms['allocation'].config, "
    assert lab_page.run(f"print({made}replenishment=planner.plan).fingerprint)") == "True"
    plans.get_by_role("button", name="Side by side").click()
    expect(heading(page, "Both plans side by side")).to_be_focused()
    facts = page.get_by_role("region", name="How the plans differ")
    expect(facts).to_contain_text("What do I need to buy, and when?", timeout=60_000)
    expect(facts).to_contain_text("How do I divide the stock that I have?")
    moved = lab_page.run("print(f\"{planner.comparison.totals['move_units']:,.0f} moved\")")
    expect(facts).to_contain_text(moved)
    assert lab_page.run("print(planner.showing)") == "both"
    shoot(page, "side_by_side")
    plans.get_by_role("button", name="Replenishment").click()
    expect(page.locator(".m-plan-grid")).to_be_visible()
    expect(button(page, "4. Orders")).to_be_enabled()
    assert lab_page.run("planner.show('allocation'); print(planner.showing)") == "allocation"
    expect(button(page, "4. Transfers")).to_be_enabled()
    assert lab_page.foreign == []


def test_cancel_of_a_long_allocation(lab_page: LabPage) -> None:
    cells = (
        'import moselle_nb as mo\ndata = mo.sample_data("retail", items=6000, locations=40, seed=7)' + SLOWLY,
        *WALK[1:],
    )
    page = open_planner(lab_page, "allocation_cancel.ipynb", cells)
    button(page, "Choose allocation plan").click()
    button(page, "Next").click()
    button(page, "Create plan").click()
    expect(page.get_by_text("of 6,000 items divided")).to_be_visible(timeout=60_000)
    button(page, "Cancel").click()
    expect(page.get_by_text("Cancelled; nothing was changed.")).to_be_visible(timeout=60_000)
    state = "planner.allocation, planner.form.busy, planner.bar.step"
    assert lab_page.run(f"pause = 0; print({state})") == "None False settings"
    expect(button(page, "Create plan")).to_be_enabled()
