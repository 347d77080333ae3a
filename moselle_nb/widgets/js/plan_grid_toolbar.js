/** Search, filters, value or units, columns, undo, redo, explain and help. */
import { element, listen, uniqueId } from "./dom.js";
import { Menu } from "./plan_grid_menu.js";
import { columnTitle, SHORTCUTS, STATUS_HINTS, valueTitle } from "./plan_grid_words.js";

/**
 * @typedef {import("./plan_grid_columns.js").Described} Described
 * @typedef {{
 *   revision: number, version: number, lines: number, rows: number, all_rows: number, edits: number, can_undo: boolean, can_redo: boolean,
 *   search: string, filters: Record<string, string[]>, sort: string, descending: boolean, value: boolean,
 *   reveal: [number, number, number],
 * }} State
 * @typedef {object} Handlers
 * @property {(change: Record<string, unknown>) => void} onView
 * @property {() => void} onUndo
 * @property {() => void} onRedo
 * @property {() => void} onExplain
 * @property {(names: string[]) => void} onColumns
 * @property {(name: string) => void} onFreeze
 * @property {() => string[]} shown
 * @property {() => string} frozen
 */

const SEARCH_DELAY = 200;
const LONG_LIST = 12;

export class Toolbar {
  /** @type {Map<string, Menu>} */
  #filters = new Map();
  #search = element("input", { type: "search", class: "m-search", placeholder: "Search item, name, location", "aria-label": "Search item, name or location" });
  #units = element("button", { type: "button", class: "m-button", "aria-pressed": "true" }, "Units");
  #value = element("button", { type: "button", class: "m-button", "aria-pressed": "false", title: "Orders and stock at cost, sales at price" }, "Value");
  #undo = element("button", { type: "button", class: "m-button m-icon", title: "Undo (Ctrl+Z)", "aria-label": "Undo" }, "↶");
  #redo = element("button", { type: "button", class: "m-button m-icon", title: "Redo (Ctrl+Y)", "aria-label": "Redo" }, "↷");
  #explain = element("button", { type: "button", class: "m-button", title: "Explain the selected number (E)" }, "Explain");
  #clear = element("button", { type: "button", class: "m-button m-link", hidden: true }, "Clear filters");
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #typing;

  /**
   * @param {Described} described
   * @param {() => State} state
   * @param {Handlers} handlers
   * @param {AbortSignal} signal
   */
  constructor(described, state, handlers, signal) {
    this.described = described;
    this.state = state;
    this.handlers = handlers;
    this.signal = signal;
    const choices = Object.entries(described.filters).filter(([, values]) => values.length > 1);
    for (const [name] of choices) this.#filters.set(name, this.#filterMenu(name));
    const columns = new Menu("Columns", signal, () => this.#fillColumns(columns));
    const help = new Menu("?", signal, () => help.panel.replaceChildren(shortcuts()));
    help.button.setAttribute("aria-label", "Keyboard shortcuts");
    help.panel.classList.add("m-help");
    const segment = element("span", { class: "m-segment", role: "group", "aria-label": "Show" }, this.#units, this.#value);
    this.node = element(
      "div",
      { class: "m-toolbar", role: "group", "aria-label": "Plan tools" },
      this.#search, ...[...this.#filters.values()].map((menu) => menu.node), this.#clear,
      element("span", { class: "m-space" }),
      segment, this.#undo, this.#redo, this.#explain, columns.node, help.node,
    );
    this.#listen();
    signal.addEventListener("abort", () => clearTimeout(this.#typing));
  }

  focusSearch() {
    this.#search.focus();
    this.#search.select();
  }

  /** Show the state as it is now. */
  update() {
    const state = this.state();
    if (document.activeElement !== this.#search) this.#search.value = state.search;
    for (const [name, menu] of this.#filters) {
      const chosen = state.filters[name] ?? [];
      menu.button.textContent = chosen.length === 0 ? columnTitle(name) : `${columnTitle(name)}: ${summary(name, chosen)}`;
      menu.button.classList.toggle("m-on", chosen.length > 0);
    }
    this.#clear.hidden = state.search === "" && Object.keys(state.filters).length === 0;
    this.#units.setAttribute("aria-pressed", String(!state.value));
    this.#value.setAttribute("aria-pressed", String(state.value));
    this.#undo.disabled = !state.can_undo;
    this.#redo.disabled = !state.can_redo;
  }

  #listen() {
    const { handlers, signal } = this;
    listen(this.#search, "input", () => {
      clearTimeout(this.#typing);
      this.#typing = setTimeout(() => handlers.onView({ search: this.#search.value }), SEARCH_DELAY);
    }, signal);
    listen(this.#clear, "click", () => {
      this.#search.value = "";
      handlers.onView({ search: "", filters: {} });
      this.#search.focus();
    }, signal);
    listen(this.#units, "click", () => handlers.onView({ value: false }), signal);
    listen(this.#value, "click", () => handlers.onView({ value: true }), signal);
    listen(this.#undo, "click", handlers.onUndo, signal);
    listen(this.#redo, "click", handlers.onRedo, signal);
    listen(this.#explain, "click", handlers.onExplain, signal);
  }

  /** @param {string} name */
  #filterMenu(name) {
    /** @type {Menu} */
    const menu = new Menu(columnTitle(name), this.signal, () => this.#fillFilter(menu, name));
    return menu;
  }

  /**
   * @param {Menu} menu
   * @param {string} name
   */
  #fillFilter(menu, name) {
    const values = this.described.filters[name] ?? [];
    const list = element("div", { class: "m-choices" });
    const narrow = element("input", { type: "search", class: "m-search", "aria-label": `Find in ${columnTitle(name)}`, placeholder: "Find" });
    const fill = () => {
      const wanted = narrow.value.toLowerCase();
      const found = values.filter((value) => valueTitle(name, value).toLowerCase().includes(wanted)).slice(0, 200);
      list.replaceChildren(...found.map((value) => this.#choice(name, value)));
    };
    narrow.addEventListener("input", fill);
    fill();
    menu.panel.replaceChildren(...(values.length > LONG_LIST ? [narrow, list] : [list]));
  }

  /**
   * @param {string} name
   * @param {string} value
   */
  #choice(name, value) {
    const box = element("input", { type: "checkbox" });
    box.checked = (this.state().filters[name] ?? []).includes(value);
    box.addEventListener("change", () => {
      const { filters } = this.state();
      const others = (filters[name] ?? []).filter((each) => each !== value);
      this.handlers.onView({ filters: { ...filters, [name]: box.checked ? [...others, value] : others } });
    });
    const hint = name === "status" ? STATUS_HINTS[value] : undefined;
    return element("label", { class: "m-choice", title: hint }, box, valueTitle(name, value));
  }

  /** @param {Menu} menu */
  #fillColumns(menu) {
    const { described, handlers } = this;
    const names = [...described.texts, ...described.dates, ...described.numbers];
    const shown = handlers.shown();
    const boxes = names.filter((name) => name !== "item").map((name) => {
      const box = element("input", { type: "checkbox" });
      box.checked = shown.includes(name);
      box.addEventListener("change", () => {
        const now = handlers.shown();
        handlers.onColumns(box.checked ? names.filter((each) => now.includes(each) || each === name) : now.filter((each) => each !== name));
        this.#fillFreeze(freeze);
      });
      return element("label", { class: "m-choice" }, box, columnTitle(name));
    });
    const id = uniqueId("freeze");
    const freeze = element("select", { id });
    this.#fillFreeze(freeze);
    freeze.addEventListener("change", () => handlers.onFreeze(freeze.value));
    menu.panel.replaceChildren(
      element("div", { class: "m-choices" }, ...boxes),
      element("div", { class: "m-freeze" }, element("label", { for: id }, "Freeze up to "), freeze),
    );
  }

  /** @param {HTMLSelectElement} select */
  #fillFreeze(select) {
    const { handlers } = this;
    const options = ["", ...handlers.shown()].map((name) => element("option", { value: name }, name === "" ? "nothing" : columnTitle(name)));
    select.replaceChildren(...options);
    select.value = handlers.frozen();
  }
}

/**
 * @param {string} name
 * @param {string[]} chosen
 */
function summary(name, chosen) {
  return chosen.length <= 2 ? chosen.map((value) => valueTitle(name, value)).join(", ") : `${chosen.length} chosen`;
}

function shortcuts() {
  const rows = SHORTCUTS.map(([keys, what]) => element("tr", {}, element("th", { scope: "row" }, keys), element("td", {}, what)));
  return element("table", {}, element("tbody", {}, ...rows));
}
