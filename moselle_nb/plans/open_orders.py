"""Open orders of a plan: what to do with each, in a frame and in messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from moselle_nb.engines.judging import NO_DAY
from moselle_nb.engines.open_orders import ADVICE, CANCEL, DELAY, EXPEDITE, Advice, OpenOrders, OpenRows, advise
from moselle_nb.inputs.calendars import NEVER
from moselle_nb.plans import frames
from moselle_nb.plans.layout import groups, lay_out
from moselle_nb.plans.row_calendars import Closures
from moselle_nb.plans.safety import protection_days

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from moselle_nb.plans.document import ReplenishmentPlan
    from moselle_nb.plans.layout import DailyBlock
    from moselle_nb.plans.messages import Part
    from moselle_nb.plans.resolved import Receipts, ResolvedInputs

    FloatArray = NDArray[np.float64]

__all__ = ["OPEN_ORDER_COLUMNS", "advice_messages", "open_orders"]

OPEN_ORDER_COLUMNS = ("item", "location", "reference", "expected_date", "arrival_date", "quantity", "advice", "reason",
                      "advised_date", "advised_quantity", "units_saved", "holding_saved", "value")  # fmt: skip

REASONS = {
    "needed": "needed when it comes",
    "after_plan": "comes after the days planned",
    "stockout": "demand goes unserved before it, and no order can arrive in time",
    "early": "stock stays above safety stock without it",
    "excess": "nothing asks for it in the excess period",
}


def open_orders(plan: ReplenishmentPlan) -> pd.DataFrame:
    """Build `ReplenishmentPlan.open_orders`, sorted by row and day."""
    inputs, receipts = plan.inputs, plan.inputs.receipts
    row, advice = rows_of(receipts), plan.advice
    costs = inputs.rules
    holding, shortage = (rule.values[0][row] for rule in (costs.holding_cost, costs.shortage_cost))
    cost = inputs.unit_cost[row]
    lost = np.where(np.isnan(shortage), np.maximum(inputs.unit_price[row] - cost, 0.0), shortage)
    held = _times(advice.held, holding)
    value = np.select(
        [advice.kind == EXPEDITE, advice.kind == DELAY, advice.kind == CANCEL],
        [_times(advice.saved, lost), held, _times(advice.units, cost) + np.nan_to_num(held)], 0.0,
    )  # fmt: skip
    last = row_ends(inputs)[inputs.calendar[row]]
    reason = np.select([receipts.day > last, advice.kind > 0], [1, advice.kind + 1], 0)
    reference = np.full(len(row), None, dtype=object) if receipts.reference is None else receipts.reference
    return pd.DataFrame({
        "item": frames.names(inputs.items, "item", inputs.item[row]),
        "location": frames.names(inputs.locations, "location", inputs.location[row]),
        "reference": pd.Series(reference),
        "expected_date": frames.dates(inputs, receipts.due), "arrival_date": frames.dates(inputs, receipts.day),
        "quantity": receipts.quantity, "advice": frames.words(ADVICE, advice.kind),
        "reason": frames.words(list(REASONS), reason),
        "advised_date": frames.dates(inputs, np.where((advice.kind == EXPEDITE) | (advice.kind == DELAY), advice.day,
                                                      NO_DAY)),
        "advised_quantity": advice.units, "units_saved": advice.saved, "holding_saved": held, "value": value,
    })  # fmt: skip


def _times(units: FloatArray, per_unit: FloatArray) -> FloatArray:
    return np.where(units == 0, 0.0, units * per_unit)


def rows_of(receipts: Receipts) -> NDArray[np.int64]:
    """Return the row of each receipt."""
    return np.repeat(np.arange(len(receipts.starts) - 1), np.diff(receipts.starts))


def row_ends(inputs: ResolvedInputs) -> NDArray[np.int64]:
    """Return the last day of the arithmetic of each calendar."""
    return np.array([calendar.row_end(inputs.coverage_last) for calendar in inputs.calendars], dtype=np.int64)


def advice_of(plan: ReplenishmentPlan) -> Advice:
    """Return what is advised for each receipt of the plan, with its orders and edits as they stand.

    Rows without edits are those of the plan from which it was edited: an edit costs its own rows.
    """
    inputs, source, first = plan.inputs, plan.inputs.receipts, plan
    while first.previous is not None:
        first = first.previous
    rows, has_receipts = np.arange(plan.n_rows), np.diff(source.starts) > 0
    count = len(source.day)
    found = Advice(np.zeros(count, dtype=np.int8), source.day.copy(), np.zeros(count), np.zeros(count), np.zeros(count))
    if first is not plan and first.arrays is plan.arrays and not first.changed:
        found, rows = Advice(*(values.copy() for values in vars(first.advice).values())), np.array(sorted(plan.changed))
    rows = rows[has_receipts[rows]]
    if not len(rows):
        return found
    arrivals, opened = _first_arrivals(inputs), _OpenDays(inputs)
    for place in groups(inputs, rows):
        block = lay_out(inputs, plan.config, rows[place])
        column, entry = _entries(source, block.rows)
        part = advise(
            OpenOrders(column, source.day[entry], source.quantity[entry]), _open_rows(plan, block, arrivals, opened)
        )
        for name, values in vars(part).items():
            getattr(found, name)[entry] = values
    return found


def _entries(source: Receipts, rows: NDArray[np.intp]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return column and position of the receipts of some rows, by column and day."""
    count = source.starts[rows + 1] - source.starts[rows]
    column = np.repeat(np.arange(len(rows)), count)
    entry = np.repeat(source.starts[rows] - np.cumsum(count) + count, count) + np.arange(len(column))
    return column, entry[np.lexsort((source.due[entry], source.day[entry], column))]


def _open_rows(plan: ReplenishmentPlan, block: DailyBlock, arrivals: NDArray[np.int64], opened: _OpenDays) -> OpenRows:
    inputs, rows, days = plan.inputs, block.rows, block.end + 1
    planned = np.zeros((days, len(rows)))
    lines = plan.merged.lines
    place, entry = lines.of_rows(rows)
    arrival = block.calendar.arrival_days[lines.order[entry]]
    inside = arrival < days
    np.add.at(planned, (arrival[inside], place[inside]), lines.quantity[entry[inside]])
    multiple = inputs.rules.order_multiple.values[0][rows]
    open_from, open_by = opened.up_to(block.end)
    return OpenRows(
        block.position.opening, block.position.demand[:days], planned,
        np.maximum(block.position.safety_stock[:days], 0.0),
        block.cumulative_demand, block.position.backorder, arrivals[rows],
        np.maximum(plan.config.excess_days, protection_days(inputs, rows)),
        inputs.review_period_days[rows].astype(np.int64), np.where(np.isnan(multiple), 1.0, multiple),
        open_from, open_by, opened.place[rows],
    )  # fmt: skip


def _first_arrivals(inputs: ResolvedInputs) -> NDArray[np.int64]:
    """Return the first day on which an order, or over a lane a transfer, could serve demand; `NEVER` for none."""
    first = np.array([calendar.arrival_days.min(initial=NEVER) for calendar in inputs.calendars], dtype=np.int64)
    found = first[inputs.calendar]
    if inputs.network is not None:
        by_lane = [calendar.arrival_days.min(initial=NEVER) for calendar in inputs.network.calendars]
        found[inputs.network.row] = np.array(by_lane, dtype=np.int64)[inputs.network.calendar]
    return found


class _OpenDays:
    """On which days the rows' locations are open.

    Attributes
    ----------
    place
        Pattern of closures of each row.
    """

    def __init__(self, inputs: ResolvedInputs) -> None:
        closures = Closures(inputs)
        self._patterns, self.place = closures.patterns, closures.of_location[inputs.location]
        self._known: dict[int, tuple[NDArray[np.int64], NDArray[np.int64]]] = {}

    def up_to(self, end: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the first open day on or after each day up to `end`, and the last one on or before it, by pattern."""
        if end not in self._known:
            days = np.arange(end + 1)
            after, before = (np.tile(days[:, None], (1, len(self._patterns))) for _ in range(2))
            for number, intervals in enumerate(self._patterns):
                for first, last in intervals:
                    after[(after[:, number] >= first) & (after[:, number] <= last), number] = last + 1
                for first, last in reversed(intervals):
                    before[(before[:, number] >= first) & (before[:, number] <= last), number] = first - 1
            self._known[end] = after, before
        return self._known[end]


def advice_messages(plan: ReplenishmentPlan) -> Iterator[Part]:
    """Yield messages of the advice: what to do, when, why, and what it is worth."""
    receipts, advice, frame = plan.inputs.receipts, plan.advice, plan.open_orders
    row, days = rows_of(receipts), np.maximum(plan.config.excess_days, protection_days(plan.inputs, rows_of(receipts)))
    for kind, how in ((EXPEDITE, _expedite), (DELAY, _delay), (CANCEL, _cancel)):
        found = np.flatnonzero(advice.kind == kind)
        lines = frame.iloc[found]
        due, until = (lines[name].dt.strftime("%Y-%m-%d").tolist() for name in ("expected_date", "advised_date"))
        names = ("quantity", "advised_quantity", "reference", "value", "units_saved")
        columns = (lines[name].tolist() for name in names)
        texts = [
            how(_which(units, part, name, day), to, f"{saved:,.0f}", _worth(value), period)
            for units, part, name, value, saved, day, to, period in zip(
                *columns, due, until, days[found].tolist(), strict=True
            )
        ]
        yield ADVICE[kind], row[found], receipts.day[found], advice.units[found], texts


def _which(quantity: float, units: float, reference: object, due: str) -> str:
    some = f"{units:,.0f} of the {quantity:,.0f}" if units < quantity else f"the {quantity:,.0f}"
    return f"{some} due {due} ({reference})" if isinstance(reference, str) else f"{some} due {due}"


def _worth(value: float) -> str:
    return "what it is worth is unknown without costs" if np.isnan(value) else f"worth {value:,.2f}"


def _expedite(which: str, until: str, saved: str, worth: str, _: int) -> str:
    return f"Bring {which} forward to {until}: no order can arrive before {saved} go unserved; {worth}."


def _delay(which: str, until: str, _saved: str, worth: str, _: int) -> str:
    return f"Put {which} off to {until}: until then stock stays above safety stock without them; {worth}."


def _cancel(which: str, _until: str, _saved: str, worth: str, days: int) -> str:
    return f"Cancel {which}: nothing asks for them in the {days} days after they arrive; {worth}."
