"""The replenishment plan in the planner: grid, messages and chart, then purchase orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from moselle_nb.plans.replenishment import replenish
from moselle_nb.widgets.inventory_chart import InventoryChart
from moselle_nb.widgets.messages_panel import MessagesPanel
from moselle_nb.widgets.orders_view import OrdersView
from moselle_nb.widgets.plan_grid import PlanGrid
from moselle_nb.widgets.planner_desk import PlanDesk
from moselle_nb.widgets.planner_words import counted
from moselle_nb.widgets.supplier_rules import SupplierRules

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import ipywidgets

    from moselle_nb.plans.config import ReplenishmentConfig
    from moselle_nb.plans.document import ReplenishmentPlan
    from moselle_nb.widgets.base import MoselleWidget

__all__ = ["ReplenishmentDesk"]


class ReplenishmentDesk(PlanDesk["ReplenishmentPlan"]):
    """What the planner keeps of the replenishment plan."""

    key: ClassVar[str] = "replenishment"
    title: ClassVar[str] = "Replenishment"
    trait: ClassVar[str] = "plan"
    papers_title: ClassVar[str] = "Orders"

    grid: PlanGrid | None = None
    chart: InventoryChart | None = None
    messages: MessagesPanel | None = None
    orders: OrdersView | None = None
    rules: SupplierRules | None = None

    def work(self, config: ReplenishmentConfig) -> Callable[[Callable[[int, int], None]], ReplenishmentPlan]:
        """Return the work that builds the plan."""
        data = self._data

        def work(report: Callable[[int, int], None]) -> ReplenishmentPlan:
            report(0, 0)
            plan = replenish(data, config, on_progress=report)
            # Worked out here, so that showing the plan does not hold up the kernel.
            _ = plan.summary, plan.fingerprint
            return plan

        return work

    def progress(self, done: int, total: int) -> str:
        """Say how far the work is."""
        return f"{done:,} of {total:,} items at locations planned"

    def review(self) -> tuple[ipywidgets.Widget, ...]:
        """Return grid, messages and chart."""
        if self.grid is None or self.chart is None:
            self.grid = PlanGrid(self.plan, who=self._who)
            self.chart = InventoryChart(self.plan, background=True)
            self.grid.observe(lambda change: self._on_edit(change["new"]), "plan")
            self.grid.observe(self._selected, "selection")
        if self.messages is None:
            self.messages = MessagesPanel(self.plan, background=True)
            self.messages.on_choose(self.grid.reveal)
        return self.grid, self.messages, self.chart

    def papers(self) -> tuple[ipywidgets.Widget, ...]:
        """Return the rules of the suppliers, and the orders."""
        if self.orders is None or self.rules is None:
            self.orders = OrdersView(self.plan, background=True)
            self.rules = SupplierRules(self.plan, who=self._who, background=True)
            self.rules.observe(lambda change: self._on_edit(change["new"]), "plan")
        if self.orders.plan is not self.plan:
            self.orders.plan = self.plan
        return self.rules, self.orders

    def refresh(self) -> None:
        """Hand the plan to the widgets; to the orders only while they are on show."""
        if self.grid is not None and self.grid.plan is not self.plan:
            self.grid.plan = self.plan
        if self.chart is not None:
            with self.chart.hold_trait_notifications():
                selection: Any = None if self.grid is None else self.grid.selection
                self.chart.plan, self.chart.selection = self.plan, selection
        if self.messages is not None:
            self.messages.plan = self.plan
        if self.rules is not None and self.rules.plan is not self.plan:
            self.rules.plan = self.plan
        if self.orders is not None and self.step == "orders":
            self.orders.plan = self.plan

    def text(self) -> str:
        """Return rows, coverage and edits."""
        first, last = self.plan.config.coverage
        return f"{self.plan.n_rows:,} items at locations, {first} to {last}, {counted(self.edits(), 'edit')}."

    def static_widgets(self) -> list[MoselleWidget]:
        """Return grid, messages, the chart of a row, and the orders."""
        if self.plan is None or self.grid is None:
            return []
        key = self.grid.selection or (self.plan.key_of(0) if self.plan.n_rows else None)
        chart = InventoryChart(self.plan, selection=key)
        orders = OrdersView(self.plan) if self.orders is None else self.orders
        shown: list[MoselleWidget] = [self.grid, chart, orders]
        if self.messages is not None:
            shown.insert(1, self.messages)
        if self.rules is not None and self.rules.choices is not None:
            shown.insert(-1, self.rules)
        return shown

    def _selected(self, change: Mapping[str, Any]) -> None:
        if self.chart is not None:
            self.chart.selection = change["new"]
