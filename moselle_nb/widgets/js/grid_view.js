/** One view of a grid: its parts, and what they tell each other. */
import { element, keepKeys, listen } from "./dom.js";
import { PlannerActions } from "./grid_actions.js";
import { EditQueue } from "./grid_edits.js";
import { actionOf } from "./grid_keys.js";
import { Overlay } from "./grid_overlay.js";
import { ExplainPanel, StatusLine } from "./grid_status.js";
import { RowStore } from "./grid_store.js";
import { ROW_HEIGHT, Surface } from "./grid_surface.js";
import { formatNumber } from "./grid_text.js";
import { Toolbar } from "./grid_toolbar.js";
import { rowKey } from "./grid_window.js";
import { RequestClient } from "./requests.js";

/**
 * @typedef {import("./grid_toolbar.js").State} State
 * @typedef {import("./grid_kind.js").Described} Described
 * @typedef {import("./grid_window.js").GridRow} GridRow
 * @typedef {import("./grid_overlay.js").CellEdit} CellEdit
 * @typedef {import("./grid_overlay.js").CellReject} CellReject
 * @typedef {import("./requests.js").Answer} Answer
 */

const HEADER_HEIGHT = 42;
const SCROLLBAR = 16;
const MOST_LINES_SHOWN = 16;
const FEWEST_LINES_SHOWN = 4;
const SELECT_DELAY = 120;

const KERNEL_TEXT = {
  answering: "",
  slow: "Waiting for the kernel…",
  silent: "The kernel does not answer: it is busy, or gone. What you see is the last it sent; edits wait. If it is gone, run the cell again.",
};

export class GridView {
  /** @type {Surface | undefined} there once the view has a width */
  #surface;
  /** @type {PlannerActions | undefined} */
  #actions;
  #overlay = new Overlay();
  #height = 0;
  #waitingShown = false;
  #revealed = 0;
  /** @type {string | undefined} key of the row that the kernel was asked to select, until it has */
  #asked;
  #unknown = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #selectTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #explainTimer;
  #host = element("div", { class: "m-grid" });
  #empty = element("div", { class: "m-empty", hidden: true });
  #problem = element("div", { class: "m-problem", role: "alert", hidden: true });
  #body = element("div", { class: "m-body" }, this.#host, this.#empty);
  #root;

  /**
   * @param {import("@anywidget/types").AnyModel<any>} model
   * @param {HTMLElement} el
   * @param {AbortSignal} signal ends the view
   * @param {import("./grid_kind.js").GridKind} kind
   */
  constructor(model, el, signal, kind) {
    this.kind = kind;
    this.model = model;
    this.signal = signal;
    this.#root = element("div", { class: `moselle moselle-grid ${kind.className}` });
    this.client = new RequestClient(model, { signal, revision: () => this.store.state.revision, onState: (state) => this.#onKernel(state) });
    this.store = new RowStore({
      newest: () => model.get("state"),
      size: this.#described().window,
      send: (kind, fields) => this.client.send(kind, fields),
      visible: () => this.#surface?.visible ?? { top: 0, bottom: MOST_LINES_SHOWN },
      onState: (before, now) => this.#onRowsAndState(before, now),
      onRows: () => this.#redraw(),
    });
    this.edits = new EditQueue({
      send: (kind, fields) => this.store.change(kind, fields),
      overlay: this.#overlay,
      onWaiting: () => this.#redraw(),
      onAnswer: (answer, cells, lock) => this.#onEdited(answer, cells, lock),
    });
    this.status = new StatusLine(kind, {
      onEdit: (cells, how) => void this.edits.edit(cells, how),
      onDismiss: () => this.#actions?.dismiss(),
      onDone: () => this.#surface?.focus.take(),
    }, signal);
    this.panel = new ExplainPanel(() => this.#surface?.focus.take(), signal);
    this.#revealed = this.store.state.reveal[0];
    this.toolbar = this.#makeToolbar();
    keepKeys(this.#root, signal);
    this.#root.append(this.#problem, this.toolbar.node, this.#body, this.status.node, this.panel.node);
    el.append(this.#root);
    this.#listen();
    this.#showState();
    this.#showProblem();
  }

  /** @returns {Described} */
  #described() {
    return this.model.get("columns");
  }

  #listen() {
    const { model, signal } = this;
    const handlers = /** @type {const} */ ([
      ["change:state", () => this.#onState()],
      ["change:columns", () => this.#onDescribed()],
      ["change:selection", () => this.#onSelection()],
      ["change:problem", () => this.#showProblem()],
    ]);
    for (const [name, handler] of handlers) model.on(name, handler);
    // Also from the button that opened the explanation.
    listen(this.#root, "keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented && this.panel.close()) this.#surface?.focus.take();
    }, signal);
    const observer = new ResizeObserver(() => this.#onResize());
    observer.observe(this.#body);
    signal.addEventListener("abort", () => {
      for (const [name, handler] of handlers) model.off(name, handler);
      observer.disconnect();
      this.store.stop();
      clearTimeout(this.#selectTimer);
      clearTimeout(this.#explainTimer);
      this.#root.remove();
    });
  }

  #start() {
    const surface = new Surface(this.#host, {
      kind: this.kind,
      store: this.store,
      described: () => this.#described(),
      overlay: this.#overlay,
      isSelected: (row) => row.key === this.#selected,
      onToggle: (row) => void this.#actions?.toggle(row),
      onQuantity: (row, slot, text) => this.#actions?.set(row, slot, text),
      signal: this.signal,
    });
    const { kind, store, edits, status, panel, client } = this;
    const actions = new PlannerActions({
      kind, store, surface, edits, status, panel, client,
      overlay: this.#overlay,
      described: () => this.#described(),
      search: () => this.toolbar.focusSearch(),
    });
    this.#surface = surface;
    this.#actions = actions;
    this.#listenTo(surface, actions);
    surface.startSelecting();
    this.#showState();
    void this.store.refresh();
  }

  /**
   * @param {Surface} surface
   * @param {PlannerActions} actions
   */
  #listenTo(surface, actions) {
    const { grid } = surface;
    grid.onKeyDown.subscribe((event) => this.#onKey(event, surface, actions));
    grid.onBeforeEditCell.subscribe(() => actions.mayEdit());
    grid.onViewportChanged.subscribe(() => this.store.fetchSoon());
    grid.onActiveCellChanged.subscribe(() => this.#onActive(surface));
    grid.onHeaderClick.subscribe((_event, { column }) => actions.cycleSort(column));
    surface.selecting.onSelectedRangesChanged.subscribe(() => this.#showCounts());
    // One Tab leaves the grid, as it leaves any field; SlickGrid would walk through every cell.
    listen(this.#host, "keydown", (event) => {
      if (event.key === "Tab" && !surface.isTyping) event.stopPropagation();
    }, this.signal, true);
    listen(this.#host, "copy", (event) => actions.copy(event), this.signal, true);
    listen(this.#host, "paste", (event) => void actions.paste(event), this.signal, true);
  }

  #makeToolbar() {
    return new Toolbar(this.kind, this.#described(), () => this.model.get("state"), {
      onView: (change) => void this.#actions?.view(change),
      onUndo: () => this.#actions?.undo(),
      onRedo: () => this.#actions?.redo(),
      onExplain: () => void this.#actions?.explain(),
      onLock: () => {
        this.#actions?.lock();
        this.#surface?.focus.take();
      },
      onColumns: (names) => this.#surface?.show(names),
      onFreeze: (name) => this.#surface?.freeze(name),
      shown: () => this.#surface?.shown ?? [],
      frozen: () => this.#surface?.frozenThrough ?? "",
    }, this.signal);
  }

  // What happens ----------------------------------------------------------------------------------------------------

  /**
   * @param {any} event
   * @param {Surface} surface
   * @param {PlannerActions} actions
   */
  #onKey(event, surface, actions) {
    const where = { editing: surface.isTyping, inSlots: surface.active?.slot !== undefined };
    const action = actionOf(event, where);
    if (action === undefined) return;
    action(actions);
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  /** @param {Surface} surface */
  #onActive(surface) {
    const { active } = surface;
    // A row can be clicked before it is here; it is selected once it is.
    this.#unknown = active === undefined && surface.grid.getActiveCell() !== null;
    if (active === undefined) return;
    const { row, slot } = active;
    clearTimeout(this.#selectTimer);
    if (row.key !== (this.#asked ?? this.#selected)) this.#selectTimer = setTimeout(() => this.#select(row), SELECT_DELAY);
    const cell = slot === undefined ? undefined : this.kind.cellOf(row, slot);
    const rejected = cell === undefined ? undefined : this.#overlay.rejected(cell);
    if (this.panel.isOpen && slot !== undefined) {
      clearTimeout(this.#explainTimer);
      this.#explainTimer = setTimeout(() => void this.#actions?.explain(), SELECT_DELAY);
    }
    if (rejected !== undefined && this.#overlay.rejects.length === 1) this.status.refuse(refusal(rejected, this.kind), [rejected], [rejected]);
  }

  #onSelection() {
    if (this.#asked === this.#selected) this.#asked = undefined;
    this.#surface?.markSelected();
  }

  #onState() {
    this.toolbar.update();
    void this.store.refresh();
  }

  #onDescribed() {
    this.#overlay.forget();
    const before = this.toolbar.node;
    this.toolbar = this.#makeToolbar();
    before.replaceWith(this.toolbar.node);
    this.toolbar.update();
    this.#surface?.grid.resetActiveCell();
    this.#surface?.forgetWidths();
    this.#surface?.setColumns();
  }

  /**
   * @param {State} before
   * @param {State} now
   */
  #onRowsAndState(before, now) {
    if (before.sort !== now.sort || before.descending !== now.descending || before.date !== now.date) this.#surface?.setColumns();
    this.#showState();
    this.#redraw();
    const [count, line, slot] = now.reveal;
    if (count !== this.#revealed) this.#surface?.goTo(line, slot);
    this.#revealed = count;
  }

  /**
   * @param {Answer} answer
   * @param {CellEdit[]} cells
   * @param {boolean} lock
   */
  #onEdited(answer, cells, lock) {
    const { reply } = answer;
    const rejects = reply["rejects"] ?? [];
    // What was refused before is settled once another edit is taken.
    if (reply.kind !== "edit" || reply.ok) this.#overlay.forget();
    this.#redraw();
    if (rejects.length > 0) this.#actions?.returnToRefused();
    if (rejects.length > 0) {
      const others = /** @type {number[]} */ (reply["lockable"] ?? []);
      this.status.refuse(reply.error?.text ?? "", rejects, cells, lock, cells.length === others.length ? others : []);
    } else this.#actions?.say(answer, reply.kind === "edit" ? this.#applied(reply) : STEPS[reply.kind] ?? "");
    if (this.kind.locks && reply.kind === "edit" && reply.ok && !lock) this.#offerLock(cells);
  }

  /** @param {CellEdit[]} cells */
  #offerLock(cells) {
    this.status.offer(cells.length === 1 ? "Lock it and share the rest" : "Lock them and share the rest", () => {
      void this.edits.edit(cells, { force: false, reason: this.status.reason, lock: true });
      this.#surface?.focus.take();
    });
  }

  /** @param {import("./requests.js").Reply} reply */
  #applied(reply) {
    const count = Number(reply["applied"] ?? 0);
    return count === 0 ? "Nothing changed" : this.kind.say.set(count, reply);
  }

  #onResize() {
    if (this.#host.clientWidth === 0) return;
    if (this.#surface === undefined) this.#start();
    else {
      this.#surface.resize();
      this.store.fetchSoon();
    }
  }

  /** @param {import("./requests.js").KernelState} state */
  #onKernel(state) {
    if (state !== "answering") this.status.say(KERNEL_TEXT[state], "waiting");
    else if (this.#waitingShown) this.status.say("");
    this.#waitingShown = state !== "answering";
    this.#root.classList.toggle("m-silent", state === "silent");
  }

  // What is shown ---------------------------------------------------------------------------------------------------

  #redraw() {
    this.#surface?.redraw();
    if (this.#unknown && this.#surface?.active !== undefined) this.#onActive(this.#surface);
    this.#showCounts();
  }

  #showState() {
    const { lines, all_rows: all } = this.store.state;
    this.toolbar.update();
    this.#root.classList.toggle("m-in-value", this.store.state.show !== "units");
    this.#empty.hidden = lines > 0;
    this.#empty.textContent = all === 0
      ? this.kind.say.noRows
      : "No row matches the search and filters.";
    this.#fitHeight();
    this.#showCounts();
  }

  #fitHeight() {
    const dragged = this.#height > 0 && Math.abs(this.#body.offsetHeight - this.#height) > 1;
    if (dragged) return;
    const lines = Math.max(FEWEST_LINES_SHOWN, Math.min(MOST_LINES_SHOWN, this.store.state.lines));
    this.#height = HEADER_HEIGHT + lines * ROW_HEIGHT + SCROLLBAR;
    this.#body.style.height = `${this.#height}px`;
    this.#surface?.resize();
  }

  #showCounts() {
    const { edits } = this.store.state;
    const parts = [this.#actions?.selectionSum() ?? "", this.kind.counts(this.store.state), edits === 0 ? "no edits" : this.kind.say.edited(edits)];
    this.status.count(parts.filter((part) => part !== "").join(" · "));
  }

  #showProblem() {
    const problem = String(this.model.get("problem") ?? "");
    this.#problem.textContent = problem;
    this.#problem.hidden = problem === "";
  }

  /** @param {GridRow} row */
  #select(row) {
    this.#asked = row.key;
    void this.client.send("select", row.keys);
  }

  /** @returns {string | undefined} key of the selected row */
  get #selected() {
    /** @type {string[] | null} */
    const selection = this.model.get("selection");
    return selection === null ? undefined : rowKey(...selection);
  }
}

/** @type {Record<string, string>} */
const STEPS = { undo: "Undone", redo: "Redone" };

/**
 * @param {CellReject} reject
 * @param {import("./grid_kind.js").GridKind} kind
 */
function refusal(reject, kind) {
  const { quantity, reason, nearest } = reject;
  const accepted = nearest.length === 0 ? "" : ` Accepted: ${nearest.map((each) => formatNumber(each)).join(" or ")}.`;
  return `${quantity} for ${kind.where(reject)}: ${reason}${accepted}`;
}
