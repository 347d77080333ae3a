"""Trials: one item allocated again with edits in place, and which physical rules they break."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.plans.allocating.block import AllocationBlock
from moselle_nb.plans.allocating.clock import Clock
from moselle_nb.plans.allocating.volume import VOLUME
from moselle_nb.plans.allocation import AllocationArrays, share_date

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

    from moselle_nb.plans.allocating.block import DateArrays
    from moselle_nb.plans.allocating.clock import Decided
    from moselle_nb.plans.allocating.config import AllocationConfig
    from moselle_nb.plans.allocating.inputs import AllocationInputs
    from moselle_nb.plans.allocating.volume import ItemVolume

    Fixed = Mapping[tuple[int, int], float]

__all__ = ["Breach", "Holds", "Trial", "attempt"]


@dataclass(frozen=True, eq=False)
class Holds:
    """What edits fix: cell and position of the ship date to units.

    Parameters
    ----------
    rule
        What the rule finds fixed when it shares the rest: all that stood when a cell was last locked.
    final
        What stands in the end, whatever the rule says.
    """

    rule: Mapping[tuple[int, int], float]
    final: Mapping[tuple[int, int], float]


@dataclass(frozen=True, eq=False)
class Breach:
    """A physical rule that edits break.

    Parameters
    ----------
    date
        Position of the ship date.
    pool, row
        The stock that would be overdrawn, or the row that could not hold what it gets; -1 for the other.
    limit
        What there is, or what fits, in units.
    quantity
        Units by cell of the item on that date: what is asked for and all that stands beside it.
    edits_alone
        Whether edits alone ask for more than there is; else together with what the rule gave to others.
    by_volume
        Whether it is the volume of the location that is used up.
    """

    date: int
    pool: int
    row: int
    limit: float
    quantity: NDArray[np.float64]
    edits_alone: bool
    by_volume: bool = False


@dataclass(frozen=True, eq=False)
class Trial:
    """The outcome of an item with edits in place.

    Parameters
    ----------
    arrays
        Of the item's cells; of no use when there are breaches.
    holds
        What the rule found fixed, and what stands.
    breaches
        On the first date that has any.
    decided
        What the time for solvers cut off.
    """

    arrays: AllocationArrays
    holds: Holds
    breaches: tuple[Breach, ...]
    decided: Decided


def attempt(
    inputs: AllocationInputs,
    config: AllocationConfig,
    item: int,
    holds: Holds,
    kept: Collection[tuple[int, int]] = (),
    volume: ItemVolume | None = None,
    step: int = 0,
) -> Trial:
    """Allocate an item again with what edits fix.

    Where edits of earlier ship dates leave less than what stands on a later one, the rule shares what is left there
    among the cells that are not fixed.

    Parameters
    ----------
    inputs, config
        What the plan is made of.
    item
        Position of the item.
    holds
        What edits fix.
    kept
        Pools and ship dates, positions, where the cells that are not fixed keep what they have.
    volume
        What locations with a capacity leave to the item.
    step
        The step of edits that this is.
    """
    first, stop = np.searchsorted(inputs.pools.item, [item, item + 1])
    block = AllocationBlock(inputs, config, int(first), int(stop))
    shape = len(inputs.ship_days), block.cells.stop - block.cells.start
    given_back = None if volume is None else np.zeros(shape)
    arrays = AllocationArrays(np.zeros(shape), np.zeros(shape), np.zeros(shape, dtype=np.int8), given_back)
    clock = Clock(config.solver_seconds, step)
    rule, breaches = dict(holds.rule), tuple[Breach, ...]()
    for date in range(shape[0]):
        breaches = _share(block, date, rule, holds.final, arrays, kept, volume, clock)
        if breaches:
            break
    return Trial(arrays, Holds(rule, holds.final), breaches, clock.decided)


def _share(
    block: AllocationBlock,
    date: int,
    rule: dict[tuple[int, int], float],
    final: Fixed,
    arrays: AllocationArrays,
    kept: Collection[tuple[int, int]],
    volume: ItemVolume | None,
    clock: Clock,
) -> tuple[Breach, ...]:
    """Share one ship date and let it leave; return what cannot be."""
    state, available = block.on_date(date), block.available(date)
    stands = _fixed_on(block, final, date)
    over = _overdrawn(block, date, available, np.nan_to_num(stands), edits_alone=True)
    no_room = _overdrawn(block, date, available, np.nan_to_num(_fixed_on(block, rule, date)), edits_alone=True)
    if over and (no_room or not any((breach.pool, date) in kept for breach in over)):
        return over
    if no_room:
        _hold(rule, final, date)
    free = np.isnan(stands)

    def shared(around: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int8], NDArray[np.float64]]:
        units, stopped = share_date(block, state, around, clock)
        if volume is None:
            return units, stopped, np.zeros(len(units))
        stays = volume.kept(block, state, np.where(free, units, stands), free)
        back = np.where(free, units - stays, 0.0)
        return units - back, np.where(back > 0, VOLUME, stopped).astype(np.int8), back

    suggested, stopped, back = shared(_fixed_on(block, rule, date))
    quantity = np.where(np.isnan(stands), suggested, stands)
    over = _overdrawn(block, date, available, quantity, edits_alone=False)
    if any((breach.pool, date) in kept for breach in over):
        return over
    if over:
        _hold(rule, final, date)
        suggested, stopped, back = shared(stands)
        quantity = suggested
    if arrays.given_back is not None:
        arrays.given_back[date] = back
    arrays.suggested[date], arrays.stopped[date], arrays.quantity[date] = suggested, stopped, quantity
    too_much = () if volume is None else _too_much(block, state, quantity, volume)
    block.ship(state, quantity)
    return _overfull(block, date, state.room, quantity, ~free) or too_much


def _fixed_on(block: AllocationBlock, held: Fixed, date: int) -> NDArray[np.float64]:
    """Return what is fixed on a ship date by cell of the item; NaN where nothing is."""
    found = np.full(block.cells.stop - block.cells.start, np.nan)
    for (cell, when), units in held.items():
        if when == date:
            found[cell - block.cells.start] = units
    return found


def _hold(rule: dict[tuple[int, int], float], final: Fixed, date: int) -> None:
    """Let the rule find fixed all that stands on a ship date."""
    for key in [key for key in rule if key[1] == date]:
        del rule[key]
    rule.update({key: units for key, units in final.items() if key[1] == date})


def _overdrawn(
    block: AllocationBlock,
    date: int,
    available: NDArray[np.float64],
    quantity: NDArray[np.float64],
    *,
    edits_alone: bool,
) -> tuple[Breach, ...]:
    drawn = np.bincount(block.pool, weights=quantity, minlength=len(available))
    return tuple(
        Breach(date, block.pools.start + int(pool), -1, float(available[pool]), quantity, edits_alone)
        for pool in np.flatnonzero(drawn > available)
    )


def _overfull(
    block: AllocationBlock,
    date: int,
    room: NDArray[np.float64],
    quantity: NDArray[np.float64],
    fixed: NDArray[np.bool_],
) -> tuple[Breach, ...]:
    """Return the rows that edits fill beyond their maximum stock."""
    by_edits = block.received(quantity * fixed) > 0
    full = np.flatnonzero(by_edits & (block.received(quantity) > room))
    return tuple(
        Breach(date, -1, int(block.row[taker]), float(room[taker]), quantity, edits_alone=True) for taker in full
    )


def _too_much(
    block: AllocationBlock, state: DateArrays, quantity: NDArray[np.float64], volume: ItemVolume
) -> tuple[Breach, ...]:
    """Return the rows whose location edits fill beyond its volume, there and then or by what is left of it later."""
    room = volume.room(block, state)
    return tuple(
        Breach(state.date, -1, int(block.row[taker]), max(float(room[taker]), 0.0), quantity, edits_alone=True,
               by_volume=True)
        for taker in volume.overfilled(block, state, quantity, room)
    )  # fmt: skip
