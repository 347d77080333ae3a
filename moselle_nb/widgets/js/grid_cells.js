/** How cells look in every grid: their text, their marks and what they say when pointed at. Text only ever goes in as text. */
import { element } from "./dom.js";
import { formatDay, formatLongDay, formatNumber } from "./grid_text.js";
import { FLAG } from "./grid_window.js";

/**
 * @typedef {import("./grid_window.js").GridRow} GridRow
 * @typedef {import("./grid_kind.js").GridKind} GridKind
 * @typedef {import("./grid_kind.js").Shown} Shown
 * @typedef {import("./grid_kind.js").Formatter} Formatter
 */

/**
 * @param {string} text
 * @param {string} [classes]
 * @param {string} [toolTip]
 * @returns {Shown}
 */
export function shown(text, classes = "", toolTip = "") {
  const html = element("span", { class: "m-text" }, text);
  return { html, ...(classes ? { addClasses: classes } : {}), ...(toolTip ? { toolTip } : {}) };
}

/**
 * @param {GridKind} kind
 * @param {(row: GridRow) => void} toggle
 * @returns {Formatter}
 */
export function itemFormatter(kind, toggle) {
  return (_line, _cell, _value, _column, row) => {
    if (row.measure > 0) {
      const measure = Object.values(kind.measures)[row.measure - 1];
      return shown(measure?.title ?? "", "m-measure-title", measure?.about);
    }
    const button = element("button", { type: "button", class: "m-toggle", tabindex: "-1", "aria-hidden": "true" }, row.expanded ? "▾" : "▸");
    button.addEventListener("click", (event) => {
      event.stopPropagation();
      toggle(row);
    });
    const html = element("span", { class: "m-text" }, button, row.item);
    return { html, addClasses: "m-item", toolTip: row.item };
  };
}

/**
 * @param {GridKind} kind
 * @param {string} name
 * @returns {Formatter}
 */
export function textFormatter(kind, name) {
  return (_line, _cell, _value, _column, row) => {
    if (row.measure > 0) return shown("");
    return kind.textCell(name, row) ?? shown(row.text(name), "", row.text(name));
  };
}

/**
 * @param {string} name
 * @returns {Formatter}
 */
export function dayFormatter(name) {
  return (_line, _cell, _value, _column, row) =>
    row.measure > 0 ? shown("") : shown(formatDay(row.day(name)), "", formatLongDay(row.day(name)));
}

/**
 * @param {GridKind} kind
 * @param {string} name
 * @returns {Formatter}
 */
export function numberFormatter(kind, name) {
  return (_line, _cell, _value, _column, row) => {
    if (row.measure > 0) return shown("");
    return kind.numberCell(name, row) ?? shown(formatNumber(row.number(name)));
  };
}

/**
 * A cell that takes a quantity, with what happened to it.
 *
 * @param {GridRow} row
 * @param {number} slot
 * @param {import("./grid_overlay.js").Overlay} overlay
 * @param {import("./grid_overlay.js").Cell} cell
 * @param {{ classes: string[], notes: string[], text: string }} own what the kind says of it
 * @returns {Shown}
 */
export function editedCell(row, slot, overlay, cell, { classes, notes, text }) {
  const pending = overlay.pending(cell);
  if (pending !== undefined) {
    const waiting = typeof pending.quantity === "number" ? formatNumber(pending.quantity) : pending.quantity;
    return shown(waiting, "m-order m-pending", "Waiting for the kernel");
  }
  const [marks, said] = [["m-order", ...classes], [...notes]];
  if (!row.has(slot, FLAG.EDITABLE)) marks.push("m-closed");
  const rejected = overlay.rejected(cell);
  if (rejected !== undefined) {
    marks.push("m-rejected");
    said.push(`${rejected.quantity} was refused: ${rejected.reason}`);
  }
  return shown(text, marks.join(" "), said.join(" · "));
}
