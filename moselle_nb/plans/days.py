"""Days as people give them: a date of any common kind, or ISO text; never the clock, never a guess."""

from __future__ import annotations

import datetime as dt
import re

import numpy as np
import pandas as pd

__all__ = ["as_day"]

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?")


def as_day(value: object) -> np.datetime64:
    """Return a day; of a moment, the day on its own wall clock.

    Parameters
    ----------
    value
        ISO text such as ``2026-12-07``, a date, datetime, Timestamp or datetime64.

    Raises
    ------
    ValueError
        When it is none of these; the text says what was received.

    Examples
    --------
    >>> as_day("2026-12-07")
    np.datetime64('2026-12-07')
    """
    known = isinstance(value, (dt.date, np.datetime64)) or (isinstance(value, str) and bool(_ISO.fullmatch(value)))
    try:
        stamp = pd.Timestamp(value) if known else pd.NaT  # type: ignore[arg-type]
    except (ValueError, OverflowError):
        stamp = pd.NaT
    if pd.isna(stamp):
        msg = f"a day is written like 2026-12-07, received {value!r}"
        raise ValueError(msg)
    return np.datetime64(stamp.date(), "D")
