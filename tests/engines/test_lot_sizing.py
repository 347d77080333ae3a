"""Lots: by hand, against all subsets of periods, and against an independent package."""

from __future__ import annotations

import itertools
import random
from typing import TYPE_CHECKING

import numpy as np
import pytest

from moselle_nb.engines.lot_sizing import (
    at_least,
    fixed_period,
    least_unit_cost,
    lot_for_lot,
    part_period_balancing,
    silver_meal,
    wagner_whitin,
)
from tests.effort import seeds

if TYPE_CHECKING:
    from collections.abc import Callable

METHODS: tuple[Callable[..., object], ...] = (lot_for_lot, silver_meal, least_unit_cost, part_period_balancing)


class Draw:
    """One row: whole demand with holes, costs, periods of unequal length; order cost by period now and then."""

    def __init__(self, seed: int) -> None:
        rng = random.Random(seed)  # noqa: S311 (a test's instance, not a secret)
        self.periods = rng.randint(1, 9)
        self.demand = [float(rng.choice((0, 0, rng.randint(1, 60)))) for _ in range(self.periods)]
        self.holding = rng.randint(1, 24) / 8
        self.fixed = [float(rng.randint(0, 400))] * self.periods
        self.by_period = rng.random() < 0.3
        if self.by_period:
            self.fixed = [float(rng.randint(0, 400)) for _ in range(self.periods)]
        starts = itertools.accumulate(rng.choice((1, 3, 7, 9)) for _ in range(self.periods))
        self.starts = [0, *starts]

    def cost(self, dates: tuple[int, ...], starts: list[int]) -> float:
        """Cost of ordering in these periods, each up to the next of them; infinite where demand comes before."""
        total = sum(self.fixed[date] for date in dates)
        for period, units in enumerate(self.demand):
            earlier = [date for date in dates if date <= period]
            if units and not earlier:
                return float("inf")
            total += units * self.holding * (starts[period] - starts[earlier[-1]]) if units else 0.0
        return total

    def least(self, starts: list[int]) -> float:
        """Try all sets of order dates."""
        sets = (itertools.combinations(range(self.periods), count) for count in range(self.periods + 1))
        return min(self.cost(dates, starts) for dates in itertools.chain.from_iterable(sets))


@pytest.mark.parametrize("seed", seeds("lots"))
def test_wagner_whitin_is_the_cheapest_of_all_sets_of_order_dates(seed: int) -> None:
    drawn = Draw(seed)
    fixed = np.array(drawn.fixed)[:, None] if drawn.by_period else drawn.fixed[0]
    found = wagner_whitin(drawn.demand, fixed, drawn.holding, starts=drawn.starts)
    assert found.cost[0] == pytest.approx(drawn.least(drawn.starts), rel=1e-12)
    placed = tuple(np.flatnonzero(found.orders[:, 0]).tolist())
    assert drawn.cost(placed, drawn.starts) == pytest.approx(found.cost[0], rel=1e-12)
    assert found.orders.sum() == sum(drawn.demand)


@pytest.mark.parametrize("seed", seeds("lots"))
def test_wagner_whitin_costs_what_stockpyl_finds(seed: int) -> None:
    stockpyl = pytest.importorskip("stockpyl.wagner_whitin")
    drawn = Draw(seed)
    _, cost, *_ = stockpyl.wagner_whitin(drawn.periods, drawn.holding, drawn.fixed[0], [0, *drawn.demand])
    assert wagner_whitin(drawn.demand, drawn.fixed[0], drawn.holding).cost[0] == pytest.approx(cost, rel=1e-12)


def test_rows_at_once_are_rows_one_by_one() -> None:
    rng = np.random.default_rng(5)
    demand = rng.integers(0, 50, (30, 5000)) * (rng.random((30, 5000)) < 0.6) / 4
    fixed, holding = rng.integers(1, 900, 5000) / 8, np.full(5000, 0.5)
    together = wagner_whitin(demand, fixed, holding)
    for row in range(0, 5000, 97):
        alone = wagner_whitin(demand[:, row], fixed[row], holding[row])
        assert alone.orders[:, 0].tolist() == together.orders[:, row].tolist()
        assert alone.cost[0] == together.cost[row]


@pytest.mark.parametrize("seed", seeds("lots")[::5])
@pytest.mark.parametrize("method", METHODS)
def test_no_rule_of_thumb_is_cheaper(method: Callable[..., object], seed: int) -> None:
    drawn = Draw(seed)
    best = wagner_whitin(drawn.demand, drawn.fixed[0], drawn.holding, starts=drawn.starts)
    other = method(drawn.demand, drawn.fixed[0], drawn.holding, starts=drawn.starts)
    assert best.cost[0] <= other.cost[0] * (1 + 1e-12)  # type: ignore[attr-defined]
    assert other.orders.sum() == sum(drawn.demand)  # type: ignore[attr-defined]


def test_lot_for_lot_pays_for_each_order_and_holds_nothing() -> None:
    found = lot_for_lot([5, 0, 7], 10, 2)
    assert found.orders[:, 0].tolist() == [5, 0, 7]
    assert found.cost.tolist() == [20]


def test_fixed_period_covers_the_periods_nearest_to_the_days() -> None:
    # periods begin on days 0, 7, 14, 28 and end before 35: two of them last 14 days, three 28; 20 is nearer to 14
    found = fixed_period([1, 2, 4, 8], 10, 1, [20.0], starts=[0, 7, 14, 28, 35])
    assert found.orders[:, 0].tolist() == [3, 0, 12, 0]
    # 21 days are as near to 14 as to 28: the fewer
    assert fixed_period([1, 2, 4, 8], 10, 1, [21.0], starts=[0, 7, 14, 28, 35]).orders[0, 0] == 3


def test_at_least_so_many_units_are_ordered_and_the_rest_is_kept() -> None:
    # 10 ordered for 6: 4 left after the first day, none after the second, 12 ordered and used on the third: 2 x 5 + 4
    found = at_least([6, 4, 12], 5, 1, 10)
    assert found.orders[:, 0].tolist() == [10, 0, 12]
    assert found.cost.tolist() == [14]


def test_days_between_periods_count() -> None:
    # one order costs 10. Holding 4 units for 2 days costs 8, for 3 days 12: then two orders are cheaper
    assert wagner_whitin([6, 4], 10, 1, starts=[0, 2, 4]).cost.tolist() == [18]
    assert wagner_whitin([6, 4], 10, 1, starts=[0, 3, 4]).cost.tolist() == [20]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (([1, -2], 1, 1), r"demand is finite and >= 0, got -2\.0"),
        (([1, 2], np.nan, 1), r"order_cost is finite and >= 0, got nan"),
        (([1, 2], 1, 0), r"holding_cost is finite and > 0, got 0\.0"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: tuple[object, ...], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        wagner_whitin(*arguments)  # type: ignore[arg-type]


def test_starts_that_do_not_rise_are_refused() -> None:
    with pytest.raises(ValueError, match=r"starts are 3 rising days, the one after the last .* got \[0, 5, 5\]"):
        wagner_whitin([1, 2], 1, 1, starts=[0, 5, 5])
