"""The configuration of an allocation: what it takes, and what it says of the rest."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import moselle_nb as mo

COVERAGE = ("2026-11-23", "2026-12-20")


def config(**settings: Any) -> mo.AllocationConfig:
    return mo.AllocationConfig(**{"name": "Push", "coverage": COVERAGE, "source": "DC", **settings})


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"source": None}, "source names the location whose stock is divided, or several; received none"),
        ({"locations": ["DC"]}, "a source does not receive from itself: DC is in source and in locations"),
        ({"ship_every_days": 7, "ship_dates": ["2026-11-23"]}, "ship_every_days or ship_dates, not both"),
        ({"ship_dates": ["2027-01-01"]}, "ship dates lie inside coverage, 2026-11-23 to 2026-12-20"),
        ({"hold_back": "101%"}, "whole units such as 50, or a share of the stock on hand such as '10%'"),
        ({"solver_seconds": 0}, "more than 0"),
        ({"min_gain": float("nan")}, "a finite number"),
        ({"method": "fair"}, "one of 'equal_runout', 'proportional', 'priority', 'marginal_value' or 'even'"),
        ({"mode": "rebalance", "ship_every_days": 7}, "rebalancing ships once"),
    ],
)
def test_a_setting_that_is_wrong_says_what_is_expected(settings: dict[str, Any], text: str) -> None:
    with pytest.raises(mo.ConfigError) as refused:
        config(**settings)
    assert text in str(refused.value)


def test_what_only_the_tables_tell_is_said_when_the_plan_is_built() -> None:
    days = pd.date_range("2026-11-23", periods=4, freq="7D")
    tables = {
        "items": pd.DataFrame({"item": ["A"], "unit_cost": [1.0], "unit_price": [3.0]}),
        "forecast": pd.DataFrame({"item": "A", "location": "SHOP", "date": days, "quantity": 7}),
        "inventory": pd.DataFrame({"item": ["A"], "location": ["DC"], "on_hand": [10]}),
    }
    data = mo.load(tables, as_of="2026-11-23")
    with pytest.raises(mo.ConfigError, match="leave it out for all of them; received none"):
        mo.allocate(data, config(locations=()))
    with pytest.raises(mo.ContractError, match=r"marginal_value, need the forecast's error: give sd"):
        mo.allocate(data, config(method="marginal_value"))


def test_methods_of_safety_stock_that_allocations_do_not_compute_are_refused() -> None:
    with pytest.raises(mo.ConfigError, match="by none, units, days_of_cover, cycle_service_level, received fill_rate"):
        mo.AllocationConfig(
            name="January", source="DC1", coverage=("2026-11-23", "2026-12-20"),
            safety_stock=mo.SafetyStock("fill_rate", 0.9),
        )  # fmt: skip
