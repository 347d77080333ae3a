"""What the browser sends is checked field by field; whatever it sends, it gets a reply."""

from __future__ import annotations

import math
from typing import Any

import pytest

from moselle_nb.widgets.messages import Fields, Reply, RequestError, parse_request

GOOD: dict[str, Any] = {"id": "v1-1", "kind": "rows", "revision": 3}


def test_an_envelope_is_taken_apart() -> None:
    request = parse_request({**GOOD, "start": 5}, ["rows", "edit"])
    assert (request.id, request.kind, request.revision) == ("v1-1", "rows", 3)
    assert request.body.values == {"start": 5}


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (None, "a request is an object, got None"),
        ([1], r"a request is an object, got \[1\]"),
        ({**GOOD, "id": 7}, "field 'id' must be text of at most 64 characters, got 7"),
        ({**GOOD, "id": "x" * 65}, "field 'id' must be text of at most 64 characters"),
        ({**GOOD, "kind": "row"}, r"unknown kind 'row' \(did you mean 'rows'\?\); known are rows, edit"),
        ({**GOOD, "kind": None}, "field 'kind' is missing"),
        ({**GOOD, "revision": -1}, "field 'revision' must be a whole number from 0"),
        ({**GOOD, "revision": True}, "field 'revision' must be a whole number from 0 .* got True"),
        ({**GOOD, "revision": 3.0}, "field 'revision' must be a whole number from 0 .* got 3.0"),
        ({**GOOD, "revision": 10**5000}, "got a whole number of 16,610 bits"),
        ({"id": "1", "kind": "rows"}, "field 'revision' is missing"),
    ],
)
def test_what_is_no_request(content: object, text: str) -> None:
    with pytest.raises(RequestError, match=text):
        parse_request(content, ["rows", "edit"])


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 10**400, True, "5", [5], None])
def test_a_number_is_finite_and_a_number(value: object) -> None:
    with pytest.raises(RequestError, match="field 'n'"):
        Fields({"n": value}).number("n", -1e15, 1e15)


@pytest.mark.parametrize("value", ["\ud800", "x" * 11, 5, ["a"]])
def test_text_is_short_and_whole(value: object) -> None:
    with pytest.raises(RequestError, match="field 't' must be text of at most 10 characters"):
        Fields({"t": value}).text("t", 10)


def test_lists_objects_choices_and_flags() -> None:
    fields = Fields({"list": ["a", 1], "many": [1, 2, 3], "records": [{}, 1], "object": [], "flag": 1, "choice": "c"})
    for read, text in (
        (lambda: fields.texts("list", 5, 5), "field 'list' must be text of at most 5 characters, got 1"),
        (lambda: fields.texts("many", 2, 5), "field 'many' must be a list of at most 2"),
        (lambda: fields.records("records", 5), "field 'records' must be a list of objects"),
        (lambda: fields.fields("object"), r"field 'object' must be an object, got \[\]"),
        (lambda: fields.flag("flag"), "field 'flag' must be true or false, got 1"),
        (lambda: fields.choice("choice", ("a", "b")), "field 'choice' must be one of a, b, got 'c'"),
        (lambda: fields.only("list", "chioce"), "unknown field 'many'"),
    ):
        with pytest.raises(RequestError, match=text):
            read()


def test_a_reply_cannot_be_mistaken_for_another() -> None:
    message = Reply({"id": "stolen", "ok": True}, error=("refused", "no")).message("v1-1", "edit", 4)
    assert message == {
        "id": "v1-1",
        "kind": "edit",
        "ok": False,
        "revision": 4,
        "error": {"code": "refused", "text": "no"},
    }
