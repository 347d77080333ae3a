"""The checker's rules on `ReplenishmentPlan.lines`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.plans.checker.days import GRID
from moselle_nb.plans.checker.rules import COVER_DAYS
from moselle_nb.plans.checker.uncertain import STEP

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from moselle_nb.plans.checker.days import Rows, Units
    from moselle_nb.plans.checker.report import Findings
    from moselle_nb.plans.checker.rules import Block, ShownOrders
    from moselle_nb.plans.row_names import RowNames

    Cells = dict[str, NDArray[np.float64]]

__all__ = ["check_lines", "cover_days"]

NUMBERS = (
    "in_coverage", "starting", "scheduled_receipts", "planned_receipts", "demand", "sales", "unserved", "ending",
    "backlog", "safety_stock", "days_on_hand", "suggested_quantity", "order_quantity", "edited",
)  # fmt: skip

STOCKS = ("starting", "scheduled_receipts", "planned_receipts", "demand", "sales", "unserved", "ending", "backlog",
          "suggested_quantity", "order_quantity")  # fmt: skip

FEWEST_DAYS = 1e-9
"""Differences in days on hand below this come from the last bit of a division."""


def check_lines(findings: Findings, block: Block, frame: pd.DataFrame, names: RowNames, shown: ShownOrders) -> None:
    """Verify the lines of a block's rows."""
    cells, once = _cells(findings, block, frame, names)
    where = block.rows, np.array([first for first, _ in block.columns])[:, None]
    covered = block.inputs.coverage_first, block.inputs.coverage_last
    inside = np.array([covered[0] <= first and last <= covered[1] for first, last in block.columns])[:, None]
    findings.compare("in coverage", where, inside, cells["in_coverage"], only=once)
    sums = {
        "demand": block.demand,
        "scheduled receipts": block.scheduled,
        "planned receipts": _planned(block, shown),
    }
    for rule, daily in sums.items():
        findings.compare(rule, where, _per_bucket(block, daily), cells[rule.replace(" ", "_")], only=once)
    _check_equations(findings, block, where, cells, once)
    _check_days(findings, block, where, cells, once)
    _check_orders(findings, block, where, cells, once)
    for name in STOCKS:
        findings.require("not negative", where, cells[name] >= 0, f"{name} >= 0", cells[name], only=once)


def _cells(findings: Findings, block: Block, frame: pd.DataFrame, names: RowNames) -> tuple[Cells, NDArray[np.bool_]]:
    """Lay the frame out as buckets by rows, and return where there is just one line."""
    shape = (len(block.columns), len(block.rows))
    row = names.rows(frame["item"], frame["location"])
    date = frame["date"].to_numpy(dtype="datetime64[D]")
    day = np.where(np.isnat(date), -1, (date - block.inputs.as_of).astype(np.int64))
    firsts = np.array([first for first, _ in block.columns])
    bucket = np.searchsorted(firsts, day)
    known = np.append(firsts, -2)[bucket] == day
    column = np.searchsorted(block.rows, row)
    known &= np.append(block.rows, -2)[column] == row
    findings.require("line keys", (row, day), known, "a row and a bucket of the plan", "neither", only=~known)
    at = bucket[known], column[known]
    count = np.zeros(shape, dtype=np.int64)
    np.add.at(count, at, 1)
    findings.compare("line keys", (block.rows, firsts[:, None]), 1, count)
    cells = {}
    for name in NUMBERS:
        cells[name] = np.full(shape, np.nan)
        cells[name][at] = frame[name].to_numpy(dtype=np.float64)[known]
    return cells, count == 1


def _per_bucket(block: Block, daily: Units) -> NDArray[np.float64]:
    return np.stack([daily[first : last + 1].sum(axis=0) for first, last in block.columns]) / GRID


def _planned(block: Block, shown: ShownOrders) -> Units:
    """Return what the shown order lines say arrives on each day."""
    entry, column = shown.of(block.rows)
    found = np.zeros((block.days, len(block.rows)))
    inside = (shown.arrival[entry] >= 0) & (shown.arrival[entry] < block.days)
    np.add.at(found, (shown.arrival[entry][inside], column[inside]), np.nan_to_num(shown.quantity[entry][inside]))
    return np.rint(found * GRID).astype(np.int64)


def _check_equations(
    findings: Findings, block: Block, where: tuple[Rows, Rows], cells: Cells, once: NDArray[np.bool_]
) -> None:
    """Verify what holds between the columns of one line, and from one bucket to the next."""
    opening = np.maximum(block.opening, 0) / GRID
    before = np.vstack([opening[None], cells["ending"][:-1]])
    both = once & np.vstack([once[:1], once[:-1]])
    findings.compare("starting stock", where, before, cells["starting"], only=both)
    ending = cells["starting"] + cells["scheduled_receipts"] + cells["planned_receipts"] - cells["sales"]
    findings.compare("conservation", where, ending, cells["ending"], only=once)
    waiting = np.maximum(-block.opening, 0) * block.backorder / GRID
    growth = cells["backlog"] - np.vstack([waiting[None], cells["backlog"][:-1]])
    left = np.where(block.backorder, growth, cells["unserved"])
    findings.compare("served or not", where, cells["demand"] - left, cells["sales"], only=both)


def _check_days(
    findings: Findings, block: Block, where: tuple[Rows, Rows], cells: Cells, once: NDArray[np.bool_]
) -> None:
    """Verify what only a walk from day to day can tell."""
    walk, lasts = block.shown_balance, np.array([last for _, last in block.columns])
    expected = {
        "sales": _per_bucket(block, walk.sales), "unserved": _per_bucket(block, walk.unserved),
        "ending": walk.ending[lasts] / GRID, "backlog": walk.backlog[lasts] / GRID,
    }  # fmt: skip
    for name, values in expected.items():
        findings.compare("daily balance", where, values, cells[name], only=once)
    safety = block.safety[lasts] / GRID
    near = block.safety_tied[lasts] & (np.abs(safety - cells["safety_stock"]) <= STEP / GRID)
    findings.compare(
        "safety stock", where, np.where(near, cells["safety_stock"], safety), cells["safety_stock"], only=once
    )
    cover = cover_days(block, walk.ending[lasts], lasts + 1)
    findings.compare("days on hand", where, cover, cells["days_on_hand"], only=once, within=FEWEST_DAYS)


def cover_days(block: Block, stock: Units, firsts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return how many days each stock serves, counted from its first day, shape (moments, n).

    The walk is done by halving: steps of 256, 128, … days are taken while they leave stock.
    """
    found = np.empty(stock.shape)
    columns = np.arange(stock.shape[1])
    for moment, first in enumerate(firsts):
        have, base = stock[moment], block.cumulative[first]
        year = block.cumulative[first + COVER_DAYS] - base
        whole = np.zeros(len(columns), dtype=np.int64)
        for step in (256, 128, 64, 32, 16, 8, 4, 2, 1):
            ahead = np.minimum(whole + step, COVER_DAYS)
            whole = np.where(block.cumulative[first + ahead, columns] - base < have, ahead, whole)
        left = have - (block.cumulative[first + whole, columns] - base)
        wanted = block.demand[first + np.minimum(whole, COVER_DAYS - 1), columns]
        days = whole + left / np.maximum(wanted, 1)
        days = np.where(have > year, np.where(year > 0, COVER_DAYS, np.nan), days)
        found[moment] = np.where(have <= 0, 0.0, days)
    return found


def _check_orders(
    findings: Findings, block: Block, where: tuple[Rows, Rows], cells: Cells, once: NDArray[np.bool_]
) -> None:
    """Verify that a bucket adds its order lines up."""
    firsts = np.array([first for first, _ in block.columns])
    bucket = np.searchsorted(firsts, block.calendar.days, side="right") - 1
    shape = (len(firsts), len(block.rows))
    for name, source in (
        ("suggested_quantity", block.suggested), ("order_quantity", block.quantity), ("edited", block.edited * GRID)
    ):  # fmt: skip
        total = np.zeros(shape, dtype=np.int64)
        for place, units in zip(bucket, source, strict=True):
            total[place] = np.maximum(total[place], units) if name == "edited" else total[place] + units
        findings.compare("bucket orders", where, total / GRID, cells[name], only=once)
