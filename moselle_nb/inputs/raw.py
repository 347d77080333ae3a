"""A table as it arrived, whatever it arrived from."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from moselle_nb.inputs.columns import Raw
    from moselle_nb.inputs.ledger import Ledger
    from moselle_nb.inputs.tables import Table

__all__ = ["RawTable", "SourceKind", "folded"]

SourceKind = Literal["csv", "parquet", "excel", "frame"]

HEADER_ROWS = 6
"""Rows below the first that are searched for the real column names."""


def folded(name: object) -> str:
    """Return a column name as it is compared: `` Lead time-days `` is ``lead_time_days``."""
    text = unicodedata.normalize("NFC", str(name)).strip().casefold()
    return "_".join(text.replace("-", " ").replace("_", " ").split())


@dataclass(frozen=True, eq=False)
class RawTable:
    """A table as it arrived.

    Parameters
    ----------
    name
        Which table of the contract it is.
    columns
        Names and values in the order of the source; names may repeat.
    rows
        How many lines.
    kind
        What it was read from.
    origin
        File, sheet or frame, for messages.
    decimal_comma
        Whether its text may have decimal commas.
    lines
        Line numbers in the source, where some were dropped.
    """

    name: str
    columns: tuple[tuple[str, Raw], ...]
    rows: int
    kind: SourceKind
    origin: str
    decimal_comma: bool = False
    lines: NDArray[np.int64] | None = None

    def line_number(self, line: int) -> int:
        """Return the number of a line as people see it: files begin with the header in row 1."""
        place = line if self.lines is None else int(self.lines[line])
        return place if self.kind == "frame" else place + 2

    def header_below(self, required: Iterable[str]) -> int | None:
        """Return the number of the row that has the column names, when it is not the first."""
        for line in range(min(self.rows, HEADER_ROWS)):
            words = {folded(_value(values, line)) for _, values in self.columns}
            if set(required) <= words:
                return self.line_number(line)
        return None

    def without_blank_lines(self, ledger: Ledger) -> RawTable:
        """Drop lines in which nothing is filled in, and say so."""
        blank: NDArray[np.bool_] | None = None
        for _, values in self.columns:
            empty = _blank(values)
            blank = empty if blank is None else blank & empty
            if not blank.any():
                return self
        if blank is None or not self.rows:
            return self
        kept = np.flatnonzero(~blank)
        lines = kept if self.lines is None else self.lines[kept]
        ledger.warn(self.name, "blank lines", int(blank.sum()), (), "left out")
        columns = tuple((name, values.take(kept)) for name, values in self.columns)
        return replace(self, columns=columns, rows=len(kept), lines=lines)

    def without_nameless_columns(self, ledger: Ledger) -> RawTable:
        """Drop columns without a name: in silence when they are empty."""
        kept = tuple((name, values) for name, values in self.columns if str(name).strip())
        lost = [values for name, values in self.columns if not str(name).strip() and not _blank(values).all()]
        ledger.warn(self.name, "columns without a name", len(lost), (), "left out")
        return replace(self, columns=kept)

    def renamed(self, table: Table, names: dict[str, str]) -> RawTable:
        """Give columns our names: those of a mapping first, then those that are spelt alike."""
        ours = {folded(name): name for name in table.names}
        columns = []
        for name, values in self.columns:
            own = names.get(name) or ours.get(folded(name)) or unicodedata.normalize("NFC", name).strip()
            columns.append((own, values))
        return replace(self, columns=tuple(columns))


def _value(values: Raw, line: int) -> Any:
    value = values[line]
    return value.as_py() if hasattr(value, "as_py") else value


def _blank(values: Raw) -> NDArray[np.bool_]:
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    if not isinstance(values, pa.ChunkedArray):
        missing = np.asarray(pd.isna(values), dtype=bool)
        return missing | np.array([isinstance(value, str) and not value.strip() for value in values], dtype=bool)
    kind = values.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        text = pc.utf8_trim_whitespace(values)
        return np.asarray(pc.equal(text, "").fill_null(fill_value=True).to_numpy(), dtype=bool)
    return np.asarray(pc.is_null(values, nan_is_null=pa.types.is_floating(kind)).to_numpy(), dtype=bool)
