"""A, B and C by cumulative revenue."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import moselle_nb as mo
from moselle_nb.plans.grades import abc_grades


def test_grades_by_hand() -> None:
    # 100 in all. 50 has nothing above it (0 %), 30 has 50 %, 15 has 80 %, 4 has 95 %, 1 has 99 %.
    revenue = np.array([1.0, 30.0, 50.0, 4.0, 15.0])
    assert abc_grades(revenue, (0.8, 0.95)).tolist() == ["C", "A", "A", "C", "B"]
    assert abc_grades(revenue, (0.5, 0.8)).tolist() == ["C", "B", "A", "C", "C"]


def test_an_item_without_revenue_is_c_and_one_without_price_has_no_grade() -> None:
    assert abc_grades(np.array([0.0, np.nan, 5.0]), (0.8, 0.95)).tolist() == ["C", None, "A"]
    assert abc_grades(np.zeros(2), (0.8, 0.95)).tolist() == ["C", "C"]
    assert abc_grades(np.zeros(0), (0.8, 0.95)).tolist() == []


def test_a_plan_grades_what_the_table_does_not() -> None:
    # Revenue: A1 10 x 9 = 90, B2 10 x 1 = 10, D4 2 x 1 = 2 by its cost; C3 keeps the grade of the table.
    tables = {
        "items": pd.DataFrame(
            {
                "item": ["A1", "B2", "C3", "D4"],
                "unit_price": [9.0, 1.0, 1.0, np.nan],
                "unit_cost": [1.0, 1.0, 1.0, 1.0],
                "grade": [None, None, "A", None],
            }
        ),
        "forecast": pd.DataFrame(
            {"item": ["A1", "B2", "C3", "D4"], "location": "METZ", "date": "2026-11-23", "quantity": [10, 10, 0, 2]}
        ),
    }
    config = mo.ReplenishmentConfig(name="grades", coverage=("2026-11-23", "2026-12-06"), lead_time_days=3)
    plan = mo.replenish(mo.load(tables, as_of="2026-11-23"), config)
    assert plan.summary["grade"].tolist() == ["A", "B", "A", "C"]
    only = config.model_copy(update={"scope": (("grade", ("B",)),)})
    assert mo.replenish(mo.load(tables, as_of="2026-11-23"), only).summary["item"].tolist() == ["B2"]


def test_thresholds_rise_between_0_and_1() -> None:
    with pytest.raises(mo.ConfigError, match="two rising shares between 0 and 1"):
        mo.ReplenishmentConfig(name="x", coverage=("2026-11-23", "2026-12-06"), grade_thresholds=(0.9, 0.8))
