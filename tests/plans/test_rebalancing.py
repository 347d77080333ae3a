"""Rebalancing: who can spare, who is short, and which moves pay, worked by hand."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import moselle_nb as mo

DAYS = pd.date_range("2026-11-23", periods=28)


def data(
    stock: dict[str, int], per_day: dict[str, int], lanes: list[tuple[Any, ...]] | None = None,
    inbound: dict[str, int] | None = None, **item: Any,
) -> mo.PlanningData:  # fmt: skip
    """Return item A with so much stock and demand a day at each location; lanes are (from, to, days, cost, minimum)."""
    forecast = [pd.DataFrame({"item": "A", "location": k, "date": DAYS, "quantity": v}) for k, v in per_day.items()]
    known = {"item": ["A"], "unit_cost": [2.0], "unit_price": [5.0], **{name: [value] for name, value in item.items()}}
    tables = {
        "items": pd.DataFrame(known),
        "forecast": pd.concat(forecast, ignore_index=True),
        "inventory": pd.DataFrame({"item": "A", "location": list(stock), "on_hand": list(stock.values())}),
    }
    if inbound:
        orders = {"item": "A", "location": list(inbound), "date": "2026-11-20", "quantity": list(inbound.values())}
        tables["inbound"] = pd.DataFrame(orders)
    if lanes is not None:
        columns = ["source", "destination", "lead_time_days", "unit_cost", "transfer_minimum"]
        tables["lanes"] = pd.DataFrame(lanes, columns=columns[: len(lanes[0])])
    return mo.load(tables, as_of="2026-11-23")


def rebalanced(given: mo.PlanningData, **settings: Any) -> mo.AllocationPlan:
    coverage = ("2026-11-23", "2026-12-06")
    config = mo.AllocationConfig(name="r", mode="rebalance", coverage=coverage, excess_days=20, **settings)
    return mo.allocate(given, config)


def moved(plan: mo.AllocationPlan) -> dict[tuple[str, str], float]:
    lines = plan.lines[plan.lines["allocated"] > 0]
    return {(a, b): q for a, b, q in lines[["source", "location", "allocated"]].itertuples(index=False, name=None)}


def test_spare_stock_goes_where_it_is_short() -> None:
    """North keeps the demand of 20 days: 100 - 20 × 2 = 60 to spare. South sells 3 a day, has 12: short of 14 × 3 - 12.

    30 units move; North keeps the other 30 that it can spare.
    """
    plan = rebalanced(data({"NORTH": 100, "SOUTH": 12}, {"NORTH": 2, "SOUTH": 3}))
    assert moved(plan) == {("NORTH", "SOUTH"): 30}
    row = plan.summary.iloc[0]
    assert row[["on_hand", "held_back", "available", "allocated", "left", "short"]].tolist() == [100, 40, 60, 30, 30, 0]


def test_own_need_is_kept_before_anything_is_spare() -> None:
    """With 14 days of coverage and 20 days kept, 40 of 41 units stay: 1 moves, to where 30 are missing."""
    plan = rebalanced(data({"NORTH": 41, "SOUTH": 12}, {"NORTH": 2, "SOUTH": 3}))
    assert moved(plan) == {("NORTH", "SOUTH"): 1}
    assert plan.lines["reason"].tolist() == ["no_stock_left"]


def test_a_move_that_costs_more_than_it_earns_is_not_made() -> None:
    """A unit earns 5 - 2 = 3; a lane at 3.5 a unit loses. At 2.5 all 30 move and gain 15; 16 asked for is too much."""
    stock, demand = {"NORTH": 100, "SOUTH": 12}, {"NORTH": 2, "SOUTH": 3}
    dear = rebalanced(data(stock, demand, [("NORTH", "SOUTH", 0, 3.5)]))
    assert moved(dear) == {}
    assert dear.lines["reason"].tolist() == ["does_not_pay"]
    fair = data(stock, demand, [("NORTH", "SOUTH", 0, 2.5)])
    assert moved(rebalanced(fair)) == {("NORTH", "SOUTH"): 30}
    assert moved(rebalanced(fair, min_gain=16)) == {}


def test_the_cheaper_lane_is_used_first() -> None:
    """West can spare 20 at 0.5 a unit, North 60 at 1: South is short of 30 and takes 20 and 10."""
    lanes = [("NORTH", "SOUTH", 0, 1.0), ("WEST", "SOUTH", 0, 0.5)]
    plan = rebalanced(data({"NORTH": 100, "SOUTH": 12, "WEST": 40}, {"NORTH": 2, "SOUTH": 3, "WEST": 1}, lanes))
    assert moved(plan) == {("NORTH", "SOUTH"): 10, ("WEST", "SOUTH"): 20}


def test_only_the_named_locations_give_and_take() -> None:
    given = data({"NORTH": 100, "SOUTH": 0, "WEST": 100, "EAST": 0}, {"NORTH": 2, "SOUTH": 1, "WEST": 2, "EAST": 1})
    plan = rebalanced(given, source="NORTH", locations="EAST")
    assert moved(plan) == {("NORTH", "EAST"): 14}


def test_nothing_to_spare_is_a_plan_without_moves() -> None:
    plan = rebalanced(data({"NORTH": 1, "SOUTH": 0}, {"NORTH": 2, "SOUTH": 3}))
    assert (plan.n_cells, len(plan.lines), plan.summary.empty, plan.by_location.empty) == (0, 0, True, True)
    assert plan.check().ok


@pytest.mark.parametrize(("minimum", "units", "reason"), [(30, 30, "need_met"), (36, 0, "below_transfer_minimum")])
def test_a_transfer_minimum_beyond_need_is_not_sent(minimum: int, units: int, reason: str) -> None:
    """South is short of 30, which a lane that takes 36 at least would exceed, though each of the 30 earns 3."""
    lanes = [("NORTH", "SOUTH", 0, 0.0, minimum)]
    plan = rebalanced(data({"NORTH": 100, "SOUTH": 12}, {"NORTH": 2, "SOUTH": 3}, lanes))
    assert moved(plan) == ({("NORTH", "SOUTH"): units} if units else {})
    assert plan.lines["reason"].tolist() == [reason]
    assert plan.check().ok


def test_what_may_not_leave_is_not_spare() -> None:
    """North has 10 and gets 90: 60 to spare beyond 20 days of 2, but without its inbound only what is there, 10."""
    given = data({"NORTH": 10, "SOUTH": 12}, {"NORTH": 2, "SOUTH": 3}, inbound={"NORTH": 90})
    assert moved(rebalanced(given)) == {("NORTH", "SOUTH"): 30}
    plan = rebalanced(given, include_inbound=False)
    assert moved(plan) == {("NORTH", "SOUTH"): 10}
    assert plan.summary["held_back"].tolist() == [0]
    assert plan.check().ok


def test_what_a_unit_earns_has_to_be_known() -> None:
    with pytest.raises(mo.ContractError, match="give unit_price and unit_cost, or shortage_cost"):
        rebalanced(data({"NORTH": 100, "SOUTH": 0}, {"NORTH": 2, "SOUTH": 3}, unit_price=None))
    plan = rebalanced(data({"NORTH": 100, "SOUTH": 12}, {"NORTH": 2, "SOUTH": 3}, unit_price=None, shortage_cost=1.0))
    assert moved(plan) == {("NORTH", "SOUTH"): 30}


def test_rebalancing_ships_once() -> None:
    with pytest.raises(mo.ConfigError, match="rebalancing ships once"):
        rebalanced(data({"NORTH": 1}, {"NORTH": 1}), ship_every_days=7)


def test_moves_that_do_not_pay_are_said_with_what_they_would_gain() -> None:
    """30 units earn 3 each. At 3.5 a unit they lose 15; at 2.5 they gain 15, where a move has to gain 16."""
    stock, demand = {"NORTH": 100, "SOUTH": 12}, {"NORTH": 2, "SOUTH": 3}
    for cost, least, expected in ((3.5, 0, "would lose 15.00"), (2.5, 16, "would gain 15.00")):
        plan = rebalanced(data(stock, demand, [("NORTH", "SOUTH", 0, cost)]), min_gain=least)
        said = plan.messages[plan.messages["kind"] == "does_not_pay"]
        assert said[["location", "quantity"]].to_numpy().tolist() == [["SOUTH", 30]]
        assert expected in said["text"].iloc[0]
        assert f"has to gain {least:,.2f}" in said["text"].iloc[0]
        assert "short" not in set(plan.messages["kind"])
