"""Keys across tables: what they refer to, and that they are unique."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from moselle_nb.inputs.checked import examples_of
from moselle_nb.inputs.columns import Days, Text
from moselle_nb.inputs.fields import CLASSES_OF_ITEMS
from moselle_nb.inputs.ledger import EXAMPLES, hint
from moselle_nb.inputs.values import NO_DAY

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from moselle_nb.inputs.checked import CheckedTable
    from moselle_nb.inputs.ledger import Ledger

__all__ = ["Keys", "check_unique", "known_keys", "positions"]

DERIVED_FROM = {
    "items": (
        ("forecast", "item"), ("inventory", "item"), ("inbound", "item"), ("sourcing", "item"),
    ),
    "locations": (
        ("forecast", "location"), ("inventory", "location"), ("inbound", "location"),
        ("sourcing", "location"), ("lanes", "source"), ("lanes", "destination"),
    ),
    "suppliers": (("items", "supplier"), ("sourcing", "supplier")),
}  # fmt: skip
NO_SOURCE = {"price_breaks"}
"""Tables that make no key known: prices of what nothing else names would hold nowhere."""
SCOPE_TABLE = {"item": "items", "supplier": "suppliers", "location": "locations"}


@dataclass(frozen=True, eq=False)
class Keys:
    """The keys of items, locations and suppliers: sorted `pyarrow.StringArray` by table."""

    of: dict[str, pa.Array]

    def __getitem__(self, table: str) -> pa.Array:
        """Return the keys of a table."""
        return self.of[table]


def known_keys(tables: dict[str, CheckedTable], ledger: Ledger) -> Keys:
    """Return the keys that exist, and note every reference to one that does not.

    Parameters
    ----------
    tables
        The checked tables.
    ledger
        Where broken rules and warnings go.
    """
    of, whole = {}, {}
    for name, sources in DERIVED_FROM.items():
        checked = tables.get(name)
        own = checked.text(name[:-1]) if checked is not None else None
        if own is not None and len(own):
            of[name], whole[name] = _sorted([own]), True
            continue
        found = [
            text for table, column in sources if table in tables and (text := tables[table].text(column)) is not None
        ]
        of[name], whole[name] = _sorted(found), False
        if checked is None or not len(checked):
            said = ", ".join(dict.fromkeys(table for table, _ in sources if table in tables))
            ledger.warn(name, "keys without their table", len(of[name]), (), f"taken from {said}")
    keys = Keys(of)
    for checked in tables.values():
        for column in checked.table.columns:
            text = checked.text(column.name)
            if not column.refers or text is None:
                continue
            if whole[column.refers] or checked.table.name in NO_SOURCE:
                _check_known(checked, column.name, text, keys[column.refers], ledger)
    _check_scoped(tables, keys, whole, ledger)
    return keys


def _sorted(texts: Iterable[Text]) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    used = [text.words.filter(pa.array(text.used() > 0)) for text in texts]
    if not used:
        return pa.array([], pa.string())
    words = pa.chunked_array(used).unique()
    return words.take(pc.array_sort_indices(words))


def positions(text: Text, known: pa.Array) -> NDArray[np.int32]:
    """Return where each line's word stands among the known ones, -1 where it does not.

    Parameters
    ----------
    text
        A column of keys.
    known
        Sorted distinct keys.
    """
    return _lookup(text, known)[text.codes]


def _lookup(text: Text, known: pa.Array) -> NDArray[np.int32]:
    import pyarrow.compute as pc

    found = pc.index_in(text.words, value_set=known).fill_null(-1).to_numpy(zero_copy_only=False)
    return np.append(found, -1).astype(np.int32)


def _check_known(checked: CheckedTable, name: str, text: Text, known: pa.Array, ledger: Ledger) -> None:
    unknown = _lookup(text, known)[:-1] < 0
    if not unknown.any():
        return
    lines = text.used()
    strange = np.flatnonzero(unknown & (lines > 0))
    if not len(strange):
        return
    choices = known.to_pylist()
    words = [str(text.words[int(word)].as_py()) for word in strange[:EXAMPLES]]
    examples = [f"{word[:60]!r}{_lost_zeros(word, choices) or hint(word, choices)}" for word in words]
    count = int(lines[strange].sum())
    if checked.table.name == "sales":
        ledger.warn("sales", f"lines of an unknown {name}", count, examples, "kept, but not used in plans")
    else:
        ledger.breaks(checked.table.name, f"{name} is known", count, examples)


def _lost_zeros(word: str, choices: list[str]) -> str:
    """Say which key a number was before it lost its leading zeros."""
    found = next((key for key in choices if word.isdigit() and key.lstrip("0") == word.lstrip("0")), None)
    return "" if found is None else f" (leading zeros lost: {found!r}?)"


def _check_scoped(tables: dict[str, CheckedTable], keys: Keys, whole: dict[str, bool], ledger: Ledger) -> None:
    """Check keys whose table stands in the column `scope`."""
    for name in ("closures", "constraints"):
        checked = tables.get(name)
        scopes, values = (checked.text("scope"), checked.text("key")) if checked else (None, None)
        if checked is None or scopes is None:
            continue
        scope = scopes.objects()
        word = values.objects() if values is not None else np.full(len(scope), None, dtype=object)
        needs = np.array([each not in {None, "plan"} for each in scope], dtype=bool)
        lines = np.flatnonzero(needs & (word == None))  # noqa: E711 (elementwise)
        if len(lines) and name == "constraints":
            ledger.breaks(name, "key is given unless the scope is plan", len(lines), examples_of(lines, checked.label))
        for one in sorted({each for each in scope if each not in {None, "plan"}}):
            known = _scope_keys(one, tables, keys, whole)
            unknown = [key for key in word[scope == one] if key is not None and known is not None and key not in known]
            if unknown and known is not None:
                examples = [f"{key!r}{hint(key, list(known))}" for key in list(dict.fromkeys(unknown))[:EXAMPLES]]
                ledger.breaks(name, f"key of scope {one} is known", len(unknown), examples)


def _scope_keys(scope: str, tables: dict[str, CheckedTable], keys: Keys, whole: dict[str, bool]) -> set[str] | None:
    if scope in SCOPE_TABLE:
        table = SCOPE_TABLE[scope]
        return set(keys[table].to_pylist()) if whole[table] else None
    items = tables.get("items")
    text = items.text(scope) if items is not None else None
    return {*CLASSES_OF_ITEMS.get(scope, ()), *(text.words.to_pylist() if text is not None else ())}


def check_unique(checked: CheckedTable, ledger: Ledger) -> None:
    """Note lines that share their key with another.

    Parameters
    ----------
    checked
        A table that has a key.
    ledger
        Where broken rules go.
    """
    names = [name for name in checked.table.key if name in checked.columns]
    columns = [checked.columns[name] for name in names]
    if not set(checked.table.key) & set(checked.table.required) <= set(names):
        return
    codes = _combined([column for column in columns if isinstance(column, (Text, Days))])
    complete = np.ones(len(codes), dtype=bool)
    for name, column in zip(names, columns, strict=True):
        if name in checked.table.required and isinstance(column, (Text, Days)):
            complete &= (column.codes >= 0) if isinstance(column, Text) else (column.values != NO_DAY)
    twice = pd.Series(codes).duplicated(keep=False).to_numpy() & complete
    lines = np.flatnonzero(twice)
    if len(lines):
        said = f"{', '.join(names[:-1])} and {names[-1]} are unique" if len(names) > 1 else f"{names[0]} is unique"
        ledger.breaks(checked.table.name, said, len(lines), examples_of(lines, checked.label))


def _combined(columns: Sequence[Text | Days]) -> NDArray[np.int64]:
    """Return one number per line that is the same where all columns are."""
    total: NDArray[np.int64] | None = None
    for column in columns:
        codes: Any = column.codes if isinstance(column, Text) else pd.factorize(column.values)[0]
        size = int(codes.max(initial=-1)) + 2
        if total is None:
            total = codes.astype(np.int64) + 1
            continue
        if int(total.max(initial=0)) > np.iinfo(np.int64).max // size - 1:
            total = pd.factorize(total)[0].astype(np.int64)
        total = total * size + codes + 1
    return np.empty(0, dtype=np.int64) if total is None else total
