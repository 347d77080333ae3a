"""The grid: a plan's rows and order cells, to read, search, sort and edit."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import traitlets as t

from moselle_nb.widgets.base import MoselleWidget, a_plan, front_end
from moselle_nb.widgets.grid_edits import apply_edit
from moselle_nb.widgets.grid_requests import parse_cell, parse_edit, parse_expand, parse_view, parse_windows
from moselle_nb.widgets.messages import Reply
from moselle_nb.widgets.plan_grid_html import plan_grid_html
from moselle_nb.widgets.plan_rows import FILTERS, LOSES_SALES, MEASURES, STATUS_ORDER, PlanRows, RowView
from moselle_nb.widgets.plan_source import PlanSource
from moselle_nb.widgets.plan_window import DATES, NUMBERS, TEXTS, WINDOW, encode_window

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from moselle_nb.plans.document import ReplenishmentPlan
    from moselle_nb.widgets.messages import Request

__all__ = ["PlanGrid"]

MOST_CHOICES = 2_000
"""Values of a filter that are sent; beyond this the search is the better tool."""

MUTATIONS = frozenset({"edit", "undo", "redo"})


def _now() -> dt.datetime:
    return dt.datetime.now(tz=dt.UTC)


class PlanGrid(MoselleWidget):
    """Show a plan row by row, with its order cells open to edits.

    The kernel holds the data, the sort, the filters and the plan; the browser asks for windows of rows. Every
    accepted edit makes a new plan: follow it with ``grid.observe(handler, "plan")``.

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

    kinds: ClassVar[frozenset[str]] = MUTATIONS | {"rows", "view", "expand", "select", "explain"}

    plan = t.Any()
    """The plan as edited so far. Not sent to the browser; written by Python, on every accepted edit."""

    revision = t.Int(0)
    """Counts the plans that this grid has shown. Not sent by itself; written by Python."""

    selection: t.TraitType[Any, Any] = t.Tuple(t.Unicode(), t.Unicode(), default_value=None, allow_none=True).tag(
        sync=True
    )
    """Item and location of the selected row, None without one. Written by Python; the browser asks for it."""

    columns = t.Dict(read_only=True).tag(sync=True)
    """What the columns are: texts, days, numbers, buckets, measures, filters' values. Written by Python."""

    state = t.Dict(read_only=True).tag(sync=True)
    """What is shown: revision, version, lines, sort, filters, value or units, undo, what to bring into view. Written by
    Python."""

    def __init__(
        self,
        plan: ReplenishmentPlan,
        *,
        who: str = "",
        clock: Callable[[], dt.datetime] = _now,
        **traits: object,
    ) -> None:
        self._who, self._clock = who, clock
        self._version, self._value, self._view = 0, False, RowView()
        self._reveals, self._revealed = 0, (0, -1)
        self._source = PlanSource(plan)
        self._rows = PlanRows(plan.summary)
        super().__init__(plan=plan, **traits)
        self._describe()
        self._tell()

    @property
    def request_revision(self) -> int:
        """Revision of the plan that replies belong to."""
        return self.revision

    def set_state(self, sync_data: Mapping[str, object]) -> None:
        """Take nothing: the browser asks by requests, it does not write."""

    def answer(self, request: Request) -> Reply:
        """Answer a request; see `kinds`."""
        windows = parse_windows(request.body)
        if request.kind in MUTATIONS and request.revision != self.revision:
            text = "The plan has changed in the meantime; nothing was done. Check the row and try again."
            return self._with_windows(Reply(error=("stale", text)), windows)
        handlers: dict[str, Callable[[Request], Reply]] = {
            "rows": self._on_rows,
            "view": self._on_view,
            "expand": self._on_expand,
            "select": self._on_select,
            "edit": self._on_edit,
            "undo": self._on_undo,
            "redo": self._on_redo,
            "explain": self._on_explain,
        }
        return self._with_windows(handlers[request.kind](request), windows)

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
        if self._rows.line_of(row) is None:
            self._view = replace(self._view, search="", filters={})
            self._rows.show(self._view)
        bucket = -1 if day is None else int(self._source.bucket_of(np.array([day], dtype="datetime64[D]"))[0])
        self._reveals, self._revealed = self._reveals + 1, (self._rows.line_of(row) or 0, bucket)
        self.selection = (item, location)
        self._tell()

    def static_html(self) -> str:
        """Return the first rows as a table."""
        return plan_grid_html(self._source, self._rows)

    def __repr__(self) -> str:
        """Return kind, rows and columns; no ids."""
        return f"PlanGrid({self.plan.n_rows:,} rows × {len(self._source.starts)} buckets)"

    def _on_rows(self, request: Request) -> Reply:
        request.body.only("windows")
        return Reply()

    def _on_view(self, request: Request) -> Reply:
        sortable = tuple(name for name in (*TEXTS, *DATES, *NUMBERS) if self._rows.has(name))
        view = parse_view(request.body, self._view, sortable)
        if "value" in request.body:
            self._value = request.body.flag("value")
        self._view = view
        self._rows.show(view)
        self._tell()
        return Reply()

    def _on_expand(self, request: Request) -> Reply:
        asked = parse_expand(request.body)
        self._rows.expand(self.plan.row_of(asked.item, asked.location), expanded=asked.expanded)
        self._tell()
        return Reply()

    def _on_select(self, request: Request) -> Reply:
        request.body.only("item", "location")
        self.selection = (request.body.text("item", 500), request.body.text("location", 500))
        return Reply()

    def _on_edit(self, request: Request) -> Reply:
        edit = parse_edit(request.body, len(self._source.starts))
        stamp = {"who": self._who, "when": self._clock().isoformat(timespec="seconds")}
        outcome = apply_edit(self._source, edit, stamp)
        if outcome.rejects:
            rejects = [reject.record() for reject in outcome.rejects]
            return Reply({"applied": 0, "rejects": rejects}, error=("refused", outcome.refusal()))
        if outcome.applied:
            self.plan = outcome.plan
        return Reply({"applied": outcome.applied})

    def _on_undo(self, request: Request) -> Reply:
        return self._step(request, self.plan.can_undo, "undo")

    def _on_redo(self, request: Request) -> Reply:
        return self._step(request, self.plan.can_redo, "redo")

    def _on_explain(self, request: Request) -> Reply:
        request.body.only("item", "location", "bucket", "balance", "windows")
        cell = parse_cell(request.body, len(self._source.starts))
        row = self.plan.row_of(cell.item, cell.location)
        day = self._source.day_in(row, cell.bucket, balance=request.body.flag("balance"))
        explanation = self.plan.explain(cell.item, cell.location, day.item())
        steps = [[step.name, step.shown, step.unit, step.note] for step in explanation.steps]
        return Reply({"title": explanation.title, "steps": steps})

    def _step(self, request: Request, possible: bool, name: Literal["undo", "redo"]) -> Reply:
        request.body.only("windows")
        if not possible:
            return Reply(error=("refused", f"There is nothing to {name}."))
        self.plan = self.plan.undo() if name == "undo" else self.plan.redo()
        return Reply()

    def _with_windows(self, reply: Reply, indexes: tuple[int, ...]) -> Reply:
        if not indexes:
            return reply
        version, value = self._version, self._value
        windows = [encode_window(self._source, self._rows, index, version=version, value=value) for index in indexes]
        body = {**reply.body, "windows": [window.header for window in windows]}
        return Reply(body, [window.buffer for window in windows], reply.error)

    @t.validate("plan")
    def _a_plan(self, proposal: Mapping[str, Any]) -> ReplenishmentPlan:
        return a_plan(proposal["value"], self)

    @t.validate("selection")
    def _known_row(self, proposal: Mapping[str, Any]) -> tuple[str, str] | None:
        selection: tuple[str, str] | None = proposal["value"]
        if selection is not None:
            self.plan.row_of(*selection)
        return selection

    @t.observe("plan")
    def _on_plan(self, change: Mapping[str, Any]) -> None:
        if change["old"] is None:
            return
        old, self._source = self._source.plan, PlanSource(self.plan)
        if old.arrays is self.plan.arrays:
            changed = _changed_rows(old, self.plan)
            self._rows.patch(changed, self._source.totals(changed))
        else:
            self._rows, self._view = PlanRows(self.plan.summary), RowView()
            self.set_trait("selection", None)
            self._describe()
        self.revision += 1
        self._tell()

    def _describe(self) -> None:
        has, source = self._rows.has, self._source
        starts, ends = source.starts.astype(str), source.ends.astype(str)
        self.set_trait(
            "columns",
            {
                "name": self.plan.config.name,
                "texts": [name for name in TEXTS if has(name)],
                "dates": [name for name in DATES if has(name)],
                "numbers": [name for name in NUMBERS if has(name)],
                "buckets": [list(bucket) for bucket in zip(starts, ends, source.in_coverage, strict=True)],
                "measures": list(MEASURES),
                "filters": {name: self._choices(name) for name in FILTERS if has(name)},
                "window": WINDOW,
            },
        )

    def _choices(self, name: str) -> list[str]:
        values = self._rows.texts(name).values
        if name == "status":
            values = (LOSES_SALES, *(value for value in STATUS_ORDER if value in values))
        blank = [""] if (self._rows.texts(name).codes < 0).any() else []
        return [*values[:MOST_CHOICES], *blank]

    def _tell(self) -> None:
        """Tell every view of this widget what is shown now."""
        self._version += 1
        self.set_trait(
            "state",
            {
                "revision": self.revision,
                "version": self._version,
                "lines": len(self._rows),
                "rows": self._rows.n_matching,
                "all_rows": self.plan.n_rows,
                "edits": self._source.n_edits,
                "can_undo": bool(self.plan.can_undo),
                "can_redo": bool(self.plan.can_redo),
                "search": self._view.search,
                "filters": {name: list(values) for name, values in self._view.filters.items()},
                "sort": self._view.sort,
                "descending": self._view.descending,
                "value": self._value,
                "reveal": [self._reveals, *self._revealed],
            },
        )


def _changed_rows(old: ReplenishmentPlan, new: ReplenishmentPlan) -> np.ndarray[Any, np.dtype[np.int64]]:
    rows = {row for row in {*old.changed, *new.changed} if old.changed.get(row) is not new.changed.get(row)}
    return np.array(sorted(rows), dtype=np.int64)
