"""Netting: how much to order on each order date so that stock lasts until the next possible arrival.

All quantities are whole multiples of 1/1024 unit held as float64, so sums are exact in any order.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np

from moselle_nb.engines.lot_targets import lot_targets
from moselle_nb.engines.position import Netted
from moselle_nb.engines.price_breaks import price_raises
from moselle_nb.engines.sizing import (
    CAPPED,
    CONFLICT_MAX_ORDER,
    CONFLICT_MAX_STOCK,
    MOQ_COVER,
    MOQ_RAISED,
    OVER_MAX_STOCK,
    PRICE_BREAK,
    SHELF_LIFE,
    WASTE,
    LotRules,
    OrderRules,
    Sizing,
    size_orders,
)
from moselle_nb.engines.targets import targets_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.lot_targets import LotSizing
    from moselle_nb.engines.position import FloatArray, Position
    from moselle_nb.engines.price_breaks import PriceTerms
    from moselle_nb.engines.sizing import Flags

__all__ = [
    "CAPPED", "CONFLICT_MAX_ORDER", "CONFLICT_MAX_STOCK", "MOQ_COVER", "MOQ_RAISED", "OVER_MAX_STOCK",
    "PRICE_BREAK", "SHELF_LIFE", "WASTE",
    "ExpectedLosses", "NettingResult", "OrderRules", "Sizing", "Windows", "flag_moq_cover", "net", "size_orders",
    "unserved_with_orders",
]  # fmt: skip

Given = TypeVar("Given", bound=Netted)
Given_contra = TypeVar("Given_contra", bound=Netted, contravariant=True)

MANY = 8
"""One row in so many is too many to ask for row by row."""


@dataclass(frozen=True, eq=False)
class Windows:
    """The orders of a calendar and the days that each must carry, in days from `as_of`.

    Parameters
    ----------
    arrivals
        Day on which each order serves demand for the first time, shape (orders,); by order date.
    ends
        Last day before the earliest arrival of a later order date, shape (orders,); before the order's own arrival
        where a later one comes as early. Windows that are not empty follow one another without holes.
    last_day
        Last day of the arithmetic.
    lots
        By which rule an order covers more than its own window; None where an order costs nothing.
    prices
        What orders cost, where it falls with their quantity; None where no row has price breaks.
    """

    arrivals: NDArray[np.int64]
    ends: NDArray[np.int64]
    last_day: int
    lots: LotSizing | None = None
    prices: PriceTerms | None = None


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
    flags: Flags


class ExpectedLosses(Protocol[Given_contra]):
    """What uncertain demand is expected to lose, for those rows of a block whose stock is projected by it."""

    @property
    def columns(self) -> NDArray[np.intp]:
        """Rows of the block, shape (n,)."""

    def lost(self, position: Given_contra, supply: FloatArray, first: int, last: int) -> FloatArray:
        """Return what is expected to be lost from a day to another with this supply before it, shape (n,), in units."""


def net(
    position: Given,
    windows: Windows,
    rules: OrderRules,
    *,
    fixed: FloatArray | None = None,
    trace: list[Sizing] | None = None,
    order_ahead: bool = True,
    count: int | None = None,
    uncertain: ExpectedLosses[Given] | None = None,
) -> NettingResult:
    r"""Size the orders of every order date, earliest first.

    The order with arrival a carries its row over W = [a, next possible arrival - 1]:

    .. math:: need = \max_{b \in W} \Big( ss_b + \sum_{t=a}^{b} (demand_t - receipts_t) - stock_{a-1} \Big)

    where receipts hold scheduled ones and orders already fixed (earlier ones and all edits), and
    :math:`stock_{a-1}` is ending stock less backlog: what was lost before a stays lost, inside W the balance is
    signed. Summed from day 0, this is the highest level of W less what was supplied before it: opening stock, earlier
    orders, and what was lost. An empty window asks for nothing.

    What later windows ask of an order, by `targets_of`, `windows.lots` and `windows.prices`, knows the edits of earlier
    dates and none of later ones: an edit never changes what was suggested before it.

    Of rows that are uncertain, what is lost is what is *expected* to be lost, so that :math:`stock_{a-1}` is the
    expected leftover.

    Parameters
    ----------
    position
        Opening stock, demand, scheduled receipts and safety stock.
    windows
        Arrivals and window ends.
    rules
        Rules on the size of an order.
    fixed
        Edits, shape (orders, rows); NaN where the suggestion stands.
    trace
        Takes the steps of every order date when given.
    order_ahead
        Whether what a maximum order cuts is moved to earlier dates with room; see `targets_of`.
    count
        How many orders are sized, the earliest; later ones stay at 0. All of them when left out.
    uncertain
        Rows whose stock is projected by its expectation; of rows that lose sales.
    """
    shape = (len(windows.arrivals), len(position.opening))
    suggested, flags = np.zeros(shape), np.zeros(shape, dtype=np.uint8 if windows.prices is None else np.uint16)
    days = list(zip(windows.arrivals.tolist(), windows.ends.tolist(), strict=True))
    carried = [window if window[0] <= window[1] else None for window in days]
    lots = None if windows.lots is None else lot_targets(windows.lots, days, position)
    raises = None if windows.prices is None else price_raises(windows.prices, days, position)
    targets = targets_of(position, carried, rules, order_ahead=order_ahead, lots=lots)
    settled = None if fixed is None else np.nan_to_num(fixed).cumsum(axis=0)
    if fixed is not None:
        position = position.with_receipts(windows.arrivals, np.nan_to_num(fixed))
    supply, day = position.opening, 0
    for order, (arrival, end) in enumerate(days[:count]):
        own = 0.0 if fixed is None else np.nan_to_num(fixed[order])
        if end < arrival:
            if trace is not None:
                stock = _carried(position, supply, day, min(arrival, windows.last_day + 1), uncertain) - own
                trace.append(_waiting(position, arrival, stock, rules.at(order), windows.last_day))
            continue
        supply = _carried(position, supply, day, arrival, uncertain)
        stock = supply - own if fixed is not None else supply
        if settled is None:
            level, peak = targets.own(order, (arrival, end))
        else:
            level, peak = position.level_peak(arrival, end), position.peak(arrival, end)
        need, bare = level - stock, peak - stock
        known = stock if settled is None else stock + settled[order]
        sizing = size_orders(
            need, bare, stock - position.outflow(arrival), rules.at(order),
            unserved=position.asked_peak(arrival, end) > stock if position.backorder else None,
            further=targets.further(order, known, need, bare),
        )  # fmt: skip
        if raises is not None:
            sizing = raises.applied(order, known, sizing, rules.at(order))
        if trace is not None:
            trace.append(sizing)
        suggested[order], flags[order] = sizing.quantity, sizing.flags
        free = sizing.quantity if fixed is None else np.where(np.isnan(fixed[order]), sizing.quantity, 0.0)
        supply, day = supply + free, end + 1
        if not position.backorder and order + 1 != count:
            supply = _with_lost(position, supply, peak, (arrival, end), uncertain)
    return NettingResult(suggested, suggested if fixed is None else np.where(np.isnan(fixed), suggested, fixed), flags)


def _carried(
    position: Given, supply: FloatArray, day: int, until: int, uncertain: ExpectedLosses[Given] | None = None
) -> FloatArray:
    """Return what was supplied before `until`: opening stock and orders, and where sales are lost what was lost."""
    if position.backorder or until <= day:
        return supply
    return _with_lost(position, supply, position.peak(day, until - 1), (day, until - 1), uncertain)


def _with_lost(
    position: Given,
    supply: FloatArray,
    peak: FloatArray,
    days: tuple[int, int],
    uncertain: ExpectedLosses[Given] | None,
) -> FloatArray:
    """Return supply and what is lost on some days of this highest flow: where rows are uncertain, what is expected."""
    carried = np.maximum(supply, peak)
    if uncertain is not None:
        carried[uncertain.columns] = supply[uncertain.columns] + uncertain.lost(position, supply, *days)
    return carried


def _waiting(position: Netted, arrival: int, stock: FloatArray, rules: LotRules, last_day: int) -> Sizing:
    """Return the steps of an order that can wait for a later date: it needs nothing, but an edit must fit."""
    none = np.zeros_like(stock)
    room = np.full_like(stock, np.inf)
    if arrival <= last_day:
        room = np.floor(rules.max_stock - (stock - position.outflow(arrival)))
    return Sizing(none, none, none, none, room, none, np.zeros(len(stock), dtype=np.uint8), none, none, rules.life)


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
    supply, day, unserved = position.opening, 0, np.zeros(len(position.opening))
    placed = np.zeros(len(position.opening))
    for order in [*np.argsort(windows.arrivals, kind="stable").tolist(), None]:
        arrival = last_day + 1 if order is None else int(windows.arrivals[order])
        until = min(arrival, last_day + 1)
        if position.backorder and until > day:
            unserved += position.unserved(day, until - 1, supply)
        supply, day = _carried(position, supply, day, until), max(day, until)
        if order is None or arrival > last_day:
            break
        placed += quantity[order]
        supply = supply + quantity[order]
    return unserved if position.backorder else supply - placed - position.opening


def flag_moq_cover(position: Position, windows: Windows, result: NettingResult, excess_days: int) -> None:
    """Add the flag `MOQ_COVER` where MOQ made an order outlast `excess_days` from its arrival on.

    Parameters
    ----------
    position, windows
        As for `net`.
    result
        Orders; its flags are written to.
    excess_days
        Days beyond which stock is excess.
    """
    cumulative, arrivals = position.cumulative, np.sort(windows.arrivals).tolist()
    for order, arrival in enumerate(windows.arrivals.tolist()):
        until, flags = arrival + excess_days, result.flags[order]
        outlasts = (flags & MOQ_RAISED).astype(bool)
        if not outlasts.any():
            continue
        served = cumulative.at(arrival) + result.suggested[order]
        outlasts &= cumulative.at(arrivals[bisect_right(arrivals, until) - 1]) < served
        (rows,) = outlasts.nonzero()
        if len(rows) * MANY > len(flags):
            rows = rows[cumulative.at(until)[rows] < served[rows]]
        elif len(rows):
            rows = rows[cumulative.at_rows(np.full(len(rows), until), rows) < served[rows]]
        flags[rows] |= MOQ_COVER
