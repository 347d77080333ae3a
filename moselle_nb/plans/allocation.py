"""Allocation: where tables meet the engine. Resolve, lay out blocks of items, share each ship date, keep the result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from moselle_nb.engines.sharing import share
from moselle_nb.inputs import PlanningData
from moselle_nb.plans.allocating.block import AllocationBlock
from moselle_nb.plans.allocating.clock import Clock
from moselle_nb.plans.allocating.closing import closed
from moselle_nb.plans.allocating.config import AllocationConfig
from moselle_nb.plans.allocating.inputs import resolve_allocation
from moselle_nb.plans.allocating.rebalancing import rebalance_date
from moselle_nb.plans.allocating.sources import share_several

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from moselle_nb.plans.allocating.block import DateArrays
    from moselle_nb.plans.allocating.inputs import AllocationInputs
    from moselle_nb.plans.allocating.plan import AllocationPlan
    from moselle_nb.plans.document import ReplenishmentPlan

__all__ = ["AllocationArrays", "allocate", "build_allocation", "share_date"]

BLOCK_CELLS = 100_000
"""Cells per block: its arrays stay near the cache."""


@dataclass(frozen=True, eq=False)
class AllocationArrays:
    """The outcome for some cells, shape (ship dates, cells).

    Parameters
    ----------
    suggested
        What the rule gives, in whole units.
    quantity
        What is allocated: the suggestion, or an edit.
    stopped
        Why a cell got no more, a position in `engines.sharing.STOPS`.
    given_back
        Units that the rule gave and that did not fit by volume; None where no location has a capacity.
    """

    suggested: NDArray[np.float64]
    quantity: NDArray[np.float64]
    stopped: NDArray[np.int8]
    given_back: NDArray[np.float64] | None = None

    @property
    def parts(self) -> Iterator[tuple[str, NDArray[Any]]]:
        """Yield the arrays that are there, with their names."""
        for name in ("suggested", "quantity", "stopped", "given_back"):
            values = getattr(self, name)
            if values is not None:
                yield name, values

    def cells(self, part: slice) -> AllocationArrays:
        """Return the outcome for some cells."""
        return AllocationArrays(**{name: values[:, part] for name, values in self.parts})


def allocate(
    data: PlanningData,
    config: AllocationConfig,
    *,
    replenishment: ReplenishmentPlan | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> AllocationPlan:
    """Build an allocation plan: how to divide what there is.

    Parameters
    ----------
    data
        The tables, from `load`.
    config
        What to divide, among whom, when, and by which rule.
    replenishment
        A replenishment plan of the same tables whose planned receipts count like scheduled ones.
    on_progress
        Called between blocks with the items done and all items; an exception that it raises, such as `Cancelled`, ends
        the work and leaves nothing behind.

    Returns
    -------
    AllocationPlan
        An immutable document.

    Raises
    ------
    ConfigError
        When the configuration names what the tables do not have, or lanes form a cycle.
    ContractError
        When a rule needs what no table gives.

    Examples
    --------
    >>> import moselle_nb as mo
    >>> data = mo.sample_data("retail", items=5, locations=3, seed=7)
    >>> config = mo.AllocationConfig(name="Push", source="METZ", coverage=("2026-11-23", "2026-12-20"))
    >>> mo.allocate(data, config).summary["left"].ge(0).all()
    np.True_
    """
    for name, value, kind in (("data", data, PlanningData), ("config", config, AllocationConfig)):
        if not isinstance(value, kind):
            given = type(value).__name__
            msg = f"{name} has to be {kind.__name__}, received {given}; call allocate(mo.load(…), config)"
            raise TypeError(msg)
    return build_allocation(resolve_allocation(data, config, replenishment), config, on_progress=on_progress)


def build_allocation(
    inputs: AllocationInputs, config: AllocationConfig, *, on_progress: Callable[[int, int], None] | None = None
) -> AllocationPlan:
    """Build a plan from resolved inputs: what `allocate` does after the tables are settled."""
    from moselle_nb.plans.allocating.filling import filled
    from moselle_nb.plans.allocating.plan import AllocationPlan

    shape = len(inputs.ship_days), inputs.routes.cells
    arrays = AllocationArrays(np.zeros(shape), np.zeros(shape), np.zeros(shape, dtype=np.int8))
    total, clock = len(np.unique(inputs.pools.item)), Clock(config.solver_seconds)
    done = 0
    for first, stop in blocks(inputs):
        block = AllocationBlock(inputs, config, first, stop)
        part = allocate_block(block, clock)
        for name in ("suggested", "quantity", "stopped"):
            getattr(arrays, name)[:, block.cells] = getattr(part, name)
        done += len(block.items)
        if on_progress is not None:
            on_progress(done, total)
    arrays, levels = filled(inputs, config, arrays, clock)
    return AllocationPlan(inputs, config, arrays, volume=levels, decided=clock.decided)


def blocks(inputs: AllocationInputs) -> Iterator[tuple[int, int]]:
    """Yield the first pool and the one after the last of blocks of whole items."""
    item, cell = inputs.pools.item, np.searchsorted(inputs.routes.pool, np.arange(len(inputs.pools.item) + 1))
    begins = np.flatnonzero(np.concatenate([[True], item[1:] != item[:-1]])) if len(item) else np.zeros(0, dtype=int)
    first = 0
    while first < len(item):
        wanted = np.searchsorted(cell, cell[first] + BLOCK_CELLS)
        after = begins[np.searchsorted(begins, max(int(wanted), first + 1)) :]
        stop = int(after[0]) if len(after) else len(item)
        yield first, stop
        first = stop


def allocate_block(block: AllocationBlock, clock: Clock) -> AllocationArrays:
    """Share every ship date of a block, each with what the ones before it left."""
    dates, cells = len(block.inputs.ship_days), block.cells.stop - block.cells.start
    suggested, nothing = np.zeros((dates, cells)), np.full(cells, np.nan)
    stopped = np.zeros((dates, cells), dtype=np.int8)
    for date in range(dates if cells else 0):
        arrays = block.on_date(date)
        suggested[date], stopped[date] = share_date(block, arrays, nothing, clock)
        block.ship(arrays, suggested[date])
    return AllocationArrays(suggested, suggested.copy(), stopped)


def share_date(
    block: AllocationBlock, arrays: DateArrays, fixed: NDArray[np.float64], clock: Clock
) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
    """Share what the pools have on one ship date; return units and why there are no more, by cell.

    Parameters
    ----------
    block, arrays
        Who asks, and what they have.
    fixed
        Units held by edits, by cell; NaN elsewhere.
    clock
        Time that is left for solvers.
    """
    clock.begin(block, arrays.date)
    quantity, stopped = _shared(block, arrays, fixed, clock)
    clock.settle(block, quantity, stopped)
    return quantity, stopped


def _shared(
    block: AllocationBlock, arrays: DateArrays, fixed: NDArray[np.float64], clock: Clock
) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
    available = block.available(arrays.date)
    if block.config.mode == "rebalance":
        return rebalance_date(block, arrays, available, fixed, clock)
    if block.config.source_demand == "protect":
        own = block.own[block.taker] & np.isnan(fixed)
        free = available - np.bincount(block.pool, weights=np.nan_to_num(fixed), minlength=len(available))
        wanted = np.where(block.inputs.blocked[block.row], 0.0, np.ceil(arrays.need))
        kept = np.minimum(wanted, free[block.pool[block.best_cell]])[block.taker]
        fixed = np.where(own, kept, fixed)
    if len(available) > len(block.items):
        return share_several(block, arrays, available, fixed, clock)
    claims, push = block.claims(arrays, fixed), block.config.push
    shares = share(available, claims, block.config.method, push=push)
    if block.config.method == "marginal_value":
        shares = closed(available, claims, shares, block, clock)
    place = block.item, block.column
    return shares.quantity[place], shares.stopped[place]
