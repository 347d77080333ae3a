"""Several sources: each pack from the cheapest, then fastest, then first lane whose source still has one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moselle_nb.engines.several_sources import Lanes, Takers, share_from_sources
from moselle_nb.engines.sharing import Claims, share_stepwise
from tests.effort import count
from tests.plans.allocation_tables import allocated, lane, sent, tables

TWO = {"source": ("V", "W")}


def test_the_cheapest_lane_serves_until_its_source_is_empty() -> None:
    # S needs 10 days × 3 = 30. W costs less: its 12 units first, then 18 of V.
    found = tables({"V": 50, "W": 12}, {"S": 3}, [lane("V", "S", 2.0), lane("W", "S", 1.0)])
    assert sent(allocated(found, **TWO)) == {("W", "S"): 12, ("V", "S"): 18}


def test_of_equal_costs_the_faster_lane_and_then_the_first_source_serves() -> None:
    lanes = [lane("V", "S", days=3), lane("W", "S", days=1), lane("V", "T"), lane("W", "T")]
    found = tables({"V": 60, "W": 60}, {"S": 1, "T": 1}, lanes)
    # S is reached on day 1 and needs its days 1 to 9; T is reached today and needs 10.
    assert sent(allocated(found, **TWO)) == {("W", "S"): 9, ("V", "T"): 10}


def test_scarce_stock_goes_to_the_lowest_cover_that_a_lane_still_reaches() -> None:
    # V reaches S only. T, whose only source W has 4, stops at cover 2; S goes on to its need.
    found = tables({"V": 40, "W": 4}, {"S": 2, "T": 2}, [lane("V", "S", 1.0), lane("W", "S", 2.0), lane("W", "T")])
    assert sent(allocated(found, **TWO)) == {("V", "S"): 20, ("W", "T"): 4}


def test_each_location_with_a_source_of_its_own_keeps_its_own_need() -> None:
    # S comes after T in the order of sources, not in that of locations: needs 30 and 10.
    plan = allocated(tables({"V": 50, "W": 50}, {"S": 3, "T": 1}, [lane("V", "T"), lane("W", "S")]), **TWO)
    assert sent(plan) == {("V", "T"): 10, ("W", "S"): 30}
    assert plan.lines.set_index("location")["need"].to_dict() == {"S": 30, "T": 10}
    assert plan.check().ok, plan.check()


def test_shares_are_not_held_against_stock_that_cannot_come() -> None:
    # T's only source is empty; W's 15 units serve S alone, whose need is 30.
    found = tables({"V": 0, "W": 15}, {"S": 3, "T": 1}, [lane("V", "T"), lane("W", "S")])
    plan = allocated(found, method="proportional", **TWO)
    assert sent(plan) == {("W", "S"): 15}
    assert plan.check().ok, plan.check()


def test_packs_make_way_for_a_location_that_has_no_other_source() -> None:
    # V is the cheaper one for S and the only one for T. S takes V's units in turn with T until V is empty; then its own
    # give way, over W, to T's: both end with their need of 10.
    lanes = [lane("V", "S", 1.0), lane("W", "S", 2.0), lane("V", "T", 1.0)]
    plan = allocated(tables({"V": 10, "W": 30}, {"S": 1, "T": 1}, lanes), **TWO)
    assert sent(plan) == {("V", "T"): 10, ("W", "S"): 10}
    assert plan.check().ok, plan.check()
    # Held by a lock, four units of V at S do not.
    locked = plan.lock("A", "S", "2026-11-23", 4, source="V")
    assert sent(locked) == {("V", "S"): 4, ("W", "S"): 6, ("V", "T"): 6}
    assert locked.check().ok, locked.check()
    # Short of everything, both have the same: V's 6 to T, S's 6 from W.
    short = allocated(tables({"V": 6, "W": 6}, {"S": 1, "T": 1}, lanes), **TWO)
    assert sent(short) == {("V", "T"): 6, ("W", "S"): 6}


def test_packs_and_minimums_are_those_of_the_lane() -> None:
    # S needs 20. W is cheaper but sends tens: 10 of its 15. What is left to need, 10, goes by V in sixes: 12.
    lanes = [lane("V", "S", 2.0, pack=6), lane("W", "S", 1.0, pack=10)]
    found = tables({"V": 50, "W": 15}, {"S": 2}, lanes)
    assert sent(allocated(found, **TWO)) == {("W", "S"): 10, ("V", "S"): 12}
    # A least transfer of 18 units by V is more than the 12 that are wanted of it.
    lanes[0]["transfer_minimum"] = 18
    assert sent(allocated(tables({"V": 50, "W": 15}, {"S": 2}, lanes), **TWO)) == {("W", "S"): 10}


def test_marginal_value_counts_the_cost_of_each_lane() -> None:
    # A unit earns 5 − 2 = 3. By W it costs 1, by V 4: V never pays, so S gets the 12 units of W and no more.
    found = tables({"V": 50, "W": 12}, {"S": 3}, [lane("V", "S", 4.0), lane("W", "S", 1.0)])
    found["items"]["forecast_cv"] = 0.0
    plan = allocated(found, method="marginal_value", **TWO)
    assert sent(plan) == {("W", "S"): 12}
    lines = plan.lines[plan.lines["location"] == "S"]
    assert lines.set_index("source")["reason"].to_dict() == {"V": "no_value", "W": "no_stock_left"}


def test_each_gets_its_share_of_all_sources() -> None:
    # Needs 30 and 10, stock 12 + 8: shares 15 and 5. S takes W's 12 (cheaper) and 3 of V; T takes 5 of V.
    lanes = [lane("V", "S", 2.0), lane("W", "S", 1.0), lane("V", "T", 1.0), lane("W", "T", 2.0)]
    plan = allocated(tables({"V": 8, "W": 12}, {"S": 3, "T": 1}, lanes), method="proportional", **TWO)
    assert sent(plan) == {("W", "S"): 12, ("V", "S"): 3, ("V", "T"): 5}


class _Linear:
    """Cover of even demand, as far as the rule that goes pack by pack asks for it."""

    def __init__(self, demand: np.ndarray) -> None:
        self.demand = demand

    def days(self, units: np.ndarray) -> np.ndarray:
        """Return the days that units last."""
        return np.asarray(units / self.demand)


@given(st.integers(0, 2**32 - 1), st.sampled_from(["equal_runout", "priority", "even"]))
@settings(max_examples=count("properties"))
def test_one_source_shares_as_the_rule_for_one_source_does(seed: int, method: str) -> None:
    rng = np.random.default_rng(seed)
    size = int(rng.integers(1, 6))
    pack = rng.choice([1.0, 2.0, 5.0], size)
    first = pack * rng.integers(1, 4, size).astype(float)
    demand = rng.integers(1, 9, size).astype(float)
    stock, need = rng.integers(0, 9, size).astype(float), rng.integers(0, 30, size) / 2
    room = np.where(rng.random(size) < 0.3, rng.integers(0, 20, size).astype(float), np.inf)
    shown, priority = rng.choice([0.0, 0.0, 6.0], size), rng.integers(1, 3, size)
    need = np.maximum(need, np.maximum(shown - stock, 0))
    fixed = np.where(rng.random(size) < 0.2, 1.0, np.nan)
    available = np.array([float(rng.integers(size, 80))])
    claims = Claims(
        stock[None], need[None], pack[None], first[None], shown[None], room[None], priority[None], demand[None],
        np.ones((1, size), dtype=bool), fixed[None], _Linear(demand[None]),  # type: ignore[arg-type]
    )  # fmt: skip
    expected = share_stepwise(available, claims, method)
    takers = Takers(stock, need, shown, room, priority, demand, lambda j, units: units / demand[j])
    lanes = Lanes(np.zeros(size, dtype=np.int64), np.arange(size), pack, first, fixed)
    quantity, stopped = share_from_sources(available, takers, lanes, method)
    assert quantity.tolist() == expected.quantity[0].tolist()
    assert stopped.tolist() == expected.stopped[0].tolist()


def test_more_held_than_a_source_has_is_refused() -> None:
    one = np.ones(1)
    takers = Takers(one, one, 0 * one, one, np.ones(1, dtype=np.int64), one, lambda _, units: units)
    lanes = Lanes(np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64), one, one, 5 * one)
    with pytest.raises(ValueError, match=r"^Source 0 has 3 units and 5 held\.$"):
        share_from_sources(3 * one, takers, lanes, "even")
