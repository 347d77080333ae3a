/** How a cell looks: its text, its marks and what it says when pointed at. Text only ever goes in as text. */
import { element } from "./dom.js";
import { formatDay, formatLongDay, formatNumber } from "./plan_grid_text.js";
import { FLAG } from "./plan_grid_window.js";
import { MEASURES, REASONS, STATUSES, STATUS_HINTS } from "./plan_grid_words.js";

/**
 * @typedef {import("./plan_grid_window.js").GridRow} GridRow
 * @typedef {{ html: HTMLElement, addClasses?: string, toolTip?: string }} Shown
 * @typedef {(line: number, cell: number, value: unknown, column: unknown, row: GridRow) => Shown} Formatter
 */

/** The measure whose cells are the row's orders. */
export const ORDER_MEASURE = Object.keys(MEASURES).indexOf("order_quantity") + 1;

/**
 * @param {string} text
 * @param {string} [classes]
 * @param {string} [toolTip]
 * @returns {Shown}
 */
function shown(text, classes = "", toolTip = "") {
  const html = element("span", { class: "m-text" }, text);
  return { html, ...(classes ? { addClasses: classes } : {}), ...(toolTip ? { toolTip } : {}) };
}

/**
 * @param {(row: GridRow) => void} toggle
 * @returns {Formatter}
 */
export function itemFormatter(toggle) {
  return (_line, _cell, _value, _column, row) => {
    if (row.measure > 0) {
      const measure = Object.values(MEASURES)[row.measure - 1];
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
 * @param {string} name
 * @returns {Formatter}
 */
export function textFormatter(name) {
  return (_line, _cell, _value, _column, row) => {
    if (row.measure > 0) return shown("");
    const text = row.text(name);
    if (name === "status") return status(text, row.number("unserved"));
    if (name === "reason") return shown(REASONS[text] ?? text, "", REASONS[text] ?? text);
    return shown(text, "", text);
  };
}

/**
 * A status is judged without planned orders; what the plan itself loses stands beside it.
 *
 * @param {string} value
 * @param {number} unserved
 */
function status(value, unserved) {
  if (value === "") return shown("");
  const pill = element("span", { class: `m-status-pill m-${value.replaceAll("_", "-")}` }, STATUSES[value] ?? value);
  const hint = STATUS_HINTS[value] ?? "";
  if (!(unserved > 0)) return { html: pill, toolTip: hint };
  const lost = `loses ${formatNumber(unserved)} units as planned`;
  const mark = element("span", { class: "m-loses", role: "img", "aria-label": lost }, "▼");
  return { html: element("span", {}, mark, pill), toolTip: `${hint} · ${lost}` };
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
 * @param {string} name
 * @returns {Formatter}
 */
export function numberFormatter(name) {
  return (_line, _cell, _value, _column, row) => (row.measure > 0 ? shown("") : shown(formatNumber(row.number(name))));
}

/**
 * @param {number} bucket
 * @param {import("./plan_grid_overlay.js").Overlay} overlay
 * @returns {Formatter}
 */
export function bucketFormatter(bucket, overlay) {
  return (_line, _cell, _value, _column, row) => {
    const isOrder = row.measure === 0 || row.measure === ORDER_MEASURE;
    return isOrder ? orderCell(row, bucket, overlay) : measureCell(row, bucket);
  };
}

/**
 * @param {GridRow} row
 * @param {number} bucket
 * @param {import("./plan_grid_overlay.js").Overlay} overlay
 * @returns {Shown}
 */
function orderCell(row, bucket, overlay) {
  const pending = overlay.pending(row.item, row.location, bucket);
  if (pending !== undefined) {
    const text = typeof pending.quantity === "number" ? formatNumber(pending.quantity) : pending.quantity;
    return shown(text, "m-order m-pending", "Waiting for the kernel");
  }
  const quantity = row.cell(bucket);
  const edited = row.has(bucket, FLAG.EDITED);
  const classes = ["m-order", ...stockClasses(row, bucket)];
  const notes = [];
  if (edited) {
    classes.push(row.has(bucket, FLAG.FORCED) ? "m-edited m-forced" : "m-edited");
    notes.push(`${row.has(bucket, FLAG.FORCED) ? "Forced" : "Edited"}; suggested ${formatNumber(row.suggestion(bucket) ?? 0)}`);
  } else if (quantity > 0) {
    classes.push("m-suggested");
    notes.push("Suggested");
  }
  if (!row.has(bucket, FLAG.EDITABLE)) classes.push("m-closed");
  if (row.has(bucket, FLAG.UNSERVED)) notes.push("demand is not served in full here");
  const rejected = overlay.rejected(row.item, row.location, bucket);
  if (rejected !== undefined) {
    classes.push("m-rejected");
    notes.push(`${rejected.quantity} was refused: ${rejected.reason}`);
  }
  const text = quantity === 0 && !edited ? "" : formatNumber(quantity);
  return shown(text, classes.join(" "), notes.join(" · "));
}

/**
 * @param {GridRow} row
 * @param {number} bucket
 * @returns {Shown}
 */
function measureCell(row, bucket) {
  const value = row.cell(bucket);
  const name = Object.keys(MEASURES)[row.measure - 1];
  const classes = name === "ending" || name === "unserved" || name === "days_on_hand" ? stockClasses(row, bucket) : [];
  if (value === 0) classes.push("m-zero");
  return shown(formatNumber(value), classes.join(" "));
}

/**
 * @param {GridRow} row
 * @param {number} bucket
 * @returns {string[]}
 */
function stockClasses(row, bucket) {
  if (row.has(bucket, FLAG.UNSERVED)) return ["m-unserved"];
  return row.has(bucket, FLAG.BELOW_SAFETY) ? ["m-below-safety"] : [];
}
