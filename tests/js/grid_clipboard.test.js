import assert from "node:assert/strict";
import { test } from "node:test";
import { blockSum, clearBlock, copyBlock, fillDown, pasteBlock } from "../../moselle_nb/widgets/js/grid_clipboard.js";
import { planKind } from "../../moselle_nb/widgets/js/plan_grid_kind.js";

const COLUMNS = [{ id: "item" }, { id: "slot-0" }, { id: "slot-1" }, { id: "slot-2" }];

/**
 * Lines of a grid: each a row of its own with 1, 2 and 3 units ordered on line 0, 2, 4 and 6 on line 1 and so on; line 2 is a measure.
 *
 * @param {number} line
 * @returns {any}
 */
function rowAt(line) {
  if (line < 0 || line > 3) return undefined;
  return {
    item: `SKU-${line}`, location: "DC1", key: `SKU-${line}\u001fDC1`, measure: line === 2 ? 1 : 0,
    window: { header: { values: { item: [] }, columns: [] } },
    text: () => `SKU-${line}`,
    cell: (/** @type {number} */ bucket) => (line + 1) * (bucket + 1),
    has: (/** @type {number} */ bucket) => bucket !== 2,
  };
}

/**
 * @param {number} fromRow
 * @param {number} fromCell
 */
function block(fromRow, fromCell, toRow = fromRow, toCell = fromCell) {
  return { fromRow, fromCell, toRow, toCell };
}

/** @type {import("../../moselle_nb/widgets/js/grid_clipboard.js").Sheet} */
const SHEET = { columns: COLUMNS, rowAt, kind: planKind(() => /** @type {any} */ ({ slots: [] })) };

/** @param {{ cells: any[] } | { problem: string }} result */
function quantities(result) {
  assert.ok("cells" in result, "problem" in result ? result.problem : "");
  return result.cells.map(({ item, bucket, quantity }) => [item, bucket, quantity]);
}

/** @param {{ cells: any[] } | { problem: string }} result */
function problem(result) {
  assert.ok("problem" in result);
  return result.problem;
}

test("a block is copied without separators, keys and all", () => {
  assert.equal(copyBlock(block(0, 0, 1, 2), SHEET), "SKU-0\t1\t2\nSKU-1\t2\t4");
  assert.equal(copyBlock(block(3, 1, 4, 1), SHEET), undefined);
});

test("a block goes in at its first cell; blank cells change nothing", () => {
  assert.deepEqual(quantities(pasteBlock("10\t\n1,200\tabc", block(0, 1), SHEET)), [
    ["SKU-0", 0, 10], ["SKU-1", 0, 1200], ["SKU-1", 1, "abc"],
  ]);
});

test("a single value fills the selection", () => {
  assert.deepEqual(quantities(pasteBlock("7", block(0, 1, 1, 2), SHEET)), [
    ["SKU-0", 0, 7], ["SKU-0", 1, 7], ["SKU-1", 0, 7], ["SKU-1", 1, 7],
  ]);
});

test("what does not fit or is no order is refused as a whole", () => {
  assert.match(problem(pasteBlock("1\t2\t3", block(0, 2), SHEET)), /3 columns wide/);
  assert.match(problem(pasteBlock("1\n2", block(3, 1), SHEET)), /2 rows high/);
  assert.match(problem(pasteBlock("1", block(0, 0), SHEET)), /Only order cells/);
  assert.match(problem(pasteBlock("1\n2", block(1, 1), SHEET)), /Only order cells/);
  assert.match(problem(pasteBlock("", block(0, 1), SHEET)), /no cells/);
  assert.match(problem(pasteBlock("\t", block(0, 1), SHEET)), /only blank cells/);
  assert.match(problem(pasteBlock("1\n".repeat(20_001), block(0, 1), SHEET)), /At most 20,000 cells/);
});

test("the first row is filled down; a selection of one row takes the row above", () => {
  assert.deepEqual(quantities(fillDown(block(0, 1, 1, 2), SHEET)), [["SKU-1", 0, 1], ["SKU-1", 1, 2]]);
  assert.deepEqual(quantities(fillDown(block(1, 1), SHEET)), [["SKU-1", 0, 1]]);
  assert.match(problem(fillDown(block(0, 1), SHEET)), /no row above/);
  assert.match(problem(fillDown(block(0, 1, 2, 1), SHEET)), /Only order cells/);
});

test("only orders that can be edited and are not zero are cleared", () => {
  assert.deepEqual(clearBlock(block(0, 0, 2, 3), SHEET).map(({ item, bucket }) => [item, bucket]), [
    ["SKU-0", 0], ["SKU-0", 1], ["SKU-1", 0], ["SKU-1", 1],
  ]);
});

test("a selection of cells is summed", () => {
  assert.deepEqual(blockSum(block(0, 0, 1, 2), SHEET), { sum: 9, count: 4 });
  assert.equal(blockSum(block(0, 1), SHEET), undefined);
  assert.equal(blockSum(block(0, 0, 1, 0), SHEET), undefined);
});
