"""What rows need day by day beyond an order, and what the order keeps from being lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.lost_sales import expected_lost_units

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.daily import DailyPosition
    from moselle_nb.engines.position import FloatArray

__all__ = ["lost_units_avoided", "needs_ahead", "supply_before"]


def supply_before(position: DailyPosition, arrivals: NDArray[np.int64], quantity: FloatArray, order: int) -> FloatArray:
    """Return what was supplied before an order serves demand: stock, other orders, and where sales are lost the loss.

    Parameters
    ----------
    position
        Opening stock, demand and scheduled receipts.
    arrivals
        Arrival of each order, shape (orders,).
    quantity
        Orders, shape (orders, rows), in units.
    order
        The order that is left out, as are those that arrive after it.
    """
    supply, day, until = position.opening, 0, int(arrivals[order])
    for number in np.argsort(arrivals, kind="stable").tolist():
        arrival = int(arrivals[number])
        if arrival > until:
            break
        if number != order:
            supply = _carried(position, supply, day, arrival) + quantity[number]
            day = arrival
    return _carried(position, supply, day, until)


def _carried(position: DailyPosition, supply: FloatArray, day: int, until: int) -> FloatArray:
    if position.backorder or until <= day:
        return supply
    return np.maximum(supply, position.peak(day, until - 1))


def needs_ahead(flow: FloatArray, cumulative: FloatArray, arriving: FloatArray, supply: FloatArray) -> FloatArray:
    r"""Return how many units rows need up to each day from an order's arrival on, if nothing later is ordered.

    .. math:: n_d = \max_{a \le b \le d} (f_b - r_b) - s

    Parameters
    ----------
    flow
        Demand less scheduled receipts up to each day, with or without safety stock, from the arrival to the last day
        of the arithmetic, shape (days, rows).
    cumulative
        Demand from that last day up to each day after it, shape (further days, rows).
    arriving
        Fixed orders that arrive after this one, cumulated by day, shape (days + further days, rows).
    supply
        What was supplied before, shape (rows,).
    """
    level = np.concatenate([flow, flow[-1] + cumulative]) - arriving
    return np.asarray(np.maximum.accumulate(level, axis=0) - supply)


def lost_units_avoided(need: float, sd: float, quantity: FloatArray) -> FloatArray:
    r"""Return the expected lost sales that quantities avoid in the window of an order, in units.

    .. math:: E[(N)^+] - E[(N - x)^+]

    with :math:`N` normal around what the window needs without safety stock; deterministic where `sd` is 0.

    Parameters
    ----------
    need
        Units that the window needs without safety stock; negative where stock lasts.
    sd
        Standard deviation of demand over the protection interval, in units.
    quantity
        Units ordered, any shape.
    """
    mean, spread = np.full_like(quantity, need), np.full_like(quantity, sd)
    without = expected_lost_units(mean, spread, np.zeros_like(quantity))
    return np.asarray(without - expected_lost_units(mean, spread, quantity))
