"""Resolved inputs: what the arithmetic of a plan uses, row by row, with tables and precedence already settled."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from moselle_nb.exceptions import BrokenRule, ConfigError
from moselle_nb.inputs.fields import DEMAND_DISTRIBUTIONS
from moselle_nb.inputs.rebucketing import BucketedDemand
from moselle_nb.plans.constraints import UNCERTAIN_FROM, Keys, Resolved, Resolver
from moselle_nb.plans.critical_ratio import refuse_unpriced
from moselle_nb.plans.days import as_day
from moselle_nb.plans.demand_error import bucket_variance, forecast_sd
from moselle_nb.plans.feeding import fed_rows, feeding_of, with_fed_rows
from moselle_nb.plans.grades import with_grades
from moselle_nb.plans.lot_costs import refuse_without_costs
from moselle_nb.plans.named import check_names, scenario_of
from moselle_nb.plans.row_breaks import RowBreaks, breaks_of
from moselle_nb.plans.row_calendars import Closures, row_calendars
from moselle_nb.plans.row_keys import BLOCKED, BOUGHT, FED, PHASE_OUT, ordering_of, row_keys, unit_costs
from moselle_nb.plans.shapes import RowShapes, row_shapes
from moselle_nb.plans.variability import with_variability

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from moselle_nb.inputs import PlanningData
    from moselle_nb.inputs.calendars import OrderCalendar
    from moselle_nb.plans.config import ReplenishmentConfig
    from moselle_nb.plans.config_parts import PlanConfig
    from moselle_nb.plans.network import DependentDemand, FedRows

__all__ = [
    "BLOCKED",
    "BOUGHT",
    "FED",
    "PHASE_OUT",
    "Receipts",
    "ResolvedInputs",
    "Rules",
    "columns_of",
    "coverage_days",
    "receipts_of",
    "resolve",
]

MAX_DAYS_AHEAD = 1461
"""How far ahead coverage may end: four years. Every day of it is planned."""

NUMBER_RULES = ("lead_time_days", "moq", "order_multiple", "max_order", "max_stock", "max_stock_is_hard", "min_stock",
                "lead_time_sd_days", "holding_cost", "shortage_cost", "order_cost", "demand_distribution")  # fmt: skip


CLOSURE_COLUMNS = ("scope", "key", "from", "to")

Number = TypeVar("Number", np.int64, np.float64)


@dataclass(frozen=True, eq=False)
class Receipts:
    """Scheduled receipts, sorted by row and day.

    Parameters
    ----------
    starts
        Entries of row i are ``starts[i]`` to ``starts[i + 1]``, shape (rows + 1,).
    day
        Day on which it serves demand for the first time, from `as_of`.
    quantity
        Units.
    due
        Day on which it was expected, from `as_of`; negative when it is overdue.
    reference
        What the open order is called, None where it has no name; no array where none has. It decides no number.
    """

    starts: NDArray[np.int64]
    day: NDArray[np.int64]
    quantity: NDArray[np.float64]
    due: NDArray[np.int64]
    reference: NDArray[np.object_] | None = field(default=None, repr=False)


@dataclass(frozen=True, eq=False)
class Rules:
    """Resolved constraint fields; `values` and `origins` have shape (eras, rows) or (1, rows)."""

    lead_time_days: Resolved
    moq: Resolved
    order_multiple: Resolved
    max_order: Resolved
    max_stock: Resolved
    max_stock_is_hard: Resolved
    min_stock: Resolved
    lead_time_sd_days: Resolved
    holding_cost: Resolved
    shortage_cost: Resolved
    order_cost: Resolved
    demand_distribution: Resolved
    safety_stock: Resolved
    safety_method: NDArray[np.int8]


@dataclass(frozen=True, eq=False)
class ResolvedInputs:
    """What the arithmetic of a plan used. Days are whole numbers from `as_of`; arrays by row have shape (rows,).

    Parameters
    ----------
    as_of
        Day 0, datetime64[D].
    coverage_first, coverage_last
        Coverage; the first may be negative.
    items, locations, suppliers
        The master tables, for names and filters.
    closures
        When suppliers and locations are closed: scope, key, from, to; calendars and receipts have moved over them.
    item, location, supplier
        Positions in them; -1 where a row has no supplier.
    ordering
        `BOUGHT`, `FED`, `PHASE_OUT` or `BLOCKED`.
    opening
        On hand less committed, in units; negative only where unmet demand waits.
    on_hand
        Units, as counted.
    unit_cost, unit_price
        Per unit; NaN where unknown.
    shelf_life_days
        Days on which a unit can be sold from its arrival on; NaN where it does not expire. Stock that is there on
        day 0 is taken as fresh: its age is not known.
    backorder
        Whether unmet demand waits.
    review_period_days
        Resolved review period.
    calendar
        Position in `calendars`.
    calendars
        Distinct order calendars.
    era_starts
        First day of each era of dated constraints; the first is 0.
    rules
        Resolved constraint fields.
    demand
        Forecast by bucket.
    variance
        Forecast variance per bucket, in units squared, shape (buckets, rows); None when no row needs it.
    receipts
        Scheduled receipts.
    bucket
        Length of the forecast's buckets.
    network
        The rows that lanes feed; None where there are none, or each row has its own forecast only.
    dependent
        What they ask of the rows that feed them; None until it was derived.
    price_breaks
        Prices that fall with the quantity of an order; None where no row that is bought has any.
    shapes
        The quantile functions of rows whose demand is empirical; None where there are none.
    """

    as_of: np.datetime64
    coverage_first: int
    coverage_last: int
    items: pd.DataFrame
    locations: pd.DataFrame
    suppliers: pd.DataFrame
    closures: pd.DataFrame
    item: NDArray[np.int32]
    location: NDArray[np.int32]
    supplier: NDArray[np.int32]
    ordering: NDArray[np.int8]
    opening: NDArray[np.float64]
    on_hand: NDArray[np.float64]
    unit_cost: NDArray[np.float64]
    unit_price: NDArray[np.float64]
    backorder: NDArray[np.bool_]
    review_period_days: NDArray[np.int32]
    review_origin: NDArray[np.int8]
    calendar: NDArray[np.int32]
    calendars: tuple[OrderCalendar, ...] = field(repr=False)
    era_starts: NDArray[np.int64]
    rules: Rules
    demand: BucketedDemand
    variance: NDArray[np.float64] | None
    receipts: Receipts
    bucket: str
    shelf_life_days: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0), repr=False)
    network: FedRows | None = None
    dependent: DependentDemand | None = None
    price_breaks: RowBreaks | None = None
    shapes: RowShapes | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Make the arrays read-only: a plan is what it was built from."""
        if len(self.shelf_life_days) != self.rows:
            object.__setattr__(self, "shelf_life_days", np.full(self.rows, np.nan))
        for part in (self, self.demand, self.receipts, *(() if self.shapes is None else (self.shapes,))):
            for value in vars(part).values():
                if isinstance(value, np.ndarray):
                    value.setflags(write=False)
        for rule in vars(self.rules).values():
            for value in (rule,) if isinstance(rule, np.ndarray) else (rule.values, rule.origins):
                value.setflags(write=False)

    @property
    def rows(self) -> int:
        """How many rows the plan has."""
        return len(self.item)

    def date(self, day: int) -> np.datetime64:
        """Return the date of a day."""
        return self.as_of + np.timedelta64(int(day), "D")

    def day(self, date: object) -> int:
        """Return the day of a date."""
        return int((as_day(date) - self.as_of).astype(np.int64))

    def has_dependents(self, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Tell which rows feed others that need something."""
        return np.zeros(len(rows), dtype=bool) if self.dependent is None else self.dependent.of(rows)

    def era(self, days: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the era of each day."""
        return np.searchsorted(self.era_starts, np.maximum(days, 0), side="right") - 1


def resolve(data: PlanningData, config: ReplenishmentConfig) -> ResolvedInputs:
    """Settle tables and configuration into what the arithmetic uses.

    Raises
    ------
    ConfigError
        When the configuration names what the tables do not have, or coverage ends before `as_of`.
    ContractError
        When a row that is bought has no lead time, a safety stock by a share or by cost has no forecast error or no
        costs, a row is asked to be empirical without quantiles, or rows feed one another in a circle.
    """
    scenario = scenario_of(data, config)
    data = with_grades(data, scenario, config.grade_thresholds)
    data = with_variability(data, scenario, config.variability_thresholds)
    check_names(data, config)
    data, feeding = feeding_of(data, config)
    first, last = coverage_days(data, config)
    as_of, forecast = np.datetime64(data.as_of, "D"), data.forecasts[scenario]
    chosen = with_fed_rows(_chosen_rows(data, config), feeding)
    keys = row_keys(data, chosen)
    resolver = Resolver(data, config, keys)
    rules = _rules(resolver, config)
    backorder = resolver.number("unmet", 0.0 if config.unmet == "lost" else 1.0).values[0] == 1.0
    review = resolver.number("review_period_days", config.review_period_days)
    ordering = ordering_of(data, keys)
    demand = BucketedDemand(
        (forecast.starts.astype("datetime64[D]") - as_of).astype(np.int64), forecast.lengths.astype(np.int64),
        columns_of(forecast.quantity, chosen), forecast.first[chosen], forecast.last[chosen],
        forecast_sd(forecast, chosen),
    )  # fmt: skip
    cost, price = unit_costs(data, keys), data.items["unit_price"].to_numpy(np.float64)[keys.codes["item"]]
    refuse_unpriced(rules, price - cost, keys)
    refuse_without_costs(config, rules, ordering, keys)
    shapes = row_shapes(forecast, chosen, demand, rules.demand_distribution.values[0], keys)
    needs_variance = ordering_needs_variance(rules)
    variance = bucket_variance(data, chosen, demand, forecast.bucket, resolver, needs_variance, keys)
    calendar, calendars = row_calendars(
        data, keys, review, rules.lead_time_days.values, (ordering == BOUGHT, resolver.era_starts), (first, last)
    )
    opening = data.on_hand[chosen] - data.committed[chosen]
    return ResolvedInputs(
        as_of=as_of, coverage_first=first, coverage_last=last, items=data.items, locations=data.locations,
        suppliers=data.suppliers, closures=data.closures[list(CLOSURE_COLUMNS)],
        item=data.row_item[chosen], location=data.row_location[chosen],
        supplier=keys.codes["supplier"].astype(np.int32), ordering=ordering,
        opening=np.where(backorder, opening, np.maximum(opening, 0.0)), on_hand=data.on_hand[chosen],
        unit_cost=cost, unit_price=price,
        shelf_life_days=data.items["shelf_life_days"].to_numpy(np.float64)[keys.codes["item"]],
        backorder=backorder, review_period_days=review.values[0].astype(np.int32), review_origin=review.origins[0],
        calendar=calendar, calendars=calendars, era_starts=resolver.era_starts, rules=rules, demand=demand,
        variance=variance, receipts=receipts_of(data, chosen, as_of, keys), bucket=forecast.bucket,
        network=fed_rows(data, feeding, chosen, keys, (review, resolver.number("pack")), (first, last)), shapes=shapes,
        price_breaks=breaks_of(data, keys, rules, ordering, cost),
    )  # fmt: skip


def coverage_days(data: PlanningData, config: PlanConfig) -> tuple[int, int]:
    """Return coverage in days from `as_of`; it may begin before, and must not end before or years after."""
    first, last = ((day - data.as_of).days for day in config.coverage)
    if not 0 <= last <= MAX_DAYS_AHEAD:
        rule = f"coverage ends from 0 to {MAX_DAYS_AHEAD:,} days after the day of the stock count, {data.as_of}"
        raise ConfigError([BrokenRule("coverage", rule, examples=(f"received {config.coverage[1]}",))])
    return first, last


def ordering_needs_variance(rules: Rules) -> NDArray[np.bool_]:
    """Tell for which rows safety stock needs the forecast's variance."""
    return np.asarray((rules.safety_method >= UNCERTAIN_FROM).any(axis=0))


def columns_of(matrix: NDArray[Number], chosen: NDArray[np.intp]) -> NDArray[Number]:
    """Return some columns of a matrix, laid out row by row; all of them without a copy."""
    return matrix if len(chosen) == matrix.shape[1] else matrix.take(chosen, axis=1)


def _chosen_rows(data: PlanningData, config: ReplenishmentConfig) -> NDArray[np.intp]:
    keep = np.ones(data.n_rows, dtype=bool)
    if config.locations is not None:
        keep &= data.locations["location"].isin(config.locations).to_numpy()[data.row_location]
    for column, values in config.scope:
        keep &= data.items[column].astype(str).isin(values).to_numpy()[data.row_item]
    if not keep.any():
        rule = "at least one row, an item at a location, matches locations and scope; none does"
        raise ConfigError([BrokenRule("scope", rule)])
    return np.flatnonzero(keep)


def _rules(resolver: Resolver, config: ReplenishmentConfig) -> Rules:
    safety, method = resolver.safety_stock(config.safety_stock.method, config.safety_stock.value)
    plain = {
        "lead_time_days": config.lead_time_days,
        "demand_distribution": float(DEMAND_DISTRIBUTIONS.index(config.demand_distribution)),
    }
    numbers = {name: resolver.number(name, plain.get(name)) for name in NUMBER_RULES}
    return Rules(**numbers, safety_stock=safety, safety_method=method)


def receipts_of(data: PlanningData, chosen: NDArray[np.intp], as_of: np.datetime64, keys: Keys) -> Receipts:
    """Return the open orders of some rows, moved to a day from `as_of` on that finds the location open."""
    place = np.full(data.n_rows, -1, dtype=np.int64)
    place[chosen] = np.arange(len(chosen))
    row = place[data.inbound_row]
    keep = row >= 0
    row, quantity = row[keep], data.inbound_quantity[keep]
    due = (data.inbound_date[keep].astype("datetime64[D]") - as_of).astype(np.int64)
    day = Closures(data).moved(np.maximum(due, 0), keys.codes["location"][row])
    order = np.lexsort((due, row))
    starts = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(chosen)))])
    reference = data.inbound_reference[keep][order] if any(data.inbound_reference) else None
    return Receipts(starts.astype(np.int64), day[order], quantity[order], due[order], reference)
