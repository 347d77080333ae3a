"""Ladders: the order in which packs are given, and how many packs come before a level of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from moselle_nb.engines.pack_value import NOWHERE, VALUE_STEP, PackValue
from moselle_nb.engines.projection import MAX_COVER_DAYS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.position import FloatArray
    from moselle_nb.engines.runout import Cover, CoverLines
    from moselle_nb.engines.sharing_claims import Claims

__all__ = ["CoverLadder", "Ladder", "PresentationLadder", "QuantityLadder", "ValueLadder"]

SLACK = 4 / 1024
"""Lines may be so many units off."""


NARROW = 1.5
"""Packs below so many standard deviations are judged by their middle unit."""


class Ladder(Protocol):
    """Keys of packs, which rise with what a cell received; the lowest key comes first."""

    @property
    def step(self) -> float:
        """Levels that lie closer together are not told apart."""

    @property
    def on_steps(self) -> bool:
        """Whether all keys are whole multiples of `step`."""

    @property
    def last(self) -> float:
        """No key is above it."""

    @property
    def ties_at_last(self) -> bool:
        """Whether many packs may have it."""

    def first(self) -> FloatArray:
        """Return for each item a level below all keys."""

    def guess(self, ready: FloatArray) -> FloatArray:
        """Return for each item a level to start from; `ready` is the part of demand that can be served."""

    def reach(self, level: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return which packs come before a level, shape (items, 1), and how many units more a higher level reaches.

        In units of each cell: packs that start up to the first number surely have a key of at most the level,
        those that start past the second surely have a higher one.
        """

    def keys(self, cells: NDArray[np.intp], before: FloatArray, size: FloatArray) -> FloatArray:
        """Return the keys of packs after what a cell received before, cells numbered row by row."""

    def take(self, items: NDArray[np.intp]) -> Ladder:
        """Return the ladder of some items."""


@dataclass(frozen=True, eq=False)
class CoverLadder:
    """Packs in the order of the days that stock lasts before them.

    Parameters
    ----------
    cover, stock
        How long stock lasts, and stock at the opening of the day of arrival, in units, for the whole block.
    lines
        The same along straight lines.
    items
        Which items of the block these are.
    window
        About how many days need is for, shape (items,).
    """

    cover: Cover
    stock: FloatArray
    lines: CoverLines
    items: NDArray[np.intp]
    window: FloatArray
    step = 2.0**-12
    on_steps = False
    last = float(MAX_COVER_DAYS)
    ties_at_last = True

    @classmethod
    def of(cls, cover: Cover, claims: Claims) -> CoverLadder:
        """Make the ladder of a block: the window is about what a cell's stock and need last."""
        items, location = np.arange(len(claims.stock)), claims.demand.argmax(axis=1)
        stock = claims.stock[items, location] + claims.need[items, location]
        window = cover.days_at(items * claims.stock.shape[1] + location, stock)
        return cls(cover, claims.stock, cover.lines(claims.stock), items, window)

    def first(self) -> FloatArray:
        """Return for each item a level below all keys."""
        return np.full(len(self.items), -self.step)

    def guess(self, ready: FloatArray) -> FloatArray:
        """Return for each item a level to start from."""
        return self.window * ready

    def reach(self, level: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return which packs come before a level; see `Ladder`."""
        units, pace = self.lines.units(level)
        return units - SLACK, units + SLACK, pace

    def keys(self, cells: NDArray[np.intp], before: FloatArray, size: FloatArray) -> FloatArray:  # noqa: ARG002
        """Return the cover before packs."""
        item, location = np.divmod(cells, self.stock.shape[1])
        cells = self.items[item] * self.stock.shape[1] + location
        return self.cover.days_at(cells, self.stock.take(cells) + before)

    def take(self, items: NDArray[np.intp]) -> CoverLadder:
        """Return the ladder of some items."""
        return CoverLadder(self.cover, self.stock, self.lines.take(items), self.items[items], self.window[items])


@dataclass(frozen=True, eq=False)
class PresentationLadder:
    """Packs in the order of the share of the presentation minimum that is there before them.

    Parameters
    ----------
    stock, minimum
        Stock at arrival and presentation minimum, in units, shape (items, locations).
    """

    stock: FloatArray
    minimum: FloatArray
    step = 2.0**-20
    on_steps = False
    last = 1.0
    ties_at_last = False

    def first(self) -> FloatArray:
        """Return for each item a level below all keys."""
        return np.full(len(self.stock), -self.step)

    def guess(self, ready: FloatArray) -> FloatArray:
        """Return for each item a level to start from."""
        return np.minimum(ready, 0.5)

    def reach(self, level: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return which packs come before a level; see `Ladder`."""
        units = self.minimum * level - self.stock
        return units - SLACK, units + SLACK, self.minimum

    def keys(self, cells: NDArray[np.intp], before: FloatArray, size: FloatArray) -> FloatArray:  # noqa: ARG002
        """Return the share of the presentation minimum before packs."""
        return (self.stock.take(cells) + before) / np.maximum(self.minimum.take(cells), 1.0)

    def take(self, items: NDArray[np.intp]) -> PresentationLadder:
        """Return the ladder of some items."""
        return PresentationLadder(self.stock[items], self.minimum[items])


@dataclass(frozen=True, eq=False)
class QuantityLadder:
    """Packs in the order of what a cell received before them.

    Parameters
    ----------
    last
        More than any cell receives, in units.
    shape
        Items and locations.
    """

    last: float
    shape: tuple[int, int]
    step = 1.0
    on_steps = True
    ties_at_last = True

    def first(self) -> FloatArray:
        """Return for each item a level below all keys."""
        return np.full(self.shape[0], -self.step)

    def guess(self, ready: FloatArray) -> FloatArray:
        """Return for each item a level to start from."""
        return np.floor(self.last * ready / 2)

    def reach(self, level: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return which packs come before a level; see `Ladder`."""
        units = np.broadcast_to(level, self.shape)
        return units, units, np.ones(self.shape)

    def keys(self, cells: NDArray[np.intp], before: FloatArray, size: FloatArray) -> FloatArray:  # noqa: ARG002
        """Return what a cell received before."""
        return before

    def take(self, items: NDArray[np.intp]) -> QuantityLadder:
        """Return the ladder of some items."""
        return QuantityLadder(self.last, (len(items), self.shape[1]))


@dataclass(frozen=True, eq=False)
class ValueLadder:
    """Packs in the order of their value per unit, the highest first: the key is its negative, worth at least a step.

    A pack is worth about what its middle unit is worth; where packs are wide, its value lies between those of its first
    and its last unit.

    Parameters
    ----------
    value
        What packs are worth.
    stock
        At the opening of the day of arrival, in units, shape (items, locations).
    first_pack
        Units of the first pack where it is larger than others, else 0.
    error
        How far the value of a pack may be from that of the unit it is judged by, in currency.
    to_last, to_first
        From the start of a pack to the unit that tells its least and its highest value, in units.
    """

    value: PackValue
    stock: FloatArray
    first_pack: FloatArray
    error: FloatArray
    to_last: FloatArray
    to_first: FloatArray
    step = VALUE_STEP
    on_steps = True
    last = -VALUE_STEP
    ties_at_last = True

    @classmethod
    def of(cls, value: PackValue, claims: Claims) -> ValueLadder:
        """Make the ladder of a block."""
        pack, narrow = claims.pack, claims.pack < NARROW * value.sd
        error = np.where(narrow, value.curvature(pack), 0.0) + VALUE_STEP
        first = claims.first_pack * (claims.first_pack > pack)
        half = np.where(narrow, pack / 2, 0.0)
        return cls(value, claims.stock, first, error, np.where(narrow, half, pack), half)

    def first(self) -> FloatArray:
        """Return for each item a level below all keys."""
        best = (self.value.margin - self.value.transfer_cost).max(axis=1)
        return -np.ceil(np.maximum(best, 0.0) / VALUE_STEP + 2.0) * VALUE_STEP

    def guess(self, ready: FloatArray) -> FloatArray:
        """Return for each item a level to start from."""
        return np.floor(self.first() * (1.0 - ready) / VALUE_STEP) * VALUE_STEP

    def reach(self, level: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return which packs come before a level; see `Ladder`."""
        low, high = self.value.worth_at_least(-level, self.error)
        pace = (high - low) / (2 * self.error)
        low -= self.stock
        high -= self.stock
        high -= self.to_first
        starts = low - self.to_last
        if self.first_pack.any():
            begun = np.where(low >= self.first_pack, 0.0, -NOWHERE)
            starts = np.where((self.first_pack == 0) | (starts >= self.first_pack), starts, begun)
        return starts, high + (self.first_pack > 0) * self.to_first, pace

    def keys(self, cells: NDArray[np.intp], before: FloatArray, size: FloatArray) -> FloatArray:
        """Return the values of packs per unit, with a minus sign."""
        return -self.value.of_cells(cells, self.stock.take(cells) + before, size)

    def take(self, items: NDArray[np.intp]) -> ValueLadder:
        """Return the ladder of some items."""
        rest = (self.stock, self.first_pack, self.error, self.to_last, self.to_first)
        return ValueLadder(self.value.take(items), *(values[items] for values in rest))
