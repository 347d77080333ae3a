"""What the engine found, row by row: figures of the summary, and orders by block of rows that share a calendar."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from moselle_nb.engines.netting import MOQ_RAISED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from moselle_nb.engines.sizing import Flags

__all__ = ["BlockOrders", "Figures", "OrderLines", "PlanArrays"]

LINE_KINDS = {
    "order": np.int32,
    "suggested": np.float64,
    "quantity": np.float64,
    "flags": np.uint16,
    "edited": np.bool_,
}


@dataclass(frozen=True, eq=False)
class OrderLines:
    """Order lines of some rows, sorted by row and order date.

    Parameters
    ----------
    starts
        Lines of row i are ``starts[i]`` to ``starts[i + 1]``, shape (rows + 1,).
    order
        Position of the order date in the row's calendar.
    suggested, quantity
        Units.
    flags
        Message flags of `engines.netting`.
    edited
        Whether an edit stands.
    """

    starts: NDArray[np.int64]
    order: NDArray[np.int32]
    suggested: NDArray[np.float64]
    quantity: NDArray[np.float64]
    flags: NDArray[np.uint16]
    edited: NDArray[np.bool_]

    @property
    def row(self) -> NDArray[np.int64]:
        """Row of each line."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    def of_rows(self, rows: NDArray[np.intp]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the lines of some rows: the place of each line's row in `rows`, and the position of the line."""
        count = self.starts[rows + 1] - self.starts[rows]
        place = np.repeat(np.arange(len(rows)), count)
        return place, np.repeat(self.starts[rows] - np.cumsum(count) + count, count) + np.arange(len(place))

    @classmethod
    def joined(cls, parts: Sequence[OrderLines]) -> OrderLines:
        """Join the lines of rows one after another."""
        counts = [np.diff(part.starts) for part in parts]
        columns = {
            name: np.concatenate([np.zeros(0, kind), *(getattr(part, name) for part in parts)])
            for name, kind in LINE_KINDS.items()
        }
        return cls(starts=np.cumsum(np.concatenate([np.zeros(1, dtype=np.int64), *counts])), **columns)


@dataclass(frozen=True, eq=False)
class Figures:
    """What the summary says of each row, shape (rows,) each; days from `as_of`, `NO_DAY` for none; units."""

    status: NDArray[np.int8]
    reason: NDArray[np.int8]
    first_stockout: NDArray[np.int64]
    order_by: NDArray[np.int64]
    unserved_without_orders: NDArray[np.float64]
    unserved: NDArray[np.float64]
    ending: NDArray[np.float64]
    excess_units: NDArray[np.float64]
    days_on_hand: NDArray[np.float64]
    demand_28d: NDArray[np.float64]
    safety_stock: NDArray[np.float64]

    @classmethod
    def empty(cls, rows: int) -> Figures:
        """Return figures to be filled."""
        kinds = {"status": np.int8, "reason": np.int8, "first_stockout": np.int64, "order_by": np.int64}
        return cls(**{f.name: np.zeros(rows, dtype=kinds.get(f.name, np.float64)) for f in fields(cls)})

    def of(self, rows: NDArray[np.intp] | slice) -> Figures:
        """Return the figures of some rows."""
        return Figures(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    def replaced(self, rows: NDArray[np.intp], part: Figures) -> Figures:
        """Return these figures with those of some rows replaced."""
        found = {f.name: getattr(self, f.name).copy() for f in fields(self)}
        for name, values in found.items():
            values[rows] = getattr(part, name)
        return Figures(**found)

    @classmethod
    def joined(cls, parts: Sequence[Figures]) -> Figures:
        """Join the figures of rows one after another."""
        return cls(**{f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)})


@dataclass(frozen=True, eq=False)
class BlockOrders:
    """Orders of rows that share a calendar, by order date and row: shape (orders, n).

    Parameters
    ----------
    rows
        Row of each column, shape (n,); -1 for a column that another block replaces.
    suggested, quantity
        Units.
    flags
        Message flags of `engines.netting`.
    edited
        Whether an edit stands; None where there is none.
    """

    rows: NDArray[np.int64]
    suggested: NDArray[np.float64]
    quantity: NDArray[np.float64]
    flags: Flags
    edited: NDArray[np.bool_] | None

    @property
    def is_line(self) -> NDArray[np.bool_]:
        """Whether there is something to say of an order date: an order, an edit, or a message."""
        kept = (self.suggested > 0) | (self.flags & ~np.uint8(MOQ_RAISED) > 0)
        if self.edited is not None:
            kept |= self.edited
        return kept & (self.rows >= 0)

    def lines(self) -> OrderLines:
        """Return the order lines, column by column."""
        kept = np.ascontiguousarray(self.is_line.T)
        counts = np.count_nonzero(kept, axis=1)
        flat, orders = np.flatnonzero(kept), kept.shape[1]
        column = np.repeat(np.arange(len(counts)), counts)
        order = flat - column * orders
        place = order * len(counts) + column
        edited = np.zeros(len(flat), dtype=bool) if self.edited is None else self.edited.take(place)
        return OrderLines(
            np.concatenate([[0], np.cumsum(counts)]), order.astype(np.int32), self.suggested.take(place),
            self.quantity.take(place), self.flags.take(place), edited,
        )  # fmt: skip

    def column(self, place: int) -> BlockOrders:
        """Return one column as the only row of a plan."""
        return self.columns(slice(place, place + 1))

    def columns(self, places: NDArray[np.integer[Any]] | slice) -> BlockOrders:
        """Return some columns as the rows of a plan."""
        edited = None if self.edited is None else self.edited[:, places]
        suggested = self.suggested[:, places]
        return BlockOrders(
            np.arange(suggested.shape[1]), suggested, self.quantity[:, places], self.flags[:, places], edited
        )


def _arranged(counts: NDArray[np.int64], parts: Sequence[tuple[NDArray[np.int64], OrderLines]]) -> OrderLines:
    """Return lines of several parts in one, row by row.

    Parameters
    ----------
    counts
        How many lines each row has.
    parts
        Rows, -1 where one is left out and has no lines, and their lines.
    """
    starts = np.concatenate([[0], np.cumsum(counts)])
    columns = {name: np.empty(starts[-1], dtype=kind) for name, kind in LINE_KINDS.items()}
    for rows, part in parts:
        target = np.repeat(starts[rows] - part.starts[:-1], np.diff(part.starts)) + np.arange(part.starts[-1])
        for name, values in columns.items():
            values[target] = getattr(part, name)
    return OrderLines(starts=starts, **columns)


@dataclass(frozen=True, eq=False)
class PlanArrays:
    """Everything that the engine says of some rows; order lines are drawn from the blocks when they are asked for."""

    orders: tuple[BlockOrders, ...]
    figures: Figures

    def __post_init__(self) -> None:
        """Make the arrays read-only: plans share them."""
        for part in (self.figures, *self.orders):
            for value in vars(part).values():
                if value is not None:
                    value.setflags(write=False)

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.figures.status)

    @cached_property
    def lines(self) -> OrderLines:
        """Order lines of all rows."""
        parts = [(block.rows, block.lines()) for block in self.orders]
        counts = np.zeros(self.rows, dtype=np.int64)
        for rows, part in parts:
            counts[rows[rows >= 0]] = np.diff(part.starts)[rows >= 0]
        return _arranged(counts, parts)

    @cached_property
    def _places(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Block and column of each row."""
        block, column = np.zeros(self.rows, dtype=np.int32), np.zeros(self.rows, dtype=np.int32)
        for number, orders in enumerate(self.orders):
            shown = np.flatnonzero(orders.rows >= 0)
            block[orders.rows[shown]], column[orders.rows[shown]] = number, shown
        return block, column

    def row(self, row: int) -> PlanArrays:
        """Return the result of one row by itself."""
        block, column = (int(places[row]) for places in self._places)
        return PlanArrays((self.orders[block].column(column),), self.figures.of(slice(row, row + 1)))

    def lines_of(self, rows: NDArray[np.intp]) -> OrderLines:
        """Return the order lines of some rows, in the order of `rows`, which may name one twice."""
        block, column = (places[rows] for places in self._places)
        counts, parts = np.zeros(len(rows), dtype=np.int64), []
        for number in np.unique(block):
            here = np.flatnonzero(block == number)
            part = self.orders[number].columns(column[here]).lines()
            counts[here] = np.diff(part.starts)
            parts.append((here, part))
        return _arranged(counts, parts)

    def total_quantity(self) -> NDArray[np.float64]:
        """Return the units ordered in all, per row."""
        total = np.zeros(self.rows + 1)
        for block in self.orders:
            total[block.rows] = block.quantity.sum(axis=0)
        return total[:-1]

    def first_order(self) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Return the position of each row's first order above 0, -1 where there is none, and its units."""
        first, quantity = np.full(self.rows + 1, -1, dtype=np.int32), np.zeros(self.rows + 1)
        for block in self.orders:
            if not len(block.quantity):
                continue
            placed = block.quantity > 0
            place, columns = placed.argmax(axis=0), np.arange(len(block.rows))
            has_order = placed[place, columns]
            first[block.rows] = np.where(has_order, place, -1)
            quantity[block.rows] = np.where(has_order, block.quantity[place, columns], 0.0)
        return first[:-1], quantity[:-1]

    def with_rows(self, rows: NDArray[np.intp], part: PlanArrays) -> PlanArrays:
        """Return these arrays with the results of some rows replaced."""
        block = self._places[0][rows]
        orders = list(self.orders)
        for number in np.unique(block):
            old = orders[number]
            orders[number] = replace(old, rows=np.where(np.isin(old.rows, rows), -1, old.rows))
        orders += [replace(new, rows=np.where(new.rows < 0, -1, rows[new.rows])) for new in part.orders]
        return PlanArrays(tuple(orders), self.figures.replaced(rows, part.figures))

    @classmethod
    def stacked(cls, parts: Sequence[PlanArrays]) -> PlanArrays:
        """Join results of rows one after another."""
        orders: list[BlockOrders] = []
        rows = 0
        for part in parts:
            orders += [replace(block, rows=np.where(block.rows < 0, -1, block.rows + rows)) for block in part.orders]
            rows += part.rows
        return cls(tuple(orders), Figures.joined([part.figures for part in parts]))
