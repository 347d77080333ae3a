"""Orders as supplier-level rules see them: lines of one supplier, location and date, and those that could join."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from moselle_nb.engines.expected_leftover import demand_of
from moselle_nb.engines.safety_stock import protection_variance
from moselle_nb.engines.supplier_ladders import holding_costs
from moselle_nb.engines.supplier_needs import lost_units_avoided, needs_ahead
from moselle_nb.inputs.cumulative import DemandVariance
from moselle_nb.plans.layout import DAILY_ROWS, groups, lay_out
from moselle_nb.plans.order_parts import order_id
from moselle_nb.plans.price_breaks import order_values, prices_paid
from moselle_nb.plans.shapes import wanted_of
from moselle_nb.plans.uncertain import shape_of, sizes_by_leftover

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.empirical import EmpiricalShape
    from moselle_nb.inputs.calendars import OrderCalendar
    from moselle_nb.plans.document import ReplenishmentPlan
    from moselle_nb.plans.layout import DailyBlock
    from moselle_nb.plans.resolved import ResolvedInputs

__all__ = ["DAYS_AHEAD", "OrderArrays", "order_arrays"]


DAYS_AHEAD = 365
"""Needs are brought forward from so many days after arrival at most; what is not needed by then is held so long."""


@dataclass(frozen=True, eq=False)
class OrderArrays:
    """One order: what it holds, what may be added, and what each unit costs and is worth.

    Parameters
    ----------
    inputs
        What the plan is made of.
    id, supplier, location
        Id of the order, and codes.
    date
        Order date.
    next_date
        The next order date of its lines; None where coverage has none.
    row, order
        Rows of the plan, and position of the date in each one's calendar, shape (lines,).
    arrival
        Days from `as_of`.
    quantity
        Units ordered; 0 for lines that could join.
    fixed
        Whether the line stays as it is: somebody edited it, or a later order date arrives as early.
    edited
        Whether somebody edited it.
    pack
        Order multiple, in units.
    smallest, largest
        Smallest legal order above 0, and largest, in units; what would outlast its shelf life is not legal here.
    usable
        Units of an order that are used up before they expire; infinity where nothing does.
    unit_cost, holding_cost, margin
        Per unit at the price of the plan's quantity, per unit and day, per unit not lost; NaN where not known.
    volume, weight
        Per unit; NaN where not known.
    need
        Units that the window needs without safety stock.
    mean, variance, wanted
        Of the demand that the order's sizing answers for: its window, or the protection interval where unmet demand
        waits; no variance where it is not known; which distribution it follows, as for `kinds_of`.
    shape
        Of those lines that are empirical; None where none is.
    needs, unserved
        Units needed up to each day from `arrival` on, with and without safety stock, shape (days, lines).
    later
        Days from `arrival` on which later orders could arrive, per line.
    """

    inputs: ResolvedInputs
    id: str
    supplier: int
    location: int
    date: np.datetime64
    next_date: np.datetime64 | None
    row: NDArray[np.int64]
    order: NDArray[np.int64]
    arrival: NDArray[np.int64]
    quantity: NDArray[np.float64]
    fixed: NDArray[np.bool_]
    edited: NDArray[np.bool_]
    pack: NDArray[np.float64]
    smallest: NDArray[np.float64]
    largest: NDArray[np.float64]
    usable: NDArray[np.float64]
    unit_cost: NDArray[np.float64]
    holding_cost: NDArray[np.float64]
    margin: NDArray[np.float64]
    volume: NDArray[np.float64]
    weight: NDArray[np.float64]
    need: NDArray[np.float64]
    mean: NDArray[np.float64]
    variance: NDArray[np.float64]
    wanted: NDArray[np.int8]
    needs: NDArray[np.float64]
    unserved: NDArray[np.float64]
    later: tuple[NDArray[np.int64], ...]
    shape: EmpiricalShape | None = None

    @property
    def has_breaks(self) -> bool:
        """Whether the price of some line changes with its quantity."""
        breaks = self.inputs.price_breaks
        return breaks is not None and bool(breaks.of(self.row).any())

    def prices_at(self, quantity: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what a unit of each line costs at other quantities, shape (lines,); NaN where not known."""
        return prices_paid(self.inputs, self.row, quantity)

    def values_of(self, quantity: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what each line costs at other quantities, shape (lines,); NaN where not known."""
        return order_values(self.inputs, self.row, quantity)

    def value_of_line(self, line: int, units: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what one line costs at several quantities."""
        return order_values(self.inputs, np.full(len(units), self.row[line]), units)

    def unit_days(self, line: int, units: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the unit-days for which units beyond what is ordered are held before another order would bring them.

        Parameters
        ----------
        line
            Position of the line.
        units
            Units more than ordered.
        """
        later = self.later[line]
        days = np.concatenate([[0], later[later < DAYS_AHEAD], [DAYS_AHEAD]])
        extra = np.maximum(self.needs[:, line] - self.quantity[line], 0.0)
        until = extra[days[1:] - 1]
        gained = np.diff(until, prepend=0.0)
        return holding_costs(gained, days[:-1].astype(np.float64), 1.0, units)

    def value(self, lines: NDArray[np.intp], units: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the expected lost sales that quantities of lines avoid in their windows, in units; of one shape."""
        shape = None if self.shape is None else self.shape.take(lines)
        demand = demand_of(self.mean[lines], self.variance[lines], self.wanted[lines], shape)
        return lost_units_avoided(demand, self.need[lines], units)

    def needed_on(self, line: int, units: float, *, safety_stock: bool = True) -> int | None:
        """Return the day, from `as_of`, on which the last of so many units is needed; None if not within a year."""
        needs = (self.needs if safety_stock else self.unserved)[:, line]
        day = int(np.searchsorted(needs, units))
        return int(self.arrival[line]) + day if day < len(needs) else None


def order_arrays(plan: ReplenishmentPlan, supplier: int, location: int, date: np.datetime64) -> OrderArrays:
    """Gather one order of a plan.

    Parameters
    ----------
    plan
        The plan.
    supplier, location
        Codes.
    date
        Order date.
    """
    inputs = plan.inputs
    day = int((date - inputs.as_of).astype(np.int64))
    position = np.array([_position(calendar, day) for calendar in inputs.calendars], dtype=np.int64)
    chosen = (inputs.supplier == supplier) & (inputs.location == location) & (position[inputs.calendar] >= 0)
    rows = np.flatnonzero(chosen)
    parts, places, following = [], [], []
    for place in groups(inputs, rows, DAILY_ROWS):
        block = lay_out(inputs, plan.config, rows[place])
        order = int(position[inputs.calendar[rows[place[0]]]])
        parts.append(_lines(plan, block, order))
        places.append(place)
        if order + 1 < block.calendar.orders:
            following.append(int(block.calendar.order_days[order + 1]))
    sort = np.argsort(np.concatenate(places), kind="stable")
    found: dict[str, Any] = {
        name: np.concatenate([part[name] for part in parts], axis=-1)[..., sort] for name in parts[0] if name != "later"
    }
    later = [each for part in parts for each in part["later"]]
    shape, begin, stop = shape_of(inputs, rows), found.pop("begin"), found.pop("stop")
    keys = (str(inputs.suppliers["supplier"].iat[supplier]), str(inputs.locations["location"].iat[location]))
    return OrderArrays(
        inputs=inputs, id=order_id(plan.lineage, *keys, str(date)), supplier=supplier, location=location, date=date,
        next_date=inputs.date(min(following)) if following else None,
        row=rows, later=tuple(later[number] for number in sort), **found,
        shape=None if shape is None else shape.over(begin, stop),
    )  # fmt: skip


def _position(calendar: OrderCalendar, day: int) -> int:
    """Return which order date of a calendar a day is; -1 if none in coverage."""
    days = calendar.order_days[: calendar.orders]
    place = int(np.searchsorted(days, day))
    return place if place < len(days) and days[place] == day else -1


def _lines(plan: ReplenishmentPlan, block: DailyBlock, order: int) -> dict[str, Any]:
    """Return the columns of `OrderArrays` for rows that share a calendar."""
    inputs, rows, windows = plan.inputs, block.rows, block.windows
    quantity, edited = _placed(plan, block)
    arrival, end = int(windows.arrivals[order]), int(windows.ends[order])
    rules = block.rules.at(order)
    needs = unserved = np.zeros((DAYS_AHEAD, len(rows)))
    steps = plan.trace(rows.tolist(), {})
    room, bare, usable = (
        np.array([getattr(steps[row][order], name)[0] for row in rows.tolist()])
        for name in ("room", "need_without_safety_stock", "usable")
    )
    if end >= arrival:
        needs, unserved = _needs(block, order, np.where(edited, quantity, 0.0), bare)
    last = max(end - arrival, 0)
    own, items = quantity[order], inputs.item[rows]
    calendar = block.calendar.arrival_days
    later = np.unique(calendar[calendar > arrival]) - arrival
    return {
        "order": np.full(len(rows), order), "arrival": np.full(len(rows), arrival), "quantity": own,
        "fixed": edited[order] | (end < arrival), "edited": edited[order], "pack": rules.order_multiple,
        "smallest": rules.smallest, "usable": usable,
        "largest": np.minimum(rules.max_order, np.maximum(np.minimum(room, usable), own)),
        "unit_cost": prices_paid(inputs, rows, own), "holding_cost": _rule(inputs, "holding_cost", rows, arrival),
        "margin": _margin(inputs, rows, arrival),
        **{name: inputs.items[name].to_numpy(np.float64)[items] for name in ("volume", "weight")},
        "need": unserved[last], **_error(plan, block, order), "needs": needs, "unserved": unserved,
        "later": [_extended(later, int(days)) for days in inputs.review_period_days[rows]],
    }  # fmt: skip


def _placed(plan: ReplenishmentPlan, block: DailyBlock) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return what is ordered on each order date, and where an edit stands, shape (orders, rows)."""
    lines = plan.merged.lines_of(block.rows)
    quantity = np.zeros((block.calendar.orders, len(block.rows)))
    edited = np.zeros(quantity.shape, dtype=bool)
    quantity[lines.order, lines.row] = lines.quantity
    edited[lines.order, lines.row] = lines.edited
    return quantity, edited


def _needs(
    block: DailyBlock, order: int, edits: NDArray[np.float64], bare: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what is needed up to each day of the year from the arrival on, with and without safety stock."""
    end, windows = block.end, block.windows
    position = block.position.with_receipts(windows.arrivals, edits)
    first = int(windows.arrivals[order])
    stop = first + DAYS_AHEAD
    supply = position.peak(first, int(windows.ends[order])) - bare
    inside = min(end, stop - 1) + 1
    base = block.cumulative_demand.at(end + 1)
    beyond = np.array([block.cumulative_demand.at(day + 1) - base for day in range(inside, stop)])
    beyond = beyond.reshape(stop - inside, len(supply))
    with_, without = (needs_ahead(flow[first:inside], beyond, supply) for flow in (position.level, position.flow))
    return with_, without


def _extended(later: NDArray[np.int64], review: int) -> NDArray[np.int64]:
    """Return the days on which later orders could arrive for a year: past those that are known, every review period."""
    last = int(later[-1]) if len(later) else 0
    known = later[later < DAYS_AHEAD]
    return np.concatenate([known, np.arange(last + review, DAYS_AHEAD, review)]) if last < DAYS_AHEAD else known


def _rule(inputs: ResolvedInputs, name: str, rows: NDArray[np.int64], day: int) -> NDArray[np.float64]:
    values = getattr(inputs.rules, name).values
    era = int(inputs.era(np.array([day]))[0]) if len(values) > 1 else 0
    return np.asarray(values[era][rows])


def _margin(inputs: ResolvedInputs, rows: NDArray[np.int64], day: int) -> NDArray[np.float64]:
    """Return what a lost unit costs: the shortage cost, else price less cost."""
    given = _rule(inputs, "shortage_cost", rows, day)
    earned = np.maximum(inputs.unit_price[rows] - inputs.unit_cost[rows], 0.0)
    return np.where(np.isnan(given), earned, given)


def _error(plan: ReplenishmentPlan, block: DailyBlock, order: int) -> dict[str, NDArray[Any]]:
    """Return mean, variance and distribution of the demand that the order's sizing answers for."""
    inputs, rows, cumulative = plan.inputs, block.rows, block.cumulative_demand
    days = block.windows.arrivals if sizes_by_leftover(inputs, plan.config, rows) else block.calendar.order_days
    start = int(days[order])
    stop = max(int(block.windows.ends[order]) + 1, start + 1)
    mean, variance = np.maximum(cumulative.at(stop) - cumulative.at(start), 0.0), np.zeros(len(rows))
    if inputs.variance is not None:
        parts = inputs.demand.take(rows), inputs.variance.take(rows, axis=1)
        error = DemandVariance(*parts, plan.config.beyond_forecast).between(start, stop)
        lead_sd = np.nan_to_num(inputs.rules.lead_time_sd_days.values[0][rows])
        variance = protection_variance(error, mean / (stop - start), lead_sd)
    span = {"begin": np.full(len(rows), start), "stop": np.full(len(rows), stop)}
    return {"mean": mean, "variance": variance, "wanted": wanted_of(inputs, rows), **span}
