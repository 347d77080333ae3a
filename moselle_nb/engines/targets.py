r"""Targets: to which level the order of each date raises supply, its own window and later ones considered.

A *level* is demand less receipts plus safety stock, summed from day 0; supply that reaches the highest level of a
window carries it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.lot_targets import lot_levels
from moselle_nb.engines.sizing import Further

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from moselle_nb.engines.lot_targets import LotSizing
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
    columns
        Rows of which a date may order less than it needs, shape (n,).
    ahead
        By order date: the level that later dates leave to the earlier ones, with and without safety stock, shape (n,)
        each; minus infinity where they leave nothing.
    lots
        By order date: the level that a lot reaches, or for EOQ its units, shape (rows,); none where orders cost
        nothing.
    are_units
        Whether `lots` holds units.
    known
        By order date: the highest level of its own window, with and without safety stock, shape (rows,) each.
    """

    position: Netted
    columns: NDArray[np.intp]
    ahead: dict[int, tuple[FloatArray, FloatArray]]
    known: dict[int, tuple[FloatArray, FloatArray]]
    lots: dict[int, FloatArray]
    are_units: bool = False

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
            What was supplied before it, shape (rows,).
        need, bare
            The need of its own window, with and without safety stock, shape (rows,).
        """
        lot = self.lots.get(order)
        if lot is not None and not self.are_units:
            lot = lot - stock
        if order not in self.ahead:
            return None if lot is None else Further(need, bare, lot)
        needs = []
        for level, own in zip(self.ahead[order], (need, bare), strict=True):
            more = own.copy()
            more[self.columns] = np.maximum(own[self.columns], level - stock[self.columns])
            needs.append(more)
        return Further(needs[0], needs[1], lot)


def targets_of(
    position: Netted,
    windows: Sequence[Window | None],
    rules: OrderRules,
    fixed: FloatArray | None,
    *,
    order_ahead: bool = True,
    lots: LotSizing | None = None,
) -> Targets:
    r"""Move what a maximum order cuts to the nearest earlier dates that have room for it.

    With :math:`P_k` the highest level of window k and :math:`c_k` the largest legal order of date k, supply after the
    order of date k must reach

    .. math:: T_k = \max(P_k, \; T_{k+1} - c_{k+1})

    so that every later window can still be carried. No date is asked for more than its later ones cannot order
    themselves: what is moved goes to the nearest earlier dates with room. An edited date has no room and asks for
    nothing; where demand is lost on its days, later dates with a maximum order still count it as wanted.

    Parameters
    ----------
    position
        With all edits received.
    windows
        First and last day by order date; None where an order can wait.
    rules
        Rules on the size of an order.
    fixed
        Edits, shape (orders, rows); NaN where the suggestion stands.
    order_ahead
        Whether anything is moved.
    lots
        By which rule an order covers more than its own window; None where orders cost nothing.
    """
    limited = rules.max_order < np.inf if order_ahead else np.zeros((1, len(position.opening)), dtype=bool)
    columns = np.flatnonzero(limited.any(axis=0))
    found: dict[int, tuple[FloatArray, FloatArray]] = {}
    targets = Targets(position, columns, found, {}, {}, are_units=lots is not None and lots.method == "eoq")
    if lots is not None:
        _add_lots(targets, windows, fixed, lots)
    if not len(columns):
        return targets
    asked = [np.full(len(columns), -np.inf) for _ in range(2)]
    for order in range(len(windows) - 1, -1, -1):
        window = windows[order]
        if window is None:
            continue
        if any((level > -np.inf).any() for level in asked):
            found[order] = (asked[0], asked[1])
        room = rules.at(order).largest[columns]
        edited = np.zeros(len(columns), dtype=bool) if fixed is None else ~np.isnan(fixed[order, columns])
        own = targets.known[order] = targets.own(order, window)
        asked = [
            np.where(edited, level, np.maximum(peak[columns], level) - room)
            for level, peak in zip(asked, own, strict=True)
        ]
    return targets


def _add_lots(targets: Targets, windows: Sequence[Window | None], fixed: FloatArray | None, lots: LotSizing) -> None:
    """Add what the lot of each order reaches; edits are received before the windows that follow those of the orders."""
    carried = [(order, window) for order, window in enumerate(windows) if window is not None]
    if targets.are_units:
        targets.lots.update({order: lots.quantity for order, _ in carried})
        return
    for order, window in carried:
        targets.known[order] = targets.own(order, window)
    if fixed is not None:
        lots = replace(lots, later_levels=lots.later_levels - np.nan_to_num(fixed).sum(axis=0))
    levels = [targets.known[order][0] for order, _ in carried]
    reached = lot_levels(lots, [window[0] for _, window in carried], levels) if carried else []
    targets.lots.update({order: level for (order, _), level in zip(carried, reached, strict=True)})
