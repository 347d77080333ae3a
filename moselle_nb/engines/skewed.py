"""Skewed demand: a gamma variable, shifted and perhaps mirrored, with a mean, a deviation and a skewness."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from moselle_nb.engines.position import FloatArray

__all__ = ["Skewed"]

SYMMETRIC = 0.02
"""Demand of less skewness is normal: its quantiles lie within 1 % of a deviation up to 98 %."""

ROOT_TWO_PI = 2.5066282746310002


class Skewed:
    r"""Demand of Pearson's type III [1]_.

    With skewness :math:`\gamma`, :math:`k = 4 / \gamma^2` and Y a gamma variable of shape k

    .. math:: D = \mu + \sigma \frac{\gamma}{2} (Y - k)

    Of skewness twice its coefficient of variation it is gamma itself, of skewness 0 normal. That it may be negative is
    left as it is.

    Parameters
    ----------
    mean, sd
        Units, shape (n,).
    skewness
        Third central moment over the cubed deviation, shape (n,).

    References
    ----------
    .. [1] Johnson, Kotz and Balakrishnan (1994), *Continuous Univariate Distributions*, vol. 1, 2nd ed., section 17.2.
    """

    def __init__(self, mean: FloatArray, sd: FloatArray, skewness: FloatArray) -> None:
        self._mean, self._sd, self.skewness = mean, sd, skewness
        self._straight = np.abs(skewness) < SYMMETRIC
        self._half = np.where(self._straight, 1.0, np.abs(skewness)) / 2
        self._order = 1 / np.square(self._half)
        self._sign = np.where(skewness < 0, -1.0, 1.0)

    def _place(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return standard scores of x, mirrored where demand is, and where they lie on the scale of Y."""
        score = (x - self._mean) / self._sd * self._sign
        return score, self._order + score / self._half

    def quantile(self, p: FloatArray) -> FloatArray:
        """Return what demand does not exceed with probability p."""
        from scipy.special import gammaincinv, ndtri

        share = np.where(self._sign > 0, p, 1 - p)
        score = self._sign * self._half * (gammaincinv(self._order, share) - self._order)
        return np.asarray(self._mean + self._sd * np.where(self._straight, ndtri(p), score))

    def cdf(self, x: FloatArray) -> FloatArray:
        """Return P(D <= x)."""
        from scipy.special import gammainc, gammaincc, ndtr

        score, place = self._place(x)
        y = np.maximum(place, 0.0)
        found = np.where(self._sign > 0, gammainc(self._order, y), gammaincc(self._order, y))
        return np.asarray(np.where(self._straight, ndtr(score * self._sign), found))

    def expected_shortage(self, x: FloatArray) -> FloatArray:
        r"""Return what x units are expected to leave unserved.

        .. math:: E[(Y - y)^+] = k \, Q(k + 1, y) - y \, Q(k, y)

        with the regularised upper incomplete gamma function Q; where demand is mirrored it is what Y leaves over.
        """
        from scipy.special import gammaincc, ndtr

        score, place = self._place(x)
        y, k = np.maximum(place, 0.0), self._order
        above = self._half * (k * gammaincc(k + 1, y) - place * gammaincc(k, y))
        above = np.where(self._sign > 0, above, score + above)
        z = np.clip(score * self._sign, -40.0, 40.0)
        normal = np.exp(z * z * -0.5) / ROOT_TWO_PI - z * ndtr(-z)
        return np.asarray(np.maximum(self._sd * np.where(self._straight, normal, above), 0.0))
