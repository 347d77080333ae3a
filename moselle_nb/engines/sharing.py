"""Sharing the stock of a source among locations, on one ship date, for a block of items."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.sharing_claims import Claims, Shares, limits_of, shares_of, start
from moselle_nb.engines.sharing_ladders import CoverLadder, PresentationLadder, QuantityLadder, ValueLadder
from moselle_nb.engines.sharing_order import climb, count_up_to
from moselle_nb.engines.sharing_proportional import share_in_proportion
from moselle_nb.engines.sharing_stage import Stage
from moselle_nb.engines.sharing_stepwise import share_stepwise

if TYPE_CHECKING:
    from moselle_nb.engines.position import FloatArray
    from moselle_nb.engines.sharing_ladders import Ladder

__all__ = ["METHODS", "Claims", "Shares", "share", "share_stepwise"]

METHODS = ("equal_runout", "proportional", "priority", "marginal_value", "even")


def share(available: FloatArray, claims: Claims, method: str, *, push: bool = False) -> Shares:
    """Share what a source has among locations; never more than there is.

    First packs go to where stock is below the presentation minimum. Then each pack goes to

    * ``equal_runout``: the location whose stock runs out first;
    * ``priority``: the same within each priority, one after the other;
    * ``even``: the location that received least;
    * ``marginal_value``: where it is expected to earn most, and nowhere if nothing;
    * ``proportional``: each location gets its share in proportion to need, packs by largest remainder.

    Ties go to the lower priority number, then to the larger demand in the window, then to the first location. A
    location stops at its need up to whole packs, at its capacity, or when its next pack is larger than what is left.

    Parameters
    ----------
    available
        Whole units, at least 0, shape (items,).
    claims
        What the locations ask for.
    method
        One of `METHODS`.
    push
        Whether need is no limit.

    Raises
    ------
    ValueError
        When the method is unknown, what it needs is missing, or more is held by edits than is available.
    """
    if method not in METHODS:
        msg = f"method is one of {', '.join(METHODS)}, got {method!r}."
        raise ValueError(msg)
    limits = limits_of(claims, push=push)
    quantity, left = start(available, claims)
    if limits.shown.any():
        ladder = PresentationLadder(claims.stock, claims.presentation)
        quantity, left = _by_tier(quantity, left, limits.shown, claims, ladder)
    shown = np.where(claims.free, quantity, 0.0)
    most = _fitting(limits.most, quantity, left, claims) if push else limits.most
    if method == "proportional":
        quantity, left = share_in_proportion(quantity, left, most, claims, push=push)
    else:
        quantity, left = _give(quantity, left, most, claims, method)
    return shares_of(claims, limits, quantity, shown, left)


def _fitting(most: FloatArray, quantity: FloatArray, left: FloatArray, claims: Claims) -> FloatArray:
    """Return the most that cells can receive of what is left, where nothing else limits it."""
    return np.minimum(most, quantity + np.floor(left[:, None] / claims.pack) * claims.pack)


def _give(
    quantity: FloatArray, left: FloatArray, most: FloatArray, claims: Claims, method: str
) -> tuple[FloatArray, FloatArray]:
    """Give packs in the order of a method."""
    if method == "even":
        return climb(quantity, left, most, claims, QuantityLadder(float(most.max(initial=0.0)) + 1.0, most.shape))
    if method == "marginal_value":
        if claims.value is None:
            msg = "The method marginal_value needs the value of packs."
            raise ValueError(msg)
        values = ValueLadder.of(claims.value, claims)
        worth = count_up_to(Stage.of(quantity, left, most, claims), np.full(len(left), values.last), values)
        return climb(quantity, left, worth, claims, values)
    if claims.cover is None:
        msg = f"The method {method} needs the cover of stock."
        raise ValueError(msg)
    ladder = CoverLadder.of(claims.cover, claims)
    if method == "priority":
        return _by_tier(quantity, left, most, claims, ladder)
    return climb(quantity, left, most, claims, ladder)


def _by_tier(
    quantity: FloatArray, left: FloatArray, most: FloatArray, claims: Claims, ladder: Ladder
) -> tuple[FloatArray, FloatArray]:
    """Give packs to one priority after the other."""
    for priority in np.unique(claims.priority[claims.free]).tolist():
        tier = np.where(claims.priority == priority, most, quantity)
        quantity, left = climb(quantity, left, tier, claims, ladder)
    return quantity, left
