"""One item of a block made exact, and certificates: against a programme over whole quantities written here."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from math import erf, exp, pi, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from moselle_nb.engines.exact_certificate import certify_cover, certify_value
from moselle_nb.engines.exact_lanes import SourceLanes
from moselle_nb.engines.exact_share import arriving_gains, exact_share
from moselle_nb.engines.exact_sources import most_valuable_sources
from moselle_nb.engines.pack_value import PackValue
from moselle_nb.engines.sharing_claims import Claims, Shares, limits_of
from moselle_nb.engines.sharing_stepwise import share_stepwise
from tests.effort import seeds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.position import FloatArray

TOLERANCE = 2e-3
"""Values are rounded to 2**-20 a unit, here in thousands of units, and the solver's gap is 1e-6."""


def leftover(stock: float, mean: float, sd: float) -> float:
    """Expected leftover of stock under normal demand."""
    if sd == 0:
        return max(stock - mean, 0.0)
    z = (stock - mean) / sd
    return (stock - mean) * (1 + erf(z / sqrt(2))) / 2 + sd * exp(-z * z / 2) / sqrt(2 * pi)


def worth(claims: Claims, item: int, location: int, units: float) -> float:
    """Expected value of units at a location, from nothing, in one piece."""
    value = claims.value
    assert value is not None
    mean, sd, margin, holding, transfer, inflow = (
        float(part[item, location])
        for part in (value.mean, value.sd, value.margin, value.holding, value.transfer_cost, value.inflow)
    )
    y = float(claims.stock[item, location]) + inflow
    lost_gain = leftover(y + units, mean, sd) - leftover(y, mean, sd)
    return (margin - transfer) * units - (margin + holding) * lost_gain


def drawn(seed: int, *, alike: bool, items: int = 1) -> tuple[FloatArray, Claims]:
    """Draw a block with six locations, some absent, some held, some with presentation minimum or little room."""
    draw = np.random.default_rng(seed)
    shape = (items, 6)

    def whole(low: int, high: int, size: tuple[int, int] = shape) -> FloatArray:
        return draw.integers(low, high, size=size).astype(np.float64)

    def rarely(often: float) -> FloatArray:
        return (draw.random(shape) < often).astype(np.float64)

    pack = np.ones(shape) * whole(1, 7, (items, 1)) if alike else whole(1, 9)
    first = pack if alike else pack * np.maximum(whole(0, 4), 1.0)
    mean, stock, presentation = whole(5, 60), whole(0, 40 * 1024) / 1024, whole(1, 12) * rarely(0.2)
    present = draw.random(shape) < 0.9
    need = np.maximum(np.maximum(mean + 8 - stock, presentation - stock), 0.0) * present
    fixed = np.where(present & (rarely(0.1) > 0), whole(0, 5), np.nan)
    room = np.where(rarely(0.2) > 0, whole(0, 30), np.inf)
    available = np.nan_to_num(fixed).sum(axis=1) + np.floor(draw.random(items) * need.sum(axis=1))
    value = PackValue(mean, whole(0, 20), whole(1, 30) / 2, whole(0, 10) / 16, whole(0, 30) / 16, whole(0, 5))
    priority: NDArray[np.int64] = draw.integers(1, 3, size=shape)
    return available, Claims(
        stock, need, pack, first, presentation, room, priority, mean, present, fixed, None, value
    )  # fmt: skip


def best_of(available: float, claims: Claims, shares: Shares, item: int) -> float:
    """Solve over one whole variable per location and quantity; what is held or shown in any case stays."""
    choices: list[tuple[int, float, float]] = []
    for j in range(claims.pack.shape[1]):
        pack, first = claims.pack[item, j], claims.first_pack[item, j]
        most = min(np.ceil(claims.need[item, j] / pack) * pack, np.floor(claims.room[item, j] / pack) * pack)
        legal = [0.0, *np.arange(first, most + 1, pack)]
        if not np.isnan(claims.fixed[item, j]):
            legal = [float(claims.fixed[item, j])]
        elif not claims.present[item, j]:
            legal = [0.0]
        shown = 0.0 if not np.isnan(claims.fixed[item, j]) else shares.presentation[item, j]
        choices += [(j, q, worth(claims, item, j, q)) for q in legal if q >= shown]
    place, units, value = (np.array(part, dtype=np.float64) for part in zip(*choices, strict=True))
    each = (place == np.arange(claims.pack.shape[1])[:, None]).astype(np.float64)
    found = milp(
        -value, integrality=np.ones(len(choices), dtype=np.int64), bounds=Bounds(0, 1), options={"mip_rel_gap": 0},
        constraints=[LinearConstraint(each, 1, 1), LinearConstraint(units[None, :], -np.inf, available)],
    )  # fmt: skip
    assert found.success, found.message
    return float(value @ np.rint(found.x))


def value_of(claims: Claims, quantity: FloatArray, item: int) -> float:
    return sum(worth(claims, item, j, float(units)) for j, units in enumerate(quantity))


@pytest.mark.parametrize("seed", seeds("exact_instances"))
def test_different_packs_and_transfer_minimums_equal_an_independent_programme(seed: int) -> None:
    available, claims = drawn(seed, alike=False)
    fast = share_stepwise(available, claims, "marginal_value")
    found, best = exact_share(available, claims, fast, 0, budget=60), best_of(available[0], claims, fast, 0)
    assert found.optimal
    assert found.objective == pytest.approx(best, abs=TOLERANCE)
    assert found.objective == pytest.approx(value_of(claims, found.quantity, 0), abs=TOLERANCE)
    assert found.quantity.sum() <= available[0]
    stopped = exact_share(available, claims, fast, 0, budget=0)
    assert stopped.quantity.tolist() == fast.quantity[0].tolist()
    assert stopped.objective <= found.objective <= stopped.bound + 1e-9
    if certify_value(claims, limits_of(claims, push=False), fast).holds[0]:
        assert found.quantity.tolist() == fast.quantity[0].tolist()


@pytest.mark.parametrize("seed", seeds("exact_instances"))
def test_a_certificate_holds_for_equal_packs_and_not_when_a_pack_is_moved_for_the_worse(seed: int) -> None:
    available, claims = drawn(seed, alike=True, items=3)
    limits = limits_of(claims, push=False)
    fast = share_stepwise(available, claims, "marginal_value")
    certificate = certify_value(claims, limits, fast)
    assert certificate.holds.all()
    draw = np.random.default_rng(seed)
    for item in range(3):
        assert value_of(claims, fast.quantity[item], item) == pytest.approx(
            best_of(available[item], claims, fast, item), abs=TOLERANCE
        )
        spare = claims.free[item] & (fast.quantity[item] > fast.presentation[item])
        takes = claims.free[item] & (fast.quantity[item] + claims.pack[item] <= limits.most[item])
        for giver, taker in product(np.flatnonzero(spare), np.flatnonzero(takes)):
            if giver == taker or draw.random() < 0.5:
                continue
            worse = moved(fast, item, int(giver), int(taker), claims.pack)
            lost = value_of(claims, fast.quantity[item], item) - value_of(claims, worse.quantity[item], item)
            assert lost > -TOLERANCE
            assert lost < TOLERANCE or not certify_value(claims, limits, worse).holds[item]


def moved(shares: Shares, item: int, giver: int, taker: int, pack: FloatArray) -> Shares:
    quantity = shares.quantity.copy()
    quantity[item, giver] -= pack[item, giver]
    quantity[item, taker] += pack[item, taker]
    return replace(shares, quantity=quantity)


def plain(mean: list[float], margin: list[float], pack: list[float], *, need: list[float] | None = None) -> Claims:
    """Claims of one item with demand known for sure and nothing in stock."""
    shape = (1, len(mean))
    zero = np.zeros(shape)

    def row(values: list[float]) -> FloatArray:
        return np.array([values], dtype=np.float64)

    priority: NDArray[np.int64] = np.ones(shape, dtype=np.int64)
    return Claims(
        zero, row(mean if need is None else need), row(pack), row(pack), zero, np.full(shape, np.inf), priority,
        row(mean), np.ones(shape, dtype=bool), np.full(shape, np.nan), None,
        PackValue(row(mean), zero, row(margin), zero, zero, zero),
    )  # fmt: skip


def test_the_price_of_the_last_pack_and_of_one_more_unit() -> None:
    # 8 units: A sells 6 at 5 a unit, B 6 at 3, in packs of 2: A gets 6, B 2; the last pack earned 3 a unit, one more
    # would earn 3 again. With 20 units all is sold and one more is worth nothing.
    claims = plain([6, 6], [5, 3], [2, 2])
    limits = limits_of(claims, push=False)
    scarce = certify_value(claims, limits, share_stepwise(np.array([8.0]), claims, "marginal_value"))
    assert (scarce.last[0], scarce.following[0], scarce.price[0], scarce.holds[0]) == (3, 3, 3, True)
    ample = certify_value(claims, limits, share_stepwise(np.array([20.0]), claims, "marginal_value"))
    assert (ample.last[0], ample.price[0], ample.holds[0]) == (3, 0, True)
    assert np.isnan(ample.following[0])


def test_a_pack_left_behind_or_given_for_nothing_is_found() -> None:
    # packs of 2; A sells 6 at 5 a unit, B 6 at 3, and both may receive 8
    claims = plain([6, 6], [5, 3], [2, 2], need=[8, 8])
    limits = limits_of(claims, push=False)

    def holds(quantity: list[float], left: float) -> bool:
        shares = Shares(np.array([quantity]), np.zeros((1, 2)), np.array([left]), np.zeros((1, 2), dtype=np.int8))
        return bool(certify_value(claims, limits, shares).holds[0])

    assert holds([6, 2], 1)
    assert not holds([6, 2], 2)
    assert holds([6, 6], 9)
    assert not holds([8, 6], 7)


def test_a_presentation_minimum_that_sells_nothing_stays() -> None:
    # A sells 2 of the 4 units that it shows; the other 4 of 8 go to B, in a pack of 3
    claims = replace(plain([2, 6], [5, 3], [2, 3], need=[4, 6]), presentation=np.array([[4.0, 0.0]]))
    fast = share_stepwise(np.array([8.0]), claims, "marginal_value")
    found = exact_share(np.array([8.0]), claims, fast, 0)
    assert found.quantity.tolist() == [4, 3]
    assert (found.objective, found.optimal) == (2 * 5 + 3 * 3, True)


def test_with_ample_stock_different_packs_are_certified_and_with_scarce_stock_they_are_not() -> None:
    # 10 units: A's pack of 6 earns 10 a unit, B's packs of 5 earn 9: A alone 60, B twice 90; 16 units serve all
    claims = plain([6, 10], [10, 9], [6, 5])
    limits = limits_of(claims, push=False)
    fast = share_stepwise(np.array([10.0]), claims, "marginal_value")
    assert fast.quantity.tolist() == [[6, 0]]
    assert not certify_value(claims, limits, fast).holds[0]
    found = exact_share(np.array([10.0]), claims, fast, 0)
    assert found.quantity.tolist() == [0, 10]
    assert (found.objective, found.bound, found.optimal) == (90, 90, True)
    ample = share_stepwise(np.array([16.0]), claims, "marginal_value")
    assert certify_value(claims, limits, ample).holds[0]


def test_pushed_stock_is_no_longer_limited_by_need() -> None:
    claims = plain([6, 10], [10, 9], [6, 5], need=[6, 5])
    fast = share_stepwise(np.array([10.0]), claims, "marginal_value")
    assert exact_share(np.array([10.0]), claims, fast, 0).quantity.tolist() == [6, 0]
    pushed = share_stepwise(np.array([10.0]), claims, "marginal_value", push=True)
    assert exact_share(np.array([10.0]), claims, pushed, 0, push=True).quantity.tolist() == [0, 10]


class Days:
    """Cover of stock that sells at the same rate every day."""

    def __init__(self, rate: FloatArray) -> None:
        self.rate = rate

    def days(self, units: FloatArray) -> FloatArray:
        return units / self.rate


def test_a_certificate_of_cover_compares_the_longest_cover_given_with_the_shortest_left() -> None:
    cover: Any = Days(np.array([[1.0, 2.0]]))
    claims = replace(plain([10, 10], [1, 1], [1, 1]), cover=cover, value=None)
    limits = limits_of(claims, push=False)

    def of(quantity: list[float]) -> Shares:
        given = np.array([quantity])
        return Shares(given, np.zeros((1, 2)), 9 - given.sum(axis=1), np.zeros((1, 2), dtype=np.int8))

    # A sells 1 a day, B 2: 3 and 6 last three days each; before their last packs 2 and 2.5 days
    good = certify_cover(claims, limits, of([3.0, 6.0]))
    assert (good.last[0], good.following[0], good.holds[0]) == (2.5, 3, True)
    # 5 and 4: A's last pack came at a cover of 4, while B stood at 2
    bad = certify_cover(claims, limits, of([5.0, 4.0]))
    assert (bad.last[0], bad.following[0], bad.holds[0]) == (4, 2, False)
    # a pack is left that either could take
    assert not certify_cover(claims, limits, of([3.0, 5.0])).holds[0]


def test_a_block_without_claims_is_certified() -> None:
    claims = plain([0, 0], [1, 1], [1, 1])
    shares = share_stepwise(np.array([5.0]), claims, "marginal_value")
    found = certify_value(claims, limits_of(claims, push=False), shares)
    assert (found.price[0], found.holds[0]) == (0, True)
    assert np.isnan([found.last[0], found.following[0]]).all()
    alone = exact_share(np.array([5.0]), claims, shares, 0)
    assert (alone.quantity.tolist(), alone.objective, alone.optimal) == ([0, 0], 0, True)


def test_claims_without_value_or_cover_are_refused() -> None:
    claims = replace(plain([1], [1], [1]), value=None)
    shares = Shares(np.zeros((1, 1)), np.zeros((1, 1)), np.ones(1), np.zeros((1, 1), dtype=np.int8))
    limits = limits_of(claims, push=False)
    for refused in (
        lambda: exact_share(np.ones(1), claims, shares, 0),
        lambda: certify_value(claims, limits, shares),
        lambda: certify_cover(claims, limits, shares),
    ):
        with pytest.raises(ValueError, match=r"needs claims with the (value|cover) of"):
            refused()


def test_gains_of_what_is_sold_at_a_loss_do_not_rise() -> None:
    # A loses 3 on each of the 2 units sold, nothing on those left over; B earns 4 on 3: the rest stays at the source
    claims = plain([2, 3], [-3, 4], [1, 1])
    assert claims.value is not None
    ones = np.ones((1, 2))
    lanes = SourceLanes(np.array([4.0]), ones, ones, ones)
    gains = arriving_gains(claims.value, claims.stock[0], np.array([4.0, 3.0]), lanes)
    assert np.nan_to_num(gains).tolist() == [[-3] * 4, [4] * 3 + [0]]
    assert most_valuable_sources(lanes, gains, np.zeros((1, 2))).quantity.tolist() == [[0, 3]]


def test_gains_of_what_arrives_feed_the_choice_among_sources() -> None:
    # Two sources with 4 units each. A sells 6 at 5 a unit, B 3 at 4. A costs 1 from the first and 4.5 from the
    # second, B 1 from both: the first serves A with 4, the second B with 3 and A with 1: 16 + 9 + 0.5.
    claims = plain([6, 3], [5, 4], [1, 1])
    assert claims.value is not None
    ones = np.ones((2, 2))
    lanes = SourceLanes(np.array([4.0, 4.0]), np.array([[1, 1], [4.5, 1]]), ones, ones)
    gains = arriving_gains(claims.value, claims.stock[0], np.array([6.0, 3.0]), lanes)
    assert np.nan_to_num(gains).tolist() == [[5] * 6, [4] * 3 + [0] * 3]
    found = most_valuable_sources(lanes, gains, np.zeros((2, 2)))
    assert found.quantity.tolist() == [[4, 0], [1, 3]]
    assert (found.objective, found.optimal) == (25.5, True)
