"""Lot targets: how far the order of each date of a plan reaches when an order costs money.

What the windows of a plan ask for is the demand of its periods: by how much the highest level of each window exceeds
that of all earlier ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from moselle_nb.engines.lot_sizing import fixed_period_covers, silver_meal_covers
from moselle_nb.engines.wagner_whitin import wagner_whitin_covers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from moselle_nb.engines.position import FloatArray, Netted

__all__ = ["LotMethod", "LotSizing", "LotTargets", "increments", "lot_targets"]

LotMethod = Literal["eoq", "period_order_quantity", "silver_meal", "wagner_whitin"]


@dataclass(frozen=True, eq=False)
class LotSizing:
    """By which rule an order covers more than its own window.

    Parameters
    ----------
    method
        See `engines.lot_sizing`; ``eoq`` raises every order to the economic order quantity.
    ratio
        Order cost over holding cost per unit and day, shape (rows,), in unit-days, on the grid of 1/1024.
    rate
        Mean demand of a day, shape (rows,), in units.
    later_starts
        First days of the windows that follow those of the orders, and the day after the last of them.
    later_levels
        Demand less receipts up to the end of each of these windows, and safety stock; shape (windows, rows), in units.
    """

    method: LotMethod
    ratio: FloatArray
    rate: FloatArray
    later_starts: NDArray[np.int64]
    later_levels: FloatArray

    @property
    def quantity(self) -> FloatArray:
        """The economic order quantity in whole units, shape (rows,)."""
        return np.asarray(np.floor(np.sqrt(2.0 * self.ratio * self.rate) + 0.5))

    @property
    def days(self) -> FloatArray:
        """The days that the economic order quantity lasts, shape (rows,); infinity without demand."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.rate > 0, np.sqrt(2.0 * self.ratio / self.rate), np.inf)

    def all_windows(self, starts: Sequence[int], levels: Sequence[FloatArray]) -> tuple[FloatArray, NDArray[np.int64]]:
        """Return levels and first days of the windows of orders and of those that follow, and the day after them."""
        days = np.concatenate([np.asarray(starts, dtype=np.int64), self.later_starts])
        return np.concatenate([np.stack(levels), self.later_levels]), days

    def covers(self, asked: FloatArray, starts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many windows the order of each covers, shape (windows, rows).

        Parameters
        ----------
        asked
            What each window asks for, shape (windows, rows), in units.
        starts
            First day of each window, and the day after the last.
        """
        if self.method == "wagner_whitin":
            return wagner_whitin_covers(asked, self.ratio[None], starts)[0]
        if self.method == "silver_meal":
            return silver_meal_covers(asked, self.ratio, starts)
        if self.method == "period_order_quantity":
            return fixed_period_covers(starts, self.days)
        return np.ones(asked.shape, dtype=np.int64)


def increments(levels: FloatArray) -> FloatArray:
    """Return by how much the level of each window exceeds those of all earlier ones, shape (windows, rows); first 0."""
    highest = np.maximum.accumulate(levels, axis=0)
    return np.concatenate([np.zeros_like(levels[:1]), np.diff(highest, axis=0)])


@dataclass(frozen=True, eq=False)
class LotTargets:
    """How far the orders of a plan reach where an order costs money.

    Parameters
    ----------
    beyond
        By how much the highest level that an order covers exceeds that of its own window, shape (orders, rows).
    least
        The fewest units of an order, shape (rows,).
    """

    beyond: FloatArray
    least: FloatArray


def lot_targets(lots: LotSizing, windows: Sequence[tuple[int, int]], position: Netted) -> LotTargets:
    """Return how far the order of each date reaches.

    Parameters
    ----------
    lots
        By which rule.
    windows
        First and last day by order date; the last before the first where an order can wait.
    position
        Without edits: how far an order reaches must not change with an edit of a later date.
    """
    beyond = np.zeros((len(windows), len(position.opening)))
    if lots.method == "eoq":
        return LotTargets(beyond, lots.quantity)
    carrying = [order for order, (first, last) in enumerate(windows) if first <= last]
    levels = [position.level_peak(*windows[order]) for order in carrying]
    if not carrying:
        return LotTargets(beyond, np.zeros(len(position.opening)))
    every, starts = lots.all_windows([windows[order][0] for order in carrying], levels)
    covers = lots.covers(increments(every), starts)
    for place, (order, level) in enumerate(zip(carrying, levels, strict=True)):
        reached = level.copy()
        for further in range(1, int(covers[place].max(initial=1))):
            np.maximum(reached, every[place + further], out=reached, where=covers[place] > further)
        beyond[order] = reached - level
    return LotTargets(beyond, np.zeros(len(position.opening)))
