/** How the cells of a replenishment plan look. */
import { element } from "./dom.js";
import { editedCell, shown } from "./grid_cells.js";
import { formatNumber } from "./grid_text.js";
import { FLAG } from "./grid_window.js";
import { MEASURES, STATUSES, STATUS_HINTS } from "./plan_grid_words.js";

/**
 * @typedef {import("./grid_window.js").GridRow} GridRow
 * @typedef {import("./grid_kind.js").Shown} Shown
 */

/** The measure whose cells are the row's orders. */
export const ORDER_MEASURE = Object.keys(MEASURES).indexOf("order_quantity") + 1;

/**
 * A status is judged without planned orders; what the plan itself loses stands beside it.
 *
 * @param {string} value
 * @param {number} unserved
 * @returns {Shown}
 */
export function statusCell(value, unserved) {
  if (value === "") return shown("");
  const pill = element("span", { class: `m-status-pill m-${value.replaceAll("_", "-")}` }, STATUSES[value] ?? value);
  const hint = STATUS_HINTS[value] ?? "";
  if (!(unserved > 0)) return { html: pill, toolTip: hint };
  const lost = `loses ${formatNumber(unserved)} unit${unserved === 1 ? "" : "s"} as planned`;
  const mark = element("span", { class: "m-loses", role: "img", "aria-label": lost }, "▼");
  return { html: element("span", {}, mark, pill), toolTip: `${hint} · ${lost}` };
}

/**
 * @param {GridRow} row
 * @param {number} bucket
 * @param {import("./grid_overlay.js").Overlay} overlay
 * @param {import("./grid_overlay.js").Cell} cell
 * @returns {Shown}
 */
export function orderCell(row, bucket, overlay, cell) {
  const quantity = row.cell(bucket);
  const edited = row.has(bucket, FLAG.EDITED);
  const classes = stockClasses(row, bucket);
  const notes = [];
  if (edited) {
    classes.push(row.has(bucket, FLAG.FORCED) ? "m-edited m-forced" : "m-edited");
    notes.push(`${row.has(bucket, FLAG.FORCED) ? "Forced" : "Edited"}; suggested ${formatNumber(row.suggestion(bucket) ?? 0)}`);
  } else if (quantity > 0) {
    classes.push("m-suggested");
    notes.push("Suggested");
  }
  if (row.has(bucket, FLAG.UNSERVED)) notes.push("demand is not served in full here");
  const text = quantity === 0 && !edited ? "" : formatNumber(quantity);
  return editedCell(row, bucket, overlay, cell, { classes, notes, text });
}

/**
 * @param {GridRow} row
 * @param {number} bucket
 * @returns {Shown}
 */
export function measureCell(row, bucket) {
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
