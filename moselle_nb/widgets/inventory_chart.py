"""The chart of one row, drawn in the kernel: no script and no network in the browser."""

from __future__ import annotations

from dataclasses import asdict
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar

import traitlets as t

from moselle_nb.plans.charts import Colours, inventory_chart, judged_lines
from moselle_nb.widgets.base import a_plan, front_end
from moselle_nb.widgets.guarded import GuardedWidget, error_text
from moselle_nb.widgets.latest import Latest

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from moselle_nb.plans.document import ReplenishmentPlan

__all__ = ["InventoryChart"]

HEIGHT = 180
"""Of the plotting area, in pixels: grid and chart fit on one screen."""

LIGHT = Colours()
DARK = Colours(
    text="#e4e6e8",
    grid="#474b50",
    stock="#6db5f5",
    safety_stock="#e3b341",
    order="#4fd1ae",
    receipt="#c9a2ee",
    unserved="#ff7a85",
)


class InventoryChart(GuardedWidget):
    """Show projected stock, safety stock, orders and stockouts of the selected row.

    Parameters
    ----------
    plan
        The plan to draw from; assign another one to redraw.
    background
        Draw in a thread of its own, so that the kernel answers meanwhile.
    **traits
        Values of public traits.

    Examples
    --------
    >>> chart = InventoryChart(plan, selection=("SKU-1", "DC1"))  # doctest: +SKIP
    """

    _esm: ClassVar[object] = front_end("inventory_chart.js")
    _css: ClassVar[object] = front_end("inventory_chart.css")

    plan = t.Any()
    """The plan. Not sent to the browser; written by Python."""

    selection = t.Tuple(t.Unicode(), t.Unicode(), default_value=None, allow_none=True)
    """Item and location of the row that is drawn; None draws nothing. Written by Python."""

    svg = t.Unicode("", read_only=True).tag(sync=True)
    """The chart for a light ground; blank where there is nothing to show. Written by Python."""

    svg_dark = t.Unicode("", read_only=True).tag(sync=True)
    """The same for a dark ground. Written by Python."""

    alt = t.Unicode("", read_only=True).tag(sync=True)
    """What the chart shows, in words. Written by Python."""

    drawing = t.Bool(default_value=False, read_only=True).tag(sync=True)
    """Whether another chart is being drawn than the one that is shown. Written by Python."""

    def __init__(self, plan: ReplenishmentPlan, *, background: bool = False, **traits: object) -> None:
        self._latest: Latest[tuple[str, str]] = Latest(self._show, background=background)
        super().__init__(plan=plan, **traits)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until what is drawn in the background is there; tell whether it is.

        Parameters
        ----------
        timeout
            Seconds; None waits as long as it takes.
        """
        return self._latest.wait(timeout)

    @t.validate("plan")
    def _a_plan(self, proposal: Mapping[str, Any]) -> ReplenishmentPlan:
        return a_plan(proposal["value"], self)

    @t.observe("plan", "selection")
    def _redraw(self, _change: object) -> None:
        plan, selection = self.plan, self.selection
        self.set_trait("drawing", value=True)
        self._latest.ask(lambda: _drawn(plan, selection))

    def _show(self, drawn: tuple[str, str] | None, error: Exception | None) -> None:
        svg, text = drawn or ("", "")
        with self.hold_sync():
            self.set_trait("svg", svg)
            self.set_trait("svg_dark", recoloured(svg))
            self.set_trait("alt", text)
            self.set_trait("drawing", value=False)
            self.problem = error_text(error, "The chart could not be drawn.")

    def static_html(self) -> str:
        """Return the chart itself with its text."""
        if not self.svg:
            return f"<p>{escape(self.problem or 'No row is selected.')}</p>"
        return f"<figure role='img' aria-label='{escape(self.alt, quote=True)}'>{self.svg}</figure>"

    def __repr__(self) -> str:
        """Return the selected row."""
        return f"InventoryChart({' at '.join(self.selection) if self.selection else 'nothing selected'})"


def _drawn(plan: ReplenishmentPlan, selection: tuple[str, str] | None) -> tuple[str, str]:
    """Return the drawing and its text."""
    if selection is None:
        return "", ""
    svg = svg_of(inventory_chart(plan, *selection, colours=LIGHT, height=HEIGHT))
    return svg, _in_words(judged_lines(plan, *selection), *selection)


def svg_of(chart: Any) -> str:
    """Render an altair chart without a browser and without the network; the ground shows through.

    Parameters
    ----------
    chart
        An altair chart that holds its data.
    """
    import vl_convert

    return str(vl_convert.vegalite_to_svg(chart.properties(background="transparent").to_dict(), allowed_base_urls=[]))


def recoloured(svg: str) -> str:
    """Return a light chart with the colours of a dark ground.

    Parameters
    ----------
    svg
        A chart drawn in the light colours.
    """
    dark = asdict(DARK)
    for name, colour in asdict(LIGHT).items():
        svg = svg.replace(colour, dark[name])
    return svg


def _in_words(lines: pd.DataFrame, item: str, location: str) -> str:
    """Say what the chart shows, for those who cannot see it."""
    first, last = lines["date"].iloc[0], lines["date"].iloc[-1]
    orders = lines.loc[lines["order_quantity"] > 0, ["date", "order_quantity"]]
    short = lines.loc[lines["unserved"] > 0, "date"]
    ordered = "Nothing is ordered"
    if len(orders):
        first_order = orders["date"].iloc[0]
        total = f"{orders['order_quantity'].sum():,.0f} units are ordered in {_buckets(len(orders))}"
        ordered = f"{total}, first in the one of {first_order:%Y-%m-%d}"
    served = "All demand is served"
    if len(short):
        served = f"Demand is unserved in {_buckets(len(short))}, first in the one of {short.iloc[0]:%Y-%m-%d}"
    stock = f"from {lines['starting'].iloc[0]:,.0f} to {lines['ending'].iloc[-1]:,.0f} units"
    return (
        f"Projected stock of {item} at {location}, {first:%Y-%m-%d} to {last:%Y-%m-%d}: {stock}, "
        f"lowest {lines['ending'].min():,.0f}. {ordered}. {served}."
    )


def _buckets(count: int) -> str:
    return f"{count} bucket{'' if count == 1 else 's'}"
