// @ts-check
// Plain tables of records: numbers to the right, nothing for null, and a line on what is left out.
import { element } from "./lib_dom.js";
import { columnTitle } from "./lib_fields.js";

/**
 * @typedef {object} Column
 * @property {string} key
 * @property {string} title
 * @property {"text" | "number" | "money" | "words"} kind
 */

/** @type {Record<string, [string, Column["kind"]]>} */
const TITLES = {
  supplier: ["Supplier", "text"],
  name: ["Name", "text"],
  order_date: ["Order date", "text"],
  lines: ["Lines", "number"],
  units: ["Units", "number"],
  value: ["Value", "money"],
  currency: ["Currency", "text"],
  min_order_value: ["Minimum value", "money"],
  gap_value: ["Missing to minimum", "money"],
  min_order_quantity: ["Minimum units", "number"],
  gap_units: ["Missing units to minimum", "number"],
  order_id: ["Order", "text"],
  location: ["Ship to", "text"],
  expected_date: ["Expected", "text"],
  item: ["Item", "text"],
  rule: ["Rule", "text"],
  allocated: ["Allocated", "number"],
  units_short: ["Units short", "number"],
  rows_short: ["Rows short", "number"],
  lowest_cover: ["Lowest cover (days)", "number"],
  mean_cover: ["Mean cover (days)", "number"],
  cover_spread: ["Spread of cover (days)", "number"],
  expected_lost_units: ["Expected lost units", "number"],
  value_lost: ["Value lost", "money"],
  transfer_cost: ["Transport", "money"],
  cost_against_best: ["Costs more than the best", "money"],
  need: ["Need", "number"],
  buy_units: ["Bought", "number"],
  buy_value: ["Worth", "money"],
  move_units: ["Moved", "number"],
  move_cost: ["Transport", "money"],
  moved_out: ["Moved away", "number"],
  unserved_neither: ["Unserved with neither", "number"],
  unserved_buy: ["Unserved if bought", "number"],
  unserved_move: ["Unserved if moved", "number"],
  unserved_both: ["Unserved with both", "number"],
  buy_less_units: ["Buy less", "number"],
  buy_less_value: ["Saves", "money"],
  promised_twice: ["Promised twice", "number"],
  transfer_id: ["Transfer", "text"],
  source: ["From", "text"],
  ship_date: ["Leaves", "text"],
  arrival_date: ["Arrives", "text"],
};

/**
 * Columns that are known by name, those of others as they come.
 * @param {string[]} names
 * @returns {Column[]}
 */
export function columnsOf(names) {
  return names.map((key) => {
    const [title, kind] = TITLES[key] ?? [columnTitle(key), "text"];
    return { key, title, kind };
  });
}

/**
 * Whether an order misses a minimum of its supplier.
 * @param {Record<string, unknown>} record
 */
export function isShort(record) {
  return Number(record["gap_value"] ?? 0) > 0 || Number(record["gap_units"] ?? 0) > 0;
}

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
  const align = (/** @type {Column} */ column) => ({ text: null, words: "is-words", number: "is-number", money: "is-number" })[column.kind];
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
