"""Rules of columns of numbers, flags and days."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.inputs.checked import example, examples_of
from moselle_nb.inputs.columns import Days, Numbers
from moselle_nb.inputs.values import NO_DAY, as_day

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.inputs.checked import CheckedTable
    from moselle_nb.inputs.fields import Field
    from moselle_nb.inputs.ledger import Ledger
    from moselle_nb.inputs.raw import RawTable
    from moselle_nb.inputs.tables import Column

__all__ = ["NO_ZERO", "ZERO_SAID", "check_days", "check_numbers", "in_calendar"]

FIRST_DAY, LAST_DAY = as_day("1950-01-01"), as_day("2199-12-31")
OPEN_ENDS = ("valid_from", "valid_to", "to")

NO_ZERO = ("order_multiple", "pack")
"""Multiples: where a table says 0, it means that there is none."""

THOUSANDS = re.compile(
    r"""['"]\s*[-+]?\d{1,3}(?P<mark>[.,' ]|\\xa0|\\u2009|\\u202f)\d{3}((?P=mark)\d{3})*([.,]\d+)?\s*['"]"""
)
"""A number in digits of three, as Python writes its text: 1.045,00 or 1 045."""

ZERO_SAID = "counted as 1: no multiple"


def check_numbers(checked: CheckedTable, column: Column, typed: Numbers, ledger: Ledger) -> None:
    """Check a column of numbers or flags: they can be read, and lie in their range."""
    name, table = column.name, checked.table.name
    if len(typed.unreadable):
        rule = f"{name} is true or false" if column.kind == "flag" else f"{name} is a number"
        text = example(checked, name, typed.raw, lambda value: _comma_note(value, checked.raw))
        ledger.breaks(table, rule, len(typed.unreadable), examples_of(typed.unreadable, text))
    if column.field is not None and column.kind != "flag":
        if name in NO_ZERO:
            typed = _without_zeros(checked, name, typed, ledger)
        _check_range(checked, column.field, typed, ledger)


def _without_zeros(checked: CheckedTable, name: str, typed: Numbers, ledger: Ledger) -> Numbers:
    zero = np.flatnonzero(typed.values == 0)
    examples = examples_of(zero, checked.label)
    ledger.warn(checked.table.name, f"{name} of 0", len(zero), examples, ZERO_SAID)
    ones = Numbers(np.where(typed.values == 0, 1.0, typed.values), typed.raw, typed.unreadable)
    checked.columns[name] = ones
    return ones


def _check_range(checked: CheckedTable, field: Field, typed: Numbers, ledger: Ledger) -> None:
    outside = _outside(typed.values, field)
    if not outside.any():
        return
    huge = _too_large(typed.values, field)
    text = example(checked, field.name, typed.raw)

    def hinted(line: int) -> str:
        return text(line) + field.hint(float(typed.values[line]))

    for mask, expected in ((outside & ~huge, field.expected), (huge, field.size_rule)):
        lines = np.flatnonzero(mask)
        if len(lines):
            ledger.breaks(checked.table.name, f"{field.name} is {expected}", len(lines), examples_of(lines, hinted))


def _outside(values: NDArray[np.float64], field: Field) -> NDArray[np.bool_]:
    """Return which values are there but not admissible, by comparisons that nan passes."""
    if field.kind == "fraction":
        return np.asarray((values <= 0) | (values >= 1))
    low = -field.limit if field.minimum is None else field.minimum
    high = field.limit if field.maximum is None else field.maximum
    outside = (values < low) | (values > high)
    if field.kind == "whole":
        with np.errstate(invalid="ignore"):
            outside |= (values != np.floor(values)) & ~np.isnan(values)
    return np.asarray(outside)


def _too_large(values: NDArray[np.float64], field: Field) -> NDArray[np.bool_]:
    """Return `Field.is_too_large` of every value."""
    if field.maximum is not None or field.kind == "fraction":
        return np.zeros(len(values), dtype=bool)
    size = values if field.minimum is not None else np.abs(values)
    return np.asarray((size > field.limit) & np.isfinite(values))


def _comma_note(value: str, raw: RawTable) -> str:
    notes = []
    if raw.decimal_comma and "." in value and "," not in value:
        notes.append("the column has decimal commas")
    if re.fullmatch(r"'\s*-?\d+,\d+\s*'", value) and not raw.decimal_comma:
        notes.append("a decimal comma needs fields separated by semicolons")
    if THOUSANDS.fullmatch(value):
        notes.append("take out thousands separators")
    return f" ({'; '.join(notes)})" if notes else ""


def check_days(checked: CheckedTable, column: Column, typed: Days, ledger: Ledger) -> None:
    """Check a column of days: they can be read, and lie in living memory."""
    name, table = column.name, checked.table.name
    if len(typed.unreadable):
        examples = examples_of(typed.unreadable, example(checked, name, typed.raw))
        ledger.breaks(table, f"{name} is a day such as 2026-12-07", len(typed.unreadable), examples)
    for lines, found, done in (
        (typed.timed, f"{name} with a time of day", "time cut off"),
        (typed.zoned, f"{name} with a time zone", "read as the day on its own clock"),
    ):
        ledger.warn(table, found, len(lines), examples_of(lines, example(checked, name, typed.raw)), done)
    early = (typed.values < FIRST_DAY) & (typed.values != NO_DAY)
    late = typed.values > LAST_DAY
    if name in OPEN_ENDS:
        early, late = _opened(checked, name, typed, early, late)
    lines = np.flatnonzero(early | late)
    if len(lines):
        examples = examples_of(lines, example(checked, name, typed.raw))
        ledger.breaks(table, f"{name} lies between 1950-01-01 and 2199-12-31", len(lines), examples)


def in_calendar(days: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Tell which days are there and lie between the first and last one that any table may have."""
    return np.asarray((days >= FIRST_DAY) & (days <= LAST_DAY))


def _opened(
    checked: CheckedTable, name: str, typed: Days, early: NDArray[np.bool_], late: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Read 9999-12-31 and its kind as what they mean, no end, and return what is left to refuse."""
    meant = early if name == "valid_from" else late
    end = LAST_DAY if name == "to" else NO_DAY
    days = np.where(meant, end, typed.values).astype(np.int32)
    checked.columns[name] = Days(days, typed.raw, typed.unreadable)
    none = np.zeros(len(meant), dtype=bool)
    return (none, late) if name == "valid_from" else (early, none)
