"""Advice on open orders: which to bring forward, to put off or to cancel, how many units of each, and to when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.projection import project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from moselle_nb.engines.position import Cumulative, FloatArray

__all__ = ["ADVICE", "CANCEL", "DELAY", "EXPEDITE", "KEEP", "Advice", "OpenOrders", "OpenRows", "advise"]

ADVICE = ("keep", "expedite", "delay", "cancel")
"""What can be advised."""

KEEP, EXPEDITE, DELAY, CANCEL = range(len(ADVICE))

LEAST_UNITS = 1.0
"""Below it, nothing is advised."""

LEAST_DAYS = 1


@dataclass(frozen=True, eq=False)
class OpenOrders:
    """Scheduled receipts of some rows, sorted by column and day, shape (receipts,) each.

    Parameters
    ----------
    column
        Row of the block.
    day
        Day on which it serves demand for the first time; one past the last day is left alone.
    quantity
        Units.
    """

    column: NDArray[np.int64]
    day: NDArray[np.int64]
    quantity: FloatArray


@dataclass(frozen=True, eq=False)
class OpenRows:
    """The rows that open orders are judged on: quantities in units, days from `as_of`.

    Parameters
    ----------
    opening
        Stock at the opening of day 0 less backlog, shape (rows,).
    demand, planned, safety_stock
        Per day, shape (days, rows); `planned` are receipts of the plan's orders.
    cumulative
        Cumulative demand; reaches `cancel_days` past the last day.
    backorder
        Whether unmet demand waits.
    first_arrival
        First day on which an order that is not placed yet could serve demand, shape (rows,).
    cancel_days
        Days from its arrival on in which a receipt has to be needed, shape (rows,).
    least_delay
        A receipt that is early by fewer days is left alone, shape (rows,): the review period, because an order that
        the plan itself would place comes up to so many days before it is needed.
    multiple
        Parts of an order are whole multiples of it, shape (rows,).
    open_from, open_by
        First open day on or after a day, and last one on or before it, shape (days, places).
    place
        Column of `open_from` and `open_by`, shape (rows,).
    """

    opening: FloatArray
    demand: FloatArray
    planned: FloatArray
    safety_stock: FloatArray
    cumulative: Cumulative
    backorder: bool
    first_arrival: NDArray[np.int64]
    cancel_days: NDArray[np.int64]
    least_delay: NDArray[np.int64]
    multiple: FloatArray
    open_from: NDArray[np.int64]
    open_by: NDArray[np.int64]
    place: NDArray[np.int64]

    def take(self, columns: NDArray[np.int64]) -> OpenRows:
        """Return some rows; `cumulative` stays that of all."""
        by_day = {name: getattr(self, name)[:, columns] for name in ("demand", "planned", "safety_stock")}
        names = ("opening", "first_arrival", "cancel_days", "least_delay", "multiple", "place")
        return replace(self, **by_day, **{name: getattr(self, name)[columns] for name in names})


@dataclass(frozen=True, eq=False)
class Advice:
    """What is advised for each receipt, shape (receipts,) each.

    Parameters
    ----------
    kind
        Position in `ADVICE`.
    day
        Day to which to move it; its own day where it is kept or cancelled.
    units
        Units to move or to cancel.
    saved
        Demand that is served on its day only because of the move, in units.
    held
        Units times days that are not held: those of the delay, of a cancelled order those in which it is not needed.
    """

    kind: NDArray[np.int8]
    day: NDArray[np.int64]
    units: FloatArray
    saved: FloatArray
    held: FloatArray


def advise(orders: OpenOrders, rows: OpenRows) -> Advice:
    r"""Advise on scheduled receipts, earliest first, each with the advice on earlier ones of its row carried out.

    A receipt of Q units that serves from day d on is looked at in this order; A is the row's first possible arrival of
    an order not placed yet, T the last day of the arithmetic:

    *expedite*
        Demand of a day before d and before A goes unserved, so no order can help. The day e advised is the first such
        day (the first open one after it). Where sales are lost, x units at e serve :math:`\min(x, \sum_{e \le t < d,\,
        t < A} unserved_t)` more, and at most the least ending stock of the days d to A - 1 may leave without new losses
        there. Where demand waits, x units at e lessen the backlog until d and change nothing after. x is rounded up to
        a multiple, or down where that is too much.
    *cancel*
        With receipts up to this one and planned orders that arrive by d, x is the least of Q and of the ending stock
        less safety stock on each day from d to d + `cancel_days` - 1, at least to A - 1: units that nothing asks for in
        that time. x is rounded down to a multiple, unless it is all of Q.
    *delay*
        With receipts up to this one and all planned orders, e is the first day that would end below safety stock
        without the Q units: the latest day (the last open one up to it, at most T) on which they have to be there.
        Advised when e is `least_delay` days after d or more.

    Less than one unit or one day is never advised. The rules are those by which MRP systems reschedule in, reschedule
    out and cancel [1]_, on daily balances.

    Parameters
    ----------
    orders
        Scheduled receipts.
    rows
        What the rows have, expect and have to serve.

    References
    ----------
    .. [1] Vollmann, Berry, Whybark and Jacobs (2005), *Manufacturing Planning and Control for Supply Chain
       Management*, 5th ed., chapter 7 (exception messages).
    """
    shape, count = rows.demand.shape, len(orders.day)
    found = Advice(np.zeros(count, dtype=np.int8), orders.day.copy(), np.zeros(count), np.zeros(count), np.zeros(count))
    inside = np.flatnonzero(orders.day < shape[0])
    expected, seen = np.zeros(shape), np.zeros(shape)
    np.add.at(expected, (orders.day[inside], orders.column[inside]), orders.quantity[inside])
    for turn in _turns(orders.column, inside):
        columns, day, quantity = orders.column[turn], orders.day[turn], orders.quantity[turn]
        part = rows.take(columns)
        seen[day, columns] += quantity
        kind, target = np.full(len(turn), KEEP, dtype=np.int8), day.copy()
        units, saved = _expedite(part, expected[:, columns], day, quantity, target)
        kind[saved >= LEAST_UNITS] = EXPEDITE
        spare = _cancel(part, rows.cumulative, seen[:, columns], (columns, day), quantity)
        kind[(kind == KEEP) & (spare >= LEAST_UNITS)] = CANCEL
        latest = _latest(part, seen[:, columns], day, quantity)
        late = latest - day >= np.maximum(part.least_delay, LEAST_DAYS)
        kind[(kind == KEEP) & late & (quantity >= LEAST_UNITS)] = DELAY
        found.kind[turn] = kind
        found.day[turn] = np.select([kind == EXPEDITE, kind == DELAY], [target, latest], day)
        found.units[turn] = np.select([kind == EXPEDITE, kind == CANCEL, kind == DELAY], [units, spare, quantity], 0.0)
        found.saved[turn] = np.where(kind == EXPEDITE, saved, 0.0)
        days = np.select([kind == DELAY, kind == CANCEL], [latest - day, part.cancel_days], 0)
        found.held[turn] = found.units[turn] * days
        for receipts in (expected, seen):
            receipts[day, columns] -= found.units[turn]
            moved = np.where(kind == CANCEL, 0.0, found.units[turn])
            receipts[found.day[turn], columns] += moved
    return found


def _turns(column: NDArray[np.int64], inside: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    """Yield the first receipt of every row, then the second, and so on."""
    own = column[inside]
    turn = np.arange(len(own)) - np.searchsorted(own, own)
    for number in range(int(turn.max(initial=-1)) + 1):
        yield inside[turn == number]


def _days(rows: OpenRows) -> NDArray[np.int64]:
    return np.arange(len(rows.demand))[:, None]


def _expedite(
    rows: OpenRows, receipts: FloatArray, day: NDArray[np.int64], quantity: FloatArray, target: NDArray[np.int64]
) -> tuple[FloatArray, FloatArray]:
    """Return units to bring forward and units saved, 0 where there are none; `target` takes the days."""
    units, saved = np.zeros(len(day)), np.zeros(len(day))
    balance = project(rows.demand, receipts + rows.planned, rows.opening, backorder=rows.backorder)
    days = _days(rows)
    early = (days < day) & (days < rows.first_arrival)
    lost = (balance.unserved > 0) & early
    first = rows.open_from[lost.argmax(axis=0), rows.place]
    early &= days >= first
    found = np.flatnonzero(lost.any(axis=0) & early.any(axis=0))
    if not len(found):
        return units, saved
    early, unserved = early[:, found], balance.unserved[:, found]
    if rows.backorder:
        waiting = balance.backlog[:, found]
        wanted = np.where(early, waiting, 0.0).max(axis=0)
        room = np.full(len(found), np.inf)
    else:
        wanted = np.where(early, unserved, 0.0).sum(axis=0)
        after = (days >= day[found]) & (days < rows.first_arrival[found])
        room = np.where(after, balance.ending[:, found], np.inf).min(axis=0)
    moved = _part(wanted, room, quantity[found], rows.multiple[found])
    if rows.backorder:
        left = np.minimum(rows.demand[:, found], np.maximum(waiting - moved, 0.0))
        saved[found] = np.where(early, unserved - left, 0.0).sum(axis=0)
    else:
        saved[found] = np.minimum(moved, wanted)
    units[found], target[found] = moved, first[found]
    return units, saved


def _part(wanted: FloatArray, room: FloatArray, quantity: FloatArray, multiple: FloatArray) -> FloatArray:
    """Return a part of an order: what is wanted up to a multiple, or what there is room for down to one.

    What is brought forward beyond `wanted` is still there on the day on which it was expected.
    """
    up = np.minimum(np.ceil(wanted / multiple) * multiple, quantity)
    down = np.floor(np.minimum(room, quantity) / multiple) * multiple
    return np.where(np.minimum(up, wanted) <= room, up, np.maximum(down, 0.0))


def _cancel(
    rows: OpenRows,
    cumulative: Cumulative,
    receipts: FloatArray,
    where: tuple[NDArray[np.int64], NDArray[np.int64]],
    quantity: FloatArray,
) -> FloatArray:
    """Return the units that nothing asks for; `where` are columns and days of the receipts."""
    (columns, day), days, end = where, _days(rows), len(rows.demand)
    planned = np.where(days <= day, rows.planned, 0.0)
    balance = project(rows.demand, receipts + planned, rows.opening, backorder=rows.backorder)
    last = np.maximum(day + rows.cancel_days, np.minimum(rows.first_arrival, end)) - 1
    asked = (days >= day) & (days <= last)
    spare = np.where(asked, balance.ending - rows.safety_stock, np.inf).min(axis=0)
    beyond = np.maximum(last + 1, end)
    further = cumulative.at_rows(beyond, columns) - cumulative.at_rows(np.full(len(day), end), columns)
    at_end = balance.ending[-1] - further - rows.safety_stock[-1]
    spare = np.minimum(spare, np.where(last >= end, at_end, np.inf))
    part = np.floor(spare / rows.multiple) * rows.multiple
    return np.where(spare >= quantity, quantity, np.maximum(part, 0.0))


def _latest(rows: OpenRows, receipts: FloatArray, day: NDArray[np.int64], quantity: FloatArray) -> NDArray[np.int64]:
    """Return the latest day on which each receipt has to be there."""
    balance = project(rows.demand, receipts + rows.planned, rows.opening, backorder=rows.backorder)
    missing = (balance.ending - quantity < rows.safety_stock) & (_days(rows) >= day)
    first = np.where(missing.any(axis=0), missing.argmax(axis=0), len(missing) - 1)
    return np.asarray(rows.open_by[first, rows.place], dtype=np.int64)
