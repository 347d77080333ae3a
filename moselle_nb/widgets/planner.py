"""The whole walk in one cell: plan type, form, grid, orders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets as t

from moselle_nb.exceptions import Cancelled, MoselleError, near
from moselle_nb.plans.replenishment import replenish
from moselle_nb.widgets.base import HTML, a_data_set, a_plan
from moselle_nb.widgets.build_job import BuildJob
from moselle_nb.widgets.config_form import ConfigForm
from moselle_nb.widgets.guarded import error_text
from moselle_nb.widgets.inventory_chart import InventoryChart
from moselle_nb.widgets.latest import Latest
from moselle_nb.widgets.messages_panel import MessagesPanel
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
    from moselle_nb.widgets.base import MoselleWidget

__all__ = ["Planner"]

LONGEST_SHOWN = 60
"""Characters of a file name that an error repeats."""

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
        a_data_set(data, self)
        self._data, self._who = data, who
        self._cancelled = False
        self._job: BuildJob[ReplenishmentPlan] | None = None
        self._grid: PlanGrid | None = None
        self._chart: InventoryChart | None = None
        self._messages: MessagesPanel | None = None
        self._orders: OrdersView | None = None
        self._saved: Path | None = None
        self._former: ReplenishmentPlan | None = None
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
    def former(self) -> ReplenishmentPlan | None:
        """The plan that was shown before another one was created, with its edits; or None."""
        return self._former

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
        if step not in content:
            msg = f"there is no step {step!r}{near(step, content)}; the steps are {', '.join(content)}"
            raise MoselleError(msg)
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
        # A click may come when the plan is there already; then nothing is left to cancel.
        if self._job is not None and self._job.running:
            self._cancelled = True
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
        try:
            self._saved = self._write(path.strip() or self.bar.file)
        except (OSError, RuntimeError, ValueError) as error:
            if isinstance(error, MoselleError):
                raise
            msg = f"the plan could not be saved as {path[:LONGEST_SHOWN]!r}: {error}"
            raise MoselleError(msg) from error
        return f"Saved to {self._saved}"

    def _write(self, path: str) -> Path:
        wanted = Path(path).expanduser()
        wanted = wanted if wanted.suffix == ".moselle" else wanted.with_name(f"{wanted.name}.moselle")
        if wanted.exists() and wanted.resolve() != self._saved:
            msg = f"{wanted} is there already and was not saved here; choose another name"
            raise MoselleError(msg)
        return Path(self.plan.save(wanted)).resolve()

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
            msg = "the plan that was cancelled is still ending; try again in a moment"
            raise MoselleError(msg if self._cancelled else "a plan is being created; cancel it first")
        self._cancelled = False
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
            left = 0 if self.plan is None else len(self.plan.edits)
            self._former = self.plan
            self.plan = plan
            self.go("review")
            if left:
                count = f"{left:,} edit{'' if left == 1 else 's'}"
                self.bar.said = f"{count} of the former plan were left behind; it is in planner.former, with its edits."

    def _review(self) -> tuple[ipywidgets.Widget, ...]:
        if self._grid is None or self._chart is None:
            self._grid = PlanGrid(self.plan, who=self._who)
            self._chart = InventoryChart(self.plan, background=True)
            self._grid.observe(self._edited, "plan")
            self._grid.observe(self._selected, "selection")
        if self._messages is None:
            self._messages = MessagesPanel(self.plan, background=True)
            self._messages.on_choose(self._grid.reveal)
        return self._grid, self._messages, self._chart

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

    @t.validate("plan")
    def _a_plan(self, proposal: Mapping[str, Any]) -> ReplenishmentPlan | None:
        return None if proposal["value"] is None else a_plan(proposal["value"], self)

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
        if self._messages is not None:
            self._messages.plan = plan
        if self._orders is not None and self.bar.step == "orders":
            self._orders.plan = plan
        self._describe(plan)

    def _describe(self, plan: ReplenishmentPlan) -> None:
        first, last = plan.config.coverage
        edits = len(plan.edits)
        text = f"{plan.n_rows:,} items at locations, {first} to {last}, {edits:,} edit{'' if edits == 1 else 's'}."
        self.bar.plan = {"name": plan.config.name, "fingerprint": "", "text": text}
        self.bar.folder = str(Path.cwd())
        self._fingerprint.ask(lambda: plan.fingerprint)
        self.bar.file = self.bar.file or f"{slug(plan.config.name)}.moselle"
        self.bar.reachable = ["type", "settings", "review", "orders"]

    def _fingerprinted(self, fingerprint: str | None, _error: Exception | None) -> None:
        if fingerprint is not None:
            self.bar.plan = {**self.bar.plan, "fingerprint": fingerprint[:SHOWN_DIGITS]}

    def static_html(self) -> str:
        """Return what a reader without a kernel sees: the plan, the chart of a row and the orders; else the form."""
        if self.plan is None or self._grid is None:
            return self.bar.static_html() + self.form.static_html()
        key = self._grid.selection or (self.plan.key_of(0) if self.plan.n_rows else None)
        chart = InventoryChart(self.plan, selection=key)
        orders = OrdersView(self.plan) if self._orders is None else self._orders
        shown: list[MoselleWidget] = [self.bar, self._grid, chart, orders]
        if self._messages is not None:
            shown.insert(2, self._messages)
        return "".join(each.static_html() for each in shown)

    def _repr_mimebundle_(self, **options: Any) -> dict[str, object]:
        return {**super()._repr_mimebundle_(**options), HTML: self.static_html()}

    def __repr__(self) -> str:
        """Return the plan's size, or the step."""
        if self.plan is None:
            return f"Planner(no plan yet, step {self.bar.step!r})"
        return f"Planner({self.plan!r})"
