"""The checker's rules on what an allocation plan adds up: summary, locations, pegging and edits."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from moselle_nb.plans.checker.allocation_rules import day_numbers
from moselle_nb.plans.checker.days import GRID
from moselle_nb.plans.checker.rules import NO_DATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.plans.allocating.config import AllocationConfig
    from moselle_nb.plans.allocating.inputs import AllocationInputs
    from moselle_nb.plans.checker.allocation_rules import CellNames, ShownLines
    from moselle_nb.plans.checker.report import Findings

__all__ = ["Totals", "check_by_location", "check_edits", "check_hold_back", "check_pegging", "check_summary"]

KEYS = ["item", "source", "location", "date"]
ON_HAND, SCHEDULED, PLANNED = "on_hand", "scheduled", "planned"
FEWEST_DAYS = 1e-9


class Totals:
    """Need, what is short and the last cover of every taker over all ship dates, by row, in units and days."""

    def __init__(self, rows: int) -> None:
        self.need, self.short = np.zeros(rows), np.zeros(rows)
        self.received = np.zeros(rows)
        self.cover = np.full(rows, np.nan)
        self.takes = np.zeros(rows, dtype=bool)

    def add(
        self, rows: NDArray[np.int64], need: NDArray[np.float64], got: NDArray[np.float64], cover: NDArray[np.float64]
    ) -> None:
        """Add a ship date of some rows."""
        self.takes[rows] = True
        self.need[rows] += need
        self.received[rows] += got
        self.short[rows] += np.maximum(need - got, 0.0)
        self.cover[rows] = cover


def check_hold_back(findings: Findings, inputs: AllocationInputs, config: AllocationConfig) -> None:
    """Verify what sources hold back where no table says so; when rebalancing it is what a location keeps."""
    pools = inputs.pools
    where = np.maximum(pools.row, -1), NO_DATE
    if config.mode == "rebalance":
        findings.require("hold-back", where, pools.hold_back >= 0, ">= 0", pools.hold_back)
        return
    given = config.hold_back
    if isinstance(given, str):
        part = Fraction(given.rstrip("%")) / 100
        wanted = np.array([float(-(-max(int(have), 0) * part // 1)) for have in pools.on_hand])
    else:
        wanted = np.full(len(pools.item), float(given))
    findings.compare("hold-back", where, wanted, pools.hold_back, only=pools.hold_back_origin == 0)


def check_summary(
    findings: Findings, inputs: AllocationInputs, frame: pd.DataFrame, shown: ShownLines, totals: Totals, last: int
) -> None:
    """Verify the summary.

    Parameters
    ----------
    last
        The last ship date.
    """
    pools, routes = inputs.pools, inputs.routes
    items = np.unique(pools.item)
    keys = inputs.items["item"].to_numpy(dtype=object)[items]
    if frame["item"].tolist() != keys.tolist():
        findings.require("summary", (-1, NO_DATE), np.array([False]), "every item once, in order", "other items")
        return
    if not len(items):
        return
    landed = _landed(inputs, last)
    free = np.floor(np.maximum(pools.on_hand + landed - pools.committed - pools.hold_back, 0.0))
    sent = np.nan_to_num(shown["allocated"]).sum(axis=0)
    cost = np.nan_to_num(inputs.unit_cost[routes.row])
    of_cell, of_row = np.searchsorted(items, pools.item[routes.pool]), np.searchsorted(items, inputs.item)
    of_row = np.minimum(of_row, len(items) - 1)
    of_pool = np.searchsorted(items, pools.item)

    def total(values: NDArray[np.float64], place: NDArray[np.int64]) -> NDArray[np.float64]:
        found = np.zeros(len(items))
        np.add.at(found, place, values)
        return found

    allocated = total(sent, of_cell)
    expected = {
        "on_hand": total(pools.on_hand, of_pool), "landed": total(landed, of_pool),
        "committed": total(pools.committed, of_pool), "held_back": total(pools.hold_back, of_pool),
        "available": total(free, of_pool), "allocated": allocated, "left": total(free, of_pool) - allocated,
        "need": total(totals.need, of_row), "short": total(totals.short, of_row),
        "locations_short": total((totals.short >= 1).astype(np.float64), of_row),
    }  # fmt: skip
    where = np.full(len(items), -1), NO_DATE
    for name, values in expected.items():
        findings.compare("summary", where, values, frame[name].to_numpy(np.float64), within=1 / GRID)
    value = total(np.where(routes.own, 0.0, sent) * cost, of_cell)
    findings.compare(
        "summary", where, value, frame["value"].to_numpy(np.float64), within=1e-6 * (1 + value.max(initial=0))
    )
    needy = (totals.need > 0) & totals.takes
    for name, pick in (("lowest_cover", np.fmin), ("highest_cover", np.fmax)):
        covers = np.full(len(items), np.nan)
        pick.at(covers, of_row[needy], totals.cover[needy])
        findings.compare("summary", where, covers, frame[name].to_numpy(np.float64), within=FEWEST_DAYS)


def _landed(inputs: AllocationInputs, last: int) -> NDArray[np.float64]:
    """Return what each pool has received by a day."""
    pools, found = inputs.pools, np.zeros(len(inputs.pools.item))
    for place in range(len(found)):
        for entry in range(*pools.receipts.starts[place : place + 2].tolist()):
            if pools.receipts.day[entry] <= last:
                found[place] += pools.receipts.quantity[entry]
    return found


def check_by_location(findings: Findings, inputs: AllocationInputs, frame: pd.DataFrame, totals: Totals) -> None:
    """Verify the totals by location."""
    rows = np.flatnonzero(totals.takes)
    own = pd.DataFrame({
        "location": inputs.location[rows], "need": totals.need[rows], "allocated": totals.received[rows],
        "short": totals.short[rows], "items": 1.0, "items_short": (totals.short[rows] >= 1).astype(float),
    }).groupby("location").sum()  # fmt: skip
    names = inputs.locations["location"].to_numpy(dtype=object)[own.index.to_numpy()]
    same = frame["location"].tolist() == names.tolist()
    findings.require("by location", (-1, NO_DATE), np.array([same]), "every location once, in order", "other locations")
    if same:
        for name in own.columns:
            found = frame[name].to_numpy(np.float64)
            findings.compare(
                "by location", (np.full(len(own), -1), NO_DATE), own[name].to_numpy(), found, within=1 / GRID
            )


def check_pegging(
    findings: Findings, inputs: AllocationInputs, frame: pd.DataFrame, names: CellNames, shown: ShownLines,
    ship_days: NDArray[np.int64],
) -> None:  # fmt: skip
    """Verify that pegs add up to what is allocated, and that no supply gives more than it has."""
    cell, day = names.cells(frame["item"], frame["source"], frame["location"]), day_numbers(inputs, frame["date"])
    date = np.minimum(np.searchsorted(ship_days, day), len(ship_days) - 1)
    known = (cell >= 0) & (ship_days[date] == day) if len(cell) else np.zeros(0, dtype=bool)
    units = frame["quantity"].to_numpy(np.float64)
    row = np.append(inputs.routes.row, -1)[cell]
    findings.require("pegging", (row, day), known & (units > 0), "units of a line", units)
    pegged = np.zeros(shown.once.shape)
    np.add.at(pegged, (date[known], cell[known]), units[known])
    where = inputs.routes.row, ship_days[:, None]
    findings.compare("pegging", where, np.nan_to_num(shown["allocated"]), pegged)
    kind = frame["kind"].to_numpy(dtype=object)
    receipt = day_numbers(inputs, frame["receipt_date"])
    stock = kind == ON_HAND
    fine = np.where(stock, receipt == -1, (receipt >= 0) & (receipt <= day) & np.isin(kind, (SCHEDULED, PLANNED)))
    findings.require("pegging", (row, day), fine.astype(bool), "landed by the ship date", receipt)
    _check_supply(findings, inputs, np.append(inputs.routes.pool, -1)[cell], (kind, receipt, units))


def _check_supply(
    findings: Findings,
    inputs: AllocationInputs,
    pool: NDArray[np.int64],
    pegs: tuple[NDArray[np.object_], NDArray[np.int64], NDArray[np.float64]],
) -> None:
    pools, has = inputs.pools, dict[tuple[int, str, int], float]()
    for place in range(len(pools.item)):
        stock = max(float(pools.on_hand[place]), 0.0) - float(pools.committed[place]) - float(pools.hold_back[place])
        has[place, ON_HAND, -1] = max(stock, 0.0)
        for entry in range(*pools.receipts.starts[place : place + 2].tolist()):
            key = place, PLANNED if pools.planned[entry] else SCHEDULED, int(pools.receipts.day[entry])
            has[key] = has.get(key, 0.0) + float(pools.receipts.quantity[entry])
    gives: dict[tuple[int, str, int], float] = {}
    for key in zip(pool.tolist(), *(part.tolist() for part in pegs[:2]), strict=True):
        gives.setdefault(key, 0.0)
    for key, units in zip(zip(pool.tolist(), *(part.tolist() for part in pegs[:2]), strict=True), pegs[2], strict=True):
        gives[key] += float(units)
    row = np.array([pools.row[key[0]] for key in gives], dtype=np.int64)
    day = np.array([key[2] for key in gives], dtype=np.int64)
    given, most = np.array([*gives.values()]), np.array([has.get(key, 0.0) for key in gives])
    findings.require("supply", (row, day), given <= most, most, given)


def check_edits(
    findings: Findings, inputs: AllocationInputs, edits: pd.DataFrame, names: CellNames, shown: ShownLines,
    ship_days: NDArray[np.int64],
) -> None:  # fmt: skip
    """Verify that edits in force stand, and that nothing else is marked or differs from its suggestion."""
    cell = names.cells(edits["item"], edits["source"], edits["location"]) if len(edits) else np.zeros(0, dtype=np.int64)
    day = day_numbers(inputs, edits["date"]) if len(edits) else np.zeros(0, dtype=np.int64)
    date = np.minimum(np.searchsorted(ship_days, day), len(ship_days) - 1)
    known = (cell >= 0) & (ship_days[date] == day) if len(cell) else np.zeros(0, dtype=bool)
    row = np.append(inputs.routes.row, -1)[cell]
    findings.require("edits", (row, day), known, "a cell and a ship date", "neither")
    expected = np.full(shown.once.shape, np.nan)
    for at, when, units in zip(cell[known], date[known], edits["quantity"].to_numpy(np.float64)[known], strict=True):
        expected[when, at] = units
    where = inputs.routes.row, ship_days[:, None]
    fixed = ~np.isnan(expected)
    findings.compare("edits", where, fixed, shown["edited"] == 1, only=shown.once)
    findings.compare("edits", where, expected, shown["allocated"], only=shown.once & fixed)
    suggested, allocated = shown["suggested_quantity"], shown["allocated"]
    findings.compare("suggestions stand", where, suggested, allocated, only=shown.once & ~fixed)
    if len(edits):
        forced = edits["forced"].to_numpy(dtype=bool)
        said = np.array([isinstance(text, str) and bool(text.strip()) for text in edits["reason"]])
        findings.require("edits", (row, day), said | ~forced, "a reason", "none", only=forced)
