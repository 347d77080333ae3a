"""Steady orders: against an independent package, and against quantities tried one by one."""

from __future__ import annotations

import random

import numpy as np
import pytest

from moselle_nb.engines.order_quantities import (
    EconomicOrder,
    PriceBreaks,
    economic_order_quantity,
    economic_order_with_price_breaks,
    economic_production_quantity,
)
from tests.effort import seeds


class Draw:
    """One item with price breaks."""

    def __init__(self, seed: int) -> None:
        rng = random.Random(seed)  # noqa: S311 (a test's instance, not a secret)
        self.fixed, self.rate = rng.randint(1, 500), rng.randint(10, 5000)
        self.holding = rng.randint(1, 40) / 100
        count = rng.randint(1, 4)
        self.breaks: list[int] = [0, *sorted(rng.sample(range(10, 3000), count - 1))]
        self.prices = sorted((rng.randint(50, 400) / 100 for _ in range(count)), reverse=True)

    def order(self, kind: str) -> EconomicOrder:
        breaks = PriceBreaks(np.array(self.breaks), np.array(self.prices), kind)  # type: ignore[arg-type]
        return economic_order_with_price_breaks(self.rate, self.fixed, self.holding, breaks)

    def cost_at(self, kind: str, quantity: float) -> float:
        """Cost of a unit of time: what is bought, ordering, and holding at the mean price of the order."""
        place = max(at for at, start in enumerate(self.breaks) if start <= quantity)
        bought = self.prices[place] * quantity
        if kind == "incremental":
            ends = [*self.breaks[1 : place + 1], quantity]
            parts = zip(self.prices, self.breaks, ends, strict=False)
            bought = sum(price * (end - start) for price, start, end in parts)
        return (bought + self.fixed) * self.rate / quantity + self.holding * bought / 2


@pytest.mark.parametrize("kind", ["all_units", "incremental"])
@pytest.mark.parametrize("seed", seeds("lots")[::3])
def test_price_breaks_give_the_cheapest_of_all_quantities(kind: str, seed: int) -> None:
    drawn = Draw(seed)
    order = drawn.order(kind)
    best, cost = float(order.quantity[0]), float(order.cost[0])
    assert cost == pytest.approx(drawn.cost_at(kind, best), rel=1e-12)
    assert cost <= min(drawn.cost_at(kind, quantity) for quantity in range(1, 6000, 7)) * (1 + 1e-12)
    assert cost <= min(drawn.cost_at(kind, start) for start in (*drawn.breaks[1:], best)) * (1 + 1e-12)


@pytest.mark.parametrize("seed", seeds("lots")[::3])
def test_price_breaks_are_those_of_stockpyl(seed: int) -> None:
    stockpyl = pytest.importorskip("stockpyl.eoq")
    drawn = Draw(seed)
    given = (drawn.fixed, drawn.holding, drawn.rate, drawn.breaks, drawn.prices)
    for kind in ("all_units", "incremental"):
        find = getattr(stockpyl, f"economic_order_quantity_with_{kind}_discounts")
        _, _, cost = find(*given)
        assert float(drawn.order(kind).cost[0]) == pytest.approx(cost, rel=1e-9)


def test_incremental_price_of_an_order() -> None:
    # 100 units at 5, the next 50 at 4
    breaks = PriceBreaks(np.array([0.0, 100]), np.array([5.0, 4]), "incremental")
    assert breaks.cost_of(150).tolist() == [700]
    assert PriceBreaks(np.array([0.0, 100]), np.array([5.0, 4])).cost_of(150).tolist() == [600]
    assert breaks.cost_of(100).tolist() == [500]


def test_rows_have_breaks_of_their_own() -> None:
    starts = np.array([[0, 0], [400, np.inf], [800, np.inf]])
    prices = np.array([[0.75, 0.75], [0.72, np.nan], [0.68, np.nan]])
    order = economic_order_with_price_breaks(1300, 8, 0.3, PriceBreaks(starts, prices))
    assert order.quantity.tolist() == [800, pytest.approx(np.sqrt(2 * 8 * 1300 / 0.225))]


@pytest.mark.parametrize(
    ("starts", "prices", "said"),
    [
        ([0, 50, 50], [3, 2, 1], r"price breaks rise: row 0 has \[0\.0, 50\.0, 50\.0\]"),
        ([0, 90, 50], [3, 2, 1], r"price breaks rise: row 0 has \[0\.0, 90\.0, 50\.0\]"),
        ([0, 50], [3, 3.5], r"a price never rises with the quantity: row 0 has \[3\.0, 3\.5\]"),
        ([10, 50], [3, 2], r"the first price holds from 0 on: row 0 has \[10\.0\]"),
        ([0, 50], [3], r"every break has a price: got 2 breaks and 1 prices"),
        ([0, 50], [3, -1], r"unit_cost is finite and >= 0, got -1\.0"),
    ],
)
def test_breaks_out_of_order_are_refused(starts: list[float], prices: list[float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        PriceBreaks(np.array(starts), np.array(prices))


def test_an_unknown_kind_of_break_is_refused() -> None:
    with pytest.raises(ValueError, match="kind is all_units or incremental, got 'some'"):
        PriceBreaks(np.array([0]), np.array([1]), "some")  # type: ignore[arg-type]


def test_backorders_make_orders_larger_and_cheaper() -> None:
    without = economic_order_quantity(1300, 8, 0.225)
    waiting = economic_order_quantity(1300, 8, 0.225, backorder_cost=5)
    assert waiting.quantity > without.quantity
    assert waiting.cost < without.cost
    # the cost of the cycle, added up: ordering, holding what is above 0, waiting below
    units, late = float(waiting.quantity), float(waiting.backorders)
    total = 8 * 1300 / units + 0.225 * (units - late) ** 2 / (2 * units) + 5 * late**2 / (2 * units)
    assert float(waiting.cost) == pytest.approx(total)


def test_production_slower_than_demand_is_refused() -> None:
    with pytest.raises(ValueError, match=r"production_rate is above the demand rate 10\.0, got 10\.0"):
        economic_production_quantity(10, 10, 1, 1)
