"""What packs are worth at the takers of a block."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.pack_value import PackValue

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.plans.allocation_block import AllocationBlock, DateArrays

__all__ = ["pack_values"]


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
