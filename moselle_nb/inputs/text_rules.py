"""Rules of columns of text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from moselle_nb.exceptions import near
from moselle_nb.inputs.checked import example, examples_of
from moselle_nb.inputs.columns import NO_LINES, Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from moselle_nb.inputs.checked import CheckedTable
    from moselle_nb.inputs.ledger import Ledger
    from moselle_nb.inputs.tables import Column

__all__ = ["check_text", "chooser"]

LONGEST_KEY = 255
CONTROL = "[\\x00-\\x1f\\x7f-\\x9f]"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NUMBERS_SAID = "read as digits: zeros in front may be lost"


def check_text(checked: CheckedTable, column: Column, typed: Text, ledger: Ledger) -> None:
    """Check a column of text: keys are clean, and choices and weekdays are known."""
    name, table = column.name, checked.table.name
    found = f"{name} with blanks around it or accents apart"
    arrived = examples_of(typed.changed_at, example(checked, name, typed.raw))
    ledger.warn(table, found, typed.changed, arrived, "blanks cut off, accents joined")
    if column.kind == "key":
        _check_key(checked, name, typed, ledger)
    elif column.kind == "text":
        lines = _lines_with(typed, _with_control(typed))
        examples = examples_of(lines, checked.label)
        found = f"{name} with control characters"
        ledger.warn(table, found, len(lines), examples, "kept; exports neutralise them")
    elif column.kind == "choice":
        expected = f"{name} is one of {', '.join(column.choices)}"
        _map_words(checked, column, expected, chooser(column.choices), ledger)
    elif column.kind == "weekdays":
        _map_words(checked, column, f"{name} are weekdays such as mon,thu", _weekdays, ledger)


def _check_key(checked: CheckedTable, name: str, typed: Text, ledger: Ledger) -> None:
    if typed.from_numbers and checked.raw.kind == "excel":
        examples = examples_of(np.arange(len(typed)), typed.at)
        ledger.warn(checked.table.name, f"{name} given as numbers, not as text", len(typed), examples, NUMBERS_SAID)
    long = _word_mask(typed, lambda words, pc: pc.greater(pc.utf8_length(words), LONGEST_KEY))
    rules = (("no control characters", _with_control(typed)), (f"at most {LONGEST_KEY} characters", long))
    for rule, words in rules:
        lines = _lines_with(typed, words)
        if len(lines):
            examples = examples_of(lines, lambda line: f"{typed.at(line)[:40]!r}")
            ledger.breaks(checked.table.name, f"{name} has {rule}", len(lines), examples)


def _with_control(typed: Text) -> NDArray[np.bool_]:
    return _word_mask(typed, lambda words, pc: pc.match_substring_regex(words, CONTROL))


def _word_mask(typed: Text, rule: Callable[[Any, Any], Any]) -> NDArray[np.bool_]:
    import pyarrow.compute as pc

    return np.asarray(rule(typed.words, pc).to_numpy(zero_copy_only=False), dtype=bool)


def _lines_with(typed: Text, words: NDArray[np.bool_]) -> NDArray[np.int64]:
    return np.flatnonzero(np.append(words, [False])[typed.codes]) if words.any() else NO_LINES


def chooser(choices: tuple[str, ...]) -> Callable[[str], str | None]:
    """Return what finds a choice by its word, whatever its case; None where there is none."""
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
    checked: CheckedTable, column: Column, rule: str, read: Callable[[str], str | None], ledger: Ledger
) -> None:
    import pyarrow as pa

    name, typed = column.name, checked.columns[column.name]
    if not isinstance(typed, Text):
        return
    words = [read(word) for word in typed.words.to_pylist()]
    wrong = np.array([word is None for word in words], dtype=bool)
    lines = _lines_with(typed, wrong)
    if len(lines):
        text = example(checked, name, typed.raw, lambda value: near(value.strip("'"), column.choices))
        examples = examples_of(lines, text)
        ledger.breaks(checked.table.name, rule, len(lines), examples)
    encoded = pa.array(words, pa.string()).dictionary_encode()
    lookup = np.append(encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False), -1).astype(np.int32)
    checked.columns[name] = Text(lookup[typed.codes], encoded.dictionary, typed.raw)
