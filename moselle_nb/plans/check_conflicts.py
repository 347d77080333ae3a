"""The checker's rules on conflicts: the rules that are named clash, and what a way out admits is legal then."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.plans.check_days import GRID, balances, grid
from moselle_nb.plans.check_orders import days_of, said_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    from numpy.typing import NDArray

    from moselle_nb.plans.check_report import Findings
    from moselle_nb.plans.check_rules import Block
    from moselle_nb.plans.resolved import ResolvedInputs
    from moselle_nb.plans.row_names import RowNames

    Flags = NDArray[np.bool_]
    Numbers = NDArray[np.float64]

__all__ = ["ShownConflicts"]

RULES = ("moq", "order_multiple", "max_order", "max_stock", "order_calendar")

NONE = {"moq": 0.0, "order_multiple": 1.0, "max_order": np.inf, "max_stock": np.inf, "order_calendar": 0.0}
"""Values of rules that give way."""

CENT = 1e-6


class ShownConflicts:
    """`ReplenishmentPlan.conflicts` as it is shown: one case per row and order date, with its ways out."""

    def __init__(self, inputs: ResolvedInputs, frame: pd.DataFrame, names: RowNames) -> None:
        row, day = names.rows(frame["item"], frame["location"]), days_of(inputs, frame["order_date"])
        self._lines = frame.assign(row=row, day=day)
        cases = self._lines.drop_duplicates(["row", "day"])
        self.row, self.day = (cases[name].to_numpy(np.int64) for name in ("row", "day"))
        self._clashing = [frozenset(text.split(", ")) for text in cases["clashing"]]
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
        if not len(cases):
            return
        dates = _Dates(block, place[cases], order[cases])
        where = self.row[cases], self.day[cases]
        sets = [self._clashing[case] for case in cases.tolist()]
        named = np.array([", ".join(sorted(rules)) for rules in sets], dtype=object)
        findings.require("conflicts", where, _smallest(dates, sets), "the smallest set of rules that clash", named)
        self._check_ways(findings, dates, cases)

    def _check_ways(self, findings: Findings, dates: _Dates, cases: NDArray[np.intp]) -> None:
        """Verify what each way out gives up, what it admits and what it costs."""
        number = {key: at for at, key in enumerate(zip(self.row[cases], self.day[cases], strict=True))}
        lines = self._lines[[key in number for key in zip(self._lines["row"], self._lines["day"], strict=True)]]
        at = np.array([number[key] for key in zip(lines["row"], lines["day"], strict=True)], dtype=np.int64)
        where = lines["row"].to_numpy(np.int64), lines["day"].to_numpy(np.int64)
        now = np.array([dates.now(rule)[place] for rule, place in zip(lines["rule"], at, strict=True)])
        shown = lines["from"].to_numpy(np.float64)
        findings.compare("conflict ways out", where, now, shown)
        cost = lines["unserved_value"].to_numpy(np.float64) + lines["holding_cost"].to_numpy(np.float64)
        findings.compare("conflict ways out", where, cost, lines["total_cost"].to_numpy(np.float64), within=CENT)
        for (row, day, _), way in lines.groupby(["row", "day", "rank"]):
            place, rules = number[row, day], frozenset(way["rule"])
            fits = dates.legal(frozenset(RULES) - rules, place)
            fits &= not any(dates.legal(frozenset(RULES) - part, place) for part in _smaller(rules))
            then = dict(zip(way["rule"], way["to"], strict=True))
            fits &= dates.admits(place, float(way["quantity"].iloc[0]), then)
            text = "a legal order once these rules give way, and not before"
            findings.require(
                "conflict ways out",
                (np.array([row]), np.array([day])),
                np.array([fits]),
                text,
                ", ".join(sorted(rules)),
            )

    def check_rest(self, findings: Findings) -> None:
        """Report cases of no row or order date of the plan."""
        findings.require("conflicts", (self.row, self.day), self._met, "an order date of the plan", "none")


def _smallest(dates: _Dates, sets: list[frozenset[str]]) -> Flags:
    """Tell which sets clash, while no set of fewer rules does."""
    known = [rules <= frozenset(RULES) and not dates.legal(rules, at) for at, rules in enumerate(sets)]
    fewer = [
        not any(
            not dates.legal(frozenset(part), at)
            for size in range(len(rules)) for part in combinations(RULES, size)
        )
        for at, rules in enumerate(sets)
    ]  # fmt: skip
    return np.array(known) & np.array(fewer)


def _smaller(rules: frozenset[str]) -> Iterable[frozenset[str]]:
    """Yield the parts of a set that are smaller than it."""
    for size in range(len(rules)):
        yield from map(frozenset, combinations(sorted(rules), size))


class _Dates:
    """Order dates of some rows with their rules, and the room under a hard maximum stock from the arrival on."""

    def __init__(self, block: Block, column: NDArray[np.int64], order: NDArray[np.int64]) -> None:
        arrivals = np.array(block.calendar.arrivals, dtype=np.int64)
        ordered, arrived = list(block.calendar.days), list(block.calendar.arrivals)
        own = order, column
        self._rules = {
            name: block.rule(name, days, NONE[name])[own]
            for name, days in (
                ("moq", ordered), ("order_multiple", ordered), ("max_order", ordered), ("max_stock", arrived))
        }  # fmt: skip
        self._rules["moq"] = np.ceil(self._rules["moq"])
        hard = block.rule("max_stock_is_hard", arrived, 0.0)[own] == 1
        self._limit = np.where(hard, self._rules["max_stock"], np.inf)
        windows = np.array(block.calendar.windows, dtype=np.int64)
        self._first, self._last = windows[order].T
        self._stock = _opening_stock(block, column, order, arrivals)

    def now(self, rule: str) -> Numbers:
        """Return the values of a rule; 0 for the calendar, and where there is no maximum stock."""
        values = self._rules.get(rule, np.zeros(len(self._limit)))
        return np.where(np.isinf(values), 0.0, values) if rule == "max_stock" else values

    def legal(self, rules: frozenset[str], at: int) -> bool:
        """Tell whether an order above 0 is legal on a date under some rules: the first multiple from the MOQ on is."""
        value = {name: float(self._rules[name][at]) if name in rules else NONE[name] for name in RULES[:3]}
        multiple = int(value["order_multiple"])
        least = -(-int(max(value["moq"], 1.0)) // multiple) * multiple
        if least > value["max_order"]:
            return False
        last = int(self._first[at]) if "order_calendar" in rules else int(self._last[at])
        return "max_stock" not in rules or self._fits(at, least, last, float(self._limit[at]))

    def admits(self, at: int, quantity: float, then: dict[str, float]) -> bool:
        """Tell whether a quantity is legal on a date with other values of some rules; 0 always is."""
        if quantity == 0:
            return True
        moq, multiple, most = (then.get(name, float(self._rules[name][at])) for name in RULES[:3])
        day = int(self._first[at] + then.get("order_calendar", 0.0))
        if not (moq <= quantity <= most and quantity % multiple == 0 and day <= self._last[at]):
            return False
        return self._fits(at, quantity, day, then.get("max_stock", float(self._limit[at])), day)

    def _fits(self, at: int, quantity: float, last: int, limit: float, first: int | None = None) -> bool:
        """Tell whether an order fits on any of the days up to the last."""
        begin = int(self._first[at]) if first is None else first
        stock = self._stock[begin : last + 1, at]
        return bool(np.isinf(limit)) or bool((stock + int(quantity) * GRID <= grid(limit)).any())


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
