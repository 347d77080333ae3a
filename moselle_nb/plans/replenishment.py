"""Replenishment: where tables meet the engine. Resolve, lay out each block, call the engine, keep the result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, overload

import numpy as np

from moselle_nb.engines.judging import NO_DAY, STATUSES, judge
from moselle_nb.engines.netting import Sizing, flag_moq_cover, net, unserved_with_orders
from moselle_nb.engines.projection import days_of_cover
from moselle_nb.inputs import PlanningData
from moselle_nb.plans.config import ReplenishmentConfig
from moselle_nb.plans.dependent import with_dependents
from moselle_nb.plans.layout import BLOCK_ROWS, DAILY_ROWS, Block, groups, inbound_within, lay_out, lay_out_for
from moselle_nb.plans.lots import lots_of
from moselle_nb.plans.order_arrays import BlockOrders, Figures, OrderLines, PlanArrays
from moselle_nb.plans.price_breaks import price_terms
from moselle_nb.plans.resolved import BOUGHT, ResolvedInputs, resolve
from moselle_nb.plans.safety import is_dated

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from moselle_nb.plans.document import ReplenishmentPlan

__all__ = [
    "Block",
    "Figures",
    "OrderLines",
    "PlanArrays",
    "Steps",
    "build",
    "groups",
    "lay_out",
    "lost_by_cost",
    "plan_rows",
    "replenish",
]

DEMAND_DAYS = 28
"""Days of demand that the summary shows."""


class Steps(Sequence[Sizing]):
    """The steps of every order date of one row, taken from those of its block when they are asked for."""

    def __init__(self, block: Sequence[Sizing], column: int) -> None:
        self._block, self._column = block, column

    def __len__(self) -> int:
        """Return how many order dates there are."""
        return len(self._block)

    @overload
    def __getitem__(self, order: int) -> Sizing: ...

    @overload
    def __getitem__(self, order: slice) -> list[Sizing]: ...

    def __getitem__(self, order: int | slice) -> Sizing | list[Sizing]:
        """Return the steps of an order date, shape (1,) each, or of several."""
        if isinstance(order, slice):
            return [self[number] for number in range(*order.indices(len(self)))]
        return self._block[order].of(slice(self._column, self._column + 1))


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
        Called between blocks with the rows done and all rows, those that lanes feed counted twice; an exception that it
        raises, such as `Cancelled`, ends the work and leaves nothing behind.

    Returns
    -------
    ReplenishmentPlan
        An immutable document.

    Raises
    ------
    ConfigError
        When the configuration names what the tables do not have.
    ContractError
        When a row that is bought has no lead time, its safety stock no forecast error, or lanes lead in a circle.

    Examples
    --------
    >>> import moselle_nb as mo
    >>> data = mo.sample_data("retail", items=5, locations=2, seed=7)
    >>> plan = mo.replenish(data, mo.ReplenishmentConfig(name="Q1", coverage=("2026-11-23", "2027-02-14")))
    >>> plan.check().ok
    True
    """
    for name, value, kind in (("data", data, PlanningData), ("config", config, ReplenishmentConfig)):
        if not isinstance(value, kind):
            msg = f"{name} is a {kind.__name__}, received {type(value).__name__}; call replenish(mo.load(…), config)"
            raise TypeError(msg)
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

    fed = 0 if inputs.network is None else len(inputs.network.row)

    def progress(done: int, _: int = 0, *, before: int = fed) -> None:
        if on_progress is not None:
            on_progress(before + done, fed + inputs.rows)

    inputs = with_dependents(inputs, config, on_progress=partial(progress, before=0), block_rows=block_rows)
    arrays = plan_rows(inputs, config, np.arange(inputs.rows), {}, on_progress=progress, block_rows=block_rows)
    return ReplenishmentPlan(inputs, config, arrays)


def plan_rows(
    inputs: ResolvedInputs,
    config: ReplenishmentConfig,
    rows: NDArray[np.intp],
    fixed: Mapping[int, Mapping[int, float]],
    *,
    on_progress: Callable[[int, int], None] | None = None,
    block_rows: int = BLOCK_ROWS,
    by_day: bool = False,
    traces: dict[int, Steps] | None = None,
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
    by_day
        Lay every block out by day, also where there is a closed form: the same results, more slowly.
    traces
        Takes the steps of every order date of every row when given; for few rows.

    Returns
    -------
    PlanArrays
        In the order of `rows`.
    """
    figures = Figures.empty(len(rows))
    orders: list[BlockOrders] = []
    done = 0
    if by_day or config.beyond_forecast == "same_last_year":
        block_rows = min(block_rows, DAILY_ROWS)
    for place in groups(inputs, rows, block_rows):
        block = (lay_out if by_day else lay_out_for)(inputs, config, rows[place])
        trace: list[Sizing] | None = None if traces is None else []
        edits = _fixed_matrix(block, fixed)
        lots, prices = lots_of(inputs, config, block), price_terms(inputs, block)
        windows = replace(block.windows, lots=lots, prices=prices)
        result = net(
            block.position, windows, block.rules, fixed=edits, trace=trace, order_ahead=config.order_ahead,
            uncertain=block.uncertain,
        )  # fmt: skip
        flag_moq_cover(block.position, block.windows, result, config.excess_days)
        edited = None if edits is None else ~np.isnan(edits)
        orders.append(BlockOrders(place, result.suggested, result.quantity, result.flags, edited))
        for name, values in _figures(inputs, config, block, result.quantity).items():
            getattr(figures, name)[place] = values
        if traces is not None and trace is not None:
            traces.update({int(row): Steps(trace, at) for at, row in enumerate(block.rows)})
        done += len(place)
        if on_progress is not None:
            on_progress(done, len(rows))
    return PlanArrays(tuple(orders), figures)


def lost_by_cost(
    inputs: ResolvedInputs, config: ReplenishmentConfig, figures: Figures
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return which rows leave demand unserved that they would serve if safety stock were nowhere below 0.

    Only rows that may are planned again: those that are bought, whose safety stock is below 0 on day `as_of` or has
    rules that change later, and whose suggestions leave demand unserved.

    Parameters
    ----------
    inputs, config
        What the plan is made of.
    figures
        Of all its rows, without edits.

    Returns
    -------
    tuple of numpy.ndarray
        Rows, increasing, and the units of each, > 0.
    """
    rows = np.flatnonzero((inputs.ordering == BOUGHT) & (figures.unserved > 0)).astype(np.int64)
    rows = rows[(figures.safety_stock[rows] < 0) | is_dated(inputs, rows)]
    if not len(rows):
        return rows, np.zeros(0)
    least = inputs.rules.min_stock
    values = least.values.copy()
    values[:, rows] = np.nan_to_num(values[:, rows])
    rules = replace(inputs.rules, min_stock=replace(least, values=values))
    served = plan_rows(replace(inputs, rules=rules), config, rows, {}).figures.unserved
    lost = figures.unserved[rows] - served
    return rows[lost > 0], lost[lost > 0]


def _fixed_matrix(block: Block, fixed: Mapping[int, Mapping[int, float]]) -> NDArray[np.float64] | None:
    if not fixed or not any(int(row) in fixed for row in block.rows):
        return None
    matrix = np.full((block.calendar.orders, len(block.rows)), np.nan)
    for column, row in enumerate(block.rows):
        for order, quantity in fixed.get(int(row), {}).items():
            matrix[order, column] = quantity
    return matrix


def _figures(
    inputs: ResolvedInputs, config: ReplenishmentConfig, block: Block, quantity: NDArray[np.float64]
) -> dict[str, NDArray[np.generic]]:
    """Judge a block and return what the summary says of it."""
    position, last = block.position, inputs.coverage_last
    safety = position.safety_stock_on(0)
    excess = _excess(inputs, config, block, safety)
    first, second = (min(int(day), NO_DAY) for day in np.sort(block.calendar.arrival_days)[:2])
    judgement = judge(position, last, (first, second), excess)
    arrived = quantity[block.windows.arrivals == 0].sum(axis=0)
    ending = np.maximum(position.opening + arrived - position.peak(0, 0), 0.0)
    return {
        "status": judgement.status, "reason": judgement.reason, "first_stockout": judgement.first_stockout,
        "order_by": _order_by(block, judgement.status, judgement.first_stockout, judgement.first_breach),
        "unserved_without_orders": judgement.unserved,
        "unserved": unserved_with_orders(position, block.windows, quantity, last), "ending": ending,
        "excess_units": excess,
        "days_on_hand": days_of_cover(ending[None], position.cumulative, np.array([1]))[0],
        "demand_28d": position.cumulative.at(DEMAND_DAYS), "safety_stock": safety,
    }  # fmt: skip


def _order_by(
    block: Block, status: NDArray[np.int8], stockout: NDArray[np.int64], breach: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the last order date whose arrival is in time for the stockout, for `low` rows for the breach."""
    target = np.where(status == STATUSES.index("low"), breach, stockout)
    by_arrival = np.argsort(block.windows.arrivals, kind="stable")
    latest = np.maximum.accumulate(block.calendar.order_days[by_arrival])
    in_time = np.searchsorted(block.windows.arrivals[by_arrival], target, side="right")
    return np.where(target < NO_DAY, np.append(NO_DAY, latest)[in_time], NO_DAY)


def _excess(
    inputs: ResolvedInputs, config: ReplenishmentConfig, block: Block, safety: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Stock and near inbound beyond the demand of the excess period and safety stock, in units.

    A safety stock below 0 counts as 0: what the period will sell is no excess, although it was not worth buying.
    """
    rows, position = block.rows, block.position
    lead = np.nan_to_num(inputs.rules.lead_time_days.values[0][rows]).astype(np.int64)
    period = np.maximum(config.excess_days, inputs.review_period_days[rows] + lead)
    needed = position.cumulative.at_rows(period) + np.maximum(safety, 0.0)
    return np.maximum(position.opening + inbound_within(inputs, rows, lead) - needed, 0.0)
