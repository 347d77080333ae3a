"""X, Y and Z by the coefficient of variation of sales."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import moselle_nb as mo
from moselle_nb.plans.variability import coefficients_of_variation, xyz_classes

AS_OF = "2026-11-23"
WEEKS = pd.date_range(end="2026-11-16", periods=8, freq="7D")
COVERAGE = (AS_OF, "2026-12-06")

STEADY = [9, 11] * 4  # mean 10, squares 8 x 1: sd = sqrt(8 / 7) = 1.069, variation 0.107
VARYING = [4, 16] * 4  # mean 10, squares 8 x 36: sd = sqrt(288 / 7) = 6.414, variation 0.641
IRREGULAR = [0, 0, 0, 40] * 2  # mean 10, squares 6 x 100 + 2 x 900: sd = sqrt(2400 / 7) = 18.516, variation 1.852


def tables(**sold: list[int]) -> dict[str, pd.DataFrame]:
    """Items with a forecast of 10 in each of two weeks, and sales of eight weeks."""
    names = list(sold)
    forecast = [(name, "METZ", day, 10) for name in names for day in ("2026-11-23", "2026-11-30")]
    lines = [(name, "METZ", day, n) for name in names for day, n in zip(WEEKS, sold[name], strict=False)]
    return {
        "items": pd.DataFrame({"item": names, "supplier": "S", "lead_time_days": 3}),
        "forecast": pd.DataFrame(forecast, columns=["item", "location", "date", "quantity"]),
        "sales": pd.DataFrame(lines, columns=["item", "location", "date", "quantity"]),
    }


def load(found: dict[str, pd.DataFrame]) -> mo.PlanningData:
    return mo.load(found, as_of=AS_OF)


def planned(found: dict[str, pd.DataFrame], **options: Any) -> mo.ReplenishmentPlan:
    return mo.replenish(load(found), mo.ReplenishmentConfig(name="xyz", coverage=COVERAGE, **options))


def test_classes_by_hand() -> None:
    data = load(tables(A=STEADY, B=VARYING, C=IRREGULAR))
    expected = [np.sqrt(8 / 7) / 10, np.sqrt(288 / 7) / 10, np.sqrt(2400 / 7) / 10]
    np.testing.assert_allclose(coefficients_of_variation(data, ""), expected)
    plan = planned(tables(A=STEADY, B=VARYING, C=IRREGULAR))
    assert plan.summary["variability"].tolist() == ["X", "Y", "Z"]
    assert plan.check().ok


def test_a_threshold_belongs_to_the_steadier_class() -> None:
    assert xyz_classes(np.array([0.5, 0.51, 1.0, 1.01]), (0.5, 1.0)).tolist() == ["X", "Y", "Y", "Z"]
    narrow = planned(tables(A=STEADY, B=VARYING), variability_thresholds=(0.1, 0.2)).summary
    assert narrow["variability"].tolist() == ["Y", "Z"]


def test_the_tables_own_class_stands() -> None:
    found = tables(A=STEADY, B=VARYING)
    found["items"]["variability"] = ["Z", None]
    assert planned(found).summary["variability"].tolist() == ["Z", "Y"]


def test_stockouts_are_left_out_and_locations_are_added_up() -> None:
    found = tables(A=[10, 10, 10, 10, 10, 10, 10, 10])
    there = found["sales"].assign(location="NANCY")
    there["in_stock"] = True
    there.loc[3, ["quantity", "in_stock"]] = [0, False]
    forecast = found["forecast"].assign(location="NANCY")
    both = {**found, "forecast": pd.concat([found["forecast"], forecast])}
    both["sales"] = pd.concat([found["sales"].assign(in_stock=True), there])
    # Seven weeks of 20 are left: too few, so the variation is that of the forecast, which is steady.
    assert coefficients_of_variation(load(both), "").tolist() == [0.0]
    both["sales"]["quantity"] = [10, 10, 10, 10, 2, 10, 10, 10, 10, 10, 10, 0, 10, 10, 10, 10]
    longer = both["sales"].assign(date=both["sales"]["date"] - pd.Timedelta(days=56), in_stock=True)
    both["sales"] = pd.concat([longer, both["sales"]])
    assert coefficients_of_variation(load(both), "")[0] > 0.1


def test_without_sales_it_is_the_forecast_that_varies() -> None:
    found = tables(A=[])
    found["forecast"]["quantity"] = [5, 15]  # mean 10, sd = sqrt(50)
    np.testing.assert_allclose(coefficients_of_variation(load(found), ""), np.sqrt(50) / 10)
    found["forecast"]["quantity"] = [0, 0]
    assert planned(found).summary["variability"].isna().all()


def test_sales_from_as_of_on_say_nothing() -> None:
    found = tables(A=STEADY)
    later = pd.DataFrame({"item": "A", "location": "METZ", "date": [AS_OF, "2026-11-30"], "quantity": [900, 0]})
    more = {**found, "sales": pd.concat([found["sales"], later])}
    assert coefficients_of_variation(load(more), "").tolist() == coefficients_of_variation(load(found), "").tolist()


def test_a_class_filters_and_carries_rules() -> None:
    found = tables(A=STEADY, B=VARYING, C=IRREGULAR)
    assert planned(found, scope={"variability": "Y"}).summary["item"].tolist() == ["B"]
    rules = [
        mo.Constraint("variability", "safety_stock_days", 28, key="Z"),
        mo.Constraint("grade", "moq", 500, key="A"),
    ]
    plan = planned(found, constraints=rules)
    kept = plan.summary.set_index("item")["safety_stock"]
    assert kept["C"] > kept["A"]
    lines = plan.order_lines
    first = str(lines.loc[lines["item"] == "C", "order_date"].min().date())
    assert "the configuration's constraints, variability Z" in str(plan.explain("C", "METZ", first))


def test_a_class_of_the_constraints_table() -> None:
    found = tables(A=STEADY, C=IRREGULAR)
    row = {"scope": ["variability"], "key": ["Z"], "field": ["moq"], "value": ["77"]}
    lines = planned({**found, "constraints": pd.DataFrame(row)}).order_lines
    assert lines.loc[lines["item"] == "C", "quantity"].min() == 77
    assert lines.loc[lines["item"] == "A", "quantity"].min() < 77


def test_an_unknown_class_is_refused() -> None:
    found = tables(A=STEADY)
    row = {"scope": ["variability"], "key": ["W"], "field": ["moq"], "value": ["77"]}
    with pytest.raises(mo.ContractError, match=r"key of scope variability is known: 1 row, e\.g\. 'W'"):
        load({**found, "constraints": pd.DataFrame(row)})
    with pytest.raises(mo.ConfigError, match="no variability 'W'"):
        planned(found, constraints=[mo.Constraint("variability", "moq", 5, key="W")])
    # A class that no item happens to be in is no mistake.
    planned(found, constraints=[mo.Constraint("variability", "moq", 5, key="Z")])


@pytest.mark.parametrize("pair", [(1.0, 0.5), (0.0, 0.5), (0.5, float("inf"))])
def test_thresholds_rise_above_0(pair: tuple[float, float]) -> None:
    with pytest.raises(mo.ConfigError, match="two rising numbers above 0"):
        mo.ReplenishmentConfig(name="x", coverage=COVERAGE, variability_thresholds=pair)


def test_a_plan_keeps_its_classes(tmp_path: Any) -> None:
    plan = planned(tables(A=STEADY, B=VARYING))
    opened = mo.open_plan(plan.save(tmp_path / "xyz.moselle"))
    assert opened.summary["variability"].tolist() == ["X", "Y"]
