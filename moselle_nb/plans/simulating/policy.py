"""One policy of a simulation: a plan made anew at every review, or its orders as they stand, on paths of demand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.intervals import Sample
from moselle_nb.engines.netting import OrderRules, Windows
from moselle_nb.engines.replanning import Netting, Outlook
from moselle_nb.engines.rolling import Decide, Reviews, Supply, Trial, roll
from moselle_nb.engines.sampling import delays
from moselle_nb.plans.horizon import extended
from moselle_nb.plans.layout import DAILY_ROWS, DailyBlock, groups, lay_out
from moselle_nb.plans.lots import lots_of
from moselle_nb.plans.price_breaks import price_terms

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from moselle_nb.engines.lot_targets import LotSizing
    from moselle_nb.engines.price_breaks import PriceTerms
    from moselle_nb.plans.config import ReplenishmentConfig
    from moselle_nb.plans.document import ReplenishmentPlan
    from moselle_nb.plans.order_arrays import OrderLines
    from moselle_nb.plans.resolved import ResolvedInputs

__all__ = ["COSTS", "MEASURES", "RATIOS", "Policy", "reviews_of"]

COSTS = ("holding_cost", "shortage_cost", "order_cost")

MEASURES = (
    "fill_rate", "cycle_service_level", "stockout_days", "unserved", "average_stock", "orders", "ordered",
    *COSTS, "cost",
)  # fmt: skip

RATIOS = ("fill_rate", "cycle_service_level")
"""Measures that are a share of something; the others are amounts, which add up over rows."""


@dataclass(frozen=True, eq=False)
class Policy:
    """A plan to simulate.

    Parameters
    ----------
    inputs, config
        What it is made of, up to the last day that is simulated.
    edits
        Settled orders: row to order position to units.
    lines
        Orders of the plan by row, where they are to be placed as they stand; None where the plan is made anew.
    last_day
        Last day that is simulated.
    seed
        Of the lead times.
    days_late
        By how many days more than the plan believes its orders take.
    """

    inputs: ResolvedInputs
    config: ReplenishmentConfig
    edits: Mapping[int, Mapping[int, float]]
    lines: OrderLines | None
    last_day: int
    seed: int
    days_late: int = 0

    @classmethod
    def of(
        cls, plan: ReplenishmentPlan, last_day: int, seed: int, *, replan: bool = True, days_late: int = 0
    ) -> Policy:
        """Return a plan as a policy; one that is not made anew has no orders after coverage."""
        lines = None if replan else plan.merged.lines
        return cls(extended(plan.inputs, last_day), plan.config, plan.fixed, lines, last_day, seed, days_late)

    def measure(self, rows: NDArray[np.intp], demand: NDArray[np.float64], paths: int) -> dict[str, Sample]:
        """Simulate some rows.

        Parameters
        ----------
        rows
            Rows of the plan, increasing.
        demand
            Shape (days, rows * paths), in units.
        paths
            How many.

        Returns
        -------
        dict[str, Sample]
            For each of `MEASURES`, shape (rows, paths).
        """
        found = {name: Sample(*np.zeros((2, len(rows), paths))) for name in MEASURES}
        by_path = demand.reshape(len(demand), len(rows), paths)
        for place in self._alike(rows):
            part = demand
            if len(place) < len(rows) or (np.diff(place) < 0).any():
                part = by_path[:, place].reshape(len(demand), -1)
            trial = self.trial(rows[place], part, paths)
            for name, sample in self._measures(rows[place], trial, paths).items():
                found[name].top[place], found[name].bottom[place] = sample.top, sample.bottom
        return found

    def _alike(self, rows: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
        """Yield positions of rows that are laid out together; those that later order dates matter to stand apart."""
        limited = ~np.isnan(self.inputs.rules.max_order.values[:, rows]).all(axis=0) & self.config.order_ahead
        apart = limited | np.isin(rows, list(self.edits))
        for place in groups(self.inputs, rows, DAILY_ROWS):
            yield from (part for part in (place[apart[place]], place[~apart[place]]) if len(part))

    def trial(self, rows: NDArray[np.intp], demand: NDArray[np.float64], paths: int, *, record: bool = False) -> Trial:
        """Simulate rows that share a calendar and the fate of unmet demand."""
        block = lay_out(self.inputs, self.config, rows)
        supply, decide = self.supply(block, len(demand), paths), self._decide(block, rows, paths)
        return roll(demand, supply, reviews_of(block), decide, backorder=block.position.backorder, record=record)

    def supply(self, block: DailyBlock, days: int, paths: int) -> Supply:
        """Return what a block's rows have and receive besides their orders, and how late orders are on each path."""
        rows, rules = block.rows, self.inputs.rules
        lead = np.nan_to_num(rules.lead_time_days.values.take(rows, axis=1))
        lead = lead[self.inputs.era(np.arange(days))] if len(lead) > 1 else np.repeat(lead, days, axis=0)
        sd = np.nan_to_num(rules.lead_time_sd_days.values[0][rows])
        late = delays(lead, sd, rows.astype(np.int64), paths, self.seed)
        if self.days_late:
            drawn = np.zeros((days, len(rows) * paths), dtype=np.int32) if late is None else late
            late = np.maximum(drawn + np.int32(self.days_late), -np.repeat(lead, paths, axis=1)).astype(np.int32)
        return Supply(np.repeat(block.position.opening, paths), block.receipts, late)

    def _decide(self, block: DailyBlock, rows: NDArray[np.intp], paths: int) -> Decide:
        if self.lines is not None:
            orders = _matrix(self.lines, rows, block.calendar.orders)
            return lambda review: np.repeat(orders[review.number], paths)
        fixed, ahead = _fixed(self.edits, rows, block.calendar.orders), self.config.order_ahead
        lots, prices = lots_of(self.inputs, self.config, block), price_terms(self.inputs, block)
        several = any(part is not None for part in (fixed, lots, prices))
        several = several or (ahead and bool((block.rules.max_order < np.inf).any()))
        return Netting(_Outlooks(block, lots, prices, several=several), paths, fixed=fixed, order_ahead=ahead)

    def _measures(self, rows: NDArray[np.intp], trial: Trial, paths: int) -> dict[str, Sample]:
        """Return what each path of each row gives."""
        shape, rules = (len(rows), paths), self.inputs.rules
        cost = {name: getattr(rules, name).values[0][rows][:, None] for name in COSTS}
        served, cycles = trial.demand - trial.unserved, np.full(len(trial.demand), float(trial.cycles))
        days = self.last_day + 1
        parts = {
            "fill_rate": served, "cycle_service_level": cycles - trial.cycles_out,
            "stockout_days": trial.stockout_days, "unserved": trial.unserved, "average_stock": trial.stock_days / days,
            "orders": trial.orders, "ordered": trial.ordered,
        }  # fmt: skip
        tops = {name: values.reshape(shape) for name, values in parts.items()}
        amounts = (trial.stock_days, trial.unserved, trial.orders)
        tops |= {name: cost[name] * units.reshape(shape) for name, units in zip(COSTS, amounts, strict=True)}
        given = np.stack([tops[name] for name in COSTS])
        tops["cost"] = np.where(np.isnan(given).all(axis=0), np.nan, np.nansum(given, axis=0))
        bottoms = {"fill_rate": trial.demand.reshape(shape), "cycle_service_level": cycles.reshape(shape)}
        return {name: Sample(top, bottoms.get(name, np.ones(shape))) for name, top in tops.items()}


def reviews_of(block: DailyBlock) -> Reviews:
    """Return the order dates of a block and their expected arrivals."""
    orders = block.calendar.orders
    return Reviews(block.calendar.order_days[:orders], block.windows.arrivals[:orders])


@dataclass(frozen=True, eq=False)
class _Outlooks:
    """What a plan expects at each of its reviews: its forecast stays as it is, time goes on.

    Parameters
    ----------
    block
        Rows that share a calendar.
    lots, prices
        How its orders are sized by cost, and what they cost.
    several
        Whether later order dates matter to the order of a review.
    """

    block: DailyBlock
    lots: LotSizing | None
    prices: PriceTerms | None
    several: bool

    def __call__(self, number: int) -> Outlook:
        block, ahead = self.block, slice(number, None if self.several else number + 1)
        arrivals, ends = block.windows.arrivals[ahead], block.windows.ends[ahead]
        windows = Windows(arrivals, ends, block.windows.last_day, self.lots, self.prices)
        rules = block.rules
        if rules.undated is None:
            names = ("moq", "order_multiple", "max_order", "max_stock", "max_stock_is_hard", "usable")
            of_date = [getattr(rules, name) for name in names]
            rules = OrderRules(*(rule[ahead] if len(rule) > 1 else rule for rule in of_date))
        return Outlook(block.position, int(block.calendar.order_days[number]), windows, rules, block.uncertain)


def _matrix(lines: OrderLines, rows: NDArray[np.intp], orders: int) -> NDArray[np.float64]:
    """Return a plan's orders by date and row; none on dates that it does not have."""
    found = np.zeros((orders, len(rows)))
    place, entry = lines.of_rows(rows)
    found[lines.order[entry], place] = lines.quantity[entry]
    return found


def _fixed(edits: Mapping[int, Mapping[int, float]], rows: NDArray[np.intp], orders: int) -> NDArray[np.float64] | None:
    """Return settled orders by date and row, NaN elsewhere; None where there are none."""
    found = np.full((orders, len(rows)), np.nan)
    for column, row in enumerate(rows.tolist() if edits else ()):
        for order, units in edits.get(row, {}).items():
            found[order, column] = units
    return None if np.isnan(found).all() else found
