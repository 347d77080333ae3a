"""Wagner–Whitin per item against stockpyl's, on the same demand: 52 periods, holes in demand, costs of all kinds.

``python benchmarks/lot_sizing.py [--items 10k,100k] [--peer-items 200] [--json file]``
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
from moselle_nb.engines.lot_sizing import wagner_whitin

if TYPE_CHECKING:
    from numpy.typing import NDArray

PERIODS = 52
PROMISE = 1000
ROUNDS = 3

Problem = tuple["NDArray[np.float64]", "NDArray[np.float64]", "NDArray[np.float64]"]


def problem(items: int) -> Problem:
    """Make demand (periods, items), order costs and holding costs; an order lasts from half a period to a dozen."""
    rng = np.random.default_rng(7)
    mean = rng.gamma(1.5, 20, items)
    demand = rng.poisson(mean, (PERIODS, items)) * (rng.random((PERIODS, items)) < rng.uniform(0.4, 1, items))
    holding = rng.uniform(0.05, 1, items)
    lasts = rng.uniform(0.5, 12, items)
    return demand.astype(np.float64), np.round(holding * mean * lasts**2 / 2, 2), holding


def ours(given: Problem) -> tuple[float, NDArray[np.float64]]:
    """Return the seconds that all items take, and the cost of each."""
    with clock() as taken:
        found = wagner_whitin(*given)
    return taken.seconds, found.cost


def theirs(given: Problem, items: int) -> tuple[float, NDArray[np.float64]]:
    """Return the same of stockpyl, item by item, for the first few."""
    from stockpyl.wagner_whitin import wagner_whitin as peer

    demand, ordering, holding = given
    cost = np.zeros(items)
    with clock() as taken:
        for item in range(items):
            units = [0.0, *demand[:, item].tolist()]
            cost[item] = peer(PERIODS, float(holding[item]), float(ordering[item]), units)[1]
    return taken.seconds, cost


def measure(items: int, peer_items: int) -> dict[str, float]:
    """Time both in turns, the best turn of each counts; their costs must be equal.

    Raises
    ------
    SystemExit
        When a cost differs.
    """
    given = problem(items)
    seconds, peer_seconds = [], []
    for _ in range(ROUNDS):
        taken, cost = ours(given)
        peer_taken, peer_cost = theirs(given, peer_items)
        seconds.append(taken)
        peer_seconds.append(peer_taken)
        if not np.allclose(cost[:peer_items], peer_cost, rtol=1e-9):
            sys.exit("Costs differ from stockpyl's.")
    per_item, peer_per_item = min(seconds) / items, min(peer_seconds) / peer_items
    return {"items": items, "seconds": min(seconds), "per_item": per_item, "peer_per_item": peer_per_item,
            "ratio": peer_per_item / per_item}  # fmt: skip


def main() -> None:
    """Print the table, and write the figures as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", default="10k,100k")
    parser.add_argument("--peer-items", type=int, default=200)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    sizes = [int(size.replace("k", "000")) for size in options.items.split(",")]
    found = [measure(size, options.peer_items) for size in sizes]
    print("| items × 52 periods | moselle_nb | per item | stockpyl 1.0.2 per item | times faster |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for row in found:
        print(f"| {row['items']:,.0f} | {row['seconds']:.3f} s | {row['per_item'] * 1e6:.1f} µs "
              f"| {row['peer_per_item'] * 1e3:.1f} ms | {row['ratio']:,.0f} |")  # fmt: skip
    kept = all(row["ratio"] >= PROMISE for row in found)
    print(f"\nAt least {PROMISE:,} times faster per item: {'yes' if kept else 'NO'}.")
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
