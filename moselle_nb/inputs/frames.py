"""Data frames in: pandas, polars (lazy ones too), Arrow, and what else narwhals knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import pandas as pd

from moselle_nb.inputs.raw import RawTable, SourceKind

if TYPE_CHECKING:
    from moselle_nb.inputs.columns import Raw
    from moselle_nb.inputs.ledger import Ledger

__all__ = ["from_arrow", "read_frame"]


def read_frame(name: str, frame: object, ledger: Ledger) -> RawTable | None:
    """Read a frame; a lazy one is collected.

    Parameters
    ----------
    name
        Table that it is.
    frame
        The frame.
    ledger
        Where broken rules go.
    """
    if isinstance(frame, pd.DataFrame):
        return _from_pandas(name, frame, ledger)
    native = nw.from_native(frame, pass_through=True)
    if isinstance(native, nw.LazyFrame):
        native = native.collect()
    if not isinstance(native, nw.DataFrame):
        got = type(frame).__name__
        ledger.breaks(name, "it is a data frame of pandas, polars or Arrow", 0, [f"got {got}"])
        return None
    if native.implementation.is_pandas_like():
        return _from_pandas(name, native.to_pandas(), ledger)
    return from_arrow(name, native.to_arrow(), "frame", "frame")


def from_arrow(name: str, table: Any, kind: SourceKind, origin: str, *, decimal_comma: bool = False) -> RawTable:
    """Take the columns of an Arrow table.

    Parameters
    ----------
    name
        Table that it is.
    table
        A `pyarrow.Table`.
    kind, origin, decimal_comma
        As in `RawTable`.
    """
    columns = tuple(zip(table.column_names, table.columns, strict=True))
    return RawTable(name, columns, table.num_rows, kind, origin, decimal_comma)


def _from_pandas(name: str, frame: pd.DataFrame, ledger: Ledger) -> RawTable | None:
    if isinstance(frame.columns, pd.MultiIndex):
        got = "one of them is " + repr(tuple(map(str, frame.columns[0])))
        ledger.breaks(name, "columns have one name each: one header row", 0, [got])
        return None
    named = [level for level in frame.index.names if level is not None and level not in frame.columns]
    if named:
        frame = frame.reset_index(level=named)
    columns = tuple((str(label), _arrow_column(frame.iloc[:, place])) for place, label in enumerate(frame.columns))
    return RawTable(name, columns, len(frame), "frame", "frame")


def _arrow_column(series: pd.Series[Any]) -> Raw:
    """Return a column as Arrow, or as objects where its values are mixed."""
    import pyarrow as pa

    try:
        array = pa.array(series, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return np.asarray(series.astype(object), dtype=object)
    if isinstance(array, pa.ChunkedArray):
        return array
    if isinstance(array, pa.ExtensionArray) or pa.types.is_nested(array.type) or pa.types.is_binary(array.type):
        return np.asarray(series.astype(object), dtype=object)
    return pa.chunked_array([array])
