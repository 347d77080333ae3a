"""Places of an allocation: which cell and ship date the words of a request mean, or why there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from moselle_nb.exceptions import MoselleError, UnknownNameError
from moselle_nb.plans.days import as_day
from moselle_nb.plans.row_names import code_of

if TYPE_CHECKING:
    from moselle_nb.plans.allocating.plan import AllocationPlan
    from moselle_nb.plans.edit_requests import EditRequest

__all__ = ["Place", "RefusedError", "cell_of", "place_of", "ship_date_of"]


class Place(NamedTuple):
    """A cell on a ship date, by positions: of the item, the cell and the date."""

    item: int
    cell: int
    date: int


class RefusedError(MoselleError):
    """Why one edit is refused by a physical rule."""


def place_of(plan: AllocationPlan, request: EditRequest) -> Place:
    """Find the place of a request.

    Raises
    ------
    RefusedError
        Saying why there is none, or why nothing can be placed there.
    """
    try:
        cell = cell_of(plan, request.item, request.location, request.source)
        date = ship_date_of(plan, request.date)
    except MoselleError as error:
        raise RefusedError(_sentence(error)) from None
    except ValueError as error:
        msg = f"{error}."
        raise RefusedError(msg) from None
    row = plan.inputs.routes.row[cell]
    if plan.inputs.blocked[row] and request.quantity:
        msg = "the item is blocked: nothing of it is moved."
        raise RefusedError(msg)
    return Place(int(plan.inputs.item[row]), cell, date)


def _sentence(error: MoselleError) -> str:
    text = str(error)
    return text if text.endswith((".", "?)")) else f"{text}."


def cell_of(plan: AllocationPlan, item: object, location: object, source: object = None) -> int:
    """Return the cell of an item at a location; with several sources that serve it, of one of them.

    Raises
    ------
    UnknownNameError
        With near names, or saying that there is no such cell.
    RefusedError
        When several sources serve the location and none is named.
    """
    inputs = plan.inputs
    where = plan.cells_of(code_of("item", item, inputs.items))
    place = code_of("location", location, inputs.locations)
    cells = where.start + np.flatnonzero(inputs.location[inputs.routes.row[where]] == place)
    if source is not None:
        of = inputs.pools.source[inputs.routes.pool[cells]]
        cells = cells[of == code_of("location", source, inputs.locations)]
    if len(cells) == 1:
        return int(cells[0])
    if len(cells):
        names = " and ".join(plan.key_of(int(cell))[1] for cell in cells)
        msg = f"{names} serve {location}: say which of them is meant by source."
        raise RefusedError(msg)
    kind, key = "cell of this plan", f"({item}, {location}{'' if source is None else f', from {source}'})"
    raise UnknownNameError(kind, key)


def ship_date_of(plan: AllocationPlan, date: Any) -> int:
    """Return the position of a ship date.

    Raises
    ------
    ValueError
        When it is no day.
    RefusedError
        When nothing leaves on it; the text names the nearest ship dates.
    """
    day, dates = as_day(date), plan.ship_dates
    at = int(np.searchsorted(dates, day))
    if at < len(dates) and dates[at] == day:
        return at
    closest = [str(dates[place]) for place in (at - 1, at) if 0 <= place < len(dates)]
    msg = f"{day} is not a ship date of this plan; the nearest are {' and '.join(closest)}."
    raise RefusedError(msg)
