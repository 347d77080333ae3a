"""Values of the constraints table, each typed by its field."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from moselle_nb.inputs.checked import Values, example, examples_of
from moselle_nb.inputs.columns import Text, text_of
from moselle_nb.inputs.fields import CONSTRAINT_FIELDS, Field
from moselle_nb.inputs.number_rules import NO_ZERO, ZERO_SAID
from moselle_nb.inputs.text_rules import chooser
from moselle_nb.inputs.values import flag_from, number_from

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.inputs.checked import CheckedTable
    from moselle_nb.inputs.columns import Raw
    from moselle_nb.inputs.ledger import Ledger

__all__ = ["check_values"]

_FIND = chooser(tuple(CONSTRAINT_FIELDS))


def check_values(checked: CheckedTable, raw: Raw, ledger: Ledger) -> None:
    """Type each constraint's value by its field."""
    text = text_of(raw)
    fields = checked.columns["field"]
    names = fields.objects() if isinstance(fields, Text) else np.full(len(text), None, dtype=object)
    distinct, read = pd.factorize(pd.MultiIndex.from_arrays([names, text.objects()]))
    values = np.empty(len(read), dtype=object)
    wrong, zero = np.zeros((2, len(read)), dtype=bool)
    comma = checked.raw.decimal_comma and any("," in word for word in text.words.to_pylist())
    for place, (name, word) in enumerate(read):
        field = _field(name)
        if field is None or not isinstance(word, str) or word.casefold() == "none":
            continue
        value = _value(word, field, decimal_comma=comma)
        zero[place] = field.name in NO_ZERO and value == 0
        values[place] = 1.0 if zero[place] else value
        wrong[place] = field.problem(values[place]) is not None
    lines = np.flatnonzero(zero[distinct])
    examples = examples_of(lines, checked.label)
    ledger.warn(checked.table.name, "multiples of 0", len(lines), examples, ZERO_SAID)
    empty = np.flatnonzero(text.empty)
    if len(empty):
        examples = examples_of(empty, checked.label)
        ledger.breaks(checked.table.name, "value is given (`none` unsets)", len(empty), examples)
    column = Values(values[distinct], raw)
    checked.columns["value"] = column
    _say_wrong(checked, column, np.flatnonzero(wrong[distinct]), names, ledger)


def _say_wrong(
    checked: CheckedTable, column: Values, lines: NDArray[np.int64], names: NDArray[np.object_], ledger: Ledger
) -> None:
    text = example(checked, "value", column.raw)
    by_rule: dict[str, list[int]] = {}
    for line in lines:
        field, value = _field(names[line]), column.values[line]
        if field is not None:
            huge = isinstance(value, float) and field.is_too_large(value)
            rule = f"value of {field.name} is {field.size_rule if huge else field.expected}"
            by_rule.setdefault(rule, []).append(int(line))
    for rule, chosen in by_rule.items():
        ledger.breaks(checked.table.name, rule, len(chosen), examples_of(np.array(chosen), text))


def _field(name: object) -> Field | None:
    found = _FIND(name) if isinstance(name, str) else None
    return None if found is None else CONSTRAINT_FIELDS[found]


def _value(word: str, field: Field, *, decimal_comma: bool) -> float | bool | str:
    if field.kind == "choice":
        return chooser(field.choices)(word) or word
    if field.kind == "flag":
        flag = flag_from(word)
        return word if flag is None else bool(flag)
    number = number_from(word, decimal_comma=decimal_comma)
    return word if number is None else number
