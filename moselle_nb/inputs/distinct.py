"""The distinct values of a column as it arrived, and a code per line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Raw", "distinct", "is_string"]

Raw = Any
"""A column as it arrived: a `pyarrow.ChunkedArray`, or an array of objects where the values are mixed."""


def is_string(kind: Any) -> bool:
    """Tell whether an Arrow type is text."""
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def distinct(raw: Raw) -> tuple[NDArray[np.int32], Any]:
    """Return a code per line, -1 where empty, and the distinct values."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not isinstance(raw, pa.ChunkedArray):
        return _distinct_objects(raw)
    if pa.types.is_null(raw.type):
        return np.full(len(raw), -1, dtype=np.int32), pa.array([], pa.string())
    if pa.types.is_string_view(raw.type):
        raw = raw.cast(pa.string())
    if not pa.types.is_dictionary(raw.type):
        if pa.types.is_floating(raw.type):
            raw = pc.if_else(pc.is_nan(raw), pa.scalar(None, raw.type), raw)
        raw = raw.dictionary_encode()
    whole = raw.unify_dictionaries().combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0) if whole.num_chunks else pa.array([], raw.type)
    indices = whole.indices
    if indices.null_count:
        indices = indices.cast(pa.int64()).fill_null(-1)
    codes = np.asarray(indices.to_numpy(zero_copy_only=False), dtype=np.int32)
    values = whole.dictionary
    if values.null_count:
        nulls = np.append(values.is_null().to_numpy(zero_copy_only=False), [False])
        codes = np.where(nulls[codes], -1, codes).astype(np.int32)
    return codes, values


def _flags_as_words(raw: NDArray[np.object_]) -> NDArray[np.object_]:
    """Write flags as words: True would count as equal to 1, and False to 0."""
    flags = np.array([isinstance(value, (bool, np.bool_)) for value in raw], dtype=bool)
    if not flags.any() or flags.all():
        return raw
    words = raw.copy()
    words[flags] = ["true" if value else "false" for value in raw[flags]]
    return words


def _distinct_objects(raw: NDArray[np.object_]) -> tuple[NDArray[np.int32], NDArray[np.object_]]:
    try:
        codes, values = pd.factorize(_flags_as_words(raw))
    except TypeError:  # lists, dictionaries: as text they are no less wrong
        codes, values = pd.factorize(np.array([value if value is None else str(value) for value in raw], dtype=object))
    return codes.astype(np.int32), np.asarray(values, dtype=object)
