"""Allocation over time: whole transfers on every ship date that lose least, on a time-expanded network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.exact_solver import Budget, Lots, Programme, Solution

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.position import FloatArray

__all__ = ["TimeNetwork", "least_lost_over_time", "lost_over_time"]

DUST = 1e-9
"""Costs that differ by less, in currency or relative to their size, are the same."""


@dataclass(frozen=True, eq=False)
class TimeNetwork:
    """One item: what its source may send by when, and what each location sells in each period.

    Periods are per location and may be of any length: the windows of the ship dates, weeks or days. What a period
    receives, inflow and transfers, is there at its opening, then its demand is served; what is not served is lost. A
    location with fewer periods than others has periods without demand at the end. Demand, stock and inflow are whole
    multiples of 1/1024 unit. What edits and locks hold is no choice: take it off `available`, add it to `inflow`, and
    set the cell's `landing` beyond the last period.

    Parameters
    ----------
    available
        Units that may have left the source up to and including each ship date, shape (ship dates,), whole.
    landing
        Period at whose opening a transfer is there, shape (ship dates, locations); the number of periods, or more,
        where there is none to serve.
    stock
        At the opening of the first period, at least 0, shape (locations,).
    demand, inflow
        Shape (periods, locations), in units.
    lost_cost
        Currency per unit of lost demand (margin; 1 to count units), at least 0, shape (locations,).
    transfer_cost
        Currency per unit, at least 0, shape (locations,).
    pack, first_pack
        As in `Claims`, shape (locations,).
    max_stock
        Where a transfer arrives, stock with it and with what the period receives is at most this; infinity where
        there is no limit; shape (locations,).
    least
        Units sent in any case (presentation minimum), in whole packs, shape (ship dates, locations).
    """

    available: FloatArray
    landing: NDArray[np.intp]
    stock: FloatArray
    demand: FloatArray
    inflow: FloatArray
    lost_cost: FloatArray
    transfer_cost: FloatArray
    pack: FloatArray
    first_pack: FloatArray
    max_stock: FloatArray
    least: FloatArray


@dataclass(frozen=True, eq=False)
class _Days:
    """Stock at the opening of each period with all that it receives, and demand that it loses; (periods, locations)."""

    opening: FloatArray
    lost: FloatArray


def lost_over_time(network: TimeNetwork, quantity: FloatArray) -> FloatArray:
    """Return the demand lost with given transfers, shape (periods, locations), in units.

    Parameters
    ----------
    quantity
        Whole units per ship date and location.
    """
    return _project(network, quantity).lost


def least_lost_over_time(network: TimeNetwork, start: FloatArray, *, budget: float = 5.0) -> Solution:
    r"""Send one item's stock over all ship dates so that lost demand and transfers cost least.

    .. math:: \min \sum_{tj} w_j \, l_{tj} + \sum_{sj} c_j \, q_{sj} \quad \text{s.t.} \quad
        y_{t+1,j} = y_{tj} + r_{tj} + \sum_{s: \tau_{sj} = t} q_{sj} - d_{tj} + l_{tj}, \quad
        \sum_{s' \le s, j} q_{s'j} \le A_s

    with :math:`y, l \ge 0`, :math:`l \le d` and whole transfers in packs. With packs of one unit and whole data this
    is a flow of least cost on a time-expanded network, whose basic answers are whole [1]_; HiGHS branches where they
    are not. Of the answers that cost the same, the one that sends fewest units, on later ship dates and to earlier
    locations. When the budget ends first, the bound is HiGHS's, or that of divisible stock that reaches all periods.

    Parameters
    ----------
    network
        Source, locations and periods.
    start
        Units of the fast rule, shape (ship dates, locations): the answer never costs more, and is this one where it is
        best.
    budget
        Seconds.

    Returns
    -------
    Solution
        Quantities of shape (ship dates, locations), their cost, and a lower bound of it.

    Raises
    ------
    ValueError
        When `start` sends more than is available, or less than the least.

    References
    ----------
    .. [1] Ahuja, Magnanti and Orlin (1993), *Network Flows*, theorem 9.10 and section 19.6.
    """
    clock = Budget(budget)
    _refuse(network, start)
    cost, bound = _cost(network, start), _pooled(network)
    if cost <= bound + _dust(cost):
        return Solution(start.astype(np.float64), cost, cost, optimal=True)
    model = _Model(network)
    answer = model.programme.minimise(clock.left)
    bound = max(bound, answer.bound + model.elsewhere)
    if answer.values is None:
        return Solution(start.astype(np.float64), cost, min(bound, cost), optimal=False)
    found = model.quantity(answer.values)
    least = _cost(network, found)
    if least >= cost - _dust(cost):
        return Solution(start.astype(np.float64), cost, cost if answer.optimal else min(bound, cost), answer.optimal)
    if answer.optimal:
        found = _fewest(network, found, least, clock)
    return Solution(found, least, least if answer.optimal else min(bound, least), answer.optimal)


def _dust(cost: float) -> float:
    return DUST * max(1.0, abs(cost))


def _refuse(network: TimeNetwork, start: FloatArray) -> None:
    sent = start.sum(axis=1).cumsum()
    if (sent > network.available).any():
        s = int((sent > network.available).argmax())
        msg = f"By ship date {s} there are {network.available[s]:g} units; the answer to start from takes {sent[s]:g}."
        raise ValueError(msg)
    if (start < network.least).any():
        s, j = (int(part[0]) for part in np.nonzero(start < network.least))
        msg = (
            f"On ship date {s} location {j} receives at least {network.least[s, j]:g} units; the answer to start from "
            f"sends {start[s, j]:g}."
        )
        raise ValueError(msg)


def _arriving(network: TimeNetwork, quantity: FloatArray) -> FloatArray:
    arriving = np.zeros((len(network.demand) + 1, quantity.shape[1]))
    period = np.minimum(network.landing, len(network.demand))
    np.add.at(arriving, (period, np.arange(quantity.shape[1])), quantity)
    return arriving[:-1]


def _project(network: TimeNetwork, quantity: FloatArray) -> _Days:
    received = network.inflow + _arriving(network, quantity)
    opening, lost = np.empty_like(received), np.empty_like(received)
    stock = network.stock
    for t, demand in enumerate(network.demand):
        opening[t] = stock + received[t]
        left = opening[t] - demand
        lost[t] = np.maximum(-left, 0.0)
        stock = np.maximum(left, 0.0)
    return _Days(opening, lost)


def _cost(network: TimeNetwork, quantity: FloatArray) -> float:
    lost = lost_over_time(network, quantity).sum(axis=0)
    return float(network.lost_cost @ lost + network.transfer_cost @ quantity.sum(axis=0))


def _pooled(network: TimeNetwork) -> float:
    """Return the cost when stock is divisible, all there at once, and reaches every period from the first landing."""
    lost = lost_over_time(network, np.zeros(network.landing.shape))
    first = network.landing.min(axis=0, initial=len(lost))
    reached = np.where(np.arange(len(lost))[:, None] >= first, lost, 0.0).sum(axis=0)
    gain = np.maximum(network.lost_cost - network.transfer_cost, 0.0)
    order = np.argsort(-gain, kind="stable")
    served = np.diff(np.minimum(reached[order].cumsum(), network.available.max(initial=0.0)), prepend=0.0)
    return float(network.lost_cost @ lost.sum(axis=0) - gain[order] @ served)


class _Model:
    """The programme of a network, and where its variables stand."""

    def __init__(self, network: TimeNetwork) -> None:
        self.network = network
        self.programme = Programme()
        self.s, self.j = np.nonzero((network.landing < len(network.demand)) | (network.least > 0))
        self.period = network.landing[self.s, self.j]
        self.lands = self.period < len(network.demand)
        self.capped = self.lands & np.isfinite(network.max_stock[self.j])
        pack, first = network.pack[self.j], network.first_pack[self.j]
        self.lots = Lots(self.programme, network.transfer_cost[self.j], first, pack, self._most(), self.capped)
        self._sources()
        reached = np.unique(self.j[self.lands])
        for location in reached:
            self._losses(location)
        for location in np.unique(self.j[self.capped]):
            self._capacities(location)
        lost = lost_over_time(network, np.zeros(network.landing.shape)).sum(axis=0)
        lost[reached] = 0.0
        self.elsewhere = float(network.lost_cost @ lost)
        """Cost of the demand that no transfer reaches; the programme leaves it out."""

    def _most(self) -> FloatArray:
        """Return the units beyond which nothing could be served by a transfer, or is sent anyway."""
        network = self.network
        pack, first = network.pack[self.j], network.first_pack[self.j]
        later = np.zeros((len(network.demand) + 1, network.demand.shape[1]))
        later[:-1] = network.demand[::-1].cumsum(axis=0)[::-1]
        useful = np.ceil(later[np.minimum(self.period, len(network.demand)), self.j] / pack) * pack
        useful = np.where(self.lands, np.maximum(useful, first), 0.0)
        return np.minimum(np.maximum(useful, network.least[self.s, self.j]), network.available[self.s])

    def _sources(self) -> None:
        """Let no more leave up to each ship date than there is, and no less than the least."""
        network = self.network
        for date in range(len(network.available)):
            terms = self.lots.terms(np.zeros_like(self.s), self.s <= date)
            self.programme.rows(terms, np.array([-np.inf]), network.available[date])
        held = network.least[self.s, self.j] > 0
        row = np.cumsum(held) - 1
        self.programme.rows(self.lots.terms(row, held), network.least[self.s, self.j][held], np.inf)

    def _losses(self, location: np.intp) -> None:
        r"""Charge the demand that a location loses.

        It loses :math:`\max_t (n_t - X_t)^+` in all, with requirements :math:`n_t` and transfers :math:`X_t` up to
        period t. As :math:`X_t` is made of packs p, that is :math:`\int_0^p \max_t (\lceil (n_t - u) / p \rceil -
        X_t / p)^+ du`: parts of whole packs, whose relaxation is far tighter than that of the flow itself.
        """
        network, pack = self.network, self.network.pack[location]
        own = self.lands & (self.j == location)
        landings = np.unique(self.period[own])
        highest = self._requirements(location, landings)
        ends = np.unique(np.append(highest % pack, [0.0, pack]))
        asked = np.ceil((highest[:, None] - (ends[1:] + ends[:-1]) / 2) / pack)
        lost = self.programme.variables(network.lost_cost[location] * np.diff(ends), np.inf, lower=asked[0])
        sent = self.programme.variables(np.zeros(len(landings)), np.inf)
        level = np.searchsorted(landings, self.period)
        row = np.arange(len(landings))
        links = [(row, sent, np.full(len(row), -1.0)), (row[1:], sent[:-1], np.ones(len(row) - 1))]
        self.programme.rows([*links, *self.lots.terms(level, own)], np.zeros(len(row)), 0.0)
        at, part = np.nonzero(asked[1:] > np.maximum.accumulate(asked, axis=0)[:-1])
        count = np.arange(len(at))
        self.programme.rows([(count, lost[part], pack), (count, sent[at], 1.0)], asked[1:][at, part] * pack, np.inf)

    def _requirements(self, location: np.intp, landings: NDArray[np.intp]) -> FloatArray:
        """Return the highest requirement, at least 0, before the first landing and from each landing to the next."""
        network = self.network
        required = (network.demand - network.inflow)[:, location].cumsum() - network.stock[location]
        highest = np.zeros(len(landings) + 1)
        np.maximum.at(highest, np.searchsorted(landings, np.arange(len(required)), side="right"), required)
        return highest

    def _capacities(self, location: np.intp) -> None:
        """Where anything is sent, hold stock before + all that landed + inflow to the maximum stock.

        Stock kept - stock kept before - received - lost = inflow - demand: losing more than has to be lost is free
        here, and only leaves more stock.
        """
        network, own = self.network, self.lands & (self.j == location)
        demand, inflow = network.demand[:, location], network.inflow[:, location].copy()
        inflow[0] += network.stock[location]
        row, count = np.arange(len(demand)), np.arange(int(own.sum()))
        kept = self.programme.variables(np.zeros(len(demand)), np.inf)
        lost = self.programme.variables(np.zeros(len(demand)), demand)
        flow = [(row, kept, np.ones(len(row))), (row[1:], kept[:-1], np.full(len(row) - 1, -1.0))]
        flow += [(row, lost, np.full(len(row), -1.0)), *self.lots.terms(self.period, own, sign=-1.0)]
        self.programme.rows(flow, inflow - demand, inflow - demand)
        period, date = self.period[own], self.s[own]
        limit = network.max_stock[location] - inflow[period]
        without = _project(network, np.zeros(network.landing.shape)).opening[period, location]
        slack = np.maximum(without + network.available.max() - network.max_stock[location], 0.0)
        anything = self.lots.any[np.cumsum(self.lots.has_first)[own] - 1]
        terms = [
            (count, anything, slack),
            (count[period > 0], kept[period[period > 0] - 1], np.ones((period > 0).sum())),
        ]
        for one in count:
            same = own & (self.period == period[one]) & (self.s <= date[one])
            terms += self.lots.terms(np.full_like(self.s, one), same)
        self.programme.rows(terms, np.full(len(count), -np.inf), limit + slack)

    def quantity(self, values: FloatArray) -> FloatArray:
        """Return the transfers of an answer."""
        quantity = np.zeros(self.network.landing.shape)
        quantity[self.s, self.j] = self.lots.units(values)
        return quantity


def _fewest(network: TimeNetwork, found: FloatArray, least: float, clock: Budget) -> FloatArray:
    """Return transfers of the same cost that send fewest units, later and to earlier locations."""
    model = _Model(network)
    dates, locations = network.landing.shape
    rank = (dates - 1 - model.s) * locations + model.j
    model.programme.then(least + _dust(least) - model.elsewhere, model.lots.weighted(1.0 + rank / (dates * locations)))
    answer = model.programme.minimise(clock.left)
    if answer.values is None or not answer.optimal:
        return found
    fewer = model.quantity(answer.values)
    return fewer if _cost(network, fewer) <= least + _dust(least) else found
