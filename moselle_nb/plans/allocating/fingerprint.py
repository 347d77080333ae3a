"""Fingerprint of an allocation: a hash of all that decides its numbers, and of nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.plans.allocating.volume import volume_limits
from moselle_nb.plans.fingerprint import ENGINE_REVISION, digest, on_grid, settings_of, used_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from moselle_nb.plans.allocating.clock import Decided
    from moselle_nb.plans.allocating.config import AllocationConfig
    from moselle_nb.plans.allocating.inputs import AllocationInputs
    from moselle_nb.plans.allocating.trial import Holds
    from moselle_nb.plans.resolved import Receipts

__all__ = ["RULE_NAMES", "allocation_sections"]

RULE_NAMES = ("pack", "presentation_minimum", "max_stock", "min_stock", "shortage_cost", "holding_cost",
              "safety_stock")  # fmt: skip


def allocation_sections(
    inputs: AllocationInputs, config: AllocationConfig, holds: Mapping[int, Holds], decided: Decided
) -> dict[str, str]:
    """Return the hash of each part, by name: a difference between two plans names the first part that differs.

    Parameters
    ----------
    inputs, config
        What the plan is made of; the configuration's name does not count.
    holds
        What edits fix, by position of the item.
    decided
        What the time for solvers cut off.
    """
    demand, rules, pools, routes = inputs.demand, inputs.rules, inputs.pools, inputs.routes
    own = slice(int(max(demand.first.min(initial=0), 0)), int(demand.last.max(initial=-1)) + 1)
    variance: object = [] if inputs.variance is None else inputs.variance[own]
    costs = (np.nan_to_num(getattr(inputs, name), nan=-1.0) for name in ("unit_cost", "unit_price", "margin"))
    values = (np.nan_to_num(getattr(rules, name).values[0], nan=-1.0) for name in RULE_NAMES)
    return {
        "engine": digest(ENGINE_REVISION),
        "configuration": digest(settings_of(config)),
        "rows": digest(
            str(inputs.as_of), *used_names(inputs.items["item"], inputs.item),
            *used_names(inputs.locations["location"], inputs.location), inputs.blocked, inputs.priority,
        ),
        "forecast": digest(demand.starts[own], demand.lengths[own], demand.quantity[own], demand.first, demand.last),
        "forecast error": digest(variance),
        "stock": digest(on_grid(inputs.opening), on_grid(inputs.on_hand)),
        "open orders": digest(
            *_receipts(inputs.receipts), inputs.planned,
            [] if inputs.reference is None else [None if name is None else str(name) for name in inputs.reference],
        ),
        "sources": digest(
            *used_names(inputs.items["item"], pools.item), *used_names(inputs.locations["location"], pools.source),
            *(on_grid(units) for units in (pools.on_hand, pools.committed, pools.hold_back)),
            *_receipts(pools.receipts), pools.planned,
        ),
        "lanes": digest(
            inputs.ship_days, routes.pool, routes.row, routes.arrival, routes.lead_time_days, routes.unit_cost,
            on_grid(routes.pack), on_grid(routes.minimum), routes.own, routes.unreached,
        ),
        "constraints": digest(rules.safety_method[0], *values),
        "costs": digest(*costs),
        **_volumes(inputs),
        **({"cut off": digest(*_cut_off(decided))} if decided else {}),
        "edits": digest(_held(inputs, holds)),
    }  # fmt: skip


def _cut_off(decided: Decided) -> list[list[object]]:
    """Return what the clock decided; where the work was split does not count."""
    return [[key[0], key[1], key[-1], cut.cell.tolist(), cut.quantity.tolist()] for key, cut in sorted(decided.items())]


def _volumes(inputs: AllocationInputs) -> dict[str, str]:
    """Return the hash of capacities and of the volumes that they are used up by, where there are capacities."""
    limits = volume_limits(inputs)
    if limits is None:
        return {}
    volume = limits.volume[np.unique(inputs.item)]
    return {"volume": digest(*used_names(inputs.locations["location"], limits.location), limits.capacity, volume)}


def _receipts(receipts: Receipts) -> tuple[object, ...]:
    return receipts.starts, receipts.day, on_grid(receipts.quantity), receipts.due


def _held(inputs: AllocationInputs, holds: Mapping[int, Holds]) -> list[list[tuple[int, int, float]]]:
    """Return what stands, and what the rule shares around, each as cell, day and units."""
    final = {key: units for held in holds.values() for key, units in held.final.items()}
    rule = {key: units for held in holds.values() for key, units in held.rule.items()}
    return [
        [(cell, int(inputs.ship_days[date]), units) for (cell, date), units in sorted(part.items())]
        for part in (final, rule)
    ]
