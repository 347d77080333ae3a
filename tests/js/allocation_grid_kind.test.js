import assert from "node:assert/strict";
import { test } from "node:test";
import { allocationKind } from "../../moselle_nb/widgets/js/allocation_grid_kind.js";
import { FLAG } from "../../moselle_nb/widgets/js/grid_window.js";

const DESCRIBED = /** @type {any} */ ({
  slots: [{ key: "HUB", name: "Hub", kind: "", own: true }, { key: "N1", name: "", kind: "store", own: false }],
  reasons: ["need_met", "no_stock_left"], sources: 1, filters: { source: ["HUB"] }, ship_dates: ["2026-11-23", "2026-11-30"],
});
const STATE = /** @type {any} */ ({
  rows: 1, all_rows: 1, show: "units", date: 1, totals: { available: 100, allocated: 90.4, left: 9.6, short: 0 },
});

/** @param {Partial<import("../../moselle_nb/widgets/js/grid_kind.js").Described>} [described] */
function kind(described = {}) {
  return allocationKind(() => ({ ...DESCRIBED, ...described }), () => STATE);
}

/**
 * A line of the second ship date; line 8 below it is the measure that holds reasons.
 *
 * @param {number} measure
 * @param {number} value
 * @param {number} flags
 * @returns {any}
 */
function line(measure, value = 7, flags = 0) {
  return {
    item: "A", measure, keys: { item: "A", source: "HUB" }, window: { header: { bucket: 1 } },
    text: (/** @type {string} */ name) => (name === "source" ? "HUB" : "A"),
    cell: () => value, has: (/** @type {number} */ _slot, /** @type {number} */ flag) => (flags & flag) !== 0,
  };
}

test("a cell is known by item, source, location and the ship date of its window", () => {
  assert.deepEqual(kind().cellOf(line(0), 1), { item: "A", source: "HUB", location: "N1", bucket: 1 });
  assert.equal(kind().cellOf(line(3), 1), undefined);
  assert.deepEqual(kind().explained(line(3), 1), { item: "A", source: "HUB", location: "N1", bucket: 1 });
  assert.equal(kind().where({ item: "A", source: "HUB", location: "N1", bucket: 1 }), "A at N1, 2026-11-30");
});

test("sources are a column where there are several", () => {
  assert.ok(!kind().shown.includes("source"));
  assert.ok(kind({ sources: 2 }).shown.includes("source"));
  assert.equal(kind().caption(), "From HUB on");
  assert.equal(kind({ ship_dates: ["2026-11-23"] }).caption(), "From HUB on Mon, Nov 23, 2026");
  assert.equal(kind({ sources: 2 }).caption(), "From 2 sources on");
});

test("what is copied is what a spreadsheet reads", () => {
  assert.equal(kind().copied(line(0), 1), "7");
  assert.equal(kind().copied(line(0, Number.NaN), 1), "");
  assert.equal(kind().copied(line(8, 1), 1), "stock used");
});

test("a person's decision goes before what stopped the rule", () => {
  assert.equal(kind().copied(line(8, 0), 1), "need met");
  assert.equal(kind().copied(line(8, 0, FLAG.EDITED), 1), "edited");
  assert.equal(kind().copied(line(8, 0, FLAG.EDITED | FLAG.LOCKED), 1), "locked");
});

test("totals are whole and singular where there is one", () => {
  assert.equal(kind().counts(STATE), "1 item: available 100, allocated 90, left 10, short 0");
  assert.equal(kind({ sources: 2 }).counts({ ...STATE, rows: 2, all_rows: 60, show: "value" }), "2 of 60 rows: value available 100, allocated 90, left 10, short 0");
});

test("it is said what an edit did to others", () => {
  const { set } = kind().say;
  const reply = (/** @type {boolean} */ locked, /** @type {number} */ others) => /** @type {any} */ ({ locked, others });
  assert.equal(set(1, reply(false, 0)), "1 cell set");
  assert.equal(set(2, reply(false, 3)), "2 cells set; 3 of later ship dates changed");
  assert.equal(set(1, reply(true, 1)), "1 cell locked; 1 other changed");
  assert.equal(set(1, reply(true, 0)), "1 cell locked; nothing else changed");
});
