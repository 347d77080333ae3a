"""Order quantities for a steady demand: EOQ, with backorders, with production, and with price breaks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from moselle_nb.engines.position import FloatArray

__all__ = [
    "EconomicOrder", "PriceBreaks", "economic_order_cost", "economic_order_quantity",
    "economic_order_with_price_breaks", "economic_production_quantity", "refuse_costs",
]  # fmt: skip

PriceBreakKind = Literal["all_units", "incremental"]


@dataclass(frozen=True, eq=False)
class EconomicOrder:
    """The cheapest steady order, shape (rows,) each.

    Parameters
    ----------
    quantity
        Units per order.
    cost
        Cost per unit of time: ordering, holding, waiting, and with price breaks what is bought.
    backorders
        Units that wait when an order arrives; 0 where none may.
    """

    quantity: FloatArray
    cost: FloatArray
    backorders: FloatArray


def refuse_costs(*, above_zero: bool = False, **values: NDArray[np.float64]) -> None:
    """Refuse numbers that are not finite, or below 0, or 0 where they must be above it.

    Raises
    ------
    ValueError
        Naming the first such number.
    """
    for name, given in values.items():
        wrong = ~(np.isfinite(given) & ((given > 0) if above_zero else (given >= 0)))
        if wrong.any():
            msg = f"{name} is finite and {'> 0' if above_zero else '>= 0'}, got {float(given[wrong].flat[0])}"
            raise ValueError(msg)


def _numbers(*values: ArrayLike) -> list[FloatArray]:
    return [np.array(value) for value in np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in values))]


def economic_order_quantity(
    demand_rate: ArrayLike, order_cost: ArrayLike, holding_cost: ArrayLike, *, backorder_cost: ArrayLike | None = None
) -> EconomicOrder:
    r"""Return the economic order quantity [1]_.

    .. math:: Q = \sqrt{\frac{2 K D}{h}}, \qquad Q_b = \sqrt{\frac{2 K D}{h} \cdot \frac{h + p}{p}}

    Parameters
    ----------
    demand_rate
        Units per unit of time, :math:`D`.
    order_cost
        Cost of one order, :math:`K`.
    holding_cost
        Per unit and unit of time, above 0, :math:`h`.
    backorder_cost
        Per waiting unit and unit of time, above 0, :math:`p`; None where no demand may wait.

    Raises
    ------
    ValueError
        Naming what is wrong and the value received.

    References
    ----------
    .. [1] Snyder and Shen (2019), *Fundamentals of Supply Chain Theory*, 2nd ed., sections 3.2 and 3.5.

    Examples
    --------
    >>> order = economic_order_quantity(1300, 8, 0.225)
    >>> round(float(order.quantity), 2), round(float(order.cost), 2)
    (304.05, 68.41)
    """
    rate, ordering, holding = _numbers(demand_rate, order_cost, holding_cost)
    refuse_costs(demand_rate=rate, order_cost=ordering)
    refuse_costs(above_zero=True, holding_cost=holding)
    quantity = np.sqrt(2.0 * ordering * rate / holding)
    if backorder_cost is None:
        return EconomicOrder(quantity, holding * quantity, np.zeros_like(quantity))
    quantity, waiting = _numbers(quantity, backorder_cost)
    refuse_costs(above_zero=True, backorder_cost=waiting)
    quantity = quantity * np.sqrt((holding + waiting) / waiting)
    share = holding / (holding + waiting)
    return EconomicOrder(quantity, waiting * share * quantity, share * quantity)


def economic_order_cost(
    quantity: ArrayLike, demand_rate: ArrayLike, order_cost: ArrayLike, holding_cost: ArrayLike
) -> FloatArray:
    """Return the cost of ordering and holding per unit of time with some order quantity; see above."""
    units, rate, ordering, holding = _numbers(quantity, demand_rate, order_cost, holding_cost)
    refuse_costs(above_zero=True, quantity=units)
    refuse_costs(demand_rate=rate, order_cost=ordering, holding_cost=holding)
    return np.asarray(ordering * rate / units + holding * units / 2.0)


def economic_production_quantity(
    demand_rate: ArrayLike, production_rate: ArrayLike, order_cost: ArrayLike, holding_cost: ArrayLike
) -> EconomicOrder:
    r"""Return the economic production quantity: an order that comes in at a rate, not at once.

    .. math:: Q = \sqrt{\frac{2 K D}{h (1 - D / P)}}

    Parameters
    ----------
    demand_rate, order_cost, holding_cost
        As in `economic_order_quantity`.
    production_rate
        Units per unit of time, :math:`P`, above the demand rate.

    References
    ----------
    .. [1] Snyder and Shen (2019), *Fundamentals of Supply Chain Theory*, 2nd ed., section 3.6.
    """
    rate, made, holding = _numbers(demand_rate, production_rate, holding_cost)
    if not (made > rate).all():
        first = np.flatnonzero(~(made > rate).ravel())[0]
        msg = f"production_rate is above the demand rate {float(rate.flat[first])}, got {float(made.flat[first])}"
        raise ValueError(msg)
    return economic_order_quantity(rate, order_cost, holding * (1.0 - rate / made))


@dataclass(frozen=True, eq=False)
class PriceBreaks:
    """Prices that fall with the quantity of an order.

    Parameters
    ----------
    from_quantity
        Units from which each price holds, rising, the first 0; shape (breaks, rows), or (breaks,) for one row.
        Infinity where a row has fewer breaks.
    unit_cost
        Price of a unit from there on, never rising; same shape.
    kind
        ``all_units``: the price of the order's quantity holds for all of its units; ``incremental``: each price holds
        for the units between its break and the next.

    Raises
    ------
    ValueError
        When breaks are out of order, or a price rises; naming row and values.
    """

    from_quantity: FloatArray
    unit_cost: FloatArray
    kind: PriceBreakKind = "all_units"

    def __post_init__(self) -> None:
        """Check the breaks."""
        starts, costs = (np.asarray(part, dtype=np.float64) for part in (self.from_quantity, self.unit_cost))
        starts, costs = (part[:, None] if part.ndim == 1 else part for part in (starts, costs))
        if starts.shape != costs.shape:
            msg = f"every break has a price: got {starts.shape[0]} breaks and {costs.shape[0]} prices"
            raise ValueError(msg)
        if self.kind not in {"all_units", "incremental"}:
            msg = f"kind is all_units or incremental, got {self.kind!r}"
            raise ValueError(msg)
        used = np.isfinite(starts)
        costs = np.where(used, costs, 0.0)
        refuse_costs(unit_cost=costs)
        self._refuse(starts[:1], starts[:1] != 0, "the first price holds from 0 on")
        self._refuse(starts, used[1:] & ~(starts[1:] > starts[:-1]), "price breaks rise")
        self._refuse(costs, used[1:] & (costs[1:] > costs[:-1]), "a price never rises with the quantity")
        object.__setattr__(self, "from_quantity", starts)
        object.__setattr__(self, "unit_cost", costs)

    @staticmethod
    def _refuse(shown: FloatArray, wrong: NDArray[np.bool_], rule: str) -> None:
        if wrong.any():
            row = int(np.flatnonzero(wrong.any(axis=0))[0])
            msg = f"{rule}: row {row} has {shown[:, row].tolist()}"
            raise ValueError(msg)

    @cached_property
    def bought_before(self) -> FloatArray:
        """What the units below each break cost in all, at incremental prices; shape (breaks, rows)."""
        wide = np.diff(np.where(np.isfinite(self.from_quantity), self.from_quantity, 0.0), axis=0)
        total = np.cumsum(np.maximum(wide, 0.0) * self.unit_cost[:-1], axis=0)
        return np.concatenate([np.zeros_like(self.unit_cost[:1]), total])

    def cost_of(self, quantity: ArrayLike) -> FloatArray:
        """Return the price of an order of so many units, shape (rows,)."""
        units = np.broadcast_to(np.asarray(quantity, dtype=np.float64), self.unit_cost.shape[1:])
        place = np.maximum((self.from_quantity <= units).sum(axis=0) - 1, 0)
        columns = np.arange(len(units))
        price = self.unit_cost[place, columns]
        if self.kind == "all_units":
            return np.asarray(price * units)
        return np.asarray(self.bought_before[place, columns] + price * (units - self.from_quantity[place, columns]))


def economic_order_with_price_breaks(
    demand_rate: ArrayLike, order_cost: ArrayLike, holding_rate: ArrayLike, breaks: PriceBreaks
) -> EconomicOrder:
    r"""Return the cheapest steady order under price breaks [1]_.

    For all-units discounts, the best quantity at each price is its EOQ, raised to where the price begins; one past the
    next break is bought at the next price and cannot be best. For incremental discounts, the price of the units below a
    break that exceeds the price from there on, :math:`\bar c_b`, acts as a further order cost:
    :math:`Q_b = \sqrt{2 (K + \bar c_b) D / (i c_b)}`, where it lies between the break and the next.

    Parameters
    ----------
    demand_rate
        Units per unit of time, above 0.
    order_cost
        Cost of one order.
    holding_rate
        Holding cost per unit of time as a share of the price, above 0.
    breaks
        Prices.

    References
    ----------
    .. [1] Snyder and Shen (2019), *Fundamentals of Supply Chain Theory*, 2nd ed., section 3.4.

    Examples
    --------
    >>> breaks = PriceBreaks(np.array([0.0, 400, 800]), np.array([0.75, 0.72, 0.68]))
    >>> order = economic_order_with_price_breaks(1300, 8, 0.3, breaks)
    >>> order.quantity.tolist(), round(float(order.cost[0]), 2)
    ([800.0], 978.6)
    """
    rows = breaks.unit_cost.shape[1:]
    rate, ordering, holding = (np.broadcast_to(v, rows) for v in _numbers(demand_rate, order_cost, holding_rate))
    refuse_costs(order_cost=ordering)
    refuse_costs(above_zero=True, demand_rate=rate, holding_rate=holding)
    used, starts = np.isfinite(breaks.from_quantity), breaks.from_quantity
    refuse_costs(above_zero=True, unit_cost=breaks.unit_cost[used])
    price = np.where(used, breaks.unit_cost, 1.0)
    stops = np.concatenate([starts[1:], np.full_like(starts[:1], np.inf)])
    extra = np.zeros_like(price)
    if breaks.kind == "incremental":
        extra = np.where(used, breaks.bought_before - price * np.where(used, starts, 0.0), 0.0)
    quantity = np.sqrt(2.0 * (ordering + extra) * rate / (holding * price))
    possible = used & (quantity < stops)
    if breaks.kind == "all_units":
        quantity = np.maximum(quantity, np.where(used, starts, 0.0))
    else:
        possible &= quantity >= starts
    with np.errstate(divide="ignore", invalid="ignore"):
        cost = (
            price * rate
            + holding * extra / 2.0
            + (ordering + extra) * rate / quantity
            + holding * price * quantity / 2.0
        )
    cost = np.where(possible & (quantity > 0), cost, np.inf)
    best, columns = cost.argmin(axis=0), np.arange(rows[0])
    return EconomicOrder(quantity[best, columns], cost[best, columns], np.zeros(rows))
