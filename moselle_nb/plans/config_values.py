"""Values of a configuration as people give them: taken where the meaning is plain, else refused."""

from __future__ import annotations

import datetime as dt
from typing import Any

__all__ = [
    "days_or_none",
    "filter_pairs",
    "names_or_all",
    "no_flag",
    "none_word",
    "printable",
    "rising_numbers",
    "rising_shares",
    "safety_stock_problem",
    "two_days",
]

MAX_COVER_DAYS = 366
"""Longest cover that a safety stock may have: a year."""

MAX_UNITS = 10**9
"""Largest quantity of a setting, in units: above it sums could lose exactness."""


SHARES = {
    "cycle_service_level": ("probability", ""),
    "fill_rate": ("share of demand", "all of uncertain demand is served by no finite stock"),
    "ready_rate": ("share of days", "no finite stock outlasts uncertain demand on every day"),
    "critical_ratio": ("ratio", "a unit left over would have to cost nothing"),
}
"""What the values of these methods are, and why they cannot be 1."""


def no_flag(value: Any) -> Any:
    """Refuse a flag where a number is meant: Python counts True as 1."""
    if isinstance(value, bool):
        msg = f"a number, received {value!r}"
        raise ValueError(msg)  # noqa: TRY004 (pydantic collects value errors)
    return value


def _names(value: Any) -> Any:
    """Take one name or several as sorted names, each once: their order says nothing."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, (list, tuple, set, frozenset)) and all(isinstance(name, str) for name in value):
        return tuple(sorted(set(value)))
    msg = f"one name or a list of names, received {value!r}"
    raise ValueError(msg)


def names_or_all(value: Any) -> Any:
    """Take one name or several; nothing means all of them."""
    return None if value is None else _names(value)


def filter_pairs(value: Any) -> Any:
    """Take a mapping of filters as sorted pairs: a frozen configuration holds tuples."""
    try:
        pairs = sorted(dict(value).items())
    except (TypeError, ValueError):
        msg = f"filters on item columns such as {{'grade': ('A', 'B')}}, received {value!r}"
        raise ValueError(msg) from None
    return tuple((column, _names(names)) for column, names in pairs)


def two_days(value: Any) -> Any:
    """Refuse what is neither day nor text, such as a missing day of a frame."""
    if isinstance(value, (list, tuple)) and len(value) == 2 and all(_is_day(day) for day in value):  # noqa: PLR2004
        return tuple(value)
    msg = f"first and last day, such as ('2026-11-23', '2027-02-14'), received {value!r}"
    raise ValueError(msg)


def days_or_none(value: Any) -> Any:
    """Take one day or several as sorted days, each once; nothing means none."""
    if value is None:
        return ()
    days = [value] if _is_day(value) else list(value) if isinstance(value, (list, tuple, set, frozenset)) else [None]
    if not all(_is_day(day) for day in days):
        msg = f"days such as ('2026-11-23', '2026-12-07'), received {value!r}"
        raise ValueError(msg)
    return tuple(sorted({str(day)[:10] if isinstance(day, dt.datetime) else str(day) for day in days}))


def _is_day(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, dt.date) and value == value)  # noqa: PLR0124 (NaT is no day)


def printable(value: str) -> str:
    """Refuse control characters: a name goes into files, pages and titles."""
    if not value.isprintable():
        msg = f"a name of one line without control characters, received {value!r}"
        raise ValueError(msg)
    return value


def rising_shares(value: tuple[float, float]) -> tuple[float, float]:
    """Refuse thresholds of grades that do not rise or are no shares."""
    if not 0 < value[0] < value[1] <= 1:
        msg = f"two rising shares between 0 and 1, received {value}"
        raise ValueError(msg)
    return value


def rising_numbers(value: tuple[float, float]) -> tuple[float, float]:
    """Refuse thresholds of variability that do not rise or are no numbers above 0."""
    if not 0 < value[0] < value[1] < float("inf"):
        msg = f"two rising numbers above 0, received {value}"
        raise ValueError(msg)
    return value


def none_word(value: Any) -> Any:
    """Take the word none as no value."""
    return None if isinstance(value, str) and value.strip().casefold() == "none" else value


def safety_stock_problem(method: str, value: float) -> str:
    """Say what is wrong with the value of a safety-stock method; blank when nothing is."""
    if method in SHARES and not 0 < value < 1:
        meant = f" (did you mean {value / 100:g}?)" if 1 < value < 100 else ""  # noqa: PLR2004 (per cent)
        why = f"; {SHARES[method][1]}" if value == 1 and SHARES[method][1] else ""
        return f"{method} is a {SHARES[method][0]} above 0 and below 1, received {value!r}{meant}{why}"
    if method == "units" and not 0 <= value <= MAX_UNITS:
        return f"units of safety stock are from 0 to {MAX_UNITS:,}, received {value!r}"
    if method == "days_of_cover" and (value < 0 or value != int(value) or value > MAX_COVER_DAYS):
        return f"days_of_cover are whole days from 0 to 366, received {value!r}"
    return ""
