"""The buyer's view, generating twice, and the downloads."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pandas as pd
import pytest

import moselle_nb as mo
from moselle_nb.widgets import order_tables, orders_view
from moselle_nb.widgets.messages import Fields, Reply, Request
from moselle_nb.widgets.orders_view import OrdersView, slug


def planned(data: mo.PlanningData, **settings: Any) -> mo.ReplenishmentPlan:
    named = {"name": "Q1: Größe & more", "coverage": ("2026-11-23", "2027-02-14"), **settings}
    return mo.replenish(data, mo.ReplenishmentConfig(**named))


@pytest.fixture(scope="module")
def plan() -> mo.ReplenishmentPlan:
    return planned(mo.sample_data("retail", items=50, locations=3, seed=7))


@pytest.fixture
def view(plan: mo.ReplenishmentPlan) -> OrdersView:
    return OrdersView(plan)


def ask(view: OrdersView, kind: str, **fields: object) -> Reply:
    return view.answer(Request("v1", kind, 0, Fields(fields)))


def test_it_opens_on_what_must_go_out_now(view: OrdersView, plan: mo.ReplenishmentPlan) -> None:
    frame = plan.by_supplier
    assert view.due["total"] == frame["now"].sum() > 0
    assert view.later["total"] == (~frame["now"]).sum() > 0
    first = view.due["records"][0]
    assert first["order_date"] == "2026-11-23"
    assert first["units"] == frame[frame["now"]]["units"].iloc[0]
    assert "min_order_quantity" not in view.due["columns"]  # no supplier of the sample names one
    assert (view.orders, repr(view)) == (None, "OrdersView(0 orders)")


def test_the_headline_adds_up_what_is_due(view: OrdersView, plan: mo.ReplenishmentPlan) -> None:
    due = plan.by_supplier[plan.by_supplier["now"]]
    short = (due["gap_value"] > 0).sum()
    assert view.headline == (
        f"{len(due)} purchase orders must go out now, worth {due['value'].sum():,.2f} EUR, "
        f"{short} below a minimum of the supplier."
    )


def test_amounts_of_two_currencies_are_not_added() -> None:
    due = pd.DataFrame({"currency": ["EUR", "USD", "EUR", None], "value": [1.0, 2.0, 3.0, float("nan")]})
    due = due.assign(gap_value=0.0, gap_units=float("nan"))
    assert orders_view._headline(due) == (
        "4 purchase orders must go out now, worth 4.00 EUR + 2.00 USD, 1 without a value."
    )


def test_generating_gives_one_record_per_order(view: OrdersView, plan: mo.ReplenishmentPlan) -> None:
    made = view.generate()
    assert view.orders is made
    assert [record["order_id"] for record in view.documents["records"]] == list(made.headers["order_id"])
    assert view.said == f"{len(made)} purchase orders with {len(made.lines)} lines."
    assert len(view.notes) == len(made.messages)
    assert plan.generate_orders().lines.equals(made.lines)


def test_in_the_background_the_kernel_answers_at_once(plan: mo.ReplenishmentPlan) -> None:
    view = OrdersView(plan, background=True)
    assert view.due["records"] is not None
    assert view.wait(60)
    assert view.working == ""
    assert view.due["total"] > 0
    assert ask(view, "generate").error is None
    assert view.wait(60)
    assert view.said.endswith("lines.")
    assert view.orders.fingerprint == plan.fingerprint


def test_what_goes_wrong_is_said_in_the_widget(plan: mo.ReplenishmentPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_plan: object) -> None:
        raise ZeroDivisionError

    view = OrdersView(plan)
    monkeypatch.setattr(mo.ReplenishmentPlan, "generate_orders", fail)
    ask(view, "generate")
    assert view.problem == "The orders could not be generated. ZeroDivisionError: "
    assert (view.working, view.orders) == ("", None)


def test_generating_twice_creates_nothing_twice_and_says_so(view: OrdersView) -> None:
    ask(view, "generate")
    ids = {record["order_id"] for record in view.documents["records"]}
    ask(view, "generate")
    assert {record["order_id"] for record in view.documents["records"]} == ids
    assert view.said == f"Nothing new: the same {len(ids)} purchase orders as before."


def test_after_an_edit_the_orders_are_stale_and_a_new_run_says_what_changed(
    view: OrdersView, plan: mo.ReplenishmentPlan
) -> None:
    made = view.generate()
    line = made.lines.iloc[0]
    day = str(line["order_date"].date())
    quantity = int(line["quantity"]) + 1200
    view.plan = plan.edit(line["item"], line["location"], day, quantity, force=True, reason="promotion")
    assert [view.stale, view.generate() is view.orders, view.stale] == [True, True, False]
    assert view.said == (f"{len(made)} purchase orders: 0 new, 1 revised, {len(made) - 1} unchanged, 0 withdrawn.")


def test_nothing_to_order_is_said() -> None:
    frames = {
        "items": [{"item": "A", "supplier": "S", "unit_cost": 1.0}],
        "suppliers": [{"supplier": "S", "lead_time_days": 7}],
        "forecast": [{"item": "A", "location": "METZ", "date": "2026-11-23", "quantity": 7}],
        "inventory": [{"item": "A", "location": "METZ", "on_hand": 5000, "as_of": "2026-11-23"}],
    }
    data = mo.load({name: pd.DataFrame.from_records(rows) for name, rows in frames.items()})
    view = OrdersView(planned(data))
    assert "Nothing has to be ordered" in view.static_html()
    assert view.headline == "Nothing has to go out now."
    view.generate()
    assert view.said == "Nothing has to be ordered now."
    assert view.documents["total"] == 0


@pytest.mark.parametrize(
    ("kind", "file"),
    [
        ("csv", "purchase-orders-q1-grosse-more.csv"),
        ("excel", "purchase-orders-q1-grosse-more.xlsx"),
        ("html", "purchase-orders-q1-grosse-more.html"),
        ("schedule", "order-schedule-q1-grosse-more.csv"),
    ],
)
def test_a_download_is_handed_out_as_bytes(view: OrdersView, kind: str, file: str) -> None:
    made = view.generate()
    reply = ask(view, "download", format=kind)
    assert reply.body["file"] == file
    [content] = reply.buffers
    if kind == "excel":
        assert len(pd.read_excel(BytesIO(content), sheet_name="Lines")) >= len(made.lines)
    else:
        lines = made.schedule if kind == "schedule" else made.lines
        assert lines["order_id"].iloc[0] in content.decode()


@pytest.mark.parametrize(
    ("form", "code", "text"),
    [("csv", "refused", "generate them first"), ("exe", "bad_request", "one of csv, excel, html, schedule")],
)
def test_a_download_that_cannot_be_is_refused(view: OrdersView, form: str, code: str, text: str) -> None:
    sent: list[dict[str, Any]] = []
    view.send = lambda content, buffers=None: sent.append(content)  # noqa: ARG005
    view._receive(view, {"id": "v1", "kind": "download", "revision": 0, "format": form}, [])
    assert sent[0]["error"]["code"] == code
    assert text in sent[0]["error"]["text"]


def test_long_tables_are_cut_and_counted(plan: mo.ReplenishmentPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_tables, "MOST_RECORDS", 3)
    view = OrdersView(plan)
    assert len(view.due["records"]) == 3
    assert view.due["total"] == plan.by_supplier["now"].sum()


def test_the_browser_writes_nothing(view: OrdersView) -> None:
    view.set_state({"said": "hacked", "documents": {}, "stale": True})
    assert (view.said, view.stale, view.documents["total"]) == ("", False, 0)


def test_the_static_form_shows_the_orders_as_a_table(view: OrdersView) -> None:
    made = view.generate()
    html = view.static_html()
    assert html.count("<tr>") == len(made) + 1
    assert made.headers["order_id"].iloc[0] in html


def test_a_file_name_keeps_letters_and_digits() -> None:
    assert slug("Q1: Größe & more / ../x") == "q1-grosse-more-x"
    assert slug("日本") == "plan"
