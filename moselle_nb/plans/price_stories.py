"""What price breaks made of orders, in words: messages, and the steps of an explanation."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from moselle_nb.engines.sizing import PRICE_BREAK
from moselle_nb.plans import frames
from moselle_nb.plans.layout import DAILY_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from moselle_nb.engines.sizing import Sizing
    from moselle_nb.plans.document import ReplenishmentPlan

__all__ = ["PriceStory", "price_messages", "price_story"]


class PriceStory(NamedTuple):
    """How an order came to a price break.

    Parameters
    ----------
    before, quantity
        The order by all other rules, and the raised one, in units.
    saved, held
        What the raised order and those that it replaces save on price and orders, and cost more to hold.
    until
        Last day of the last window that it serves, from `as_of`.
    """

    before: float
    quantity: float
    saved: float
    held: float
    until: int


def price_story(step: Sizing) -> PriceStory | None:
    """Tell how the order of a date came to a price break, from its steps; None where it did not."""
    raised = step.raised
    if raised is None or raised.until[0] < 0:
        return None
    saved, held = float(raised.saved[0]), float(raised.held[0])
    return PriceStory(float(raised.before[0]), float(step.quantity[0]), saved, held, int(raised.until[0]))


def price_messages(
    plan: ReplenishmentPlan,
) -> tuple[str, NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], list[str]]:
    """Tell which suggestions were raised to a price break, from what, and what that saves and costs."""
    source = plan.merged.lines
    found = np.flatnonzero(source.flags & PRICE_BREAK)
    row, order = source.row[found].astype(np.int64), source.order[found]
    day = frames.order_days(plan.inputs, row, order)[0]
    return "price_break", row, day, source.suggested[found], list(_texts(plan, row, order))


def _texts(plan: ReplenishmentPlan, row: NDArray[np.int64], order: NDArray[np.int32]) -> Iterator[str]:
    """Yield a sentence for each order line that was raised, sorted by row; rows are traced some at a time."""
    rows = np.unique(row)
    for first in range(0, len(rows), DAILY_ROWS):
        part = rows[first : first + DAILY_ROWS]
        steps = plan.trace(part.tolist(), {})
        here = slice(*np.searchsorted(row, [part[0], part[-1] + 1]))
        for each, place in zip(row[here].tolist(), order[here].tolist(), strict=True):
            story = price_story(steps[each][place])
            assert story is not None  # noqa: S101 (the flag says so)
            yield (
                f"The suggestion of {story.quantity:,.0f} was raised from {story.before:,.0f} for its price: "
                f"{story.saved:,.2f} saved on price and orders, {story.held:,.2f} more holding; it lasts to "
                f"{plan.inputs.date(story.until)}."
            )
