"""Sharing what a source has among its destinations, one pack at a time, by the letter of section 6."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tests.oracles.scalar_tables import UNIT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.oracles.scalar_cell import Cell

METHODS = ("equal_runout", "proportional", "priority", "marginal_value", "even")


def tie(cell: Cell) -> tuple[int, int, str]:
    """Priority, larger demand in the window, location id."""
    return cell.priority, -cell.demand, cell.row.location


def is_protected(cell: Cell) -> bool:
    """Whether a cell is the source's own, and its need is reserved."""
    return cell.is_source and cell.row.config.source_demand == "protect"


def share(cells: Sequence[Cell], available: int, method: str) -> int:
    """Give packs to cells in place and return the units that are left.

    A source that protects its own need takes that before all others, and no more; then come the presentation
    minimums.
    """
    protected = [cell for cell in cells if is_protected(cell)]
    left = give(available, protected, lambda cell: cell.units, lambda cell: cell.units * UNIT < cell.need)
    cells = [cell for cell in cells if not is_protected(cell)]
    left = present(cells, left)
    if method == "proportional":
        return in_proportion(cells, left)
    keys: dict[str, Callable[[Cell], Any]] = {
        "equal_runout": lambda cell: (cell.cover(cell.units), *tie(cell)),
        "priority": lambda cell: (cell.priority, cell.cover(cell.units), *tie(cell)),
        "even": lambda cell: (cell.units, *tie(cell)),
        "marginal_value": lambda cell: (-cell.value(), *tie(cell)),
    }
    pays = (lambda cell: cell.value() > 0) if method == "marginal_value" else (lambda _: True)
    return give(left, cells, keys[method], pays)


def present(cells: Sequence[Cell], left: int) -> int:
    """Serve the presentation minimums: by priority, then the lowest share of it."""
    below = [cell for cell in cells if cell.presentation]
    return give(
        left,
        below,
        lambda cell: (cell.priority, cell.to_present, *tie(cell)[1:]),
        lambda cell: cell.to_present < 1,
    )


def give(
    left: int,
    cells: Sequence[Cell],
    key: Callable[[Cell], Any],
    wants: Callable[[Cell], bool] = lambda _: True,
) -> int:
    """Give one pack after the other to the lowest key of those that can still take one and want it."""
    keys: dict[int, Any] = {}
    while True:
        taking = [k for k, cell in enumerate(cells) if cell.takes(left) and wants(cell)]
        if not taking:
            return left
        for k in taking:
            if k not in keys:
                keys[k] = key(cells[k])
        chosen = min(taking, key=keys.__getitem__)
        left -= cells[chosen].next_pack
        cells[chosen].units += cells[chosen].next_pack
        del keys[chosen]


def in_proportion(cells: Sequence[Cell], left: int) -> int:
    """Give shares in rounds until no pack fits."""
    while taking := [cell for cell in cells if cell.takes(left)]:
        left = one_round(taking, left)
    return left


def one_round(cells: Sequence[Cell], left: int) -> int:
    """Give the whole packs that each share pays, then one pack each by the largest fraction of the next pack."""
    weights = weights_of(cells)
    total = sum(weights)
    shared = Fraction(left) if cells[0].row.config.push else min(Fraction(left), total / UNIT)
    fractions: list[Fraction] = []
    for cell, weight in zip(cells, weights, strict=True):
        share_left = Fraction(shared * weight / total)
        while share_left >= cell.next_pack and cell.takes(left):
            share_left -= cell.next_pack
            left -= cell.next_pack
            cell.units += cell.next_pack
        fractions.append(Fraction(share_left, cell.next_pack))
    for k in sorted(range(len(cells)), key=lambda k: (-fractions[k], *tie(cells[k]))):
        if fractions[k] > 0 and cells[k].takes(left):
            left -= cells[k].next_pack
            cells[k].units += cells[k].next_pack
    return left


def weights_of(cells: Sequence[Cell]) -> list[Fraction]:
    """What shares are in proportion to: need, past all need the demand of the window, else all are alike."""
    for weights in ([cell.need - cell.units * UNIT for cell in cells], [cell.demand for cell in cells]):
        if any(weight > 0 for weight in weights):
            return [Fraction(max(0, weight)) for weight in weights]
    return [Fraction(1)] * len(cells)
