"""What lot sizing needs to know of every row that is bought."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.exceptions import BrokenRule, ContractError
from moselle_nb.plans.row_keys import BOUGHT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.plans.config import ReplenishmentConfig
    from moselle_nb.plans.constraints import Keys
    from moselle_nb.plans.resolved import Rules

__all__ = ["refuse_without_costs"]

MOST_UNIT_DAYS = 10**9
"""Holding of a unit for a day that one order may cost as much as: beyond, lots are no longer exact."""


def refuse_without_costs(config: ReplenishmentConfig, rules: Rules, ordering: NDArray[np.int8], keys: Keys) -> None:
    """Refuse a lot sizing that weighs costs which bought rows do not have, or which are out of all proportion.

    Raises
    ------
    ContractError
        Naming the rows without an order cost, those without a holding cost above 0, and those whose
        order cost is out of proportion to it.
    """
    if config.lot_sizing == "lot_for_lot":
        return
    problems = []
    for name, wanted, above in (("order_cost", "an order cost", -1.0), ("holding_cost", "a holding cost above 0", 0.0)):
        value = getattr(rules, name).values[0]
        rows = np.flatnonzero((ordering == BOUGHT) & ~(value > above))
        if len(rows):
            how = f"give {name} as a column of items, sourcing or suppliers, or as a constraint of the plan"
            rule = f"lot sizing by {config.lot_sizing} needs {wanted} for every row that is bought: {how}"
            problems.append(BrokenRule("constraints", rule, len(rows), keys.examples(rows)))
    ordering_cost, holding = rules.order_cost.values[0], rules.holding_cost.values[0]
    rows = np.flatnonzero((ordering == BOUGHT) & (holding > 0) & (ordering_cost > MOST_UNIT_DAYS * holding))
    if len(rows):
        rule = f"order_cost is at most {MOST_UNIT_DAYS:,} times holding_cost: no lot lasts so long"
        problems.append(BrokenRule("constraints", rule, len(rows), keys.examples(rows)))
    if problems:
        raise ContractError(problems)
