"""A manufacturer's 3,451 items, through the public names: load, plan, check, edit, generate orders.

The set has no licence and is read from where it lies: `MOSELLE_NB_SHARED`, or `shared` beside the repository.
It has no stock and no forecast: the mean of the last 26 weeks is the forecast, four weeks of it the stock.
"""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

import moselle_nb as mo

if TYPE_CHECKING:
    from moselle_nb import PlanningData, ReplenishmentPlan

SHARED = Path(os.environ.get("MOSELLE_NB_SHARED", Path(__file__).parents[3] / "shared"))
MAN = SHARED / "data" / "man"
AS_OF = dt.date(2014, 11, 17)  # the Monday after the last week of the set, week 46 of 2014
COVERAGE = (AS_OF, dt.date(2015, 2, 8))  # 12 weeks
FORECAST_WEEKS = 40
LOCATION = "NL"

pytestmark = pytest.mark.skipif(
    not (MAN / "man_items.parquet").exists(),
    reason=f"The set is not at {MAN}; set MOSELLE_NB_SHARED to the folder that holds data/man.",
)


def weekly_means() -> pd.Series[float]:
    demand = pd.read_parquet(MAN / "man_demand.parquet")
    recent = demand[demand["t"] > demand["t"].max() - 26]
    return recent.groupby("sku")["demand"].mean()


@pytest.fixture(scope="module")
def items() -> pd.DataFrame:
    table = pd.read_parquet(MAN / "man_items.parquet")
    return pd.DataFrame(
        {
            "item": table["sku"],
            "supplier": np.where(table["lead_time_weeks"] == 16, "Asia", "NL"),
            "unit_cost": table["unit_cost_eur"],
            "lead_time_days": table["lead_time_weeks"] * 7,
            "moq": np.ceil(table["moq"]),
            "order_multiple": table["pack"],
            "order_cost": table["order_cost_eur"],
            "holding_cost": table["holding_eur_per_unit_year"] / 365,
        }
    )


@pytest.fixture(scope="module")
def data(items: pd.DataFrame) -> PlanningData:
    mean = weekly_means().reindex(items["item"]).to_numpy()
    weeks = pd.date_range(AS_OF, periods=FORECAST_WEEKS, freq="7D")
    forecast = pd.DataFrame(
        {
            "item": np.repeat(items["item"].to_numpy(), FORECAST_WEEKS),
            "location": LOCATION,
            "date": np.tile(weeks.to_numpy(), len(items)),
            "quantity": np.repeat(mean.astype(float), FORECAST_WEEKS),
        }
    )
    stock = pd.DataFrame({"item": items["item"], "location": LOCATION, "on_hand": np.ceil(4 * mean)})
    return mo.load({"items": items, "forecast": forecast, "inventory": stock}, as_of=AS_OF)


@pytest.fixture(scope="module")
def plan(data: PlanningData) -> ReplenishmentPlan:
    return mo.replenish(data, mo.ReplenishmentConfig(name="MAN", coverage=COVERAGE))


def test_the_set_is_planned_as_a_whole(data: PlanningData, plan: ReplenishmentPlan) -> None:
    assert data.n_rows == 3451
    assert plan.n_rows == 3451
    assert plan.check().ok


def test_orders_keep_to_pack_and_moq_and_arrive_after_the_lead_time(
    plan: ReplenishmentPlan, items: pd.DataFrame
) -> None:
    rules = items.assign(item=items["item"].astype(str)).set_index("item")
    lines = plan.order_lines
    assert len(lines) > 0
    ordered = rules.loc[lines["item"]].reset_index()
    assert (lines["quantity"].to_numpy() % ordered["order_multiple"].to_numpy() == 0).all()
    assert (lines["quantity"].to_numpy() >= ordered["moq"].to_numpy()).all()
    # No closures: a lead time of n days is n calendar days.
    days = (lines["arrival_date"] - lines["order_date"]).dt.days
    assert (days.to_numpy() == ordered["lead_time_days"].to_numpy()).all()


def test_what_sold_nothing_for_half_a_year_is_not_bought(plan: ReplenishmentPlan) -> None:
    mean = weekly_means()
    idle = set(mean.index[mean == 0].astype(str))
    assert len(idle) > 1000
    assert idle.isdisjoint(plan.order_lines["item"])
    summary = plan.summary.set_index("item")
    assert set(summary.loc[sorted(idle), "status"]) == {"no_demand"}


def test_four_weeks_of_stock_do_not_last_the_lead_time(plan: ReplenishmentPlan) -> None:
    # Stock is rounded up to whole units, so it lasts at least 28 days; lead times are 49 and 112 days. What
    # sells more than a unit a day has stock for at most 29 days: no order can prevent its stockout.
    mean = weekly_means()
    quick = mean.index[mean > 7].astype(str)
    assert len(quick) > 100
    summary = plan.summary.set_index("item").loc[quick]
    assert set(summary["status"]) == {"unavoidable"}
    assert set(summary["reason"]) == {"lead_time_gap"}


def test_an_edit_changes_its_own_row_only(plan: ReplenishmentPlan, items: pd.DataFrame) -> None:
    line = plan.order_lines.sort_values("value").iloc[-1]
    pack = int(items.set_index(items["item"].astype(str)).loc[line["item"], "order_multiple"])
    edited = plan.edit(line["item"], LOCATION, line["order_date"], line["quantity"] + pack, reason="project")
    assert edited.check().ok
    before, after = plan.order_lines, edited.order_lines
    pd.testing.assert_frame_equal(
        before[before["item"] != line["item"]].reset_index(drop=True),
        after[after["item"] != line["item"]].reset_index(drop=True),
    )
    same_line = (after["item"] == line["item"]) & (after["order_date"] == line["order_date"])
    assert after.loc[same_line, "quantity"].tolist() == [line["quantity"] + pack]
    assert edited.undo().fingerprint == plan.fingerprint


def test_orders_of_today_by_supplier(plan: ReplenishmentPlan) -> None:
    orders = plan.generate_orders().to_frame()
    today = plan.order_lines[plan.order_lines["order_date"] == pd.Timestamp(AS_OF)]
    assert orders["quantity"].sum() == today["quantity"].sum()
    assert set(orders["supplier"]) == {"Asia", "NL"}
    assert orders["order_id"].nunique() == 2
    again = plan.generate_orders().to_frame()
    assert orders["order_id"].tolist() == again["order_id"].tolist()
