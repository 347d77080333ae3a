"""The checker's own network: what rows that lanes feed ask of the rows that feed them, level by level.

A fed row is planned for a year past coverage as if it were bought from its lane: day by day, in whole 1/1024 units.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from moselle_nb.plans.checker.calendar import NO_DAY, lane_calendar
from moselle_nb.plans.checker.days import GRID, grid
from moselle_nb.plans.checker.orders import Lots, needs_of, size_of
from moselle_nb.plans.checker.rules import NO_DATE, ShownOrders, lay_out

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from numpy.typing import NDArray

    from moselle_nb.inputs.calendars import OrderCalendar
    from moselle_nb.plans.checker.calendar import Calendar, Closures
    from moselle_nb.plans.checker.days import Rows, Units
    from moselle_nb.plans.checker.report import Findings
    from moselle_nb.plans.checker.rules import Block
    from moselle_nb.plans.config import ReplenishmentConfig
    from moselle_nb.plans.network import FedRows
    from moselle_nb.plans.resolved import ResolvedInputs
    from moselle_nb.plans.row_names import RowNames

__all__ = ["Network", "check_calendar"]

YEAR_DAYS = 365
CYCLE_DAYS = 364
BLOCK_ROWS = 512


def check_calendar(findings: Findings, row: int, calendar: Calendar, source: OrderCalendar) -> None:
    """Compare order dates and arrivals that a row was planned with."""
    wanted = [*zip(calendar.days, calendar.arrivals, strict=True)]
    wanted += [pair for pair in zip(calendar.next_days, calendar.next_arrivals, strict=True) if pair[0] < NO_DAY]
    found = [*zip(source.order_days.tolist(), source.arrival_days.tolist(), strict=True)]
    found = [(day, min(arrival, NO_DAY)) for day, arrival in found if day < NO_DAY]
    texts = (np.array([" ".join(f"{d}→{a}" for d, a in part)], dtype=object) for part in (wanted, found))
    findings.compare("order calendar", (np.array([row]), NO_DATE), *texts)


class Network:
    """What is asked of each row by the rows that it feeds.

    Parameters
    ----------
    inputs, config
        What the plan is made of.
    closures
        When locations are closed.
    receipt_days
        The right day of each scheduled receipt.
    """

    def __init__(
        self,
        inputs: ResolvedInputs,
        config: ReplenishmentConfig,
        closures: Closures,
        receipt_days: NDArray[np.int64],
    ) -> None:
        self._inputs, self._config, self._closures = inputs, config, closures
        self._receipt_days, self._last = receipt_days, inputs.coverage_last + YEAR_DAYS
        self._asked: dict[int, Units] = {}
        self._calendars: dict[tuple[int, ...], Calendar] = {}
        self._shipped = np.zeros(inputs.rows, dtype=np.int64)
        if inputs.network is not None:
            for fed in _levels(inputs.network):
                self._ask(inputs.network, fed)

    def daily(self, rows: Rows, count: int) -> Units:
        """Return what is asked on days 0 to `count` - 1, shape (count, n)."""
        found = np.zeros((count, len(rows)), dtype=np.int64)
        for column, row in enumerate(rows.tolist()):
            if row in self._asked:
                found[:, column] = self._for_days(self._asked[row], count)
        return found

    def _for_days(self, asked: Units, count: int) -> Units:
        """Return what a row is asked for on so many days: past the last one that was planned, by the settings."""
        known, past = len(asked), max(count - len(asked), 0)
        if self._config.beyond_forecast == "same_last_year":
            tail = np.resize(asked[-CYCLE_DAYS:], past)
        elif self._config.beyond_forecast == "cut":
            tail = np.zeros(past, dtype=np.int64)
        else:
            total, place = int(asked[-CYCLE_DAYS:].sum()), np.arange(past) % CYCLE_DAYS
            tail = total * (place + 1) // CYCLE_DAYS - total * place // CYCLE_DAYS
        return np.concatenate([asked[: min(known, count)], tail])

    def _blocks(self, network: FedRows, fed: Rows) -> Iterator[tuple[Rows, Calendar]]:
        """Yield fed rows that share their ship dates, some at a time."""
        rows, inputs = network.row[fed], self._inputs
        keys = np.stack([inputs.location[rows], inputs.review_period_days[rows], network.lead_time_days[fed]], axis=1)
        distinct, place = np.unique(keys.astype(np.int64), axis=0, return_inverse=True)
        for number, (location, review, lead) in enumerate(distinct.tolist()):
            closed = self._closures.of("location", location)
            calendar = self._calendars.setdefault(
                (location, review, lead), lane_calendar(inputs, closed, review, lead, self._last)
            )
            group = fed[place.ravel() == number]
            for first in range(0, len(group), BLOCK_ROWS):
                yield group[first : first + BLOCK_ROWS], calendar

    def _ask(self, network: FedRows, level: Rows) -> None:
        inputs = self._inputs
        nothing = _nothing_shown(inputs.rows)
        for fed, calendar in self._blocks(network, level):
            rows = network.row[fed]
            block = lay_out(inputs, self._config, rows, calendar, nothing, self._receipt_days, self)
            shipments = _shipments(block, _lots(block, network, fed))
            days = np.array(calendar.days, dtype=np.int64)
            self._shipped[rows] = shipments[days <= inputs.coverage_last].sum(axis=0)
            for column, source in enumerate(network.source[fed].tolist()):
                if source >= 0 and shipments[:, column].any():
                    asked = self._asked.setdefault(source, np.zeros(self._last + 1, dtype=np.int64))
                    asked[days] += shipments[:, column] * GRID

    def check(self, findings: Findings) -> None:
        """Verify ship dates and arrivals, once for each calendar of the plan's."""
        network = self._inputs.network
        if network is None:
            return
        for fed, calendar in self._blocks(network, np.arange(len(network.row))):
            for given in np.unique(network.calendar[fed]).tolist():
                check_calendar(findings, int(network.row[fed[0]]), calendar, network.calendars[given])

    def check_messages(self, findings: Findings, frame: pd.DataFrame, names: RowNames) -> None:
        """Verify how many units each fed row is said to need."""
        network = self._inputs.network
        if network is None:
            return
        frame = frame[frame["kind"] == "fed_by_lane"]
        row = names.rows(frame["item"], frame["location"])
        found = np.full(self._inputs.rows + 1, np.nan)
        found[row] = frame["quantity"].to_numpy(np.float64)
        count = np.bincount(row[row >= 0], minlength=self._inputs.rows)[network.row]
        where = network.row, NO_DATE
        findings.require("messages", where, count == 1, "fed_by_lane said once", "not so")
        findings.compare("messages", where, self._shipped[network.row], found[network.row])


def _levels(network: FedRows) -> Iterator[Rows]:
    """Yield positions of fed rows, each after all of those that it feeds."""
    left = np.ones(len(network.row), dtype=bool)
    while left.any():
        ready = np.flatnonzero(left & ~np.isin(network.row, network.source[left]))
        if not len(ready):
            return
        yield ready
        left[ready] = False


def _nothing_shown(rows: int) -> ShownOrders:
    empty: dict[str, Any] = {name: np.zeros(0, dtype=np.int64) for name in ("row", "day", "arrival")}
    empty |= {name: np.zeros(0) for name in ("suggested", "quantity")}
    empty |= {name: np.zeros(0, dtype=bool) for name in ("edited", "forced")}
    return ShownOrders(starts=np.zeros(rows + 1, dtype=np.int64), **empty)


def _lots(block: Block, network: FedRows, fed: Rows) -> Lots:
    """Return the rules on the size of transfers: pack and transfer minimum, and the maximum stock."""
    days, arrivals = list(block.calendar.days), list(block.calendar.arrivals)
    pack = network.pack[:, fed]
    era = np.searchsorted(block.inputs.era_starts, days, side="right") - 1 if len(pack) > 1 else np.zeros_like(days)
    shape = (len(days), len(fed))
    limit = block.rule("max_stock", arrivals, np.inf)
    return Lots(
        np.broadcast_to(np.ceil(network.transfer_minimum[fed]).astype(np.int64), shape),
        pack[era].astype(np.int64), np.full(shape, np.inf),
        np.where(np.isinf(limit), np.inf, grid(np.where(np.isinf(limit), 0.0, limit))),
        block.rule("max_stock_is_hard", arrivals, 0.0) == 1, np.full(shape, np.inf),
    )  # fmt: skip


def _shipments(block: Block, lots: Lots) -> Units:
    """Return what each ship date needs, in whole units, shape (ship dates, n): earlier ones first."""
    calendar, receipts = block.calendar, block.scheduled.copy()
    found = np.zeros((len(calendar.days), len(block.rows)), dtype=np.int64)
    nothing = np.zeros_like(receipts)
    stock, day = block.opening, 0
    for order, (first, last) in enumerate(calendar.windows):
        if last < first:
            continue
        if first > day:
            stock, day = block.left(stock, receipts, day, first - 1), first
        rules = lots.at(order)
        found[order] = size_of(needs_of(block, (first, last), stock, nothing, rules), rules)
        receipts[first] += found[order] * GRID
        stock, day = block.left(stock, receipts, first, last), last + 1
    return found
