"""The head of the planner: where one is, what is being built, how it is saved."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import traitlets as t

from moselle_nb.exceptions import MoselleError
from moselle_nb.widgets.base import front_end
from moselle_nb.widgets.guarded import GuardedWidget
from moselle_nb.widgets.messages import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from moselle_nb.widgets.messages import Request
    from moselle_nb.widgets.planner_desk import PlanDesk

__all__ = ["COMPARE", "PLAN_STEPS", "STEPS", "PlannerBar"]

STEPS = (("type", "Plan type"), ("settings", "Set up"), ("review", "Review and edit"), ("orders", "Orders"))
"""The steps of the walk: key and title; the last is named after what the plan ends in."""

COMPARE = "compare"
"""The step that shows both plans side by side; it is none of the walk's."""

PLAN_STEPS = ("review", "orders")
"""Steps that need a plan."""

SHOWN_DIGITS = 12
"""Digits of the fingerprint that are shown."""

SHOWN = ("replenishment", "allocation", "both")

LONGEST_PATH = 1000


class PlannerBar(GuardedWidget):
    """Show the steps, the plan's name and fingerprint, progress with Cancel, and Save.

    Parameters
    ----------
    actions
        What to do on ``go`` (with the key of a step), ``show`` (with the kind of plan or both), ``cancel``, ``save``
        (with a path; returns what to say) and ``code`` (returns the plan as Python).
    **traits
        Values of public traits.
    """

    _esm: ClassVar[object] = front_end("planner.js")
    _css: ClassVar[object] = front_end("planner.css")
    kinds = frozenset({"go", "show", "cancel", "save", "code"})

    steps: t.List[list[str]] = t.List([list(step) for step in STEPS], read_only=True).tag(sync=True)
    """The steps: key and title. Written by Python."""

    step = t.Unicode("type").tag(sync=True)
    """Key of the step that is shown. Written by Python."""

    plans: t.List[dict[str, Any]] = t.List().tag(sync=True)
    """Both kinds of plan: `key`, `title`, whether it was `opened`, and the `name` of the plan, blank while there is
    none; empty before a kind was chosen. Written by Python."""

    showing = t.Unicode("replenishment").tag(sync=True)
    """What is on show: ``replenishment``, ``allocation`` or ``both``. Written by Python."""

    reachable: t.List[str] = t.List(["type"]).tag(sync=True)
    """Keys of the steps that can be gone to. Written by Python."""

    plan: t.Dict[str, Any] = t.Dict().tag(sync=True)
    """The plan's `name`, `fingerprint` and `text`; empty while there is none. Written by Python."""

    progress: t.Dict[str, Any] = t.Dict().tag(sync=True)
    """What is being built: `text`, `done`, `total`; empty when nothing is. Written by Python."""

    file = t.Unicode("").tag(sync=True)
    """Proposed name of the plan file. Written by Python."""

    folder = t.Unicode("").tag(sync=True)
    """Folder in which a file without one is saved. Written by Python."""

    said = t.Unicode("").tag(sync=True)
    """What was done last, in one line. Written by Python."""

    def __init__(self, actions: Mapping[str, Callable[..., object]], **traits: object) -> None:
        self._actions = actions
        super().__init__(**traits)

    def tell(self, desks: Sequence[PlanDesk[Any]], desk: PlanDesk[Any], showing: str) -> None:
        """Write what there is of both plans, and the name, size and fingerprint of the one on show.

        Parameters
        ----------
        desks
            What the planner keeps of each kind of plan.
        desk
            The one on show.
        showing
            Its key, or ``both``.
        """
        both, opened = showing == SHOWN[-1], any(each.opened for each in desks)
        self.plans = [_record(each) for each in desks] if opened else []
        self.showing = showing
        self.set_trait("steps", [*([*step] for step in STEPS[:-1]), [STEPS[-1][0], desk.papers_title]])
        reachable = ["type", *(["settings"] if desk.opened else []), *(PLAN_STEPS if desk.plan is not None else ())]
        self.reachable = ["type", COMPARE] if both else reachable
        if both or desk.plan is None:
            self.plan = {}
            return
        name, fingerprint = desk.plan.config.name, desk.fingerprint[:SHOWN_DIGITS]
        self.plan = {"name": name, "fingerprint": fingerprint, "text": desk.text()}
        self.folder, self.file = str(Path.cwd()), desk.file

    def answer(self, request: Request) -> Reply:
        """Do what a button asks for."""
        match request.kind:
            case "go":
                request.body.only("step")
                step = request.body.choice("step", [key for key, _ in STEPS])
                if step not in self.reachable:
                    titles = {key: title for key, title in self.steps}  # noqa: C416 (lists, not pairs)
                    msg = f"the step {titles[step]!r} comes later"
                    raise MoselleError(msg)
                self._actions["go"](step)
                return Reply()
            case "show":
                request.body.only("plan")
                self._actions["show"](request.body.choice("plan", SHOWN))
                return Reply()
            case "save":
                request.body.only("path")
                return Reply({"text": self._actions["save"](request.body.text("path", LONGEST_PATH))})
            case "code":
                request.body.only()
                return Reply({"text": self._actions["code"]()})
            case _:
                request.body.only()
                self._actions["cancel"]()
                return Reply()

    def static_html(self) -> str:
        """Return the plan's name, fingerprint and size."""
        if not self.plan:
            return "<p>No plan yet.</p>"
        name, text, fingerprint = (escape(str(self.plan[key])) for key in ("name", "text", "fingerprint"))
        return f"<h2>{name}</h2><p>{text} Fingerprint <code>{fingerprint}</code></p>"

    def __repr__(self) -> str:
        """Return the step."""
        return f"PlannerBar({self.step})"


def _record(desk: PlanDesk[Any]) -> dict[str, Any]:
    name = "" if desk.plan is None else desk.plan.config.name
    return {"key": desk.key, "title": desk.title, "opened": desk.opened, "name": name}
