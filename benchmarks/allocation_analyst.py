"""Sharing in proportion to need as an analyst writes it in pandas, in a process of its own.

``python -m benchmarks.allocation_analyst 100kx50 rounds [text]`` prints JSON. Need is demand less stock, grouped; each
location gets its part of what there is in proportion, rounded down to packs. With ``text`` the keys are text, as files
have them, and the engine loads its tables from the same frames; else they are categories, the best case of pandas.
"""

from __future__ import annotations

import dataclasses
import gc
import json
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

import moselle_nb as mo
from benchmarks import allocation_data as made
from benchmarks.allocation_engine import Objective, parts
from benchmarks.measuring import clock, peak_bytes
from moselle_nb.inputs.rebucketing import GRID

if TYPE_CHECKING:
    import numpy.typing as npt

    from moselle_nb.inputs import PlanningData

MOST_LINES = 130_000_000
"""Frames longer than this are cut to whole items and the time is extrapolated; memory would not do."""


@dataclasses.dataclass(frozen=True)
class Tables:
    """What the analyst has: forecast (item, location, date, quantity), stock (item, location, on_hand), packs."""

    forecast: pd.DataFrame
    stock: pd.DataFrame
    pack: pd.Series[float]


def allocate(tables: Tables) -> pd.DataFrame:
    """Allocate from forecast and stock: one row per item and location, with need and quantity."""
    first, last = (pd.Timestamp(day) for day in made.COVERAGE)
    inside = tables.forecast["date"].between(first, last)
    forecast = tables.forecast if inside.all() else tables.forecast[inside]
    demand = forecast.groupby(["item", "location"], sort=False, observed=True)["quantity"].sum().rename("demand")
    at_source = tables.stock["location"] == made.SOURCE
    available = tables.stock[at_source].set_index("item")["on_hand"]
    rows = demand.reset_index().merge(tables.stock[~at_source], on=["item", "location"], how="left")
    rows["need"] = (rows["demand"] - rows["on_hand"].fillna(0.0)).clip(lower=0.0)
    return share(rows, available, tables.pack)


def share(rows: pd.DataFrame, available: pd.Series[float], pack: pd.Series[float]) -> pd.DataFrame:
    """Give every row of ``need`` its part of what its item has, rounded down to packs."""
    total = rows.groupby("item", sort=False, observed=True)["need"].transform("sum")
    have, packs = rows["item"].map(available).astype(float), rows["item"].map(pack).astype(float)
    part = (rows["need"] * (have / total).clip(upper=1.0)).fillna(0.0)
    rows["quantity"] = np.floor(part / packs) * packs
    return rows


def tables_of(data: PlanningData, *, text: bool) -> Tables:
    """Lay the same numbers out as the long frames that an analyst has in memory."""
    forecast = data.forecasts[""]
    asks = np.flatnonzero(forecast.last >= 0)
    weeks = len(forecast.starts)
    item, location = data.row_item, data.row_location
    names = pd.Index(data.items["item"]), pd.Index(data.locations["location"])

    def keys(codes: npt.NDArray[np.int32], which: int) -> Any:
        found = pd.Categorical.from_codes(codes, names[which])
        return pd.Series(found).astype(str) if text else found

    long = pd.DataFrame({
        "item": keys(np.repeat(item[asks], weeks), 0), "location": keys(np.repeat(location[asks], weeks), 1),
        "date": np.tile(forecast.starts.astype("datetime64[s]"), len(asks)),
        "quantity": forecast.quantity.take(asks, axis=1).ravel(order="F") / GRID,
    })  # fmt: skip
    stock = pd.DataFrame({"item": keys(item, 0), "location": keys(location, 1), "on_hand": data.on_hand})
    return Tables(long, stock, data.items.set_index("item")["pack"].astype(float))


def some_items(data: PlanningData, items: int) -> PlanningData:
    """Return the rows of the first items."""
    rows, forecast = int(np.searchsorted(data.row_item, items)), data.forecasts[""]
    cut = dataclasses.replace(
        forecast, quantity=forecast.quantity[:, :rows], first=forecast.first[:rows], last=forecast.last[:rows]
    )
    return dataclasses.replace(
        data, items=data.items.iloc[:items], row_item=data.row_item[:rows], row_location=data.row_location[:rows],
        on_hand=data.on_hand[:rows], committed=data.committed[:rows], forecasts={"": cut},
    )  # fmt: skip


def measure(size: made.Size, rounds: int, *, text: bool) -> dict[str, Any]:
    """Time the analyst from forecast and stock, and from need and available; compare with equal runout."""
    data = made.make(size)
    items = min(size.items, MOST_LINES // (made.WEEKS * size.locations))
    data = data if items == size.items else some_items(data, items)
    tables = tables_of(data, text=text)
    gc.collect()
    before = peak_bytes()
    whole = []
    for _ in range(rounds):
        with clock() as taken:
            shares = allocate(tables)
        whole.append(taken)
    best = min(whole, key=lambda one: one.seconds)
    found = {
        "cells": items * size.locations, "seconds": best.seconds, "processor_seconds": best.processor_seconds,
        "data_bytes": before, "peak_bytes": peak_bytes(),
    }  # fmt: skip
    if text:
        return {**found, **_load_and_allocate(data, tables)}
    quantity = shares["quantity"].to_numpy().reshape(items, size.locations)
    del tables, shares
    return {**found, **_against_equal_runout(data, quantity, rounds)}


def _load_and_allocate(data: PlanningData, tables: Tables) -> dict[str, Any]:
    """Time the engine from the analyst's own frames to allocated units."""
    columns = ["item", "unit_cost", "unit_price", "pack"]
    frames = {
        "forecast": tables.forecast, "inventory": tables.stock, "items": data.items[columns],
        "locations": data.locations[["location"]],
        "lanes": data.lanes[["source", "destination", "lead_time_days", "unit_cost"]],
    }  # fmt: skip
    with clock() as load:
        loaded = mo.load(frames, as_of=made.AS_OF)
    with clock() as plan:
        given = mo.allocate(loaded, made.config("equal_runout")).arrays.quantity
    assert np.array_equal(given, mo.allocate(data, made.config("equal_runout")).arrays.quantity)
    return {"load_seconds": load.seconds, "allocate_seconds": plan.seconds, "peak_bytes_with_load": peak_bytes()}


def _against_equal_runout(data: PlanningData, quantity: npt.NDArray[np.float64], rounds: int) -> dict[str, Any]:
    """Judge the analyst's shares by the engine's cover; time his rule from the engine's need."""
    plan = mo.allocate(data, made.config("equal_runout"))
    equal = plan.arrays.quantity.reshape(quantity.shape)
    objective, need, first = Objective(), [], 0
    for part in parts(plan):
        stop = first + len(part.available)
        objective.add(part, quantity[first:stop])
        need.append(part.claims.need.ravel())
        first = stop
    every = np.arange(len(quantity))
    item = pd.Categorical.from_codes(np.repeat(every, quantity.shape[1]), pd.Index(every))
    rows = pd.DataFrame({"item": item, "need": np.concatenate(need)})
    available = pd.Series(plan.inputs.pools.on_hand)
    pack = pd.Series(data.items["pack"].to_numpy(np.float64))
    kernel = []
    for _ in range(rounds):
        with clock() as taken:
            share(rows, available, pack)
        kernel.append(taken)
    best = min(kernel, key=lambda one: one.seconds)
    return {
        "share_seconds": best.seconds, "share_processor_seconds": best.processor_seconds,
        "objective": dataclasses.asdict(objective), "units": float(equal.sum()),
        "elsewhere": float(np.maximum(equal - quantity, 0.0).sum()),
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(measure(made.Size.of(sys.argv[1]), int(sys.argv[2]), text=sys.argv[3:] == ["text"])))
