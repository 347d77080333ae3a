"""What a group of rows shares: an index of its demand over time, the seasons in it, and its level at the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Cycle", "Level", "before_each", "group_index", "group_level", "seasons"]

PASSES = 3
"""The index and the rows' shares in it are found in turns; further turns change nothing that shows."""

EVEN_UNITS = 1.0
"""Units per bucket at which chance (Poisson) and a row's own swings are taken to be equally large."""

EVIDENCE = 1.0
"""Units of average demand, of an average row, added to every bucket: a group of few sales has a calm index."""

HALF_LIVES = (32, 16, 8, 4, 2, 1)
"""Half-lives of a group's level in buckets: the one that would have foretold its past best is taken."""

EXPECTED_HALF_LIFE = 8
"""Half-life of what a bucket was to be expected at."""

AHEAD = 8
"""Buckets ahead for which a half-life is judged, where the past is long enough."""

ONE_CYCLE = 0.5
"""Trust in a season that was seen once only: it may as well have been a trend."""

LOWEST = 0.05
"""Least factor of a season."""


@dataclass(frozen=True, eq=False)
class Cycle:
    """A season that repeats: the place in it of each bucket.

    Parameters
    ----------
    past, ahead
        Place of past and of forecast buckets, shape (periods,) and (ahead,).
    places
        How many there are: 12 months, 7 weekdays.
    length
        Buckets after which it repeats; in a shorter past it is not looked for.
    """

    past: NDArray[np.int64]
    ahead: NDArray[np.int64]
    places: int
    length: int


@dataclass(frozen=True, eq=False)
class Level:
    """A group's level after its last bucket.

    Parameters
    ----------
    value
        Index without season, shape (groups,).
    error
        Mean square of its relative error over the next `horizon` buckets, as its own past shows it, shape (groups,).
    horizon
        In buckets.
    half_life
        Of the weights that the value was found with, in buckets, shape (groups,).
    """

    value: NDArray[np.float64]
    error: NDArray[np.float64]
    horizon: int
    half_life: NDArray[np.float64]

    def wander(self, chance: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the part of the error that chance in single buckets does not explain, at least 0, shape (groups,).

        Parameters
        ----------
        chance
            Relative variance of the group's index in one bucket by chance alone. In the mean of `horizon` buckets it
            is that over the horizon, and in the level that over the buckets that it rests on.
        """
        keep = 0.5 ** (1.0 / self.half_life)
        rests_on = (1.0 + keep) / (1.0 - keep)
        explained = chance / np.square(np.maximum(self.value, LOWEST)) * (1.0 / self.horizon + 1.0 / rests_on)
        return np.maximum(self.error - explained, 0.0)


def group_index(
    sales: NDArray[np.float64], usable: NDArray[np.bool_], group: NDArray[np.int64], groups: int
) -> NDArray[np.float64]:
    """Return how each group's demand moved: a rank-one fit ``sales = share x index``, found in turns.

    A row weighs by what it can tell: ``share / (1 + share)`` is the inverse of the relative variance of a negative
    binomial with dispersion 1, so that no large row decides alone and small ones count together.

    Parameters
    ----------
    sales
        Units, shape (periods, rows).
    usable
        What may be learnt from, same shape.
    group
        Of each row, from 0, shape (rows,).
    groups
        How many there are.

    Returns
    -------
    NDArray[np.float64]
        Shape (periods, groups), 1 on average.
    """
    index = np.ones((len(sales), groups))
    sold = _sum(usable, sales)
    for _ in range(PASSES):
        exposure = np.zeros(sales.shape[1])
        for known, value in zip(usable, index, strict=True):
            exposure += known * value[group]
        share = np.divide(sold, exposure, out=np.zeros_like(sold), where=exposure > 0)
        weight = 1.0 / (EVEN_UNITS + share)
        calm = EVIDENCE * np.bincount(group, weight, groups) / np.bincount(group, minlength=groups)
        found, expected = np.tile(calm, (len(index), 1)), np.tile(calm, (len(index), 1))
        for period, known in enumerate(usable):
            here = known * weight
            found[period] += np.bincount(group, here * sales[period], groups)
            expected[period] += np.bincount(group, here * share, groups)
        index = found / expected
        index /= index.mean(axis=0)
    return index


def _sum(usable: NDArray[np.bool_], values: NDArray[np.float64]) -> NDArray[np.float64]:
    total = np.zeros(values.shape[1])
    for known, value in zip(usable, values, strict=True):
        total += known * value
    return total


def seasons(index: NDArray[np.float64], cycles: Sequence[Cycle]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the factors of past and of forecast buckets, shape (periods, groups) and (ahead, groups).

    Parameters
    ----------
    index
        See `group_index`.
    cycles
        At least one; found one after the other, each in what the earlier ones leave.
    """
    past, ahead = np.ones_like(index), np.ones((len(cycles[0].ahead), index.shape[1]))
    for cycle in cycles:
        if len(index) >= cycle.length:
            factors = _factors(index / past, cycle)
            past, ahead = past * factors[cycle.past], ahead * factors[cycle.ahead]
    return past, ahead


def _factors(index: NDArray[np.float64], cycle: Cycle) -> NDArray[np.float64]:
    """Return the factor of each place: the mean ratio to the moving average over one cycle, shrunk towards 1.

    It is shrunk by the share of its variance that chance explains (the variance inside a place over the buckets in
    it), as an empirical Bayes estimate of normal means is; factors seen in one cycle only are halved on top.
    """
    periods, length = len(index), cycle.length
    total = np.concatenate([np.zeros((1, index.shape[1])), index.cumsum(axis=0)])
    begin = np.clip(np.arange(periods) - length // 2, 0, periods - length)
    ratio = index * length / (total[begin + length] - total[begin])
    count = np.bincount(cycle.past, minlength=cycle.places)[:, None]
    mean, square = (
        np.stack([np.bincount(cycle.past, column, cycle.places) for column in values.T], axis=1) / np.maximum(count, 1)
        for values in (ratio, np.square(ratio))
    )
    seen = count[:, 0] > 0
    spare = max(float(count[seen].mean()) - 1.0, 1.0)
    noise = np.maximum(square - np.square(mean), 0.0)[seen].mean(axis=0) / spare
    signal = np.maximum(mean[seen].var(axis=0), np.finfo(np.float64).tiny)
    trust = np.clip(1.0 - noise / signal, 0.0, 1.0) * (1.0 if periods >= 2 * length else ONE_CYCLE)
    return np.where(seen[:, None], np.maximum(1.0 + trust * (mean - 1.0), LOWEST), 1.0)


def group_level(index: NDArray[np.float64], ahead: int) -> Level:
    """Return the level of each group: an exponentially weighted mean with the half-life that served it best.

    Each half-life foretells, from every bucket of the group's own past, the mean of the buckets that follow; the mean
    square of the logarithmic error decides. Where the past is too short to judge, the longest one is taken.

    Parameters
    ----------
    index
        Without season, shape (periods, groups).
    ahead
        Buckets to be foretold.
    """
    periods = len(index)
    horizon = max(1, min(ahead, AHEAD, periods // 4))
    total = np.concatenate([np.zeros((1, index.shape[1])), index.cumsum(axis=0)])
    first = min(AHEAD, periods // 2)
    ends = np.arange(max(first, 1), periods - horizon + 1)
    actual = np.log((total[ends + horizon] - total[ends]) / horizon)
    value, best = np.zeros(index.shape[1]), np.full(index.shape[1], np.inf)
    chosen = np.full(index.shape[1], float(HALF_LIVES[0]))
    for half_life in HALF_LIVES:
        levels = _weighted_means(index, half_life)
        loss = np.square(np.log(levels[ends - 1]) - actual).mean(axis=0) if len(ends) else np.zeros(index.shape[1])
        better = loss < best
        value, best = np.where(better, levels[-1], value), np.where(better, loss, best)
        chosen = np.where(better, float(half_life), chosen)
    return Level(value, best, horizon, chosen)


def before_each(index: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what each bucket was to be expected at from those before it, the first at 1."""
    means = _weighted_means(index, EXPECTED_HALF_LIFE)
    return np.vstack([np.ones((1, index.shape[1])), means[:-1]])


def _weighted_means(index: NDArray[np.float64], half_life: float) -> NDArray[np.float64]:
    """Return the exponentially weighted mean up to and including each bucket."""
    keep, means = 0.5 ** (1.0 / half_life), np.empty_like(index)
    total, weight = np.zeros(index.shape[1]), 0.0
    for period, value in enumerate(index):
        total, weight = total * keep + value, weight * keep + 1.0
        means[period] = total / weight
    return means
