"""The rules of an allocation plan by name, and what a plan shows, laid out by ship date and cell."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.plans.allocating.inputs import AllocationInputs
    from moselle_nb.plans.checker.report import Findings

__all__ = ["RULES", "CellNames", "ShownLines", "lay_out_lines"]

RULES = MappingProxyType({
    "ship dates": "goods leave on the configured days, none before the stock count",
    "arrival dates": "goods arrive after the lane's lead time, once the location is open",
    "line keys": "every item, source, location and ship date stands once, and nothing else",
    "demand": "demand is the forecast of the window, from this arrival to the day before the next",
    "stock at arrival": "on hand is the stock at the opening of the arrival day, after demand and receipts until then",
    "in transit": "in transit is what else is received inside the window",
    "need": "need is demand and safety stock less stock and receipts, at least up to the presentation minimum",
    "available": "on hand and landed, less committed, held back, shipped earlier and kept for the source itself",
    "hold-back": "a source holds back what its row or the configuration says",
    "whole quantities": "allocations and suggestions are whole units from 0 on",
    "conservation": "no source gives more than is available",
    "capacity": "stock and receipts of the arrival day and the allocation stay within the maximum stock",
    "volume": "no location with a capacity holds more than that, unless its own stock and edits alone do",
    "given back": "packs went back from locations that are full by the longest cover, no more than had to",
    "packs": "what arrives over a lane is whole packs, unless an edit was forced",
    "transfer minimum": "a transfer is at least the lane's minimum, unless an edit was forced",
    "blocked items": "blocked items are not shipped, but by an edit",
    "no more than need": "a suggestion is at most the need, rounded up to packs, unless goods are pushed",
    "protected demand": "a source whose demand is protected keeps its need before all others",
    "presentation": "presentation minimums come first, by priority, then the lowest share of it",
    "rule": "no pack went to a location while another came first by the plan's rule and could take it",
    "shares": "under proportional each location is within a pack of its share, where packs are equal",
    "nothing left behind": "nothing stays at a source that a location needs, could take and is worth sending",
    "cover": "cover before and after is a walk from the arrival day on over demand and receipts",
    "edits": "what is marked as edited holds the last edit in force, every edit is there, a forced one with its reason",
    "suggestions stand": "what no edit touches holds the suggestion",
    "pegging": "every allocated unit is pegged once, to stock or to a receipt that has landed",
    "supply": "no stock and no receipt gives more than it has",
    "summary": "the summary adds up stock, allocations, need and value of each item, and has each item once",
    "by location": "the totals by location are those of the lines",
})  # fmt: skip
"""Name of each rule and what it demands, in the order in which they are reported."""

NUMBERS = ("available", "on_hand", "in_transit", "demand", "need", "suggested_quantity", "allocated", "edited",
           "cover_before", "cover_after")  # fmt: skip


class CellNames:
    """Cells of a plan by item, source and location."""

    def __init__(self, inputs: AllocationInputs) -> None:
        self._items, self._places = pd.Index(inputs.items["item"]), pd.Index(inputs.locations["location"])
        row, pool = inputs.routes.row, inputs.routes.pool
        keys = self._key(inputs.item[row], inputs.pools.source[pool], inputs.location[row])
        self._order = np.argsort(keys, kind="stable")
        self._keys = keys[self._order]

    def _key(self, *codes: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
        item, source, location = (code.astype(np.int64) for code in codes)
        key = (item * len(self._places) + source) * len(self._places) + location
        return np.where((item < 0) | (source < 0) | (location < 0), -1, key)

    def cells(self, items: pd.Series, sources: pd.Series, locations: pd.Series) -> NDArray[np.int64]:
        """Return the cell of each key; -1 where the plan has none."""
        codes = (
            index.get_indexer(pd.Index(values))
            for index, values in ((self._items, items), (self._places, sources), (self._places, locations))
        )
        wanted = self._key(*codes)
        if not len(self._keys):
            return np.full(len(wanted), -1, dtype=np.int64)
        place = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1)
        return np.where(self._keys[place] == wanted, self._order[place], -1).astype(np.int64)


@dataclass(frozen=True, eq=False)
class ShownLines:
    """What a plan shows, shape (ship dates, cells).

    Parameters
    ----------
    numbers
        Column to values; NaN where there is not just one line.
    once
        Where there is just one line.
    arrival
        Arrival days from `as_of`.
    gave_back
        Where packs are said to have gone back because the location is full by volume.
    """

    numbers: dict[str, NDArray[np.float64]]
    once: NDArray[np.bool_]
    arrival: NDArray[np.int64]
    gave_back: NDArray[np.bool_]

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        """Return a column."""
        return self.numbers[name]


def day_numbers(inputs: AllocationInputs, dates: pd.Series) -> NDArray[np.int64]:
    """Return dates as days from `as_of`; -1 for none."""
    date = dates.to_numpy(dtype="datetime64[D]")
    return np.where(np.isnat(date), -1, (date - inputs.as_of).astype(np.int64))


def lay_out_lines(
    findings: Findings, inputs: AllocationInputs, frame: pd.DataFrame, names: CellNames, ship_days: NDArray[np.int64]
) -> ShownLines:
    """Lay the lines out, and verify that each stands once."""
    shape = len(ship_days), inputs.routes.cells
    cell = names.cells(frame["item"], frame["source"], frame["location"])
    day = day_numbers(inputs, frame["date"])
    date = np.minimum(np.searchsorted(ship_days, day), len(ship_days) - 1)
    known = (cell >= 0) & (ship_days[date] == day)
    row = np.where(cell >= 0, inputs.routes.row[np.maximum(cell, 0)], -1) if shape[1] else np.full(len(cell), -1)
    findings.require("line keys", (row, day), known, "a cell and a ship date of the plan", "neither", only=~known)
    at = date[known], cell[known]
    count = np.zeros(shape, dtype=np.int64)
    np.add.at(count, at, 1)
    findings.compare("line keys", (inputs.routes.row, ship_days[:, None]), 1, count)
    numbers = {name: np.full(shape, np.nan) for name in NUMBERS}
    for name, values in numbers.items():
        values[at] = frame[name].to_numpy(dtype=np.float64)[known]
    arrival = np.full(shape, -1, dtype=np.int64)
    arrival[at] = day_numbers(inputs, frame["arrival_date"])[known]
    gave_back = np.zeros(shape, dtype=bool)
    gave_back[at] = (frame["reason"] == "volume").to_numpy()[known]
    return ShownLines(numbers, count == 1, arrival, gave_back)
