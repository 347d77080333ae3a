"""Work whose newest request is the only one that counts. No widget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from moselle_nb.widgets.build_job import BuildJob

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Latest"]

Result = TypeVar("Result")


class Latest(Generic[Result]):
    """Do what was asked for last, at once or beside the kernel's other answers.

    While something is being worked out, newer requests wait and replace each other: whoever scrolls through a
    thousand rows is shown the one where they stop. Nothing that was overtaken is handed over.

    Parameters
    ----------
    on_result
        Told the result, or the error that ended the work.
    background
        Work in a thread, so that the kernel answers meanwhile; else `ask` returns when the work is done.
    """

    def __init__(self, on_result: Callable[[Result | None, Exception | None], None], *, background: bool) -> None:
        self._on_result, self._background = on_result, background
        self._next: Callable[[], Result] | None = None
        self._job: BuildJob[Result] | None = None

    def ask(self, work: Callable[[], Result]) -> None:
        """Have some work done instead of what was asked for before.

        Parameters
        ----------
        work
            Returns the result; reads only what does not change.
        """
        if not self._background:
            try:
                result = work()
            except Exception as error:  # noqa: BLE001 (handed over; the widget shows it)
                self._on_result(None, error)
            else:
                self._on_result(result, None)
            return
        self._next = work
        if self._job is None or not self._job.running:
            self._start()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing is left to do; tell whether that is so.

        Parameters
        ----------
        timeout
            Seconds for each piece of work; None waits as long as it takes.
        """
        while self._job is not None and self._job.running:
            if not self._job.wait(timeout):
                return False
        return True

    def _start(self) -> None:
        work, self._next = self._next, None
        if work is not None:
            self._job = BuildJob(lambda _report: work(), lambda _done, _total: None, self._end)

    def _end(self, result: Result | None, error: Exception | None) -> None:
        if self._next is not None:
            self._start()
        else:
            self._on_result(result, error)
