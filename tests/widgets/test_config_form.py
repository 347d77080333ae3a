"""The form checks what it is given, says it in code, and creates only what is valid."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from moselle_nb.exceptions import ConfigError
from moselle_nb.inputs import PlanningData, sample_data
from moselle_nb.widgets.config_form import ConfigForm


@pytest.fixture(scope="module")
def data() -> PlanningData:
    return sample_data("retail", items=10, locations=2, seed=7)


@pytest.fixture
def form(data: PlanningData) -> ConfigForm:
    return ConfigForm(data)


def type_in(form: ConfigForm, **typed: object) -> None:
    form.set_state({"values": {**form.values, **typed}})


def test_it_is_valid_from_the_start(form: ConfigForm) -> None:
    assert repr(form) == "ConfigForm(valid)"
    assert form.config is not None
    assert form.size == "20 of 20 items at locations, 84 days."


def test_the_code_makes_the_same_configuration(form: ConfigForm) -> None:
    type_in(form, safety_stock={"method": "units", "value": "5"}, scope={"grade": ["A", "B"]}, locations=["METZ"])
    lines = form.code.replace("plan = mo.replenish(data, config)\n", "")
    namespace: dict[str, Any] = {}
    exec(lines, namespace)  # noqa: S102 (the lines that the form shows are what is tested)
    assert namespace["config"] == form.config


def test_a_wrong_value_leaves_neither_configuration_nor_code(form: ConfigForm) -> None:
    type_in(form, review_period_days="soon")
    assert form.config is None
    assert (form.code, form.size) == ("", "")
    assert list(form.problems) == ["review_period_days"]
    type_in(form, review_period_days="14")
    assert form.problems == {}
    config: Any = form.config
    assert config.review_period_days == 14


def test_create_hands_the_configuration_over(form: ConfigForm) -> None:
    made: list[object] = []
    form.on_create(made.append)
    assert form.create() == form.config
    assert made == [form.config]


def test_create_refuses_what_is_wrong(form: ConfigForm) -> None:
    form.on_create(lambda _config: pytest.fail("nothing may be created"))
    type_in(form, name="", review_period_days="0")
    with pytest.raises(ConfigError, match=r"name: 1 rule broken\n  - a value is required\nreview_period_days: 1"):
        form.create()


def receive(form: ConfigForm, **message: object) -> dict[str, Any]:
    sent: list[dict[str, Any]] = []
    form.send = lambda content, buffers=None: sent.append(content)  # noqa: ARG005
    form._receive(form, {"id": "v1", "kind": "create", "revision": 0, **message}, [])
    return sent[0]


def test_the_request_to_create_carries_what_was_typed_last(form: ConfigForm) -> None:
    made: list[Any] = []
    form.on_create(made.append)
    assert receive(form, values={**form.values, "name": "Typed last"})["ok"]
    assert made[0].name == "Typed last"


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({}, "field 'values' is missing"),
        ({"values": 7}, "must be an object, got 7"),
        ({"values": {}}, "name: 1 rule broken"),
        ({"values": {"name": {"a": []}, "coverage": [[], {}], "scope": {"grade": [{}]}, "locations": 5}}, "rule"),
    ],
)
def test_a_request_that_is_no_form_is_refused(form: ConfigForm, message: dict[str, object], text: str) -> None:
    form.on_create(lambda _config: pytest.fail("nothing may be created"))
    reply = receive(form, **message)
    assert not reply["ok"]
    assert text in reply["error"]["text"]
    assert reply["error"]["code"] in {"bad_request", "refused"}


def test_nothing_is_created_while_a_plan_is_being_created(form: ConfigForm) -> None:
    form.busy = True
    assert "being created" in receive(form, values=form.values)["error"]["text"]


def test_the_browser_writes_what_is_typed_and_nothing_else(form: ConfigForm) -> None:
    form.set_state({"busy": True, "code": "import os", "problems": {"name": ["no"]}, "page": 2})
    assert (form.busy, form.problems, form.page) == (False, {}, 2)
    assert "import os" not in form.code


def test_quality_warnings_are_shown_with_their_counts(data: PlanningData) -> None:
    row = {
        "table": "inventory",
        "rule": "stock is >= 0",
        "count": 1234,
        "examples": "(A1, METZ) -3",
        "what_was_done": "0",
    }
    dirty = replace(data, quality=pd.DataFrame([row]))
    assert ConfigForm(dirty).quality == [row]


def test_the_static_form_shows_settings_and_code(form: ConfigForm) -> None:
    type_in(form, name="<b>Q1</b>")
    html = form.static_html()
    assert "&lt;b&gt;Q1&lt;/b&gt;" in html
    assert "<b>" not in html
    assert "mo.ReplenishmentConfig" in html
