"""Takers: which cell serves a row best, and where rows lie among the locations of a block."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.plans.allocating.routes import Routes

__all__ = ["best_cells", "places"]


def best_cells(routes: Routes, cells: slice) -> NDArray[np.intp]:
    """Return the best cell of each row, by position among `cells`, in the order of rows.

    The cheapest lane is best, then the fastest, then the first by source. Where each row has one cell that is it.
    """
    row = routes.row[cells]
    if (row[1:] > row[:-1]).all():
        return np.arange(len(row))
    best = np.lexsort((routes.pool[cells], routes.lead_time_days[cells], routes.unit_cost[cells], row))
    is_first = np.ones(len(best), dtype=bool)
    is_first[1:] = row[best][1:] != row[best][:-1]
    return best[is_first]


def places(codes: NDArray[np.int32], most: int) -> tuple[NDArray[np.intp], int]:
    """Return the position of each code among the different ones, and how many these are.

    Parameters
    ----------
    codes
        At least 0 and below `most`.
    """
    here = np.zeros(most, dtype=bool)
    here[codes] = True
    return (np.cumsum(here) - 1).take(codes), int(np.count_nonzero(here))
