"""A real JupyterLab in headless Chromium: runs cells, counts the bytes that arrive, waits for a paint."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

from playwright.sync_api import Page, sync_playwright

if TYPE_CHECKING:
    import http.client
    from collections.abc import Iterator
    from pathlib import Path

_TOKEN = "benchmark"  # noqa: S105 - a server that lives for one measurement on this machine
_START_SECONDS = 60
_CELL_SECONDS = 900
_COUNT_BYTES = """
window.receivedBytes = 0;
window.WebSocket = class extends WebSocket {
  constructor(...options) {
    super(...options);
    this.addEventListener('message', ({data}) => { window.receivedBytes += data.byteLength ?? data.length; });
  }
};
"""
_RUN_AND_WATCH = """
() => setTimeout(() => {
  const bytes = window.receivedBytes;
  const started = performance.now();
  const look = () => {
    if (PAINTED) {
      const seconds = performance.now() - started;
      const sent = window.receivedBytes - bytes;
      setInterval(() => { document.title = `painted ${seconds / 1000} ${sent}`; }, 100);
    } else {
      requestAnimationFrame(look);
    }
  };
  requestAnimationFrame(look);
  window.jupyterapp.commands.execute('notebook:run-cell');
}, 3000)
"""


@dataclasses.dataclass(frozen=True)
class Screen:
    """What one cell cost until its output was painted."""

    sent_bytes: int
    """Bytes that the kernel sent to the page over its websocket, until the paint."""
    paint_seconds: float
    """From running the cell to the animation frame in which its output shows text."""


def chromium() -> str | None:
    """Return the Chromium to use: ``MOSELLE_NB_CHROMIUM``, else from PATH."""
    return os.environ.get("MOSELLE_NB_CHROMIUM") or shutil.which("chromium")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def server(folder: Path) -> Iterator[str]:
    """Run JupyterLab on ``folder`` for the time of the block; yields its address."""
    port = _free_port()
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}"]
    options = [
        f"--IdentityProvider.token={_TOKEN}",
        f"--ServerApp.root_dir={folder}",
        "--LabApp.expose_app_in_browser=True",
        "--ServerApp.iopub_data_rate_limit=1e12",
        "--ZMQChannelsWebsocketConnection.iopub_data_rate_limit=1e12",
    ]
    log = folder / "server.log"
    with log.open("w") as stream:
        process = subprocess.Popen([*command, *options], stdout=stream, stderr=subprocess.STDOUT)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(f"{address}/api?token={_TOKEN}", process)
            yield address
        finally:
            process.terminate()
            process.wait()


def _open(url: str) -> http.client.HTTPResponse:
    answer: http.client.HTTPResponse = urllib.request.urlopen(url, timeout=30)  # noqa: S310 - our own servers
    return answer


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(urllib.error.URLError, OSError), _open(url):
            return
        time.sleep(0.2)
    msg = f"{url.partition('?')[0]} did not answer within {_START_SECONDS} s."
    raise RuntimeError(msg)


@contextlib.contextmanager
def _browser(folder: Path) -> Iterator[str]:
    """Run Chromium for the time of the block; yields the address at which it can be driven."""
    port = _free_port()
    command = [
        chromium() or "chromium",
        "--headless=new",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--window-size=1600,1000",
        f"--remote-debugging-port={port}",
        f"--user-data-dir={folder / 'profile'}",
        "about:blank",
    ]
    with (folder / "chromium.log").open("w") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=subprocess.STDOUT)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(f"{address}/json/version", process)
            yield address
        finally:
            process.terminate()
            process.wait()


def first_screen(address: str, folder: Path, setup: str, show: str, painted: str) -> Screen:
    """Run ``setup``, then ``show``, and measure until the page finds ``painted`` true.

    ``painted`` is a JavaScript expression over the document, evaluated in every animation frame. The driver
    lets go of the page before ``show`` runs: it would carry every byte that the page receives.
    """
    name = "measured.ipynb"
    (folder / name).write_text(json.dumps(_notebook([setup, show])))
    with _browser(folder) as browser:
        with sync_playwright() as playwright:
            connection = playwright.chromium.connect_over_cdp(browser)
            page = connection.contexts[0].pages[0]
            page.add_init_script(_COUNT_BYTES)
            page.goto(f"{address}/lab/tree/{name}?token={_TOKEN}&reset")
            _run_setup(page)
            page.evaluate(_RUN_AND_WATCH.replace("PAINTED", painted))
        return _result(browser)


def _notebook(sources: list[str]) -> dict[str, object]:
    empty: dict[str, object] = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    cells = [{**empty, "id": f"cell{number}", "source": source} for number, source in enumerate(sources)]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def _run_setup(page: Page) -> None:
    """Run the first cell to its end and put the cursor into the second."""
    milliseconds = _START_SECONDS * 1000
    cells = page.locator(".jp-Notebook .jp-CodeCell")
    cells.nth(1).wait_for(timeout=milliseconds)
    idle = ".jp-Notebook-ExecutionIndicator[data-status=idle]"
    page.locator(idle).first.wait_for(timeout=milliseconds)
    cells.nth(0).locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    prompt = cells.nth(0).locator(".jp-InputPrompt").get_by_text("[1]:", exact=True)
    prompt.wait_for(timeout=_CELL_SECONDS * 1000)
    error = cells.nth(0).locator("[data-mime-type='application/vnd.jupyter.stderr']")
    if error.count():
        raise RuntimeError(error.first.inner_text())
    cells.nth(1).locator(".cm-content").click()


def _result(browser: str) -> Screen:
    """Wait for the page's title to tell what was measured."""
    until = time.monotonic() + _CELL_SECONDS
    while time.monotonic() < until:
        time.sleep(0.5)
        with contextlib.suppress(urllib.error.URLError, OSError), _open(f"{browser}/json/list") as answer:
            titles = [str(target.get("title", "")) for target in json.load(answer)]
            for title in titles:
                if title.startswith("painted "):
                    _, seconds, sent = title.split()
                    return Screen(sent_bytes=int(sent), paint_seconds=float(seconds))
    msg = f"Nothing was painted within {_CELL_SECONDS} s; the page's titles were {titles}."
    raise RuntimeError(msg)
