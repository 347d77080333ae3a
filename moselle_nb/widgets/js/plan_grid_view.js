/** One view of a plan grid: SlickGrid over the kernel's rows, with its toolbar and status line. */
import { SlickEditorLock, SlickGrid, SlickHybridSelectionModel, SlickRange } from "slickgrid";
import { element, keepKeys, listen } from "./dom.js";
import { clearBlock, copyBlock, fillDown, orderCell, pasteBlock } from "./plan_grid_clipboard.js";
import { gridColumns } from "./plan_grid_columns.js";
import { QuantityEditor } from "./plan_grid_editor.js";
import { EditQueue } from "./plan_grid_edits.js";
import { GridFocus } from "./plan_grid_focus.js";
import { actionOf } from "./plan_grid_keys.js";
import { Overlay } from "./plan_grid_overlay.js";
import { ExplainPanel, StatusLine } from "./plan_grid_status.js";
import { formatLongDay, formatNumber } from "./plan_grid_text.js";
import { Toolbar } from "./plan_grid_toolbar.js";
import { FLAG, GridWindow, rowKey, WindowCache } from "./plan_grid_window.js";
import { bucketOf, FROZEN_THROUGH, SHOWN, SHOWN_NARROW } from "./plan_grid_words.js";
import { RequestClient } from "./requests.js";

/**
 * @typedef {import("./plan_grid_toolbar.js").State} State
 * @typedef {import("./plan_grid_columns.js").Described} Described
 * @typedef {import("./plan_grid_window.js").GridRow} GridRow
 * @typedef {import("./plan_grid_overlay.js").CellEdit} CellEdit
 * @typedef {import("./requests.js").Answer} Answer
 */

const ROW_HEIGHT = 26;
const HEADER_HEIGHT = 42;
const MOST_LINES_SHOWN = 16;
const FEWEST_LINES_SHOWN = 4;
/** A selection by keys ends here: nobody edits more by hand. */
const MOST_SELECTED = 2_000;
const SELECT_DELAY = 120;
const FETCH_DELAY = 25;
/** Below this width fewer columns stand before the periods. */
const NARROW = 900;
/** Least width that the periods keep beside frozen columns. */
const LEAST_SCROLLING = 160;

const KERNEL_TEXT = {
  answering: "",
  slow: "Waiting for the kernel…",
  silent: "The kernel does not answer: it is busy, or gone. What you see is the last it sent; edits wait. If it is gone, run the cell again.",
};

/** SlickGrid marks every selected cell one by one: a selection of a million rows would take minutes. */
class BoundedSelection extends SlickHybridSelectionModel {
  /**
   * @param {SlickRange[]} ranges
   * @param {string} [caller]
   * @param {string} [mode]
   * @override
   */
  setSelectedRanges(ranges, caller, mode) {
    const active = this._grid?.getActiveCell()?.row ?? 0;
    const bounded = ranges.map((range) => {
      const from = Math.max(range.fromRow, active - MOST_SELECTED + 1);
      const to = Math.min(range.toRow, Math.max(from, active) + MOST_SELECTED - 1);
      return new SlickRange(from, range.fromCell, to, range.toCell);
    });
    super.setSelectedRanges(bounded, caller, mode);
  }
}

export class GridView {
  /** @type {SlickGrid | undefined} */
  #grid;
  /** @type {GridFocus | undefined} */
  #focus;
  /** @type {State} what the rows on the screen belong to */
  #state;
  /** @type {Described} */
  #described;
  #cache = new WindowCache(256);
  #overlay = new Overlay();
  #shown = SHOWN;
  #frozenThrough = FROZEN_THROUGH;
  /** @type {Map<string, number>} */
  #widths = new Map();
  /** @type {Set<number>} windows on their way */
  #fetching = new Set();
  /** Requests on their way whose replies bring the rows themselves. */
  #changing = 0;
  #height = 0;
  /** The sort that was asked for last; a second click may come before the answer to the first. */
  #sorting = { sort: "", descending: false };
  #waitingShown = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #fetchTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #selectTimer;
  #host = element("div", { class: "m-grid" });
  #empty = element("div", { class: "m-empty", hidden: true });
  #problem = element("div", { class: "m-problem", role: "alert", hidden: true });

  /**
   * @param {import("@anywidget/types").AnyModel<any>} model
   * @param {HTMLElement} el
   * @param {AbortSignal} signal ends the view
   */
  constructor(model, el, signal) {
    this.model = model;
    this.signal = signal;
    this.#state = model.get("state");
    this.#described = model.get("columns");
    this.client = new RequestClient(model, {
      signal,
      revision: () => this.#state.revision,
      onState: (state) => this.#onKernel(state),
    });
    this.edits = new EditQueue({
      send: (kind, fields) => this.#change(kind, fields),
      overlay: this.#overlay,
      onWaiting: () => this.#redraw(),
      onAnswer: (answer, cells) => this.#onEdited(answer, cells),
    });
    this.status = new StatusLine({
      onEdit: (cells, how) => void this.edits.edit(cells, how),
      onDismiss: () => this.#dismiss(),
      onDone: () => this.#focus?.take(),
    }, signal);
    this.panel = new ExplainPanel(() => this.#focus?.take(), signal);
    this.root = element("div", { class: "moselle m-plan-grid" });
    keepKeys(this.root, signal);
    this.toolbar = this.#makeToolbar();
    this.#body = element("div", { class: "m-body" }, this.#host, this.#empty);
    this.root.append(this.#problem, this.toolbar.node, this.#body, this.status.node, this.panel.node);
    el.append(this.root);
    this.#listen();
    this.#showState();
  }

  /** @type {HTMLElement} */
  #body;

  // What the planner does -------------------------------------------------------------------------------------------

  /** @param {Record<string, unknown>} change */
  async view(change) {
    const answer = await this.#change("view", change, [0]);
    this.#grid?.resetActiveCell();
    this.#grid?.scrollRowToTop(0);
    this.#say(answer, `${formatNumber(this.#state.rows)} ${this.#state.rows === 1 ? "row" : "rows"}`);
  }

  /**
   * @param {GridRow} row
   * @param {boolean} [open] the other way round than it is, unless given
   */
  async toggle(row, open = !row.expanded) {
    if (row.expanded === open) return;
    const { item, location } = row;
    // From a measure the row itself is left active: its measures are about to go.
    const line = row.line - row.measure;
    this.#grid?.setActiveCell(line, row.measure > 0 ? 0 : (this.#grid.getActiveCell()?.cell ?? 0));
    this.#say(await this.#change("expand", { item, location, expanded: open }), "");
  }

  async explain() {
    const cell = this.#activeCell();
    if (cell?.bucket === undefined) {
      this.status.say("Select a number in a period, then press E to explain it.");
      return;
    }
    const { item, location } = cell.row;
    const balance = orderCell(cell.row, cell.column) === undefined;
    const { reply } = await this.client.send("explain", { item, location, bucket: cell.bucket, balance });
    if (!reply.ok) this.#say({ reply, buffers: [] }, "");
    else this.panel.show(String(reply["title"]), reply["steps"]);
  }

  /**
   * Open the active cell for a quantity.
   *
   * @param {string | undefined} key what was typed; undefined starts with the quantity that is there
   */
  startEdit(key) {
    if (this.#mayEdit(this.#activeCell())) this.#grid?.editActiveCell(/** @type {any} */ (undefined), false, /** @type {any} */ (key === undefined ? undefined : { key }));
  }

  fillDown() {
    this.#editAll(fillDown(this.#block(), this.#columns(), (line) => this.#cache.row(line)));
  }

  clear() {
    const cells = clearBlock(this.#block(), this.#columns(), (line) => this.#cache.row(line));
    if (cells.length > 0 && this.#mayEditUnits()) this.#edit(cells);
  }

  /** @param {ClipboardEvent} event */
  copy(event) {
    if (this.#isTyping()) return;
    event.preventDefault();
    const block = this.#block();
    const text = copyBlock(block, this.#columns(), (line) => this.#cache.row(line));
    if (text === undefined) {
      void this.#fetch(block.fromRow, block.toRow);
      this.status.say("Some of these rows are still on their way; copy again in a moment.");
      return;
    }
    event.clipboardData?.setData("text/plain", text);
    const count = (block.toRow - block.fromRow + 1) * (block.toCell - block.fromCell + 1);
    this.status.say(`${formatNumber(count)} ${count === 1 ? "cell" : "cells"} copied`);
  }

  /** @param {ClipboardEvent} event */
  async paste(event) {
    if (this.#isTyping()) return;
    event.preventDefault();
    const text = event.clipboardData?.getData("text/plain") ?? "";
    const block = this.#block();
    const last = Math.min(block.fromRow + text.split("\n").length, this.#state.lines - 1);
    await this.#fetch(block.fromRow, Math.max(block.toRow, last));
    this.#editAll(pasteBlock(text, block, this.#columns(), (line) => this.#cache.row(line)));
  }

  /** @param {boolean} descending */
  sortByActive(descending) {
    const column = this.#columns()[this.#grid?.getActiveCell()?.cell ?? 0];
    if (column === undefined || bucketOf(column) !== undefined) this.status.say("Sort by a column before the periods.");
    else this.#sort(String(column.id), descending);
  }

  /** @param {boolean} wider */
  resizeActive(wider) {
    const grid = this.#grid;
    const cell = grid?.getActiveCell();
    const column = this.#columns()[cell?.cell ?? 0];
    if (grid === undefined || column === undefined) return;
    this.#widths.set(String(column.id), Math.max(40, (column.width ?? 80) + (wider ? 16 : -16)));
    this.#setColumns();
    if (cell) grid.setActiveCell(cell.row, cell.cell);
  }

  selectAll() {
    const grid = this.#grid;
    if (grid === undefined || this.#state.lines === 0) return;
    const last = Math.min(this.#state.lines, MOST_SELECTED) - 1;
    grid.getSelectionModel()?.setSelectedRanges([new SlickRange(0, 0, last, this.#columns().length - 1)], "", "");
    void this.#fetch(0, last);
  }

  /** @returns {boolean} whether there was anything to leave */
  escape() {
    if (this.panel.close()) return true;
    if (this.#overlay.rejects.length === 0) return false;
    this.#dismiss();
    return true;
  }

  // How rows come ---------------------------------------------------------------------------------------------------

  /**
   * Ask for a change; its reply brings the rows that are on the screen.
   *
   * @param {string} kind
   * @param {Record<string, unknown>} fields
   * @param {number[]} [windows]
   * @returns {Promise<Answer>}
   */
  async #change(kind, fields, windows = this.#visibleWindows()) {
    this.#changing += 1;
    const answer = await this.client.send(kind, { ...fields, windows });
    this.#changing -= 1;
    this.#apply(answer);
    return answer;
  }

  /** Show what the kernel shows now: after a change from elsewhere. */
  async refresh() {
    if (this.#changing === 0) await this.#change("rows", {});
  }

  /** @param {Answer} answer */
  #apply({ reply, buffers }) {
    /** @type {State} */
    const state = this.model.get("state");
    const headers = /** @type {import("./plan_grid_window.js").Header[]} */ (reply["windows"] ?? []);
    if (headers.some((header) => header.version !== state.version)) {
      void this.refresh();
      return;
    }
    if (state.version !== this.#state.version) this.#cache.clear();
    const resorted = state.sort !== this.#state.sort || state.descending !== this.#state.descending;
    this.#state = state;
    this.#sorting = { sort: state.sort, descending: state.descending };
    headers.forEach((header, place) => this.#cache.put(new GridWindow(header, /** @type {DataView} */ (buffers[place]))));
    if (resorted) this.#setColumns();
    this.#showState();
    this.#redraw();
  }

  /**
   * Have lines here.
   *
   * @param {number} first
   * @param {number} last
   */
  async #fetch(first, last) {
    const missing = this.#cache.missing(first, Math.min(last, this.#state.lines - 1)).filter((index) => !this.#fetching.has(index));
    const version = this.#state.version;
    for (let from = 0; from < missing.length; from += 8) {
      const windows = missing.slice(from, from + 8);
      windows.forEach((index) => this.#fetching.add(index));
      const { reply, buffers } = await this.client.send("rows", { windows });
      windows.forEach((index) => this.#fetching.delete(index));
      if (version !== this.#state.version) return;
      const headers = /** @type {import("./plan_grid_window.js").Header[]} */ (reply["windows"] ?? []);
      headers.filter((header) => header.version === version).forEach((header, place) => {
        this.#cache.put(new GridWindow(header, /** @type {DataView} */ (buffers[place])));
      });
      this.#redraw();
    }
  }

  #fetchSoon() {
    clearTimeout(this.#fetchTimer);
    this.#fetchTimer = setTimeout(() => {
      const { top, bottom } = this.#viewport();
      void this.#fetch(Math.max(0, top - 10), bottom + 10);
    }, FETCH_DELAY);
  }

  #viewport() {
    const range = this.#grid?.getViewport();
    return { top: Math.max(0, range?.top ?? 0), bottom: Math.max(0, range?.bottom ?? MOST_LINES_SHOWN) };
  }

  #visibleWindows() {
    const { top, bottom } = this.#viewport();
    return this.#cache.covering(top, bottom).slice(0, 4);
  }

  // How it is shown -------------------------------------------------------------------------------------------------

  #start() {
    if (this.#host.clientWidth < NARROW) this.#shown = SHOWN_NARROW;
    const grid = new SlickGrid(this.#host, /** @type {any} */ (this.#data()), this.#makeColumns(), /** @type {any} */ (this.#options()));
    this.#grid = grid;
    grid.onKeyDown.subscribe((event) => this.#onKey(event));
    const selecting = new BoundedSelection({ selectionType: "cell", selectActiveCell: true, showDragHandle: false });
    grid.setSelectionModel(/** @type {any} */ (selecting));
    selecting.onSelectedRangesChanged.subscribe(() => this.#showCounts());
    grid.onBeforeEditCell.subscribe(() => this.#mayEdit(this.#activeCell()));
    grid.onViewportChanged.subscribe(() => this.#fetchSoon());
    grid.onActiveCellChanged.subscribe(() => this.#onActive());
    grid.onHeaderClick.subscribe((_event, { column }) => this.#onHeader(column));
    grid.onColumnsResized.subscribe(() => {
      for (const column of grid.getColumns()) this.#widths.set(String(column.id), column.width ?? 80);
    });
    this.#focus = new GridFocus(grid, this.#host, (line) => this.#cache.row(line), this.signal);
    this.#showState();
    void this.refresh();
  }

  #data() {
    return {
      getLength: () => this.#state.lines,
      getItem: (/** @type {number} */ line) => this.#cache.row(line),
      getItemMetadata: (/** @type {number} */ line) => this.#metadata(line),
    };
  }

  /** @param {number} line */
  #metadata(line) {
    const row = this.#cache.row(line);
    if (row === undefined) return { cssClasses: "m-loading" };
    if (row.measure === 0) return { cssClasses: this.#isSelected(row) ? "m-row m-selected" : "m-row" };
    const last = row.measure === this.#described.measures.length ? " m-last" : "";
    return { cssClasses: `m-measure${last}`, columns: { 0: { colspan: Math.max(1, this.#frozen() + 1) } } };
  }

  #options() {
    return {
      rowHeight: ROW_HEIGHT,
      editable: true,
      autoEdit: false,
      autoCommitEdit: false,
      enableCellNavigation: true,
      enableColumnReorder: false,
      enableHtmlRendering: false,
      asyncEditorLoading: false,
      emulatePagingWhenScrolling: false,
      multiSelect: true,
      editorLock: new SlickEditorLock(),
      frozenColumn: this.#frozen(),
      invalidColumnFreezeWidthCallback: () => {},
      editCommandHandler: (/** @type {GridRow} */ row, /** @type {any} */ column, /** @type {any} */ command) => {
        const bucket = bucketOf(column);
        const quantity = QuantityEditor.quantityOf(command.serializedValue);
        if (bucket !== undefined && quantity !== null) this.#edit([{ item: row.item, location: row.location, bucket, quantity }]);
      },
    };
  }

  #makeColumns() {
    return gridColumns(this.#described, this.#shown, {
      overlay: this.#overlay,
      toggle: (row) => void this.toggle(row),
      widths: this.#widths,
      sort: this.#state.sort,
      descending: this.#state.descending,
    });
  }

  #setColumns() {
    const grid = this.#grid;
    if (grid === undefined) return;
    grid.setColumns(this.#makeColumns());
    const frozen = this.#frozen();
    if (grid.getOptions().frozenColumn !== frozen) grid.setOptions({ frozenColumn: frozen });
    this.#focus?.describe(this.#state.lines);
  }

  /** @returns {number} last frozen column, as many as leave room for the periods; -1 for none */
  #frozen() {
    const wanted = this.#shown.indexOf(this.#frozenThrough);
    const columns = this.#makeColumns();
    let room = this.#host.clientWidth - LEAST_SCROLLING;
    let last = -1;
    for (let place = 0; place <= wanted; place += 1) {
      room -= columns[place]?.width ?? 0;
      if (room < 0) break;
      last = place;
    }
    return last;
  }

  #redraw() {
    const grid = this.#grid;
    if (grid === undefined) return;
    grid.updateRowCount();
    if (this.#isTyping()) {
      // The open editor stays; drawing its row again would throw away what is typed.
      const active = grid.getActiveCell()?.row;
      const { top, bottom } = grid.getRenderedRange();
      const lines = Array.from({ length: bottom - top + 1 }, (_, place) => top + place).filter((line) => line !== active);
      grid.invalidateRows(lines);
      grid.render();
    } else grid.invalidate();
    this.#focus?.describe(this.#state.lines);
    this.#showCounts();
  }

  #showState() {
    const { lines, all_rows: all } = this.#state;
    this.toolbar.update();
    this.#empty.hidden = lines > 0;
    this.#empty.textContent = all === 0 ? "This plan has no rows: nothing in its scope has a forecast, stock or open orders." : "No row matches the search and filters.";
    this.#fitHeight();
    this.#showCounts();
  }

  #fitHeight() {
    // A height that the planner dragged is left alone.
    const set = this.#height === 0 || Math.abs(this.#body.offsetHeight - this.#height) <= 1;
    if (!set) return;
    const lines = Math.max(FEWEST_LINES_SHOWN, Math.min(MOST_LINES_SHOWN, this.#state.lines));
    this.#height = HEADER_HEIGHT + lines * ROW_HEIGHT + 16;
    this.#body.style.height = `${this.#height}px`;
    this.#grid?.resizeCanvas();
  }

  #showCounts() {
    const { rows, all_rows: all, edits } = this.#state;
    const count = rows === all ? `${formatNumber(all)} rows` : `${formatNumber(rows)} of ${formatNumber(all)} rows`;
    const parts = [count, edits === 0 ? "no edits" : `${formatNumber(edits)} ${edits === 1 ? "edit" : "edits"}`];
    const sum = this.#selectionSum();
    this.status.count([...(sum === "" ? [] : [sum]), ...parts].join(" · "));
  }

  /** @returns {string} sum of the selected order cells, as a spreadsheet shows it */
  #selectionSum() {
    const block = this.#block();
    const cells = (block.toRow - block.fromRow + 1) * (block.toCell - block.fromCell + 1);
    if (cells < 2 || cells > 20_000) return "";
    let sum = 0;
    let numbers = 0;
    const columns = this.#columns();
    for (let line = block.fromRow; line <= block.toRow; line += 1) {
      const row = this.#cache.row(line);
      for (let place = block.fromCell; row !== undefined && place <= block.toCell; place += 1) {
        const bucket = bucketOf(columns[place]);
        const value = bucket === undefined ? Number.NaN : row.cell(bucket);
        if (!Number.isNaN(value)) {
          sum += value;
          numbers += 1;
        }
      }
    }
    return numbers < 2 ? "" : `Sum ${formatNumber(sum)} of ${formatNumber(numbers)} cells`;
  }

  // What happens ----------------------------------------------------------------------------------------------------

  #listen() {
    const { model, signal } = this;
    const handlers = /** @type {const} */ ([
      ["change:state", () => this.#onState()],
      ["change:columns", () => this.#onDescribed()],
      ["change:selection", () => this.#markSelected()],
      ["change:problem", () => this.#showProblem()],
    ]);
    for (const [name, handler] of handlers) model.on(name, handler);
    const observer = new ResizeObserver(() => this.#onResize());
    observer.observe(this.#body);
    signal.addEventListener("abort", () => {
      for (const [name, handler] of handlers) model.off(name, handler);
      observer.disconnect();
      clearTimeout(this.#fetchTimer);
      clearTimeout(this.#selectTimer);
      this.#grid?.destroy(true);
      this.root.remove();
    });
    // One Tab leaves the grid, as it leaves any field; SlickGrid would walk through every cell.
    listen(this.#host, "keydown", (event) => {
      if (event.key === "Tab" && !this.#isTyping()) event.stopPropagation();
    }, signal, true);
    listen(this.#host, "copy", (event) => this.copy(event), signal, true);
    listen(this.#host, "paste", (event) => void this.paste(event), signal, true);
    this.#showProblem();
  }

  #makeToolbar() {
    return new Toolbar(this.#described, () => this.model.get("state"), {
      onView: (change) => void this.view(change),
      onUndo: () => void this.edits.step("undo"),
      onRedo: () => void this.edits.step("redo"),
      onExplain: () => void this.explain(),
      onColumns: (names) => {
        this.#shown = names;
        this.#setColumns();
      },
      onFreeze: (name) => {
        this.#frozenThrough = name;
        this.#setColumns();
      },
      shown: () => this.#shown.filter((name) => this.#known(name)),
      frozen: () => (this.#shown.includes(this.#frozenThrough) ? this.#frozenThrough : ""),
    }, this.signal);
  }

  /** @param {string} name */
  #known(name) {
    const { texts, dates, numbers } = this.#described;
    return [...texts, ...dates, ...numbers].includes(name);
  }

  #onState() {
    this.toolbar.update();
    void this.refresh();
  }

  #onDescribed() {
    this.#described = this.model.get("columns");
    this.#overlay.forget();
    this.#widths.clear();
    const before = this.toolbar.node;
    this.toolbar = this.#makeToolbar();
    before.replaceWith(this.toolbar.node);
    this.toolbar.update();
    this.#grid?.resetActiveCell();
    this.#setColumns();
  }

  #onResize() {
    if (this.#host.clientWidth === 0) return;
    if (this.#grid === undefined) this.#start();
    else {
      this.#grid.resizeCanvas();
      const frozen = this.#frozen();
      if (this.#grid.getOptions().frozenColumn !== frozen) this.#setColumns();
      this.#fetchSoon();
    }
  }

  #onActive() {
    const cell = this.#activeCell();
    if (cell === undefined) return;
    const { item, location } = cell.row;
    clearTimeout(this.#selectTimer);
    if (!this.#isSelected(cell.row)) {
      this.#selectTimer = setTimeout(() => void this.client.send("select", { item, location }), SELECT_DELAY);
    }
    const rejected = cell.bucket === undefined ? undefined : this.#overlay.rejected(item, location, cell.bucket);
    if (rejected !== undefined && this.#overlay.rejects.length === 1) {
      const nearest = rejected.nearest.length === 0 ? "" : ` Accepted: ${rejected.nearest.map((each) => formatNumber(each)).join(" or ")}.`;
      this.status.refuse(`${rejected.quantity} for ${item} at ${location}: ${rejected.reason}${nearest}`, [rejected], [rejected]);
    }
  }

  /** @param {any} column */
  #onHeader(column) {
    const name = String(column.id);
    if (bucketOf(column) !== undefined) return;
    const { sort, descending } = this.#sorting;
    if (sort !== name) this.#sort(name, false);
    else if (!descending) this.#sort(name, true);
    else this.#sort("", false);
  }

  /**
   * @param {string} sort
   * @param {boolean} descending
   */
  #sort(sort, descending) {
    this.#sorting = { sort, descending };
    void this.view(this.#sorting);
  }

  /** @param {any} event */
  #onKey(event) {
    const active = this.#activeCell();
    const action = actionOf(event, { editing: this.#isTyping(), inBuckets: active?.bucket !== undefined });
    if (action === undefined) {
      return;
    }
    if (action(this.#actions) === false) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  /** @type {import("./plan_grid_keys.js").Actions} */
  #actions = {
    edit: (key) => this.startEdit(key),
    commit: (direction) => {
      const grid = this.#grid;
      if (grid === undefined || !grid.getEditorLock()?.commitCurrentEdit()) return;
      if (direction === "down") grid.navigateDown();
      else if (direction === "right") grid.navigateRight();
      else grid.navigateLeft();
    },
    clear: () => this.clear(),
    fillDown: () => this.fillDown(),
    undo: () => void this.edits.step("undo"),
    redo: () => void this.edits.step("redo"),
    toggle: () => {
      const row = this.#activeCell()?.row;
      if (row !== undefined) void this.toggle(row, row.measure > 0 ? false : !row.expanded);
    },
    open: (open) => {
      const row = this.#activeCell()?.row;
      if (row !== undefined) void this.toggle(row, open);
    },
    explain: () => void this.explain(),
    search: () => this.toolbar.focusSearch(),
    selectAll: () => this.selectAll(),
    sort: (descending) => this.sortByActive(descending),
    resize: (wider) => this.resizeActive(wider),
    escape: () => this.escape(),
  };

  /**
   * @param {Answer} answer
   * @param {CellEdit[]} cells
   */
  #onEdited({ reply, buffers }, cells) {
    this.#redraw();
    const rejects = reply["rejects"] ?? [];
    if (rejects.length > 0) this.status.refuse(reply.error?.text ?? "", rejects, cells);
    else if (reply.kind === "edit") this.#say({ reply, buffers }, applied(Number(reply["applied"] ?? 0)));
    else {
      this.#overlay.forget();
      this.#say({ reply, buffers }, reply.kind === "undo" ? "Undone" : "Redone");
    }
  }

  /** @param {CellEdit[]} cells */
  #edit(cells) {
    void this.edits.edit(cells, { force: false, reason: this.status.reason });
  }

  /** @param {{ cells: CellEdit[] } | { problem: string }} result */
  #editAll(result) {
    if ("problem" in result) this.status.say(result.problem, "error");
    else if (this.#mayEditUnits() && result.cells.length > 0) this.#edit(result.cells);
  }

  /**
   * @param {Answer} answer
   * @param {string} text where all went well
   */
  #say({ reply }, text) {
    if (reply.ok) this.status.say(text);
    else this.status.say(reply.error?.text ?? "The kernel refused, without a reason.", "error");
  }

  #dismiss() {
    this.#overlay.forget();
    this.status.say("");
    this.#redraw();
  }

  /** @param {import("./requests.js").KernelState} state */
  #onKernel(state) {
    if (state !== "answering") this.status.say(KERNEL_TEXT[state], "waiting");
    else if (this.#waitingShown) this.status.say("");
    this.#waitingShown = state !== "answering";
    this.root.classList.toggle("m-silent", state === "silent");
  }

  #showProblem() {
    const problem = String(this.model.get("problem") ?? "");
    this.#problem.textContent = problem;
    this.#problem.hidden = problem === "";
  }

  #markSelected() {
    for (const node of /** @type {NodeListOf<HTMLElement>} */ (this.#host.querySelectorAll(".slick-row"))) {
      const row = this.#cache.row(Number(node.dataset["row"]));
      node.classList.toggle("m-selected", row !== undefined && row.measure === 0 && this.#isSelected(row));
    }
  }

  /** @param {GridRow} row */
  #isSelected(row) {
    /** @type {[string, string] | null} */
    const selection = this.model.get("selection");
    return selection !== null && rowKey(...selection) === row.key;
  }

  // Where we are ----------------------------------------------------------------------------------------------------

  #columns() {
    return this.#grid?.getColumns() ?? [];
  }

  #isTyping() {
    return this.#grid?.getEditorLock()?.isActive() ?? false;
  }

  /** @returns {{ row: GridRow, bucket: number | undefined, column: any } | undefined} */
  #activeCell() {
    const active = this.#grid?.getActiveCell();
    const row = active ? this.#cache.row(active.row) : undefined;
    if (!active || row === undefined) return undefined;
    const column = this.#columns()[active.cell];
    return { row, column, bucket: bucketOf(column) };
  }

  /** @returns {import("./plan_grid_clipboard.js").Block} the selection; the active cell where there is none */
  #block() {
    const range = this.#grid?.getSelectionModel()?.getSelectedRanges().at(-1);
    if (range !== undefined) return range;
    const active = this.#grid?.getActiveCell();
    const row = active?.row ?? 0;
    const cell = active?.cell ?? 0;
    return { fromRow: row, toRow: row, fromCell: cell, toCell: cell };
  }

  /** @param {{ row: GridRow, bucket: number | undefined, column: any } | undefined} cell */
  #mayEdit(cell) {
    if (cell === undefined || cell.bucket === undefined) return false;
    if (orderCell(cell.row, cell.column) === undefined) {
      this.status.say("This number follows from the orders; edit the order row.");
      return false;
    }
    if (!cell.row.has(cell.bucket, FLAG.EDITABLE)) {
      this.status.say(`${cell.row.item} at ${cell.row.location} has no order date in ${this.#periodTitle(cell.bucket)}.`);
      return false;
    }
    return this.#mayEditUnits();
  }

  #mayEditUnits() {
    if (this.#state.value) this.status.say("Orders are edited in units: press Units first.");
    return !this.#state.value;
  }

  /** @param {number} bucket */
  #periodTitle(bucket) {
    const [start, end] = this.#described.buckets[bucket] ?? ["", ""];
    return start === end ? formatLongDay(new Date(start)) : `${formatLongDay(new Date(start))} – ${formatLongDay(new Date(end))}`;
  }
}

/** @param {number} count */
function applied(count) {
  return count === 0 ? "Nothing changed" : `${formatNumber(count)} ${count === 1 ? "order" : "orders"} set`;
}
