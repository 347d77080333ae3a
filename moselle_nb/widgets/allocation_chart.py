"""Cover of one item before and after an allocation, and how fair each rule is with the same stock."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar

import traitlets as t

from moselle_nb.plans.allocating.charts import cover_chart, cover_points, fairness_chart
from moselle_nb.widgets.base import an_allocation, front_end
from moselle_nb.widgets.guarded import GuardedWidget, error_text
from moselle_nb.widgets.inventory_chart import HEIGHT, LIGHT, recoloured, svg_of
from moselle_nb.widgets.latest import Latest
from moselle_nb.widgets.order_tables import records_of
from moselle_nb.widgets.planner_words import counted

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import pandas as pd

    from moselle_nb.plans.allocating.plan import AllocationPlan

__all__ = ["AllocationChart"]

NOTHING: dict[str, Any] = {"records": [], "columns": [], "total": 0}

RULES = {
    "equal_runout": "Equal runout",
    "proportional": "In proportion to need",
    "priority": "By priority",
    "marginal_value": "Marginal value",
    "even": "Even split",
}
"""Words for the rules."""

COLUMNS = (
    "rule", "allocated", "units_short", "rows_short", "lowest_cover", "mean_cover", "cover_spread",
    "expected_lost_units", "value_lost", "transfer_cost", "cost_against_best",
)  # fmt: skip
"""What is shown of each rule."""


@dataclass(frozen=True)
class _Compared:
    table: dict[str, Any]
    notes: list[str]
    svg: str


class AllocationChart(GuardedWidget):
    """Show the cover of the selected item before and after an allocation, and the rules compared.

    Parameters
    ----------
    plan
        The allocation plan to draw from; assign another one to redraw.
    background
        Draw in a thread of its own, so that the kernel answers meanwhile.
    **traits
        Values of public traits.

    Examples
    --------
    >>> chart = AllocationChart(plan, selection="SKU-1")  # doctest: +SKIP
    """

    _esm: ClassVar[object] = front_end("allocation_chart.js")
    _css: ClassVar[object] = front_end("allocation_chart.css")
    accepts = frozenset({"unfolded"})

    plan = t.Any()
    """The plan. Not sent to the browser; written by Python."""

    selection = t.Unicode("")
    """The item that is drawn; blank draws nothing. Written by Python."""

    ship_date = t.Any(None, allow_none=True)
    """The ship date that is drawn; None draws the first one. Written by Python."""

    svg = t.Unicode("", read_only=True).tag(sync=True)
    """The chart for a light ground; blank where there is nothing to show. Written by Python."""

    svg_dark = t.Unicode("", read_only=True).tag(sync=True)
    """The same for a dark ground. Written by Python."""

    alt = t.Unicode("", read_only=True).tag(sync=True)
    """What the chart shows, in words. Written by Python."""

    drawing = t.Bool(default_value=False, read_only=True).tag(sync=True)
    """Whether another chart is being drawn than the one that is shown. Written by Python."""

    unfolded = t.Bool(default_value=False).tag(sync=True)
    """Whether the rules are compared: it divides the stock again by each of them. Written by both sides."""

    fairness: t.Dict[str, Any] = t.Dict(read_only=True).tag(sync=True)
    """What each rule does with the same stock: `records`, `columns`, `total`. Written by Python."""

    fairness_notes: t.List[str] = t.List(read_only=True).tag(sync=True)
    """What has to be known about these figures. Written by Python."""

    fairness_svg = t.Unicode("", read_only=True).tag(sync=True)
    """The rules as a chart for a light ground; blank while they are not compared. Written by Python."""

    fairness_svg_dark = t.Unicode("", read_only=True).tag(sync=True)
    """The same for a dark ground. Written by Python."""

    comparing = t.Bool(default_value=False, read_only=True).tag(sync=True)
    """Whether the rules are being compared. Written by Python."""

    def __init__(self, plan: AllocationPlan, *, background: bool = False, **traits: object) -> None:
        self._drawing: Latest[tuple[str, str]] = Latest(self._show, background=background)
        self._rules: Latest[_Compared] = Latest(self._compared, background=background)
        self.set_trait("fairness", NOTHING)
        self._compared_plan: object = None
        self._wrong = {"chart": "", "rules": ""}
        super().__init__(plan=plan, **traits)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until what is worked out in the background is there; tell whether it is.

        Parameters
        ----------
        timeout
            Seconds; None waits as long as it takes.
        """
        return self._drawing.wait(timeout) and self._rules.wait(timeout)

    @t.validate("plan")
    def _a_plan(self, proposal: Mapping[str, Any]) -> AllocationPlan:
        return an_allocation(proposal["value"], self)

    @t.observe("plan", "selection", "ship_date")
    def _redraw(self, _change: object) -> None:
        plan, item, date = self.plan, self.selection, self.ship_date
        self.set_trait("drawing", value=True)
        self._drawing.ask(lambda: _drawn(plan, item, date))

    @t.observe("plan", "unfolded")
    def _compare(self, _change: object) -> None:
        plan = self.plan
        if not self.unfolded or plan is self._compared_plan:
            return
        self._compared_plan = plan
        self.set_trait("comparing", value=True)
        self._rules.ask(lambda: _comparison(plan))

    def _show(self, drawn: tuple[str, str] | None, error: Exception | None) -> None:
        svg, text = drawn or ("", "")
        with self.hold_sync():
            self.set_trait("svg", svg)
            self.set_trait("svg_dark", recoloured(svg))
            self.set_trait("alt", text)
            self.set_trait("drawing", value=False)
            self._complain("chart", error_text(error, "The chart could not be drawn."))

    def _compared(self, found: _Compared | None, error: Exception | None) -> None:
        rules = found or _Compared(NOTHING, [], "")
        with self.hold_sync():
            self.set_trait("fairness", rules.table)
            self.set_trait("fairness_notes", rules.notes)
            self.set_trait("fairness_svg", rules.svg)
            self.set_trait("fairness_svg_dark", recoloured(rules.svg))
            self.set_trait("comparing", value=False)
            self._complain("rules", error_text(error, "The rules could not be compared."))

    def _complain(self, about: str, text: str) -> None:
        self._wrong[about] = text
        self.problem = " ".join(filter(None, self._wrong.values()))

    def static_html(self) -> str:
        """Return the chart itself with its text."""
        if not self.svg:
            return f"<p>{escape(self.problem or 'No item is selected.')}</p>"
        return f"<figure role='img' aria-label='{escape(self.alt, quote=True)}'>{self.svg}</figure>"

    def __repr__(self) -> str:
        """Return the selected item."""
        return f"AllocationChart({self.selection or 'nothing selected'})"


def _comparison(plan: AllocationPlan) -> _Compared:
    found = plan.fairness()
    rules = found.rules[[name for name in COLUMNS if name in found.rules]]
    words = [
        f"{_words(rule)}{' (this plan)' if chosen else ''}"
        for rule, chosen in zip(rules["rule"], found.rules["chosen"], strict=True)
    ]
    table = records_of(rules.assign(rule=words).round(2))
    return _Compared(table, list(found.notes), svg_of(fairness_chart(found, colours=LIGHT)))


def _words(rule: str) -> str:
    """Return the words for a rule, also for that of an edited plan."""
    name, _, tail = rule.partition(",")
    return f"{RULES.get(name, name)}{',' if tail else ''}{tail}"


def _drawn(plan: AllocationPlan, item: str, date: dt.date | None) -> tuple[str, str]:
    """Return the drawing and its text."""
    if not item:
        return "", ""
    chart = cover_chart(plan, item, date, colours=LIGHT, height=HEIGHT)
    return svg_of(chart), _in_words(cover_points(plan, item, date), item)


def _in_words(points: pd.DataFrame, item: str) -> str:
    """Say what the chart shows, for those who cannot see it."""
    if points.empty:
        return f"{item} goes to no location."
    moments = list(dict.fromkeys(points["moment"]))
    before, after = (points[points["moment"] == moment] for moment in (moments[0], moments[-1]))
    lowest = after.loc[after["days"].idxmin()]
    return (
        f"Cover of {item} at {counted(len(after), 'location')}: before from {before['days'].min():,.1f} to "
        f"{before['days'].max():,.1f} days, after the allocation from {after['days'].min():,.1f} to "
        f"{after['days'].max():,.1f} days, lowest at {lowest['location']}. "
        f"{counted(int(after['units'].sum()), 'unit')} allocated."
    )
