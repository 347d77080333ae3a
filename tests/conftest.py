"""What all tests share: counts and seeds of repeated tests, Chromium, and what may not be skipped."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests import effort as counts

if TYPE_CHECKING:
    from collections.abc import Callable

NO_CHROMIUM = "No Chromium: name one in MOSELLE_NB_CHROMIUM or put `chromium` on PATH."
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
NEEDS_CHROMIUM = ("browser", "lab")
"""Marks, or the folder tests/browser: a report's keywords hold both."""

settings.register_profile(
    "moselle_nb",
    deadline=None,
    print_blob=True,
    max_examples=counts.count("properties"),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("moselle_nb")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Start hypothesis from the run's seed, unless one was given on the command line."""
    if config.getoption("hypothesis_seed", None) is None:
        config.option.hypothesis_seed = str(counts.SEED)


def pytest_report_header() -> str:
    """Say how much runs and how to repeat it."""
    return f"to repeat: MOSELLE_NB_EFFORT={counts.LEVEL} MOSELLE_NB_SEED={counts.SEED}"


@pytest.fixture(scope="session")
def effort() -> Callable[[str], int]:
    """Give the count of a repeated test by its name in `effort.toml`."""
    return counts.count


@pytest.fixture(scope="session")
def chromium() -> str:
    """Give the path of the browser, or skip."""
    given = os.environ.get("MOSELLE_NB_CHROMIUM")
    found = given or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if found is None:
        pytest.skip(NO_CHROMIUM)
    return found


_not_to_be_skipped: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note browser tests that were skipped where every one has to run."""
    needed = os.environ.get("MOSELLE_NB_NO_BROWSER_SKIP") == "1"
    in_browser = any(name in report.keywords for name in NEEDS_CHROMIUM) or NO_CHROMIUM in str(report.longrepr)
    if needed and report.skipped and in_browser:
        _not_to_be_skipped.append(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run when a browser test was skipped that may not be."""
    if _not_to_be_skipped and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the browser tests that were skipped and may not be."""
    for nodeid in _not_to_be_skipped:
        terminalreporter.write_line(f"MAY NOT BE SKIPPED {nodeid}", red=True)
