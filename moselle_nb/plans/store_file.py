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
from typing import TYPE_CHECKING, Any

import numpy as np

from moselle_nb.exceptions import PlanFileError
from moselle_nb.plans.fingerprint import ENGINE_REVISION, sections
from moselle_nb.plans.store_arrays import OPTIONAL, TABLES, tables_of_inputs
from moselle_nb.plans.store_tables import to_parquet

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.plans.document import ReplenishmentPlan

__all__ = ["open_plan", "save"]

FORMAT, VERSION = "moselle-plan", 1
MANIFEST, CONFIG, EDITS = "manifest.json", "config.json", "edits.jsonl"
ORDER_LINES = "arrays/order_lines.parquet"
REQUIRED = (MANIFEST, CONFIG, EDITS, ORDER_LINES, *(f"arrays/{name}.parquet" for name in TABLES))
KNOWN = (*REQUIRED, *(f"arrays/{name}.parquet" for name in OPTIONAL))

FIXED_TIME = (1980, 1, 1, 0, 0, 0)
"""The same plan makes the same file."""


def save(plan: ReplenishmentPlan, path: str | Path) -> Path:
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


def order_line_columns(plan: ReplenishmentPlan) -> dict[str, NDArray[Any]]:
    """Return the order lines as columns of numbers, to compare with after they were derived again."""
    frame = plan.order_lines
    keys = {f"{name}_day": frame[name].to_numpy(dtype="datetime64[D]") for name in ("order_date", "arrival_date")}
    return {
        "item": np.array([*frame["item"], None], dtype=object)[:-1],
        "location": np.array([*frame["location"], None], dtype=object)[:-1],
        **{name: (date - plan.inputs.as_of).astype(np.int64) for name, date in keys.items()},
        **{name: frame[name].to_numpy() for name in ("suggested_quantity", "quantity", "edited")},
    }


def _members(plan: ReplenishmentPlan) -> dict[str, bytes]:
    edits = [
        {
            "step": number, "item": edit.item, "location": edit.location, "date": str(edit.date),
            "quantity": int(edit.quantity), "force": bool(edit.forced), "reason": edit.reason, "who": edit.who,
            "when": edit.when,
        }
        for number, step in enumerate(plan.steps)
        for edit in step
    ]  # fmt: skip
    tables = tables_of_inputs(plan.inputs)
    return {
        CONFIG: _json(plan.config.model_dump(mode="json")),
        EDITS: b"".join(_json(edit) + b"\n" for edit in edits),
        **{f"arrays/{name}.parquet": to_parquet(columns) for name, columns in tables.items()},
        ORDER_LINES: to_parquet(order_line_columns(plan)),
    }


def _check_readable(members: dict[str, bytes], plan: ReplenishmentPlan) -> None:
    """Refuse to write what `open_plan` would refuse."""
    from moselle_nb.plans.store_read import read_members

    try:
        read_members(members, dt.date.fromisoformat(str(plan.inputs.as_of)), plan.inputs.bucket)
    except PlanFileError as error:
        msg = f"the plan cannot be saved, because a plan file could not hold it: {error}"
        raise PlanFileError(msg) from None


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, allow_nan=False).encode()


def _archive(members: dict[str, bytes], plan: ReplenishmentPlan) -> bytes:
    manifest = {
        "format": FORMAT, "version": VERSION, "engine_revision": ENGINE_REVISION, "fingerprint": plan.fingerprint,
        "sections": sections(plan.inputs, plan.config, plan.fixed), "as_of": str(plan.inputs.as_of),
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


def open_plan(path: str | Path) -> ReplenishmentPlan:
    """Open a plan file: derive the plan again from what it holds, and replay its edits.

    Parameters
    ----------
    path
        A file that `ReplenishmentPlan.save` wrote.

    Returns
    -------
    ReplenishmentPlan
        A plan with the fingerprint of the one that was saved; its edits can be undone step by step.

    Raises
    ------
    PlanFileError
        When it is no plan file, is damaged, or does not give the plan that it promises; the text names what differs.
    """
    from moselle_nb.plans.store_read import read_plan

    return read_plan(Path(path))
