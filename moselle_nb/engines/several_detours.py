"""Making way for a pack: which others change their source, where all packs of an item are equal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Detours"]


@dataclass(eq=False)
class Detours:
    """Lanes of one item over which packs may still be moved, and where the packs are.

    With equal packs, a location that no chain of such moves helps can be served by no choice of sources at all [1]_.

    Parameters
    ----------
    size
        Units of every pack.
    source, taker, free
        Of each lane: positions, and whether no edit holds it.
    sent, left
        Units over each lane, and left at each source; both change outside.

    References
    ----------
    .. [1] Ford and Fulkerson (1956), Maximal flow through a network, doi:10.4153/CJM-1956-045-5.
    """

    size: float
    source: Sequence[int]
    taker: Sequence[int]
    free: Sequence[bool]
    sent: Sequence[float]
    left: Sequence[float]
    _to: dict[int, list[int]] = field(default_factory=dict)
    _out_of: dict[int, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Sort the lanes by both ends, each in the order in which they are preferred."""
        for lane, free in enumerate(self.free):
            if free:
                self._to.setdefault(self.taker[lane], []).append(lane)
                self._out_of.setdefault(self.source[lane], []).append(lane)

    def find(self, taker: int) -> list[tuple[int, float]] | None:
        """Return the changes, lane and units, that bring a location one more pack; the first over its own lane."""
        came = self._search(taker)
        end = next((source for source in came if self.left[source] >= self.size), None)
        if end is None:
            return None
        changes: list[tuple[int, float]] = []
        while True:
            arrives, gives_up = came[end]
            changes.append((arrives, self.size))
            if gives_up is None:
                return changes[::-1]
            changes.append((gives_up, -self.size))
            end = self.source[gives_up]

    def reach(self, taker: int) -> set[int]:
        """Return the sources whose stock can come to serve a location."""
        return set(self._search(taker))

    def _search(self, taker: int) -> dict[int, tuple[int, int | None]]:
        """Return sources from near to far: the lane out of each, and the lane whose pack it would take over."""
        came: dict[int, tuple[int, int | None]] = {}
        for lane in self._to.get(taker, ()):
            came.setdefault(self.source[lane], (lane, None))
        waiting = list(came)
        for source in waiting:
            for held in self._out_of[source]:
                if self.sent[held] < self.size:
                    continue
                for lane in self._to[self.taker[held]]:
                    if self.source[lane] not in came:
                        came[self.source[lane]] = lane, held
                        waiting.append(self.source[lane])
        return came
