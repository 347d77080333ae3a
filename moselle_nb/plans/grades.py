"""Grades: A, B and C by cumulative revenue."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.inputs import PlanningData

__all__ = ["abc_grades", "with_grades"]

GRADES = ("A", "B", "C")


def abc_grades(revenue: NDArray[np.float64], thresholds: tuple[float, float]) -> NDArray[np.object_]:
    """Grade items by the share of revenue that better sellers make before them.

    An item is A while the items above it make less than the first threshold of all revenue, B while they make less
    than the second, else C: the best seller is always A. Without revenue an item is C; where it is unknown, None.

    Parameters
    ----------
    revenue
        Per item, in currency; NaN where unknown. Equal revenues keep their order.
    thresholds
        Shares of revenue at which A and B end.

    Examples
    --------
    >>> abc_grades(np.array([10.0, 80.0, 9.0, 1.0]), (0.8, 0.95)).tolist()
    ['B', 'A', 'B', 'C']
    """
    known = np.nan_to_num(revenue)
    order = np.argsort(-known, kind="stable")
    total = known.sum()
    before = np.zeros(len(known))
    before[order] = (np.cumsum(known[order]) - known[order]) / (total if total > 0 else 1.0)
    place = np.searchsorted(thresholds, before, side="right")
    grades = np.array(GRADES, dtype=object)[np.where(known > 0, place, 2)]
    grades[np.isnan(revenue)] = None
    return grades


def with_grades(data: PlanningData, scenario: str, thresholds: tuple[float, float]) -> PlanningData:
    """Return the data with grades for items that have none: by forecast times unit price (unit cost without one).

    Parameters
    ----------
    data
        The tables.
    scenario
        Forecast whose quantities count.
    thresholds
        See `abc_grades`.
    """
    given = data.items["grade"].to_numpy(dtype=object)
    missing = np.array([grade is None or grade != grade for grade in given], dtype=bool)  # noqa: PLR0124 (NaN)
    if not missing.any():
        return data
    price = data.items["unit_price"].to_numpy(np.float64)
    value = np.where(np.isnan(price), data.items["unit_cost"].to_numpy(np.float64), price)
    units = data.forecasts[scenario].quantity.sum(axis=0).astype(np.float64)
    sold = np.bincount(data.row_item, weights=units, minlength=len(data.items)).astype(np.float64)
    grades = np.where(missing, abc_grades(sold * value, thresholds), given)
    return replace(data, items=data.items.assign(grade=grades))
