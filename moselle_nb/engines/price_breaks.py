r"""Price breaks in a plan: a larger order at a lower price, in place of what later windows would ask for.

With :math:`TC(x)` the price of x units, :math:`K` the cost of an order, :math:`h` that of holding a unit for a day and
:math:`U(x)` the unit-days for which x units are held until the windows that take them begin, a unit of an order of x
costs

.. math:: C(x) = \frac{TC(x) + K + h U(x)}{x}

An order :math:`q` by all other rules is raised to the :math:`Q > q` whose units cost least, if that is less than its
own do; of equal ones to the smallest. With steady demand C(x) times the demand rate is the cost per unit of time of
orders of x: this is the comparison of the model with price breaks of `order_quantities`. :math:`Q` is

* for all-units discounts the smallest legal quantity from each break on;
* for incremental ones the smallest legal quantity that carries each window, from the first break on: between two breaks
  C is least where a window is carried just so, because between windows the numerator is linear in x; and never at a
  break, from which on a further unit is cheaper than one before it.

Later orders need not be like q: after an order of one unit for what stock left open, a full window follows. So Q must
also cost less than q and the orders that the windows it serves would place alone, the last of them for what Q leaves:

.. math:: TC(Q) + K + h U(Q) < TC(q) + K + h U(q) + \sum_j \big( TC(a_j) + K \big) - \big( TC(r) + K [r > 0] \big)

with :math:`a_j` what window j asks for beyond q and :math:`r` what the last of them still orders. With lot-for-lot
orders and no other rule in the way this is the whole difference in cost, so that a raise never makes a plan dearer.

What is said to be saved on price and orders, and what holding costs more, is by the comparison that saves less: this
one, or that with as many units in orders like q, :math:`\frac{Q}{q} (TC(q) + K) - TC(Q) - K` and
:math:`h (U(Q) - \frac{Q}{q} U(q))`.

By hand: 10 a week at 2.00, 1.80 from 30 on, no order cost, 0.01 per unit and day. 10 units cost 20.00; 30 cost 54.00
in place of 60.00: 6.00 saved. The second 10 are held for 7 days and the third for 14: 210 unit-days cost 2.10. A unit
costs 1.87 and not 2.00: the order is raised, and lasts three weeks.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.order_quantities import PriceBreaks
from moselle_nb.engines.sizing import MOQ_RAISED, PRICE_BREAK, Raised

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from moselle_nb.engines.position import FloatArray, Netted
    from moselle_nb.engines.sizing import LotRules, Sizing

__all__ = ["LEAST_GAIN", "PriceRaises", "PriceTerms", "RowPrices", "price_raises"]

LEAST_GAIN = 1e-6
"""A unit that costs less by less than this share is as dear: what rounding leaves decides nothing."""


@dataclass(frozen=True, eq=False)
class RowPrices:
    """What an order of some units costs.

    Parameters
    ----------
    from_quantity, unit_cost
        As in `PriceBreaks`, shape (breaks, rows).
    incremental
        Whether each price holds for the units from its break on only, shape (rows,); else for all of the order's.
    """

    from_quantity: FloatArray
    unit_cost: FloatArray
    incremental: NDArray[np.bool_]
    highest: FloatArray = field(init=False)
    """Units from which the lowest price holds, shape (rows,)."""
    _kinds: tuple[PriceBreaks, PriceBreaks] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Check the breaks."""
        object.__setattr__(self, "highest", np.where(np.isfinite(self.from_quantity), self.from_quantity, 0.0).max(0))
        kinds = tuple(PriceBreaks(self.from_quantity, self.unit_cost, kind) for kind in ("all_units", "incremental"))
        object.__setattr__(self, "_kinds", kinds)

    def cost_of(self, quantity: ArrayLike) -> FloatArray:
        """Return the price of an order of so many units, shape (rows,)."""
        whole, by_part = self._kinds
        if not self.incremental.any():
            return whole.cost_of(quantity)
        if self.incremental.all():
            return by_part.cost_of(quantity)
        return np.where(self.incremental, by_part.cost_of(quantity), whole.cost_of(quantity))

    def take(self, columns: NDArray[np.intp]) -> RowPrices:
        """Return the prices of some rows."""
        return RowPrices(self.from_quantity[:, columns], self.unit_cost[:, columns], self.incremental[columns])


@dataclass(frozen=True, eq=False)
class PriceTerms:
    """What the rows of a block pay for orders and stock.

    Parameters
    ----------
    prices
        What orders cost.
    order_cost
        Per order besides, shape (rows,).
    holding_cost
        Per unit and day, shape (rows,).
    later_starts, later_levels
        Of the windows that follow those of the orders, as in `LotSizing`.
    """

    prices: RowPrices
    order_cost: FloatArray
    holding_cost: FloatArray
    later_starts: NDArray[np.int64]
    later_levels: FloatArray


@dataclass(frozen=True, eq=False)
class PriceRaises:
    """How the orders of a plan are raised to price breaks.

    Parameters
    ----------
    terms
        Prices and costs.
    place
        By order date: which of the windows it begins.
    levels
        The highest level of each window, shape (windows, rows).
    highest
        That of the window and all later ones, shape (windows, rows).
    starts
        First day of each window, and the day after the last.
    """

    terms: PriceTerms
    place: dict[int, int]
    levels: FloatArray
    highest: FloatArray
    starts: NDArray[np.int64]

    def applied(self, order: int, supply: FloatArray, sizing: Sizing, rules: LotRules) -> Sizing:
        """Return the steps of an order date with its orders raised to price breaks where that costs less.

        Parameters
        ----------
        order
            Position of the order date.
        supply
            What was supplied before it, edits of earlier dates included and later ones not, shape (rows,).
        sizing
            By all other rules.
        rules
            Rules on the size of an order.
        """
        place, quantity, prices = self.place[order], sizing.quantity, self.terms.prices
        limit = np.minimum(self.highest[place] - supply, np.minimum(sizing.room, sizing.usable))
        limit = np.minimum(limit, rules.max_order)
        least = np.maximum(prices.from_quantity[1], quantity + 1.0)
        open_ = (quantity > 0) & (least <= limit) & (prices.incremental | (quantity < prices.highest))
        for incremental in (False, True):
            columns = np.flatnonzero(open_ & (prices.incremental == incremental))
            if len(columns):
                look = _Look.of(self, place, columns, supply[columns])
                multiple = rules.order_multiple[columns]
                wanted = np.ceil((look.asked if incremental else look.prices.from_quantity[1:]) / multiple) * multiple
                wanted[(wanted < least[columns]) | (wanted > limit[columns])] = np.nan
                sizing = look.raised(wanted, sizing)
        return sizing


@dataclass(frozen=True, eq=False)
class _Look:
    """Some rows at one order date.

    Parameters
    ----------
    columns
        Which rows of the block, shape (n,).
    prices, order_cost, holding_cost
        What they pay.
    starts
        First day of each window from the order's own on, and the day after the last.
    asked
        What all windows up to each ask for, shape (windows, n), in units.
    held
        Unit-days for which that is held until the windows that take it begin, shape (windows, n).
    """

    columns: NDArray[np.intp]
    prices: RowPrices
    order_cost: FloatArray
    holding_cost: FloatArray
    starts: NDArray[np.int64]
    asked: FloatArray
    held: FloatArray

    @classmethod
    def of(cls, raises: PriceRaises, place: int, columns: NDArray[np.intp], supply: FloatArray) -> _Look:
        """Look at some rows from a window on."""
        terms, starts = raises.terms, raises.starts[place:]
        asked = np.maximum.accumulate(raises.levels[place:, columns], axis=0)
        asked = np.maximum(asked - supply, 0.0)
        waits = (starts[:-1] - starts[0]).astype(np.float64)[:, None]
        held = np.cumsum(np.diff(asked, axis=0, prepend=0.0) * waits, axis=0)
        prices = terms.prices.take(columns)
        return cls(columns, prices, terms.order_cost[columns], terms.holding_cost[columns], starts, asked, held)

    def raised(self, wanted: FloatArray, sizing: Sizing) -> Sizing:
        """Raise orders to the best of some quantities, rising, shape (quantities, n); NaN where one is not possible."""
        own = sizing.quantity[self.columns]
        own_days, window = self._days(own, self._window(own)), self._window(np.fmin.reduce(wanted))
        own_price = self.prices.cost_of(own) + self.order_cost
        each = (own_price + self.holding_cost * own_days) / own
        best, least, tie = own.copy(), each.copy(), LEAST_GAIN * each
        replaced = _Replaced(self, own)
        saved, more = np.zeros((2, len(own)))
        for candidate in wanted:
            possible = ~np.isnan(candidate)
            if not possible.any():
                continue
            units = np.where(possible, candidate, own)
            price, days = self.prices.cost_of(units) + self.order_cost, self._days(units, window)
            cost = (price + self.holding_cost * days) / units
            better = possible & (cost < least - tie)
            if not better.any():
                continue
            alike = units / own * own_price - price, self.holding_cost * (days - own_days * units / own)
            alone = replaced.price(units, window) + own_price - price, self.holding_cost * (days - own_days)
            better &= alone[0] - alone[1] > tie * own
            by_alike = alike[0] - alike[1] < alone[0] - alone[1]
            saved, more = (
                np.where(better, np.where(by_alike, first, second), so_far)
                for first, second, so_far in zip(alike, alone, (saved, more), strict=True)
            )
            best, least = np.where(better, units, best), np.where(better, cost, least)
        better, until = best > own, self.starts[self._window(best) + 1] - 1
        story = Raised(own, saved, more, until)
        return _with_raises(sizing, self.columns[better], best[better], story.of(better)) if better.any() else sizing

    def _window(self, units: FloatArray) -> NDArray[np.intp]:
        """Return the last window that some quantities serve, the last of all where that takes less."""
        return np.minimum((self.asked < units).sum(axis=0), len(self.asked) - 1)

    def _days(self, units: FloatArray, window: NDArray[np.intp]) -> FloatArray:
        """Return the unit-days of some quantities; `window` moves on, in place, to the last window that each serves."""
        columns, last = np.arange(len(units)), len(self.asked) - 1
        while (behind := (self.asked[window, columns] < units) & (window < last)).any():
            window += behind
        waits = self.starts[window] - self.starts[0]
        return np.asarray(self.held[window, columns] - (self.asked[window, columns] - units) * waits)


class _Replaced:
    """What later windows would pay for orders of their own, each for what it alone asks for beyond some orders."""

    def __init__(self, look: _Look, own: FloatArray) -> None:
        self._look, self._rest = look, np.maximum(look.asked - own, 0.0)
        self._own, self._asked = own, np.diff(self._rest, axis=0, prepend=0.0)

    @cached_property
    def _prices(self) -> FloatArray:
        """Price and order cost of the orders of all windows up to each, shape (windows, n)."""
        return np.cumsum([self._paid(units) for units in self._asked], axis=0)

    def _paid(self, units: FloatArray) -> FloatArray:
        return self._look.prices.cost_of(units) + self._look.order_cost * (units > 0)

    def price(self, units: FloatArray, window: NDArray[np.intp]) -> FloatArray:
        """Return what is no longer paid where so many units come at once, `window` being the last that they serve.

        A window that they serve in part still orders the rest, at the price of the rest.
        """
        columns = np.arange(len(units))
        open_ = self._rest[window, columns] - (units - self._own)
        return np.asarray(self._prices[window, columns] - self._paid(np.maximum(open_, 0.0)))


def _with_raises(sizing: Sizing, columns: NDArray[np.intp], chosen: FloatArray, raised: Raised) -> Sizing:
    """Return the steps with what some rows were raised to; their MOQ no longer says why they are so large."""
    quantity, flags, story = sizing.quantity.copy(), sizing.flags.astype(np.uint16), sizing.raised
    quantity[columns] = chosen
    flags[columns] = flags[columns] & ~np.uint16(MOQ_RAISED) | np.uint16(PRICE_BREAK)
    if story is None:
        none = np.zeros(len(quantity))
        story = Raised(sizing.quantity, none, none.copy(), np.full(len(quantity), -1))
    for into, part in ((story.saved, raised.saved), (story.held, raised.held), (story.until, raised.until)):
        into[columns] = part
    return replace(sizing, quantity=quantity, flags=flags, raised=story)


def price_raises(terms: PriceTerms, windows: Sequence[tuple[int, int]], position: Netted) -> PriceRaises:
    """Return how the orders of each date are raised to price breaks.

    Parameters
    ----------
    terms
        Prices and costs.
    windows
        First and last day by order date; the last before the first where an order can wait.
    position
        Without edits: what later windows ask for must not change with an edit of theirs.
    """
    carrying = [order for order, (first, last) in enumerate(windows) if first <= last]
    own = [position.level_peak(*windows[order]) for order in carrying]
    levels = np.stack([*own, *terms.later_levels])
    highest = np.maximum.accumulate(levels[::-1], axis=0)[::-1]
    starts = np.array([windows[order][0] for order in carrying], dtype=np.int64)
    places = {order: place for place, order in enumerate(carrying)}
    return PriceRaises(terms, places, levels, highest, np.concatenate([starts, terms.later_starts]))
