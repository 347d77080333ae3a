"""Edits of an allocation: cells that a planner fixed, each recorded with who, when and why."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from moselle_nb.exceptions import EditError, Reject
from moselle_nb.plans.allocating.accepting import ItemEdits
from moselle_nb.plans.allocating.places import Place, RefusedError, place_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from moselle_nb.plans.allocating.clock import Decided
    from moselle_nb.plans.allocating.plan import AllocationPlan
    from moselle_nb.plans.allocating.trial import Holds
    from moselle_nb.plans.allocation import AllocationArrays
    from moselle_nb.plans.edit_requests import EditRequest

__all__ = ["ALLOCATION_EDIT_COLUMNS", "AllocationEdit", "Change", "checked_change"]

ALLOCATION_EDIT_COLUMNS = (
    "item", "source", "location", "date", "quantity", "previous", "suggested", "lock", "forced", "reason", "who",
    "when",
)  # fmt: skip


@dataclass(frozen=True)
class AllocationEdit:
    """An accepted edit of one cell on one ship date.

    Parameters
    ----------
    cell, date_position
        Cell of the plan and position of the ship date.
    item, source, location, date
        The keys they stand for.
    quantity
        Units, whole.
    previous, suggested
        What the cell held before, and what the rule suggests, in units.
    lock
        Whether the rest of the item's ship date is shared again around it.
    forced
        Whether it breaks a commercial rule.
    reason, who, when
        As given by the caller.
    """

    cell: int
    date_position: int
    item: str
    source: str
    location: str
    date: np.datetime64
    quantity: int
    previous: float
    suggested: float
    lock: bool
    forced: bool
    reason: str
    who: str
    when: str


@dataclass(frozen=True, eq=False)
class Change:
    """What a step of edits makes of a plan.

    Parameters
    ----------
    step
        The edits.
    holds, arrays
        What is fixed in the items that they touch, and their outcome, by position of the item.
    volume
        Volume at locations with a capacity after them; None where none has one.
    decided
        What the time for solvers cut off.
    """

    step: tuple[AllocationEdit, ...]
    holds: Mapping[int, Holds]
    arrays: Mapping[int, AllocationArrays]
    volume: NDArray[np.float64] | None = None
    decided: Decided = field(default_factory=dict)


def checked_change(plan: AllocationPlan, requests: Sequence[EditRequest], rejects: Sequence[Reject] = ()) -> Change:
    """Check edits against the plan as it would be with all of them; refuse all when one is refused.

    Physical rules (a whole number >= 0, a real cell, conservation at the source with later edits, capacity) always
    refuse. Commercial rules (pack, transfer minimum) refuse with the nearest accepted quantities unless the edit is
    forced with a reason, or keeps what stands.

    Parameters
    ----------
    plan
        The plan before the edits.
    requests
        What is asked for.
    rejects
        What was refused already for its form.

    Raises
    ------
    EditError
        Listing every refused edit.
    """
    refused = list(rejects)
    placed: dict[Place, EditRequest] = {}
    for request in requests:
        try:
            place = place_of(plan, request)
            _refuse_two(placed.get(place), request)
        except RefusedError as why:
            keys = (str(request.item), str(request.location), str(request.date))
            refused.append(Reject(*keys, request.quantity, str(why)))
            continue
        placed[place] = request
    items: dict[int, dict[Place, EditRequest]] = {}
    for place, request in placed.items():
        items.setdefault(place.item, {})[place] = request
    changes, levels = [], plan.volume
    for item, asked in items.items() if levels is None else sorted(items.items(), key=lambda one: _added(plan, one[1])):
        changes.append(_of_item(ItemEdits(plan, item, asked, levels), refused))
        levels = changes[-1].volume
    if refused:
        raise EditError(refused)
    edits = {edit_key(edit): edit for change in changes for edit in change.step}
    step = tuple(edits[place.cell, place.date] for place in placed)
    holds = {item: units for change in changes for item, units in change.holds.items()}
    arrays = {item: part for change in changes for item, part in change.arrays.items()}
    return Change(step, holds, arrays, levels, {key: cut for each in changes for key, cut in each.decided.items()})


def _added(plan: AllocationPlan, asked: Mapping[Place, EditRequest]) -> float:
    """Return how many units edits of an item add: those that make room come before those that need it."""
    return sum(request.quantity - plan.quantity_at(place) for place, request in asked.items())


def edit_key(edit: AllocationEdit) -> tuple[int, int]:
    """Return cell and position of the ship date."""
    return edit.cell, edit.date_position


def _refuse_two(other: EditRequest | None, request: EditRequest) -> None:
    if other is not None and (other.quantity, other.lock) != (request.quantity, request.lock):
        msg = f"the same cell is asked for twice, as {other.quantity:,} and {request.quantity:,}."
        raise RefusedError(msg)


def _of_item(edits: ItemEdits, refused: list[Reject]) -> Change:
    """Check the edits of one item; append what is refused."""
    plan, item, asked = edits.plan, edits.item, edits.asked
    before, after = plan.outcome_of(item), edits.trial.arrays
    first, step = plan.cells_of(item).start, []
    for place, request in asked.items():
        if problem := edits.physical_problem(place):
            refused.append(_reject(plan, place, request, problem, edits.nearest(place)))
            continue
        at = place.date, place.cell - first
        problem = edits.commercial_problem(place)
        excused = request.force and request.reason.strip()
        if problem and not excused and request.quantity != before.quantity[at]:
            text = f"{problem} A forced edit needs a reason." if request.force else problem
            refused.append(replace(_reject(plan, place, request, text, edits.nearest(place)), forcible=True))
            continue
        keys, date = plan.key_of(place.cell), plan.ship_dates[place.date]
        units = int(request.quantity), float(before.quantity[at]), float(after.suggested[at])
        flags, about = (request.lock, bool(problem)), (request.reason, request.who, request.when)
        step.append(AllocationEdit(place.cell, place.date, *keys, date, *units, *flags, *about))
    return Change(tuple(step), {item: edits.trial.holds}, {item: after}, edits.levels_after(), edits.trial.decided)


def _reject(plan: AllocationPlan, place: Place, request: EditRequest, problem: str, nearest: tuple[int, ...]) -> Reject:
    item, _, location = plan.key_of(place.cell)
    return Reject(item, location, str(plan.ship_dates[place.date]), request.quantity, problem, nearest)
