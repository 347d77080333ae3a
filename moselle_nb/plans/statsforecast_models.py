"""Models of the library statsforecast behind `baseline_forecast`: an optional extra, imported where it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from moselle_nb.engines.forecasting import Forecasted
from moselle_nb.engines.plain_forecasts import mean_forecast
from moselle_nb.exceptions import BrokenRule, ConfigError, near
from moselle_nb.plans.baseline import MODELS

if TYPE_CHECKING:
    from types import ModuleType

    from numpy.typing import NDArray

    from moselle_nb.engines.forecasting import History

__all__ = ["statsforecast_forecast"]

SEASONS = {"day": 7, "week": 1, "month": 12}
"""Season of a model that is asked for by name: one of 52 weeks is longer than most of them can fit."""

LEVEL = 80
Z_LEVEL = 1.2815515655446004
"""Half the width of the central 80 % of a normal distribution, in standard deviations."""

FEWEST = 8
"""Buckets of history from which a row is given to the library; shorter ones get the mean."""


def statsforecast_forecast(history: History, ahead: int, model: object, bucket: str) -> Forecasted:
    """Forecast by a model of statsforecast; rows of less than eight buckets get the mean of their sales.

    The library knows no missing sales: buckets out of stock take the row's mean. Negative forecasts are 0. The
    variance comes from the model's 80 % interval, or from the row's sales where it gives none.

    Parameters
    ----------
    history
        Sales.
    ahead
        Buckets to forecast.
    model
        Name of a class of `statsforecast.models`, or an object of one.
    bucket
        Length of the buckets: it decides the season of a model that is given by name.

    Raises
    ------
    ConfigError
        When the library is not installed, or has no such model.
    """
    library, models = _library(model)
    chosen = _model(models, model, bucket)
    plain = mean_forecast(history, ahead, len(history.sales))
    rows = np.flatnonzero(len(history.sales) - history.first >= FEWEST)
    if not len(rows):
        return plain
    frame = _long(history, plain.mean[0], rows)
    engine = library.StatsForecast(models=[chosen], freq=1)
    try:
        found = engine.forecast(df=frame, h=ahead, level=[LEVEL])
    except Exception as error:
        if "interval" not in str(error).casefold() and "level" not in str(error).casefold():
            raise
        found = engine.forecast(df=frame, h=ahead)
    return _placed(found, str(chosen), rows, plain)


def _library(model: object) -> tuple[ModuleType, ModuleType]:
    try:
        import statsforecast
        import statsforecast.models
    except ImportError as error:
        rule = f"model is one of {', '.join(MODELS)}; others need the library statsforecast"
        hint = near(model, MODELS) if isinstance(model, str) else ""
        shown = (f"received {model!r}{hint}", "pip install 'moselle-nb[forecast]'")
        raise ConfigError([BrokenRule("model", rule, examples=shown)]) from error
    return statsforecast, statsforecast.models


def _model(models: ModuleType, model: object, bucket: str) -> Any:
    """Return an object of a model, with the bucket's season where its class takes one."""
    if not isinstance(model, str):
        if hasattr(model, "forecast"):
            return model
        rule = "model is a name, or an object of a class of statsforecast.models"
        raise ConfigError([BrokenRule("model", rule, examples=(f"received {model!r}",))])
    names = [name for name in models.__all__ if name[:1].isupper()]
    if model not in names:
        hint = near(model, [*MODELS, *names])
        rule = f"model is one of {', '.join(MODELS)}, or a class of statsforecast.models"
        raise ConfigError([BrokenRule("model", rule, examples=(f"received {model!r}{hint}",))])
    kind = getattr(models, model)
    try:
        return kind(season_length=SEASONS[bucket])
    except TypeError:
        pass
    try:
        return kind()
    except TypeError as error:
        rule = "a model with parameters of its own is given as an object"
        shown = (f"received {model!r}: {error}",)
        raise ConfigError([BrokenRule("model", rule, examples=shown)]) from error


def _long(history: History, mean: NDArray[np.float64], rows: NDArray[np.intp]) -> pd.DataFrame:
    """Return the sales of some rows as the library takes them, from each row's first bucket on."""
    periods = len(history.sales)
    sales = np.where(history.in_stock, history.sales, mean)[:, rows]
    period = np.arange(periods)[:, None]
    known = (period >= history.first[rows]).T
    return pd.DataFrame(
        {
            "unique_id": np.repeat(rows, known.sum(axis=1)),
            "ds": np.broadcast_to(np.arange(periods), known.shape)[known],
            "y": sales.T[known],
        }
    )


def _placed(found: pd.DataFrame, name: str, rows: NDArray[np.intp], plain: Forecasted) -> Forecasted:
    ordered = found.reset_index().sort_values(["unique_id", "ds"])
    mean, variance = plain.mean.copy(), plain.variance.copy()
    ahead = len(mean)
    mean[:, rows] = np.maximum(ordered[name].to_numpy(np.float64).reshape(len(rows), ahead).T, 0.0)
    low, high = f"{name}-lo-{LEVEL}", f"{name}-hi-{LEVEL}"
    if low in ordered and high in ordered:
        width = (ordered[high] - ordered[low]).to_numpy(np.float64).reshape(len(rows), ahead).T
        given = np.square(width / (2 * Z_LEVEL))
        variance[:, rows] = np.where(np.isfinite(given), given, variance[:, rows])
    return Forecasted(mean, variance)
