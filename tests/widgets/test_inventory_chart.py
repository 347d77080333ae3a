"""The chart follows the selection, says what it shows, and says why when it cannot."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import asdict
from typing import Any

import pandas as pd
import pytest

import moselle_nb as mo
from moselle_nb.plans.charts import Colours, inventory_chart, judged_lines
from moselle_nb.widgets.inventory_chart import DARK, LIGHT, InventoryChart, recoloured


def planned(data: mo.PlanningData, last: str) -> mo.ReplenishmentPlan:
    settings: dict[str, Any] = {"name": "Q1", "coverage": ("2026-11-23", last)}
    return mo.replenish(data, mo.ReplenishmentConfig(**settings))


@pytest.fixture(scope="module")
def plan() -> mo.ReplenishmentPlan:
    return planned(mo.sample_data("retail", items=10, locations=2, seed=7), "2027-02-14")


@pytest.fixture(scope="module")
def row(plan: mo.ReplenishmentPlan) -> tuple[str, str]:
    """A row that orders and runs out all the same: every kind of mark is drawn."""
    summary = plan.summary
    busy = summary[(summary["total_order_quantity"] > 0) & (summary["unserved"] > 0)]
    return busy["item"].iloc[0], busy["location"].iloc[0]


def marks(chart: Any) -> list[dict[str, Any]]:
    layers: list[dict[str, Any]] = chart.to_dict()["layer"]
    return layers


def test_the_specification_holds_each_kind_of_mark_from_the_plans_lines(
    plan: mo.ReplenishmentPlan, row: tuple[str, str]
) -> None:
    chart = inventory_chart(plan, *row).to_dict()
    data = {values[0]["series"]: values for values in chart["datasets"].values() if values}
    lines = judged_lines(plan, *row)
    assert [point["units"] for point in data["Projected stock"]] == [lines["starting"].iloc[0], *lines["ending"]]
    assert [bar["units"] for bar in data["Order placed"]] == [q for q in lines["order_quantity"] if q > 0]
    assert [span["units"] for span in data["Unserved demand"]] == [u for u in lines["unserved"] if u > 0]
    assert [point["units"] for point in data["Safety stock"]][1:] == list(lines["safety_stock"])


def test_days_after_coverage_are_not_drawn(plan: mo.ReplenishmentPlan, row: tuple[str, str]) -> None:
    lines = judged_lines(plan, *row)
    assert lines["in_coverage"].iloc[-1]
    assert len(lines) == len(plan.buckets)


def test_the_plan_hands_out_the_same_chart(plan: mo.ReplenishmentPlan, row: tuple[str, str]) -> None:
    assert plan.chart(*row).to_dict() == inventory_chart(plan, *row).to_dict()


def test_without_a_selection_nothing_is_drawn(plan: mo.ReplenishmentPlan) -> None:
    chart = InventoryChart(plan)
    assert (chart.svg, chart.alt, chart.problem) == ("", "", "")
    assert repr(chart) == "InventoryChart(nothing selected)"
    assert "No row is selected" in chart.static_html()


def test_it_follows_the_selection_and_the_plan(plan: mo.ReplenishmentPlan, row: tuple[str, str]) -> None:
    chart = InventoryChart(plan, selection=row)
    first = chart.svg
    assert ET.fromstring(first).tag.endswith("svg")  # noqa: S314 (our own drawing)
    assert f"Projected stock of {row[0]} at {row[1]}, 2026-11-23 to" in chart.alt
    date = plan.order_dates(plan.row_of(*row))[0]
    chart.plan = plan.edit(*row, str(date), 100_000, force=True, reason="test")
    assert chart.svg != first
    assert "100," in chart.alt


def test_in_the_background_the_last_selection_is_drawn(plan: mo.ReplenishmentPlan) -> None:
    chart = InventoryChart(plan, background=True)
    rows = plan.summary[["item", "location"]].head(5)
    for item, location in rows.itertuples(index=False):
        chart.selection = (item, location)
    assert chart.wait(60)
    assert not chart.drawing
    assert f"Projected stock of {item} at {location}," in chart.alt


def test_a_row_that_is_not_there_is_said_in_the_widget(plan: mo.ReplenishmentPlan) -> None:
    chart = InventoryChart(plan, selection=("SKU-0001", "METS"))
    assert chart.svg == ""
    assert "did you mean 'METZ'" in chart.problem
    chart.selection = ("SKU-0001", "METZ")
    assert chart.problem == ""
    assert chart.svg


def test_light_and_dark_differ_in_every_colour_and_in_nothing_else(
    plan: mo.ReplenishmentPlan, row: tuple[str, str]
) -> None:
    chart = InventoryChart(plan, selection=row)
    assert len(set(asdict(LIGHT).values()) | set(asdict(DARK).values())) == 2 * len(asdict(LIGHT))
    assert not any(colour in chart.svg_dark for colour in asdict(LIGHT).values())
    dark = inventory_chart(plan, *row, colours=DARK).to_dict()
    assert recoloured(str(inventory_chart(plan, *row, colours=Colours()).to_dict())) == str(dark)


def test_names_from_the_tables_stay_text() -> None:
    item = "<script>alert(1)</script>"
    frames: dict[str, list[dict[str, Any]]] = {
        "items": [{"item": item, "supplier": "S"}],
        "suppliers": [{"supplier": "S", "lead_time_days": 7}],
        "forecast": [{"item": item, "location": "A&B", "date": "2026-11-23", "quantity": 70}],
        "inventory": [{"item": item, "location": "A&B", "on_hand": 5, "as_of": "2026-11-23"}],
    }
    data = mo.load({name: pd.DataFrame(rows) for name, rows in frames.items()})
    chart = InventoryChart(planned(data, "2026-12-20"), selection=(item, "A&B"))
    assert chart.problem == ""
    assert item in chart.alt
    assert "<script>" not in chart.svg
    assert "<script>" not in chart.static_html()


def test_a_row_without_any_stock_has_an_axis_from_0_and_one_below_0_is_seen() -> None:
    frames: dict[str, list[dict[str, Any]]] = {
        "items": [{"item": "A", "unit_cost": 10, "unit_price": 15, "holding_cost": 0.03, "moq": 500}],
        "forecast": [{"item": "A", "location": "W", "date": "2026-11-23", "quantity": 2, "sd": 2}],
        "inventory": [{"item": "A", "location": "W", "on_hand": 0, "as_of": "2026-11-23"}],
    }
    data = mo.load({name: pd.DataFrame(rows) for name, rows in frames.items()})
    found = []
    for method in ("none", "cost"):
        plan = mo.replenish(
            data,
            mo.ReplenishmentConfig(
                name="Q1",
                coverage=("2026-11-23", "2026-12-20"),
                lead_time_days=35,
                safety_stock=mo.SafetyStock(method),
            ),
        )
        found.append(plan.chart("A", "W").to_dict()["layer"][1]["encoding"]["y"]["scale"])
    assert found[0] == {"domainMin": 0}
    assert found[1] == {"domainMax": 1, "domainMin": float(plan.lines["safety_stock"].min())}
    assert found[1]["domainMin"] < 0
