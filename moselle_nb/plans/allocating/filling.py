"""Filling locations by volume: ship date by ship date, what does not fit goes back and its items are shared again."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.volume import Transfers, give_back
from moselle_nb.plans.allocating.block import AllocationBlock
from moselle_nb.plans.allocating.volume import VOLUME, VolumeWalk, bystanders, volume_limits
from moselle_nb.plans.allocation import blocks, share_date

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.plans.allocating.block import DateArrays
    from moselle_nb.plans.allocating.clock import Clock
    from moselle_nb.plans.allocating.config import AllocationConfig
    from moselle_nb.plans.allocating.inputs import AllocationInputs
    from moselle_nb.plans.allocation import AllocationArrays

    Floats = NDArray[np.float64]

__all__ = ["filled"]


def filled(
    inputs: AllocationInputs, config: AllocationConfig, arrays: AllocationArrays, clock: Clock
) -> tuple[AllocationArrays, Floats | None]:
    """Return what stays of an allocation where locations hold only so much, and the volume at them by ship date.

    Parameters
    ----------
    inputs, config
        What the plan is made of.
    arrays
        What the rule gives, item by item; it is changed in place.
    clock
        Time that is left for solvers.
    """
    limits = volume_limits(inputs)
    if limits is None:
        return arrays, None
    given_back = np.zeros_like(arrays.quantity)
    walks = [
        VolumeWalk(inputs, config, limits, slice(first, stop), _cells(inputs, first, stop))
        for first, stop in blocks(inputs)
    ]
    levels = bystanders(inputs, config, limits)
    for date in range(len(levels)):
        moments = [walk.block.on_date(date) for walk in walks]
        for walk, moment in zip(walks, moments, strict=True):
            sent = arrays.quantity[date, walk.cells]
            levels[date] += walk.level(walk.here(moment) + walk.block.received(sent))
        for column in np.flatnonzero(levels[date] > limits.most):
            excess = float(levels[date, column] - limits.capacity[column])
            back = _back(walks, moments, arrays.quantity[date], int(column), (excess, float(limits.dust[column])))
            given_back[date] += back
            levels[date, column] -= _volume(inputs, limits.volume, back)
        cells = np.flatnonzero(given_back[date])
        for units in (arrays.quantity, arrays.suggested):
            units[date] -= given_back[date]
        arrays.stopped[date, cells] = VOLUME
        for walk, moment in zip(walks, moments, strict=True):
            walk.block.ship(moment, arrays.quantity[date, walk.cells])
        _share_later(inputs, config, arrays, date, cells, clock)
    return replace(arrays, given_back=given_back), levels


def _cells(inputs: AllocationInputs, first: int, stop: int) -> slice:
    low, high = np.searchsorted(inputs.routes.pool, [first, stop])
    return slice(int(low), int(high))


def _back(
    walks: list[VolumeWalk], moments: list[DateArrays], quantity: Floats, column: int, excess: tuple[float, float]
) -> Floats:
    """Return what goes back by cell from one location that is too full, and by how much: excess and dust."""
    found = np.zeros_like(quantity)
    parts = [walk.transfers(moment, quantity[walk.cells], column) for walk, moment in zip(walks, moments, strict=True)]
    first = np.cumsum([0, *(len(walk.block.row) for walk in walks)])
    columns = (np.concatenate([getattr(part, about.name) for _, part in parts]) for about in fields(Transfers)[1:])
    taker = np.concatenate([part.taker + begin for (_, part), begin in zip(parts, first[:-1], strict=True)])

    def days(takers: NDArray[np.intp], units: Floats) -> Floats:
        covers = np.zeros(len(takers))
        for walk, moment, begin, end in zip(walks, moments, first[:-1], first[1:], strict=True):
            mine = np.flatnonzero((takers >= begin) & (takers < end))
            covers[mine] = walk.days(moment, takers[mine] - begin, units[mine])
        return covers

    cells = np.concatenate([walk.cells[at] for walk, (at, _) in zip(walks, parts, strict=True)])
    found[cells] = give_back(Transfers(taker, *columns), days, *excess)
    return found


def _volume(inputs: AllocationInputs, volume: Floats, units: Floats) -> float:
    return float(volume[inputs.item[inputs.routes.row]] @ units)


def _share_later(
    inputs: AllocationInputs, config: AllocationConfig, arrays: AllocationArrays, date: int,
    cells: NDArray[np.intp], clock: Clock,
) -> None:  # fmt: skip
    """Share the later ship dates of the items of some cells again."""
    dates = len(inputs.ship_days)
    if not len(cells) or date + 1 == dates:
        return
    item = inputs.item[inputs.routes.row]
    touched = np.unique(item[cells])
    for first, stop in _spans(inputs, touched):
        block = AllocationBlock(inputs, config, first, stop)
        chosen = np.isin(item[block.cells], touched)
        nothing = np.full(len(chosen), np.nan)
        at = block.cells.start + np.flatnonzero(chosen)
        for now in range(dates):
            moment = block.on_date(now)
            if now > date:
                suggested, stopped = share_date(block, moment, nothing, clock)
                arrays.suggested[now, at] = arrays.quantity[now, at] = suggested[chosen]
                arrays.stopped[now, at] = stopped[chosen]
            block.ship(moment, arrays.quantity[now, block.cells])


def _spans(inputs: AllocationInputs, items: NDArray[np.int32]) -> list[tuple[int, int]]:
    """Return the pools from the first to the last of these items in each block."""
    found = []
    for first, stop in blocks(inputs):
        here = np.flatnonzero(np.isin(inputs.pools.item[first:stop], items))
        if len(here):
            found.append((first + int(here[0]), first + int(here[-1]) + 1))
    return found
