"""The plan allocates what the scalar implementation allocates, to the unit, under every rule."""

from __future__ import annotations

import pytest

from tests.effort import seeds
from tests.oracles.allocation_instances import random_allocation
from tests.oracles.planned_allocation import allocation_of, differences
from tests.oracles.scalar_allocation import ScalarAllocation
from tests.oracles.scalar_sharing import METHODS


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("seed", seeds("allocation"))
def test_every_line_is_that_of_the_scalar_allocation(seed: int, method: str) -> None:
    instance = random_allocation(seed, method)
    found = differences(allocation_of(instance).lines, ScalarAllocation(instance))
    assert not found, "\n".join([f"{len(found)} differences", *found[:12]])
