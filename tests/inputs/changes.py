"""Ways to break clean tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.inputs.tables import Tables

    Change = Callable[[Tables], Tables]


def cell(table: str, row: int, column: str, value: Any) -> Change:
    """Set one cell."""

    def change(tables: Tables) -> Tables:
        frame = tables[table].astype({column: object})
        frame.at[row, column] = value  # noqa: PD008 (a list is one value here)
        return {**tables, table: frame}

    return change


def column(table: str, **columns: Any) -> Change:
    """Set whole columns."""
    return lambda tables: {**tables, table: tables[table].assign(**columns)}


def add(table: str, **columns: Any) -> Change:
    """Add or replace a table; a trailing underscore keeps names off Python's own words."""
    data = {name.rstrip("_"): values for name, values in columns.items()}
    return lambda tables: {**tables, table: pd.DataFrame(data)}


def without_column(table: str, name: str) -> Change:
    """Leave out a column."""
    return lambda tables: {**tables, table: tables[table].drop(columns=name)}


def without(table: str) -> Change:
    """Leave out a table."""
    return lambda tables: {name: frame for name, frame in tables.items() if name != table}


def repeated(table: str, row: int) -> Change:
    """Repeat a line."""
    return lambda tables: {**tables, table: pd.concat([tables[table], tables[table].iloc[[row]]])}


def lines(table: str, keep: Callable[[pd.DataFrame], pd.DataFrame]) -> Change:
    """Change which lines a table has."""
    return lambda tables: {**tables, table: keep(tables[table])}


def everywhere(one: str, other: str | int, *tables_with: str) -> Change:
    """Replace a value in all tables, or in some."""

    def change(tables: Tables) -> Tables:
        return {
            name: frame.replace({one: other}) if name in (tables_with or tables) else frame
            for name, frame in tables.items()
        }

    return change


def renamed(table: str, name: str) -> Change:
    """Give a table another name."""
    return lambda tables: {name if each == table else each: frame for each, frame in tables.items()}


def both(*changes: Change) -> Change:
    """Apply one change after another."""

    def change(tables: Tables) -> Tables:
        for each in changes:
            tables = each(tables)
        return tables

    return change
