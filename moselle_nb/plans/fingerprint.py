"""Fingerprint: a hash of all that decides a plan's numbers, and of nothing else."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from moselle_nb.inputs.rebucketing import GRID

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from moselle_nb.inputs.calendars import OrderCalendar
    from moselle_nb.plans.allocating.config import AllocationConfig
    from moselle_nb.plans.config import ReplenishmentConfig
    from moselle_nb.plans.network import FedRows
    from moselle_nb.plans.resolved import ResolvedInputs

__all__ = ["ENGINE_REVISION", "digest", "on_grid", "sections", "settings_of", "used_names"]

ENGINE_REVISION = 3
"""Raised only when the same inputs give other results."""

RULE_NAMES = ("lead_time_days", "moq", "order_multiple", "max_order", "max_stock", "max_stock_is_hard", "min_stock",
              "lead_time_sd_days", "holding_cost", "shortage_cost", "order_cost", "demand_distribution",
              "safety_stock")  # fmt: skip


SUPPLIER_TERMS = ("currency", "min_order_value", "min_order_quantity", "container_volume", "container_weight")


def digest(*parts: object) -> str:
    """Hash arrays by kind, shape and little-endian bytes, texts as UTF-8, and the rest as JSON."""
    state = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray) and part.dtype == object:
            encoded = [str(value).encode() for value in part]
            state.update(b"".join(len(value).to_bytes(4, "little") + value for value in encoded))
        elif isinstance(part, np.ndarray):
            array = np.ascontiguousarray(part.astype(part.dtype.newbyteorder("<"), copy=False))
            state.update(f"{array.dtype.kind}{array.shape}".encode())
            state.update(array.data.cast("B") if array.size else b"")
        else:
            state.update(json.dumps(part, sort_keys=True, default=str).encode())
    return state.hexdigest()


def on_grid(values: np.ndarray) -> np.ndarray:
    """Return quantities as integers of 1/1024 unit; the smallest integer where there is none."""
    whole = np.rint(np.nan_to_num(values, nan=0.0, posinf=0.0) * GRID).astype(np.int64)
    whole[~np.isfinite(values)] = np.iinfo(np.int64).min
    return whole


def used_names(names: pd.Series, codes: NDArray[np.integer[Any]]) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Return the names that are used, and each row's place among them: names that nobody uses leave no trace."""
    used, place = np.unique(codes, return_inverse=True)
    return np.append(names.to_numpy(dtype=object), "")[used], place.astype(np.int64)


def settings_of(config: ReplenishmentConfig | AllocationConfig) -> dict[str, object]:
    """Return the settings without the name; the order of constraints says nothing."""
    settings = config.model_dump(mode="json", exclude={"name"})
    settings["constraints"] = sorted(settings["constraints"], key=lambda rule: json.dumps(rule, sort_keys=True))
    return settings


def _terms(inputs: ResolvedInputs) -> list[list[str]]:
    """Return what orders are compared with, of the suppliers that are used."""
    used = inputs.suppliers.iloc[np.unique(inputs.supplier[inputs.supplier >= 0])]
    return [[str(value) for value in used[name]] for name in SUPPLIER_TERMS]


def _calendars(
    calendars: tuple[OrderCalendar, ...], calendar: NDArray[np.int32]
) -> tuple[list[list[int]], list[list[int]], NDArray[np.int64]]:
    """Return the calendars in an order of their own, and each row's."""
    ranked = sorted(range(len(calendars)), key=lambda place: calendars[place].key)
    rank = np.argsort(ranked)
    found = [calendars[place] for place in ranked]
    days = [c.order_days.tolist() for c in found], [c.arrival_days.tolist() for c in found]
    return *days, rank[calendar].astype(np.int64)


def sections(
    inputs: ResolvedInputs, config: ReplenishmentConfig, edits: Mapping[int, Mapping[int, float]]
) -> dict[str, str]:
    """Return the hash of each part, by name: a difference between two plans names the first part that differs.

    Parameters
    ----------
    inputs, config
        What the plan is made of; the configuration's name does not count.
    edits
        Edits in force: row to position of the order date to units.
    """
    demand, rules, receipts = inputs.demand, inputs.rules, inputs.receipts
    own = slice(int(max(demand.first.min(initial=0), 0)), int(demand.last.max(initial=-1)) + 1)
    items = used_names(inputs.items["item"], inputs.item)
    places = used_names(inputs.locations["location"], inputs.location)
    suppliers = used_names(inputs.suppliers["supplier"], inputs.supplier)
    order_days, arrival_days, calendar = _calendars(inputs.calendars, inputs.calendar)
    fixed = [
        (row, int(inputs.calendars[inputs.calendar[row]].order_days[order]), quantity)
        for row, orders in sorted(edits.items())
        for order, quantity in sorted(orders.items())
    ]
    found = {
        "engine": digest(ENGINE_REVISION),
        "configuration": digest(settings_of(config)),
        "rows": digest(str(inputs.as_of), *items, *places, inputs.ordering, inputs.backorder),
        "forecast": digest(demand.starts[own], demand.lengths[own], demand.quantity[own], demand.first, demand.last),
        "forecast error": digest([] if inputs.variance is None else inputs.variance[own]),
        "stock": digest(on_grid(inputs.opening), on_grid(inputs.on_hand)),
        "open orders": digest(receipts.starts, receipts.day, on_grid(receipts.quantity), receipts.due),
        "constraints": digest(inputs.era_starts, inputs.review_period_days, rules.safety_method, *(
            np.nan_to_num(getattr(rules, name).values, nan=-1.0)
            for name in RULE_NAMES)),
        "calendars": digest(order_days, arrival_days, calendar),
        "suppliers and costs": digest(*suppliers, _terms(inputs), np.nan_to_num(inputs.unit_cost, nan=-1.0),
                                       np.nan_to_num(inputs.unit_price, nan=-1.0)),
        "edits": digest(fixed),
    }  # fmt: skip
    if not np.isnan(inputs.shelf_life_days).all():
        found["shelf life"] = digest(np.nan_to_num(inputs.shelf_life_days, nan=-1.0))
    if (breaks := inputs.price_breaks) is not None:
        found["price breaks"] = digest(
            breaks.starts, on_grid(breaks.from_quantity), breaks.unit_cost, breaks.incremental
        )
    if inputs.shapes is not None:
        found["shapes of demand"] = digest(inputs.shapes.row, inputs.shapes.levels, inputs.shapes.scores)
    return found if inputs.network is None else {**found, "lanes": _lanes(inputs, inputs.network)}


def _lanes(inputs: ResolvedInputs, network: FedRows) -> str:
    """Return the hash of what feeds which row, by which rules and on which days."""
    return digest(
        network.row, network.source, *used_names(inputs.locations["location"], network.location),
        network.lead_time_days, network.pack, network.transfer_minimum,
        *_calendars(network.calendars, network.calendar),
    )  # fmt: skip
