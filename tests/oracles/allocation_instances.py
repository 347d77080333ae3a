"""Random small instances of an allocation: tables for `mo.load`, and settings without the package's code."""

from __future__ import annotations

import datetime as dt
import math
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from tests.oracles.draws import frame_of
from tests.oracles.instances import PlainConstraint, PlainSafetyStock
from tests.oracles.scalar_sharing import METHODS

if TYPE_CHECKING:
    import pandas as pd

    from tests.oracles.draws_stock import Rows

SOURCE = "DC1"
NO_SAFETY_STOCK = PlainSafetyStock("none")


@dataclass(frozen=True)
class PlainAllocationConfig:
    """Settings of ``mo.AllocationConfig`` by the same names, without its code."""

    name: str
    coverage: tuple[dt.date, dt.date]
    source: tuple[str, ...] = (SOURCE,)
    locations: tuple[str, ...] | None = None
    scope: dict[str, tuple[str, ...]] = field(default_factory=dict)
    scenario: str | None = None
    ship_every_days: int | None = None
    ship_dates: tuple[dt.date, ...] | None = None
    method: str = "equal_runout"
    safety_stock: PlainSafetyStock = NO_SAFETY_STOCK
    hold_back: int | str = 0
    source_demand: str = "share"
    transfer_lead_time_days: int = 0
    beyond_forecast: str = "average"
    cover_days: int | None = None
    constraints: tuple[PlainConstraint, ...] = ()
    push: bool = False
    include_inbound: bool = True

    lead_time_days: ClassVar[None] = None
    review_period_days: ClassVar[int] = 7
    unmet: ClassVar[str] = "lost"


@dataclass(frozen=True)
class AllocationInstance:
    """Tables for ``mo.load`` and the settings of an allocation."""

    seed: int
    frames: dict[str, pd.DataFrame]
    as_of: dt.date
    config: PlainAllocationConfig


@dataclass
class AllocationDraw:
    """One instance in the making.

    Parameters
    ----------
    seed
        Decides everything.
    method
        Rule of the plan; drawn where it is left out.
    unit_packs
        Packs of one unit, no transfer minimum, no presentation minimum, one ship date.
    equal_packs
        One size of pack per item and no transfer minimum, so that a greedy rule can be exact; left out: under
        `marginal_value`.
    """

    seed: int
    method: str | None = None
    unit_packs: bool = False
    equal_packs: bool | None = None
    most_items: int = 3
    most_places: int = 5
    scale: float = 1.0

    def __post_init__(self) -> None:
        """Draw the keys and the dates that all tables share."""
        self.rng = rng = random.Random(self.seed)  # noqa: S311 (a test's instance, not a secret)
        self.as_of = dt.date(2026, 1, 1) + dt.timedelta(days=rng.randrange(900))
        self.items = [f"SKU-{k}" for k in range(rng.randint(1, self.most_items))]
        self.stores = [f"S{k}" for k in range(rng.randint(1, self.most_places))]
        self.places = [SOURCE, *self.stores]
        self.grain = rng.choice(("day", "day", "week"))
        self.has_sd = rng.random() < 0.5
        self.days = rng.randint(3, 40)
        drawn = rng.choice(METHODS)
        self.rule = drawn if self.method is None else self.method
        if self.equal_packs is None:
            self.equal_packs = self.rule == "marginal_value"
        self.longest_lead = rng.choice((0, 2, 9))

    def chance(self, p: float) -> bool:
        """Return True so often."""
        return self.rng.random() < p

    def day(self, low: int, high: int) -> dt.date:
        """Give a date between two days counted from ``as_of``."""
        return self.as_of + dt.timedelta(days=self.rng.randint(low, high))

    # ---- demand and stock ------------------------------------------------------------------------

    def forecast(self) -> Rows:
        """Uneven demand; rows start late, end early or are not there; the source has its own now and then."""
        rows: Rows = []
        step = 7 if self.grain == "week" else 1
        for item in self.items:
            for place in self.places:
                if self.chance(0.6 if place == SOURCE else 0.08):
                    continue
                level = self.rng.choice((0.3, 1, 1, 3, 8)) * step * self.scale
                first = self.as_of + dt.timedelta(days=self.rng.choice((-20, -7, -3, 0, 0, 0, 5, 12)))
                first -= dt.timedelta(days=(first.weekday() - self.seed) % 7 if step == 7 else 0)
                buckets = max(1, self.rng.choice((3, 14, 30, 60, 60)) // step)
                rows += [self.bucket(item, place, first + dt.timedelta(days=step * k), level) for k in range(buckets)]
        return rows or [self.bucket(self.items[0], self.stores[0], self.as_of, 5)]

    def bucket(self, item: str, place: str, date: dt.date, level: float) -> dict[str, Any]:
        """Give one bucket: nothing, or about a level, now and then far above it."""
        peak = self.rng.choice((1, 1, 1, 5))
        drawn = round(self.rng.uniform(0, 2 * level * peak), self.rng.choice((0, 0, 2)))
        row = {"item": item, "location": place, "date": date, "quantity": 0.0 if self.chance(0.2) else drawn}
        if self.has_sd:
            row["sd"] = round(self.rng.uniform(0, level), 2)
        return row

    def inventory(self) -> Rows:
        """Much at the source, little in the stores; some committed, missing or below zero."""
        rows: Rows = []
        for item in self.items:
            for place in self.places:
                if self.chance(0.12):
                    continue
                most = self.rng.choice((0, 12, 80, 80, 250) if place == SOURCE else (0, 3, 15, 40)) * self.scale
                on_hand = -self.rng.randint(1, 9) if self.chance(0.05) else self.rng.randint(0, int(most))
                committed = self.rng.choice((None, None, 0, self.rng.randint(1, 8)))
                rows.append({"item": item, "location": place, "on_hand": on_hand, "committed": committed})
        return rows

    def inbound(self) -> Rows:
        """Open orders to the source and to stores, some overdue, some twice on one day."""
        return [
            {
                "item": item,
                "location": place,
                "date": self.day(-9, -1) if self.chance(0.15) else self.day(0, 35),
                "quantity": self.rng.randint(1, math.ceil((50 if place == SOURCE else 15) * self.scale)),
            }
            for item in self.items
            for place in self.places
            for _ in range(self.rng.choice((0, 0, 1, 3)))
        ]

    # ---- rules -----------------------------------------------------------------------------------

    def item_table(self) -> Rows:
        """Items with a line, a status, what they cost and earn, and now and then a pack of their own."""
        packs = not self.unit_packs and self.chance(0.3)
        return [
            {
                "item": item,
                "product_line": self.rng.choice(("Garden", "Tools")),
                "unit_cost": self.rng.choice((2.5, 10.0)),
                "unit_price": self.rng.choice((12.0, 19.95, 30.5)),
                "status": self.rng.choice((*("active",) * 14, "phase_out", "blocked")),
                "pack": self.rng.choice((2, 3, 6)) if packs else None,
                "forecast_cv": None if self.has_sd else self.rng.choice((0.3, 0.8)),
            }
            for item in self.items
        ]

    def location_table(self) -> Rows:
        """Locations, with priorities in half of the instances."""
        has_priority = self.chance(0.5)
        return [
            {"location": place, **({"priority": self.rng.choice((1, 2, 3, None))} if has_priority else {})}
            for place in self.places
        ]

    def lanes(self) -> Rows:
        """A lane to most stores, with days, packs, minimums and costs; none at all in half of the instances."""
        if self.chance(0.5):
            return []
        free = not (self.unit_packs or self.equal_packs)
        rows: Rows = [
            {
                "source": SOURCE,
                "destination": place,
                "lead_time_days": self.rng.choice((None, self.rng.randint(0, self.longest_lead))),
                "unit_cost": self.rng.choice((None, 0.5, 2.25, 9.0)),
                "pack": self.rng.choice((None, None, 1, 4, 6)) if free else None,
                "transfer_minimum": self.rng.choice((None, None, 3, 12)) if free else None,
            }
            for place in self.stores
            if self.chance(0.9)
        ]
        return rows or [{"source": SOURCE, "destination": self.stores[0]}]

    def closures(self) -> Rows:
        """Days on which locations are closed."""
        return [
            {
                "scope": "location",
                "key": place,
                "from": first,
                "to": first + dt.timedelta(days=self.rng.choice((0, 2, 9))),
            }
            for place in self.places
            for first in [self.day(-3, 30) for _ in range(self.rng.choice((0, 0, 0, 2)))]
        ]

    def constraints(self) -> Rows:
        """Capacity, presentation minimums, packs and safety stock of single rows and locations."""
        rows: Rows = []
        for place in self.stores:
            draws: list[tuple[str, float, list[Any]]] = [
                ("max_stock", 0.25, [0, 5, 12.5, 30]),
                ("presentation_minimum", 0 if self.unit_packs else 0.25, [1, 4, 10]),
                ("pack", 0 if self.unit_packs or self.equal_packs else 0.15, [2, 5]),
                ("safety_stock_units", 0.1, [0, 2.5, 8]),
                ("safety_stock_days", 0.1, [0, 3, 10]),
                ("min_stock", 0.08, [2, 7.25]),
                ("shortage_cost", 0.1, [3.0, 25.0]),
                ("holding_cost", 0.15, [0.05, 1.0]),
            ]
            drawn = {name: self.rng.choice(values) for name, p, values in draws if self.chance(p)}
            if "safety_stock_units" in drawn:
                drawn.pop("safety_stock_days", None)
            for name, value in drawn.items():
                item = self.rng.choice([None, *self.items])
                scope = {"scope": "location", "key": place} if item is None else {"scope": "item", "key": item}
                at = {} if item is None else {"location": place}
                rows.append({**scope, "location": None, **at, "field": name, "value": value})
        if self.chance(0.2):
            held = {"scope": "item", "key": self.rng.choice(self.items), "location": SOURCE}
            rows.append({**held, "field": "hold_back", "value": self.rng.choice((0, 3, 25))})
        return rows

    # ---- the whole -------------------------------------------------------------------------------

    def config(self) -> PlainAllocationConfig:
        """Draw the settings of the plan."""
        rng = self.rng
        first = self.day(-4, 8) if self.chance(0.3) else self.as_of
        start = max(first, self.as_of)
        last = start + dt.timedelta(days=self.days)
        shipping: dict[str, Any] = {}
        calendar = "once" if self.unit_packs else rng.choice(("once", "every", "on dates"))
        if calendar == "every":
            shipping["ship_every_days"] = rng.choice((2, 5, 7, 14))
        elif calendar == "on dates":
            dates = {start + dt.timedelta(days=rng.randint(0, self.days)) for _ in range(rng.randint(1, 3))}
            shipping["ship_dates"] = tuple(sorted(dates))
        safety = [PlainSafetyStock("none")] * 3 + [
            PlainSafetyStock("units", 3),
            PlainSafetyStock("days_of_cover", rng.choice((0, 4))),
            PlainSafetyStock("cycle_service_level", rng.choice((0.4, 0.9, 0.98))),
        ]
        settings: dict[str, Any] = {
            "safety_stock": rng.choice(safety),
            "hold_back": rng.choice((0, 0, 0, 7, "10%", "33.5%")),
            "source_demand": rng.choice(("share", "share", "protect", "ignore")),
            "transfer_lead_time_days": rng.randint(0, self.longest_lead),
            "beyond_forecast": rng.choice(("average", "average", "cut")),
            "cover_days": rng.choice((None, None, 1, 5, 21)),
            "push": self.chance(0.12),
            "include_inbound": self.chance(0.85),
            "locations": tuple(rng.sample(self.stores, rng.randint(1, len(self.stores)))) if self.chance(0.1) else None,
        }
        return PlainAllocationConfig(f"instance {self.seed}", (first, last), method=self.rule, **shipping, **settings)

    def instance(self) -> AllocationInstance:
        """Draw all tables and the settings."""
        tables: dict[str, Rows] = {
            "items": self.item_table(),
            "locations": self.location_table(),
            "forecast": self.forecast(),
            "inventory": self.inventory(),
            "inbound": self.inbound(),
            "lanes": self.lanes(),
            "closures": self.closures(),
            "constraints": self.constraints(),
        }
        config = self.config()
        if self.equal_packs:
            for item in tables["items"]:  # what the source keeps comes singly, so that packs are equal only at one
                item["pack"] = None
        frames = {name: frame_of(rows) for name, rows in tables.items() if rows}
        return AllocationInstance(self.seed, frames, self.as_of, config)


def random_allocation(seed: int, method: str | None = None) -> AllocationInstance:
    """Draw an instance with all rules on; a method may be given."""
    return AllocationDraw(seed, method).instance()


def unit_allocation(seed: int) -> AllocationInstance:
    """Draw a tiny instance of unit packs, small enough to try every allocation."""
    return AllocationDraw(seed, "equal_runout", unit_packs=True, most_items=1, most_places=3, scale=0.2).instance()
