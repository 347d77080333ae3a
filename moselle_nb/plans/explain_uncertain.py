"""Explanation of an uncertain need: distribution, mean, spread, target, level, and what is expected to be left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.distributions import DISTRIBUTIONS
from moselle_nb.engines.empirical import Empirical
from moselle_nb.engines.netting import net
from moselle_nb.inputs.fields import DEMAND_DISTRIBUTIONS
from moselle_nb.plans.constraints import SAFETY_METHODS, UNCERTAIN_FROM
from moselle_nb.plans.critical_ratio import shortage_cost, smallest_orders
from moselle_nb.plans.shapes import wanted_of
from moselle_nb.plans.uncertain import UncertainStock, intervals

if TYPE_CHECKING:
    from moselle_nb.engines.distributions import Demand
    from moselle_nb.engines.empirical import EmpiricalShape
    from moselle_nb.engines.netting import Sizing
    from moselle_nb.plans.document import ReplenishmentPlan
    from moselle_nb.plans.layout import DailyBlock
    from moselle_nb.plans.uncertain import Interval

__all__ = ["leftover_note", "uncertain_parts"]

Part = tuple[str, float | str, str, str]

WHY = {
    "deterministic": "its variance is 0",
    "normal": "the usual choice for many units: the mean is far above the spread",
    "gamma": "never below 0, and skewed as demand of a large spread is",
    "poisson": "single units, the variance is that of chance: about the mean",
    "negative_binomial": "whole units, few of them, and a variance above the mean",
    "empirical": "the shape of the forecast's quantiles",
}

WHAT = {
    "cycle_service_level": "probability of no stockout on these days",
    "fill_rate": "share of the demand that is served",
    "ready_rate": "share of these days that end without a stockout",
    "critical_ratio": "cost of a unit short over it and that of a unit left",
}


def uncertain_parts(plan: ReplenishmentPlan, row: int, order: int, block: DailyBlock, origin: str) -> list[Part]:
    """Return name, value, unit and note of the steps that lead to the safety stock of an order's window.

    Parameters
    ----------
    plan, row, order
        The order.
    block
        Its row by day.
    origin
        Where the method comes from.
    """
    interval = _interval(plan, row, order)
    era = int(plan.inputs.era(np.array([interval.arrival]))[0])
    methods = plan.inputs.rules.safety_method
    method = int(methods[era if len(methods) > 1 else 0, row])
    if method < UNCERTAIN_FROM:
        return []
    stock = UncertainStock(plan.inputs, plan.config, np.array([row]), np.array([0]), block.cumulative_demand, era)
    demand, target = stock.demand(interval.begin, interval.stop), float(stock.targets(interval)[0])
    days = f"{plan.inputs.date(interval.begin)} to {plan.inputs.date(interval.stop - 1)}"
    name, asked = SAFETY_METHODS[method], float(stock.demand(interval.arrival, interval.stop).mean[0])
    level, mean = float(stock.level(interval)[0]), float(demand.mean[0])
    safety = _less_mean(plan, interval, level - mean, float(stock.kept(interval)[0]))
    title = _words("critical_ratio" if name == "cost" else name)
    return [
        ("Distribution", _words(DISTRIBUTIONS[int(demand.kind[0])]), "", _why(plan, row, demand)),
        ("Mean", mean, "units", days),
        ("Standard deviation", float(np.sqrt(demand.variance[0])), "units", "of the forecast and of the lead time"),
        (title, target, "", f"{_what(plan, row, interval, name, asked)}; {origin}"),
        ("Stock that reaches it", level, "units", safety),
    ]


def _less_mean(plan: ReplenishmentPlan, interval: Interval, found: float, kept: float) -> str:
    """Say how the safety stock comes from what reaches the target."""
    if found >= 0 or kept < found + 0.001:
        return "less the mean: the safety stock"
    if kept == 0:
        return "less the mean, at least 0: the safety stock"
    days = f"{plan.inputs.date(interval.arrival)} to {plan.inputs.date(interval.stop - 1)}"
    return f"less the mean, at least as for {days} alone: the safety stock"


def _interval(plan: ReplenishmentPlan, row: int, order: int) -> Interval:
    """Return the days that the safety stock of an order's window answers for."""
    inputs = plan.inputs
    calendar = inputs.calendars[inputs.calendar[row]]
    leftover = not inputs.backorder[row] and plan.config.lost_sales_sizing == "expected_leftover"
    arrival = int(calendar.arrival_days[order])
    found = list(intervals(calendar, inputs.coverage_last, from_arrival=leftover))
    return next((each for each in found if each.arrival == arrival), found[0])


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _why(plan: ReplenishmentPlan, row: int, demand: Demand) -> str:
    wanted = DEMAND_DISTRIBUTIONS[int(wanted_of(plan.inputs, np.array([row]))[0])]
    name = DISTRIBUTIONS[int(demand.kind[0])]
    if wanted == "auto" and not demand.mean[0]:
        return "no demand is expected on these days"
    if name == "empirical" and demand.shape is not None:
        return _shape_of_days(demand, demand.shape)
    return (
        WHY[name]
        if wanted in ("auto", name) or name == "deterministic"
        else f"{wanted} cannot have this mean and variance"
    )


def _shape_of_days(demand: Demand, shape: EmpiricalShape) -> str:
    """Say which quantiles or which skewness demand has."""
    (_, law), *_ = shape.laws(demand.mean, np.sqrt(demand.variance))
    if isinstance(law, Empirical):
        levels = shape.levels[1:-1]
        units = np.maximum(demand.mean[0] + np.sqrt(demand.variance[0]) * shape.scores[1:-1, 0], 0.0)
        given = ", ".join(f"q{100 * level:g} = {unit:,.1f}" for level, unit in zip(levels, units, strict=True))
        return f"{WHY['empirical']}, on exactly one of its periods: {given}"
    periods, skewness = float(shape.periods[0]), float(law.skewness[0])
    return (
        f"the skewness of the forecast's quantiles, {float(shape.skewness[0]):,.2f} in one period, is "
        f"{skewness:,.2f} on these days, {periods:,.4g} periods"
    )


def _what(plan: ReplenishmentPlan, row: int, interval: Interval, method: str, asked: float) -> str:
    if method != "cost":
        return WHAT[method]
    short = float(shortage_cost(plan.inputs, np.array([row]))[0])
    holding = float(plan.inputs.rules.holding_cost.values[0, row])
    days, lot = interval.stop - interval.arrival, float(smallest_orders(plan.inputs, np.array([row]))[0])
    until = f"on {days} days"
    if lot > asked:
        lasts = f", {days * lot / asked:,.0f} days" if asked else ""
        until = f"until the smallest order of {lot:,.0f} is sold{lasts}"
    return f"{short:,.4g} for a unit short, over it and {holding:,.4g} a day for a unit left {until}"


def leftover_note(plan: ReplenishmentPlan, row: int, order: int, block: DailyBlock, trace: Sizing, stock: float) -> str:
    """Say what stock before arrival is, and what it would be if demand came as its mean.

    Parameters
    ----------
    plan, row, order, block
        As for `uncertain_parts`.
    trace
        Steps of the order.
    stock
        Stock before its arrival, in units.
    """
    if block.uncertain is None:
        return "less backlog; what was lost before stays lost"
    lines, fixed = plan.lines_of(row), np.full((block.calendar.orders, 1), np.nan)
    stands = lines.edited | (lines.order < order)
    fixed[lines.order[stands], 0] = lines.quantity[stands]
    fixed[[place for place in range(order) if place not in lines.order], 0] = 0.0
    steps: list[Sizing] = []
    net(block.position, block.windows, block.rules, fixed=fixed, trace=steps)
    by_mean = stock + float(trace.need_without_safety_stock[0] - steps[order].need_without_safety_stock[0])
    return f"expected to be left; {by_mean:,.1f} if demand came as its mean: uncertain demand loses sales earlier"
