"""Price breaks as they come in: any order of lines, and every way in which they can be wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import moselle_nb as mo
from tests.inputs.tables import clean, write_csv, write_excel

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = ("item", "location", "supplier", "from_quantity", "unit_cost", "kind")


def breaks(*lines: tuple[Any, ...]) -> pd.DataFrame:
    """Make a table of lines of item, location, supplier, from_quantity, unit_cost and kind."""
    return pd.DataFrame(lines, columns=list(COLUMNS[: len(lines[0])]))


def test_lines_come_in_any_order_and_kind_is_all_units_by_default(tmp_path: Path) -> None:
    table = breaks(("A1", None, None, 400, 2.0), ("A1", None, None, 100, 2.25), ("A1", "METZ", "MOSEL", 50, 2.5))
    tables = {**clean(), "price_breaks": table}
    for data in (mo.load(tables), mo.load(write_csv(tables, tmp_path))):
        assert data.quality.empty
        assert data.price_breaks["from_quantity"].tolist() == [100, 400, 50]
        assert data.price_breaks["unit_cost"].tolist() == [2.25, 2.0, 2.5]
        assert data.price_breaks["kind"].isna().all()


def test_no_table_is_an_empty_one() -> None:
    assert mo.load(clean()).price_breaks.empty


OF_ITEM = "which holds below the first break"
GROUP = "item, location and supplier"
BROKEN: dict[str, tuple[list[tuple[Any, ...]], str]] = {
    "out of order": (
        [("A1", None, None, 100, 2.0), ("A1", None, None, 400, 2.25), ("A1", "METZ", None, 400, 2.4)],
        (
            "price breaks out of order: a larger quantity never costs more per unit: 1 row, "
            "e.g. A1 unit_cost = 2.25 from 400"
        ),
    ),
    "out of order after two": (
        [("A1", None, None, 400, 2.1), ("A1", None, None, 200, 2.0), ("A1", None, None, 100, 2.2)],
        (
            "price breaks out of order: a larger quantity never costs more per unit: 1 row, "
            "e.g. A1 unit_cost = 2.1 from 400"
        ),
    ),
    "repeated": (
        [("A1", "METZ", None, 100, 2.0), ("A1", "METZ", None, 100, 2.25)],
        (
            f"from_quantity stands once for each {GROUP}: 2 rows, "
            "e.g. (A1, METZ) unit_cost = 2 from 100, (A1, METZ) unit_cost = 2.25 from 100"
        ),
    ),
    "none above 0": (
        [("A1", None, None, 0, 2.0)],
        "from_quantity is whole and >= 1: 1 row, e.g. A1 from_quantity = 0",
    ),
    "no quantity": ([("A1", None, None, None, 2.0)], "from_quantity is given: 1 row, e.g. A1"),
    "negative": ([("A1", None, None, 10, -2.0)], "unit_cost is finite and >= 0: 1 row, e.g. A1 unit_cost = -2"),
    "no number": ([("A1", None, None, 10, "cheap")], "unit_cost is a number: 1 row, e.g. A1 unit_cost = 'cheap'"),
    "above the item": (
        [("A1", None, None, 10, 2.75)],
        f"unit_cost is at most that of the item, {OF_ITEM}: 1 row, e.g. A1 unit_cost = 2.75 from 10, not 2.5",
    ),
    "mixed kinds": (
        [("A1", None, None, 10, 2.25, None), ("A1", None, None, 20, 2.0, "incremental")],
        f"kind is one for each {GROUP}: 2 rows, e.g. A1 unit_cost = 2.25 from 10, A1 unit_cost = 2 from 20",
    ),
    "unknown kind": (
        [("A1", None, None, 10, 2.25, "incremental_units")],
        (
            "kind is one of all_units, incremental: 1 row, e.g. A1 kind = 'incremental_units' "
            "(did you mean 'incremental'?)"
        ),
    ),
    "unknown item": ([("A11", None, None, 10, 2.25)], "item is known: 1 row, e.g. 'A11' (did you mean 'A1'?)"),
    "unknown location": (
        [("A1", "METS", None, 10, 2.25)],
        "location is known: 1 row, e.g. 'METS' (did you mean 'METZ'?)",
    ),
    "unknown supplier": (
        [("A1", None, "MOSSEL", 10, 2.25)],
        "supplier is known: 1 row, e.g. 'MOSSEL' (did you mean 'MOSEL'?)",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_one_broken_rule(name: str) -> None:
    lines, rule = BROKEN[name]
    with pytest.raises(mo.ContractError) as broken:
        mo.load({**clean(), "price_breaks": breaks(*lines)})
    said = str(broken.value)
    if name == "unknown item":  # it has no cost either, which is said as well
        assert f"  - {rule}\n" in said
    else:
        assert said == f"price_breaks: 1 rule broken\n  - {rule}"


@pytest.mark.parametrize("name", ["unknown item", "unknown location", "unknown supplier"])
def test_price_breaks_are_no_source_of_keys(name: str) -> None:
    tables = clean()
    lines, rule = BROKEN[name]
    tables["sourcing"] = tables["items"][["item", "supplier", "unit_cost"]]
    without = f"{name.removeprefix('unknown ')}s"
    del tables[without]
    with pytest.raises(mo.ContractError) as broken:
        mo.load({**tables, "price_breaks": breaks(*lines)})
    assert f"  - {rule}" in str(broken.value)


def test_an_item_without_a_cost_has_no_price_below_the_first_break() -> None:
    tables = clean()
    tables["items"] = tables["items"].drop(columns="unit_cost")
    with pytest.raises(mo.ContractError, match=f"the item has a unit_cost, {OF_ITEM}: 1 row, e.g. A1 unit_cost = 2"):
        mo.load({**tables, "price_breaks": breaks(("A1", None, None, 10, 2.0))})


def test_every_broken_rule_is_reported_at_once() -> None:
    lines = breaks(("A1", None, None, 100, 2.0), ("A1", None, None, 400, 9.0), ("B2", "TRIER", None, 7, -1.0))
    with pytest.raises(mo.ContractError) as broken:
        mo.load({**clean(), "price_breaks": lines})
    assert str(broken.value) == (
        "price_breaks: 3 rules broken\n"
        "  - unit_cost is finite and >= 0: 1 row, e.g. (B2, TRIER) unit_cost = -1\n"
        "  - price breaks out of order: a larger quantity never costs more per unit: 1 row, "
        "e.g. A1 unit_cost = 9 from 400\n"
        "  - unit_cost is at most that of the item, which holds below the first break: 1 row, "
        "e.g. A1 unit_cost = 9 from 400, not 2.5"
    )


def test_a_workbook_and_a_folder_have_them_too(tmp_path: Path) -> None:
    tables = {**clean(), "price_breaks": breaks(("A1", "METZ", "MOSEL", 50, 2.25, "incremental"))}
    for path in (write_excel(tables, tmp_path / "tables.xlsx"), write_csv(tables, tmp_path / "folder")):
        table = mo.load(path).price_breaks
        assert table.to_dict("records") == tables["price_breaks"].to_dict("records")
