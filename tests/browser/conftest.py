"""Fixtures of the browser tests: Chromium once per run, a page with one widget, a real JupyterLab."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.lab import LabPage, running_lab
from tests.browser.stub import WidgetPage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

    from moselle_nb.widgets.base import MoselleWidget
    from tests.browser.lab import LabServer

CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def headless(chromium: str) -> Iterator[Browser]:
    """Give a running Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@pytest.fixture
def widget_page(headless: Browser) -> Iterator[Callable[[MoselleWidget], WidgetPage]]:
    """Show a widget in a page of its own, without Jupyter: the real bundle, the real widget, a model between them."""
    context = headless.new_context(viewport={"width": 1180, "height": 800}, locale="en-GB")
    context.grant_permissions(["clipboard-read", "clipboard-write"])

    def show(widget: MoselleWidget) -> WidgetPage:
        return WidgetPage(context.new_page(), widget)

    try:
        yield show
    finally:
        context.close()


@pytest.fixture(scope="session")
def lab_server(headless: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """Give a running JupyterLab; asking for Chromium first skips it where there is none."""
    assert headless.is_connected()
    with running_lab(tmp_path_factory.mktemp("lab")) as server:
        yield server


@pytest.fixture
def lab_page(headless: Browser, lab_server: LabServer) -> Iterator[LabPage]:
    """Give a page of a running JupyterLab."""
    context = headless.new_context(viewport={"width": 1400, "height": 900}, locale="en-GB")
    try:
        yield LabPage(context.new_page(), lab_server)
    finally:
        context.close()
