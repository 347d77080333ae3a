"""Rebalancing: which locations have stock to spare, and which moves of it pay."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.exact_lanes import SourceLanes
from moselle_nb.engines.opening import received_between
from moselle_nb.engines.rebalancing import most_gained
from moselle_nb.engines.sharing_claims import BELOW_TRANSFER_MINIMUM, NO_STOCK_LEFT
from moselle_nb.plans.allocating.block import AllocationBlock
from moselle_nb.plans.allocating.routes import Routes, pair_routes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.inputs import PlanningData
    from moselle_nb.plans.allocating.block import DateArrays
    from moselle_nb.plans.allocating.clock import Clock
    from moselle_nb.plans.allocating.config import AllocationConfig
    from moselle_nb.plans.allocating.inputs import AllocationInputs, Pools
    from moselle_nb.plans.row_calendars import Closures

__all__ = ["DOES_NOT_PAY", "rebalance_date", "served_alone", "with_spare_stock"]

DOES_NOT_PAY = 6
"""Why a taker got no more: the move would not earn what it has to."""

LEAST_SECONDS = 1.0
"""Every item may take so long, however little of the solver's time is left."""


def with_spare_stock(
    inputs: AllocationInputs,
    data: PlanningData,
    config: AllocationConfig,
    gives: NDArray[np.bool_],
    closures: Closures,
) -> AllocationInputs:
    """Return inputs whose pools are what each location has beyond its own need, with the lanes to those short of it.

    A location keeps the larger of its need, by the arithmetic of an allocation from the ship date on, and the demand of
    the next `excess_days` days; what it still expects does not count. The rest is spare, as far as it may leave.

    Parameters
    ----------
    inputs
        Rows, demand and rules, with a pool for each item and location.
    data, config
        The tables and the configuration.
    gives
        Whether the location of each pool may give.
    closures
        When locations are closed.
    """
    own = np.flatnonzero((inputs.pools.row >= 0) & gives)
    pools = inputs.pools.take(own)
    spare, need = _spare_and_need(inputs, config)
    there = pools.on_hand + _landed(pools, int(inputs.ship_days[0])) - pools.committed
    spare = np.clip(spare[pools.row] - pools.hold_back, 0.0, np.maximum(there, 0.0))
    kept = there - spare
    chosen = np.flatnonzero((spare > 0) & ~inputs.blocked[pools.row])
    pools = pools.take(chosen, hold_back=kept[chosen])
    takes = (need > 0) & ~inputs.blocked & _may_receive(inputs, config)
    routes = pair_routes(data, config, (inputs.item, inputs.location), (pools.item, pools.source), takes,
                         inputs.rules.pack.values[0], inputs.ship_days, closures)  # fmt: skip
    return replace(inputs, pools=pools, routes=routes)


def _may_receive(inputs: AllocationInputs, config: AllocationConfig) -> NDArray[np.bool_]:
    if config.locations is None:
        return np.ones(inputs.rows, dtype=bool)
    return inputs.locations["location"].isin(config.locations).to_numpy()[inputs.location]


def served_alone(inputs: AllocationInputs) -> AllocationInputs:
    """Return inputs in which every row is served by a pool of its own at once: its need is that of a destination."""
    rows, nothing, one = np.arange(inputs.rows), np.zeros(inputs.rows), np.ones(inputs.rows)
    routes = Routes(
        pool=rows, row=rows, arrival=np.repeat(inputs.ship_days[:, None], inputs.rows, axis=1),
        lead_time_days=np.zeros(inputs.rows, dtype=np.int64), unit_cost=nothing, pack=one, minimum=one,
        own=np.zeros(inputs.rows, dtype=bool), unreached=rows[:0], said=np.zeros(inputs.rows, dtype=np.int8),
    )  # fmt: skip
    none = inputs.pools.take(np.zeros(0, dtype=np.intp))
    no_receipts = replace(none.receipts, starts=np.zeros(inputs.rows + 1, dtype=np.int64))
    pools = replace(none, item=inputs.item, source=inputs.location, row=rows, on_hand=nothing, committed=nothing,
                    hold_back=nothing, hold_back_origin=np.zeros(inputs.rows, dtype=np.int8),
                    receipts=no_receipts)  # fmt: skip
    return replace(inputs, pools=pools, routes=routes)


def _spare_and_need(
    inputs: AllocationInputs, config: AllocationConfig
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what each row could give away and what it lacks on the ship date, in units."""
    from moselle_nb.plans.allocation import blocks

    alone = served_alone(inputs)
    spare, need = np.zeros(inputs.rows), np.zeros(inputs.rows)
    day = int(inputs.ship_days[0])
    for first, stop in blocks(alone):
        block = AllocationBlock(alone, config, first, stop)
        arrays = block.on_date(0)
        today = received_between(block.events(), arrays.arrival, arrays.arrival)
        ahead = block.cumulative.at(day + config.excess_days) - block.cumulative.at(day)
        keeps = np.maximum(arrays.demand + arrays.safety_stock, ahead)
        keeps = np.maximum(keeps, block.rule("presentation_minimum"))
        spare[block.row] = np.floor(np.maximum(arrays.stock + today - keeps, 0.0))
        need[block.row] = arrays.need
    return spare, need


def _landed(pools: Pools, day: int) -> NDArray[np.float64]:
    pool = np.repeat(np.arange(len(pools.item)), np.diff(pools.receipts.starts))
    weights = np.where(pools.receipts.day <= day, pools.receipts.quantity, 0.0)
    return np.bincount(pool, weights=weights, minlength=len(pools.item)).astype(np.float64)


def rebalance_date(
    block: AllocationBlock,
    arrays: DateArrays,
    available: NDArray[np.float64],
    fixed: NDArray[np.float64],
    clock: Clock,
) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
    """Move what pools can spare where it pays; return units and why there are no more, by cell.

    Parameters
    ----------
    available
        Units of each pool of the block.
    fixed
        Units held by edits, by cell; NaN elsewhere.
    clock
        Time that is left for solvers; each item may take a second, unless all of them have less.
    """
    quantity, below = np.nan_to_num(fixed), np.zeros(len(fixed), dtype=bool)
    margin, routes = block.inputs.margin[block.row], block.inputs.routes
    for item in range(len(block.items)):
        pools = np.flatnonzero(block.item_of_pool == item)
        cells = np.flatnonzero(np.isin(block.pool, pools) & np.isnan(fixed))
        takers, column = np.unique(block.taker[cells], return_inverse=True)
        row = np.searchsorted(pools, block.pool[cells])
        held = np.bincount(block.pool, weights=np.nan_to_num(fixed), minlength=len(available))[pools]
        got = block.received(np.nan_to_num(fixed))[takers]
        shape, here = (len(pools), len(takers)), block.cells.start + cells
        missing = np.maximum(arrays.need[takers] - got, 0.0)
        below[cells] = routes.minimum[here] > np.ceil(missing[column] / routes.pack[here]) * routes.pack[here]
        cost = np.where(below[cells], np.inf, routes.unit_cost[here])
        lanes = SourceLanes(
            np.maximum(available[pools] - held, 0.0), _laid(shape, row, column, cost, np.inf),
            _laid(shape, row, column, routes.pack[here], 1.0), _laid(shape, row, column, routes.minimum[here], 1.0),
        )  # fmt: skip
        clock.at(block, item)
        answer = most_gained(
            lanes, missing, margin[takers], np.floor(arrays.room[takers] - got),
            least_gain=block.config.min_gain, budget=clock.at_least(min(LEAST_SECONDS, block.config.solver_seconds)),
        )  # fmt: skip
        clock.mark(finished=answer.optimal)
        quantity[cells] = answer.quantity[row, column]
    short = (arrays.need - block.received(quantity))[block.taker] > 0
    left = available - np.bincount(block.pool, weights=quantity, minlength=len(available))
    used = left[block.pool] < routes.pack[block.cells]
    why = np.select([~short, below, used], [0, BELOW_TRANSFER_MINIMUM, NO_STOCK_LEFT], DOES_NOT_PAY)
    return quantity, why.astype(np.int8)


def _laid(
    shape: tuple[int, int], row: NDArray[np.intp], column: NDArray[np.intp], values: NDArray[np.float64], fill: float
) -> NDArray[np.float64]:
    found = np.full(shape, fill)
    found[row, column] = values
    return found
