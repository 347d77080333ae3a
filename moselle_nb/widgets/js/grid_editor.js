/** The field in which a quantity is typed. */
import { element } from "./dom.js";
import { STARTS_A_QUANTITY } from "./grid_keys.js";
import { parseQuantity } from "./grid_text.js";
import { slotOf } from "./grid_kind.js";

export class QuantityEditor {
  /** @param {import("slickgrid").EditorArguments<any>} args */
  constructor(args) {
    this.args = args;
    this.slot = slotOf(args.column) ?? 0;
    /** @type {import("./grid_window.js").GridRow} */
    const row = args.item;
    /** @type {import("./grid_kind.js").GridKind} */
    const kind = args.column.params.kind;
    const label = kind.label(row, this.slot);
    this.input = element("input", { class: "m-editor", inputmode: "numeric", autocomplete: "off", "aria-label": label });
    this.before = "";
    // Ctrl+A in an open editor selects its text; the grid would move its active cell.
    this.input.addEventListener("keydown", (event) => {
      const caret = ["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key) && !this.#typedOver;
      if ((event.ctrlKey || event.metaKey) && ["a", "c", "v", "x", "z", "y"].includes(event.key.toLowerCase())) event.stopPropagation();
      else if (caret || event.key === "Delete" || event.key === "Backspace") event.stopPropagation();
    });
    args.container.append(this.input);
    const typed = /** @type {any} */ (args.event)?.key;
    this.#typedOver = typeof typed === "string" && STARTS_A_QUANTITY.test(typed);
    if (this.#typedOver) this.input.value = typed;
    this.input.focus();
  }

  /** A quantity that was started by typing over the cell: arrows then take it and move on, as in a spreadsheet. */
  #typedOver = false;

  init() {}

  destroy() {
    this.input.remove();
  }

  focus() {
    this.input.focus();
  }

  /** @param {import("./grid_window.js").GridRow} row */
  loadValue(row) {
    const quantity = row.cell(this.slot);
    this.before = Number.isNaN(quantity) ? "" : String(quantity);
    if (!this.#typedOver) {
      this.input.value = this.before;
      this.input.select();
    }
  }

  serializeValue() {
    return this.input.value;
  }

  /**
   * The kernel applies it, or refuses. SlickGrid comes here only where fewer lines are left than were there when the
   * editor was opened: it takes the cell for one of a new row.
   *
   * @param {unknown} _row
   * @param {string} serializedValue
   */
  applyValue(_row, serializedValue) {
    const { grid, item, column } = this.args;
    grid.getOptions().editCommandHandler?.(item, column, /** @type {any} */ ({ editor: this, serializedValue }));
  }

  isValueChanged() {
    const quantity = parseQuantity(this.input.value);
    // Typing the suggested quantity over itself fixes it.
    return quantity !== null && (this.#typedOver || quantity !== Number(this.before));
  }

  validate() {
    return { valid: true, msg: null };
  }
}
