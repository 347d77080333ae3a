"""Constraint fields: what they admit and what they say."""

from __future__ import annotations

import numpy as np
import pytest

from moselle_nb.inputs.fields import CONSTRAINT_FIELDS


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lead_time_days", 0),
        ("lead_time_days", 14.0),
        ("lead_time_days", np.int64(14)),
        ("moq", 0),
        ("order_multiple", 1),
        ("min_stock", 2.5),
        ("cycle_service_level", 0.999),
        ("max_stock_is_hard", False),
        ("unmet", "backorder"),
    ],
)
def test_admissible_values(name: str, value: object) -> None:
    assert CONSTRAINT_FIELDS[name].problem(value) is None


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("lead_time_days", -1, "lead_time_days is whole and between 0 and 3,650, got -1"),
        ("lead_time_days", 1.5, "lead_time_days is whole and between 0 and 3,650, got 1.5"),
        ("review_period_days", 0, "review_period_days is whole and between 1 and 3,650, got 0"),
        ("moq", "12", "moq is whole and >= 0, got '12'"),
        ("moq", True, "moq is whole and >= 0, got True"),
        ("moq", None, "moq is whole and >= 0, got None"),
        ("moq", float("nan"), "moq is whole and >= 0, got nan"),
        ("moq", 10**13, "moq is at most 1,000,000,000 units, so that sums are exact, got 10000000000000"),
        ("holding_cost", 10**13, "holding_cost is at most 1,000,000,000,000, got 10000000000000"),
        ("order_multiple", np.float64(0), "order_multiple is whole and >= 1, got 0"),
        ("max_stock", float("inf"), "max_stock is finite and >= 0, got inf"),
        ("cycle_service_level", 1, "cycle_service_level is above 0 and below 1, got 1"),
        ("fill_rate", 98, "fill_rate is above 0 and below 1, got 98 (for 98 % give 0.98)"),
        ("max_stock_is_hard", 1, "max_stock_is_hard is true or false, got 1"),
        ("unmet", "Lost", "unmet is one of lost, backorder, got 'Lost'"),
    ],
)
def test_what_is_refused(name: str, value: object, problem: str) -> None:
    assert CONSTRAINT_FIELDS[name].problem(value) == problem
