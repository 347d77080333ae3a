"""Greedy choices of packs, for more lines than an exact solver is asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.position import FloatArray
    from moselle_nb.engines.supplier_ladders import Ladders
    from moselle_nb.engines.supplier_solver import Minimums

__all__ = ["TOLERANCE", "cover", "pack_within"]

TOLERANCE = 1e-9
"""Share of a limit that rounding of floating-point sums may take."""

LEAST_SHARE = 1e-12


class _Taking:
    """Packs taken so far of each line, and what the next step of each would bring."""

    def __init__(self, ladders: Ladders) -> None:
        self.ladders = ladders
        self.packs = np.zeros(len(ladders.pack), dtype=np.int64)
        self.step = ladders.first.copy()
        self.worth = np.array([total[first] if most else 0.0 for total, first, most in zip(
            ladders.totals, ladders.first.tolist(), ladders.most.tolist(), strict=True)])  # fmt: skip
        self.open = ladders.most > 0

    def alike(self, line: int) -> int:
        """Return how many packs in a row bring the same as the next one."""
        if self.step[line] > 1:
            return int(self.step[line])
        steps = np.round(np.diff(self.ladders.totals[line][self.packs[line] :]), 9)
        return int(np.append(steps != steps[0], True).argmax())

    def take(self, line: int, count: int) -> None:
        """Take packs of a line."""
        self.packs[line] += count
        at, total = int(self.packs[line]), self.ladders.totals[line]
        self.step[line] = 1
        self.open[line] = at < self.ladders.most[line]
        self.worth[line] = total[at + 1] - total[at] if self.open[line] else 0.0


def cover(costs: Ladders, per_pack: FloatArray, gaps: FloatArray) -> NDArray[np.int64]:
    """Close gaps by the packs that close most of them for their cost, then give back what was too much.

    Parameters
    ----------
    costs
        What packs cost.
    per_pack
        What a pack adds to each gap, shape (gaps, lines).
    gaps
        Above 0, and within what all packs together close, shape (gaps,).
    """
    taking, left = _Taking(costs), gaps.copy()
    while (left > gaps * TOLERANCE).any():
        adds = np.minimum(per_pack * taking.step, left.clip(0.0)[:, None])
        share = (adds / gaps[:, None]).sum(axis=0)
        helps = taking.open & (share > 0)
        line = int(np.where(helps, taking.worth / np.where(helps, share, 1.0), np.inf).argmin())
        count = int(taking.step[line])
        if count == 1:
            closing = per_pack[:, line] > 0
            lasting = np.floor((left[closing] / per_pack[closing, line])[left[closing] > 0])
            count = max(1, min(taking.alike(line), int(lasting.min())))
        taking.take(line, count)
        left -= per_pack[:, line] * count
    return _given_back(costs, per_pack, -left + gaps * TOLERANCE, taking.packs)


def _given_back(costs: Ladders, per_pack: FloatArray, over: FloatArray, packs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give packs back, dearest first, while the gaps stay closed."""
    last = np.array([total[count] - total[count - 1] if count else -np.inf
                     for total, count in zip(costs.totals, packs.tolist(), strict=True)])  # fmt: skip
    for line in np.argsort(-last, kind="stable").tolist():
        while packs[line]:
            back = 1 if packs[line] > costs.first[line] else int(packs[line])
            if (over < per_pack[:, line] * back).any():
                break
            packs[line] -= back
            over = over - per_pack[:, line] * back
    return packs


def pack_within(
    values: Ladders, per_pack: FloatArray, upper: FloatArray, minimums: Minimums | None
) -> NDArray[np.int64]:
    """Take packs by value per share of the limits; an order that misses a minimum is served first, or not placed.

    Parameters
    ----------
    values
        What packs are worth.
    per_pack
        What a pack takes of each limit, shape (limits, lines).
    upper
        Limits, shape (limits,).
    minimums
        What each order must reach unless it is not placed.
    """
    asked = _Asked(values, minimums)
    closed, first = np.zeros(asked.orders, dtype=bool), np.zeros(asked.orders, dtype=bool)
    while True:
        asked.start_again()
        packs = _taken(values, per_pack, upper, asked, closed, first)
        failing = asked.below() & (np.bincount(asked.order, packs, asked.orders) > 0)
        if not failing.any():
            return packs
        one = int(failing.argmax())
        (closed if first[one] else first)[one] = True


class _Asked:
    """What the minimums of orders ask, and what was taken for each order so far."""

    def __init__(self, ladders: Ladders, minimums: Minimums | None) -> None:
        lines = len(ladders.pack)
        none = np.zeros((0, lines)), np.zeros((0, 1))
        per_unit, self._least = none if minimums is None else (minimums.per_unit, minimums.least)
        self.order = np.zeros(lines, dtype=np.int64) if minimums is None else minimums.order
        self.orders = self._least.shape[1]
        self._per_pack = per_unit * ladders.pack
        self.start_again()

    def start_again(self) -> None:
        """Forget what was taken."""
        self._amount = np.zeros(self._least.shape)

    def take(self, line: int, count: int) -> None:
        """Count packs of a line."""
        self._amount[:, self.order[line]] += self._per_pack[:, line] * count

    def below(self) -> NDArray[np.bool_]:
        """Tell which orders do not reach a minimum."""
        return np.asarray((self._amount < self._least * (1 - TOLERANCE)).any(axis=0))


def _taken(
    values: Ladders, per_pack: FloatArray, upper: FloatArray, asked: _Asked, closed: NDArray[np.bool_],
    first: NDArray[np.bool_],
) -> NDArray[np.int64]:  # fmt: skip
    taking, left = _Taking(values), upper.astype(np.float64)
    scale = np.where(upper > 0, upper, 1.0)
    while True:
        fits = (per_pack * taking.step <= (left + scale * TOLERANCE)[:, None]).all(axis=0)
        among = taking.open & fits & ~closed[asked.order]
        short = first & asked.below()
        urgent = among & short[asked.order] if short.any() else None
        if urgent is not None and urgent.any():
            among = urgent
        if not among.any():
            return taking.packs
        share = np.maximum((per_pack * taking.step / scale[:, None]).sum(axis=0), LEAST_SHARE)
        line = int(np.where(among, taking.worth / share, -np.inf).argmax())
        count = int(taking.step[line])
        if count == 1 and among is not urgent:
            uses = per_pack[:, line] > 0
            fitting = np.floor((left + scale * TOLERANCE)[uses] / per_pack[uses, line])
            count = max(1, int(min([taking.alike(line), *fitting])))
        taking.take(line, count)
        asked.take(line, count)
        left -= per_pack[:, line] * count
