import assert from "node:assert/strict";
import { test } from "node:test";
import { actionOf } from "../../moselle_nb/widgets/js/grid_keys.js";

/**
 * The name of the action that a key asks for, with its argument.
 *
 * @param {string} keys such as `Ctrl+z`
 * @param {{ editing?: boolean, inSlots?: boolean }} [where]
 */
function asked(keys, { editing = false, inSlots = true } = {}) {
  const parts = keys.split("+");
  const key = parts.pop() || "+";
  const event = {
    key: key === "Space" ? " " : key,
    ctrlKey: parts.includes("Ctrl"), metaKey: parts.includes("Meta"), altKey: parts.includes("Alt"), shiftKey: parts.includes("Shift"),
  };
  /** @type {any[]} */
  let called = [];
  const actions = new Proxy({}, { get: (_target, name) => (/** @type {any} */ argument) => { called = argument === undefined ? [name] : [name, argument]; } });
  actionOf(event, { editing, inSlots })?.(/** @type {any} */ (actions));
  return called.join(" ");
}

test("keys of the grid", () => {
  const expected = {
    F2: "edit", Enter: "edit", 7: "edit 7", "-": "edit -", Delete: "clear", Backspace: "clear", Space: "toggle", e: "explain", "/": "search",
    "Ctrl+z": "undo", "Meta+z": "undo", "Ctrl+y": "redo", "Ctrl+Shift+Z": "redo", "Ctrl+d": "fillDown", "Ctrl+f": "search", "Ctrl+a": "selectAll",
    "Alt+ArrowRight": "open true", "Alt+ArrowLeft": "open false", "Alt+ArrowUp": "sort false", "Alt+ArrowDown": "sort true",
    "Alt+Shift+ArrowRight": "resize true", Escape: "escape",
  };
  for (const [keys, action] of Object.entries(expected)) assert.equal(asked(keys), action, keys);
});

test("Enter opens a row where there is no order", () => assert.equal(asked("Enter", { inSlots: false }), "toggle"));

test("keys that are left to the grid, the browser and the notebook", () => {
  for (const keys of ["b", "x", "ArrowDown", "Ctrl+c", "Ctrl+v", "Ctrl+s", "Shift+Enter", "Shift+ArrowDown", "Tab"]) assert.equal(asked(keys), "", keys);
});

test("an open editor keeps its keys, but for those that take the quantity", () => {
  const where = { editing: true };
  assert.equal(asked("Enter", where), "commit down");
  assert.equal(asked("Tab", where), "commit right");
  assert.equal(asked("Shift+Tab", where), "commit left");
  for (const keys of ["7", "Delete", "e", "Space", "Ctrl+z", "Ctrl+a", "Shift+Enter", "Escape"]) assert.equal(asked(keys, where), "", keys);
});
