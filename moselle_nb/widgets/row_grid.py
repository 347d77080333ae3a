"""What the grids of both kinds of plan share: windows of rows, requests, edits and undo over one current plan."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import traitlets as t

from moselle_nb.widgets.base import MoselleWidget
from moselle_nb.widgets.grid_requests import parse_edit, parse_expand, parse_row, parse_view, parse_windows
from moselle_nb.widgets.grid_rows import RowView
from moselle_nb.widgets.grid_window import encode_window, window_lines
from moselle_nb.widgets.messages import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from moselle_nb.widgets.grid_edits import Outcome
    from moselle_nb.widgets.grid_requests import Edit
    from moselle_nb.widgets.grid_rows import GridRows
    from moselle_nb.widgets.messages import Fields, Request

__all__ = ["RowGrid"]

MOST_CHOICES = 2_000
"""Values of a filter that are sent; beyond this the search is the better tool."""

MUTATIONS = frozenset({"edit", "undo", "redo"})


def now() -> dt.datetime:
    """Return the time, for edits that are made by hand."""
    return dt.datetime.now(tz=dt.UTC)


class RowGrid(MoselleWidget):
    """Show a plan row by row, with cells open to edits.

    The kernel holds the data, the sort, the filters and the plan; the browser asks for windows of rows. Every
    accepted edit makes a new plan.

    Parameters
    ----------
    plan
        The plan to show.
    who
        Who edits; recorded with each edit.
    clock
        Tells when; recorded with each edit.
    **traits
        Values of public traits.
    """

    kinds: ClassVar[frozenset[str]] = MUTATIONS | {"rows", "view", "expand", "select", "explain"}
    shows: ClassVar[tuple[str, ...]] = ("units", "value")
    """What quantities can be shown as."""
    filtered: ClassVar[tuple[str, ...]] = ()
    """Columns that can be filtered by value."""
    looks: ClassVar[tuple[str, ...]] = ()
    """What else a change of view can ask for."""
    has_source: ClassVar[bool] = False
    """Whether a cell has a source, and can be locked."""

    plan = t.Any()
    """The plan as edited so far. Not sent to the browser; written by Python, on every accepted edit."""

    revision = t.Int(0)
    """Counts the plans that this grid has shown. Not sent by itself; written by Python."""

    selection: t.TraitType[Any, Any] = t.Tuple(t.Unicode(), t.Unicode(), default_value=None, allow_none=True).tag(
        sync=True
    )
    """Keys of the selected row, None without one. Written by Python; the browser asks for it."""

    columns = t.Dict(read_only=True).tag(sync=True)
    """What the columns are: texts, days, numbers, slots, measures, filters' values. Written by Python."""

    state = t.Dict(read_only=True).tag(sync=True)
    """What is shown: revision, version, lines, sort, filters, what quantities are shown as, undo, what to bring into
    view. Written by Python."""

    _rows: GridRows
    _source: Any

    def __init__(
        self, plan: object, *, who: str = "", clock: Callable[[], dt.datetime] = now, **traits: object
    ) -> None:
        self._who, self._clock = who, clock
        self._version, self._show, self._view = 0, self.shows[0], RowView()
        self._reveals, self._revealed = 0, (0, -1)
        self._source, self._rows = self._read(plan)
        super().__init__(plan=plan, **traits)
        self._describe()
        self._tell()

    # What each kind of plan adds

    def _read(self, plan: Any) -> tuple[Any, GridRows]:
        """Return the cells and the rows of a plan that is shown for the first time."""
        raise NotImplementedError

    def _reread(self, old: Any) -> None:
        """Take up the plan, which differs from an old one by edits alone."""
        raise NotImplementedError

    def _row_of(self, keys: tuple[str, ...]) -> int:
        """Return the position of a row.

        Raises
        ------
        UnknownNameError
            When the plan does not have it.
        """
        raise NotImplementedError

    def _apply(self, edit: Edit, stamp: Mapping[str, str]) -> Outcome:
        """Apply quantities to cells, all or none."""
        raise NotImplementedError

    def _explanation(self, body: Fields) -> Any:
        """Return the explanation of the cell that a request names."""
        raise NotImplementedError

    def _slots(self) -> Mapping[str, object]:
        """Return what the columns hold beside what all grids have: slots and measures at least."""
        raise NotImplementedError

    def _choices_of(self, name: str, values: tuple[str, ...]) -> tuple[str, ...]:
        """Return the values by which a column is filtered."""
        del name
        return values

    def _sorted_slots(self) -> tuple[str, ...]:
        """Return the names by which rows are sorted in slots."""
        return ()

    def _more_state(self) -> Mapping[str, object]:
        """Return what the state holds beside what all grids have."""
        return {}

    def _look(self, body: Fields) -> None:
        """Take up what a change of view asks for beside what all grids have."""

    # Requests

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

    def _on_rows(self, request: Request) -> Reply:
        request.body.only("windows")
        return Reply()

    def _on_view(self, request: Request) -> Reply:
        body, source = request.body, self._source
        body.only("search", "filters", "sort", "descending", "show", "windows", *self.looks)
        named = tuple(filter(self._rows.has, (*source.texts, *source.dates, *source.numbers)))
        sortable = (*named, *self._sorted_slots())
        view = parse_view(body, self._view, sortable, self.filtered)
        show = body.choice("show", self.shows) if "show" in body else self._show
        self._look(body)
        self._view, self._show = view, show
        self._rows.show(view)
        self._tell()
        return Reply()

    def _on_expand(self, request: Request) -> Reply:
        asked = parse_expand(request.body, self._source.keys)
        self._rows.expand(self._row_of(asked.row), expanded=asked.expanded)
        self._tell()
        return Reply()

    def _on_select(self, request: Request) -> Reply:
        request.body.only(*self._source.keys)
        self.selection = parse_row(request.body, self._source.keys)
        return Reply()

    def _on_edit(self, request: Request) -> Reply:
        edit = parse_edit(request.body, self._source.n_buckets, has_source=self.has_source)
        stamp = {"who": self._who, "when": self._clock().isoformat(timespec="seconds")}
        outcome = self._apply(edit, stamp)
        if outcome.rejects:
            rejects = [reject.record() for reject in outcome.rejects]
            return Reply({"applied": 0, "rejects": rejects, **outcome.told}, error=("refused", outcome.refusal()))
        if outcome.applied:
            self.plan = outcome.plan
        return Reply({"applied": outcome.applied, **outcome.told})

    def _on_undo(self, request: Request) -> Reply:
        return self._step(request, self.plan.can_undo, "undo")

    def _on_redo(self, request: Request) -> Reply:
        return self._step(request, self.plan.can_redo, "redo")

    def _on_explain(self, request: Request) -> Reply:
        explanation = self._explanation(request.body)
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
        lines, version = self.columns["window"], self._version
        windows = [
            encode_window(self._source, self._rows, index, lines=lines, version=version, show=self._show)
            for index in indexes
        ]
        body = {**reply.body, "windows": [window.header for window in windows]}
        return Reply(body, [window.buffer for window in windows], reply.error)

    # What is shown

    def _bring(self, row: int, slot: int) -> None:
        """Bring a row into view, with search and filters taken back where they hide it."""
        if self._rows.line_of(row) is None:
            self._view = replace(self._view, search="", filters={})
            self._rows.show(self._view)
        self._reveals, self._revealed = self._reveals + 1, (self._rows.line_of(row) or 0, slot)

    @t.validate("selection")
    def _known_row(self, proposal: Mapping[str, Any]) -> tuple[str, ...] | None:
        selection: tuple[str, ...] | None = proposal["value"]
        if selection is not None:
            self._row_of(selection)
        return selection

    @t.observe("plan")
    def _on_plan(self, change: Mapping[str, Any]) -> None:
        if change["old"] is None:
            return
        if change["old"].arrays is self.plan.arrays:
            self._reread(change["old"])
        else:
            self._view = RowView()
            self._source, self._rows = self._read(self.plan)
            self.set_trait("selection", None)
            self._describe()
        self.revision += 1
        self._tell()

    def _describe(self) -> None:
        has, source = self._rows.has, self._source
        slots = self._slots()
        self.set_trait(
            "columns",
            {
                "name": self.plan.config.name,
                "keys": list(source.keys),
                "texts": [name for name in source.texts if has(name)],
                "dates": [name for name in source.dates if has(name)],
                "numbers": [name for name in source.numbers if has(name)],
                "filters": {name: self._choices(name) for name in self.filtered if has(name)},
                "shows": list(self.shows),
                "window": window_lines(len(slots["slots"])),  # type: ignore[arg-type]  # a list, for JSON
                **slots,
            },
        )

    def _choices(self, name: str) -> list[str]:
        texts = self._rows.texts(name)
        blank = [""] if (texts.codes < 0).any() else []
        return [*self._choices_of(name, texts.values)[:MOST_CHOICES], *blank]

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
                "all_rows": self._rows.n_all,
                "edits": self._source.n_edits,
                "can_undo": bool(self.plan.can_undo),
                "can_redo": bool(self.plan.can_redo),
                "search": self._view.search,
                "filters": {name: list(values) for name, values in self._view.filters.items()},
                "sort": self._view.sort,
                "descending": self._view.descending,
                "show": self._show,
                "reveal": [self._reveals, *self._revealed],
                **self._more_state(),
            },
        )
