"""Critical ratio: the share of cycles without a stockout that costs least, by what units short and units left cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.exceptions import BrokenRule, ContractError
from moselle_nb.plans.constraints import SAFETY_METHODS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.plans.constraints import Keys
    from moselle_nb.plans.resolved import ResolvedInputs, Rules

__all__ = ["cost_ratio", "refuse_unpriced", "shortage_cost", "smallest_orders"]

LEAST_RATIO = 1e-6
"""Ratio of what is not asked for, or of a lot that is hardly ever sold: every quantile so low is as good as none."""

MOST_RATIO = 1 - 1e-6
"""Ratio where holding costs next to nothing: the quantile of 1 is not finite, and one stockout in a million is few."""


def shortage_cost(inputs: ResolvedInputs, rows: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return what a unit short costs: the shortage cost, else unit price less unit cost; NaN where nothing says."""
    return _shortage_cost(inputs.rules, inputs.unit_price - inputs.unit_cost)[rows]


def _shortage_cost(rules: Rules, margin: NDArray[np.float64]) -> NDArray[np.float64]:
    given = rules.shortage_cost.values[0]
    return np.where(np.isnan(given), margin, given)


def smallest_orders(inputs: ResolvedInputs, rows: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the smallest legal order of some rows in units: at least the MOQ and 1, up to whole multiples.

    Of rows that lanes feed it is a transfer: at least the transfer minimum, up to whole packs.
    """
    moq, multiple = (np.nan_to_num(rule.values[0]) for rule in (inputs.rules.moq, inputs.rules.order_multiple))
    if inputs.network is not None:
        moq[inputs.network.row], multiple[inputs.network.row] = inputs.network.transfer_minimum, inputs.network.pack[0]
    least, multiple = np.maximum(moq[rows], 1.0), np.maximum(multiple[rows], 1.0)
    return np.ceil(least / multiple) * multiple


def cost_ratio(
    inputs: ResolvedInputs, rows: NDArray[np.intp], days: int, mean: NDArray[np.float64]
) -> NDArray[np.float64]:
    r"""Return the critical ratio of an order whose leftover is held until the next one.

    .. math:: \frac{c_u \mu}{c_u \mu + h n \max(\mu, q)}

    with :math:`c_u` for a unit short, and h for a unit left on each day until the next order: the n days until the
    next arrival, in which :math:`\mu` is asked for [1]_, or longer, until the smallest legal order q is sold [2]_.
    What sells one unit a year and comes by the thousand is hardly worth an order.

    Parameters
    ----------
    inputs
        Shortage cost, prices, holding cost, MOQ and order multiple, as of today.
    rows
        Rows of the plan.
    days
        Days between the arrival of an order and the next one.
    mean
        Demand of these days in units, shape (rows,).

    References
    ----------
    .. [1] Snyder and Shen (2019), *Fundamentals of Supply Chain Theory*, 2nd ed., section 4.3: the newsvendor.
    .. [2] Hadley and Whitin (1963), *Analysis of Inventory Systems*, chapter 4: lot size and reorder point, lost sales;
       there the probability of a stockout in a cycle is :math:`h Q / (h Q + \pi \lambda)`.
    """
    short = shortage_cost(inputs, rows) * mean
    held = inputs.rules.holding_cost.values[0][rows] * days * np.maximum(mean, smallest_orders(inputs, rows))
    return np.clip(short / (short + held), LEAST_RATIO, MOST_RATIO)


def refuse_unpriced(rules: Rules, margin: NDArray[np.float64], keys: Keys) -> None:
    """Refuse safety stock by cost for rows whose costs say nothing.

    Raises
    ------
    ContractError
        Naming rows without a holding cost, or without a cost of a unit short.
    """
    by_cost = (rules.safety_method == SAFETY_METHODS.index("cost")).any(axis=0)
    wanted = {
        "holding_cost above 0, per unit and day": rules.holding_cost.values[0],
        "shortage_cost, or unit_price less unit_cost, above 0": _shortage_cost(rules, margin),
    }
    broken = []
    for name, values in wanted.items():
        rows = np.flatnonzero(by_cost & ~(values > 0))
        if len(rows):
            rule = f"safety stock by cost needs {name}; give costs as columns of items or as constraints of the plan"
            broken.append(BrokenRule("costs", rule, len(rows), keys.examples(rows)))
    if broken:
        raise ContractError(broken)
