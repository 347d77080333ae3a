"""Messages of an allocation: what a planner must know beyond the numbers, each with its cell, day and one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from moselle_nb.inputs.cumulative import CumulativeDemand
from moselle_nb.plans.allocating.frames import walk
from moselle_nb.plans.allocating.notes import date_notes
from moselle_nb.plans.allocating.volume_notes import volume_messages
from moselle_nb.plans.messages import late_inbound, message_frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from numpy.typing import NDArray

    from moselle_nb.plans.allocating.block import AllocationBlock
    from moselle_nb.plans.allocating.frames import DateView
    from moselle_nb.plans.allocating.inputs import AllocationInputs
    from moselle_nb.plans.allocating.plan import AllocationPlan

__all__ = ["allocation_messages"]

Codes: TypeAlias = "NDArray[np.int32]"
Part: TypeAlias = "tuple[str, Codes, Codes, NDArray[np.int64], NDArray[np.float64], list[str]]"
"""Kind, positions of items and locations, days, units, and texts."""


def allocation_messages(plan: AllocationPlan) -> pd.DataFrame:
    """Build `AllocationPlan.messages`, sorted by item, location and date."""
    parts = [*_row_messages(plan.inputs, include_inbound=plan.config.include_inbound)]
    parts += [_counted_twice(plan.inputs, plan.config.source_demand), *volume_messages(plan)]
    for block, views in walk(plan):
        for date, view in enumerate(views):
            ships, notes = int(plan.inputs.ship_days[date]), date_notes(plan, block, date, view)
            parts += [
                _of_rows(plan.inputs, kind, block.row[of], ships, units, texts) for kind, of, units, texts in notes
            ]
        if plan.config.mode == "distribute":
            parts += _pool_messages(plan.inputs, block, views)
    kind = np.concatenate([np.full(len(part[1]), part[0], dtype=object) for part in parts])
    item, location = (np.concatenate([part[at] for part in parts]) for at in (1, 2))
    day, quantity = np.concatenate([part[3] for part in parts]), np.concatenate([part[4] for part in parts])
    text = [text for part in parts for text in part[5]]
    frame = message_frame(plan.inputs, (item, location), day, kind, quantity, text)
    return frame.iloc[np.lexsort((day, location, item))].reset_index(drop=True)


def _of_rows(
    inputs: AllocationInputs,
    kind: str,
    row: NDArray[np.intp] | NDArray[np.int64],
    day: int | NDArray[np.int64],
    quantity: NDArray[np.float64],
    texts: list[str],
) -> Part:
    days = np.broadcast_to(np.asarray(day, dtype=np.int64), len(row))
    return kind, inputs.item[row], inputs.location[row], days, quantity, texts


# Rows as a whole


def _counted_twice(inputs: AllocationInputs, source_demand: str) -> Part:
    """Tell of sources that serve, beside what they feed, a demand of their own that looks like its sum."""
    places = inputs.counted_twice.astype(np.int32)
    own = np.bincount(inputs.location[inputs.routes.row[inputs.routes.own]], minlength=len(inputs.locations))[places]
    names = inputs.locations["location"].to_numpy(dtype=object)[places]
    what = "is served first" if source_demand == "protect" else "takes its share"
    texts = [
        f"The forecast of {name} itself looks like the sum of what it feeds, yet it {what} with {count:,} "
        f'item{"" if count == 1 else "s"}: the same demand counts twice. source_demand="ignore" leaves it out.'
        for name, count in zip(names, own, strict=True)
    ]
    none, day = np.full(len(places), -1, dtype=np.int32), np.full(len(places), inputs.ship_days[0], dtype=np.int64)
    return "counted_twice", none, places, day, own.astype(np.float64), texts


def _row_messages(inputs: AllocationInputs, *, include_inbound: bool) -> Iterator[Part]:
    """Yield what is to be said of rows, whatever is shipped."""
    kind, row, day, quantity, texts = late_inbound(inputs)
    if not include_inbound:
        counted = ~np.isin(row, inputs.pools.row)
        row, day, quantity = row[counted], day[counted], quantity[counted]
        texts = [text for text, keep in zip(texts, counted, strict=True) if keep]
    yield _of_rows(inputs, kind, row, day, quantity, texts)
    first = int(inputs.ship_days[0])
    negative = np.flatnonzero(inputs.on_hand < 0)
    recorded = inputs.on_hand[negative]
    texts = [f"The stock is recorded as {units:,.0f}: it counts as 0." for units in recorded]
    yield _of_rows(inputs, "negative_stock", negative, 0, recorded, texts)
    yield _no_lane(inputs, first)
    yield _no_forecast(inputs, first)


def _no_lane(inputs: AllocationInputs, first: int) -> Part:
    """Tell which rows have a need that no lane serves: the demand of coverage that their own stock does not."""
    row, need = inputs.routes.unreached, np.zeros(0)
    if len(row):
        demand = CumulativeDemand(inputs.demand.take(row), "cut").at_rows(np.full(len(row), inputs.coverage_last + 1))
        receipts = inputs.receipts
        entry_row = np.repeat(np.arange(inputs.rows), np.diff(receipts.starts))
        inside = receipts.day <= inputs.coverage_last
        received = np.bincount(entry_row[inside], weights=receipts.quantity[inside], minlength=inputs.rows)[row]
        need = np.maximum(demand - inputs.opening[row] - received, 0.0)
    row, need = row[need > 0], need[need > 0]
    names = inputs.locations["location"].to_numpy(dtype=object)
    sources = " or ".join(names[np.unique(inputs.pools.source)])
    last = inputs.date(inputs.coverage_last)
    texts = [
        f"No lane leads here from {sources}: nothing is sent, although {units:,.0f} are needed until {last}. "
        "Add a lane, or choose another source."
        for units in np.ceil(need)
    ]
    return _of_rows(inputs, "no_lane", row, first, need, texts)


def _no_forecast(inputs: AllocationInputs, first: int) -> Part:
    routes = inputs.routes
    rows = np.unique(routes.row[~routes.own])
    rows = rows[(inputs.demand.last[rows] < 0) & ~inputs.blocked[rows]]
    minimum = np.nan_to_num(inputs.rules.presentation_minimum.values[0][rows])
    texts = [
        f"There is no forecast: only the presentation minimum of {units:,.0f} is needed."
        if units
        else "There is no forecast and no presentation minimum: nothing is needed."
        for units in minimum
    ]
    return _of_rows(inputs, "no_forecast", rows, first, minimum, texts)


# Sources


def _pool_messages(inputs: AllocationInputs, block: AllocationBlock, views: list[DateView]) -> Iterator[Part]:
    """Yield what is to be said of what sources can give."""
    names = inputs.locations["location"].to_numpy(dtype=object)
    source = names[inputs.pools.source[block.pools]]
    asks = ~block.own & ~inputs.blocked[block.row]
    yield _hold_back(inputs, block, source)
    for view in views:
        yield _no_stock(inputs, block, view, asks, source)
    yield _no_need(inputs, block, views, source)


def _of_pools(
    inputs: AllocationInputs,
    kind: str,
    pool: NDArray[np.intp],
    day: int,
    quantity: NDArray[np.float64],
    texts: list[str],
) -> Part:
    days = np.full(len(pool), day, dtype=np.int64)
    return kind, inputs.pools.item[pool], inputs.pools.source[pool], days, quantity, texts


def _hold_back(inputs: AllocationInputs, block: AllocationBlock, source: NDArray[np.object_]) -> Part:
    pools, here, first = inputs.pools, block.pools, int(inputs.ship_days[0])
    pool = np.repeat(np.arange(len(pools.item)), np.diff(pools.receipts.starts))
    landed = np.where(pools.receipts.day <= first, pools.receipts.quantity, 0.0)
    stock = pools.on_hand + np.bincount(pool, weights=landed, minlength=len(pools.item)) - pools.committed
    stock = np.maximum(stock, 0.0)[here]
    found = np.flatnonzero((pools.hold_back[here] > stock) & (stock > 0))
    texts = [
        f"The hold-back of {kept:,.0f} is more than the {units:,.0f} that {name} has: nothing is left to give."
        for kept, units, name in zip(pools.hold_back[here][found], stock[found], source[found], strict=True)
    ]
    return _of_pools(inputs, "hold_back", here.start + found, first, pools.hold_back[here][found], texts)


def _no_stock(
    inputs: AllocationInputs,
    block: AllocationBlock,
    view: DateView,
    asks: NDArray[np.bool_],
    source: NDArray[np.object_],
) -> Part:
    need = np.where(asks, view.arrays.need, 0.0)[block.taker]
    by_pool = np.bincount(block.pool, weights=need, minlength=len(source))
    locations = np.bincount(block.pool[need > 0], minlength=len(source))
    found = np.flatnonzero((view.available <= 0) & (by_pool > 0))
    day = int(inputs.ship_days[view.arrays.date])
    texts = [
        f"{name} has nothing to give on {inputs.date(day)}: {units:,.0f} are needed at {count:,.0f} "
        f"location{'' if count == 1 else 's'}."
        for name, units, count in zip(source[found], np.ceil(by_pool[found]), locations[found], strict=True)
    ]
    return _of_pools(inputs, "no_stock", block.pools.start + found, day, by_pool[found].astype(np.float64), texts)


def _no_need(
    inputs: AllocationInputs, block: AllocationBlock, views: list[DateView], source: NDArray[np.object_]
) -> Part:
    """Tell of items that nobody needs on any ship date, and that nobody gets all the same."""
    need = np.sum([view.arrays.need + view.received for view in views], axis=0)
    of_item = np.bincount(block.item, weights=need, minlength=len(block.items))
    found = np.flatnonzero((of_item <= 0)[block.item_of_pool])
    there = views[0].available[found]
    texts = [
        f"No location needs any of it: the {units:,.0f} that {name} could give stay there."
        for units, name in zip(there, source[found], strict=True)
    ]
    return _of_pools(inputs, "no_need", block.pools.start + found, int(inputs.ship_days[0]), there, texts)
