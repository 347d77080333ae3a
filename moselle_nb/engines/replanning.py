"""Planning anew at every review of a rolling simulation, with the netting and the sizing of a plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.netting import OrderRules, Windows, net
from moselle_nb.engines.path_losses import PathLosses
from moselle_nb.engines.path_lots import PathLots, path_prices
from moselle_nb.engines.path_position import PathPosition

if TYPE_CHECKING:
    from collections.abc import Callable

    from moselle_nb.engines.expected_leftover import UncertainRows
    from moselle_nb.engines.position import FloatArray, Position
    from moselle_nb.engines.rolling import Review

__all__ = ["Netting", "Outlook"]


@dataclass(frozen=True, eq=False)
class Outlook:
    """What rows expect at a review.

    Parameters
    ----------
    position
        Demand ahead, scheduled receipts and safety stock of the rows, with days from any origin.
    day
        The review's day, from that origin.
    windows
        Arrival and window end of the review's order, from that origin, and of later ones where they matter.
    rules
        Rules on the size of these orders, shape (orders, rows) or (1, rows).
    uncertain
        Rows whose stock is projected by what is expected to be left, with days from that origin.
    """

    position: Position
    day: int
    windows: Windows
    rules: OrderRules
    uncertain: UncertainRows | None = None


class Netting:
    """Decide as a plan does: net what is there against what is expected, and order by the rules.

    Of a plan made anew at each review only its first order is placed, so only that one is sized.

    Parameters
    ----------
    outlook
        Gives what is expected at a review, by its number. A forecast that changes with time changes here; it may use
        what was known at the opening of the review's day.
    paths
        How many columns each row has.
    fixed
        Orders that are settled, shape (reviews, rows), in units; NaN where netting decides. Later ones are receipts, so
        that the outlook must reach all of them.
    order_ahead
        Whether what a maximum order cuts on a later date is ordered now; the outlook must reach these dates.
    """

    def __init__(
        self,
        outlook: Callable[[int], Outlook],
        paths: int,
        *,
        fixed: FloatArray | None = None,
        order_ahead: bool = True,
    ) -> None:
        self._outlook, self._paths = outlook, paths
        self._fixed, self._order_ahead = fixed, order_ahead
        self._rules: tuple[OrderRules, OrderRules] | None = None

    def __call__(self, review: Review) -> FloatArray:
        """Return the order of a review in units, shape (columns,)."""
        view = self._outlook(review.number)
        expected = [(day - review.day, units) for day, units in review.outstanding]
        position = PathPosition(view.position, view.day, review.stock, expected)
        lots, prices, day = view.windows.lots, view.windows.prices, view.day
        windows = Windows(
            view.windows.arrivals - day, view.windows.ends - day, view.windows.last_day - day,
            None if lots is None else PathLots.of(lots, position),
            None if prices is None else path_prices(prices, position),
        )  # fmt: skip
        fixed = None
        if self._fixed is not None:
            ahead = slice(review.number, review.number + len(windows.arrivals))
            fixed = np.repeat(self._fixed[ahead], self._paths, axis=1)
        losses = None if view.uncertain is None else PathLosses(view.uncertain, self._paths)
        result = net(
            position, windows, self._columns(view.rules), fixed=fixed, order_ahead=self._order_ahead, count=1,
            uncertain=losses,
        )  # fmt: skip
        return result.quantity[0]

    def _columns(self, rules: OrderRules) -> OrderRules:
        """Give every path its row's rules; the same ones are made once."""
        if self._rules is None or self._rules[0] is not rules:
            names = ("moq", "order_multiple", "max_order", "max_stock", "max_stock_is_hard", "usable")
            parts = [np.repeat(getattr(rules, name), self._paths, axis=1) for name in names]
            self._rules = rules, OrderRules(*parts)
        return self._rules[1]
