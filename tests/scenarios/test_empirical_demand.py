"""Empirical demand: what plans make of a forecast's quantiles, worked out by hand.

The row of these tests, unless one says otherwise: weeks from Monday, day 0, with quantiles 7, 35 and 63 at 10, 50 and
90 %: 70 units per whole share, so that a week's demand is uniform from 0 to 70, with a mean of 35, which is the
forecast, and a variance of 4900 / 12 = 408.3333, a standard deviation of 20.2072594. Orders on Mondays, at once there.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import moselle_nb as mo
from tests.effort import count

if TYPE_CHECKING:
    from pathlib import Path

    from tests.scenarios.conftest import ManyRows, OneRow


def weeks(item: str = "A", quantity: float = 35, **quantiles: Any) -> pd.DataFrame:
    mondays = pd.date_range("2026-11-23", periods=20, freq="7D")
    given = quantiles or {"q10": 7, "q50": 35, "q90": 63}
    return pd.DataFrame({"item": item, "location": "W", "date": mondays, "quantity": quantity, **given})


@pytest.fixture
def one_row(one_row: OneRow) -> OneRow:
    """Plan weeks with quantiles, unless a case says otherwise."""
    usual = {"lead": 0, "on_hand": 0, "tables": {"forecast": weeks()}, "demand_distribution": "empirical"}
    return partial(one_row, **usual)


def test_one_week_has_the_forecasts_quantiles(one_row: OneRow) -> None:
    # The quantile of 0.9 is q90, 63: 28 above the mean. A normal week would keep 1.2815516 x 20.2072594 = 25.8966.
    case = one_row(safety=("cycle_service_level", 0.9))
    assert case.line(0)["safety_stock"] == 28
    assert case.units()[0] == 63
    normal = one_row(safety=("cycle_service_level", 0.9), demand_distribution="normal")
    assert normal.line(0)["safety_stock"] == pytest.approx(25.8966, abs=1e-3)


def test_fill_rate_by_hand(one_row: OneRow) -> None:
    # E[(D - S)^+] = (70 - S)^2 / 140 = 2 % of 35 = 0.7: 70 - S = sqrt(98) = 9.8994949, S = 60.1005051;
    # x 1024 = 61542.92, up to 61543: 25.1005859 above the mean.
    case = one_row(safety=("fill_rate", 0.98))
    assert case.line(0)["safety_stock"] == (61543 - 35 * 1024) / 1024
    assert case.units()[0] == 61


def test_two_weeks_are_normal_where_one_is_symmetric(one_row: OneRow) -> None:
    # A lead time of a week: days 0 to 13 are two weeks, skewness 0 / sqrt(2): 1.2815516 x sqrt(816.6667) = 36.6233.
    case = one_row(lead=7, on_hand=35, safety=("cycle_service_level", 0.9))
    assert case.line(0)["safety_stock"] == pytest.approx(36.6233, abs=1e-3)
    assert case.units()[0] == 72


def test_two_weeks_have_half_the_squared_skewness_of_one(one_row: OneRow) -> None:
    # Quantiles 0 up to 50 % and 40 at 100 %: mean 10, E[D^2] = (1/2) 1600 / 3 = 266.6667, variance 166.6667; third
    # moment (1/2) (mean of x^3 from -10 to 30, (30^4 - 10^4) / 160 = 5000) - (1/2) 1000 = 2000: skewness 0.9295160; of
    # two weeks 0.6572671: gamma of shape 4 / 0.432 = 9.2592593, whose 0.9 by scipy.stats.pearson3 is 1.3311644
    # deviations of sqrt(333.3333) = 18.2574186: 24.3036.
    forecast = weeks(quantity=10, q25=0, q50=0, q75=20)
    case = one_row(lead=7, on_hand=20, safety=("cycle_service_level", 0.9), tables={"forecast": forecast})
    assert case.line(0)["safety_stock"] == pytest.approx(24.3036, abs=1e-3)


def test_on_the_window_the_leftover_has_the_forecasts_quantiles(one_row: OneRow) -> None:
    # Stock of 35 meets a uniform week before the order arrives: (70 - 35)^2 / 140 = 8.75 are expected to be lost and
    # left. The order serves days 7 to 13, one week: q90 is 63, of which 8.75 are there: 54.25 -> 55.
    case = one_row(
        lead=7, on_hand=35, safety=("cycle_service_level", 0.9), lost_sales_sizing="expected_leftover",
    )  # fmt: skip
    assert case.line(0)["safety_stock"] == 28
    assert case.units()[0] == 55


def test_the_mean_and_the_given_deviation_scale_the_shape(one_row: OneRow) -> None:
    # sd 10 in place of 20.2072594: 28 x 10 / 20.2072594 = 13.8564065; x 1024 = 14188.96 -> 14189.
    case = one_row(tables={"forecast": weeks().assign(sd=10.0)}, safety=("critical_ratio", 0.9))
    assert case.line(0)["safety_stock"] == 14189 / 1024


def test_periods_count_by_their_spread(one_row: OneRow) -> None:
    # Ten weeks as ever, and ten of quantiles 30, 35, 40: summed they are 370, 700, 1030, uniform again.
    forecast = pd.concat([weeks()[:10], weeks(q10=30, q50=35, q90=40)[10:]])
    case = one_row(tables={"forecast": forecast}, safety=("cycle_service_level", 0.9))
    assert case.line(0)["safety_stock"] == pytest.approx(28, abs=1 / 1024)


@pytest.mark.parametrize("unmet", ["lost", "backorder"])
@pytest.mark.parametrize("sizing", ["expected_leftover", "protection_interval"])
@pytest.mark.parametrize(
    "safety",
    [("cycle_service_level", 0.95), ("fill_rate", 0.97), ("ready_rate", 0.9), ("critical_ratio", 0.85), ("cost",)],
)
def test_every_method_is_sized_and_verified(one_row: OneRow, unmet: str, sizing: str, safety: tuple[Any, ...]) -> None:
    # The checker recomputes each with its own arithmetic; see `Case`.
    costs = {"unit_cost": 2, "unit_price": 5, "holding_cost": 0.02, "lead_time_sd_days": 1.5}
    forecast = weeks(quantity=30, q5=0, q40=5, q70=12, q90=110, q99=140)
    case = one_row(
        lead=9, on_hand=90, item=costs, safety=safety, unmet=unmet, lost_sales_sizing=sizing,
        tables={"forecast": forecast}, coverage=(0, 20),
    )  # fmt: skip
    assert case.line(14)["safety_stock"] > 0
    day = next(iter(case.units()))
    assert day is not None
    assert case.edit(day, 40).line(14)["safety_stock"] == case.line(14)["safety_stock"]


REFUSED = (
    "forecast: 1 rule broken\n"
    "  - demand_distribution empirical needs the forecast's quantiles: give two columns or more, such as q10, q50 and "
    "q90, that differ, or another demand_distribution for these rows: 1 row, e.g. (A, W)"
)


@pytest.mark.parametrize(
    "forecast",
    [
        weeks().drop(columns=["q10", "q50", "q90"]).assign(sd=4.0),
        weeks(q10=None, q90=None).assign(sd=4.0),
        weeks(q10=35, q90=35).assign(sd=4.0),
    ],
)
def test_rows_without_quantiles_are_refused(one_row: OneRow, forecast: pd.DataFrame) -> None:
    with pytest.raises(mo.ContractError) as refused:
        one_row(tables={"forecast": forecast}, safety=("cycle_service_level", 0.9))
    assert str(refused.value) == REFUSED
    one_row(tables={"forecast": forecast}, safety=("cycle_service_level", 0.9), demand_distribution="auto")


def test_a_row_without_demand_needs_none(one_row: OneRow) -> None:
    case = one_row(
        tables={"forecast": weeks(quantity=0, q10=None, q90=None).assign(sd=0.0)}, safety=("cycle_service_level", 0.9)
    )
    assert case.plan.inputs.shapes is None
    assert case.units() == {}


def test_one_item_is_empirical_by_a_constraint(many_rows: ManyRows) -> None:
    from tests.scenarios.conftest import Row

    forecast = pd.concat([weeks("A"), weeks("B").drop(columns=["q10", "q50", "q90"]).assign(sd=20.2072594)])
    case = many_rows(
        {"A": Row(on_hand=0), "B": Row(on_hand=0)}, lead=0, tables={"forecast": forecast},
        safety=("cycle_service_level", 0.9),
        constraints=[mo.Constraint("item", "demand_distribution", "empirical", "A")],
    )  # fmt: skip
    assert case.line(0, "A")["safety_stock"] == 28
    assert case.line(0, "B")["safety_stock"] != 28
    assert case.plan.inputs.shapes is not None
    assert case.plan.inputs.shapes.row.tolist() == [0]


def test_it_is_explained_with_its_quantiles_or_its_skewness(one_row: OneRow) -> None:
    case = one_row(safety=("cycle_service_level", 0.9))
    step = next(step for step in case.plan.explain("A", "W", case.date(0)).steps if step.name == "Distribution")
    assert step.value == "Empirical"
    assert step.note == (
        "the shape of the forecast's quantiles, on exactly one of its periods: q10 = 7.0, q50 = 35.0, q90 = 63.0"
    )
    case = one_row(lead=7, safety=("cycle_service_level", 0.9), tables={"forecast": weeks(q10=7, q50=20, q90=63)})
    step = next(step for step in case.plan.explain("A", "W", case.date(0)).steps if step.name == "Distribution")
    assert step.note == (
        "the skewness of the forecast's quantiles, 0.63 in one period, is 0.44 on these days, 2 periods"
    )


def test_a_saved_plan_keeps_its_shapes(one_row: OneRow, tmp_path: Path) -> None:
    plan = one_row(safety=("fill_rate", 0.95)).plan.edit("A", "W", "2026-11-30", 50)
    plan.save(tmp_path / "shapes.moselle")
    opened = mo.open_plan(tmp_path / "shapes.moselle")
    assert opened.fingerprint == plan.fingerprint
    pd.testing.assert_frame_equal(opened.order_lines, plan.order_lines)
    assert opened.check().ok
    other = one_row(safety=("fill_rate", 0.95), tables={"forecast": weeks(q10=8, q50=34, q90=63).assign(sd=20.0)})
    scaled = one_row(safety=("fill_rate", 0.95), tables={"forecast": weeks().assign(sd=20.0)})
    assert other.plan.fingerprint != scaled.plan.fingerprint


def test_a_plan_with_another_shape_is_reported(one_row: OneRow) -> None:
    from moselle_nb.plans.check import check

    plan = one_row(safety=("cycle_service_level", 0.9)).plan
    assert plan.inputs.shapes is not None
    wrong = replace(plan.inputs.shapes, scores=plan.inputs.shapes.scores * np.array([1, 1, 1, 0.9, 1])[:, None])
    broken = replace(plan, inputs=replace(plan.inputs, shapes=wrong))
    report = check(broken)
    assert not report.ok
    assert {"suggestion", "stock figures"} <= set(report.violations["rule"])


def test_simulated_weeks_reach_the_target_within_their_interval(one_row: OneRow) -> None:
    # One cycle is one week of 0 to 7000 units, so that whole orders alter nothing: 90 % of the weeks are served, or
    # 98 % of the demand. The quantile of a normal week, 1.2815516 deviations, would be served in 87 %.
    forecast = weeks(quantity=3500, q10=700, q50=3500, q90=6300)
    for method, target in (("cycle_service_level", 0.9), ("fill_rate", 0.98)):
        plan = one_row(safety=(method, target), unmet="backorder", coverage=(0, 69), tables={"forecast": forecast}).plan
        found = mo.simulate(plan, paths=count("simulated_periods") // 10, seed=4, confidence=0.99).totals.iloc[0]
        assert found[f"{method}_low"] <= target <= found[f"{method}_high"]
        assert found[f"{method}_high"] - found[f"{method}_low"] < 0.02


def test_the_checker_finds_nothing_lost_above_the_most_that_can_be_asked() -> None:
    # Skewness -1 has no demand above the mean plus 2 deviations; what rounding left there was looked for without end.
    from moselle_nb.plans.checker.shapes import Skewed

    of = [np.array([value]) for value in (7.0, 3.0, -1.0)]
    assert [float(Skewed(*of).lost(np.array([units]))[0]) for units in (13.0, 20.1, 1e9)] == [0, 0, 0]
