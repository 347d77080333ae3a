// @ts-check
// The cover of one item before and after an allocation, and what each rule does with the same stock.
import { beginView, element, fill, follow, listen, say } from "./lib_dom.js";
import { drawing, picture } from "./lib_drawing.js";
import { columnsOf, table } from "./lib_table.js";
import "./allocation_chart.css";

/** @typedef {import("./lib_dom.js").Model} Model */

/**
 * @param {Model} model
 * @param {HTMLElement} el
 * @param {AbortSignal} signal
 */
function fairnessPanel(model, el, signal) {
  const rules = element("div");
  const notes = element("div", { class: "moselle-muted" });
  const chart = picture(model, el, "fairness_svg", signal);
  chart.alt = "Cover and cost under every rule; the figures stand in the table below.";
  const said = element("p", { role: "status", class: "moselle-muted" });
  const panel = element("details", {}, element("summary", {}, "Fairness: the same stock under every rule"), said, chart, rules, notes);
  listen(panel, "toggle", () => {
    if (panel.open !== model.get("unfolded")) {
      model.set("unfolded", panel.open);
      model.save_changes();
    }
  }, signal);
  follow(model, ["unfolded"], () => {
    panel.open = model.get("unfolded");
  }, signal);
  follow(model, ["fairness", "fairness_notes", "comparing"], () => {
    const { records = [], columns = [] } = model.get("fairness");
    say(said, model.get("comparing") ? "Dividing the stock by every rule…" : "");
    fill(rules, records.length > 0 && table("What each rule does with the same stock", columnsOf(columns), records));
    fill(notes, model.get("fairness_notes").map((/** @type {string} */ text) => element("p", {}, text)));
  }, signal);
  return panel;
}

/** @param {{ model: Model, el: HTMLElement }} context */
function render({ model, el }) {
  const { signal, cleanup } = beginView(el, "allocation-chart");
  const chart = element("div");
  fill(el, chart, fairnessPanel(model, el, signal));
  drawing(model, chart, "Select an item to see how long its stock lasts at each location.", signal);
  return cleanup;
}

export default { render };
