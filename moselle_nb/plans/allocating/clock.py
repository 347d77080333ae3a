"""The clock of solvers: what it cut off is remembered, so that a plan file gives the same plan on any machine."""

from __future__ import annotations

import contextlib
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from moselle_nb.engines.exact_solver import Budget

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from moselle_nb.plans.allocating.block import AllocationBlock

__all__ = ["Clock", "CutOff", "Decided", "as_decided"]

Decided: TypeAlias = "Mapping[tuple[int, ...], CutOff]"
"""By step of edits (-1 before the first), ship date, first and last pool of the block, turn, and item."""


@dataclass(frozen=True, eq=False)
class CutOff:
    """What an item had on a ship date when time for solvers ended.

    Parameters
    ----------
    cell
        Cells of the plan.
    quantity, stopped
        Units, and why there are no more.
    """

    cell: NDArray[np.int64]
    quantity: NDArray[np.float64]
    stopped: NDArray[np.int8]


_KNOWN: ContextVar[Decided | None] = ContextVar("decided", default=None)


@contextlib.contextmanager
def as_decided(decided: Decided) -> Iterator[None]:
    """Take what a clock cut off as it was then, and give solvers all the time that the rest takes."""
    token = _KNOWN.set(decided)
    try:
        yield
    finally:
        _KNOWN.reset(token)


class Clock(Budget):
    """Seconds for the solvers of one plan or one trial, and what they did not finish.

    Parameters
    ----------
    seconds
        From now on.
    step
        The step of edits that is tried; -1 for the plan without edits.
    """

    def __init__(self, seconds: float, step: int = -1) -> None:
        self._known = _KNOWN.get()
        super().__init__(seconds if self._known is None else np.inf)
        self.step, self.decided = step, dict[tuple[int, ...], CutOff]()
        self._calls: dict[tuple[int, ...], int] = {}
        self._call: tuple[int, ...] = ()
        self._key: tuple[int, ...] = ()
        self._cut: list[int] = []

    def begin(self, block: AllocationBlock, date: int) -> None:
        """Begin to share a ship date of a block."""
        span = self.step, date, block.pools.start, block.pools.stop
        self._calls[span] = self._calls.get(span, -1) + 1
        self._call, self._cut = (*span, self._calls[span]), []

    def at(self, block: AllocationBlock, item: int) -> None:
        """Turn to an item of the block."""
        self._key = *self._call, int(block.items[item])

    @property
    def left(self) -> float:
        """Seconds left, at least 0; none for what was cut off before."""
        return 0.0 if self._known and self._key in self._known else super().left

    def at_least(self, seconds: float) -> float:
        """Return the seconds left, or these where there are fewer."""
        return 0.0 if self._known and self._key in self._known else max(self.left, seconds)

    def is_over(self) -> bool:
        """Tell whether no time is left for the item; if so, that is marked."""
        over = self.left <= 0
        if over:
            self.mark(finished=False)
        return over

    def mark(self, *, finished: bool) -> None:
        """Note whether the solver finished with the item."""
        if not finished:
            self._cut.append(self._key[-1])

    def settle(self, block: AllocationBlock, quantity: NDArray[np.float64], stopped: NDArray[np.int8]) -> None:
        """Keep what was cut off now, and put what was cut off before in its place."""
        for item in self._cut:
            key = *self._call, item
            cells = np.flatnonzero(block.items[block.item_of_pool[block.pool]] == item)
            known = None if self._known is None else self._known.get(key)
            if known is not None and known.cell.tolist() == (block.cells.start + cells).tolist():
                quantity[cells], stopped[cells] = known.quantity, known.stopped
            self.decided[key] = CutOff(block.cells.start + cells, quantity[cells].copy(), stopped[cells].copy())
