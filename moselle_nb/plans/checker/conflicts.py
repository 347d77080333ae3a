"""The checker's rules on conflicts: the rules that are named clash, and what a way out admits is legal then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.plans.checker.days import GRID, balances
from moselle_nb.plans.checker.orders import days_of, said_of

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from moselle_nb.plans.checker.report import Findings
    from moselle_nb.plans.checker.rules import Block
    from moselle_nb.plans.resolved import ResolvedInputs
    from moselle_nb.plans.row_names import RowNames

    Flags = NDArray[np.bool_]
    Numbers = NDArray[np.float64]

__all__ = ["ShownConflicts"]

RULES = ("moq", "order_multiple", "max_order", "max_stock", "order_calendar")
"""A set of them is a number in which bit i stands for rule i."""

MAX_STOCK, CALENDAR = (1 << RULES.index(name) for name in ("max_stock", "order_calendar"))

ALL = (1 << len(RULES)) - 1

COUNT = np.array([rules.bit_count() for rules in range(ALL + 1)])

NONE = {"moq": 0.0, "order_multiple": 1.0, "max_order": np.inf, "max_stock": np.inf, "order_calendar": 0.0}
"""Values of rules that give way."""

CENT = 1e-6

MOST_CASES = 1024
"""Cases laid out by day at a time."""


class ShownConflicts:
    """`ReplenishmentPlan.conflicts` as it is shown: one case per row and order date, with its ways out."""

    def __init__(self, inputs: ResolvedInputs, frame: pd.DataFrame, names: RowNames) -> None:
        row, day = names.rows(frame["item"], frame["location"]), days_of(inputs, frame["order_date"])
        frame = frame.assign(row=row, day=day)
        frame["case"] = frame.groupby(["row", "day"], sort=False).ngroup()
        cases = frame.drop_duplicates("case")
        self._lines = frame
        self.row, self.day = (cases[name].to_numpy(np.int64) for name in ("row", "day"))
        self._clashing = cases["clashing"].to_numpy(object)
        self._met = np.zeros(len(cases), dtype=bool)

    def check(self, findings: Findings, block: Block) -> None:
        """Verify the cases of a block's order dates: that each is there, and what is said of it."""
        days = np.array(block.calendar.days, dtype=np.int64)
        place, order = np.searchsorted(block.rows, self.row), np.searchsorted(days, self.day)
        mine = (np.append(block.rows, -2)[place] == self.row) & (np.append(days, -2)[order] == self.day)
        self._met |= mine
        if not len(days):
            return
        (cases,) = mine.nonzero()
        found = np.zeros(block.quantity.shape, dtype=np.int64)
        np.add.at(found, (order[cases], place[cases]), 1)
        where = block.rows, days[:, None]
        findings.compare("conflicts", where, said_of(block)["conflict"].astype(np.int64), found)
        # What is expected to be left is a figure of another rule: here stock is that of the mean.
        cases = cases[~block.by_leftover[place[cases]]]
        for first in range(0, len(cases), MOST_CASES):
            part = cases[first : first + MOST_CASES]
            dates = _Dates(block, place[part], order[part])
            self._check_sets(findings, dates, part)
            self._check_ways(findings, dates, part)

    def _check_sets(self, findings: Findings, dates: _Dates, cases: NDArray[np.intp]) -> None:
        """Verify that the named rules clash, while no set of fewer rules does."""
        texts = self._clashing[cases]
        known = {text: _number_of(text.split(", ")) for text in set(texts.tolist())}
        sets = np.array([known[text] for text in texts], dtype=np.int64)
        holds = (sets >= 0) & ~dates.legal[sets, np.arange(len(sets))]
        for rules in range(ALL + 1):
            holds &= dates.legal[rules] | (rules.bit_count() >= COUNT[sets])
        where = self.row[cases], self.day[cases]
        findings.require("conflicts", where, holds, "the smallest set of rules that clash", texts)

    def _check_ways(self, findings: Findings, dates: _Dates, cases: NDArray[np.intp]) -> None:
        """Verify what each way out gives up, what it admits and what it costs."""
        number = np.full(len(self.row), -1)
        number[cases] = np.arange(len(cases))
        lines = self._lines[number[self._lines["case"]] >= 0]
        at = number[lines["case"]]
        where = lines["row"].to_numpy(np.int64), lines["day"].to_numpy(np.int64)
        rule = np.array([RULES.index(name) if name in RULES else -1 for name in lines["rule"]], dtype=np.int64)
        now = np.where(rule >= 0, dates.now[rule, at], np.nan)
        findings.compare("conflict ways out", where, now, lines["from"].to_numpy(np.float64))
        cost = lines["unserved_value"].to_numpy(np.float64) + lines["holding_cost"].to_numpy(np.float64)
        findings.compare("conflict ways out", where, cost, lines["total_cost"].to_numpy(np.float64), within=CENT)
        way = lines.groupby(["case", "rank"], dropna=False).ngroup().to_numpy(np.int64)
        known, count = rule >= 0, int(way.max(initial=-1)) + 1
        sets, then = np.zeros(count, dtype=np.int64), np.full((len(RULES), count), np.nan)
        np.bitwise_or.at(sets, way[known], 1 << rule[known])
        then[rule[known], way[known]] = lines["to"].to_numpy(np.float64)[known]
        line = np.zeros(count, dtype=np.int64)
        line[way] = np.arange(len(way))
        quantity = lines["quantity"].to_numpy(np.float64)[line]
        holds = dates.frees(sets, at[line]) & dates.admits(at[line], quantity, then)
        text, where = "a legal order once its rules give way, and not before", (where[0][line], where[1][line])
        findings.require("conflict ways out", where, holds, text, quantity)

    def check_rest(self, findings: Findings) -> None:
        """Report cases of no row or order date of the plan."""
        findings.require("conflicts", (self.row, self.day), self._met, "an order date of the plan", "none")


def _number_of(names: list[str]) -> int:
    """Return the number of a set of rules; -1 where a name is none."""
    return sum(1 << RULES.index(name) for name in set(names)) if set(names) <= set(RULES) else -1


class _Dates:
    """Order dates of some rows, shape (n,), with their rules and the room under a hard maximum stock."""

    def __init__(self, block: Block, column: NDArray[np.int64], order: NDArray[np.int64]) -> None:
        arrivals = np.array(block.calendar.arrivals, dtype=np.int64)
        ordered, arrived = list(block.calendar.days), list(block.calendar.arrivals)
        at = order, column
        rules = {
            name: block.rule(name, days, NONE[name])[at]
            for name, days in zip(RULES[:4], (ordered, ordered, ordered, arrived), strict=True)
        }
        rules["moq"] = np.ceil(rules["moq"])
        limit = rules["max_stock"]
        self._rules = np.array([rules[name] for name in RULES[:3]])
        self.now = np.vstack([self._rules, np.where(np.isinf(limit), 0.0, limit), np.zeros(len(order))])
        hard = block.rule("max_stock_is_hard", arrived, 0.0)[at] == 1
        self._limit = np.where(hard, limit, np.inf)
        self._first, self._last = np.array(block.calendar.windows, dtype=np.int64)[order].T
        self._stock = _opening_stock(block, column, order, arrivals) / GRID
        self.legal = np.array([self._is_legal(number) for number in range(ALL + 1)])

    def _is_legal(self, number: int) -> Flags:
        """Tell where an order above 0 is legal under some rules: where the first multiple from the MOQ on is."""
        moq, multiple, most = (
            values if number & 1 << place else np.full(len(values), NONE[RULES[place]])
            for place, values in enumerate(self._rules)
        )
        least = -(-np.maximum(moq, 1.0) // multiple) * multiple
        fits = least <= most
        if number & MAX_STOCK:
            days = np.arange(len(self._stock))[:, None]
            last = self._first if number & CALENDAR else self._last
            inside = (days >= self._first) & (days <= last)
            fits &= (inside & (self._stock + least <= self._limit)).any(axis=0)
        return np.asarray(fits)

    def frees(self, sets: NDArray[np.int64], at: NDArray[np.int64]) -> Flags:
        """Tell which sets of rules, given up, make an order legal while no smaller part of them does."""
        holds = self.legal[ALL ^ sets, at].copy()
        for rules in np.unique(sets).tolist():
            here = np.flatnonzero(sets == rules)
            for part in (part for part in range(rules) if part & rules == part):
                holds[here] &= ~self.legal[ALL ^ part, at[here]]
        return holds

    def admits(self, at: NDArray[np.int64], quantity: Numbers, then: Numbers) -> Flags:
        """Tell which quantities are legal with other values of some rules (NaN: as they are); 0 always is."""
        moq, multiple, most = (
            np.where(np.isnan(other), own, other) for own, other in zip(self._rules[:, at], then, strict=False)
        )
        day = self._first[at] + np.nan_to_num(then[4]).astype(np.int64)
        limit = np.where(np.isnan(then[3]), self._limit[at], then[3])
        stock = self._stock[np.clip(day, 0, len(self._stock) - 1), at]
        fits = (moq <= quantity) & (quantity <= most) & (quantity % multiple == 0)
        fits &= (day <= self._last[at]) & (stock + quantity <= limit)
        return np.asarray(fits | (quantity == 0))


def _opening_stock(
    block: Block, column: NDArray[np.int64], order: NDArray[np.int64], arrivals: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return stock less backlog at the opening of each day, shape (days, n): with earlier orders and all edits."""
    orders = np.arange(len(arrivals))[:, None]
    seen = ((orders < order) | block.edited[:, column]) & (orders != order)
    receipts = block.scheduled[:, column].copy()
    for units, arrival in zip(np.where(seen, block.quantity[:, column], 0), arrivals.tolist(), strict=True):
        if arrival < len(receipts):
            receipts[arrival] += units
    opening, waits = block.opening[column], block.backorder[column]
    walk = balances(opening, receipts, block.demand[:, column], waits)
    before = np.vstack([np.where(waits, opening, np.maximum(opening, 0))[None], (walk.ending - walk.backlog)[:-1]])
    return np.asarray(before + receipts)
