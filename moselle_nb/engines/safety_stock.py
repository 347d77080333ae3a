"""Safety stock: what is kept against uncertain demand and lead times."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "days_of_cover_safety_stock",
    "normal_cycle_service_level",
    "normal_safety_stock",
    "protection_variance",
    "standard_normal_quantiles",
]

GRID = 1024
"""Safety stocks are whole multiples of 1/1024 unit, as demand is, so that every sum is exact."""


def protection_variance(
    demand_variance: NDArray[np.float64],
    mean_daily_demand: NDArray[np.float64],
    lead_time_sd_days: NDArray[np.float64],
) -> NDArray[np.float64]:
    r"""Variance of demand over the protection interval.

    .. math:: \sigma^2 = \sum_t \sigma_t^2 + \bar d^2 \sigma_L^2

    Parameters
    ----------
    demand_variance
        Sum of the daily forecast variances over the protection interval, in units squared.
    mean_daily_demand
        Mean demand per day over it, in units.
    lead_time_sd_days
        Standard deviation of the lead time, in days.

    Notes
    -----
    The variance of a sum of a random number of independent demands: that of the periods, and that of the number of
    periods times the squared mean demand of one.
    """
    return demand_variance + np.square(mean_daily_demand) * np.square(lead_time_sd_days)


def normal_safety_stock(variance: NDArray[np.float64], cycle_service_level: NDArray[np.float64]) -> NDArray[np.float64]:
    r"""Safety stock :math:`z_p \sigma` for normal demand and a cycle service level :math:`p`.

    Parameters
    ----------
    variance
        Variance of demand over the protection interval, in units squared.
    cycle_service_level
        Probability of no stockout in a replenishment cycle, in (0, 1); same shape, or one that broadcasts.

    Returns
    -------
    NDArray[np.float64]
        Units, rounded to 1/1024 (halves to even).

    Raises
    ------
    ValueError
        When a probability is not in (0, 1).

    References
    ----------
    .. [1] Stevenson, *Operations Management*, 14th ed., chapter 12, example 8, p. 557.
    """
    return np.asarray(np.rint(standard_normal_quantiles(cycle_service_level) * np.sqrt(variance) * GRID) / GRID)


def standard_normal_quantiles(cycle_service_level: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return :math:`z_p` of cycle service levels p.

    Raises
    ------
    ValueError
        When a probability is not in (0, 1).
    """
    levels = np.asarray(cycle_service_level, dtype=np.float64)
    distinct, inverse = np.unique(levels, return_inverse=True)
    if distinct.size and not (distinct[0] > 0 and distinct[-1] < 1):
        msg = f"A cycle service level is above 0 and below 1, received {distinct[0]} to {distinct[-1]}."
        raise ValueError(msg)
    return np.array([NormalDist().inv_cdf(level) for level in distinct])[inverse].reshape(levels.shape)


def normal_cycle_service_level(safety_stock: float, variance: float) -> float:
    """Return the cycle service level that a safety stock gives: the inverse of `normal_safety_stock`.

    Parameters
    ----------
    safety_stock
        Units.
    variance
        Variance of demand over the protection interval, in units squared; above 0.
    """
    return NormalDist(0, float(np.sqrt(variance))).cdf(safety_stock)


def days_of_cover_safety_stock(
    cumulative_demand: NDArray[np.float64], days_of_cover: NDArray[np.int64], days: int
) -> NDArray[np.float64]:
    """Safety stock of day b as the demand of the next n days, b+1 to b+n: it follows the season.

    Parameters
    ----------
    cumulative_demand
        Demand before day t, shape (at least days + max(n) + 1, rows), in units.
    days_of_cover
        n per row, shape (rows,).
    days
        How many days b to return.

    Returns
    -------
    NDArray[np.float64]
        Shape (days, rows), in units.
    """
    distinct = np.unique(days_of_cover)
    if len(distinct) == 1:
        ahead = int(distinct[0])
        return cumulative_demand[1 + ahead : 1 + ahead + days] - cumulative_demand[1 : 1 + days]
    stock = np.empty((days, len(days_of_cover)))
    for ahead in distinct:
        rows = np.flatnonzero(days_of_cover == ahead)
        part = cumulative_demand[:, rows]
        stock[:, rows] = part[1 + ahead : 1 + ahead + days] - part[1 : 1 + days]
    return stock
