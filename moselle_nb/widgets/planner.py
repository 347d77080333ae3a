"""The whole walk in one cell: plan type, form, grid, orders or transfers; for either plan, or both side by side."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets as t

from moselle_nb.exceptions import Cancelled, MoselleError, near
from moselle_nb.widgets.allocation_desk import AllocationDesk
from moselle_nb.widgets.base import HTML, a_data_set, a_plan, an_allocation
from moselle_nb.widgets.build_job import BuildJob
from moselle_nb.widgets.guarded import error_text
from moselle_nb.widgets.plan_comparison import PlanComparison
from moselle_nb.widgets.plan_type_chooser import PlanTypeChooser
from moselle_nb.widgets.plan_types import BOTH, CHOICES
from moselle_nb.widgets.planner_bar import COMPARE, PLAN_STEPS, PlannerBar
from moselle_nb.widgets.planner_words import counted
from moselle_nb.widgets.replenishment_desk import ReplenishmentDesk

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from moselle_nb.inputs.data import PlanningData
    from moselle_nb.plans.allocating.plan import AllocationPlan
    from moselle_nb.plans.allocating.transfers import Transfers
    from moselle_nb.plans.compare import Comparison
    from moselle_nb.plans.document import ReplenishmentPlan
    from moselle_nb.plans.orders import PurchaseOrders
    from moselle_nb.widgets.config_form import ConfigForm
    from moselle_nb.widgets.form_models import PlanSettings

__all__ = ["Planner"]

NEXT = "The replenishment plan is there. Next: the allocation plan of the same forecast, above under Plans."


class Planner(ipywidgets.VBox):
    """Walk from tables to purchase orders and transfers: chooser, form, grid, orders.

    Both plans of one forecast are kept at once, as edited so far: the replenishment plan as the attribute `plan`, the
    allocation plan as `allocation`. Follow them with ``planner.observe(handler, "plan")``.

    Parameters
    ----------
    data
        The tables, from `load`.
    who
        Who edits; recorded with each edit.

    Examples
    --------
    >>> from moselle_nb.inputs.sample import sample_data
    >>> planner = Planner(sample_data("retail", items=2, locations=3, seed=7))
    >>> planner.create()
    >>> planner.wait()
    True
    >>> planner.plan.n_rows
    6
    >>> planner.create("allocation")
    >>> planner.wait()
    True
    >>> planner.allocation.n_items
    2
    """

    plan = t.Any(None, allow_none=True)
    """The current `ReplenishmentPlan`, with its edits; None before one is created. Written by Python."""

    allocation = t.Any(None, allow_none=True)
    """The current `AllocationPlan`, with its edits; None before one is created. Written by Python."""

    showing = t.Unicode("replenishment", read_only=True)
    """What is on show: ``replenishment``, ``allocation`` or ``both``. Written by Python."""

    def __init__(self, data: PlanningData, *, who: str = "") -> None:
        a_data_set(data, self)
        self._cancelled = False
        self._then = ""
        self._comparison: PlanComparison | None = None
        self._job: BuildJob[Any] | None = None
        buying = ReplenishmentDesk(data, who, lambda plan: self.set_trait("plan", plan), self._describe)
        self._moving = AllocationDesk(data, who, lambda plan: self.set_trait("allocation", plan), self._describe)
        self._buying = buying
        self._desks: dict[str, ReplenishmentDesk | AllocationDesk] = {each.key: each for each in (buying, self._moving)}
        self._desk: ReplenishmentDesk | AllocationDesk = buying
        self.chooser = PlanTypeChooser()
        actions: dict[str, Callable[..., object]] = {
            "go": self.go,
            "show": self.show,
            "cancel": self.cancel,
            "save": self.save,
            "code": self.to_code,
        }
        self.bar = PlannerBar(actions)
        super().__init__()
        self.add_class("moselle-planner")
        self.chooser.on_choose(self._chosen)
        for desk in self._desks.values():
            desk.form.on_create(partial(self._create, desk))
            desk.form.observe(self._typed, "config")
        self.go("type")

    @property
    def form(self) -> ConfigForm:
        """The form of the kind of plan that is on show."""
        return self._desk.form

    @property
    def forms(self) -> dict[str, ConfigForm]:
        """The forms by kind of plan."""
        return {key: desk.form for key, desk in self._desks.items()}

    @property
    def former(self) -> ReplenishmentPlan | AllocationPlan | None:
        """The plan that was shown before another one of its kind was created, with its edits; or None."""
        former: ReplenishmentPlan | AllocationPlan | None = self._desk.former
        return former

    @property
    def comparison(self) -> Comparison | None:
        """The comparison of both plans that was shown last, or None."""
        return None if self._comparison is None else self._comparison.comparison

    @property
    def orders(self) -> PurchaseOrders | None:
        """The purchase orders generated last, or None."""
        return None if self._buying.orders is None else self._buying.orders.orders

    @property
    def transfers(self) -> Transfers | None:
        """The transfers generated last, or None."""
        view = self._moving.transfers
        return None if view is None else view.orders

    def go(self, step: str) -> None:
        """Show a step of the kind of plan that is on show; what was entered elsewhere stays.

        Parameters
        ----------
        step
            ``type``, ``settings``, ``review`` or ``orders``, which are the transfers of an allocation.
        """
        desk = self._desk
        content: dict[str, Callable[[], tuple[ipywidgets.Widget, ...]]] = {
            "type": lambda: (self.chooser,),
            "settings": lambda: (desk.form,),
            "review": desk.review,
            "orders": desk.papers,
        }
        if step not in content:
            msg = f"there is no step {step!r}{near(step, content)}; the steps are {', '.join(content)}"
            raise MoselleError(msg)
        if step in PLAN_STEPS and desk.plan is None:
            msg = f"there is no plan yet: the step {step!r} comes after creating one"
            raise MoselleError(msg)
        if step != "type":
            desk.step, desk.opened = step, True
        self.children = (self.bar, *content[step]())
        self.set_trait("showing", desk.key)
        self.bar.step = step
        self._describe()

    def show(self, plan: str) -> None:
        """Show one of the two plans where it was left, or both side by side.

        Parameters
        ----------
        plan
            ``replenishment``, ``allocation`` or ``both``.
        """
        if plan == BOTH:
            self._compare()
            return
        if plan not in self._desks:
            msg = f"there is no plan {plan!r}{near(plan, CHOICES)}; what can be shown is {', '.join(CHOICES)}"
            raise MoselleError(msg)
        self._desk = self._desks[plan]
        self.bar.said = self.bar.problem = ""
        self.go(self._desk.step)

    def create(self, plan_type: str = "replenishment") -> None:
        """Create the plan that a form describes, as its button does; `wait` waits for it.

        Parameters
        ----------
        plan_type
            ``replenishment`` or ``allocation``.
        """
        self.chooser.choose(plan_type)
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
        if self._comparison is not None and not self._comparison.wait(timeout):
            return False
        return all(desk.wait(timeout) for desk in self._desks.values())

    def save(self, path: str) -> str:
        """Save the plan on show, and say where; a file that this planner did not write is not overwritten.

        Parameters
        ----------
        path
            A file name, with or without ``.moselle``.
        """
        return self._desk.save(path)

    def to_code(self) -> str:
        """Return the Python that makes the plan on show, edits and all."""
        return self._desk.code()

    def _chosen(self, key: str) -> None:
        self._then = "allocation" if key == BOTH and self.allocation is None else ""
        self._desk = self._desks["replenishment" if key == BOTH else key]
        self.go("settings")

    def _create(self, desk: ReplenishmentDesk | AllocationDesk, config: PlanSettings) -> None:
        if self._job is not None and self._job.running:
            msg = "the plan that was cancelled is still ending; try again in a moment"
            raise MoselleError(msg if self._cancelled else "a plan is being created; cancel it first")
        self._cancelled = False
        self._busy(busy=True)
        self.bar.problem = self.bar.said = ""
        self.bar.progress = {"text": "Reading the tables…", "done": 0, "total": 0}
        work: Callable[[Callable[[int, int], None]], Any] = desk.work(config)  # type: ignore[arg-type]  # of its kind
        self._job = BuildJob(
            work,
            lambda done, total: self._progressed(desk.progress(done, total), done, total),
            lambda plan, error: self._built(desk, plan, error),
        )

    def _typed(self, _change: object) -> None:
        # What could not be built was another configuration.
        self.bar.problem = ""

    def _busy(self, *, busy: bool) -> None:
        for desk in self._desks.values():
            desk.form.busy = busy

    def _progressed(self, text: str, done: int, total: int) -> None:
        if total and self.bar.progress.get("text") != "Cancelling…":
            self.bar.progress = {"text": text, "done": done, "total": total}

    def _built(self, desk: ReplenishmentDesk | AllocationDesk, plan: Any, error: Exception | None) -> None:
        self.bar.progress = {}
        self._busy(busy=False)
        if isinstance(error, Cancelled):
            self.bar.said = str(error)
        elif error is not None:
            self.bar.problem = error_text(error, "The plan could not be created.")
        else:
            left = desk.edits()
            desk.former, self._desk = desk.plan, desk
            self.set_trait(desk.trait, plan)
            self.go("review")
            if left:
                count = counted(left, "edit")
                self.bar.said = f"{count} of the former plan were left behind; it is in planner.former, with its edits."
            elif self._then and self._then != desk.key:
                self._then, self.bar.said = "", NEXT

    def _compare(self) -> None:
        missing = [desk.title.lower() for desk in self._desks.values() if desk.plan is None]
        if missing:
            msg = f"there is no {' and no '.join(missing)} plan yet: both are shown side by side once both are there"
            raise MoselleError(msg)
        if self._comparison is None:
            self._comparison = PlanComparison(self.plan, self.allocation, background=True)
        else:
            self._comparison.compare(self.plan, self.allocation)
        self.children = (self.bar, self._comparison)
        self.set_trait("showing", BOTH)
        self.bar.step = COMPARE
        self.bar.said = self.bar.problem = ""
        self._describe()

    @t.validate("plan", "allocation")
    def _checked(self, proposal: Mapping[str, Any]) -> ReplenishmentPlan | AllocationPlan | None:
        check = a_plan if proposal["trait"].name == "plan" else an_allocation
        return None if proposal["value"] is None else check(proposal["value"], self)

    @t.observe("plan", "allocation")
    def _replanned(self, change: Mapping[str, Any]) -> None:
        desk = self._buying if change["name"] == "plan" else self._moving
        desk.take(change["new"])
        if desk is self._buying:
            self._moving.offer(change["new"])
        if change["new"] is None and desk is self._desk:
            self.go("settings")
        elif self.showing == BOTH:
            self._compare()
        self._describe()

    def _describe(self) -> None:
        self.bar.tell(list(self._desks.values()), self._desk, self.showing)

    def static_html(self) -> str:
        """Return what a reader without a kernel sees: each plan with its chart and orders; else the form."""
        shown = [widget.static_html() for desk in self._desks.values() for widget in desk.static_widgets()]
        return self.bar.static_html() + ("".join(shown) or self.form.static_html())

    def _repr_mimebundle_(self, **options: Any) -> dict[str, object]:
        return {**super()._repr_mimebundle_(**options), HTML: self.static_html()}

    def __repr__(self) -> str:
        """Return the plans' sizes, or the step."""
        plans = [repr(plan) for plan in (self.plan, self.allocation) if plan is not None]
        return f"Planner({', '.join(plans)})" if plans else f"Planner(no plan yet, step {self.bar.step!r})"
