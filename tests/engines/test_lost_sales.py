"""Expected lost sales against tables and integration."""

from __future__ import annotations

import numpy as np
import pytest

from moselle_nb.engines.lost_sales import expected_lost_units


def test_the_loss_function_is_that_of_the_tables() -> None:
    # L(0) = 0.3989, L(1) = 0.0833, L(2) = 0.0085 of the standard normal.
    mean, sd = np.zeros(3), np.ones(3)
    assert expected_lost_units(mean, sd, np.array([0.0, 1.0, 2.0])) == pytest.approx([0.3989, 0.0833, 0.0085], abs=5e-5)


def test_without_deviation_it_is_what_stock_does_not_reach() -> None:
    found = expected_lost_units(np.array([5.0, 5.0]), np.zeros(2), np.array([3.0, 8.0]))
    assert found.tolist() == [2.0, 0.0]


def test_it_is_never_negative_however_much_there_is() -> None:
    assert expected_lost_units(np.array([1.0]), np.array([1.0]), np.array([1e6])).tolist() == [0.0]
