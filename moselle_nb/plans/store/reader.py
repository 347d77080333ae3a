"""Columns of a plan file that every kind of plan has: each is checked before it is used."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from moselle_nb.exceptions import PlanFileError
from moselle_nb.inputs.rebucketing import BucketedDemand
from moselle_nb.plans.resolved import Receipts
from moselle_nb.plans.shapes import RowShapes
from moselle_nb.plans.store.tables import frame_of_columns

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from moselle_nb.plans.config_parts import PlanConfig

    Columns = dict[str, NDArray[Any]]
    Tables = Mapping[str, Columns]

__all__ = [
    "LARGEST", "LAST_DAY", "LONGEST_DAYS", "Reader", "coverage_of", "kind_in_file", "read_closures", "read_forecast",
    "read_frame", "read_receipts", "read_shapes", "refuse", "span_of",
]  # fmt: skip

LONGEST_DAYS = 3650
LAST_DAY = 20_000
"""Days from `as_of` that a plan may order in, forward and back."""

LAST_DATE = 106_751
"""Days from 1970-01-01 that a date may lie, forward and back: what nanoseconds hold."""

DAY_SECONDS = 86_400

FEWEST_LEVELS = 4
"""Of a quantile function: two that were given, and both ends."""

CLOSE = 1e-6

LARGEST = 2.0**43
"""Units beyond which sums would not be exact."""


class Reader:
    """Columns that were promised, checked as they are taken."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def has(self, name: str) -> bool:
        """Tell whether a table is there."""
        return name in self._tables

    def table(self, name: str, rows: int | None = None) -> Columns:
        """Return a table whose columns are as long as they should be."""
        columns = self._tables[name]
        lengths = {len(values) for values in columns.values()}
        if len(lengths) > 1 or (rows is not None and columns and lengths != {rows}):
            refuse(f"arrays/{name} has {sorted(lengths)} rows, expected {rows}.")
        return columns

    def take(
        self, table: str, column: str, low: float, high: float, *, kind: type[np.generic] = np.int64, nan: bool = False
    ) -> NDArray[Any]:
        """Return a column of numbers from `low` to `high`, or NaN where that is allowed."""
        values = self._tables[table].get(column)
        if values is None:
            refuse(f"arrays/{table} has no column {column!r}.")
        expected = np.dtype(kind).kind
        if values.dtype.kind != expected:
            refuse(f"arrays/{table}, {column}: expected {np.dtype(kind).name}, found {values.dtype}.")
        if values.dtype.kind != "b":
            inside = (values >= low) & (values <= high)
            if nan:
                inside |= np.isnan(values)
            if not inside.all():
                refuse(f"arrays/{table}, {column}: values lie between {low:g} and {high:g}, found others.")
        return values.astype(kind)


def refuse(text: str) -> NoReturn:
    """Refuse a file, saying why."""
    raise PlanFileError(text)


def coverage_of(config: PlanConfig, as_of: dt.date) -> tuple[int, int]:
    """Return first and last day of coverage from `as_of`.

    Raises
    ------
    PlanFileError
        When they do not suit a plan of that day.
    """
    day = np.datetime64(as_of, "D")
    first, last = ((np.datetime64(date, "D") - day).astype(int).item() for date in config.coverage)
    if not (-LAST_DAY < first <= last < LAST_DAY and last >= 0):
        refuse(f"the coverage {config.coverage[0]} to {config.coverage[1]} does not suit a plan as of {as_of}.")
    return first, last


def span_of(day: np.datetime64) -> tuple[int, int]:
    """Return the first and last day from `as_of` that is a date; a receipt may wait for the day after the last one."""
    since = day.astype(np.int64).item()
    return -LAST_DATE - since, LAST_DATE + 1 - since


def read_closures(read: Reader) -> pd.DataFrame:
    """Return when suppliers and locations are closed."""
    columns = read.table("closures")
    if list(columns) != ["scope", "key", "date:from", "date:to"]:
        refuse("arrays/closures has the columns scope, key, from and to.")
    last = LAST_DATE * DAY_SECONDS
    begin, end = (read.take("closures", name, -last, last) for name in ("date:from", "date:to"))
    scopes, keys = columns["scope"], columns["key"]
    if not set(scopes) <= {"supplier", "location"} or any(not isinstance(key, str) for key in keys):
        refuse("arrays/closures: a supplier or a location is closed, and named.")
    if ((begin > end) | (begin % DAY_SECONDS > 0) | (end % DAY_SECONDS > 0)).any():
        refuse("arrays/closures: closed from a day to the same or a later one.")
    return frame_of_columns(columns)


def read_frame(read: Reader, name: str, texts: Sequence[str], numbers: Sequence[str] = ()) -> pd.DataFrame:
    """Return a master table whose key is unique, sorted text, with the columns that a plan reads."""
    columns = read.table(name)
    for column in texts:
        if column not in columns or columns[column].dtype != object:
            refuse(f"arrays/{name} has no text column {column!r}.")
    for column in numbers:
        if column not in columns or columns[column].dtype.kind != "f":
            refuse(f"arrays/{name} has no number column {column!r}.")
    keys = columns[texts[0]]
    if any(key is None for key in keys) or any(a >= b for a, b in pairwise(keys)):
        refuse(f"arrays/{name}: keys are given, unique and sorted.")
    return frame_of_columns(columns)


def kind_in_file(kind: type[np.generic]) -> type[np.generic]:
    """Return how a kind comes out of the file: all whole numbers as int64."""
    return np.int64 if np.dtype(kind).kind == "i" else kind


def read_forecast(
    read: Reader, rows: int, span: tuple[int, int], *, uncertain: bool
) -> tuple[BucketedDemand, NDArray[np.float64] | None]:
    """Return the forecast and its variance, which a plan with uncertain demand has."""
    read.table("buckets")
    starts = read.take("buckets", "start", *span)
    lengths = read.take("buckets", "length", 1, 31)
    if (starts[1:] != starts[:-1] + lengths[:-1]).any():
        refuse("arrays/buckets: buckets follow one another.")
    count = len(starts)
    first, last = (read.take("rows", name, -1, count - 1).astype(np.int32) for name in ("first", "last"))
    if ((first < 0) != (last < 0)).any() or (first > last).any():
        refuse("arrays/rows: a row's first forecast bucket is not after its last.")
    quantity = _matrix(read, "forecast", count, rows, lambda name: read.take("forecast", name, 0, 2**53))
    demand = BucketedDemand(starts, lengths, quantity, first, last)
    if uncertain and not read.has("variance"):
        refuse("arrays/variance is missing; uncertain demand needs it.")
    if not read.has("variance"):
        return demand, None

    def variance(name: str) -> NDArray[Any]:
        return read.take("variance", name, 0, 1e300, kind=np.float64)

    return demand, _matrix(read, "variance", count, rows, variance)


def _matrix(read: Reader, table: str, count: int, rows: int, take: Callable[[str], NDArray[Any]]) -> NDArray[Any]:
    columns = read.table(table, rows)
    if list(columns) != [str(bucket) for bucket in range(count)]:
        refuse(f"arrays/{table} has one column per bucket, {count} in all.")
    kind = np.int64 if table == "forecast" else np.float64
    found = np.empty((count, rows), dtype=kind)
    for bucket in range(count):
        found[bucket] = take(str(bucket))
    return found


def read_shapes(read: Reader, rows: int, demand: BucketedDemand) -> RowShapes:
    """Return the quantile functions of rows, each never falling, of mean 0 and variance 1."""
    columns = read.table("shapes")
    row, names = read.take("shapes", "row", 0, rows - 1), [name for name in columns if name != "row"]
    levels = np.array([_level(name) for name in names])
    if not len(row) or (np.diff(row) <= 0).any() or not len(demand.starts):
        refuse("arrays/shapes: rows with a forecast, sorted, each once.")
    if len(levels) < FEWEST_LEVELS or levels[0] != 0 or levels[-1] != 1 or (np.diff(levels) <= 0).any():
        refuse("arrays/shapes: one column per level, rising from 0 to 1.")
    scores = np.array([read.take("shapes", name, -LARGEST, LARGEST, kind=np.float64) for name in names])
    width, low, high = np.diff(levels)[:, None], scores[:-1], scores[1:]
    mean = (width * (low + high)).sum(axis=0) / 2
    square = (width * (low * low + low * high + high * high)).sum(axis=0) / 3
    if (low > high).any() or (np.abs(mean) > CLOSE).any() or (np.abs(square - 1) > CLOSE).any():
        refuse("arrays/shapes: scores never fall, and have mean 0 and variance 1.")
    return RowShapes(row, levels, scores, np.append(demand.starts, demand.starts[-1] + demand.lengths[-1]))


def _level(name: str) -> float:
    try:
        return float(name)
    except ValueError:
        refuse(f"arrays/shapes, {name}: a column is called by its level, from 0 to 1.")


def read_receipts(read: Reader, rows: int, span: tuple[int, int]) -> Receipts:
    """Return the receipts by row."""
    read.table("receipts")
    row = read.take("receipts", "row", 0, rows - 1)
    day = read.take("receipts", "day", 0, span[1])
    due = read.take("receipts", "due", *span)
    quantity = read.take("receipts", "quantity", 0, LARGEST, kind=np.float64)
    if (np.diff(row) < 0).any() or (day < due).any():
        refuse("arrays/receipts: sorted by row, and none arrives before it is due.")
    starts = np.searchsorted(row, np.arange(rows + 1)).astype(np.int64)
    reference = read.table("receipts").get("reference")
    if reference is not None and reference.dtype != object:
        refuse("arrays/receipts, reference: expected text.")
    return Receipts(starts, day, quantity, due, reference)
