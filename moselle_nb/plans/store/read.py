"""Reading plan files of strangers: size, names, hashes and types before content, and content before trust."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import stat
import zipfile
import zlib
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

from moselle_nb.exceptions import ConfigError, MoselleError, PlanFileError
from moselle_nb.plans.allocating.clock import as_decided
from moselle_nb.plans.fingerprint import ENGINE_REVISION
from moselle_nb.plans.store.allocation import decided_of_tables
from moselle_nb.plans.store.file import FORMAT, VERSION
from moselle_nb.plans.store.kinds import CONFIG, EDITS, KINDS, MANIFEST, PlanKind, member
from moselle_nb.plans.store.tables import from_parquet

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

    from moselle_nb.plans.allocating.plan import AllocationPlan
    from moselle_nb.plans.document import ReplenishmentPlan

    Members = dict[str, bytes]
    Plan: TypeAlias = ReplenishmentPlan | AllocationPlan

__all__ = ["read_members", "read_plan"]

MOST_BYTES = {MANIFEST: 2**20, CONFIG: 2**24, EDITS: 2**28}
MOST_TABLE_BYTES = 2**34
MOST_RATIO = 200
"""Compressed text of a plan never shrinks further; a bomb does."""

MANIFEST_KINDS = {
    "format": str, "version": int, "kind": str, "engine_revision": int, "fingerprint": str, "sections": dict,
    "as_of": str, "bucket": str, "members": dict,
}  # fmt: skip
KNOWN = tuple(dict.fromkeys(name for kind in KINDS.values() for name in kind.known))
"""Members of files of any kind."""


def read_plan(path: Path) -> Any:
    """Read a plan; see `open_plan`."""
    members = _members(path)
    manifest = _manifest(members.pop(MANIFEST))
    kind = KINDS[manifest["kind"]]
    _check_members(kind, members)
    _check_hashes(members, manifest["members"])
    config, edits = _config(kind, members[CONFIG]), _edits(kind, members[EDITS])
    promised = from_parquet(members[member(kind.result)], f"arrays/{kind.result}")
    tables = _tables(kind, members)
    try:
        with as_decided(decided_of_tables(tables)):
            plan = _derive(kind, tables, config, manifest, edits)
    except (ValueError, LookupError, TypeError, ArithmeticError, AssertionError, MemoryError) as error:
        if isinstance(error, PlanFileError):
            raise
        _refuse(f"no plan follows from its content: {_first_line(error)}")
    _compare(kind, plan, manifest, promised)
    if member("cut_off") in members and not (broken := plan.check().violations).empty:
        _refuse(f"what the time for solvers cut off breaks a rule of the plan: {broken['rule'].iloc[0]}.")
    return plan


def read_members(members: Members, kind: PlanKind, as_of: dt.date, bucket: str) -> None:
    """Read what is about to be written as `read_plan` would, short of building the plan.

    Raises
    ------
    PlanFileError
        Naming what is out of bounds.
    """
    for name, content in members.items():
        if len(content) > MOST_BYTES.get(name, MOST_TABLE_BYTES):
            _refuse(f"{name} has {len(content):,} bytes.")
    _edits(kind, members[EDITS])
    from_parquet(members[member(kind.result)], f"arrays/{kind.result}")
    kind.inputs_of(_tables(kind, members), _config(kind, members[CONFIG]), as_of, bucket)


def _tables(kind: PlanKind, members: Members) -> dict[str, dict[str, np.ndarray[Any, Any]]]:
    return {
        name: from_parquet(members[member(name)], f"arrays/{name}")
        for name in (*kind.tables, *kind.optional)
        if member(name) in members
    }


def _refuse(text: str) -> NoReturn:
    raise PlanFileError(text)


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


def _members(path: Path) -> dict[str, bytes]:
    """Return the content of each member, after its name and size were found to be in order."""
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            listed = archive.infolist()
            _check_listing(listed)
            return {about.filename: archive.read(about) for about in listed}
    except OSError as error:
        _refuse(f"{path} cannot be read: {error.strerror or error}.")
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, zlib.error) as error:
        if isinstance(error, PlanFileError):
            raise
        _refuse(f"{path} is not a plan file, or it is damaged: {_first_line(error)}")


def _check_listing(listed: list[zipfile.ZipInfo]) -> None:
    names = [about.filename for about in listed]
    if len(names) > len(KNOWN) or len(set(names)) < len(names):
        _refuse(f"a plan file has at most {len(KNOWN)} members, each once; this one has {len(names):,}.")
    for about in listed:
        name = about.filename
        if name not in KNOWN:
            _refuse(f"{name[:80]!r} is no member of a plan file.")
        if stat.S_ISLNK(about.external_attr >> 16) or about.flag_bits & 1:
            _refuse(f"{name} is a link or encrypted; plan files have neither.")
        if about.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            _refuse(f"{name} is packed in a way that plan files are not.")
        largest = min(MOST_BYTES.get(name, MOST_TABLE_BYTES), 2**20 + MOST_RATIO * about.compress_size)
        if about.file_size > largest:
            _refuse(f"{name} claims {about.file_size:,} bytes, packed into {about.compress_size:,}.")
    if MANIFEST not in names:
        _refuse(f"{MANIFEST} is missing from the plan file.")


def _check_members(kind: PlanKind, members: Members) -> None:
    """Refuse a file that lacks a member of its kind, or has one of the other kind."""
    if missing := [name for name in kind.required if name != MANIFEST and name not in members]:
        _refuse(f"{missing[0]} is missing from the plan file.")
    if strange := [name for name in members if name not in kind.known]:
        _refuse(f"{strange[0]!r} is no member of a plan file of kind {kind.name}.")


def _parsed(text: bytes, name: str) -> Any:
    def refuse_constant(value: str) -> NoReturn:
        _refuse(f"{name} holds {value}, which is no number.")

    try:
        return json.loads(text.decode(), parse_constant=refuse_constant)
    except (ValueError, RecursionError) as error:
        if isinstance(error, PlanFileError):
            raise
        _refuse(f"{name} is no JSON: {_first_line(error)}")


def _fields(value: Any, kinds: dict[str, type], name: str) -> dict[str, Any]:
    """Return a JSON object that has these fields, of these types, and no others."""
    if not isinstance(value, dict) or set(value) != set(kinds):
        _refuse(f"{name} has the fields {', '.join(kinds)}.")
    for field, kind in kinds.items():
        if type(value[field]) is not kind:
            _refuse(f"{name}, {field}: expected {kind.__name__}, found {type(value[field]).__name__}.")
    return value


def _manifest(text: bytes) -> dict[str, Any]:
    value = _parsed(text, MANIFEST)
    said = (value.get("format"), value.get("version")) if isinstance(value, dict) else (None, None)
    if said != (FORMAT, VERSION):
        _refuse(f"expected a file of format {FORMAT!r}, version {VERSION}; found {str(said)[:100]}.")
    found = _fields({"kind": "replenishment", **value}, MANIFEST_KINDS, MANIFEST)
    if found["kind"] not in KINDS:
        _refuse(f"{MANIFEST}, kind: one of {', '.join(KINDS)}, found {found['kind'][:40]!r}.")
    if found["engine_revision"] != ENGINE_REVISION:
        _refuse(
            f"the plan was made by engine revision {found['engine_revision']}, this is {ENGINE_REVISION}: its numbers "
            "would differ. Build it again from its tables."
        )
    return found


def _check_hashes(members: dict[str, bytes], promised: dict[str, Any]) -> None:
    if set(promised) != set(members):
        _refuse("the manifest lists other members than the file has.")
    for name, content in members.items():
        if hashlib.sha256(content).hexdigest() != promised[name]:
            _refuse(f"{name} is not what the manifest says: the file was damaged or changed.")


def _config(kind: PlanKind, text: bytes) -> Any:
    value = _parsed(text, CONFIG)
    if not isinstance(value, dict):
        _refuse(f"{CONFIG} is no configuration.")
    try:
        config = kind.configuration(value)
    except (ConfigError, TypeError, ValueError) as error:
        _refuse(f"{CONFIG} is no configuration: {_first_line(error)}")
    if config.model_dump(mode="json") != value:
        _refuse(f"{CONFIG} is not as a plan writes it.")
    return config


def _edits(kind: PlanKind, text: bytes) -> list[list[dict[str, Any]]]:
    """Return the edits by step."""
    steps: list[list[dict[str, Any]]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        name = f"{EDITS}, line {number}"
        edit = dict(_fields(_parsed(line, name), kind.edit_kinds, name))
        step = edit.pop("step")
        if step == len(steps):
            steps.append([])
        if not steps or step != len(steps) - 1:
            _refuse(f"{name}: steps are numbered from 0 without gaps, found {step}.")
        steps[-1].append(edit)
    return steps


def _derive(
    kind: PlanKind,
    tables: dict[str, dict[str, np.ndarray[Any, Any]]],
    config: Any,
    manifest: dict[str, Any],
    edits: list[list[dict[str, Any]]],
) -> Plan:
    if manifest["bucket"] not in {"day", "week", "month"}:
        _refuse(f"{MANIFEST}, bucket: one of day, week, month, found {manifest['bucket'][:40]!r}.")
    try:
        as_of = dt.date.fromisoformat(manifest["as_of"])
    except ValueError:
        _refuse(f"{MANIFEST}, as_of: expected a day, found {manifest['as_of'][:40]!r}.")
    plan: Plan = kind.build(kind.inputs_of(tables, config, as_of, manifest["bucket"]), config)
    for number, step in enumerate(edits):
        try:
            plan = plan.edit_many(step)
        except MoselleError as error:
            text = str(error).splitlines()
            _refuse(f"step {number} of {EDITS} is refused: {(text[1:] or text)[0].strip()[:300]}")
    return plan


def _compare(kind: PlanKind, plan: Plan, manifest: dict[str, Any], promised: dict[str, np.ndarray[Any, Any]]) -> None:
    """Compare what was derived with what the file promises."""
    found = plan.sections()
    differing = [name for name in found if manifest["sections"].get(name) != found[name]]
    if differing or set(manifest["sections"]) != set(found) or manifest["fingerprint"] != plan.fingerprint:
        _refuse(
            f"the file does not give the plan that it promises; what differs: {', '.join(differing) or 'fingerprint'}."
        )
    derived, what = kind.result_of(plan), kind.result.replace("_", " ")
    if set(derived) != set(promised):
        _refuse(f"arrays/{kind.result} has other columns than a plan writes.")
    for name, values in derived.items():
        if len(values) != len(promised[name]) or not (values == promised[name]).all():
            _refuse(f"the {what} that follow from the file are not those that it promises; what differs: {name}.")
