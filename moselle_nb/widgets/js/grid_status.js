/** The lines below the grid: what happened, what was refused and what can be done about it, and an explanation. */
import { element, listen, uniqueId } from "./dom.js";
import { cellKey } from "./grid_overlay.js";
import { formatNumber } from "./grid_text.js";

/**
 * @typedef {import("./grid_overlay.js").CellEdit} CellEdit
 * @typedef {import("./grid_overlay.js").CellReject} CellReject
 * @typedef {import("./grid_edits.js").How} How
 */

export class StatusLine {
  /** @type {CellReject[]} */
  #rejects = [];
  /** @type {CellEdit[]} */
  #asked = [];
  #locks = false;
  /** @type {number[]} */
  #lockable = [];
  #text = element("span", { class: "m-message" });
  #live = element("div", { class: "m-live", role: "status", "aria-live": "polite" }, this.#text);
  #actions = element("span", { class: "m-actions" });
  #counts = element("span", { class: "m-counts" });
  #reason = element("input", {
    class: "m-reason", type: "text", maxlength: "500", placeholder: "Reason for edits", "aria-label": "Reason recorded with the next edits",
  });

  /**
   * @param {import("./grid_kind.js").GridKind} kind
   * @param {object} handlers
   * @param {(cells: CellEdit[], how: How) => void} handlers.onEdit
   * @param {() => void} handlers.onDismiss
   * @param {() => void} handlers.onDone focus goes back to the grid
   * @param {AbortSignal} signal
   */
  constructor(kind, { onEdit, onDismiss, onDone }, signal) {
    this.kind = kind;
    this.onEdit = onEdit;
    this.onDismiss = onDismiss;
    this.onDone = onDone;
    this.node = element("div", { class: "m-status-line" }, this.#live, this.#actions, legend(kind), this.#counts, this.#reason);
    listen(this.#reason, "keydown", (event) => {
      if (event.key === "Enter" || event.key === "Escape") this.onDone();
    }, signal);
  }

  /**
   * @param {string} text
   * @param {"plain" | "error" | "waiting"} [kind]
   */
  say(text, kind = "plain") {
    this.#text.textContent = text;
    this.#live.className = `m-live m-${kind}`;
    this.#actions.replaceChildren();
  }

  /**
   * Offer something to do next, beside what was said.
   *
   * @param {string} text
   * @param {() => void} action
   */
  offer(text, action) {
    this.#button(text, action);
  }

  /** @returns {string} what is recorded with edits until it is changed */
  get reason() {
    return this.#reason.value.trim();
  }

  /** @param {string} text */
  count(text) {
    this.#counts.textContent = text;
  }

  /**
   * Say what was refused, and offer the nearest accepted quantities and force.
   *
   * @param {string} text
   * @param {CellReject[]} rejects
   * @param {CellEdit[]} asked all cells of the edit: none of it was applied
   * @param {boolean} [lock] whether they were to be locked
   * @param {number[]} [lockable] quantities at which they could be, others giving way
   */
  refuse(text, rejects, asked, lock = false, lockable = []) {
    this.say(text, "error");
    this.#rejects = rejects;
    this.#asked = asked;
    this.#locks = lock;
    this.#lockable = lockable;
    const only = rejects.length === 1 ? rejects[0] : undefined;
    for (const nearest of only?.nearest ?? []) {
      this.#button(`Use ${formatNumber(nearest)}`, () => {
        const cells = this.#asked.map((cell) => (cellKey(cell) === cellKey(/** @type {CellReject} */ (only)) ? { ...cell, quantity: nearest } : cell));
        this.onEdit(cells, { force: false, reason: this.reason, lock: this.#locks });
        this.onDone();
      });
    }
    const [first] = lockable;
    if (first !== undefined) {
      this.#button(`Lock ${lockable.length === 1 ? formatNumber(first) : "them"}, others give way`, () => {
        const cells = this.#asked.map((cell, place) => ({ ...cell, quantity: lockable[place] ?? cell.quantity }));
        this.onEdit(cells, { force: false, reason: this.reason, lock: true });
        this.onDone();
      });
    }
    if (rejects.length > 0 && rejects.every((reject) => reject.forcible)) {
      this.#button("Force…", () => this.#askReason());
    }
    this.#button("Dismiss", () => {
      this.onDismiss();
      this.onDone();
    });
  }

  #askReason() {
    const id = uniqueId("reason");
    const input = element("input", { id, class: "m-reason", type: "text", maxlength: "500", placeholder: "Why?", value: this.reason });
    const count = this.#rejects.length;
    this.#actions.replaceChildren(element("label", { for: id }, count === 1 ? this.kind.say.forceOne : this.kind.say.forceAll(this.#asked.length)), input);
    const place = this.#button(this.kind.say.force, () => this.#force(input));
    place.disabled = input.value.trim() === "";
    input.addEventListener("input", () => {
      place.disabled = input.value.trim() === "";
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && input.value.trim() !== "") this.#force(input);
      else if (event.key === "Escape") this.refuse(this.#text.textContent ?? "", this.#rejects, this.#asked, this.#locks, this.#lockable);
      if (event.key === "Escape") this.onDone();
    });
    this.#button("Cancel", () => {
      this.refuse(this.#text.textContent ?? "", this.#rejects, this.#asked, this.#locks, this.#lockable);
      this.onDone();
    });
    input.focus();
  }

  /** @param {HTMLInputElement} input */
  #force(input) {
    this.onEdit(this.#asked, { force: true, reason: input.value.trim(), lock: this.#locks });
    this.onDone();
  }

  /**
   * @param {string} text
   * @param {() => void} action
   * @returns {HTMLButtonElement}
   */
  #button(text, action) {
    const button = element("button", { type: "button", class: "m-button" }, text);
    button.addEventListener("click", action);
    this.#actions.append(button);
    return button;
  }
}

/**
 * What the colours of the cells mean.
 *
 * @param {import("./grid_kind.js").GridKind} kind
 */
function legend(kind) {
  const entries = kind.legend.map(([name, text]) => element("span", { class: "m-key" }, element("i", { class: `m-swatch m-swatch-${name}` }), text));
  return element("span", { class: "m-legend", "aria-hidden": "true" }, ...entries);
}

/** Where an explanation is read. */
export class ExplainPanel {
  #title = element("strong", {});
  #steps = element("div", { class: "m-explanation", tabindex: "0" });

  /**
   * @param {() => void} onClose
   * @param {AbortSignal} signal
   */
  constructor(onClose, signal) {
    const close = element("button", { type: "button", class: "m-button", "aria-label": "Close the explanation" }, "×");
    this.node = element(
      "section",
      { class: "m-explain", "aria-label": "Explanation", hidden: true },
      element("header", {}, this.#title, close),
      this.#steps,
    );
    const end = () => {
      this.node.hidden = true;
      onClose();
    };
    listen(close, "click", end, signal);
    listen(this.node, "keydown", (event) => {
      if (event.key === "Escape") end();
    }, signal);
  }

  /**
   * @param {string} title
   * @param {[string, string, string, string][]} steps name, value, unit and note of each
   */
  show(title, steps) {
    this.#title.textContent = title;
    const rows = steps.map(([name, value, unit, note]) =>
      element(
        "tr",
        {},
        element("th", { scope: "row" }, name),
        element("td", { class: "m-value" }, value),
        element("td", {}, unit),
        element("td", { class: "m-note" }, note),
      ));
    this.#steps.replaceChildren(element("table", {}, element("tbody", {}, ...rows)));
    this.#steps.scrollTop = 0;
    const opens = this.node.hidden;
    this.node.hidden = false;
    if (opens) this.node.scrollIntoView({ block: "nearest" });
  }

  /** @returns {boolean} */
  get isOpen() {
    return !this.node.hidden;
  }

  /** @returns {boolean} whether it was open */
  close() {
    const open = !this.node.hidden;
    this.node.hidden = true;
    return open;
  }
}
