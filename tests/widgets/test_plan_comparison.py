"""Both plans side by side: words, live numbers, what moving first saves, and what both promise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

import moselle_nb as mo
from moselle_nb.widgets.plan_comparison import PlanComparison, _net

Plans = tuple[mo.ReplenishmentPlan, mo.AllocationPlan]
WINTER: dict[str, Any] = {"name": "Winter", "coverage": ("2026-11-23", "2026-12-20")}


def tables(*, at_source: int) -> mo.PlanningData:
    """A source without demand of its own, and a shop that sells 1 a day and has nothing."""
    rows = [("DC", 0, at_source), ("SHOP", 28, 0)]
    return mo.load({
        "items": pd.DataFrame({"item": ["A"], "supplier": ["S"], "unit_cost": [2.0]}),
        "suppliers": pd.DataFrame({"supplier": ["S"], "lead_time_days": [7]}),
        "locations": pd.DataFrame({"location": ["DC", "SHOP"]}),
        "forecast": pd.DataFrame([
            {"item": "A", "location": place, "date": "2026-11-23", "quantity": quantity} for place, quantity, _ in rows
        ] + [
            {"item": "A", "location": place, "date": "2026-11-30", "quantity": quantity} for place, quantity, _ in rows
        ]),
        "inventory": pd.DataFrame([
            {"item": "A", "location": place, "on_hand": stock, "as_of": "2026-11-23"} for place, _, stock in rows
        ]),
    })  # fmt: skip


def both(data: mo.PlanningData, *, source: str = "DC", **settings: Any) -> Plans:
    named = {**WINTER, **settings}
    return (
        mo.replenish(data, mo.ReplenishmentConfig(**named)),
        mo.allocate(data, mo.AllocationConfig(**{**named, "name": "Push", "source": source})),
    )


@pytest.fixture(scope="module")
def plans() -> Plans:
    return both(tables(at_source=40))


def test_the_table_tells_the_plans_apart_in_words_and_numbers(plans: Plans) -> None:
    view = PlanComparison(*plans)
    facts = {what: (ours, theirs) for what, ours, theirs in view.facts}
    assert facts["Question"] == ("What do I need to buy, and when?", "How do I divide the stock that I have?")
    assert facts["Ends in"] == ("purchase orders", "transfers")
    assert {"Flow", "Reads", "Says"} <= facts.keys()
    assert facts["Units"][1] == "40 moved"
    assert view.names == ["Winter", "Push"]


def test_move_now_buy_less_is_called_out(plans: Plans) -> None:
    view = PlanComparison(*plans)
    total = mo.compare(*plans).totals
    assert total["buy_less_units"] > 0
    assert view.headline.startswith(
        f"Move now, buy less: once 40 units have moved, {total['buy_less_units']:,.0f} units less have to be bought in "
        f"all, worth {total['buy_less_value']:,.2f}."
    )
    assert view.saves
    [record] = view.move_now["records"]
    assert (record["item"], record["move_units"], record["buy_less_units"]) == ("A", 40, total["buy_less_units"])
    assert view.items["records"][0]["unserved_both"] == total["unserved_both"]


def test_nothing_is_called_out_where_moving_saves_nothing() -> None:
    view = PlanComparison(*both(tables(at_source=0)))
    assert view.headline.startswith("Nothing is moved, so nothing less has to be bought. Unserved: ")
    assert (view.move_now["total"], view.warning, view.saves) == (0, "", False)


def test_what_costs_more_buying_in_all_is_not_called_a_saving() -> None:
    data = mo.sample_data("retail", items=60, locations=6, seed=7)
    replenishment, allocation = both(data, source="TRIER", coverage=("2026-11-23", "2027-02-14"))
    view = PlanComparison(replenishment, allocation)
    total = mo.compare(replenishment, allocation).totals
    assert total["buy_less_units"] < 0
    assert total["unserved_both"] < total["unserved_buy"]
    more = f"{-total['buy_less_units']:,.0f}"
    assert view.headline.startswith("Moving serves more, but does not save buying: once ")
    assert f", {more} units more have to be bought in all, worth " in view.headline
    assert " more of others, to refill the source. Unserved: " in view.headline
    assert not view.saves
    assert "Move now" not in view.static_html()
    assert repr(view.comparison).endswith(f"moving first buys {more} more)")


@pytest.mark.parametrize(
    ("units", "value", "said"),
    [
        (1, 2.0, "1 unit less has to be bought in all, worth 2.00"),
        (-3, -4.5, "3 units more have to be bought in all, worth 4.50"),
        (5, -4.5, "5 units less have to be bought in all, worth 4.50 more"),
        (0, 4.5, "as many units have to be bought in all, worth 4.50 less"),
        (2, 0.0, "2 units less have to be bought in all, worth 0.00"),
    ],
)
def test_units_and_value_that_part_company_are_both_said(units: int, value: float, said: str) -> None:
    assert _net(pd.Series({"buy_less_units": float(units), "buy_less_value": value})) == said


def test_what_both_promise_is_a_warning_with_its_rows() -> None:
    data = mo.sample_data("retail", items=40, locations=6, seed=7)
    view = PlanComparison(*both(data, source="METZ", coverage=("2026-11-23", "2027-02-14")))
    comparison: Any = view.comparison
    twice = comparison.promised_twice
    assert view.warning.startswith(
        f"{len(twice)} rows cannot keep what both plans promise: {twice['promised_twice'].sum():,.0f} units"
    )
    assert [record["item"] for record in view.twice["records"]] == list(twice["item"])


def test_plans_that_do_not_belong_together_are_refused_in_the_widget(plans: Plans) -> None:
    replenishment, allocation = plans
    other = replace(allocation, inputs=replace(allocation.inputs, as_of=allocation.inputs.as_of + 1))
    view = PlanComparison(replenishment, other)
    assert "both plans start from the same stock count" in view.problem
    assert (view.facts, view.headline, view.comparison) == ([], "", None)
    assert view.static_html().startswith("<p>as_of")
    view.compare(*plans)
    assert (view.problem, len(view.facts)) == ("", 10)


def test_what_is_no_plan_is_refused(plans: Plans) -> None:
    with pytest.raises(TypeError, match="PlanComparison shows a plan, from replenish"):
        PlanComparison(plans[1], plans[1])  # type: ignore[arg-type]  # what is refused
    with pytest.raises(TypeError, match="PlanComparison shows an allocation plan, from allocate"):
        PlanComparison(plans[0], plans[0])  # type: ignore[arg-type]  # what is refused


def test_in_the_background_it_says_that_it_is_at_work(plans: Plans) -> None:
    view = PlanComparison(*plans, background=True)
    assert view.wait(30)
    assert (view.working, view.facts[0][0]) == (False, "Question")


def test_the_static_form_holds_words_numbers_and_callout(plans: Plans) -> None:
    html = PlanComparison(*plans).static_html()
    assert "What do I need to buy, and when?" in html
    assert "<p>Move now, buy less: once 40 units" in html
    assert ">Replenishment: Winter</th>" in html
    assert ">Allocation: Push</th>" in html
    assert "<caption>" in html
    assert repr(PlanComparison(*plans)).startswith("PlanComparison(Comparison(")
