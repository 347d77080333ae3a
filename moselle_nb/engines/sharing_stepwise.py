"""Sharing by the letter: one pack at a time, each to the location whose turn it is."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.sharing_claims import Claims, Limits, Shares, limits_of, shares_of, start

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from numpy.typing import NDArray

    from moselle_nb.engines.position import FloatArray

    Key: TypeAlias = Callable[[FloatArray, FloatArray], FloatArray]

__all__ = ["share_stepwise"]


def share_stepwise(available: FloatArray, claims: Claims, method: str, *, push: bool = False) -> Shares:
    """Share stock one pack at a time; slow, and what `share` is tested against.

    Parameters
    ----------
    available, claims, method, push
        As for `share`.
    """
    limits = limits_of(claims, push=push)
    quantity, left = start(available, claims)
    if limits.shown.any():
        quantity, left = _give(quantity, left, claims, limits.shown, _shown(claims), by_priority=True)
    shown = np.where(claims.free, quantity, 0.0)
    if method == "proportional":
        for item in range(len(left)):
            left[item] = _share_in_proportion(item, quantity, left[item], claims, limits, push=push)
    else:
        key = _key(claims, method)
        quantity, left = _give(quantity, left, claims, limits.most, key, by_priority=method == "priority")
    return shares_of(claims, limits, quantity, shown, left)


def _shown(claims: Claims) -> Key:
    minimum = np.maximum(claims.presentation, 1.0)
    return lambda quantity, _: (claims.stock + quantity) / minimum


def _key(claims: Claims, method: str) -> Key:
    """Return what decides on the next pack: the lowest comes first, infinity never."""
    if method == "even":
        return lambda quantity, _: quantity
    if method == "marginal_value":
        value = claims.value
        if value is None:
            msg = "The method marginal_value needs the value of packs."
            raise ValueError(msg)
        return lambda quantity, size: _cost(value.of(claims.stock + quantity, size))
    cover = claims.cover
    if cover is None:
        msg = f"The method {method} needs the cover of stock."
        raise ValueError(msg)
    return lambda quantity, _: cover.days(claims.stock + quantity)


def _cost(value: FloatArray) -> FloatArray:
    return np.where(value > 0, -value, np.inf)


def _give(
    quantity: FloatArray, left: FloatArray, claims: Claims, most: FloatArray, key: Key, *, by_priority: bool
) -> tuple[FloatArray, FloatArray]:
    """Give packs until nobody can take one; each goes to the lowest key, then by the rule for ties."""
    quantity, left = quantity.copy(), left.copy()
    while True:
        size = np.where(quantity > 0, claims.pack, claims.first_pack)
        can = claims.free & (quantity + size <= most) & (size <= left[:, None])
        if not can.any():
            return quantity, left
        turn = key(quantity, size)
        can &= turn < np.inf
        for order in (claims.priority, turn) if by_priority else (turn, claims.priority):
            can = _lowest(order, can)
        can = _lowest(-claims.demand, can)
        items = np.flatnonzero(can.any(axis=1))
        if not len(items):
            return quantity, left
        location = np.argmax(can[items], axis=1)
        quantity[items, location] += size[items, location]
        left[items] -= size[items, location]


def _lowest(order: NDArray[np.float64] | NDArray[np.int64], can: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Keep those of each item that come first."""
    masked = np.where(can, order, np.inf)
    return can & (masked == masked.min(axis=1, keepdims=True))


def _share_in_proportion(
    item: int, quantity: FloatArray, left: float, claims: Claims, limits: Limits, *, push: bool
) -> float:
    """Share one item in rounds until no pack fits; return what is left.

    In a round each location that can take a pack gets its share of what is left in whole packs, then one pack more in
    the order of the largest fraction of the next pack that its share would pay for.
    """
    given, most = quantity[item], limits.most[item]
    locations = [int(j) for j in np.flatnonzero(claims.free[item])]
    while True:
        size = np.where(given > 0, claims.pack[item], claims.first_pack[item])
        takers = [j for j in locations if given[j] + size[j] <= most[j] and size[j] <= left]
        if not takers:
            return left
        weight = _weights(takers, claims.need[item] - given, claims.demand[item], push=push)
        total = sum(weight.values())
        shared = Fraction(left) if push else min(Fraction(left), total)
        fraction = {}
        for j in takers:
            share, first = shared * weight[j] / total, Fraction(size[j])
            pack = Fraction(claims.pack[item, j])
            packs = 0 if share < first else 1 + (share - first) // pack
            units = 0 if not packs else min(first + (packs - 1) * pack, most[j] - given[j])
            fraction[j] = share / first if not packs else (share - first) % pack / pack
            given[j] += float(units)
            left -= float(units)
        order = (claims.priority[item], -claims.demand[item])
        for j in sorted(takers, key=lambda j: (-fraction[j], order[0][j], order[1][j], j)):
            size_now = claims.pack[item, j] if given[j] > 0 else claims.first_pack[item, j]
            if fraction[j] > 0 and given[j] + size_now <= most[j] and size_now <= left:
                given[j] += size_now
                left -= size_now


def _weights(takers: list[int], missing: FloatArray, demand: FloatArray, *, push: bool) -> dict[int, Fraction]:
    """Return what is shared in proportion to: need, and past all need demand."""
    weight = {j: Fraction(max(missing[j], 0.0)) for j in takers}
    if push and not any(weight.values()):
        weight = {j: Fraction(demand[j]) for j in takers}
    return weight if any(weight.values()) else dict.fromkeys(takers, Fraction(1))
