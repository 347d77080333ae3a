"""The checker's rules on open orders: each stands once, and what is advised keeps what it promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from moselle_nb.plans.checker.calendar import NO_DAY, open_from
from moselle_nb.plans.checker.days import GRID, Balance, balances, grid
from moselle_nb.plans.checker.orders import days_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.plans.checker.calendar import Closures
    from moselle_nb.plans.checker.days import Rows, Units
    from moselle_nb.plans.checker.report import Findings
    from moselle_nb.plans.checker.rules import Block
    from moselle_nb.plans.config import ReplenishmentConfig
    from moselle_nb.plans.resolved import ResolvedInputs
    from moselle_nb.plans.row_names import RowNames

__all__ = ["ShownOpenOrders"]

ADVICE = ("keep", "expedite", "delay", "cancel")


class ShownOpenOrders:
    """`ReplenishmentPlan.open_orders` as it is shown, sorted by row; lines of unknown rows are left out."""

    def __init__(
        self,
        inputs: ResolvedInputs,
        config: ReplenishmentConfig,
        frame: pd.DataFrame,
        names: RowNames,
        closures: Closures,
    ) -> None:
        row = names.rows(frame["item"], frame["location"])
        self._unknown = frame[row < 0]
        order = np.argsort(row, kind="stable")
        order = order[row[order] >= 0]
        frame = frame.iloc[order]
        self._inputs, self._config, self._closures = inputs, config, closures
        self._frame, self.row = frame, row[order]
        self.due, self.day, self.target = (
            days_of(inputs, frame[name]) for name in ("expected_date", "arrival_date", "advised_date")
        )
        self.kind = frame["advice"].to_numpy(dtype=object)
        self.quantity, self.units = (frame[name].to_numpy(np.float64) for name in ("quantity", "advised_quantity"))
        self.saved = frame["units_saved"].to_numpy(np.float64)

    def check_lines(self, findings: Findings, receipt_days: NDArray[np.int64]) -> None:
        """Verify that every scheduled receipt stands once, and what each line says by itself."""
        receipts, where = self._inputs.receipts, (self.row, self.due)
        wanted = pd.DataFrame({
            "row": np.repeat(np.arange(self._inputs.rows), np.diff(receipts.starts)), "due": receipts.due,
            "day": receipt_days, "quantity": receipts.quantity,
            "reference": "" if receipts.reference is None else pd.Series(receipts.reference).fillna(""),
        })  # fmt: skip
        found = pd.DataFrame({"row": self.row, "due": self.due, "day": self.day, "quantity": self.quantity,
                              "reference": self._frame["reference"].fillna("").to_numpy(object)})  # fmt: skip
        found = pd.concat([found, pd.DataFrame({"row": [-1] * len(self._unknown)})])
        names = ["row", "due", "day", "quantity", "reference"]
        both = wanted.merge(found, how="outer", on=names, indicator=True)
        rows, days = (both[name].fillna(-1).to_numpy(np.int64) for name in ("row", "due"))
        once = (both["_merge"] == "both").to_numpy() & ~both.duplicated(["row", "due"], keep=False).to_numpy()
        findings.require("open order lines", (rows, days), once, "each scheduled receipt, once", both["_merge"])
        known = np.isin(self.kind, ADVICE)
        whole = (self.units >= 0) & (self.units <= self.quantity) & ((self.units > 0) == (self.kind != "keep"))
        whole &= (self.saved == 0) | (self.kind == "expedite")
        findings.require("open order lines", where, known & whole, "an advice and its units", self.units)
        self._check_values(findings)

    def _check_values(self, findings: Findings) -> None:
        inputs, row, where = self._inputs, self.row, (self.row, self.due)
        holding, shortage = (getattr(inputs.rules, name).values[0][row] for name in ("holding_cost", "shortage_cost"))
        margin = np.maximum(inputs.unit_price[row] - inputs.unit_cost[row], 0)
        days = np.select([self.kind == "delay", self.kind == "cancel"], [self.target - self.day, self._period(row)], 0)
        held = np.where(self.units * days == 0, 0.0, self.units * days * holding)
        lost = np.where(self.saved == 0, 0.0, self.saved * np.where(np.isnan(shortage), margin, shortage))
        freed = np.where(self.kind == "cancel", self.units * inputs.unit_cost[row] + np.nan_to_num(held), 0.0)
        value = np.select([self.kind == "expedite", self.kind == "delay"], [lost, held], freed)
        for name, expected in (("holding_saved", held), ("value", value)):
            shown = self._frame[name].to_numpy(np.float64)
            findings.compare("open order values", where, expected, shown, within=1e-6)

    def check(self, findings: Findings, block: Block) -> None:
        """Move the open orders of a block's rows as advised, and verify what follows."""
        place = np.searchsorted(block.rows, self.row)
        mine = np.flatnonzero((np.append(block.rows, -2)[place] == self.row) & (self.kind != "keep"))
        mine = mine[self._check_days(findings, block, mine)]
        if not len(mine):
            return
        used, column = np.unique(place[mine], return_inverse=True)
        before, after = self._moved(block, mine, used, column)
        first = np.minimum(_first_arrivals(self._inputs, block)[used], block.days)
        days = np.arange(block.days)[:, None]
        early = days < first
        promised = np.zeros(len(used))
        saved = np.where(early, before.unserved - after.unserved, 0).sum(axis=0)
        np.add.at(promised, column, self.saved[mine])
        rows = block.rows[used]
        findings.compare("open order promises", (rows, 0), promised, saved / GRID)
        until = self._until(block, mine, column, first)
        kept = after.unserved <= before.unserved
        findings.require(
            "open order promises", (rows, days), kept, before.unserved / GRID, after.unserved / GRID,
            only=early | (days < until),
        )  # fmt: skip
        self._check_stock(findings, block, mine, used[column], after.ending[:, column])

    def _moved(
        self, block: Block, mine: NDArray[np.intp], used: NDArray[np.intp], column: NDArray[np.intp]
    ) -> tuple[Balance, Balance]:
        """Walk through the days with the plan's orders, before and after the advice."""
        receipts = (block.scheduled + block.planned(block.quantity))[:, used]
        walk = block.opening[used], block.demand[:, used], block.backorder[used]
        before = balances(walk[0], receipts, walk[1], walk[2])
        moved, units = receipts.copy(), grid(self.units[mine])
        np.subtract.at(moved, (self.day[mine], column), units)
        again = self.kind[mine] != "cancel"
        np.add.at(moved, (self.target[mine][again], column[again]), units[again])
        return before, balances(walk[0], moved, walk[1], walk[2])

    def _check_days(self, findings: Findings, block: Block, mine: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Verify that orders are moved to open days of the plan, on the right side of their own; return which are."""
        day, target, kind = self.day[mine], self.target[mine], self.kind[mine]
        inside = (target >= 0) & (target < block.days) & (day >= 0) & (day < block.days)
        places = self._inputs.location[self.row[mine]].tolist()
        for entry in np.flatnonzero(inside).tolist():
            closed = self._closures.of("location", places[entry])
            inside[entry] = open_from(int(target[entry]), closed) == target[entry]
        inside &= np.where(kind == "expedite", target < day, target > day)
        inside |= (kind == "cancel") & (day >= 0) & (day < block.days)
        findings.require(
            "open order promises", (self.row[mine], self.due[mine]), inside, "an open day of the plan", target
        )
        return inside

    def _until(
        self, block: Block, mine: NDArray[np.intp], column: NDArray[np.intp], first: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Return the day from which what was cancelled may be missing, or from which new orders make up for a move."""
        until = np.full(len(first), block.days)
        kind = self.kind[mine]
        np.minimum.at(until, column[kind == "expedite"], first[column[kind == "expedite"]])
        cancelled = kind == "cancel"
        reach = self.day[mine] + self._period(self.row[mine])
        np.minimum.at(until, column[cancelled], reach[cancelled])
        return until

    def _period(self, rows: Rows) -> NDArray[np.int64]:
        """Return the days in which a receipt of a row has to be needed."""
        lead = np.nan_to_num(self._inputs.rules.lead_time_days.values[0, rows]).astype(np.int64)
        return np.maximum(self._config.excess_days, self._inputs.review_period_days[rows] + lead)

    def _check_stock(
        self, findings: Findings, block: Block, mine: NDArray[np.intp], column: NDArray[np.intp], ending: Units
    ) -> None:
        """Verify that stock stays at or above safety stock while a delayed or cancelled order is not there."""
        days, day, cancelled = np.arange(block.days)[:, None], self.day[mine], self.kind[mine] == "cancel"
        period = self._period(self.row[mine])
        stop = np.where(cancelled, day + period, self.target[mine])
        inside = (days >= day) & (days < stop) & (self.kind[mine] != "expedite")
        safety = np.maximum(block.safety[:, column], 0)
        where = self.row[mine], days
        findings.require("open order promises", where, ending >= safety, safety / GRID, ending / GRID, only=inside)
        last = np.maximum(day + period, block.days)
        further = block.cumulative[last, column] - block.cumulative[block.days, column]
        enough = ending[-1] - further >= safety[-1]
        where = self.row[mine], self.due[mine]
        cancelled &= day + period >= block.days
        findings.require("open order promises", where, enough, "stock for the excess period", "less", only=cancelled)


def _first_arrivals(inputs: ResolvedInputs, block: Block) -> NDArray[np.int64]:
    """Return the first day on which an order, or over a lane a transfer, could serve demand."""
    found = np.full(len(block.rows), block.calendar.first_arrivals[0])
    if inputs.network is not None:
        place = np.searchsorted(inputs.network.row, block.rows)
        fed = np.append(inputs.network.row, -1)[place] == block.rows
        arrivals = [int(c.arrival_days.min(initial=NO_DAY)) for c in inputs.network.calendars]
        found[fed] = np.array(arrivals, dtype=np.int64)[inputs.network.calendar[place[fed]]]
    return found
