// @ts-check
// The same in Python: lines to copy into a cell.
import { button, element, listen, say } from "./lib_dom.js";

/**
 * Copy text; where the clipboard is closed to us, through a selection.
 * @param {string} text
 * @param {HTMLElement} shown the element that shows it
 */
async function copy(text, shown) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const range = document.createRange();
    range.selectNodeContents(shown);
    const selection = document.getSelection();
    selection?.removeAllRanges();
    selection?.addRange(range);
    return document.execCommand("copy");
  }
}

/**
 * @param {AbortSignal} signal
 * @returns {{ node: HTMLElement, write: (code: string) => void }}
 */
export function codePanel(signal) {
  const lines = element("code");
  const shown = element("pre", { class: "moselle-code", tabindex: 0, "aria-label": "Python code" }, lines);
  const said = element("span", { role: "status", class: "moselle-muted" });
  const copyButton = button("Copy", async () => {
    const done = await copy(lines.textContent ?? "", lines);
    say(said, done ? "Copied." : "Selected: press Ctrl+C to copy.");
  }, signal);
  listen(copyButton, "blur", () => say(said, ""), signal);
  const node = element(
    "details",
    { class: "moselle-as-code" },
    element("summary", {}, "As code"),
    element("div", { class: "moselle-row" }, copyButton, said),
    shown,
  );
  return {
    node,
    write: (code) => {
      lines.textContent = code || "# The code appears once every setting is right.";
      copyButton.disabled = !code;
    },
  };
}
