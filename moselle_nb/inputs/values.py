"""One value, whatever it is, as text, a number, a flag or a day."""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from typing import Any

import numpy as np
import pandas as pd

__all__ = [
    "EPOCH",
    "NO_DAY",
    "as_day",
    "day_from",
    "day_text",
    "flag_from",
    "has_zone",
    "is_number",
    "number_from",
    "shown",
    "text_from",
]

NO_DAY = np.int32(-(2**31))
"""An empty day."""

EPOCH = dt.date(1970, 1, 1).toordinal()
ISO = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?)?")
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
INFINITE = {
    "inf": math.inf,
    "+inf": math.inf,
    "infinity": math.inf,
    "-inf": -math.inf,
    "-infinity": -math.inf,
}
FLAGS = {"true": 1.0, "yes": 1.0, "1": 1.0, "false": 0.0, "no": 0.0, "0": 0.0}


def day_text(day: int) -> str:
    """Return a day since 1970 as ISO text, blank for `NO_DAY`."""
    return "" if day == NO_DAY else str(np.datetime64(day, "D"))


def shown(raw: Any, line: int) -> str:
    """Return a value as it arrived, text in quotes, as an example in an error."""
    value = raw[line]
    value = value.as_py() if hasattr(value, "as_py") else value
    if value is None or value is pd.NaT or (isinstance(value, str) and not value.strip()):
        return "empty"
    if isinstance(value, float):
        return "empty" if math.isnan(value) else f"{value:.15g}"
    return f"{value!r:.60}" if isinstance(value, str) else f"{value!s:.60}"


def as_day(text: str) -> int:
    """Return an ISO date as days since 1970."""
    return dt.date.fromisoformat(text).toordinal() - EPOCH


def is_number(value: object) -> bool:
    """Tell whether a value is a number, flags excepted."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def text_from(value: object) -> str | None:
    """Return a value as text: whole numbers as their digits, days in ISO form; None where it is empty."""
    if value is None or value is pd.NaT:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.0f}" if value == math.floor(value) and math.isfinite(value) else repr(value)
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    return str(value)


def number_from(value: object, *, decimal_comma: bool = False) -> float | None:
    """Return a value as a number; nan where it is empty, None where it is none."""
    if not isinstance(value, str):
        try:
            return None if isinstance(value, (bool, np.bool_, dt.date)) else float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            return None
    text = value.strip()
    if decimal_comma:
        text = "?" if "." in text else text.replace(",", ".")
    if not text:
        return math.nan
    return float(text) if NUMBER.fullmatch(text) else INFINITE.get(text.casefold())


def flag_from(value: object) -> float | None:
    """Return a value as 1 or 0; nan where it is empty, None where it is neither."""
    if isinstance(value, (bool, np.bool_)):
        return float(value)
    if is_number(value):
        return FLAGS.get(f"{value:g}")
    text = str(value).strip().casefold()
    return FLAGS.get(text) if text else math.nan


def day_from(value: object) -> tuple[int | None, bool]:
    """Return a day since 1970 (None: unreadable) and whether a time of day was cut off."""
    if isinstance(value, str):
        return _day_from_text(unicodedata.normalize("NFC", value.strip()))
    if isinstance(value, dt.datetime):
        return value.date().toordinal() - EPOCH, value.time() != dt.time()
    if isinstance(value, np.datetime64):
        return int(value.astype("datetime64[D]").astype(np.int64)), False
    return (value.toordinal() - EPOCH, False) if isinstance(value, dt.date) else (None, False)


def has_zone(value: object) -> bool:
    """Tell whether a day came with a time zone."""
    if isinstance(value, str):
        found = ISO.fullmatch(unicodedata.normalize("NFC", value.strip()))
        return found is not None and found[3] is not None
    return isinstance(value, dt.datetime) and value.tzinfo is not None


def _day_from_text(text: str) -> tuple[int | None, bool]:
    if not text:
        return int(NO_DAY), False
    found = ISO.fullmatch(text)
    try:
        day = dt.date.fromisoformat(found[1]) if found else None
    except ValueError:
        day = None
    if day is None or found is None:
        return None, False
    return day.toordinal() - EPOCH, any(digit in "123456789" for digit in found[2] or "")
