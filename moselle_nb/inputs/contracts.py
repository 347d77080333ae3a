"""One table against its contract: every column typed, every broken rule noted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from moselle_nb.inputs.checked import CheckedTable, Values, examples_of
from moselle_nb.inputs.columns import Days, Numbers, Text, days_of, flags_of, numbers_of, text_of
from moselle_nb.inputs.constraint_values import check_values
from moselle_nb.inputs.ledger import EXAMPLES, UNUSED, UNUSED_SAID, hint
from moselle_nb.inputs.number_rules import check_days, check_numbers
from moselle_nb.inputs.quantiles import with_quantiles
from moselle_nb.inputs.text_rules import check_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from moselle_nb.inputs.checked import Typed
    from moselle_nb.inputs.columns import Raw
    from moselle_nb.inputs.ledger import Ledger
    from moselle_nb.inputs.raw import RawTable
    from moselle_nb.inputs.tables import Column, Table

__all__ = ["check_table"]

SHOWN_COLUMNS = 12


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
    named = raw.without_nameless_columns(ledger)
    arrived = dict(reversed(named.columns))
    missing = [name for name in table.required if name not in arrived]
    if missing:
        _missing_columns(raw, table, missing, ledger)
    if table.name == "forecast":
        table = with_quantiles(table, arrived)
    checked = CheckedTable(table, named, {}, {})
    for column in table.columns:
        if column.name in arrived and column.kind != "value":
            checked.columns[column.name] = _typed(arrived[column.name], column, raw)
    if "value" in arrived and "field" in checked.columns:
        check_values(checked, arrived["value"], ledger)
    for column in table.columns:
        if column.name in checked.columns and column.kind != "value":
            _check_column(checked, column, ledger)
    _extra_columns(checked, arrived, ledger)
    return checked


def _missing_columns(raw: RawTable, table: Table, missing: list[str], ledger: Ledger) -> None:
    place = raw.header_below(table.required)
    if place:
        ledger.breaks(
            table.name,
            f"the first row holds the column names: they are in row {place}; delete the rows above it",
        )
        return
    headers = [name for name, _ in raw.columns if name]
    *others, last = table.required
    needed = f"columns {', '.join(others)} and {last} are there" if others else f"column {last} is there"
    said = [f"{name} is missing{hint(name, headers)}" for name in missing]
    found = ", ".join(headers[:SHOWN_COLUMNS]) or "no columns"
    ledger.breaks(table.name, needed, 0, [*said, f"found {found} (columns={{'their name': 'our name'}} maps them)"])


def _typed(values: Raw, column: Column, raw: RawTable) -> Typed:
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
        check_text(checked, column, typed, ledger)
    elif isinstance(typed, Days):
        check_days(checked, column, typed, ledger)
    elif isinstance(typed, Numbers):
        check_numbers(checked, column, typed, ledger)


def _extra_columns(checked: CheckedTable, arrived: dict[str, Any], ledger: Ledger) -> None:
    table = checked.table
    extras = [name for name in arrived if name not in table.names]
    absent = [name for name in table.names if name not in arrived]
    if not table.keeps_extras:
        ledger.warn(table.name, UNUSED, len(extras), _hinted(extras, absent), UNUSED_SAID)
        return
    checked.extras = {name: text_of(arrived[name]) for name in extras}
    like = [name for name in extras if hint(name, absent)]
    ledger.warn(table.name, "columns with almost a name of ours", len(like), _hinted(like, absent), "kept as your own")


def _hinted(names: Iterable[str], choices: list[str]) -> list[str]:
    return [f"{name!r}{hint(name, choices)}" for name in list(names)[:EXAMPLES]]
