"""The benchmark of decisions: that it measures what it says, on small cases."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

import moselle_nb as mo
from benchmarks import decisions_rules as rules
from benchmarks.decisions_data import MEASURED_WEEKS, Case
from benchmarks.decisions_trial import Outcome, Review, interval, run
from moselle_nb.engines import rolling

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


def case(*, rows: int = 6, lead: int | None = None, seed: int = 3) -> Case:
    rng = np.random.default_rng(seed)
    demand = rng.negative_binomial(1, 0.15, (60, rows)).astype(np.float64)
    return Case(
        "small",
        np.datetime64("2025-01-06") + 7 * np.arange(60),
        demand,
        np.ones(demand.shape, dtype=bool),
        pd.DataFrame({"item": [f"I{row // 2}" for row in range(rows)], "location": ["M", "N"] * (rows // 2)}).assign(
            product_line=""
        ),
        np.full(rows, lead) if lead is not None else np.repeat(np.arange(2, 2 + rows // 2), 2),
        np.repeat([1.0, 6.0, 10.0], rows // 3),
        np.repeat([0.0, 4.0, 25.0], rows // 3),
        np.full(rows, 0.02),
        np.full(rows, 2.0),
        np.full(rows, 1.0),
        warm_up=8,
    )


RULES: dict[str, Callable[[Case], rules.Rule]] = {
    "ours": lambda small: rules.Ours(small, safety_stock=mo.SafetyStock("cycle_service_level", 0.98)),
    "cover": rules.Cover,
    "textbook": rules.Textbook,
    "min-max": rules.MinMax,
}


class Kept:
    """A rule, and every order that it gave."""

    def __init__(self, rule: rules.Rule) -> None:
        self.rule, self.orders = rule, {}  # type: ignore[var-annotated]

    def __call__(self, week: int, review: Review) -> NDArray[np.float64]:
        self.orders[week] = self.rule(week, review)
        return np.asarray(self.orders[week])


def asked(rule: rules.Rule, week: int) -> NDArray[np.float64]:
    """Return what a rule orders in a week, with some stock and an order on its way."""
    return np.asarray(rule(week, Review(week, np.arange(6.0), ((week + 1, np.full(6, 10.0)),))))


@pytest.mark.parametrize("name", RULES)
def test_no_rule_looks_ahead(name: str) -> None:
    ours, week = case(), 45
    changed = ours.demand.copy()
    changed[week:] = np.random.default_rng(9).integers(0, 500, changed[week:].shape)
    rule, again = RULES[name](ours), RULES[name](dataclasses.replace(ours, demand=changed))
    for earlier in (30, 44, week):
        np.testing.assert_array_equal(asked(rule, earlier), asked(again, earlier))
    assert (asked(rule, 50) != asked(again, 50)).any()


def test_every_order_keeps_to_moq_and_pack() -> None:
    ours = case()
    for make in (*RULES.values(), rules.Foresight):
        order = asked(make(ours), 40)
        assert order.max() > 0
        assert (order % ours.pack == 0).all()
        assert ((order == 0) | (order >= ours.moq)).all()


def test_the_weeks_go_as_in_the_rolling_simulation() -> None:
    # The package's own simulation on the same demand and orders; a day of it stands for a week.
    ours = case(lead=3)
    kept = Kept(rules.Cover(ours))
    outcome = run(ours, kept)
    demand = ours.demand[ours.begin :]
    days = np.arange(len(demand))
    trial = rolling.roll(
        demand,
        rolling.Supply(ours.opening()),
        rolling.Reviews(days, days + 3),
        lambda review: kept.orders[ours.begin + review.day],
        backorder=False,
        first_day=len(demand) - MEASURED_WEEKS,
    )
    np.testing.assert_allclose(outcome.unserved, trial.unserved)
    np.testing.assert_allclose(outcome.stock_weeks, trial.stock_days)
    np.testing.assert_array_equal(outcome.orders, trial.orders)


def test_foresight_loses_nothing_that_could_have_arrived() -> None:
    ours = dataclasses.replace(case(lead=2), pack=np.ones(6), moq=np.zeros(6), order_cost=np.zeros(6))
    outcome = run(ours, rules.Foresight(ours))
    assert outcome.unserved.max() == 0
    # Without order cost each week is ordered for itself: no stock is left but the units that rounding adds.
    assert (outcome.stock_weeks / MEASURED_WEEKS < 1).all()


def test_costs_by_hand() -> None:
    ours = case()
    sums = (np.full(6, 10.0), np.full(6, 3.0), np.full(6, 50.0), np.full(6, 4.0))
    outcome = Outcome(*sums)
    # 50 unit-weeks at 0.02, 3 units short at 2, 4 orders at 1.
    assert outcome.cost(ours).tolist() == [pytest.approx(11.0)] * 6
    assert {name: float(values[0]) for name, values in outcome.costs(ours).items()} == {
        "holding": 1.0, "shortage": 6.0, "order": 4.0,
    }  # fmt: skip


def test_the_interval_holds_the_difference() -> None:
    ours = case()
    difference = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    low, high = interval(ours, difference)
    assert low < 21 < high
    assert interval(ours, np.full(6, 2.0)) == (12.0, 12.0)
    assert interval(ours, difference) == (low, high)
