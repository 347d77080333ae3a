"""Replenishment: where tables meet the engine. Resolve, lay out each block's arrays, call the engine, keep the result."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.judging import NO_DAY, judge
from moselle_nb.engines.netting import (
    MOQ_RAISED,
    OrderRules,
    Position,
    Sizing,
    Windows,
    flag_moq_cover,
    net,
    unserved_with_orders,
)
from moselle_nb.engines.projection import MAX_COVER_DAYS, days_of_cover
from moselle_nb.engines.safety_stock import (
    days_of_cover_safety_stock,
    normal_safety_stock,
    protection_variance,
)
from moselle_nb.inputs.calendars import NEVER, OrderCalendar
from moselle_nb.inputs.rebucketing import daily_demand, daily_variance, to_grid
from moselle_nb.plans.constraints import SAFETY_METHODS
from moselle_nb.plans.resolved import ResolvedInputs, resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from moselle_nb.inputs import PlanningData
    from moselle_nb.plans.config import ReplenishmentConfig
    from moselle_nb.plans.document import ReplenishmentPlan

__all__ = [
    "Block",
    "Figures",
    "OrderLines",
    "PlanArrays",
    "build",
    "groups",
    "lay_out",
    "plan_rows",
    "replenish",
]

BLOCK_ROWS = 4096
"""Rows per block: its daily arrays stay near the cache, and days never cost memory for the whole plan."""

Fixed = "Mapping[int, Mapping[int, float]]"


@dataclass(frozen=True, eq=False)
class OrderLines:
    """Order lines of some rows, sorted by row and order date.

    Parameters
    ----------
    starts
        Lines of row i are ``starts[i]`` to ``starts[i + 1]``, shape (rows + 1,).
    order
        Position of the order date in the row's calendar.
    suggested, quantity
        Units.
    flags
        Message flags of `engines.netting`.
    edited
        Whether an edit stands.
    """

    starts: NDArray[np.int64]
    order: NDArray[np.int32]
    suggested: NDArray[np.float64]
    quantity: NDArray[np.float64]
    flags: NDArray[np.uint8]
    edited: NDArray[np.bool_]

    @property
    def row(self) -> NDArray[np.int64]:
        """Row of each line."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))


@dataclass(frozen=True, eq=False)
class Figures:
    """What the summary says of each row, shape (rows,) each; days from `as_of`, `NO_DAY` for none; units."""

    status: NDArray[np.int8]
    reason: NDArray[np.int8]
    first_stockout: NDArray[np.int64]
    order_by: NDArray[np.int64]
    unserved_without_orders: NDArray[np.float64]
    unserved: NDArray[np.float64]
    ending: NDArray[np.float64]
    excess_units: NDArray[np.float64]
    days_on_hand: NDArray[np.float64]
    demand_28d: NDArray[np.float64]
    safety_stock: NDArray[np.float64]

    @classmethod
    def empty(cls, rows: int) -> Figures:
        """Return figures to be filled."""
        kinds = {"status": np.int8, "reason": np.int8, "first_stockout": np.int64, "order_by": np.int64}
        return cls(**{f.name: np.zeros(rows, dtype=kinds.get(f.name, np.float64)) for f in fields(cls)})


@dataclass(frozen=True, eq=False)
class PlanArrays:
    """Everything that the engine says of some rows."""

    lines: OrderLines
    figures: Figures

    def with_rows(self, rows: NDArray[np.intp], part: PlanArrays) -> PlanArrays:
        """Return these arrays with the results of some rows replaced."""
        figures = {}
        for f in fields(Figures):
            values = getattr(self.figures, f.name).copy()
            values[rows] = getattr(part.figures, f.name)
            figures[f.name] = values
        old, new = self.lines, part.lines
        kept = ~np.isin(old.row, rows)
        row = np.concatenate([old.row[kept], rows[new.row]])
        sort = np.argsort(row, kind="stable")
        merged = {
            f.name: np.concatenate([getattr(old, f.name)[kept], getattr(new, f.name)])[sort]
            for f in fields(OrderLines) if f.name != "starts"
        }  # fmt: skip
        starts = np.searchsorted(row[sort], np.arange(len(old.starts)))
        return PlanArrays(OrderLines(starts=starts, **merged), Figures(**figures))


@dataclass(frozen=True, eq=False)
class Block:
    """The arrays of rows that share a calendar.

    Parameters
    ----------
    rows
        Rows of the plan, shape (n,).
    calendar
        Their order calendar.
    position, windows, rules
        What the engine takes.
    cumulative_demand
        Demand before day t, shape (days + 1, n), at least a year past `end`.
    receipts
        Scheduled receipts per day, shape (end + 1, n).
    overdue
        Overdue receipts cumulated per day, same shape; None if there are none.
    end
        Last day of the arithmetic.
    """

    rows: NDArray[np.intp]
    calendar: OrderCalendar
    position: Position
    windows: Windows
    rules: OrderRules
    cumulative_demand: NDArray[np.float64]
    receipts: NDArray[np.float64]
    overdue: NDArray[np.float64] | None
    end: int


def replenish(
    data: PlanningData, config: ReplenishmentConfig, *, on_progress: Callable[[int, int], None] | None = None
) -> ReplenishmentPlan:
    """Build a replenishment plan: what to buy, and when.

    Parameters
    ----------
    data
        The tables, from `load`.
    config
        What to plan, and by which policy.
    on_progress
        Called between blocks with the rows done and all rows; an exception that it raises, such as `Cancelled`, ends
        the work and leaves nothing behind.

    Returns
    -------
    ReplenishmentPlan
        An immutable document.

    Raises
    ------
    ConfigError
        When the configuration names what the tables do not have.
    ContractError
        When a row that is bought has no lead time, or its safety stock no forecast error.

    Examples
    --------
    >>> import moselle_nb as mo
    >>> data = mo.sample_data("retail", items=5, locations=2, seed=7)
    >>> plan = mo.replenish(data, mo.ReplenishmentConfig(name="Q1", coverage=("2026-11-23", "2027-02-14")))
    >>> plan.check().ok
    True
    """
    return build(resolve(data, config), config, on_progress=on_progress)


def build(
    inputs: ResolvedInputs,
    config: ReplenishmentConfig,
    *,
    on_progress: Callable[[int, int], None] | None = None,
    block_rows: int = BLOCK_ROWS,
) -> ReplenishmentPlan:
    """Build a plan from resolved inputs: what `replenish` does after the tables are settled."""
    from moselle_nb.plans.document import ReplenishmentPlan

    rows = np.arange(inputs.rows)
    arrays = plan_rows(inputs, config, rows, {}, on_progress=on_progress, block_rows=block_rows)
    return ReplenishmentPlan(inputs, config, arrays)


def plan_rows(
    inputs: ResolvedInputs,
    config: ReplenishmentConfig,
    rows: NDArray[np.intp],
    fixed: Mapping[int, Mapping[int, float]],
    *,
    on_progress: Callable[[int, int], None] | None = None,
    block_rows: int = BLOCK_ROWS,
    traces: dict[int, list[Sizing | None]] | None = None,
) -> PlanArrays:
    """Plan some rows.

    Parameters
    ----------
    inputs, config
        What the plan is made of.
    rows
        Rows of the plan, increasing.
    fixed
        Edits: row to order position to units.
    on_progress
        See `replenish`.
    block_rows
        Rows per block.
    traces
        Takes the steps of every order date of every row when given; for few rows.

    Returns
    -------
    PlanArrays
        In the order of `rows`.
    """
    figures = Figures.empty(len(rows))
    found: list[tuple[NDArray[np.intp], ...]] = []
    done = 0
    for place in groups(inputs, rows, block_rows):
        block = lay_out(inputs, config, rows[place])
        trace: list[Sizing | None] | None = None if traces is None else []
        edits = _fixed_matrix(block, fixed)
        result = net(block.position, block.windows, block.rules, fixed=edits, trace=trace)
        flags = flag_moq_cover(result, block.windows, block.cumulative_demand, config.excess_days)
        _fill(figures, place, inputs, config, block, result.quantity)
        edited = np.zeros(flags.shape, dtype=bool) if edits is None else ~np.isnan(edits)
        kept = (result.suggested > 0) | edited | (flags & ~np.uint8(MOQ_RAISED) > 0)
        column, order = np.nonzero(kept.T)
        found.append(
            (
                place[column],
                order,
                *(a.T[column, order] for a in (result.suggested, result.quantity, flags, edited)),
            )
        )
        if traces is not None and trace is not None:
            traces.update({int(row): _column(trace, number) for number, row in enumerate(block.rows)})
        done += len(place)
        if on_progress is not None:
            on_progress(done, len(rows))
    return PlanArrays(_sparse(found, len(rows)), figures)


def _column(trace: list[Sizing | None], number: int) -> list[Sizing | None]:
    return [step and Sizing(*(getattr(step, f.name)[number : number + 1] for f in fields(Sizing))) for step in trace]


def _sparse(found: list[tuple[NDArray[np.intp], ...]], rows: int) -> OrderLines:
    kinds = (np.int64, np.int32, np.float64, np.float64, np.uint8, np.bool_)
    parts = zip(*found, strict=True) if found else ([np.zeros(0)],) * len(kinds)
    row, *columns = (np.concatenate(part).astype(kind) for part, kind in zip(parts, kinds, strict=True))
    sort = np.argsort(row, kind="stable")
    starts = np.searchsorted(row[sort], np.arange(rows + 1))
    return OrderLines(starts, *(column[sort] for column in columns))


def groups(inputs: ResolvedInputs, rows: NDArray[np.intp], block_rows: int = BLOCK_ROWS) -> Iterator[NDArray[np.intp]]:
    """Yield positions in `rows` that share a calendar and the fate of unmet demand, a block at a time."""
    code = inputs.calendar[rows].astype(np.int64) * 2 + inputs.backorder[rows]
    sort = np.argsort(code, kind="stable")
    edges = np.flatnonzero(np.diff(code[sort])) + 1
    for group in np.split(sort, edges):
        for first in range(0, len(group), block_rows):
            yield group[first : first + block_rows]


def lay_out(
    inputs: ResolvedInputs, config: ReplenishmentConfig, rows: NDArray[np.intp], *, cover_to_end: bool = False
) -> Block:
    """Lay out the arrays of rows that share a calendar; `cover_to_end` reaches a year past the last day."""
    calendar = inputs.calendars[inputs.calendar[rows[0]]]
    end = calendar.row_end(inputs.coverage_last)
    windows = Windows(calendar.arrival_days[: calendar.orders], calendar.window_ends(inputs.coverage_last))
    demand = inputs.demand.take(rows)
    cover = _rule(inputs.rules.safety_stock.values, rows)
    longest = int(np.nan_to_num(cover[_rule(inputs.rules.safety_method, rows) == 2]).max(initial=0))
    from_start = max(MAX_COVER_DAYS, config.excess_days, int(_protection_days(inputs, rows).max(initial=0)))
    from_end = max(longest, config.excess_days, MAX_COVER_DAYS if cover_to_end else 0)
    daily = daily_demand(demand, max(from_start, end + from_end) + 2, config.beyond_forecast)
    cumulative = np.zeros((len(daily) + 1, len(rows)))
    np.cumsum(daily, axis=0, out=cumulative[1:])
    receipts, overdue = _receipts(inputs, rows, end)
    flow = cumulative[1 : end + 2] - np.cumsum(receipts, axis=0)
    safety = _safety_stock(inputs, config, rows, calendar, daily, cumulative, end)
    position = Position(inputs.opening[rows], daily, flow, safety, bool(inputs.backorder[rows[0]]))
    return Block(
        rows,
        calendar,
        position,
        windows,
        _order_rules(inputs, rows, calendar),
        cumulative,
        receipts,
        overdue,
        end,
    )


def _protection_days(inputs: ResolvedInputs, rows: NDArray[np.intp]) -> NDArray[np.float64]:
    lead = np.nan_to_num(inputs.rules.lead_time_days.values[0][rows])
    return inputs.review_period_days[rows] + lead


def _rule(values: NDArray[np.generic], rows: NDArray[np.intp]) -> NDArray[np.float64]:  # type: ignore[type-var]
    return values[:, rows]


def _receipts(
    inputs: ResolvedInputs, rows: NDArray[np.intp], end: int
) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """Scatter scheduled receipts over days; the overdue ones once more, cumulated."""
    source, dense = inputs.receipts, np.zeros((end + 1, len(rows)))
    count = source.starts[rows + 1] - source.starts[rows]
    if not count.any():
        return dense, None
    column = np.repeat(np.arange(len(rows)), count)
    entry = np.repeat(source.starts[rows] - np.cumsum(count) + count, count) + np.arange(len(column))
    inside = source.day[entry] <= end
    column, entry = column[inside], entry[inside]
    np.add.at(dense, (source.day[entry], column), source.quantity[entry])
    late = source.due[entry] < 0
    if not late.any():
        return dense, None
    overdue = np.zeros_like(dense)
    np.add.at(overdue, (source.day[entry[late]], column[late]), source.quantity[entry[late]])
    return dense, np.cumsum(overdue, axis=0)


def _order_rules(inputs: ResolvedInputs, rows: NDArray[np.intp], calendar: OrderCalendar) -> OrderRules:
    """Pick each order date's rules: order quantities by order date, maximum stock by arrival."""
    ordered = inputs.era(calendar.order_days[: calendar.orders])
    arrived = inputs.era(calendar.arrival_days[: calendar.orders])

    def pick(name: str, eras: NDArray[np.int64], none: float) -> NDArray[np.float64]:
        values = getattr(inputs.rules, name).values[:, rows]
        return np.nan_to_num(values if len(values) == 1 else values[eras], nan=none)

    return OrderRules(
        pick("moq", ordered, 0.0), pick("order_multiple", ordered, 1.0), pick("max_order", ordered, np.inf),
        pick("max_stock", arrived, np.inf), pick("max_stock_is_hard", arrived, 0.0) == 1.0,
    )  # fmt: skip


def _safety_stock(
    inputs: ResolvedInputs,
    config: ReplenishmentConfig,
    rows: NDArray[np.intp],
    calendar: OrderCalendar,
    daily: NDArray[np.float64],
    cumulative: NDArray[np.float64],
    end: int,
) -> NDArray[np.float64]:
    """Safety stock of days 0 to `end`, shape (end + 1, n): each day by the rules in force on it."""
    stock = np.zeros((end + 1, len(rows)))
    values, methods = _rule(inputs.rules.safety_stock.values, rows), _rule(inputs.rules.safety_method, rows)
    floors = np.nan_to_num(_rule(inputs.rules.min_stock.values, rows))
    eras = inputs.era(np.arange(end + 1))
    for era in range(len(values)):
        days = slice(0, end + 1) if len(values) == 1 else _span(eras, era)
        for method in np.unique(methods[era]):
            columns = np.flatnonzero(methods[era] == method)
            whole = len(columns) == len(rows)
            part = _by_method(
                SAFETY_METHODS[method], values[era][columns], inputs, config, rows[columns], calendar,
                daily if whole else daily[:, columns], cumulative if whole else cumulative[:, columns], end,
            )[days]  # fmt: skip
            if whole:
                stock[days] = part
            else:
                stock[days, columns] = part
    return np.maximum(stock, floors if len(floors) == 1 else floors[eras])


def _span(eras: NDArray[np.int64], era: int) -> slice:
    return slice(int(np.searchsorted(eras, era, side="left")), int(np.searchsorted(eras, era, side="right")))


def _by_method(
    method: str,
    value: NDArray[np.float64],
    inputs: ResolvedInputs,
    config: ReplenishmentConfig,
    rows: NDArray[np.intp],
    calendar: OrderCalendar,
    daily: NDArray[np.float64],
    cumulative: NDArray[np.float64],
    end: int,
) -> NDArray[np.float64]:
    if method == "units":
        return np.broadcast_to(to_grid(value), (end + 1, len(rows)))
    if method == "days_of_cover":
        return days_of_cover_safety_stock(cumulative, value.astype(np.int64), end + 1)
    if method == "cycle_service_level":
        return _service_level_stock(value, inputs, config, rows, calendar, cumulative, end)
    return np.zeros((end + 1, len(rows)))


def _service_level_stock(
    level: NDArray[np.float64],
    inputs: ResolvedInputs,
    config: ReplenishmentConfig,
    rows: NDArray[np.intp],
    calendar: OrderCalendar,
    cumulative: NDArray[np.float64],
    end: int,
) -> NDArray[np.float64]:
    """Quantile less mean of the demand between each order date and the day before the arrival after its own."""
    assert inputs.variance is not None  # noqa: S101 (resolve makes it for rows with this method)
    stock, columns = np.zeros((end + 1, len(rows))), np.arange(len(rows))
    lead_sd = np.nan_to_num(inputs.rules.lead_time_sd_days.values[0][rows])
    variance = daily_variance(
        inputs.demand.take(rows), inputs.variance[:, rows], len(cumulative) - 1, config.beyond_forecast
    )
    spread = np.concatenate([np.zeros((1, len(rows))), np.cumsum(variance, axis=0)])
    for first_day, begin, stop in _protection_intervals(inputs, rows, calendar, end):
        mean = (cumulative[stop, columns] - cumulative[begin, columns]) / np.maximum(stop - begin, 1)
        during = spread[stop, columns] - spread[begin, columns]
        stock[first_day:] = normal_safety_stock(protection_variance(during, mean, lead_sd), level)
    return stock


def _protection_intervals(
    inputs: ResolvedInputs, rows: NDArray[np.intp], calendar: OrderCalendar, end: int
) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.int64]]]:
    """Yield from which day on which interval (first day, day after the last) is to be protected.

    Days before the first arrival are protected as by the first possible order; rows that cannot order at all, over
    their review period and lead time from day 0.
    """
    ones = np.ones(len(rows), dtype=np.int64)
    ordered, arrives = calendar.order_days, calendar.arrival_days
    if ordered[0] == NEVER or arrives[1] == NEVER:
        yield 0, 0 * ones, np.maximum(_protection_days(inputs, rows).astype(np.int64), 1)
    else:
        yield 0, ordered[0] * ones, arrives[1] * ones
    for order, stop in enumerate(calendar.window_ends(inputs.coverage_last) + 1):
        arrival = int(arrives[order])
        if order and stop > arrival and arrival <= end:
            yield arrival, ordered[order] * ones, int(stop) * ones


def _fixed_matrix(block: Block, fixed: Mapping[int, Mapping[int, float]]) -> NDArray[np.float64] | None:
    if not fixed or not any(int(row) in fixed for row in block.rows):
        return None
    matrix = np.full((block.calendar.orders, len(block.rows)), np.nan)
    for column, row in enumerate(block.rows):
        for order, quantity in fixed.get(int(row), {}).items():
            matrix[order, column] = quantity
    return matrix


def _fill(
    figures: Figures,
    place: NDArray[np.intp],
    inputs: ResolvedInputs,
    config: ReplenishmentConfig,
    block: Block,
    quantity: NDArray[np.float64],
) -> None:
    """Judge a block and write what the summary says of it."""
    position, cumulative, last = block.position, block.cumulative_demand, inputs.coverage_last
    excess = _excess(inputs, config, block)
    first, second = (min(int(day), NO_DAY) for day in np.append(block.calendar.arrival_days, [NEVER, NEVER])[:2])
    judgement = judge(position, last, (first, second), excess, block.overdue)
    unserved = unserved_with_orders(position, block.windows, quantity, last)
    arrived = quantity[block.windows.arrivals == 0].sum(axis=0)
    ending = np.maximum(position.opening + arrived - position.flow[0], 0.0)
    values = {
        "status": judgement.status, "reason": judgement.reason, "first_stockout": judgement.first_stockout,
        "order_by": _order_by(block, judgement.status, judgement.first_stockout, judgement.first_breach),
        "unserved_without_orders": judgement.unserved, "unserved": unserved, "ending": ending,
        "excess_units": excess, "days_on_hand": days_of_cover(ending[None], cumulative, np.array([1]))[0],
        "demand_28d": cumulative[28], "safety_stock": position.safety_stock[0],
    }  # fmt: skip
    for name, value in values.items():
        getattr(figures, name)[place] = value


def _order_by(
    block: Block, status: NDArray[np.int8], stockout: NDArray[np.int64], breach: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the last order date whose arrival is in time for the stockout, for `low` rows for the breach."""
    low = status == 4  # noqa: PLR2004 (STATUSES.index("low"))
    target = np.where(low, breach, stockout)
    in_time = block.windows.arrivals[:, None] <= np.where(target < NO_DAY, target, -1)
    days = np.where(in_time, block.calendar.order_days[: block.calendar.orders, None], -1).max(axis=0, initial=-1)
    return np.where(days >= 0, days, NO_DAY)


def _inbound_within(inputs: ResolvedInputs, rows: NDArray[np.intp], days: NDArray[np.int64]) -> NDArray[np.float64]:
    """Sum the open orders that are expected by so many days from `as_of`, overdue ones included."""
    source = inputs.receipts
    count = source.starts[rows + 1] - source.starts[rows]
    column = np.repeat(np.arange(len(rows)), count)
    entry = np.repeat(source.starts[rows] - np.cumsum(count) + count, count) + np.arange(len(column))
    near = source.due[entry] <= days[column]
    return np.bincount(column[near], weights=source.quantity[entry[near]], minlength=len(rows))


def _excess(inputs: ResolvedInputs, config: ReplenishmentConfig, block: Block) -> NDArray[np.float64]:
    """Stock and near inbound beyond the demand of the excess period and safety stock, in units."""
    rows, columns = block.rows, np.arange(len(block.rows))
    lead = np.nan_to_num(inputs.rules.lead_time_days.values[0][rows]).astype(np.int64)
    inbound = _inbound_within(inputs, rows, lead)
    period = np.maximum(config.excess_days, inputs.review_period_days[rows] + lead)
    needed = block.cumulative_demand[period, columns] + block.position.safety_stock[0]
    return np.maximum(block.position.opening + inbound - needed, 0.0)
