"""How good are the decisions: cost, service and stock of our defaults and of other rules, on demand that came.

    python benchmarks/decisions.py [--quick] [--sets manufacturer,wholesaler,sample] [--json file]

Every rule orders every week from the weeks before it only; the last 26 weeks are measured. How it is done, and what it
showed, stands in `benchmarks/README.md`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

import moselle_nb as mo
from benchmarks import decisions_data as sets
from benchmarks import decisions_rules as rules
from benchmarks.decisions_trial import COSTS, Outcome, interval, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.decisions_data import Case, Floats

Fitted: TypeAlias = "dict[int, tuple[Floats, Floats]]"

QUICK_ROWS = 300
MARK_UPS = (0.25, 0.5, 1.0)
MODEL = "AutoETS"
OURS = "ours"


def policies(case: Case, fitted: Fitted) -> dict[str, Callable[[], rules.Rule]]:
    """Return the rules by name, ours first."""
    safety = mo.SafetyStock("cost")
    found: dict[str, Callable[[], rules.Rule]] = {
        OURS: lambda: rules.Ours(case, safety_stock=safety),
        "ours, expected leftover": lambda: rules.Ours(case, safety_stock=safety, lost_sales_sizing="expected_leftover"),
        "ours, mean of 26 weeks": lambda: rules.Ours(case, "mean", safety_stock=safety),
        "last 4 weeks, 4 weeks' cover": lambda: rules.Cover(case),
        "textbook normal": lambda: rules.Textbook(case),
        "min–max from history": lambda: rules.MinMax(case),
        f"statsforecast {MODEL}": lambda: rules.Library(case, MODEL, fitted),
        "perfect foresight": lambda: rules.Foresight(case),
    }
    if (case.order_cost > 0).any():
        found["ours, silver_meal"] = lambda: rules.Ours(case, safety_stock=safety, lot_sizing="silver_meal")
    if find_spec("statsforecast") is None:
        del found[f"statsforecast {MODEL}"]
        print("statsforecast is not installed (extra forecast): its rule is skipped", flush=True)
    return found


def compared(case: Case, outcomes: dict[str, Outcome]) -> list[dict[str, Any]]:
    """Return one record per rule: costs, service, stock, and the interval of its difference to ours."""
    ours = outcomes[OURS].cost(case)
    records = []
    for name, outcome in outcomes.items():
        cost = outcome.cost(case)
        low, high = interval(case, cost - ours)
        parts = {part: float(values.sum()) for part, values in outcome.costs(case).items()}
        records.append(
            {
                "set": case.name,
                "rule": name,
                "cost": float(cost.sum()),
                **parts,
                "fill_rate": float(1 - outcome.unserved.sum() / outcome.demand.sum()),
                "stock": float(outcome.stock_weeks.sum() / sets.MEASURED_WEEKS),
                "dearer": float((cost - ours).sum() / ours.sum()),
                "low": low / float(ours.sum()),
                "high": high / float(ours.sum()),
            }
        )
    return records


def table(records: list[dict[str, Any]]) -> str:
    """Return records as a table in Markdown."""
    lines = [
        "| rule | cost | holding | shortage | order | fill rate | average stock | against ours (95 %) |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for each in records:
        against = "" if each["rule"] == OURS else f"{each['dearer']:+.1%} ({each['low']:+.1%} to {each['high']:+.1%})"
        money = " | ".join(f"{each[name]:,.0f}" for name in ("cost", *COSTS))
        lines.append(f"| {each['rule']} | {money} | {each['fill_rate']:.1%} | {each['stock']:,.0f} | {against} |")
    return "\n".join(lines)


def measured(case: Case, fitted: Fitted) -> dict[str, Outcome]:
    """Run every rule."""
    outcomes = {}
    for name, make in policies(case, fitted).items():
        begin = time.perf_counter()
        outcomes[name] = run(case, make())
        print(f"  {name}: {time.perf_counter() - begin:,.0f} s", flush=True)
    return outcomes


def cases(names: list[str], *, quick: bool) -> list[Case]:
    """Return the sets that are asked for and there; a quick run takes some rows, spread evenly."""
    makers = {"manufacturer": sets.manufacturer, "wholesaler": sets.wholesaler, "sample": sets.sample}
    found = []
    for name in names:
        if name != "sample" and not sets.SHARED.joinpath("data").exists():
            print(f"{name}: the set is not at {sets.SHARED}; set MOSELLE_NB_SHARED. Skipped.", flush=True)
            continue
        case = makers[name]()
        if quick and len(case.keys) > QUICK_ROWS:
            case = case.take(np.linspace(0, len(case.keys) - 1, QUICK_ROWS).astype(np.intp))
        found.append(case)
    return found


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_ROWS} rows of each set")
    parser.add_argument("--sets", default="manufacturer,wholesaler,sample")
    parser.add_argument("--json", type=Path, help="write every figure to this file")
    asked = parser.parse_args()
    records = []
    for case in cases(asked.sets.split(","), quick=asked.quick):
        print(f"\n{case.name}: {len(case.keys):,} rows", flush=True)
        fitted: Fitted = {}
        variants = MARK_UPS if case.name == "manufacturer" else (None,)
        for share in variants:
            priced = case if share is None else case.with_mark_up(share)
            found = compared(priced, measured(priced, fitted))
            records += [{**record, "mark_up": share} for record in found]
            print(f"\n### {case.name}{'' if share is None else f', mark-up {share:.0%}'}\n\n{table(found)}", flush=True)
    if asked.json:
        asked.json.write_text(json.dumps(records, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
