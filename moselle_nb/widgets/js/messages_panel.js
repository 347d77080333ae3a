// @ts-check
// The messages of a plan: kinds with their counts, the first messages, and a way from each to its row.
import { beginView, element, fill, follow, kernelText, listen, say } from "./lib_dom.js";
import { RequestClient } from "./requests.js";
import "./messages_panel.css";

/** @typedef {{ item: string, location: string, date: string | null, kind: string, text: string }} Message */

/** @param {{ model: import("./lib_dom.js").Model, el: HTMLElement }} context */
function render({ model, el }) {
  const { signal, cleanup } = beginView(el, "messages-panel");
  const problem = element("p", { role: "alert", class: "moselle-problem" });
  const client = new RequestClient(model, { signal, revision: () => 0, onState: (state) => say(problem, kernelText(state)) });
  const summary = element("summary");
  const kinds = element("div", { class: "moselle-kinds", role: "group", "aria-label": "Kinds of message" });
  const rows = element("tbody");
  const rest = element("p", { class: "moselle-muted" });
  const heads = ["Item", "Location", "Date", "Kind", "Message"].map((title) => element("th", { scope: "col" }, title));
  const list = element("div", { class: "moselle-scroll", role: "region", "aria-label": "Messages", tabindex: 0 },
    element("table", { class: "moselle-table" }, element("thead", {}, element("tr", {}, heads)), rows));
  const box = element("details", {}, summary, kinds, list, rest);
  fill(el, box, problem);

  const ask = async (/** @type {string} */ kind, /** @type {Record<string, unknown>} */ fields) => {
    const { reply } = await client.send(kind, fields);
    say(problem, reply.ok ? "" : (reply.error?.text ?? "The kernel did not answer."));
  };
  /** @type {Message[]} */
  let shown = [];
  /**
   * @param {Message} message
   * @param {number} place
   */
  const row = ({ item, location, date, kind, text }, place) =>
    element("tr", {},
      element("td", {}, element("button", { type: "button", class: "moselle-button is-plain", title: "Show this row in the grid", "data-place": place }, item)),
      [location, date ?? "", kind, text].map((each) => element("td", {}, each)));
  listen(rows, "click", (event) => {
    const clicked = event.target instanceof Element ? event.target.closest("button") : null;
    const message = shown[Number(clicked?.dataset["place"] ?? -1)];
    if (message === undefined) return;
    const { item, location, date } = message;
    void ask("choose", { item, location, ...(date === null ? {} : { date }) });
  }, signal);
  listen(kinds, "click", (event) => {
    const clicked = event.target instanceof Element ? event.target.closest("button") : null;
    if (clicked !== null) void ask("filter", { show: clicked.dataset["kind"] ?? "" });
  }, signal);
  listen(box, "toggle", () => {
    if (model.get("unfolded") === box.open) return;
    model.set("unfolded", box.open);
    model.save_changes();
  }, signal);
  follow(model, ["unfolded"], () => {
    box.open = model.get("unfolded");
  }, signal);
  follow(model, ["counts", "kind", "working"], () => {
    const counts = /** @type {[string, string, number][]} */ (model.get("counts"));
    const all = counts.reduce((sum, [, , count]) => sum + count, 0);
    say(summary, model.get("working") ? "Messages…" : `Messages (${all.toLocaleString("en")})`);
    const choices = /** @type {[string, string, number][]} */ ([["", "All", all], ...counts]);
    const focused = kinds.contains(document.activeElement);
    const buttons = choices.map(([key, title, count]) => element("button", {
      type: "button", class: "moselle-button", "data-kind": key, "aria-pressed": String(model.get("kind") === key),
    }, `${title} (${count.toLocaleString("en")})`));
    fill(kinds, buttons);
    if (focused) buttons.find((each) => each.getAttribute("aria-pressed") === "true")?.focus();
    kinds.hidden = list.hidden = all === 0;
  }, signal);
  follow(model, ["records", "total"], () => {
    shown = model.get("records");
    fill(rows, shown.map(row));
    const hidden = model.get("total") - shown.length;
    say(rest, hidden > 0 ? `… and ${hidden.toLocaleString("en")} more in plan.messages` : "");
  }, signal);
  follow(model, ["problem"], () => say(problem, model.get("problem")), signal);
  return cleanup;
}

export default { render };
