/** Numbers and days as text, and tables as a spreadsheet copies them. */

const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const DAY = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", timeZone: "UTC" });
const LONG_DAY = new Intl.DateTimeFormat("en", {
  weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC",
});

/**
 * @param {number} value
 * @returns {string} blank for no number
 */
export function formatNumber(value) {
  if (Number.isNaN(value)) return "";
  return (Number.isInteger(value) || Math.abs(value) >= 1_000 ? WHOLE : SHORT).format(value);
}

/**
 * @param {Date | undefined} day
 * @returns {string}
 */
export function formatDay(day) {
  return day === undefined ? "" : DAY.format(day);
}

/**
 * @param {Date | undefined} day
 * @returns {string}
 */
export function formatLongDay(day) {
  return day === undefined ? "" : LONG_DAY.format(day);
}

/**
 * Read a quantity as it is typed or pasted: `1240`, `1,240`, `1 240`, `1240.0`.
 *
 * @param {string} text
 * @returns {number | string | null} the text itself where it is no number, for the kernel to refuse; null when blank
 */
export function parseQuantity(text) {
  const trimmed = text.trim();
  if (trimmed === "") return null;
  const plain = trimmed.replace(/[\s\u00a0\u202f']/g, "");
  if (/^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/.test(plain)) return Number(plain.replaceAll(",", ""));
  if (/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,2})?$/i.test(plain)) return Number(plain);
  return trimmed.slice(0, 200);
}

/**
 * Read what a spreadsheet puts on the clipboard: rows by line ends, cells by tabs, quotes around cells that hold either.
 *
 * @param {string} text
 * @returns {string[][]}
 */
export function parseTable(text) {
  /** @type {string[][]} */
  const rows = [];
  /** @type {string[]} */
  let row = [];
  let cell = "";
  let quoted = false;
  const endCell = () => {
    row.push(cell);
    cell = "";
  };
  const endRow = () => {
    endCell();
    rows.push(row);
    row = [];
  };
  for (let i = 0; i < text.length; i += 1) {
    const character = text[i];
    if (quoted) {
      if (character === '"' && text[i + 1] === '"') {
        cell += '"';
        i += 1;
      } else if (character === '"') quoted = false;
      else cell += character;
    } else if (character === '"' && cell === "") quoted = true;
    else if (character === "\t") endCell();
    else if (character === "\n") endRow();
    else if (character !== "\r") cell += character;
  }
  if (cell !== "" || row.length > 0) endRow();
  return rows;
}

/**
 * @param {string[][]} rows
 * @returns {string}
 */
export function formatTable(rows) {
  return rows.map((row) => row.map(quoteCell).join("\t")).join("\n");
}

/** @param {string} cell */
function quoteCell(cell) {
  return /[\t\n\r"]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
