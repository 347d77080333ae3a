"""Shapes of demand: the quantile functions of those rows whose demand is asked to be empirical."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.exceptions import BrokenRule, ContractError
from moselle_nb.inputs.fields import DEMAND_DISTRIBUTIONS
from moselle_nb.inputs.quantiles import moments_of, quantile_function

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.inputs.data import Forecast
    from moselle_nb.inputs.rebucketing import BucketedDemand
    from moselle_nb.plans.constraints import Keys
    from moselle_nb.plans.resolved import ResolvedInputs

__all__ = ["AUTO", "EMPIRICAL", "RowShapes", "row_shapes", "wanted_of"]

AUTO, EMPIRICAL = map(DEMAND_DISTRIBUTIONS.index, ("auto", "empirical"))

SCORE_GRID = 2.0**30
"""Steps per standard deviation that scores are rounded to, so that they are the same on every machine."""


@dataclass(frozen=True, eq=False)
class RowShapes:
    """Quantile functions of mean 0 and variance 1 of some rows of a plan; each is that of one forecast period.

    Parameters
    ----------
    row
        Positions of the rows, increasing, shape (k,).
    levels
        Rising from 0 to 1, shape (levels,).
    scores
        Never falling, shape (levels, k).
    edges
        First day of each period of the forecast from `as_of`, and the day after the last.
    """

    row: NDArray[np.int64]
    levels: NDArray[np.float64]
    scores: NDArray[np.float64]
    edges: NDArray[np.int64]

    def known(self, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Tell which of some rows have a shape."""
        return np.isin(rows, self.row)

    def of(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return the scores of some rows, shape (levels, rows); all 0 where a row has no shape."""
        place = np.minimum(np.searchsorted(self.row, rows), len(self.row) - 1)
        return np.where(self.row[place] == rows, self.scores[:, place], 0.0)


def row_shapes(
    forecast: Forecast, chosen: NDArray[np.intp], demand: BucketedDemand, wanted: NDArray[np.float64], keys: Keys
) -> RowShapes | None:
    """Return the shapes of the rows that are asked to be empirical; None where there are none.

    A row's shape is that of the sum of its quantiles over its periods, as if these rose and fell together: each period
    counts by its spread, and periods of one shape keep it.

    Parameters
    ----------
    forecast, chosen
        One scenario, and its rows that are planned.
    demand
        Its periods from `as_of`.
    wanted
        Distribution that is asked for, shape (rows,).
    keys
        Names of the rows.

    Raises
    ------
    ContractError
        When a row with demand of its own has no quantiles, or quantiles without spread. One without has the
        distribution that suits mean and variance.
    """
    asked = np.flatnonzero(wanted == EMPIRICAL)
    if not len(asked):
        return None
    shaped = np.zeros(len(asked), dtype=bool)
    if forecast.levels is not None and forecast.quantiles is not None:
        total = np.nansum(forecast.quantiles[:, :, chosen[asked]], axis=1)
        shaped = total[-1] > total[0]
        levels, units = quantile_function(forecast.levels, total[:, shaped])
        mean, sd = moments_of(forecast.levels, total[:, shaped])
        scores = np.rint((units - mean) / sd * SCORE_GRID) / SCORE_GRID
    lacking = asked[~shaped & (demand.quantity[:, asked] > 0).any(axis=0)]
    if len(lacking):
        rule = (
            "demand_distribution empirical needs the forecast's quantiles: give two columns or more, such as q10, q50 "
            "and q90, that differ, or another demand_distribution for these rows"
        )
        raise ContractError([BrokenRule("forecast", rule, len(lacking), keys.examples(lacking))])
    if not shaped.any():
        return None
    edges = np.append(demand.starts, demand.starts[-1] + demand.lengths[-1])
    return RowShapes(asked[shaped].astype(np.int64), levels, scores, edges)


def wanted_of(inputs: ResolvedInputs, rows: NDArray[np.intp]) -> NDArray[np.int8]:
    """Return the distribution that rows are to follow, as positions in `DEMAND_DISTRIBUTIONS`.

    A row that is asked to be empirical and has no shape has no demand of its own: it follows what suits its mean and
    variance.
    """
    wanted = np.nan_to_num(inputs.rules.demand_distribution.values[0][rows]).astype(np.int8)
    asked = wanted == EMPIRICAL
    if not asked.any():
        return wanted
    known = np.zeros(len(rows), dtype=bool) if inputs.shapes is None else inputs.shapes.known(rows)
    return np.where(asked & ~known, np.int8(AUTO), wanted)
