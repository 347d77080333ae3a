"""Empirical demand: the shape of a forecast's quantiles, scaled to the mean and deviation of the days in question."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.skewed import Skewed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from moselle_nb.engines.position import FloatArray

__all__ = ["Empirical", "EmpiricalShape", "periods_before", "skewness_of", "standardised"]

OUTER = 1e-9
"""A slope that is less is none: a step of the distribution."""

WIDEST = 1e6
"""Coefficient of variation of a mean of next to nothing."""


@dataclass(frozen=True, eq=False)
class EmpiricalShape:
    r"""Quantile functions of mean 0 and variance 1, straight between their levels: each that of one forecast period.

    Over exactly one period demand has this shape. Over other days it has the skewness of its periods and parts of
    periods, and is `Skewed`: a sum of several tends to normal, and part of a period has a shape of its own. Periods
    are independent, a period's total T is shared among its days as gamma demand of its moments would be, so that days
    are uncorrelated and have even shares of its variance; part f of it is T B with B of a beta distribution [1]_. With
    coefficient of variation c and skewness :math:`\gamma` of a period, its third central moment is in units of
    :math:`\sigma^3`

    .. math:: \kappa(f) = \gamma \frac{f (f + c^2) (f + 2 c^2)}{(1 + c^2)(1 + 2 c^2)}
              + 2 c f (1 - f) \frac{1 + f + 3 c^2}{(1 + c^2)(1 + 2 c^2)}

    and n periods in all, whole or not, have skewness :math:`\sum \kappa(f) / n^{3/2}`.

    Parameters
    ----------
    levels
        Rising, from 0 to 1, shape (levels,).
    scores
        Never falling, shape (levels, n).
    edges
        First day of each period and the day after the last; before and after, periods go on as long as the first and
        the last.
    parts
        Whole periods, and the parts of one before and after them, that demand is of, shape (3, n); None: one period.

    Notes
    -----
    How a period's demand falls on its days is not in its quantiles: it is supposed. Simulated as supposed, over 100,000
    weeks of six shapes (two peaks, rare peaks, skewed to the right, mildly so, uniform, skewed to the left) where unmet
    demand waits, the levels of exactly one week reach their targets to .1 percentage points. Those of other days, one
    day to eight weeks that begin on any weekday, lie off by these points:

    ====================== =============== =============== ===============
    target                 90 %            95 %            98 %
    ====================== =============== =============== ===============
    fill rate              -4.2 to +2.0    -1.4 to +1.7     -.3 to +2.0
    cycle service level    -10.6 to +3.3   -3.6 to +4.9    -1.3 to +2.0
    ready rate                             -3.2 to +1.6
    ====================== =============== =============== ===============

    The largest are of two weeks with two peaks, and of rare peaks; of the mild and the uniform shape they are 2.1 at
    most. The shape of one week kept for all days would fall short of a fill rate of 98 % by up to 9.6 points over whole
    weeks and 28.7 over others, a normal distribution by up to 12.5 and 30.2.

    Tails beyond the outer levels are as thin as a straight line: with 10, 50 and 90 % alone, weeks that are lognormal
    (coefficient of variation 1.3) fall 14.7 points short of a fill rate of 98 %, gamma ones (.7) 4.6; with nine levels
    from 1 to 99 % these are 2.2 and .1.

    References
    ----------
    .. [1] Johnson, Kotz and Balakrishnan (1995), *Continuous Univariate Distributions*, vol. 2, 2nd ed., section 25.3:
       a gamma variable times an independent beta variable of matching orders is gamma.
    """

    levels: FloatArray
    scores: FloatArray
    edges: NDArray[np.int64] = field(default_factory=lambda: np.array([0, 1]))
    parts: FloatArray | None = None

    def take(self, entries: NDArray[np.intp]) -> EmpiricalShape:
        """Return the shapes of some entries."""
        parts = None if self.parts is None else self.parts[:, entries]
        return EmpiricalShape(self.levels, self.scores[:, entries], self.edges, parts)

    def over(self, first: NDArray[np.int64] | int, stop: NDArray[np.int64] | int) -> EmpiricalShape:
        """Return the shapes of days `first` to `stop` - 1, one number or one per entry each."""
        days = np.broadcast_arrays(first, stop, self.scores[0])[:2]
        begin, end = (periods_before(self.edges, each.astype(np.int64)) for each in days)
        before, after = np.ceil(begin), np.floor(end)
        inside = before > after
        parts = np.stack([after - before, before - begin, end - after])
        parts[:, inside] = np.stack([np.zeros_like(begin), end - begin, np.zeros_like(begin)])[:, inside]
        return replace(self, parts=parts)

    @property
    def periods(self) -> FloatArray:
        """How many periods the days are, shape (n,)."""
        return np.ones(self.scores.shape[1]) if self.parts is None else np.asarray(self.parts.sum(axis=0))

    @property
    def skewness(self) -> FloatArray:
        """Of one period, shape (n,)."""
        low, high = self.scores[:-1], self.scores[1:]
        cubes = (low + high) * (low * low + high * high) / 4
        return np.asarray((np.diff(self.levels)[:, None] * cubes).sum(axis=0))

    def laws(self, mean: FloatArray, sd: FloatArray) -> Iterator[tuple[NDArray[np.intp], Empirical | Skewed]]:
        """Yield the entries of each law and their demand with these means and standard deviations, shape (n,)."""
        parts = np.zeros((3, len(mean))) if self.parts is None else self.parts
        whole = (parts == np.array([[1.0], [0.0], [0.0]])).all(axis=0) | (self.parts is None)
        (one,), (other,) = whole.nonzero(), (~whole).nonzero()
        if len(one):
            yield one, Empirical(self.levels, mean[one] + sd[one] * self.scores[:, one])
        if len(other):
            mean, sd = mean[other], sd[other]
            yield other, Skewed(mean, sd, skewness_of(self.take(other).skewness, mean, sd, parts[:, other]))


def periods_before(edges: NDArray[np.int64], day: NDArray[np.int64]) -> FloatArray:
    """Return how many periods end before a day, from the first on; the part of one that has begun is a fraction."""
    place = np.clip(np.searchsorted(edges, day, side="right") - 1, 0, len(edges) - 2)
    return np.asarray(place + (day - edges[place]) / (edges[place + 1] - edges[place]))


def skewness_of(skewness: FloatArray, mean: FloatArray, sd: FloatArray, parts: FloatArray) -> FloatArray:
    """Return the skewness of demand of several periods and parts of periods; see `EmpiricalShape`.

    Parameters
    ----------
    skewness
        Of one period, shape (n,).
    mean, sd
        Of all of it, in units, shape (n,).
    parts
        Whole periods, and the part of one before and after them, shape (3, n).
    """
    periods = parts.sum(axis=0)
    spread = sd * np.sqrt(periods)
    cv = np.minimum(np.divide(spread, mean, out=np.full_like(sd, WIDEST), where=mean * WIDEST > spread), WIDEST)
    s, third = cv * cv, parts[0] * skewness
    for part in parts[1:]:
        of_shape = skewness * part * (part + s) * (part + 2 * s)
        of_days = 2 * cv * part * (1 - part) * (1 + part + 3 * s)
        third = third + (of_shape + of_days) / ((1 + s) * (1 + 2 * s))
    return np.asarray(third / periods**1.5)


def standardised(levels: FloatArray, quantiles: FloatArray) -> tuple[EmpiricalShape, FloatArray, FloatArray]:
    r"""Return the shape, mean and standard deviation that quantiles describe.

    Between two levels the quantile function is straight; below the lowest and above the highest it goes on with the
    slope of the nearest two for the share that is left there, at most down to 0. Mean and variance are its integrals

    .. math:: \mu = \int_0^1 Q(u) du, \quad \sigma^2 = \int_0^1 (Q(u) - \mu)^2 du

    so that tails beyond the outer levels are thin: give levels near 0 and 1 where they matter.

    Parameters
    ----------
    levels
        Rising, inside (0, 1), at least two, shape (levels,).
    quantiles
        Units, never falling, shape (levels, n).

    Raises
    ------
    ValueError
        When levels are fewer than two, do not rise or leave (0, 1), or quantiles cross.
    """
    if len(levels) < 2 or not (levels[0] > 0 and levels[-1] < 1 and (np.diff(levels) > 0).all()):  # noqa: PLR2004
        msg = f"Quantiles need two levels or more that rise between 0 and 1, received {levels.tolist()}."
        raise ValueError(msg)
    crossing = np.flatnonzero((np.diff(quantiles, axis=0) < 0).any(axis=0))
    if len(crossing):
        msg = f"A higher level has no lower quantile; {len(crossing)} rows cross, the first is row {crossing[0]}."
        raise ValueError(msg)
    low = (quantiles[1] - quantiles[0]) / (levels[1] - levels[0]) * levels[0]
    high = (quantiles[-1] - quantiles[-2]) / (levels[-1] - levels[-2]) * (1 - levels[-1])
    ends = np.maximum(quantiles[0] - low, np.minimum(quantiles[0], 0.0)), quantiles[-1] + high
    full, share = np.vstack([ends[0], quantiles, ends[1]]), np.concatenate([[0.0], levels, [1.0]])
    width, left, right = np.diff(share)[:, None], full[:-1], full[1:]
    mean = (width * (left + right) / 2).sum(axis=0)
    squares = (width * (left * left + left * right + right * right) / 3).sum(axis=0)
    sd = np.sqrt(np.maximum(squares - mean * mean, 0.0))
    scores = (full - mean) / np.where(sd > 0, sd, 1.0)
    return EmpiricalShape(share, scores), mean, sd


class Empirical:
    """Demand whose quantile function is straight between levels.

    Parameters
    ----------
    levels
        Rising, from 0 to 1, shape (levels,).
    quantiles
        Units, shape (levels, n).
    """

    def __init__(self, levels: FloatArray, quantiles: FloatArray) -> None:
        self._levels, self._quantiles = levels, quantiles

    def quantile(self, p: FloatArray) -> FloatArray:
        """Return what demand does not exceed with probability p."""
        place = np.clip(np.searchsorted(self._levels, p, side="left") - 1, 0, len(self._levels) - 2)
        column, levels = np.arange(len(p)), self._levels
        low, high = self._quantiles[place, column], self._quantiles[place + 1, column]
        share = (p - levels[place]) / (levels[place + 1] - levels[place])
        return np.asarray(low + share * (high - low))

    def cdf(self, x: FloatArray) -> FloatArray:
        """Return P(D <= x)."""
        found = np.zeros_like(x)
        for width, low, high in self._segments():
            rise = high - low
            share = np.where(rise > OUTER, (x - low) / np.where(rise > OUTER, rise, 1.0), (x >= low) * 1.0)
            found += width * np.clip(share, 0.0, 1.0)
        return found

    def expected_shortage(self, x: FloatArray) -> FloatArray:
        """Return what x units are expected to leave unserved."""
        found = np.zeros_like(x)
        for width, low, high in self._segments():
            begin, end = np.maximum(low, x), np.maximum(high, x)
            rise = high - low
            share = np.where(rise > OUTER, (end - begin) / np.where(rise > OUTER, rise, 1.0), 1.0)
            found += width * share * ((begin + end) / 2 - x)
        return found

    def _segments(self) -> list[tuple[float, FloatArray, FloatArray]]:
        widths = np.diff(self._levels).tolist()
        return list(zip(widths, self._quantiles[:-1], self._quantiles[1:], strict=True))
