"""Balances day by day, and for how many days stock lasts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moselle_nb.engines.projection import days_of_cover, project
from tests.engines.rows import Rows


def column(values: list[float]) -> np.ndarray:
    return np.array(values, dtype=np.float64)[:, None]


def test_lost_sales() -> None:
    # 12 on hand: 10, then 2 of 10, nothing of 10; 15 come: 10 and 5 are left
    found = project(column([10, 10, 10, 10]), column([0, 0, 0, 15]), np.array([12.0]), backorder=False)
    assert found.ending[:, 0].tolist() == [2, 0, 0, 5]
    assert found.sales[:, 0].tolist() == [10, 2, 0, 10]
    assert found.unserved[:, 0].tolist() == [0, 8, 10, 0]
    assert found.backlog[:, 0].tolist() == [0, 0, 0, 0]


def test_backorders() -> None:
    # 12 on hand: 8 wait on day 1, 18 on day 2; 15 come on day 3 and are shipped at once, 13 wait
    found = project(column([10, 10, 10, 10]), column([0, 0, 0, 15]), np.array([12.0]), backorder=True)
    assert found.ending[:, 0].tolist() == [2, 0, 0, 0]
    assert found.backlog[:, 0].tolist() == [0, 8, 18, 13]
    assert found.sales[:, 0].tolist() == [10, 2, 0, 15]
    assert found.unserved[:, 0].tolist() == [0, 8, 10, 10]


def test_an_opening_backlog_is_served_before_new_demand() -> None:
    found = project(column([3, 0]), column([0, 9]), np.array([-5.0]), backorder=True)
    assert found.backlog[:, 0].tolist() == [8, 0]
    assert found.ending[:, 0].tolist() == [0, 1]


units = st.lists(st.integers(0, 30).map(float), min_size=1, max_size=12)


@given(demand=units, opening=st.integers(-20, 60).map(float), backorder=st.booleans(), data=st.data())
def test_nothing_is_made_or_lost_but_unserved_demand(
    demand: list[float], opening: float, backorder: bool, data: st.DataObject
) -> None:
    receipts = data.draw(st.lists(st.integers(0, 30).map(float), min_size=len(demand), max_size=len(demand)))
    found = project(column(demand), column(receipts), np.array([opening]), backorder=backorder)
    start = max(opening, 0.0)
    assert start + sum(receipts) - found.sales.sum() == found.ending[-1, 0]
    assert (found.ending >= 0).all()
    assert (found.unserved <= column(demand)).all()
    if not backorder:
        assert (found.sales + found.unserved == column(demand)).all()


@pytest.mark.parametrize(
    ("stock", "days"),
    [
        (0, 0),
        (10, 1),  # day 1 exactly
        (15, 1.5),  # half of day 2
        (20, 2),
        (25, 4.25),  # day 3 asks for nothing; 5 of the 20 of day 4... 4 days and 5/20
    ],
)
def test_cover_is_walked_forward(stock: float, days: float) -> None:
    # what the end of day 0 has left must serve 10, 10, 0, 0, 20 …
    rows = Rows([[99, 10, 10, 0, 0, 20]], [0])
    found = days_of_cover(column([stock]), rows.compact().cumulative, np.array([1]))
    assert found[0, 0] == days


def test_cover_ends_after_a_year_and_means_nothing_without_demand() -> None:
    rows = Rows([[1, 1], [1, 0]], [0, 0], goes_on=True)
    cumulative = rows.compact().cumulative
    found = days_of_cover(np.array([[365.0, 3.0], [9e5, 0.0]]), cumulative, np.array([1, 1]))
    assert found[:, 0].tolist() == [365, 365]
    assert np.isnan(found[0, 1])
    assert found[1, 1] == 0
