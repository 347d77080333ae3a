"""A forecast from past sales, as a table that `load` takes: with a standard deviation, and without a look ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from moselle_nb.engines.forecasting import Forecasted, History, Memory, robust_forecast
from moselle_nb.engines.group_index import Cycle
from moselle_nb.engines.plain_forecasts import last_forecast, mean_forecast
from moselle_nb.exceptions import BrokenRule, ConfigError, near
from moselle_nb.inputs.data import PlanningData
from moselle_nb.inputs.ledger import Ledger
from moselle_nb.inputs.rebucketing import to_grid
from moselle_nb.inputs.rules import find_as_of
from moselle_nb.inputs.sales_history import BUCKET_KINDS, sales_history
from moselle_nb.inputs.sales_lines import sales_lines

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.inputs.data import BucketKind
    from moselle_nb.inputs.rules import AsOf
    from moselle_nb.inputs.sales_history import SalesHistory

__all__ = ["MODELS", "PlainModel", "baseline_forecast", "check_arguments", "foretold", "history_of", "is_whole"]

PlainModel = Literal["robust", "mean", "last"]

MODELS: tuple[PlainModel, ...] = ("robust", "mean", "last")
"""Models that need no extra."""

MOST_PERIODS = 1_000

HALF_YEAR = {"day": 182, "week": 26, "month": 6}
"""Half-life of the robust model, and window of the mean, in buckets."""

LEAST_PER_YEAR = 0.5
"""Units: of what is asked for less often, the nearest whole stock is none."""

NOTES = ("table", "rule", "count", "examples", "what_was_done")
MIDWEEK = np.timedelta64(3, "D")
YEAR = {"day": 365, "week": 52, "month": 12}


def baseline_forecast(
    sales: object,
    *,
    as_of: AsOf = None,
    periods: int,
    bucket: BucketKind = "week",
    model: object = "robust",
    group: str | None = None,
) -> pd.DataFrame:
    """Forecast demand from sales before a day; the result serves as ``forecast`` in `load`.

    The default model takes the demand of a row as its share of what its group asks for: the group's level and seasons
    are told from all of its rows, the share from the row's own sales of about the last half year. Buckets in which an
    item was out of stock say nothing of demand and are left out, as is the sale with which a row appears for the first
    time. Of what is asked for less than half a unit a year, none is forecast. The variance is that of a negative
    binomial, shrunk to what rows of that size have in the group.

    Standard deviations of buckets are made to add up as `replenish` adds them (as independent): over any first n
    buckets the sum of variances is that of the error of the forecast total, which includes a level that is off. That
    of a later bucket on its own is therefore less than its `sd`.

    Parameters
    ----------
    sales
        A frame (pandas, polars, Arrow) with the columns of the sales table: item, location, date, quantity and maybe
        in_stock; or `PlanningData` with sales. Quantities below 0 are returns.
    as_of
        First day that is not known. Sales from it on are not used, and neither are those of a bucket that it cuts: the
        forecast begins with that bucket. By default, and for `PlanningData` only, that of the data.
    periods
        How many buckets to forecast.
    bucket
        Their length: day, week or month. A week begins on the weekday on which all sales before `as_of` stand, else
        on that of `as_of`.
    model
        ``robust``; ``mean`` (of the last half year) or ``last`` (bucket), to compare with; or a model of the library
        statsforecast (extra ``forecast``), by name, such as ``AutoETS``, or as an object with its parameters.
    group
        Column of items (or of the frame of sales) whose values share a level and seasons; by default `product_line`,
        where it is there, else all items are one group.

    Returns
    -------
    pandas.DataFrame
        item, location, date (first day of the bucket), quantity and sd in units, sorted. What was dirty in the sales
        and what was done about it is in ``.attrs["quality"]``: a list of records with the columns of
        `PlanningData.quality`; gaps, stockouts, returns and partial buckets are counted there.

    Raises
    ------
    ContractError
        When the sales break the contract of their table, or there are none before `as_of`.
    ConfigError
        When bucket, periods or model are not admissible.

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.date_range("2026-08-31", periods=12, freq="7D")
    >>> sales = pd.DataFrame({"item": "A1", "location": "METZ", "date": days, "quantity": [4, 6] * 6})
    >>> forecast = baseline_forecast(sales, as_of="2026-11-23", periods=2)
    >>> forecast["quantity"].round(1).tolist()
    [5.0, 5.0]
    """
    check_arguments(bucket, periods)
    ledger = Ledger()
    history = history_of(sales, as_of, bucket, group, ledger)
    forecast = foretold(history, periods, model)
    starts = history.calendar.starts(history.current + np.arange(periods))
    rows = len(history.item)
    frame = pd.DataFrame(
        {
            "item": np.repeat(history.item, periods),
            "location": np.repeat(history.location, periods),
            "date": np.tile(starts.astype("datetime64[ns]"), rows),
            "quantity": to_grid(forecast.mean).T.ravel(),
            "sd": np.sqrt(forecast.variance).T.ravel(),
        }
    )
    frame.attrs["quality"] = [dict(zip(NOTES, warning, strict=True)) for warning in ledger.warnings]
    return frame


def check_arguments(bucket: object, periods: object) -> None:
    """Refuse a bucket or a number of periods that is not admissible.

    Raises
    ------
    ConfigError
        Listing both.
    """
    problems = []
    if bucket not in BUCKET_KINDS:
        hint = near(str(bucket), BUCKET_KINDS)
        problems.append(BrokenRule("bucket", "bucket is day, week or month", examples=(f"received {bucket!r}{hint}",)))
    if not is_whole(periods, MOST_PERIODS):
        rule = f"periods is whole and between 1 and {MOST_PERIODS:,}"
        problems.append(BrokenRule("periods", rule, examples=(f"received {periods!r}",)))
    if problems:
        raise ConfigError(problems)


def is_whole(value: object, most: int) -> bool:
    """Tell whether a value is a whole number from 1 on."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool) and bool(1 <= value <= most)


def history_of(sales: object, as_of: AsOf, bucket: BucketKind, group: str | None, ledger: Ledger) -> SalesHistory:
    """Return the sales by bucket and row that are known at the opening of a day.

    Raises
    ------
    ContractError
        As `baseline_forecast`.
    """
    if as_of is None and isinstance(sales, PlanningData):
        as_of = sales.as_of
    if as_of is None:
        rule = "the first day that is not known is given"
        ledger.breaks("as_of", rule, 0, ["call baseline_forecast(…, as_of='2026-11-23')"])
        ledger.stop_if_broken()
    day = find_as_of(as_of, None, ledger)
    ledger.stop_if_broken()
    return sales_history(sales_lines(sales, group, ledger), int(day or 0), bucket, ledger)


def foretold(history: SalesHistory, periods: int, model: object) -> Forecasted:
    """Return mean and variance of the next buckets by a model.

    Parameters
    ----------
    history
        What is known.
    periods
        Buckets to forecast.
    model
        As for `baseline_forecast`.
    """
    _, group = np.unique(history.group.astype(str), return_inverse=True)
    past = History(history.quantity, history.in_stock, history.first, history.listed, group)
    window = HALF_YEAR[history.calendar.bucket]
    if model == "robust":
        least = LEAST_PER_YEAR / YEAR[history.calendar.bucket]
        return robust_forecast(past, _cycles(history, periods), Memory(window, least=least))
    if model == "mean":
        return mean_forecast(past, periods, window)
    if model == "last":
        return last_forecast(past, periods)
    from moselle_nb.plans.statsforecast_models import statsforecast_forecast

    return statsforecast_forecast(past, periods, model, history.calendar.bucket)


def _cycles(history: SalesHistory, periods: int) -> list[Cycle]:
    """Return the seasons that buckets can show: weekdays in days, months of the year in all."""
    numbers = np.arange(history.current - len(history.quantity), history.current + periods)
    starts = history.calendar.starts(numbers)
    bucket, cut = history.calendar.bucket, len(history.quantity)

    def cycle(places: NDArray[Any], count: int, length: int) -> Cycle:
        return Cycle(places[:cut].astype(np.int64), places[cut:].astype(np.int64), count, length)

    middle = starts + MIDWEEK if bucket == "week" else starts
    months = cycle(middle.astype("datetime64[M]").astype(np.int64) % 12, 12, YEAR[bucket])
    return [cycle(starts.astype(np.int64) % 7, 7, 7), months] if bucket == "day" else [months]
