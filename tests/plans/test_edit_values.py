"""The value of edits: on the same paths, against what the plan would have done, and beside perfect information."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import moselle_nb as mo
from tests.plans.conftest import AS_OF, tables
from tests.plans.test_simulate import config, costly


def edited(data: mo.PlanningData) -> mo.ReplenishmentPlan:
    """A plan in which one order is struck out and another is doubled."""
    plan = mo.replenish(data, config())
    lines = plan.order_lines[(plan.order_lines["item"] == "E") & (plan.order_lines["location"] == "METZ")]
    first, second = lines.iloc[0], lines.iloc[2]
    plan = plan.edit("E", "METZ", str(first["order_date"].date()), 0, reason="supplier is closed")
    return plan.edit("E", "METZ", str(second["order_date"].date()), int(2 * second["quantity"]), reason="promotion")


def test_each_edit_is_the_difference_of_two_simulations() -> None:
    data = costly()
    plan = edited(data)
    found = plan.value_of_edits(paths=30, seed=4)
    assert found.edits["reason"].tolist() == ["supplier is closed", "promotion"]
    only_second = mo.replenish(data, config()).edit_many(
        [("E", "METZ", str(plan.edits["date"].iloc[1])[:10], int(plan.edits["quantity"].iloc[1]))]
    )
    both = mo.simulate({"without": only_second, "with": plan}, paths=30, seed=4).row_differences
    row = both[(both["item"] == "E") & (both["location"] == "METZ")].iloc[0]
    line = found.edits.iloc[0]
    for name in ("cost", "cost_low", "cost_high", "fill_rate", "unserved", "average_stock"):
        assert line[name] == pytest.approx(row[name])
    assert line["unserved"] > 0 > line["fill_rate"]


def test_all_edits_together_and_regret() -> None:
    data = costly()
    plan = edited(data)
    found = plan.value_of_edits(paths=30, seed=4)
    totals = mo.simulate({"without": mo.replenish(data, config()), "with": plan}, paths=30, seed=4).differences
    cost = totals.set_index("measure").loc["cost"]
    line = found.together[found.together["measure"] == "cost"].iloc[0]
    for name in ("difference", "low", "high"):
        assert line[name] == pytest.approx(cost[name])
    regret = found.regret.set_index("plan")["regret"]
    assert (regret > 0).all()
    assert regret["with edits"] - regret["without edits"] == pytest.approx(cost["difference"])
    assert found.messages.empty
    assert "promotion" in found._repr_html_()


def test_an_edit_to_what_is_suggested_is_worth_nothing() -> None:
    # the order of the first day is decided before anything comes: fixing it at its suggestion changes nothing
    plan = mo.replenish(costly(), config())
    first = plan.order_lines[plan.order_lines["order_date"] == pd.Timestamp(AS_OF)].iloc[0]
    kept = plan.edit(first["item"], first["location"], str(first["order_date"].date()), int(first["quantity"]))
    found = kept.value_of_edits(paths=10)
    assert (found.edits[["cost", "cost_low", "cost_high", "unserved"]] == 0).all(axis=None)
    assert (found.together[["difference", "low", "high"]] == 0).all(axis=None)


def test_costs_that_are_not_known_are_said(plan: mo.ReplenishmentPlan) -> None:
    found = plan.value_of_edits(paths=5)
    assert len(found.edits) == 2
    assert found.edits["cost"].isna().all()
    assert found.edits["unserved"].notna().all()
    assert found.regret.empty
    assert repr(found).startswith("EditValues(2 edits: cost not known, fill_rate ")
    kinds = ["no_holding_cost", "no_shortage_cost", "no_order_cost"]
    assert found.messages["kind"].tolist() == kinds
    assert found.together.set_index("measure")["difference"].isna().tolist() == [True, False, False, False]


def test_rows_with_costs_have_a_regret_beside_rows_without() -> None:
    made = tables()
    made["items"] = made["items"].assign(
        holding_cost=np.where(made["items"]["item"] == "E", 0.01, np.nan), shortage_cost=2.0
    )  # fmt: skip
    plan = edited(mo.load(made, as_of=AS_OF))
    day = pd.Timestamp(plan.order_dates(plan.row_of("C", "METZ"))[1])
    plan = plan.edit("C", "METZ", str(day.date()), 100, force=True, reason="last pallet")
    alone, found = edited(mo.load(made, as_of=AS_OF)).value_of_edits(paths=10), plan.value_of_edits(paths=10)
    assert found.regret["regret"].tolist() == pytest.approx(alone.regret["regret"].tolist())


def test_what_cannot_be_valued_is_refused(plan: mo.ReplenishmentPlan) -> None:
    with pytest.raises(mo.MoselleError, match="The plan has no edits"):
        mo.replenish(costly(), config()).value_of_edits()
    with pytest.raises(mo.ConfigError, match=r"above 0 and below 1: received 2"):
        plan.value_of_edits(confidence=2)
