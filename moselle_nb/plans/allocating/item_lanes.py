"""One item on one ship date with several sources: its lanes and what their packs are worth, as solvers take it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.exact_lanes import SourceLanes
from moselle_nb.engines.exact_share import arriving_gains
from moselle_nb.engines.exact_sources import most_valuable_sources
from moselle_nb.plans.allocating.values import pack_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.exact_solver import Solution
    from moselle_nb.plans.allocating.block import AllocationBlock, DateArrays

__all__ = ["ItemLanes", "item_lanes", "most_valuable", "need_of", "still_asks", "unshown"]


@dataclass(frozen=True, eq=False)
class ItemLanes:
    """Lanes of one item that no edit holds, and what goes over them.

    Parameters
    ----------
    lanes
        Supply is what edits leave.
    cells
        Of the lanes, by position among the cells of the block.
    row, column
        Of each cell: positions of its source and its destination.
    takers
        Positions of the destinations in the block.
    sent
        Shape (sources, destinations).
    held
        Units of edits by destination.
    """

    lanes: SourceLanes
    cells: NDArray[np.intp]
    row: NDArray[np.intp]
    column: NDArray[np.intp]
    takers: NDArray[np.intp]
    sent: NDArray[np.float64]
    held: NDArray[np.float64]

    def within_packs(self, quantity: NDArray[np.float64], need: NDArray[np.float64]) -> bool:
        """Tell whether need is exceeded by less than a pack that comes; need without what edits hold."""
        used = np.where(quantity > 0, self.lanes.pack, 0.0).max(axis=0, initial=0.0)
        return bool((quantity.sum(axis=0) < need + used)[used > 0].all())


def item_lanes(
    block: AllocationBlock, item: int, available: NDArray[np.float64], quantity: NDArray[np.float64],
    fixed: NDArray[np.float64],
) -> ItemLanes:  # fmt: skip
    """Lay out one item of a block.

    Parameters
    ----------
    item
        Position in the block.
    available
        Units of each pool of the block.
    quantity, fixed
        By cell of the block: units that leave, and those that edits hold; NaN where there is none.
    """
    first, stop = np.searchsorted(block.item_of_pool, [item, item + 1])
    low, high = np.searchsorted(block.pool, [first, stop])
    mine = np.arange(low, high)
    held = np.nan_to_num(fixed[mine])
    supply = available[first:stop] - np.bincount(block.pool[mine] - first, weights=held, minlength=stop - first)
    cells = mine[np.isnan(fixed[mine])]
    takers, column = np.unique(block.taker[cells], return_inverse=True)
    row, here, routes = block.pool[cells] - first, block.cells.start + cells, block.inputs.routes

    def laid(values: NDArray[np.float64], fill: float) -> NDArray[np.float64]:
        found = np.full((stop - first, len(takers)), fill)
        found[row, column] = values
        return found

    lanes = SourceLanes(
        np.maximum(supply, 0.0), laid(routes.unit_cost[here], np.inf), laid(routes.pack[here], 1.0),
        laid(routes.minimum[here], 1.0),
    )  # fmt: skip
    base = int(block.taker[mine].min(initial=len(block.row)))
    got = np.bincount(block.taker[mine] - base, weights=held)[takers - base].astype(np.float64)
    return ItemLanes(lanes, cells, row, column, takers, laid(quantity[cells], 0.0), got)


def need_of(block: AllocationBlock, arrays: DateArrays, one: ItemLanes) -> NDArray[np.float64]:
    """Return what the destinations need beyond what edits hold."""
    blocked = block.inputs.blocked[block.row[one.takers]]
    return np.maximum(np.where(blocked, 0.0, arrays.need[one.takers]) - one.held, 0.0)


def unshown(block: AllocationBlock, arrays: DateArrays, one: ItemLanes) -> NDArray[np.float64]:
    """Return what the destinations lack of their presentation minimums beyond what edits hold."""
    shown = block.presentation(arrays)[one.takers] - arrays.stock[one.takers] - one.held
    return np.maximum(shown, 0.0)


def still_asks(block: AllocationBlock, arrays: DateArrays, one: ItemLanes) -> bool:
    """Tell whether a destination needs another pack of some lane and has room for it."""
    lanes, total = one.lanes, one.sent.sum(axis=0)
    missing = np.maximum(need_of(block, arrays, one) - total, 0.0)
    size = np.where(one.sent > 0, lanes.pack, lanes.first_pack)
    wanted = size <= (np.inf if block.config.push else np.ceil(missing / lanes.pack) * lanes.pack)
    inside = total + size <= arrays.room[one.takers] - one.held
    return bool((lanes.open & wanted & inside).any())


def most_valuable(block: AllocationBlock, arrays: DateArrays, one: ItemLanes, budget: float) -> tuple[Solution, float]:
    """Return the most valuable answer that a solver finds, and what `one.sent` is worth, in currency.

    What is sent up to the presentation minimums stays sent.
    """
    need, takers = need_of(block, arrays, one), one.takers
    room = np.maximum(np.minimum(arrays.room[takers] - one.held, one.lanes.supply.sum()), 0.0)
    limit = np.broadcast_to(room, one.sent.shape)
    ends = (
        limit if block.config.push else np.minimum(np.where(need > 0, np.ceil(need + one.lanes.pack) - 1, 0.0), limit)
    )
    ends = np.maximum(ends, np.where(one.sent > 0, one.sent.sum(axis=0), 0.0))
    most = np.where(one.lanes.open, ends, 0.0).max(axis=0, initial=0.0)
    least = np.minimum(unshown(block, arrays, one), one.sent.sum(axis=0))
    value = pack_values(block, arrays, np.zeros(len(takers)), takers)
    gains = arriving_gains(value, arrays.stock[takers] + one.held, most, one.lanes)
    solution = most_valuable_sources(one.lanes, gains, one.sent, least=least, ends=ends, budget=budget)
    # The answer to start from comes back where time is out.
    stays = most_valuable_sources(one.lanes, gains, one.sent, least=least, ends=ends, budget=0.0)
    return solution, stays.objective
