"""Sampling: paths of demand and of lead times, the same for a row whatever else is simulated with it.

Every row has a random stream of its own, a Philox generator [1]_ with the seed and the row as its key: what a row draws
depends on nothing but these, its own law and the number of paths; not on blocks, on other rows or on a policy.

References
----------
.. [1] Salmon, Moraes, Dror and Shaw (2011), *Parallel random numbers: as easy as 1, 2, 3*, SC '11,
   doi:10.1145/2063384.2063405.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from moselle_nb.engines.position import FloatArray

__all__ = ["LAWS", "delays", "demand_paths", "law_of"]

LAWS = ("deterministic", "normal", "gamma", "poisson", "negative_binomial")

DETERMINISTIC, NORMAL, GAMMA, POISSON, NEGATIVE_BINOMIAL = range(len(LAWS))

GRID = 1024.0
"""Demand that is not whole is held in whole multiples of 1/1024."""

NEARLY = 0.01
"""A variance that differs from the mean by less than this share of it is a Poisson law's."""

DEMAND, LEAD_TIME = 0, 1
"""Parts of a row's stream, far apart."""


def law_of(mean: FloatArray, variance: FloatArray, wanted: str = "auto") -> NDArray[np.int8]:
    """Return the law of demand for each mean and variance, as a position in `LAWS`.

    Parameters
    ----------
    mean, variance
        Of one day, in units and units squared, of one shape.
    wanted
        ``auto`` takes the negative binomial where the variance exceeds the mean, Poisson where it equals it, and gamma
        below: laws of demand that is never negative, whose sums over days are of the same law. One of `LAWS` holds
        wherever there is a variance; a negative binomial needs more variance than mean, else it is Poisson.

    Raises
    ------
    ValueError
        When the law is none of these.
    """
    if wanted not in ("auto", *LAWS):
        msg = f"the law of demand is auto or one of {', '.join(LAWS)}, received {wanted!r}"
        raise ValueError(msg)
    spread = variance - mean
    if wanted in ("auto", "negative_binomial"):
        below = GAMMA if wanted == "auto" else POISSON
        law = np.where(np.abs(spread) <= NEARLY * mean, POISSON, np.where(spread > 0, NEGATIVE_BINOMIAL, below))
    else:
        law = np.full(mean.shape, LAWS.index(wanted))
    return np.where((variance > 0) & (mean > 0), law, DETERMINISTIC).astype(np.int8)


def demand_paths(
    mean: FloatArray, variance: FloatArray, law: NDArray[np.int8], rows: NDArray[np.int64], paths: int, seed: int
) -> FloatArray:
    """Draw the demand of each day, row and path; days are independent, and the moments are those given.

    Parameters
    ----------
    mean, variance
        Shape (days, rows), in units and units squared.
    law
        Positions in `LAWS`, same shape. A normal law is cut off at 0, so that its mean is a little higher.
    rows
        What names each row's stream, >= 0, shape (rows,).
    paths
        How many paths.
    seed
        Any whole number >= 0.

    Returns
    -------
    FloatArray
        Shape (days, rows * paths), in units: the paths of the first row, then those of the second.
    """
    days, width = mean.shape
    drawn = np.empty((days, width, paths))
    for column, row in enumerate(rows.tolist()):  # a stream of its own costs a row 10 microseconds
        stream = _stream(seed, row, DEMAND)
        for which in np.unique(law[:, column]).tolist():
            here = np.flatnonzero(law[:, column] == which)
            moments = mean[here, column, None], variance[here, column, None]
            drawn[here, column] = _DRAW[which](stream, *moments, (len(here), paths))
    return drawn.reshape(days, width * paths)


def delays(
    lead_time: FloatArray, sd: FloatArray, rows: NDArray[np.int64], paths: int, seed: int
) -> NDArray[np.int32] | None:
    """Draw by how many days an order of each day is late, negative when it is early; None where nothing varies.

    The lead time is gamma distributed, so that it is never negative, and rounded to days.

    Parameters
    ----------
    lead_time
        Expected, in days, shape (days, rows), by day of the order.
    sd
        Its standard deviation in days, shape (rows,).
    rows, paths, seed
        As for `demand_paths`.

    Returns
    -------
    NDArray[np.int32] | None
        Shape (days, rows * paths).
    """
    varies = np.flatnonzero((sd > 0) & (lead_time > 0).any(axis=0))
    if not len(varies):
        return None
    late = np.zeros((len(lead_time), len(rows), paths), dtype=np.int32)
    for column in varies.tolist():
        mean = np.maximum(lead_time[:, column, None], 1e-9)
        scale = sd[column] ** 2 / mean
        taken = _stream(seed, int(rows[column]), LEAD_TIME).standard_gamma(mean / scale, (len(mean), paths)) * scale
        late[:, column] = np.where(lead_time[:, column, None] > 0, np.rint(taken) - lead_time[:, column, None], 0.0)
    return late.reshape(len(lead_time), len(rows) * paths)


def _stream(seed: int, row: int, part: int) -> np.random.Generator:
    key = np.array([seed, row], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key, counter=np.array([0, 0, 0, part], dtype=np.uint64)))


def _fixed(_: np.random.Generator, mean: FloatArray, __: FloatArray, shape: tuple[int, int]) -> FloatArray:
    return np.broadcast_to(mean, shape)


def _normal(stream: np.random.Generator, mean: FloatArray, variance: FloatArray, shape: tuple[int, int]) -> FloatArray:
    drawn = mean + np.sqrt(variance) * stream.standard_normal(shape)
    return np.maximum(np.rint(drawn * GRID) / GRID, 0.0)


def _gamma(stream: np.random.Generator, mean: FloatArray, variance: FloatArray, shape: tuple[int, int]) -> FloatArray:
    drawn = stream.standard_gamma(np.square(mean) / variance, shape) * (variance / mean)
    return np.asarray(np.rint(drawn * GRID) / GRID)


def _poisson(stream: np.random.Generator, mean: FloatArray, _: FloatArray, shape: tuple[int, int]) -> FloatArray:
    return stream.poisson(mean, shape).astype(np.float64)


def _negative_binomial(
    stream: np.random.Generator, mean: FloatArray, variance: FloatArray, shape: tuple[int, int]
) -> FloatArray:
    spread = np.maximum(variance - mean, 1e-9 * mean)
    return stream.negative_binomial(np.square(mean) / spread, mean / (mean + spread), shape).astype(np.float64)


_DRAW: dict[int, Callable[[np.random.Generator, FloatArray, FloatArray, tuple[int, int]], FloatArray]] = {
    DETERMINISTIC: _fixed, NORMAL: _normal, GAMMA: _gamma, POISSON: _poisson, NEGATIVE_BINOMIAL: _negative_binomial,
}  # fmt: skip
