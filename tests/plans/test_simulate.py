"""Simulation of plans: what comes as expected is the plan, policies share their paths, nothing is known early."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import moselle_nb as mo
from moselle_nb.engines.distributions import CHOICES, DISTRIBUTIONS
from moselle_nb.engines.sampling import delays, demand_paths, laws_of
from moselle_nb.plans.horizon import extended
from moselle_nb.plans.layout import groups
from moselle_nb.plans.replenishment import plan_rows
from moselle_nb.plans.simulating import rows as simulated_rows
from moselle_nb.plans.simulating.demand import DrawnDemand, forecast_variance
from moselle_nb.plans.simulating.policy import Policy
from tests.effort import SEED, seeds
from tests.oracles.draws import random_instance
from tests.oracles.planned import plan_of
from tests.plans.conftest import AS_OF, tables

if TYPE_CHECKING:
    from numpy.typing import NDArray

COVERAGE = (dt.date(2026, 11, 30), dt.date(2027, 2, 14))


def config(method: str = "cycle_service_level", value: float | None = 0.95, **more: object) -> mo.ReplenishmentConfig:
    given = {"name": "Q1", "coverage": COVERAGE, "lead_time_days": 14, **more}
    return mo.ReplenishmentConfig(**given, safety_stock=mo.SafetyStock(method, value))  # type: ignore[arg-type]


def certain(plan: mo.ReplenishmentPlan) -> mo.ReplenishmentPlan:
    """Return a plan by days that knows of no variance: neither of demand nor of lead times."""
    sd = plan.inputs.rules.lead_time_sd_days
    rules = replace(plan.inputs.rules, lead_time_sd_days=replace(sd, values=np.zeros_like(sd.values)))
    inputs = replace(plan.inputs, rules=rules, variance=np.zeros(plan.inputs.demand.quantity.shape))
    by_day = plan.config.model_copy(update={"bucket": "day"})
    arrays = plan_rows(inputs, by_day, np.arange(inputs.rows), {})
    changed = {
        row: plan_rows(inputs, by_day, np.array([row]), {row: edits}) for row, edits in plan.fixed.items()
    }  # fmt: skip
    return replace(plan, inputs=inputs, config=by_day, arrays=arrays, changed=changed)


def as_planned(plan: mo.ReplenishmentPlan, *, replan: bool) -> None:
    """Simulate demand as expected, without any variance, and compare days and orders with the plan's lines."""
    plan = certain(plan)
    days = plan.inputs.coverage_last + 1
    lines = None if replan else plan.merged.lines
    policy = Policy(plan.inputs, plan.config, plan.fixed, lines, days - 1, 0)
    flat = DrawnDemand(plan.inputs, plan.config, np.zeros(plan.inputs.demand.quantity.shape), 2, 0)
    rows = np.arange(plan.n_rows)
    for place in groups(plan.inputs, rows):
        trial = policy.trial(place, flat.of(place, days), 2, record=True)
        assert trial.quantities is not None
        assert trial.endings is not None
        for column, row in enumerate(place.tolist()):
            lines_of = plan.lines_for(rows=[row]).iloc[:days]
            expected = (lines_of["ending"] - lines_of["backlog"]).to_numpy()
            for path in (2 * column, 2 * column + 1):
                assert trial.endings[:, path].tolist() == expected.tolist()
                assert trial.unserved[path] == lines_of["unserved"].sum()
                assert trial.ordered[path] == lines_of["order_quantity"].sum()


@pytest.mark.parametrize("seed", seeds("simulated_plans"))
@pytest.mark.parametrize("replan", [True, False])
def test_what_comes_as_expected_is_the_plan(seed: int, replan: bool) -> None:
    as_planned(plan_of(random_instance(seed)), replan=replan)


def test_edits_stand_when_the_plan_is_made_anew(plan: mo.ReplenishmentPlan) -> None:
    as_planned(plan, replan=True)


def test_the_same_policy_twice_differs_by_exactly_nothing(plan: mo.ReplenishmentPlan) -> None:
    found = mo.simulate({"one": plan, "other": plan}, paths=20, seed=3)
    for name in ("difference", "low", "high"):
        known = found.differences[name].dropna()
        assert len(known) == 7
        assert (known == 0).all()
    assert (found.row_differences["fill_rate"].dropna() == 0).all()


def test_results_do_not_depend_on_blocks_or_on_other_policies(
    plan: mo.ReplenishmentPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = mo.simulate(plan, paths=10, seed=5)
    other = mo.replenish(mo.load(tables(), as_of=AS_OF), config("none", None, review_period_days=14))
    both = mo.simulate({"longer": other, "plan": plan}, paths=10, seed=5)
    monkeypatch.setattr(simulated_rows, "CELLS", 1)
    by_row = mo.simulate(plan, paths=10, seed=5)
    pd.testing.assert_frame_equal(alone.rows, by_row.rows)
    rows = both.rows[both.rows["policy"] == "plan"].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone.rows, rows)
    np.testing.assert_allclose(alone.totals["unserved"], by_row.totals["unserved"], rtol=1e-12)


def test_no_decision_knows_later_demand(plan: mo.ReplenishmentPlan) -> None:
    policy = Policy(plan.inputs, plan.config, plan.fixed, None, plan.inputs.coverage_last, 0)
    rng = np.random.default_rng(SEED)
    for place in groups(plan.inputs, np.arange(plan.n_rows)):
        calendar = plan.inputs.calendars[plan.inputs.calendar[place[0]]]
        demand = rng.poisson(6.0, (plan.inputs.coverage_last + 1, 3 * len(place))).astype(float)
        first = policy.trial(place, demand, 3, record=True).quantities
        assert first is not None
        for number, day in list(enumerate(calendar.order_days[: calendar.orders].tolist()))[::4]:
            altered = demand.copy()
            altered[day:] = rng.poisson(60.0, altered[day:].shape)
            second = policy.trial(place, altered, 3, record=True).quantities
            assert second is not None
            assert (second[: number + 1] == first[: number + 1]).all()


def test_order_dates_keep_their_positions_when_time_is_longer(plan: mo.ReplenishmentPlan) -> None:
    longer = extended(plan.inputs, plan.inputs.coverage_last + 200)
    for row in range(plan.n_rows):
        old, new = (inputs.calendars[inputs.calendar[row]] for inputs in (plan.inputs, longer))
        assert new.order_days[: old.orders].tolist() == old.order_days[: old.orders].tolist()
        assert new.arrival_days[: old.orders].tolist() == old.arrival_days[: old.orders].tolist()
        assert new.orders > old.orders or not old.orders


def test_weeks_past_coverage_go_on_with_the_demand_beyond_the_forecast(plan: mo.ReplenishmentPlan) -> None:
    found = mo.simulate(plan, paths=5, weeks=40)
    assert found.days == 280
    assert (found.totals["ordered"] > mo.simulate(plan, paths=5).totals["ordered"]).all()


def test_sold_demand_is_one_path_without_intervals(plan: mo.ReplenishmentPlan) -> None:
    sold = tables()["forecast"].drop(columns="sd")
    stranger = sold.iloc[[0]].assign(item="X")
    plan = certain(plan)
    found = mo.simulate(plan, demand=pd.concat([sold, stranger]))
    assert found.paths == 1
    assert found.totals["fill_rate_low"].isna().all()
    judged = plan.lines[plan.lines["date"] <= pd.Timestamp(COVERAGE[1])]
    assert found.totals["unserved"].iloc[0] == pytest.approx(judged["unserved"].sum(), abs=1e-9)
    assert found.messages["kind"].tolist()[0] == "demand_left_out"


def costly() -> mo.PlanningData:
    """The tables with costs of items and of orders."""
    made = tables()
    made["items"] = made["items"].assign(holding_cost=0.01, shortage_cost=2.0)
    made["constraints"] = pd.DataFrame({"scope": ["plan"], "key": [None], "field": ["order_cost"], "value": ["5"]})
    return mo.load(made, as_of=AS_OF)


def test_costs_are_stock_shortage_and_orders_at_their_prices() -> None:
    found = mo.simulate(mo.replenish(costly(), config()), paths=10, seed=2)
    total = found.totals.iloc[0]
    assert total["holding_cost"] == pytest.approx(0.01 * total["average_stock"] * found.days)
    assert total["shortage_cost"] == pytest.approx(2.0 * total["unserved"])
    assert total["order_cost"] == pytest.approx(5.0 * total["orders"])
    assert total["cost"] == pytest.approx(total["holding_cost"] + total["shortage_cost"] + total["order_cost"])
    assert not found.messages["kind"].str.startswith("no_").any()


def test_costs_that_are_not_known_are_none_and_said(plan: mo.ReplenishmentPlan) -> None:
    found = mo.simulate(plan, paths=3)
    assert found.totals[["holding_cost", "cost"]].isna().all(axis=None)
    said = found.messages.set_index("kind")["text"]
    assert said["no_shortage_cost"] == "rows have no shortage_cost: it is not known and not in any cost"
    assert "not known" in found._repr_html_()


def test_shelf_lives_are_said_not_to_be_simulated() -> None:
    made = tables()
    made["items"] = made["items"].assign(shelf_life_days=[30, *[np.nan] * 4, 60])
    plan = mo.replenish(mo.load(made, as_of=AS_OF), config())
    said = mo.simulate(plan, paths=2).messages.set_index("kind").loc["shelf_life"]
    assert (said["rows"], said["text"]) == (
        4, "rows have a shelf life, but nothing expires in the simulation: what does is counted as stock and sold",
    )  # fmt: skip


def test_one_of_each_is_said_so() -> None:
    keys = {"item": ["A"], "location": ["METZ"]}
    forecast = pd.DataFrame({**keys, "date": ["2026-11-23"], "quantity": [7.0], "sd": [1.0]})
    plan = mo.replenish(mo.load({"forecast": forecast}, as_of="2026-11-23"), config(coverage=("2026-11-23",) * 2))
    assert repr(plan) == "ReplenishmentPlan('Q1', 2026-11-23 to 2026-11-23, 1 row)"
    assert repr(mo.simulate(plan, paths=1)) == "Simulation(plan: 1 row, 1 day, 1 path, seed 0)"


def test_more_safety_stock_serves_more_on_the_same_paths() -> None:
    data = costly()
    plans = {"none": mo.replenish(data, config("none", None)), "0.98": mo.replenish(data, config(value=0.98))}
    found = mo.simulate(plans, paths=40, seed=1)
    line = found.compare("0.98", "none").set_index("measure").loc["fill_rate"]
    assert 0 < line["low"] < line["difference"] < line["high"]
    chart = found.chart().to_dict()
    assert len(chart["hconcat"]) == 3
    with pytest.raises(mo.UnknownNameError, match=r"0\.98"):
        found.compare("0.99", "none")


def test_what_cannot_be_simulated_is_refused() -> None:
    made = tables()
    made["forecast"] = made["forecast"].drop(columns="sd")
    plan = mo.replenish(mo.load(made, as_of=AS_OF), config("units", 5.0))
    with pytest.raises(mo.ContractError, match=r"paths are drawn around a forecast whose error is known: .* 12 rows"):
        mo.simulate(plan)
    assert mo.simulate(plan, forecast_cv=0.3, paths=2).paths == 2
    with pytest.raises(mo.ConfigError, match="a whole number from 1 to 100,000") as broken:
        mo.simulate(plan, paths=0, weeks=0, confidence=1.0, seed=-1)
    assert all(word in str(broken.value) for word in ("received 0", "from 1 to 208", "above 0 and below 1", "-1"))
    with pytest.raises(TypeError, match="received dict"):
        mo.simulate({"a": {}})  # type: ignore[dict-item]
    other = mo.replenish(mo.load(tables(), as_of=AS_OF), config(locations=("METZ",)))
    with pytest.raises(mo.ConfigError, match=r"all plans have the same rows.*'b' has another than 'a'"):
        mo.simulate({"a": plan, "b": other})
    sold = pd.DataFrame({"item": ["A"], "location": ["METZ"], "date": ["2026-11-30"], "quantity": [-1.0]})
    with pytest.raises(mo.ContractError, match=r"quantity is finite and >= 0.*row 0: -1"):
        mo.simulate(plan, demand=sold)
    with pytest.raises(mo.ContractError, match=r"quantity is at most 1,000,000,000 units, so that .* row 0: 1e\+18"):
        mo.simulate(plan, demand=sold.assign(quantity=1e18))
    with pytest.raises(mo.ContractError, match="quantity not found"):
        mo.simulate(plan, demand=pd.DataFrame({"item": ["A"], "location": ["METZ"], "date": ["2026-11-30"]}))


MOMENTS = [("negative_binomial", 0.4, 1.1), ("negative_binomial", 900.0, 2000.0), ("poisson", 2.0, 2.0),
           ("poisson", 900.0, 900.0), ("gamma", 6.0, 3.0), ("normal", 80.0, 90.0)]  # fmt: skip


@pytest.mark.parametrize(("law", "mean", "variance"), MOMENTS)
def test_drawn_demand_has_the_moments_of_the_forecast(law: str, mean: float, variance: float) -> None:
    # 40,000 draws: the mean lies within 5 standard errors, the variance within 6 % (heavier tails: a wide margin)
    given = np.full((20, 2), mean), np.full((20, 2), variance)
    code = laws_of(*given, np.full(2, CHOICES.index(law), dtype=np.int8))
    assert (code == DISTRIBUTIONS.index(law)).all()
    drawn = demand_paths(*given, code, np.array([4, 9]), 1000, SEED)
    assert abs(drawn.mean() - mean) < 5 * np.sqrt(variance / drawn.size)
    assert abs(drawn.var() / variance - 1) < 0.06
    assert drawn.min() >= 0
    first, second = drawn.reshape(20, 2, 1000).transpose(1, 0, 2).reshape(2, -1)
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.04


@pytest.mark.parametrize(("mean", "variance"), [(0.05, 0.05), (0.3, 0.9), (2.0, 2.0), (5.0, 40.0), (30.0, 36.0)])
def test_counts_come_as_often_as_their_law_says(mean: float, variance: float) -> None:
    # a chi-square test at one in a thousand of 200,000 counts against scipy's probabilities, and of two laws at once
    count = stats.poisson(mean) if mean == variance else stats.nbinom(mean**2 / (variance - mean), mean / variance)
    means, variances = np.array([[mean], [7.0], [mean]]), np.array([[variance], [9.0], [variance]])
    drawn = demand_paths(
        means, variances, laws_of(means, variances, np.zeros(1, dtype=np.int8)), np.array([1]), 100_000, SEED
    )
    edges = np.unique(count.ppf(np.linspace(0.02, 0.98, 13)))
    seen = np.bincount(np.searchsorted(edges, drawn[[0, 2]].ravel()), minlength=len(edges) + 1)
    chance = np.diff(np.concatenate([[0.0], count.cdf(edges), [1.0]]))
    assert ((seen - 2e5 * chance) ** 2 / (2e5 * chance)).sum() < stats.chi2(len(edges)).ppf(0.999)
    assert abs(drawn[1].mean() - 7.0) < 0.05


def test_the_law_follows_mean_and_variance_and_what_is_asked_for() -> None:
    mean, variance = np.array([[2.0, 2.0, 2.0, 0.0, 2.0, 90.0]]), np.array([[3.0, 2.0, 0.5, 4.0, 0.0, 100.0]])
    names = [DISTRIBUTIONS[code] for code in laws_of(mean, variance, np.zeros(6, dtype=np.int8))[0]]
    assert names == ["negative_binomial", "poisson", "gamma", "deterministic", "deterministic", "gamma"]
    asked = np.array([CHOICES.index(name) for name in ("gamma", "normal", "poisson", "gamma", "gamma", "empirical")])
    names = [DISTRIBUTIONS[code] for code in laws_of(mean, variance, asked.astype(np.int8))[0]]
    assert names == ["gamma", "normal", "poisson", "deterministic", "deterministic", "empirical"]


def test_lead_times_vary_around_the_expected_one() -> None:
    late = delays(np.full((50, 2), 10.0), np.array([3.0, 0.0]), np.array([0, 1]), 400, SEED)
    assert late is not None
    first, second = late.reshape(50, 2, 400).transpose(1, 0, 2)
    assert abs(first.mean()) < 0.12
    assert abs(first.std() - np.sqrt(9 + 1 / 12)) < 0.15
    assert first.min() >= -10
    assert (second == 0).all()
    assert delays(np.full((5, 1), 10.0), np.zeros(1), np.zeros(1, dtype=np.int64), 4, 0) is None


def test_variance_is_the_plans_own_where_it_has_one(plan: mo.ReplenishmentPlan) -> None:
    rows: NDArray[np.intp] = np.arange(plan.n_rows)
    assert plan.inputs.variance is not None
    assert (forecast_variance(plan.inputs, rows) == plan.inputs.variance).all()
    without = mo.replenish(mo.load(tables(), as_of=AS_OF), config("units", 5.0))
    assert without.inputs.variance is None
    assert np.unique(forecast_variance(without.inputs, rows)).tolist() == [64.0]


def steady() -> mo.ReplenishmentPlan:
    """Return a plan of one row that sells ten a day for sure and has them for seven days; orders take seven."""
    weeks = pd.date_range("2026-11-23", periods=8, freq="7D")
    lamp = {"item": "Lamp", "location": "SHOP"}
    given = {
        "items": pd.DataFrame([{"item": "Lamp", "lead_time_days": 7}]),
        "forecast": pd.DataFrame([{**lamp, "date": week, "quantity": 70, "sd": 0} for week in weeks]),
        "inventory": pd.DataFrame([{**lamp, "on_hand": 70}]),
    }
    wanted = {"coverage": ("2026-11-23", "2026-12-06"), "safety_stock": mo.SafetyStock("none")}
    return mo.replenish(mo.load(given, as_of="2026-11-23"), mo.ReplenishmentConfig(name="steady", **wanted))


def test_late_orders_by_hand() -> None:
    # The order of day 0 is to arrive on day 7, when the shelf is empty. Three days late, it leaves days 7 to 9 without
    # lamps: 30 of the 140 of two weeks. Two days early, nothing is missing.
    plan = steady()
    days_late = {"late": 3, "early": -2}
    found = mo.simulate(dict.fromkeys(("late", "as believed", "early"), plan), paths=2, days_late=days_late)
    assert found.totals.set_index("policy")["unserved"].to_dict() == {"late": 30, "as believed": 0, "early": 0}
    assert mo.simulate(plan, paths=2, days_late=3).totals["unserved"].tolist() == [30]


def test_wrong_delays_are_refused() -> None:
    with pytest.raises(mo.ConfigError) as error:
        mo.simulate({"mine": steady()}, days_late={"mien": 3, "mine": 2.5})  # type: ignore[dict-item]
    assert "names one of the plans: 1 row, e.g. 'mien' (did you mean 'mine'?)" in str(error.value)
    assert "whole days from -365 to 365: 1 row, e.g. received 2.5" in str(error.value)


def test_what_is_no_number_or_no_table_is_refused_in_one_error() -> None:
    plan = mo.replenish(mo.load(tables(), as_of=AS_OF), config())
    wrong = {"paths": "3", "weeks": 1.5, "confidence": "x", "seed": 10**30, "forecast_cv": -1, "replan": "no"}
    with pytest.raises(mo.ConfigError) as broken:
        mo.simulate(plan, **wrong)  # type: ignore[arg-type]
    assert str(broken.value).splitlines()[1::2] == [
        "  - a whole number from 1 to 100,000: received '3'",
        "  - a whole number from 1 to 208: received 1.5",
        "  - above 0 and below 1: received 'x'",
        f"  - a whole number >= 0 and below 2^63: received {10**30}",
        "  - a finite number >= 0, or None: received -1",
        "  - true or false: received 'no'",
    ]
    with pytest.raises(mo.ContractError, match=r"is a pandas data frame .*: received str"):
        mo.simulate(plan, demand="x")  # type: ignore[arg-type]
    sold = pd.DataFrame({"item": ["A"], "location": "W", "date": "soon", "quantity": 1.0})
    with pytest.raises(mo.ContractError, match=r"date is a day such as 2026-12-07: 1 row, e\.g\. row 0: soon"):
        mo.simulate(plan, demand=sold)
