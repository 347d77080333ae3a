/** The grid of an allocation: one row per item, a column per location, what each gets in the cells. */
import { element } from "./dom.js";
import { formatDay, formatLongDay, formatNumber } from "./grid_text.js";
import { allocationCell, figureCell, measureCell, reasonWords, statusCell } from "./allocation_grid_cells.js";
import * as words from "./allocation_grid_words.js";

/**
 * @typedef {import("./grid_kind.js").Described} Described
 * @typedef {import("./grid_kind.js").GridKind} GridKind
 * @typedef {import("./grid_toolbar.js").State} State
 * @typedef {{ key: string, name: string, kind: string, own: boolean }} Place
 */

/** Wide enough for the day of arrival, and for a name of some length. */
const NARROWEST = 94;
const WIDEST = 150;
const LETTER = 10;
const NOWHERE = { key: "", name: "", kind: "", own: false };

/**
 * @param {() => Described} described
 * @param {() => State} state
 * @returns {GridKind}
 */
export function allocationKind(described, state) {
  const place = (/** @type {number} */ slot) => /** @type {Place} */ (described().slots[slot] ?? NOWHERE);
  const shipDate = (/** @type {number} */ date) => described().ship_dates?.[date] ?? "";
  const withSource = (/** @type {string[]} */ names) => names.filter((name) => name !== "source" || (described().sources ?? 1) > 1);
  /** @type {GridKind["explained"]} */
  const keysOf = (row, slot) => ({ ...row.keys, location: place(slot).key, bucket: row.window.header.bucket ?? 0 });
  /** @type {GridKind} */
  const kind = {
    className: "m-allocation-grid",
    columns: words.COLUMNS,
    measures: words.MEASURES,
    get shown() {
      return withSource(words.SHOWN);
    },
    get shownNarrow() {
      return withSource(words.SHOWN_NARROW);
    },
    frozenThrough: words.FROZEN_THROUGH,
    legend: words.LEGEND,
    shortcuts: words.SHORTCUTS,
    say: words.SAY,
    locks: true,
    toggle: { filter: "status", value: "short", label: "Short only", hint: "Items of which some location lacks a unit or more on this ship date" },
    caption: () => caption(described()),
    valueTitle: (name, value) => {
      if (value === "") return "(none)";
      return name === "status" ? words.STATUSES[value] ?? value : value;
    },
    valueHint: (name, value) => (name === "status" ? words.STATUS_HINTS[value] : undefined),
    textCell: (name, row) => (name === "status" ? statusCell(row.text(name)) : undefined),
    numberCell: figureCell,
    slotColumn: (slot) => locationColumn(place(slot), described().arrivals?.[state().date ?? 0]?.[slot] ?? ""),
    sortName: (slot) => `at:${place(slot).key}`,
    slotCell: (slot, overlay) => (_line, _cell, _value, _column, row) => {
      const cell = kind.cellOf(row, slot);
      if (cell === undefined) return measureCell(row, slot, described().reasons ?? []);
      return allocationCell(row, slot, overlay, cell, state().show === "cover");
    },
    cellOf: (row, slot) => (row.measure === 0 ? /** @type {any} */ (keysOf(row, slot)) : undefined),
    where: ({ item, location, bucket }) => `${item} at ${location}, ${shipDate(bucket)}`,
    closed: (row, slot) => `${row.text("source")} does not serve ${row.item} at ${place(slot).key}.`,
    label: (row, slot) => `Allocation of ${row.item} to ${place(slot).key}`,
    explained: keysOf,
    copied: (row, slot) => {
      const value = row.cell(slot);
      if (Number.isNaN(value)) return "";
      const isReason = Object.keys(words.MEASURES)[row.measure - 1] === "reason";
      return isReason ? reasonWords(row, slot, described().reasons?.[value] ?? "")[0] : String(value);
    },
    counts: (now) => counts(now, (described().sources ?? 1) > 1 ? "row" : "item"),
  };
  return kind;
}

/** @param {Described} described */
function caption({ sources = 1, filters, ship_dates: dates = [] }) {
  const [first] = filters["source"] ?? [];
  const from = sources === 1 ? `From ${first ?? "the source"}` : `From ${sources} sources`;
  return dates.length > 1 ? `${from} on` : `${from} on ${formatLongDay(new Date(dates[0] ?? ""))}`;
}

/**
 * @param {State} state
 * @param {string} unit
 */
function counts({ rows, all_rows: all, totals = {}, show }, unit) {
  const named = `${formatNumber(all)} ${unit}${all === 1 ? "" : "s"}`;
  const count = rows === all ? named : `${formatNumber(rows)} of ${named}`;
  const sums = ["available", "allocated", "left", "short"].map((name) => `${name} ${formatNumber(Math.round(totals[name] ?? 0))}`);
  return `${count}: ${show === "value" ? "value " : ""}${sums.join(", ")}`;
}

/**
 * @param {Place} place
 * @param {string} arrival ISO day; blank where it differs
 */
function locationColumn({ key, name, kind, own }, arrival) {
  const day = arrival === "" ? undefined : new Date(arrival);
  const about = own ? "kept for the source's own demand" : day === undefined ? "" : `arrives ${formatLongDay(day)}`;
  const title = [name === "" || name === key ? key : `${key}: ${name}`, kind, about].filter((part) => part !== "").join(", ");
  return {
    name: element(
      "span",
      { class: "m-head m-bucket-head", title },
      element("span", { class: "m-head-text" }, key),
      element("span", { class: "m-year" }, own ? "kept" : day === undefined ? "" : `arrives ${formatDay(day)}`),
    ),
    width: Math.round(Math.min(WIDEST, Math.max(NARROWEST, key.length * LETTER + 22))),
    cssClass: own ? "m-number m-bucket m-own" : "m-number m-bucket",
    headerCssClass: "m-number",
  };
}
