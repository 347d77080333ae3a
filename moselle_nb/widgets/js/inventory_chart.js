// @ts-check
// The chart of one row.
import { beginView } from "./lib_dom.js";
import { drawing } from "./lib_drawing.js";
import "./inventory_chart.css";

/** @param {{ model: import("./lib_dom.js").Model, el: HTMLElement }} context */
function render({ model, el }) {
  const { signal, cleanup } = beginView(el, "inventory-chart");
  drawing(model, el, "Select a row to see its projected stock.", signal);
  return cleanup;
}

export default { render };
