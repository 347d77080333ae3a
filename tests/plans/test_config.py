"""Configurations refuse nonsense and say what is admissible and what arrived."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest

import moselle_nb as mo

COVERAGE = ("2026-11-23", "2027-02-14")


def config(**changes: Any) -> mo.ReplenishmentConfig:
    """Make a configuration with some settings changed."""
    return mo.ReplenishmentConfig(**{"name": "Q1", "coverage": COVERAGE, **changes})


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"name": " "}, "name: 1 rule broken"),
        (
            {"coverage": ("2027-02-14", "2026-11-23")},
            "coverage runs from its first to its last day, received 2027-02-14",
        ),
        ({"coverage": ("2026-11-23", "2036-11-23")}, "coverage is at most 1096 days, received 3654"),
        ({"coverage": ("soon", "2027-02-14")}, "received 'soon'"),
        ({"bucket": "quarter"}, "received 'quarter'"),
        ({"review_period_days": 0}, "at least 1: received 0"),
        ({"lead_time_days": -1}, "at least 0: received -1"),
        ({"excess_days": 1.5}, "received 1.5"),
        ({"review_period": 7}, "no setting has this name (did you mean 'review_period_days'?)"),
        (
            {"safety_stock": ("units", 3)},
            "a safety stock such as SafetyStock('days_of_cover', 7), received ('units', 3)",
        ),
        ({"name": "a\0b"}, "a name of one line without control characters"),
        ({"review_period_days": True}, "a number, received True"),
        ({"scope": {"grade": 3}}, "one name or a list of names, received 3"),
        ({"scope": {3: "a", "x": "b"}}, "filters on item columns such as"),
        ({"locations": 5}, "one name or a list of names, received 5"),
        (
            {"coverage": (pd.NaT, pd.NaT)},
            "first and last day, such as ('2026-11-23', '2027-02-14'), received (NaT, NaT)",
        ),
        ({"coverage": "2026-11-23"}, "first and last day, such as"),
        ({"bucket": "weak"}, "received 'weak' (did you mean 'week'?)"),
    ],
)
def test_a_broken_setting_is_named(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(mo.ConfigError) as refused:
        config(**changes)
    assert text in str(refused.value)


def test_all_broken_settings_are_listed_at_once() -> None:
    with pytest.raises(mo.ConfigError) as refused:
        config(bucket="quarter", review_period_days=0, excess_days=0)
    assert [problem.table for problem in refused.value.problems] == ["bucket", "review_period_days", "excess_days"]


@pytest.mark.parametrize(
    ("method", "value", "text"),
    [
        ("cycle_service_level", 95, "received 95.0 (did you mean 0.95?)"),
        ("cycle_service_level", 1, "a probability above 0 and below 1, received 1.0"),
        ("days_of_cover", 2.5, "whole days from 0 to 366, received 2.5"),
        ("units", -1, "units of safety stock are from 0 to 1,000,000,000, received -1.0"),
        ("units", None, "units needs a value, received None"),
        ("units", float("nan"), "units needs a value, received nan"),
        ("none", 3, "the method none takes no value, received 3.0"),
        ("cost", 3, "the method cost takes no value, received 3.0"),
        ("fill_rate", None, "fill_rate needs a value, received None"),
        ("fill_rate", 98, "fill_rate is a share of demand above 0 and below 1, received 98.0 (did you mean 0.98?)"),
        ("fill_rate", 1, "received 1.0; all of uncertain demand is served by no finite stock"),
        ("ready_rate", 1, "received 1.0; no finite stock outlasts uncertain demand on every day"),
        ("ready_rate", 0, "ready_rate is a share of days above 0 and below 1, received 0.0"),
        ("critical_ratio", 1.5, "critical_ratio is a ratio above 0 and below 1, received 1.5 (did you mean 0.015?)"),
    ],
)
def test_a_safety_stock_says_its_admissible_range(method: Any, value: Any, text: str) -> None:
    with pytest.raises(mo.ConfigError) as refused:
        mo.SafetyStock(method, value)
    assert text in str(refused.value)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("item", "moqq", 5, "A"), "no constraint field 'moqq' (did you mean 'moq'?)"),
        (("item", "moq", -5, "A"), "moq is whole and >= 0"),
        (("item", "order_multiple", 0, "A"), "order_multiple is whole and >= 1"),
        (("item", "moq", 5), "scope item needs a key, received None"),
        (("plan", "moq", 5, "A"), "scope plan takes no key, received 'A'"),
        (("shop", "moq", 5, "A"), "received 'shop'"),
    ],
)
def test_a_constraint_says_what_is_wrong(arguments: tuple[Any, ...], text: str) -> None:
    with pytest.raises(mo.ConfigError) as refused:
        mo.Constraint(*arguments)
    assert text in str(refused.value)


def test_a_constraint_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(mo.ConfigError, match="valid_from 2026-12-02 is after valid_to 2026-12-01"):
        mo.Constraint("plan", "moq", 5, valid_from=dt.date(2026, 12, 2), valid_to=dt.date(2026, 12, 1))


@pytest.mark.parametrize("shares", [(0.9, 0.8), (0.5, 2), (-1, 0.5), (float("nan"), float("nan"))])
def test_thresholds_of_grades_rise(shares: tuple[float, float]) -> None:
    with pytest.raises(mo.ConfigError, match="grade_thresholds: 1 rule broken\n  - two rising shares between 0 and 1"):
        config(grade_thresholds=shares)
    with pytest.raises(mo.ConfigError, match="two rising shares between 0 and 1"):
        mo.AllocationConfig(name="a", source="W", coverage=("2026-11-23", "2026-12-20"), grade_thresholds=shares)


def test_the_order_of_names_says_nothing() -> None:
    one, other = config(locations={"B", "A"}), config(locations=["A", "B", "A"])
    assert one == other


def test_a_position_is_named_by_its_parameter() -> None:
    with pytest.raises(mo.ConfigError, match="method: 1 rule broken"):
        mo.SafetyStock("service", 95)  # type: ignore[arg-type]


def test_a_configuration_is_frozen_and_holds_tuples() -> None:
    made = config(locations=["A", "B"], scope={"grade": "A"})
    assert (made.locations, made.scope) == (("A", "B"), (("grade", ("A",)),))
    with pytest.raises(ValueError, match="frozen"):
        made.name = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"locations": ("METS",)}, "no location 'METS' (did you mean 'METZ'?)"),
        ({"scope": {"grad": "A"}}, "items have no column 'grad' (did you mean 'grade'?)"),
        ({"scope": {"grade": "Z"}}, "no item has grade 'Z'"),
        ({"scenario": "hope"}, "the forecast has no scenarios: leave scenario out: received 'hope'"),
        ({"coverage": ("2190-01-01", "2190-02-01")}, "received 2190-02-01"),
        ({"locations": ()}, "at least one row, an item at a location, matches locations and scope"),
        (
            {"coverage": ("2026-01-01", "2026-02-01")},
            "coverage ends from 0 to 1,461 days after the day of the stock count, 2026-11-23: received 2026-02-01",
        ),
        ({"constraints": (mo.Constraint("item", "moq", 5, key="SKU-9999"),)}, "no item 'SKU-9999'"),
        ({"constraints": (mo.Constraint("supplier", "moq", 5, key="ACME"),)}, "no supplier 'ACME'"),
        (
            {"constraints": (mo.Constraint("plan", "moq", 5), mo.Constraint("plan", "moq", 6))},
            "one value per scope, key, location, field and day",
        ),
        (
            {
                "constraints": (
                    mo.Constraint("plan", "safety_stock_units", 5),
                    mo.Constraint("plan", "safety_stock_days", 6),
                )
            },
            "safety stock is given by one method",
        ),
    ],
)
def test_a_configuration_that_does_not_fit_the_tables_is_refused(changes: dict[str, Any], text: str) -> None:
    data = mo.sample_data("retail", items=5, locations=4, seed=7)
    assert "METZ" in set(data.locations["location"])
    with pytest.raises(mo.ConfigError) as refused:
        mo.replenish(data, config(**changes))
    assert text in str(refused.value)


@pytest.mark.parametrize("arguments", [(None, config()), (config(), None), ({}, config())])
def test_what_is_planned_is_loaded_first(arguments: tuple[Any, Any]) -> None:
    with pytest.raises(TypeError, match=r"data is a PlanningData, received .*; call replenish\(mo.load"):
        mo.replenish(*arguments)
