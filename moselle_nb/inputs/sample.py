"""A made-up retailer to try plans on: the same tables on every machine."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from moselle_nb.exceptions import UnknownNameError
from moselle_nb.inputs.load import load

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa
    from numpy.typing import NDArray

    from moselle_nb.inputs.data import PlanningData

__all__ = ["sample_data", "sample_tables"]

AS_OF = dt.date(2026, 11, 23)
WEEKS = 30
KINDS = ("retail",)
HISTORY_WEEKS = 52
HISTORY_ROWS = 60_000
"""Rows that get a sales history: beyond this, only the first items do."""

CITIES = ("METZ", "NANCY", "THIONVILLE", "EPINAL", "TRIER", "KOBLENZ", "SAARLOUIS", "REMICH", "TOUL", "CATTENOM",
          "BERNKASTEL", "COCHEM")  # fmt: skip
LINES = (("Garden", ("Hose", "Planter", "Shears")), ("Home", ("Lamp", "Blanket", "Frame")),
         ("Kitchen", ("Pan", "Kettle", "Knife")), ("Outdoor", ("Tent", "Lantern", "Flask")))  # fmt: skip
SEASONS = {  # demand of each month as a share of an average month's
    "Garden": (0.4, 0.6, 1.2, 1.7, 1.8, 1.5, 1.1, 0.9, 0.9, 0.8, 0.6, 0.5),
    "Home": (0.9, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.9, 1.1, 1.2, 1.5, 1.6),
    "Kitchen": (1.0, 0.9, 0.9, 1.0, 1.0, 0.9, 0.8, 0.9, 1.0, 1.0, 1.2, 1.4),
    "Outdoor": (0.5, 0.6, 0.8, 1.1, 1.4, 1.7, 1.8, 1.4, 0.9, 0.6, 0.6, 0.6),
}
NEAR, FAR = 0, 1
SUPPLIERS = ("MOSEL TRADING", "PACIFIC WORKS")
LEAD_TIMES = np.array([14, 56])


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
    retailer = _Retailer(items, locations, np.random.Generator(np.random.PCG64(seed)))
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


class _Retailer:
    """What is drawn per item and per location; weekly demand follows from it."""

    def __init__(self, n_items: int, n_locations: int, rng: np.random.Generator) -> None:
        self.rng = rng
        self.n_items, self.n_locations = n_items, n_locations
        self.line = rng.integers(0, len(LINES), n_items)
        self.type = rng.integers(0, 3, n_items)
        self.supplier = np.where(rng.random(n_items) < 0.6, NEAR, FAR)  # noqa: PLR2004
        slow = rng.random(n_items) < 0.2  # noqa: PLR2004
        self.weekly = np.where(slow, 0.05 + 0.6 * rng.random(n_items), 2 + 90 * rng.random(n_items) ** 4)
        self.size = 0.5 + rng.random(n_locations)
        self.promotion = np.where(rng.random(n_items) < 0.15, rng.integers(0, WEEKS, n_items), -9)  # noqa: PLR2004
        self.items = self._items(slow)
        self.locations = self._locations()

    def _items(self, slow: NDArray[np.bool_]) -> pd.DataFrame:
        n, rng = self.n_items, self.rng
        cost = np.floor(150 + 6000 * rng.random(n) ** 3) / 100
        price = np.floor(cost * (1.4 + rng.random(n)) * 10) / 10 + 0.09
        pack = np.array([1, 2, 6, 12, 24])[np.where(slow, 0, rng.integers(0, 5, n))]
        weeks = np.where(self.supplier == FAR, 6, 2)
        moq = np.maximum(np.where(slow, 12, 0), np.ceil(self.weekly * weeks / pack) * pack)
        moq = np.where(rng.random(n) < 0.7, moq, np.nan)  # noqa: PLR2004
        width = max(4, len(str(n)))
        lines = np.array([line for line, _ in LINES], dtype=object)
        types = np.array([types for _, types in LINES], dtype=object)
        keys = [f"SKU-{i + 1:0{width}d}" for i in range(n)]
        status = np.where(rng.random(n) < 0.02, "phase_out", "active")  # noqa: PLR2004
        return pd.DataFrame(
            {
                "item": keys,
                "name": [f"{types[a, b]} {i + 1}" for i, (a, b) in enumerate(zip(self.line, self.type, strict=True))],
                "product_line": lines[self.line],
                "product_type": types[self.line, self.type],
                "supplier": np.array(SUPPLIERS, dtype=object)[self.supplier],
                "unit_cost": cost,
                "unit_price": np.round(price, 2),
                "grade": _grades(self.weekly * price),
                "volume": np.floor(1 + 40 * rng.random(n)) / 1000,
                "status": status,
                "lead_time_sd_days": np.where(self.supplier == FAR, 5.0, 2.0),
                "moq": moq,
                "order_multiple": pack,
                "forecast_cv": np.where(slow, 0.9, 0.35),
            }
        )

    def _locations(self) -> pd.DataFrame:
        n = self.n_locations
        keys = [CITIES[i] if i < len(CITIES) else f"SITE-{i + 1:04d}" for i in range(n)]
        names = [key.title() for key in keys]
        priority = np.argsort(np.argsort(-self.size, kind="stable"), kind="stable") + 1
        return pd.DataFrame({"location": keys, "name": names, "kind": "warehouse", "priority": priority})

    def rows(self) -> _Rows:
        """Every item at every location, items slowest."""
        item = np.repeat(np.arange(self.n_items, dtype=np.int32), self.n_locations)
        location = np.tile(np.arange(self.n_locations, dtype=np.int32), self.n_items)
        return _Rows(item, location, self.weekly[item] * self.size[location])

    def season(self, days: NDArray[np.datetime64]) -> NDArray[np.float64]:
        """Factor of each week and item, shape (weeks, items)."""
        shares = np.array([SEASONS[line] for line, _ in LINES])
        months = (days + np.timedelta64(3, "D")).astype("datetime64[M]").astype(np.int64) % 12
        return np.asarray(shares[self.line][:, months].T)


@dataclass(frozen=True)
class _Rows:
    item: NDArray[np.int32]
    location: NDArray[np.int32]
    weekly: NDArray[np.float64]


def _grades(revenue: NDArray[np.float64]) -> NDArray[np.object_]:
    order = np.argsort(-revenue, kind="stable")
    share = np.cumsum(revenue[order]) / revenue.sum()
    grades = np.empty(len(revenue), dtype=object)
    grades[order] = np.where(share <= 0.8, "A", np.where(share <= 0.95, "B", "C"))  # noqa: PLR2004
    return grades


def _whole(path: NDArray[np.float64], start: NDArray[np.float64]) -> NDArray[np.int64]:
    """Round a path of demand so that its running total stays whole and within one unit."""
    total = start.copy()
    before = np.floor(total)
    whole = np.empty(path.shape, dtype=np.int64)
    for week in range(len(path)):
        total += path[week]
        after = np.floor(total)
        whole[week] = after - before
        before = after
    return whole


def _forecast(retailer: _Retailer, rows: _Rows) -> pa.Table:
    import pyarrow as pa

    days = np.datetime64(AS_OF, "D") + 7 * np.arange(WEEKS)
    factor = retailer.season(days)
    since = np.arange(WEEKS)[:, None] - retailer.promotion[None, :]
    factor *= np.where((since == 0) | (since == 1), 2.2, np.where(since == 2, 0.6, 1.0))  # noqa: PLR2004
    quantity = np.empty((WEEKS, len(rows.item)), dtype=np.int64)
    for first in range(0, len(rows.item), 65_536):
        block = slice(first, first + 65_536)
        path = factor[:, rows.item[block]] * rows.weekly[block]
        quantity[:, block] = _whole(path, np.asarray(retailer.rng.random(path.shape[1])))
    cv = 0.2 + 0.3 * retailer.rng.random(retailer.n_items)
    lines = np.ascontiguousarray(quantity.T).ravel()
    sd = np.floor(lines * np.repeat(np.repeat(cv, retailer.n_locations), WEEKS) * 100 + 50) / 100
    keys = _keys(retailer, np.repeat(rows.item, WEEKS), np.repeat(rows.location, WEEKS))
    date = pa.array(np.tile(days, len(rows.item)))
    return pa.table({**keys, "date": date, "quantity": lines, "sd": sd})


def _inventory(retailer: _Retailer, rows: _Rows) -> pa.Table:
    import pyarrow as pa

    rng, n = retailer.rng, len(rows.item)
    weeks = LEAD_TIMES[retailer.supplier[rows.item]] / 7 * (0.3 + 1.3 * rng.random(n)) + 2 * rng.random(n)
    on_hand = np.floor(rows.weekly * weeks + rng.random(n)).astype(np.int64)
    on_hand[rng.random(n) < 0.04] = 0  # noqa: PLR2004
    committed = np.where(rng.random(n) < 0.1, on_hand // 10, 0)  # noqa: PLR2004
    as_of = pa.array(np.full(n, np.datetime64(AS_OF, "D")))
    keys = _keys(retailer, rows.item, rows.location)
    return pa.table({**keys, "on_hand": on_hand, "committed": committed, "as_of": as_of})


def _inbound(retailer: _Retailer, rows: _Rows) -> pa.Table:
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


def _sales(retailer: _Retailer, rows: _Rows) -> pa.Table:
    import pyarrow as pa

    kept = max(1, min(retailer.n_items, HISTORY_ROWS // retailer.n_locations)) * retailer.n_locations
    item, location, weekly = rows.item[:kept], rows.location[:kept], rows.weekly[:kept]
    days = np.datetime64(AS_OF, "D") + 7 * np.arange(-HISTORY_WEEKS, 0)
    noise = retailer.rng.random((HISTORY_WEEKS, kept)) + retailer.rng.random((HISTORY_WEEKS, kept))
    path = retailer.season(days)[:, item] * weekly * noise
    sold = _whole(path, np.asarray(retailer.rng.random(kept)))
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


def _closures(retailer: _Retailer) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "scope": ["supplier", "location"],
            "key": [SUPPLIERS[FAR], retailer.locations["location"].iloc[0]],
            "from": [np.datetime64("2027-02-04"), np.datetime64("2026-12-25")],
            "to": [np.datetime64("2027-02-14"), np.datetime64("2026-12-26")],
        }
    )


def _constraints(retailer: _Retailer) -> pd.DataFrame:
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


def _sourcing(retailer: _Retailer) -> pd.DataFrame:
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


def _keys(retailer: _Retailer, item: NDArray[np.int32], location: NDArray[np.int32]) -> dict[str, Any]:
    import pyarrow as pa

    def coded(codes: NDArray[np.int32], frame: pd.DataFrame, key: str) -> pa.DictionaryArray:
        return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(list(frame[key]), pa.string()))

    return {
        "item": coded(item, retailer.items, "item"),
        "location": coded(location, retailer.locations, "location"),
    }
