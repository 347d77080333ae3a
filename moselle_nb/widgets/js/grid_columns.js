/** The grid's columns as SlickGrid wants them. */
import { element } from "./dom.js";
import { dayFormatter, itemFormatter, numberFormatter, textFormatter } from "./grid_cells.js";
import { QuantityEditor } from "./grid_editor.js";
import { columnTitle, slotId } from "./grid_kind.js";

/**
 * @typedef {import("./grid_kind.js").Described} Described
 * @typedef {import("./grid_kind.js").GridKind} GridKind
 * @typedef {import("slickgrid").Column<any>} Column
 */

const WIDTH = 100;

/**
 * @param {GridKind} kind
 * @param {Described} described
 * @param {string[]} names columns before the slots, in order
 * @param {object} options
 * @param {import("./grid_overlay.js").Overlay} options.overlay
 * @param {(row: import("./grid_window.js").GridRow) => void} options.toggle
 * @param {Map<string, number>} options.widths widths that the planner chose
 * @param {string} options.sort
 * @param {boolean} options.descending
 * @returns {Column[]}
 */
export function gridColumns(kind, described, names, { overlay, toggle, widths, sort, descending }) {
  const known = [...described.texts, ...described.dates, ...described.numbers];
  const before = names.filter((name) => known.includes(name)).map((name) => {
    const sorted = sort === name || (sort === "" && descending && name === "item");
    return attributeColumn(kind, described, name, { toggle, sorted, descending });
  });
  const slots = described.slots.map((_, slot) => slotColumn(kind, slot, overlay, { sort, descending }));
  return [...before, ...slots].map((column, index) => ({
    ...column,
    width: widths.get(String(column.id)) ?? column.width ?? WIDTH,
    cellAttrs: { "aria-colindex": String(index + 1) },
    headerCellAttrs: { ...column.headerCellAttrs, "aria-colindex": String(index + 1) },
  }));
}

/**
 * @param {GridKind} kind
 * @param {Described} described
 * @param {string} name
 * @param {{ toggle: (row: any) => void, sorted: boolean, descending: boolean }} options
 * @returns {Column}
 */
function attributeColumn(kind, described, name, { toggle, sorted, descending }) {
  const words = kind.columns[name];
  const isNumber = described.numbers.includes(name);
  const arrow = sorted ? arrowOf(descending) : null;
  return {
    id: name,
    field: name,
    name: element("span", { class: "m-head", title: words?.about }, element("span", { class: "m-head-text" }, columnTitle(kind, name)), arrow),
    width: words?.width ?? WIDTH,
    minWidth: 40,
    cssClass: isNumber ? "m-number" : "",
    headerCssClass: `m-sortable${isNumber ? " m-number" : ""}`,
    headerCellAttrs: sortedAttrs(sorted, descending),
    formatter: /** @type {any} */ (formatterOf(kind, described, name, toggle)),
  };
}

/**
 * @param {GridKind} kind
 * @param {Described} described
 * @param {string} name
 * @param {(row: any) => void} toggle
 */
function formatterOf(kind, described, name, toggle) {
  if (name === "item") return itemFormatter(kind, toggle);
  if (described.texts.includes(name)) return textFormatter(kind, name);
  return described.dates.includes(name) ? dayFormatter(name) : numberFormatter(kind, name);
}

/** @param {boolean} descending */
function arrowOf(descending) {
  return element("span", { class: "m-arrow", "aria-hidden": "true" }, descending ? "▼" : "▲");
}

/**
 * @param {boolean} sorted
 * @param {boolean} descending
 */
function sortedAttrs(sorted, descending) {
  return { "aria-sort": sorted ? (descending ? "descending" : "ascending") : "none" };
}

/**
 * @param {GridKind} kind
 * @param {number} slot
 * @param {import("./grid_overlay.js").Overlay} overlay
 * @param {{ sort: string, descending: boolean }} sorting
 * @returns {Column}
 */
function slotColumn(kind, slot, overlay, { sort, descending }) {
  const column = kind.slotColumn(slot);
  const name = kind.sortName(slot);
  const sorted = name !== undefined && name === sort;
  if (sorted) column.name.append(arrowOf(descending));
  return {
    ...column,
    headerCssClass: name === undefined ? column.headerCssClass : `${column.headerCssClass} m-sortable`,
    ...(name === undefined ? {} : { headerCellAttrs: sortedAttrs(sorted, descending) }),
    id: slotId(slot),
    field: String(slot),
    minWidth: 40,
    formatter: /** @type {any} */ (kind.slotCell(slot, overlay)),
    editor: /** @type {any} */ (QuantityEditor),
    params: { kind },
  };
}
