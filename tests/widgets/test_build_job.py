"""A build ends once, tells how far it is, and stops when asked."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

from moselle_nb.exceptions import Cancelled
from moselle_nb.widgets.build_job import BuildJob

if TYPE_CHECKING:
    from collections.abc import Callable

Ends = list[tuple[int | None, Exception | None]]


def test_a_result_is_handed_over_once() -> None:
    ends: Ends = []
    seen: list[tuple[int, int]] = []

    def work(report: Callable[[int, int], None]) -> int:
        report(4096, 8192)
        report(8192, 8192)
        return 7

    job = BuildJob(work, lambda done, total: seen.append((done, total)), lambda *end: ends.append(end))
    assert job.wait(5)
    assert job.wait(5)
    assert ends == [(7, None)]
    assert seen[-1] == (8192, 8192)
    assert not job.running


def test_cancel_ends_the_work_between_two_blocks() -> None:
    ends: Ends = []
    started, cancelled = threading.Event(), threading.Event()
    blocks: list[int] = []

    def work(report: Callable[[int, int], None]) -> int:
        for block in range(100):
            report(block, 100)
            blocks.append(block)
            started.set()
            assert cancelled.wait(5)
        return 7

    job = BuildJob(work, lambda _done, _total: None, lambda *end: ends.append(end))
    assert started.wait(5)
    job.cancel()
    cancelled.set()
    assert job.wait(5)
    assert blocks == [0]
    [(result, error)] = ends
    assert result is None
    assert isinstance(error, Cancelled)
    assert str(error) == "Cancelled; nothing was changed."


def test_a_cancel_after_the_last_block_still_counts() -> None:
    ends: Ends = []
    started, cancelled = threading.Event(), threading.Event()

    def work(_report: Callable[[int, int], None]) -> int:
        started.set()
        assert cancelled.wait(5)
        return 7

    job = BuildJob(work, lambda _done, _total: None, lambda *end: ends.append(end))
    assert started.wait(5)
    job.cancel()
    cancelled.set()
    assert job.wait(5)
    assert ends[0][0] is None
    assert isinstance(ends[0][1], Cancelled)


def test_an_error_is_handed_over() -> None:
    ends: Ends = []

    def work(_report: Callable[[int, int], None]) -> int:
        msg = "no lead time"
        raise ValueError(msg)

    assert BuildJob(work, lambda _done, _total: None, lambda *end: ends.append(end)).wait(5)
    assert str(ends[0][1]) == "no lead time"


def test_on_a_loop_everything_is_told_on_its_thread() -> None:
    threads: set[int] = set()

    def work(report: Callable[[int, int], None]) -> int:
        report(1, 1)
        return threading.get_ident()

    async def scenario() -> int:
        done = asyncio.Event()
        ends: Ends = []

        def end(result: int | None, error: Exception | None) -> None:
            threads.add(threading.get_ident())
            ends.append((result, error))
            done.set()

        BuildJob(work, lambda _done, _total: threads.add(threading.get_ident()), end)
        await asyncio.wait_for(done.wait(), 5)
        return ends[0][0] or 0

    worker = asyncio.run(scenario())
    assert threads == {threading.get_ident()}
    assert worker not in threads
