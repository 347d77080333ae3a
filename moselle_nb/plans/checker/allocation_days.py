"""The checker's own arithmetic of an allocation: a day-by-day walk, in whole 1/1024 units held as int64."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from moselle_nb.plans.checker.days import DAYS_OF_COVER, GRID, UNITS, daily_demand, daily_variance, grid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.plans.allocating.config import AllocationConfig
    from moselle_nb.plans.allocating.inputs import AllocationInputs
    from moselle_nb.plans.checker.allocation_rules import ShownLines

    Units = NDArray[np.int64]
    Days = NDArray[np.int64]

__all__ = ["COVER_DAYS", "LIMITLESS", "Block", "Moment"]

COVER_DAYS = 365
"""Cover is not followed further than a year."""

LIMITLESS = 1 << 50
"""Stands for no limit, in 1/1024 units."""

CYCLE_SERVICE_LEVEL = 3


@dataclass(frozen=True, eq=False)
class Moment:
    """One ship date as it was before its goods left, shape (takers,) in 1/1024 units unless said otherwise.

    Parameters
    ----------
    date
        Position of the ship date.
    arrival, stop
        First day of the window and the day after its last.
    stock, inflow, demand, safety, need, room
        As in the lines; `room` is what capacity takes.
    net
        Demand less receipts inside the window, from arrival to each day after it, shape (365, takers).
    wanted
        Demand of each of these days.
    available
        By pool, in whole units.
    """

    date: int
    arrival: Days
    stop: Days
    stock: Units
    inflow: Units
    demand: Units
    safety: Units
    need: Units
    room: Units
    net: Units
    wanted: Units
    available: Units

    def cover(self, units: Units, takers: NDArray[np.intp] | None = None) -> NDArray[np.float64]:
        """Return for how many days stocks last."""
        net, wanted = (self.net, self.wanted) if takers is None else (self.net[:, takers], self.wanted[:, takers])
        enough = net >= units
        day, column = enough.argmax(axis=0), np.arange(net.shape[1])
        each = wanted[day, column]
        served = units - (net[day, column] - each)
        part = served / np.maximum(each, 1)
        return np.where(enough.any(axis=0), np.minimum(day + part, COVER_DAYS), COVER_DAYS)


class Block:
    """Some items of an allocation, walked through ship date by ship date with the quantities that the plan shows.

    A taker is a row that receives. Its window is that of its cheapest lane, then its fastest, then the first source.

    Parameters
    ----------
    inputs, config, shown
        What the plan is made of, and its lines.
    pools, cells
        Which part of it.
    ship_days, arrival
        Ship dates, and own arrivals by ship date and cell of the plan.
    """

    def __init__(
        self, inputs: AllocationInputs, config: AllocationConfig, shown: ShownLines, pools: slice, cells: slice,
        ship_days: Days, arrival: Days,
    ) -> None:  # fmt: skip
        self.inputs, self.config, self.shown, self.pools, self.cells = inputs, config, shown, pools, cells
        routes = inputs.routes
        self.ship_days, self.arrival = ship_days, arrival[:, cells]
        self.pool = routes.pool[cells] - pools.start
        self.rows, self.taker = np.unique(routes.row[cells], return_inverse=True)
        self.pack, self.first = (grid(part[cells]) for part in (routes.pack, routes.minimum))
        preferred = np.lexsort((self.pool, routes.lead_time_days[cells], routes.unit_cost[cells]))
        self.rank = np.empty(len(preferred), dtype=np.int64)
        self.rank[preferred] = np.arange(len(preferred))
        self.best = np.zeros(len(self.rows), dtype=np.int64)
        self.best[self.taker[preferred[::-1]]] = preferred[::-1]
        self.own = routes.own[cells][self.best]
        self.quantity = grid(np.nan_to_num(shown["allocated"][:, cells]))
        self.opening = np.where(self.own, 0, grid(inputs.opening[self.rows]))
        self.taken = np.zeros(pools.stop - pools.start, dtype=np.int64)
        self.reach = self._reach()
        self.daily = daily_demand(cast("Any", inputs), cast("Any", config), self.rows, self.reach)
        self.before = np.zeros((self.reach + 1, len(self.rows)), dtype=np.int64)
        np.cumsum(self.daily, axis=0, out=self.before[1:])
        self.scheduled = self._scheduled()
        self.received = np.where(self.own, 0, self.scheduled)

    def _reach(self) -> int:
        """Return how many days the walk may ask for."""
        ends = [self.stop(date).max(initial=0) for date in range(len(self.ship_days))]
        days = np.nan_to_num(self.inputs.rules.safety_stock.values[0][self.rows])
        beyond = days[self.inputs.rules.safety_method[0][self.rows] == DAYS_OF_COVER].max(initial=0)
        return int(max([*ends, self.arrival.max(initial=0), 0])) + max(COVER_DAYS, int(beyond)) + 2

    def _scheduled(self) -> Units:
        receipts = self.inputs.receipts
        found = np.zeros((self.reach, len(self.rows)), dtype=np.int64)
        for column, row in enumerate(self.rows.tolist()):
            for entry in range(*receipts.starts[row : row + 2].tolist()):
                if receipts.day[entry] < self.reach:
                    found[receipts.day[entry], column] += int(grid(receipts.quantity[entry]))
        return found

    def stop(self, date: int) -> Days:
        """Return the day after each window."""
        arrival = self.arrival[date][self.best]
        if date + 1 < len(self.ship_days):
            return np.maximum(self.arrival[date + 1][self.best], arrival)
        if self.config.cover_days is not None:
            return arrival + self.config.cover_days
        return np.maximum(arrival, self.inputs.coverage_last + 1)

    def rule(self, name: str) -> NDArray[np.float64]:
        """Return a constraint field of the takers; NaN where there is none."""
        return np.asarray(getattr(self.inputs.rules, name).values[0][self.rows])

    def moment(self, date: int) -> Moment:
        """Return what takers and pools have on a ship date."""
        columns = np.arange(len(self.rows))
        arrival, stop = self.arrival[date][self.best], self.stop(date)
        stock = self._stock(arrival)
        number = np.arange(self.reach)[:, None]
        inside = np.where((number >= arrival) & (number < stop), self.received, 0) + self._own_inside(date, stop)
        demand = self.before[stop, columns] - self.before[arrival, columns]
        safety, inflow = self._safety(date, stop), inside.sum(axis=0)
        asks = (stop > arrival) & (self.inputs.demand.last[self.rows] >= 0)
        shown = grid(np.nan_to_num(self.rule("presentation_minimum")))
        need = np.where(asks, demand + safety - stock - inflow, 0)
        need = np.maximum(np.maximum(need, np.where(shown > 0, shown - stock, 0)), 0)
        most = self.rule("max_stock")
        today = self.received[arrival, columns]
        room = np.where(np.isnan(most) | self.own, LIMITLESS, grid(np.nan_to_num(most)) - stock - today)
        room = np.where(self.inputs.blocked[self.rows], 0, np.maximum(room, 0))
        ahead = arrival + np.arange(COVER_DAYS)[:, None]
        wanted = self.daily[ahead, columns]
        net = np.cumsum(wanted - inside[ahead, columns], axis=0)
        return Moment(
            date, arrival, stop, stock, inflow, demand, safety, need, room, net, wanted, self._available(date)
        )

    def _stock(self, arrival: Days) -> Units:
        """Walk to the arrival day; what is not there is lost."""
        stock, found = self.opening.copy(), self.opening.copy()
        for day in range(int(arrival.max(initial=0))):
            stock = np.maximum(stock + self.received[day] - self.daily[day], 0)
            found = np.where(day + 1 <= arrival, stock, found)
        return found

    def _own_inside(self, date: int, stop: Days) -> Units:
        """Return what lands at the sources after a ship date, within their windows: their own need counts on it."""
        number = np.arange(self.reach)[:, None]
        counted = (number > self.ship_days[date]) & (number < stop) & self.own & self.config.include_inbound
        return np.where(counted, self.scheduled, 0)

    def _safety(self, date: int, stop: Days) -> Units:
        method, value = self.inputs.rules.safety_method[0][self.rows], np.nan_to_num(self.rule("safety_stock"))
        columns = np.arange(len(self.rows))
        found = np.where(method == UNITS, grid(value), 0)
        days = np.where(method == DAYS_OF_COVER, value, 0).astype(np.int64)
        found = np.where(method == DAYS_OF_COVER, self.before[stop + days, columns] - self.before[stop, columns], found)
        (uncertain,) = np.nonzero(method == CYCLE_SERVICE_LEVEL)
        if len(uncertain):
            from scipy.special import ndtri

            spread = self.spread(uncertain, np.full(len(uncertain), self.ship_days[date]), stop[uncertain])
            found[uncertain] = grid(ndtri(value[uncertain]) * spread)
        return np.maximum(found, grid(np.nan_to_num(self.rule("min_stock"))))

    def spread(self, takers: NDArray[np.intp], begin: Days, stop: Days) -> NDArray[np.float64]:
        """Return the standard deviation of demand of some takers over days of their own, in units."""
        rows = self.rows[takers]
        each = daily_variance(cast("Any", self.inputs), cast("Any", self.config), rows, int(stop.max(initial=0)))
        number = np.arange(len(each))[:, None]
        return np.asarray(np.sqrt(np.where((number >= begin) & (number < stop), each, 0.0).sum(axis=0)))

    def _available(self, date: int) -> Units:
        pools, receipts = self.inputs.pools, self.inputs.pools.receipts
        found = []
        for place, pool in enumerate(range(self.pools.start, self.pools.stop)):
            entries = range(*receipts.starts[pool : pool + 2].tolist())
            landed = sum(float(receipts.quantity[e]) for e in entries if receipts.day[e] <= self.ship_days[date])
            have = max(float(pools.on_hand[pool]), 0.0) + landed - pools.committed[pool] - pools.hold_back[pool]
            found.append(max(0, (int(grid(have)) - int(self.taken[place])) // GRID))
        return np.array(found, dtype=np.int64)

    def ship(self, moment: Moment) -> None:
        """Let what the plan shows leave, and the sources keep what their own need counted on."""
        sent, arrival = self.quantity[moment.date], self.arrival[moment.date]
        np.add.at(self.taken, self.pool, sent)
        np.add.at(self.received, (np.minimum(arrival, self.reach - 1), self.taker), sent)
        lands = self._own_inside(moment.date, moment.stop)
        counts = -(-np.maximum(moment.demand + moment.safety - moment.stock, 0) // GRID) * GRID
        for column in np.flatnonzero(self.own & lands.any(axis=0)).tolist():
            left = int(counts[column])
            for day in np.flatnonzero(lands[:, column]).tolist():
                kept = min(left, int(lands[day, column]))
                left -= kept
                self.received[day, column] += kept
                self.taken[self.pool[self.best[column]]] += kept
