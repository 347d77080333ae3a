"""What each pool has, gives and leaves on each ship date, and where need is not met."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.plans.allocating.block import AllocationBlock
from moselle_nb.plans.allocation import blocks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from moselle_nb.plans.allocating.plan import AllocationPlan

__all__ = ["PoolFigures"]


@dataclass(frozen=True, eq=False)
class PoolFigures:
    """Figures of the pools, units, shape (ship dates, pools), and of the cells, shape (ship dates, cells).

    A row that several sources can serve counts at that of its best lane, so that sums over pools are right.

    Parameters
    ----------
    available
        What the pool can give on the ship date, after hold-back, commitments and earlier ship dates.
    allocated
        What it gives, the source's own row included.
    need, short
        What its rows need, and what of it they do not get from any source.
    places_short
        How many of its rows lack a unit or more.
    is_short
        Whether the row of a cell lacks a unit or more.
    """

    available: NDArray[np.float64]
    allocated: NDArray[np.float64]
    need: NDArray[np.float64]
    short: NDArray[np.float64]
    places_short: NDArray[np.float64]
    is_short: NDArray[np.bool_]

    @classmethod
    def of(cls, plan: AllocationPlan) -> PoolFigures:
        """Return the figures of all pools."""
        dates, pools = len(plan.inputs.ship_days), len(plan.inputs.pools.item)
        available, allocated, need, short, places = np.zeros((5, dates, pools))
        is_short = np.zeros((dates, plan.n_cells), dtype=bool)
        found = cls(available, allocated, need, short, places, is_short)
        for first, stop in blocks(plan.inputs):
            block = AllocationBlock(plan.inputs, plan.config, first, stop)
            found._measure(block, plan.merged.quantity[:, block.cells])
        return found

    def measure_again(self, plan: AllocationPlan, items: Iterable[int]) -> None:
        """Take up what edits changed in some items, by position."""
        for item in items:
            first, stop = np.searchsorted(plan.inputs.pools.item, [item, item + 1])
            block = AllocationBlock(plan.inputs, plan.config, int(first), int(stop))
            self._measure(block, plan.outcome_of(item).quantity)

    def _measure(self, block: AllocationBlock, quantity: NDArray[np.float64]) -> None:
        pools = block.pools.stop - block.pools.start
        at_best = block.pool[block.best_cell]
        for date, sent in enumerate(quantity):
            arrays = block.on_date(date)
            lacks = np.maximum(arrays.need - block.received(sent), 0.0)
            of_takers = {"need": arrays.need, "short": lacks, "places_short": (lacks >= 1).astype(np.float64)}
            for name, values in of_takers.items():
                getattr(self, name)[date, block.pools] = np.bincount(at_best, weights=values, minlength=pools)
            self.available[date, block.pools] = block.available(date)
            self.allocated[date, block.pools] = np.bincount(block.pool, weights=sent, minlength=pools)
            self.is_short[date, block.cells] = (lacks >= 1)[block.taker]
            block.ship(arrays, sent)
