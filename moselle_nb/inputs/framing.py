"""Checked tables as the frames of `PlanningData`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from moselle_nb.inputs.checked import Values
from moselle_nb.inputs.columns import Days, Numbers, Text
from moselle_nb.inputs.tables import TABLES
from moselle_nb.inputs.values import NO_DAY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.inputs.checked import CheckedTable
    from moselle_nb.inputs.keys import Keys
    from moselle_nb.inputs.tables import Column

__all__ = ["FRAMES", "frames_of"]

FRAMES = (
    "items", "locations", "suppliers", "sourcing", "price_breaks", "closures", "lanes", "constraints", "sales",
)  # fmt: skip

SORTED_BY = {
    "price_breaks": ("item", "location", "supplier", "from_quantity"),
    "closures": ("scope", "key", "from", "to"),
    "constraints": ("scope", "key", "location", "field", "valid_from", "valid_to"),
}


def frames_of(tables: dict[str, CheckedTable], keys: Keys) -> dict[str, pd.DataFrame]:
    """Return every frame, with every column of its contract, sorted by its key.

    Parameters
    ----------
    tables
        The checked tables.
    keys
        The keys of items, locations and suppliers, for those tables that are not there.
    """
    frames = {}
    for name in FRAMES:
        checked = tables.get(name)
        if checked is not None and len(checked):
            frames[name] = _frame(checked)
        else:
            own = keys.of.get(name)
            frames[name] = _empty(name, None if own is None else np.array(own.to_pylist(), dtype=object))
    return frames


def _frame(checked: CheckedTable) -> pd.DataFrame:
    order = _order(checked)
    data: dict[str, Any] = {}
    for column in checked.table.columns:
        typed = checked.columns.get(column.name)
        values = _absent(column, len(order)) if typed is None else _values(typed)[order]
        data[column.name] = _with_status(values) if column.name == "status" else values
    for name, text in checked.extras.items():
        data[name] = text.objects()[order]
    return _read_only(data)


def _read_only(data: dict[str, NDArray[Any]]) -> pd.DataFrame:
    """Return a frame whose cells cannot be changed: plans hold on to it."""
    columns = {}
    for name, values in data.items():
        values.setflags(write=False)
        columns[name] = pd.Series(values, dtype=values.dtype, copy=False)
    return pd.DataFrame(columns, copy=False)


def _with_status(values: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the status of items, active where none is given."""
    return np.where(pd.isna(values), "active", values).astype(object)


def _values(typed: Any) -> NDArray[Any]:
    if isinstance(typed, Text):
        return typed.objects()
    if isinstance(typed, Days):
        days = typed.values.astype("datetime64[D]").astype("datetime64[ns]")
        days[typed.values == NO_DAY] = np.datetime64("NaT")
        return np.asarray(days)
    return np.asarray(typed.values)


def _absent(column: Column, lines: int) -> NDArray[Any]:
    if column.kind == "day":
        return np.full(lines, np.datetime64("NaT", "ns"))
    if column.kind in {"number", "flag"}:
        return np.full(lines, np.nan)
    return np.full(lines, None, dtype=object)


def _order(checked: CheckedTable) -> NDArray[np.int64]:
    """Sort lines by key, as text and days; empty first."""
    names = SORTED_BY.get(checked.table.name, checked.table.key)
    ranks = [_rank(checked.columns[name]) for name in reversed(names) if name in checked.columns]
    value = checked.columns.get("value")
    if isinstance(value, Values):
        ranks.insert(0, pd.factorize(value.values.astype(str), sort=True)[0])
    return np.lexsort(ranks)


def _rank(typed: Any) -> NDArray[Any]:
    import pyarrow.compute as pc

    if isinstance(typed, Text):
        rank = np.empty(len(typed.words) + 1, dtype=np.int32)
        rank[pc.array_sort_indices(typed.words).to_numpy()] = np.arange(len(typed.words), dtype=np.int32)
        rank[-1] = -1
        return np.asarray(rank[typed.codes])
    return np.asarray(typed.values) if isinstance(typed, (Days, Numbers)) else np.zeros(len(typed))


def _empty(name: str, own: NDArray[np.object_] | None) -> pd.DataFrame:
    lines = 0 if own is None else len(own)
    data = {column.name: _absent(column, lines) for column in TABLES[name].columns}
    if own is not None:
        data[name[:-1]] = own
    if "status" in data:
        data["status"] = _with_status(data["status"])
    return _read_only(data)
