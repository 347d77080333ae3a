"""Planning anew at every review of a rolling simulation, with the netting and the sizing of a plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.netting import OrderRules, Windows, net
from moselle_nb.engines.path_position import PathPosition

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

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
        Arrival and window end of the review's order and, where they matter, of later ones, from that origin.
    rules
        Rules on the size of these orders, shape (orders, rows) or (1, rows).
    """

    position: Position
    day: int
    windows: Windows
    rules: OrderRules


class Netting:
    """Decide as a plan does: net what is there against what is expected, and order by the rules.

    Of a plan made anew at each review only its first order is placed, so only that one is worked out.

    Parameters
    ----------
    outlook
        Gives what is expected at a review, by its number. A forecast that changes with time changes here; it may use
        what was known at the opening of the review's day.
    paths
        How many columns each row has.
    fixed
        Orders that are settled, shape (reviews, rows), in units; NaN where netting decides. Later ones are receipts.
    arrivals
        Expected arrivals of the reviews, as in `Reviews`; needed with `fixed`.
    """

    def __init__(
        self,
        outlook: Callable[[int], Outlook],
        paths: int,
        *,
        fixed: FloatArray | None = None,
        arrivals: NDArray[np.int64] | None = None,
    ) -> None:
        self._outlook, self._paths = outlook, paths
        self._fixed, self._arrivals = fixed, arrivals
        self._rules: tuple[OrderRules, OrderRules] | None = None

    def __call__(self, review: Review) -> FloatArray:
        """Return the order of a review in units, shape (columns,)."""
        view = self._outlook(review.number)
        expected = [(day - review.day, units) for day, units in review.outstanding] + self._settled(review)
        expected.sort(key=lambda entry: entry[0])
        position = PathPosition(view.position, view.day, review.stock, expected)
        windows = Windows(
            view.windows.arrivals - view.day, view.windows.ends - view.day, view.windows.last_day - view.day
        )
        order = net(position, windows, self._columns(view.rules)).suggested[0]
        if self._fixed is None:
            return order
        settled = np.repeat(self._fixed[review.number], self._paths)
        return np.where(np.isnan(settled), order, settled)

    def _settled(self, review: Review) -> list[tuple[int, FloatArray]]:
        """Return the later orders that are settled, as days from the review and units."""
        if self._fixed is None or self._arrivals is None:
            return []
        later = [number for number in range(review.number + 1, len(self._fixed)) if (self._fixed[number] > 0).any()]
        return [
            (int(self._arrivals[number]) - review.day, np.repeat(np.nan_to_num(self._fixed[number]), self._paths))
            for number in later
        ]

    def _columns(self, rules: OrderRules) -> OrderRules:
        """Give every path its row's rules; the same ones are made once."""
        if self._rules is None or self._rules[0] is not rules:
            names = ("moq", "order_multiple", "max_order", "max_stock", "max_stock_is_hard")
            parts = [np.repeat(getattr(rules, name), self._paths, axis=1) for name in names]
            self._rules = rules, OrderRules(*parts)
        return self._rules[1]
