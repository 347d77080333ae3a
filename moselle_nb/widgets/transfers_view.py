"""The last step of an allocation: what leaves which source for which location, and the transfers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from moselle_nb.widgets.base import an_allocation
from moselle_nb.widgets.order_tables import records_of
from moselle_nb.widgets.orders_view import OrdersView
from moselle_nb.widgets.planner_words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from moselle_nb.plans.allocating.plan import AllocationPlan
    from moselle_nb.plans.allocating.transfers import Transfers
    from moselle_nb.widgets.orders_view import Overview

__all__ = ["TransfersView"]


class TransfersView(OrdersView):
    """Show what leaves by source, location and ship date, generate the transfers and hand them out as files.

    Parameters
    ----------
    plan
        The allocation plan to ship from; assign another one after an edit.
    background
        Add up and generate in a thread, so that the kernel answers meanwhile.
    **traits
        Values of public traits.

    Examples
    --------
    >>> view = TransfersView(plan)  # doctest: +SKIP
    >>> view.generate("2026-11-23").to_frame()  # doctest: +SKIP
    """

    noun: ClassVar[str] = "transfer"
    words: ClassVar[Mapping[str, str]] = {
        "heading": "By source and location",
        "due": "What leaves first",
        "later": "Later ship dates",
        "papers": "Transfers",
    }
    nothing: ClassVar[str] = "Nothing has to be shipped"
    adding: ClassVar[str] = "Adding up what goes to each location…"

    def papers(self, plan: AllocationPlan, until: str | None) -> Transfers:
        """Return the transfers of a plan: firm up to a day, or all of them."""
        return plan.generate_transfers(until)

    def overview(self, plan: AllocationPlan) -> Overview:
        """Return the transfers of the first ship date on which anything leaves, and the later ones."""
        found = plan.generate_transfers()
        headers = found.headers.drop(columns="transfer_id")
        first = headers["ship_date"] == headers["ship_date"].min()
        due = headers[first]
        return records_of(due), records_of(headers[~first]), _headline(due), found.fingerprint

    def days_of(self, plan: AllocationPlan) -> list[str]:
        """Return the ship dates; with only one of them there is nothing to choose."""
        days = [str(day) for day in plan.ship_dates]
        return days if len(days) > 1 else []

    def checked(self, plan: object) -> Any:
        """Return an allocation plan; anything else is refused."""
        return an_allocation(plan, self)


def _headline(due: pd.DataFrame) -> str:
    if due.empty:
        return "Nothing leaves: there is no stock to divide, or no need."
    units, priced = due["units"].sum(), bool(due["value"].notna().all())
    worth = f", worth {due['value'].sum():,.2f}" if priced else ""
    day = f"{due['ship_date'].iloc[0]:%Y-%m-%d}"
    verb = "leaves" if len(due) == 1 else "leave"
    return f"{counted(len(due), 'transfer')} with {counted(int(units), 'unit')} {verb} on {day}{worth}."
