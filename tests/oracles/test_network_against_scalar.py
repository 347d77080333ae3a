"""Requirements over lanes are those of the scalar implementation, to the unit, with all rules on."""

from __future__ import annotations

import pytest

from tests.effort import seeds
from tests.oracles.draws_network import network_instance
from tests.oracles.planned import ScalarRun, differences, plan_of
from tests.oracles.test_engine_against_scalar import report


@pytest.mark.parametrize("seed", seeds("network"))
def test_demand_over_lanes_is_that_of_the_scalar_plan(seed: int) -> None:
    instance = network_instance(seed)
    plan = plan_of(instance)
    scalar = ScalarRun(instance)
    found = differences(plan, scalar.plans())
    assert not found, report(found)
    messages = plan.messages[plan.messages["kind"] == "fed_by_lane"]
    said = zip(messages["item"], messages["location"], messages["quantity"], strict=True)
    assert scalar.network is not None
    assert {(item, place): units for item, place, units in said} == scalar.network.shipped()
