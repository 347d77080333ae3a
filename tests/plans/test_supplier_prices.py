"""Rules of suppliers where prices change with the quantity: judged at the price of what is ordered in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import moselle_nb as mo
from tests.effort import seeds
from tests.plans.test_price_breaks import MONDAY, breaks, planned

if TYPE_CHECKING:
    from moselle_nb.plans.suppliers.choices import SupplierChoices

DEAR = 0.03
"""A cost of holding at which 30 units at 1.80 are not worth it: 10 are ordered at 2.00."""


def supplier(**rules: Any) -> dict[str, pd.DataFrame]:
    """Give the table of the one supplier with rules."""
    return {"suppliers": pd.DataFrame({"supplier": ["S"], "lead_time_days": 0, **rules})}


def first(plan: mo.ReplenishmentPlan) -> tuple[float, float]:
    """Units and value of the first order."""
    lines = plan.order_lines[plan.order_lines["order_date"] == pd.Timestamp(MONDAY)]
    return float(lines["quantity"].sum()), float(lines["value"].sum())


def test_a_budget_is_kept_at_the_prices_of_what_is_left() -> None:
    # 30 at 1.80 cost 54. 29 at 2.00 cost 58; 26 are the most that cost 53 or less
    plan = planned(breaks((30, 1.8)))
    choices = plan.supplier_choices(budget=53)
    choice = ruled(choices)["budget"]
    assert (choice["amount"], choice["action"], choice["units"], choice["value"]) == (54, "cut", -4, -2)
    assert choice["status"] == "gap"
    assert choice["text"].endswith("; prices change with the quantity: not proven best")
    assert choices.lines["value"].tolist() == [-2]
    assert choices.ranking["cost"].sum() == 54
    met = plan.meet_supplier_rules(choices)
    assert first(met) == (26, 52)
    assert met.check().ok


def test_a_budget_is_used_up_where_prices_of_many_lines_rise() -> None:
    # 12 lines of 30 at 1.80, of which 10 are for this week: 240 of 400 at 2.00, and no line is left out
    names = [f"I{number}" for number in range(12)]
    days = pd.date_range(MONDAY, periods=20, freq="7D")
    forecast = pd.DataFrame({"item": names * 20, "location": "W", "date": days.repeat(12), "quantity": 10})
    table = pd.concat([breaks((30, 1.8)).assign(item=name) for name in names])
    own: dict[str, Any] = {"item": names, "unit_price": 5.0}
    stock = pd.DataFrame({"item": names, "location": "W", "on_hand": 0})
    plan = planned(table, weeks=4, tables={"forecast": forecast, "inventory": stock}, **own)
    assert first(plan) == pytest.approx((360, 648))
    choice = ruled(plan.supplier_choices(budget=400))["budget"]
    assert choice["lost_value"] == 0
    units, value = first(plan.meet_supplier_rules(budget=400))
    assert units >= 190
    assert 390 <= value <= 400


def test_a_minimum_is_reached_at_the_prices_of_what_is_added() -> None:
    # 10 at 2.00: 30 at 2.00 were 60, but cost 54; 34 at 1.80 cost 61.20
    plan = planned(breaks((30, 1.8)), holding_cost=DEAR, tables=supplier(min_order_value=60.0))
    choice = ruled(plan.supplier_choices(may_wait=False))["min_order_value"]
    assert (choice["amount"], choice["action"], choice["units"]) == (20, "add", 24)
    assert choice["value"] == pytest.approx(41.2)
    # 10 come 7 days earlier, 10 by 14, 4 by 21; the 20 units that no price brings down cost 210 x 0.03
    assert choice["holding_cost"] == pytest.approx(294 * DEAR)
    assert (choice["status"], choice["optimality_gap"]) == ("gap", pytest.approx(84 * DEAR))
    assert choice["text"].endswith("not proven best")
    met = plan.meet_supplier_rules(may_wait=False)
    assert first(met) == pytest.approx((34, 61.2))
    assert met.meet_supplier_rules(may_wait=False) is met


def test_what_falls_short_at_its_price_says_so() -> None:
    # up to 31: 29 at 2.00 cost 58, more than 31 at 1.80
    tables = supplier(min_order_value=60.0)
    plan = planned(breaks((30, 1.8)), holding_cost=DEAR, max_order=31, tables=tables)
    text = "minimum order value 60 of S cannot be reached: maximum order and maximum stock allow 58 at most"
    with pytest.raises(mo.EditError, match=text):
        plan.meet_supplier_rules(may_wait=False)


def test_lines_that_were_edited_are_named_where_they_hold_an_order_back() -> None:
    tables = supplier(min_order_value=60.0)
    plan = planned(breaks((30, 1.8)), tables=tables).edit("A", "W", MONDAY, 30)
    text = "minimum order value 60 of S cannot be reached: all its lines were edited and stay at 54"
    with pytest.raises(mo.EditError, match=text):
        plan.meet_supplier_rules(may_wait=False)
    # B: up to 15 at 2.00
    days = pd.date_range(MONDAY, periods=20, freq="7D")
    forecast = pd.DataFrame({"item": ["A", "B"] * 20, "location": "W", "date": days.repeat(2), "quantity": 10})
    tables = {**supplier(min_order_value=100.0), "forecast": forecast}
    own: dict[str, Any] = {"item": ["A", "B"], "max_order": [None, 15]}
    two = planned(breaks((30, 1.8)), tables=tables, **own).edit("A", "W", MONDAY, 30)
    text = (
        "minimum order value 100 of S cannot be reached: 1 line was edited and stays as it is; with its lines that are "
        "not edited, maximum order and maximum stock allow 84 at most"
    )
    with pytest.raises(mo.EditError, match=text):
        two.meet_supplier_rules(may_wait=False)


def test_a_minimum_below_a_break_is_found() -> None:
    # 29 at 2.00 reach 57, which 30 at 1.80 do not
    plan = planned(breaks((30, 1.8)), holding_cost=DEAR, tables=supplier(min_order_value=57.0))
    choice = ruled(plan.supplier_choices(may_wait=False))["min_order_value"]
    assert (choice["units"], choice["value"], choice["status"]) == (19, 38, "optimal")


def test_a_container_is_not_filled_where_that_takes_an_order_below_its_minimum() -> None:
    tables = supplier(min_order_value=58.0, container_volume=30.0)
    plan = planned(breaks((30, 1.8)), holding_cost=DEAR, volume=1.0, tables=tables)
    assert ruled(plan.supplier_choices(may_wait=False))["container_volume"]["text"] == (
        "container volume 30 of S: last of 1 container 97% full; "
        "filled, lower prices would take it below minimum order value 58 of S"
    )
    assert first(plan.meet_supplier_rules(may_wait=False)) == (29, 58)


def ruled(choices: SupplierChoices) -> dict[str, dict[str, Any]]:
    """Give the choice about each rule."""
    records: list[dict[str, Any]] = choices.frame.to_dict("records")  # type: ignore[assignment]
    return {record["rule"]: record for record in records}


def random_plan(rng: np.random.Generator, items: int) -> mo.ReplenishmentPlan:
    """Plan a few items of one supplier, some with price breaks, with minimums."""
    names = [f"I{number}" for number in range(items)]
    tables = []
    for name in names:
        if rng.random() < 0.8:
            start = np.sort(rng.choice(np.arange(5, 90), 2, replace=False))
            cost = 2.0 * np.cumprod(rng.choice([0.95, 0.8, 0.6], 2))
            kind = rng.choice(["all_units", "incremental"], p=[0.8, 0.2])
            tables.append(pd.DataFrame({"item": name, "from_quantity": start, "unit_cost": cost, "kind": kind}))
    days = pd.date_range(MONDAY, periods=20, freq="7D")
    own: dict[str, Any] = {
        "item": names, "supplier": "S", "unit_price": 5.0, "holding_cost": rng.choice([0.01, 0.05], items),
        "order_multiple": rng.choice([1, 4], items), "min_order_quantity": rng.choice([0, 8], items),
        "max_order": rng.choice([40, 60, 200], items),
    }  # fmt: skip
    forecast = pd.DataFrame({
        "item": np.repeat(names, 20), "location": "W", "date": list(days) * items,
        "quantity": rng.integers(2, 20, 20 * items),
    })  # fmt: skip
    stock = pd.DataFrame({"item": names, "location": "W", "on_hand": 0})
    asked: dict[str, Any] = {"min_order_value": float(rng.integers(30, 130 * items))}
    if rng.random() < 0.3:
        asked["min_order_quantity"] = float(rng.integers(20, 40 * items))
    given = {"forecast": forecast, "inventory": stock, **supplier(**asked)}
    return planned(pd.concat(tables) if tables else None, weeks=4, tables=given, **own)


def kept_or_said(choices: SupplierChoices, met: mo.ReplenishmentPlan, limit: float | None) -> None:
    """Look at what an order is worth in the end: each rule is met, or its choice says that it is not."""
    rules, (units, value) = ruled(choices), first(met)
    said = {rule: choice["action"] for rule, choice in rules.items()}
    for rule, held in (("min_order_value", value), ("min_order_quantity", units)):
        if said.get(rule) in {"add", "met"} and units:
            assert held >= rules[rule]["limit"] - 1e-6
    if limit is not None and said.get("budget", "impossible") != "impossible":
        assert value <= limit + 1e-6
    if said["min_order_value"] == "wait":
        assert not units
    before = first(choices.plan)[1]
    assert choices.lines["value"].sum() == pytest.approx(value - before)


@pytest.mark.parametrize("seed", seeds("supplier_prices"))
def test_every_rule_is_met_at_real_prices_or_the_choice_says_that_it_is_not(seed: int) -> None:
    rng = np.random.default_rng(seed)
    plan = random_plan(rng, int(rng.integers(1, 4)))
    value = max(first(plan)[1], float(plan.inputs.suppliers["min_order_value"].iloc[0]))
    limit = float(np.round(value * rng.uniform(0.7, 1.3), 2)) if rng.random() < 0.6 else None
    may_wait = bool(rng.random() < 0.3)
    try:
        choices = plan.supplier_choices(limit, may_wait=may_wait)
    except mo.ConfigError:
        with pytest.raises(mo.ConfigError, match="a budget is at least what the smallest order costs"):
            plan.supplier_choices(limit, may_wait=may_wait)
        return
    if not len(choices.lines):
        with pytest.raises(mo.EditError) if len(choices.impossible) else pytest.MonkeyPatch.context():
            plan.meet_supplier_rules(choices)
        kept_or_said(choices, plan, limit)
        return
    met = plan.meet_supplier_rules(choices)
    kept_or_said(choices, met, limit)
    assert met.check().ok


@pytest.mark.parametrize("seed", seeds("supplier_prices")[::3])
def test_of_one_line_the_smallest_order_that_reaches_a_minimum_is_taken(seed: int) -> None:
    rng = np.random.default_rng(seed)
    top, limit = int(rng.integers(20, 50)), float(rng.integers(30, 90))
    start, cost = int(rng.integers(11, 40)), float(rng.choice([1.9, 1.5, 1.0]))
    plan = planned(breaks((start, cost)), holding_cost=DEAR, max_order=top, tables=supplier(min_order_value=limit))
    now = int(first(plan)[0])
    enough = [n for n in range(now, top + 1) if n * (cost if n >= start else 2.0) >= limit]
    choice = ruled(plan.supplier_choices(may_wait=False))["min_order_value"]
    assert choice["action"] == ("impossible" if not enough else "met" if enough[0] == now else "add")
    if enough:
        assert now + choice["units"] == enough[0]
