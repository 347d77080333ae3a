/** What a planner does in the grid, by key, by mouse or through the toolbar. */
import { blockSum, cellAt, clearBlock, copyBlock, editable, fillDown, pasteBlock } from "./grid_clipboard.js";
import { slotOf } from "./grid_kind.js";
import { formatNumber, parseQuantity } from "./grid_text.js";
import { FLAG } from "./grid_window.js";

/**
 * @typedef {import("./grid_window.js").GridRow} GridRow
 * @typedef {import("./grid_overlay.js").CellEdit} CellEdit
 * @typedef {import("./requests.js").Answer} Answer
 * @typedef {object} Parts
 * @property {import("./grid_store.js").RowStore} store
 * @property {import("./grid_surface.js").Surface} surface
 * @property {import("./grid_edits.js").EditQueue} edits
 * @property {import("./grid_overlay.js").Overlay} overlay
 * @property {import("./grid_status.js").StatusLine} status
 * @property {import("./grid_status.js").ExplainPanel} panel
 * @property {import("./requests.js").RequestClient} client
 * @property {import("./grid_kind.js").GridKind} kind
 * @property {() => import("./grid_kind.js").Described} described
 * @property {() => void} search
 */

export class PlannerActions {
  /** The sort that was asked for last: a second click may come before the answer to the first. */
  #sorting = { sort: "", descending: false };

  /** @type {{ from: { row: number, cell: number } | null, to: { row: number, cell: number } | null } | undefined} where the last edit was made, and where it led */
  #committed;

  /** @param {Parts} parts */
  constructor(parts) {
    this.parts = parts;
  }

  // What is shown ---------------------------------------------------------------------------------------------------

  /** @param {Record<string, unknown>} change */
  async view(change) {
    const { store, surface } = this.parts;
    const answer = await store.change("view", change, [0]);
    this.#sorting = { sort: store.state.sort, descending: store.state.descending };
    surface.scrollToTop();
    this.say(answer, `${formatNumber(store.state.rows)} ${store.state.rows === 1 ? "row" : "rows"}`);
  }

  /**
   * Sort by a column: smallest first, then largest first, then not at all.
   *
   * @param {import("slickgrid").Column} column
   */
  cycleSort(column) {
    const name = this.#sortName(column);
    const { sort, descending } = this.#sorting;
    if (name === undefined) return;
    if (sort !== name) this.#sortBy(name, false);
    else if (!descending) this.#sortBy(name, true);
    else this.#sortBy("", false);
  }

  /** @param {boolean} descending */
  sort(descending) {
    const { column } = this.parts.surface.active ?? {};
    const name = column === undefined ? undefined : this.#sortName(column);
    if (name === undefined) this.parts.status.say(this.parts.kind.say.sortBefore);
    else this.#sortBy(name, descending);
  }

  /**
   * @param {import("slickgrid").Column} column
   * @returns {string | undefined} undefined where rows are not sorted by it
   */
  #sortName(column) {
    const slot = slotOf(column);
    return slot === undefined ? String(column.id) : this.parts.kind.sortName(slot);
  }

  /**
   * @param {GridRow | undefined} [row] the active one unless given
   * @param {boolean} [open] the other way round than it is, unless given
   */
  async toggle(row = this.parts.surface.active?.row, open = row !== undefined && row.measure === 0 && !row.expanded) {
    if (row === undefined || row.expanded === open) return;
    const { grid } = this.parts.surface;
    // From a measure the row itself is left active: its measures are about to go.
    grid.setActiveCell(row.line - row.measure, row.measure > 0 ? 0 : (grid.getActiveCell()?.cell ?? 0));
    this.say(await this.parts.store.change("expand", { ...row.keys, expanded: open }), "");
  }

  /** @param {boolean} open */
  open(open) {
    void this.toggle(undefined, open);
  }

  /** @param {boolean} wider */
  resize(wider) {
    this.parts.surface.resizeActive(wider);
  }

  selectAll() {
    const last = this.parts.surface.selectAll();
    if (last >= 0) void this.parts.store.fetch(0, last);
  }

  search() {
    this.parts.search();
  }

  async explain() {
    const { surface, client, panel, status, kind } = this.parts;
    const { row, slot } = surface.active ?? {};
    if (row === undefined || slot === undefined) {
      status.say(kind.say.selectFirst);
      return;
    }
    const answer = await client.send("explain", kind.explained(row, slot));
    if (answer.reply.ok) panel.show(String(answer.reply["title"]), answer.reply["steps"]);
    else this.say(answer, "");
  }

  /** @returns {boolean} whether there was anything to leave */
  escape() {
    if (this.parts.panel.close()) return true;
    if (this.parts.overlay.rejects.length === 0) return false;
    this.dismiss();
    return true;
  }

  /** Forget what was refused. */
  dismiss() {
    this.parts.overlay.forget();
    this.parts.status.say("");
    this.parts.surface.redraw();
  }

  /** @returns {string} sum of the selected order cells, as a spreadsheet shows it */
  selectionSum() {
    const found = blockSum(this.parts.surface.block, this.#sheet());
    return found === undefined ? "" : `Sum ${formatNumber(found.sum)} of ${formatNumber(found.count)} cells`;
  }

  // Edits -----------------------------------------------------------------------------------------------------------

  /**
   * Open the active cell for a quantity.
   *
   * @param {string | undefined} key what was typed; undefined starts with the quantity that is there
   */
  edit(key) {
    if (!this.mayEdit()) return;
    const typed = /** @type {any} */ (key === undefined ? undefined : { key });
    this.parts.surface.grid.editActiveCell(/** @type {any} */ (undefined), false, typed);
  }

  /** @param {"down" | "right" | "left"} direction */
  commit(direction) {
    const { grid } = this.parts.surface;
    const from = grid.getActiveCell();
    if (!grid.getEditorLock()?.commitCurrentEdit()) return;
    if (direction === "down") grid.navigateDown();
    else if (direction === "right") grid.navigateRight();
    else grid.navigateLeft();
    this.#committed = { from, to: grid.getActiveCell() };
  }

  /** Go back to the cell that was refused, unless the planner has gone elsewhere meanwhile. */
  returnToRefused() {
    const { surface } = this.parts;
    const { from, to } = this.#committed ?? {};
    this.#committed = undefined;
    const now = surface.grid.getActiveCell();
    if (from && to && now && !surface.isTyping && now.row === to.row && now.cell === to.cell) surface.grid.setActiveCell(from.row, from.cell);
  }

  /**
   * @param {GridRow} row
   * @param {number} slot
   * @param {string} text as typed
   */
  set(row, slot, text) {
    const quantity = parseQuantity(text);
    const cell = this.parts.kind.cellOf(row, slot);
    if (quantity !== null && cell !== undefined) this.#send([{ ...cell, quantity }]);
  }

  /** Keep the selected cells as they are, and share the rest again around them. */
  lock() {
    const { surface, kind, status } = this.parts;
    if (!kind.locks) return;
    const cells = this.#inUnits() ? editable(surface.block, this.#sheet()) : [];
    if (cells.length > 0) void this.parts.edits.edit(cells, { force: false, reason: status.reason, lock: true });
    else if (this.parts.store.state.show === "units") status.say(kind.say.selectFirst);
  }

  /** @param {boolean} later */
  shipDate(later) {
    const dates = this.parts.described().ship_dates?.length ?? 0;
    const date = (this.parts.store.state.date ?? 0) + (later ? 1 : -1);
    if (date >= 0 && date < dates) void this.view({ date });
  }

  undo() {
    void this.parts.edits.step("undo");
  }

  redo() {
    void this.parts.edits.step("redo");
  }

  clear() {
    this.#sendAll({ cells: clearBlock(this.parts.surface.block, this.#sheet()) });
  }

  fillDown() {
    this.#sendAll(fillDown(this.parts.surface.block, this.#sheet()));
  }

  /** @param {ClipboardEvent} event */
  copy(event) {
    const { surface, store, status } = this.parts;
    if (surface.isTyping) return;
    event.preventDefault();
    const { block } = surface;
    const text = copyBlock(block, this.#sheet());
    if (text === undefined) {
      void store.fetch(block.fromRow, block.toRow);
      status.say("Some of these rows are still on their way; copy again in a moment.");
      return;
    }
    event.clipboardData?.setData("text/plain", text);
    const count = (block.toRow - block.fromRow + 1) * (block.toCell - block.fromCell + 1);
    status.say(`${formatNumber(count)} ${count === 1 ? "cell" : "cells"} copied`);
  }

  /** @param {ClipboardEvent} event */
  async paste(event) {
    const { surface, store } = this.parts;
    if (surface.isTyping) return;
    event.preventDefault();
    const text = event.clipboardData?.getData("text/plain") ?? "";
    const { block } = surface;
    await store.fetch(block.fromRow, Math.max(block.toRow, block.fromRow + text.split("\n").length));
    this.#sendAll(pasteBlock(text, block, this.#sheet()));
  }

  /** @returns {boolean} whether the active cell can take a quantity; if not, the status line says why */
  mayEdit() {
    const { surface, kind, status } = this.parts;
    const { row, slot, column } = surface.active ?? {};
    if (row === undefined || slot === undefined) return false;
    if (cellAt(row, column, { kind }) === undefined) {
      status.say(kind.say.follows);
      return false;
    }
    if (!row.has(slot, FLAG.EDITABLE)) {
      status.say(kind.closed(row, slot));
      return false;
    }
    return this.#inUnits();
  }

  /**
   * @param {Answer} answer
   * @param {string} text where all went well
   */
  say({ reply }, text) {
    if (reply.ok) this.parts.status.say(text);
    else this.parts.status.say(reply.error?.text ?? "The kernel refused, without a reason.", "error");
  }

  /**
   * @param {string} sort
   * @param {boolean} descending
   */
  #sortBy(sort, descending) {
    this.#sorting = { sort, descending };
    void this.view(this.#sorting);
  }

  /** @param {{ cells: CellEdit[] } | { problem: string }} result */
  #sendAll(result) {
    if ("problem" in result) this.parts.status.say(result.problem, "error");
    else if (result.cells.length > 0 && this.#inUnits()) this.#send(result.cells);
  }

  /** @param {CellEdit[]} cells */
  #send(cells) {
    void this.parts.edits.edit(cells, { force: false, reason: this.parts.status.reason });
  }

  #inUnits() {
    const inUnits = this.parts.store.state.show === "units";
    if (!inUnits) this.parts.status.say(this.parts.kind.say.inUnits);
    return inUnits;
  }

  /** @returns {import("./grid_clipboard.js").Sheet} */
  #sheet() {
    const { surface, store, kind } = this.parts;
    return { columns: surface.grid.getColumns(), rowAt: (line) => store.row(line), kind };
  }
}
