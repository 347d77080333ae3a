"""Small tables of an allocation that a person can work out."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd

import moselle_nb as mo

AS_OF = dt.date(2026, 11, 23)
COVERAGE = (AS_OF, AS_OF + dt.timedelta(days=9))


def tables(
    stock: dict[str, int], demand: dict[str, float], lanes: list[dict[str, Any]] | None = None, **more: Any
) -> dict[str, pd.DataFrame]:
    """Item A: stock by location, demand per day by location for 60 days, lanes, and other tables as they are."""
    days = pd.date_range(AS_OF, periods=60)
    forecast = [
        {"item": "A", "location": place, "date": day, "quantity": each}
        for place, each in demand.items()
        for day in days
    ]
    found = {
        "items": pd.DataFrame({"item": ["A"], "name": ["Axe"], "unit_cost": [2.0], "unit_price": [5.0]}),
        "locations": pd.DataFrame({"location": sorted({*stock, *demand})}),
        "forecast": pd.DataFrame(forecast),
        "inventory": pd.DataFrame([{"item": "A", "location": place, "on_hand": have} for place, have in stock.items()]),
        **more,
    }
    return found if lanes is None else {**found, "lanes": pd.DataFrame(lanes)}


def lane(source: str, destination: str, unit_cost: float = 0.0, days: int = 0, **more: Any) -> dict[str, Any]:
    """One row of the lanes table."""
    given = {"source": source, "destination": destination, "unit_cost": unit_cost, "lead_time_days": days}
    return {**given, "pack": None, "transfer_minimum": None, **more}


def allocated(found: dict[str, pd.DataFrame], **settings: Any) -> mo.AllocationPlan:
    """Allocate them from W, or from other sources."""
    config = mo.AllocationConfig(**{"name": "a", "source": "W", "coverage": COVERAGE, **settings})
    return mo.allocate(mo.load(found, as_of=AS_OF), config)


def sent(plan: mo.AllocationPlan) -> dict[tuple[str, str], int]:
    """Units by source and location, those above 0."""
    lines = plan.lines[plan.lines["allocated"] > 0]
    keys = zip(lines["source"], lines["location"], strict=True)
    return dict(zip(keys, lines["allocated"].astype(int).tolist(), strict=True))
