"""A plan's inputs for a longer time: the same rows and rules, with order dates up to a later day."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.plans.constraints import Keys, Resolved
from moselle_nb.plans.row_calendars import row_calendars
from moselle_nb.plans.row_keys import BOUGHT

if TYPE_CHECKING:
    from moselle_nb.plans.resolved import ResolvedInputs

__all__ = ["extended"]


def extended(inputs: ResolvedInputs, last_day: int) -> ResolvedInputs:
    """Return inputs whose coverage ends on a day, later than now; order dates that there were keep their positions.

    Parameters
    ----------
    inputs
        What a plan was made of.
    last_day
        From `as_of`. Where it is not past the end of coverage, the inputs are returned as they are.
    """
    if last_day <= inputs.coverage_last:
        return inputs
    codes = {
        "item": inputs.item.astype(np.int64), "location": inputs.location.astype(np.int64),
        "supplier": inputs.supplier.astype(np.int64),
    }  # fmt: skip
    names = {"item": inputs.items["item"].tolist(), "location": inputs.locations["location"].tolist()}
    keys = Keys(codes, names, np.full(inputs.rows, -1, dtype=np.int64))
    review = Resolved(inputs.review_period_days[None].astype(np.float64), inputs.review_origin[None])
    calendar, calendars = row_calendars(
        inputs, keys, review, inputs.rules.lead_time_days.values, (inputs.ordering == BOUGHT, inputs.era_starts),
        (inputs.coverage_first, last_day),
    )  # fmt: skip
    return replace(inputs, coverage_last=last_day, calendar=calendar, calendars=calendars)
