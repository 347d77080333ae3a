import assert from "node:assert/strict";
import { test } from "node:test";
import { FLAG, GridWindow, WindowCache } from "../../moselle_nb/widgets/js/grid_window.js";

/** Two lines of two buckets: a row and its first measure, packed by hand. */
function packed({ index = 0, start = 0 } = {}) {
  const buffer = new ArrayBuffer(120);
  new Uint8Array(buffer, 0, 2).set([0, 1]);
  new Uint16Array(buffer, 8, 2).set([0, 0]);
  new Uint8Array(buffer, 16, 1).set([1]);
  new Uint16Array(buffer, 24, 1).set([0]);
  new Uint16Array(buffer, 32, 1).set([0]);
  new Uint16Array(buffer, 40, 1).set([65_535]);
  new Int32Array(buffer, 48, 1).set([20_000]);
  new Float64Array(buffer, 56, 4).set([24, 36, 70, Number.NaN]);
  new Uint8Array(buffer, 88, 4).set([FLAG.EDITABLE, FLAG.EDITED | FLAG.EDITABLE, 0, 0]);
  new Uint32Array(buffer, 96, 1).set([1]);
  new Float64Array(buffer, 104, 1).set([12]);
  /** @type {[string, string, number, number][]} */
  const columns = [
    ["measure", "u1", 0, 2], ["parent", "u2", 8, 2], ["expanded", "u1", 16, 1], ["item", "u2", 24, 1],
    ["location", "u2", 32, 1], ["name", "u2", 40, 1], ["order_by", "i4", 48, 1], ["cells", "f8", 56, 4],
    ["flags", "u1", 88, 4], ["edited", "u4", 96, 1], ["suggested", "f8", 104, 1],
  ];
  const header = { index, start, lines: 2, version: 1, keys: ["item", "location"], columns, values: { item: ["SKU-1"], location: ["DC1"], name: [] } };
  // An odd offset, as parts of a message have.
  const moved = new Uint8Array(121);
  moved.set(new Uint8Array(buffer), 1);
  return new GridWindow(header, new DataView(moved.buffer, 1));
}

test("a window is read at any offset", () => {
  const row = packed().row(0);
  assert.ok(row);
  assert.equal(row.item, "SKU-1");
  assert.equal(row.text("name"), "");
  assert.equal(row.day("order_by")?.toISOString().slice(0, 10), "2024-10-04");
  assert.ok(row.expanded);
  assert.deepEqual([row.cell(0), row.cell(1)], [24, 36]);
  assert.ok(row.has(1, FLAG.EDITED) && !row.has(0, FLAG.EDITED));
  assert.equal(row.suggestion(1), 12);
  assert.equal(row.suggestion(0), undefined);
});

test("a measure has its row's keys and its own cells", () => {
  const row = packed().row(1);
  assert.ok(row);
  assert.equal(row.measure, 1);
  assert.equal(row.key, packed().row(0)?.key);
  assert.equal(row.cell(0), 70);
  assert.ok(Number.isNaN(row.cell(1)));
});

test("the cache forgets the window that was looked at longest ago", () => {
  const cache = new WindowCache(2, 2);
  cache.put(packed({ index: 0, start: 0 }));
  cache.put(packed({ index: 1, start: 2 }));
  assert.ok(cache.row(0));
  cache.put(packed({ index: 2, start: 4 }));
  assert.deepEqual(cache.missing(0, 5), [1]);
  assert.equal(cache.row(2), undefined);
  assert.deepEqual(cache.covering(1, 4), [0, 1, 2]);
});
