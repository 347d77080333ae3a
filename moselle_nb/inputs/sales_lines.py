"""Lines of sales, typed: from a data frame by the contract of the table, or from tables that are loaded already."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from moselle_nb.exceptions import near
from moselle_nb.inputs.checked import examples_of
from moselle_nb.inputs.contracts import check_table
from moselle_nb.inputs.data import PlanningData
from moselle_nb.inputs.keys import check_unique
from moselle_nb.inputs.reading import read_source
from moselle_nb.inputs.renaming import rename
from moselle_nb.inputs.tables import TABLES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.inputs.checked import CheckedTable
    from moselle_nb.inputs.ledger import Ledger

__all__ = ["DEFAULT_GROUP", "SalesLines", "sales_lines"]

DEFAULT_GROUP = "product_line"
"""Column that groups items where the caller names none."""


@dataclass(frozen=True, eq=False)
class SalesLines:
    """One entry per line, shape (lines,).

    Parameters
    ----------
    item, location
        Positions in `items` and `locations`.
    day
        Days since 1970.
    quantity
        Units; below 0 for what was returned.
    out
        Whether the item was out of stock.
    group
        Position in `groups`, of the line's item.
    items, locations, groups
        Sorted names; an item without a group has the group "".
    """

    item: NDArray[np.int64]
    location: NDArray[np.int64]
    day: NDArray[np.int64]
    quantity: NDArray[np.float64]
    out: NDArray[np.bool_]
    group: NDArray[np.int64]
    items: NDArray[np.object_]
    locations: NDArray[np.object_]
    groups: NDArray[np.object_]

    def where(self, mask: NDArray[np.bool_]) -> SalesLines:
        """Return the lines of a mask."""
        per_line = ("item", "location", "day", "quantity", "out", "group")
        return replace(self, **{name: getattr(self, name)[mask] for name in per_line})


def sales_lines(sales: object, group: str | None, ledger: Ledger) -> SalesLines:
    """Return the lines of a sales table.

    Parameters
    ----------
    sales
        A frame of pandas, polars or Arrow with the columns of the sales table, or `PlanningData`.
    group
        Column whose values group items: of the frame, or of the items table. By default `product_line`, where it is
        there; without it all items are one group.
    ledger
        Where warnings go; what is broken stops at once.

    Raises
    ------
    ContractError
        Listing every broken rule.
    """
    return _from_data(sales, group, ledger) if isinstance(sales, PlanningData) else _from_frame(sales, group, ledger)


def _from_frame(sales: object, group: str | None, ledger: Ledger) -> SalesLines:
    raws = rename(read_source({"sales": sales}, ledger), None, ledger)
    ledger.stop_if_broken()
    checked = check_table(raws["sales"].without_blank_lines(ledger), TABLES["sales"], ledger)
    if not len(checked):
        ledger.breaks("sales", "the table has lines", 0, ["the frame has none"])
    check_unique(checked, ledger)
    ledger.stop_if_broken()
    item, items = _text(checked, "item")
    location, locations = _text(checked, "location")
    days, quantity, flags = checked.days("date"), checked.numbers("quantity"), checked.numbers("in_stock")
    assert days is not None  # noqa: S101 (the contract was kept)
    assert quantity is not None  # noqa: S101
    out = np.zeros(len(checked), dtype=bool) if flags is None else flags.values == 0
    name = DEFAULT_GROUP if group is None else group
    codes, groups = np.zeros(len(checked), dtype=np.int64), np.array([""], dtype=object)
    if name in checked.extras:
        codes, groups = _grouped(checked.extras[name].objects())
        _check_one_group(item, codes, items, name, ledger)
    elif group is not None:
        _no_group(group, "sales", list(checked.extras), ledger)
    whole = days.values.astype(np.int64)
    return SalesLines(item, location, whole, quantity.values, out, codes, items, locations, groups)


def _text(checked: CheckedTable, name: str) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Return a column of keys as positions in its sorted words."""
    text = checked.text(name)
    assert text is not None  # noqa: S101 (the contract was kept)
    words = np.array(text.words.to_pylist(), dtype=object)
    order = np.argsort(words, kind="stable")
    place = np.empty(len(words), dtype=np.int64)
    place[order] = np.arange(len(words))
    return place[text.codes], words[order]


def _from_data(data: PlanningData, group: str | None, ledger: Ledger) -> SalesLines:
    frame = data.sales
    if not len(frame):
        ledger.breaks("sales", "the table has lines", 0, ["the planning data have no sales"])
        ledger.stop_if_broken()
    (item, items), (location, locations) = (_factorized(frame[name]) for name in ("item", "location"))
    name = DEFAULT_GROUP if group is None else group
    if name not in data.items:
        _no_group(name, "items", [str(column) for column in data.items], ledger)
    of_item = pd.Series(data.items[name].to_numpy(dtype=object), index=data.items["item"])
    codes, groups = _grouped(of_item.reindex(items).to_numpy(dtype=object))
    days = frame["date"].to_numpy(dtype="datetime64[D]").astype(np.int64)
    out = (frame["in_stock"] == 0).to_numpy()
    quantity = frame["quantity"].to_numpy(np.float64)
    return SalesLines(item, location, days, quantity, out, codes[item], items, locations, groups)


def _factorized(names: pd.Series[Any]) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    codes, words = pd.factorize(names.to_numpy(dtype=object), sort=True)
    return codes.astype(np.int64), np.asarray(words, dtype=object)


def _grouped(texts: NDArray[np.object_]) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    named = np.where(pd.isna(texts), "", texts).astype(str).astype(object)
    return _factorized(pd.Series(named, dtype=object))


def _no_group(group: object, table: str, columns: list[str], ledger: Ledger) -> None:
    rule = f"group is a column of {table}"
    ledger.breaks(table, rule, 0, [f"received {group!r}{near(str(group), columns)}"])
    ledger.stop_if_broken()


def _check_one_group(
    item: NDArray[np.int64], group: NDArray[np.int64], items: NDArray[np.object_], name: str, ledger: Ledger
) -> None:
    low, high = np.full(len(items), np.iinfo(np.int64).max), np.full(len(items), -1)
    np.minimum.at(low, item, group)
    np.maximum.at(high, item, group)
    lines = np.flatnonzero((low < high)[item])
    if len(lines):
        examples = examples_of(lines, lambda line: str(items[item[line]]))
        ledger.breaks("sales", f"an item has one {name}", len(lines), examples)
        ledger.stop_if_broken()
