"""What a grid reads of any plan: the cells of some rows, and how they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Cells", "Flag", "Floats", "GridSource", "Positions"]

Floats = np.ndarray[Any, np.dtype[np.float64]]
Positions = np.ndarray[Any, np.dtype[np.int64]]


class Flag:
    """Bits that say how a cell is shown."""

    EDITED = 1
    FORCED = 2
    EDITABLE = 4
    UNSERVED = 8
    BELOW_SAFETY = 16
    LOCKED = 32
    SHORT = 64


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells of some rows.

    Parameters
    ----------
    values
        What the row itself and each of its measures hold, shape (1 + measures, rows, slots).
    suggested
        What was suggested, per row and slot.
    flags
        Bits of `Flag`, per row and slot.
    """

    values: Floats
    suggested: Floats
    flags: np.ndarray[Any, np.dtype[np.uint8]]


class GridSource(Protocol):
    """One plan as a grid reads it. Slots are the columns whose cells are edited."""

    keys: tuple[str, str]
    texts: tuple[str, ...]
    dates: tuple[str, ...]
    numbers: tuple[str, ...]
    masks: np.ndarray[Any, np.dtype[np.uint8]]
    """Which flags the row itself and each of its measures show."""

    @property
    def header(self) -> Mapping[str, object]:
        """What windows carry in their header beside what all carry."""

    def cells(self, rows: Positions, expanded: np.ndarray[Any, np.dtype[np.bool_]], show: str) -> Cells:
        """Return the cells of some rows, their measures at least where they are expanded."""

    def unit_of(self, name: str, rows: Positions, show: str) -> Floats | float:
        """Return what a unit of a number column is shown as; 1 where it is shown as it is."""
