"""Errors of configurations in the planner's words: what was expected, what arrived, and what may have been meant."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from moselle_nb.exceptions import BrokenRule, ConfigError, near

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["with_our_errors"]

Model = TypeVar("Model")

EXPECTED = {
    "missing": "a value is required",
    "literal_error": "one of {expected}",
    "greater_than_equal": "at least {ge}",
    "greater_than": "more than {gt}",
    "finite_number": "a finite number",
    "less_than_equal": "at most {le}",
    "string_too_short": "a text of at least {min_length} character",
    "string_too_long": "a text of at most {max_length} characters",
    "dataclass_type": "{class_name}(…)",
    "model_type": "{class_name}(…)",
}
"""Sentences by pydantic's kind of error; the kinds by their beginning stand in `KINDS`."""

KINDS = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "string": "a text",
    "date": "a day, such as 2026-11-23",
    "tuple": "a list",
    "too_long": "not so many values",
    "too_short": "more values",
}

SILENT = {"missing", "value_error"}
"""Kinds whose sentence needs or holds no received value."""


def _sentence(error: Any) -> str:
    """Say what was expected."""
    kind = str(error["type"])
    if kind == "value_error":
        return str(error["msg"]).removeprefix("Value error, ")
    if kind in EXPECTED:
        return EXPECTED[kind].format(**error.get("ctx", {}))
    return next((text for begin, text in KINDS.items() if kind.startswith(begin)), str(error["msg"]))


def _where(location: tuple[int | str, ...], what: str, fields: Mapping[str, object]) -> str:
    """Name the setting: a position in a call is the name of its parameter."""
    if not location:
        return what
    names = list(fields)
    first = location[0]
    head = names[first] if isinstance(first, int) and first < len(names) else str(first)
    return ".".join([head, *(str(part) for part in location[1:])])


def _rules(error: ValidationError, what: str, fields: Mapping[str, object]) -> list[BrokenRule]:
    found = []
    for detail in error.errors(include_url=False):
        if detail["type"] in {"extra_forbidden", "unexpected_keyword_argument"}:
            name = str(detail["loc"][-1])
            found.append(BrokenRule(name, f"no setting has this name{near(name, fields)}"))
            continue
        where = _where(detail["loc"], what, fields)
        received = () if detail["type"] in SILENT else (f"received {detail['input']!r}{_hint(detail)}",)
        found.append(BrokenRule(where, _sentence(detail), examples=received))
    return found


def _hint(detail: Any) -> str:
    if detail["type"] != "literal_error" or not isinstance(detail["input"], str):
        return ""
    words = [word.strip(" '") for word in detail["ctx"]["expected"].replace(" or ", ", ").split(",")]
    return near(detail["input"], words)


def with_our_errors(what: str) -> Callable[[type[Model]], type[Model]]:
    """Make the constructor of a pydantic class raise `ConfigError` with every broken rule.

    Parameters
    ----------
    what
        What a rule about the whole object is filed under.
    """

    def wrap(cls: type[Model]) -> type[Model]:
        original: Callable[..., None] = cls.__init__
        fields: Mapping[str, object] = getattr(cls, "model_fields", None) or cls.__dataclass_fields__  # type: ignore[attr-defined]

        @functools.wraps(original)
        def init(self: Model, *args: Any, **kwargs: Any) -> None:
            try:
                original(self, *args, **kwargs)
            except ValidationError as error:
                raise ConfigError(_rules(error, what, fields)) from None

        cls.__init__ = init  # type: ignore[assignment, method-assign]
        return cls

    return wrap
