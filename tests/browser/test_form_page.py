"""Chooser, form, orders and chart in a page of their own: what a planner does, asserted on the Python side."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from playwright.sync_api import expect

import moselle_nb as mo
from moselle_nb.widgets import orders_view
from moselle_nb.widgets.config_form import ConfigForm
from moselle_nb.widgets.inventory_chart import InventoryChart
from moselle_nb.widgets.orders_view import OrdersView
from moselle_nb.widgets.plan_type_chooser import PlanTypeChooser

if TYPE_CHECKING:
    from collections.abc import Callable

    from moselle_nb.widgets.base import MoselleWidget
    from tests.browser.stub import WidgetPage

    Show = Callable[[MoselleWidget], WidgetPage]

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=\"document.title='hacked'\">"


@pytest.fixture(scope="module")
def data() -> mo.PlanningData:
    return mo.sample_data("retail", items=20, locations=12, seed=7)


@pytest.fixture
def form(data: mo.PlanningData) -> ConfigForm:
    return ConfigForm(data)


def button(shown: WidgetPage, name: str) -> Any:
    return shown.page.get_by_role("button", name=name, exact=True)


def wait_until(shown: WidgetPage, holds: Callable[[], bool]) -> None:
    """Let the page work until Python knows."""
    for _ in range(100):
        if holds():
            return
        shown.page.wait_for_timeout(20)
    pytest.fail("Python was not told")


def test_choosing_with_the_keyboard(widget_page: Show) -> None:
    chooser = PlanTypeChooser()
    shown = widget_page(chooser)
    shown.page.keyboard.press("Tab")
    expect(button(shown, "Choose replenishment plan")).to_be_focused()
    shown.page.keyboard.press("Enter")
    wait_until(shown, lambda: chooser.value == "replenishment")
    shown.page.keyboard.press("Tab")
    expect(button(shown, "Choose allocation plan")).to_be_focused()
    shown.page.keyboard.press("Space")
    wait_until(shown, lambda: chooser.value == "allocation")


def test_three_answers_give_advice(widget_page: Show) -> None:
    shown = widget_page(PlanTypeChooser())
    shown.page.get_by_text("Which one do I need?").click()
    for answer in ("Yes, or I need to find out", "Yes, a warehouse serves", "No, or I am not sure"):
        shown.page.get_by_label(answer).check()
    expect(shown.page.get_by_role("status")).to_contain_text("Both, on the same forecast")
    expect(shown.page.get_by_text("recommended")).to_have_count(2)
    assert shown.widget.answers == {"buy": "yes", "share": "yes", "enough": "no"}


def test_a_wrong_value_is_said_at_its_field_and_closes_the_way(widget_page: Show, form: ConfigForm) -> None:
    shown = widget_page(form)
    shown.page.get_by_label("Name").fill("")
    expect(button(shown, "Next")).to_be_disabled()
    name = shown.page.get_by_label("Name")
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(name).to_have_accessible_description("How the plan is called. A value is required.")
    assert repr(form) == "ConfigForm(1 problem)"
    name.fill("Q1")
    expect(button(shown, "Next")).to_be_enabled()
    assert form.config is not None
    assert form.config.name == "Q1"


def test_the_usual_lengths_set_the_last_day(widget_page: Show, form: ConfigForm) -> None:
    shown = widget_page(form)
    button(shown, "4 weeks").click()
    expect(shown.page.get_by_text("28 days (4 weeks)")).to_be_visible()
    wait_until(shown, lambda: form.config is not None and str(form.config.coverage[1]) == "2026-12-20")


def test_create_carries_everything_that_was_chosen(widget_page: Show, form: ConfigForm) -> None:
    made: list[mo.ReplenishmentConfig | mo.AllocationConfig] = []
    form.on_create(made.append)
    shown = widget_page(form)
    button(shown, "Next").click()
    expect(shown.page.get_by_role("heading", name="2. What to plan, and how")).to_be_focused()
    shown.page.get_by_label("Only these").check()
    shown.page.get_by_label("METZ – Metz").check()
    shown.page.get_by_text("Grade: all").click()
    shown.page.get_by_label("A", exact=True).check()
    shown.page.get_by_label("Safety stock: method").select_option("cycle_service_level")
    button(shown, "Add a constraint").click()
    shown.page.get_by_label("Which").fill("SKU-0001")
    shown.page.get_by_label("Value (units)").fill("24")
    shown.page.get_by_label("Order frequency").fill("14")
    button(shown, "Create plan").click()
    wait_until(shown, lambda: bool(made))
    [config] = made
    assert isinstance(config, mo.ReplenishmentConfig)
    assert config.locations == ("METZ",)
    assert config.scope == (("grade", ("A",)),)
    assert config.safety_stock == mo.SafetyStock("cycle_service_level", 0.95)
    assert config.constraints == (mo.Constraint("item", "moq", 24, key="SKU-0001"),)
    assert config.review_period_days == 14
    assert not shown.errors


def test_the_line_of_problems_leads_to_the_field(widget_page: Show, form: ConfigForm) -> None:
    form.page = 2
    shown = widget_page(form)
    shown.page.get_by_text("Further settings").click()
    shown.page.get_by_label("Excess beyond").fill("0")
    expect(button(shown, "Create plan")).to_be_disabled()
    shown.page.get_by_role("button", name="1 setting to put right: Excess beyond").click()
    expect(shown.page.get_by_label("Excess beyond")).to_be_focused()


def test_a_constraint_can_be_taken_back_by_keyboard(widget_page: Show, form: ConfigForm) -> None:
    form.page = 2
    shown = widget_page(form)
    button(shown, "Add a constraint").focus()
    shown.page.keyboard.press("Enter")
    expect(shown.page.get_by_label("For", exact=True)).to_be_focused()
    expect(button(shown, "Create plan")).to_be_disabled()
    expect(shown.page.get_by_label("Value (units)")).not_to_have_attribute("aria-invalid", "true")
    button(shown, "Back").focus()
    expect(shown.page.get_by_label("Value (units)")).to_have_attribute("aria-invalid", "true")
    expect(shown.page.get_by_text("Minimum order quantity: give a whole number, 0 or more.")).to_be_visible()
    button(shown, "Remove constraint 1").focus()
    shown.page.keyboard.press("Enter")
    expect(button(shown, "Add a constraint")).to_be_focused()
    expect(button(shown, "Create plan")).to_be_enabled()
    assert form.values["constraints"] == []


def press_slowly(shown: WidgetPage) -> None:
    """Click as a hand does, where the mouse is: what the kernel answers meanwhile arrives while the button is down."""
    shown.page.mouse.down()
    shown.page.wait_for_timeout(400)
    shown.page.mouse.up()


def test_a_problem_that_appears_takes_no_click_away(widget_page: Show, form: ConfigForm) -> None:
    form.values = {**form.values, "safety_stock": {"method": "fill_rate", "value": "0.98"}}
    shown = widget_page(form)
    button(shown, "Next").click()
    value = shown.page.get_by_label("Safety stock: value")
    value.focus()
    value.press("Control+a")
    button(shown, "Add a constraint").hover()
    shown.page.keyboard.type("150")
    press_slowly(shown)
    expect(shown.page.get_by_label("Which")).to_have_count(1)
    expect(value).to_have_attribute("aria-invalid", "true")
    button(shown, "Add a constraint").hover()
    press_slowly(shown)
    expect(shown.page.get_by_label("Which")).to_have_count(2)
    expect(shown.page.get_by_text("Minimum order quantity: give a whole number").first).to_be_visible()
    assert not shown.errors


def test_the_code_can_be_copied(widget_page: Show, form: ConfigForm) -> None:
    shown = widget_page(form)
    shown.page.get_by_text("As code").click()
    button(shown, "Copy").click()
    expect(shown.page.get_by_text("Copied.")).to_be_visible()
    # On a page without a secure origin the clipboard is closed to scripts: the lines are selected and copied.
    assert shown.page.evaluate("document.getSelection().toString()").strip() == form.code.strip()


def test_names_from_the_tables_stay_text(widget_page: Show, data: mo.PlanningData) -> None:
    items = data.items.assign(grade=HOSTILE)
    warning = {"table": HOSTILE, "rule": HOSTILE, "count": 3, "examples": HOSTILE, "what_was_done": HOSTILE}
    form = ConfigForm(replace(data, items=items, quality=pd.DataFrame([warning])), page=2)
    shown = widget_page(form)
    shown.page.get_by_text("1 warning about the data").click()
    expect(shown.page.get_by_text(HOSTILE).first).to_be_visible()
    shown.page.get_by_text("Grade: all").click()
    expect(shown.page.get_by_label(HOSTILE)).to_be_visible()
    assert shown.page.title() == "widget"


def test_shortcuts_stay_inside_but_saving_and_running_go_through(widget_page: Show, form: ConfigForm) -> None:
    shown = widget_page(form)
    shown.page.evaluate("window.heard = []; document.addEventListener('keydown', (event) => heard.push(event.key))")
    shown.page.get_by_label("Name").focus()
    for key in ("b", "x", "Escape", "ArrowDown", "Shift+Enter", "Control+s"):
        shown.page.keyboard.press(key)
    assert shown.page.evaluate("heard.filter((key) => !['Shift', 'Control'].includes(key))") == ["Enter", "s"]


def test_a_view_that_ends_leaves_nothing_subscribed(widget_page: Show, form: ConfigForm) -> None:
    shown = widget_page(form)
    shown.page.evaluate("window.endView()")
    assert shown.page.evaluate("[...stub.listeners.values()].flat().length") == 0


def test_the_chart_takes_the_colours_of_the_page(widget_page: Show, data: mo.PlanningData) -> None:
    settings: dict[str, Any] = {"name": "Q1", "coverage": ("2026-11-23", "2027-02-14"), "locations": "METZ"}
    plan = mo.replenish(data, mo.ReplenishmentConfig(**settings))
    chart = InventoryChart(plan, selection=("SKU-0001", "METZ"))
    shown = widget_page(chart)
    image = shown.page.get_by_role("img")
    expect(image).to_have_attribute("alt", chart.alt)
    assert image.evaluate("(node) => node.decode().then(() => node.naturalWidth > 500)")
    light = image.get_attribute("src")
    shown.page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    expect(image).not_to_have_attribute("src", light or "")
    assert not [url for url in shown.requests if not url.startswith(("data:", "blob:", "about:"))]


@pytest.fixture(scope="module")
def plan(data: mo.PlanningData) -> mo.ReplenishmentPlan:
    settings: dict[str, Any] = {"name": "Q1", "coverage": ("2026-11-23", "2027-02-14")}
    return mo.replenish(data, mo.ReplenishmentConfig(**settings))


def test_orders_are_generated_and_handed_out(widget_page: Show, plan: mo.ReplenishmentPlan) -> None:
    view = OrdersView(plan)
    shown = widget_page(view)
    expect(shown.page.get_by_role("region", name="What must go out now")).to_be_visible()
    expect(shown.page.get_by_role("heading", name="Purchase orders")).to_be_hidden()
    button(shown, "Generate purchase orders").click()
    expect(shown.page.get_by_text("purchase orders with")).to_be_visible()
    assert shown.page.locator(".moselle-orders tbody tr").count() == len(view.orders)
    with shown.page.expect_download() as download:
        button(shown, "Download CSV").click()
    assert Path(download.value.path()).read_text(encoding="utf-8") == view.orders.to_csv()
    assert not shown.errors


def test_orders_that_are_still_being_added_up_are_said_to_be(
    widget_page: Show, plan: mo.ReplenishmentPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    overview = orders_view._overview
    monkeypatch.setattr(orders_view, "_overview", lambda each: overview(each) if go_on.wait(20) else None)
    view = OrdersView(plan, background=True)
    shown = widget_page(view)
    expect(shown.page.get_by_text("Adding up what goes to each supplier…")).to_be_visible()
    go_on.set()
    assert view.wait(20)
    shown.flush()
    expect(shown.page.get_by_text("must go out now").first).to_be_visible()
    assert not shown.errors
