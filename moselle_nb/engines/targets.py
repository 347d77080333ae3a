r"""Targets: to which level the order of each date raises supply, its own window and later ones considered.

A *level* is demand less receipts plus safety stock, summed from day 0; supply that reaches the highest level of a
window carries it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.sizing import Further

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from moselle_nb.engines.lot_targets import LotTargets
    from moselle_nb.engines.position import FloatArray, Netted
    from moselle_nb.engines.sizing import OrderRules

__all__ = ["Targets", "targets_of"]

Window = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Targets:
    r"""What later dates ask of the order of each date.

    Parameters
    ----------
    position
        What the levels are of.
    lots
        How far one order reaches; None where orders cost nothing.
    ahead
        By order date: rows to which later dates leave more than their own window needs, shape (n,), and the level that
        they leave, with and without safety stock.
    known
        By order date: the highest level of its own window, with and without safety stock, shape (rows,) each.
    """

    position: Netted
    lots: LotTargets | None
    ahead: dict[int, tuple[NDArray[np.intp], FloatArray, FloatArray]]
    known: dict[int, tuple[FloatArray, FloatArray]]

    def own(self, order: int, window: Window) -> tuple[FloatArray, FloatArray]:
        """Return the highest level of an order's own window, with and without safety stock, shape (rows,) each."""
        if order in self.known:
            return self.known[order]
        return self.position.level_peak(*window), self.position.peak(*window)

    def further(self, order: int, stock: FloatArray, need: FloatArray, bare: FloatArray) -> Further | None:
        """Return what the order of a date is asked for beyond its own need; None where nothing is.

        Parameters
        ----------
        order
            Position of the order date.
        stock
            What was supplied before it, edits of earlier dates included, shape (rows,).
        need, bare
            The need of its own window, with and without safety stock, shape (rows,).
        """
        lot = None if self.lots is None else np.maximum(need + self.lots.beyond[order], self.lots.least)
        if order not in self.ahead:
            return None if lot is None else Further(need, bare, lot)
        columns, level, bare_level = self.ahead[order]
        more, more_bare = need.copy(), bare.copy()
        more[columns] = np.maximum(need[columns], level - stock[columns])
        more_bare[columns] = np.maximum(bare[columns], bare_level - stock[columns])
        return Further(more, more_bare, lot, columns if lot is None else slice(None))


def targets_of(
    position: Netted,
    windows: Sequence[Window | None],
    rules: OrderRules,
    *,
    order_ahead: bool = True,
    lots: LotTargets | None = None,
) -> Targets:
    r"""Move what a maximum order cuts to the nearest earlier dates that have room for it.

    With :math:`P_k` the highest level of window k and :math:`c_k` the largest legal order of date k, supply after the
    order of date k must reach

    .. math:: T_k = \max(P_k, \; T_{k+1} - c_{k+1})

    so that every later window can still be carried. No date is asked for more than its later ones cannot order
    themselves: what is moved goes to the nearest earlier dates with room. Edits are not known here: what later dates
    ask of an order must not change with an edit of theirs.

    Parameters
    ----------
    position
        Without edits.
    windows
        First and last day by order date; None where an order can wait.
    rules
        Rules on the size of an order.
    order_ahead
        Whether anything is moved.
    lots
        How far one order reaches; None where orders cost nothing.
    """
    targets = Targets(position, lots, {}, {})
    limited = rules.max_order < np.inf if order_ahead else np.zeros((1, len(position.opening)), dtype=bool)
    columns = np.flatnonzero(limited.any(axis=0))
    if not len(columns):
        return targets
    asked, asked_bare = (np.full(len(columns), -np.inf) for _ in range(2))
    for order in range(len(windows) - 1, -1, -1):
        window = windows[order]
        if window is None:
            continue
        level, bare = targets.known[order] = targets.own(order, window)
        own, own_bare = level[columns], bare[columns]
        (more,) = ((asked > own) | (asked_bare > own_bare)).nonzero()
        if len(more):
            targets.ahead[order] = columns[more], asked[more], asked_bare[more]
        room = rules.at(order).largest[columns]
        asked, asked_bare = np.maximum(own, asked) - room, np.maximum(own_bare, asked_bare) - room
    return targets
