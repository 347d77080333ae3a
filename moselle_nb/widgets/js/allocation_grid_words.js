/** The words of an allocation's grid: titles of columns, measures, statuses and reasons, and what they mean. */
import { formatNumber } from "./grid_text.js";

/** @type {Record<string, import("./grid_kind.js").ColumnWords>} */
export const COLUMNS = {
  item: { title: "Item", width: 112 },
  source: { title: "Source", width: 104, about: "Location whose stock is divided" },
  name: { title: "Name", width: 132 },
  available: { title: "Available", width: 92, about: "What the source can give on this ship date: stock and receipts, less commitments, hold-back and earlier shipments" },
  allocated: { title: "Allocated", width: 92, about: "What is given on this ship date, the source's own demand included" },
  left: { title: "Left", width: 76, about: "Available and not allocated" },
  short: { title: "Short", width: 76, about: "Need of the locations that is not met" },
  need: { title: "Need", width: 80, about: "What the locations need until their next shipment" },
  places_short: { title: "Locations short", width: 124, about: "Locations that lack a unit or more" },
  status: { title: "Status", width: 104 },
  product_line: { title: "Product line", width: 108 },
  product_type: { title: "Product type", width: 108 },
  supplier: { title: "Supplier", width: 112 },
  grade: { title: "Grade", width: 58 },
  variability: { title: "Variability", width: 84, about: "X steady, Y varying, Z irregular sales" },
};

/** Columns that stand before the locations unless the planner chooses others. */
export const SHOWN = ["item", "source", "name", "available", "allocated", "left", "short"];

/** The same where there is little room. */
export const SHOWN_NARROW = ["item", "source", "available", "allocated", "left"];

/** Columns that are frozen unless the planner chooses otherwise: up to this one. */
export const FROZEN_THROUGH = "left";

/** @type {Record<string, import("./grid_kind.js").MeasureWords>} */
export const MEASURES = {
  on_hand: { title: "On hand at arrival", about: "Units in stock when the shipment arrives, earlier shipments included" },
  in_transit: { title: "In transit", about: "Units that arrive from elsewhere before the next shipment" },
  demand: { title: "Demand", about: "Units from this arrival to the next" },
  need: { title: "Need", about: "Demand and safety stock, less stock and receipts; at least the presentation minimum" },
  suggested_quantity: { title: "Suggested", about: "Units by the rule" },
  cover_before: { title: "Cover before, days", about: "Days that the stock lasts from the arrival on, without this shipment; at most 365" },
  cover_after: { title: "Cover after, days", about: "The same with this shipment" },
  reason: { title: "Why no more", about: "What stopped the rule" },
};

/** @type {Record<string, string>} */
export const STATUSES = {
  short: "Short",
  stock_left: "Stock left",
  used_up: "Used up",
  no_need: "No need",
  edited: "Edited or locked",
};

/** @type {Record<string, string>} */
export const STATUS_HINTS = {
  short: "Some location lacks a unit or more on this ship date",
  stock_left: "Every location gets what it needs, and stock is left",
  used_up: "Every location gets what it needs, and nothing is left",
  no_need: "No location needs any",
  edited: "A cell of this ship date is edited or locked",
};

/** @type {Record<string, [string, string]>} a word for the cell, and a sentence */
export const REASONS = {
  need_met: ["need met", "Its need is met"],
  no_stock_left: ["stock used", "The source has no stock left for it"],
  capacity: ["full", "Its maximum stock leaves no room"],
  below_transfer_minimum: ["below min.", "What it could get is below the transfer minimum"],
  pack_exceeds_stock: ["pack > stock", "A pack is more than the source has left"],
  no_value: ["no value", "Another pack would cost more than it is worth"],
  does_not_pay: ["does not pay", "Moving it costs more than it gains"],
  volume: ["volume", "The location is full: packs of the longest cover went back"],
  no_need: ["no need", "It needs none until the next shipment"],
  blocked: ["blocked", "The item is blocked"],
};

/** @type {Record<"edited" | "locked", [string, string]>} what stands where a person decided, not the rule */
export const DECIDED = { edited: ["edited", "An edit holds it"], locked: ["locked", "A lock holds it"] };

/** @type {[string, string][]} */
export const LEGEND = [["suggested", "suggested"], ["edited", "edited"], ["locked", "locked"], ["unserved", "need not met"], ["rejected", "refused"]];

/** @type {[string, string][]} */
export const SHORTCUTS = [
  ["Arrows, Page Up / Down, Home, End", "Move; with Shift select, with Ctrl to the edge"],
  ["F2, Enter or a digit", "Edit what a location gets; the other locations keep theirs"],
  ["Enter, Tab, Esc", "Take it and go down, take it and go right, leave it"],
  ["L", "Lock the selected cells and share the rest of their items again"],
  ["Delete", "Allocate nothing"],
  ["Alt+Page Up, Alt+Page Down", "Ship date before, after"],
  ["Ctrl+C, Ctrl+V", "Copy and paste a block, also from a spreadsheet"],
  ["Ctrl+D", "Fill the selection down from its first row"],
  ["Ctrl+Z, Ctrl+Y", "Undo, redo"],
  ["Space", "Show or hide what an item's locations have and need (also Alt+→, Alt+←)"],
  ["E", "Explain the number"],
  ["/ or Ctrl+F", "Search"],
  ["Alt+↑, Alt+↓", "Sort by this column, smallest or largest first"],
  ["Alt+Shift+←, →", "Make this column narrower, wider"],
  ["Tab, Shift+Tab", "Leave the grid"],
];

/** @type {import("./grid_kind.js").Sentences} */
export const SAY = {
  tools: "Allocation tools",
  search: "item, name",
  noRows: "This plan has nothing to divide: no item in its scope has stock at a source.",
  sortBefore: "Sort by a column before the locations.",
  selectFirst: "Select a cell of a location first.",
  follows: "This number follows from the allocation; edit the item's row.",
  inUnits: "Allocations are edited in units: press Units first.",
  onlyCells: "Only allocations can be filled: paste inside the items' rows and the locations.",
  onlyFilled: "Only allocations can be filled down.",
  forceOne: "Reason to ship it all the same",
  forceAll: (count) => `Reason to ship all ${count} all the same`,
  force: "Ship",
  set: (count, reply) => {
    const others = Number(reply["others"] ?? 0);
    const cells = `${formatNumber(count)} ${count === 1 ? "cell" : "cells"}`;
    if (reply["locked"] === true) return `${cells} locked; ${others === 0 ? "nothing else changed" : `${formatNumber(others)} other${others === 1 ? "" : "s"} changed`}`;
    return `${cells} set${others === 0 ? "" : `; ${formatNumber(others)} of later ship dates changed`}`;
  },
  edited: (count) => `${formatNumber(count)} ${count === 1 ? "cell" : "cells"} edited`,
};
