"""How many order dates one order covers, for one row, as textbooks put it.

Units are 2**-10 units, costs are unit-days of them: order cost over holding cost of a unit and day. A window is asked
for what its highest level has above those of all earlier windows; `starts` are the first days of the windows and the
day after the last one.
"""

from __future__ import annotations

import math
from functools import cache
from itertools import accumulate, pairwise

from tests.oracles.scalar_tables import UNIT

LATER_DAYS = 182


def asked_of(levels: list[int]) -> list[int]:
    """Give what each window adds to the highest level so far; the first counts from itself."""
    highest = list(accumulate(levels, max))
    return [0, *(after - before for before, after in pairwise(highest))]


def holding(asked: list[int], starts: list[int], first: int, last: int) -> int:
    """Unit-days in stock when an order of window `first` covers windows up to `last`."""
    return sum(asked[j] * (starts[j] - starts[first]) for j in range(first, last + 1))


def wagner_whitin(asked: list[int], starts: list[int], ratio: int) -> list[int]:
    """Number of windows that the order of each covers in a cheapest plan; the fewest where several cost the same."""
    number = len(asked)

    def cost(first: int, last: int) -> int:
        return ratio + holding(asked, starts, first, last) + least(last + 1)

    @cache
    def least(first: int) -> int:
        if first == number:
            return 0
        with_order = min(cost(first, last) for last in range(first, number))
        return min(with_order, least(first + 1)) if asked[first] == 0 else with_order

    for first in reversed(range(number)):
        least(first)
    covered = []
    for first in range(number):
        costs = [cost(first, last) for last in range(first, number)]
        covered.append(1 + costs.index(min(costs)))
    return covered


def silver_meal(asked: list[int], starts: list[int], ratio: int) -> list[int]:
    """Number of windows that an order covers: one more as long as its cost per day does not rise."""
    covered = []
    for first in range(len(asked)):
        last = first
        while last + 1 < len(asked):
            days, longer = starts[last + 1] - starts[first], starts[last + 2] - starts[first]
            cost = ratio + holding(asked, starts, first, last)
            more = ratio + holding(asked, starts, first, last + 1)
            if more * days > cost * longer:
                break
            last += 1
        covered.append(last - first + 1)
    return covered


def period_order_quantity(starts: list[int], ratio: int, demand: int, days: int) -> list[int]:
    """Number of windows whose days together are nearest to those that the EOQ lasts; the fewer of two."""
    lasts = math.inf if demand == 0 else math.sqrt(2.0 * (ratio / UNIT) / (demand / UNIT / days))
    covered = []
    for first in range(len(starts) - 1):
        spans = [start - starts[first] for start in starts[first + 1 :]]
        far = [abs(span - lasts) for span in spans]
        covered.append(len(spans) if lasts == math.inf else 1 + far.index(min(far)))
    return covered


def economic_order_quantity(ratio: int, demand: int, days: int) -> int:
    """Whole units of the EOQ."""
    return math.floor(math.sqrt(2.0 * (ratio / UNIT) * (demand / UNIT / days)) + 0.5)
