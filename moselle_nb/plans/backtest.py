"""How well forecasts would have done: made at several past days, from what was known then, against what was sold."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from moselle_nb.exceptions import BrokenRule, ConfigError, ContractError
from moselle_nb.inputs.ledger import Ledger
from moselle_nb.plans.baseline import check_arguments, foretold, history_of, is_whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from moselle_nb.engines.forecasting import Forecasted
    from moselle_nb.inputs.data import BucketKind
    from moselle_nb.inputs.rules import AsOf
    from moselle_nb.inputs.sales_history import SalesHistory

__all__ = ["baseline_backtest"]

RIVALS = ("mean", "last")

MOST_ORIGINS = 100

Z_95 = 1.6448536269514722

COLUMNS = ("model", "horizon", "forecasts", "sold", "bias", "mae", "rmse", "wape", "coverage")


def baseline_backtest(
    sales: object,
    *,
    as_of: AsOf = None,
    periods: int,
    bucket: BucketKind = "week",
    model: object = "robust",
    group: str | None = None,
    origins: int = 6,
) -> pd.DataFrame:
    """Forecast at several past days with what was known then, and compare with what was sold after them.

    Every origin is the first day of a bucket; the last one lies `periods` buckets before `as_of`, the others at equal
    steps back to the middle of the history. Rows without a line by then are not forecast, and buckets out of
    stock are left out, because sales do not show demand there.

    Parameters
    ----------
    sales, as_of, periods, bucket, model, group
        As for `baseline_forecast`.
    origins
        From how many days to forecast.

    Returns
    -------
    pandas.DataFrame
        One row per model (the chosen one, ``mean`` and ``last``) and horizon, in buckets ahead; a missing horizon
        stands for the total over all of them, row by row. `forecasts` counts the cells compared and `sold` adds up
        their sales; `bias` is the sum of errors (forecast less sales) and `wape` that of absolute errors, as shares
        of `sold`; `mae` and `rmse` are in units. `coverage` is the share of rows whose sales up to and including the
        horizon are at most forecast + 1.645 sd: 0.95 if sd is right and sales are normal.

    Raises
    ------
    ContractError
        As `baseline_forecast`; or when the history is shorter than twice the periods.
    ConfigError
        As `baseline_forecast`; or when origins is not whole and from 1 to 100.

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.date_range("2026-01-05", periods=46, freq="7D")
    >>> sales = pd.DataFrame({"item": "A1", "location": "METZ", "date": days, "quantity": [4, 6] * 23})
    >>> table = baseline_backtest(sales, as_of="2026-11-23", periods=4)
    >>> table[table["horizon"].isna()][["model", "wape"]].round(2).to_dict("records")[0]
    {'model': 'robust', 'wape': 0.0}
    """
    check_arguments(bucket, periods)
    if not is_whole(origins, MOST_ORIGINS):
        problem = BrokenRule(
            "origins", f"origins is whole and between 1 and {MOST_ORIGINS}", examples=(f"received {origins!r}",)
        )
        raise ConfigError([problem])
    history = history_of(sales, as_of, bucket, group, Ledger())
    names = {str(model): model, **{rival: rival for rival in RIVALS if rival != model}}
    cuts = _cuts(history, periods, origins)
    parts = [_compared(history, cuts, periods, name, one) for name, one in names.items()]
    return pd.concat(parts, ignore_index=True)


def _cuts(history: SalesHistory, periods: int, origins: int) -> Sequence[int]:
    """Return after how many buckets of the history forecasts are made."""
    length = len(history.quantity)
    last, first = length - periods, max(length // 2, 1)
    if last < first:
        rule = f"the history is at least twice as long as the {periods} {history.calendar.bucket}s to be forecast"
        raise ContractError([BrokenRule("sales", rule, examples=(f"received {length}",))])
    return sorted({int(cut) for cut in np.linspace(last, first, origins)})


def _compared(history: SalesHistory, cuts: Sequence[int], periods: int, name: str, model: object) -> pd.DataFrame:
    """Return the table of one model."""
    sums = np.zeros((periods + 1, 7))
    for cut in cuts:
        known, rows = _before(history, cut)
        window = slice(cut, cut + periods)
        sold, shown = history.quantity[window, rows], history.in_stock[window, rows]
        sums += _sums(foretold(known, periods, model), sold, shown)
    count, sold, error, absolute, square, inside, judged = sums.T
    with np.errstate(divide="ignore", invalid="ignore"):
        figures = (error / sold, absolute / count, np.sqrt(square / count), absolute / sold, inside / judged)
    horizon = pd.array([*range(1, periods + 1), pd.NA], dtype="Int64")
    values = (name, horizon, count.astype(np.int64), sold, *figures)
    return pd.DataFrame(dict(zip(COLUMNS, values, strict=True)))


def _before(history: SalesHistory, cut: int) -> tuple[SalesHistory, NDArray[np.intp]]:
    """Return what was known after so many buckets, and the rows that were."""
    rows = np.flatnonzero(history.listed < cut)
    first, listed = history.first[rows], history.listed[rows]
    known = replace(
        history,
        current=history.current - len(history.quantity) + cut,
        item=history.item[rows],
        location=history.location[rows],
        group=history.group[rows],
        quantity=history.quantity[:cut, rows],
        in_stock=history.in_stock[:cut, rows],
        first=np.where(first < cut, first, listed),
        listed=listed,
    )
    return known, rows


def _sums(forecast: Forecasted, sold: NDArray[np.float64], shown: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return what the figures are made of, per horizon and for the total, shape (periods + 1, 7)."""
    error = np.where(shown, forecast.mean - sold, 0.0)
    actual = np.where(shown, sold, 0.0)
    whole = shown.cumprod(axis=0) > 0
    bound = forecast.mean.cumsum(axis=0) + Z_95 * np.sqrt(forecast.variance.cumsum(axis=0))
    inside = whole & (sold.cumsum(axis=0) <= bound)
    total, some = error.sum(axis=0), shown.any(axis=0)
    steps = (shown, actual, error, np.abs(error), np.square(error), inside, whole)
    ends = (some, actual.sum(axis=0), total, np.abs(total), np.square(total), inside[-1], whole[-1])
    return np.vstack([np.stack([step.sum(axis=1) for step in steps], axis=1), [float(end.sum()) for end in ends]])
