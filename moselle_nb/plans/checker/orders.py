"""The checker's rules on order lines and edits: when, how much, and that not a unit more or less is suggested."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from moselle_nb.plans.checker.breaks import breaks_of_block, has_breaks, order_cost
from moselle_nb.plans.checker.days import GRID, grid
from moselle_nb.plans.checker.lots import lot_needs
from moselle_nb.plans.checker.rules import NO_DATE, ShownOrders
from moselle_nb.plans.checker.uncertain import STEP

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from moselle_nb.plans.checker.breaks import BlockBreaks
    from moselle_nb.plans.checker.calendar import Calendar
    from moselle_nb.plans.checker.days import Units
    from moselle_nb.plans.checker.report import Findings
    from moselle_nb.plans.checker.rules import Block
    from moselle_nb.plans.resolved import ResolvedInputs
    from moselle_nb.plans.row_names import RowNames

__all__ = [
    "ROUNDING", "Lots", "check_block_orders", "check_edits", "check_order_lines", "days_of", "needs_of", "said_of",
    "shown_orders", "size_of",
]  # fmt: skip


ROUNDING = 1e-6
"""Prices of parts of an order are added: their sum may be off by so much."""


def days_of(inputs: ResolvedInputs, dates: pd.Series) -> NDArray[np.int64]:
    """Return dates as days from `as_of`; `NO_DATE` for null."""
    values = dates.to_numpy(dtype="datetime64[D]")
    return np.where(np.isnat(values), NO_DATE, (values - inputs.as_of).astype(np.int64))


def shown_orders(inputs: ResolvedInputs, frame: pd.DataFrame, edits: pd.DataFrame, names: RowNames) -> ShownOrders:
    """Read `ReplenishmentPlan.order_lines`, sorted by row; lines of unknown rows are left out."""
    row = names.rows(frame["item"], frame["location"])
    order = np.argsort(row, kind="stable")
    order = order[row[order] >= 0]
    day, arrival = (days_of(inputs, frame[name]) for name in ("order_date", "arrival_date"))
    forced = _last_edits(inputs, edits, names)
    keys = pd.MultiIndex.from_arrays([row, day])
    of_edit = pd.MultiIndex.from_frame(forced[["row", "day"]]) if len(forced) else None
    place = np.full(len(frame), -1) if of_edit is None else of_edit.get_indexer(keys)
    is_forced = (place >= 0) & np.append(forced["forced"].to_numpy(dtype=bool), False)[place]
    starts = np.searchsorted(row[order], np.arange(inputs.rows + 1))
    suggested, quantity = (frame[name].to_numpy(np.float64)[order] for name in ("suggested_quantity", "quantity"))
    edited = frame["edited"].to_numpy(dtype=bool)[order]
    return ShownOrders(starts, row[order], day[order], arrival[order], suggested, quantity, edited, is_forced[order])


def _last_edits(inputs: ResolvedInputs, edits: pd.DataFrame, names: RowNames) -> pd.DataFrame:
    """Return row, day, quantity and forced of the edits in force: a later one replaces an earlier one."""
    frame = pd.DataFrame({
        "row": names.rows(edits["item"], edits["location"]), "day": days_of(inputs, pd.to_datetime(edits["date"])),
        "quantity": edits["quantity"].to_numpy(dtype=np.float64),
        "suggested": edits["suggested"].to_numpy(dtype=np.float64), "forced": edits["forced"].to_numpy(dtype=bool),
    })  # fmt: skip
    return frame.drop_duplicates(["row", "day"], keep="last", ignore_index=True)


def check_edits(
    findings: Findings, inputs: ResolvedInputs, edits: pd.DataFrame, names: RowNames, shown: ShownOrders
) -> None:
    """Verify that edited lines and edits are the same."""
    wanted = _last_edits(inputs, edits, names)
    marked = pd.DataFrame({"row": shown.row, "day": shown.day, "found": shown.quantity})[shown.edited]
    both = wanted.merge(marked, how="outer", on=["row", "day"])
    rows, days = (both[name].to_numpy(dtype=np.int64) for name in ("row", "day"))
    findings.compare("edits", (rows, days), both["quantity"], both["found"])
    _check_records(findings, inputs, edits, wanted, names, shown)


def _check_records(
    findings: Findings,
    inputs: ResolvedInputs,
    edits: pd.DataFrame,
    wanted: pd.DataFrame,
    names: RowNames,
    shown: ShownOrders,
) -> None:
    """Verify what edits say of themselves: why they were forced, and what was suggested instead."""
    row, day = names.rows(edits["item"], edits["location"]), days_of(inputs, pd.to_datetime(edits["date"]))
    given = np.array([isinstance(reason, str) and bool(reason.strip()) for reason in edits["reason"]], dtype=bool)
    forced = edits["forced"].to_numpy(dtype=bool)
    findings.require("edits", (row, day), given, "a reason", "none", only=forced)
    # Only the last edit of a row was made with all its other edits in view.
    last = wanted.drop_duplicates("row", keep="last")
    lines = pd.DataFrame({"row": shown.row, "day": shown.day, "now": shown.suggested})
    both = last.merge(lines, on=["row", "day"])
    findings.compare("edits", (both["row"], both["day"]), both["now"], both["suggested"])


def check_order_lines(
    findings: Findings,
    inputs: ResolvedInputs,
    frame: pd.DataFrame,
    names: RowNames,
    shown: ShownOrders,
    calendars: tuple[NDArray[np.int64], list[Calendar]],
) -> None:
    """Verify what each order line says by itself."""
    row, day = names.rows(frame["item"], frame["location"]), days_of(inputs, frame["order_date"])
    twice = pd.DataFrame({"row": row, "day": day}).duplicated().to_numpy()
    findings.require("order line keys", (row, day), (row >= 0) & ~twice, "a row and order date, once", "not so")
    _check_dates(findings, shown, calendars)
    where = shown.row, shown.day
    for units in (shown.suggested, shown.quantity):
        findings.require("whole quantities", where, (units >= 0) & (units == np.floor(units)), "whole and >= 0", units)
    findings.compare("no idle lines", where, shown.suggested, shown.quantity, only=~shown.edited)
    findings.require("no idle lines", where, shown.edited | (shown.suggested > 0), "suggested or edited", "neither")
    known = np.flatnonzero(row >= 0)
    where, frame = (row[known], day[known]), frame.iloc[known]
    suppliers = np.array([*inputs.suppliers["supplier"], None], dtype=object)
    findings.compare("order values", where, suppliers[inputs.supplier[row[known]]], frame["supplier"].to_numpy(object))
    priced = has_breaks(inputs, row[known])
    costs = order_cost(inputs, row[known], frame["quantity"].to_numpy(np.float64))
    for name, cost in zip(("unit_cost", "value"), costs, strict=True):
        for only, within in ((~priced, 0.0), (priced, ROUNDING)):
            findings.compare("order values", where, cost, frame[name], only=only, within=within)


def _check_dates(findings: Findings, shown: ShownOrders, calendars: tuple[NDArray[np.int64], list[Calendar]]) -> None:
    place, distinct = calendars
    widest = max((len(calendar.days) for calendar in distinct), default=0) + 1
    days, arrivals = (np.full((len(distinct), widest), np.iinfo(np.int64).max) for _ in range(2))
    for number, calendar in enumerate(distinct):
        days[number, : len(calendar.days)], arrivals[number, : len(calendar.days)] = calendar.days, calendar.arrivals
    of_line = place[shown.row]
    expected, possible = np.zeros(len(of_line), dtype=np.int64), np.zeros(len(of_line), dtype=bool)
    for column in range(widest - 1):
        here = days[of_line, column] == shown.day
        possible |= here
        expected[here] = arrivals[of_line[here], column]
    where = shown.row, shown.day
    findings.require("order dates", where, possible, "a possible order date in coverage", "not one")
    arrives = shown.arrival == expected
    findings.require("arrival dates", where, arrives, expected, shown.arrival, only=possible)


class Lots(NamedTuple):
    """Rules on the size of orders, shape (order dates, n)."""

    moq: Units
    multiple: Units
    max_order: NDArray[np.float64]
    max_stock: NDArray[np.float64]
    hard: NDArray[np.bool_]
    usable: NDArray[np.float64]

    def at(self, order: int) -> Lots:
        """Return the rules of one order date."""
        return Lots(*(rule[order] for rule in self))

    def of(self, columns: NDArray[np.int64]) -> Lots:
        """Return the rules of some rows of one order date."""
        moq, multiple, max_order, max_stock, hard, usable = self
        limits = max_order[columns], max_stock[columns], hard[columns], usable[columns]
        return Lots(moq[columns], multiple[columns], *limits)

    @property
    def largest(self) -> NDArray[np.float64]:
        """The largest legal order, 0 where there is none; infinity where nothing limits it."""
        most = self.down(np.where(np.isinf(self.max_order), 0.0, self.max_order).astype(np.int64))
        return np.where(np.isinf(self.max_order), np.inf, np.where(self.legal(most), most, 0))

    def up(self, units: Units) -> Units:
        """Up to the multiple."""
        return np.asarray(-(-units // self.multiple) * self.multiple)

    def down(self, units: Units) -> Units:
        """Down to a multiple."""
        return np.asarray(units // self.multiple * self.multiple)

    def legal(self, units: Units) -> NDArray[np.bool_]:
        """Tell which quantities need no force."""
        fits = (units >= self.moq) & (units % self.multiple == 0) & (units <= self.max_order)
        return (units == 0) | (fits & (units > 0))


def _lots(block: Block) -> Lots:
    ordered, arrived = list(block.calendar.days), list(block.calendar.arrivals)
    limit = block.rule("max_stock", arrived, np.inf)
    return Lots(
        np.ceil(block.rule("moq", ordered, 0.0)).astype(np.int64),
        block.rule("order_multiple", ordered, 1.0).astype(np.int64),
        block.rule("max_order", ordered, np.inf),
        np.where(np.isinf(limit), np.inf, grid(np.where(np.isinf(limit), 0.0, limit))),
        block.rule("max_stock_is_hard", arrived, 0.0) == 1, _usable(block),
    )  # fmt: skip


def _usable(block: Block) -> NDArray[np.float64]:
    """Return the demand of the shelf life from each arrival on, shape (order dates, n); infinity where none expires."""
    life = block.inputs.shelf_life_days[block.rows]
    found = np.full((len(block.calendar.days), len(life)), np.inf)
    columns = np.flatnonzero(~np.isnan(life))
    for order, arrival in enumerate(block.calendar.arrivals if len(columns) else ()):
        until = arrival + life[columns].astype(np.int64)
        found[order, columns] = block.cumulative[until, columns] - block.cumulative[arrival, columns]
    return found


def check_block_orders(findings: Findings, block: Block) -> None:
    """Verify the size of each possible order of a block's rows, those of 0 units among them."""
    calendar = block.calendar
    if not calendar.days:
        return
    lots, suggested, ordered = _lots(block), block.suggested // GRID, block.quantity // GRID
    where = block.rows, np.array(calendar.days)[:, None]
    rule_of = "0, or a multiple from MOQ to the maximum order"
    findings.require("legal quantities", where, lots.legal(suggested), rule_of, suggested)
    findings.require("legal quantities", where, lots.legal(ordered), rule_of, ordered, only=~block.forced)
    in_turn, costly, breaks = bool((np.diff(calendar.arrivals) >= 0).all()), lot_needs(block), breaks_of_block(block)
    for order in range(len(calendar.days)):
        _check_order(findings, block, order, _fixed(block, order), lots, (costly, breaks), in_turn=in_turn)


class _Needs(NamedTuple):
    """What an order date needs, shape (n,): 1/1024 units; room under the maximum stock, and what is used up, in units.

    `total` and `total_bare` are what it needs for later dates as well, `need` and `bare` for its own window alone;
    `asked` is what an order that is needed is raised to because orders cost money. `supply` is what came before its
    window, and what edits of earlier dates bring later: the highest level of a window less it is what that asks for.
    """

    need: Units
    bare: Units
    unserved: NDArray[np.bool_]
    room: NDArray[np.float64]
    usable: NDArray[np.float64]
    total: Units
    total_bare: Units
    asked: Units
    supply: Units

    @property
    def wanted(self) -> NDArray[np.bool_]:
        """Whether anything is ordered: not when less than half a unit of safety stock is missing."""
        return _is_wanted(self.total, self.total_bare)

    @property
    def wanted_alone(self) -> NDArray[np.bool_]:
        """Whether anything would be ordered for the window alone."""
        return _is_wanted(self.need, self.bare)


def _is_wanted(need: Units, bare: Units) -> NDArray[np.bool_]:
    return np.asarray((need > 0) & ((bare > 0) | (2 * need >= GRID)))


def _needs(block: Block, order: int, fixed: Units, lots: Lots, costly: tuple[Units, Units], *, in_turn: bool) -> _Needs:
    first, last = block.calendar.windows[order]
    balance = block.shown_balance if in_turn else block.balance(fixed)
    stock, planned = balance.net_before(first, block.opening), block.planned(fixed)
    if block.by_leftover.any():
        stock = np.where(block.by_leftover, block.shown_before_windows[order], stock)
    needs = needs_of(block, (first, last), stock, planned, lots.at(order))
    total, bare = needs.need, needs.bare
    if block.config.order_ahead:
        earlier = (np.arange(len(fixed)) < order)[:, None]
        unknown = block.planned(np.where(earlier, 0, fixed))
        known = stock - unknown[:first].sum(axis=0), planned - unknown
        total, bare = _with_later(block, order, known, lots, (total, bare))
    beyond, least = costly
    asked = np.maximum(total, np.maximum(needs.need + beyond[order], least[order]))
    return needs._replace(total=total, total_bare=bare, asked=asked, supply=_supply(block, order, stock, fixed))


def _supply(block: Block, order: int, stock: Units, fixed: Units) -> Units:
    """Return stock before a window as if nothing had been sold, and what edits of earlier dates bring later."""
    first = block.calendar.windows[order][0]
    before = block.cumulative[first] - block.scheduled[:first].sum(axis=0)
    late = np.array(block.calendar.arrivals[:order]) >= first
    return np.asarray(stock + before + fixed[:order][late].sum(axis=0))


def _with_later(
    block: Block, order: int, before: tuple[Units, Units], lots: Lots, own: tuple[Units, Units]
) -> tuple[Units, Units]:
    """Return the most that an order's own window or a later one needs of it, with and without safety stock.

    Of a later window, less the largest legal orders of the dates after this one up to it. `before` holds stock and
    receipts without the edits of later dates: they are not known when this order is suggested.
    """
    need, bare = own[0].copy(), own[1].copy()
    columns = np.flatnonzero(np.isfinite(lots.max_order).any(axis=0))
    windows, first = block.calendar.windows, block.calendar.windows[order][0]
    if not len(columns):
        return need, bare
    stock, planned = before[0][columns], before[1][first:, columns]
    received = np.cumsum(block.scheduled[first:, columns] + planned, axis=0)
    demand = block.cumulative[first + 1 : block.days + 1, columns] - block.cumulative[first, columns]
    short, room = demand - received - stock, np.zeros(len(columns))
    for later in range(order + 1, len(windows)):
        begin, end = windows[later]
        if end < begin:
            continue
        room += lots.at(later).of(columns).largest * GRID
        limited = np.flatnonzero(np.isfinite(room))
        days, place = slice(begin - first, end - first + 1), columns[limited]
        part, left = short[days][:, limited], room[limited].astype(np.int64)
        need[place] = np.maximum(need[place], (part + block.safety[begin : end + 1][:, place]).max(axis=0) - left)
        bare[place] = np.maximum(bare[place], part.max(axis=0) - left)
    return need, bare


def needs_of(block: Block, window: tuple[int, int], stock: Units, fixed: Units, lots: Lots) -> _Needs:
    """Return what the days of a window need.

    Parameters
    ----------
    block, lots
        The rows, and the rules on the size of this order.
    window
        First and last day.
    stock
        Stock less backlog before the window, shape (n,).
    fixed
        Receipts per day of other orders, shape (days, n).
    """
    first, last = window
    planned = fixed[first : last + 1]
    received = np.cumsum(block.scheduled[first : last + 1] + planned, axis=0)
    short = block.cumulative[first + 1 : last + 2] - block.cumulative[first] - received - stock
    bare, need = short.max(axis=0), (short + block.safety[first : last + 1]).max(axis=0)
    unserved = ((short > 0) & (block.demand[first : last + 1] > 0)).any(axis=0)
    at_arrival = stock + block.scheduled[first] + planned[0]
    room, usable = (np.floor((limit - at_arrival) / GRID) for limit in (lots.max_stock, lots.usable))
    return _Needs(need, bare, unserved, room, usable, need, bare, need, stock)


def said_of(block: Block) -> dict[str, NDArray[np.bool_]]:
    """Return where the size of an order must be explained, by kind of message, shape (order dates, n)."""
    calendar, lots, shape = block.calendar, _lots(block), block.quantity.shape
    kinds = ("capped", "over_max_stock", "conflict", "moq_cover", "shelf_life", "waste", "price_break")
    found = {kind: np.zeros(shape, dtype=bool) for kind in kinds}
    in_turn, costly, breaks = bool((np.diff(calendar.arrivals) >= 0).all()), lot_needs(block), breaks_of_block(block)
    for order, (first, last) in enumerate(calendar.windows):
        if last < first:
            continue
        rules = lots.at(order)
        needs = _needs(block, order, _fixed(block, order), lots, costly, in_turn=in_turn)
        said = _said(needs, rules)
        reach = first + block.config.excess_days
        alone = block.cumulative[reach] - block.cumulative[first] < block.suggested[order]
        said["moq_cover"] &= alone
        if breaks is not None:
            units = size_of(needs, rules)
            said["price_break"] = _raised(breaks, order, units, needs, rules) > units
            said["moq_cover"] &= ~said["price_break"]
        for kind, flags in said.items():
            found[kind][order] = flags
    return found


def _said(needs: _Needs, lots: Lots) -> dict[str, NDArray[np.bool_]]:
    """Name the rules that changed each order, step by step as the order was made."""
    wanted, units = needs.wanted, -(-needs.asked // GRID)
    raised = np.where(wanted, lots.up(np.maximum(units, lots.moq)), 0)
    over = wanted & (raised > lots.max_order)
    most = lots.down(np.where(over, lots.max_order, 0.0).astype(np.int64))
    illegal = over & ((most < lots.moq) | (most <= 0))
    capped = np.where(illegal, 0, np.where(over, most, raised))
    full = (capped > 0) & (capped > needs.room)
    reduced = lots.down(np.where(full, needs.room, 0.0).astype(np.int64))
    fits = full & (reduced > 0) & (reduced >= lots.moq)
    none, alone = full & ~fits, needs.wanted_alone
    over_stock = none & needs.unserved & ~lots.hard
    smallest = lots.up(np.maximum(lots.moq, 1))
    kept = np.where(fits, reduced, np.where(none, np.where(over_stock, smallest, 0), capped))
    spoils = (kept > 0) & (kept > needs.usable)
    used = lots.down(np.where(spoils, needs.usable, 0.0).astype(np.int64))
    lasts = spoils & (used > 0) & (used >= lots.moq)
    wasted = spoils & ~lasts
    less = alone & (np.where(lasts, used, kept) * GRID < needs.need)
    return {
        "capped": ((over & ~illegal & ~full) | fits) & less & ~wasted, "over_max_stock": over_stock,
        "conflict": (illegal | (none & lots.hard)) & alone, "moq_cover": wanted & (lots.moq > lots.up(units)),
        "shelf_life": lasts & less, "waste": wasted & alone,
    }  # fmt: skip


def _fixed(block: Block, order: int) -> Units:
    """Return the orders that stood when an order was sized: earlier ones, and all edits."""
    earlier = (np.arange(len(block.quantity)) < order)[:, None]
    fixed = np.where(block.edited | earlier, block.quantity, 0)
    fixed[order] = 0
    return np.asarray(fixed)


def _check_order(
    findings: Findings,
    block: Block,
    order: int,
    fixed: Units,
    lots: Lots,
    money: tuple[tuple[Units, Units], BlockBreaks | None],
    *,
    in_turn: bool,
) -> None:
    """Verify one order date: what is suggested, and that orders fit under the maximum stock."""
    where, (first, last) = (block.rows, block.calendar.days[order]), block.calendar.windows[order]
    suggested, ordered = block.suggested[order] // GRID, block.quantity[order] // GRID
    if last < first:
        findings.compare("suggestion", where, 0, suggested)
        return
    (costly, breaks), rules = money, lots.at(order)
    needs, lots = _needs(block, order, fixed, lots, costly, in_turn=in_turn), rules
    unserved, room = needs.unserved, needs.room

    def sized(moved: _Needs) -> Units:
        units = size_of(moved, rules)
        return units if breaks is None else _raised(breaks, order, units, moved, rules)

    findings.compare("suggestion", where, _nearest(block, needs, sized, order, suggested), suggested)
    has_limit = np.isfinite(lots.max_stock)
    least = (ordered == lots.up(np.maximum(lots.moq, 1))) & unserved & ~lots.hard
    fits = (ordered == 0) | (ordered <= room) | least
    # Only the last edit of a row was made with all its other orders in view.
    alone = ~block.edited[order] | ((block.edited.sum(axis=0) == 1) & ~block.forced[order] & (ordered > suggested))
    findings.require("maximum stock", where, fits, room, ordered, only=has_limit & alone)


def _raised(breaks: BlockBreaks, order: int, units: Units, needs: _Needs, lots: Lots) -> Units:
    """Return orders as price breaks make them: never beyond what is legal."""
    limit = np.minimum(np.minimum(needs.room, needs.usable), lots.max_order)
    return breaks.raised(order, units, needs.supply, limit, lots.multiple)


def _nearest(block: Block, needs: _Needs, sized: Callable[[_Needs], Units], order: int, suggested: Units) -> Units:
    """Return the order that a need leads to; at a rounding the suggestion, if a few steps make it that."""
    expected = sized(needs)
    (rows,) = block.tied.nonzero()
    if not len(rows) or (expected == suggested).all():
        return expected
    for steps in (-STEP * (order + 2), STEP * (order + 2)):
        bare = steps * block.by_leftover
        moved = needs._replace(
            need=needs.need + steps, bare=needs.bare + bare, total=needs.total + steps,
            total_bare=needs.total_bare + bare,
        )  # fmt: skip
        near = sized(moved)
        expected[rows] = np.where(near[rows] == suggested[rows], near[rows], expected[rows])
    return expected


def size_of(needs: _Needs, lots: Lots) -> Units:
    """Return the order in whole units."""
    units = _size(-(-needs.asked // GRID), needs.unserved, needs.room, lots)
    spoils = units > needs.usable
    used = lots.down(np.where(spoils, np.maximum(needs.usable, 0), 0.0).astype(np.int64))
    lasts = (used > 0) & lots.legal(used)
    otherwise = np.where(needs.unserved, lots.up(np.maximum(lots.moq, 1)), 0)
    units = np.where((units > 0) & spoils, np.where(lasts, used, otherwise), units)
    return np.where(needs.wanted, units, 0)


def _size(needed: Units, unserved: NDArray[np.bool_], room: NDArray[np.float64], lots: Lots) -> Units:
    """Return the order that a need of whole units leads to, by the steps of the design."""
    raised = lots.up(np.maximum(needed, lots.moq))
    most = lots.down(np.where(np.isinf(lots.max_order), raised, lots.max_order).astype(np.int64))
    capped = np.where(raised > lots.max_order, most, raised)
    possible = (capped > 0) & lots.legal(capped)
    capped = np.where(possible, capped, 0)
    reduced = lots.down(np.clip(room, -1, np.maximum(capped, 0)).astype(np.int64))
    fits = (reduced > 0) & lots.legal(reduced)
    smallest = lots.up(np.maximum(lots.moq, 1))
    otherwise = np.where(unserved & ~lots.hard, smallest, 0)
    return np.where(possible & (capped > room), np.where(fits, reduced, otherwise), capped)
