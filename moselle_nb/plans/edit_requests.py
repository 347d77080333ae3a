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

__all__ = ["EditRequest", "as_requests"]

PARTS = ("item", "location", "date", "quantity", "reason", "force", "who", "when")
REQUIRED = PARTS[:4]
TOLD = ("previous", "suggested")
"""Columns of `ReplenishmentPlan.edits` that ask for nothing."""

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


class _FormError(ValueError):
    """What is wrong with the form of one request."""


def as_requests(
    edits: pd.DataFrame | Iterable[Mapping[str, Any] | Sequence[Any]],
) -> tuple[list[EditRequest], list[Reject]]:
    """Read requests from a frame, mappings or sequences (item, location, date, quantity, reason, force, who, when).

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
        given = _named(record)
        try:
            found.append(_request(given, number + 1))
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


def _named(record: Any) -> dict[str, Any]:
    if hasattr(record, "keys"):
        return {str(name): record[name] for name in record}
    if isinstance(record, (list, tuple)):
        return dict(zip((*PARTS, *(f"part {place}" for place in range(9, len(record) + 1))), record, strict=False))
    return {"quantity": record}


def _is_missing(value: Any) -> bool:
    return value is None or value is pd.NaT or (isinstance(value, (float, np.floating)) and math.isnan(value))


def _request(given: dict[str, Any], number: int) -> EditRequest:
    parts = {name: value for name, value in given.items() if name not in TOLD}
    if "forced" in parts:
        parts["force"] = parts.pop("forced")
    for name in parts:
        if name not in PARTS:
            msg = f"an edit has no part {name!r}{near(name, PARTS)}; its parts are {', '.join(PARTS)}."
            raise _FormError(msg)
    missing = [name for name in REQUIRED if name not in parts or (name != "quantity" and _is_missing(parts[name]))]
    if missing:
        msg = f"edit {number} has no {', '.join(missing)}; an edit is item, location, date, quantity."
        raise _FormError(msg)
    texts = {name: _text(name, parts.get(name)) for name in ("reason", "who", "when")}
    quantity, force = _quantity(parts["quantity"]), _flag(parts.get("force"))
    return EditRequest(parts["item"], parts["location"], parts["date"], quantity, force=force, **texts)


def _quantity(value: Any) -> int:
    number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, (bool, np.timedelta64))
    if not number or not 0 <= value <= MAX_QUANTITY or value != int(value):
        msg = f"the quantity is a whole number from 0 to {MAX_QUANTITY:,}, received {_short(value)}."
        raise _FormError(msg)
    return int(value)


def _flag(value: Any) -> bool:
    if _is_missing(value):
        return False
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    msg = f"force is True or False, received {_short(value)}."
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
