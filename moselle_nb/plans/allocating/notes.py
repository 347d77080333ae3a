"""Notes on one ship date of an allocation: what locations do not get, and why, each in one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from moselle_nb.engines.sharing_claims import (
    BELOW_TRANSFER_MINIMUM,
    CAPACITY,
    NO_VALUE,
    PACK_EXCEEDS_STOCK,
)
from moselle_nb.plans.allocating.rebalancing import DOES_NOT_PAY
from moselle_nb.plans.allocating.volume import VOLUME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from moselle_nb.plans.allocating.block import AllocationBlock
    from moselle_nb.plans.allocating.frames import DateView
    from moselle_nb.plans.allocating.plan import AllocationPlan

__all__ = ["Note", "date_notes", "lost_before_inflow"]

CENT = 0.005

Note: TypeAlias = "tuple[str, NDArray[np.intp], NDArray[np.float64], list[str]]"
"""Kind, takers of the block by position, units, and texts."""


@dataclass(frozen=True, eq=False)
class _Date:
    """What notes speak of, by taker."""

    block: AllocationBlock
    view: DateView
    short: NDArray[np.float64]
    stopped: NDArray[np.int8]
    edited: NDArray[np.bool_]
    blocked: NDArray[np.bool_]
    source: NDArray[np.object_]
    left: NDArray[np.float64]
    pool_left: NDArray[np.float64]


def date_notes(plan: AllocationPlan, block: AllocationBlock, date: int, view: DateView) -> Iterator[Note]:
    """Yield what is to be said of the takers of a block on one ship date."""
    inputs, best = plan.inputs, block.best_cell
    pool = block.pool[best]
    sent = np.bincount(block.pool, weights=plan.merged.quantity[date, block.cells], minlength=len(view.available))
    names = inputs.locations["location"].to_numpy(dtype=object)
    now = _Date(
        block, view, view.arrays.need - view.received, plan.merged.stopped[date, block.cells][best],
        np.bincount(block.taker[plan.edited[date, block.cells]], minlength=len(block.row)) > 0,
        inputs.blocked[block.row], names[inputs.pools.source[block.pools][pool]], (view.available - sent)[pool],
        view.available - sent,
    )  # fmt: skip
    yield _blocked(now)
    yield _empty_window(now)
    yield from _lacking(now)
    yield _presentation(now)
    yield _runs_out(now)


def _blocked(now: _Date) -> Note:
    found = np.flatnonzero(now.blocked & (now.view.arrays.need > 0))
    need = now.view.arrays.need[found]
    return (
        "blocked",
        found,
        need,
        [f"The item is blocked: nothing is moved, {units:,.0f} are needed." for units in need],
    )


def _empty_window(now: _Date) -> Note:
    arrays, inputs = now.view.arrays, now.block.inputs
    empty = (arrays.stop <= arrays.arrival) & (now.block.demand.last >= 0) & ~now.blocked
    found, last = np.flatnonzero(empty), len(inputs.ship_days) - 1
    end = f"after coverage ended on {inputs.date(inputs.coverage_last)}"
    why = end if arrays.date == last else "no earlier than the next shipment"
    texts = [
        f"What leaves on {inputs.date(inputs.ship_days[arrays.date])} arrives on {inputs.date(arrival)}, {why}: "
        "only the presentation minimum is needed."
        for arrival in arrays.arrival[found]
    ]
    return "empty_window", found, np.zeros(len(found)), texts


def _lacking(now: _Date) -> Iterator[Note]:
    """Yield why takers get less than they need."""
    lacking = ~now.blocked & (now.short > 0)
    yield "short", *_short(now, lacking & now.edited, "An edit gives {got:,.0f} of the {need:,.0f} needed")
    lacking &= ~now.edited
    yield _capacity(now, lacking & (now.stopped == CAPACITY))
    lacking &= now.stopped != VOLUME
    yield _below_minimum(now, lacking & (now.stopped == BELOW_TRANSFER_MINIMUM))
    yield _pack(now, lacking & (now.stopped == PACK_EXCEEDS_STOCK))
    yield "short", *_short(
        now, lacking & (now.stopped == NO_VALUE),
        "Another pack is expected to earn less than it costs: {got:,.0f} of the {need:,.0f} needed are sent",
    )  # fmt: skip
    if now.block.config.mode == "rebalance":
        yield _does_not_pay(now, lacking & (now.stopped == DOES_NOT_PAY))
        lacking &= now.stopped != DOES_NOT_PAY
    explained = np.isin(now.stopped, [CAPACITY, BELOW_TRANSFER_MINIMUM, PACK_EXCEEDS_STOCK, NO_VALUE])
    text = "{source} has too little: {got:,.0f} of the {need:,.0f} needed are sent"
    yield "short", *_short(now, lacking & ~explained, text)


def _short(now: _Date, chosen: NDArray[np.bool_], text: str) -> tuple[NDArray[np.intp], NDArray[np.float64], list[str]]:
    found = np.flatnonzero(chosen)
    short, received, need = now.short[found], now.view.received[found], now.view.arrays.need[found]
    texts = [
        f"{text.format(source=source, got=got, need=wanted)}, {missing:,.0f} are missing."
        for source, got, wanted, missing in zip(now.source[found], received, np.ceil(need), np.ceil(short), strict=True)
    ]
    return found, short, texts


def _capacity(now: _Date, chosen: NDArray[np.bool_]) -> Note:
    found, arrays = np.flatnonzero(chosen), now.view.arrays
    largest = now.block.rule("max_stock")[found]
    texts = []
    for taker, most, short in zip(found, largest, np.ceil(now.short[found]), strict=True):
        stock, room, day = (
            arrays.stock[taker],
            np.floor(arrays.room[taker]),
            now.block.inputs.date(arrays.arrival[taker]),
        )
        full = f"The stock of {stock:,.0f} on {day} is at or above the maximum stock of {most:,.0f}: nothing is sent"
        some = f"The maximum stock of {most:,.0f} has room for {room:,.0f} on {day}"
        texts.append(f"{some if room > 0 else full}, {short:,.0f} of what is needed are missing.")
    return "capacity", found, now.short[found], texts


def _below_minimum(now: _Date, chosen: NDArray[np.bool_]) -> Note:
    found = np.flatnonzero(chosen)
    least = now.block.inputs.routes.minimum[now.block.cells][now.block.best_cell][found]
    need = now.view.arrays.need[found]
    texts = [
        f"The {units:,.0f} needed are below the transfer minimum of {minimum:,.0f}: nothing is sent."
        for units, minimum in zip(np.ceil(need), least, strict=True)
    ]
    return "below_transfer_minimum", found, now.short[found], texts


def _pack(now: _Date, chosen: NDArray[np.bool_]) -> Note:
    found = np.flatnonzero(chosen)
    routes, cells, best = now.block.inputs.routes, now.block.cells, now.block.best_cell
    first = np.where(now.view.received > 0, routes.pack[cells][best], routes.minimum[cells][best])[found]
    texts = [
        f"The next pack of {size:,.0f} is more than the {left:,.0f} that {source} has left: {short:,.0f} of what is "
        "needed are missing."
        for size, left, source, short in zip(
            first, now.left[found], now.source[found], np.ceil(now.short[found]), strict=True
        )
    ]
    return "pack_exceeds_stock", found, now.short[found], texts


def _does_not_pay(now: _Date, chosen: NDArray[np.bool_]) -> Note:
    """Tell of needs that no move serves: what the best one would gain, and what a move has to."""
    found, asked = np.flatnonzero(chosen), now.block.config.min_gain
    gain = _best_gain(now)[found]
    texts = []
    for best, missing in zip(gain, np.ceil(now.short[found]), strict=True):
        if np.isneginf(best):
            why = "What other locations can spare is no whole transfer that fits here"
        elif best > asked + CENT:
            why = f"One more move would gain {best:,.2f}, but the time for the solver ended or another move gains more"
        else:
            what = f"{'lose' if best < 0 else 'gain'} {abs(best):,.2f}"
            why = f"No move pays: the best would {what} after its cost, and a move has to gain {asked:,.2f}"
        texts.append(f"{why}; {missing:,.0f} of what is needed are missing.")
    return "does_not_pay", found, now.short[found], texts


def _best_gain(now: _Date) -> NDArray[np.float64]:
    """Return what one more move to each taker gains at most, in currency; minus infinity where there is none.

    Margin of the need that it serves, less the cost of the lane: best for the most packs within the need, or one more.
    """
    block, routes, cells = now.block, now.block.inputs.routes, now.block.cells
    taker, pack, least = block.taker, routes.pack[cells], routes.minimum[cells]
    short, margin = np.maximum(now.short, 0.0)[taker], block.inputs.margin[block.row][taker]
    room = np.minimum(now.view.arrays.room - now.view.received, np.inf)[taker]
    most = np.minimum(now.pool_left[block.pool], np.maximum(room, 0.0))
    best = np.full(len(block.row), -np.inf)
    for units in (np.floor(short / pack) * pack, np.ceil(short / pack) * pack):
        lot = np.maximum(np.minimum(units, np.floor(most / pack) * pack), least)
        gain = margin * np.minimum(lot, short) - routes.unit_cost[cells] * lot
        np.maximum.at(best, taker, np.where(lot <= most, gain, -np.inf))
    return best


def _presentation(now: _Date) -> Note:
    """Tell where less than the presentation minimum will be on the shelf."""
    there = now.view.arrays.stock + now.view.received
    minimum = now.block.rule("presentation_minimum")
    found = np.flatnonzero(~now.blocked & (there < minimum))
    texts = [
        f"The presentation minimum is {least:,.0f}: {units:,.0f} will be there, {least - units:,.0f} are missing. "
        "Minimums are served by priority, then lowest share first."
        for least, units in zip(minimum[found], np.floor(there[found]), strict=True)
    ]
    return "presentation_short", found, (minimum - there)[found], texts


def _runs_out(now: _Date) -> Note:
    """Tell where need is met, but an inflow that it counts comes after the stock is gone."""
    lost = np.where(now.blocked | (now.short > 0), 0.0, lost_before_inflow(now.block, now.view))
    found = np.flatnonzero(lost > 0)
    cover, inflow = now.view.cover_after[found], now.view.arrays.inflow[found]
    texts = [
        f"Stock lasts {days:,.1f} days from {now.block.inputs.date(arrival)}; need counts the {units:,.0f} that come "
        f"later in the window, but {missing:,.1f} of demand are lost before them."
        for days, arrival, units, missing in zip(
            cover, now.view.arrays.arrival[found], inflow, lost[found], strict=True
        )
    ]
    return "runs_out_before_inflow", found, lost[found], texts


def lost_before_inflow(block: AllocationBlock, view: DateView) -> NDArray[np.float64]:
    """Return the demand that each taker loses inside its window before a receipt of that window comes, in units.

    With flow the demand less receipts since the arrival, what is lost is by how much the highest flow just before a
    receipt exceeds the stock with what was sent.
    """
    arrays, events = view.arrays, block.inside(view.arrays)
    lost = np.zeros(len(block.row))
    if events is None:
        return lost
    column = events.column
    flow = block.cumulative.at_rows(events.day, column) - block.cumulative.at_rows(arrays.arrival[column], column)
    np.maximum.at(lost, column, flow - events.before - (arrays.stock + view.received)[column])
    return lost
