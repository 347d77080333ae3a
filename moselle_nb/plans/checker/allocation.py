"""Check an allocation plan cell by cell: a second arithmetic that shares no code with the engines.

What a plan shows (`lines`, `summary`, `by_location`, `pegging`, `edits`) is compared with what its resolved inputs and
its configuration demand. Quantities are whole 1/1024 units held as int64, so a difference of one is seen.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np
import pandas as pd

from moselle_nb.plans.checker.allocation_days import Block
from moselle_nb.plans.checker.allocation_rules import RULES, CellNames, day_numbers, lay_out_lines
from moselle_nb.plans.checker.allocation_sharing import check_sharing
from moselle_nb.plans.checker.allocation_summary import (
    FEWEST_DAYS,
    Totals,
    check_by_location,
    check_edits,
    check_hold_back,
    check_pegging,
    check_summary,
)
from moselle_nb.plans.checker.allocation_volume import CheckedVolume
from moselle_nb.plans.checker.calendar import open_from
from moselle_nb.plans.checker.days import GRID
from moselle_nb.plans.checker.report import CheckReport, Findings
from moselle_nb.plans.checker.rules import NO_DATE
from moselle_nb.plans.row_names import RowNames

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from moselle_nb.plans.allocating.config import AllocationConfig
    from moselle_nb.plans.allocating.inputs import AllocationInputs
    from moselle_nb.plans.checker.allocation_days import Moment

__all__ = ["CheckedAllocation", "check_allocation"]

BLOCK_CELLS = 1024
"""Cells verified at a time, give or take an item: memory stays the same however large the plan is."""


class CheckedAllocation(Protocol):
    """What a plan has to show in order to be checked."""

    @property
    def inputs(self) -> AllocationInputs:
        """What the arithmetic used."""

    @property
    def config(self) -> AllocationConfig:
        """What was decided."""

    @property
    def lines(self) -> pd.DataFrame:
        """One row per item, source, location and ship date."""

    @property
    def summary(self) -> pd.DataFrame:
        """One row per item."""

    @property
    def by_location(self) -> pd.DataFrame:
        """One row per location."""

    @property
    def pegging(self) -> pd.DataFrame:
        """One row per piece of what is allocated."""

    @property
    def edits(self) -> pd.DataFrame:
        """The edits in force."""


def check_allocation(plan: CheckedAllocation) -> CheckReport:
    """Verify an allocation plan against its inputs, its configuration and its edits.

    Parameters
    ----------
    plan
        An allocation plan. Whatever it shows is verified, not what it is made of.

    Returns
    -------
    CheckReport
        Every rule, the cells that were checked, the violations, and forced edits apart.
    """
    # Numbers that no plan should hold are violations, not warnings.
    with np.errstate(all="ignore"):
        return _checked(plan)


def _checked(plan: CheckedAllocation) -> CheckReport:
    inputs, config, edits = plan.inputs, plan.config, plan.edits
    findings = Findings(RULES, RowNames(cast("Any", inputs)).of, inputs.as_of)
    ship_days = _ship_days(inputs, config)
    texts = ([" ".join(map(str, days.tolist()))] for days in (ship_days, inputs.ship_days))
    findings.compare("ship dates", (-1, NO_DATE), *(np.array(text, dtype=object) for text in texts))
    names = CellNames(inputs)
    shown = lay_out_lines(findings, inputs, plan.lines, names, ship_days)
    arrival = _arrivals(inputs, ship_days)
    where = inputs.routes.row, ship_days[:, None]
    findings.compare("arrival dates", where, arrival, shown.arrival, only=shown.once)
    check_hold_back(findings, inputs, config)
    check_edits(findings, inputs, edits, names, shown, ship_days)
    held = _Held(inputs, edits, names, ship_days)
    totals, volume = Totals(inputs.rows), CheckedVolume(inputs, config, ship_days)
    for pools, cells in _blocks(inputs):
        block = Block(inputs, config, shown, pools, cells, ship_days, arrival)
        for date in range(len(ship_days)):
            moment = block.moment(date)
            _check_figures(findings, block, moment, totals)
            _check_physics(findings, block, moment, held.forced[date, cells])
            fixed, unsure = held.fixed[date, cells], held.unsure(date, inputs.item[block.rows])
            unsure |= _gave_back(block, date)
            volume.add(findings, block, moment, fixed)
            check_sharing(findings, block, moment, fixed, unsure)
            block.ship(moment)
    volume.check(findings, edited=len(edits) > 0)
    check_summary(findings, inputs, plan.summary, shown, totals, int(ship_days[-1]))
    check_by_location(findings, inputs, plan.by_location, totals)
    check_pegging(findings, inputs, plan.pegging, names, shown, ship_days)
    forced = edits["forced"].to_numpy(dtype=bool) if len(edits) else np.zeros(0, dtype=bool)
    return findings.report(edits[forced])


def _gave_back(block: Block, date: int) -> NDArray[np.bool_]:
    """Tell of which takers the item gave packs back on a ship date: what is left of it was not there to be shared."""
    item = block.inputs.item[block.rows]
    gave = block.taker[block.shown.gave_back[date, block.cells]]
    return np.isin(item, item[gave])


def _ship_days(inputs: AllocationInputs, config: AllocationConfig) -> NDArray[np.int64]:
    """Return the days on which goods leave, from the configuration."""
    start = dt.date.fromisoformat(str(inputs.as_of))
    first, last = ((day - start).days for day in config.coverage)
    if config.ship_dates:
        return np.array(sorted({(day - start).days for day in config.ship_dates}), dtype=np.int64)
    if config.ship_every_days is None:
        return np.array([max(first, 0)], dtype=np.int64)
    return np.arange(max(first, 0), last + 1, config.ship_every_days, dtype=np.int64)


def _arrivals(inputs: AllocationInputs, ship_days: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return when goods arrive, shape (ship dates, cells); what a source keeps does not travel."""
    frame = inputs.closures[inputs.closures["scope"] == "location"]
    place = pd.Index(inputs.locations["location"]).get_indexer(frame["key"]).tolist()
    dates = (frame[name].to_numpy(dtype="datetime64[D]") for name in ("from", "to"))
    days = ((date - inputs.as_of).astype(np.int64).tolist() for date in dates)
    closed: dict[int, list[tuple[int, int]]] = {}
    for code, begin, end in zip(place, *days, strict=True):
        closed.setdefault(code, []).append((begin, end))
    intervals = {code: tuple(sorted(parts)) for code, parts in closed.items()}
    routes = inputs.routes
    location = inputs.location[routes.row].tolist()
    found = np.empty((len(ship_days), routes.cells), dtype=np.int64)
    for number, day in enumerate(ship_days.tolist()):
        lands = (day + np.where(routes.own, 0, routes.lead_time_days)).tolist()
        found[number] = [
            each if own else open_from(each, intervals.get(code, ()))
            for each, code, own in zip(lands, location, routes.own.tolist(), strict=True)
        ]
    return found


def _blocks(inputs: AllocationInputs) -> Iterator[tuple[slice, slice]]:
    """Yield pools and cells of whole items, some at a time."""
    item, first = inputs.pools.item, 0
    while first < len(item):
        stop = first
        while stop < len(item):
            stop = int(np.searchsorted(item, item[stop], side="right"))
            low, high = np.searchsorted(inputs.routes.pool, [first, stop])
            if high - low >= BLOCK_CELLS:
                break
        low, high = np.searchsorted(inputs.routes.pool, [first, stop])
        yield slice(first, stop), slice(int(low), int(high))
        first = stop


class _Held:
    """What edits hold, shape (ship dates, cells).

    A lock lets the rule share the rest around all that is fixed on its ship date; where an edit without one came after
    it, what the rule would say cannot be told from what the plan shows.
    """

    def __init__(
        self, inputs: AllocationInputs, edits: pd.DataFrame, names: CellNames, ship_days: NDArray[np.int64]
    ) -> None:
        shape = len(ship_days), inputs.routes.cells
        self.fixed, self.forced = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
        self._last: dict[tuple[int, int], bool] = {}
        if not len(edits):
            return
        cell = names.cells(edits["item"], edits["source"], edits["location"])
        day = day_numbers(inputs, edits["date"])
        date = np.minimum(np.searchsorted(ship_days, day), len(ship_days) - 1)
        flags = zip(edits["lock"].astype(bool), edits["forced"].astype(bool), strict=True)
        for at, when, (lock, forced) in zip(cell.tolist(), date.tolist(), flags, strict=True):
            if at >= 0:
                self.fixed[when, at], self.forced[when, at] = True, forced
                self._last[when, int(inputs.item[inputs.routes.row[at]])] = lock

    def unsure(self, date: int, items: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
        """Tell for which items the last edit on a ship date is no lock."""
        return np.array([not self._last.get((date, item), True) for item in items.tolist()], dtype=bool)


def _check_figures(findings: Findings, block: Block, moment: Moment, totals: Totals) -> None:
    """Verify what a line says of its location."""
    shown, date, taker = block.shown, moment.date, block.taker
    where, once = (block.rows[taker], block.ship_days[date]), shown.once[date, block.cells]

    def column(name: str) -> NDArray[np.float64]:
        return shown[name][date, block.cells]

    for rule, name, units in (
        ("demand", "demand", moment.demand), ("stock at arrival", "on_hand", moment.stock),
        ("in transit", "in_transit", moment.inflow),
    ):  # fmt: skip
        findings.compare(rule, where, units[taker] / GRID, column(name), only=once)
    # The square root of a variance may fall on either side of a rounding.
    findings.compare("need", where, moment.need[taker] / GRID, column("need"), only=once, within=1 / GRID)
    findings.compare("available", where, moment.available[block.pool], column("available"), only=once)
    got = np.zeros(len(block.rows), dtype=np.int64)
    np.add.at(got, taker, block.quantity[date])
    covers = moment.cover(moment.stock), moment.cover(moment.stock + got)
    for name, days in zip(("cover_before", "cover_after"), covers, strict=True):
        findings.compare("cover", where, days[taker], column(name), only=once, within=FEWEST_DAYS)
    totals.add(block.rows, moment.need / GRID, got / GRID, covers[1])


def _check_physics(findings: Findings, block: Block, moment: Moment, forced: NDArray[np.bool_]) -> None:
    """Verify what no rule and no edit may break, and packs and minimums, which only a forced edit may."""
    date, taker, pool = moment.date, block.taker, block.pool
    where, once = (block.rows[taker], block.ship_days[date]), block.shown.once[date, block.cells]
    for name in ("allocated", "suggested_quantity"):
        units = block.shown[name][date, block.cells]
        findings.require(
            "whole quantities", where, (units >= 0) & (units == np.floor(units)), "whole", units, only=once
        )
    sent = block.quantity[date]
    out, got = np.zeros(len(moment.available), dtype=np.int64), np.zeros(len(block.rows), dtype=np.int64)
    np.add.at(out, pool, sent)
    np.add.at(got, taker, sent)
    own_row = np.where(block.inputs.pools.row[block.pools] < 0, -1, block.inputs.pools.row[block.pools])
    given = out / GRID
    findings.require("conservation", (own_row, where[1]), given <= moment.available, moment.available, given)
    room, here = moment.room / GRID, (block.rows, where[1])
    findings.require("capacity", here, got <= moment.room, room, got / GRID)
    blocked = block.inputs.blocked[block.rows]
    findings.require("blocked items", here, got == 0, 0, got / GRID, only=blocked)
    free = once & ~forced
    findings.require("packs", where, sent % block.pack == 0, block.pack / GRID, sent / GRID, only=free)
    enough = (sent == 0) | (sent >= block.first)
    findings.require("transfer minimum", where, enough, block.first / GRID, sent / GRID, only=free)
