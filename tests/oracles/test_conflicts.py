"""Conflicts are those of counting: the smallest clashing set, every way out, what it orders and what it costs."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.effort import seeds
from tests.oracles.draws import random_instance, wide_instance
from tests.oracles.instances import PlainConstraint
from tests.oracles.planned import ScalarRun, plan_of, value_of
from tests.oracles.scalar_conflicts import RULES, ScalarConflict
from tests.oracles.scalar_tables import UNIT

if TYPE_CHECKING:
    from collections.abc import Iterator

    import moselle_nb as mo
    from tests.oracles.instances import Instance

Key = tuple[Any, ...]


def scalar_conflicts(instance: Instance) -> Iterator[tuple[Key, ScalarConflict]]:
    """Give each conflict of an instance, by item, location and order date."""
    run = ScalarRun(instance)
    for key, plan in zip(run.keys, run.plans(), strict=True):
        for k, order in enumerate(plan.orders):
            if "conflict" in order.messages:
                yield (*key, run.tables.date(order.day)), ScalarConflict(plan, k)


def plan_conflicts(plan: mo.ReplenishmentPlan) -> dict[Key, list[dict[str, Any]]]:
    """Give the lines of each conflict."""
    found = defaultdict(list)
    for line in plan.conflicts.to_dict("records"):
        found[line["item"], line["location"], value_of(line["order_date"])].append({str(k): v for k, v in line.items()})
    return found


def bound_instance(seed: int) -> Instance:
    """Draw an instance whose items all have tight rules on the size of orders, and a maximum stock that is hard."""
    instance, rng = random_instance(seed), random.Random(seed)  # noqa: S311 (a test's instance, not a secret)
    choices = {
        "moq": (0, 30, 50, 110), "order_multiple": (1, 12, 30), "max_order": (None, 20, 50, 115),
        "max_stock": (None, 20, 60, 110), "max_stock_is_hard": (True, True, False),
    }  # fmt: skip
    rules = tuple(
        PlainConstraint("item", name, rng.choice(values), key=str(item))
        for item in instance.frames["items"]["item"]
        for name, values in choices.items()
    )
    others = tuple(one for one in instance.config.constraints if one.field not in choices)
    return replace(instance, config=replace(instance.config, constraints=(*others, *rules)))


@pytest.mark.parametrize("seed", seeds("conflicts"))
def test_conflicts_are_those_of_counting(seed: int) -> None:
    # Room on a later day of arrival follows the path of means, as all that conflicts tell of their outcome.
    drawn = (wide_instance if seed % 10 == 0 else bound_instance)(seed)
    instance = replace(drawn, config=replace(drawn.config, lost_sales_sizing="protection_interval"))
    plan = plan_of(instance)
    found, wanted = plan_conflicts(plan), dict(scalar_conflicts(instance))
    assert found.keys() == wanted.keys()
    for key, conflict in wanted.items():
        lines = found[key]
        assert {line["clashing"] for line in lines} == {", ".join(conflict.clashing())}, key
        by_rank = defaultdict(list)
        for line in lines:
            by_rank[line["rank"]].append(line)
        expected = {(way.rules, way.quantity, way.avoided / UNIT) for way in conflict.ways()}
        ways = {
            (tuple(line["rule"] for line in part), part[0]["quantity"], part[0]["unserved_avoided"])
            for part in by_rank.values()
        }
        assert ways == expected, key
        assert sorted(by_rank) == list(range(1, len(expected) + 1))
        costs = [part[0]["total_cost"] for _, part in sorted(by_rank.items())]
        if not any(map(math.isnan, costs)):
            assert costs == sorted(costs)


def without_one(conflict: ScalarConflict) -> bool:
    """Whether something is possible as soon as any one rule of the clashing set is given up, and nothing with all."""
    rules = conflict.clashing()
    return not conflict.possible(rules) and all(
        conflict.possible(tuple(name for name in RULES if name in rules and name != given_up)) for given_up in rules
    )


@pytest.mark.parametrize("seed", seeds("conflicts")[::4])
def test_the_clashing_set_is_minimal(seed: int) -> None:
    assert all(without_one(conflict) for _, conflict in scalar_conflicts(bound_instance(seed)))
