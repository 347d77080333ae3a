"""Resolved inputs: what the arithmetic of a plan uses, row by row, with tables and precedence already settled."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from moselle_nb.exceptions import BrokenRule, ConfigError, ContractError, near
from moselle_nb.inputs.calendars import (
    CalendarRule,
    OrderCalendar,
    order_calendar,
    weekday_numbers,
    weekday_of,
)
from moselle_nb.inputs.rebucketing import BucketedDemand
from moselle_nb.plans.constraints import SAFETY_METHODS, Keys, Resolved, Resolver
from moselle_nb.plans.demand_error import bucket_variance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.inputs import PlanningData
    from moselle_nb.plans.config import ReplenishmentConfig

__all__ = ["BLOCKED", "BOUGHT", "FED", "PHASE_OUT", "Receipts", "ResolvedInputs", "Rules", "resolve"]

BOUGHT, FED, PHASE_OUT, BLOCKED = range(4)
"""Whether a row gets purchase orders: only `BOUGHT` rows do."""

NUMBER_RULES = ("lead_time_days", "moq", "order_multiple", "max_order", "max_stock", "max_stock_is_hard", "min_stock",
                "lead_time_sd_days")  # fmt: skip


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
    """

    starts: NDArray[np.int64]
    day: NDArray[np.int64]
    quantity: NDArray[np.float64]
    due: NDArray[np.int64]


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
    """

    as_of: np.datetime64
    coverage_first: int
    coverage_last: int
    items: pd.DataFrame
    locations: pd.DataFrame
    suppliers: pd.DataFrame
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

    @property
    def rows(self) -> int:
        """How many rows the plan has."""
        return len(self.item)

    def date(self, day: int) -> np.datetime64:
        """Return the date of a day."""
        return self.as_of + np.timedelta64(int(day), "D")

    def day(self, date: object) -> int:
        """Return the day of a date."""
        return int((np.datetime64(pd.Timestamp(date), "D") - self.as_of).astype(np.int64))  # type: ignore[arg-type]

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
        When a row that is bought has no lead time, or a safety stock by service level has no forecast error.
    """
    _check_names(data, config)
    as_of = np.datetime64(data.as_of, "D")
    first, last = ((np.datetime64(day, "D") - as_of).astype(int).item() for day in config.coverage)
    if last < 0:
        rule = f"coverage ends on or after the day of the stock count, {data.as_of}"
        raise ConfigError([BrokenRule("coverage", rule, examples=(f"received {config.coverage[1]}",))])
    forecast = data.forecasts[_scenario(data, config)]
    chosen = _chosen_rows(data, config)
    keys = _keys(data, chosen)
    resolver = Resolver(data, config, keys)
    rules = _rules(resolver, config)
    backorder = resolver.number("unmet", 0.0 if config.unmet == "lost" else 1.0).values[0] == 1.0
    review = resolver.number("review_period_days", config.review_period_days)
    ordering = _ordering(data, keys)
    demand = BucketedDemand(
        (forecast.starts.astype("datetime64[D]") - as_of).astype(np.int64), forecast.lengths.astype(np.int64),
        _columns(forecast.quantity, chosen), forecast.first[chosen], forecast.last[chosen],
        None if forecast.sd is None else _columns(forecast.sd, chosen),
    )  # fmt: skip
    _refuse_uncomputed(rules, keys)
    needs_variance = ordering_needs_variance(rules)
    variance = bucket_variance(data, chosen, demand, forecast.bucket, resolver, needs_variance, keys)
    calendar, calendars = _calendars(data, keys, rules, review, ordering, (first, last), resolver.era_starts)
    opening = data.on_hand[chosen] - data.committed[chosen]
    return ResolvedInputs(
        as_of=as_of, coverage_first=first, coverage_last=last, items=data.items, locations=data.locations,
        suppliers=data.suppliers, item=data.row_item[chosen], location=data.row_location[chosen],
        supplier=keys.codes["supplier"].astype(np.int32), ordering=ordering,
        opening=np.where(backorder, opening, np.maximum(opening, 0.0)), on_hand=data.on_hand[chosen],
        unit_cost=_unit_cost(data, keys), unit_price=data.items["unit_price"].to_numpy(np.float64)[keys.codes["item"]],
        backorder=backorder, review_period_days=review.values[0].astype(np.int32), review_origin=review.origins[0],
        calendar=calendar, calendars=calendars, era_starts=resolver.era_starts, rules=rules, demand=demand,
        variance=variance, receipts=_receipts(data, chosen, as_of, keys), bucket=forecast.bucket,
    )  # fmt: skip


def ordering_needs_variance(rules: Rules) -> NDArray[np.bool_]:
    """Tell for which rows safety stock needs the forecast's variance."""
    return (rules.safety_method == SAFETY_METHODS.index("cycle_service_level")).any(axis=0)


def _columns(matrix: NDArray[np.generic], chosen: NDArray[np.intp]) -> NDArray[np.generic]:  # type: ignore[type-var]
    return matrix if len(chosen) == matrix.shape[1] else matrix[:, chosen]


def _scenario(data: PlanningData, config: ReplenishmentConfig) -> str:
    names = list(data.forecasts)
    if config.scenario is None and len(names) == 1:
        return names[0]
    if config.scenario in names:
        return str(config.scenario)
    received = (
        "none chosen" if config.scenario is None else f"received {config.scenario!r}{near(config.scenario, names)}"
    )
    rule = f"the scenario is one of {', '.join(repr(name) for name in names) or '(the forecast is empty)'}"
    raise ConfigError([BrokenRule("scenario", rule, examples=(received,))])


def _check_names(data: PlanningData, config: ReplenishmentConfig) -> None:
    problems = []
    known = set(data.locations["location"])
    for name in config.locations or ():
        if name not in known:
            problems.append(BrokenRule("locations", f"no location {name!r}{near(name, known)}"))
    for column, values in config.scope:
        if column not in data.items:
            problems.append(BrokenRule("scope", f"items have no column {column!r}{near(column, data.items)}"))
            continue
        present = {str(value) for value in data.items[column].dropna()}
        problems += [
            BrokenRule("scope", f"no item has {column} {value!r}{near(value, present)}")
            for value in values
            if value not in present
        ]
    for rule in config.constraints:
        problems += _check_constraint(data, rule)
    if problems:
        raise ConfigError(problems)


def _check_constraint(data: PlanningData, rule: object) -> list[BrokenRule]:
    scope, key, location = (getattr(rule, name) for name in ("scope", "key", "location"))
    problems = []
    table = {"location": data.locations, "supplier": data.suppliers}.get(scope, data.items)
    if scope != "plan" and scope in table and key not in (names := set(table[scope].dropna())):
        problems.append(BrokenRule("constraints", f"no {scope.replace('_', ' ')} {key!r}{near(key, names)}"))
    if location is not None and location not in (places := set(data.locations["location"])):
        problems.append(BrokenRule("constraints", f"no location {location!r}{near(location, places)}"))
    return problems


def _chosen_rows(data: PlanningData, config: ReplenishmentConfig) -> NDArray[np.intp]:
    keep = np.ones(data.n_rows, dtype=bool)
    if config.locations is not None:
        keep &= data.locations["location"].isin(config.locations).to_numpy()[data.row_location]
    for column, values in config.scope:
        keep &= data.items[column].astype(str).isin(values).to_numpy()[data.row_item]
    return np.flatnonzero(keep)


def _keys(data: PlanningData, chosen: NDArray[np.intp]) -> Keys:
    item, location = data.row_item[chosen].astype(np.int64), data.row_location[chosen].astype(np.int64)
    sourcing = _sourcing_of(data, item, location)
    suppliers = pd.Index(data.suppliers["supplier"])
    by_item = suppliers.get_indexer(data.items["supplier"])[item]
    by_record = by_item
    if len(data.sourcing):
        by_record = suppliers.get_indexer(data.sourcing["supplier"])[np.maximum(sourcing, 0)]
    codes = {
        "item": item,
        "location": location,
        "supplier": np.where(sourcing >= 0, by_record, by_item).astype(np.int64),
    }
    names = {
        "item": list(data.items["item"]),
        "location": list(data.locations["location"]),
        "supplier": list(suppliers),
    }
    for scope in ("product_line", "product_type"):
        found, unique = pd.factorize(data.items[scope])
        codes[scope], names[scope] = found[item].astype(np.int64), list(unique)
    return Keys(codes, names, sourcing)


def _sourcing_of(data: PlanningData, item: NDArray[np.int64], location: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return each row's sourcing record: one for its location before one for all, lowest rank first, then supplier."""
    table = data.sourcing
    if not len(table):
        return np.full(len(item), -1, dtype=np.int64)
    ranked = table.sort_values(["rank", "supplier"], na_position="last", kind="stable")
    of_item = pd.Index(data.items["item"]).get_indexer(ranked["item"]).astype(np.int64)
    places = len(data.locations) + 1
    of_place = pd.Index(data.locations["location"]).get_indexer(ranked["location"]).astype(np.int64) + 1
    keys, first = np.unique(of_item * places + of_place, return_index=True)
    records = ranked.index.to_numpy()[first]
    found = np.full(len(item), -1, dtype=np.int64)
    for place in (np.zeros_like(location), location + 1):
        wanted = item * places + place
        index = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        found = np.where(keys[index] == wanted, records[index], found)
    return found


def _unit_cost(data: PlanningData, keys: Keys) -> NDArray[np.float64]:
    cost = data.items["unit_cost"].to_numpy(np.float64)[keys.codes["item"]]
    if not len(data.sourcing):
        return cost
    agreed = data.sourcing["unit_cost"].to_numpy(np.float64)[np.maximum(keys.sourcing, 0)]
    return np.where((keys.sourcing >= 0) & ~np.isnan(agreed), agreed, cost)


def _ordering(data: PlanningData, keys: Keys) -> NDArray[np.int8]:
    status = data.items["status"].to_numpy()[keys.codes["item"]]
    reached = data.locations["location"].isin(set(data.lanes["destination"])).to_numpy()[keys.codes["location"]]
    fed = reached & (keys.sourcing < 0)
    return np.select([status == "blocked", status == "phase_out", fed], [BLOCKED, PHASE_OUT, FED], BOUGHT).astype(
        np.int8
    )


def _rules(resolver: Resolver, config: ReplenishmentConfig) -> Rules:
    safety, method = resolver.safety_stock(config.safety_stock.method, config.safety_stock.value)
    plain = {"lead_time_days": config.lead_time_days}
    numbers = {name: resolver.number(name, plain.get(name)) for name in NUMBER_RULES}
    return Rules(**numbers, safety_stock=safety, safety_method=method)


def _refuse_uncomputed(rules: Rules, keys: Keys) -> None:
    rows = np.flatnonzero((rules.safety_method > SAFETY_METHODS.index("cycle_service_level")).any(axis=0))
    if len(rows):
        rule = "safety stock by fill_rate is not computed yet; use safety_stock_units, safety_stock_days or cycle_service_level"
        raise ContractError([BrokenRule("constraints", rule, len(rows), _examples(keys, rows))])


def _examples(keys: Keys, rows: NDArray[np.intp]) -> tuple[str, ...]:
    item, location = keys.names["item"], keys.names["location"]
    return tuple(f"({item[keys.codes['item'][r]]}, {location[keys.codes['location'][r]]})" for r in rows[:3])


def _calendars(
    data: PlanningData,
    keys: Keys,
    rules: Rules,
    review: Resolved,
    ordering: NDArray[np.int8],
    coverage: tuple[int, int],
    era_starts: NDArray[np.int64],
) -> tuple[NDArray[np.int32], tuple[OrderCalendar, ...]]:
    """Give each row its order calendar; rows that do not order have one without order dates."""
    lead = rules.lead_time_days.values
    missing = np.flatnonzero((ordering == BOUGHT) & np.isnan(lead).any(axis=0))
    if len(missing):
        rule = (
            "lead_time_days is known for every row that is bought: give it in suppliers, sourcing, items or constraints, "
            "or as lead_time_days of the configuration"
        )
        raise ContractError([BrokenRule("lead times", rule, len(missing), _examples(keys, missing))])
    weekdays = data.suppliers["order_weekdays"].to_numpy(dtype=object)
    closures = _Closures(data)
    supplier, location = keys.codes["supplier"], keys.codes["location"]
    has_weekdays = np.append([bool(text) for text in weekdays], False)[supplier]
    step = np.where(has_weekdays & (review.origins[0] == 0), 1, review.values[0])
    parts = [np.where(ordering == BOUGHT, step, 0), np.where(closures.of_location[location], location, -1)]
    by_supplier = np.append(closures.of_supplier | np.array([bool(t) for t in weekdays], dtype=bool), False)
    parts += [np.where(by_supplier[supplier], supplier, -1), *np.nan_to_num(lead, nan=-1.0)]
    frame = pd.DataFrame({str(i): np.where(ordering == BOUGHT, part, -1) for i, part in enumerate(parts)})
    code = frame.groupby(list(frame.columns), sort=True).ngroup().to_numpy()
    _, examples = np.unique(code, return_index=True)
    found: dict[tuple[bytes, bytes, int], int] = {}
    calendars: list[OrderCalendar] = []
    place = np.zeros(len(examples), dtype=np.int32)
    for number, row in enumerate(examples):
        calendar = _no_orders()
        if ordering[row] == BOUGHT:
            rule_of_row = CalendarRule(
                int(step[row]),
                tuple(zip(era_starts.tolist() if len(lead) > 1 else [0], lead[:, row].astype(int).tolist(), strict=True)),
                weekday_numbers(weekdays[supplier[row]]) if supplier[row] >= 0 else (),
                closures.intervals("supplier", int(supplier[row])), closures.intervals("location", int(location[row])),
            )  # fmt: skip
            calendar = order_calendar(
                rule_of_row, first_weekday=weekday_of(np.datetime64(data.as_of, "D")), coverage_first=coverage[0],
                coverage_last=coverage[1],
            )  # fmt: skip
        place[number] = found.setdefault(calendar.key, len(calendars))
        if place[number] == len(calendars):
            calendars.append(calendar)
    return place[code], tuple(calendars)


def _no_orders() -> OrderCalendar:
    from moselle_nb.inputs.calendars import NEVER

    never = np.array([NEVER, NEVER], dtype=np.int64)
    return OrderCalendar(never, never, 0)


class _Closures:
    """Closed intervals of suppliers and locations, in days from `as_of`."""

    def __init__(self, data: PlanningData) -> None:
        as_of = np.datetime64(data.as_of, "D")
        self._intervals: dict[tuple[str, int], list[tuple[int, int]]] = {}
        for row in data.closures.itertuples(index=False):
            scope, key, begin, end = tuple(row)[:4]
            table = data.suppliers if scope == "supplier" else data.locations
            code = int(pd.Index(table[scope]).get_loc(key))
            days = [int((np.datetime64(day, "D") - as_of).astype(int)) for day in (begin, end)]
            self._intervals.setdefault((scope, code), []).append((days[0], days[1]))
        self.of_supplier = self._flags("supplier", len(data.suppliers))
        self.of_location = self._flags("location", len(data.locations))

    def _flags(self, scope: str, count: int) -> NDArray[np.bool_]:
        return np.array([(scope, code) in self._intervals for code in range(count)], dtype=bool)

    def intervals(self, scope: str, code: int) -> tuple[tuple[int, int], ...]:
        return tuple(sorted(self._intervals.get((scope, code), ())))


def _receipts(data: PlanningData, chosen: NDArray[np.intp], as_of: np.datetime64, keys: Keys) -> Receipts:
    place = np.full(data.n_rows, -1, dtype=np.int64)
    place[chosen] = np.arange(len(chosen))
    row = place[data.inbound_row]
    keep = row >= 0
    row, quantity = row[keep], data.inbound_quantity[keep]
    due = (data.inbound_date[keep].astype("datetime64[D]") - as_of).astype(np.int64)
    day = np.maximum(due, 0)
    closures = _Closures(data)
    for code in np.flatnonzero(closures.of_location):
        here = keys.codes["location"][row] == code
        for begin, end in closures.intervals("location", int(code)):
            day[here & (day >= begin) & (day <= end)] = end + 1
    order = np.lexsort((due, row))
    starts = np.searchsorted(row[order], np.arange(len(chosen) + 1))
    return Receipts(starts.astype(np.int64), day[order], quantity[order], due[order])
