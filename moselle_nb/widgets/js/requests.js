/**
 * Requests to the kernel: each has an id and gets one reply.
 *
 * @typedef {{ id: string, kind: string, ok: boolean, revision: number, error?: { code: string, text: string } } & Record<string, any>} Reply
 * @typedef {{ reply: Reply, buffers: DataView[] }} Answer
 * @typedef {"answering" | "slow" | "silent"} KernelState
 */

/** After so many milliseconds without a reply, we say that we wait. */
export const SLOW_AFTER = 3_000;
/** After so many, that the kernel may be gone. */
export const SILENT_AFTER = 20_000;

let lastClient = 0;

/** Sends the requests of one view and hands back their replies. */
export class RequestClient {
  /** @type {Map<string, { resolve: (answer: Answer) => void, sent: number, order: number, kind: string }>} */
  #waiting = new Map();
  #last = 0;
  #name;
  /** @type {KernelState} */
  #state = "answering";
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #watch;

  /**
   * @param {import("@anywidget/types").AnyModel<any>} model
   * @param {object} options
   * @param {AbortSignal} options.signal ends it: nothing is resolved any more
   * @param {() => number} options.revision revision of the plan that the view shows
   * @param {(state: KernelState) => void} [options.onState] told whether the kernel answers
   */
  constructor(model, { signal, revision, onState = () => {} }) {
    lastClient += 1;
    // Replies reach every view of a widget: the name tells whose they are, also across pages on one kernel.
    this.#name = `${lastClient}-${Math.random().toString(36).slice(2, 8)}`;
    this.model = model;
    this.revision = revision;
    this.onState = onState;
    const receive = (/** @type {any} */ content, /** @type {DataView[]} */ buffers) => this.#receive(content, buffers);
    model.on("msg:custom", receive);
    signal.addEventListener("abort", () => {
      model.off("msg:custom", receive);
      clearInterval(this.#watch);
      this.#waiting.clear();
    });
  }

  /** @returns {KernelState} */
  get state() {
    return this.#state;
  }

  /** @returns {number} requests without a reply */
  get waiting() {
    return this.#waiting.size;
  }

  /**
   * Send a request; the answer arrives also when it is refused. Without a kernel it never arrives.
   *
   * @param {string} kind
   * @param {Record<string, unknown>} [fields]
   * @returns {Promise<Answer>}
   */
  send(kind, fields = {}) {
    this.#last += 1;
    const order = this.#last;
    const id = `${this.#name}-${order}`;
    return new Promise((resolve) => {
      this.#waiting.set(id, { resolve, sent: Date.now(), order, kind });
      this.#watch ??= setInterval(() => this.#judge(), 1_000);
      try {
        this.model.send({ ...fields, id, kind, revision: this.revision() });
      } catch {
        this.#become("silent");
      }
    });
  }

  /**
   * @param {any} content
   * @param {DataView[]} buffers
   */
  #receive(content, buffers) {
    const waiting = this.#waiting.get(content?.id);
    if (waiting === undefined) return;
    this.#waiting.delete(content.id);
    this.#giveUpBefore(waiting.order);
    if (this.#waiting.size === 0) {
      clearInterval(this.#watch);
      this.#watch = undefined;
    }
    this.#become("answering");
    waiting.resolve({ reply: content, buffers: buffers ?? [] });
  }

  /**
   * The kernel answers in order: what was sent before a request that is answered now will never be.
   *
   * @param {number} order
   */
  #giveUpBefore(order) {
    for (const [id, { resolve, order: each, kind }] of [...this.#waiting]) {
      if (each > order) continue;
      this.#waiting.delete(id);
      const error = { code: "lost", text: "The kernel was interrupted and did not answer; check the row and try again." };
      resolve({ reply: { id, kind, ok: false, revision: this.revision(), error }, buffers: [] });
    }
  }

  #judge() {
    const oldest = Math.min(...[...this.#waiting.values()].map((request) => request.sent));
    const waited = Date.now() - oldest;
    if (waited > SILENT_AFTER) this.#become("silent");
    else if (waited > SLOW_AFTER) this.#become("slow");
  }

  /** @param {KernelState} state */
  #become(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.onState(state);
  }
}
