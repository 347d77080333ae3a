"""Layout: the arrays of a block of rows that share a calendar, in closed form where there is one, else by day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.compact import CompactPosition, ReceiptEvents
from moselle_nb.engines.daily import DailyCumulative, DailyPosition
from moselle_nb.engines.netting import OrderRules, Windows
from moselle_nb.engines.projection import MAX_COVER_DAYS
from moselle_nb.inputs.cumulative import CumulativeDemand
from moselle_nb.inputs.rebucketing import daily_demand, to_grid
from moselle_nb.plans.safety import (
    cover_days,
    daily_safety_stock,
    days_protected,
    is_dated,
    protection_days,
    safety_floors,
)
from moselle_nb.plans.uncertain import uncertain_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from moselle_nb.engines.expected_leftover import UncertainRows
    from moselle_nb.engines.position import Cumulative, Position
    from moselle_nb.inputs.calendars import OrderCalendar
    from moselle_nb.plans.config import ReplenishmentConfig
    from moselle_nb.plans.resolved import ResolvedInputs

__all__ = ["BLOCK_ROWS", "DAILY_ROWS", "Block", "DailyBlock", "groups", "lay_out", "lay_out_compact", "lay_out_for"]

BLOCK_ROWS = 16384
"""Rows per block in closed form: its arrays stay near the cache."""

DAILY_ROWS = 4096
"""Rows per block by day: days never cost memory for the whole plan."""

SHORT_CODES = 1 << 16
"""Below it numpy sorts by radix."""


@dataclass(frozen=True, eq=False)
class Block:
    """The arrays of rows that share a calendar.

    Parameters
    ----------
    rows
        Rows of the plan, shape (n,).
    calendar
        Their order calendar.
    position, windows, rules, uncertain
        What the engine takes.
    """

    rows: NDArray[np.intp]
    calendar: OrderCalendar
    position: Position
    windows: Windows
    rules: OrderRules
    uncertain: UncertainRows | None


@dataclass(frozen=True, eq=False)
class DailyBlock(Block):
    """A block that is laid out by day.

    Parameters
    ----------
    position
        By day.
    cumulative_demand
        Demand before a day; reaches a year past `end`.
    receipts
        Scheduled receipts per day, shape (end + 1, n).
    end
        Last day of the arithmetic.
    """

    position: DailyPosition
    cumulative_demand: Cumulative
    receipts: NDArray[np.float64]
    end: int


def groups(inputs: ResolvedInputs, rows: NDArray[np.intp], block_rows: int = BLOCK_ROWS) -> Iterator[NDArray[np.intp]]:
    """Yield positions in `rows` that share a calendar, the fate of unmet demand and a layout, a block at a time.

    Rows with price breaks stand apart: the others are not asked what later windows need. Inside a block, rows with the
    same days of cover stand together.
    """
    by_day = inputs.has_dependents(rows) * 4 + inputs.backorder[rows] * 2 + is_dated(inputs, rows)
    shared = inputs.calendar[rows].astype(np.int64) * (4 if inputs.dependent is None else 8) + by_day
    if inputs.price_breaks is not None:
        priced = inputs.price_breaks.of(rows)
        by_day, shared = by_day + priced, shared * 2 + priced
    cover = cover_days(inputs, rows)
    code = shared * (int(cover.max(initial=0)) + 1) + cover
    short = int(code.max(initial=0)) < SHORT_CODES
    sort = np.argsort(code.astype(np.uint16) if short else code, kind="stable")
    edges = np.flatnonzero(np.diff(shared[sort])) + 1
    for group in np.split(sort, edges):
        largest = min(block_rows, DAILY_ROWS) if len(group) and by_day[group[0]] else block_rows
        parts = max(1, -(-len(group) // largest))
        size = max(1, -(-len(group) // parts))
        for first in range(0, len(group), size):
            yield group[first : first + size]


def lay_out_for(inputs: ResolvedInputs, config: ReplenishmentConfig, rows: NDArray[np.intp]) -> Block:
    """Lay out rows that share a calendar: in closed form where demand, safety stock and lost sales have one."""
    by_day = config.beyond_forecast == "same_last_year" or inputs.backorder[rows[0]] or is_dated(inputs, rows).any()
    by_day = by_day or inputs.has_dependents(rows).any()
    return (lay_out if by_day else lay_out_compact)(inputs, config, rows)


def lay_out_compact(inputs: ResolvedInputs, config: ReplenishmentConfig, rows: NDArray[np.intp]) -> Block:
    """Lay out rows in closed form: lost sales, undated safety stock, demand past the forecast average or cut."""
    calendar = inputs.calendars[inputs.calendar[rows[0]]]
    cumulative = CumulativeDemand(inputs.demand.take(rows), config.beyond_forecast)
    safety = safety_floors(inputs, config, rows, calendar, cumulative)
    position = CompactPosition(inputs.opening[rows], cumulative, _events(inputs, rows), safety)
    return Block(
        rows, calendar, position, _windows(inputs, calendar), _order_rules(inputs, rows, calendar, cumulative),
        uncertain_rows(inputs, config, rows),
    )  # fmt: skip


def lay_out(inputs: ResolvedInputs, config: ReplenishmentConfig, rows: NDArray[np.intp]) -> DailyBlock:
    """Lay out rows that share a calendar by day."""
    calendar = inputs.calendars[inputs.calendar[rows[0]]]
    windows = _windows(inputs, calendar)
    end, demand = windows.last_day, inputs.demand.take(rows)
    dependent = inputs.dependent if inputs.has_dependents(rows).any() else None
    closed = config.beyond_forecast != "same_last_year" and dependent is None
    longest = max((int(cover_days(inputs, rows, era).max(initial=0)) for era in range(_eras(inputs))), default=0)
    days = end + longest + 2
    if not closed:
        protected = int(protection_days(inputs, rows).max())
        life = int(np.nan_to_num(inputs.shelf_life_days[rows]).max(initial=0))
        last = int(calendar.arrival_days[: calendar.orders].max(initial=end))
        farthest = max(end + max(config.excess_days, MAX_COVER_DAYS, protected), last + life) + 2
        days = max(days, farthest, days_protected(inputs, rows, calendar))
    daily = daily_demand(demand, days, config.beyond_forecast)
    if dependent is not None:
        daily += dependent.daily(rows, days, config.beyond_forecast)
    before = np.zeros((days + 1, len(rows)))
    np.cumsum(daily, axis=0, out=before[1:])
    cumulative = CumulativeDemand(demand, config.beyond_forecast) if closed else DailyCumulative(before)
    receipts, overdue = _daily_receipts(inputs, rows, end)
    position = DailyPosition(
        inputs.opening[rows], cumulative, daily[: end + 1], before[1 : end + 2] - np.cumsum(receipts, axis=0),
        daily_safety_stock(inputs, config, rows, calendar, cumulative, before),
        bool(inputs.backorder[rows[0]]), overdue,
    )  # fmt: skip
    rules = _order_rules(inputs, rows, calendar, cumulative)
    uncertain = uncertain_rows(inputs, config, rows)
    return DailyBlock(rows, calendar, position, windows, rules, uncertain, cumulative, receipts, end)


def _eras(inputs: ResolvedInputs) -> int:
    return len(inputs.rules.safety_stock.values)


def _windows(inputs: ResolvedInputs, calendar: OrderCalendar) -> Windows:
    last = inputs.coverage_last
    return Windows(calendar.arrival_days[: calendar.orders], calendar.window_ends(last), calendar.row_end(last))


def entries_of(inputs: ResolvedInputs, rows: NDArray[np.intp]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return column and position of the scheduled receipts of some rows."""
    starts = inputs.receipts.starts
    first = starts[rows]
    count = starts[rows + 1] - first
    column = np.repeat(np.arange(len(rows)), count)
    return column, np.repeat(first - np.cumsum(count) + count, count) + np.arange(len(column))


def _events(inputs: ResolvedInputs, rows: NDArray[np.intp]) -> ReceiptEvents:
    column, entry = entries_of(inputs, rows)
    source = inputs.receipts
    quantity = source.quantity[entry]
    return ReceiptEvents.of(column, source.day[entry], quantity, np.where(source.due[entry] < 0, quantity, 0.0))


def _daily_receipts(
    inputs: ResolvedInputs, rows: NDArray[np.intp], end: int
) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """Scatter scheduled receipts over days; the overdue ones once more, cumulated."""
    events, dense = _events(inputs, rows), np.zeros((end + 1, len(rows)))
    inside = np.flatnonzero(events.day <= end)
    place = events.day[inside], events.column[inside]
    dense[place] = events.quantity[inside]
    if not events.overdue[inside].any():
        return dense, None
    overdue = np.zeros_like(dense)
    overdue[place] = events.overdue[inside]
    return dense, np.cumsum(overdue, axis=0)


def inbound_within(inputs: ResolvedInputs, rows: NDArray[np.intp], days: NDArray[np.int64]) -> NDArray[np.float64]:
    """Sum the open orders that are expected by so many days from `as_of`, overdue ones included."""
    column, entry = entries_of(inputs, rows)
    near = inputs.receipts.due[entry] <= days[column]
    total = np.bincount(column[near], weights=inputs.receipts.quantity[entry[near]], minlength=len(rows))
    return total.astype(np.float64)


def _usable(
    inputs: ResolvedInputs, rows: NDArray[np.intp], calendar: OrderCalendar, cumulative: Cumulative
) -> NDArray[np.float64] | None:
    """Return the demand of the shelf life from each arrival on, shape (orders, n); None where nothing expires."""
    life = inputs.shelf_life_days[rows]
    columns = np.flatnonzero(~np.isnan(life))
    if not len(columns):
        return None
    usable = np.full((calendar.orders, len(rows)), np.inf)
    days = life[columns].astype(np.int64)
    for order, arrival in enumerate(calendar.arrival_days[: calendar.orders].tolist()):
        usable[order, columns] = cumulative.at_rows(arrival + days, columns) - cumulative.at(arrival)[columns]
    return usable


def _order_rules(
    inputs: ResolvedInputs, rows: NDArray[np.intp], calendar: OrderCalendar, cumulative: Cumulative
) -> OrderRules:
    """Pick each order date's rules: order quantities by order date, maximum stock and shelf life by arrival."""
    ordered = inputs.era(calendar.order_days[: calendar.orders])
    arrived = inputs.era(calendar.arrival_days[: calendar.orders])

    def pick(name: str, eras: NDArray[np.int64], none: float) -> NDArray[np.float64]:
        values = getattr(inputs.rules, name).values.take(rows, axis=1)
        if len(values) > 1:
            values = values[eras]
        values[np.isnan(values)] = none
        return np.asarray(values)

    return OrderRules(
        pick("moq", ordered, 0.0), pick("order_multiple", ordered, 1.0), pick("max_order", ordered, np.inf),
        to_grid(pick("max_stock", arrived, np.inf)), pick("max_stock_is_hard", arrived, 0.0) == 1.0,
        _usable(inputs, rows, calendar, cumulative),
    )  # fmt: skip
