"""Small allocations for tests: stock of one item at HUB, constant demand a day at a few shops, one clock."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pandas as pd

import moselle_nb as mo

if TYPE_CHECKING:
    from collections.abc import Mapping

AS_OF = dt.date(2026, 11, 23)
LAST = dt.date(2026, 12, 20)
"""28 days: four weeks from a Monday."""


def tables(
    demand: Mapping[str, float], on_hand: Mapping[str, float], others: Mapping[str, pd.DataFrame] | None = None
) -> dict[str, pd.DataFrame]:
    """Give tables of one item with a demand a day by location, its stock by location, and any other tables."""
    item = "A"
    places = sorted({*demand, *on_hand, "HUB"})
    weeks = pd.date_range(AS_OF, periods=12, freq="7D")
    return {
        "items": pd.DataFrame({"item": [item], "unit_cost": [2.0], "unit_price": [5.0]}),
        "locations": pd.DataFrame({"location": places, "priority": [9] * len(places)}),
        "forecast": pd.DataFrame(
            [(item, place, week, 7 * units) for place, units in demand.items() for week in weeks],
            columns=["item", "location", "date", "quantity"],
        ),
        "inventory": pd.DataFrame(
            [(item, place, units) for place, units in on_hand.items()], columns=["item", "location", "on_hand"]
        ),
        **(others or {}),
    }


def config(**settings: Any) -> mo.AllocationConfig:
    """Give a configuration of these weeks, out of HUB."""
    return mo.AllocationConfig(**{"name": "Push", "source": "HUB", "coverage": (AS_OF, LAST), **settings})


def allocation(
    demand: Mapping[str, float],
    on_hand: Mapping[str, float],
    others: Mapping[str, pd.DataFrame] | None = None,
    **settings: Any,
) -> mo.AllocationPlan:
    """Allocate one item; see `tables` and `config`."""
    return mo.allocate(mo.load(tables(demand, on_hand, others), as_of=AS_OF), config(**settings))


def lanes(*rows: tuple[Any, ...]) -> pd.DataFrame:
    """Give a table of lanes: source, destination, lead time, pack, transfer minimum."""
    columns = ["source", "destination", "lead_time_days", "pack", "transfer_minimum"]
    return pd.DataFrame([(*row, *(None,) * (5 - len(row))) for row in rows], columns=columns)


def constraints(*rows: tuple[str, str | None, str, Any]) -> pd.DataFrame:
    """Give a table of constraints: scope, key, field, value."""
    return pd.DataFrame(rows, columns=["scope", "key", "field", "value"]).astype(object)


def allocated(plan: mo.AllocationPlan) -> dict[str, list[int]]:
    """Give what each location gets, ship date by ship date."""
    frame = plan.lines.sort_values(["location", "date"])
    return {str(place): part["allocated"].astype(int).tolist() for place, part in frame.groupby("location")}
