"""Two simulators of the field on the same rows: ``replenishment`` 0.1.2 and ``stockpyl`` 1.0.2.

Neither has order calendars, MOQ, multiples or maximum stocks, so both do less than the engine: they
simulate the same daily demand, opening stock and lead time under the nearest policy that they have. Their
orders are not compared, only their time per row.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from benchmarks.analyst import Tables

_REVIEW_DAYS = 7


@dataclasses.dataclass(frozen=True)
class SimulatedRow:
    """One item-location as both simulators take it: whole daily demand, opening stock, lead time, cover."""

    demand: list[int]
    on_hand: int
    lead_time_days: int
    cover_days: int


def rows(tables: Tables, count: int) -> list[SimulatedRow]:
    """Take the first ``count`` rows; weekly demand is spread over its days in whole units."""
    records = {(row["item"], row["location"]): row for row in tables.parameters.to_dict("records")}
    simulated = []
    for (item, location), weekly in tables.forecast.groupby(["item", "location"], sort=False)["quantity"]:
        row = records[item, location]
        simulated.append(
            SimulatedRow(
                demand=_whole_days(weekly.to_numpy()),
                on_hand=max(0, int(row["opening"])),
                lead_time_days=int(row["lead_time_days"]),
                cover_days=int(row["safety_stock_days"]),
            )
        )
        if len(simulated) == count:
            break
    return simulated


def run_replenishment(simulated: list[SimulatedRow]) -> int:
    """Simulate every row with ``replenishment``; return the units ordered."""
    from replenishment import (
        ArticleSimulationConfig,
        ForecastSeriesPolicy,
        simulate_replenishment_for_articles,
    )

    articles = {
        str(number): ArticleSimulationConfig(
            periods=len(row.demand),
            demand=row.demand,
            initial_on_hand=row.on_hand,
            lead_time=row.lead_time_days,
            policy=ForecastSeriesPolicy(
                row.demand,
                lead_time=row.lead_time_days,
                review_period=_REVIEW_DAYS,
                forecast_horizon=_REVIEW_DAYS + row.cover_days,
            ),
        )
        for number, row in enumerate(simulated)
    }
    results = simulate_replenishment_for_articles(articles)
    return sum(day.order_placed for result in results.values() for day in result.snapshots)


def run_stockpyl(simulated: list[SimulatedRow]) -> float:
    """Simulate every row with ``stockpyl``, base-stock policy, each day a period; return the costs."""
    from stockpyl.sim import simulation
    from stockpyl.supply_chain_network import single_stage_system

    total = 0.0
    for row in simulated:
        mean = float(np.mean(row.demand))
        network = single_stage_system(
            holding_cost=1.0,
            stockout_cost=10.0,
            demand_type="D",
            demand_list=row.demand,
            shipment_lead_time=row.lead_time_days,
            initial_inventory_level=row.on_hand,
            policy_type="BS",
            base_stock_level=mean * (row.lead_time_days + _REVIEW_DAYS + row.cover_days),
        )
        total += simulation(network, len(row.demand), progress_bar=False, consistency_checks="N")
    return total


def _whole_days(weekly: npt.NDArray[np.float64]) -> list[int]:
    reach = np.floor(np.round(weekly)[:, None] * np.arange(8) / 7.0)
    return [int(day) for day in np.diff(reach, axis=1).ravel()]
