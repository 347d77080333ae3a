"""The buyer's view, generating twice, and the downloads; over a plan that is made up here."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from moselle_nb.widgets.messages import Fields, Reply, Request
from moselle_nb.widgets.orders_view import MOST_RECORDS, OrdersView

DAY = pd.Timestamp("2026-11-23")


def line(order: str, item: str, quantity: float, value: float | None = 10.0) -> dict[str, object]:
    return {
        "order_id": order, "supplier": "MOSEL", "location": "METZ", "order_date": DAY,
        "expected_date": DAY + pd.Timedelta(days=14), "item": item, "quantity": quantity, "unit_cost": 1.0,
        "value": value,
    }  # fmt: skip


@dataclass(frozen=True)
class Orders:
    lines: list[dict[str, object]]

    def to_frame(self) -> pd.DataFrame:
        columns = list(line("", "", 0))
        return pd.DataFrame(self.lines, columns=columns)

    def to_csv(self) -> str:
        return "order_id\nPO-é\n"

    def to_excel(self) -> bytes:
        return b"PK"

    def to_html(self) -> str:
        return "<table></table>"


@dataclass(frozen=True)
class Plan:
    fingerprint: str = "f0"
    lines: list[dict[str, object]] = field(default_factory=lambda: [line("PO-1", "A", 24), line("PO-1", "B", 12)])
    suppliers: int = 1

    @property
    def config(self) -> SimpleNamespace:
        return SimpleNamespace(name="Q1: Größe & more")

    @property
    def by_supplier(self) -> pd.DataFrame:
        gap = {
            "supplier": "MOSEL",
            "order_date": DAY,
            "lines": 2,
            "units": 36.0,
            "value": 20.0,
            "gap_value": float("nan"),
        }
        return pd.DataFrame([gap] * self.suppliers, columns=list(gap))

    def generate_orders(self) -> Orders:
        return Orders(self.lines)


def view_of(plan: Plan) -> OrdersView:
    return OrdersView(plan)  # type: ignore[arg-type]  # a stand-in


def ask(view: OrdersView, kind: str, **fields: object) -> Reply:
    return view.answer(Request("v1", kind, 0, Fields(fields)))


def test_it_opens_on_what_goes_to_each_supplier() -> None:
    view = view_of(Plan())
    assert view.suppliers["records"] == [
        {"supplier": "MOSEL", "order_date": "2026-11-23", "lines": 2, "units": 36.0, "value": 20.0, "gap_value": None}
    ]
    assert view.orders is None
    assert repr(view) == "OrdersView(0 orders)"


def test_generating_gives_one_record_per_order() -> None:
    view = view_of(Plan())
    made = view.generate()
    assert view.orders is made
    [record] = view.documents["records"]
    assert (record["order_id"], record["lines"], record["units"], record["value"]) == ("PO-1", 2, 36.0, 20.0)
    assert view.said == "1 purchase order with 2 lines."


def test_generating_twice_creates_nothing_twice_and_says_so() -> None:
    view = view_of(Plan())
    ask(view, "generate")
    ask(view, "generate")
    assert view.said == "Nothing new: the same 1 purchase order as before."
    assert view.documents["total"] == 1


def test_after_an_edit_the_orders_are_stale_and_a_new_run_says_what_changed() -> None:
    view = view_of(Plan())
    view.generate()
    edited: list[dict[str, object]] = [line("PO-1", "A", 48), line("PO-1", "B", 12), line("PO-2", "C", 1)]
    plan: Any = Plan("f1", edited)
    view.plan = plan
    assert [view.stale, view.generate() is view.orders, view.stale] == [True, True, False]
    assert view.said == "2 purchase orders: 1 new, 1 revised, 0 unchanged, 0 withdrawn."


def test_the_value_of_an_order_with_an_unknown_cost_is_unknown() -> None:
    view = view_of(Plan(lines=[line("PO-1", "A", 24), line("PO-1", "B", 1, value=None)]))
    view.generate()
    assert view.documents["records"][0]["value"] is None


def test_nothing_to_order_is_said() -> None:
    view = view_of(Plan(lines=[], suppliers=0))
    assert "Nothing has to be ordered" in view.static_html()
    view.generate()
    assert view.said == "Nothing has to be ordered now."
    assert view.documents["total"] == 0


@pytest.mark.parametrize(
    ("kind", "file", "content"),
    [
        ("csv", "purchase-orders-q1-grosse-more.csv", "order_id\nPO-é\n".encode()),
        ("excel", "purchase-orders-q1-grosse-more.xlsx", b"PK"),
        ("html", "purchase-orders-q1-grosse-more.html", b"<table></table>"),
    ],
)
def test_a_download_is_handed_out_as_bytes(kind: str, file: str, content: bytes) -> None:
    view = view_of(Plan())
    view.generate()
    reply = ask(view, "download", format=kind)
    assert reply.body["file"] == file
    assert list(reply.buffers) == [content]


def test_a_download_before_there_are_orders_says_what_to_do(sent: list[dict[str, Any]]) -> None:
    view = view_of(Plan())
    view.send = lambda content, buffers=None: sent.append(content)  # noqa: ARG005
    view._receive(view, {"id": "v1", "kind": "download", "revision": 0, "format": "csv"}, [])
    view._receive(view, {"id": "v2", "kind": "download", "revision": 0, "format": "exe"}, [])
    assert sent[0]["error"] == {"code": "refused", "text": "there are no orders yet; generate them first"}
    assert sent[1]["error"]["code"] == "bad_request"
    assert "one of csv, excel, html" in sent[1]["error"]["text"]


@pytest.fixture
def sent() -> list[dict[str, Any]]:
    return []


def test_long_tables_are_cut_and_counted() -> None:
    view = view_of(Plan(suppliers=MOST_RECORDS + 7))
    assert len(view.suppliers["records"]) == MOST_RECORDS
    assert view.suppliers["total"] == MOST_RECORDS + 7


def test_the_browser_writes_nothing() -> None:
    view = view_of(Plan())
    view.set_state({"said": "hacked", "documents": {}, "stale": True})
    assert (view.said, view.stale, view.documents["total"]) == ("", False, 0)


def test_the_static_form_escapes_what_the_tables_hold() -> None:
    view = view_of(Plan(lines=[line("<b>", "A", 1)]))
    view.generate()
    assert "&lt;b&gt;" in view.static_html()
