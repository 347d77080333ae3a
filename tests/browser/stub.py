"""A page with one widget and no Jupyter: what goes over the comm goes through a binding instead."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.sync_api import Locator, Page

    from moselle_nb.widgets.base import MoselleWidget

HTML = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>widget</title></head>
<body style="margin:16px;background:Canvas"><div id="widget"></div></body></html>"""

STUB = """
window.stub = (() => {
  const state = {};
  const listeners = new Map();
  const emit = (name, ...args) => { for (const each of [...(listeners.get(name) ?? [])]) each(...args); };
  const bytes = (text) => {
    const binary = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    // As in a real message: one part of a larger buffer, at an odd offset.
    const whole = new Uint8Array(binary.length + 3);
    whole.set(binary, 3);
    return new DataView(whole.buffer, 3);
  };
  const receive = (events) => {
    for (const event of events) {
      if (event.state) {
        const differs = (key) => JSON.stringify(state[key]) !== JSON.stringify(event.state[key]);
        const changed = Object.keys(event.state).filter(differs);
        Object.assign(state, event.state);
        for (const key of changed) emit(`change:${key}`, null, state[key]);
        if (changed.length > 0) emit("change");
      } else emit("msg:custom", event.content, event.buffers.map(bytes));
    }
  };
  const model = {
    get: (name) => state[name],
    set: (name, value) => { state[name] = value; },
    save_changes: () => { window.fromBrowser({ state }).then(receive); },
    send: (content) => {
      stub.sent.push(content);
      if (!stub.dead) setTimeout(() => window.fromBrowser({ content }).then(receive), stub.delay);
    },
    on: (name, handler) => { listeners.set(name, [...(listeners.get(name) ?? []), handler]); },
    off: (name, handler) => { listeners.set(name, (listeners.get(name) ?? []).filter((each) => each !== handler)); },
  };
  return { state, model, receive, listeners, sent: [], dead: false, delay: 0 };
})();
window.show = async (esm, css, state, target = "widget") => {
  Object.assign(stub.state, state);
  document.head.append(Object.assign(document.createElement("style"), { textContent: css }));
  const url = URL.createObjectURL(new Blob([esm], { type: "text/javascript" }));
  stub.module ??= (await import(url)).default;
  const module = typeof stub.module === "function" ? await stub.module() : stub.module;
  await module.initialize?.({ model: stub.model });
  return module.render({ model: stub.model, el: document.getElementById(target) });
};
"""


class WidgetPage:
    """One widget in one page.

    Parameters
    ----------
    page
        An empty page.
    widget
        The widget to show.
    """

    def __init__(self, page: Page, widget: MoselleWidget) -> None:
        self.page, self.widget = page, widget
        self.requests: list[str] = []
        self.errors: list[str] = []
        self._outgoing: list[dict[str, Any]] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda line: self.errors.append(line.text) if line.type == "error" else None)
        widget.send = self._send
        self._synced = [
            name for name in widget.keys if not name.startswith("_") and name not in {"layout", "tabbable", "tooltip"}
        ]
        widget.observe(self._changed, self._synced)
        page.expose_binding("fromBrowser", self._from_browser)
        page.set_content(HTML)
        page.add_script_tag(content=STUB)
        self.add_view()

    def add_view(self) -> None:
        """Show the widget, once more where it is shown already."""
        self.page.evaluate(
            """async ([esm, css, state, again]) => {
              if (again) {
                const id = `widget-${document.body.children.length}`;
                const node = Object.assign(document.createElement("div"), { id });
                document.body.append(node);
                window.endView = await window.show(esm, "", state, node.id);
              } else window.endView = await window.show(esm, css, state);
            }""",
            [str(self.widget._esm), str(self.widget._css), self._state(self._synced), hasattr(self, "_shown")],
        )
        self._shown = True

    @property
    def status(self) -> Locator:
        """The status line."""
        return self.page.get_by_role("status").first

    def flush(self) -> None:
        """Send what Python changed by itself."""
        self.page.evaluate("(events) => stub.receive(events)", self._take())

    def sent(self, kind: str) -> Sequence[dict[str, Any]]:
        """Return the requests of a kind that the browser sent."""
        found: list[dict[str, Any]] = self.page.evaluate(
            "(kind) => stub.sent.filter((each) => each.kind === kind)", kind
        )
        return found

    def _state(self, names: Sequence[str]) -> dict[str, Any]:
        state: dict[str, Any] = json.loads(json.dumps(self.widget.get_state(list(names))))
        return state

    def _send(self, content: dict[str, Any], buffers: Sequence[bytes] | None = None) -> None:
        encoded = [base64.b64encode(buffer).decode("ascii") for buffer in buffers or ()]
        self._outgoing.append({"content": json.loads(json.dumps(content)), "buffers": encoded})

    def _changed(self, change: dict[str, Any]) -> None:
        self._outgoing.append({"state": self._state([change["name"]])})

    def _from_browser(self, _source: object, message: dict[str, Any]) -> list[dict[str, Any]]:
        if "content" in message:
            self.widget._receive(self.widget, message["content"], [])
        else:
            self.widget.set_state(message["state"])
        return self._take()

    def _take(self) -> list[dict[str, Any]]:
        taken, self._outgoing = self._outgoing, []
        return taken
