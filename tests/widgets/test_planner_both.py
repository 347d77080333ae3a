"""Both plans of one forecast in one planner: created apart, kept side by side, compared."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

import moselle_nb as mo
from moselle_nb.widgets import allocation_desk
from moselle_nb.widgets.messages import Fields, Reply, Request
from moselle_nb.widgets.planner import Planner

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="module")
def data() -> mo.PlanningData:
    return mo.sample_data("retail", items=12, locations=4, seed=7)


@pytest.fixture
def planner(data: mo.PlanningData) -> Planner:
    return Planner(data, who="ml")


@pytest.fixture
def allocated(planner: Planner) -> Planner:
    planner.create("allocation")
    assert planner.wait(30)
    return planner


@pytest.fixture
def both(allocated: Planner) -> Planner:
    allocated.create()
    assert allocated.wait(30)
    return allocated


def shown(planner: Planner) -> list[str]:
    """What stands below the bar."""
    return [type(child).__name__ for child in planner.children[1:]]


def ask(planner: Planner, kind: str, **fields: object) -> Reply:
    return planner.bar.answer(Request("v1", kind, 0, Fields(fields)))


def edited(plan: Any) -> Any:
    """The plan with one unit less in its first transfer."""
    lines = plan.lines
    line = lines[(lines["allocated"] > 0) & (lines["source"] != lines["location"])].iloc[0]
    day, quantity = str(line["date"].date()), int(line["allocated"]) - 1
    return plan.edit(line["item"], line["location"], day, quantity, force=True, reason="test")


def test_allocation_walks_from_the_chooser_to_the_transfers(planner: Planner, data: mo.PlanningData) -> None:
    planner.chooser.choose("allocation")
    assert (shown(planner), planner.form.title, planner.showing) == (["ConfigForm"], "Allocation plan", "allocation")
    assert planner.bar.steps[-1] == ["orders", "Transfers"]
    assert planner.bar.reachable == ["type", "settings"]
    planner.form.create()
    assert planner.wait(30)
    assert shown(planner) == ["AllocationGrid", "MessagesPanel", "AllocationChart"]
    assert planner.plan is None
    assert planner.allocation.fingerprint == mo.allocate(data, planner.form.config).fingerprint
    assert planner.bar.plan["fingerprint"] == planner.allocation.fingerprint[:12]
    ask(planner, "go", step="orders")
    assert shown(planner) == ["TransfersView"]
    view: Any = planner.children[1]
    assert view.wait(30)
    view.generate()
    transfers: Any = planner.transfers
    assert transfers.lines.equals(planner.allocation.generate_transfers().lines)
    assert len(transfers) > 0


def test_both_plans_are_kept_and_each_is_shown_where_it_was_left(both: Planner) -> None:
    assert isinstance(both.plan, mo.ReplenishmentPlan)
    assert isinstance(both.allocation, mo.AllocationPlan)
    ask(both, "go", step="orders")
    assert shown(both) == ["SupplierRules", "OrdersView"]
    ask(both, "show", plan="allocation")
    assert (shown(both)[0], both.showing, both.bar.step) == ("AllocationGrid", "allocation", "review")
    assert [plan["name"] for plan in both.bar.plans] == [both.plan.config.name, both.allocation.config.name]
    ask(both, "show", plan="replenishment")
    assert shown(both) == ["SupplierRules", "OrdersView"]
    assert both.bar.steps[-1] == ["orders", "Orders"]
    assert both.form.title == "Replenishment plan"


def test_the_other_plan_is_offered_before_it_is_there(allocated: Planner) -> None:
    assert [(plan["key"], plan["opened"], plan["name"]) for plan in allocated.bar.plans] == [
        ("replenishment", False, ""),
        ("allocation", True, allocated.allocation.config.name),
    ]
    allocated.show("replenishment")
    assert (shown(allocated), allocated.form.title) == (["ConfigForm"], "Replenishment plan")
    assert allocated.bar.plan == {}


def test_choosing_both_creates_replenishment_and_says_what_comes_next(planner: Planner) -> None:
    planner.chooser.choose("both")
    assert planner.form.title == "Replenishment plan"
    planner.form.create()
    assert planner.wait(30)
    assert planner.bar.said.startswith("The replenishment plan is there. Next: the allocation plan")
    planner.show("allocation")
    assert planner.form.receipts_of == planner.plan.config.name


def test_both_are_compared_on_request(both: Planner) -> None:
    ask(both, "show", plan="both")
    assert both.wait(60)
    assert (shown(both), both.showing, both.bar.step) == (["PlanComparison"], "both", "compare")
    assert both.bar.plan == {}
    comparison: Any = both.comparison
    assert comparison.replenishment is both.plan
    assert comparison.totals.equals(mo.compare(both.plan, both.allocation).totals)
    both.allocation = edited(both.allocation)
    assert both.wait(60)
    again: Any = both.comparison
    assert again.allocation is both.allocation
    both.show("allocation")
    assert both.bar.plan["text"].endswith("1 edit.")


def test_one_plan_is_not_compared(allocated: Planner) -> None:
    with pytest.raises(mo.MoselleError, match="there is no replenishment plan yet"):
        ask(allocated, "show", plan="both")
    with pytest.raises(mo.MoselleError, match=r"no plan 'alocation' \(did you mean 'allocation'\?\)"):
        allocated.show("alocation")
    assert shown(allocated)[0] == "AllocationGrid"


def test_planned_receipts_are_counted_when_they_are_asked_for(both: Planner, data: mo.PlanningData) -> None:
    form = both.forms["allocation"]
    plain = both.allocation
    assert form.receipts_of == both.plan.config.name
    form.values = {**form.values, "ship_every_days": "14"}
    form.use_receipts = True
    both.show("allocation")
    form.create()
    assert both.wait(30)
    wanted = mo.allocate(data, form.config, replenishment=both.plan)
    assert both.allocation.fingerprint == wanted.fingerprint
    assert both.allocation.summary["landed"].sum() > plain.summary["landed"].sum()
    assert both.former is plain
    assert "It counts the planned receipts" not in both.bar.plan["text"]
    both.plan = mo.replenish(data, both.plan.config)
    assert both.bar.plan["text"].endswith("create it again to count the present ones.")


def test_an_edit_in_the_grid_is_the_planners_allocation(both: Planner) -> None:
    seen: list[Any] = []
    both.observe(lambda change: seen.append(change["new"]), "allocation")
    both.show("allocation")
    grid, panel, chart = both.children[1:]
    before, replenishment = both.allocation, both.plan
    grid.plan = edited(before)
    assert both.allocation is grid.plan is chart.plan is panel.plan
    assert (seen, both.plan) == ([both.allocation], replenishment)
    assert both.wait(30)
    assert both.bar.plan["text"].endswith("1 edit.")
    assert both.bar.plan["fingerprint"] == both.allocation.fingerprint[:12] != before.fingerprint[:12]


def test_the_chart_follows_the_selected_item(allocated: Planner) -> None:
    grid, _, chart = allocated.children[1:]
    item, source = str(allocated.allocation.summary["item"].iloc[3]), allocated.allocation.config.source[0]
    grid.selection = (item, source)
    assert chart.selection == item
    assert chart.wait(60)
    assert chart.alt.startswith(f"Cover of {item} at ")
    assert chart.ship_date == grid.ship_date


def test_cancel_leaves_both_plans_as_they_were(both: Planner, monkeypatch: pytest.MonkeyPatch) -> None:
    started, go_on = threading.Event(), threading.Event()

    def allocate(*_tables: object, on_progress: Callable[[int, int], None], **_named: object) -> mo.AllocationPlan:
        on_progress(1, 3)
        started.set()
        assert go_on.wait(10)
        on_progress(2, 3)
        pytest.fail("the work went on after Cancel")

    monkeypatch.setattr(allocation_desk, "allocate", allocate)
    plan, allocation = both.plan, both.allocation
    both.show("allocation")
    both.go("settings")
    both.form.create()
    assert started.wait(10)
    assert both.bar.progress["text"] == "1 of 3 items divided"
    assert [form.busy for form in both.forms.values()] == [True, True]
    with pytest.raises(mo.MoselleError, match="a plan is being created"):
        both.forms["replenishment"].create()
    ask(both, "cancel")
    go_on.set()
    assert both.wait(10)
    assert (both.plan, both.allocation) == (plan, allocation)
    assert both.bar.said == "Cancelled; nothing was changed."
    assert shown(both) == ["ConfigForm"]


def test_each_plan_has_a_file_of_its_own(both: Planner, tmp_path: Path) -> None:
    both.save(str(tmp_path / "buy"))
    both.show("allocation")
    assert both.bar.file.startswith("allocation-from")
    both.save(str(tmp_path / "move"))
    for name, plan in (("buy", both.plan), ("move", both.allocation)):
        assert mo.open_plan(tmp_path / f"{name}.moselle").fingerprint == plan.fingerprint
    with pytest.raises(mo.MoselleError, match="is there already"):
        both.save(str(tmp_path / "buy"))


def test_the_code_makes_the_allocation(allocated: Planner, data: mo.PlanningData) -> None:
    allocated.allocation = edited(allocated.allocation)
    namespace: dict[str, Any] = {"data": data}
    exec(str(ask(allocated, "code").body["text"]), namespace)  # noqa: S102 (the lines that are shown are what is tested)
    assert namespace["plan"].fingerprint == allocated.allocation.fingerprint


def test_the_code_of_an_allocation_with_planned_receipts_makes_both(both: Planner, data: mo.PlanningData) -> None:
    form = both.forms["allocation"]
    form.use_receipts = True
    both.show("allocation")
    form.create()
    assert both.wait(30)
    namespace: dict[str, Any] = {"data": data}
    exec(both.to_code(), namespace)  # noqa: S102 (the lines that are shown are what is tested)
    assert namespace["plan"].fingerprint == both.allocation.fingerprint
    assert namespace["replenishment"].fingerprint == both.plan.fingerprint


def test_what_is_no_allocation_is_refused(both: Planner) -> None:
    before = both.allocation
    with pytest.raises(TypeError, match="Planner shows an allocation plan, from allocate; received ReplenishmentPlan"):
        both.allocation = both.plan
    with pytest.raises(TypeError, match="Planner shows a plan, from replenish"):
        both.plan = before
    assert both.allocation is before


def test_a_plan_that_is_taken_away_leads_back_to_its_form(both: Planner) -> None:
    both.show("allocation")
    both.allocation = None
    assert shown(both) == ["ConfigForm"]
    assert both.bar.reachable == ["type", "settings"]
    both.show("replenishment")
    both.plan = None
    assert both.forms["allocation"].receipts_of == ""


def test_a_saved_notebook_keeps_both_plans(both: Planner) -> None:
    html = str(both._repr_mimebundle_()["text/html"])
    assert html.count("<svg") == 2
    assert "<script" not in html
    assert repr(both) == f"Planner({both.plan!r}, {both.allocation!r})"
