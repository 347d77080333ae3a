"""The checker's rules on volume: no location holds more than it can, and packs of the longest cover went back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from moselle_nb.plans.checker.days import GRID, daily_demand, grid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.plans.allocating.config import AllocationConfig
    from moselle_nb.plans.allocating.inputs import AllocationInputs
    from moselle_nb.plans.checker.allocation_days import Block, Moment
    from moselle_nb.plans.checker.report import Findings

__all__ = ["CheckedVolume"]

SMALL = 1e-9
"""Part of a capacity, and days of cover, by which sums and quotients may differ."""


@dataclass
class _Place:
    """A location on a ship date: volume there, one of its rows, covers of what stays, and what went back last."""

    level: float = 0.0
    row: int = -1
    stays: list[tuple[float, int]] = field(default_factory=list)
    went: list[tuple[float, float, int]] = field(default_factory=list)


class CheckedVolume:
    """Volumes at locations with a capacity, added up block by block.

    Parameters
    ----------
    inputs, config
        What the plan is made of.
    ship_days
        The checker's own.
    """

    def __init__(self, inputs: AllocationInputs, config: AllocationConfig, ship_days: NDArray[np.int64]) -> None:
        self.inputs, self.ship_days = inputs, ship_days
        places = inputs.locations
        none = np.full(len(places), np.nan)
        self.capacity = places["capacity_volume"].to_numpy(np.float64) if "capacity_volume" in places else none
        self.places: dict[tuple[int, int], _Place] = {}
        if np.isnan(self.capacity).all():
            return
        self.volume = np.nan_to_num(inputs.items["volume"].to_numpy(np.float64))
        for date in range(len(ship_days)):
            for code in np.flatnonzero(~np.isnan(self.capacity)).tolist():
                self.places[date, code] = _Place()
        if config.mode == "rebalance":
            self._lies_there(config)

    def _lies_there(self, config: AllocationConfig) -> None:
        """Add what lies at locations of rows that receive nothing, walked to the day of the moves."""
        inputs, day = self.inputs, int(self.ship_days[0])
        limited = ~np.isnan(self.capacity[inputs.location])
        limited[inputs.routes.row] = False
        rows = np.flatnonzero(limited)
        stock = grid(inputs.opening[rows])
        daily = daily_demand(cast("Any", inputs), cast("Any", config), rows, day + 1)
        received = np.zeros((day + 1, len(rows)), dtype=np.int64)
        for column, row in enumerate(rows.tolist()):
            for entry in range(*inputs.receipts.starts[row : row + 2].tolist()):
                if inputs.receipts.day[entry] <= day:
                    received[inputs.receipts.day[entry], column] += int(grid(inputs.receipts.quantity[entry]))
        for number in range(day):
            stock = np.maximum(stock + received[number] - daily[number], 0)
        for row, units in zip(rows.tolist(), (stock + received[day]) / GRID, strict=True):
            self.places[0, int(inputs.location[row])].level += float(self.volume[inputs.item[row]] * units)

    def add(self, findings: Findings, block: Block, moment: Moment, held: NDArray[np.bool_]) -> None:
        """Add what a ship date brings to the rows of a block; `held` says which cells edits fix."""
        gave = block.shown.gave_back[moment.date, block.cells]
        at = block.taker
        limited = ~np.isnan(self.capacity[self.inputs.location[block.rows]]) & ~block.own
        where = block.rows[at], block.ship_days[moment.date]
        findings.require("given back", where, limited[at], "a capacity", "none", only=gave)
        if not self.places:
            return
        sent, got = block.quantity[moment.date], np.zeros(len(block.rows), dtype=np.int64)
        np.add.at(got, at, sent)
        today = block.received[moment.arrival, np.arange(len(block.rows))]
        volume = self.volume[self.inputs.item[block.rows]]
        size = self._went_last(block, gave, sent)
        stays = np.zeros(len(block.rows), dtype=bool)
        stays[at[(sent > 0) & ~held]] = True
        cover, next_cover = moment.cover(moment.stock + got), moment.cover(moment.stock + got + size)
        for taker in np.flatnonzero(limited & (volume > 0)).tolist():
            row = int(block.rows[taker])
            place = self.places[moment.date, int(self.inputs.location[row])]
            place.row = row
            place.level += float(volume[taker] * (moment.stock[taker] + today[taker] + got[taker]) / GRID)
            if stays[taker]:
                place.stays.append((float(cover[taker]), row))
            if size[taker]:
                place.went.append((float(next_cover[taker]), float(volume[taker] * size[taker] / GRID), row))

    @staticmethod
    def _went_last(block: Block, gave: NDArray[np.bool_], sent: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the size of the lot of each taker that went back last: the next one on its preferred lane."""
        size = np.zeros(len(block.rows), dtype=np.int64)
        cells = np.flatnonzero(gave)
        cells = cells[np.argsort(-block.rank[cells])]
        size[block.taker[cells]] = np.where(sent > 0, block.pack, block.first)[cells]
        return size

    def check(self, findings: Findings, *, edited: bool) -> None:
        """Verify all locations; where edits stand, only that none is too full."""
        for (date, code), place in self.places.items():
            most = self.capacity[code] * (1 + SMALL) + SMALL
            where = np.array([place.row]), self.ship_days[date]
            fits = place.level <= most or not place.stays
            findings.require("volume", where, np.array([fits]), self.capacity[code], place.level)
            if place.went and not edited:
                cover, row = min((each, row) for each, _, row in place.went)
                longer = [row for days, row in place.stays if days > cover + SMALL]
                where = np.array([longer[0] if longer else row]), self.ship_days[date]
                findings.require("given back", where, np.array([not longer]), "the longest cover first", "others first")
                last = max(volume for days, volume, _ in place.went if days <= cover + SMALL)
                needed = place.level + last > self.capacity[code] * (1 - SMALL) - SMALL
                findings.require("given back", where, np.array([needed]), "no more than has to", place.level)
