"""How a random instance draws its keys and dates, its demand and its stock."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from typing import Any

Rows = list[dict[str, Any]]


@dataclass
class DemandAndStock:
    """One instance in the making: its keys and dates, its demand, its stock.

    Parameters
    ----------
    seed
        Decides everything.
    binding
        False leaves out whatever but lead times and calendars could make demand unserved.
    most_items
        Items, from a quarter of it up to it.
    """

    seed: int
    binding: bool = True
    most_items: int = 4

    def __post_init__(self) -> None:
        """Draw the keys and the dates that all tables share."""
        self.rng = rng = random.Random(self.seed)  # noqa: S311 (a test's instance, not a secret)
        self.shares = random.Random(self.seed + 1)  # noqa: S311 (apart, so that what shares are drawn alters nothing else)
        self.as_of = dt.date(2026, 1, 1) + dt.timedelta(days=rng.randrange(900))
        first = self.as_of + dt.timedelta(days=rng.choice((0, 0, 0, -9, -3, 1, 4, 13, 25)))
        last = max(first, self.as_of) + dt.timedelta(days=rng.randint(6, 63))
        self.coverage = (first, last)
        self.items = [f"SKU-{k}" for k in range(rng.randint(self.most_items // 4, self.most_items))]
        self.places = [f"DC{k}" for k in range(rng.randint(1, 3))]
        self.suppliers = [f"SUP-{k}" for k in range(rng.randint(1, 3))]
        self.line_of = {item: rng.choice(("Garden", "Tools")) for item in self.items}
        self.type_of = {item: rng.choice(("seed", "spade", None)) for item in self.items}
        self.grade_of = {item: rng.choice("ABC") for item in self.items}
        self.variability_of = {item: rng.choice("XYZ") for item in self.items}
        self.has_sd = rng.random() < 0.5
        self.has_cv = rng.random() < 0.6
        self.shapes = random.Random(f"{self.seed} shapes")  # noqa: S311 (apart, as the shares)
        self.levels = self.shapes.choice(((), (), ("q10", "q50", "q90"), ("q5", "q30", "q70", "q97.5")))
        self.longest_lead = rng.choice((3, 14, 40))

    def chance(self, p: float) -> bool:
        """Return True so often."""
        return self.rng.random() < p

    def day(self, low: int, high: int) -> dt.date:
        """Give a date between two days counted from ``as_of``."""
        return self.as_of + dt.timedelta(days=self.rng.randint(low, high))

    @property
    def can_use_probability(self) -> bool:
        """Whether every forecast has an sd somewhere, so that a cycle service level can be computed."""
        return self.has_sd or self.has_cv

    # ---- demand ----------------------------------------------------------------------------------

    def forecast(self) -> Rows:
        """Daily, weekly or monthly; rows start late, end early, have holes or nothing at all."""
        grain = self.rng.choice(("day", "week", "week", "month"))
        scenarios = self.scenarios()
        rows: Rows = []
        for item in self.items:
            for place in self.places:
                dates = self.forecast_dates(grain)
                level = self.rng.choice((0.3, 2, 10, 60)) * {"day": 1, "week": 7, "month": 30}[grain]
                hole = 0.15 if self.has_cv or not self.has_sd else 0.0
                kept = [date for date in dates if date in {dates[0], dates[-1]} or not self.chance(hole)]
                if self.chance(0.08):
                    continue
                rows += [
                    self.forecast_row(item, place, date, level, scenario) for scenario in scenarios for date in kept
                ]
        return rows or [self.forecast_row(self.items[0], self.places[0], self.as_of, 5, name) for name in scenarios]

    def scenarios(self) -> tuple[str | None, ...]:
        """Name two scenarios now and then."""
        if not hasattr(self, "_scenarios"):
            self._scenarios: tuple[str | None, ...] = ("base", "high") if self.chance(0.15) else (None,)
        return self._scenarios

    def forecast_row(self, item: str, place: str, date: dt.date, level: float, scenario: str | None) -> dict[str, Any]:
        """Give one bucket: whole, fractional or zero demand."""
        drawn = round(self.rng.uniform(0, 2 * level), self.rng.choice((0, 0, 2, 3)))
        quantity = 0.0 if self.chance(0.2) else drawn
        row: dict[str, Any] = {"item": item, "location": place, "date": date, "quantity": quantity}
        if self.has_sd:
            is_missing = self.has_cv and self.chance(0.2)
            row["sd"] = None if is_missing else round(self.rng.uniform(0, level), 2)
        if self.levels:
            row |= self.quantiles(quantity, level)
        if scenario is not None:
            row["scenario"] = scenario
        return row

    def quantiles(self, quantity: float, level: float) -> dict[str, float]:
        """Draw quantiles about a quantity, never falling, now and then the same at several levels."""
        draw, wide = self.shapes, self.shapes.choice((0.3, 1, 2)) * level
        drawn = sorted(max(quantity + wide * draw.choice((-0.6, -0.4, -0.1, 0.1, 0.5, draw.random() * 3)), 0)
                       for _ in self.levels)  # fmt: skip
        drawn[-1] += 0.01 * level
        return {name: round(units, 3) for name, units in zip(self.levels, drawn, strict=True)}

    def forecast_dates(self, grain: str) -> list[dt.date]:
        """First days of a row's buckets: about ``as_of``, sometimes all before or all after it."""
        start = self.as_of + dt.timedelta(days=self.rng.choice((-400, -60, -20, -5, -5, 0, 0, 0, 10, 35)))
        length = self.rng.choice((2, 20, 60, 90, 150, 460))
        if grain == "day":
            return [start + dt.timedelta(days=k) for k in range(min(length, 150))]
        if grain == "week":
            start -= dt.timedelta(days=(start.weekday() - self.seed) % 7)
            return [start + dt.timedelta(days=7 * k) for k in range(length // 7 + 1)]
        months = [(start.year * 12 + start.month - 1 + k) for k in range(length // 30 + 1)]
        return [dt.date(month // 12, month % 12 + 1, 1) for month in months]

    # ---- stock -----------------------------------------------------------------------------------

    def inventory(self) -> Rows:
        """Stock, committed stock, now and then below zero or not there."""
        rows: Rows = []
        for item in self.items:
            for place in self.places:
                if self.chance(0.15):
                    continue
                on_hand = self.rng.choice((0, *(self.rng.randint(1, most) for most in (20, 60, 200, 400, 900))))
                if self.chance(0.1):
                    on_hand = -self.rng.randint(1, 40)
                committed = self.rng.choice((None, None, 0, self.rng.randint(1, 50)))
                rows.append({"item": item, "location": place, "on_hand": on_hand, "committed": committed})
        return rows

    def inbound(self) -> Rows:
        """Open orders, some overdue, some twice on one day."""
        rows: Rows = []
        for item in self.items:
            for place in self.places:
                for k in range(self.rng.choice((0, 0, 1, 2, 4))):
                    date = self.day(-15, -1) if self.chance(0.25) else self.day(0, 70)
                    copies = 2 if self.chance(0.15) else 1
                    rows += [
                        {
                            "item": item,
                            "location": place,
                            "date": date,
                            "quantity": self.rng.randint(1, 90),
                            "reference": f"PO{k}{copy}",
                        }
                        for copy in range(copies)
                    ]
        return rows
