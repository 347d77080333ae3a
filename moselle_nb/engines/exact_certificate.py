"""Certificates: what shows, without a solver, that an allocation of a block of items cannot be better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.position import FloatArray
    from moselle_nb.engines.sharing_claims import Claims, Limits, Shares

__all__ = ["Certificate", "certify_cover", "certify_value"]


@dataclass(frozen=True, eq=False)
class Certificate:
    """The last packs and the next ones of each item, shape (items,) each.

    Parameters
    ----------
    last
        The poorest of the packs that could be taken back: least value per unit in currency, or longest cover before it
        in days. NaN where there is none: what is held, or given up to the presentation minimum, is not taken back.
    following
        The best of the packs that a location could still take (need, capacity), whether or not stock is left for it:
        highest value per unit, or shortest cover. NaN where there is none.
    price
        What one more unit of stock would be worth, in currency, as part of the best pack that is not given; 0 where
        stock is left that nobody can use. NaN for covers.
    holds
        Whether the allocation is proven best. False proves nothing where packs differ; ask `exact_share` then.
    """

    last: FloatArray
    following: FloatArray
    price: FloatArray
    holds: NDArray[np.bool_]


def certify_value(claims: Claims, limits: Limits, shares: Shares) -> Certificate:
    """Show for each item whether its packs are where they are worth most.

    Packs of a location are worth less and less. So an allocation is best when every pack that was given is worth
    something, and either no pack that could follow is, or all packs are of one size, less than one is left, and none
    that was given is worth less than one that could follow: no pack gains by being moved, added or taken back.

    Parameters
    ----------
    claims
        What locations asked for, with `claims.value`.
    limits
        The most that they may receive: `limits_of(claims, push=...)`.
    shares
        What they received under ``marginal_value``.

    Raises
    ------
    ValueError
        When the claims have no value.
    """
    if claims.value is None:
        msg = "A certificate of value needs claims with the value of packs."
        raise ValueError(msg)
    last_size, taken = _last_packs(claims, shares)
    next_size, open_cells = _next_packs(claims, limits, shares)
    before = np.where(taken, shares.quantity - last_size, 0.0)
    last = _lowest(claims.value.of(claims.stock + before, last_size), taken)
    following = -_lowest(-claims.value.of(claims.stock + shares.quantity, next_size), open_cells)
    wanted = following > 0
    smallest = _lowest(next_size, open_cells)
    moves = ~(last < following) & _alike(claims, limits, shares) & ~(shares.left >= smallest)
    price = np.where(wanted, following, 0.0)
    return Certificate(last, following, price, ~(last <= 0) & (~wanted | moves))


def certify_cover(claims: Claims, limits: Limits, shares: Shares) -> Certificate:
    """Show for each item that no location received a pack while another that could take one had a shorter cover.

    For ``equal_runout`` and packs of one size. With different packs or transfer minimums a pack may go to a longer
    cover because no other fits what is left; `holds` is then False without saying that the rule was broken.

    Parameters
    ----------
    claims
        What locations asked for, with `claims.cover`.
    limits, shares
        As in `certify_value`.

    Raises
    ------
    ValueError
        When the claims have no cover.
    """
    if claims.cover is None:
        msg = "A certificate of cover needs claims with the cover of stock."
        raise ValueError(msg)
    last_size, taken = _last_packs(claims, shares)
    next_size, open_cells = _next_packs(claims, limits, shares)
    before = np.where(taken, shares.quantity - last_size, 0.0)
    last = -_lowest(-claims.cover.days(claims.stock + before), taken)
    following = _lowest(claims.cover.days(claims.stock + shares.quantity), open_cells)
    smallest = _lowest(next_size, open_cells)
    holds = ~(last > following) & ~(shares.left >= smallest)
    return Certificate(last, following, np.full(len(last), np.nan), holds)


def _last_packs(claims: Claims, shares: Shares) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Return the size of each cell's last pack, and whether it could be taken back."""
    taken = claims.free & (shares.quantity > shares.presentation)
    is_first = (shares.presentation <= 0) & (shares.quantity <= claims.first_pack)
    return np.where(is_first, claims.first_pack, claims.pack), taken


def _next_packs(claims: Claims, limits: Limits, shares: Shares) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Return the size of each cell's next pack, and whether need and capacity leave room for it."""
    size = np.where(shares.quantity > 0, claims.pack, claims.first_pack)
    return size, claims.free & (shares.quantity + size <= limits.most)


def _alike(claims: Claims, limits: Limits, shares: Shares) -> NDArray[np.bool_]:
    """Tell for which items all packs are of one size that were given by value or could have been."""
    cells = claims.free & (limits.most > shares.presentation)
    first = np.where(shares.presentation > 0, claims.pack, claims.first_pack)
    smallest = _lowest(np.minimum(first, claims.pack), cells)
    largest = -_lowest(-np.maximum(first, claims.pack), cells)
    return ~(smallest < largest)


def _lowest(values: FloatArray, chosen: NDArray[np.bool_]) -> FloatArray:
    """Return the lowest of the chosen values of each item; NaN where none is chosen."""
    lowest = np.where(chosen, values, np.inf).min(axis=1, initial=np.inf)
    return np.where(chosen.any(axis=1), lowest, np.nan)
