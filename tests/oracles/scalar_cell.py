"""One destination of one item on one ship date, read literally: its window, its need, its cover, its packs.

Section 6 of the design in whole numbers of 2**-10 units and days from ``as_of``, as in `scalar_tables`;
only packs are whole units. Nothing is vectorised and nothing is kept.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from tests.oracles.scalar_parts import balances
from tests.oracles.scalar_row import METHOD_OF_FIELD, SAFETY_FIELDS
from tests.oracles.scalar_tables import UNIT, to_grid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.oracles.scalar_row import ScalarRow
    from tests.oracles.scalar_tables import Record

LONGEST_COVER = 365
UNLIMITED = 10**15
TIES = 2**20
"""Values of packs are compared on this grid of the currency, so that ties are ties."""


@dataclass(frozen=True)
class Lane:
    """How one source reaches one location: days, units of a pack, fewest units of a transfer, cost of a unit."""

    lead_time: int = 0
    pack: int | None = None
    minimum: int = 0
    unit_cost: float = 0.0

    @classmethod
    def of(cls, record: Record, lead_time: int) -> Lane:
        """Read a row of the lanes table; a lead time that it leaves out is given."""
        given = record.get("lead_time_days")
        return cls(
            lead_time if given is None else int(given),
            None if record.get("pack") is None else int(record["pack"]),
            math.ceil(record.get("transfer_minimum") or 0),
            float(record.get("unit_cost") or 0),
        )


@dataclass
class Cell:
    """One destination of one item on one ship date.

    Parameters
    ----------
    row
        The destination's rules, receipts and demand.
    lane
        How it is reached.
    ship_day, next_ship_day
        Days from ``as_of``; None when no further ship date follows.
    is_source
        Whether it is the source's own demand: its stock is in the pool.
    priority
        1 first.
    earlier
        Units of earlier ship dates by the day of their arrival; for a source also what it kept of its receipts.
    """

    row: ScalarRow
    lane: Lane
    ship_day: int
    next_ship_day: int | None
    is_source: bool = False
    priority: int = 1
    earlier: Mapping[int, int] = field(default_factory=dict)
    units: int = 0
    """Units given so far, whole."""

    # ---- its calendar ----------------------------------------------------------------------------

    def arrival_of(self, ship_day: int) -> int:
        """Day on which what leaves on a day arrives: the first day open after the lead time; its own stock is there."""
        return ship_day if self.is_source else self.row.first_open_day(ship_day + self.lane.lead_time)

    @cached_property
    def arrival(self) -> int:
        """Day of arrival."""
        return self.arrival_of(self.ship_day)

    @cached_property
    def last(self) -> int:
        """Last day that this transfer has to serve; before `arrival` where there is none."""
        if self.next_ship_day is not None:
            return self.arrival_of(self.next_ship_day) - 1
        if self.row.config.cover_days is not None:
            return self.arrival + int(self.row.config.cover_days) - 1
        return self.row.last_covered

    @property
    def window(self) -> range:
        """Days that this transfer has to serve."""
        return range(self.arrival, self.last + 1)

    # ---- its stock and its need ------------------------------------------------------------------

    @cached_property
    def receipts(self) -> dict[int, int]:
        """Receipts by day: scheduled ones and those of earlier ship dates."""
        receipts = {day: units * UNIT for day, units in self.earlier.items()}
        for expected, quantity in self.row.inbound:
            day = self.row.first_open_day(max(0, expected))
            if not self.is_source or self.is_its_own(day):
                receipts[day] = receipts.get(day, 0) + quantity
        return receipts

    def is_its_own(self, day: int) -> bool:
        """Whether what lands at the source on a day serves its own demand: else it is in the pool."""
        return self.row.config.include_inbound and self.ship_day < day <= self.last

    @cached_property
    def stock(self) -> int:
        """Projected stock at the opening of the day of arrival."""
        inventory = {} if self.is_source else self.row.inventory
        opening = max(0, to_grid(inventory.get("on_hand") or 0) - to_grid(inventory.get("committed") or 0))
        if self.arrival == 0:
            return opening
        demand = [self.row.demand(day) for day in range(self.arrival)]
        return balances(opening, self.receipts, demand, "lost")[-1].ending

    @cached_property
    def inflow(self) -> int:
        """Receipts inside the window."""
        return sum(map(self.inflow_on, self.window))

    def inflow_on(self, day: int) -> int:
        """Receipts of a day inside the window."""
        return self.receipts.get(day, 0) if day in self.window else 0

    @cached_property
    def demand(self) -> int:
        """Demand of the window."""
        return sum(self.row.demand(day) for day in self.window)

    @cached_property
    def presentation(self) -> int:
        """Presentation minimum in units."""
        return int(self.row.rule("presentation_minimum", self.arrival) or 0)

    @property
    def has_window(self) -> bool:
        """Whether there is anything to serve: days, and a forecast."""
        return bool(self.window) and bool(self.row.buckets)

    @cached_property
    def need(self) -> int:
        """Units that are missing over the window, or to the presentation minimum."""
        to_present = self.presentation * UNIT - self.stock
        if not self.has_window:
            return max(0, to_present)
        return max(0, self.demand + self.safety_stock - self.stock - self.inflow, to_present)

    @cached_property
    def safety_stock(self) -> int:
        """Safety stock behind the last day of the window, at least the minimum stock."""
        found = self.row.named(SAFETY_FIELDS, self.last)
        if isinstance(found, tuple):
            method, value = METHOD_OF_FIELD[found[0]], found[1]
            method = "none" if value is None else method
        else:
            method, value = self.row.config.safety_stock.method, self.row.config.safety_stock.value
        least = to_grid(self.row.rule("min_stock", self.last) or 0)
        if method == "units":
            return max(least, to_grid(value))
        if method == "days_of_cover":
            return max(least, sum(self.row.demand(self.last + 1 + k) for k in range(int(value))))
        return max(least, self.quantile_less_mean(float(value)) if method == "cycle_service_level" else 0)

    def quantile_less_mean(self, p: float) -> int:
        """Quantile of demand from the ship date to the end of the window, less its mean; normal."""
        days = range(self.ship_day, self.last + 1)
        variance = sum((self.row.variance(day) for day in days), Fraction(0))
        mean_daily = Fraction(sum(self.row.demand(day) for day in days), UNIT * len(days))
        lead_time_sd = Fraction(self.row.rule("lead_time_sd_days", self.last) or 0)
        return to_grid(NormalDist().inv_cdf(p) * math.sqrt(variance + mean_daily**2 * lead_time_sd**2))

    # ---- its packs -------------------------------------------------------------------------------

    @cached_property
    def pack(self) -> int:
        """Units of a pack; what stays at the source is not packed."""
        return 1 if self.is_source else self.lane.pack or int(self.row.rule("pack", self.ship_day) or 1)

    @cached_property
    def first_pack(self) -> int:
        """Units of the first pack: the transfer minimum in whole packs."""
        return max(1, -(-self.lane.minimum // self.pack)) * self.pack

    @property
    def next_pack(self) -> int:
        """Units that it would take next."""
        return self.pack if self.units else self.first_pack

    @cached_property
    def room(self) -> int:
        """Whole units that capacity takes beside stock and the receipts of the day of arrival."""
        most = None if self.is_source else self.row.rule("max_stock", self.arrival)
        if most is None:
            return UNLIMITED
        return max(0, to_grid(most) - self.stock - self.receipts.get(self.arrival, 0)) // UNIT

    @cached_property
    def most(self) -> int:
        """Most units that it may get: need rounded up to packs, room down."""
        needed = -(-self.need // (UNIT * self.pack)) * self.pack
        room = self.room // self.pack * self.pack
        most = room if self.row.config.push else min(needed, room)
        return most if most >= self.first_pack else 0

    def takes(self, left: int) -> bool:
        """Whether it can take one more pack of what is left."""
        return self.units + self.next_pack <= self.most and self.next_pack <= left

    @property
    def to_present(self) -> Fraction:
        """Share of the presentation minimum that is there."""
        return Fraction(self.stock + self.units * UNIT, self.presentation * UNIT)

    # ---- its cover -------------------------------------------------------------------------------

    def cover(self, units: int) -> Fraction:
        """Days from its arrival that its stock and so many units serve, receipts of its window on their days."""
        held = self.stock + units * UNIT
        for walked in range(LONGEST_COVER):
            held += self.inflow_on(self.arrival + walked)
            demand = self.row.demand(self.arrival + walked)
            if held <= demand:
                return walked + (Fraction(held, demand) if demand else Fraction(0))
            held -= demand
        return Fraction(LONGEST_COVER)

    # ---- what a pack is worth --------------------------------------------------------------------

    def money(self, name: str, otherwise: Any) -> Any:
        """Cost of a rule, else something else."""
        given = self.row.rule(name, self.ship_day)
        return otherwise if given is None else float(given)

    @cached_property
    def margin(self) -> float:
        """What a unit that demand reaches earns."""
        price, cost = (self.row.item_record.get(name) for name in ("unit_price", "unit_cost"))
        given = self.money("shortage_cost", None if price is None or cost is None else price - cost)
        if given is None:
            msg = f"no margin for {self.row}"
            raise ValueError(msg)
        return float(given)

    def pack_value(self, first: Fraction, size: int) -> float:
        """Value of the next so many units on top of a stock, in currency: what they earn less what they cost."""
        sd = math.sqrt(sum((self.row.variance(day) for day in self.window), Fraction(0)))
        mean, low, high = self.demand / UNIT, float(first), float(first) + size
        sold = expected_shortage(low, mean, sd) - expected_shortage(high, mean, sd)
        holding = self.money("holding_cost", 0.0) * len(self.window)
        return self.margin * sold - holding * (size - sold) - self.lane.unit_cost * size

    def value(self) -> Fraction:
        """Value per unit of the next pack, on the grid on which ties are ties."""
        on_hand = Fraction(self.stock + self.inflow, UNIT) + self.units
        return Fraction(round(self.pack_value(on_hand, self.next_pack) / self.next_pack * TIES), TIES)


def expected_shortage(level: float, mean: float, sd: float) -> float:
    """Units that normal demand takes beyond a level, on average: the loss function."""
    if sd == 0:
        return max(0.0, mean - level)
    z = (level - mean) / sd
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return sd * (density - z * math.erfc(z / math.sqrt(2)) / 2)
