"""Demand counted twice: a warehouse whose own forecast is already the sum of what it feeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from moselle_nb.inputs.data import Forecast
    from moselle_nb.inputs.layout import RowIndex

__all__ = ["counted_twice_at", "sums_of_fed_rows"]

ALIKE = 0.05
"""Two totals that differ by no more than this share look like the same demand."""

MOSTLY = 0.5
"""Share of the items that must look so."""


def counted_twice_at(source: str, scenario: str) -> str:
    """Return what the quality of the data says of such a location."""
    return f"demand counted twice at {source}{f' ({scenario})' if scenario else ''}"


def sums_of_fed_rows(
    frames: dict[str, pd.DataFrame], index: RowIndex, forecast: Forecast
) -> Iterator[tuple[str, NDArray[np.int64]]]:
    """Yield each location whose forecast looks like the sum of those that it feeds, and the rows that do.

    An item is compared in the buckets that the location's own forecast and all the fed ones have; it looks so when
    both totals are above 0 and differ by at most 5 %. A location is named when more than half of its items do.

    Parameters
    ----------
    frames
        The tables by name.
    index
        The rows.
    forecast
        One scenario.
    """
    lanes, places = frames["lanes"], pd.Index(frames["locations"]["location"])
    if not len(lanes):
        return
    fed = (forecast.first >= 0) & ~_is_sourced(frames, index)
    for source, part in lanes.groupby("source", sort=True):
        reached = np.zeros(len(places), dtype=bool)
        reached[places.get_indexer(part["destination"])] = True
        below = np.flatnonzero(fed & reached[index.location])
        here = np.flatnonzero((index.location == places.get_loc(source)) & (forecast.first >= 0))
        own, total = _totals(index, forecast, here, below, len(frames["items"]))
        compared = (own > 0) & (total > 0)
        alike = compared & (np.abs(own - total) <= ALIKE * total)
        if alike.sum() > MOSTLY * compared.sum():
            yield str(source), here[alike]


def _totals(
    index: RowIndex, forecast: Forecast, here: NDArray[np.int64], below: NDArray[np.int64], items: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the own and the fed total of the items of some rows in their common buckets, shape (rows,)."""
    place = np.full(items, -1, dtype=np.int64)
    place[index.item[here]] = np.arange(len(here))
    column = place[index.item[below]]
    below, column = below[column >= 0], column[column >= 0]
    first, last = forecast.first[here].copy(), forecast.last[here].copy()
    np.maximum.at(first, column, forecast.first[below])
    np.minimum.at(last, column, forecast.last[below])
    own, total = np.zeros(len(here)), np.zeros(len(here))
    for bucket, quantity in enumerate(forecast.quantity):
        common = (first <= bucket) & (bucket <= last)
        own += np.where(common, quantity[here], 0)
        total += np.bincount(column, weights=quantity[below] * common[column], minlength=len(here))
    return own, total


def _is_sourced(frames: dict[str, pd.DataFrame], index: RowIndex) -> NDArray[np.bool_]:
    """Tell for which rows a sourcing record names a supplier: no lane feeds those."""
    sourcing = frames["sourcing"]
    item = pd.Index(frames["items"]["item"]).get_indexer(sourcing["item"])
    place = pd.Index(frames["locations"]["location"]).get_indexer(sourcing["location"])
    everywhere = np.zeros(len(frames["items"]), dtype=bool)
    everywhere[item[place < 0]] = True
    width = len(frames["locations"])
    keys = (item.astype(np.int64) * width + place)[place >= 0]
    return everywhere[index.item] | np.isin(index.item.astype(np.int64) * width + index.location, keys)
