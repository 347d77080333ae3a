"""A web shop's products in 38 countries, allocated from 60 % of what is needed, through the public names.

Online Retail, donated by Daqing Chen (2015) to the UCI Machine Learning Repository, doi:10.24432/C5BW33, CC BY 4.0.
It is read from where it lies: `MOSELLE_NB_SHARED`, or `shared` beside the repository. The set has no stock: the units
sold in its last twelve weeks are the forecast, and a central warehouse holds 60 % of them.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import moselle_nb as mo

SHARED = Path(os.environ.get("MOSELLE_NB_SHARED", Path(__file__).parents[3] / "shared"))
WEEKLY = SHARED / "data" / "online_retail" / "online_retail_weekly.parquet"
AS_OF, LAST = "2011-09-19", "2011-12-11"
METHODS = ("equal_runout", "proportional", "priority", "marginal_value", "even")

pytestmark = pytest.mark.skipif(
    not WEEKLY.exists(),
    reason=f"The set is not at {WEEKLY}; set MOSELLE_NB_SHARED to the folder that holds data/online_retail.",
)


@pytest.fixture(scope="module")
def sold() -> pd.DataFrame:
    weekly = pd.read_parquet(WEEKLY)
    return weekly[(weekly["week"] >= AS_OF) & (weekly["units"] > 0)]


def forecast(sold: pd.DataFrame) -> pd.DataFrame:
    names = {"product": "item", "country": "location", "week": "date", "units": "quantity"}
    return sold.rename(columns=names)[list(names.values())]


@pytest.fixture(scope="module")
def data(sold: pd.DataFrame) -> mo.PlanningData:
    price = sold.groupby("product")["median_price_gbp"].median()
    need = sold.groupby("product")["units"].sum()
    tables = {
        "items": pd.DataFrame({
            "item": price.index, "unit_price": price.to_numpy(), "unit_cost": price.to_numpy() / 2, "forecast_cv": 0.5,
        }),
        "forecast": forecast(sold),
        "inventory": pd.DataFrame({"item": need.index, "location": "DC", "on_hand": np.floor(0.6 * need.to_numpy())}),
    }  # fmt: skip
    return mo.load(tables, as_of=AS_OF)


def allocated(data: mo.PlanningData, **settings: Any) -> mo.AllocationPlan:
    """Allocate; products stop selling with their last week."""
    settings = {"name": "Autumn", "source": "DC", "coverage": (AS_OF, LAST), "beyond_forecast": "cut", **settings}
    return mo.allocate(data, mo.AllocationConfig(**settings))


@pytest.mark.parametrize("method", METHODS)
def test_sixty_per_cent_is_divided_to_the_unit(data: mo.PlanningData, sold: pd.DataFrame, method: str) -> None:
    plan = allocated(data, method=method)
    summary = plan.summary.set_index("item")
    need = sold.groupby("product")["units"].sum()
    there = np.floor(0.6 * need)
    assert summary["need"].equals(need.reindex(summary.index).astype(float).rename("need"))
    assert (summary["allocated"] <= there.reindex(summary.index)).all()
    if method != "marginal_value":  # which keeps a unit that is not expected to earn anything
        assert summary["allocated"].sum() == there.sum()
    lines = plan.lines
    assert (lines["allocated"] == np.floor(lines["allocated"])).all()
    assert (lines["allocated"] <= np.ceil(lines["need"])).all()
    report = plan.check()
    assert report.ok, report


def test_equal_runout_leaves_nobody_far_behind(data: mo.PlanningData, sold: pd.DataFrame) -> None:
    """With packs of one, no country that still lacks a unit runs out before another one's last unit is reached.

    Recomputed here from the table alone, week by week: a country's cover is the days until its units are sold.
    """
    lines = allocated(data).lines
    weeks = pd.date_range(AS_OF, periods=12, freq="7D")
    for item, part in list(lines.groupby("item"))[:300]:
        paths = sold[sold["product"] == item].pivot_table(
            index="country", columns="week", values="units", aggfunc="sum"
        )
        daily = paths.reindex(columns=weeks).fillna(0.0) / 7

        def cover(place: str, units: float, daily: pd.DataFrame = daily) -> float:
            if units <= 0:
                return 0.0
            path = np.repeat(daily.loc[place].to_numpy(), 7)
            total = path.cumsum()
            day = int(np.searchsorted(total, units - 1e-6))
            return 365.0 if day == len(total) else day + (units - (total[day] - path[day])) / path[day]

        got = dict(zip(part["location"], part["allocated"], strict=True))
        needed = dict(zip(part["location"], part["need"], strict=True))
        last = max((cover(place, units - 1) for place, units in got.items() if units > 0), default=0.0)
        lacking = [cover(place, units) for place, units in got.items() if units < needed[place]]
        assert last <= min(lacking, default=365.0) + 0.05, item


def test_the_home_country_shares_its_own_stock(sold: pd.DataFrame) -> None:
    need = sold.groupby("product")["units"].sum()
    tables = {
        "forecast": forecast(sold),
        "inventory": pd.DataFrame(
            {"item": need.index, "location": "United Kingdom", "on_hand": np.floor(0.6 * need.to_numpy())}
        ),
    }
    home = mo.load(tables, as_of=AS_OF)
    config = mo.AllocationConfig(
        beyond_forecast="cut", name="Home", source="United Kingdom", coverage=(AS_OF, LAST), ship_every_days=28
    )
    plan = mo.allocate(home, config)
    assert plan.check().ok
    lines = plan.lines
    taken = lines.groupby("item")["allocated"].sum()
    assert (taken <= np.floor(0.6 * need).reindex(taken.index)).all()
    assert lines.loc[lines["location"] == "United Kingdom", "allocated"].sum() > 0
    sent = plan.generate_transfers().to_frame()
    assert "United Kingdom" not in set(sent["location"])
