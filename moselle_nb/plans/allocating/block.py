"""A block of an allocation: the arrays of some items, ship date by ship date, as the engine takes them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from moselle_nb.engines.compact import ReceiptEvents
from moselle_nb.engines.daily import DailyCumulative
from moselle_nb.engines.opening import received_between, stock_at_opening
from moselle_nb.engines.pack_value import PackValue
from moselle_nb.engines.projection import MAX_COVER_DAYS
from moselle_nb.engines.runout import RunoutCover
from moselle_nb.engines.safety_stock import standard_normal_quantiles
from moselle_nb.engines.sharing import Claims
from moselle_nb.inputs.cumulative import CumulativeDemand
from moselle_nb.inputs.rebucketing import daily_demand, to_grid
from moselle_nb.plans.allocating.takers import best_cells, places
from moselle_nb.plans.allocating.values import pack_values, window_variance
from moselle_nb.plans.constraints import SAFETY_METHODS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.position import Cumulative
    from moselle_nb.plans.allocating.config import AllocationConfig
    from moselle_nb.plans.allocating.inputs import AllocationInputs

__all__ = ["AllocationBlock", "DateArrays"]

Events: TypeAlias = "tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]"

UNITS, DAYS_OF_COVER, CYCLE_SERVICE_LEVEL = map(SAFETY_METHODS.index, ("units", "days_of_cover", "cycle_service_level"))


@dataclass(frozen=True, eq=False)
class DateArrays:
    """What the takers of a block look like on one ship date, shape (takers,).

    Parameters
    ----------
    date
        Position of the ship date.
    arrival, stop
        First day of the window and the day after its last.
    stock
        At the opening of the arrival day, in units.
    inflow
        Receipts inside the window.
    demand
        Inside the window.
    safety_stock
        Part of need.
    need
        Units to be allocated at most, but for rounding up to packs.
    room
        Units that capacity still takes.
    """

    date: int
    arrival: NDArray[np.int64]
    stop: NDArray[np.int64]
    stock: NDArray[np.float64]
    inflow: NDArray[np.float64]
    demand: NDArray[np.float64]
    safety_stock: NDArray[np.float64]
    need: NDArray[np.float64]
    room: NDArray[np.float64]


class AllocationBlock:
    """Some items of an allocation, and what earlier ship dates did to them.

    A *taker* is a row that some pool can serve. Its window is that of its best lane: the cheapest, then the fastest,
    then the first by source. With one source takers are cells.

    Parameters
    ----------
    inputs, config
        What the plan is made of.
    first, stop
        Positions of the pools, which are those of whole items.
    """

    def __init__(self, inputs: AllocationInputs, config: AllocationConfig, first: int, stop: int) -> None:
        self.inputs, self.config = inputs, config
        routes, pools = inputs.routes, inputs.pools
        self.pools = slice(first, stop)
        low, high = np.searchsorted(routes.pool, [first, stop])
        self.cells = slice(int(low), int(high))
        self.pool = routes.pool[self.cells] - first
        row = routes.row[self.cells]
        self.best_cell = best_cells(routes, self.cells)
        """The cell of each taker's best lane, by position among the cells of the block."""
        self.row = row.take(self.best_cell)
        """The row of each taker."""
        self.taker = np.arange(len(row)) if np.array_equal(self.row, row) else np.searchsorted(self.row, row)
        """The taker of each cell."""
        self.own = routes.own[self.cells].take(self.best_cell)
        items = pools.item[first:stop]
        self.items = np.unique(items)
        self.item = np.searchsorted(self.items, inputs.item.take(self.row))
        self.item_of_pool = np.searchsorted(self.items, items)
        self.column, columns = places(inputs.location.take(self.row), len(inputs.locations))
        self.shape = len(self.items), columns
        self.demand = inputs.demand.take(self.row)
        self.cumulative = self._cumulative()
        self.opening = np.where(self.own, 0.0, inputs.opening.take(self.row))
        self.taken = np.zeros(stop - first)
        self._events: list[Events] = [self._scheduled(~self.own)]
        self._sorted: tuple[int, ReceiptEvents] | None = None

    def _cumulative(self) -> Cumulative:
        if self.config.beyond_forecast != "same_last_year":
            return CumulativeDemand(self.demand, self.config.beyond_forecast)
        last = int(self.stops(len(self.inputs.ship_days) - 1).max(initial=0))
        daily = daily_demand(self.demand, last + 2 * MAX_COVER_DAYS + 2, self.config.beyond_forecast)
        before = np.zeros((len(daily) + 1, daily.shape[1]))
        np.cumsum(daily, axis=0, out=before[1:])
        return DailyCumulative(before)

    def dense(self, values: NDArray[Any], fill: float) -> NDArray[Any]:
        """Lay values of takers out as (items, locations)."""
        if len(values) == self.shape[0] * self.shape[1]:
            return values.reshape(self.shape)
        found = np.full(self.shape, fill, dtype=values.dtype)
        found[self.item, self.column] = values
        return found

    # Days

    def arrivals(self, date: int) -> NDArray[np.int64]:
        """Return on which day each taker's shipment of a ship date arrives."""
        return self.inputs.routes.arrival[date, self.cells].take(self.best_cell)

    def stops(self, date: int) -> NDArray[np.int64]:
        """Return the day after each taker's window."""
        arrival = self.arrivals(date)
        if date + 1 < len(self.inputs.ship_days):
            return np.maximum(self.arrivals(date + 1), arrival)
        if self.config.cover_days is not None:
            return arrival + self.config.cover_days
        return np.maximum(self.inputs.coverage_last + 1, arrival)

    # What takers have and need

    def _scheduled(self, chosen: NDArray[np.bool_]) -> Events:
        """Return taker, day and units of the scheduled receipts of some takers."""
        receipts, takers = self.inputs.receipts, np.flatnonzero(chosen)
        if not len(receipts.day):
            return takers[:0], receipts.day, receipts.quantity
        first = receipts.starts[self.row[takers]]
        count = receipts.starts[self.row[takers] + 1] - first
        entry = np.repeat(first - np.cumsum(count) + count, count) + np.arange(count.sum())
        return np.repeat(takers, count), receipts.day[entry], receipts.quantity[entry]

    def events(self) -> ReceiptEvents:
        """Receipts of the takers, what earlier ship dates sent included; those of a source are in its pool."""
        number = len(self._events)
        if self._sorted is None or self._sorted[0] < number:
            column, day, quantity = (np.concatenate(parts) for parts in zip(*self._events, strict=True))
            of_takers = ReceiptEvents.of(column.astype(np.int64), day, quantity, np.zeros_like(quantity))
            self._sorted = number, of_takers
        return self._sorted[1]

    def on_date(self, date: int) -> DateArrays:
        """Return what takers have and need on a ship date."""
        inputs, rules = self.inputs, self.inputs.rules
        events, cumulative = self.events(), self.cumulative
        arrival, stop = self.arrivals(date), self.stops(date)
        stock = stock_at_opening(self.opening, cumulative, events, arrival)
        inside = self._own_inflow(date, stop)
        inflow = received_between(events, arrival, stop - 1) + inside
        demand = cumulative.at_rows(stop) - cumulative.at_rows(arrival)
        safety = self._safety_stock(date, stop)
        asks = (stop > arrival) & (self.demand.last >= 0)
        presentation = self.rule("presentation_minimum")
        need = np.where(asks, demand + safety - stock - inflow, 0.0)
        need = np.maximum(np.maximum(need, np.where(presentation > 0, presentation - stock, 0.0)), 0.0)
        today = received_between(events, arrival, arrival)
        most = np.nan_to_num(rules.max_stock.values[0].take(self.row), nan=np.inf)
        room = np.where(self.own, np.inf, np.maximum(to_grid(most) - stock - today, 0.0))
        room[inputs.blocked.take(self.row)] = 0.0
        return DateArrays(date, arrival, stop, stock, inflow, demand, safety, need, room)

    def rule(self, name: str) -> NDArray[np.float64]:
        """Return a constraint field of the takers; 0 where there is none."""
        values: NDArray[np.float64] = np.nan_to_num(getattr(self.inputs.rules, name).values[0].take(self.row))
        return values

    def _safety_stock(self, date: int, stop: NDArray[np.int64]) -> NDArray[np.float64]:
        rules, cumulative = self.inputs.rules, self.cumulative
        method = rules.safety_method[0].take(self.row)
        value = np.nan_to_num(rules.safety_stock.values[0].take(self.row))
        stock = np.where(method == UNITS, to_grid(value), 0.0)
        if (method == DAYS_OF_COVER).any():
            days = np.where(method == DAYS_OF_COVER, value, 0.0).astype(np.int64)
            stock += np.where(days > 0, cumulative.at_rows(stop + days) - cumulative.at_rows(stop), 0.0)
        columns = np.flatnonzero(method == CYCLE_SERVICE_LEVEL)
        if len(columns):
            begin = np.full(len(columns), self.inputs.ship_days[date])
            variance = self.variance(columns, begin, stop[columns])
            stock[columns] = to_grid(standard_normal_quantiles(value[columns]) * np.sqrt(variance))
        return np.maximum(stock, to_grid(self.rule("min_stock")))

    def variance(
        self, takers: NDArray[np.intp], begin: NDArray[np.int64], stop: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return the forecast variance of some takers over days of their own, in units squared."""
        return window_variance(self, takers, begin, np.maximum(stop, begin))

    def _own_receipts(self, date: int, stop: NDArray[np.int64]) -> Events:
        """Return what lands at the sources for themselves after a ship date, inside their windows."""
        taker, day, quantity = self._scheduled(self.own & np.bool_(self.config.include_inbound))
        keep = (day > self.inputs.ship_days[date]) & (day < stop[taker])
        return taker[keep], day[keep], quantity[keep]

    def _own_inflow(self, date: int, stop: NDArray[np.int64]) -> NDArray[np.float64]:
        taker, _, quantity = self._own_receipts(date, stop)
        return np.bincount(taker, weights=quantity, minlength=len(self.row)).astype(np.float64)

    # What a pool has

    def available(self, date: int) -> NDArray[np.float64]:
        """Return what each pool can give on a ship date, in whole units."""
        pools, day = self.inputs.pools, self.inputs.ship_days[date]
        receipts, here = pools.receipts, self.pools
        starts = receipts.starts[here.start : here.stop + 1]
        entry = slice(int(starts[0]), int(starts[-1]))
        pool = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        landed = np.bincount(
            pool, weights=np.where(receipts.day[entry] <= day, receipts.quantity[entry], 0.0), minlength=len(starts) - 1
        )
        stock = pools.on_hand[here] + landed - pools.committed[here] - pools.hold_back[here] - self.taken
        return np.floor(np.maximum(stock, 0.0))

    def claims(self, arrays: DateArrays, fixed: NDArray[np.float64]) -> Claims:
        """Return what the takers ask for, as the engine takes it."""
        inputs, cell = self.inputs, self.cells.start + self.best_cell
        value = self._values(arrays, inputs.routes.unit_cost[cell]) if self.config.method == "marginal_value" else None
        needed = np.where(inputs.blocked.take(self.row), 0.0, arrays.need)
        return Claims(
            stock=self.dense(arrays.stock, 0.0), need=self.dense(needed, 0.0),
            pack=self.dense(inputs.routes.pack.take(cell), 1.0),
            first_pack=self.dense(inputs.routes.minimum.take(cell), 1.0),
            presentation=self.dense(self.presentation(arrays), 0.0), room=self.dense(arrays.room, 0.0),
            priority=self.dense(inputs.priority.take(self.row), 0), demand=self.dense(arrays.demand, 0.0),
            present=self.dense(np.ones(len(self.row), dtype=bool), 0), fixed=self.dense(fixed, np.nan),
            cover=self.cover(arrays), value=value,
        )  # fmt: skip

    def presentation(self, arrays: DateArrays) -> NDArray[np.float64]:
        """Return the presentation minimums that are served, in whole units."""
        served = (arrays.room > 0) & ~self.inputs.blocked.take(self.row)
        return np.where(served, np.ceil(self.rule("presentation_minimum")), 0.0)

    def cover(self, arrays: DateArrays) -> RunoutCover:
        """Return the cover of any stock of the takers, from their own arrival on."""
        return RunoutCover.of(
            self.cumulative, (self.item, self.column), self.shape, arrays.arrival, self.inside(arrays)
        )

    def inside(self, arrays: DateArrays) -> ReceiptEvents | None:
        """Return the receipts inside the windows."""
        events = self.events()
        keep = (events.day >= arrays.arrival[events.column]) & (events.day < arrays.stop[events.column])
        parts = (
            (events.column[keep], events.day[keep], events.quantity[keep]),
            self._own_receipts(arrays.date, arrays.stop),
        )
        column, day, quantity = (np.concatenate(part) for part in zip(*parts, strict=True))
        if not len(day):
            return None
        return ReceiptEvents.of(column.astype(np.int64), day, quantity, np.zeros_like(quantity))

    def _values(self, arrays: DateArrays, transfer_cost: NDArray[np.float64]) -> PackValue:
        """Return what the engine needs to value a pack; see `PackValue`."""
        values = pack_values(self, arrays, transfer_cost, np.arange(len(self.row)))
        return PackValue(*(self.dense(getattr(values, part.name), 0.0) for part in fields(values)))

    # What was given

    def received(self, quantity: NDArray[np.float64]) -> NDArray[np.float64]:
        """Add up by taker what the cells of the block receive."""
        return np.bincount(self.taker, weights=quantity, minlength=len(self.row)).astype(np.float64)

    def ship(self, arrays: DateArrays, quantity: NDArray[np.float64]) -> None:
        """Take what the cells of the block receive on a ship date out of the pools, and let it arrive.

        Parameters
        ----------
        quantity
            Units by cell.
        """
        self.taken += np.bincount(self.pool, weights=quantity, minlength=len(self.taken))
        arrival = self.inputs.routes.arrival[arrays.date, self.cells]
        sent = np.flatnonzero(quantity)
        self._events.append((self.taker[sent], arrival[sent], quantity[sent]))
        self._keep_own(arrays)

    def _keep_own(self, arrays: DateArrays) -> None:
        """Leave to the sources what their need counted of the receipts inside their windows."""
        taker, day, units = self._own_receipts(arrays.date, arrays.stop)
        if not len(taker):
            return
        counted = np.ceil(np.maximum(arrays.demand + arrays.safety_stock - arrays.stock, 0.0))[taker]
        order = np.lexsort((day, taker))
        taker, day, units, counted = taker[order], day[order], units[order], counted[order]
        total = np.cumsum(units)
        first = np.searchsorted(taker, taker)
        before = total - units - (total[first] - units[first])
        kept = np.clip(counted - before, 0.0, units)
        self._events.append((taker, day, kept))
        pool = self.pool[self.best_cell][taker]
        self.taken += np.bincount(pool, weights=kept, minlength=len(self.taken))
