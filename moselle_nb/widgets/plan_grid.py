"""The grid: a plan's rows and order cells, to read, search, sort and edit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import traitlets as t

from moselle_nb.widgets.base import a_plan, front_end
from moselle_nb.widgets.grid_edits import apply_edit
from moselle_nb.widgets.grid_requests import parse_cell
from moselle_nb.widgets.plan_grid_html import plan_grid_html
from moselle_nb.widgets.plan_rows import FILTERS, LOSES_SALES, MEASURES, STATUS_ORDER, PlanRows
from moselle_nb.widgets.plan_source import PlanSource
from moselle_nb.widgets.row_grid import RowGrid, now

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    from moselle_nb.plans.document import ReplenishmentPlan
    from moselle_nb.plans.explain import Explanation
    from moselle_nb.widgets.grid_edits import Outcome
    from moselle_nb.widgets.grid_requests import Edit
    from moselle_nb.widgets.messages import Fields

__all__ = ["PlanGrid"]


class PlanGrid(RowGrid):
    """Show a replenishment plan row by row, with its order cells open to edits.

    The kernel holds the data, the sort, the filters and the plan; the browser asks for windows of rows. Every
    accepted edit makes a new plan: follow it with ``grid.observe(handler, "plan")``. `selection` is the item and the
    location of the selected row.

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
    >>> grid = PlanGrid(plan, who="mb")  # doctest: +SKIP
    >>> grid.observe(lambda change: print(change.new.edits), "plan")  # doctest: +SKIP
    """

    _esm: ClassVar[object] = front_end("plan_grid.js")
    _css: ClassVar[object] = front_end("plan_grid.css")

    filtered: ClassVar[tuple[str, ...]] = FILTERS

    _source: PlanSource

    def __init__(
        self,
        plan: ReplenishmentPlan,
        *,
        who: str = "",
        clock: Callable[[], dt.datetime] = now,
        **traits: object,
    ) -> None:
        super().__init__(plan, who=who, clock=clock, **traits)

    def reveal(self, item: str, location: str, day: dt.date | None = None) -> None:
        """Select a row and bring it into view, with search and filters taken back where they hide it.

        Parameters
        ----------
        item, location
            Keys of the row.
        day
            The period of this day is made the active one; the row's first cell without one.
        """
        row = self.plan.row_of(item, location)
        bucket = -1 if day is None else int(self._source.bucket_of(np.array([day], dtype="datetime64[D]"))[0])
        self._bring(row, bucket)
        self.selection = (item, location)
        self._tell()

    def static_html(self) -> str:
        """Return the first rows as a table."""
        return plan_grid_html(self._source, self._rows)

    def __repr__(self) -> str:
        """Return kind, rows and columns; no ids."""
        return f"PlanGrid({self.plan.n_rows:,} rows × {self._source.n_buckets} buckets)"

    def _read(self, plan: ReplenishmentPlan) -> tuple[PlanSource, PlanRows]:
        return PlanSource(plan), PlanRows(plan.summary)

    def _reread(self, old: ReplenishmentPlan) -> None:
        self._source = PlanSource(self.plan)
        changed = _changed_rows(old, self.plan)
        self._rows.patch(changed, self._source.totals(changed))

    def _row_of(self, keys: tuple[str, ...]) -> int:
        return int(self.plan.row_of(*keys))

    def _apply(self, edit: Edit, stamp: Mapping[str, str]) -> Outcome:
        return apply_edit(self._source, edit, stamp)

    def _explanation(self, body: Fields) -> Explanation:
        body.only("item", "location", "bucket", "balance", "windows")
        cell = parse_cell(body, self._source.n_buckets)
        row = self.plan.row_of(cell.item, cell.location)
        day = self._source.day_in(row, cell.bucket, balance=body.flag("balance"))
        explanation: Explanation = self.plan.explain(cell.item, cell.location, day.item())
        return explanation

    def _slots(self) -> Mapping[str, object]:
        source = self._source
        starts, ends = source.starts.astype(str), source.ends.astype(str)
        slots = [list(bucket) for bucket in zip(starts, ends, source.in_coverage, strict=True)]
        return {"slots": slots, "measures": list(MEASURES)}

    def _choices_of(self, name: str, values: tuple[str, ...]) -> tuple[str, ...]:
        if name != "status":
            return values
        return (LOSES_SALES, *(value for value in STATUS_ORDER if value in values))

    @t.validate("plan")
    def _a_plan(self, proposal: Mapping[str, Any]) -> ReplenishmentPlan:
        return a_plan(proposal["value"], self)


def _changed_rows(old: ReplenishmentPlan, new: ReplenishmentPlan) -> np.ndarray[Any, np.dtype[np.int64]]:
    rows = {row for row in {*old.changed, *new.changed} if old.changed.get(row) is not new.changed.get(row)}
    return np.array(sorted(rows), dtype=np.int64)
