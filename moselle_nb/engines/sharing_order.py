"""Packs in the order of their keys: all up to a level at once, then one after the other those just above it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.sharing_levels import find_levels
from moselle_nb.engines.sharing_stage import Stage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.position import FloatArray
    from moselle_nb.engines.sharing_claims import Claims
    from moselle_nb.engines.sharing_ladders import Ladder
    from moselle_nb.engines.sharing_levels import Bracket

__all__ = ["climb", "count_up_to", "fitting"]

MANY_PACKS = 20.0
"""With more packs per location than that at one level, runs of packs are given, not single ones."""


MOST_PADDING = 8
"""Rows of packs may be so many times longer than there are packs."""

MOST_APART = 4096
"""Packs of one location that are looked at one by one."""

ALIKE_STEPS = 6
"""Levels of packs with the same key are at most so many steps apart, where keys are whole steps."""


def climb(
    quantity: FloatArray, left: FloatArray, most: FloatArray, claims: Claims, ladder: Ladder
) -> tuple[FloatArray, FloatArray]:
    """Give packs in the order of their keys until nobody can take one; ties by priority, demand and place.

    Each round gives at least one pack: that of the lowest key fits, and comes up to the higher level.

    Parameters
    ----------
    quantity, left
        Given so far and left over, in units, shape (items, locations) and (items,).
    most
        The most that each cell may receive, shape (items, locations).
    claims, ladder
        What locations ask for, and the order of packs.

    Returns
    -------
    tuple
        Given in all and left over.
    """
    stage, items, rungs = Stage.of(quantity, left, most, claims), np.arange(len(left)), ladder
    quantity, left = quantity.copy(), left.copy()
    while len(items):
        wanted = (stage.cap - stage.quantity).sum(axis=1)
        short = np.flatnonzero(wanted > stage.left)
        given, rest = stage.cap.copy(), stage.left - wanted
        if len(short):
            part = stage if len(short) == len(items) else stage.take(short)
            rungs = ladder if len(short) == len(left) else ladder.take(items[short])
            given[short], rest[short] = _give_by_level(part, find_levels(part, rungs), rungs)
        quantity[items], left[items] = given, rest
        going = np.flatnonzero((rest > 0) & (given < stage.cap).any(axis=1))
        stage, items = stage.take(going).after(given[going], rest[going]), items[going]
    return quantity, left


def _give_by_level(stage: Stage, found: Bracket, ladder: Ladder) -> tuple[FloatArray, FloatArray]:
    """Give all packs up to the lower level, then those up to the higher one that fit."""
    stage = stage.at(found.surely, stage.left - (found.surely - stage.quantity).sum(axis=1))
    many = (stage.packs(found.maybe).sum(axis=1) > MANY_PACKS * found.maybe.shape[1]) & (stage.left > 0)
    alike = np.flatnonzero(many & (ladder.on_steps | (ladder.ties_at_last & (found.high == ladder.last))))
    if not len(alike):
        return _give_in_turn(stage, found.maybe, found.high, ladder)
    others = np.setdiff1d(np.arange(len(many)), alike)
    given, left = stage.quantity.copy(), stage.left.copy()
    for items, give in ((alike, _give_alike), (others, _give_in_turn)):
        part = (found.maybe[items], found.high[items], ladder.take(items))
        given[items], left[items] = give(stage.take(items), *part)
    return given, left


def _give_alike(stage: Stage, maybe: FloatArray, level: FloatArray, ladder: Ladder) -> tuple[FloatArray, FloatArray]:
    """Give packs of which nearly all have the same key in runs, one location after the other."""
    before = level - ALIKE_STEPS * ladder.step if ladder.on_steps else np.nextafter(level, 0.0)
    _, high, _ = ladder.reach(before[:, None])
    stage = stage.at(*_give_in_turn(stage, np.minimum(stage.started(high), maybe), before, ladder))
    if not ladder.on_steps:
        return _give_runs(stage, stage.cap)
    for steps in range(1 - ALIKE_STEPS, 1):
        upto = count_up_to(stage, level + steps * ladder.step, ladder)
        stage = stage.at(*_give_runs(stage, upto))
    return stage.quantity, stage.left


def count_up_to(stage: Stage, level: FloatArray, ladder: Ladder) -> FloatArray:
    """Return the units with all packs up to a level, shape (items, locations)."""
    low, high, _ = ladder.reach(level[:, None])
    upto, maybe = _nearer(stage, stage.started(low), stage.started(high), level, ladder)
    cells, before, size = _packs(stage.at(upto, stage.left), maybe)
    return upto + _by_cell(cells, size * (ladder.keys(cells, before, size) <= level[cells // maybe.shape[1]]), maybe)


def _nearer(
    stage: Stage, upto: FloatArray, maybe: FloatArray, level: FloatArray, ladder: Ladder
) -> tuple[FloatArray, FloatArray]:
    """Halve the packs between two points until few are left to look at one by one."""
    while True:
        apart = stage.at(upto, stage.left).packs(maybe)
        cells = np.flatnonzero(apart > MOST_APART)
        if not len(cells):
            return upto, maybe
        here = stage.at(upto, stage.left)
        size, pack = here.size.take(cells), stage.pack.take(cells)
        before = upto.take(cells) + size + (np.floor(apart.take(cells) / 2) - 1) * pack
        low = ladder.keys(cells, before, pack) <= level[cells // upto.shape[1]]
        upto, maybe = upto.copy(), maybe.copy()
        upto.ravel()[cells[low]], maybe.ravel()[cells[~low]] = (before + pack)[low], before[~low]


def _give_runs(stage: Stage, upto: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give all packs up to some units, one location after the other by priority, demand and place."""
    given, left, size = stage.quantity.copy(), stage.left.copy(), stage.size
    turns = np.lexsort((-stage.claims.demand[stage.items], stage.claims.priority[stage.items]), axis=-1)
    items = np.arange(len(left))
    for location in turns.T:
        here = (items, location)
        room = np.minimum(upto[here] - given[here], left)
        more = size[here] + np.floor((room - size[here]) / stage.pack[here]) * stage.pack[here]
        more = np.where(room >= size[here], more, 0.0)
        given[here] += more
        left -= more
    return given, left


def _give_in_turn(stage: Stage, upto: FloatArray, level: FloatArray, ladder: Ladder) -> tuple[FloatArray, FloatArray]:
    """Give packs up to a level in the order of their keys; a location whose pack does not fit gets no other.

    Parameters
    ----------
    stage
        Where sharing stands.
    upto
        Units with all packs that may come up to the level, shape (items, locations).
    level
        The highest key, shape (items,).
    ladder
        The order of packs.

    Returns
    -------
    tuple
        Given in all and left over.
    """
    cells, before, size = _packs(stage, upto, stage.left > 0)
    width = upto.shape[1]
    keys, item = ladder.keys(cells, before, size), cells // width
    kept = np.flatnonzero(keys <= level[item])
    cells, size, keys, item = cells[kept], size[kept], keys[kept], item[kept]
    order = _turns(keys, item, stage, cells)
    cells, size, item = cells[order], size[order], item[order]
    fits = fitting(item, cells % width, size, stage.left)
    given = stage.quantity + _by_cell(cells, size * fits, upto)
    return given, stage.left - np.bincount(item, size * fits, len(upto))


def _turns(keys: FloatArray, item: NDArray[np.intp], stage: Stage, cells: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return packs in the order of items, as they come, and keys; ties by priority, then demand, then place."""
    order = _by_keys(keys, item)
    same = (np.diff(keys[order]) == 0) & (np.diff(item[order]) == 0)
    if not same.any():
        return order
    follows, followed = np.concatenate(([False], same)), np.concatenate((same, [False]))
    tied = np.flatnonzero(follows | followed)
    group, packs = np.cumsum(~follows)[tied], order[tied]
    here = stage.in_block(cells[packs])
    ties = (packs, -stage.claims.demand.take(here), stage.claims.priority.take(here))
    order[tied] = packs[np.lexsort((*ties, group))]
    return order


def _by_keys(keys: FloatArray, item: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return packs in the order of items and keys; one row per item is sorted far faster than all at once."""
    starts = np.flatnonzero(np.diff(item, prepend=-1))
    counts = np.diff(starts, append=len(item))
    widest = int(counts.max(initial=0))
    if widest * len(starts) > MOST_PADDING * len(item):
        return np.lexsort((keys, item))
    filled = np.arange(widest) < counts[:, None]
    rows = np.full(filled.shape, np.inf)
    rows[filled] = keys
    return np.asarray((np.argsort(rows, axis=1) + starts[:, None])[filled])


def _by_cell(cells: NDArray[np.intp], units: FloatArray, like: FloatArray) -> FloatArray:
    return np.asarray(np.bincount(cells, units, like.size).reshape(like.shape), dtype=np.float64)


def _packs(
    stage: Stage, upto: FloatArray, going: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.intp], FloatArray, FloatArray]:
    """Return the packs between what cells have and more: cell, units before and size, in the order of cells."""
    more = upto > stage.quantity
    if going is not None:
        more &= going[:, None]
    cells = np.flatnonzero(more)
    count = np.rint(stage.packs(upto).take(cells)).astype(np.intp)
    if not len(cells) or count.max() == 1:
        return cells, stage.quantity.take(cells), stage.size.take(cells)
    first = np.cumsum(count) - count
    place = np.arange(int(count.sum())) - np.repeat(first, count)
    cells = np.repeat(cells, count)
    pack, size, held = stage.pack.take(cells), stage.size.take(cells), stage.quantity.take(cells)
    before = held + np.where(place > 0, size + (place - 1) * pack, 0.0)
    return cells, before, np.where(place > 0, pack, size)


def fitting(
    item: NDArray[np.intp], location: NDArray[np.intp], size: FloatArray, left: FloatArray
) -> NDArray[np.bool_]:
    """Tell which packs fit into what the ones before them leave, items and then turns in order."""
    if not len(item):
        return np.zeros(0, dtype=bool)
    starts = np.flatnonzero(np.diff(item, prepend=-1))
    total = np.cumsum(size)
    before = np.repeat(total[starts] - size[starts], np.diff(starts, append=len(item)))
    fits = total - before <= left[item]
    uneven = np.minimum.reduceat(size, starts) < np.maximum.reduceat(size, starts)
    mixed = np.flatnonzero(uneven & ~np.logical_and.reduceat(fits, starts))
    if len(mixed):
        _fit_one_by_one(fits, starts[mixed], np.diff(starts, append=len(item))[mixed], item, location, size, left)
    return fits


def _fit_one_by_one(
    fits: NDArray[np.bool_],
    starts: NDArray[np.intp],
    counts: NDArray[np.intp],
    item: NDArray[np.intp],
    location: NDArray[np.intp],
    size: FloatArray,
    left: FloatArray,
) -> None:
    """Go through the packs of some items turn by turn, all items at once; writes to `fits`."""
    rest = left[item[starts]]
    dropped = np.zeros((len(starts), int(location.max()) + 1), dtype=bool)
    for turn in range(int(counts.max())):
        which = np.flatnonzero(counts > turn)
        pack = starts[which] + turn
        place = (which, location[pack])
        fit = (size[pack] <= rest[which]) & ~dropped[place]
        fits[pack] = fit
        dropped[place] = ~fit
        rest[which] -= size[pack] * fit
