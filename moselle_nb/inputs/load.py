"""Tables in: `load`."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from moselle_nb.inputs.data import UNITS, Forecast, PlanningData
from moselle_nb.inputs.fields import CONSTRAINT_FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["load"]

F = list(CONSTRAINT_FIELDS)
COLUMNS = {
    "items": ["item", "name", "product_line", "product_type", "supplier", "unit_cost", "unit_price", "grade", "volume",
              "weight", "shelf_life_days", "status", "base_unit", *F],
    "locations": ["location", "name", "kind", "priority", "capacity_volume"],
    "suppliers": ["supplier", "name", "currency", "lead_time_days", "order_weekdays", "min_order_value",
                  "min_order_quantity", "container_volume"],
    "sourcing": ["item", "location", "supplier", "rank", "unit_cost", *F],
    "closures": ["scope", "key", "from", "to"],
    "lanes": ["source", "destination", "lead_time_days", "unit_cost", "pack", "transfer_minimum"],
    "constraints": ["scope", "key", "location", "field", "value", "valid_from", "valid_to"],
    "sales": ["item", "location", "date", "quantity", "in_stock"],
    "forecast": ["item", "location", "date", "quantity", "sd", "scenario"],
    "inventory": ["item", "location", "on_hand", "committed", "as_of"],
    "inbound": ["item", "location", "date", "quantity", "reference"],
}
TEXT = {"item", "location", "name", "product_line", "product_type", "supplier", "grade", "status", "base_unit", "kind",
        "currency", "order_weekdays", "unmet", "scope", "key", "source", "destination", "field", "value", "scenario",
        "reference"}
DAYS = {"date", "from", "to", "valid_from", "valid_to", "as_of"}
WORDS = {"none": None, "true": True, "false": False, "lost": "lost", "backorder": "backorder"}


def _value(value: object) -> object:
    text = str(value).strip()
    return WORDS[text] if text in WORDS else float(text)


def _frame(name: str, source: Mapping[str, Any]) -> pd.DataFrame:
    frame = source.get(name, pd.DataFrame())
    frame = frame.to_pandas() if hasattr(frame, "to_pandas") else frame.copy()
    n = len(frame)
    out = {}
    for column in [*COLUMNS[name], *[c for c in frame.columns if c not in COLUMNS[name]]]:
        if column in DAYS:
            out[column] = pd.to_datetime(frame[column]) if column in frame else np.full(n, np.datetime64("NaT", "ns"))
        elif column in TEXT or column not in COLUMNS[name]:
            text = frame[column].astype(object) if column in frame else pd.Series([None] * n, dtype=object)
            out[column] = text.where(text.notna(), None)
        else:
            out[column] = frame[column].astype(float) if column in frame else np.full(n, np.nan)
    keys = [k for k in COLUMNS[name][:4] if k in TEXT or k in DAYS]
    return pd.DataFrame(out).sort_values(keys).reset_index(drop=True)


def load(source: Mapping[str, Any], *, as_of: Any = None, columns: Any = None) -> PlanningData:
    """Load a mapping of frames (thin)."""
    t = {name: _frame(name, source) for name in COLUMNS}
    for name in ("items", "locations"):
        key = name[:-1]
        if not len(t[name]):
            keys = pd.unique(pd.concat([t[n][key] for n in ("forecast", "inventory", "inbound")]))
            t[name] = _frame(name, {name: pd.DataFrame({key: keys})})
    t["items"]["status"] = t["items"]["status"].fillna("active")
    t["constraints"]["value"] = [_value(v) for v in t["constraints"]["value"]]
    as_of = pd.Timestamp(as_of or t["inventory"]["as_of"].iloc[0]).date()
    pairs = pd.concat([t[n][["item", "location"]] for n in ("forecast", "inventory", "inbound")]).drop_duplicates()
    index = pd.MultiIndex.from_frame(pairs.sort_values(["item", "location"]))
    at = {n: index.get_indexer(pd.MultiIndex.from_frame(t[n][["item", "location"]])) for n in ("forecast", "inventory", "inbound")}
    on_hand, committed = np.zeros(len(index)), np.zeros(len(index))
    on_hand[at["inventory"]] = t["inventory"]["on_hand"]
    committed[at["inventory"]] = t["inventory"]["committed"].fillna(0)
    inbound = t["inbound"].assign(row=at["inbound"]).groupby(["row", "date"]).agg(
        quantity=("quantity", "sum"), reference=("reference", lambda r: ", ".join(filter(None, r)))).reset_index()
    forecast = t["forecast"].assign(row=at["forecast"])
    days = forecast["date"].to_numpy().astype("datetime64[D]")
    bucket, starts, lengths = _buckets(days)
    forecasts = {}
    for scenario, lines in forecast.assign(scenario=forecast["scenario"].fillna("")).groupby("scenario"):
        b = np.searchsorted(starts, lines["date"].to_numpy().astype("datetime64[D]"))
        quantity, sd = np.zeros((len(starts), len(index)), dtype=np.int64), np.full((len(starts), len(index)), np.nan)
        quantity[b, lines["row"]] = np.rint(lines["quantity"] * UNITS)
        sd[b, lines["row"]] = lines["sd"]
        seen = np.zeros(quantity.shape, dtype=bool)
        seen[b, lines["row"]] = True
        first = np.where(seen.any(0), seen.argmax(0), -1).astype(np.int32)
        last = np.where(seen.any(0), len(starts) - 1 - seen[::-1].argmax(0), -1).astype(np.int32)
        forecasts[str(scenario)] = Forecast(bucket, starts, lengths, quantity, None if lines["sd"].isna().all() else sd, first, last)
    frames = {n: t[n] for n in ("items", "locations", "suppliers", "sourcing", "closures", "lanes", "constraints", "sales")}
    return PlanningData(
        as_of=as_of if isinstance(as_of, dt.date) else as_of, **frames,
        row_item=pd.Index(t["items"]["item"]).get_indexer(index.get_level_values(0)).astype(np.int32),
        row_location=pd.Index(t["locations"]["location"]).get_indexer(index.get_level_values(1)).astype(np.int32),
        on_hand=on_hand, committed=committed, inbound_row=inbound["row"].to_numpy(np.int32),
        inbound_date=inbound["date"].to_numpy().astype("datetime64[D]"), inbound_quantity=inbound["quantity"].to_numpy(float),
        inbound_reference=inbound["reference"].to_numpy(object), forecasts=forecasts,
        quality=pd.DataFrame(columns=["table", "rule", "count", "examples", "what_was_done"]))


def _buckets(days: Any) -> Any:
    unique = np.unique(days)
    if (unique == unique.astype("datetime64[M]")).all():
        firsts = np.arange(unique[0].astype("datetime64[M]"), unique[-1].astype("datetime64[M]") + 2).astype("datetime64[D]")
        return "month", firsts[:-1], np.diff(firsts).astype(np.int32)
    step = 7 if len(np.unique((unique.astype(np.int64)) % 7)) == 1 else 1
    starts = np.arange(unique[0], unique[-1] + 1, step)
    return ("week" if step == 7 else "day"), starts, np.full(len(starts), step, dtype=np.int32)
