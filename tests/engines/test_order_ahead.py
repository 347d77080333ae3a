"""What a maximum order cuts goes to the nearest earlier dates with room: by hand, and against a programme."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moselle_nb.engines.netting import CAPPED, CONFLICT_MAX_ORDER, NettingResult, OrderRules, net, unserved_with_orders
from tests.effort import count, seeds
from tests.engines.rows import Rows, windows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from moselle_nb.engines.netting import Windows

FOUR = windows([2, 4, 6, 8], [3, 5, 7, 9])
"""Four orders that carry two days each."""


def dated(max_order: Sequence[float], *, moq: float = 0, multiple: float = 1) -> OrderRules:
    """Make the rules of one row with a maximum order of its own on every date."""
    largest = np.array(max_order, dtype=np.float64)[:, None]
    least, lots = (np.array([[value]], dtype=np.float64) for value in (moq, multiple))
    return OrderRules(least, lots, largest, np.array([[np.inf]]), np.array([[False]]))


def placed(rows: Rows, rules: OrderRules, *, ahead: bool = True, fixed: Sequence[float] | None = None) -> NettingResult:
    """Orders of one row, equal in both layouts."""
    edits = None if fixed is None else np.array(fixed, dtype=np.float64)[:, None]
    by_day, closed = (net(p, FOUR, rules, fixed=edits, order_ahead=ahead) for p in rows.both(9))
    assert by_day.suggested.tolist() == closed.suggested.tolist()
    assert by_day.flags.tolist() == closed.flags.tolist()
    return by_day


def orders(result: NettingResult) -> list[float]:
    return [float(units) for units in result.suggested[:, 0]]


# 10 a day on days 0 to 5 and 8, 9; 40 on days 6 and 7: the windows need 20, 20, 80 and 20; opening stock ends on day 1
PEAK = [[10, 10, 10, 10, 10, 10, 40, 40, 10, 10]]


def test_without_it_the_peak_stays_unserved() -> None:
    found = placed(Rows(PEAK, [20]), dated([40] * 4), ahead=False)
    assert orders(found) == [20, 20, 40, 20]
    assert found.flags[:, 0].tolist() == [0, 0, CAPPED, 0]


def test_the_nearest_earlier_dates_with_room_take_it() -> None:
    # the third order may bring 40 of 80: the second brings 20 more, which fills it, and the first the last 20
    found = placed(Rows(PEAK, [20]), dated([40] * 4))
    assert orders(found) == [40, 40, 40, 20]
    assert not found.flags.any()
    # with room for 60, the date before takes all of it
    assert orders(placed(Rows(PEAK, [20]), dated([60] * 4))) == [20, 40, 60, 20]


def test_what_no_earlier_date_could_take_is_capped_where_it_is_missing() -> None:
    # 30 each: 60 before the peak, 40 of them needed, and 30 on its date. 80 - 20 - 30 are missing there and only there
    found = placed(Rows(PEAK, [20]), dated([30] * 4))
    assert orders(found) == [30, 30, 30, 20]
    assert found.flags[:, 0].tolist() == [0, 0, CAPPED, 0]


def test_a_date_that_orders_nothing_by_itself_does_when_later_ones_need_it() -> None:
    # 100 on hand last for days 0 to 5: the first two windows need nothing, the peak does
    demand = [[10] * 6 + [40, 40, 10, 10]]
    assert orders(placed(Rows(demand, [60]), dated([50] * 4))) == [0, 30, 50, 20]


def test_an_edit_changes_nothing_before_it() -> None:
    # The peak needs 80 of which 60 may be ordered: the other 20 come on the second date. Fixed at 0, it brings none of
    # them; what was suggested on the first date stays, and the third orders as much as it may.
    assert orders(placed(Rows(PEAK, [20]), dated([60] * 4))) == [20, 40, 60, 20]
    found = placed(Rows(PEAK, [20]), dated([60] * 4), fixed=[np.nan, 0, np.nan, np.nan])
    assert found.quantity[:, 0].tolist() == [20, 0, 60, 20]
    assert found.suggested[1, 0] == 40
    # Of 60 fixed on the second date the third knows: it needs 20 less.
    found = placed(Rows(PEAK, [20]), dated([60] * 4), fixed=[np.nan, 60, np.nan, np.nan])
    assert found.quantity[:, 0].tolist() == [20, 60, 40, 20]


@given(st.integers(0, 2**32 - 1), st.integers(0, 5), st.integers(0, 90))
@settings(max_examples=count("properties"))
def test_no_edit_ever_changes_an_earlier_suggestion(seed: int, place: int, units: int) -> None:
    drawn = Draw(seed)
    place = min(place, drawn.count - 1)
    fixed = np.full((drawn.count, 1), np.nan)
    fixed[place] = units
    position = drawn.rows.daily(drawn.ends[-1], backorder=drawn.backorder)
    with_edit, without = (net(position, drawn.windows, dated(drawn.largest), fixed=edits) for edits in (fixed, None))
    np.testing.assert_array_equal(with_edit.suggested[: place + 1], without.suggested[: place + 1])


def test_room_is_the_largest_legal_order() -> None:
    # multiples of 16 up to 40: 32 fit. The peak needs 80 - 32 = 48 earlier: 32 + 32 before, 40 of them needed there
    found = placed(Rows(PEAK, [20]), dated([40] * 4, multiple=16))
    assert orders(found) == [32, 32, 32, 32]
    # a MOQ above the maximum order leaves no room anywhere
    nothing = placed(Rows(PEAK, [20]), dated([40] * 4, moq=50))
    assert orders(nothing) == [0, 0, 0, 0]
    assert (nothing.flags[:, 0] & CONFLICT_MAX_ORDER).all()


def test_a_conflict_is_no_conflict_when_an_earlier_date_covers_it() -> None:
    # nothing may be ordered on the third date: the second brings its 80 besides its own 20
    found = placed(Rows(PEAK, [20]), dated([np.inf, np.inf, 0, np.inf]))
    assert orders(found) == [20, 100, 0, 20]
    assert not found.flags.any()


def test_backlog_is_moved_too() -> None:
    position = Rows(PEAK, [20]).daily(9, backorder=True)
    assert orders(net(position, FOUR, dated([40] * 4))) == [40, 40, 40, 20]


class Draw:
    """One row with a maximum order by date, edits now and then."""

    def __init__(self, seed: int) -> None:
        rng = random.Random(seed)  # noqa: S311 (a test's instance, not a secret)
        self.count = rng.randint(1, 6)
        lengths = [rng.choice((1, 2, 3)) for _ in range(self.count)]
        first = rng.randint(0, 2)
        self.arrivals = [first + sum(lengths[:k]) for k in range(self.count)]
        self.ends = [start + days - 1 for start, days in zip(self.arrivals, lengths, strict=True)]
        last = self.ends[-1]
        self.rows = Rows(
            [[rng.choice((0, rng.randint(0, 9), rng.randint(0, 60))) for _ in range(last + 1)]], [rng.randint(0, 60)],
            receipts=[{rng.randint(0, last): rng.randint(1, 50)} if rng.random() < 0.4 else {}],
        )  # fmt: skip
        self.largest = [rng.choice((0, 5, 20, 40, 90, np.inf)) for _ in range(self.count)]
        self.backorder = rng.random() < 0.5

    @property
    def windows(self) -> Windows:
        return windows(self.arrivals, self.ends)

    def result(self, *, ahead: bool) -> NettingResult:
        position = self.rows.daily(self.ends[-1], backorder=self.backorder)
        return net(position, self.windows, dated(self.largest), order_ahead=ahead)

    def unserved(self, quantity: np.ndarray) -> float:
        position = self.rows.daily(self.ends[-1], backorder=self.backorder)
        return float(unserved_with_orders(position, self.windows, quantity, self.ends[-1])[0])

    def held(self, quantity: np.ndarray) -> float:
        """Days from each ordered unit's arrival to the end: the more, the earlier it was ordered."""
        return float(sum(units * (self.ends[-1] - day) for units, day in zip(quantity, self.arrivals, strict=True)))


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=count("properties"))
def test_it_never_leaves_more_unserved(seed: int) -> None:
    drawn = Draw(seed)
    with_it, without = drawn.result(ahead=True), drawn.result(ahead=False)
    assert drawn.unserved(with_it.quantity) <= drawn.unserved(without.quantity)
    assert (with_it.quantity[:, 0] <= np.array(drawn.largest)).all()
    if not (without.flags & (CAPPED | CONFLICT_MAX_ORDER)).any():
        assert with_it.quantity.tolist() == without.quantity.tolist()


@pytest.mark.parametrize("seed", seeds("order_ahead"))
def test_it_is_the_latest_of_the_plans_that_lose_least(seed: int) -> None:
    """HiGHS: least lost demand, then the latest whole orders that keep it there."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    drawn = Draw(seed)
    drawn.backorder = False
    last, count_ = drawn.ends[-1], drawn.count
    demand = np.array(drawn.rows.demand[0], dtype=float)
    received = np.zeros(last + 1)
    for day, units in drawn.rows.receipts[0].items():
        received[day] += units
    days = last + 1
    # orders, then sales per day: what is sold by day t is there by day t
    arrived = np.array([[float(day <= t) for day in drawn.arrivals] for t in range(days)])
    flow = LinearConstraint(
        np.hstack([-arrived, np.tril(np.ones((days, days)))]), -np.inf, drawn.rows.opening[0] + np.cumsum(received)
    )
    top = np.minimum(np.array(drawn.largest), demand.sum() + 1)
    bounds = Bounds(np.zeros(count_ + days), np.concatenate([top, demand]))
    whole = np.concatenate([np.ones(count_), np.zeros(days)])
    sold = np.concatenate([np.zeros(count_), np.ones(days)])
    most = milp(-sold, constraints=flow, bounds=bounds, integrality=whole)
    assert most.fun is not None
    early = np.concatenate([last - np.array(drawn.arrivals, dtype=float), np.zeros(days)])
    few = np.concatenate([np.ones(count_), np.zeros(days)])
    kept = LinearConstraint(sold, round(-most.fun) - 1e-6, np.inf)
    latest = milp(early + 1e-3 * few, constraints=[flow, kept], bounds=bounds, integrality=whole)
    assert latest.x is not None
    found = drawn.result(ahead=True).quantity
    assert drawn.unserved(found) == pytest.approx(float(demand.sum()) + most.fun, abs=1e-6)
    if not drawn.rows.receipts[0]:
        assert drawn.held(found[:, 0]) == pytest.approx(drawn.held(np.round(latest.x[:count_])), abs=1e-6)
