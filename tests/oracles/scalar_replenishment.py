"""Section 5 of the design for one row, day by day: a literal second implementation to judge the engine by.

Quantities are whole numbers of 2**-10 units and days are whole numbers from ``as_of``, as in
`scalar_tables`; only orders are whole units. Nothing is vectorised, nothing is kept between orders: every
order projects the row anew from the opening stock.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING

from tests.oracles import scalar_breaks, scalar_lots
from tests.oracles.scalar_distributions import Spread, least_grid, spread_of
from tests.oracles.scalar_parts import DayBalance, LotRules, balances
from tests.oracles.scalar_row import METHOD_OF_FIELD, SAFETY_FIELDS
from tests.oracles.scalar_shapes import Shaped
from tests.oracles.scalar_tables import UNIT, to_grid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.oracles.scalar_row import ScalarRow


@dataclass(frozen=True)
class Sizing:
    """What the rules make of one possible order: units to order and the messages it carries."""

    quantity: int
    messages: tuple[str, ...] = ()
    need: int = 0


def is_wanted(need: int, bare: int) -> bool:
    """Whether anything is ordered: not when less than half a unit of safety stock is missing."""
    return need > 0 and (bare > 0 or 2 * need >= UNIT)


@dataclass(frozen=True)
class ScalarOrder:
    """One possible order in coverage."""

    day: int
    arrival: int
    suggested: int
    quantity: int
    edited: bool
    messages: tuple[str, ...]


@dataclass
class ScalarPlan:
    """One row planned.

    Parameters
    ----------
    row
        The row's rules, calendar and demand.
    edits
        Fixed quantities in units by order day.
    """

    row: ScalarRow
    edits: Mapping[int, int] = field(default_factory=dict)
    known_safety_stocks: dict[int, int] = field(default_factory=dict)
    known_spreads: dict[tuple[int, int], Spread | Shaped] = field(default_factory=dict)
    known_quantiles: dict[tuple[str, float | None, int, int, int], int] = field(default_factory=dict)

    # ---- calendar --------------------------------------------------------------------------------

    @cached_property
    def order_days(self) -> list[int]:
        """Possible order days up to the second after coverage: the last two are only "next"."""
        days = []
        for day in self.row.possible_order_days():
            days.append(day)
            if len(days) > 1 and days[-2] > self.row.last_covered:
                break
        return days

    @cached_property
    def order_days_in_coverage(self) -> list[int]:
        """Days on which an order may be placed."""
        return [day for day in self.order_days if day <= self.row.last_covered]

    @cached_property
    def windows(self) -> list[tuple[int, int]]:
        """Days W that each order in coverage must serve, first and last; empty where last < first."""
        arrivals = [self.row.arrival(day) for day in self.order_days]
        return [(arrivals[k], min(arrivals[k + 1 :]) - 1) for k in range(len(self.order_days_in_coverage))]

    @cached_property
    def end(self) -> int:
        """Last day of the arithmetic: the end of the last window, at least the last coverage day."""
        return max([self.row.last_covered, *(last for _, last in self.windows)])

    @cached_property
    def demand(self) -> list[int]:
        """Demand of each day of the arithmetic."""
        return [self.row.demand(day) for day in range(self.end + 1)]

    @cached_property
    def judged(self) -> range:
        """Days from ``as_of`` to the last coverage day."""
        return range(self.row.last_covered + 1)

    # ---- stock -----------------------------------------------------------------------------------

    @cached_property
    def opening(self) -> int:
        """On hand less committed; below 0 only where unmet demand waits."""
        inventory = self.row.inventory
        stock = to_grid(inventory.get("on_hand") or 0) - to_grid(inventory.get("committed") or 0)
        return max(0, stock) if self.row.unmet == "lost" else stock

    def receipt_day(self, expected: int) -> int:
        """Day on which a scheduled receipt arrives: overdue ones today, then when the location is open."""
        return self.row.first_open_day(max(0, expected))

    @cached_property
    def scheduled(self) -> dict[int, int]:
        """Scheduled receipts by day."""
        return self.scheduled_receipts(with_overdue=True)

    def scheduled_receipts(self, *, with_overdue: bool) -> dict[int, int]:
        """Scheduled receipts by day, with or without those that were due before ``as_of``."""
        receipts: dict[int, int] = {}
        for expected, quantity in self.row.inbound:
            if expected >= 0 or with_overdue:
                day = self.receipt_day(expected)
                receipts[day] = receipts.get(day, 0) + quantity
        return receipts

    def planned(self, fixed: Mapping[int, int]) -> dict[int, int]:
        """Planned receipts by day of orders given in units by order day."""
        receipts: dict[int, int] = {}
        for order_day, quantity in fixed.items():
            day = self.row.arrival(order_day)
            receipts[day] = receipts.get(day, 0) + quantity * UNIT
        return receipts

    def project(self, fixed: Mapping[int, int]) -> list[DayBalance]:
        """Balances of each day with the scheduled receipts and these orders."""
        planned = self.planned(fixed)
        receipts = {day: self.scheduled.get(day, 0) + planned.get(day, 0) for day in {*self.scheduled, *planned}}
        return balances(self.opening, receipts, self.demand, self.row.unmet)

    # ---- safety stock ----------------------------------------------------------------------------

    def safety_stock(self, day: int) -> int:
        """Safety stock of a day, at least the minimum stock of that day."""
        if day not in self.known_safety_stocks:
            self.known_safety_stocks[day] = self.resolve_safety_stock(day)
        return self.known_safety_stocks[day]

    def safety_method(self, day: int) -> tuple[str, float | None]:
        """Method and value of a day's safety stock."""
        found = self.row.named(SAFETY_FIELDS, day)
        if isinstance(found, tuple):
            return ("none", None) if found[1] is None else (METHOD_OF_FIELD[found[0]], found[1])
        return self.row.config.safety_stock.method, self.row.config.safety_stock.value

    def resolve_safety_stock(self, day: int) -> int:
        """Safety stock of a day by the method that is named for it."""
        method, value = self.safety_method(day)
        if method == "none":
            units = 0
        elif method == "units":
            units = to_grid(value or 0)
        elif method == "days_of_cover":
            units = sum(self.row.demand(later) for later in range(day + 1, day + int(value or 0) + 1))
        else:
            asked = (method, value, *self.answered_days(day))
            if asked not in self.known_quantiles:
                self.known_quantiles[asked] = self.above_mean(*asked)
            units = self.known_quantiles[asked]
        least = self.row.rule("min_stock", day)
        return units if least is None else max(units, to_grid(least))

    # ---- uncertain demand ------------------------------------------------------------------------

    @cached_property
    def by_leftover(self) -> bool:
        """Whether orders are measured against what is expected to be left at their arrival."""
        if self.row.unmet == "backorder" or self.row.config.lost_sales_sizing == "protection_interval":
            return False
        methods = {self.safety_method(day)[0] for day in self.row.days_of_change}
        return not methods <= {"none", "units", "days_of_cover"}

    def answered_days(self, day: int) -> tuple[int, int, int]:
        """First day, arrival and last day of the demand that safety stock of a day answers for.

        The days that the order serving this day serves, and where demand waits those from its order date on too.
        """
        waits = self.row.unmet == "backorder" or self.row.config.lost_sales_sizing == "protection_interval"
        serving = [
            (order_day if waits else first, first, last)
            for order_day, (first, last) in zip(self.order_days_in_coverage, self.windows, strict=True)
            if first <= last
        ]
        chosen = [window for window in serving if window[1] <= day <= window[2]]
        if chosen:
            return chosen[-1]
        if serving and not waits:
            return serving[0]
        if not self.row.can_order:
            lead = self.row.lead_time(0) or 0
            return 0 if waits else lead, lead, self.row.review_period + lead - 1
        arrivals = [self.row.arrival(later) for later in self.order_days]
        begin, last = self.order_days[0] if waits else arrivals[0], min(arrivals[1:]) - 1
        return begin, max(min(arrivals[0], last), begin), last

    def spread(self, first: int, last: int) -> Spread | Shaped:
        """Demand of these days, with an uncertain lead time at their end."""
        if (first, last) not in self.known_spreads:
            self.known_spreads[first, last] = self.find_spread(first, last)
        return self.known_spreads[first, last]

    def find_spread(self, first: int, last: int) -> Spread | Shaped:
        """Add demand and variance of these days up."""
        days = range(first, last + 1)
        mean = Fraction(sum(self.row.demand(day) for day in days), UNIT)
        lead_time_sd = Fraction(self.row.rule("lead_time_sd_days", 0) or 0)
        variance = sum((self.row.variance(day) for day in days), Fraction(0)) + (mean / len(days) * lead_time_sd) ** 2
        wanted = self.row.rule("demand_distribution", 0, self.row.config.demand_distribution) or "auto"
        if wanted == "empirical" and self.row.shape is not None and variance > 0:
            return Shaped(float(mean), float(variance), self.row.shape, self.row.tables.shares(first, last))
        return spread_of(float(mean), float(variance), "auto" if wanted == "empirical" else wanted)

    def above_mean(self, method: str, value: float | None, begin: int, arrival: int, last: int) -> int:
        """What a method keeps above the mean demand: below 0 by money only.

        Where demand is lost, then no less than for the days that the order serves alone.
        """
        units = self.quantile_less_mean(method, value, begin, arrival, last)
        if units >= 0:
            return units
        if method not in {"critical_ratio", "cost"}:
            return 0
        if self.row.unmet == "backorder":
            return units
        return max(units, min(self.quantile_less_mean(method, value, arrival, arrival, last), 0))

    def quantile_less_mean(self, method: str, value: float | None, begin: int, arrival: int, last: int) -> int:
        """What a method keeps above the mean demand of these days."""
        if last < begin:
            return 0
        whole, share = self.spread(begin, last), self.share(method, value, arrival, last)
        if method == "fill_rate":
            nothing = Spread(0.0, 0.0, "deterministic")
            before = self.spread(begin, arrival - 1) if arrival > begin else nothing
            before = before if before.mean > 0 else nothing
            allowed = (1 - share) * (whole.mean - before.mean)
            if whole.mean <= before.mean:
                return to_grid(-whole.mean)
            level = least_grid(lambda stock: whole.lost(stock) - before.lost(stock) <= allowed)
        elif method == "ready_rate":
            ends = [self.spread(begin, day) for day in range(arrival, last + 1)]
            level = least_grid(lambda stock: sum(end.reached(stock) for end in ends) >= share * len(ends))
        else:
            level = whole.quantile(share)
        return to_grid(level - whole.mean)

    def share(self, method: str, value: float | None, arrival: int, last: int) -> float:
        """The share that a method asks for; by cost, of one who holds what is left until the next order."""
        if method != "cost":
            return float(value or 0)
        short = self.row.rule("shortage_cost", 0)
        if short is None:
            short = self.row.item_record["unit_price"] - self.row.unit_cost
        asked = sum(self.row.demand(day) for day in range(arrival, last + 1)) / UNIT
        lot = multiple = self.row.rule("order_multiple", 0) or 1
        while lot < (self.row.rule("moq", 0) or 0):
            lot += multiple
        if asked == 0:
            return 1e-6
        days = (last + 1 - arrival) * max(1.0, lot / asked)
        return min(max(float(short / (short + self.row.rule("holding_cost", 0) * days)), 1e-6), 1 - 1e-6)

    def expected_stock(self, day: int, fixed: Mapping[int, int]) -> int:
        """What is expected to be left before a window: over each stretch without orders, stock less expected sales."""
        planned = self.planned(fixed)
        edges = sorted({0, day, *(first for first, last in self.windows if first <= last and first < day)})
        stock = self.opening
        for first, stop in pairwise(edges):
            stock = self.left_after(stock, first, stop - 1, planned)
        return stock

    def left_after(self, stock: int, first: int, last: int, planned: Mapping[int, int]) -> int:
        """What is expected to be left after some days: lost is what exceeds stock on the last day of least stock."""
        running, least = stock, None
        for day in range(first, last + 1):
            running += self.scheduled.get(day, 0) + planned.get(day, 0) - self.demand[day]
            if least is None or running <= least[0]:
                least = (running, day)
        assert least is not None
        demand = self.spread(first, least[1])
        available = least[0] + sum(self.demand[first : least[1] + 1])
        return running + max(to_grid(demand.lost(available / UNIT)), -least[0], 0)

    # ---- how much --------------------------------------------------------------------------------

    def lot_rules(self, order_day: int, arrival: int) -> LotRules:
        """Rules by order day, those of stock by arrival day."""
        max_order = self.row.rule("max_order", order_day)
        max_stock = self.row.rule("max_stock", arrival)
        return LotRules(
            moq=math.ceil(self.row.rule("moq", order_day) or 0),
            multiple=int(self.row.rule("order_multiple", order_day) or 1),
            max_order=None if max_order is None else int(max_order),
            max_stock=None if max_stock is None else to_grid(max_stock),
            is_hard=bool(self.row.rule("max_stock_is_hard", arrival) or False),
        )

    def stock_before(self, day: int, fixed: Mapping[int, int]) -> int:
        """Ending less backlog of the day before a day."""
        if day == 0:
            return self.opening
        if self.by_leftover:
            return self.expected_stock(day, fixed)
        before = self.project(fixed)[day - 1]
        return before.ending - before.backlog

    def missing(
        self,
        first: int,
        last: int,
        fixed: Mapping[int, int],
        *,
        with_safety: bool,
        unknown: Mapping[int, int] = MappingProxyType({}),
    ) -> list[int]:
        """What is missing on each day, with what was lost before the first of them staying lost.

        Orders that are unknown have come neither before these days nor on them.
        """
        planned = self.planned({day: units for day, units in fixed.items() if day not in unknown})
        missing = []
        running = -self.stock_before(first, fixed)
        running += sum(units for day, units in self.planned(unknown).items() if day < first)
        for day in range(first, last + 1):
            running += self.demand[day] - self.scheduled.get(day, 0) - planned.get(day, 0)
            missing.append(running + (self.safety_stock(day) if with_safety else 0))
        return missing

    def need(self, first: int, last: int, fixed: Mapping[int, int], *, with_safety: bool) -> int:
        """Most that is missing on any day of W."""
        return max(self.missing(first, last, fixed, with_safety=with_safety))

    def need_ahead(self, k: int, fixed: Mapping[int, int], *, with_safety: bool) -> int:
        """Most that any later window needs of the k-th order, when all dates after it order as much as they may.

        Edits of later dates are not known when it is suggested; windows without days order nothing.
        """
        first = self.windows[k][0]
        later = {day: units for day, units in fixed.items() if day > self.order_days[k]}
        missing = self.missing(first, self.end, fixed, with_safety=with_safety, unknown=later)
        most, room = missing[0] - 10**12, 0
        for j in range(k + 1, len(self.windows)):
            begin, last = self.windows[j]
            if last < begin:
                continue
            largest = self.lot_rules(self.order_days[j], begin).largest
            if largest is None:
                break
            room += largest * UNIT
            most = max(most, max(missing[begin - first : last - first + 1]) - room)
        return most

    def size(self, k: int, fixed: Mapping[int, int]) -> Sizing:
        """Suggested quantity of the k-th order: what its window and later ones need, made legal, at the best price."""
        sizing = self.size_at_any_price(k, fixed)
        if sizing.quantity == 0 or not self.row.price_list.breaks:
            return sizing
        first = self.windows[k][0]
        rules = self.lot_rules(self.order_days[k], first)
        limits = [limit for limit in (self.usable(first, fixed), self.room(first, rules, fixed)) if limit is not None]

        def legal_from(units: Fraction) -> int | None:
            smallest = rules.up(math.ceil(units))
            return smallest if rules.is_legal(smallest) and all(smallest <= limit for limit in limits) else None

        ordering, holding = (Fraction(self.row.rule(name, 0) or 0) for name in ("order_cost", "holding_cost"))
        given = self.row.price_list, self.outlook(k, fixed), (ordering, holding)
        quantity = scalar_breaks.raised(sizing.quantity, *given, legal_from)
        if quantity == sizing.quantity:
            return sizing
        kept = tuple(text for text in sizing.messages if text != "moq_cover")
        return Sizing(quantity, (*kept, "price_break"), sizing.need)

    def outlook(self, k: int, fixed: Mapping[int, int]) -> scalar_breaks.Outlook:
        """What the windows from the k-th order's on ask for, edits of later dates unknown, all earlier orders there."""
        levels, starts, carrying = self.window_levels
        place, first, order_day = carrying.index(k), self.windows[k][0], self.order_days[k]
        supply = self.stock_before(first, fixed) + self.flow(first - 1)
        early = {day: units for day, units in fixed.items() if day < order_day and self.row.arrival(day) >= first}
        supply += sum(early.values()) * UNIT
        return scalar_breaks.Outlook(starts[place:-1], [level - supply for level in levels[place:]])

    @cached_property
    def window_levels(self) -> tuple[list[int], list[int], list[int]]:
        """Levels and first days of all windows, and which orders carry any."""
        carrying = [k for k, (first, last) in enumerate(self.windows) if last >= first]
        return (*self.levels(carrying), carrying)

    def size_at_any_price(self, k: int, fixed: Mapping[int, int]) -> Sizing:
        """What the window of the k-th order and later ones need, made legal."""
        first, last = self.windows[k]
        if last < first:
            return Sizing(0)
        need = self.need(first, last, fixed, with_safety=True)
        bare = self.need(first, last, fixed, with_safety=False)
        total, bare_total = need, bare
        if self.row.config.order_ahead:
            total = max(need, self.need_ahead(k, fixed, with_safety=True))
            bare_total = max(bare, self.need_ahead(k, fixed, with_safety=False))
        if not is_wanted(total, bare_total):
            return Sizing(0, need=need)
        beyond, least = self.lots.get(k, (0, 0))
        sizing = self.legal(k, fixed, max(total, need + beyond, least * UNIT))
        if not is_wanted(need, bare):
            kept = {"moq_cover", "over_max_stock"}
        elif sizing.quantity * UNIT >= need:
            kept = {"moq_cover", "over_max_stock", "conflict", "waste"}
        else:
            return sizing
        return Sizing(sizing.quantity, tuple(text for text in sizing.messages if text in kept), need)

    # ---- how far, where orders cost money --------------------------------------------------------

    @cached_property
    def lots(self) -> dict[int, tuple[int, int]]:
        """How far the lot of each order goes beyond its own window, and the units that it has at least."""
        method = self.row.config.lot_sizing
        carrying = [k for k, (first, last) in enumerate(self.windows) if last >= first]
        if method == "lot_for_lot" or not carrying:
            return {}
        ratio = to_grid(Fraction(self.row.rule("order_cost", 0)) / Fraction(self.row.rule("holding_cost", 0)))
        demand, days = sum(self.demand), self.end + 1
        if method == "eoq":
            return {k: (0, scalar_lots.economic_order_quantity(ratio, demand, days)) for k in carrying}
        levels, starts = self.levels(carrying)
        asked = scalar_lots.asked_of(levels)
        if method == "period_order_quantity":
            covered = scalar_lots.period_order_quantity(starts, ratio, demand, days)
        else:
            covered = getattr(scalar_lots, method)(asked, starts, ratio)
        return {k: (max(levels[place : place + covered[place]]) - levels[place], 0) for place, k in enumerate(carrying)}

    def levels(self, carrying: list[int]) -> tuple[list[int], list[int]]:
        """Highest level of each window and of those that repeat the last one for half a year, and their first days.

        Edits are left out: how far an order reaches does not change with them.
        """
        flow = self.flow
        windows = [self.windows[k] for k in carrying]
        levels = [max(flow(day) + self.safety_stock(day) for day in range(a, b + 1)) for a, b in windows]
        first, last = windows[-1]
        length = min(last - first + 1, scalar_lots.LATER_DAYS)
        starts = [*(a for a, _ in windows), last + 1]
        while starts[-1] < last + 1 + scalar_lots.LATER_DAYS:
            starts.append(starts[-1] + length)
            levels.append(flow(starts[-1] - 1) + self.safety_stock(last))
        return levels, starts

    def flow(self, day: int) -> int:
        """Demand less scheduled receipts of all days up to a day and on it."""
        demand = sum(self.row.demand(earlier) for earlier in range(len(self.demand), day + 1))
        demand += sum(self.demand[: day + 1])
        return demand - sum(units for came, units in self.scheduled.items() if came <= day)

    def legal(self, k: int, fixed: Mapping[int, int], need: int) -> Sizing:
        """Legal quantity that a need leads to, with the steps of the pipeline in their order."""
        order_day = self.order_days[k]
        first, last = self.windows[k]
        rules = self.lot_rules(order_day, first)
        messages: list[str] = []
        needed = -(-need // UNIT)
        # 1. at least MOQ, then up to the multiple
        quantity = rules.up(max(needed, rules.moq))
        # 2. at most the maximum order, down to a multiple
        if rules.max_order is not None and quantity > rules.max_order:
            quantity = rules.down(rules.max_order)
            if quantity == 0 or not rules.is_legal(quantity):
                return Sizing(0, ("conflict",), need)
            messages.append("capped")
        # 3. at most the maximum stock at the opening of the arrival day
        room = self.room(first, rules, fixed)
        if room is not None and quantity > room:
            reduced = rules.down(room)
            if reduced > 0 and rules.is_legal(reduced):
                quantity = reduced
                messages.append("capped")
            elif rules.is_hard:
                return Sizing(0, ("conflict",), need)
            elif self.is_unserved(first, last, fixed):
                quantity = rules.up(max(rules.moq, 1))
                messages = ["over_max_stock"]
            else:
                return Sizing(0, (), need)
        # 4. at most what is used up in its shelf life
        usable = self.usable(first, fixed)
        if usable is not None and quantity > usable:
            reduced = rules.down(usable)
            if reduced > 0 and rules.is_legal(reduced):
                quantity = reduced
                messages.append("shelf_life")
            else:
                quantity = rules.up(max(rules.moq, 1)) if self.is_unserved(first, last, fixed) else 0
                messages = [*(text for text in messages if text != "capped"), "waste"]
        if self.covers_too_long(first, quantity, needed, rules):
            messages.append("moq_cover")
        return Sizing(quantity, tuple(dict.fromkeys(messages)), need)

    def room(self, arrival: int, rules: LotRules, fixed: Mapping[int, int]) -> int | None:
        """Whole units that still fit at the opening of the arrival day, before its demand."""
        if rules.max_stock is None:
            return None
        stock = self.stock_before(arrival, fixed)
        stock += self.scheduled.get(arrival, 0) + self.planned(fixed).get(arrival, 0)
        return (rules.max_stock - stock) // UNIT

    def usable(self, arrival: int, fixed: Mapping[int, int]) -> int | None:
        """Whole units that are sold before they expire, what is there already first; None where nothing expires."""
        if self.row.shelf_life is None:
            return None
        demand = sum(self.row.demand(day) for day in range(arrival, arrival + self.row.shelf_life))
        stock = self.stock_before(arrival, fixed)
        stock += self.scheduled.get(arrival, 0) + self.planned(fixed).get(arrival, 0)
        return (demand - stock) // UNIT

    def is_unserved(self, first: int, last: int, fixed: Mapping[int, int]) -> bool:
        """Whether some demand of W is unserved without the order."""
        if self.by_leftover:
            return self.need(first, last, fixed, with_safety=False) > 0
        return any(day.unserved > 0 for day in self.project(fixed)[first : last + 1])

    def covers_too_long(self, arrival: int, quantity: int, needed: int, rules: LotRules) -> bool:
        """Whether MOQ, and only MOQ, makes the order cover more than ``excess_days`` of demand."""
        days = range(arrival, arrival + self.row.config.excess_days)
        demand = sum(self.row.demand(day) for day in days)
        return rules.moq > rules.up(needed) and quantity * UNIT > demand

    # ---- all orders of the row -------------------------------------------------------------------

    @cached_property
    def orders(self) -> list[ScalarOrder]:
        """All possible orders in coverage; an edit fixes its line, later suggestions react."""
        placed: dict[int, int] = {}
        orders = []
        for k, order_day in enumerate(self.order_days_in_coverage):
            others = {**placed, **{day: units for day, units in self.edits.items() if day != order_day}}
            sizing = self.size(k, others)
            edited = order_day in self.edits
            placed[order_day] = self.edits[order_day] if edited else sizing.quantity
            orders.append(
                ScalarOrder(
                    order_day,
                    self.windows[k][0],
                    sizing.quantity,
                    placed[order_day],
                    edited,
                    sizing.messages,
                )
            )
        return orders

    @cached_property
    def days(self) -> list[DayBalance]:
        """Balances with all orders."""
        return self.project({order.day: order.quantity for order in self.orders})

    @cached_property
    def days_without_orders(self) -> list[DayBalance]:
        """Balances with scheduled receipts only."""
        return self.project({})

    # ---- edits -----------------------------------------------------------------------------------

    def accepts(self, order_day: int, quantity: int) -> bool:
        """Whether the commercial rules accept an edit without force, all other lines as they are."""
        k = self.order_days_in_coverage.index(order_day)
        arrival = self.windows[k][0]
        others = {order.day: order.quantity for order in self.orders[:k]}
        others |= {day: units for day, units in self.edits.items() if day != order_day}
        rules = self.lot_rules(order_day, arrival)
        if not rules.is_legal(quantity):
            return False
        room = self.room(arrival, rules, others) if arrival <= self.end else None
        return room is None or quantity == 0 or quantity <= max(room, self.orders[k].suggested)
