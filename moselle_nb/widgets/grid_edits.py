"""From cells that a planner filled to edits of order lines, all or none."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from moselle_nb.exceptions import EditError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from moselle_nb.exceptions import Reject
    from moselle_nb.widgets.grid_requests import CellEdit, Edit
    from moselle_nb.widgets.plan_source import PlanSource

__all__ = ["WHOLE", "CellReject", "Outcome", "apply_edit", "is_quantity"]

LineKey = tuple[str, str, np.datetime64]

LARGEST = 10**9
WHOLE = f"give a whole number of units, from 0 to {LARGEST:,}."
"""Why something that is no quantity is refused."""


def is_quantity(value: float | str) -> bool:
    """Tell whether a quantity can be asked for: a whole number, not below 0."""
    return not isinstance(value, str) and 0 <= value <= LARGEST and value == int(value)


@dataclass(frozen=True)
class CellReject:
    """A cell whose quantity was refused.

    Parameters
    ----------
    asked
        The cell and its quantity.
    date
        First day of the cell's period.
    reason
        Why, as a sentence.
    nearest
        The nearest quantities of the cell that would be accepted.
    forcible
        Whether force with a reason would carry it through.
    """

    asked: CellEdit
    date: str
    reason: str
    nearest: tuple[int, ...] = ()
    forcible: bool = False

    def record(self) -> dict[str, object]:
        """Return it as the browser gets it."""
        return {
            **self.asked.cell.fields,
            "quantity": self.asked.quantity,
            "reason": self.reason,
            "nearest": list(self.nearest),
            "forcible": self.forcible,
        }


@dataclass(frozen=True)
class Outcome:
    """What became of an edit.

    Parameters
    ----------
    plan
        The plan after it; the plan itself where anything was refused or nothing changed.
    applied
        Cells that changed.
    rejects
        Cells that were refused; none was applied then.
    told
        What else the browser is told.
    """

    plan: Any
    applied: int = 0
    rejects: tuple[CellReject, ...] = ()
    told: Mapping[str, object] = field(default_factory=dict)

    def refusal(self) -> str:
        """Say what was refused, and why, in a sentence or two."""
        first = self.rejects[0]
        cell = first.asked.cell
        where = f"{cell.item} at {cell.location}, {first.date}"
        shown = _shown(first.asked.quantity)
        text = f"{shown} for {where}: {first.reason}"
        if len(self.rejects) > 1:
            text = f"{len(self.rejects):,} cells refused, nothing was changed. First: {text}"
        if first.nearest:
            text += f" Accepted: {' or '.join(f'{each:,}' for each in first.nearest)}."
        return text


def apply_edit(source: PlanSource, edit: Edit, stamp: Mapping[str, str]) -> Outcome:
    """Apply quantities to cells, all or none.

    Parameters
    ----------
    source
        The plan.
    edit
        The cells.
    stamp
        Who and when, kept with each edit.
    """
    lines: dict[LineKey, tuple[CellEdit, float]] = {}
    edits: list[dict[str, Any]] = []
    rejects: list[CellReject] = []
    applied = 0
    for asked in edit.cells:
        try:
            found = _lines(source, asked)
        except _Refused as refused:
            rejects.append(refused.reject)
            continue
        applied += bool(found)
        for line in found:
            edits.append({**line, **stamp, "reason": edit.reason, "force": edit.force})
            # A cell may hold more order lines than the one that is edited: what is accepted is said for the cell.
            shift = float(asked.quantity) - float(line["quantity"])
            lines[_key(line["item"], line["location"], line["date"])] = (asked, shift)
    plan = source.plan
    try:
        changed = plan.edit_many(edits) if edits else plan
    except EditError as error:
        rejects.extend(_cell_rejects(source, error.rejects, lines))
    if rejects:
        return Outcome(plan, rejects=tuple(rejects))
    return Outcome(changed, applied=applied)


class _Refused(Exception):  # noqa: N818 (carries a reject; never leaves this module)
    def __init__(self, reject: CellReject) -> None:
        super().__init__(reject.reason)
        self.reject = reject


def _lines(source: PlanSource, asked: CellEdit) -> list[dict[str, Any]]:
    """Return the order lines that a cell's new quantity changes; none where the cell keeps its quantity."""
    cell, quantity = asked.cell, asked.quantity
    date = str(source.starts[cell.bucket])
    if isinstance(quantity, str) or not is_quantity(quantity):
        raise _Refused(CellReject(asked, date, WHOLE))
    try:
        row = source.plan.row_of(cell.item, cell.location)
    except UnknownNameError as error:
        raise _Refused(CellReject(asked, date, f"{error}.")) from error
    orders = np.flatnonzero(source.order_buckets(row) == cell.bucket)
    held = [source.plan.quantity_of(row, int(order)) for order in orders]
    fixed = source.plan.fixed.get(row, {})
    if quantity == sum(held) and all(int(order) in fixed for order in orders[-1:]):
        return []
    if quantity < sum(held[:-1]):
        return _taken_back(source, row, asked, dict(zip(orders.tolist(), held, strict=True)))
    try:
        return [dict(source.plan.cell_edit(row, cell.bucket, quantity))]
    except EditError as error:
        first = error.rejects[0]
        raise _Refused(CellReject(asked, date, first.reason, first.nearest, forcible=first.forcible)) from error


def _taken_back(source: PlanSource, row: int, asked: CellEdit, held: Mapping[int, float]) -> list[dict[str, Any]]:
    """Take a cell's order lines back from the last one on, until they sum up to a quantity below the earlier ones."""
    excess = sum(held.values()) - float(asked.quantity)
    dates = source.plan.order_dates(row)
    found: list[dict[str, Any]] = []
    for order, quantity in reversed(list(held.items())):
        taken = min(quantity, excess)
        excess -= taken
        key = {"item": asked.cell.item, "location": asked.cell.location, "date": dates[order]}
        found.append({**key, "quantity": quantity - taken})
        if not excess:
            break
    return found


def _cell_rejects(
    source: PlanSource, rejects: Sequence[Reject], lines: Mapping[LineKey, tuple[CellEdit, float]]
) -> list[CellReject]:
    found: list[CellReject] = []
    for reject in rejects:
        asked, shift = lines[_key(reject.item, reject.location, reject.date)]
        nearest = tuple(int(each + shift) for each in reject.nearest)
        date = str(source.starts[asked.cell.bucket])
        found.append(CellReject(asked, date, reject.reason, nearest, forcible=reject.forcible))
    return found


def _shown(quantity: float | str) -> str:
    """Return a quantity as it was typed, whole numbers in full."""
    if isinstance(quantity, str):
        return f"{quantity[:40]!r}"
    return f"{int(quantity):,}" if quantity == int(quantity) else f"{quantity:,.10g}"


def _key(item: str, location: str, date: object) -> LineKey:
    return item, location, np.datetime64(date, "D")  # type: ignore[call-overload]  # a date or ISO text
