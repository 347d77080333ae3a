"""Purchase orders: which lines, under which ids, with which totals; files that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import openpyxl
import pandas as pd
import pytest

import moselle_nb as mo
from moselle_nb.plans.spreadsheet import csv_text, safe_text, workbook
from tests.plans.conftest import AS_OF, tables

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = ["order_id", "supplier", "location", "order_date", "expected_date", "item", "quantity", "unit_cost", "value"]
FILE_COLUMNS = [*COLUMNS, "item_name", "currency"]

HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\x00=1",
    " =1",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    "\u2028=1",
]


def hostile_plan(name: str) -> mo.ReplenishmentPlan:
    """Plan item A of supplier NEAR under other names, all of them hostile."""
    made = tables()
    made["items"]["item"] = made["items"]["item"].replace("A", name)
    for table in ("forecast", "inventory", "inbound"):
        made[table]["item"] = made[table]["item"].replace("A", name)
    made["suppliers"]["name"] = f"{name} Ltd"
    config = mo.ReplenishmentConfig(name=f"{name} plan", coverage=("2026-11-30", "2027-02-14"), lead_time_days=14)
    return mo.replenish(mo.load(made, as_of=AS_OF), config)


# ---- which lines ----------------------------------------------------------------------------------


def test_lines_and_schedule_are_all_that_is_ordered(plan: mo.ReplenishmentPlan) -> None:
    orders = plan.generate_orders()
    frame = orders.to_frame()
    assert frame.columns.tolist() == COLUMNS
    placed = plan.order_lines[plan.order_lines["quantity"] > 0]
    assert len(frame) + len(orders.schedule) == len(placed)
    assert frame["quantity"].sum() + orders.schedule["quantity"].sum() == placed["quantity"].sum()
    assert not orders.schedule["firm"].any()
    for line in frame.to_dict("records"):
        second = plan.order_dates(plan.row_of(line["item"], line["location"]))[1]
        assert line["order_date"] < pd.Timestamp(second)


def test_until_takes_all_lines_up_to_that_day(plan: mo.ReplenishmentPlan) -> None:
    orders = plan.generate_orders(until="2026-12-31")
    assert (orders.to_frame()["order_date"] <= pd.Timestamp("2026-12-31")).all()
    assert (orders.schedule["order_date"] > pd.Timestamp("2026-12-31")).all()
    with pytest.raises(mo.MoselleError, match=r"^until is a day such as 2026-12-07, received 'soon'\.$"):
        plan.generate_orders(until="soon")


def test_one_order_per_supplier_location_and_day(plan: mo.ReplenishmentPlan) -> None:
    orders = plan.generate_orders(until="2027-02-14")
    keys = orders.to_frame().groupby("order_id")[["supplier", "location", "order_date"]].nunique(dropna=False)
    assert (keys == 1).all().all()
    assert orders.headers["order_id"].is_unique
    assert not orders.headers.duplicated(["supplier", "location", "order_date"]).any()
    assert len(orders) == len(orders.headers) == orders.to_frame()["order_id"].nunique()


def test_ids_depend_on_lineage_supplier_location_and_day_only(plan: mo.ReplenishmentPlan) -> None:
    again = mo.replenish(mo.load(tables(), as_of=AS_OF), plan.config)
    ids = set(again.generate_orders(until="2027-02-14").to_frame()["order_id"])
    edited = plan.generate_orders(until="2027-02-14").to_frame()["order_id"]
    assert len(ids & set(edited)) >= len(ids) - 1  # an edit may add or empty one order, and renames none
    other = mo.replenish(mo.load(tables(), as_of=AS_OF), plan.config.model_copy(update={"lead_time_days": 15}))
    assert not ids & set(other.generate_orders(until="2027-02-14").to_frame()["order_id"])


# ---- totals and messages --------------------------------------------------------------------------


def test_headers_add_up_and_compare_with_minimums(plan: mo.ReplenishmentPlan) -> None:
    orders = plan.generate_orders()
    lines = orders.to_frame()
    for header in orders.headers.to_dict("records"):
        own = lines[lines["order_id"] == header["order_id"]]
        assert header["lines"] == len(own)
        assert header["units"] == own["quantity"].sum()
        assert header["value"] == pytest.approx(own["value"].sum())
        assert header["expected_date"] == own["expected_date"].max()
    far = orders.headers[orders.headers["supplier"] == "FAR"].iloc[0]
    assert (far["name"], far["currency"], far["min_order_value"]) == ("Far Ltd", "USD", 5000)
    assert far["gap_value"] == max(0.0, 5000 - far["value"])
    near = orders.headers[orders.headers["supplier"] == "NEAR"]
    assert near["gap_value"].isna().all()


def test_lines_without_supplier_or_cost_are_named(plan: mo.ReplenishmentPlan) -> None:
    orders = plan.generate_orders()
    alone = orders.headers[orders.headers["supplier"].isna()]
    assert set(orders.to_frame()[orders.to_frame()["supplier"].isna()]["item"]) == {"E"}
    said = orders.messages[orders.messages["kind"] == "no_supplier"]
    assert said["order_id"].tolist() == alone["order_id"].tolist()
    assert said["text"].tolist() == ["1 line without a supplier."] * len(alone)


def test_an_unknown_cost_leaves_the_total_unknown() -> None:
    made = tables()
    made["items"].loc[made["items"]["item"] == "E", "unit_cost"] = None
    config = mo.ReplenishmentConfig(name="no cost", coverage=("2026-11-30", "2027-02-14"), lead_time_days=14)
    orders = mo.replenish(mo.load(made, as_of=AS_OF), config).generate_orders()
    assert orders.headers[orders.headers["supplier"].isna()]["value"].isna().all()
    text = "1 line without a unit cost; no total is given."
    assert text in orders.messages[orders.messages["kind"] == "no_cost"]["text"].tolist()
    assert "<dd>not known</dd>" in orders.to_html()


def test_nothing_to_order_is_no_order() -> None:
    made = tables()
    made["inventory"]["on_hand"] = 10**6
    config = mo.ReplenishmentConfig(name="full", coverage=("2026-11-30", "2027-02-14"), lead_time_days=14)
    plan = mo.replenish(mo.load(made, as_of=AS_OF), config)
    orders = plan.generate_orders()
    assert repr(orders) == "PurchaseOrders(0 orders, 0 lines, draft): Nothing has to be ordered."
    assert orders.messages[["kind", "text"]].values.tolist() == [["nothing_due", "Nothing has to be ordered."]]
    assert orders.to_frame().columns.tolist() == COLUMNS
    assert orders.to_csv() == ",".join(FILE_COLUMNS) + "\n"
    assert "Nothing has to be ordered." in orders.to_html()
    assert orders.to_excel()[:2] == b"PK"
    assert plan.by_supplier.empty


def test_when_nothing_is_due_the_next_order_is_named(plan: mo.ReplenishmentPlan) -> None:
    orders = plan.generate_orders(until="2026-11-01")
    due = plan.order_lines.query("quantity > 0")["order_date"].min()
    text = f"Nothing has to be ordered now; the next order is due on {due:%Y-%m-%d}."
    assert repr(orders) == f"PurchaseOrders(0 orders, 0 lines, draft): {text}"
    assert orders.messages["text"].tolist() == [text]
    assert text in orders.to_html()
    assert text in orders._repr_html_()
    assert plan.generate_orders().why_empty == ""


def test_lines_in_files_say_what_and_in_which_currency(plan: mo.ReplenishmentPlan) -> None:
    names = dict(zip(plan.inputs.items["item"], plan.inputs.items["name"], strict=True))
    money = {"FAR": "USD", "NEAR": "EUR", "": ""}
    for schedule in (False, True):
        rows = list(csv.DictReader(io.StringIO(plan.generate_orders().to_csv(schedule=schedule))))
        assert rows
        for row in rows:
            assert (row["item_name"], row["currency"]) == (names[row["item"]], money[row["supplier"]])


def test_a_page_is_written_where_a_path_is_given(plan: mo.ReplenishmentPlan, tmp_path: Path) -> None:
    orders = plan.generate_orders()
    path = orders.to_html(tmp_path / "orders.html")
    assert path.read_text(encoding="utf-8") == orders.to_html()


def test_by_supplier_is_where_a_buyer_starts(plan: mo.ReplenishmentPlan) -> None:
    frame = plan.by_supplier
    assert frame.columns.tolist() == [
        "supplier", "name", "location", "order_date", "now", "lines", "units", "value", "currency", "min_order_value",
        "gap_value", "min_order_quantity", "gap_units", "order_id",
    ]  # fmt: skip
    assert frame["units"].sum() == plan.order_lines["quantity"].sum()
    assert frame["order_date"].is_monotonic_increasing
    assert set(frame[frame["now"]]["order_id"]) == set(plan.generate_orders().headers["order_id"])


# ---- states ---------------------------------------------------------------------------------------


def test_orders_go_from_draft_to_approved_to_exported(plan: mo.ReplenishmentPlan) -> None:
    draft = plan.generate_orders()
    approved = draft.approve(who="ML", when="2026-11-25")
    done = approved.exported(who="erp")
    assert [one.state for one in (draft, approved, done)] == ["draft", "approved", "exported"]
    assert done.history == (("approved", "ML", "2026-11-25"), ("exported", "erp", ""))
    with pytest.raises(mo.MoselleError, match=r"^Only draft orders become approved; these are exported\.$"):
        done.approve()
    with pytest.raises(mo.MoselleError, match=r"^Only approved orders become exported; these are draft\.$"):
        draft.exported()


def test_frames_are_copies(plan: mo.ReplenishmentPlan) -> None:
    orders = plan.generate_orders()
    frame = orders.to_frame()
    frame["quantity"] = 0
    assert orders.to_frame()["quantity"].min() > 0


# ---- files ----------------------------------------------------------------------------------------


def test_csv_holds_the_frame(plan: mo.ReplenishmentPlan, tmp_path: Path) -> None:
    orders = plan.generate_orders()
    text = orders.to_csv()
    assert orders.to_csv(tmp_path / "orders.csv") == tmp_path / "orders.csv"
    assert (tmp_path / "orders.csv").read_bytes().decode() == text
    read = pd.read_csv(io.StringIO(text), parse_dates=["order_date", "expected_date"])
    frame = orders.to_frame()
    assert read["item"].tolist() == frame["item"].tolist()
    assert read["quantity"].tolist() == frame["quantity"].tolist()
    assert read["expected_date"].tolist() == frame["expected_date"].tolist()
    assert read["value"].tolist() == pytest.approx(frame["value"].tolist())


def test_excel_holds_orders_lines_and_messages(plan: mo.ReplenishmentPlan, tmp_path: Path) -> None:
    orders = plan.generate_orders()
    path = orders.to_excel(str(tmp_path / "orders.xlsx"))
    assert path == tmp_path / "orders.xlsx"
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Orders", "Lines", "Messages"]
    rows = list(book["Lines"].iter_rows(values_only=True))
    assert rows[0] == tuple(name.replace("_", " ") for name in FILE_COLUMNS)
    assert [row[5] for row in rows[1:]] == orders.to_frame()["item"].tolist()
    assert [row[6] for row in rows[1:]] == orders.to_frame()["quantity"].tolist()


def test_the_schedule_is_exported_apart_and_marked_not_firm(plan: mo.ReplenishmentPlan) -> None:
    orders = plan.generate_orders()
    rows = list(csv.DictReader(io.StringIO(orders.to_csv(schedule=True))))
    assert [row["order_id"] for row in rows] == orders.schedule["order_id"].tolist()
    assert {row["firm"] for row in rows} == {"False"}
    book = openpyxl.load_workbook(io.BytesIO(orders.to_excel(schedule=True)))
    assert book.sheetnames == ["Schedule, not firm"]
    assert book["Schedule, not firm"].max_row == len(orders.schedule) + 1


def test_what_no_sheet_holds_goes_on_in_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("moselle_nb.plans.spreadsheet.MOST_ROWS", 3)
    book = openpyxl.load_workbook(io.BytesIO(workbook({"Lines": pd.DataFrame({"n": range(7)})}, "t")))
    found = {sheet.title: [row[0] for row in sheet.iter_rows(values_only=True)] for sheet in book}
    assert found == {"Lines": ["n", 0, 1, 2], "Lines 2": ["n", 3, 4, 5], "Lines 3": ["n", 6]}


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_runs(text: str) -> None:
    frame = pd.DataFrame({"item": [text], "quantity": [-2.0], text: ["x"]})
    rows = list(csv.reader(io.StringIO(csv_text(frame))))
    for cell in (rows[0][2], rows[1][0]):
        assert cell.startswith("'")
        assert not set(cell) & set(map(chr, range(32)))
    assert rows[1][1] == "-2"
    sheet = openpyxl.load_workbook(io.BytesIO(workbook({"Lines": frame}, text)))["Lines"]
    for place in ("C1", "A2"):
        assert sheet[place].data_type == "s"
        assert sheet[place].quotePrefix
    assert (sheet["B2"].value, sheet["B2"].data_type) == (-2, "n")


@pytest.mark.parametrize("text", ["SKU-1", "0017", "a=b", "1E5", "Müller & Söhne", "'quoted'", "a;b", "#N/A", "TRUE"])
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert safe_text(text) == text
    sheet = openpyxl.load_workbook(io.BytesIO(workbook({"Lines": pd.DataFrame({"a": [text, "x"]})}, "t")))["Lines"]
    assert (sheet["A2"].value, sheet["A2"].data_type) == (text, "s")


def test_a_cell_that_a_semicolon_would_split_does_not_run() -> None:
    assert safe_text("bolt; =1+1") == "bolt; '=1+1"


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
def test_hostile_names_reach_no_file_in_a_form_that_runs(name: str) -> None:
    orders = hostile_plan(name).generate_orders(until="2027-02-14")
    assert name in set(orders.to_frame()["item"])
    items = {row[5] for row in csv.reader(io.StringIO(orders.to_csv()))}
    assert (f"'{name}" if name.startswith("=") else name) in items
    page = orders.to_html()
    tags = _Tags()
    tags.feed(page)
    assert not tags.seen & {"script", "img", "link", "iframe", "object"}
    assert not tags.attributes & {"src", "href", "onerror", "onload"}


class _Tags(HTMLParser):
    """Which tags and attributes a page has."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[Any]) -> None:
        """Note a tag."""
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_the_page_has_a_section_per_order_and_totals_per_currency(plan: mo.ReplenishmentPlan) -> None:
    orders = plan.generate_orders()
    page = orders.to_html()
    assert page.count("<section>") == len(orders) + 1
    assert all(f"<h2>Order {order}</h2>" in page for order in orders.headers["order_id"])
    assert page.count("<caption>") == page.count("<table>") == len(orders) + 1
    totals = orders.headers.groupby("currency", dropna=False)["value"].sum()
    assert len(totals) == 3  # EUR, USD, and an order without a supplier
    for total in totals:
        assert f'<td class="number">{total:,.2f}</td>' in page
    assert f"{orders.headers['value'].sum():,.2f}" not in page
