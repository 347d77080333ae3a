"""Columns to Parquet and back, believing nothing that a file says of itself.

Only flat columns of plain kinds are read. Files with metadata are refused: Arrow and pandas keep there what they would
rebuild types and objects from.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from moselle_nb.exceptions import PlanFileError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Columns = Mapping[str, NDArray[Any]]

__all__ = ["columns_of_frame", "frame_of_columns", "from_parquet", "to_parquet"]

FREE_CELLS = 2**27
CELLS_PER_BYTE = 4096
"""A table may hold 2**27 cells, and beyond that as many as good compression explains."""

MOST_COLUMNS = 20_000

LONGEST_TEXT = 32_767
"""Characters of a text: as many as a cell of a workbook holds."""

MOST_TEXT_BYTES = 2**30
"""Bytes of all texts of a column, each as often as it stands there."""

TEXT = "BYTE_ARRAY"
PHYSICAL = {"BOOLEAN", "INT32", "INT64", "DOUBLE", TEXT}


def to_parquet(columns: Columns) -> bytes:
    """Return columns as a Parquet file; text has None for null, numbers NaN."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrays = [
        pa.array(values, type=pa.string() if values.dtype == object else None, from_pandas=False)
        for values in columns.values()
    ]
    target = BytesIO()
    table = pa.table(arrays, names=list(columns))
    pq.write_table(table, target, compression="zstd", store_schema=False, write_statistics=False)
    return target.getvalue()


def from_parquet(data: bytes, name: str) -> dict[str, NDArray[Any]]:
    """Return the columns of a Parquet file: bool, int64, float64, datetime64 and object (text, None).

    Raises
    ------
    PlanFileError
        When it is no Parquet file, holds anything but plain columns, or claims more than its size explains.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        described = pq.read_metadata(BytesIO(data))
        _refuse_odd(described, len(data), name)
        # Texts stay a dictionary until they were measured: a few bytes can name a long text for millions of rows.
        texts = [column.name for column in described.schema if column.physical_type == TEXT]
        source = pq.ParquetFile(BytesIO(data), memory_map=False, read_dictionary=texts)
        table = source.read(use_threads=False)
        return {column: _array(table.column(column), f"{name}, {column}") for column in table.column_names}
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, OverflowError, MemoryError) as error:
        if isinstance(error, PlanFileError):
            raise
        msg = f"{name} cannot be read: {_first_line(error)}"
        raise PlanFileError(msg) from None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


def _refuse_odd(described: Any, size: int, name: str) -> None:
    if described.metadata:
        msg = f"{name} carries metadata; plan files have none."
        raise PlanFileError(msg)
    rows, width = described.num_rows, described.num_columns
    if width > MOST_COLUMNS or rows * width > FREE_CELLS + CELLS_PER_BYTE * size:
        msg = f"{name} claims {rows:,} rows and {width:,} columns in {size:,} bytes."
        raise PlanFileError(msg)
    names = [described.schema.column(place).path for place in range(width)]
    if len(set(names)) != width:
        msg = f"{name} has two columns of one name."
        raise PlanFileError(msg)
    for place in range(width):
        column = described.schema.column(place)
        flat = column.max_repetition_level == 0 and column.max_definition_level <= 1 and column.path == column.name
        if not flat or column.physical_type not in PHYSICAL:
            msg = f"{name}: column {column.path!r} is of a kind that plan files do not have ({column.physical_type})."
            raise PlanFileError(msg)
    _refuse_long(described, name)


def _refuse_long(described: Any, name: str) -> None:
    """Refuse columns that say of themselves that their texts take too much room."""
    groups = [described.row_group(place) for place in range(described.num_row_groups)]
    for place in range(described.num_columns):
        parts = [group.column(place) for group in groups]
        if parts and parts[0].physical_type == TEXT:
            _check_room(sum(part.total_uncompressed_size for part in parts), f"{name}, {parts[0].path_in_schema}")


def _check_room(size: int, name: str) -> None:
    if size > MOST_TEXT_BYTES:
        msg = f"{name}: texts take at most {MOST_TEXT_BYTES:,} bytes, found {size:,}."
        raise PlanFileError(msg)


def _array(column: Any, name: str) -> NDArray[Any]:
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind) and pa.types.is_string(kind.value_type):
        return _texts(column, name)
    if column.null_count:
        msg = f"{name}: a number is missing."
        raise PlanFileError(msg)
    values = column.to_numpy()
    if pa.types.is_integer(kind):
        return np.asarray(values, dtype=np.int64)
    if pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        return np.asarray(values)
    msg = f"{name}: a column of {kind} is of a kind that plan files do not have."
    raise PlanFileError(msg)


def _texts(column: Any, name: str) -> NDArray[np.object_]:
    """Return texts, None for null; equal ones share their memory."""
    import pyarrow.compute as pc

    found, size = [np.zeros(0, dtype=object)], 0
    for chunk in column.chunks:
        places = np.asarray(pc.fill_null(chunk.indices, -1))
        longest = pc.max(pc.utf8_length(chunk.dictionary)).as_py() or 0
        if longest > LONGEST_TEXT:
            msg = f"{name}: a text has at most {LONGEST_TEXT:,} characters, found {longest:,}."
            raise PlanFileError(msg)
        lengths = np.append(np.asarray(pc.binary_length(chunk.dictionary), dtype=np.int64), 0)
        size += int(lengths[places].sum())
        _check_room(size, name)
        found.append(np.array([*chunk.dictionary.to_pylist(), None], dtype=object)[places])
    return np.concatenate(found)


DATE = "date:"


def columns_of_frame(frame: pd.DataFrame) -> dict[str, NDArray[Any]]:
    """Return a frame's columns: text, numbers, and days as whole numbers under a name that begins with ``date:``."""
    found: dict[str, NDArray[Any]] = {}
    for name in frame.columns:
        values = frame[name]
        if isinstance(values.dtype, np.dtype) and values.dtype.kind == "M":
            found[f"{DATE}{name}"] = values.to_numpy(dtype="datetime64[s]").astype(np.int64)
        elif isinstance(values.dtype, np.dtype) and values.dtype.kind in "fiub":
            found[str(name)] = values.to_numpy()
        else:
            text = [None if pd.isna(value) else str(value) for value in values]
            found[str(name)] = np.array([*text, None], dtype=object)[:-1]
    return found


def frame_of_columns(columns: Columns) -> pd.DataFrame:
    """Return the frame that `columns_of_frame` took apart."""
    found: dict[str, Any] = {}
    for name, values in columns.items():
        if name.startswith(DATE):
            found[name.removeprefix(DATE)] = values.astype("datetime64[s]").astype("datetime64[ns]")
        else:
            found[name] = values
    return pd.DataFrame({name: pd.Series(values, dtype=values.dtype) for name, values in found.items()})
