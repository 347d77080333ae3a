"""Figures of the pools against the lines of the plan."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np
import pytest

from moselle_nb.plans.allocating.pools import PoolFigures
from tests.plans.allocations import allocation, lanes

if TYPE_CHECKING:
    import moselle_nb as mo

DAY, SECOND = "2026-11-23", "2026-11-30"


@pytest.fixture(scope="module")
def weekly() -> mo.AllocationPlan:
    """50 units over four weeks, 14 a week at each of two shops: 14 + 14, then 11 + 11, then nothing."""
    return allocation({"N1": 2, "N2": 2}, {"HUB": 50}, ship_every_days=7)


def test_what_a_pool_has_gives_and_leaves_unmet(weekly: mo.AllocationPlan) -> None:
    found = PoolFigures.of(weekly)
    assert found.available[:, 0].tolist() == [50, 22, 0, 0]
    assert found.allocated[:, 0].tolist() == [28, 22, 0, 0]
    # In the second week each shop lacks 3 of 14, then everything: what was lost before is not needed any more.
    assert found.need[:, 0].tolist() == [28, 28, 28, 28]
    assert found.short[:, 0].tolist() == [0, 6, 28, 28]
    assert found.places_short[:, 0].tolist() == [0, 2, 2, 2]
    assert found.is_short.tolist() == [[False, False], [True, True], [True, True], [True, True]]


def test_figures_follow_the_items_that_edits_touch(weekly: mo.AllocationPlan) -> None:
    edited = weekly.lock("A", "N1", DAY, 20).edit("A", "N2", SECOND, 3)
    found = PoolFigures.of(weekly)
    found.measure_again(edited, edited.changed)
    expected = PoolFigures.of(edited)
    for each in fields(PoolFigures):
        np.testing.assert_array_equal(getattr(found, each.name), getattr(expected, each.name), err_msg=each.name)
    assert found.allocated[0, 0] == edited.lines.query("date == @edited.ship_dates[0]")["allocated"].sum()


def test_a_need_that_two_sources_serve_counts_once() -> None:
    ways = {"lanes": lanes(("HUB", "N1", 1), ("HUB", "N2", 1), ("YARD", "N2", 2))}
    plan = allocation({"N1": 2, "N2": 2}, {"HUB": 40, "YARD": 30}, ways, source=("HUB", "YARD"))
    found = PoolFigures.of(plan)
    assert found.available.tolist() == [[40, 30]]
    assert found.need.sum() == plan.figures["need"].sum()
    assert found.short.sum() == plan.figures["short"].sum() == found.need.sum() - 70
    assert found.places_short.sum() == (plan.figures["short"] >= 1).sum()
