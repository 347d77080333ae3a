"""What rows need day by day beyond an order, and what the order keeps from being lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from moselle_nb.engines.distributions import Demand
    from moselle_nb.engines.position import FloatArray

__all__ = ["lost_units_avoided", "needs_ahead"]


def needs_ahead(flow: FloatArray, cumulative: FloatArray, supply: FloatArray) -> FloatArray:
    r"""Return how many units rows need up to each day from an order's arrival on, if nothing later is ordered.

    .. math:: n_d = \max_{a \le b \le d} f_b - s

    Parameters
    ----------
    flow
        Demand less receipts up to each day, with or without safety stock, from the arrival to the last day of the
        arithmetic, shape (days, rows); receipts are scheduled ones and orders that are fixed.
    cumulative
        Demand from that last day up to each day after it, shape (further days, rows).
    supply
        What was supplied before, shape (rows,).
    """
    level = np.concatenate([flow, flow[-1] + cumulative])
    return np.asarray(np.maximum.accumulate(level, axis=0) - supply)


def lost_units_avoided(demand: Demand, need: FloatArray, quantity: FloatArray) -> FloatArray:
    r"""Return the expected lost sales that quantities avoid in the window of an order, in units.

    .. math:: E[(D - y)^+] - E[(D - y - x)^+], \quad y = \mu - n

    where y is what serves demand D without the order. What was left before is taken as known: an approximation.

    Parameters
    ----------
    demand
        Demand D of the days that the order answers for, with mean :math:`\mu`.
    need
        Units n that the window needs without safety stock; negative where stock lasts.
    quantity
        Units x ordered; all of one shape.
    """
    serving = demand.mean - need
    return demand.expected_shortage(serving) - demand.expected_shortage(serving + quantity)
