"""Volume worked by hand: which packs a location gives back that would hold more than it can."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest

import moselle_nb as mo

MONDAY = dt.date(2026, 11, 23)
TWENTY = (MONDAY, MONDAY + dt.timedelta(days=19))


def planned(  # noqa: PLR0913 (what a case can say)
    capacity: float | None,
    demand: dict[str, float],
    volume: dict[str, float | None],
    *,
    stock: int = 200,
    there: dict[str, int] | None = None,
    shops: tuple[str, ...] = ("S",),
    pack: int = 1,
    minimum: int = 0,
    lead: int = 0,
    inbound: dict[str, int] | None = None,
    **settings: Any,
) -> mo.AllocationPlan:
    """Send items from W to shop S, which holds so much, for 20 days; demand is per day at each shop."""
    days, at_hand = pd.date_range(MONDAY, periods=60), there or {}
    tables = {
        "items": pd.DataFrame([{"item": name, "volume": each} for name, each in volume.items()]),
        "locations": pd.DataFrame(
            [{"location": name, "capacity_volume": capacity if name == "S" else None} for name in ("W", *shops)]
        ),
        "forecast": pd.DataFrame(
            [{"item": name, "location": shop, "date": day, "quantity": each}
             for name, each in demand.items() for shop in shops for day in days]
        ),
        "inventory": pd.DataFrame(
            [{"item": name, "location": place, "on_hand": stock if place == "W" else at_hand.get(name, 0)}
             for name in volume for place in ("W", *shops)]
        ),
        "lanes": pd.DataFrame(
            [{"source": "W", "destination": shop, "lead_time_days": lead, "pack": pack,
              "transfer_minimum": minimum or None} for shop in shops]
        ),
        "inbound": pd.DataFrame(
            [{"item": name, "location": "S", "date": MONDAY, "quantity": units}
             for name, units in (inbound or {}).items()],
            columns=["item", "location", "date", "quantity"],
        ),
    }  # fmt: skip
    config = mo.AllocationConfig(**{"name": "v", "source": "W", "coverage": TWENTY, **settings})
    plan = mo.allocate(mo.load(tables, as_of=MONDAY), config)
    assert plan.check().violations.empty
    return plan


def sent(plan: mo.AllocationPlan, shop: str = "S") -> dict[str, list[int]]:
    lines = plan.lines[plan.lines["location"] == shop].sort_values(["item", "date"])
    return {str(item): part["allocated"].astype(int).tolist() for item, part in lines.groupby("item")}


def said(plan: mo.AllocationPlan, kind: str) -> list[tuple[Any, Any, float]]:
    part = plan.messages[plan.messages["kind"] == kind]
    return [
        (None if pd.isna(item) else item, None if pd.isna(place) else place, units)
        for item, place, units in part[["item", "location", "quantity"]].itertuples(index=False)
    ]


def test_packs_of_the_longest_cover_go_back() -> None:
    """A sells 5 a day at volume 1, B 2 at volume 2; 20 days need 100 + 80 = 180, S holds 100.

    A level t holds 9t: at 11.2 days A has 56, and B's 22 last 11 days: 56 + 44 = 100. One more of either is 11.4 or
    11.5 days and does not fit.
    """
    plan = planned(100, {"A": 5, "B": 2}, {"A": 1, "B": 2})
    assert sent(plan) == {"A": [56], "B": [22]}
    assert plan.lines["reason"].tolist() == ["volume", "volume"]
    cells = plan.check().rules.set_index("rule")["cells"]
    assert cells[["volume", "given back"]].tolist() == [1, 4]
    assert said(plan, "over_volume") == [("A", "S", 44), ("B", "S", 18)]
    assert "S takes 100 in volume, and 180 would be there" in plan.messages["text"].iloc[0]
    steps = {step.name: step.value for step in plan.explain("A", "S", str(MONDAY)).steps}
    assert steps["Volume at the location"] == pytest.approx(100)
    assert steps["Given back"] == 44


def test_what_fits_to_the_last_unit_stays() -> None:
    """100 units at 0.1 and 40 at 0.05 take 10 + 2 = 12, although 0.1 and 0.05 are no binary fractions."""
    plan = planned(12, {"A": 5, "B": 2}, {"A": 0.1, "B": 0.05})
    assert sent(plan) == {"A": [100], "B": [40]}
    assert said(plan, "over_volume") == []
    assert sent(planned(11.99, {"A": 5, "B": 2}, {"A": 0.1, "B": 0.05})) == {"A": [100], "B": [39]}


@pytest.mark.parametrize(("demand", "expected"), [((5, 5), {"A": [100], "B": [99]}), ((4, 5), {"A": [79], "B": [100]})])
def test_of_equal_covers_the_smaller_demand_then_the_later_item_gives_first(
    demand: tuple[int, int], expected: dict[str, list[int]]
) -> None:
    """Both last 20 days, one unit is too much. Equal demand: the later item gives it; else that of 80 against 100."""
    total = 20 * sum(demand)
    assert sent(planned(total - 1, dict(zip("AB", demand, strict=True)), {"A": 1, "B": 1})) == expected


def test_a_transfer_below_its_minimum_goes_back_whole() -> None:
    """A gets 100 in tens, at least 40 at a time; S holds 75: 70 stay. It holds 35: all 100 go back."""
    assert sent(planned(75, {"A": 5}, {"A": 1}, pack=10, minimum=40)) == {"A": [70]}
    plan = planned(35, {"A": 5}, {"A": 1}, pack=10, minimum=40)
    assert sent(plan) == {"A": [0]}
    assert said(plan, "over_volume") == [("A", "S", 100)]


def test_own_stock_alone_may_be_too_much() -> None:
    """60 of A lie at S, which holds 50: everything that is sent goes back, and the message says what stays."""
    plan = planned(50, {"A": 5, "B": 2}, {"A": 1, "B": 2}, there={"A": 60})
    assert sent(plan) == {"A": [0], "B": [0]}
    assert said(plan, "over_volume") == [(None, "S", 80), ("A", "S", 40), ("B", "S", 40)]
    assert "its own stock and receipts" in plan.messages["text"].iloc[0]


def test_receipts_of_the_arrival_day_count() -> None:
    """30 of A are received on the day: of the 70 still needed 20 fit beside them into 50."""
    assert sent(planned(50, {"A": 5}, {"A": 1}, inbound={"A": 30})) == {"A": [20]}


def test_stock_counts_as_it_is_on_arrival() -> None:
    """60 lie there today; sent today, 4 days on the way, they meet 60 - 20 = 40. 16 days need 80: 10 fit into 50."""
    plan = planned(50, {"A": 5}, {"A": 1}, there={"A": 60}, lead=4)
    assert plan.lines["on_hand"].tolist() == [40]
    assert sent(plan) == {"A": [10]}


def test_items_without_volume_take_up_nothing() -> None:
    """B has no volume: its 40 stay, A gives back 50 of its 100. It is said once."""
    plan = planned(50, {"A": 5, "B": 2}, {"A": 1, "B": None})
    assert sent(plan) == {"A": [50], "B": [40]}
    assert said(plan, "no_volume") == [(None, None, 1)]


def test_what_goes_back_stays_at_the_source() -> None:
    """150 for two shops that need 100 each: 75 each. S holds 30: 45 go back to W, and T, still short, gets none."""
    plan = planned(30, {"A": 5}, {"A": 1}, stock=150, shops=("S", "T"))
    assert (sent(plan, "S"), sent(plan, "T")) == ({"A": [30]}, {"A": [75]})
    assert plan.summary["left"].tolist() == [45]
    assert plan.optimality[["status", "proof"]].to_numpy().tolist() == [["by rule", "volume"]]


def test_later_ship_dates_see_what_went_back() -> None:
    """Ten days need 50 and 20 of safety stock, 40 fit. Day 10 finds nothing: 70 are needed again, not 50."""
    safety = mo.SafetyStock("units", 20)
    plan = planned(40, {"A": 5}, {"A": 1}, stock=500, ship_every_days=10, safety_stock=safety)
    assert plan.lines["need"].tolist() == [70, 70]
    assert sent(plan) == {"A": [40, 40]}
    free = planned(None, {"A": 5}, {"A": 1}, stock=500, ship_every_days=10, safety_stock=safety)
    assert free.lines["need"].tolist() == [70, 50]
    assert "volume" not in free.sections()


def test_an_edit_that_overfills_is_refused_with_the_nearest() -> None:
    """A holds 56 and B 22 × 2 of the 100. B at 20 leaves room for 60 of A, and no more."""
    plan = planned(100, {"A": 5, "B": 2}, {"A": 1, "B": 2})
    with pytest.raises(mo.EditError) as refused:
        plan.edit("A", "S", MONDAY, 60)
    assert refused.value.rejects[0].nearest == (56,)
    assert "has room" in refused.value.rejects[0].reason
    less = plan.edit("B", "S", MONDAY, 20)
    assert sent(less) == {"A": [56], "B": [20]}
    with pytest.raises(mo.EditError) as refused:
        less.edit("A", "S", MONDAY, 61)
    assert refused.value.rejects[0].nearest == (60,)
    swapped = plan.edit_many([("A", "S", MONDAY, 60), ("B", "S", MONDAY, 20)])
    assert sent(swapped) == {"A": [60], "B": [20]}
    assert swapped.check().violations.empty
    with pytest.raises(mo.EditError):
        less.edit_many([("A", "S", MONDAY, 60), ("B", "S", MONDAY, 21)])


def test_a_lock_shares_again_what_went_back_before_only_within_the_volume() -> None:
    """Two shops share 150; S holds 30 of its 75. T locked at 60 leaves 90, of which S would take 90 and keeps 30."""
    plan = planned(30, {"A": 5}, {"A": 1}, stock=150, shops=("S", "T")).lock("A", "T", MONDAY, 60)
    assert (sent(plan, "S"), sent(plan, "T")) == ({"A": [30]}, {"A": [60]})
    assert plan.check().violations.empty
