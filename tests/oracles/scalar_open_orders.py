"""Advice on the open orders of one row by trying everything: every day, every part, one receipt after the other.

Quantities are whole numbers of 2**-10 units, as in `scalar_replenishment`. An attempt moves or takes away units, walks
through all days, and is kept when it does what the advice promises.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.oracles.scalar_parts import DayBalance, balances
from tests.oracles.scalar_tables import UNIT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.oracles.scalar_replenishment import ScalarPlan

NEVER = 10**9

Receipts = dict[int, int]


@dataclass(frozen=True)
class ScalarAdvice:
    """What to do with one receipt: kind, day, units to move or to cancel, units saved."""

    expected: int
    kind: str = "keep"
    day: int | None = None
    units: int = 0
    saved: int = 0


class ScalarOpenOrders:
    """The open orders of a planned row."""

    def __init__(self, plan: ScalarPlan) -> None:
        self.plan, row = plan, plan.row
        self.first_arrival = min((row.arrival(day) for day in plan.order_days), default=NEVER)
        if not row.can_order:
            self.first_arrival = NEVER
        lead = row.lead_time(0) or 0
        self.period = max(row.config.excess_days, row.review_period + lead)
        self.multiple = int(row.rule("order_multiple", 0) or 1) * UNIT
        self.planned = plan.planned({order.day: order.quantity for order in plan.orders})
        self.last = min(self.first_arrival - 1, plan.end)

    def advice(self) -> list[ScalarAdvice]:
        """Advise on each receipt, those that serve earlier first."""
        merged: Receipts = {}
        for expected, quantity in self.plan.row.inbound:
            merged[expected] = merged.get(expected, 0) + quantity
        orders = sorted((self.plan.receipt_day(expected), expected, quantity) for expected, quantity in merged.items())
        all_of_them = self.sum_of([(day, quantity) for day, _, quantity in orders])
        seen: Receipts = {}
        found = []
        for day, expected, quantity in orders:
            if day > self.plan.end:
                found.append(ScalarAdvice(expected))
                continue
            seen = self.moved(seen, (day, quantity), None)
            one = self.one(day, expected, quantity, all_of_them, seen)
            found.append(one)
            if one.kind != "keep":
                away = (day, -one.units)
                all_of_them = self.moved(all_of_them, away, one.day)
                seen = self.moved(seen, away, one.day)
        return found

    def one(self, day: int, expected: int, quantity: int, others: Receipts, seen: Receipts) -> ScalarAdvice:
        """Advise on one receipt."""
        forward = self.expedite(day, quantity, others)
        if forward is not None:
            return ScalarAdvice(expected, "expedite", *forward)
        spare = self.cancel(day, quantity, seen)
        if spare >= UNIT:
            return ScalarAdvice(expected, "cancel", None, spare)
        latest = self.delay(day, quantity, seen)
        if latest - day >= max(1, self.plan.row.review_period) and quantity >= UNIT:
            return ScalarAdvice(expected, "delay", latest, quantity)
        return ScalarAdvice(expected)

    def parts(self, quantity: int) -> Iterator[int]:
        """Parts of an order, small ones first: whole multiples, and all of it."""
        yield from range(self.multiple, quantity, self.multiple)
        yield quantity

    def expedite(self, day: int, quantity: int, receipts: Receipts) -> tuple[int, int, int] | None:
        """Day, units and units saved of the least part that saves most and loses nothing; None where none saves."""
        before = self.walk(receipts, self.planned)
        lost = [t for t in range(min(day, self.last + 1)) if before[t].unserved > 0]
        if not lost:
            return None
        target = self.plan.row.first_open_day(lost[0])
        if target >= min(day, self.last + 1):
            return None
        best, units = 0, 0
        for part in self.parts(quantity):
            after = self.walk(self.moved(receipts, (day, -part), target, part), self.planned)
            gain = [before[t].unserved - after[t].unserved for t in range(self.last + 1)]
            if min(gain) >= 0 and sum(gain) > best:
                best, units = sum(gain), part
        return (target, units, best) if best >= UNIT else None

    def cancel(self, day: int, quantity: int, receipts: Receipts) -> int:
        """Largest part without which stock stays at or above safety stock for the whole period."""
        planned = {t: units for t, units in self.planned.items() if t <= day}
        last = max(day + self.period - 1, self.last)
        before = self.walk(receipts, planned)
        for part in reversed(list(self.parts(quantity))):
            days = self.walk(self.moved(receipts, (day, -part), None), planned)
            enough = all(self.carries(before, days, t) for t in range(day, min(last, self.plan.end) + 1))
            further = sum(self.plan.row.demand(t) for t in range(self.plan.end + 1, last + 1))
            if last > self.plan.end:
                enough = enough and days[-1].ending - further >= max(self.plan.safety_stock(self.plan.end), 0)
            if enough:
                return part
        return 0

    def delay(self, day: int, quantity: int, receipts: Receipts) -> int:
        """Latest open day to which the receipt can move while stock before stays at or above safety stock."""
        before = self.walk(receipts, self.planned)
        for target in range(self.plan.end, day, -1):
            if self.plan.row.first_open_day(target) != target:
                continue
            days = self.walk(self.moved(receipts, (day, -quantity), target), self.planned)
            if all(self.carries(before, days, t) for t in range(day, target)):
                return target
        return day

    def carries(self, before: list[DayBalance], after: list[DayBalance], day: int) -> bool:
        """Whether a day ends at or above safety stock, and serves what it served before."""
        enough = after[day].ending - after[day].backlog >= max(self.plan.safety_stock(day), 0)
        return enough and after[day].unserved <= before[day].unserved

    def walk(self, receipts: Receipts, planned: Receipts) -> list[DayBalance]:
        """Balances with these receipts."""
        together = self.sum_of([*receipts.items(), *planned.items()])
        return balances(self.plan.opening, together, self.plan.demand, self.plan.row.unmet)

    @staticmethod
    def sum_of(pairs: list[tuple[int, int]]) -> Receipts:
        """Sum by day."""
        total: Receipts = {}
        for day, units in pairs:
            total[day] = total.get(day, 0) + units
        return total

    def moved(self, receipts: Receipts, change: tuple[int, int], to: int | None, units: int | None = None) -> Receipts:
        """Receipts with a change on a day, and what it takes away on another."""
        again = [] if to is None else [(to, -change[1] if units is None else units)]
        return self.sum_of([*receipts.items(), change, *again])
