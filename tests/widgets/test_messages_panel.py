"""Messages of a plan: counts, kinds, the way to a row."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest

import moselle_nb as mo
from moselle_nb.widgets import messages_panel
from moselle_nb.widgets.messages import Fields, Reply, Request, RequestError
from moselle_nb.widgets.messages_panel import MessagesPanel

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def plan() -> mo.ReplenishmentPlan:
    data = mo.sample_data("retail", items=60, locations=4, seed=7)
    return mo.replenish(data, mo.ReplenishmentConfig(name="Q1", coverage=("2026-11-23", "2027-02-14")))


def ask(panel: MessagesPanel, kind: str, **fields: object) -> Reply:
    return panel.answer(Request("v1", kind, 0, Fields(fields)))


def lossy(plan: mo.ReplenishmentPlan) -> mo.ReplenishmentPlan:
    """The plan with all orders of its largest row taken back."""
    line = plan.order_lines.sort_values("quantity").iloc[-1]
    lines = plan.order_lines[
        (plan.order_lines["item"] == line["item"]) & (plan.order_lines["location"] == line["location"])
    ]
    return plan.edit_many(lines[["item", "location"]].assign(date=lines["order_date"], quantity=0))


def test_every_kind_is_counted(plan: mo.ReplenishmentPlan) -> None:
    panel = MessagesPanel(plan)
    counted = plan.messages["kind"].value_counts().to_dict()
    assert {key: count for key, _, count in panel.counts} == counted
    assert panel.total == len(plan.messages)
    assert repr(panel) == f"MessagesPanel({len(plan.messages):,} messages)"
    assert not panel.working


def test_one_kind_is_shown_and_never_more_than_a_screenful(
    plan: mo.ReplenishmentPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages_panel, "MOST_RECORDS", 3)
    panel = MessagesPanel(plan)
    key, title, count = panel.counts[-1]
    ask(panel, "filter", show=key)
    assert (panel.kind, panel.total, len(panel.records)) == (key, count, min(3, count))
    assert {record["kind"] for record in panel.records} == {title}
    with pytest.raises(RequestError, match="field 'show' must be one of"):
        ask(panel, "filter", show="gossip")
    ask(panel, "filter", show="")
    assert (panel.kind, panel.total) == ("", len(plan.messages))


def test_what_edits_lose_is_a_message(plan: mo.ReplenishmentPlan) -> None:
    panel = MessagesPanel(plan)
    assert "unserved_by_edits" not in {key for key, _, _ in panel.counts}
    panel.plan = lossy(plan)
    assert ["unserved_by_edits", "Sales lost by edits", 1] in panel.counts
    panel.plan = plan
    assert "unserved_by_edits" not in {key for key, _, _ in panel.counts}


def test_a_large_plan_is_gone_through_again_only_when_it_is_looked_at(
    plan: mo.ReplenishmentPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages_panel, "MOST_ROWS_AT_ONCE", 10)
    panel = MessagesPanel(plan)
    before = panel.counts
    panel.plan = lossy(plan)
    assert (panel.working, panel.counts) == (True, before)
    panel.set_state({"unfolded": True, "records": [], "counts": []})
    assert not panel.working
    assert "unserved_by_edits" in {key for key, _, _ in panel.counts}


def test_a_message_leads_to_its_row(plan: mo.ReplenishmentPlan) -> None:
    chosen: list[Any] = []
    panel = MessagesPanel(plan)
    panel.on_choose(lambda *where: chosen.append(where))
    item, location = plan.key_of(3)
    ask(panel, "choose", item=item, location=location, date="2026-12-07")
    ask(panel, "choose", item=item, location=location)
    assert chosen == [(item, location, dt.date(2026, 12, 7)), (item, location, None)]
    with pytest.raises(mo.MoselleError, match="METS"):
        ask(panel, "choose", item=item, location="METS")
    with pytest.raises(RequestError, match="must be a day"):
        ask(panel, "choose", item=item, location=location, date="soon")


def test_names_are_text_in_the_table() -> None:
    frames = {
        "forecast": pd.DataFrame({"item": [HOSTILE], "location": ["METZ"], "date": ["2026-11-23"], "quantity": [70]})
    }
    config = mo.ReplenishmentConfig(name="Q1", coverage=("2026-11-23", "2027-01-03"), lead_time_days=7)
    panel = MessagesPanel(mo.replenish(mo.load(frames, as_of="2026-11-23"), config))
    assert panel.counts
    assert "<img" not in panel.static_html()


def test_only_a_plan_is_shown() -> None:
    with pytest.raises(TypeError, match="MessagesPanel shows a plan, from replenish or open_plan; received NoneType"):
        MessagesPanel(None)  # type: ignore[arg-type]  # what is refused
