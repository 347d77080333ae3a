"""Several sources: brute force over all shipments of tiny items, and answers derived by hand."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest

from moselle_nb.engines.exact_lanes import SourceLanes
from moselle_nb.engines.exact_sources import most_valuable_sources
from moselle_nb.engines.exact_sourcing import least_costly_sources
from tests.effort import seeds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from moselle_nb.engines.position import FloatArray

INF = float("inf")
TOLERANCE = 1e-5


@dataclass(frozen=True)
class Drawn:
    """Two sources and two or three destinations; `worth[j]` is the value of 0, 1, 2, ... units there."""

    supply: list[int]
    cost: list[list[float]]
    pack: list[list[int]]
    first: list[list[int]]
    least: list[int]
    worth: list[list[float]]

    @property
    def lanes(self) -> SourceLanes:
        parts = (np.array(part, dtype=np.float64) for part in (self.supply, self.cost, self.pack, self.first))
        return SourceLanes(*parts)

    def gains(self) -> FloatArray:
        lines = [np.diff(line[:: int(step)]) for line, step in zip(self.worth, self.lanes.step, strict=True)]
        padded = np.full((len(lines), max(map(len, lines))), np.nan)
        for j, line in enumerate(lines):
            padded[j, : len(line)] = line
        return padded

    def shipments(self) -> Iterator[tuple[list[list[int]], list[int]]]:
        """Every way to use the lanes within what the sources have, and what arrives."""
        i, j = (range(len(self.supply)), range(len(self.worth)))
        choices = [
            [0, *range(self.first[a][b], self.supply[a] + 1, self.pack[a][b])] if self.cost[a][b] < INF else [0]
            for a in i
            for b in j
        ]
        for flat in product(*choices):
            sent = [list(flat[a * len(j) : (a + 1) * len(j)]) for a in i]
            if all(sum(sent[a]) <= self.supply[a] for a in i):
                yield sent, [sum(sent[a][b] for a in i) for b in j]

    def cost_of(self, sent: list[list[int]]) -> float:
        return sum(self.cost[a][b] * units for a, line in enumerate(sent) for b, units in enumerate(line) if units)

    def value_of(self, sent: list[list[int]], arriving: list[int]) -> float:
        return sum(line[units] for line, units in zip(self.worth, arriving, strict=True)) - self.cost_of(sent)

    def allowed(self, arriving: list[int]) -> bool:
        """Whether it is neither below the least nor beyond the most that whole steps reach."""
        tops = [(len(line) - 1) // int(s) * int(s) for line, s in zip(self.worth, self.lanes.step, strict=True)]
        return all(low <= units <= top for low, units, top in zip(self.least, arriving, tops, strict=True))


def drawn(seed: int) -> Drawn:
    draw = np.random.default_rng(seed)
    destinations = int(draw.integers(2, 4))
    shape = (2, destinations)
    pack = draw.choice([1, 2, 3, 4], size=shape)
    first = pack * draw.choice([1, 1, 1, 2], size=shape)
    cost = np.where(draw.random(shape) < 0.15, INF, draw.integers(0, 40, size=shape) / 16)
    most = 12 if destinations == 2 else 6
    worth = []
    for _ in range(destinations):
        units = np.sort(draw.integers(-20, 100, size=int(draw.integers(0, most + 1))))[::-1] / 16
        worth.append([0.0, *np.cumsum(units).tolist()])
    supply = draw.integers(0, most - 1, size=2).tolist()
    return Drawn(supply, cost.tolist(), pack.tolist(), first.tolist(), [0] * destinations, worth)


def with_least(item: Drawn, seed: int) -> tuple[Drawn, list[list[int]]]:
    """Take some allowed shipment as what is there to start from, and part of what arrives as the least."""
    draw = np.random.default_rng(seed)
    ways = [(sent, arriving) for sent, arriving in item.shipments() if item.allowed(arriving)]
    sent, arriving = ways[int(draw.integers(len(ways)))]
    least = [units if draw.random() < 0.4 else 0 for units in arriving]
    return Drawn(item.supply, item.cost, item.pack, item.first, least, item.worth), sent


@pytest.mark.parametrize("seed", seeds("exact_sources"))
def test_the_most_valuable_shipments_equal_brute_force(seed: int) -> None:
    item, start = with_least(drawn(seed), seed)
    best = max(item.value_of(sent, arriving) for sent, arriving in item.shipments() if item.allowed(arriving))
    least = np.array(item.least, dtype=np.float64)
    found = most_valuable_sources(item.lanes, item.gains(), np.array(start, dtype=np.float64), least=least, budget=60)
    sent = found.quantity.astype(int).tolist()
    arriving = np.sum(sent, axis=0).tolist()
    assert any(way == sent for way, _ in item.shipments())
    assert item.allowed(arriving)
    assert found.optimal
    assert found.objective == pytest.approx(best, abs=TOLERANCE)
    assert found.objective == pytest.approx(item.value_of(sent, arriving), abs=1e-9)
    stopped = most_valuable_sources(item.lanes, item.gains(), np.array(start, dtype=np.float64), least=least, budget=0)
    assert stopped.quantity.tolist() == start
    assert stopped.objective <= best + TOLERANCE
    assert stopped.bound >= best - TOLERANCE
    assert stopped.optimal or stopped.gap == stopped.bound - stopped.objective > 0


@pytest.mark.parametrize("seed", seeds("exact_sources"))
def test_need_is_exceeded_by_less_than_the_largest_pack_that_is_used(seed: int) -> None:
    item = drawn(seed)
    need = np.random.default_rng(seed).integers(0, 7, size=len(item.least))
    ends = need + np.array(item.pack) - 1.0

    def inside(sent: list[list[int]], arriving: list[int]) -> bool:
        largest = [max((item.pack[a][j] for a in (0, 1) if sent[a][j]), default=None) for j in range(len(arriving))]
        return item.allowed(arriving) and all(
            pack is None or units < asked + pack for units, asked, pack in zip(arriving, need, largest, strict=True)
        )

    best = max(item.value_of(sent, arriving) for sent, arriving in item.shipments() if inside(sent, arriving))
    nothing = np.zeros((2, len(need)))
    found = most_valuable_sources(item.lanes, item.gains(), nothing, ends=ends, budget=60)
    sent = found.quantity.astype(int).tolist()
    assert inside(sent, np.sum(sent, axis=0).tolist())
    assert found.optimal
    assert found.objective == pytest.approx(best, abs=TOLERANCE)


@pytest.mark.parametrize("seed", seeds("exact_sources"))
def test_the_least_costly_sources_equal_brute_force(seed: int) -> None:
    item = drawn(seed)
    draw = np.random.default_rng(seed)
    ways = list(item.shipments())
    quantity = ways[int(draw.integers(len(ways)))][1]
    if draw.random() < 0.5:
        quantity = [units + int(draw.integers(0, 2)) for units in quantity]
    inside = [(sent, arr) for sent, arr in ways if all(a <= q for a, q in zip(arr, quantity, strict=True))]
    assembled = max(sum(arriving) for _, arriving in inside)
    best = min(item.cost_of(sent) for sent, arriving in inside if sum(arriving) == assembled)
    found = least_costly_sources(np.array(quantity, dtype=np.float64), item.lanes, budget=60)
    sent = found.solution.quantity.astype(int).tolist()
    assert any(way == sent for way, _ in ways)
    assert found.solution.optimal
    assert found.short.sum() == sum(quantity) - assembled
    assert found.short.tolist() == (np.array(quantity) - np.sum(sent, axis=0)).tolist()
    assert found.solution.objective == pytest.approx(best, abs=TOLERANCE)
    assert found.solution.objective == pytest.approx(item.cost_of(sent), abs=1e-9)


@pytest.mark.parametrize("seed", range(40))
def test_sources_chosen_before_the_budget_ends_are_no_dearer_and_their_gap_holds(seed: int) -> None:
    item = drawn(seed)
    ways = list(item.shipments())
    start, quantity = ways[int(np.random.default_rng(seed).integers(len(ways)))]
    best = min(item.cost_of(sent) for sent, arriving in ways if arriving == quantity)
    asked, begun = np.array(quantity, dtype=np.float64), np.array(start, dtype=np.float64)
    for budget in (0.0, 60.0):
        found = least_costly_sources(asked, item.lanes, begun, budget=budget)
        assert found.short.tolist() == [0] * len(quantity)
        assert found.solution.bound <= best + TOLERANCE
        assert best - TOLERANCE <= found.solution.objective <= item.cost_of(start)
        if found.solution.optimal:
            assert found.solution.objective == pytest.approx(best, abs=TOLERANCE)
        if found.solution.objective == item.cost_of(start):
            assert found.solution.quantity.tolist() == start
    assert found.solution.optimal


def lanes(supply: list[float], cost: list[list[float]], pack: list[list[float]]) -> SourceLanes:
    packs = np.array(pack, dtype=np.float64)
    return SourceLanes(np.array(supply, dtype=np.float64), np.array(cost, dtype=np.float64), packs, packs)


def test_the_near_source_is_kept_for_whom_the_far_one_is_dear() -> None:
    # Both destinations are cheapest from source 0 (1 and 2 a unit), which has 5. From source 1 they cost 2 and 9:
    # the second destination has most to lose, so it takes all 5 of source 0 and the first goes to source 1:
    # 5 x 2 + 5 x 2 = 20. The lane of lowest cost first would give 5 x 1 + 5 x 9 = 50.
    two = lanes([5, 5], [[1, 2], [2, 9]], [[1, 1], [1, 1]])
    found = least_costly_sources(np.array([5.0, 5.0]), two, np.array([[5.0, 0], [0, 5]]))
    assert found.solution.quantity.tolist() == [[0, 5], [5, 0]]
    assert (found.solution.objective, found.solution.bound, found.solution.optimal) == (20, 20, True)
    assert found.short.tolist() == [0, 0]


def test_a_quantity_that_no_whole_packs_make_up_says_what_is_short() -> None:
    # 7 units from packs of 4 and of 2: 6 are the most, and 2 + 2 + 2 at 1 a unit are cheaper than 4 at 3 and one 2
    two = lanes([8, 8], [[3], [1]], [[4], [2]])
    found = least_costly_sources(np.array([7.0]), two)
    assert found.short.tolist() == [1]
    assert found.solution.quantity.tolist() == [[0], [6]]
    assert (found.solution.objective, found.solution.optimal) == (6, True)


def test_what_no_lane_reaches_is_short_and_the_rest_is_served() -> None:
    two = lanes([8, 8], [[3, INF], [1, INF]], [[1, 1], [1, 1]])
    found = least_costly_sources(np.array([7.0, 2.0]), two)
    assert found.short.tolist() == [0, 2]
    assert found.solution.quantity.tolist() == [[0, 0], [7, 0]]
    assert found.solution.optimal


def test_without_time_and_without_a_start_all_is_short_and_nothing_is_claimed() -> None:
    two = lanes([8, 8], [[3], [1]], [[4], [2]])
    found = least_costly_sources(np.array([6.0]), two, budget=0)
    assert found.short.tolist() == [6]
    assert not found.solution.optimal


@pytest.mark.parametrize("shape", [(0, 0), (0, 2), (2, 0), (2, 2)])
def test_without_sources_destinations_lanes_or_need_nothing_moves(shape: tuple[int, int]) -> None:
    none = SourceLanes(np.zeros(shape[0]), np.full(shape, INF), np.ones(shape), np.ones(shape))
    worth = most_valuable_sources(none, np.ones((shape[1], 3)), np.zeros(shape))
    cost = least_costly_sources(np.zeros(shape[1]), none)
    for found in (worth, cost.solution):
        assert found.quantity.shape == shape
        assert (found.objective, found.bound, found.optimal) == (0, 0, True)
        assert not found.quantity.any()


def test_a_unit_is_not_moved_for_less_than_the_move_costs() -> None:
    one = lanes([5], [[2.0, 0.5]], [[1, 1]])
    found = most_valuable_sources(one, np.array([[3.0, 2.0, 1.0], [0.75, 0.25, np.nan]]), np.zeros((1, 2)))
    # 3 - 2 and 0.75 - 0.5 are gained; 2 - 2 is nothing, the rest loses
    assert found.objective == 1.25
    assert found.quantity.tolist() in ([[1, 1]], [[2, 1]])


@pytest.mark.parametrize(
    ("start", "text"),
    [
        ([[3.0, 0], [0, 0]], r"Source 0 cannot send 3 units to destination 0: no lane, or not its packs\."),
        ([[0, 0], [0, 1.0]], r"Source 1 cannot send 1 units to destination 1"),
        ([[4.0, 4.0], [0, 0]], r"Source 0 has 6 units; the answer to start from takes 8\."),
        ([[2.0, 4.0], [0, 0]], r"gives a destination less than its least, or more than it may receive"),
        ([[0, 0], [0, 0]], r"gives a destination less than its least"),
    ],
)
def test_an_answer_that_is_none_is_refused(start: list[list[float]], text: str) -> None:
    two = lanes([6, 6], [[1, 1], [1, INF]], [[2, 2], [2, 2]])
    with pytest.raises(ValueError, match=text):
        most_valuable_sources(two, np.ones((2, 1)), np.array(start), least=np.array([2.0, 0.0]))


def test_an_answer_that_ends_beyond_its_packs_is_refused() -> None:
    # 4 units are needed; 6 are too many when the last pack is one of 2
    two = lanes([6, 6], [[1], [1]], [[2], [4]])
    gains, ends = np.ones((1, 4)), np.array([[5.0], [7.0]])
    with pytest.raises(ValueError, match="or more than it may receive"):
        most_valuable_sources(two, gains, np.array([[6.0], [0]]), ends=ends)
    assert most_valuable_sources(two, gains * 9, np.zeros((2, 1)), ends=ends).quantity.tolist() == [[2], [4]]


def test_sources_that_do_not_make_up_the_quantity_are_refused() -> None:
    two = lanes([6, 6], [[1, 1], [1, 1]], [[2, 2], [2, 2]])
    with pytest.raises(ValueError, match=r"gives destination 1 2 units, not 4\."):
        least_costly_sources(np.array([2.0, 4.0]), two, np.array([[2.0, 2.0], [0, 0]]))


def test_values_that_rise_are_refused() -> None:
    with pytest.raises(ValueError, match="The value of further units at destination 0 rises"):
        most_valuable_sources(lanes([6], [[1]], [[1]]), np.array([[1.0, 2.0]]), np.zeros((1, 1)))
