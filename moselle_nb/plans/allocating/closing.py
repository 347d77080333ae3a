"""Closing what the fast rule leaves: the most valuable packs of items whose packs or minimums differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.engines.exact_certificate import certify_value
from moselle_nb.engines.exact_share import exact_share
from moselle_nb.engines.sharing import Shares
from moselle_nb.engines.sharing_claims import limits_of, shares_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.engines.sharing_claims import Claims
    from moselle_nb.plans.allocating.block import AllocationBlock
    from moselle_nb.plans.allocating.clock import Clock

__all__ = ["closed"]


def closed(
    available: NDArray[np.float64], claims: Claims, shares: Shares, block: AllocationBlock, clock: Clock
) -> Shares:
    """Return the most valuable shares of items where pack by pack is not proven best.

    Parameters
    ----------
    available, claims, shares
        What `share` took and gave under ``marginal_value``.
    block
        Whose items they are.
    clock
        When it ends, the remaining items keep what the rule gave them; `AllocationPlan.optimality` states their gap.
    """
    items, push = _differing(claims), block.config.push
    if not len(items):
        return shares
    part = Shares(shares.quantity[items], shares.presentation[items], shares.left[items], shares.stopped[items])
    some = claims.take(items)
    certificate = certify_value(some, limits_of(some, push=push), part)
    quantity = shares.quantity.copy()
    for item in items[~certificate.holds]:
        clock.at(block, int(item))
        answer = exact_share(available, claims, shares, int(item), push=push, budget=clock.left)
        clock.mark(finished=answer.optimal)
        quantity[item] = answer.quantity
    left = available - quantity.sum(axis=1)
    return shares_of(claims, limits_of(claims, push=push), quantity, np.minimum(shares.presentation, quantity), left)


def _differing(claims: Claims) -> NDArray[np.intp]:
    """Return the items whose packs, first packs included, are not all of one size."""
    low = np.where(claims.free, np.minimum(claims.pack, claims.first_pack), np.inf).min(axis=1, initial=np.inf)
    high = np.where(claims.free, np.maximum(claims.pack, claims.first_pack), 0.0).max(axis=1, initial=0.0)
    return np.flatnonzero(low < high)
