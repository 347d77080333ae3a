"""Every allocated unit comes from stock or from a receipt, and nothing gives more than it has."""

from __future__ import annotations

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.effort import count
from tests.oracles.allocation_instances import random_allocation
from tests.oracles.planned_allocation import allocation_of
from tests.plans.allocation_tables import allocated, lane, tables

KEYS = ["item", "source", "location", "date"]


def inbound(*orders: tuple[str, str, int, str | None]) -> pd.DataFrame:
    """Open orders of item A: location, date, units, reference."""
    return pd.DataFrame([
        {"item": "A", "location": place, "date": pd.Timestamp(day), "quantity": units, "reference": name}
        for place, day, units, name in orders
    ])  # fmt: skip


def pieces(frame: pd.DataFrame) -> list[tuple[str, str, str, str | None, int]]:
    """Location, ship date, kind, reference and units of each row."""
    name = [None if pd.isna(each) else each for each in frame["reference"]]
    columns = (frame["location"], frame["date"].dt.strftime("%m-%d"), frame["kind"], name)
    return [*zip(*columns, frame["quantity"].astype(int), strict=True)]


def test_stock_is_used_first_then_receipts_by_date_and_earlier_ship_dates_first() -> None:
    # W: 12 on hand less 2 committed and 1 held back = 9; 5 of PO-1 overdue, 8 of PO-2 on 25 November.
    # S needs 2 a day: 23 Nov for 4 days = 8, 27 Nov for 6 days = 12. 8 of the 9 go at once; then the last one, 5 and 6.
    found = tables({"W": 12, "S": 0}, {"S": 2}, [lane("W", "S")])
    found["inventory"]["committed"] = [2, 0]
    found["inbound"] = inbound(("W", "2026-11-25", 8, "PO-2"), ("W", "2026-11-20", 5, "PO-1"))
    plan = allocated(found, ship_every_days=4, hold_back=1, coverage=("2026-11-23", "2026-12-02"), cover_days=6)
    first = [("S", "11-23", "on_hand", None, 8)]
    then = [("S", "11-27", "on_hand", None, 1), ("S", "11-27", "scheduled", "PO-1", 5)]
    assert pieces(plan.pegging)[:4] == [*first, *then, ("S", "11-27", "scheduled", "PO-2", 2)]
    days = plan.pegging["receipt_date"].dt.strftime("%m-%d").tolist()[:4]
    assert days[2:] == ["11-23", "11-25"]
    assert pd.isna(days[0])


def test_nothing_allocated_is_pegged_to_nothing() -> None:
    assert len(allocated(tables({"W": 0, "S": 9}, {"S": 1}, [lane("W", "S")])).pegging) == 0


def test_a_source_that_keeps_more_than_has_landed_leaves_the_next_one_alone() -> None:
    # V: 5 on hand, 14 committed, 19 on 9 December, of which its own need of 2 a day counts 19: 9 more than are free.
    # W has 5 and S needs them all on the first day.
    found = tables({"V": 5, "W": 5, "S": 0}, {"V": 2, "S": 1}, [lane("V", "S"), lane("W", "S")])
    found["inventory"]["committed"] = [14, 0, 0]
    found["inbound"] = inbound(("V", "2026-12-05", 19, "PO-1"))
    plan = allocated(found, source=("V", "W"), ship_every_days=10, coverage=("2026-11-23", "2026-12-22"))
    assert pieces(plan.pegging)[:1] == [("S", "11-23", "on_hand", None, 5)]
    assert plan.check().ok


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=count("checked_allocations"))
def test_pieces_add_up_and_no_supply_gives_more_than_it_has(seed: int) -> None:
    plan = allocation_of(random_allocation(seed))
    frame, lines = plan.pegging, plan.lines
    assert (frame["quantity"] > 0).all()
    assert (frame["receipt_date"].isna() | (frame["receipt_date"] <= frame["date"])).all()
    total = frame.groupby(KEYS)["quantity"].sum()
    assert total.to_dict() == lines[lines["allocated"] > 0].set_index(KEYS)["allocated"].to_dict()
    pools = plan.inputs.pools
    of_stock = frame[frame["kind"] == "on_hand"].groupby(["item", "source"])["quantity"].sum()
    of_receipts = frame[frame["kind"] != "on_hand"].groupby(["item", "source", "receipt_date"])["quantity"].sum()
    items, places = plan.inputs.items["item"], plan.inputs.locations["location"]
    for pool, (item, source) in enumerate(zip(pools.item, pools.source, strict=True)):
        key = items.iat[item], places.iat[source]
        free = max(0.0, pools.on_hand[pool] - pools.committed[pool] - pools.hold_back[pool])
        assert of_stock.get(key, 0) <= free
        here = slice(*pools.receipts.starts[pool : pool + 2])
        landed = pd.Series(pools.receipts.quantity[here]).groupby(pools.receipts.day[here]).sum()
        for day, units in landed.items():
            assert of_receipts.get((*key, pd.Timestamp(plan.inputs.date(int(day)))), 0) <= units  # type: ignore[call-overload]
