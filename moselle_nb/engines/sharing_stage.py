"""A stage of sharing: what cells have, what they can still take, and how many packs lie up to a point."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.position import FloatArray
    from moselle_nb.engines.sharing_claims import Claims

__all__ = ["Stage"]


@dataclass(frozen=True, eq=False)
class Stage:
    """Some items in the middle of sharing, shape (items, locations) each, in units.

    Parameters
    ----------
    quantity
        Given so far.
    left
        What is left over, shape (items,).
    cap
        The most that each cell may receive; what it has where its next pack is larger than what is left.
    pack, first_pack
        Units of a pack, and of the first one; None where first packs are no larger than others.
    single
        Whether all packs are single units.
    claims, items
        What the locations of the whole block ask for, and which items of it these are.
    """

    quantity: FloatArray
    left: FloatArray
    cap: FloatArray
    pack: FloatArray
    first_pack: FloatArray | None
    single: bool
    claims: Claims
    items: NDArray[np.intp]

    @classmethod
    def of(cls, quantity: FloatArray, left: FloatArray, most: FloatArray, claims: Claims) -> Stage:
        """Start from what was given before."""
        larger = bool((claims.first_pack > claims.pack).any())
        first = claims.first_pack if larger else None
        single = not larger and bool((claims.pack == 1).all())
        cap = _cap(quantity, left, most, claims.pack, first)
        return cls(quantity, left, cap, claims.pack, first, single, claims, np.arange(len(left)))

    def take(self, items: NDArray[np.intp]) -> Stage:
        """Return the stage of some items."""
        return Stage(
            self.quantity[items], self.left[items], self.cap[items],
            self.pack[: len(items)] if self.single else self.pack[items],
            None if self.first_pack is None else self.first_pack[items], self.single, self.claims, self.items[items],
        )  # fmt: skip

    def after(self, quantity: FloatArray, left: FloatArray) -> Stage:
        """Return the stage after more was given."""
        cap = _cap(quantity, left, self.cap, self.pack, self.first_pack)
        return replace(self, quantity=quantity, left=left, cap=cap)

    def at(self, quantity: FloatArray, left: FloatArray) -> Stage:
        """Return the stage after more was given, with the same caps."""
        return replace(self, quantity=quantity, left=left)

    def in_block(self, cells: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return the numbers of cells in the whole block, counted row by row."""
        item, location = np.divmod(cells, self.quantity.shape[1])
        return self.items[item] * self.quantity.shape[1] + location

    @property
    def size(self) -> FloatArray:
        """Units of the next pack."""
        return self.pack if self.first_pack is None else np.where(self.quantity > 0, self.pack, self.first_pack)

    def started(self, point: FloatArray) -> FloatArray:
        """Return what cells have with all packs that start up to a point."""
        units = np.floor(point) if self.single else np.floor(point / self.pack) * self.pack
        units += self.pack
        return self._bounded(units)

    def _bounded(self, units: FloatArray) -> FloatArray:
        if self.first_pack is not None:
            np.copyto(units, self.first_pack, where=(units > 0) & (units < self.first_pack))
        np.maximum(units, self.quantity, out=units)
        return np.minimum(units, self.cap, out=units)

    def packs(self, units: FloatArray) -> FloatArray:
        """Return how many packs lie between what cells have and more, shape (items, locations)."""
        more = units - self.quantity
        if self.first_pack is not None:
            more -= np.where((self.quantity == 0) & (units > 0), self.first_pack - self.pack, 0.0)
        return more if self.single else more / self.pack


def _cap(
    quantity: FloatArray, left: FloatArray, most: FloatArray, pack: FloatArray, first_pack: FloatArray | None
) -> FloatArray:
    size = pack if first_pack is None else np.where(quantity > 0, pack, first_pack)
    return quantity + (most - quantity) * ((quantity + size <= most) & (size <= left[:, None]))
