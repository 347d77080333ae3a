"""Closed form and days, few blocks and many: the same plan."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

import moselle_nb as mo
from moselle_nb.engines.compact import CompactPosition
from moselle_nb.exceptions import Cancelled
from moselle_nb.plans.layout import groups, lay_out_for
from moselle_nb.plans.order_arrays import Figures, OrderLines, PlanArrays
from moselle_nb.plans.replenishment import build, plan_rows
from moselle_nb.plans.resolved import resolve
from tests.effort import seeds
from tests.oracles.draws import random_instance
from tests.oracles.planned import configuration

if TYPE_CHECKING:
    from moselle_nb.plans.resolved import ResolvedInputs


def differences(one: PlanArrays, other: PlanArrays) -> list[str]:
    """Name the arrays that differ."""
    pairs = [(name, getattr(one.figures, name), getattr(other.figures, name)) for name in names(Figures)]
    pairs += [(name, getattr(one.lines, name), getattr(other.lines, name)) for name in names(OrderLines)]
    return [name for name, a, b in pairs if not np.array_equal(a, b, equal_nan=a.dtype.kind == "f")]


def names(kind: type) -> list[str]:
    return [field.name for field in fields(kind)]


def random_inputs(seed: int) -> tuple[ResolvedInputs, mo.ReplenishmentConfig]:
    instance = random_instance(seed)
    config = configuration(replace(instance.config, locations=None, scope={}))  # filters may match no row at all
    return resolve(mo.load(instance.frames, as_of=instance.as_of), config), config


@pytest.mark.parametrize("seed", seeds("properties"))
def test_the_closed_form_plans_as_the_days_do(seed: int) -> None:
    inputs, config = random_inputs(seed)
    rows = np.arange(inputs.rows)
    closed = plan_rows(inputs, config, rows, {})
    assert differences(closed, plan_rows(inputs, config, rows, {}, by_day=True)) == []
    assert differences(closed, plan_rows(inputs, config, rows, {}, block_rows=1)) == []


@pytest.mark.parametrize("seed", seeds("properties"))
def test_edits_are_netted_alike_in_both_layouts(seed: int) -> None:
    inputs, config = random_inputs(seed)
    draw, rows = np.random.default_rng(seed), np.arange(inputs.rows)
    fixed = {
        int(row): {int(order): float(draw.integers(0, 300)) for order in draw.integers(0, orders, 3)}
        for row in rows
        if (orders := inputs.calendars[inputs.calendar[row]].orders)
    }
    closed = plan_rows(inputs, config, rows, fixed)
    assert differences(closed, plan_rows(inputs, config, rows, fixed, by_day=True)) == []


@pytest.fixture(scope="module")
def data() -> mo.PlanningData:
    return mo.sample_data("retail", items=40, locations=5, seed=11)


CONFIG = mo.ReplenishmentConfig(name="Q1", coverage=("2026-11-23", "2027-02-14"))


def test_the_closed_form_is_taken_where_there_is_one(data: mo.PlanningData) -> None:
    def is_closed(**settings: object) -> bool:
        config = CONFIG.model_copy(update=settings)
        inputs = resolve(data, config)
        place = next(groups(inputs, np.arange(inputs.rows)))
        return isinstance(lay_out_for(inputs, config, place).position, CompactPosition)

    assert is_closed()
    assert is_closed(safety_stock=mo.SafetyStock("units", 3))
    assert not is_closed(unmet="backorder")
    assert not is_closed(beyond_forecast="same_last_year")


def test_blocks_hold_one_calendar_and_every_row_once(data: mo.PlanningData) -> None:
    inputs = resolve(data, CONFIG)
    places = list(groups(inputs, np.arange(inputs.rows), block_rows=16))
    assert max(map(len, places)) <= 16
    assert all(len(np.unique(inputs.calendar[place])) == 1 for place in places)
    assert sorted(np.concatenate(places)) == list(range(inputs.rows))


def test_progress_is_told_in_order(data: mo.PlanningData) -> None:
    inputs = resolve(data, CONFIG)
    told: list[tuple[int, int]] = []
    build(inputs, CONFIG, on_progress=lambda done, rows: told.append((done, rows)), block_rows=16)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (inputs.rows, inputs.rows)


def test_cancelling_ends_the_work(data: mo.PlanningData) -> None:
    inputs = resolve(data, CONFIG)
    told: list[int] = []

    def on_progress(done: int, rows: int) -> None:
        told.append(done)
        text = f"{done} of {rows}"
        raise Cancelled(text)

    with pytest.raises(Cancelled, match=f"of {inputs.rows}"):
        build(inputs, CONFIG, on_progress=on_progress, block_rows=4)
    assert len(told) == 1


def test_rows_of_a_plan_are_found_in_their_blocks(data: mo.PlanningData) -> None:
    plan = mo.replenish(data, CONFIG)
    lines = plan.arrays.lines
    for row in range(0, plan.n_rows, 7):
        alone = plan.arrays.row(row)
        part = slice(int(lines.starts[row]), int(lines.starts[row + 1]))
        assert alone.lines.quantity.tolist() == lines.quantity[part].tolist()
        assert alone.lines.order.tolist() == lines.order[part].tolist()
        assert alone.figures.unserved[0] == plan.arrays.figures.unserved[row]
    total = np.add.reduceat(np.append(lines.quantity, 0), lines.starts[:-1]) * (np.diff(lines.starts) > 0)
    assert plan.arrays.total_quantity().tolist() == total.tolist()
