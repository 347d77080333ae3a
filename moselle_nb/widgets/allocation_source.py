"""What a grid reads of an allocation, as arrays per pool and location: no arithmetic of planning, only shape."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from moselle_nb.plans.allocating.frames import REASONS
from moselle_nb.plans.allocating.pools import PoolFigures
from moselle_nb.widgets.allocation_rows import MEASURES, NUMBERS
from moselle_nb.widgets.grid_source import Cells, Flag, Floats, Positions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from moselle_nb.plans.allocating.edits import AllocationEdit
    from moselle_nb.plans.allocating.plan import AllocationPlan

__all__ = ["REASON_WORDS", "AllocationSource"]

REASON_WORDS = (*REASONS, "no_need", "blocked")
"""Why a cell got no more; the measure holds positions in it."""

MOST_KEPT = 1_000
"""Items whose lines are kept."""

NO_UNITS = ("cover_before", "cover_after", "reason")
"""Measures that are no quantity and have no value."""

DECIDED = Flag.SHORT | Flag.EDITED | Flag.LOCKED
"""What a cell tells of its reason: a person's decision goes before what stopped the rule."""

Chosen = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True, eq=False)
class Layout:
    """Where cells stand in the grid.

    Parameters
    ----------
    slots
        Position of each slot's location: first those that are sources and get nothing from others.
    slot
        Slot of each cell.
    first
        First cell of each pool, and the one after the last.
    n_own
        How many of the first slots only keep what is theirs.
    """

    slots: Positions
    slot: Positions
    first: Positions
    n_own: int

    @classmethod
    def of(cls, plan: AllocationPlan) -> Layout:
        """Lay out the cells of a plan."""
        routes, inputs = plan.inputs.routes, plan.inputs
        location = inputs.location[routes.row].astype(np.int64)
        codes = np.unique(location)
        own = ~np.isin(codes, np.unique(location[~routes.own]))
        slots = np.concatenate([codes[own], codes[~own]])
        n_own = int(own.sum())
        slot_of = np.full(len(inputs.locations), -1, dtype=np.int64)
        slot_of[slots] = np.arange(len(slots))
        first = np.searchsorted(routes.pool, np.arange(len(inputs.pools.item) + 1)).astype(np.int64)
        return cls(slots, slot_of[location], first, n_own)


class AllocationSource:
    """The cells of one plan on one ship date. A row is a pool, a slot is a location that receives.

    Parameters
    ----------
    plan
        The plan to read.
    layout, figures
        Of its cells and pools; worked out when left out.
    date
        Position of the ship date.
    """

    keys = ("item", "source")
    texts = ("item", "source", "name", "status", "product_line", "product_type", "supplier", "grade", "variability")
    dates: tuple[str, ...] = ()
    numbers = NUMBERS
    masks = np.array(
        [0xFF, *(DECIDED if name == "reason" else Flag.SHORT for name in MEASURES)],
        dtype=np.uint8,
    )

    def __init__(
        self, plan: AllocationPlan, layout: Layout | None = None, figures: PoolFigures | None = None, date: int = 0
    ) -> None:
        self.plan, self.date = plan, date
        self.layout = Layout.of(plan) if layout is None else layout
        self.figures = PoolFigures.of(plan) if figures is None else figures
        self._lines: dict[int, Mapping[str, Floats]] = {}

    def after(self, plan: AllocationPlan) -> AllocationSource:
        """Return the cells of the plan with other edits; this source gives up its figures to it."""
        changed = changed_items(self.plan, plan)
        self.figures.measure_again(plan, changed)
        found = AllocationSource(plan, self.layout, self.figures, self.date)
        found._lines = {item: lines for item, lines in self._lines.items() if item not in changed}
        return found

    @property
    def slots(self) -> Positions:
        """Position of each slot's location."""
        return self.layout.slots

    @property
    def n_buckets(self) -> int:
        """Number of ship dates."""
        return len(self.plan.inputs.ship_days)

    @property
    def n_edits(self) -> int:
        """Number of cells that an edit or a lock fixes, on all ship dates."""
        return len(self._fixed)

    @property
    def header(self) -> Mapping[str, object]:
        """The ship date that a window shows."""
        return {"bucket": self.date}

    @cached_property
    def _fixed(self) -> dict[tuple[int, int], AllocationEdit]:
        return {(edit.cell, edit.date_position): edit for step in self.plan.steps for edit in step}

    @property
    def edited_pools(self) -> Positions:
        """Pools in which a cell of the ship date is fixed."""
        cells = [cell for cell, date in self._fixed if date == self.date]
        return np.unique(self.plan.inputs.routes.pool[cells]) if cells else np.zeros(0, dtype=np.int64)

    def is_fixed(self, cell: int, date: int) -> bool:
        """Tell whether an edit or a lock fixes a cell."""
        return (cell, date) in self._fixed

    def slot_of(self, location: int) -> int:
        """Return the slot of a location, by its position in the locations; -1 where it has none."""
        found = np.flatnonzero(self.slots == location)
        return int(found[0]) if len(found) else -1

    def arrivals(self) -> list[list[str]]:
        """Return per ship date and slot the day of arrival; blank where it is not the same for all cells."""
        arrival, found = self.plan.inputs.routes.arrival, []
        for days in arrival:
            first = np.full(len(self.slots), np.iinfo(np.int64).max)
            last = np.full(len(self.slots), -1)
            np.minimum.at(first, self.layout.slot, days)
            np.maximum.at(last, self.layout.slot, days)
            texts = (self.plan.inputs.as_of + first.clip(max=10**6).astype("timedelta64[D]")).astype(str)
            found.append(np.where(first == last, texts, "").tolist())
        return found

    # Cells

    def cells(self, rows: Positions, expanded: Chosen, show: str) -> Cells:
        """Return the cells of some pools on the ship date, with the measures of expanded ones."""
        cell, place, slot = self._cells_of(rows)
        values = np.full((1 + len(MEASURES), len(rows), len(self.slots)), np.nan)
        suggested = np.zeros((len(rows), len(self.slots)))
        flags = np.zeros((len(rows), len(self.slots)), dtype=np.uint8)
        quantity = self._outcome("quantity", rows, cell)
        unit = np.ones(len(cell)) if show != "value" else self.plan.inputs.unit_cost[self.plan.inputs.routes.row[cell]]
        suggested[place, slot] = self._outcome("suggested", rows, cell) * unit
        flags[place, slot] = self._flags(cell)
        needed = np.ones(len(rows), dtype=bool) if show == "cover" else expanded
        here = np.flatnonzero(needed[place])
        lines = self._measures(rows[needed])
        values[0, place, slot] = quantity * unit
        if show == "cover":
            values[0, place[here], slot[here]] = lines["cover_after"]
        for measure, name in enumerate(MEASURES, start=1):
            scale = 1.0 if name in NO_UNITS else unit[here]
            values[measure, place[here], slot[here]] = lines[name] * scale
        return Cells(values, suggested, flags)

    def allocated_at(self, slot: int) -> Floats:
        """Return what a location gets of each pool on the ship date; NaN where it cannot get any."""
        cell = np.flatnonzero(self.layout.slot == slot)
        pool = self.plan.inputs.routes.pool[cell]
        found = np.full(len(self.plan.inputs.pools.item), np.nan)
        found[pool] = self._outcome("quantity", pool, cell)
        return found

    def unit_of(self, name: str, rows: Positions, show: str) -> Floats | float:
        """Return what a unit is worth, where value is shown."""
        if show != "value" or name == "places_short":
            return 1.0
        return self.cost(rows)

    def cost(self, rows: Positions) -> Floats:
        """Return the cost per unit of some pools; NaN where it is unknown."""
        inputs = self.plan.inputs
        first = np.minimum(self.layout.first[rows], max(0, self.plan.n_cells - 1))
        has_cell = self.layout.first[rows] < self.layout.first[rows + 1]
        if not self.plan.n_cells:
            return np.full(len(rows), np.nan)
        found: Floats = np.where(has_cell, inputs.unit_cost[inputs.routes.row[first]], np.nan)
        return found

    def _cells_of(self, rows: Positions) -> tuple[Positions, Positions, Positions]:
        """Return the cells of some pools, the place of each one's pool among them, and its slot."""
        count = self.layout.first[rows + 1] - self.layout.first[rows]
        place = np.repeat(np.arange(len(rows)), count)
        cell = (
            np.arange(len(place))
            - np.repeat(np.cumsum(count) - count, count)
            + np.repeat(self.layout.first[rows], count)
        )
        return cell, place, self.layout.slot[cell]

    def _outcome(self, name: str, rows: Positions, cell: Positions) -> Floats:
        """Return an array of the outcome for some cells, with edited items in place."""
        found: Floats = getattr(self.plan.arrays, name)[self.date, cell].astype(np.float64)
        for item in set(self.plan.inputs.pools.item[rows].tolist()) & self.plan.changed.keys():
            span = self.plan.cells_of(item)
            inside = (cell >= span.start) & (cell < span.stop)
            found[inside] = getattr(self.plan.changed[item], name)[self.date, cell[inside] - span.start]
        return found

    def _flags(self, cell: Positions) -> np.ndarray[Any, np.dtype[np.uint8]]:
        found = np.where(self.figures.is_short[self.date, cell], Flag.EDITABLE | Flag.SHORT, Flag.EDITABLE)
        place = {each: at for at, each in enumerate(cell.tolist())} if self._fixed else {}
        for (each, date), edit in self._fixed.items():
            if date == self.date and each in place:
                bits = Flag.EDITED | (Flag.LOCKED if edit.lock else 0) | (Flag.FORCED if edit.forced else 0)
                found[place[each]] |= bits
        return found.astype(np.uint8)

    # Lines

    def _measures(self, rows: Positions) -> Mapping[str, Floats]:
        """Return each measure for the cells of some pools, one after the other."""
        item_of, first = self.plan.inputs.pools.item[rows], self.layout.first
        items = [int(item) for item in item_of]
        self._read_lines(item for item in dict.fromkeys(items) if item not in self._lines)
        parts: dict[str, list[Floats]] = {name: [] for name in MEASURES}
        for row, item in zip(rows.tolist(), items, strict=True):
            start = self.plan.cells_of(item).start
            for name, values in self._lines[item].items():
                parts[name].append(values[first[row] - start : first[row + 1] - start, self.date])
        return {name: np.concatenate(values) if values else np.zeros(0) for name, values in parts.items()}

    def _read_lines(self, items: Iterable[int]) -> None:
        wanted = sorted(items)
        if not wanted:
            return
        if len(self._lines) + len(wanted) > MOST_KEPT:
            self._lines = {}
            self._read_lines(wanted)
            return
        frame = self.plan.lines_for(items=self.plan.inputs.items["item"].iloc[wanted].tolist())
        code = {word: place for place, word in enumerate(REASON_WORDS)}
        columns = {name: frame[name].to_numpy() for name in MEASURES}
        columns["reason"] = np.array([code[word] for word in columns["reason"]], dtype=np.float64)
        start, dates = 0, self.n_buckets
        for item in wanted:
            span = self.plan.cells_of(item)
            stop = start + (span.stop - span.start) * dates
            self._lines[item] = {
                name: values[start:stop].astype(np.float64).reshape(-1, dates) for name, values in columns.items()
            }
            start = stop


def changed_items(old: AllocationPlan, new: AllocationPlan) -> set[int]:
    """Return the items whose outcome differs between two plans of one build, by position."""
    return {item for item in {*old.changed, *new.changed} if old.changed.get(item) is not new.changed.get(item)}
