"""Allocations worked by hand: one for each rule, each trap of it, and what gives way to what."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import moselle_nb as mo

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MONDAY = dt.date(2026, 11, 23)
FORECAST_DAYS = 60


@dataclass(frozen=True)
class Shop:
    """What the tables say about item X at one location; `demand` is per day, a number repeats, None is no forecast."""

    demand: float | Sequence[float] | None = 1.0
    on_hand: int = 0
    lead: int = 0
    pack: int | None = None
    minimum: int | None = None
    cost: float | None = None
    priority: int | None = None
    inbound: Mapping[int, int] | None = None
    max_stock: int | None = None
    presentation: int | None = None
    margin: float | None = None


def day(number: int) -> dt.date:
    return MONDAY + dt.timedelta(days=number)


def planned(
    stock: int, shops: Mapping[str, Shop], *, days: int = 14, source: Shop | None = None, **settings: Any
) -> mo.AllocationPlan:
    """Allocate item X from DC, which has so much stock, over so many days from day 0."""
    given = {"DC": source or Shop(demand=None), **shops}
    item = settings.pop("item", {})
    committed = settings.pop("committed", 0)
    forecast = [
        {"item": "X", "location": name, "date": day(number), "quantity": quantity}
        for name, shop in given.items()
        if shop.demand is not None
        for number, quantity in enumerate(
            [shop.demand] * FORECAST_DAYS if isinstance(shop.demand, (int, float)) else shop.demand
        )
    ]
    inventory = {name: stock if name == "DC" else shop.on_hand for name, shop in given.items()}
    inbound = [
        {"item": "X", "location": name, "date": day(number), "quantity": quantity}
        for name, shop in given.items()
        for number, quantity in (shop.inbound or {}).items()
    ]
    fields = {"max_stock": "max_stock", "presentation": "presentation_minimum", "margin": "shortage_cost"}
    rules = [
        {"scope": "location", "key": name, "field": field, "value": getattr(shop, attribute)}
        for name, shop in given.items()
        for attribute, field in fields.items()
        if getattr(shop, attribute) is not None
    ]
    tables = {
        "items": pd.DataFrame([{"item": "X", **item}]),
        "locations": pd.DataFrame([{"location": name, "priority": shop.priority} for name, shop in given.items()]),
        "forecast": pd.DataFrame(forecast, columns=["item", "location", "date", "quantity"]),
        "inventory": pd.DataFrame([
            {"item": "X", "location": name, "on_hand": units, "committed": committed if name == "DC" else 0}
            for name, units in inventory.items()
        ]),
        "lanes": pd.DataFrame([
            {"source": "DC", "destination": name, "lead_time_days": shop.lead, "unit_cost": shop.cost,
             "pack": shop.pack, "transfer_minimum": shop.minimum}
            for name, shop in shops.items()
        ]),
    }  # fmt: skip
    if inbound:
        tables["inbound"] = pd.DataFrame(inbound)
    if rules:
        tables["constraints"] = pd.DataFrame(rules)
    config = mo.AllocationConfig(name="by hand", source="DC", coverage=(MONDAY, day(days - 1)), **settings)
    plan = mo.allocate(mo.load(tables, as_of=MONDAY), config)
    report = plan.check()
    assert report.ok, report
    return plan


def given(plan: mo.AllocationPlan, date: int = 0) -> dict[str, float]:
    """Return what each location gets on a ship date."""
    lines = plan.lines
    lines = lines[lines["date"] == pd.Timestamp(day(date))]
    return dict(zip(lines["location"], lines["allocated"], strict=True))


def cell(plan: mo.AllocationPlan, location: str, date: int = 0) -> pd.Series[Any]:
    lines = plan.lines
    return lines[(lines["location"] == location) & (lines["date"] == pd.Timestamp(day(date)))].iloc[0]


# Equal runout


def test_fair_share_of_a_textbook() -> None:
    """Bowersox, Closs & Cooper: 600 less 100 kept; stock 50, 100, 75; demand 10, 50, 15 a day: all last 9.67 days.

    Their shares are 46.7, 383.3 and 70.0. In whole units 46 + 383 + 70 leave one, which goes to the first: its 96
    last 9.6 days, the second's 483 last 9.66, the third's 145 last 9.667.
    """
    shops = {"A": Shop(10, 50), "B": Shop(50, 100), "C": Shop(15, 75)}
    plan = planned(600, shops, days=28, hold_back=100)
    assert given(plan) == {"A": 47, "B": 383, "C": 70}
    assert plan.lines["cover_after"].tolist() == pytest.approx([9.7, 9.66, 145 / 15])


def test_a_location_above_the_common_level_gets_nothing() -> None:
    """A has 10 days; 40 units raise B from 0 to 4 days. The formula of a mean level would take 30 from A."""
    assert given(planned(40, {"A": Shop(10, 100), "B": Shop(10)}, days=28)) == {"A": 0, "B": 40}


def test_cover_counts_from_each_locations_own_arrival() -> None:
    """B's 20 shrink to 10 in the five days on the way: at its arrival they last 5 days. A is raised to 5 days first."""
    plan = planned(10, {"A": Shop(2), "B": Shop(2, 20, lead=5)})
    assert given(plan) == {"A": 10, "B": 0}
    assert cell(plan, "B")[["on_hand", "cover_before"]].tolist() == [10, 5]


def test_the_real_uneven_forecast_decides() -> None:
    """A sells nothing for a week, then 10 a day: one unit lasts 7.1 days. B sells 5 a day: 34 units last 6.8."""
    shops = {"A": Shop([0] * 7 + [10] * 7), "B": Shop([5] * 14)}
    plan = planned(35, shops, beyond_forecast="cut")
    assert given(plan) == {"A": 1, "B": 34}
    assert plan.lines["cover_after"].tolist() == pytest.approx([7.1, 6.8])


def test_packs_that_differ_go_round_until_none_fits() -> None:
    """At 2 a day: A 6 (3 days), B 4 (2), B 4 (4); neither A's next 6 nor B's next 4 fit into the 2 left."""
    plan = planned(16, {"A": Shop(2, pack=6), "B": Shop(2, pack=4)})
    assert given(plan) == {"A": 6, "B": 8}
    assert plan.summary["left"].tolist() == [2]


def test_need_is_rounded_up_by_less_than_a_pack() -> None:
    assert given(planned(100, {"A": Shop(0.5, pack=5)})) == {"A": 10}  # 7 needed


def test_ties_go_to_priority_then_demand_then_name() -> None:
    """All have nothing. One unit: C has priority 1. Three: then B, which sells more, then A."""
    shops = {"A": Shop(1, priority=2), "B": Shop(2, priority=2), "C": Shop(1, priority=1)}
    assert given(planned(1, shops)) == {"A": 0, "B": 0, "C": 1}
    assert given(planned(2, shops)) == {"A": 0, "B": 1, "C": 1}
    assert given(planned(3, shops)) == {"A": 1, "B": 1, "C": 1}


# Windows, receipts, what is there


def test_need_runs_to_the_day_before_the_next_arrival() -> None:
    """Shipped on days 0 and 7: A serves days 0–6 and 7–13; B, three days away, 3–9 and 10–13, and sells its 3 first."""
    plan = planned(100, {"A": Shop(1), "B": Shop(1, 3, lead=3)}, ship_every_days=7)
    assert plan.lines["need"].tolist() == [7, 7, 7, 4]
    assert given(plan, 0) == {"A": 7, "B": 7}
    assert given(plan, 7) == {"A": 7, "B": 4}


def test_the_last_shipment_may_cover_fewer_days() -> None:
    assert given(planned(100, {"A": Shop(2)}, cover_days=3)) == {"A": 6}


def test_sales_lost_before_the_arrival_stay_lost() -> None:
    """B's 4 are gone on day 2; days 2–4 lose 6 sales. On day 5 it has 0, not -6: days 5–13 need 18."""
    plan = planned(100, {"B": Shop(2, 4, lead=5)})
    assert cell(plan, "B")[["on_hand", "need", "allocated"]].tolist() == [0, 18, 18]


def test_receipts_inside_the_window_lower_the_need() -> None:
    """14 needed, 5 arrive on day 3 and 9 are missing; what arrives on day 20, after coverage, does not count."""
    plan = planned(100, {"A": Shop(1, inbound={3: 5, 20: 50})})
    assert cell(plan, "A")[["in_transit", "need", "allocated"]].tolist() == [5, 9, 9]


def test_what_lands_at_the_source_can_be_shipped_from_then_on() -> None:
    """10 on hand, 20 land on day 7. A needs 14 a week: 10 go on day 0, 14 on day 7, and 6 are left."""
    shops, source = {"A": Shop(2)}, Shop(demand=None, inbound={7: 20})
    plan = planned(10, shops, source=source, ship_every_days=7)
    assert (given(plan, 0), given(plan, 7)) == ({"A": 10}, {"A": 14})
    assert plan.summary[["available", "allocated", "left"]].values.tolist() == [[30, 24, 6]]
    plan = planned(10, shops, source=source, ship_every_days=7, include_inbound=False)
    assert (given(plan, 0), given(plan, 7)) == ({"A": 10}, {"A": 0})


def test_committed_and_held_back_stock_stays() -> None:
    """100 less 20 committed and 30 held back; 10 % of 55 are 5.5 and keep 6."""
    assert given(planned(100, {"A": Shop(9)}, committed=20, hold_back=30)) == {"A": 50}
    assert given(planned(55, {"A": Shop(9)}, hold_back="10%")) == {"A": 49}
    assert given(planned(10, {"A": Shop(9)}, hold_back=30)) == {"A": 0}


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("share", {"A": 14, "DC": 14}), ("protect", {"A": 0, "DC": 28}), ("ignore", {"A": 28})],
)
def test_the_sources_own_demand(mode: str, expected: dict[str, float]) -> None:
    """Both sell 2 a day; 28 units for 14 days are half of what is needed."""
    assert given(planned(28, {"A": Shop(2)}, source=Shop(2), source_demand=mode)) == expected


# What gives way to what


def test_capacity_stands_above_packs_and_need() -> None:
    """15 fit, 10 are there and 2 come on the day of arrival: 3 more. In packs of 2 that is 2. The rest goes to B."""
    full = Shop(2, 10, max_stock=15, inbound={0: 2})
    assert given(planned(20, {"A": full, "B": Shop(2)})) == {"A": 3, "B": 17}
    in_packs = Shop(2, 10, max_stock=15, inbound={0: 2}, pack=2)
    plan = planned(20, {"A": in_packs, "B": Shop(2)})
    assert given(plan) == {"A": 2, "B": 18}
    assert cell(plan, "A")["reason"] == "capacity"


def test_need_below_the_transfer_minimum_is_not_served() -> None:
    plan = planned(100, {"A": Shop(0.5, minimum=10)})
    assert given(plan) == {"A": 0}
    assert cell(plan, "A")["reason"] == "below_transfer_minimum"


def test_the_first_pack_is_the_transfer_minimum() -> None:
    """A's first 12 last 6 days; B gets the 3 that are left. Where A sends singly it takes 1 before B's 12, then 2."""
    assert given(planned(15, {"A": Shop(2, minimum=12), "B": Shop(2)})) == {"A": 12, "B": 3}
    assert given(planned(15, {"A": Shop(2), "B": Shop(2, minimum=12)})) == {"A": 3, "B": 12}
    assert given(planned(11, {"A": Shop(2, minimum=12), "B": Shop(2)})) == {"A": 0, "B": 11}


def test_presentation_minimums_come_first_by_priority() -> None:
    """B shows 10 before A gets anything; C has no forecast and needs no more than what it shows."""
    shops = {
        "A": Shop(5, presentation=10, priority=2),
        "B": Shop(1, presentation=10, priority=1),
        "C": Shop(None, 1, presentation=4, priority=3),
    }
    assert given(planned(12, shops)) == {"A": 2, "B": 10, "C": 0}
    assert given(planned(1000, shops)) == {"A": 70, "B": 14, "C": 3}


def test_the_lowest_share_of_its_presentation_minimum_is_served_first() -> None:
    """A has 5 of 10, B 5 of 20: five units raise B to one half as well."""
    shops = {"A": Shop(1, 5, presentation=10), "B": Shop(1, 5, presentation=20)}
    assert given(planned(5, shops, days=3)) == {"A": 0, "B": 5}


def test_blocked_items_stay_and_phased_out_ones_move() -> None:
    plan = planned(10, {"A": Shop(1)}, item={"status": "blocked"})
    assert given(plan) == {"A": 0}
    assert cell(plan, "A")["reason"] == "blocked"
    assert given(planned(10, {"A": Shop(1)}, item={"status": "phase_out"})) == {"A": 10}


def test_push_ships_until_locations_are_full() -> None:
    """Nobody needs anything: 30 days of stock. Pushed, 5 fit into A; B takes the rest."""
    shops = {"A": Shop(1, 30, max_stock=35), "B": Shop(1, 30)}
    assert given(planned(20, shops)) == {"A": 0, "B": 0}
    assert given(planned(20, shops, push=True)) == {"A": 5, "B": 15}


# The other rules


def test_proportional_shares() -> None:
    """FrePPLe's examples: 6 units for needs of 10 and 10, and of 10 and 20. Then 10 among three equals: one gets 4."""
    rule: dict[str, Any] = {"method": "proportional", "days": 10}
    assert given(planned(6, {"A": Shop(1), "B": Shop(1)}, **rule)) == {"A": 3, "B": 3}
    assert given(planned(6, {"A": Shop(1), "B": Shop(2)}, **rule)) == {"A": 2, "B": 4}
    assert given(planned(10, {"A": Shop(1), "B": Shop(1), "C": Shop(1)}, **rule)) == {"A": 4, "B": 3, "C": 3}


def test_proportional_gives_the_largest_remainder_the_next_pack() -> None:
    """7 for needs of 10, 20 and 40: exactly 1, 2 and 4. 8: 1.14, 2.29 and 4.57, so that C gets the eighth."""
    shops = {"A": Shop(1), "B": Shop(2), "C": Shop(4)}
    rule: dict[str, Any] = {"method": "proportional", "days": 10}
    assert given(planned(7, shops, **rule)) == {"A": 1, "B": 2, "C": 4}
    assert given(planned(8, shops, **rule)) == {"A": 1, "B": 2, "C": 5}


def test_priority_fills_tiers_and_shares_the_one_that_runs_short() -> None:
    """A and B come first and need 14 and 42. 28 give both 7 days and C nothing; 60 fill them and leave 4 for C."""
    shops = {"A": Shop(1, priority=1), "B": Shop(3, priority=1), "C": Shop(1, priority=2)}
    assert given(planned(28, shops, method="priority")) == {"A": 7, "B": 21, "C": 0}
    assert given(planned(60, shops, method="priority")) == {"A": 14, "B": 42, "C": 4}


def test_even_gives_all_the_same_up_to_their_need() -> None:
    """10 among three: 4 to the one that sells most. Where A needs only 2, the others get 4 each."""
    assert given(planned(10, {"A": Shop(1), "B": Shop(2), "C": Shop(1)}, method="even")) == {"A": 3, "B": 4, "C": 3}
    small = {"A": Shop([2, *[0] * 13]), "B": Shop(1), "C": Shop(1)}
    assert given(planned(10, small, method="even", beyond_forecast="cut")) == {"A": 2, "B": 4, "C": 4}


def test_marginal_value_serves_what_earns_most() -> None:
    """Demand is certain. A unit earns 3 at A and 5 at B, less 1 and 4 on the way: 2 against 1, so A is filled first."""
    sure = {"forecast_cv": 0.0}
    shops = {"A": Shop(1, margin=3, cost=1), "B": Shop(1, margin=5, cost=4)}
    assert given(planned(20, shops, method="marginal_value", item=sure)) == {"A": 14, "B": 6}
    shops = {"A": Shop(1, margin=3, cost=1), "B": Shop(1, margin=5, cost=6)}
    plan = planned(20, shops, method="marginal_value", item=sure)
    assert given(plan) == {"A": 14, "B": 0}
    assert cell(plan, "B")["reason"] == "no_value"


def test_marginal_value_looks_at_how_likely_a_unit_sells() -> None:
    """Both expect 14, A surely, B within ± 7. A unit earns 3 and costs 1 to move; 14 units are there.

    A's units are worth 2 each. B's k-th is worth 3 P(D >= k) - 1: nearly 2 for the first ones, less than A's for all.
    So A is filled before B gets any; of 28 units B takes those with 3 P(D > k) > 1, k below 14 + 0.43 × 7 = 17, and
    stops at its need of 14.
    """
    shops = {"A": Shop(1, margin=3, cost=1), "B": Shop(1, margin=3, cost=1)}
    rules = (
        mo.Constraint("location", "forecast_cv", 0.0, key="A"),
        mo.Constraint("location", "forecast_cv", 1.87, key="B"),
    )
    settings: dict[str, Any] = {"method": "marginal_value", "constraints": rules}
    assert given(planned(14, shops, **settings)) == {"A": 14, "B": 0}
    assert given(planned(40, shops, **settings)) == {"A": 14, "B": 14}
