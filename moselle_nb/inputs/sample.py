"""A made-up retailer to try plans on: the same tables on every machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from moselle_nb.exceptions import UnknownNameError
from moselle_nb.inputs.load import load
from moselle_nb.inputs.retailer import AS_OF, FAR, LEAD_TIMES, SUPPLIERS, WEEKS, Retailer, Rows, whole_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa
    from numpy.typing import NDArray

    from moselle_nb.inputs.data import PlanningData

__all__ = ["sample_data", "sample_tables"]

KINDS = ("retail",)
HISTORY_WEEKS = 52
HISTORY_ROWS = 60_000
"""Rows that get a sales history: beyond this, only the first items do."""


def sample_data(kind: str = "retail", *, items: int = 500, locations: int = 12, seed: int = 7) -> PlanningData:
    """Return the data of a made-up retailer: the same on every machine for the same arguments.

    There are seasons, promotions, slow sellers, two suppliers (two and eight weeks away), open orders, some of them
    late, stockouts, minimum orders that bite, forecast errors, a year of sales and a supplier's closure.

    Parameters
    ----------
    kind
        Only ``"retail"`` so far.
    items, locations
        How many of each; every item is planned at every location.
    seed
        Of the random numbers.

    Raises
    ------
    UnknownNameError
        When there is no such kind.

    Examples
    --------
    >>> sample_data("retail", items=20, locations=3, seed=7).n_rows
    60
    """
    return load(sample_tables(kind, items=items, locations=locations, seed=seed))


def sample_tables(
    kind: str = "retail", *, items: int = 500, locations: int = 12, seed: int = 7
) -> Mapping[str, pa.Table]:
    """Return the tables of `sample_data` as Arrow tables, to be changed, or written to files.

    Parameters
    ----------
    kind, items, locations, seed
        As in `sample_data`.

    Raises
    ------
    UnknownNameError
        When there is no such kind.
    ValueError
        When there is not at least one item and one location.
    """
    if kind != "retail":
        raise UnknownNameError("sample", kind, KINDS)  # noqa: EM101 (a kind of name, not the text)
    if items < 1 or locations < 1:
        msg = f"A sample has at least 1 item and 1 location, got {items:,} and {locations:,}."
        raise ValueError(msg)
    retailer = Retailer(items, locations, np.random.Generator(np.random.PCG64(seed)))
    rows = retailer.rows()
    return {
        "items": _arrow(retailer.items),
        "locations": _arrow(retailer.locations),
        "suppliers": _arrow(_suppliers()),
        "closures": _arrow(_closures(retailer)),
        "constraints": _arrow(_constraints(retailer)),
        "sourcing": _arrow(_sourcing(retailer)),
        "inventory": _inventory(retailer, rows),
        "inbound": _inbound(retailer, rows),
        "forecast": _forecast(retailer, rows),
        "sales": _sales(retailer, rows),
    }


def _forecast(retailer: Retailer, rows: Rows) -> pa.Table:
    import pyarrow as pa

    days = np.datetime64(AS_OF, "D") + 7 * np.arange(WEEKS)
    factor = retailer.season(days)
    since = np.arange(WEEKS)[:, None] - retailer.promotion[None, :]
    factor *= np.where((since == 0) | (since == 1), 2.2, np.where(since == 2, 0.6, 1.0))  # noqa: PLR2004
    quantity = np.empty((WEEKS, len(rows.item)), dtype=np.int64)
    for first in range(0, len(rows.item), 65_536):
        block = slice(first, first + 65_536)
        path = factor[:, rows.item[block]] * rows.weekly[block]
        quantity[:, block] = whole_path(path, np.asarray(retailer.rng.random(path.shape[1])))
    cv = 0.2 + 0.3 * retailer.rng.random(retailer.n_items)
    lines = np.ascontiguousarray(quantity.T).ravel()
    sd = np.floor(lines * np.repeat(np.repeat(cv, retailer.n_locations), WEEKS) * 100 + 50) / 100
    keys = _keys(retailer, np.repeat(rows.item, WEEKS), np.repeat(rows.location, WEEKS))
    date = pa.array(np.tile(days, len(rows.item)))
    return pa.table({**keys, "date": date, "quantity": lines, "sd": sd})


def _inventory(retailer: Retailer, rows: Rows) -> pa.Table:
    import pyarrow as pa

    rng, n = retailer.rng, len(rows.item)
    weeks = LEAD_TIMES[retailer.supplier[rows.item]] / 7 * (0.65 + 1.1 * rng.random(n)) + 1 + 2 * rng.random(n)
    on_hand = np.floor(rows.weekly * weeks + rng.random(n)).astype(np.int64)
    on_hand[rng.random(n) < 0.03] = 0  # noqa: PLR2004
    committed = np.where(rng.random(n) < 0.1, on_hand // 10, 0)  # noqa: PLR2004
    as_of = pa.array(np.full(n, np.datetime64(AS_OF, "D")))
    keys = _keys(retailer, rows.item, rows.location)
    return pa.table({**keys, "on_hand": on_hand, "committed": committed, "as_of": as_of})


def _inbound(retailer: Retailer, rows: Rows) -> pa.Table:
    import pyarrow as pa

    rng, n = retailer.rng, len(rows.item)
    chosen = np.flatnonzero(rng.random(n) < 0.3)  # noqa: PLR2004
    chosen = chosen if len(chosen) else np.array([0])
    lead = LEAD_TIMES[retailer.supplier[rows.item[chosen]]]
    days = 1 + np.floor(lead * rng.random(len(chosen))).astype(np.int64)
    late = rng.random(len(chosen)) < 0.01  # noqa: PLR2004
    late[0] = True
    days[late] = -4
    pack = retailer.items["order_multiple"].to_numpy()[rows.item[chosen]]
    quantity = np.maximum(1, np.ceil(rows.weekly[chosen] * lead / 14 / pack)).astype(np.int64) * pack
    keys = _keys(retailer, rows.item[chosen], rows.location[chosen])
    reference = [f"PO-{4_500_000 + i}" for i in range(len(chosen))]
    date = pa.array(np.datetime64(AS_OF, "D") + days)
    return pa.table({**keys, "date": date, "quantity": quantity, "reference": reference})


def _sales(retailer: Retailer, rows: Rows) -> pa.Table:
    import pyarrow as pa

    kept = max(1, min(retailer.n_items, HISTORY_ROWS // retailer.n_locations)) * retailer.n_locations
    item, location, weekly = rows.item[:kept], rows.location[:kept], rows.weekly[:kept]
    days = np.datetime64(AS_OF, "D") + 7 * np.arange(-HISTORY_WEEKS, 0)
    noise = retailer.rng.random((HISTORY_WEEKS, kept)) + retailer.rng.random((HISTORY_WEEKS, kept))
    path = retailer.season(days)[:, item] * weekly * noise
    sold = whole_path(path, np.asarray(retailer.rng.random(kept)))
    in_stock = retailer.rng.random((HISTORY_WEEKS, kept)) >= 0.03  # noqa: PLR2004
    sold[~in_stock] = 0
    keys = _keys(retailer, np.repeat(item, HISTORY_WEEKS), np.repeat(location, HISTORY_WEEKS))
    date = pa.array(np.tile(days, kept))
    return pa.table({**keys, "date": date, "quantity": sold.T.ravel(), "in_stock": pa.array(in_stock.T.ravel())})


def _suppliers() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "supplier": SUPPLIERS,
            "name": ["Mosel Trading GmbH", "Pacific Works Ltd"],
            "currency": "EUR",
            "lead_time_days": LEAD_TIMES,
            "order_weekdays": ["mon,thu", None],
            "min_order_value": [500.0, 10_000.0],
            "container_volume": [np.nan, 33.0],
        }
    )


def _closures(retailer: Retailer) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "scope": ["supplier", "location"],
            "key": [SUPPLIERS[FAR], retailer.locations["location"].iloc[0]],
            "from": [np.datetime64("2027-02-04"), np.datetime64("2026-12-25")],
            "to": [np.datetime64("2027-02-14"), np.datetime64("2026-12-26")],
        }
    )


def _constraints(retailer: Retailer) -> pd.DataFrame:
    item, location = retailer.items["item"].iloc[0], retailer.locations["location"].iloc[0]
    line = retailer.items["product_line"].iloc[0]
    return pd.DataFrame(
        {
            "scope": ["item", "product_line"],
            "key": [item, line],
            "location": [location, None],
            "field": ["max_order", "min_stock"],
            "value": ["240", "1"],
        }
    )


def _sourcing(retailer: Retailer) -> pd.DataFrame:
    first = retailer.items.iloc[:: max(1, retailer.n_items // 5)]
    return pd.DataFrame(
        {
            "item": first["item"],
            "location": retailer.locations["location"].iloc[-1],
            "supplier": first["supplier"],
            "lead_time_days": np.where(first["supplier"] == SUPPLIERS[FAR], 63, 10),
        }
    )


def _arrow(frame: pd.DataFrame) -> pa.Table:
    import pyarrow as pa

    table = pa.Table.from_pandas(frame, preserve_index=False)
    days = [pa.field(f.name, pa.date32()) if pa.types.is_timestamp(f.type) else f for f in table.schema]
    return table.cast(pa.schema(days)).replace_schema_metadata(None)


def _keys(retailer: Retailer, item: NDArray[np.int32], location: NDArray[np.int32]) -> dict[str, Any]:
    import pyarrow as pa

    def coded(codes: NDArray[np.int32], frame: pd.DataFrame, key: str) -> pa.DictionaryArray:
        return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(list(frame[key]), pa.string()))

    return {
        "item": coded(item, retailer.items, "item"),
        "location": coded(location, retailer.locations, "location"),
    }
