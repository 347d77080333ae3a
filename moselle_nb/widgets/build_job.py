"""Long work in one worker thread, with progress and a Cancel that works. No widget."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING, Generic, TypeVar

from moselle_nb.exceptions import Cancelled

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["BuildJob"]

Result = TypeVar("Result")

BETWEEN_REPORTS = 0.1
"""Seconds between two reports of progress: the server limits messages, and eyes see no more."""


class BuildJob(Generic[Result]):
    """One piece of work in a thread of its own.

    Results are handed over on the event loop that was running when the job was made, so that widgets change on the
    thread that owns them; without a running loop (a plain script, a test) on the worker itself.

    Parameters
    ----------
    work
        What to do; it calls its argument with the rows done and all rows, and lets what that raises pass.
    on_progress
        Told the rows done and all rows, a few times a second.
    on_end
        Told the result, or the error that ended the work; exactly once.
    """

    def __init__(
        self,
        work: Callable[[Callable[[int, int], None]], Result],
        on_progress: Callable[[int, int], None],
        on_end: Callable[[Result | None, Exception | None], None],
    ) -> None:
        self._work, self._on_progress, self._on_end = work, on_progress, on_end
        self._stop = threading.Event()
        self._ending = threading.Lock()
        self._ended = False
        self._reported, self._total = 0.0, -1
        self._outcome: tuple[Result | None, Exception | None] = (None, None)
        try:
            self._loop: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
        except RuntimeError:
            self._loop = None
        self._thread = threading.Thread(target=self._run, name="moselle-build", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether the result is still to be handed over."""
        return not self._ended

    def cancel(self) -> None:
        """Ask the work to stop between two blocks; it ends with `Cancelled`."""
        self._stop.set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end and hand the result over; tell whether it has ended.

        Parameters
        ----------
        timeout
            Seconds; None waits as long as it takes.
        """
        self._thread.join(timeout)
        if self._thread.is_alive():
            return False
        self._end()
        return True

    def _run(self) -> None:
        try:
            self._outcome = (self._work(self._report), None)
        except Exception as error:  # noqa: BLE001 (handed over; the widget shows it)
            self._outcome = (None, error)
        self._post(self._end)

    def _report(self, done: int, total: int) -> None:
        if self._stop.is_set():
            raise Cancelled(CANCELLED)
        now = time.monotonic()
        if now - self._reported >= BETWEEN_REPORTS or total != self._total or done >= total:
            self._reported, self._total = now, total
            self._post(lambda: self._tell(done, total))

    def _tell(self, done: int, total: int) -> None:
        if not self._ended:
            self._on_progress(done, total)

    def _end(self) -> None:
        with self._ending:
            if self._ended:
                return
            self._ended = True
        result, error = self._outcome
        if error is None and self._stop.is_set():
            result, error = None, Cancelled(CANCELLED)
        self._on_end(result, error)

    def _post(self, callback: Callable[[], None]) -> None:
        if self._loop is None or self._loop.is_closed():
            callback()
        else:
            self._loop.call_soon_threadsafe(callback)


CANCELLED = "Cancelled; nothing was changed."
