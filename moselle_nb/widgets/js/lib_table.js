// @ts-check
// Plain tables of records: numbers to the right, nothing for null, and a line on what is left out.
import { element } from "./lib_dom.js";

/**
 * @typedef {object} Column
 * @property {string} key
 * @property {string} title
 * @property {"text" | "number" | "money"} kind
 */

/**
 * Write a value as people read it.
 * @param {unknown} value
 * @param {Column["kind"]} kind
 */
export function shown(value, kind) {
  if (value === null || value === undefined) {
    return "";
  }
  if (typeof value !== "number") {
    return String(value);
  }
  const digits = kind === "money" ? 2 : 0;
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: kind === "money" ? 2 : 3 });
}

/**
 * @param {string} caption
 * @param {Column[]} columns
 * @param {Record<string, unknown>[]} records
 * @param {(record: Record<string, unknown>) => string} [rowClass]
 */
export function table(caption, columns, records, rowClass = () => "") {
  const align = (/** @type {Column} */ column) => (column.kind === "text" ? null : "is-number");
  const head = columns.map((column) => element("th", { scope: "col", class: align(column) }, column.title));
  const rows = records.map((record) =>
    element("tr", { class: rowClass(record) || null },
      columns.map((column) => element("td", { class: align(column) }, shown(record[column.key], column.kind)))),
  );
  return element(
    "div",
    { class: "moselle-scroll", tabindex: 0, role: "region", "aria-label": caption },
    element("table", { class: "moselle-table" },
      element("caption", { class: "moselle-hidden" }, caption),
      element("thead", {}, element("tr", {}, head)),
      element("tbody", {}, rows)),
  );
}
