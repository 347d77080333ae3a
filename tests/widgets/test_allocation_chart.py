"""The chart follows the selected item, says what it shows, and compares the rules when it is asked to."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pytest

import moselle_nb as mo
from moselle_nb.plans.allocating.charts import cover_points
from moselle_nb.widgets.allocation_chart import AllocationChart


@pytest.fixture(scope="module")
def plan() -> mo.AllocationPlan:
    settings: dict[str, Any] = {"coverage": ("2026-11-23", "2027-01-17"), "source": "METZ", "ship_every_days": 14}
    data = mo.sample_data("retail", items=10, locations=4, seed=7)
    return mo.allocate(data, mo.AllocationConfig(name="Push", **settings))


@pytest.fixture(scope="module")
def item(plan: mo.AllocationPlan) -> str:
    """One of which something leaves."""
    lines = plan.lines
    return str(lines[(lines["allocated"] > 0) & (lines["source"] != lines["location"])]["item"].iloc[0])


def test_nothing_is_drawn_before_an_item_is_selected(plan: mo.AllocationPlan) -> None:
    chart = AllocationChart(plan)
    assert (chart.svg, chart.alt, repr(chart)) == ("", "", "AllocationChart(nothing selected)")
    assert chart.static_html() == "<p>No item is selected.</p>"


def test_it_draws_the_selected_item_and_says_what_it_shows(plan: mo.AllocationPlan, item: str) -> None:
    chart = AllocationChart(plan, selection=item)
    texts = [node.text for node in ET.fromstring(chart.svg).iter() if node.text]  # noqa: S314 (our own drawing)
    assert {"Before", "After the allocation", "METZ"} <= set(texts)
    points = cover_points(plan, item)
    after = points[points["moment"] == "After the allocation"]
    assert chart.alt.startswith(f"Cover of {item} at {len(after)} locations: before from ")
    lowest = after.sort_values("days", kind="stable")["location"].iloc[0]
    assert f"to {after['days'].max():,.1f} days, lowest at {lowest}." in chart.alt
    assert f"{int(after['units'].sum())} unit" in chart.alt
    assert chart.svg_dark not in {"", chart.svg}
    assert f"aria-label='{chart.alt}'" in chart.static_html()


def test_one_ship_date_is_drawn_as_it_was_before_and_after(plan: mo.AllocationPlan, item: str) -> None:
    day = plan.ship_dates[1].astype(object)
    chart = AllocationChart(plan, selection=item, ship_date=day)
    lines = plan.lines_for([item])
    then = lines[lines["date"] == str(day)]
    after = f"after the allocation from {then['cover_after'].min():,.1f} to {then['cover_after'].max():,.1f} days"
    assert f"before from {then['cover_before'].min():,.1f} to {then['cover_before'].max():,.1f} days" in chart.alt
    assert after in chart.alt
    assert f"shipped on {day}" in chart.svg


def test_the_first_ship_date_is_drawn_where_none_is_named(plan: mo.AllocationPlan, item: str) -> None:
    lines = plan.lines_for([item])
    first = lines[lines["date"] == lines["date"].min()].set_index("location")
    points = cover_points(plan, item).set_index("location")
    after = points.loc[points["moment"] == "After the allocation", "days"]
    assert len(plan.ship_dates) > 1
    assert after.to_dict() == first["cover_after"].to_dict()
    days = plan.ship_dates.astype(object)
    assert plan.chart(item).to_dict()["title"].endswith(f"shipped on {days[0]}")
    assert plan.chart(item, str(days[1])).to_dict()["title"].endswith(f"shipped on {days[1]}")


def test_an_unknown_item_is_said_in_the_widget_and_forgotten_with_the_next(plan: mo.AllocationPlan, item: str) -> None:
    chart = AllocationChart(plan, selection="SKU-9999")
    assert "SKU-9999" in chart.problem
    assert chart.svg == ""
    chart.selection = item
    assert chart.problem == ""


def test_an_edit_redraws(plan: mo.AllocationPlan, item: str) -> None:
    lines = plan.lines_for([item])
    line = lines[(lines["allocated"] > 0) & (lines["source"] != lines["location"])].iloc[0]
    chart = AllocationChart(plan, selection=item, ship_date=line["date"].date())
    before = chart.alt
    chart.plan = plan.edit(item, line["location"], str(line["date"].date()), 0, force=True, reason="test")
    assert chart.alt != before


def test_the_rules_are_compared_only_when_it_is_unfolded(
    plan: mo.AllocationPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[object] = []
    fairness = mo.AllocationPlan.fairness

    def counting(each: mo.AllocationPlan) -> object:
        calls.append(each)
        return fairness(each)

    monkeypatch.setattr(mo.AllocationPlan, "fairness", counting)
    chart = AllocationChart(plan)
    assert (calls, chart.fairness["records"]) == ([], [])
    chart.set_state({"unfolded": True, "svg": "<svg/>"})
    assert (calls, chart.svg) == ([plan], "")
    rules = fairness(plan).rules
    assert [record["lowest_cover"] for record in chart.fairness["records"]] == list(rules["lowest_cover"].round(2))
    assert chart.fairness["records"][0]["rule"] == "Equal runout (this plan)"
    assert chart.fairness_svg.startswith("<svg")
    calls.clear()
    chart.set_state({"unfolded": False})
    chart.set_state({"unfolded": True})
    assert calls == []


def test_rules_that_cannot_be_compared_are_said(plan: mo.AllocationPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_plan: object) -> None:
        msg = "Fairness compares rules"
        raise mo.MoselleError(msg)

    monkeypatch.setattr(mo.AllocationPlan, "fairness", refuse)
    chart = AllocationChart(plan, unfolded=True)
    assert chart.problem == "Fairness compares rules"
    assert (chart.fairness["total"], chart.comparing) == (0, False)


def test_in_the_background_the_last_item_is_the_one_that_is_shown(plan: mo.AllocationPlan, item: str) -> None:
    chart = AllocationChart(plan, background=True)
    for each in (*plan.summary["item"], item):
        chart.selection = each
    assert chart.wait(60)
    assert chart.alt.startswith(f"Cover of {item} at")
    assert not chart.drawing


def test_what_is_no_allocation_is_refused() -> None:
    with pytest.raises(TypeError, match="AllocationChart shows an allocation plan, from allocate; received int"):
        AllocationChart(3)  # type: ignore[arg-type]  # what is refused
