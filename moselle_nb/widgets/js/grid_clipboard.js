/** Blocks of cells: copy, paste, fill down, clear and lock, as in a spreadsheet. */
import { slotOf } from "./grid_kind.js";
import { cellKey } from "./grid_overlay.js";
import { formatTable, parseQuantity, parseTable } from "./grid_text.js";
import { FLAG } from "./grid_window.js";

/**
 * @typedef {import("./grid_window.js").GridRow} GridRow
 * @typedef {import("./grid_overlay.js").CellEdit} CellEdit
 * @typedef {import("./grid_overlay.js").Cell} Cell
 * @typedef {import("./grid_kind.js").GridKind} GridKind
 * @typedef {{ fromRow: number, toRow: number, fromCell: number, toCell: number }} Block
 * @typedef {{ id: string | number }} Column
 * @typedef {object} Sheet
 * @property {Column[]} columns
 * @property {(line: number) => GridRow | undefined} rowAt
 * @property {Pick<GridKind, "cellOf" | "copied" | "measures" | "say" | "valueTitle">} kind
 */

/** Cells that one paste may change. */
export const MOST_CELLS = 20_000;

/**
 * @param {Block} block
 * @param {Sheet} sheet
 * @returns {string | undefined} undefined where rows are not here yet
 */
export function copyBlock(block, sheet) {
  const rows = [];
  for (let line = block.fromRow; line <= block.toRow; line += 1) {
    const row = sheet.rowAt(line);
    if (row === undefined) return undefined;
    rows.push(columnsOf(block, sheet).map((column) => cellText(row, column, sheet)));
  }
  return formatTable(rows);
}

/**
 * @param {GridRow} row
 * @param {Column} column
 * @param {Sheet} sheet
 * @returns {string} numbers without separators, days as ISO: what a spreadsheet reads
 */
function cellText(row, column, { kind }) {
  const slot = slotOf(column);
  if (slot !== undefined) return kind.copied(row, slot);
  const name = String(column.id);
  if (row.measure > 0) return name === "item" ? Object.values(kind.measures)[row.measure - 1]?.title ?? "" : "";
  if (name in row.window.header.values) return row.text(name) === "" ? "" : kind.valueTitle(name, row.text(name));
  const day = row.day(name);
  const isDay = row.window.header.columns.some(([each, type]) => each === name && type === "i4");
  if (isDay) return day === undefined ? "" : day.toISOString().slice(0, 10);
  const value = row.number(name);
  return Number.isNaN(value) ? "" : String(value);
}

/**
 * Turn what was pasted into edits. A single value fills the whole selection; a block goes in at its first cell.
 *
 * @param {string} text
 * @param {Block} target
 * @param {Sheet} sheet
 * @returns {{ cells: CellEdit[] } | { problem: string }}
 */
export function pasteBlock(text, target, sheet) {
  const { columns, rowAt, kind } = sheet;
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
      const cell = cellAt(row, columns[target.fromCell + right], sheet);
      if (cell === undefined) return { problem: kind.say.onlyCells };
      cells.set(cellKey(cell), { ...cell, quantity });
    }
  }
  return cells.size === 0 ? { problem: "The clipboard holds only blank cells." } : { cells: [...cells.values()] };
}

/**
 * Copy the first row of the selection into the rows below; a selection of one row takes the row above it.
 *
 * @param {Block} block
 * @param {Sheet} sheet
 * @returns {{ cells: CellEdit[] } | { problem: string }}
 */
export function fillDown(block, sheet) {
  const from = block.fromRow === block.toRow ? block.fromRow - 1 : block.fromRow;
  const first = from < 0 ? undefined : sheet.rowAt(from);
  if (first === undefined) return { problem: "There is no row above to fill from." };
  /** @type {CellEdit[]} */
  const cells = [];
  for (let line = from + 1; line <= block.toRow; line += 1) {
    const row = sheet.rowAt(line);
    if (row === undefined) return { problem: "These rows are still on their way; try again in a moment." };
    for (const column of columnsOf(block, sheet)) {
      const slot = slotOf(column);
      const cell = cellAt(row, column, sheet);
      if (slot === undefined || cell === undefined || cellAt(first, column, sheet) === undefined) return { problem: sheet.kind.say.onlyFilled };
      cells.push({ ...cell, quantity: first.cell(slot) });
    }
  }
  return cells.length > MOST_CELLS ? { problem: `At most ${MOST_CELLS.toLocaleString("en")} cells can be filled at once.` } : { cells };
}

/**
 * @param {Block} block
 * @param {Sheet} sheet
 * @returns {CellEdit[]} zero for every cell in the block that can be edited and is not zero
 */
export function clearBlock(block, sheet) {
  return editable(block, sheet).filter(({ quantity }) => quantity !== 0).map((cell) => ({ ...cell, quantity: 0 }));
}

/**
 * @param {Block} block
 * @param {Sheet} sheet
 * @returns {CellEdit[]} cells in the block that can be edited, with what they hold
 */
export function editable(block, sheet) {
  /** @type {CellEdit[]} */
  const cells = [];
  for (let line = block.fromRow; line <= block.toRow && cells.length <= MOST_CELLS; line += 1) {
    const row = sheet.rowAt(line);
    if (row === undefined) continue;
    for (const column of columnsOf(block, sheet)) {
      const slot = slotOf(column);
      const cell = cellAt(row, column, sheet);
      if (slot !== undefined && cell !== undefined && row.has(slot, FLAG.EDITABLE)) cells.push({ ...cell, quantity: row.cell(slot) });
    }
  }
  return cells;
}

/**
 * @param {GridRow} row
 * @param {Column | undefined} column
 * @param {Pick<Sheet, "kind">} sheet
 * @returns {Cell | undefined} undefined where nothing can be edited
 */
export function cellAt(row, column, { kind }) {
  const slot = column === undefined ? undefined : slotOf(column);
  return slot === undefined ? undefined : kind.cellOf(row, slot);
}

/** Cells beyond which a sum is not worth the wait. */
const MOST_SUMMED = 20_000;

/**
 * Sum the cells of a block that stand in slots.
 *
 * @param {Block} block
 * @param {Sheet} sheet
 * @returns {{ sum: number, count: number } | undefined} undefined where there is nothing to sum
 */
export function blockSum(block, sheet) {
  const cells = (block.toRow - block.fromRow + 1) * (block.toCell - block.fromCell + 1);
  if (cells < 2 || cells > MOST_SUMMED) return undefined;
  const slots = columnsOf(block, sheet).map(slotOf).filter((slot) => slot !== undefined);
  const values = [];
  for (let line = block.fromRow; line <= block.toRow; line += 1) {
    const row = sheet.rowAt(line);
    if (row === undefined) continue;
    const texts = slots.map((slot) => sheet.kind.copied(row, slot)).filter((text) => text !== "");
    values.push(...texts.map(Number).filter((value) => !Number.isNaN(value)));
  }
  return values.length < 2 ? undefined : { sum: values.reduce((sum, value) => sum + value, 0), count: values.length };
}

/**
 * @param {Block} block
 * @param {Sheet} sheet
 */
function columnsOf(block, { columns }) {
  return columns.slice(block.fromCell, block.toCell + 1);
}
