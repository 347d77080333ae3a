"""Who feeds whom: for each row of the tables the lane that supplies it, and the rows that only lanes ask for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from moselle_nb.exceptions import BrokenRule, ContractError
from moselle_nb.plans.network import FedRows, circle_of, depths, ship_calendars
from moselle_nb.plans.row_calendars import Closures
from moselle_nb.plans.row_keys import sourcing_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.inputs import PlanningData
    from moselle_nb.inputs.data import Forecast
    from moselle_nb.plans.config import ReplenishmentConfig
    from moselle_nb.plans.constraints import Keys, Resolved

__all__ = ["Feeding", "fed_rows", "feeding_of", "with_fed_rows"]


@dataclass(frozen=True, eq=False)
class Feeding:
    """The lane that feeds each row of the tables, shape (rows,) each.

    Parameters
    ----------
    lane
        Position in the table of lanes; -1 where none feeds the row.
    source
        The row at the lane's source; -1 where none feeds the row.
    """

    lane: NDArray[np.int64]
    source: NDArray[np.int64]


class _Lanes:
    """Lanes by destination, the one that is used first: lowest unit cost, then lead time, then source."""

    def __init__(self, data: PlanningData) -> None:
        self._data, table = data, data.lanes
        places = pd.Index(data.locations["location"])
        self.source = places.get_indexer(table["source"]).astype(np.int64)
        destination = places.get_indexer(table["destination"]).astype(np.int64)
        cost, lead = (np.nan_to_num(table[name].to_numpy(np.float64)) for name in ("unit_cost", "lead_time_days"))
        order = np.lexsort((self.source, lead, cost, destination))
        rank = np.arange(len(order)) - np.searchsorted(destination[order], destination[order])
        self._ranked = np.full((len(places), int(rank.max(initial=-1)) + 1), -1, dtype=np.int64)
        self._ranked[destination[order], rank] = order

    def feeding(
        self, item: NDArray[np.int64], location: NDArray[np.int64], keys: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Return the lane that feeds each pair of item and location; -1 where none does.

        The first one whose source has a row for the item; where no source has one, the first.
        """
        candidates = self._ranked[location]
        candidates[sourcing_of(self._data, item, location) >= 0] = -1
        found, places = candidates[:, 0].copy(), len(self._data.locations)
        for rank in range(candidates.shape[1] - 1, -1, -1):
            lane = candidates[:, rank]
            wanted = item * places + self.source[lane]
            known = keys[np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)] == wanted
            found = np.where((lane >= 0) & known, lane, found)
        return found


def feeding_of(data: PlanningData, config: ReplenishmentConfig) -> tuple[PlanningData, Feeding | None]:
    """Return which lane feeds each row, and the data with the rows that feed others and that no table has.

    Such a row has no stock and no forecast of its own. Without lanes, and for plans of each row's own forecast only,
    the data stay as they are.
    """
    if config.demand_from == "own" or not len(data.lanes):
        return data, None
    lanes, places = _Lanes(data), len(data.locations)
    given = data.row_item.astype(np.int64) * places + data.row_location
    known = new = given
    while len(new):
        item = new // places
        lane = lanes.feeding(item, new % places, given)
        new = np.setdiff1d((item * places + lanes.source[lane])[lane >= 0], known)
        known = np.union1d(known, new)
    if len(known) > len(given):
        data = _with_rows(data, given, known)
    item = known // places
    lane = lanes.feeding(item, known % places, given)
    if (lane < 0).all():
        return data, None
    source = np.searchsorted(known, item * places + lanes.source[lane])
    return data, Feeding(lane, np.where(lane >= 0, source, -1))


def _with_rows(data: PlanningData, given: NDArray[np.int64], known: NDArray[np.int64]) -> PlanningData:
    """Return data with more rows: without stock, open orders and forecast."""
    old, places = np.searchsorted(known, given), len(data.locations)

    def stock(values: NDArray[np.float64]) -> NDArray[np.float64]:
        found = np.zeros(len(known))
        found[old] = values
        return found

    def forecast(one: Forecast) -> Forecast:
        shape = len(one.starts), len(known)
        quantity, sd = np.zeros(shape, dtype=np.int64), np.full(shape, np.nan)
        quantity[:, old] = one.quantity
        first, last = (np.full(len(known), -1, dtype=np.int32) for _ in range(2))
        first[old], last[old] = one.first, one.last
        if one.sd is not None:
            sd[:, old] = one.sd
        quantiles = None
        if one.quantiles is not None:
            quantiles = np.full((len(one.quantiles), *shape), np.nan)
            quantiles[:, :, old] = one.quantiles
        return replace(
            one, quantity=quantity, sd=None if one.sd is None else sd, first=first, last=last, quantiles=quantiles
        )

    return replace(
        data, row_item=(known // places).astype(np.int32), row_location=(known % places).astype(np.int32),
        on_hand=stock(data.on_hand), committed=stock(data.committed),
        inbound_row=old[data.inbound_row].astype(np.int32),
        forecasts={name: forecast(one) for name, one in data.forecasts.items()},
    )  # fmt: skip


def with_fed_rows(chosen: NDArray[np.intp], feeding: Feeding | None) -> NDArray[np.intp]:
    """Return some rows and all that they feed, over any number of lanes: their demand is not known without."""
    if feeding is None:
        return chosen
    keep = np.zeros(len(feeding.lane) + 1, dtype=bool)
    keep[chosen] = True
    while (more := keep[feeding.source] & ~keep[:-1]).any():
        keep[:-1] |= more
    return np.flatnonzero(keep)


def fed_rows(
    data: PlanningData,
    feeding: Feeding | None,
    chosen: NDArray[np.intp],
    keys: Keys,
    rules: tuple[Resolved, Resolved],
    coverage: tuple[int, int],
) -> FedRows | None:
    """Return the chosen rows that lanes feed; None where there are none.

    Parameters
    ----------
    data
        The tables.
    feeding
        Which lane feeds each of their rows.
    chosen, keys
        Rows of the plan, and what their keys mean.
    rules
        Review period and pack.
    coverage
        First and last day of coverage, from `as_of`.

    Raises
    ------
    ContractError
        When rows feed one another in a circle; it names the lanes.
    """
    if feeding is None or not (feeding.lane[chosen] >= 0).any():
        return None
    review, pack = rules
    place = np.full(data.n_rows, -1, dtype=np.int64)
    place[chosen] = np.arange(len(chosen))
    row = np.flatnonzero(feeding.lane[chosen] >= 0)
    lane, source = feeding.lane[chosen][row], place[feeding.source[chosen][row]]
    _refuse_circles(keys, row, source)
    numbers = {
        name: data.lanes[name].to_numpy(np.float64)[lane] for name in ("lead_time_days", "pack", "transfer_minimum")
    }
    lead = np.nan_to_num(numbers["lead_time_days"]).astype(np.int64)
    calendar, calendars = ship_calendars(
        Closures(data), keys.codes["location"][row], review.values[0][row].astype(np.int64), lead, coverage
    )
    own_pack = np.nan_to_num(pack.values[:, row], nan=1.0)
    places = pd.Index(data.locations["location"]).get_indexer(data.lanes["source"].iloc[lane]).astype(np.int64)
    return FedRows(
        row, source, places, lead, np.where(np.isnan(numbers["pack"]), own_pack, numbers["pack"]),
        np.nan_to_num(numbers["transfer_minimum"]), calendar, calendars,
    )  # fmt: skip


def _refuse_circles(keys: Keys, row: NDArray[np.int64], source: NDArray[np.int64]) -> None:
    depth = depths(row, source)
    if not (depth < 0).any():
        return
    circle = circle_of(row, source, depth)
    names, places = keys.names["location"], keys.codes["location"]
    path = " → ".join(names[places[at]] for at in circle)
    rule = (
        "no lane leads back to where it came from: name a supplier in sourcing for one of the locations, take a lane "
        "out, or plan with demand_from='own'"
    )
    item = keys.names["item"][keys.codes["item"][circle[0]]]
    raise ContractError([BrokenRule("lanes", rule, int((depth < 0).sum()), (f"{path} for item {item}",))])
