"""Edits of an allocation: cells that a planner fixed, each recorded with who, when and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

__all__ = ["AllocationEdit"]


@dataclass(frozen=True)
class AllocationEdit:
    """An accepted edit of one cell on one ship date.

    Parameters
    ----------
    cell, date_position
        Cell of the plan and position of the ship date.
    item, source, location, date
        The keys they stand for.
    quantity
        Units, whole.
    previous, suggested
        What the cell held before, and what the rule suggests, in units.
    lock
        Whether the rest of the item's ship date is shared again around it.
    forced
        Whether it breaks a commercial rule.
    reason, who, when
        As given by the caller.
    """

    cell: int
    date_position: int
    item: str
    source: str
    location: str
    date: np.datetime64
    quantity: int
    previous: float
    suggested: float
    lock: bool
    forced: bool
    reason: str
    who: str
    when: str
