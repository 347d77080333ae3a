"""The engine on one data set, in a process of its own: phases, peak memory, the floor, one edit.

``python -m benchmarks.engine folder rounds sample_rows`` prints JSON and leaves a sample of the orders there.
"""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

import moselle_nb as mo
from benchmarks import data as made
from benchmarks.measuring import arrays_of, clock, floor, peak_bytes, phases

if TYPE_CHECKING:
    from moselle_nb.inputs import PlanningData
    from moselle_nb.plans.document import ReplenishmentPlan

SAMPLE = "sample_orders.parquet"
EDITS = 25

_LOAD_PHASES = [("read", "moselle_nb.inputs.load", "read_source")]
_BUILD = "moselle_nb.plans.replenishment"
_BUILD_PHASES = [
    ("resolve", _BUILD, "resolve"),
    ("lay out days", _BUILD, "lay_out_for"),
    ("netting", _BUILD, "net"),
    ("judging", _BUILD, "judge"),
    ("days on hand", _BUILD, "days_of_cover"),
]


def config() -> mo.ReplenishmentConfig:
    """Return the configuration of the benchmark: coverage of all weeks, everything else as it comes."""
    first, last = (day.isoformat() for day in made.COVERAGE)
    return mo.ReplenishmentConfig.model_validate({"name": "Benchmark", "coverage": (first, last)})


def measure(folder: Path, rounds: int, sample_rows: int) -> dict[str, Any]:
    """Load, plan, summarise and edit; the best of ``rounds`` plans counts."""
    with phases(_LOAD_PHASES) as load_phases, clock() as load:
        data = mo.load(folder)
    after_load = peak_bytes()
    replenish = []
    for _ in range(rounds):
        plan: ReplenishmentPlan | None = None  # the previous plan goes before the next one comes
        with clock() as taken:
            plan = mo.replenish(data, config())
        replenish.append(taken)
    after_plan = peak_bytes()
    assert plan is not None
    with clock() as summary:
        status = plan.summary["status"].value_counts().to_dict()
    edit = _edit_seconds(plan)
    after_edits = peak_bytes()
    lines = plan.merged.lines
    write_sample(plan, folder / SAMPLE, sample_rows)
    arrays = arrays_of(plan.inputs, plan.merged)
    copied = floor(arrays)
    del plan, arrays
    best = min(replenish, key=lambda taken: taken.seconds)
    return {
        "rows": data.n_rows,
        "order_lines": int(np.count_nonzero(lines.quantity)),
        "status": status,
        "load_seconds": load.seconds,
        "replenish_seconds": best.seconds,
        "replenish_processor_seconds": best.processor_seconds,
        "replenish_rounds": [taken.seconds for taken in replenish],
        "summary_seconds": summary.seconds,
        "edit_milliseconds": edit * 1000,
        "floor_seconds": copied,
        "phases": _phases(data, load.seconds, load_phases["read"], summary.seconds),
        "peak_bytes": {"load": after_load, "plan": after_plan, "summary and edits": after_edits},
    }


def _phases(data: PlanningData, load: float, read: float, summary: float) -> dict[str, float]:
    """Plan once more with a clock on every phase."""
    with phases(_BUILD_PHASES) as inside, clock() as taken:
        mo.replenish(data, config())
    rest = max(0.0, taken.seconds - sum(inside.values()))
    return {"read": read, "contract": load - read, **inside, "rest of the plan": rest, "summary": summary}


def _edit_seconds(plan: ReplenishmentPlan) -> float:
    """Return the median seconds of one edit, each on a row of its own that orders."""
    lines = plan.merged.lines
    rows = np.unique(lines.row[lines.quantity > 0])
    seconds = []
    for row in rows[:: max(1, len(rows) // EDITS)][:EDITS]:
        item, location = plan.key_of(int(row))
        day = plan.order_dates(int(row))[0]
        with clock() as taken:
            edited = plan.edit(item, location, str(day), 48, force=True, reason="benchmark")
        assert len(edited.edits) == 1
        seconds.append(taken.seconds)
    return statistics.median(seconds)


def write_sample(plan: ReplenishmentPlan, path: Path, sample_rows: int) -> None:
    """Write the orders of whole items, evenly spaced over the plan, and the items' names with them."""
    places = plan.inputs.item
    step = max(1, plan.n_rows // sample_rows)
    chosen = np.unique(places)[::step]
    lines = plan.merged.lines
    row = lines.row
    kept = np.isin(places, chosen)[row] & (lines.quantity > 0)
    row, order = row[kept], lines.order[kept]
    calendar = plan.inputs.calendar[row]
    day = np.zeros(len(row), dtype=np.int64)
    for number in np.unique(calendar):
        here = calendar == number
        day[here] = plan.inputs.calendars[number].order_days[order[here]]
    items = plan.inputs.items["item"].to_numpy()
    locations = plan.inputs.locations["location"].to_numpy()
    frame = pd.DataFrame(
        {
            "item": items[places[row]],
            "location": locations[plan.inputs.location[row]],
            "day": day,
            "quantity": lines.quantity[kept],
        }
    )
    frame.attrs["items"] = [str(item) for item in items[chosen]]
    frame.to_parquet(path, index=False)


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
