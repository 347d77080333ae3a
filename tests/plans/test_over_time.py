"""All ship dates at once: what the rule loses against the best, and the best answer in place."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import moselle_nb as mo
from tests.effort import seeds
from tests.oracles.allocation_instances import AllocationDraw
from tests.oracles.planned_allocation import allocation_of
from tests.plans.allocation_tables import AS_OF, lane, tables


def two_dates(**settings: Any) -> mo.AllocationPlan:
    """W has 10 today and no more. S sells 1 a day and T 1, then 9 a day from the sixth day on; a unit earns 3 and 9."""
    found = tables({"W": 10}, {"S": 1.0, "T": 1.0}, [lane("W", "S"), lane("W", "T")])
    late = (found["forecast"]["location"] == "T") & (found["forecast"]["date"] >= "2026-11-28")
    found["forecast"].loc[late, "quantity"] = 9.0
    richer = mo.Constraint(scope="item", key="A", location="T", field="shortage_cost", value=9)
    config = {"name": "a", "source": "W", "coverage": ("2026-11-23", "2026-12-02"), "ship_every_days": 5,
              "over_time": True, "constraints": (richer,), **settings}  # fmt: skip
    return mo.allocate(mo.load(found, as_of=AS_OF), mo.AllocationConfig(**config))


def test_what_the_rule_loses_by_not_looking_ahead_is_said() -> None:
    # The rule gives 5 and 5 today and has nothing on the second date: S loses 5 (3 each), T 45 (9 each).
    # Best: T's 5 today, and 5 more for T then: S loses 10, T 40.
    found = two_dates().over_time()
    (row,) = found.items.to_dict("records")
    assert (row["item"], row["status"], row["gap"], row["measure"]) == ("A", "optimal", 0, "currency")
    assert (row["lost_by_rule"], row["cost_by_rule"]) == (50, 15 + 405)
    assert (row["lost_at_best"], row["cost_at_best"]) == (50, 30 + 360)
    cells = found.quantities.set_index(["location", "date"])
    assert cells.loc[("S", pd.Timestamp("2026-11-23")), ["allocated", "at_best"]].tolist() == [5, 0]  # type: ignore[operator]
    assert cells["at_best"].groupby("location").sum().to_dict() == {"S": 0, "T": 10}
    assert any("Safety stock" in note for note in found.notes)


def test_the_best_answer_can_be_put_in_place_and_taken_back() -> None:
    plan = two_dates()
    best = plan.over_time().applied(who="ML")
    assert best.lines.groupby("location")["allocated"].sum()["T"] == 10
    assert best.check().ok, best.check()
    assert set(best.edits["reason"]) == {"least lost over all ship dates"}
    assert best.undo().lines.equals(plan.lines)


def test_what_edits_hold_is_no_choice() -> None:
    plan = two_dates().lock("A", "S", "2026-11-23", 4, reason="promised")
    cells = plan.over_time().quantities.set_index(["location", "date"])["at_best"]
    assert cells["S", pd.Timestamp("2026-11-23")] == 4
    assert cells.groupby("location").sum()["T"] == 6


def test_without_a_margin_units_are_counted() -> None:
    found = tables({"W": 10}, {"S": 1.0, "T": 2.0}, [lane("W", "S"), lane("W", "T")])
    del found["items"]["unit_price"]
    config = mo.AllocationConfig(
        name="a", source="W", coverage=("2026-11-23", "2026-12-02"), ship_every_days=5, over_time=True
    )
    report = mo.allocate(mo.load(found, as_of=AS_OF), config).over_time()
    assert report.items["measure"].tolist() == ["units"]
    # 30 are asked for and 10 are there, whoever gets them.
    assert report.items[["lost_by_rule", "lost_at_best"]].iloc[0].tolist() == [20, 20]


def test_one_ship_date_and_no_shortage_need_no_solver() -> None:
    assert len(two_dates(ship_every_days=None).over_time().items) == 0
    assert len(two_dates(coverage=("2026-11-23", "2026-11-28"), ship_every_days=3, cover_days=1).over_time().items) == 0


def test_it_is_refused_where_it_was_not_asked_for_or_cannot_be() -> None:
    with pytest.raises(mo.MoselleError, match=r"AllocationConfig\(over_time=True\)"):
        two_dates(over_time=False).over_time()
    found = tables({"V": 4, "W": 10}, {"S": 1.0}, [lane("W", "S"), lane("V", "S")])
    config = mo.AllocationConfig(
        name="a", source=("V", "W"), coverage=("2026-11-23", "2026-12-02"), ship_every_days=5, over_time=True
    )
    with pytest.raises(mo.MoselleError, match="this plan has several"):
        mo.allocate(mo.load(found, as_of=AS_OF), config).over_time()


@pytest.mark.parametrize("seed", seeds("exact_over_time"))
def test_the_best_never_costs_more_than_the_rule(seed: int) -> None:
    plan = allocation_of(AllocationDraw(seed, "equal_runout").instance())
    config = plan.config.model_copy(update={"over_time": True, "solver_seconds": 5.0})
    found = type(plan)(plan.inputs, config, plan.arrays).over_time()
    assert (found.items["cost_at_best"] <= found.items["cost_by_rule"] + 1e-6).all()
    assert (found.quantities["at_best"] >= 0).all()
