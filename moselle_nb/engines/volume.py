"""Volume: which packs an over-full location gives back, those of the longest cover first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from moselle_nb.engines.position import FloatArray

__all__ = ["VOLUME_DUST", "Transfers", "drop_lots", "give_back"]

VOLUME_DUST = 1e-9
"""Part of a capacity by which sums of volumes may miss it."""


@dataclass(frozen=True, eq=False)
class Transfers:
    """What goes to one location on one ship date, one entry per transfer, shape (transfers,).

    Parameters
    ----------
    taker
        The item that a transfer brings, by position; transfers of one item stand together, the first to be kept first.
    quantity, first_pack, pack
        Units, whole: all of them, the least that one transfer may have, and those that travel together.
    volume
        Of a unit, above 0.
    demand
        Of the item in its window, in units.
    before
        Units of the item that are there in any case.
    """

    taker: NDArray[np.intp]
    quantity: FloatArray
    first_pack: FloatArray
    pack: FloatArray
    volume: FloatArray
    demand: FloatArray
    before: FloatArray

    def lots(self) -> tuple[NDArray[np.intp], FloatArray, FloatArray]:
        """Return transfer, units, and units of its item there with it, of each lot that can go back, in turn.

        The last lots of a transfer are single packs; the first is all that would be below the transfer minimum.
        """
        further = np.floor(np.maximum(self.quantity - self.first_pack, 0.0) / self.pack).astype(np.int64)
        count = np.where(self.quantity > 0, further + 1, 0)
        transfer = np.repeat(np.arange(len(count)), count)
        is_first = np.ones(len(transfer), dtype=bool)
        is_first[1:] = transfer[1:] != transfer[:-1]
        units = np.where(is_first, (self.quantity - further * self.pack)[transfer], self.pack[transfer])
        total = np.cumsum(units)
        starts = np.searchsorted(self.taker[transfer], self.taker[transfer])
        return transfer, units, total - (total - units)[starts] + self.before[transfer]


def give_back(
    transfers: Transfers, days: Callable[[NDArray[np.intp], FloatArray], FloatArray], excess: float, dust: float = 0.0
) -> FloatArray:
    """Return the units of each transfer that go back until the excess is gone, or nothing is left to go back.

    Packs go back by falling cover after the pack; of equals that of the smaller demand, then of the later item, first.

    Parameters
    ----------
    transfers
        What may go back.
    days
        For how many days stocks of items last: positions and units in, days out.
    excess
        Volume beyond what the location holds.
    dust
        Volume that does not count.
    """
    if excess <= dust:
        return np.zeros(len(transfers.quantity))
    transfer, units, there = transfers.lots()
    taker, number = transfers.taker[transfer], np.arange(len(transfer))
    order = np.lexsort((-number, -taker, transfers.demand[transfer], -days(taker, there)))
    volume = np.cumsum((units * transfers.volume[transfer])[order])
    back = order[: int(np.searchsorted(volume, excess - dust)) + 1]
    return np.bincount(transfer[back], weights=units[back], minlength=len(transfers.quantity)).astype(np.float64)


def drop_lots(quantity: float, first_pack: float, pack: float, excess: float) -> float:
    """Return what is left of a transfer when at least so many units go back: nothing, or its minimum and packs."""
    if excess <= 0:
        return quantity
    left = quantity - np.ceil(excess / pack) * pack
    return float(left) if left >= first_pack else 0.0
