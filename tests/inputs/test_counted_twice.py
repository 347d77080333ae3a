"""A warehouse whose own forecast is the sum of what it feeds is warned about: its demand would count twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import moselle_nb as mo

if TYPE_CHECKING:
    from collections.abc import Mapping

WEEKS = ["2026-11-23", "2026-11-30", "2026-12-07", "2026-12-14"]

Quantities = list[float]


def warnings(forecasts: Mapping[tuple[str, str], Quantities], **tables: Any) -> list[tuple[Any, ...]]:
    """Load weekly forecasts by item and location, with lanes from DC to S1 and S2, and give what was warned about."""
    lines = [
        (item, place, week, quantity)
        for (item, place), quantities in forecasts.items()
        for week, quantity in zip(WEEKS, quantities, strict=False)
    ]
    found = {
        "forecast": pd.DataFrame(lines, columns=["item", "location", "date", "quantity"]),
        "locations": pd.DataFrame({"location": ["DC", "S1", "S2"]}),
        "suppliers": pd.DataFrame({"supplier": ["ACME"]}),
        "lanes": pd.DataFrame({"source": ["DC", "DC"], "destination": ["S1", "S2"]}),
        **tables,
    }
    quality = mo.load({name: frame for name, frame in found.items() if frame is not None}, as_of=WEEKS[0]).quality
    rows = quality[quality["rule"].str.startswith("demand counted twice")]
    assert rows[["rule", "what_was_done"]].map(len).to_numpy().max(initial=0) <= pd.get_option("display.max_colwidth")
    return list(rows[["table", "rule", "count", "examples", "what_was_done"]].itertuples(index=False, name=None))


STORES = {("A", "S1"): [10.0] * 4, ("A", "S2"): [30.0] * 4, ("B", "S1"): [5.0] * 4, ("B", "S2"): [5.0] * 4}


def warehouse(a: Quantities, b: Quantities) -> dict[tuple[str, str], Quantities]:
    return {**STORES, ("A", "DC"): a, ("B", "DC"): b}


def said(count: int, examples: str) -> list[tuple[Any, ...]]:
    what = "kept: the sum of what it feeds (see demand_from)"
    return [("forecast", "demand counted twice at DC", count, examples, what)]


def test_the_sum_of_the_stores_is_warned_about() -> None:
    assert warnings(warehouse([40.0] * 4, [10.0] * 4)) == said(2, "(A, DC), (B, DC)")


def test_five_percent_look_alike_and_more_do_not() -> None:
    # A: 160 at the stores, 168 and 152 are 5 % off; B: 40 at the stores, 43 is 7.5 % off.
    assert warnings(warehouse([42.0] * 4, [10.0] * 4)) == said(2, "(A, DC), (B, DC)")
    assert warnings(warehouse([38.0] * 4, [10.0] * 4)) == said(2, "(A, DC), (B, DC)")
    assert warnings(warehouse([42.01] * 4, [10.75] * 4)) == []


def test_one_item_of_two_is_a_coincidence() -> None:
    assert warnings(warehouse([40.0] * 4, [3.0] * 4)) == []


def test_other_days_may_fall_otherwise_but_only_common_buckets_count() -> None:
    assert warnings(warehouse([160.0, 0.0, 0.0, 0.0], [0.0, 40.0, 0.0, 0.0])) == said(2, "(A, DC), (B, DC)")
    short = {key: quantities[:2] for key, quantities in STORES.items()}
    grown = {**short, ("A", "DC"): [40.0, 40.0, 900.0, 900.0], ("B", "DC"): [10.0, 10.0, 700.0, 700.0]}
    assert warnings(grown) == said(2, "(A, DC), (B, DC)")


@pytest.mark.parametrize(
    "tables",
    [
        pytest.param({"lanes": None}, id="no lanes"),
        pytest.param(
            {"lanes": pd.DataFrame({"source": ["S1"], "destination": ["DC"]})}, id="a lane the other way round"
        ),
        pytest.param({"sourcing": pd.DataFrame({"item": ["A", "B"], "supplier": "ACME"})}, id="bought everywhere"),
        pytest.param(
            {"sourcing": pd.DataFrame({"item": ["A", "B"], "location": "S2", "supplier": "ACME"})}, id="S2 is bought"
        ),
    ],
)
def test_what_no_lane_asks_for_counts_once(tables: dict[str, Any]) -> None:
    assert warnings(warehouse([40.0] * 4, [10.0] * 4), **tables) == []


def test_a_warehouse_without_a_forecast_or_without_demand() -> None:
    assert warnings(STORES) == []
    assert warnings(warehouse([0.0] * 4, [0.0] * 4)) == []
