"""Safety stock, newsvendor levels, losses and fill rates against numbers that textbooks print.

`published_cases.json` holds inputs, printed answers and the tolerance of their rounding (texts use z = 1.28
or 1.65). Cases whose `source_access` is "recalled" were not seen in print: their editions and pages are not
known, and they are not cited elsewhere.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import numpy as np
import pytest

from moselle_nb.engines.distributions import DISTRIBUTIONS, Demand
from moselle_nb.engines.safety_stock import (
    normal_cycle_service_level,
    normal_safety_stock,
    protection_variance,
)
from moselle_nb.engines.service_levels import fill_rate_level

if TYPE_CHECKING:
    from collections.abc import Callable


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


def one(kind: str, mean: float, variance: float) -> Demand:
    return Demand(np.array([mean]), np.array([variance]), np.array([DISTRIBUTIONS.index(kind)], dtype=np.int8))


def newsvendor(inputs: dict[str, float], kind: str = "normal") -> dict[str, float]:
    """Give the level at the critical ratio, its expected cost, and the profit where underage is the margin."""
    interval = inputs.get("lead_time", 0) + inputs.get("review", 1)
    mean = inputs["mean"] * interval
    demand = one(kind, mean, mean if kind == "poisson" else inputs["sd"] ** 2 * interval)
    ratio = inputs["underage"] / (inputs["underage"] + inputs["overage"])
    level = inputs.get("S", float(demand.quantile(ratio)[0]))
    short, left = float(demand.expected_shortage(level)[0]), float(demand.expected_leftover(level)[0])
    cost = inputs["overage"] * left + inputs["underage"] * short
    return {"S": level, "cost": cost, "profit": inputs["underage"] * mean - cost}


def fill_rates(inputs: dict[str, float]) -> dict[str, float]:
    """Give what an order quantity Q and a safety stock serve: 1 - E[(D - S)^+] / Q."""
    mean, variance = mean_and_variance(inputs)
    stock = inputs["ss"] if "ss" in inputs else inputs["rop"] - mean
    short = float(one("normal", mean, variance).expected_shortage(mean + stock)[0])
    served = 1 - short / inputs["Q"]
    return {"ss": stock, "csl": normal_cycle_service_level(stock, variance), "ESC": short, "fill_rate": served}


def stock_for_fill_rate(inputs: dict[str, float]) -> dict[str, float]:
    """Give the safety stock whose shortage is a share of Q, the order quantity, rather than of the mean."""
    mean, variance = mean_and_variance(inputs)
    share = 1 - (1 - inputs["fill_rate"]) * inputs["Q"] / mean
    return {"ss": float(fill_rate_level(one("normal", mean, variance), np.array([share]))[0]) - mean}


ANSWERS: dict[str, Callable[[dict[str, float]], dict[str, float]]] = {
    "newsvendor_normal": newsvendor,
    "newsvendor_normal_cost_at_S": newsvendor,
    "base_stock_lead_time": newsvendor,
    "newsvendor_poisson": lambda inputs: newsvendor(inputs, "poisson"),
    "standard_normal_loss": lambda inputs: {"L": float(one("normal", 9, 1).expected_shortage(9 + inputs["z"])[0])},
    "fill_rate": fill_rates,
    "safety_stock_for_fill_rate": stock_for_fill_rate,
}


def answers(case: Published) -> dict[str, float]:
    inputs = case["inputs"]
    if case["topic"] in ANSWERS:
        return ANSWERS[case["topic"]](inputs)
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
    assert topics == {*ANSWERS, "cycle_service_level", "reorder_point", "periodic_review_order_up_to"}
    assert {case["source_access"] for case in CASES} == {"fetched", "recalled"}
