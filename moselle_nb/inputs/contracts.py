"""One table against its contract: every column typed, every broken rule noted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from moselle_nb.inputs.columns import (
    NO_DAY,
    Days,
    Numbers,
    Text,
    as_day,
    days_of,
    flags_of,
    numbers_of,
    shown,
    text_of,
)
from moselle_nb.inputs.fields import CONSTRAINT_FIELDS, LARGEST, Field
from moselle_nb.inputs.ledger import EXAMPLES, hint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from moselle_nb.inputs.ledger import Ledger
    from moselle_nb.inputs.raw import RawTable
    from moselle_nb.inputs.tables import Column, Table

__all__ = ["CheckedTable", "Values", "check_table", "examples_of", "in_calendar"]

LONGEST_KEY = 255
FIRST_DAY, LAST_DAY = as_day("1950-01-01"), as_day("2199-12-31")
CONTROL = "[\\x00-\\x1f\\x7f-\\x9f]"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NO_ZERO = ("order_multiple", "pack")
"""Multiples: where a table says 0, it means that there is none."""


@dataclass(frozen=True, eq=False)
class Values:
    """Values of constraints: float, bool, word or None (unset) per line."""

    values: NDArray[np.object_]
    raw: Any

    def __len__(self) -> int:
        """How many lines."""
        return len(self.values)


Typed = Text | Numbers | Days | Values


@dataclass(eq=False)
class CheckedTable:
    """A table whose columns are typed; only columns that arrived are in `columns`.

    Parameters
    ----------
    table
        Its contract.
    raw
        The table as it arrived.
    columns
        Typed columns by name.
    extras
        The user's own columns, as text.
    """

    table: Table
    raw: RawTable
    columns: dict[str, Typed]
    extras: dict[str, Text]

    def __len__(self) -> int:
        """How many lines."""
        return self.raw.rows

    def text(self, name: str) -> Text | None:
        """Return a column of text, if it arrived."""
        column = self.columns.get(name)
        return column if isinstance(column, Text) else None

    def numbers(self, name: str) -> Numbers | None:
        """Return a column of numbers or flags, if it arrived."""
        column = self.columns.get(name)
        return column if isinstance(column, Numbers) else None

    def days(self, name: str) -> Days | None:
        """Return a column of days, if it arrived."""
        column = self.columns.get(name)
        return column if isinstance(column, Days) else None

    def label(self, line: int, without: str = "") -> str:
        """Name a line by its key, or by its number where it has none."""
        parts = []
        for name in self.table.label or self.table.key:
            column = self.columns.get(name)
            if name == without or not isinstance(column, (Text, Days)):
                continue
            part = column.at(line)
            if part or name in self.table.required:
                parts.append(part or shown(column.raw, line))
        if not parts or set(parts) == {"empty"}:
            return f"row {self.raw.line_number(line):,}"
        return parts[0] if len(parts) == 1 else f"({', '.join(parts)})"


def examples_of(lines: NDArray[np.int64], text: Callable[[int], str]) -> list[str]:
    """Return the first few different examples of some lines."""
    found: dict[str, None] = {}
    for line in lines[:1000]:
        found[text(int(line))] = None
        if len(found) == EXAMPLES:
            break
    return list(found)


def check_table(raw: RawTable, table: Table, ledger: Ledger) -> CheckedTable:
    """Type every column of a table and note what breaks its contract.

    Parameters
    ----------
    raw
        The table as it arrived, under our names.
    table
        Its contract.
    ledger
        Where broken rules and warnings go.
    """
    arrived = dict(raw.columns)
    missing = [name for name in table.required if name not in arrived]
    if missing:
        _missing_columns(raw, table, missing, ledger)
    checked = CheckedTable(table, raw, {}, {})
    for column in table.columns:
        if column.name in arrived and column.kind != "value":
            checked.columns[column.name] = _typed(arrived[column.name], column, raw)
    if "value" in arrived and "field" in checked.columns:
        _check_values(checked, arrived["value"], ledger)
    for column in table.columns:
        if column.name in checked.columns and column.kind != "value":
            _check_column(checked, column, ledger)
    _extra_columns(checked, arrived, ledger)
    return checked


def _missing_columns(raw: RawTable, table: Table, missing: list[str], ledger: Ledger) -> None:
    place = raw.header_below(table.required)
    if place:
        ledger.breaks(table.name, f"the first row holds the column names: they are in row {place}; delete the rows above it")
        return
    headers = [name for name, _ in raw.columns]
    needed = f"{', '.join(table.required[:-1])} and {table.required[-1]} are there" if len(table.required) > 1 else (
        f"{table.required[0]} is there"
    )
    said = [f"{name} is missing{hint(name, headers)}" for name in missing]
    found = f"found {', '.join(headers[:12]) or 'no columns'} (columns={{'their name': 'our name'}} maps them)"
    ledger.breaks(table.name, f"columns {needed}", 0, [*said, found])


def _typed(values: Any, column: Column, raw: RawTable) -> Typed:  # noqa: ANN401 (as it arrived)
    if column.kind == "day":
        return days_of(values)
    if column.kind == "flag":
        return flags_of(values)
    if column.kind == "number":
        return numbers_of(values, decimal_comma=raw.decimal_comma)
    return text_of(values)


def _check_column(checked: CheckedTable, column: Column, ledger: Ledger) -> None:
    typed = checked.columns[column.name]
    if column.required and not isinstance(typed, Values):
        lines = np.flatnonzero(typed.empty)
        if len(lines):
            examples = examples_of(lines, lambda line: checked.label(line, column.name))
            ledger.breaks(checked.table.name, f"{column.name} is given", len(lines), examples)
    if isinstance(typed, Text):
        _check_text(checked, column, typed, ledger)
    elif isinstance(typed, Days):
        _check_days(checked, column, typed, ledger)
    elif isinstance(typed, Numbers):
        _check_numbers(checked, column, typed, ledger)


def _example(checked: CheckedTable, name: str, raw: Any, note: Callable[[str], str] = lambda _: "") -> Callable[[int], str]:  # noqa: ANN401
    def text(line: int) -> str:
        value = shown(raw, line)
        return f"{checked.label(line, name)} {name} = {value}{note(value)}"

    return text


def _check_numbers(checked: CheckedTable, column: Column, typed: Numbers, ledger: Ledger) -> None:
    name, table = column.name, checked.table.name
    if len(typed.unreadable):
        rule = f"{name} is true or false" if column.kind == "flag" else f"{name} is a number"
        example = _example(checked, name, typed.raw, lambda value: _comma_note(value, checked.raw))
        ledger.breaks(table, rule, len(typed.unreadable), examples_of(typed.unreadable, example))
    if column.field is None or column.kind == "flag":
        return
    if name in NO_ZERO:
        zero = np.flatnonzero(typed.values == 0)
        what = "0 counts as 1: no multiple"
        ledger.warn(table, f"{name} is at least 1", len(zero), examples_of(zero, checked.label), what)
        typed = Numbers(np.where(typed.values == 0, 1.0, typed.values), typed.raw, typed.unreadable)
        checked.columns[name] = typed
    field = column.field
    outside = _outside(typed.values, field)
    huge = outside & (typed.values > LARGEST) & np.isfinite(typed.values) if field.maximum is None else np.zeros(1, dtype=bool)
    for mask, rule in ((outside & ~huge, f"{name} is {field.expected}"), (huge, f"{name} is at most {LARGEST:,}")):
        lines = np.flatnonzero(mask)
        if len(lines):
            values = typed.values
            text = _example(checked, name, typed.raw)
            examples = examples_of(lines, lambda line: text(line) + field.hint(float(values[line])))
            ledger.breaks(table, rule, len(lines), examples)


def _outside(values: NDArray[np.float64], field: Field) -> NDArray[np.bool_]:
    """Values that are there but not admissible, by comparisons that nan passes."""
    if field.kind == "fraction":
        return (values <= 0) | (values >= 1)
    high = LARGEST if field.maximum is None else field.maximum
    outside = np.isinf(values) | (values > high)
    if field.minimum is not None:
        outside |= values < field.minimum
    if field.kind == "whole":
        with np.errstate(invalid="ignore"):
            outside |= (values != np.floor(values)) & ~np.isnan(values)
    return np.asarray(outside)


def _comma_note(value: str, raw: RawTable) -> str:
    if raw.decimal_comma and "." in value and "," not in value:
        return " (the column has decimal commas)"
    comma = re.fullmatch(r"'\s*-?\d+,\d+\s*'", value)
    return " (a decimal comma needs fields separated by semicolons)" if comma and not raw.decimal_comma else ""


def _check_days(checked: CheckedTable, column: Column, typed: Days, ledger: Ledger) -> None:
    name, table = column.name, checked.table.name
    if len(typed.unreadable):
        examples = examples_of(typed.unreadable, _example(checked, name, typed.raw))
        ledger.breaks(table, f"{name} is a day such as 2026-12-07", len(typed.unreadable), examples)
    ledger.warn(table, f"{name} has no time of day", typed.timed, (), "the time was cut off")
    early = (typed.values < FIRST_DAY) & (typed.values != NO_DAY)
    late = typed.values > LAST_DAY
    if name == "valid_from" and early.any():
        early = _open_end(checked, name, typed, early)
    if name == "valid_to" and late.any():
        late = _open_end(checked, name, typed, late)
    if name == "to" and late.any():
        checked.columns[name] = Days(np.minimum(typed.values, LAST_DAY).astype(np.int32), typed.raw, typed.unreadable)
        late = np.zeros(len(late), dtype=bool)
    lines = np.flatnonzero(early | late)
    if len(lines):
        examples = examples_of(lines, _example(checked, name, typed.raw))
        ledger.breaks(table, f"{name} lies between 1950-01-01 and 2199-12-31", len(lines), examples)


def in_calendar(days: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Tell which days are there and lie between the first and last one that any table may have."""
    return np.asarray((days >= FIRST_DAY) & (days <= LAST_DAY))


def _open_end(checked: CheckedTable, name: str, typed: Days, lines: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Read 9999-12-31 and its kind as what they mean: no end."""
    checked.columns[name] = Days(np.where(lines, NO_DAY, typed.values).astype(np.int32), typed.raw, typed.unreadable)
    return np.zeros(len(lines), dtype=bool)


def _check_text(checked: CheckedTable, column: Column, typed: Text, ledger: Ledger) -> None:
    name, table = column.name, checked.table.name
    ledger.warn(table, f"{name} has no blanks around it", typed.changed, (), "blanks were cut off (and accents joined)")
    if column.kind == "key":
        if typed.from_numbers and checked.raw.kind == "excel":
            ledger.warn(
                table, f"{name} is text", len(typed), examples_of(np.arange(len(typed)), typed.at),
                "numbers were read as their digits; leading zeros may be lost: format the column as text in Excel",
            )  # fmt: skip
        _each_word(checked, column, typed, f"{name} has no control characters", _with_control(typed), ledger)
        long = _word_mask(typed, lambda words, pc: pc.greater(pc.utf8_length(words), LONGEST_KEY))
        _each_word(checked, column, typed, f"{name} has at most {LONGEST_KEY} characters", long, ledger)
    elif column.kind == "text":
        lines = _lines_with(typed, _with_control(typed))
        what = "kept; exports neutralise them"
        ledger.warn(table, f"{name} has no control characters", len(lines), examples_of(lines, checked.label), what)
    elif column.kind == "choice":
        expected = f"{name} is one of {', '.join(column.choices)}"
        _map_words(checked, name, typed, expected, _chooser(column.choices), ledger)
    elif column.kind == "weekdays":
        _map_words(checked, name, typed, f"{name} are weekdays such as mon,thu", _weekdays, ledger)


def _with_control(typed: Text) -> NDArray[np.bool_]:
    return _word_mask(typed, lambda words, pc: pc.match_substring_regex(words, CONTROL))


def _word_mask(typed: Text, rule: Callable[[Any, Any], Any]) -> NDArray[np.bool_]:
    import pyarrow.compute as pc

    return np.asarray(rule(typed.words, pc).to_numpy(zero_copy_only=False), dtype=bool)


def _lines_with(typed: Text, words: NDArray[np.bool_]) -> NDArray[np.int64]:
    return np.flatnonzero(np.append(words, False)[typed.codes]) if words.any() else np.empty(0, dtype=np.int64)  # noqa: FBT003


def _each_word(
    checked: CheckedTable, column: Column, typed: Text, rule: str, words: NDArray[np.bool_], ledger: Ledger
) -> None:
    lines = _lines_with(typed, words)
    if len(lines):
        examples = examples_of(lines, lambda line: f"{typed.at(line)[:40]!r}")
        ledger.breaks(checked.table.name, rule, len(lines), examples)


def _chooser(choices: tuple[str, ...]) -> Callable[[str], str | None]:
    by_folded = {choice.casefold(): choice for choice in choices}
    return lambda word: by_folded.get(word.casefold().replace(" ", "_").replace("-", "_"))


def _weekdays(word: str) -> str | None:
    """Return weekdays as ``mon,thu``, in the order of the week."""
    found = set()
    for part in re.split(r"[,;/\s]+", word.strip(" ,;/").casefold()):
        if part in set("1234567"):
            found.add(int(part) - 1)
            continue
        match = [place for place, day in enumerate(WEEKDAYS) if len(part) >= 3 and day.startswith(part)]  # noqa: PLR2004
        if not match:
            return None
        found.add(match[0])
    return ",".join(WEEKDAYS[place][:3] for place in sorted(found))


def _map_words(
    checked: CheckedTable, name: str, typed: Text, rule: str, read: Callable[[str], str | None], ledger: Ledger
) -> None:
    import pyarrow as pa

    words = [read(word) for word in typed.words.to_pylist()]
    wrong = np.array([word is None for word in words], dtype=bool)
    lines = _lines_with(typed, wrong)
    if len(lines):
        ledger.breaks(checked.table.name, rule, len(lines), examples_of(lines, _example(checked, name, typed.raw)))
    encoded = pa.array(words, pa.string()).dictionary_encode()
    lookup = np.append(encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False), -1).astype(np.int32)
    checked.columns[name] = Text(lookup[typed.codes], encoded.dictionary, typed.raw)


def _check_values(checked: CheckedTable, raw: Any, ledger: Ledger) -> None:  # noqa: ANN401 (as it arrived)
    """Type each constraint's value by its field."""
    fields, text = checked.columns["field"], text_of(raw)
    values = np.full(len(text), None, dtype=object)
    wrong: dict[str, list[int]] = {}
    empty = np.flatnonzero(text.empty)
    if len(empty):
        ledger.breaks(checked.table.name, "value is given (`none` unsets)", len(empty), examples_of(empty, checked.label))
    choose = _chooser(tuple(CONSTRAINT_FIELDS))
    for line in np.flatnonzero(~text.empty):
        name = choose(fields.at(int(line))) if isinstance(fields, Text) else None
        word = text.at(int(line))
        if name is None or word.casefold() == "none":
            continue
        field = CONSTRAINT_FIELDS[name]
        value = _constraint_value(word, field, decimal_comma=checked.raw.decimal_comma)
        if name in NO_ZERO and value == 0:
            ledger.warn(checked.table.name, f"{name} is at least 1", 1, [checked.label(int(line))], "0 counts as 1")
            value = 1.0
        problem = field.problem(value)
        values[line] = value
        if problem:
            wrong.setdefault(problem, []).append(int(line))
    for problem, lines in wrong.items():
        examples = examples_of(np.array(lines), lambda line: checked.label(line, "field"))
        ledger.breaks(checked.table.name, problem, len(lines), examples)
    checked.columns["value"] = Values(values, raw)


def _constraint_value(word: str, field: Field, *, decimal_comma: bool) -> float | bool | str:
    if field.kind == "choice":
        return _chooser(field.choices)(word) or word
    if field.kind == "flag":
        flag = flags_of(np.array([word], dtype=object)).values[0]
        return word if np.isnan(flag) else bool(flag)
    number = numbers_of(np.array([word], dtype=object), decimal_comma=decimal_comma)
    return word if len(number.unreadable) else float(number.values[0])


def _extra_columns(checked: CheckedTable, arrived: dict[str, Any], ledger: Ledger) -> None:
    table = checked.table
    extras = [name for name in arrived if name not in table.names]
    absent = [name for name in table.names if name not in arrived]
    if not table.keeps_extras:
        what = "not used: columns of your own belong to items or locations"
        ledger.warn(table.name, "columns are those of the contract", len(extras), _hinted(extras, absent), what)
        return
    checked.extras = {name: text_of(arrived[name]) for name in extras}
    like = [name for name in extras if hint(name, absent)]
    ledger.warn(table.name, "columns are those of the contract", len(like), _hinted(like, absent), "kept as your own")


def _hinted(names: Iterable[str], choices: list[str]) -> list[str]:
    return [f"{name!r}{hint(name, choices)}" for name in list(names)[:EXAMPLES]]
