"""The allocation plan in the planner: grid, messages and chart, then transfers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ipywidgets

from moselle_nb.plans.allocation import allocate
from moselle_nb.widgets.planner_desk import PlanDesk
from moselle_nb.widgets.planner_words import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from moselle_nb.plans.allocation_config import AllocationConfig
    from moselle_nb.plans.allocation_plan import AllocationPlan
    from moselle_nb.plans.document import ReplenishmentPlan
    from moselle_nb.widgets.base import MoselleWidget

__all__ = ["AllocationDesk"]

EARLIER_RECEIPTS = (
    " It counts the planned receipts of the replenishment plan as it was; create it again to count the present ones."
)


class AllocationDesk(PlanDesk["AllocationPlan"]):
    """What the planner keeps of the allocation plan."""

    key: ClassVar[str] = "allocation"
    title: ClassVar[str] = "Allocation"
    papers_title: ClassVar[str] = "Transfers"

    replenishment: ReplenishmentPlan | None = None
    """The replenishment plan of the same forecast, whose planned receipts may be counted."""

    receipts: ReplenishmentPlan | None = None
    """The replenishment plan whose planned receipts the plan counts."""

    def offer(self, replenishment: ReplenishmentPlan | None) -> None:
        """Offer the planned receipts of a replenishment plan in the form."""
        self.replenishment = replenishment
        self.form.receipts_of = "" if replenishment is None else replenishment.config.name

    def work(self, config: AllocationConfig) -> Callable[[Callable[[int, int], None]], AllocationPlan]:
        """Return the work that builds the plan."""
        data = self._data
        receipts = self.replenishment if self.form.use_receipts else None

        def work(report: Callable[[int, int], None]) -> AllocationPlan:
            report(0, 0)
            plan = allocate(data, config, replenishment=receipts, on_progress=report)
            # Worked out here, so that showing the plan does not hold up the kernel.
            _ = plan.summary
            self.receipts = receipts
            return plan

        return work

    def progress(self, done: int, total: int) -> str:
        """Say how far the work is."""
        return f"{done:,} of {total:,} items divided"

    def review(self) -> tuple[ipywidgets.Widget, ...]:
        """Return grid, messages and chart."""
        return (ipywidgets.HTML(self.plan.summary.head(50).to_html()),)

    def papers(self) -> tuple[ipywidgets.Widget, ...]:
        """Return the transfers."""
        return (ipywidgets.HTML(""),)

    def refresh(self) -> None:
        """Hand the plan to the widgets."""

    def text(self) -> str:
        """Return items, locations, coverage, ship dates and edits."""
        plan, (first, last) = self.plan, self.plan.config.coverage
        places = len(set(plan.inputs.location[plan.inputs.routes.row[~plan.inputs.routes.own]].tolist()))
        parts = [
            f"{counted(plan.n_items, 'item')} to {counted(places, 'location')}", f"{first} to {last}",
            counted(len(plan.ship_dates), "ship date"), counted(self.edits(), "edit"),
        ]  # fmt: skip
        stale = self.receipts is not None and self.receipts is not self.replenishment
        return f"{', '.join(parts)}.{EARLIER_RECEIPTS if stale else ''}"

    def static_widgets(self) -> list[MoselleWidget]:
        """Return grid, messages, the chart of an item, and the transfers."""
        found: list[Any] = []
        return found
