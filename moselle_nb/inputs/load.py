"""Tables in: read, checked, laid out."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np

from moselle_nb.exceptions import near
from moselle_nb.inputs import quality
from moselle_nb.inputs.contracts import check_table
from moselle_nb.inputs.data import PlanningData
from moselle_nb.inputs.framing import frames_of
from moselle_nb.inputs.keys import Keys, check_unique, known_keys
from moselle_nb.inputs.layout import (
    RowIndex,
    buckets_of,
    by_row,
    forecasts_of,
    inbound_of,
    places_of,
    row_index,
)
from moselle_nb.inputs.ledger import Ledger
from moselle_nb.inputs.reading import read_source
from moselle_nb.inputs.renaming import rename
from moselle_nb.inputs.rules import check_rules, check_window, find_as_of
from moselle_nb.inputs.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    from moselle_nb.inputs.checked import CheckedTable
    from moselle_nb.inputs.layout import Buckets, Places
    from moselle_nb.inputs.raw import RawTable
    from moselle_nb.inputs.renaming import ColumnNames
    from moselle_nb.inputs.rules import AsOf

__all__ = ["load"]

MOST_CELLS = 2_000_000_000
ROW_TABLES = ("forecast", "inventory", "inbound")


def load(
    source: str | PathLike[str] | Mapping[str, Any], *, as_of: AsOf = None, columns: ColumnNames | None = None
) -> PlanningData:
    """Load the tables of a plan, and check them against their contracts.

    Parameters
    ----------
    source
        A folder of CSV, Parquet or Excel files named as tables (``forecast.csv``); an Excel workbook with sheets
        named as tables; or a mapping of table names to data frames of pandas, polars (lazy ones are collected) or
        Arrow. Only ``forecast`` is required.
    as_of
        The day at whose opening the stock was counted; by default what the inventory table's column `as_of` says.
    columns
        The user's column names: table to {their name: our name}, or one such mapping for all tables. Names that
        differ in case, blanks or hyphens only are understood without it.

    Returns
    -------
    PlanningData
        The tables as arrays and frames; what was dirty but normal is counted in its `quality`.

    Raises
    ------
    ContractError
        When the source cannot be read or the tables break their contract; it lists every broken rule.

    Examples
    --------
    >>> import pandas as pd
    >>> forecast = pd.DataFrame({"item": ["A1"], "location": ["METZ"], "date": ["2026-12-07"], "quantity": [12]})
    >>> load({"forecast": forecast}, as_of="2026-11-23").n_rows
    1
    """
    ledger = Ledger()
    raws = rename(read_source(source, ledger), columns, ledger)
    ledger.stop_if_broken_in("source", "columns")
    _check_there(raws, ledger)
    tables = {
        name: check_table(raws[name].without_blank_lines(ledger), TABLES[name], ledger)
        for name in TABLES
        if name in raws
    }
    keys = known_keys(tables, ledger)
    check_rules(tables, ledger)
    day = find_as_of(as_of, tables.get("inventory"), ledger)
    if day is not None:
        check_window(tables, day, ledger)
    for name, checked in tables.items():
        if TABLES[name].key and (name != "forecast" or ledger.problems):
            check_unique(checked, ledger)
    ledger.stop_if_broken()
    return _laid_out(tables, keys, int(day or 0), ledger)


def _check_there(raws: dict[str, RawTable], ledger: Ledger) -> None:
    """There is a forecast with lines; anything else can be absent."""
    if "forecast" not in raws:
        if not any(problem.table == "forecast" for problem in ledger.problems):
            hints = [name for name in raws if near(name, ["forecast"])]
            found = ", ".join(hints or raws) or "no tables"
            ledger.breaks("forecast", "the table is there", 0, [f"found {found}"])
    elif not raws["forecast"].rows:
        ledger.breaks("forecast", "the table has lines", 0, [f"{raws['forecast'].origin} has none"])


def _laid_out(tables: dict[str, CheckedTable], keys: Keys, day: int, ledger: Ledger) -> PlanningData:
    places = {name: places_of(tables[name], keys) for name in ROW_TABLES if name in tables}
    index = row_index(list(places.values()), len(keys["items"]), len(keys["locations"]))
    buckets = _buckets(tables["forecast"], index, ledger)
    laid_forecasts = forecasts_of(tables["forecast"], places["forecast"], index, buckets)
    if any(count > int(filled.sum()) for _, filled, count in laid_forecasts.values()):
        check_unique(tables["forecast"], ledger)
        ledger.stop_if_broken()
    inventory = tables.get("inventory")
    rows = index.of(*places["inventory"]) if inventory is not None else np.empty(0, dtype=np.int64)
    on_hand, committed = (by_row(inventory, name, rows, len(index)) for name in ("on_hand", "committed"))
    has_inventory = np.zeros(len(index), dtype=bool)
    has_inventory[rows] = True
    inbound = inbound_of(tables.get("inbound"), places.get("inbound", _no_places()), index)
    frames = frames_of(tables, keys)
    forecasts = {name: (forecast, filled) for name, (forecast, filled, _) in laid_forecasts.items()}
    quality.warn(quality.Laid(day, frames, index, has_inventory, on_hand, inbound, forecasts), ledger)
    return PlanningData(
        as_of=dt.date(1970, 1, 1) + dt.timedelta(days=day),
        **frames,
        row_item=index.item,
        row_location=index.location,
        on_hand=on_hand,
        committed=committed,
        inbound_row=inbound.row,
        inbound_date=inbound.date,
        inbound_quantity=inbound.quantity,
        inbound_reference=inbound.reference,
        forecasts={name: forecast for name, (forecast, _) in forecasts.items()},
        quality=ledger.quality(),
    )


def _buckets(forecast: CheckedTable, index: RowIndex, ledger: Ledger) -> Buckets:
    days = forecast.days("date")
    assert days is not None  # noqa: S101 (the contract was kept)
    buckets = buckets_of(days.values)
    cells = len(buckets.starts) * len(index)
    if cells > MOST_CELLS:
        said = f"{len(index):,} rows × {len(buckets.starts):,} {buckets.kind}s = {cells:,}"
        ledger.breaks("forecast", f"it has at most {MOST_CELLS:,} rows × buckets", 0, [said])
        ledger.stop_if_broken()
    return buckets


def _no_places() -> Places:
    return np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int32)
