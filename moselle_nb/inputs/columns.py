"""One column of a table, typed: text as codes into its distinct words, numbers, days and flags as arrays.

Whatever holds one value per line is an array; Python objects are made for distinct values only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from moselle_nb.inputs.distinct import Raw, distinct, is_string
from moselle_nb.inputs.values import (
    NO_DAY,
    day_from,
    day_text,
    flag_from,
    has_zone,
    is_number,
    number_from,
    text_from,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa
    from numpy.typing import NDArray

__all__ = [
    "NO_LINES",
    "Days",
    "Numbers",
    "Raw",
    "Text",
    "days_of",
    "flags_of",
    "numbers_of",
    "text_of",
]

FIRST = 1000
"""Lines that are kept to show some of them, where there may be very many."""

NO_LINES: NDArray[np.int64] = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Text:
    """Text, stripped and in Unicode's form NFC.

    Parameters
    ----------
    codes
        Position in `words` per line, -1 where empty.
    words
        The distinct words, a `pyarrow.StringArray`; not every one needs to occur.
    raw
        The column as it arrived.
    changed
        How many lines had blanks around their text, or another Unicode form.
    changed_at
        The first of them.
    from_numbers
        Whether any word was a number in a column of mixed objects.
    """

    codes: NDArray[np.int32]
    words: pa.Array
    raw: Raw
    changed: int = 0
    changed_at: NDArray[np.int64] = field(default_factory=lambda: NO_LINES)
    from_numbers: bool = False

    def __len__(self) -> int:
        """How many lines."""
        return len(self.codes)

    @property
    def empty(self) -> NDArray[np.bool_]:
        """Lines without text."""
        return self.codes < 0

    def at(self, line: int) -> str:
        """Return the text of a line, blank where it is empty."""
        code = int(self.codes[line])
        return "" if code < 0 else str(self.words[code].as_py())

    def used(self) -> NDArray[np.int64]:
        """Lines per word."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.words))

    def objects(self) -> NDArray[np.object_]:
        """Return the text per line, None where empty."""
        words = np.empty(len(self.words) + 1, dtype=object)
        words[:-1] = self.words.to_pylist()
        return np.asarray(words[self.codes])


@dataclass(frozen=True, eq=False)
class Numbers:
    """Numbers or flags: float64 with nan where empty or unreadable, and the lines that are unreadable."""

    values: NDArray[np.float64]
    raw: Raw
    unreadable: NDArray[np.int64] = field(default_factory=lambda: NO_LINES)

    def __len__(self) -> int:
        """How many lines."""
        return len(self.values)

    @property
    def empty(self) -> NDArray[np.bool_]:
        """Lines without a number that are not unreadable."""
        mask = np.isnan(self.values)
        mask[self.unreadable] = False
        return mask


@dataclass(frozen=True, eq=False)
class Days:
    """Days since 1970 as int32, `NO_DAY` where empty or unreadable; lines that had a time of day or a time zone."""

    values: NDArray[np.int32]
    raw: Raw
    unreadable: NDArray[np.int64] = field(default_factory=lambda: NO_LINES)
    timed: NDArray[np.int64] = field(default_factory=lambda: NO_LINES)
    zoned: NDArray[np.int64] = field(default_factory=lambda: NO_LINES)

    def __len__(self) -> int:
        """How many lines."""
        return len(self.values)

    @property
    def empty(self) -> NDArray[np.bool_]:
        """Lines without a day that are not unreadable."""
        mask = self.values == NO_DAY
        mask[self.unreadable] = False
        return mask

    def at(self, line: int) -> str:
        """Return the day of a line as ISO text, blank where it is empty."""
        return day_text(int(self.values[line]))


def text_of(raw: Raw) -> Text:
    """Type a column as text; whole numbers become their digits."""
    import pyarrow as pa

    codes, values = distinct(raw)
    from_numbers = False
    if not isinstance(values, pa.Array) or not is_string(values.type):
        objects = values.to_pylist() if isinstance(values, pa.Array) else values
        from_numbers = not isinstance(values, pa.Array) and any(is_number(value) for value in objects)
        values = pa.array([text_from(value) for value in objects], pa.string())
    return _normalised(codes, values, raw, from_numbers=from_numbers)


def _normalised(codes: NDArray[np.int32], values: pa.Array, raw: Raw, *, from_numbers: bool) -> Text:
    import pyarrow as pa
    import pyarrow.compute as pc

    values = values.cast(pa.string())
    words = pc.utf8_trim_whitespace(values)
    if not pc.all(pc.string_is_ascii(words), min_count=0).as_py():
        words = pc.utf8_normalize(words, form="NFC")
    changed = pc.not_equal(words, values).fill_null(fill_value=False).to_numpy(zero_copy_only=False)
    empty = pc.equal(words, "").fill_null(fill_value=True).to_numpy(zero_copy_only=False)
    words = pc.if_else(pa.array(empty), pa.scalar(None, pa.string()), words)
    changed &= ~empty
    lines = np.flatnonzero(np.append(changed, [False])[codes]) if changed.any() else NO_LINES
    encoded = words.dictionary_encode()
    if len(encoded.dictionary) < len(words):
        lookup = np.append(encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False), -1).astype(np.int32)
        codes = lookup[codes]
    return Text(codes, encoded.dictionary, raw, len(lines), lines[:FIRST].copy(), from_numbers)


def numbers_of(raw: Raw, *, decimal_comma: bool = False) -> Numbers:
    """Type a column as numbers.

    Parameters
    ----------
    raw
        The column as it arrived.
    decimal_comma
        Read ``1,5`` as one and a half, in columns of text that have a comma anywhere.
    """
    import pyarrow as pa

    if isinstance(raw, pa.ChunkedArray):
        kind = raw.type
        if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
            return Numbers(_floats(raw), raw)
        if is_string(kind) and not decimal_comma:
            fast = _parsed(raw)
            if fast is not None:
                return Numbers(fast, raw)
    codes, values = distinct(raw)
    objects = values.to_pylist() if isinstance(values, pa.Array) else list(values)
    comma = decimal_comma and any(isinstance(value, str) and "," in value for value in objects)
    return _looked_up(codes, objects, raw, lambda value: number_from(value, decimal_comma=comma))


def flags_of(raw: Raw) -> Numbers:
    """Type a column as flags: true, yes and 1 are 1; false, no and 0 are 0."""
    codes, values = distinct(raw)
    objects = values.to_pylist() if hasattr(values, "to_pylist") else list(values)
    return _looked_up(codes, objects, raw, flag_from)


def days_of(raw: Raw) -> Days:
    """Type a column as days: real dates, or text in ISO form; times of day and time zones are cut off and noted."""
    import pyarrow as pa

    if isinstance(raw, pa.ChunkedArray) and (pa.types.is_date(raw.type) or pa.types.is_timestamp(raw.type)):
        return _real_days(raw)
    codes, values = distinct(raw)
    objects = values.to_pylist() if isinstance(values, pa.Array) else list(values)
    table = np.full(len(objects) + 1, NO_DAY, dtype=np.int32)
    unreadable, timed, zoned = np.zeros((3, len(objects) + 1), dtype=bool)
    for place, value in enumerate(objects):
        day, timed[place] = day_from(value)
        zoned[place] = day is not None and has_zone(value)
        unreadable[place] = day is None
        table[place] = NO_DAY if day is None else day
    found = [np.flatnonzero(mask[codes]) if mask.any() else NO_LINES for mask in (unreadable, timed, zoned)]
    return Days(table[codes], raw, *found)


def _floats(raw: Raw) -> NDArray[np.float64]:
    import pyarrow as pa

    return np.asarray(raw.cast(pa.float64(), safe=False).to_numpy(), dtype=np.float64)


def _parsed(raw: Raw) -> NDArray[np.float64] | None:
    """Parse text at once, or give None when any of it is not plainly a number."""
    import pyarrow as pa
    import pyarrow.compute as pc

    text = pc.utf8_trim_whitespace(raw)
    text = pc.if_else(pc.equal(text, ""), pa.scalar(None, text.type), text)
    try:
        values = _floats(text.cast(pa.float64()))
    except pa.ArrowInvalid:
        return None
    return values if int(np.isnan(values).sum()) == text.null_count else None


def _real_days(raw: Raw) -> Days:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_date32(raw.type):
        days = raw.cast(pa.int32()).fill_null(int(NO_DAY)).to_numpy()
        return Days(np.asarray(days, dtype=np.int32), raw)
    steps = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[
        "ms" if pa.types.is_date64(raw.type) else raw.type.unit
    ] * 86_400
    empty = raw.is_null().to_numpy()
    zoned = pa.types.is_timestamp(raw.type) and raw.type.tz is not None
    local = pc.local_timestamp(raw) if zoned else raw
    ticks = local.cast(pa.int64()).fill_null(0).to_numpy()
    days = np.floor_divide(ticks, steps)
    timed = np.flatnonzero(days * steps != ticks)
    in_zone = np.flatnonzero(~empty) if zoned else NO_LINES
    return Days(np.where(empty, NO_DAY, days).astype(np.int32), raw, timed=timed, zoned=in_zone)


def _looked_up(
    codes: NDArray[np.int32], objects: list[Any], raw: Raw, read: Callable[[object], float | None]
) -> Numbers:
    """Read distinct values; None is unreadable, nan is empty."""
    table = np.full(len(objects) + 1, np.nan)
    unreadable = np.zeros(len(objects) + 1, dtype=bool)
    for place, value in enumerate(objects):
        number = read(value)
        unreadable[place] = number is None
        table[place] = np.nan if number is None else number
    lines = np.flatnonzero(unreadable[codes]) if unreadable.any() else NO_LINES
    return Numbers(table[codes], raw, lines)
