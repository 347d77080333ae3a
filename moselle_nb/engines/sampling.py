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

from moselle_nb.engines.distributions import DISTRIBUTIONS, kinds_of
from moselle_nb.engines.empirical import periods_before

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.empirical import EmpiricalShape
    from moselle_nb.engines.position import FloatArray

__all__ = ["delays", "demand_paths", "laws_of"]

DETERMINISTIC, NORMAL, GAMMA, POISSON, NEGATIVE_BINOMIAL, EMPIRICAL = range(len(DISTRIBUTIONS))

GRID = 1024.0
"""Demand that is not whole is held in whole multiples of 1/1024."""

LONGEST_TABLE = 1024
"""Counts beyond it are drawn one by one."""

TAIL = 1e-13
"""What a table of counts may leave out: less than the steps of a random number matter."""

GUIDES = 128
"""Places of a table of chances that are found without a search."""

BELOW_ONE = 1.0 - 2.0**-40
"""A random number times it stays below 1 when a whole number is added."""

LEAST_CHANCE = 1e-290
"""Of a count of 0; below it a table of chances would lose digits."""

DEMAND, LEAD_TIME = 0, 1
"""Parts of a row's stream, far apart."""


def laws_of(mean: FloatArray, variance: FloatArray, wanted: NDArray[np.int8]) -> NDArray[np.int8]:
    """Return what demand follows on each day, as positions in `DISTRIBUTIONS`.

    As `kinds_of` chooses, but gamma for a normal variable that was not asked for, so that nothing is negative and the
    mean is kept. What is asked to be empirical is drawn by the shape of its period; see `demand_paths`.

    Parameters
    ----------
    mean, variance
        Of each day, in units and units squared, shape (days, rows).
    wanted
        Positions among the choices of `kinds_of`, shape (rows,).
    """
    laws = kinds_of(mean, variance, np.broadcast_to(wanted, mean.shape))
    laws = np.where((laws == NORMAL) & (wanted != NORMAL), GAMMA, laws)
    return np.where(mean > 0, laws, DETERMINISTIC).astype(np.int8)


def demand_paths(
    mean: FloatArray,
    variance: FloatArray,
    laws: NDArray[np.int8],
    rows: NDArray[np.int64],
    paths: int,
    seed: int,
    shape: EmpiricalShape | None = None,
) -> FloatArray:
    """Draw the demand of each day, row and path; days are independent, and the moments are those given.

    Empirical demand is drawn by period, and shared among its days as gamma demand of its moments would be: the period
    has the shape, its days are uncorrelated and have their moments. See `EmpiricalShape`.

    Parameters
    ----------
    mean, variance
        Shape (days, rows), in units and units squared.
    laws
        As `laws_of` gives them. A normal law is cut off at 0, so that its mean is a little higher, and so is a shape.
    rows
        What names each row's stream, >= 0, shape (rows,).
    paths
        How many paths.
    seed
        Any whole number >= 0.
    shape
        Of one period, one column per row; None where no row is empirical.

    Returns
    -------
    FloatArray
        Shape (days, rows * paths), in units: the paths of the first row, then those of the second.
    """
    days, width = mean.shape
    drawn = np.empty((days, width, paths))
    for column, row in enumerate(rows.tolist()):  # a stream of its own costs a row 10 microseconds
        stream = _stream(seed, row, DEMAND)
        for law in np.unique(laws[:, column]).tolist():
            here = np.flatnonzero(laws[:, column] == law)
            moments = mean[here, column], variance[here, column]
            if law == EMPIRICAL and shape is not None:
                drawn[here, column] = _shaped(stream, shape, column, here, *moments, paths)
            else:
                drawn[here, column] = _draw(stream, law, *moments, paths)
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


def _draw(stream: np.random.Generator, law: int, mean: FloatArray, variance: FloatArray, paths: int) -> FloatArray:
    """Draw some days of one law, shape (days, paths)."""
    shape, means, spreads = (len(mean), paths), mean[:, None], variance[:, None]
    if law == NORMAL:
        return np.maximum(_on_grid(means + np.sqrt(spreads) * stream.standard_normal(shape)), 0.0)
    if law == GAMMA:
        return _on_grid(stream.standard_gamma(np.square(means) / spreads, shape) * (spreads / means))
    if law in (POISSON, NEGATIVE_BINOMIAL):
        return _counts(stream, mean, variance if law == NEGATIVE_BINOMIAL else mean, paths)
    return np.broadcast_to(means, shape)


def _shaped(
    stream: np.random.Generator,
    shape: EmpiricalShape,
    column: int,
    days: NDArray[np.intp],
    mean: FloatArray,
    variance: FloatArray,
    paths: int,
) -> FloatArray:
    """Draw days of one row by the shape of their periods, shape (days, paths)."""
    period = np.floor(periods_before(shape.edges, days.astype(np.int64)))
    first = np.flatnonzero(np.diff(period, prepend=-np.inf))
    of = np.searchsorted(first, np.arange(len(days)), side="right") - 1
    whole, spread = np.add.reduceat(mean, first), np.add.reduceat(variance, first)
    scores = np.interp(stream.random((len(first), paths)), shape.levels, shape.scores[:, column])
    total = np.maximum(whole[:, None] + np.sqrt(spread)[:, None] * scores, 0.0)
    until = stream.standard_gamma((mean * whole[of] / spread[of])[:, None], (len(days), paths))
    for begin, end in zip(first, np.append(first[1:], len(days)), strict=True):
        part = until[begin:end]
        np.cumsum(part, axis=0, out=part)
        (none,) = (part[-1] <= 0).nonzero()
        if len(none):
            chance = np.cumsum(mean[begin:end]) / whole[of[begin]]
            part[:, none] = chance[:, None] >= stream.random(len(none)) * chance[-1]
        part /= part[-1]
    sold = _on_grid(total[of] * until)
    sold[1:] -= np.where((of[1:] == of[:-1])[:, None], sold[:-1], 0.0)
    return sold


def _on_grid(units: FloatArray) -> FloatArray:
    return np.asarray(np.rint(units * GRID) / GRID)


def _counts(stream: np.random.Generator, mean: FloatArray, variance: FloatArray, paths: int) -> FloatArray:
    """Draw whole units: Poisson where variance is the mean, else negative binomial.

    One random number is looked up in a table of chances; days alike share one.
    """
    moments, day_of = np.unique(np.stack([mean, variance]), axis=1, return_inverse=True)
    table = _chances(*moments)
    if table is None:
        shape, over = (len(mean), paths), np.maximum(variance - mean, 0.0)[:, None]
        if not over.any():
            return stream.poisson(mean[:, None], shape).astype(np.float64)
        over = np.maximum(over, 1e-9 * mean[:, None])
        share = mean[:, None] / (mean[:, None] + over)
        return stream.negative_binomial(np.square(mean[:, None]) / over, share, shape).astype(np.float64)
    laws, length = table.shape
    first = day_of.reshape(-1)[:, None].astype(np.float64)
    return _looked_up(table.ravel(), laws, stream.random((len(mean), paths)) * BELOW_ONE + first) - first * length


def _looked_up(chances: FloatArray, laws: int, asked: FloatArray) -> FloatArray:
    """Return how many chances are not above each number: from the place of the next lower 1/128 on, one by one."""
    guide = np.searchsorted(chances, np.arange(laws * GUIDES) / GUIDES, side="right")
    numbers = asked.ravel()
    place = guide[(numbers * GUIDES).astype(np.int64)]
    (further,) = (chances[place] <= numbers).nonzero()
    while len(further):
        place[further] += 1
        further = further[chances[place[further]] <= numbers[further]]
    return place.reshape(asked.shape).astype(np.float64)


def _chances(mean: FloatArray, variance: FloatArray) -> FloatArray | None:
    """Return the chance of at most 0, 1, 2, ... units, plus the number of the law, shape (laws, counts).

    None where that would take too many counts. The chance of k + 1 units follows from that of k: times lambda / (k + 1)
    for Poisson, times (n + k) / (k + 1) (1 - p) for the negative binomial.
    """
    over = variance > mean
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.where(over, np.square(mean) / (variance - mean), 0.0)
        none = np.where(over, np.exp(size * np.log(mean / variance)), np.exp(-mean))
    factor = np.where(over, 1.0 - mean / variance, mean)
    if none.min(initial=1.0) < LEAST_CHANCE:
        return None
    length = 64
    while length <= LONGEST_TABLE:
        k = np.arange(length - 1.0)
        steps = np.where(over[:, None], size[:, None] + k, 1.0) * factor[:, None] / (k + 1.0)
        chance = np.cumsum(np.cumprod(np.concatenate([none[:, None], steps], axis=1), axis=1), axis=1)
        if chance[:, -1].min(initial=1.0) > 1.0 - TAIL * length:
            used = int((chance < 1.0 - TAIL / GUIDES).sum(axis=1).max(initial=0)) + 1
            chance = np.minimum(chance[:, :used], 1.0)
            chance[:, -1] = 1.0
            return chance + np.arange(len(mean))[:, None]
        length *= 4
    return None
