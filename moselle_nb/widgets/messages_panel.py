"""What a planner must know beyond the numbers: a plan's messages, by kind, each a way to its row."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
import traitlets as t

from moselle_nb.exceptions import UnknownNameError
from moselle_nb.widgets.base import any_plan, front_end
from moselle_nb.widgets.guarded import GuardedWidget, error_text
from moselle_nb.widgets.latest import Latest
from moselle_nb.widgets.messages import Reply, RequestError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from moselle_nb.plans.allocating.plan import AllocationPlan
    from moselle_nb.plans.document import ReplenishmentPlan
    from moselle_nb.widgets.messages import Request

__all__ = ["KINDS", "MessagesPanel"]

MOST_RECORDS = 300
"""Messages that are sent to the browser at once."""

MOST_ROWS_AT_ONCE = 100_000
"""Plans beyond this many rows are gone through again only when the panel is open: an edit must not wait for it."""

LONGEST_KEY = 500

KINDS = {
    "conflict": "Rules clash",
    "no_lane": "No lane leads there",
    "blocked": "Item is blocked",
    "no_stock": "No stock to divide",
    "counted_twice": "Demand counted twice",
    "runs_out_before_inflow": "Runs out before inflow",
    "negative_stock": "Negative stock",
    "short": "Need not met",
    "does_not_pay": "No move pays",
    "presentation_short": "Below presentation minimum",
    "capacity": "Location is full",
    "over_volume": "Volume exceeded",
    "no_volume": "Volume not known",
    "pack_exceeds_stock": "Pack larger than what is left",
    "below_transfer_minimum": "Below transfer minimum",
    "expedite": "Bring an open order forward",
    "unserved_by_edits": "Sales lost by edits",
    "unserved_by_cost": "Not worth its stock",
    "waste": "Would expire unsold",
    "capped": "Order capped",
    "shelf_life": "Limited by shelf life",
    "over_max_stock": "Above maximum stock",
    "late_inbound": "Late open order",
    "cancel": "Cancel an open order",
    "delay": "Put an open order off",
    "forecast_too_short": "Forecast ends early",
    "no_forecast": "No forecast",
    "empty_window": "Arrives after coverage",
    "hold_back": "Held back",
    "no_need": "No need",
    "moq_cover": "Long cover by MOQ",
    "price_break": "Raised for its price",
    "no_supplier": "No supplier",
    "fed_by_lane": "Fed by a lane",
}
"""Words for kinds, the most urgent first; another kind comes last, with its name in words."""

STATIC_RECORDS = 20
"""Messages in the form for readers without a kernel."""


@dataclass(frozen=True)
class _Found:
    messages: pd.DataFrame
    kinds: list[list[Any]]


class MessagesPanel(GuardedWidget):
    """Show a plan's messages, folded away: how many of each kind, and the first of them.

    Parameters
    ----------
    plan
        The plan; assign another one after an edit.
    background
        Go through the plan in a thread, so that the kernel answers meanwhile.
    **traits
        Values of public traits.

    Examples
    --------
    >>> panel = MessagesPanel(plan)  # doctest: +SKIP
    >>> panel.on_choose(lambda item, location, day: print(item, location, day))  # doctest: +SKIP
    """

    _esm: ClassVar[object] = front_end("messages_panel.js")
    _css: ClassVar[object] = front_end("messages_panel.css")
    accepts = frozenset({"unfolded"})
    kinds = frozenset({"filter", "choose"})

    plan = t.Any()
    """The plan. Not sent to the browser; written by Python."""

    unfolded = t.Bool(default_value=False).tag(sync=True)
    """Whether the panel is unfolded. Written by both sides."""

    counts: t.List[list[Any]] = t.List(read_only=True).tag(sync=True)
    """Key, title and number of messages of each kind. Written by Python."""

    kind = t.Unicode("", read_only=True).tag(sync=True)
    """The kind that is shown; blank for all. Written by Python; the browser asks for it."""

    records: t.List[dict[str, Any]] = t.List(read_only=True).tag(sync=True)
    """The first messages of the kind: item, location, date, kind, text. Written by Python."""

    total = t.Int(0, read_only=True).tag(sync=True)
    """How many messages of the kind there are. Written by Python."""

    working = t.Bool(default_value=False, read_only=True).tag(sync=True)
    """Whether what is shown may be that of an earlier plan. Written by Python."""

    def __init__(self, plan: ReplenishmentPlan | AllocationPlan, *, background: bool = False, **traits: object) -> None:
        self._handlers: list[Callable[[str, str, dt.date | None], object]] = []
        self._found = _Found(pd.DataFrame({"kind": []}), [])
        self._latest: Latest[_Found] = Latest(self._show, background=background)
        super().__init__(plan=plan, **traits)

    def on_choose(self, handler: Callable[[str, str, dt.date | None], object]) -> None:
        """Call `handler` with item, location and day of a message that is chosen.

        Parameters
        ----------
        handler
            What to do with it.
        """
        self._handlers.append(handler)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until what is gone through in the background is there; tell whether it is.

        Parameters
        ----------
        timeout
            Seconds; None waits as long as it takes.
        """
        return self._latest.wait(timeout)

    def answer(self, request: Request) -> Reply:
        """Show one kind, or choose the row of a message."""
        if request.kind == "filter":
            request.body.only("show")
            self.set_trait("kind", request.body.choice("show", ("", *(key for key, _, _ in self.counts))))
            self._list()
            return Reply()
        request.body.only("item", "location", "date")
        keys = request.body.text("item", LONGEST_KEY), request.body.text("location", LONGEST_KEY)
        day = _day(request.body.text("date", LONGEST_KEY)) if "date" in request.body else None
        _refuse_unknown(self.plan, *keys)
        for handler in self._handlers:
            handler(*keys, day)
        return Reply()

    @t.validate("plan")
    def _a_plan(self, proposal: Mapping[str, Any]) -> ReplenishmentPlan | AllocationPlan:
        return any_plan(proposal["value"], self)

    @t.observe("plan")
    def _replanned(self, change: Mapping[str, Any]) -> None:
        self.set_trait("working", value=True)
        if self.unfolded or change["old"] is None or change["new"].inputs.rows <= MOST_ROWS_AT_ONCE:
            self._ask()

    @t.observe("unfolded")
    def _unfolded(self, _change: object) -> None:
        if self.unfolded and self.working:
            self._ask()

    def _ask(self) -> None:
        plan = self.plan
        self._latest.ask(lambda: _found(plan))

    def _show(self, found: _Found | None, error: Exception | None) -> None:
        with self.hold_sync():
            if found is not None:
                self._found = found
                self.set_trait("counts", found.kinds)
                if self.kind not in {key for key, _, _ in found.kinds}:
                    self.set_trait("kind", "")
                self._list()
            self.set_trait("working", value=False)
            self.problem = error_text(error, "The messages could not be gone through.")

    def _list(self) -> None:
        messages = self._found.messages
        if self.kind:
            messages = messages[messages["kind"] == self.kind]
        self.set_trait("total", len(messages))
        self.set_trait("records", _records(messages.head(MOST_RECORDS)))

    def static_html(self) -> str:
        """Return the counts and the first messages."""
        if not self.counts:
            return "<p>No messages.</p>"
        counts = ", ".join(f"{escape(title)}: {count:,}" for _, title, count in self.counts)
        rows = "".join(
            f"<tr><th scope='row'>{escape(record['item'])}</th><td>{escape(record['location'])}</td>"
            f"<td>{record['date'] or ''}</td><td>{escape(record['text'])}</td></tr>"
            for record in self.records[:STATIC_RECORDS]
        )
        return f"<p>Messages. {counts}.</p><table><tbody>{rows}</tbody></table>"

    def __repr__(self) -> str:
        """Return the number of messages."""
        count = sum(count for _, _, count in self.counts)
        return f"MessagesPanel({count:,} message{'' if count == 1 else 's'})"


def _refuse_unknown(plan: ReplenishmentPlan | AllocationPlan, item: str, location: str) -> None:
    """Refuse a row that the plan does not have; an allocation shows items, whatever the location."""
    row_of = getattr(plan, "row_of", None)
    if row_of is not None:
        row_of(item, location)
    elif item not in set(plan.inputs.items["item"]):
        raise UnknownNameError("item", item, plan.inputs.items["item"])  # noqa: EM101 (a kind of name, not the text)


def _found(plan: ReplenishmentPlan | AllocationPlan) -> _Found:
    messages = plan.messages
    counted = {str(kind): int(count) for kind, count in messages["kind"].value_counts().items()}
    order = [*KINDS, *sorted(counted.keys() - KINDS.keys())]
    kinds: list[list[Any]] = [[kind, _title(kind), counted[kind]] for kind in order if kind in counted]
    ranks = messages["kind"].map({kind: rank for rank, kind in enumerate(order)})
    first: np.ndarray[Any, Any] = (
        np.argsort(ranks.to_numpy(dtype=np.int64), kind="stable") if len(messages) else np.empty(0, dtype=np.int64)
    )
    return _Found(messages.iloc[first], kinds)


def _title(kind: str) -> str:
    return KINDS.get(kind) or kind.replace("_", " ").capitalize()


def _records(messages: pd.DataFrame) -> list[dict[str, Any]]:
    if messages.empty:
        return []
    columns = messages[["item", "location", "date", "kind", "text"]].itertuples(index=False, name=None)
    return [
        {
            "item": str(item),
            "location": str(location),
            "date": None if pd.isna(date) else pd.Timestamp(date).date().isoformat(),
            "kind": _title(str(kind)),
            "text": str(text),
        }
        for item, location, date, kind, text in columns
    ]


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        msg = f"field 'date' must be a day as YYYY-MM-DD, got {text[:40]!r}"
        raise RequestError(msg) from error
