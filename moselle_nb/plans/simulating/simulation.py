"""What a simulation found: by row, in all, and how policies differ."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from moselle_nb.engines.intervals import Estimate, difference, estimate, student_quantile
from moselle_nb.exceptions import UnknownNameError
from moselle_nb.plans.history import handed_out
from moselle_nb.plans.order_parts import plural
from moselle_nb.plans.simulating.policy import MEASURES, RATIOS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import altair as alt

    from moselle_nb.engines.intervals import Sample

__all__ = ["LABELS", "Simulation"]

LABELS = {
    "fill_rate": "Fill rate",
    "cycle_service_level": "Cycle service level",
    "stockout_days": "Days with a stockout",
    "unserved": "Unserved units",
    "average_stock": "Average stock, units",
    "orders": "Orders placed",
    "ordered": "Units ordered",
    "holding_cost": "Holding cost",
    "shortage_cost": "Shortage cost",
    "order_cost": "Order cost",
    "cost": "Cost",
}


@dataclass(frozen=True, eq=False)
class Simulation:
    """What became of one plan or several on the same paths of demand. Made by `simulate`.

    A share, such as the fill rate, is that of all units or cycles of all paths; an amount is the mean of a path over
    the whole time. Intervals are Student's over paths, of shares by the delta method; they tell how far more paths
    could move the figure, not how good the forecast's error is.

    Parameters
    ----------
    policies
        Names of the plans; the first is the one that the others are compared with row by row.
    paths, seed, days, confidence
        How it was made.
    keys
        Item and location of each row that was simulated.
    rows_of, differences_of
        Policy, measure: estimates by row, and how much they exceed those of the first policy.
    samples
        Policy, measure: all rows together, path by path, shape (1, paths).
    messages
        What is not known or not simulated: kind, rows, text.
    """

    policies: tuple[str, ...]
    paths: int
    seed: int
    days: int
    confidence: float
    keys: pd.DataFrame
    rows_of: Mapping[str, Mapping[str, Estimate]]
    differences_of: Mapping[str, Mapping[str, Estimate]]
    samples: Mapping[str, Mapping[str, Sample]]
    messages: pd.DataFrame

    @property
    def rows(self) -> pd.DataFrame:
        """One line per policy, item and location: every measure, with `_low` and `_high` of its interval."""
        parts = [
            pd.DataFrame({"policy": name, **handed_out(self.keys), **_columns(self.rows_of[name])})
            for name in self.policies
        ]
        return pd.concat(parts, ignore_index=True)

    @property
    def totals(self) -> pd.DataFrame:
        """One line per policy: shares of all units or cycles, amounts added up over rows."""
        quantile = student_quantile(self.confidence, self.paths)
        parts = []
        for name in self.policies:
            found = {measure: estimate(sample, quantile) for measure, sample in self.samples[name].items()}
            parts.append(pd.DataFrame({"policy": [name], **_columns(found)}))
        return pd.concat(parts, ignore_index=True)

    @property
    def differences(self) -> pd.DataFrame:
        """`compare` of every policy with the first one."""
        parts = [self.compare(name, self.policies[0]) for name in self.policies[1:]]
        return pd.concat(parts, ignore_index=True) if parts else self._difference_frame({}, "", "")

    @property
    def row_differences(self) -> pd.DataFrame:
        """One line per policy but the first, item and location: how much each measure exceeds the first policy's."""
        parts = [
            pd.DataFrame({"policy": name, **handed_out(self.keys), **_columns(self.differences_of[name])})
            for name in self.policies[1:]
        ]
        return pd.concat(parts, ignore_index=True) if parts else self.rows.iloc[:0]

    def compare(self, policy: str, against: str) -> pd.DataFrame:
        """Return how much a policy's measures exceed those of another on the same paths.

        Parameters
        ----------
        policy, against
            Names of two plans.

        Returns
        -------
        pd.DataFrame
            policy, against, measure, difference, low, high: paired intervals.

        Raises
        ------
        UnknownNameError
            When there is no such policy; with near names.
        """
        for name in (policy, against):
            if name not in self.policies:
                kind = "policy"
                raise UnknownNameError(kind, name, self.policies)
        quantile = student_quantile(self.confidence, self.paths)
        one, other = self.samples[policy], self.samples[against]
        found = {measure: difference(one[measure], other[measure], quantile) for measure in MEASURES}
        return self._difference_frame(found, policy, against)

    @staticmethod
    def _difference_frame(found: Mapping[str, Estimate], policy: str, against: str) -> pd.DataFrame:
        value = np.array([float(part.value[0]) for part in found.values()], dtype=np.float64)
        half = np.array([float(part.half_width[0]) for part in found.values()], dtype=np.float64)
        return pd.DataFrame({
            "policy": [policy] * len(found), "against": [against] * len(found), "measure": list(found),
            "difference": value, "low": value - half, "high": value + half,
        })  # fmt: skip

    def chart(self, *, width: int = 220) -> alt.HConcatChart:
        """Return an altair chart: every policy's figures with their intervals, side by side.

        Parameters
        ----------
        width
            Of one measure, in pixels.
        """
        from moselle_nb.plans.simulating.charts import policy_chart

        return policy_chart(self.totals, width=width)

    def __repr__(self) -> str:
        """Give the sizes in one line."""
        names = ", ".join(self.policies)
        sizes = ((len(self.keys), "row"), (self.days, "day"), (self.paths, "path"))
        shown = ", ".join(f"{count:,} {noun}{plural(count)}" for count, noun in sizes)
        return f"Simulation({names}: {shown}, seed {self.seed})"

    def _repr_html_(self) -> str:
        quantile = student_quantile(self.confidence, self.paths)
        head = "".join(f"<th scope='col'>{escape(name)}</th>" for name in self.policies)
        lines = []
        for measure in MEASURES:
            found = [estimate(self.samples[name][measure], quantile) for name in self.policies]
            cells = "".join(f"<td>{_shown(measure, part)}</td>" for part in found)
            lines.append(f"<tr><th scope='row'>{LABELS[measure]}</th>{cells}</tr>")
        said = "".join(
            f"<p>{int(rows):,} {escape(text)}.</p>"
            for rows, text in zip(self.messages["rows"], self.messages["text"], strict=True)
        )
        caption = (
            f"<caption>{len(self.keys):,} rows over {self.days} days on {self.paths:,} "
            f"path{'' if self.paths == 1 else 's'} of demand; ± {self.confidence:.0%} intervals over paths</caption>"
        )
        return f"<table>{caption}<thead><tr><th></th>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>{said}"


def _columns(found: Mapping[str, Estimate]) -> dict[str, np.ndarray]:
    columns = {}
    for measure, part in found.items():
        columns[measure] = part.value
        columns[f"{measure}_low"], columns[f"{measure}_high"] = (
            part.value - part.half_width,
            part.value + part.half_width,
        )
    return columns


def _shown(measure: str, part: Estimate) -> str:
    value, half = float(part.value[0]), float(part.half_width[0])
    if np.isnan(value):
        return "not known"
    text, width = (f"{value:.2%}", f"{half:.2%}") if measure in RATIOS else (f"{value:,.1f}", f"{half:,.1f}")
    return text if np.isnan(half) else f"{text} ± {width}"
