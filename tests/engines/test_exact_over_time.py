"""Allocation over time: an independent flow on explicit arcs, brute force over shipments, and answers by hand."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.optimize import linprog

from moselle_nb.engines.exact_over_time import TimeNetwork, least_lost_over_time, lost_over_time
from tests.effort import seeds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from moselle_nb.engines.position import FloatArray

INF = float("inf")
TOLERANCE = 1e-5


def network(  # noqa: PLR0913 - a network has so many parts
    available: list[float], landing: list[list[int]], stock: list[float], demand: list[list[float]],
    *, inflow: list[list[float]] | None = None, lost_cost: list[float] | None = None,
    transfer_cost: list[float] | None = None, pack: list[float] | None = None, first_pack: list[float] | None = None,
    max_stock: list[float] | None = None, least: list[list[float]] | None = None,
) -> TimeNetwork:  # fmt: skip
    """Build a network in which all that is not given is without effect."""
    locations = len(stock)

    def of(given: list[float] | None, otherwise: float) -> FloatArray:
        return np.full(locations, otherwise) if given is None else np.array(given, dtype=np.float64)

    packs = of(pack, 1.0)
    dates = np.array(landing, dtype=np.intp).reshape(len(available), locations)
    asked = np.array(demand, dtype=np.float64).reshape(len(demand), locations)
    return TimeNetwork(
        np.array(available, dtype=np.float64), dates, np.array(stock, dtype=np.float64), asked,
        np.zeros(asked.shape) if inflow is None else np.array(inflow, dtype=np.float64),
        of(lost_cost, 1.0), of(transfer_cost, 0.0), packs,
        packs if first_pack is None else of(first_pack, 1.0), of(max_stock, INF),
        np.zeros(dates.shape) if least is None else np.array(least, dtype=np.float64),
    )  # fmt: skip


def nothing(of: TimeNetwork) -> FloatArray:
    return np.zeros(of.landing.shape)


def cost_of(item: TimeNetwork, sent: FloatArray) -> float | None:
    """Walk through every location's periods, one unit of arithmetic at a time; None where a rule is broken."""
    if (sent.sum(axis=1).cumsum() > item.available).any() or (sent < item.least).any():
        return None
    total = 0.0
    for j in range(len(item.stock)):
        stock = float(item.stock[j])
        for t in range(len(item.demand)):
            stock += float(item.inflow[t, j])
            for s in range(len(sent)):
                if item.landing[s, j] == t and sent[s, j]:
                    stock += float(sent[s, j])
                    if stock > item.max_stock[j]:
                        return None
            served = min(stock, float(item.demand[t, j]))
            stock -= served
            total += float(item.lost_cost[j]) * (float(item.demand[t, j]) - served)
        total += float(item.transfer_cost[j]) * float(sent[:, j].sum())
    return total


def all_shipments(item: TimeNetwork) -> Iterator[FloatArray]:
    """Every vector of legal quantities."""
    dates, locations = item.landing.shape
    lines = [
        [0, *range(int(item.first_pack[j]), int(item.available[s]) + 1, int(item.pack[j]))]
        for s in range(dates)
        for j in range(locations)
    ]
    for flat in product(*lines):
        yield np.array(flat, dtype=np.float64).reshape(dates, locations)


def drawn_flow(seed: int) -> TimeNetwork:
    """Draw a network of whole numbers and single units: up to 4 ship dates, 6 locations and 6 periods."""
    draw = np.random.default_rng(seed)
    dates, locations, periods = (int(draw.integers(1, top + 1)) for top in (4, 6, 6))
    landing = np.sort(draw.integers(0, periods + 2, size=(dates, locations)), axis=0)
    demand = draw.integers(0, 30, size=(periods, locations))
    inflow = draw.integers(0, 20, size=(periods, locations)) * (draw.random((periods, locations)) < 0.2)
    available = np.cumsum(draw.integers(0, max(2, int(demand.sum()) // (2 * dates)), size=dates))
    return network(
        available.tolist(), landing.tolist(), draw.integers(0, 20, size=locations).tolist(), demand.tolist(),
        inflow=inflow.tolist(), lost_cost=(draw.integers(1, 200, size=locations) / 8).tolist(),
        transfer_cost=(draw.integers(0, 40, size=locations) / 8).tolist(),
    )  # fmt: skip


def least_flow(item: TimeNetwork) -> float:
    """Cost of the least costly flow, every arc written down: (from, to, capacity, cost), divisible units.

    The source of a ship date passes what it does not send to the next one; a location's period passes what it does
    not sell to its next one; what demand does not get from there comes from nowhere, at the price of a lost unit.
    """
    dates, locations = item.landing.shape
    periods = len(item.demand)
    arcs: list[tuple[str, str, float, float]] = []
    supply = {f"s{s}": float(units) for s, units in enumerate(np.diff(item.available, prepend=0.0))}
    for s in range(dates):
        arcs.append((f"s{s}", f"s{s + 1}" if s + 1 < dates else "rest", INF, 0.0))
        arcs.extend(
            (f"s{s}", f"p{item.landing[s, j]},{j}", INF, float(item.transfer_cost[j]))
            for j in range(locations)
            if item.landing[s, j] < periods
        )
    for j, t in product(range(locations), range(periods)):
        here = f"p{t},{j}"
        supply[here] = float(item.inflow[t, j]) + (float(item.stock[j]) if t == 0 else 0.0)
        arcs.append((here, f"p{t + 1},{j}" if t + 1 < periods else "rest", INF, 0.0))
        arcs.append((here, f"d{t},{j}", INF, 0.0))
        arcs.append(("nowhere", f"d{t},{j}", INF, float(item.lost_cost[j])))
        supply[f"d{t},{j}"] = -float(item.demand[t, j])
    nodes = {name: row for row, name in enumerate(supply)}
    balance = np.zeros((len(nodes), len(arcs)))
    for column, (start, end, _, _) in enumerate(arcs):
        if start in nodes:
            balance[nodes[start], column] += 1
        if end in nodes:
            balance[nodes[end], column] -= 1
    solved = linprog(
        [arc[3] for arc in arcs],
        A_eq=balance,
        b_eq=list(supply.values()),
        bounds=[(0, arc[2]) for arc in arcs],
        method="highs",
    )
    assert solved.fun is not None, solved.message
    return float(solved.fun)


@pytest.mark.parametrize("seed", seeds("exact_over_time"))
def test_whole_units_lose_no_more_than_the_least_costly_flow(seed: int) -> None:
    item = drawn_flow(seed)
    best = least_flow(item)
    found = least_lost_over_time(item, nothing(item), budget=60)
    assert (found.quantity == np.floor(found.quantity)).all()
    assert found.quantity.min() >= 0
    assert found.optimal
    assert found.objective == pytest.approx(best, abs=TOLERANCE)
    assert cost_of(item, found.quantity) == pytest.approx(found.objective, abs=1e-9)
    stopped = least_lost_over_time(item, nothing(item), budget=0)
    assert not stopped.quantity.any()
    assert stopped.bound <= best + TOLERANCE <= stopped.objective + 2 * TOLERANCE
    assert stopped.gap == (0.0 if stopped.optimal else stopped.objective - stopped.bound)
    assert not stopped.optimal or stopped.objective == pytest.approx(best, abs=TOLERANCE)


def drawn_tiny(seed: int) -> TimeNetwork:
    """Draw two ship dates and two locations with packs, first packs, capacities, fractional demand, and least units."""
    draw = np.random.default_rng(seed)
    periods = int(draw.integers(2, 5))
    pack = draw.integers(1, 4, size=2)
    first = pack * draw.choice([1, 1, 2], size=2)
    landing = np.sort(draw.integers(0, periods + 1, size=(2, 2)), axis=0)
    demand = draw.integers(0, 5 * 1024, size=(periods, 2)) / 1024
    first_date = int(draw.integers(0, 9))
    available = [first_date, first_date + int(draw.integers(-2, 5))]
    available[0] = max(0, available[0])
    item = network(
        [float(units) for units in available], landing.tolist(), (draw.integers(0, 4 * 1024, size=2) / 1024).tolist(),
        demand.tolist(), inflow=(draw.integers(0, 3, size=(periods, 2)) * (draw.random((periods, 2)) < 0.3)).tolist(),
        lost_cost=(draw.integers(1, 40, size=2) / 8).tolist(),
        transfer_cost=(draw.integers(0, 12, size=2) / 8).tolist(), pack=pack.tolist(), first_pack=first.tolist(),
        max_stock=[float(draw.integers(2, 12)) if draw.random() < 0.4 else INF for _ in range(2)],
    )  # fmt: skip
    return replace(item, available=np.maximum(item.available, 0.0))


@pytest.mark.parametrize("seed", seeds("exact_sources"))
def test_packs_capacities_and_fractional_demand_equal_brute_force(seed: int) -> None:
    item = drawn_tiny(seed)
    draw = np.random.default_rng(seed)
    legal = [sent for sent in all_shipments(item) if cost_of(item, sent) is not None]
    start = legal[int(draw.integers(len(legal)))]
    if draw.random() < 0.3:
        item = replace(item, least=np.where(draw.random((2, 2)) < 0.5, start, 0.0))
        legal = [sent for sent in legal if (sent >= item.least).all()]
    best = min(cost for sent in legal if (cost := cost_of(item, sent)) is not None)
    found = least_lost_over_time(item, start, budget=60)
    assert any((sent == found.quantity).all() for sent in legal)
    assert found.optimal
    assert found.objective == pytest.approx(best, abs=TOLERANCE)
    assert cost_of(item, found.quantity) == pytest.approx(found.objective, abs=1e-9)
    stopped = least_lost_over_time(item, start, budget=0)
    assert stopped.optimal or stopped.quantity.tolist() == start.tolist()
    assert stopped.bound <= best + TOLERANCE
    assert not stopped.optimal or stopped.objective == pytest.approx(best, abs=TOLERANCE)


def test_stock_waits_for_the_sale_that_earns_more() -> None:
    # 10 units now, nothing later. A asks for 10 in the first window at 1 a unit, B for 8 in the second at 3: sharing
    # window by window gives all to A and loses 24; holding 8 back loses 8 of A.
    item = network([10, 10], [[0, 0], [1, 1]], [0, 0], [[10, 0], [0, 8]], lost_cost=[1, 3])
    found = least_lost_over_time(item, np.array([[10.0, 0], [0, 0]]))
    assert found.quantity.tolist() == [[2, 0], [0, 8]]
    assert (found.objective, found.bound, found.optimal) == (8, 8, True)
    assert lost_over_time(item, found.quantity).tolist() == [[8, 0], [0, 0]]


def test_of_equal_answers_the_one_with_fewest_units_later_and_to_earlier_locations() -> None:
    # 5 units serve either of two locations at the same price, now or with the second date; nothing reaches the third
    item = network([8, 8], [[0, 0, 9], [1, 1, 9]], [0, 0, 0], [[0, 0, 6], [5, 5, 6]], max_stock=[5, 5, 5])
    five = replace(item, available=np.array([5.0, 5.0]))
    found = least_lost_over_time(five, nothing(five))
    assert found.quantity.tolist() == [[0, 0, 0], [5, 0, 0]]
    assert (found.objective, found.bound) == (5 + 12, 17)
    # 8 units serve 8 of 10; of 20 only 10 are sent
    assert least_lost_over_time(item, nothing(item)).quantity.tolist() == [[0, 0, 0], [5, 3, 0]]
    plenty = replace(item, available=np.array([20.0, 20.0]), max_stock=np.full(3, INF))
    assert least_lost_over_time(plenty, nothing(plenty)).quantity.tolist() == [[0, 0, 0], [5, 5, 0]]


def test_a_solver_that_is_stopped_states_a_gap_that_holds() -> None:
    draw = np.random.default_rng(3)
    demand = draw.integers(0, 30 * 1024, size=(13, 50)) / 1024
    item = network(
        (np.arange(13) * 450.0).tolist(), [[s] * 50 for s in range(13)], [0.0] * 50, demand.tolist(),
        lost_cost=(draw.integers(100, 5000, size=50) / 100).tolist(), pack=draw.choice([5, 6, 7, 11], size=50).tolist(),
    )  # fmt: skip
    found = least_lost_over_time(item, nothing(item), budget=0.5)
    longer = least_lost_over_time(item, nothing(item), budget=1.5)
    # single units can do all that packs can
    single = replace(item, pack=np.ones(50), first_pack=np.ones(50))
    finest = least_lost_over_time(single, nothing(single), budget=60)
    assert finest.optimal
    for one in (found, longer):
        assert one.objective == pytest.approx(cost_of(item, one.quantity), abs=TOLERANCE)
        assert finest.objective <= one.objective + TOLERANCE
        assert max(found.bound, longer.bound) <= one.objective
        assert one.gap == (0.0 if one.optimal else one.objective - one.bound)


def test_a_start_that_is_best_already_is_kept() -> None:
    item = network([5, 5], [[0, 0], [1, 1]], [0, 0], [[0, 0], [5, 5]])
    start = np.array([[0.0, 3], [0, 2]])
    found = least_lost_over_time(item, start)
    assert found.quantity.tolist() == start.tolist()
    assert (found.objective, found.optimal) == (5, True)


def test_what_lands_later_at_the_source_cannot_leave_earlier() -> None:
    item = network([0, 6], [[0], [1]], [1], [[4], [4]])
    found = least_lost_over_time(item, nothing(item))
    assert found.quantity.tolist() == [[0], [4]]
    assert found.objective == 3


def test_transfers_that_arrive_together_share_what_capacity_takes() -> None:
    item = network([5, 10], [[0], [0]], [0], [[10]], max_stock=[5])
    found = least_lost_over_time(item, nothing(item))
    assert found.quantity.sum() == 5
    assert (found.objective, found.optimal) == (5, True)


def test_capacity_is_asked_only_where_something_arrives() -> None:
    # 5 arrive first and fill the store; the receipt of 3 comes on top of them before 8 are sold
    item = network([5, 5], [[0], [1]], [0], [[0], [0], [8]], inflow=[[0], [3], [0]], max_stock=[5])
    found = least_lost_over_time(item, nothing(item))
    assert found.quantity.tolist() == [[5], [0]]
    assert (found.objective, found.optimal) == (0, True)


def test_a_transfer_minimum_above_all_demand_can_be_worth_it() -> None:
    item = network([9], [[0]], [0], [[1]], lost_cost=[5], transfer_cost=[1], first_pack=[3])
    found = least_lost_over_time(item, nothing(item))
    assert found.quantity.tolist() == [[3]]
    assert found.objective == 3


def test_a_sale_that_earns_less_than_the_move_costs_is_lost() -> None:
    item = network([6], [[0, 0]], [0, 0], [[3, 3]], lost_cost=[2, 2], transfer_cost=[3, 1])
    found = least_lost_over_time(item, nothing(item))
    assert found.quantity.tolist() == [[0, 3]]
    assert found.objective == 2 * 3 + 1 * 3


def test_a_transfer_that_lands_after_the_last_period_is_sent_only_if_it_has_to_be() -> None:
    item = network([6], [[1, 0]], [0, 0], [[3, 3]], least=[[2, 0]], transfer_cost=[1, 0])
    found = least_lost_over_time(item, np.array([[2.0, 0]]))
    assert found.quantity.tolist() == [[2, 3]]
    assert (found.objective, found.optimal) == (3 + 2, True)


@pytest.mark.parametrize(("dates", "locations", "periods"), [(1, 0, 1), (2, 2, 0), (0, 2, 2), (2, 2, 2)])
def test_without_locations_periods_ship_dates_or_demand_nothing_moves(dates: int, locations: int, periods: int) -> None:
    item = network([5.0] * dates, [[0] * locations] * dates, [0.0] * locations, [[0.0] * locations] * periods)
    found = least_lost_over_time(item, nothing(item))
    assert found.quantity.shape == (dates, locations)
    assert not found.quantity.any()
    assert (found.objective, found.bound, found.optimal) == (0, 0, True)


@pytest.mark.parametrize(
    ("start", "text"),
    [
        ([[0.0, 0], [4, 3]], r"By ship date 1 there are 6 units; the answer to start from takes 7\."),
        ([[3.0, 0], [0, 0]], r"By ship date 0 there are 2 units"),
        (
            [[0.0, 0], [0, 0]],
            r"On ship date 1 location 0 receives at least 1 units; the answer to start from sends 0\.",
        ),
    ],
)
def test_an_answer_that_is_none_is_refused(start: list[list[float]], text: str) -> None:
    item = network([2, 6], [[0, 0], [1, 1]], [0, 0], [[5, 5], [5, 5]], least=[[0, 0], [1, 0]])
    with pytest.raises(ValueError, match=text):
        least_lost_over_time(item, np.array(start))
