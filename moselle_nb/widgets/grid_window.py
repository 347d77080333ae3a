"""Windows of a plan's rows as binary columns: one screen costs the same, whatever the size of the plan.

A window is one buffer of little-endian columns, each at a multiple of 8 bytes, and a header that names them::

    {"index": 3, "start": 768, "lines": 256, "version": 7,
     "columns": [["measure", "u1", 0, 256], ["cells", "f8", 512, 3072], …],
     "values": {"status": ["healthy", "out"], …}}

Text is coded into the values that this window needs; missing text is 65535, a missing day -2147483648, a
missing number NaN.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from moselle_nb.widgets.grid_source import Flag

if TYPE_CHECKING:
    from collections.abc import Mapping

    from moselle_nb.widgets.grid_rows import GridRows, Shown, Texts
    from moselle_nb.widgets.grid_source import GridSource, Positions

__all__ = ["WINDOW", "Window", "encode_window", "window_lines"]

WINDOW = 256
"""Lines in a window, at most."""

MOST_CELLS = 16_384
"""Cells in a window beyond which it has fewer lines."""

NO_TEXT = 65_535
NO_DAY = -(2**31)
ALIGNMENT = 8


@dataclass(frozen=True)
class Window:
    """One window, ready to send.

    Parameters
    ----------
    header
        JSON: where each column stands in the buffer, and the texts' values.
    buffer
        The columns, one after the other.
    """

    header: Mapping[str, object]
    buffer: bytes


class _Packer:
    """Collects columns into one aligned buffer."""

    def __init__(self) -> None:
        self.columns: list[tuple[str, str, int, int]] = []
        self.values: dict[str, list[str]] = {}
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, name: str, kind: str, column: np.ndarray[Any, Any]) -> None:
        data = np.ascontiguousarray(column, dtype=f"<{kind}").tobytes()
        self.columns.append((name, kind, self._size, column.size))
        padding = -len(data) % ALIGNMENT
        self._parts.append(data + bytes(padding))
        self._size += len(data) + padding

    def add_texts(self, name: str, texts: Texts, rows: Positions) -> None:
        used, codes = np.unique(texts.codes[rows], return_inverse=True)
        missing = int((used < 0).sum())
        self.values[name] = [texts.values[code] for code in used[missing:]]
        self.add(name, "u2", np.where(codes < missing, NO_TEXT, codes - missing))

    def buffer(self) -> bytes:
        return b"".join(self._parts)


def window_lines(slots: int) -> int:
    """Return how many lines a window has: fewer where there are many columns."""
    return max(16, min(WINDOW, MOST_CELLS // max(1, slots)))


def encode_window(source: GridSource, rows: GridRows, index: int, *, lines: int, version: int, show: str) -> Window:
    """Encode the window with the given index.

    Parameters
    ----------
    source
        The plan.
    rows
        Which rows are shown, and in what order.
    index
        Which window; the first is 0. Past the end it is empty.
    lines
        Lines in a window.
    version
        Repeated in the header; a window of an older version is thrown away by the browser.
    show
        What quantities are shown as: units, value or cover.
    """
    start = index * lines
    shown = rows.window(start, lines)
    parents, parent_of = np.unique(shown.rows, return_inverse=True)
    expanded = np.array([rows.is_expanded(int(row)) for row in parents], dtype=bool)
    packer = _Packer()
    packer.add("measure", "u1", shown.measures)
    packer.add("parent", "u2", parent_of)
    packer.add("expanded", "u1", expanded)
    _add_attributes(packer, source, rows, parents, show)
    _add_cells(packer, source, shown, (parents, parent_of, expanded), show)
    header = {
        "index": index,
        "start": start,
        "lines": len(shown.rows),
        "version": version,
        "keys": list(source.keys),
        "columns": packer.columns,
        "values": packer.values,
        **source.header,
    }
    return Window(header, packer.buffer())


def _add_attributes(packer: _Packer, source: GridSource, rows: GridRows, parents: Positions, show: str) -> None:
    for name in filter(rows.has, source.texts):
        packer.add_texts(name, rows.texts(name), parents)
    for name in filter(rows.has, source.dates):
        days = rows.values(name, parents).astype("datetime64[D]")
        packer.add(name, "i4", np.where(np.isnat(days), NO_DAY, days.astype(np.int64)))
    for name in filter(rows.has, source.numbers):
        packer.add(name, "f8", rows.values(name, parents) * source.unit_of(name, parents, show))


def _add_cells(
    packer: _Packer,
    source: GridSource,
    shown: Shown,
    parents: tuple[Positions, Positions, np.ndarray[Any, np.dtype[np.bool_]]],
    show: str,
) -> None:
    rows, parent_of, expanded = parents
    found = source.cells(rows, expanded, show)
    cells = found.values[shown.measures, parent_of]
    lines = found.flags[parent_of] & source.masks[shown.measures][:, None]
    edited = np.flatnonzero((lines & Flag.EDITED).ravel())
    packer.add("cells", "f8", cells)
    packer.add("flags", "u1", lines)
    packer.add("edited", "u4", edited)
    packer.add("suggested", "f8", found.suggested[parent_of].ravel()[edited])
