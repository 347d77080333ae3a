"""Uncertain demand per kind: quantiles, losses, and levels for a fill rate and a ready rate, per million rows.

``python benchmarks/demand.py [--rows 1M] [--json file]``
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.measuring import clock
from moselle_nb.engines.distributions import CHOICES, Demand, kinds_of
from moselle_nb.engines.service_levels import fill_rate_level, ready_rate_level

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 3
MILLION = 1_000_000
KINDS = CHOICES[:5]


def demand(rows: int, weeks: int, wanted: int) -> Demand:
    """Make demand of some weeks: most items slow, 1.5 to 6 times as much variance as mean."""
    rng = np.random.default_rng(7)
    mean = (rng.gamma(1.0, 20, rows) + 1e-3) * weeks
    variance = mean * rng.uniform(1.5, 6, rows)
    return Demand(mean, variance, kinds_of(mean, variance, wanted))


def best(work: Callable[[], object], rows: int) -> float:
    """Return the seconds of the best round, per million rows."""
    found = []
    for _ in range(ROUNDS):
        with clock() as taken:
            work()
        found.append(taken.seconds)
    return round(min(found) * MILLION / rows, 2)


def measure(rows: int, wanted: int) -> dict[str, float]:
    """Return seconds per million rows, by what is asked; levels are found for a tenth of the rows."""
    few = max(rows // 10, 1)
    every, week, both = demand(rows, 1, wanted), demand(few, 1, wanted), demand(few, 2, wanted)
    stock, target = 1.5 * every.mean, np.array(0.97)
    return {
        "quantile": best(lambda: every.quantile(0.95), rows),
        "expected_shortage": best(lambda: every.expected_shortage(stock), rows),
        "fill_rate": best(lambda: fill_rate_level(both, target, week), few),
        "ready_rate": best(lambda: ready_rate_level([week, both], target), few),
    }


def main() -> None:
    """Measure, and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", default="1M")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    rows = int(given.rows.replace("k", "000").replace("M", "000000"))
    table = {kind: measure(rows, wanted) for wanted, kind in enumerate(KINDS)}
    names = list(table[KINDS[0]])
    print(f"| seconds per million rows | {' | '.join(names)} |\n| --- |{' ---: |' * len(names)}")
    for kind, seconds in table.items():
        print(f"| {kind} | {' | '.join(f'{seconds[name]:.2f}' for name in names)} |")
    if given.json:
        given.json.write_text(json.dumps(table, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
