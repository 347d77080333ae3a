"""Order quantities and lots against numbers that textbooks and papers print.

`published_lots.json` holds inputs, printed answers and their tolerance. Cases whose `source_access` is "recalled" were
not seen in print: their editions and pages are not known, and they are not cited elsewhere.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from moselle_nb.engines import lot_sizing
from moselle_nb.engines.order_quantities import (
    PriceBreaks,
    economic_order_cost,
    economic_order_quantity,
    economic_order_with_price_breaks,
    economic_production_quantity,
)

Case = dict[str, Any]
CASES: list[Case] = json.loads(Path(__file__).with_name("published_lots.json").read_text(encoding="utf-8"))
LOTS = {"wagner_whitin", "silver_meal", "least_unit_cost", "part_period_balancing"}


def lots(topic: str, given: Case) -> Case:
    fixed = np.array(given["fixed_cost"], dtype=float)
    by_period = fixed[:, None] if fixed.ndim else fixed
    found = getattr(lot_sizing, topic)(given["demand"], by_period, given["holding_cost"])
    placed = found.orders[:, 0][found.orders[:, 0] > 0]
    return {"orders": found.orders[:, 0], "cost": found.cost[0], "first_lot": placed[0], "second_lot": placed[1]}


def answers(topic: str, given: Case) -> Case:
    if topic in LOTS:
        return lots(topic, given)
    if topic == "eoq_all_units_discount":
        breaks = PriceBreaks(given["breakpoints"], given["unit_costs"])
        order = economic_order_with_price_breaks(
            given["demand_rate"], given["fixed_cost"], given["holding_rate"], breaks
        )
        return {"Q": order.quantity[0], "cost": order.cost[0]}
    rate, fixed, holding = (given[name] for name in ("demand_rate", "fixed_cost", "holding_cost"))
    if topic == "eoq_cost_at_Q":
        return {"cost": economic_order_cost(given["Q"], rate, fixed, holding)}
    if topic == "epq":
        order = economic_production_quantity(rate, rate / given["d_over_p"], fixed, holding)
    else:
        order = economic_order_quantity(rate, fixed, holding, backorder_cost=given.get("stockout_cost"))
    return {"Q": order.quantity, "cost": order.cost}


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_published_case(case: Case) -> None:
    found = answers(case["topic"], case["inputs"])
    for name, printed in case["expected"].items():
        assert found[name] == pytest.approx(printed, abs=case["tolerance"][name]), name


def test_every_topic_is_there() -> None:
    eoq = {"eoq", "eoq_cost_at_Q", "eoq_backorders", "epq", "eoq_all_units_discount"}
    assert {case["topic"] for case in CASES} == LOTS | eoq
    assert {case["source_access"] for case in CASES} == {"fetched", "recalled"}
