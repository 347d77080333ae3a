"""Which row is which: its keys, its supplier, and whether purchase orders are placed for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from moselle_nb.plans.constraints import Keys

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.inputs import PlanningData

__all__ = ["BLOCKED", "BOUGHT", "FED", "PHASE_OUT", "ordering_of", "row_keys", "sourcing_of", "unit_costs"]

BOUGHT, FED, PHASE_OUT, BLOCKED = range(4)
"""Whether a row gets purchase orders: only `BOUGHT` rows do."""


def row_keys(data: PlanningData, chosen: NDArray[np.intp]) -> Keys:
    """Say what the scopes of constraints mean for the chosen rows: item and its groups, supplier, location, record."""
    item, location = (codes.take(chosen).astype(np.int64) for codes in (data.row_item, data.row_location))
    sourcing = sourcing_of(data, item, location)
    suppliers = pd.Index(data.suppliers["supplier"])
    supplier = suppliers.get_indexer(data.items["supplier"]).astype(np.int64).take(item)
    if len(data.sourcing):
        by_record = suppliers.get_indexer(data.sourcing["supplier"])[np.maximum(sourcing, 0)]
        supplier = np.where(sourcing >= 0, by_record, supplier).astype(np.int64)
    codes = {
        "item": item,
        "location": location,
        "supplier": supplier,
    }
    names = {
        "item": list(data.items["item"]),
        "location": list(data.locations["location"]),
        "supplier": list(suppliers),
    }
    for scope in ("product_line", "product_type", "variability", "grade"):
        found, unique = pd.factorize(data.items[scope])
        codes[scope], names[scope] = found.astype(np.int64).take(item), list(unique)
    return Keys(codes, names, sourcing)


def sourcing_of(data: PlanningData, item: NDArray[np.int64], location: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return each row's sourcing record: one for its location before one for all, lowest rank first, then supplier."""
    table = data.sourcing
    if not len(table):
        return np.full(len(item), -1, dtype=np.int64)
    ranked = table.sort_values(["rank", "supplier"], na_position="last", kind="stable")
    of_item = pd.Index(data.items["item"]).get_indexer(ranked["item"]).astype(np.int64)
    of_place = pd.Index(data.locations["location"]).get_indexer(ranked["location"]).astype(np.int64)
    records = ranked.index.to_numpy()
    for_all = np.full(len(data.items), -1, dtype=np.int64)
    anywhere = np.flatnonzero(of_place < 0)[::-1]  # the first record of an item is written last
    for_all[of_item[anywhere]] = records[anywhere]
    found = for_all[item]
    (located,) = (of_place >= 0).nonzero()
    if len(located):
        places = len(data.locations)
        keys, first = np.unique((of_item * places + of_place)[located], return_index=True)
        wanted = item * places + location
        index = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        found = np.where(keys[index] == wanted, records[located[first]][index], found)
    return found


def unit_costs(data: PlanningData, keys: Keys) -> NDArray[np.float64]:
    """Return each row's cost per unit: that of its sourcing record, else of its item; NaN where unknown."""
    cost = data.items["unit_cost"].to_numpy(np.float64).take(keys.codes["item"])
    if not len(data.sourcing):
        return cost
    agreed = data.sourcing["unit_cost"].to_numpy(np.float64)[np.maximum(keys.sourcing, 0)]
    return np.where((keys.sourcing >= 0) & ~np.isnan(agreed), agreed, cost)


def ordering_of(data: PlanningData, keys: Keys) -> NDArray[np.int8]:
    """Tell which rows are bought; the others are fed over a lane, phased out or blocked."""
    of_item = np.full(len(data.items), BOUGHT, dtype=np.int8)
    of_item[(data.items["status"] == "phase_out").to_numpy(bool)] = PHASE_OUT
    of_item[(data.items["status"] == "blocked").to_numpy(bool)] = BLOCKED
    ordering = of_item[keys.codes["item"]]
    reached = data.locations["location"].isin(set(data.lanes["destination"])).to_numpy()
    if reached.any():
        fed = reached[keys.codes["location"]] & (keys.sourcing < 0) & (ordering == BOUGHT)
        ordering[fed] = FED
    return ordering
