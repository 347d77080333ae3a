"""Two plans of one forecast: who promises what, and what moving first saves."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest

import moselle_nb as mo

DAYS = pd.date_range("2026-11-23", periods=28)
COVERAGE = (dt.date(2026, 11, 23), dt.date(2026, 12, 20))


def forecast(**per_day: int) -> pd.DataFrame:
    """Return one unit of demand a day, or so many, for item A at each location."""
    parts = [
        pd.DataFrame({"item": "A", "location": place, "date": DAYS, "quantity": units})
        for place, units in per_day.items()
    ]
    return pd.concat(parts, ignore_index=True)


def tables(stock: dict[str, int], demand: dict[str, int], **more: Any) -> dict[str, Any]:
    return {
        "items": pd.DataFrame(
            {"item": ["A"], "supplier": ["ACME"], "unit_cost": [2.0], "unit_price": [5.0], "lead_time_days": [7]}
        ),
        "forecast": forecast(**demand),
        "inventory": pd.DataFrame({"item": "A", "location": list(stock), "on_hand": list(stock.values())}),
        **more,
    }


def plans(given: dict[str, Any], **settings: Any) -> tuple[mo.ReplenishmentPlan, mo.AllocationPlan]:
    data = mo.load(given, as_of="2026-11-23")
    safety = mo.SafetyStock("none")
    buying = mo.replenish(data, mo.ReplenishmentConfig(name="buy", coverage=COVERAGE, safety_stock=safety))
    moving = mo.allocate(data, mo.AllocationConfig(name="move", source="DC", coverage=COVERAGE, **settings))
    return buying, moving


def rows_of(both: mo.Comparison) -> dict[str, dict[Any, Any]]:
    frame = both.by_row
    return dict(zip(frame["location"], frame.to_dict("records"), strict=True))


def test_moving_first_buys_less() -> None:
    """The warehouse has 100 and needs none; the shop has 0, sells 2 a day and buys with a lead time of 7 days.

    Without anything 28 × 2 = 56 go unserved. Buying serves all but the first 7 days: 14 unserved, 42 bought on the
    judged days; the order of the last day in coverage covers 7 days more, of which it buys what its window needs.
    Moving 56 on the first day serves all of coverage, so that nothing need be bought for its 28 days.
    """
    both = mo.compare(*plans(tables({"DC": 100, "SHOP": 0}, {"SHOP": 2})))
    shop = rows_of(both)["SHOP"]
    names = ("moved_in", "unserved_neither", "unserved_buy", "unserved_move", "unserved_both")
    assert [shop[name] for name in names] == [56, 56, 14, 0, 0]
    assert shop["buy_units"] - shop["buy_after_move"] == 42
    row = both.summary.to_dict("records")[0]
    assert (row["item"], row["need"], row["buy_less_units"], row["buy_less_value"]) == ("A", 56, 42, 84)
    assert both.move_now["item"].tolist() == ["A"]
    assert both.promised_twice.empty


def test_a_unit_promised_twice_is_found() -> None:
    """The warehouse has 28 and sells 1 a day itself: its replenishment plan orders nothing on the strength of them.

    The allocation ignores that demand and ships all 28 to the shop, which needs 56. Every unit is promised twice.
    """
    both = mo.compare(*plans(tables({"DC": 28, "SHOP": 0}, {"DC": 1, "SHOP": 2}), source_demand="ignore"))
    assert both.promised_twice[["location", "moved_out", "unserved_buy", "unserved_both"]].values.tolist() == [
        ["DC", 28, 0, 56 - 28],
    ]
    assert both.totals["promised_twice"] == 28
    entries = both.ledger[both.ledger["location"] == "DC"]
    # Past coverage the warehouse orders for the days that its last order dates serve; the ledger shows that, too.
    known = entries[entries["kind"].isin(["on_hand", "shipped", "demand"])]
    assert known[["kind", "quantity"]].values.tolist() == [["on_hand", 28], ["shipped", -28], ["demand", -28]]


def test_lanes_turn_moves_into_what_the_warehouse_need_not_send() -> None:
    """Over a lane the warehouse buys for its shop; what has been moved is no longer asked of it.

    The shop needs 56 in coverage, the warehouse has 20. The plan over lanes buys the rest for the warehouse. Shipping
    the 20 now changes where they are, not how much is missing in all.
    """
    lanes = pd.DataFrame({"source": ["DC"], "destination": ["SHOP"], "lead_time_days": [0]})
    both = mo.compare(*plans(tables({"DC": 20, "SHOP": 0}, {"SHOP": 2}, lanes=lanes)))
    rows = rows_of(both)
    assert rows["SHOP"]["buy_units"] == 0
    assert rows["DC"]["buy_units"] > 0
    assert rows["DC"]["buy_less_units"] == 0
    assert rows["SHOP"]["unserved_move"] == 56 - 20


def test_the_table_has_words_and_live_numbers() -> None:
    buying, moving = plans(tables({"DC": 100, "SHOP": 0}, {"SHOP": 2}))
    both = mo.compare(moving, buying)
    assert both.replenishment is buying
    found = {name: (buy, move) for name, buy, move in both.table.itertuples(index=False, name=None)}
    assert found["ends in"] == ("purchase orders", "transfers")
    assert found["lines"][1] == "1 transfer line"
    assert found["units"][1] == "56 moved"
    assert found["unserved without it"] == ("56 units", "56 units")
    assert repr(both).startswith("Comparison(")


def test_plans_of_other_tables_are_refused() -> None:
    buying, moving = plans(tables({"DC": 100, "SHOP": 0}, {"SHOP": 2}))
    other, _ = plans(tables({"DC": 90, "SHOP": 0}, {"SHOP": 3}))
    with pytest.raises(mo.ConfigError) as refused:
        mo.compare(other, moving)
    assert "both plans stand on the same forecast" in str(refused.value)
    assert "(A, DC)" in str(refused.value)
    with pytest.raises(TypeError, match="received ReplenishmentPlan and ReplenishmentPlan"):
        mo.compare(buying, other)
