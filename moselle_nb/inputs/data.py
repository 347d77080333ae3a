"""What a plan is built from: the tables, checked and laid out as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["BucketKind", "Forecast", "PlanningData"]

BucketKind = Literal["day", "week", "month"]


@dataclass(frozen=True, eq=False)
class Forecast:
    """One scenario of the forecast, as a matrix of buckets by rows.

    Parameters
    ----------
    bucket
        Length of the buckets, inferred for the whole table.
    starts
        First day of each bucket, datetime64[D], shape (buckets,); buckets follow each other without holes.
    lengths
        Days of each bucket, int32, shape (buckets,).
    quantity
        Demand in 1/1024 units, int64, shape (buckets, rows); 0 where the table has no line.
    sd
        Standard deviation of the forecast error in units, float64, shape (buckets, rows), nan where the table
        has none; None when no line of the scenario has one.
    levels
        Levels of the quantiles that lines give, rising inside (0, 1); None when no line of the scenario has any.
    quantiles
        Units, float64, shape (levels, buckets, rows), nan where a line has none; None without levels.
    first, last
        First and last bucket with a line of each row, int32, shape (rows,); -1 where a row has none.
    """

    bucket: BucketKind
    starts: NDArray[np.datetime64]
    lengths: NDArray[np.int32]
    quantity: NDArray[np.int64]
    sd: NDArray[np.float64] | None
    first: NDArray[np.int32]
    last: NDArray[np.int32]
    levels: NDArray[np.float64] | None = None
    quantiles: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        _freeze(self)

    def __repr__(self) -> str:
        """Give the size and the period in one line."""
        buckets, rows = self.quantity.shape
        if not buckets:
            return f"Forecast({rows:,} rows, no {self.bucket}s)"
        end = self.starts[-1] + self.lengths[-1].astype("timedelta64[D]") - np.timedelta64(1, "D")
        return f"Forecast({rows:,} rows × {buckets} {self.bucket}s, {self.starts[0]} to {end})"


@dataclass(frozen=True, eq=False)
class PlanningData:
    """Tables that kept their contract, ready to be planned with.

    Frames have every column of their contract (empty where the source had none) and the source's own extra
    columns as text. Text is object with None for empty, numbers and flags (1, 0) are float64 with nan for empty,
    days are datetime64[ns]; frames are sorted by their key.

    Arrays are read-only, those of the forecasts too. Frames are not copied when they are looked at: `load` makes
    their cells read-only; change a ``.copy()``, and load the changed tables again.

    Parameters
    ----------
    as_of
        The day at whose opening the stock was counted.
    items, locations, suppliers, sourcing, price_breaks, closures, lanes, constraints, sales
        The tables.
    row_item, row_location
        Positions in `items` and `locations`, int32, shape (rows,): the rows that can be planned, which are the
        keys of forecast, inventory and inbound together, sorted by item and location.
    on_hand, committed
        Units as they arrived, float64, shape (rows,); 0 where a row has no inventory.
    inbound_row, inbound_date, inbound_quantity, inbound_reference
        Open orders, one entry per row and expected day, sorted by both; days as they arrived.
    forecasts
        Scenario to `Forecast`; a scenario without a name is ``""``.
    quality
        What was dirty, and what was done about it: table, rule (what was found, such as ``rows without stock``),
        count, examples, what_was_done. Empty when clean.
    """

    as_of: dt.date
    items: pd.DataFrame
    locations: pd.DataFrame
    suppliers: pd.DataFrame
    sourcing: pd.DataFrame
    price_breaks: pd.DataFrame
    closures: pd.DataFrame
    lanes: pd.DataFrame
    constraints: pd.DataFrame
    sales: pd.DataFrame
    row_item: NDArray[np.int32]
    row_location: NDArray[np.int32]
    on_hand: NDArray[np.float64]
    committed: NDArray[np.float64]
    inbound_row: NDArray[np.int32]
    inbound_date: NDArray[np.datetime64]
    inbound_quantity: NDArray[np.float64]
    inbound_reference: NDArray[np.object_]
    forecasts: Mapping[str, Forecast]
    quality: pd.DataFrame

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        _freeze(self)

    @property
    def n_rows(self) -> int:
        """How many rows (item and location) can be planned."""
        return len(self.row_item)

    @property
    def rows(self) -> pd.DataFrame:
        """Item and location of every row, in row order."""
        return pd.DataFrame(
            {
                "item": self.items["item"].to_numpy()[self.row_item],
                "location": self.locations["location"].to_numpy()[self.row_location],
            },
            dtype=object,
        )

    def __repr__(self) -> str:
        """Give the sizes in one line."""
        count = len(self.quality)
        warnings = f", {count:,} warning{'' if count == 1 else 's'}" if count else ""
        return (
            f"PlanningData(as of {self.as_of}: {len(self.items):,} items, {len(self.locations):,} locations, "
            f"{self.n_rows:,} rows{warnings})"
        )


def _freeze(record: Forecast | PlanningData) -> None:
    """Make the arrays of a record read-only: plans hold on to them."""
    for value in vars(record).values():
        if isinstance(value, np.ndarray):
            value.setflags(write=False)
