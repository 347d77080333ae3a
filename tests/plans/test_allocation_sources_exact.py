"""Several sources against all that could be sent: the value under marginal_value, the cost under the other rules."""

from __future__ import annotations

import itertools
import math
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

import moselle_nb as mo
from tests.effort import seeds
from tests.plans.allocation_tables import AS_OF, COVERAGE, allocated, lane, sent, tables

if TYPE_CHECKING:
    from collections.abc import Iterator

DAYS = 10
DATE = str(AS_OF)
SOURCES = ("V", "W")
RULES = ("equal_runout", "proportional", "priority", "even")

Pair = tuple[str, str]
Sent = dict[Pair, int]


@dataclass(frozen=True)
class Draw:
    """Two sources and two or three destinations of one item.

    Parameters
    ----------
    supply, demand, there, margin
        Units of each source; a day, on hand and per unit in currency of each destination.
    spread
        Standard deviation of demand in a day.
    cost, pack, first
        Of each lane.
    """

    supply: dict[str, int]
    demand: dict[str, float]
    there: dict[str, int]
    margin: dict[str, float]
    spread: float
    cost: dict[Pair, float]
    pack: dict[Pair, int]
    first: dict[Pair, int]

    def plan(self, method: str, **settings: Any) -> mo.AllocationPlan:
        """Allocate by the public names."""
        lanes = [
            lane(source, place, cost, pack=self.pack[source, place], transfer_minimum=self.first[source, place])
            for (source, place), cost in self.cost.items()
        ]
        found = tables({**self.supply, **self.there}, self.demand, lanes)
        found["forecast"]["sd"] = self.spread
        worth = tuple(
            mo.Constraint(scope="item", key="A", location=place, field="shortage_cost", value=margin)
            for place, margin in self.margin.items()
        )
        sources = tuple(sorted({source for source, _ in self.cost}))
        return allocated(found, source=sources, method=method, constraints=worth, coverage=COVERAGE, **settings)

    def need(self, place: str) -> float:
        """Return the units that a destination lacks."""
        return max(0.0, round(DAYS * self.demand[place] - self.there[place], 6))

    def amounts(self, pair: Pair) -> list[int]:
        """Return what a lane may bring."""
        pack, first = self.pack[pair], self.first[pair]
        most = min(self.supply[pair[0]], math.ceil(self.need(pair[1])) + max(self.pack.values()))
        return [0, *range(first, most + 1, pack)] if self.need(pair[1]) > 0 else [0]

    def possible(self, held: Sent) -> Iterator[Sent]:
        """Yield all that could be sent within stock and need around what is held."""
        pairs = list(self.cost)
        for units in itertools.product(*([held[pair]] if pair in held else self.amounts(pair) for pair in pairs)):
            answer = dict(zip(pairs, units, strict=True))
            drawn_on = all(total_of(answer, source, 0) <= have for source, have in self.supply.items())
            if drawn_on and all(self.is_within_need(answer, held, place) for place in self.demand):
                yield answer

    def is_within_need(self, answer: Sent, held: Sent, place: str) -> bool:
        """Tell whether need is exceeded by less than a pack that comes."""
        free = [pair for pair, units in answer.items() if pair[1] == place and units and pair not in held]
        over = total_of(answer, place, 1) - self.need(place)
        return not free or over < max(self.pack[pair] for pair in free)

    def spent(self, answer: Sent) -> float:
        """Return the transfer cost."""
        return sum(self.cost[pair] * units for pair, units in answer.items())

    def value(self, answer: Sent) -> float:
        """Return margin on demand that is met beyond what was there, less transfer cost."""
        earned = 0.0
        for place, margin in self.margin.items():
            before = self.there[place]
            after = before + total_of(answer, place, 1)
            earned += margin * (self.lost(place, before) - self.lost(place, after))
        return earned - self.spent(answer)

    def lost(self, place: str, stock: float) -> float:
        """Return the expected demand of the window that stock does not serve."""
        mean, sd = DAYS * self.demand[place], self.spread * math.sqrt(DAYS)
        if sd == 0:
            return max(mean - stock, 0.0)
        z = (stock - mean) / sd
        return sd * (math.exp(-z * z / 2) / math.sqrt(2 * math.pi) - z * math.erfc(z / math.sqrt(2)) / 2)


def total_of(answer: Sent, key: str, end: int) -> int:
    """Add up what a source sends (end 0) or a destination gets (end 1)."""
    return sum(units for pair, units in answer.items() if pair[end] == key)


def drawn(rng: random.Random, *, equal: bool) -> Draw:
    """Draw an instance that can be tried out in full; equal packs or any."""
    places = ("S", "T", "U")[: rng.choice((2, 2, 3))]
    pairs = [pair for pair in itertools.product(SOURCES, places) if rng.random() < 0.8]
    pairs = pairs if {source for source, _ in pairs} == set(SOURCES) else list(itertools.product(SOURCES, places))
    size = rng.choice((1, 1, 2, 3))
    pack = {pair: size if equal else rng.choice((1, 2, 3, 4)) for pair in pairs}
    first = {pair: pack[pair] * (1 if equal else rng.choice((1, 1, 2, 3))) for pair in pairs}
    return Draw(
        {source: rng.randint(0, 9) for source in SOURCES},
        {place: rng.choice((0.125, 0.25, 0.5, 0.75)) for place in places},
        {place: rng.choice((0, 0, 1, 3)) for place in places},
        {place: rng.choice((1.0, 2.0, 3.0, 5.0)) for place in places},
        rng.choice((0.0, 0.2)), {pair: rng.choice((0.0, 0.5, 1.0, 2.0, 4.0)) for pair in pairs}, pack, first,
    )  # fmt: skip


def edited(plan: mo.AllocationPlan, draw: Draw, rng: random.Random) -> tuple[mo.AllocationPlan, Sent]:
    """Lock one cell now and then; return what is held with it."""
    if rng.random() < 0.5:
        return plan, {}
    pair = rng.choice(list(draw.cost))
    units = rng.choice([amount for amount in draw.amounts(pair) if amount <= draw.supply[pair[0]]])
    return plan.lock("A", pair[1], DATE, units, source=pair[0]), {pair: units}


def judged(plan: mo.AllocationPlan, draw: Draw, held: Sent) -> tuple[Sent, dict[str, Any]]:
    """Check what any plan keeps; return what it sends and what is said of it."""
    answer = {pair: sent(plan).get(pair, 0) for pair in draw.cost}
    assert all(total_of(answer, source, 0) <= have for source, have in draw.supply.items())
    assert all(answer[pair] == units for pair, units in held.items())
    assert plan.check().ok, plan.check()
    (row,) = plan.optimality.to_dict("records")
    return answer, {str(name): value for name, value in row.items()}


@pytest.mark.parametrize("seed", seeds("several_sources"))
def test_nothing_that_could_be_sent_is_worth_more(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 (a test's instance)
    draw = drawn(rng, equal=rng.random() < 0.4)
    plan, held = edited(draw.plan("marginal_value"), draw, rng)
    answer, row = judged(plan, draw, held)
    best = max(map(draw.value, draw.possible(held)))
    assert draw.value(answer) == pytest.approx(best, abs=1e-4)
    assert (row["status"], row["gap"]) == ("optimal", 0)


@pytest.mark.parametrize("seed", seeds("several_sources"))
def test_every_pack_goes_by_the_rule_and_from_the_cheapest_sources(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 (a test's instance)
    draw, method = drawn(rng, equal=True), rng.choice(RULES)
    plan, held = edited(draw.plan(method), draw, rng)
    answer, row = judged(plan, draw, held)
    assert (row["status"], row["proof"]) == ("optimal", "least cost")
    least: dict[tuple[int, ...], float] = {}
    for other in draw.possible(held):
        totals = tuple(total_of(other, place, 1) for place in draw.demand)
        least[totals] = min(least.get(totals, math.inf), draw.spent(other))
    mine = tuple(total_of(answer, place, 1) for place in draw.demand)
    assert draw.spent(answer) == pytest.approx(least[mine])
    assert not [totals for totals in least if totals != mine and all(map(int.__ge__, totals, mine))]
    if method in {"equal_runout", "even"}:
        _refuse_unfair(draw, mine, set(least), held, by_cover=method == "equal_runout")


def _refuse_unfair(
    draw: Draw, mine: tuple[int, ...], could: set[tuple[int, ...]], held: Sent, *, by_cover: bool
) -> None:
    """Let no pack be at a location while one of a lower key could have had it from some source."""
    places, pack = list(draw.demand), next(iter(draw.pack.values()))

    def key(place: str, units: int) -> float:
        return (draw.there[place] + units) / draw.demand[place] if by_cover else units

    for g, k in itertools.permutations(range(len(places)), 2):
        free = mine[g] - sum(units for pair, units in held.items() if pair[1] == places[g])
        moved = list(mine)
        moved[g], moved[k] = mine[g] - pack, mine[k] + pack
        if free > 0 and tuple(moved) in could:
            assert key(places[g], mine[g] - pack) <= key(places[k], mine[k]) + 1e-9


@pytest.mark.parametrize("seed", seeds("several_sources"))
def test_what_packs_that_differ_leave_open_is_said(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 (a test's instance)
    draw, method = drawn(rng, equal=False), rng.choice(RULES)
    plan, held = edited(draw.plan(method), draw, rng)
    answer, row = judged(plan, draw, held)
    mine = [total_of(answer, place, 1) for place in draw.demand]
    costs = [
        draw.spent(other)
        for other in draw.possible(held)
        if [total_of(other, place, 1) for place in draw.demand] == mine
    ]
    saved = draw.spent(answer) - min(costs)
    assert row["gap"] >= saved - 1e-4
    if row["status"] == "optimal":
        assert saved <= 1e-4
