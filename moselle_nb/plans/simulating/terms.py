"""Terms of a simulation: bounds of its numbers, and what is said of costs and expiry."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeGuard

import numpy as np

from moselle_nb.exceptions import BrokenRule
from moselle_nb.plans.simulating.policy import COSTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.plans.resolved import ResolvedInputs

__all__ = ["broken_numbers", "is_number", "rows_said"]

MAX_DAYS = 1461
MAX_PATHS = 100_000
MAX_SEED = 2**63 - 1


def broken_numbers(
    paths: object,
    weeks: object,
    confidence: object,
    seed: object,
    forecast_cv: object = None,
    *,
    replan: object = True,
) -> list[BrokenRule]:
    """Return which numbers are out of bounds, or none at all."""
    most_weeks = MAX_DAYS // 7
    wanted = (
        ("paths", paths, _is_whole(paths, 1, MAX_PATHS), f"a whole number from 1 to {MAX_PATHS:,}"),
        ("weeks", weeks, weeks is None or _is_whole(weeks, 1, most_weeks), f"a whole number from 1 to {most_weeks}"),
        ("confidence", confidence, is_number(confidence) and 0 < confidence < 1, "above 0 and below 1"),
        ("seed", seed, _is_whole(seed, 0, MAX_SEED), "a whole number >= 0 and below 2^63"),
        (
            "forecast_cv", forecast_cv, forecast_cv is None or (is_number(forecast_cv) and 0 <= forecast_cv < math.inf),
            "a finite number >= 0, or None",
        ),
        ("replan", replan, isinstance(replan, bool), "true or false"),
    )  # fmt: skip
    return [BrokenRule(name, rule, examples=(f"received {given!r}",)) for name, given, fits, rule in wanted if not fits]


def _is_whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool) and bool(least <= value <= most)


def is_number(value: object) -> TypeGuard[float]:
    """Tell whether a value is a number, and no flag."""
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def rows_said(inputs: ResolvedInputs, rows: NDArray[np.intp]) -> list[tuple[str, int, str]]:
    """Say which costs are not known, and so not in the totals, and of how many rows what expires is not simulated."""
    said = []
    expiring = int((~np.isnan(inputs.shelf_life_days[rows])).sum())
    if expiring:
        text = "rows have a shelf life, but nothing expires in the simulation: what does is counted as stock and sold"
        said.append(("shelf_life", expiring, text))
    for name in COSTS:
        values = getattr(inputs.rules, name).values
        unknown = int(np.isnan(values[0][rows]).sum())
        if unknown:
            said.append((f"no_{name}", unknown, f"rows have no {name}: it is not known and not in any cost"))
        if len(values) > 1:
            text = f"{name} changes with time; the one at the day of the stock count is taken"
            said.append((f"dated_{name}", len(rows), text))
    return said
