"""Several sources: what the engine asks for, item by item."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.exact_sourcing import least_costly_sources
from moselle_nb.engines.several_sources import Lanes, Takers, share_from_sources, why_no_more
from moselle_nb.engines.sharing_claims import NEED_MET
from moselle_nb.plans.allocating.item_lanes import item_lanes, most_valuable, need_of, unshown
from moselle_nb.plans.allocating.values import pack_values

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from moselle_nb.engines.pack_value import PackValue
    from moselle_nb.plans.allocating.block import AllocationBlock, DateArrays
    from moselle_nb.plans.allocating.clock import Clock
    from moselle_nb.plans.allocating.item_lanes import ItemLanes

__all__ = ["share_several"]


def share_several(
    block: AllocationBlock,
    arrays: DateArrays,
    available: NDArray[np.float64],
    fixed: NDArray[np.float64],
    clock: Clock,
) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
    """Share what several pools have on one ship date; return units and why there are no more, by cell.

    Under ``marginal_value`` a solver then looks for a more valuable answer; under the other rules for sources of the
    same quantities at least transfer cost. An answer is taken where it is proven best, and where the rule would still
    give what it gives: with packs that differ the choice of sources decides who gets what is short, so that of the rule
    stands.

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
    method, push = block.config.method, block.config.push
    values = lane_values(block, arrays) if method == "marginal_value" else None
    asks = _Asks(block, arrays)
    for item in range(len(block.items)):
        takers = slice(*np.searchsorted(block.item, [item, item + 1]))
        pools = slice(*np.searchsorted(block.item_of_pool, [item, item + 1]))
        cells = preferred(block, pools)
        lanes = Lanes(
            block.pool[cells] - pools.start, block.taker[cells] - takers.start, asks.pack[cells],
            asks.first_pack[cells], fixed[cells], None if values is None else _value_of(values, cells),
        )  # fmt: skip
        wanted = asks.of(takers)
        quantity[cells], stopped[cells] = share_from_sources(available[pools], wanted, lanes, method, push=push)
        one = item_lanes(block, item, available, quantity, fixed)
        clock.at(block, item)
        solve = _most_valuable if method == "marginal_value" else _at_least_cost
        better = solve(block, arrays, one, clock, all_met=not push and bool((stopped[cells] == NEED_MET).all()))
        if better is not None:
            quantity[one.cells] = better[one.row, one.column]
            stopped[cells] = why_no_more(available[pools], wanted, lanes, quantity[cells], push=push)
    return quantity, stopped


def _most_valuable(
    block: AllocationBlock, arrays: DateArrays, one: ItemLanes, clock: Clock, *, all_met: bool
) -> NDArray[np.float64] | None:
    """Return the most valuable quantities, by source and destination; None where those of the rule stand."""
    del all_met
    lacking = (one.sent.sum(axis=0) < unshown(block, arrays, one)).any()
    if (lacking and not one.lanes.equal) or clock.is_over():
        return None
    answer, value = most_valuable(block, arrays, one, clock.left)
    clock.mark(finished=answer.optimal)
    return answer.quantity if answer.optimal and answer.objective > value else None


def _at_least_cost(
    block: AllocationBlock, arrays: DateArrays, one: ItemLanes, clock: Clock, *, all_met: bool
) -> NDArray[np.float64] | None:
    """Return the same quantities by destination from the sources that bring them for least; None as above."""
    if not (one.lanes.equal or all_met) or clock.is_over():
        return None
    answer = least_costly_sources(one.sent.sum(axis=0), one.lanes, one.sent, budget=clock.left).solution
    clock.mark(finished=answer.optimal)
    changed = answer.optimal and bool((answer.quantity != one.sent).any())
    stands = one.lanes.equal or one.within_packs(answer.quantity, need_of(block, arrays, one))
    return answer.quantity if changed and stands else None


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
