"""The checker's own arithmetic of uncertain demand: which days it answers for, quantiles and expected losses.

Quantities are in units here, mean and variance of the demand of some days; distributions are those of scipy.stats.
Two ways to a quantile may differ in the last bits, so that a value at a tie falls on either side of a rounding:
`STEP` is what may lie between them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from moselle_nb.plans.checker.calendar import NO_DAY

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from moselle_nb.plans.checker.calendar import Calendar
    from moselle_nb.plans.checker.shapes import Shape, Skewed, Steps
    from moselle_nb.plans.config import ReplenishmentConfig
    from moselle_nb.plans.resolved import ResolvedInputs

    Reals = NDArray[np.float64]

__all__ = ["STEP", "Spread", "answered", "by_leftover", "critical_ratio", "is_uncertain", "least_stock", "spread_of"]

STEP = 1
"""Grid steps that two ways to one quantile may lie apart."""

SHARES_FROM = 3
"""From this method on demand is uncertain."""

FAMILIES = ("auto", "normal", "gamma", "poisson", "negative_binomial", "empirical")
CLOSE = 1e-9
"""Units, or probabilities: differences below it come from the last bits."""
MOST_COUNTED = 50
"""Up to this mean, in units, demand is counted where nothing else is asked for."""
MOST_POSSIBLE = 1e6
"""Counts beyond this mean are taken as gamma."""


def is_uncertain(inputs: ResolvedInputs, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which rows have a method that needs the distribution of demand, on some day."""
    return np.asarray((inputs.rules.safety_method[:, rows] >= SHARES_FROM).any(axis=0))


def by_leftover(inputs: ResolvedInputs, config: ReplenishmentConfig, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which rows are sized on the days that an order serves, less what is expected to be left before."""
    return ~inputs.backorder[rows] & (config.lost_sales_sizing == "expected_leftover")


def answered(calendar: Calendar, day: int, *, from_arrival: bool) -> tuple[int, int, int] | None:
    """Return first day, arrival and last day of what safety stock of a day answers for; None without two arrivals."""
    carrying = [
        (first if from_arrival else placed, first, last)
        for placed, (first, last) in zip(calendar.days, calendar.windows, strict=True)
        if last >= first
    ]
    serving = [each for each in carrying if each[1] <= day <= each[2]]
    if serving:
        return serving[-1]
    if from_arrival and carrying:
        return carrying[0]
    placed, arrival = (*calendar.days, *calendar.next_days)[0], (*calendar.arrivals, *calendar.next_arrivals)[0]
    after = min((*calendar.arrivals, *calendar.next_arrivals)[1:])
    begin = arrival if from_arrival else placed
    return None if after == NO_DAY else (begin, max(min(arrival, after - 1), begin), after - 1)


def critical_ratio(inputs: ResolvedInputs, rows: NDArray[np.int64], days: NDArray[np.int64], asked: Reals) -> Reals:
    """Return shortage cost ÷ (shortage cost + holding cost until the next order); a margin is a shortage cost.

    The next order comes after so many days, in which `asked` units are asked for; after more days where the least that
    MOQ and multiple allow lasts longer; of rows that lanes feed, transfer minimum and pack.
    """
    moq, multiple = (np.nan_to_num(getattr(inputs.rules, name).values[0]) for name in ("moq", "order_multiple"))
    if inputs.network is not None:
        moq[inputs.network.row], multiple[inputs.network.row] = inputs.network.transfer_minimum, inputs.network.pack[0]
    moq, multiple = moq[rows], multiple[rows]
    multiple = np.where(multiple > 1, multiple, 1)
    lot = multiple * np.maximum(-(-moq // multiple), 1)
    lasts = np.divide(lot, asked, out=np.full(asked.shape, np.inf), where=asked > 0)
    days = days * np.maximum(lasts, 1)
    given, holding = (getattr(inputs.rules, name).values[0, rows] for name in ("shortage_cost", "holding_cost"))
    short = np.where(np.isnan(given), inputs.unit_price[rows] - inputs.unit_cost[rows], given)
    return np.minimum(np.maximum(1 / (1 + holding * days / short), 1e-6), 1 - 1e-6)


@dataclass(frozen=True, eq=False)
class Spread:
    """Uncertain demand of some days by row.

    Parameters
    ----------
    mean, variance
        Units and units squared.
    family
        Name of the distribution of each row; ``quantiles`` and ``skewed`` are empirical.
    shape
        Quantile functions of the rows of ``quantiles`` and skewness of those of ``skewed``, one per row.
    """

    mean: Reals
    variance: Reals
    family: NDArray[np.object_]
    shape: Shape | None = None

    def _of(self, name: str) -> tuple[NDArray[np.intp], Any, Reals, Reals]:
        """Return the rows of a family, their distribution, means and variances."""
        from scipy import stats

        rows = np.flatnonzero(self.family == name)
        mean, variance = self.mean[rows], self.variance[rows]
        made: dict[str, Callable[[], Any]] = {
            "normal": lambda: stats.norm(mean, np.sqrt(variance)),
            "gamma": lambda: stats.gamma(mean**2 / variance, scale=variance / mean),
            "poisson": lambda: stats.poisson(mean),
            "negative_binomial": lambda: stats.nbinom(mean**2 / (variance - mean), mean / variance),
        }
        return rows, made[name]() if len(rows) else None, mean, variance

    def quantile(self, share: Reals) -> Reals:
        """Return the smallest demand that is not exceeded with a probability."""
        found = self.mean.copy()
        for name in ("normal", "gamma", "poisson", "negative_binomial"):
            rows, distribution, _, _ = self._of(name)
            if len(rows):
                found[rows] = distribution.ppf(share[rows])
        for rows, law in self._shaped:
            found[rows] = law.quantile(share[rows])
        return np.maximum(found, 0.0)

    def reached(self, stock: Reals) -> Reals:
        """Return the probability that demand is at most a stock."""
        found = np.where(self.mean <= stock, 1.0, 0.0)
        for name in ("normal", "gamma", "poisson", "negative_binomial"):
            rows, distribution, _, _ = self._of(name)
            if len(rows):
                found[rows] = distribution.cdf(stock[rows])
        for rows, law in self._shaped:
            found[rows] = law.reached(stock[rows])
        return found

    @cached_property
    def _shaped(self) -> list[tuple[NDArray[np.intp], Steps | Skewed]]:
        """The rows whose demand is empirical, by kind."""
        found: list[tuple[NDArray[np.intp], Steps | Skewed]] = []
        for name in ("quantiles", "skewed"):
            rows = np.flatnonzero(self.family == name)
            if len(rows) and self.shape is not None:
                found.append((rows, self.shape.law(name, rows, self.mean[rows], np.sqrt(self.variance[rows]))))
        return found

    def lost(self, stock: Reals) -> Reals:
        """Return what demand is expected to exceed a stock by: its partial expectation less the stock's part."""
        from scipy import stats

        found = np.maximum(self.mean - stock, 0.0)
        rows, d, mean, variance = self._of("normal")
        if len(rows):
            found[rows] = variance * d.pdf(stock[rows]) + (mean - stock[rows]) * d.sf(stock[rows])
        rows, d, mean, variance = self._of("gamma")
        if len(rows):
            x = np.maximum(stock[rows], 0.0)
            more: Any = stats.gamma(mean**2 / variance + 1, scale=variance / mean)
            found[rows] = mean * more.sf(x) - x * d.sf(x) + x - stock[rows]
        for name in ("poisson", "negative_binomial"):
            rows, d, mean, variance = self._of(name)
            if not len(rows):
                continue
            x, whole = np.maximum(stock[rows], 0.0), np.floor(np.maximum(stock[rows], 0.0))
            more = d if name == "poisson" else stats.nbinom(mean**2 / (variance - mean) + 1, mean / variance)
            found[rows] = mean * more.sf(whole - 1) - x * d.sf(whole) + x - stock[rows]
        for rows, law in self._shaped:
            found[rows] = law.lost(stock[rows])
        return found


def least_stock(gap: Callable[[Reals], Reals], count: int) -> tuple[Reals, NDArray[np.bool_]]:
    """Return the least stock, in whole 1/1024 units, at which a gap that never falls is not negative, by halving.

    Also whether that is a close thing, so that another arithmetic may take the step before or after.
    """
    low, high = np.full(count, -1, dtype=np.int64), np.full(count, 1024, dtype=np.int64)
    while not (enough := gap(high / 1024) >= 0).all():
        low, high = np.where(enough, low, high), np.where(enough, high, 2 * high)
    while (high - low > 1).any():
        middle = (low + high) // 2
        enough = gap(middle / 1024) >= 0
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return high / 1024, (gap(high / 1024) < CLOSE) | (gap((high - 1) / 1024) > -CLOSE)


def spread_of(mean: Reals, variance: Reals, wanted: Reals, shape: Shape | None = None) -> Spread:
    """Return demand of a mean and a variance that follows what is wanted, or what suits both.

    Where it is empirical it has a shape, if the row has one; else what suits both.
    """
    shaped = np.zeros(len(mean), dtype=bool) if shape is None else shape.known
    wanted = np.where((wanted == FAMILIES.index("empirical")) & ~shaped, 0, wanted)
    by_size = np.where(2 * np.sqrt(variance) > mean, "gamma", "normal")
    counted = np.select([variance > 1.1 * mean, variance >= 0.9 * mean], ["negative_binomial", "poisson"], by_size)
    suited = np.where(mean <= MOST_COUNTED, counted, by_size)
    family = np.where(wanted > 0, np.array(FAMILIES)[wanted.astype(np.int64)], suited).astype(object)
    family[(family == "negative_binomial") & (variance <= mean * (1 + 1e-6))] = "poisson"
    family[np.isin(family, ("poisson", "negative_binomial")) & (mean > MOST_POSSIBLE)] = "gamma"
    family[(mean <= 0) & (family != "empirical")] = "normal"
    if shape is not None:
        family = np.where(family == "empirical", np.where(shape.whole, "quantiles", "skewed"), family).astype(object)
    family[variance <= 0] = "deterministic"
    return Spread(mean, variance, family, shape)
