"""The rows of a replenishment plan as its grid shows them: one per item and location."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from moselle_nb.widgets.grid_rows import GridRows, RowView

if TYPE_CHECKING:
    from collections.abc import Collection

    import pandas as pd

__all__ = ["FILTERS", "LOSES_SALES", "MEASURES", "STATUS_ORDER", "PlanRows", "RowView"]

FILTERS = ("status", "grade", "variability", "product_line", "product_type", "supplier")
"""Columns that can be filtered by value."""

STATUS_ORDER = ("out", "unavoidable", "at_risk", "low", "excess", "healthy", "no_demand")
"""Most urgent first: the order in which a planner wants to see them, and what the status column sorts by."""

LOSES_SALES = "loses_sales"
"""Value of the status filter for rows that leave demand unserved as planned: a status is judged without the orders."""

MEASURES = (
    "starting",
    "scheduled_receipts",
    "sales",
    "order_quantity",
    "planned_receipts",
    "ending",
    "unserved",
    "safety_stock",
    "days_on_hand",
)
"""What an expanded row shows below itself, in this order."""


class PlanRows(GridRows):
    """The rows of a plan, with a status that sorts by urgency.

    Parameters
    ----------
    columns
        The plan's summary.
    """

    searched: ClassVar[tuple[str, ...]] = ("item", "name", "location")

    def __init__(self, columns: pd.DataFrame) -> None:
        super().__init__(columns, len(MEASURES))

    def _accepted(self, name: str, accepted: Collection[str]) -> np.ndarray[Any, np.dtype[np.bool_]]:
        found = super()._accepted(name, accepted)
        if name == "status" and LOSES_SALES in accepted and self.has("unserved"):
            found |= self._all("unserved") > 0
        return found

    def _sort_key(self, name: str) -> np.ndarray[Any, Any]:
        if name != "status":
            return super()._sort_key(name)
        texts = self.texts(name)
        ranks = [STATUS_ORDER.index(value) if value in STATUS_ORDER else len(STATUS_ORDER) for value in texts.values]
        return np.array([*ranks, np.nan])[texts.codes]
