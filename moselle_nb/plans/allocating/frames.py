"""Frames of an allocation: the views of a plan, built when they are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from moselle_nb.plans.allocating.block import AllocationBlock
from moselle_nb.plans.allocation import BLOCK_CELLS, AllocationArrays, blocks
from moselle_nb.plans.frames import dates, names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from moselle_nb.engines.runout import RunoutCover
    from moselle_nb.plans.allocating.block import DateArrays
    from moselle_nb.plans.allocating.inputs import AllocationInputs
    from moselle_nb.plans.allocating.plan import AllocationPlan

REASONS = (
    "need_met",
    "no_stock_left",
    "capacity",
    "below_transfer_minimum",
    "pack_exceeds_stock",
    "no_value",
    "does_not_pay",
    "volume",
)
"""Why a cell got no more, by the engine's code."""

LINE_COLUMNS = ("item", "source", "location", "date", "arrival_date", "available", "on_hand", "in_transit", "demand",
                "need", "suggested_quantity", "allocated", "edited", "cover_before", "cover_after",
                "reason")  # fmt: skip


@dataclass(frozen=True, eq=False)
class DateView:
    """A ship date of a block as it was before its goods left.

    Parameters
    ----------
    block
        Whose takers and pools these are.
    arrays
        What takers had and needed.
    available
        Units that each pool of the block could give.
    received
        What takers receive, in units.
    cover
        For how many days stock lasts from the day of arrival on.
    """

    block: AllocationBlock
    arrays: DateArrays
    available: NDArray[np.float64]
    received: NDArray[np.float64]
    cover: RunoutCover

    @cached_property
    def cover_before(self) -> NDArray[np.float64]:
        """Days that the stock of takers lasts from the day of arrival on, without what they receive."""
        return self._days(self.arrays.stock)

    @cached_property
    def cover_after(self) -> NDArray[np.float64]:
        """The same with it."""
        return self._days(self.arrays.stock + self.received)

    def _days(self, units: NDArray[np.float64]) -> NDArray[np.float64]:
        block = self.block
        return self.cover.days(block.dense(units, 0.0))[block.item, block.column]


def walk(
    plan: AllocationPlan, items: NDArray[np.integer[Any]] | None = None
) -> Iterator[tuple[AllocationBlock, list[DateView]]]:
    """Yield blocks of the plan, or of some items by position, with a view of every ship date."""
    inputs = plan.inputs
    spans = blocks(inputs) if items is None else _spans(inputs, items)
    for first, stop in spans:
        block = AllocationBlock(inputs, plan.config, first, stop)
        views, quantity = [], outcome_of(plan, block).quantity
        for date, sent in enumerate(quantity):
            arrays = block.on_date(date)
            received = block.received(sent)
            views.append(DateView(block, arrays, block.available(date), received, block.cover(arrays)))
            block.ship(arrays, sent)
        yield block, views


def outcome_of(plan: AllocationPlan, block: AllocationBlock) -> AllocationArrays:
    """Return the outcome of a block with its edits, at the cost of the block."""
    found, edited = plan.arrays.cells(block.cells), [item for item in block.items.tolist() if item in plan.changed]
    if not edited:
        return found
    found = AllocationArrays(**{name: values.copy() for name, values in found.parts})
    for item in edited:
        at = plan.cells_of(item)
        here = slice(at.start - block.cells.start, at.stop - block.cells.start)
        for name, values in plan.changed[item].parts:
            getattr(found, name)[:, here] = values
    return found


def _spans(inputs: AllocationInputs, items: NDArray[np.integer[Any]]) -> Iterator[tuple[int, int]]:
    """Yield the first pool and the one after the last of some items; neighbours together, as far as a block goes."""
    pools = np.stack([np.searchsorted(inputs.pools.item, np.unique(items), side) for side in ("left", "right")], axis=1)
    cells = np.searchsorted(inputs.routes.pool, pools)
    first = last = cell = -1
    for (begin, end), (low, high) in zip(pools.tolist(), cells.tolist(), strict=True):
        if begin != last or high - cell > BLOCK_CELLS:
            if last > first:
                yield first, last
            first, cell = begin, low
        last = end
    if last > first:
        yield first, last


def lines(plan: AllocationPlan, items: NDArray[np.integer[Any]] | None = None) -> pd.DataFrame:
    """Build `AllocationPlan.lines`, of all items or of some."""
    parts: list[dict[str, NDArray[Any]]] = []
    for block, views in walk(plan, items):
        taker, cells = block.taker, np.arange(block.cells.start, block.cells.stop)
        outcome = outcome_of(plan, block)
        for date, view in enumerate(views):
            arrays, stopped = view.arrays, outcome.stopped[date]
            parts.append({
                "cell": cells, "date": np.full(len(cells), date), "available": view.available[block.pool],
                "on_hand": arrays.stock[taker], "in_transit": arrays.inflow[taker], "demand": arrays.demand[taker],
                "need": arrays.need[taker], "suggested_quantity": outcome.suggested[date],
                "allocated": outcome.quantity[date], "edited": plan.edited[date, block.cells],
                "cover_before": view.cover_before[taker], "cover_after": view.cover_after[taker],
                "reason": reasons(arrays.need[taker], stopped, plan.inputs.blocked[block.row[taker]]),
            })  # fmt: skip
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]} if parts else _none()
    order = np.lexsort((columns["date"], columns["cell"]))
    columns = {name: values[order] for name, values in columns.items()}
    return _keyed(plan, columns.pop("cell"), columns.pop("date"), columns)


def _none() -> dict[str, NDArray[Any]]:
    whole = np.zeros(0, dtype=np.int64)
    found: dict[str, NDArray[Any]] = {name: np.zeros(0) for name in LINE_COLUMNS[5:]}
    return {"cell": whole, "date": whole, **found, "edited": np.zeros(0, dtype=bool), "reason": np.zeros(0, object)}


def _keyed(
    plan: AllocationPlan, cell: NDArray[np.int64], date: NDArray[np.int64], columns: dict[str, NDArray[Any]]
) -> pd.DataFrame:
    inputs, routes = plan.inputs, plan.inputs.routes
    row, pool = routes.row[cell], routes.pool[cell]
    return pd.DataFrame({
        "item": names(inputs.items, "item", inputs.item[row]),
        "source": names(inputs.locations, "location", inputs.pools.source[pool]),
        "location": names(inputs.locations, "location", inputs.location[row]),
        "date": dates(inputs, inputs.ship_days[date]),
        "arrival_date": dates(inputs, routes.arrival[date, cell]),
        **columns,
    })  # fmt: skip


def reasons(need: NDArray[np.float64], stopped: NDArray[np.int8], blocked: NDArray[np.bool_]) -> NDArray[np.object_]:
    """Say in a word why a cell got what it got."""
    words = np.array(REASONS, dtype=object)[stopped]
    words[(need <= 0) & (stopped == 0)] = "no_need"
    words[blocked] = "blocked"
    return words


SUMMARY_COLUMNS = ("item", "name", "product_line", "grade", "variability", "on_hand", "landed", "committed",
                   "held_back", "available", "allocated", "left", "need", "short", "locations_short", "lowest_cover",
                   "highest_cover", "value")  # fmt: skip


def figures(plan: AllocationPlan) -> pd.DataFrame:
    """Return the figures of every cell over all ship dates: need, short and cover after the last shipment."""
    parts = []
    for block, views in walk(plan):
        need = np.sum([view.arrays.need for view in views], axis=0)
        short = np.sum([np.maximum(view.arrays.need - view.received, 0.0) for view in views], axis=0)
        received = np.sum([view.received for view in views], axis=0)
        parts.append(pd.DataFrame({
            "item": plan.inputs.item[block.row], "location": plan.inputs.location[block.row], "row": block.row,
            "need": need, "received": received, "short": short, "cover": views[-1].cover_after, "own": block.own,
        }))  # fmt: skip
    columns = ["item", "location", "row", "need", "received", "short", "cover", "own"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({name: [] for name in columns})


def summary(plan: AllocationPlan) -> pd.DataFrame:
    """Build `AllocationPlan.summary`: what each item has, gives and leaves."""
    inputs, pools = plan.inputs, plan.inputs.pools
    items = np.unique(pools.item)
    place = np.searchsorted(items, pools.item)

    def total(values: NDArray[Any], where: NDArray[np.int64] = place) -> NDArray[np.float64]:
        return np.bincount(where, weights=values, minlength=len(items)).astype(np.float64)

    cells = plan.figures
    of = np.searchsorted(items, cells["item"].to_numpy(np.int64))
    landed = np.where(pools.receipts.day <= inputs.ship_days[-1], pools.receipts.quantity, 0.0)
    pool_of = np.repeat(np.arange(len(pools.item)), np.diff(pools.receipts.starts))
    landed = np.bincount(pool_of, weights=landed, minlength=len(pools.item))
    available = np.floor(np.maximum(pools.on_hand + landed - pools.committed - pools.hold_back, 0.0))
    given = plan.merged.quantity.sum(axis=0)
    allocated = np.bincount(inputs.routes.pool, weights=given, minlength=len(pools.item))
    needy = cells["need"].to_numpy() > 0
    lowest = np.full(len(items), np.nan)
    highest = np.full(len(items), np.nan)
    np.fmin.at(lowest, of[needy], cells["cover"].to_numpy()[needy])
    np.fmax.at(highest, of[needy], cells["cover"].to_numpy()[needy])
    unit_cost = inputs.unit_cost[inputs.routes.row]
    cell_item = np.searchsorted(items, pools.item[inputs.routes.pool])
    return pd.DataFrame({
        "item": names(inputs.items, "item", items), "name": names(inputs.items, "name", items),
        "product_line": names(inputs.items, "product_line", items), "grade": names(inputs.items, "grade", items),
        "variability": names(inputs.items, "variability", items),
        "on_hand": total(pools.on_hand), "landed": total(landed), "committed": total(pools.committed),
        "held_back": total(pools.hold_back), "available": total(available), "allocated": total(allocated),
        "left": total(available - allocated), "need": total(cells["need"].to_numpy(), of),
        "short": total(cells["short"].to_numpy(), of),
        "locations_short": total((cells["short"] >= 1).to_numpy(), of).astype(np.int64),
        "lowest_cover": lowest, "highest_cover": highest,
        "value": total(np.where(inputs.routes.own, 0.0, given) * np.nan_to_num(unit_cost), cell_item),
    })  # fmt: skip


def by_location(plan: AllocationPlan) -> pd.DataFrame:
    """Build `AllocationPlan.by_location`: what each location needs, gets and still lacks, over all items."""
    cells, inputs = plan.figures, plan.inputs
    grouped = cells.assign(items=1, items_short=cells["short"] >= 1).groupby("location", sort=True)
    found = grouped[["items", "need", "received", "short", "items_short"]].sum()
    codes = found.index.to_numpy(np.int64)
    lowest = cells[cells["need"] > 0].groupby("location")["cover"].min().reindex(codes)
    return pd.DataFrame({
        "location": names(inputs.locations, "location", codes), "name": names(inputs.locations, "name", codes),
        "kind": names(inputs.locations, "kind", codes),
        "priority": inputs.locations["priority"].to_numpy(np.float64)[codes],
        "items": found["items"].to_numpy(np.int64), "need": found["need"].to_numpy(),
        "allocated": found["received"].to_numpy(), "short": found["short"].to_numpy(),
        "items_short": found["items_short"].to_numpy(np.int64), "lowest_cover": lowest.to_numpy(),
    })  # fmt: skip
