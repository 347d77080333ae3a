"""Section 6 of the design, item by item and pack by pack: a literal second implementation to judge the engine by."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tests.oracles.scalar_cell import Cell, Lane
from tests.oracles.scalar_row import ScalarRow
from tests.oracles.scalar_sharing import share
from tests.oracles.scalar_tables import UNIT, ScalarTables, to_grid

if TYPE_CHECKING:
    from tests.oracles.allocation_instances import AllocationInstance

Line = dict[str, Any]
LAST = 10**6


@dataclass(frozen=True)
class Shipment:
    """What one source sends of one item on one ship date: the cells as they were filled."""

    item: str
    ship_day: int
    available: int
    cells: list[Cell]

    @property
    def left(self) -> int:
        """Units that stay at the source."""
        return self.available - sum(cell.units for cell in self.cells)


class ScalarAllocation:
    """One source shared among its destinations.

    Parameters
    ----------
    instance
        Tables and settings; the settings name one source.
    """

    def __init__(self, instance: AllocationInstance) -> None:
        self.config = instance.config
        self.tables = ScalarTables(instance.frames, instance.as_of)
        (self.source,) = instance.config.source
        self.locations = {row["location"]: row for row in self.tables.table["locations"]}

    # ---- calendar --------------------------------------------------------------------------------

    @cached_property
    def ship_days(self) -> list[int]:
        """Ship dates as days from ``as_of``."""
        first, last = (self.tables.day(date) for date in self.config.coverage)
        if self.config.ship_dates is not None:
            return sorted({self.tables.day(date) for date in self.config.ship_dates})
        if self.config.ship_every_days is not None:
            return list(range(max(0, first), last + 1, self.config.ship_every_days))
        return [max(0, first)]

    # ---- who takes part --------------------------------------------------------------------------

    @cached_property
    def items(self) -> list[str]:
        """Items of the scope that have a row anywhere."""
        everywhere = AnyPlace(dict(self.config.scope))
        return sorted({item for item, _ in self.tables.row_keys(everywhere)})

    def lane_to(self, location: str) -> Lane | None:
        """How a location is reached; None where lanes lead elsewhere only."""
        default = int(self.config.transfer_lead_time_days)
        lanes = self.tables.table["lanes"]
        if not lanes:
            return Lane(default)
        own = (row for row in lanes if (row["source"], row["destination"]) == (self.source, location))
        return next((Lane.of(row, default) for row in own), None)

    def rows_of(self, item: str) -> list[ScalarRow]:
        """Rows of an item in the chosen locations, by default all but the source."""
        keys = self.tables.row_keys(AnyPlace({}, self.config.locations))
        return [
            ScalarRow(self.tables, self.config, item, location)
            for each, location in keys
            if each == item and location != self.source
        ]

    def source_row(self, item: str) -> ScalarRow:
        """Row of an item at the source."""
        return ScalarRow(self.tables, self.config, item, self.source)

    def cells(self, item: str, k: int, earlier: dict[str, dict[int, int]]) -> list[Cell]:
        """Destinations of an item on the k-th ship date, its own source first where that has demand."""
        ship_days = [*self.ship_days, None]
        place: dict[str, Any] = {"ship_day": ship_days[k], "next_ship_day": ship_days[k + 1]}
        cells = []
        own = self.source_row(item)
        if self.config.source_demand != "ignore" and own.buckets:
            kept = dict(earlier.get(self.source, {}))
            cells.append(Cell(own, Lane(), is_source=True, priority=self.priority(self.source), earlier=kept, **place))
        for row in self.rows_of(item):
            lane = self.lane_to(row.location)
            if lane is not None:
                shipped = dict(earlier.get(row.location, {}))
                cells.append(Cell(row, lane, priority=self.priority(row.location), earlier=shipped, **place))
        return cells

    def priority(self, location: str) -> int:
        """Priority of a location, 1 first; those without one come last."""
        return int(self.locations.get(location, {}).get("priority") or LAST)

    # ---- what there is ---------------------------------------------------------------------------

    def hold_back(self, row: ScalarRow, day: int) -> int:
        """Whole units that stay at the source: its row's own rule, else the configuration's."""
        configured: Any = self.config.hold_back
        on_hand = max(0, row.inventory.get("on_hand") or 0)
        given = row.rule("hold_back", day)
        if given is not None:
            return math.ceil(given)
        if isinstance(configured, str):
            return math.ceil(Fraction(configured.rstrip("%")) / 100 * Fraction(on_hand))
        return math.ceil(configured)

    def available(self, row: ScalarRow, day: int, taken: int) -> int:
        """Whole units to share on a day; what earlier ship dates took is in 2**-10 units."""
        stock = max(0, to_grid(row.inventory.get("on_hand") or 0))
        stock -= to_grid(row.inventory.get("committed") or 0)
        if self.config.include_inbound:
            stock += sum(units for due, units in row.inbound if row.first_open_day(max(0, due)) <= day)
        return max(0, stock - self.hold_back(row, day) * UNIT - taken) // UNIT

    # ---- all ship dates --------------------------------------------------------------------------

    @cached_property
    def shipments(self) -> list[Shipment]:
        """What each item gets on each ship date, the earlier ones first."""
        return [shipment for item in self.items for shipment in self.shipments_of(item)]

    def shipments_of(self, item: str) -> list[Shipment]:
        """All ship dates of one item."""
        row = self.source_row(item)
        blocked = row.item_record.get("status") == "blocked"
        taken, earlier, shipments = 0, dict[str, dict[int, int]](), list[Shipment]()
        for k, day in enumerate(self.ship_days):
            available = self.available(row, day, taken)
            cells = self.cells(item, k, earlier)
            if not blocked:
                share(cells, available, self.config.method)
            shipments.append(Shipment(item, day, available, cells))
            for cell in cells:
                arrivals = earlier.setdefault(cell.row.location, {})
                for arrival, units in [(cell.arrival, cell.units), *kept_of_receipts(cell).items()]:
                    taken += units * UNIT
                    arrivals[arrival] = arrivals.get(arrival, 0) + units
        return shipments

    @property
    def lines(self) -> list[Line]:
        """Rows of ``plan.lines`` of the allocation."""
        return [self.line(shipment, cell) for shipment in self.shipments for cell in shipment.cells]

    def line(self, shipment: Shipment, cell: Cell) -> Line:
        """One row: units, dates, and cover in days."""
        return {
            "item": shipment.item,
            "source": self.source,
            "location": cell.row.location,
            "date": self.tables.date(shipment.ship_day),
            "arrival_date": self.tables.date(cell.arrival),
            "available": shipment.available,
            "on_hand": cell.stock / UNIT,
            "in_transit": cell.inflow / UNIT,
            "demand": cell.demand / UNIT,
            "need": cell.need / UNIT,
            "suggested_quantity": cell.units,
            "allocated": cell.units,
            "cover_before": float(cell.cover(0)),
            "cover_after": float(cell.cover(cell.units)),
        }


@dataclass(frozen=True)
class AnyPlace:
    """The two filters that `ScalarTables.row_keys` reads."""

    scope: dict[str, tuple[str, ...]]
    locations: tuple[str, ...] | None = None


def kept_of_receipts(cell: Cell) -> dict[int, int]:
    """Units that the source's own need counted of the receipts after the ship date, by day, the first ones first."""
    if not cell.is_source or not cell.has_window:
        return {}
    counted = max(0, -(-(cell.demand + cell.safety_stock - cell.stock) // UNIT))
    kept = {}
    for day in sorted(cell.receipts):
        if cell.is_its_own(day):
            kept[day] = min(counted, (cell.receipts[day] - cell.earlier.get(day, 0) * UNIT) // UNIT)
            counted -= kept[day]
    return kept
