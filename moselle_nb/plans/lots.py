"""Lots of a plan: what its rows say of the cost of orders and stock, and the windows past its last order."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from moselle_nb.engines.lot_sizing import at_least, fixed_period, lot_for_lot, silver_meal, wagner_whitin
from moselle_nb.engines.lot_targets import LotSizing, increments
from moselle_nb.inputs.rebucketing import to_grid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.plans.config import ReplenishmentConfig
    from moselle_nb.plans.layout import Block
    from moselle_nb.plans.resolved import ResolvedInputs

__all__ = ["LATER_DAYS", "LotStory", "later_windows", "lot_story", "lots_of"]

LATER_DAYS = 182
"""Half a year past the last window: what an order may cover that coverage does not show."""


def lots_of(inputs: ResolvedInputs, config: ReplenishmentConfig, block: Block) -> LotSizing | None:
    """Return how the orders of a block are sized by cost; None where each carries its own window alone.

    Costs are those of today.
    """
    later = None if config.lot_sizing == "lot_for_lot" else later_windows(inputs, block)
    if config.lot_sizing == "lot_for_lot" or later is None:
        return None
    cumulative, days, rows = block.position.cumulative, block.windows.last_day + 1, block.rows
    ordering, holding = (getattr(inputs.rules, name).values[0][rows] for name in ("order_cost", "holding_cost"))
    return LotSizing(config.lot_sizing, to_grid(ordering / holding), cumulative.at(days) / days, *later)


def later_windows(inputs: ResolvedInputs, block: Block) -> tuple[NDArray[np.int64], NDArray[np.float64]] | None:
    """Return first days and levels of the windows after the last order's; None where no order carries anything.

    They repeat its length for half a year; their safety stock is that of the last window's last day. The days end with
    the one after the last window.
    """
    windows = block.windows
    (carrying,) = (windows.ends >= windows.arrivals).nonzero()
    if not len(carrying):
        return None
    first, end = int(windows.arrivals[carrying[-1]]), int(windows.ends[carrying[-1]])
    length = min(end - first + 1, LATER_DAYS)
    starts = end + 1 + length * np.arange(-(-LATER_DAYS // length) + 1)
    cumulative = block.position.cumulative
    levels = np.stack([cumulative.at(int(day)) for day in starts[1:]]) - _received(inputs, block.rows, starts[1:])
    return starts, levels + block.position.safety_stock_on(end)


def _received(inputs: ResolvedInputs, rows: NDArray[np.intp], days: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return what some rows receive by open orders before each of some days, shape (days, rows)."""
    from moselle_nb.plans.layout import entries_of

    column, entry = entries_of(inputs, rows)
    day, quantity = inputs.receipts.day[entry], inputs.receipts.quantity[entry]
    found = np.zeros((len(days) + 1, len(rows)))
    np.add.at(found, (np.searchsorted(days, day, side="right"), column), quantity)
    return np.cumsum(found, axis=0)[:-1]


class LotStory(NamedTuple):
    """How the lot of an order was chosen.

    Parameters
    ----------
    covers
        Windows that it covers; 0 for `eoq`.
    until
        Last day that it covers.
    end
        Last day that was looked at.
    cost, lot_for_lot
        Order cost and holding cost of all windows from this order on, by the method of the plan and lot for lot.
    """

    covers: int
    until: int
    end: int
    cost: float
    lot_for_lot: float


def lot_story(
    inputs: ResolvedInputs,
    config: ReplenishmentConfig,
    block: Block,
    order: int,
    need: float,
) -> LotStory | None:
    """Tell how the lot of an order of one row was chosen; None where orders cost nothing.

    Parameters
    ----------
    inputs, config, block
        What the row is planned with.
    order, need
        The order date, and the need of its own window in units.
    """
    lots = lots_of(inputs, config, block)
    if lots is None:
        return None
    windows, position = block.windows, block.position
    carrying = [place for place in range(len(windows.arrivals)) if windows.ends[place] >= windows.arrivals[place]]
    days = [(int(windows.arrivals[place]), int(windows.ends[place])) for place in carrying]
    levels, starts = lots.all_windows([first for first, _ in days], [position.level_peak(*window) for window in days])
    at = carrying.index(order)
    covers = int(lots.covers(increments(levels), starts)[at, 0])
    asked = increments(levels)[at:]
    asked[0] = max(need, 0.0)
    given = asked, inputs.rules.order_cost.values[0][block.rows], inputs.rules.holding_cost.values[0][block.rows]
    costs = {
        "eoq": lambda: at_least(*given, lots.quantity, starts=starts[at:]),
        "period_order_quantity": lambda: fixed_period(*given, lots.days, starts=starts[at:]),
        "silver_meal": lambda: silver_meal(*given, starts=starts[at:]),
        "wagner_whitin": lambda: wagner_whitin(*given, starts=starts[at:]),
    }
    chosen, alone = costs[lots.method](), lot_for_lot(*given, starts=starts[at:])
    reach = 0 if lots.method == "eoq" else covers
    until = int(starts[at + max(reach, 1)]) - 1
    return LotStory(reach, until, int(starts[-1]) - 1, float(chosen.cost[0]), float(alone.cost[0]))
