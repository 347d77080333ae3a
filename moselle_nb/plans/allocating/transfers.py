"""Transfers: what leaves each source for each location on each ship date."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from moselle_nb.plans.frames import dates, names
from moselle_nb.plans.order_document import OrderDocument
from moselle_nb.plans.order_parts import day_of, document_id, looked_up, plural

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

    from moselle_nb.plans.allocating.plan import AllocationPlan

__all__ = ["TRANSFER_COLUMNS", "Transfers", "generate_transfers"]

TRANSFER_COLUMNS = (
    "transfer_id", "source", "location", "ship_date", "arrival_date", "item", "quantity", "unit_cost", "value",
)  # fmt: skip
KEYS = ["source", "location", "ship_date"]
MESSAGE_COLUMNS = ("transfer_id", *KEYS, "kind", "text")


@dataclass(frozen=True, eq=False, repr=False)
class Transfers(OrderDocument):
    """Transfers of a plan; made by `AllocationPlan.generate_transfers`.

    Parameters
    ----------
    name
        Name of the plan.
    fingerprint
        Fingerprint of the plan from which they were generated.
    lines
        transfer_id, source, location, ship_date, arrival_date, item, quantity, unit_cost, value; then item_name, which
        files have too and `to_frame` leaves out.
    headers
        One row per transfer: transfer_id, source, location, name, ship_date, arrival_date (of its last line), lines,
        units, value.
    schedule
        The lines that leave later than was asked for, with `firm` false.
    messages
        transfer_id, source, location, ship_date, kind, text: no_cost; nothing_due where there is no transfer.
    state
        ``draft``, ``approved`` or ``exported``.
    history
        State, who and when of each step, as the caller gave them.

    Examples
    --------
    >>> import moselle_nb as mo
    >>> data = mo.sample_data("retail", items=5, locations=3, seed=7)
    >>> config = mo.AllocationConfig(name="Push", source="METZ", coverage=("2026-11-23", "2026-12-20"))
    >>> transfers = mo.allocate(data, config).generate_transfers()
    >>> transfers.state, transfers.approve(who="ML").state
    ('draft', 'approved')
    """

    title: ClassVar[str] = "Transfers"
    noun: ClassVar[str] = "transfer"
    done: ClassVar[str] = "shipped"
    columns: ClassVar[tuple[str, ...]] = TRANSFER_COLUMNS
    date: ClassVar[str] = "ship_date"


def generate_transfers(plan: AllocationPlan, until: dt.date | str | None = None) -> Transfers:
    """Make the transfers of a plan; what a source keeps for its own demand is none.

    Parameters
    ----------
    plan
        The plan.
    until
        Take all that leaves up to this day, the rest is a schedule; everything when left out.

    Returns
    -------
    Transfers
        Their ids depend on the plan's lineage, source, location and ship date only: generating again gives the same
        ones, and after an edit a transfer is a revision of the one with its id.

    Raises
    ------
    MoselleError
        When `until` is not a day.
    """
    lines = _lines(plan)
    firm = np.ones(len(lines), dtype=bool)
    if until is not None:
        firm = np.asarray(lines["ship_date"].to_numpy("datetime64[D]") <= day_of(until))
    due, later = lines[firm].reset_index(drop=True), lines[~firm].reset_index(drop=True).assign(firm=False)
    headers = _headers(plan, due)
    found = Transfers(plan.config.name, plan.fingerprint, due, headers, later, _messages(due, headers))
    if len(found):
        return found
    nothing = [(None, None, None, pd.NaT, "nothing_due", found.why_empty)]
    return replace(found, messages=pd.DataFrame(nothing, columns=list(MESSAGE_COLUMNS)))


def _lines(plan: AllocationPlan) -> pd.DataFrame:
    """Return what leaves, sorted by ship date, source, location and item."""
    inputs, routes, pools = plan.inputs, plan.inputs.routes, plan.inputs.pools
    quantity = plan.merged.quantity
    date, cell = np.nonzero((quantity > 0) & ~routes.own)
    row, source = routes.row[cell], pools.source[routes.pool[cell]]
    order = np.lexsort((inputs.item[row], inputs.location[row], source, date))
    date, cell, row, source = date[order], cell[order], row[order], source[order]
    frame = pd.DataFrame({
        "source": names(inputs.locations, "location", source),
        "location": names(inputs.locations, "location", inputs.location[row]),
        "ship_date": dates(inputs, inputs.ship_days[date]), "arrival_date": dates(inputs, routes.arrival[date, cell]),
        "item": names(inputs.items, "item", inputs.item[row]), "quantity": quantity[date, cell],
        "unit_cost": inputs.unit_cost[row], "value": quantity[date, cell] * inputs.unit_cost[row],
        "item_name": names(inputs.items, "name", inputs.item[row]),
    })  # fmt: skip
    frame.insert(0, "transfer_id", _ids(plan.lineage, frame))
    return frame


def _ids(lineage: str, frame: pd.DataFrame) -> NDArray[np.object_]:
    code = frame.groupby(KEYS, sort=False).ngroup().to_numpy()
    keys = frame[KEYS].drop_duplicates()
    ids = [
        document_id("TR", lineage, source, location, f"{date:%Y-%m-%d}")
        for source, location, date in zip(*(keys[name] for name in KEYS), strict=True)
    ]
    return np.array([*ids, None], dtype=object)[code]


def _headers(plan: AllocationPlan, lines: pd.DataFrame) -> pd.DataFrame:
    grouped = lines.groupby("transfer_id", sort=False)
    frame = lines.drop_duplicates("transfer_id")[["transfer_id", *KEYS]].reset_index(drop=True)
    totals = grouped.agg(
        arrival_date=("arrival_date", "max"), lines=("item", "size"), units=("quantity", "sum"),
        # An amount that is not known makes the sum not known.
        value=("value", lambda values: values.sum(skipna=False)),
    )  # fmt: skip
    totals["value"] = totals["value"].astype(float)
    frame.insert(3, "name", looked_up(plan.inputs.locations, "location", frame["location"], "name"))
    return frame.join(totals.reset_index(drop=True))


def _messages(lines: pd.DataFrame, headers: pd.DataFrame) -> pd.DataFrame:
    unknown = lines[lines["unit_cost"].isna()].groupby("transfer_id", sort=False).size().to_dict()
    found = []
    for header in headers.to_dict("records"):
        count = int(unknown.get(header["transfer_id"], 0))
        if count:
            text = f"{count:,} line{plural(count)} without a unit cost; no total is given."
            found.append((*(header[name] for name in MESSAGE_COLUMNS[:4]), "no_cost", text))
    return pd.DataFrame(found, columns=list(MESSAGE_COLUMNS))
