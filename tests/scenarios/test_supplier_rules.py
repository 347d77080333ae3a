"""Supplier-level rules: minimums, containers and budgets, each with its price.

The row of these tests: 10 units a day, 30 on hand, lead time 3 days; 70 units on days 0, 7, 14 and 21, each for the
week from its arrival on. A unit costs 2 and sells at 5, holding it costs 0.01 a day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import moselle_nb as mo
from tests import effort

if TYPE_CHECKING:
    from tests.scenarios.conftest import Case, ManyRows, OneRow, Row

PRICED = {"unit_cost": 2.0, "unit_price": 5.0, "holding_cost": 0.01}


def after(case: Case, **settings: Any) -> Case:
    """Give the case whose orders meet the rules; the independent checker looks at it too."""
    return type(case)(case.plan.meet_supplier_rules(**settings), case.as_of)


def only(case: Case, rule: str, **settings: Any) -> pd.Series[Any]:
    """Give the one choice about a rule."""
    frame = case.plan.supplier_choices(**settings).frame
    found = frame[frame["rule"] == rule]
    assert len(found) == 1
    row: pd.Series[Any] = found.iloc[0].astype(object)
    return row


def test_a_minimum_value_brings_the_next_needs_forward(one_row: OneRow) -> None:
    # 70 x 2 = 140, 60 short of 200: 30 units of the next week come 7 days earlier, 30 x 7 x 0.01 = 2.10. Waiting
    # until day 7 would lose the 70 units of days 3 to 9: 70 x 3 = 210.
    case = one_row(item=PRICED, supplier={"min_order_value": 200, "currency": "EUR"})
    choice = only(case, "min_order_value")
    assert (choice["limit"], choice["amount"], choice["gap"]) == (200, 140, 60)
    assert (choice["action"], choice["units"], choice["value"], choice["status"]) == ("add", 30, 60, "optimal")
    assert choice["holding_cost"] == pytest.approx(2.1)
    assert choice["text"] == "minimum order value 200 EUR of S: 30 units more, costs 2.10 EUR of holding"
    assert choice["instead"] == "wait until 2026-11-30, costs 210 EUR of lost sales"
    met = after(case)
    assert met.units() == {0: 100, 7: 40, 14: 70, 21: 70}
    assert met.plan.edits["reason"].tolist() == [choice["text"]]
    assert met.plan.by_supplier["gap_value"].iloc[0] == 0
    assert met.plan.generate_orders().to_frame()["quantity"].tolist() == [100]


def test_meeting_rules_is_one_step_that_is_undone_and_replayed(many_rows: ManyRows, row: type[Row]) -> None:
    case = many_rows({"A": row(), "B": row(demand=4.0)}, item=PRICED, supplier={"min_order_quantity": 300})
    met = case.plan.meet_supplier_rules(who="ML", when="2026-11-23")
    assert len(met.edits) == 2
    assert set(met.edits["who"]) == {"ML"}
    assert met.undo().fingerprint == case.plan.fingerprint
    assert met.undo().redo().fingerprint == met.fingerprint
    lines = met.to_code().splitlines()
    scope: dict[str, Any] = {"plan": case.plan}
    exec("\n".join(lines[next(n for n, line in enumerate(lines) if "edit_many" in line) :]), scope)  # noqa: S102 (what the plan wrote itself)
    assert scope["plan"].fingerprint == met.fingerprint


@pytest.mark.parametrize("least", [150, 300, 500])
def test_the_price_is_what_more_stock_costs_to_hold(least: int, many_rows: ManyRows, row: type[Row]) -> None:
    # Day by day over both items: stock with the packs less stock without them, at each one's rate.
    rng = np.random.default_rng(least)
    rows = {name: row(demand=list(rng.integers(0, 12, 90)), on_hand=30) for name in ("A", "B")}
    items = pd.DataFrame({"item": ["A", "B"], "supplier": "S", "lead_time_days": 3, "unit_cost": 2.0,
                          "unit_price": 5.0, "holding_cost": [0.02, 0.03]})  # fmt: skip
    case = many_rows(rows, tables={"items": items}, supplier={"min_order_quantity": least}, coverage=(0, 69),
                     bucket="day", safety=("days_of_cover", 4))  # fmt: skip
    choice = only(case, "min_order_quantity", may_wait=False)
    met = after(case, may_wait=False)
    cost = sum(
        rate * (met.lines(item)["ending"].sum() - case.lines(item)["ending"].sum())
        for item, rate in (("A", 0.02), ("B", 0.03))
    )
    assert choice["holding_cost"] == pytest.approx(cost, abs=1e-6)
    assert (met.plan.summary["unserved"] == case.plan.summary["unserved"]).all()


def test_waiting_is_chosen_where_it_costs_less(one_row: OneRow) -> None:
    # Sold at cost, the lost sales of waiting cost nothing: less than 2.10 of holding.
    case = one_row(item={**PRICED, "unit_price": 2.0}, supplier={"min_order_value": 200})
    choice = only(case, "min_order_value")
    assert (choice["action"], choice["units"]) == ("wait", -70)
    assert choice["text"] == "minimum order value 200 of S: wait until 2026-11-30, costs no sales"
    assert choice["instead"] == "30 units more, costs 2.10 of holding"
    met = after(case)
    assert met.units()[0] == 0
    assert met.plan.generate_orders().to_frame().empty
    assert after(case, may_wait=False).units()[0] == 100


def test_packs_and_moq_hold(one_row: OneRow) -> None:
    # 72 in packs of 12; 28 short of 100 are 3 packs.
    item = {**PRICED, "order_multiple": 12, "moq": 24}
    case = one_row(item=item, supplier={"min_order_quantity": 100})
    choice = only(case, "min_order_quantity")
    assert (choice["packs"], choice["units"]) == (3, 36)
    assert choice["text"].startswith("minimum order quantity 100 units of S: 3 packs more, costs ")
    assert after(case).units()[0] == 108


def test_another_line_begins_with_its_moq(many_rows: ManyRows, row: type[Row]) -> None:
    # B has enough until day 9, and its next need is as near as A's; but it can only begin with 40.
    rows = {"A": row(), "B": row(on_hand=100)}
    items = pd.DataFrame({"item": ["A", "B"], "supplier": "S", "lead_time_days": 3, "unit_cost": 2.0,
                          "unit_price": 5.0, "holding_cost": [0.02, 0.01], "moq": [None, 40]})  # fmt: skip
    # 10 short: 10 of A cost 10 x 7 x 0.02 = 1.40, 40 of B 40 x 7 x 0.01 = 2.80.
    small = after(many_rows(rows, tables={"items": items}, supplier={"min_order_quantity": 80}))
    assert (small.units("A")[0], small.units("B").get(0, 0)) == (80, 0)
    # 40 short: A would cost 5.60.
    large = after(many_rows(rows, tables={"items": items}, supplier={"min_order_quantity": 110}))
    assert (large.units("A")[0], large.units("B")[0]) == (70, 40)


def test_both_minimums_are_reached_together(one_row: OneRow) -> None:
    # 30 units are missing to 200 of value, 50 to 120 units: the second leads.
    case = one_row(item=PRICED, supplier={"min_order_value": 200, "min_order_quantity": 120})
    frame = case.plan.supplier_choices().frame
    assert frame["rule"].tolist() == ["min_order_quantity", "min_order_value"]
    assert frame["text"].tolist() == [
        "minimum order quantity 120 units of S with minimum order value 200: 50 units more, costs 3.50 of holding",
        "minimum order value 200 of S: together with minimum order quantity",
    ]
    assert frame["units"].tolist() == [50, 0]
    assert after(case).units()[0] == 120


def test_a_minimum_that_is_met_is_said_to_be(one_row: OneRow) -> None:
    case = one_row(item=PRICED, supplier={"min_order_value": 140})
    choices = case.plan.supplier_choices()
    assert choices.frame["text"].tolist() == ["minimum order value 140 of S is met"]
    assert repr(choices) == "SupplierChoices(every rule of 1 order is met)"
    assert case.plan.meet_supplier_rules(choices) is case.plan


def test_a_maximum_stock_that_blocks_is_named(one_row: OneRow) -> None:
    # Nothing is left when the order arrives, 80 fit: 160 of 200.
    case = one_row(item={**PRICED, "max_stock": 80}, supplier={"min_order_value": 200})
    choice = only(case, "min_order_value")
    text = "minimum order value 200 of S cannot be reached: maximum order and maximum stock allow 160 at most"
    assert (choice["action"], choice["text"]) == ("impossible", text)
    with pytest.raises(mo.EditError) as refused:
        case.plan.meet_supplier_rules()
    assert str(refused.value) == (
        "1 edit refused; the plan is unchanged\n"
        f"  - (S, W, 2026-11-23) min_order_value: {text}; instead: wait until 2026-11-30, costs 210 of lost sales."
    )


def test_no_more_is_added_than_a_shelf_life_can_use(many_rows: ManyRows, row: type[Row]) -> None:
    # A is used up in 9 days from its arrival on: 90 of the 70 that are ordered. B, which keeps, gives what is missing.
    items = pd.DataFrame({"item": ["A", "B"], "supplier": "S", "lead_time_days": 3, **PRICED,
                          "holding_cost": [0.001, 0.01], "shelf_life_days": [9, None]})  # fmt: skip
    case = many_rows({"A": row(), "B": row()}, tables={"items": items}, supplier={"min_order_quantity": 180})
    met = after(case, may_wait=False)
    assert (met.units("A")[0], met.units("B")[0]) == (90, 90)
    assert met.plan.waste["expected_waste"].tolist() == [0, 0, 0, 0]


def test_a_shelf_life_that_blocks_is_named(one_row: OneRow) -> None:
    case = one_row(item={**PRICED, "shelf_life_days": 9}, supplier={"min_order_value": 200})
    text = "minimum order value 200 of S cannot be reached: shelf life allows 180 at most"
    assert only(case, "min_order_value")["text"] == text


def test_maximums_and_a_shelf_life_that_block_are_named(many_rows: ManyRows, row: type[Row]) -> None:
    items = pd.DataFrame({"item": ["A", "B"], "supplier": "S", "lead_time_days": 3, **PRICED,
                          "max_order": [None, 80], "shelf_life_days": [9, None]})  # fmt: skip
    case = many_rows({"A": row(), "B": row()}, tables={"items": items}, supplier={"min_order_value": 400})
    assert only(case, "min_order_value")["text"] == (
        "minimum order value 400 of S cannot be reached: maximum order, maximum stock and shelf life allow 340 at most"
    )


def test_more_than_a_year_needs_is_not_bought(one_row: OneRow) -> None:
    # Demand ends on day 149 and past it there is none: 150 days less the 30 on hand.
    case = one_row(item=PRICED, supplier={"min_order_quantity": 2000}, beyond_forecast="cut")
    text = "minimum order quantity 2,000 units of S cannot be reached: the needs of a year allow 1,470 units at most"
    assert only(case, "min_order_quantity")["text"] == text


def test_a_minimum_value_without_a_unit_cost_cannot_be_judged(one_row: OneRow) -> None:
    case = one_row(supplier={"min_order_value": 200})
    choice = only(case, "min_order_value")
    assert choice["action"] == "unknown"
    assert choice["text"] == "minimum order value 200 of S cannot be judged: 1 line without a unit cost"
    assert "1 cannot be judged" in repr(case.plan.supplier_choices())
    assert case.plan.meet_supplier_rules() is case.plan


def test_without_a_holding_cost_the_nearest_needs_come_first(many_rows: ManyRows, row: type[Row]) -> None:
    # C has enough until day 16, A until day 9: A's are nearer.
    item = {"unit_cost": 2.0, "unit_price": 5.0}
    case = many_rows({"A": row(), "C": row(on_hand=170)}, item=item, supplier={"min_order_quantity": 100})
    choice = only(case, "min_order_quantity")
    text = "30 units more, holding cost not known, 30 units come 7.0 days earlier on average"
    assert choice["text"] == f"minimum order quantity 100 units of S: {text}"
    assert np.isnan(choice["holding_cost"])
    assert case.plan.supplier_choices().lines["item"].tolist() == ["A"]
    assert "holding cost not known" in repr(case.plan.supplier_choices())


def test_edited_lines_stay(many_rows: ManyRows, row: type[Row]) -> None:
    case = many_rows({"A": row(), "B": row()}, item=PRICED, supplier={"min_order_quantity": 200})
    met = after(case.edit(0, 80))
    assert (met.units("A")[0], met.units("B")[0]) == (80, 120)
    assert "wait" not in only(case.edit(0, 80), "min_order_quantity")["instead"]


def test_containers_are_filled_to_one_day(many_rows: ManyRows, row: type[Row]) -> None:
    # 70 of A and 140 of B are 210; two containers hold 300: room for 90, which is 3 days of both: 30 and 60.
    rows = {"A": row(), "B": row(demand=20.0, on_hand=60)}
    case = many_rows(rows, item={**PRICED, "volume": 1.0}, supplier={"container_volume": 150})
    choice = only(case, "container_volume")
    assert (choice["gap"], choice["action"], choice["units"]) == (90, "add", 90)
    assert choice["text"] == (
        "container volume 150 of S: last of 2 containers 40% full: 90 units more, costs 6.30 of holding, filled to 100%"
    )
    met = after(case)
    assert (met.units("A")[0], met.units("B")[0]) == (100, 200)
    assert met.plan.supplier_choices().frame["action"].tolist() == ["met"]
    assert case.plan.supplier_choices(fill_containers=False).frame.empty


def test_weight_may_fill_a_container_first(one_row: OneRow) -> None:
    # 70 units take 70 of 1000 of volume, and 140 of 200 of weight: 30 more.
    item = {**PRICED, "volume": 1.0, "weight": 2.0}
    case = one_row(item=item, supplier={"container_volume": 1000, "container_weight": 200})
    assert only(case, "container_weight")["units"] == 30


def test_a_nearly_empty_container_is_left_out_where_that_costs_less(one_row: OneRow) -> None:
    # 5 of 70 units go into a second container of 65. Without it 5 x 3 = 15 are lost; filling it holds 60 units for
    # 7 days at 1: 420.
    case = one_row(item={**PRICED, "holding_cost": 1.0, "volume": 1.0}, supplier={"container_volume": 65})
    choice = only(case, "container_volume")
    assert (choice["action"], choice["units"], choice["lost_value"]) == ("cut", -5, 15)
    assert choice["text"] == (
        "container volume 65 of S: last of 2 containers 8% full: one container less, 5 units less, "
        "costs 15 of lost sales"
    )
    assert choice["instead"] == "60 units more, costs 420 of holding, filled to 100%"
    assert after(case).units()[0] == 65
    # At 0.01 a day filling it costs 4.20; and below 5 % nothing is left out.
    assert (
        only(one_row(item={**PRICED, "volume": 1.0}, supplier={"container_volume": 65}), "container_volume")["action"]
        == "add"
    )
    assert only(case, "container_volume", nearly_empty=0.05)["action"] == "add"


def test_a_volume_that_is_not_known_cannot_be_judged(one_row: OneRow) -> None:
    case = one_row(item=PRICED, supplier={"container_volume": 65})
    text = "container volume 65 of S cannot be judged: 1 line without a volume"
    assert only(case, "container_volume")["text"] == text


def test_a_container_smaller_than_one_pack_is_refused(one_row: OneRow) -> None:
    case = one_row(item={**PRICED, "volume": 6.0, "order_multiple": 12}, supplier={"container_volume": 65})
    with pytest.raises(mo.ContractError) as refused:
        case.plan.supplier_choices()
    assert str(refused.value) == (
        "suppliers: 1 rule broken\n  - container_volume holds at least one pack of each item: 1 row, "
        "e.g. S holds 65, a pack of 12 A takes 72"
    )


def test_a_budget_leaves_out_what_is_worth_least(many_rows: ManyRows, row: type[Row]) -> None:
    # 70 of A earn 3 each and 70 of B 1 each, 2 to buy: 280. 200 buy all of A and 30 of B; 40 x 1 is lost.
    items = pd.DataFrame({"item": ["A", "B"], "supplier": "S", "lead_time_days": 3, "unit_cost": 2.0,
                          "unit_price": [5.0, 3.0]})  # fmt: skip
    case = many_rows({"A": row(), "B": row()}, tables={"items": items})
    choices = case.plan.supplier_choices(budget=200)
    choice = choices.frame.iloc[0]
    assert (choice["rule"], choice["amount"], choice["gap"], choice["action"]) == ("budget", 280, 80, "cut")
    assert choice["text"] == "budget 200 for 1 order of 2026-11-23: 40 units less, costs 40 of lost sales"
    ranking = choices.ranking
    assert ranking["item"].tolist() == ["A", "B"]
    assert ranking["value_per_money"].tolist() == [1.5, 0.5]
    assert ranking["kept_packs"].tolist() == [70, 30]
    assert [case.day(date) for date in ranking["first_unserved"]] == [3, 3]
    met = after(case, budget=200)
    assert (met.units("A")[0], met.units("B")[0]) == (70, 30)
    assert met.plan.by_supplier["value"].iloc[0] == 200


def test_uncertain_demand_makes_every_pack_worth_less(one_row: OneRow) -> None:
    # With an error of the forecast the worth of further packs falls from one to the next, and never below 0.
    case = one_row(item={**PRICED, "order_multiple": 10}, sd=4.0, safety=("cycle_service_level", 0.95))
    ranking = case.plan.supplier_choices(budget=100).ranking
    worth = ranking["value"] / ranking["packs"]
    assert len(ranking) > 3
    assert (np.diff(worth) < 0).all()
    assert worth.iloc[-1] > 0


def test_a_budget_that_is_kept_changes_nothing(one_row: OneRow) -> None:
    case = one_row(item=PRICED)
    assert only(case, "budget", budget=140)["text"] == "budget 140 for 1 order of 2026-11-23 is kept: 140"
    assert case.plan.meet_supplier_rules(budget=140) is case.plan


def test_a_budget_below_the_smallest_order_is_refused(one_row: OneRow) -> None:
    case = one_row(item={**PRICED, "moq": 50})
    with pytest.raises(mo.ConfigError) as refused:
        case.plan.supplier_choices(budget=60)
    assert str(refused.value) == (
        "budget: 1 rule broken\n  - a budget is at least what the smallest order costs: "
        "received 60; 50 of A at W cost 100"
    )
    case = one_row(item=PRICED, supplier={"min_order_value": 100})
    with pytest.raises(mo.ConfigError, match="received 60; S takes no order below 100"):
        case.plan.supplier_choices(budget=60)


def test_a_budget_holds_minimums_or_leaves_the_order_out(many_rows: ManyRows, row: type[Row]) -> None:
    # S wants 200: 30 units more. T's order is worth more per money, and 250 do not pay for both.
    items = pd.DataFrame({"item": ["A", "B"], "supplier": ["S", "T"], "lead_time_days": 3, "unit_cost": 2.0,
                          "unit_price": [3.0, 9.0], "holding_cost": 0.01})  # fmt: skip
    suppliers = pd.DataFrame({"supplier": ["S", "T"], "min_order_value": [200, None]})
    case = many_rows({"A": row(), "B": row()}, tables={"items": items, "suppliers": suppliers})
    met = after(case, budget=250)
    assert (met.units("A")[0], met.units("B")[0]) == (0, 70)
    frame = case.plan.supplier_choices(budget=250).frame
    assert frame[frame["rule"] == "min_order_value"]["text"].iloc[0].endswith("; the budget leaves this order out")
    by_supplier = after(case, budget={"S": 220})
    assert (by_supplier.units("A")[0], by_supplier.units("B")[0]) == (100, 70)


def test_a_budget_without_a_unit_cost_cannot_be_judged(one_row: OneRow) -> None:
    text = "budget 100 for 1 order of 2026-11-23 cannot be judged: 1 line without a unit cost"
    assert only(one_row(), "budget", budget=100)["text"] == text


def test_edited_lines_alone_may_break_a_budget(one_row: OneRow) -> None:
    case = one_row(item=PRICED).edit(0, 90)
    text = "budget 100 for 1 order of 2026-11-23 cannot be kept: lines that were edited cost 180"
    assert only(case, "budget", budget=100)["text"] == text
    with pytest.raises(mo.EditError, match="lines that were edited cost 180"):
        case.plan.meet_supplier_rules(budget=100)


def test_one_budget_in_two_currencies_is_refused(many_rows: ManyRows, row: type[Row]) -> None:
    items = pd.DataFrame({"item": ["A", "B"], "supplier": ["S", "T"], "lead_time_days": 3, **PRICED})
    suppliers = pd.DataFrame({"supplier": ["S", "T"], "currency": ["EUR", "USD"], "min_order_quantity": 90})
    case = many_rows({"A": row(), "B": row()}, tables={"items": items, "suppliers": suppliers})
    with pytest.raises(mo.ConfigError) as refused:
        case.plan.supplier_choices(budget=60)
    assert str(refused.value) == (
        "budget: 1 rule broken\n  - one budget is in one currency; give a budget for each supplier: "
        "the orders are in EUR, USD"
    )
    choices = case.plan.supplier_choices()
    assert repr(choices) == "SupplierChoices(2 of 2 orders change, 1.40 EUR of holding, 1.40 USD of holding)"


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"budget": 0}, "a budget is a number above 0, or one for each supplier: received 0"),
        ({"budget": {"S": float("nan")}}, "a budget is a number above 0, or one for each supplier: received nan"),
        ({"budget": {"S": None}}, "a budget is a number above 0, or one for each supplier: received None"),
        ({"budget": True}, "a budget is a number above 0, or one for each supplier: received True"),
        ({"budget": {"T": 50}}, r"No supplier 'T'"),
        ({"nearly_empty": 2}, "nearly_empty is a share of a container from 0 to 1: received 2"),
        ({"fill_containers": "no"}, "fill_containers is true or false: received 'no'"),
        ({"may_wait": None}, "may_wait is true or false: received None"),
        ({"until": 3}, "until is a day such as 2026-12-07, received 3."),
        ({"until": "soon"}, "until is a day such as 2026-12-07, received 'soon'."),
    ],
)
def test_settings_that_cannot_be(one_row: OneRow, settings: dict[str, Any], text: str) -> None:
    with pytest.raises(mo.MoselleError, match=text):
        one_row(item=PRICED).plan.supplier_choices(**settings)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"budgt": 5}, r"no setting of supplier_choices has this name \(did you mean 'budget'\?\)"),
        ({"choices": "x"}, "choices are what supplier_choices of this plan returns; .*: received 'x'"),
        ({"choices": 1000.0}, "settings go by their names: received 1000.0"),
        ({"orders": 3}, "orders are ids, such as those of `frame`: received 3"),
        ({"orders": [3]}, "No order '3'"),
        ({"orders": "PO-nothing"}, "No order 'PO-nothing'"),
    ],
)
def test_what_cannot_be_met(one_row: OneRow, given: dict[str, Any], text: str) -> None:
    with pytest.raises(mo.MoselleError, match=text):
        one_row(item=PRICED, supplier={"min_order_value": 200}).plan.meet_supplier_rules(**given)


def test_orders_may_come_one_by_one(one_row: OneRow) -> None:
    plan = one_row(item=PRICED, supplier={"min_order_value": 200}).plan
    choices = plan.supplier_choices()
    name = choices.frame["order_id"].iloc[0]
    assert len(plan.meet_supplier_rules(choices, orders=iter([name])).edits) == 1
    assert len(plan.meet_supplier_rules(choices, orders=name).edits) == 1


def test_without_rules_there_is_nothing_to_choose(one_row: OneRow) -> None:
    choices = one_row(item=PRICED).plan.supplier_choices()
    assert choices.frame.empty
    assert repr(choices) == "SupplierChoices(no order has a rule of its supplier to meet)"


def test_without_lines_there_is_no_order(one_row: OneRow) -> None:
    case = one_row(item=PRICED, on_hand=2000, supplier={"min_order_value": 200})
    assert case.plan.supplier_choices(budget=10, until=case.date(27)).frame.empty
    assert case.plan.meet_supplier_rules() is case.plan


def test_without_a_supplier_no_rule_holds(one_row: OneRow) -> None:
    case = one_row(item={**PRICED, "supplier": None}, supplier={"min_order_value": 200})
    assert case.plan.supplier_choices().frame.empty


def test_all_dates_are_judged_one_after_another(one_row: OneRow) -> None:
    # 100 on day 0 leave 40 for day 7, which 60 of the week after fill up; then 10 for day 14, and so on.
    case = one_row(item=PRICED, supplier={"min_order_quantity": 100})
    choices = case.plan.supplier_choices(until=case.date(14))
    assert [case.day(date) for date in choices.lines["order_date"]] == [0, 7, 14]
    met = after(case, until=case.date(14))
    assert met.units() == {0: 100, 7: 100, 14: 100}
    assert not (met.plan.by_supplier["gap_units"] > 0).any()


def test_some_orders_may_be_chosen(many_rows: ManyRows, row: type[Row]) -> None:
    items = pd.DataFrame({"item": ["A", "B"], "supplier": ["S", "T"], "lead_time_days": 3, **PRICED})
    suppliers = pd.DataFrame({"supplier": ["S", "T"], "min_order_quantity": 90})
    plan = many_rows({"A": row(), "B": row()}, tables={"items": items, "suppliers": suppliers}).plan
    choices = plan.supplier_choices()
    one = choices.frame["order_id"].iloc[1]
    assert plan.meet_supplier_rules(choices, orders=[one]).edits["item"].tolist() == ["B"]
    with pytest.raises(mo.UnknownNameError, match="No order 'PO-nothing'"):
        plan.meet_supplier_rules(choices, orders=["PO-nothing"])


def test_choices_belong_to_the_plan_they_were_made_of(one_row: OneRow) -> None:
    case = one_row(item=PRICED, supplier={"min_order_value": 200})
    choices = case.plan.supplier_choices()
    with pytest.raises(mo.MoselleError, match=r"another state of the plan; ask for supplier_choices again\.$"):
        case.edit(0, 90).plan.meet_supplier_rules(choices)
    with pytest.raises(mo.ConfigError, match="choices were made already; these belong to supplier_choices: received b"):
        case.plan.meet_supplier_rules(choices, budget=200)


def test_choices_are_shown_as_a_table(one_row: OneRow) -> None:
    case = one_row(item=PRICED, supplier={"min_order_value": 200, "name": "<b>", "currency": "EUR"})
    choices = case.plan.supplier_choices()
    page = choices._repr_html_()
    assert "<caption>1 of 1 order changes, 2.10 EUR of holding</caption>" in page
    assert "minimum order value 200 EUR of S: 30 units more" in page
    assert "<td>2026-11-23</td>" in page


def test_choices_are_the_same_after_saving(one_row: OneRow, tmp_path: Any) -> None:
    case = one_row(
        item={**PRICED, "volume": 1.0, "weight": 3.0}, supplier={"container_volume": 65, "container_weight": 300}
    )
    opened = mo.open_plan(case.plan.save(tmp_path / "plan.moselle"))
    pd.testing.assert_frame_equal(opened.supplier_choices().frame, case.plan.supplier_choices().frame)


@pytest.mark.parametrize("seed", effort.seeds("supplier_plans"))
def test_whatever_the_rules_every_order_is_legal(seed: int, many_rows: ManyRows, row: type[Row]) -> None:
    rng = np.random.default_rng(seed)
    names = list("ABCDE")[: int(rng.integers(1, 6))]
    count = len(names)

    def some(values: Any, share: float = 0.5) -> Any:
        return np.where(rng.random(count) < share, values, np.nan)

    multiple = rng.integers(1, 13, count)
    items = pd.DataFrame({
        "item": names, "supplier": rng.choice(["S", "T"], count), "lead_time_days": rng.integers(0, 9, count),
        "unit_cost": rng.uniform(1, 9, count).round(2), "unit_price": rng.uniform(5, 15, count).round(2),
        "holding_cost": some(0.01, 0.9), "order_multiple": multiple, "moq": some(rng.integers(1, 60, count)),
        "max_order": some(rng.integers(40, 200, count)), "max_stock": some(rng.integers(60, 300, count)),
        "unmet": np.where(rng.random(count) < 0.5, "lost", "backorder"),
        "review_period_days": some(rng.integers(3, 15, count)),
        "volume": rng.uniform(0.5, 2.0, count), "weight": rng.uniform(0.5, 2.0, count),
    })  # fmt: skip
    suppliers = pd.DataFrame({
        "supplier": ["S", "T"], "min_order_value": rng.choice([np.nan, 300.0, 900.0], 2),
        "min_order_quantity": rng.choice([np.nan, 90.0], 2), "container_volume": rng.choice([np.nan, 80.0, 200.0], 2),
        "container_weight": rng.choice([np.nan, 150.0], 2),
    })  # fmt: skip
    rows = {name: row(demand=float(rng.integers(0, 15)), on_hand=int(rng.integers(0, 120)), sd=3.0) for name in names}
    safety = ("cycle_service_level", 0.9) if seed % 2 else ("days_of_cover", 5)
    case = many_rows(rows, safety=safety, tables={"items": items, "suppliers": suppliers})
    budget = {"S": 600.0} if seed % 3 == 0 else None
    try:
        choices = case.plan.supplier_choices(budget=budget)
        met = after(case, budget=budget)
    except (mo.ConfigError, mo.EditError):
        return
    assert not met.plan.edits["forced"].any()
    packs = dict(zip(names, multiple.tolist(), strict=True))
    lines = met.plan.order_lines
    assert all(units % packs[item] == 0 for item, units in zip(lines["item"], lines["quantity"], strict=True))
    held = met.plan.by_supplier
    stuck = set(choices.frame.loc[choices.frame["action"].isin(["impossible", "unknown"]), "order_id"])
    judged = held[held["order_id"].isin(set(choices.frame["order_id"]) - stuck)]
    assert not (judged[["gap_value", "gap_units"]].fillna(0.0) > 1e-6).any(axis=None)
    if budget is not None:
        now = held[(held["supplier"] == "S") & held["order_id"].isin(choices.frame["order_id"])]
        assert (now["value"] <= 600 + 1e-6).all()


def test_what_stores_need_from_a_warehouse_is_brought_forward(
    many_rows: ManyRows, row: type[Row], lanes_to_w: dict[str, pd.DataFrame]
) -> None:
    # W is fed from H over 2 days; H orders what W ships: 30 on hand there last until day 2.
    inventory = pd.DataFrame({"item": ["A"], "location": ["W"], "on_hand": [30]})
    case = many_rows({"A": row()}, item=PRICED, supplier={"min_order_quantity": 100},
                     tables={**lanes_to_w, "inventory": inventory})  # fmt: skip
    first = case.plan.by_supplier.iloc[0]
    assert (first["location"], first["gap_units"]) == ("H", 100 - first["units"])
    met = after(case)
    assert met.plan.by_supplier["units"].iloc[0] == 100
    assert set(met.plan.edits["location"]) == {"H"}
