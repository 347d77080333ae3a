"""Sharing what several sources have of one item: each pack by the rule, from the first source that still has one."""

from __future__ import annotations

import heapq
from fractions import Fraction
from math import ceil, inf
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.several_claims import Lanes, Takers
from moselle_nb.engines.several_detours import Detours
from moselle_nb.engines.sharing_claims import (
    BELOW_TRANSFER_MINIMUM,
    CAPACITY,
    NEED_MET,
    NO_STOCK_LEFT,
    NO_VALUE,
    PACK_EXCEEDS_STOCK,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from moselle_nb.engines.position import FloatArray

__all__ = ["Lanes", "Takers", "share_from_sources", "why_no_more"]

LADDER = 64
"""Covers are worked out for so many packs at a time."""


def share_from_sources(
    available: FloatArray, takers: Takers, lanes: Lanes, method: str, *, push: bool = False
) -> tuple[FloatArray, NDArray[np.int8]]:
    """Share one item; never more than each source has.

    The location whose turn it is, by the rules of `share`, receives its next pack over its first lane that still has
    one. Where all packs are equal, packs that others have already change their source to make way for it, so that a
    location goes short only where no choice of sources serves it; not by value, which hangs on the lane. Under
    ``proportional`` each location takes up its share of all that is left, one location after the other in the order of
    ties; what no lane could bring is shared again.

    Parameters
    ----------
    available
        Whole units, shape (sources,).
    takers, lanes
        Who asks, and how they are reached.
    method, push
        As for `share`.

    Returns
    -------
    tuple of arrays
        Whole units, and why there are no more (a code of `sharing_claims`), shape (lanes,) each.

    Raises
    ------
    ValueError
        When more is held by edits than is available.
    """
    sharing = _Sharing(available, takers, lanes, lanes.fixed, push=push)
    sharing.give(sharing.shown_key, sharing.is_unshown)
    if method == "marginal_value":
        sharing.detours = None
    if method == "proportional":
        sharing.in_proportion()
    else:
        keys = {"even": sharing.even_key, "priority": sharing.tier_key, "marginal_value": sharing.value_key}
        sharing.give(keys.get(method, sharing.cover_key))
    return np.array(sharing.sent), sharing.stopped()


def why_no_more(
    available: FloatArray, takers: Takers, lanes: Lanes, sent: FloatArray, *, push: bool = False
) -> NDArray[np.int8]:
    """Return why each lane brings no more than `sent`, a code of `sharing_claims`; other arguments as above."""
    return _Sharing(available, takers, lanes, sent, push=push).stopped()


class _Sharing:
    """The state of one item while its packs are given."""

    def __init__(self, available: FloatArray, takers: Takers, lanes: Lanes, sent: FloatArray, *, push: bool) -> None:
        self.takers, self.lanes, self.push = takers, lanes, push
        self.source: list[int] = lanes.source.tolist()
        self.taker: list[int] = lanes.taker.tolist()
        self.free: list[bool] = np.isnan(lanes.fixed).tolist()
        self.sent: list[float] = np.nan_to_num(sent).tolist()
        self.left: list[float] = available.tolist()
        self.got = [0.0] * len(takers.need)
        self.lanes_of: list[list[int]] = [[] for _ in self.got]
        for lane, units in enumerate(self.sent):
            self.left[self.source[lane]] -= units
            self.got[self.taker[lane]] += units
            self.lanes_of[self.taker[lane]].append(lane)
        if min(self.left, default=0.0) < 0:
            source = int(np.argmin(self.left))
            msg = f"Source {source} has {available[source]:g} units and {available[source] - self.left[source]:g} held."
            raise ValueError(msg)
        self._ladders: list[dict[float, float]] = [{} for _ in self.got]
        self.detours: Detours | None = None
        if lanes.equal:
            size = float(lanes.pack[self.free.index(True)])
            self.detours = Detours(size, self.source, self.taker, self.free, self.sent, self.left)

    # What comes next

    def size(self, lane: int) -> float:
        """Return the units of the next pack over a lane."""
        return float((self.lanes.pack if self.sent[lane] else self.lanes.first_pack)[lane])

    def wanted(self, lane: int) -> float:
        """Return what its location still needs, up to whole packs of the lane."""
        taker, pack = self.taker[lane], float(self.lanes.pack[lane])
        return inf if self.push else ceil(max(self.takers.need[taker] - self.got[taker], 0.0) / pack) * pack

    def takes(self, lane: int) -> bool:
        """Tell whether its location can take a pack of a lane."""
        size, taker = self.size(lane), self.taker[lane]
        inside = self.got[taker] + size <= self.takers.room[taker] and size <= self.wanted(lane)
        return self.free[lane] and inside

    def fits(self, lane: int) -> bool:
        """Tell whether a lane can bring a pack that its location can take."""
        return self.takes(lane) and self.size(lane) <= self.left[self.source[lane]]

    def lane_for(self, taker: int) -> int | None:
        """Return the first lane that can bring a pack; once there is none, there never is one again."""
        lane = next((lane for lane in self.lanes_of[taker] if self.fits(lane)), None)
        if lane is None and self.detours is not None and any(map(self.takes, self.lanes_of[taker])):
            changes = self.detours.find(taker)
            return None if changes is None else changes[0][0]
        return lane

    # Whose turn it is

    def shown_key(self, taker: int, lane: int) -> tuple[float, ...]:
        """Order by priority, then by the share of the presentation minimum that is there."""
        del lane
        share = (self.takers.stock[taker] + self.got[taker]) / max(self.takers.presentation[taker], 1.0)
        return float(self.takers.priority[taker]), share

    def is_unshown(self, taker: int) -> bool:
        """Tell whether a location is below its presentation minimum."""
        return bool(self.takers.stock[taker] + self.got[taker] < self.takers.presentation[taker])

    def even_key(self, taker: int, lane: int) -> tuple[float, ...]:
        """Order by units."""
        del lane
        return self.got[taker], float(self.takers.priority[taker])

    def cover_key(self, taker: int, lane: int) -> tuple[float, ...]:
        """Order by cover."""
        return self._cover(taker, self.got[taker], float(self.lanes.pack[lane])), float(self.takers.priority[taker])

    def tier_key(self, taker: int, lane: int) -> tuple[float, ...]:
        """Order by priority, then by cover."""
        return self.cover_key(taker, lane)[::-1]

    def value_key(self, taker: int, lane: int) -> tuple[float, ...]:
        """Order by value, the highest first; never where there is none."""
        if self.lanes.value is None:
            msg = "The method marginal_value needs the value of packs."
            raise ValueError(msg)
        value = self.lanes.value(lane, float(self.takers.stock[taker] + self.got[taker]), self.size(lane))
        return -value if value > 0 else inf, float(self.takers.priority[taker])

    def _cover(self, taker: int, got: float, pack: float) -> float:
        known = self._ladders[taker]
        if got not in known:
            steps = got + pack * np.arange(LADDER)
            days = self.takers.cover(taker, self.takers.stock[taker] + steps)
            known.update(zip(steps.tolist(), days.tolist(), strict=True))
        return known[got]

    # Giving

    def give(self, key: Callable[[int, int], tuple[float, ...]], wants: Callable[[int], bool] = lambda _: True) -> None:
        """Give packs until nobody can take one; the lowest key comes first, then the rule for ties."""
        heap = [entry for taker in range(len(self.got)) if (entry := self._entry(taker, key, wants))]
        heapq.heapify(heap)
        while heap:
            entry = heapq.heappop(heap)
            taker, lane = entry[-2:]
            now = self.lane_for(taker)
            if now is not None and (now == lane or self.detours is not None):
                self._send(now)
                self._move(heap, self.source[now], key, wants)
            again = self._entry(taker, key, wants)
            if again:
                heapq.heappush(heap, again)

    def _entry(
        self, taker: int, key: Callable[[int, int], tuple[float, ...]], wants: Callable[[int], bool]
    ) -> tuple[tuple[float, ...], float, int, int] | None:
        lane = self.lane_for(taker) if wants(taker) else None
        if lane is None:
            return None
        turn = key(taker, lane)
        return None if turn[0] == inf else (turn, -float(self.takers.demand[taker]), taker, lane)

    def _move(
        self,
        heap: list[tuple[tuple[float, ...], float, int, int]],
        source: int,
        key: Callable[[int, int], tuple[float, ...]],
        wants: Callable[[int], bool],
    ) -> None:
        """Put those whose pack a source no longer has where their next lane puts them; equal packs leave them."""
        if self.detours is not None:
            return
        moved = [entry for entry in heap if self.source[entry[-1]] == source and not self.fits(entry[-1])]
        if moved:
            kept = [entry for entry in heap if entry not in moved]
            kept += [again for entry in moved if (again := self._entry(entry[-2], key, wants))]
            heap[:] = kept
            heapq.heapify(heap)

    def _send(self, lane: int) -> None:
        changes: list[tuple[int, float]] | None = [(lane, self.size(lane))]
        if self.detours is not None and not self.fits(lane):
            changes = self.detours.find(self.taker[lane])
        for each, units in changes or ():
            self.sent[each] += units
            self.got[self.taker[each]] += units
            self.left[self.source[each]] -= units

    def in_proportion(self) -> None:
        """Share all that is left in proportion to need, round by round."""
        asks = self.takers
        while True:
            lanes = {taker: lane for taker in range(len(self.got)) if (lane := self.lane_for(taker)) is not None}
            if not lanes:
                return
            weight = self._weights(list(lanes))
            total = sum(weight.values())
            reach = set().union(*map(self._reach, lanes))
            pool = Fraction(sum(self.left[source] for source in reach))
            shared = pool if self.push else min(pool, total)
            order = sorted(lanes, key=lambda j: (asks.priority[j], -asks.demand[j], j))
            missing = {taker: self._fill(taker, shared * weight[taker] / total) for taker in order}
            for taker in sorted(order, key=lambda j: (-missing[j], order.index(j))):
                if missing[taker] > 0 and (lane := self.lane_for(taker)) is not None:
                    self._send(lane)

    def _reach(self, taker: int) -> set[int]:
        if self.detours is not None:
            return self.detours.reach(taker)
        return {self.source[lane] for lane in self.lanes_of[taker]}

    def _weights(self, takers: list[int]) -> dict[int, Fraction]:
        """Return what is shared in proportion to: need, and past all need demand."""
        asks = self.takers
        weight = {taker: Fraction(max(asks.need[taker] - self.got[taker], 0.0)) for taker in takers}
        if not any(weight.values()):
            weight = {taker: Fraction(asks.demand[taker]) for taker in takers}
        return weight if any(weight.values()) else dict.fromkeys(takers, Fraction(1))

    def _fill(self, taker: int, units: Fraction) -> Fraction:
        """Send whole packs of so many units; return which part of the next pack they would be."""
        while (lane := self.lane_for(taker)) is not None:
            size = Fraction(self.size(lane))
            if size > units:
                return units / size
            self._send(lane)
            units -= size
        return Fraction(0)

    # What is said of it

    def stopped(self) -> NDArray[np.int8]:
        """Return for every lane why it brings no more."""
        return np.array([self._why(lane) for lane in range(len(self.sent))], dtype=np.int8)

    def _why(self, lane: int) -> int:
        taker, size, left = self.taker[lane], self.size(lane), self.left[self.source[lane]]
        if not self.free[lane] or self.got[taker] >= self.takers.need[taker]:
            return NEED_MET
        tests = (
            (self.wanted(lane) < size, BELOW_TRANSFER_MINIMUM), (self.got[taker] + size > self.takers.room[taker],
            CAPACITY), (left <= 0, NO_STOCK_LEFT), (size > left, PACK_EXCEEDS_STOCK),
        )  # fmt: skip
        return next((code for holds, code in tests if holds), NO_VALUE)
