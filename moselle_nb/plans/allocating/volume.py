"""Whole-location volume: what a location holds over all items, and what an over-full one gives back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from moselle_nb.engines.opening import received_between
from moselle_nb.engines.volume import VOLUME_DUST, Transfers, drop_lots
from moselle_nb.plans.allocating.block import AllocationBlock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from moselle_nb.plans.allocating.block import DateArrays
    from moselle_nb.plans.allocating.config import AllocationConfig
    from moselle_nb.plans.allocating.inputs import AllocationInputs

    Floats = NDArray[np.float64]

__all__ = [
    "VOLUME", "ItemVolume", "VolumeLimits", "VolumeWalk", "bystanders", "item_levels", "volume_limits",
]  # fmt: skip

VOLUME = 7
"""Why a taker got no more: packs went back because the location is full."""


@dataclass(frozen=True, eq=False)
class VolumeLimits:
    """Locations whose capacity is known, and what items take up.

    Parameters
    ----------
    location
        Positions of the locations, increasing.
    capacity
        Of each, in the unit of `volume`.
    volume
        Of a unit of each item; 0 where it is not known.
    column
        Place among `location` of every location; -1 for the others.
    """

    location: NDArray[np.intp]
    capacity: Floats
    volume: Floats
    column: NDArray[np.intp]

    @property
    def dust(self) -> Floats:
        """Volume that does not count at each location."""
        return self.capacity * VOLUME_DUST + VOLUME_DUST

    @property
    def most(self) -> Floats:
        """What each location holds, rounding of sums included."""
        return self.capacity + self.dust


def volume_limits(inputs: AllocationInputs) -> VolumeLimits | None:
    """Return capacities and volumes; None where no location has a capacity."""
    if "capacity_volume" not in inputs.locations:
        return None
    capacity = inputs.locations["capacity_volume"].to_numpy(dtype=np.float64)
    location = np.flatnonzero(~np.isnan(capacity))
    if not len(location):
        return None
    column = np.full(len(capacity), -1, dtype=np.intp)
    column[location] = np.arange(len(location))
    volume = np.nan_to_num(inputs.items["volume"].to_numpy(dtype=np.float64))
    return VolumeLimits(location, capacity[location], volume, column)


def limited_cells(inputs: AllocationInputs, limits: VolumeLimits, cells: slice) -> NDArray[np.intp]:
    """Return the cells that bring goods to a location with a capacity; what a source keeps lies there already."""
    routes = inputs.routes
    row = routes.row[cells]
    limited = limits.column[inputs.location[row]] >= 0
    limited &= ~np.isin(row, row[routes.own[cells]])
    return cells.start + np.flatnonzero(limited)


class VolumeWalk:
    """The limited cells of some pools, walked through ship date by ship date.

    Parameters
    ----------
    inputs, config, limits
        What the plan is made of.
    pools, cells
        Which part of it.
    """

    def __init__(
        self, inputs: AllocationInputs, config: AllocationConfig, limits: VolumeLimits, pools: slice, cells: slice
    ) -> None:
        self.limits, self.cells = limits, limited_cells(inputs, limits, cells)
        part = replace(inputs, routes=inputs.routes.take(self.cells))
        self.block = AllocationBlock(part, config, pools.start, pools.stop)
        self.volume = limits.volume[inputs.item[self.block.row]]
        self.column = limits.column[inputs.location[self.block.row]]

    def here(self, arrays: DateArrays) -> Floats:
        """Return what takers have on the day of arrival before anything of the ship date comes, in units."""
        return arrays.stock + received_between(self.block.events(), arrays.arrival, arrays.arrival)

    def level(self, units: Floats) -> Floats:
        """Return the volume of some units of the takers by location."""
        filled = np.bincount(self.column, weights=self.volume * units, minlength=len(self.limits.capacity))
        return filled.astype(np.float64)

    def levels(self, quantity: Floats) -> Floats:
        """Return the volume at each location on every ship date, for these units by ship date and limited cell."""
        found = np.zeros((len(quantity), len(self.limits.capacity)))
        for date, sent in enumerate(quantity):
            arrays = self.block.on_date(date)
            found[date] = self.level(self.here(arrays) + self.block.received(sent))
            self.block.ship(arrays, sent)
        return found

    def transfers(self, arrays: DateArrays, sent: Floats, column: int) -> tuple[NDArray[np.intp], Transfers]:
        """Return limited cells, by position, that bring something with a volume to a location, and what they bring."""
        block, routes = self.block, self.block.inputs.routes
        of = (self.column == column) & (self.volume > 0)
        cells = np.flatnonzero(of[block.taker] & (sent > 0))
        taker = block.taker[cells]
        order = np.lexsort((block.pool[cells], routes.lead_time_days[cells], routes.unit_cost[cells], taker))
        cells, taker = cells[order], taker[order]
        return cells, Transfers(
            taker, sent[cells], routes.minimum[cells], routes.pack[cells], self.volume[taker], arrays.demand[taker],
            arrays.stock[taker],
        )  # fmt: skip

    def days(self, arrays: DateArrays, taker: NDArray[np.intp], units: Floats) -> Floats:
        """Return for how many days stocks of takers last from the day of arrival on."""
        place = self.block.item[taker] * self.block.shape[1] + self.block.column[taker]
        return self.block.cover(arrays).days_at(place, units)


def bystanders(inputs: AllocationInputs, config: AllocationConfig, limits: VolumeLimits) -> Floats:
    """Return the volume of what lies at each location beside what can be sent there, shape (ship dates, locations).

    When stock is rebalanced these are the rows that lack nothing, on the day of the move and before it.
    """
    found = np.zeros((len(inputs.ship_days), len(limits.capacity)))
    if config.mode != "rebalance":
        return found
    from moselle_nb.plans.allocating.rebalancing import served_alone

    alone = served_alone(inputs)
    receives = np.isin(np.arange(inputs.rows), inputs.routes.row)
    cells = np.flatnonzero(~receives & (limits.column[inputs.location] >= 0))
    part = replace(alone, routes=alone.routes.take(cells))
    block = AllocationBlock(part, config, 0, inputs.rows)
    for date in range(len(found)):
        arrays = block.on_date(date)
        units = arrays.stock + received_between(block.events(), arrays.arrival, arrays.arrival)
        weights = limits.volume[inputs.item[block.row]] * units
        found[date] = np.bincount(
            limits.column[inputs.location[block.row]], weights=weights, minlength=len(limits.capacity)
        )
    return found


def item_levels(
    inputs: AllocationInputs, config: AllocationConfig, limits: VolumeLimits, parts: tuple[slice, slice],
    quantity: Floats,
) -> Floats:  # fmt: skip
    """Return the volume that an item takes up at each location on every ship date.

    Parameters
    ----------
    parts
        The pools and the cells of the item.
    quantity
        Units by ship date and cell of the item.
    """
    walk = VolumeWalk(inputs, config, limits, *parts)
    return walk.levels(quantity[:, walk.cells - parts[1].start])


@dataclass(frozen=True, eq=False)
class ItemVolume:
    """What volume leaves to one item while its edits are tried.

    Parameters
    ----------
    limits
        Capacities and volumes.
    others
        Volume of all else at each location, shape (ship dates, locations).
    before
        Volume of the item itself before the edits.
    most
        Units by ship date and cell of the item that the rule may give: what was left where packs went back; else
        infinity.
    """

    limits: VolumeLimits
    others: Floats
    before: Floats
    most: Floats

    def kept(self, block: AllocationBlock, arrays: DateArrays, quantity: Floats, free: NDArray[np.bool_]) -> Floats:
        """Return what stays of what the item's cells are to get; those that are not free stay as they are."""
        found = np.where(free, np.minimum(quantity, self.most[arrays.date]), quantity)
        excess = block.received(found) - self.room(block, arrays)
        for taker in np.flatnonzero(excess > 0):
            for cell in self._last_first(block, int(taker), free):
                routes, at = block.inputs.routes, block.cells.start + cell
                left = drop_lots(found[cell], routes.minimum[at], routes.pack[at], float(excess[taker]))
                excess[taker] -= found[cell] - left
                found[cell] = left
        return found

    @staticmethod
    def _last_first(block: AllocationBlock, taker: int, free: NDArray[np.bool_]) -> Iterator[Any]:
        routes, cells = block.inputs.routes, np.flatnonzero((block.taker == taker) & free)
        at = block.cells.start + cells
        yield from cells[np.lexsort((block.pool[cells], routes.lead_time_days[at], routes.unit_cost[at]))][::-1]

    def room(self, block: AllocationBlock, arrays: DateArrays) -> Floats:
        """Return the units that each taker can still receive on a ship date, below 0 where stock alone is too much."""
        row = block.row
        column, volume = self.limits.column[block.inputs.location[row]], self.limits.volume[block.inputs.item[row]]
        left = (self.limits.most - self.others[arrays.date])[column]
        here = arrays.stock + received_between(block.events(), arrays.arrival, arrays.arrival)
        counts = (column >= 0) & (volume > 0) & ~block.own
        return np.where(counts, left / np.where(counts, volume, 1.0) - here, np.inf)

    def overfilled(
        self, block: AllocationBlock, arrays: DateArrays, quantity: Floats, room: Floats
    ) -> NDArray[np.intp]:
        """Return the takers whose location is too full, with more of the item there than before the edits."""
        row = block.row
        column, volume = self.limits.column[block.inputs.location[row]], self.limits.volume[block.inputs.item[row]]
        received = block.received(quantity)
        here = arrays.stock + received_between(block.events(), arrays.arrival, arrays.arrival)
        more = volume * (here + received) > self.before[arrays.date][column] + self.limits.dust[column]
        return np.flatnonzero((received > room) & more)
