"""What locations ask of one source on one ship date, how much each can take, and what each receives."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.pack_value import PackValue
    from moselle_nb.engines.position import FloatArray
    from moselle_nb.engines.runout import Cover

__all__ = [
    "BELOW_TRANSFER_MINIMUM", "CAPACITY", "NEED_MET", "NO_STOCK_LEFT", "NO_VALUE", "PACK_EXCEEDS_STOCK",
    "Claims", "Limits", "Shares", "limits_of", "shares_of", "start",
]  # fmt: skip

NEED_MET = 0
"""What was needed was given; also of cells that do not exist or are held by an edit."""
NO_STOCK_LEFT = 1
"""The source has nothing left."""
CAPACITY = 2
"""The next pack does not fit under the maximum stock."""
BELOW_TRANSFER_MINIMUM = 3
"""The need, in whole packs, is below the transfer minimum."""
PACK_EXCEEDS_STOCK = 4
"""The next pack is larger than what the source has left."""
NO_VALUE = 5
"""The next pack is expected to earn nothing."""


@dataclass(frozen=True, eq=False)
class Claims:
    """What the locations of a block of items ask for, shape (items, locations) each.

    Values of a cell that does not exist are not read, but have to be numbers: need 0, room 0, packs of 1.

    Parameters
    ----------
    stock
        Projected stock at the opening of the day of arrival, at least 0, in units.
    need
        Units still needed, at least 0; like `stock` a whole multiple of 1/1024.
    pack
        Transfers are whole multiples of it; whole units, at least 1.
    first_pack
        The least that is sent at all: the transfer minimum up to whole packs, at least one pack.
    presentation
        Presentation minimum in whole units; 0 where there is none.
    room
        Units that capacity still takes, at least 0; infinity where there is no limit.
    priority
        1 is served first.
    demand
        Units in the window that the transfer serves; among equals the larger one is served first.
    present
        Whether the cell exists.
    fixed
        Units held by an edit or a lock, NaN elsewhere; `share` takes them out of what is available.
    cover
        How long stock lasts; `equal_runout` and `priority` ask for it.
    value
        What packs are worth; `marginal_value` asks for it.
    """

    stock: FloatArray
    need: FloatArray
    pack: FloatArray
    first_pack: FloatArray
    presentation: FloatArray
    room: FloatArray
    priority: NDArray[np.int64]
    demand: FloatArray
    present: NDArray[np.bool_]
    fixed: FloatArray
    cover: Cover | None = None
    value: PackValue | None = None

    def take(self, items: NDArray[np.intp]) -> Claims:
        """Return the claims for some items of the block."""
        return Claims(
            self.stock[items], self.need[items], self.pack[items], self.first_pack[items], self.presentation[items],
            self.room[items], self.priority[items], self.demand[items], self.present[items], self.fixed[items],
            None if self.cover is None else self.cover.take(items),
            None if self.value is None else self.value.take(items),
        )  # fmt: skip

    @cached_property
    def free(self) -> NDArray[np.bool_]:
        """Whether a cell exists and is not held by an edit or a lock."""
        return self.present & np.isnan(self.fixed)


@dataclass(frozen=True, eq=False)
class Limits:
    """The most that each cell may receive, shape (items, locations) each, in units.

    Parameters
    ----------
    wanted
        Need up to whole packs; infinity where transfers are pushed.
    most
        What capacity takes of it, down to whole packs; 0 below the transfer minimum and for cells that are not free.
    shown
        The first units up to the presentation minimum, in whole packs, at most `most`.
    """

    wanted: FloatArray
    most: FloatArray
    shown: FloatArray


def limits_of(claims: Claims, *, push: bool) -> Limits:
    """Return the most that each cell may receive; with `push` need is no limit."""
    pack, first = claims.pack, claims.first_pack
    wanted = np.full_like(claims.need, np.inf) if push else _up(claims.need, pack)
    most = np.minimum(wanted, _down(claims.room, pack))
    takes = (most >= first) & claims.free
    most = np.where(takes, most, 0.0) if push else most * takes
    if not claims.presentation.any():
        return Limits(wanted, most, np.zeros_like(most))
    missing = _up(np.maximum(claims.presentation - claims.stock, 0.0), pack)
    shown = np.where(missing > 0, np.maximum(missing, first), 0.0)
    return Limits(wanted, most, np.minimum(shown, most))


def _up(units: FloatArray, pack: FloatArray) -> FloatArray:
    return np.asarray(np.ceil(units / pack) * pack)


def _down(units: FloatArray, pack: FloatArray) -> FloatArray:
    return np.asarray(np.floor(units / pack) * pack)


def start(available: FloatArray, claims: Claims) -> tuple[FloatArray, FloatArray]:
    """Return what is held by edits and locks, and what is left for the others.

    Raises
    ------
    ValueError
        When more is held than is available.
    """
    held = np.zeros_like(claims.fixed)
    np.copyto(held, claims.fixed, where=claims.present & ~claims.free)
    left = available - held.sum(axis=1)
    if (left < 0).any():
        item = int(np.argmin(left))
        msg = (
            f"Item {item} of the block has {available[item]:g} units and {available[item] - left[item]:g} held by "
            "edits and locks; release some of them first."
        )
        raise ValueError(msg)
    return held, left


@dataclass(frozen=True, eq=False)
class Shares:
    """What each location receives.

    Parameters
    ----------
    quantity
        Whole units, shape (items, locations); what is held by edits and locks included.
    presentation
        The part of it that was given up to the presentation minimum.
    left
        What the source has left, shape (items,), in units.
    stopped
        Why a cell receives no more, one of the codes of this module, shape (items, locations).
    """

    quantity: FloatArray
    presentation: FloatArray
    left: FloatArray
    stopped: NDArray[np.int8]


def shares_of(claims: Claims, limits: Limits, quantity: FloatArray, shown: FloatArray, left: FloatArray) -> Shares:
    """Say of every cell why it receives no more.

    A pack that would fit, is needed and was not given was worth nothing: no other rule leaves such a pack behind.
    """
    stopped = np.full(quantity.shape, NO_STOCK_LEFT, dtype=np.int8)
    over = np.flatnonzero(left > 0)
    if len(over):
        size = np.where(quantity[over] > 0, claims.pack[over], claims.first_pack[over])
        stopped[over] = np.where(size > left[over, None], PACK_EXCEEDS_STOCK, NO_VALUE)
    np.copyto(stopped, CAPACITY, where=quantity >= limits.most)
    np.copyto(stopped, BELOW_TRANSFER_MINIMUM, where=limits.wanted < claims.first_pack)
    stopped *= (quantity < claims.need) & claims.free
    return Shares(quantity, shown, left, stopped)
