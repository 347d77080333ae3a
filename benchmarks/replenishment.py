"""Measure the replenishment engine against its peers and against the floor; print the README's tables.

``python benchmarks/replenishment.py [--rows 10k,100k,1M] [--quick] [--json file]``

Every measurement runs in a process of its own, one after the other, in this one run. See README.md beside this file.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PEER_ROWS = 10_000
"""Peers run on at most so many rows; larger sizes are extrapolated."""
PARQUET_ROWS = 100_000
ROUNDS = 3

_UNITS = {"k": 1_000, "M": 1_000_000}
_PHASES = (
    "read",
    "contract",
    "resolve",
    "lay out days",
    "netting",
    "judging",
    "days on hand",
    "rest of the plan",
    "summary",
)


def rows_of(text: str) -> int:
    """Read ``10k`` or ``1M``."""
    factor = _UNITS.get(text[-1:], 1)
    return int(text[:-1] if factor > 1 else text) * factor


def name_of(rows: int) -> str:
    """Write 10000 as ``10k``."""
    for letter, factor in reversed(_UNITS.items()):
        if rows % factor == 0:
            return f"{rows // factor}{letter}"
    return str(rows)


def run(*arguments: object) -> dict[str, Any]:
    """Run one measurement in a process of its own and read its JSON."""
    command = [sys.executable, "-W", "ignore::FutureWarning", "-m", *(str(argument) for argument in arguments)]
    answer = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if answer.returncode:
        sys.exit(f"{' '.join(command)}\n{answer.stderr}")
    found: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    return found


def say(text: str) -> None:
    """Tell how far the run is."""
    print(text, file=sys.stderr, flush=True)


def measure(sizes: list[int], folder: Path, peer_rows: int, rounds: int) -> dict[str, Any]:
    """Run all measurements; every size has its own data, made once."""
    found: dict[str, Any] = {"sizes": {}, "machine": _machine()}
    for rows in sizes:
        place = folder / name_of(rows)
        say(f"{name_of(rows)}: data")
        make(place, rows)
        say(f"{name_of(rows)}: engine")
        engine = run("benchmarks.engine", place, rounds, peer_rows)
        say(f"{name_of(rows)}: analyst")
        found["sizes"][name_of(rows)] = {"engine": engine, "analyst": run("benchmarks.peers", "analyst", place)}
    smallest = folder / name_of(min(sizes))
    say("simulators")
    found["simulators"] = run("benchmarks.peers", "simulators", smallest, peer_rows)
    parquet_rows = max((rows for rows in sizes if rows <= PARQUET_ROWS), default=min(sizes))
    say(f"{name_of(parquet_rows)}: from Parquet")
    found["parquet"] = run("benchmarks.parquet", folder / name_of(parquet_rows), rounds)
    return found


def make(place: Path, rows: int) -> None:
    """Make the data of this size, where they are not there yet."""
    if not (place / "forecast.parquet").exists():
        code = f"from pathlib import Path; from benchmarks import data; data.write(Path({str(place)!r}), {rows})"
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def _machine() -> str:
    code = "from benchmarks.measuring import machine; print(machine())"
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    return answer.stdout.strip()


def _time(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1000:.3g} ms"
    if seconds < 120:  # noqa: PLR2004 - two minutes read better in seconds
        return f"{seconds:.3g} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"  # noqa: PLR2004


def _peer(seconds: float, measured: int, rows: int, ours: float) -> str:
    whole = seconds * rows / measured
    star = "" if measured >= rows else " *"
    return f"{_time(whole)}{star} ({whole / ours:,.0f} ×)"


def speed_table(found: dict[str, Any]) -> str:
    """Return the table of times: engine, floor and peers, each peer with its multiple of the engine's time."""
    head = ["rows × 26 weeks in days", "engine", "floor", "engine ÷ floor", "pandas groupby.apply"]
    head += ["the same loop, plain Python", "replenishment 0.1.2 †", "stockpyl 1.0.2 †", "peak memory", "one edit"]
    lines = ["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1)]
    for name, size in found["sizes"].items():
        engine, analyst = size["engine"], size["analyst"]
        ours, rows = engine["replenish_seconds"], engine["rows"]
        cells = [name, _time(ours), _time(engine["floor_seconds"]), f"{ours / engine['floor_seconds']:.0f}"]
        cells += [_peer(analyst[key], analyst["rows"], rows, ours) for key in ("apply_seconds", "loop_seconds")]
        for peer in ("replenishment", "stockpyl"):
            taken = found["simulators"][peer]
            cells.append(_peer(taken["seconds"], taken["rows"], rows, ours))
        cells += [f"{engine['peak_bytes']['summary and edits'] / 1e9:.2f} GB", f"{engine['edit_milliseconds']:.1f} ms"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def phase_table(found: dict[str, Any]) -> str:
    """Return the table of phases, one column per size."""
    sizes = found["sizes"]
    lines = ["| phase | " + " | ".join(sizes) + " |", "| --- |" + " ---: |" * len(sizes)]
    for phase in _PHASES:
        cells = [_time(size["engine"]["phases"][phase]) for size in sizes.values()]
        lines.append(f"| {phase} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def report(found: dict[str, Any]) -> str:
    """Return all that the run found, as Markdown."""
    parquet = found["parquet"]
    compared = sum(size["analyst"]["order_lines_compared"] for size in found["sizes"].values())
    notes = (
        "\\* extrapolated in proportion to the rows from a run of at most 10k rows. "
        "† does less: no order calendars, MOQ, multiples or maximum stocks. "
        f"{compared:,} order lines of the analyst's loops were equal to the engine's, to the unit."
    )
    from_parquet = (
        f"`load` + `replenish` + `summary` from Parquet, {name_of(parquet['rows'])} rows: "
        f"{_time(parquet['plan_seconds'])}; pandas reads and pivots that forecast in "
        f"{_time(parquet['pivot_seconds'])}: {parquet['ratio']:.1f} ×."
    )
    parts = [speed_table(found), notes, phase_table(found), from_parquet, f"Machine: {found['machine']}."]
    return "\n\n".join(parts)


def main() -> None:
    """Measure, print the tables, and write the figures as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", default="10k,100k,1M", help="sizes, with commas between")
    parser.add_argument("--quick", action="store_true", help="10k rows, peers on a tenth of them, one round")
    parser.add_argument("--json", type=Path, help="also write every figure to this file")
    parser.add_argument("--data", type=Path, help="keep the data in this folder and take what lies there")
    options = parser.parse_args()
    sizes = [10_000] if options.quick else [rows_of(text) for text in options.rows.split(",")]
    peer_rows, rounds = (PEER_ROWS // 10, 1) if options.quick else (PEER_ROWS, ROUNDS)
    with tempfile.TemporaryDirectory() as temporary:
        found = measure(sizes, options.data or Path(temporary), peer_rows, rounds)
    print(report(found))
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
