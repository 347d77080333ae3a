"""Distributions of demand by mean and variance: quantiles, and what stock is expected to leave short or left over."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

from moselle_nb.engines.counts import NegativeBinomial, Poisson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from moselle_nb.engines.empirical import EmpiricalShape
    from moselle_nb.engines.position import FloatArray

__all__ = ["CHOICES", "DISTRIBUTIONS", "Demand", "kinds_of"]

DISTRIBUTIONS = ("deterministic", "normal", "gamma", "poisson", "negative_binomial", "empirical")
"""What demand can follow; `Demand.kind` holds positions in it."""

CHOICES = ("auto", *DISTRIBUTIONS[1:])
"""What can be asked for; `kinds_of` takes positions in it."""

DETERMINISTIC, NORMAL, GAMMA, POISSON, NEGATIVE_BINOMIAL, EMPIRICAL = range(len(DISTRIBUTIONS))

FEW = 50.0
"""Up to this mean, in units, single units matter, and demand is counted."""

LARGEST_COUNT = 1e6
"""Beyond this mean a count is a gamma variable for all purposes."""

EQUIDISPERSED = (0.9, 1.1)
"""Between these, variance counts as equal to the mean."""

LARGEST_NORMAL_CV = 0.5
"""Beyond this coefficient of variation a normal variable is negative too often."""

ROOT_TWO_PI = 2.5066282746310002


def kinds_of(mean: FloatArray, variance: FloatArray, wanted: NDArray[np.integer] | int = 0) -> NDArray[np.int8]:
    """Choose what demand follows by its mean and variance, where nothing else is asked for.

    Up to a mean of 50 units demand is counted: Poisson where variance is 0.9 to 1.1 times the mean, negative binomial
    where it is more [1]_. Else it is normal up to a coefficient of variation of 0.5, and gamma above [2]_. Without
    variance it is deterministic; with variance around a mean of 0 normal.

    What is asked for and cannot have these moments gives way: a negative binomial whose variance is not above its mean
    becomes Poisson, a count with a mean above a million gamma, gamma around a mean of 0 normal. Poisson keeps the mean
    and ignores the variance.

    Parameters
    ----------
    mean, variance
        Of demand, in units and units squared.
    wanted
        Positions in `CHOICES`: one for all, or of the same shape.

    Returns
    -------
    NDArray[np.int8]
        Positions in `DISTRIBUTIONS`.

    References
    ----------
    .. [1] Adan, van Eenige and Resing (1995), "Fitting discrete distributions on the first two moments", *Probability
       in the Engineering and Informational Sciences* 9(4), 623-632.
    .. [2] Silver, Pyke and Thomas (2017), *Inventory and Production Management in Supply Chains*, 4th ed.,
       section 6.10.

    Examples
    --------
    >>> [DISTRIBUTIONS[kind] for kind in kinds_of(np.array([2.0, 2.0, 200.0]), np.array([2.0, 6.0, 900.0]))]
    ['poisson', 'negative_binomial', 'normal']
    """
    mean, variance = np.broadcast_arrays(np.asarray(mean, np.float64), np.asarray(variance, np.float64))
    low, high = (bound * mean for bound in EQUIDISPERSED)
    smooth = np.where(variance <= np.square(LARGEST_NORMAL_CV * mean), NORMAL, GAMMA)
    counted = np.where(variance > high, NEGATIVE_BINOMIAL, np.where(variance >= low, POISSON, smooth))
    kinds = np.where(mean <= FEW, counted, smooth)
    kinds = np.where(np.asarray(wanted) == 0, kinds, wanted)
    kinds = np.where((kinds == NEGATIVE_BINOMIAL) & (variance <= mean * (1 + 1e-6)), POISSON, kinds)
    kinds = np.where(((kinds == POISSON) | (kinds == NEGATIVE_BINOMIAL)) & (mean > LARGEST_COUNT), GAMMA, kinds)
    kinds = np.where((mean <= 0) & (kinds != EMPIRICAL), NORMAL, kinds)
    return np.where(variance > 0, kinds, DETERMINISTIC).astype(np.int8)


class _Law(Protocol):
    """A distribution of several entries, shape (n,) each."""

    def quantile(self, p: FloatArray) -> FloatArray: ...

    def cdf(self, x: FloatArray) -> FloatArray: ...

    def expected_shortage(self, x: FloatArray) -> FloatArray: ...


@dataclass(frozen=True, eq=False)
class Demand:
    """Uncertain demand of some days, each entry with its own distribution; all arrays have one shape.

    Parameters
    ----------
    mean, variance
        In units and units squared.
    kind
        Positions in `DISTRIBUTIONS`, as `kinds_of` chooses them.
    shape
        Of those that are empirical, as many columns as entries; None where none is.

    Raises
    ------
    ValueError
        When a mean or a variance is negative or not finite, or an entry is empirical without a shape.

    Examples
    --------
    >>> mean, variance = np.array([10.0, 3.0]), np.array([4.0, 3.0])
    >>> demand = Demand(mean, variance, kinds_of(mean, variance))
    >>> demand.quantile(0.95).round(2)
    array([13.29,  6.  ])
    >>> demand.expected_shortage(mean).round(3)
    array([0.798, 0.672])
    """

    mean: FloatArray
    variance: FloatArray
    kind: NDArray[np.int8]
    shape: EmpiricalShape | None = None
    _parts: list[tuple[NDArray[np.intp], _Law]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse what is no distribution, and sort the entries by kind."""
        for name in ("mean", "variance"):
            values = getattr(self, name)
            wrong = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
            if len(wrong):
                got = np.ravel(values)[wrong[0]]
                msg = f"The {name} of demand is finite and >= 0; {len(wrong)} entries are not, the first is {got}."
                raise ValueError(msg)
        if self.shape is None and (self.kind == EMPIRICAL).any():
            msg = "Empirical demand needs a shape: quantiles of the forecast, or another distribution."
            raise ValueError(msg)
        object.__setattr__(self, "_parts", list(self._by_kind()))

    def take(self, entries: NDArray[np.intp]) -> Demand:
        """Return some entries of demand in one dimension."""
        if len(entries) == len(self.mean):
            return self
        shape = None if self.shape is None else self.shape.take(entries)
        return Demand(self.mean[entries], self.variance[entries], self.kind[entries], shape)

    def _by_kind(self) -> Iterator[tuple[NDArray[np.intp], _Law]]:
        mean, variance, kind = np.ravel(self.mean), np.ravel(self.variance), np.ravel(self.kind)
        laws: dict[int, Callable[[FloatArray, FloatArray], _Law]] = {
            NORMAL: _Normal,
            GAMMA: _Gamma,
            POISSON: lambda mean, _: Poisson(mean),
            NEGATIVE_BINOMIAL: NegativeBinomial,
        }
        for number, law in laws.items():
            (entries,) = (kind == number).nonzero()
            if len(entries):
                yield entries, law(mean[entries], variance[entries])
        (entries,) = (kind == EMPIRICAL).nonzero()
        if len(entries) and self.shape is not None:
            of_shape = self.shape.take(entries).laws(mean[entries], np.sqrt(variance[entries]))
            yield from ((entries[part], law) for part, law in of_shape)

    def _each(self, name: str, found: FloatArray, argument: FloatArray | float) -> FloatArray:
        asked = np.ravel(np.broadcast_to(np.asarray(argument, np.float64), self.mean.shape))
        flat = found.ravel()
        for entries, law in self._parts:
            flat[entries] = getattr(law, name)(asked[entries])
        return flat.reshape(self.mean.shape)

    def quantile(self, p: FloatArray | float) -> FloatArray:
        """Return the smallest demand, >= 0, that is not exceeded with probability p in (0, 1), in units."""
        levels = np.asarray(p, np.float64)
        if not ((levels > 0) & (levels < 1)).all():
            msg = f"A probability is above 0 and below 1, received {levels.min():g} to {levels.max():g}."
            raise ValueError(msg)
        return np.maximum(self._each("quantile", self.mean.astype(np.float64), levels), 0.0)

    def cdf(self, x: FloatArray | float) -> FloatArray:
        """Return the probability that demand is at most x units."""
        return self._each("cdf", np.asarray(self.mean <= x, np.float64) + np.zeros_like(self.mean), x)

    def expected_shortage(self, x: FloatArray | float) -> FloatArray:
        """Return :math:`E[(D - x)^+]`, what x units are expected to leave unserved."""
        sure = np.maximum(self.mean - x, 0.0)
        return np.maximum(self._each("expected_shortage", sure.copy(), x), sure)

    def expected_leftover(self, x: FloatArray | float) -> FloatArray:
        """Return :math:`E[(x - D)^+]`, what is expected to be left of x units."""
        return x - self.mean + self.expected_shortage(x)


class _Normal:
    """Normal demand; that it can be negative is left as it is."""

    def __init__(self, mean: FloatArray, variance: FloatArray) -> None:
        self._mean, self._sd = mean, np.sqrt(variance)

    def quantile(self, p: FloatArray) -> FloatArray:
        from scipy.special import ndtri

        return np.asarray(self._mean + ndtri(p) * self._sd)

    def cdf(self, x: FloatArray) -> FloatArray:
        from scipy.special import ndtr

        return np.asarray(ndtr((x - self._mean) / self._sd))

    def expected_shortage(self, x: FloatArray) -> FloatArray:
        from scipy.special import ndtr

        z = np.clip((x - self._mean) / self._sd, -40.0, 40.0)
        return np.asarray(self._sd * (np.exp(z * z * -0.5) / ROOT_TWO_PI - z * ndtr(-z)))


class _Gamma:
    r"""Gamma demand of shape :math:`k = \mu^2 / \sigma^2` and scale :math:`\sigma^2 / \mu`.

    .. math:: E[(D - x)^+] = \mu \, Q(k + 1, x / \theta) - x \, Q(k, x / \theta)

    with the regularised upper incomplete gamma function Q.
    """

    def __init__(self, mean: FloatArray, variance: FloatArray) -> None:
        self._mean, self._shape, self._scale = mean, np.square(mean) / variance, variance / mean

    def quantile(self, p: FloatArray) -> FloatArray:
        from scipy.special import gammaincinv

        return np.asarray(gammaincinv(self._shape, p) * self._scale)

    def cdf(self, x: FloatArray) -> FloatArray:
        from scipy.special import gammainc

        return np.asarray(gammainc(self._shape, np.maximum(x, 0.0) / self._scale))

    def expected_shortage(self, x: FloatArray) -> FloatArray:
        from scipy.special import gammaincc

        y = np.maximum(x, 0.0) / self._scale
        found = self._mean * gammaincc(self._shape + 1, y) - x * gammaincc(self._shape, y)
        return np.asarray(np.maximum(found, 0.0))
