/** SlickGrid as we use it: which columns, which are frozen, what is drawn again, what is selected. */
import { SlickEditorLock, SlickGrid, SlickHybridSelectionModel, SlickRange } from "slickgrid";
import { gridColumns } from "./grid_columns.js";
import { GridFocus } from "./grid_focus.js";
import { slotId, slotOf } from "./grid_kind.js";

/**
 * @typedef {import("./grid_window.js").GridRow} GridRow
 * @typedef {import("./grid_kind.js").Described} Described
 * @typedef {{ row: GridRow, slot: number | undefined, column: import("slickgrid").Column }} ActiveCell
 */

export const ROW_HEIGHT = 26;
/** A selection by keys ends here: nobody edits more by hand, and SlickGrid marks each of its cells. */
export const MOST_SELECTED = 2_000;
/** Below this width fewer columns stand before the slots. */
const NARROW = 900;
/** Least width that the slots keep beside frozen columns. */
const LEAST_SCROLLING = 160;
const LEAST_WIDTH = 40;
const STEP = 16;

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

export class Surface {
  /** @type {Map<string, number>} widths that the planner chose */
  #widths = new Map();
  /** @type {string[]} */
  #shown;
  #frozenThrough;
  /** What waits for the open editor to close: nearly all that SlickGrid draws closes it, and what is typed is gone. */
  #held = { columns: false, size: false, rows: false };

  /**
   * @param {HTMLElement} host
   * @param {object} options
   * @param {import("./grid_kind.js").GridKind} options.kind
   * @param {import("./grid_store.js").RowStore} options.store
   * @param {() => Described} options.described
   * @param {import("./grid_overlay.js").Overlay} options.overlay
   * @param {(row: GridRow) => boolean} options.isSelected
   * @param {(row: GridRow) => void} options.onToggle
   * @param {(row: GridRow, slot: number, text: string) => void} options.onQuantity
   * @param {AbortSignal} options.signal
   */
  constructor(host, options) {
    this.host = host;
    this.options = options;
    this.#shown = host.clientWidth < NARROW ? options.kind.shownNarrow : options.kind.shown;
    this.#frozenThrough = options.kind.frozenThrough;
    const data = { getLength: () => options.store.state.lines, getItem: (/** @type {number} */ line) => options.store.row(line), getItemMetadata: (/** @type {number} */ line) => this.#metadata(line) };
    this.grid = new SlickGrid(host, /** @type {any} */ (data), this.#columns(), /** @type {any} */ (this.#slickOptions()));
    this.selecting = new BoundedSelection({ selectionType: "cell", selectActiveCell: true, showDragHandle: false });
    this.focus = new GridFocus(this.grid, host, (line) => options.store.row(line), options.signal);
    this.grid.onColumnsResized.subscribe(() => {
      for (const column of this.grid.getColumns()) this.#widths.set(String(column.id), column.width ?? LEAST_WIDTH);
    });
    // The editor is still there when this is told, and another may be opened at once.
    this.grid.onBeforeCellEditorDestroy.subscribe(() => queueMicrotask(() => this.#drawHeld()));
    options.signal.addEventListener("abort", () => this.grid.destroy(true));
  }

  /** Take selections; what listens to keys first has to be there already. */
  startSelecting() {
    this.grid.setSelectionModel(/** @type {any} */ (this.selecting));
  }

  // Columns ---------------------------------------------------------------------------------------------------------

  /** @returns {string[]} columns before the slots */
  get shown() {
    const { texts, dates, numbers } = this.options.described();
    return this.#shown.filter((name) => [...texts, ...dates, ...numbers].includes(name));
  }

  /** @param {string[]} names */
  show(names) {
    this.#shown = names;
    this.grid.getEditorLock()?.commitCurrentEdit();
    this.setColumns();
  }

  /** @returns {string} last frozen column; blank for none */
  get frozenThrough() {
    return this.#shown.includes(this.#frozenThrough) ? this.#frozenThrough : "";
  }

  /** @param {string} name */
  freeze(name) {
    this.#frozenThrough = name;
    this.grid.getEditorLock()?.commitCurrentEdit();
    this.setColumns();
  }

  /** Draw the columns as they are now: after another sort, choice, width or plan. */
  setColumns() {
    if (this.#hold("columns")) return;
    const active = this.grid.getActiveCell();
    this.grid.setColumns(this.#columns());
    this.#refreeze();
    if (active) this.grid.setActiveCell(active.row, active.cell);
    this.focus.describe(this.options.store.state.lines);
  }

  forgetWidths() {
    this.#widths.clear();
  }

  /** @param {boolean} wider */
  resizeActive(wider) {
    const column = this.grid.getColumns()[this.grid.getActiveCell()?.cell ?? 0];
    if (column === undefined) return;
    this.#widths.set(String(column.id), Math.max(LEAST_WIDTH, (column.width ?? LEAST_WIDTH) + (wider ? STEP : -STEP)));
    this.setColumns();
  }

  resize() {
    if (this.#hold("size")) return;
    this.grid.resizeCanvas();
    this.#refreeze();
  }

  #columns() {
    const { kind, described, overlay, onToggle, store } = this.options;
    const { sort, descending } = store.state;
    return gridColumns(kind, described(), this.#shown, { overlay, toggle: onToggle, widths: this.#widths, sort, descending });
  }

  #refreeze() {
    const frozen = this.#frozen(this.grid.getColumns());
    if (this.grid.getOptions().frozenColumn !== frozen) this.grid.setOptions({ frozenColumn: frozen });
  }

  /**
   * @param {import("slickgrid").Column[]} columns
   * @returns {number} last frozen column, as many as leave room for the slots; -1 for none
   */
  #frozen(columns) {
    const wanted = columns.findIndex((column) => column.id === this.#frozenThrough);
    let room = this.host.clientWidth - LEAST_SCROLLING;
    let last = -1;
    for (let place = 0; place <= wanted; place += 1) {
      room -= columns[place]?.width ?? 0;
      if (room < 0) break;
      last = place;
    }
    return last;
  }

  // Drawing ---------------------------------------------------------------------------------------------------------

  /** Draw all rows again; an open editor stays, with what is typed in it, and its row is drawn once it closes. */
  redraw() {
    const { grid } = this;
    if (this.#hold("rows")) {
      const active = grid.getActiveCell()?.row;
      const { top, bottom } = grid.getRenderedRange();
      const lines = Array.from({ length: bottom - top + 1 }, (_, place) => top + place);
      grid.invalidateRows(lines.filter((line) => line !== active));
      grid.render();
    } else grid.invalidate();
    this.focus.describe(this.options.store.state.lines);
  }

  /**
   * @param {"columns" | "size" | "rows"} what
   * @returns {boolean} whether it has to wait
   */
  #hold(what) {
    this.#held[what] = this.isTyping;
    return this.isTyping;
  }

  #drawHeld() {
    if (this.isTyping || this.options.signal.aborted) return;
    const { columns, size, rows } = this.#held;
    if (columns) this.setColumns();
    if (size) this.resize();
    if (rows) this.redraw();
  }

  markSelected() {
    for (const node of /** @type {NodeListOf<HTMLElement>} */ (this.host.querySelectorAll(".slick-row"))) {
      const row = this.options.store.row(Number(node.dataset["row"]));
      node.classList.toggle("m-selected", row !== undefined && row.measure === 0 && this.options.isSelected(row));
    }
  }

  /**
   * Make a cell the active one and bring it into view; the focus stays where it is.
   *
   * @param {number} line
   * @param {number} slot -1 for the row's first cell
   */
  goTo(line, slot) {
    const cell = this.grid.getColumns().findIndex((column) => column.id === slotId(slot));
    if (!this.isTyping) this.grid.setActiveCell(line, Math.max(0, cell));
  }

  scrollToTop() {
    if (this.isTyping) return;
    this.grid.resetActiveCell();
    this.grid.scrollRowToTop(0);
  }

  /** @param {number} line */
  #metadata(line) {
    const row = this.options.store.row(line);
    if (row === undefined) return { cssClasses: "m-loading" };
    if (row.measure === 0) return { cssClasses: this.options.isSelected(row) ? "m-row m-selected" : "m-row" };
    const last = row.measure === this.options.described().measures.length ? " m-last" : "";
    const colspan = Math.max(1, (this.grid.getOptions().frozenColumn ?? -1) + 1);
    return { cssClasses: `m-measure${last}`, columns: { 0: { colspan } } };
  }

  #slickOptions() {
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
      frozenColumn: this.#frozen(this.#columns()),
      // SlickGrid would open an alert.
      invalidColumnFreezeWidthCallback: () => {},
      editCommandHandler: (/** @type {GridRow} */ row, /** @type {any} */ column, /** @type {any} */ command) => {
        // Other rows may have come to this line since the editor was opened.
        const opened = command.editor?.args ?? { item: row, column };
        const slot = slotOf(opened.column);
        if (slot !== undefined) this.options.onQuantity(opened.item, slot, command.serializedValue);
      },
    };
  }

  // Where we are ----------------------------------------------------------------------------------------------------

  /** @returns {boolean} whether an editor is open */
  get isTyping() {
    return this.grid.getEditorLock()?.isActive() ?? false;
  }

  /** @returns {ActiveCell | undefined} */
  get active() {
    const active = this.grid.getActiveCell();
    const row = active ? this.options.store.row(active.row) : undefined;
    const column = active ? this.grid.getColumns()[active.cell] : undefined;
    return row === undefined || column === undefined ? undefined : { row, column, slot: slotOf(column) };
  }

  /** @returns {import("./grid_clipboard.js").Block} the selection; the active cell where there is none */
  get block() {
    const range = this.grid.getSelectionModel()?.getSelectedRanges().at(-1);
    if (range !== undefined) return range;
    const { row = 0, cell = 0 } = this.grid.getActiveCell() ?? {};
    return { fromRow: row, toRow: row, fromCell: cell, toCell: cell };
  }

  /** @returns {{ top: number, bottom: number }} lines in view */
  get visible() {
    const { top, bottom } = this.grid.getViewport();
    return { top: Math.max(0, top), bottom: Math.max(0, bottom) };
  }

  /** @returns {number} last line of the selection */
  selectAll() {
    const last = Math.min(this.options.store.state.lines, MOST_SELECTED) - 1;
    if (last >= 0) this.selecting.setSelectedRanges([new SlickRange(0, 0, last, this.grid.getColumns().length - 1)]);
    return last;
  }
}
