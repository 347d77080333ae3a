"""Safety stock against numbers that textbooks print.

`published_cases.json` holds inputs, printed answers and the tolerance of their rounding (texts use z = 1.28
or 1.65). Cases whose `source_access` is "recalled" were not seen in print: their editions and pages are not
known, and they are not cited elsewhere.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypedDict

import numpy as np
import pytest

from moselle_nb.engines.safety_stock import (
    normal_cycle_service_level,
    normal_safety_stock,
    protection_variance,
)


class Published(TypedDict):
    """One printed example: demand and its standard deviation per period, times in the same periods."""

    id: str
    topic: str
    source: str
    source_access: str
    inputs: dict[str, float]
    expected: dict[str, float]
    tolerance: dict[str, float]


CASES: list[Published] = json.loads(Path(__file__).with_name("published_cases.json").read_text(encoding="utf-8"))


def mean_and_variance(inputs: dict[str, float]) -> tuple[float, float]:
    """Give mean and variance of demand over the protection interval, review period + lead time."""
    if "mean_LTD" in inputs:
        return inputs["mean_LTD"], inputs["sd_LTD"] ** 2
    interval = inputs.get("review", 0) + inputs["lead_time"]
    of_demand = np.array([interval * inputs.get("sd", 0) ** 2])
    variance = protection_variance(of_demand, np.array([inputs["demand"]]), np.array([inputs.get("sd_lead_time", 0.0)]))
    return inputs["demand"] * interval, float(variance[0])


def answers(case: Published) -> dict[str, float]:
    inputs = case["inputs"]
    mean, variance = mean_and_variance(inputs)
    if case["topic"] == "cycle_service_level":
        stock = inputs["rop"] - mean
        return {"ss": stock, "csl": normal_cycle_service_level(stock, variance)}
    stock = float(normal_safety_stock(np.array([variance]), np.array([inputs["csl"]]))[0])
    return {"ss": stock, "rop": mean + stock, "S": mean + stock}


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_published_case(case: Published) -> None:
    found = answers(case)
    for name, printed in case["expected"].items():
        assert found[name] == pytest.approx(printed, abs=case["tolerance"][name]), name


def test_every_topic_is_there() -> None:
    topics = {case["topic"] for case in CASES}
    assert topics == {"cycle_service_level", "reorder_point", "periodic_review_order_up_to"}
    assert {case["source_access"] for case in CASES} == {"fetched", "recalled"}
