"""What the next units at a location are expected to earn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.position import FloatArray

__all__ = ["NOWHERE", "VALUE_STEP", "PackValue"]

VALUE_STEP = 2.0**-20
"""Values are rounded to it, in currency per unit: what differs by less is a tie."""

FAR = 40.0
"""Standard deviations that demand is never away from its mean."""

NOWHERE = 2.0**40
"""Units below which there is no stock."""

PEAK_SLOPE = 0.2419707245191434
"""The steepest slope of the normal density."""

ROOT_TWO_PI = 2.5066282746310002


@dataclass(frozen=True, eq=False)
class PackValue:
    r"""Expected value of packs at the locations of a block, shape (items, locations) each.

    Demand of the window is normal with mean :math:`\mu` and standard deviation :math:`\sigma`. A unit that finds
    demand earns the margin :math:`m`, one that is left over costs :math:`h`, every unit costs :math:`c` to move:

    .. math:: v = \frac{1}{p} \int_y^{y+p} \bigl(m \, P(D > x) - h \, P(D \le x)\bigr) dx - c
        = m - c - \frac{m + h}{p} \bigl(G(y + p) - G(y)\bigr)

    with the expected leftover :math:`G(y) = E[(y - D)^+] = \sigma \, (z \Phi(z) + \varphi(z))`,
    :math:`z = (y - \mu) / \sigma` [1]_. Without deviation :math:`G(y) = (y - \mu)^+`.

    Parameters
    ----------
    mean, sd
        Demand of the window, in units.
    margin
        Earned per unit sold, in currency.
    holding
        Cost of a unit left over at the end of the window, in currency.
    transfer_cost
        Cost of moving a unit, in currency.
    inflow
        Receipts within the window, in units.

    References
    ----------
    .. [1] Snyder and Shen (2019), *Fundamentals of Supply Chain Theory*, 2nd ed., section 4.3 and appendix C.
    """

    mean: FloatArray
    sd: FloatArray
    margin: FloatArray
    holding: FloatArray
    transfer_cost: FloatArray
    inflow: FloatArray

    def take(self, items: NDArray[np.intp]) -> PackValue:
        """Return the values for some items of the block."""
        return PackValue(
            self.mean[items], self.sd[items], self.margin[items], self.holding[items], self.transfer_cost[items],
            self.inflow[items],
        )  # fmt: skip

    def of(self, before: FloatArray, units: FloatArray) -> FloatArray:
        """Return the value per unit of the next `units`, in currency.

        Parameters
        ----------
        before
            Stock at arrival and what was given already, without `inflow`, in units, shape (items, locations).
        units
            Units above 0, of the same shape.
        """
        return self.of_cells(np.arange(self.mean.size), before.ravel(), units.ravel()).reshape(self.mean.shape)

    def of_cells(self, cells: NDArray[np.intp], before: FloatArray, units: FloatArray) -> FloatArray:
        """Return the same for some cells, numbered row by row."""
        mean, sd = self.mean.take(cells), self.sd.take(cells)
        excess = self.inflow.take(cells) + before - mean
        leftover = (_expected_leftover(excess + units, sd) - _expected_leftover(excess, sd)) / units
        margin, holding = self.margin.take(cells), self.holding.take(cells)
        value = margin - self.transfer_cost.take(cells) - (margin + holding) * leftover
        return np.asarray(np.rint(value / VALUE_STEP) * VALUE_STEP)

    def worth_at_least(self, value: FloatArray, margin_of_error: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the stock up to which each unit is worth at least so much, as a lower and an upper bound.

        Parameters
        ----------
        value
            In currency per unit, above 0, shape (items, 1).
        margin_of_error
            By how much value may be off to either side, in currency per unit, shape (items, locations).

        Returns
        -------
        tuple
            Units without `inflow`, shape (items, locations) each.
        """
        best, lost, mean = self.margin - self.transfer_cost - value, self._lost, self.mean - self.inflow
        with np.errstate(divide="ignore", invalid="ignore"):
            low, high = (best - margin_of_error) / lost, (best + margin_of_error) / lost
        return mean + _deviations(low, self.sd), mean + _deviations(high, self.sd)

    def curvature(self, units: FloatArray) -> FloatArray:
        r"""Return by how much a pack's value per unit is at most away from that of its middle unit.

        :math:`\frac{p^2}{24} \max |v''|` with :math:`|v''| \le (m + h) \varphi(1) / \sigma^2`.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            return self._lost * np.square(units / self.sd) * (PEAK_SLOPE / 24.0)

    @property
    def _lost(self) -> FloatArray:
        """What a unit is worth less when left over than when sold; sold at a loss, no unit is worth anything."""
        return np.maximum(self.margin + self.holding, 0.0)


def _deviations(served: FloatArray, sd: FloatArray) -> FloatArray:
    """Return how far above its mean demand is with a probability, in units; where it never is, far below."""
    from scipy.special import ndtri

    z = np.clip(ndtri(np.clip(served, 0.0, 1.0)), -FAR, FAR)
    return np.where(served > 0, z * sd, -NOWHERE)


def _expected_leftover(excess: FloatArray, sd: FloatArray) -> FloatArray:
    """Return what is left of stock that exceeds mean demand by so much."""
    from scipy.special import ndtr

    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        z = excess / sd
        leftover = excess * ndtr(z) + sd * np.exp(z * z * -0.5) / ROOT_TWO_PI
    return np.where(sd > 0, leftover, np.maximum(excess, 0.0))
