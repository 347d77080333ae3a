"""Rows of a simulation: policies on the same demand, a block at a time, so that memory does not grow with the rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np

from moselle_nb.engines.intervals import Estimate, Sample, difference, estimate, student_quantile
from moselle_nb.plans.layout import groups
from moselle_nb.plans.simulating.policy import MEASURES, RATIOS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from moselle_nb.plans.resolved import ResolvedInputs

__all__ = ["CELLS", "Demands", "Measured", "Progress", "Trials", "run"]

CELLS = 1 << 22
"""Days times rows times paths of a block."""

Progress: TypeAlias = "Callable[[int, int], None] | None"


class Demands(Protocol):
    """Where demand comes from."""

    @property
    def paths(self) -> int:
        """How many paths."""

    def of(self, rows: NDArray[np.intp], days: int) -> NDArray[np.float64]:
        """Return the demand of some rows, shape (days, rows * paths), in units."""


class Measured(Protocol):
    """What is simulated on it."""

    @property
    def inputs(self) -> ResolvedInputs:
        """What a plan is made of."""

    @property
    def last_day(self) -> int:
        """Last day that is simulated."""

    def measure(self, rows: NDArray[np.intp], demand: NDArray[np.float64], paths: int) -> dict[str, Sample]:
        """Return for each measure what each path of each row gives, shape (rows, paths)."""


@dataclass(frozen=True, eq=False)
class Trials:
    """What policies gave: by row as estimates, and of groups of rows path by path.

    Parameters
    ----------
    rows
        Policy, measure: estimates, shape (rows,).
    differences
        Policy but the first, measure: how much it exceeds the first, shape (rows,).
    samples
        Policy, measure: shape (groups, paths).
    """

    rows: dict[str, dict[str, Estimate]]
    differences: dict[str, dict[str, Estimate]]
    samples: dict[str, dict[str, Sample]]


def run(
    policies: Mapping[str, Measured],
    source: Demands,
    rows: NDArray[np.intp],
    *,
    groups_of: NDArray[np.int64] | None = None,
    confidence: float = 0.95,
    on_progress: Progress = None,
) -> Trials:
    """Simulate policies on the same demand, a block of rows at a time.

    Parameters
    ----------
    policies
        By name; the first is the one that others are compared with row by row.
    source
        Of demand.
    rows
        Rows of the plan, increasing.
    groups_of
        Group of each of them; one group when left out.
    confidence, on_progress
        As for `simulate`.
    """
    first = next(iter(policies.values()))
    days, paths = first.last_day + 1, source.paths
    codes = np.zeros(len(rows), dtype=np.int64) if groups_of is None else groups_of
    quantile = student_quantile(confidence, paths)
    collected = _Collected(policies, len(rows), int(codes.max(initial=0)) + 1, paths)
    done = 0
    for place in groups(first.inputs, rows, max(1, CELLS // (days * paths))):
        place = np.sort(place)  # noqa: PLW2901 (a block in the order of the plan)
        drawn = source.of(rows[place], days)
        collected.add(
            place, codes[place], {n: p.measure(rows[place], drawn, paths) for n, p in policies.items()}, quantile
        )
        done += len(place)
        if on_progress is not None:
            on_progress(done, len(rows))
    return collected.result()


class _Collected:
    """What blocks give: estimates by row, sums by group and path."""

    def __init__(self, policies: Mapping[str, Measured], rows: int, count: int, paths: int) -> None:
        self._names = list(policies)

        def by_row() -> dict[str, Estimate]:
            return {measure: Estimate(*np.full((2, rows), np.nan)) for measure in MEASURES}

        self._rows = {name: by_row() for name in self._names}
        self._differences = {name: by_row() for name in self._names[1:]}
        self._tops = {name: {measure: np.zeros((count, paths)) for measure in MEASURES} for name in self._names}
        self._bottoms = {name: {measure: np.zeros((count, paths)) for measure in RATIOS} for name in self._names}
        self._known = {name: {measure: np.zeros(count, dtype=bool) for measure in MEASURES} for name in self._names}

    def add(
        self, place: NDArray[np.intp], codes: NDArray[np.int64], found: dict[str, dict[str, Sample]], quantile: float
    ) -> None:
        """Add a block."""
        for name, samples in found.items():
            for measure, sample in samples.items():
                _put(self._rows[name][measure], place, estimate(sample, quantile))
                if name in self._differences:
                    against = found[self._names[0]][measure]
                    _put(self._differences[name][measure], place, difference(sample, against, quantile))
                known = ~np.isnan(sample.top).any(axis=1)
                np.add.at(self._tops[name][measure], codes[known], sample.top[known])
                self._known[name][measure][codes[known]] = True
                if measure in RATIOS:
                    np.add.at(self._bottoms[name][measure], codes[known], sample.bottom[known])

    def result(self) -> Trials:
        """Return estimates, differences from the first policy, and samples of groups."""
        samples = {
            name: {
                measure: Sample(
                    np.where(self._known[name][measure][:, None], top, np.nan),
                    self._bottoms[name][measure] if measure in RATIOS else np.ones_like(top),
                )
                for measure, top in tops.items()
            }
            for name, tops in self._tops.items()
        }
        return Trials(self._rows, self._differences, samples)


def _put(into: Estimate, place: NDArray[np.intp], part: Estimate) -> None:
    into.value[place], into.half_width[place] = part.value, part.half_width
