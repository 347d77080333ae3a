"""Ladders of packs: what each further pack of an order line costs, or is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from moselle_nb.engines.position import FloatArray

__all__ = ["Ladders", "holding_costs", "ladders_of"]

ALIKE = 9
"""Decimals up to which two packs are worth the same."""


@dataclass(frozen=True, eq=False)
class Ladders:
    """Packs that can be taken of each line: a first step, then packs one by one, in rungs of packs worth the same.

    Parameters
    ----------
    pack
        Units of a pack, shape (lines,).
    first
        Packs of the first step, at least 1, shape (lines,).
    most
        Most packs, shape (lines,); 0 where no first step fits.
    totals
        What 0 to `most` packs are worth in all, per line.
    line, count, worth
        Per rung: its line, how many packs it has, and what each of them is worth; a line with a first step of several
        packs has rungs for those after it only.
    """

    pack: FloatArray
    first: NDArray[np.int64]
    most: NDArray[np.int64]
    totals: tuple[FloatArray, ...]
    line: NDArray[np.int64]
    count: NDArray[np.int64]
    worth: FloatArray

    @property
    def has_first(self) -> NDArray[np.bool_]:
        """Which lines can only begin with several packs at once."""
        return (self.first > 1) & (self.most > 0)

    @property
    def first_worth(self) -> FloatArray:
        """What the first step is worth, shape (lines,)."""
        steps = zip(self.totals, self.first.tolist(), self.most.tolist(), strict=True)
        return np.array([total[first] if most else 0.0 for total, first, most in steps], dtype=np.float64)

    def of(self, packs: NDArray[np.integer]) -> FloatArray:
        """Return what numbers of packs are worth, shape (lines,)."""
        return np.array([total[count] for total, count in zip(self.totals, packs.tolist(), strict=True)])


def ladders_of(totals: Sequence[FloatArray], pack: FloatArray, first: NDArray[np.int64]) -> Ladders:
    """Make ladders from what 0, 1, 2 … packs of each line are worth in all.

    Parameters
    ----------
    totals
        Per line, from 0 packs to the most: convex where they are costs, concave where they are values.
    pack
        Units of a pack, shape (lines,).
    first
        Packs of the first step, shape (lines,).
    """
    most = np.array([len(total) - 1 for total in totals], dtype=np.int64)
    most = np.where(most >= first, most, 0)
    lines, counts, worths = [], [], []
    for number, total in enumerate(totals):
        begin = int(first[number]) if first[number] > 1 else 0
        steps = np.round(np.diff(total[begin : most[number] + 1]), ALIKE)
        if not len(steps):
            continue
        edges = np.flatnonzero(np.concatenate([[True], steps[1:] != steps[:-1]]))
        lines.append(np.full(len(edges), number))
        counts.append(np.diff(np.append(edges, len(steps))))
        worths.append(steps[edges])
    empty = np.zeros(0, dtype=np.int64)
    return Ladders(
        np.asarray(pack, dtype=np.float64), np.asarray(first, dtype=np.int64), most, tuple(totals),
        np.concatenate([empty, *lines]), np.concatenate([empty, *counts]), np.concatenate([np.zeros(0), *worths]),
    )  # fmt: skip


def holding_costs(units: FloatArray, days: FloatArray, rate: float, quantity: FloatArray) -> FloatArray:
    r"""Return what it costs to hold quantities until they are needed.

    .. math:: c(n) = h \sum_s d_s \, \min(u_s, (n - U_{s-1})^+), \quad U_s = u_1 + \dots + u_s

    Parameters
    ----------
    units
        Units that become needed at each later moment s, shape (moments,); what is beyond them counts with the last one.
    days
        Days by which units come earlier than needed there, increasing, shape (moments,).
    rate
        Cost per unit and day.
    quantity
        Units brought forward, any shape.
    """
    if not len(units):
        return np.zeros_like(quantity)
    reached = np.concatenate([[0.0], np.cumsum(units)])
    cost = np.concatenate([[0.0], np.cumsum(units * days)])
    beyond = np.maximum(quantity - reached[-1], 0.0) * days[-1]
    return np.asarray(rate * (np.interp(quantity, reached, cost) + beyond))
