"""From Parquet files to the summary of a plan, against reading and pivoting their forecast with pandas.

``python -m benchmarks.parquet folder rounds`` prints JSON. Both take turns in one process; the best
of each counts.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd

import moselle_nb as mo
from benchmarks.engine import config
from benchmarks.measuring import clock


def measure(folder: Path, rounds: int) -> dict[str, Any]:
    """Time both ways."""
    ours, theirs = [], []
    for _ in range(rounds):
        with clock() as taken:
            forecast = pd.read_parquet(folder / "forecast.parquet")
            matrix = forecast.pivot(index=["item", "location"], columns="date", values="quantity")  # noqa: PD010
        theirs.append(taken.seconds)
        rows = len(matrix)
        del forecast, matrix
        with clock() as taken:
            plan = mo.replenish(mo.load(folder), config())
            summary = plan.summary
        ours.append(taken.seconds)
        assert len(summary) == rows
        del plan, summary
    return {
        "rows": rows,
        "plan_seconds": min(ours),
        "pivot_seconds": min(theirs),
        "ratio": min(ours) / min(theirs),
    }


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), int(sys.argv[2]))))
