"""Plan files: ``*.moselle``, a zip of a manifest, the configuration, the edits and arrays.

A file is data of a stranger. Nothing in it is run, unpickled or written to disk; every member is named in advance, of
limited size and hashed; and what follows from its inputs is derived again and compared with what it promises.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import tempfile
import zipfile
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from moselle_nb.exceptions import PlanFileError
from moselle_nb.plans.fingerprint import ENGINE_REVISION
from moselle_nb.plans.store.kinds import CONFIG, EDITS, MANIFEST, kind_of, member
from moselle_nb.plans.store.tables import to_parquet

if TYPE_CHECKING:
    from moselle_nb.plans.allocating.plan import AllocationPlan
    from moselle_nb.plans.document import ReplenishmentPlan

    Plan: TypeAlias = ReplenishmentPlan | AllocationPlan

__all__ = ["open_plan", "save"]

FORMAT, VERSION = "moselle-plan", 1

FIXED_TIME = (1980, 1, 1, 0, 0, 0)
"""The same plan makes the same file."""


def save(plan: Plan, path: str | Path) -> Path:
    """Write a plan to a file: all of it, or nothing.

    Parameters
    ----------
    plan
        The plan. Edits that were undone are not kept.
    path
        The file; one that is there is replaced.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    PlanFileError
        When it cannot be written, or could not be opened again; the file that was there stays.
    """
    target = Path(path)
    members = _members(plan)
    _check_readable(members, plan)
    content = _archive(members, plan)
    temporary = None
    try:
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
            temporary = Path(file.name)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        msg = f"{target} cannot be written: {error.strerror or error}."
        raise PlanFileError(msg) from error
    return target


def _members(plan: Plan) -> dict[str, bytes]:
    kind = kind_of(plan)
    edits = [
        {"step": number, **{name: _part(edit, name) for name in kind.edit_kinds if name != "step"}}
        for number, step in enumerate(plan.steps)
        for edit in step
    ]
    return {
        CONFIG: _json(plan.config.model_dump(mode="json")),
        EDITS: b"".join(_json(edit) + b"\n" for edit in edits),
        **{member(name): to_parquet(columns) for name, columns in kind.tables_of(plan.inputs).items()},
        member(kind.result): to_parquet(kind.result_of(plan)),
        **{member(name): to_parquet(columns) for name, columns in kind.cut_off_of(plan).items()},
    }


def _part(edit: object, name: str) -> object:
    value = getattr(edit, "forced" if name == "force" else name)
    return str(value) if name == "date" else value


def _check_readable(members: dict[str, bytes], plan: Plan) -> None:
    """Refuse to write what `open_plan` would refuse."""
    from moselle_nb.plans.store.read import read_members

    try:
        read_members(members, kind_of(plan), dt.date.fromisoformat(str(plan.inputs.as_of)), plan.inputs.bucket)
    except PlanFileError as error:
        msg = f"the plan cannot be saved, because a plan file could not hold it: {error}"
        raise PlanFileError(msg) from None


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, allow_nan=False).encode()


def _archive(members: dict[str, bytes], plan: Plan) -> bytes:
    manifest = {
        "format": FORMAT, "version": VERSION, "kind": kind_of(plan).name, "engine_revision": ENGINE_REVISION,
        "fingerprint": plan.fingerprint,
        "sections": plan.sections(), "as_of": str(plan.inputs.as_of),
        "bucket": plan.inputs.bucket,
        "members": {name: hashlib.sha256(content).hexdigest() for name, content in members.items()},
    }  # fmt: skip
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in {MANIFEST: _json(manifest), **members}.items():
            about = zipfile.ZipInfo(name, FIXED_TIME)
            # Parquet is compressed already.
            packed = zipfile.ZIP_STORED if name.endswith(".parquet") else zipfile.ZIP_DEFLATED
            archive.writestr(about, content, compress_type=packed)
    return target.getvalue()


def open_plan(path: str | Path) -> Any:
    """Open a plan file: derive the plan again from what it holds, and replay its edits.

    Parameters
    ----------
    path
        A file that `save` of a plan wrote.

    Returns
    -------
    ReplenishmentPlan or AllocationPlan
        A plan with the fingerprint of the one that was saved; its edits can be undone step by step.

    Raises
    ------
    PlanFileError
        When it is no plan file, is damaged, or does not give the plan that it promises; the text names what differs.
    """
    from moselle_nb.plans.store.read import read_plan

    return read_plan(Path(path))
