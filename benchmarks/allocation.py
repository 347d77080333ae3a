"""Measure every allocation rule against pandas, HiGHS, a min-cost flow and the floor; print the README's tables.

``python benchmarks/allocation.py [--sizes 10kx100,100kx50,1Mx10] [--quick] [--json file]``

Every measurement runs in a process of its own, one after the other, in this one run. See README.md beside this file.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.allocation_data import Size  # noqa: E402 (a script finds its package first)
from benchmarks.measuring import machine  # noqa: E402

METHODS = ("equal_runout", "proportional", "priority", "marginal_value", "even")
SIZES = "10kx100,100kx50,1Mx10"
ONE_ROUND_FROM = 5_000_000
"""Cells from which on one round has to do, but for what a promise is about."""
SOLVED_ITEMS = {"highs": 5, "relaxed": 20, "ortools": 200}
SOLVER_NAMES = {
    "highs": "HiGHS, `scipy.optimize.milp`", "relaxed": "HiGHS without whole numbers",
    "ortools": "OR-tools min-cost flow",
}  # fmt: skip
FASTER_THAN_HIGHS = 500
PANDAS_SIZE, HIGHS_SIZE = "100kx50", "10kx100"
"""Where the promises are measured."""

Found = dict[str, Any]


def run(*arguments: object) -> Found:
    """Run one measurement in a process of its own and read its JSON."""
    say(" ".join(str(argument) for argument in arguments))
    command = [sys.executable, "-m", *(str(argument) for argument in arguments)]
    answer = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if answer.returncode:
        sys.exit(f"{' '.join(command)}\n{answer.stderr}")
    found: Found = json.loads(answer.stdout.splitlines()[-1])
    return found


def say(text: str) -> None:
    """Tell how far the run is."""
    print(text, file=sys.stderr, flush=True)


def measure(sizes: list[str], rounds: int, solved: dict[str, int]) -> Found:
    """Run all measurements; solvers and files only at the first size."""
    found: Found = {"sizes": {}, "machine": machine()}
    for text in sizes:
        size = Size.of(text)
        times = rounds if size.cells < ONE_ROUND_FROM else 1
        judged = rounds if text == PANDAS_SIZE else times
        engine = {
            method: run("benchmarks.allocation_engine", text, method, judged if method == "equal_runout" else times)
            for method in METHODS
        }
        analyst = run("benchmarks.allocation_analyst", text, judged)
        found["sizes"][text] = {"engine": engine, "analyst": analyst}
    found["text"] = run("benchmarks.allocation_analyst", sizes[0], 1, "text")
    found["solvers"] = {
        name: run("benchmarks.allocation_solvers", name, sizes[0], items)
        for name, items in solved.items()
        if name != "ortools" or _has_ortools()
    }
    return found


def _has_ortools() -> bool:
    command = [sys.executable, "-c", "import ortools"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _time(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1000:.3g} ms"
    if seconds < 120:  # noqa: PLR2004 - two minutes read better in seconds
        return f"{seconds:.3g} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"  # noqa: PLR2004


def _scaled(taken: Found, key: str, cells: int) -> float:
    return float(taken[key]) * cells / float(taken["cells"])


def _analyst(taken: Found, key: str, cells: int, ours: float) -> str:
    star = "" if taken["cells"] == cells else " *"
    seconds = _scaled(taken, key, cells)
    return f"{_time(seconds)}{star} ({seconds / ours:.2g} ×)"


def _table(head: list[str], lines: list[list[str]]) -> str:
    rule = "| --- |" + " ---: |" * (len(head) - 1)
    return "\n".join(["| " + " | ".join(head) + " |", rule, *("| " + " | ".join(line) + " |" for line in lines)])


def speed_table(found: Found, title: str, key: str, floor: str, analyst: str) -> str:
    """Return one table of times: a line for each rule, pandas with its multiple of equal runout, the floor."""
    sizes = found["sizes"]
    lines = [[f"`{method}`", *(_time(size["engine"][method][key]) for size in sizes.values())] for method in METHODS]
    ours = {text: size["engine"]["equal_runout"] for text, size in sizes.items()}
    pandas = [_analyst(size["analyst"], analyst, ours[text]["cells"], ours[text][key]) for text, size in sizes.items()]
    lines.append(["pandas, proportional, rounded down", *pandas])
    lines.append(["floor: copy every array once", *(_time(one[floor]) for one in ours.values())])
    return _table([title, *(str(Size.of(text)) for text in sizes)], lines)


def outcome_table(found: Found) -> str:
    """Return what each method leaves, how short its worst location is, what it is worth, and its memory."""
    head = ["method", "size", "lowest cover of an item, mean", "left unshipped", "expected value", "peak memory"]
    lines = []
    for text, size in found["sizes"].items():
        taken = {**{f"`{name}`": one for name, one in size["engine"].items()}, "pandas": size["analyst"]}
        for name, one in taken.items():
            goal = one["objective"]
            value = "" if goal["value"] is None else f"{goal['value']:,.0f}"
            cover, left = f"{goal['mean_minimum_cover']:.1f} days", f"{goal['left']:,.0f}"
            lines.append([name, str(Size.of(text)), cover, left, value, f"{one['peak_bytes'] / 1e9:.2f} GB"])
    return _table(head, lines)


def solver_table(found: Found) -> str:
    """Return the table of the solvers on the marginal value rule, extrapolated from the items that were solved."""
    text = next(iter(found["sizes"]))
    items, ours = Size.of(text).items, found["sizes"][text]["engine"]["marginal_value"]["share_seconds"]
    lines = [["`marginal_value`", f"{items:,}", _time(ours), "1 ×", "exact"]]
    for name, taken in found["solvers"].items():
        whole = taken["seconds"] * items / taken["items"]
        reached = f"{taken['objective'] / taken['engine_objective'] - 1:+.1e}"
        times = f"{_time(whole)} *", f"{whole / ours:,.0f} ×"
        lines.append([SOLVER_NAMES[name], f"{taken['items']:,}", *times, reached])
    if "ortools" not in found["solvers"]:
        lines.append([SOLVER_NAMES["ortools"], "not installed", "", "", ""])
    return _table([f"item by item, {Size.of(text)}", "items solved", "time", "to ours", "value against ours"], lines)


def gates(found: Found) -> list[str]:
    """Return the promises of the rules, where their sizes were run, and whether this run kept them."""
    lines, sizes = [], found["sizes"]
    if PANDAS_SIZE in sizes:
        ours, analyst = sizes[PANDAS_SIZE]["engine"]["equal_runout"], sizes[PANDAS_SIZE]["analyst"]
        for what, key, theirs in (
            ("from forecast and stock", "allocate_seconds", "seconds"),
            ("from need and available", "share_seconds", "share_seconds"),
        ):
            seconds = _scaled(analyst, theirs, ours["cells"])
            goal = f"`equal_runout` at {Size.of(PANDAS_SIZE)} no slower than pandas, {what}"
            lines.append(f"{_kept(ours[key] <= seconds)}: {goal}: {_time(ours[key])} against {_time(seconds)}.")
    if next(iter(sizes)) == HIGHS_SIZE:
        taken, size = found["solvers"]["highs"], Size.of(HIGHS_SIZE)
        whole = taken["seconds"] * size.items / taken["items"]
        ratio = whole / sizes[HIGHS_SIZE]["engine"]["marginal_value"]["share_seconds"]
        goal = f"`marginal_value` at {size} at least {FASTER_THAN_HIGHS} times faster than HiGHS item by item"
        lines.append(f"{_kept(ratio >= FASTER_THAN_HIGHS)}: {goal}: {ratio:,.0f} times.")
    return lines


def _kept(kept: bool) -> str:
    return "Kept" if kept else "NOT KEPT"


def notes(found: Found) -> str:
    """Return what the tables do not say."""
    said = ["\\* extrapolated in proportion to the items."]
    for text, size in found["sizes"].items():
        one = size["analyst"]
        units = max(1.0, one["units"])
        said.append(
            f"At {Size.of(text)} pandas leaves {one['objective']['left'] / units:.1%} of what could be shipped, and "
            f"{one['elsewhere'] / units:.1%} of the units of equal runout are not where it puts them."
        )
    text, size = found["text"], Size.of(next(iter(found["sizes"])))
    ours = text["load_seconds"] + text["allocate_seconds"]
    said.append(
        f"From frames with text keys, as files have them, {size}: `load` + `allocate` {_time(ours)} "
        f"({_time(text['load_seconds'])} of it `load`), pandas {_time(text['seconds'])}."
    )
    edits = ", ".join(
        f"{one['engine']['equal_runout']['edit_milliseconds']:.1f} ms at {Size.of(name)}"
        for name, one in found["sizes"].items()
    )
    return " ".join([*said, f"One edit and the lines of its item: {edits}."])


def report(found: Found) -> str:
    """Return all that the run found, as Markdown."""
    whole = speed_table(found, "from forecast and stock", "allocate_seconds", "plan_floor_seconds", "seconds")
    kernel = speed_table(found, "from need and available", "share_seconds", "share_floor_seconds", "share_seconds")
    kept = "\n".join(f"* {line}" for line in gates(found))
    parts = [whole, kernel, outcome_table(found), solver_table(found), notes(found), kept]
    return "\n\n".join([*parts, f"Machine: {found['machine']}."])


def main() -> None:
    """Measure, print the tables, and write the figures as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default=SIZES, help="items x locations, with commas between")
    parser.add_argument("--quick", action="store_true", help="small sizes, one round, few items solved")
    parser.add_argument("--json", type=Path, help="also write every figure to this file")
    options = parser.parse_args()
    sizes = ["500x100", "2kx50", "10kx10"] if options.quick else options.sizes.split(",")
    solved = {name: max(2, items // 5) for name, items in SOLVED_ITEMS.items()} if options.quick else SOLVED_ITEMS
    found = measure(sizes, 1 if options.quick else 2, solved)
    print(report(found))
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
