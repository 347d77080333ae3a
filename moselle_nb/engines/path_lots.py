"""Lots and prices on several paths: costs and the demand are a row's own, what is on its way is a path's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.lot_targets import LotSizing
from moselle_nb.engines.price_breaks import PriceTerms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.path_position import PathPosition
    from moselle_nb.engines.position import FloatArray

__all__ = ["PathLots", "path_prices"]


@dataclass(frozen=True, eq=False)
class PathLots(LotSizing):
    """By which rule an order covers more than its own window, on every path of a row; see `LotSizing`.

    Parameters
    ----------
    paths
        How many columns each row has.
    """

    paths: int = 1

    @classmethod
    def of(cls, lots: LotSizing, position: PathPosition) -> PathLots:
        """Return the lots of rows, with days from the origin of their position, as those of columns at a review."""
        paths = position.paths
        levels = np.stack([position.each(level) for level in lots.later_levels]) - position.outstanding
        return cls(
            lots.method, np.repeat(lots.ratio, paths), np.repeat(lots.rate, paths), lots.later_starts - position.day,
            levels, paths,
        )  # fmt: skip

    def covers(self, asked: FloatArray, starts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many windows the order of each covers; found once for a row whose paths ask for the same."""
        by_path = asked.reshape(len(asked), -1, self.paths)
        alike = (by_path == by_path[:, :, :1]).all(axis=(0, 2))
        found = np.empty(by_path.shape, dtype=np.int64)
        columns = np.arange(asked.shape[1]).reshape(-1, self.paths)
        found[:, alike] = self._part(columns[alike, 0]).covers(by_path[:, alike, 0], starts)[:, :, None]
        other = columns[~alike].ravel()
        if len(other):
            part = self._part(other).covers(asked[:, other], starts)
            found[:, ~alike] = part.reshape(len(asked), -1, self.paths)
        return found.reshape(asked.shape)

    def _part(self, columns: NDArray[np.intp]) -> LotSizing:
        return LotSizing(
            self.method, self.ratio[columns], self.rate[columns], self.later_starts, self.later_levels[:, columns]
        )


def path_prices(terms: PriceTerms, position: PathPosition) -> PriceTerms:
    """Return what rows pay, with days from the origin of their position, as what columns pay at a review."""
    paths = position.paths
    levels = np.stack([position.each(level) for level in terms.later_levels]) - position.outstanding
    columns = np.repeat(np.arange(len(terms.order_cost)), paths)
    return PriceTerms(
        terms.prices.take(columns), terms.order_cost[columns], terms.holding_cost[columns],
        terms.later_starts - position.day, levels,
    )  # fmt: skip
