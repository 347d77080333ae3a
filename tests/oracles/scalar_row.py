"""What the tables say about one row, read literally: its supplier, its rules, its calendar, its demand."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tests.oracles.scalar_breaks import PriceList, price_list
from tests.oracles.scalar_shapes import points_of, variance_of, with_ends
from tests.oracles.scalar_tables import UNIT, WEEKDAYS, spread, to_grid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.oracles.scalar_shapes import Points
    from tests.oracles.scalar_tables import Bucket, Record, ScalarTables

SCOPES = ("item", "grade", "variability", "product_type", "product_line", "supplier", "location", "plan")
SHARES = ("cycle_service_level", "fill_rate", "ready_rate", "critical_ratio")
SAFETY_FIELDS = ("safety_stock_units", "safety_stock_days", *SHARES)
METHOD_OF_FIELD = dict(zip(SAFETY_FIELDS, ("units", "days_of_cover", *SHARES), strict=True))
NOT_NAMED = object()
"""What `ScalarRow.named` returns where no table names a field; None there means that `none` unset it."""


class ScalarRow:
    """One item and location: who supplies it, which rules hold, its calendar and its demand."""

    def __init__(self, tables: ScalarTables, config: Any, item: str, location: str) -> None:
        self.tables, self.config, self.item, self.location = tables, config, item, location
        self.item_record: Record = next((row for row in tables.table["items"] if row["item"] == item), {"item": item})
        self.buckets = tables.forecast(item, location, config.scenario)
        self.inventory: Record = next(
            (row for row in tables.table["inventory"] if (row["item"], row["location"]) == (item, location)),
            {},
        )
        self.first_judged = 0
        self.first_covered = tables.day(config.coverage[0])
        self.last_covered = tables.day(config.coverage[1])
        self.known_arrivals: dict[int, int] = {}
        self.known_names: dict[tuple[tuple[str, ...], int], tuple[str, Any] | object] = {}
        self.asked: Callable[[int], int] = lambda _day: 0
        """What the rows that it feeds ask for on a day; see `scalar_network`."""
        self.inbound = [
            (tables.day(row["date"]), to_grid(row["quantity"]))
            for row in tables.table["inbound"]
            if (row["item"], row["location"]) == (item, location)
        ]

    def __repr__(self) -> str:
        """Name the row."""
        return f"({self.item}, {self.location})"

    # ---- who supplies it -------------------------------------------------------------------------

    @cached_property
    def sourcing(self) -> Record | None:
        """The sourcing record in use: with this location first, then lowest rank, then supplier id."""
        mine = [row for row in self.tables.table["sourcing"] if row["item"] == self.item]
        for location in (self.location, None):
            found = [row for row in mine if row.get("location") == location]
            if found:
                return min(found, key=lambda row: (rank_or_last(row), row["supplier"]))
        return None

    @cached_property
    def supplier(self) -> str | None:
        """Supplier id, None where nobody is named."""
        if self.sourcing is not None:
            return str(self.sourcing["supplier"])
        return self.item_record.get("supplier")

    @cached_property
    def supplier_record(self) -> Record:
        """Row of the suppliers table, empty where there is none."""
        found = (row for row in self.tables.table["suppliers"] if row["supplier"] == self.supplier)
        return next(found, {})

    @cached_property
    def is_fed(self) -> bool:
        """A lane leads to its location and no sourcing record names a supplier for it."""
        lane = any(row["destination"] == self.location for row in self.tables.table["lanes"])
        return lane and self.sourcing is None

    @cached_property
    def can_order(self) -> bool:
        """Bought, and neither blocked nor phased out."""
        return not self.is_fed and self.item_record.get("status") not in {"phase_out", "blocked"}

    @property
    def shelf_life(self) -> int | None:
        """Days on which a unit can be sold from its arrival on."""
        days = self.item_record.get("shelf_life_days")
        return None if days is None else int(days)

    @cached_property
    def unit_cost(self) -> float | None:
        """Cost of the sourcing record in use, else of the item."""
        if self.sourcing is not None and self.sourcing.get("unit_cost") is not None:
            return float(self.sourcing["unit_cost"])
        cost = self.item_record.get("unit_cost")
        return None if cost is None else float(cost)

    @cached_property
    def price_list(self) -> PriceList:
        """What its orders cost; a row that is not bought has no price breaks."""
        lines = self.tables.table["price_breaks"] if self.can_order else []
        return price_list(lines, self.item, self.location, self.supplier, self.unit_cost)

    def order_value(self, units: int) -> float | None:
        """Return what an order costs, None where no cost is known."""
        return None if self.unit_cost is None else float(self.price_list.price_of(units))

    # ---- which rules hold (section 3) ------------------------------------------------------------

    def key_of(self, scope: str) -> str | None:
        """Return the key under which a scope's constraints would name this row."""
        if scope == "supplier":
            return self.supplier
        if scope == "location":
            return self.location
        return None if scope == "plan" else self.item_record.get(scope)

    def named(self, fields: tuple[str, ...], day: int) -> tuple[str, Any] | object:
        """Return the field and value that win on a day, `NOT_NAMED` where no table names any of the fields.

        Most specific scope first, with this location before without, and there: the configuration's
        constraints, the constraints table, sourcing, then the column of the item or the supplier.
        """
        if (fields, day) not in self.known_names:
            self.known_names[fields, day] = self.find_named(fields, day)
        return self.known_names[fields, day]

    def find_named(self, fields: tuple[str, ...], day: int) -> tuple[str, Any] | object:
        """Look for the field and value that win on a day; see `named`."""
        for scope in SCOPES:
            for with_location in (True, False):
                for source in self.sources(scope, with_location=with_location, day=day):
                    found = [(field, value) for field, value in source if field in fields]
                    if len(found) > 1:
                        msg = f"two values from one source at one level: {found}"
                        raise ValueError(msg)
                    if found:
                        return found[0]
        return NOT_NAMED

    @cached_property
    def own_constraints(self) -> tuple[list[Record], list[Record]]:
        """Return the constraints that name this row: the configuration's, then the table's."""

        def names_it(row: Record) -> bool:
            named = row["scope"] == "plan" or (row.get("key") is not None and row["key"] == self.key_of(row["scope"]))
            return named and row.get("location") in {None, self.location}

        configured = [vars_of(constraint) for constraint in self.config.constraints]
        return (
            [row for row in configured if names_it(row)],
            [row for row in self.tables.table["constraints"] if names_it(row)],
        )

    def sources(self, scope: str, *, with_location: bool, day: int) -> Iterator[list[tuple[str, Any]]]:
        """Fields and values that each source holds at one level, the strongest source first."""
        for constraints in self.own_constraints:
            yield [
                (row["field"], None if row["value"] == "none" else row["value"])
                for row in constraints
                if row["scope"] == scope
                and (row.get("location") is not None) == with_location
                and self.is_valid(row, day)
            ]
        if scope == "item":
            if self.sourcing is not None and (self.sourcing.get("location") is not None) == with_location:
                yield given(self.sourcing)
            if not with_location:
                yield given(self.item_record)
        if scope == "supplier" and not with_location:
            yield given(self.supplier_record)

    @cached_property
    def days_of_change(self) -> list[int]:
        """Day 0, and every later day on which a dated constraint of this row begins or has ended."""
        days = {0}
        for row in itertools.chain(*self.own_constraints):
            if row.get("valid_from") is not None:
                days.add(self.tables.day(row["valid_from"]))
            if row.get("valid_to") is not None:
                days.add(self.tables.day(row["valid_to"]) + 1)
        return sorted(day for day in days if day >= 0)

    def is_valid(self, row: Record, day: int) -> bool:
        """Whether a dated constraint holds on a day; both ends count."""
        date = self.tables.date(day)
        first, last = row.get("valid_from"), row.get("valid_to")
        return (first is None or first <= date) and (last is None or date <= last)

    def rule(self, field: str, day: int, plain_field: Any = None) -> Any:
        """Value of a field on a day: the tables' winner, else the configuration's plain field."""
        found = self.named((field,), day)
        return found[1] if isinstance(found, tuple) else plain_field

    def lead_time(self, order_day: int) -> int | None:
        """Lead time in days of an order placed on a day."""
        value = self.rule("lead_time_days", order_day, self.config.lead_time_days)
        return None if value is None else int(value)

    @cached_property
    def review_period(self) -> int:
        """Review period in days, of its own or of the configuration."""
        return int(self.rule("review_period_days", 0, self.config.review_period_days))

    @cached_property
    def unmet(self) -> str:
        """``lost`` or ``backorder``."""
        return str(self.rule("unmet", 0, self.config.unmet))

    # ---- its calendar ----------------------------------------------------------------------------

    def is_closed(self, scope: str, key: str | None, day: int) -> bool:
        """Whether a closure of a supplier or a location holds on a day; both ends count."""
        return any(
            (row["scope"], row["key"]) == (scope, key)
            and self.tables.day(row["from"]) <= day <= self.tables.day(row["to"])
            for row in self.tables.table["closures"]
        )

    @cached_property
    def order_weekdays(self) -> set[int]:
        """Weekdays on which the supplier takes orders, Monday = 0; empty: any."""
        text = self.supplier_record.get("order_weekdays")
        return {WEEKDAYS.index(name) for name in text.split(",")} if text else set()

    def possible_order_days(self) -> Iterator[int]:
        """Order days from ``as_of`` on, without end; those after coverage are only "next"."""
        if not self.can_order:
            return
        has_own_review = self.named(("review_period_days",), 0) is not NOT_NAMED
        step = 1 if self.order_weekdays and not has_own_review else self.review_period
        grid = itertools.count(min(self.first_covered, 0), step)
        previous = None
        for ungoverned in grid:
            day = ungoverned
            while not self.takes_orders(day):
                day += 1
            if day >= 0 and day != previous:
                yield day
            previous = day

    def takes_orders(self, day: int) -> bool:
        """Whether the supplier takes orders on a day."""
        weekday = self.tables.date(day).weekday()
        return (not self.order_weekdays or weekday in self.order_weekdays) and not self.is_closed(
            "supplier", self.supplier, day
        )

    def arrival(self, order_day: int) -> int:
        """Day on which an order placed on a day arrives."""
        if order_day not in self.known_arrivals:
            self.known_arrivals[order_day] = self.count_to_arrival(order_day)
        return self.known_arrivals[order_day]

    def count_to_arrival(self, order_day: int) -> int:
        """Count the supplier's open days, then wait for the location."""
        lead_time = self.lead_time(order_day)
        if lead_time is None:
            msg = f"no lead time for {self.item} at {self.location}"
            raise ValueError(msg)
        day, counted = order_day, 0
        while counted < lead_time:
            day += 1
            if not self.is_closed("supplier", self.supplier, day):
                counted += 1
        return self.first_open_day(day)

    def first_open_day(self, day: int) -> int:
        """First day from a day on which the location is open."""
        while self.is_closed("location", self.location, day):
            day += 1
        return day

    # ---- its demand ------------------------------------------------------------------------------

    @cached_property
    def forecast_days(self) -> dict[int, int]:
        """Forecast of each day from the first to the last of the row's own buckets."""
        return {
            bucket.first + k: spread(bucket.total, bucket.days, k)
            for bucket in self.buckets
            for k in range(bucket.days)
        }

    def demand(self, day: int) -> int:
        """Demand of a day: the forecast, and what the rows that it feeds ask for."""
        return self.own_demand(day) + self.asked(day)

    def own_demand(self, day: int) -> int:
        """Forecast of a day, before, inside or past the row's own forecast."""
        own = self.forecast_days
        if not own or day < self.buckets[0].first:
            return 0
        if day in own:
            return own[day]
        method = self.config.beyond_forecast
        if method == "cut":
            return 0
        if method == "same_last_year" and day - 364 in own:
            return own[day - 364]
        last = max(own)
        n = min(28, len(own))
        total = sum(own[last - k] for k in range(n))
        return spread(total, n, (day - last - 1) % n)

    @cached_property
    def variance_days(self) -> dict[int, Fraction]:
        """Forecast variance of each day in units², a bucket's variance split evenly over its days."""
        return {
            bucket.first + k: self.sd(bucket) ** 2 / bucket.days for bucket in self.buckets for k in range(bucket.days)
        }

    def sd(self, bucket: Bucket) -> Fraction:
        """Return the sd of a bucket's total: given, else its quantity times the coefficient of variation."""
        if bucket.sd is not None:
            return Fraction(bucket.sd)
        if bucket.quantiles:
            points = [(Fraction(level) / 100, Fraction(units)) for level, units in bucket.quantiles]
            return Fraction(math.sqrt(variance_of(with_ends(points))))
        if not bucket.total and any(each.quantiles or each.sd is not None for each in self.buckets):
            return Fraction(0)
        cv = self.rule("forecast_cv", 0)
        if cv is None:
            msg = f"no sd for {self.item} at {self.location}"
            raise ValueError(msg)
        return Fraction(cv) * Fraction(bucket.total, UNIT)

    @cached_property
    def shape(self) -> Points | None:
        """The quantile function of the row's buckets, where it has one."""
        return points_of(self.buckets)

    def variance(self, day: int) -> Fraction:
        """Forecast variance of a day in units²; past the forecast as the demand there."""
        own = self.variance_days
        if not own or day < self.buckets[0].first:
            return Fraction(0)
        if day in own:
            return own[day]
        method = self.config.beyond_forecast
        if method == "cut":
            return Fraction(0)
        if method == "same_last_year" and day - 364 in own:
            return own[day - 364]
        n = min(28, len(own))
        return sum((own[max(own) - k] for k in range(n)), Fraction(0)) / n


def rank_or_last(sourcing: Record) -> float:
    """Rank of a sourcing record, infinite where it has none."""
    rank = sourcing.get("rank")
    return math.inf if rank is None else float(rank)


def given(record: Record) -> list[tuple[str, Any]]:
    """Return the columns of a record that hold a value."""
    return [(field, value) for field, value in record.items() if value is not None]


def vars_of(constraint: Any) -> Record:
    """Return a configured constraint as a record of the constraints table."""
    names = ("scope", "key", "location", "field", "value", "valid_from", "valid_to")
    return {name: getattr(constraint, name, None) for name in names}
