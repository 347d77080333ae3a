"""The chooser takes what can be built, and its helper needs at most three questions."""

from __future__ import annotations

from itertools import product

import pytest
import traitlets as t

from moselle_nb.widgets.messages import Fields, Request, RequestError
from moselle_nb.widgets.plan_type_chooser import PlanTypeChooser
from moselle_nb.widgets.plan_types import PLAN_TYPES, QUESTIONS, next_questions, recommend


@pytest.mark.parametrize("choice", ["replenishment", "allocation", "both"])
def test_either_plan_or_both_can_be_chosen(choice: str) -> None:
    chooser, chosen = PlanTypeChooser(), list[str]()
    chooser.on_choose(chosen.append)
    chooser.choose(choice)
    assert (chooser.value, chosen) == (choice, [choice])


def test_a_choice_that_is_none_is_refused() -> None:
    chooser = PlanTypeChooser()
    with pytest.raises(t.TraitError, match="one of replenishment, allocation, both, received 'simulation'"):
        chooser.value = "simulation"
    assert chooser.value == ""


def test_what_the_browser_chooses_is_checked() -> None:
    chooser, chosen = PlanTypeChooser(), list[str]()
    chooser.on_choose(chosen.append)
    for kind in ("allocation", "allocation"):
        chooser.answer(Request("v1", "choose", 0, Fields({"type": kind})))
    assert chosen == ["allocation", "allocation"]
    with pytest.raises(RequestError, match="must be one of replenishment, allocation, both, got 'simulation'"):
        chooser.answer(Request("v1", "choose", 0, Fields({"type": "simulation"})))
    chooser.set_state({"value": "replenishment", "recommendation": {}})
    assert chooser.value == "allocation"


def test_an_unknown_argument_is_refused_with_a_near_name() -> None:
    with pytest.raises(TypeError, match=r"no argument 'valeu' \(did you mean 'value'\?\)"):
        PlanTypeChooser(valeu="replenishment")


@pytest.mark.parametrize(
    ("answers", "types"),
    [
        ({"buy": "yes", "share": "no"}, ("replenishment",)),
        ({"buy": "no", "share": "no"}, ("replenishment",)),
        ({"buy": "no", "share": "yes"}, ("allocation",)),
        ({"buy": "yes", "share": "yes", "enough": "yes"}, ("allocation",)),
        ({"buy": "yes", "share": "yes", "enough": "no"}, ("replenishment", "allocation")),
        ({"buy": "yes", "share": "yes"}, ()),
        ({}, ()),
    ],
)
def test_the_helper_recommends_one_or_both(answers: dict[str, str], types: tuple[str, ...]) -> None:
    chooser = PlanTypeChooser()
    chooser.answers = answers
    assert tuple(chooser.recommendation["types"]) == types
    assert chooser.recommendation["choice"] == ("both" if len(types) > 1 else "".join(types))
    assert (chooser.recommendation["text"] != "") == (types != ())


def test_every_way_through_the_helper_ends_with_advice_after_at_most_three_questions() -> None:
    options = [[key for key, _ in question.options] for question in QUESTIONS]
    for chosen in product(*options):
        wanted = dict(zip([question.key for question in QUESTIONS], chosen, strict=True))
        answers: dict[str, str] = {}
        while not recommend(answers).types:
            question = next_questions(answers)[-1]
            assert question.key not in answers
            answers[question.key] = wanted[question.key]
        assert len(answers) <= 3


def test_changing_an_earlier_answer_forgets_what_followed_from_it() -> None:
    chooser = PlanTypeChooser()
    chooser.answers = {"buy": "yes", "share": "yes", "enough": "yes"}
    chooser.answers = {"buy": "yes", "share": "no", "enough": "yes"}
    assert chooser.answers == {"buy": "yes", "share": "no"}
    assert [question["key"] for question in chooser.questions] == ["buy", "share"]
    assert chooser.recommendation["types"] == ["replenishment"]


@pytest.mark.parametrize("made_up", [{"buy": "<script>", "colour": "red"}, {"enough": "no"}, {"buy": ["yes"]}])
def test_answers_that_the_browser_made_up_are_dropped(made_up: dict[str, object]) -> None:
    chooser = PlanTypeChooser()
    chooser.set_state({"answers": made_up})
    assert chooser.answers == {}
    assert [question["key"] for question in chooser.questions] == ["buy"]
    assert chooser.recommendation["types"] == []


def test_the_static_form_holds_every_fact() -> None:
    html = PlanTypeChooser().static_html()
    for kind in PLAN_TYPES:
        for _, text in kind.facts:
            assert text in html
