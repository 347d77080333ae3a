"""The marginal value rule solved item by item: by HiGHS, and as a min-cost flow by OR-tools.

``python -m benchmarks.allocation_solvers highs 10kx100 items`` prints JSON; ``relaxed`` is HiGHS without whole numbers,
``ortools`` the flow. One solver a process: HiGHS and OR-tools do not load into one. All get the packs that need and
capacity allow with the engine's values, and their best value must be the engine's.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

import moselle_nb as mo
from benchmarks import allocation_data as made
from benchmarks.allocation_analyst import some_items
from benchmarks.allocation_engine import parts
from benchmarks.measuring import clock, peak_bytes
from moselle_nb.engines.pack_value import VALUE_STEP
from moselle_nb.engines.sharing import share

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from moselle_nb.engines.sharing import Claims

    Floats = npt.NDArray[np.float64]
    Solver = Callable[["Floats", "npt.NDArray[np.intp]", int], "npt.NDArray[np.intp]"]

HIGHS_GAP = 1e-4
"""HiGHS stops at this gap unless told otherwise; the comparison leaves it at that."""


def packs_of(claims: Claims) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Return the value of every pack that one item's locations can take, and the location of each."""
    assert claims.value is not None
    size = float(claims.pack[0, 0])
    count = np.minimum(np.ceil(claims.need[0] / size), np.floor(claims.room[0] / size)).astype(np.intp)
    location = np.repeat(np.arange(len(count)), count)
    before = (np.arange(len(location)) - np.repeat(np.cumsum(count) - count, count)) * size
    each = np.full(len(location), size)
    return claims.value.of_cells(location, claims.stock[0, location] + before, each) * size, location


def by_highs(value: Floats, location: npt.NDArray[np.intp], packs: int, *, whole: bool = True) -> npt.NDArray[np.intp]:
    """Return how many packs each location gets: one variable for each pack, one row for the stock."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    solved = milp(
        -value, integrality=np.full(len(value), int(whole)), bounds=Bounds(0, 1),
        constraints=LinearConstraint(np.ones((1, len(value))), 0, packs),
    )  # fmt: skip
    assert solved.success, solved.message
    return np.bincount(location, weights=np.rint(solved.x), minlength=location.max() + 1).astype(np.intp)


def by_relaxed_highs(value: Floats, location: npt.NDArray[np.intp], packs: int) -> npt.NDArray[np.intp]:
    """Return the same without asking for whole numbers: with one pack size the corners are whole anyway."""
    return by_highs(value, location, packs, whole=False)


def by_flow(value: Floats, location: npt.NDArray[np.intp], packs: int) -> npt.NDArray[np.intp]:
    """Return the same by a min-cost flow from the source over the locations: an arc for each pack, one back."""
    from ortools.graph.python import min_cost_flow

    places = int(location.max()) + 1
    source, sink = places, places + 1
    flow = min_cost_flow.SimpleMinCostFlow()
    cost = -np.rint(value / VALUE_STEP).astype(np.int64)
    one = np.ones_like(cost)
    arcs = flow.add_arcs_with_capacity_and_unit_cost(np.full(len(cost), source), location, one, cost)
    everywhere = np.arange(places)
    flow.add_arcs_with_capacity_and_unit_cost(
        everywhere, np.full(places, sink), np.full(places, packs), np.zeros(places, dtype=np.int64)
    )
    flow.add_arc_with_capacity_and_unit_cost(source, sink, packs, 0)
    flow.set_nodes_supplies(np.array([source, sink]), np.array([packs, -packs]))
    assert flow.solve() == flow.OPTIMAL
    return np.bincount(location, weights=flow.flows(arcs), minlength=places).astype(np.intp)


SOLVERS: dict[str, Solver] = {"highs": by_highs, "relaxed": by_relaxed_highs, "ortools": by_flow}


def measure(size: made.Size, name: str, items: int) -> dict[str, Any]:
    """Solve some items, spread over the first block of the data; the best value must be the engine's."""
    data = some_items(made.make(size), min(size.items, 100 * items))
    plan = mo.allocate(data, made.config("marginal_value"))
    solver, seconds, best, ours, packs, solved = SOLVERS[name], 0.0, 0.0, 0.0, 0, 0
    solver(np.array([1.0, 0.5]), np.array([0, 1]), 1)  # imports stay out of the time
    sizes = np.concatenate([[0], np.cumsum([len(part.available) for part in parts(plan)])])
    chosen = np.linspace(0, sizes[-1] - 1, min(items, int(sizes[-1]))).astype(np.intp)
    for first, part in zip(sizes, parts(plan), strict=False):
        for item in chosen[(chosen >= first) & (chosen < first + len(part.available))] - first:
            claims, available = part.claims.take(np.array([item])), part.available[[item]]
            with clock() as taken:
                value, location = packs_of(claims)
                count = solver(value, location, int(available[0] // claims.pack[0, 0])) if len(value) else None
            if count is None:
                continue
            seconds, packs, solved = seconds + taken.seconds, packs + len(value), solved + 1
            best += _worth(value, location, count)
            given = share(available, claims, "marginal_value").quantity[0] / claims.pack[0]
            ours += _worth(value, location, given.astype(np.intp))
    gap = best - ours
    assert abs(gap) <= HIGHS_GAP * abs(best), (best, ours)
    return {
        "items": len(chosen), "solved": solved, "packs": packs, "seconds": seconds,
        "objective": best, "engine_objective": ours, "peak_bytes": peak_bytes(),
    }  # fmt: skip


def _worth(value: Floats, location: npt.NDArray[np.intp], count: npt.NDArray[np.intp]) -> float:
    """Return the value of the first packs of each location."""
    place = np.arange(len(location)) - np.searchsorted(location, location)
    counts = np.zeros(int(location.max()) + 1, dtype=np.intp)
    counts[: len(count)] = count[: len(counts)]
    return float(value[place < counts[location]].sum())


if __name__ == "__main__":
    print(json.dumps(measure(made.Size.of(sys.argv[2]), sys.argv[1], int(sys.argv[3]))))
