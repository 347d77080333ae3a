"""Several sources: what the engine asks for, item by item."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.exact_lanes import SourceLanes
from moselle_nb.engines.exact_sourcing import least_costly_sources
from moselle_nb.engines.several_sources import Lanes, Takers, share_from_sources
from moselle_nb.engines.sharing_claims import NEED_MET
from moselle_nb.plans.allocation_values import pack_values

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from moselle_nb.engines.exact_solver import Budget
    from moselle_nb.engines.pack_value import PackValue
    from moselle_nb.plans.allocation_block import AllocationBlock, DateArrays

__all__ = ["share_several"]


def share_several(
    block: AllocationBlock,
    arrays: DateArrays,
    available: NDArray[np.float64],
    fixed: NDArray[np.float64],
    clock: Budget,
) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
    """Share what several pools have on one ship date; return units and why there are no more, by cell.

    Where every need of an item is met and its packs are equal, the sources are then chosen at least transfer cost.
    Where stock is short the choice of sources decides who gets it, so the rule's own stands.

    Parameters
    ----------
    available
        Units of each pool of the block.
    fixed
        Units held by edits, by cell; NaN elsewhere.
    clock
        Time that is left for solvers; what is not solved by then states its gap in `AllocationPlan.optimality`.
    """
    quantity, stopped = np.zeros(len(fixed)), np.zeros(len(fixed), dtype=np.int8)
    values = lane_values(block, arrays) if block.config.method == "marginal_value" else None
    asks = _Asks(block, arrays)
    for item in range(len(block.items)):
        takers = slice(*np.searchsorted(block.item, [item, item + 1]))
        pools = slice(*np.searchsorted(block.item_of_pool, [item, item + 1]))
        cells = preferred(block, pools)
        lanes = Lanes(
            block.pool[cells] - pools.start, block.taker[cells] - takers.start, asks.pack[cells],
            asks.first_pack[cells], fixed[cells], None if values is None else _value_of(values, cells),
        )  # fmt: skip
        quantity[cells], stopped[cells] = share_from_sources(
            available[pools], asks.of(takers), lanes, block.config.method, push=block.config.push
        )
        if values is None and not block.config.push and (stopped[cells] == NEED_MET).all():
            quantity[cells] = _at_least_cost(
                block.inputs.routes.unit_cost[block.cells.start + cells],
                lanes,
                available[pools],
                quantity[cells],
                clock,
            )
    return quantity, stopped


def _at_least_cost(
    unit_cost: NDArray[np.float64],
    lanes: Lanes,
    available: NDArray[np.float64],
    quantity: NDArray[np.float64],
    clock: Budget,
) -> NDArray[np.float64]:
    """Return the same quantities by location from the sources that bring them for least, by lane."""
    free = np.isnan(lanes.fixed)
    if len(np.unique(np.concatenate([lanes.pack[free], lanes.first_pack[free]]))) != 1:
        return quantity
    takers, column = np.unique(lanes.taker[free], return_inverse=True)
    row, shape = lanes.source[free], (len(available), len(takers))

    def laid(values: NDArray[np.float64], fill: float) -> NDArray[np.float64]:
        found = np.full(shape, fill)
        found[row, column] = values
        return found

    held = np.bincount(lanes.source, weights=np.nan_to_num(lanes.fixed), minlength=len(available))
    packs = (laid(part[free], 1.0) for part in (lanes.pack, lanes.first_pack))
    costs, start = laid(unit_cost[free], np.inf), laid(quantity[free], 0.0)
    answer = least_costly_sources(
        start.sum(axis=0), SourceLanes(available - held, costs, *packs), start, budget=clock.left
    ).solution
    found = quantity.copy()
    found[free] = answer.quantity[row, column]
    return found


def preferred(block: AllocationBlock, pools: slice) -> NDArray[np.intp]:
    """Return the cells of some pools, by position among those of the block: cheapest, then fastest, then by source."""
    low, high = np.searchsorted(block.pool, [pools.start, pools.stop])
    cells = np.arange(low, high)
    routes, here = block.inputs.routes, block.cells.start + cells
    order = np.lexsort((block.pool[cells], routes.lead_time_days[here], routes.unit_cost[here]))
    return np.asarray(cells[order])


class _Asks:
    """What takers ask for on one ship date."""

    def __init__(self, block: AllocationBlock, arrays: DateArrays) -> None:
        self.block, self.arrays = block, arrays
        self.cover = block.cover(arrays)
        self.presentation = block.presentation(arrays)
        self.need = np.where(block.inputs.blocked[block.row], 0.0, arrays.need)
        self.pack = block.inputs.routes.pack[block.cells]
        self.first_pack = block.inputs.routes.minimum[block.cells]

    def of(self, takers: slice) -> Takers:
        """Return what the takers of an item ask for."""
        arrays, rows = self.arrays, self.block.row[takers]
        return Takers(
            arrays.stock[takers], self.need[takers], self.presentation[takers], arrays.room[takers],
            self.block.inputs.priority[rows], arrays.demand[takers], self._cover_of(takers),
        )  # fmt: skip

    def _cover_of(self, takers: slice) -> Callable[[int, NDArray[np.float64]], NDArray[np.float64]]:
        cell = (self.block.item * self.block.shape[1] + self.block.column)[takers]
        return lambda taker, units: self.cover.days_at(np.full(len(units), cell[taker]), units)


def lane_values(block: AllocationBlock, arrays: DateArrays) -> PackValue:
    """Return what the packs of every cell of the block are worth, each with the cost of its own lane."""
    return pack_values(block, arrays, block.inputs.routes.unit_cost[block.cells], block.taker)


def _value_of(values: PackValue, cells: NDArray[np.intp]) -> Callable[[int, float, float], float]:
    def value(lane: int, before: float, units: float) -> float:
        return float(values.of_cells(cells[lane : lane + 1], np.array([before]), np.array([units]))[0])

    return value
