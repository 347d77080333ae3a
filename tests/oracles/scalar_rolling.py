"""A rolling simulation of one row on one path, slowly and literally: lists and loops, no engine."""

from __future__ import annotations

import math
from dataclasses import dataclass, field


@dataclass
class ScalarRun:
    """One row on one path.

    Parameters
    ----------
    expected, safety
        Expected demand and safety stock of each day.
    demand
        What comes.
    order_days, arrivals, ends
        Order dates, first day served and last day carried.
    """

    expected: list[float]
    safety: list[float]
    demand: list[float]
    opening: float
    scheduled: dict[int, float]
    order_days: list[int]
    arrivals: list[int]
    ends: list[int]
    backorder: bool = False
    moq: float = 0
    multiple: float = 1
    max_order: float = math.inf
    max_stock: float = math.inf
    hard: bool = False
    delay: dict[int, int] = field(default_factory=dict)
    orders: list[float] = field(default_factory=list)
    endings: list[float] = field(default_factory=list)
    unserved: list[float] = field(default_factory=list)

    def run(self) -> ScalarRun:
        """Simulate every day."""
        stock = self.opening if self.backorder else max(self.opening, 0.0)
        on_way: list[tuple[int, int, float]] = []  # expected, due, units
        for day, asked in enumerate(self.demand):
            if day in self.order_days:
                number = self.order_days.index(day)
                units = self.decide(number, day, stock, [(max(when, day), much) for when, _, much in on_way])
                self.orders.append(units)
                due = max(self.arrivals[number] + self.delay.get(day, 0), day)
                on_way.append((self.arrivals[number], due, units))
            stock += self.scheduled.get(day, 0.0) + sum(units for _, due, units in on_way if due == day)
            on_way = [entry for entry in on_way if entry[1] != day]
            left = stock - asked
            self.unserved.append(min(asked, max(-left, 0.0)))
            stock = left if self.backorder else max(left, 0.0)
            self.endings.append(stock)
        return self

    def decide(self, number: int, today: int, stock: float, coming: list[tuple[int, float]]) -> float:
        """Return the order of today: what the window lacks, by the rules."""
        arrival, end = self.arrivals[number], self.ends[number]
        if end < arrival:
            return 0.0

        def received(day: int) -> float:
            return self.scheduled.get(day, 0.0) + sum(units for when, units in coming if when == day)

        for day in range(today, arrival):
            stock += received(day) - self.expected[day]
            if not self.backorder:
                stock = max(stock, 0.0)
        at_arrival = stock + received(arrival)
        need, bare, unserved, left = -math.inf, -math.inf, False, stock
        for day in range(arrival, end + 1):
            left += received(day) - self.expected[day]
            need, bare = max(need, self.safety[day] - left), max(bare, -left)
            unserved = unserved or (left < 0 and (self.expected[day] > 0 or not self.backorder))
        if need <= 0 or (bare <= 0 and need < 0.5):
            return 0.0
        return self.legal(need, at_arrival, unserved)

    def legal(self, need: float, at_arrival: float, unserved: bool) -> float:
        """Return the order that the rules make of a need."""
        lot = self.multiple
        units = math.ceil(max(math.ceil(need), self.moq) / lot) * lot
        if units > self.max_order:
            units = math.floor(self.max_order / lot) * lot
            if units < max(self.moq, 1):
                return 0.0
        room = math.floor(self.max_stock - at_arrival) if self.max_stock < math.inf else math.inf
        if units > room:
            units = math.floor(room / lot) * lot
            if units <= 0 or units < self.moq:
                smallest = math.ceil(max(self.moq, 1) / lot) * lot
                units = smallest if unserved and not self.hard else 0.0
        return units
