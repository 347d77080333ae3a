"""Sales before a day, by complete bucket and row: what a forecast may know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.inputs.ledger import EXAMPLES
from moselle_nb.inputs.rebucketing import to_grid
from moselle_nb.inputs.values import day_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.inputs.data import BucketKind
    from moselle_nb.inputs.ledger import Ledger
    from moselle_nb.inputs.sales_lines import SalesLines

__all__ = ["BUCKET_KINDS", "Calendar", "SalesHistory", "sales_history"]

BUCKET_KINDS: tuple[BucketKind, ...] = ("day", "week", "month")

WEEK = 7
OLDEST_DAYS = 3_653
"""Days before `as_of` from which sales are used: older ones say nothing of today."""

MOST_CELLS = 500_000_000
"""Buckets times rows."""

ENOUGH_DAYS = 8
"""Days with sales from which their pattern shows that they come by week or by month."""


@dataclass(frozen=True)
class Calendar:
    """Buckets, numbered; months since 1970, days since 1970, or weeks from an anchor.

    Parameters
    ----------
    bucket
        Their length.
    anchor
        First day of any week, in days since 1970.
    """

    bucket: BucketKind
    anchor: int = 0

    def number(self, days: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the bucket of each day."""
        if self.bucket == "month":
            return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
        return days if self.bucket == "day" else np.floor_divide(days - self.anchor, WEEK)

    def starts(self, numbers: NDArray[np.int64]) -> NDArray[np.datetime64]:
        """Return the first day of each bucket, datetime64[D]."""
        if self.bucket == "month":
            return numbers.astype("datetime64[M]").astype("datetime64[D]")
        return (numbers if self.bucket == "day" else numbers * WEEK + self.anchor).astype("datetime64[D]")


@dataclass(frozen=True, eq=False)
class SalesHistory:
    """Sales by bucket and row; rows are sorted by item and location.

    Parameters
    ----------
    calendar
        Of the buckets.
    current
        Number of the bucket that holds `as_of`: the first one to be forecast.
    item, location, group
        Names per row, shape (rows,).
    quantity
        Units, at least 0, shape (buckets, rows); the last bucket is the one before `current`.
    in_stock
        False where the item was out of stock for some of the bucket, same shape.
    first
        Each row's first bucket with a sale, shape (rows,); its first one with a line where it never sold.
    listed
        Each row's first bucket with a line, shape (rows,).
    """

    calendar: Calendar
    current: int
    item: NDArray[np.object_]
    location: NDArray[np.object_]
    group: NDArray[np.object_]
    quantity: NDArray[np.float64]
    in_stock: NDArray[np.bool_]
    first: NDArray[np.int64]
    listed: NDArray[np.int64]


def sales_history(lines: SalesLines, as_of: int, bucket: BucketKind, ledger: Ledger) -> SalesHistory:
    """Return the sales of every row from its first line to the last complete bucket before a day.

    A row's history begins with its first sale: lines of 0 before it may as well say that it was not yet on offer.
    Lines from `as_of` on are not looked at. Weeks begin on the weekday on which all lines before `as_of` stand, else
    on that of `as_of`. A bucket without a line sold nothing; returns are taken off the sales of their bucket.

    Parameters
    ----------
    lines
        Typed sales.
    as_of
        Days since 1970: sales from this day on are unknown.
    bucket
        Length of the buckets.
    ledger
        Where warnings go; what is broken stops at once.

    Raises
    ------
    ContractError
        When there is nothing to learn from, or sales come in longer buckets than asked for.
    """
    known = _known(lines, as_of, ledger)
    calendar = _calendar(known.day, as_of, bucket, ledger)
    current = int(calendar.number(np.array([as_of]))[0])
    number = calendar.number(known.day)
    complete = number < current
    said = f"left out: the {bucket} is not over"
    ledger.warn("sales", f"lines in the {bucket} of as_of", int((~complete).sum()), (), said)
    if not complete.any():
        shown = [f"the first line is of {day_text(int(known.day.min()))}, as_of is {day_text(as_of)}"]
        ledger.breaks("sales", f"there is a complete {bucket} before as_of", 0, shown)
        ledger.stop_if_broken()
    return _by_bucket(known.where(complete), number[complete], current, calendar, ledger)


def _known(lines: SalesLines, as_of: int, ledger: Ledger) -> SalesLines:
    """Return the lines before `as_of` that are not too old."""
    before = lines.day < as_of
    recent = before & (lines.day >= as_of - OLDEST_DAYS)
    if not recent.any():
        first, last = lines.day.min(), lines.day[before].max(initial=int(lines.day.min()))
        ages = f"the last is of {day_text(int(last))}" if before.any() else f"the first is of {day_text(int(first))}"
        rule = f"there are sales in the ten years before {day_text(as_of)}"
        ledger.breaks("sales", rule, 0, [ages])
        ledger.stop_if_broken()
    ledger.warn("sales", "lines more than ten years old", int((before & ~recent).sum()), (), "left out")
    return lines.where(recent)


def _calendar(days: NDArray[np.int64], as_of: int, bucket: BucketKind, ledger: Ledger) -> Calendar:
    distinct = np.unique(days)
    months = distinct.astype("datetime64[D]")
    by_month = bool((months == months.astype("datetime64[M]").astype("datetime64[D]")).all())
    by_week = len(np.unique(distinct % WEEK)) == 1
    if len(distinct) >= ENOUGH_DAYS:
        longer = "month" if by_month else "week" if by_week else "day"
        if BUCKET_KINDS.index(longer) > BUCKET_KINDS.index(bucket):
            rule = f"bucket is not shorter than the buckets of the sales, which come by {longer}"
            ledger.breaks("bucket", rule, 0, [f"received {bucket!r}"])
            ledger.stop_if_broken()
    return Calendar(bucket, int(distinct[0]) if by_week else as_of)


def _by_bucket(
    lines: SalesLines, number: NDArray[np.int64], current: int, calendar: Calendar, ledger: Ledger
) -> SalesHistory:
    keys, row = _rows(lines)
    rows, earliest = len(keys), int(number.min())
    periods = current - earliest
    _check_size(periods, rows, calendar.bucket, ledger)
    place, cells, shape = (number - earliest) * rows + row, periods * rows, (periods, rows)
    item, location = lines.items[keys // len(lines.locations)], lines.locations[keys % len(lines.locations)]
    sums = np.bincount(place, weights=to_grid(lines.quantity), minlength=cells).astype(np.float64).reshape(shape)
    in_stock = np.bincount(place[lines.out], minlength=cells).reshape(shape) == 0
    sold = np.bincount(place, minlength=cells).reshape(shape) > 0
    listed = sold.argmax(axis=0).astype(np.int64)
    gaps = int((periods - listed).sum()) - int(sold.sum())
    ledger.warn("sales", f"{calendar.bucket}s without a line after a row's first", gaps, (), "counted as 0 sold")
    _note_returns(sums, item, location, calendar.bucket, ledger)
    first = np.where((sums > 0).any(axis=0), (sums > 0).argmax(axis=0), listed).astype(np.int64)
    _note_stockouts(in_stock, first, item, location, calendar.bucket, ledger)
    group = np.zeros(rows, dtype=np.int64)
    group[row] = lines.group
    return SalesHistory(
        calendar, current, item, location, lines.groups[group], np.maximum(sums, 0.0), in_stock, first, listed
    )


def _rows(lines: SalesLines) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the pairs of item and location that occur, as numbers in their order, and each line's place in them."""
    key, pairs = lines.item * len(lines.locations) + lines.location, len(lines.items) * len(lines.locations)
    if pairs > MOST_CELLS:
        return np.unique(key, return_inverse=True)
    there = np.bincount(key, minlength=pairs) > 0
    return np.flatnonzero(there), (np.cumsum(there) - 1)[key]


def _check_size(periods: int, rows: int, bucket: str, ledger: Ledger) -> None:
    if periods * rows > MOST_CELLS:
        said = f"{rows:,} rows × {periods:,} {bucket}s = {periods * rows:,}"
        ledger.breaks("sales", f"it has at most {MOST_CELLS:,} rows × buckets", 0, [said])
        ledger.stop_if_broken()


def _note_returns(
    sums: NDArray[np.float64], item: NDArray[np.object_], location: NDArray[np.object_], bucket: str, ledger: Ledger
) -> None:
    below = sums < 0
    names = _names(np.flatnonzero(below.any(axis=0)), item, location)
    ledger.warn("sales", f"{bucket}s with more returns than sales", int(below.sum()), names, "counted as 0 sold")


def _note_stockouts(
    in_stock: NDArray[np.bool_],
    first: NDArray[np.int64],
    item: NDArray[np.object_],
    location: NDArray[np.object_],
    bucket: str,
    ledger: Ledger,
) -> None:
    """Note the buckets that are left out, and take those of rows that would have none left as they are."""
    ledger.warn("sales", f"{bucket}s out of stock", int((~in_stock).sum()), (), "left out: sales do not show demand")
    never = ~(in_stock & (np.arange(len(in_stock))[:, None] >= first)).any(axis=0)
    in_stock[:, never] = True
    names = _names(np.flatnonzero(never), item, location)
    said = "their sales are taken as they are: at least so much is asked for"
    ledger.warn("sales", f"rows out of stock in every {bucket}", int(never.sum()), names, said)


def _names(rows: NDArray[np.intp], item: NDArray[np.object_], location: NDArray[np.object_]) -> list[str]:
    return [f"({item[row]}, {location[row]})" for row in rows[:EXAMPLES]]
