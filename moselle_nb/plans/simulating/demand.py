"""Demand of a simulation: paths drawn around a plan's forecast, or what was really sold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from moselle_nb.engines.sampling import demand_paths, laws_of
from moselle_nb.exceptions import BrokenRule, ContractError
from moselle_nb.inputs.fields import LARGEST_QUANTITY
from moselle_nb.inputs.layout import buckets_of
from moselle_nb.inputs.rebucketing import GRID, BucketedDemand, daily_demand, daily_variance
from moselle_nb.plans.resolved import ordering_needs_variance
from moselle_nb.plans.shapes import wanted_of
from moselle_nb.plans.uncertain import shape_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.plans.config import ReplenishmentConfig
    from moselle_nb.plans.resolved import ResolvedInputs

__all__ = ["DrawnDemand", "SoldDemand", "forecast_variance"]


def forecast_variance(
    inputs: ResolvedInputs, rows: NDArray[np.intp], forecast_cv: float | None = None
) -> NDArray[np.float64]:
    """Return the forecast variance per bucket of all rows, in units squared, shape (buckets, rows).

    That of the plan where it has one; else from the forecast's `sd`, else `forecast_cv` times the forecast.

    Raises
    ------
    ContractError
        When one of `rows` has a forecast and none of these.
    """
    demand = inputs.demand
    known = np.zeros(inputs.rows, dtype=bool) if inputs.variance is None else ordering_needs_variance(inputs.rules)
    sd = np.full(demand.quantity.shape, np.nan) if demand.sd is None else demand.sd
    sd = np.where(np.isnan(sd) & (demand.quantity == 0) & ~np.isnan(sd).all(axis=0), 0.0, sd)
    if forecast_cv is not None:
        sd = np.where(np.isnan(sd), forecast_cv * demand.quantity / GRID, sd)
    bucket = np.arange(len(demand.quantity))[:, None]
    own = (demand.first >= 0) & (bucket >= demand.first) & (bucket <= demand.last)
    missing = (np.isnan(sd) & own).any(axis=0) & ~known
    lacking = rows[missing[rows]]
    if len(lacking):
        item, location = inputs.items["item"], inputs.locations["location"]
        names = tuple(
            f"({item.iat[inputs.item[row]]}, {location.iat[inputs.location[row]]})" for row in lacking[:3].tolist()
        )
        rule = (
            "paths are drawn around a forecast whose error is known: give sd in the forecast, forecast_cv to simulate, "
            "or demand= with what was sold"
        )
        raise ContractError([BrokenRule("forecast", rule, len(lacking), names)])
    variance = np.where(own, np.square(np.nan_to_num(sd)), 0.0)
    return variance if inputs.variance is None else np.where(known, inputs.variance, variance)


@dataclass(frozen=True, eq=False)
class DrawnDemand:
    """Paths around the forecast of a plan.

    Parameters
    ----------
    inputs, config
        Of the plan whose forecast is believed.
    variance
        Per bucket and row, in units squared.
    paths, seed
        How many paths, and from which seed.
    """

    inputs: ResolvedInputs
    config: ReplenishmentConfig
    variance: NDArray[np.float64]
    paths: int
    seed: int

    def of(self, rows: NDArray[np.intp], days: int) -> NDArray[np.float64]:
        """Return the demand of some rows, shape (days, rows * paths), in units.

        Days are independent, and each has its share of its bucket's variance, as the plan's own arithmetic takes it;
        they follow the row's `demand_distribution`. Empirical demand has the shape of its periods, whose days are
        uncorrelated.
        """
        demand, beyond = self.inputs.demand.take(rows), self.config.beyond_forecast
        mean = daily_demand(demand, days, beyond)
        variance = daily_variance(demand, self.variance.take(rows, axis=1), days, beyond)
        if self.inputs.dependent is not None and self.inputs.has_dependents(rows).any():
            mean += self.inputs.dependent.daily(rows, days, beyond)
        laws, shape = laws_of(mean, variance, wanted_of(self.inputs, rows)), shape_of(self.inputs, rows)
        return demand_paths(mean, variance, laws, rows.astype(np.int64), self.paths, self.seed, shape)


@dataclass(frozen=True, eq=False)
class SoldDemand:
    """What was sold: one path.

    Parameters
    ----------
    demand
        By bucket.
    outside
        Lines that no row of the plan has.
    """

    demand: BucketedDemand
    outside: int
    paths: int = 1

    @classmethod
    def read(cls, table: pd.DataFrame, inputs: ResolvedInputs) -> SoldDemand:
        """Lay out a table of item, location, date and quantity.

        Parameters
        ----------
        table
            One line per row and bucket; the length of the buckets is told from the dates as it is of a forecast. A
            bucket is spread over its days as a forecast is. A row has no demand where the table has no line.
        inputs
            Of the plan.

        Raises
        ------
        ContractError
            When a column is missing, a quantity is negative or no number, or no line is of a row of the plan.
        """
        row, day, quantity = _checked(table, inputs)
        here = row >= 0
        if not here.any():
            raise ContractError([BrokenRule("demand", "at least one line is of a row of the plan; none is")])
        buckets = buckets_of(day.astype(np.int32))
        totals = np.zeros((len(buckets.starts), inputs.rows))
        np.add.at(totals, (buckets.place[day[here] - buckets.first_day], row[here]), quantity[here])
        starts = (buckets.starts.astype("datetime64[D]") - inputs.as_of).astype(np.int64)
        first, last = (np.full(inputs.rows, place, dtype=np.int32) for place in (0, len(starts) - 1))
        units = np.rint(totals * GRID).astype(np.int64)
        demand = BucketedDemand(starts, buckets.lengths.astype(np.int64), units, first, last)
        return cls(demand, int((~here).sum()))

    def of(self, rows: NDArray[np.intp], days: int) -> NDArray[np.float64]:
        """Return the demand of some rows, shape (days, rows), in units."""
        return daily_demand(self.demand.take(rows), days, "cut")


def _checked(table: object, inputs: ResolvedInputs) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return row, -1 where the plan has none, day since 1970 and units of each line."""
    if not isinstance(table, pd.DataFrame):
        rule = "is a pandas data frame with the columns item, location, date and quantity"
        raise ContractError([BrokenRule("demand", rule, examples=(f"received {type(table).__name__}",))])
    lacking = [name for name in ("item", "location", "date", "quantity") if name not in table.columns]
    if lacking:
        rule = "has the columns item, location, date and quantity"
        raise ContractError([BrokenRule("demand", rule, examples=(f"{', '.join(lacking)} not found",))])
    quantity = pd.to_numeric(table["quantity"], errors="coerce").to_numpy(dtype=np.float64)
    most = f"quantity is at most {LARGEST_QUANTITY:,} units, so that sums are exact"
    for rule, fits in (
        ("quantity is finite and >= 0", np.isfinite(quantity) & (quantity >= 0)),
        (most, quantity <= LARGEST_QUANTITY),
    ):
        wrong = np.flatnonzero(~fits)
        if len(wrong):
            shown = tuple(f"row {at}: {table['quantity'].iat[at]}" for at in wrong[:3].tolist())
            raise ContractError([BrokenRule("demand", rule, len(wrong), shown)])
    item = pd.Index(inputs.items["item"]).get_indexer(table["item"].astype(str))
    location = pd.Index(inputs.locations["location"]).get_indexer(table["location"].astype(str))
    width = len(inputs.locations)
    keys = inputs.item.astype(np.int64) * width + inputs.location
    order = np.argsort(keys, kind="stable")
    wanted = np.where((item < 0) | (location < 0), -1, item * width + location)
    place = np.minimum(np.searchsorted(keys[order], wanted), len(keys) - 1)
    row = np.where(keys[order][place] == wanted, order[place], -1)
    dates = pd.to_datetime(table["date"], errors="coerce")
    undated = np.flatnonzero(dates.isna())
    if len(undated):
        shown = tuple(f"row {at}: {table['date'].iat[at]}" for at in undated[:3].tolist())
        raise ContractError([BrokenRule("demand", "date is a day such as 2026-12-07", len(undated), shown)])
    days = dates.to_numpy().astype("datetime64[D]").astype(np.int64)
    return row.astype(np.int64), days, quantity
