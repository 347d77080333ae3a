"""What was typed becomes a configuration, or every problem stands at its field."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from moselle_nb.inputs import PlanningData, sample_data
from moselle_nb.plans.config import ReplenishmentConfig
from moselle_nb.plans.config_parts import SafetyStock
from moselle_nb.plans.replenishment import replenish
from moselle_nb.widgets.form_fields import default_values, form_fields, item_filters
from moselle_nb.widgets.form_values import check_values, rows_in_scope


@pytest.fixture(scope="module")
def data() -> PlanningData:
    return sample_data("retail", items=20, locations=3, seed=7)


def problems(data: PlanningData, **typed: object) -> dict[str, list[str]]:
    return dict(check_values({**default_values(data), **typed}, data).problems)


def made(data: PlanningData, **typed: object) -> ReplenishmentConfig:
    checked = check_values({**default_values(data), **typed}, data)
    assert not checked.problems
    assert isinstance(checked.config, ReplenishmentConfig)
    return checked.config


def test_the_defaults_work_and_cover_twelve_weeks(data: PlanningData) -> None:
    config = made(data)
    assert config.coverage == (data.as_of, data.as_of + dt.timedelta(days=83))
    assert config.name == f"Replenishment from {data.as_of}"


def test_every_setting_of_the_configuration_is_asked(data: PlanningData) -> None:
    fields = form_fields(data)
    asked = [name for name in ReplenishmentConfig.model_fields if not name.endswith("_thresholds")]
    assert [field.name for field in fields] == asked
    assert [field.name for field in fields if field.step == 1] == ["name", "coverage"]
    assert set(default_values(data)) == set(ReplenishmentConfig.model_fields)


def test_bounds_units_and_choices_come_from_the_configuration(data: PlanningData) -> None:
    fields = {field.name: field for field in form_fields(data)}
    review = fields["review_period_days"]
    assert (review.kind, review.unit, review.minimum, review.maximum) == ("whole", "days", 1, 366)
    assert [value for value, _ in fields["bucket"].choices] == ["day", "week", "month"]
    assert not fields["lead_time_days"].required
    assert all(field.title for field in fields.values())
    assert all(field.description for field in fields.values())


def test_everything_that_can_be_typed_arrives(data: PlanningData) -> None:
    config = made(
        data,
        name="  Q1 ",
        coverage=["2026-12-01", "2027-01-31"],
        locations=["METZ"],
        scope={"grade": ["A", "B"]},
        bucket="month",
        review_period_days="14",
        safety_stock={"method": "cycle_service_level", "value": "0.95"},
        unmet="backorder",
        lead_time_days="10",
        constraints=[
            {
                "scope": "item",
                "key": "SKU-0001",
                "location": "METZ",
                "field": "moq",
                "value": "24",
                "valid_to": "2026-12-31",
            },
            {"scope": "plan", "key": "", "location": "", "field": "max_stock_is_hard", "value": "true"},
            {"scope": "plan", "key": "", "location": "", "field": "unmet", "value": "none"},
        ],
    )
    assert config.name == "Q1"
    assert config.locations == ("METZ",)
    assert config.scope == (("grade", ("A", "B")),)
    assert config.safety_stock == SafetyStock("cycle_service_level", 0.95)
    assert (config.review_period_days, config.lead_time_days) == (14, 10)
    first, second, third = config.constraints
    assert (first.value, first.valid_from, first.valid_to) == (24.0, None, dt.date(2026, 12, 31))
    assert second.value is True
    assert third.value is None


@pytest.mark.parametrize(
    ("typed", "field", "text"),
    [
        ({"name": "  "}, "name", "at least 1 character"),
        ({"name": ""}, "name", "a value is required"),
        ({"coverage": ["2026-12-01", ""]}, "coverage", "the last day is missing"),
        ({"coverage": ["", ""]}, "coverage", "the first and the last day is missing"),
        ({"coverage": ["2026-12-01", "2026-11-01"]}, "coverage", "received 2026-12-01 to 2026-11-01"),
        ({"coverage": "2026"}, "coverage", "a value is required"),
        ({"review_period_days": "0"}, "review_period_days", "at least 1"),
        ({"review_period_days": "weekly"}, "review_period_days", "received 'weekly'"),
        ({"review_period_days": ""}, "review_period_days", "a value is required"),
        ({"lead_time_days": "-1"}, "lead_time_days", "received '-1'"),
        ({"bucket": "year"}, "bucket", "received 'year'"),
        ({"safety_stock": {"method": "cycle_service_level", "value": "95"}}, "safety_stock", "received 95"),
        ({"safety_stock": {"method": "units", "value": ""}}, "safety_stock", "Units needs a value"),
        ({"safety_stock": {"method": "fill_rate", "value": "95"}}, "safety_stock", "Fill rate is a share of demand"),
        ({"safety_stock": {"method": "days_of_cover", "value": "x"}}, "safety_stock", "a number: received 'x'"),
        ({"safety_stock": {"method": "fill_rate", "value": "1"}}, "safety_stock", "served by no finite stock"),
        ({"safety_stock": 7}, "safety_stock", "received None"),
        ({"locations": []}, "locations", "no location is chosen"),
        ({"locations": ["METS"]}, "locations", "no location 'METS' (did you mean 'METZ'?)"),
        ({"scope": {"grade": ["Z"]}}, "scope", "no grade 'Z'"),
        ({"scope": {"colour": ["red"]}}, "scope", "items have no column 'colour'"),
        ({"scope": ["grade"]}, "scope", "filters are lists"),
        ({"scenario": "high"}, "scenario", "no scenario 'high'"),
        ({"scenario": ["high"]}, "scenario", "a text"),
        (
            {"constraints": [{"scope": "item", "key": "", "field": "moq", "value": "1"}]},
            "constraints.0.key",
            "needs a key",
        ),
        (
            {"constraints": [{"scope": "item", "key": "SKU-1", "field": "moq", "value": "1"}]},
            "constraints.0.key",
            "no item",
        ),
        (
            {"constraints": [{"scope": "plan", "location": "METS", "field": "moq", "value": "1"}]},
            "constraints.0.location",
            "did you mean 'METZ'",
        ),
        (
            {"constraints": [{"scope": "plan", "field": "moq", "value": "few"}]},
            "constraints.0.value",
            "or more. Received 'few'.",
        ),
        (
            {"constraints": [{"scope": "plan", "field": "moq", "value": "-5"}]},
            "constraints.0.value",
            "or more. Received '-5'.",
        ),
        (
            {"constraints": [{"scope": "plan", "field": "moq", "value": ""}]},
            "constraints.0.value",
            "Minimum order quantity: give a whole number, 0 or more.",
        ),
        (
            {"constraints": [{"scope": "plan", "field": "cycle_service_level", "value": "95"}]},
            "constraints.0.value",
            "Cycle service level: give a number between 0 and 1, such as 0.95. Received '95' (for 95 % give 0.95).",
        ),
        (
            {"constraints": [{"scope": "plan", "field": "lead_time_days", "value": "-1"}]},
            "constraints.0.value",
            "Lead time: give a whole number from 0 to 3,650.",
        ),
        (
            {"constraints": [{"scope": "plan", "field": "moqq", "value": "5"}]},
            "constraints.0.value",
            "did you mean 'moq'",
        ),
        ({"constraints": ["moq"]}, "constraints.0.value", "a value is required; none unsets"),
        ({"constraints": [{}] * 1001}, "constraints", "at most 1,000"),
        ({"colour": "red"}, "", "no setting has this name"),
    ],
)
def test_a_wrong_value_is_named_at_its_field(data: PlanningData, typed: dict[str, Any], field: str, text: str) -> None:
    found = problems(data, **typed)
    assert text in " ".join(found[field])
    assert set(found) == {field} or field.startswith("constraints.0")


def test_all_problems_are_told_at_once(data: PlanningData) -> None:
    found = problems(data, name="", coverage=["", "2027-01-01"], review_period_days="x", locations=["METS"])
    assert set(found) == {"name", "coverage", "review_period_days", "locations"}


def test_the_second_constraint_is_named_when_the_first_is_right(data: PlanningData) -> None:
    right = {"scope": "plan", "field": "moq", "value": "5"}
    wrong = {"scope": "item", "key": "SKU-9999", "field": "moq", "value": "5"}
    assert set(problems(data, constraints=[right, wrong])) == {"constraints.1.key"}


def test_filters_that_leave_nothing_are_a_problem(data: PlanningData) -> None:
    kind, line = data.items[["product_type", "product_line"]].iloc[0]
    other = next(each for each in sorted(set(data.items["product_line"])) if each != line)
    assert (
        "no item and location is left"
        in problems(data, scope={"product_type": [kind], "product_line": [other]})["scope"][0]
    )


def test_rows_in_scope_are_counted(data: PlanningData) -> None:
    config = made(data, locations=["METZ", "NANCY"], scope={"grade": ["A"]})
    rows = data.rows.merge(data.items[["item", "grade"]], on="item")
    wanted = rows["location"].isin(["METZ", "NANCY"]) & (rows["grade"] == "A")
    assert rows_in_scope(config, data).sum() == wanted.sum()


def test_classes_that_a_plan_gives_can_be_chosen(data: PlanningData) -> None:
    assert data.items["variability"].isna().all()
    assert item_filters(data)["variability"] == ["X", "Y", "Z"]
    constraints = next(field for field in form_fields(data) if field.name == "constraints")
    assert constraints.extra["keys"]["variability"] == ["X", "Y", "Z"]  # type: ignore[index]
    config = made(data, scope={"variability": ["X"]})
    plan = replenish(data, config)
    assert 0 < rows_in_scope(config, data).sum() == plan.n_rows < data.n_rows
    assert set(plan.summary["variability"]) == {"X"}
    rule = {"scope": "variability", "key": "Z", "field": "moq", "value": "5"}
    assert made(data, constraints=[rule]).constraints[0].key == "Z"
    even = replace(data, items=data.items.assign(variability="X"))
    assert item_filters(even)["variability"] == ["X"]
    assert problems(even, scope={"variability": ["Z"]})["scope"] == ["no variability 'Z'"]
    none = replace(data, items=data.items.assign(grade=None, unit_price=np.nan, unit_cost=np.nan))
    assert problems(none, scope={"grade": ["A"]})["scope"] == ["no grade 'A'"]


def test_several_scenarios_ask_for_one(data: PlanningData) -> None:
    forecast = next(iter(data.forecasts.values()))
    two = replace(data, forecasts={"base": forecast, "high": forecast})
    assert default_values(two)["scenario"] == "base"
    assert problems(two, scenario="")["scenario"] == ["there are 2 scenarios: choose one"]
    assert made(two, scenario="high").scenario == "high"


def test_columns_that_name_single_products_are_no_filters(data: PlanningData) -> None:
    filters = item_filters(data)
    assert {"product_line", "product_type", "supplier", "grade"} <= set(filters)
    assert not {"item", "name", "unit_cost"} & set(filters)


def test_what_is_not_asked_need_not_be_answered(data: PlanningData) -> None:
    asked = {field.name for field in form_fields(data)}
    answered = {name: value for name, value in default_values(data).items() if name in asked}
    assert answered != default_values(data)
    assert check_values(answered, data).config is not None


def test_fields_that_change_nothing_in_this_plan_are_not_offered(data: PlanningData) -> None:
    constraints = next(field for field in form_fields(data) if field.name == "constraints")
    offered: Any = constraints.extra["fields"]
    names = {each["name"] for each in offered}
    assert {"moq", "max_stock", "forecast_cv", "unmet"} <= names
    assert {"fill_rate", "ready_rate", "critical_ratio", "demand_distribution", "shortage_cost", "order_cost"} <= names
    assert not names & {"pack", "presentation_minimum", "hold_back"}


def test_every_distribution_is_offered(data: PlanningData) -> None:
    fields = {field.name: field for field in form_fields(data)}
    rules: Any = fields["constraints"].extra["fields"]
    by_rule = next(each for each in rules if each["name"] == "demand_distribution")
    assert [choice for choice, _ in fields["demand_distribution"].choices] == by_rule["choices"]
    assert by_rule["choices"] == ["auto", "normal", "gamma", "poisson", "negative_binomial", "empirical"]
    asked = default_values(data) | {"demand_distribution": "empirical"}
    config = check_values(asked, data).config
    assert isinstance(config, ReplenishmentConfig)
    assert config.demand_distribution == "empirical"
