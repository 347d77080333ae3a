"""Explanations of an allocation: every number from what there is to what an edit fixed, and where it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from moselle_nb.exceptions import MoselleError, UnknownNameError
from tests.plans.allocations import allocation, constraints, lanes

if TYPE_CHECKING:
    import moselle_nb as mo

SECOND = "2026-11-30"


@pytest.fixture(scope="module")
def plan() -> mo.AllocationPlan:
    """Two shops and the hub's own demand; packs, a transfer minimum, capacity, hold-back and an open order."""
    rules = constraints(
        ("location", "N1", "max_stock", 40), ("item", "A", "presentation_minimum", 5),
        ("location", "HUB", "hold_back", 7), ("location", "N1", "min_stock", 3), ("location", "N2", "pack", 3),
    )  # fmt: skip
    inbound = pd.DataFrame(
        [("A", "HUB", pd.Timestamp("2026-11-28"), 40)], columns=["item", "location", "date", "quantity"]
    )
    made = allocation(
        {"N1": 2, "N2": 1, "HUB": 1}, {"HUB": 50, "N1": 4},
        {"constraints": rules, "lanes": lanes(("HUB", "N1", 2, 6, 10), ("HUB", "N2")), "inbound": inbound},
        ship_every_days=7,
    )  # fmt: skip
    return made.edit("A", "N1", SECOND, 24, reason="promotion", who="ML")


def steps(plan: mo.AllocationPlan, *key: str) -> dict[str, tuple[Any, str]]:
    return {step.name: (step.value, step.note) for step in plan.explain(*key).steps}


def test_from_stock_to_what_is_available(plan: mo.AllocationPlan) -> None:
    found = steps(plan, "A", "N1", SECOND)
    # 83 are there, less what the first week sent and what the hub keeps of the 40 that land inside its own window.
    lines = plan.lines_for(["A"])
    sent = lines.loc[lines["date"] == "2026-11-23", "allocated"].sum()
    assert found["On hand at HUB"] == (50, "table inventory")
    assert found["+ Landed"] == (40, "open orders that arrive by 2026-11-30")
    assert found["− Hold-back"] == (7, "table constraints, location HUB")
    assert found["− Sent before"] == (sent, "on earlier ship dates")
    available = lines.loc[lines["date"] == SECOND, "available"].unique()
    assert [found["= Available"][0]] == available.tolist()
    kept = found.get("− Kept", (0.0, ""))[0]
    assert 50 + 40 - 7 - sent - float(kept) == available[0]


def test_from_demand_to_need(plan: mo.AllocationPlan) -> None:
    found = steps(plan, "A", "N1", SECOND)
    assert found["Lead time"] == (2, "table lanes, HUB → N1")
    assert found["Arrival"] == ("2026-12-02", "")
    assert found["Serves until"] == ("2026-12-08", "7 days, then the next shipment arrives")
    assert found["Demand"] == (14, "the forecast of these days")
    text = "none, the configuration; at least 3, table constraints, location N1"
    assert found["+ Safety stock"] == (3, text)
    assert found["Presentation minimum"] == (5, "table constraints, item A")
    assert found["= Need"][0] == 14 + 3 - float(found["− Stock"][0]) - float(found["− Inflow"][0])
    last = steps(plan, "A", "N1", "2026-12-14")
    assert last["Serves until"] == ("2026-12-20", "5 days, to the end of coverage")


def test_what_limits_it_and_what_an_edit_fixed(plan: mo.AllocationPlan) -> None:
    found = steps(plan, "A", "N1", SECOND)
    assert found["Pack"] == (6, "table lanes, HUB → N1")
    assert found["Transfer minimum"] == (12, "in whole packs, table lanes, HUB → N1")
    assert found["Room under maximum stock"][1] == "maximum stock 40, table constraints, location N1"
    assert found["Rule"] == ("equal_runout", "the lowest cover is raised first")
    assert found["Suggested"][1] == "need is met, up to whole packs"
    assert found["Edit"] == (24, "promotion; ML")
    assert found["Allocated"] == (24, "")
    other = steps(plan, "A", "N2", SECOND)
    assert other["Pack"] == (3, "table constraints, location N2")
    assert other["Lead time"] == (0, "the configuration")
    assert "Edit" not in other
    assert "Transfer minimum" not in other
    own = steps(plan, "A", "HUB", SECOND)
    assert own["Lead time"] == (0, "the source itself")
    assert own["− Stock"][1] == "what it was given before"


def test_every_cell_is_explained_by_the_numbers_of_its_line(plan: mo.AllocationPlan) -> None:
    for line in plan.lines.to_dict("records"):
        found = steps(plan, line["item"], line["location"], str(line["date"].date()))
        shown = [found[name][0] for name in ("= Available", "Demand", "− Stock", "− Inflow", "= Need")]
        assert shown == [line[name] for name in ("available", "demand", "on_hand", "in_transit", "need")]
        assert (found["Suggested"][0], found["Allocated"][0]) == (line["suggested_quantity"], line["allocated"])
        assert (found["Cover without it"][0], found["Cover with it"][0]) == (line["cover_before"], line["cover_after"])
        need = line["demand"] + float(found["+ Safety stock"][0]) - line["on_hand"] - line["in_transit"]
        assert line["need"] == max(need, 5 - line["on_hand"], 0)


def test_why_the_rule_gave_no_more() -> None:
    scarce = allocation({"N1": 1, "N2": 1}, {"HUB": 20})
    assert steps(scarce, "A", "N1", "2026-11-23")["Suggested"] == (10, "the source has nothing left")
    locked = scarce.lock("A", "N1", "2026-11-23", 4)
    assert steps(locked, "A", "N1", "2026-11-23")["Lock"] == (4, "no reason given")
    assert steps(locked, "A", "N2", "2026-11-23")["Allocated"][0] == 16


def test_shown_as_text_and_as_html(plan: mo.AllocationPlan) -> None:
    explained = plan.explain("A", "N1", SECOND)
    assert str(explained).startswith("A from HUB to N1, leaving on 2026-11-30\n  On hand at HUB")
    assert "<caption>A from HUB to N1, leaving on 2026-11-30</caption>" in explained._repr_html_()


def test_what_is_not_there_is_said(plan: mo.AllocationPlan) -> None:
    with pytest.raises(UnknownNameError, match="No item 'B'"):
        plan.explain("B", "N1", SECOND)
    with pytest.raises(
        MoselleError, match="2026-12-01 is not a ship date of this plan; the nearest are 2026-11-30 and"
    ):
        plan.explain("A", "N1", "2026-12-01")
    two = allocation({"N1": 2}, {"HUB": 30, "WEST": 40}, source=("HUB", "WEST"))
    with pytest.raises(MoselleError, match="HUB and WEST serve N1: say which of them is meant by source"):
        two.explain("A", "N1", "2026-11-23")
    assert steps(two, "A", "N1", "2026-11-23", "WEST")["On hand at WEST"][0] == 40
