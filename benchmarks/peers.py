"""The peers on one data set, in a process of their own; the analyst's orders must be the engine's.

``python -m benchmarks.peers analyst folder`` or ``python -m benchmarks.peers simulators folder rows``: JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks import analyst, simulators
from benchmarks import data as made
from benchmarks.engine import SAMPLE
from benchmarks.measuring import clock

STOCKPYL_SHARE = 0.01
"""Of the rows: at 80 ms each they are the slowest."""


def measure_analyst(folder: Path) -> dict[str, Any]:
    """Time both forms of the analyst's plan on the engine's sample, and compare all orders to the unit."""
    engine = pd.read_parquet(folder / SAMPLE)
    tables = analyst.read(folder, engine.attrs["items"])
    with clock() as prepare:
        prepared = analyst.prepare(tables, made.AS_OF, made.COVERAGE)
    with clock() as apply:
        applied = analyst.plan_by_apply(prepared)
    with clock() as loop:
        looped = analyst.plan_by_loop(prepared)
    for name, orders in {"groupby.apply": applied, "plain loop": looped}.items():
        assert_same_orders(engine, orders, name)
    return {
        "rows": len(prepared.parameters),
        "order_lines_compared": len(engine),
        "apply_seconds": prepare.seconds + apply.seconds,
        "loop_seconds": prepare.seconds + loop.seconds,
    }


def assert_same_orders(engine: pd.DataFrame, analyst_orders: pd.DataFrame, name: str) -> None:
    """Stop the benchmark where one order differs: the comparison would be void."""
    keys = ["item", "location", "day"]
    orders = analyst_orders.astype({"day": "int64", "quantity": "float64"})
    both = engine.merge(orders, on=keys, how="outer", suffixes=("_engine", "_analyst"))
    different = both[both["quantity_engine"] != both["quantity_analyst"]]
    if len(different):
        msg = f"{len(different):,} of {len(both):,} orders differ from {name}:\n{different.head(10)}"
        raise AssertionError(msg)


def measure_simulators(folder: Path, rows: int) -> dict[str, Any]:
    """Time both simulators on the first ``rows`` rows; ``stockpyl`` on a hundredth of them."""
    tables = analyst.prepare(analyst.read(folder), made.AS_OF, made.COVERAGE)
    simulated = simulators.rows(tables, rows)
    few = simulated[: max(1, int(len(simulated) * STOCKPYL_SHARE))]
    with clock() as replenishment:
        simulators.run_replenishment(simulated)
    with clock() as stockpyl:
        simulators.run_stockpyl(few)
    return {
        "replenishment": {"rows": len(simulated), "seconds": replenishment.seconds},
        "stockpyl": {"rows": len(few), "seconds": stockpyl.seconds},
    }


if __name__ == "__main__":
    _, kind, place, *counts = sys.argv
    found = measure_analyst(Path(place)) if kind == "analyst" else measure_simulators(Path(place), int(counts[0]))
    print(json.dumps(found))
