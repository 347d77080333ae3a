"""The two small things that a scalar plan is made of: one day's balance, and what makes a quantity legal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class DayBalance:
    """One day of a row, in 2**-10 units."""

    starting: int
    receipts: int
    demand: int
    sales: int
    unserved: int
    ending: int
    backlog: int


@dataclass(frozen=True)
class LotRules:
    """Rules in force on an order's day, in units, and at its arrival: the maximum stock, in 2**-10 units."""

    moq: int
    multiple: int
    max_order: int | None
    max_stock: int | None
    is_hard: bool

    def is_legal(self, quantity: int) -> bool:
        """0, or a multiple that is at least MOQ and at most the maximum order."""
        if quantity == 0:
            return True
        return (
            quantity > 0
            and quantity % self.multiple == 0
            and quantity >= self.moq
            and (self.max_order is None or quantity <= self.max_order)
        )

    @property
    def largest(self) -> int | None:
        """Largest legal order, 0 where none above 0 is legal; None where nothing limits it."""
        if self.max_order is None:
            return None
        most = self.down(self.max_order)
        return most if self.is_legal(most) else 0

    def up(self, quantity: int) -> int:
        """Up to the multiple."""
        return -(-quantity // self.multiple) * self.multiple

    def down(self, quantity: int) -> int:
        """Down to a multiple."""
        return quantity // self.multiple * self.multiple


def balances(opening: int, receipts: Mapping[int, int], demand: list[int], unmet: str) -> list[DayBalance]:
    """Balances of each day from ``as_of`` on; an opening below 0 is backlog where unmet demand waits."""
    ending, backlog = max(0, opening), max(0, -opening) if unmet == "backorder" else 0
    days = []
    for day, wanted in enumerate(demand):
        starting, received = ending, receipts.get(day, 0)
        if unmet == "lost":
            available = starting + received
            sales = min(wanted, available)
            unserved = wanted - sales
            ending = available - sales
        else:
            net = starting - backlog + received - wanted
            ending, backlog = max(0, net), max(0, -net)
            sales = starting + received - ending
            unserved = min(wanted, backlog)
        days.append(DayBalance(starting, received, wanted, sales, unserved, ending, backlog))
    return days
