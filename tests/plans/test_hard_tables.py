"""Tables that load and are hard to plan with: each gets its one error, its message, or a plan that works."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import moselle_nb as mo

AS_OF = "2026-11-23"
CONFIG = mo.ReplenishmentConfig(name="hard", coverage=("2026-11-23", "2026-12-20"), safety_stock=mo.SafetyStock("none"))


def plan_of(changes: dict[str, Any] | None = None, **tables: pd.DataFrame) -> mo.ReplenishmentPlan:
    """Plan one item, 7 a week for eight weeks, 10 on hand, 5 days away; `changes` are columns of the item."""
    item = {"item": ["A1"], "supplier": ["ACME"], "lead_time_days": [5], **(changes or {})}
    weeks = pd.date_range(AS_OF, periods=8, freq="7D")
    found = {
        "items": pd.DataFrame(item),
        "locations": pd.DataFrame({"location": ["METZ"]}),
        "suppliers": pd.DataFrame({"supplier": ["ACME"]}),
        "forecast": pd.DataFrame({"item": "A1", "location": "METZ", "date": weeks, "quantity": 7}),
        "inventory": pd.DataFrame({"item": ["A1"], "location": ["METZ"], "on_hand": [10]}),
        **tables,
    }
    return mo.replenish(mo.load(found, as_of=AS_OF), CONFIG)


def texts(plan: mo.ReplenishmentPlan, kind: str) -> list[str]:
    """Give the texts of one kind of message."""
    messages = plan.messages
    return list(messages[messages["kind"] == kind]["text"])


def forecast(quantities: list[float], start: str = AS_OF) -> pd.DataFrame:
    """Give a weekly forecast of A1 at METZ."""
    weeks = pd.date_range(start, periods=len(quantities), freq="7D")
    return pd.DataFrame({"item": "A1", "location": "METZ", "date": weeks, "quantity": quantities})


def test_a_lead_time_that_nobody_knows() -> None:
    with pytest.raises(mo.ContractError) as refused:
        plan_of({"lead_time_days": [None]})
    assert str(refused.value).startswith(
        "lead times: 1 rule broken\n  - lead_time_days is known for every row that is bought"
    )
    assert str(refused.value).endswith("1 row, e.g. (A1, METZ)")


def test_a_service_level_without_a_forecast_error() -> None:
    with pytest.raises(mo.ContractError, match="give sd in the forecast, or sales, or forecast_cv: 1 row"):
        plan_of({"cycle_service_level": [0.95]})


def test_a_fill_rate_without_a_forecast_error() -> None:
    with pytest.raises(mo.ContractError, match="give sd in the forecast, or sales, or forecast_cv: 1 row"):
        plan_of({"fill_rate": [0.95]})


def test_two_safety_stocks_for_one_item_in_two_tables_follow_precedence() -> None:
    rule = pd.DataFrame({"scope": ["item"], "key": ["A1"], "field": ["safety_stock_days"], "value": [14]})
    # 14 days of 1 a day by the constraints table, which wins over the 5 units of the item's column.
    assert plan_of({"safety_stock_units": [5]}, constraints=rule).summary["safety_stock"].tolist() == [14.0]


def test_a_forecast_shorter_than_the_lead_time() -> None:
    plan = plan_of({"lead_time_days": [30]}, forecast=forecast([7, 7]))
    assert "the average of the last 28 days stands in for them" in texts(plan, "forecast_too_short")[0]
    assert plan.check().ok


def test_moq_above_the_maximum_order() -> None:
    plan = plan_of({"moq": [50], "max_order": [20]})
    first = texts(plan, "conflict")[0]
    assert first.startswith("Nothing is ordered: moq wants at least 50, max_order allows 20;")
    assert not len(plan.order_lines)


def test_a_multiple_above_the_maximum_order() -> None:
    plan = plan_of({"order_multiple": [24], "max_order": [20]})
    assert texts(plan, "conflict")[0].startswith(
        "Nothing is ordered: order_multiple wants at least 24, max_order allows 20;"
    )


def test_a_multiple_of_0_counts_as_1() -> None:
    assert (
        plan_of({"order_multiple": [0]}).order_lines["quantity"].tolist() == plan_of().order_lines["quantity"].tolist()
    )


@pytest.mark.parametrize("status", ["blocked", "phase_out"])
def test_a_discontinued_item_gets_no_orders(status: str) -> None:
    plan = plan_of({"status": [status]})
    assert not len(plan.order_lines)
    assert plan.summary["status"].tolist() == ["unavoidable"]
    with pytest.raises(mo.EditError, match="nothing can be ordered for this row: the item is"):
        plan.edit("A1", "METZ", AS_OF, 5)


def test_negative_stock_is_0_or_waits() -> None:
    inventory = pd.DataFrame({"item": ["A1"], "location": ["METZ"], "on_hand": [-4]})
    assert plan_of(inventory=inventory).lines["starting"].tolist()[0] == 0
    waiting = plan_of({"unmet": ["backorder"]}, inventory=inventory)
    # Four wait at the opening and seven more by the end of the first week, less what day 5's receipt serves.
    assert waiting.inputs.opening.tolist() == [-4.0]
    assert waiting.check().ok


def test_an_overdue_open_order_counts_as_arriving_today() -> None:
    inbound = pd.DataFrame({"item": ["A1"], "location": ["METZ"], "date": ["2026-11-20"], "quantity": [20]})
    plan = plan_of(inbound=inbound)
    assert texts(plan, "late_inbound") == ["20 were expected on 2026-11-20; the plan counts on them from 2026-11-23."]


def test_a_row_that_a_lane_feeds() -> None:
    lanes = pd.DataFrame({"source": ["DC"], "destination": ["METZ"], "lead_time_days": [2]})
    plan = plan_of(lanes=lanes, locations=pd.DataFrame({"location": ["METZ", "DC"]}))
    # Ship dates 0, 7, 14, 21; the last arrives on day 23 and serves up to day 29: 30 days of 1, less 10 on hand.
    (text,) = texts(plan, "fed_by_lane")
    assert text == (
        "A lane from DC feeds this location: it needs 20 units shipped by 2026-12-20, which are demand at DC; "
        "a transfer supplies it, no purchase order."
    )
    assert set(plan.order_lines["location"]) == {"DC"}


def test_an_item_without_a_supplier() -> None:
    plan = plan_of({"supplier": [None]})
    assert texts(plan, "no_supplier") == ["No supplier is known: its orders form an order of their own."]
    assert len(plan.generate_orders().to_frame())


@pytest.mark.parametrize("quantities", [[0, 0, 0, 0], [7], [0.5]])
def test_little_or_no_demand(quantities: list[float]) -> None:
    plan = plan_of(forecast=forecast(quantities))
    assert plan.check().ok
    assert plan.generate_orders() is not None


def test_no_stock_at_all() -> None:
    plan = plan_of(inventory=pd.DataFrame({"item": [], "location": [], "on_hand": []}))
    assert plan.summary["status"].tolist() == ["out"]
    assert plan.check().ok


def test_a_row_without_a_forecast() -> None:
    inventory = pd.DataFrame({"item": ["A1", "B2"], "location": "METZ", "on_hand": [10, 3]})
    items = {"item": ["A1", "B2"], "supplier": ["ACME", "ACME"], "lead_time_days": [5, 5]}
    plan = plan_of(items, inventory=inventory)
    assert texts(plan, "no_forecast") == ["There is no forecast: demand counts as 0."]
    assert plan.summary["status"].tolist()[1] == "no_demand"
