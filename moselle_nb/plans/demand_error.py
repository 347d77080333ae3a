"""Forecast error: the variance of demand around its forecast, where the forecast itself does not give it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from moselle_nb.exceptions import BrokenRule, ContractError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.inputs import PlanningData
    from moselle_nb.inputs.rebucketing import BucketedDemand
    from moselle_nb.plans.constraints import Keys, Resolver

__all__ = ["bucket_variance", "sales_sd"]

GRID = 1024
FREQUENCY = {"day": "D", "month": "M"}


def bucket_variance(
    data: PlanningData,
    chosen: NDArray[np.intp],
    demand: BucketedDemand,
    bucket: str,
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
    sd = np.full(demand.quantity.shape, np.nan) if demand.sd is None else demand.sd.copy()
    first, last = demand.first, demand.last
    index = np.arange(sd.shape[0])[:, None]
    own = (index >= first) & (index <= last) & (first >= 0)
    given = np.where(own & (demand.quantity == 0) & np.isnan(sd) & ~np.isnan(sd).all(axis=0), 0.0, sd)
    if np.isnan(given[own & needed]).any() if own.any() else False:
        from_sales = sales_sd(data, bucket)[chosen]
        given = np.where(np.isnan(given), from_sales, given)
        cv = resolver.number("forecast_cv").values[0]
        given = np.where(np.isnan(given), cv * demand.quantity / GRID, given)
    missing = np.flatnonzero((np.isnan(given) & own).any(axis=0) & needed)
    if len(missing):
        item, location = keys.names["item"], keys.names["location"]
        examples = tuple(f"({item[keys.codes['item'][r]]}, {location[keys.codes['location'][r]]})" for r in missing[:3])
        rule = "cycle_service_level needs the forecast's error: give sd in the forecast, or sales, or forecast_cv"
        raise ContractError([BrokenRule("forecast", rule, len(missing), examples)])
    return np.where(own & needed, np.square(np.nan_to_num(given)), 0.0)


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
    bucket_of, start_of = _buckets(days, bucket, data)
    row = pd.MultiIndex.from_frame(data.rows).get_indexer(pd.MultiIndex.from_frame(sales[["item", "location"]]))
    current = _buckets(np.array([as_of]), bucket, data)[0][0]
    keep = (row >= 0) & (days < as_of) & (bucket_of < current)
    frame = pd.DataFrame({
        "row": row[keep], "bucket": bucket_of[keep], "quantity": sales["quantity"].to_numpy(np.float64)[keep],
        "out": (sales["in_stock"] == 0).to_numpy()[keep],
    })  # fmt: skip
    sums = (
        frame.groupby(["row", "bucket"], sort=True).agg(quantity=("quantity", "sum"), out=("out", "any")).reset_index()
    )
    for number, part in sums.groupby("row", sort=False):
        found[number] = _residual_sd(part, int(current), start_of)
    return found


def _residual_sd(part: pd.DataFrame, current: int, start_of: object) -> float:
    buckets = np.arange(part["bucket"].iloc[0], current)
    quantity, usable = np.zeros(len(buckets)), np.ones(len(buckets), dtype=bool)
    place = part["bucket"].to_numpy() - buckets[0]
    quantity[place] = part["quantity"]
    usable[place[part["out"].to_numpy()]] = False
    month = start_of(buckets[usable])  # type: ignore[operator]
    values = quantity[usable]
    distinct, group = np.unique(month, return_inverse=True)
    freedom = len(values) - len(distinct)
    if freedom < 1:
        return float("nan")
    means = np.bincount(group, weights=values) / np.bincount(group)
    return float(np.sqrt(np.square(values - means[group]).sum() / freedom))


def _buckets(days: NDArray[np.datetime64], bucket: str, data: PlanningData) -> tuple[NDArray[np.int64], object]:
    """Number the buckets of days, and return a function from bucket numbers to calendar months (1 to 12)."""
    if bucket == "month":
        return days.astype("datetime64[M]").astype(np.int64), lambda number: number % 12 + 1
    length = 1 if bucket == "day" else 7
    starts = next(iter(data.forecasts.values())).starts
    anchor = starts[0].astype("datetime64[D]").astype(np.int64) if len(starts) else 0
    number = np.floor_divide(days.astype("datetime64[D]").astype(np.int64) - anchor, length)

    def month(which: NDArray[np.int64]) -> NDArray[np.int64]:
        first = (which * length + anchor).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
        return first % 12 + 1

    return number, month
