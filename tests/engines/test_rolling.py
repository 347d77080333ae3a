"""Rolling simulation: a scalar simulator gives the same to the unit, nothing is lost, nothing is known early."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from moselle_nb.engines.netting import OrderRules, Windows, net
from moselle_nb.engines.replanning import Netting, Outlook
from moselle_nb.engines.rolling import Review, Reviews, Supply, Trial, roll
from tests.effort import seeds
from tests.engines.rows import Rows, rules
from tests.oracles.scalar_rolling import ScalarRun

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.daily import DailyPosition

DAYS, AHEAD = 40, 70


@dataclass
class Instance:
    """Rows of one calendar with rules of their own, and demand on paths that is not what is expected."""

    rows: Rows
    position: DailyPosition
    windows: Windows
    rules: OrderRules
    reviews: Reviews
    demand: NDArray[np.float64]
    scheduled: NDArray[np.float64]
    delay: NDArray[np.int64] | None
    paths: int

    def outlook(self, number: int) -> Outlook:
        ahead = Windows(self.windows.arrivals[number:], self.windows.ends[number:], self.windows.last_day)
        return Outlook(self.position, int(self.reviews.days[number]), ahead, self.rules)

    def run(self, demand: NDArray[np.float64] | None = None, **more: Any) -> Trial:
        decide = Netting(self.outlook, self.paths, **more)
        supply = Supply(np.repeat(self.position.opening, self.paths), self.scheduled, self.delay)
        return roll(
            self.demand if demand is None else demand, supply, self.reviews, decide,
            backorder=self.position.backorder, record=True,
        )  # fmt: skip


def instance(seed: int, paths: int = 3) -> Instance:
    """Draw an instance."""
    rng = np.random.default_rng(seed)
    width, backorder = int(rng.integers(1, 4)), bool(rng.integers(2))
    expected = rng.poisson(rng.uniform(0.2, 4), (width, AHEAD + 40)).astype(float) + rng.integers(0, 2, (width, 1)) / 8
    receipts = [{int(day): float(rng.integers(1, 20)) for day in rng.integers(0, DAYS, 2)} for _ in range(width)]
    rows = Rows(
        expected.tolist(), rng.integers(-4 * backorder, 30, width).tolist(), receipts=receipts,
        cover=rng.integers(0, 8, width).tolist(), floor=rng.integers(0, 6, width).tolist(),
    )  # fmt: skip
    days = np.arange(int(rng.integers(0, 4)), DAYS, int(rng.integers(3, 9)))
    arrivals = days + rng.integers(0, 3, len(days)) + int(rng.integers(0, 12))
    ends = np.append(np.minimum.accumulate(arrivals[:0:-1])[::-1] - 1, max(arrivals[-1] + 5, arrivals.max()))
    some = rng.integers(0, 2, (4, width)).astype(bool)
    order_rules = OrderRules(
        np.where(some[0], rng.integers(1, 25, width), 0.0)[None],
        np.where(some[1], rng.integers(2, 7, width), 1.0)[None],
        np.where(some[2], rng.integers(10, 40, width), np.inf)[None],
        np.where(some[3], rng.integers(15, 60, width), np.inf)[None],
        rng.integers(0, 2, width).astype(bool)[None],
    )
    position = rows.daily(int(ends.max()), backorder=backorder)
    demand = rng.poisson(np.repeat(expected.T[:DAYS], paths, axis=1)).astype(float)
    scheduled = np.zeros((DAYS, width))
    for row, day, units, _ in rows.entries():
        scheduled[day, row] += units
    delay = rng.integers(-3, 6, demand.shape) if rng.integers(2) else None
    windows = Windows(arrivals, ends, int(ends.max()))
    return Instance(rows, position, windows, order_rules, Reviews(days, arrivals), demand, scheduled, delay, paths)


@pytest.mark.parametrize("seed", seeds("rolling"))
def test_a_scalar_simulator_gives_the_same(seed: int) -> None:
    case = instance(seed)
    trial = case.run(order_ahead=False)
    assert trial.quantities is not None
    assert trial.endings is not None
    for column in range(case.demand.shape[1]):
        row = column // case.paths
        moq, multiple, max_order, max_stock = (
            float(getattr(case.rules, name)[0, row]) for name in ("moq", "order_multiple", "max_order", "max_stock")
        )
        slow = ScalarRun(
            np.diff(case.rows.before[:, row]).tolist(), case.position.safety_stock[:, row].tolist(),
            case.demand[:, column].tolist(), float(case.position.opening[row]),
            {day: float(units) for day, units in enumerate(case.scheduled[:, row])},
            case.reviews.days.tolist(), case.windows.arrivals.tolist(), case.windows.ends.tolist(),
            case.position.backorder, moq, multiple, max_order, max_stock, bool(case.rules.max_stock_is_hard[0, row]),
            {} if case.delay is None else dict(enumerate(case.delay[:, column].tolist())),
        ).run()  # fmt: skip
        assert trial.quantities[:, column].tolist() == slow.orders
        assert trial.endings[:, column].tolist() == slow.endings
        assert trial.unserved[column] == sum(slow.unserved)
        assert trial.stockout_days[column] == sum(units > 0 for units in slow.unserved)
        assert trial.stock_days[column] == sum(max(stock, 0.0) for stock in slow.endings)


@pytest.mark.parametrize("seed", seeds("rolling"))
def test_what_came_in_went_out_or_is_there(seed: int) -> None:
    case = instance(seed)
    trial = case.run()
    opening = np.repeat(case.position.opening, case.paths)
    received = np.repeat(case.scheduled.sum(axis=0), case.paths) + trial.ordered - trial.in_transit
    kept = trial.demand if case.position.backorder else trial.demand - trial.unserved
    assert (opening + received - kept == trial.ending).all()


@pytest.mark.parametrize("seed", seeds("rolling"))
def test_a_decision_knows_nothing_of_later_demand(seed: int) -> None:
    case = instance(seed)
    trial = case.run()
    assert trial.quantities is not None
    for number in range(0, len(case.reviews.days), 2):
        day = int(case.reviews.days[number])
        altered = case.demand.copy()
        altered[day:] = np.random.default_rng(seed).poisson(9, altered[day:].shape)
        other = case.run(altered)
        assert other.quantities is not None
        assert (other.quantities[: number + 1] == trial.quantities[: number + 1]).all()


@pytest.mark.parametrize("seed", seeds("rolling"))
def test_what_comes_as_expected_is_ordered_as_planned(seed: int) -> None:
    case = instance(seed)
    case.delay = None
    expected = np.repeat(case.position.demand[:DAYS], case.paths, axis=1)
    plan = net(case.position, case.windows, case.rules).suggested
    trial = case.run(expected)
    assert trial.quantities is not None
    assert (trial.quantities == np.repeat(plan, case.paths, axis=1)).all()


@pytest.mark.parametrize("seed", seeds("rolling"))
def test_settled_orders_stand_and_the_others_react_as_in_a_plan(seed: int) -> None:
    case = instance(seed)
    case.delay = None
    rng = np.random.default_rng(seed)
    shape = (len(case.reviews.days), len(case.position.opening))
    fixed = np.where(rng.random(shape) < 0.3, rng.integers(0, 30, shape).astype(float), np.nan)
    plan = net(case.position, case.windows, case.rules, fixed=fixed).quantity
    expected = np.repeat(case.position.demand[:DAYS], case.paths, axis=1)
    trial = case.run(expected, fixed=fixed)
    assert trial.quantities is not None
    assert (trial.quantities == np.repeat(plan, case.paths, axis=1)).all()


def test_days_by_hand() -> None:
    # 5 on hand, 3 a day, reviews on days 0 and 2, arrival a day later, 4 each: 5-3 = 2; 2+4-3 = 3; 0; 0+4-3 = 1, less 2
    reviews = Reviews(np.array([0, 2]), np.array([1, 3]))
    demand = np.array([[3.0], [3.0], [3.0], [3.0], [3.0]])
    trial = roll(demand, Supply(np.array([5.0])), reviews, lambda _: np.array([4.0]), backorder=False, record=True)
    assert trial.endings is not None
    assert trial.endings[:, 0].tolist() == [2, 3, 0, 1, 0]
    assert (trial.unserved[0], trial.stockout_days[0], trial.stock_days[0]) == (2, 1, 6)
    # one whole cycle is measured, days 1 and 2; that from day 3 on does not end
    assert (trial.cycles, trial.cycles_out[0]) == (1, 0)


def test_days_before_the_first_that_is_measured_only_bring_stock_under_way() -> None:
    reviews = Reviews(np.array([0, 2]), np.array([1, 3]))
    demand = np.full((5, 1), 3.0)
    trial = roll(demand, Supply(np.array([5.0])), reviews, lambda _: np.array([4.0]), backorder=False, first_day=3)
    assert (trial.demand[0], trial.stock_days[0], trial.orders[0], trial.cycles) == (6, 1, 0, 0)


def test_what_is_late_is_expected_at_once() -> None:
    seen: list[Review] = []

    def decide(review: Review) -> NDArray[np.float64]:
        seen.append(review)
        return np.array([7.0])

    reviews = Reviews(np.array([0, 3]), np.array([1, 4]))
    delay = np.full((6, 1), 4)
    trial = roll(np.ones((6, 1)), Supply(np.array([2.0]), None, delay), reviews, decide, backorder=True)
    # the order of day 0 is expected on day 1 and comes on day 5; two a day have waited by then
    assert [(day, units.tolist()) for day, units in seen[1].outstanding] == [(3, [7.0])]
    assert seen[1].position.tolist() == [6.0]
    assert (trial.ending[0], trial.in_transit[0], trial.unserved[0]) == (3, 7, 3)


def test_rules_of_one_row_hold_on_every_path() -> None:
    rows = Rows([[2.0] * 20], [0])
    windows = Windows(np.array([1]), np.array([5]), 5)
    decide = Netting(lambda _: Outlook(rows.daily(5), 0, windows, rules(moq=12)), 4)
    assert decide(Review(0, 0, np.array([0.0, 4.0, 20.0, 2.0]), ())).tolist() == [12, 12, 0, 12]
