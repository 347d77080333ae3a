"""Fingerprint, code and file of an allocation: the same plan comes back, and no other passes for it."""

from __future__ import annotations

import json
import random
import zipfile
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import moselle_nb as mo
from moselle_nb.plans.allocating.inputs import AllocationInputs
from moselle_nb.plans.store.tables import from_parquet
from tests.effort import count
from tests.plans.allocations import AS_OF, allocation, config, constraints, lanes, tables
from tests.plans.test_allocation_edits import mixed, random_step
from tests.plans.test_store_file import Members, changed, first, refused, sealed, with_columns, zipped

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FRAMES = ("lines", "summary", "by_location", "messages", "edits")
DAY, SECOND = "2026-11-23", "2026-11-30"


def full_tables() -> dict[str, pd.DataFrame]:
    """Give tables with everything a file of an allocation holds."""
    rules = constraints(
        ("location", "N1", "max_stock", 40), ("item", "A", "presentation_minimum", 5),
        ("location", "HUB", "hold_back", 7), ("location", "N1", "min_stock", 3), ("plan", None, "forecast_cv", 0.3),
        ("location", "N2", "cycle_service_level", 0.9),
    )  # fmt: skip
    inbound = pd.DataFrame({
        "item": ["A", "A"], "location": ["HUB", "N2"], "date": pd.to_datetime(["2026-11-28", "2026-11-20"]),
        "quantity": [40, 3], "reference": ["PO-7", None],
    })  # fmt: skip
    closures = pd.DataFrame({"scope": ["location"], "key": ["N2"], "from": ["2026-11-30"], "to": ["2026-12-01"]})
    others = {
        "constraints": rules, "inbound": inbound,
        "closures": closures.astype({"from": "datetime64[ns]", "to": "datetime64[ns]"}),
        "lanes": lanes(("HUB", "N1", 2, 6, 12), ("HUB", "N2", 1)),
    }  # fmt: skip
    return tables({"N1": 2, "N2": 1, "HUB": 1}, {"HUB": 50, "N1": 4, "N3": 2}, others)


@pytest.fixture(scope="module")
def data() -> mo.PlanningData:
    return mo.load(full_tables(), as_of=AS_OF)


@pytest.fixture(scope="module")
def plan(data: mo.PlanningData) -> mo.AllocationPlan:
    """A plan with an edit, a lock and a forced edit."""
    made = mo.allocate(data, config(ship_every_days=7))
    made = made.edit("A", "N1", DAY, 12, reason="promotion").lock("A", "N2", DAY, 4, who="ML", when="2026-11-24")
    return made.edit("A", "N1", SECOND, 7, reason="last box", force=True)


def assert_same(one: mo.AllocationPlan, other: mo.AllocationPlan) -> None:
    assert (one.fingerprint, one.lineage, one.config) == (other.fingerprint, other.lineage, other.config)
    for name in FRAMES:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))


def run(code: str, data: mo.PlanningData) -> mo.AllocationPlan:
    """Run what `to_code` gave."""
    names: dict[str, Any] = {"data": data}
    exec(code, names)  # noqa: S102 (what the plan wrote itself)
    made = names["plan"]
    assert isinstance(made, mo.AllocationPlan)
    return made


# ---- fingerprint ----------------------------------------------------------------------------------


def test_names_reasons_and_undone_edits_are_not_in_the_fingerprint(
    data: mo.PlanningData, plan: mo.AllocationPlan
) -> None:
    bare = mo.allocate(data, config(ship_every_days=7))
    renamed = mo.allocate(data, config(ship_every_days=7, name="Other"))
    assert bare.fingerprint == bare.lineage == renamed.fingerprint == plan.lineage
    assert plan.fingerprint != plan.lineage
    assert bare.edit("A", "N2", DAY, 2).undo().fingerprint == bare.fingerprint
    said = bare.edit("A", "N2", DAY, 2, reason="why", who="ML").fingerprint
    assert said == bare.edit("A", "N2", DAY, 2).fingerprint
    assert said != bare.lock("A", "N2", DAY, 2).fingerprint
    assert bare.edit("A", "N2", DAY, 2).edit("A", "N2", DAY, 3).fingerprint == bare.edit("A", "N2", DAY, 3).fingerprint


def test_the_order_of_rows_is_not_in_the_fingerprint(plan: mo.AllocationPlan) -> None:
    mixed_up = {name: frame.sample(frac=1, random_state=1) for name, frame in full_tables().items()}
    assert mo.allocate(mo.load(mixed_up, as_of=AS_OF), config(ship_every_days=7)).lineage == plan.lineage


@pytest.mark.parametrize(
    ("table", "column", "value", "section"),
    [
        ("inventory", "on_hand", 51, "sources"),
        ("lanes", "lead_time_days", 3, "lanes"),
        ("inbound", "quantity", 41, "open orders"),
        ("items", "unit_cost", 2.5, "costs"),
        ("locations", "priority", 1, "rows"),
        ("forecast", "quantity", 8.0, "forecast"),
    ],
)
def test_each_input_has_its_section(
    plan: mo.AllocationPlan, table: str, column: str, value: float, section: str
) -> None:
    made = full_tables()
    made[table].loc[made[table].index[0], column] = value
    other = mo.allocate(mo.load(made, as_of=AS_OF), config(ship_every_days=7))
    before, after = plan.sections(edited=False), other.sections()
    assert section in {name for name in before if before[name] != after[name]}
    assert other.fingerprint != plan.lineage


# ---- code -----------------------------------------------------------------------------------------


def test_the_code_replays_edits_and_locks(data: mo.PlanningData, plan: mo.AllocationPlan) -> None:
    code = plan.to_code()
    assert code.splitlines()[-3:] == [
        "plan = plan.edit('A', 'N1', '2026-11-23', 12, reason='promotion')",
        "plan = plan.lock('A', 'N2', '2026-11-23', 4, who='ML', when='2026-11-24')",
        "plan = plan.edit('A', 'N1', '2026-11-30', 7, reason='last box', force=True)",
    ]
    assert_same(run(code, data), plan)
    batch = plan.undo().edit_many([("A", "N1", SECOND, 12), {
        "item": "A", "location": "N2", "date": SECOND, "quantity": 3, "lock": True,
    }])  # fmt: skip
    assert_same(run(batch.to_code(), data), batch)


def test_code_says_where_planned_receipts_come_from(data: mo.PlanningData) -> None:
    buying = mo.replenish(data, mo.ReplenishmentConfig(name="Buy", coverage=config().coverage, lead_time_days=3))
    made = mo.allocate(data, config(), replenishment=buying)
    assert made.inputs.planned.any()
    assert made.to_code().endswith(", replenishment=replenishment)")


# ---- files ----------------------------------------------------------------------------------------


def test_a_plan_comes_back_with_its_edits(plan: mo.AllocationPlan, tmp_path: Path) -> None:
    back = mo.open_plan(plan.save(tmp_path / "push.moselle"))
    assert isinstance(back, mo.AllocationPlan)
    assert_same(plan, back)
    assert_same(plan.undo(), back.undo())
    assert str(back.explain("A", "N1", SECOND)) == str(plan.explain("A", "N1", SECOND))
    assert back.save(tmp_path / "again.moselle").read_bytes() == (tmp_path / "push.moselle").read_bytes()
    assert len(mo.open_plan(plan.undo().save(tmp_path / "less.moselle")).edits) == 2


@settings(max_examples=count("allocation_edits"), deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_random_plans_come_back(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    rng, made = random.Random(seed), mixed(seed)  # noqa: S311 (a test's edits)
    for _ in range(3):
        made = random_step(made, rng)
    assert_same(made, mo.open_plan(made.save(tmp_path_factory.mktemp("plans") / "p.moselle")))


def test_a_rebalancing_comes_back(tmp_path: Path) -> None:
    made = allocation({"N1": 2, "N2": 2}, {"N1": 400, "N2": 0}, source=None, mode="rebalance")
    assert made.merged.quantity.sum() > 0
    assert_same(made, mo.open_plan(made.save(tmp_path / "move.moselle")))


def test_planned_receipts_come_back(data: mo.PlanningData, tmp_path: Path) -> None:
    buying = mo.replenish(data, mo.ReplenishmentConfig(name="Buy", coverage=config().coverage, lead_time_days=3))
    made = mo.allocate(data, config(), replenishment=buying)
    assert_same(made, mo.open_plan(made.save(tmp_path / "both.moselle")))


def test_every_field_of_the_inputs_is_kept_or_derived() -> None:
    kept = {
        "items", "locations", "closures", "item", "location", "supplier", "opening", "on_hand", "unit_cost",
        "unit_price", "rules", "demand", "variance", "receipts", "planned", "reference", "pools", "routes",
        "counted_twice",
    }  # fmt: skip
    derived = {"as_of", "coverage_first", "coverage_last", "ship_days", "blocked", "priority", "margin", "bucket"}
    assert {field.name for field in fields(AllocationInputs)} == kept | derived


def test_a_plan_that_could_not_be_opened_is_not_saved(plan: mo.AllocationPlan, tmp_path: Path) -> None:
    huge = replace(plan, inputs=replace(plan.inputs, on_hand=plan.inputs.on_hand + 1e300))
    with pytest.raises(mo.PlanFileError, match=r"^the plan cannot be saved.*arrays/rows, on_hand: values lie between"):
        huge.save(tmp_path / "push.moselle")
    assert not list(tmp_path.iterdir())


# ---- hostile files --------------------------------------------------------------------------------


def members_of(path: Path) -> Members:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def members(plan: mo.AllocationPlan, tmp_path_factory: pytest.TempPathFactory) -> Members:
    """Give the members of a sound file."""
    return members_of(plan.save(tmp_path_factory.mktemp("sound") / "push.moselle"))


@pytest.fixture(scope="module")
def bare(plan: mo.AllocationPlan, tmp_path_factory: pytest.TempPathFactory) -> Members:
    """Give the members of a sound file without edits."""
    return members_of(plan.undo().undo().undo().save(tmp_path_factory.mktemp("bare") / "push.moselle"))


@pytest.mark.parametrize(
    ("entry", "value", "text"),
    [
        ("kind", "simulation", "manifest.json, kind: one of replenishment, allocation, found 'simulation'."),
        ("kind", "replenishment", "arrays/order_lines.parquet is missing from the plan file."),
        ("kind", 5, "manifest.json, kind: expected str, found int."),
        ("fingerprint", "0" * 64, "the file does not give the plan that it promises; what differs: fingerprint."),
        ("as_of", "2026-12-25", "does not suit a plan as of 2026-12-25."),
        ("as_of", "2022-01-01", "a plan looks at most 1,461 days ahead."),
    ],
)
def test_a_manifest_that_is_wrong_is_refused(
    members: Members, tmp_path: Path, entry: str, value: object, text: str
) -> None:
    assert text in refused(zipped(sealed(members, {entry: value})), tmp_path)


def test_members_of_the_other_kind_are_refused(members: Members, tmp_path: Path) -> None:
    strange = sealed({**members, "arrays/eras.parquet": members["arrays/rows.parquet"]})
    text = "'arrays/eras.parquet' is no member of a plan file of kind allocation."
    assert refused(zipped(strange), tmp_path) == text


PROMISED = "the file does not give the plan that it promises; what differs:"


@pytest.mark.parametrize(
    ("setting", "value", "text"),
    [
        ("method", "fair", "config.json is no configuration: method: 1 rule broken"),
        ("hold_back", 9, f"{PROMISED} configuration."),
        ("method", "even", f"{PROMISED} configuration."),
        ("ship_every_days", 14, f"{PROMISED} configuration, lanes."),
    ],
)
def test_a_configuration_that_was_changed_is_refused(
    bare: Members, tmp_path: Path, setting: str, value: object, text: str
) -> None:
    broken = changed(bare, "config.json", lambda settings: {**settings, setting: value})
    assert refused(zipped(broken), tmp_path) == text


EDIT: dict[str, object] = {
    "step": 0, "item": "A", "source": "HUB", "location": "N1", "date": DAY, "quantity": 12, "lock": False,
    "force": False, "reason": "", "who": "", "when": "",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"quantity": 12.5}, "edits.jsonl, line 1, quantity: expected int, found float."),
        ({"quantity": 7}, "step 0 of edits.jsonl is refused: "),
        ({"quantity": 600}, "step 0 of edits.jsonl is refused: "),
        ({"source": "N2"}, "step 0 of edits.jsonl is refused: "),
        ({"source": None}, "edits.jsonl, line 1, source: expected str, found NoneType."),
        ({"lock": 1}, "edits.jsonl, line 1, lock: expected bool, found int."),
        ({"date": "2026-11-24"}, "2026-11-24 is not a ship date of this plan"),
        ({}, "the file does not give the plan that it promises; what differs: edits."),
    ],
)
def test_edits_that_are_wrong_are_refused(
    members: Members, tmp_path: Path, changes: dict[str, object], text: str
) -> None:
    broken = sealed({**members, "edits.jsonl": json.dumps({**EDIT, **changes}).encode()})
    assert text in refused(zipped(broken), tmp_path)


@pytest.mark.parametrize(
    ("table", "column", "change", "text"),
    [
        ("rows", "item", lambda v: first(v, 5), "arrays/rows, item: values lie between 0 and 0, found others."),
        ("rows", "location", lambda v: v[::-1], "arrays/rows: sorted by item and location, and each stands once."),
        ("rows", "opening", lambda v: first(v, -1.0), "arrays/rows, opening: values lie between"),
        ("rows", "on_hand", lambda v: first(v, np.nan), "arrays/rows, on_hand: values lie between"),
        ("rows", "supplier", lambda _: None, "arrays/rows has no text column 'supplier'."),
        ("rules", "pack", lambda v: first(v, -1.0), "arrays/rules, pack: values lie between"),
        ("rules", "safety_method", lambda v: first(v, 4), "arrays/rules, safety_method: values lie between 0 and 3"),
        ("rules", "safety_stock", lambda v: v + 2, "a cycle service level is above 0 and below 1."),
        ("pools", "row", lambda v: first(v, 1), "arrays/pools, row: the row of the same item at the source."),
        ("pools", "on_hand", lambda v: first(v, np.inf), "arrays/pools, on_hand: values lie between"),
        ("pools", "on_hand", lambda v: first(v, 60.0), "what differs: sources."),
        ("cells", "pool", lambda v: first(v, 3), "arrays/cells, pool: values lie between"),
        ("cells", "row", lambda v: v[::-1], "arrays/cells: sorted by pool and row, each stands once"),
        ("cells", "pack", lambda v: v + 0.5, "arrays/cells: packs are whole units"),
        ("cells", "pack", lambda v: v * 0, "arrays/cells, pack: values lie between 1 and"),
        ("cells", "minimum", lambda v: first(v, 5.0), "arrays/cells: a source serves itself at once, by the unit."),
        ("cells", "lead_time_days", lambda v: v + 1, "arrays/cells: a source serves itself at once, by the unit."),
        ("cells", "unit_cost", lambda v: first(v, np.nan), "arrays/cells, unit_cost: values lie between"),
        ("receipts", "day", lambda v: v - 10, "arrays/receipts, day: values lie between"),
        ("receipts", "planned", lambda v: ~v, "what differs: open orders"),
        ("receipts", "reference", lambda v: first(v, "PO-8"), "what differs: open orders."),
        ("buckets", "start", lambda v: first(v, -9), "buckets follow one another."),
        ("locations", "priority", lambda v: first(v, 1.0), "what differs: rows."),
        ("locations", "kind", lambda _: None, "arrays/locations has no text column 'kind'."),
        ("closures", "key", lambda v: first(v, "HUB"), "what differs: lanes."),
        ("allocated", "allocated", lambda v: first(v, 1.0), "those that it promises; what differs: allocated."),
        ("allocated", "source", lambda _: None, "arrays/allocated has other columns than a plan writes."),
    ],
)
def test_arrays_that_cannot_be_are_refused(
    bare: Members, tmp_path: Path, table: str, column: str, change: Callable[[Any], Any], text: str
) -> None:
    values = from_parquet(bare[f"arrays/{table}.parquet"], table)
    broken = with_columns(bare, table, **{column: change(values[column])})
    assert text in refused(zipped(broken), tmp_path)


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_damage_anywhere_is_refused_or_harmless(
    plan: mo.AllocationPlan, members: Members, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Bytes of a member are changed and the file is sealed again, as someone who means harm would."""
    name = data.draw(st.sampled_from(sorted(members)))
    content = bytearray(members[name])
    for _ in range(data.draw(st.integers(1, 4)) if content else 0):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    broken = {**members, name: bytes(content)}
    path = tmp_path_factory.mktemp("damage") / "hostile.moselle"
    path.write_bytes(zipped(broken if name == "manifest.json" else sealed(broken)))
    try:
        opened = mo.open_plan(path)
    except mo.PlanFileError:
        return
    assert opened.fingerprint == plan.fingerprint
