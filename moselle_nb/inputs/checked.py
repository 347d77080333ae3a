"""A table whose columns are typed, and examples of its lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from moselle_nb.inputs.columns import Days, Numbers, Raw, Text
from moselle_nb.inputs.ledger import EXAMPLES
from moselle_nb.inputs.values import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from moselle_nb.inputs.raw import RawTable
    from moselle_nb.inputs.tables import Table

__all__ = ["CheckedTable", "Typed", "Values", "example", "examples_of"]

SEARCHED = 1000
"""Lines that are searched for different examples."""


@dataclass(frozen=True, eq=False)
class Values:
    """Values of constraints: float, bool, word or None (unset) per line."""

    values: NDArray[np.object_]
    raw: Raw

    def __len__(self) -> int:
        """How many lines."""
        return len(self.values)


Typed = Text | Numbers | Days | Values


@dataclass(eq=False)
class CheckedTable:
    """A table whose columns are typed; only columns that arrived are in `columns`.

    Parameters
    ----------
    table
        Its contract.
    raw
        The table as it arrived.
    columns
        Typed columns by name.
    extras
        The user's own columns, as text.
    """

    table: Table
    raw: RawTable
    columns: dict[str, Typed]
    extras: dict[str, Text]

    def __len__(self) -> int:
        """How many lines."""
        return self.raw.rows

    def text(self, name: str) -> Text | None:
        """Return a column of text, if it arrived."""
        column = self.columns.get(name)
        return column if isinstance(column, Text) else None

    def numbers(self, name: str) -> Numbers | None:
        """Return a column of numbers or flags, if it arrived."""
        column = self.columns.get(name)
        return column if isinstance(column, Numbers) else None

    def days(self, name: str) -> Days | None:
        """Return a column of days, if it arrived."""
        column = self.columns.get(name)
        return column if isinstance(column, Days) else None

    def label(self, line: int, without: str = "") -> str:
        """Name a line by its key, or by its number where it has none."""
        parts = []
        for name in self.table.label or self.table.key:
            column = self.columns.get(name)
            if name == without or not isinstance(column, (Text, Days)):
                continue
            part = column.at(line)
            if part or name in self.table.required:
                parts.append(part or shown(column.raw, line))
        if not parts or set(parts) == {"empty"}:
            return f"row {self.raw.line_number(line):,}"
        return parts[0] if len(parts) == 1 else f"({', '.join(parts)})"


def examples_of(lines: NDArray[np.int64], text: Callable[[int], str]) -> list[str]:
    """Return the first few different examples of some lines."""
    found: dict[str, None] = {}
    for line in lines[:SEARCHED]:
        found[text(int(line))] = None
        if len(found) == EXAMPLES:
            break
    return list(found)


def example(
    checked: CheckedTable, name: str, raw: Raw, note: Callable[[str], str] = lambda _: ""
) -> Callable[[int], str]:
    """Return what shows one line's value of a column: its label, the column and what arrived."""

    def text(line: int) -> str:
        value = shown(raw, line)
        return f"{checked.label(line, name)} {name} = {value}{note(value)}"

    return text
