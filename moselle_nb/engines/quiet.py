"""Keeping a solver quiet: HiGHS prints lines of its own past every option that turns its log off."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import tempfile
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["quiet"]

STDOUT = 1
MARK = b"Highs"
"""How the lines of HiGHS begin."""

_alone = threading.Lock()


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep lines of HiGHS from standard output; whatever else is written to it meanwhile comes out afterwards."""
    with _alone, contextlib.ExitStack() as stack:
        try:
            kept = os.dup(STDOUT)
        except OSError:
            # A process without standard output has nothing to keep quiet.
            yield
            return
        stack.callback(os.close, kept)
        caught = stack.enter_context(tempfile.TemporaryFile())
        _flush()
        os.dup2(caught.fileno(), STDOUT)
        try:
            yield
        finally:
            _flush()
            os.dup2(kept, STDOUT)
            caught.seek(0)
            for line in caught:
                if not line.startswith(MARK):
                    os.write(STDOUT, line)


def _flush() -> None:
    """Let the C library write what it still holds."""
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL("ucrtbase") if sys.platform == "win32" else ctypes.CDLL(None)
        library.fflush(None)
