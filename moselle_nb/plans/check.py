"""Check a plan cell by cell: a second arithmetic that shares no code with the engine.

What a plan shows (`lines`, `order_lines`, `summary`, `at_risk`, `edits`) is compared with what its resolved inputs and
its configuration demand. Quantities are whole 1/1024 units held as int64, so a difference of one is seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from moselle_nb.plans.checker.calendar import Calendar, Closures, calendars, moved_receipts
from moselle_nb.plans.checker.conflicts import ShownConflicts
from moselle_nb.plans.checker.lines import check_lines
from moselle_nb.plans.checker.messages import ShownMessages
from moselle_nb.plans.checker.network import Network, check_calendar
from moselle_nb.plans.checker.open_orders import ShownOpenOrders
from moselle_nb.plans.checker.orders import check_block_orders, check_edits, check_order_lines, shown_orders
from moselle_nb.plans.checker.report import CheckReport, Findings
from moselle_nb.plans.checker.rules import RULES, lay_out
from moselle_nb.plans.checker.summary import Figures, check_risk_list, check_summary
from moselle_nb.plans.row_names import RowNames

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from numpy.typing import NDArray

    from moselle_nb.plans.config import ReplenishmentConfig
    from moselle_nb.plans.resolved import ResolvedInputs

__all__ = ["CheckReport", "CheckedPlan", "check"]

BLOCK_ROWS = 1024
"""Rows verified at a time: memory stays the same however large the plan is."""


class CheckedPlan(Protocol):
    """What a plan has to show in order to be checked."""

    @property
    def inputs(self) -> ResolvedInputs:
        """What the arithmetic used."""

    @property
    def config(self) -> ReplenishmentConfig:
        """What was decided."""

    @property
    def order_lines(self) -> pd.DataFrame:
        """One row per item, location and order date."""

    @property
    def summary(self) -> pd.DataFrame:
        """One row per item and location."""

    @property
    def at_risk(self) -> pd.DataFrame:
        """The rows that need a decision."""

    @property
    def edits(self) -> pd.DataFrame:
        """The edits in force."""

    @property
    def messages(self) -> pd.DataFrame:
        """What the plan says beyond its numbers."""

    @property
    def conflicts(self) -> pd.DataFrame:
        """The ways out of order dates on which nothing is legal."""

    @property
    def open_orders(self) -> pd.DataFrame:
        """What is advised for each scheduled receipt."""

    def lines_for(self, *, rows: NDArray[np.int64]) -> pd.DataFrame:
        """Return the lines of some rows."""


def check(plan: CheckedPlan) -> CheckReport:
    """Verify a plan against its inputs, its configuration and its edits.

    Parameters
    ----------
    plan
        A replenishment plan. Whatever it shows is verified, not what it is made of.

    Returns
    -------
    CheckReport
        Every rule, the cells that were checked, the violations, and forced edits apart.
    """
    # Numbers that no plan should hold are violations, not warnings.
    with np.errstate(all="ignore"):
        return _checked(plan)


def _checked(plan: CheckedPlan) -> CheckReport:
    inputs, names = plan.inputs, RowNames(plan.inputs)
    findings = Findings(RULES, names.of, inputs.as_of)
    closures = Closures(inputs)
    place, distinct = calendars(inputs, closures)
    _check_calendars(findings, inputs, place, distinct)
    receipt_days = _check_receipts(findings, inputs, closures)
    network = Network(inputs, plan.config, closures, receipt_days)
    network.check(findings)
    edits, frame = plan.edits, plan.order_lines
    shown = shown_orders(inputs, frame, edits, names)
    check_order_lines(findings, inputs, frame, names, shown, (place, distinct))
    check_edits(findings, inputs, edits, names, shown)
    figures, messages = Figures(inputs.rows), ShownMessages(inputs, plan.messages, names)
    open_orders = ShownOpenOrders(inputs, plan.config, plan.open_orders, names, closures)
    open_orders.check_lines(findings, receipt_days)
    conflicts = ShownConflicts(inputs, plan.conflicts, names)
    for rows, calendar in _blocks(place, distinct):
        block = lay_out(inputs, plan.config, rows, calendar, shown, receipt_days, network)
        check_lines(findings, block, plan.lines_for(rows=rows), names, shown)
        check_block_orders(findings, block)
        messages.check(findings, block)
        conflicts.check(findings, block)
        open_orders.check(findings, block)
        figures.add(block)
    messages.check_rest(findings)
    conflicts.check_rest(findings)
    network.check_messages(findings, plan.messages, names)
    check_summary(findings, inputs, plan.summary, names, figures, shown)
    check_risk_list(findings, plan.summary, plan.at_risk, names)
    return findings.report(edits[edits["forced"].to_numpy(dtype=bool)])


def _blocks(place: NDArray[np.int64], distinct: list[Calendar]) -> Iterator[tuple[NDArray[np.int64], Calendar]]:
    """Yield rows that share a calendar, some at a time."""
    order = np.argsort(place, kind="stable")
    edges = np.searchsorted(place[order], np.arange(len(distinct) + 1))
    for number, calendar in enumerate(distinct):
        group = order[edges[number] : edges[number + 1]]
        for first in range(0, len(group), BLOCK_ROWS):
            yield group[first : first + BLOCK_ROWS], calendar


def _check_calendars(
    findings: Findings, inputs: ResolvedInputs, place: NDArray[np.int64], distinct: list[Calendar]
) -> None:
    """Compare the calendars that the plan was made with, once for each pair of a plan's and an own one."""
    pairs, examples = np.unique(np.stack([place, inputs.calendar], axis=1), axis=0, return_index=True)
    for (own, given), row in zip(pairs.tolist(), examples.tolist(), strict=True):
        source, calendar = inputs.calendars[given], distinct[own]
        check_calendar(findings, row, calendar, source)


def _check_receipts(findings: Findings, inputs: ResolvedInputs, closures: Closures) -> NDArray[np.int64]:
    """Verify the days of scheduled receipts, and return the right ones."""
    days = moved_receipts(inputs, closures)
    row = np.repeat(np.arange(inputs.rows), np.diff(inputs.receipts.starts))
    findings.compare("receipt days", (row, inputs.receipts.due), days, inputs.receipts.day)
    return days
