/** A button that opens a panel below itself; it closes on Esc, on a click elsewhere and when the focus leaves. */
import { element, listen, uniqueId } from "./dom.js";

export class Menu {
  /**
   * @param {string} label
   * @param {AbortSignal} signal
   * @param {() => void} [onOpen] fills the panel
   */
  constructor(label, signal, onOpen = () => {}) {
    const id = uniqueId("menu");
    this.button = element("button", { type: "button", class: "m-button m-menu-button", "aria-haspopup": "true", "aria-expanded": "false", "aria-controls": id }, label);
    this.panel = element("div", { id, class: "m-panel", role: "group", "aria-label": label, hidden: true, popover: "manual" });
    this.node = element("div", { class: "m-menu" }, this.button, this.panel);
    this.onOpen = onOpen;
    listen(this.button, "click", () => this.toggle(Boolean(this.panel.hidden)), signal);
    listen(this.node, "keydown", (event) => {
      if (event.key === "Escape" && !this.panel.hidden) {
        this.toggle(false);
        this.button.focus();
      } else if (event.key === "ArrowDown" || event.key === "ArrowUp") this.#step(event);
    }, signal);
    listen(this.node, "focusout", (event) => {
      const to = /** @type {Node | null} */ (event.relatedTarget);
      if (to !== null && !this.node.contains(to)) this.toggle(false);
    }, signal);
    // The panel stays where it was put: it goes when what it belongs to moves.
    listen(document, "scroll", (event) => {
      if (!this.panel.contains(/** @type {Node} */ (event.target))) this.toggle(false);
    }, signal, true);
    listen(document, "pointerdown", (event) => {
      if (!event.composedPath().includes(this.node)) this.toggle(false);
    }, signal);
  }

  /** @param {boolean} open */
  toggle(open) {
    if (open === !this.panel.hidden) return;
    if (open) this.onOpen();
    this.panel.hidden = !open;
    if (open) this.#place();
    else this.panel.hidePopover?.();
    this.button.setAttribute("aria-expanded", String(open));
    if (open) this.#fields()[0]?.focus({ preventScroll: true });
  }

  /** Above everything else: the output of a small plan is lower than its menus. */
  #place() {
    this.panel.showPopover?.();
    const { panel } = this;
    const button = this.button.getBoundingClientRect();
    panel.style.maxHeight = "none";
    const { width, height } = panel.getBoundingClientRect();
    const below = window.innerHeight - button.bottom - 12;
    const above = button.top - 12;
    const up = below < height && above > below;
    panel.style.maxHeight = `${Math.max(120, up ? above : below)}px`;
    panel.style.left = `${Math.max(4, Math.min(button.left, window.innerWidth - width - 8))}px`;
    panel.style.top = up ? `${Math.max(8, button.top - 4 - Math.min(height, above))}px` : `${button.bottom + 4}px`;
  }

  /** @param {KeyboardEvent} event */
  #step(event) {
    if (event.target instanceof HTMLSelectElement) return;
    const fields = this.#fields();
    const place = fields.indexOf(/** @type {HTMLElement} */ (event.target));
    const next = fields[place + (event.key === "ArrowDown" ? 1 : -1)];
    if (next === undefined) return;
    next.focus();
    event.preventDefault();
  }

  #fields() {
    return /** @type {HTMLElement[]} */ ([...this.panel.querySelectorAll("input, button, select")]);
  }
}
