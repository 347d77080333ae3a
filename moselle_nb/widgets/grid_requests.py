"""The requests of a grid, typed; whatever the browser sends is checked here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from moselle_nb.widgets.messages import Fields, RequestError

if TYPE_CHECKING:
    from moselle_nb.widgets.grid_rows import RowView

__all__ = [
    "Cell",
    "CellEdit",
    "Edit",
    "Expand",
    "parse_cell",
    "parse_edit",
    "parse_expand",
    "parse_row",
    "parse_view",
    "parse_windows",
]

MOST_CELLS = 20_000
"""Cells in one edit: a paste larger than this is no work by hand."""

MOST_WINDOWS = 8
MOST_LINES = 2**31
LONGEST_KEY = 500
LONGEST_TEXT = 1_000
MOST_VALUES = 10_000
LARGEST_QUANTITY = 2.0**53


@dataclass(frozen=True)
class Cell:
    """One cell of the grid, by the keys of its row.

    Parameters
    ----------
    item, location
        Keys of the cell.
    bucket
        Position of the period among the plan's, or of the ship date.
    source
        Which location gives, in an allocation.
    """

    item: str
    location: str
    bucket: int
    source: str = ""

    @property
    def fields(self) -> dict[str, object]:
        """The keys as the browser knows them."""
        named = {"item": self.item, "source": self.source, "location": self.location, "bucket": self.bucket}
        return {name: value for name, value in named.items() if value != ""}


@dataclass(frozen=True)
class CellEdit:
    """A quantity for one cell.

    Parameters
    ----------
    cell
        Which one.
    quantity
        Units; text where the planner typed or pasted something that is no number.
    """

    cell: Cell
    quantity: float | str


@dataclass(frozen=True)
class Edit:
    """Quantities for cells, applied together or not at all.

    Parameters
    ----------
    cells
        At least one; no cell twice.
    force
        Whether commercial rules give way.
    reason
        Why, in the planner's words.
    lock
        Whether the rest is shared again around them.
    """

    cells: tuple[CellEdit, ...]
    force: bool
    reason: str
    lock: bool = False


@dataclass(frozen=True)
class Expand:
    """Open or close a row.

    Parameters
    ----------
    row
        Keys of the row.
    expanded
        Whether its measures are to be shown.
    """

    row: tuple[str, ...]
    expanded: bool


def parse_windows(body: Fields) -> tuple[int, ...]:
    """Return the windows that the reply is to carry; none where the request names none."""
    if "windows" not in body:
        return ()
    values = body.values["windows"]
    if not isinstance(values, list) or len(values) > MOST_WINDOWS:
        msg = f"field 'windows' must be a list of at most {MOST_WINDOWS} windows"
        raise RequestError(msg)
    return tuple(dict.fromkeys(Fields({"windows": value}).whole("windows", 0, MOST_LINES) for value in values))


def parse_row(body: Fields, keys: tuple[str, ...]) -> tuple[str, ...]:
    """Return the keys of a row; whether the plan has it is for the plan to say."""
    return tuple(body.text(name, LONGEST_KEY) for name in keys)


def parse_cell(body: Fields, n_buckets: int, *, has_source: bool = False) -> Cell:
    """Return a cell; whether the plan has it is for the plan to say."""
    item, location = body.text("item", LONGEST_KEY), body.text("location", LONGEST_KEY)
    source = body.text("source", LONGEST_KEY) if has_source else ""
    return Cell(item, location, body.whole("bucket", 0, n_buckets - 1), source)


def parse_edit(body: Fields, n_buckets: int, *, has_source: bool = False) -> Edit:
    """Return an edit of cells; where cells have a source, they can be locked."""
    extra = ("lock",) if has_source else ()
    body.only("cells", "force", "reason", "windows", *extra)
    keys = ("item", "source", "location") if has_source else ("item", "location")
    cells: dict[Cell, CellEdit] = {}
    for record in body.records("cells", MOST_CELLS):
        record.only(*keys, "bucket", "quantity")
        cell = parse_cell(record, n_buckets, has_source=has_source)
        if cell in cells:
            msg = f"cell {cell.item}, {cell.location}, {cell.bucket} is there twice"
            raise RequestError(msg)
        cells[cell] = CellEdit(cell, _quantity(record))
    if not cells:
        msg = "an edit needs at least one cell"
        raise RequestError(msg)
    reason = body.text("reason", LONGEST_TEXT) if "reason" in body else ""
    force, lock = (body.flag(name) if name in body else False for name in ("force", "lock"))
    return Edit(tuple(cells.values()), force=force, reason=reason, lock=lock)


def parse_expand(body: Fields, keys: tuple[str, ...]) -> Expand:
    """Return which row to open or close."""
    body.only(*keys, "expanded", "windows")
    return Expand(parse_row(body, keys), expanded=body.flag("expanded"))


def parse_view(body: Fields, now: RowView, sortable: tuple[str, ...], filtered: tuple[str, ...]) -> RowView:
    """Return the view asked for: what the request names, and the rest as it is now."""
    view = now
    if "search" in body:
        view = replace(view, search=body.text("search", LONGEST_TEXT))
    if "filters" in body:
        filters = body.fields("filters")
        filters.only(*filtered)
        accepted = {name: filters.texts(name, MOST_VALUES, LONGEST_KEY) for name in filters.values}
        view = replace(view, filters={name: values for name, values in accepted.items() if values})
    if "sort" in body:
        view = replace(view, sort=body.choice("sort", ("", *sortable)))
    if "descending" in body:
        view = replace(view, descending=body.flag("descending"))
    return view


def _quantity(record: Fields) -> float | str:
    if isinstance(record.values.get("quantity"), str):
        return record.text("quantity", LONGEST_TEXT)
    return record.number("quantity", -LARGEST_QUANTITY, LARGEST_QUANTITY)
