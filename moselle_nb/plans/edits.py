"""Edits: order lines that a planner fixed, each recorded with who, when and why."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from moselle_nb.exceptions import EditError, MoselleError, Reject

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from moselle_nb.engines.netting import Sizing
    from moselle_nb.plans.document import ReplenishmentPlan

__all__ = ["EDIT_COLUMNS", "Edit", "accepted_near", "as_requests", "checked_edits"]

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

MAX_QUANTITY = 10**9
"""Largest quantity of one order line, in units: above it sums could lose exactness."""


@dataclass(frozen=True)
class Request:
    """What somebody asked for, not yet checked."""

    item: str
    location: str
    date: Any
    quantity: Any
    reason: str = ""
    force: bool = False
    who: str = ""
    when: str = ""


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


def as_requests(edits: pd.DataFrame | Iterable[Mapping[str, Any] | Sequence[Any]]) -> list[Request]:
    """Take edits as a frame, mappings or sequences (item, location, date, quantity, reason, force, who, when).

    Raises
    ------
    EditError
        When something is not an edit; the text says what is missing.
    """
    records: Iterable[Any] = edits.to_dict("records") if isinstance(edits, pd.DataFrame) else edits
    names = tuple(Request.__dataclass_fields__)
    found = []
    for number, record in enumerate(records):
        given = dict(record) if hasattr(record, "keys") else dict(zip(names, record, strict=False))
        known = {name: value for name, value in given.items() if name in names and not _is_missing(name, value)}
        missing = [name for name in names[:4] if name not in known]
        if missing:
            text = f"edit {number + 1} has no {', '.join(missing)}; an edit is item, location, date, quantity"
            raise EditError(
                [
                    Reject(
                        str(given.get("item")),
                        str(given.get("location")),
                        str(given.get("date")),
                        given.get("quantity"),
                        text,
                    )
                ]
            )
        found.append(Request(**known))
    return found


def _is_missing(name: str, value: Any) -> bool:
    return name != "quantity" and value is None


def checked_edits(plan: ReplenishmentPlan, requests: Sequence[Request]) -> list[Edit]:
    """Check edits against the plan as it would be with all of them; refuse all when one is refused.

    Physical rules (a whole number >= 0, an order date of the row) always refuse. Commercial rules (MOQ, order multiple,
    maximum order, maximum stock) refuse with the nearest accepted quantities unless the edit is forced with a reason.

    Raises
    ------
    EditError
        Listing every refused edit.
    """
    rejects: list[Reject] = []
    placed: dict[tuple[int, int], Request] = {}
    for request in requests:
        try:
            row, order = _place(plan, request)
        except _RefusedError as refused:
            rejects.append(Reject(request.item, request.location, str(request.date), request.quantity, str(refused)))
            continue
        placed[row, order] = request
    edits: list[Edit] = []
    rows = sorted({row for row, _ in placed})
    steps = plan.trace(rows, {key: float(request.quantity) for key, request in placed.items()})
    for (row, order), request in placed.items():
        step = steps[row][order]
        problem, nearest = _commercial_problem(float(request.quantity), step, plan.order_rules(row, order))
        if problem and not (request.force and request.reason.strip()):
            if request.force:
                problem += " A forced edit needs a reason."
            date = pd.Timestamp(plan.order_dates(row)[order]).date()
            rejects.append(
                Reject(request.item, request.location, date, request.quantity, problem, nearest, forcible=True)
            )
            continue
        suggested = 0.0 if step is None else float(step.quantity[0])
        edits.append(_edit(plan, row, order, request, suggested, forced=bool(problem)))
    if rejects:
        raise EditError(rejects)
    return edits


def _edit(plan: ReplenishmentPlan, row: int, order: int, request: Request, suggested: float, *, forced: bool) -> Edit:
    date, previous = plan.order_dates(row)[order], plan.quantity_of(row, order)
    about = (request.reason, request.who, request.when)
    return Edit(row, order, *plan.key_of(row), date, int(request.quantity), previous, suggested, forced, *about)


class _RefusedError(MoselleError):
    """Why one edit is refused by a physical rule."""


def _place(plan: ReplenishmentPlan, request: Request) -> tuple[int, int]:
    """Find the order line of an edit, or say why there is none."""
    quantity = request.quantity
    if (
        isinstance(quantity, (bool, np.bool_))
        or not isinstance(quantity, (int, float, np.number))
        or not math.isfinite(quantity)
    ):
        msg = f"the quantity is a whole number >= 0, received {quantity!r}."
        raise _RefusedError(msg)
    if quantity < 0 or quantity != int(quantity) or quantity > MAX_QUANTITY:
        msg = f"the quantity is a whole number from 0 to {MAX_QUANTITY:,}, received {quantity!r}."
        raise _RefusedError(msg)
    try:
        row = plan.row_of(request.item, request.location)
    except MoselleError as error:
        raise _RefusedError(str(error)) from None
    dates = plan.order_dates(row)
    if not len(dates):
        msg = f"nothing can be ordered for this row: {plan.why_no_orders(row)}."
        raise _RefusedError(msg)
    try:
        date = np.datetime64(pd.Timestamp(request.date), "D")
    except (ValueError, TypeError):
        msg = f"the order date is a day, received {request.date!r}."
        raise _RefusedError(msg) from None
    order = int(np.searchsorted(dates, date))
    if order < len(dates) and dates[order] == date:
        return row, order
    near = [str(dates[place]) for place in (order - 1, order) if 0 <= place < len(dates)]
    msg = f"{date} is not an order date of this row; the nearest are {' and '.join(near)}."
    raise _RefusedError(msg)


def _commercial_problem(
    quantity: float, step: Sizing | None, rules: Mapping[str, float]
) -> tuple[str, tuple[int, ...]]:
    """Name the commercial rules that a quantity breaks, and the nearest quantities that break none."""
    if quantity == 0:
        return "", ()
    suggested = 0.0 if step is None else float(step.quantity[0])
    room = math.inf if step is None else max(float(step.room[0]), suggested)
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
