"""Which rows a grid shows, and in what order: search, filters, sort and expanded rows, on arrays.

Everything works on row positions of the plan; one array per column is made on first use and
kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["GridRows", "RowView", "Shown", "Texts"]

Positions = np.ndarray[Any, np.dtype[np.int64]]
Codes = np.ndarray[Any, np.dtype[np.int32]]

MISSING = -1


@dataclass(frozen=True)
class Texts:
    """A text column as codes into its sorted distinct values.

    Parameters
    ----------
    codes
        Per row, position in `values`; -1 where there is no text.
    values
        Distinct values, sorted.
    """

    codes: Codes
    values: tuple[str, ...]

    @classmethod
    def of(cls, column: pd.Series[Any]) -> Texts:
        """Encode a column; missing values get -1."""
        codes, values = pd.factorize(column.to_numpy(dtype=object), sort=False, use_na_sentinel=True)
        order = sorted(range(len(values)), key=lambda position: str(values[position]))
        rank = np.empty(len(values) + 1, dtype=np.int32)
        rank[order] = np.arange(len(values), dtype=np.int32)
        rank[MISSING] = MISSING
        return cls(rank[codes], tuple(str(values[position]) for position in order))


@dataclass(frozen=True)
class RowView:
    """What the planner asked to see.

    Parameters
    ----------
    search
        Words that item, name or location must contain, in any case; blank for all.
    filters
        Accepted values per column that can be filtered; a column that is not there takes all. Blank text stands for
        "no value".
    sort
        Column; blank for the plan's own order, by key.
    descending
        Whether the largest comes first. Missing values come last both ways.
    """

    search: str = ""
    filters: Mapping[str, Collection[str]] = field(default_factory=dict)
    sort: str = ""
    descending: bool = False


@dataclass(frozen=True)
class Shown:
    """A window of lines of the grid.

    Parameters
    ----------
    rows
        Row of the plan per line, shape (lines,).
    measures
        0 for the row itself, k for its k-th measure, shape (lines,).
    """

    rows: Positions
    measures: np.ndarray[Any, np.dtype[np.uint8]]


class GridRows:
    """The rows of one plan as a grid shows them.

    Parameters
    ----------
    columns
        Columns by name, one value per row of the plan.
    measures
        How many measures an expanded row shows below itself.
    """

    searched: ClassVar[tuple[str, ...]] = ("item", "name")
    """Columns that the search looks into."""

    def __init__(self, columns: pd.DataFrame, measures: int) -> None:
        self._columns, self._measures = columns, measures
        self._texts: dict[str, Texts] = {}
        self._folded: dict[str, list[str]] = {}
        self._patched: dict[str, np.ndarray[Any, Any]] = {}
        self._order: Positions = np.arange(len(columns), dtype=np.int64)
        self._place: Positions | None = None
        self._expanded: set[int] = set()

    def __len__(self) -> int:
        """Return the number of lines shown, those of expanded rows included."""
        return len(self._order) + len(self._opened()) * self._measures

    @property
    def n_matching(self) -> int:
        """Number of rows that search and filters leave."""
        return len(self._order)

    @property
    def n_all(self) -> int:
        """Number of rows of the plan."""
        return len(self._columns)

    def first(self, count: int) -> Positions:
        """Return the rows shown first, without what expanded rows show below themselves."""
        return self._order[:count]

    def texts(self, name: str) -> Texts:
        """Return a text column, encoded."""
        if name not in self._texts:
            self._texts[name] = Texts.of(self._columns[name])
        return self._texts[name]

    def text(self, name: str, row: int) -> str:
        """Return one text; blank where there is none."""
        texts = self.texts(name)
        code = int(texts.codes[row])
        return texts.values[code] if code >= 0 else ""

    def values(self, name: str, rows: Positions) -> np.ndarray[Any, Any]:
        """Return a column's values for some rows; text as objects."""
        if name in self._patched:
            return self._patched[name][rows]
        column = self._columns[name].iloc[rows]
        if pd.api.types.is_numeric_dtype(column.dtype):
            return column.to_numpy(dtype=np.float64, na_value=np.nan)
        return column.to_numpy()

    def has(self, name: str) -> bool:
        """Tell whether there is such a column."""
        return name in self._columns.columns

    def patch(self, rows: Positions, values: Mapping[str, np.ndarray[Any, Any]]) -> None:
        """Take what an edit changed; what is shown stays where it is.

        Sorting and filtering again would make the edited row jump from under the planner's hands.
        """
        for name, column in values.items():
            if name not in self._patched:
                self._patched[name] = self._all(name).copy()
            self._patched[name][rows] = column

    def show(self, view: RowView) -> None:
        """Search, filter and sort."""
        keep = self._found(view.search)
        for name, accepted in view.filters.items():
            keep &= self._accepted(name, accepted)
        chosen = np.flatnonzero(keep)
        if view.sort:
            chosen = chosen[_sorted(self._sort_key(view.sort)[chosen], view.descending)]
        elif view.descending:
            chosen = chosen[::-1]
        self._order, self._place = chosen, None

    def expand(self, row: int, *, expanded: bool) -> None:
        """Open or close the measures below a row."""
        (self._expanded.add if expanded else self._expanded.discard)(row)

    def is_expanded(self, row: int) -> bool:
        """Tell whether a row's measures are shown."""
        return row in self._expanded

    def line_of(self, row: int) -> int | None:
        """Return the line at which a row of the plan is shown; None where search or filters hide it."""
        place = int(self._places()[row])
        if place < 0:
            return None
        return place + int(np.searchsorted(self._opened(), place)) * self._measures

    def window(self, start: int, count: int) -> Shown:
        """Return the lines from `start`; fewer than `count` at the end."""
        lines = np.arange(start, max(start, min(start + count, len(self))), dtype=np.int64)
        opened = self._opened()
        # The line of the k-th opened row: its place, and the measures of those opened before it.
        heads = opened + np.arange(len(opened)) * self._measures
        before = np.searchsorted(heads, lines, side="right") - 1
        inside = before >= 0
        past = np.where(inside, lines - heads[before] if len(heads) else 0, self._measures + 1)
        measures = np.where(inside & (past <= self._measures), past, 0)
        places = np.where(measures > 0, opened[before] if len(opened) else 0, lines - (before + 1) * self._measures)
        on_head = inside & (past == 0)
        if len(opened):
            places = np.where(on_head, opened[before], places)
        return Shown(self._order[places], measures.astype(np.uint8))

    def _opened(self) -> Positions:
        if not self._expanded:
            return np.empty(0, dtype=np.int64)
        places = self._places()[np.fromiter(self._expanded, dtype=np.int64)]
        return np.sort(places[places >= 0])

    def _places(self) -> Positions:
        if self._place is None:
            self._place = np.full(len(self._columns), MISSING, dtype=np.int64)
            self._place[self._order] = np.arange(len(self._order))
        return self._place

    def _found(self, search: str) -> np.ndarray[Any, np.dtype[np.bool_]]:
        keep = np.ones(len(self._columns), dtype=bool)
        for word in search.casefold().split():
            found = np.zeros(len(self._columns), dtype=bool)
            for name in self.searched:
                if name in self._columns.columns:
                    found |= self._containing(name, word)
            keep &= found
        return keep

    def _containing(self, name: str, word: str) -> np.ndarray[Any, np.dtype[np.bool_]]:
        texts = self.texts(name)
        if name not in self._folded:
            self._folded[name] = [value.casefold() for value in texts.values]
        hits = np.fromiter((word in value for value in self._folded[name]), dtype=bool, count=len(texts.values))
        return np.append(hits, False)[texts.codes]

    def _accepted(self, name: str, accepted: Collection[str]) -> np.ndarray[Any, np.dtype[np.bool_]]:
        texts = self.texts(name)
        hits = np.fromiter((value in accepted for value in texts.values), dtype=bool, count=len(texts.values))
        found: np.ndarray[Any, np.dtype[np.bool_]] = np.append(hits, "" in accepted)[texts.codes]
        return found

    def _sort_key(self, name: str) -> np.ndarray[Any, Any]:
        values = self._all(name)
        if values.dtype.kind == "M":
            return np.where(np.isnat(values), np.nan, values.astype("datetime64[D]").astype(np.int64))
        if values.dtype.kind == "f":
            return values
        codes = self.texts(name).codes
        return np.where(codes == MISSING, np.nan, codes)

    def _all(self, name: str) -> np.ndarray[Any, Any]:
        return self.values(name, np.arange(len(self._columns)))


def _sorted(key: np.ndarray[Any, Any], descending: bool) -> Positions:
    # NumPy puts NaN last; negating keeps it last and equal rows in the plan's order.
    return np.argsort(-key if descending else key, kind="stable")
