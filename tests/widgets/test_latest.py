"""What was asked for last is what is handed over."""

from __future__ import annotations

import threading

from moselle_nb.widgets.latest import Latest

Ends = list[tuple[int | None, Exception | None]]


def test_at_once_the_result_is_there_when_ask_returns() -> None:
    ends: Ends = []
    latest: Latest[int] = Latest(lambda *end: ends.append(end), background=False)
    latest.ask(lambda: 7)
    assert ends == [(7, None)]
    assert latest.wait()


def test_in_the_background_what_was_overtaken_is_not_handed_over() -> None:
    ends: Ends = []
    began, go_on = threading.Event(), threading.Event()
    done: list[int] = []

    def first() -> int:
        began.set()
        assert go_on.wait(5)
        done.append(1)
        return 1

    def later(number: int) -> int:
        done.append(number)
        return number

    latest: Latest[int] = Latest(lambda *end: ends.append(end), background=True)
    latest.ask(first)
    assert began.wait(5)
    for number in (2, 3, 4):
        latest.ask(lambda number=number: later(number))  # type: ignore[misc]
    go_on.set()
    assert latest.wait(5)
    assert ends == [(4, None)]
    assert done == [1, 4]


def test_an_error_is_handed_over_in_both_ways() -> None:
    for background in (False, True):
        ends: Ends = []
        latest: Latest[int] = Latest(lambda *end, ends=ends: ends.append(end), background=background)
        latest.ask(lambda: 1 // 0)
        assert latest.wait(5)
        assert isinstance(ends[0][1], ZeroDivisionError)
