"""Sharing the stock of a source among locations, on one ship date, for a block of items."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moselle_nb.engines.sharing_claims import Claims, Shares
from moselle_nb.engines.sharing_stepwise import share_stepwise

if TYPE_CHECKING:
    from moselle_nb.engines.position import FloatArray

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
    return share_stepwise(available, claims, method, push=push)
