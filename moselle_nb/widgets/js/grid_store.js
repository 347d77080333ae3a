/** The rows that are here, and how they come: windows asked for, changes whose replies bring them, one state for all. */
import { GridWindow, WindowCache } from "./grid_window.js";

/**
 * @typedef {import("./grid_toolbar.js").State} State
 * @typedef {import("./grid_window.js").GridRow} GridRow
 * @typedef {import("./grid_window.js").Header} Header
 * @typedef {import("./requests.js").Answer} Answer
 */

const FETCH_DELAY = 25;
/** Windows in one request; the kernel takes no more. */
const MOST_WINDOWS = 8;
/** Lines fetched above and below those in view. */
const MARGIN = 10;

export class RowStore {
  /** Requests on their way whose replies bring the rows themselves. */
  #changing = 0;
  /** @type {Map<number, Promise<void>>} windows on their way */
  #coming = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {object} options
   * @param {() => State} options.newest the state as the kernel told it last
   * @param {number} options.size lines in a window
   * @param {(kind: string, fields: Record<string, unknown>) => Promise<Answer>} options.send
   * @param {() => { top: number, bottom: number }} options.visible
   * @param {(before: State, now: State) => void} options.onState rows and state belong together again
   * @param {() => void} options.onRows more rows are here
   */
  constructor({ newest, size, send, visible, onState, onRows }) {
    this.newest = newest;
    this.send = send;
    this.visible = visible;
    this.onState = onState;
    this.onRows = onRows;
    /** What the rows on the screen belong to. */
    this.state = newest();
    this.cache = new WindowCache(size);
  }

  /**
   * @param {number} line
   * @returns {GridRow | undefined} undefined while it is on its way
   */
  row(line) {
    return this.cache.row(line);
  }

  /**
   * Ask for a change; its reply brings the rows that are in view.
   *
   * @param {string} kind
   * @param {Record<string, unknown>} fields
   * @param {number[]} [windows]
   * @returns {Promise<Answer>}
   */
  async change(kind, fields, windows = this.#inView()) {
    this.#changing += 1;
    const answer = await this.send(kind, { ...fields, windows });
    this.#changing -= 1;
    this.#apply(answer);
    return answer;
  }

  /** Take up what changed elsewhere; while a change of ours is on its way, its reply does. */
  async refresh() {
    if (this.#changing === 0) await this.change("rows", {});
  }

  /**
   * Have lines here.
   *
   * @param {number} first
   * @param {number} last
   */
  async fetch(first, last) {
    const end = Math.min(last, this.state.lines - 1);
    const missing = this.cache.missing(first, end).filter((index) => !this.#coming.has(index));
    for (let from = 0; from < missing.length; from += MOST_WINDOWS) {
      const windows = missing.slice(from, from + MOST_WINDOWS);
      const coming = this.#ask(windows).finally(() => windows.forEach((index) => this.#coming.delete(index)));
      windows.forEach((index) => this.#coming.set(index, coming));
    }
    await Promise.all(this.cache.covering(first, end).map((index) => this.#coming.get(index)));
  }

  /** Have the lines in view here, once scrolling pauses. */
  fetchSoon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const { top, bottom } = this.visible();
      void this.fetch(Math.max(0, top - MARGIN), bottom + MARGIN);
    }, FETCH_DELAY);
  }

  stop() {
    clearTimeout(this.#timer);
  }

  #inView() {
    const { top, bottom } = this.visible();
    return this.cache.covering(top, bottom).slice(0, MOST_WINDOWS);
  }

  /** @param {number[]} windows */
  async #ask(windows) {
    const { version } = this.state;
    const answer = await this.send("rows", { windows });
    // Positions of another version are those of other rows.
    if (version !== this.state.version) return;
    if (this.#take(answer, version)) this.onRows();
  }

  /** @param {Answer} answer */
  #apply(answer) {
    const now = this.newest();
    if (headersOf(answer).some((header) => header.version !== now.version)) {
      void this.refresh();
      return;
    }
    const before = this.state;
    if (now.version !== before.version) this.cache.clear();
    this.state = now;
    this.#take(answer, now.version);
    this.onState(before, now);
    this.fetchSoon();
  }

  /**
   * @param {Answer} answer
   * @param {number} version
   * @returns {boolean} whether any window was taken
   */
  #take(answer, version) {
    let taken = false;
    headersOf(answer).forEach((header, place) => {
      const buffer = answer.buffers[place];
      if (header.version !== version || buffer === undefined) return;
      this.cache.put(new GridWindow(header, buffer));
      taken = true;
    });
    return taken;
  }
}

/**
 * @param {Answer} answer
 * @returns {Header[]}
 */
function headersOf({ reply }) {
  return reply["windows"] ?? [];
}
