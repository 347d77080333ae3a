"""The user's column names and ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from moselle_nb.exceptions import near
from moselle_nb.inputs.raw import RawTable, folded
from moselle_nb.inputs.tables import TABLES

if TYPE_CHECKING:
    from moselle_nb.inputs.ledger import Ledger

__all__ = ["ColumnNames", "rename"]

ColumnNames = Mapping[str, Mapping[str, str]] | Mapping[str, str]
"""Table to {their name: our name}, or one such mapping for all tables; our name: their name is understood too."""


def rename(tables: dict[str, RawTable], columns: ColumnNames | None, ledger: Ledger) -> dict[str, RawTable]:
    """Give every column our name.

    Parameters
    ----------
    tables
        The tables as they arrived.
    columns
        What `load` was given.
    ledger
        Where broken rules go.
    """
    pairs = _pairs(tables, columns or {}, ledger)
    renamed = {}
    for name, table in tables.items():
        new = table.renamed(TABLES[name], pairs.get(name, {}))
        names = [column for column, _ in new.columns if column]
        twice = [column for column in dict.fromkeys(names) if names.count(column) > 1]
        if twice:
            ledger.breaks(name, "column names are unique", 0, [_twice(table, new, column) for column in twice])
        renamed[name] = new
    return renamed


def _twice(table: RawTable, new: RawTable, column: str) -> str:
    pairs = zip(table.columns, new.columns, strict=True)
    theirs = [repr(their) for (their, _), (our, _) in pairs if our == column]
    return f"{column!r} comes from {' and '.join(theirs)}"


def _pairs(tables: dict[str, RawTable], columns: ColumnNames, ledger: Ledger) -> dict[str, dict[str, str]]:
    pairs: dict[str, dict[str, str]] = {}
    flat: dict[str, str] = {}
    for key, value in columns.items():
        if not isinstance(value, Mapping):
            flat[str(key)] = str(value)
        elif folded(key) not in TABLES:
            hint = near(folded(key), TABLES)
            ledger.breaks("columns", "the mapping names tables of the contract", 0, [f"{key!r}{hint}"])
        elif folded(key) in tables:
            name = folded(key)
            pairs[name] = {}
            for one, other in value.items():
                pair = _pair(tables[name], str(one), str(other))
                if pair is None:
                    headers = [header for header, _ in tables[name].columns]
                    example = f"{one!r} is no column of {name}{near(str(one), headers)}"
                    ledger.breaks("columns", "columns of the mapping are there", 0, [example])
                else:
                    pairs[name][pair[0]] = pair[1]
    for one, other in flat.items():
        found = {name: pair for name, table in tables.items() if (pair := _pair(table, one, other))}
        if not found:
            headers = [header for table in tables.values() for header, _ in table.columns]
            ledger.breaks("columns", "columns of the mapping are there", 0, [f"{one!r}{near(one, headers)}"])
        for name, pair in found.items():
            pairs.setdefault(name, {})[pair[0]] = pair[1]
    return pairs


def _pair(table: RawTable, one: str, other: str) -> tuple[str, str] | None:
    """Return (their name, our name), whichever way round they were given."""
    theirs = {name.strip(): name for name, _ in table.columns}
    contract = TABLES[table.name].names
    if one in theirs and (other in contract or other not in theirs):
        return theirs[one], other
    if other in theirs and one in contract:
        return theirs[other], one
    return None
