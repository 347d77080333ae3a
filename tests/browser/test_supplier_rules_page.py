"""The rules of suppliers in a page of its own: previewed, applied and taken back, asserted on the Python side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

import moselle_nb as mo
from moselle_nb.widgets.supplier_rules import SupplierRules

if TYPE_CHECKING:
    from collections.abc import Callable

    from moselle_nb.widgets.base import MoselleWidget
    from tests.browser.stub import WidgetPage

    Show = Callable[[MoselleWidget], WidgetPage]

pytestmark = pytest.mark.browser


def button(shown: WidgetPage, name: str) -> Any:
    return shown.page.get_by_role("button", name=name, exact=True)


def test_rules_are_previewed_met_and_taken_back(widget_page: Show) -> None:
    data = mo.sample_data("retail", items=40, locations=2, seed=7)
    plan = mo.replenish(data, mo.ReplenishmentConfig(name="Q1", coverage=("2026-11-23", "2027-02-14")))
    view: Any = SupplierRules(plan, who="ML")
    shown = widget_page(view)
    table = shown.page.get_by_role("region", name="Rules of suppliers")
    expect(table).to_be_hidden()
    expect(button(shown, "Undo")).to_be_hidden()
    shown.page.get_by_label("Budget for the first date").fill("-5")
    button(shown, "Meet supplier rules…").click()
    expect(shown.page.get_by_role("alert")).to_have_text("A budget is a number above 0; leave it empty for none.")
    assert not shown.sent("preview")
    shown.page.get_by_label("Budget for the first date").fill("")
    expect(shown.page.get_by_label("Fill containers")).not_to_be_checked()
    button(shown, "Meet supplier rules…").click()
    expect(table).to_be_visible()
    expect(shown.page.locator(".moselle-problem")).to_be_empty()
    assert set(view.choices.frame["rule"]) == {"min_order_value"}
    assert shown.page.locator("tbody tr").count() == view.shown["total"]
    expect(shown.page.get_by_text("minimum order value 10,000 EUR of PACIFIC WORKS").first).to_be_visible()
    count = view.changes
    button(shown, f"Apply: change {count} order lines").click()
    expect(shown.page.get_by_text(f"{count} order lines changed, as one step.")).to_be_visible()
    assert len(view.plan.edits) == count
    expect(table).to_be_hidden()
    button(shown, "Undo").click()
    expect(shown.page.get_by_text("Taken back: the orders are as they were.")).to_be_visible()
    expect(button(shown, "Undo")).to_be_hidden()
    assert view.plan.fingerprint == plan.fingerprint
    assert not shown.errors
