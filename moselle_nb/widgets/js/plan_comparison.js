// @ts-check
// Both plans of one forecast side by side: how they differ, and what moving first saves on buying.
import { beginView, element, fill, follow, say, setAttribute } from "./lib_dom.js";
import { plural } from "./lib_dates.js";
import { columnsOf, table } from "./lib_table.js";
import "./plan_comparison.css";

/** @typedef {import("./lib_dom.js").Model} Model */
/** @typedef {{ records: Record<string, unknown>[], total: number, columns: string[] }} Records */

/**
 * How the plans differ, in words and in the numbers of these two.
 * @param {string[]} names
 * @param {[string, string, string][]} facts
 */
function factTable(names, facts) {
  const kinds = ["Replenishment", "Allocation"];
  const heads = kinds.map((kind, index) =>
    element("th", { scope: "col" }, kind, element("span", { class: "moselle-muted moselle-plan-name" }, names[index] ?? "")));
  const rows = facts.map(([what, ours, theirs]) =>
    element("tr", {}, element("th", { scope: "row" }, what), element("td", {}, ours), element("td", {}, theirs)));
  return element("div", { class: "moselle-scroll", tabindex: 0, role: "region", "aria-label": "How the plans differ" },
    element("table", { class: "moselle-table moselle-facts" },
      element("caption", { class: "moselle-hidden" }, "How the plans differ"),
      element("thead", {}, element("tr", {}, element("td", {}), heads)),
      element("tbody", {}, rows)));
}

/**
 * @param {string} title
 * @param {Records} data
 */
function recordTable(title, data) {
  const hidden = data.total - data.records.length;
  return [
    table(title, columnsOf(data.columns).map((column) => ({ ...column, title: column.key === "location" ? "At" : column.title })), data.records),
    hidden > 0 && element("p", { class: "moselle-muted" }, `… and ${plural(hidden, "row")} more`),
  ];
}

/** @param {{ model: Model, el: HTMLElement }} context */
function render({ model, el }) {
  const { signal, cleanup } = beginView(el, "plan-comparison");
  const headline = element("p", { role: "status", class: "moselle-headline" });
  const moves = element("div");
  const moveRows = element("details", {}, element("summary", {}, "Items of which less has to be bought"), moves);
  const saving = element("section", { class: "moselle-notice", "aria-label": "What moving first saves" }, headline, moveRows);
  const warning = element("p", {});
  const twice = element("div");
  const promised = element("section", { class: "moselle-notice is-warn", "aria-label": "Promised twice" },
    warning, element("details", {}, element("summary", {}, "Which rows"), twice));
  const facts = element("div");
  const items = element("div");
  const allItems = element("details", {}, element("summary", {}, "Both plans by item"), items);
  const working = element("p", { role: "status", class: "moselle-muted" });
  const problem = element("pre");
  const failure = element("div", { class: "moselle-notice is-error", role: "alert" }, problem);
  fill(el, working, failure, saving, promised, facts, allItems);

  follow(model, ["facts", "names"], () => {
    const rows = /** @type {[string, string, string][]} */ (model.get("facts"));
    fill(facts, rows.length > 0 && factTable(model.get("names"), rows));
  }, signal);
  follow(model, ["headline", "saves", "move_now", "warning", "twice", "items"], () => {
    const [now, both, all] = ["move_now", "twice", "items"].map((name) => /** @type {Records} */ (model.get(name)));
    say(headline, model.get("headline"));
    saving.classList.toggle("moselle-saving", model.get("saves"));
    saving.hidden = model.get("headline") === "";
    moveRows.hidden = !now || now.total === 0;
    fill(moves, now && now.total > 0 ? recordTable("Items of which less has to be bought", now) : []);
    say(warning, model.get("warning"));
    promised.hidden = model.get("warning") === "";
    fill(twice, both && both.total > 0 ? recordTable("Promised twice", both) : []);
    fill(items, all && all.total > 0 ? recordTable("Both plans by item", all) : []);
    allItems.hidden = !all || all.total === 0;
  }, signal);
  follow(model, ["working"], () => {
    say(working, model.get("working") ? "Comparing both plans…" : "");
    working.hidden = !model.get("working");
    setAttribute(el, "aria-busy", model.get("working") ? "true" : null);
    el.classList.toggle("is-working", model.get("working"));
  }, signal);
  follow(model, ["problem"], () => {
    failure.hidden = model.get("problem") === "";
    say(problem, model.get("problem"));
  }, signal);
  return cleanup;
}

export default { render };
