"""Raising an order to a price break: every quantity tried, and what none of them may do."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from moselle_nb.engines.price_breaks import PriceRaises, PriceTerms, RowPrices
from moselle_nb.engines.sizing import LotRules, Sizing
from tests.effort import seeds

NONE = np.zeros(0, dtype=np.int64)


class Case:
    """One row, some windows, a need of the first one, and prices."""

    def __init__(self, seed: int, *, incremental: bool) -> None:
        rng = np.random.default_rng(seed)
        windows = int(rng.integers(1, 9))
        asked = rng.integers(0, 14, windows) * rng.choice([1, 1, 1, 0], windows)
        self.asked = np.cumsum(asked)
        self.starts = np.concatenate([[0], np.cumsum(rng.integers(1, 9, windows))])
        count = int(rng.integers(1, 4))
        self.breaks = np.sort(rng.choice(np.arange(2, 50), count, replace=False)).astype(float)
        self.costs = 5.0 * np.cumprod(rng.choice([1.0, 0.98, 0.9, 0.6], count))
        self.incremental = incremental
        self.ordering, self.holding = float(rng.choice([0.0, 3.0])), float(rng.choice([0.0, 0.01, 0.04, 0.2]))
        self.multiple, self.room = float(rng.choice([1, 1, 4])), float(rng.choice([math.inf, 20, 33]))
        self.own = float(math.ceil(rng.integers(1, 20) / self.multiple) * self.multiple)

    def price(self, units: float) -> float:
        """Unit by unit."""
        if not self.incremental:
            return units * [5.0, *self.costs][int((self.breaks <= units).sum())]
        return sum([5.0, *self.costs][int((self.breaks <= unit).sum())] for unit in range(int(units)))

    def each(self, units: float) -> float:
        """What a unit of such an order costs: each is held until the window that takes it begins."""
        days = sum(self.starts[int((self.asked <= unit).sum())] for unit in range(int(units)))
        return (self.price(units) + self.ordering + self.holding * float(days)) / units

    def alone(self, units: float) -> float:
        """What such an order costs, and those that the windows would place for what it leaves."""
        rest = np.diff(np.maximum(self.asked - units, 0.0), prepend=0.0)
        return units * self.each(units) + sum(self.price(each) + self.ordering for each in rest.tolist() if each > 0)

    def possible(self) -> list[float]:
        """Larger legal orders from the first break on that later windows take in full."""
        most = min(float(self.asked[-1]), self.room)
        larger = np.arange(self.own + self.multiple, most + 1, self.multiple)
        return [float(units) for units in larger if units >= self.breaks[0] and units > self.own]

    def is_best(self, best: float) -> None:
        """Assert that the cheapest units are taken, where the order costs less than those that it replaces."""
        found = self.raised()
        if best == self.own or self.alone(best) < self.alone(self.own) - 1e-4:
            assert self.each(found) == pytest.approx(self.each(best), rel=1e-6)
        else:
            assert found == self.own or self.alone(found) < self.alone(self.own)

    def raised(self) -> float:
        prices = RowPrices(
            np.array([[0.0], *self.breaks[:, None]]), np.array([[5.0], *self.costs[:, None]]),
            np.array([self.incremental]),
        )  # fmt: skip
        one, unlimited = np.ones(1), np.full(1, np.inf)
        terms = PriceTerms(prices, self.ordering * one, self.holding * one, NONE, np.zeros((0, 1)))
        levels = self.asked[:, None].astype(float) + 7.0
        raises = PriceRaises(terms, {0: 0}, levels, np.maximum.accumulate(levels[::-1])[::-1], self.starts)
        rules = LotRules(0 * one, self.multiple * one, unlimited, unlimited, np.zeros(1, dtype=bool))
        parts: dict[str, Any] = dict.fromkeys(("need", "need_without_safety_stock", "after_minimum"), self.own * one)
        parts |= dict.fromkeys(("after_maximum", "quantity", "total", "asked"), self.own * one)
        sizing = Sizing(**parts, room=self.room * one, flags=np.zeros(1, dtype=np.uint8), usable=unlimited)
        return float(raises.applied(0, np.full(1, 7.0), sizing, rules).quantity[0])


@pytest.mark.parametrize("seed", seeds("lots"))
def test_no_legal_quantity_of_an_all_units_discount_has_cheaper_units(seed: int) -> None:
    case = Case(seed, incremental=False)
    case.ordering = 0.0  # what more units share of an order cost is for lot sizing to weigh
    best = min([case.own, *case.possible()], key=lambda units: (round(case.each(units), 9), units))
    case.is_best(best)
    assert case.raised() in [case.own, *case.possible()]


@pytest.mark.parametrize("seed", seeds("lots"))
def test_no_quantity_of_an_incremental_discount_has_cheaper_units(seed: int) -> None:
    case = Case(seed, incremental=True)
    case.multiple, case.room = 1.0, math.inf
    # before the first window that ends past the first break, only the share of an order's own cost falls
    past = [asked for asked in case.asked.tolist() if asked >= max(case.breaks[0], case.own)]
    larger = [units for units in case.possible() if past and (units >= past[0] or not case.ordering)]
    best = min([case.own, *larger], key=lambda units: (round(case.each(units), 9), units))
    case.is_best(best)


@pytest.mark.parametrize("seed", seeds("lots"))
def test_a_raise_is_legal_and_never_has_dearer_units(seed: int) -> None:
    for incremental in (False, True):
        case = Case(seed, incremental=incremental)
        found = case.raised()
        assert found in [case.own, *case.possible()]
        assert case.each(found) <= case.each(case.own) + 1e-12
        assert case.alone(found) <= case.alone(case.own) + 1e-9


def test_prices_of_both_kinds_stand_side_by_side() -> None:
    prices = RowPrices(
        np.array([[0.0, 0.0], [10.0, 10.0], [np.inf, 30.0]]), np.array([[2.0, 2.0], [1.5, 1.5], [0.0, 1.0]]),
        np.array([False, True]),
    )  # fmt: skip
    assert prices.cost_of([9, 9]).tolist() == [18.0, 18.0]
    assert prices.cost_of([40, 40]).tolist() == [60.0, 20 + 30 + 10]
    assert prices.highest.tolist() == [10.0, 30.0]
