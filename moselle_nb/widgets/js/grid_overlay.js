/**
 * What the planner entered and the kernel has not taken: cells waiting for an answer, and cells that were refused.
 *
 * @typedef {{ item: string, location: string, source?: string, bucket: number }} Cell keys of a cell; `bucket` is a period or a ship date
 * @typedef {Cell & { quantity: number | string }} CellEdit
 * @typedef {CellEdit & { reason: string, nearest: number[], forcible: boolean }} CellReject
 */

export class Overlay {
  /** @type {Map<string, CellEdit>} */
  #pending = new Map();
  /** @type {Map<string, CellReject>} */
  #rejected = new Map();

  /** @param {CellEdit[]} cells */
  wait(cells) {
    for (const cell of cells) {
      this.#pending.set(cellKey(cell), cell);
      this.#rejected.delete(cellKey(cell));
    }
  }

  /** @param {CellEdit[]} cells */
  settle(cells) {
    for (const cell of cells) {
      // A newer quantity for the same cell may be on its way.
      if (this.#pending.get(cellKey(cell)) === cell) this.#pending.delete(cellKey(cell));
    }
  }

  /** @param {CellReject[]} rejects */
  refuse(rejects) {
    for (const reject of rejects) this.#rejected.set(cellKey(reject), reject);
  }

  forget() {
    this.#rejected.clear();
  }

  /** @returns {CellReject[]} */
  get rejects() {
    return [...this.#rejected.values()];
  }

  /** @returns {number} */
  get waiting() {
    return this.#pending.size;
  }

  /** @param {Cell} cell */
  pending(cell) {
    return this.#pending.size === 0 ? undefined : this.#pending.get(cellKey(cell));
  }

  /** @param {Cell} cell */
  rejected(cell) {
    return this.#rejected.size === 0 ? undefined : this.#rejected.get(cellKey(cell));
  }
}

/** @param {Cell} cell */
export function cellKey({ item, location, source = "", bucket }) {
  return [item, source, location, bucket].join("\u001f");
}
