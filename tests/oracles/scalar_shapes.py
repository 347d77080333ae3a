"""Demand by the quantiles of a forecast in plain Python: one window at a time, moments in fractions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from statistics import NormalDist
from typing import TYPE_CHECKING

from tests.oracles.scalar_distributions import lower_gamma, smallest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.oracles.scalar_tables import Bucket

Points = list[tuple[Fraction, Fraction]]
"""A quantile function: levels from 0 to 1 and units, straight between them."""

STRAIGHT = 0.02


def with_ends(quantiles: Points) -> Points:
    """Go on below the lowest and above the highest level with the slope of the nearest two, down to 0."""
    (low, a), (second, b), *_ = quantiles
    *_, (before, c), (high, d) = quantiles
    least = max(a - (b - a) / (second - low) * low, Fraction(0))
    return [(Fraction(0), least), *quantiles, (Fraction(1), d + (d - c) / (high - before) * (1 - high))]


def raw_moment(points: Points, power: int) -> Fraction:
    """Return E[D^k]: the integral of a straight piece is the mean of all products of its ends."""
    total = Fraction(0)
    for (p, a), (q, b) in pairwise(points):
        total += (q - p) * sum(a**k * b ** (power - k) for k in range(power + 1)) / (power + 1)
    return total


def variance_of(points: Points) -> Fraction:
    """Return the variance."""
    return raw_moment(points, 2) - raw_moment(points, 1) ** 2


def points_of(buckets: Sequence[Bucket]) -> Points | None:
    """Return the sum of a row's quantile functions, as if its buckets rose and fell together; None without spread."""
    given = [bucket.quantiles for bucket in buckets if bucket.quantiles]
    if not given:
        return None
    levels = [level for level, _ in given[0]]
    sums = [sum((Fraction(points[place][1]) for points in given), Fraction(0)) for place in range(len(levels))]
    found = with_ends([(Fraction(level) / 100, units) for level, units in zip(levels, sums, strict=True)])
    return found if sums[-1] > sums[0] else None


@dataclass(frozen=True)
class Shaped:
    """Demand of some days: a quantile function where they are one bucket, else mean, variance and skewness.

    Parameters
    ----------
    mean, variance
        Of these days.
    points
        The row's quantile function, not standardised.
    shares
        What share of each bucket the days have, without those that they do not touch.
    """

    mean: float
    variance: float
    points: Points
    shares: list[Fraction]

    @property
    def sd(self) -> float:
        """Standard deviation of these days."""
        return math.sqrt(self.variance)

    @cached_property
    def stairs(self) -> list[tuple[float, float]]:
        """Levels and units of these days, if they are one bucket."""
        if self.shares != [1]:
            return []
        centre, spread = raw_moment(self.points, 1), math.sqrt(variance_of(self.points))
        return [(float(p), self.mean + self.sd * float(x - centre) / spread) for p, x in self.points]

    @cached_property
    def skewness(self) -> float:
        """Third central moments of independent parts of buckets, added up."""
        centre = raw_moment(self.points, 1)
        shifted = [(p, x - centre) for p, x in self.points]
        of_one = float(raw_moment(shifted, 3)) / math.sqrt(variance_of(self.points)) ** 3
        n = sum(self.shares)
        sigma = Fraction(math.sqrt(self.variance / n))
        mu = max(Fraction(self.mean) / n, sigma / 10**6)
        orders, third = mu**2 / sigma**2, Fraction(0)
        cube = Fraction(of_one) * sigma**3 + 3 * mu * sigma**2 + mu**3
        for f in self.shares:
            share = f * (f * orders + 1) * (f * orders + 2) / ((orders + 1) * (orders + 2))  # E[B^3] of a beta share
            third += cube * share - 3 * f**2 * mu * sigma**2 - (f * mu) ** 3
        return float(third / sigma**3) / float(n) ** 1.5

    def quantile(self, share: float) -> float:
        """Return the smallest demand that is not exceeded with this probability."""
        for (p, a), (q, b) in pairwise(self.stairs):
            if share <= q:
                return max(a + (share - p) / (q - p) * (b - a), 0.0)
        half = self.skewness / 2
        if abs(half) < STRAIGHT / 2:
            return max(NormalDist(self.mean, self.sd).inv_cdf(share), 0.0)
        k, asked = 1 / half**2, share if half > 0 else 1 - share
        y = smallest(lambda x: lower_gamma(k, x) >= asked, 0.0, k)
        return max(self.mean + self.sd * half * (y - k), 0.0)

    def reached(self, stock: float) -> float:
        """Return the probability that demand is at most a stock."""
        if self.stairs:
            total = 0.0
            for (p, a), (q, b) in pairwise(self.stairs):
                total += (q - p) * (min(max((stock - a) / (b - a), 0), 1) if b - a > 1e-9 else float(stock >= a))
            return total
        z, half = (stock - self.mean) / self.sd, self.skewness / 2
        if abs(half) < STRAIGHT / 2:
            return NormalDist().cdf(z)
        below = lower_gamma(1 / half**2, 1 / half**2 + z / half)
        return below if half > 0 else 1 - below

    def lost(self, stock: float) -> float:
        """Return how much demand is expected beyond a stock."""
        if self.stairs:
            total = 0.0
            for (p, a), (q, b) in pairwise(self.stairs):
                low, high = max(a - stock, 0.0), max(b - stock, 0.0)
                total += (q - p) * ((high - low) / (b - a) if b - a > 1e-9 else 1.0) * (low + high) / 2
            return total
        z, half = (stock - self.mean) / self.sd, self.skewness / 2
        if abs(half) < STRAIGHT / 2:
            return self.sd * (math.exp(-z * z / 2) / math.sqrt(2 * math.pi) - z * NormalDist().cdf(-z))
        k, y = 1 / half**2, 1 / half**2 + z / half
        above = k * (1 - lower_gamma(k + 1, y)) - y * (1 - lower_gamma(k, y))
        return self.sd * (half * above if half > 0 else -z - half * above)
