"""Shares in proportion to need: whole packs of each share, then what is left by the largest fraction of a pack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.sharing_order import fitting
from moselle_nb.engines.sharing_stage import Stage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.position import FloatArray
    from moselle_nb.engines.sharing_claims import Claims

__all__ = ["share_in_proportion"]

GRID = 1024
"""Steps of the grid per unit."""

SAFE = 2**62
"""Products below it are exact in 64 bits."""


def share_in_proportion(
    quantity: FloatArray, left: FloatArray, most: FloatArray, claims: Claims, *, push: bool
) -> tuple[FloatArray, FloatArray]:
    """Share what is left in rounds until no pack fits.

    In a round each location that can take a pack gets its share of what is left in whole packs, then one pack more in
    the order of the largest fraction of the next pack that its share would pay for. The transfer minimum is one pack.

    Parameters
    ----------
    quantity, left
        Given so far and left over, in units, shape (items, locations) and (items,).
    most
        The most that each cell may receive, shape (items, locations).
    claims
        What locations ask for.
    push
        Whether what is left is shared even where it is more than is needed.

    Returns
    -------
    tuple
        Given in all and left over.
    """
    quantity, left, items = quantity.copy(), left.copy(), np.arange(len(left))
    stage, need = Stage.of(quantity, left, most, claims), claims.need
    while True:
        can = stage.cap > stage.quantity
        going = np.flatnonzero(can.any(axis=1))
        if not len(going):
            return quantity, left
        if len(going) < len(items):
            stage, need, can, items = stage.take(going), need[going], can[going], items[going]
        given, rest = _round(stage, _weights(stage, need, can, push=push), push=push)
        quantity[items], left[items] = given, rest
        stage = stage.after(given, rest)


def _weights(stage: Stage, need: FloatArray, can: NDArray[np.bool_], *, push: bool) -> NDArray[np.int64]:
    """Return what is shared in proportion to, in steps of the grid: need, past all need demand."""
    weight = (np.maximum(need - stage.quantity, 0.0) * can * GRID).astype(np.int64)
    if push:
        for other in (stage.claims.demand[stage.items] * can * GRID, can * 1.0):
            none = ~weight.any(axis=1)
            weight[none] = other[none].astype(np.int64)
    return weight


def _round(stage: Stage, weight: NDArray[np.int64], *, push: bool) -> tuple[FloatArray, FloatArray]:
    """Give one round of packs; return what was given in all and what is left over."""
    total = weight.sum(axis=1, keepdims=True)
    shared = (stage.left[:, None] * GRID).astype(np.int64)
    if not push:
        shared = np.minimum(shared, total)
    pack, size = stage.pack.astype(np.int64), stage.size.astype(np.int64)
    largest = max(float(shared.max()) * float(weight.max()), float(total.max()) * float(size.max()) * GRID)
    if largest >= SAFE:
        weight, total, shared, pack, size = (part.astype(object) for part in (weight, total, shared, pack, size))
    paid, unit = shared * weight, total * GRID
    begun = paid >= size * unit
    paid = paid - size * unit * begun
    packs = paid // (pack * unit) * begun
    paid = paid - packs * pack * unit
    units = np.minimum(((size + packs * pack) * begun).astype(np.float64), stage.cap - stage.quantity)
    stage = stage.at(stage.quantity + units, stage.left - units.sum(axis=1))
    return _give_leftovers(stage, paid)


def _give_leftovers(stage: Stage, paid: NDArray[np.int64]) -> tuple[FloatArray, FloatArray]:
    """Give one pack each where a share pays for a part of it, the largest part first."""
    width = paid.shape[1]
    cells = np.flatnonzero((paid > 0) & (stage.quantity < stage.cap) & (stage.left > 0)[:, None])
    item, size = cells // width, stage.size.take(cells)
    units = size.astype(np.int64).astype(paid.dtype)
    whole, here = _ranks(paid.take(cells) // units), stage.in_block(cells)
    part = (paid.take(cells) % units).astype(np.float64) / size
    ties = (-stage.claims.demand.take(here), stage.claims.priority.take(here))
    order = np.lexsort((*ties, -part, -whole, item))
    cells, size, item = cells[order], size[order], item[order]
    size = size * fitting(item, cells % width, size, stage.left)
    given = stage.quantity + np.bincount(cells, size, paid.size).reshape(paid.shape)
    return given, stage.left - np.bincount(item, size, len(paid))


def _ranks(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return numbers that sort alike and fit into 64 bits."""
    return numbers if numbers.dtype == np.int64 else np.unique(numbers, return_inverse=True)[1].astype(np.int64)
