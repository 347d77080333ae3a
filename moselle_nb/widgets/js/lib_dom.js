// @ts-check
// Views of traits, fields and buttons, on top of the elements and the keyboard shield of dom.js.
import { element as make, keepKeys, listen, uniqueId } from "./dom.js";

export { listen, uniqueId };

/** @typedef {string | Node | null | undefined | false} Child */
/** @typedef {string | number | boolean | null | undefined} AttributeValue */

/** @typedef {import("@anywidget/types").AnyModel<any>} Model */

/**
 * Make an element. Children that are text become text nodes, never markup; null and false are left out.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, AttributeValue>} [attributes] `true` sets an empty attribute, `false` and null set none
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes = {}, ...children) {
  const node = make(tag, attributes);
  node.append(...kept(children));
  return node;
}

/**
 * @param {Element} node
 * @param {string} name
 * @param {AttributeValue} value
 */
export function setAttribute(node, name, value) {
  if (value === null || value === undefined || value === false) {
    node.removeAttribute(name);
  } else {
    node.setAttribute(name, value === true ? "" : String(value));
  }
}

/**
 * Replace what a node holds.
 * @param {Element} node
 * @param {...(Child | Child[])} children
 */
export function fill(node, ...children) {
  node.replaceChildren(...kept(children));
}

/**
 * @param {(Child | Child[])[]} children
 * @returns {(string | Node)[]}
 */
function kept(children) {
  return /** @type {(string | Node)[]} */ (
    children.flat().filter((child) => child !== null && child !== undefined && child !== false && child !== "")
  );
}

/**
 * Call back now and whenever one of the traits changes, until the signal ends it.
 * @param {Model} model
 * @param {string[]} traits
 * @param {() => void} callback
 * @param {AbortSignal} signal
 */
export function follow(model, traits, callback, signal) {
  for (const trait of traits) {
    const name = `change:${trait}`;
    model.on(name, callback);
    signal.addEventListener("abort", () => model.off(name, callback), { once: true });
  }
  callback();
}

/**
 * A real button.
 * @param {Child} label
 * @param {() => void} onClick
 * @param {AbortSignal} signal
 * @param {Record<string, AttributeValue>} [attributes]
 */
export function button(label, onClick, signal, attributes = {}) {
  const node = element("button", { type: "button", class: "moselle-button", ...attributes }, label);
  listen(node, "click", onClick, signal);
  return node;
}

/**
 * Write a text into a live region only when it changed: a repeated announcement is noise.
 * @param {Element} node
 * @param {string} text
 */
export function say(node, text) {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}

/**
 * Set up the root of a view: class, keyboard shield, and one signal that ends every subscription of it.
 * @param {HTMLElement} root
 * @param {string} name
 * @returns {{ signal: AbortSignal, cleanup: () => void }}
 */
export function beginView(root, name) {
  const controller = new AbortController();
  root.classList.add("moselle-widget", `moselle-${name}`);
  keepKeys(root, controller.signal);
  return { signal: controller.signal, cleanup: () => controller.abort() };
}

/**
 * What to tell a planner who waits for the kernel.
 * @param {import("./requests.js").KernelState} state
 */
export function kernelText(state) {
  if (state === "slow") {
    return "Waiting for the kernel…";
  }
  return state === "silent" ? "The kernel does not answer. If it was stopped or restarted, run this cell again." : "";
}
