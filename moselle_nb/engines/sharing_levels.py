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

PART_OF_DOUBT = 0.25
"""So are packs that add only this part to those that may lie on either side of a level."""

PACKS_PER_LEVEL = 0.2
"""With each level looked at, so many more packs per location are sorted rather than told apart by another level."""

ASIDE = 4.0
"""The next level aims at so many packs to its side of what is left."""

MOST_LEVELS = 100
"""More than halving takes from a year, or from a million in currency, to the smallest step."""

WORTH_MOVING = 0.8
"""Below this part of the items still searched for, the others are put aside."""


@dataclass(frozen=True, eq=False)
class Bracket:
    """What the cells of each item have at two levels, shape (items, locations), in units.

    Parameters
    ----------
    surely
        With all packs that surely come up to a level at which all that perhaps do fit into what is left.
    maybe
        With all packs that perhaps come up to a level at which those that surely do need all that is left.
    high
        That level, shape (items,).
    """

    surely: FloatArray
    maybe: FloatArray
    high: FloatArray


def find_levels(stage: Stage, ladder: Ladder) -> Bracket:
    """Find two levels with few packs in between, for items that cannot have all packs up to their caps.

    Newton's method on the number of units up to a level, kept between the levels that are known; first for the lower
    level, then for the higher one.
    """
    search = _Search.of(stage, ladder)
    found = Bracket(stage.quantity.copy(), stage.cap.copy(), search.high.level.copy())
    items = np.arange(len(stage.left))
    for looks in range(1, MOST_LEVELS):
        under, surely, over, maybe = search.look()
        found.surely[items[under]] = surely
        found.maybe[items[over]], found.high[items[over]] = maybe, search.level[over]
        going = np.flatnonzero(search.aim(looks))
        if not len(going):
            break
        if len(going) < WORTH_MOVING * len(items):
            items, search = items[going], search.take(going)
    return found


@dataclass(eq=False)
class _Side:
    """The search for one of the two levels, shape (items,).

    Parameters
    ----------
    level
        The closest level known to be one.
    beyond
        The closest level known to be none.
    units
        What cells have with the packs that are on this side of the level for sure.
    gap
        Units between what is left and the packs up to the level, less a part of those in doubt.
    """

    level: FloatArray
    beyond: FloatArray
    units: FloatArray
    gap: FloatArray

    def take(self, items: NDArray[np.intp]) -> _Side:
        return _Side(self.level[items], self.beyond[items], self.units[items], self.gap[items])

    def note(self, level: FloatArray, fits: NDArray[np.bool_], units: FloatArray, gap: FloatArray) -> None:
        np.copyto(self.level, level, where=fits)
        np.copyto(self.units, units, where=fits)
        np.copyto(self.gap, gap, where=fits)
        np.copyto(self.beyond, level, where=~fits)


@dataclass(eq=False)
class _Search:
    """Where the search stands, shape (items,).

    Parameters
    ----------
    stage, ladder
        What cells have and can still take, and the order of packs.
    target, pack
        Units that cells have when nothing is left over, and units of the smallest pack.
    low, high
        The two levels.
    level
        The level to look at next.
    perhaps, surely, pace
        Units that cells have with all packs that perhaps and that surely come up to the last level looked at, and
        how many more a higher level reaches.
    """

    stage: Stage
    ladder: Ladder
    target: FloatArray
    pack: FloatArray
    low: _Side
    high: _Side
    level: FloatArray
    perhaps: FloatArray
    surely: FloatArray
    pace: FloatArray

    @classmethod
    def of(cls, stage: Stage, ladder: Ladder) -> _Search:
        given, most = stage.quantity.sum(axis=1), stage.cap.sum(axis=1)
        pack = np.ones(len(given)) if stage.single else stage.pack.min(axis=1)
        first, last = ladder.first(), np.full(len(given), ladder.last)
        ready = np.minimum(stage.left / np.maximum(most - given, 1.0), 1.0)
        level = np.clip(ladder.guess(ready), first + ladder.step, last - ladder.step)
        low = _Side(first.copy(), last.copy(), given.copy(), stage.left.copy())
        high = _Side(last, first, most, most - given - stage.left)
        return cls(stage, ladder, given + stage.left, pack, low, high, level, given, given, given)

    def take(self, items: NDArray[np.intp]) -> _Search:
        rest = (self.level, self.perhaps, self.surely, self.pace)
        return _Search(
            self.stage.take(items), self.ladder.take(items), self.target[items], self.pack[items],
            self.low.take(items), self.high.take(items), *(values[items] for values in rest),
        )  # fmt: skip

    def look(self) -> tuple[NDArray[np.intp], FloatArray, NDArray[np.intp], FloatArray]:
        """Look at the next level; return the items for which it is a lower and a higher one, with their units."""
        low, high, pace = self.ladder.reach(self.level[:, None])
        surely, perhaps = self.stage.started(low), self.stage.started(high)
        self.surely, self.perhaps = surely.sum(axis=1), perhaps.sum(axis=1)
        moving = (perhaps > self.stage.quantity) & (surely < self.stage.cap)
        self.pace = (pace * moving).sum(axis=1)
        under, over = self.perhaps <= self.target, self.surely >= self.target
        spread = PART_OF_DOUBT * (self.perhaps - self.surely)
        self.low.note(self.level, under, self.surely, self.target - self.perhaps - spread)
        self.high.note(self.level, over, self.perhaps, self.surely - self.target - spread)
        return np.flatnonzero(under), surely[under], np.flatnonzero(over), perhaps[over]

    def aim(self, looks: int) -> NDArray[np.bool_]:
        """Set the next level; return which items need one after so many looks."""
        few, step = FEW_PACKS * self.pack, self.ladder.step
        lower = (self.low.gap > few) & (self.low.beyond - self.low.level > step)
        higher = (self.high.gap > few) & (self.high.level - self.high.beyond > step)
        below = np.where(lower, self.low.level, self.high.beyond)
        above = np.where(lower, self.low.beyond, self.high.level)
        missing = self.target - np.where(lower, self.perhaps, self.surely)
        self._step(missing + np.where(lower, -ASIDE, ASIDE) * self.pack, below, above)
        many = self.high.units - self.low.units > PACKS_PER_LEVEL * looks * self.stage.cap.shape[1] * self.pack
        return (lower | higher) & many

    def _step(self, missing: FloatArray, below: FloatArray, above: FloatArray) -> None:
        """Set the next level: where what is missing would be reached, else halfway."""
        with np.errstate(divide="ignore", invalid="ignore"):
            level = self.level + missing / self.pace
        middle = (below + above) / 2
        if self.ladder.on_steps:
            level = np.rint(level / self.ladder.step) * self.ladder.step
            middle = np.floor(middle / self.ladder.step) * self.ladder.step
        self.level = np.where((level > below) & (level < above), level, middle)
