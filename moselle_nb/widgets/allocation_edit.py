"""From cells of an allocation that a planner filled or locked to edits of the plan, all or none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from moselle_nb.exceptions import EditError, MoselleError
from moselle_nb.plans.allocating.places import cell_of
from moselle_nb.widgets.allocation_source import changed_items
from moselle_nb.widgets.grid_edits import WHOLE, CellReject, Outcome, is_quantity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from moselle_nb.exceptions import Reject
    from moselle_nb.plans.allocating.plan import AllocationPlan
    from moselle_nb.widgets.allocation_source import AllocationSource
    from moselle_nb.widgets.grid_requests import CellEdit, Edit

__all__ = ["apply_allocation_edit"]


def apply_allocation_edit(source: AllocationSource, edit: Edit, stamp: Mapping[str, str]) -> Outcome:
    """Apply quantities to cells, all or none; locked ones have the rest shared again around them.

    Parameters
    ----------
    source
        The plan.
    edit
        The cells.
    stamp
        Who and when, kept with each edit.
    """
    plan = source.plan
    rejects = [CellReject(asked, _day(plan, asked), WHOLE) for asked in edit.cells if not is_quantity(asked.quantity)]
    asked = [each for each in edit.cells if is_quantity(each.quantity) and (edit.lock or not _stands(source, each))]
    changed = plan
    requests = [_request(plan, each, edit, stamp) for each in asked]
    try:
        changed = plan.edit_many(requests)
    except EditError as error:
        rejects.extend(_cell_rejects(error.rejects, asked, plan))
    if rejects:
        lockable = [] if edit.lock or len(asked) < len(edit.cells) else _lockable(plan, requests, rejects)
        return Outcome(plan, rejects=tuple(rejects), told={"lockable": lockable})
    told = {"locked": edit.lock, "others": max(0, _n_changed(plan, changed) - _n_own(plan, changed, asked))}
    return Outcome(changed, applied=len(asked), told=told)


def _lockable(plan: AllocationPlan, requests: Sequence[dict[str, Any]], rejects: Sequence[CellReject]) -> list[int]:
    """Return the quantities at which refused cells could be locked, others giving way; of one cell, the nearest."""
    try:
        plan.edit_many([{**request, "lock": True} for request in requests])
    except EditError as error:
        nearest = error.rejects[0].nearest if len(requests) == len(error.rejects) == 1 else ()
        better = [quantity for quantity in nearest if quantity not in rejects[0].nearest]
        return better[-1:]
    return [int(request["quantity"]) for request in requests]


def _request(plan: AllocationPlan, asked: CellEdit, edit: Edit, stamp: Mapping[str, str]) -> dict[str, Any]:
    cell = asked.cell
    return {
        "item": cell.item, "source": cell.source, "location": cell.location, "date": _day(plan, asked),
        "quantity": int(asked.quantity), "reason": edit.reason, "force": edit.force, "lock": edit.lock, **stamp,
    }  # fmt: skip


def _day(plan: AllocationPlan, asked: CellEdit) -> str:
    return str(plan.ship_dates[asked.cell.bucket])


def _cell(plan: AllocationPlan, asked: CellEdit) -> int:
    """Return the cell of a plan; -1 where there is none, which the plan refuses itself."""
    try:
        return cell_of(plan, asked.cell.item, asked.cell.location, asked.cell.source)
    except MoselleError:
        return -1


def _stands(source: AllocationSource, asked: CellEdit) -> bool:
    """Tell whether a cell is fixed at the quantity that is asked for."""
    cell = _cell(source.plan, asked)
    return (
        cell >= 0
        and source.is_fixed(cell, asked.cell.bucket)
        and _quantity(source.plan, cell, asked.cell.bucket) == asked.quantity
    )


def _quantity(plan: AllocationPlan, cell: int, date: int) -> float:
    item = int(plan.inputs.item[plan.inputs.routes.row[cell]])
    return float(plan.outcome_of(item).quantity[date, cell - plan.cells_of(item).start])


def _n_changed(old: AllocationPlan, new: AllocationPlan) -> int:
    """Count the cells, on all ship dates, that hold another quantity than before."""
    pairs = [(old.outcome_of(item), new.outcome_of(item)) for item in changed_items(old, new)]
    return sum(int(np.count_nonzero(before.quantity != after.quantity)) for before, after in pairs)


def _n_own(old: AllocationPlan, new: AllocationPlan, asked: Sequence[CellEdit]) -> int:
    places = [(_cell(old, each), each.cell.bucket) for each in asked]
    return sum(_quantity(old, cell, date) != _quantity(new, cell, date) for cell, date in places)


def _cell_rejects(rejects: Sequence[Reject], asked: Sequence[CellEdit], plan: AllocationPlan) -> list[CellReject]:
    """Find the cell of each reject; rejects have no source, so that two of one location are told by their quantity."""
    left, found = list(asked), []
    for reject in rejects:
        wanted = (reject.item, reject.location, str(reject.date), reject.quantity)
        cell = next(each for each in left if wanted == (*_keys(plan, each), int(each.quantity)))
        left.remove(cell)
        found.append(CellReject(cell, str(reject.date), reject.reason, reject.nearest, forcible=reject.forcible))
    return found


def _keys(plan: AllocationPlan, asked: CellEdit) -> tuple[str, str, str]:
    return asked.cell.item, asked.cell.location, _day(plan, asked)
