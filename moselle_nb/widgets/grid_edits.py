"""From cells that a planner filled to edits of order lines, all or none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from moselle_nb.exceptions import EditError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from moselle_nb.exceptions import Reject
    from moselle_nb.plans.document import ReplenishmentPlan
    from moselle_nb.widgets.grid_requests import CellEdit, Edit
    from moselle_nb.widgets.plan_source import PlanSource

__all__ = ["CellReject", "Outcome", "apply_edit"]

FEW = 3
"""Rejected cells that the status line spells out."""


@dataclass(frozen=True)
class CellReject:
    """A cell whose quantity was refused.

    Parameters
    ----------
    asked
        The cell and its quantity.
    reason
        Why, as a sentence.
    nearest
        The nearest quantities of the cell that would be accepted.
    forcible
        Whether force with a reason would carry it through.
    """

    asked: CellEdit
    reason: str
    nearest: tuple[int, ...] = ()
    forcible: bool = False

    def record(self) -> dict[str, object]:
        """Return it as the browser gets it."""
        cell = self.asked.cell
        return {
            "item": cell.item,
            "location": cell.location,
            "bucket": cell.bucket,
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
    """

    plan: ReplenishmentPlan
    applied: int = 0
    rejects: tuple[CellReject, ...] = ()

    def refusal(self) -> str:
        """Say what was refused, and why, in a sentence or two."""
        first = self.rejects[0]
        cell = first.asked.cell
        where = f"{cell.item} at {cell.location}"
        quantity = first.asked.quantity
        shown = quantity if isinstance(quantity, str) else f"{quantity:,.10g}"
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
    lines: dict[tuple[str, str, np.datetime64], tuple[CellEdit, float]] = {}
    edits: list[dict[str, Any]] = []
    rejects: list[CellReject] = []
    for asked in edit.cells:
        try:
            line = _line(source, asked)
        except _Refused as refused:
            rejects.append(refused.reject)
            continue
        if line is None:
            continue
        edits.append({**line, **stamp, "reason": edit.reason, "force": edit.force})
        shift = float(asked.quantity) - float(line["quantity"])
        lines[_key(line["item"], line["location"], line["date"])] = (asked, shift)
    plan = source.plan
    try:
        changed = plan.edit_many(edits) if edits else plan
    except EditError as error:
        rejects.extend(_cell_rejects(error.rejects, lines))
    if rejects:
        return Outcome(plan, rejects=tuple(rejects))
    return Outcome(changed, applied=len(edits))


class _Refused(Exception):  # noqa: N818 (carries a reject; never leaves this module)
    def __init__(self, reject: CellReject) -> None:
        super().__init__(reject.reason)
        self.reject = reject


def _line(source: PlanSource, asked: CellEdit) -> dict[str, Any] | None:
    """Return the order line that a cell stands for; None where the cell keeps its quantity."""
    cell, quantity = asked.cell, asked.quantity
    if isinstance(quantity, str):
        raise _Refused(CellReject(asked, f"{quantity[:40]!r} is no number."))
    try:
        row = source.plan.row_of(cell.item, cell.location)
    except UnknownNameError as error:
        raise _Refused(CellReject(asked, f"{error}.")) from error
    orders = source.orders(np.array([row]))
    if quantity == orders.quantity[0, cell.bucket]:
        return None
    try:
        return dict(source.plan.cell_edit(row, cell.bucket, quantity))
    except EditError as error:
        first = error.rejects[0]
        raise _Refused(CellReject(asked, first.reason, first.nearest, forcible=first.forcible)) from error


def _cell_rejects(
    rejects: Sequence[Reject], lines: Mapping[tuple[str, str, np.datetime64], tuple[CellEdit, float]]
) -> list[CellReject]:
    found: list[CellReject] = []
    for reject in rejects:
        asked, shift = lines[_key(reject.item, reject.location, reject.date)]
        # A cell may hold more order lines than the one that is edited: what is accepted is said for the cell.
        nearest = tuple(int(each + shift) for each in reject.nearest)
        found.append(CellReject(asked, reject.reason, nearest, forcible=reject.forcible))
    return found


def _key(item: str, location: str, date: object) -> tuple[str, str, np.datetime64]:
    return item, location, np.datetime64(date, "D")  # type: ignore[call-overload]  # a date or ISO text
