"""Intervals: what a sample of paths says of a mean or of a ratio of means, and of the difference between two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from moselle_nb.engines.position import FloatArray

__all__ = ["Estimate", "Sample", "difference", "estimate", "student_quantile"]


@dataclass(frozen=True, eq=False)
class Sample:
    """What each path gives of a measure: a ratio of two numbers, shape (..., paths).

    Parameters
    ----------
    top, bottom
        Numerator and denominator: units served and units asked for. For a plain mean the denominator is 1.
    """

    top: FloatArray
    bottom: FloatArray

    @property
    def value(self) -> FloatArray:
        """Ratio of the sums over paths, shape (...,); NaN where the denominator is 0."""
        bottom = self.bottom.sum(axis=-1)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(bottom > 0, self.top.sum(axis=-1) / bottom, np.nan)

    def influence(self) -> FloatArray:
        """Return what each path adds to the error of the value, shape (..., paths)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            residual = self.top - self.value[..., None] * self.bottom
            return residual / self.bottom.mean(axis=-1, keepdims=True)


@dataclass(frozen=True, eq=False)
class Estimate:
    """A value and half the width of its confidence interval, shape (...,); NaN of one path."""

    value: FloatArray
    half_width: FloatArray


def estimate(sample: Sample, quantile: float) -> Estimate:
    r"""Estimate a ratio of means, with an interval by the delta method.

    .. math:: r = \sum_p a_p / \sum_p b_p, \quad
              r \pm t \, s / \sqrt{n}, \quad s^2 = \operatorname{var}_p \big( (a_p - r b_p) / \bar b \big)

    For a denominator of 1 this is the interval of a mean [1]_.

    Parameters
    ----------
    sample
        What each path gives.
    quantile
        :math:`t`, from `student_quantile`.

    References
    ----------
    .. [1] Law (2015), *Simulation Modeling and Analysis*, 5th ed., sections 4.5 and 9.5.
    """
    return Estimate(sample.value, _half_width(sample.influence(), quantile))


def difference(one: Sample, other: Sample, quantile: float) -> Estimate:
    """Estimate how much `one` exceeds `other` on the same paths, with a paired interval."""
    return Estimate(one.value - other.value, _half_width(one.influence() - other.influence(), quantile))


def _half_width(influence: FloatArray, quantile: float) -> FloatArray:
    paths = influence.shape[-1]
    if paths < 2:  # noqa: PLR2004 (one path says nothing of the spread)
        return np.full(influence.shape[:-1], np.nan)
    return np.asarray(quantile * influence.std(axis=-1, ddof=1) / np.sqrt(paths))


def student_quantile(confidence: float, paths: int) -> float:
    """Return the quantile of Student's t for a two-sided interval of a mean of so many paths; NaN for one path."""
    from scipy.special import stdtrit

    return float(stdtrit(paths - 1, 0.5 + confidence / 2)) if paths > 1 else float("nan")
