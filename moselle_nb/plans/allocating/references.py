"""What the open orders behind receipts are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.inputs import PlanningData
    from moselle_nb.plans.allocating.inputs import AllocationInputs
    from moselle_nb.plans.resolved import Receipts

__all__ = ["pool_references", "references_of"]


def references_of(
    data: PlanningData, chosen: NDArray[np.intp], receipts: Receipts, planned: NDArray[np.bool_]
) -> NDArray[np.object_] | None:
    """Return the reference of each receipt of some rows: there is one open order for each row and day.

    Parameters
    ----------
    data, chosen
        The tables, and the rows that were chosen.
    receipts, planned
        Receipts by chosen row, and whether each is only planned, which has no reference.

    Returns
    -------
    numpy.ndarray or None
        None where no open order has a reference.
    """
    if not any(data.inbound_reference):
        return None
    row = chosen[np.repeat(np.arange(len(chosen)), np.diff(receipts.starts))]
    due = (data.inbound_date.astype("datetime64[D]") - np.datetime64(data.as_of, "D")).astype(np.int64)
    place = _found((data.inbound_row, due), (row, receipts.due))
    return _named(data.inbound_reference, np.where(planned, -1, place))


def pool_references(inputs: AllocationInputs) -> NDArray[np.object_]:
    """Return the reference of each receipt of the pools; None where there is none."""
    pools, receipts = inputs.pools, inputs.receipts
    if inputs.reference is None:
        return np.full(len(pools.receipts.day), None, dtype=object)
    row = np.repeat(np.arange(inputs.rows), np.diff(receipts.starts))
    wanted = np.repeat(pools.row, np.diff(pools.receipts.starts))
    ordered = ~inputs.planned
    place = _found((row[ordered], receipts.due[ordered]), (wanted, pools.receipts.due))
    return _named(inputs.reference[ordered], np.where(pools.planned, -1, place))


def _found(known: tuple[NDArray[np.integer], ...], wanted: tuple[NDArray[np.integer], ...]) -> NDArray[np.intp]:
    """Return the position of each wanted key; -1 where there is none."""
    keys, asked = (pd.MultiIndex.from_arrays([part.astype(np.int64) for part in parts]) for parts in (known, wanted))
    return keys.get_indexer(asked)


def _named(names: NDArray[np.object_], place: NDArray[np.intp]) -> NDArray[np.object_]:
    return np.array([*names, None], dtype=object)[place]
