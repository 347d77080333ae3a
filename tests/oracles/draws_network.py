"""How a random network is drawn: lanes over up to three levels, packs, and rows that only lanes ask for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tests.oracles.draws import Draw

if TYPE_CHECKING:
    from tests.oracles.draws_stock import Rows
    from tests.oracles.instances import Instance, PlainConfig


@dataclass
class NetworkDraw(Draw):
    """An instance with lanes; few rows, because the scalar implementation plans each for more than a year."""

    most_items: int = 4

    def __post_init__(self) -> None:
        """Draw the keys, among them enough locations for a network."""
        super().__post_init__()
        self.places = [f"DC{k}" for k in range(self.rng.choice((2, 3, 4, 4)))]
        self.order = self.rng.sample(self.places, len(self.places))
        self.missing = {item: self.order[0] if self.chance(0.3) else None for item in self.items}

    def rule_value(self, name: str) -> float | bool | str:
        """Draw a value of a constraint field, the pack of transfers among them."""
        if name == "pack":
            return self.rng.choice((1, 4, 10, 24))
        if name == "review_period_days":
            return self.rng.choice((3, 7, 7, 10, 14, 40))
        return super().rule_value(name)

    def column_fields(self, p: float) -> list[str]:
        """Draw the constraint fields that a table has as columns."""
        return super().column_fields(p) + (["pack"] if self.chance(p) else [])

    def constraint_rows(self, count: int) -> Rows:
        """Constraints, now and then one on the pack, for some days only."""
        rows = super().constraint_rows(count)
        if count and self.chance(0.4):
            rows += self.dated_or_not({"scope": "location", "key": self.places[-1], "location": None, "field": "pack"})
        return rows

    def lanes(self) -> Rows:
        """Lanes from earlier to later locations of a random order: never a circle."""
        rows: Rows = []
        for at, source in enumerate(self.order):
            for destination in self.order[at + 1 :]:
                if self.chance(0.7):
                    lane: dict[str, Any] = {"source": source, "destination": destination}
                    lane["lead_time_days"] = self.rng.choice((None, 0, 1, 2, 5, 12))
                    lane["unit_cost"] = self.rng.choice((None, 0.5, 0.5, 2))
                    lane["pack"] = self.rng.choice((None, None, 6, 20))
                    lane["transfer_minimum"] = self.rng.choice((None, None, 15, 50))
                    rows.append(lane)
        return rows or [{"source": self.order[0], "destination": self.order[1], "lead_time_days": 2}]

    def sourcing(self) -> Rows:
        """Few sourcing records, most of them for one location: what they name is bought."""
        return [row for row in super().sourcing() if self.chance(0.4 if row["location"] else 0.1)]

    def without_missing(self, rows: Rows) -> Rows:
        """Leave out the rows that only lanes ask for."""
        return [row for row in rows if self.missing[row["item"]] != row["location"]]

    def forecast(self) -> Rows:
        """Give a forecast; the first location has often none."""
        rows = super().forecast()
        return self.without_missing(rows) or rows

    def inventory(self) -> Rows:
        """Stock, but none for rows that only lanes ask for."""
        rows = self.without_missing(super().inventory())
        for row in rows:
            if self.chance(0.1):  # for most of a year: what follows the horizon is looked at
                row["on_hand"] = 30 * abs(row["on_hand"])
        return rows

    def inbound(self) -> Rows:
        """Open orders, but none for rows that only lanes ask for."""
        return self.without_missing(super().inbound())

    def config(self, keys: list[tuple[str, str]]) -> PlainConfig:
        """Draw the settings of a plan over the network."""
        plain = super().config(keys)
        review = self.rng.choice((3, 7, 7, 14, 30))
        place = self.rng.choice(keys)[1]
        locations = (place,) if self.chance(0.15) else None
        return replace(plain, demand_from="network", review_period_days=review, locations=locations)


def network_instance(seed: int) -> Instance:
    """Draw an instance whose rows feed one another over lanes."""
    return NetworkDraw(seed).instance()
