"""Sharing by hand: every method and every rule that stops a location, on one item."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from moselle_nb.engines.sharing import METHODS, share, share_stepwise
from moselle_nb.engines.sharing_claims import (
    BELOW_TRANSFER_MINIMUM,
    CAPACITY,
    NEED_MET,
    NO_STOCK_LEFT,
    NO_VALUE,
    PACK_EXCEEDS_STOCK,
)
from tests import effort
from tests.engines.claims import NONE, one_item, worth
from tests.engines.random_claims import random_block, turned_locations

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.sharing import Claims


def given(available: float, claims: Claims, method: str, **options: Any) -> list[float]:
    """Share one item both ways."""
    slow = share_stepwise(np.array([available]), claims, method, **options)
    fast = share(np.array([available]), claims, method, **options)
    assert fast.quantity.tolist() == slow.quantity.tolist()
    assert fast.stopped.tolist() == slow.stopped.tolist()
    return fast.quantity[0].tolist()


def stopped(available: float, claims: Claims, method: str, **options: Any) -> list[int]:
    given(available, claims, method, **options)
    return share(np.array([available]), claims, method, **options).stopped[0].tolist()


def test_equal_runout_levels_the_days_that_stock_lasts() -> None:
    # 10, 5 and 1 a day with 20, 5 and 9 in stock last 2, 1 and 9 days. 16 more: the first two to 50/15 days,
    # 13.33 and 11.67 units; each pack goes to the lower of cover 2 + k/10 and 1 + m/5
    claims = one_item([10, 5, 1], [100, 100, 100], stock=[20, 5, 9], demand=[70, 35, 7])
    assert given(16, claims, "equal_runout") == [7, 9, 0]


def test_at_the_same_cover_priority_then_demand_then_place_decides() -> None:
    claims = one_item([1, 1, 1, 1], [9] * 4, priority=[2, 1, 1, 1], demand=[50, 7, 8, 8])
    assert [given(n, claims, "equal_runout") for n in (1, 2, 3, 4)] == [
        [0, 0, 1, 0], [0, 0, 1, 1], [0, 1, 1, 1], [1, 1, 1, 1],
    ]  # fmt: skip


def test_receipts_count_on_their_days() -> None:
    # both have 10 for 5 a day; the second gets 20 on day 1, so its 10 last 6 days
    claims = one_item([5, 5], [99, 99], stock=[10, 10], receipts=[{}, {1: 20}])
    assert given(20, claims, "equal_runout") == [20, 0]
    # on day 3 they come too late for what runs out on day 2: the units that reach them bring 20 more at once
    late = one_item([5, 5], [99, 99], stock=[10, 10], receipts=[{}, {3: 20}])
    assert given(22, late, "equal_runout") == [16, 6]


def test_priority_serves_one_tier_after_the_other() -> None:
    claims = one_item([1, 1, 1], [4, 10, 10], priority=[2, 1, 1])
    assert given(13, claims, "priority") == [0, 7, 6]
    assert given(22, claims, "priority") == [2, 10, 10]


def test_even_gives_each_the_same() -> None:
    claims = one_item([9, 1, 1], [3, 10, 10], demand=[1, 2, 3])
    assert given(12, claims, "even") == [3, 4, 5]


def test_proportional_shares_need_and_gives_leftovers_by_the_largest_fraction() -> None:
    # 10 of 8 + 5 + 3: 5, 3.125 and 1.875
    claims = one_item([1, 1, 1], [8, 5, 3])
    assert given(10, claims, "proportional") == [5, 3, 2]
    # in packs of 4: 1.25, 0.78 and 0.47 packs of 10 units; one of 4 is left for the second
    packs = one_item([1, 1, 1], [8, 5, 3], pack=[4, 4, 4])
    assert given(10, packs, "proportional") == [4, 4, 0]


def test_marginal_value_gives_where_the_next_unit_earns_most() -> None:
    # without deviation each unit up to mean demand earns its margin, the next ones nothing
    claims = worth(one_item([1, 1], [9, 9]), [3, 3], [0, 0], [5, 8], holding=[1, 1])
    assert given(5, claims, "marginal_value") == [2, 3]
    assert given(9, claims, "marginal_value") == [3, 3]
    assert stopped(9, claims, "marginal_value") == [NO_VALUE, NO_VALUE]


def test_proportional_is_exact_where_products_pass_64_bits() -> None:
    # 2**32 + 1 units for needs of 2, 1 and 1 times 2**31: 2**31, 2**30 and 2**30 units and 1/2, 1/4 and 1/4 of one
    claims = one_item([1] * 3, [2.0**32, 2.0**31, 2.0**31])
    shares = share(np.array([2.0**32 + 1]), claims, "proportional")
    assert shares.quantity.tolist() == [[2.0**31 + 1, 2.0**30, 2.0**30]]
    assert shares.left.tolist() == [0]


def test_what_is_sold_at_a_loss_stays() -> None:
    # certain and uncertain demand of 8, bought dearer than sold; the third earns 1
    claims = worth(one_item([1] * 3, [8] * 3), [8] * 3, [0, 3, 3], [-5, -5, 1])
    assert given(20, claims, "marginal_value") == [0, 0, 8]
    assert given(3, claims, "marginal_value", push=True) == [0, 0, 3]
    held = worth(one_item([1] * 2, [8] * 2), [8] * 2, [3, 3], [-5, -5], holding=[1, 9])
    assert given(20, held, "marginal_value") == [0, 0]


def test_marginal_value_of_a_hundred_million_single_units() -> None:
    # same demand, so both get half; every unit far below the mean is worth the same
    claims = worth(one_item([1] * 2, [1e8] * 2), [1e8] * 2, [1e7] * 2, [5] * 2, holding=[1] * 2)
    shares = share(np.array([1.6e8]), claims, "marginal_value")
    assert shares.quantity.sum() == 1.6e8
    assert shares.quantity.max() - shares.quantity.min() < 2e3


def test_marginal_value_of_normal_demand() -> None:
    # m = 1, no holding: a unit at y earns P(D > y); the same mean, the wider one earns less below it and more above
    claims = worth(one_item([1, 1], [20, 20], pack=[5, 5]), [10, 10], [1, 5], [1, 1])
    assert given(5, claims, "marginal_value") == [5, 0]
    assert given(25, claims, "marginal_value") == [10, 15]


def test_a_unit_that_costs_more_to_move_than_it_earns_stays() -> None:
    claims = worth(one_item([1, 1], [9, 9]), [9, 9], [0, 0], [5, 5], transfer_cost=[6, 4])
    assert given(20, claims, "marginal_value") == [0, 9]


@pytest.mark.parametrize("method", ["equal_runout", "priority", "proportional", "even"])
def test_the_presentation_minimum_comes_first(method: str) -> None:
    # 4 and 6 are to lie in the stores, 1 lies in the first; 1/4 against 0/6: the second first, then in turn
    claims = one_item([100, 1], [50, 6], stock=[1, 0], presentation=[4, 6])
    assert given(4, claims, method) == [1, 3]
    found = share(np.array([9.0]), claims, method)
    assert found.presentation.tolist() == [[3, 6]]


@pytest.mark.parametrize("method", METHODS)
def test_every_rule_that_stops_a_location_is_named(method: str) -> None:
    claims = one_item(
        [1, 1, 1, 1], [4, 3, 8, 2], pack=[1, 1, 1, 1], first_pack=[1, 1, 1, 5], room=[9, 2, 9, 9],
        fixed=[NONE, NONE, 3, NONE],
    )  # fmt: skip
    claims = worth(claims, [9] * 4, [0] * 4, [1] * 4)
    assert given(20, claims, method) == [4, 2, 3, 0]
    assert stopped(20, claims, method) == [NEED_MET, CAPACITY, NEED_MET, BELOW_TRANSFER_MINIMUM]


@pytest.mark.parametrize("method", METHODS)
def test_a_pack_that_does_not_fit_leaves_stock_for_others(method: str) -> None:
    claims = worth(one_item([5, 1], [20, 3], pack=[10, 1], demand=[9, 1]), [20, 3], [0, 0], [2, 1])
    found = share(np.array([12.0]), claims, method)
    assert given(12, claims, method) == [10, 2]
    assert found.stopped.tolist() == [[NO_STOCK_LEFT, NO_STOCK_LEFT]]
    assert stopped(17, claims, method) == [PACK_EXCEEDS_STOCK, NEED_MET]


@pytest.mark.parametrize("method", ["equal_runout", "even", "proportional"])
def test_push_sends_everything_that_fits(method: str) -> None:
    claims = one_item([1, 1], [2, 2], room=[np.inf, 5])
    assert given(20, claims, method, push=True) == [15, 5]


def test_what_is_held_is_taken_out_first_and_cannot_exceed_stock() -> None:
    claims = one_item([1, 1], [9, 9], fixed=[NONE, 7])
    assert given(10, claims, "equal_runout") == [3, 7]
    with pytest.raises(ValueError, match="has 6 units and 7 held by edits and locks"):
        share(np.array([6.0]), claims, "equal_runout")


def test_an_unknown_method_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"equal_runout, proportional, .* got 'fair'"):
        share(np.array([6.0]), one_item([1], [1]), "fair")


@pytest.mark.parametrize("method", METHODS)
def test_many_packs_at_once_give_what_one_pack_at_a_time_gives(method: str) -> None:
    for seed in effort.seeds("shared_blocks"):
        available, claims = random_block(seed, plain=seed % 5 == 0)
        push = seed % 3 == 0
        fast, slow = (way(available, claims, method, push=push) for way in (share, share_stepwise))
        for name in ("quantity", "presentation", "left", "stopped"):
            np.testing.assert_array_equal(getattr(fast, name), getattr(slow, name), f"seed {seed}: {name}")


@pytest.mark.parametrize("method", METHODS)
def test_every_rule_holds_on_random_blocks(method: str) -> None:
    for seed in effort.seeds("shared_blocks"):
        available, claims = random_block(seed)
        found = share(available, claims, method)
        sent = np.where(claims.free, found.quantity, 0.0)
        assert (found.quantity.sum(axis=1) + found.left == available).all()
        assert (found.left >= 0).all()
        assert (sent >= 0).all()
        assert (sent % claims.pack == 0).all()
        assert (sent <= claims.room).all()
        assert (sent < claims.need + claims.pack).all()
        assert ((sent == 0) | (sent >= claims.first_pack)).all()
        assert (found.quantity == np.where(claims.free, sent, np.nan_to_num(claims.fixed))).all()


@pytest.mark.parametrize("method", METHODS)
def test_items_and_locations_in_another_order_get_the_same(method: str) -> None:
    for seed in effort.seeds("shared_blocks"):
        (available, claims), (_, turned) = random_block(seed), random_block(seed, turned=True)
        items = np.random.default_rng(seed).permutation(len(available))
        locations = turned_locations(seed, claims.need.shape[1])
        found = share(available, _no_ties(claims, np.arange(len(locations))), method)
        again = share(available[items], _no_ties(turned, locations).take(items), method)
        np.testing.assert_array_equal(found.quantity[items][:, locations], again.quantity, f"seed {seed}")


def _no_ties(claims: Claims, locations: NDArray[np.intp]) -> Claims:
    """Let demand decide between all locations, so that their order never does."""
    return replace(claims, demand=claims.demand + locations / 2**20)


def test_more_stock_never_gives_a_location_less_where_packs_are_units() -> None:
    for seed in effort.seeds("shared_blocks"):
        available, claims = random_block(seed, plain=True)
        less, more = (share(available + extra, claims, "equal_runout").quantity for extra in (0, 1 + seed % 7))
        assert (less <= more).all(), f"seed {seed}"


def test_nobody_above_the_cover_of_one_who_could_take_a_pack() -> None:
    for seed in effort.seeds("shared_blocks"):
        available, claims = random_block(seed, plain=True)
        found, cover = share(available, claims, "equal_runout"), claims.cover
        assert cover is not None
        before_last = cover.days(claims.stock + np.maximum(found.quantity - 1, 0))
        highest = np.where(found.quantity > 0, before_last, -1.0).max(axis=1)
        waiting = found.quantity < claims.need
        lowest = np.where(waiting, cover.days(claims.stock + found.quantity), np.inf).min(axis=1)
        assert (highest <= lowest).all(), f"seed {seed}"
