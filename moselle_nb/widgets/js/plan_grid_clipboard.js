/** Blocks of cells: copy, paste, fill down and clear, as in a spreadsheet. */
import { ORDER_MEASURE } from "./plan_grid_cells.js";
import { formatTable, parseQuantity, parseTable } from "./plan_grid_text.js";
import { FLAG } from "./plan_grid_window.js";
import { bucketOf, MEASURES, STATUSES } from "./plan_grid_words.js";

/**
 * @typedef {import("./plan_grid_window.js").GridRow} GridRow
 * @typedef {import("./plan_grid_overlay.js").CellEdit} CellEdit
 * @typedef {{ fromRow: number, toRow: number, fromCell: number, toCell: number }} Block
 * @typedef {{ id: string | number }} Column
 * @typedef {(line: number) => GridRow | undefined} RowAt
 */

/** Cells that one paste may change. */
export const MOST_CELLS = 20_000;

/**
 * @param {Block} block
 * @param {Column[]} columns
 * @param {RowAt} rowAt
 * @returns {string | undefined} undefined where rows are not here yet
 */
export function copyBlock(block, columns, rowAt) {
  const rows = [];
  for (let line = block.fromRow; line <= block.toRow; line += 1) {
    const row = rowAt(line);
    if (row === undefined) return undefined;
    rows.push(columns.slice(block.fromCell, block.toCell + 1).map((column) => cellText(row, column)));
  }
  return formatTable(rows);
}

/**
 * @param {GridRow} row
 * @param {Column} column
 * @returns {string} numbers without separators, days as ISO: what a spreadsheet reads
 */
function cellText(row, column) {
  const bucket = bucketOf(column);
  if (bucket !== undefined) {
    const value = row.cell(bucket);
    return Number.isNaN(value) ? "" : String(value);
  }
  const name = String(column.id);
  if (row.measure > 0) return name === "item" ? Object.values(MEASURES)[row.measure - 1]?.title ?? "" : "";
  if (name in row.window.header.values) return name === "status" ? STATUSES[row.text(name)] ?? row.text(name) : row.text(name);
  const day = row.day(name);
  const isDay = row.window.header.columns.some(([each, kind]) => each === name && kind === "i4");
  if (isDay) return day === undefined ? "" : day.toISOString().slice(0, 10);
  const value = row.number(name);
  return Number.isNaN(value) ? "" : String(value);
}

/**
 * Turn what was pasted into edits. A single value fills the whole selection; a block goes in at its first cell.
 *
 * @param {string} text
 * @param {Block} target
 * @param {Column[]} columns
 * @param {RowAt} rowAt
 * @returns {{ cells: CellEdit[] } | { problem: string }}
 */
export function pasteBlock(text, target, columns, rowAt) {
  const table = parseTable(text);
  if (table.length === 0) return { problem: "The clipboard holds no cells." };
  const single = table.length === 1 && table[0]?.length === 1;
  const height = single ? target.toRow - target.fromRow + 1 : table.length;
  const width = single ? target.toCell - target.fromCell + 1 : Math.max(...table.map((row) => row.length));
  if (height * width > MOST_CELLS) return { problem: `At most ${MOST_CELLS.toLocaleString("en")} cells can be pasted at once.` };
  if (target.fromCell + width > columns.length) return { problem: `The block is ${width} columns wide; it does not fit to the right of this cell.` };
  /** @type {Map<string, CellEdit>} */
  const cells = new Map();
  for (let down = 0; down < height; down += 1) {
    const row = rowAt(target.fromRow + down);
    if (row === undefined) return { problem: `The block is ${height} rows high; it does not fit below this cell.` };
    for (let right = 0; right < width; right += 1) {
      const quantity = parseQuantity((single ? table[0]?.[0] : table[down]?.[right]) ?? "");
      if (quantity === null) continue;
      const cell = orderCell(row, columns[target.fromCell + right]);
      if (cell === undefined) return { problem: "Only order cells can be filled: paste inside the order rows and the periods." };
      cells.set(`${row.key}\u001f${cell.bucket}`, { ...cell, quantity });
    }
  }
  return cells.size === 0 ? { problem: "The clipboard holds only blank cells." } : { cells: [...cells.values()] };
}

/**
 * Copy the first row of the selection into the rows below; a selection of one row takes the row above it.
 *
 * @param {Block} block
 * @param {Column[]} columns
 * @param {RowAt} rowAt
 * @returns {{ cells: CellEdit[] } | { problem: string }}
 */
export function fillDown(block, columns, rowAt) {
  const from = block.fromRow === block.toRow ? block.fromRow - 1 : block.fromRow;
  const first = from < 0 ? undefined : rowAt(from);
  if (first === undefined) return { problem: "There is no row above to fill from." };
  /** @type {CellEdit[]} */
  const cells = [];
  for (let line = from + 1; line <= block.toRow; line += 1) {
    const row = rowAt(line);
    if (row === undefined) return { problem: "These rows are still on their way; try again in a moment." };
    for (const column of columns.slice(block.fromCell, block.toCell + 1)) {
      const source = orderCell(first, column);
      const cell = orderCell(row, column);
      if (source === undefined || cell === undefined) return { problem: "Only order cells can be filled down." };
      cells.push({ ...cell, quantity: first.cell(source.bucket) });
    }
  }
  return cells.length > MOST_CELLS ? { problem: `At most ${MOST_CELLS.toLocaleString("en")} cells can be filled at once.` } : { cells };
}

/**
 * @param {Block} block
 * @param {Column[]} columns
 * @param {RowAt} rowAt
 * @returns {CellEdit[]} zero for every order in the block that is not zero
 */
export function clearBlock(block, columns, rowAt) {
  /** @type {CellEdit[]} */
  const cells = [];
  for (let line = block.fromRow; line <= block.toRow && cells.length <= MOST_CELLS; line += 1) {
    const row = rowAt(line);
    if (row === undefined) continue;
    for (const column of columns.slice(block.fromCell, block.toCell + 1)) {
      const cell = orderCell(row, column);
      if (cell !== undefined && row.has(cell.bucket, FLAG.EDITABLE) && row.cell(cell.bucket) !== 0) cells.push({ ...cell, quantity: 0 });
    }
  }
  return cells;
}

/**
 * @param {GridRow} row
 * @param {Column | undefined} column
 * @returns {{ item: string, location: string, bucket: number } | undefined} undefined where no order can stand
 */
export function orderCell(row, column) {
  const bucket = column === undefined ? undefined : bucketOf(column);
  const isOrder = row.measure === 0 || row.measure === ORDER_MEASURE;
  return bucket === undefined || !isOrder ? undefined : { item: row.item, location: row.location, bucket };
}

/** Cells beyond which a sum is not worth the wait. */
const MOST_SUMMED = 20_000;

/**
 * Sum the cells of a block that stand in periods.
 *
 * @param {Block} block
 * @param {Column[]} columns
 * @param {RowAt} rowAt
 * @returns {{ sum: number, count: number } | undefined} undefined where there is nothing to sum
 */
export function blockSum(block, columns, rowAt) {
  const cells = (block.toRow - block.fromRow + 1) * (block.toCell - block.fromCell + 1);
  if (cells < 2 || cells > MOST_SUMMED) return undefined;
  const buckets = columns.slice(block.fromCell, block.toCell + 1).map(bucketOf).filter((bucket) => bucket !== undefined);
  const values = [];
  for (let line = block.fromRow; line <= block.toRow; line += 1) {
    const row = rowAt(line);
    if (row !== undefined) values.push(...buckets.map((bucket) => row.cell(bucket)).filter((value) => !Number.isNaN(value)));
  }
  return values.length < 2 ? undefined : { sum: values.reduce((sum, value) => sum + value, 0), count: values.length };
}
