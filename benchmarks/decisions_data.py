"""Demand, rules and costs of the three sets on which decisions are compared, by week and row."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from moselle_nb.inputs.sample import sample_tables

Floats = npt.NDArray[np.float64]

SHARED = Path(os.environ.get("MOSELLE_NB_SHARED", Path(__file__).parents[2] / "shared"))

MEASURED_WEEKS = 26
HOLDING_PER_YEAR = 0.2
"""Share of cost that a year in stock costs: that of the manufacturer's own table."""

WEEKS_PER_YEAR = 365 / 7
RETAIL_LEAD_WEEKS = 4
"""Lead time of the wholesaler's set, which has none."""

RETAIL_LEAST_WEEKS = 8
"""Weeks with sales before the measured ones from which a product in a country is a row of that set."""

MARK_UP = 0.5
"""Of the sets without prices or costs: the price is so much above the cost."""


@dataclasses.dataclass(frozen=True, eq=False)
class Case:
    """One set.

    Parameters
    ----------
    name
        Of the set.
    mondays
        First day of each week, shape (weeks,).
    demand
        Units, shape (weeks, rows); the last 26 weeks are measured.
    in_stock
        Whether the week shows demand, same shape.
    keys
        Item, location and product line of each row.
    lead_weeks, pack, moq
        Rules, shape (rows,).
    holding, shortage, order_cost
        Per unit and week, per unit, per order; shape (rows,).
    warm_up
        Weeks before the measured ones in which every policy already orders.
    """

    name: str
    mondays: npt.NDArray[np.datetime64]
    demand: Floats
    in_stock: npt.NDArray[np.bool_]
    keys: pd.DataFrame
    lead_weeks: npt.NDArray[np.int64]
    pack: Floats
    moq: Floats
    holding: Floats
    shortage: Floats
    order_cost: Floats
    warm_up: int

    @property
    def begin(self) -> int:
        """First week in which orders are placed."""
        return len(self.demand) - MEASURED_WEEKS - self.warm_up

    def opening(self) -> Floats:
        """Stock at the beginning: lead time and four weeks of the mean of the 26 weeks before, rounded up."""
        before = self.demand[max(self.begin - 26, 0) : self.begin]
        return np.ceil((self.lead_weeks + 4) * before.mean(axis=0))

    def rounded(self, need: Floats) -> Floats:
        """Round a need to an order: nothing, or at least the MOQ, up to whole packs."""
        packs = np.ceil(np.maximum(np.ceil(need), self.moq) / self.pack) * self.pack
        return np.where(need > 0, packs, 0.0)

    def take(self, rows: npt.NDArray[np.intp]) -> Case:
        """Return some rows."""
        per_row = ("lead_weeks", "pack", "moq", "holding", "shortage", "order_cost")
        return dataclasses.replace(
            self,
            demand=self.demand[:, rows],
            in_stock=self.in_stock[:, rows],
            keys=self.keys.iloc[rows].reset_index(drop=True),
            **{name: getattr(self, name)[rows] for name in per_row},
        )

    def with_mark_up(self, share: float) -> Case:
        """Return the same set with another margin, as a share of cost."""
        cost = self.holding * WEEKS_PER_YEAR / HOLDING_PER_YEAR
        return dataclasses.replace(self, shortage=share * cost)


def manufacturer() -> Case:
    """Return the manufacturer's items: rules and costs of its own; a unit short costs a mark-up of 50 %."""
    folder = SHARED / "data" / "man"
    items = pd.read_parquet(folder / "man_items.parquet").sort_values("sku")
    table = pd.read_parquet(folder / "man_demand.parquet")
    demand = table.pivot_table(index="t", columns="sku", values="demand").reindex(columns=items["sku"]).fillna(0.0)
    mondays = np.datetime64("2012-01-02") + 7 * np.arange(len(demand))
    cost = items["unit_cost_eur"].to_numpy(np.float64)
    case = Case(
        "manufacturer",
        mondays,
        demand.to_numpy(np.float64),
        np.ones(demand.shape, dtype=bool),
        pd.DataFrame({"item": items["sku"].astype(str), "location": "NL", "product_line": ""}),
        items["lead_time_weeks"].to_numpy(np.int64),
        items["pack"].to_numpy(np.float64),
        np.ceil(items["moq"].to_numpy(np.float64)),
        items["holding_eur_per_unit_year"].to_numpy(np.float64) / WEEKS_PER_YEAR,
        MARK_UP * cost,
        items["order_cost_eur"].to_numpy(np.float64),
        warm_up=26,
    )
    return case.take(np.flatnonzero(case.demand[: case.begin].sum(axis=0) > 0))


def wholesaler() -> Case:
    """Return products of Online Retail by country; lead time, mark-up and holding cost are assumed."""
    table = pd.read_parquet(SHARED / "data" / "online_retail" / "online_retail_weekly.parquet")
    keys = ["product", "country"]
    demand = table.pivot_table(index="week", columns=keys, values="units", aggfunc="sum").fillna(0.0)
    price = table.groupby(keys)["median_price_gbp"].median().reindex(demand.columns).to_numpy(np.float64)
    weeks = (demand.iloc[:-MEASURED_WEEKS] > 0).sum().to_numpy()
    rows, ones = len(price), np.ones(len(price))
    cost = price / (1 + MARK_UP)
    case = Case(
        "wholesaler",
        demand.index.to_numpy(dtype="datetime64[D]"),
        demand.to_numpy(np.float64),
        np.ones(demand.shape, dtype=bool),
        pd.DataFrame(
            {
                "item": demand.columns.get_level_values(0).astype(str),
                "location": demand.columns.get_level_values(1).astype(str),
                "product_line": "",
            }
        ),
        np.full(rows, RETAIL_LEAD_WEEKS),
        ones,
        0 * ones,
        HOLDING_PER_YEAR * cost / WEEKS_PER_YEAR,
        MARK_UP * cost,
        0 * ones,
        warm_up=RETAIL_LEAD_WEEKS,
    )
    return case.take(np.flatnonzero((weeks >= RETAIL_LEAST_WEEKS) & (price > 0)))


def sample(items: int = 500, locations: int = 12) -> Case:
    """Return the made-up retailer: its sales as demand, its prices and packs; holding cost is assumed."""
    tables = sample_tables("retail", items=items, locations=locations)
    sales, about = tables["sales"].to_pandas(), tables["items"].to_pandas().set_index("item")
    lead = tables["suppliers"].to_pandas().set_index("supplier")["lead_time_days"] // 7
    sales[["item", "location"]] = sales[["item", "location"]].astype(str)
    wide = sales.pivot_table(index="date", columns=["item", "location"], values=["quantity", "in_stock"])
    sold, shown = wide["quantity"], wide["in_stock"]
    rules = about.loc[sold.columns.get_level_values(0)]
    cost = rules["unit_cost"].to_numpy(np.float64)
    return Case(
        "sample",
        pd.to_datetime(sold.index).to_numpy(dtype="datetime64[D]"),
        sold.to_numpy(np.float64),
        shown.to_numpy(np.float64) > 0,
        pd.DataFrame(
            {
                "item": sold.columns.get_level_values(0),
                "location": sold.columns.get_level_values(1),
                "product_line": rules["product_line"].to_numpy(),
            }
        ),
        lead.loc[rules["supplier"]].to_numpy(np.int64),
        rules["order_multiple"].to_numpy(np.float64),
        rules["moq"].fillna(0.0).to_numpy(np.float64),
        HOLDING_PER_YEAR * cost / WEEKS_PER_YEAR,
        rules["unit_price"].to_numpy(np.float64) - cost,
        np.zeros(len(cost)),
        warm_up=int(lead.max()),
    )
