/**
 * What the planner entered and the kernel has not taken: cells waiting for an answer, and cells that were refused.
 *
 * @typedef {{ item: string, location: string, bucket: number, quantity: number | string }} CellEdit
 * @typedef {CellEdit & { reason: string, nearest: number[], forcible: boolean }} CellReject
 */
import { rowKey } from "./plan_grid_window.js";

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

  /**
   * @param {string} item
   * @param {string} location
   * @param {number} bucket
   */
  pending(item, location, bucket) {
    return this.#pending.size === 0 ? undefined : this.#pending.get(cellKey({ item, location, bucket }));
  }

  /**
   * @param {string} item
   * @param {string} location
   * @param {number} bucket
   */
  rejected(item, location, bucket) {
    return this.#rejected.size === 0 ? undefined : this.#rejected.get(cellKey({ item, location, bucket }));
  }
}

/** @param {{ item: string, location: string, bucket: number }} cell */
function cellKey({ item, location, bucket }) {
  return `${rowKey(item, location)}\u001f${bucket}`;
}
