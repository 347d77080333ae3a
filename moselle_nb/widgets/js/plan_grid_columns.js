/** The grid's columns as SlickGrid wants them. */
import { element } from "./dom.js";
import { bucketFormatter, dayFormatter, itemFormatter, numberFormatter, textFormatter } from "./plan_grid_cells.js";
import { QuantityEditor } from "./plan_grid_editor.js";
import { formatLongDay } from "./plan_grid_text.js";
import { bucketId, COLUMNS } from "./plan_grid_words.js";

/**
 * What the kernel says the columns are.
 *
 * @typedef {{
 *   name: string, texts: string[], dates: string[], numbers: string[], buckets: [string, string, boolean][],
 *   measures: string[], filters: Record<string, string[]>, window: number,
 * }} Described
 * @typedef {import("slickgrid").Column<any>} Column
 */

const BUCKET_WIDTH = 66;
const DAY = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", timeZone: "UTC" });

/**
 * @param {Described} described
 * @param {string[]} names columns before the buckets, in order
 * @param {object} options
 * @param {import("./plan_grid_overlay.js").Overlay} options.overlay
 * @param {(row: import("./plan_grid_window.js").GridRow) => void} options.toggle
 * @param {Map<string, number>} options.widths widths that the planner chose
 * @param {string} options.sort
 * @param {boolean} options.descending
 * @returns {Column[]}
 */
export function gridColumns(described, names, { overlay, toggle, widths, sort, descending }) {
  const known = [...described.texts, ...described.dates, ...described.numbers];
  const before = names.filter((name) => known.includes(name)).map((name) => {
    const sorted = sort === name || (sort === "" && descending && name === "item");
    return attributeColumn(described, name, { toggle, sorted, descending });
  });
  const buckets = described.buckets.map((_, bucket) => bucketColumn(described, bucket, overlay));
  return [...before, ...buckets].map((column, index) => ({
    ...column,
    width: widths.get(String(column.id)) ?? column.width ?? BUCKET_WIDTH,
    cellAttrs: { "aria-colindex": String(index + 1) },
    headerCellAttrs: { ...column.headerCellAttrs, "aria-colindex": String(index + 1) },
  }));
}

/**
 * @param {Described} described
 * @param {string} name
 * @param {{ toggle: (row: any) => void, sorted: boolean, descending: boolean }} options
 * @returns {Column}
 */
function attributeColumn(described, name, { toggle, sorted, descending }) {
  const words = COLUMNS[name] ?? { title: name, width: 100 };
  const isNumber = described.numbers.includes(name);
  const arrow = sorted ? element("span", { class: "m-arrow", "aria-hidden": "true" }, descending ? "▼" : "▲") : null;
  return {
    id: name,
    field: name,
    name: element("span", { class: "m-head", title: words.about }, element("span", { class: "m-head-text" }, words.title), arrow),
    width: words.width,
    minWidth: 40,
    cssClass: isNumber ? "m-number" : "",
    headerCssClass: `m-sortable${isNumber ? " m-number" : ""}`,
    headerCellAttrs: { "aria-sort": sorted ? (descending ? "descending" : "ascending") : "none" },
    formatter: /** @type {any} */ (formatterOf(described, name, toggle)),
  };
}

/**
 * @param {Described} described
 * @param {string} name
 * @param {(row: any) => void} toggle
 */
function formatterOf(described, name, toggle) {
  if (name === "item") return itemFormatter(toggle);
  if (described.texts.includes(name)) return textFormatter(name);
  return described.dates.includes(name) ? dayFormatter(name) : numberFormatter(name);
}

/**
 * @param {Described} described
 * @param {number} bucket
 * @param {import("./plan_grid_overlay.js").Overlay} overlay
 * @returns {Column}
 */
function bucketColumn(described, bucket, overlay) {
  const [start, end, inCoverage] = described.buckets[bucket] ?? ["", "", false];
  const first = new Date(start);
  const last = new Date(end);
  const before = described.buckets[bucket - 1];
  const newYear = before === undefined || before[0].slice(0, 4) !== start.slice(0, 4);
  const days = Math.round((last.getTime() - first.getTime()) / 86_400_000) + 1;
  const span = days === 1 ? formatLongDay(first) : `${formatLongDay(first)} – ${formatLongDay(last)}, ${days} days`;
  return {
    id: bucketId(bucket),
    field: String(bucket),
    name: element(
      "span",
      { class: "m-head m-bucket-head", title: inCoverage ? span : `${span}; before the coverage period` },
      element("span", { class: "m-head-text" }, DAY.format(first)),
      element("span", { class: "m-year" }, newYear ? String(first.getUTCFullYear()) : ""),
    ),
    width: BUCKET_WIDTH,
    minWidth: 40,
    cssClass: inCoverage ? "m-number m-bucket" : "m-number m-bucket m-outside",
    headerCssClass: inCoverage ? "m-number" : "m-number m-outside",
    formatter: /** @type {any} */ (bucketFormatter(bucket, overlay)),
    editor: /** @type {any} */ (QuantityEditor),
  };
}
