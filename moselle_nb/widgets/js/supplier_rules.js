// @ts-check
// What the rules of suppliers ask of the orders: a preview with the price of each rule, then apply, then undo.
import { beginView, button, element, fill, follow, kernelText, say, setAttribute } from "./lib_dom.js";
import { plural } from "./lib_dates.js";
import { columnsOf, table } from "./lib_table.js";
import { RequestClient } from "./requests.js";
import "./supplier_rules.css";

/** @typedef {{ records: Record<string, unknown>[], total: number, columns: string[] }} Records */

/** @type {Record<string, [string, import("./lib_table.js").Column["kind"]]>} */
const TITLES = {
  gap: ["Gap", "number"],
  text: ["Rule, what is done, and its price", "words"],
  instead: ["Instead", "words"],
  packs: ["Packs", "number"],
};

/** @param {string[]} names */
function columns(names) {
  return columnsOf(names).map((column) => {
    const [title, kind] = TITLES[column.key] ?? [column.title, column.kind];
    return { ...column, title, kind };
  });
}

/** @param {{ model: import("./lib_dom.js").Model, el: HTMLElement }} context */
function render({ model, el }) {
  const { signal, cleanup } = beginView(el, "supplier-rules");
  const problem = element("p", { role: "alert", class: "moselle-problem" });
  const client = new RequestClient(model, { signal, revision: () => 0, onState: (state) => say(problem, kernelText(state)) });
  const budget = element("input", { type: "number", min: 0, step: "any", placeholder: "none" });
  // Filling a container can buy several times what is needed: it is asked for, not offered.
  const filling = element("input", { type: "checkbox" });
  const waiting = element("input", { type: "checkbox", checked: true });
  const headline = element("p", { role: "status" });
  const said = element("p", { role: "status", class: "moselle-status" });
  const tableBox = element("div");
  const rest = element("p", { class: "moselle-muted" });

  const ask = async (/** @type {string} */ kind, /** @type {Record<string, unknown>} */ fields = {}) => {
    say(problem, "");
    const { reply } = await client.send(kind, fields);
    say(problem, reply.ok ? model.get("problem") : (reply.error?.text ?? "The kernel did not answer."));
  };
  const preview = button("Meet supplier rules…", async () => {
    setAttribute(budget, "aria-invalid", budget.validity.valid ? null : "true");
    if (!budget.validity.valid) {
      say(problem, "A budget is a number above 0; leave it empty for none.");
      budget.focus();
      return;
    }
    const limit = budget.value === "" ? {} : { budget: budget.valueAsNumber };
    await ask("preview", { fill_containers: filling.checked, may_wait: waiting.checked, ...limit });
  }, signal, { class: "moselle-button is-primary" });
  const apply = button("Apply", () => ask("apply"), signal, { class: "moselle-button is-primary" });
  const undo = button("Undo", () => ask("undo"), signal);
  const shown = element("div", { class: "moselle-preview" }, headline, tableBox, rest, element("div", { class: "moselle-row" }, apply));
  fill(el,
    element("h3", {}, "Rules of suppliers"),
    element("div", { class: "moselle-row" },
      element("label", {}, "Budget for the first date", budget),
      element("label", {}, filling, "Fill containers"),
      element("label", {}, waiting, "Orders may wait"),
      preview),
    problem, shown, element("div", { class: "moselle-row" }, said, undo));

  follow(model, ["shown", "headline", "changes"], () => {
    const data = /** @type {Records} */ (model.get("shown"));
    const changes = /** @type {number} */ (model.get("changes"));
    say(headline, model.get("headline"));
    fill(tableBox, data.total > 0 && table("Rules of suppliers", columns(data.columns), data.records));
    const hidden = data.total - data.records.length;
    say(rest, hidden > 0 ? `… and ${plural(hidden, "rule")} more` : "");
    apply.textContent = `Apply: change ${plural(changes, "order line")}`;
    apply.hidden = changes === 0;
    shown.hidden = model.get("headline") === "";
  }, signal);
  follow(model, ["said", "working", "can_undo"], () => {
    const working = model.get("working");
    say(said, working || model.get("said"));
    undo.hidden = !model.get("can_undo");
    preview.disabled = apply.disabled = working !== "";
    setAttribute(el, "aria-busy", working ? "true" : null);
    el.classList.toggle("is-working", working !== "");
  }, signal);
  follow(model, ["problem"], () => say(problem, model.get("problem")), signal);
  return cleanup;
}

export default { render };
