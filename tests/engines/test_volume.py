"""Giving back by volume: all packs at once against one pack after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.volume import Transfers, drop_lots, give_back

if TYPE_CHECKING:
    from collections.abc import Callable


def one_by_one(transfers: Transfers, per_day: np.ndarray, excess: float) -> np.ndarray:
    """Give back pack by pack, by the letter: the longest cover after the pack, and the tie rule from its end."""
    quantity = transfers.quantity.copy()
    while excess > 0 and quantity.any():
        keys = []
        for taker in np.unique(transfers.taker):
            mine = np.flatnonzero((transfers.taker == taker) & (quantity > 0))
            if len(mine):
                units = transfers.before[mine[0]] + quantity[mine].sum()
                cover = min(units / per_day[taker], 365) if per_day[taker] else 365 * bool(units)
                keys.append((cover, -transfers.demand[mine[0]], taker, mine[-1]))
        at = max(keys)[-1]
        left = quantity[at] - transfers.pack[at]
        left = left if left >= transfers.first_pack[at] else 0.0
        excess -= (quantity[at] - left) * transfers.volume[at]
        quantity[at] = left
    return transfers.quantity - quantity


def test_all_at_once_is_one_by_one(effort: Callable[[str], int]) -> None:
    rng = np.random.default_rng(20261122)
    for _ in range(effort("volume")):
        items = int(rng.integers(1, 6))
        taker = np.sort(np.concatenate([np.arange(items), rng.integers(0, items, 2)]))
        pack = rng.choice([1.0, 2.0, 5.0], len(taker))
        first = pack * rng.choice([1, 1, 3], len(taker))
        per_day, before = rng.choice([0.0, 1.0, 2.0, 4.0], items), rng.integers(0, 9, items).astype(float)
        transfers = Transfers(
            taker, np.where(rng.random(len(taker)) < 0.2, 0.0, first + pack * rng.integers(0, 20, len(taker))), first,
            pack, rng.choice([0.25, 0.5, 1.0, 2.0], items)[taker], (7 * per_day)[taker], before[taker],
        )  # fmt: skip
        total = float(transfers.quantity @ transfers.volume)

        def days(at: np.ndarray, units: np.ndarray, per_day: np.ndarray = per_day) -> np.ndarray:
            sold = np.where(per_day[at] > 0, units / np.maximum(per_day[at], 1e-9), np.where(units > 0, 365.0, 0.0))
            return np.minimum(sold, 365.0)

        for excess in (-1.0, 0.0, 0.25, float(np.floor(total / 2)), total, total + 5):
            found = give_back(transfers, days, excess)
            assert found.tolist() == one_by_one(transfers, per_day, excess).tolist()


def test_a_transfer_gives_back_whole_packs_or_all_of_it() -> None:
    """50 in tens, at least 30: 1 unit too many costs a pack, 21 would leave 20 and cost all."""
    assert [drop_lots(50, 30, 10, excess) for excess in (0, 1, 20, 21, 99)] == [50, 40, 30, 0, 0]
