"""The checker's own arithmetic of empirical demand: quantile functions by segments, skewness period by period.

A window's skewness comes from third moments about 0 here: a period's total, times what share of it falls into the
window, which is a beta variable; third central moments of independent parts add up.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.plans.resolved import ResolvedInputs

    Reals = NDArray[np.float64]
    Units = NDArray[np.int64]

__all__ = ["Shape", "Skewed", "Steps", "shape_over"]

NORMAL_BELOW = 0.02
"""Demand of less skewness counts as normal."""

FLAT = 1e-9
"""Units: a segment that rises by less is a step."""

MOST_CV = 1e6
"""Coefficient of variation that counts where next to nothing is expected."""


@dataclass(frozen=True, eq=False)
class Shape:
    """What is known of the shapes of some rows over some days, one entry per span and row.

    Parameters
    ----------
    known
        Whether a row has a shape.
    whole
        Whether the days are exactly one period of the forecast.
    shares
        Share of each period that the days have, shape (periods, entries).
    levels, scores
        The quantile function, shape (levels,) and (levels, entries).
    """

    known: NDArray[np.bool_]
    whole: NDArray[np.bool_]
    shares: Reals
    levels: Reals
    scores: Reals

    def law(self, name: str, rows: NDArray[np.intp], mean: Reals, sd: Reals) -> Steps | Skewed:
        """Return the demand of some entries, with these means and deviations."""
        if name == "quantiles":
            return Steps(self.levels, mean + sd * self.scores[:, rows])
        return Skewed(mean, sd, self._skewness(rows, mean, sd))

    def _skewness(self, rows: NDArray[np.intp], mean: Reals, sd: Reals) -> Reals:
        """Return the skewness of the demand of some entries."""
        shares, low, high = self.shares[:, rows], self.scores[:-1, rows], self.scores[1:, rows]
        width = np.diff(self.levels)[:, None]
        of_one = (width * (low**3 + low**2 * high + low * high**2 + high**3) / 4).sum(axis=0)
        periods = shares.sum(axis=0)
        whole, rest = (shares == 1).sum(axis=0), np.where((shares > 0) & (shares < 1), shares, 0.0)
        cv = np.full(len(mean), MOST_CV)
        np.divide(sd * np.sqrt(periods), mean, out=cv, where=mean * MOST_CV > sd * np.sqrt(periods))
        third = whole * of_one
        for share in rest[rest.any(axis=1)]:
            third = third + np.where(share > 0, _of_part(share, of_one, cv), 0.0)
        return np.asarray(third / periods**1.5)


def _of_part(share: Reals, skewness: Reals, cv: Reals) -> Reals:
    """Return the third central moment of part of a period, over the cubed deviation of the whole.

    In units of the period's mean T has moments 1, 1 + c^2 and 1 + 3 c^2 + g c^3; the beta share B of it, of orders
    f/c^2 and (1 - f)/c^2, has E[B^3] = f (f + c^2) (f + 2 c^2) / ((1 + c^2) (1 + 2 c^2)); T B has mean f and variance
    f c^2.
    """
    s = cv * cv
    cube = (1 + 3 * s + skewness * cv * s) * share * (share + s) * (share + 2 * s) / ((1 + s) * (1 + 2 * s))
    return np.asarray((cube - 3 * share * share * s - share**3) / (cv * s))


@dataclass(frozen=True, eq=False)
class Steps:
    """Demand that is uniform between quantiles, shape (levels,) and (levels, n)."""

    levels: Reals
    units: Reals

    def quantile(self, share: Reals) -> Reals:
        """Return what is not exceeded with a probability."""
        return np.array([
            np.interp(wanted, self.levels, units) for wanted, units in zip(share, self.units.T, strict=True)
        ])  # fmt: skip

    def reached(self, stock: Reals) -> Reals:
        """Return the probability that demand is at most a stock."""
        low, high = self.units[:-1], self.units[1:]
        sloped = high - low > FLAT
        inside = np.divide(stock - low, high - low, out=(stock >= low).astype(np.float64), where=sloped)
        return np.asarray((np.diff(self.levels)[:, None] * np.clip(inside, 0, 1)).sum(axis=0))

    def lost(self, stock: Reals) -> Reals:
        """Return what demand is expected to exceed a stock by."""
        low, high = self.units[:-1] - stock, self.units[1:] - stock
        crossing = (low < 0) & (high > 0)
        above = np.maximum((low + high) / 2, 0.0) * (low >= 0)
        triangle = np.divide(high * high, 2 * (high - low), out=np.zeros_like(high), where=high - low > 0)
        return np.asarray((np.diff(self.levels)[:, None] * np.where(crossing, triangle, above)).sum(axis=0))


@dataclass(frozen=True, eq=False)
class Skewed:
    """Demand of Pearson's type III by its third moment; what is skewed to the left is mirrored."""

    mean: Reals
    sd: Reals
    skewness: Reals

    def _place(self, stock: Reals) -> tuple[Reals, Reals]:
        """Return standard scores, and where they lie on the scale of the gamma variable."""
        score = (stock - self.mean) / self.sd
        return score, self._order + score / self._half

    @cached_property
    def _straight(self) -> NDArray[np.bool_]:
        return np.abs(self.skewness) < NORMAL_BELOW

    @cached_property
    def _half(self) -> Reals:
        return np.where(self._straight, 1.0, self.skewness / 2)

    @cached_property
    def _order(self) -> Reals:
        return np.asarray(self._half**-2.0)

    def quantile(self, share: Reals) -> Reals:
        """Return what is not exceeded with a probability."""
        from scipy import stats

        gamma = stats.gamma.ppf(np.where(self._half > 0, share, 1 - share), self._order)
        score = np.where(self._straight, stats.norm.ppf(share), self._half * (gamma - self._order))
        return np.asarray(self.mean + self.sd * score)

    def reached(self, stock: Reals) -> Reals:
        """Return the probability that demand is at most a stock."""
        from scipy import stats

        score, at = self._place(stock)
        found = np.where(self._half > 0, stats.gamma.cdf(at, self._order), stats.gamma.sf(at, self._order))
        return np.asarray(np.where(self._straight, stats.norm.cdf(score), found))

    def lost(self, stock: Reals) -> Reals:
        """Return what demand is expected to exceed a stock by."""
        from scipy import stats

        score, at = self._place(stock)
        above = self._order * stats.gamma.sf(at, self._order + 1) - at * stats.gamma.sf(at, self._order)
        mirrored = np.where(at > 0, -score - self._half * above, 0.0)  # exactly none: rounding would never let go
        found = np.where(self._half > 0, self._half * above, mirrored)
        normal = stats.norm.pdf(score) - score * stats.norm.sf(score)
        return np.asarray(self.sd * np.where(self._straight, normal, found))


def shape_over(inputs: ResolvedInputs, rows: NDArray[np.int64], first: Units, stop: Units) -> Shape | None:
    """Return the shapes of rows over days `first` to `stop` - 1, shape (spans, rows); None where no row has one."""
    shapes = inputs.shapes
    if shapes is None or not np.isin(rows, shapes.row).any():
        return None
    known, column = np.isin(rows, shapes.row), np.searchsorted(shapes.row, rows).clip(0, len(shapes.row) - 1)
    spans = first.shape[0]
    entry = np.tile(np.arange(len(rows)), spans)
    shares = _shares(inputs, first.ravel(), stop.ravel())
    whole = (shares == 1).sum(axis=0) == 1
    whole &= (shares > 0).sum(axis=0) == 1
    return Shape(known[entry], whole, shares, shapes.levels, shapes.scores[:, column[entry]])


def _shares(inputs: ResolvedInputs, first: Units, stop: Units) -> Reals:
    """Return the share of each period that falls on days `first` to `stop` - 1, shape (periods, n).

    Before and after the forecast periods go on as long as its first and its last.
    """
    starts, lengths = inputs.demand.starts, inputs.demand.lengths
    end = starts[-1] + lengths[-1]
    earlier = np.arange(starts[0], min(first.min(initial=0), 0) - lengths[0], -lengths[0])[1:][::-1]
    later = np.arange(end, max(stop.max(initial=0), end) + 1, lengths[-1])
    begin = np.concatenate([earlier, starts, later])
    length = np.concatenate([np.full(len(earlier), lengths[0]), lengths, np.full(len(later), lengths[-1])])
    overlap = np.minimum((begin + length)[:, None], stop) - np.maximum(begin[:, None], first)
    return np.asarray(np.maximum(overlap, 0) / length[:, None])
