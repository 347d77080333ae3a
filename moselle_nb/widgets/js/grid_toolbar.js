/** Search, filters, value or units, columns, undo, redo, explain and help. */
import { element, listen, uniqueId } from "./dom.js";
import { columnTitle, SHOW_TITLES } from "./grid_kind.js";
import { Menu } from "./grid_menu.js";
import { formatLongDay } from "./grid_text.js";

/**
 * @typedef {import("./grid_kind.js").Described} Described
 * @typedef {{
 *   revision: number, version: number, lines: number, rows: number, all_rows: number, edits: number, can_undo: boolean, can_redo: boolean,
 *   search: string, filters: Record<string, string[]>, sort: string, descending: boolean, show: string, date?: number,
 *   reveal: [number, number, number], totals?: Record<string, number>,
 * }} State
 * @typedef {object} Handlers
 * @property {(change: Record<string, unknown>) => void} onView
 * @property {() => void} onUndo
 * @property {() => void} onRedo
 * @property {() => void} onExplain
 * @property {() => void} onLock
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
  #search;
  /** @type {Map<string, HTMLButtonElement>} */
  #shows = new Map();
  #toggle = element("button", { type: "button", class: "m-button", "aria-pressed": "false" });
  #date = element("select", { "aria-label": "Ship date", title: "Ship date (Alt+Page Up, Alt+Page Down)" });
  #lock = element("button", { type: "button", class: "m-button", title: "Keep the selected cells and share the rest again (L)" }, "Lock");
  #undo = element("button", { type: "button", class: "m-button m-icon", title: "Undo (Ctrl+Z)", "aria-label": "Undo" }, "↶");
  #redo = element("button", { type: "button", class: "m-button m-icon", title: "Redo (Ctrl+Y)", "aria-label": "Redo" }, "↷");
  #explain = element("button", { type: "button", class: "m-button", title: "Explain the selected number (E)" }, "Explain");
  #clear = element("button", { type: "button", class: "m-button m-link", hidden: true }, "Clear filters");
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #typing;

  /**
   * @param {import("./grid_kind.js").GridKind} kind
   * @param {Described} described
   * @param {() => State} state
   * @param {Handlers} handlers
   * @param {AbortSignal} signal
   */
  constructor(kind, described, state, handlers, signal) {
    this.kind = kind;
    this.described = described;
    this.state = state;
    this.handlers = handlers;
    this.signal = signal;
    const hint = kind.say.search;
    this.#search = element("input", { type: "search", class: "m-search", placeholder: `Search ${hint}`, "aria-label": `Search ${hint.replace(/, (?=[^,]*$)/, " or ")}` });
    const choices = Object.entries(described.filters).filter(([, values]) => values.length > 1);
    for (const [name] of choices) this.#filters.set(name, this.#filterMenu(name));
    const columns = new Menu("Columns", signal, () => this.#fillColumns(columns));
    const help = new Menu("?", signal, () => help.panel.replaceChildren(shortcuts(kind)));
    help.button.setAttribute("aria-label", "Keyboard shortcuts");
    help.panel.classList.add("m-help");
    for (const show of described.shows) {
      const [title, about] = SHOW_TITLES[show] ?? [show, ""];
      this.#shows.set(show, element("button", { type: "button", class: "m-button", title: about }, title));
    }
    const segment = element("span", { class: "m-segment", role: "group", "aria-label": "Show" }, ...this.#shows.values());
    const dates = described.ship_dates ?? [];
    this.#date.append(...dates.map((day, place) => element("option", { value: place }, formatLongDay(new Date(day)))));
    this.#toggle.textContent = kind.toggle?.label ?? "";
    this.#toggle.title = kind.toggle?.hint ?? "";
    this.node = element(
      "div",
      { class: "m-toolbar", role: "group", "aria-label": kind.say.tools },
      kind.caption() === "" ? null : element("span", { class: "m-caption" }, kind.caption()),
      ...(dates.length > 1 ? [this.#date] : []),
      this.#search, ...(kind.toggle === undefined ? [] : [this.#toggle]), ...[...this.#filters.values()].map((menu) => menu.node), this.#clear,
      element("span", { class: "m-space" }),
      segment, this.#undo, this.#redo, ...(kind.locks ? [this.#lock] : []), this.#explain, columns.node, help.node,
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
      const title = columnTitle(this.kind, name);
      menu.button.textContent = chosen.length === 0 ? title : `${title}: ${this.#summary(name, chosen)}`;
      menu.button.classList.toggle("m-on", chosen.length > 0);
    }
    this.#clear.hidden = state.search === "" && Object.keys(state.filters).length === 0;
    for (const [show, button] of this.#shows) button.setAttribute("aria-pressed", String(show === state.show));
    this.#toggle.setAttribute("aria-pressed", String(this.#isToggled(state)));
    this.#date.value = String(state.date ?? 0);
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
    for (const [show, button] of this.#shows) listen(button, "click", () => handlers.onView({ show }), signal);
    listen(this.#toggle, "click", () => {
      const { filter, value } = this.kind.toggle ?? { filter: "", value: "" };
      const { filters } = this.state();
      handlers.onView({ filters: { ...filters, [filter]: this.#isToggled(this.state()) ? [] : [value] } });
    }, signal);
    listen(this.#date, "change", () => handlers.onView({ date: Number(this.#date.value) }), signal);
    listen(this.#lock, "click", handlers.onLock, signal);
    listen(this.#undo, "click", handlers.onUndo, signal);
    listen(this.#redo, "click", handlers.onRedo, signal);
    listen(this.#explain, "click", handlers.onExplain, signal);
  }

  /** @param {State} state */
  #isToggled({ filters }) {
    const { filter, value } = this.kind.toggle ?? { filter: "", value: "" };
    const chosen = filters[filter] ?? [];
    return chosen.length === 1 && chosen[0] === value;
  }

  /**
   * @param {string} name
   * @param {string[]} chosen
   */
  #summary(name, chosen) {
    return chosen.length <= 2 ? chosen.map((value) => this.kind.valueTitle(name, value)).join(", ") : `${chosen.length} chosen`;
  }

  /** @param {string} name */
  #filterMenu(name) {
    /** @type {Menu} */
    const menu = new Menu(columnTitle(this.kind, name), this.signal, () => this.#fillFilter(menu, name));
    return menu;
  }

  /**
   * @param {Menu} menu
   * @param {string} name
   */
  #fillFilter(menu, name) {
    const values = this.described.filters[name] ?? [];
    const list = element("div", { class: "m-choices" });
    const narrow = element("input", { type: "search", class: "m-search", "aria-label": `Find in ${columnTitle(this.kind, name)}`, placeholder: "Find" });
    const fill = () => {
      const wanted = narrow.value.toLowerCase();
      const found = values.filter((value) => this.kind.valueTitle(name, value).toLowerCase().includes(wanted)).slice(0, 200);
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
    return element("label", { class: "m-choice", title: this.kind.valueHint(name, value) }, box, this.kind.valueTitle(name, value));
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
      return element("label", { class: "m-choice" }, box, columnTitle(this.kind, name));
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
    const options = ["", ...handlers.shown()].map((name) => element("option", { value: name }, name === "" ? "nothing" : columnTitle(this.kind, name)));
    select.replaceChildren(...options);
    select.value = handlers.frozen();
  }
}

/** @param {import("./grid_kind.js").GridKind} kind */
function shortcuts(kind) {
  const rows = kind.shortcuts.map(([keys, what]) => element("tr", {}, element("th", { scope: "row" }, keys), element("td", {}, what)));
  return element("table", {}, element("tbody", {}, ...rows));
}
