"""Stock at the opening of a day, and receipts between two days: each row with its own days, in closed form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.compact import ReceiptEvents
    from moselle_nb.engines.position import Cumulative, FloatArray

__all__ = ["received_between", "stock_at_opening"]


def received_between(events: ReceiptEvents, first: NDArray[np.int64], last: NDArray[np.int64]) -> FloatArray:
    """Return what each row receives from its first to its last day, both included, in units.

    Parameters
    ----------
    events
        Receipts of the rows.
    first, last
        Days, shape (rows,).
    """
    inside = (events.day >= first[events.column]) & (events.day <= last[events.column])
    total = np.bincount(events.column[inside], weights=events.quantity[inside], minlength=len(first))
    return total.astype(np.float64)


def stock_at_opening(
    opening: FloatArray, cumulative: Cumulative, events: ReceiptEvents, day: NDArray[np.int64]
) -> FloatArray:
    """Return the stock of each row at the opening of a day of its own, before that day's receipts, in units.

    Unmet demand is lost: with flow the demand less receipts of the days so far, the stock that is left is the higher
    of opening stock and the highest flow so far, less the flow now. Flow only rises between receipts.

    Parameters
    ----------
    opening
        Stock at the opening of day 0, >= 0, shape (rows,).
    cumulative
        Demand of the rows.
    events
        Receipts of the rows.
    day
        Days >= 0, shape (rows,).
    """
    earlier = np.flatnonzero(events.day < day[events.column])
    column = events.column[earlier]
    received = np.bincount(column, weights=events.quantity[earlier], minlength=len(opening))
    flow = cumulative.at_rows(day) - received
    highest = np.maximum(opening, flow)
    if len(earlier):
        np.maximum.at(highest, column, cumulative.at_rows(events.day[earlier], column) - events.before[earlier])
    stock: FloatArray = highest - flow
    return stock
