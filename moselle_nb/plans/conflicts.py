"""Conflicts of a plan: the rules that clash, and the ways out by cost, in a frame and in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from moselle_nb.engines.conflicts import Conflicts, Relaxations, clashing_sets, relaxations, rules_in
from moselle_nb.engines.netting import CONFLICT_MAX_ORDER, CONFLICT_MAX_STOCK
from moselle_nb.plans import frames
from moselle_nb.plans.layout import DAILY_ROWS, groups, lay_out

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from moselle_nb.engines.sizing import Sizing
    from moselle_nb.plans.document import ReplenishmentPlan
    from moselle_nb.plans.layout import DailyBlock

    FloatArray = NDArray[np.float64]

__all__ = ["CONFLICT_COLUMNS", "ConflictCase", "conflict_cases", "conflict_texts", "conflicts"]

CONFLICT_COLUMNS = ("item", "location", "order_date", "clashing", "needed", "rank", "rule", "from", "to", "quantity",
                    "unserved_avoided", "unserved_value", "holding_cost", "total_cost")  # fmt: skip

CONFLICT = CONFLICT_MAX_ORDER | CONFLICT_MAX_STOCK

WANTS = ("moq", "order_multiple")


@dataclass(frozen=True)
class WayOut:
    """Rules that give way, each with its value now and then, and what follows."""

    rules: tuple[tuple[str, float, float], ...]
    quantity: float
    avoided: float
    unserved_value: float
    holding_cost: float
    rank: int

    @property
    def total_cost(self) -> float:
        """Value of what still goes unserved, and holding, in currency; NaN where a cost is unknown."""
        return self.unserved_value + self.holding_cost


@dataclass(frozen=True)
class ConflictCase:
    """One order date on which something is needed and nothing is legal."""

    row: int
    order: int
    need: float
    wanted: float
    clashing: tuple[str, ...]
    smallest: float
    largest: float
    ways: tuple[WayOut, ...]


def conflicts(plan: ReplenishmentPlan) -> pd.DataFrame:
    """Build `ReplenishmentPlan.conflicts`, sorted by row, order date and rank."""
    inputs, cases = plan.inputs, plan.conflict_cases
    lines = [
        (case.row, case.order, ", ".join(case.clashing), case.need, way.rank, *rule, way.quantity, way.avoided,
         way.unserved_value, way.holding_cost, way.total_cost)
        for case in cases for way in case.ways for rule in way.rules
    ]  # fmt: skip
    frame = pd.DataFrame(lines, columns=["row", "order", *CONFLICT_COLUMNS[3:]])
    row, order = (frame.pop(name).to_numpy(np.int64) for name in ("row", "order"))
    frame = frame.astype({"rank": np.int64, **dict.fromkeys(("needed", *CONFLICT_COLUMNS[7:]), np.float64)})
    return pd.DataFrame({
        "item": frames.names(inputs.items, "item", inputs.item[row]),
        "location": frames.names(inputs.locations, "location", inputs.location[row]),
        "order_date": frames.dates(inputs, frames.order_days(inputs, row, order.astype(np.int32))[0]),
        **{name: frame[name] for name in frame},
    })  # fmt: skip


def conflict_cases(plan: ReplenishmentPlan) -> tuple[ConflictCase, ...]:
    """Return the conflicts of a plan, by row and order date."""
    lines = plan.merged.lines
    found = np.flatnonzero(lines.flags & CONFLICT)
    return cases_of(plan, lines.row[found], lines.order[found].astype(np.int64))


def cases_of(plan: ReplenishmentPlan, rows: NDArray[np.int64], orders: NDArray[np.int64]) -> tuple[ConflictCase, ...]:
    """Return what is to be said of some order dates on which nothing is legal."""
    if not len(rows):
        return ()
    distinct = np.unique(rows)
    traces, cases = plan.trace(distinct.tolist(), {}), dict[int, ConflictCase]()
    for place in groups(plan.inputs, distinct, DAILY_ROWS):
        block = lay_out(plan.inputs, plan.config, distinct[place])
        column = np.full(plan.n_rows, -1)
        column[block.rows] = np.arange(len(block.rows))
        of_block = np.flatnonzero(column[rows] >= 0)
        for mine in np.split(of_block, np.arange(DAILY_ROWS, len(of_block), DAILY_ROWS)):
            steps = [traces[row][order] for row, order in zip(rows[mine].tolist(), orders[mine].tolist(), strict=True)]
            part = _laid_out(plan, block, column[rows[mine]], orders[mine], steps)
            cases |= dict(zip(mine.tolist(), _cases(plan, part, rows[mine], orders[mine], steps), strict=True))
    return tuple(cases[at] for at in range(len(rows)))


def _laid_out(
    plan: ReplenishmentPlan,
    block: DailyBlock,
    column: NDArray[np.int64],
    orders: NDArray[np.int64],
    steps: list[Sizing],
) -> Conflicts:
    days, count = block.end + 1, len(column)
    receipts = block.receipts[:, column].copy()
    lines = plan.merged.lines
    place, entry = lines.of_rows(block.rows[column])
    # The sizing saw earlier orders and all edits, and no suggestion of a later date.
    seen = (lines.order[entry] < orders[place]) | lines.edited[entry]
    arrival = block.calendar.arrival_days[lines.order[entry]]
    seen &= (lines.order[entry] != orders[place]) & (arrival < days)
    np.add.at(receipts, (arrival[seen], place[seen]), lines.quantity[entry[seen]])
    rules = block.rules

    def rule(values: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(values[orders if len(values) > 1 else 0, column])

    last = block.calendar.window_ends(plan.inputs.coverage_last)[orders]
    need, bare, room = (
        np.array([getattr(step, name)[0] for step in steps], dtype=np.float64)
        for name in ("need", "need_without_safety_stock", "room")
    )
    return Conflicts(
        need, bare, rule(rules.moq), rule(rules.order_multiple), rule(rules.max_order), rule(rules.max_stock),
        rule(rules.max_stock_is_hard), np.broadcast_to(room, count), block.calendar.arrival_days[orders], last,
        block.position.opening[column], block.position.demand[:days, column], receipts,
        block.position.safety_stock[:days, column], block.position.backorder,
    )  # fmt: skip


def _cases(
    plan: ReplenishmentPlan, part: Conflicts, rows: NDArray[np.int64], orders: NDArray[np.int64], steps: list[Sizing]
) -> Iterator[ConflictCase]:
    inputs, costs = plan.inputs, plan.inputs.rules
    shortage, holding = (rule.values[0][rows] for rule in (costs.shortage_cost, costs.holding_cost))
    margin = np.maximum(inputs.unit_price[rows] - inputs.unit_cost[rows], 0.0)
    lost = np.where(np.isnan(shortage), margin, shortage)
    found, sets = relaxations(part, lost, holding), clashing_sets(part)
    ways, smallest, largest = _ways_out(part, found, lost, holding), np.zeros(len(rows)), np.zeros(len(rows))
    for rules in np.unique(sets).tolist():
        here = sets == rules
        smallest[here], largest[here] = part.smallest(rules)[here], part.largest(rules)[here]
    bounds = np.searchsorted(found.conflict, np.arange(len(rows) + 1)).tolist()
    for at, (row, order, step) in enumerate(zip(rows.tolist(), orders.tolist(), steps, strict=True)):
        yield ConflictCase(
            row, order, float(np.ceil(step.need[0])), float(step.after_minimum[0]), rules_in(int(sets[at])),
            float(smallest[at]), float(largest[at]), tuple(ways[bounds[at] : bounds[at + 1]]),
        )  # fmt: skip


def _ways_out(part: Conflicts, found: Relaxations, lost: FloatArray, holding: FloatArray) -> list[WayOut]:
    """Return the ways out in the order of `found`."""
    at, none = found.conflict, np.zeros(len(found.conflict))
    limit = np.where(np.isfinite(part.max_stock), part.max_stock, 0.0)[at]
    room = np.where(np.isfinite(part.room), part.room, 0.0)[at]
    changes = {
        "moq": (part.moq[at], found.admitted), "order_multiple": (part.order_multiple[at], none + 1.0),
        "max_order": (part.max_order[at], found.admitted), "max_stock": (limit, np.ceil(limit - room + found.admitted)),
        "order_calendar": (none, found.arrival - part.first[at]),
    }  # fmt: skip
    unserved = np.where(found.unserved == 0, 0.0, found.unserved * lost[at]).tolist()
    held = np.where(found.held == 0, 0.0, found.held * holding[at]).tolist()
    quantity, avoided, rank = found.quantity.tolist(), found.avoided.tolist(), found.rank.tolist()
    ways = []
    for place, rules in enumerate(found.rules.tolist()):
        sides = [(name, *changes[name]) for name in rules_in(rules)]
        given_up = tuple((name, float(now[place]), float(then[place])) for name, now, then in sides)
        ways.append(WayOut(given_up, quantity[place], avoided[place], unserved[place], held[place], rank[place]))
    return ways


def conflict_texts(plan: ReplenishmentPlan, cases: Sequence[ConflictCase]) -> list[str]:
    """Name the rules that clash, what each wants, and the cheapest way out with the line of Python that takes it."""
    inputs, rows = plan.inputs, [case.row for case in cases]
    items = inputs.items["item"].to_numpy(object)[inputs.item[rows]] if rows else ()
    places = inputs.locations["location"].to_numpy(object)[inputs.location[rows]] if rows else ()
    return [_text(case, str(item), str(place)) for case, item, place in zip(cases, items, places, strict=True)]


def _text(case: ConflictCase, item: str, location: str) -> str:
    wants = [name for name in case.clashing if name in WANTS] or ["need"]
    limit = next((name for name in case.clashing if name.startswith("max_")), "max_order")
    asked = case.need if wants == ["need"] else case.smallest
    verb = "want" if len(wants) > 1 else "wants"
    limit_name = "max_stock (hard)" if limit == "max_stock" else limit
    text = (
        f"Nothing is ordered: {' and '.join(wants)} {verb} at least {asked:,.0f}, "
        f"{limit_name} allows {max(case.largest, 0):,.0f}; {case.need:,.0f} are needed."
    )
    return f"{text} {_advice(case, item, location)}" if case.ways else text


def _advice(case: ConflictCase, item: str, location: str) -> str:
    way = case.ways[0]
    changes = " and ".join(_change(*rule) for rule in way.rules)
    cost = "" if np.isnan(way.total_cost) else f", at a cost of {way.total_cost:,.2f}"
    code = "; ".join(
        f'Constraint("item", "{name}", {then:.0f}, key={item!r}, location={location!r})'
        for name, _, then in way.rules
        if name != "order_calendar"
    )
    line = f" {code}" if code else ""
    return f"Cheapest: {changes}: {way.quantity:,.0f} ordered, {way.avoided:,.0f} more served{cost}.{line}"


def _change(name: str, now: float, then: float) -> str:
    if name == "order_calendar":
        return f"an arrival {then:.0f} day{'' if then == 1 else 's'} later"
    return f"{name} {then:,.0f} instead of {now:,.0f}"
