"""The checker's rule on messages about the size of orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.plans.checker.days import GRID
from moselle_nb.plans.checker.orders import days_of, said_of

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from moselle_nb.plans.checker.report import Findings
    from moselle_nb.plans.checker.rules import Block
    from moselle_nb.plans.resolved import ResolvedInputs
    from moselle_nb.plans.row_names import RowNames

__all__ = ["ShownMessages"]

KINDS = ("capped", "over_max_stock", "conflict", "moq_cover", "shelf_life", "waste", "price_break")
"""Kinds of messages that say what an order's size came from."""


class ShownMessages:
    """The messages that a plan shows about the size of orders; each must be met by an order date of its row."""

    def __init__(self, inputs: ResolvedInputs, frame: pd.DataFrame, names: RowNames) -> None:
        frame = frame[frame["kind"].isin(KINDS)]
        self.kind = np.array([KINDS.index(kind) for kind in frame["kind"]], dtype=np.int64)
        self.row, self.day = names.rows(frame["item"], frame["location"]), days_of(inputs, frame["date"])
        self.quantity = frame["quantity"].to_numpy(np.float64)
        self.met = np.zeros(len(frame), dtype=bool)

    def check(self, findings: Findings, block: Block) -> None:
        """Verify the messages of a block's order dates: those that are there, and that none is missing."""
        calendar = block.calendar
        place, order = np.searchsorted(block.rows, self.row), np.searchsorted(calendar.days, self.day)
        mine = np.append(block.rows, -2)[place] == self.row
        mine &= np.append(np.array(calendar.days, dtype=np.int64), -2)[order] == self.day
        self.met |= mine
        if not calendar.days:
            return
        where, expected = (block.rows, np.array(calendar.days)[:, None]), said_of(block)
        for number, kind in enumerate(KINDS):
            own = np.flatnonzero(mine & (self.kind == number))
            found = np.zeros(block.quantity.shape, dtype=np.int64)
            np.add.at(found, (order[own], place[own]), 1)
            wrong = found != expected[kind]
            self._require(findings, where, ~wrong, kind)
            if kind not in {"conflict", "waste"}:
                suggested = block.suggested[order[own], place[own]] / GRID
                findings.compare("messages", (self.row[own], self.day[own]), suggested, self.quantity[own])

    @staticmethod
    def _require(
        findings: Findings, where: tuple[NDArray[np.int64], NDArray[np.int64]], holds: NDArray[np.bool_], kind: str
    ) -> None:
        findings.require("messages", where, holds, f"{kind} said once where it is so, and nowhere else", "not so")

    def check_rest(self, findings: Findings) -> None:
        """Report messages of no row or order date of the plan."""
        findings.require("messages", (self.row, self.day), self.met, "an order date of the plan", "none")
