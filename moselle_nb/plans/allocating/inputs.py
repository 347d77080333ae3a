"""Allocation inputs: what the arithmetic of an allocation uses, with tables and precedence already settled."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from moselle_nb.exceptions import BrokenRule, ConfigError, ContractError
from moselle_nb.inputs.counted_twice import counted_twice_at
from moselle_nb.inputs.fields import SAFETY_STOCK_FIELDS
from moselle_nb.inputs.rebucketing import BucketedDemand, to_grid
from moselle_nb.plans.allocating.config import held_back
from moselle_nb.plans.allocating.references import references_of
from moselle_nb.plans.allocating.routes import Routes, pair_routes, routes_of, source_codes
from moselle_nb.plans.constraints import SAFETY_METHODS, Resolved, Resolver
from moselle_nb.plans.demand_error import bucket_variance, forecast_sd
from moselle_nb.plans.grades import with_grades
from moselle_nb.plans.named import check_names, scenario_of
from moselle_nb.plans.resolved import Receipts, columns_of, coverage_days, receipts_of
from moselle_nb.plans.row_calendars import Closures
from moselle_nb.plans.row_keys import row_keys, unit_costs
from moselle_nb.plans.variability import with_variability

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.inputs import PlanningData
    from moselle_nb.plans.allocating.config import AllocationConfig
    from moselle_nb.plans.constraints import Keys
    from moselle_nb.plans.document import ReplenishmentPlan

__all__ = [
    "AllocationInputs", "AllocationRules", "Pools", "priorities", "receipts_at", "resolve_allocation", "ships_on",
]  # fmt: skip

Marked: TypeAlias = "tuple[Receipts, NDArray[np.bool_]]"

FAR_PRIORITY = 1 << 20
"""Priority of a location that has none: after all that have one."""


@dataclass(frozen=True, eq=False)
class AllocationRules:
    """Resolved constraint fields by row, on the day of the first shipment; NaN where there is no value."""

    pack: Resolved
    presentation_minimum: Resolved
    max_stock: Resolved
    min_stock: Resolved
    shortage_cost: Resolved
    holding_cost: Resolved
    forecast_cv: Resolved
    safety_stock: Resolved
    safety_method: NDArray[np.int8]


@dataclass(frozen=True, eq=False)
class Pools:
    """The stock that is divided: one pool for each item and source, sorted by both.

    Parameters
    ----------
    item, source
        Positions in the items and the locations.
    row
        The source's own row; -1 where it has none.
    on_hand, committed, hold_back
        Units, whole.
    hold_back_origin
        Position in `ORIGINS`.
    receipts
        What lands at the source; empty when inbound does not count.
    planned
        Whether each of these receipts is only planned.
    """

    item: NDArray[np.int32]
    source: NDArray[np.int32]
    row: NDArray[np.int64]
    on_hand: NDArray[np.float64]
    committed: NDArray[np.float64]
    hold_back: NDArray[np.float64]
    hold_back_origin: NDArray[np.int8]
    receipts: Receipts
    planned: NDArray[np.bool_]

    def take(self, chosen: NDArray[np.intp], hold_back: NDArray[np.float64] | None = None) -> Pools:
        """Return some of the pools, holding back what is given."""
        receipts, planned = receipts_at(self.receipts, self.planned, chosen)
        return Pools(
            self.item[chosen], self.source[chosen], self.row[chosen], self.on_hand[chosen], self.committed[chosen],
            self.hold_back[chosen] if hold_back is None else hold_back, self.hold_back_origin[chosen],
            receipts, planned,
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class AllocationInputs:
    """What the arithmetic of an allocation used. Days are whole numbers from `as_of`.

    Parameters
    ----------
    as_of
        Day 0, datetime64[D].
    coverage_first, coverage_last
        Coverage; the first may be negative.
    ship_days
        Ship dates, increasing.
    items, locations, closures
        The master tables, for names and filters, and when locations are closed.
    item, location
        Positions in them of each row: the destinations and the sources' own rows, sorted by both.
    blocked
        Whether the row's item is blocked.
    priority
        Of the row's location, 1 first.
    opening, on_hand
        Stock at the opening of `as_of` less what is committed, and as counted, in units.
    unit_cost, unit_price, margin
        Per unit; NaN where unknown. The margin is the shortage cost where one is given, else price less cost.
    rules
        Resolved constraint fields by row.
    demand, variance
        Forecast by bucket and its variance; the latter None when no row needs it.
    receipts
        Scheduled and planned receipts by row.
    planned
        Whether each of them is only planned, by the replenishment plan that was given.
    pools
        The stock that is divided.
    routes
        Which row can be served from which pool, and how: the cells of the plan.
    """

    as_of: np.datetime64
    coverage_first: int
    coverage_last: int
    ship_days: NDArray[np.int64]
    items: pd.DataFrame
    locations: pd.DataFrame
    closures: pd.DataFrame
    item: NDArray[np.int32]
    location: NDArray[np.int32]
    blocked: NDArray[np.bool_]
    priority: NDArray[np.int64]
    opening: NDArray[np.float64]
    on_hand: NDArray[np.float64]
    unit_cost: NDArray[np.float64]
    unit_price: NDArray[np.float64]
    margin: NDArray[np.float64]
    rules: AllocationRules
    demand: BucketedDemand
    variance: NDArray[np.float64] | None
    receipts: Receipts
    planned: NDArray[np.bool_]
    pools: Pools
    routes: Routes
    bucket: str
    supplier: NDArray[np.object_]
    """Name of the supplier of each row, whose constraints it has; None where it has none."""
    reference: NDArray[np.object_] | None = field(default=None, repr=False)
    """What the open order behind each of `receipts` is called; None where it has no name, or where none has."""
    counted_twice: NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, dtype=np.intp), repr=False)
    """Positions of the sources whose own demand counts here and looks like the sum of what they feed."""

    @property
    def rows(self) -> int:
        """How many rows the plan has."""
        return len(self.item)

    def date(self, day: int) -> np.datetime64:
        """Return the date of a day."""
        return self.as_of + np.timedelta64(int(day), "D")


def resolve_allocation(
    data: PlanningData, config: AllocationConfig, replenishment: ReplenishmentPlan | None = None
) -> AllocationInputs:
    """Settle tables and configuration into what the arithmetic uses.

    Raises
    ------
    ConfigError
        When the configuration names what the tables do not have, coverage ends before `as_of`, a source has no lane,
        or lanes between sources form a cycle.
    ContractError
        When a safety stock or a marginal value needs what no table gives.
    """
    scenario = scenario_of(data, config)
    data = with_grades(data, scenario, config.grade_thresholds)
    data = with_variability(data, scenario, config.variability_thresholds)
    check_names(data, config)
    first, last = coverage_days(data, config)
    as_of, forecast = np.datetime64(data.as_of, "D"), data.forecasts[scenario]
    sources = source_codes(data, config)
    chosen = _chosen_rows(data, config, sources)
    keys = row_keys(data, chosen)
    resolver = Resolver(data, config, keys)
    ship_days = ships_on(config, as_of, first, last)
    era = int(np.searchsorted(resolver.era_starts, ship_days[0], side="right")) - 1
    rules = _rules(resolver, config, era)
    _refuse_uncomputed(rules, keys)
    demand = BucketedDemand(
        (forecast.starts.astype("datetime64[D]") - as_of).astype(np.int64), forecast.lengths.astype(np.int64),
        columns_of(forecast.quantity, chosen), forecast.first.take(chosen), forecast.last.take(chosen),
        forecast_sd(forecast, chosen),
    )  # fmt: skip
    uncertain = (rules.safety_method == SAFETY_METHODS.index("cycle_service_level")).any(axis=0)
    needed = uncertain | (config.method == "marginal_value")
    variance = bucket_variance(data, chosen, demand, forecast.bucket, resolver, needed, keys)
    receipts, planned = with_planned(receipts_of(data, chosen, as_of, keys), data, chosen, replenishment)
    item, location = data.row_item.take(chosen), data.row_location.take(chosen)
    pools = _pools(data, config, (item, location), sources, _in_era(resolver.number("hold_back"), era),
                   (receipts, planned), chosen)  # fmt: skip
    closures, rebalances = Closures(data), config.mode == "rebalance"
    routes = (pair_routes if rebalances else routes_of)(
        data, config, (item, location), (pools.item, pools.source), (demand.last >= 0) & (not rebalances),
        rules.pack.values[0], ship_days, closures,
    )  # fmt: skip
    status = data.items["status"].to_numpy(object)
    cost, price = unit_costs(data, keys), data.items["unit_price"].to_numpy(np.float64).take(item)
    on_hand = data.on_hand.take(chosen)
    shortage = rules.shortage_cost.values[0]
    inputs = AllocationInputs(
        as_of=as_of, coverage_first=first, coverage_last=last, ship_days=ship_days,
        items=data.items, locations=data.locations, closures=data.closures[["scope", "key", "from", "to"]],
        item=item, location=location, blocked=(status == "blocked").take(item),
        priority=priorities(data.locations).take(location),
        opening=np.maximum(on_hand - data.committed.take(chosen), 0.0), on_hand=on_hand,
        unit_cost=cost, unit_price=price, margin=np.where(np.isnan(shortage), price - cost, shortage),
        rules=rules, demand=demand, variance=variance, receipts=receipts, planned=planned, pools=pools, routes=routes,
        bucket=forecast.bucket, supplier=_suppliers(keys), reference=references_of(data, chosen, receipts, planned),
        counted_twice=_counted_twice(data, config, scenario, sources),
    )  # fmt: skip
    if rebalances or config.method == "marginal_value":
        _refuse_unknown_margins(inputs, keys)
    if not rebalances:
        return inputs
    from moselle_nb.plans.allocating.rebalancing import with_spare_stock

    return with_spare_stock(inputs, data, config, np.isin(pools.source, sources), closures)


def _counted_twice(
    data: PlanningData, config: AllocationConfig, scenario: str, sources: NDArray[np.int64]
) -> NDArray[np.intp]:
    """Return the sources of which the tables were warned that their demand looks like that of what they feed."""
    if config.source_demand == "ignore" or config.mode == "rebalance":
        return np.zeros(0, dtype=np.intp)
    warned, names = set(data.quality["rule"]), data.locations["location"].to_numpy(dtype=object)
    return np.array([code for code in sources if counted_twice_at(names[code], scenario) in warned], dtype=np.intp)


def priorities(locations: pd.DataFrame) -> NDArray[np.int64]:
    """Return the priority of each location; those without one come last."""
    return locations["priority"].fillna(FAR_PRIORITY).to_numpy(np.float64).astype(np.int64)


def _suppliers(keys: Keys) -> NDArray[np.object_]:
    return np.array([*keys.names["supplier"], None], dtype=object).take(keys.codes["supplier"])


def _refuse_unknown_margins(inputs: AllocationInputs, keys: Keys) -> None:
    """Refuse rows with demand of which nobody knows what a unit earns."""
    unknown = np.flatnonzero(np.isnan(inputs.margin) & (inputs.demand.last >= 0) & ~inputs.blocked)
    if len(unknown):
        rule = "each row needs to know what a unit earns: give unit_price and unit_cost, or shortage_cost"
        raise ContractError([BrokenRule("items", rule, len(unknown), keys.examples(unknown))])


def _chosen_rows(data: PlanningData, config: AllocationConfig, sources: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return the data rows of the sources and of the locations that may receive, of the items in scope."""
    if config.locations == ():
        rule = "locations names at least one location that receives; leave it out for all of them; received none"
        raise ConfigError([BrokenRule("locations", rule)])
    keep = np.ones(data.n_rows, dtype=bool)
    if config.locations is not None:
        wanted = data.locations["location"].isin(config.locations).to_numpy().copy()
        wanted[sources] = True
        keep &= wanted.take(data.row_location)
    for column, values in config.scope:
        keep &= data.items[column].astype(str).isin(values).to_numpy()[data.row_item]
    if not keep.any():
        rule = "at least one row, an item at a location, matches source, locations and scope; none does"
        raise ConfigError([BrokenRule("scope", rule)])
    return np.flatnonzero(keep)


def _rules(resolver: Resolver, config: AllocationConfig, era: int) -> AllocationRules:
    safety, method = resolver.safety_stock(config.safety_stock.method, config.safety_stock.value)
    names = ("pack", "presentation_minimum", "max_stock", "min_stock", "shortage_cost", "holding_cost",
             "forecast_cv")  # fmt: skip
    numbers = {name: _in_era(resolver.number(name), era) for name in names}
    at = min(era, len(method) - 1)
    return AllocationRules(**numbers, safety_stock=_in_era(safety, era), safety_method=method[at : at + 1])


def _refuse_uncomputed(rules: AllocationRules, keys: Keys) -> None:
    found = rules.safety_method[0]
    rows = np.flatnonzero(found > SAFETY_METHODS.index("cycle_service_level"))
    if len(rows):
        names = ", ".join(SAFETY_METHODS[method] for method in np.unique(found[rows]))
        known = ", ".join(SAFETY_STOCK_FIELDS[: SAFETY_METHODS.index("cycle_service_level")])
        rule = f"safety stock by {names} is computed in replenishment plans only; for an allocation use {known}"
        raise ContractError([BrokenRule("constraints", rule, len(rows), keys.examples(rows))])


def _in_era(resolved: Resolved, era: int) -> Resolved:
    """Return the values of one era of dated constraints."""
    if len(resolved.values) == 1:
        return resolved
    return Resolved(resolved.values[era : era + 1], resolved.origins[era : era + 1])


def ships_on(config: AllocationConfig, as_of: np.datetime64, first: int, last: int) -> NDArray[np.int64]:
    """Return the ship dates: those that are given, or every n days from the first day on, none before `as_of`."""
    begin = max(first, 0)
    if config.ship_dates:
        days = (np.array(config.ship_dates, dtype="datetime64[D]") - as_of).astype(np.int64)
        early = days[days < 0]
        if len(early):
            rule = f"ship dates lie on or after the day of the stock count, {as_of}"
            examples = tuple(str(as_of + day) for day in early[:3])
            raise ConfigError([BrokenRule("ship_dates", rule, len(early), examples)])
        return days
    if config.ship_every_days is None:
        return np.array([begin], dtype=np.int64)
    return np.arange(begin, last + 1, config.ship_every_days, dtype=np.int64)


def _pools(
    data: PlanningData,
    config: AllocationConfig,
    rows: tuple[NDArray[np.int32], NDArray[np.int32]],
    sources: NDArray[np.int64],
    held: Resolved,
    receipts: Marked,
    chosen: NDArray[np.intp],
) -> Pools:
    """Return what each source has of each item: its own row's stock, or nothing where it has no row."""
    item, location = rows
    places = len(data.locations)
    wanted = np.flatnonzero(np.bincount(item, minlength=1))
    key = (wanted[:, None] * places + np.sort(sources)[None, :]).ravel()
    own = item.astype(np.int64) * places + location
    row = np.minimum(np.searchsorted(own, key), len(own) - 1)
    row = np.where(own[row] == key, row, -1)

    def of_row(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(row >= 0, values[chosen[np.maximum(row, 0)]], 0.0)

    units, percent = held_back(config.hold_back)
    on_hand = np.maximum(of_row(data.on_hand), 0.0)
    default = np.ceil(on_hand * percent / 100) if percent else np.full(len(key), units)
    given = held.values[0][np.maximum(row, 0)]
    from_table = (row >= 0) & ~np.isnan(given)
    landing, planned = receipts_at(*receipts, row if config.include_inbound else np.full_like(row, -1))
    return Pools(
        item=(key // places).astype(np.int32), source=(key % places).astype(np.int32), row=row,
        on_hand=on_hand, committed=of_row(data.committed),
        hold_back=np.ceil(to_grid(np.where(from_table, given, default))),
        hold_back_origin=np.where(from_table, held.origins[0][np.maximum(row, 0)], 0).astype(np.int8),
        receipts=landing, planned=planned,
    )  # fmt: skip


def receipts_at(receipts: Receipts, planned: NDArray[np.bool_], row: NDArray[np.int64]) -> Marked:
    """Return the receipts of some rows, in their order; none for -1."""
    first = receipts.starts[np.maximum(row, 0)]
    count = np.where(row >= 0, receipts.starts[np.maximum(row, 0) + 1] - first, 0)
    starts = np.concatenate([[0], np.cumsum(count)])
    entry = np.repeat(first - starts[:-1], count) + np.arange(starts[-1])
    return Receipts(starts, receipts.day[entry], receipts.quantity[entry], receipts.due[entry]), planned[entry]


def _refuse_other_clock(data: PlanningData, replenishment: object) -> None:
    """Refuse what is no replenishment plan, and one that starts from another stock count."""
    from moselle_nb.plans.document import ReplenishmentPlan

    if not isinstance(replenishment, ReplenishmentPlan):
        msg = f"replenishment is a ReplenishmentPlan, received {type(replenishment).__name__}; see replenish"
        raise TypeError(msg)
    ours, theirs = str(data.as_of), str(replenishment.inputs.as_of)
    if ours != theirs:
        rule = "the replenishment plan starts from the same stock count as the data; build it again"
        raise ConfigError([BrokenRule("replenishment", rule, examples=(f"{theirs} and {ours}",))])


def with_planned(
    scheduled: Receipts, data: PlanningData, chosen: NDArray[np.intp], replenishment: ReplenishmentPlan | None
) -> Marked:
    """Add the planned receipts of a replenishment plan to the scheduled ones; tell which are planned."""
    if replenishment is None:
        return scheduled, np.zeros(len(scheduled.day), dtype=bool)
    _refuse_other_clock(data, replenishment)
    lines = replenishment.order_lines
    lines = lines[lines["quantity"] > 0]
    items, places = pd.Index(data.items["item"]), pd.Index(data.locations["location"])
    item, place = items.get_indexer(lines["item"]), places.get_indexer(lines["location"])
    own = data.row_item[chosen].astype(np.int64) * len(places) + data.row_location[chosen]
    key = item.astype(np.int64) * len(places) + place
    row = np.minimum(np.searchsorted(own, key), len(own) - 1)
    known = np.flatnonzero((item >= 0) & (place >= 0) & (own[row] == key))
    arrives = lines["arrival_date"].to_numpy("datetime64[D]")[known]
    arrival = (arrives - np.datetime64(data.as_of, "D")).astype(np.int64)
    rows = np.repeat(np.arange(len(chosen)), np.diff(scheduled.starts))
    row, day = np.concatenate([rows, row[known]]), np.concatenate([scheduled.day, arrival])
    quantity = np.concatenate([scheduled.quantity, lines["quantity"].to_numpy(np.float64)[known]])
    planned = np.arange(len(row)) >= len(rows)
    due = np.concatenate([scheduled.due, arrival])
    order = np.lexsort((planned, day, row))
    starts = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(chosen)))]).astype(np.int64)
    return Receipts(starts, day[order], quantity[order], due[order]), planned[order]
