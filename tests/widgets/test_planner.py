"""The walk on the Python side: create, cancel, edit, order, save, go back."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

import moselle_nb as mo
from moselle_nb.widgets import replenishment_desk
from moselle_nb.widgets.messages import Fields, Reply, Request
from moselle_nb.widgets.planner import Planner

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="module")
def data() -> mo.PlanningData:
    return mo.sample_data("retail", items=20, locations=2, seed=7)


@pytest.fixture
def planner(data: mo.PlanningData) -> Planner:
    return Planner(data, who="ml")


@pytest.fixture
def planned(planner: Planner) -> Planner:
    planner.create()
    assert planner.wait(30)
    return planner


def shown(planner: Planner) -> list[str]:
    """What stands below the bar."""
    return [type(child).__name__ for child in planner.children[1:]]


def ask(planner: Planner, kind: str, **fields: object) -> Reply:
    return planner.bar.answer(Request("v1", kind, 0, Fields(fields)))


def first_edit(plan: mo.ReplenishmentPlan) -> mo.ReplenishmentPlan:
    line = plan.order_lines.iloc[0]
    quantity = int(line["quantity"]) + 5000
    return plan.edit(
        line["item"], line["location"], str(line["order_date"].date()), quantity, force=True, reason="test"
    )


def test_it_opens_on_the_chooser(planner: Planner) -> None:
    assert shown(planner) == ["PlanTypeChooser"]
    assert planner.bar.reachable == ["type"]
    assert repr(planner) == "Planner(no plan yet, step 'type')"


def test_choosing_leads_to_the_form(planner: Planner) -> None:
    planner.chooser.choose("replenishment")
    assert shown(planner) == ["ConfigForm"]
    assert planner.bar.reachable == ["type", "settings"]


def test_creating_leads_to_the_grid_and_its_chart(planned: Planner, data: mo.PlanningData) -> None:
    assert shown(planned) == ["PlanGrid", "MessagesPanel", "InventoryChart"]
    assert planned.plan.fingerprint == mo.replenish(data, planned.form.config).fingerprint
    assert planned.bar.plan["fingerprint"] == planned.plan.fingerprint[:12]
    assert planned.bar.progress == {}
    assert not planned.form.busy


def test_choosing_the_same_type_again_leads_to_the_form_again(planned: Planner) -> None:
    planned.go("type")
    planned.chooser.choose("replenishment")
    assert shown(planned) == ["ConfigForm"]
    assert planned.bar.reachable == ["type", "settings", "review", "orders"]


def test_a_step_that_comes_later_is_refused(planner: Planner) -> None:
    with pytest.raises(mo.MoselleError, match="there is no plan yet"):
        planner.go("orders")
    with pytest.raises(mo.MoselleError, match="'Orders' comes later"):
        ask(planner, "go", step="orders")


def test_going_back_keeps_what_was_typed(planned: Planner) -> None:
    planned.form.values = {**planned.form.values, "name": "Typed", "review_period_days": "x"}
    planned.form.page = 2
    ask(planned, "go", step="type")
    ask(planned, "go", step="settings")
    assert shown(planned) == ["ConfigForm"]
    assert planned.form.values["name"] == "Typed"
    assert planned.form.page == 2
    ask(planned, "go", step="review")
    assert shown(planned) == ["PlanGrid", "MessagesPanel", "InventoryChart"]


def test_an_edit_in_the_grid_is_the_planners_plan(planned: Planner) -> None:
    seen: list[Any] = []
    planned.observe(lambda change: seen.append(change["new"]), "plan")
    grid, _, chart = planned.children[1:]
    before = planned.plan
    grid.plan = first_edit(before)
    assert planned.plan is grid.plan is chart.plan
    assert seen == [planned.plan]
    assert planned.wait(30)
    assert planned.bar.plan["text"].endswith("1 edit.")
    assert planned.bar.plan["fingerprint"] != before.fingerprint[:12]


def test_a_plan_set_in_python_is_shown_everywhere(planned: Planner) -> None:
    grid, _, chart = planned.children[1:]
    planned.plan = first_edit(planned.plan)
    assert grid.plan is chart.plan is planned.plan


def test_the_chart_follows_the_selected_row(planned: Planner) -> None:
    grid, _, chart = planned.children[1:]
    grid.selection = ("SKU-0001", "METZ")
    assert chart.wait(60)
    assert chart.selection == ("SKU-0001", "METZ")
    assert "SKU-0001 at METZ" in chart.alt


def test_the_orders_are_those_of_the_edited_plan(planned: Planner) -> None:
    assert planned.orders is None
    planned.go("orders")
    assert planned.children[2].wait(30)
    assert shown(planned) == ["SupplierRules", "OrdersView"]
    planned.children[2].generate()
    planned.plan = first_edit(planned.plan)
    assert planned.children[2].wait(30)
    assert planned.children[2].stale
    planned.children[2].generate()
    orders: Any = planned.orders
    assert orders.lines.equals(planned.plan.generate_orders().lines)


def long_build(started: threading.Event, go_on: threading.Event) -> Callable[..., mo.ReplenishmentPlan]:
    """A build of many blocks that waits between the first two."""

    def replenish(
        _data: mo.PlanningData, _config: mo.ReplenishmentConfig, *, on_progress: Callable[[int, int], None]
    ) -> mo.ReplenishmentPlan:
        on_progress(1, 3)
        started.set()
        assert go_on.wait(10)
        on_progress(2, 3)
        pytest.fail("the work went on after Cancel")

    return replenish


def test_cancel_leaves_form_and_plan_as_they_were(planned: Planner, monkeypatch: pytest.MonkeyPatch) -> None:
    before, typed = planned.plan, {**planned.form.values, "name": "Another"}
    started, go_on = threading.Event(), threading.Event()
    monkeypatch.setattr(replenishment_desk, "replenish", long_build(started, go_on))
    planned.form.values = typed
    planned.go("settings")
    planned.form.create()
    assert started.wait(10)
    assert planned.form.busy
    assert planned.bar.progress["text"] == "1 of 3 items at locations planned"
    with pytest.raises(mo.MoselleError, match="a plan is being created"):
        planned.form.create()
    ask(planned, "cancel")
    assert planned.bar.progress["text"] == "Cancelling…"
    go_on.set()
    assert planned.wait(10)
    assert planned.plan is before
    assert planned.form.values == typed
    assert (planned.form.busy, planned.bar.progress) == (False, {})
    assert planned.bar.said == "Cancelled; nothing was changed."
    assert shown(planned) == ["ConfigForm"]


def test_a_plan_that_cannot_be_built_says_why_in_the_widget(planner: Planner, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_named: object) -> None:
        raise mo.ContractError([mo.BrokenRule("items", "no lead time anywhere", 3)])

    monkeypatch.setattr(replenishment_desk, "replenish", refuse)
    planner.create()
    assert planner.wait(10)
    assert planner.bar.problem == "items: 1 rule broken\n  - no lead time anywhere: 3 rows"
    assert planner.plan is None
    assert shown(planner) == ["ConfigForm"]
    planner.form.values = {**planner.form.values, "lead_time_days": "7"}
    assert planner.bar.problem == ""


def test_a_fault_of_ours_is_shown_too(planner: Planner, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, **_named: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(replenishment_desk, "replenish", fail)
    planner.create()
    assert planner.wait(10)
    assert planner.bar.problem.startswith("The plan could not be created. ZeroDivisionError")


def test_saving_says_where_and_overwrites_only_its_own(planned: Planner, tmp_path: Path) -> None:
    text = ask(planned, "save", path=str(tmp_path / "q1")).body["text"]
    assert text == f"Saved to {(tmp_path / 'q1.moselle').resolve()}"
    assert mo.open_plan(tmp_path / "q1.moselle").fingerprint == planned.plan.fingerprint
    planned.plan = first_edit(planned.plan)
    ask(planned, "save", path=str(tmp_path / "q1.moselle"))
    assert mo.open_plan(tmp_path / "q1.moselle").fingerprint == planned.plan.fingerprint
    (tmp_path / "other.moselle").write_text("mine")
    with pytest.raises(mo.MoselleError, match="is there already"):
        ask(planned, "save", path=str(tmp_path / "other"))


def test_there_is_nothing_to_save_before_a_plan(planner: Planner) -> None:
    with pytest.raises(mo.MoselleError, match="no plan to save"):
        planner.save("q1")


def test_the_code_makes_the_plan(planned: Planner, data: mo.PlanningData) -> None:
    planned.plan = first_edit(planned.plan)
    namespace: dict[str, Any] = {"data": data}
    exec(str(ask(planned, "code").body["text"]), namespace)  # noqa: S102 (the lines that are shown are what is tested)
    assert namespace["plan"].fingerprint == planned.plan.fingerprint


def test_the_bar_has_a_static_form(planned: Planner) -> None:
    html = planned.bar.static_html()
    assert planned.plan.config.name in html
    assert planned.plan.fingerprint[:12] in html


def test_a_cancel_that_comes_too_late_leaves_no_trace(planned: Planner) -> None:
    planned.cancel()
    assert planned.bar.progress == {}


def test_edits_of_a_former_plan_are_not_lost_in_silence(planned: Planner) -> None:
    edited = planned.plan = first_edit(planned.plan)
    planned.form.create()
    assert planned.wait(30)
    assert planned.plan.edits.empty
    assert planned.former is edited
    assert planned.bar.said.startswith("1 edit of the former plan")


@pytest.mark.parametrize("path", ["a\0b", "~nosuchuser/x", "x" * 300, "/"])
def test_a_name_that_cannot_be_a_file_is_refused_in_words(planned: Planner, path: str) -> None:
    with pytest.raises(mo.MoselleError, match=r"could not be saved|is there already"):
        planned.save(path)


def test_steps_and_plans_that_are_none_are_refused(planned: Planner) -> None:
    before = planned.plan
    with pytest.raises(mo.MoselleError, match="there is no step 'foo'"):
        planned.go("foo")
    with pytest.raises(TypeError, match="Planner shows a plan"):
        planned.plan = 3
    assert planned.plan is before
    with pytest.raises(TypeError, match="Planner takes the tables, from load or sample_data; received NoneType"):
        Planner(None)  # type: ignore[arg-type]  # what is refused


def test_a_message_is_shown_in_the_grid(planned: Planner) -> None:
    grid, panel, chart = planned.children[1:]
    assert panel.wait(30)
    item, location = planned.plan.key_of(7)
    panel.answer(Request("v1", "choose", 0, Fields({"item": item, "location": location})))
    assert grid.selection == chart.selection == (item, location)
    assert grid.state["reveal"] == [1, 7, -1]
    assert chart.wait(60)


def test_a_saved_notebook_keeps_plan_chart_and_orders(planned: Planner) -> None:
    html = str(planned._repr_mimebundle_()["text/html"])
    assert "units ordered" in html
    assert "<svg" in html
    assert "Fingerprint" in html
    assert "<script" not in html


def test_before_a_plan_a_saved_notebook_keeps_the_form(planner: Planner) -> None:
    html = str(planner._repr_mimebundle_()["text/html"])
    assert "No plan yet" in html
    assert "mo.replenish(data, config)" in html
