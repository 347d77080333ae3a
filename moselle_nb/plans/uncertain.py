"""Uncertain demand of a block of rows: the days that safety stock answers for, and how much each method keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from moselle_nb.engines.empirical import EmpiricalShape
from moselle_nb.engines.expected_leftover import UncertainRows, demand_of
from moselle_nb.engines.safety_stock import protection_variance
from moselle_nb.engines.service_levels import fill_rate_level, ready_rate_level
from moselle_nb.exceptions import BrokenRule, ContractError
from moselle_nb.inputs.calendars import NEVER
from moselle_nb.inputs.cumulative import DemandVariance
from moselle_nb.inputs.fields import LARGEST_QUANTITY
from moselle_nb.inputs.rebucketing import to_grid
from moselle_nb.plans.constraints import SAFETY_METHODS, UNCERTAIN_FROM
from moselle_nb.plans.critical_ratio import cost_ratio
from moselle_nb.plans.shapes import wanted_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from moselle_nb.engines.distributions import Demand
    from moselle_nb.engines.position import Cumulative
    from moselle_nb.inputs.calendars import OrderCalendar
    from moselle_nb.plans.config import ReplenishmentConfig
    from moselle_nb.plans.resolved import ResolvedInputs

__all__ = ["Interval", "UncertainStock", "intervals", "shape_of", "sizes_by_leftover", "uncertain_rows"]

FILL_RATE, READY_RATE, COST = map(SAFETY_METHODS.index, ("fill_rate", "ready_rate", "cost"))
BY_MONEY = (SAFETY_METHODS.index("critical_ratio"), COST)
"""Methods that may keep less than the mean demand: what they promise is the least cost, and no service."""


class Interval(NamedTuple):
    """Days that safety stock answers for.

    `begin` is the order date, or the arrival where an order is measured against what is left at its arrival; `arrival`
    is the day that the order serves first, `stop` the day of the next arrival. Safety stock of it is kept from
    `first_day` on. For rows that cannot order twice all lie on `NEVER`.
    """

    first_day: int
    begin: int
    arrival: int
    stop: int


def sizes_by_leftover(inputs: ResolvedInputs, config: ReplenishmentConfig, rows: NDArray[np.intp]) -> bool:
    """Tell whether rows that share the fate of unmet demand are sized on their windows and on expected leftovers."""
    return config.lost_sales_sizing == "expected_leftover" and len(rows) > 0 and not inputs.backorder[rows[0]]


def uncertain_rows(inputs: ResolvedInputs, config: ReplenishmentConfig, rows: NDArray[np.intp]) -> UncertainRows | None:
    """Return those rows of a block whose stock is projected by what is expected to be left; None without any."""
    if inputs.variance is None or not sizes_by_leftover(inputs, config, rows):
        return None
    columns = np.flatnonzero((inputs.rules.safety_method[:, rows] >= UNCERTAIN_FROM).any(axis=0))
    if not len(columns):
        return None
    chosen = rows[columns]
    return UncertainRows(
        columns,
        _variance(inputs, config, chosen),
        _lead_time_sd(inputs, chosen),
        wanted_of(inputs, chosen),
        shape_of(inputs, chosen),
    )


def _variance(inputs: ResolvedInputs, config: ReplenishmentConfig, chosen: NDArray[np.intp]) -> DemandVariance:
    assert inputs.variance is not None  # noqa: S101 (resolve makes it for rows with these methods)
    return DemandVariance(inputs.demand.take(chosen), inputs.variance.take(chosen, axis=1), config.beyond_forecast)


def _lead_time_sd(inputs: ResolvedInputs, chosen: NDArray[np.intp]) -> NDArray[np.float64]:
    return np.nan_to_num(inputs.rules.lead_time_sd_days.values[0][chosen])


def shape_of(inputs: ResolvedInputs, rows: NDArray[np.intp]) -> EmpiricalShape | None:
    """Return the shapes of rows, of one forecast period each, for `wanted_of`; None where none is empirical."""
    shapes = inputs.shapes
    if shapes is None or not shapes.known(rows).any():
        return None
    return EmpiricalShape(shapes.levels, shapes.of(rows), shapes.edges)


def intervals(calendar: OrderCalendar, last_day: int, *, from_arrival: bool) -> Iterator[Interval]:
    """Yield the days that safety stock answers for, by the day from which on it is kept.

    Each order that has days to carry answers for them; days before the first such order are protected as by it. Where
    no order is in coverage, the next one counts.
    """
    ordered, arrives = calendar.order_days.tolist(), calendar.arrival_days.tolist()
    stops = (calendar.window_ends(last_day) + 1).tolist()
    carrying = [order for order in range(calendar.orders) if stops[order] > arrives[order]]
    next_arrival = min(arrives[1:])
    if not from_arrival or not carrying:
        begin = arrives[0] if from_arrival else ordered[0]
        stop = max(next_arrival, begin)
        yield Interval(0, begin, max(min(arrives[0], stop - 1), begin), stop)
        carrying = [order for order in carrying if order]
    for number, order in enumerate(carrying):
        first_day = 0 if from_arrival and not number else arrives[order]
        begin = arrives[order] if from_arrival else ordered[order]
        yield Interval(first_day, begin, arrives[order], stops[order])


class UncertainStock:
    """Safety stock of uncertain demand: what the method asks for, less the mean.

    Parameters
    ----------
    inputs, config
        What the plan is made of.
    rows
        Rows of the plan that share a calendar.
    columns
        Which of them have such a method.
    cumulative
        Cumulative demand of all of them.
    era
        Of dated constraints.
    """

    def __init__(
        self,
        inputs: ResolvedInputs,
        config: ReplenishmentConfig,
        rows: NDArray[np.intp],
        columns: NDArray[np.intp],
        cumulative: Cumulative,
        era: int = 0,
    ) -> None:
        self._inputs, self._columns, self._cumulative = inputs, columns, cumulative
        self._rows = rows[columns]
        self._from_arrival, self._waits = sizes_by_leftover(inputs, config, rows), bool(inputs.backorder[rows[0]])
        self._variance = _variance(inputs, config, self._rows)
        self._lead_sd, self._wanted = _lead_time_sd(inputs, self._rows), wanted_of(inputs, self._rows)
        self._shape = shape_of(inputs, self._rows)
        rules = inputs.rules
        self._method = rules.safety_method[era if len(rules.safety_method) > 1 else 0][self._rows]
        self._value = rules.safety_stock.values[era if len(rules.safety_stock.values) > 1 else 0][self._rows]

    def over_time(self, calendar: OrderCalendar) -> Iterator[tuple[int, NDArray[np.float64]]]:
        """Yield from which day on which safety stock is kept, shape (columns,), in units."""
        for interval in intervals(calendar, self._inputs.coverage_last, from_arrival=self._from_arrival):
            if interval.stop < NEVER:
                yield interval.first_day, self.kept(interval)
            else:
                yield interval.first_day, self._kept_alone()

    def _kept_alone(self) -> NDArray[np.float64]:
        """Return the safety stock of rows that cannot order twice: of one review period after one lead time."""
        lead = np.nan_to_num(self._inputs.rules.lead_time_days.values[0][self._rows]).astype(np.int64)
        review, kept = self._inputs.review_period_days[self._rows].astype(np.int64), np.zeros(len(lead))
        for first, days in np.unique(np.stack([lead, review], axis=1), axis=0).tolist():
            begin = first if self._from_arrival else 0
            here = (lead == first) & (review == days)
            kept = np.where(here, self.kept(Interval(0, begin, first, first + days)), kept)
        return kept

    def demand(self, begin: int, stop: int) -> Demand:
        """Return demand of days `begin` to `stop` - 1."""
        cumulative, columns = self._cumulative, self._columns
        mean = cumulative.at(stop)[columns] - cumulative.at(begin)[columns]
        variance = protection_variance(self._variance.between(begin, stop), mean / (stop - begin), self._lead_sd)
        shape = None if self._shape is None else self._shape.over(begin, stop)
        return demand_of(mean, variance, self._wanted, shape)

    def targets(self, interval: Interval) -> NDArray[np.float64]:
        """Return the share that each row's method asks for; the critical ratio where it goes by cost."""
        by_cost = np.flatnonzero(self._method == COST)
        if not len(by_cost):
            return self._value
        targets = self._value.copy()
        mean = (self._cumulative.at(interval.stop) - self._cumulative.at(interval.arrival))[self._columns[by_cost]]
        targets[by_cost] = cost_ratio(self._inputs, self._rows[by_cost], interval.stop - interval.arrival, mean)
        return targets

    def level(self, interval: Interval) -> NDArray[np.float64]:
        """Return the stock that reaches the target for these days, shape (columns,), in units."""
        demand, targets = self.demand(interval.begin, interval.stop), self.targets(interval)
        found = np.zeros(len(self._columns))
        for method in np.unique(self._method).tolist():
            entries = np.flatnonzero(self._method == method)
            found[entries] = self._level(method, interval, demand, targets[entries], entries)
        return found

    def _level(
        self,
        method: int,
        interval: Interval,
        demand: Demand,
        targets: NDArray[np.float64],
        entries: NDArray[np.intp],
    ) -> NDArray[np.float64]:
        begin, arrival, stop = interval.begin, interval.arrival, interval.stop
        if method == FILL_RATE:
            lead_time = self.demand(begin, arrival).take(entries) if arrival > begin else None
            return fill_rate_level(demand.take(entries), targets, lead_time)
        if method == READY_RATE:
            return ready_rate_level(
                [self.demand(begin, day + 1).take(entries) for day in range(arrival, stop)], targets
            )
        return demand.take(entries).quantile(targets)

    def kept(self, interval: Interval) -> NDArray[np.float64]:
        """Return the safety stock for these days, shape (columns,), in units.

        At least 0, but for methods by money: these go below it where a unit left costs more than a unit short. Where
        demand that is not served is lost, not by more than the days that the order serves ask for alone: what is lost
        before its arrival costs no stock then.
        """
        if interval.stop <= interval.begin:
            return np.zeros(len(self._columns))
        kept = self._above_mean(interval)
        kept = np.where(np.isin(self._method, BY_MONEY), kept, np.maximum(kept, 0.0))
        if (kept < 0).any() and interval.arrival > interval.begin and not self._waits:
            kept = np.maximum(kept, np.minimum(self._above_mean(interval._replace(begin=interval.arrival)), 0.0))
        return kept

    def _above_mean(self, interval: Interval) -> NDArray[np.float64]:
        mean = self._cumulative.at(interval.stop)[self._columns] - self._cumulative.at(interval.begin)[self._columns]
        level = self.level(interval)
        self._refuse_beyond(level)
        return to_grid(level - mean)

    def _refuse_beyond(self, level: NDArray[np.float64]) -> None:
        """Refuse levels that no quantity may have: the error is out of all proportion to the forecast."""
        over = np.flatnonzero(~(level <= LARGEST_QUANTITY))
        if not len(over):
            return
        item, location = self._inputs.items["item"], self._inputs.locations["location"]
        rows = self._rows[over[:3]].tolist()
        names = tuple(f"({item.iat[self._inputs.item[r]]}, {location.iat[self._inputs.location[r]]})" for r in rows)
        rule = (
            f"safety stock by a share or by cost is at most {LARGEST_QUANTITY:,} units, so that sums are exact; "
            "the forecast's error asks for more"
        )
        raise ContractError([BrokenRule("forecast", rule, len(over), names)])
