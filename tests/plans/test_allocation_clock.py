"""What the time for solvers cuts off: a file gives the same plan again, on whatever machine it is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import moselle_nb as mo
from moselle_nb.engines.exact_solver import Budget
from moselle_nb.plans.allocating import clock as allocation_clock
from moselle_nb.plans.allocation import allocate

if TYPE_CHECKING:
    from pathlib import Path

DAYS = pd.date_range("2026-11-23", periods=28)
NAMES = [f"L{number:02}" for number in range(14)]
SETTINGS: dict[str, dict[str, Any]] = {
    "moves": {"mode": "rebalance", "excess_days": 10, "min_gain": 3},
    "values": {"source": "W", "method": "marginal_value"},
    "sources": {"source": ["V", "W"]},
}


def cut_off(kind: str, seconds: float = 1e-6) -> mo.AllocationPlan:
    """Plan three items whose packs and minimums differ, with next to no time for solvers."""
    rng = np.random.default_rng(5)
    items, places = ["A", "B", "C"], [*NAMES, "V", "W"]
    routes = [(a, b) for a in (NAMES if kind == "moves" else ("V", "W")) for b in NAMES if a != b]
    tables = {
        "items": pd.DataFrame({"item": items, "unit_cost": 2.0, "unit_price": 5.0}),
        "locations": pd.DataFrame({"location": places}),
        "forecast": pd.DataFrame(
            [(item, place, day, float(each)) for item in items for place in NAMES for each in [rng.integers(1, 5)]
             for day in DAYS],
            columns=["item", "location", "date", "quantity"],
        ),
        "inventory": pd.DataFrame(
            [(item, place, int(rng.integers(0, 120))) for item in items for place in places],
            columns=["item", "location", "on_hand"],
        ),
        "lanes": pd.DataFrame(
            [(a, b, 0, float(rng.integers(1, 9)) / 4, pack, 2 * pack) for a, b in routes
             for pack in [1 if kind == "sources" else int(rng.integers(1, 6))]],
            columns=["source", "destination", "lead_time_days", "unit_cost", "pack", "transfer_minimum"],
        ).assign(transfer_minimum=lambda frame: None if kind == "sources" else frame["transfer_minimum"]),
        "constraints": pd.DataFrame({"scope": ["plan"], "key": [None], "field": ["forecast_cv"], "value": [0.3]}),
    }  # fmt: skip
    config = mo.AllocationConfig(
        name="c", coverage=("2026-11-23", "2026-12-06"), solver_seconds=seconds, **SETTINGS[kind]
    )
    return allocate(mo.load(tables, as_of="2026-11-23"), config)


@pytest.mark.parametrize("kind", SETTINGS)
def test_a_plan_that_was_cut_off_opens_as_it_was(kind: str, tmp_path: Path) -> None:
    plan = cut_off(kind)
    assert plan.decided
    assert plan.check().violations.empty
    line = plan.lines.iloc[0]
    edited = plan.edit(line["item"], line["location"], line["date"], 0, source=line["source"], lock=True)
    for each in (plan, edited):
        file = tmp_path / "plan.moselle"
        each.save(file)
        opened = mo.open_plan(file)
        pd.testing.assert_frame_equal(opened.lines, each.lines)
        assert opened.fingerprint == each.fingerprint
        again = tmp_path / "again.moselle"
        opened.save(again)
        assert again.read_bytes() == file.read_bytes()


def test_a_plan_whose_solvers_finished_remembers_nothing_and_opens_without_hurry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was proven when it was saved is solved again, however slow the machine is that opens the file."""
    plan = cut_off("moves", 30.0)
    assert not plan.decided
    assert plan.merged.quantity.sum() > 0
    plan.save(tmp_path / "plan.moselle")
    asked: list[float] = []
    real = Budget.__init__

    def slow(self: Any, seconds: float) -> None:
        asked.append(seconds)
        real(self, seconds)

    monkeypatch.setattr(Budget, "__init__", slow)
    opened = mo.open_plan(tmp_path / "plan.moselle")
    assert max(asked) == np.inf
    pd.testing.assert_frame_equal(opened.lines, plan.lines)


def test_a_file_whose_cut_off_quantities_break_a_rule_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hashes show damage; who writes his own is held to what holds for every plan."""
    plan = cut_off("moves")
    for cut in plan.decided.values():
        cut.quantity[:] = 1000.0
    monkeypatch.setattr(type(plan), "merged", allocate_as(plan))
    plan.save(tmp_path / "plan.moselle")
    with pytest.raises(mo.PlanFileError, match="breaks a rule"):
        mo.open_plan(tmp_path / "plan.moselle")


def allocate_as(plan: mo.AllocationPlan) -> Any:
    """Give the quantities that a plan with those decisions would have."""
    with allocation_clock.as_decided(plan.decided):
        from moselle_nb.plans.allocation import build_allocation

        arrays = build_allocation(plan.inputs, plan.config).arrays
    return property(lambda _: arrays)
