"""What holds for every allocation, by the public names alone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import moselle_nb as mo
from tests.effort import count

if TYPE_CHECKING:
    from collections.abc import Callable

MONDAY = dt.date(2026, 11, 23)
METHODS = ("equal_runout", "proportional", "priority", "marginal_value", "even")
ITEMS, SOURCES = ("A", "B"), ("DC1", "DC2")
STORES = ("S1", "S2", "S3", "S4")
of_allocation = settings(max_examples=count("allocation_properties"))


def day(number: int) -> dt.date:
    return MONDAY + dt.timedelta(days=number)


@dataclass(frozen=True)
class Small:
    """Tables of a small allocation, and its settings."""

    frames: dict[str, pd.DataFrame]
    options: dict[str, Any]

    @property
    def plan(self) -> mo.AllocationPlan:
        config = mo.AllocationConfig(name="small", coverage=(MONDAY, day(9)), **self.options)
        return mo.allocate(mo.load(self.frames, as_of=MONDAY), config)

    @property
    def lines(self) -> pd.DataFrame:
        """Lines of the stores, with what their lanes and rules say."""
        lines = self.plan.lines
        lines = lines[lines["location"].isin(STORES)]
        lanes = self.frames["lanes"].rename(columns={"destination": "location"}).drop(columns="lead_time_days")
        lines = lines.merge(lanes, on=["source", "location"], how="left")
        most = self.frames["constraints"].query("field == 'max_stock'").set_index("key")["value"]
        lines["capacity"] = lines["location"].map(most)
        return lines


@st.composite
def small(draw: Callable[[Any], Any], *, methods: tuple[str, ...] = METHODS, plain: bool = False) -> Small:
    """Up to two items, two sources and four stores, ten days, whole demand.

    `plain` has one source without demand of its own, unit packs and no other rules.
    """
    items, stores = ITEMS[: draw(st.integers(1, 2))], STORES[: draw(st.integers(1, 4))]
    sources = SOURCES[: 1 if plain else draw(st.integers(1, 2))]
    places, units = (*sources, *stores), st.integers(0, 12)
    selling = places if not plain and draw(st.booleans()) else stores
    forecast = [
        (item, place, day(k), quantity, quantity / 2)
        for item in items
        for place in selling
        for k, quantity in enumerate(draw(st.lists(units, min_size=1, max_size=5)))
    ]
    most = {place: 60 if place in sources else 9 for place in places}
    stock = [(item, place, draw(st.integers(0, most[place]))) for item in items for place in places]
    inbound = [(item, place, day(draw(st.integers(0, 9))), draw(units)) for item in items for place in places]
    packs = st.just((1, 0)) if plain else st.tuples(st.sampled_from((1, 2, 5)), units)
    lanes = [(source, place, draw(st.integers(0, 2)), *draw(packs)) for source in sources for place in stores]
    rules = st.sampled_from(
        (("max_stock", 7), ("max_stock", 20), ("presentation_minimum", 3), ("safety_stock_days", 1))
    )
    constraints = [("plan", None, "forecast_cv", 0.5)]
    constraints += [("location", place, *draw(rules)) for place in stores if not plain and draw(st.booleans())]
    options: dict[str, Any] = {"method": draw(st.sampled_from(methods)), "source": sources}
    if not plain:
        options["ship_every_days"] = draw(st.sampled_from((None, 2, 4)))
        options["push"] = draw(st.booleans())
        options["hold_back"] = draw(st.sampled_from((0, 5, "20%")))
        options["source_demand"] = draw(st.sampled_from(("share", "protect", "ignore")))
    priorities = [1 + k % 2 for k in range(len(places))]
    tables = {
        "items": pd.DataFrame({"item": items, "unit_cost": 4.0, "unit_price": 9.0}),
        "locations": pd.DataFrame({"location": places, "priority": priorities}),
        "forecast": pd.DataFrame(forecast, columns=["item", "location", "date", "quantity", "sd"]),
        "inventory": pd.DataFrame(stock, columns=["item", "location", "on_hand"]),
        "inbound": pd.DataFrame(inbound, columns=["item", "location", "date", "quantity"]),
        "lanes": pd.DataFrame(lanes, columns=["source", "destination", "lead_time_days", "pack", "transfer_minimum"]),
        "constraints": pd.DataFrame(constraints, columns=["scope", "key", "field", "value"]),
    }
    return Small(tables, options)


@of_allocation
@given(small())
def test_no_more_leaves_a_source_than_is_available_then_or_ever(case: Small) -> None:
    lines = case.plan.lines
    shipped = lines.groupby(["item", "source", "date"])
    assert (shipped["allocated"].sum() <= shipped["available"].max()).all()
    assert (shipped["available"].max() == shipped["available"].min()).all()
    ever = lines.groupby(["item", "source"])["allocated"].sum()
    owned = pd.concat(
        [
            case.frames["inventory"].rename(columns={"location": "source", "on_hand": "units"}),
            case.frames["inbound"].rename(columns={"location": "source", "quantity": "units"}),
        ]
    )
    assert (ever <= owned.groupby(["item", "source"])["units"].sum().reindex(ever.index)).all()


@of_allocation
@given(small())
def test_transfers_are_whole_packs_of_at_least_the_minimum(case: Small) -> None:
    lines = case.lines
    assert (lines["allocated"] >= 0).all()
    assert (lines["allocated"] % lines["pack"] == 0).all()
    sent = lines[lines["allocated"] > 0]
    assert (sent["allocated"] >= sent["transfer_minimum"]).all()


@of_allocation
@given(small())
def test_transfers_fit_into_their_location(case: Small) -> None:
    lines = case.lines
    arrived = lines.groupby(["item", "location", "date"]).agg({"allocated": "sum", "on_hand": "max", "capacity": "max"})
    limited = arrived[(arrived["allocated"] > 0) & arrived["capacity"].notna()]
    assert (limited["on_hand"] + limited["allocated"] <= limited["capacity"]).all()


@of_allocation
@given(small())
def test_need_is_passed_by_less_than_a_pack_unless_pushed(case: Small) -> None:
    lines = replace(case, options={**case.options, "push": False}).lines.query("allocated > 0")
    sent = lines.groupby(["item", "location", "date"]).agg({"allocated": "sum", "need": "max", "pack": "max"})
    assert (sent["allocated"] < sent["need"] + sent["pack"]).all()


@of_allocation
@given(small())
def test_cover_grows_with_what_is_given(case: Small) -> None:
    lines = case.plan.lines
    assert (lines["cover_after"] >= lines["cover_before"]).all()
    assert lines["cover_after"].between(0, 365).all()
    untouched = lines.groupby(["item", "location", "date"])["allocated"].transform("sum") == 0
    assert (lines["cover_after"] == lines["cover_before"])[untouched].all()


@of_allocation
@given(small(), st.randoms(use_true_random=False))
def test_the_order_of_rows_in_the_tables_does_not_matter(case: Small, random: Any) -> None:
    shuffled = {
        name: frame.iloc[random.sample(range(len(frame)), len(frame))].reset_index(drop=True)
        for name, frame in case.frames.items()
    }
    first, second = case.plan, replace(case, frames=shuffled).plan
    assert_frame_equal(first.lines, second.lines)
    assert first.fingerprint == second.fingerprint


@of_allocation
@given(small(methods=("equal_runout",), plain=True), st.integers(1, 25))
def test_more_stock_gives_no_location_less(case: Small, more: int) -> None:
    inventory = case.frames["inventory"].copy()
    inventory.loc[inventory["location"] == "DC1", "on_hand"] += more
    richer = replace(case, frames={**case.frames, "inventory": inventory})
    before, after = case.plan.lines, richer.plan.lines
    assert (after["allocated"] >= before["allocated"]).all()
    assert (after["available"] == before["available"] + more).all()
