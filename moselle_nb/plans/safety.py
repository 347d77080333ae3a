"""Safety stock of a block of rows: methods and floors as the engine takes them, in closed form or by day."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

from moselle_nb.engines.compact import SafetyFloors
from moselle_nb.engines.safety_stock import days_of_cover_safety_stock
from moselle_nb.inputs.calendars import NEVER
from moselle_nb.inputs.rebucketing import to_grid
from moselle_nb.plans.constraints import SAFETY_METHODS, UNCERTAIN_FROM
from moselle_nb.plans.uncertain import UncertainStock, intervals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.position import Cumulative
    from moselle_nb.inputs.calendars import OrderCalendar
    from moselle_nb.plans.config import ReplenishmentConfig
    from moselle_nb.plans.resolved import ResolvedInputs

__all__ = [
    "cover_days",
    "daily_safety_stock",
    "days_protected",
    "eras_of_safety_stock",
    "is_dated",
    "protection_days",
    "safety_floors",
]

Scalar = TypeVar("Scalar", bound=np.generic)

UNITS, DAYS_OF_COVER = map(SAFETY_METHODS.index, ("units", "days_of_cover"))


def eras_of_safety_stock(inputs: ResolvedInputs) -> int:
    """Return in how many eras safety stock may differ."""
    return max(len(inputs.rules.safety_stock.values), len(inputs.rules.min_stock.values))


def is_dated(inputs: ResolvedInputs, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Tell for which rows the rules of safety stock change from one era to another."""
    found = np.zeros(len(rows), dtype=bool)
    rules = inputs.rules
    for values in (rules.safety_stock.values, rules.safety_method, rules.min_stock.values):
        if len(values) > 1:
            chosen = np.nan_to_num(values.take(rows, axis=1), nan=-1.0)
            found |= (chosen != chosen[0]).any(axis=0)
    return found


def cover_days(inputs: ResolvedInputs, rows: NDArray[np.intp], era: int = 0) -> NDArray[np.int64]:
    """Return the days of cover of some rows; 0 where safety stock is not given in days."""
    method = _of_era(inputs.rules.safety_method, era)[rows]
    value = _of_era(inputs.rules.safety_stock.values, era)[rows]
    return np.where(method == DAYS_OF_COVER, value, 0.0).astype(np.int64)


def protection_days(inputs: ResolvedInputs, rows: NDArray[np.intp]) -> NDArray[np.int64]:
    """Return review period and lead time of some rows, added up."""
    lead = np.nan_to_num(inputs.rules.lead_time_days.values[0][rows])
    return (inputs.review_period_days[rows] + lead).astype(np.int64)


def _of_era(values: NDArray[Scalar], era: int) -> NDArray[Scalar]:
    return values[era if len(values) > 1 else 0]


def safety_floors(
    inputs: ResolvedInputs,
    config: ReplenishmentConfig,
    rows: NDArray[np.intp],
    calendar: OrderCalendar,
    cumulative: Cumulative,
    era: int = 0,
) -> SafetyFloors:
    """Return the safety stock of rows that share a calendar by the rules of one era."""
    method = _of_era(inputs.rules.safety_method, era)[rows]
    value = _of_era(inputs.rules.safety_stock.values, era)[rows]
    least = _of_era(inputs.rules.min_stock.values, era)[rows]
    floor = np.maximum(to_grid(np.nan_to_num(least)), np.where(method == UNITS, to_grid(value), 0.0))
    cover = np.where(method == DAYS_OF_COVER, value, 0.0).astype(np.int64)
    columns = np.flatnonzero(method >= UNCERTAIN_FROM)
    if not len(columns):
        return SafetyFloors(cover, [0], [floor])
    starts, floors = [], []
    for first_day, stock in UncertainStock(inputs, config, rows, columns, cumulative, era).over_time(calendar):
        starts.append(first_day)
        floors.append(floor.copy())
        floors[-1][columns] = np.fmax(stock, to_grid(least[columns]))
    return SafetyFloors(cover, starts, floors)


def days_protected(inputs: ResolvedInputs, rows: NDArray[np.intp], calendar: OrderCalendar) -> int:
    """Return how many days from day 0 on safety stock may look at."""
    found = intervals(calendar, inputs.coverage_last, from_arrival=False)
    return max([int(protection_days(inputs, rows).max(initial=1)), *(each.stop for each in found if each.stop < NEVER)])


def daily_safety_stock(
    inputs: ResolvedInputs,
    config: ReplenishmentConfig,
    rows: NDArray[np.intp],
    calendar: OrderCalendar,
    cumulative: Cumulative,
    before: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the safety stock of every day of the arithmetic, shape (days, rows), by the rules in force on it.

    Parameters
    ----------
    inputs, config, rows, calendar, cumulative
        As for `safety_floors`.
    before
        Demand before day t, shape (at least days + longest cover + 1, rows), in units.
    """
    days = calendar.row_end(inputs.coverage_last) + 1
    stock, count = np.empty((days, len(rows))), eras_of_safety_stock(inputs)
    era_of = inputs.era(np.arange(days)) if count > 1 else np.zeros(days, dtype=np.int64)
    for era in np.unique(era_of).tolist():
        rules = safety_floors(inputs, config, rows, calendar, cumulative, era)
        here = np.flatnonzero(era_of == era)
        ahead = days_of_cover_safety_stock(before, rules.cover, days)
        for start, stop, floor in zip(rules.starts, [*rules.starts[1:], days], rules.floors, strict=True):
            part = here[(here >= start) & (here < stop)]
            stock[part] = np.where(rules.cover > 0, np.maximum(ahead[part], floor), floor)
    return stock
