"""What a grid reads of a plan, as arrays per row and bucket: no arithmetic of planning, only shape."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from moselle_nb.plans.price_breaks import order_values
from moselle_nb.widgets.grid_source import Cells, Flag, Floats, Positions
from moselle_nb.widgets.plan_rows import MEASURES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from moselle_nb.plans.document import ReplenishmentPlan

__all__ = ["DATES", "NUMBERS", "TEXTS", "Orders", "PlanSource"]

Days = np.ndarray[Any, np.dtype[np.datetime64]]

AT_PRICE = ("sales", "unserved")
"""Measures whose value is what customers pay; the others are worth what they cost."""

DAYS = "days_on_hand"

TEXTS = (
    "item",
    "location",
    "name",
    "status",
    "reason",
    "supplier",
    "product_line",
    "product_type",
    "grade",
    "variability",
)
DATES = ("order_by", "first_stockout", "next_order_date")
NUMBERS = (
    "next_order_quantity",
    "total_order_quantity",
    "total_order_value",
    "on_hand",
    "on_order",
    "lead_time_days",
    "safety_stock",
    "demand_28d",
    "days_on_hand",
    "unserved",
    "unserved_value",
    "excess_units",
    "excess_value",
)

ORDER = MEASURES.index("order_quantity") + 1


@dataclass(frozen=True, eq=False)
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

    keys = ("item", "location")
    texts, dates, numbers = TEXTS, DATES, NUMBERS
    # Only order lines can be edited, in the row itself and in its measure.
    masks = np.array(
        [0xFF if place in (0, ORDER) else Flag.UNSERVED | Flag.BELOW_SAFETY for place in range(len(MEASURES) + 1)],
        dtype=np.uint8,
    )

    def __init__(self, plan: ReplenishmentPlan) -> None:
        self.plan = plan
        buckets = plan.buckets
        self.starts: Days = buckets["date"].to_numpy(dtype="datetime64[D]")
        self.ends: Days = buckets["last_day"].to_numpy(dtype="datetime64[D]")
        self.in_coverage: list[bool] = buckets["in_coverage"].tolist()

    @property
    def n_buckets(self) -> int:
        """Number of periods."""
        return len(self.starts)

    @property
    def n_edits(self) -> int:
        """Number of order lines that an edit fixes."""
        return sum(len(orders) for orders in self.plan.fixed.values())

    def bucket_of(self, dates: Days) -> Positions:
        """Return the bucket of each date; -1 for those outside."""
        places = np.searchsorted(self.starts, dates, side="right") - 1
        inside = (places >= 0) & (dates <= self.ends[places])
        return np.where(inside, places, -1).astype(np.int64)

    def order_buckets(self, row: int) -> Positions:
        """Return the bucket of each order date of a row."""
        return self.bucket_of(np.asarray(self.plan.order_dates(row), dtype="datetime64[D]"))

    def balances(self, rows: Positions) -> Mapping[str, Floats]:
        """Return each measure of `MEASURES`, shape (rows, buckets)."""
        cells = np.zeros((len(MEASURES), len(rows), len(self.starts)))
        if len(rows):
            frame = self.plan.lines_for(rows=rows.tolist())
            dates = frame["date"].to_numpy(dtype="datetime64[D]")
            # Lines come row by row, each from the first day on: a date that does not follow starts the next row.
            row = np.concatenate([[0], np.cumsum(dates[1:] <= dates[:-1])])
            bucket = self.bucket_of(dates)
            shown = bucket >= 0
            for measure, name in enumerate(MEASURES):
                column = frame[name].to_numpy(dtype=np.float64, na_value=np.nan)
                cells[measure, row[shown], bucket[shown]] = column[shown]
        return dict(zip(MEASURES, cells, strict=True))

    def orders(self, rows: Positions) -> Orders:
        """Return the order cells, shape (rows, buckets)."""
        matrix = self.plan.order_matrix(rows)
        flags = np.where(matrix.edited, Flag.EDITED, 0)
        for place, row in enumerate(rows.tolist()):
            buckets = self.order_buckets(row)
            flags[place, buckets[buckets >= 0]] |= Flag.EDITABLE
            for bucket in self._forced.get(row, ()):
                flags[place, bucket] |= Flag.FORCED
        return Orders(matrix.quantity, matrix.suggested, flags.astype(np.uint8))

    @property
    def header(self) -> Mapping[str, object]:
        """Nothing beside what all windows carry."""
        return {}

    def cells(self, rows: Positions, _expanded: np.ndarray[Any, np.dtype[np.bool_]], show: str) -> Cells:
        """Return the cells of some rows: orders, and all measures; as value at cost, sales at price."""
        balances, orders = self.balances(rows), self.orders(rows)
        values = np.stack([orders.quantity, *(balances[name] for name in MEASURES)])
        suggested = orders.suggested
        if show == "value":
            values = values * self.worth(rows)
            suggested = suggested * self.worth(rows)[0]
        unserved = np.where(balances["unserved"] > 0, Flag.UNSERVED, 0)
        below = np.where(balances["ending"] < balances["safety_stock"], Flag.BELOW_SAFETY, 0)
        return Cells(values, suggested, (orders.flags | unserved | below).astype(np.uint8))

    def unit_of(self, _name: str, _rows: Positions, _show: str) -> float:
        """Numbers before the periods are shown as they are."""
        return 1.0

    def day_in(self, row: int, bucket: int, *, balance: bool) -> np.datetime64:
        """Return the day by which a cell is explained.

        Parameters
        ----------
        row, bucket
            The cell.
        balance
            Whether the bucket's balance is meant: a day without an order date, where there is one. Else the last
            order date that orders something, else the last one, and the first day of a bucket that has none.
        """
        dates = np.asarray(self.plan.order_dates(row), dtype="datetime64[D]")
        if balance:
            days = np.arange(self.starts[bucket], self.ends[bucket] + 1)
            others = days[~np.isin(days, dates)]
            return np.datetime64(others[0] if len(others) else days[0], "D")
        inside = np.flatnonzero(self.bucket_of(dates) == bucket)
        ordering = [place for place in inside if self.plan.quantity_of(row, int(place)) > 0]
        chosen = ordering or list(inside)
        return np.datetime64(dates[chosen[-1]] if chosen else self.starts[bucket], "D")

    def worth(self, rows: Positions) -> Floats:
        """Return what a unit of the row and of each measure is worth, shape (1 + measures, rows, 1)."""
        inputs = self.plan.inputs
        cost = np.asarray(inputs.unit_cost, dtype=np.float64)[rows]
        price = np.asarray(inputs.unit_price, dtype=np.float64)[rows]
        price = np.where(np.isnan(price), cost, price)
        one = np.ones(len(rows))
        values = [price if name in AT_PRICE else one if name == DAYS else cost for name in MEASURES]
        return np.stack([cost, *values])[:, :, None]

    def totals(self, rows: Positions) -> Mapping[str, np.ndarray[Any, Any]]:
        """Return the columns of the summary that edits change, for some rows."""
        found: dict[str, list[Any]] = {
            name: []
            for name in (
                "next_order_date",
                "next_order_quantity",
                "total_order_quantity",
                "total_order_value",
                "unserved",
            )
        }
        for row in rows.tolist():
            lines, unserved = self.plan.lines_of(row), self._unserved(row)
            placed = np.flatnonzero(lines.quantity > 0)
            dates = self.plan.order_dates(row)
            total = float(lines.quantity.sum())
            found["next_order_date"].append(dates[lines.order[placed[0]]] if len(placed) else np.datetime64("NaT"))
            found["next_order_quantity"].append(lines.quantity[placed[0]] if len(placed) else 0.0)
            found["total_order_quantity"].append(total)
            cost = order_values(self.plan.inputs, np.full(len(lines.quantity), row), lines.quantity).sum()
            found["total_order_value"].append(float(cost) if total else 0.0)
            found["unserved"].append(unserved)
        days = np.array(found.pop("next_order_date"), dtype="datetime64[D]")
        return {"next_order_date": days, **{name: np.array(values) for name, values in found.items()}}

    def _unserved(self, row: int) -> float:
        changed = self.plan.changed.get(row)
        return float(self.plan.arrays.figures.unserved[row] if changed is None else changed.figures.unserved[0])

    @cached_property
    def _forced(self) -> dict[int, set[int]]:
        last: dict[tuple[int, int], bool] = {}
        for step in self.plan.steps:
            for edit in step:
                last[edit.row, edit.order] = edit.forced
        found: dict[int, set[int]] = {}
        for (row, order), forced in last.items():
            if forced:
                found.setdefault(row, set()).add(int(self.order_buckets(row)[order]))
        return found
