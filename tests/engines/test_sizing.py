"""From a need to a legal order: each rule by itself, then against one another."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moselle_nb.engines.sizing import (
    CAPPED,
    CONFLICT_MAX_ORDER,
    CONFLICT_MAX_STOCK,
    MOQ_RAISED,
    OVER_MAX_STOCK,
    LotRules,
    size_orders,
)

INF = float("inf")


def lot(moq: float, multiple: float, max_order: float, max_stock: float, *, hard: bool = False) -> LotRules:
    least, multiples, largest, limit = np.array([moq, multiple, max_order, max_stock], dtype=np.float64)[:, None]
    return LotRules(least, multiples, largest, limit, np.array([hard]))


def sized(need: float, rules: LotRules, *, bare: float | None = None, stock: float = 0.0) -> tuple[float, int]:
    without = need if bare is None else bare
    needs = np.array([[need], [without], [stock]], dtype=np.float64)
    step = size_orders(needs[0], needs[1], needs[2], rules)
    return float(step.quantity[0]), int(step.flags[0])


@pytest.mark.parametrize(
    ("need", "bare", "quantity"),
    [
        (-3.0, -5.0, 0),  # nothing is missing
        (0.0, -1.0, 0),
        (0.25, 0.25, 1),  # a quarter of a unit of demand is a unit
        (0.25, 0.0, 0),  # a quarter of safety stock is not
        (0.5, -2.0, 1),  # half a unit of safety stock is
        (7.001, 7.001, 8),
    ],
)
def test_a_need_is_rounded_up_and_little_safety_stock_can_wait(need: float, bare: float, quantity: float) -> None:
    assert sized(need, lot(0, 1, INF, INF), bare=bare) == (quantity, 0)


@pytest.mark.parametrize(
    ("need", "moq", "multiple", "quantity", "flags"),
    [
        (5, 0, 12, 12, 0),
        (13, 0, 12, 24, 0),
        (5, 8, 1, 8, MOQ_RAISED),
        (5, 8, 6, 12, MOQ_RAISED),  # the multiple alone would order 6
        (5, 6, 12, 12, 0),  # the multiple alone orders 12 as well
        (9, 8, 1, 9, 0),
    ],
)
def test_moq_first_then_up_to_the_multiple(
    need: float, moq: float, multiple: float, quantity: float, flags: int
) -> None:
    assert sized(need, lot(moq, multiple, INF, INF)) == (quantity, flags)


@pytest.mark.parametrize(
    ("need", "moq", "multiple", "largest", "quantity", "flags"),
    [
        (50, 0, 1, 40, 40, CAPPED),
        (50, 0, 12, 40, 36, CAPPED),  # 40 down to a multiple
        (5, 30, 12, 35, 0, MOQ_RAISED | CONFLICT_MAX_ORDER),  # 24 fits under 35 and is below the MOQ of 30
        (5, 0, 12, 7, 0, CONFLICT_MAX_ORDER),
        (5, 0, 1, 0, 0, CONFLICT_MAX_ORDER),
    ],
)
def test_a_maximum_order_caps_or_conflicts(
    need: float, moq: float, multiple: float, largest: float, quantity: float, flags: int
) -> None:
    assert sized(need, lot(moq, multiple, largest, INF)) == (quantity, flags)


def test_a_maximum_stock_leaves_room_for_less() -> None:
    # 100 may lie there, 71.5 do: 28 fit, down to a multiple of 12
    assert sized(50, lot(0, 12, INF, 100), stock=71.5) == (24, CAPPED)


def test_where_nothing_legal_fits_the_smallest_order_serves_demand() -> None:
    assert sized(50, lot(30, 12, INF, 100), stock=80) == (36, OVER_MAX_STOCK)


def test_a_breach_of_safety_stock_alone_does_not_exceed_the_maximum_stock() -> None:
    assert sized(50, lot(30, 12, INF, 100), bare=-1, stock=80) == (0, 0)


def test_a_hard_maximum_stock_is_never_exceeded() -> None:
    assert sized(50, lot(30, 12, INF, 100, hard=True), stock=80) == (0, CONFLICT_MAX_STOCK)


def test_what_waits_for_the_next_date_is_not_said_of_an_order_that_was_replaced() -> None:
    # capped to 48 by the maximum order; no 24 fits under the maximum stock, so the smallest is placed
    assert sized(60, lot(24, 24, 50, 100), stock=90) == (24, OVER_MAX_STOCK)


quantities = st.integers(0, 400).map(float)


@given(
    need=st.integers(-400 * 1024, 400 * 1024).map(lambda steps: steps / 1024), moq=quantities,
    multiple=st.integers(1, 60).map(float), largest=quantities, limit=quantities, stock=quantities, hard=st.booleans(),
)  # fmt: skip
def test_every_order_is_legal(
    need: float, moq: float, multiple: float, largest: float, limit: float, stock: float, *, hard: bool
) -> None:
    quantity, flags = sized(need, lot(moq, multiple, largest, limit, hard=hard), stock=stock)
    assert quantity == 0 or (quantity % multiple == 0 and moq <= quantity <= largest)
    assert quantity == 0 or need > 0
    assert quantity <= max(limit - stock, 0) or (flags & OVER_MAX_STOCK and not hard)
