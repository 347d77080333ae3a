"""Judging a row: its status and why, from stock and scheduled receipts without any planned order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.position import NO_DAY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.position import FloatArray, Position

__all__ = ["NO_DAY", "REASONS", "STATUSES", "Judgement", "judge"]

STATUSES = ("no_demand", "out", "unavoidable", "at_risk", "low", "excess", "healthy")
"""In the order in which they are tried; the first four and `low` need a decision."""

REASONS = ("", "overdue_inbound", "lead_time_gap", "demand_spike", "safety_stock", "no_order")
"""In the order in which they are tried; blank for a row that needs no decision."""

HEALTHY = STATUSES.index("healthy")
NEEDS_DECISION = np.array([name in {"out", "unavoidable", "at_risk", "low"} for name in STATUSES])


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
        First judged day that ends below safety stock; `NO_DAY` if none. Only meant where nothing runs out before.
    unserved
        Unserved demand of the judged days, in units.
    """

    status: NDArray[np.int8]
    reason: NDArray[np.int8]
    first_stockout: NDArray[np.int64]
    first_breach: NDArray[np.int64]
    unserved: FloatArray


def judge(position: Position, last_day: int, arrivals: tuple[int, int], excess: FloatArray) -> Judgement:
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
    """
    stockout, breach = position.first_stockout(last_day), position.first_breach(min(last_day, arrivals[1] - 1))
    tests = (
        position.cumulative.at(last_day + 1) <= 0,
        position.has_nothing_to_sell(),
        stockout < arrivals[0],
        stockout < arrivals[1],
        breach < arrivals[1],
        excess > 0,
    )
    status = np.full(len(excess), HEALTHY, dtype=np.int8)
    for code in reversed(range(len(tests))):
        status[tests[code]] = code
    reason = _reasons(position, last_day, status, stockout, arrivals[0])
    return Judgement(status, reason, stockout, breach, position.unserved(0, last_day, position.opening))


def _reasons(
    position: Position, last_day: int, status: NDArray[np.int8], stockout: NDArray[np.int64], first_arrival: int
) -> NDArray[np.int8]:
    asked = NEEDS_DECISION[status]
    reason = np.zeros(len(status), dtype=np.int8)
    late = asked & (position.first_stockout(last_day, with_overdue=False) < stockout)
    reason[late] = REASONS.index("overdue_inbound")
    gap = asked & ~late & (stockout < first_arrival)
    reason[gap] = REASONS.index("lead_time_gap")
    runs_out = stockout < NO_DAY
    reason[asked & ~late & ~runs_out] = REASONS.index("safety_stock")
    (rows,) = (asked & ~late & ~gap & runs_out).nonzero()
    if len(rows):
        spike = position.serves_mean(last_day + 1, stockout[rows], rows)
        reason[rows] = np.where(spike, REASONS.index("demand_spike"), REASONS.index("no_order"))
    return reason
