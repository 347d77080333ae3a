"""The replenishment plan: an immutable document of inputs, configuration, edits and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from moselle_nb.exceptions import UnknownNameError
from moselle_nb.plans import frames
from moselle_nb.plans.advice import Advises
from moselle_nb.plans.edit_requests import as_requests
from moselle_nb.plans.edits import EDIT_COLUMNS, Edit, checked_edits
from moselle_nb.plans.fingerprint import sections
from moselle_nb.plans.history import History, handed_out
from moselle_nb.plans.replenishment import OrderLines, PlanArrays, Steps, plan_rows
from moselle_nb.plans.resolved import BLOCKED, FED, PHASE_OUT
from moselle_nb.plans.row_names import code_of
from moselle_nb.plans.suppliers.methods import MeetsSupplierRules

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    import altair as alt
    from numpy.typing import NDArray

    from moselle_nb.plans.check import CheckReport
    from moselle_nb.plans.config import ReplenishmentConfig
    from moselle_nb.plans.explain import Explanation
    from moselle_nb.plans.orders import PurchaseOrders
    from moselle_nb.plans.resolved import ResolvedInputs

__all__ = ["OrderMatrix", "ReplenishmentPlan"]

WHY_NO_ORDERS = {
    FED: "it is fed over a lane, so a transfer and not a purchase order supplies it",
    PHASE_OUT: "the item is being phased out",
    BLOCKED: "the item is blocked",
}


@dataclass(frozen=True, eq=False)
class OrderMatrix:
    """Orders of some rows by bucket, shape (rows, buckets): units ordered, units suggested, whether an edit stands."""

    quantity: NDArray[np.float64]
    suggested: NDArray[np.float64]
    edited: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class ReplenishmentPlan(Advises, MeetsSupplierRules, History[Edit]):
    """What to buy, and when: supplier → warehouse.

    Made by `replenish`. Every change returns a new plan and leaves this one as it is; an edit recomputes the rows that
    it touches and shares everything else.

    Parameters
    ----------
    inputs
        The resolved inputs that the arithmetic used.
    config
        The configuration.
    arrays
        The engine's result without edits.
    """

    edit_columns: ClassVar[tuple[str, ...]] = EDIT_COLUMNS

    inputs: ResolvedInputs
    config: ReplenishmentConfig
    arrays: PlanArrays
    steps: tuple[tuple[Edit, ...], ...] = ()
    """Edits in force, one tuple per undo step."""
    changed: Mapping[int, PlanArrays] = field(default_factory=dict)
    """Results of the rows that edits touch."""
    previous: ReplenishmentPlan | None = None
    undone: tuple[ReplenishmentPlan, ...] = ()

    # Rows and dates

    @property
    def n_rows(self) -> int:
        """How many rows (item and location) the plan has."""
        return self.inputs.rows

    def row_of(self, item: str, location: str) -> int:
        """Return the position of a row in `summary`.

        Raises
        ------
        UnknownNameError
            With near names.
        """
        inputs = self.inputs
        codes = code_of("item", item, inputs.items), code_of("location", location, inputs.locations)
        low, high = np.searchsorted(inputs.item, [codes[0], codes[0] + 1])
        row = int(low) + int(np.searchsorted(inputs.location[low:high], codes[1]))
        if row >= high or inputs.location[row] != codes[1]:
            kind, pair = "row", f"({item}, {location})"
            raise UnknownNameError(kind, pair)
        return row

    def key_of(self, row: int) -> tuple[str, str]:
        """Return item and location of a row."""
        inputs = self.inputs
        item, location = inputs.items["item"], inputs.locations["location"]
        return str(item.iat[inputs.item[row]]), str(location.iat[inputs.location[row]])

    def order_dates(self, row: int) -> NDArray[np.datetime64]:
        """Return the dates in coverage on which an order may be placed for a row."""
        calendar = self.inputs.calendars[self.inputs.calendar[row]]
        return self.inputs.as_of + calendar.order_days[: calendar.orders].astype("timedelta64[D]")

    def arrivals(self, row: int) -> NDArray[np.datetime64]:
        """Return when orders of `order_dates` arrive."""
        calendar = self.inputs.calendars[self.inputs.calendar[row]]
        return self.inputs.as_of + calendar.arrival_days[: calendar.orders].astype("timedelta64[D]")

    def why_no_orders(self, row: int) -> str:
        """Say why a row has no order dates."""
        return WHY_NO_ORDERS.get(int(self.inputs.ordering[row]), "no order date of its calendar lies in coverage")

    @property
    def buckets(self) -> pd.DataFrame:
        """Columns of the plan from `as_of` to the end of coverage: date, last_day, in_coverage."""
        return handed_out(self._buckets)

    @cached_property
    def _buckets(self) -> pd.DataFrame:
        edges = frames.bucket_edges(self.inputs, self.config, self.inputs.coverage_last)
        return frames.bucket_frame(self.inputs, edges)

    # Frames

    @cached_property
    def merged(self) -> PlanArrays:
        """The engine's result with the edited rows in place."""
        if not self.changed:
            return self.arrays
        rows = np.array(sorted(self.changed))
        return self.arrays.with_rows(rows, PlanArrays.stacked([self.changed[int(row)] for row in rows]))

    @property
    def lines(self) -> pd.DataFrame:
        """One row per item, location and bucket; see `lines_for` for a part of it."""
        return handed_out(self._lines)

    @cached_property
    def _lines(self) -> pd.DataFrame:
        return frames.lines(self, np.arange(self.n_rows))

    def lines_for(
        self,
        items: Iterable[str] | None = None,
        locations: Iterable[str] | None = None,
        rows: Iterable[int] | None = None,
    ) -> pd.DataFrame:
        """Return `lines` of some rows only, at the cost of those rows.

        Parameters
        ----------
        items, locations
            Keys; all of them when left out.
        rows
            Positions in `summary`, instead of keys.
        """
        if rows is not None:
            return frames.lines(self, np.asarray(list(rows), dtype=np.intp))
        keep = np.ones(self.n_rows, dtype=bool)
        for kind, names, table, codes in (
            ("item", items, self.inputs.items, self.inputs.item),
            ("location", locations, self.inputs.locations, self.inputs.location),
        ):
            if names is not None:
                wanted = [names] if isinstance(names, str) else list(names)
                keys = pd.Index(table[kind])
                place = keys.get_indexer(wanted)
                for name in (name for name, at in zip(wanted, place, strict=True) if at < 0):
                    raise UnknownNameError(kind, name, keys)
                keep &= np.isin(codes, place)
        return frames.lines(self, np.flatnonzero(keep))

    @property
    def order_lines(self) -> pd.DataFrame:
        """One row per item, location and order date that holds a suggestion or an edit: the unit of record.

        `unit_cost` and `value` are the price of the quantity, where the row has price breaks.
        """
        return handed_out(self._order_lines)

    @cached_property
    def _order_lines(self) -> pd.DataFrame:
        return frames.order_lines(self)

    @property
    def summary(self) -> pd.DataFrame:
        """One row per item and location: status, dates, reason, totals.

        `on_hand` is as counted; `ending`, `safety_stock` and `days_on_hand` are those of the end of day `as_of`, with
        the plan's orders. Unserved demand is that of the judged days, `as_of` to the last day of coverage.
        """
        return handed_out(self._summary)

    @cached_property
    def _summary(self) -> pd.DataFrame:
        return frames.summary(self)

    @property
    def at_risk(self) -> pd.DataFrame:
        """The rows of `summary` that need a decision, most urgent first."""
        return frames.at_risk(self._summary)

    def order_matrix(self, rows: Sequence[int] | NDArray[np.intp]) -> OrderMatrix:
        """Return the orders of some rows by bucket of `buckets`: a cell is the sum of its order lines."""
        return OrderMatrix(*frames.order_matrix(self, np.asarray(rows, dtype=np.intp)))

    # Edits

    def lines_of(self, row: int) -> OrderLines:
        """Return the order lines of one row."""
        if row in self.changed:
            return self.changed[row].lines
        return self.arrays.row(row).lines

    def quantity_of(self, row: int, order: int) -> float:
        """Return what an order line holds, in units."""
        lines = self.lines_of(row)
        return float(lines.quantity[lines.order == order].sum())

    @cached_property
    def fixed(self) -> dict[int, dict[int, float]]:
        """Edits in force: row to position of the order date to units."""
        found: dict[int, dict[int, float]] = {}
        for step in self.steps:
            for edit in step:
                found.setdefault(edit.row, {})[edit.order] = float(edit.quantity)
        return found

    def trace(self, rows: Sequence[int], edits: Mapping[tuple[int, int], float]) -> dict[int, Steps]:
        """Return every step of the sizing of some rows with more edits in place."""
        fixed = {row: dict(self.fixed.get(row, {})) for row in rows}
        for (row, order), quantity in edits.items():
            fixed[row][order] = quantity
        found: dict[int, Steps] = {}
        plan_rows(self.inputs, self.config, np.asarray(rows, dtype=np.intp), fixed, traces=found)
        return found

    def order_rules(self, row: int, order: int) -> dict[str, float]:
        """Return MOQ, multiple, maximum order and maximum stock of an order line; 0, 1 or infinity for none."""
        calendar = self.inputs.calendars[self.inputs.calendar[row]]
        days = {"max_stock": calendar.arrival_days[order]}
        none = {"moq": 0.0, "order_multiple": 1.0, "max_order": np.inf, "max_stock": np.inf}
        found = {}
        for name, otherwise in none.items():
            values = getattr(self.inputs.rules, name).values
            era = (
                int(self.inputs.era(np.array([days.get(name, calendar.order_days[order])]))[0])
                if len(values) > 1
                else 0
            )
            found[name] = otherwise if np.isnan(values[era, row]) else float(values[era, row])
        return found

    def edit(
        self,
        item: str,
        location: str,
        date: dt.date | str,
        quantity: int,
        *,
        reason: str = "",
        force: bool = False,
        who: str = "",
        when: str = "",
    ) -> ReplenishmentPlan:
        """Fix one order line; later suggestions of its row react, earlier ones never change.

        Parameters
        ----------
        item, location, date
            The row and one of its order dates.
        quantity
            Units, whole, >= 0.
        reason
            Why; required with `force`.
        force
            Place it although it breaks MOQ, order multiple, maximum order or maximum stock.
        who, when
            Recorded with the edit.

        Returns
        -------
        ReplenishmentPlan
            The plan with the edit.

        Raises
        ------
        EditError
            Saying why, and the nearest quantities that would be accepted.
        """
        return self.edit_many([{"item": item, "location": location, "date": date, "quantity": quantity,
                                "reason": reason, "force": force, "who": who, "when": when}])  # fmt: skip

    def edit_many(self, edits: pd.DataFrame | Iterable[Mapping[str, Any] | Sequence[Any]]) -> ReplenishmentPlan:
        """Fix several order lines as one step of undo: all of them, or none.

        Parameters
        ----------
        edits
            Frame, mappings or sequences with item, location, date, quantity and, optional, reason, force, who, when.

        Raises
        ------
        EditError
            Listing every refused edit; none was applied.
        """
        requests, rejects = as_requests(edits)
        if not requests and not rejects:
            return self
        step = tuple(checked_edits(self, requests, rejects))
        return self._with_step(step)

    def _with_step(self, step: tuple[Edit, ...]) -> ReplenishmentPlan:
        rows = np.array(sorted({edit.row for edit in step}), dtype=np.intp)
        fixed = {int(row): dict(self.fixed.get(int(row), {})) for row in rows}
        for edit in step:
            fixed[edit.row][edit.order] = float(edit.quantity)
        part = plan_rows(self.inputs, self.config, rows, fixed)
        changed = {**self.changed, **{int(row): part.row(place) for place, row in enumerate(rows)}}
        return replace(self, steps=(*self.steps, step), changed=changed, previous=self, undone=())

    def cell_edit(self, row: int, bucket: int, quantity: float) -> dict[str, Any]:
        """Turn a new value of a cell into an edit of its last order line.

        Raises
        ------
        EditError
            When the bucket has no order date, or its other order lines already exceed the value.
        """
        return frames.cell_edit(self, row, bucket, quantity)

    # What follows from the plan

    def explain(self, item: str, location: str, date: dt.date | str) -> Explanation:
        """Explain the numbers of an order date or of a bucket, step by step."""
        from moselle_nb.plans.explain import explain

        return explain(self, item, location, date)

    def check(self) -> CheckReport:
        """Verify the plan cell by cell with a checker that shares no code with the engine."""
        from moselle_nb.plans.check import check

        return check(self)

    def sections(self, *, edited: bool = True) -> dict[str, str]:
        """Return the hash of each part that decides the plan's numbers, by name; without edits if so asked."""
        return sections(self.inputs, self.config, self.fixed if edited else {})

    def generate_orders(self, until: dt.date | str | None = None) -> PurchaseOrders:
        """Make the purchase orders that must go out now, or all up to a day."""
        from moselle_nb.plans.orders import generate_orders

        return generate_orders(self, until)

    def chart(self, item: str, location: str) -> alt.LayerChart:
        """Return an altair chart of projected stock, safety stock and orders of one row."""
        from moselle_nb.plans.charts import inventory_chart

        return inventory_chart(self, item, location)

    def __repr__(self) -> str:
        """Give the kind and the sizes in one line."""
        edits = sum(len(step) for step in self.steps)
        tail = f", {edits} edit{'' if edits == 1 else 's'}" if edits else ""
        first, last = self.config.coverage
        rows = f"{self.n_rows:,} row{'' if self.n_rows == 1 else 's'}"
        return f"ReplenishmentPlan({self.config.name!r}, {first} to {last}, {rows}{tail})"
