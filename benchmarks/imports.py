"""What it costs to begin: ``import moselle_nb``, and the first ``load``, against ``import pandas``.

``python benchmarks/imports.py [--rounds 9] [--json file]``
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

_ALLOWED_RATIO = 1.6

_TABLES = {
    "forecast": "item,location,date,quantity\nA1,METZ,2026-11-23,14\nA1,METZ,2026-11-30,21\n",
    "inventory": "item,location,on_hand,as_of\nA1,METZ,30,2026-11-23\n",
    "items": "item,supplier,lead_time_days\nA1,V1,5\n",
    "suppliers": "supplier\nV1\n",
    "locations": "location\nMETZ\n",
}

_CLOCK = """
import sys, time
begin = time.perf_counter()
{code}
print(time.perf_counter() - begin, sorted({{name.partition(".")[0] for name in sys.modules}}))
"""

_NOT_ON_IMPORT = {"pandas", "anywidget", "ipywidgets", "IPython", "pyarrow", "scipy", "altair", "openpyxl"}


def _seconds(code: str) -> tuple[float, set[str]]:
    """Run code in a fresh interpreter; return its seconds (its start left out) and its packages."""
    command = [sys.executable, "-c", _CLOCK.format(code=code)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1])
    seconds, _, packages = answer.stdout.partition(" ")
    return float(seconds), set(json.loads(packages.replace("'", '"')))


def measure(rounds: int) -> dict[str, object]:
    """Measure the three beginnings in turns, each in a fresh interpreter; the first turn does not count."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in _TABLES.items():
            (Path(folder) / f"{name}.csv").write_text(text)
        beginnings = {
            "import pandas": "import pandas",
            "import moselle_nb": "import moselle_nb",
            "first load": f"import moselle_nb; moselle_nb.load({folder!r})",
        }
        seconds: dict[str, list[float]] = {name: [] for name in beginnings}
        packages: dict[str, set[str]] = {}
        for turn in range(rounds + 1):
            for name, code in beginnings.items():
                taken, packages[name] = _seconds(code)
                if turn:
                    seconds[name].append(taken)
    medians = {name: statistics.median(taken) for name, taken in seconds.items()}
    ratios = [load / pandas for load, pandas in zip(seconds["first load"], seconds["import pandas"], strict=True)]
    return {
        "rounds": rounds,
        "seconds": medians,
        "ratio": statistics.median(ratios),
        "allowed_ratio": _ALLOWED_RATIO,
        "loaded_by_import": sorted(packages["import moselle_nb"] & _NOT_ON_IMPORT),
    }


def main() -> None:
    """Print the table, and write the figures as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    figures = measure(options.rounds)
    seconds = figures["seconds"]
    assert isinstance(seconds, dict)
    print("| beginning | seconds | × import pandas |\n| --- | ---: | ---: |")
    for name, taken in seconds.items():
        ratio = figures["ratio"] if name == "first load" else taken / seconds["import pandas"]
        print(f"| {name} | {taken:.3f} | {ratio:.2f} |")
    print(f"\nLoaded by `import moselle_nb` of what it should not: {figures['loaded_by_import'] or 'nothing'}.")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
