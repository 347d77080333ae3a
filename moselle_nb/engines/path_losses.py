"""What uncertain demand is expected to lose on each of several paths: one row's demand, each path's own stock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.expected_leftover import demand_of
from moselle_nb.engines.safety_stock import GRID, protection_variance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.expected_leftover import UncertainRows
    from moselle_nb.engines.path_position import PathPosition
    from moselle_nb.engines.position import FloatArray

__all__ = ["PathLosses"]


@dataclass(frozen=True, eq=False)
class PathLosses:
    """Rows whose stock is projected by what is expected to be left, on every path; see `UncertainRows`.

    Parameters
    ----------
    rows
        The rows, with days from the origin of their position.
    paths
        How many columns each row has.
    """

    rows: UncertainRows
    paths: int

    @property
    def columns(self) -> NDArray[np.intp]:
        """Columns of these rows."""
        return (self.rows.columns[:, None] * self.paths + np.arange(self.paths)).ravel()

    def lost(self, position: PathPosition, supply: FloatArray, first: int, last: int) -> FloatArray:
        """Return what is expected to be lost from a day to another, in whole 1/1024 units, for each of `columns`.

        Parameters
        ----------
        position
            Of all columns.
        supply
            What was supplied before `first`, shape (all columns,), in units.
        first, last
            The days, from the review.
        """
        columns = self.columns
        short = (position.peak(first, last) - supply)[columns]
        stops = position.peak_day(first, last, columns) + 1
        which = np.repeat(np.arange(len(self.rows.columns)), self.paths)
        cases = np.stack([(which * (last + 2) + stops).astype(np.float64), short])
        order = np.lexsort(cases)
        fresh = np.append(True, (np.diff(cases[:, order], axis=1) != 0).any(axis=0))
        chosen = order[fresh]
        lost = np.empty(len(columns))
        lost[order] = self._expected(position, first, stops[chosen], which[chosen], short[chosen])[np.cumsum(fresh) - 1]
        return lost

    def _expected(
        self,
        position: PathPosition,
        first: int,
        stops: NDArray[np.int64],
        which: NDArray[np.intp],
        short: FloatArray,
    ) -> FloatArray:
        """Return what is expected to be lost in cases that differ: row, day before which, and shortfall of the mean."""
        rows, begin, ends = self.rows, position.day + first, position.day + stops
        demand = position.cumulative
        mean = demand.at_rows(ends, rows.columns[which]) - demand.at(begin)[rows.columns[which]]
        variance = np.empty(len(which))
        for end in np.unique(ends).tolist():
            here = ends == end
            until = rows.variance.until(begin, np.full(len(rows.columns), end, dtype=np.int64))
            variance[here] = until[which[here]]
        variance = protection_variance(variance, mean / (ends - begin), rows.lead_time_sd_days[which])
        shape = None if rows.shape is None else rows.shape.take(which).over(begin, ends)
        uncertain = demand_of(mean, variance, rows.wanted[which], shape)
        lost = np.rint(uncertain.expected_shortage(mean - short) * GRID) / GRID
        return np.maximum(lost, np.maximum(short, 0.0))
