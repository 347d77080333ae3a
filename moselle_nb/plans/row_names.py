"""Rows of a plan by item and location, and names among their masters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from moselle_nb.exceptions import UnknownNameError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.plans.resolved import ResolvedInputs

    Rows = NDArray[np.int64]

__all__ = ["RowNames", "code_of"]

NEAR_NAMES = 100_000
"""Tables longer than this are not searched for a near name: it would take seconds."""


def code_of(kind: str, name: object, table: pd.DataFrame) -> int:
    """Return the position of a key in its sorted master table; whole numbers stand for their digits.

    Raises
    ------
    UnknownNameError
        With near names.
    """
    key = str(name) if isinstance(name, (str, int, np.integer)) and not isinstance(name, bool) else ""
    names = table[kind].to_numpy(dtype=object)
    place = int(np.searchsorted(names, key)) if len(names) else 0
    if key and place < len(names) and names[place] == key:
        return place
    raise UnknownNameError(kind, name, names if len(names) < NEAR_NAMES else ())


class RowNames:
    """Rows of a plan by item and location, and back."""

    def __init__(self, inputs: ResolvedInputs) -> None:
        self._items, self._locations = pd.Index(inputs.items["item"]), pd.Index(inputs.locations["location"])
        self._item, self._location = inputs.item.astype(np.int64), inputs.location.astype(np.int64)
        keys = self._item * len(self._locations) + self._location
        self._order = np.argsort(keys, kind="stable")
        self._keys = keys[self._order]

    def rows(self, items: pd.Series, locations: pd.Series) -> Rows:
        """Return the row of each pair; -1 where the plan has none."""
        item, location = (
            index.get_indexer(pd.Index(values)).astype(np.int64)
            for index, values in ((self._items, items), (self._locations, locations))
        )
        wanted = np.where((item < 0) | (location < 0), -1, item * len(self._locations) + location)
        if not len(self._keys):
            return np.full(len(wanted), -1, dtype=np.int64)
        place = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1)
        return np.where(self._keys[place] == wanted, self._order[place], -1).astype(np.int64)

    def of(self, rows: Rows) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
        """Return items and locations of rows; None for -1."""
        items, locations = (np.array([*names, None], dtype=object) for names in (self._items, self._locations))
        return items[np.append(self._item, -1)[rows]], locations[np.append(self._location, -1)[rows]]
