/** The grid's keys, before SlickGrid sees them. */

/** Keys that open a cell and replace what it holds, as in a spreadsheet; what makes no quantity is refused with its reason. */
export const STARTS_A_QUANTITY = /^[\d.,+=-]$/;

/**
 * What a key asks for.
 *
 * @typedef {object} Actions
 * @property {(key: string | undefined) => void} edit undefined starts with the quantity that is there
 * @property {(direction: "down" | "right" | "left") => void} commit
 * @property {() => void} clear
 * @property {() => void} fillDown
 * @property {() => void} undo
 * @property {() => void} redo
 * @property {() => void} toggle
 * @property {(open: boolean) => void} open
 * @property {() => void} explain
 * @property {() => void} lock
 * @property {(later: boolean) => void} shipDate
 * @property {() => void} search
 * @property {() => void} selectAll
 * @property {(descending: boolean) => void} sort
 * @property {(wider: boolean) => void} resize
 * @property {() => boolean} escape whether there was anything to leave
 */

/**
 * Find what a key means.
 *
 * @param {{ key: string, ctrlKey: boolean, metaKey: boolean, altKey: boolean, shiftKey: boolean }} event
 * @param {{ editing: boolean, inSlots: boolean }} where
 * @returns {((actions: Actions) => void | boolean) | undefined} undefined for keys that are not ours
 */
export function actionOf(event, { editing, inSlots }) {
  const { key, altKey, shiftKey } = event;
  const control = event.ctrlKey || event.metaKey;
  if (editing) return editingAction(key, shiftKey, control || altKey);
  if (control && !altKey) return controlAction(key.toLowerCase(), shiftKey);
  if (altKey) return altAction(key, shiftKey);
  switch (key) {
    case "F2":
      return (actions) => actions.edit(undefined);
    case "Enter":
      return shiftKey ? undefined : (actions) => (inSlots ? actions.edit(undefined) : actions.toggle());
    case " ":
      return (actions) => actions.toggle();
    case "Delete":
    case "Backspace":
      return (actions) => actions.clear();
    case "e":
    case "E":
      return (actions) => actions.explain();
    case "l":
    case "L":
      return (actions) => actions.lock();
    case "/":
      return (actions) => actions.search();
    case "Escape":
      return (actions) => actions.escape();
    default:
      return STARTS_A_QUANTITY.test(key) ? (actions) => actions.edit(key) : undefined;
  }
}

/**
 * @param {string} key
 * @param {boolean} shiftKey
 * @param {boolean} modified
 * @returns {((actions: Actions) => void) | undefined}
 */
function editingAction(key, shiftKey, modified) {
  if (modified) return undefined;
  if (key === "Enter" && !shiftKey) return (actions) => actions.commit("down");
  if (key === "Tab") return (actions) => actions.commit(shiftKey ? "left" : "right");
  return undefined;
}

/**
 * @param {string} key
 * @param {boolean} shiftKey
 * @returns {((actions: Actions) => void) | undefined}
 */
function controlAction(key, shiftKey) {
  if (key === "z") return (actions) => (shiftKey ? actions.redo() : actions.undo());
  if (key === "y") return (actions) => actions.redo();
  if (key === "d" && !shiftKey) return (actions) => actions.fillDown();
  if (key === "f" && !shiftKey) return (actions) => actions.search();
  if (key === "a" && !shiftKey) return (actions) => actions.selectAll();
  return undefined;
}

/**
 * @param {string} key
 * @param {boolean} shiftKey
 * @returns {((actions: Actions) => void) | undefined}
 */
function altAction(key, shiftKey) {
  if (key === "ArrowRight") return (actions) => (shiftKey ? actions.resize(true) : actions.open(true));
  if (key === "ArrowLeft") return (actions) => (shiftKey ? actions.resize(false) : actions.open(false));
  if (key === "PageUp" || key === "PageDown") return (actions) => actions.shipDate(key === "PageDown");
  if (key === "ArrowUp" && !shiftKey) return (actions) => actions.sort(false);
  if (key === "ArrowDown" && !shiftKey) return (actions) => actions.sort(true);
  return undefined;
}
