"""How a random instance is drawn: rules, calendars, settings, and all tables together."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from tests.oracles.draws_stock import DemandAndStock, Rows
from tests.oracles.instances import Instance, PlainConfig, PlainConstraint, PlainSafetyStock

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEK_STARTS = ("monday", "monday", "wednesday", "sunday")
LOT_SIZINGS = (
    *("lot_for_lot",) * 6,
    "eoq",
    "period_order_quantity",
    "silver_meal",
    "wagner_whitin",
    "wagner_whitin",
)
SAFETY_FIELDS = ("safety_stock_units", "safety_stock_days", "cycle_service_level")
SHARES = ("cycle_service_level", "cycle_service_level", "fill_rate", "ready_rate", "critical_ratio")
DISTRIBUTIONS = ("auto", "auto", "auto", "normal", "gamma", "poisson", "negative_binomial")

EMPIRICAL = 0.7
"""How often demand is empirical where it can be."""


BREAKS = 0.35
"""Share of the instances that have price breaks."""


@dataclass
class BreakDraw:
    """Price breaks of an instance, drawn in a sequence of their own: all else stays as it is."""

    seed: int

    def __post_init__(self) -> None:
        """Begin the sequence."""
        self.rng = random.Random(f"{self.seed} breaks")  # noqa: S311 (a test's instance, not a secret)

    def lines(self, tables: dict[str, Rows], places: list[str], suppliers: list[str]) -> Rows:
        """Draw breaks of items whose cost is known, for any place and supplier or for one, in any order of lines."""
        rng, lines = self.rng, []
        for row in tables["items"]:
            costs = [record["unit_cost"] for record in tables["sourcing"] if record["item"] == row["item"]]
            known = [cost for cost in [row["unit_cost"], *costs] if cost is not None]
            if row["unit_cost"] is None or rng.random() < 0.2:
                continue
            scopes = [*((place, None) for place in places), *((None, one) for one in suppliers)]
            some = rng.sample([*scopes, (places[0], suppliers[0])], rng.randint(0, 2))
            for place, supplier in [(None, None), *some][rng.random() < 0.1 :]:
                kind, share = rng.choice((None, "all_units", "incremental")), 1.0
                for start in sorted(rng.sample((1, 5, 12, 20, 30, 50, 75, 100, 144, 250, 600), rng.randint(2, 4))):
                    share *= rng.choice((1.0, 0.97, 0.9, 0.7))
                    line = {"item": row["item"], "location": place, "supplier": supplier, "from_quantity": start}
                    lines.append({**line, "unit_cost": round(min(known) * share, 4), "kind": kind})
        rng.shuffle(lines)
        return lines

    def with_holding_cost(self, config: PlainConfig) -> PlainConfig:
        """Settle the holding cost of all rows, unless that was done already."""
        if any((rule.scope, rule.field) == ("plan", "holding_cost") for rule in config.constraints):
            return config
        cost = self.rng.choice((0, 0.0004, 0.0004, 0.003, 0.02))
        return replace(config, constraints=(*config.constraints, PlainConstraint("plan", "holding_cost", cost)))


@dataclass
class Draw(DemandAndStock):
    """One instance in the making: who supplies it, by which rules, and the whole."""

    # ---- who supplies, by which rules ------------------------------------------------------------

    def rule_value(self, name: str) -> float | bool | str:
        """Draw a value of a constraint field."""
        rng = self.rng
        draws: dict[str, Any] = {
            "lead_time_days": lambda: rng.randint(0, self.longest_lead),
            "lead_time_sd_days": lambda: rng.choice((0, 0.5, 2, 3.25)),
            "review_period_days": lambda: rng.choice((1, 2, 5, 7, 7, 10, 14, 28)),
            "moq": lambda: rng.choice((0, 1, 5, 24, 100, 500)),
            "order_multiple": lambda: rng.choice((1, 2, 6, 12, 50)),
            "max_order": lambda: rng.choice((0, 7, 40, 120, 700)),
            "min_stock": lambda: rng.choice((0, 3, 12.5, 60)),
            "max_stock": lambda: rng.choice((0, 20, 75.5, 150, 600)),
            "max_stock_is_hard": lambda: rng.choice((True, False)),
            "safety_stock_units": lambda: rng.choice((0, 0.25, 5, 17.5, 80)),
            "safety_stock_days": lambda: rng.choice((0, 1, 7, 21)),
            "cycle_service_level": lambda: rng.choice((0.3, 0.5, 0.8, 0.95, 0.99)),
            "fill_rate": lambda: rng.choice((0.5, 0.8, 0.9, 0.97, 0.995)),
            "ready_rate": lambda: rng.choice((0.4, 0.8, 0.9, 0.97, 0.99)),
            "critical_ratio": lambda: rng.choice((0.3, 0.6, 0.8, 0.9, 0.98)),
            "forecast_cv": lambda: rng.choice((0, 0.2, 0.5, 1.1)),
            "unmet": lambda: rng.choice(("lost", "backorder")),
        }
        value: float | bool | str = draws[name]()
        return value

    def column_fields(self, p: float) -> list[str]:
        """Draw the constraint fields that a table has as columns."""
        names = ["lead_time_days", "review_period_days", "unmet"]
        if self.binding:
            names += ["moq", "order_multiple", "max_order", "min_stock", "max_stock", "max_stock_is_hard"]
            names += [self.safety_field()]
        return [name for name in names if self.chance(p)]

    def item_table(self) -> Rows:
        """Items with lines, types, costs, a status, and some rules as columns."""
        columns = self.column_fields(0.2)
        return [
            {
                "item": item,
                "product_line": self.line_of[item],
                "product_type": self.type_of[item],
                "grade": self.grade_of[item],
                "variability": self.variability_of[item],
                "supplier": self.rng.choice([*self.suppliers, *self.suppliers, None]),
                "unit_cost": self.rng.choice((None, 2.5, 10.0, 99.95)),
                "unit_price": self.rng.choice((None, None, 4.0, 150.25)),
                "order_cost": self.rng.choice((None, None, 7.5, 120)),
                "holding_cost": self.rng.choice((None, None, 0.01, 0.2)),
                "status": self.rng.choice(("active",) * 12 + (None, None, "phase_out", "blocked")),
                **{name: self.rule_value(name) if self.chance(0.5) else None for name in columns},
                **self.shelf_life(item),
                **self.distribution(),
            }
            for item in self.items
        ]

    def shelf_life(self, item: str) -> dict[str, int]:
        """Draw a shelf life, now and then, in a sequence of its own: all else stays as it is."""
        own = random.Random(f"{self.seed} {item}")  # noqa: S311 (a test's instance, not a secret)
        return {"shelf_life_days": own.choice((2, 8, 15, 40, 120))} if self.binding and own.random() < 0.2 else {}

    def distribution(self) -> dict[str, str | None]:
        """Draw what the demand of an item follows, now and then; only where quantiles give a shape."""
        if not self.levels:
            return {}
        return {"demand_distribution": self.shapes.choice((None, None, None, "empirical", "auto", "gamma"))}

    def sourcing(self) -> Rows:
        """Item–location–supplier records, with ranks, costs and rules of their own."""
        columns = self.column_fields(0.2)
        rows: Rows = []
        for item in self.items:
            for place in [None, *self.places]:
                if not self.chance(0.2):
                    continue
                chosen = self.rng.sample(self.suppliers, self.rng.randint(1, len(self.suppliers)))
                rows += [
                    {
                        "item": item,
                        "location": place,
                        "supplier": supplier,
                        "rank": self.rng.choice((None, 1, 2)),
                        "unit_cost": self.rng.choice((None, 3.0, 7.25)),
                        **{name: self.rule_value(name) if self.chance(0.5) else None for name in columns},
                    }
                    for supplier in chosen
                ]
        return rows

    def supplier_table(self) -> Rows:
        """Suppliers with lead times and the weekdays on which they take orders."""
        rows: Rows = []
        for supplier in self.suppliers:
            days = sorted(self.rng.sample(range(7), self.rng.choice((1, 2, 3))))
            rows.append(
                {
                    "supplier": supplier,
                    "currency": "EUR",
                    "lead_time_days": self.rng.choice((None, self.rng.randint(0, self.longest_lead))),
                    "order_weekdays": ",".join(WEEKDAYS[day] for day in days) if self.chance(0.5) else None,
                }
            )
        return rows

    def closures(self) -> Rows:
        """Holidays of suppliers and locations, overlapping now and then."""
        keys = [("supplier", key) for key in self.suppliers] + [("location", key) for key in self.places]
        rows: Rows = []
        for scope, key in keys:
            for _ in range(self.rng.choice((0, 0, 1, 3))):
                first = self.day(-10, 80)
                last = first + dt.timedelta(days=self.rng.choice((0, 0, 2, 6, 20)))
                rows.append({"scope": scope, "key": key, "from": first, "to": last})
        return rows

    def constraint_rows(self, count: int) -> Rows:
        """Constraints at every level, undated or in two dated halves, never two for one thing."""
        fields = ["lead_time_days", "lead_time_days", "review_period_days", "unmet"]
        if self.binding:
            fields += ["moq", "order_multiple", "max_order", "min_stock", "max_stock", "max_stock_is_hard"]
            fields += ["moq", "max_stock", "order_multiple", "safety"]
        if self.can_use_probability:
            fields.append("lead_time_sd_days")
        rows: Rows = []
        taken = set()
        for _ in range(count):
            scope, key = self.scope_and_key()
            location = self.rng.choice([None, None, *self.places]) if scope not in {"location", "plan"} else None
            drawn = self.rng.choice(fields)
            if (scope, key, location, drawn) in taken:
                continue
            taken.add((scope, key, location, drawn))
            name = self.safety_field() if drawn == "safety" else drawn
            rows += self.dated_or_not({"scope": scope, "key": key, "location": location, "field": name})
        return rows

    def scope_and_key(self) -> tuple[str, str | None]:
        """Draw a level and something that it names."""
        keys: dict[str, list[Any]] = {
            "item": self.items,
            "grade": sorted(set(self.grade_of.values())),
            "variability": sorted(set(self.variability_of.values())),
            "product_type": sorted({name for name in self.type_of.values() if name}),
            "product_line": sorted(set(self.line_of.values())),
            "supplier": self.suppliers,
            "location": self.places,
            "plan": [None],
        }
        scope = self.rng.choice([scope for scope, named in keys.items() if named])
        return scope, self.rng.choice(keys[scope])

    def safety_field(self) -> str:
        """Draw one way to name safety stock."""
        name = self.rng.choice(SAFETY_FIELDS[: 3 if self.can_use_probability else 2])
        return self.shares.choice(SHARES) if name == "cycle_service_level" else name

    def dated_or_not(self, row: dict[str, Any]) -> Rows:
        """One constraint for all days, for some, or two of which one follows the other."""
        name = row["field"]
        can_unset = name not in {"lead_time_days", "review_period_days", "unmet"}
        value = None if can_unset and self.chance(0.15) else self.rule_value(name)
        is_dated = name not in {"review_period_days", "unmet", "lead_time_sd_days"}
        if not is_dated or self.chance(0.2 if name == "lead_time_days" else 0.6):
            return [{**row, "value": value}]
        split = self.day(-5, 60)
        if name == "lead_time_days" and self.chance(0.5):
            split, value = self.day(0, 25), self.rng.randint(20, 40)
        before = {**row, "value": value, "valid_to": split}
        after = {**row, "value": self.rule_value(name), "valid_from": split + dt.timedelta(days=1)}
        if self.chance(0.3):
            after["valid_to"] = split + dt.timedelta(days=self.rng.randint(1, 30))
        return self.rng.choice(([before, after], [before], [after]))

    # ---- the whole -------------------------------------------------------------------------------

    def config(self, keys: list[tuple[str, str]]) -> PlainConfig:
        """Draw the settings of the plan; its filters leave at least one of the rows."""
        rng = self.rng
        item, place = rng.choice(keys)
        safety = [PlainSafetyStock("none")]
        if self.binding:
            safety += [
                PlainSafetyStock("units", 12),
                PlainSafetyStock("days_of_cover", rng.choice((0, 3, 7))),
            ]
            if self.can_use_probability:
                safety += [PlainSafetyStock("cycle_service_level", rng.choice((0.4, 0.9, 0.98)))] * 2
        rows = self.constraint_rows(rng.choice((0, 0, 2, 4)))
        lot_sizing = rng.choice(LOT_SIZINGS)
        return PlainConfig(
            name=f"instance {self.seed}",
            coverage=self.coverage,
            safety_stock=self.some_share(rng.choice(safety), rows),
            lead_time_days=rng.randint(0, self.longest_lead),
            scenario=rng.choice([name for name in self.scenarios() if name] or [None]),
            locations=(place,) if self.chance(0.1) else None,
            scope={"product_line": (self.line_of[item],)} if self.chance(0.1) else {},
            bucket=rng.choice(("day", "week", "week", "month")),
            week_start=rng.choice(WEEK_STARTS),
            review_period_days=rng.choice((1, 3, 7, 7, 14, 30)),
            unmet=rng.choice(("lost", "backorder")),
            beyond_forecast=rng.choice(("average", "average", "same_last_year", "cut")),
            lot_sizing=lot_sizing,
            order_ahead=rng.choice((True, True, False)),
            constraints=tuple(PlainConstraint(**row) for row in [*rows, *self.lot_costs(lot_sizing, rows)]),
            excess_days=rng.choice((5, 30, 90)),
            demand_distribution=self.drawn_distribution(),
            lost_sales_sizing=self.shares.choice(("expected_leftover", "expected_leftover", "protection_interval")),
        )

    def drawn_distribution(self) -> str:
        """Draw what demand follows where nothing else is said: the shape of its quantiles, if there are any."""
        drawn = self.shares.choice(DISTRIBUTIONS)
        return "empirical" if self.levels and self.shapes.random() < EMPIRICAL else drawn

    def lot_costs(self, lot_sizing: str, rows: Rows) -> Rows:
        """Draw the costs that lots need, for all rows; one that is settled already stands."""
        if lot_sizing == "lot_for_lot":
            return []
        costs = {"order_cost": (0, 2.5, 30, 400), "holding_cost": (0.003, 0.05, 0.5)}
        known = {row["field"] for row in rows if row["scope"] == "plan"}
        drawn = {name: self.rng.choice(values) for name, values in costs.items()}
        return [{"scope": "plan", "field": name, "value": drawn[name]} for name in drawn if name not in known]

    def some_share(self, drawn: PlainSafetyStock, rows: Rows) -> PlainSafetyStock:
        """Make a cycle service level any share, or let costs decide; those are then settled for all rows in `rows`."""
        method = self.shares.choice((*SHARES, "cost"))
        if drawn.method != "cycle_service_level":
            return drawn
        if method != "cost":
            return PlainSafetyStock(method, drawn.value)
        for name, costs in (("holding_cost", (0.01, 0.25)), ("shortage_cost", (0.5, 4, 40))):
            rows.append({"scope": "plan", "key": None, "field": name, "value": self.shares.choice(costs)})
        return PlainSafetyStock("cost")

    def lanes(self) -> Rows:
        """A lane from the first location to the last, now and then: it feeds what has no sourcing record."""
        if len(self.places) == 1 or not self.chance(0.1):
            return []
        return [{"source": self.places[0], "destination": self.places[-1], "lead_time_days": 1}]

    def instance(self) -> Instance:
        """Draw all tables and the settings."""
        constraints = self.constraint_rows(self.rng.choice((0, 3, 8)))
        if self.has_cv:
            constraints.append({"scope": "plan", "field": "forecast_cv", "value": self.rule_value("forecast_cv")})
        for row in constraints:
            row["value"] = "none" if row["value"] is None else row["value"]
        tables: dict[str, Rows] = {
            "items": self.item_table(),
            "locations": [{"location": place} for place in self.places],
            "suppliers": self.supplier_table(),
            "forecast": self.forecast(),
            "inventory": self.inventory(),
            "inbound": self.inbound(),
            "sourcing": self.sourcing(),
            "closures": self.closures(),
            "lanes": self.lanes(),
            "constraints": constraints,
        }
        planned = [row for name in ("forecast", "inventory", "inbound") for row in tables[name]]
        keys = sorted({(row["item"], row["location"]) for row in planned})
        config, own = self.config(keys), BreakDraw(self.seed)
        if self.binding and own.rng.random() < BREAKS:
            tables["price_breaks"] = own.lines(tables, self.places, self.suppliers)
            config = own.with_holding_cost(config)
        frames = {name: frame_of(rows) for name, rows in tables.items() if rows}
        return Instance(self.seed, frames, self.as_of, config)


def frame_of(rows: Rows) -> pd.DataFrame:
    """Make a frame as an analyst would hold it, dates as timestamps."""
    frame = pd.DataFrame(rows)
    for column in frame.columns:
        if column in {"date", "from", "to", "valid_from", "valid_to"}:
            frame[column] = pd.to_datetime(frame[column])
    return frame


def random_instance(seed: int) -> Instance:
    """Draw an instance with all rules on, in a mix of its own."""
    return Draw(seed).instance()


def wide_instance(seed: int) -> Instance:
    """Draw an instance of many items, so that rows of every kind share a block of the engine."""
    return Draw(seed, most_items=80).instance()


def unbound_instance(seed: int) -> Instance:
    """Draw an instance in which nothing but lead times and calendars binds."""
    return Draw(seed, binding=False).instance()
