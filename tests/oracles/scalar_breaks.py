"""Price breaks for one row and one order, quantity by quantity and window by window, in exact fractions.

Units are 2**-10 units where it says so, else whole; money is exact.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from typing import TYPE_CHECKING

from tests.oracles.scalar_tables import UNIT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.oracles.scalar_tables import Record

LEAST_GAIN = Fraction(1, 10**6)


@dataclass(frozen=True)
class PriceList:
    """What units cost: list price, then breaks as (from quantity, price), rising."""

    list_price: float
    breaks: tuple[tuple[float, float], ...]
    incremental: bool

    def price_of(self, units: int | Fraction) -> Fraction:
        """Price of an order, unit by unit where prices are incremental."""
        steps = [(0.0, self.list_price), *self.breaks]
        if self.incremental:
            ends = [start for start, _ in steps[1:]] + [math.inf]
            total = Fraction(0)
            for (start, cost), end in zip(steps, ends, strict=True):
                inside = max(0, min(units, end) - start)
                total += Fraction(cost) * Fraction(inside)
            return total
        reached = [cost for start, cost in steps if start <= units]
        return Fraction(reached[-1]) * units


def price_list(lines: list[Record], item: str, place: str, supplier: str | None, cost: float | None) -> PriceList:
    """Find the breaks of a row: its location first, then its supplier, as a whole."""
    for keys in ((place, supplier), (place, None), (None, supplier), (None, None)):
        mine = [line for line in lines if (line["item"], line.get("location"), line.get("supplier")) == (item, *keys)]
        if mine:
            breaks = tuple(sorted((line["from_quantity"], line["unit_cost"]) for line in mine))
            return PriceList(float(cost or 0), breaks, mine[0].get("kind") == "incremental")
    return PriceList(float(cost or 0), (), incremental=False)


@dataclass(frozen=True)
class Outlook:
    """What windows ask for from an order's own on: first days, and in 2**-10 units all up to and with each."""

    starts: list[int]
    asked: list[int]

    def unit_days(self, units: int) -> Fraction | None:
        """Days for which units are held until the windows that take them begin; None if they are not all taken."""
        total, taken = 0, 0
        for start, asked in zip(self.starts, self.asked, strict=True):
            now = min(units * UNIT, max(asked, taken))
            total += (now - taken) * (start - self.starts[0])
            taken = now
        return None if taken < units * UNIT else Fraction(total, UNIT)


def raised(
    quantity: int,
    prices: PriceList,
    outlook: Outlook,
    costs: tuple[Fraction, Fraction],
    legal_from: Callable[[Fraction], int | None],
) -> int:
    """Raise an order to the quantity whose units cost least; the smallest of several.

    Parameters
    ----------
    quantity
        The order by all other rules.
    prices, outlook
        What it costs, and what takes it.
    costs
        Of an order, and of holding a unit for a day.
    legal_from
        The smallest legal order of at least so many units, None where there is none.
    """

    def each(units: int) -> Fraction | None:
        days = outlook.unit_days(units)
        return None if days is None else (prices.price_of(units) + costs[0] + costs[1] * days) / units

    def alone(units: int) -> Fraction:
        """Cost of an order, and of those that the windows would place for what it leaves."""
        cost = each(units)
        assert cost is not None
        total, before = cost * units, units * UNIT
        for asked in accumulate(outlook.asked, max):
            if asked > before:
                total += prices.price_of(Fraction(asked - before, UNIT)) + costs[0]
                before = asked
        return total

    first = prices.breaks[0][0]
    if prices.incremental:
        wanted = [Fraction(asked, UNIT) for asked in accumulate(outlook.asked, max)]
    else:
        wanted = [Fraction(start) for start, _ in prices.breaks]
    best, own = quantity, each(quantity)
    least = own
    for units in wanted:
        larger = legal_from(units)
        if larger is None or larger <= quantity or larger < first:
            continue
        cost = each(larger)
        if cost is None or own is None or least is None or cost >= least - LEAST_GAIN * own:
            continue
        if alone(larger) < alone(quantity) - LEAST_GAIN * own * quantity:
            best, least = larger, cost
    return best
