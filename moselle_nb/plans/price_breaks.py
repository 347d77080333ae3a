"""What the orders of a plan cost where price breaks hold: what the engine takes, and the values of order lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from moselle_nb.engines.price_breaks import PriceTerms, RowPrices
from moselle_nb.plans.lots import later_windows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.plans.layout import Block
    from moselle_nb.plans.resolved import ResolvedInputs

    Rows = NDArray[np.integer[Any]]

__all__ = ["order_totals", "order_values", "price_terms", "prices_of", "prices_paid"]


def prices_of(inputs: ResolvedInputs, rows: Rows) -> RowPrices | None:
    """Return what orders of some rows cost, which may repeat; None where none of them has price breaks."""
    breaks = inputs.price_breaks
    if breaks is None or not breaks.of(rows).any():
        return None
    count = breaks.starts[rows + 1] - breaks.starts[rows]
    place = np.arange(int(count.max()))[:, None]
    used = place < count
    entry = np.where(used, breaks.starts[rows] + place, 0)
    first, cost = np.zeros((1, len(rows))), inputs.unit_cost[rows][None]
    return RowPrices(
        np.concatenate([first, np.where(used, breaks.from_quantity[entry], np.inf)]),
        np.concatenate([cost, np.where(used, breaks.unit_cost[entry], 0.0)]), breaks.incremental[rows],
    )  # fmt: skip


def price_terms(inputs: ResolvedInputs, block: Block) -> PriceTerms | None:
    """Return what the rows of a block pay for orders and stock, by today's costs; None where none has price breaks."""
    prices, later = prices_of(inputs, block.rows), later_windows(inputs, block)
    if prices is None or later is None:
        return None
    ordering, holding = (getattr(inputs.rules, name).values[0][block.rows] for name in ("order_cost", "holding_cost"))
    return PriceTerms(prices, np.nan_to_num(ordering), np.nan_to_num(holding), *later)


def order_values(inputs: ResolvedInputs, rows: Rows, quantity: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what orders cost, each of so many units of a row: at list price, or at that of their quantity."""
    value = quantity * inputs.unit_cost[rows]
    if inputs.price_breaks is None:
        return np.asarray(value)
    (priced,) = inputs.price_breaks.of(rows).nonzero()
    prices = prices_of(inputs, rows[priced])
    if prices is not None:
        value[priced] = prices.cost_of(quantity[priced])
    return np.asarray(value)


def prices_paid(inputs: ResolvedInputs, rows: Rows, quantity: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what a unit of each order costs: where nothing is ordered or no break reached, the row's unit cost."""
    cost = inputs.unit_cost[rows]
    if inputs.price_breaks is None:
        return cost
    (priced,) = (inputs.price_breaks.of(rows) & (quantity > 0)).nonzero()
    prices = prices_of(inputs, rows[priced])
    if prices is not None:
        units = quantity[priced]
        place = np.maximum((prices.from_quantity <= units).sum(axis=0) - 1, 0)
        whole = prices.unit_cost[place, np.arange(len(units))]
        cost[priced] = np.where(prices.incremental & (place > 0), prices.cost_of(units) / units, whole)
    return np.asarray(cost)


def order_totals(inputs: ResolvedInputs, rows: Rows, quantity: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what the orders of each row of the plan cost in all; 0 for a row without any, whatever one would cost.

    Parameters
    ----------
    inputs
        What the plan is made of.
    rows, quantity
        Row and units of each order.
    """
    total = np.bincount(rows, weights=quantity, minlength=inputs.rows)
    value = np.where(total == 0, 0.0, total * inputs.unit_cost)
    if inputs.price_breaks is not None:
        priced = np.flatnonzero(inputs.price_breaks.of(rows))
        cost = order_values(inputs, rows[priced], quantity[priced])
        summed = np.bincount(rows[priced], weights=cost, minlength=inputs.rows)
        value = np.where(inputs.price_breaks.of(np.arange(inputs.rows)), summed, value)
    return value
