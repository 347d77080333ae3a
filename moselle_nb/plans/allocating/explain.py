"""Explanations of an allocation: from what there is, over what is needed, to what the rule gave and an edit fixed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.plans.allocating.frames import reasons, walk
from moselle_nb.plans.allocating.places import Place, cell_of, ship_date_of
from moselle_nb.plans.allocating.routes import LANE_LEAD_TIME, LANE_MINIMUM, LANE_PACK
from moselle_nb.plans.allocating.volume import volume_limits
from moselle_nb.plans.allocating.volume_notes import volume_before
from moselle_nb.plans.constraints import SAFETY_METHODS, origin_text
from moselle_nb.plans.explain import Explanation, Step

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from moselle_nb.plans.allocating.block import AllocationBlock
    from moselle_nb.plans.allocating.frames import DateView
    from moselle_nb.plans.allocating.plan import AllocationPlan

__all__ = ["explain_allocation"]

UNITS = "units"

WHY = {
    "need_met": "need is met, up to whole packs",
    "no_need": "nothing is needed",
    "no_stock_left": "the source has nothing left",
    "capacity": "another pack does not fit under the maximum stock",
    "below_transfer_minimum": "what is needed is below the transfer minimum",
    "pack_exceeds_stock": "the next pack is larger than what the source has left",
    "no_value": "another pack is expected to earn nothing",
    "does_not_pay": "the move would not earn what it has to",
    "volume": "more does not fit by volume: packs of the longest cover went back",
    "blocked": "the item is blocked: nothing is moved",
}
"""What stopped the rule, by the word in `reason` of the lines."""

RULES = {
    "equal_runout": "the lowest cover is raised first",
    "proportional": "in proportion to need",
    "priority": "by priority, equal runout among equals",
    "marginal_value": "each pack where its expected value is highest",
    "even": "the same for all",
}


def explain_allocation(
    plan: AllocationPlan, item: str, location: str, date: dt.date | str, source: str | None = None
) -> Explanation:
    """Explain what a location gets of an item on a ship date.

    Raises
    ------
    UnknownNameError
        When the plan has no such cell.
    MoselleError
        When nothing leaves on that day, or several sources serve the location and none is named.
    ValueError
        When the day is none.
    """
    cell = cell_of(plan, item, location, source)
    at = Place(int(plan.inputs.item[plan.inputs.routes.row[cell]]), cell, ship_date_of(plan, date))
    ((block, views),) = walk(plan, np.array([at.item]))
    cell_steps = _CellSteps(plan, at, block, views[at.date])
    keys = plan.key_of(cell)
    title = f"{keys[0]} from {keys[1]} to {keys[2]}, leaving on {plan.ship_dates[at.date]}"
    steps = (*cell_steps.available(), *cell_steps.need(), *cell_steps.limits(), *cell_steps.outcome())
    return Explanation(title, steps)


@dataclass(frozen=True, eq=False)
class _CellSteps:
    """The steps of one cell on one ship date."""

    plan: AllocationPlan
    at: Place
    block: AllocationBlock
    view: DateView

    @cached_property
    def taker(self) -> int:
        """Position of the row among the takers of the block."""
        return int(self.block.taker[self.at.cell - self.block.cells.start])

    @cached_property
    def row(self) -> int:
        """Row of the plan."""
        return int(self.plan.inputs.routes.row[self.at.cell])

    @cached_property
    def pool(self) -> int:
        """Pool of the plan."""
        return int(self.plan.inputs.routes.pool[self.at.cell])

    def _origin(self, code: int, location: str) -> str:
        inputs = self.plan.inputs
        record, supplier = inputs.items.iloc[self.at.item], inputs.supplier[self.row]
        about = {name: str(record[name]) for name in ("product_line", "product_type", "variability", "grade")}
        item = self.plan.key_of(self.at.cell)[0]
        return origin_text(code, item, location, {**about, "supplier": "" if supplier is None else str(supplier)})

    def _rule_origin(self, name: str) -> str:
        resolved = getattr(self.plan.inputs.rules, name)
        return self._origin(int(resolved.origins[0, self.row]), self.plan.key_of(self.at.cell)[2])

    def _rule(self, name: str) -> float:
        return float(np.nan_to_num(getattr(self.plan.inputs.rules, name).values[0, self.row]))

    # What the source has

    def available(self) -> Iterator[Step]:
        """Yield from stock on hand to what is available."""
        inputs, pools, pool = self.plan.inputs, self.plan.inputs.pools, self.pool
        _, source, _ = self.plan.key_of(self.at.cell)
        yield Step(f"On hand at {source}", float(pools.on_hand[pool]), UNITS, "table inventory")
        landed = self._landed()
        if landed:
            note = f"open orders that arrive by {inputs.date(inputs.ship_days[self.at.date])}"
            yield Step("+ Landed", landed, UNITS, f"{note}{self._planned()}")
        yield Step("− Committed", float(pools.committed[pool]), UNITS, "table inventory")
        kept = self._origin(int(pools.hold_back_origin[pool]), source)
        yield Step("− Hold-back", float(pools.hold_back[pool]), UNITS, kept)
        available = float(self.view.available[pool - self.block.pools.start])
        before = float(pools.on_hand[pool] + landed - pools.committed[pool] - pools.hold_back[pool])
        sent = self._sent_before()
        if sent:
            yield Step("− Sent before", sent, UNITS, "on earlier ship dates")
        if max(before, 0.0) - sent > available:
            note = "receipts that its own demand counts on"
            yield Step("− Kept", before - sent - available, UNITS, note)
        yield Step("= Available", available, UNITS, "" if before >= 0 else "not less than 0")

    def _landed(self) -> float:
        receipts, day = self.plan.inputs.pools.receipts, self.plan.inputs.ship_days[self.at.date]
        part = slice(int(receipts.starts[self.pool]), int(receipts.starts[self.pool + 1]))
        return float(receipts.quantity[part][receipts.day[part] <= day].sum())

    def _planned(self) -> str:
        pools, day = self.plan.inputs.pools, self.plan.inputs.ship_days[self.at.date]
        part = slice(int(pools.receipts.starts[self.pool]), int(pools.receipts.starts[self.pool + 1]))
        chosen = pools.planned[part] & (pools.receipts.day[part] <= day)
        units = float(pools.receipts.quantity[part][chosen].sum())
        return f", {units:,.0f} of them only planned" if units else ""

    def _sent_before(self) -> float:
        cells = self.plan.cells_of(self.at.item)
        of_pool = self.plan.inputs.routes.pool[cells] == self.pool
        return float(self.plan.outcome_of(self.at.item).quantity[: self.at.date, of_pool].sum())

    # What the location needs

    def need(self) -> Iterator[Step]:
        """Yield from the days that the shipment serves to what they need."""
        inputs, arrays, taker = self.plan.inputs, self.view.arrays, self.taker
        arrival, stop = int(arrays.arrival[taker]), int(arrays.stop[taker])
        yield Step("Lead time", float(inputs.routes.lead_time_days[self.at.cell]), "days", self._lead_origin())
        moved = inputs.ship_days[self.at.date] + inputs.routes.lead_time_days[self.at.cell] < arrival
        yield Step("Arrival", str(inputs.date(arrival)), "", "the first day open" if moved else "")
        until = str(inputs.date(stop - 1)) if stop > arrival else "no day"
        yield Step("Serves until", until, "", f"{max(stop - arrival, 0)} days, {self._window_note()}")
        demand = "the forecast of these days" if self.block.demand.last[taker] >= 0 else "no forecast"
        yield Step("Demand", float(arrays.demand[taker]), UNITS, demand)
        yield Step("+ Safety stock", float(arrays.safety_stock[taker]), UNITS, self._safety_note())
        note = "what it was given before" if self.block.own[taker] else "projected to the opening of the arrival"
        yield Step("− Stock", float(arrays.stock[taker]), UNITS, note)
        yield Step("− Inflow", float(arrays.inflow[taker]), UNITS, "receipts inside these days")
        minimum = self._rule("presentation_minimum")
        if minimum:
            yield Step("Presentation minimum", minimum, UNITS, self._rule_origin("presentation_minimum"))
        yield Step("= Need", float(arrays.need[taker]), UNITS, self._need_note(minimum))

    def _window_note(self) -> str:
        if self.at.date + 1 < len(self.plan.inputs.ship_days):
            return "then the next shipment arrives"
        days = self.plan.config.cover_days
        return "to the end of coverage" if days is None else "as many as the last shipment covers"

    def _need_note(self, minimum: float) -> str:
        arrays, taker = self.view.arrays, self.taker
        if self.plan.inputs.blocked[self.row]:
            return "the item is blocked: nothing is moved"
        if minimum - arrays.stock[taker] >= arrays.need[taker] > 0:
            return "to reach the presentation minimum"
        return "" if arrays.need[taker] > 0 else "not less than 0"

    def _safety_note(self) -> str:
        method = SAFETY_METHODS[int(self.plan.inputs.rules.safety_method[0, self.row])]
        floor = self._rule("min_stock")
        note = f"{method.replace('_', ' ')}, {self._rule_origin('safety_stock')}"
        return f"{note}; at least {floor:,.0f}, {self._rule_origin('min_stock')}" if floor else note

    def _lane(self) -> str:
        _, source, location = self.plan.key_of(self.at.cell)
        return f"table lanes, {source} → {location}"

    def _says(self, flag: int) -> bool:
        return bool(self.plan.inputs.routes.said[self.at.cell] & flag)

    def _lead_origin(self) -> str:
        if self.plan.inputs.routes.own[self.at.cell]:
            return "the source itself"
        return self._lane() if self._says(LANE_LEAD_TIME) else "the configuration"

    # What limits it, and what it gets

    def limits(self) -> Iterator[Step]:
        """Yield pack, transfer minimum and capacity, where there are any."""
        routes, cell = self.plan.inputs.routes, self.at.cell
        pack, least = float(routes.pack[cell]), float(routes.minimum[cell])
        if pack > 1 or self._says(LANE_PACK):
            yield Step("Pack", pack, UNITS, self._lane() if self._says(LANE_PACK) else self._rule_origin("pack"))
        if self._says(LANE_MINIMUM):
            yield Step("Transfer minimum", least, UNITS, f"in whole packs, {self._lane()}")
        room = float(self.view.arrays.room[self.taker])
        if np.isfinite(room) and not self.plan.inputs.blocked[self.row]:
            largest = self._rule("max_stock")
            note = f"maximum stock {largest:,.0f}, {self._rule_origin('max_stock')}"
            yield Step("Room under maximum stock", room, UNITS, note)

    def outcome(self) -> Iterator[Step]:
        """Yield cover, what the rule gave, and what an edit fixed."""
        outcome = self.plan.outcome_of(self.at.item)
        place = self.at.date, self.at.cell - self.block.cells.start
        yield Step("Cover without it", float(self.view.cover_before[self.taker]), "days", "from the arrival on")
        method = self.plan.config.method
        yield Step("Rule", method, "", RULES[method])
        need, blocked = self.view.arrays.need[[self.taker]], self.plan.inputs.blocked[[self.row]]
        word = str(reasons(need, outcome.stopped[place][None], blocked)[0])
        yield from self._given_back()
        yield Step("Suggested", float(outcome.suggested[place]), UNITS, WHY.get(word, word.replace("_", " ")))
        yield from self._edits()
        yield Step("Allocated", float(outcome.quantity[place]), UNITS)
        yield Step("Cover with it", float(self.view.cover_after[self.taker]), "days")

    def _given_back(self) -> Iterator[Step]:
        """Yield the volume of the location, where it has a capacity, and what goes back."""
        plan, date, place = self.plan, self.at.date, int(self.plan.inputs.location[self.row])
        limits = volume_limits(plan.inputs)
        if limits is None or plan.volume is None or limits.column[place] < 0 or self.block.own[self.taker]:
            return
        column, each = limits.column[place], limits.volume[self.at.item]
        of = "its volume is not known and counts as 0" if np.isnan(self._volume()) else f"{each:,.6g} each of these"
        capacity = f"of {limits.capacity[column]:,.6g}, over all items on the day of arrival; {of}"
        yield Step("Volume at the location", float(plan.volume[date, column]), "", capacity)
        back = plan.outcome_of(self.at.item).given_back
        if back is not None and (units := float(back[date, self.at.cell - self.block.cells.start])):
            would = volume_before(plan, limits)[date, column]
            note = f"{would:,.6g} in volume would be there; packs of the longest cover go back first"
            yield Step("Given back", units, UNITS, note)

    def _volume(self) -> float:
        return float(self.plan.inputs.items["volume"].to_numpy(np.float64)[self.at.item])

    def _edits(self) -> Iterator[Step]:
        """Yield the edit that stands."""
        standing = [
            edit
            for step in self.plan.steps
            for edit in step
            if (edit.cell, edit.date_position) == (self.at.cell, self.at.date)
        ]
        if standing:
            edit = standing[-1]
            parts = [edit.reason or "no reason given", edit.who, edit.when, "forced" if edit.forced else ""]
            note = "; ".join(part for part in parts if part)
            yield Step("Lock" if edit.lock else "Edit", float(edit.quantity), UNITS, note)
