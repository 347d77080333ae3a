"""Netting: how much to order on each order date so that stock lasts until the next possible arrival.

All quantities are whole multiples of 1/1024 unit held as float64, so sums are exact in any order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "CAPPED", "CONFLICT_MAX_ORDER", "CONFLICT_MAX_STOCK", "MOQ_COVER", "MOQ_RAISED", "OVER_MAX_STOCK",
    "NettingResult", "OrderRules", "Position", "Sizing", "Windows", "flag_moq_cover", "net", "size_orders", "unserved_with_orders",
]  # fmt: skip

CAPPED = 1
"""Less than needed was ordered: by the maximum order or the maximum stock."""
OVER_MAX_STOCK = 2
"""The smallest legal order was placed although it exceeds the maximum stock: demand would go unserved."""
CONFLICT_MAX_ORDER = 4
"""No quantity satisfies MOQ, order multiple and maximum order."""
CONFLICT_MAX_STOCK = 8
"""No order fits under a hard maximum stock."""
MOQ_RAISED = 16
"""MOQ raised the order above what was needed."""
MOQ_COVER = 32
"""Because of MOQ the order alone covers more than the days that count as excess."""


FloatArray: TypeAlias = "NDArray[np.float64]"


@dataclass(frozen=True, eq=False)
class Position:
    """What a block of rows has, expects and has to serve.

    Parameters
    ----------
    opening
        Stock at the opening of day 0 less backlog, shape (rows,), in units; negative only where unmet demand waits.
    demand
        Per day, shape (days, rows), in units.
    flow
        Demand less scheduled receipts of days 0 to t, shape (days, rows), in units.
    safety_stock
        Per day, shape (days, rows), in units.
    backorder
        Whether unmet demand waits; else it is lost.
    """

    opening: FloatArray
    demand: FloatArray
    flow: FloatArray
    safety_stock: FloatArray
    backorder: bool
    level: FloatArray = field(init=False)
    """Net demand plus safety stock: what receipts must reach."""

    def __post_init__(self) -> None:
        """Add up the level once: netting and judging both need it."""
        object.__setattr__(self, "level", self.flow + self.safety_stock)


@dataclass(frozen=True, eq=False)
class Windows:
    """The orders of a calendar and the days that each must carry, in days from `as_of`.

    Parameters
    ----------
    arrivals
        Day on which each order serves demand for the first time, shape (orders,); by order date.
    ends
        Last day before the next possible arrival, shape (orders,); before the arrival where two orders arrive together.
    """

    arrivals: NDArray[np.int64]
    ends: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class OrderRules:
    """Rules on the size of an order, each of shape (orders, rows) or (1, rows); NaN or infinity where there is none.

    Parameters
    ----------
    moq
        Smallest order above 0, in units; 0 where there is none.
    order_multiple
        Orders are whole multiples of it; 1 where there is none.
    max_order
        Largest order, in units; infinity where there is none.
    max_stock
        Largest stock at the opening of the arrival day, before its demand; infinity where there is none.
    max_stock_is_hard
        Whether the maximum stock also holds when demand would go unserved.
    """

    moq: FloatArray
    order_multiple: FloatArray
    max_order: FloatArray
    max_stock: FloatArray
    max_stock_is_hard: NDArray[np.bool_]

    def at(self, order: int) -> OrderRules:
        """Return the rules of one order date, shape (rows,)."""
        pick = [a[order if len(a) > 1 else 0] for a in (self.moq, self.order_multiple, self.max_order, self.max_stock)]
        hard = self.max_stock_is_hard[order if len(self.max_stock_is_hard) > 1 else 0]
        return OrderRules(*pick, hard)


@dataclass(frozen=True, eq=False)
class Sizing:
    """Every step from a need to an order, shape (rows,) each, in units.

    Parameters
    ----------
    need, need_without_safety_stock
        The largest shortfall in the window, with and without safety stock.
    after_minimum
        At least MOQ, then up to the order multiple; 0 where nothing is needed.
    after_maximum
        At most the maximum order, down to a multiple.
    room
        What fits under the maximum stock.
    quantity
        The order.
    flags
        Sum of the message flags of this module.
    """

    need: FloatArray
    need_without_safety_stock: FloatArray
    after_minimum: FloatArray
    after_maximum: FloatArray
    room: FloatArray
    quantity: FloatArray
    flags: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class NettingResult:
    """Orders per order date and row, shape (orders, rows).

    Parameters
    ----------
    suggested
        What the rules suggest, also where an edit stands.
    quantity
        What is ordered: the edit where there is one, else the suggestion.
    flags
        Message flags of the suggestion.
    """

    suggested: FloatArray
    quantity: FloatArray
    flags: NDArray[np.uint8]


def _up(quantity: FloatArray, multiple: FloatArray) -> FloatArray:
    return np.asarray(np.ceil(quantity / multiple) * multiple)


def _down(quantity: FloatArray, multiple: FloatArray) -> FloatArray:
    return np.asarray(np.floor(quantity / multiple) * multiple)


def size_orders(
    need: FloatArray,
    need_without_safety_stock: FloatArray,
    stock_at_arrival: FloatArray,
    rules: OrderRules,
    *,
    unserved: NDArray[np.bool_] | None = None,
) -> Sizing:
    """Turn needs into legal orders.

    A legal quantity is 0, or a multiple of `order_multiple` that is at least MOQ and at most `max_order`. Nothing is
    ordered when need <= 0, or when only safety stock is short by less than half a unit. A rule may raise a need, never
    make one.

    Parameters
    ----------
    need, need_without_safety_stock
        Largest shortfall in the window with and without safety stock, shape (rows,), in units.
    stock_at_arrival
        Stock and receipts at the opening of the arrival day without this order, shape (rows,), in units.
    rules
        Rules of this order date, shape (rows,) each.
    unserved
        Whether demand of the window goes unserved without the order; where it is lost, the same as a shortfall.
    """
    wanted = (need > 0) & ((need_without_safety_stock > 0) | (need >= 0.5))
    least = np.where(wanted, np.ceil(need), 0.0)
    raised = np.where(wanted, _up(np.maximum(least, rules.moq), rules.order_multiple), 0.0)
    capped = raised
    flags = np.where(wanted & (rules.moq > _up(least, rules.order_multiple)), MOQ_RAISED, 0).astype(np.uint8)
    over = raised > rules.max_order
    if over.any():
        capped = np.where(over, _down(np.minimum(raised, rules.max_order), rules.order_multiple), raised)
        illegal = over & ((capped < rules.moq) | (capped <= 0))
        capped = np.where(illegal, 0.0, capped)
        flags |= np.where(illegal, CONFLICT_MAX_ORDER, np.where(over, CAPPED, 0)).astype(np.uint8)
    room = np.floor(rules.max_stock - stock_at_arrival)
    quantity = capped
    full = (capped > room) & (capped > 0)
    if full.any():
        short = need_without_safety_stock > 0 if unserved is None else unserved
        quantity, flags = _under_max_stock(capped, full, room, short, flags, rules)
    return Sizing(need, need_without_safety_stock, raised, capped, room, quantity, flags)


def _under_max_stock(
    capped: FloatArray,
    full: NDArray[np.bool_],
    room: FloatArray,
    unserved: NDArray[np.bool_],
    flags: NDArray[np.uint8],
    rules: OrderRules,
) -> tuple[FloatArray, NDArray[np.uint8]]:
    """Reduce orders that do not fit; where no legal one fits, place the smallest only if demand goes unserved."""
    fitting = _down(np.minimum(capped, room), rules.order_multiple)
    legal = (fitting > 0) & (fitting >= rules.moq)
    smallest = _up(np.maximum(rules.moq, 1.0), rules.order_multiple)
    placed = unserved & ~rules.max_stock_is_hard
    quantity = np.where(full, np.where(legal, fitting, np.where(placed, smallest, 0.0)), capped)
    otherwise = np.where(rules.max_stock_is_hard, CONFLICT_MAX_STOCK, np.where(unserved, OVER_MAX_STOCK, 0))
    kept = flags & np.uint8(MOQ_RAISED)
    said = np.where(legal, flags | np.uint8(CAPPED), kept | otherwise.astype(np.uint8))
    return quantity, np.where(full, said, flags).astype(np.uint8)


class _Balance:
    """The running stock of a block of rows at the end of a day, less backlog, and what went unserved so far."""

    def __init__(self, position: Position, flow: FloatArray) -> None:
        self._position, self._flow = position, flow
        self.stock = position.opening.copy()
        self.unserved = np.zeros(len(self.stock))
        self.day = -1

    def carry(self, to_day: int) -> FloatArray:
        """Go on to the end of a day; return net demand up to there."""
        base = self.flow_at(self.day)
        if to_day <= self.day:
            return base
        part = self._flow[self.day + 1 : to_day + 1]
        short = part.max(axis=0) - base - self.stock
        if self._position.backorder:
            waiting = np.maximum(part - base - self.stock, 0.0)
            self.unserved += np.minimum(self._position.demand[self.day + 1 : to_day + 1], waiting).sum(axis=0)
            lost = np.zeros_like(short)
        else:
            lost = np.maximum(short, 0.0)
            self.unserved += lost
        self.stock = self.stock - (part[-1] - base) + lost
        self.day = to_day
        return part[-1]

    def flow_at(self, day: int) -> FloatArray:
        return self._flow[day] if day >= 0 else np.zeros(len(self.stock))


def net(
    position: Position,
    windows: Windows,
    rules: OrderRules,
    *,
    fixed: FloatArray | None = None,
    trace: list[Sizing | None] | None = None,
) -> NettingResult:
    r"""Size the orders of every order date, earliest first.

    The order with arrival a carries its row over W = [a, next possible arrival - 1]:

    .. math:: need = \max_{b \in W} \Big( ss_b + \sum_{t=a}^{b} (demand_t - receipts_t) - stock_{a-1} \Big)

    where receipts hold scheduled ones and orders already fixed (earlier ones and all edits), and
    :math:`stock_{a-1}` is ending stock less backlog: what was lost before a stays lost, inside W the balance is signed.

    Parameters
    ----------
    position
        Opening stock, demand, scheduled receipts and safety stock; no window may reach past them.
    windows
        Arrivals and window ends.
    rules
        Rules on the size of an order.
    fixed
        Edits, shape (orders, rows); NaN where the suggestion stands.
    trace
        Takes the steps of every order date when given; None for a date that has no window.
    """
    orders, rows = len(windows.arrivals), len(position.opening)
    suggested, quantity = np.zeros((orders, rows)), np.zeros((orders, rows))
    flags = np.zeros((orders, rows), dtype=np.uint8)
    flow, level = _with_edits(position, windows, fixed)
    crossing = bool((np.diff(windows.arrivals) < 0).any())
    balance = _Balance(position, flow)
    for order, (arrival, end) in enumerate(zip(windows.arrivals.tolist(), windows.ends.tolist(), strict=True)):
        own = np.zeros(rows) if fixed is None else np.nan_to_num(fixed[order])
        quantity[order] = own
        if end < arrival:
            if trace is not None:
                trace.append(None)
            continue
        if crossing:
            balance = _Balance(position, flow)
        before = balance.carry(arrival - 1)
        stock = balance.stock - own
        short = flow[arrival : end + 1] - before - stock
        waiting = (short > 0) & (position.demand[arrival : end + 1] > 0) if position.backorder else None
        sizing = size_orders(
            level[arrival : end + 1].max(axis=0) - before - stock,
            short.max(axis=0),
            stock + position.demand[arrival] - (flow[arrival] - before),
            rules.at(order),
            unserved=None if waiting is None else waiting.any(axis=0),
        )
        if trace is not None:
            trace.append(sizing)
        suggested[order], flags[order] = sizing.quantity, sizing.flags
        free = sizing.quantity if fixed is None else np.where(np.isnan(fixed[order]), sizing.quantity, 0.0)
        quantity[order] += free
        if crossing:
            flow[arrival:] -= free
            level[arrival:] -= free
        else:
            balance.stock = balance.stock + free
    return NettingResult(suggested, quantity, flags)


def _with_edits(position: Position, windows: Windows, fixed: FloatArray | None) -> tuple[FloatArray, FloatArray]:
    """Return net demand without and with safety stock, edits received; copies where they will be written to."""
    crossing = bool((np.diff(windows.arrivals) < 0).any())
    if fixed is None and not crossing:
        return position.flow, position.level
    flow = position.flow.copy()
    for arrival, edit in zip(windows.arrivals, () if fixed is None else np.nan_to_num(fixed), strict=False):
        flow[arrival:] -= edit
    return flow, flow + position.safety_stock


def unserved_with_orders(position: Position, windows: Windows, quantity: FloatArray, last_day: int) -> FloatArray:
    """Return the unserved demand of days 0 to `last_day` with these orders, in units, shape (rows,).

    Parameters
    ----------
    position, windows
        As for `net`.
    quantity
        Orders, shape (orders, rows), in units.
    last_day
        Last day that is judged.
    """
    balance = _Balance(position, position.flow)
    for order in np.argsort(windows.arrivals, kind="stable"):
        arrival = int(windows.arrivals[order])
        if arrival > last_day:
            break
        balance.carry(arrival - 1)
        balance.stock = balance.stock + quantity[order]
    balance.carry(last_day)
    return balance.unserved


def flag_moq_cover(
    result: NettingResult, windows: Windows, cumulative_demand: FloatArray, excess_days: int
) -> NDArray[np.uint8]:
    """Return the flags with `MOQ_COVER` where MOQ made an order outlast `excess_days` from its arrival on.

    Parameters
    ----------
    result, windows
        Orders and their arrivals.
    cumulative_demand
        Demand before day t, shape (days + 1, rows); reaches `excess_days` past the last arrival.
    excess_days
        Days beyond which stock is excess.
    """
    orders, rows = np.nonzero((result.flags & MOQ_RAISED).astype(bool) & (result.suggested > 0))
    flags = result.flags.copy()
    if len(orders):
        arrival = windows.arrivals[orders]
        demand = cumulative_demand[arrival + excess_days, rows] - cumulative_demand[arrival, rows]
        long = demand < result.suggested[orders, rows]
        flags[orders[long], rows[long]] |= MOQ_COVER
    return flags
