"""The scalar allocation against its definition, tried out in full, and against numbers worked out by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from tests.effort import seeds
from tests.oracles.allocation_instances import (
    AllocationInstance,
    PlainAllocationConfig,
    random_allocation,
    unit_allocation,
)
from tests.oracles.scalar_allocation import ScalarAllocation
from tests.oracles.scalar_tables import UNIT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.oracles.scalar_allocation import Shipment
    from tests.oracles.scalar_cell import Cell

MONDAY = dt.date(2026, 11, 23)


# ---- the definition, tried out -------------------------------------------------------------------


def cover_by_sums(cell: Cell, units: int) -> Fraction:
    """Cover from running sums of demand and receipts: the first day on which they have taken all there was."""
    held, demand, received = cell.stock + units * UNIT, 0, 0
    for k in range(365):
        today = cell.row.demand(cell.arrival + k)
        received += cell.receipts.get(cell.arrival + k, 0) if cell.arrival + k <= cell.last else 0
        if demand + today - received >= held:
            return k + (Fraction(held + received - demand, today) if today else Fraction(0))
        demand += today
    return Fraction(365)


def feasible(cells: Sequence[Cell], available: int) -> Iterator[tuple[int, ...]]:
    """Every vector of units that stock, need and capacity allow."""
    if not cells:
        yield ()
        return
    for units in range(min(cells[0].most, available) + 1):
        for others in feasible(cells[1:], available - units):
            yield (units, *others)


@pytest.mark.parametrize("seed", seeds("allocation_definition"))
def test_no_feasible_allocation_of_units_has_a_higher_minimum_cover(seed: int) -> None:
    instance = unit_allocation(seed)
    config = replace(instance.config, push=False, source_demand="share", cover_days=min(seed % 20, 9) or None)
    for shipment in ScalarAllocation(replace(instance, config=config)).shipments:
        cells = shipment.cells
        covers = [[cover_by_sums(cell, units) for units in range(cell.most + 1)] for cell in cells]

        def lowest(units: tuple[int, ...], covers: list[list[Fraction]] = covers) -> Fraction:
            return min((covers[k][given] for k, given in enumerate(units)), default=Fraction(0))

        given = tuple(cell.units for cell in cells)
        if shipment.cells and shipment.cells[0].row.item_record["status"] != "blocked":
            assert lowest(given) == max(map(lowest, feasible(cells, shipment.available)))


def gave_way(shipment: Shipment, giver: Cell, other: Cell) -> bool:
    """Whether another location could have taken the last pack that one got, and had less cover."""
    last = giver.pack if giver.units > giver.first_pack else giver.first_pack
    if (giver.units - last) * UNIT + giver.stock < giver.presentation * UNIT:
        return False
    could_take = other.units + other.next_pack <= other.most and other.next_pack <= shipment.left + last
    return could_take and cover_by_sums(giver, giver.units - last) > cover_by_sums(other, other.units)


@pytest.mark.parametrize("seed", seeds("allocation_definition"))
def test_no_pack_went_to_a_location_with_more_cover_than_another_that_could_take_one(seed: int) -> None:
    instance = random_allocation(seed, "equal_runout")
    config = replace(instance.config, source_demand="share" if seed % 2 else "ignore")
    for shipment in ScalarAllocation(replace(instance, config=config)).shipments:
        wronged = [
            (giver.row, other.row)
            for giver in shipment.cells
            for other in shipment.cells
            if giver.units and giver is not other and gave_way(shipment, giver, other)
        ]
        assert not wronged


@pytest.mark.parametrize("seed", seeds("allocation_definition"))
def test_stock_packs_capacity_and_minimums_hold_under_every_rule(seed: int) -> None:
    for shipment in ScalarAllocation(random_allocation(seed)).shipments:
        assert shipment.left >= 0
        for cell in shipment.cells:
            assert cell.units % cell.pack == 0
            assert cell.units == 0 or cell.first_pack <= cell.units <= cell.room
            assert cell.row.config.push or cell.units * UNIT < cell.need + cell.pack * UNIT


# ---- by hand -------------------------------------------------------------------------------------


def day(number: int) -> dt.date:
    return MONDAY + dt.timedelta(days=number)


def make(
    demand: Mapping[str, Sequence[float]],
    on_hand: dict[str, int],
    *,
    lanes: dict[str, dict[str, Any]] | None = None,
    rules: dict[tuple[str, str], Any] | None = None,
    inbound: Sequence[tuple[str, int, int]] = (),
    last: int = 9,
    **config: Any,
) -> ScalarAllocation:
    """Item A, source DC1: daily forecasts from Monday on that end after their last day."""
    places = sorted({"DC1", *demand, *on_hand})
    frames = {
        "items": pd.DataFrame({"item": ["A"], "unit_cost": [6.0], "unit_price": [10.0]}),
        "locations": pd.DataFrame({"location": places}),
        "forecast": pd.DataFrame(
            [("A", place, day(k), units) for place, days in demand.items() for k, units in enumerate(days)],
            columns=["item", "location", "date", "quantity"],
        ),
        "inventory": pd.DataFrame(
            [("A", place, units) for place, units in on_hand.items()], columns=["item", "location", "on_hand"]
        ),
        "inbound": pd.DataFrame(
            [("A", place, day(due), units) for place, due, units in inbound],
            columns=["item", "location", "date", "quantity"],
        ),
        "constraints": pd.DataFrame(
            [("item", "A", place, name, value) for (place, name), value in (rules or {}).items()],
            columns=["scope", "key", "location", "field", "value"],
        ),
        "lanes": pd.DataFrame(
            [{"source": "DC1", "destination": place, **lane} for place, lane in (lanes or {}).items()]
        ),
    }
    settings = {"beyond_forecast": "cut", **config}
    plain = PlainAllocationConfig("by hand", (MONDAY, day(last)), **settings)
    return ScalarAllocation(AllocationInstance(0, frames, MONDAY, plain))


def given(allocation: ScalarAllocation) -> dict[str, list[int]]:
    """Units by location, one per ship date."""
    units: dict[str, list[int]] = {}
    for line in allocation.lines:
        units.setdefault(line["location"], []).append(line["allocated"])
    return units


def test_equal_runout_follows_the_uneven_forecast() -> None:
    # S1 sells 1 a day, S2 nothing for two days and then 3 a day. With 9 units: S2 starts with cover 0 too: it
    # has no stock, and no demand on its first day either. By packs: cover of S1 after q units is q; of S2
    # after q >= 1 units 2 + q/3. Larger demand first: S2 (cover 0 -> 2.33), then S1 1, 2, 3 (at 2 < 2.33), S2 2.67,
    # then 3; S1 at 3 ties with S2 at 3: larger demand first, S2 3.33 (4 units); S1 4; one is left: S2 (3.33 < 4).
    plan = make({"S1": [1] * 10, "S2": [0, 0, *[3] * 8]}, {"DC1": 9})
    assert given(plan) == {"S1": [4], "S2": [5]}


def test_cover_counts_receipts_on_their_days() -> None:
    # 2 a day, 5 in stock, 4 more on the third day: days 0 and 1 take 4, then 1 + 4 = 5 serve days 2, 3 and half of 4.
    plan = make({"S1": [2] * 10}, {"DC1": 0, "S1": 5}, inbound=[("S1", 2, 4)])
    (line,) = plan.lines
    assert line["cover_before"] == 4.5
    assert (line["on_hand"], line["in_transit"], line["demand"], line["need"]) == (5, 4, 20, 11)


def test_what_is_lost_before_arrival_stays_lost_and_earlier_transfers_arrive() -> None:
    # Lead time 2, 2 a day, 3 in stock: days 0 and 1 take 3, one unit is lost, and nothing is left on day 2.
    # Ship dates 0 and 4 arrive on 2 and 6: windows 2..5 and 6..9 need 8 each. The second finds the first used up.
    plan = make({"S1": [2] * 10}, {"DC1": 12, "S1": 3}, transfer_lead_time_days=2, ship_dates=(MONDAY, day(4)))
    assert [(line["on_hand"], line["need"], line["available"]) for line in plan.lines] == [(0, 8, 12), (0, 8, 4)]
    assert given(plan) == {"S1": [8, 4]}


def test_a_transfer_minimum_above_need_sends_nothing_and_a_pack_may_exceed_it() -> None:
    # S1 needs 10 and takes packs of 4: three. S2 needs 5, and its lane's minimum is 6: nothing.
    lanes = {"S1": {"pack": 4}, "S2": {"transfer_minimum": 6}}
    assert given(make({"S1": [1] * 10, "S2": [0.5] * 10}, {"DC1": 40}, lanes=lanes)) == {"S1": [12], "S2": [0]}


def test_capacity_is_before_need_and_packs_are_before_capacity() -> None:
    # Most 9 units with 2 there: room for 7, which is one pack of 4.
    plan = make({"S1": [2] * 10}, {"DC1": 40, "S1": 2}, rules={("S1", "max_stock"): 9, ("S1", "pack"): 4})
    assert given(plan) == {"S1": [4]}


def test_the_presentation_minimum_is_served_first() -> None:
    # S2 sells nothing and shows at least 3; S1 gets what is left of 5.
    plan = make({"S1": [1] * 10, "S2": [0] * 10}, {"DC1": 5}, rules={("S2", "presentation_minimum"): 3})
    assert given(plan) == {"S1": [2], "S2": [3]}


def test_proportional_rounds_by_the_largest_remainder() -> None:
    # Needs 10, 20 and 30; 11 units give 1.83, 3.67 and 5.5: floors 1, 3, 5, then S1 and S2.
    demand = {"S1": [1] * 10, "S2": [2] * 10, "S3": [3] * 10}
    assert given(make(demand, {"DC1": 11}, method="proportional")) == {"S1": [2], "S2": [4], "S3": [5]}


def test_a_protected_source_keeps_its_need_first() -> None:
    # The source sells 1 a day for ten days and gets 4 on day 3: it keeps 6 of 10, and S1 gets 4 of its 20.
    demand = {"DC1": [1] * 10, "S1": [2] * 10}
    plan = make(demand, {"DC1": 10}, inbound=[("DC1", 3, 4)], source_demand="protect")
    assert given(plan) == {"DC1": [6], "S1": [4]}


def test_hold_back_committed_and_inbound_make_what_is_available() -> None:
    # 45 on hand, 10 % held back is 4.5, in whole units 5; on day 2 another 7 land. 40 leave on day 0.
    plan = make({"S1": [9] * 10}, {"DC1": 45}, inbound=[("DC1", 2, 7)], hold_back="10%", ship_dates=(MONDAY, day(5)))
    assert [line["available"] for line in plan.lines] == [40, 7]


def test_marginal_value_ships_while_a_unit_earns_more_than_it_costs() -> None:
    # Known demand of 10 and 20: a unit earns 4 up to the demand. S2's lane costs 5 a unit, S1's costs 1.
    lanes = {"S1": {"unit_cost": 1.0}, "S2": {"unit_cost": 5.0}}
    rules = {(place, "forecast_cv"): 0 for place in ("S1", "S2")}
    demand = {"S1": [1] * 10, "S2": [2] * 10}
    assert given(make(demand, {"DC1": 40}, lanes=lanes, rules=rules, method="marginal_value")) == {
        "S1": [10],
        "S2": [0],
    }


def test_priority_serves_a_tier_before_the_next_and_even_splits() -> None:
    demand = {"S1": [1] * 10, "S2": [2] * 10}
    plan = make(demand, {"DC1": 22}, method="priority")
    plan.locations["S1"]["priority"], plan.locations["S2"]["priority"] = 2, 1
    assert given(plan) == {"S1": [2], "S2": [20]}
    # Five units in turns, larger demand first: three and two.
    assert given(make(demand, {"DC1": 5}, method="even")) == {"S1": [2], "S2": [3]}
