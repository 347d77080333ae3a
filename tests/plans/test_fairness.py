"""Fairness: figures that a person can work out, and the same stock under every rule."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import moselle_nb as mo
from tests.plans.allocation_tables import allocated, lane, tables

if TYPE_CHECKING:
    import pandas as pd

RULES = ["equal_runout", "proportional", "priority", "marginal_value", "even"]


def two_stores(**more: Any) -> mo.AllocationPlan:
    """W has 12. S sells 3 a day and T 1, over 10 days; a unit sold earns 3; a unit to S costs 0.5."""
    lanes = [lane("W", "S", 0.5), lane("W", "T")]
    return allocated(tables({"W": 12}, {"S": 3, "T": 1}, lanes), **more)


def row(rules: pd.DataFrame, name: str, columns: str) -> list[Any]:
    """Give some columns of a rule."""
    return [rules.loc[rules["rule"] == name, column].iloc[0] for column in columns.split()]


def test_the_figures_of_a_rule_are_those_of_its_own_plan() -> None:
    # Equal runout: 9 and 3, three days each. 21 + 7 = 28 units are lost, worth 84; transfers cost 4.5.
    rules, rule = two_stores().fairness().rules, "equal_runout"
    assert row(rules, rule, "allocated units_short rows_short locations_short items_short") == [12, 28, 2, 2, 1]
    assert row(rules, rule, "lowest_cover mean_cover cover_spread") == [3, 3, 0]
    assert row(rules, rule, "expected_lost_units value_lost transfer_cost cost") == [28, 84, 4.5, 88.5]


def test_every_rule_divides_the_same_stock_and_the_best_is_what_others_are_held_against() -> None:
    # Marginal value: T is free and takes its 10 first, S gets 2: lost 28 too, transfers cost 1. Even: 6 and 6, cost 3.
    rules = two_stores().fairness().rules
    assert rules["rule"].tolist() == RULES
    assert rules["chosen"].tolist() == [True, False, False, False, False]
    assert (rules["allocated"] == 12).all()
    columns = "transfer_cost cost_against_best lowest_cover"
    assert row(rules, "marginal_value", columns) == pytest.approx([1.0, 0.0, 2 / 3])
    assert row(rules, "even", columns) == [3.0, 2.0, 2.0]
    assert row(rules, "equal_runout", "cost_against_best") == [3.5]


def test_the_error_of_the_forecast_makes_lost_sales_likely_even_where_stock_is_the_mean() -> None:
    # Need 40 of 40: the forecast itself loses nothing. With sd 2 a day, S and T lose 0.3989 · 2 · √10 = 2.523 each.
    found = tables({"W": 40}, {"S": 3, "T": 1}, [lane("W", "S"), lane("W", "T")])
    plain = allocated(found).fairness()
    assert plain.rules["expected_lost_units"].tolist() == [0] * 5
    assert plain.notes == (
        "The error of the forecast is not known for 2 rows: their lost sales are those of the forecast itself.",
    )
    found["forecast"]["sd"] = 2.0
    known = allocated(found).fairness()
    assert known.rules["expected_lost_units"].iloc[0] == pytest.approx(2 * 2.523, abs=1e-3)
    assert known.notes == ()
    # A share of the forecast: 0.5 of 3 and of 1 a day, so 0.3989 · √10 · (1.5 + 0.5).
    found["forecast"] = found["forecast"].drop(columns="sd")
    found["items"]["forecast_cv"] = 0.5
    shared = allocated(found).fairness()
    assert shared.rules["expected_lost_units"].iloc[0] == pytest.approx(2.523, abs=1e-3)
    assert shared.notes == ()


def test_locations_are_told_apart_and_add_up() -> None:
    found = two_stores().fairness()
    detail = found.by_location[found.by_location["rule"] == "even"].set_index("location")
    assert detail["allocated"].to_dict() == {"S": 6, "T": 6}
    assert detail["units_short"].to_dict() == {"S": 24, "T": 4}
    assert detail["lowest_cover"].to_dict() == {"S": 2, "T": 6}
    totals = found.by_location.groupby("rule")["expected_lost_units"].sum()
    assert totals.to_dict() == pytest.approx(found.rules.set_index("rule")["expected_lost_units"].to_dict())


def test_an_unknown_margin_is_said_and_makes_no_amount() -> None:
    found = tables({"W": 12}, {"S": 3, "T": 1}, [lane("W", "S"), lane("W", "T")])
    del found["items"]["unit_price"]
    report = allocated(found).fairness()
    assert "marginal_value" not in set(report.rules["rule"])
    assert report.rules["value_lost"].isna().all()
    assert "2 rows have no margin: value lost is not known, and marginal_value is left out." in report.notes
    assert "not known" in report._repr_html_()


def test_an_edited_plan_stands_beside_its_rule() -> None:
    rules = two_stores().edit("A", "T", "2026-11-23", 0, reason="closed").fairness().rules
    assert rules["rule"].tolist() == ["equal_runout, edited", *RULES]
    assert rules["chosen"].tolist() == [True] + [False] * 5
    assert rules["allocated"].tolist() == [9, 12, 12, 12, 12, 12]


def test_a_plan_that_rebalances_follows_no_rule() -> None:
    found = tables({"S": 90, "T": 0}, {"S": 1, "T": 3})
    plan = allocated(found, source=None, mode="rebalance", excess_days=10)
    with pytest.raises(mo.MoselleError, match=r"^Fairness compares rules that divide the stock of a source"):
        plan.fairness()


# ---- charts ---------------------------------------------------------------------------------------


def test_the_chart_of_an_item_shows_cover_before_and_after() -> None:
    spec = json.loads(two_stores().chart("A").to_json())
    rows = [row for data in spec["datasets"].values() for row in data]
    bars = {(row["location"], row["moment"]): row["days"] for row in rows}
    assert bars["S", "Before"] == 0
    assert bars["T", "After the allocation"] == 3
    assert {row["label"] for row in rows if "label" in row} == {"+9", "+3"}
    with pytest.raises(mo.UnknownNameError):
        two_stores().chart("B")


def test_the_chart_of_an_item_that_nobody_gets_has_no_labels() -> None:
    spec = json.loads(allocated(tables({"W": 0, "S": 0}, {"S": 1})).chart("A").to_json())
    rows = [row for data in spec["datasets"].values() for row in data]
    assert [row["units"] for row in rows if row["moment"] == "After the allocation"] == [0]
    assert not [row for row in rows if "label" in row]


def test_the_chart_of_fairness_shows_every_rule() -> None:
    spec = json.loads(two_stores().fairness().chart().to_json())
    rows = [row for data in spec["datasets"].values() for row in data]
    assert {row["rule"] for row in rows} == {rule.replace("_", " ") for rule in RULES}
    assert {row["kind"] for row in rows} == {"lowest cover", "mean cover", "value lost", "transfer cost"}


def test_charts_render() -> None:
    import vl_convert

    for chart in (two_stores().chart("A"), two_stores().fairness().chart()):
        assert vl_convert.vegalite_to_svg(chart.to_json()).startswith("<svg")
