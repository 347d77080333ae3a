"""Claims of few items on one source, small enough to follow by hand, and random ones."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from moselle_nb.engines.compact import ReceiptEvents
from moselle_nb.engines.pack_value import PackValue
from moselle_nb.engines.runout import RunoutCover
from moselle_nb.engines.sharing import Claims
from moselle_nb.inputs.cumulative import CumulativeDemand
from moselle_nb.inputs.rebucketing import GRID, BucketedDemand

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

NONE = float("nan")


def one_item(per_day: Sequence[float], need: Sequence[float], **given: Any) -> Claims:
    """Make the claims of one item; each location sells the same every day."""
    width = len(need)
    rows: dict[str, Sequence[float]] = {
        "stock": [0] * width, "pack": [1] * width, "presentation": [0] * width, "room": [np.inf] * width,
        "priority": [1] * width, "demand": [0] * width, "fixed": [NONE] * width, "present": [1] * width,
    }  # fmt: skip
    rows |= {name: given[name] for name in rows if name in given}
    rows["first_pack"] = given.get("first_pack", rows["pack"])
    arrays: dict[str, Any] = {name: np.array([values], dtype=np.float64) for name, values in rows.items()}
    arrays |= {"priority": arrays["priority"].astype(np.int64), "present": arrays["present"] > 0}
    lead = np.array(given.get("lead", [0] * width))
    cover = steady_cover(per_day, lead, given.get("receipts", [{}] * width))
    return Claims(need=np.array([need], dtype=np.float64), cover=cover, **arrays)


def steady_cover(
    per_day: Sequence[float], lead: NDArray[np.int64], receipts: Sequence[dict[int, float]]
) -> RunoutCover:
    """Cover against the same demand every day."""
    width, days = len(per_day), 500
    quantity = np.rint(np.array([per_day]) * GRID * days).astype(np.int64)
    first = np.zeros(width, dtype=np.int32)
    demand = BucketedDemand(np.array([0]), np.array([days]), quantity, first, first)
    events = [(column, day, units) for column, row in enumerate(receipts) for day, units in row.items()]
    column, day, units = np.array(events, dtype=np.float64).reshape(-1, 3).T
    inflow = ReceiptEvents.of(column.astype(np.int64), day.astype(np.int64), units, np.zeros_like(units))
    place = (np.zeros(width, dtype=np.intp), np.arange(width))
    return RunoutCover.of(CumulativeDemand(demand, "cut"), place, (1, width), lead, inflow)


def worth(claims: Claims, mean: Sequence[float], sd: Sequence[float], margin: Sequence[float], **given: Any) -> Claims:
    """Add what packs are worth."""
    zeros = [0.0] * len(mean)
    parts = (
        mean,
        sd,
        margin,
        given.get("holding", zeros),
        given.get("transfer_cost", zeros),
        given.get("inflow", zeros),
    )
    return replace(claims, value=PackValue(*(np.array([part], dtype=np.float64) for part in parts)))
