"""Volume in random plans: no location holds too much, edits do not overfill, and files give the same again."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import moselle_nb as mo
from moselle_nb.plans.allocating.block import AllocationBlock
from moselle_nb.plans.checker.allocation import CheckedAllocation, check_allocation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MONDAY = dt.date(2026, 11, 23)
SHOPS = ("S", "T", "U")


def drawn(rng: np.random.Generator, mode: str = "distribute") -> mo.AllocationPlan:
    """Draw up to five items, two sources, three shops of which some hold only so much, over one to four ship dates."""
    items = [f"I{number}" for number in range(int(rng.integers(1, 6)))]
    sources = ["V", "W"][: int(rng.integers(1, 3))]
    places, days = [*sources, *SHOPS], pd.date_range(MONDAY, periods=60)
    volume = rng.choice([0.1, 0.25, 1.0, 3.0, np.nan], len(items))
    inbound = [
        (name, place, MONDAY + dt.timedelta(days=int(rng.integers(0, 20))), int(rng.integers(1, 60)))
        for name in items for place in places if rng.random() < 0.3
    ]  # fmt: skip
    tables = {
        "items": pd.DataFrame({"item": items, "volume": volume, "unit_cost": 1.0, "unit_price": 4.0}),
        "locations": pd.DataFrame({
            "location": places, "priority": rng.integers(1, 3, len(places)),
            "capacity_volume": [rng.choice([np.nan, 5, 30, 80, 200]) for _ in places],
        }),
        "forecast": pd.DataFrame(
            [(name, shop, day, float(each)) for name in items for shop in SHOPS
             for each in [rng.integers(0, 6)] for day in days],
            columns=["item", "location", "date", "quantity"],
        ),
        "inventory": pd.DataFrame(
            [(name, place, int(rng.integers(0, 300 if place in sources else 50))) for name in items
             for place in places],
            columns=["item", "location", "on_hand"],
        ),
        "inbound": pd.DataFrame(inbound, columns=["item", "location", "date", "quantity"]),
        "lanes": pd.DataFrame(
            [(source, shop, int(rng.integers(0, 5)), float(rng.integers(0, 3)) / 10, int(rng.choice([1, 5, 12])),
              int(rng.choice([0, 20]))) for source in sources for shop in SHOPS],
            columns=["source", "destination", "lead_time_days", "unit_cost", "pack", "transfer_minimum"],
        ),
    }  # fmt: skip
    coverage, method = (MONDAY, MONDAY + dt.timedelta(days=27)), rng.choice(["equal_runout", "proportional", "even"])
    if mode == "rebalance":
        del tables["lanes"]
        config = mo.AllocationConfig(name="r", mode="rebalance", coverage=coverage, excess_days=7)
    else:
        config = mo.AllocationConfig(
            name="v", source=sources, coverage=coverage, ship_every_days=int(rng.choice([7, 10, 28])),
            method=str(method), push=bool(rng.random() < 0.2),
        )  # fmt: skip
    return mo.allocate(mo.load(tables, as_of=MONDAY), config)


def edited(plan: mo.AllocationPlan, rng: np.random.Generator) -> mo.AllocationPlan:
    """Try some edits and locks; those that are refused leave the plan as it is."""
    lines = plan.lines
    for place in rng.integers(0, len(lines), 6):
        line = lines.iloc[int(place)]
        keys = line["item"], line["location"], line["date"].date()
        units = int(line["allocated"] + rng.choice([-12, -1, 0, 1, 5, 12, 60]))
        with suppress(mo.EditError):
            plan = plan.edit(*keys, max(units, 0), source=line["source"], force=True, reason="tried",
                             lock=bool(rng.random() < 0.3))  # fmt: skip
    return plan


def too_full(plan: mo.AllocationPlan) -> list[tuple[str, int]]:
    """Add up what is there from the lines alone; return places that hold too much although packs could go back."""
    lines = plan.lines.merge(plan.inputs.items[["item", "volume"]], on="item")
    lines = lines.merge(plan.inputs.locations[["location", "capacity_volume"]], on="location")
    lines = lines[(lines["source"] != lines["location"]) & lines["capacity_volume"].notna()].fillna({"volume": 0.0})
    first = ~lines.duplicated(["item", "location", "date"])
    lines["there"] = lines["volume"] * (lines["on_hand"] * first + lines["allocated"])
    lines["could_go"] = (lines["volume"] > 0) & (lines["allocated"] > 0) & ~lines["edited"].astype(bool)
    each = lines.groupby(["location", "date"]).agg(
        there=("there", "sum"), most=("capacity_volume", "first"), could_go=("could_go", "any")
    )
    return list(each.index[(each["there"] > each["most"] * (1 + 1e-6) + 1e-6) & each["could_go"]])


@pytest.mark.parametrize("mode", ["distribute", "rebalance"])
def test_nothing_is_too_full_that_packs_could_leave(mode: str, effort: Callable[[str], int], tmp_path: Path) -> None:
    given_back = 0
    for seed in range(effort("volume")):
        rng = np.random.default_rng([20261122, seed])
        plan = drawn(rng, mode)
        given_back += int((plan.lines["reason"] == "volume").sum())
        for each in (plan, edited(plan, rng)):
            assert too_full(each) == [], seed
            assert each.check().violations.empty, (seed, each.check().violations)
        file = tmp_path / f"{seed}.moselle"
        each.save(file)
        opened = mo.open_plan(file)
        pd.testing.assert_frame_equal(opened.lines, each.lines)
        np.testing.assert_array_equal(opened.volume, each.volume)
        fresh = replace(each, volume=None)
        assert fresh.fingerprint == each.fingerprint
    assert given_back > effort("volume")


def test_levels_of_an_edited_plan_are_those_of_its_lines() -> None:
    """The levels are carried from edit to edit; they say what the lines say, receipts of the day aside."""
    for seed in range(20):
        rng = np.random.default_rng([7, seed])
        plan = edited(drawn(rng), rng)
        if plan.volume is None or len(plan.inputs.receipts.day):
            continue
        lines = plan.lines.merge(plan.inputs.items[["item", "volume"]], on="item").fillna({"volume": 0.0})
        places = plan.inputs.locations.dropna(subset="capacity_volume")["location"]
        for column, place in enumerate(places):
            part = lines[(lines["location"] == place) & (lines["source"] != place)]
            first = ~part.duplicated(["item", "date"])
            there = (part["volume"] * (part["on_hand"] * first + part["allocated"])).groupby(part["date"]).sum()
            shown = there.to_numpy() if len(there) else np.zeros(len(plan.volume))
            np.testing.assert_allclose(plan.volume[:, column], shown, atol=1e-6)


def test_nothing_is_computed_where_no_location_has_a_capacity(monkeypatch: pytest.MonkeyPatch) -> None:
    data = mo.sample_data("retail", items=3, locations=3, seed=7)
    config = mo.AllocationConfig(name="n", source="METZ", coverage=("2026-11-23", "2026-12-20"))
    made, real = [], AllocationBlock.__init__

    def counted(self: AllocationBlock, *given: Any) -> None:
        made.append(self)
        real(self, *given)

    monkeypatch.setattr(AllocationBlock, "__init__", counted)
    plan = mo.allocate(data, config)
    assert len(made) == 1
    assert plan.volume is None
    assert plan.arrays.given_back is None


def test_check_finds_what_is_too_full_and_what_went_back_for_nothing() -> None:
    """A plan that ships more than fits, and one that holds packs back that would fit, are both found."""
    days = pd.date_range(MONDAY, periods=60)
    tables = {
        "items": pd.DataFrame({"item": ["A", "B"], "volume": [1.0, 1.0]}),
        "locations": pd.DataFrame({"location": ["S", "W"], "capacity_volume": [100.0, np.nan]}),
        "forecast": pd.DataFrame(
            [(item, "S", day, 5.0) for item in "AB" for day in days], columns=["item", "location", "date", "quantity"]
        ),
        "inventory": pd.DataFrame({"item": ["A", "B"], "location": "W", "on_hand": 300}),
    }
    config = mo.AllocationConfig(name="v", source="W", coverage=(MONDAY, MONDAY + dt.timedelta(days=19)))
    plan = mo.allocate(mo.load(tables, as_of=MONDAY), config)
    assert plan.merged.quantity.tolist() == [[50, 50]]
    for quantity, rule in (([60.0, 50.0], "volume"), ([40.0, 50.0], "given back"), ([70.0, 30.0], "given back")):
        arrays = replace(plan.arrays, quantity=np.array([quantity]), suggested=np.array([quantity]))
        wrong: CheckedAllocation = replace(plan, arrays=arrays)
        assert rule in set(check_allocation(wrong).violations["rule"])
