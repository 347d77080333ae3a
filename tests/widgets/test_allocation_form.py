"""The form of an allocation: the same class, drawn from the other configuration."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import moselle_nb as mo
from moselle_nb.widgets.config_form import ConfigForm
from moselle_nb.widgets.form_models import likely_source


@pytest.fixture(scope="module")
def data() -> mo.PlanningData:
    return mo.sample_data("retail", items=8, locations=3, seed=7)


@pytest.fixture
def form(data: mo.PlanningData) -> ConfigForm:
    return ConfigForm(data, "allocation")


def type_in(form: ConfigForm, **typed: object) -> None:
    form.set_state({"values": {**form.values, **typed}})


def test_it_is_valid_from_the_start(form: ConfigForm, data: mo.PlanningData) -> None:
    assert form.problems == {}
    assert form.title == "Allocation plan"
    assert form.config.name == "Allocation from 2026-11-23"
    assert form.config.source == (likely_source(data),)
    assert form.size == "8 items from NANCY to 2 locations, 84 days."


def test_every_setting_of_the_configuration_is_asked_on_two_steps(form: ConfigForm) -> None:
    asked = [field["name"] for field in form.fields]
    assert asked == [
        name for name in mo.AllocationConfig.model_fields
        if name not in {"ship_dates", "solver_seconds", "grade_thresholds", "variability_thresholds"}
    ]  # fmt: skip
    assert [field["name"] for field in form.fields if field["step"] == 1] == ["name", "coverage", "mode", "source"]
    assert all(field["title"] and field["description"] for field in form.fields)
    kinds = {field["name"]: field["kind"] for field in form.fields}
    assert (kinds["source"], kinds["hold_back"], kinds["push"], kinds["min_gain"]) == (
        "source", "hold_back", "flag", "number",
    )  # fmt: skip


def test_everything_that_can_be_typed_arrives_and_is_written_as_code(form: ConfigForm) -> None:
    type_in(
        form,
        name=" Push ",
        coverage=["2026-11-23", "2026-12-20"],
        source=["METZ", "NANCY"],
        locations=["THIONVILLE"],
        scope={"grade": ["A", "B", "C"]},
        ship_every_days="7",
        method="priority",
        safety_stock={"method": "units", "value": "2"},
        hold_back="10%",
        source_demand="protect",
        transfer_lead_time_days="1",
        cover_days="9",
        push=True,
        include_inbound=False,
        constraints=[{"scope": "item", "key": "SKU-0001", "field": "pack", "value": "6"}],
    )
    assert form.problems == {}
    wanted: Any = mo.AllocationConfig(
        name="Push", coverage=("2026-11-23", "2026-12-20"), source=("METZ", "NANCY"), locations=("THIONVILLE",),
        scope={"grade": ("A", "B", "C")}, ship_every_days=7, method="priority", safety_stock=mo.SafetyStock("units", 2),
        hold_back="10%", source_demand="protect", transfer_lead_time_days=1, cover_days=9, push=True,
        include_inbound=False, constraints=(mo.Constraint("item", "pack", 6, key="SKU-0001"),),
    )  # fmt: skip
    assert form.config == wanted
    namespace: dict[str, Any] = {"data": form._data}
    exec(form.code, namespace)  # noqa: S102 (the lines that the form shows are what is tested)
    assert namespace["config"] == wanted
    assert isinstance(namespace["plan"], mo.AllocationPlan)


@pytest.mark.parametrize(("typed", "hold_back"), [("50", 50), (" 0 ", 0), ("12.5%", "12.5%"), ("10 %", "10%")])
def test_hold_back_is_units_or_a_share(form: ConfigForm, typed: str, hold_back: int | str) -> None:
    type_in(form, hold_back=typed)
    assert form.config.hold_back == hold_back


@pytest.mark.parametrize(
    ("typed", "field", "text"),
    [
        ({"source": []}, "source", "source names the location whose stock is divided, or several; received none"),
        ({"source": ["METZZ"]}, "source", "no location 'METZZ' (did you mean 'METZ'?)"),
        ({"source": "METZ", "locations": ["METZ"]}, "locations", "METZ is in source and in locations"),
        ({"locations": []}, "locations", "no location is chosen; choose some, or all"),
        ({"hold_back": "110%"}, "hold_back", "a share of the stock on hand such as '10%', received '110%'"),
        ({"hold_back": ""}, "hold_back", "a value is required"),
        ({"hold_back": "-3"}, "hold_back", "whole units such as 50"),
        ({"ship_every_days": "0"}, "ship_every_days", "at least 1"),
        ({"cover_days": "soon"}, "cover_days", "a whole number"),
        ({"push": "perhaps"}, "push", "true or false"),
        ({"mode": "give"}, "mode", "one of 'distribute' or 'rebalance'"),
        ({"method": "fair"}, "method", "one of 'equal_runout'"),
        ({"coverage": ["2025-01-01", "2025-02-01"]}, "coverage", "coverage ends from 0 to"),
        ({"scope": {"grade": ["Z"]}}, "scope", "no grade 'Z'"),
        ({"safety_stock": {"method": "units", "value": "x"}}, "safety_stock", "a number"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(form: ConfigForm, typed: dict[str, Any], field: str, text: str) -> None:
    type_in(form, **typed)
    assert list(form.problems) == [field]
    assert text in form.problems[field][0]
    assert (form.config, form.code, form.size) == (None, "", "")
    with pytest.raises(mo.ConfigError):
        form.create()


@pytest.mark.parametrize("junk", [5, None, [], {}, [[]], [{}], "x", True, float("nan")])
def test_whatever_the_browser_sends_is_judged(form: ConfigForm, junk: object) -> None:
    for name in form.values:
        before = form.values
        type_in(form, **{name: junk})
        assert (form.config is None) == bool(form.problems)
        form.values = before


def test_rebalancing_needs_no_source_and_asks_for_its_own_settings(form: ConfigForm) -> None:
    when = {field["name"]: field["when"] for field in form.fields if field["when"]}
    assert when == {"excess_days": ["mode", "rebalance"], "min_gain": ["mode", "rebalance"]}
    type_in(form, mode="rebalance", source=[])
    assert form.size == "8 items between 3 locations, 84 days."


def test_the_proposed_source_goes_with_rebalancing_and_comes_back(form: ConfigForm, data: mo.PlanningData) -> None:
    proposed = form.values["source"]
    form.values = {**form.values, "mode": "rebalance"}
    assert form.values["source"] == []
    assert form.size.startswith(f"{len(data.items)} items between {len(data.locations)} locations")
    form.values = {**form.values, "mode": "distribute"}
    assert form.values["source"] == proposed
    chosen = data.locations["location"].tolist()
    form.values = {**form.values, "source": chosen[:2]}
    form.values = {**form.values, "mode": "rebalance"}
    assert form.values["source"] == chosen[:2]


def test_fields_that_change_nothing_in_an_allocation_are_not_offered(form: ConfigForm) -> None:
    constraints: Any = next(field for field in form.fields if field["name"] == "constraints")
    names = {each["name"] for each in constraints["extra"]["fields"]}
    assert {"pack", "presentation_minimum", "max_stock", "hold_back", "shortage_cost", "safety_stock_units"} <= names
    assert not names & {"moq", "order_multiple", "lead_time_days", "review_period_days", "order_cost"}


def with_lanes(*lanes: tuple[str, str]) -> mo.PlanningData:
    places = [{"location": name} for name in ("DC", "HUB", "SHOP")]
    rows = [{"item": "A", "location": place["location"]} for place in places]
    tables: dict[str, list[dict[str, Any]]] = {
        "items": [{"item": "A"}],
        "locations": places,
        "forecast": [{**row, "date": "2026-11-23", "quantity": 7} for row in rows],
        "inventory": [{**row, "on_hand": 5, "as_of": "2026-11-23"} for row in rows],
        "lanes": [{"source": source, "destination": to} for source, to in lanes],
    }
    return mo.load({name: pd.DataFrame.from_records(records) for name, records in tables.items()})


def test_the_source_is_the_one_that_lanes_leave_and_dead_ends_are_said_at_once() -> None:
    form = ConfigForm(with_lanes(("HUB", "SHOP"), ("HUB", "DC")), "allocation")
    assert form.config.source == ("HUB",)
    type_in(form, source=["SHOP"])
    assert "every source has a lane to some location" in form.problems["source"][0]


def test_a_cycle_between_sources_is_said_at_once() -> None:
    form = ConfigForm(with_lanes(("DC", "HUB"), ("HUB", "DC"), ("HUB", "SHOP")), "allocation")
    type_in(form, source=["DC", "HUB"])
    assert "DC → HUB → DC" in form.problems["source"][0]


def test_planned_receipts_are_offered_and_written_as_code(form: ConfigForm) -> None:
    form.set_state({"use_receipts": True, "receipts_of": "made up by the browser"})
    assert form.receipts_of == ""
    assert "replenishment" not in form.code
    form.receipts_of = "Winter"
    assert form.code.endswith("plan = mo.allocate(data, config, replenishment=replenishment)\n")


def test_an_unknown_kind_of_form_is_refused(data: mo.PlanningData) -> None:
    with pytest.raises(mo.UnknownNameError, match=r"No form 'alocation' \(did you mean 'allocation'\?\)"):
        ConfigForm(data, "alocation")


def test_the_static_form_names_settings_as_the_fields_do(form: ConfigForm) -> None:
    html = form.static_html()
    assert "<th scope='row'>Source</th>" in html
    assert "grade_thresholds" not in html
