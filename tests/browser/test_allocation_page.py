"""Chooser, form, transfers and comparison for allocation, each in a page of its own, asserted on the Python side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

import moselle_nb as mo
from moselle_nb.widgets.config_form import ConfigForm
from moselle_nb.widgets.plan_comparison import PlanComparison
from moselle_nb.widgets.plan_type_chooser import PlanTypeChooser

if TYPE_CHECKING:
    from collections.abc import Callable

    from moselle_nb.widgets.base import MoselleWidget
    from tests.browser.stub import WidgetPage

    Show = Callable[[MoselleWidget], WidgetPage]

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def data() -> mo.PlanningData:
    return mo.sample_data("retail", items=20, locations=12, seed=7)


@pytest.fixture
def form(data: mo.PlanningData) -> ConfigForm:
    return ConfigForm(data, "allocation")


def button(shown: WidgetPage, name: str) -> Any:
    return shown.page.get_by_role("button", name=name, exact=True)


def wait_until(shown: WidgetPage, holds: Callable[[], bool]) -> None:
    """Let the page work until Python knows."""
    for _ in range(100):
        if holds():
            return
        shown.page.wait_for_timeout(20)
    pytest.fail("Python was not told")


def test_the_three_questions_end_in_both_by_keyboard(widget_page: Show) -> None:
    chooser, chosen = PlanTypeChooser(), list[str]()
    chooser.on_choose(chosen.append)
    shown = widget_page(chooser)
    press = shown.page.keyboard.press
    for _ in range(3):
        press("Tab")
    press("Enter")
    for option in ("Yes, or I need to find out", "Yes, a warehouse serves", "No, or I am not sure"):
        expect(shown.page.get_by_label(option)).to_be_visible()
        press("Tab")
        expect(shown.page.get_by_label(option)).to_be_focused()
        press("Space")
        expect(shown.page.get_by_label(option)).to_be_checked()
    expect(shown.page.get_by_role("status")).to_have_text(
        "Both, on the same forecast: replenishment buys what is missing, allocation divides what there is until it "
        "arrives."
    )
    press("Tab")
    expect(button(shown, "Start both: the replenishment plan first")).to_be_focused()
    press("Enter")
    wait_until(shown, lambda: chosen == ["both"])
    expect(button(shown, "Choose replenishment plan")).to_have_attribute("aria-pressed", "true")
    expect(button(shown, "Choose allocation plan")).to_have_attribute("aria-pressed", "true")
    assert not shown.errors


@pytest.mark.parametrize(
    ("answers", "start"),
    [
        (("No, what can be bought", "Yes, a warehouse serves"), "Start the allocation plan"),
        (("Yes, or I need to find out", "No, each location"), "Start the replenishment plan"),
    ],
)
def test_two_answers_may_be_enough(widget_page: Show, answers: tuple[str, ...], start: str) -> None:
    shown = widget_page(PlanTypeChooser())
    shown.page.get_by_text("Which one do I need?").click()
    for answer in answers:
        shown.page.get_by_label(answer).check()
    expect(button(shown, start)).to_be_visible()
    expect(shown.page.get_by_text("recommended")).to_have_count(2)
    expect(shown.page.locator(".moselle-badge:visible")).to_have_count(1)
    button(shown, "Start again").click()
    expect(button(shown, start)).to_be_hidden()
    wait_until(shown, lambda: shown.widget.answers == {})


def test_create_carries_everything_that_was_chosen(widget_page: Show, form: ConfigForm) -> None:
    made: list[Any] = []
    form.on_create(made.append)
    shown = widget_page(form)
    expect(shown.page.get_by_role("form", name="Allocation plan")).to_be_visible()
    source = shown.page.get_by_role("group", name="Source", exact=True).last
    for box in source.get_by_role("checkbox").all():
        box.uncheck()
    expect(shown.page.get_by_text("Source names the location whose stock is divided")).to_be_visible()
    expect(button(shown, "Next")).to_be_disabled()
    for name in ("METZ – Metz", "NANCY – Nancy"):
        source.get_by_label(name).check()
    expect(button(shown, "Next")).to_be_enabled()
    button(shown, "Next").click()
    expect(shown.page.get_by_role("heading", name="2. What to plan, and how")).to_be_focused()
    shown.page.get_by_label("Rule", exact=True).select_option("priority")
    shown.page.get_by_label("Ship every").fill("14")
    shown.page.get_by_label("Last shipment covers").fill("21")
    shown.page.get_by_label("Hold back: amount").fill("10")
    shown.page.get_by_label("Hold back: unit").select_option("%")
    shown.page.get_by_label("The source's own demand").select_option("protect")
    shown.page.get_by_label("Safety stock: method").select_option("units")
    shown.page.get_by_label("Push").check()
    shown.page.get_by_label("Count inbound").uncheck()
    button(shown, "Add a constraint").click()
    shown.page.get_by_label("Which").fill("SKU-0001")
    shown.page.locator(".moselle-constraint").get_by_label("Rule").select_option("pack")
    shown.page.get_by_label("Value (units)").fill("6")
    button(shown, "Create plan").click()
    wait_until(shown, lambda: bool(made))
    [config] = made
    assert (config.source, config.method, config.hold_back) == (("METZ", "NANCY"), "priority", "10%")
    assert (config.ship_every_days, config.cover_days, config.source_demand) == (14, 21, "protect")
    assert (config.push, config.include_inbound) == (True, False)
    assert config.safety_stock == mo.SafetyStock("units", 10)
    assert config.constraints == (mo.Constraint("item", "pack", 6, key="SKU-0001"),)
    assert not shown.errors


def test_what_only_rebalancing_uses_is_shown_only_then(widget_page: Show, form: ConfigForm) -> None:
    shown = widget_page(form)
    button(shown, "Next").click()
    gain, heading = shown.page.get_by_label("Least gain"), shown.page.get_by_role("heading", name="Rebalancing")
    expect(gain).to_be_hidden()
    expect(heading).to_be_hidden()
    button(shown, "Back").click()
    shown.page.get_by_label("What is divided").select_option("rebalance")
    button(shown, "Next").click()
    expect(heading).to_be_visible()
    gain.fill("x")
    expect(button(shown, "Create plan")).to_be_disabled()
    button(shown, "Back").click()
    shown.page.get_by_label("What is divided").select_option("distribute")
    wait_until(shown, lambda: form.values["mode"] == "distribute")
    shown.page.get_by_role("button", name="1 setting to put right: Least gain").click()
    expect(gain).to_be_focused()
    gain.fill("5")
    expect(gain).to_be_hidden()
    expect(button(shown, "Create plan")).to_be_enabled()


def test_planned_receipts_are_offered_where_there_are_any(widget_page: Show, form: ConfigForm) -> None:
    form.page = 2
    shown = widget_page(form)
    box = shown.page.get_by_label("Count the planned receipts")
    expect(box).to_be_hidden()
    form.receipts_of = "Winter <b>"
    shown.flush()
    expect(shown.page.get_by_text("replenishment plan “Winter <b>”")).to_be_visible()
    box.check()
    wait_until(shown, lambda: form.use_receipts)
    shown.page.get_by_text("As code").click()
    expect(shown.page.get_by_text("replenishment=replenishment")).to_be_visible()


@pytest.fixture(scope="module")
def plans(data: mo.PlanningData) -> tuple[mo.ReplenishmentPlan, mo.AllocationPlan]:
    settings: dict[str, Any] = {"name": "Winter", "coverage": ("2026-11-23", "2027-02-14")}
    return (
        mo.replenish(data, mo.ReplenishmentConfig(**settings)),
        mo.allocate(data, mo.AllocationConfig(**{**settings, "name": "Push", "source": "METZ"})),
    )


def test_both_plans_stand_side_by_side(
    widget_page: Show, plans: tuple[mo.ReplenishmentPlan, mo.AllocationPlan]
) -> None:
    comparison = PlanComparison(*plans)
    shown = widget_page(comparison)
    facts = shown.page.get_by_role("region", name="How the plans differ")
    expect(facts.get_by_role("row")).to_have_count(len(comparison.facts) + 1)
    expect(facts.get_by_role("row").nth(1)).to_have_text(
        "QuestionWhat do I need to buy, and when?How do I divide the stock that I have?"
    )
    expect(facts.get_by_role("columnheader").first).to_have_text("ReplenishmentWinter")
    expect(shown.page.get_by_role("status").last).to_have_text(comparison.headline)
    shown.page.locator("summary").filter(has_text="Both plans by item").click()
    table = shown.page.get_by_role("region", name="Both plans by item")
    expect(table.locator("tbody tr")).to_have_count(len(comparison.comparison.summary))
    assert not shown.errors
