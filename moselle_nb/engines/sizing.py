"""Sizing: from a need to a legal order, under MOQ, order multiple, maximum order and maximum stock."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.position import FloatArray

__all__ = [
    "CAPPED", "CONFLICT_MAX_ORDER", "CONFLICT_MAX_STOCK", "MOQ_COVER", "MOQ_RAISED", "OVER_MAX_STOCK",
    "PRICE_BREAK", "SHELF_LIFE", "WASTE",
    "Flags", "Further", "LotRules", "OrderRules", "Raised", "Sizing", "size_orders",
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
SHELF_LIFE = 64
"""Less than needed was ordered: more would outlast its shelf life."""
WASTE = 128
"""No legal order is used up in its shelf life: the smallest was placed if demand would go unserved, else none."""
PRICE_BREAK = 256
"""The order was raised to a price break; beyond a byte: flags are wider only where rows have price breaks."""

HALF_A_UNIT = 0.5

Scalar = TypeVar("Scalar", np.float64, np.bool_)

Flags: TypeAlias = "NDArray[np.uint8] | NDArray[np.uint16]"


@dataclass(frozen=True, eq=False)
class LotRules:
    """Rules on the size of the orders of one date, shape (rows,) each, in units.

    Parameters
    ----------
    moq
        Smallest order above 0; 0 where there is none.
    order_multiple
        Orders are whole multiples of it; 1 where there is none.
    max_order
        Largest order; infinity where there is none.
    max_stock
        Largest stock at the opening of the arrival day, before its demand; infinity where there is none.
    max_stock_is_hard
        Whether the maximum stock also holds when demand would go unserved.
    usable
        Stock at the opening of the arrival day that is used up before it expires: the demand of the shelf life from
        that day on. None, or infinity, where nothing expires.
    """

    moq: FloatArray
    order_multiple: FloatArray
    max_order: FloatArray
    max_stock: FloatArray
    max_stock_is_hard: NDArray[np.bool_]
    usable: FloatArray | None = None
    life: FloatArray = field(init=False)
    """`usable` as an array."""
    least: FloatArray = field(init=False)
    """MOQ up to the multiple."""
    smallest: FloatArray = field(init=False)
    """The smallest legal order above 0."""
    largest: FloatArray = field(init=False)
    """The largest legal order, 0 where no order above 0 is legal; infinity where nothing limits it."""
    has_max_order: bool = field(init=False)
    has_max_stock: bool = field(init=False)
    has_shelf_life: bool = field(init=False)

    def __post_init__(self) -> None:
        """Work out once what every order needs."""
        largest = self.max_order
        if (largest < np.inf).any():
            fitting = _down(largest, self.order_multiple)
            largest = np.where((fitting >= self.moq) & (fitting > 0), fitting, 0.0)
        life = np.full_like(self.max_stock, np.inf) if self.usable is None else self.usable
        derived = {
            "life": life,
            "has_shelf_life": bool((life < np.inf).any()),
            "largest": largest,
            "least": _up(self.moq, self.order_multiple),
            "smallest": _up(np.maximum(self.moq, 1.0), self.order_multiple),
            "has_max_order": bool((self.max_order < np.inf).any()),
            "has_max_stock": bool((self.max_stock < np.inf).any()),
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)


@dataclass(frozen=True, eq=False)
class OrderRules:
    """Rules on the size of the orders of every date, each of shape (orders, rows), or (1, rows) where undated.

    Parameters
    ----------
    moq, order_multiple, max_order, max_stock, max_stock_is_hard, usable
        As in `LotRules`.
    """

    moq: FloatArray
    order_multiple: FloatArray
    max_order: FloatArray
    max_stock: FloatArray
    max_stock_is_hard: NDArray[np.bool_]
    usable: FloatArray | None = None
    undated: LotRules | None = field(init=False)
    """The rules of every date, where they are the same."""

    def __post_init__(self) -> None:
        """Make the rules once when they hold on every date."""
        if self.usable is None:
            object.__setattr__(self, "usable", np.full_like(self.max_stock[:1], np.inf))
        rules = (self.moq, self.order_multiple, self.max_order, self.max_stock, self.max_stock_is_hard, self.usable)
        undated = all(rule is not None and len(rule) == 1 for rule in rules)
        object.__setattr__(self, "undated", self._of(0) if undated else None)

    def _of(self, order: int) -> LotRules:
        def pick(rule: NDArray[Scalar]) -> NDArray[Scalar]:
            return rule[order if len(rule) > 1 else 0]

        return LotRules(
            pick(self.moq), pick(self.order_multiple), pick(self.max_order), pick(self.max_stock),
            pick(self.max_stock_is_hard), None if self.usable is None else pick(self.usable),
        )  # fmt: skip

    def at(self, order: int) -> LotRules:
        """Return the rules of one order date."""
        return self._of(order) if self.undated is None else self.undated


@dataclass(frozen=True, eq=False)
class Raised:
    """What price breaks made of the orders of a date, shape (rows,) each.

    Parameters
    ----------
    before
        The order by all other rules, in units.
    saved
        What the raised order and those that it replaces cost less, in currency; 0 where nothing was raised.
    held
        What holding it costs more than in orders like the one before, in currency.
    until
        Last day of the last window that the order serves, from `as_of`; -1 where nothing was raised.
    """

    before: FloatArray
    saved: FloatArray
    held: FloatArray
    until: NDArray[np.int64]

    def of(self, rows: slice | NDArray[np.bool_]) -> Raised:
        """Return it for some rows."""
        return Raised(self.before[rows], self.saved[rows], self.held[rows], self.until[rows])


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
    total
        The need, or what later dates need of this order besides.
    asked
        What the order was asked for: the total, or more because fewer, larger orders cost less.
    usable
        What can be used up in its shelf life.
    raised
        How the order came to a price break; None where none of the rows was raised to one.
    """

    need: FloatArray
    need_without_safety_stock: FloatArray
    after_minimum: FloatArray
    after_maximum: FloatArray
    room: FloatArray
    quantity: FloatArray
    flags: Flags
    total: FloatArray
    asked: FloatArray
    usable: FloatArray
    raised: Raised | None = None

    def of(self, rows: slice) -> Sizing:
        """Return the steps of some rows."""
        names = (each.name for each in fields(self) if each.name != "raised")
        parts = {name: getattr(self, name)[rows] for name in names}
        return Sizing(**parts, raised=None if self.raised is None else self.raised.of(rows))

    @property
    def ahead(self) -> FloatArray:
        """What is needed for later dates whose maximum order cuts it."""
        return self.total - self.need

    @property
    def lot(self) -> FloatArray:
        """What is ordered besides because an order costs money."""
        return self.asked - self.total


@dataclass(frozen=True, eq=False)
class Further:
    """What an order is asked for beyond the need of its own window, shape (rows,) each, in units.

    Parameters
    ----------
    need, need_without_safety_stock
        The need of its window and what later dates leave to it; at least the need of its window.
    lot
        What an order that is needed is raised to because an order costs money; None where it costs nothing.
    columns
        Rows that may be asked for more than the need of their window.
    """

    need: FloatArray
    need_without_safety_stock: FloatArray
    lot: FloatArray | None = None
    columns: NDArray[np.intp] | slice = field(default_factory=lambda: slice(None))


def _up(quantity: FloatArray, multiple: FloatArray) -> FloatArray:
    return np.asarray(np.ceil(quantity / multiple) * multiple)


def _down(quantity: FloatArray, multiple: FloatArray) -> FloatArray:
    return np.asarray(np.floor(quantity / multiple) * multiple)


def size_orders(
    need: FloatArray,
    need_without_safety_stock: FloatArray,
    stock_at_arrival: FloatArray,
    rules: LotRules,
    *,
    unserved: NDArray[np.bool_] | None = None,
    further: Further | None = None,
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
        Rules of this order date.
    unserved
        Whether demand of the window goes unserved without the order; where it is lost, the same as a shortfall.
    further
        What later dates ask for; an order that carries its own window is then neither capped nor in conflict.
    """
    asked = total = need if further is None else further.need
    wanted = _wanted(total, need_without_safety_stock if further is None else further.need_without_safety_stock)
    if further is not None and further.lot is not None:
        asked = np.where(wanted, np.maximum(total, further.lot), total)
    raised = np.ceil(asked)
    raised /= rules.order_multiple
    np.ceil(raised, out=raised)
    raised *= rules.order_multiple
    flags = ((rules.moq > raised) & wanted).view(np.uint8) * np.uint8(MOQ_RAISED)
    raised = np.where(wanted, np.maximum(raised, rules.least), 0.0)
    capped, quantity, room = raised, raised, rules.max_stock
    if rules.has_max_order:
        (over,) = (raised > rules.max_order).nonzero()
        if len(over):
            capped = _under_max_order(raised, over, flags, rules)
        quantity = capped
    if rules.has_max_stock:
        room = np.floor(rules.max_stock - stock_at_arrival)
        (full,) = (capped > room).nonzero()
        full = full[capped[full] > 0]
        if len(full):
            short = need_without_safety_stock > 0 if unserved is None else unserved
            quantity = _under_max_stock(capped, full, room, short, flags, rules)
    usable = rules.life
    if rules.has_shelf_life:
        usable = np.floor(rules.life - stock_at_arrival)
        short = need_without_safety_stock > 0 if unserved is None else unserved
        quantity = _under_shelf_life(quantity, usable, short, flags, rules)
    if further is not None:
        rows = further.columns
        said, alone = flags[rows], _wanted(need[rows], need_without_safety_stock[rows])
        said &= np.where(quantity[rows] >= need[rows], ~np.uint8(CAPPED | SHELF_LIFE), np.uint8(255))
        of_window = CAPPED | CONFLICT_MAX_ORDER | CONFLICT_MAX_STOCK | SHELF_LIFE | WASTE
        said &= np.where(alone, np.uint8(255), ~np.uint8(of_window))
        flags[rows] = said
    return Sizing(need, need_without_safety_stock, raised, capped, room, quantity, flags, total, asked, usable)


def _wanted(need: FloatArray, need_without_safety_stock: FloatArray) -> NDArray[np.bool_]:
    """Tell where anything is ordered: not where less than half a unit of safety stock is missing."""
    wanted = need_without_safety_stock > 0
    wanted |= need >= HALF_A_UNIT
    wanted &= need > 0
    return np.asarray(wanted)


def _under_max_order(
    raised: FloatArray, over: NDArray[np.intp], flags: NDArray[np.uint8], rules: LotRules
) -> FloatArray:
    """Reduce orders above the maximum order; where no legal one is left, order nothing. Adds to `flags`."""
    fitting = _down(rules.max_order[over], rules.order_multiple[over])
    illegal = (fitting < rules.moq[over]) | (fitting <= 0)
    flags[over] |= np.where(illegal, CONFLICT_MAX_ORDER, CAPPED).astype(np.uint8)
    capped = raised.copy()
    capped[over] = np.where(illegal, 0.0, fitting)
    return capped


def _under_max_stock(
    capped: FloatArray,
    full: NDArray[np.intp],
    room: FloatArray,
    unserved: NDArray[np.bool_],
    flags: NDArray[np.uint8],
    rules: LotRules,
) -> FloatArray:
    """Reduce orders that do not fit; where no legal one fits, place the smallest only if demand goes unserved.

    Adds to `flags`; an order that is replaced loses what was said of it.
    """
    short, hard = unserved[full], rules.max_stock_is_hard[full]
    fitting = _down(room[full], rules.order_multiple[full])
    legal = (fitting > 0) & (fitting >= rules.moq[full])
    quantity = capped.copy()
    quantity[full] = np.where(legal, fitting, np.where(short & ~hard, rules.smallest[full], 0.0))
    otherwise = np.where(hard, CONFLICT_MAX_STOCK, np.where(short, OVER_MAX_STOCK, 0)).astype(np.uint8)
    said = flags[full]
    flags[full] = np.where(legal, said | np.uint8(CAPPED), (said & np.uint8(MOQ_RAISED)) | otherwise)
    return quantity


def _under_shelf_life(
    quantity: FloatArray,
    usable: FloatArray,
    unserved: NDArray[np.bool_],
    flags: NDArray[np.uint8],
    rules: LotRules,
) -> FloatArray:
    """Reduce orders to what is used up; where no legal one is, place the smallest only if demand goes unserved.

    Adds to `flags`.
    """
    over = np.flatnonzero((quantity > usable) & (quantity > 0))
    if not len(over):
        return quantity
    fitting = _down(usable[over], rules.order_multiple[over])
    legal = (fitting > 0) & (fitting >= rules.moq[over])
    found = quantity.copy()
    found[over] = np.where(legal, fitting, np.where(unserved[over], rules.smallest[over], 0.0))
    said = flags[over]
    flags[over] = np.where(legal, said | np.uint8(SHELF_LIFE), (said & ~np.uint8(CAPPED)) | np.uint8(WASTE))
    return found
