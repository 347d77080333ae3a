"""What the locations of one item ask for, and the lanes that lead to them from several sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from moselle_nb.engines.position import FloatArray

__all__ = ["Lanes", "Takers"]


@dataclass(frozen=True, eq=False)
class Takers:
    """What the locations ask for of one item, shape (locations,) each; see `engines.sharing_claims.Claims`.

    Parameters
    ----------
    stock, need, presentation, room, priority, demand
        As in `Claims`.
    cover
        From a location and some stocks at arrival to the days that they last.
    """

    stock: FloatArray
    need: FloatArray
    presentation: FloatArray
    room: FloatArray
    priority: NDArray[np.int64]
    demand: FloatArray
    cover: Callable[[int, FloatArray], FloatArray]


@dataclass(frozen=True, eq=False)
class Lanes:
    """Lanes from sources to locations, in the order in which a location prefers them, shape (lanes,) each.

    Parameters
    ----------
    source, taker
        Positions in what is available, and in `Takers`.
    pack, first_pack
        As in `Claims`.
    fixed
        Units held by an edit or a lock; NaN elsewhere.
    value
        From a lane, the stock before and a number of units to the value of one of them, in currency; None under rules
        that do not ask for it.
    """

    source: NDArray[np.int64]
    taker: NDArray[np.int64]
    pack: FloatArray
    first_pack: FloatArray
    fixed: FloatArray
    value: Callable[[int, float, float], float] | None = None

    @property
    def equal(self) -> bool:
        """Whether all packs and first packs over lanes that no edit holds are of one size."""
        free = np.isnan(self.fixed)
        return len(np.unique(np.concatenate([self.pack[free], self.first_pack[free]]))) == 1
