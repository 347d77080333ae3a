"""A small stand-in for a plan: the surface that the grid uses, with rules simple enough to foresee.

Every row orders 24 units of each weekly bucket with an even number from 2 on; bucket 0 has no order date;
quantities come in twelves; 600 is the most that fits. 70 units are sold each week.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from moselle_nb.exceptions import EditError, Reject, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

FIRST = np.datetime64("2026-11-23")
STATUSES = ("healthy", "out", "at_risk", "low", "excess", "unavoidable", "no_demand")


@dataclass(frozen=True)
class OrderMatrix:
    quantity: np.ndarray[Any, np.dtype[np.float64]]
    suggested: np.ndarray[Any, np.dtype[np.float64]]
    edited: np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class FakePlan:
    n_rows: int = 40
    n_buckets: int = 6
    journal: tuple[tuple[dict[str, Any], ...], ...] = ()
    undone: tuple[tuple[dict[str, Any], ...], ...] = ()
    names: Mapping[int, str] = field(default_factory=dict)

    @property
    def lineage(self) -> tuple[int, int]:
        return self.n_rows, self.n_buckets

    @property
    def config(self) -> SimpleNamespace:
        return SimpleNamespace(
            name="Q1 replenishment", bucket="week", coverage=(dt.date(2026, 11, 30), dt.date(2027, 1, 3))
        )

    @property
    def buckets(self) -> pd.DataFrame:
        starts = FIRST + np.arange(self.n_buckets) * np.timedelta64(7, "D")
        return pd.DataFrame(
            {
                "date": starts.astype("datetime64[ns]"),
                "last_day": (starts + np.timedelta64(6, "D")).astype("datetime64[ns]"),
                "in_coverage": np.arange(self.n_buckets) > 0,
            }
        )

    @property
    def summary(self) -> pd.DataFrame:
        index = np.arange(self.n_rows)
        dates = (FIRST + index % 30 * np.timedelta64(1, "D")).astype("datetime64[ns]")
        return pd.DataFrame(
            {
                "item": [f"SKU-{i // 2:05d}" for i in index],
                "location": [("DC1", "DC2")[i % 2] for i in index],
                "name": [self.names.get(int(i), f"Item number {i // 2}") for i in index],
                "supplier": [f"Supplier {i % 3}" if i % 7 else None for i in index],
                "product_line": [("Kitchen", "Garden")[i % 2] for i in index],
                "product_type": [("Tools", "Plants", "Pots")[i % 3] for i in index],
                "unit_cost": np.full(self.n_rows, 2.5),
                "unit_price": np.full(self.n_rows, 4.0),
                "grade": [("A", "B", "C")[i % 3] for i in index],
                "status": [STATUSES[i % len(STATUSES)] for i in index],
                "reason": [None if i % 7 in (0, 4, 6) else "no_order" for i in index],
                "first_stockout": pd.Series(dates).where(index % 3 > 0),
                "order_by": pd.Series(dates).where(index % 2 > 0),
                "next_order_date": pd.Series(dates),
                "next_order_quantity": np.full(self.n_rows, 24.0),
                "total_order_quantity": self._quantities().sum(axis=1),
                "total_order_value": self._quantities().sum(axis=1) * 2.5,
                "on_hand": index.astype(float) * 3,
                "on_order": np.zeros(self.n_rows),
                "lead_time_days": np.full(self.n_rows, 7.0),
                "safety_stock": np.full(self.n_rows, 20.0),
                "demand_28d": np.full(self.n_rows, 280.0),
                "unserved": np.zeros(self.n_rows),
                "unserved_value": np.where(index % 7 == 1, 100.0 * index, 0),
                "days_on_hand": np.where(index % 7 == 6, np.nan, index % 50),
                "excess_value": np.zeros(self.n_rows),
            }
        )

    @property
    def edits(self) -> pd.DataFrame:
        rows = [edit for step in self.journal for edit in step]
        columns = ["item", "location", "date", "quantity", "forced", "reason", "who", "when"]
        return pd.DataFrame([{**edit, "forced": edit["force"]} for edit in rows], columns=columns)

    @property
    def can_undo(self) -> bool:
        return bool(self.journal)

    @property
    def can_redo(self) -> bool:
        return bool(self.undone)

    def row_of(self, item: str, location: str) -> int:
        kind, row = "row", -1
        if item.removeprefix("SKU-").isdigit() and location in {"DC1", "DC2"}:
            row = int(item.removeprefix("SKU-")) * 2 + (location == "DC2")
        if not 0 <= row < self.n_rows:
            raise UnknownNameError(kind, f"{item}, {location}")
        return row

    def order_dates(self, _row: int) -> np.ndarray[Any, np.dtype[np.datetime64]]:
        return FIRST + np.arange(1, self.n_buckets) * np.timedelta64(7, "D")

    def order_matrix(self, rows: Sequence[int]) -> OrderMatrix:
        suggested = np.zeros((self.n_rows, self.n_buckets))
        suggested[:, 2::2] = 24
        edited = np.zeros(suggested.shape, dtype=bool)
        for edit in self._edits():
            edited[self.row_of(edit["item"], edit["location"]), self._bucket(edit["date"])] = True
        return OrderMatrix(self._quantities()[rows], suggested[rows], edited[rows])

    def cell_edit(self, row: int, bucket: int, quantity: float) -> dict[str, Any]:
        record = self.summary.iloc[row]
        day = (FIRST + bucket * np.timedelta64(7, "D")).astype(dt.date)
        if bucket == 0:
            raise EditError(
                [
                    Reject(
                        record["item"],
                        record["location"],
                        day,
                        quantity,
                        "There is no order date in this week.",
                    )
                ]
            )
        return {"item": record["item"], "location": record["location"], "date": day, "quantity": quantity}

    def edit_many(self, edits: Iterable[dict[str, Any]]) -> FakePlan:
        step = tuple({"reason": "", "force": False, "who": "", "when": "", **edit} for edit in edits)
        rejects = [reject for edit in step if (reject := self._reject(edit)) is not None]
        if rejects:
            raise EditError(rejects)
        return replace(self, journal=(*self.journal, step), undone=())

    def undo(self) -> FakePlan:
        return replace(self, journal=self.journal[:-1], undone=(*self.undone, self.journal[-1]))

    def redo(self) -> FakePlan:
        return replace(self, journal=(*self.journal, self.undone[-1]), undone=self.undone[:-1])

    def explain(self, item: str, location: str, date: object) -> str:
        self.row_of(item, location)
        return f"{item} at {location} on {date}\nneed 20 units, rounded up to 24"

    def lines_for(self, rows: Sequence[int]) -> pd.DataFrame:
        summary, buckets = self.summary.iloc[list(rows)], self.buckets
        count, width = len(summary), self.n_buckets
        orders = self._quantities()[list(rows)]
        received = np.hstack([np.zeros((count, 1)), orders[:, :-1]])
        starting = np.full((count, width), 70.0)
        sales = np.minimum(70.0, starting + received)
        return pd.DataFrame(
            {
                "item": np.repeat(summary["item"].to_numpy(), width),
                "location": np.repeat(summary["location"].to_numpy(), width),
                "date": np.tile(buckets["date"].to_numpy(), count),
                "starting": starting.ravel(),
                "scheduled_receipts": np.zeros(count * width),
                "planned_receipts": received.ravel(),
                "sales": sales.ravel(),
                "unserved": np.tile(np.arange(width) == width - 1, count) * 5.0,
                "ending": (starting + received - sales).ravel(),
                "safety_stock": np.full(count * width, 20.0),
                "days_on_hand": np.full(count * width, np.nan),
                "order_quantity": orders.ravel(),
            }
        )

    def _edits(self) -> list[dict[str, Any]]:
        return [edit for step in self.journal for edit in step]

    def _quantities(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        quantities = np.zeros((self.n_rows, self.n_buckets))
        quantities[:, 2::2] = 24
        for edit in self._edits():
            quantities[self.row_of(edit["item"], edit["location"]), self._bucket(edit["date"])] = edit[
                "quantity"
            ]
        return quantities

    def _bucket(self, day: dt.date) -> int:
        return int((np.datetime64(day) - FIRST).astype(int)) // 7

    def _reject(self, edit: Mapping[str, Any]) -> Reject | None:
        quantity = edit["quantity"]
        key = (edit["item"], edit["location"], edit["date"], quantity)
        if quantity != int(quantity) or quantity < 0:
            return Reject(*key, "An order is a whole number of units, 0 or more.")
        if quantity % 12 and not (edit["force"] and edit["reason"].strip()):
            low = int(quantity) // 12 * 12
            return Reject(*key, "Orders come in multiples of 12.", (low, low + 12), forcible=True)
        if quantity > 600 and not (edit["force"] and edit["reason"].strip()):
            return Reject(*key, "At most 600 units fit.", (600,), forcible=True)
        return None
