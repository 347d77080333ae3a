"""Conflicts of one row by counting: every set of rules is tried on every quantity, one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, combinations
from typing import TYPE_CHECKING

from tests.oracles.scalar_parts import DayBalance, balances
from tests.oracles.scalar_tables import UNIT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.oracles.scalar_replenishment import ScalarPlan

RULES = ("moq", "order_multiple", "max_order", "max_stock", "order_calendar")

Names = tuple[str, ...]


@dataclass(frozen=True)
class ScalarWay:
    """Rules that give way, units ordered then, days later, and what is served more until the next arrival."""

    rules: Names
    quantity: int
    later: int
    avoided: int
    unserved: int
    held: int


class ScalarConflict:
    """The k-th order of a plan, on which something is needed and nothing is legal."""

    def __init__(self, plan: ScalarPlan, k: int) -> None:
        self.plan, self.k = plan, k
        self.day, (self.first, self.last) = plan.order_days[k], plan.windows[k]
        fixed = {order.day: order.quantity for order in plan.orders[:k]} | dict(plan.edits)
        self.fixed = {day: units for day, units in fixed.items() if day != self.day}
        self.rules = plan.lot_rules(self.day, self.first)
        self.without = plan.project(self.fixed)
        highest = max(self.rules.moq, 1) + self.rules.multiple
        self.quantities = range(1, highest + 1)
        self.known_rooms: dict[int, int | None] = {}

    def room(self, day: int) -> int | None:
        """Units that fit under a hard maximum stock on a day of arrival."""
        if self.rules.max_stock is None or not self.rules.is_hard:
            return None
        if day not in self.known_rooms:
            self.known_rooms[day] = self.plan.room(day, self.rules, self.fixed)
        return self.known_rooms[day]

    def allows(self, rules: Names, quantity: int, day: int) -> bool:
        """Whether an order that arrives on a day breaks none of some rules."""
        room = self.room(day)
        return not (
            ("moq" in rules and quantity < self.rules.moq)
            or ("order_multiple" in rules and quantity % self.rules.multiple)
            or ("max_order" in rules and self.rules.max_order is not None and quantity > self.rules.max_order)
            or ("max_stock" in rules and room is not None and quantity > room)
        )

    def possible(self, rules: Names) -> bool:
        """Whether any order above 0 breaks none of some rules; without the calendar it may arrive later."""
        days = [self.first] if "order_calendar" in rules else range(self.first, self.last + 1)
        return any(self.allows(rules, quantity, day) for quantity in self.quantities for day in days)

    def clashing(self) -> Names:
        """Smallest set of rules under which nothing is possible."""
        sets = chain.from_iterable(combinations(RULES, size) for size in range(len(RULES) + 1))
        impossible = [rules for rules in sets if not self.possible(rules)]
        smallest = [rules for rules in impossible if len(rules) == len(impossible[0])]
        return min(smallest, key=lambda rules: sum(1 << RULES.index(name) for name in rules))

    def ways(self) -> Iterator[ScalarWay]:
        """Every set of rules without which something is possible, and no part of which is enough."""
        found: list[Names] = []
        for rules in chain.from_iterable(combinations(RULES, size) for size in range(1, len(RULES) + 1)):
            kept = tuple(name for name in RULES if name not in rules)
            if self.possible(kept) and not any(set(part) <= set(rules) for part in found):
                found.append(rules)
                yield self.way(rules, kept)

    def way(self, rules: Names, kept: Names) -> ScalarWay:
        """Order by the steps of the sizing with the rules that are kept."""
        arrival = self.first
        if "order_calendar" in rules:
            arrival = next(
                day for day in range(self.first + 1, self.last + 1)
                if any(self.allows(kept, quantity, day) for quantity in self.quantities)
            )  # fmt: skip
        quantity = self.sized(kept, arrival)
        receipts = self.plan.planned(self.fixed)
        receipts[arrival] = receipts.get(arrival, 0) + quantity * UNIT
        after = self.balances(receipts)
        window = range(self.first, self.last + 1)
        before, unserved = (sum(days[t].unserved for t in window) for days in (self.without, after))
        held = sum(new.ending - old.ending for new, old in zip(after, self.without, strict=True))
        return ScalarWay(rules, quantity, arrival - self.first, before - unserved, unserved, held)

    def balances(self, planned: dict[int, int]) -> list[DayBalance]:
        """Balances with these planned receipts by day."""
        together = {
            day: self.plan.scheduled.get(day, 0) + planned.get(day, 0) for day in {*self.plan.scheduled, *planned}
        }
        return balances(self.plan.opening, together, self.plan.demand, self.plan.row.unmet)

    def sized(self, kept: Names, arrival: int) -> int:
        """Steps 1 to 3 with the rules that are kept; a soft maximum stock is always kept."""
        rules = self.rules
        multiple = rules.multiple if "order_multiple" in kept else 1
        moq = rules.moq if "moq" in kept else 0
        need = self.plan.need(arrival, self.last, self.fixed, with_safety=True)
        bare = self.plan.need(arrival, self.last, self.fixed, with_safety=False)
        if need <= 0 or (bare <= 0 and 2 * need < UNIT):
            return 0
        quantity = -(-max(-(-need // UNIT), moq) // multiple) * multiple
        if "max_order" in kept and rules.max_order is not None and quantity > rules.max_order:
            quantity = rules.max_order // multiple * multiple
        if "max_stock" not in kept or rules.max_stock is None:
            return quantity
        room = self.plan.room(arrival, rules, self.fixed)
        assert room is not None
        if quantity <= room:
            return quantity
        reduced = room // multiple * multiple
        if reduced > 0 and reduced >= moq:
            return reduced
        unserved = any(day.unserved for day in self.without[self.first : self.last + 1])
        return -(-max(moq, 1) // multiple) * multiple if unserved and not rules.is_hard else 0
