"""A source whose own forecast looks like the sum of what it feeds: said once where that demand counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import moselle_nb as mo

if TYPE_CHECKING:
    from pathlib import Path

WEEKS = ["2026-11-23", "2026-11-30", "2026-12-07", "2026-12-14"]


def allocated(own: float, **settings: Any) -> mo.AllocationPlan:
    """Divide 50 at DC, which forecasts so much a week itself, between S1 and S2, which sell 10 and 30."""
    each = {"DC": own, "S1": 10.0, "S2": 30.0}
    tables = {
        "forecast": pd.DataFrame(
            [("A", place, week, units) for place, units in each.items() for week in WEEKS],
            columns=["item", "location", "date", "quantity"],
        ),
        "locations": pd.DataFrame({"location": list(each)}),
        "lanes": pd.DataFrame({"source": ["DC", "DC"], "destination": ["S1", "S2"]}),
        "inventory": pd.DataFrame({"item": ["A"], "location": ["DC"], "on_hand": [50]}),
    }
    config = mo.AllocationConfig(name="c", source="DC", coverage=(WEEKS[0], "2026-12-20"), **settings)
    return mo.allocate(mo.load(tables, as_of=WEEKS[0]), config)


@pytest.mark.parametrize(
    ("own", "demand", "expected"),
    [(40.0, "share", "takes its share"), (40.0, "protect", "is served first"), (40.0, "ignore", None),
     (70.0, "share", None)],
)  # fmt: skip
def test_it_is_said_once_where_it_counts(own: float, demand: str, expected: str | None, tmp_path: Path) -> None:
    plan = allocated(own, source_demand=demand, ship_every_days=7)
    said = plan.messages[plan.messages["kind"] == "counted_twice"]
    if expected is None:
        assert said.empty
    else:
        assert said["location"].tolist() == ["DC"]
        assert said["item"].isna().all()
        assert expected in said["text"].iloc[0]
        assert 'source_demand="ignore"' in said["text"].iloc[0]
    file = tmp_path / "plan.moselle"
    plan.save(file)
    pd.testing.assert_frame_equal(mo.open_plan(file).messages, plan.messages)
