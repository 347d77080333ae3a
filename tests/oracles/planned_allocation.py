"""Allocation instances planned twice: by the package's public names, and by the scalar implementation."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import moselle_nb as mo
from tests.oracles.planned import keyed, value_of

if TYPE_CHECKING:
    import pandas as pd

    from tests.oracles.allocation_instances import AllocationInstance, PlainAllocationConfig
    from tests.oracles.scalar_allocation import Line, ScalarAllocation

KEY = ("item", "source", "location", "date")
COVERS = {"cover_before", "cover_after"}
"""Columns of quotients: equal to 1e-9; all others are equal outright."""


def configuration(plain: PlainAllocationConfig) -> mo.AllocationConfig:
    """Make the package's configuration of a plain one."""
    settings: dict[str, Any] = {field.name: getattr(plain, field.name) for field in fields(plain)}
    settings["ship_dates"] = plain.ship_dates or ()
    settings["safety_stock"] = mo.SafetyStock(plain.safety_stock.method, plain.safety_stock.value)  # type: ignore[arg-type]
    settings["constraints"] = tuple(mo.Constraint(**vars(constraint)) for constraint in plain.constraints)
    return mo.AllocationConfig(**settings)


def allocation_of(instance: AllocationInstance) -> mo.AllocationPlan:
    """Allocate an instance by the public names."""
    return mo.allocate(mo.load(instance.frames, as_of=instance.as_of), configuration(instance.config))


def differences(lines: pd.DataFrame, scalar: ScalarAllocation) -> list[str]:
    """Compare every column that both have, row by row; empty when they agree."""
    found: dict[tuple[str, ...], Line] = keyed(lines.to_dict("records"), KEY)  # type: ignore[arg-type]
    wanted: dict[tuple[str, ...], Line] = keyed(scalar.lines, KEY)
    only = [f"{key}: only in the plan" for key in sorted(found.keys() - wanted.keys())]
    only += [f"{key}: only in the scalar plan: {wanted[key]}" for key in sorted(wanted.keys() - found.keys())]
    return only + [
        f"{key} {column}: plan {value_of(found[key][column])!r}, scalar {value!r}"
        for key in sorted(found.keys() & wanted.keys())
        for column, value in wanted[key].items()
        if not are_equal(column, value_of(found[key][column]), value)
    ]


def are_equal(column: str, found: Any, wanted: Any) -> bool:
    """Equal outright; covers to 1e-9 days."""
    if column in COVERS and found is not None:
        return abs(float(found) - float(wanted)) <= 1e-9
    return bool(found == wanted)
