/**
 * Windows of rows as the kernel packs them: one buffer of little-endian columns and a header that names them.
 *
 * @typedef {{ index: number, start: number, lines: number, version: number, keys: string[], columns: [string, string, number, number][], values: Record<string, string[]>, bucket?: number }} Header
 * @typedef {Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array} Column
 */

/** Bits that say how a cell is shown; the same as in grid_source.py. */
export const FLAG = Object.freeze({ EDITED: 1, FORCED: 2, EDITABLE: 4, UNSERVED: 8, BELOW_SAFETY: 16, LOCKED: 32, SHORT: 64 });

const NO_TEXT = 65_535;
const NO_DAY = -(2 ** 31);
const MILLISECONDS_A_DAY = 86_400_000;

/** @type {Record<string, (buffer: ArrayBuffer, offset: number, length: number) => Column>} */
const KINDS = {
  u1: (buffer, offset, length) => new Uint8Array(buffer, offset, length),
  u2: (buffer, offset, length) => new Uint16Array(buffer, offset, length),
  u4: (buffer, offset, length) => new Uint32Array(buffer, offset, length),
  i4: (buffer, offset, length) => new Int32Array(buffer, offset, length),
  f8: (buffer, offset, length) => new Float64Array(buffer, offset, length),
};

/** One window of lines. */
export class GridWindow {
  /** @type {Map<string, Column>} */
  #columns = new Map();
  /** @type {Map<number, number>} */
  #suggested = new Map();

  /**
   * @param {Header} header
   * @param {DataView} view
   */
  constructor(header, view) {
    this.header = header;
    // A message's parts stand at any offset; typed arrays need theirs aligned.
    const buffer = /** @type {ArrayBuffer} */ (view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
    for (const [name, kind, offset, length] of header.columns) {
      const read = KINDS[kind];
      if (read === undefined) throw new Error(`unknown kind of column ${kind}`);
      this.#columns.set(name, read(buffer, offset, length));
    }
    const edited = this.#column("edited");
    const suggested = this.#column("suggested");
    for (let i = 0; i < edited.length; i += 1) this.#suggested.set(edited[i] ?? -1, suggested[i] ?? 0);
    this.slots = header.lines > 0 ? this.#column("cells").length / header.lines : 0;
  }

  /**
   * @param {number} line line of the grid
   * @returns {GridRow | undefined}
   */
  row(line) {
    const place = line - this.header.start;
    return place >= 0 && place < this.header.lines ? new GridRow(this, line, place) : undefined;
  }

  /**
   * @param {string} name
   * @param {number} place
   * @returns {number}
   */
  value(name, place) {
    return this.#columns.get(name)?.[place] ?? Number.NaN;
  }

  /**
   * @param {number} cell
   * @returns {number | undefined}
   */
  suggestion(cell) {
    return this.#suggested.get(cell);
  }

  /**
   * @param {string} name
   * @returns {Column}
   */
  #column(name) {
    const column = this.#columns.get(name);
    if (column === undefined) throw new Error(`a window without ${name}`);
    return column;
  }
}

/** One line of the grid: a row of the plan, or one of the measures below it. */
export class GridRow {
  /**
   * @param {GridWindow} window
   * @param {number} line
   * @param {number} place line inside the window
   */
  constructor(window, line, place) {
    this.window = window;
    this.line = line;
    this.place = place;
    this.parent = window.value("parent", place);
    this.measure = window.value("measure", place);
    this.item = this.text("item");
  }

  /** @returns {string} what the row is known by, wherever it stands */
  get key() {
    return rowKey(...this.window.header.keys.map((name) => this.text(name)));
  }

  /** @returns {Record<string, string>} */
  get keys() {
    return Object.fromEntries(this.window.header.keys.map((name) => [name, this.text(name)]));
  }

  /** @returns {boolean} */
  get expanded() {
    return this.window.value("expanded", this.parent) === 1;
  }

  /**
   * @param {string} name
   * @returns {string} blank where there is none
   */
  text(name) {
    const code = this.window.value(name, this.parent);
    return code === NO_TEXT ? "" : this.window.header.values[name]?.[code] ?? "";
  }

  /**
   * @param {string} name
   * @returns {number} NaN where there is none
   */
  number(name) {
    return this.window.value(name, this.parent);
  }

  /**
   * @param {string} name
   * @returns {Date | undefined}
   */
  day(name) {
    const days = this.window.value(name, this.parent);
    return Number.isNaN(days) || days === NO_DAY ? undefined : new Date(days * MILLISECONDS_A_DAY);
  }

  /**
   * @param {number} slot
   * @returns {number}
   */
  cell(slot) {
    return this.window.value("cells", this.place * this.window.slots + slot);
  }

  /**
   * @param {number} slot
   * @param {number} flag
   * @returns {boolean}
   */
  has(slot, flag) {
    return (this.window.value("flags", this.place * this.window.slots + slot) & flag) !== 0;
  }

  /**
   * @param {number} slot
   * @returns {number | undefined} what was suggested where the cell is edited
   */
  suggestion(slot) {
    return this.window.suggestion(this.place * this.window.slots + slot);
  }
}

/** @param {...string} keys */
export function rowKey(...keys) {
  return keys.join("\u001f");
}

/** The windows that were last looked at. */
export class WindowCache {
  /** @type {Map<number, GridWindow>} */
  #windows = new Map();

  /**
   * @param {number} size lines in a window
   * @param {number} [capacity] windows kept
   */
  constructor(size, capacity = 48) {
    this.size = size;
    this.capacity = capacity;
  }

  /** @param {GridWindow} window */
  put(window) {
    this.#windows.delete(window.header.index);
    this.#windows.set(window.header.index, window);
    while (this.#windows.size > this.capacity) {
      const oldest = this.#windows.keys().next().value;
      if (oldest === undefined) break;
      this.#windows.delete(oldest);
    }
  }

  clear() {
    this.#windows.clear();
  }

  /**
   * @param {number} line
   * @returns {GridRow | undefined}
   */
  row(line) {
    const index = Math.floor(line / this.size);
    const window = this.#windows.get(index);
    if (window === undefined) return undefined;
    this.#windows.delete(index);
    this.#windows.set(index, window);
    return window.row(line);
  }

  /**
   * @param {number} first
   * @param {number} last
   * @returns {number[]} windows that cover the lines, those that are here included
   */
  covering(first, last) {
    const from = Math.max(0, Math.floor(first / this.size));
    const to = Math.max(from, Math.floor(last / this.size));
    return Array.from({ length: to - from + 1 }, (_, place) => from + place);
  }

  /**
   * @param {number} first
   * @param {number} last
   * @returns {number[]} windows that cover the lines and are not here
   */
  missing(first, last) {
    return this.covering(first, last).filter((index) => !this.#windows.has(index));
  }
}
