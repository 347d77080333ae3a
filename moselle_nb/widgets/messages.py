"""Requests from the browser and their replies.

A request is a custom message ``{"id", "kind", "revision", …}``. The browser is not trusted: every field is
read through `Fields`, which names what arrived and what is admissible. Each request is answered by one
message with its `id`, ``{"id", "kind", "ok", "revision", …}``, also when it is refused::

    {"id": "v1-7", "kind": "edit", "ok": false, "revision": 3, "error": {"code": "refused", "text": "…"}}
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from moselle_nb.exceptions import MoselleError, near

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

__all__ = ["ErrorCode", "Fields", "Reply", "Request", "RequestError", "parse_request"]

ErrorCode = Literal["bad_request", "stale", "refused", "failed"]
"""`bad_request`: not a request of ours. `stale`: against an older revision, nothing was done. `refused`:
understood, and refused by the plan. `failed`: a fault of this package."""

LONGEST_ID = 64
LONGEST_SHOWN = 40
LARGEST_REVISION = 2**53 - 1
"""The largest whole number that a browser holds exactly."""


class RequestError(MoselleError, ValueError):
    """What the browser sent is not a request that this widget answers."""


@dataclass(frozen=True)
class Fields:
    """The fields of a message, read by name, type and admissible range.

    Parameters
    ----------
    values
        What arrived.
    """

    values: Mapping[str, object]

    def __contains__(self, name: str) -> bool:
        """Tell whether a field arrived with a value other than null."""
        return self.values.get(name) is not None

    def only(self, *names: str) -> None:
        """Refuse fields other than these."""
        unknown = next((name for name in self.values if name not in names), None)
        if unknown is not None:
            msg = f"unknown field {_shown(unknown)}{near(str(unknown), names)}"
            raise RequestError(msg)

    def whole(self, name: str, minimum: int, maximum: int) -> int:
        """Return a whole number; true, false and 3.0 are none."""
        value = self._present(name)
        if type(value) is not int or not minimum <= value <= maximum:
            raise self._wrong(name, f"a whole number from {minimum:,} to {maximum:,}")
        return value

    def number(self, name: str, minimum: float, maximum: float) -> float:
        """Return a finite number."""
        value = self._present(name)
        if type(value) not in (int, float) or not _within(value, minimum, maximum):
            raise self._wrong(name, f"a number from {minimum:,} to {maximum:,}")
        return float(value)  # type: ignore[arg-type]  # its type was compared above

    def text(self, name: str, longest: int) -> str:
        """Return text of at most `longest` characters."""
        value = self._present(name)
        if not isinstance(value, str) or len(value) > longest or not _encodable(value):
            raise self._wrong(name, f"text of at most {longest:,} characters")
        return value

    def flag(self, name: str) -> bool:
        """Return true or false."""
        value = self._present(name)
        if not isinstance(value, bool):
            raise self._wrong(name, "true or false")
        return value

    def choice(self, name: str, choices: Collection[str]) -> str:
        """Return one of the choices."""
        value = self._present(name)
        if not isinstance(value, str) or value not in choices:
            raise self._wrong(name, f"one of {', '.join(choices)}")
        return value

    def texts(self, name: str, most: int, longest: int) -> tuple[str, ...]:
        """Return a list of at most `most` texts."""
        values = self._list(name, most)
        return tuple(Fields({name: value}).text(name, longest) for value in values)

    def fields(self, name: str) -> Fields:
        """Return the fields of a nested object."""
        value = self._present(name)
        if not isinstance(value, dict):
            raise self._wrong(name, "an object")
        return Fields(value)

    def records(self, name: str, most: int) -> tuple[Fields, ...]:
        """Return a list of at most `most` objects."""
        values = self._list(name, most)
        if not all(isinstance(value, dict) for value in values):
            raise self._wrong(name, "a list of objects")
        return tuple(Fields(value) for value in values if isinstance(value, dict))

    def _list(self, name: str, most: int) -> Sequence[object]:
        value = self._present(name)
        if not isinstance(value, list) or len(value) > most:
            raise self._wrong(name, f"a list of at most {most:,}")
        return value

    def _present(self, name: str) -> object:
        if self.values.get(name) is None:
            msg = f"field {name!r} is missing"
            raise RequestError(msg)
        return self.values[name]

    def _wrong(self, name: str, expected: str) -> RequestError:
        return RequestError(f"field {name!r} must be {expected}, got {_shown(self.values[name])}")


@dataclass(frozen=True)
class Request:
    """One request of the browser, its envelope checked.

    Parameters
    ----------
    id
        The browser's name for it; repeated in the reply.
    kind
        What is asked for; one of the widget's kinds.
    revision
        Revision of the plan that the browser showed when it asked.
    body
        The remaining fields, not yet checked.
    """

    id: str
    kind: str
    revision: int
    body: Fields


@dataclass(frozen=True)
class Reply:
    """The answer to one request.

    Parameters
    ----------
    body
        Fields beside the envelope; JSON.
    buffers
        Binary columns, in the order that `body` names them.
    error
        Code and text where the request was not met.
    """

    body: Mapping[str, object] = field(default_factory=dict)
    buffers: Sequence[bytes] = ()
    error: tuple[ErrorCode, str] | None = None

    def message(self, request_id: str | None, kind: str, revision: int) -> dict[str, object]:
        """Return the message that is sent."""
        envelope: dict[str, object] = {
            "id": request_id,
            "kind": kind,
            "ok": self.error is None,
            "revision": revision,
        }
        if self.error is not None:
            envelope["error"] = {"code": self.error[0], "text": self.error[1]}
        return {**self.body, **envelope}


def parse_request(content: object, kinds: Iterable[str]) -> Request:
    """Check a message's envelope.

    Parameters
    ----------
    content
        What arrived; anything.
    kinds
        The kinds that the widget answers.

    Raises
    ------
    RequestError
        When it is no request, or of another kind.
    """
    if not isinstance(content, dict):
        msg = f"a request is an object, got {_shown(content)}"
        raise RequestError(msg)
    fields = Fields(content)
    known = tuple(kinds)
    request_id = fields.text("id", LONGEST_ID)
    kind = fields.text("kind", LONGEST_ID)
    if kind not in known:
        msg = f"unknown kind {kind!r}{near(kind, known)}; known are {', '.join(known)}"
        raise RequestError(msg)
    revision = fields.whole("revision", 0, LARGEST_REVISION)
    body = {name: value for name, value in content.items() if name not in ("id", "kind", "revision")}
    return Request(id=request_id, kind=kind, revision=revision, body=Fields(body))


def _within(value: object, minimum: float, maximum: float) -> bool:
    # A whole number too large for a float compares exactly; math.isfinite would overflow.
    return (
        isinstance(value, (int, float))
        and not (isinstance(value, float) and math.isnan(value))
        and minimum <= value <= maximum
    )


def _encodable(value: str) -> bool:
    # Half of a surrogate pair is legal in JSON and breaks every later write.
    return not any("\ud800" <= character <= "\udfff" for character in value)


def _shown(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 128:  # noqa: PLR2004 (Python refuses to print huge ones)
        return f"a whole number of {value.bit_length():,} bits"
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
