"""Messages on volume: what went back from locations that are full, and which of them stay too full."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.plans.allocating.volume import limited_cells, volume_limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from moselle_nb.plans.allocating.plan import AllocationPlan
    from moselle_nb.plans.allocating.volume import VolumeLimits

    Part = tuple[str, NDArray[np.int32], NDArray[np.int32], NDArray[np.int64], NDArray[np.float64], list[str]]

__all__ = ["volume_before", "volume_messages"]

MOST_NAMES = 5
NONE = -1


def volume_messages(plan: AllocationPlan) -> Iterator[Part]:
    """Yield kind, positions of items and locations, days, units and texts; nothing where no location has a capacity."""
    limits = volume_limits(plan.inputs)
    if limits is not None:
        yield _given_back(plan, limits)
        yield _too_full(plan, limits)
        yield _no_volume(plan, limits)


def volume_before(plan: AllocationPlan, limits: VolumeLimits) -> NDArray[np.float64]:
    """Return the volume that would be at each location if nothing went back, shape (ship dates, locations)."""
    inputs, back = plan.inputs, plan.merged.given_back
    assert plan.volume is not None  # noqa: S101 (there are limits)
    assert back is not None  # noqa: S101 (there are limits)
    found = plan.volume.copy()
    date, cell = np.nonzero(back)
    row = inputs.routes.row[cell]
    volume = back[date, cell] * limits.volume[inputs.item[row]]
    np.add.at(found, (date, limits.column[inputs.location[row]]), volume)
    return found


def _given_back(plan: AllocationPlan, limits: VolumeLimits) -> Part:
    inputs, back = plan.inputs, plan.merged.given_back
    assert back is not None  # noqa: S101 (there are limits)
    date, cell = np.nonzero(back)
    row, pool = inputs.routes.row[cell], inputs.routes.pool[cell]
    names = inputs.locations["location"].to_numpy(dtype=object)
    column, would = limits.column[inputs.location[row]], volume_before(plan, limits)
    texts = [
        f"{units:,.0f} go back to {names[inputs.pools.source[of]]}, packs of the longest cover first: {names[place]} "
        f"takes {limits.capacity[at]:,.6g} in volume, and {would[when, at]:,.6g} would be there."
        for units, of, place, at, when in zip(back[date, cell], pool, inputs.location[row], column, date, strict=True)
    ]
    return "over_volume", inputs.item[row], inputs.location[row], inputs.ship_days[date], back[date, cell], texts


def _too_full(plan: AllocationPlan, limits: VolumeLimits) -> Part:
    """Tell which locations stay too full: their own stock or edits alone exceed what they hold."""
    inputs, back = plan.inputs, plan.merged.given_back
    assert plan.volume is not None  # noqa: S101 (there are limits)
    assert back is not None  # noqa: S101 (there are limits)
    date, column = np.nonzero(plan.volume > limits.most)
    row = inputs.routes.row
    at = limits.column[inputs.location[row]]
    has_volume = limits.volume[inputs.item[row]] > 0
    units, texts = np.zeros(len(date)), []
    for place, (when, of) in enumerate(zip(date, column, strict=True)):
        units[place] = back[when, at == of].sum()
        edits = (at == of) & plan.edited[when] & (plan.merged.quantity[when] > 0) & has_volume
        texts.append(
            f"On the arrival of what leaves on {inputs.date(int(inputs.ship_days[when]))} there are "
            f"{plan.volume[when, of]:,.6g} in volume, {limits.capacity[of]:,.6g} fit: {units[place]:,.0f} units went "
            f"back, what stays is {_why(plan, np.flatnonzero(edits))}."
        )
    none = np.full(len(date), NONE, dtype=np.int32)
    places = limits.location[column].astype(np.int32)
    return "over_volume", none, places, inputs.ship_days[date], units, texts


def _why(plan: AllocationPlan, edits: NDArray[np.intp]) -> str:
    """Say what cannot go back: stock, and edits by name."""
    if not len(edits):
        return "its own stock and receipts"
    keys = [f"{item} from {source}" for item, source, _ in map(plan.key_of, edits[:MOST_NAMES].tolist())]
    more = f" and {len(edits) - MOST_NAMES:,} more" if len(edits) > MOST_NAMES else ""
    return f"its own stock and receipts, and edits: {', '.join(keys)}{more}"


def _no_volume(plan: AllocationPlan, limits: VolumeLimits) -> Part:
    """Tell once of the items whose volume nobody knows."""
    inputs, routes = plan.inputs, plan.inputs.routes
    cells = limited_cells(inputs, limits, slice(0, routes.cells))
    known = ~np.isnan(inputs.items["volume"].to_numpy(dtype=np.float64))
    items = np.unique(inputs.item[routes.row[cells]])
    unknown = items[~known[items]]
    count, keys = len(unknown), inputs.items["item"].to_numpy(dtype=object)
    named = ", ".join(map(str, keys[unknown[:MOST_NAMES]]))
    more = f" and {count - MOST_NAMES:,} more" if count > MOST_NAMES else ""
    text = (
        f"{count:,} item{'' if count == 1 else 's'} without a volume count{'s' if count == 1 else ''} as 0 where "
        f"locations hold only so much: {named}{more}."
    )
    said = min(count, 1)
    none, day = np.full(said, NONE, dtype=np.int32), np.full(said, inputs.ship_days[0], dtype=np.int64)
    return "no_volume", none, none, day, np.full(said, float(count)), [text] * said
