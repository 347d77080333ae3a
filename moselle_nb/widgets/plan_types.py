"""The two kinds of plan, and the questions that tell which one is needed. Texts and rules; no widget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "BOTH",
    "CHOICES",
    "PLAN_TYPES",
    "QUESTIONS",
    "PlanType",
    "Question",
    "Recommendation",
    "kept_answers",
    "next_questions",
    "recommend",
]

BOTH = "both"
"""The choice of both kinds of plan, replenishment first."""

BUY = "Replenishment: it says what to order from whom, how much, and by when."
WATCH = "Replenishment: with nothing to order or to move, it still shows which items run out, and when."
DIVIDE = "Allocation: nothing more can be bought, so the stock that you hold is divided."
SPREAD = "Allocation: there is enough to go round, so the question is where it goes, and when."
BUY_AND_MOVE = (
    "Both, on the same forecast: replenishment buys what is missing, allocation divides what there is until it arrives."
)


@dataclass(frozen=True)
class PlanType:
    """A kind of plan, as a planner tells it from the other.

    Parameters
    ----------
    key
        Its name in code.
    title
        Its name for people.
    facts
        What it answers, reads, says and is best for: pairs of a term and a text.
    """

    key: str
    title: str
    facts: tuple[tuple[str, str], ...]


PLAN_TYPES = (
    PlanType(
        "replenishment",
        "Replenishment plan",
        (
            ("Question", "What do I need to buy, and when?"),
            ("Flow", "Inbound: supplier → warehouse"),
            ("Best for", "Seeing which items are at risk, and ordering in time and no more than needed"),
            ("Reads", "Forecast, stock, open orders, lead times, safety stock, constraints"),
            ("Output", "Purchase orders"),
        ),
    ),
    PlanType(
        "allocation",
        "Allocation plan",
        (
            ("Question", "How do I divide the stock that I have?"),
            ("Flow", "Outbound: warehouse → warehouses, stores, channels"),
            ("Best for", "Sharing scarce stock fairly; pushing launches and promotions to stores"),
            ("Reads", "Forecast and stock per location, stock at source, inbound, constraints"),
            ("Output", "Transfers"),
        ),
    ),
)

CHOICES = (*(kind.key for kind in PLAN_TYPES), BOTH)
"""What can be chosen."""


@dataclass(frozen=True)
class Question:
    """One question of the helper.

    Parameters
    ----------
    key
        Its name among the answers.
    text
        The question.
    options
        Pairs of an answer's key and its text.
    """

    key: str
    text: str
    options: tuple[tuple[str, str], ...]


QUESTIONS = (
    Question(
        "buy",
        "Do you order from suppliers for this period?",
        (("yes", "Yes, or I need to find out whether I must"), ("no", "No, what can be bought is bought")),
    ),
    Question(
        "share",
        "Do you send stock from one of your locations to others?",
        (
            ("yes", "Yes, a warehouse serves stores, channels or other warehouses"),
            ("no", "No, each location gets its own deliveries"),
        ),
    ),
    Question(
        "enough",
        "Is the stock that you hold, or have on order, enough for everyone?",
        (
            ("no", "No, or I am not sure: some will run short"),
            ("yes", "Yes, it only has to get to the right places"),
        ),
    ),
)


@dataclass(frozen=True)
class Recommendation:
    """What the helper advises.

    Parameters
    ----------
    types
        Keys of the recommended kinds of plan; empty while a question is open.
    text
        Why, in one sentence.
    """

    types: tuple[str, ...] = ()
    text: str = ""

    @property
    def choice(self) -> str:
        """What to choose; blank while a question is open."""
        return BOTH if len(self.types) > 1 else next(iter(self.types), "")


def next_questions(answers: Mapping[str, str]) -> tuple[Question, ...]:
    """Return the questions answered so far and the next open one, in order; at most three.

    Parameters
    ----------
    answers
        Keys of the chosen options by key of the question; unknown ones are ignored.
    """
    asked = []
    for question in QUESTIONS:
        if question.key == "enough" and answers.get("buy") != answers.get("share"):
            break
        if question.key == "enough" and answers.get("buy") == "no":
            break
        asked.append(question)
        if answers.get(question.key) not in dict(question.options):
            break
    return tuple(asked)


def kept_answers(answers: object) -> dict[str, str]:
    """Return the answers to questions that are asked, in their order; what else arrived is left out.

    Parameters
    ----------
    answers
        What the browser sent.
    """
    given = {str(key): str(option) for key, option in answers.items()} if isinstance(answers, dict) else {}
    asked = next_questions(given)
    return {
        question.key: given[question.key] for question in asked if given.get(question.key) in dict(question.options)
    }


def recommend(answers: Mapping[str, str]) -> Recommendation:
    """Return the advice that follows from the answers.

    Parameters
    ----------
    answers
        Keys of the chosen options by key of the question.
    """
    match answers.get("buy"), answers.get("share"), answers.get("enough"):
        case ("yes", "no", _) | ("no", "no", _) as answered:
            return Recommendation(("replenishment",), BUY if answered[0] == "yes" else WATCH)
        case "no", "yes", _:
            return Recommendation(("allocation",), DIVIDE)
        case "yes", "yes", "no":
            return Recommendation(("replenishment", "allocation"), BUY_AND_MOVE)
        case "yes", "yes", "yes":
            return Recommendation(("allocation",), SPREAD)
        case _:
            return Recommendation()
