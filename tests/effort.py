"""How often repeated tests run, and from which seed.

`MOSELLE_NB_EFFORT` is ``quick`` or ``full``. `MOSELLE_NB_SEED` repeats a run: quick runs start from a fixed
seed, so that a failure is the change's own; full runs draw a new one.
"""

from __future__ import annotations

import os
import secrets
import tomllib
from pathlib import Path

COUNTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
LEVELS = ("quick", "full")
QUICK_SEED = 20_261_123


def _level() -> str:
    level = os.environ.get("MOSELLE_NB_EFFORT", "quick")
    if level not in LEVELS:
        msg = f"MOSELLE_NB_EFFORT is one of {', '.join(LEVELS)}, got {level!r}."
        raise ValueError(msg)
    return level


def _seed() -> int:
    given = os.environ.get("MOSELLE_NB_SEED")
    if given is not None:
        return int(given)
    return QUICK_SEED if LEVEL == "quick" else secrets.randbelow(2**31)


LEVEL = _level()
SEED = _seed()


def count(name: str) -> int:
    """Return how often the repeated test of this name runs.

    Raises
    ------
    LookupError
        When `effort.toml` has no such name.
    """
    if name not in COUNTS:
        msg = f"tests/effort.toml has no {name!r}; it has {', '.join(sorted(COUNTS))}."
        raise LookupError(msg)
    return int(COUNTS[name][LEVEL])


def seeds(name: str) -> range:
    """Return one seed per repetition of the test of this name."""
    return range(SEED, SEED + count(name))
