"""Pegging: which stock or which receipt each allocated unit comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from moselle_nb.plans.allocating.block import AllocationBlock
from moselle_nb.plans.allocating.references import pool_references
from moselle_nb.plans.allocation import blocks
from moselle_nb.plans.frames import dates, names

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.plans.allocating.inputs import AllocationInputs
    from moselle_nb.plans.allocating.plan import AllocationPlan

    Part = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]

__all__ = ["KINDS", "pegging"]

KINDS = ("on_hand", "scheduled", "planned")

NOTHING = -1
"""Stands for stock among receipts, and for what stays among shipments."""


@dataclass(frozen=True, eq=False)
class _Flow:
    """Units of pools in the order in which they come or go, sorted by pool, shape (n,) each.

    Parameters
    ----------
    pool, quantity
        How much of which pool.
    entry
        Position among the receipts or the shipments, or `NOTHING`.
    """

    pool: NDArray[np.int64]
    quantity: NDArray[np.float64]
    entry: NDArray[np.int64]

    @classmethod
    def of(cls, *parts: Part) -> _Flow:
        """Sort parts by pool; within a pool earlier parts come first."""
        pool, quantity, entry = (np.concatenate(part) for part in zip(*parts, strict=True))
        order = np.argsort(pool, kind="stable")
        return cls(pool[order], quantity[order], entry[order])

    def ends(self, begins: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where each part ends on a line on which the units of pool i begin at ``begins[i]``."""
        total = np.concatenate([[0.0], np.cumsum(self.quantity)])
        first = total[np.searchsorted(self.pool, np.arange(len(begins)))]
        return np.asarray(total[1:] - first[self.pool] + begins[self.pool])


def pegging(plan: AllocationPlan) -> pd.DataFrame:
    """Peg every allocated unit: to stock first, then to receipts in the order of their dates.

    What is committed or held back comes out of the supply before all shipments; what a source keeps of its receipts for
    its own demand, after those of the ship date. Earlier ship dates come first.

    Returns
    -------
    pandas.DataFrame
        item, source, location, date (of shipping), kind (``on_hand``, ``scheduled``, ``planned``), receipt_date,
        reference, quantity.
    """
    supply = _supply(plan.inputs)
    demand, cell, date = _demand(plan, supply)
    giver, taker, units = _matched(supply, demand, len(plan.inputs.pools.item))
    receipt, shipment = supply.entry[giver], demand.entry[taker]
    return _frame(plan.inputs, cell[shipment], date[shipment], receipt, units)


def _matched(
    supply: _Flow, demand: _Flow, pools: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Lay supply and demand along one line; return who gives and who takes each piece of it, and its units."""
    if not (demand.entry != NOTHING).any():
        none = np.zeros(0, dtype=np.intp)
        return none, none, np.zeros(0)
    begins = np.concatenate([[0.0], np.cumsum(np.bincount(supply.pool, supply.quantity, pools))[:-1]])
    have = supply.ends(begins)
    # A source may keep more for its own demand than has landed.
    ends = np.append(begins[1:], supply.quantity.sum())
    want = np.minimum(demand.ends(begins), ends[demand.pool])
    edges = np.unique(np.concatenate([begins, have, want]))
    middle = (edges[1:] + edges[:-1]) / 2
    taker, giver = (np.minimum(np.searchsorted(ends, middle), len(ends) - 1) for ends in (want, have))
    inside = (want[taker] - demand.quantity[taker] < middle) & (middle < want[taker])
    shipped = np.flatnonzero(inside & (demand.entry[taker] != NOTHING))
    return giver[shipped], taker[shipped], np.diff(edges)[shipped]


def _supply(inputs: AllocationInputs) -> _Flow:
    """Return stock, then receipts by day."""
    pools, receipts = inputs.pools, inputs.pools.receipts
    count = len(pools.item)
    pool = np.repeat(np.arange(count), np.diff(receipts.starts))
    order = np.lexsort((receipts.day, pool))
    stock = np.arange(count), np.maximum(pools.on_hand, 0.0), np.full(count, NOTHING)
    return _Flow.of(stock, (pool[order], receipts.quantity[order], order))


def _demand(plan: AllocationPlan, supply: _Flow) -> tuple[_Flow, NDArray[np.intp], NDArray[np.intp]]:
    """Return what stays or leaves, ship date by ship date, and cell and ship date of each shipment."""
    inputs, pools, quantity = plan.inputs, plan.inputs.pools, plan.merged.quantity
    count = len(pools.item)
    date, cell = np.nonzero(quantity)
    units, pool = quantity[date, cell], inputs.routes.pool[cell]
    total = np.bincount(supply.pool, supply.quantity, count)
    stays = np.minimum(pools.committed + pools.hold_back, total)
    parts: list[Part] = [(np.arange(count), stays, np.full(count, NOTHING))]
    for number, kept in enumerate(_kept(plan)):
        here = np.flatnonzero(date == number)
        parts += [(pool[here], units[here], here), (np.arange(count), kept, np.full(count, NOTHING))]
    return _Flow.of(*parts), cell, date


def _kept(plan: AllocationPlan) -> NDArray[np.float64]:
    """Return what sources keep of their receipts for their own demand, shape (ship dates, pools)."""
    inputs, quantity = plan.inputs, plan.merged.quantity
    kept = np.zeros((len(quantity), len(inputs.pools.item)))
    if len(quantity) < 2 or not inputs.routes.own.any() or not len(inputs.pools.receipts.day):  # noqa: PLR2004 (a next one)
        return kept
    for first, stop in blocks(inputs):
        block = AllocationBlock(inputs, plan.config, first, stop)
        for date, units in enumerate(quantity[:, block.cells]):
            before = block.taken.copy()
            block.ship(block.on_date(date), units)
            kept[date, first:stop] = block.taken - before - np.bincount(block.pool, units, stop - first)
    return kept


def _frame(
    inputs: AllocationInputs,
    cell: NDArray[np.intp],
    date: NDArray[np.intp],
    receipt: NDArray[np.int64],
    units: NDArray[np.float64],
) -> pd.DataFrame:
    pools, row, pool = inputs.pools, inputs.routes.row[cell], inputs.routes.pool[cell]
    from_stock = receipt == NOTHING
    day = np.append(pools.receipts.day, 0)[receipt]
    when = np.where(from_stock, np.datetime64("NaT"), dates(inputs, day)).astype("datetime64[ns]")
    references = np.array([*pool_references(inputs), None], dtype=object)
    kind = np.where(from_stock, 0, 1 + np.append(pools.planned, False)[receipt])
    return pd.DataFrame({
        "item": names(inputs.items, "item", inputs.item[row]),
        "source": names(inputs.locations, "location", pools.source[pool]),
        "location": names(inputs.locations, "location", inputs.location[row]),
        "date": dates(inputs, inputs.ship_days[date]), "kind": np.array(KINDS, dtype=object)[kind],
        "receipt_date": when, "reference": references[receipt], "quantity": units,
    })  # fmt: skip
