"""The allocation plan in the planner: grid, messages and chart, then transfers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from moselle_nb.plans.allocation import allocate
from moselle_nb.widgets.allocation_chart import AllocationChart
from moselle_nb.widgets.allocation_grid import AllocationGrid
from moselle_nb.widgets.messages_panel import MessagesPanel
from moselle_nb.widgets.planner_desk import PlanDesk
from moselle_nb.widgets.planner_words import counted
from moselle_nb.widgets.transfers_view import TransfersView

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import ipywidgets

    from moselle_nb.plans.allocating.config import AllocationConfig
    from moselle_nb.plans.allocating.plan import AllocationPlan
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
    trait: ClassVar[str] = "allocation"
    papers_title: ClassVar[str] = "Transfers"

    replenishment: ReplenishmentPlan | None = None
    """The replenishment plan of the same forecast, whose planned receipts may be counted."""

    receipts: ReplenishmentPlan | None = None
    """The replenishment plan whose planned receipts the plan counts."""

    grid: AllocationGrid | None = None
    chart: AllocationChart | None = None
    messages: MessagesPanel | None = None
    transfers: TransfersView | None = None

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
            _ = plan.summary, plan.fingerprint
            self.receipts = receipts
            return plan

        return work

    def progress(self, done: int, total: int) -> str:
        """Say how far the work is."""
        return f"{done:,} of {total:,} items divided"

    def review(self) -> tuple[ipywidgets.Widget, ...]:
        """Return grid, messages and chart."""
        if self.grid is None or self.chart is None:
            self.grid = AllocationGrid(self.plan, who=self._who)
            self.chart = AllocationChart(self.plan, background=True, ship_date=self.grid.ship_date)
            self.grid.observe(lambda change: self._on_edit(change["new"]), "plan")
            self.grid.observe(self._selected, ["selection", "state"])
        if self.messages is None:
            self.messages = MessagesPanel(self.plan, background=True)
            self.messages.on_choose(self.grid.reveal)
        return self.grid, self.messages, self.chart

    def papers(self) -> tuple[ipywidgets.Widget, ...]:
        """Return the transfers."""
        if self.transfers is None:
            self.transfers = TransfersView(self.plan, background=True)
        if self.transfers.plan is not self.plan:
            self.transfers.plan = self.plan
        return (self.transfers,)

    def refresh(self) -> None:
        """Hand the plan to the widgets; to the transfers only while they are on show."""
        if self.grid is not None and self.grid.plan is not self.plan:
            self.grid.plan = self.plan
        if self.chart is not None:
            self._point()
        if self.messages is not None:
            self.messages.plan = self.plan
        if self.transfers is not None and self.step == "orders":
            self.transfers.plan = self.plan

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

    def code(self) -> str:
        """Return the Python that makes the plan, after that of the plan whose planned receipts it counts."""
        code = super().code()
        if self.plan is None or self.receipts is None:
            return code
        first = f"{self.receipts.to_code()}\nreplenishment = plan\n"
        return first + code.removeprefix("import moselle_nb as mo\n")

    def static_widgets(self) -> list[MoselleWidget]:
        """Return grid, messages, the chart of an item, and the transfers."""
        if self.plan is None or self.grid is None:
            return []
        items = self.plan.summary["item"]
        item = self._item() or (str(items.iloc[0]) if len(items) else "")
        chart = AllocationChart(self.plan, selection=item, ship_date=self.grid.ship_date)
        transfers = TransfersView(self.plan) if self.transfers is None else self.transfers
        shown: list[MoselleWidget] = [self.grid, chart, transfers]
        if self.messages is not None:
            shown.insert(1, self.messages)
        return shown

    def _item(self) -> str:
        selection: Any = None if self.grid is None else self.grid.selection
        return str(selection[0]) if selection else ""

    def _selected(self, _change: Mapping[str, Any]) -> None:
        self._point()

    def _point(self) -> None:
        """Draw the selected item on the ship date that the grid shows."""
        if self.chart is not None and self.grid is not None:
            with self.chart.hold_trait_notifications():
                self.chart.plan, self.chart.selection = self.plan, self._item()
                self.chart.ship_date = self.grid.ship_date
