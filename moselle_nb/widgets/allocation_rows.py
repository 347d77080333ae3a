"""The rows of an allocation as its grid shows them: one per item, or per item and source where there are several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from moselle_nb.plans.frames import names
from moselle_nb.widgets.grid_rows import GridRows, Texts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from moselle_nb.plans.allocating.inputs import AllocationInputs
    from moselle_nb.plans.allocating.pools import PoolFigures

__all__ = ["AT", "EDITED", "FILTERS", "MEASURES", "NUMBERS", "STATUSES", "AllocationRows"]

MEASURES = (
    "on_hand",
    "in_transit",
    "demand",
    "need",
    "suggested_quantity",
    "cover_before",
    "cover_after",
    "reason",
)
"""What an expanded row shows below itself, in this order."""

NUMBERS = ("available", "allocated", "left", "need", "short", "places_short")
"""What each row says of the chosen ship date."""

FILTERS = ("status", "grade", "variability", "product_line", "product_type", "source")
"""Columns that can be filtered by value."""

STATUSES = ("short", "stock_left", "used_up", "no_need")
"""Most urgent first: some location lacks a unit; all are served and stock is left, or none is; nobody needs any."""

EDITED = "edited"
"""Value of the status filter for rows in which a cell of the ship date is edited or locked."""

AT = "at:"
"""Before a location: sort by what it gets on the ship date."""

Places = np.ndarray[Any, np.dtype[np.int64]]


class AllocationRows(GridRows):
    """The pools of a plan, with what they have, give and leave on one ship date.

    Parameters
    ----------
    inputs
        What the plan used.
    """

    searched: ClassVar[tuple[str, ...]] = ("item", "name", "source")

    def __init__(self, inputs: AllocationInputs) -> None:
        pools, items = inputs.pools, inputs.items
        columns: dict[str, Any] = {
            name: names(items, name, pools.item)
            for name in ("item", "name", "product_line", "product_type", "supplier", "grade", "variability")
            if name in items.columns and (name == "item" or items[name].notna().any())
        }
        columns["source"] = names(inputs.locations, "location", pools.source)
        frame = pd.DataFrame({**columns, "status": "", **dict.fromkeys(NUMBERS, 0.0)})
        super().__init__(frame, len(MEASURES))
        self._edited = np.zeros(len(frame), dtype=bool)
        self.at: Callable[[str], np.ndarray[Any, np.dtype[np.float64]]] = lambda _: np.zeros(len(frame))
        """Tells what a location gets, per row; NaN where it cannot get any."""

    def take(self, figures: PoolFigures, date: int, edited: Places) -> None:
        """Show a ship date.

        Parameters
        ----------
        figures
            Of all pools.
        date
            Position of the ship date.
        edited
            Pools in which a cell is edited on it.
        """
        left = figures.available[date] - figures.allocated[date]
        for name in NUMBERS:
            self._patched[name] = left if name == "left" else getattr(figures, name)[date]
        ranks = np.select([figures.places_short[date] > 0, figures.need[date] <= 0, left > 0], [0, 3, 1], 2)
        self._texts["status"] = Texts(ranks.astype(np.int32), STATUSES)
        self._edited[:] = False
        self._edited[edited] = True

    def _sort_key(self, name: str) -> np.ndarray[Any, Any]:
        return self.at(name.removeprefix(AT)) if name.startswith(AT) else super()._sort_key(name)

    def _accepted(self, name: str, accepted: Collection[str]) -> np.ndarray[Any, np.dtype[np.bool_]]:
        found = super()._accepted(name, accepted)
        return found | self._edited if name == "status" and EDITED in accepted else found
