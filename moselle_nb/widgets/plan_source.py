"""What a grid reads of a plan, as arrays per row and bucket: no arithmetic of planning, only shape."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from moselle_nb.widgets.plan_rows import MEASURES

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import pandas as pd

    from moselle_nb.plans.document import ReplenishmentPlan

__all__ = ["Flag", "Orders", "PlanSource"]

Floats = np.ndarray[Any, np.dtype[np.float64]]
Days = np.ndarray[Any, np.dtype[np.datetime64]]
Positions = np.ndarray[Any, np.dtype[np.int64]]

AT_PRICE = ("sales", "unserved")
"""Measures whose value is what customers pay; the others are worth what they cost."""

DAYS = "days_on_hand"


class Flag:
    """Bits that say how a cell is shown."""

    EDITED = 1
    FORCED = 2
    EDITABLE = 4
    UNSERVED = 8
    BELOW_SAFETY = 16


@dataclass(frozen=True)
class Orders:
    """The order cells of some rows.

    Parameters
    ----------
    quantity, suggested
        Units per row and bucket.
    flags
        Bits of `Flag` per row and bucket.
    """

    quantity: Floats
    suggested: Floats
    flags: np.ndarray[Any, np.dtype[np.uint8]]


class PlanSource:
    """The cells of one plan.

    Parameters
    ----------
    plan
        The plan to read.
    """

    def __init__(self, plan: ReplenishmentPlan) -> None:
        self.plan = plan
        buckets = plan.buckets
        self.starts: Days = buckets["date"].to_numpy(dtype="datetime64[D]")
        self.ends: Days = buckets["last_day"].to_numpy(dtype="datetime64[D]")

    @cached_property
    def columns(self) -> pd.DataFrame:
        """One line per row: the summary, and what else can be filtered by."""
        return self.plan.summary

    def bucket_of(self, dates: Days) -> Positions:
        """Return the bucket of each date; -1 for those outside."""
        places = np.searchsorted(self.starts, dates, side="right") - 1
        inside = (places >= 0) & (dates <= self.ends[places])
        return np.where(inside, places, -1).astype(np.int64)

    def balances(self, rows: Positions) -> Mapping[str, Floats]:
        """Return each measure of `MEASURES`, shape (rows, buckets)."""
        frame = self.plan.lines_for(rows=rows.tolist())
        keys = self.columns[["item", "location"]].iloc[rows]
        place_of = {key: place for place, key in enumerate(keys.itertuples(index=False, name=None))}
        lines = zip(frame["item"], frame["location"], strict=True)
        row = np.fromiter((place_of[key] for key in lines), dtype=np.int64, count=len(frame))
        bucket = self.bucket_of(frame["date"].to_numpy(dtype="datetime64[D]"))
        shown = bucket >= 0
        cells = np.zeros((len(MEASURES), len(rows), len(self.starts)))
        for measure, name in enumerate(MEASURES):
            column = frame[name].to_numpy(dtype=np.float64, na_value=np.nan)
            cells[measure, row[shown], bucket[shown]] = column[shown]
        return dict(zip(MEASURES, cells, strict=True))

    def orders(self, rows: Positions) -> Orders:
        """Return the order cells, shape (rows, buckets)."""
        matrix = self.plan.order_matrix(rows)
        flags = np.where(matrix.edited, Flag.EDITED, 0)
        for place, row in enumerate(rows.tolist()):
            buckets = self.bucket_of(np.asarray(self.plan.order_dates(row), dtype="datetime64[D]"))
            flags[place, buckets[buckets >= 0]] |= Flag.EDITABLE
            for bucket in self._forced.get(row, ()):
                flags[place, bucket] |= Flag.FORCED
        return Orders(matrix.quantity, matrix.suggested, flags.astype(np.uint8))

    def order_date(self, row: int, bucket: int) -> dt.date:
        """Return the last order date of a cell; the first day of its bucket where it has none."""
        dates = np.asarray(self.plan.order_dates(row), dtype="datetime64[D]")
        inside = dates[self.bucket_of(dates) == bucket]
        date: dt.date = (inside[-1] if len(inside) else self.starts[bucket]).item()
        return date

    def worth(self, rows: Positions) -> Floats:
        """Return what a unit of the row and of each measure is worth, shape (1 + measures, rows, 1)."""
        cost, price = self._unit_values(rows)
        per_measure = [
            price if name in AT_PRICE else np.ones(len(rows)) if name == DAYS else cost for name in MEASURES
        ]
        return np.stack([cost, *per_measure])[:, :, None]

    def _unit_values(self, rows: Positions) -> tuple[Floats, Floats]:
        columns = self.columns.iloc[rows]
        cost = columns["unit_cost"].to_numpy(dtype=np.float64, na_value=np.nan)
        price = columns["unit_price"].to_numpy(dtype=np.float64, na_value=np.nan)
        return cost, np.where(np.isnan(price), cost, price)

    @cached_property
    def _forced(self) -> dict[int, set[int]]:
        forced: dict[int, set[int]] = {}
        edits = self.plan.edits
        for edit in edits[edits["forced"].astype(bool)].itertuples(index=False):
            row = self.plan.row_of(str(edit.item), str(edit.location))
            bucket = int(self.bucket_of(np.array([edit.date], dtype="datetime64[D]"))[0])
            if bucket >= 0:
                forced.setdefault(row, set()).add(bucket)
        return forced
