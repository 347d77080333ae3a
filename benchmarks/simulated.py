"""One simulation in a process of its own: ``python -m benchmarks.simulated folder weeks paths`` prints JSON."""

from __future__ import annotations

import json
import sys
from typing import Any

import moselle_nb as mo
from benchmarks import data as made
from benchmarks.measuring import clock, machine, peak_bytes, phases

CV = 0.5
"""Standard deviation of a week's demand over its forecast."""

_PLACES = (
    ("drawing demand", "moselle_nb.plans.simulating.demand", "demand_paths"),
    ("laying out", "moselle_nb.plans.simulating.policy", "lay_out"),
    ("days and reviews", "moselle_nb.plans.simulating.policy", "roll"),
    ("of these, netting", "moselle_nb.engines.replanning", "net"),
)


def measure(folder: str, weeks: int, paths: int) -> dict[str, Any]:
    """Plan, then simulate once; memory is that of the whole process."""
    config = mo.ReplenishmentConfig(name="benchmark", coverage=made.COVERAGE, bucket="week", review_period_days=7)
    plan = mo.replenish(mo.load(folder, as_of=made.AS_OF), config)
    before = peak_bytes()
    with phases(_PLACES) as seconds, clock() as taken:
        found = mo.simulate(plan, paths=paths, weeks=weeks, forecast_cv=CV, seed=1)
    reviews = [plan.inputs.calendars[number].orders for number in plan.inputs.calendar]
    total = found.totals.iloc[0]
    return {
        "rows": len(found.keys), "seconds": taken.seconds, "processor_seconds": taken.processor_seconds,
        "phases": seconds, "before_bytes": before,
        "peak_bytes": peak_bytes(), "machine": machine(), "fill_rate": total["fill_rate"],
        "half_width": total["fill_rate_high"] - total["fill_rate"],
        "reviews_per_row": sum(reviews) / len(reviews) * weeks / made.WEEKS,
    }  # fmt: skip


if __name__ == "__main__":
    _, place, weeks_, paths_ = sys.argv
    print(json.dumps(measure(place, int(weeks_), int(paths_))))
