"""The rules of a replenishment plan by name, and what the checker lays out to verify them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from moselle_nb.plans.checker.calendar import NO_DAY, columns_of
from moselle_nb.plans.checker.days import GRID, balances, daily_demand, grid, scatter
from moselle_nb.plans.checker.safety import TIE, WindowDemand, safety_stock
from moselle_nb.plans.checker.uncertain import by_leftover, is_uncertain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.plans.checker.calendar import Calendar
    from moselle_nb.plans.checker.days import Balance, Rows, Units
    from moselle_nb.plans.config import ReplenishmentConfig
    from moselle_nb.plans.resolved import ResolvedInputs

__all__ = ["COVER_DAYS", "NO_DATE", "RULES", "Block", "Dependents", "ShownOrders", "lay_out"]

COVER_DAYS = 365
"""Days on hand are not followed further than a year."""

NO_DATE = np.iinfo(np.int64).min
"""Stands for null among days."""

RULES = MappingProxyType({
    "order calendar": "order dates and arrivals follow review period, order weekdays, closures and lead time",
    "receipt days": "a scheduled receipt arrives when due, an overdue one today, then once the location is open",
    "line keys": "every item, location and bucket stands once, and nothing else",
    "in coverage": "buckets inside coverage are marked, the others are not",
    "demand": "a bucket's demand is the forecast of its days and what fed rows ask for; totals are conserved",
    "scheduled receipts": "a bucket's scheduled receipts are those of its days",
    "planned receipts": "a bucket's planned receipts are the order lines that arrive in it",
    "starting stock": "a bucket starts with the ending stock of the one before, the first with the opening stock",
    "conservation": "ending = starting + receipts − sales",
    "served or not": "demand = sales + unserved; where it waits, sales = demand − growth of the backlog",
    "not negative": "no stock, receipt, demand, sale, backlog or order is below 0",
    "daily balance": "sales, unserved, ending and backlog are those of a walk from day to day",
    "safety stock": "safety stock is that of its method on the bucket's last day, at least the minimum stock",
    "days on hand": "days on hand are a forward walk over the demand that follows",
    "bucket orders": "a bucket's suggestion, order and edit mark are those of its order lines",
    "order line keys": "every item, location and order date stands once, and is a row of the plan",
    "order dates": "an order is placed on a possible order date of its row, from today to the end of coverage",
    "arrival dates": "an order arrives after its lead time, on a day open at its location",
    "whole quantities": "orders and suggestions are whole units",
    "no idle lines": "a line is there because it is suggested or edited; without an edit it holds the suggestion",
    "legal quantities": "an order is 0, or a multiple from MOQ to the maximum order, unless an edit was forced",
    "maximum stock": "an order fits under the maximum stock at its arrival, or is the least that keeps demand served",
    "suggestion": "a suggestion is what stock, its days and later dates need, raised where breaks pay, to the unit",
    "messages": "what is said of the size of orders and of lanes is said where it is so, and nowhere else",
    "conflicts": "where nothing is legal, the smallest set of rules that clash is named, and nowhere else",
    "conflict ways out": "what a way out orders is legal once its rules give way, and with fewer of them nothing is",
    "order values": "an order line has its row's supplier, the unit cost of its quantity, and the price of the whole",
    "edits": "what is marked as edited holds the edits in force, every edit is there, a forced one with its reason",
    "summary keys": "the summary has every row once, in the plan's order",
    "status": "the first status whose test matches",
    "reason": "the first reason that applies",
    "first stockout": "the first judged day with unserved demand, without orders",
    "order by": "the last order date that arrives in time",
    "next order": "the first order line above 0",
    "order totals": "the sums of the order lines",
    "stock figures": "on hand, on order, lead time, demand of 28 days; at the end of today ending, safety stock, cover",
    "unserved figures": "unserved demand of the judged days with and without orders, and its value",
    "excess": "stock beyond demand of the excess period and safety stock, if above 0, and its value",
    "names": "name, supplier, product line, product type, grade and variability are those of the tables",
    "open order lines": "every scheduled receipt stands once, with its days, quantity, reference and an advice",
    "open order values": "advice is worth the shortage, holding and unit cost of its units and days",
    "open order promises": "orders moved as advised serve the units promised, and leave nothing else unserved or short",
    "risk list": "the rows that need a decision, most urgent first",
})  # fmt: skip
"""Name of each rule and what it demands, in the order in which they are reported."""


@dataclass(frozen=True, eq=False)
class ShownOrders:
    """The order lines that a plan shows, sorted by row; days from `as_of`.

    Parameters
    ----------
    starts
        Lines of row i are ``starts[i]`` to ``starts[i + 1]``; lines of no row are left out.
    row, day, arrival
        Row, order date and arrival date.
    suggested, quantity
        Units.
    edited, forced
        Whether an edit stands, and whether it was forced.
    """

    starts: NDArray[np.int64]
    row: Rows
    day: NDArray[np.int64]
    arrival: NDArray[np.int64]
    suggested: NDArray[np.float64]
    quantity: NDArray[np.float64]
    edited: NDArray[np.bool_]
    forced: NDArray[np.bool_]

    def of(self, rows: Rows) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return positions of the lines of some rows, and for each its position in `rows`."""
        count = self.starts[rows + 1] - self.starts[rows]
        column = np.repeat(np.arange(len(rows)), count)
        first = np.repeat(self.starts[rows] - np.cumsum(count) + count, count)
        return first + np.arange(len(column)), column


class Dependents(Protocol):
    """What rows that lanes feed ask of those that feed them."""

    def daily(self, rows: Rows, count: int) -> Units:
        """Return it for days 0 to `count` - 1, shape (count, n)."""


@dataclass(frozen=True, eq=False)
class Block:
    """What the checker makes of rows that share a calendar; quantities in 1/1024 units.

    Parameters
    ----------
    inputs, config
        What the plan is made of.
    rows
        Rows of the plan, shape (n,).
    calendar
        Their order dates and arrivals.
    columns
        First and last day of each bucket.
    demand, cumulative
        Per day, shape (days, n), and before each day, shape (days + 1, n); at least a year past the end.
    scheduled, late
        Scheduled receipts per day, shape (days to the end, n), and the overdue ones among them.
    near
        Open orders expected within the lead time, overdue ones included, shape (n,).
    suggested, quantity, edited, forced
        Order lines by order date, shape (order dates, n).
    """

    inputs: ResolvedInputs
    config: ReplenishmentConfig
    rows: Rows
    calendar: Calendar
    columns: list[tuple[int, int]]
    demand: Units
    cumulative: Units
    scheduled: Units
    late: Units
    near: Units
    suggested: Units
    quantity: Units
    edited: NDArray[np.bool_]
    forced: NDArray[np.bool_]

    @property
    def days(self) -> int:
        """How many days the arithmetic has."""
        return self.calendar.end + 1

    @cached_property
    def opening(self) -> Units:
        """Stock less backlog at the opening of today."""
        return grid(self.inputs.opening[self.rows])

    @cached_property
    def backorder(self) -> NDArray[np.bool_]:
        """Whether unmet demand waits."""
        return np.asarray(self.inputs.backorder[self.rows])

    @cached_property
    def safety(self) -> Units:
        """Safety stock per day."""
        return self._safety[0]

    @property
    def safety_tied(self) -> NDArray[np.bool_]:
        """Where the safety stock of a day lies at a rounding, so that one step more or less is as right."""
        return self._safety[1]

    @cached_property
    def _safety(self) -> tuple[Units, NDArray[np.bool_]]:
        return safety_stock(self.inputs, self.config, self.rows, self.calendar, self.cumulative)

    @cached_property
    def tied(self) -> NDArray[np.bool_]:
        """Rows with a safety stock or an expected loss at a rounding; complete once stock before windows is known."""
        return np.asarray(self.safety_tied.any(axis=0))

    def planned(self, quantity: Units) -> Units:
        """Return planned receipts per day of orders by order date."""
        found = np.zeros_like(self.scheduled)
        for units, arrival in zip(quantity, self.calendar.arrivals, strict=True):
            if arrival < len(found):
                found[arrival] += units
        return found

    def balance(self, quantity: Units | None) -> Balance:
        """Walk through the days with these orders, or with none."""
        receipts = self.scheduled if quantity is None else self.scheduled + self.planned(quantity)
        return balances(self.opening, receipts, self.demand, self.backorder)

    @cached_property
    def shown_balance(self) -> Balance:
        """The walk with the orders that the plan shows."""
        return self.balance(self.quantity)

    @cached_property
    def by_leftover(self) -> NDArray[np.bool_]:
        """Whether a row's orders are measured against what is expected to be left."""
        return is_uncertain(self.inputs, self.rows) & by_leftover(self.inputs, self.config, self.rows)

    def left(self, stock: Units, receipts: Units, first: int, last: int) -> Units:
        """Return stock less backlog after some days: by the mean, or what is expected to be left.

        Parameters
        ----------
        stock
            Before the days, shape (n,).
        receipts
            Per day, shape (days, n).
        first, last
            The days.
        """
        days = slice(first, last + 1)
        walk = balances(stock, receipts[days], self.demand[days], self.backorder)
        left = walk.ending[-1] - walk.backlog[-1]
        (rows,) = self.by_leftover.nonzero()
        if len(rows):
            left[rows] = self._expected(stock[rows], receipts[days][:, rows], rows, first)
        return left

    @cached_property
    def _uncertain(self) -> WindowDemand:
        (rows,) = self.by_leftover.nonzero()
        return WindowDemand(self.inputs, self.config, self.rows[rows], self.cumulative[:, rows])

    def _expected(self, stock: Units, receipts: Units, rows: Rows, first: int) -> Units:
        """Return what is expected to be left of uncertain rows: lost is what exceeds the least stock."""
        received, column = np.cumsum(receipts, axis=0), np.arange(len(rows))
        wanted = np.cumsum(self.demand[first : first + len(receipts), rows], axis=0)
        lowest = len(receipts) - 1 - np.argmax((wanted - received)[::-1], axis=0)
        available = stock + received[lowest, column]
        spread = self._uncertain.over(np.full(len(rows), first), first + lowest)
        steps = spread.lost(available / GRID) * GRID
        self.tied[rows] |= np.abs(steps - np.floor(steps) - 0.5) < TIE
        lost = np.maximum(np.rint(steps).astype(np.int64), np.maximum(wanted[lowest, column] - available, 0))
        return np.asarray(stock + received[-1] - wanted[-1] + lost)

    def before_windows(self, receipts: Units) -> list[Units]:
        """Return stock less backlog before each order's window, shape (n,) each; of empty windows that of the next.

        Parameters
        ----------
        receipts
            Per day, scheduled and planned, shape (days, n).
        """
        found, stock, day = [], self.opening, 0
        for first, last in self.calendar.windows:
            if last >= first:
                stock, day = (self.left(stock, receipts, day, first - 1), first) if first > day else (stock, day)
                found.append(stock)
                stock, day = self.left(stock, receipts, first, last), last + 1
            else:
                found.append(stock)
        return found

    @cached_property
    def shown_before_windows(self) -> list[Units]:
        """The same with the orders that the plan shows."""
        return self.before_windows(self.scheduled + self.planned(self.quantity))

    def rule(self, name: str, days: NDArray[np.int64] | list[int], none: float) -> NDArray[np.float64]:
        """Return a constraint field on some days, shape (days, n)."""
        values = getattr(self.inputs.rules, name).values[:, self.rows]
        days = np.asarray(days, dtype=np.int64)
        era = np.searchsorted(self.inputs.era_starts, days, side="right") - 1
        era = era if len(values) > 1 else np.zeros_like(days)
        return np.nan_to_num(values[era], nan=none, posinf=np.inf)

    @property
    def lead_days(self) -> NDArray[np.int64]:
        """Lead time as of today; 0 where there is none."""
        return _lead_days(self.inputs, self.rows)


def lay_out(
    inputs: ResolvedInputs,
    config: ReplenishmentConfig,
    rows: Rows,
    calendar: Calendar,
    shown: ShownOrders,
    receipt_days: NDArray[np.int64],
    dependents: Dependents,
) -> Block:
    """Lay out what is needed to verify rows that share a calendar."""
    possible = [day for day in calendar.next_arrivals if day < NO_DAY]
    count = max([calendar.end, *possible]) + 2 + _reach(inputs, config, rows)
    demand = daily_demand(inputs, config, rows, count) + dependents.daily(rows, count)
    cumulative = np.zeros((count + 1, len(rows)), dtype=np.int64)
    np.cumsum(demand, axis=0, out=cumulative[1:])
    receipts = _receipts(inputs, rows, receipt_days, calendar.end + 1)
    entry, column = shown.of(rows)
    place = np.searchsorted(calendar.days, shown.day[entry])
    known = np.append(calendar.days, -1)[place] == shown.day[entry]
    at = place[known], column[known]

    def matrix(values: NDArray[Any]) -> NDArray[Any]:
        found = np.zeros((len(calendar.days), len(rows)), dtype=values.dtype)
        found[at] = values[entry][known]
        return found

    suggested, quantity = (matrix(grid(np.nan_to_num(units))) for units in (shown.suggested, shown.quantity))
    return Block(
        inputs, config, rows, calendar, columns_of(inputs, config, calendar.end), demand, cumulative,
        *receipts, suggested, quantity, matrix(shown.edited), matrix(shown.forced),
    )  # fmt: skip


def _reach(inputs: ResolvedInputs, config: ReplenishmentConfig, rows: Rows) -> int:
    """Return how many days past the end demand is asked for."""
    rules = inputs.rules
    cover = rules.safety_stock.values[:, rows][rules.safety_method[:, rows] == 2]  # noqa: PLR2004 (days of cover)
    lead = np.nan_to_num(rules.lead_time_days.values[:, rows]).max(initial=0)
    protection = int(lead) + int(inputs.review_period_days[rows].max(initial=0))
    life = int(np.nan_to_num(inputs.shelf_life_days[rows]).max(initial=0))
    return max(COVER_DAYS, config.excess_days, protection, life, int(np.nan_to_num(cover).max(initial=0)))


def _lead_days(inputs: ResolvedInputs, rows: Rows) -> NDArray[np.int64]:
    return np.nan_to_num(inputs.rules.lead_time_days.values[0, rows]).astype(np.int64)


def _receipts(
    inputs: ResolvedInputs, rows: Rows, receipt_days: NDArray[np.int64], count: int
) -> tuple[Units, Units, Units]:
    """Return scheduled receipts per day, the overdue ones, and what is expected within the lead time."""
    source = inputs.receipts
    number = source.starts[rows + 1] - source.starts[rows]
    column = np.repeat(np.arange(len(rows)), number)
    entry = np.repeat(source.starts[rows] - np.cumsum(number) + number, number) + np.arange(len(column))
    units, day, shape = grid(source.quantity[entry]), receipt_days[entry], (count, len(rows))
    overdue = np.where(source.due[entry] < 0, units, 0)
    near = np.zeros(len(rows), dtype=np.int64)
    np.add.at(near, column, np.where(source.due[entry] <= _lead_days(inputs, rows)[column], units, 0))
    return scatter(day, column, units, shape), scatter(day, column, overdue, shape), near
