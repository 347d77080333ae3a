"""Charts of a simulation, as altair specifications. Nothing is computed here but where a mark stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from moselle_nb.plans.charts import Colours, themed
from moselle_nb.plans.simulating.policy import RATIOS
from moselle_nb.plans.simulating.simulation import LABELS

if TYPE_CHECKING:
    import altair as alt

__all__ = ["curve_chart", "policy_chart"]

SHOWN = ("fill_rate", "average_stock", "cost")


def policy_chart(totals: pd.DataFrame, *, width: int = 220, colours: Colours | None = None) -> alt.HConcatChart:
    """Chart the figures of policies with their intervals: fill rate, average stock, and cost where it is known.

    Parameters
    ----------
    totals
        `Simulation.totals`.
    width
        Of one measure, in pixels.
    colours
        Of marks and text.
    """
    import altair as alt

    shades = colours or Colours()
    shown = [measure for measure in SHOWN if totals[measure].notna().any()]
    parts = [_points(alt, totals, measure, shades, width, first=measure == shown[0]) for measure in shown]
    return themed(alt.hconcat(*parts), shades)


def _points(alt: Any, totals: pd.DataFrame, measure: str, shades: Colours, width: int, *, first: bool) -> Any:
    frame = pd.DataFrame({
        "policy": totals["policy"], "value": totals[measure],
        "low": totals[f"{measure}_low"], "high": totals[f"{measure}_high"],
    })  # fmt: skip
    label = ".1%" if measure in RATIOS else ",.0f"
    axis = alt.Axis(title="" if first else None, labels=first, ticks=first)
    y = alt.Y("policy:N", sort=None, axis=axis)
    scale = alt.Scale(zero=False)
    x = alt.X("value:Q", title=LABELS[measure], scale=scale, axis=alt.Axis(format=label, tickCount=4))
    tips = [alt.Tooltip("policy:N"), *(alt.Tooltip(f"{name}:Q", format=label) for name in ("value", "low", "high"))]
    base = alt.Chart(frame).encode(y=y, tooltip=tips)
    rules = base.mark_rule(color=shades.stock, strokeWidth=2).encode(
        x=alt.X("low:Q", title=LABELS[measure], scale=scale), x2="high:Q"
    )
    points = base.mark_point(color=shades.stock, filled=True, size=70, opacity=1).encode(x=x)
    return (rules + points).properties(width=width, height=alt.Step(32))


def curve_chart(
    table: pd.DataFrame, by: str, *, width: int = 560, height: int = 320, colours: Colours | None = None
) -> alt.LayerChart:
    """Chart fill rate against cost by group, a point for each target; against average stock where cost is not known.

    Parameters
    ----------
    table
        `CostServiceCurve.frame`.
    by
        Its column of groups.
    width, height
        In pixels.
    colours
        Of text and lines behind the marks.
    """
    import altair as alt

    amount = "cost" if table["cost"].notna().all() else "average_stock"
    frame = pd.DataFrame({
        "group": table[by], "target": table["target"], "service": table["fill_rate"], "amount": table[amount],
        "low": table["fill_rate_low"], "high": table["fill_rate_high"],
    })  # fmt: skip
    x = alt.X("amount:Q", title=LABELS[amount], scale=alt.Scale(zero=False), axis=alt.Axis(format="~s", tickCount=6))
    y = alt.Y("service:Q", title=LABELS["fill_rate"], scale=alt.Scale(zero=False), axis=alt.Axis(format=".1%"))
    color = alt.Color("group:N", legend=alt.Legend(title=by, orient="right"))
    tips = [
        alt.Tooltip("group:N", title=by), alt.Tooltip("target:Q", format=".1%"),
        alt.Tooltip("service:Q", title=LABELS["fill_rate"], format=".2%"),
        alt.Tooltip("amount:Q", title=LABELS[amount], format=",.0f"),
    ]  # fmt: skip
    base = alt.Chart(frame).encode(x=x, color=color, tooltip=tips)
    lines = base.mark_line(strokeWidth=2).encode(y=y, order="target:Q")
    bars = base.mark_rule(strokeWidth=1.5).encode(y=alt.Y("low:Q", title=LABELS["fill_rate"]), y2="high:Q")
    points = base.mark_point(filled=True, size=60, opacity=1).encode(y=y)
    return themed((lines + bars + points).properties(width=width, height=height), colours or Colours())
