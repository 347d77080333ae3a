"""The checker finds nothing on what the engine allocates, and every kind of fault in what was altered."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import moselle_nb as mo
from moselle_nb.plans.checker.allocation import check_allocation
from moselle_nb.plans.checker.allocation_rules import RULES
from tests.effort import count
from tests.oracles.allocation_instances import random_allocation
from tests.oracles.planned_allocation import allocation_of
from tests.plans.allocation_tables import AS_OF, lane

if TYPE_CHECKING:
    from collections.abc import Callable

    from moselle_nb.plans.allocating.inputs import AllocationInputs

SEEDS = st.integers(0, 2**32 - 1)


@dataclass(frozen=True)
class Shown:
    """What a plan shows, to be altered."""

    inputs: AllocationInputs
    config: mo.AllocationConfig
    lines: pd.DataFrame
    summary: pd.DataFrame
    by_location: pd.DataFrame
    pegging: pd.DataFrame
    edits: pd.DataFrame

    def but(self, **frames: Any) -> Shown:
        """Give the same with other frames."""
        return replace(self, **frames)


def shown(plan: mo.AllocationPlan) -> Shown:
    """Take what a plan shows."""
    return Shown(plan.inputs, plan.config, plan.lines, plan.summary, plan.by_location, plan.pegging, plan.edits)


def tables() -> dict[str, pd.DataFrame]:
    """Three items, one of them blocked; packs, a minimum, a maximum stock, presentation, inbound, hold-back."""
    items = ["A", "B", "C"]
    places = {"S": 2.0, "T": 3.0, "U": 1.0, "W": 1.0}
    days = pd.date_range(AS_OF, periods=70)
    forecast = [
        {"item": item, "location": place, "date": day, "quantity": units, "sd": 1.0}
        for item in items for place, units in places.items() for day in days
    ]  # fmt: skip
    stock = {"S": 3, "T": 0, "U": 6, "W": 60}
    return {
        "items": pd.DataFrame({
            "item": items, "unit_cost": [2.0, 3.0, 4.0], "unit_price": [5.0, 5.0, 9.0],
            "status": ["active", "blocked", "active"],
        }),
        "locations": pd.DataFrame({"location": [*places], "priority": [1, 2, 2, 3]}),
        "forecast": pd.DataFrame(forecast),
        "inventory": pd.DataFrame([
            {"item": item, "location": place, "on_hand": units, "committed": 2}
            for item in items for place, units in stock.items()
        ]),
        "inbound": pd.DataFrame({
            "item": ["A", "C", "A"], "location": ["W", "W", "S"], "date": pd.to_datetime(["2026-11-27"] * 3),
            "quantity": [15, 20, 2], "reference": ["PO-1", "PO-2", None],
        }),
        "lanes": pd.DataFrame([
            lane("W", "S", 0.5, 1, pack=2), lane("W", "T", 0.0, 2, transfer_minimum=4), lane("W", "U", 0.25, 0),
        ]),
        "constraints": pd.DataFrame([
            {"scope": "location", "key": "U", "location": None, "field": "presentation_minimum", "value": 8},
            {"scope": "location", "key": "S", "location": None, "field": "max_stock", "value": 30},
        ]),
    }  # fmt: skip


SETTINGS: dict[str, Any] = {
    "name": "checked", "source": "W", "coverage": ("2026-11-23", "2026-12-13"), "ship_every_days": 7, "hold_back": 5,
}  # fmt: skip


def planned(**changes: Any) -> mo.AllocationPlan:
    """Allocate the tables."""
    return mo.allocate(mo.load(tables(), as_of=AS_OF), mo.AllocationConfig(**{**SETTINGS, **changes}))


@pytest.fixture(scope="session")
def plan() -> mo.AllocationPlan:
    """A plan with a lock and a forced edit."""
    made = planned().lock("A", "S", "2026-11-23", 4, reason="promotion")
    return made.edit("C", "S", "2026-11-30", 1, reason="last box", force=True)


@pytest.fixture(scope="session")
def shares() -> mo.AllocationPlan:
    """A plan in proportion, with the source's demand protected and packs of one."""
    found = tables()
    found["lanes"]["pack"], found["lanes"]["transfer_minimum"] = None, None
    del found["constraints"]
    config = mo.AllocationConfig(**{**SETTINGS, "method": "proportional", "source_demand": "protect"})
    return mo.allocate(mo.load(found, as_of=AS_OF), config)


# ---- what the engine makes is clean ---------------------------------------------------------------


def with_edits(plan: mo.AllocationPlan, draw: random.Random) -> mo.AllocationPlan:
    """Edit and lock a few cells at random, by force where the rules refuse."""
    lines = plan.lines
    for _ in range(draw.randint(0, 4) if len(lines) else 0):
        line = lines.iloc[draw.randrange(len(lines))]
        edit: dict[str, Any] = {
            **{name: line[name] for name in ("item", "location", "source")}, "date": str(line["date"].date()),
            "lock": draw.random() < 0.5, "quantity": draw.choice((0, int(line["allocated"]), draw.randint(0, 30))),
        }  # fmt: skip
        for more in ({}, {"force": True, "reason": "agreed by telephone"}):
            try:
                plan = plan.edit_many([{**edit, **more}])
            except mo.EditError:
                continue
            break
    return plan


@given(SEEDS)
@settings(max_examples=count("checked_allocations"))
def test_nothing_is_found_on_what_the_engine_allocates(seed: int) -> None:
    plan = with_edits(allocation_of(random_allocation(seed)), random.Random(seed))  # noqa: S311 (a test's edits)
    report = plan.check()
    assert report.ok, report
    assert len(report.forced_edits) == int(plan.edits["forced"].sum())


@given(SEEDS)
@settings(max_examples=count("checked_allocations") // 2)
def test_nothing_is_found_on_what_several_sources_send(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 (a test's instance)
    found = tables()
    found["inventory"] = found["inventory"].assign(on_hand=[draw.randint(0, 60) for _ in range(12)])
    lanes = [
        lane(source, place, draw.choice((0.0, 0.5, 2.0)), draw.randint(0, 3), pack=draw.choice((None, 1, 3)),
             transfer_minimum=draw.choice((None, None, 5)))
        for source in ("U", "W") for place in ("S", "T") if draw.random() < 0.9
    ]  # fmt: skip
    lanes += [lane("U", "S"), lane("W", "T")] if len({each["source"] for each in lanes}) < 2 else []
    lanes = [*{(each["source"], each["destination"]): each for each in lanes}.values()]
    found["lanes"] = pd.DataFrame(lanes)
    method = draw.choice(("equal_runout", "proportional", "priority", "marginal_value", "even"))
    changes = {"source": ("U", "W"), "method": method, "ship_every_days": draw.choice((None, 7))}
    report = mo.allocate(mo.load(found, as_of=AS_OF), mo.AllocationConfig(**{**SETTINGS, **changes})).check()
    assert report.ok, report


def test_every_rule_is_verified_on_some_cells(plan: mo.AllocationPlan, shares: mo.AllocationPlan) -> None:
    first, second = plan.check(), shares.check()
    assert first.ok, first
    assert second.ok, second
    assert first.rules["rule"].tolist() == list(RULES)
    cells = first.rules["cells"] + second.rules["cells"]
    # No location of theirs has a capacity; tests of volume verify these two.
    assert first.rules["rule"][cells == 0].tolist() == ["volume", "given back"]
    assert first.forced_edits["reason"].tolist() == ["last box"]


def test_a_plan_that_divides_nothing_is_verified_too() -> None:
    found = tables()
    found["inventory"]["on_hand"] = 0
    del found["inbound"]
    assert mo.allocate(mo.load(found, as_of=AS_OF), mo.AllocationConfig(**SETTINGS)).check().ok


# ---- what was altered is found --------------------------------------------------------------------


def cell(
    table: str, column: str, change: Callable[[Any], Any], where: Callable[[pd.DataFrame], Any] | None = None
) -> Any:
    """Alter the first cell of a column that fits."""

    def alter(one: Shown) -> Shown:
        frame: pd.DataFrame = getattr(one, table)
        row = 0 if where is None else int(np.flatnonzero(where(frame))[0])
        values = frame[column].astype(object).copy()
        values.iloc[row] = change(values.iloc[row])
        kind = frame[column].dtype if not isinstance(values.iloc[row], str) else object
        return one.but(**{table: frame.assign(**{column: values.astype(kind)})})

    return alter


def both(units: dict[tuple[str, str, str], float]) -> Any:
    """Move units between cells, in suggestions and allocations alike; keys are item, location and ship date."""

    def alter(one: Shown) -> Shown:
        lines = one.lines.copy()
        for (item, location, date), more in units.items():
            here = (lines["item"] == item) & (lines["location"] == location) & (lines["date"] == pd.Timestamp(date))
            lines.loc[here, ["suggested_quantity", "allocated"]] += more
        return one.but(lines=lines)

    return alter


def more(units: float) -> Callable[[Any], Any]:
    return lambda value: value + units


def later(value: Any) -> Any:
    return value + pd.Timedelta(days=1)


FIRST = "2026-11-23"
SENT = lambda frame: frame["allocated"] > 0  # noqa: E731 (a column of the table below)
RECEIVED = lambda frame: frame["kind"] != "on_hand"  # noqa: E731 (the same)
FAULTS: list[tuple[str, Any]] = [
    ("ship dates", lambda one: one.but(config=one.config.model_copy(update={"ship_every_days": 8}))),
    ("arrival dates", cell("lines", "arrival_date", later)),
    ("line keys", lambda one: one.but(lines=one.lines.iloc[1:])),
    ("line keys", lambda one: one.but(lines=pd.concat([one.lines, one.lines.iloc[:1]]))),
    ("line keys", cell("lines", "location", lambda _: "NOWHERE")),
    ("demand", cell("lines", "demand", more(1))),
    ("stock at arrival", cell("lines", "on_hand", more(1 / 1024))),
    ("in transit", cell("lines", "in_transit", more(1))),
    ("need", cell("lines", "need", more(1))),
    ("available", cell("lines", "available", more(1))),
    ("hold-back", lambda one: one.but(config=one.config.model_copy(update={"hold_back": 6}))),
    ("whole quantities", cell("lines", "allocated", more(0.5), SENT)),
    ("whole quantities", cell("lines", "suggested_quantity", lambda _: -1.0)),
    ("conservation", cell("lines", "allocated", more(100), SENT)),
    ("capacity", both({("C", "S", FIRST): 32})),
    ("packs", both({("C", "S", FIRST): 1})),
    ("transfer minimum", lambda one: one.but(lines=one.lines.assign(allocated=one.lines["allocated"].clip(upper=2)))),
    ("blocked items", both({("B", "T", FIRST): 4})),
    ("no more than need", both({("C", "U", FIRST): 90})),
    ("presentation", both({("C", "U", FIRST): -4, ("C", "T", FIRST): 4})),
    ("rule", both({("C", "S", FIRST): -2, ("C", "T", FIRST): 2})),
    ("rule", both({("C", "T", FIRST): -4, ("C", "S", FIRST): 4})),
    ("nothing left behind", both({("C", "S", FIRST): -2})),
    ("cover", cell("lines", "cover_before", more(0.01))),
    ("cover", cell("lines", "cover_after", more(0.01))),
    ("edits", cell("lines", "edited", lambda value: not value)),
    ("edits", cell("edits", "quantity", more(2))),
    ("edits", lambda one: one.but(edits=one.edits.iloc[1:])),
    ("edits", lambda one: one.but(edits=one.edits.assign(reason=""))),
    ("suggestions stand", cell("lines", "allocated", more(2), lambda frame: ~frame["edited"])),
    ("pegging", lambda one: one.but(pegging=one.pegging.iloc[1:])),
    ("pegging", cell("pegging", "quantity", more(1))),
    ("pegging", cell("pegging", "receipt_date", lambda _: pd.Timestamp("2026-12-30"), RECEIVED)),
    ("supply", lambda one: one.but(pegging=one.pegging.assign(kind="on_hand", receipt_date=pd.NaT))),
    ("summary", lambda one: one.but(summary=one.summary.iloc[1:])),
    *[("summary", cell("summary", name, more(1))) for name in (
        "on_hand", "landed", "committed", "held_back", "available", "allocated", "left", "need", "short",
        "locations_short", "lowest_cover", "highest_cover", "value")],
    ("by location", lambda one: one.but(by_location=one.by_location.iloc[1:])),
    *[("by location", cell("by_location", name, more(1))) for name in (
        "items", "need", "allocated", "short", "items_short")],
]  # fmt: skip


@pytest.mark.parametrize(("rule", "alter"), FAULTS, ids=[f"{rule} {place}" for place, (rule, _) in enumerate(FAULTS)])
def test_a_fault_is_found_by_its_rule(plan: mo.AllocationPlan, rule: str, alter: Callable[[Shown], Shown]) -> None:
    report = check_allocation(alter(shown(plan)))
    assert not report.ok
    assert rule in set(report.violations["rule"]), report


@pytest.mark.parametrize(
    ("rule", "alter"),
    [
        ("protected demand", both({("A", "W", FIRST): -1})),
        ("shares", both({("A", "S", FIRST): -4, ("A", "T", FIRST): 4})),
        ("nothing left behind", both({("C", "T", FIRST): -1})),
    ],
)
def test_a_fault_of_shares_is_found(shares: mo.AllocationPlan, rule: str, alter: Callable[[Shown], Shown]) -> None:
    report = check_allocation(alter(shown(shares)))
    assert rule in set(report.violations["rule"]), report


@pytest.mark.parametrize("method", ["priority", "even", "marginal_value"])
def test_a_pack_that_went_the_wrong_way_is_found_under_every_rule(method: str) -> None:
    found = tables()
    found["lanes"]["pack"], found["lanes"]["transfer_minimum"] = None, None
    del found["constraints"]
    made = mo.allocate(mo.load(found, as_of=AS_OF), mo.AllocationConfig(**{**SETTINGS, "method": method}))
    lines = made.lines[(made.lines["item"] == "A") & (made.lines["date"] == FIRST)].set_index("location")["allocated"]
    giver, taker = str(lines.idxmax()), "U" if lines.idxmax() != "U" else "T"
    altered = both({("A", giver, FIRST): -1, ("A", taker, FIRST): 1})(shown(made))
    report = check_allocation(altered)
    assert {"rule", "no more than need"} & set(report.violations["rule"]), report


def test_the_checker_imports_no_engine() -> None:
    import subprocess
    import sys

    code = (
        "import sys, moselle_nb.plans.checker.allocation; print([m for m in sys.modules if 'moselle_nb.engines' in m])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
