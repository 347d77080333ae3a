r"""Lot sizing: which periods one order covers when an order costs money and stock costs money.

Demand of period j that an order of period k covers lies in stock from the start of k to the start of j, so a lot costs

.. math:: K_k + h \sum_{j} (a_j - a_k) \, d_j

with the order cost :math:`K`, the holding cost :math:`h` per unit and day, and the first days :math:`a` of the
periods. Demand, order cost and holding cost are arrays over rows; nothing loops over rows. Costs are counted in
unit-days, as :math:`K / h`: where demand and this ratio are multiples of 1/1024, every comparison is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.order_quantities import refuse_costs
from moselle_nb.engines.wagner_whitin import least_cost_lots

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from moselle_nb.engines.position import FloatArray

__all__ = [
    "LotSizes", "at_least", "fixed_period", "fixed_period_covers", "least_unit_cost", "lot_for_lot",
    "part_period_balancing", "silver_meal", "silver_meal_covers", "wagner_whitin",
]  # fmt: skip


@dataclass(frozen=True, eq=False)
class LotSizes:
    """The lots of some rows.

    Parameters
    ----------
    orders
        What is ordered at the start of each period, shape (periods, rows), in units.
    cost
        Order cost and holding cost of all periods, shape (rows,).
    """

    orders: FloatArray
    cost: FloatArray


@dataclass(frozen=True, eq=False)
class _Problem:
    """Validated inputs: demand (periods, rows), ratio K / h (periods or 1, rows), holding (rows,), starts (p + 1,)."""

    demand: FloatArray
    ratio: FloatArray
    holding: FloatArray
    starts: NDArray[np.int64]

    @classmethod
    def of(
        cls, demand: ArrayLike, order_cost: ArrayLike, holding_cost: ArrayLike, starts: ArrayLike | None
    ) -> _Problem:
        """Take the arguments of the public functions."""
        units = np.asarray(demand, dtype=np.float64)
        units = units[:, None] if units.ndim == 1 else units
        periods, rows = units.shape
        ordering, holding = (np.asarray(cost, dtype=np.float64) for cost in (order_cost, holding_cost))
        days = np.arange(periods + 1) if starts is None else np.asarray(starts, dtype=np.int64)
        if days.shape != (periods + 1,) or (np.diff(days) <= 0).any():
            msg = f"starts are {periods + 1} rising days, the one after the last period included, got {days.tolist()}"
            raise ValueError(msg)
        refuse_costs(demand=units, order_cost=ordering)
        refuse_costs(above_zero=True, holding_cost=holding)
        holding = np.broadcast_to(holding, (rows,))
        ratio = np.atleast_2d(ordering) / holding
        return cls(units, ratio, holding, days)


@dataclass
class _Lot:
    """A growing lot of each row: unit-days held, units, days covered, and order cost in unit-days."""

    held: FloatArray
    units: FloatArray
    span: int
    ratio: FloatArray


if TYPE_CHECKING:
    _Rule = Callable[[_Lot, FloatArray, FloatArray, int], NDArray[np.bool_]]
    """Whether a lot grows by one more period: by what it would then hold, in unit-days, its units and its days."""


def _cheaper_per_day(lot: _Lot, held: FloatArray, _units: FloatArray, span: int) -> NDArray[np.bool_]:
    return np.asarray((lot.ratio + held) * lot.span <= (lot.ratio + lot.held) * span)


def _cheaper_per_unit(lot: _Lot, held: FloatArray, units: FloatArray, _span: int) -> NDArray[np.bool_]:
    return np.asarray((lot.ratio + held) * lot.units <= (lot.ratio + lot.held) * units)


def _nearer_to_order_cost(lot: _Lot, held: FloatArray, _units: FloatArray, _span: int) -> NDArray[np.bool_]:
    return np.asarray(np.abs(held - lot.ratio) < np.abs(lot.held - lot.ratio)) | (held == lot.held)


def _covers(problem: _Problem, rule: _Rule) -> NDArray[np.int64]:
    """Return how many periods an order of each period covers: it grows as long as the rule says so."""
    demand, starts = problem.demand, problem.starts
    periods, rows = demand.shape
    found = np.ones((periods, rows), dtype=np.int64)
    for first in range(periods):
        growing = np.ones(rows, dtype=bool)
        ratio = problem.ratio[first if len(problem.ratio) > 1 else 0]
        lot = _Lot(np.zeros(rows), demand[first].copy(), int(starts[first + 1] - starts[first]), ratio)
        for period in range(first + 1, periods):
            held = lot.held + (starts[period] - starts[first]) * demand[period]
            units, span = lot.units + demand[period], int(starts[period + 1] - starts[first])
            growing &= rule(lot, held, units, span)
            if not growing.any():
                break
            found[first] += growing
            lot = _Lot(held, units, span, ratio)
    return found


def _lots(problem: _Problem, covers: NDArray[np.int64]) -> LotSizes:
    """Follow the lots from the first period: one is ordered where demand is not covered yet."""
    demand, starts = problem.demand, problem.starts
    periods, rows = demand.shape
    orders, cost, columns = np.zeros_like(demand), np.zeros(rows), np.arange(rows)
    last, first = np.full(rows, -1), np.zeros(rows, dtype=np.int64)
    for period in range(periods):
        places = (last < period) & (demand[period] > 0)
        first = np.where(places, period, first)
        last = np.where(places, period + covers[period] - 1, last)
        ratio = problem.ratio[period if len(problem.ratio) > 1 else 0]
        cost += np.where(places, ratio, 0.0) + (starts[period] - starts[first]) * demand[period]
        orders[first, columns] += demand[period]
    return LotSizes(orders, cost * problem.holding)


def lot_for_lot(
    demand: ArrayLike, order_cost: ArrayLike, holding_cost: ArrayLike, *, starts: ArrayLike | None = None
) -> LotSizes:
    """Order each period's demand in that period; parameters as in `wagner_whitin`."""
    problem = _Problem.of(demand, order_cost, holding_cost, starts)
    return _lots(problem, np.ones(problem.demand.shape, dtype=np.int64))


def fixed_period(
    demand: ArrayLike,
    order_cost: ArrayLike,
    holding_cost: ArrayLike,
    days: ArrayLike,
    *,
    starts: ArrayLike | None = None,
) -> LotSizes:
    """Let each order cover the periods whose length together comes nearest to so many days: period order quantity.

    Parameters
    ----------
    demand, order_cost, holding_cost, starts
        As in `wagner_whitin`.
    days
        Days that an order is to cover, shape (rows,) or one for all: the economic order quantity over the mean demand
        of a day.
    """
    problem = _Problem.of(demand, order_cost, holding_cost, starts)
    return _lots(problem, fixed_period_covers(problem.starts, np.broadcast_to(days, problem.demand.shape[1:])))


def fixed_period_covers(starts: NDArray[np.int64], days: FloatArray) -> NDArray[np.int64]:
    """Return how many periods come nearest to so many days, the fewer of two, shape (periods, rows)."""
    found = np.ones((len(starts) - 1, len(days)), dtype=np.int64)
    for first in range(len(found)):
        spans = starts[first + 1 :] - starts[first]
        found[first] += np.searchsorted((spans[:-1] + spans[1:]) / 2, days, side="left")
    return found


def at_least(
    demand: ArrayLike,
    order_cost: ArrayLike,
    holding_cost: ArrayLike,
    quantity: ArrayLike,
    *,
    starts: ArrayLike | None = None,
) -> LotSizes:
    """Order what a period lacks, but at least so many units: EOQ; what is left stays in stock up to the end.

    Parameters
    ----------
    demand, order_cost, holding_cost, starts
        As in `wagner_whitin`.
    quantity
        Units, shape (rows,) or one for all.
    """
    problem = _Problem.of(demand, order_cost, holding_cost, starts)
    orders, stock, cost = np.zeros_like(problem.demand), np.zeros(len(problem.holding)), np.zeros(len(problem.holding))
    for period, units in enumerate(problem.demand):
        lacks = units > stock
        orders[period] = np.where(lacks, np.maximum(units - stock, quantity), 0.0)
        stock = stock + orders[period] - units
        ratio = problem.ratio[period if len(problem.ratio) > 1 else 0]
        cost += np.where(lacks, ratio, 0.0) + stock * (problem.starts[period + 1] - problem.starts[period])
    return LotSizes(orders, cost * problem.holding)


def silver_meal(
    demand: ArrayLike, order_cost: ArrayLike, holding_cost: ArrayLike, *, starts: ArrayLike | None = None
) -> LotSizes:
    """Let each order grow until its cost per day would rise; parameters as in `wagner_whitin`.

    References
    ----------
    .. [1] Silver and Meal (1973), *Production and Inventory Management* 14(2), 64-74.
    """
    problem = _Problem.of(demand, order_cost, holding_cost, starts)
    return _lots(problem, _covers(problem, _cheaper_per_day))


def silver_meal_covers(demand: FloatArray, ratio: FloatArray, starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many periods an order of each period covers by `silver_meal`, shape (periods, rows).

    Parameters
    ----------
    demand
        Units, shape (periods, rows).
    ratio
        Order cost over holding cost, shape (rows,), in unit-days.
    starts
        As in `wagner_whitin`.
    """
    return _covers(_Problem(demand, ratio[None], np.ones(demand.shape[1]), starts), _cheaper_per_day)


def least_unit_cost(
    demand: ArrayLike, order_cost: ArrayLike, holding_cost: ArrayLike, *, starts: ArrayLike | None = None
) -> LotSizes:
    """Let each order grow until its cost per unit would rise; parameters as in `wagner_whitin`."""
    problem = _Problem.of(demand, order_cost, holding_cost, starts)
    return _lots(problem, _covers(problem, _cheaper_per_unit))


def part_period_balancing(
    demand: ArrayLike, order_cost: ArrayLike, holding_cost: ArrayLike, *, starts: ArrayLike | None = None
) -> LotSizes:
    """Let each order grow as long as its holding cost comes nearer to its order cost; see `wagner_whitin`."""
    problem = _Problem.of(demand, order_cost, holding_cost, starts)
    return _lots(problem, _covers(problem, _nearer_to_order_cost))


def wagner_whitin(
    demand: ArrayLike, order_cost: ArrayLike, holding_cost: ArrayLike, *, starts: ArrayLike | None = None
) -> LotSizes:
    r"""Return the cheapest lots [1]_.

    .. math:: g_k = \min_{m \ge 1} \Big( K_k + h \sum_{j=k}^{k+m-1} (a_j - a_k) \, d_j + f_{k+m} \Big)

    with :math:`f_k = g_k`, and :math:`f_k = \min(g_k, f_{k+1})` where period k has no demand.

    Parameters
    ----------
    demand
        Units per period, shape (periods, rows), or (periods,) for one row.
    order_cost
        Cost of one order, per row or one for all; or by period, shape (periods, rows) or (periods, 1).
    holding_cost
        Per unit and day, above 0, per row or one for all.
    starts
        First day of each period and the day after the last one, shape (periods + 1,); by default every period is one
        day, so that holding cost is per period.

    Returns
    -------
    LotSizes
        Where two plans cost the same, the one whose earlier orders cover less.

    Raises
    ------
    ValueError
        Naming what is wrong and the value received.

    References
    ----------
    .. [1] Wagner and Whitin (1958), "Dynamic Version of the Economic Lot Size Model", *Management Science* 5(1),
       89-96.

    Examples
    --------
    >>> lots = wagner_whitin([90, 120, 80, 70], 500, 2)
    >>> lots.orders[:, 0].tolist(), lots.cost.tolist()
    ([210.0, 0.0, 150.0, 0.0], [1380.0])
    """
    problem = _Problem.of(demand, order_cost, holding_cost, starts)
    orders, cost = np.empty_like(problem.demand), np.empty_like(problem.holding)
    for rows, lots in least_cost_lots(problem.demand, problem.ratio, problem.starts):
        orders[:, rows], cost[rows] = lots.orders(), lots.cost
    return LotSizes(orders, cost * problem.holding)
