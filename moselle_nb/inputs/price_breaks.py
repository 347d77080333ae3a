"""Rules of price breaks: what the lines of one item, location and supplier must hold together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from moselle_nb.inputs.checked import examples_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.inputs.checked import CheckedTable
    from moselle_nb.inputs.ledger import Ledger

__all__ = ["check_price_breaks"]

GROUP = ["item", "location", "supplier"]


def check_price_breaks(tables: dict[str, CheckedTable], ledger: Ledger) -> None:
    """Check that breaks stand once, that prices do not rise with the quantity, and what they are measured against.

    Parameters
    ----------
    tables
        The checked tables; `price_breaks` is one of them.
    ledger
        Where broken rules go.
    """
    checked = tables["price_breaks"]
    start, cost = checked.numbers("from_quantity"), checked.numbers("unit_cost")
    if start is None or cost is None or checked.text("item") is None:
        return
    columns = {name: _words(checked, name) for name in (*GROUP, "kind")}
    frame = pd.DataFrame({**columns, "start": start.values, "cost": cost.values})
    frame["kind"] = frame["kind"].replace("", "all_units")
    known = frame["start"].notna() & (frame["item"] != "")
    of_group = "item, location and supplier"
    twice = known & frame.duplicated([*GROUP, "start"], keep=False)
    _note(checked, f"from_quantity stands once for each {of_group}", twice, ledger)
    ordered = frame[known].sort_values("start", kind="stable")
    cheapest = ordered.groupby(GROUP, sort=False)["cost"].cummin().groupby([ordered[name] for name in GROUP]).shift()
    rises = frame["cost"] > cheapest.reindex(frame.index)
    _note(checked, "price breaks out of order: a larger quantity never costs more per unit", rises & ~twice, ledger)
    mixed = frame.groupby(GROUP, sort=False)["kind"].transform("nunique") > 1
    _note(checked, f"kind is one for each {of_group}", mixed, ledger)
    _check_against_items(tables, frame, ledger)


def _check_against_items(tables: dict[str, CheckedTable], frame: pd.DataFrame, ledger: Ledger) -> None:
    """Compare with the price below the first break; where a sourcing record gives one, a plan does, row by row."""
    checked, item = tables["price_breaks"], frame["item"]
    own, agreed = (item.map(_costs(tables.get(name))).astype(float) for name in ("items", "sourcing"))
    text = "unit_cost is at most that of the item, which holds below the first break"
    _note(checked, text, (frame["cost"] > own) & agreed.isna(), ledger, np.asarray(own))
    none = own.isna() & agreed.isna() & (item != "")
    _note(checked, "the item has a unit_cost, which holds below the first break", none, ledger)


def _costs(checked: CheckedTable | None) -> dict[str, float]:
    cost = None if checked is None else checked.numbers("unit_cost")
    if checked is None or cost is None:
        return {}
    pairs = zip(_words(checked, "item"), cost.values.tolist(), strict=True)
    return {item: value for item, value in pairs if not np.isnan(value)}


def _words(checked: CheckedTable, name: str) -> NDArray[np.object_]:
    """Return a column of text, blank where it is empty or did not arrive."""
    text = checked.text(name)
    if text is None:
        return np.full(len(checked), "", dtype=object)
    words = text.objects()
    return np.where(text.empty, "", words).astype(object)


def _note(
    checked: CheckedTable,
    rule: str,
    mask: pd.Series,
    ledger: Ledger,
    limit: NDArray[np.float64] | None = None,
) -> None:
    start, cost = checked.numbers("from_quantity"), checked.numbers("unit_cost")
    lines = np.flatnonzero(mask.to_numpy(dtype=bool))
    if not len(lines) or start is None or cost is None:
        return

    def example(line: int) -> str:
        most = "" if limit is None else f", not {limit[line]:.15g}"
        return f"{checked.label(line)} unit_cost = {cost.values[line]:.15g} from {start.values[line]:.15g}{most}"

    ledger.breaks(checked.table.name, rule, len(lines), examples_of(lines, example))
