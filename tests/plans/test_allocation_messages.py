"""Messages and errors of an allocation: every case of bad or scarce input says what is wrong, in words."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import moselle_nb as mo
from tests.plans.allocations import AS_OF, allocated, allocation, config, constraints, lanes, tables

DAY = "2026-11-23"


def said(plan: mo.AllocationPlan) -> list[tuple[str, str, float, str]]:
    """Give location, kind, quantity and text of every message."""
    frame = plan.messages
    assert frame.columns.tolist() == ["item", "location", "date", "kind", "quantity", "text"]
    return [tuple(row) for row in frame[["location", "kind", "quantity", "text"]].itertuples(index=False)]


def inbound(*rows: tuple[str, str, int]) -> pd.DataFrame:
    """Give open orders of A: location, day, units."""
    frame = pd.DataFrame([("A", *row) for row in rows], columns=["item", "location", "date", "quantity"])
    return frame.assign(date=pd.to_datetime(frame["date"]))


def test_enough_for_all_needs_no_message() -> None:
    assert said(allocation({"N1": 2}, {"HUB": 100})) == []


def test_a_replenishment_plan_that_cannot_feed_this_one_is_refused() -> None:
    found = tables({"N1": 1}, {"HUB": 10})
    buying = mo.ReplenishmentConfig(name="Buy", coverage=("2026-11-25", "2026-12-20"), lead_time_days=3)
    other = mo.replenish(mo.load(found, as_of="2026-11-25"), buying)
    with pytest.raises(mo.ConfigError, match=r"starts from the same stock count .* 2026-11-25 and 2026-11-23"):
        mo.allocate(mo.load(found, as_of=AS_OF), config(), replenishment=other)
    with pytest.raises(TypeError, match="replenishment is a ReplenishmentPlan, received DataFrame"):
        mo.allocate(mo.load(found, as_of=AS_OF), config(), replenishment=other.summary)  # type: ignore[arg-type]


# ---- locations and lanes --------------------------------------------------------------------------


def test_demand_that_no_lane_reaches() -> None:
    # N2 sells 1 a day for 28 days and has 8.
    plan = allocation({"N1": 1, "N2": 1}, {"HUB": 100, "N2": 8}, {"lanes": lanes(("HUB", "N1"))})
    assert said(plan) == [
        ("N2", "no_lane", 20.0, ("No lane leads here from HUB: nothing is sent, although 20 are needed until "
                                "2026-12-20. Add a lane, or choose another source.")),
    ]  # fmt: skip
    assert allocated(plan) == {"N1": [28]}


def test_a_location_without_need_needs_no_lane() -> None:
    plan = allocation({"N1": 1, "N2": 1}, {"HUB": 100, "N2": 28}, {"lanes": lanes(("HUB", "N1"))})
    assert said(plan) == []


def test_two_lanes_for_one_pair_are_a_broken_contract() -> None:
    made = tables({"N1": 1}, {"HUB": 10}, {"lanes": lanes(("HUB", "N1", 1), ("HUB", "N1", 2))})
    with pytest.raises(mo.ContractError) as refused:
        mo.load(made, as_of=AS_OF)
    assert str(refused.value) == ("lanes: 1 rule broken\n  - source and destination are unique: 2 rows, e.g. (HUB, N1)")


@pytest.mark.parametrize(
    ("rows", "cycle"),
    [
        ([("HUB", "WEST"), ("WEST", "HUB"), ("HUB", "N1")], "HUB → WEST → HUB"),
        ([("HUB", "WEST"), ("WEST", "MID"), ("MID", "HUB"), ("HUB", "N1")], "HUB → WEST → MID → HUB"),
    ],
)
def test_a_cycle_of_lanes_between_sources_is_refused(rows: list[tuple[str, str]], cycle: str) -> None:
    sources = sorted({name for row in rows for name in row} - {"N1"})
    with pytest.raises(mo.ConfigError) as refused:
        allocation({"N1": 1}, dict.fromkeys(["HUB", "MID", "WEST"], 10), {"lanes": lanes(*rows)}, source=sources)
    text = "lanes between sources form no cycle within one ship date; choose one of them as source"
    assert str(refused.value) == f"source: 1 rule broken\n  - {text}: 1 row, e.g. {cycle}"


def test_a_source_without_a_lane_is_refused() -> None:
    with pytest.raises(mo.ConfigError, match="every source has a lane to some location; add lanes for it"):
        allocation({"N1": 1}, {"HUB": 10, "WEST": 5}, {"lanes": lanes(("WEST", "N1"))})


def test_a_location_without_forecast() -> None:
    limits = constraints(("location", "N2", "presentation_minimum", 5))
    plan = allocation({"N1": 1}, {"HUB": 100, "N2": 2, "N3": 0}, {"constraints": limits})
    assert said(plan) == [
        ("N2", "no_forecast", 5.0, "There is no forecast: only the presentation minimum of 5 is needed."),
        ("N3", "no_forecast", 0.0, "There is no forecast and no presentation minimum: nothing is needed."),
    ]
    assert allocated(plan) == {"N1": [28], "N2": [3], "N3": [0]}


def test_what_arrives_too_late_to_serve() -> None:
    plan = allocation({"N1": 1}, {"HUB": 100}, {"lanes": lanes(("HUB", "N1", 30))})
    assert said(plan) == [
        ("HUB", "no_need", 100.0, "No location needs any of it: the 100 that HUB could give stay there."),
        ("N1", "empty_window", 0.0, ("What leaves on 2026-11-23 arrives on 2026-12-23, after coverage ended on "
                                    "2026-12-20: only the presentation minimum is needed.")),
    ]  # fmt: skip


def test_two_shipments_that_arrive_together() -> None:
    closures = pd.DataFrame({"scope": ["location"], "key": ["N1"], "from": ["2026-11-23"], "to": ["2026-11-30"]})
    plan = allocation({"N1": 1}, {"HUB": 100}, {"closures": closures}, ship_dates=("2026-11-24", "2026-11-26"))
    assert [(kind, text) for _, kind, _, text in said(plan)] == [
        ("empty_window", ("What leaves on 2026-11-24 arrives on 2026-12-01, no earlier than the next shipment: only "
                         "the presentation minimum is needed.")),
    ]  # fmt: skip


def test_blocked_items() -> None:
    items = pd.DataFrame({"item": ["A"], "status": ["blocked"]})
    plan = allocation({"N1": 1}, {"HUB": 100}, {"items": items})
    text = "The item is blocked: nothing is moved, 28 are needed."
    assert said(plan) == [("N1", "blocked", 28.0, text)]


# ---- stock ----------------------------------------------------------------------------------------


def test_negative_stock_counts_as_none() -> None:
    plan = allocation({"N1": 1}, {"HUB": 100, "N1": -5})
    assert said(plan) == [("N1", "negative_stock", -5.0, "The stock is recorded as -5: it counts as 0.")]
    assert allocated(plan) == {"N1": [28]}
    source = allocation({"N1": 1}, {"HUB": -5})
    assert [(place, kind) for place, kind, _, _ in said(source)] == [
        ("HUB", "negative_stock"), ("HUB", "no_stock"), ("N1", "short"),
    ]  # fmt: skip


def test_a_hold_back_above_the_stock() -> None:
    plan = allocation({"N1": 1}, {"HUB": 40}, hold_back=50)
    assert said(plan) == [
        ("HUB", "hold_back", 50.0, "The hold-back of 50 is more than the 40 that HUB has: nothing is left to give."),
        ("HUB", "no_stock", 28.0, "HUB has nothing to give on 2026-11-23: 28 are needed at 1 location."),
        ("N1", "short", 28.0, "HUB has too little: 0 of the 28 needed are sent, 28 are missing."),
    ]


def test_need_everywhere_and_no_stock() -> None:
    plan = allocation({"N1": 1, "N2": 2}, {"HUB": 0})
    assert said(plan) == [
        ("HUB", "no_stock", 84.0, "HUB has nothing to give on 2026-11-23: 84 are needed at 2 locations."),
        ("N1", "short", 28.0, "HUB has too little: 0 of the 28 needed are sent, 28 are missing."),
        ("N2", "short", 56.0, "HUB has too little: 0 of the 56 needed are sent, 56 are missing."),
    ]


def test_no_need_anywhere() -> None:
    plan = allocation({"N1": 1, "N2": 1}, {"HUB": 70, "N1": 30, "N2": 28})
    text = "No location needs any of it: the 70 that HUB could give stay there."
    assert said(plan) == [("HUB", "no_need", 70.0, text)]


def test_what_is_pushed_or_edited_without_need_does_not_stay_there() -> None:
    assert said(allocation({"N1": 1}, {"HUB": 70, "N1": 30}, push=True)) == []
    plan = allocation({"N1": 1}, {"HUB": 70, "N1": 30}).edit("A", "N1", DAY, 5, force=True, reason="launch")
    assert [kind for _, kind, _, _ in said(plan) if kind == "no_need"] == []


def test_scarce_stock_leaves_locations_short() -> None:
    plan = allocation({"N1": 1, "N2": 1}, {"HUB": 41})
    assert said(plan) == [
        ("N1", "short", 7.0, "HUB has too little: 21 of the 28 needed are sent, 7 are missing."),
        ("N2", "short", 8.0, "HUB has too little: 20 of the 28 needed are sent, 8 are missing."),
    ]


def test_an_edit_that_leaves_a_location_short() -> None:
    plan = allocation({"N1": 1}, {"HUB": 100}).edit("A", "N1", DAY, 20)
    assert said(plan) == [("N1", "short", 8.0, "An edit gives 20 of the 28 needed, 8 are missing.")]


def test_overdue_inbound() -> None:
    plan = allocation({"N1": 1}, {"HUB": 0}, {"inbound": inbound(("HUB", "2026-11-20", 28))})
    text = "28 were expected on 2026-11-20; the plan counts on them from 2026-11-23."
    assert said(plan) == [("HUB", "late_inbound", 28.0, text)]
    without = allocation({"N1": 1}, {"HUB": 28}, {"inbound": inbound(("HUB", "2026-11-20", 28))}, include_inbound=False)
    assert said(without) == []


# ---- packs, minimums and capacity -----------------------------------------------------------------


def test_packs_larger_than_the_stock() -> None:
    plan = allocation({"N1": 1}, {"HUB": 10}, {"lanes": lanes(("HUB", "N1", 0, 12))})
    text = "The next pack of 12 is more than the 10 that HUB has left: 28 of what is needed are missing."
    assert said(plan) == [("N1", "pack_exceeds_stock", 28.0, text)]
    second = allocation({"N1": 1}, {"HUB": 20}, {"lanes": lanes(("HUB", "N1", 0, 12))})
    text = "The next pack of 12 is more than the 8 that HUB has left: 16 of what is needed are missing."
    assert said(second) == [("N1", "pack_exceeds_stock", 16.0, text)]


def test_a_need_below_the_transfer_minimum() -> None:
    plan = allocation({"N1": 1}, {"HUB": 100, "N1": 20}, {"lanes": lanes(("HUB", "N1", 0, 6, 20))})
    text = "The 8 needed are below the transfer minimum of 24: nothing is sent."
    assert said(plan) == [("N1", "below_transfer_minimum", 8.0, text)]


def test_capacity_below_the_present_stock() -> None:
    limits = constraints(("location", "N1", "max_stock", 10))
    plan = allocation({"N1": 1}, {"HUB": 100, "N1": 15}, {"constraints": limits})
    assert said(plan) == [
        ("N1", "capacity", 13.0, ("The stock of 15 on 2026-11-23 is at or above the maximum stock of 10: nothing is "
                                 "sent, 13 of what is needed are missing.")),
    ]  # fmt: skip


def test_capacity_that_takes_a_part() -> None:
    limits = constraints(("location", "N1", "max_stock", 10))
    plan = allocation({"N1": 1}, {"HUB": 100, "N1": 4}, {"constraints": limits})
    text = "The maximum stock of 10 has room for 6 on 2026-11-23, 18 of what is needed are missing."
    assert said(plan) == [("N1", "capacity", 18.0, text)]


def test_presentation_minimums_beyond_what_is_available() -> None:
    # 10 units, minimums of 8 each: N2 has the higher priority.
    limits = constraints(("plan", None, "presentation_minimum", 8))
    places = pd.DataFrame({"location": ["HUB", "N1", "N2"], "priority": [9, 2, 1]})
    plan = allocation({"N1": 0.25, "N2": 0.25}, {"HUB": 10}, {"constraints": limits, "locations": places})
    assert allocated(plan) == {"N1": [2], "N2": [8]}
    served = "Minimums are served by priority, then lowest share first."
    assert said(plan) == [
        ("N1", "short", 6.0, "HUB has too little: 2 of the 8 needed are sent, 6 are missing."),
        ("N1", "presentation_short", 6.0,
         f"The presentation minimum is 8: 2 will be there, 6 are missing. {served}"),
    ]  # fmt: skip


def test_packs_that_are_not_worth_their_cost() -> None:
    # A certain demand of 7 in the last week at a margin of 1, and a transfer that costs 2 a unit.
    costly = lanes(("HUB", "N1")).assign(unit_cost=2.0)
    limits = constraints(("plan", None, "shortage_cost", 1), ("plan", None, "forecast_cv", 0.1))
    plan = allocation({"N1": 1}, {"HUB": 50}, {"lanes": costly, "constraints": limits}, method="marginal_value")
    assert said(plan) == [
        ("N1", "short", 28.0, ("Another pack is expected to earn less than it costs: 0 of the 28 needed are sent, 28 "
                              "are missing.")),
    ]  # fmt: skip


# ---- an inflow that comes too late ----------------------------------------------------------------


def test_stock_that_runs_out_before_an_inflow_of_the_window() -> None:
    # 28 days at 1: stock 4, 24 arrive on day 10. The need of the whole window is 0, but days 4 to 9 are lost.
    plan = allocation({"N1": 1}, {"HUB": 50, "N1": 4}, {"inbound": inbound(("N1", "2026-12-03", 24))})
    assert allocated(plan) == {"N1": [0]}
    assert ("N1", "runs_out_before_inflow", 6.0,
            ("Stock lasts 4.0 days from 2026-11-23; need counts the 24 that come later in the window, but 6.0 of "
             "demand are lost before them.")) in said(plan)  # fmt: skip
    assert not plan.edit("A", "N1", DAY, 6).messages["kind"].eq("runs_out_before_inflow").any()
    late = allocation({"N1": 1}, {"HUB": 50, "N1": 10}, {"inbound": inbound(("N1", "2026-12-03", 18))})
    assert [kind for _, kind, _, _ in said(late)] == ["no_need"]


def test_the_frame_can_be_changed_by_its_reader() -> None:
    plan = allocation({"N1": 1}, {"HUB": 0})
    frame = plan.messages
    frame["text"] = ""
    assert plan.messages["text"].str.len().gt(0).all()


def test_messages_are_sorted_by_item_location_and_date() -> None:
    settings: dict[str, Any] = {"ship_every_days": 7}
    frame = allocation({"N1": 1, "N2": 2}, {"HUB": 10}, **settings).messages
    assert frame.sort_values(["item", "location", "date"], kind="stable").index.tolist() == list(range(len(frame)))
    assert set(frame.loc[frame["kind"] == "no_stock", "date"]) >= {pd.Timestamp("2026-12-07")}


def test_dated_rules_are_those_of_the_first_shipment() -> None:
    dated = pd.DataFrame({
        "scope": ["location", "plan"], "key": ["N1", None], "field": ["max_stock", "hold_back"],
        "value": pd.Series([10, 95], dtype=object), "valid_from": pd.to_datetime(["2026-11-28", "2026-11-28"]),
    })  # fmt: skip
    late = allocation({"N1": 2}, {"HUB": 100}, {"constraints": dated}, ship_dates=("2026-12-01",))
    assert allocated(late) == {"N1": [5]}
    assert late.explain("A", "N1", "2026-12-01").to_frame().set_index("name")["value"]["Room under maximum stock"] == 10
    early = allocation({"N1": 2}, {"HUB": 100}, {"constraints": dated})
    assert allocated(early) == {"N1": [56]}
