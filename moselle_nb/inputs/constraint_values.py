"""Values of the constraints table, each typed by its field."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.inputs.checked import Values, examples_of
from moselle_nb.inputs.columns import Text, flags_of, numbers_of, text_of
from moselle_nb.inputs.fields import CONSTRAINT_FIELDS, Field
from moselle_nb.inputs.number_rules import NO_ZERO
from moselle_nb.inputs.text_rules import chooser

if TYPE_CHECKING:
    from moselle_nb.inputs.checked import CheckedTable
    from moselle_nb.inputs.columns import Raw
    from moselle_nb.inputs.ledger import Ledger

__all__ = ["check_values"]


def check_values(checked: CheckedTable, raw: Raw, ledger: Ledger) -> None:
    """Type each constraint's value by its field."""
    fields, text = checked.columns["field"], text_of(raw)
    values = np.full(len(text), None, dtype=object)
    wrong: dict[str, list[int]] = {}
    empty = np.flatnonzero(text.empty)
    if len(empty):
        ledger.breaks(
            checked.table.name,
            "value is given (`none` unsets)",
            len(empty),
            examples_of(empty, checked.label),
        )
    choose = chooser(tuple(CONSTRAINT_FIELDS))
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
        return chooser(field.choices)(word) or word
    if field.kind == "flag":
        flag = flags_of(np.array([word], dtype=object)).values[0]
        return word if np.isnan(flag) else bool(flag)
    number = numbers_of(np.array([word], dtype=object), decimal_comma=decimal_comma)
    return word if len(number.unreadable) else float(number.values[0])
