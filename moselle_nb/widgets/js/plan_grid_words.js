/** The words of a plan's grid: titles of columns, measures and statuses, and what they mean. */
import { formatNumber } from "./grid_text.js";

/** @type {Record<string, { title: string, width: number, about?: string }>} */
export const COLUMNS = {
  item: { title: "Item", width: 112 },
  location: { title: "Location", width: 104 },
  name: { title: "Name", width: 132 },
  status: { title: "Status", width: 138, about: "Judged with open orders and no planned ones, most urgent first when sorted" },
  order_by: { title: "Order by", width: 86, about: "Last day to order in time" },
  first_stockout: { title: "Runs out", width: 82, about: "First day with demand that cannot be served" },
  reason: { title: "Reason", width: 112 },
  supplier: { title: "Supplier", width: 112 },
  product_line: { title: "Product line", width: 108 },
  product_type: { title: "Product type", width: 108 },
  grade: { title: "Grade", width: 58 },
  variability: { title: "Variability", width: 84, about: "X steady, Y varying, Z irregular sales" },
  next_order_date: { title: "Next order", width: 84 },
  next_order_quantity: { title: "Next quantity", width: 96 },
  total_order_quantity: { title: "Ordered", width: 84, about: "Units ordered over the coverage period" },
  total_order_value: { title: "Order value", width: 92, about: "Value at cost of all orders" },
  on_hand: { title: "On hand", width: 82, about: "Units in stock" },
  on_order: { title: "On order", width: 84, about: "Units in open orders" },
  lead_time_days: { title: "Lead time", width: 80, about: "Days from order to arrival" },
  safety_stock: { title: "Safety stock", width: 94, about: "Units, on the first day" },
  demand_28d: { title: "Demand 28 d", width: 94, about: "Units in the next 28 days" },
  days_on_hand: { title: "Days on hand", width: 98, about: "Days that the stock lasts" },
  unserved: { title: "Unserved", width: 80, about: "Units of demand that the plan cannot serve" },
  unserved_value: { title: "Value at risk", width: 98, about: "Unserved demand without orders, at price" },
  excess_units: { title: "Excess", width: 76, about: "Units beyond what will be needed" },
  excess_value: { title: "Excess value", width: 94 },
};

/** Columns that stand before the buckets unless the planner chooses others. */
export const SHOWN = ["item", "location", "name", "status", "order_by", "on_hand"];

/** The same where there is little room. */
export const SHOWN_NARROW = ["item", "location", "status"];

/** Columns that are frozen unless the planner chooses otherwise: up to this one. */
export const FROZEN_THROUGH = "status";

/** @type {Record<string, { title: string, about: string }>} */
export const MEASURES = {
  starting: { title: "Starting stock", about: "Units at the start of the period" },
  scheduled_receipts: { title: "Scheduled receipts", about: "Units from open orders" },
  sales: { title: "Projected sales", about: "Demand that the stock serves" },
  order_quantity: { title: "Order placed", about: "Units ordered in the period" },
  planned_receipts: { title: "Order received", about: "Units that arrive from planned orders" },
  ending: { title: "Ending stock", about: "Units at the end of the period" },
  unserved: { title: "Unserved demand", about: "Units that could not be sold or had to wait" },
  safety_stock: { title: "Safety stock", about: "Units, at the end of the period" },
  days_on_hand: { title: "Days on hand", about: "Days that the ending stock lasts, at most 365" },
};

/** @type {Record<string, string>} */
export const STATUSES = {
  loses_sales: "Loses sales",
  out: "Out of stock",
  unavoidable: "Unavoidable",
  at_risk: "At risk",
  low: "Low",
  excess: "Excess",
  healthy: "Healthy",
  no_demand: "No demand",
};

/** @type {Record<string, string>} */
export const STATUS_HINTS = {
  loses_sales: "With the orders as they stand, demand goes unserved; a status is judged without planned orders",
  out: "Nothing to sell on the first day that has demand",
  unavoidable: "Runs out before any order can arrive",
  at_risk: "Runs out unless the next order is placed in time",
  low: "Falls below its safety stock",
  excess: "More than will be needed",
  healthy: "Later orders are routine",
  no_demand: "No demand in the coverage period",
};

/** @type {Record<string, string>} */
export const REASONS = {
  overdue_inbound: "Late open order",
  lead_time_gap: "Lead-time gap",
  demand_spike: "Demand spike",
  safety_stock: "Safety stock",
  no_order: "Nothing ordered",
};

/** @type {[string, string][]} */
export const SHORTCUTS = [
  ["Arrows, Page Up / Down, Home, End", "Move; with Shift select, with Ctrl to the edge"],
  ["F2, Enter or a digit", "Edit an order"],
  ["Enter, Tab, Esc", "Take it and go down, take it and go right, leave it"],
  ["Delete", "Order nothing"],
  ["Ctrl+C, Ctrl+V", "Copy and paste a block, also from a spreadsheet"],
  ["Ctrl+D", "Fill the selection down from its first row"],
  ["Ctrl+Z, Ctrl+Y", "Undo, redo"],
  ["Space", "Show or hide a row's measures (also Alt+→, Alt+←)"],
  ["E", "Explain the number"],
  ["/ or Ctrl+F", "Search"],
  ["Alt+↑, Alt+↓", "Sort by this column, smallest or largest first"],
  ["Alt+Shift+←, →", "Make this column narrower, wider"],
  ["Tab, Shift+Tab", "Leave the grid"],
];

/** @type {[string, string][]} */
export const LEGEND = [["suggested", "suggested"], ["edited", "edited"], ["below-safety", "below safety stock"], ["unserved", "unserved demand"], ["rejected", "refused"]];

/** @type {import("./grid_kind.js").Sentences} */
export const SAY = {
  tools: "Plan tools",
  search: "item, name, location",
  noRows: "This plan has no rows: nothing in its scope has a forecast, stock or open orders.",
  sortBefore: "Sort by a column before the periods.",
  selectFirst: "Select a number in a period, then press E to explain it.",
  follows: "This number follows from the orders; edit the order row.",
  inUnits: "Orders are edited in units: press Units first.",
  onlyCells: "Only order cells can be filled: paste inside the order rows and the periods.",
  onlyFilled: "Only order cells can be filled down.",
  forceOne: "Reason to place it all the same",
  forceAll: (count) => `Reason to place all ${count} all the same`,
  force: "Place",
  set: (count) => `${formatNumber(count)} ${count === 1 ? "order" : "orders"} set`,
  edited: (count) => `${formatNumber(count)} ${count === 1 ? "order" : "orders"} edited`,
};
