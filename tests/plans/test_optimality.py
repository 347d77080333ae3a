"""What is proven of an allocation, by what, and what a better one could gain."""

from __future__ import annotations

from typing import Any

import pytest

import moselle_nb as mo
from moselle_nb.plans.allocating.optimality import PROOFS
from tests.effort import seeds
from tests.oracles.allocation_instances import AllocationDraw
from tests.oracles.planned_allocation import allocation_of
from tests.plans.allocation_tables import allocated, lane, sent, tables

LANES = [lane("W", "S"), lane("W", "T")]


def only(plan: mo.AllocationPlan) -> dict[str, Any]:
    """Give the only row."""
    (row,) = plan.optimality.to_dict("records")
    assert row["meaning"] == PROOFS[row["proof"]]
    return {str(name): value for name, value in row.items()}


def worth(location: str, value: float) -> mo.Constraint:
    """What a unit earns at a location."""
    return mo.Constraint(scope="item", key="A", location=location, field="shortage_cost", value=value)


def valued(stock: dict[str, int], lanes: list[dict[str, Any]], **settings: Any) -> mo.AllocationPlan:
    """S and T sell 3 and 1 a day for 10 days, as forecast; S earns 5 a unit, T 3."""
    found = tables(stock, {"S": 3, "T": 1}, lanes)
    found["forecast"]["sd"] = 0.0
    settings = {"method": "marginal_value", "constraints": (worth("S", 5),), **settings}
    return allocated(found, **settings)


def test_equal_runout_is_held_against_its_definition() -> None:
    row = only(allocated(tables({"W": 12}, {"S": 3, "T": 1}, LANES)))
    assert (row["status"], row["proof"], row["gap"]) == ("optimal", "definition", 0.0)


@pytest.mark.parametrize("method", ["proportional", "priority", "even"])
def test_other_rules_make_nothing_largest(method: str) -> None:
    row = only(allocated(tables({"W": 12}, {"S": 3, "T": 1}, LANES), method=method))
    assert (row["status"], row["proof"]) == ("by rule", "rule")


def test_the_price_is_what_one_more_unit_would_be_worth() -> None:
    # 12 units all go to S, each worth 5; one more would go there too.
    row = only(valued({"W": 12}, LANES))
    assert (row["status"], row["proof"], row["last_value"], row["price"]) == ("optimal", "equal packs", 5, 5)
    # 35: S has its 30, T 5 of 10; the next unit is worth 3. With 45 nobody needs more.
    assert [only(valued({"W": units}, LANES))["price"] for units in (35, 45)] == [3, 0]


def test_packs_that_differ_are_closed_by_a_solver_or_the_gap_is_stated() -> None:
    # 10 units. A pack of 6 to S is worth 30, then T's pack of 5 does not fit; two packs to T, at 4 a unit, are 40.
    lanes = [lane("W", "S", pack=6), lane("W", "T", pack=5)]
    rules = {"constraints": (worth("S", 5), worth("T", 4))}
    plan = valued({"W": 10}, lanes, **rules)
    assert plan.lines.set_index("location")["allocated"].to_dict() == {"S": 0, "T": 10}
    row = only(plan)
    assert (row["status"], row["proof"], row["gap"]) == ("optimal", "solver", 0)
    assert plan.check().ok
    late = valued({"W": 10}, lanes, solver_seconds=1e-9, **rules)
    assert late.lines.set_index("location")["allocated"].to_dict() == {"S": 6, "T": 0}
    row = only(late)
    assert (row["status"], row["proof"]) == ("gap", "time budget")
    assert row["gap"] >= 10


def test_the_sources_of_a_rule_cost_least_or_the_gap_is_said() -> None:
    # S may come from V at 1 or W at 2, T from V at 1 or W at 9; V has 10. Pack by pack V serves both: 5 + 10 + 5 + 45.
    # Nobody is short, so the sources are chosen at least cost: V's 10 to T and S's 10 from W, 10 + 20.
    lanes = [lane("V", "S", 1.0), lane("W", "S", 2.0), lane("V", "T", 1.0), lane("W", "T", 9.0)]
    found = tables({"V": 10, "W": 40}, {"S": 1, "T": 1}, lanes)
    plan = allocated(found, source=("V", "W"))
    assert sent(plan) == {("V", "T"): 10, ("W", "S"): 10}
    assert (only(plan)["status"], only(plan)["proof"]) == ("optimal", "least cost")
    assert plan.check().ok, plan.check()
    # With 8 at W two units are missing. S and T get nine each by turns, and over the lanes that cost least.
    short = allocated(tables({"V": 10, "W": 8}, {"S": 1, "T": 1}, lanes), source=("V", "W"))
    assert sent(short) == {("V", "T"): 9, ("V", "S"): 1, ("W", "S"): 8}
    assert (only(short)["status"], only(short)["proof"]) == ("optimal", "least cost")
    # In threes from W, V's 10 and W's 6 are not alike: the first lane that has a pack stands, and that is said.
    for each in lanes:
        each["pack"] = 3 if each["source"] == "W" else 1
    mixed = allocated(tables({"V": 10, "W": 7}, {"S": 1, "T": 1}, lanes), source=("V", "W"))
    assert sent(mixed) == {("V", "S"): 5, ("V", "T"): 5, ("W", "S"): 3, ("W", "T"): 3}
    # S could have its eight as 2 · 1 + 6 · 2 and T's be 8 · 1: 22 instead of 10 + 6 + 27.
    assert (only(mixed)["status"], only(mixed)["proof"]) == ("by rule", "packs differ by lane")
    assert only(mixed)["gap"] == pytest.approx(43 - 22)


def test_value_over_several_sources_counts_the_cost_of_lanes() -> None:
    lanes = [lane("V", "S", 1.0), lane("W", "S", 2.0), lane("V", "T", 1.0), lane("W", "T", 2.5)]
    # S's units earn more and would take V's 10 first; T saves 1.5 a unit on them, S only 1.
    plan = valued({"V": 10, "W": 40}, lanes, source=("V", "W"))
    assert sent(plan) == {("V", "T"): 10, ("W", "S"): 30}
    assert (only(plan)["status"], only(plan)["proof"], only(plan)["gap"]) == ("optimal", "solver", 0)
    assert plan.check().ok, plan.check()
    late = only(valued({"V": 10, "W": 40}, lanes, source=("V", "W"), solver_seconds=1e-9))
    assert (late["status"], late["proof"]) == ("gap", "time budget")
    assert late["gap"] >= 5


def test_moves_between_locations_are_proven() -> None:
    found = tables({"S": 90, "T": 0}, {"S": 1, "T": 3})
    plan = allocated(found, source=None, mode="rebalance", excess_days=10)
    assert plan.lines["allocated"].sum() > 0
    assert set(plan.optimality["status"]) == {"optimal"}


def test_when_time_is_out_the_gap_is_stated() -> None:
    lanes = [lane("V", "S", 1.0), lane("W", "S", 2.0), lane("V", "T", 1.0), lane("W", "T", 9.0)]
    found = tables({"V": 10, "W": 40}, {"S": 1, "T": 1}, lanes)
    row = only(allocated(found, source=("V", "W"), solver_seconds=1e-9))
    assert (row["status"], row["proof"]) == ("gap", "time budget")
    assert row["gap"] >= 35


def test_an_edit_that_gives_value_away_shows_as_a_gap() -> None:
    plan = valued({"W": 12}, LANES).edit("A", "S", "2026-11-23", 0, reason="closed")
    # The 12 stay at the source: T could have 10 of them at 3. What the edit itself costs is no gap.
    assert only(plan)["gap"] == pytest.approx(30)
    assert only(valued({"W": 12}, LANES).lock("A", "S", "2026-11-23", 0, reason="closed"))["status"] == "optimal"


@pytest.mark.parametrize("seed", seeds("exact_over_time"))
def test_the_fast_rule_is_proven_where_packs_are_equal(seed: int) -> None:
    plan = allocation_of(AllocationDraw(seed, "marginal_value", equal_packs=True).instance())
    assert set(plan.optimality["status"]) <= {"optimal"}
