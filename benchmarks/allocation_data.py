"""Synthetic stock and forecast to divide, of any size, as tables that are loaded already.

The same size gives the same tables. One warehouse ``DC`` feeds every location over a lane of 1 to 5 days; items come
in packs of 1 to 12; 26 weeks of uneven demand differ by item, location and week; the warehouse has 60 % of what the
locations need.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

import moselle_nb as mo
from moselle_nb.inputs.data import Forecast
from moselle_nb.inputs.rebucketing import GRID

if TYPE_CHECKING:
    import numpy.typing as npt

    from moselle_nb.inputs import PlanningData

AS_OF = dt.date(2026, 11, 23)
WEEKS = 26
COVERAGE = (AS_OF, AS_OF + dt.timedelta(days=7 * WEEKS - 1))
THERE_IS = 0.6
"""Part of what is needed that the warehouse has."""
SOURCE = "DC"
SEED = 20_261_123

_PACKS = (1, 1, 1, 2, 4, 6, 12)
_UNITS = {"k": 1_000, "M": 1_000_000}


@dataclasses.dataclass(frozen=True)
class Size:
    """Items and the locations among which each is divided."""

    items: int
    locations: int

    @classmethod
    def of(cls, text: str) -> Size:
        """Read ``100kx50``."""
        items, _, locations = text.partition("x")
        factor = _UNITS.get(items[-1:], 1)
        return cls(int(items[:-1] if factor > 1 else items) * factor, int(locations))

    @property
    def cells(self) -> int:
        """Number of item-locations that ask for stock."""
        return self.items * self.locations

    def __str__(self) -> str:
        """Write ``100k × 50``."""
        factors = ((letter, factor) for letter, factor in reversed(_UNITS.items()) if self.items % factor == 0)
        letter, factor = next(factors, ("", 1))
        return f"{self.items // factor}{letter} × {self.locations}"


def make(size: Size) -> PlanningData:
    """Make the tables, the forecast in units of the warehouse's own grid."""
    rng = np.random.default_rng([SEED, size.items, size.locations])
    mean = _weekly_mean(rng, size)
    quantity = _forecast(rng, mean)
    rows = size.items * (size.locations + 1)
    on_hand = np.zeros((size.items, size.locations + 1))
    on_hand[:, 1:] = np.floor(mean * (8.0 * rng.random(mean.shape, dtype=np.float32)))
    demand = quantity.sum(axis=0)[:, 1:] / GRID
    on_hand[:, 0] = np.floor(THERE_IS * np.maximum(demand - on_hand[:, 1:], 0.0).sum(axis=1))
    week = np.datetime64(AS_OF, "D") + np.timedelta64(7, "D") * np.arange(WEEKS)
    last = np.full((size.items, size.locations + 1), WEEKS - 1, dtype=np.int32)
    last[:, 0] = -1
    forecast = Forecast(
        bucket="week", starts=week, lengths=np.full(WEEKS, 7, dtype=np.int32), quantity=quantity.reshape(WEEKS, rows),
        sd=None, first=np.minimum(last, 0).ravel(), last=last.ravel(),
    )  # fmt: skip
    return dataclasses.replace(
        _masters(rng, size), row_item=np.repeat(np.arange(size.items, dtype=np.int32), size.locations + 1),
        row_location=np.tile(np.arange(size.locations + 1, dtype=np.int32), size.items),
        on_hand=on_hand.ravel(), committed=np.zeros(rows), forecasts={"": forecast},
    )  # fmt: skip


def _weekly_mean(rng: np.random.Generator, size: Size) -> npt.NDArray[np.float32]:
    item = rng.lognormal(mean=1.0, sigma=1.0, size=(size.items, 1))
    location = rng.lognormal(mean=0.0, sigma=0.5, size=(1, size.locations))
    return np.asarray(item * location * rng.uniform(0.5, 1.5, (size.items, size.locations)), dtype=np.float32)


def _forecast(rng: np.random.Generator, mean: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """Return whole units by week, item and location in 1/1024 unit; the first location is the warehouse: nothing."""
    items, locations = mean.shape
    quantity = np.zeros((WEEKS, items, locations + 1), dtype=np.int64)
    for week in quantity:
        season = rng.lognormal(mean=-0.125, sigma=0.5, size=(items, 1)).astype(np.float32)
        units = rng.random(mean.shape, dtype=np.float32)
        units += 0.5
        units *= mean
        units *= season
        week[:, 1:] = np.rint(units, out=units)
        np.multiply(week, GRID, out=week)
    return quantity


def _masters(rng: np.random.Generator, size: Size) -> PlanningData:
    """Load items, locations and lanes with the least of a forecast and of stock; the arrays replace both."""
    items = np.array([f"SKU-{number:07d}" for number in range(size.items)], dtype=object)
    places = np.array([f"S{number:03d}" for number in range(size.locations)], dtype=object)
    cost = np.round(rng.lognormal(2.0, 1.0, size.items) + 0.5, 2)
    tables = {
        "items": pd.DataFrame({
            "item": items, "unit_cost": cost, "unit_price": np.round(cost * rng.uniform(1.3, 2.5, size.items), 2),
            "holding_cost": np.round(cost * 0.2 / 365, 6), "forecast_cv": 0.4,
            "pack": rng.choice(_PACKS, size.items),
        }),
        "locations": pd.DataFrame({"location": np.concatenate([[SOURCE], places])}),
        "lanes": pd.DataFrame({
            "source": SOURCE, "destination": places, "lead_time_days": 1 + np.arange(size.locations) % 5,
            "unit_cost": np.round(rng.uniform(0.05, 0.5, size.locations), 2),
        }),
        "forecast": pd.DataFrame({
            "item": items[:1], "location": places[:1], "date": [pd.Timestamp(AS_OF)], "quantity": [1.0],
        }),
        "inventory": pd.DataFrame({"item": items[:1], "location": [SOURCE], "on_hand": [1.0]}),
    }  # fmt: skip
    return mo.load(tables, as_of=AS_OF)


def config(method: str) -> mo.AllocationConfig:
    """Return the configuration of the benchmark: one shipment today for all weeks, everything else as it comes."""
    first, last = (day.isoformat() for day in COVERAGE)
    return mo.AllocationConfig.model_validate(
        {"name": "Benchmark", "source": SOURCE, "coverage": (first, last), "method": method}
    )
