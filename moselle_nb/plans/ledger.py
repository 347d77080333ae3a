"""One ledger of two plans: what each location has and expects, and to whom it is promised."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from moselle_nb.plans.frames import order_days
from moselle_nb.plans.layout import groups

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.plans.document import ReplenishmentPlan
    from moselle_nb.plans.scenarios import Moves

__all__ = ["ledger"]

KINDS = ("on_hand", "scheduled", "planned", "received", "demand", "shipped")

Entry = tuple[str, "NDArray[np.int64]", "NDArray[np.int64]", "NDArray[np.float64]"]


def ledger(plan: ReplenishmentPlan, moves: Moves, rows: NDArray[np.int64]) -> pd.DataFrame:
    """Build `Comparison.ledger` for some rows of a replenishment plan, sorted by row, day and kind."""
    inputs, receipts = plan.inputs, plan.inputs.receipts
    lines = plan.merged.lines
    placed = np.flatnonzero(lines.quantity > 0)
    arrival = order_days(inputs, lines.row[placed], lines.order[placed])[1]
    every = np.arange(inputs.rows)
    sent, got = moves.source >= 0, moves.destination >= 0
    entries: list[Entry] = [
        ("on_hand", every, np.zeros(inputs.rows, dtype=np.int64), inputs.opening),
        ("scheduled", np.repeat(every, np.diff(receipts.starts)), receipts.day, receipts.quantity),
        ("planned", lines.row[placed], arrival, lines.quantity[placed]),
        ("received", moves.destination[got], moves.arrives[got], moves.quantity[got]),
        ("demand", every, np.full(inputs.rows, inputs.coverage_last), -_judged_demand(plan)),
        ("shipped", moves.source[sent], moves.shipped[sent], -moves.quantity[sent]),
    ]
    row, day, quantity = (np.concatenate([entry[part] for entry in entries]) for part in (1, 2, 3))
    kind = np.concatenate([np.full(len(entry[1]), KINDS.index(entry[0])) for entry in entries])
    keep = np.isin(row, rows) & (quantity != 0)
    row, day, quantity, kind = row[keep], day[keep], quantity[keep], kind[keep]
    order = np.lexsort((kind, day, row))
    row, day, quantity, kind = row[order], day[order], quantity[order], kind[order]
    return pd.DataFrame({
        "item": inputs.items["item"].to_numpy(object)[inputs.item[row]],
        "location": inputs.locations["location"].to_numpy(object)[inputs.location[row]],
        "date": (inputs.as_of + day.astype("timedelta64[D]")).astype("datetime64[ns]"),
        "kind": np.array(KINDS, dtype=object)[kind], "quantity": quantity,
    })  # fmt: skip


def _judged_demand(plan: ReplenishmentPlan) -> NDArray[np.float64]:
    """Return each row's own demand of the judged days, in units."""
    from moselle_nb.inputs.rebucketing import daily_demand

    inputs, found = plan.inputs, np.zeros(plan.inputs.rows)
    for rows in groups(inputs, np.arange(inputs.rows)):
        days = inputs.coverage_last + 1
        found[rows] = daily_demand(inputs.demand.take(rows), days, plan.config.beyond_forecast).sum(axis=0)
    return found
