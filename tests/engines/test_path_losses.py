"""A review on many paths orders what a plan of that day orders, path by path: expected losses and lots included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest

from moselle_nb.engines.daily import DailyCumulative, DailyPosition
from moselle_nb.engines.expected_leftover import UncertainRows
from moselle_nb.engines.lot_targets import LotTargets
from moselle_nb.engines.netting import Windows, net
from moselle_nb.engines.replanning import Netting, Outlook
from moselle_nb.engines.rolling import Review
from tests.effort import seeds
from tests.engines.test_rolling import DAYS, instance

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class PerDay:
    """Variance of each day, shape (days, rows)."""

    daily: NDArray[np.float64]

    def until(self, first: int, stops: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.array([self.daily[first:stop, row].sum() for row, stop in enumerate(stops.tolist())])


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
    beyond = np.where(rng.random((len(case.windows.ends) - number, width)) < 0.5, 0.0, 7.0)
    lots = LotTargets(beyond, rng.integers(0, 20, width).astype(float)) if seed % 3 else None
    ahead = Windows(case.windows.arrivals[number:], case.windows.ends[number:], case.windows.last_day, lots)
    decide = Netting(lambda _: Outlook(position, day, ahead, case.rules, losses), paths)
    ordered = decide(Review(number, day, stock, outstanding)).reshape(width, paths)

    shifted = UncertainRows(columns, PerDay(variance.daily[day:, columns]), losses.lead_time_sd_days, losses.wanted)
    windows = Windows(ahead.arrivals - day, ahead.ends - day, ahead.last_day - day, lots)
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
        plan = net(alone, windows, case.rules, uncertain=shifted).suggested[0]
        assert ordered[:, path].tolist() == plan.tolist()
