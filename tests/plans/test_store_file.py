"""Plan files: the same plan comes back, and nothing in a hostile file runs, escapes or passes."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import os
import pickle
import random
import stat
import struct
import warnings
import zipfile
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import moselle_nb as mo
from moselle_nb.plans.resolved import ResolvedInputs
from moselle_nb.plans.store.arrays import ROW_COLUMNS
from moselle_nb.plans.store.tables import columns_of_frame, frame_of_columns, from_parquet, to_parquet
from tests.oracles.draws import random_instance
from tests.oracles.planned import plan_of
from tests.plans.conftest import AS_OF, tables
from tests.plans.test_check import with_edits

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FRAMES = ("lines", "order_lines", "summary", "at_risk", "by_supplier", "messages", "edits")

Members = dict[str, bytes]


# ---- the same plan comes back ---------------------------------------------------------------------


def assert_same(one: mo.ReplenishmentPlan, other: mo.ReplenishmentPlan) -> None:
    assert (one.fingerprint, one.lineage, one.config) == (other.fingerprint, other.lineage, other.config)
    for name in FRAMES:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))


def test_a_plan_comes_back_with_its_edits(plan: mo.ReplenishmentPlan, tmp_path: Path) -> None:
    path = plan.save(tmp_path / "q1.moselle")
    assert path == tmp_path / "q1.moselle"
    back = mo.open_plan(path)
    assert_same(plan, back)
    assert_same(plan.undo(), back.undo())
    assert back.undo().undo().fingerprint == plan.lineage
    assert back.check().ok


def test_undone_edits_are_not_kept(plan: mo.ReplenishmentPlan, tmp_path: Path) -> None:
    back = mo.open_plan(plan.undo().save(tmp_path / "q1.moselle"))
    assert len(back.edits) == 1
    assert not back.can_redo


def test_the_same_plan_makes_the_same_file(plan: mo.ReplenishmentPlan, tmp_path: Path) -> None:
    first = plan.save(tmp_path / "one.moselle").read_bytes()
    assert mo.open_plan(tmp_path / "one.moselle").save(tmp_path / "two.moselle").read_bytes() == first


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=25)
def test_random_plans_come_back(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    plan = with_edits(plan_of(random_instance(seed)), random.Random(seed))  # noqa: S311 (a test's edits)
    assert_same(plan, mo.open_plan(plan.save(tmp_path_factory.mktemp("plans") / "p.moselle")))


def plan_with(closures: list[tuple[str, str, str, str]], **changes: Any) -> mo.ReplenishmentPlan:
    """Make a plan of the usual tables with other closures."""
    made = tables()
    frame = pd.DataFrame(closures, columns=["scope", "key", "from", "to"])
    made["closures"] = frame.assign(**{name: pd.to_datetime(frame[name]) for name in ("from", "to")})
    options: dict[str, Any] = {"name": "far", "coverage": ("2026-11-30", "2027-02-14"), "lead_time_days": 14}
    return mo.replenish(mo.load(made, as_of=AS_OF), mo.ReplenishmentConfig(**{**options, **changes}))


@pytest.mark.parametrize("scope", [("location", "METZ"), ("supplier", "NEAR")])
def test_plans_whose_receipts_and_orders_wait_for_decades_come_back(scope: tuple[str, str], tmp_path: Path) -> None:
    made = plan_with([(*scope, "1950-01-01", "2199-12-31")])
    assert_same(made, mo.open_plan(made.save(tmp_path / "far.moselle")))
    assert made.check().ok


def test_a_plan_whose_rules_change_in_a_century_comes_back(tmp_path: Path) -> None:
    rule = mo.Constraint(scope="plan", field="moq", value=7, valid_from=dt.date(2150, 1, 1))
    made = plan_with([], constraints=(rule,))
    assert_same(made, mo.open_plan(made.save(tmp_path / "far.moselle")))


def test_a_plan_that_could_not_be_opened_is_not_saved(plan: mo.ReplenishmentPlan, tmp_path: Path) -> None:
    path = plan.save(tmp_path / "q1.moselle")
    before = path.read_bytes()
    huge = replace(plan, inputs=replace(plan.inputs, on_hand=plan.inputs.on_hand + 1e300))
    text = r"^the plan cannot be saved, because a plan file could not hold it: arrays/rows, on_hand: values lie"
    with pytest.raises(mo.PlanFileError, match=text):
        huge.save(path)
    assert path.read_bytes() == before
    items = plan.inputs.items.assign(note="x" * 40_000)
    with pytest.raises(mo.PlanFileError, match="note: a text has at most 32,767 characters, found 40,000"):
        replace(plan, inputs=replace(plan.inputs, items=items)).save(path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["q1.moselle"]


def test_a_file_is_replaced_whole_or_not_at_all(
    plan: mo.ReplenishmentPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "q1.moselle"
    path.write_bytes(b"an older plan")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(mo.PlanFileError, match=r"q1\.moselle cannot be written: No space left on device\.$"):
        plan.save(path)
    assert path.read_bytes() == b"an older plan"
    assert [entry.name for entry in tmp_path.iterdir()] == ["q1.moselle"]
    with pytest.raises(mo.PlanFileError, match=r"cannot be written: No such file or directory\.$"):
        plan.save(tmp_path / "nowhere" / "q1.moselle")


def test_every_field_of_the_inputs_is_kept_or_derived() -> None:
    # A new field of the resolved inputs must find its place in the file.
    scalars = {"as_of", "coverage_first", "coverage_last", "bucket"}
    tables = {
        "items",
        "locations",
        "suppliers",
        "closures",
        "calendars",
        "era_starts",
        "rules",
        "demand",
        "variance",
        "receipts",
        "network",
        "shelf_life_days",
        "dependent",
        "price_breaks",
        "shapes",
    }
    assert {field.name for field in fields(ResolvedInputs)} == scalars | tables | set(ROW_COLUMNS)


def test_frames_survive_as_columns() -> None:
    days = pd.Series([pd.Timestamp("2026-01-01"), pd.NaT], dtype="datetime64[ns]")
    frame = pd.DataFrame({"a": pd.Series(["x", None], dtype=object), "n": [1.5, np.nan], "d": days})
    back = frame_of_columns(from_parquet(to_parquet(columns_of_frame(frame)), "t"))
    pd.testing.assert_frame_equal(back, frame)


# ---- hostile files --------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def members(plan: mo.ReplenishmentPlan, tmp_path_factory: pytest.TempPathFactory) -> Members:
    """Give the members of a sound file."""
    path = plan.save(tmp_path_factory.mktemp("sound") / "q1.moselle")
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def sealed(members: Members, entries: dict[str, object] | None = None) -> Members:
    """Give members with a manifest whose hashes are theirs, and with other entries."""
    said = json.loads(members["manifest.json"])
    said["members"] = {
        name: hashlib.sha256(content).hexdigest() for name, content in members.items() if name != "manifest.json"
    }
    return {**members, "manifest.json": json.dumps({**said, **(entries or {})}).encode()}


def zipped(members: Members) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def refused(content: bytes, tmp_path: Path) -> str:
    """Open a file that must be refused, and give the text; nothing may be left on disk."""
    path = tmp_path / "hostile.moselle"
    path.write_bytes(content)
    with pytest.raises(mo.PlanFileError) as error:
        mo.open_plan(path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["hostile.moselle"]
    return str(error.value)


def changed(members: Members, name: str, change: Callable[[Any], Any]) -> Members:
    """Change a JSON member and seal the file again."""
    value = change(json.loads(members[name]))
    return sealed({**members, name: json.dumps(value).encode()})


def with_columns(members: Members, table: str, **columns: Any) -> Members:
    """Change columns of a table and seal the file again."""
    name = f"arrays/{table}.parquet"
    found = {**from_parquet(members[name], table), **columns}
    return sealed({**members, name: to_parquet({key: value for key, value in found.items() if value is not None})})


def test_a_sealed_copy_is_opened(members: Members, tmp_path: Path, plan: mo.ReplenishmentPlan) -> None:
    path = tmp_path / "copy.moselle"
    path.write_bytes(zipped(sealed(members)))
    assert mo.open_plan(path).fingerprint == plan.fingerprint


def test_what_is_no_plan_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(mo.PlanFileError, match=r"cannot be read: No such file or directory\.$"):
        mo.open_plan(tmp_path / "nothing.moselle")
    with pytest.raises(mo.PlanFileError, match=r"cannot be read: Is a directory\.$"):
        mo.open_plan(tmp_path)
    assert "is not a plan file, or it is damaged" in refused(b"", tmp_path)
    assert "is not a plan file, or it is damaged" in refused(b"PK\x05\x06" + b"x" * 40, tmp_path)
    assert refused(zipped({}), tmp_path) == "manifest.json is missing from the plan file."


def test_a_truncated_or_flipped_file_is_refused(members: Members, tmp_path: Path) -> None:
    whole = zipped(members)
    for cut in (1, len(whole) // 2, len(whole) - 1):
        assert refused(whole[:cut], tmp_path)
    damaged = bytearray(whole)
    place = whole.index(members["manifest.json"][:1]) + 200
    damaged[place] ^= 0xFF
    assert refused(bytes(damaged), tmp_path)


@pytest.mark.parametrize(
    "name", ["../evil.py", "/etc/passwd", "C:\\evil", "arrays/../../evil", "arrays/x.pkl", "setup.py", "arrays/"]
)
def test_unknown_and_escaping_names_are_refused(members: Members, tmp_path: Path, name: str) -> None:
    assert refused(zipped({**members, name: b"boom"}), tmp_path).startswith(("a plan file has at most", repr(name)))
    few = {key: value for key, value in members.items() if "variance" not in key}
    assert refused(zipped({**few, name: b"boom"}), tmp_path) == f"{name!r} is no member of a plan file."


def test_links_are_refused(members: Members, tmp_path: Path) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in members.items():
            about = zipfile.ZipInfo(name)
            if name == "config.json":
                about.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(about, b"/etc/passwd" if name == "config.json" else content)
    assert refused(target.getvalue(), tmp_path) == "config.json is a link or encrypted; plan files have neither."


def test_doubled_members_are_refused(members: Members, tmp_path: Path) -> None:
    few = {key: value for key, value in members.items() if "variance" not in key}
    target = io.BytesIO(zipped(few))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(target, "a") as archive:
            archive.writestr("config.json", b"{}")
    assert "each once" in refused(target.getvalue(), tmp_path)


def test_bombs_are_refused_before_they_are_unpacked(
    members: Members, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> bytes:
        msg = "unpacked"
        raise AssertionError(msg)

    monkeypatch.setattr(zipfile.ZipFile, "read", never)
    for name in ("config.json", "edits.jsonl", "manifest.json", "arrays/rows.parquet"):
        bomb = {**members, name: b"0" * 30_000_000}
        assert refused(zipped(bomb), tmp_path).startswith(f"{name} claims 30,000,000 bytes, packed into ")
    many = {**members, **{f"arrays/{n}.parquet": b"" for n in range(1000)}}
    assert "at most" in refused(zipped(many), tmp_path)


def test_a_size_that_lies_is_refused(members: Members, tmp_path: Path) -> None:
    whole = bytearray(zipped(members))
    # The uncompressed size stands 24 bytes into each entry of the central directory.
    entry = whole.index(b"PK\x01\x02")
    struct.pack_into("<I", whole, entry + 24, 10)
    assert "damaged" in refused(bytes(whole), tmp_path)


def test_a_member_that_is_missing_or_not_what_was_hashed_is_refused(members: Members, tmp_path: Path) -> None:
    for name in ("config.json", "edits.jsonl", "arrays/rows.parquet", "arrays/order_lines.parquet"):
        without = {key: value for key, value in members.items() if key != name}
        assert refused(zipped(without), tmp_path) == f"{name} is missing from the plan file."
        other = {**members, name: members[name] + b" "}
        text = f"{name} is not what the manifest says: the file was damaged or changed."
        assert refused(zipped(other), tmp_path) == text
    text = "the manifest lists other members than the file has."
    assert refused(zipped(sealed(members, {"members": {}})), tmp_path) == text


@pytest.mark.parametrize(
    ("entry", "value", "text"),
    [
        ("format", "other", "expected a file of format 'moselle-plan', version 1; found ('other', 1)."),
        ("version", 2, "expected a file of format 'moselle-plan', version 1; found ('moselle-plan', 2)."),
        ("engine_revision", "1", "manifest.json, engine_revision: expected int, found str."),
        ("engine_revision", True, "manifest.json, engine_revision: expected int, found bool."),
        ("engine_revision", 0, "the plan was made by engine revision 0, this is 3"),
        ("as_of", "yesterday", "manifest.json, as_of: expected a day, found 'yesterday'."),
        ("as_of", "1700-01-01", "does not suit a plan as of 1700-01-01."),
        ("bucket", "year", "manifest.json, bucket: one of day, week, month, found 'year'."),
        ("sections", [], "manifest.json, sections: expected dict, found list."),
        ("sections", {}, "the file does not give the plan that it promises"),
        ("fingerprint", "0" * 64, "the file does not give the plan that it promises; what differs: fingerprint."),
        ("extra", 1, "manifest.json has the fields "),
    ],
)
def test_a_manifest_that_is_wrong_is_refused(
    members: Members, tmp_path: Path, entry: str, value: object, text: str
) -> None:
    assert text in refused(zipped(sealed(members, {entry: value})), tmp_path)


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"null", b"{", b"\xff\xfe", b"[" * 100_000, b'{"name": NaN}', b"1" * 5000]
)
@pytest.mark.parametrize("name", ["manifest.json", "config.json", "edits.jsonl"])
def test_json_that_is_none_is_refused(members: Members, tmp_path: Path, name: str, text: bytes) -> None:
    broken = {**members, name: text}
    if name == "edits.jsonl" and not text:
        assert "what differs: edits" in refused(zipped(sealed(broken)), tmp_path)
        return
    said = refused(zipped(broken if name == "manifest.json" else sealed(broken)), tmp_path)
    assert name in said or "expected a file of format" in said


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", 5),
        ("name", ""),
        ("coverage", ["2026-11-30"]),
        ("coverage", ["2026-11-30", "2999-01-01"]),
        ("review_period_days", "7"),
        ("review_period_days", 0),
        ("bucket", "year"),
        ("constraints", [{"scope": "plan", "field": "__class__", "value": 1}]),
        ("safety_stock", {"method": "fill_rate", "value": 1.0}),
        ("shell", "rm -rf /"),
    ],
)
def test_a_configuration_that_is_wrong_is_refused(members: Members, tmp_path: Path, field: str, value: object) -> None:
    broken = changed(members, "config.json", lambda config: {**config, field: value})
    assert refused(zipped(broken), tmp_path).startswith("config.json is no")


def test_a_configuration_that_was_changed_gives_another_plan(members: Members, tmp_path: Path) -> None:
    broken = changed(members, "config.json", lambda config: {**config, "excess_days": 30})
    text = "the file does not give the plan that it promises; what differs: configuration."
    assert refused(zipped(broken), tmp_path) == text


EDIT = {
    "step": 0, "item": "A", "location": "METZ", "date": "2026-12-07", "quantity": 24, "force": False, "reason": "",
    "who": "", "when": "",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"quantity": 24.5}, "edits.jsonl, line 1, quantity: expected int, found float."),
        ({"quantity": -1}, "step 0 of edits.jsonl is refused: "),
        ({"quantity": 10**12}, "step 0 of edits.jsonl is refused: "),
        ({"quantity": 23}, "step 0 of edits.jsonl is refused: "),
        ({"quantity": 23, "force": True}, "step 0 of edits.jsonl is refused: "),
        ({"date": "2026-12-08"}, "2026-12-08 is not an order date of this row"),
        ({"date": "soon"}, "a day is written like 2026-12-07, received 'soon'."),
        ({"item": "NOBODY"}, "step 0 of edits.jsonl is refused: "),
        ({"item": None}, "edits.jsonl, line 1, item: expected str, found NoneType."),
        ({"step": -1}, "edits.jsonl, line 1: steps are numbered from 0 without gaps, found -1."),
        ({"step": 1}, "edits.jsonl, line 1: steps are numbered from 0 without gaps, found 1."),
        ({"force": 1}, "edits.jsonl, line 1, force: expected bool, found int."),
        ({"more": 1}, "edits.jsonl, line 1 has the fields "),
        ({}, "the file does not give the plan that it promises; what differs: edits."),
    ],
)
def test_edits_that_are_wrong_are_refused(
    members: Members, tmp_path: Path, changes: dict[str, object], text: str
) -> None:
    broken = sealed({**members, "edits.jsonl": json.dumps({**EDIT, **changes}).encode()})
    assert text in refused(zipped(broken), tmp_path)


def rows_of(members: Members) -> dict[str, Any]:
    return from_parquet(members["arrays/rows.parquet"], "rows")


def first(values: Any, value: object) -> Any:
    """Give a copy of a column with another first value."""
    found = values.copy()
    found[0] = value
    return found


@pytest.mark.parametrize(
    ("table", "column", "change", "text"),
    [
        ("rows", "item", lambda v: first(v, 10**6), "arrays/rows, item: values lie between 0 and 5, found others."),
        ("rows", "item", lambda v: v[::-1], "rows are sorted by item and location, and each stands once."),
        ("rows", "item", lambda v: v.astype(float), "arrays/rows, item: expected int64, found float64."),
        ("rows", "item", lambda _: None, "arrays/rows has no column 'item'."),
        ("rows", "calendar", lambda v: first(v, -1), "arrays/rows, calendar: values lie between"),
        ("rows", "opening", lambda v: first(v, np.nan), "arrays/rows, opening: values lie between"),
        ("rows", "opening", lambda v: first(v, np.inf), "arrays/rows, opening: values lie between"),
        ("rows", "unit_cost", lambda v: first(v, -1.0), "arrays/rows, unit_cost: values lie between"),
        ("rows", "review_period_days", lambda v: first(v, 0), "arrays/rows, review_period_days: values lie between"),
        ("rows", "last", lambda v: first(v, 10**6), "arrays/rows, last: values lie between"),
        ("rows", "first", lambda v: first(v, -1), "a row's first forecast bucket is not after its last."),
        ("rows", "on_hand", lambda v: first(v, 7.0), "what differs: stock."),
        ("rules", "moq/0", lambda v: first(v, -5.0), "arrays/rules, moq/0: values lie between"),
        ("rules", "moq/0", lambda _: None, "arrays/rules has no column 'moq/0'."),
        ("rules", "order_multiple/0", lambda v: first(v, 0.5), "arrays/rules, order_multiple: at least 1."),
        ("rules", "safety_method/0", lambda v: first(v, 8), "arrays/rules, safety_method/0: values lie between"),
        ("rules", "safety_stock/0", lambda v: first(v, 2.0), "a share is above 0 and below 1."),
        ("rules", "lead_time_days/0", lambda v: first(v, 1e9), "arrays/rules, lead_time_days/0: values lie between"),
        ("eras", "start", lambda v: v + 1, "eras begin with 0 and increase."),
        ("calendars", "order_day", lambda v: v[::-1], "has order dates that cannot be."),
        ("calendars", "order_day", lambda v: v - 1000, "arrays/calendars, order_day: values lie between"),
        ("calendars", "arrival_day", lambda v: np.minimum(v + 30_000, v.max()), "has order dates that cannot be."),
        ("calendars", "calendar", lambda v: v + 1, "numbered from 0 without gaps."),
        ("calendars", "in_coverage", lambda v: ~v, "has order dates that cannot be."),
        (
            "buckets",
            "length",
            lambda v: first(v, 10**9),
            "arrays/buckets, length: values lie between 1 and 31, found others.",
        ),
        ("buckets", "start", lambda v: first(v, -9999), "buckets follow one another."),
        ("forecast", "0", lambda v: first(v, -1), "arrays/forecast, 0: values lie between"),
        ("forecast", "0", lambda _: None, "arrays/forecast has one column per bucket, 18 in all."),
        ("forecast", "0", lambda v: first(v, 2**40), "what differs: forecast."),
        ("variance", "0", lambda v: first(v, np.nan), "arrays/variance, 0: values lie between"),
        ("receipts", "row", lambda v: v[::-1], "sorted by row, and none arrives before it is due."),
        ("receipts", "day", lambda v: first(v, 10**9), "arrays/receipts, day: values lie between"),
        ("receipts", "quantity", lambda v: first(v, np.nan), "arrays/receipts, quantity: values lie between"),
        ("closures", "scope", lambda v: first(v, "moon"), "arrays/closures: a supplier or a location is closed"),
        (
            "closures",
            "key",
            lambda v: first(v, None),
            "arrays/closures: a supplier or a location is closed, and named.",
        ),
        ("closures", "date:to", lambda v: v - 10**9, "arrays/closures: closed from a day to the same or a later one."),
        ("closures", "date:to", lambda v: first(v, 2**60), "arrays/closures, date:to: values lie between"),
        ("closures", "key", lambda _: None, "arrays/closures has the columns scope, key, from and to."),
        ("items", "item", lambda v: first(v, "ZZ"), "arrays/items: keys are given, unique and sorted."),
        ("items", "item", lambda v: first(v, None), "arrays/items: keys are given, unique and sorted."),
        ("items", "name", lambda _: None, "arrays/items has no text column 'name'."),
        (
            "items",
            "unit_cost",
            lambda v: v.astype(str).astype(object),
            "arrays/items has no number column 'unit_cost'.",
        ),
        ("suppliers", "supplier", lambda v: first(v, "A"), "what differs: suppliers and costs."),
        ("order_lines", "quantity", lambda v: first(v, 1.0), "those that it promises; what differs: quantity."),
        ("order_lines", "item", lambda _: None, "arrays/order_lines has other columns than a plan writes."),
    ],
)
def test_arrays_that_cannot_be_are_refused(
    members: Members, tmp_path: Path, table: str, column: str, change: Callable[[Any], Any], text: str
) -> None:
    values = from_parquet(members[f"arrays/{table}.parquet"], table)
    broken = with_columns(members, table, **{column: change(values[column])})
    assert text in refused(zipped(broken), tmp_path)


class Evil:
    """Would write a file when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Give what unpickling runs."""
        return os.mkdir, ("pickled",)


def arrow_bytes(table: pa.Table, **options: Any) -> bytes:
    target = io.BytesIO()
    pq.write_table(table, target, **options)
    return target.getvalue()


def test_parquet_with_anything_but_plain_columns_is_refused(members: Members, tmp_path: Path) -> None:
    numbers = pa.array([1, 2])
    pickled = pickle.dumps(Evil())
    odd = {
        "pandas metadata": arrow_bytes(pa.table({"a": numbers}).replace_schema_metadata({b"pandas": pickled})),
        "an Arrow schema": arrow_bytes(pa.table({"a": numbers})),
        "a list": arrow_bytes(pa.table({"a": pa.array([[1], [2]])}), store_schema=False),
        "a struct": arrow_bytes(pa.table({"a": pa.array([{"x": 1}, {"x": 2}])}), store_schema=False),
        "bytes": arrow_bytes(pa.table({"a": pa.array([pickled, b""])}), store_schema=False),
        "a decimal": arrow_bytes(pa.table({"a": pa.array([1, 2], pa.decimal128(30))}), store_schema=False),
        "nulls": arrow_bytes(pa.table({"a": pa.array([1, None])}), store_schema=False),
        "two columns of one name": arrow_bytes(pa.table([numbers, numbers], names=["a", "a"]), store_schema=False),
        "junk": b"PAR1" + b"\x00" * 100 + b"PAR1",
        "nothing": b"",
    }
    for content in odd.values():
        for table in ("rows", "order_lines", "items"):
            broken = sealed({**members, f"arrays/{table}.parquet": content})
            assert refused(zipped(broken), tmp_path).startswith(f"arrays/{table}")
    assert not os.path.exists("pickled")  # noqa: PTH110 (where mkdir would have made it)


def test_parquet_that_claims_more_than_its_size_explains_is_refused(
    members: Members, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("moselle_nb.plans.store.tables.FREE_CELLS", 10_000)
    monkeypatch.setattr("moselle_nb.plans.store.tables.CELLS_PER_BYTE", 100)
    content = to_parquet({"row": np.zeros(5_000_000, dtype=np.int64)})
    broken = sealed({**members, "arrays/receipts.parquet": content})
    assert refused(zipped(broken), tmp_path).startswith("arrays/receipts claims 5,000,000 rows and 1 columns in ")


def one_text(text: str, rows: int) -> bytes:
    """Give a column that names one text for each row."""
    column = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, dtype=np.int32)), pa.array([text]))
    return arrow_bytes(pa.table({"item": column}), compression="zstd", store_schema=False)


def test_a_text_that_expands_is_refused(members: Members, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = one_text("x" * 2_000_000, 1_500)
    assert len(bomb) < 1_000
    said = refused(zipped(sealed({**members, "arrays/items.parquet": bomb})), tmp_path)
    assert said == "arrays/items, item: a text has at most 32,767 characters, found 2,000,000."
    many = one_text("é" * 16_384, 32_769)
    assert from_parquet(one_text("é" * 16_384, 2), "t")["item"].tolist() == ["é" * 16_384] * 2
    said = refused(zipped(sealed({**members, "arrays/items.parquet": many})), tmp_path)
    assert said == "arrays/items, item: texts take at most 1,073,741,824 bytes, found 1,073,774,592."
    monkeypatch.setattr("moselle_nb.plans.store.tables.MOST_TEXT_BYTES", 100)
    with pytest.raises(mo.PlanFileError, match=r"^t, item: texts take at most 100 bytes, found "):
        from_parquet(to_parquet({"item": np.array([str(n) for n in range(1000)], dtype=object)}), "t")


@pytest.mark.parametrize("rows", [0, 1, 3, 200_000])
def test_texts_survive(rows: int) -> None:
    # Many different ones leave the dictionary of a Parquet file.
    values = np.array([None if n % 7 == 1 else f"text {n} {'é' * 20}" for n in range(rows)] + [None], dtype=object)
    assert from_parquet(to_parquet({"a": values}), "t")["a"].tolist() == values.tolist()


@given(st.data())
@settings(max_examples=40)
def test_damage_anywhere_is_refused_or_harmless(
    plan: mo.ReplenishmentPlan, members: Members, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
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


# ---- shapes of demand -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shaped(tmp_path_factory: pytest.TempPathFactory) -> Members:
    """Give the members of a plan whose demand is empirical."""
    forecast = pd.DataFrame({
        "item": ["A", "A", "B", "B"], "location": "W", "date": pd.to_datetime(["2026-11-23", "2026-11-30"] * 2),
        "quantity": [20, 20, 9, 9], "q10": [5, 6, 1, 1], "q50": [18, 18, 8, 8], "q90": [40, 44, 20, 20],
    })  # fmt: skip
    config = mo.ReplenishmentConfig(
        name="shapes", coverage=("2026-11-23", "2026-12-06"), lead_time_days=2, demand_distribution="empirical",
        safety_stock=mo.SafetyStock("fill_rate", 0.95),
    )  # fmt: skip
    plan = mo.replenish(mo.load({"forecast": forecast}, as_of="2026-11-23"), config)
    path = plan.save(tmp_path_factory.mktemp("shaped") / "shapes.moselle")
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize(
    ("columns", "text"),
    [
        ({"row": np.array([1, 0])}, "arrays/shapes: rows with a forecast, sorted, each once."),
        ({"row": np.array([0, 2])}, "arrays/shapes, row: values lie between 0 and 1, found others."),
        ({"0.5": None, "0.1": None}, "arrays/shapes: one column per level, rising from 0 to 1."),
        ({"0.95": np.array([9.0, 9.0])}, "arrays/shapes: one column per level, rising from 0 to 1."),
        ({"high": np.array([9.0, 9.0])}, "arrays/shapes, high: a column is called by its level, from 0 to 1."),
        ({"0.5": np.array([9.0, 9.0])}, "arrays/shapes: scores never fall, and have mean 0 and variance 1."),
        ({"0.5": np.array([np.nan, 0.0])}, "arrays/shapes, 0.5: values lie between -8.79609e+12 and"),
    ],
)
def test_shapes_that_cannot_be_are_refused(shaped: Members, tmp_path: Path, columns: dict[str, Any], text: str) -> None:
    found = refused(zipped(with_columns(shaped, "shapes", **columns)), tmp_path)
    assert text in found


def test_a_shape_that_was_exchanged_is_noticed(shaped: Members, tmp_path: Path) -> None:
    shapes = from_parquet(shaped["arrays/shapes.parquet"], "shapes")
    other = {name: values[::-1] for name, values in shapes.items() if name != "row"}
    found = refused(zipped(with_columns(shaped, "shapes", **other)), tmp_path)
    assert found == "the file does not give the plan that it promises; what differs: shapes of demand."
