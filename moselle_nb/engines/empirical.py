"""Empirical demand: the shape of a forecast's quantiles, scaled to the mean and deviation of the days in question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.position import FloatArray

__all__ = ["EmpiricalShape", "standardised"]

OUTER = 1e-9
"""A slope that is less is none: a step of the distribution."""


@dataclass(frozen=True, eq=False)
class EmpiricalShape:
    """Quantile functions of mean 0 and variance 1, straight between their levels, shape (levels,) and (levels, n).

    Parameters
    ----------
    levels
        Rising, from 0 to 1.
    scores
        Never falling.
    """

    levels: FloatArray
    scores: FloatArray

    def take(self, entries: NDArray[np.intp]) -> EmpiricalShape:
        """Return the shapes of some entries."""
        return EmpiricalShape(self.levels, self.scores[:, entries])

    def scaled(self, mean: FloatArray, sd: FloatArray) -> Empirical:
        """Return demand of this shape with means and standard deviations, shape (n,)."""
        return Empirical(self.levels, mean + sd * self.scores)


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
