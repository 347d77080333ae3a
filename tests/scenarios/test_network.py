"""Requirements over lanes: what stores need from a warehouse is demand at the warehouse.

Unless a test says otherwise: one item, 10 units a day at store S, 30 on hand there, nothing on hand elsewhere; a lane
from H to S of 2 days; ship dates and order dates on days 0, 7, 14 and 21 of a coverage of 28 days; H is bought with a
lead time of 3 days; no safety stock. A shipment of day d arrives on d + 2 and serves days d+2 .. d+8.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd
import pytest

import moselle_nb as mo
from tests.scenarios.conftest import FORECAST_DAYS, MONDAY, Case, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Quantities: TypeAlias = "Mapping[str, float]"

START = pd.Timestamp(MONDAY)
LANE = {"source": "H", "destination": "S", "lead_time_days": 2}


def network(
    lanes: Sequence[Mapping[str, Any]] = (LANE,),
    daily: Quantities | None = None,
    on_hand: Quantities | None = None,
    tables: Mapping[str, pd.DataFrame] | None = None,
    item: Mapping[str, Any] | None = None,
    safety: tuple[Any, ...] = ("none",),
    **settings: Any,
) -> Case:
    """Plan item A at the locations that lanes, demand and stock name."""
    daily, on_hand = {"S": 10.0} if daily is None else daily, {"S": 30} if on_hand is None else on_hand
    places = sorted({*daily, *on_hand, *(lane[end] for lane in lanes for end in ("source", "destination"))})
    days = pd.DataFrame({"date": pd.date_range(START, periods=FORECAST_DAYS)})
    found = {
        "items": pd.DataFrame({"item": ["A"], "supplier": "V", "lead_time_days": 3, **(item or {})}),
        "locations": pd.DataFrame({"location": places}),
        "suppliers": pd.DataFrame({"supplier": ["V"]}),
        "forecast": pd.concat(
            [days.assign(item="A", location=place, quantity=units) for place, units in daily.items()]
        ),
        "inventory": pd.DataFrame({"item": "A", "location": list(on_hand), "on_hand": list(on_hand.values())}),
        "lanes": pd.DataFrame(list(lanes)),
        **(tables or {}),
    }
    config = mo.ReplenishmentConfig(
        name="network", coverage=(MONDAY, START + pd.Timedelta(days=27)), safety_stock=mo.SafetyStock(*safety),
        bucket="day", **settings,
    )  # fmt: skip
    return Case(mo.replenish(mo.load(found, as_of=MONDAY), config), MONDAY)


def demand(case: Case, place: str = "H", until: int = 28) -> dict[int, float]:
    """Give the days with demand of a location."""
    lines = case.plan.lines_for(locations=[place])
    days = [(date - START).days for date in lines["date"]]
    return {day: units for day, units in zip(days, lines["demand"], strict=True) if units and day < until}


def orders(case: Case, place: str = "H") -> dict[int | None, float]:
    """Give the orders of a location by order day."""
    lines = case.plan.order_lines
    lines = lines[lines["location"] == place]
    return {case.day(date): units for date, units in zip(lines["order_date"], lines["quantity"], strict=True)}


def test_two_levels() -> None:
    # Ship day 0 arrives on 2: days 0..8 need 90, 30 are there, so 60 must leave H; then 70 a week.
    # H buys with 3 days: the 60 of day 0 are lost, the order of day 0 arrives on 3 and serves 3..9: day 7's 70.
    case = network()
    assert demand(case) == {0: 60, 7: 70, 14: 70, 21: 70}
    assert orders(case) == {0: 70, 7: 70, 14: 70, 21: 70}
    assert orders(case, "S") == {}
    summary = case.plan.summary.set_index("location").loc["H"]
    assert (summary["demand_28d"], summary["unserved"], summary["status"]) == (270, 60, "out")
    assert case.text("fed_by_lane") == (
        "A lane from H feeds this location: it needs 270 units shipped by 2026-12-20, which are demand at H; "
        "a transfer supplies it, no purchase order."
    )
    assert case.plan.messages.set_index("kind")["quantity"]["fed_by_lane"] == 270


def test_own_demand_comes_on_top() -> None:
    # H sells 4 a day itself: 28 in seven days.
    case = network(daily={"S": 10.0, "H": 4.0})
    assert demand(case, until=9) == {0: 64, **dict.fromkeys(range(1, 7), 4), 7: 74, 8: 4}
    assert orders(case) == {0: 98, 7: 98, 14: 98, 21: 98}


def test_two_stores_ask_on_the_same_days() -> None:
    # T: lead time 0, so ship day 0 serves 0..6: 5 x 7 = 35 less 20; then 35 a week.
    lanes = (LANE, {"source": "H", "destination": "T"})
    case = network(lanes, daily={"S": 10.0, "T": 5.0}, on_hand={"S": 30, "T": 20})
    assert demand(case) == {0: 75, 7: 105, 14: 105, 21: 105}
    step = case.plan.explain("A", "H", case.date(7)).to_frame().set_index("name").loc["of which for rows that it feeds"]
    assert (step["value"], step["note"]) == (105, "shipped to S, T on these days")


def test_three_levels_are_netted_at_each() -> None:
    # H asks C for what it must ship: 60 on day 0, 70 on 7, 14, ... The lane C to H takes 1 day: ship day 0 arrives on 1
    # and serves 1..7, so it carries day 7's 70; of the 90 on hand at H, 60 go on day 0 and 30 are left: 40.
    # Ship day 7 arrives on 8 and carries day 14's 70, and so on.
    lanes = (LANE, {"source": "C", "destination": "H", "lead_time_days": 1})
    case = network(lanes, on_hand={"S": 30, "H": 90})
    assert demand(case) == {0: 60, 7: 70, 14: 70, 21: 70}
    assert demand(case, "C") == {0: 40, 7: 70, 14: 70, 21: 70}
    assert orders(case, "H") == {}
    assert orders(case, "C") == {0: 70, 7: 70, 14: 70, 21: 70}


def test_stock_on_its_way_to_the_store_lowers_what_it_needs() -> None:
    # 25 arrive at S on day 5: 60 - 25.
    tables = {"inbound": pd.DataFrame({"item": ["A"], "location": ["S"], "date": [START + pd.Timedelta(days=5)],
                                       "quantity": [25]})}  # fmt: skip
    assert demand(network(tables=tables)) == {0: 35, 7: 70, 14: 70, 21: 70}


def test_a_longer_lane_asks_earlier() -> None:
    # 9 days: ship day 0 arrives on 9 and serves 9..15. The 30 on hand are gone on day 3 and what follows is lost: 70.
    case = network(({**LANE, "lead_time_days": 9},))
    assert demand(case) == {0: 70, 7: 70, 14: 70, 21: 70}


def test_a_store_that_is_closed_receives_later() -> None:
    # Closed on days 2..4: ship day 0 arrives on 5 and serves 5..8; the 30 served 0..2, days 3 and 4 are lost: 40.
    closed = {"scope": ["location"], "key": ["S"], "from": [START + pd.Timedelta(days=2)],
              "to": [START + pd.Timedelta(days=4)]}  # fmt: skip
    assert demand(network(tables={"closures": pd.DataFrame(closed)})) == {0: 40, 7: 70, 14: 70, 21: 70}


def test_a_pack_and_a_transfer_minimum() -> None:
    # Packs of 25: 60 → 75, 15 over; 70 - 15 = 55 → 75, 20 over; 50 → 50, none over; 70 → 75.
    assert demand(network(({**LANE, "pack": 25},))) == {0: 75, 7: 75, 14: 50, 21: 75}
    # At least 100: 40 over; 30 → 100, 70 over; then nothing; then 70 → 100.
    assert demand(network(({**LANE, "transfer_minimum": 100},))) == {0: 100, 7: 100, 21: 100}
    # 90 in packs of 25: 100.
    both = {**LANE, "pack": 25, "transfer_minimum": 90}
    assert demand(network((both,))) == {0: 100, 7: 100, 21: 100}


def test_the_pack_of_the_lane_wins_over_that_of_the_row(constraints: Table) -> None:
    pack = {"constraints": constraints(("item", "A", "pack", 25))}
    assert demand(network(tables=pack)) == {0: 75, 7: 75, 14: 50, 21: 75}
    assert demand(network(({**LANE, "pack": 20},), tables=pack)) == {0: 60, 7: 80, 14: 60, 21: 80}


def test_rules_of_a_purchase_are_not_those_of_a_transfer() -> None:
    # MOQ 200, multiple 50 and maximum 20 would change 60 and 70; H, which is bought, has a conflict.
    item = {"moq": 200, "order_multiple": 50, "max_order": 20}
    case = network(item=item)
    assert demand(case) == {0: 60, 7: 70, 14: 70, 21: 70}
    assert orders(case) == {}


def test_the_maximum_stock_of_the_store_holds(constraints: Table) -> None:
    # At most 50 at S: 10 are left when day 2 opens, so 40 fit; on day 9 none are left,
    # so 50 fit of the 70 that are needed.
    limit = {"constraints": constraints(("location", "S", "max_stock", 50))}
    assert demand(network(tables=limit)) == {0: 40, 7: 50, 14: 50, 21: 50}


def test_safety_stock_at_both_levels() -> None:
    # S: 3 days ahead of day 8 are 30 more: 90. Afterwards as before. H: three days of what it ships: on day 6 that is
    # day 7's 70, within W = [3, 9] anyhow; W = [10, 16] of the order of day 7 holds 14; so the same orders.
    case = network(safety=("days_of_cover", 3))
    assert demand(case) == {0: 90, 7: 70, 14: 70, 21: 70}
    assert orders(case) == {0: 70, 7: 70, 14: 70, 21: 70}
    # Five days ahead of day 9, the last of W = [3, 9], is day 14: the order of day 0 must hold 70 more.
    assert orders(network(safety=("days_of_cover", 5)))[0] == 140


def test_a_review_period_of_the_store_alone(constraints: Table) -> None:
    # S is served every 14 days: days 0..15 need 160 - 30; then 140.
    review = {"constraints": constraints(("location", "S", "review_period_days", 14))}
    case = network(tables=review)
    assert demand(case) == {0: 130, 14: 140}
    assert orders(case) == {7: 140, 21: 140}


def test_a_lane_and_a_sourcing_record_is_bought() -> None:
    for location in ("S", None):
        sourcing = pd.DataFrame({"item": ["A"], "location": [location], "supplier": ["V"]})
        case = network(daily={"S": 10.0, "H": 1.0}, tables={"sourcing": sourcing})
        assert set(demand(case).values()) == {1}
        assert orders(case, "S")[7] == 70
        assert not case.messages("fed_by_lane")


def test_the_cheapest_lane_feeds_then_the_fastest_then_the_first() -> None:
    def fed_from(**costs: tuple[float | None, float]) -> str:
        lanes = [
            {"source": source, "destination": "S", "unit_cost": cost, "lead_time_days": lead}
            for source, (cost, lead) in costs.items()
        ]
        case = network(lanes, on_hand={"S": 30, **dict.fromkeys(costs, 0)})
        (place,) = (place for place in costs if demand(case, place))
        return place

    assert fed_from(H=(2, 1), K=(1, 5)) == "K"
    assert fed_from(H=(None, 4), K=(0.5, 1)) == "H"
    assert fed_from(H=(1, 3), K=(1, 2)) == "K"
    assert fed_from(H=(1, 2), K=(1, 2)) == "H"


def test_a_source_that_has_the_item_comes_before_a_cheaper_one() -> None:
    lanes = [{"source": "H", "destination": "S", "unit_cost": 1}, {"source": "K", "destination": "S", "unit_cost": 9}]
    case = network(lanes, on_hand={"S": 30, "K": 0})
    assert set(case.plan.summary["location"]) == {"K", "S"}
    assert demand(case, "K")


def test_a_source_without_the_item_gets_a_row() -> None:
    # H has neither forecast nor stock of A: it is planned with nothing on hand.
    case = network()
    row = case.plan.summary.set_index("location").loc["H"]
    assert (row["on_hand"], row["on_order"], row["total_order_quantity"]) == (0, 0, 280)
    assert case.plan.messages.set_index(["location", "kind"])["text"]["H", "no_forecast"] == (
        "There is no forecast of its own: demand is what the rows that it feeds need."
    )


@pytest.mark.parametrize("status", ["phase_out", "blocked"])
def test_an_item_that_is_not_bought_is_still_needed(status: str) -> None:
    case = network(item={"status": status})
    assert demand(case) == {0: 60, 7: 70, 14: 70, 21: 70}
    assert orders(case) == {}
    assert case.plan.summary.set_index("location")["unserved"]["H"] == 270
    assert ("the item is blocked, so nothing supplies it" in case.text("fed_by_lane")) == (status == "blocked")


def test_backorders_at_the_store_ask_for_what_waits() -> None:
    # With a lane of 9 days the 60 that days 3..8 cannot serve wait: 130 leave on day 0.
    case = network(({**LANE, "lead_time_days": 9},), unmet="backorder")
    assert demand(case) == {0: 130, 7: 70, 14: 70, 21: 70}


def test_each_rows_own_forecast_only() -> None:
    case = network(daily={"S": 10.0, "H": 1.0}, demand_from="own")
    assert set(demand(case).values()) == {1}
    assert case.text("fed_by_lane") == (
        "A lane feeds this location and no sourcing record names a supplier: a transfer supplies it, no purchase order."
    )


def test_a_plan_for_the_warehouse_alone_brings_along_what_it_feeds() -> None:
    case = network(locations=("H",), on_hand={"S": 30, "H": 0})
    assert demand(case) == {0: 60, 7: 70, 14: 70, 21: 70}
    assert case.plan.summary["location"].tolist() == ["H", "S"]


def test_a_plan_for_the_store_alone_says_who_is_not_planned() -> None:
    case = network(locations=("S",), on_hand={"S": 30, "H": 0})
    assert case.plan.summary["location"].tolist() == ["S"]
    assert case.text("fed_by_lane") == (
        "A lane from H feeds this location: it needs 270 units shipped by 2026-12-20, "
        "but H is not planned: nobody's demand counts them."
    )


def test_an_edit_moves_its_row_and_nobodys_demand() -> None:
    lanes = (LANE, {"source": "C", "destination": "H", "lead_time_days": 1})
    case = network(lanes, on_hand={"S": 30, "H": 90})
    edited = Case(case.plan.edit("A", "C", case.date(7), 500), case.as_of)
    assert demand(edited, "C") == demand(case, "C")
    assert orders(edited, "C") == {0: 70, 7: 500}
    assert edited.plan.lines_for(locations=["H", "S"]).equals(case.plan.lines_for(locations=["H", "S"]))


def test_a_fed_row_takes_no_order() -> None:
    case = network()
    with pytest.raises(mo.EditError, match="it is fed over a lane, so a transfer and not a purchase order supplies it"):
        case.plan.edit("A", "S", case.date(7), 70)


def test_what_cost_leaves_unserved_at_a_warehouse_is_what_a_minimum_stock_there_serves(constraints: Table) -> None:
    # Orders of H may fall short of what S asks for and of its own 10 a day; what is shipped to S stays as it is.
    own: dict[str, Any] = {"daily": {"S": 10.0, "H": 10.0}, "item": {"forecast_cv": 0.3}}
    own["safety"] = ("critical_ratio", 0.3)
    case = network(**own)
    kept = constraints(("location", "H", "min_stock", 0))
    served = network(tables={"constraints": kept}, **own)
    places = [each.plan.summary.set_index("location") for each in (case, served)]
    lost = [float(place["unserved"].loc["H"]) for place in places]
    said = case.plan.messages[case.plan.messages["kind"] == "unserved_by_cost"]
    assert said["location"].tolist() == ["H"]
    assert said["quantity"].tolist() == [lost[0] - lost[1]]
    assert lost[0] > lost[1] > 0
