"""How the scalar plan of one row is judged and shown: status, reason, dates, summary numbers, buckets."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, takewhile
from typing import TYPE_CHECKING

from tests.oracles.scalar_parts import DayBalance, balances
from tests.oracles.scalar_tables import UNIT, WEEKDAYS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from tests.oracles.scalar_replenishment import ScalarPlan
    from tests.oracles.scalar_row import ScalarRow

NEVER = math.inf
AT_RISK = ("out", "unavoidable", "at_risk", "low")
LONGEST_COVER = 365


def first_day(days: range, holds: Callable[[int], bool]) -> float:
    """First of the days on which something holds, never if on none."""
    return next((day for day in days if holds(day)), NEVER)


def first_unserved(days: list[DayBalance], judged: range) -> float:
    """First judged day with unserved demand."""
    return first_day(judged, lambda day: days[day].unserved > 0)


@dataclass(frozen=True)
class Judgement:
    """Status of a row, why, and the two dates a planner looks at; days from ``as_of``."""

    status: str
    reason: str | None
    first_stockout: float
    order_by: int | None


def judge(plan: ScalarPlan) -> Judgement:
    """Judge a row from the projection with scheduled receipts and no planned or edited orders."""
    days = plan.days_without_orders
    t = first_unserved(days, plan.judged)
    breach = first_day(plan.judged, lambda day: days[day].ending < plan.safety_stock(day))
    first_arrival, second_arrival = first_two_arrivals(plan)
    if not any(plan.demand[day] for day in plan.judged):
        status = "no_demand"
    elif is_out(plan):
        status = "out"
    elif t < first_arrival:
        status = "unavoidable"
    elif t < second_arrival:
        status = "at_risk"
    elif breach < second_arrival:
        status = "low"
    elif excess_units(plan) > 0:
        status = "excess"
    else:
        status = "healthy"
    reason = why(plan, t, first_arrival) if status in AT_RISK else None
    return Judgement(status, reason, t, order_by(plan, breach if status == "low" else t))


def is_out(plan: ScalarPlan) -> bool:
    """Nothing to sell on the first day that has demand, and neither stock nor receipts at ``as_of``."""
    first = next(day for day in plan.judged if plan.demand[day])
    on_that_day = plan.days_without_orders[first]
    backlog_before = plan.days_without_orders[first - 1].backlog if first else max(0, -plan.opening)
    to_sell = on_that_day.starting - backlog_before + on_that_day.receipts
    return to_sell <= 0 and max(0, plan.opening) == 0 and plan.scheduled.get(0, 0) == 0


def first_two_arrivals(plan: ScalarPlan) -> tuple[float, float]:
    """Return the first two possible arrivals; never where nothing can be ordered."""
    if not plan.row.can_order:
        return NEVER, NEVER
    arrivals: list[int] = []
    for order_day in plan.row.possible_order_days():
        if len(arrivals) >= 2 and order_day > sorted(arrivals)[1]:
            break
        arrivals.append(plan.row.arrival(order_day))
    first, second = sorted(arrivals)[:2]
    return first, second


def order_by(plan: ScalarPlan, day: float) -> int | None:
    """Last order day whose order arrives by a day."""
    if day == NEVER:
        return None
    possible = takewhile(lambda order_day: order_day <= day, plan.row.possible_order_days())
    return max((order_day for order_day in possible if plan.row.arrival(order_day) <= day), default=None)


def why(plan: ScalarPlan, t: float, first_arrival: float) -> str:
    """Reason of a row at risk, the first that applies."""
    if any(expected < 0 for expected, _ in plan.row.inbound):
        without = balances(plan.opening, plan.scheduled_receipts(with_overdue=False), plan.demand, plan.row.unmet)
        if first_unserved(without, plan.judged) < t:
            return "overdue_inbound"
    if t < first_arrival:
        return "lead_time_gap"
    if t < NEVER and not is_short_on_mean_demand(plan, int(t)):
        return "demand_spike"
    return "no_order" if t < NEVER else "safety_stock"


def is_short_on_mean_demand(plan: ScalarPlan, t: int) -> bool:
    """Whether the mean of the judged days on every day leaves some unserved by t; scaled by their number."""
    n = len(plan.judged)
    mean = sum(plan.demand[day] for day in plan.judged)
    scaled = {day: quantity * n for day, quantity in plan.scheduled.items()}
    return any(day.unserved for day in balances(plan.opening * n, scaled, [mean] * (t + 1), plan.row.unmet))


def excess_units(plan: ScalarPlan) -> int:
    """Stock and inbound beyond demand of the next ``excess_days`` and safety stock above 0, in 2**-10 units."""
    row = plan.row
    lead_time = row.lead_time(0) or 0
    inbound = sum(quantity for expected, quantity in row.inbound if expected <= lead_time)
    days = max(row.config.excess_days, row.review_period + lead_time)
    demand = sum(row.demand(day) for day in range(days))
    return max(0, plan.opening + inbound - demand - max(0, plan.safety_stock(0)))


def days_on_hand(plan: ScalarPlan, stock: int, next_day: int) -> float | None:
    """Forward walk from a day: whole days that stock serves, plus the served part of the next."""
    if stock <= 0:
        return 0.0
    left, any_demand = stock, False
    for walked in range(LONGEST_COVER):
        demand = plan.row.demand(next_day + walked)
        any_demand = any_demand or demand > 0
        if demand >= left:
            return float(walked + Fraction(left, demand))
        left -= demand
    return float(LONGEST_COVER) if any_demand else None


# ---- what the frames show ------------------------------------------------------------------------

Line = dict[str, object]


def summary_line(plan: ScalarPlan) -> Line:
    """One row of ``plan.summary``, numbers in units, dates as dates."""
    row, judged, judgement = plan.row, plan.judged, judge(plan)
    date = row.tables.date
    unserved_without = sum(plan.days_without_orders[day].unserved for day in judged)
    placed = [order for order in plan.orders if order.quantity > 0]
    total = sum(order.quantity for order in placed)
    price = row.item_record.get("unit_price")
    price = row.unit_cost if price is None else price
    excess = excess_units(plan)
    return {
        "item": row.item,
        "location": row.location,
        "supplier": row.supplier,
        "status": judgement.status,
        "reason": judgement.reason,
        "first_stockout": None if judgement.first_stockout == NEVER else date(int(judgement.first_stockout)),
        "order_by": None if judgement.order_by is None else date(judgement.order_by),
        "next_order_date": date(placed[0].day) if placed else None,
        "next_order_quantity": placed[0].quantity if placed else 0,
        "total_order_quantity": total,
        "total_order_value": 0.0 if total == 0 else order_total(plan),
        "on_hand": row.inventory.get("on_hand") or 0,
        "on_order": sum(plan.scheduled.values()) / UNIT,
        "lead_time_days": row.lead_time(0),
        "safety_stock": plan.safety_stock(0) / UNIT,
        "demand_28d": sum(row.demand(day) for day in range(28)) / UNIT,
        "unserved_without_orders": unserved_without / UNIT,
        "unserved": sum(plan.days[day].unserved for day in judged) / UNIT,
        "unserved_value": money(unserved_without / UNIT, price),
        "ending": plan.days[0].ending / UNIT,
        "days_on_hand": days_on_hand(plan, plan.days[0].ending, 1),
        "excess_units": excess / UNIT,
        "excess_value": money(excess / UNIT, row.unit_cost),
    }


def money(units: float, each: float | None) -> float | None:
    """Value of units; none are worth nothing, some without a cost are worth nobody knows what."""
    if units == 0:
        return 0.0
    return None if each is None else units * float(each)


def at_risk_keys(plans: list[ScalarPlan]) -> list[tuple[str, str]]:
    """Rows that need a decision: by order-by date, none first, then unserved value, unknown and large first."""
    lines = [line for line in map(summary_line, plans) if line["status"] in AT_RISK]

    def urgency(line: Line) -> tuple[object, ...]:
        order_by_date, value = line["order_by"], line["unserved_value"]
        worth = float(str(value)) if value is not None else math.inf
        return order_by_date is not None, str(order_by_date), -worth, line["item"], line["location"]

    return [(str(line["item"]), str(line["location"])) for line in sorted(lines, key=urgency)]


def firm_orders(plan: ScalarPlan) -> set[tuple[str, str, dt.date, int]]:
    """Order lines that go out now: those dated before the row's own second order date."""
    row = plan.row
    first_two = list(islice(row.possible_order_days(), 2))
    return {
        (row.item, row.location, row.tables.date(order.day), order.quantity)
        for order in plan.orders
        if order.quantity > 0 and order.day < first_two[1]
    }


def order_lines(plan: ScalarPlan) -> list[Line]:
    """Rows of ``plan.order_lines``: what is suggested or edited."""
    date = plan.row.tables.date
    return [
        {
            "item": plan.row.item,
            "location": plan.row.location,
            "supplier": plan.row.supplier,
            "order_date": date(order.day),
            "arrival_date": date(order.arrival),
            "suggested_quantity": order.suggested,
            "quantity": order.quantity,
            "edited": order.edited,
            "unit_cost": paid(plan.row, order.quantity),
            "value": plan.row.order_value(order.quantity),
        }
        for order in plan.orders
        if order.suggested > 0 or order.edited
    ]


def paid(row: ScalarRow, units: int) -> float | None:
    """What a unit of an order costs; where nothing is ordered, the list price."""
    value = row.order_value(units)
    return row.unit_cost if value is None or units == 0 else value / units


def order_total(plan: ScalarPlan) -> float | None:
    """What all orders of a row cost, None where no cost is known."""
    values = [plan.row.order_value(order.quantity) for order in plan.orders]
    return None if plan.row.unit_cost is None else math.fsum(value for value in values if value is not None)


def order_messages(plan: ScalarPlan) -> set[tuple[str, str, dt.date, str]]:
    """Messages of the orders by item, location, order date and kind."""
    row = plan.row
    return {
        (row.item, row.location, row.tables.date(order.day), kind) for order in plan.orders for kind in order.messages
    }


def bucket_lines(plan: ScalarPlan) -> list[Line]:
    """Rows of ``plan.lines``: calendar buckets, cut at ``as_of`` and at both ends of coverage."""
    groups: list[list[int]] = []
    for day in range(plan.end + 1):
        if day == 0 or starts_bucket(plan, day):
            groups.append([])
        groups[-1].append(day)
    return [bucket_line(plan, days) for days in groups]


def starts_bucket(plan: ScalarPlan, day: int) -> bool:
    """Whether a new column of the plan begins on a day."""
    row = plan.row
    if day in {row.first_covered, row.last_covered + 1} or row.config.bucket == "day":
        return True
    date = row.tables.date(day)
    if row.config.bucket == "month":
        return date.day == 1
    return WEEKDAYS[date.weekday()] == str(row.config.week_start)[:3].lower()


def bucket_line(plan: ScalarPlan, days: list[int]) -> Line:
    """One bucket: flows summed, stock-like columns of its last day."""
    row, last = plan.row, days[-1]
    shown = [plan.days[day] for day in days]
    orders = [order for order in plan.orders if days[0] <= order.day <= last]
    planned = plan.planned({order.day: order.quantity for order in plan.orders})
    return {
        "item": row.item,
        "location": row.location,
        "date": row.tables.date(days[0]),
        "in_coverage": row.first_covered <= days[0] <= row.last_covered,
        "starting": shown[0].starting / UNIT,
        "scheduled_receipts": sum(plan.scheduled.get(day, 0) for day in days) / UNIT,
        "planned_receipts": sum(planned.get(day, 0) for day in days) / UNIT,
        "demand": sum(day.demand for day in shown) / UNIT,
        "sales": sum(day.sales for day in shown) / UNIT,
        "unserved": sum(day.unserved for day in shown) / UNIT,
        "ending": shown[-1].ending / UNIT,
        "backlog": shown[-1].backlog / UNIT,
        "safety_stock": plan.safety_stock(last) / UNIT,
        "days_on_hand": days_on_hand(plan, shown[-1].ending, last + 1),
        "suggested_quantity": sum(order.suggested for order in orders),
        "order_quantity": sum(order.quantity for order in orders),
        "edited": any(order.edited for order in orders),
    }
