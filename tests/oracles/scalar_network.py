"""Requirements over lanes, row by row: a literal second implementation of "Which rows order" in section 5.

A fed row is a row whose supplier is the lane. It is planned for a year past coverage with the rules of
`scalar_replenishment`; what it orders on a day is asked of the row that feeds it on that day.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tests.oracles.scalar_breaks import PriceList
from tests.oracles.scalar_replenishment import ScalarPlan
from tests.oracles.scalar_row import ScalarRow
from tests.oracles.scalar_tables import UNIT, spread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.oracles.scalar_tables import Record, ScalarTables

Key = tuple[str, str]

YEAR = 365
WEEKS = 364


class FedRow(ScalarRow):
    """A row that a lane feeds; its smallest order is a transfer."""

    def __init__(self, tables: ScalarTables, config: Any, item: str, location: str, lane: Record) -> None:
        super().__init__(tables, config, item, location)
        self.lane = lane

    def rule(self, field: str, day: int, plain_field: Any = None) -> Any:
        """Give pack and transfer minimum instead of multiple and MOQ; no maximum order."""
        if field == "max_order":
            return None
        if field == "moq":
            return self.lane.get("transfer_minimum") or 0
        if field == "order_multiple":
            pack = self.lane.get("pack")
            return super().rule("pack", day) if pack is None else pack
        return super().rule(field, day, plain_field)


class LaneRow(FedRow):
    """A fed row, read as if it were bought from its lane, lot for lot: a transfer has no order cost."""

    def __init__(self, tables: ScalarTables, config: Any, item: str, location: str, lane: Record) -> None:
        super().__init__(tables, replace(config, lot_sizing="lot_for_lot"), item, location, lane)
        self.last_covered += YEAR

    @property
    def price_list(self) -> PriceList:
        """Transfers have no price."""
        return PriceList(0.0, (), incremental=False)

    @property
    def shelf_life(self) -> None:
        """Transfers are not cut by it: the supplier's order is."""

    @cached_property
    def can_order(self) -> bool:
        """Whatever the item's status: what is needed is needed."""
        return True

    def possible_order_days(self) -> Iterator[int]:
        """Ship dates: by the review period alone."""
        for day in itertools.count(min(self.first_covered, 0), self.review_period):
            if day >= 0:
                yield day

    def count_to_arrival(self, order_day: int) -> int:
        """Lane lead time, then the first day open at the location."""
        return self.first_open_day(order_day + int(self.lane.get("lead_time_days") or 0))


class ScalarNetwork:
    """Who feeds whom, and what is asked of whom."""

    def __init__(self, tables: ScalarTables, config: Any) -> None:
        self.tables, self.config = tables, config
        everywhere = vars(config) | {"locations": None}
        self.given = set(tables.row_keys(type(config)(**everywhere)))
        self.chosen = set(tables.row_keys(config))
        self.known_shipments: dict[Key, dict[int, int]] = {}

    def lane(self, key: Key) -> Record | None:
        """Return the lane that feeds a row: one whose source has a row first, then the cheapest, fastest, first."""
        item, location = key
        lanes = [lane for lane in self.tables.table["lanes"] if lane["destination"] == location]
        if not lanes or ScalarRow(self.tables, self.config, item, location).sourcing is not None:
            return None

        def rank(lane: Record) -> tuple[bool, float, float, str]:
            missing = (item, lane["source"]) not in self.given
            return missing, lane.get("unit_cost") or 0, lane.get("lead_time_days") or 0, lane["source"]

        best = min(lanes, key=rank)
        if rank(best)[0]:
            best = min(lanes, key=lambda lane: rank(lane)[1:])
        return best

    def source(self, key: Key) -> Key | None:
        """Return the row that feeds a row."""
        lane = self.lane(key)
        return None if lane is None else (key[0], lane["source"])

    @cached_property
    def everything(self) -> set[Key]:
        """Rows of the tables, and those that feed others and that no table has."""
        known = set(self.given)
        while more := {source for key in known if (source := self.source(key)) and source not in known}:
            known |= more
        return known

    @cached_property
    def keys(self) -> list[Key]:
        """Rows planned: those that are chosen, and whatever they feed."""
        wanted = self.config.locations
        found = set(self.chosen)
        found |= {key for key in self.everything if key not in self.given and (wanted is None or key[1] in wanted)}
        while more := {key for key in self.everything if self.source(key) in found and key not in found}:
            found |= more
        return sorted(found)

    def shipments(self, key: Key) -> dict[int, int]:
        """Return what a fed row needs shipped by day, in 2**-10 units."""
        if key not in self.known_shipments:
            lane = self.lane(key)
            assert lane is not None
            row = LaneRow(self.tables, self.config, *key, lane)
            row.asked = self.asked_of(key)
            orders = ScalarPlan(row).orders
            self.known_shipments[key] = {order.day: order.quantity * UNIT for order in orders}
        return self.known_shipments[key]

    def asked_of(self, key: Key) -> Callable[[int], int]:
        """Return what the rows that a row feeds ask for, by day."""
        total: dict[int, int] = {}
        for fed in self.keys:
            if self.source(fed) == key:
                for day, units in self.shipments(fed).items():
                    total[day] = total.get(day, 0) + units
        last = self.tables.day(self.config.coverage[1]) + YEAR
        of_weeks = sum(total.get(day, 0) for day in range(last - WEEKS + 1, last + 1))

        def asked(day: int) -> int:
            if day <= last:
                return total.get(day, 0)
            if self.config.beyond_forecast == "cut":
                return 0
            if self.config.beyond_forecast == "same_last_year":
                return asked(day - WEEKS)
            return spread(of_weeks, WEEKS, (day - last - 1) % WEEKS)

        return asked

    def row(self, item: str, location: str) -> ScalarRow:
        """Return a row of the plan with what is asked of it."""
        lane = self.lane((item, location))
        if lane is None:
            row = ScalarRow(self.tables, self.config, item, location)
        else:
            row = FedRow(self.tables, self.config, item, location, lane)
        row.asked = self.asked_of((item, location))
        return row

    def shipped(self) -> dict[Key, int]:
        """Return how many units each fed row needs shipped up to the end of coverage."""
        last = self.tables.day(self.config.coverage[1])
        return {
            key: sum(units for day, units in self.shipments(key).items() if day <= last) // UNIT
            for key in self.keys
            if self.source(key)
        }
