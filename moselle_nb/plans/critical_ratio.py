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

__all__ = ["cost_ratio", "refuse_unpriced", "shortage_cost"]


def shortage_cost(inputs: ResolvedInputs, rows: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return what a unit short costs: the shortage cost, else unit price less unit cost; NaN where nothing says."""
    return _shortage_cost(inputs.rules, inputs.unit_price - inputs.unit_cost)[rows]


def _shortage_cost(rules: Rules, margin: NDArray[np.float64]) -> NDArray[np.float64]:
    given = rules.shortage_cost.values[0]
    return np.where(np.isnan(given), margin, given)


def cost_ratio(inputs: ResolvedInputs, rows: NDArray[np.intp], days: int) -> NDArray[np.float64]:
    r"""Return the newsvendor's critical ratio of an order whose leftover is held for some days.

    .. math:: c_u / (c_u + h n)

    [1]_ with :math:`c_u` for a unit short, and h for a unit left on each of the n days until the next arrival.

    Parameters
    ----------
    inputs
        Shortage cost, prices and holding cost.
    rows
        Rows of the plan.
    days
        Days between the arrival of an order and the next one.

    References
    ----------
    .. [1] Snyder and Shen (2019), *Fundamentals of Supply Chain Theory*, 2nd ed., section 4.3.
    """
    short = shortage_cost(inputs, rows)
    return short / (short + inputs.rules.holding_cost.values[0][rows] * days)


def refuse_unpriced(rules: Rules, margin: NDArray[np.float64], keys: Keys) -> None:
    """Refuse safety stock by cost for rows whose costs say nothing.

    Raises
    ------
    ContractError
        Naming rows without a holding cost, or without a cost of a unit short.
    """
    by_cost = (rules.safety_method == SAFETY_METHODS.index("cost")).any(axis=0)
    wanted = {
        "holding_cost above 0": rules.holding_cost.values[0],
        "shortage_cost, or unit_price less unit_cost, above 0": _shortage_cost(rules, margin),
    }
    broken = []
    for name, values in wanted.items():
        rows = np.flatnonzero(by_cost & ~(values > 0))
        if len(rows):
            broken.append(BrokenRule("costs", f"safety stock by cost needs {name}", len(rows), keys.examples(rows)))
    if broken:
        raise ContractError(broken)
