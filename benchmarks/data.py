"""Synthetic planning tables of any size, written as the Parquet files that a planner would export.

The same size and seed give the same tables. Every rule of the netting occurs: order weekdays, own review
periods, supplier and location closures, lead times of 1 to 56 days, MOQ, multiples, maximum orders, soft and
hard maximum stocks, minimum stocks, safety stock days by item and by product line, committed stock, open
orders (some late), slow sellers, promotions, and items that may not be ordered.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

AS_OF = dt.date(2026, 11, 23)
WEEKS = 26
COVERAGE = (AS_OF, AS_OF + dt.timedelta(days=7 * WEEKS - 1))
SEED = 20_261_123
SUPPLIERS = 40
ITEMS_PER_CHUNK = 2_000

_LEAD_TIMES = (1, 2, 3, 5, 7, 10, 14, 21, 28, 42, 56)
_WEEKDAYS = (None, None, "mon", "wed", "mon,thu", "tue,fri")
_MULTIPLES = (1, 1, 2, 4, 6, 12, 24)
_LINES = tuple(f"Line {letter}" for letter in "ABCDEFGHIJKL")


@dataclasses.dataclass(frozen=True)
class Size:
    """Items and locations of a data set; rows are their product."""

    items: int
    locations: int

    @property
    def rows(self) -> int:
        """Number of item-locations."""
        return self.items * self.locations


def size_of(rows: int) -> Size:
    """Split ``rows`` into items and locations: 10 locations up to 10k rows, 20 up to 100k, then 50."""
    locations = 10 if rows <= 10_000 else 20 if rows <= 100_000 else 50  # noqa: PLR2004
    return Size(max(1, rows // locations), locations)


def write(folder: Path, rows: int, seed: int = SEED) -> Size:
    """Write the tables of ``rows`` item-locations to ``folder`` as Parquet files, one per table."""
    size = size_of(rows)
    rng = np.random.default_rng([seed, size.items, size.locations])
    folder.mkdir(parents=True, exist_ok=True)
    mean = _weekly_mean(rng, size)
    items = _items(rng, mean.mean(axis=1))
    suppliers = _suppliers(rng)
    for name, frame in {
        "items": items,
        "locations": _locations(size),
        "suppliers": suppliers,
        "closures": _closures(rng, size),
        "sourcing": _sourcing(rng, items),
        "constraints": _constraints(rng, items, mean),
        "inventory": _inventory(rng, mean),
        "inbound": _inbound(rng, mean),
    }.items():
        frame.to_parquet(folder / f"{name}.parquet", index=False)
    _write_forecast(folder / "forecast.parquet", rng, mean)
    return size


def _item_names(count: int) -> list[str]:
    return [f"SKU-{number:06d}" for number in range(count)]


def _location_names(count: int) -> list[str]:
    return [f"S{number:03d}" for number in range(count)]


def _weekly_mean(rng: np.random.Generator, size: Size) -> npt.NDArray[np.float64]:
    """Mean weekly demand, shape (items, locations): lognormal items, location factors, 2 % without demand."""
    item = rng.lognormal(mean=2.0, sigma=1.2, size=(size.items, 1))
    location = rng.lognormal(mean=0.0, sigma=0.5, size=(1, size.locations))
    mean = item * location * rng.lognormal(mean=0.0, sigma=0.3, size=(size.items, size.locations))
    mean[rng.random(mean.shape) < 0.02] = 0.0  # noqa: PLR2004
    return np.asarray(mean, dtype=np.float64)


def _some(rng: np.random.Generator, share: float, values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Keep a ``share`` of the values; the others are missing."""
    kept = np.asarray(values, dtype=np.float64).copy()
    kept[rng.random(kept.size) >= share] = np.nan
    return kept


def _items(rng: np.random.Generator, mean: npt.NDArray[np.float64]) -> pd.DataFrame:
    count = mean.size
    multiple = rng.choice(_MULTIPLES, count)
    moq = multiple * np.ceil(rng.uniform(0.2, 3.0, count) * mean / multiple)
    cost = np.round(rng.lognormal(2.0, 1.0, count) + 0.5, 2)
    hard = rng.choice(np.array([True, False, None], dtype=object), count, p=[0.2, 0.2, 0.6])
    return pd.DataFrame(
        {
            "item": _item_names(count),
            "name": [f"Article {number}" for number in range(count)],
            "product_line": rng.choice(_LINES, count),
            "supplier": [f"V{number:02d}" for number in rng.integers(0, SUPPLIERS, count)],
            "unit_cost": cost,
            "unit_price": np.round(cost * rng.uniform(1.3, 2.5, count), 2),
            "grade": rng.choice(["A", "B", "C"], count, p=[0.2, 0.3, 0.5]),
            "status": rng.choice(["active", "phase_out", "blocked"], count, p=[0.98, 0.01, 0.01]),
            "moq": _some(rng, 0.7, moq),
            "order_multiple": _some(rng, 0.8, multiple),
            "max_order": _some(rng, 0.15, moq + multiple * np.ceil(3.0 * mean / multiple)),
            "min_stock": _some(rng, 0.1, np.ceil(0.5 * mean)),
            "max_stock": _some(rng, 0.2, np.ceil(moq + rng.uniform(2.0, 8.0, count) * mean)),
            "max_stock_is_hard": pd.array(hard, dtype="boolean"),
            "safety_stock_days": _some(rng, 0.2, rng.choice([3, 10, 14, 21], count)),
        }
    )


def _locations(size: Size) -> pd.DataFrame:
    names = _location_names(size.locations)
    return pd.DataFrame({"location": names, "name": [f"Store {name}" for name in names], "kind": "store"})


def _suppliers(rng: np.random.Generator) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "supplier": [f"V{number:02d}" for number in range(SUPPLIERS)],
            "currency": "EUR",
            "lead_time_days": rng.choice(_LEAD_TIMES, SUPPLIERS),
            "order_weekdays": [_WEEKDAYS[number % len(_WEEKDAYS)] for number in range(SUPPLIERS)],
            "min_order_value": _some(rng, 0.5, rng.choice([500, 2_000, 10_000], SUPPLIERS)),
        }
    )


def _closures(rng: np.random.Generator, size: Size) -> pd.DataFrame:
    """Every second supplier shuts for one or two weeks; locations keep the holidays of one of two regions."""
    rows: list[tuple[str, str, dt.date, dt.date]] = []
    for number in range(0, SUPPLIERS, 2):
        first = AS_OF + dt.timedelta(days=int(rng.integers(14, 150)))
        rows.append(("supplier", f"V{number:02d}", first, first + dt.timedelta(days=int(rng.choice([6, 13])))))
    regions = (
        (dt.date(2026, 12, 25), dt.date(2027, 1, 1), dt.date(2027, 4, 5), dt.date(2027, 5, 8)),
        (dt.date(2026, 12, 25), dt.date(2026, 12, 26), dt.date(2027, 1, 1), dt.date(2027, 4, 5)),
    )
    for position, name in enumerate(_location_names(size.locations)):
        rows += [("location", name, day, day) for day in regions[position % 2]]
    frame = pd.DataFrame(rows, columns=["scope", "key", "from", "to"])
    return frame.astype({"from": "datetime64[ms]", "to": "datetime64[ms]"})


def _sourcing(rng: np.random.Generator, items: pd.DataFrame) -> pd.DataFrame:
    """Give three items in ten a record of their own, half of them with a lead time of their own."""
    chosen = items[rng.random(len(items)) < 0.3]  # noqa: PLR2004
    return pd.DataFrame(
        {
            "item": chosen["item"],
            "supplier": chosen["supplier"],
            "rank": 1,
            "unit_cost": chosen["unit_cost"],
            "lead_time_days": _some(rng, 0.5, rng.choice(_LEAD_TIMES, len(chosen))),
        }
    )


def _constraints(rng: np.random.Generator, items: pd.DataFrame, mean: npt.NDArray[np.float64]) -> pd.DataFrame:
    """Review periods of suppliers, cover of product lines, and a maximum stock for 1 % of item-locations."""
    scopes: list[dict[str, Any]] = [
        {"scope": "supplier", "key": f"V{number:02d}", "field": "review_period_days", "value": days}
        for number, days in zip(range(0, SUPPLIERS, 3), (14.0, 10.0, 28.0) * SUPPLIERS, strict=False)
    ]
    scopes += [
        {"scope": "product_line", "key": line, "field": "safety_stock_days", "value": days}
        for line, days in zip(_LINES, (5.0, 12.0, 18.0), strict=False)
    ]
    item, location = np.nonzero(rng.random(mean.shape) < 0.01)  # noqa: PLR2004
    single = pd.DataFrame(
        {
            "scope": "item",
            "key": items["item"].to_numpy()[item],
            "location": np.array(_location_names(mean.shape[1]))[location],
            "field": "max_stock",
            "value": np.ceil(6.0 * mean[item, location] + 12.0),
        }
    )
    return pd.concat([pd.DataFrame(scopes), single], ignore_index=True)[["scope", "key", "location", "field", "value"]]


def _inventory(rng: np.random.Generator, mean: npt.NDArray[np.float64]) -> pd.DataFrame:
    """Zero to eight weeks on hand, a tenth of the rows without stock, a twentieth with committed units."""
    on_hand = np.round(mean * rng.uniform(0.0, 8.0, mean.shape)).ravel()
    on_hand[rng.random(on_hand.size) < 0.1] = 0.0  # noqa: PLR2004
    items, locations = mean.shape
    return pd.DataFrame(
        {
            "item": np.repeat(_item_names(items), locations),
            "location": np.tile(_location_names(locations), items),
            "on_hand": on_hand,
            "committed": _some(rng, 0.05, np.round(on_hand * 0.2)),
            "as_of": np.datetime64(AS_OF, "ms"),
        }
    )


def _inbound(rng: np.random.Generator, mean: npt.NDArray[np.float64]) -> pd.DataFrame:
    """Open orders of a quarter of the rows, from five days late to six weeks ahead."""
    item, location = np.nonzero((rng.random(mean.shape) < 0.25) & (mean > 0.0))  # noqa: PLR2004
    day = rng.integers(-5, 42, item.size)
    return pd.DataFrame(
        {
            "item": np.array(_item_names(mean.shape[0]))[item],
            "location": np.array(_location_names(mean.shape[1]))[location],
            "date": (np.datetime64(AS_OF, "D") + day).astype("datetime64[ms]"),
            "quantity": np.ceil(mean[item, location] * rng.uniform(0.5, 3.0, item.size)),
            "reference": [f"PO{number:07d}" for number in range(item.size)],
        }
    )


def _write_forecast(path: Path, rng: np.random.Generator, mean: npt.NDArray[np.float64]) -> None:
    """Write weekly demand in chunks of items: mean x season x noise, a promotion in 3 % of item-weeks."""
    items, locations = mean.shape
    names, stores = pa.array(_item_names(items)), pa.array(_location_names(locations))
    dates = pa.array((np.datetime64(AS_OF, "D") + 7 * np.arange(WEEKS)).astype("datetime64[ms]"))
    schema = pa.schema(
        {"item": pa.string(), "location": pa.string(), "date": pa.timestamp("ms"), "quantity": pa.float64()}
    )
    with pq.ParquetWriter(path, schema) as writer:
        for first in range(0, items, ITEMS_PER_CHUNK):
            chunk = mean[first : first + ITEMS_PER_CHUNK]
            count = chunk.shape[0]
            phase = rng.uniform(0.0, 2.0 * np.pi, (count, 1, 1))
            season = 1.0 + 0.4 * np.sin(2.0 * np.pi * np.arange(WEEKS) / 52.0 + phase)
            promotion = np.where(rng.random((count, 1, WEEKS)) < 0.03, 2.5, 1.0)  # noqa: PLR2004
            noise = rng.uniform(0.8, 1.2, (count, locations, WEEKS))
            quantity = np.round(chunk[:, :, None] * season * promotion * noise, 2).ravel()
            item = np.repeat(np.arange(first, first + count, dtype=np.int32), locations * WEEKS)
            location = np.tile(np.repeat(np.arange(locations, dtype=np.int32), WEEKS), count)
            week = np.tile(np.arange(WEEKS, dtype=np.int32), count * locations)
            columns = [names.take(item), stores.take(location), dates.take(week), pa.array(quantity)]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
