"""A light forecast from past sales: what a group shares is told from many rows, what is a row's own from its past.

Demand of a row in a bucket is taken as ``share x level x season``: level and season are its group's, the share is its
own. Its variance is that of a negative binomial, at least the mean, shrunk to what rows of that size have in its group.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.group_index import EVEN_UNITS, before_each, group_index, group_level, seasons

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from moselle_nb.engines.group_index import Cycle

__all__ = ["Forecasted", "History", "Memory", "robust_forecast"]

SLOPE = 2.0
"""Exponent of the variance's power law where a group is too small to show its own: that of a constant variation."""

SLOPE_WEIGHT = 5.0
"""Evidence of that exponent, in rows times squared logarithms of size."""

SLOPES = (1.0, 2.5)
"""Least and largest exponent: 1 is that of Poisson demand."""

FEWEST = 8
"""Buckets from which a row's variance counts for its group."""

LEAST = 1e-9
"""Units below which a mean is nothing."""


@dataclass(frozen=True)
class Memory:
    """How fast the past is forgotten, in buckets.

    Parameters
    ----------
    half_life
        After so many buckets a row's sales count half.
    first_weight
        Buckets of evidence that a row's first sale is worth when it is made: it mostly says that the row exists.
    variance_weight
        Buckets of evidence that the variance of the group's rows of that size is worth.
    least
        Units per bucket: a row of which less is expected is forecast as nothing, with no variance.
    """

    half_life: float
    first_weight: float = 0.5
    variance_weight: float = 13.0
    least: float = 0.0


@dataclass(frozen=True, eq=False)
class History:
    """Sales by bucket.

    Parameters
    ----------
    sales
        Units, at least 0, shape (periods, rows).
    in_stock
        Whether sales show demand, same shape: not where the item was out of stock.
    first
        Each row's first bucket with a sale, shape (rows,); that of its first line where it never sold.
    listed
        Each row's first bucket with a line, shape (rows,); what comes before it is unknown.
    group
        Of each row, from 0, shape (rows,).
    """

    sales: NDArray[np.float64]
    in_stock: NDArray[np.bool_]
    first: NDArray[np.int64]
    listed: NDArray[np.int64]
    group: NDArray[np.int64]

    @property
    def groups(self) -> int:
        """How many groups there are."""
        return int(self.group.max(initial=-1)) + 1


@dataclass(frozen=True, eq=False)
class Forecasted:
    """Demand ahead.

    Parameters
    ----------
    mean
        Units, shape (ahead, rows).
    variance
        Units squared, same shape. They add up: the sum over the first buckets is the variance of the error of their
        total, which grows faster than their number, because a level that is off is off in all of them.
    """

    mean: NDArray[np.float64]
    variance: NDArray[np.float64]


def robust_forecast(history: History, cycles: Sequence[Cycle], memory: Memory) -> Forecasted:
    """Forecast every row.

    Parameters
    ----------
    history
        Sales, at least one bucket and one row; nothing of what follows is needed.
    cycles
        Seasons to look for; the first one says how many buckets are forecast.
    memory
        How fast the past is forgotten.
    """
    opening = _opening(history)
    usable = _usable(history, opening)
    index = group_index(history.sales, usable, history.group, history.groups)
    season, season_ahead = seasons(index, cycles)
    level = group_level(index / season, len(season_ahead))
    share, evidence = _shares(history, usable, opening, index, memory)
    share = np.where(share * level.value[history.group] < memory.least, 0.0, share)
    mean = share * (level.value * season_ahead)[:, history.group]
    part = _influence(history, share)
    calm = season * before_each(index / season)
    own = _own_variance(history, usable, share, (index, calm, part), memory)
    chance = own.of(share * level.value[history.group]) * np.square(part / np.maximum(share, LEAST))
    wander = level.wander(np.bincount(history.group, chance * (share > 0), history.groups).astype(np.float64))
    variance = _added(mean, own, (wander, level.horizon), history.group, evidence)
    return Forecasted(mean, np.where(share > 0, variance, 0.0))


def _opening(history: History) -> NDArray[np.float64]:
    """Return the first sale of rows that appeared with one, 0 of others."""
    first = history.sales[history.first, np.arange(len(history.first))]
    return np.where(history.first > 0, first, 0.0)


def _usable(history: History, opening: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which buckets may be learnt from: in stock, and after the sale that made the row known.

    A row that appears with its first sale would otherwise be taken for one that sells in every such bucket.
    """
    begin = history.first + (opening > 0)
    return history.in_stock & (np.arange(len(history.sales))[:, None] >= begin)


def _influence(history: History, share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much of its group's index each row decides, shape (rows,): all of it where it is alone."""
    told = share / (EVEN_UNITS + share)
    total = np.bincount(history.group, told, history.groups)[history.group]
    return np.divide(told, total, out=np.zeros_like(told), where=total > 0)


def _shares(
    history: History,
    usable: NDArray[np.bool_],
    opening: NDArray[np.float64],
    index: NDArray[np.float64],
    memory: Memory,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each row's demand at an index of 1, and the buckets of evidence it rests on.

    It is the ratio of discounted sales to the discounted index. The first sale of a new row counts as little evidence
    of what the rows of the group sold after theirs, as a share of it; this fades as all evidence does.
    """
    keep, new = 0.5 ** (1.0 / memory.half_life), opening > 0
    sold, exposure = np.zeros((2, len(opening)))
    for period, known in enumerate(usable):
        sold = sold * keep + known * history.sales[period]
        exposure = exposure * keep + known * index[period, history.group]
    weight = new / (EVEN_UNITS + opening)
    after = np.bincount(history.group, weight * sold, history.groups)
    before = np.bincount(history.group, weight * opening * exposure, history.groups)
    stays = np.divide(after, before, out=np.ones_like(after), where=before > 0)
    fading = memory.first_weight * new * keep ** (len(usable) - 1 - history.first)
    evidence = exposure + fading
    total = sold + fading * np.minimum(stays, 1.0)[history.group] * opening
    return np.divide(total, evidence, out=np.zeros_like(total), where=evidence > 0), evidence


@dataclass(frozen=True, eq=False)
class _Variance:
    """Variance of one bucket as ``scale x mean ** slope``, at least the mean; shape (rows,)."""

    scale: NDArray[np.float64]
    slope: NDArray[np.float64]

    def of(self, mean: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.maximum(self.scale * np.maximum(mean, LEAST) ** self.slope, mean)


def _own_variance(
    history: History,
    usable: NDArray[np.bool_],
    share: NDArray[np.float64],
    around: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
    memory: Memory,
) -> _Variance:
    """Return the variance around ``share x index``: each row's, shrunk to the power law of its group.

    An index follows the swings of a row that decides it. By the part that the row decides, the index as it was to be
    expected before each bucket stands in for it: a row that is alone is measured against its own past.

    The variance of demand grows as a power of its mean (Taylor, 1961, *Nature* 189, 732-735); in logarithms a line is
    fitted to the rows of a group, and each row moves from it towards its own by ``n / (n + variance_weight)``. Where
    no row of a group has a history, the standard deviation is the mean.
    """
    squares, means, count = np.zeros((3, len(share)))
    index, calm, part = around
    for period, known in enumerate(usable):
        here, before = index[period, history.group], calm[period, history.group]
        expected = share * (here + part * (before - here))
        squares += known * np.square(history.sales[period] - expected)
        means += known * expected
        count += known
    shown, average = (count >= FEWEST) & (means > 0), np.maximum(means, LEAST) / np.maximum(count, 1.0)
    size = np.log(average)
    spread = np.log(np.maximum(squares / np.maximum(count - 1.0, 1.0), average))
    intercept, slope = _lines(size, spread, shown * count, history)
    away = np.where(shown, spread - intercept[history.group] - slope[history.group] * size, 0.0)
    trust = count / (count + memory.variance_weight)
    return _Variance(np.exp(intercept[history.group] + trust * away), slope[history.group])


def _lines(
    size: NDArray[np.float64], spread: NDArray[np.float64], weight: NDArray[np.float64], history: History
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit a line per group; its slope is drawn towards `SLOPE`."""

    def total(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(history.group, weight * values, history.groups).astype(np.float64)

    weights, rows = total(np.ones_like(size)), np.bincount(history.group, weight > 0, history.groups)
    mean_size, mean_spread = (total(values) / np.maximum(weights, LEAST) for values in (size, spread))
    across, along = size - mean_size[history.group], spread - mean_spread[history.group]
    prior = SLOPE_WEIGHT * np.maximum(weights / np.maximum(rows, 1.0), 1.0)
    slope = np.clip((total(across * along) + prior * SLOPE) / (total(across * across) + prior), *SLOPES)
    return np.where(weights > 0, mean_spread - slope * mean_size, 0.0), slope


def _added(
    mean: NDArray[np.float64],
    own: _Variance,
    level: tuple[NDArray[np.float64], int],
    group: NDArray[np.int64],
    evidence: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return by how much each bucket raises the variance of the error of the total so far.

    Over h buckets with means m and variances v it is ``sum(v) (1 + h / evidence) + wander min(h / horizon, 1)
    sum(m)**2``: chance, a share known from so many buckets, and a group's level that is off in all buckets alike.
    """
    added, before = np.empty_like(mean), np.zeros(mean.shape[1])
    means, chances = np.zeros((2, mean.shape[1]))
    wander, horizon = level
    for step, here in enumerate(mean):
        means, chances = means + here, chances + own.of(here)
        off = wander[group] * min((step + 1) / horizon, 1.0) * np.square(means)
        total = chances * (1.0 + (step + 1) / np.maximum(evidence, 1.0)) + off
        added[step], before = total - before, total
    return added
