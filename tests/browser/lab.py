"""A real JupyterLab: a server of our own, a notebook in it, and code run in its kernel."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60
SETTINGS: dict[str, dict[str, object]] = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "docmanager-extension/plugin": {"autosave": False},
}

KERNEL = "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel"


class LabServer:
    """A running JupyterLab.

    Parameters
    ----------
    folder
        Where its notebooks are.
    port, token
        How it is reached.
    """

    def __init__(self, folder: Path, port: int, token: str) -> None:
        self.folder, self.port, self.token = folder, port, token

    @property
    def url(self) -> str:
        """Address of the server."""
        return f"http://127.0.0.1:{self.port}"

    def write(self, name: str, cells: Sequence[str]) -> str:
        """Write a notebook of code cells; return its path on the server."""
        document = {
            "cells": [
                {
                    "cell_type": "code",
                    "id": f"cell-{place}",
                    "metadata": {},
                    "execution_count": None,
                    "outputs": [],
                    "source": source,
                }
                for place, source in enumerate(cells)
            ],
            "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        (self.folder / name).write_text(json.dumps(document), encoding="utf-8")
        return name


@contextmanager
def running_lab(folder: Path, *, theme: str = "JupyterLab Light") -> Iterator[LabServer]:
    """Start JupyterLab on a free port, and stop it by its own process id."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = LabServer(folder / "notebooks", port, secrets.token_hex(16))
    server.folder.mkdir(parents=True, exist_ok=True)
    _write_settings(folder / "settings", {**SETTINGS, "apputils-extension/themes": {"theme": theme}})
    places = {
        "JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data", "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings", "JUPYTERLAB_WORKSPACES_DIR": "workspaces", "IPYTHONDIR": "ipython",
    }  # fmt: skip
    environment = {**os.environ, **{name: str(folder / place) for name, place in places.items()}}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--expose-app-in-browser",
        f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={server.folder}",
        f"--IdentityProvider.token={server.token}", "--ServerApp.ip=127.0.0.1",
    ]  # fmt: skip
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT, cwd=folder)
        try:
            _wait(server, process, folder / "server.log")
            yield server
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _write_settings(folder: Path, settings: dict[str, dict[str, object]]) -> None:
    for name, values in settings.items():
        path = folder / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values), encoding="utf-8")


def _wait(server: LabServer, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            address = f"{server.url}/api?token={server.token}"
            with urllib.request.urlopen(address, timeout=2):  # noqa: S310 (our own server)
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    msg = f"JupyterLab did not start:\n{log.read_text(encoding='utf-8', errors='replace')[-2000:]}"
    raise RuntimeError(msg)


class LabPage:
    """A page of JupyterLab with a notebook open.

    Parameters
    ----------
    page
        An empty page.
    server
        The running JupyterLab.
    """

    def __init__(self, page: Page, server: LabServer) -> None:
        self.page, self.server = page, server
        self.foreign: list[str] = []
        page.on("request", lambda request: self._note(request.url))
        page.on("websocket", lambda websocket: self._note(websocket.url))

    def _note(self, url: str) -> None:
        own = (self.server.url, self.server.url.replace("http:", "ws:"), "blob:", "data:")
        if not url.startswith(own):
            self.foreign.append(url)

    def open(self, path: str) -> None:
        """Open a notebook and wait until its kernel is idle."""
        self.page.goto(f"{self.server.url}/lab/tree/{path}?token={self.server.token}&reset")
        self.page.wait_for_function(f"{KERNEL}?.status === 'idle'", timeout=60_000)

    def run_all(self) -> None:
        """Run all cells; returns when they have run."""
        self.page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")

    def run(self, code: str) -> str:
        """Run code in the notebook's kernel, and return what it prints."""
        text: str = self.page.evaluate(
            f"""async (code) => {{
              const kernel = {KERNEL};
              const future = kernel.requestExecute({{ code, silent: false, store_history: false }});
              let text = "";
              future.onIOPub = (message) => {{
                if (message.header.msg_type === "stream") text += message.content.text;
                if (message.header.msg_type === "error") text += message.content.evalue;
              }};
              await future.done;
              return text;
            }}""",
            code,
        )
        return text.strip()

    def sources(self) -> list[str]:
        """Return the sources of the notebook's cells."""
        found: list[str] = self.page.evaluate(
            "[...window.jupyterapp.shell.currentWidget.content.model.cells].map((cell) => cell.sharedModel.source)"
        )
        return found
