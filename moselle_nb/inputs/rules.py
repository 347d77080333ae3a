"""Rules over several columns of a table, and dates against `as_of`."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from moselle_nb.inputs.checked import Values, examples_of
from moselle_nb.inputs.fields import SAFETY_STOCK_FIELDS
from moselle_nb.inputs.ledger import EXAMPLES
from moselle_nb.inputs.number_rules import in_calendar
from moselle_nb.inputs.price_breaks import check_price_breaks
from moselle_nb.inputs.quantiles import check_quantiles
from moselle_nb.inputs.values import NO_DAY, day_from, day_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.inputs.checked import CheckedTable
    from moselle_nb.inputs.columns import Days
    from moselle_nb.inputs.ledger import Ledger

__all__ = ["AsOf", "check_rules", "check_window", "find_as_of"]

AsOf = dt.date | str | np.datetime64 | None

WINDOW_YEARS = 10
WINDOW_DAYS = 3_653
SAFETY_STOCK = "safety_stock"


def find_as_of(given: AsOf, inventory: CheckedTable | None, ledger: Ledger) -> int | None:
    """Return the day the stock was counted, as days since 1970: the caller's, else the inventory table's.

    Parameters
    ----------
    given
        What `load` was given.
    inventory
        The inventory table, if there is one.
    ledger
        Where broken rules and warnings go.
    """
    days = inventory.days("as_of") if inventory is not None else None
    found = np.unique(days.values[days.values != NO_DAY]) if days is not None else np.empty(0, dtype=np.int32)
    shown = [day_text(int(day)) for day in found[:EXAMPLES]]
    if given is not None:
        day = _given_day(given, ledger)
        if day is not None and len(found) and (len(found) > 1 or found[0] != day):
            others = days.values[(days.values != day) & (days.values != NO_DAY)] if days is not None else found
            shown = [day_text(int(other)) for other in np.unique(others)[:EXAMPLES]]
            found_said = f"as_of other than {day_text(day)}, as given"
            ledger.warn("inventory", found_said, len(others), shown, "the given day holds")
        return day
    if len(found) == 1:
        return int(found[0])
    if len(found):
        lines = len(days) if days is not None else 0
        ledger.breaks("inventory", f"as_of is one day: {lines:,} rows have {len(found):,}", 0, shown)
    else:
        reason = "the inventory table has no column as_of" if inventory is not None else "there is no inventory table"
        ledger.breaks(
            "as_of",
            "the day the stock was counted is given",
            0,
            [f"{reason}; call load(…, as_of='2026-11-23')"],
        )
    return None


def _given_day(given: object, ledger: Ledger) -> int | None:
    day, _ = (None, False) if given is pd.NaT else day_from(given)
    if day is None or day == NO_DAY:
        ledger.breaks("as_of", "as_of is a day such as 2026-11-23", 0, [f"got {given!r}"])
        return None
    return day


def check_window(tables: dict[str, CheckedTable], as_of: int, ledger: Ledger) -> None:
    """Note dates so far from `as_of` that they are mistakes: one would blow up every table of days."""
    for name in ("forecast", "inbound"):
        days = tables[name].days("date") if name in tables else None
        if days is not None:
            far = (np.abs(days.values.astype(np.int64) - as_of) > WINDOW_DAYS) & in_calendar(days.values)
            _note(tables[name], f"date is within {WINDOW_YEARS} years of {day_text(as_of)}", far, ledger)


def check_rules(tables: dict[str, CheckedTable], ledger: Ledger) -> None:
    """Check what several columns of a line must hold together."""
    if "closures" in tables:
        _check_order(tables["closures"], "from", "to", ledger)
    if "forecast" in tables:
        check_quantiles(tables["forecast"], ledger)
    if "constraints" in tables:
        _check_order(tables["constraints"], "valid_from", "valid_to", ledger)
        _check_one_value(tables["constraints"], ledger)
    if "lanes" in tables:
        source, destination = tables["lanes"].text("source"), tables["lanes"].text("destination")
        if source is not None and destination is not None:
            same = (source.objects() == destination.objects()) & ~source.empty
            _note(tables["lanes"], "source and destination differ", same, ledger)
    if "price_breaks" in tables:
        check_price_breaks(tables, ledger)
    for name in ("items", "sourcing"):
        if name in tables:
            _check_one_method(tables[name], ledger)


def _note(checked: CheckedTable, rule: str, mask: NDArray[np.bool_], ledger: Ledger) -> None:
    lines = np.flatnonzero(mask)
    if len(lines):
        ledger.breaks(checked.table.name, rule, len(lines), examples_of(lines, checked.label))


def _check_order(checked: CheckedTable, first: str, last: str, ledger: Ledger) -> None:
    start, end = checked.days(first), checked.days(last)
    if start is not None and end is not None:
        wrong = (start.values > end.values) & (start.values != NO_DAY) & (end.values != NO_DAY)
        _note(checked, f"{first} is not after {last}", wrong, ledger)


def _check_one_method(checked: CheckedTable, ledger: Ledger) -> None:
    given = [column for name in SAFETY_STOCK_FIELDS if (column := checked.numbers(name)) is not None]
    if len(given) > 1:
        count = np.sum([~np.isnan(column.values) for column in given], axis=0)
        rule = f"safety stock is given in one way ({', '.join(SAFETY_STOCK_FIELDS)})"
        _note(checked, rule, count > 1, ledger)


def _check_one_value(checked: CheckedTable, ledger: Ledger) -> None:
    """One value per scope, key, location and field on any day; ways to give a safety stock are one field."""
    names = ("scope", "key", "location", "field")
    columns = {name: text.objects() for name in names if (text := checked.text(name)) is not None}
    if "field" not in columns or not isinstance(checked.columns.get("value"), Values):
        return
    columns["field"] = np.where(np.isin(columns["field"], SAFETY_STOCK_FIELDS), SAFETY_STOCK, columns["field"])
    frame = pd.DataFrame(columns, dtype=object)
    frame["from"], frame["to"] = (
        _ends(checked.days("valid_from"), len(frame)),
        _ends(checked.days("valid_to"), len(frame)),
    )
    twice = frame[frame.duplicated(list(columns), keep=False)]
    wrong = np.zeros(len(frame), dtype=bool)
    for _, group in twice.groupby(list(columns), dropna=False, sort=False):
        spans = [(low if low != NO_DAY else -(10**7), high if high != NO_DAY else 10**7) for low, high in _spans(group)]
        for one, (low, high) in enumerate(spans):
            clash = any(low <= other[1] and other[0] <= high for place, other in enumerate(spans) if place != one)
            wrong[int(group.index[one])] |= clash
    _note(checked, "one value holds per scope, key, location, field and day", wrong, ledger)


def _ends(days: Days | None, lines: int) -> NDArray[np.int32]:
    return np.full(lines, NO_DAY, dtype=np.int32) if days is None else days.values


def _spans(group: pd.DataFrame) -> list[tuple[Any, Any]]:
    return list(zip(group["from"].tolist(), group["to"].tolist(), strict=True))
