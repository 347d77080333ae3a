"""The first step: which kind of plan is needed."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, ClassVar

import traitlets as t

from moselle_nb.widgets.base import front_end
from moselle_nb.widgets.guarded import GuardedWidget
from moselle_nb.widgets.messages import Reply
from moselle_nb.widgets.plan_types import CHOICES, PLAN_TYPES, kept_answers, next_questions, recommend

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from moselle_nb.widgets.messages import Request
    from moselle_nb.widgets.plan_types import PlanType, Question

__all__ = ["PlanTypeChooser"]


class PlanTypeChooser(GuardedWidget):
    """Show both kinds of plan side by side, and help to tell which one is needed.

    Examples
    --------
    >>> chooser = PlanTypeChooser()
    >>> chooser.answers = {"buy": "yes", "share": "no"}
    >>> chooser.recommendation["types"]
    ['replenishment']
    """

    _esm: ClassVar[object] = front_end("plan_type_chooser.js")
    _css: ClassVar[object] = front_end("plan_type_chooser.css")
    kinds = frozenset({"choose"})
    accepts = frozenset({"answers"})

    plan_types: t.List[dict[str, object]] = t.List(read_only=True).tag(sync=True)
    """The kinds of plan with their facts. Written by Python."""

    value = t.Unicode("").tag(sync=True)
    """The choice: a kind of plan or ``both``, blank at first. Written by Python."""

    answers = t.Dict().tag(sync=True)
    """The helper's answers: option by question. Written by both sides."""

    questions: t.List[dict[str, object]] = t.List(read_only=True).tag(sync=True)
    """The helper's questions so far and the next open one. Written by Python."""

    recommendation = t.Dict(read_only=True).tag(sync=True)
    """The helper's advice: `types`, why in `text`, and the `choice` that follows. Written by Python."""

    def __init__(self, **traits: object) -> None:
        self._handlers: list[Callable[[str], object]] = []
        self.set_trait("plan_types", [_record(kind) for kind in PLAN_TYPES])
        self._advise({})
        super().__init__(**traits)

    def on_choose(self, handler: Callable[[str], object]) -> None:
        """Call `handler` with the key of the plan type whenever one is chosen, also the same one again.

        Parameters
        ----------
        handler
            What to do with the key.
        """
        self._handlers.append(handler)

    def choose(self, key: str) -> None:
        """Do what the button does.

        Parameters
        ----------
        key
            ``replenishment``, ``allocation`` or ``both``.
        """
        self.value = key
        for handler in self._handlers:
            handler(key)

    def answer(self, request: Request) -> Reply:
        """Choose a plan type."""
        request.body.only("type")
        self.choose(request.body.choice("type", CHOICES))
        return Reply()

    @t.validate("value")
    def _check_value(self, proposal: Mapping[str, str]) -> str:
        value = proposal["value"]
        if value and value not in CHOICES:
            msg = f"A plan is one of {', '.join(CHOICES)}, received {value!r}."
            raise t.TraitError(msg)
        return value

    @t.validate("answers")
    def _check_answers(self, proposal: Mapping[str, object]) -> dict[str, str]:
        return kept_answers(proposal["value"])

    @t.observe("answers")
    def _answered(self, change: Mapping[str, Mapping[str, str]]) -> None:
        self._advise(change["new"])

    def _advise(self, answers: Mapping[str, str]) -> None:
        asked = next_questions(answers)
        advice = recommend(answers)
        self.set_trait("questions", [_question(question) for question in asked])
        self.set_trait("recommendation", {"types": list(advice.types), "text": advice.text, "choice": advice.choice})

    def static_html(self) -> str:
        """Return both kinds as a table."""
        terms = [term for term, _ in PLAN_TYPES[0].facts]
        head = "".join(f"<th scope='col'>{escape(kind.title)}</th>" for kind in PLAN_TYPES)
        rows = "".join(
            f"<tr><th scope='row'>{escape(term)}</th>"
            + "".join(f"<td>{escape(dict(kind.facts)[term])}</td>" for kind in PLAN_TYPES)
            + "</tr>"
            for term in terms
        )
        return f"<table><thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table>"

    def __repr__(self) -> str:
        """Return the choice."""
        return f"PlanTypeChooser({self.value or 'nothing chosen'})"


def _record(kind: PlanType) -> dict[str, object]:
    return {"key": kind.key, "title": kind.title, "facts": [list(fact) for fact in kind.facts]}


def _question(question: Question) -> dict[str, object]:
    options = [list(option) for option in question.options]
    return {"key": question.key, "text": question.text, "options": options}
