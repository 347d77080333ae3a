r"""Price breaks in a plan: a larger order at a lower price, in place of what later windows would ask for.

Let :math:`q` be the order of a date by all other rules and :math:`Q \ge q` a legal one from a break on. With
:math:`TC(x)` the price of x units, :math:`K` the cost of an order, :math:`h` that of holding a unit for a day and
:math:`U(x)` the unit-days for which x units are held until the windows that take them begin, orders like this one cost
:math:`(TC(q) + K + h U(q)) / q` per unit, and that is what :math:`Q` units would cost in such orders. The order is
raised to the :math:`Q` that costs least against it:

.. math:: gain = \underbrace{\frac{Q}{q} (TC(q) + K) - TC(Q) - K}_{saved}
          - \underbrace{h \Big( U(Q) - \frac{Q}{q} U(q) \Big)}_{held}

With steady demand this compares the cost per unit of time of orders of q and of Q, as the model with price breaks of
`order_quantities` does.

By hand: 10 a week at 2.00, 1.80 from 30 on, no order cost, 0.01 per unit and day. q = 10 costs 20.00; Q = 30 costs
54.00 in place of 60.00: 6.00 saved. Its second 10 are held for 7 days and its third for 14: 210 unit-days cost 2.10.
The order is raised, and lasts three weeks.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
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
"""A gain of less than this share of an order's price and cost is none: what rounding leaves decides nothing."""


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
        (columns,) = ((quantity > 0) & (quantity < prices.highest)).nonzero()
        if not len(columns):
            return sizing
        limit = np.minimum(self.highest[place] - supply, np.minimum(sizing.room, sizing.usable))
        limit = np.minimum(limit, rules.max_order)[columns]
        multiple = rules.order_multiple[columns]
        wanted = np.ceil(prices.from_quantity[1:, columns] / multiple) * multiple
        wanted[~((wanted > quantity[columns]) & (wanted <= limit))] = np.nan
        open_ = np.flatnonzero((~np.isnan(wanted)).any(axis=0))
        if not len(open_):
            return sizing
        columns = columns[open_]
        return self._best(place, columns, supply[columns], wanted[:, open_], sizing)

    def _best(
        self, place: int, columns: NDArray[np.intp], supply: FloatArray, wanted: FloatArray, sizing: Sizing
    ) -> Sizing:
        """Raise the orders of some rows to the best of the quantities that are possible; NaN where one is not."""
        terms, prices, own = self.terms, self.terms.prices.take(columns), sizing.quantity[columns]
        ordering, holding = terms.order_cost[columns], terms.holding_cost[columns]
        asked = np.maximum.accumulate(self.levels[place:, columns], axis=0)
        asked = np.maximum(asked - supply, 0.0)
        lengths = np.diff(self.starts[place:]).astype(np.float64)

        def held(units: FloatArray) -> FloatArray:
            return np.asarray(lengths @ np.maximum(units - asked, 0.0))

        own_cost, own_days = prices.cost_of(own) + ordering, held(own)
        chosen, best, saving, extra = own, np.zeros(len(own)), np.zeros(len(own)), np.zeros(len(own))
        for candidate in wanted:
            units = np.where(np.isnan(candidate), own, candidate)
            saved = (units - own) * own_cost / own + own_cost - (prices.cost_of(units) + ordering)
            more = holding * (held(units) - own_days * units / own)
            better = saved - more > best + LEAST_GAIN * own_cost
            best = np.where(better, saved - more, best)
            chosen, saving, extra = (
                np.where(better, new, old) for new, old in ((units, chosen), (saved, saving), (more, extra))
            )
        last = place + 1 + (asked < chosen).sum(axis=0)
        until = self.starts[np.minimum(last, len(self.starts) - 1)] - 1
        return _with_raises(sizing, columns[chosen > own], chosen, Raised(own, saving, extra, until), chosen > own)


def _with_raises(
    sizing: Sizing, columns: NDArray[np.intp], chosen: FloatArray, raised: Raised, better: NDArray[np.bool_]
) -> Sizing:
    """Return the steps with what some rows were raised to."""
    if not len(columns):
        return sizing
    quantity, flags = sizing.quantity.copy(), sizing.flags.astype(np.uint16)
    quantity[columns] = chosen[better]
    flags[columns] = flags[columns] & ~np.uint16(MOQ_RAISED) | np.uint16(PRICE_BREAK)
    none = np.zeros(len(quantity))
    story = Raised(sizing.quantity, none, none.copy(), np.full(len(quantity), -1))
    for into, part in ((story.saved, raised.saved), (story.held, raised.held), (story.until, raised.until)):
        into[columns] = part[better]
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
