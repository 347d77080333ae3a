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
import pandas as pd

from moselle_nb.widgets.plan_rows import MEASURES
from moselle_nb.widgets.plan_source import Flag

if TYPE_CHECKING:
    from collections.abc import Mapping

    from moselle_nb.widgets.plan_rows import PlanRows, Shown
    from moselle_nb.widgets.plan_source import PlanSource

__all__ = ["DATES", "NUMBERS", "TEXTS", "WINDOW", "Window", "encode_window"]

WINDOW = 256
"""Lines in a window."""

TEXTS = ("item", "location", "name", "status", "reason", "supplier", "product_line", "product_type", "grade")
DATES = ("order_by", "first_stockout", "next_order_date")
NUMBERS = (
    "next_order_quantity",
    "total_order_quantity",
    "total_order_value",
    "on_hand",
    "on_order",
    "lead_time_days",
    "safety_stock",
    "demand_28d",
    "days_on_hand",
    "unserved",
    "unserved_value",
    "excess_units",
    "excess_value",
)

NO_TEXT = 65_535
NO_DAY = -(2**31)
ALIGNMENT = 8
ORDER = MEASURES.index("order_quantity") + 1


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

    def add_texts(self, name: str, texts: np.ndarray[Any, Any]) -> None:
        codes, values = pd.factorize(texts.astype(object), use_na_sentinel=True)
        self.values[name] = [str(value) for value in values]
        self.add(name, "u2", np.where(codes < 0, NO_TEXT, codes))

    def buffer(self) -> bytes:
        return b"".join(self._parts)


def encode_window(source: PlanSource, rows: PlanRows, index: int, *, version: int, value: bool) -> Window:
    """Encode the window with the given index.

    Parameters
    ----------
    source
        The plan.
    rows
        Which rows are shown, and in what order.
    index
        Which window; the first is 0. Past the end it is empty.
    version
        Repeated in the header; a window of an older version is thrown away by the browser.
    value
        Whether quantities are shown as value, at cost (unserved demand and sales: at price).
    """
    start = index * WINDOW
    shown = rows.window(start, WINDOW)
    parents, parent_of = np.unique(shown.rows, return_inverse=True)
    packer = _Packer()
    packer.add("measure", "u1", shown.measures)
    packer.add("parent", "u2", parent_of)
    packer.add("expanded", "u1", np.array([rows.is_expanded(int(row)) for row in parents], dtype=bool))
    _add_attributes(packer, rows, parents)
    _add_cells(packer, source, shown, (parents, parent_of), value=value)
    header = {
        "index": index,
        "start": start,
        "lines": len(shown.rows),
        "version": version,
        "columns": packer.columns,
        "values": packer.values,
    }
    return Window(header, packer.buffer())


def _add_attributes(packer: _Packer, rows: PlanRows, parents: np.ndarray[Any, Any]) -> None:
    for name in TEXTS:
        if rows.has(name):
            packer.add_texts(name, rows.values(name, parents))
    for name in DATES:
        if rows.has(name):
            days = rows.values(name, parents).astype("datetime64[D]")
            packer.add(name, "i4", np.where(np.isnat(days), NO_DAY, days.astype(np.int64)))
    for name in NUMBERS:
        if rows.has(name):
            packer.add(name, "f8", rows.values(name, parents))


def _add_cells(
    packer: _Packer,
    source: PlanSource,
    shown: Shown,
    parents: tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]],
    *,
    value: bool,
) -> None:
    rows, parent_of = parents
    balances = source.balances(rows)
    orders = source.orders(rows)
    stack = np.stack([orders.quantity, *(balances[name] for name in MEASURES)])
    suggested = orders.suggested
    if value:
        stack = stack * source.worth(rows)
        suggested = suggested * source.worth(rows)[0]
    flags = _stock_flags(balances) | orders.flags
    cells = stack[shown.measures, parent_of]
    lines = flags[parent_of]
    # Only order lines can be edited, in the row itself and in its measure.
    is_order = np.isin(shown.measures, (0, ORDER))[:, None]
    lines = np.where(is_order, lines, lines & (Flag.UNSERVED | Flag.BELOW_SAFETY))
    edited = np.flatnonzero((lines & Flag.EDITED).ravel())
    packer.add("cells", "f8", cells)
    packer.add("flags", "u1", lines)
    packer.add("edited", "u4", edited)
    packer.add("suggested", "f8", suggested[parent_of].ravel()[edited])


def _stock_flags(balances: Mapping[str, np.ndarray[Any, Any]]) -> np.ndarray[Any, Any]:
    unserved = np.where(balances["unserved"] > 0, Flag.UNSERVED, 0)
    below = np.where(balances["ending"] < balances["safety_stock"], Flag.BELOW_SAFETY, 0)
    return unserved | below
