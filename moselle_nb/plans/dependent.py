"""Dependent demand: net requirements of fed rows, level by level, as demand of the rows that feed them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.netting import net
from moselle_nb.plans.constraints import Resolved
from moselle_nb.plans.layout import BLOCK_ROWS, DAILY_ROWS, groups, lay_out_for
from moselle_nb.plans.network import HORIZON_DAYS, DependentDemand

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from moselle_nb.plans.config import ReplenishmentConfig
    from moselle_nb.plans.network import FedRows
    from moselle_nb.plans.resolved import ResolvedInputs

    Asked = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]

__all__ = ["as_if_bought", "with_dependents"]


def with_dependents(
    inputs: ResolvedInputs,
    config: ReplenishmentConfig,
    *,
    on_progress: Callable[[int], None] | None = None,
    block_rows: int = BLOCK_ROWS,
) -> ResolvedInputs:
    """Return inputs whose feeding rows have the requirements of the rows that they feed as further demand.

    Parameters
    ----------
    inputs, config
        What the plan is made of; inputs without fed rows are returned as they are.
    on_progress
        Called between blocks with the fed rows done.
    block_rows
        Rows per block.
    """
    network = inputs.network
    if network is None:
        return inputs
    view, asked, done = as_if_bought(inputs, network), _Asked(inputs, network), 0
    largest = min(block_rows, DAILY_ROWS) if config.beyond_forecast == "same_last_year" else block_rows
    for level in network.levels():
        rows = network.row[level]
        view = replace(view, dependent=asked.so_far())
        for place in groups(view, rows, largest):
            block = lay_out_for(view, config, rows[place])
            shipped = net(block.position, block.windows, block.rules, uncertain=block.uncertain).quantity
            asked.add(level[place], block.calendar.order_days[: block.calendar.orders], shipped)
            done += len(place)
            if on_progress is not None:
                on_progress(done)
    return replace(inputs, dependent=asked.so_far())


def as_if_bought(inputs: ResolvedInputs, network: FedRows) -> ResolvedInputs:
    """Return inputs in which the lane is the supplier of every fed row; other rows mean nothing in them.

    Ship dates reach `HORIZON_DAYS` past coverage; pack and transfer minimum are order multiple and MOQ; nothing limits
    the size of a transfer but the maximum stock: a shelf life does not either.
    """

    def spread(values: NDArray[np.float64], otherwise: float) -> Resolved:
        wide = np.full((len(np.atleast_2d(values)), inputs.rows), otherwise)
        wide[:, network.row] = values
        return Resolved(wide, np.zeros(wide.shape, dtype=np.int8))

    rules = replace(
        inputs.rules, order_multiple=spread(network.pack, 1.0), moq=spread(network.transfer_minimum, np.nan),
        max_order=spread(np.full(len(network.row), np.nan), np.nan),
        lead_time_days=spread(network.lead_time_days.astype(np.float64), np.nan),
    )  # fmt: skip
    calendar = np.zeros(inputs.rows, dtype=np.int32)
    calendar[network.row] = network.calendar
    return replace(
        inputs, coverage_last=inputs.coverage_last + HORIZON_DAYS, calendar=calendar, calendars=network.calendars,
        rules=rules, shelf_life_days=np.full(inputs.rows, np.nan),
    )  # fmt: skip


class _Asked:
    """What was asked of feeding rows so far."""

    def __init__(self, inputs: ResolvedInputs, network: FedRows) -> None:
        self._inputs, self._network = inputs, network
        self._last_day = inputs.coverage_last + HORIZON_DAYS
        self._shipped = np.zeros(len(network.row))
        self._parts: list[Asked] = []

    def add(self, fed: NDArray[np.intp], days: NDArray[np.int64], quantity: NDArray[np.float64]) -> None:
        """Take the shipments of some fed rows, shape (ship dates, rows)."""
        self._shipped[fed] = quantity[days <= self._inputs.coverage_last].sum(axis=0)
        source = self._network.source[fed]
        sort = np.argsort(source, kind="stable")
        sort = sort[source[sort] >= 0]
        if not len(sort) or not len(days):
            return
        rows, first = np.unique(source[sort], return_index=True)
        total = np.add.reduceat(quantity[:, sort], first, axis=1)
        day, column = total.nonzero()
        self._parts.append((rows[column], days[day], total[day, column]))

    def so_far(self) -> DependentDemand:
        """Return it by row and day."""
        nothing: Asked = (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0))
        row, day, quantity = (np.concatenate(part) for part in zip(nothing, *self._parts, strict=True))
        span = self._last_day + 1
        key, place = np.unique(row * span + day, return_inverse=True)
        total = np.bincount(place, weights=quantity, minlength=len(key)).astype(np.float64)
        row, day = (key // span).astype(np.int64), (key % span).astype(np.int64)
        self._parts = [(row, day, total)]
        starts = np.searchsorted(row, np.arange(self._inputs.rows + 1)).astype(np.int64)
        return DependentDemand(starts, day, total, self._last_day, self._shipped.copy())
