"""What the tests of the widgets share."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def no_running_loop() -> Iterator[None]:
    """Hide the loop that a browser of earlier tests leaves running on this thread: nothing ever turns it here."""
    loop = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(loop)
