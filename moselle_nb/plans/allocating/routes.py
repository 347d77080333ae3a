"""Routes: which row can be served from which pool, over which lane, arriving when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd

from moselle_nb.exceptions import BrokenRule, ConfigError, near

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.inputs import PlanningData
    from moselle_nb.plans.allocating.config import AllocationConfig
    from moselle_nb.plans.row_calendars import Closures

__all__ = [
    "LANE_LEAD_TIME",
    "LANE_MINIMUM",
    "LANE_PACK",
    "Routes",
    "check_sources",
    "pair_routes",
    "routes_of",
    "source_codes",
]

Number = TypeVar("Number", np.int8, np.int64, np.float64)

Codes = tuple["NDArray[np.int32]", "NDArray[np.int32]"]

_Cells = tuple["NDArray[np.int64]", "NDArray[np.int64]", "NDArray[np.bool_]", "NDArray[np.int64]"]
"""Pool, row, whether the row is the source's own, and lane, of each cell."""


LANE_LEAD_TIME, LANE_PACK, LANE_MINIMUM = 1, 2, 4


@dataclass(frozen=True, eq=False)
class Routes:
    """The cells of an allocation: one for each row that a pool can serve, sorted by item, source and destination.

    Parameters
    ----------
    pool, row
        Positions of the stock that serves it, and of the row that receives.
    arrival
        Day on which what leaves on each ship date serves demand for the first time, shape (ship dates, cells).
    lead_time_days
        Days from shipping to arrival.
    unit_cost
        Of the transfer, per unit; 0 where the lane has none.
    pack
        Units that travel together.
    minimum
        Least units of one transfer: the transfer minimum rounded up to packs, at least a pack.
    own
        Whether the row is the source's own: its demand is served from the pool without a transfer.
    unreached
        Rows with no lane from any source, positions.
    said
        What the lane itself says of each cell: the sum of `LANE_LEAD_TIME`, `LANE_PACK` and `LANE_MINIMUM`.
    """

    pool: NDArray[np.int64]
    row: NDArray[np.int64]
    arrival: NDArray[np.int64]
    lead_time_days: NDArray[np.int64]
    unit_cost: NDArray[np.float64]
    pack: NDArray[np.float64]
    minimum: NDArray[np.float64]
    own: NDArray[np.bool_]
    unreached: NDArray[np.int64]
    said: NDArray[np.int8]

    @property
    def cells(self) -> int:
        """How many cells there are."""
        return len(self.row)

    def take(self, cells: NDArray[np.intp]) -> Routes:
        """Return some of the cells, in their order."""
        return Routes(
            self.pool[cells], self.row[cells], self.arrival[:, cells], self.lead_time_days[cells],
            self.unit_cost[cells], self.pack[cells], self.minimum[cells], self.own[cells], self.unreached,
            self.said[cells],
        )  # fmt: skip


def source_codes(data: PlanningData, config: AllocationConfig) -> NDArray[np.int64]:
    """Return the positions of the sources among the locations.

    Raises
    ------
    ConfigError
        When a source is no location, or the lanes between chosen sources form a cycle.
    """
    known = pd.Index(data.locations["location"])
    names = list(known) if config.source is None else list(config.source)
    codes = known.get_indexer(names)
    problems = [
        BrokenRule("source", f"no location {name!r}{near(name, known)}")
        for name, code in zip(names, codes, strict=True)
        if code < 0
    ]
    if problems:
        raise ConfigError(problems)
    return np.sort(codes).astype(np.int64)


def check_sources(data: PlanningData, config: AllocationConfig) -> None:
    """Refuse sources that the tables do not have or whose lanes lead nowhere or in a circle.

    Raises
    ------
    ConfigError
        Listing what is wrong with them.
    """
    source_codes(data, config)
    _lane_table(data, config)


def routes_of(
    data: PlanningData,
    config: AllocationConfig,
    rows: Codes,
    pools: Codes,
    forecast: NDArray[np.bool_],
    row_pack: NDArray[np.float64],
    ship_days: NDArray[np.int64],
    closures: Closures,
) -> Routes:
    """Return the cells: rows joined to the pools whose source reaches them."""
    places = len(data.locations)
    lanes = _lane_table(data, config)
    row_item, row_location = rows
    pool_item, pool_source = pools
    is_source = np.zeros(places, dtype=bool)
    is_source[pool_source] = True
    first_pool = np.searchsorted(pool_item, np.arange(len(data.items))).take(row_item)
    served = np.zeros(len(row_item), dtype=bool)
    to_source = is_source.take(row_location)
    asks = forecast & (config.source_demand != "ignore")
    found = []
    for place in range(np.count_nonzero(is_source)):
        pool = first_pool + place
        source = pool_source.take(pool)
        own = source == row_location
        lane = lanes.place.take(source.astype(np.int64) * places + row_location)
        (row,) = (((lane >= 0) & ~to_source) | (own & asks)).nonzero()
        served[row] = True
        found.append((pool.take(row), row, own.take(row), lane.take(row)))
    cells = found[0] if len(found) == 1 else _by_pool(found)
    unreached = np.flatnonzero(~served & ~to_source)
    return _routes(lanes, cells, row_location, row_pack, unreached, ship_days, closures)


def _by_pool(found: list[_Cells]) -> _Cells:
    """Put the cells of several sources in the order of pools, then rows."""
    pool, row, own, lane = (np.concatenate(part) for part in zip(*found, strict=True))
    order = np.lexsort((row, pool))
    return pool[order], row[order], own[order], lane[order]


def pair_routes(
    data: PlanningData,
    config: AllocationConfig,
    rows: Codes,
    pools: Codes,
    takes: NDArray[np.bool_],
    row_pack: NDArray[np.float64],
    ship_days: NDArray[np.int64],
    closures: Closures,
) -> Routes:
    """Return the cells of a rebalancing: each pool joined to the rows of its item that take, where a lane leads."""
    places = len(data.locations)
    lanes = _lane_table(data, config)
    row_item, row_location = (codes.astype(np.int64) for codes in rows)
    pool_item, pool_source = (codes.astype(np.int64) for codes in pools)
    takers = np.flatnonzero(takes)
    first, stop = (np.searchsorted(row_item[takers], pool_item, side=side) for side in ("left", "right"))
    count = stop - first
    pool = np.repeat(np.arange(len(pool_item)), count)
    row = takers[np.repeat(first - np.cumsum(count) + count, count) + np.arange(len(pool))]
    lane = lanes.place[pool_source[pool] * places + row_location[row]]
    keep = (lane >= 0) & (pool_source[pool] != row_location[row])
    pool, row, lane = pool[keep], row[keep], lane[keep]
    own = np.zeros(len(row), dtype=bool)
    return _routes(lanes, (pool, row, own, lane), row_location, row_pack, takers[:0], ship_days, closures)


def _routes(
    lanes: _Lanes,
    cells: _Cells,
    row_location: NDArray[np.integer[Any]],
    row_pack: NDArray[np.float64],
    unreached: NDArray[np.int64],
    ship_days: NDArray[np.int64],
    closures: Closures,
) -> Routes:
    pool, row, own, lane = cells
    location = row_location.take(row)

    def of_lane(values: NDArray[Number], of_own: float) -> NDArray[Number]:
        found = values.take(lane)
        found[own] = of_own
        return found

    lead = of_lane(lanes.lead, 0)
    arrival = np.stack([arrivals(day + lead, location, own, closures) for day in ship_days])
    pack = of_lane(lanes.pack, 1.0)
    (unsaid,) = np.isnan(pack).nonzero()
    pack[unsaid] = np.nan_to_num(row_pack.take(row.take(unsaid)), nan=1.0)
    minimum = pack
    if (lanes.minimum > 0).any():
        minimum = np.ceil(np.maximum(of_lane(np.nan_to_num(lanes.minimum), 0.0), pack) / pack) * pack
    flags = (LANE_LEAD_TIME, lanes.has_lead), (LANE_PACK, ~np.isnan(lanes.pack)), (LANE_MINIMUM, lanes.minimum > 0)
    says = np.sum([flag * given for flag, given in flags], axis=0).astype(np.int8)
    return Routes(
        pool=pool, row=row, arrival=arrival, lead_time_days=lead, unit_cost=of_lane(np.nan_to_num(lanes.cost), 0.0),
        pack=pack, minimum=minimum, own=own, unreached=unreached, said=of_lane(says, 0),
    )  # fmt: skip


def arrivals(
    day: NDArray[np.int64], location: NDArray[np.integer[Any]], own: NDArray[np.bool_], closures: Closures
) -> NDArray[np.int64]:
    """Return the first day open at each location; a source serves itself on the day."""
    if len(closures.patterns) == 1:
        return day
    return np.where(own, day, closures.moved(day, location.astype(np.int64)))


@dataclass(frozen=True, eq=False)
class _Lanes:
    """Lanes by pair of locations; the last entry stands for no lane."""

    place: NDArray[np.int64]
    lead: NDArray[np.int64]
    cost: NDArray[np.float64]
    pack: NDArray[np.float64]
    minimum: NDArray[np.float64]
    has_lead: NDArray[np.bool_]


def _lane_table(data: PlanningData, config: AllocationConfig) -> _Lanes:
    """Return the lanes out of the sources; without any lane in the table, every pair is joined by the default."""
    places, table = len(data.locations), data.lanes
    if not len(table):
        default = np.array([config.transfer_lead_time_days], dtype=np.int64)
        none = np.array([np.nan])
        return _Lanes(np.zeros(places * places, dtype=np.int64), default, none, none, none, np.zeros(1, dtype=bool))
    known = pd.Index(data.locations["location"])
    begin, end = (known.get_indexer(table[name]).astype(np.int64) for name in ("source", "destination"))
    place = np.full(places * places, -1, dtype=np.int64)
    place[begin * places + end] = np.arange(len(table))
    lead = table["lead_time_days"].fillna(config.transfer_lead_time_days).to_numpy(np.float64).astype(np.int64)
    cost, pack, minimum = (table[name].to_numpy(np.float64) for name in ("unit_cost", "pack", "transfer_minimum"))
    _refuse_dead_ends(data, config, set(begin.tolist()))
    _refuse_cycles(data, config, place)
    return _Lanes(place, lead, cost, pack, minimum, table["lead_time_days"].notna().to_numpy(np.bool_))


def _refuse_dead_ends(data: PlanningData, config: AllocationConfig, begins: set[int]) -> None:
    if config.mode == "rebalance" or config.source is None:
        return
    known = pd.Index(data.locations["location"])
    dead = [name for name in config.source if int(known.get_loc(name)) not in begins]
    if dead:
        rule = "every source has a lane to some location; add lanes for it to the table, or choose another source"
        raise ConfigError([BrokenRule("source", rule, len(dead), tuple(dead))])


def _refuse_cycles(data: PlanningData, config: AllocationConfig, place: NDArray[np.int64]) -> None:
    """Refuse lanes in both directions between chosen sources: one ship date would move goods in a circle."""
    if config.mode == "rebalance" or config.source is None:
        return
    known, places = pd.Index(data.locations["location"]), len(data.locations)
    codes = {name: int(known.get_loc(name)) for name in config.source}
    after = {a: [b for b in codes if a != b and place[codes[a] * places + codes[b]] >= 0] for a in codes}
    cycle = _cycle_in(after)
    if cycle:
        rule = "lanes between sources form no cycle within one ship date; choose one of them as source"
        raise ConfigError([BrokenRule("source", rule, 1, (" → ".join(cycle),))])


def _cycle_in(after: dict[str, list[str]]) -> list[str]:
    """Return a cycle of a small graph, its first name again at the end; empty when there is none."""

    def walk(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        for following in after[name]:
            found = walk(following, [*path, name])
            if found:
                return found
        return []

    return next((found for name in after if (found := walk(name, []))), [])
