"""Charts of a plan, as altair specifications. Nothing is computed here but where a mark stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable

    import altair as alt

__all__ = ["Colours", "inventory_chart", "judged_lines", "themed"]


class HasLines(Protocol):
    """What a chart needs of a plan."""

    def lines_for(self, items: Iterable[str] | None = None, locations: Iterable[str] | None = None) -> pd.DataFrame:
        """Return the plan's lines of some rows."""


@dataclass(frozen=True)
class Colours:
    """Colours of a chart, told apart without red and green alone.

    Parameters
    ----------
    text, grid
        Of labels and of lines behind the marks.
    stock, safety_stock, order, receipt, unserved
        Of the marks.
    """

    text: str = "#333333"
    grid: str = "#d9dbde"
    stock: str = "#1664a8"
    safety_stock: str = "#8a6100"
    order: str = "#178a6f"
    receipt: str = "#8d62b5"
    unserved: str = "#c22f3d"


LINES = {"stock": "Projected stock", "safety_stock": "Safety stock"}
BARS = {"order": "Order placed", "receipt": "Open order due"}
SHADING = "Unserved demand"
BAR_SHARE = 0.38
"""Share of a bucket's width that one of its two bars takes."""


def inventory_chart(
    plan: HasLines,
    item: str,
    location: str,
    *,
    colours: Colours | None = None,
    width: int = 720,
    height: int = 260,
) -> alt.LayerChart:
    """Chart one row: projected stock, safety stock, orders, open orders, and buckets with unserved demand.

    Parameters
    ----------
    plan
        The plan.
    item, location
        Keys of the row.
    colours
        For a dark ground, other colours than the default ones.
    width, height
        Of the plotting area, in pixels.

    Returns
    -------
    alt.LayerChart
        To be shown or rendered; it holds its own data.

    Raises
    ------
    UnknownNameError
        When the plan has no such row.

    Examples
    --------
    >>> inventory_chart(plan, "SKU-1", "DC1").save("stock.svg")  # doctest: +SKIP
    """
    import altair as alt

    shades = colours or Colours()
    lines = judged_lines(plan, item, location)
    scale = _scale(alt, shades)
    layers = [
        _shading(alt, lines, scale),
        *(_bars(alt, lines, kind, scale) for kind in BARS),
        *(_line(alt, lines, kind, scale) for kind in LINES),
    ]
    title = f"{item} at {location}"
    chart = alt.layer(*layers).properties(width=width, height=height, title=title)
    styled: alt.LayerChart = themed(chart, shades)
    return styled


def judged_lines(plan: HasLines, item: str, location: str) -> pd.DataFrame:
    """Return the lines of a row up to the end of coverage: nothing is ordered for the days after it.

    Parameters
    ----------
    plan
        The plan.
    item, location
        Keys of the row.
    """
    lines = plan.lines_for(items=[item], locations=[location])
    covered = lines["in_coverage"].to_numpy()
    return lines.iloc[: len(covered) - covered[::-1].argmax()] if covered.any() else lines


def _scale(alt: Any, shades: Colours) -> Any:
    names = {**LINES, **BARS}
    domain = [*names.values(), SHADING]
    return alt.Scale(domain=domain, range=[*(getattr(shades, kind) for kind in names), shades.unserved])


def _color(alt: Any, scale: Any) -> Any:
    return alt.Color(
        "series:N",
        scale=scale,
        legend=alt.Legend(title=None, orient="top", symbolType="square", symbolOpacity=1),
    )


def _x(alt: Any, field: str, lines: pd.DataFrame) -> Any:
    """Put the ticks where the plan's buckets begin."""
    ticks = [alt.DateTime(year=day.year, month=day.month, date=day.day) for day in pd.to_datetime(lines["date"])]
    axis = alt.Axis(format="%d %b %y", labelOverlap="greedy", labelSeparation=12, values=ticks)
    return alt.X(field, type="temporal", title=None, axis=axis)


def _y(alt: Any, field: str, lines: pd.DataFrame) -> Any:
    """Begin the axis at 0, or where safety stock is below it; without any stock or order it ends at 1."""
    shown = lines[["starting", "ending", "safety_stock", "order_quantity", "scheduled_receipts"]].to_numpy(float)
    ends = {"domainMin": min(float(lines["safety_stock"].min()), 0.0)} | ({} if (shown > 0).any() else {"domainMax": 1})
    scale, axis = alt.Scale(**ends), alt.Axis(tickCount=5)
    return alt.Y(field, type="quantitative", title="Units", scale=scale, axis=axis)


def _line(alt: Any, lines: pd.DataFrame, kind: str, scale: Any) -> Any:
    """Draw stock at the end of each bucket, from the stock at the opening of the first."""
    dashed = {"strokeDash": [5, 3], "strokeWidth": 1.5} if kind == "safety_stock" else {"strokeWidth": 2.5}
    points = _stock_points(lines) if kind == "stock" else _safety_points(lines)
    marks = alt.Chart(points.assign(series=LINES[kind])).mark_line(
        interpolate="linear" if kind == "stock" else "step-before", **dashed
    )
    return marks.encode(x=_x(alt, "day", lines), y=_y(alt, "units", lines), color=_color(alt, scale))


def _bars(alt: Any, lines: pd.DataFrame, kind: str, scale: Any) -> Any:
    marks = alt.Chart(_bar_spans(lines, kind).assign(series=BARS[kind])).mark_bar(opacity=0.75)
    return marks.encode(
        x=_x(alt, "start", lines), x2="end:T", y=_y(alt, "units", lines), y2="zero:Q", color=_color(alt, scale),
    )  # fmt: skip


def _shading(alt: Any, lines: pd.DataFrame, scale: Any) -> Any:
    marks = alt.Chart(_stockout_spans(lines).assign(series=SHADING)).mark_rect(opacity=0.16)
    return marks.encode(x=_x(alt, "start", lines), x2="end:T", color=_color(alt, scale))


def themed(chart: Any, shades: Colours) -> Any:
    """Return a chart in the colours and the type of all charts."""
    font = "system-ui, sans-serif"
    axis: dict[str, Any] = {
        "labelColor": shades.text,
        "titleColor": shades.text,
        "gridColor": shades.grid,
        "domainColor": shades.grid,
        "tickColor": shades.grid,
        "titleFontWeight": "normal",
    }
    return (
        chart.configure(font=font)
        .configure_view(stroke=None)
        .configure_axis(**axis)
        .configure_axisX(grid=False)
        .configure_legend(labelColor=shades.text, labelLimit=220)
        .configure_title(color=shades.text, anchor="start", fontSize=14)
    )


def _ends(lines: pd.DataFrame) -> pd.Series[pd.Timestamp]:
    """Return the day after each bucket; the last is taken to be as long as the one before."""
    dates = pd.to_datetime(lines["date"])
    width = dates.diff().iloc[-1] if len(dates) > 1 else pd.Timedelta(days=7)
    return dates.shift(-1).fillna(dates.iloc[-1] + width)


def _stock_points(lines: pd.DataFrame) -> pd.DataFrame:
    days = pd.concat([lines["date"].iloc[:1], _ends(lines)])
    return pd.DataFrame({"day": days, "units": pd.concat([lines["starting"].iloc[:1], lines["ending"]])})


def _safety_points(lines: pd.DataFrame) -> pd.DataFrame:
    days = pd.concat([lines["date"].iloc[:1], _ends(lines)])
    safety = lines["safety_stock"]
    return pd.DataFrame({"day": days, "units": pd.concat([safety.iloc[:1], safety])})


def _bar_spans(lines: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Return where the bars stand: orders in the first part of their bucket, open orders in the second."""
    starts = pd.to_datetime(lines["date"])
    widths = _ends(lines) - starts
    offset = 0.1 if kind == "order" else 0.9 - BAR_SHARE
    units = lines["order_quantity"] if kind == "order" else lines["scheduled_receipts"]
    first, last = starts + widths * offset, starts + widths * (offset + BAR_SHARE)
    spans = pd.DataFrame({"start": first, "end": last, "units": units, "zero": 0})
    return spans[spans["units"] > 0]


def _stockout_spans(lines: pd.DataFrame) -> pd.DataFrame:
    spans = pd.DataFrame({"start": pd.to_datetime(lines["date"]), "end": _ends(lines), "units": lines["unserved"]})
    return spans[spans["units"] > 0]
