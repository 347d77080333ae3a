"""Which price breaks hold for the rows of a plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from moselle_nb.exceptions import BrokenRule, ContractError
from moselle_nb.plans.row_keys import BOUGHT

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

    from moselle_nb.inputs import PlanningData
    from moselle_nb.plans.constraints import Keys
    from moselle_nb.plans.resolved import Rules

    Rows = NDArray[np.integer[Any]]

__all__ = ["RowBreaks", "breaks_of"]


@dataclass(frozen=True, eq=False)
class RowBreaks:
    """The price breaks of the rows of a plan, sorted by row and quantity; below the first a row's own unit cost holds.

    Parameters
    ----------
    starts
        Breaks of row i are ``starts[i]`` to ``starts[i + 1]``, shape (rows + 1,).
    from_quantity
        Units from which a price holds, rising.
    unit_cost
        Price per unit from there on, never rising.
    incremental
        Whether each price holds for the units from its break on only, shape (rows,); else for all units of the order.
    """

    starts: NDArray[np.int64]
    from_quantity: NDArray[np.float64]
    unit_cost: NDArray[np.float64]
    incremental: NDArray[np.bool_]

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        for values in vars(self).values():
            values.setflags(write=False)

    def of(self, rows: Rows) -> NDArray[np.bool_]:
        """Tell which rows have any."""
        return np.asarray(self.starts[rows + 1] > self.starts[rows])


def breaks_of(
    data: PlanningData, keys: Keys, rules: Rules, ordering: NDArray[np.int8], unit_cost: NDArray[np.float64]
) -> RowBreaks | None:
    """Return the price breaks of the rows that are bought; None where no row has any.

    Those of its item at its location from its supplier come before those from any supplier, then those at any location
    from its supplier, then those of the item. They are taken as a whole: levels never mix.

    Raises
    ------
    ContractError
        Naming the rows with price breaks that have no unit cost, one below a break's price, or on day `as_of` no
        holding cost.
    """
    table = data.price_breaks
    if not len(table):
        return None
    columns = ("item", "location", "supplier")
    code = {
        name: pd.Index(getattr(data, f"{name}s")[name]).get_indexer(table[name]).astype(np.int64) for name in columns
    }
    sizes = len(data.locations) + 1, len(data.suppliers) + 1

    def key(item: NDArray[np.int64], place: NDArray[np.int64], supplier: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.asarray((item * sizes[0] + place + 1) * sizes[1] + supplier + 1)

    line = key(*code.values())
    sort = np.lexsort((table["from_quantity"].to_numpy(np.float64), line))
    group, first, count = np.unique(line[sort], return_index=True, return_counts=True)
    item, place, supplier = (keys.codes[name] for name in columns)
    found, any_ = np.full(len(item), -1), np.full(len(item), -1)
    for wanted in (
        key(item, any_, any_),
        key(item, any_, supplier),
        key(item, place, any_),
        key(item, place, supplier),
    ):
        at = np.minimum(np.searchsorted(group, wanted), len(group) - 1)
        found = np.where((group[at] == wanted) & (ordering == BOUGHT), at, found)
    number = np.where(found >= 0, count[found], 0)
    if not number.any():
        return None
    starts = np.concatenate([[0], np.cumsum(number)])
    entry = sort[np.repeat(first[found] - starts[:-1], number) + np.arange(starts[-1])]
    kind = (table["kind"] == "incremental").to_numpy(bool)[sort][first[found]] & (found >= 0)
    quantity, cost = (table[name].to_numpy(np.float64)[entry] for name in ("from_quantity", "unit_cost"))
    breaks = RowBreaks(starts.astype(np.int64), quantity, cost, kind)
    _refuse(breaks, rules, unit_cost, keys, data.as_of)
    return breaks


def _refuse(breaks: RowBreaks, rules: Rules, unit_cost: NDArray[np.float64], keys: Keys, as_of: dt.date) -> None:
    has = breaks.of(np.arange(len(unit_cost)))
    dearest = np.append(breaks.unit_cost, 0.0)[breaks.starts[:-1]]
    why = "it holds below the first break; give it as a column of items or sourcing"
    problems = []
    for wrong, rule in (
        (has & np.isnan(unit_cost), f"every row with price breaks has a unit cost: {why}"),
        (has & (dearest > unit_cost), "a price from a break on is at most the row's unit cost, which holds below it"),
        (
            has & np.isnan(rules.holding_cost.values[0]),
            (
                f"every row with price breaks has a holding cost as of {as_of}, which a larger order is weighed "
                "against: give holding_cost as a column of items, sourcing or suppliers, or as a constraint of the "
                "plan that holds on that day"
            ),
        ),
    ):
        rows = np.flatnonzero(wrong)
        if len(rows):
            problems.append(BrokenRule("price_breaks", rule, len(rows), keys.examples(rows)))
    if problems:
        raise ContractError(problems)
