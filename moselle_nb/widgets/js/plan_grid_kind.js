/** The grid of a replenishment plan: one row per item and location, a column per period, orders in the cells. */
import { element } from "./dom.js";
import { shown } from "./grid_cells.js";
import { formatLongDay, formatNumber } from "./grid_text.js";
import { measureCell, ORDER_MEASURE, orderCell, statusCell } from "./plan_grid_cells.js";
import * as words from "./plan_grid_words.js";

/**
 * @typedef {import("./grid_kind.js").Described} Described
 * @typedef {import("./grid_kind.js").GridKind} GridKind
 */

const BUCKET_WIDTH = 66;
const DAY = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", timeZone: "UTC" });

/**
 * @param {() => Described} described
 * @returns {GridKind}
 */
export function planKind(described) {
  const period = (/** @type {number} */ bucket) => /** @type {[string, string, boolean]} */ (described().slots[bucket] ?? ["", "", false]);
  /** @type {GridKind} */
  const kind = {
    className: "m-plan-grid",
    columns: words.COLUMNS,
    measures: words.MEASURES,
    shown: words.SHOWN,
    shownNarrow: words.SHOWN_NARROW,
    frozenThrough: words.FROZEN_THROUGH,
    legend: words.LEGEND,
    shortcuts: words.SHORTCUTS,
    say: words.SAY,
    locks: false,
    toggle: undefined,
    caption: () => "",
    valueTitle: (name, value) => {
      if (value === "") return "(none)";
      return name === "status" ? words.STATUSES[value] ?? value : value;
    },
    valueHint: (name, value) => (name === "status" ? words.STATUS_HINTS[value] : undefined),
    textCell: (name, row) => {
      if (name === "status") return statusCell(row.text(name), row.number("unserved"));
      const reason = words.REASONS[row.text(name)];
      return name === "reason" && reason !== undefined ? shown(reason, "", reason) : undefined;
    },
    numberCell: () => undefined,
    slotColumn: (bucket) => periodColumn(period(bucket), described().slots[bucket - 1]),
    sortName: () => undefined,
    slotCell: (bucket, overlay) => (_line, _cell, _value, _column, row) => {
      const cell = kind.cellOf(row, bucket);
      return cell === undefined ? measureCell(row, bucket) : orderCell(row, bucket, overlay, cell);
    },
    cellOf: (row, bucket) => {
      if (row.measure !== 0 && row.measure !== ORDER_MEASURE) return undefined;
      return { item: row.item, location: row.text("location"), bucket };
    },
    where: ({ item, location, bucket }) => `${item} at ${location}, ${period(bucket)[0]}`,
    closed: (row, bucket) => `${row.item} at ${row.text("location")} has no order date in ${span(period(bucket))}.`,
    label: (row) => `Order for ${row.item} at ${row.text("location")}`,
    explained: (row, bucket) => ({ ...row.keys, bucket, balance: kind.cellOf(row, bucket) === undefined }),
    copied: (row, bucket) => (Number.isNaN(row.cell(bucket)) ? "" : String(row.cell(bucket))),
    counts: ({ rows, all_rows: all }) => (rows === all ? `${formatNumber(all)} rows` : `${formatNumber(rows)} of ${formatNumber(all)} rows`),
  };
  return kind;
}

/** @param {[string, string, boolean]} period */
function span([start, end]) {
  const first = formatLongDay(new Date(start));
  return start === end ? first : `${first} – ${formatLongDay(new Date(end))}`;
}

/**
 * @param {[string, string, boolean]} period
 * @param {[string, string, boolean] | undefined} before
 */
function periodColumn(period, before) {
  const [start, end, inCoverage] = period;
  const first = new Date(start);
  const newYear = before === undefined || before[0].slice(0, 4) !== start.slice(0, 4);
  const days = Math.round((new Date(end).getTime() - first.getTime()) / 86_400_000) + 1;
  const title = days === 1 ? span(period) : `${span(period)}, ${days} days`;
  return {
    name: element(
      "span",
      { class: "m-head m-bucket-head", title: inCoverage ? title : `${title}; before the coverage period` },
      element("span", { class: "m-head-text" }, DAY.format(first)),
      element("span", { class: "m-year" }, newYear ? String(first.getUTCFullYear()) : ""),
    ),
    width: BUCKET_WIDTH,
    cssClass: inCoverage ? "m-number m-bucket" : "m-number m-bucket m-outside",
    headerCssClass: inCoverage ? "m-number" : "m-number m-outside",
  };
}
