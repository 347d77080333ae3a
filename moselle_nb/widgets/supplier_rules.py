"""What the rules of suppliers ask of the orders, what meeting them costs, and a button that does it."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd
import traitlets as t

from moselle_nb.exceptions import MoselleError
from moselle_nb.plans.suppliers.words import gap_text
from moselle_nb.widgets.base import a_plan, front_end
from moselle_nb.widgets.guarded import GuardedWidget, error_text
from moselle_nb.widgets.latest import Latest
from moselle_nb.widgets.messages import Reply
from moselle_nb.widgets.order_tables import records_of, static_table
from moselle_nb.widgets.planner_words import counted
from moselle_nb.widgets.row_grid import now

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    from moselle_nb.plans.document import ReplenishmentPlan
    from moselle_nb.plans.suppliers.choices import SupplierChoices
    from moselle_nb.widgets.messages import Request

__all__ = ["SupplierRules"]

COLUMNS = ("supplier", "location", "order_date", "gap", "text", "instead", "packs", "value")
"""Columns of the preview; what is done stands beside what it would be instead."""

MOST_MONEY = 1e12
"""Largest budget that a browser may send."""


class SupplierRules(GuardedWidget):
    """Preview how orders meet the rules of their suppliers, with the price of each rule, and meet them.

    Meeting them makes a new plan, as an edit does: follow it with ``rules.observe(handler, "plan")``.

    Parameters
    ----------
    plan
        The plan; assign another one after an edit.
    who
        Who edits; recorded with each edit.
    clock
        Tells when; recorded with each edit.
    background
        Work the choices out in a thread, so that the kernel answers meanwhile.
    **traits
        Values of public traits.

    Examples
    --------
    >>> rules = SupplierRules(plan)  # doctest: +SKIP
    >>> rules.preview(budget=20_000).frame  # doctest: +SKIP
    >>> rules.apply().edits  # doctest: +SKIP
    """

    _esm: ClassVar[object] = front_end("supplier_rules.js")
    _css: ClassVar[object] = front_end("supplier_rules.css")
    kinds = frozenset({"preview", "apply", "undo"})

    plan = t.Any()
    """The plan. Not sent to the browser; written by Python."""

    choices = t.Any(None, allow_none=True, read_only=True)
    """The `SupplierChoices` on show, or None. Not sent to the browser; written by Python."""

    shown: t.Dict[str, Any] = t.Dict(read_only=True).tag(sync=True)
    """What would be done: `records`, `columns` and the `total` of records; no rules that are met. Written by Python."""

    headline = t.Unicode("", read_only=True).tag(sync=True)
    """What would change and what it costs, in one line; blank before a preview. Written by Python."""

    changes = t.Int(0, read_only=True).tag(sync=True)
    """How many order lines would change. Written by Python."""

    said = t.Unicode("", read_only=True).tag(sync=True)
    """What was done last, in one line. Written by Python."""

    can_undo = t.Bool(default_value=False, read_only=True).tag(sync=True)
    """Whether what was done here last can be taken back. Written by Python."""

    working = t.Unicode("", read_only=True).tag(sync=True)
    """What is being worked out; blank when all is current. Written by Python."""

    def __init__(
        self,
        plan: Any,
        *,
        who: str = "",
        clock: Callable[[], dt.datetime] = now,
        background: bool = False,
        **traits: object,
    ) -> None:
        self._who, self._clock = who, clock
        self._done: ReplenishmentPlan | None = None
        self._choosing: Latest[SupplierChoices] = Latest(self._show, background=background)
        self.set_trait("shown", records_of(pd.DataFrame()))
        super().__init__(plan=plan, **traits)

    def preview(self, **settings: Any) -> SupplierChoices | None:
        """Do what the button does: work out the choices, and return them where they are there at once.

        Parameters
        ----------
        **settings
            As for `ReplenishmentPlan.supplier_choices`.
        """
        plan = self.plan
        self.set_trait("said", "")
        self.set_trait("working", "Working out what the rules of the suppliers ask…")
        self._choosing.ask(lambda: plan.supplier_choices(**settings))
        choices: SupplierChoices | None = self.choices
        return choices

    def apply(self) -> ReplenishmentPlan:
        """Do what is on show, as one step of undo, and return the plan.

        Raises
        ------
        MoselleError
            When nothing is on show, or no legal change meets any rule.
        """
        if self.choices is None:
            msg = "there is nothing on show; ask for a preview first"
            raise MoselleError(msg)
        count, when = len(self.choices.lines), self._clock().isoformat(timespec="seconds")
        made = self.plan.meet_supplier_rules(self.choices, who=self._who, when=when)
        self._done = made if made is not self.plan else None
        self.plan = made
        self._told(f"{counted(count, 'order line')} changed, as one step." if count else "Nothing had to be changed.")
        plan: ReplenishmentPlan = self.plan
        return plan

    def undo(self) -> ReplenishmentPlan:
        """Take back what was done here last, and return the plan.

        Raises
        ------
        MoselleError
            When the plan has changed since.
        """
        if self._done is None or self.plan is not self._done:
            msg = "what was done here is not the last edit any more; take edits back in the grid"
            raise MoselleError(msg)
        self._done, self.plan = None, self.plan.undo()
        self._told("Taken back: the orders are as they were.")
        plan: ReplenishmentPlan = self.plan
        return plan

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the preview is there; tell whether it is.

        Parameters
        ----------
        timeout
            Seconds; None waits as long as it takes.
        """
        return self._choosing.wait(timeout)

    def answer(self, request: Request) -> Reply:
        """Preview, apply or take back."""
        if request.kind == "preview":
            body = request.body
            body.only("budget", "fill_containers", "may_wait")
            settings: dict[str, Any] = {name: body.flag(name) for name in ("fill_containers", "may_wait")}
            if "budget" in body:
                settings["budget"] = body.number("budget", 0, MOST_MONEY)
            self.preview(**settings)
            return Reply()
        request.body.only()
        self.apply() if request.kind == "apply" else self.undo()
        return Reply()

    @t.validate("plan")
    def _a_plan(self, proposal: Mapping[str, Any]) -> ReplenishmentPlan:
        return a_plan(proposal["value"], self)

    @t.observe("plan")
    def _changed(self, change: Mapping[str, Any]) -> None:
        if change["old"] is change["new"]:
            return
        # What was worked out for another state of the plan is not shown any more.
        self._show(None, None)
        self._told("")

    def _told(self, text: str) -> None:
        self.set_trait("said", text)
        self.set_trait("can_undo", self._done is not None and self.plan is self._done)

    def _show(self, choices: SupplierChoices | None, error: Exception | None) -> None:
        if choices is not None and choices.plan is not self.plan:
            choices = None
        frame = pd.DataFrame() if choices is None else choices.frame
        if choices is not None:
            untouched = (frame["action"] == "keep") & (frame["rule"] == "budget")
            frame = _readable(frame[(frame["action"] != "met") & ~untouched])
        with self.hold_sync():
            self.set_trait("choices", choices)
            self.set_trait("shown", records_of(frame))
            self.set_trait("changes", 0 if choices is None else len(choices.lines))
            self.set_trait("headline", "" if choices is None else _sentence(choices.headline))
            self.set_trait("working", "")
            self.problem = error_text(error, "The rules of the suppliers could not be worked out.")

    def static_html(self) -> str:
        """Return what would be done as a table."""
        if self.choices is None:
            return ""
        return f"<p>{escape(self.headline)}</p>{static_table('Rules of suppliers', self.shown)}"

    def __repr__(self) -> str:
        """Return how many order lines would change."""
        return f"SupplierRules({counted(self.changes, 'change')})"


def _readable(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that are shown: amounts of different kinds stand with their units, nothing for none."""
    shown = frame[list(COLUMNS)].astype({"gap": object, "value": object})
    for place, (rule, gap, value, currency) in enumerate(
        zip(*(frame[name] for name in ("rule", "gap", "value", "currency")), strict=True)
    ):
        of = currency if isinstance(currency, str) else None
        shown.iloc[place, COLUMNS.index("gap")] = gap_text(rule, gap, of) or None
        worth = "" if value == 0 or math.isnan(value) else f"{value:,.2f} {of or ''}".strip()
        shown.iloc[place, COLUMNS.index("value")] = worth or None
    return shown.assign(
        packs=frame["packs"].where(frame["packs"] != 0), instead=frame["instead"].where(frame["instead"] != "", None)
    )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
