"""Fixtures of the browser tests: Chromium once per run, a page with one widget, a real JupyterLab."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.stub import WidgetPage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

    from moselle_nb.widgets.base import MoselleWidget

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
