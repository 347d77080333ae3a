/**
 * Create an element. Text is only ever set as text.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string | number | boolean | null | undefined>} [attributes] `class` and the like; null, undefined and false are left out
 * @param {...(Node | string | null | undefined)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) {
    if (child !== null && child !== undefined) node.append(child);
  }
  return node;
}

/**
 * Call a handler on an event until the signal is aborted.
 *
 * @template {keyof HTMLElementEventMap} E
 * @param {EventTarget} target
 * @param {E} type
 * @param {(event: HTMLElementEventMap[E]) => void} handler
 * @param {AbortSignal} signal
 * @param {boolean} [capture]
 */
export function listen(target, type, handler, signal, capture = false) {
  target.addEventListener(type, /** @type {EventListener} */ (handler), { signal, capture });
}

/**
 * Keep the notebook's own shortcuts out: with a widget focused, `b`, `x` and `d d` would otherwise insert, cut and
 * delete notebook cells. Saving (Ctrl+S) and running the cell (Shift+Enter) are let through.
 *
 * @param {HTMLElement} root
 * @param {AbortSignal} signal
 */
export function keepKeys(root, signal) {
  listen(root, "keydown", (event) => {
    const saves = (event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "s";
    const runs = event.shiftKey && event.key === "Enter" && !event.defaultPrevented;
    if (!saves && !runs) event.stopPropagation();
  }, signal);
  // In JupyterLab a focused output is no place to paste cells into, and a right click inside is the widget's.
  for (const type of /** @type {const} */ (["copy", "cut", "paste"])) {
    listen(root, type, (event) => event.stopPropagation(), signal);
  }
}

let lastId = 0;

/**
 * An id that is unique in the page, to tie labels to their fields.
 *
 * @param {string} name
 */
export function uniqueId(name) {
  lastId += 1;
  return `moselle-${name}-${lastId}`;
}
