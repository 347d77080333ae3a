"""Dirty but normal data: counted, said, and never dropped in silence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from moselle_nb.inputs.counted_twice import counted_twice_at, sums_of_fed_rows
from moselle_nb.inputs.ledger import EXAMPLES
from moselle_nb.inputs.rebucketing import GRID

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.inputs.data import Forecast
    from moselle_nb.inputs.layout import Inbound, RowIndex
    from moselle_nb.inputs.ledger import Ledger

__all__ = ["Laid", "warn"]

BEYOND = "later demand as beyond_forecast says"

MOSTLY = 0.9
"""Share of a forecast's lines on one weekday from which the others look like mistakes."""


@dataclass(frozen=True, eq=False)
class Laid:
    """Everything that is judged: frames, rows and arrays.

    Parameters
    ----------
    as_of
        Days since 1970.
    frames
        The tables by name.
    index
        The rows.
    has_inventory
        Rows with a line in the inventory table.
    on_hand
        Units per row.
    inbound
        The open orders.
    forecasts
        By scenario: the forecast and the buckets per row that have a line.
    """

    as_of: int
    frames: dict[str, pd.DataFrame]
    index: RowIndex
    has_inventory: NDArray[np.bool_]
    on_hand: NDArray[np.float64]
    inbound: Inbound
    forecasts: dict[str, tuple[Forecast, NDArray[np.int32]]]

    def names(self, rows: NDArray[np.int64]) -> list[str]:
        """Return the first of some rows as examples."""
        items, locations = self.frames["items"]["item"], self.frames["locations"]["location"]
        first = rows[:EXAMPLES]
        pairs = zip(self.index.item[first], self.index.location[first], strict=True)
        return [f"({items.iloc[item]}, {locations.iloc[location]})" for item, location in pairs]

    def count(self, ledger: Ledger, table: str, rule: str, mask: NDArray[np.bool_], what: str) -> None:
        """Warn about some rows."""
        rows = np.flatnonzero(mask)
        ledger.warn(table, rule, len(rows), self.names(rows), what)


def warn(laid: Laid, ledger: Ledger) -> None:
    """Add every warning about data that keeps its contract and still surprises."""
    _stock(laid, ledger)
    for name, (forecast, filled) in laid.forecasts.items():
        _forecast(laid, name, forecast, filled, ledger)
        _counted_twice(laid, name, forecast, ledger)
    _limits(laid, ledger)
    _suppliers(laid, ledger)
    sales = laid.frames["sales"]
    back = sales[sales["quantity"] < 0]
    ledger.warn("sales", "quantity below 0", len(back), _some(back, "item"), "kept: returns lower their day's sales")


def _stock(laid: Laid, ledger: Ledger) -> None:
    laid.count(ledger, "inventory", "rows without stock", ~laid.has_inventory, "counted as 0 on hand")
    what = "0 when sales are lost, backlog when they wait"
    laid.count(ledger, "inventory", "stock below 0", laid.on_hand < 0, what)
    late = laid.inbound.date < np.datetime64(laid.as_of, "D")
    if late.any():
        names = laid.names(laid.inbound.row[late].astype(np.int64))
        ledger.warn("inbound", "expected before as_of", int(late.sum()), names, "counted as arriving on as_of")
    ledger.warn("inbound", "more lines for the same row and day", laid.inbound.merged, (), "added up")


def _forecast(laid: Laid, name: str, forecast: Forecast, filled: NDArray[np.int32], ledger: Ledger) -> None:
    scenario = f" ({name})" if name else ""
    has = forecast.first >= 0
    laid.count(ledger, "forecast", f"rows without a forecast{scenario}", ~has, "no demand")
    holes = has & (filled <= forecast.last - forecast.first)
    laid.count(ledger, "forecast", f"rows with {forecast.bucket}s left out{scenario}", holes, "counted as 0")
    if not has.any():
        return
    end = forecast.starts + forecast.lengths.astype("timedelta64[D]")
    early = has & (forecast.last < int(forecast.last.max()))
    laid.count(ledger, "forecast", f"rows that end before {end[forecast.last.max()] - 1}{scenario}", early, BEYOND)
    ended = has & (end[forecast.last] <= np.datetime64(laid.as_of, "D"))
    laid.count(ledger, "forecast", f"rows that end before as_of{scenario}", ended, BEYOND)
    if forecast.bucket == "day":
        _stray(forecast, ledger)
    _outside(laid, scenario, forecast, ledger)


def _outside(laid: Laid, scenario: str, forecast: Forecast, ledger: Ledger) -> None:
    """Warn about quantities outside their own quantiles: a mean may lie there, where little else than peaks is sold."""
    if forecast.levels is None or forecast.quantiles is None:
        return
    units = forecast.quantity / GRID
    lowest, highest = np.rint(forecast.quantiles[[0, -1]] * GRID) / GRID
    low, high = (f"q{100 * level:g}" for level in forecast.levels[[0, -1]])
    buckets, rows = np.nonzero((units < lowest) | (units > highest))
    said = []
    for at, name in zip(zip(buckets, rows, strict=True), laid.names(rows), strict=False):
        place = f"{name[:-1]}, {forecast.starts[at[0]]}) quantity {units[at]:g} lies"
        below = units[at] < lowest[at]
        said.append(f"{place} below {low} = {lowest[at]:g}" if below else f"{place} above {high} = {highest[at]:g}")
    what = "kept: quantity is the mean, quantiles say how demand varies around it"
    ledger.warn("forecast", f"quantity outside its quantiles{scenario}", len(rows), said, what)


def _counted_twice(laid: Laid, name: str, forecast: Forecast, ledger: Ledger) -> None:
    """Warn about locations that forecast what lanes will ask of them as well."""
    for source, rows in sums_of_fed_rows(laid.frames, laid.index, forecast):
        what = "kept: the sum of what it feeds (see demand_from)"
        ledger.warn("forecast", counted_twice_at(source, name), len(rows), laid.names(rows), what)


def _stray(forecast: Forecast, ledger: Ledger) -> None:
    """Warn about a weekly forecast that reads as days, for a few lines on other weekdays."""
    weekday = (forecast.starts.astype(np.int64) + 3) % 7
    lines = np.bincount(weekday, weights=np.count_nonzero(forecast.quantity, axis=1), minlength=7)
    usual = int(lines.argmax())
    strays = int(lines.sum() - lines[usual])
    if strays and lines[usual] > MOSTLY * lines.sum():
        odd = forecast.starts[(weekday != usual) & forecast.quantity.any(axis=1)][:EXAMPLES]
        what = "read by day: a quantity falls on its one day"
        ledger.warn("forecast", "weeks that begin on another weekday", strays, map(str, odd), what)


LIMITS = (
    ("moq", "max_order", "no legal order: planned as a conflict"),
    ("min_stock", "max_stock", "max_stock decides"),
)
"""Pairs of fields of which the first is not above the second, and what happens where it is."""


def _limits(laid: Laid, ledger: Ledger) -> None:
    table = laid.frames["constraints"]
    number = table["value"].map(lambda value: float(value) if isinstance(value, (int, float)) else np.nan)
    places = zip(table["scope"], table["key"], table["location"], strict=True)
    of = pd.Series([" ".join(filter(None, place)) for place in places], index=table.index, dtype=object)
    numbers = table.assign(number=number.astype(float), of=of)
    for low, high, what in LIMITS:
        rule = f"{low} above {high}"
        for name in ("items", "sourcing"):
            frame = laid.frames[name]
            over = frame[frame[low] > frame[high]]
            ledger.warn(name, rule, len(over), _some(over, "item"), what)
        least = numbers[numbers["field"] == low].groupby("of")["number"].max()
        most = numbers[numbers["field"] == high].groupby("of")["number"].min()
        both = pd.concat([least, most], axis=1, join="inner", keys=["low", "high"])
        above = both.index[both["low"] > both["high"]]
        ledger.warn("constraints", rule, len(above), list(map(str, above[:EXAMPLES])), what)


def _suppliers(laid: Laid, ledger: Ledger) -> None:
    items, sourcing, suppliers = laid.frames["items"], laid.frames["sourcing"], laid.frames["suppliers"]
    used = np.zeros(len(items), dtype=bool)
    used[laid.index.item] = True
    sourced = items["item"].isin(sourcing["item"])
    priced = items["item"].isin(sourcing.loc[sourcing["unit_cost"].notna(), "item"])
    none = items[used & items["unit_cost"].isna() & ~priced]
    ledger.warn("items", "items without unit_cost", len(none), _some(none, "item"), "their orders have no value")
    if len(suppliers):
        none = items[used & items["supplier"].isna() & ~sourced]
        ledger.warn(
            "items", "items without a supplier", len(none), _some(none, "item"), "they form orders of their own"
        )
    _lead_times(laid, used, ledger)
    stopped = items[used & (items["status"] != "active")]
    stopped = stopped[stopped["item"].isin(items["item"].iloc[_forecast_items(laid)])]
    what = "planned without orders"
    ledger.warn("items", "items with a forecast, not active", len(stopped), _some(stopped, "item"), what)
    currencies = sorted(suppliers["currency"].dropna().unique())
    if len(currencies) > 1:
        ledger.warn("suppliers", "several currencies", len(currencies), currencies[:EXAMPLES], "never added together")


def _forecast_items(laid: Laid) -> NDArray[np.int32]:
    rows = [np.flatnonzero(forecast.first >= 0) for forecast, _ in laid.forecasts.values()]
    return np.unique(laid.index.item[np.concatenate(rows)]) if rows else np.empty(0, dtype=np.int32)


def _lead_times(laid: Laid, used: NDArray[np.bool_], ledger: Ledger) -> None:
    """Warn about items without a lead time, and about rows whose forecast ends within it."""
    items, sourcing, suppliers = laid.frames["items"], laid.frames["sourcing"], laid.frames["suppliers"]
    by_supplier = suppliers.set_index("supplier")["lead_time_days"]
    days = items["lead_time_days"].fillna(items["supplier"].map(by_supplier).astype(float))
    own = sourcing["lead_time_days"].fillna(sourcing["supplier"].map(by_supplier).astype(float))
    longest = own.groupby(sourcing["item"]).max()
    lead = np.fmax(days.to_numpy(dtype=float), items["item"].map(longest).to_numpy(dtype=float))
    if not (laid.frames["constraints"]["field"] == "lead_time_days").any():
        none = items[used & np.isnan(lead)]
        what = "needed: give lead_time_days in the configuration"
        ledger.warn("items", "items without a lead time", len(none), _some(none, "item"), what)
    for name, (forecast, _) in laid.forecasts.items():
        has = forecast.first >= 0
        if not has.any():
            continue
        end = (forecast.starts + forecast.lengths.astype("timedelta64[D]")).astype(np.int64)[forecast.last]
        short = has & (end > laid.as_of) & (end - laid.as_of < np.nan_to_num(lead)[laid.index.item])
        rule = f"rows that end within the lead time{f' ({name})' if name else ''}"
        laid.count(ledger, "forecast", rule, short, BEYOND)


def _some(frame: pd.DataFrame, column: str) -> list[str]:
    return [str(value) for value in frame[column].iloc[:EXAMPLES]]
