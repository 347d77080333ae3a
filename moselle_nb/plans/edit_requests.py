"""Requests for edits, as frames, mappings or sequences: what each asks for, or what is wrong with it."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from moselle_nb.exceptions import EditError, Reject, near

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["ALLOCATION_PARTS", "EditRequest", "as_requests"]

PARTS = ("item", "location", "date", "quantity", "reason", "force", "who", "when")
ALLOCATION_PARTS = (*PARTS, "source", "lock")
"""What an edit of an allocation may say besides: which source's share is meant, and whether the rest is shared anew."""

REQUIRED = PARTS[:4]
TOLD = ("previous", "suggested")
"""Columns of `edits` of a plan that ask for nothing."""

MAX_QUANTITY = 10**9
"""Largest quantity of one order line, in units: above it sums could lose exactness."""


@dataclass(frozen=True)
class EditRequest:
    """What somebody asked for; its form is checked, the plan's rules are not yet."""

    item: Any
    location: Any
    date: Any
    quantity: int
    reason: str = ""
    force: bool = False
    who: str = ""
    when: str = ""
    source: Any = None
    lock: bool = False


class _FormError(ValueError):
    """What is wrong with the form of one request."""


def as_requests(
    edits: pd.DataFrame | Iterable[Mapping[str, Any] | Sequence[Any]], parts: Sequence[str] = PARTS
) -> tuple[list[EditRequest], list[Reject]]:
    """Read requests from a frame, mappings or sequences (item, location, date, quantity, reason, force, who, when).

    Parameters
    ----------
    edits
        What was given.
    parts
        What an edit may say, in the order of sequences: `PARTS` or `ALLOCATION_PARTS`.

    Returns
    -------
    tuple
        The requests whose form is right, and what is wrong with the others.

    Raises
    ------
    EditError
        When what was given cannot be read as edits at all.
    """
    found, rejects = [], []
    for number, record in enumerate(_records(edits)):
        given = _named(record, parts)
        try:
            found.append(_request(given, number + 1, parts))
        except _FormError as problem:
            item, location, date = (str(given.get(name, "")) for name in REQUIRED[:3])
            rejects.append(Reject(item, location, date, given.get("quantity"), str(problem)))
    return found, rejects


def _records(edits: Any) -> list[Any]:
    if isinstance(edits, pd.DataFrame):
        return list(edits.to_dict("records"))
    if hasattr(edits, "to_dicts"):
        return list(edits.to_dicts())
    if hasattr(edits, "keys"):
        return [edits]
    if isinstance(edits, (str, bytes)) or not hasattr(edits, "__iter__"):
        text = f"edits are a frame or a list of edits, received {edits!r}"
        raise EditError([Reject("", "", "", None, text)])
    return list(edits)


def _named(record: Any, parts: Sequence[str]) -> dict[str, Any]:
    if hasattr(record, "keys"):
        return {str(name): record[name] for name in record}
    if isinstance(record, (list, tuple)):
        more = (f"part {place}" for place in range(len(parts) + 1, len(record) + 1))
        return dict(zip((*parts, *more), record, strict=False))
    return {"quantity": record}


def _is_missing(value: Any) -> bool:
    return value is None or value is pd.NaT or (isinstance(value, (float, np.floating)) and math.isnan(value))


def _request(given: dict[str, Any], number: int, parts: Sequence[str]) -> EditRequest:
    said = {name: value for name, value in given.items() if name not in TOLD}
    if "forced" in said:
        said["force"] = said.pop("forced")
    for name in said:
        if name not in parts:
            msg = f"an edit has no part {name!r}{near(name, parts)}; its parts are {', '.join(parts)}."
            raise _FormError(msg)
    missing = [name for name in REQUIRED if name not in said or (name != "quantity" and _is_missing(said[name]))]
    if missing:
        msg = f"edit {number} has no {', '.join(missing)}; an edit is item, location, date, quantity."
        raise _FormError(msg)
    reason, who, when = (_text(name, said.get(name)) for name in ("reason", "who", "when"))
    force, lock = (_flag(name, said.get(name)) for name in ("force", "lock"))
    source = None if _is_missing(said.get("source")) else said["source"]
    item, location, date, quantity = (said[name] for name in REQUIRED)
    return EditRequest(item, location, date, _quantity(quantity), reason, force, who, when, source, lock)


def _quantity(value: Any) -> int:
    number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, (bool, np.timedelta64))
    if not number or not 0 <= value <= MAX_QUANTITY or value != int(value):
        msg = f"the quantity is a whole number from 0 to {MAX_QUANTITY:,}, received {_short(value)}."
        raise _FormError(msg)
    return int(value)


def _flag(name: str, value: Any) -> bool:
    if _is_missing(value):
        return False
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    msg = f"{name} is True or False, received {_short(value)}."
    raise _FormError(msg)


def _text(name: str, value: Any) -> str:
    if _is_missing(value):
        return ""
    if name == "when" and isinstance(value, dt.date):
        return value.isoformat()
    try:
        value.encode("utf-8")
    except (AttributeError, UnicodeEncodeError):
        msg = f"{name} is text, received {_short(value)}."
        raise _FormError(msg) from None
    return str(value)


def _short(value: Any) -> str:
    """Show what arrived, cut: a number of a thousand digits helps nobody."""
    try:
        shown = repr(value)
    except ValueError:
        return "a number of too many digits"
    return shown if len(shown) <= 60 else f"{shown[:57]}…"  # noqa: PLR2004 (a line)
