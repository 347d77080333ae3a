"""Uncertain demand in plain Python: quantiles and expected losses by adding probabilities up, one value at a time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SMALL = 1e-17
"""Probabilities below it add nothing."""


def smallest(reaches: Callable[[float], bool], low: float, high: float) -> float:
    """Return the smallest number that reaches something, by halving."""
    while not reaches(high):
        low, high = high, 2 * high + 1
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (low, middle) if reaches(middle) else (middle, high)
    return high


def least_grid(enough: Callable[[float], bool]) -> float:
    """Return the least stock in whole 2**-10 units that is enough."""
    low, high = -1, 1024
    while not enough(high / 1024):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle / 1024) else (middle, high)
    return high / 1024


def lower_gamma(shape: float, x: float) -> float:
    """Return the regularised lower incomplete gamma function by its power series, from its greatest term both ways."""
    if x <= 0:
        return 0.0
    if x > shape + 12 * math.sqrt(shape) + 60:
        return 1.0  # what is above has a probability below SMALL, and as many terms as x
    top = max(int(x - shape), 0)
    total, term, k = 0.0, 1.0, top
    while term > SMALL:
        total += term
        k += 1
        term *= x / (shape + k)
    term, k = top and (shape + top) / x, top - 1
    while k >= 0 and term > SMALL:
        total += term
        term *= (shape + k) / x
        k -= 1
    greatest = (shape + top) * math.log(x) - x - math.lgamma(shape + top + 1)
    return min(total * math.exp(greatest), 1.0)


@dataclass(frozen=True)
class Spread:
    """Demand of some days: its mean, its variance and the family that it follows."""

    mean: float
    variance: float
    family: str

    @cached_property
    def masses(self) -> list[float]:
        """Probabilities of 0, 1, 2 … units."""
        size, failing = math.inf, 0.0
        log_mass = -self.mean
        if self.family == "negative_binomial":
            size, failing = self.mean**2 / (self.variance - self.mean), 1 - self.mean / self.variance
            log_mass = size * math.log1p(-failing)
        found = [math.exp(log_mass)]
        while len(found) < self.mean + 10 or found[-1] > SMALL:
            units = len(found)
            ratio = self.mean / units if failing == 0 else (size + units - 1) / units * failing
            log_mass += math.log(ratio)
            found.append(math.exp(log_mass))
        return found

    def quantile(self, share: float) -> float:
        """Return the smallest demand that is not exceeded with this probability."""
        if self.family == "deterministic":
            return self.mean
        if self.family == "normal":
            return max(NormalDist(self.mean, math.sqrt(self.variance)).inv_cdf(share), 0.0)
        if self.family == "gamma":
            shape, scale = self.mean**2 / self.variance, self.variance / self.mean
            return smallest(lambda x: lower_gamma(shape, x / scale) >= share, 0.0, self.mean)
        total = 0.0
        for units, mass in enumerate(self.masses):
            total += mass
            if total >= share:
                return float(units)
        return float(len(self.masses))

    def reached(self, stock: float) -> float:
        """Return the probability that demand is at most a stock."""
        if self.family == "deterministic":
            return 1.0 if self.mean <= stock else 0.0
        if self.family == "normal":
            return NormalDist(self.mean, math.sqrt(self.variance)).cdf(stock)
        if self.family == "gamma":
            return lower_gamma(self.mean**2 / self.variance, stock * self.mean / self.variance)
        return sum(mass for units, mass in enumerate(self.masses) if units <= stock)

    def lost(self, stock: float) -> float:
        """Return how much demand is expected beyond a stock."""
        if self.family == "deterministic":
            return max(self.mean - stock, 0.0)
        if self.family == "normal":
            sd = math.sqrt(self.variance)
            z = (stock - self.mean) / sd
            return sd * (math.exp(-z * z / 2) / math.sqrt(2 * math.pi) - z * NormalDist().cdf(-z))
        if stock <= 0:
            return self.mean - stock
        if self.family == "gamma":
            shape, scale = self.mean**2 / self.variance, self.variance / self.mean
            above = [1 - lower_gamma(order, stock / scale) for order in (shape + 1, shape)]
            return self.mean * above[0] - stock * above[1]
        # E[(D - x)^+] = E[D] - x + E[(x - D)^+]: only what lies below the stock is added up
        left = sum((stock - units) * mass for units, mass in enumerate(self.masses) if units < stock)
        return self.mean - stock + left


def spread_of(mean: float, variance: float, wanted: str) -> Spread:
    """Return demand that follows what is wanted, or what suits its mean and variance."""
    if variance <= 0:
        return Spread(mean, variance, "deterministic")
    if mean <= 0:
        return Spread(mean, variance, "normal")
    if wanted == "auto" and mean <= 50 and variance > 1.1 * mean:
        wanted = "negative_binomial"
    elif wanted == "auto" and mean <= 50 and variance >= 0.9 * mean:
        wanted = "poisson"
    elif wanted == "auto":
        wanted = "normal" if variance <= (0.5 * mean) ** 2 else "gamma"
    if wanted == "negative_binomial" and variance <= mean * (1 + 1e-6):
        wanted = "poisson"
    if wanted in {"poisson", "negative_binomial"} and mean > 1e6:
        wanted = "gamma"
    return Spread(mean, variance, wanted)
