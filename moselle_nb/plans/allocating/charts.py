"""Charts of an allocation, as altair specifications. Nothing is computed here but where a mark stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

from moselle_nb.plans.charts import Colours, themed

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    import altair as alt

__all__ = ["cover_chart", "cover_points", "fairness_chart"]

LABEL_LIMIT = 160
"""Most pixels that the name of a rule takes."""

LETTER_WIDTH = 7
"""Pixels of a letter in a label, at most."""

BEFORE, AFTER = "Before", "After the allocation"


class HasLines(Protocol):
    """What a chart needs of a plan."""

    def lines_for(self, items: Iterable[str] | None = None) -> pd.DataFrame:
        """Return the plan's lines of some items."""


class HasRules(Protocol):
    """What a chart needs of a comparison of rules."""

    @property
    def rules(self) -> pd.DataFrame:
        """One row per rule."""


def cover_points(plan: HasLines, item: str, date: dt.date | str | None = None) -> pd.DataFrame:
    """Return what the chart of an item shows: location, moment, days of cover, the units that made them, ship date.

    Both on one ship date, the first one where none is named: cover before one shipment and after another says nothing
    about either. A location that several sources serve stands once.

    Raises
    ------
    UnknownNameError
        When the plan has no such item.
    """
    lines = plan.lines_for(items=[item]).sort_values("date", kind="stable")
    day = lines["date"].min() if date is None else pd.Timestamp(date)
    lines = lines[lines["date"] == day]
    grouped = lines.groupby("location", sort=True)
    parts = {BEFORE: grouped["cover_before"].first(), AFTER: grouped["cover_after"].last()}
    units = grouped["allocated"].sum()
    frames = [
        pd.DataFrame(
            {"location": days.index, "moment": moment, "days": days.to_numpy(), "units": units.to_numpy(), "date": day}
        )
        for moment, days in parts.items()
    ]
    return pd.concat(frames, ignore_index=True)


def cover_chart(
    plan: HasLines,
    item: str,
    date: dt.date | str | None = None,
    *,
    colours: Colours | None = None,
    width: int = 720,
    height: int = 260,
) -> alt.LayerChart:
    """Chart the cover of an item at each location, before and after the allocation.

    Parameters
    ----------
    plan
        The plan.
    item
        Its key.
    date
        A ship date; the first one when left out.
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
        When the plan has no such item.

    Examples
    --------
    >>> cover_chart(plan, "SKU-1").save("cover.svg")  # doctest: +SKIP
    """
    import altair as alt

    shades = colours or Colours()
    points = cover_points(plan, item, date)
    scale = alt.Scale(domain=[BEFORE, AFTER], range=[shades.receipt, shades.stock])
    bars = alt.Chart(points).mark_bar().encode(
        x=_place(alt, "location"), xOffset=alt.XOffset("moment:N", sort=[BEFORE, AFTER]),
        y=alt.Y("days:Q", title="Days of cover", scale=alt.Scale(domainMin=0), axis=alt.Axis(tickCount=5)),
        color=alt.Color("moment:N", scale=scale, legend=alt.Legend(title=None, orient="top")),
        tooltip=["location:N", "moment:N", alt.Tooltip("days:Q", format=".1f"), alt.Tooltip("units:Q", format=",")],
    )  # fmt: skip
    given = points[(points["moment"] == AFTER) & (points["units"] > 0)]
    given = given.assign(label=[f"+{units:,.0f}" for units in given["units"]])
    labels = alt.Chart(given).mark_text(dy=-7, color=shades.text).encode(
        x=_place(alt, "location"), xOffset=alt.XOffset("moment:N", sort=[BEFORE, AFTER]), y="days:Q", text="label:N"
    )  # fmt: skip
    shipped = f"{points['date'].iloc[0]:%Y-%m-%d}" if len(points) else str(date)
    title = f"Cover of {item} before and after, shipped on {shipped}"
    chart = alt.layer(bars, labels).properties(width=width, height=height, title=title)
    styled: alt.LayerChart = themed(chart, shades)
    return styled


def fairness_chart(
    found: HasRules, *, colours: Colours | None = None, width: int = 340, height: int = 150
) -> alt.HConcatChart:
    """Chart every rule: the lowest and the mean cover, and what it costs.

    Parameters
    ----------
    found
        The comparison.
    colours
        For a dark ground, other colours than the default ones.
    width, height
        Of each of the two plotting areas, in pixels.
    """
    import altair as alt

    shades = colours or Colours()
    rules = found.rules.assign(rule=found.rules["rule"].str.replace("_", " "))
    order = rules["rule"].tolist()
    covers = rules.melt("rule", ["lowest_cover", "mean_cover"], "kind", "amount").dropna()
    costs = rules.melt("rule", ["value_lost", "transfer_cost"], "kind", "amount").dropna()
    sides = [
        _side(alt, covers, order, ("Days of cover", [shades.stock, shades.receipt]), stacked=False),
        _side(alt, costs, order, ("Cost", [shades.unserved, shades.safety_stock]), stacked=True),
    ]
    sides = [side.properties(width=width, height=height) for side in sides]
    chart = alt.hconcat(*sides).resolve_scale(color="independent")
    title = "The same stock under every rule"
    styled: alt.HConcatChart = themed(chart.properties(title=title), shades)
    return styled


def _side(alt: Any, points: pd.DataFrame, order: list[str], what: tuple[str, list[str]], *, stacked: bool) -> Any:
    title, shades = what
    kinds = list(dict.fromkeys(points["kind"].str.replace("_", " ")))
    marks = alt.Chart(points.assign(kind=points["kind"].str.replace("_", " "))).mark_bar().encode(
        x=alt.X("amount:Q", title=title, stack="zero" if stacked else None, axis=alt.Axis(tickCount=5)),
        y=alt.Y("rule:N", title=None, sort=order, axis=alt.Axis(labelLimit=LABEL_LIMIT, minExtent=_extent(order))),
        color=alt.Color(
            "kind:N", scale=alt.Scale(domain=kinds, range=shades[: len(kinds)]),
            legend=alt.Legend(title=None, orient="top"),
        ),
        tooltip=["rule:N", "kind:N", alt.Tooltip("amount:Q", format=",.1f")],
    )  # fmt: skip
    return marks if stacked else marks.encode(yOffset=alt.YOffset("kind:N", sort=kinds))


def _extent(labels: list[str]) -> int:
    """Return room for labels, in pixels: pages have wider letters than the renderer reckons with."""
    return min(LETTER_WIDTH * max(map(len, labels), default=0), LABEL_LIMIT)


def _place(alt: Any, field: str) -> Any:
    return alt.X(f"{field}:N", title=None, axis=alt.Axis(labelAngle=0, labelOverlap="greedy", labelLimit=120))
