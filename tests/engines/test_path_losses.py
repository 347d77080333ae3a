"""A review on many paths orders what a plan of that day orders, path by path: expected losses and lots included."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from moselle_nb.engines.daily import DailyCumulative, DailyPosition
from moselle_nb.engines.expected_leftover import UncertainRows
from moselle_nb.engines.lot_targets import LotMethod, LotSizing
from moselle_nb.engines.netting import Windows, net
from moselle_nb.engines.replanning import Netting, Outlook
from moselle_nb.engines.rolling import Review
from tests.effort import seeds
from tests.engines.test_rolling import DAYS, Instance, instance

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class PerDay:
    """Variance of each day, shape (days, rows)."""

    daily: NDArray[np.float64]

    def until(self, first: int, stops: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.array([self.daily[first:stop, row].sum() for row, stop in enumerate(stops.tolist())])


def drawn_lots(rng: np.random.Generator, case: Instance, position: DailyPosition) -> LotSizing:
    """Draw a rule by which orders cover several windows, and two windows past the last."""
    method: LotMethod = ("eoq", "period_order_quantity", "silver_meal", "wagner_whitin")[int(rng.integers(4))]
    width, end = len(position.opening), case.windows.last_day + 1
    ratio, rate = rng.integers(5, 200, width).astype(float), case.rows.before[end] / end
    ends = np.array([end + 7, end + 14])
    levels = case.rows.before[ends] - case.scheduled.sum(axis=0) + position.safety_stock[-1]
    return LotSizing(method, ratio, rate, np.array([end, *ends]), levels)


@pytest.mark.parametrize("seed", seeds("rolling")[:30])
def test_a_review_orders_what_a_plan_of_its_day_orders(seed: int) -> None:
    case = instance(seed)
    rng, paths = np.random.default_rng(seed), case.paths
    position = case.rows.daily(case.windows.last_day)
    width = len(position.opening)
    variance = PerDay(rng.uniform(0.0, 4.0, (case.windows.last_day + 2, width)))
    columns = np.union1d([0], np.flatnonzero(rng.random(width) < 0.7))
    losses = UncertainRows(
        columns, PerDay(variance.daily[:, columns]), np.full(len(columns), 0.5), np.zeros(len(columns), dtype=np.int8)
    )
    number = int(rng.integers(len(case.reviews.days)))
    day = int(case.reviews.days[number])
    stock = rng.integers(0, 30, width * paths).astype(float)
    due = np.sort(rng.choice(np.arange(day, DAYS), 2, replace=False))
    outstanding = tuple((int(when), rng.integers(0, 15, width * paths).astype(float)) for when in due)
    lots = drawn_lots(rng, case, position) if seed % 3 else None
    ahead = Windows(case.windows.arrivals[number:], case.windows.ends[number:], case.windows.last_day, lots)
    decide = Netting(lambda _: Outlook(position, day, ahead, case.rules, losses), paths)
    ordered = decide(Review(number, day, stock, outstanding)).reshape(width, paths)

    shifted = UncertainRows(columns, PerDay(variance.daily[day:, columns]), losses.lead_time_sd_days, losses.wanted)
    flow_before = position.flow[day - 1] if day else np.zeros(width)
    receipts = -np.diff(position.flow - np.cumsum(position.demand, axis=0), axis=0, prepend=0.0)[day:]
    before = case.rows.before[day:] - case.rows.before[day]
    for path in range(paths):
        more = receipts.copy()
        for when, units in outstanding:
            if when - day < len(more):
                more[when - day] += units[path::paths]
        flow = np.cumsum(position.demand[day:] - more, axis=0)
        alone = DailyPosition(
            stock[path::paths], DailyCumulative(before), position.demand[day:], flow, position.safety_stock[day:], False
        )
        windows = Windows(ahead.arrivals - day, ahead.ends - day, ahead.last_day - day)
        if lots is not None:
            coming = sum(units[path::paths] for _, units in outstanding)
            later = lots.later_levels - flow_before - coming
            shown = replace(lots, later_starts=lots.later_starts - day, later_levels=later)
            windows = replace(windows, lots=shown)
        plan = net(alone, windows, case.rules, uncertain=shifted).suggested[0]
        assert ordered[:, path].tolist() == plan.tolist()
