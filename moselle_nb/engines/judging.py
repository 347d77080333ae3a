"""Judging a row: its status and why, from stock and scheduled receipts without any planned order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.netting import FloatArray, Position

__all__ = ["NO_DAY", "REASONS", "STATUSES", "Judgement", "judge"]

NO_DAY = 1 << 24
"""Stands for a day that never comes."""

STATUSES = ("no_demand", "out", "unavoidable", "at_risk", "low", "excess", "healthy")
"""In the order in which they are tried; the first four and `low` need a decision."""

REASONS = ("", "overdue_inbound", "lead_time_gap", "demand_spike", "safety_stock", "no_order")
"""In the order in which they are tried; blank for a row that needs no decision."""

NO_DEMAND, OUT, UNAVOIDABLE, AT_RISK, LOW, EXCESS, HEALTHY = range(7)


@dataclass(frozen=True, eq=False)
class Judgement:
    """What a planner must know of each row, shape (rows,) each.

    Parameters
    ----------
    status, reason
        Positions in `STATUSES` and `REASONS`.
    first_stockout
        First judged day with unserved demand; `NO_DAY` if none.
    first_breach
        First judged day that ends below safety stock; `NO_DAY` if none.
    unserved
        Unserved demand of the judged days, in units.
    """

    status: NDArray[np.int8]
    reason: NDArray[np.int8]
    first_stockout: NDArray[np.int64]
    first_breach: NDArray[np.int64]
    unserved: FloatArray


def _first(flags: NDArray[np.bool_]) -> NDArray[np.int64]:
    return np.where(flags.any(axis=0), flags.argmax(axis=0), NO_DAY)


def first_stockouts(position: Position, flow: FloatArray) -> NDArray[np.int64]:
    """Return the first day with unserved demand per row, `NO_DAY` if none, for net demand `flow`."""
    short = flow > position.opening
    if position.backorder:
        short &= position.demand[: len(flow)] > 0
    return _first(short)


def judge(
    position: Position,
    last_day: int,
    arrivals: tuple[int, int],
    excess: FloatArray,
    overdue: FloatArray | None = None,
) -> Judgement:
    """Judge rows on days 0 to `last_day`; the first status that matches stands.

    Parameters
    ----------
    position
        Opening stock, demand, scheduled receipts and safety stock.
    last_day
        Last judged day.
    arrivals
        First two possible arrivals; `NO_DAY` where there is none.
    excess
        Excess units per row.
    overdue
        Receipts that were due before day 0, cumulated per day, shape (days, rows); None if there are none.
    """
    days = last_day + 1
    flow, demand = position.flow[:days], position.demand[:days]
    stockout = first_stockouts(position, flow)
    safety = position.safety_stock[:days]
    breach = _first((position.level[:days] > position.opening) & (safety > 0))
    tests = (
        ~(demand > 0).any(axis=0),
        _is_out(position, days),
        stockout < arrivals[0],
        stockout < arrivals[1],
        breach < arrivals[1],
        excess > 0,
    )
    status = np.select(tests, range(len(tests)), HEALTHY).astype(np.int8)
    reason = _reasons(position, days, status, stockout, arrivals[0], overdue)
    return Judgement(status, reason, stockout, breach, _unserved(position, days))


def _is_out(position: Position, days: int) -> NDArray[np.bool_]:
    """Nothing to sell on the first day with demand, and nothing on hand or received on day 0."""
    flow, demand = position.flow[:days], position.demand[:days]
    first = (demand > 0).argmax(axis=0)
    columns = np.arange(flow.shape[1])
    empty = (position.opening <= 0) & (demand[0] - flow[0] <= 0)
    left = position.opening + demand[first, columns] - flow[first, columns]
    return empty & (left <= 0)


def _unserved(position: Position, days: int) -> FloatArray:
    flow = position.flow[:days]
    if position.backorder:
        return np.minimum(position.demand[:days], np.maximum(flow - position.opening, 0.0)).sum(axis=0)
    return np.maximum(flow.max(axis=0) - position.opening, 0.0)


def _reasons(
    position: Position,
    days: int,
    status: NDArray[np.int8],
    stockout: NDArray[np.int64],
    first_arrival: int,
    overdue: FloatArray | None,
) -> NDArray[np.int8]:
    asked = np.isin(status, (OUT, UNAVOIDABLE, AT_RISK, LOW))
    late = np.zeros(len(status), dtype=bool)
    if overdue is not None:
        late = asked & (first_stockouts(position, position.flow[:days] + overdue[:days]) < stockout)
    gap = asked & ~late & (stockout < first_arrival)
    open_rows = np.flatnonzero(asked & ~late & ~gap & (stockout < NO_DAY))
    spike = np.zeros(len(status), dtype=bool)
    spike[open_rows] = _serves_mean_demand(position, days, stockout, open_rows)
    rest = np.where(stockout < NO_DAY, REASONS.index("no_order"), REASONS.index("safety_stock"))
    return np.select((~asked, late, gap, spike), range(4), rest).astype(np.int8)


def _serves_mean_demand(
    position: Position, days: int, stockout: NDArray[np.int64], rows: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """Tell whether demand at the mean of the judged days would be served up to the day of the stockout.

    Both sides are multiplied by the number of days, so that the mean needs no rounding.
    """
    if not len(rows):
        return np.zeros(0, dtype=bool)
    demand = position.demand[:days, rows]
    total = demand.sum(axis=0)
    supply = position.opening[rows] + np.cumsum(demand, axis=0) - position.flow[:days, rows]
    day = np.arange(days)[:, None]
    short = (total * (day + 1) > days * supply) & (day <= stockout[rows])
    return ~short.any(axis=0)
