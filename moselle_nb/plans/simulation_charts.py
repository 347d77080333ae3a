"""Charts of a simulation, as altair specifications. Nothing is computed here but where a mark stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from moselle_nb.plans.charts import Colours, themed
from moselle_nb.plans.simulated_policy import RATIOS
from moselle_nb.plans.simulation import LABELS

if TYPE_CHECKING:
    import altair as alt

__all__ = ["policy_chart"]

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
