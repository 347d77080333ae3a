"""Transfers: which lines, under which ids, in which state; files that no spreadsheet runs."""

from __future__ import annotations

import csv
import io

import openpyxl
import pandas as pd
import pytest

import moselle_nb as mo
from tests.plans.allocation_tables import AS_OF, allocated, lane, tables

COLUMNS = ["transfer_id", "source", "location", "ship_date", "arrival_date", "item", "quantity", "unit_cost", "value"]


def weekly(name: str = "A") -> mo.AllocationPlan:
    """W serves itself and S, T on two days; T is reached after two days."""
    found = tables({"W": 90}, {"S": 2, "T": 1, "W": 1}, [lane("W", "S"), lane("W", "T", days=2)])
    for table in ("items", "forecast", "inventory"):
        found[table]["item"] = name
    settings = {"name": "Push = now", "source": "W", "coverage": ("2026-11-23", "2026-12-02"), "ship_every_days": 5}
    return mo.allocate(mo.load(found, as_of=AS_OF), mo.AllocationConfig(**settings))


def test_lines_are_what_leaves_and_not_what_the_source_keeps() -> None:
    frame = weekly().generate_transfers().to_frame()
    assert frame.columns.tolist() == COLUMNS
    # S: 5 days of 2, then 5. T: days 2 to 6, then 7 to 9; nothing reaches it before. W keeps its own.
    assert frame[["location", "quantity", "value"]].to_numpy().tolist() == [
        ["S", 10, 20], ["T", 5, 10], ["S", 10, 20], ["T", 3, 6],
    ]  # fmt: skip
    assert (frame["arrival_date"] - frame["ship_date"]).dt.days.tolist() == [0, 2, 0, 2]


def test_generating_again_and_after_an_edit_gives_the_same_ids() -> None:
    plan = weekly()
    first, again = plan.generate_transfers(), plan.generate_transfers()
    assert first.headers["transfer_id"].tolist() == again.headers["transfer_id"].tolist()
    assert first.headers["transfer_id"].is_unique
    assert first.headers["transfer_id"].str.fullmatch("TR-[0-9a-f]{12}").all()
    edited = plan.edit("A", "S", "2026-11-23", 4, reason="closed").generate_transfers()
    assert edited.headers["transfer_id"].tolist() == first.headers["transfer_id"].tolist()
    assert edited.fingerprint != first.fingerprint


def test_headers_add_up() -> None:
    headers = weekly().generate_transfers().headers
    assert headers["units"].tolist() == [10, 5, 10, 3]
    assert headers["value"].tolist() == [20, 10, 20, 6]
    assert headers["lines"].tolist() == [1] * 4


def test_what_leaves_later_than_asked_for_is_a_schedule() -> None:
    transfers = weekly().generate_transfers(until="2026-11-27")
    assert transfers.to_frame()["ship_date"].dt.strftime("%m-%d").tolist() == ["11-23", "11-23"]
    assert transfers.schedule["ship_date"].dt.strftime("%m-%d").tolist() == ["11-28", "11-28"]
    assert not transfers.schedule["firm"].any()
    none = weekly().generate_transfers(until="2026-11-01")
    assert repr(none) == (
        "Transfers(0 transfers, 0 lines, draft): Nothing has to be shipped now; the next transfer is due on 2026-11-23."
    )
    with pytest.raises(mo.MoselleError, match=r"^until is a day such as 2026-12-07, received 'soon'\.$"):
        weekly().generate_transfers(until="soon")


def test_nothing_to_ship_is_no_transfer() -> None:
    transfers = allocated(tables({"W": 0, "S": 90}, {"S": 1}, [lane("W", "S")])).generate_transfers()
    assert repr(transfers) == "Transfers(0 transfers, 0 lines, draft): Nothing has to be shipped."
    assert transfers.messages["kind"].tolist() == ["nothing_due"]
    assert "Nothing has to be shipped." in transfers.to_html()


def test_a_missing_cost_is_said_and_makes_no_total() -> None:
    found = tables({"W": 9}, {"S": 1}, [lane("W", "S")])
    found["items"]["unit_cost"] = float("nan")
    transfers = allocated(found).generate_transfers()
    assert transfers.messages["text"].tolist() == ["1 line without a unit cost; no total is given."]
    assert transfers.headers["value"].isna().all()


def test_transfers_go_from_draft_to_approved_to_exported() -> None:
    draft = weekly().generate_transfers()
    done = draft.approve(who="ML", when="2026-11-25").exported(who="erp")
    assert isinstance(done, mo.Transfers)
    assert done.history == (("approved", "ML", "2026-11-25"), ("exported", "erp", ""))
    with pytest.raises(mo.MoselleError, match=r"^Only draft transfers become approved; these are exported\.$"):
        done.approve()


def test_files_hold_the_frame_and_run_nothing() -> None:
    transfers = weekly("=cmd()").generate_transfers()
    rows = list(csv.DictReader(io.StringIO(transfers.to_csv())))
    assert {row["item"] for row in rows} == {"'=cmd()"}
    assert [float(row["quantity"]) for row in rows] == transfers.to_frame()["quantity"].tolist()
    book = openpyxl.load_workbook(io.BytesIO(transfers.to_excel()))
    assert book.sheetnames == ["Transfers", "Lines", "Messages"]
    cell = book["Lines"]["F2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("=cmd()", "s", True)
    page = transfers.to_html()
    assert page.count("<section>") == len(transfers) + 1
    assert all(f"<h2>Transfer {name}</h2>" in page for name in transfers.headers["transfer_id"])
    assert "<caption>Totals per source</caption>" in page
    assert "<dt>From</dt><dd>W</dd><dt>To</dt><dd>S</dd>" in page


def test_frames_are_copies() -> None:
    transfers = weekly().generate_transfers()
    frame = transfers.to_frame()
    frame["quantity"] = 0
    assert transfers.to_frame()["quantity"].min() > 0
    assert isinstance(frame, pd.DataFrame)
