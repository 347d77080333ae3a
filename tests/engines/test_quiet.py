"""A solver that prints is not heard; others are."""

from __future__ import annotations

import ctypes
import os
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.exact_lanes import SourceLanes
from moselle_nb.engines.quiet import quiet
from moselle_nb.engines.rebalancing import most_gained

if TYPE_CHECKING:
    import pytest


def test_lines_of_highs_are_kept_and_others_are_not(capfd: pytest.CaptureFixture[str]) -> None:
    library = ctypes.CDLL(None)
    with quiet():
        os.write(1, b"HighsMipSolverData::transformNewIntegerFeasibleSolution tmpSolver.run();\n")
        library.puts(b"HighsMipSolverData by way of the C library")
        os.write(1, b"from another thread\n")
    library.fflush(None)
    os.write(1, b"after\n")
    assert sorted(capfd.readouterr().out.splitlines()) == ["after", "from another thread"]


def test_moves_are_found_without_a_word(capfd: pytest.CaptureFixture[str]) -> None:
    """Of such transport problems with fixed charges some made HiGHS print, whatever its log was set to."""
    for seed in range(40):
        rng = np.random.default_rng(seed)
        lanes = SourceLanes(
            rng.integers(1, 60, 6).astype(float), np.round(rng.random((6, 8)), 2),
            rng.choice([1.0, 3.0, 6.0], (6, 8)), np.full((6, 8), 6.0),
        )  # fmt: skip
        most_gained(lanes, rng.integers(0, 40, 8).astype(float), np.full(8, 3.0), np.full(8, np.inf), least_gain=3.0)
    ctypes.CDLL(None).fflush(None)
    assert capfd.readouterr().out == ""
