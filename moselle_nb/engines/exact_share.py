"""The most valuable allocation of one item of a block, from the claims that the fast rule took."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.exact import PackSteps, most_valuable
from moselle_nb.engines.exact_solver import Solution
from moselle_nb.engines.sharing_claims import limits_of, start

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.exact_lanes import SourceLanes
    from moselle_nb.engines.pack_value import PackValue
    from moselle_nb.engines.position import FloatArray
    from moselle_nb.engines.sharing_claims import Claims, Shares

__all__ = ["arriving_gains", "exact_share"]


def exact_share(
    available: FloatArray, claims: Claims, shares: Shares, item: int, *, push: bool = False, budget: float = 1.0
) -> Solution:
    """Give one item's packs where they are worth most; for items where `certify_value` does not hold.

    What edits and locks hold stays, and so does what was given up to the presentation minimum. Among answers of equal
    value that of `shares` stands, then the rule for ties.

    Parameters
    ----------
    available, claims, push
        What `share` took, for the whole block.
    shares
        What it gave under ``marginal_value``: never made worse.
    item
        Position in the block.
    budget
        Seconds.

    Returns
    -------
    Solution
        Whole units of shape (locations,), what is held included; the expected value of all of them in currency, and an
        upper bound of it.

    Raises
    ------
    ValueError
        When the claims have no value.
    """
    if claims.value is None:
        msg = "The most valuable allocation needs claims with the value of packs."
        raise ValueError(msg)
    row = np.array([item], dtype=np.intp)
    one, worth = claims.take(row), claims.value.take(row)
    held, left = start(available[row], one)
    most = np.minimum(limits_of(one, push=push).most, left[:, None])[0]
    (cells,) = np.nonzero(one.free[0] & (most >= one.first_pack[0]))
    cells = cells[np.lexsort((cells, -one.demand[0, cells], one.priority[0, cells]))]
    given, least = shares.quantity[item], shares.presentation[item, cells]
    packs = _steps(one, worth, cells, most, least)
    found = most_valuable(float(left[0]), packs, given[cells], least=least, budget=budget)
    quantity = held[0].copy()
    quantity[cells] = found.quantity
    (fixed,) = np.nonzero(held[0])
    sizes = held[0, fixed]
    value = float(worth.of_cells(fixed, one.stock[0, fixed], sizes) @ sizes)
    return Solution(quantity, found.objective + value, found.bound + value, optimal=found.optimal)


def _steps(one: Claims, value: PackValue, cells: NDArray[np.intp], most: FloatArray, least: FloatArray) -> PackSteps:
    """Return the packs of some cells of one item up to where they are worth nothing, those of `least` in any case."""
    first, pack = one.first_pack[0, cells], one.pack[0, cells]
    count = (1 + np.floor((most[cells] - first) / pack)).astype(np.intp)
    values = _values(value, cells, one.stock[0, cells], first, pack, count)
    packs = PackSteps(first, pack, values)
    step = np.arange(values.shape[1])
    worthless = (values <= 0) & (step >= packs.steps(least)[:, None])
    values[np.logical_or.accumulate(worthless, axis=1)] = np.nan
    return packs


def _values(
    value: PackValue, cells: NDArray[np.intp], stock: FloatArray, first: FloatArray, pack: FloatArray,
    count: NDArray[np.intp],
) -> FloatArray:  # fmt: skip
    """Return the value of each step of some cells, shape (cells, steps); NaN beyond their count."""
    row = np.repeat(np.arange(len(cells)), count)
    step = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    size = np.where(step > 0, pack[row], first[row])
    before = stock[row] + np.where(step > 0, first[row] + (step - 1) * pack[row], 0.0)
    values = np.full((len(cells), int(count.max(initial=0))), np.nan)
    values[row, step] = value.of_cells(cells[row], before, size) * size
    return values


def arriving_gains(value: PackValue, stock: FloatArray, most: FloatArray, lanes: SourceLanes) -> FloatArray:
    """Return what further units at each destination are worth, as `most_valuable_sources` takes it.

    Parameters
    ----------
    value
        Of one item, shape (1, destinations); its transfer cost is not read, that of the lanes counts.
    stock
        At the opening of the day of arrival, units held by edits and locks included, shape (destinations,).
    most
        Units that each destination may receive, shape (destinations,), finite.
    lanes
        Sources and lanes.

    Returns
    -------
    FloatArray
        Value of each further `lanes.step` units in currency, shape (destinations, steps); NaN beyond the most. Sold at
        a loss, units are worth less the more of them are sold: all then count like the first one.
    """
    free = replace(value, transfer_cost=np.zeros_like(value.transfer_cost))
    count = np.floor(most / lanes.step).astype(np.intp)
    values = _values(free, np.arange(len(stock)), stock, lanes.step, lanes.step, count)
    rising = np.ravel(value.margin + value.holding)[:, None] < 0
    return np.where(rising, np.minimum.accumulate(values, axis=1), values)
