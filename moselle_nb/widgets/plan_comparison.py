"""Both plans of one forecast side by side: how they differ, and what moving first saves on buying."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar

import traitlets as t

from moselle_nb.plans.compare import compare
from moselle_nb.widgets.base import a_plan, an_allocation, front_end
from moselle_nb.widgets.guarded import GuardedWidget, error_text
from moselle_nb.widgets.latest import Latest
from moselle_nb.widgets.order_tables import records_of, static_table
from moselle_nb.widgets.planner_words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from moselle_nb.plans.allocating.plan import AllocationPlan
    from moselle_nb.plans.compare import Comparison
    from moselle_nb.plans.document import ReplenishmentPlan

__all__ = ["PlanComparison"]

MOVE_NOW = ("item", "move_units", "move_cost", "buy_units", "buy_less_units", "buy_less_value")
"""Columns of the items of which less has to be bought once stock has moved."""

TWICE = ("item", "location", "moved_out", "unserved_buy", "unserved_both", "promised_twice")
"""Columns of the rows whose units both plans promise."""

DIGITS = 2
"""After the decimal point: forecasts that are split by days leave parts of units."""

TO_THE_LEFT = "style='text-align:left'"
"""Words are read from the left, whatever a viewer of notebooks does to tables."""

STATIC_RECORDS = 20
"""Rows of a table in the form for readers without a kernel."""


@dataclass(frozen=True)
class _Looked:
    comparison: Comparison
    facts: list[list[str]]
    tables: dict[str, dict[str, Any]]
    headline: str
    warning: str
    saves: bool


class PlanComparison(GuardedWidget):
    """Show a replenishment and an allocation plan of one forecast side by side.

    Parameters
    ----------
    replenishment, allocation
        Plans of the same tables; assign others after an edit.
    background
        Compare in a thread, so that the kernel answers meanwhile.
    **traits
        Values of public traits.

    Examples
    --------
    >>> PlanComparison(plan, allocation).comparison.totals["buy_less_units"]  # doctest: +SKIP
    """

    _esm: ClassVar[object] = front_end("plan_comparison.js")
    _css: ClassVar[object] = front_end("plan_comparison.css")

    replenishment = t.Any()
    """The replenishment plan. Not sent to the browser; written by Python."""

    allocation = t.Any()
    """The allocation plan. Not sent to the browser; written by Python."""

    comparison = t.Any(None, allow_none=True, read_only=True)
    """The `Comparison` of both; None while there is none. Not sent to the browser; written by Python."""

    names: t.List[str] = t.List(read_only=True).tag(sync=True)
    """Names of both plans. Written by Python."""

    facts: t.List[list[str]] = t.List(read_only=True).tag(sync=True)
    """How the plans differ: what is compared, the replenishment plan's side, the allocation's. Written by Python."""

    move_now: t.Dict[str, Any] = t.Dict(read_only=True).tag(sync=True)
    """Items of which less has to be bought once stock has moved: `records`, `columns`, `total`. Written by Python."""

    twice: t.Dict[str, Any] = t.Dict(read_only=True).tag(sync=True)
    """Rows whose units both plans promise, likewise. Written by Python."""

    items: t.Dict[str, Any] = t.Dict(read_only=True).tag(sync=True)
    """What both plans do for each item, likewise. Written by Python."""

    headline = t.Unicode("", read_only=True).tag(sync=True)
    """What moving first saves or costs, in one line. Written by Python."""

    saves = t.Bool(default_value=False, read_only=True).tag(sync=True)
    """Whether less has to be bought in all once stock has moved. Written by Python."""

    warning = t.Unicode("", read_only=True).tag(sync=True)
    """What both plans promise, in one line; blank when nothing is. Written by Python."""

    working = t.Bool(default_value=False, read_only=True).tag(sync=True)
    """Whether the plans are being compared. Written by Python."""

    def __init__(
        self,
        replenishment: ReplenishmentPlan,
        allocation: AllocationPlan,
        *,
        background: bool = False,
        **traits: object,
    ) -> None:
        self._latest: Latest[_Looked] = Latest(self._show, background=background)
        super().__init__(**traits)
        self.compare(replenishment, allocation)

    def compare(self, replenishment: ReplenishmentPlan, allocation: AllocationPlan) -> None:
        """Compare other plans, once for both.

        Parameters
        ----------
        replenishment, allocation
            Plans of the same tables.
        """
        with self.hold_trait_notifications():
            self.replenishment, self.allocation = replenishment, allocation

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until what is compared in the background is there; tell whether it is.

        Parameters
        ----------
        timeout
            Seconds; None waits as long as it takes.
        """
        return self._latest.wait(timeout)

    @t.validate("replenishment")
    def _a_plan(self, proposal: Mapping[str, Any]) -> ReplenishmentPlan:
        return a_plan(proposal["value"], self)

    @t.validate("allocation")
    def _an_allocation(self, proposal: Mapping[str, Any]) -> AllocationPlan:
        return an_allocation(proposal["value"], self)

    @t.observe("replenishment", "allocation")
    def _changed(self, _change: object) -> None:
        replenishment, allocation = self.replenishment, self.allocation
        if replenishment is None or allocation is None:
            return
        with self.hold_sync():
            self.set_trait("names", [replenishment.config.name, allocation.config.name])
            self.set_trait("working", value=True)
        self._latest.ask(lambda: _looked(compare(replenishment, allocation)))

    def _show(self, looked: _Looked | None, error: Exception | None) -> None:
        empty: dict[str, Any] = {"records": [], "columns": [], "total": 0}
        with self.hold_sync():
            self.set_trait("comparison", None if looked is None else looked.comparison)
            self.set_trait("facts", [] if looked is None else looked.facts)
            for name in ("move_now", "twice", "items"):
                self.set_trait(name, empty if looked is None else looked.tables[name])
            self.set_trait("headline", "" if looked is None else looked.headline)
            self.set_trait("saves", looked is not None and looked.saves)
            self.set_trait("warning", "" if looked is None else looked.warning)
            self.set_trait("working", value=False)
            self.problem = error_text(error, "The plans could not be compared.")

    def static_html(self) -> str:
        """Return the comparison with its first items as tables."""
        if not self.facts:
            return f"<p>{escape(self.problem or 'The plans are being compared.')}</p>"
        kinds = zip(("Replenishment", "Allocation"), self.names, strict=True)
        head = "".join(f"<th scope='col' {TO_THE_LEFT}>{kind}: {escape(name)}</th>" for kind, name in kinds)
        rows = "".join(
            f"<tr><th scope='row' {TO_THE_LEFT}>{escape(what)}</th><td {TO_THE_LEFT}>{escape(ours)}</td>"
            f"<td {TO_THE_LEFT}>{escape(theirs)}</td></tr>"
            for what, ours, theirs in self.facts
        )
        facts = f"<table><thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table>"
        said = "".join(f"<p>{escape(text)}</p>" for text in (self.headline, self.warning) if text)
        return facts + said + static_table("Items of which less has to be bought", self.move_now, STATIC_RECORDS)

    def __repr__(self) -> str:
        """Return both sums."""
        return f"PlanComparison({'nothing compared' if self.comparison is None else self.comparison!r})"


def _looked(comparison: Comparison) -> _Looked:
    facts = [[str(cell).capitalize() if place == 0 else str(cell) for place, cell in enumerate(row)]
             for row in comparison.table.itertuples(index=False, name=None)]  # fmt: skip
    move_now, twice = comparison.move_now, comparison.promised_twice
    tables = {
        "move_now": records_of(move_now[list(MOVE_NOW)].round(DIGITS)),
        "twice": records_of(twice[list(TWICE)].round(DIGITS)),
        "items": records_of(comparison.summary.round(DIGITS)),
    }
    warning = ""
    if len(twice):
        units = float(twice["promised_twice"].sum())
        warning = (
            f"{counted(len(twice), 'row')} cannot keep what both plans promise: {_units(units)} "
            f"{'is' if round(units) == 1 else 'are'} shipped away on which the replenishment plan counts. Protect the "
            "source's own demand, or hold stock back."
        )
    total = comparison.totals
    return _Looked(comparison, facts, tables, _headline(move_now, total), warning, _saves(total))


def _saves(total: pd.Series[float]) -> bool:
    """Tell whether moving first saves buying in all: fewer units, which are not dearer."""
    return bool(total["buy_less_units"] > 0 and total["buy_less_value"] >= 0)


def _headline(move_now: pd.DataFrame, total: pd.Series[float]) -> str:
    """Say what moving first saves or costs in all, and what stays unserved."""
    moved, net = float(total["move_units"]), float(total["buy_less_units"])
    short = f"Unserved: {_units(total['unserved_buy'])} by buying only, {total['unserved_both']:,.0f} by both."
    if not moved:
        return f"Nothing is moved, so nothing less has to be bought. {short}"
    less = float(move_now["buy_less_units"].sum())
    once = f"once {_units(moved)} {'has' if round(moved) == 1 else 'have'} moved"
    if not less and not net:
        return f"Moving changes nothing about buying: {once}, as much has to be bought as before. {short}"
    said = f"{_call(total)}: {once}, {_net(total)}"
    if less > net and less:
        said += f": {less:,.0f} less of {counted(len(move_now), 'item')}, {less - net:,.0f} more of others"
    return f"{said}{', to refill the source' if less > net else ''}. {short}"


def _call(total: pd.Series[float]) -> str:
    """Say in a few words what moving is good for."""
    if _saves(total):
        return "Move now, buy less"
    serves = round(float(total["unserved_buy"] - total["unserved_both"])) > 0
    return f"Moving {'serves more, but does' if serves else 'does'} not save buying"


def _net(total: pd.Series[float]) -> str:
    """Say how much more or less has to be bought in all."""
    units, value = float(total["buy_less_units"]), float(total["buy_less_value"])
    worth = f"worth {abs(value):,.2f}{'' if units * value > 0 or not value else f' {_way(value)}'}"
    if not round(units):
        return f"as many units have to be bought in all, {worth}"
    verb = "has" if round(abs(units)) == 1 else "have"
    return f"{_units(abs(units))} {_way(units)} {verb} to be bought in all, {worth}"


def _way(saved: float) -> str:
    return "less" if saved > 0 else "more"


def _units(amount: float) -> str:
    return counted(round(amount), "unit")
