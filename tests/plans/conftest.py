"""Plans that tests alter: small, with every kind of row."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import moselle_nb as mo

if TYPE_CHECKING:
    from moselle_nb.plans.resolved import ResolvedInputs

AS_OF = dt.date(2026, 11, 25)


@dataclass(frozen=True)
class Shown:
    """What a plan shows, to be altered: `replace` makes one that shows something else."""

    inputs: ResolvedInputs
    config: mo.ReplenishmentConfig
    lines: pd.DataFrame
    order_lines: pd.DataFrame
    summary: pd.DataFrame
    at_risk: pd.DataFrame
    edits: pd.DataFrame
    messages: pd.DataFrame
    open_orders: pd.DataFrame
    conflicts: pd.DataFrame

    def lines_for(self, *, rows: Any) -> pd.DataFrame:
        """Give the lines of some rows; lines of no row of the plan come along with the first."""
        names = self.summary_names
        wanted = {names[int(row)] for row in rows}
        known = set(names)
        keys = list(zip(self.lines["item"], self.lines["location"], strict=True))
        keep = [key in wanted or (0 in rows and key not in known) for key in keys]
        return self.lines[keep]

    @property
    def summary_names(self) -> list[tuple[str, str]]:
        """Give item and location of each row."""
        inputs = self.inputs
        items, places = inputs.items["item"].tolist(), inputs.locations["location"].tolist()
        return [(items[i], places[j]) for i, j in zip(inputs.item, inputs.location, strict=True)]

    def but(self, **frames: Any) -> Shown:
        """Give the same with other frames."""
        return replace(self, **frames)


def shown(plan: mo.ReplenishmentPlan) -> Shown:
    """Take what a plan shows."""
    frames = (plan.lines, plan.order_lines, plan.summary, plan.at_risk, plan.edits, plan.messages, plan.open_orders)
    return Shown(plan.inputs, plan.config, *frames, plan.conflicts)


def tables() -> dict[str, pd.DataFrame]:
    """Six items at two locations: rules on orders, some of which clash, waiting demand, open orders, closures."""
    items = pd.DataFrame({
        "item": ["A", "B", "C", "D", "E", "F"],
        "name": ["Axe", "Bucket", "Chisel", "Drill", "Edger", "File"],
        "product_line": ["Garden", "Garden", "Tools", "Tools", "Garden", "Tools"],
        "supplier": ["NEAR", "NEAR", "FAR", "FAR", None, "NEAR"],
        "unit_cost": [2.5, 4.0, 10.0, 99.95, 3.0, np.nan], "unit_price": [4.0, np.nan, 15.0, 150.0, 5.0, 2.0],
        "status": ["active"] * 5 + ["phase_out"], "moq": [24, np.nan, 50, 10, np.nan, np.nan],
        "order_multiple": [12, np.nan, 10, 5, np.nan, np.nan], "max_order": [np.nan, 60, 400, np.nan, np.nan, np.nan],
        "max_stock": [np.nan, 150, np.nan, 60, np.nan, np.nan], "unmet": [None, "backorder", None, None, None, None],
    })  # fmt: skip
    keys = pd.MultiIndex.from_product([items["item"], ["METZ", "NANCY"]], names=["item", "location"]).to_frame(
        index=False
    )
    weeks = pd.DataFrame({"date": pd.date_range("2026-11-23", periods=18, freq="7D")})
    forecast = keys.merge(weeks, how="cross")
    rng = np.random.default_rng(5)
    forecast["quantity"] = np.round(rng.uniform(0, 60, len(forecast)), 2)
    forecast["sd"] = 8.0
    inbound = keys.iloc[[0, 2, 5, 7]].assign(
        date=pd.to_datetime(["2026-11-20", "2026-11-30", "2026-12-05", "2026-12-28"])
    )
    return {
        "items": items, "locations": pd.DataFrame({"location": ["METZ", "NANCY"]}), "forecast": forecast,
        "inventory": keys.assign(on_hand=rng.integers(0, 150, len(keys)), committed=3),
        "inbound": inbound.assign(quantity=[40, 30, 25, 60], reference="PO"),
        "suppliers": pd.DataFrame({
            "supplier": ["FAR", "NEAR"], "name": ["Far Ltd", "Near GmbH"], "currency": ["USD", "EUR"],
            "lead_time_days": [30, 5], "order_weekdays": [None, "mon,thu"], "min_order_value": [5000, np.nan],
        }),
        "constraints": pd.DataFrame({
            "scope": "item", "key": "E", "location": "NANCY", "field": ["moq", "max_order"], "value": ["90", "80"],
        }),
        "closures": pd.DataFrame({
            "scope": ["supplier", "location"], "key": ["NEAR", "METZ"],
            "from": pd.to_datetime(["2026-12-24", "2026-12-05"]), "to": pd.to_datetime(["2027-01-01", "2026-12-06"]),
        }),
    }  # fmt: skip


@pytest.fixture(scope="session")
def plan() -> mo.ReplenishmentPlan:
    """A plan with two edits, one of them forced."""
    data = mo.load(tables(), as_of=AS_OF)
    config = mo.ReplenishmentConfig(
        name="Q1 = plan", coverage=(dt.date(2026, 11, 30), dt.date(2027, 2, 14)), lead_time_days=14,
        safety_stock=mo.SafetyStock("cycle_service_level", 0.95),
    )  # fmt: skip
    made = mo.replenish(data, config)
    day = made.order_dates(made.row_of("A", "METZ"))[2]
    made = made.edit("A", "METZ", str(day), 48, reason="promotion")
    other = made.order_dates(made.row_of("C", "NANCY"))[1]
    return made.edit("C", "NANCY", str(other), 33, reason="last pallet", force=True, who="ML", when="2026-11-25")


@pytest.fixture
def as_shown(plan: mo.ReplenishmentPlan) -> Shown:
    """Give what the plan shows, to be altered."""
    return shown(plan)
