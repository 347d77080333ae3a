"""Forecast error: the variance of demand around its forecast, where the forecast itself does not give it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from moselle_nb.exceptions import BrokenRule, ContractError
from moselle_nb.inputs.quantiles import moments_of
from moselle_nb.inputs.rebucketing import GRID

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from moselle_nb.inputs import PlanningData
    from moselle_nb.inputs.data import Forecast
    from moselle_nb.inputs.rebucketing import BucketedDemand
    from moselle_nb.plans.constraints import Keys, Resolver

__all__ = ["bucket_variance", "buckets_of_days", "forecast_sd", "sales_sd"]


def forecast_sd(forecast: Forecast, chosen: NDArray[np.intp]) -> NDArray[np.float64] | None:
    r"""Return the standard deviation that a forecast gives, per bucket in units, shape (buckets, rows).

    The column `sd` stands; where it is empty, quantiles give

    .. math:: \sigma^2 = \int_0^1 (Q(u) - \mu)^2 du

    of their quantile function Q, straight between levels and of mean :math:`\mu`; see `inputs.quantiles`.

    Parameters
    ----------
    forecast
        One scenario.
    chosen
        Its rows.

    Returns
    -------
    NDArray[np.float64] | None
        NaN where it is missing; None where the forecast has neither column.
    """
    sd = None if forecast.sd is None else forecast.sd[:, chosen]
    if forecast.levels is None or forecast.quantiles is None:
        return sd
    found = np.full((len(forecast.starts), len(chosen)), np.nan) if sd is None else sd.copy()
    for bucket in range(len(found)):
        quantiles = forecast.quantiles[:, bucket, chosen]
        rows = np.flatnonzero(np.isnan(found[bucket]) & ~np.isnan(quantiles[0]))
        if len(rows):
            found[bucket, rows] = moments_of(forecast.levels, quantiles[:, rows])[1]
    return found


def bucket_variance(
    data: PlanningData,
    chosen: NDArray[np.intp],
    demand: BucketedDemand,
    bucket_kind: str,
    resolver: Resolver,
    needed: NDArray[np.bool_],
    keys: Keys,
) -> NDArray[np.float64] | None:
    """Return the forecast variance per bucket in units squared, shape (buckets, rows); None when no row needs it.

    It comes from the forecast's `sd`; where that is missing, from `sales` against their seasonal mean; else from
    `forecast_cv` times the forecast.

    Raises
    ------
    ContractError
        When a row that needs it has none of the three.
    """
    if not needed.any():
        return None
    first, last, sd = demand.first, demand.last, demand.sd
    has_sd = np.zeros(len(first), dtype=bool) if sd is None else ~np.isnan(sd).all(axis=0)
    variance, unknown = np.zeros(demand.quantity.shape), np.zeros(len(first), dtype=bool)
    fallback: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None
    for bucket, quantity in enumerate(demand.quantity):
        own = needed & (first >= 0) & (first <= bucket) & (bucket <= last)
        given = np.full(len(first), np.nan) if sd is None else sd[bucket]
        given = np.where(own & (quantity == 0) & np.isnan(given) & has_sd, 0.0, given)
        if (own & np.isnan(given)).any():
            fallback = fallback or (sales_sd(data, bucket_kind)[chosen], resolver.number("forecast_cv").values[0])
            given = np.where(np.isnan(given), fallback[0], given)
            given = np.where(np.isnan(given), fallback[1] * quantity / GRID, given)
            unknown |= own & np.isnan(given)
        np.square(np.nan_to_num(given), out=variance[bucket], where=own)
    missing = np.flatnonzero(unknown)
    if len(missing):
        item, location = keys.names["item"], keys.names["location"]
        examples = tuple(f"({item[keys.codes['item'][r]]}, {location[keys.codes['location'][r]]})" for r in missing[:3])
        methods = "safety stock by a share or by cost, and marginal_value,"
        rule = f"{methods} need the forecast's error: give sd in the forecast, or sales, or forecast_cv"
        raise ContractError([BrokenRule("forecast", rule, len(missing), examples)])
    return variance


def sales_sd(data: PlanningData, bucket: str) -> NDArray[np.float64]:
    """Return the standard deviation of each row's sales per forecast bucket around their seasonal mean.

    Sales are summed by forecast bucket, from a row's first complete bucket to the last one before `as_of`; a bucket
    without a line sold nothing, one in which the item was out of stock is left out. The seasonal mean is that of the
    calendar month; the sum of squares is divided by the buckets less the months that were estimated.

    Returns
    -------
    NDArray[np.float64]
        In units, shape (rows of the data,); NaN where there are too few sales to tell.
    """
    found = np.full(data.n_rows, np.nan)
    sales = data.sales
    if not len(sales):
        return found
    days = sales["date"].to_numpy(dtype="datetime64[D]")
    as_of = np.datetime64(data.as_of, "D")
    starts = next(iter(data.forecasts.values())).starts
    bucket_of, start_of = buckets_of_days(days, bucket, starts)
    row = pd.MultiIndex.from_frame(data.rows).get_indexer(pd.MultiIndex.from_frame(sales[["item", "location"]]))
    current = buckets_of_days(np.array([as_of]), bucket, starts)[0][0]
    keep = (row >= 0) & (days < as_of) & (bucket_of < current)
    frame = pd.DataFrame({
        "row": row[keep], "bucket": bucket_of[keep], "quantity": sales["quantity"].to_numpy(np.float64)[keep],
        "out": (sales["in_stock"] == 0).to_numpy()[keep],
    })  # fmt: skip
    sums = frame.groupby(["row", "bucket"], sort=True).agg(quantity=("quantity", "sum"), out=("out", "any"))
    return _residual_sd(sums.reset_index(), int(current), start_of, data.n_rows)


def _residual_sd(
    sums: pd.DataFrame, current: int, month_of: Callable[[NDArray[np.int64]], NDArray[np.int64]], rows: int
) -> NDArray[np.float64]:
    """Return the standard deviation around the means of calendar months, from a row's first bucket to the current one.

    Buckets without sales count as 0: they are added as (number of buckets, sum, sum of squares) per row and month.
    """
    row, bucket = sums["row"].to_numpy(), sums["bucket"].to_numpy()
    quantity, usable = sums["quantity"].to_numpy(np.float64), ~sums["out"].to_numpy(dtype=bool)
    first = np.full(rows, current, dtype=np.int64)
    np.minimum.at(first, row, bucket)
    cell = row * 12 + month_of(bucket) - 1
    count = _buckets_per_month(first, current, month_of)
    count -= np.bincount(cell[~usable], minlength=rows * 12)
    total = np.bincount(cell[usable], weights=quantity[usable], minlength=rows * 12)
    squares = np.bincount(cell[usable], weights=np.square(quantity[usable]), minlength=rows * 12)
    residual = (squares - np.square(total) / np.maximum(count, 1)).reshape(rows, 12).sum(axis=1)
    by_row = count.reshape(rows, 12)
    freedom = by_row.sum(axis=1) - (by_row > 0).sum(axis=1)
    return np.where(freedom > 0, np.sqrt(np.maximum(residual, 0.0) / np.maximum(freedom, 1)), np.nan)


def _buckets_per_month(
    first: NDArray[np.int64], current: int, month_of: Callable[[NDArray[np.int64]], NDArray[np.int64]]
) -> NDArray[np.int64]:
    """Count the buckets of each row that fall into each calendar month, shape (rows * 12,)."""
    earliest = int(first.min(initial=current))
    buckets = np.arange(earliest, current)
    before = np.zeros((len(buckets) + 1, 12), dtype=np.int64)
    np.cumsum(month_of(buckets)[:, None] == np.arange(1, 13), axis=0, out=before[1:])
    return (before[-1] - before[first - earliest]).ravel()


def buckets_of_days(
    days: NDArray[np.datetime64], bucket: str, starts: NDArray[np.datetime64]
) -> tuple[NDArray[np.int64], Callable[[NDArray[np.int64]], NDArray[np.int64]]]:
    """Return the number of each day's bucket, and a function from bucket numbers to calendar months (1 to 12).

    Parameters
    ----------
    days
        Any days.
    bucket
        Length of the buckets: day, week or month.
    starts
        First days of some buckets: the weekday of the first is that of all weeks.
    """
    if bucket == "month":
        return days.astype("datetime64[M]").astype(np.int64), lambda number: number % 12 + 1
    length = 1 if bucket == "day" else 7
    anchor = starts[0].astype("datetime64[D]").astype(np.int64) if len(starts) else 0
    number = np.floor_divide(days.astype("datetime64[D]").astype(np.int64) - anchor, length)

    def month(which: NDArray[np.int64]) -> NDArray[np.int64]:
        first = (which * length + anchor).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
        return first % 12 + 1

    return number, month
