"""The checker's rules on who gets a pack: pack by pack, from what a plan suggests and what is left at the sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.plans.checker.allocation_days import LIMITLESS
from moselle_nb.plans.checker.days import GRID, grid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.plans.checker.allocation_days import Block, Moment, Units
    from moselle_nb.plans.checker.report import Findings

    Keys = list[NDArray[np.float64]]

__all__ = ["check_sharing"]

DAYS_DUST = 1e-9
VALUE_DUST = 2.0**-18
"""Values of a pack are rounded to 2⁻²⁰; two of them differ for certain from here on, in currency per unit."""

SHARE_DUST = 1e-6


@dataclass(frozen=True, eq=False)
class _State:
    """How a ship date ended by the plan's suggestions, in 1/1024 units.

    Parameters
    ----------
    sent, free
        By cell: what is suggested, and whether no edit holds it.
    got, need, shown
        By taker: what it gets in all, what it needs, and its presentation minimum.
    left
        By pool.
    size
        By cell: the next pack.
    can
        By cell: whether its taker still needs the next pack and has room for it.
    last, size_last
        By taker: the cell and the size of its last pack that no edit holds; -1 where there is none.
    judged
        By taker: whether edits leave the rule alone.
    """

    sent: Units
    free: NDArray[np.bool_]
    got: Units
    need: Units
    shown: Units
    left: Units
    size: Units
    can: NDArray[np.bool_]
    last: NDArray[np.int64]
    size_last: Units
    judged: NDArray[np.bool_]


def check_sharing(
    findings: Findings, block: Block, moment: Moment, fixed: NDArray[np.bool_], unsure: NDArray[np.bool_]
) -> None:
    """Verify the suggestions of a ship date.

    Parameters
    ----------
    fixed
        By cell: whether edits held it when the rule shared the rest.
    unsure
        By taker: whether an edit without a lock came last on its item's ship date: what is there is not the rule's.
    """
    sent = grid(np.nan_to_num(block.shown["suggested_quantity"][moment.date, block.cells]))
    fixed = _check_protected(findings, block, moment, sent, fixed, unsure)
    state = _state(block, moment, sent, fixed, unsure)
    where = block.rows, block.ship_days[moment.date]
    if not block.config.push:
        widest = np.zeros(len(state.got), dtype=np.int64)
        np.maximum.at(widest, block.taker, np.where((sent > 0) & ~fixed, block.pack, 0))
        over = (widest == 0) | (state.need > state.got - widest)
        findings.require("no more than need", where, over, state.need / GRID, state.got / GRID, only=state.judged)
    if block.config.mode == "rebalance":
        return
    _check_left_behind(findings, block, moment, state)
    _check_pairs(findings, block, moment, state)
    if block.config.method == "proportional":
        _check_shares(findings, block, moment, state)


def _check_protected(
    findings: Findings, block: Block, moment: Moment, sent: Units, fixed: NDArray[np.bool_], unsure: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Verify what protected sources keep; return what is fixed with it."""
    own = block.own[block.taker] & ~fixed
    if block.config.source_demand != "protect" or not own.any():
        return fixed
    held = np.zeros(len(block.taken), dtype=np.int64)
    np.add.at(held, block.pool, np.where(fixed, sent, 0))
    wanted = np.where(block.inputs.blocked[block.rows], 0, -(-moment.need // GRID) * GRID)
    kept = np.minimum(wanted[block.taker], (moment.available * GRID - held)[block.pool])
    where = block.rows[block.taker], block.ship_days[moment.date]
    only = own & ~unsure[block.taker]
    findings.compare("protected demand", where, kept / GRID, sent / GRID, only=only)
    return fixed | own


def _state(block: Block, moment: Moment, sent: Units, fixed: NDArray[np.bool_], unsure: NDArray[np.bool_]) -> _State:
    got, taker = np.zeros(len(block.rows), dtype=np.int64), block.taker
    np.add.at(got, taker, sent)
    left = moment.available * GRID
    np.subtract.at(left, block.pool, sent)
    blocked = block.inputs.blocked[block.rows]
    need = np.where(blocked, 0, moment.need)
    served = (moment.room > 0) & ~blocked
    shown = np.where(served, np.ceil(np.nan_to_num(block.rule("presentation_minimum"))), 0).astype(np.int64) * GRID
    size = np.where(sent > 0, block.pack, block.first)
    missing = np.maximum(need - got, 0)[taker]
    wanted = np.full(len(sent), LIMITLESS) if block.config.push else -(-missing // block.pack) * block.pack
    can = ~fixed & (size <= wanted) & ((got + 0)[taker] + size <= moment.room[taker])
    last = np.full(len(got), -1, dtype=np.int64)
    used = np.flatnonzero((sent > 0) & ~fixed)
    order = used[np.argsort(block.rank[used])]
    last[taker[order]] = order
    at = np.maximum(last, 0)
    size_last = np.where(sent[at] > block.first[at], block.pack[at], block.first[at])
    return _State(sent, ~fixed, got, need, shown, left, size, can, last, size_last, ~unsure)


def _check_left_behind(findings: Findings, block: Block, moment: Moment, state: _State) -> None:
    fits = state.can & (state.size <= state.left[block.pool])
    if block.config.method == "marginal_value":
        value = _value(block, moment, state.got[block.taker], state.size)
        pays = (value > VALUE_DUST) | (moment.stock + state.got < state.shown)[block.taker]
        fits &= pays
    if block.config.method == "proportional":
        fits &= ~((state.sent == 0) & (block.first > block.pack))
    where = block.rows[block.taker], block.ship_days[moment.date]
    text = "a pack that is needed, fits and is there"
    findings.require("nothing left behind", where, ~fits, "none", text, only=state.judged[block.taker])


def _check_pairs(findings: Findings, block: Block, moment: Moment, state: _State) -> None:
    """Compare each location's last pack with the next one of the others of its item."""
    got_last = (state.last >= 0) & state.judged
    item = block.inputs.item[block.rows]
    stock, before = moment.stock, state.got - state.size_last
    main = stock + before >= state.shown
    asks = np.flatnonzero(state.can & state.judged[block.taker])
    below = (stock + state.got < state.shown)[block.taker]
    keys = _keys(block, moment, state, before)
    shown_keys = _shown_keys(block, moment, state, before)
    wrong, wrong_shown = np.zeros(len(item), dtype=bool), np.zeros(len(item), dtype=bool)
    for code in np.unique(item[block.taker[asks]]):
        mine = asks[item[block.taker[asks]] == code]
        givers = np.flatnonzero(got_last & (item == code))
        if not len(givers):
            continue
        pool = block.pool[mine]
        room = state.left[pool] + np.where(
            pool == block.pool[state.last[givers]][:, None], state.size_last[givers][:, None], 0
        )
        could = (state.size[mine] <= room) & (block.taker[mine] != givers[:, None])
        presents = could & below[mine]
        late = presents & (main[givers][:, None] | _first(shown_keys, givers, mine, 0.0))
        wrong_shown[givers] = late.any(axis=1)
        if keys is not None:
            dust = VALUE_DUST if block.config.method == "marginal_value" else DAYS_DUST
            wrong[givers] = main[givers] & (could & _first(keys, givers, mine, dust)).any(axis=1)
    where = block.rows, block.ship_days[moment.date]
    units = state.got / GRID
    findings.require("presentation", where, ~wrong_shown, "others first", units, only=got_last)
    if keys is not None:
        findings.require("rule", where, ~wrong, "others first", units, only=got_last & main)
        if block.config.method == "marginal_value":
            at = np.maximum(state.last, 0)
            value = _value(block, moment, before[block.taker], state.size_last[block.taker])[at]
            findings.require("rule", where, value > -VALUE_DUST, "> 0", value, only=got_last & main)


def _first(keys: tuple[Keys, Keys], givers: NDArray[np.intp], mine: NDArray[np.intp], dust: float) -> NDArray[np.bool_]:
    """Tell which of the cells come before each giver's last pack; only the leading key knows dust."""
    less = np.zeros((len(givers), len(mine)), dtype=bool)
    same = np.ones_like(less)
    for of_giver, of_cell in zip(*keys, strict=True):
        left, right = of_giver[givers][:, None], of_cell[mine]
        less |= same & (right < left - dust)
        same &= right == left
    return less


def _keys(block: Block, moment: Moment, state: _State, before: Units) -> tuple[Keys, Keys] | None:
    """Return what the plan's rule goes by: of each taker before its last pack, and of each cell at the end."""
    method, taker = block.config.method, block.taker
    priority = block.inputs.priority[block.rows].astype(np.float64)
    ties = [priority, -moment.demand.astype(np.float64), np.arange(len(block.rows), dtype=np.float64)]
    if method == "even":
        first, then = before.astype(np.float64), state.got.astype(np.float64)
    elif method in {"equal_runout", "priority"}:
        first, then = moment.cover(moment.stock + before), moment.cover(moment.stock + state.got)
    elif method == "marginal_value" and _equal_packs(block):
        at = np.maximum(state.last, 0)
        first = -_value(block, moment, before[taker], state.size_last[taker])[at]
        value = -_value(block, moment, state.got[taker], state.size)
        return [first], [value]
    else:
        return None
    leading = [priority] if method == "priority" else []
    of_giver = [*leading, first, *ties]
    of_cell = [part[taker] for part in (*leading, then, *ties)]
    return of_giver, of_cell


def _shown_keys(block: Block, moment: Moment, state: _State, before: Units) -> tuple[Keys, Keys]:
    shown = np.maximum(state.shown, 1)
    priority = block.inputs.priority[block.rows].astype(np.float64)
    ties = [-moment.demand.astype(np.float64), np.arange(len(block.rows), dtype=np.float64)]
    of_giver = [priority, (moment.stock + before) / shown, *ties]
    of_cell = [part[block.taker] for part in (priority, (moment.stock + state.got) / shown, *ties)]
    return of_giver, of_cell


def _equal_packs(block: Block) -> bool:
    """Tell whether one size of pack and one source let the definition be read off pack by pack."""
    one_source = len(block.pool) == len(block.rows)
    return one_source and bool((block.pack == block.first).all() and len(np.unique(block.pack)) == 1)


def _value(block: Block, moment: Moment, got: Units, size: Units) -> NDArray[np.float64]:
    """Return the expected value per unit of the next pack of each cell, in currency, by the normal loss function."""
    from scipy.special import erfc

    inputs, taker = block.inputs, block.taker
    everyone = np.arange(len(block.rows))
    sd = block.spread(everyone, moment.arrival, moment.stop)[taker]
    shortage = block.rule("shortage_cost")
    price = inputs.unit_price[block.rows] - inputs.unit_cost[block.rows]
    margin = np.nan_to_num(np.where(np.isnan(shortage), price, shortage))[taker]
    holding = (np.nan_to_num(block.rule("holding_cost")) * (moment.stop - moment.arrival))[taker]
    mean = moment.demand[taker] / GRID
    low = (moment.stock + moment.inflow)[taker] / GRID + got / GRID

    def short(level: NDArray[np.float64]) -> NDArray[np.float64]:
        z = (level - mean) / np.where(sd > 0, sd, 1.0)
        normal = sd * (np.exp(-z * z / 2) / np.sqrt(2 * np.pi) - z * erfc(z / np.sqrt(2)) / 2)
        return np.where(sd > 0, normal, np.maximum(mean - level, 0.0))

    units = size / GRID
    sold = (short(low) - short(low + units)) / units
    return np.asarray(margin * sold - holding * (1 - sold) - inputs.routes.unit_cost[block.cells])


def _check_shares(findings: Findings, block: Block, moment: Moment, state: _State) -> None:
    """Verify that each location is within a pack of its share of what is left after the presentation minimums."""
    if len(block.pool) != len(block.rows) or block.config.push:
        return
    pack, item = block.pack[block.best], block.inputs.item[block.rows]
    missing = np.maximum(state.shown - moment.stock, 0)
    given = np.minimum(
        np.where(missing > 0, np.maximum(-(-missing // pack) * pack, block.first[block.best]), 0), state.got
    )
    free = state.free[block.best]
    need = np.where(free, np.maximum(state.need - given, 0), 0) / GRID
    main = np.where(free, state.got - given, 0) / GRID
    plain = (block.first[block.best] == pack) & (-(-state.need // pack) * pack <= moment.room)
    for code in np.unique(item[state.judged]):
        here = np.flatnonzero((item == code) & free)
        if len(np.unique(block.pool[item[block.taker] == code])) > 1:
            continue
        if not len(here) or not plain[here].all() or len(np.unique(pack[here])) > 1 or not need[here].any():
            continue
        pool = block.pool[block.best[here[0]]]
        there = state.left[pool] / GRID + main[here].sum()
        share = min(there, need[here].sum()) * need[here] / need[here].sum()
        within = np.abs(main[here] - share) <= pack[here] / GRID + SHARE_DUST
        findings.require("shares", (block.rows[here], block.ship_days[moment.date]), within, share, main[here])
