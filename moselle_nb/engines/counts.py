"""Demand that is counted: Poisson and negative binomial, with real parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.position import FloatArray

__all__ = ["NegativeBinomial", "Poisson"]

EXACT = 2.0**53
"""Counts from which on float64 has no next whole number."""


class _Counts(Protocol):
    def above(self, count: FloatArray, entries: NDArray[np.intp] | slice = ...) -> FloatArray: ...


class Poisson:
    r"""Poisson demand; its variance is its mean.

    .. math:: E[(D - n)^+] = \mu P(D > n - 1) - n P(D > n)

    for whole n, and linear between two of them.

    Parameters
    ----------
    mean
        Shape (n,), in units.
    """

    def __init__(self, mean: FloatArray) -> None:
        self._mean = mean

    def above(self, count: FloatArray, entries: NDArray[np.intp] | slice = slice(None)) -> FloatArray:
        """Return P(D > count) of some entries for whole counts."""
        from scipy.special import gammainc

        found = gammainc(np.maximum(count, 0.0) + 1.0, self._mean[entries])
        return np.where(count < 0, 1.0, found)

    def cdf(self, x: FloatArray) -> FloatArray:
        """Return P(D <= x)."""
        return 1.0 - self.above(np.floor(x))

    def quantile(self, p: FloatArray) -> FloatArray:
        """Return the smallest whole number that demand does not exceed with probability p."""
        return _smallest(self, p, self._mean, self._mean)

    def expected_shortage(self, x: FloatArray) -> FloatArray:
        """Return what x units are expected to leave unserved."""
        count = np.floor(x)
        above = self.above(count)
        whole = self._mean * self.above(count - 1) - count * above
        return np.maximum(whole - (x - count) * above, 0.0)


class NegativeBinomial:
    r"""Negative binomial demand of :math:`r = \mu^2 / (\sigma^2 - \mu)` and :math:`p = \mu / \sigma^2`.

    .. math:: E[(D - n)^+] = \mu P(D' > n - 1) - n P(D > n)

    with D' of r + 1 and the same p, because :math:`k f_r(k) = \mu f_{r+1}(k - 1)`; linear between whole n.

    Parameters
    ----------
    mean, variance
        Shape (n,), in units and units squared; variances are above the means.
    """

    def __init__(self, mean: FloatArray, variance: FloatArray) -> None:
        self._mean, self._variance = mean, variance
        self._r, self._fails = np.square(mean) / (variance - mean), (variance - mean) / variance

    def above(
        self, count: FloatArray, entries: NDArray[np.intp] | slice = slice(None), more: float = 0.0
    ) -> FloatArray:
        """Return P(D > count) of some entries for whole counts; of a variable with r higher by `more`."""
        from scipy.special import betainc

        found = betainc(np.maximum(count, 0.0) + 1.0, self._r[entries] + more, self._fails[entries])
        return np.where(count < 0, 1.0, found)

    def cdf(self, x: FloatArray) -> FloatArray:
        """Return P(D <= x)."""
        return 1.0 - self.above(np.floor(x))

    def quantile(self, p: FloatArray) -> FloatArray:
        """Return the smallest whole number that demand does not exceed with probability p."""
        return _smallest(self, p, self._mean, self._variance)

    def expected_shortage(self, x: FloatArray) -> FloatArray:
        """Return what x units are expected to leave unserved."""
        count = np.floor(x)
        above = self.above(count)
        whole = self._mean * self.above(count - 1, more=1.0) - count * above
        return np.maximum(whole - (x - count) * above, 0.0)


def _smallest(law: _Counts, p: FloatArray, mean: FloatArray, variance: FloatArray) -> FloatArray:
    """Return the smallest whole number that is not exceeded with probability p, per entry.

    The gamma variable of the same moments is close; from there steps double until they enclose the answer, and halve.
    """
    from scipy.special import gammaincinv

    def enough(count: FloatArray, entries: NDArray[np.intp]) -> NDArray[np.bool_]:
        return law.above(count, entries) <= 1.0 - p[entries]

    high = np.floor(gammaincinv(np.square(mean) / variance, p) * variance / mean)
    low, step = high - 1, np.ones_like(high)
    every = np.arange(len(high))
    short = every[~enough(high, every)]
    while len(short):
        low[short], high[short] = high[short], high[short] + step[short]
        step[short] *= 2
        short = short[~enough(high[short], short)]
    more = every[low >= 0]
    more = more[enough(low[more], more)]
    while len(more):
        high[more], low[more] = low[more], np.maximum(low[more] - step[more], -1.0)
        step[more] *= 2
        more = more[low[more] >= 0]
        more = more[enough(low[more], more)]
    between = every[(high - low > 1) & (high < EXACT)]
    while len(between):
        middle = np.floor((low[between] + high[between]) / 2)
        fits = enough(middle, between)
        high[between] = np.where(fits, middle, high[between])
        low[between] = np.where(fits, low[between], middle)
        between = between[high[between] - low[between] > 1]
    return high
