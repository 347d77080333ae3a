"""The cost-service curve: a higher target serves more and holds more, by group, on the same paths."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import moselle_nb as mo
from tests.plans.test_simulate import config, costly

if TYPE_CHECKING:
    from moselle_nb.plans.simulating.service_curve import CostServiceCurve


@pytest.fixture(scope="module")
def curve() -> CostServiceCurve:
    plan = mo.replenish(costly(), config("units", 0.0))
    return mo.cost_service_curve(plan, by="product_line", levels=(0.6, 0.9, 0.99), paths=30, seed=2)


def test_a_higher_target_serves_more_and_holds_more(curve: CostServiceCurve) -> None:
    frame = curve.frame
    assert frame["product_line"].tolist() == ["Garden"] * 3 + ["Tools"] * 3
    for _, group in frame.groupby("product_line"):
        assert group["target"].tolist() == [0.6, 0.9, 0.99]
        for name in ("fill_rate", "cycle_service_level", "average_stock", "holding_cost"):
            assert group[name].is_monotonic_increasing
        assert group["unserved"].is_monotonic_decreasing
    # the phased out item F is not bought: four rows are Tools, six Garden
    assert frame["rows"].tolist() == [6, 6, 6, 4, 4, 4]


def test_a_point_of_the_curve_is_a_simulation_at_that_target(curve: CostServiceCurve) -> None:
    found = mo.simulate(mo.replenish(costly(), config(value=0.9)), paths=30, seed=2)
    items = {"Garden": ["A", "B", "E"], "Tools": ["C", "D"]}
    for line, members in items.items():
        rows = found.rows[found.rows["item"].isin(members)]
        frame = curve.frame
        point = frame[(frame["product_line"] == line) & (frame["target"] == 0.9)].iloc[0]
        for name in ("unserved", "average_stock", "cost"):
            assert point[name] == pytest.approx(rows[name].sum())
        assert point["cost_low"] < point["cost"] < point["cost_high"]


def test_the_chart_has_a_line_for_each_group(curve: CostServiceCurve) -> None:
    chart = curve.chart().to_dict()
    assert len(chart["layer"]) == 3
    (data,) = chart["datasets"].values()
    assert {line["group"] for line in data} == {"Garden", "Tools"}
    assert chart["layer"][0]["encoding"]["x"]["title"] == "Cost"
    assert "0.990" in curve._repr_html_()


def test_groups_are_columns_of_items_suppliers_or_locations(plan: mo.ReplenishmentPlan) -> None:
    found = mo.cost_service_curve(plan, by="supplier", levels=(0.9,), paths=3)
    assert found.frame["supplier"].tolist() == ["(none)", "FAR", "NEAR"]
    assert found.frame["cost"].isna().all()
    assert np.isfinite(found.frame["stock_value"]).all()
    assert found.chart().to_dict()["layer"][0]["encoding"]["x"]["title"] == "Average stock, units"
    places = mo.cost_service_curve(plan, by="location", levels=(0.9,), paths=3)
    assert places.frame["location"].tolist() == ["METZ", "NANCY"]
    with pytest.raises(mo.UnknownNameError, match=r"No column of items 'product_lin' \(did you mean 'product_line'"):
        mo.cost_service_curve(plan, by="product_lin")


def test_targets_out_of_bounds_are_refused(plan: mo.ReplenishmentPlan) -> None:
    with pytest.raises(mo.ConfigError, match=r"each above 0 and below 1: received 1, 95") as broken:
        mo.cost_service_curve(plan, levels=(0.9, 1, 95), method="ready")
    assert "one of cycle_service_level, fill_rate, ready_rate: received 'ready'" in str(broken.value)


@pytest.mark.parametrize("levels", ["0.9", None, ("a",)])
def test_levels_that_are_no_numbers_are_refused(levels: object) -> None:
    plan = mo.replenish(costly(), config("units", 0.0))
    with pytest.raises(mo.ConfigError, match="levels: 1 rule broken\n  - each above 0 and below 1: received"):
        mo.cost_service_curve(plan, levels=levels)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="takes a ReplenishmentPlan; received str"):
        mo.cost_service_curve("plan")  # type: ignore[arg-type]
