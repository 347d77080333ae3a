"""The preview of what suppliers ask, doing it, and taking it back."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

import moselle_nb as mo
from moselle_nb.plans.suppliers.words import gap_text
from moselle_nb.widgets.messages import Fields, Reply, Request
from moselle_nb.widgets.planner import Planner
from moselle_nb.widgets.supplier_rules import SupplierRules

WHEN = dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.UTC)
BOTH = {"fill_containers": True, "may_wait": True}


@pytest.fixture(scope="module")
def data() -> mo.PlanningData:
    return mo.sample_data("retail", items=40, locations=2, seed=7)


@pytest.fixture(scope="module")
def plan(data: mo.PlanningData) -> mo.ReplenishmentPlan:
    return mo.replenish(data, mo.ReplenishmentConfig(name="Q1", coverage=("2026-11-23", "2027-02-14")))


@pytest.fixture
def rules(plan: mo.ReplenishmentPlan) -> SupplierRules:
    return SupplierRules(plan, who="ML", clock=lambda: WHEN)


def ask(view: SupplierRules, kind: str, **fields: object) -> Reply:
    return view.answer(Request("v1", kind, 0, Fields(fields)))


def refusal(view: SupplierRules, kind: str, **fields: object) -> tuple[str, str]:
    sent: list[Any] = []
    view.send = lambda content, buffers=None: sent.append(content)  # noqa: ARG005
    view._receive(view, {"id": "v1", "kind": kind, "revision": 0, **fields}, [])
    return sent[0]["error"]["code"], sent[0]["error"]["text"]


def test_nothing_is_shown_before_it_is_asked_for(rules: SupplierRules) -> None:
    assert (rules.choices, rules.headline, rules.changes, rules.shown["total"]) == (None, "", 0, 0)
    assert (rules.static_html(), repr(rules)) == ("", "SupplierRules(0 changes)")


def test_a_preview_shows_each_broken_rule_with_its_price(rules: SupplierRules, plan: mo.ReplenishmentPlan) -> None:
    ask(rules, "preview", **BOTH)
    choices = plan.supplier_choices()
    broken = choices.frame[choices.frame["action"] != "met"]
    assert rules.shown["total"] == len(broken) > 0
    assert [record["text"] for record in rules.shown["records"]] == broken["text"].tolist()
    assert rules.changes == len(choices.lines) > 0
    assert rules.headline == f"{choices.headline}."
    assert rules.plan is plan
    assert rules.static_html().startswith(f"<p>{choices.headline}.</p><table><caption>Rules of suppliers</caption>")


def test_amounts_stand_with_their_units(rules: SupplierRules) -> None:
    ask(rules, "preview", **BOTH)
    frame = rules.choices.frame.query("action != 'met'")
    shown = {record["text"]: record for record in rules.shown["records"]}
    for rule, gap, value, text in zip(*(frame[name] for name in ("rule", "gap", "value", "text")), strict=True):
        number = f"{gap:,.0f}" if gap >= 100 else f"{gap:,.2f}".removesuffix(".00")
        assert shown[text]["gap"] == f"{number} {'of volume' if rule == 'container_volume' else 'EUR'}"
        assert shown[text]["value"] == f"{value:,.2f} EUR"
    assert {"container_volume", "min_order_value"} <= set(frame["rule"])


def test_what_is_not_known_is_left_open() -> None:
    words = [gap_text(rule, 12.5, None) for rule in ("min_order_quantity", "container_weight", "budget")]
    assert words == ["12.50 units", "12.50 of weight", "12.50"]
    assert gap_text("min_order_value", float("nan"), "EUR") == ""


def test_applying_makes_one_step_that_can_be_taken_back(rules: SupplierRules, plan: mo.ReplenishmentPlan) -> None:
    plans: list[mo.ReplenishmentPlan] = []
    rules.observe(lambda change: plans.append(change["new"]), "plan")
    ask(rules, "preview", **BOTH)
    count = rules.changes
    ask(rules, "apply")
    assert plans == [rules.plan]
    edits = rules.plan.edits
    assert (len(edits), set(edits["who"]), set(edits["when"])) == (count, {"ML"}, {"2026-11-23T09:30:00+00:00"})
    assert not (rules.plan.by_supplier.query("now")["gap_value"] > 0).any()
    assert (rules.said, rules.can_undo, rules.choices) == (f"{count} order lines changed, as one step.", True, None)
    ask(rules, "undo")
    assert rules.plan.fingerprint == plan.fingerprint
    assert (rules.said, rules.can_undo) == ("Taken back: the orders are as they were.", False)


def test_a_budget_comes_from_the_browser(rules: SupplierRules) -> None:
    ask(rules, "preview", **BOTH, budget=2500)
    assert "budget" in set(rules.choices.frame["rule"])
    ask(rules, "apply")
    assert rules.plan.by_supplier.query("now")["value"].sum() <= 2500


def test_what_cannot_be_is_said_in_the_widget(rules: SupplierRules) -> None:
    ask(rules, "preview", **BOTH, budget=1)
    assert rules.problem.startswith("budget: 1 rule broken\n  - a budget is at least what the smallest order costs")
    assert (rules.working, rules.choices) == ("", None)


@pytest.mark.parametrize(
    ("kind", "fields", "code", "text"),
    [
        ("apply", {}, "refused", "there is nothing on show; ask for a preview first"),
        ("undo", {}, "refused", "what was done here is not the last edit any more; take edits back in the grid"),
        ("preview", {**BOTH, "budget": "all"}, "bad_request", "field 'budget' must be a number from 0"),
        ("preview", {"may_wait": True}, "bad_request", "field 'fill_containers' is missing"),
        ("apply", {"orders": []}, "bad_request", "unknown field 'orders'"),
    ],
)
def test_requests_are_checked(rules: SupplierRules, kind: str, fields: dict[str, object], code: str, text: str) -> None:
    assert refusal(rules, kind, **fields)[0] == code
    assert text in refusal(rules, kind, **fields)[1]


def test_an_edit_elsewhere_ends_the_preview(rules: SupplierRules, plan: mo.ReplenishmentPlan) -> None:
    ask(rules, "preview", **BOTH)
    ask(rules, "apply")
    item, location = plan.key_of(0)
    rules.plan = rules.plan.edit(item, location, str(plan.order_dates(0)[1]), 0)
    assert (rules.choices, rules.can_undo, rules.shown["total"]) == (None, False, 0)


def test_where_every_rule_is_met_nothing_is_applied(rules: SupplierRules) -> None:
    ask(rules, "preview", **BOTH)
    ask(rules, "apply")
    ask(rules, "preview", fill_containers=False, may_wait=False)
    assert rules.headline.startswith("Every rule of ")
    before = rules.plan
    ask(rules, "apply")
    assert (rules.plan, rules.said) == (before, "Nothing had to be changed.")


def test_in_the_background_the_kernel_answers_at_once(plan: mo.ReplenishmentPlan) -> None:
    view = SupplierRules(plan, background=True)
    assert ask(view, "preview", **BOTH).error is None
    assert view.wait(60)
    assert (view.working, view.changes > 0) == ("", True)


def test_the_browser_writes_nothing(rules: SupplierRules) -> None:
    rules.set_state({"said": "hacked", "changes": 9, "can_undo": True})
    assert (rules.said, rules.changes, rules.can_undo) == ("", 0, False)


def test_in_the_planner_everything_follows(data: mo.PlanningData) -> None:
    planner = Planner(data, who="ML")
    planner.create()
    assert planner.wait(60)
    planner.go("orders")
    bar, rules, orders = planner.children
    assert isinstance(rules, SupplierRules)
    rules.preview()
    assert rules.wait(60)
    assert "Rules of suppliers" in planner.static_html()
    made = rules.apply()
    assert planner.plan is made
    assert (orders.plan, rules.can_undo) == (made, True)
    assert bar.plan["text"].endswith(f"{len(made.edits)} edits.")
    planner.plan = made.undo()
    assert rules.plan is planner.plan
    assert not rules.can_undo
