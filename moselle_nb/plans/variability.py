"""Classes X, Y and Z: how evenly an item sells."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from moselle_nb.inputs.rebucketing import GRID
from moselle_nb.plans.demand_error import buckets_of_days

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.inputs import PlanningData

__all__ = ["CLASSES", "coefficients_of_variation", "with_variability", "xyz_classes"]

CLASSES = ("X", "Y", "Z")

FEWEST = 8
"""Buckets of sales from which their variation is taken; with fewer it is that of the forecast."""


def xyz_classes(variation: NDArray[np.float64], thresholds: tuple[float, float]) -> NDArray[np.object_]:
    """Class items by their coefficient of variation: X up to the first threshold, Y up to the second, else Z.

    Parameters
    ----------
    variation
        Standard deviation over mean per item; NaN where unknown, which has no class.
    thresholds
        Where X and Y end, both included.

    Examples
    --------
    >>> xyz_classes(np.array([0.2, 0.5, 0.9, 3.0, np.nan]), (0.5, 1.0)).tolist()
    ['X', 'X', 'Y', 'Z', None]
    """
    place = np.searchsorted(thresholds, np.nan_to_num(variation), side="left")
    classes = np.array(CLASSES, dtype=object)[place]
    classes[np.isnan(variation)] = None
    return classes


def with_variability(data: PlanningData, scenario: str, thresholds: tuple[float, float]) -> PlanningData:
    """Return the data with classes for items that have none in the table.

    Parameters
    ----------
    data
        The tables.
    scenario
        Forecast whose buckets count, and whose quantities do where there are too few sales.
    thresholds
        See `xyz_classes`.
    """
    given = data.items["variability"].to_numpy(dtype=object)
    missing = pd.isna(given)
    if not missing.any():
        return data
    classes = np.where(missing, xyz_classes(coefficients_of_variation(data, scenario), thresholds), given)
    return replace(data, items=data.items.assign(variability=classes))


def coefficients_of_variation(data: PlanningData, scenario: str) -> NDArray[np.float64]:
    """Return the standard deviation over the mean of each item's demand per bucket, over all of its locations.

    It is that of sales, from the item's first complete bucket to the last one before `as_of`: a bucket without a line
    sold nothing, one in which any location was out of stock is left out. Where fewer than eight are left, or nothing
    was sold in them, it is that of the forecast from its first to its last bucket.

    Returns
    -------
    NDArray[np.float64]
        Shape (items,), sample standard deviation; NaN where neither has two buckets and a mean above 0.
    """
    found = _of_sales(data, scenario)
    unknown = np.isnan(found)
    return np.where(unknown, _of_forecast(data, scenario), found) if unknown.any() else found


def _of_sales(data: PlanningData, scenario: str) -> NDArray[np.float64]:
    items = len(data.items)
    if not len(data.sales):
        return np.full(items, np.nan)
    starts, bucket = data.forecasts[scenario].starts, data.forecasts[scenario].bucket
    days = data.sales["date"].to_numpy(dtype="datetime64[D]")
    number, _ = buckets_of_days(days, bucket, starts)
    as_of = np.datetime64(data.as_of, "D")
    current = int(buckets_of_days(np.array([as_of]), bucket, starts)[0][0])
    codes, names = pd.factorize(data.sales["item"].to_numpy(dtype=object))
    item = pd.Index(data.items["item"]).get_indexer(names)[codes]
    keep = (item >= 0) & (days < as_of) & (number < current)
    if not keep.any():
        return np.full(items, np.nan)
    item, number = item[keep], number[keep]
    earliest = int(number.min())
    cell, cells = item * (current - earliest) + number - earliest, items * (current - earliest)
    sold = np.bincount(cell, data.sales["quantity"].to_numpy(np.float64)[keep], cells).astype(np.float64)
    out = np.bincount(cell, (data.sales["in_stock"] == 0).to_numpy()[keep], cells) > 0
    first = np.full(items, current - earliest, dtype=np.int64)
    np.minimum.at(first, item, number - earliest)
    shape = (items, current - earliest)
    usable = (np.arange(current - earliest) >= first[:, None]) & ~out.reshape(shape)
    return _variation(sold.reshape(shape), usable, FEWEST)


def _of_forecast(data: PlanningData, scenario: str) -> NDArray[np.float64]:
    forecast, items = data.forecasts[scenario], len(data.items)
    per_item = np.zeros((items, len(forecast.starts)))
    first, last = np.full(items, len(forecast.starts)), np.full(items, -1)
    for bucket, quantity in enumerate(forecast.quantity):
        per_item[:, bucket] = np.bincount(data.row_item, quantity, items) / GRID
    there = forecast.first >= 0
    np.minimum.at(first, data.row_item[there], forecast.first[there])
    np.maximum.at(last, data.row_item[there], forecast.last[there])
    place = np.arange(len(forecast.starts))
    return _variation(per_item, (place >= first[:, None]) & (place <= last[:, None]), 2)


def _variation(quantity: NDArray[np.float64], usable: NDArray[np.bool_], fewest: int) -> NDArray[np.float64]:
    """Return the coefficient of variation over some buckets of each row, shape (rows,)."""
    count = usable.sum(axis=1)
    mean = np.where(usable, quantity, 0.0).sum(axis=1) / np.maximum(count, 1)
    squares = np.where(usable, np.square(quantity - mean[:, None]), 0.0).sum(axis=1)
    enough = (count >= fewest) & (mean > 0)
    variation = np.full(len(count), np.nan)
    np.divide(np.sqrt(squares / np.maximum(count - 1, 1)), mean, out=variation, where=enough)
    return variation
