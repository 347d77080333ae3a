"""What all widgets share: their bundle, requests that always get a reply, an error line, a static form."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import anywidget
import traitlets as t

from moselle_nb.exceptions import MoselleError, near
from moselle_nb.widgets.messages import Reply, Request, RequestError, parse_request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from moselle_nb.inputs.data import PlanningData
    from moselle_nb.plans.allocating.plan import AllocationPlan
    from moselle_nb.plans.document import ReplenishmentPlan

__all__ = ["HTML", "STATIC", "MoselleWidget", "a_data_set", "a_plan", "an_allocation", "any_plan", "front_end"]

STATIC = Path(__file__).parent / "static"
"""Where the bundles are: one script and one stylesheet per widget."""

HTML = "text/html"

NOT_BUILT = """\
export default {{ render({{ el }}) {{
  el.textContent = "The front end is not built: {name} is missing. Run `python tools/bundle.py`.";
}} }};
"""


def front_end(name: str) -> Path | str:
    """Return the path of a bundled file; where it is not built, a stand-in that says how to build it.

    Parameters
    ----------
    name
        File name, such as ``plan_grid.js``.
    """
    path = STATIC / name
    if path.is_file():
        return path
    return NOT_BUILT.format(name=name) if path.suffix == ".js" else ""


def a_data_set(value: object, widget: object) -> PlanningData:
    """Return the tables; anything else is refused before a widget takes it.

    Parameters
    ----------
    value
        What was given.
    widget
        Who was given it, for the message.

    Raises
    ------
    TypeError
        When it is no data set.
    """
    from moselle_nb.inputs.data import PlanningData

    if not isinstance(value, PlanningData):
        msg = f"{type(widget).__name__} takes the tables, from load or sample_data; received {type(value).__name__}"
        raise TypeError(msg)
    return value


def a_plan(value: object, widget: object) -> ReplenishmentPlan:
    """Return a plan; anything else is refused before a widget takes it.

    Parameters
    ----------
    value
        What was given.
    widget
        Who was given it, for the message.

    Raises
    ------
    TypeError
        When it is no plan.
    """
    from moselle_nb.plans.document import ReplenishmentPlan

    if not isinstance(value, ReplenishmentPlan):
        msg = f"{type(widget).__name__} shows a plan, from replenish or open_plan; received {type(value).__name__}"
        raise TypeError(msg)
    return value


def an_allocation(value: object, widget: object) -> AllocationPlan:
    """Return an allocation plan; anything else is refused before a widget takes it.

    Parameters
    ----------
    value
        What was given.
    widget
        Who was given it, for the message.

    Raises
    ------
    TypeError
        When it is no allocation plan.
    """
    from moselle_nb.plans.allocating.plan import AllocationPlan

    if not isinstance(value, AllocationPlan):
        msg = f"{type(widget).__name__} shows an allocation plan, from allocate; received {type(value).__name__}"
        raise TypeError(msg)
    return value


def any_plan(value: object, widget: object) -> ReplenishmentPlan | AllocationPlan:
    """Return a plan of either kind; anything else is refused before a widget takes it.

    Parameters
    ----------
    value
        What was given.
    widget
        Who was given it, for the message.

    Raises
    ------
    TypeError
        When it is no plan.
    """
    from moselle_nb.plans.allocating.plan import AllocationPlan

    return value if isinstance(value, AllocationPlan) else a_plan(value, widget)


class MoselleWidget(anywidget.AnyWidget):
    """A widget that answers typed requests and has a form for readers without a kernel.

    Parameters
    ----------
    **traits
        Values of public traits; an unknown name is refused with the near ones.
    """

    kinds: ClassVar[frozenset[str]] = frozenset()
    """The closed set of requests that the widget answers."""

    problem = t.Unicode("").tag(sync=True)
    """What went wrong, for the error line in the widget; blank when all is well. Written by Python."""

    def __init__(self, **traits: object) -> None:
        known = [name for name in self.trait_names() if not name.startswith("_")]
        for name in traits:
            if name not in known:
                msg = f"{type(self).__name__} has no argument {name!r}{near(name, known)}"
                raise TypeError(msg)
        super().__init__(**traits)
        self.on_msg(self._receive)

    @property
    def request_revision(self) -> int:
        """Revision that replies carry; 0 for widgets without a plan."""
        return 0

    def static_html(self) -> str:
        """Return accessible HTML that needs neither kernel nor script; every widget overrides it."""
        raise NotImplementedError

    def answer(self, request: Request) -> Reply:
        """Answer a request whose envelope was checked; overridden by widgets that take any.

        Raises
        ------
        MoselleError
            When the request is refused; its text becomes the reply's.
        """
        msg = f"{type(self).__name__} answers no {request.kind!r}"
        raise RequestError(msg)

    def _receive(self, _widget: object, content: object, _buffers: Sequence[bytes]) -> None:
        kind = content.get("kind") if isinstance(content, dict) else None
        request_id = content.get("id") if isinstance(content, dict) else None
        try:
            request = parse_request(content, sorted(self.kinds))
            reply = self.answer(request)
        except RequestError as error:
            reply = Reply(error=("bad_request", str(error)))
        except MoselleError as error:
            reply = Reply(error=("refused", str(error)))
        except Exception as error:  # noqa: BLE001 (a reply is owed; the text says that the fault is ours)
            reply = Reply(error=("failed", f"{type(error).__name__}: {error}"))
        message = reply.message(
            request_id if isinstance(request_id, str) else None,
            kind if isinstance(kind, str) else "",
            self.request_revision,
        )
        self.send(message, buffers=list(reply.buffers) or None)

    def __repr__(self) -> str:
        """Return a short, stable text without ids; notebooks compare it."""
        return f"{type(self).__name__}()"

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, object], dict[str, object]] | None:
        bundle = super()._repr_mimebundle_(**options)
        if bundle is None:
            return None
        data, metadata = bundle
        return {**data, HTML: self.static_html()}, metadata
