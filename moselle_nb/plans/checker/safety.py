"""The checker's own safety stock per day, by method, in whole 1/1024 units held as int64."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.plans.checker.days import DAYS_OF_COVER, GRID, UNITS, daily_variance, grid
from moselle_nb.plans.checker.shapes import shape_over
from moselle_nb.plans.checker.uncertain import answered, by_leftover, critical_ratio, least_stock, spread_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.plans.checker.calendar import Calendar
    from moselle_nb.plans.checker.days import Rows, Units
    from moselle_nb.plans.checker.uncertain import Spread
    from moselle_nb.plans.config import ReplenishmentConfig
    from moselle_nb.plans.resolved import ResolvedInputs

__all__ = ["TIE", "WindowDemand", "safety_stock"]

FILL_RATE, READY_RATE, CRITICAL_RATIO, COST = 4, 5, 6, 7

TIE = 1e-4
"""Grid steps: a value so near to the middle of two may be rounded either way by another arithmetic."""


def safety_stock(
    inputs: ResolvedInputs, config: ReplenishmentConfig, rows: Rows, calendar: Calendar, cumulative: Units
) -> tuple[Units, NDArray[np.bool_]]:
    """Return the safety stock of days 0 to the calendar's end, and whether it lies at a rounding, shape (days, rows).

    Parameters
    ----------
    inputs, config
        What the plan is made of.
    rows
        Rows that share `calendar`.
    calendar
        Their calendar.
    cumulative
        Demand before day t, shape (days + 1, rows).
    """
    rules, days = inputs.rules, np.arange(calendar.end + 1)
    values, methods = rules.safety_stock.values[:, rows], rules.safety_method[:, rows]
    era = np.searchsorted(inputs.era_starts, days, side="right") - 1
    found, tied = np.zeros((len(days), len(rows)), dtype=np.int64), np.zeros((len(days), len(rows)), dtype=bool)
    for number in range(len(values)):
        of_era = days if len(values) == 1 else days[era == number]
        for method in np.unique(methods[number]) if len(of_era) else ():
            columns = np.flatnonzero(methods[number] == method)
            cell = np.ix_(of_era, columns)
            part = cumulative[:, columns]
            if method > DAYS_OF_COVER:
                demand = WindowDemand(inputs, config, rows[columns], part)
                found[cell], tied[cell] = _uncertain(int(method), values[number, columns], demand, calendar, of_era)
            else:
                found[cell] = _certain(int(method), values[number, columns], part, of_era)
    least = rules.min_stock.values[:, rows]
    least = least if len(least) == 1 else least[era]
    return np.where(np.isnan(least), found, np.maximum(found, grid(np.nan_to_num(least)))), tied


def _certain(method: int, values: NDArray[np.float64], cumulative: Units, days: Units) -> Units:
    if method == UNITS:
        return np.broadcast_to(grid(values), (len(days), len(values)))
    if method == DAYS_OF_COVER:
        ahead = days[:, None] + 1 + values.astype(np.int64)
        return np.asarray(np.take_along_axis(cumulative, ahead, axis=0) - cumulative[days + 1])
    return np.zeros((len(days), len(values)), dtype=np.int64)


@dataclass(frozen=True, eq=False)
class WindowDemand:
    """Demand of some rows over days of their own; `cumulative` as for `safety_stock`."""

    inputs: ResolvedInputs
    config: ReplenishmentConfig
    rows: Rows
    cumulative: Units

    @cached_property
    def _variance(self) -> NDArray[np.float64]:
        return daily_variance(self.inputs, self.config, self.rows, len(self.cumulative) - 1)

    def take(self, columns: NDArray[np.intp]) -> WindowDemand:
        """Return the demand of some of the rows."""
        return WindowDemand(self.inputs, self.config, self.rows[columns], self.cumulative[:, columns])

    def over(self, first: Units, last: Units) -> Spread:
        """Return demand of days `first` to `last` of each row, with an uncertain end, shape (…, rows)."""
        columns, day = np.arange(len(self.rows)), np.arange(len(self._variance))[:, None]
        first, last = np.broadcast_arrays(first, last, np.zeros((1, len(columns))))[:2]
        stop = np.maximum(last + 1, first)
        mean = (self.cumulative[stop, columns] - self.cumulative[first, columns]) / GRID
        variance = np.stack([
            np.where((day >= begin) & (day < end), self._variance, 0.0).sum(axis=0)
            for begin, end in zip(first, stop, strict=True)
        ])  # fmt: skip
        rules = self.inputs.rules
        lead_sd = np.nan_to_num(rules.lead_time_sd_days.values[0, self.rows])
        variance = variance + (mean / np.maximum(stop - first, 1) * lead_sd) ** 2
        wanted = np.broadcast_to(np.nan_to_num(rules.demand_distribution.values[0, self.rows]), mean.shape)
        shape = shape_over(self.inputs, self.rows, first, stop)
        return spread_of(mean.ravel(), variance.ravel(), wanted.ravel(), shape)


def _uncertain(
    method: int, values: NDArray[np.float64], demand: WindowDemand, calendar: Calendar, days: Units
) -> tuple[Units, NDArray[np.bool_]]:
    """Return what a method keeps above the mean, for rows of one method, and whether it lies at a rounding."""
    found, tied = (np.zeros((len(days), len(values)), dtype=kind) for kind in (np.int64, bool))
    leftover = by_leftover(demand.inputs, demand.config, demand.rows)
    for from_arrival in (False, True):
        (columns,) = np.nonzero(leftover == from_arrival)
        if not len(columns):
            continue
        part = demand.take(columns)
        spans = [answered(calendar, int(day), from_arrival=from_arrival) for day in days]
        distinct = list(dict.fromkeys(spans))
        lead = np.nan_to_num(part.inputs.rules.lead_time_days.values[0, part.rows]).astype(np.int64)
        alone = lead * from_arrival, lead, lead + part.inputs.review_period_days[part.rows].astype(np.int64) - 1
        ends = [[np.broadcast_to(day, len(columns)) for day in span or alone] for span in distinct]
        begin, arrival, last = (np.stack(each) for each in zip(*ends, strict=True))
        level, at_rounding = _bounded(method, values[columns], part, begin, arrival, last)
        place = [distinct.index(span) for span in spans]
        found[:, columns] = np.where(last >= begin, grid(level), 0)[place]
        tied[:, columns] = at_rounding[place]
    return found, tied


def _bounded(
    method: int, values: NDArray[np.float64], demand: WindowDemand, begin: Units, arrival: Units, last: Units
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return what a method keeps, below 0 only by money, and where sales are lost as the order's own days alone."""
    kept, tied = _kept(method, values, demand, begin, arrival, last)
    if method not in {CRITICAL_RATIO, COST}:
        return np.maximum(kept, 0.0), tied
    alone, alone_tied = _kept(method, values, demand, arrival, arrival, last)
    bound = np.where(demand.inputs.backorder[demand.rows], -np.inf, np.minimum(alone, 0.0))
    return np.maximum(kept, bound), np.where(bound > kept, alone_tied, tied)


def _kept(
    method: int, values: NDArray[np.float64], demand: WindowDemand, begin: Units, arrival: Units, last: Units
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return what a method keeps above the mean of days `begin` to `last`, in units, shape (spans, rows)."""
    whole, shape = demand.over(begin, last), begin.shape
    shares = np.broadcast_to(values, shape)
    if method == COST:
        asked = demand.over(arrival, last).mean.reshape(shape)
        shares = critical_ratio(demand.inputs, demand.rows, last + 1 - arrival, asked)
    shares = shares.ravel()
    if method == FILL_RATE:
        level, tied = _least_for_fill_rate(shares, whole, demand.over(begin, arrival - 1), (arrival > begin).ravel())
    elif method == READY_RATE:
        level, tied = _least_for_ready_rate(shares, demand, begin, arrival, last)
    else:
        level = whole.quantile(shares)
        steps = (level - whole.mean) * GRID
        tied = np.abs(steps - np.floor(steps) - 0.5) < TIE
    return (level - whole.mean).reshape(shape), tied.reshape(shape)


def _least_for_fill_rate(
    shares: NDArray[np.float64], whole: Spread, before: Spread, waits: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    waits = waits & (before.mean > 0)
    asked = whole.mean - np.where(waits, before.mean, 0.0)

    def gap(stock: NDArray[np.float64]) -> NDArray[np.float64]:
        still_short = np.where(waits, before.lost(stock), 0.0)
        return np.asarray((1 - shares) * asked - whole.lost(stock) + still_short)

    level, tied = least_stock(gap, len(shares))
    return np.where(asked > 0, level, 0.0), tied


def _least_for_ready_rate(
    shares: NDArray[np.float64], demand: WindowDemand, begin: Units, arrival: Units, last: Units
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    longest = int((last + 1 - arrival).max(initial=0))
    days = [demand.over(begin, np.minimum(arrival + day, last)) for day in range(longest)]
    counts = [(arrival + day <= last).ravel() for day in range(longest)]

    def gap(stock: NDArray[np.float64]) -> NDArray[np.float64]:
        ready = sum((day.reached(stock) * one for day, one in zip(days, counts, strict=True)), np.zeros(len(stock)))
        return np.asarray(ready - shares * np.sum(counts, axis=0))

    return least_stock(gap, len(shares))
