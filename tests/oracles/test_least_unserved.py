"""HiGHS confirms: when nothing but lead times and calendars binds, no plan leaves less demand unserved."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from tests.effort import seeds
from tests.oracles.draws import unbound_instance
from tests.oracles.instances import Instance, PlainConfig, PlainSafetyStock
from tests.oracles.planned import ScalarRun, plan_of
from tests.oracles.scalar_parts import balances
from tests.oracles.scalar_tables import UNIT

if TYPE_CHECKING:
    from tests.oracles.scalar_replenishment import ScalarPlan

TOLERANCE = 1e-6


def daily(seed: int) -> Instance:
    """Draw an instance whose plan shows every day."""
    instance = unbound_instance(seed)
    return replace(instance, config=replace(instance.config, bucket="day"))


def days_to_serve(row: ScalarPlan) -> int:
    """Days before the first order after coverage arrives: what comes later is not for this plan to serve."""
    after = [row.row.arrival(day) for day in row.order_days if day > row.row.last_covered]
    return min([len(row.demand), *after])


def least_unserved(row: ScalarPlan) -> float:
    """Solve for the least lost demand, or the least sum of daily backlogs where unmet demand waits.

    One linear programme over days t and orders k, all quantities in units and free to be fractional:
    stock[t] = stock[t-1] + scheduled[t] + ordered[arriving t] - demand[t] + short[t], less short[t-1] where
    it waits.
    """
    days, orders = days_to_serve(row), row.order_days_in_coverage
    stock, short, ordered = 0, days, 2 * days
    balance = np.zeros((days, 2 * days + len(orders)))
    right = np.zeros(days)
    is_lost = row.row.unmet == "lost"
    for t in range(days):
        right[t] = (row.scheduled.get(t, 0) - row.demand[t]) / UNIT
        balance[t, stock + t] = 1
        balance[t, short + t] = -1
        if t:
            balance[t, stock + t - 1] = -1
            if not is_lost:
                balance[t, short + t - 1] = 1
    right[0] += row.opening / UNIT
    for k, order_day in enumerate(orders):
        arrival = row.row.arrival(order_day)
        if arrival < days:
            balance[arrival, ordered + k] = -1
    cost = np.concatenate([np.zeros(days), np.ones(days), np.zeros(len(orders))])
    most = [demand / UNIT if is_lost else np.inf for demand in row.demand[:days]]
    bounds = [(0.0, bound) for bound in [*[np.inf] * days, *most, *[np.inf] * len(orders)]]
    solved = linprog(cost, A_eq=balance, b_eq=right, bounds=bounds, method="highs")
    assert solved.fun is not None, solved.message
    return float(solved.fun)


@pytest.mark.parametrize("seed", seeds("least_unserved"))
def test_no_plan_leaves_less_unserved_than_lead_times_and_calendars_allow(seed: int) -> None:
    instance = daily(seed)
    lines = plan_of(instance).lines
    for row in ScalarRun(instance).plans():
        own = lines[(lines["item"] == row.row.item) & (lines["location"] == row.row.location)]
        own = own[own["date"] < pd.Timestamp(row.row.tables.date(days_to_serve(row)))]
        measure = "unserved" if row.row.unmet == "lost" else "backlog"
        planned, least = float(own[measure].sum()), least_unserved(row)
        assert planned == pytest.approx(least, abs=TOLERANCE * max(1.0, least)), (
            row.row.item,
            row.row.location,
        )


def tiny(seed: int) -> Instance:
    """Draw one item with whole daily demand of 0 to 3, lead time 1 and orders on days 0, 4 and 8."""
    draw = np.random.default_rng(seed)
    as_of = dt.date(2026, 11, 23)
    dates = pd.date_range(as_of, periods=13)
    demand = draw.integers(0, 4, size=13)
    frames = {
        "forecast": pd.DataFrame({"item": "A", "location": "W", "date": dates, "quantity": demand}),
        "inventory": pd.DataFrame({"item": ["A"], "location": ["W"], "on_hand": [int(draw.integers(0, 8))]}),
    }
    config = PlainConfig(
        name="tiny",
        coverage=(as_of, as_of + dt.timedelta(days=11)),
        safety_stock=PlainSafetyStock("none"),
        lead_time_days=1,
        review_period_days=4,
    )
    return Instance(seed, frames, as_of, config)


@pytest.mark.parametrize("seed", range(25))
def test_tiny_plans_leave_the_least_unserved_and_then_order_least(seed: int) -> None:
    """Brute force: every vector of three orders of 0 to 12 units, the most that four days ask for."""
    instance = tiny(seed)
    (row,) = ScalarRun(instance).plans()
    arrivals = (1, 5, 9)

    def outcome(quantities: tuple[int, ...]) -> tuple[int, int]:
        """Unserved demand, then units ordered."""
        receipts = {arrival: units * UNIT for arrival, units in zip(arrivals, quantities, strict=True)}
        days = balances(row.opening, receipts, row.demand, "lost")
        return sum(day.unserved for day in days), sum(quantities)

    best = min(map(outcome, product(range(13), repeat=3)))
    plan = plan_of(instance)
    lines = plan.order_lines
    placed = dict(zip(lines["order_date"].astype(str).str[:10], lines["quantity"].astype(int), strict=True))
    dates = [str(instance.as_of + dt.timedelta(days=day)) for day in (0, 4, 8)]
    assert outcome(tuple(placed.get(date, 0) for date in dates)) == best
