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


def share(cells: Sequence[Cell], available: int, method: str) -> int:
    """Give packs to cells in place and return the units that are left.

    The presentation minimums come first; the source's own demand is served before them where its own cell
    stands at the head with its need protected.
    """
    left = available
    for cell in cells:
        if cell.is_source and cell.row.config.source_demand == "protect":
            left = give(left, [cell], lambda each: each.units)
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
    """Give shares in proportion to what each still needs, rounds of packs by largest remainder."""
    out: set[int] = set()
    while True:
        taking = [k for k, cell in enumerate(cells) if k not in out and cell.takes(left)]
        before = left
        left = one_round([cells[k] for k in taking], left)
        too_small = [k for k in taking if 0 < cells[k].units < cells[k].first_pack]
        for k in too_small:
            left += cells[k].units
            cells[k].units = 0
            out.add(k)
        if not too_small and left == before:
            return left


def one_round(cells: Sequence[Cell], left: int) -> int:
    """Give whole packs of each share, then what is left by the largest remainder."""
    needs = [Fraction(max(0, cell.need - cell.units * UNIT), UNIT) for cell in cells]
    total = sum(needs, Fraction(0))
    shared = min(Fraction(left), total)
    remainders: dict[int, Fraction] = {}
    for k, (cell, need) in enumerate(zip(cells, needs, strict=True)):
        packs = shared * need / total / cell.pack if total else Fraction(0)
        whole = min(packs.__floor__(), (cell.most - cell.units) // cell.pack)
        cell.units += whole * cell.pack
        left -= whole * cell.pack
        remainders[k] = packs - whole
    for k in sorted(remainders, key=lambda k: (-remainders[k], *tie(cells[k]))):
        if remainders[k] > 0 and cells[k].units + cells[k].pack <= cells[k].most and cells[k].pack <= left:
            cells[k].units += cells[k].pack
            left -= cells[k].pack
    return left
