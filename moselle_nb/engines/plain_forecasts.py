"""Forecasts to compare with: the mean of the last buckets, and the last bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.forecasting import Forecasted

if TYPE_CHECKING:
    from moselle_nb.engines.forecasting import History

__all__ = ["last_forecast", "mean_forecast"]


def mean_forecast(history: History, ahead: int, window: int) -> Forecasted:
    """Forecast the mean of the last buckets, with their sample variance in every bucket.

    Buckets before a row's first line and those out of stock are left out.

    Parameters
    ----------
    history
        Sales.
    ahead
        Buckets to forecast.
    window
        How many of the last buckets count.
    """
    begin = max(len(history.sales) - window, 0)
    period = np.arange(begin, len(history.sales))[:, None]
    known = history.in_stock[begin:] & (period >= history.listed)
    count = np.maximum(known.sum(axis=0), 1)
    sales = np.where(known, history.sales[begin:], 0.0)
    mean = sales.sum(axis=0) / count
    squares = np.where(known, np.square(sales - mean), 0.0).sum(axis=0)
    variance = squares / np.maximum(count - 1, 1)
    shape = (ahead, len(mean))
    return Forecasted(np.broadcast_to(mean, shape).copy(), np.broadcast_to(variance, shape).copy())


def last_forecast(history: History, ahead: int) -> Forecasted:
    """Forecast the last bucket, with the mean square of the row's steps as variance of a random walk.

    Parameters
    ----------
    history
        Sales.
    ahead
        Buckets to forecast.
    """
    steps = np.square(np.diff(history.sales, axis=0))
    known = np.arange(1, len(history.sales))[:, None] > history.listed
    step = np.where(known, steps, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    shape = (ahead, len(step))
    mean = np.broadcast_to(history.sales[-1], shape).copy()
    return Forecasted(mean, np.broadcast_to(step, shape).copy())
