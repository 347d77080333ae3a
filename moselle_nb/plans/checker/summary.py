"""The checker's rules on `ReplenishmentPlan.summary` and `at_risk`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from moselle_nb.plans.checker.breaks import has_breaks, order_cost
from moselle_nb.plans.checker.calendar import NO_DAY
from moselle_nb.plans.checker.days import GRID, balances
from moselle_nb.plans.checker.lines import FEWEST_DAYS, cover_days
from moselle_nb.plans.checker.orders import ROUNDING, days_of
from moselle_nb.plans.checker.rules import NO_DATE

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from moselle_nb.plans.checker.days import Balance
    from moselle_nb.plans.checker.report import Findings
    from moselle_nb.plans.checker.rules import Block, ShownOrders
    from moselle_nb.plans.resolved import ResolvedInputs
    from moselle_nb.plans.row_names import RowNames

__all__ = ["Figures", "check_risk_list", "check_summary"]

TEXTS = ("status", "reason")
DAYS = ("first_stockout", "order_by")
NUMBERS = ("lead_time_days", "safety_stock", "demand_28d", "unserved_without_orders", "unserved", "ending",
           "days_on_hand", "excess_units")  # fmt: skip

DECISIONS = ("out", "unavoidable", "at_risk", "low")
MONTH_DAYS = 28


class Figures:
    """What the summary should say, filled block by block; days from `as_of`, units."""

    def __init__(self, rows: int) -> None:
        self.of: dict[str, NDArray[Any]] = {
            **{name: np.empty(rows, dtype=object) for name in TEXTS},
            **{name: np.full(rows, NO_DATE) for name in DAYS},
            **{name: np.zeros(rows) for name in NUMBERS},
        }

    def add(self, block: Block) -> None:
        """Work out what the summary says of a block's rows."""
        judged = block.inputs.coverage_last + 1
        bare = block.balance(None)
        stockout, breach = _first(bare.unserved[:judged] > 0), _first(bare.ending[:judged] < block.safety[:judged])
        excess = _excess(block)
        status = _status(block, bare, stockout, breach, excess)
        reason = _reason(block, status, stockout)
        lead = block.inputs.rules.lead_time_days.values[0, block.rows]
        values = {
            "status": status, "reason": reason, "first_stockout": np.where(stockout == NO_DAY, NO_DATE, stockout),
            "order_by": _order_by(block, np.where(status == "low", breach, stockout)), "lead_time_days": lead,
            "safety_stock": block.safety[0] / GRID, "demand_28d": block.cumulative[MONTH_DAYS] / GRID,
            "unserved_without_orders": bare.unserved[:judged].sum(axis=0) / GRID,
            "unserved": block.shown_balance.unserved[:judged].sum(axis=0) / GRID,
            "ending": block.shown_balance.ending[0] / GRID, "excess_units": excess / GRID,
            "days_on_hand": cover_days(block, block.shown_balance.ending[:1], np.array([1]))[0],
        }  # fmt: skip
        for name, value in values.items():
            self.of[name][block.rows] = value


def _first(flags: NDArray[np.bool_]) -> NDArray[np.int64]:
    return np.where(flags.any(axis=0), flags.argmax(axis=0), NO_DAY)


def _status(
    block: Block, bare: Balance, stockout: NDArray[np.int64], breach: NDArray[np.int64], excess: NDArray[np.int64]
) -> NDArray[np.object_]:
    judged = block.inputs.coverage_last + 1
    demand, columns = block.demand[:judged], np.arange(len(block.rows))
    first = (demand > 0).argmax(axis=0)
    net = np.where(first == 0, block.opening, (bare.ending - bare.backlog)[np.maximum(first - 1, 0), columns])
    to_sell = net + block.scheduled[first, columns]
    nothing = (block.opening <= 0) & (block.scheduled[0] == 0)
    one, two = block.calendar.first_arrivals
    tests = {
        "no_demand": ~(demand > 0).any(axis=0), "out": nothing & (to_sell <= 0), "unavoidable": stockout < one,
        "at_risk": stockout < two, "low": breach < two, "excess": excess > 0,
    }  # fmt: skip
    return np.select(list(tests.values()), list(tests), "healthy").astype(object)


def _excess(block: Block) -> NDArray[np.int64]:
    columns, lead = np.arange(len(block.rows)), block.lead_days
    period = np.maximum(block.config.excess_days, block.inputs.review_period_days[block.rows] + lead)
    needed = block.cumulative[period, columns] + np.maximum(block.safety[0], 0)
    return np.maximum(block.opening + block.near - needed, 0)


def _reason(block: Block, status: NDArray[np.object_], stockout: NDArray[np.int64]) -> NDArray[np.object_]:
    judged = block.inputs.coverage_last + 1
    demand, scheduled = block.demand[:judged], block.scheduled[:judged]
    without = balances(block.opening, scheduled - block.late[:judged], demand, block.backorder)
    overdue = _first(without.unserved > 0) < stockout
    # Both sides times the number of judged days, so that the mean stays whole.
    mean = np.broadcast_to(demand.sum(axis=0), demand.shape)
    level = balances(block.opening * judged, scheduled * judged, mean, block.backorder)
    spike = (stockout < NO_DAY) & (_first(level.unserved > 0) > stockout)
    asked = np.isin(status, DECISIONS)
    tests = {
        "overdue_inbound": overdue & asked, "lead_time_gap": (stockout < block.calendar.first_arrivals[0]) & asked,
        "demand_spike": spike & asked, "no_order": (stockout < NO_DAY) & asked, "safety_stock": asked,
    }  # fmt: skip
    found = np.select(list(tests.values()), list(tests), "").astype(object)
    found[found == ""] = None
    return found


def _order_by(block: Block, target: NDArray[np.int64]) -> NDArray[np.int64]:
    found = np.full(len(block.rows), NO_DATE)
    for day, arrival in zip(block.calendar.days, block.calendar.arrivals, strict=True):
        found = np.where((arrival <= target) & (target < NO_DAY), np.maximum(found, day), found)
    return found


def check_summary(
    findings: Findings,
    inputs: ResolvedInputs,
    frame: pd.DataFrame,
    names: RowNames,
    figures: Figures,
    shown: ShownOrders,
) -> None:
    """Verify every figure of the summary."""
    rows = np.arange(inputs.rows)
    shown_rows = names.rows(frame["item"], frame["location"])
    length = max(len(rows), len(shown_rows))
    expected, found = (np.pad(part, (0, length - len(part)), constant_values=-1) for part in (rows, shown_rows))
    findings.require("summary keys", (expected, NO_DATE), (expected == found) & (found >= 0), expected, found)
    if not np.array_equal(rows, shown_rows):
        return
    where = rows, NO_DATE
    for name in ("status", "reason"):
        findings.compare(name, where, figures.of[name], frame[name].to_numpy(dtype=object))
    for name in DAYS:
        findings.compare(name.replace("_", " "), where, figures.of[name], days_of(inputs, frame[name]))
    _check_names(findings, inputs, frame)
    _check_orders(findings, inputs, frame, shown)
    _check_stock(findings, inputs, frame, figures)
    cost = inputs.unit_cost
    price = np.where(np.isnan(inputs.unit_price), cost, inputs.unit_price)
    for name in ("unserved_without_orders", "unserved"):
        findings.compare("unserved figures", where, figures.of[name], frame[name])
    lost = figures.of["unserved_without_orders"]
    findings.compare("unserved figures", where, _value(lost, price), frame["unserved_value"])
    excess = figures.of["excess_units"]
    findings.compare("excess", where, excess, frame["excess_units"])
    findings.compare("excess", where, _value(excess, cost), frame["excess_value"])


def _value(units: NDArray[np.float64], each: NDArray[np.float64]) -> NDArray[np.float64]:
    """Nothing is worth nothing, whatever one would cost."""
    return np.where(units == 0, 0.0, units * each)


def _check_names(findings: Findings, inputs: ResolvedInputs, frame: pd.DataFrame) -> None:
    where = np.arange(inputs.rows), NO_DATE
    for name in ("name", "product_line", "product_type", "grade", "variability"):
        expected = inputs.items[name].to_numpy(dtype=object)[inputs.item]
        findings.compare("names", where, expected, frame[name].to_numpy(dtype=object))
    suppliers = np.array([*inputs.suppliers["supplier"], None], dtype=object)[inputs.supplier]
    findings.compare("names", where, suppliers, frame["supplier"].to_numpy(dtype=object))


def _check_orders(findings: Findings, inputs: ResolvedInputs, frame: pd.DataFrame, shown: ShownOrders) -> None:
    where, rows = (np.arange(inputs.rows), NO_DATE), inputs.rows
    total = np.bincount(shown.row, weights=shown.quantity, minlength=rows).astype(np.float64)
    findings.compare("order totals", where, total, frame["total_order_quantity"])
    priced = has_breaks(inputs, where[0])
    paid = np.bincount(shown.row, weights=order_cost(inputs, shown.row, shown.quantity)[1], minlength=rows)
    value, shown_value = _value(total, inputs.unit_cost), frame["total_order_value"]
    findings.compare("order totals", where, value, shown_value, only=~priced)
    findings.compare("order totals", where, paid, shown_value, only=priced, within=ROUNDING)
    placed = np.flatnonzero(shown.quantity > 0)
    placed = placed[np.lexsort((shown.day[placed], shown.row[placed]))]
    row, first = np.unique(shown.row[placed], return_index=True)
    day, quantity = np.full(rows, NO_DATE), np.zeros(rows)
    day[row], quantity[row] = shown.day[placed][first], shown.quantity[placed][first]
    findings.compare("next order", where, day, days_of(inputs, frame["next_order_date"]))
    found = frame["next_order_quantity"].to_numpy(dtype=np.float64)
    findings.compare("next order", where, quantity, np.nan_to_num(found))


def _check_stock(findings: Findings, inputs: ResolvedInputs, frame: pd.DataFrame, figures: Figures) -> None:
    where, receipts = (np.arange(inputs.rows), NO_DATE), inputs.receipts
    row = np.repeat(np.arange(inputs.rows), np.diff(receipts.starts))
    on_order = np.bincount(row, weights=receipts.quantity, minlength=inputs.rows)
    findings.compare("stock figures", where, inputs.on_hand, frame["on_hand"])
    findings.compare("stock figures", where, on_order, frame["on_order"])
    for name in ("lead_time_days", "ending", "safety_stock", "demand_28d"):
        findings.compare("stock figures", where, figures.of[name], frame[name])
    findings.compare("stock figures", where, figures.of["days_on_hand"], frame["days_on_hand"], within=FEWEST_DAYS)


def check_risk_list(findings: Findings, summary: pd.DataFrame, at_risk: pd.DataFrame, names: RowNames) -> None:
    """Verify that the risk list holds the rows that need a decision, in order.

    By the last day to order (none first), then unserved value (unknown first), then key.
    """
    rows = summary[summary["status"].isin(DECISIONS)]
    date = rows["order_by"].to_numpy(dtype="datetime64[D]").astype(np.int64)
    value = -rows["unserved_value"].fillna(np.inf).to_numpy(dtype=np.float64)
    key = names.rows(rows["item"], rows["location"])
    expected = key[np.lexsort((key, value, date))]
    found = names.rows(at_risk["item"], at_risk["location"])
    length = max(len(expected), len(found))
    left, right = (np.pad(part, (0, length - len(part)), constant_values=-1) for part in (expected, found))
    findings.compare("risk list", (left, NO_DATE), left, right)
