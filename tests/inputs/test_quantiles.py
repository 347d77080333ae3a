"""Quantiles of a forecast: what is wrong with them, and what they are laid out as."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import moselle_nb as mo
from moselle_nb.engines.empirical import standardised
from moselle_nb.inputs.quantiles import moments_of


def load(**columns: Any) -> mo.PlanningData:
    forecast = pd.DataFrame(
        {
            "item": "A",
            "location": "W",
            "date": pd.to_datetime(["2026-11-23", "2026-11-30"]),
            "quantity": [5, 6],
            **columns,
        }
    )
    tables = {
        "items": pd.DataFrame({"item": ["A"]}), "locations": pd.DataFrame({"location": ["W"]}), "forecast": forecast,
        "inventory": pd.DataFrame({"item": ["A"], "location": ["W"], "on_hand": [3]}),
    }  # fmt: skip
    return mo.load(tables, as_of="2026-11-23")


@pytest.mark.parametrize(
    ("columns", "text"),
    [
        (
            {"q10": [2, 7], "q50": [5, 6], "q97.5": [9, 9]},
            "a higher level has no lower quantile: 1 row, e.g. (A, W, 2026-11-30) q10 = 7, q50 = 6, q97.5 = 9",
        ),
        (
            {"q10": [2, 3], "q90": [5, None]},
            "a line has all of q10, q90 or none: 1 row, e.g. (A, W, 2026-11-30) q10 = 3, q90 = nan",
        ),
        ({"q10": [2, 3]}, "quantiles are of 2 levels or more, each once, such as q10, q50 and q90: found q10"),
        ({"q10": [-1, 3], "q90": [5, 9]}, "q10 is finite and >= 0: 1 row, e.g. (A, W, 2026-11-23) q10 = -1"),
        ({"q10": ["x", 3], "q90": [5, 9]}, "q10 is a number: 1 row, e.g. (A, W, 2026-11-23) q10 = 'x'"),
        ({"sd": [-2, 1]}, "sd is finite and >= 0: 1 row, e.g. (A, W, 2026-11-23) sd = -2"),
    ],
)
def test_quantiles_that_are_wrong_are_refused_with_their_rows(columns: dict[str, Any], text: str) -> None:
    with pytest.raises(mo.ContractError) as refused:
        load(**columns)
    assert text in str(refused.value)


def test_quantiles_are_laid_out_by_rising_level() -> None:
    forecast = load(q90=[9, None], q5=[1, None]).forecasts[""]
    assert forecast.levels is not None
    assert forecast.quantiles is not None
    assert forecast.levels.tolist() == [0.05, 0.9]
    assert forecast.quantiles[:, 0, 0].tolist() == [1, 9]
    assert load(sd=[1, 2]).forecasts[""].quantiles is None


def test_a_quantity_outside_its_quantiles_is_said() -> None:
    # A mean may lie outside: of demand that is 0 in 95 weeks of 100 every quantile up to q95 is 0.
    quality = load(q10=[8, 1], q90=[9, 5]).quality
    (found,) = quality[quality["rule"] == "quantity outside its quantiles"].to_dict("records")
    assert (found["table"], found["count"]) == ("forecast", 2)
    assert found["examples"] == (
        "(A, W, 2026-11-23) quantity 5 lies below q10 = 8, (A, W, 2026-11-30) quantity 6 lies above q90 = 5"
    )
    assert found["what_was_done"] == "kept: quantity is the mean, quantiles say how demand varies around it"
    quality = load(q10=[5, 1], q90=[9, 6]).quality
    assert "quantity outside its quantiles" not in set(quality["rule"])


def test_moments_are_those_of_the_engines_empirical_demand() -> None:
    levels, quantiles = np.array([0.1, 0.5, 0.95]), np.array([[0.5, 3.0, 0.0], [4.0, 3.0, 0.0], [9.0, 3.5, 12.0]])
    _, mean, deviation = standardised(levels, quantiles)
    assert np.allclose(moments_of(levels, quantiles), (mean, deviation), rtol=1e-12)
