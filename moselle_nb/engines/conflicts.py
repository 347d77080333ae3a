"""Conflicts: which rules leave no legal order, which of them could give way, and what that would cost."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache, cached_property
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.projection import Projection, project
from moselle_nb.engines.sizing import LotRules, size_orders

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.position import FloatArray

__all__ = ["RULES", "Conflicts", "Relaxations", "clashing_sets", "relaxations", "rules_in"]

RULES = ("moq", "order_multiple", "max_order", "max_stock", "order_calendar")
"""What can clash; a set of them is a number in which bit i stands for rule i."""

MOQ, MULTIPLE, MAX_ORDER, MAX_STOCK, CALENDAR = (1 << place for place in range(len(RULES)))

ALL = (1 << len(RULES)) - 1

COUNT = np.array([rules.bit_count() for rules in range(ALL + 1)])


@dataclass(frozen=True, eq=False)
class Conflicts:
    """Order dates on which something is needed and no quantity is legal, shape (n,) where nothing else is said.

    Parameters
    ----------
    need, need_without_safety_stock
        Largest shortfall of the order's window, in units.
    moq, order_multiple, max_order
        Rules of the order date; 0, 1 and infinity for none.
    max_stock
        Largest stock at the opening of the arrival day; infinity for none.
    max_stock_is_hard
        Whether it also holds when demand goes unserved; else it gives way by itself and clashes with nothing.
    room
        Units that fit under it on the order's own arrival.
    first, last
        First and last day of the window.
    opening
        Stock at the opening of day 0 less backlog.
    demand, receipts, safety_stock
        Per day, shape (days, n); receipts without the order and without later suggestions.
    backorder
        Whether unmet demand waits.

    Notes
    -----
    What follows from an order, and the room on later days of arrival, are those of the path of mean demand.
    """

    need: FloatArray
    need_without_safety_stock: FloatArray
    moq: FloatArray
    order_multiple: FloatArray
    max_order: FloatArray
    max_stock: FloatArray
    max_stock_is_hard: NDArray[np.bool_]
    room: FloatArray
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    opening: FloatArray
    demand: FloatArray
    receipts: FloatArray
    safety_stock: FloatArray
    backorder: bool

    def take(self, places: NDArray[np.intp]) -> Conflicts:
        """Return some of them."""
        found = {f.name: getattr(self, f.name) for f in fields(self)}
        return Conflicts(**{
            name: value if name == "backorder" else value[..., places] for name, value in found.items()
        })  # fmt: skip

    @cached_property
    def without(self) -> Projection:
        """Balances when nothing is ordered."""
        return project(self.demand, self.receipts, self.opening, backorder=self.backorder)

    @cached_property
    def days(self) -> NDArray[np.int64]:
        """Every day, as a column."""
        return np.arange(len(self.demand))[:, None]

    @cached_property
    def net_before(self) -> FloatArray:
        """Stock less backlog before each day, shape (days, n)."""
        net = self.without.ending - self.without.backlog
        return np.concatenate([(self.opening if self.backorder else np.maximum(self.opening, 0.0))[None], net[:-1]])

    @cached_property
    def rooms(self) -> FloatArray:
        """Units that fit under a hard maximum stock by day of arrival, shape (days, n); none outside the window."""
        limit = np.where(self.max_stock_is_hard, self.max_stock, np.inf)
        room = np.floor(limit - self.net_before - self.receipts)
        room[(self.days <= self.first) | (self.days > self.last)] = -np.inf
        own = np.where(self.max_stock_is_hard, self.room, np.inf)
        np.put_along_axis(room, self.first[None], own[None], axis=0)
        return room

    def smallest(self, rules: int) -> FloatArray:
        """Return the smallest legal order above 0 under some of the rules."""
        multiple = self.order_multiple if rules & MULTIPLE else np.ones_like(self.order_multiple)
        least = np.maximum(self.moq, 1.0) if rules & MOQ else np.ones_like(self.moq)
        return np.asarray(np.ceil(least / multiple) * multiple)

    def largest(self, rules: int) -> FloatArray:
        """Return the largest order that some of the rules allow."""
        most = self.max_order if rules & MAX_ORDER else np.full_like(self.max_order, np.inf)
        if not rules & MAX_STOCK:
            return most
        room = self.rooms[self.first, np.arange(len(self.first))] if rules & CALENDAR else self.rooms.max(axis=0)
        return np.minimum(most, room)


@dataclass(frozen=True, eq=False)
class Relaxations:
    """Ways out of conflicts, by conflict and rank, shape (m,) each.

    Parameters
    ----------
    conflict
        Position of the conflict.
    rules
        The rules that give way.
    quantity
        What the sizing orders then, in units.
    admitted
        The quantity that the rules have to admit: `quantity`, or the smallest legal one where that is 0.
    arrival
        Day on which it arrives; later than the order's own where the calendar gives way.
    unserved, avoided
        Demand of the window that still goes unserved, and that does not any more, in units.
    held
        Units times days that the order adds to stock until it is sold, at most to the last day.
    rank
        From 1, the cheapest.
    """

    conflict: NDArray[np.int64]
    rules: NDArray[np.int64]
    quantity: FloatArray
    admitted: FloatArray
    arrival: NDArray[np.int64]
    unserved: FloatArray
    avoided: FloatArray
    held: FloatArray
    rank: NDArray[np.int64]


@cache
def rules_in(number: int) -> tuple[str, ...]:
    """Return the names of a set of rules."""
    return tuple(name for place, name in enumerate(RULES) if number & (1 << place))


def _feasible(conflicts: Conflicts) -> NDArray[np.bool_]:
    """Tell under which sets of rules a legal order exists, shape (sets, n)."""
    return np.stack([conflicts.smallest(rules) <= conflicts.largest(rules) for rules in range(ALL + 1)])


def clashing_sets(conflicts: Conflicts) -> NDArray[np.int64]:
    """Return the smallest set of rules under which no order above 0 is legal; 0 where there is none.

    Without any one of its rules a legal order exists: else the set would not be the smallest. Of two as small, the one
    with the lower number. `order_calendar` is in it where an order that arrives later in its window would be legal.
    """
    feasible = _feasible(conflicts)
    found = np.zeros(feasible.shape[1], dtype=np.int64)
    for rules in sorted(range(ALL + 1), key=lambda rules: (rules.bit_count(), rules), reverse=True):
        found[~feasible[rules]] = rules
    return found


def _ways_out(feasible: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which sets of rules, given up, make a legal order possible, no smaller part of them enough: (sets, n)."""
    found = np.zeros_like(feasible)
    for rules in range(1, ALL + 1):
        parts = [part for part in range(1, rules) if part & rules == part]
        found[rules] = feasible[ALL ^ rules] & ~feasible[ALL]
        for part in parts:
            found[rules] &= ~feasible[ALL ^ part]
    return found


def relaxations(conflicts: Conflicts, lost_cost: FloatArray, holding_cost: FloatArray) -> Relaxations:
    r"""Return every least set of rules that could give way, what is ordered then, and rank them by cost.

    With the rules of a set out of force, the order is sized as any other; with the calendar out of force it arrives on
    the first later day of the window on which a legal order fits under the maximum stock. Its cost is

    .. math:: c_{lost} \sum_{t \in W} unserved_t + h \sum_{t \ge a} (ending_t - ending^0_t)

    where :math:`ending^0` is stock without the order, and no later order is placed in either case. Where a cost is
    unknown, the units still unserved rank instead. Ties go to fewer unit-days, then to fewer rules, then to those that
    stand earlier in `RULES`.

    Parameters
    ----------
    conflicts
        Where nothing can be ordered.
    lost_cost, holding_cost
        Per unit lost, and per unit and day, shape (n,); NaN where unknown.
    """
    ways = _ways_out(_feasible(conflicts))
    parts = [_way(conflicts, rules, np.flatnonzero(ways[rules])) for rules in range(1, ALL + 1) if ways[rules].any()]
    if not parts:
        none, units = np.zeros(0, dtype=np.int64), np.zeros(0)
        return Relaxations(none, none, units, units, none, units, units, units, none)
    joined = {f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Relaxations)}
    at = joined["conflict"]
    known = ~np.isnan(lost_cost[at]) & ~np.isnan(holding_cost[at])
    total = joined["unserved"] * lost_cost[at] + joined["held"] * holding_cost[at]
    first = np.where(known, total, joined["unserved"])
    order = np.lexsort((joined["rules"], COUNT[joined["rules"]], joined["held"], first, at))
    joined = {name: values[order] for name, values in joined.items()}
    at = joined["conflict"]
    joined["rank"] = np.arange(len(at)) - np.searchsorted(at, at) + 1
    return Relaxations(**joined)


def _way(conflicts: Conflicts, rules: int, places: NDArray[np.intp]) -> Relaxations:
    """Return what follows when some rules give way."""
    part, kept, count = conflicts.take(places), ALL ^ rules, len(places)
    smallest, columns = part.smallest(kept), np.arange(count)
    arrival, need, bare, room = part.first, part.need, part.need_without_safety_stock, part.room
    if rules & CALENDAR:
        arrival = ((part.rooms >= smallest) & (part.days > part.first)).argmax(axis=0)
        room = part.rooms[arrival, columns]
        need, bare = _needs_from(part, arrival)
    free = np.full(count, np.inf)
    lots = LotRules(
        part.moq if kept & MOQ else np.zeros(count), part.order_multiple if kept & MULTIPLE else np.ones(count),
        part.max_order if kept & MAX_ORDER else free, room if kept & MAX_STOCK else free, part.max_stock_is_hard,
    )  # fmt: skip
    inside = (part.days >= part.first) & (part.days <= part.last)
    lost = np.where(inside, part.without.unserved, 0.0).sum(axis=0)
    quantity = size_orders(need, bare, np.zeros(count), lots, unserved=lost > 0).quantity
    receipts = part.receipts.copy()
    receipts[arrival, columns] += quantity
    after = project(part.demand, receipts, part.opening, backorder=part.backorder)
    unserved = np.where(inside, after.unserved, 0.0).sum(axis=0)
    held = (after.ending - part.without.ending).sum(axis=0)
    return Relaxations(
        places.astype(np.int64), np.full(count, rules), quantity, np.where(quantity > 0, quantity, smallest),
        arrival.astype(np.int64), unserved, lost - unserved, held, np.zeros(count, dtype=np.int64),
    )  # fmt: skip


def _needs_from(part: Conflicts, arrival: NDArray[np.int64]) -> tuple[FloatArray, FloatArray]:
    """Return what the rest of the window needs when an order arrives later in it, with and without safety stock."""
    flow = np.cumsum(np.where(part.days >= arrival, part.demand - part.receipts, 0.0), axis=0)
    short = flow - part.net_before[arrival, np.arange(len(arrival))]
    inside = (part.days >= arrival) & (part.days <= part.last)
    return tuple(np.where(inside, short + extra, -np.inf).max(axis=0) for extra in (part.safety_stock, 0.0))
