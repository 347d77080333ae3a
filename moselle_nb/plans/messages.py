"""Messages: what a planner must know beyond the numbers, each with its row, day, quantity and one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from moselle_nb.engines.netting import (
    CAPPED,
    MOQ_COVER,
    OVER_MAX_STOCK,
)
from moselle_nb.plans import frames
from moselle_nb.plans.conflicts import conflict_texts
from moselle_nb.plans.open_orders import advice_messages
from moselle_nb.plans.price_stories import price_messages
from moselle_nb.plans.resolved import BLOCKED, BOUGHT, FED
from moselle_nb.plans.waste import waste_messages

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from moselle_nb.plans.allocating.inputs import AllocationInputs
    from moselle_nb.plans.document import ReplenishmentPlan
    from moselle_nb.plans.resolved import ResolvedInputs

__all__ = ["MESSAGE_COLUMNS", "late_inbound", "message_frame", "messages"]

MESSAGE_COLUMNS = ("item", "location", "date", "kind", "quantity", "text")

Part = tuple[str, "NDArray[np.int64]", "NDArray[np.int64]", "NDArray[np.float64]", list[str]]


def messages(plan: ReplenishmentPlan) -> pd.DataFrame:
    """Build `ReplenishmentPlan.messages`, sorted by row and date."""
    inputs = plan.inputs
    parts = [
        *_order_messages(plan),
        *_row_messages(plan),
        *advice_messages(plan),
        *waste_messages(plan),
        price_messages(plan),
        _lost_by_edits(plan),
        _lost_by_cost(plan),
    ]
    row = np.concatenate([part[1] for part in parts])
    day = np.concatenate([part[2] for part in parts])
    kind = np.concatenate([np.full(len(part[1]), part[0], dtype=object) for part in parts])
    quantity, text = np.concatenate([part[3] for part in parts]), [text for part in parts for text in part[4]]
    frame = message_frame(inputs, (inputs.item[row], inputs.location[row]), day, kind, quantity, text)
    return frame.iloc[np.lexsort((day, row))].reset_index(drop=True)


def message_frame(
    inputs: ResolvedInputs | AllocationInputs,
    keys: tuple[NDArray[np.integer[Any]], NDArray[np.integer[Any]]],
    day: NDArray[np.int64],
    kind: NDArray[np.object_],
    quantity: NDArray[np.float64],
    text: Sequence[str],
) -> pd.DataFrame:
    """Return messages as a frame; keys are positions of items and locations."""
    return pd.DataFrame({
        "item": frames.names(inputs.items, "item", keys[0]),
        "location": frames.names(inputs.locations, "location", keys[1]),
        "date": frames.dates(inputs, day), "kind": kind, "quantity": quantity, "text": list(text),
    })  # fmt: skip


def _order_messages(plan: ReplenishmentPlan) -> Iterator[Part]:
    """Yield what the sizing of order lines said: all of it of what is suggested, also where an edit stands."""
    source = plan.merged.lines
    rows, days = source.row, frames.order_days(plan.inputs, source.row, source.order)[0]
    texts = {
        CAPPED: ("capped", "The maximum order or the maximum stock leaves {:,.0f} of what is needed."),
        OVER_MAX_STOCK: (
            "over_max_stock",
            "The smallest legal order, {:,.0f}, exceeds the maximum stock; without it demand goes unserved.",
        ),
        MOQ_COVER: (
            "moq_cover",
            f"Because of the MOQ, the {{:,.0f}} suggested cover more than {plan.config.excess_days} days.",
        ),
    }
    for flag, (kind, text) in texts.items():
        found = np.flatnonzero(source.flags & flag)
        quantity = source.suggested[found]
        yield kind, rows[found], days[found], quantity, [text.format(value) for value in quantity]
    cases = plan.conflict_cases
    row, order = (np.array([getattr(case, name) for case in cases], dtype=np.int64) for name in ("row", "order"))
    wanted = np.array([case.wanted for case in cases], dtype=np.float64)
    day = frames.order_days(plan.inputs, row, order.astype(np.int32))[0]
    yield "conflict", row, day, wanted, conflict_texts(plan, cases)


def _row_messages(plan: ReplenishmentPlan) -> Iterator[Part]:
    """Yield what is to be said of rows as a whole."""
    inputs = plan.inputs
    yield late_inbound(inputs)
    ends = np.array([calendar.row_end(inputs.coverage_last) for calendar in inputs.calendars])[inputs.calendar]
    last = inputs.demand.row_ends - 1
    short = np.flatnonzero((inputs.demand.last >= 0) & (last < ends))
    missing = (ends - np.maximum(last, -1))[short].astype(np.float64)
    how = {
        "average": "the average of the last 28 days",
        "same_last_year": "the same days last year",
        "cut": "no demand",
    }
    words = how[plan.config.beyond_forecast]
    texts = [
        f"The forecast ends {days:,.0f} days before the last day planned; {words} stands in for them."
        for days in missing
    ]
    yield "forecast_too_short", short, np.maximum(last[short], -1) + 1, missing, texts
    none = np.flatnonzero(inputs.demand.last < 0)
    feeds = inputs.has_dependents(none)
    text = "There is no forecast: demand counts as 0."
    own = "There is no forecast of its own: demand is what the rows that it feeds need."
    yield "no_forecast", none, np.zeros_like(none), np.zeros(len(none)), [own if feeding else text for feeding in feeds]
    yield _fed_by_lanes(plan)
    alone = np.flatnonzero((inputs.supplier < 0) & (inputs.ordering == BOUGHT))
    text = "No supplier is known: its orders form an order of their own."
    yield "no_supplier", alone, np.zeros_like(alone), np.zeros(len(alone)), [text] * len(alone)


def _fed_by_lanes(plan: ReplenishmentPlan) -> Part:
    """Tell what a transfer supplies, from where, and how many units it takes to the end of coverage."""
    inputs, network, dependent = plan.inputs, plan.inputs.network, plan.inputs.dependent
    if network is None or dependent is None:
        fed = np.flatnonzero(inputs.ordering == FED)
        text = (
            "A lane feeds this location and no sourcing record names a supplier: "
            "a transfer supplies it, no purchase order."
        )
        return "fed_by_lane", fed, np.zeros_like(fed), np.zeros(len(fed)), [text] * len(fed)
    names, last = inputs.locations["location"].to_numpy(dtype=object), inputs.date(inputs.coverage_last)
    texts = []
    blocked = inputs.ordering[network.row] == BLOCKED
    for place, source, units, stopped in zip(network.location, network.source, dependent.shipped, blocked, strict=True):
        how = "the item is blocked, so nothing supplies it" if stopped else "a transfer supplies it, no purchase order"
        text = f"A lane from {names[place]} feeds this location: it needs {units:,.0f} units shipped by {last}, "
        counted = f"which are demand at {names[place]}; {how}."
        alone = f"but {names[place]} is not planned: nobody's demand counts them."
        texts.append(text + (counted if source >= 0 else alone))
    return "fed_by_lane", network.row, np.zeros_like(network.row), dependent.shipped, texts


def _lost_by_edits(plan: ReplenishmentPlan) -> Part:
    """Tell what edits leave unserved that the suggestions would serve."""
    rows = np.array(sorted(plan.changed), dtype=np.int64)
    lost = plan.merged.figures.unserved[rows] - plan.arrays.figures.unserved[rows]
    worse = lost > 0
    texts = [
        f"The edits of this row leave {units:,.1f} units unserved that the suggestions serve." for units in lost[worse]
    ]
    return "unserved_by_edits", rows[worse], np.zeros_like(rows[worse]), lost[worse], texts


def _lost_by_cost(plan: ReplenishmentPlan) -> Part:
    """Tell what the suggestions leave unserved that stock for all of the forecast would serve, were it worth it."""
    rows, lost = plan.unserved_by_cost
    safety = [f"{kept:,.1f}" if kept < 0 else "below 0 later" for kept in plan.arrays.figures.safety_stock[rows]]
    texts = [
        f"{units:,.1f} units go unserved by cost: stock for all of the forecast is dearer than what it sells "
        f"(safety stock {kept}). min_stock 0 or a service target would serve them."
        for units, kept in zip(lost, safety, strict=True)
    ]
    return "unserved_by_cost", rows, np.zeros_like(rows), lost, texts


def late_inbound(inputs: ResolvedInputs | AllocationInputs) -> Part:
    """Tell which open orders are overdue, and from when the plan counts on them."""
    receipts = inputs.receipts
    row = np.repeat(np.arange(inputs.rows), np.diff(receipts.starts))
    late = np.flatnonzero(receipts.due < 0)
    texts = [
        f"{units:,.0f} were expected on {inputs.date(due)}; the plan counts on them from {inputs.date(day)}."
        for units, due, day in zip(receipts.quantity[late], receipts.due[late], receipts.day[late], strict=True)
    ]
    return "late_inbound", row[late], receipts.due[late], receipts.quantity[late], texts
