/** How the cells of an allocation look. */
import { element } from "./dom.js";
import { editedCell, shown } from "./grid_cells.js";
import { formatNumber } from "./grid_text.js";
import { FLAG } from "./grid_window.js";
import { DECIDED, MEASURES, REASONS, STATUS_HINTS, STATUSES } from "./allocation_grid_words.js";

/**
 * @typedef {import("./grid_window.js").GridRow} GridRow
 * @typedef {import("./grid_kind.js").Shown} Shown
 */

const NAMES = Object.keys(MEASURES);
const MOST_COVER = 365;

/** @param {string} value */
export function statusCell(value) {
  return { html: element("span", { class: `m-status-pill m-${value.replaceAll("_", "-")}` }, STATUSES[value] ?? value), toolTip: STATUS_HINTS[value] ?? "" };
}

/**
 * @param {string} name
 * @param {GridRow} row
 * @returns {Shown | undefined}
 */
export function figureCell(name, row) {
  const value = row.number(name);
  const lacks = name.endsWith("short") && value > 0;
  if (value === 0) return shown("0", "m-zero");
  return lacks ? shown(formatNumber(value), row.text("status") === "short" ? "m-lacks" : "") : undefined;
}

/**
 * @param {GridRow} row
 * @param {number} slot
 * @param {import("./grid_overlay.js").Overlay} overlay
 * @param {import("./grid_overlay.js").Cell} cell
 * @param {boolean} inCover whether days are shown, not quantities
 * @returns {Shown}
 */
export function allocationCell(row, slot, overlay, cell, inCover) {
  const value = row.cell(slot);
  if (!row.has(slot, FLAG.EDITABLE)) return shown("", "m-nowhere", "No lane, or no such item there");
  const edited = row.has(slot, FLAG.EDITED);
  const short = row.has(slot, FLAG.SHORT);
  const classes = short ? ["m-unserved"] : [];
  const notes = [];
  if (edited) {
    const how = row.has(slot, FLAG.LOCKED) ? "locked" : row.has(slot, FLAG.FORCED) ? "forced" : "edited";
    classes.push("m-edited", `m-${how}`);
    notes.push(`${how.charAt(0).toUpperCase()}${how.slice(1)}; suggested ${formatNumber(row.suggestion(slot) ?? 0)}`);
  } else if (value > 0 && !inCover) {
    classes.push("m-suggested");
    notes.push("Suggested");
  }
  if (short) notes.push("its need is not met");
  const blank = value === 0 && !edited && !short;
  return editedCell(row, slot, overlay, cell, { classes, notes, text: blank ? "" : inCover ? days(value) : formatNumber(value) });
}

/**
 * Why a cell got no more: a person's decision goes before what stopped the rule.
 * @param {GridRow} row
 * @param {number} slot
 * @param {string} reason
 * @returns {[string, string]} a word and a sentence
 */
export function reasonWords(row, slot, reason) {
  if (row.has(slot, FLAG.EDITED)) return row.has(slot, FLAG.LOCKED) ? DECIDED.locked : DECIDED.edited;
  return REASONS[reason] ?? [reason, ""];
}

/**
 * @param {GridRow} row
 * @param {number} slot
 * @param {string[]} reasons words by code
 * @returns {Shown}
 */
export function measureCell(row, slot, reasons) {
  const value = row.cell(slot);
  const name = NAMES[row.measure - 1] ?? "";
  if (Number.isNaN(value)) return shown("", "m-nowhere");
  if (name === "reason") {
    const [word, sentence] = reasonWords(row, slot, reasons[value] ?? "");
    return shown(word, "m-reason-word", sentence);
  }
  const classes = name === "cover_after" && row.has(slot, FLAG.SHORT) ? ["m-unserved"] : [];
  if (value === 0) classes.push("m-zero");
  return shown(name.startsWith("cover") ? days(value) : formatNumber(value), classes.join(" "));
}

/** @param {number} value */
function days(value) {
  return value >= MOST_COVER ? `${MOST_COVER}+` : formatNumber(value);
}
