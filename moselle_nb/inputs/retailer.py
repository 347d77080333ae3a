"""The made-up retailer behind the sample: what is drawn per item and per location."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["AS_OF", "FAR", "LEAD_TIMES", "SUPPLIERS", "WEEKS", "Retailer", "Rows", "whole_path"]

AS_OF = dt.date(2026, 11, 23)
WEEKS = 30

CITIES = ("METZ", "NANCY", "THIONVILLE", "EPINAL", "TRIER", "KOBLENZ", "SAARLOUIS", "REMICH", "TOUL", "CATTENOM",
          "BERNKASTEL", "COCHEM")  # fmt: skip
LINES = (("Garden", ("Hose", "Planter", "Shears")), ("Home", ("Lamp", "Blanket", "Frame")),
         ("Kitchen", ("Pan", "Kettle", "Knife")), ("Outdoor", ("Tent", "Lantern", "Flask")))  # fmt: skip
SEASONS = {  # demand of each month as a share of an average month's
    "Garden": (0.4, 0.6, 1.2, 1.7, 1.8, 1.5, 1.1, 0.9, 0.9, 0.8, 0.6, 0.5),
    "Home": (0.9, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.9, 1.1, 1.2, 1.5, 1.6),
    "Kitchen": (1.0, 0.9, 0.9, 1.0, 1.0, 0.9, 0.8, 0.9, 1.0, 1.0, 1.2, 1.4),
    "Outdoor": (0.5, 0.6, 0.8, 1.1, 1.4, 1.7, 1.8, 1.4, 0.9, 0.6, 0.6, 0.6),
}
NEAR, FAR = 0, 1
SUPPLIERS = ("MOSEL TRADING", "PACIFIC WORKS")
LEAD_TIMES = np.array([14, 56])


class Retailer:
    """What is drawn per item and per location; weekly demand follows from it."""

    def __init__(self, n_items: int, n_locations: int, rng: np.random.Generator) -> None:
        self.rng = rng
        self.n_items, self.n_locations = n_items, n_locations
        self.line = rng.integers(0, len(LINES), n_items)
        self.type = rng.integers(0, 3, n_items)
        self.supplier = np.where(rng.random(n_items) < 0.6, NEAR, FAR)  # noqa: PLR2004
        slow = rng.random(n_items) < 0.2  # noqa: PLR2004
        self.weekly = np.where(slow, 0.05 + 0.6 * rng.random(n_items), 2 + 90 * rng.random(n_items) ** 4)
        self.size = 0.5 + rng.random(n_locations)
        self.promotion = np.where(rng.random(n_items) < 0.15, rng.integers(0, WEEKS, n_items), -9)  # noqa: PLR2004
        self.items = self._items(slow)
        self.locations = self._locations()

    def _items(self, slow: NDArray[np.bool_]) -> pd.DataFrame:
        n, rng = self.n_items, self.rng
        cost = np.floor(150 + 6000 * rng.random(n) ** 3) / 100
        price = np.floor(cost * (1.4 + rng.random(n)) * 10) / 10 + 0.09
        pack = np.array([1, 2, 6, 12, 24])[np.where(slow, 0, rng.integers(0, 5, n))]
        weeks = np.where(self.supplier == FAR, 6, 2)
        moq = np.maximum(np.where(slow, 12, 0), np.ceil(self.weekly * weeks / pack) * pack)
        moq = np.where(rng.random(n) < 0.7, moq, np.nan)  # noqa: PLR2004
        width = max(4, len(str(n)))
        lines = np.array([line for line, _ in LINES], dtype=object)
        types = np.array([types for _, types in LINES], dtype=object)
        keys = [f"SKU-{i + 1:0{width}d}" for i in range(n)]
        status = np.where(rng.random(n) < 0.02, "phase_out", "active")  # noqa: PLR2004
        return pd.DataFrame(
            {
                "item": keys,
                "name": [f"{types[a, b]} {i + 1}" for i, (a, b) in enumerate(zip(self.line, self.type, strict=True))],
                "product_line": lines[self.line],
                "product_type": types[self.line, self.type],
                "supplier": np.array(SUPPLIERS, dtype=object)[self.supplier],
                "unit_cost": cost,
                "unit_price": np.round(price, 2),
                "grade": _grades(self.weekly * price),
                "volume": np.floor(1 + 40 * rng.random(n)) / 1000,
                "status": status,
                "lead_time_sd_days": np.where(self.supplier == FAR, 5.0, 2.0),
                "moq": moq,
                "order_multiple": pack,
                "forecast_cv": np.where(slow, 0.9, 0.35),
            }
        )

    def _locations(self) -> pd.DataFrame:
        n = self.n_locations
        keys = [CITIES[i] if i < len(CITIES) else f"SITE-{i + 1:04d}" for i in range(n)]
        names = [key.title() for key in keys]
        priority = np.argsort(np.argsort(-self.size, kind="stable"), kind="stable") + 1
        return pd.DataFrame({"location": keys, "name": names, "kind": "warehouse", "priority": priority})

    def rows(self) -> Rows:
        """Every item at every location, items slowest."""
        item = np.repeat(np.arange(self.n_items, dtype=np.int32), self.n_locations)
        location = np.tile(np.arange(self.n_locations, dtype=np.int32), self.n_items)
        return Rows(item, location, self.weekly[item] * self.size[location])

    def season(self, days: NDArray[np.datetime64]) -> NDArray[np.float64]:
        """Factor of each week and item, shape (weeks, items)."""
        shares = np.array([SEASONS[line] for line, _ in LINES])
        months = (days + np.timedelta64(3, "D")).astype("datetime64[M]").astype(np.int64) % 12
        return np.asarray(shares[self.line][:, months].T)


@dataclass(frozen=True)
class Rows:
    """Item, location and average weekly demand of every row."""

    item: NDArray[np.int32]
    location: NDArray[np.int32]
    weekly: NDArray[np.float64]


def _grades(revenue: NDArray[np.float64]) -> NDArray[np.object_]:
    order = np.argsort(-revenue, kind="stable")
    share = np.cumsum(revenue[order]) / revenue.sum()
    grades = np.empty(len(revenue), dtype=object)
    grades[order] = np.where(share <= 0.8, "A", np.where(share <= 0.95, "B", "C"))  # noqa: PLR2004
    return grades


def whole_path(path: NDArray[np.float64], start: NDArray[np.float64]) -> NDArray[np.int64]:
    """Round a path of demand so that its running total stays whole and within one unit."""
    total = start.copy()
    before = np.floor(total)
    whole = np.empty(path.shape, dtype=np.int64)
    for week in range(len(path)):
        total += path[week]
        after = np.floor(total)
        whole[week] = after - before
        before = after
    return whole
