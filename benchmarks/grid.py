"""The first screen of a plan: `PlanGrid` against ipydatagrid, side by side in one headless Chromium.

``python benchmarks/grid.py [--rows 1M] [--data folder] [--json file]``

Both show the same plan: one line per item-location, one column per week. Each runs in a real JupyterLab, in a
kernel of its own where the plan is already built; measured is one cell, from running it to its first numbers.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.notebook_page import Screen, chromium, first_screen, server
from benchmarks.replenishment import ROOT, make, name_of, rows_of

_SETUP = """
import sys
sys.path.insert(0, {root!r})
import moselle_nb as mo
from benchmarks.engine import config
plan = mo.replenish(mo.load({folder!r}), config())
"""

_SETUP_FRAME = """
import numpy as np, pandas as pd
from ipydatagrid import DataGrid
quantity = plan.order_matrix(np.arange(plan.n_rows)).quantity
frame = pd.DataFrame(quantity, columns=plan.buckets["date"].astype(str))
frame.insert(0, "location", plan.summary["location"].to_numpy())
frame.insert(0, "item", plan.summary["item"].to_numpy())
del plan, quantity
"""

_CELLS_WITH_NUMBERS = """
[...document.querySelectorAll('.slick-row .slick-cell')].filter((cell) => /[0-9]/.test(cell.textContent)).length > 20
"""

_CANVAS_WITH_TEXT = """
[...document.querySelectorAll('.jp-OutputArea canvas')].some((canvas) => {
  if (!canvas.width || !canvas.height) return false;
  const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, Math.min(canvas.height, 300));
  let dark = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] > 200 && data[i] + data[i + 1] + data[i + 2] < 300) dark += 1;
  }
  return dark > 500;
})
"""


def measure(folder: Path) -> dict[str, Screen]:
    """Show the plan of the tables in ``folder`` with both grids, one after the other."""
    setup = _SETUP.format(root=str(ROOT), folder=str(folder))
    grids = {
        "PlanGrid": (setup + "from moselle_nb import PlanGrid\n", "PlanGrid(plan)", _CELLS_WITH_NUMBERS),
        "ipydatagrid": (setup + _SETUP_FRAME, "DataGrid(frame)", _CANVAS_WITH_TEXT),
    }
    found = {}
    for name, (before, show, painted) in grids.items():
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as notebooks:
            place = Path(notebooks)
            with server(place) as address:
                found[name] = first_screen(address, place, before, show, painted.strip())
        print(f"{name}: {found[name]}", file=sys.stderr)
    return found


def table(found: dict[str, Screen], rows: int) -> str:
    """Return the figures as a Markdown table."""
    lines = [f"| first screen, {name_of(rows)} rows | sent | time to first paint |", "| --- | ---: | ---: |"]
    for name, screen in found.items():
        lines.append(f"| {name} | {screen.sent_bytes / 1e6:,.2f} MB | {screen.paint_seconds:.2f} s |")
    return "\n".join(lines)


def main() -> None:
    """Measure and print the table; write the figures as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", default="1M")
    parser.add_argument("--data", type=Path, help="keep the data in this folder and take what lies there")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    options = parser.parse_args()
    if chromium() is None:
        sys.exit("No Chromium: set MOSELLE_NB_CHROMIUM or put chromium on PATH.")
    rows = rows_of(options.rows)
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.data or Path(temporary)) / name_of(rows)
        make(folder, rows)
        found = measure(folder)
    print(table(found, rows))
    if options.json:
        figures = {name: dataclasses.asdict(screen) for name, screen in found.items()}
        options.json.write_text(json.dumps({"rows": rows, **figures}, indent=1) + "\n")


if __name__ == "__main__":
    main()
