"""Advice on open orders is that of trying everything, and a plan built again with it keeps its promises."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import moselle_nb as mo
from tests.effort import seeds
from tests.oracles.draws import random_instance, wide_instance
from tests.oracles.planned import ScalarRun, configuration, plan_of, value_of
from tests.oracles.scalar_open_orders import ScalarOpenOrders
from tests.oracles.scalar_tables import UNIT

if TYPE_CHECKING:
    from tests.oracles.instances import Instance

KINDS = ("expedite", "delay", "cancel")

Line = tuple[str, str, dt.date, str, dt.date | None, float, float]


def scalar_lines(instance: Instance) -> list[Line]:
    """Give what trying everything advises."""
    run, found = ScalarRun(instance), []
    for key, plan in zip(run.keys, run.plans(), strict=True):
        for one in ScalarOpenOrders(plan).advice():
            day = None if one.day is None else run.tables.date(one.day)
            expected = run.tables.date(one.expected)
            found.append((*key, expected, one.kind, day, one.units / UNIT, one.saved / UNIT))
    return sorted(found, key=str)


def plan_lines(plan: mo.ReplenishmentPlan) -> list[Line]:
    """Give what the plan advises."""
    names = ("item", "location", "expected_date", "advice", "advised_date", "advised_quantity", "units_saved")
    frame = plan.open_orders
    return sorted((tuple(value_of(one[name]) for name in names) for one in frame.to_dict("records")), key=str)


@pytest.mark.parametrize("seed", seeds("open_orders"))
def test_advice_is_that_of_trying_everything(seed: int) -> None:
    instance = (wide_instance if seed % 10 == 0 else random_instance)(seed)
    assert plan_lines(plan_of(instance)) == scalar_lines(instance)


def followed(instance: Instance, plan: mo.ReplenishmentPlan, kinds: tuple[str, ...]) -> mo.ReplenishmentPlan:
    """Build the plan again from tables in which advice of some kinds was followed."""
    lines: list[dict[str, Any]] = []
    for one in plan.open_orders.to_dict("records"):
        line = {
            "item": one["item"],
            "location": one["location"],
            "date": one["expected_date"],
            "quantity": one["quantity"],
        }
        if one["advice"] in kinds:
            line["quantity"] -= one["advised_quantity"]
            if one["advice"] != "cancel":
                lines.append({**line, "date": one["advised_date"], "quantity": one["advised_quantity"]})
        lines.append(line)
    inbound = pd.DataFrame(lines, columns=["item", "location", "date", "quantity"])
    data = mo.load({**instance.frames, "inbound": inbound[inbound["quantity"] > 0]}, as_of=instance.as_of)
    return mo.replenish(data, configuration(instance.config))


@pytest.mark.parametrize("seed", seeds("open_orders"))
def test_a_plan_with_orders_put_off_orders_the_same_and_serves_as_much(seed: int) -> None:
    # Rows under a maximum stock are left out: an order that is not there leaves room under it for a larger one. Orders
    # by cost or by what is expected to be left weigh when stock comes: there the plan may well order otherwise.
    drawn = random_instance(seed)
    plain = replace(drawn.config, lot_sizing="lot_for_lot", lost_sales_sizing="protection_interval")
    instance = replace(drawn, config=plain)
    plan = plan_of(instance)
    if not (plan.open_orders["advice"] == "delay").any():
        return
    again = followed(instance, plan, ("delay",))
    rules = plan.inputs
    free = np.isnan(rules.rules.max_stock.values).all(axis=0) & np.isnan(rules.shelf_life_days)
    old, new = plan.summary[free], again.summary[free]
    pd.testing.assert_series_equal(old["total_order_quantity"], new["total_order_quantity"])
    pd.testing.assert_series_equal(old["unserved"], new["unserved"])


@pytest.mark.parametrize("seed", seeds("open_orders"))
def test_a_plan_with_all_advice_followed_serves_what_was_promised(seed: int) -> None:
    # Units saved are days before the first possible arrival, where no order of either plan can be.
    drawn = random_instance(seed)
    instance = replace(drawn, config=replace(drawn.config, bucket="day"))
    plan = plan_of(instance)
    again = followed(instance, plan, KINDS)
    advice = plan.open_orders.groupby(["item", "location"])["units_saved"].sum()
    for key, saved in advice.items():
        item, place = str(key[0]), str(key[1])  # type: ignore[index]
        days = plan.arrivals(plan.row_of(item, place))
        first = days.min() if len(days) else None
        before, after = (one.lines_for(rows=[one.row_of(item, place)]) for one in (plan, again))
        assert before["demand"].sum() == after["demand"].sum()
        if first is not None:
            early = (before["date"] < pd.Timestamp(first)).to_numpy()
            assert (before["unserved"][early] >= after["unserved"][early]).all()
            assert before["unserved"][early].sum() - after["unserved"][early].sum() == saved
