"""One rule on one size, in a process of its own: the whole path, sharing alone, peak memory, floors, one edit.

``python -m benchmarks.allocation_engine 100kx50 equal_runout rounds`` prints JSON.
"""

from __future__ import annotations

import dataclasses
import json
import statistics
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

import moselle_nb as mo
from benchmarks import allocation_data as made
from benchmarks.measuring import arrays_of, clock, floor, peak_bytes, phases
from moselle_nb.engines.sharing import share
from moselle_nb.plans.allocating.block import AllocationBlock
from moselle_nb.plans.allocation import blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from moselle_nb.engines.sharing import Claims
    from moselle_nb.inputs import PlanningData
    from moselle_nb.plans.allocating.block import DateArrays
    from moselle_nb.plans.allocating.plan import AllocationPlan

    Floats = npt.NDArray[np.float64]

EDITS = 25

_PLAN = "moselle_nb.plans.allocation"
_PHASES = [("resolve", _PLAN, "resolve_allocation"), ("share", _PLAN, "share")]


@dataclasses.dataclass(frozen=True)
class Part:
    """A block of items as the engine takes it, on the one ship date of the benchmark."""

    block: AllocationBlock
    arrays: DateArrays
    available: Floats
    claims: Claims


def parts(plan: AllocationPlan) -> Iterator[Part]:
    """Yield the plan block by block, before anything is shared."""
    for first, stop in blocks(plan.inputs):
        block = AllocationBlock(plan.inputs, plan.config, first, stop)
        arrays = block.on_date(0)
        nothing = np.full(len(block.row), np.nan)
        yield Part(block, arrays, block.available(0), block.claims(arrays, nothing))


@dataclasses.dataclass
class Objective:
    """What a method leaves and how badly it leaves its worst location.

    Parameters
    ----------
    minimum_cover
        The shortest time that stock with what arrives lasts, over all cells that need something, in days.
    mean_minimum_cover
        The same for each item, averaged over items.
    left
        Units that nobody gets although somebody still needs a pack.
    value
        Expected value of what is shipped, in currency; only of the rule that asks for it.
    """

    minimum_cover: float = float("inf")
    mean_minimum_cover: float = 0.0
    left: float = 0.0
    value: float | None = None
    items: int = 0

    def add(self, part: Part, quantity: Floats) -> None:
        """Take up a block, with what each cell gets, shape (items, locations)."""
        claims, cover = part.claims, part.claims.cover
        assert cover is not None
        lowest = np.where(claims.need > 0, cover.days(claims.stock + quantity), np.inf).min(axis=1)
        lowest = lowest[np.isfinite(lowest)]
        total = self.mean_minimum_cover * self.items + float(lowest.sum())
        self.items += len(lowest)
        self.mean_minimum_cover = total / max(1, self.items)
        self.minimum_cover = min(self.minimum_cover, float(lowest.min(initial=np.inf)))
        still = np.maximum(np.ceil(claims.need / claims.pack) * claims.pack - quantity, 0.0).sum(axis=1)
        self.left += float(np.minimum(part.available - quantity.sum(axis=1), still).sum())
        if claims.value is not None:
            sent = np.maximum(quantity, 1.0)
            worth = np.where(quantity > 0, claims.value.of(claims.stock, sent) * sent, 0.0)
            self.value = (self.value or 0.0) + float(worth.sum())


def measure(size: made.Size, method: str, rounds: int) -> dict[str, Any]:
    """Allocate, share once more without the way there, and edit; the best of ``rounds`` plans counts."""
    data = made.make(size)
    before = peak_bytes()
    taken, plan, inside = _allocate(data, method, rounds)
    after = peak_bytes()
    found = {
        "cells": size.cells, "data_bytes": before, "peak_bytes": after,
        "allocate_seconds": taken.seconds, "allocate_processor_seconds": taken.processor_seconds,
        "phases": {**inside, "blocks": max(0.0, taken.seconds - sum(inside.values()))},
        "plan_floor_seconds": floor(arrays_of(plan.inputs, plan.arrays), 1),
        **share_again(plan), "edit_milliseconds": _edit_seconds(plan) * 1000,
    }  # fmt: skip
    with clock() as summary:
        assert len(plan.summary) == size.items
    return {**found, "summary_seconds": summary.seconds, "peak_bytes_with_summary": peak_bytes()}


def _allocate(data: PlanningData, method: str, rounds: int) -> tuple[Any, AllocationPlan, dict[str, float]]:
    best, inside = None, {}
    plan: AllocationPlan | None = None
    for _ in range(rounds):
        plan = None  # the previous plan goes before the next one comes
        with phases(_PHASES) as seconds, clock() as taken:
            plan = mo.allocate(data, made.config(method))
        if best is None or taken.seconds < best.seconds:
            best, inside = taken, dict(seconds)
    assert plan is not None
    return best, plan, inside


def share_again(plan: AllocationPlan) -> dict[str, Any]:
    """Time sharing alone, from need and available; the answer must be the plan's."""
    seconds = processor = copied = 0.0
    objective, method = Objective(), plan.config.method
    for part in parts(plan):
        with clock() as taken:
            shares = share(part.available, part.claims, method)
        seconds, processor = seconds + taken.seconds, processor + taken.processor_seconds
        block = part.block
        assert np.array_equal(shares.quantity[block.item, block.column], plan.arrays.quantity[0, block.cells])
        copied += floor(arrays_of(part.claims, shares), 1)
        objective.add(part, shares.quantity)
    return {
        "share_seconds": seconds, "share_processor_seconds": processor, "share_floor_seconds": copied,
        "objective": dataclasses.asdict(objective),
    }  # fmt: skip


def _edit_seconds(plan: AllocationPlan) -> float:
    """Return the median seconds of one edit and a look at its item, each on an item of its own."""
    given = np.flatnonzero(plan.arrays.quantity[0])
    seconds = []
    for cell in given[:: max(1, len(given) // EDITS)][:EDITS]:
        item, _, location = plan.key_of(int(cell))
        with clock() as taken:
            edited = plan.edit(item, location, str(plan.ship_dates[0]), 0)
            lines = edited.lines_for([item])
        assert int(lines["edited"].sum()) == 1
        seconds.append(taken.seconds)
    return statistics.median(seconds) if seconds else 0.0


if __name__ == "__main__":
    print(json.dumps(measure(made.Size.of(sys.argv[1]), sys.argv[2], int(sys.argv[3]))))
