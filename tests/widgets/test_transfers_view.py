"""What leaves, by source and location; transfers up to a ship date; the downloads."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import moselle_nb as mo
from moselle_nb.widgets.messages import Fields, Reply, Request, RequestError
from moselle_nb.widgets.transfers_view import TransfersView


def planned(**settings: Any) -> mo.AllocationPlan:
    named = {"name": "Push & more", "coverage": ("2026-11-23", "2027-01-17"), "source": "METZ", **settings}
    data = mo.sample_data("retail", items=20, locations=4, seed=7)
    return mo.allocate(data, mo.AllocationConfig(**named))


@pytest.fixture(scope="module")
def plan() -> mo.AllocationPlan:
    return planned(ship_every_days=14)


@pytest.fixture
def view(plan: mo.AllocationPlan) -> TransfersView:
    return TransfersView(plan)


def ask(view: TransfersView, kind: str, **fields: object) -> Reply:
    return view.answer(Request("v1", kind, 0, Fields(fields)))


def test_it_opens_on_what_leaves_first(view: TransfersView, plan: mo.AllocationPlan) -> None:
    headers = plan.generate_transfers().headers
    first = headers[headers["ship_date"] == headers["ship_date"].min()]
    assert (view.due["total"], view.later["total"]) == (len(first), len(headers) - len(first))
    assert view.due["records"][0]["units"] == first["units"].iloc[0]
    assert view.headline == (
        f"{len(first)} transfers with {first['units'].sum():,.0f} units leave on "
        f"{first['ship_date'].iloc[0]:%Y-%m-%d}, worth {first['value'].sum():,.2f}."
    )
    assert view.titles["noun"] == "transfer"
    assert repr(view) == "TransfersView(0 transfers)"


def test_transfers_are_generated_up_to_a_ship_date_and_only_once(view: TransfersView, plan: mo.AllocationPlan) -> None:
    assert view.days == [str(day) for day in plan.ship_dates]
    ask(view, "generate", until=view.days[0])
    orders: Any = view.orders
    assert orders.lines.equals(plan.generate_transfers(view.days[0]).lines)
    assert len(orders.schedule) > 0
    assert view.said == f"{len(orders)} transfers with {len(orders.lines)} lines."
    ask(view, "generate", until=view.days[0])
    assert view.said == f"Nothing new: the same {len(orders)} transfers as before."
    ask(view, "generate", until=view.days[-1])
    every: Any = view.orders
    assert set(orders.headers["transfer_id"]) < set(every.headers["transfer_id"])
    assert f"{len(every) - len(orders)} new, 0 revised, {len(orders)} unchanged, 0 withdrawn." in view.said


def test_a_day_that_is_no_ship_date_is_refused(view: TransfersView) -> None:
    with pytest.raises(RequestError, match="until"):
        ask(view, "generate", until="2026-11-24")


def test_an_edit_makes_the_transfers_stale(view: TransfersView, plan: mo.AllocationPlan) -> None:
    view.generate()
    lines = plan.lines
    line = lines[(lines["allocated"] > 0) & (lines["source"] != lines["location"])].iloc[0]
    view.plan = plan.edit(line["item"], line["location"], str(line["date"].date()), 0, force=True, reason="test")
    stale = [view.stale]
    view.generate()
    assert [*stale, view.stale] == [True, False]
    assert "revised" in view.said


def test_one_ship_date_leaves_no_choice() -> None:
    view = TransfersView(planned())
    assert (view.days, view.later["total"]) == ([], 0)
    assert len(view.generate()) == view.due["total"]


def test_nothing_to_ship_is_said() -> None:
    data = mo.load({
        "items": pd.DataFrame({"item": ["A"]}),
        "forecast": pd.DataFrame([
            {"item": "A", "location": place, "date": "2026-11-23", "quantity": 7} for place in ("DC", "SHOP")
        ]),
        "inventory": pd.DataFrame([
            {"item": "A", "location": place, "on_hand": 0, "as_of": "2026-11-23"} for place in ("DC", "SHOP")
        ]),
    })  # fmt: skip
    named: dict[str, Any] = {"name": "Empty", "coverage": ("2026-11-23", "2026-11-29"), "source": "DC"}
    view = TransfersView(mo.allocate(data, mo.AllocationConfig(**named)))
    assert view.headline == "Nothing leaves: there is no stock to divide, or no need."
    view.generate()
    assert view.said == "Nothing has to be shipped now."
    assert view.static_html() == "<p>Nothing has to be shipped in this period.</p>"


@pytest.mark.parametrize(
    ("kind", "file"),
    [
        ("csv", "transfers-push-more.csv"),
        ("excel", "transfers-push-more.xlsx"),
        ("html", "transfers-push-more.html"),
        ("schedule", "transfer-schedule-push-more.csv"),
    ],
)
def test_a_download_is_handed_out_as_bytes(view: TransfersView, kind: str, file: str) -> None:
    made = view.generate(view.days[0])
    reply = ask(view, "download", format=kind)
    assert reply.body["file"] == file
    if kind == "csv":
        assert bytes(reply.buffers[0]) == made.to_csv().encode()
    assert len(reply.buffers[0]) > 0


def test_a_replenishment_plan_is_refused() -> None:
    with pytest.raises(TypeError, match="TransfersView shows an allocation plan, from allocate; received str"):
        TransfersView("plan")
