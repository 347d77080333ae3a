"""Accepting edits of an allocation: what an item can give and hold, and which quantities near one would be accepted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.plans.allocating.trial import Holds, attempt
from moselle_nb.plans.allocating.volume import ItemVolume, item_levels, volume_limits
from moselle_nb.plans.edits import accepted_near

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from moselle_nb.plans.allocating.places import Place
    from moselle_nb.plans.allocating.plan import AllocationPlan
    from moselle_nb.plans.allocating.trial import Breach, Trial
    from moselle_nb.plans.allocating.volume import VolumeLimits
    from moselle_nb.plans.allocation import AllocationArrays
    from moselle_nb.plans.edit_requests import EditRequest

__all__ = ["ItemEdits"]


@dataclass(frozen=True, eq=False)
class ItemEdits:
    """The edits that are asked for in one item.

    Parameters
    ----------
    plan
        The plan before them.
    item
        Position of the item.
    asked
        What is asked for, by place.
    levels
        Volume at locations with a capacity, with the edits of other items; None where none has one.
    """

    plan: AllocationPlan
    item: int
    asked: Mapping[Place, EditRequest]
    levels: NDArray[np.float64] | None = None

    @cached_property
    def volume(self) -> ItemVolume | None:
        """What locations with a capacity leave to the item."""
        if self.levels is None:
            return None
        before, base = self._own_levels(self.plan.outcome_of(self.item)), self.plan.arrays.cells(self._cells)
        assert base.given_back is not None  # noqa: S101 (there are capacities)
        most = np.where(base.given_back > 0, base.suggested, np.inf)
        return ItemVolume(self._limits, self.levels - before, before, most)

    @property
    def _cells(self) -> slice:
        return self.plan.cells_of(self.item)

    @cached_property
    def _limits(self) -> VolumeLimits:
        limits = volume_limits(self.plan.inputs)
        assert limits is not None  # noqa: S101 (levels are those of limits)
        return limits

    def _own_levels(self, arrays: AllocationArrays) -> NDArray[np.float64]:
        parts = self.plan.pools_of(self.item), self._cells
        return item_levels(self.plan.inputs, self.plan.config, self._limits, parts, arrays.quantity)

    def levels_after(self) -> NDArray[np.float64] | None:
        """Return the volume at locations with the edits in place."""
        return None if self.volume is None else self.volume.others + self._own_levels(self.trial.arrays)

    @cached_property
    def trial(self) -> Trial:
        """The item with all edits in place."""
        return self._attempt({place: request.quantity for place, request in self.asked.items()})

    def _attempt(self, quantities: Mapping[Place, int]) -> Trial:
        standing = self.plan.holds.get(self.item, Holds({}, {}))
        final = {**standing.final, **{(place.cell, place.date): float(q) for place, q in quantities.items()}}
        locked = {place.date for place, request in self.asked.items() if request.lock}
        rule = {key: units for key, units in standing.rule.items() if key[1] not in locked}
        rule |= {key: units for key, units in final.items() if key[1] in locked}
        pools = self.plan.inputs.routes.pool
        kept = {(int(pools[place.cell]), place.date) for place in self.asked if place.date not in locked}
        return attempt(
            self.plan.inputs, self.plan.config, self.item, Holds(rule, final), kept, self.volume, len(self.plan.steps)
        )

    # Why not

    def physical_problem(self, place: Place) -> str:
        """Say which physical rule an edit breaks, with the others in place; blank when it breaks none."""
        return next((self._text(place, breach) for breach in self.trial.breaches if self._is_cause(place, breach)), "")

    def _is_cause(self, place: Place, breach: Breach) -> bool:
        """Tell whether an edit brings a breach about: one that asks for more, else any that was asked for."""
        causes = [one for one in self.asked if self._touches(one, breach) and self._adds(one)]
        return place in (causes or self.asked)

    def _touches(self, place: Place, breach: Breach) -> bool:
        routes = self.plan.inputs.routes
        same = routes.pool[place.cell] == breach.pool or routes.row[place.cell] == breach.row
        return bool(same) and place.date <= breach.date

    def _adds(self, place: Place) -> bool:
        return self.asked[place].quantity > self._present(place)

    def _present(self, place: Place) -> int:
        start = self.plan.cells_of(self.item).start
        return int(self.plan.outcome_of(self.item).quantity[place.date, place.cell - start])

    def _text(self, place: Place, breach: Breach) -> str:
        inputs, asked = self.plan.inputs, self.asked[place].quantity
        cells = self.plan.cells_of(self.item)
        of_pool = breach.pool >= 0
        chosen = inputs.routes.pool[cells] == breach.pool if of_pool else inputs.routes.row[cells] == breach.row
        total = float(breach.quantity[chosen].sum())
        date = self.plan.ship_dates[breach.date]
        if place.date == breach.date and chosen[place.cell - cells.start]:
            others = total - float(breach.quantity[place.cell - cells.start])
            return self._text_here(place, breach, others, max(breach.limit - others, 0.0))
        source = self.plan.key_of(place.cell)[1]
        if of_pool:
            return (
                f"with {asked:,} here {source} would have {breach.limit:,.0f} on {date}, "
                f"where {total:,.0f} are asked for by edits."
            )
        if breach.by_volume:
            place_name = self.plan.inputs.locations["location"].iat[int(inputs.location[breach.row])]
            return f"with {asked:,} here {place_name} would be full by volume with what leaves on {date}."
        return (
            f"with {asked:,} here {breach.limit:,.0f} would fit under the maximum stock of what leaves on {date}, "
            f"where {total:,.0f} are asked for."
        )

    def _text_here(self, place: Place, breach: Breach, others: float, most: float) -> str:
        inputs, asked = self.plan.inputs, self.asked[place].quantity
        _, source, _ = self.plan.key_of(place.cell)
        if breach.pool >= 0:
            by = "held by edits" if breach.edits_alone else "allocated"
            beside = f", {others:,.0f} are {by} elsewhere" if others else ""
            return (
                f"{asked:,} is more than the {most:,.0f} that {source} has left for it on "
                f"{self.plan.ship_dates[place.date]}: {breach.limit:,.0f} are available{beside}."
            )
        arrival = inputs.date(int(inputs.routes.arrival[place.date, place.cell]))
        if breach.by_volume:
            code = int(inputs.location[breach.row])
            capacity = self._limits.capacity[self._limits.column[code]]
            return (
                f"{asked:,} is more than the {np.floor(most):,.0f} for which {inputs.locations['location'].iat[code]} "
                f"has room at arrival on {arrival}: it takes {capacity:,.6g} in volume, over all items."
            )
        largest = float(inputs.rules.max_stock.values[0][breach.row])
        beside = f" beside the {others:,.0f} from other sources" if others else ""
        return (
            f"{asked:,} is more than the {np.floor(most):,.0f} that fit under the maximum stock of {largest:,.0f} "
            f"at arrival on {arrival}{beside}."
        )

    def commercial_problem(self, place: Place) -> str:
        """Say which commercial rules an edit breaks; blank when it breaks none."""
        quantity, (pack, least) = self.asked[place].quantity, self._lots(place)
        if quantity == 0:
            return ""
        problems = []
        if quantity < least:
            problems.append(f"below the transfer minimum of {least:,.0f}" if least > pack else "less than one pack")
        if quantity % pack:
            problems.append(f"not a whole number of packs of {pack:,.0f}")
        return f"{quantity:,} is {'; '.join(problems)}." if problems else ""

    def _lots(self, place: Place) -> tuple[float, float]:
        routes = self.plan.inputs.routes
        return float(routes.pack[place.cell]), float(routes.minimum[place.cell])

    # What else

    def nearest(self, place: Place) -> tuple[int, ...]:
        """Return the quantities next below and next above the one asked for that would be accepted."""
        asked, (pack, least) = self.asked[place].quantity, self._lots(place)
        if self._is_accepted(place, asked):
            near = accepted_near(float(asked), least, pack, np.inf)
            return tuple(quantity for quantity in near if self._is_accepted(place, quantity))
        edge = self._edge(place)
        if edge is None:
            return ()
        is_lot = edge % pack == 0 and (edge >= least or edge == 0)
        near = (*((edge,) if is_lot else ()), *accepted_near(float(edge), least, pack, np.inf))
        good = [quantity for quantity in near if self._is_accepted(place, quantity)]
        return (min(good, key=lambda quantity: abs(quantity - asked)),) if good else ()

    def _edge(self, place: Place) -> int | None:
        """Return the accepted number of units next to the one asked for, on the way to what stands."""
        inside, outside = self._present(place), self.asked[place].quantity
        if not self._is_accepted(place, inside):
            return None
        while abs(outside - inside) > 1:
            middle = (inside + outside) // 2
            if self._is_accepted(place, middle):
                inside = middle
            else:
                outside = middle
        return inside

    def _is_accepted(self, place: Place, quantity: int) -> bool:
        others = {one: request.quantity for one, request in self.asked.items()}
        return not self._attempt({**others, place: quantity}).breaches
