"""The grid of an allocation: what each item has, and who gets it, to read, search, edit and lock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import traitlets as t

from moselle_nb.exceptions import UnknownNameError
from moselle_nb.plans.row_names import code_of
from moselle_nb.widgets.allocation_edit import apply_allocation_edit
from moselle_nb.widgets.allocation_grid_html import allocation_grid_html
from moselle_nb.widgets.allocation_rows import AT, EDITED, FILTERS, MEASURES, STATUSES, AllocationRows
from moselle_nb.widgets.allocation_source import REASON_WORDS, AllocationSource
from moselle_nb.widgets.base import an_allocation, front_end
from moselle_nb.widgets.grid_requests import parse_cell
from moselle_nb.widgets.row_grid import RowGrid, now

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    from moselle_nb.plans.allocating.plan import AllocationPlan
    from moselle_nb.widgets.grid_edits import Outcome
    from moselle_nb.widgets.grid_requests import Edit
    from moselle_nb.widgets.grid_source import Floats
    from moselle_nb.widgets.messages import Fields

__all__ = ["AllocationGrid"]


class AllocationGrid(RowGrid):
    """Show an allocation, a row per item and a column per location, with its cells open to edits and locks.

    With several sources a row is what one of them has of an item. The grid shows one ship date at a time. Every
    accepted edit makes a new plan: follow it with ``grid.observe(handler, "plan")``. `selection` is the item and the
    source of the selected row.

    Parameters
    ----------
    plan
        The plan to show.
    who
        Who edits; recorded with each edit.
    clock
        Tells when; recorded with each edit.

    Examples
    --------
    >>> grid = AllocationGrid(plan, who="mb")  # doctest: +SKIP
    >>> grid.observe(lambda change: print(change.new.edits), "plan")  # doctest: +SKIP
    """

    _esm: ClassVar[object] = front_end("allocation_grid.js")
    _css: ClassVar[object] = front_end("allocation_grid.css")

    shows: ClassVar[tuple[str, ...]] = ("units", "value", "cover")
    filtered: ClassVar[tuple[str, ...]] = FILTERS
    looks: ClassVar[tuple[str, ...]] = ("date",)
    has_source: ClassVar[bool] = True

    _source: AllocationSource
    _rows: AllocationRows

    def __init__(
        self,
        plan: AllocationPlan,
        *,
        who: str = "",
        clock: Callable[[], dt.datetime] = now,
        **traits: object,
    ) -> None:
        super().__init__(an_allocation(plan, self), who=who, clock=clock, **traits)

    @property
    def ship_date(self) -> dt.date:
        """The ship date that is shown."""
        day: dt.date = self.plan.ship_dates[self._source.date].astype(object)
        return day

    def reveal(self, item: str, location: str = "", day: dt.date | None = None) -> None:
        """Select an item and bring it into view, with search and filters taken back where they hide it.

        Parameters
        ----------
        item
            Key of the item.
        location
            One that gives it or gets it; without one the item's first row.
        day
            The last ship date up to this day is shown; the one that is shown without one.
        """
        pool, slot = self._place(item, location)
        if day is not None:
            found = int(np.searchsorted(self.plan.ship_dates, np.datetime64(day, "D"), side="right")) - 1
            self._source.date = max(0, found)
            self._refill()
            self._rows.show(self._view)
        self._bring(pool, slot)
        self.selection = self._keys_of(pool)
        self._tell()

    def static_html(self) -> str:
        """Return the first rows as a table."""
        return allocation_grid_html(self._source, self._rows)

    def __repr__(self) -> str:
        """Return kind, rows and columns; no ids."""
        return f"AllocationGrid({self._rows.n_all:,} rows × {len(self._source.slots)} locations)"

    # What the grid asks for

    def _read(self, plan: AllocationPlan) -> tuple[AllocationSource, AllocationRows]:
        self._source, self._rows = AllocationSource(plan), AllocationRows(plan.inputs)
        self._refill()
        return self._source, self._rows

    def _reread(self, old: AllocationPlan) -> None:
        del old
        self._source = self._source.after(self.plan)
        self._refill()

    def _refill(self) -> None:
        self._rows.take(self._source.figures, self._source.date, self._source.edited_pools)
        self._rows.at = self._allocated_at

    def _allocated_at(self, location: str) -> Floats:
        return self._source.allocated_at(
            self._source.slot_of(code_of("location", location, self.plan.inputs.locations))
        )

    def _sorted_slots(self) -> tuple[str, ...]:
        return tuple(f"{AT}{slot['key']}" for slot in self.columns["slots"])

    def _look(self, body: Fields) -> None:
        if "date" in body:
            self._source.date = body.whole("date", 0, self._source.n_buckets - 1)
            self._refill()

    def _row_of(self, keys: tuple[str, ...]) -> int:
        inputs = self.plan.inputs
        item, source = code_of("item", keys[0], inputs.items), code_of("location", keys[1], inputs.locations)
        low, high = np.searchsorted(inputs.pools.item, [item, item + 1])
        found = low + np.flatnonzero(inputs.pools.source[low:high] == source)
        if not len(found):
            kind = "row of this plan"
            raise UnknownNameError(kind, f"({keys[0]}, from {keys[1]})")
        return int(found[0])

    def _place(self, item: str, location: str) -> tuple[int, int]:
        """Return the pool and the slot that item and location mean, whether it gives or gets."""
        inputs = self.plan.inputs
        code = code_of("item", item, inputs.items)
        low, high = (int(each) for each in np.searchsorted(inputs.pools.item, [code, code + 1]))
        if low == high:
            kind = "item of this plan"
            raise UnknownNameError(kind, item)
        if not location:
            return low, -1
        where = code_of("location", location, inputs.locations)
        cells = self.plan.cells_of(code)
        serving = cells.start + np.flatnonzero(inputs.location[inputs.routes.row[cells]] == where)
        giving = low + np.flatnonzero(inputs.pools.source[low:high] == where)
        pool = giving[0] if len(giving) else inputs.routes.pool[serving[0]] if len(serving) else low
        return int(pool), self._source.slot_of(where)

    def _keys_of(self, pool: int) -> tuple[str, str]:
        return self._rows.text("item", pool), self._rows.text("source", pool)

    def _apply(self, edit: Edit, stamp: Mapping[str, str]) -> Outcome:
        return apply_allocation_edit(self._source, edit, stamp)

    def _explanation(self, body: Fields) -> Any:
        body.only("item", "source", "location", "bucket", "windows")
        cell = parse_cell(body, self._source.n_buckets, has_source=True)
        day = self.plan.ship_dates[cell.bucket].astype(object)
        return self.plan.explain(cell.item, cell.location, day, source=cell.source)

    # What is shown

    def _slots(self) -> Mapping[str, object]:
        inputs, source = self.plan.inputs, self._source
        places = inputs.locations.iloc[source.slots]
        own = np.arange(len(source.slots)) < source.layout.n_own
        named = (places[name].astype(object).where(places[name].notna(), "") for name in ("location", "name", "kind"))
        return {
            "slots": [
                {"key": key, "name": name, "kind": kind, "own": mark}
                for key, name, kind, mark in zip(*named, own.tolist(), strict=True)
            ],
            "measures": list(MEASURES),
            "reasons": list(REASON_WORDS),
            "sources": len(np.unique(inputs.pools.source)),
            "ship_dates": self.plan.ship_dates.astype(str).tolist(),
            "arrivals": source.arrivals(),
        }

    def _choices_of(self, name: str, values: tuple[str, ...]) -> tuple[str, ...]:
        return (*STATUSES, EDITED) if name == "status" else values

    def _more_state(self) -> Mapping[str, object]:
        shown = self._rows.first(self._rows.n_matching)
        unit = self._source.cost(shown) if self._show == "value" else np.ones(len(shown))
        names = ("available", "allocated", "left", "short")
        totals = {name: float(np.nansum(self._rows.values(name, shown) * unit)) for name in names}
        return {"date": self._source.date, "totals": totals}

    @t.validate("plan")
    def _an_allocation(self, proposal: Mapping[str, Any]) -> AllocationPlan:
        return an_allocation(proposal["value"], self)
