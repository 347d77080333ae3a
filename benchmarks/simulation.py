"""Measure the simulation of plans beside two simulators of the field; print the README's table.

``python benchmarks/simulation.py [--rows 1k,10k] [--weeks 52] [--paths 200] [--quick] [--json file]``

Every measurement runs in a process of its own, one after the other, in this one run. See README.md beside this file.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.replenishment import make, name_of, rows_of, run, say

PEER_ROWS = 1_000
"""Peers run on so many rows, one path and 26 weeks each; they treat rows and paths one by one."""
PEER_WEEKS = 26


def measure(sizes: list[int], weeks: int, paths: int, folder: Path, peer_rows: int) -> dict[str, Any]:
    """Run all measurements."""
    found: dict[str, Any] = {"weeks": weeks, "paths": paths, "sizes": {}}
    for rows in sizes:
        say(f"{name_of(rows)}: data")
        make(folder / name_of(rows), rows)
        say(f"{name_of(rows)}: simulation")
        found["sizes"][name_of(rows)] = run("benchmarks.simulated", folder / name_of(rows), weeks, paths)
    say("peers")
    found["peers"] = run("benchmarks.peers", "simulators", folder / name_of(min(sizes)), min(peer_rows, *sizes))
    return found


def table(found: dict[str, Any]) -> str:
    """Return the table: rates, times per row and path, and memory."""
    head = "| | rows × weeks × paths | time | row·path·weeks per second | µs per row, path and week | peak memory |"
    lines = [head, "| --- | ---: | ---: | ---: | ---: | ---: |"]
    best = 0.0
    for name, size in found["sizes"].items():
        cells = size["rows"] * found["weeks"] * found["paths"]
        best = cells / size["seconds"]
        lines.append(
            f"| simulate, planned anew every review | {name} × {found['weeks']} × {found['paths']} | "
            f"{size['seconds']:,.1f} s | {best:,.0f} | {1e6 * size['seconds'] / cells:.2f} | "
            f"{size['peak_bytes'] / 1e9:.2f} GB (of it {size['before_bytes'] / 1e9:.2f} GB before) |"
        )
    for peer, label in (("replenishment", "replenishment 0.1.2 †"), ("stockpyl", "stockpyl 1.0.2 †")):
        taken = found["peers"][peer]
        cells = taken["rows"] * PEER_WEEKS
        rate = cells / taken["seconds"]
        lines.append(
            f"| {label} | {taken['rows']:,} × {PEER_WEEKS} × 1 | {taken['seconds']:,.1f} s | {rate:,.0f} "
            f"({best / rate:,.0f} × slower) | {1e6 / rate:,.0f} | |"
        )
    return "\n".join(lines)


def report(found: dict[str, Any]) -> str:
    """Return all that the run found, as Markdown."""
    size = list(found["sizes"].values())[-1]
    phases = ", ".join(f"{name} {seconds:,.1f} s" for name, seconds in size["phases"].items())
    notes = (
        "† does less: no order calendars, MOQ, multiples or maximum stocks, no random demand; one path of each row. "
        f"Of the largest run: {phases}. Reviews {size['reviews_per_row']:.0f} a row on average."
    )
    return "\n\n".join([table(found), notes, f"Machine: {size['machine']}."])


def main() -> None:
    """Measure, print the table, and write the figures as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", default="1k,10k", help="sizes, with commas between")
    parser.add_argument("--weeks", type=int, default=52)
    parser.add_argument("--paths", type=int, default=200)
    parser.add_argument("--quick", action="store_true", help="1k rows, 20 paths, peers on 100 rows")
    parser.add_argument("--json", type=Path, help="also write every figure to this file")
    options = parser.parse_args()
    sizes = [1_000] if options.quick else [rows_of(text) for text in options.rows.split(",")]
    paths, peer_rows = (20, 100) if options.quick else (options.paths, PEER_ROWS)
    with tempfile.TemporaryDirectory() as temporary:
        found = measure(sizes, options.weeks, paths, Path(temporary), peer_rows)
    print(report(found))
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
