"""Random blocks of claims: uneven demand, lead times, receipts, and every rule that can stop a location."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from moselle_nb.engines.compact import ReceiptEvents
from moselle_nb.engines.pack_value import PackValue
from moselle_nb.engines.runout import RunoutCover
from moselle_nb.engines.sharing import Claims
from moselle_nb.inputs.cumulative import CumulativeDemand
from moselle_nb.inputs.rebucketing import GRID, BucketedDemand

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.position import FloatArray

    Record = TypeVar("Record", Claims, PackValue)

WINDOW = 21


def random_block(seed: int, *, items: int = 12, plain: bool = False, turned: bool = False) -> tuple[FloatArray, Claims]:
    """Return what is available and what is asked for; plain ones have unit packs and no rule but need.

    The locations of turned ones are the same in the order of `turned_locations`.
    """
    rng = np.random.default_rng(seed)
    shape = (items, int(rng.integers(1, 9)))
    cells = items * shape[1]
    present = rng.random(shape) < (1.0 if plain else 0.9)
    lead = rng.integers(0, 12, shape)
    demand, before = _demand(rng, cells)
    window = (demand.at_rows(lead.ravel() + WINDOW) - demand.at_rows(lead.ravel())).reshape(shape)
    whole = rng.random() < 0.5
    stock = _stock(rng, window, whole=whole)
    presentation = np.zeros(shape) if plain else rng.integers(1, 15, shape) * (rng.random(shape) < rng.choice([0, 0.4]))
    need = np.maximum(np.maximum(window - stock, presentation - stock), 0.0) * present
    pack, first_pack = np.ones(shape), np.ones(shape)
    if not plain and rng.random() < 0.8:
        pack = rng.choice([1.0, 2.0, 5.0, 12.0], (items, 1) if rng.random() < 0.5 else shape) * np.ones(shape)
        first_pack = np.ceil(rng.choice([1.0, 1.0, 7.0, 30.0], shape) / pack) * pack if rng.random() < 0.5 else pack
    room, fixed = np.full(shape, np.inf), np.full(shape, np.nan)
    if not plain:
        room = np.where(rng.random(shape) < 0.3, np.floor(rng.random(shape) * 60), np.inf)
        fixed = np.where(present & (rng.random(shape) < rng.choice([0, 0.2])), rng.integers(0, 9, shape), np.nan)
    alike = rng.random() < 0.4
    order = turned_locations(seed, shape[1]) if turned else np.arange(shape[1])
    item, location = np.divmod(np.arange(cells), shape[1])
    place = (item, np.argsort(order)[location])
    claims = Claims(
        stock, need, pack, first_pack, presentation.astype(np.float64), np.where(present, room, 0.0),
        np.ones(shape, dtype=np.int64) if plain or alike else rng.integers(1, 4, shape),
        np.ceil(window / 40) if alike else window, present, fixed,
        RunoutCover.of(demand, place, shape, lead.ravel(), _receipts(rng, cells, lead)),
        _in_order(_value(rng, window, before, alike=alike), order),
    )  # fmt: skip
    held = np.nansum(claims.fixed, axis=1)
    available = held + np.floor(need.sum(axis=1) * rng.choice([0.0, 0.1, 0.5, 0.9, 1.3], items))
    return available, _in_order(claims, order)


def turned_locations(seed: int, width: int) -> NDArray[np.intp]:
    """Return which location of a random block comes where in the turned one."""
    return np.random.default_rng([seed, width]).permutation(width)


def _in_order(record: Record, order: NDArray[np.intp]) -> Record:
    """Put the locations of all arrays in another order."""
    parts: dict[str, Any] = {field.name: getattr(record, field.name) for field in fields(record)}
    turned = {name: part[:, order] for name, part in parts.items() if isinstance(part, np.ndarray)}
    return replace(record, **parts | turned)


def _demand(rng: np.random.Generator, cells: int) -> tuple[CumulativeDemand, NDArray[np.int64]]:
    """Weeks of uneven demand, some rows without, some that end early, and a tail or none."""
    weeks = int(rng.integers(2, 12))
    level = rng.choice([0.0, 0.3, 4.0, 15.0, 120.0], cells, p=[0.1, 0.2, 0.45, 0.23, 0.02])
    quantity = level * rng.choice([0.0, 0.5, 1.0, 3.0], (weeks, cells))
    quantity = np.rint(quantity) if rng.random() < 0.5 else quantity * rng.random((weeks, cells))
    last = np.where(rng.random(cells) < 0.8, weeks - 1, rng.integers(0, weeks, cells)).astype(np.int32)
    steps = np.rint(quantity * GRID).astype(np.int64) * (np.arange(weeks)[:, None] <= last)
    first_day = int(rng.integers(-9, 1))
    starts, lengths = first_day + 7 * np.arange(weeks), np.full(weeks, 7)
    first = np.zeros(cells, dtype=np.int32)
    demand = BucketedDemand(starts, lengths, steps, first, last)
    return CumulativeDemand(demand, "average" if rng.random() < 0.7 else "cut"), steps


def _stock(rng: np.random.Generator, window: FloatArray, *, whole: bool) -> FloatArray:
    """Stock at arrival: often none, sometimes whole, sometimes more than is needed."""
    stock = window * rng.choice([0.0, 0.0, 0.3, 0.8, 2.0], window.shape) * rng.random(window.shape)
    return np.rint(stock) if whole else np.rint(stock * GRID) / GRID


def _receipts(rng: np.random.Generator, cells: int, lead: NDArray[np.int64]) -> ReceiptEvents | None:
    """Receipts around and after the days of arrival, several for some rows."""
    if rng.random() < 0.4:
        return None
    column = rng.integers(0, cells, max(1, cells // 2))
    day = np.maximum(lead.ravel()[column] + rng.integers(-3, 25, len(column)), 0)
    quantity = rng.integers(1, 60, len(column)).astype(np.float64)
    return ReceiptEvents.of(column, day, quantity, np.zeros_like(quantity))


def _value(rng: np.random.Generator, window: FloatArray, steps: NDArray[np.int64], *, alike: bool) -> PackValue:
    """What packs are worth; alike ones have one margin, and no deviation."""
    shape = window.shape
    sd = window * rng.choice([0.0, 0.1, 0.5], shape) * (0.0 if alike and len(steps) % 2 else 1.0)
    margin = np.full(shape, 4.0) if alike else np.rint(rng.random(shape) * 900) / 100
    holding = rng.choice([0.0, 0.5], shape)
    cost = np.zeros(shape) if alike else rng.choice([0.0, 0.25, 2.0], shape)
    return PackValue(window, sd, margin, holding, cost, np.zeros(shape))
