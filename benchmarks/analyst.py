"""The same daily rules as an analyst writes them: one pandas ``groupby.apply``, a readable loop per group.

Both functions give the engine's orders to the unit; the benchmark asserts it. `plan_by_apply` is the usual
form: parameters merged into the forecast, a frame in and a frame out per group. `plan_by_loop` is the same
loop with pandas kept out of it: arrays in, tuples out. What can be done once per supplier (the calendars) is
done once in both, before the clock starts, so that the times are the loops' own.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    Record = Mapping[str, Any] | pd.Series[Any]

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_GRID = 1024.0
_DEFAULT_REVIEW_DAYS = 7
_DEFAULT_SAFETY_DAYS = 7


@dataclasses.dataclass(frozen=True)
class Calendar:
    """Day numbers (0 is ``as_of``) of a row's orders and of their arrivals; the last is only the next one."""

    orders: tuple[int, ...]
    arrivals: tuple[int, ...]
    receipt_day: tuple[int, ...]
    """First day on which the location is open, for each day from day 0."""


@dataclasses.dataclass(frozen=True)
class Tables:
    """What the loop needs: forecast lines, one line of parameters per row, open orders by row, calendars."""

    forecast: pd.DataFrame
    parameters: pd.DataFrame
    scheduled: dict[tuple[str, str], list[tuple[int, float]]]
    calendars: dict[tuple[str, str, float], Calendar]
    days: int


def read(folder: Path, items: list[str] | None = None) -> dict[str, pd.DataFrame]:
    """Read the tables with pandas; only some ``items``, where they are given."""
    tables = {path.stem: pd.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}
    if items is None:
        return tables
    for name in ("items", "inventory", "inbound", "forecast"):
        tables[name] = tables[name][tables[name]["item"].isin(items)]
    return tables


def prepare(tables: Mapping[str, pd.DataFrame], as_of: dt.date, coverage: tuple[dt.date, dt.date]) -> Tables:
    """Merge the parameters, put the open orders on their days, make a calendar per supplier and lead time."""
    day = np.datetime64(as_of, "D")
    days = (coverage[1] - as_of).days + 1
    inventory = tables["inventory"].merge(_item_parameters(tables), on="item", how="left")
    single = tables["constraints"].query("field == 'max_stock'")[["key", "location", "value"]]
    single = single.set_axis(["item", "location", "max_stock_here"], axis=1)
    inventory = inventory.merge(single, on=["item", "location"], how="left")
    inventory["max_stock"] = inventory["max_stock_here"].fillna(inventory["max_stock"])
    inventory["opening"] = inventory["on_hand"] - inventory["committed"].fillna(0.0)
    records = _records(inventory)
    first = (coverage[0] - as_of).days
    calendars = _calendars(tables, records, min(first, 0), as_of, days)
    inbound = tables["inbound"]
    offsets = (inbound["date"].to_numpy().astype("datetime64[D]") - day).astype(np.int64).clip(0)
    scheduled: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for item, location, offset, quantity in zip(
        inbound["item"], inbound["location"], offsets, inbound["quantity"], strict=True
    ):
        scheduled.setdefault((item, location), []).append((int(offset), quantity))
    return Tables(tables["forecast"], inventory, scheduled, calendars, days)


def plan_by_apply(tables: Tables) -> pd.DataFrame:
    """Return the orders (item, location, day, quantity), a frame per group."""

    def plan_row(group: pd.DataFrame) -> pd.DataFrame:
        row = group.iloc[0]
        orders = _orders(group["quantity"].to_numpy(), row, tables)
        return pd.DataFrame(orders, columns=["day", "quantity"])

    lines = tables.forecast.merge(tables.parameters, on=["item", "location"])
    keys = lines[["item", "location"]]
    groups = lines.assign(key_item=keys["item"], key_location=keys["location"])
    orders = groups.groupby(["key_item", "key_location"], sort=False).apply(plan_row)
    return orders.rename_axis(["item", "location", None]).reset_index(level=[0, 1])


def plan_by_loop(tables: Tables) -> pd.DataFrame:
    """Return the same frame from plain arrays and dictionaries, cut at the forecast's keys."""
    forecast = tables.forecast
    weekly = forecast["quantity"].to_numpy()
    records = {(row["item"], row["location"]): row for row in _records(tables.parameters)}
    bounds = np.flatnonzero((forecast[["item", "location"]] != forecast[["item", "location"]].shift()).any(axis=1))
    starts = forecast.iloc[bounds]
    ends = [*bounds[1:], len(forecast)]
    lines = []
    for item, location, first, end in zip(starts["item"], starts["location"], bounds, ends, strict=True):
        orders = _orders(weekly[first:end], records[item, location], tables)
        lines += [(item, location, day, quantity) for day, quantity in orders]
    return pd.DataFrame(lines, columns=["item", "location", "day", "quantity"])


def _orders(weekly: npt.NDArray[np.float64], parameters: Record, tables: Tables) -> list[tuple[int, float]]:
    if parameters["status"] != "active":
        return []
    name = (parameters["item"], parameters["location"])
    calendar = tables.calendars[parameters["supplier"], parameters["location"], parameters["lead_time_days"]]
    cover = int(parameters["safety_stock_days"])
    end = max(tables.days, calendar.arrivals[-1])
    demand = _daily(weekly, end + cover)
    reach = np.concatenate(([0.0], np.cumsum(demand)))
    safety = reach[1 + cover : end + 1 + cover] - reach[1 : end + 1]
    if parameters["min_stock"] > 0.0:
        safety = np.maximum(safety, parameters["min_stock"])
    receipts = np.zeros(end)
    for day, quantity in tables.scheduled.get(name, ()):
        if calendar.receipt_day[day] < end:
            receipts[calendar.receipt_day[day]] += quantity

    stock, today = max(0.0, parameters["opening"]), 0
    orders = []
    ahead = _ahead(calendar.arrivals, np.cumsum(demand[:end] - receipts), safety, parameters)
    for place, order in enumerate(calendar.orders[: len(ahead)]):
        arrival, following = calendar.arrivals[place], calendar.arrivals[place + 1]
        if following == arrival:
            continue
        while today < arrival:
            stock = max(0.0, stock + receipts[today] - demand[today])
            today += 1
        balance = stock + np.cumsum(receipts[arrival:following] - demand[arrival:following])
        need = (safety[arrival:following] - balance).max()
        unserved = -balance.min()
        quantity = _order_quantity(need, unserved, stock + receipts[arrival], parameters, ahead[place])
        if quantity > 0.0:
            receipts[arrival] += quantity
            orders.append((order, quantity))
    return orders


def _ahead(
    arrivals: Sequence[int], flow: npt.NDArray[np.float64], safety: npt.NDArray[np.float64], parameters: Record
) -> list[tuple[float, float]]:
    """Return what each order is asked for beyond its own window, with and without safety stock: later dates' rest."""
    more = [(0.0, 0.0)] * (len(arrivals) - 1)
    multiple, max_order = parameters["order_multiple"], parameters["max_order"]
    if max_order == math.inf:
        return more
    largest = max_order // multiple * multiple
    largest = largest if largest >= parameters["moq"] else 0.0
    left, left_bare = -math.inf, -math.inf
    for place in range(len(arrivals) - 2, -1, -1):
        window = slice(arrivals[place], arrivals[place + 1])
        if window.start == window.stop:
            continue
        level, bare = (flow[window] + safety[window]).max(), flow[window].max()
        more[place] = max(left - level, 0.0), max(left_bare - bare, 0.0)
        left, left_bare = max(left, level) - largest, max(left_bare, bare) - largest
    return more


def _order_quantity(
    need: float, unserved: float, stock: float, parameters: Record, ahead: tuple[float, float]
) -> float:
    need += ahead[0]
    if need <= 0.0 or (unserved + ahead[1] <= 0.0 and need < 0.5):  # noqa: PLR2004
        return 0.0
    moq, multiple, max_order = parameters["moq"], parameters["order_multiple"], parameters["max_order"]
    quantity = math.ceil(max(math.ceil(need), moq) / multiple) * multiple
    if quantity > max_order:
        quantity = max_order // multiple * multiple
        if quantity < moq or quantity <= 0.0:
            return 0.0
    room = math.floor(parameters["max_stock"] - stock) if parameters["max_stock"] < math.inf else math.inf
    if quantity > room:
        quantity = room // multiple * multiple
        if quantity < max(moq, multiple):
            smallest = math.ceil(max(moq, multiple) / multiple) * multiple
            over = unserved > 0.0 and not parameters["max_stock_is_hard"] and smallest <= max_order
            quantity = smallest if over else 0.0
    return float(quantity)


def _daily(weekly: npt.NDArray[np.float64], days: int) -> npt.NDArray[np.float64]:
    """Spread weeks over days in steps of 1/1024; past the forecast, repeat the mean of its last 28 days."""
    totals = np.round(weekly * _GRID)
    steps = np.floor(totals[:, None] * np.arange(8) / 7.0)
    known = np.diff(steps, axis=1).ravel()
    if days <= known.size:
        return known[:days] / _GRID
    length = min(28, known.size)
    steps = np.floor(known[-length:].sum() * np.arange(length + 1) / length)
    repeats = -(-(days - known.size) // length)
    return np.concatenate([known, np.tile(np.diff(steps), repeats)])[:days] / _GRID


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", frame.to_dict("records"))


def _item_parameters(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Resolve the parameters that do not depend on the location: item, then supplier, then default."""
    sourcing = tables["sourcing"][["item", "lead_time_days"]]
    suppliers = tables["suppliers"][["supplier", "lead_time_days"]]
    rules = tables["constraints"]
    cover = rules.query("field == 'safety_stock_days'").set_index("key")["value"]
    items = tables["items"].merge(sourcing, on="item", how="left")
    items = items.merge(suppliers, on="supplier", how="left", suffixes=("", "_of_supplier"))
    items["lead_time_days"] = items["lead_time_days"].fillna(items["lead_time_days_of_supplier"])
    items["safety_stock_days"] = (
        items["safety_stock_days"].fillna(items["product_line"].map(cover)).fillna(_DEFAULT_SAFETY_DAYS)
    )
    items["moq"] = items["moq"].fillna(0.0)
    items["order_multiple"] = items["order_multiple"].fillna(1.0)
    items["max_order"] = items["max_order"].fillna(math.inf)
    items["max_stock"] = items["max_stock"].fillna(math.inf)
    items["max_stock_is_hard"] = items["max_stock_is_hard"].fillna(value=False).astype(bool)
    columns = ["moq", "order_multiple", "max_order", "max_stock", "max_stock_is_hard", "min_stock"]
    return items[["item", "supplier", "status", "lead_time_days", "safety_stock_days", *columns]]


def _closed_days(closures: pd.DataFrame, scope: str, as_of: dt.date) -> dict[str, set[int]]:
    closed: dict[str, set[int]] = {}
    for record in closures[closures["scope"] == scope].to_dict("records"):
        first, last = ((record[side].date() - as_of).days for side in ("from", "to"))
        closed.setdefault(record["key"], set()).update(range(first, last + 1))
    return closed


def _calendars(
    tables: Mapping[str, pd.DataFrame], records: list[dict[str, Any]], first: int, as_of: dt.date, days: int
) -> dict[tuple[str, str, float], Calendar]:
    supplier_closed = _closed_days(tables["closures"], "supplier", as_of)
    location_closed = _closed_days(tables["closures"], "location", as_of)
    weekdays = tables["suppliers"].set_index("supplier")["order_weekdays"].dropna().to_dict()
    rules = tables["constraints"].query("field == 'review_period_days'").set_index("key")["value"].to_dict()
    calendars: dict[tuple[str, str, float], Calendar] = {}
    for record in records:
        supplier, location, lead_time = record["supplier"], record["location"], record["lead_time_days"]
        if (supplier, location, lead_time) in calendars:
            continue
        allowed = {_WEEKDAYS.index(name) for name in weekdays.get(supplier, ",".join(_WEEKDAYS)).split(",")}
        step = rules.get(supplier, 1 if supplier in weekdays else _DEFAULT_REVIEW_DAYS)
        shut = supplier_closed.get(supplier, set())
        closed = location_closed.get(location, set())
        orders = _order_days(range(first, days + 400, int(step)), allowed, shut, as_of, days)
        arrivals = tuple(_arrival(day, int(lead_time), shut, closed) for day in orders)
        receipt_day = tuple(_next_open(day, closed) for day in range(days + 400))
        calendars[supplier, location, lead_time] = Calendar(orders, arrivals, receipt_day)
    return calendars


def _order_days(candidates: range, allowed: set[int], shut: set[int], as_of: dt.date, days: int) -> tuple[int, ...]:
    """Return the order days of coverage and the one after it."""
    found: list[int] = []
    for candidate in candidates:
        day = candidate
        while day in shut or (as_of.weekday() + day) % 7 not in allowed:
            day += 1
        if day >= 0 and day not in found:
            found.append(day)
        if day >= days:
            break
    return tuple(found)


def _next_open(day: int, closed: set[int]) -> int:
    while day in closed:
        day += 1
    return day


def _arrival(order: int, lead_time: int, shut: set[int], closed: set[int]) -> int:
    """Count ``lead_time`` days on which the supplier is not shut; then wait for the location to open."""
    day = order
    for _ in range(lead_time):
        day = _next_open(day + 1, shut)
    return _next_open(day, closed)
