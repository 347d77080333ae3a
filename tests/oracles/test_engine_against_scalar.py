"""The engine gives what the scalar implementation gives, to the unit, with all rules on."""

from __future__ import annotations

import random

import pytest

import moselle_nb as mo
from tests.effort import seeds
from tests.oracles.draws import random_instance, wide_instance
from tests.oracles.planned import Edits, ScalarRun, differences, plan_of
from tests.oracles.scalar_replenishment import ScalarPlan

EDITS = 4


def report(found: list[str]) -> str:
    """Show the first differences."""
    return "\n".join([f"{len(found)} differences", *found[:12]])


@pytest.mark.parametrize("seed", seeds("oracle_instances"))
def test_orders_statuses_and_balances_are_those_of_the_scalar_plan(seed: int) -> None:
    instance = random_instance(seed)
    found = differences(plan_of(instance), ScalarRun(instance).plans())
    assert not found, report(found)


@pytest.mark.parametrize("seed", seeds("oracle_instances")[::10])
def test_many_rows_at_once_are_those_of_the_scalar_plan(seed: int) -> None:
    instance = wide_instance(seed)
    found = differences(plan_of(instance), ScalarRun(instance).plans())
    assert not found, report(found)


def random_quantity(draw: random.Random, suggested: int) -> int:
    """Draw an edit: nothing, about the suggestion, round, or anything."""
    choices = (0, suggested, suggested + draw.randint(1, 30), 12 * draw.randint(0, 20), draw.randint(0, 400))
    return draw.choice(choices)


def nearest_accepted(plan: ScalarPlan, order_day: int, quantity: int) -> tuple[int | None, int | None]:
    """Nearest quantities below and above that need no force, by trying one after the other."""
    below = next((q for q in range(quantity - 1, -1, -1) if plan.accepts(order_day, q)), None)
    above = next((q for q in range(quantity + 1, 3 * quantity + 1500) if plan.accepts(order_day, q)), None)
    return below, above


@pytest.mark.parametrize("seed", seeds("oracle_instances")[::3])
def test_edits_are_refused_forced_and_replayed_as_in_the_scalar_plan(seed: int) -> None:
    instance = random_instance(seed)
    draw = random.Random(seed)  # noqa: S311 (a test's edits, not a secret)
    scalar, plan = ScalarRun(instance), plan_of(instance)
    edits: Edits = {}
    editable = [key for key in scalar.keys if ScalarPlan(scalar.rows[key]).order_days_in_coverage]
    for _ in range(EDITS if editable else 0):
        key = draw.choice(editable)
        before = ScalarPlan(scalar.rows[key], edits.get(key, {}))
        order = draw.choice(before.orders)
        quantity = random_quantity(draw, order.suggested)
        date = scalar.tables.date(order.day)
        if before.accepts(order.day, quantity):
            plan = plan.edit(*key, date, quantity)
        else:
            with pytest.raises(mo.EditError) as refused:
                plan.edit(*key, date, quantity)
            reject = refused.value.rejects[0]
            nearest = nearest_accepted(before, order.day, quantity)
            assert reject.forcible
            assert set(reject.nearest) == {q for q in nearest if q is not None}, (key, date, quantity)
            plan = plan.edit(*key, date, quantity, force=True, reason="agreed by telephone")
        edits.setdefault(key, {})[order.day] = quantity
    found = differences(plan, scalar.plans(edits))
    assert not found, report(found)
