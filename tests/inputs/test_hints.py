"""Hints: a near name is offered, a name that merely has some letters in common is not."""

from __future__ import annotations

import pytest

from moselle_nb.exceptions import near
from moselle_nb.inputs.tables import TABLES

ITEMS = TABLES["items"].names


@pytest.mark.parametrize(
    ("name", "choices", "meant"),
    [
        ("METS", ["TRIER", "METZ"], "METZ"),
        ("metz", ["TRIER", "METZ"], "METZ"),
        ("MEZT", ["TRIER", "METZ"], "METZ"),
        ("METTZ", ["TRIER", "METZ"], "METZ"),
        ("MTZ", ["TRIER", "METZ"], "METZ"),
        ("unitcost", ITEMS, "unit_cost"),
        ("lead_time", ITEMS, "lead_time_days"),
        ("forcast", TABLES, "forecast"),
        ("quantities", ["quantity"], "quantity"),
    ],
)
def test_a_near_name_is_offered(name: str, choices: list[str], meant: str) -> None:
    assert near(name, choices) == f" (did you mean {meant!r}?)"


@pytest.mark.parametrize(
    ("name", "choices"),
    [
        ("item", ["SKU", "Site", "Day", "Qty"]),
        ("notes", TABLES),
        ("prices", TABLES),
        ("minimum_order", ITEMS),
        ("A1", ["A2", "B1"]),
        ("", ITEMS),
        ("METZ", []),
    ],
)
def test_another_name_is_not_offered(name: str, choices: list[str]) -> None:
    assert not near(name, choices)
