"""What a check found: every rule by name, how much was checked, and each cell that breaks one."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import ArrayLike, NDArray

__all__ = ["SHOWN", "CheckReport", "Findings"]

SHOWN = 1000
"""Violations kept per rule; all of them are counted."""

TEXT_LINES = 10

VIOLATION_COLUMNS = ("rule", "item", "location", "date", "expected", "found")


@dataclass(frozen=True, eq=False)
class CheckReport:
    """The outcome of `ReplenishmentPlan.check`.

    Parameters
    ----------
    rules
        rule, meaning, cells (how many were checked), violations.
    violations
        rule, item, location, date, expected, found: the first `SHOWN` of each rule.
    forced_edits
        Edits that break a commercial rule on purpose, with their reason: no violations.
    """

    rules: pd.DataFrame
    violations: pd.DataFrame
    forced_edits: pd.DataFrame

    @property
    def ok(self) -> bool:
        """Whether no rule is broken."""
        return not self.rules["violations"].any()

    def _verdict(self) -> str:
        cells, broken = int(self.rules["cells"].sum()), int(self.rules["violations"].sum())
        forced = len(self.forced_edits)
        extra = f"; {forced:,} forced edit{'' if forced == 1 else 's'}" if forced else ""
        found = "no violations" if not broken else f"{broken:,} violation{'' if broken == 1 else 's'}"
        return f"{found} in {cells:,} cells by {len(self.rules)} rules{extra}"

    def __repr__(self) -> str:
        """Give the verdict, the rules that are broken and the first violations."""
        lines = [f"CheckReport: {self._verdict()}"]
        lines += [
            f"  - {rule.rule}: {rule.violations:,} of {rule.cells:,} cells ({rule.meaning})"
            for rule in self.rules[self.rules["violations"] > 0].itertuples()
        ]
        for cell in self.violations.head(TEXT_LINES).to_dict("records"):
            day = f", {cell['date']:%Y-%m-%d}" if isinstance(cell["date"], pd.Timestamp) else ""
            where = f"({cell['item']}, {cell['location']}{day})"
            lines.append(f"    {cell['rule']} {where}: expected {cell['expected']}, found {cell['found']}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        parts = [f"<p><strong>{html.escape(self._verdict())}</strong></p>", _table(self.rules, "Rules")]
        if len(self.violations):
            parts.append(_table(self.violations.head(100), "Violations"))
        if len(self.forced_edits):
            parts.append(_table(self.forced_edits.head(100), "Forced edits"))
        return "".join(parts)


def _table(frame: pd.DataFrame, caption: str) -> str:
    head = "".join(f'<th scope="col">{html.escape(str(name))}</th>' for name in frame.columns)
    rows = ("".join(f"<td>{html.escape(_cell(value))}</td>" for value in row) for row in frame.itertuples(index=False))
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: object) -> str:
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return ""
    return f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else str(value)


@dataclass(eq=False)
class Findings:
    """What has been found so far.

    Parameters
    ----------
    meanings
        Rule to what it demands.
    name
        From rows of the plan to their items and locations; a row of -1 has neither.
    as_of
        Day 0.
    """

    meanings: Mapping[str, str]
    name: Callable[[NDArray[np.int64]], tuple[NDArray[np.object_], NDArray[np.object_]]]
    as_of: np.datetime64
    _cells: dict[str, int] = field(default_factory=dict)
    _broken: dict[str, int] = field(default_factory=dict)
    _kept: dict[str, list[pd.DataFrame]] = field(default_factory=dict)

    def compare(
        self,
        rule: str,
        where: tuple[ArrayLike, ArrayLike],
        expected: ArrayLike,
        found: ArrayLike,
        *,
        only: NDArray[np.bool_] | None = None,
        within: float = 0.0,
    ) -> None:
        """Compare cell by cell; two NaN, and two nulls of text, are equal.

        Parameters
        ----------
        rule
            Name of the rule.
        where
            Rows and days of the cells; they broadcast to the cells' shape.
        expected, found
            Numbers or text.
        only
            Cells that count; all of them when left out.
        within
            Largest difference that is no violation.
        """
        left, right = np.broadcast_arrays(np.asarray(expected), np.asarray(found))
        if "O" in {left.dtype.kind, right.dtype.kind}:
            empty, void = pd.isna(left), pd.isna(right)
            same = (empty & void) | (~empty & ~void & (left == right))
        else:
            same = (left == right) | ((left != left) & (right != right))  # noqa: PLR0124 (NaN)
            if within:
                same |= np.abs(left - right) <= within
        self.require(rule, where, same, left, right, only=only)

    def require(
        self,
        rule: str,
        where: tuple[ArrayLike, ArrayLike],
        holds: NDArray[np.bool_],
        expected: ArrayLike,
        found: ArrayLike,
        *,
        only: NDArray[np.bool_] | None = None,
    ) -> None:
        """Count cells, and note those in which a rule does not hold."""
        counted = np.ones(holds.shape, dtype=bool) if only is None else np.broadcast_to(only, holds.shape)
        wrong = ~holds & counted
        number = int(wrong.sum())
        self._cells[rule] = self._cells.get(rule, 0) + int(counted.sum())
        kept = self._broken.get(rule, 0)
        self._broken[rule] = kept + number
        if not number or kept >= SHOWN:
            return
        index = np.nonzero(wrong)
        index = tuple(axis[: SHOWN - kept] for axis in index)
        row, day = (np.broadcast_to(np.asarray(part), holds.shape)[index] for part in where)
        cells = (np.broadcast_to(np.asarray(part), holds.shape)[index] for part in (expected, found))
        self._kept.setdefault(rule, []).append(self._frame(rule, row, day, *cells))

    def _frame(
        self, rule: str, row: NDArray[np.int64], day: NDArray[np.int64], *cells: NDArray[np.generic]
    ) -> pd.DataFrame:
        item, location = self.name(row.astype(np.int64))
        date = (self.as_of + day.astype("timedelta64[D]")).astype("datetime64[ns]")
        expected, found = (cell.astype(object) for cell in cells)
        values = (rule, item, location, date, expected, found)
        return pd.DataFrame(dict(zip(VIOLATION_COLUMNS, values, strict=True)))

    def report(self, forced_edits: pd.DataFrame) -> CheckReport:
        """Return the report, rules in the order in which they are defined."""
        rules = pd.DataFrame(
            [(rule, text, self._cells.get(rule, 0), self._broken.get(rule, 0)) for rule, text in self.meanings.items()],
            columns=["rule", "meaning", "cells", "violations"],
        )
        parts = [part for rule in self.meanings for part in self._kept.get(rule, ())]
        violations = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(VIOLATION_COLUMNS))
        return CheckReport(rules, violations, forced_edits.reset_index(drop=True))
