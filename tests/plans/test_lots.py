"""Lots of a plan: cheapest where nothing else binds, explained, checked, refused without costs."""

from __future__ import annotations

import datetime as dt
import itertools
import random

import pandas as pd
import pytest

import moselle_nb as mo
from tests.effort import seeds

MONDAY = dt.date(2026, 11, 23)
METHODS = ("lot_for_lot", "eoq", "period_order_quantity", "silver_meal", "wagner_whitin")


class Case:
    """One item, weekly orders that arrive at once, whole demand that ends with coverage, no safety stock."""

    def __init__(
        self, demand: list[int], order_cost: float, holding_cost: float, *, on_hand: int = 0, **rules: float
    ) -> None:
        self.demand, self.order_cost, self.holding_cost, self.on_hand = demand, order_cost, holding_cost, on_hand
        self.rules = rules

    def plan(self, method: str, **settings: object) -> mo.ReplenishmentPlan:
        days = pd.date_range(MONDAY, periods=len(self.demand))
        tables = {
            "items": pd.DataFrame({"item": ["A"], "order_cost": self.order_cost, "holding_cost": self.holding_cost,
                                   **{name: [value] for name, value in self.rules.items()}}),
            "forecast": pd.DataFrame({"item": "A", "location": "W", "date": days, "quantity": self.demand}),
            "inventory": pd.DataFrame({"item": ["A"], "location": ["W"], "on_hand": [self.on_hand]}),
        }  # fmt: skip
        config = {
            "name": method, "coverage": (MONDAY, days[-1].date()), "lead_time_days": 0, "bucket": "day",
            "safety_stock": mo.SafetyStock("none"), "beyond_forecast": "cut", "lot_sizing": method, **settings,
        }  # fmt: skip
        return mo.replenish(mo.load(tables, as_of=MONDAY), mo.ReplenishmentConfig(**config))

    def cost(self, orders: dict[int, float]) -> float:
        """Order cost and holding cost of these orders by day, walked day by day; infinite where demand is lost."""
        stock, total = float(self.on_hand), 0.0
        for day, wanted in enumerate(self.demand):
            stock += orders.get(day, 0)
            if wanted > stock:
                return float("inf")
            stock -= wanted
            total += stock * self.holding_cost
        return total + self.order_cost * sum(units > 0 for units in orders.values())

    def cost_of(self, plan: mo.ReplenishmentPlan) -> float:
        lines = plan.order_lines
        days = (lines["order_date"] - pd.Timestamp(MONDAY)).dt.days
        return self.cost(dict(zip(days.tolist(), lines["quantity"].tolist(), strict=True)))

    def least(self) -> float:
        """Try every set of order days: each order brings what is missing until the next one."""
        weeks = range(0, len(self.demand), 7)
        sets = itertools.chain.from_iterable(itertools.combinations(weeks, n) for n in range(len(weeks) + 1))
        best = float("inf")
        for days in sets:
            stock, orders = float(self.on_hand), {}
            for place, day in enumerate(days):
                until = days[place + 1] if place + 1 < len(days) else len(self.demand)
                before = max(stock - sum(self.demand[:day]), 0.0)
                orders[day] = max(sum(self.demand[day:until]) - before, 0.0)
                stock += orders[day]
            best = min(best, self.cost(orders))
        return best


def drawn(seed: int) -> Case:
    rng = random.Random(seed)  # noqa: S311 (a test's instance, not a secret)
    weeks = rng.randint(2, 7)
    demand = [rng.choice((0, rng.randint(0, 9))) for _ in range(7 * weeks)]
    return Case(demand, rng.choice((0, 20, 60, 150)), rng.choice((0.05, 0.25, 1)), on_hand=rng.choice((0, 15, 60)))


@pytest.mark.parametrize("seed", seeds("lot_plans"))
def test_wagner_whitin_is_the_cheapest_plan(seed: int) -> None:
    case = drawn(seed)
    plans = {method: case.plan(method) for method in METHODS}
    costs = {method: case.cost_of(plan) for method, plan in plans.items()}
    assert costs["wagner_whitin"] == pytest.approx(case.least(), rel=1e-12)
    assert all(costs["wagner_whitin"] <= cost * (1 + 1e-12) for cost in costs.values()), costs
    assert all(plan.check().ok for plan in plans.values())


def test_an_order_covers_the_weeks_that_are_cheapest_together() -> None:
    # 7 a week. A week earlier costs 7 x 7 x 0.1 = 4.9 of holding, two weeks 9.8: both are below 10, but of six weeks
    # lots of two cost 3 x (10 + 4.9) = 44.7, lots of three 2 x (10 + 14.7) = 49.4, one by one 60
    case = Case([1] * 42, order_cost=10, holding_cost=0.1)
    plan = case.plan("wagner_whitin")
    assert plan.order_lines["quantity"].tolist() == [14, 14, 14]
    steps = {step.name: step for step in plan.explain("A", "W", "2026-11-23").steps}
    assert steps["Lot sizing"].value == "Wagner–Whitin"
    assert steps["Lot sizing"].note == "covers 2 order dates' windows, up to 2026-12-06"
    assert (steps["= Need"].value, steps["+ For a cheaper lot"].value, steps["Order"].value) == (7, 7, 14)
    assert steps["Cost of these lots"].value == pytest.approx(44.7)
    assert steps["Cost lot for lot"].value == 60
    assert "item A" in steps["Order cost"].note


def test_eoq_is_the_least_that_is_ordered() -> None:
    # sqrt(2 x 10 x 1 / 0.1) = 14.1: 14 units
    assert Case([1] * 42, 10, 0.1).plan("eoq").order_lines["quantity"].tolist() == [14, 14, 14]
    # a week of 21 needs more
    first = Case([3] * 7 + [1] * 35, 10, 0.1).plan("eoq").order_lines["quantity"].iloc[0]
    assert first == 21


def test_rules_on_orders_come_after_the_lot() -> None:
    # lots of 14: multiples of 10 make 20, a maximum order of 12 leaves 12, room for 9 leaves 9
    quantities = {
        name: Case([1] * 42, 10, 0.1, **{name: value}).plan("wagner_whitin").order_lines["quantity"].iloc[0]
        for name, value in {"order_multiple": 10, "max_order": 12, "max_stock": 9}.items()
    }
    assert quantities == {"order_multiple": 20, "max_order": 12, "max_stock": 9}
    messages = Case([1] * 42, 10, 0.1, max_order=12).plan("wagner_whitin").messages
    assert not (messages["kind"] == "capped").any()


def test_what_follows_coverage_is_covered_too() -> None:
    # coverage ends with the first week; demand goes on at 1 a day: the order covers two weeks all the same
    case = Case([1] * 42, 10, 0.1)
    plan = case.plan("wagner_whitin", coverage=(MONDAY, MONDAY + dt.timedelta(days=6)), beyond_forecast="average")
    assert plan.order_lines["quantity"].tolist() == [14]


def test_an_edit_changes_later_lots_only(tmp_path: object) -> None:
    # Lots of 14, on days 0, 14 and 28. 20 fixed on day 7 are not known on day 0; with its 14 they last 34 days. Day 28
    # lacks one unit of its week and takes the week that follows along: 8.
    plan = Case([1] * 42, 10, 0.1).plan("wagner_whitin").edit("A", "W", "2026-11-30", 20)
    lines = plan.order_lines
    assert dict(zip(lines["order_date"].dt.strftime("%m-%d"), lines["quantity"], strict=True)) == {
        "11-23": 14, "11-30": 20, "12-21": 8,
    }  # fmt: skip
    assert plan.check().ok
    path = f"{tmp_path}/lots.moselle"
    plan.save(path)
    assert mo.open_plan(path).fingerprint == plan.fingerprint
    assert mo.open_plan(path).config.lot_sizing == "wagner_whitin"


def test_costs_that_are_missing_are_named() -> None:
    case = Case([1] * 14, float("nan"), 0.0)
    with pytest.raises(mo.ContractError) as refused:
        case.plan("silver_meal")
    text = str(refused.value)
    assert "lot sizing by silver_meal needs an order cost for every row that is bought" in text
    assert "give order_cost as a column of items, sourcing or suppliers, or as a constraint of the plan" in text
    assert "lot sizing by silver_meal needs a holding cost above 0 for every row that is bought" in text
    assert "(A, W)" in text
    assert case.plan("lot_for_lot").check().ok


@pytest.mark.parametrize("method", ["eoq", "period_order_quantity", "silver_meal", "wagner_whitin"])
def test_costs_out_of_all_proportion_are_named(method: str) -> None:
    case = Case([1] * 14, 1e9, 1e-9)
    with pytest.raises(mo.ContractError) as refused:
        case.plan(method)
    expected = "order_cost is at most 1,000,000,000 times holding_cost: no lot lasts so long: 1 row, e.g. (A, W)"
    assert str(refused.value).endswith(expected)
    assert Case([1] * 14, 1e9, 1.0).plan(method).check().ok


def test_an_unknown_method_is_refused_with_those_that_exist() -> None:
    with pytest.raises(mo.ConfigError, match=r"or 'wagner_whitin': received 'ww'"):
        mo.ReplenishmentConfig(name="x", coverage=(MONDAY, MONDAY), lot_sizing="ww")
