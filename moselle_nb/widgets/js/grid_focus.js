/**
 * Focus and roles. SlickGrid keeps the focus in a hidden element; a screen reader needs it on the cell, and one Tab
 * has to enter the grid and one has to leave it.
 */
import { listen } from "./dom.js";

/**
 * @typedef {import("slickgrid").SlickGrid} SlickGrid
 * @typedef {import("./grid_window.js").GridRow} GridRow
 */

export class GridFocus {
  #inside = false;

  /**
   * @param {SlickGrid} grid
   * @param {HTMLElement} host
   * @param {(line: number) => GridRow | undefined} rowAt
   * @param {AbortSignal} signal
   */
  constructor(grid, host, rowAt, signal) {
    this.grid = grid;
    this.host = host;
    this.rowAt = rowAt;
    this.sinks = /** @type {HTMLElement[]} */ ([...host.children].filter((child) => child instanceof HTMLElement && child.tabIndex === 0));
    this.#tabStop(true);
    // What scrolls is a tab stop of its own in Chromium, and SlickGrid makes one of each canvas.
    for (const scroller of host.querySelectorAll(".slick-viewport, .grid-canvas")) scroller.setAttribute("tabindex", "-1");
    for (const sink of this.sinks) listen(sink, "focus", () => this.take(), signal);
    listen(host, "focusin", () => {
      this.#inside = true;
      this.#tabStop(false);
    }, signal);
    listen(host, "focusout", (event) => {
      if (host.contains(/** @type {Node | null} */ (event.relatedTarget))) return;
      const cell = /** @type {Node} */ (event.target);
      // A row that is drawn again takes the focus with it, to nowhere: by then its cell is gone.
      queueMicrotask(() => {
        if (!cell.isConnected || host.contains(document.activeElement)) return;
        this.#inside = false;
        this.#tabStop(true);
      });
    }, signal);
    grid.onActiveCellChanged.subscribe(() => {
      if (this.#inside && !grid.getEditorLock()?.isActive()) this.take();
    });
    grid.onRendered.subscribe(() => {
      this.#label();
      const active = document.activeElement;
      if (this.#inside && (active === null || active === document.body)) this.take();
    });
  }

  /** Put the focus on the active cell; on the first one where there is none. */
  take() {
    const { grid } = this;
    if (grid.getEditorLock()?.isActive()) return;
    if (grid.getActiveCell() === null && grid.getDataLength() > 0) {
      const { top } = grid.getViewport();
      grid.setActiveCell(Math.max(0, Math.min(top, grid.getDataLength() - 1)), 0);
    }
    const cell = grid.getActiveCellNode();
    if (cell?.isConnected) cell.focus({ preventScroll: true });
  }

  /** @param {number} lines */
  describe(lines) {
    this.host.setAttribute("role", "treegrid");
    this.host.setAttribute("aria-multiselectable", "true");
    this.host.setAttribute("aria-rowcount", String(lines + 1));
    this.host.setAttribute("aria-colcount", String(this.grid.getColumns().length));
    this.#label();
  }

  /** @param {boolean} open */
  #tabStop(open) {
    for (const [place, sink] of this.sinks.entries()) sink.tabIndex = open && place === 0 ? 0 : -1;
  }

  #label() {
    for (const header of this.host.querySelectorAll(".slick-header-columns")) header.setAttribute("aria-rowindex", "1");
    for (const node of /** @type {NodeListOf<HTMLElement>} */ (this.host.querySelectorAll(".slick-row"))) {
      const line = Number(node.dataset["row"]);
      node.setAttribute("aria-rowindex", String(line + 2));
      const row = this.rowAt(line);
      if (row === undefined) continue;
      node.setAttribute("aria-level", row.measure > 0 ? "2" : "1");
      if (row.measure === 0) node.setAttribute("aria-expanded", String(row.expanded));
    }
  }
}
