"""Quantiles of a forecast: columns such as ``q10``, ``q50`` and ``q97.5``, each with its level in per cent."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.inputs.checked import examples_of
from moselle_nb.inputs.fields import Field
from moselle_nb.inputs.tables import Column

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from moselle_nb.inputs.checked import CheckedTable
    from moselle_nb.inputs.ledger import Ledger
    from moselle_nb.inputs.tables import Table

__all__ = ["check_quantiles", "levels_of", "moments_of", "quantile_function", "with_quantiles"]

NAME = re.compile(r"q(\d{1,2}(?:\.\d+)?)")

FEWEST = 2
"""One quantile says nothing of the spread."""


def _level(name: str) -> float:
    """Return the level of a column of quantiles, in per cent; 0 for any other."""
    found = NAME.fullmatch(name)
    return float(found[1]) if found else 0.0


def levels_of(names: Iterable[str]) -> dict[str, float]:
    """Return the columns of quantiles, by rising level.

    Examples
    --------
    >>> levels_of(["quantity", "q90", "q5"])
    {'q5': 0.05, 'q90': 0.9}
    """
    found = {name: _level(name) / 100 for name in names}
    return dict(sorted(((name, level) for name, level in found.items() if level), key=lambda each: each[1]))


def with_quantiles(table: Table, names: Iterable[str]) -> Table:
    """Return the contract of a table with the columns of quantiles that arrived."""
    more = tuple(Column(name, "number", field=Field(name, "number", name, "units")) for name in levels_of(names))
    return replace(table, columns=table.columns + more) if more else table


def check_quantiles(checked: CheckedTable, ledger: Ledger) -> None:
    """Note lines whose quantiles cross or are incomplete, and levels that are alone or stand twice."""
    levels = levels_of(checked.columns)
    if not levels:
        return
    names, table = list(levels), checked.table.name
    if len(names) < FEWEST or len(set(levels.values())) < len(names):
        rule = f"quantiles are of {FEWEST} levels or more, each once, such as q10, q50 and q90"
        ledger.breaks(table, rule, 0, [f"found {', '.join(names)}"])
        return
    columns = [column.values for name in names if (column := checked.numbers(name)) is not None]
    values = np.stack(columns)
    given = ~np.isnan(values)
    partly = np.asarray(given.any(axis=0) & ~given.all(axis=0))
    _note(checked, ledger, f"a line has all of {', '.join(names)} or none", partly, values)
    falls = np.asarray(given.all(axis=0) & (np.diff(np.nan_to_num(values), axis=0) < 0).any(axis=0))
    _note(checked, ledger, "quantiles do not cross: a higher level has no lower quantile", falls, values)


def quantile_function(
    levels: NDArray[np.float64], quantiles: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return levels from 0 to 1 and the quantiles at them: below and above what is given the slope goes on, down to 0.

    Parameters
    ----------
    levels
        Rising, inside (0, 1), at least two, shape (levels,).
    quantiles
        Units, never falling, shape (levels, rows).
    """
    slopes = np.diff(quantiles, axis=0) / np.diff(levels)[:, None]
    low = np.maximum(quantiles[0] - slopes[0] * levels[0], 0.0)
    high = quantiles[-1] + slopes[-1] * (1 - levels[-1])
    return np.concatenate([[0.0], levels, [1.0]]), np.vstack([low, quantiles, high])


def moments_of(
    levels: NDArray[np.float64], quantiles: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and standard deviation of demand whose quantile function is straight between its levels.

    Between two levels demand is uniform: its mean is in the middle, its variance a twelfth of the squared distance.

    Parameters
    ----------
    levels, quantiles
        As for `quantile_function`.
    """
    share, units = quantile_function(levels, quantiles)
    width, middle = np.diff(share)[:, None], (units[1:] + units[:-1]) / 2
    mean = (width * middle).sum(axis=0)
    within = np.square(np.diff(units, axis=0)) / 12
    return mean, np.sqrt((width * (np.square(middle - mean) + within)).sum(axis=0))


def _note(
    checked: CheckedTable, ledger: Ledger, rule: str, wrong: NDArray[np.bool_], values: NDArray[np.float64]
) -> None:
    lines, names = np.flatnonzero(wrong), list(levels_of(checked.columns))

    def said(line: int) -> str:
        found = ", ".join(f"{name} = {value:g}" for name, value in zip(names, values[:, line], strict=True))
        return f"{checked.label(line)} {found}"

    if len(lines):
        ledger.breaks(checked.table.name, rule, len(lines), examples_of(lines, said))
