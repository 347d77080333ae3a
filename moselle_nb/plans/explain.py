"""Explanations: where a number comes from, step by step, with names, values and units."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from moselle_nb.engines.netting import (
    CAPPED,
    CONFLICT_MAX_ORDER,
    CONFLICT_MAX_STOCK,
    OVER_MAX_STOCK,
    SHELF_LIFE,
    WASTE,
)
from moselle_nb.exceptions import UnknownNameError
from moselle_nb.plans.conflicts import cases_of, conflict_texts
from moselle_nb.plans.constraints import SAFETY_METHODS, origin_text
from moselle_nb.plans.days import as_day
from moselle_nb.plans.explain_uncertain import leftover_note, uncertain_parts
from moselle_nb.plans.lots import lot_story
from moselle_nb.plans.price_breaks import prices_paid
from moselle_nb.plans.price_stories import price_story
from moselle_nb.plans.replenishment import lay_out
from moselle_nb.plans.waste import expected_waste

if TYPE_CHECKING:
    import datetime as dt

    from moselle_nb.engines.netting import Sizing
    from moselle_nb.plans.document import ReplenishmentPlan

__all__ = ["Explanation", "Step", "explain"]


LOT_METHODS = {"eoq": "economic order quantity", "period_order_quantity": "period order quantity",
               "silver_meal": "Silver–Meal", "wagner_whitin": "Wagner–Whitin"}  # fmt: skip

NAMED_ROWS = 5
"""Up to so many fed rows are named."""


@dataclass(frozen=True)
class Step:
    """One step of a derivation.

    Parameters
    ----------
    name
        What it is.
    value
        Its value; text where it is a day or a word.
    unit
        Unit of the value; blank where it has none.
    note
        Where it comes from, or how it was computed.
    """

    name: str
    value: float | str
    unit: str = ""
    note: str = ""

    @property
    def shown(self) -> str:
        """The value as text: whole numbers without decimals."""
        if isinstance(self.value, str):
            return self.value
        return f"{self.value:,.0f}" if float(self.value).is_integer() else f"{self.value:,.3f}".rstrip("0")


@dataclass(frozen=True, repr=False)
class Explanation:
    """The derivation of one order line or of a bucket's balance.

    Parameters
    ----------
    title
        What is explained.
    steps
        The steps, in the order in which they are taken.
    """

    title: str
    steps: tuple[Step, ...]

    def to_frame(self) -> pd.DataFrame:
        """Return the steps as a frame: name, value, unit, note."""
        return pd.DataFrame(
            [(s.name, s.value, s.unit, s.note) for s in self.steps], columns=["name", "value", "unit", "note"]
        )

    def __str__(self) -> str:
        """Give the steps as aligned text."""
        wide = max((len(step.name) for step in self.steps), default=0)
        number = max((len(step.shown) for step in self.steps), default=0)
        body = [f"  {s.name:<{wide}}  {s.shown:>{number}} {s.unit:<6} {s.note}".rstrip() for s in self.steps]
        return "\n".join([self.title, *body])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        cell = "<td>{}</td>"
        rows = "".join(
            "<tr><th scope='row' style='text-align:left'>"
            + html.escape(s.name)
            + "</th>"
            + f"<td style='text-align:right'>{html.escape(s.shown)} {html.escape(s.unit)}</td>"
            + cell.format(html.escape(s.note))
            + "</tr>"
            for s in self.steps
        )
        return f"<table><caption>{html.escape(self.title)}</caption><tbody>{rows}</tbody></table>"


def explain(plan: ReplenishmentPlan, item: str, location: str, date: dt.date | str) -> Explanation:
    """Explain the order line of an order date; of any other day, the bucket that holds it.

    Raises
    ------
    UnknownNameError
        When the plan has no such row, or the day lies outside it.
    ValueError
        When the day is none.
    """
    row = plan.row_of(item, location)
    day = int((as_day(date) - plan.inputs.as_of).astype(int))
    calendar = plan.inputs.calendars[plan.inputs.calendar[row]]
    order = int(np.searchsorted(calendar.order_days[: calendar.orders], day))
    if order < calendar.orders and int(calendar.order_days[order]) == day:
        return _explain_order(plan, row, order)
    return _explain_bucket(plan, row, day)


def _attributes(plan: ReplenishmentPlan, row: int) -> dict[str, str]:
    record = plan.inputs.items.iloc[plan.inputs.item[row]]
    supplier = int(plan.inputs.supplier[row])
    found = {name: str(record[name]) for name in ("product_line", "product_type", "variability", "grade")}
    found["supplier"] = str(plan.inputs.suppliers["supplier"].iat[supplier]) if supplier >= 0 else ""
    return found


def _origin(plan: ReplenishmentPlan, row: int, name: str, day: int) -> str:
    resolved = getattr(plan.inputs.rules, name)
    era = int(plan.inputs.era(np.array([day]))[0]) if len(resolved.origins) > 1 else 0
    return origin_text(int(resolved.origins[era, row]), *plan.key_of(row), _attributes(plan, row))


def _explain_order(plan: ReplenishmentPlan, row: int, order: int) -> Explanation:
    inputs, (item, location) = plan.inputs, plan.key_of(row)
    calendar = inputs.calendars[inputs.calendar[row]]
    ordered, arrival = int(calendar.order_days[order]), int(calendar.arrival_days[order])
    end = int(calendar.window_ends(inputs.coverage_last)[order])
    steps = [
        Step("Order date", str(inputs.date(ordered))),
        Step(
            "Lead time",
            _value(plan, row, "lead_time_days", ordered),
            "days",
            _origin(plan, row, "lead_time_days", ordered),
        ),
        Step("Arrival", str(inputs.date(arrival)), "", "serves demand from this day on"),
    ]
    trace = plan.trace([row], {})[row][order]
    if end < arrival:
        steps.append(Step("Order", 0.0, "units", "the next order arrives on the same day or earlier: it can wait"))
    else:
        steps.append(
            Step("Next arrival", str(inputs.date(end + 1)), "", f"this order carries {end - arrival + 1} days")
        )
        steps += _need(plan, row, order, trace, (arrival, end))
        steps += _beyond(plan, row, order, trace)
        steps += _sizing(plan, row, order, trace)
    lines = plan.lines_of(row)
    here = lines.order == order
    if lines.edited[here].any():
        steps.append(Step("Edit", float(lines.quantity[here].sum()), "units", _why(plan, row, order)))
    return Explanation(f"Order of {item} at {location} on {inputs.date(ordered)}", tuple(steps))


def _why(plan: ReplenishmentPlan, row: int, order: int) -> str:
    for step in reversed(plan.steps):
        for edit in step:
            if (edit.row, edit.order) == (row, order):
                parts = [
                    edit.reason or "no reason given",
                    edit.who,
                    edit.when,
                    "forced" if edit.forced else "",
                ]
                return "; ".join(part for part in parts if part)
    return ""


def _value(plan: ReplenishmentPlan, row: int, name: str, day: int) -> float:
    values = getattr(plan.inputs.rules, name).values
    era = int(plan.inputs.era(np.array([day]))[0]) if len(values) > 1 else 0
    return float(np.nan_to_num(values[era, row]))


def _need(plan: ReplenishmentPlan, row: int, order: int, trace: Sizing, window: tuple[int, int]) -> list[Step]:
    """Show the window's largest shortfall on the day on which it occurs."""
    arrival, end = window
    block = lay_out(plan.inputs, plan.config, np.array([row]))
    calendar = block.calendar
    lines = plan.lines_of(row)
    planned = np.zeros(block.end + 1)
    for place, quantity in zip(lines.order, lines.quantity, strict=True):
        if place != order and (lines.edited[lines.order == place].any() or place < order):
            planned[int(calendar.arrival_days[place])] += quantity
    demand, receipts = block.position.demand[: end + 1, 0], block.receipts[: end + 1, 0]
    safety = block.position.safety_stock[: end + 1, 0]
    net = np.cumsum((demand - receipts - planned[: end + 1])[arrival:])
    worst = int(np.argmax(net + safety[arrival:])) + arrival
    span = slice(arrival, worst + 1)
    until = f"{plan.inputs.date(arrival)} to {plan.inputs.date(worst)}"
    stock = float(net[worst - arrival] + safety[worst] - trace.need[0])
    method = SAFETY_METHODS[int(plan.inputs.rules.safety_method[0, row])]
    note = f"{method.replace('_', ' ')}, {_origin(plan, row, 'safety_stock', worst)}"
    if least := _value(plan, row, "min_stock", worst):
        note += f"; at least {least:,.0f}, {_origin(plan, row, 'min_stock', worst)}"
    uncertain = uncertain_parts(plan, row, order, block, _origin(plan, row, "safety_stock", worst))
    return [
        *(Step(*parts) for parts in uncertain),
        Step("Demand", float(demand[span].sum()), "units", f"{until}, the day on which most is missing"),
        *_dependent(plan, row, arrival, worst + 1),
        Step("+ Safety stock", float(safety[worst]), "units", note),
        Step("− Scheduled receipts", float(receipts[span].sum()), "units", until),
        Step("− Planned receipts", float(planned[span].sum()), "units", f"{until}, earlier orders and edits"),
        Step("− Stock before arrival", stock, "units", leftover_note(plan, row, order, block, trace, stock)),
        Step("= Need", float(trace.need[0]), "units"),
    ]


def _dependent(plan: ReplenishmentPlan, row: int, first: int, stop: int) -> list[Step]:
    """Show which part of the demand of some days comes from the rows that a row feeds."""
    dependent, network = plan.inputs.dependent, plan.inputs.network
    rows = np.array([row])
    if dependent is None or network is None or not dependent.of(rows).any():
        return []
    units = float(dependent.daily(rows, stop, plan.config.beyond_forecast)[first:].sum())
    fed = [plan.key_of(int(one))[1] for one in network.row[network.source == row]]
    more = f" and {len(fed) - NAMED_ROWS:,} more" if len(fed) > NAMED_ROWS else ""
    note = f"shipped to {', '.join(fed[:NAMED_ROWS])}{more} on these days"
    return [Step("of which for rows that it feeds", units, "units", note)]


def _beyond(plan: ReplenishmentPlan, row: int, order: int, trace: Sizing) -> list[Step]:
    """Show what is ordered besides the need of the window."""
    steps, ahead = [], float(trace.ahead[0])
    if ahead:
        note = "this is the nearest earlier date that has room for them"
        steps.append(Step("+ For later dates that the maximum order cuts", ahead, "units", note))
    if plan.config.lot_sizing != "lot_for_lot" and trace.after_minimum[0]:
        steps += _lot(plan, row, order, trace)
    return steps


def _lot(plan: ReplenishmentPlan, row: int, order: int, trace: Sizing) -> list[Step]:
    """Show why an order covers more than its own window, and what that costs."""
    inputs, method = plan.inputs, plan.config.lot_sizing
    block = lay_out(inputs, plan.config, np.array([row]))
    story = lot_story(inputs, plan.config, block, order, float(trace.need[0]))
    if story is None:
        return []
    covered = f"covers {story.covers} order dates' windows, up to {inputs.date(story.until)}"
    note = "at least the economic order quantity" if method == "eoq" else covered
    end = f"orders and stock from here to {inputs.date(story.end)}, by what the windows ask for"
    ordering, holding = (_origin(plan, row, name, 0) for name in ("order_cost", "holding_cost"))
    return [
        Step("Order cost", _value(plan, row, "order_cost", 0), "", ordering),
        Step("Holding cost", _value(plan, row, "holding_cost", 0), "", f"per unit and day, {holding}"),
        Step("Lot sizing", LOT_METHODS[method], "", note),
        Step("Cost of these lots", round(story.cost, 2), "", end),
        Step("Cost lot for lot", round(story.lot_for_lot, 2), "", "an order for each window"),
        Step("+ For a cheaper lot", float(trace.lot[0]), "units", "more than its own window needs"),
    ]


def _sizing(plan: ReplenishmentPlan, row: int, order: int, trace: Sizing) -> list[Step]:
    rules = plan.order_rules(row, order)
    day = int(plan.inputs.calendars[plan.inputs.calendar[row]].order_days[order])
    flags, quantity = int(trace.flags[0]), float(trace.quantity[0])
    total = float(trace.need[0] + trace.ahead[0] + trace.lot[0])
    if not trace.after_minimum[0]:
        why = "stock and receipts carry the row" if total <= 0 else "less than half a unit of safety stock is missing"
        if total <= 0 and trace.need_without_safety_stock[0] > 0:
            why = "by cost, what it would sell is worth less than its stock"
        return [Step("Order", 0.0, "units", why)]
    steps = [Step("Rounded up", float(np.ceil(total)), "units")]
    for name, title in (("moq", "MOQ"), ("order_multiple", "Order multiple")):
        if rules[name] > (name == "order_multiple"):
            steps.append(Step(title, rules[name], "units", _origin(plan, row, name, day)))
    if len(steps) > 1:
        steps.append(Step("After MOQ and multiple", float(trace.after_minimum[0]), "units"))
    if np.isfinite(rules["max_order"]):
        steps.append(Step("Maximum order", rules["max_order"], "units", _origin(plan, row, "max_order", day)))
        steps.append(Step("After maximum order", float(trace.after_maximum[0]), "units"))
    if np.isfinite(rules["max_stock"]):
        note = f"maximum stock {rules['max_stock']:,.0f}, {_origin(plan, row, 'max_stock', day)}"
        steps.append(Step("Room under maximum stock", float(trace.room[0]), "units", note))
    if np.isfinite(trace.usable[0]):
        days = plan.inputs.shelf_life_days[row]
        note = f"demand of the {days:,.0f} days from arrival on, less what is there then: more would expire"
        steps.append(Step("Used up in its shelf life", float(trace.usable[0]), "units", note))
    steps += _price(plan, row, trace)
    steps.append(Step("Order", quantity, "units", _flag_text(plan, row, order, flags)))
    if np.isfinite(trace.usable[0]) and quantity > 0:
        wasted = expected_waste(plan, np.array([row]), np.array([order]), np.array([quantity]))[2]
        steps.append(Step("Expected waste", float(wasted[0]), "units", "of this order, when its shelf life ends"))
    return steps


def _price(plan: ReplenishmentPlan, row: int, trace: Sizing) -> list[Step]:
    """Show what a price break made of the order by the costs of day `as_of`, and until when that lasts."""
    story = price_story(trace)
    if story is None:
        return []
    paid = prices_paid(plan.inputs, np.array([row, row]), np.array([story.before, story.quantity]))
    until, end = f"the extra lasts to {plan.inputs.date(story.until)}", "than in orders like the one before"
    by = f"by the costs of {plan.inputs.date(0)}"
    instead = f"per unit; {paid[0]:,.4g} for {story.before:,.0f} units"
    return [
        Step("Before price breaks", story.before, "units"),
        Step("Price of the larger order", round(float(paid[1]), 4), "", instead),
        Step("Saved on price and orders", round(story.saved, 2), "", f"{end}, {story.before:,.0f} at a time, {by}"),
        Step("More holding", round(story.held, 2), "", f"{end}, {by}; {until}"),
    ]


def _flag_text(plan: ReplenishmentPlan, row: int, order: int, flags: int) -> str:
    if flags & (CONFLICT_MAX_ORDER | CONFLICT_MAX_STOCK):
        return conflict_texts(plan, cases_of(plan, np.array([row]), np.array([order])))[0]
    if flags & OVER_MAX_STOCK:
        return "the smallest legal order: without it demand goes unserved, although it exceeds the maximum stock"
    if flags & WASTE:
        return "the smallest legal order outlasts its shelf life; it is placed only if demand would go unserved"
    if flags & SHELF_LIFE:
        return "limited by shelf life: more would expire before it is sold"
    return "capped: the rest waits for the next date" if flags & CAPPED else ""


def _opening(plan: ReplenishmentPlan, row: int) -> str:
    counted, opening = float(plan.inputs.on_hand[row]), float(plan.inputs.opening[row])
    if counted == opening:
        return "on hand as counted"
    note = f"{counted:,.0f} on hand as counted, {counted - opening:,.0f} committed"
    return f"{note}, {-opening:,.0f} waiting" if opening < 0 else note


def _explain_bucket(plan: ReplenishmentPlan, row: int, day: int) -> Explanation:
    lines = plan.lines_for(rows=[row])
    date = plan.inputs.date(day)
    place = int(lines["date"].searchsorted(pd.Timestamp(date), side="right")) - 1
    end = plan.inputs.calendars[plan.inputs.calendar[row]].row_end(plan.inputs.coverage_last)
    if not 0 <= day <= end or place < 0:
        first, last = plan.inputs.date(0), plan.inputs.date(end)
        kind = f"day between {first} and {last}, the days of this row, that is"
        raise UnknownNameError(kind, str(date))
    line = lines.iloc[place]
    ends = plan.inputs.date(end) if place + 1 == len(lines) else lines["date"].iloc[place + 1] - pd.Timedelta(days=1)
    steps = (
        Step(
            "Starting stock",
            float(line["starting"]),
            "units",
            _opening(plan, row) if place == 0 else "ending stock before",
        ),
        Step("+ Scheduled receipts", float(line["scheduled_receipts"]), "units", "open orders that arrive"),
        Step("+ Planned receipts", float(line["planned_receipts"]), "units", "orders of this plan that arrive"),
        Step(
            "Demand",
            float(line["demand"]),
            "units",
            f"unmet demand is {'backordered' if plan.inputs.backorder[row] else 'lost'}",
        ),
        *_dependent(plan, row, plan.inputs.day(line["date"]), plan.inputs.day(ends) + 1),
        Step("− Sales", float(line["sales"]), "units", "what stock can serve, day by day"),
        Step("Unserved", float(line["unserved"]), "units", "demand that could not be served on its day"),
        Step("= Ending stock", float(line["ending"]), "units"),
        Step("Safety stock", float(line["safety_stock"]), "units", "on the last day"),
        Step(
            "Days on hand",
            float(np.nan_to_num(line["days_on_hand"])),
            "days",
            "forward cover of the ending stock",
        ),
    )
    title = f"{plan.key_of(row)[0]} at {plan.key_of(row)[1]}, {line['date'].date()} to {pd.Timestamp(ends).date()}"
    return Explanation(title, steps)
