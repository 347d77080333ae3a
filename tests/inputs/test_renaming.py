"""The user's column names, in either direction."""

from __future__ import annotations

from typing import Any

import pytest

import moselle_nb as mo
from tests.inputs.tables import Tables, assert_same, clean

THEIRS = {"Artikel": "item", "Lager": "location", "Menge": "quantity"}


def _german() -> Tables:
    ours = {our: their for their, our in THEIRS.items()}
    return {name: frame.rename(columns=ours) for name, frame in clean().items()}


@pytest.mark.parametrize(
    "columns",
    [
        {
            "forecast": THEIRS,
            "inventory": {"Artikel": "item", "Lager": "location"},
            "inbound": {"item": "Artikel", "location": "Lager", "quantity": "Menge"},
            "items": {"Artikel": "item"},
            "locations": {"Lager": "location"},
        },
        THEIRS,
        {our: their for their, our in THEIRS.items()},
    ],
    ids=["by table", "for all tables", "the other way round"],
)
def test_names_are_mapped(columns: Any) -> None:
    assert_same(mo.load(_german(), columns=columns), mo.load(clean()))


def test_names_that_differ_in_spelling_only_need_no_mapping() -> None:
    tables = {
        name: frame.rename(columns=lambda column: f" {column.replace('_', ' ').title()} ")
        for name, frame in clean().items()
    }
    tables["suppliers"] = tables["suppliers"].rename(columns={" Lead Time Days ": "LEAD-TIME_days"})
    assert_same(mo.load(tables), mo.load(clean()))


def test_a_mapped_column_of_ones_own() -> None:
    tables = clean()
    tables["items"] = tables["items"].assign(Farbe=["rot", "blau"])
    assert mo.load(tables, columns={"items": {"Farbe": "colour"}}).items["colour"].tolist() == ["rot", "blau"]


@pytest.mark.parametrize(
    ("columns", "rule"),
    [
        ({"Artikl": "item"}, "columns of the mapping are there: 'Artikl' (did you mean 'Artikel'?)"),
        (
            {"forecast": {"Lagr": "location"}},
            "columns of the mapping are there: 'Lagr' is no column of forecast (did you mean 'Lager'?)",
        ),
        (
            {"forcast": {"Lager": "location"}},
            "the mapping names tables of the contract: 'forcast' (did you mean 'forecast'?)",
        ),
    ],
)
def test_a_mapping_that_fits_nothing(columns: Any, rule: str) -> None:
    with pytest.raises(mo.ContractError) as broken:
        mo.load(_german(), columns=columns)
    assert str(broken.value) == f"columns: 1 rule broken\n  - {rule}"


def test_a_mapping_onto_a_column_that_is_there() -> None:
    tables = clean()
    tables["forecast"] = tables["forecast"].assign(Menge=1)
    with pytest.raises(mo.ContractError) as broken:
        mo.load(tables, columns={"forecast": {"Menge": "quantity"}})
    assert str(broken.value) == (
        "forecast: 1 rule broken\n  - column names are unique: 'quantity' comes from 'quantity' and 'Menge'"
    )
