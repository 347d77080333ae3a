// @ts-check
// What moves on the page waits while a mouse button is down: a target that moves away under it loses its click.
import { listen } from "./lib_dom.js";

const TARGETS = "button, summary, label, a, input[type=checkbox], input[type=radio]";

/**
 * Return what runs work at once, or after the click, where something is being pressed.
 * @param {AbortSignal} signal
 * @returns {(work: () => void) => void}
 */
export function afterPress(signal) {
  let pressed = false;
  /** @type {Set<() => void>} */
  const waiting = new Set();
  const release = () => {
    pressed = false;
    // The click follows the release of the button.
    setTimeout(() => {
      const due = signal.aborted || pressed ? [] : [...waiting];
      due.forEach((work) => waiting.delete(work));
      due.forEach((work) => work());
    });
  };
  // A select is left out: its list takes the release of the button away.
  listen(document, "pointerdown", (event) => {
    pressed = event.target instanceof Element && event.target.closest(TARGETS) !== null;
  }, signal, true);
  for (const name of /** @type {const} */ (["pointerup", "pointercancel", "dragend"])) {
    listen(document, name, release, signal, true);
  }
  // A button that was released outside of the window.
  listen(document, "pointermove", (event) => pressed && event.buttons === 0 && release(), signal, true);
  return (work) => {
    if (pressed) {
      waiting.add(work);
    } else {
      work();
    }
  };
}
