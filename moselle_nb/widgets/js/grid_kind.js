/**
 * What one kind of grid adds to what all share: its words, its columns, and how its cells look and are named.
 *
 * @typedef {import("./grid_window.js").GridRow} GridRow
 * @typedef {import("./grid_overlay.js").Cell} Cell
 * @typedef {import("./grid_overlay.js").Overlay} Overlay
 * @typedef {import("./grid_toolbar.js").State} State
 * @typedef {{ html: HTMLElement, addClasses?: string, toolTip?: string }} Shown
 * @typedef {(line: number, cell: number, value: unknown, column: unknown, row: GridRow) => Shown} Formatter
 * @typedef {{ title: string, width: number, about?: string }} ColumnWords
 * @typedef {{ title: string, about: string }} MeasureWords
 * @typedef {{ name: HTMLElement, width: number, cssClass: string, headerCssClass: string }} SlotColumn
 *
 * What the kernel says the columns are. Slots are the columns whose cells are edited.
 *
 * @typedef {{
 *   name: string, keys: string[], texts: string[], dates: string[], numbers: string[], slots: any[],
 *   measures: string[], filters: Record<string, string[]>, window: number, shows: string[], ship_dates?: string[],
 *   arrivals?: string[][], reasons?: string[], sources?: number,
 * }} Described
 *
 * @typedef {object} Sentences
 * @property {string} tools name of the toolbar
 * @property {string} search what the search looks into
 * @property {string} noRows why a plan without rows has none
 * @property {string} sortBefore
 * @property {string} selectFirst
 * @property {string} follows why a measure is not edited
 * @property {string} inUnits
 * @property {string} onlyCells what can be pasted into
 * @property {string} onlyFilled what can be filled down
 * @property {string} forceOne asks for a reason
 * @property {(count: number) => string} forceAll
 * @property {string} force
 * @property {(count: number, reply: import("./requests.js").Reply) => string} set
 * @property {(count: number) => string} edited
 *
 * @typedef {object} GridKind
 * @property {string} className
 * @property {Record<string, ColumnWords>} columns
 * @property {Record<string, MeasureWords>} measures
 * @property {string[]} shown columns that stand before the slots unless the planner chooses others
 * @property {string[]} shownNarrow the same where there is little room
 * @property {string} frozenThrough
 * @property {[string, string][]} legend
 * @property {[string, string][]} shortcuts
 * @property {Sentences} say
 * @property {boolean} locks whether a cell can be locked
 * @property {{ filter: string, value: string, label: string, hint: string } | undefined} toggle a filter with a button of its own
 * @property {() => string} caption what stands before the ship dates; blank for none
 * @property {(name: string, value: string) => string} valueTitle
 * @property {(name: string, value: string) => string | undefined} valueHint
 * @property {(name: string, row: GridRow) => Shown | undefined} textCell undefined where text is shown as it is
 * @property {(name: string, row: GridRow) => Shown | undefined} numberCell undefined where a number is shown as it is
 * @property {(slot: number) => SlotColumn} slotColumn
 * @property {(slot: number) => string | undefined} sortName what rows are sorted by in a slot; undefined for nothing
 * @property {(slot: number, overlay: Overlay) => Formatter} slotCell
 * @property {(row: GridRow, slot: number) => Cell | undefined} cellOf undefined where nothing can be edited
 * @property {(cell: Cell) => string} where says which cell is meant
 * @property {(row: GridRow, slot: number) => string} closed why a cell takes no quantity
 * @property {(row: GridRow, slot: number) => string} label names a cell's editor
 * @property {(row: GridRow, slot: number) => Record<string, unknown>} explained fields of the request that explains a cell
 * @property {(row: GridRow, slot: number) => string} copied a slot's value as a spreadsheet reads it
 * @property {(state: State) => string} counts
 */

export const SHOW_TITLES = /** @type {Record<string, [string, string]>} */ ({
  units: ["Units", "Quantities in units"],
  value: ["Value", "Quantities at cost"],
  cover: ["Days of cover", "Days that stock and allocation last, from the arrival on"],
});

/**
 * @param {GridKind} kind
 * @param {string} name
 * @returns {string}
 */
export function columnTitle(kind, name) {
  return kind.columns[name]?.title ?? name;
}

/**
 * @param {number} slot
 * @returns {string} id of the slot's column
 */
export function slotId(slot) {
  return `slot-${slot}`;
}

/**
 * @param {{ id: string | number } | undefined} column
 * @returns {number | undefined} which slot the column is; undefined for the others
 */
export function slotOf(column) {
  const id = String(column?.id ?? "");
  return id.startsWith("slot-") ? Number(id.slice("slot-".length)) : undefined;
}
