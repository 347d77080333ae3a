"""Lanes from several sources to the destinations of one item, and their quantities in a programme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.exact_solver import Lots

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.exact_solver import Programme
    from moselle_nb.engines.position import FloatArray

__all__ = ["DUST", "SourceLanes", "lots_of", "spread"]

DUST = 1e-9
"""Costs that differ by less, in currency or relative to their size, are the same."""


@dataclass(frozen=True, eq=False)
class SourceLanes:
    """What one item's sources have, and the lanes from them.

    Parameters
    ----------
    supply
        Units that each source may give, shape (sources,). What edits and locks hold is taken off beforehand.
    unit_cost
        Transfer cost per unit of each lane, shape (sources, destinations); infinity where there is no lane.
    pack, first_pack
        Whole packs of the lane and the least that it takes, shape (sources, destinations); not read without a lane.
    """

    supply: FloatArray
    unit_cost: FloatArray
    pack: FloatArray
    first_pack: FloatArray

    @property
    def open(self) -> NDArray[np.bool_]:
        """Where there is a lane, shape (sources, destinations)."""
        return np.isfinite(self.unit_cost)

    @property
    def step(self) -> FloatArray:
        """Largest number of units of which all packs to a destination are multiples, at least 1, shape (destinations,).

        Quantities that arrive are multiples of it.
        """
        return np.maximum(np.gcd.reduce(self._sizes, axis=0), 1).astype(np.float64)

    @property
    def parcel(self) -> FloatArray:
        """Largest number of units of which all packs from a source are multiples, at least 1, shape (sources,)."""
        sizes = self._sizes.reshape(2, *self.open.shape)
        return np.maximum(np.gcd.reduce(np.concatenate(sizes, axis=1), axis=1), 1).astype(np.float64)

    @property
    def equal(self) -> bool:
        """Whether all packs and first packs are of one size: what goes over the lanes is then a flow of packs."""
        return len(np.unique(self._sizes[self._sizes > 0])) <= 1

    @property
    def _sizes(self) -> NDArray[np.int64]:
        """Packs and first packs of the lanes, 0 where there is none, shape (2 x sources, destinations)."""
        sizes = [np.where(self.open, size, 0.0).astype(np.int64) for size in (self.pack, self.first_pack)]
        return np.concatenate(sizes)

    @property
    def cheapest(self) -> FloatArray:
        """Least cost per unit at each destination, shape (destinations,); infinity where no lane leads."""
        return self.unit_cost.min(axis=0, initial=np.inf)

    def cost(self, quantity: FloatArray) -> float:
        """Return the transfer cost of quantities per lane."""
        return float((np.where(self.open, self.unit_cost, 0.0) * quantity).sum())

    def refuse(self, quantity: FloatArray) -> None:
        """Raise `ValueError` when quantities are not whole packs of lanes, or more than a source has."""
        later = np.where(self.open, (quantity - self.first_pack) / self.pack, -1.0)
        wrong = (quantity != 0) & ((later < 0) | (later != np.floor(later)))
        over = quantity.sum(axis=1) > self.supply
        if wrong.any():
            i, j = (int(part[0]) for part in wrong.nonzero())
            msg = f"Source {i} cannot send {quantity[i, j]:g} units to destination {j}: no lane, or not its packs."
            raise ValueError(msg)
        if over.any():
            i = int(over.argmax())
            msg = f"Source {i} has {self.supply[i]:g} units; the answer to start from takes {quantity[i].sum():g}."
            raise ValueError(msg)


def lots_of(
    programme: Programme, lanes: SourceLanes, most: FloatArray, marked: NDArray[np.bool_] | None = None
) -> Lots:
    """Add the quantities of the lanes, some of them `marked` as in `Lots`, and what the sources have.

    They stand in the order of `np.nonzero(lanes.open)`.
    """
    i, j = np.nonzero(lanes.open)
    pack, first = lanes.pack[i, j], lanes.first_pack[i, j]
    limit = np.minimum(lanes.supply[i], most[j])
    lots = Lots(
        programme, lanes.unit_cost[i, j], first, pack, limit, np.zeros(len(i), dtype=bool) if marked is None else marked
    )
    programme.rows(lots.terms(i), -np.inf, np.floor(lanes.supply / lanes.parcel) * lanes.parcel)
    return lots


def spread(lanes: SourceLanes, lots: Lots, values: FloatArray) -> FloatArray:
    """Return the quantities of an answer, shape (sources, destinations)."""
    quantity = np.zeros(lanes.unit_cost.shape)
    quantity[lanes.open] = lots.units(values)
    return quantity
