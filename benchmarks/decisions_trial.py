"""Stock week by week under a rule, and what it costs."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.decisions_data import MEASURED_WEEKS

if TYPE_CHECKING:
    from benchmarks.decisions_data import Case, Floats
    from benchmarks.decisions_rules import Rule

COSTS = ("holding", "shortage", "order")
RESAMPLES = 2_000
SEED = 20_261_123


@dataclasses.dataclass(frozen=True, eq=False)
class Review:
    """What is known when an order is decided.

    Parameters
    ----------
    day
        Its week.
    stock
        Units in stock before what arrives this week, shape (rows,).
    outstanding
        Week of arrival, increasing, and units on their way.
    """

    day: int
    stock: Floats
    outstanding: tuple[tuple[int, Floats], ...]

    @property
    def position(self) -> Floats:
        """Stock and all that is on its way."""
        return self.stock + np.sum([units for _, units in self.outstanding] or [np.zeros_like(self.stock)], axis=0)


@dataclasses.dataclass(frozen=True, eq=False)
class Outcome:
    """Sums over the measured weeks, shape (rows,): units of demand, unserved and in stock at week's end, and orders."""

    demand: Floats
    unserved: Floats
    stock_weeks: Floats
    orders: Floats

    def costs(self, case: Case) -> dict[str, Floats]:
        """Return holding, shortage and order cost of each row."""
        parts = (self.stock_weeks * case.holding, self.unserved * case.shortage, self.orders * case.order_cost)
        return dict(zip(COSTS, parts, strict=True))

    def cost(self, case: Case) -> Floats:
        """Return the whole cost of each row."""
        return np.sum(list(self.costs(case).values()), axis=0)


def run(case: Case, rule: Rule) -> Outcome:
    """Order by a rule every week, from the warm-up on; unmet demand is lost.

    In each week: the order is decided, what was ordered a lead time ago arrives, demand is served.
    """
    rows, weeks = len(case.keys), len(case.demand)
    stock, arriving = case.opening(), np.zeros((weeks + int(case.lead_weeks.max()) + 1, rows))
    unserved, stock_weeks, orders = np.zeros((3, rows))
    for week in range(case.begin, weeks):
        ahead = [(at, arriving[at]) for at in range(week, len(arriving)) if arriving[at].any()]
        order = rule(week, Review(week, stock.copy(), tuple(ahead)))
        arriving[week + case.lead_weeks, np.arange(rows)] += order
        stock = stock + arriving[week]
        short = np.maximum(case.demand[week] - stock, 0.0)
        stock = np.maximum(stock - case.demand[week], 0.0)
        if week >= weeks - MEASURED_WEEKS:
            unserved, stock_weeks, orders = unserved + short, stock_weeks + stock, orders + (order > 0)
    return Outcome(case.demand[-MEASURED_WEEKS:].sum(axis=0), unserved, stock_weeks, orders)


def interval(case: Case, difference: Floats, confidence: float = 0.95) -> tuple[float, float]:
    """Return the bootstrap interval of a sum over rows; items are drawn with all of their rows (seeded).

    Parameters
    ----------
    case
        The set.
    difference
        Per row, shape (rows,).
    confidence
        Of the interval, between the quantiles of the resampled sums.
    """
    _, item = np.unique(case.keys["item"].to_numpy(str), return_inverse=True)
    per_item = np.bincount(item, difference)
    rng = np.random.default_rng(SEED)
    sums = [per_item[rng.integers(0, len(per_item), len(per_item))].sum() for _ in range(RESAMPLES)]
    low, high = np.quantile(sums, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)
