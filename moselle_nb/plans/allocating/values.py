"""What packs are worth at the takers of a block, and how uncertain their demand is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.pack_value import PackValue
from moselle_nb.inputs.cumulative import DemandVariance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.plans.allocating.block import AllocationBlock, DateArrays

__all__ = ["pack_values", "window_variance"]

DAY_BITS = 24
"""Enough for any day; two of them make one number."""


def pack_values(
    block: AllocationBlock, arrays: DateArrays, transfer_cost: NDArray[np.float64], takers: NDArray[np.intp]
) -> PackValue:
    """Return what the packs of some takers are worth, shape (takers,).

    Parameters
    ----------
    block, arrays
        Who asks, and what they have.
    transfer_cost
        Per unit, of each of the takers.
    takers
        Positions in the block; one may come twice, with different costs.
    """
    inputs, row = block.inputs, block.row[takers]
    variance = block.variance(takers, arrays.arrival[takers], arrays.stop[takers])
    shortage = inputs.rules.shortage_cost.values[0][row]
    margin = np.where(np.isnan(shortage), inputs.unit_price[row] - inputs.unit_cost[row], shortage)
    days = (arrays.stop - arrays.arrival)[takers]
    return PackValue(
        arrays.demand[takers], np.sqrt(variance), np.nan_to_num(margin), block.rule("holding_cost")[takers] * days,
        transfer_cost, arrays.inflow[takers],
    )  # fmt: skip


def window_variance(
    block: AllocationBlock, takers: NDArray[np.intp], begin: NDArray[np.int64], stop: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the forecast variance of some takers from a first day to the one before `stop`, in units squared.

    Takers with the same window are summed together.
    """
    known = block.inputs.variance
    assert known is not None  # noqa: S101 (resolved for rows that need it)
    found = np.zeros(len(takers))
    windows, place = np.unique(begin << DAY_BITS | stop, return_inverse=True)
    for number, window in enumerate(windows.tolist()):
        here = np.flatnonzero(place == number)
        chosen = takers[here]
        variance = known.take(block.row[chosen], axis=1)
        forecast = DemandVariance(block.demand.take(chosen), variance, block.config.beyond_forecast)
        found[here] = forecast.between(window >> DAY_BITS, window & (1 << DAY_BITS) - 1)
    return found
