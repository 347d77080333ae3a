"""Terms of a simulation: bounds of its numbers, and what is said of costs that are not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.exceptions import BrokenRule
from moselle_nb.plans.simulated_policy import COSTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.plans.resolved import ResolvedInputs

__all__ = ["broken_numbers", "costs_said"]

MAX_DAYS = 1461
MAX_PATHS = 100_000


def broken_numbers(paths: int, weeks: int | None, confidence: float, seed: int) -> list[BrokenRule]:
    """Return which numbers are out of bounds."""
    broken = []
    if not 1 <= paths <= MAX_PATHS:
        broken.append(BrokenRule("paths", f"from 1 to {MAX_PATHS:,}", examples=(f"received {paths!r}",)))
    if weeks is not None and not 1 <= 7 * weeks <= MAX_DAYS:
        broken.append(BrokenRule("weeks", f"from 1 to {MAX_DAYS // 7}", examples=(f"received {weeks!r}",)))
    if not 0 < confidence < 1:
        broken.append(BrokenRule("confidence", "above 0 and below 1", examples=(f"received {confidence!r}",)))
    if seed < 0:
        broken.append(BrokenRule("seed", "a whole number >= 0", examples=(f"received {seed!r}",)))
    return broken


def costs_said(inputs: ResolvedInputs, rows: NDArray[np.intp]) -> list[tuple[str, int, str]]:
    """Say which costs are not known, and so not in the totals."""
    said = []
    for name in COSTS:
        values = getattr(inputs.rules, name).values
        unknown = int(np.isnan(values[0][rows]).sum())
        if unknown:
            said.append((f"no_{name}", unknown, f"rows have no {name}: it is not known and not in any cost"))
        if len(values) > 1:
            text = f"{name} changes with time; the one at the day of the stock count is taken"
            said.append((f"dated_{name}", len(rows), text))
    return said
