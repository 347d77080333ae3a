"""The allocation plan: an immutable document of how stock is divided among locations."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from moselle_nb.plans.allocating import frames
from moselle_nb.plans.allocating.edits import ALLOCATION_EDIT_COLUMNS, checked_change
from moselle_nb.plans.allocating.fingerprint import allocation_sections
from moselle_nb.plans.allocating.places import Place, RefusedError, place_of
from moselle_nb.plans.allocating.reports import AllocationReports
from moselle_nb.plans.allocation import AllocationArrays
from moselle_nb.plans.edit_requests import ALLOCATION_PARTS, as_requests
from moselle_nb.plans.history import History, handed_out
from moselle_nb.plans.row_names import code_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from moselle_nb.plans.allocating.clock import Decided
    from moselle_nb.plans.allocating.config import AllocationConfig
    from moselle_nb.plans.allocating.edits import AllocationEdit
    from moselle_nb.plans.allocating.inputs import AllocationInputs
    from moselle_nb.plans.allocating.trial import Holds
    from moselle_nb.plans.explain import Explanation

__all__ = ["AllocationPlan"]


@dataclass(frozen=True, eq=False)
class AllocationPlan(AllocationReports, History["AllocationEdit"]):
    """How to divide what there is: warehouse → locations.

    Made by `allocate`. Every change returns a new plan and leaves this one as it is; an edit computes its item again
    and shares everything else.

    Parameters
    ----------
    inputs
        The resolved inputs that the arithmetic used.
    config
        The configuration.
    arrays
        The outcome without edits.
    """

    edit_columns: ClassVar[tuple[str, ...]] = ALLOCATION_EDIT_COLUMNS

    inputs: AllocationInputs
    config: AllocationConfig
    arrays: AllocationArrays
    steps: tuple[tuple[AllocationEdit, ...], ...] = ()
    """Edits in force, one tuple per undo step."""
    changed: Mapping[int, AllocationArrays] = field(default_factory=dict)
    """Outcomes of the items that edits touch, by position of the item."""
    holds: Mapping[int, Holds] = field(default_factory=dict)
    """What is fixed in them."""
    volume: NDArray[np.float64] | None = None
    """Volume at each location with a capacity, by ship date; None where none has one."""
    decided: Decided = field(default_factory=dict)
    """What the time for solvers cut off."""
    previous: AllocationPlan | None = None
    undone: tuple[AllocationPlan, ...] = ()

    # Cells

    @property
    def n_items(self) -> int:
        """How many items the plan divides."""
        return len(np.unique(self.inputs.pools.item))

    @property
    def n_cells(self) -> int:
        """How many cells (item, source and location) the plan has."""
        return self.inputs.routes.cells

    @property
    def ship_dates(self) -> NDArray[np.datetime64]:
        """The days on which goods leave."""
        return self.inputs.as_of + self.inputs.ship_days.astype("timedelta64[D]")

    def pools_of(self, item: int) -> slice:
        """Return the pools of an item, by its position in the items."""
        first, stop = np.searchsorted(self.inputs.pools.item, [item, item + 1])
        return slice(int(first), int(stop))

    def cells_of(self, item: int) -> slice:
        """Return the cells of an item, by its position in the items."""
        pools = self.pools_of(item)
        low, high = np.searchsorted(self.inputs.routes.pool, [pools.start, pools.stop])
        return slice(int(low), int(high))

    def key_of(self, cell: int) -> tuple[str, str, str]:
        """Return item, source and location of a cell."""
        inputs, row, pool = self.inputs, self.inputs.routes.row[cell], self.inputs.routes.pool[cell]
        places = inputs.locations["location"]
        source, location = (str(places.iat[code]) for code in (inputs.pools.source[pool], inputs.location[row]))
        return str(inputs.items["item"].iat[inputs.item[row]]), source, location

    def outcome_of(self, item: int) -> AllocationArrays:
        """Return the outcome of one item, by its position in the items."""
        return self.changed[item] if item in self.changed else self.arrays.cells(self.cells_of(item))

    @cached_property
    def merged(self) -> AllocationArrays:
        """The outcome with the edited items in place."""
        if not self.changed:
            return self.arrays
        copies = AllocationArrays(**{name: values.copy() for name, values in self.arrays.parts})
        for item, part in self.changed.items():
            for name, values in part.parts:
                getattr(copies, name)[:, self.cells_of(item)] = values
        return copies

    @cached_property
    def edited(self) -> NDArray[np.bool_]:
        """Which cells an edit fixes, shape (ship dates, cells)."""
        found = np.zeros(self.arrays.quantity.shape, dtype=bool)
        for step in self.steps:
            for edit in step:
                found[edit.date_position, edit.cell] = True
        return found

    # Frames

    @property
    def lines(self) -> pd.DataFrame:
        """One row per item, source, location and ship date; see `lines_for` for a part of it.

        `on_hand` is the stock at the opening of the arrival day, `in_transit` what is received inside the window;
        covers are in days from the arrival.
        """
        return handed_out(self._lines)

    @cached_property
    def _lines(self) -> pd.DataFrame:
        return frames.lines(self)

    def lines_for(self, items: Iterable[str] | None = None) -> pd.DataFrame:
        """Return `lines` of some items only, at the cost of those items.

        Parameters
        ----------
        items
            Keys; all of them when left out.
        """
        if items is None:
            return self.lines
        wanted = [items] if isinstance(items, str) else list(items)
        place = np.array([code_of("item", item, self.inputs.items) for item in wanted], dtype=np.int64)
        return frames.lines(self, place)

    @property
    def summary(self) -> pd.DataFrame:
        """One row per item: what there is, what is held back, allocated and left, and who is short."""
        return handed_out(self._summary)

    @cached_property
    def _summary(self) -> pd.DataFrame:
        return frames.summary(self)

    @property
    def by_location(self) -> pd.DataFrame:
        """One row per location: what it needs, gets and still lacks, over all items."""
        return handed_out(frames.by_location(self))

    @property
    def messages(self) -> pd.DataFrame:
        """What a planner must know beyond the numbers: item, location, date, kind, quantity, text."""
        return handed_out(self._messages)

    @cached_property
    def _messages(self) -> pd.DataFrame:
        from moselle_nb.plans.allocating.messages import allocation_messages

        return allocation_messages(self)

    @cached_property
    def figures(self) -> pd.DataFrame:
        """One row per item and location, by position: need, received, short over all ship dates; cover at the end."""
        return frames.figures(self)

    def explain(self, item: str, location: str, date: dt.date | str, source: str | None = None) -> Explanation:
        """Explain step by step what a location gets on a ship date: what there is, what is needed, what the rule gave.

        Parameters
        ----------
        item, location, date
            The cell and the ship date.
        source
            Which source is meant, where several serve the location.
        """
        from moselle_nb.plans.allocating.explain import explain_allocation

        return explain_allocation(self, item, location, date, source)

    # Edits

    def edit(  # noqa: PLR0913 (what an edit can say)
        self,
        item: str,
        location: str,
        date: dt.date | str,
        quantity: int,
        *,
        source: str | None = None,
        reason: str = "",
        force: bool = False,
        lock: bool = False,
        who: str = "",
        when: str = "",
    ) -> AllocationPlan:
        """Fix what a location gets on one ship date; its other cells stay, later ship dates react by the rule.

        Parameters
        ----------
        item, location, date
            The cell and the ship date.
        quantity
            Units, whole, >= 0, no more than the source has left.
        source
            Which source is meant, where several serve the location.
        reason
            Why; required with `force`.
        force
            Ship it although it breaks a pack or the transfer minimum.
        lock
            Share the rest of the item's ship date again, as `lock` does.
        who, when
            Recorded with the edit.

        Returns
        -------
        AllocationPlan
            The plan with the edit.

        Raises
        ------
        EditError
            Saying why, and the nearest quantities that would be accepted.
        """
        return self.edit_many([{"item": item, "location": location, "date": date, "quantity": quantity,
                                "source": source, "reason": reason, "force": force, "lock": lock, "who": who,
                                "when": when}])  # fmt: skip

    def edit_many(self, edits: pd.DataFrame | Iterable[Mapping[str, Any] | Sequence[Any]]) -> AllocationPlan:
        """Fix several cells as one step of undo: all of them, or none.

        Parameters
        ----------
        edits
            Frame, mappings or sequences with item, location, date, quantity and, optional, reason, force, who, when,
            source, lock.

        Raises
        ------
        EditError
            Listing every refused edit; none was applied.
        """
        requests, rejects = as_requests(edits, ALLOCATION_PARTS)
        if not requests and not rejects:
            return self
        change = checked_change(self, requests, rejects)
        return replace(
            self, steps=(*self.steps, change.step), changed={**self.changed, **change.arrays},
            holds={**self.holds, **change.holds}, volume=change.volume,
            decided={**self.decided, **change.decided}, previous=self, undone=(),
        )  # fmt: skip

    def lock(
        self,
        item: str,
        location: str,
        date: dt.date | str,
        quantity: int | None = None,
        *,
        source: str | None = None,
        reason: str = "",
        who: str = "",
        when: str = "",
    ) -> AllocationPlan:
        """Keep a cell and share the rest of the item's ship date again by the rule, around all that is fixed.

        Parameters
        ----------
        item, location, date
            The cell and the ship date.
        quantity
            Units to keep; what stands when left out.
        source, reason, who, when
            As for `edit`.

        Raises
        ------
        EditError
            Saying why, and the nearest quantities that would be accepted.
        """
        asked = {"item": item, "location": location, "date": date, "quantity": 0 if quantity is None else quantity,
                 "source": source, "lock": True, "reason": reason, "who": who, "when": when}  # fmt: skip
        if quantity is None:
            asked["quantity"] = self._standing(asked)
        return self.edit_many([asked])

    def _standing(self, asked: Mapping[str, Any]) -> int:
        """Return what stands in a cell; 0 where there is none, which `edit_many` refuses."""
        requests, _ = as_requests([asked], ALLOCATION_PARTS)
        try:
            return int(sum(self.quantity_at(place_of(self, request)) for request in requests))
        except RefusedError:
            return 0

    def quantity_at(self, place: Place) -> float:
        """Return what is allocated at a place, in units."""
        return float(self.outcome_of(place.item).quantity[place.date, place.cell - self.cells_of(place.item).start])

    def sections(self, *, edited: bool = True) -> dict[str, str]:
        """Return the hash of each part that decides the plan's numbers, by name; without edits if so asked."""
        return allocation_sections(self.inputs, self.config, self.holds if edited else {}, self._decided(edited=edited))

    def _decided(self, *, edited: bool) -> Decided:
        return self.decided if edited else {key: cut for key, cut in self.decided.items() if key[0] < 0}

    def __repr__(self) -> str:
        """Give the kind and the sizes in one line."""
        edits = sum(len(step) for step in self.steps)
        tail = f", {edits} edit{'' if edits == 1 else 's'}" if edits else ""
        first, last = self.config.coverage
        return f"AllocationPlan({self.config.name!r}, {first} to {last}, {self.n_items:,} items{tail})"
