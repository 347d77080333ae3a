"""Tables laid out as arrays: rows, stock, open orders and the forecast's matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from moselle_nb.inputs.data import BucketKind, Forecast
from moselle_nb.inputs.keys import positions
from moselle_nb.inputs.quantiles import levels_of
from moselle_nb.inputs.rebucketing import GRID

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from moselle_nb.inputs.checked import CheckedTable
    from moselle_nb.inputs.columns import Days, Numbers
    from moselle_nb.inputs.keys import Keys

__all__ = [
    "Buckets",
    "Inbound",
    "RowIndex",
    "buckets_of",
    "by_row",
    "forecasts_of",
    "inbound_of",
    "places_of",
    "row_index",
]

BLOCK = 1 << 22
"""Lines handled at once: what is made per line stays small beside the matrix."""

DENSE = 100_000_000
"""Pairs of item and location up to which rows are found by a table of all of them."""


@dataclass(frozen=True, eq=False)
class RowIndex:
    """Which pairs of item and location are rows.

    Parameters
    ----------
    pairs
        ``item * n_locations + location`` of each row, increasing.
    n_locations
        How many locations there are.
    dense
        Row of every pair, -1 where it is none; None when there are too many pairs.
    """

    pairs: NDArray[np.int64]
    n_locations: int
    dense: NDArray[np.int32] | None

    @property
    def item(self) -> NDArray[np.int32]:
        """Item of each row."""
        return (self.pairs // max(1, self.n_locations)).astype(np.int32)

    @property
    def location(self) -> NDArray[np.int32]:
        """Location of each row."""
        return (self.pairs % max(1, self.n_locations)).astype(np.int32)

    def __len__(self) -> int:
        """How many rows."""
        return len(self.pairs)

    def of(self, item: NDArray[np.int32], location: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return the row of each pair; every pair has to be one."""
        pairs = item.astype(np.int64) * self.n_locations + location
        rows = np.searchsorted(self.pairs, pairs) if self.dense is None else self.dense[pairs]
        return rows.astype(np.int64)


Places = tuple["NDArray[np.int32]", "NDArray[np.int32]"]


def places_of(checked: CheckedTable, keys: Keys) -> Places:
    """Return item and location of every line, as positions."""
    item, location = checked.text("item"), checked.text("location")
    if item is None or location is None:
        return np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int32)
    return positions(item, keys["items"]), positions(location, keys["locations"])


def row_index(places: list[Places], n_items: int, n_locations: int) -> RowIndex:
    """Return the rows that occur in any of several tables."""
    if n_items * n_locations > DENSE:
        pairs = [pd.unique(item.astype(np.int64) * n_locations + location) for item, location in places]
        return RowIndex(np.unique(np.concatenate(pairs)), n_locations, None)
    present = np.zeros(n_items * n_locations, dtype=bool)
    for item, location in places:
        for block in _blocks(len(item)):
            present[item[block].astype(np.int64) * n_locations + location[block]] = True
    found = np.flatnonzero(present)
    dense = np.full(len(present), -1, dtype=np.int32)
    dense[found] = np.arange(len(found), dtype=np.int32)
    return RowIndex(found, n_locations, dense)


def _blocks(lines: int) -> Iterator[slice]:
    for first in range(0, lines, BLOCK):
        yield slice(first, min(lines, first + BLOCK))


@dataclass(frozen=True, eq=False)
class Buckets:
    """The forecast's calendar; `place` is the bucket that starts on each day from `first_day` on, else -1."""

    kind: BucketKind
    starts: NDArray[np.datetime64]
    lengths: NDArray[np.int32]
    first_day: int
    place: NDArray[np.int32]


def buckets_of(days: NDArray[np.int32]) -> Buckets:
    """Infer the buckets of days since 1970: months when all are firsts, weeks when they share a weekday, else days."""
    low, high = int(days.min()), int(days.max())
    occurs = np.zeros(high - low + 1, dtype=bool)
    for block in _blocks(len(days)):
        occurs[days[block] - low] = True
    found = np.flatnonzero(occurs) + low
    dates = found.astype("datetime64[D]")
    kind: BucketKind = "day"
    starts = np.arange(low, high + 1).astype("datetime64[D]")
    ends = starts + 1
    if (dates == dates.astype("datetime64[M]").astype("datetime64[D]")).all():
        kind = "month"
        months = np.arange(dates[0].astype("datetime64[M]"), dates[-1].astype("datetime64[M]") + 1)
        starts, ends = months.astype("datetime64[D]"), (months + 1).astype("datetime64[D]")
    elif ((found - low) % 7 == 0).all():
        kind, starts = "week", starts[::7]
        ends = starts + 7
    place = np.full(high - low + 1, -1, dtype=np.int32)
    place[starts.astype(np.int64) - low] = np.arange(len(starts), dtype=np.int32)
    return Buckets(kind, starts, (ends - starts).astype(np.int32), low, place)


def forecasts_of(
    checked: CheckedTable, places: Places, index: RowIndex, buckets: Buckets
) -> dict[str, tuple[Forecast, NDArray[np.int32], int]]:
    """Lay out each scenario's lines as a matrix.

    Returns
    -------
    dict[str, tuple[Forecast, NDArray[np.int32], int]]
        By scenario: the forecast, the buckets that each row has a line for, and how many lines there were; where
        the lines are more than the buckets filled, keys repeat.
    """
    days, quantity, sd = checked.days("date"), checked.numbers("quantity"), checked.numbers("sd")
    scenario = checked.text("scenario")
    quantiles = {
        level: column
        for name, level in levels_of(checked.columns).items()
        if (column := checked.numbers(name)) is not None
    }
    found: dict[str, tuple[Forecast, NDArray[np.int32], int]] = {}
    if days is None or quantity is None:
        return found
    used = [-1] if scenario is None else np.unique(scenario.codes).tolist()
    for code in used:
        alone = scenario is None or len(used) == 1
        chosen = None if alone or scenario is None else np.flatnonzero(scenario.codes == code)
        name = "" if scenario is None or code < 0 else str(scenario.words[code].as_py())
        found[name] = _forecast(_Lines(places, days, quantity, sd, quantiles), chosen, index, buckets)
    return dict(sorted(found.items()))


@dataclass(frozen=True, eq=False)
class _Lines:
    places: Places
    days: Days
    quantity: Numbers
    sd: Numbers | None
    quantiles: dict[float, Numbers]

    def given(self, chosen: NDArray[np.int64] | None) -> bool:
        """Tell whether any of some lines has quantiles."""
        which = slice(None) if chosen is None else chosen
        return any(not np.isnan(column.values[which]).all() for column in self.quantiles.values())


def _forecast(
    lines: _Lines, chosen: NDArray[np.int64] | None, index: RowIndex, buckets: Buckets
) -> tuple[Forecast, NDArray[np.int32], int]:
    shape = (len(buckets.starts), len(index))
    quantity, present = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=bool)
    count = len(lines.days) if chosen is None else len(chosen)
    parts = [block if chosen is None else chosen[block] for block in _blocks(count)]
    wanted = lines.sd is not None and any(not np.isnan(lines.sd.values[part]).all() for part in parts)
    sd = np.full(shape, np.nan) if wanted else None
    levels = list(lines.quantiles) if lines.given(chosen) else []
    quantiles = np.full((len(levels), *shape), np.nan)
    for part in parts:
        row = index.of(lines.places[0][part], lines.places[1][part])
        cell = buckets.place[lines.days.values[part] - buckets.first_day] * np.int64(len(index)) + row
        quantity.reshape(-1)[cell] = np.rint(lines.quantity.values[part] * GRID)
        present.reshape(-1)[cell] = True
        if sd is not None and lines.sd is not None:
            sd.reshape(-1)[cell] = lines.sd.values[part]
        for place, level in enumerate(levels):
            quantiles[place].reshape(-1)[cell] = lines.quantiles[level].values[part]
    filled = present.sum(axis=0, dtype=np.int32)
    first = np.where(filled > 0, present.argmax(axis=0), -1).astype(np.int32)
    last = np.where(filled > 0, len(buckets.starts) - 1 - present[::-1].argmax(axis=0), -1).astype(np.int32)
    more = (np.array(levels), quantiles) if levels else ()
    forecast = Forecast(buckets.kind, buckets.starts, buckets.lengths, quantity, sd, first, last, *more)
    return forecast, filled, count


@dataclass(frozen=True, eq=False)
class Inbound:
    """Open orders, one entry per row and day; `merged` lines were added to another of the same row and day."""

    row: NDArray[np.int32]
    date: NDArray[np.datetime64]
    quantity: NDArray[np.float64]
    reference: NDArray[np.object_]
    merged: int = 0


def inbound_of(checked: CheckedTable | None, places: Places, index: RowIndex) -> Inbound:
    """Sum open orders by row and day, and join their references."""
    days = checked.days("date") if checked is not None else None
    quantity = checked.numbers("quantity") if checked is not None else None
    if checked is None or days is None or quantity is None or not len(days):
        none = (
            np.empty(0, dtype=np.int32),
            np.empty(0, dtype="datetime64[D]"),
            np.empty(0),
            np.empty(0, dtype=object),
        )
        return Inbound(*none)
    row = index.of(*places)
    reference = checked.text("reference")
    words = reference.objects() if reference is not None else np.full(len(row), None, dtype=object)
    by_word = np.argsort(words.astype(str), kind="stable")
    order = by_word[np.lexsort((days.values[by_word], row[by_word]))]
    row, day = row[order], days.values[order]
    new = np.ones(len(row), dtype=bool)
    new[1:] = (row[1:] != row[:-1]) | (day[1:] != day[:-1])
    starts = np.flatnonzero(new)
    joined = words[order][starts]
    ends = np.append(starts[1:], len(row))
    for place in np.flatnonzero(ends - starts > 1):
        several = words[order][starts[place] : ends[place]]
        joined[place] = ", ".join(dict.fromkeys(str(word) for word in several if word is not None)) or None
    total = np.add.reduceat(quantity.values[order], starts)
    date = day[starts].astype("datetime64[D]")
    return Inbound(row[starts].astype(np.int32), date, total, joined, len(row) - len(starts))


def by_row(checked: CheckedTable | None, name: str, rows: NDArray[np.int64], n_rows: int) -> NDArray[np.float64]:
    """Return a column of numbers per row, 0 where it is empty."""
    values = np.zeros(n_rows)
    column = checked.numbers(name) if checked is not None else None
    if column is not None:
        values[rows] = np.nan_to_num(column.values, nan=0.0)
    return values
