/** Edits on their way to the kernel, one after the other: each is made against the plan that the last one left. */

/**
 * @typedef {import("./grid_overlay.js").CellEdit} CellEdit
 * @typedef {import("./requests.js").Answer} Answer
 * @typedef {{ force: boolean, reason: string, lock?: boolean }} How
 */

export class EditQueue {
  /** @type {Promise<void>} */
  #last = Promise.resolve();

  /**
   * @param {object} options
   * @param {(kind: string, fields: Record<string, unknown>) => Promise<Answer>} options.send
   * @param {import("./grid_overlay.js").Overlay} options.overlay
   * @param {(cells: CellEdit[]) => void} options.onWaiting
   * @param {(answer: Answer, cells: CellEdit[], lock: boolean) => void} options.onAnswer
   */
  constructor({ send, overlay, onWaiting, onAnswer }) {
    this.send = send;
    this.overlay = overlay;
    this.onWaiting = onWaiting;
    this.onAnswer = onAnswer;
  }

  /**
   * @param {CellEdit[]} cells
   * @param {How} how
   * @returns {Promise<void>} ends when the kernel has answered
   */
  edit(cells, how) {
    this.overlay.wait(cells);
    this.onWaiting(cells);
    const given = { ...(how.reason === "" ? {} : { reason: how.reason }), ...(how.lock === true ? { lock: true } : {}) };
    return this.#then("edit", { cells, force: how.force, ...given }, cells);
  }

  /**
   * @param {"undo" | "redo"} kind
   * @returns {Promise<void>}
   */
  step(kind) {
    return this.#then(kind, {}, []);
  }

  /**
   * @param {string} kind
   * @param {Record<string, unknown>} fields
   * @param {CellEdit[]} cells
   */
  #then(kind, fields, cells) {
    this.#last = this.#last.then(async () => {
      const answer = await this.send(kind, fields);
      this.overlay.settle(cells);
      this.overlay.refuse(answer.reply["rejects"] ?? []);
      this.onAnswer(answer, cells, fields["lock"] === true);
    });
    return this.#last;
  }
}
