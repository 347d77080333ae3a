"""Levels: up to which key all packs of an item fit into what is left, and up to which they do not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.position import FloatArray
    from moselle_nb.engines.sharing_ladders import Ladder
    from moselle_nb.engines.sharing_stage import Stage

__all__ = ["Bracket", "find_levels"]

FEW_PACKS = 12.0
"""So many packs of an item are sorted rather than told apart by another level."""

CLOSE_PACKS = 8.0
"""So many packs from what is left, the next level aims at the other side of it."""

OVERSHOOT = 3.0
"""How many packs beyond."""

MOST_LEVELS = 100
"""More than halving takes from a year, or from a million in currency, to the smallest step."""

WORTH_MOVING = 0.8
"""Below this part of the items still searched for, the others are put aside."""


@dataclass(frozen=True, eq=False)
class Bracket:
    """Two levels of each item, shape (items,), and what its cells have at them, shape (items, locations).

    Parameters
    ----------
    low
        All packs up to it fit into what is left.
    high
        Not all packs up to it do, as far as one can tell.
    surely
        Units with all packs that surely come up to `low`.
    maybe
        Units with all packs that perhaps come up to `high`.
    """

    low: FloatArray
    high: FloatArray
    surely: FloatArray
    maybe: FloatArray


def find_levels(stage: Stage, ladder: Ladder) -> Bracket:
    """Find two levels with few packs in between, for items that cannot have all packs up to their caps.

    Newton's method on the number of units up to a level, kept between the levels that are known.
    """
    search = _Search.of(stage, ladder)
    found = Bracket(search.low.copy(), search.high.copy(), stage.quantity.copy(), stage.cap.copy())
    items = np.arange(len(stage.left))
    for _ in range(MOST_LEVELS):
        under, surely, over, maybe = search.look()
        found.low[items[under]], found.surely[items[under]] = search.low[under], surely
        found.high[items[over]], found.maybe[items[over]] = search.high[over], maybe
        going = np.flatnonzero(~search.done())
        if not len(going):
            break
        if len(going) < WORTH_MOVING * len(items):
            items, search = items[going], search.take(going)
    return found


@dataclass(eq=False)
class _Search:
    """Where the search stands, shape (items,): levels, units up to them, and the next level."""

    stage: Stage
    ladder: Ladder
    target: FloatArray
    pack: FloatArray
    low: FloatArray
    high: FloatArray
    units_low: FloatArray
    units_high: FloatArray
    level: FloatArray

    @classmethod
    def of(cls, stage: Stage, ladder: Ladder) -> _Search:
        given = stage.quantity.sum(axis=1)
        target = given + stage.left
        pack = np.ones(len(target)) if stage.single else stage.pack.min(axis=1)
        low, high = ladder.first(), np.full(len(target), ladder.last)
        room = np.maximum(stage.cap.sum(axis=1) - given, 1.0)
        level = np.clip(ladder.guess(np.minimum(stage.left / room, 1.0)), low + ladder.step, high - ladder.step)
        return cls(stage, ladder, target, pack, low, high, given, stage.cap.sum(axis=1), level)

    def take(self, items: NDArray[np.intp]) -> _Search:
        rest = (self.target, self.pack, self.low, self.high, self.units_low, self.units_high, self.level)
        return _Search(self.stage.take(items), self.ladder.take(items), *(values[items] for values in rest))

    def look(self) -> tuple[NDArray[np.intp], FloatArray, NDArray[np.intp], FloatArray]:
        """Look at the next level; return the items for which it fits and for which not, with their units."""
        low, high, pace = self.ladder.reach(self.level[:, None])
        started = self.stage.started(high)
        units = started.sum(axis=1)
        fits = units <= self.target
        under, over = np.flatnonzero(fits), np.flatnonzero(~fits)
        self.low[under], self.units_low[under] = self.level[under], units[under]
        self.high[over], self.units_high[over] = self.level[over], units[over]
        surely = self.stage.started(low)[under]
        exact = under[surely.sum(axis=1) == self.target[under]]
        self.units_high[exact] = self.units_low[exact] = self.target[exact]
        self._aim(
            self.target - units, (pace * ((started > self.stage.quantity) & (started < self.stage.cap))).sum(axis=1)
        )
        return under, surely, over, started[over]

    def done(self) -> NDArray[np.bool_]:
        """Tell which items need no more levels."""
        few = self.units_high - self.units_low <= FEW_PACKS * self.pack
        return few | (self.high - self.low <= self.ladder.step)

    def _aim(self, missing: FloatArray, pace: FloatArray) -> None:
        """Set the next level: where what is missing would be reached, else halfway."""
        beyond = np.where(missing >= 0, OVERSHOOT, -OVERSHOOT) * self.pack
        missing = missing + np.where(np.abs(missing) <= CLOSE_PACKS * self.pack, beyond, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            level = self.level + missing / pace
        if self.ladder.on_steps:
            level = np.rint(level / self.ladder.step) * self.ladder.step
        inside = (level > self.low) & (level < self.high)
        middle = (self.low + self.high) / 2
        if self.ladder.on_steps:
            middle = np.floor(middle / self.ladder.step) * self.ladder.step
        self.level = np.where(inside, level, middle)
