"""Edits: order lines that a planner fixed, each recorded with who, when and why."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.exceptions import EditError, MoselleError, Reject
from moselle_nb.plans.days import as_day

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from moselle_nb.engines.netting import Sizing
    from moselle_nb.plans.document import ReplenishmentPlan
    from moselle_nb.plans.edit_requests import EditRequest

__all__ = ["EDIT_COLUMNS", "Edit", "accepted_near", "checked_edits"]

EDIT_COLUMNS = (
    "item",
    "location",
    "date",
    "quantity",
    "previous",
    "suggested",
    "forced",
    "reason",
    "who",
    "when",
)


@dataclass(frozen=True)
class Edit:
    """An accepted edit of one order line.

    Parameters
    ----------
    row, order
        Row of the plan and position of the order date in its calendar.
    item, location, date
        The keys they stand for.
    quantity
        Units, whole.
    previous, suggested
        What the line held before, and what the rules suggest, in units.
    forced
        Whether it breaks a commercial rule.
    reason, who, when
        As given by the caller.
    """

    row: int
    order: int
    item: str
    location: str
    date: np.datetime64
    quantity: int
    previous: float
    suggested: float
    forced: bool
    reason: str
    who: str
    when: str


def checked_edits(
    plan: ReplenishmentPlan, requests: Sequence[EditRequest], rejects: Sequence[Reject] = ()
) -> list[Edit]:
    """Check edits against the plan as it would be with all of them; refuse all when one is refused.

    Physical rules (a whole number >= 0, an order date of the row) always refuse. Commercial rules (MOQ, order multiple,
    maximum order, maximum stock) refuse with the nearest accepted quantities unless the edit is forced with a reason.

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
    placed: dict[tuple[int, int], EditRequest] = {}
    for request in requests:
        try:
            line = _place(plan, request)
            _refuse_two(placed.get(line), request)
        except _RefusedError as why:
            keys = (str(request.item), str(request.location), str(request.date))
            refused.append(Reject(*keys, request.quantity, str(why)))
            continue
        placed[line] = request
    edits: list[Edit] = []
    steps = plan.trace(sorted({row for row, _ in placed}), {line: float(r.quantity) for line, r in placed.items()})
    for (row, order), request in placed.items():
        step = steps[row][order]
        problem, nearest = _commercial_problem(float(request.quantity), step, plan.order_rules(row, order))
        if problem and not (request.force and request.reason.strip()):
            why_not = f"{problem} A forced edit needs a reason." if request.force else problem
            date = str(plan.order_dates(row)[order])
            refused.append(Reject(*plan.key_of(row), date, request.quantity, why_not, nearest, forcible=True))
            continue
        suggested = float(step.quantity[0])
        edits.append(_edit(plan, row, order, request, suggested, forced=bool(problem)))
    if refused:
        raise EditError(refused)
    return edits


def _refuse_two(other: EditRequest | None, request: EditRequest) -> None:
    if other is not None and other.quantity != request.quantity:
        msg = f"the same order line is asked for twice, as {other.quantity:,} and {request.quantity:,}."
        raise _RefusedError(msg)


def _edit(
    plan: ReplenishmentPlan, row: int, order: int, request: EditRequest, suggested: float, *, forced: bool
) -> Edit:
    date, previous = plan.order_dates(row)[order], plan.quantity_of(row, order)
    about = (request.reason, request.who, request.when)
    return Edit(row, order, *plan.key_of(row), date, int(request.quantity), previous, suggested, forced, *about)


class _RefusedError(MoselleError):
    """Why one edit is refused by a physical rule."""


def _place(plan: ReplenishmentPlan, request: EditRequest) -> tuple[int, int]:
    """Find the order line of an edit, or say why there is none."""
    try:
        row = plan.row_of(request.item, request.location)
    except MoselleError as error:
        raise _RefusedError(str(error)) from None
    dates = plan.order_dates(row)
    if not len(dates):
        msg = f"nothing can be ordered for this row: {plan.why_no_orders(row)}."
        raise _RefusedError(msg)
    try:
        date = as_day(request.date)
    except ValueError as error:
        msg = f"{error}."
        raise _RefusedError(msg) from None
    order = int(np.searchsorted(dates, date))
    if order < len(dates) and dates[order] == date:
        return row, order
    near = [str(dates[place]) for place in (order - 1, order) if 0 <= place < len(dates)]
    msg = f"{date} is not an order date of this row; the nearest are {' and '.join(near)}."
    raise _RefusedError(msg)


def _commercial_problem(quantity: float, step: Sizing, rules: Mapping[str, float]) -> tuple[str, tuple[int, ...]]:
    """Name the commercial rules that a quantity breaks, and the nearest quantities that break none."""
    if quantity == 0:
        return "", ()
    suggested = float(step.quantity[0])
    room = max(float(step.room[0]), suggested)
    moq, multiple, largest = rules["moq"], rules["order_multiple"], rules["max_order"]
    problems = []
    if quantity < moq:
        problems.append(f"below the MOQ of {moq:,.0f}")
    if quantity % multiple:
        problems.append(f"not a multiple of {multiple:,.0f}")
    if quantity > largest:
        problems.append(f"above the maximum order of {largest:,.0f}")
    if quantity > room:
        problems.append(
            f"above the {max(room, 0):,.0f} that fit under the maximum stock of {rules['max_stock']:,.0f} at arrival"
        )
    if not problems:
        return "", ()
    text = f"{quantity:,.0f} is {'; '.join(problems)}."
    return text, accepted_near(quantity, moq, multiple, min(largest, room))


def accepted_near(quantity: float, moq: float, multiple: float, largest: float) -> tuple[int, ...]:
    """Return the accepted quantities next below and next above a quantity.

    Parameters
    ----------
    quantity
        What was asked for, in units.
    moq, multiple
        Smallest order above 0, and what orders are whole multiples of.
    largest
        Largest order; infinity where there is none.
    """
    smallest = math.ceil(max(moq, 1.0) / multiple) * multiple
    top = math.inf if math.isinf(largest) else math.floor(largest / multiple) * multiple
    below = min(math.floor(quantity / multiple) * multiple, top)
    above = max(math.ceil(quantity / multiple) * multiple, smallest)
    found = {int(below) if below >= smallest else 0}
    if above <= top:
        found.add(int(above))
    return tuple(sorted(found - {quantity}))
