"""The whole walk in one cell: plan type, form, grid, orders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets as t

from moselle_nb.exceptions import Cancelled, MoselleError
from moselle_nb.plans.replenishment import replenish
from moselle_nb.widgets.build_job import BuildJob
from moselle_nb.widgets.config_form import ConfigForm
from moselle_nb.widgets.guarded import error_text
from moselle_nb.widgets.inventory_chart import InventoryChart
from moselle_nb.widgets.latest import Latest
from moselle_nb.widgets.orders_view import OrdersView, slug
from moselle_nb.widgets.plan_grid import PlanGrid
from moselle_nb.widgets.plan_type_chooser import PlanTypeChooser
from moselle_nb.widgets.planner_bar import PlannerBar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from moselle_nb.inputs.data import PlanningData
    from moselle_nb.plans.config import ReplenishmentConfig
    from moselle_nb.plans.document import ReplenishmentPlan
    from moselle_nb.plans.orders import PurchaseOrders

__all__ = ["Planner"]

SHOWN_DIGITS = 12
"""Digits of the fingerprint that are shown."""


class Planner(ipywidgets.VBox):
    """Walk from tables to purchase orders: chooser, form, grid, orders.

    The plan as edited so far is the attribute `plan`; follow it with ``planner.observe(handler, "plan")``.

    Parameters
    ----------
    data
        The tables, from `load`.
    who
        Who edits; recorded with each edit.

    Examples
    --------
    >>> from moselle_nb.inputs.sample import sample_data
    >>> planner = Planner(sample_data("retail", items=2, locations=1, seed=7))
    >>> planner.create()
    >>> planner.wait()
    True
    >>> planner.plan.n_rows
    2
    """

    plan = t.Any(None, allow_none=True)
    """The current `ReplenishmentPlan`, with its edits; None before one is created. Written by Python."""

    def __init__(self, data: PlanningData, *, who: str = "") -> None:
        self._data, self._who = data, who
        self._job: BuildJob[ReplenishmentPlan] | None = None
        self._grid: PlanGrid | None = None
        self._chart: InventoryChart | None = None
        self._orders: OrdersView | None = None
        self._saved: Path | None = None
        # Hashing a million rows takes longer than an edit may.
        self._fingerprint: Latest[str] = Latest(self._fingerprinted, background=True)
        self.chooser = PlanTypeChooser()
        self.form = ConfigForm(data)
        actions: dict[str, Callable[..., object]] = {
            "go": self.go,
            "cancel": self.cancel,
            "save": self.save,
            "code": self.to_code,
        }
        self.bar = PlannerBar(actions)
        super().__init__()
        self.add_class("moselle-planner")
        self.chooser.on_choose(self._chosen)
        self.form.on_create(self._create)
        self.go("type")

    @property
    def orders(self) -> PurchaseOrders | None:
        """The purchase orders generated last, or None."""
        return None if self._orders is None else self._orders.orders

    def go(self, step: str) -> None:
        """Show a step; what was entered elsewhere stays.

        Parameters
        ----------
        step
            ``type``, ``settings``, ``review`` or ``orders``.
        """
        content: dict[str, Callable[[], tuple[ipywidgets.Widget, ...]]] = {
            "type": lambda: (self.chooser,),
            "settings": lambda: (self.form,),
            "review": self._review,
            "orders": self._order,
        }
        if step in ("review", "orders") and self.plan is None:
            msg = f"there is no plan yet: the step {step!r} comes after creating one"
            raise MoselleError(msg)
        self.children = (self.bar, *content[step]())
        self.bar.step = step

    def create(self) -> None:
        """Create the plan that the form describes, as its button does; `wait` waits for it."""
        self.chooser.choose("replenishment")
        self.form.create()

    def cancel(self) -> None:
        """Stop creating: between two blocks of rows nothing is left behind, and the form stays as it was."""
        if self._job is not None:
            self._job.cancel()
            self.bar.progress = {**self.bar.progress, "text": "Cancelling…"}

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the plan is there, or was cancelled or refused; tell whether it has ended.

        Parameters
        ----------
        timeout
            Seconds; None waits as long as it takes.
        """
        if self._job is not None and not self._job.wait(timeout):
            return False
        return self._fingerprint.wait(timeout)

    def save(self, path: str) -> str:
        """Save the plan, and say where; a file that this planner did not write is not overwritten.

        Parameters
        ----------
        path
            A file name, with or without ``.moselle``.
        """
        if self.plan is None:
            msg = "there is no plan to save yet"
            raise MoselleError(msg)
        wanted = Path(path.strip() or self.bar.file).expanduser()
        wanted = wanted if wanted.suffix == ".moselle" else wanted.with_name(f"{wanted.name}.moselle")
        if wanted.exists() and wanted.resolve() != self._saved:
            msg = f"{wanted} is there already and was not saved here; choose another name"
            raise MoselleError(msg)
        self._saved = Path(self.plan.save(wanted)).resolve()
        return f"Saved to {self._saved}"

    def to_code(self) -> str:
        """Return the Python that makes the plan, edits and all."""
        if self.plan is None:
            return self.form.code
        return str(self.plan.to_code())

    def _chosen(self, _key: str) -> None:
        self.bar.reachable = list(dict.fromkeys(["type", "settings", *self.bar.reachable]))
        self.go("settings")

    def _create(self, config: ReplenishmentConfig) -> None:
        if self._job is not None and self._job.running:
            msg = "a plan is being created; cancel it first"
            raise MoselleError(msg)
        self.form.busy = True
        self.bar.problem = self.bar.said = ""
        self.bar.progress = {"text": "Reading the tables…", "done": 0, "total": 0}
        self._job = BuildJob(self._work(config), self._progressed, self._built)

    def _work(self, config: ReplenishmentConfig) -> Callable[[Callable[[int, int], None]], ReplenishmentPlan]:
        data = self._data

        def work(report: Callable[[int, int], None]) -> ReplenishmentPlan:
            report(0, 0)
            plan = replenish(data, config, on_progress=report)
            # Worked out here, so that showing the plan does not hold up the kernel.
            _ = plan.summary, plan.fingerprint
            return plan

        return work

    def _progressed(self, done: int, total: int) -> None:
        if total and self.bar.progress.get("text") != "Cancelling…":
            text = f"{done:,} of {total:,} items at locations planned"
            self.bar.progress = {"text": text, "done": done, "total": total}

    def _built(self, plan: ReplenishmentPlan | None, error: Exception | None) -> None:
        self.bar.progress = {}
        self.form.busy = False
        if isinstance(error, Cancelled):
            self.bar.said = str(error)
        elif error is not None:
            self.bar.problem = error_text(error, "The plan could not be created.")
        else:
            self.plan = plan
            self.go("review")

    def _review(self) -> tuple[ipywidgets.Widget, ...]:
        if self._grid is None or self._chart is None:
            self._grid = PlanGrid(self.plan, who=self._who)
            self._chart = InventoryChart(self.plan, background=True)
            self._grid.observe(self._edited, "plan")
            self._grid.observe(self._selected, "selection")
        return self._grid, self._chart

    def _order(self) -> tuple[ipywidgets.Widget, ...]:
        if self._orders is None:
            self._orders = OrdersView(self.plan, background=True)
        if self._orders.plan is not self.plan:
            self._orders.plan = self.plan
        return (self._orders,)

    def _edited(self, change: Mapping[str, Any]) -> None:
        self.plan = change["new"]

    def _selected(self, change: Mapping[str, Any]) -> None:
        if self._chart is not None:
            self._chart.selection = change["new"]

    @t.observe("plan")
    def _replanned(self, change: Mapping[str, Any]) -> None:
        plan: ReplenishmentPlan | None = change["new"]
        if plan is None:
            self.bar.plan, self.bar.reachable = {}, ["type", "settings"]
            self.go("settings")
            return
        if self._grid is not None and self._grid.plan is not plan:
            self._grid.plan = plan
        if self._chart is not None:
            with self._chart.hold_trait_notifications():
                selection: Any = None if self._grid is None else self._grid.selection
                self._chart.plan, self._chart.selection = plan, selection
        if self._orders is not None and self.bar.step == "orders":
            self._orders.plan = plan
        self._describe(plan)

    def _describe(self, plan: ReplenishmentPlan) -> None:
        first, last = plan.config.coverage
        edits = len(plan.edits)
        text = f"{plan.n_rows:,} items at locations, {first} to {last}, {edits:,} edit{'' if edits == 1 else 's'}."
        self.bar.plan = {"name": plan.config.name, "fingerprint": "", "text": text}
        self._fingerprint.ask(lambda: plan.fingerprint)
        self.bar.file = self.bar.file or f"{slug(plan.config.name)}.moselle"
        self.bar.reachable = ["type", "settings", "review", "orders"]

    def _fingerprinted(self, fingerprint: str | None, _error: Exception | None) -> None:
        if fingerprint is not None:
            self.bar.plan = {**self.bar.plan, "fingerprint": fingerprint[:SHOWN_DIGITS]}

    def __repr__(self) -> str:
        """Return the plan's size, or the step."""
        if self.plan is None:
            return f"Planner(no plan yet, step {self.bar.step!r})"
        return f"Planner({self.plan!r})"
